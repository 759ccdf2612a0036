/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Servers that do not send what they should: what a file asked ends all the same.
 * What else they may send is in faults.c. */

GST_START_TEST (test_answer_without_sound_ends)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) answer = NULL;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault no-audio");
  answer = e2e_ask (emulator, source, "drain-timeout=5000");
  fail_unless (e2e_sound_loud (answer) == 0);
}
GST_END_TEST;

GST_START_TEST (test_server_without_events_ends)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) answer = NULL;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault silent");
  answer = e2e_ask (emulator, source, "drain-timeout=3000");
}
GST_END_TEST;

/* --- what the server tells ---------------------------------------------- */

typedef struct {
  GMutex lock; /* protects what is below */
  GString *delta; /* item: text */
  GString *done;
  gchar *limits;
} Told;

static void
on_delta (
    GstElement *ai, const gchar *item, const gchar *text, gpointer user_data)
{
  Told *told = user_data;

  g_mutex_lock (&told->lock);
  g_string_append_printf (told->delta, "%s: %s", item, text);
  g_mutex_unlock (&told->lock);
}

static void
on_done (
    GstElement *ai, const gchar *item, const gchar *text, gpointer user_data)
{
  Told *told = user_data;

  g_mutex_lock (&told->lock);
  g_string_append_printf (told->done, "%s: %s", item, text);
  g_mutex_unlock (&told->lock);
}

static void
on_limits (GstElement *ai, const gchar *json, gpointer user_data)
{
  Told *told = user_data;

  g_mutex_lock (&told->lock);
  g_free (told->limits);
  told->limits = g_strdup (json);
  g_mutex_unlock (&told->lock);
}

/* Asks with the voice of @source, and waits for the end of the stream. */
static E2ePipe *
listen (Told *told, E2eEmulator *emulator, const gchar *source,
    const gchar *settings)
{
  GstElement *ai;
  E2ePipe *pipe;

  memset (told, 0, sizeof (*told));
  g_mutex_init (&told->lock);
  told->delta = g_string_new (NULL);
  told->done = g_string_new (NULL);
  pipe = e2e_pipe_new ("%s ! audioconvert ! openairealtime name=ai base-url=%s "
                       "idle-output=none %s ! " E2E_OUT,
      source, e2e_emulator_url (emulator), settings);
  e2e_capture (pipe, "out");
  ai = e2e_pipe_get (pipe, "ai");
  g_signal_connect (ai, "input-transcript-delta", G_CALLBACK (on_delta), told);
  g_signal_connect (ai, "input-transcript-done", G_CALLBACK (on_done), told);
  g_signal_connect (ai, "rate-limits", G_CALLBACK (on_limits), told);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  return pipe;
}

static void
told_clear (Told *told)
{
  g_string_free (told->delta, TRUE);
  g_string_free (told->done, TRUE);
  g_free (told->limits);
  g_mutex_clear (&told->lock);
}

static gboolean
is_user_transcript (GstMessage *message, gconstpointer data)
{
  const GstStructure *s = gst_message_get_structure (message);

  return s && gst_structure_has_name (s, "openairealtime-transcript")
      && g_strcmp0 (gst_structure_get_string (s, "role"), "user") == 0;
}

static gchar *
member (const gchar *json, const gchar *name)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);

  fail_unless (root != NULL, "%s", json);
  return g_strdup (
      json_object_get_string_member (json_node_get_object (root), name));
}

/* The words of the user, as they come and as a whole, of the item that they
 * became. */
GST_START_TEST (test_what_was_heard_is_told)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *json = NULL;
  g_autofree gchar *item = NULL;
  g_autofree gchar *expected = NULL;
  const GstStructure *s;
  guint next;
  Told told;

  if (!E2E_HAVE_TALK || source == NULL)
    return;
  emulator = e2e_emulator_start ("--mind talk");
  pipe = listen (
      &told, emulator, source, "input-transcription-model=whisper-1");
  e2e_wait_event (pipe, 0, "input_audio_buffer.committed", &json);
  item = member (json, "item_id");
  expected = g_strdup_printf ("%s: go forward ten meters", item);
  e2e_wait_event (
      pipe, 0, "conversation.item.input_audio_transcription.completed", NULL);
  fail_unless_equals_string (told.delta->str, expected);
  fail_unless_equals_string (told.done->str, expected);
  next = e2e_wait_message (
      pipe, 0, is_user_transcript, NULL, "transcript of the user");
  s = gst_message_get_structure (g_ptr_array_index (pipe->messages, next - 1));
  fail_unless_equals_string (
      gst_structure_get_string (s, "text"), "go forward ten meters");
  fail_unless_equals_string (gst_structure_get_string (s, "item-id"), item);
  g_clear_pointer (&pipe, e2e_pipe_free);
  told_clear (&told);
}
GST_END_TEST;

/* The answer comes all the same. */
GST_START_TEST (test_transcription_that_fails_is_told)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  Told told;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault no-transcription");
  pipe = listen (
      &told, emulator, source, "input-transcription-model=whisper-1");
  e2e_wait_event (
      pipe, 0, "conversation.item.input_audio_transcription.failed", NULL);
  e2e_wait_event (pipe, 0, "output_audio_buffer.stopped", NULL);
  fail_unless_equals_string (told.done->str, "");
  g_clear_pointer (&pipe, e2e_pipe_free);
  told_clear (&told);
}
GST_END_TEST;

GST_START_TEST (test_rate_limits_are_told)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *json = NULL;
  Told told;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = listen (&told, emulator, source, "");
  e2e_wait_event (pipe, 0, "rate_limits.updated", &json);
  fail_unless_equals_string (told.limits, json);
  fail_unless (strstr (json, "\"remaining\"") != NULL);
  g_clear_pointer (&pipe, e2e_pipe_free);
  told_clear (&told);
}
GST_END_TEST;

/* The user's voice goes by RTP: no event has it. */
GST_START_TEST (test_sound_is_no_event)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *log = NULL;
  Told told;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = listen (&told, emulator, source, "");
  log = e2e_emulator_log (emulator);
  fail_unless (strstr (log, "-> ") != NULL);
  fail_if (strstr (log, "input_audio_buffer.append") != NULL);
  fail_unless (e2e_emulator_heard (emulator) > 1);
  g_clear_pointer (&pipe, e2e_pipe_free);
  told_clear (&told);
}
GST_END_TEST;

static Suite *
events_suite (void)
{
  Suite *s = suite_create ("e2e-events");
  TCase *tc = tcase_create ("events");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_answer_without_sound_ends);
  tcase_add_test (tc, test_server_without_events_ends);
  tcase_add_test (tc, test_what_was_heard_is_told);
  tcase_add_test (tc, test_transcription_that_fails_is_told);
  tcase_add_test (tc, test_rate_limits_are_told);
  tcase_add_test (tc, test_sound_is_no_event);
  return s;
}

E2E_MAIN (events_suite)
