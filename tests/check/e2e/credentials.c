/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
/* for memmem() */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>

/* Keys: that the right one opens, and that none is seen anywhere. */

#define KEY "sk-canary-5f0c7d1e9a3b"
#define LINE                                                                   \
  "audiotestsrc is-live=true wave=silence ! openairealtime name=ai "           \
  "base-url=%s ! fakesink sync=true"

GST_START_TEST (test_api_key_opens)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));

  g_object_set (e2e_pipe_get (pipe, "ai"), "api-key", KEY, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
}
GST_END_TEST;

GST_START_TEST (test_api_key_of_the_environment_opens)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = NULL;

  g_setenv ("OPENAI_API_KEY", KEY, TRUE);
  g_setenv ("OPENAI_BASE_URL", e2e_emulator_url (emulator), TRUE);
  pipe = e2e_pipe_new ("audiotestsrc is-live=true wave=silence ! "
                       "openairealtime ! fakesink sync=true");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
}
GST_END_TEST;

GST_START_TEST (test_api_key_file_is_read_at_each_connect)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *path = g_build_filename (
      e2e_emulator_record_dir (emulator), "key", NULL);
  guint next;

  fail_unless (g_file_set_contents (path, "sk-old\n", -1, NULL));
  g_object_set (e2e_pipe_get (pipe, "ai"), "api-key-file", path, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_error (
      pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, NULL);
  gst_element_set_state (pipe->pipeline, GST_STATE_NULL);
  fail_unless (g_file_set_contents (path, KEY "\n", -1, NULL));
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, next, "session.created", NULL);
}
GST_END_TEST;

GST_START_TEST (test_no_key_for_the_real_server_fails_at_once)
{
  g_autoptr (E2ePipe) pipe = NULL;

  g_unsetenv ("OPENAI_API_KEY");
  g_unsetenv ("OPENAI_BASE_URL");
  pipe = e2e_pipe_new ("audiotestsrc is-live=true ! openairealtime ! fakesink");
  fail_unless_equals_int (
      gst_element_set_state (pipe->pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  e2e_wait_error (
      pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, NULL);
}
GST_END_TEST;

/* As a back end does it. */
static gchar *
mint_secret (E2eEmulator *emulator)
{
  static const gchar body[] =
      "{\"session\":{\"type\":\"realtime\",\"instructions\":\"from the "
      "secret\"}}";
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree gchar *url = g_strconcat (
      e2e_emulator_url (emulator), "/realtime/client_secrets", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) request = g_bytes_new_static (body, strlen (body));
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;

  soup_message_headers_replace (soup_message_get_request_headers (message),
      "Authorization", "Bearer " KEY);
  soup_message_set_request_body_from_bytes (
      message, "application/json", request);
  answer = soup_session_send_and_read (session, message, NULL, &error);
  fail_unless (answer != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (soup_message_get_status (message), 200);
  text = g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  root = json_from_string (text, NULL);
  fail_unless (root != NULL, "%s", text);
  return g_strdup (
      json_object_get_string_member (json_node_get_object (root), "value"));
}

GST_START_TEST (test_client_secret_opens_and_brings_its_settings)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *secret = mint_secret (emulator);
  g_autofree gchar *json = NULL;

  fail_unless (g_str_has_prefix (secret, "ek_"));
  g_object_set (e2e_pipe_get (pipe, "ai"), "client-secret", secret, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "session.created", &json);
  fail_unless (strstr (json, "from the secret") != NULL, "%s", json);
}
GST_END_TEST;

GST_START_TEST (test_settings_go_on_top_of_those_of_a_client_secret)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *secret = mint_secret (emulator);
  g_autofree gchar *json = NULL;

  g_object_set (e2e_pipe_get (pipe, "ai"), "client-secret", secret,
      "instructions", "from the application", NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "session.updated", &json);
  fail_unless (strstr (json, "from the application") != NULL, "%s", json);
}
GST_END_TEST;

/* The whole configuration is in the secret: nothing is left to update. */
GST_START_TEST (test_minted_secret_opens_and_has_the_settings)
{
  g_autoptr (E2eEmulator)
      emulator = e2e_emulator_start ("--verbose --api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *json = NULL;
  g_autofree gchar *log = NULL;
  const gchar *minted;

  g_object_set (e2e_pipe_get (pipe, "ai"), "api-key", KEY, "mint-client-secret",
      TRUE, "instructions", "from the application", NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "session.created", &json);
  fail_unless (strstr (json, "from the application") != NULL, "%s", json);
  log = e2e_emulator_log (emulator);
  minted = strstr (log, "POST /v1/realtime/client_secrets");
  fail_unless (minted != NULL);
  fail_unless (strstr (minted, "POST /v1/realtime/calls") != NULL);
  fail_unless (strstr (log, "session.update\"") == NULL, "%s", log);
}
GST_END_TEST;

static gchar *
on_request_secret (GstElement *ai, gpointer user_data)
{
  return mint_secret (user_data);
}

/* No key in this process, as far as the element knows. */
GST_START_TEST (test_secret_is_asked_for_at_each_call)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--api-key " KEY);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *json = NULL;
  guint next;

  g_signal_connect (e2e_pipe_get (pipe, "ai"), "request-client-secret",
      G_CALLBACK (on_request_secret), emulator);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_event (pipe, 0, "session.created", &json);
  fail_unless (strstr (json, "from the secret") != NULL, "%s", json);
  gst_element_set_state (pipe->pipeline, GST_STATE_NULL);
  e2e_pipe_pump (pipe, 0);
  next = MAX (next, pipe->messages->len);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, next, "session.created", NULL);
}
GST_END_TEST;

