/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "badhttp.h"
#include "util.h"

#include "protocol/gstoaijson.h"

#include <string.h>

static void
add_header (SoupServerMessage *message, const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);

  if (parts[0] == NULL || parts[1] == NULL)
    return;
  soup_message_headers_append (
      soup_server_message_get_response_headers (message), g_strstrip (parts[0]),
      g_strstrip (parts[1]));
}

void
emu_bad_http_add_headers (const EmuOptions *options, SoupServerMessage *message)
{
  const gchar *headers = emu_options_fault (options, "header");
  g_auto (GStrv) lines = g_strsplit (headers != NULL ? headers : "", "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++)
    add_header (message, lines[i]);
}

/* "429,Retry-After: 3" */
static void
answer_status (SoupServerMessage *message, const gchar *arg)
{
  static const struct {
    guint status;
    const gchar *type;
    const gchar *code;
    const gchar *message;
  } known[] = {
    { 400, "invalid_request_error", "invalid_offer",
        "Invalid SDP offer. Please try again with a WHIP-compliant offer." },
    { 401, "invalid_request_error", "invalid_api_key",
        "Incorrect API key provided." },
    { 403, "invalid_request_error", NULL,
        "You do not have access to this model." },
    { 404, "invalid_request_error", "model_not_found",
        "The model does not exist." },
    { 429, "insufficient_quota", "insufficient_quota",
        "You exceeded your current quota, please check your plan and "
        "billing details." },
    /* With Retry-After. */
    { 429, "requests", "rate_limit_exceeded",
        "Rate limit reached. Please try again later." },
  };
  g_auto (GStrv) parts = g_strsplit (arg, ",", -1);
  guint status = g_ascii_strtoull (parts[0], NULL, 10);
  g_autoptr (EmuProblem) problem = NULL;
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree gchar *text = NULL;
  gboolean later = FALSE;
  guint i;

  for (i = 1; parts[i] != NULL; i++) {
    add_header (message, parts[i]);
    if (g_ascii_strncasecmp (g_strstrip (parts[i]), "Retry-After", 11) == 0)
      later = TRUE;
  }
  for (i = 0; i < G_N_ELEMENTS (known) && problem == NULL; i++) {
    if (known[i].status != status
        || (later && g_strcmp0 (known[i].type, "insufficient_quota") == 0))
      continue;
    problem = emu_problem_new (
        status, known[i].code, NULL, "%s", known[i].message);
    g_free (problem->type);
    problem->type = g_strdup (known[i].type);
  }
  if (problem == NULL)
    problem = emu_problem_new (status, NULL, NULL,
        "The server had an error while processing your request. Sorry about "
        "that!");
  json_object_set_object_member (
      object, "error", emu_problem_to_json (problem));
  text = gst_oai_json_to_string (object);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
}

gboolean
emu_bad_http_answer (const EmuOptions *options, SoupServerMessage *message)
{
  const gchar *status = emu_options_fault (options, "status");
  const gchar *redirect = emu_options_fault (options, "redirect");

  if (redirect != NULL) {
    soup_server_message_set_redirect (message, 307, redirect);
    return TRUE;
  }
  if (emu_options_fault (options, "drop-answer") != NULL) {
    g_autoptr (GIOStream)
        stream = soup_server_message_steal_connection (message);

    g_io_stream_close (stream, NULL, NULL);
    return TRUE;
  }
  if (emu_options_fault (options, "no-answer") != NULL) {
    soup_server_message_pause (message);
    return TRUE;
  }
  if (status != NULL) {
    emu_bad_http_add_headers (options, message);
    answer_status (message, status);
    return TRUE;
  }
  return FALSE;
}

gchar *
emu_bad_http_other_body (const EmuOptions *options)
{
  gint64 huge = emu_options_fault_int (options, "huge-answer");

  if (emu_options_fault (options, "garbage-sdp") != NULL)
    return g_strdup ("<html>It works!</html>\n");
  if (emu_options_fault (options, "empty-answer") != NULL)
    return g_strdup ("");
  return huge >= 0 ? g_strnfill (huge, 'v') : NULL;
}

typedef struct {
  GIOStream *stream;
  gchar *rest;
} SlowBody;

static gboolean
on_rest (gpointer user_data)
{
  SlowBody *body = user_data;

  g_output_stream_write_all (g_io_stream_get_output_stream (body->stream),
      body->rest, strlen (body->rest), NULL, NULL, NULL);
  g_io_stream_close (body->stream, NULL, NULL);
  g_object_unref (body->stream);
  g_free (body->rest);
  g_free (body);
  return G_SOURCE_REMOVE;
}

gboolean
emu_bad_http_break_answer (
    const EmuOptions *options, SoupServerMessage *message, const gchar *answer)
{
  gint64 pause = emu_options_fault_int (options, "slow-body");
  gsize half = strlen (answer) / 2;
  g_autoptr (GString) text = NULL;
  SoupMessageHeadersIter iter;
  const gchar *name, *value;
  SlowBody *body;
  GIOStream *stream;

  if (pause < 0 && emu_options_fault (options, "truncated-answer") == NULL)
    return FALSE;
  text = g_string_new ("HTTP/1.1 201 Created\r\n");
  soup_message_headers_iter_init (
      &iter, soup_server_message_get_response_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_string_append_printf (text, "%s: %s\r\n", name, value);
  g_string_append_printf (text,
      "Content-Type: application/sdp\r\nContent-Length: %" G_GSIZE_FORMAT
      "\r\nConnection: close\r\n\r\n",
      strlen (answer));
  g_string_append_len (text, answer, half);
  stream = soup_server_message_steal_connection (message);
  /* A few kB: they go into the socket at once. */
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), text->str,
      text->len, NULL, NULL, NULL);
  if (pause < 0) {
    g_io_stream_close (stream, NULL, NULL);
    g_object_unref (stream);
    return TRUE;
  }
  body = g_new0 (SlowBody, 1);
  body->stream = stream;
  body->rest = g_strdup (answer + half);
  g_timeout_add (pause, on_rest, body);
  return TRUE;
}
