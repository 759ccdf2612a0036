/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <string.h>

/* Sessions that are no conversations. */

static gboolean
match_words (GstMessage *message, gconstpointer data)
{
  const GstStructure *s = gst_message_get_structure (message);

  return s && gst_structure_has_name (s, "openairealtime-transcript")
      && g_strcmp0 (gst_structure_get_string (s, "role"), "user") == 0
      && g_strcmp0 (gst_structure_get_string (s, "text"), data) == 0;
}

/* To the last word, and then it ends. */
static void
assert_written_down (const gchar *settings)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *json = NULL;
  E2eCapture *capture;

  if (!E2E_HAVE_TALK || source == NULL)
    return;
  emulator = e2e_emulator_start ("--mind talk");
  pipe = e2e_pipe_new (
      "%s ! decodebin ! openairealtime base-url=%s "
      "idle-output=none session-type=transcription %s ! " E2E_OUT,
      source, e2e_emulator_url (emulator), settings);
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_message (pipe, 0, match_words, "go forward ten meters",
      "transcript of what was said");
  e2e_wait_eos (pipe);
  e2e_wait_event (pipe, 0, "session.created", &json);
  fail_unless (strstr (json, "\"type\":\"transcription\"") != NULL, "%s", json);
  fail_unless_equals_int (e2e_count_events (pipe, "response.created"), 0);
  fail_unless_equals_int (e2e_capture_length (capture), 0);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
}

GST_START_TEST (test_speech_is_written_down)
{
  assert_written_down ("");
}
GST_END_TEST;

GST_START_TEST (test_speech_is_written_down_without_turns)
{
  assert_written_down ("input-transcription-model=gpt-realtime-whisper");
}
GST_END_TEST;

/* What was set for the model is of no use here, and does no harm. */
GST_START_TEST (test_settings_change_while_it_writes)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s session-type=transcription "
      "instructions=none ! " E2E_OUT,
      e2e_emulator_url (emulator));
  GstElement *ai = e2e_pipe_get (pipe, "ai");
  g_autofree gchar *json = NULL;

  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  g_object_set (ai, "instructions", "some", "speed", 1.5,
      "input-transcription-keywords", "Zug,Ulm", NULL);
  e2e_wait_event (pipe, 0, "session.updated", &json);
  fail_unless (
      strstr (json, "\"keywords\":[\"Zug\",\"Ulm\"]") != NULL, "%s", json);
  fail_unless (strstr (json, "instructions") == NULL, "%s", json);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
}
GST_END_TEST;

static Suite *
kinds_suite (void)
{
  Suite *s = suite_create ("e2e-kinds");
  TCase *tc = tcase_create ("transcription");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_speech_is_written_down);
  tcase_add_test (tc, test_speech_is_written_down_without_turns);
  tcase_add_test (tc, test_settings_change_while_it_writes);
  return s;
}

E2E_MAIN (kinds_suite)