static gchar *
on_request_nothing (GstElement *ai, gpointer user_data)
{
  return NULL;
}

/* The real server: the element may leave NULL, as a secret may come. */
GST_START_TEST (test_no_secret_fails)
{
  g_autoptr (E2ePipe) pipe = NULL;
  GstMessage *message = NULL;
  const GstStructure *details = NULL;

  g_unsetenv ("OPENAI_API_KEY");
  g_unsetenv ("OPENAI_BASE_URL");
  pipe = e2e_pipe_new (
      "audiotestsrc is-live=true ! openairealtime name=ai ! fakesink");
  g_signal_connect (e2e_pipe_get (pipe, "ai"), "request-client-secret",
      G_CALLBACK (on_request_nothing), NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_error (
      pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, &message);
  gst_message_parse_error_details (message, &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "no-client-secret");
}
GST_END_TEST;

/* The key must not follow a redirect to somebody else. */
GST_START_TEST (test_redirect_is_refused)
{
  g_autoptr (E2eEmulator) stranger = e2e_emulator_start (NULL);
  g_autofree gchar *options = g_strdup_printf (
      "--fault redirect=%s/realtime/calls", e2e_emulator_url (stranger));
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (options);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *log = NULL;

  g_object_set (e2e_pipe_get (pipe, "ai"), "api-key", KEY, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_error (
      pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, NULL);
  log = e2e_emulator_log (stranger);
  fail_unless (strstr (log, "POST") == NULL, "%s", log);
}
GST_END_TEST;

/* --- the canary --- */

static void
assert_unseen (const gchar *where, const gchar *text, gsize size)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, size);

  fail_unless (
      memmem (text, size, "canary", 6) == NULL, "the key is in %s", where);
  /* As the emulator makes them. */
  fail_if (g_regex_match_simple ("\\bek_[A-Za-z0-9]{8}", valid, 0, 0),
      "a client secret is in %s", where);
}

static void
assert_unseen_in_dir (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  fail_unless (dir != NULL);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);
    g_autofree gchar *text = NULL;
    gsize size;

    /* The one place where it belongs. */
    if (strcmp (name, "key") == 0)
      continue;
    if (g_file_get_contents (file, &text, &size, NULL))
      assert_unseen (file, text, size);
  }
}

/* Where every pipeline of the process is drawn, also those inside. */
static gchar *dot_dir;
static FILE *debug_file;

static void
log_to_file (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  fprintf (debug_file, "%s %s\n", gst_debug_category_get_name (category),
      gst_debug_message_get (message));
}

static gchar *
on_request_seen (GstElement *ai, gpointer user_data)
{
  return g_strdup (KEY);
}

typedef enum {
  KEY_SET,
  KEY_FROM_FILE,
  KEY_MINTS, /* a client secret */
  KEY_IS_SECRET, /* of the application */
  KEY_IN_HEADER
} KeyWay;

static void
set_key (GstElement *ai, KeyWay way, const gchar *path)
{
  switch (way) {
    case KEY_SET:
      g_object_set (ai, "api-key", KEY, NULL);
      break;
    case KEY_FROM_FILE:
      g_object_set (ai, "api-key-file", path, NULL);
      break;
    case KEY_MINTS:
      g_object_set (ai, "api-key", KEY, "mint-client-secret", TRUE, NULL);
      break;
    case KEY_IS_SECRET:
      g_signal_connect (
          ai, "request-client-secret", G_CALLBACK (on_request_seen), NULL);
      break;
    case KEY_IN_HEADER: {
      g_autoptr (GstStructure) headers = gst_structure_new (
          "headers", "X-Api-Key", G_TYPE_STRING, KEY, NULL);

      g_object_set (ai, "api-key", KEY, "extra-headers", headers, NULL);
      break;
    }
  }
}

