/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>
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

/* --- translations ------------------------------------------------------ */

static gboolean
match_end (GstMessage *message, gconstpointer reason)
{
  const GstStructure *s = gst_message_get_structure (message);

  return s && gst_structure_has_name (s, "openairealtime-ended")
      && g_strcmp0 (gst_structure_get_string (s, "reason"), reason) == 0;
}

static void
append_words (
    GstElement *ai, const gchar *item, const gchar *delta, gpointer words)
{
  /* There are no items. */
  if (item == NULL)
    g_string_append (words, delta);
}

/* Continuous speech in, continuous speech out, and nothing of it is lost at the
 * end: the parrot's other language sounds like the first one. */
GST_START_TEST (test_speech_is_translated)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GString) own_words = g_string_new (NULL);
  g_autofree gchar *json = NULL;
  E2eCapture *capture;

  if (source == NULL)
    return;
  question = e2e_sound_load (source);
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new (
      "%s ! decodebin ! openairealtime name=ai base-url=%s "
      "session-type=translation target-language=es instructions=none "
      "input-transcription-model=gpt-realtime-whisper ! " E2E_OUT,
      source, e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  g_signal_connect (e2e_pipe_get (pipe, "ai"), "transcript-delta",
      G_CALLBACK (append_words), words);
  g_signal_connect (e2e_pipe_get (pipe, "ai"), "input-transcript-delta",
      G_CALLBACK (append_words), own_words);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  e2e_wait_message (pipe, 0, match_end, "closed", "end of the session");
  e2e_wait_event (pipe, 0, "session.created", &json);
  fail_unless (strstr (json, "\"type\":\"translation\"") != NULL, "%s", json);
  fail_unless (strstr (json, "\"language\":\"es\"") != NULL, "%s", json);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
  fail_unless (
      g_str_has_prefix (own_words->str, "one two"), "%s", own_words->str);
  fail_unless (g_str_has_prefix (words->str, "uno dos"), "%s", words->str);
  fail_unless_equals_int (e2e_count_events (pipe, "error"), 0);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
}
GST_END_TEST;

/* As subtitles of both languages. */
GST_START_TEST (test_translation_has_subtitles)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *said = NULL;
  g_autofree gchar *heard = NULL;
  g_autofree gchar *folder = NULL;
  g_autofree gchar *said_path = NULL;
  g_autofree gchar *heard_path = NULL;

  if (source == NULL)
    return;
  folder = g_dir_make_tmp ("oai-XXXXXX", NULL);
  said_path = g_build_filename (folder, "said", NULL);
  heard_path = g_build_filename (folder, "heard", NULL);
  pipe = e2e_pipe_new (
      "%s ! decodebin ! openairealtime name=ai base-url=%s "
      "session-type=translation target-language=es "
      "input-transcription-model=gpt-realtime-whisper ! " E2E_OUT
      " ai.transcript_src ! filesink location=%s async=false "
      "ai.input_transcript_src ! filesink location=%s async=false",
      source, e2e_emulator_url (emulator), said_path, heard_path);
  e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  fail_unless (g_file_get_contents (said_path, &said, NULL, NULL));
  fail_unless (g_file_get_contents (heard_path, &heard, NULL, NULL));
  fail_unless (g_str_has_prefix (said, "uno dos"), "%s", said);
  fail_unless (g_str_has_prefix (heard, "one two"), "%s", heard);
  g_unlink (said_path);
  g_unlink (heard_path);
  g_rmdir (folder);
}
GST_END_TEST;

GST_START_TEST (test_language_changes_while_it_translates)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s session-type=translation "
      "target-language=es ! " E2E_OUT,
      e2e_emulator_url (emulator));
  GstElement *ai = e2e_pipe_get (pipe, "ai");
  g_autofree gchar *json = NULL;
  g_autofree gchar *language = NULL;
  guint from;

  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  g_object_set (ai, "target-language", "fr", "voice", "cedar", NULL);
  from = e2e_wait_event (pipe, 0, "session.updated", &json);
  fail_unless (strstr (json, "\"language\":\"fr\"") != NULL, "%s", json);
  fail_unless (strstr (json, "cedar") == NULL, "%s", json);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
  /* What the server does not have is named, and the old one is back. */
  g_object_set (ai, "target-language", "", NULL);
  e2e_wait_warning (
      pipe, from, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL);
  g_object_get (ai, "target-language", &language, NULL);
  fail_unless_equals_string (language, "fr");
}
GST_END_TEST;

/* Nobody else ends it. */
GST_START_TEST (test_translation_ends_at_its_limit)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime base-url=%s session-type=translation "
      "max-duration=1500 ! " E2E_OUT,
      e2e_emulator_url (emulator));

  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_message (pipe, 0, match_end, "max-duration", "end of the session");
  e2e_wait_eos (pipe);
  fail_unless_equals_int (e2e_count_events (pipe, "session.closed"), 1);
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

  tc = tcase_create ("translation");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_speech_is_translated);
  tcase_add_test (tc, test_translation_has_subtitles);
  tcase_add_test (tc, test_language_changes_while_it_translates);
  tcase_add_test (tc, test_translation_ends_at_its_limit);
  return s;
}

E2E_MAIN (kinds_suite)
