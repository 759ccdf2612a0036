/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "site.h"

#include "call.h"

#include <string.h>

const gchar site_offer[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=mid:0\r\n"
    "a=sendrecv\r\n"
    "a=rtcp-mux\r\n"
    "a=setup:actpass\r\n"
    "a=ice-ufrag:abcd\r\n"
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
    "a=fingerprint:sha-256 "
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=mid:1\r\n"
    "a=setup:actpass\r\n"
    "a=ice-ufrag:abcd\r\n"
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
    "a=fingerprint:sha-256 "
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=sctp-port:5000\r\n";

void
site_free (Site *site)
{
  g_object_unref (site->client);
  emu_server_free (site->server);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  fail_unless (emu_call_wait_for_teardowns (10000));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  emu_mind_free (site->mind);
  emu_options_free (site->options);
  g_free (site->url);
  g_free (site);
}

static gboolean
on_quit (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

Site *
site_new (const gchar *command_line)
{
  Site *site = g_new0 (Site, 1);
  g_autofree gchar *line = g_strconcat (
      "emulator ", command_line ? command_line : "", NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GPtrArray) copy = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  gint argc, i;

  fail_unless (g_shell_parse_argv (line, &argc, &argv, &error));
  for (i = 0; i <= argc; i++)
    g_ptr_array_add (copy, argv[i]);
  site->options = emu_options_parse (argc, (gchar **) copy->pdata, &error);
  fail_unless (site->options != NULL, "%s", error ? error->message : "");
  site->mind = emu_mind_new (site->options, &error);
  fail_unless (site->mind != NULL);
  site->server = emu_server_new (
      site->options, site->mind, on_quit, NULL, &error);
  fail_unless (site->server != NULL, "%s", error ? error->message : "");
  site->url = emu_server_get_base_url (site->server);
  site->client = soup_session_new ();
  return site;
}

typedef struct {
  GBytes *body;
  GError *error;
  gboolean done;
} Answer;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->body = soup_session_send_and_read_finish (
      SOUP_SESSION (source), result, &answer->error);
  answer->done = TRUE;
}

gchar *
ask (Site *site, SoupMessage *message, GError **error)
{
  Answer answer = { NULL, NULL, FALSE };
  const gchar *data;
  gchar *text;
  gsize size;

  soup_session_send_and_read_async (
      site->client, message, G_PRIORITY_DEFAULT, NULL, on_answer, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  if (answer.body == NULL) {
    g_propagate_error (error, answer.error);
    return NULL;
  }
  data = g_bytes_get_data (answer.body, &size);
  text = g_strndup (size > 0 ? data : "", size);
  g_bytes_unref (answer.body);
  return text;
}

SoupMessage *
request_new (Site *site, const gchar *method, const gchar *path,
    const gchar *type, const gchar *body)
{
  g_autofree gchar *url = g_strconcat (site->url, path, NULL);
  SoupMessage *message = soup_message_new (method, url);
  g_autoptr (GBytes) bytes = NULL;

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (body != NULL) {
    bytes = g_bytes_new (body, strlen (body));
    soup_message_set_request_body_from_bytes (message, type, bytes);
  }
  return message;
}

SoupMessage *
call_new (Site *site)
{
  return request_new (
      site, "POST", "/realtime/calls", "application/sdp", site_offer);
}

const gchar *
get_header (SoupMessage *message, const gchar *name)
{
  const gchar *value = soup_message_headers_get_one (
      soup_message_get_response_headers (message), name);

  return value != NULL ? value : "";
}