static void
look_for_canary (const gchar *options, KeyWay way, gboolean failing)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (options);
  const gchar *dir = e2e_emulator_record_dir (emulator);
  g_autofree gchar *key_path = g_build_filename (dir, "key", NULL);
  g_autofree gchar *debug_path = g_build_filename (dir, "debug.log", NULL);
  g_autofree gchar *dot_path = g_build_filename (dir, "app.dot", NULL);
  g_autofree gchar *dot = NULL;
  g_autofree gchar *debug = NULL;
  E2ePipe *pipe;
  GstElement *ai;
  gsize size;
  guint i;

  fail_unless (g_file_set_contents (key_path, KEY "\n", -1, NULL));
  debug_file = fopen (debug_path, "w");
  fail_unless (debug_file != NULL);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (log_to_file, NULL, NULL);
  gst_debug_set_default_threshold (GST_LEVEL_MEMDUMP);

  pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  ai = e2e_pipe_get (pipe, "ai");
  set_key (ai, way, key_path);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  if (failing)
    e2e_wait_error (
        pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, NULL);
  else
    e2e_wait_connected (pipe);
  dot = gst_debug_bin_to_dot_data (
      GST_BIN (pipe->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
  fail_unless (g_file_set_contents (dot_path, dot, -1, NULL));
  e2e_pipe_pump (pipe, 0);
  for (i = 0; i < pipe->messages->len; i++) {
    const GstStructure *s = gst_message_get_structure (
        g_ptr_array_index (pipe->messages, i));
    g_autofree gchar *text = s ? gst_structure_to_string (s) : g_strdup ("");

    assert_unseen ("a message", text, strlen (text));
  }
  e2e_pipe_free (pipe);

  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  gst_debug_remove_log_function (log_to_file);
  fclose (debug_file);
  fail_unless (g_file_get_contents (debug_path, &debug, &size, NULL));
  /* It was there to look into. */
  fail_unless (memmem (debug, size, "openairealtime", 14) != NULL);
  assert_unseen_in_dir (dir);
  assert_unseen_in_dir (dot_dir);
}

GST_START_TEST (test_api_key_is_seen_nowhere)
{
  look_for_canary ("--api-key " KEY, KEY_SET, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_api_key_of_a_file_is_seen_nowhere)
{
  look_for_canary ("--api-key " KEY, KEY_FROM_FILE, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_refused_api_key_is_seen_nowhere)
{
  look_for_canary ("--api-key sk-other", KEY_SET, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_minted_secret_is_seen_nowhere)
{
  look_for_canary ("--api-key " KEY, KEY_MINTS, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_secret_of_the_application_is_seen_nowhere)
{
  look_for_canary ("--api-key " KEY, KEY_IS_SECRET, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_refused_secret_is_seen_nowhere)
{
  look_for_canary ("--api-key sk-other", KEY_IS_SECRET, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_extra_headers_are_seen_nowhere)
{
  look_for_canary ("--api-key " KEY, KEY_IN_HEADER, FALSE);
}
GST_END_TEST;

static Suite *
credentials_suite (void)
{
  Suite *s = suite_create ("e2e-credentials");
  TCase *tc = tcase_create ("credentials");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_api_key_opens);
  tcase_add_test (tc, test_api_key_of_the_environment_opens);
  tcase_add_test (tc, test_api_key_file_is_read_at_each_connect);
  tcase_add_test (tc, test_no_key_for_the_real_server_fails_at_once);
  tcase_add_test (tc, test_client_secret_opens_and_brings_its_settings);
  tcase_add_test (tc, test_settings_go_on_top_of_those_of_a_client_secret);
  tcase_add_test (tc, test_minted_secret_opens_and_has_the_settings);
  tcase_add_test (tc, test_secret_is_asked_for_at_each_call);
  tcase_add_test (tc, test_no_secret_fails);
  tcase_add_test (tc, test_redirect_is_refused);
  tcase_add_test (tc, test_api_key_is_seen_nowhere);
  tcase_add_test (tc, test_api_key_of_a_file_is_seen_nowhere);
  tcase_add_test (tc, test_refused_api_key_is_seen_nowhere);
  tcase_add_test (tc, test_minted_secret_is_seen_nowhere);
  tcase_add_test (tc, test_secret_of_the_application_is_seen_nowhere);
  tcase_add_test (tc, test_refused_secret_is_seen_nowhere);
  tcase_add_test (tc, test_extra_headers_are_seen_nowhere);
  return s;
}

int
main (int argc, char **argv)
{
  int failed;

  dot_dir = g_dir_make_tmp ("e2e-XXXXXX", NULL);
  /* Read once, at start. */
  g_setenv ("GST_DEBUG_DUMP_DOT_DIR", dot_dir, TRUE);
  failed = e2e_main (credentials_suite, __FILE__, argc, argv);
  e2e_remove_dir (dot_dir);
  g_free (dot_dir);
  return failed;
}
