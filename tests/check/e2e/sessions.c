/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Who belongs to whom: halves find each other, strangers never hear each
 * other. */

static E2ePipe *
new_asker (E2eEmulator *emulator, const gchar *source)
{
  return e2e_pipe_new ("%s ! openairealtimesink base-url=%s   "
                       "openairealtimesrc idle-output=none ! " E2E_OUT,
      source, e2e_emulator_url (emulator));
}

/* The same elements, without names, in two pipelines of a process. */
GST_START_TEST (test_two_pipelines_never_hear_each_other)
{
  g_autofree gchar *source_a = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *source_b = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) a = NULL;
  g_autoptr (E2ePipe) b = NULL;
  g_autoptr (GArray) question_a = NULL;
  g_autoptr (GArray) question_b = NULL;
  g_autoptr (GArray) answer_a = NULL;
  g_autoptr (GArray) answer_b = NULL;
  E2eCapture *capture_a, *capture_b;

  if (source_a == NULL || source_b == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question_a = e2e_sound_load (source_a);
  question_b = e2e_sound_load (source_b);
  a = new_asker (emulator, source_a);
  b = new_asker (emulator, source_b);
  capture_a = e2e_capture (a, "out");
  capture_b = e2e_capture (b, "out");
  e2e_pipe_set_state (a, GST_STATE_PLAYING);
  e2e_pipe_set_state (b, GST_STATE_PLAYING);
  e2e_wait_eos (a);
  e2e_wait_eos (b);
  answer_a = e2e_capture_copy (capture_a);
  answer_b = e2e_capture_copy (capture_b);
  e2e_assert_similar (question_a, answer_a, TRUE);
  e2e_assert_similar (question_b, answer_b, TRUE);
  e2e_assert_similar (question_a, answer_b, FALSE);
  e2e_assert_similar (question_b, answer_a, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_two_conversations_in_one_pipeline)
{
  g_autofree gchar *source_a = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *source_b = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question_a = NULL;
  g_autoptr (GArray) question_b = NULL;
  g_autoptr (GArray) answer_a = NULL;
  g_autoptr (GArray) answer_b = NULL;
  E2eCapture *capture_a, *capture_b;

  if (source_a == NULL || source_b == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question_a = e2e_sound_load (source_a);
  question_b = e2e_sound_load (source_b);
  pipe = e2e_pipe_new (
      "%s ! openairealtime base-url=%s idle-output=none ! audioconvert ! "
      "audioresample ! " E2E_CAPS " ! appsink name=a sync=false   "
      "%s ! openairealtime base-url=%s idle-output=none ! audioconvert ! "
      "audioresample ! " E2E_CAPS " ! appsink name=b sync=false",
      source_a, e2e_emulator_url (emulator), source_b,
      e2e_emulator_url (emulator));
  capture_a = e2e_capture (pipe, "a");
  capture_b = e2e_capture (pipe, "b");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  answer_a = e2e_capture_copy (capture_a);
  answer_b = e2e_capture_copy (capture_b);
  e2e_assert_similar (question_a, answer_a, TRUE);
  e2e_assert_similar (question_b, answer_b, TRUE);
  e2e_assert_similar (question_a, answer_b, FALSE);
  e2e_assert_similar (question_b, answer_a, FALSE);
}
GST_END_TEST;

static void
ask_across_pipelines (gboolean sink_first)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) asking = NULL;
  g_autoptr (E2ePipe) playing = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  asking = e2e_pipe_new ("%s ! openairealtimesink session=a base-url=%s",
      source, e2e_emulator_url (emulator));
  playing = e2e_pipe_new ("openairealtimesrc session=a base-url=%s "
                          "idle-output=none ! " E2E_OUT,
      e2e_emulator_url (emulator));
  capture = e2e_capture (playing, "out");
  if (sink_first) {
    e2e_pipe_set_state (asking, GST_STATE_PLAYING);
    e2e_pipe_set_state (playing, GST_STATE_PLAYING);
  } else {
    e2e_pipe_set_state (playing, GST_STATE_PLAYING);
    e2e_pipe_set_state (asking, GST_STATE_PLAYING);
  }
  e2e_wait_eos (asking);
  e2e_wait_eos (playing);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
}

GST_START_TEST (test_named_halves_meet_sink_first)
{
  ask_across_pipelines (TRUE);
}
GST_END_TEST;

GST_START_TEST (test_named_halves_meet_src_first)
{
  ask_across_pipelines (FALSE);
}
GST_END_TEST;

/* playbin puts its sink into a bin of its own only when it plays. */
static void
ask_with_playbin (const gchar *bin)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = NULL;
  GstElement *sink;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  line = g_strdup_printf (
      "%s openairealtimesink base-url=%s", bin, e2e_emulator_url (emulator));
  sink = gst_parse_bin_from_description (line, TRUE, &error);
  fail_unless (error == NULL && sink != NULL);
  pipe = e2e_pipe_new (
      "playbin name=p uri=file:///usr/share/pocketsphinx/test/data/cards/"
      "002.wav");
  g_object_set (pipe->pipeline, "audio-sink", sink, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  fail_unless_equals_int (e2e_count_events (pipe, "response.done"), 1);
}

GST_START_TEST (test_playbin_asks)
{
  ask_with_playbin ("queue !");
}
GST_END_TEST;

/* The sink alone is its own parent until playbin takes it. */
GST_START_TEST (test_playbin_asks_through_the_bare_sink)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  GstElement *sink;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  sink = gst_element_factory_make ("openairealtimesink", NULL);
  g_object_set (sink, "base-url", e2e_emulator_url (emulator), NULL);
  pipe = e2e_pipe_new (
      "playbin uri=file:///usr/share/pocketsphinx/test/data/cards/002.wav");
  g_object_set (pipe->pipeline, "audio-sink", sink, NULL);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  fail_unless_equals_int (e2e_count_events (pipe, "response.done"), 1);
}
GST_END_TEST;

GST_START_TEST (test_second_sink_in_a_pipeline_is_refused)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true ! openairealtimesink base-url=%s   "
      "audiotestsrc is-live=true ! openairealtimesink base-url=%s",
      e2e_emulator_url (emulator), e2e_emulator_url (emulator));

  fail_unless_equals_int (
      gst_element_set_state (pipe->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  e2e_wait_error (pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY, NULL);
}
GST_END_TEST;

GST_START_TEST (test_second_sink_of_a_session_is_refused)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) a = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtimesink session=x "
      "base-url=%s",
      e2e_emulator_url (emulator));
  g_autoptr (E2ePipe) b = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtimesink session=x "
      "base-url=%s",
      e2e_emulator_url (emulator));

  e2e_pipe_set_state (a, GST_STATE_PLAYING);
  e2e_wait_connected (a);
  fail_unless_equals_int (
      gst_element_set_state (b->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  e2e_wait_error (b, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY, NULL);
  /* The first one does not mind. */
  e2e_pipe_pump (a, 0);
}
GST_END_TEST;

/* A half that failed to join must not stay in the way of the next. */
GST_START_TEST (test_session_is_free_again_after_its_sink_has_gone)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  E2ePipe *one, *two;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  one = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtimesink session=x "
      "base-url=%s",
      e2e_emulator_url (emulator));
  e2e_pipe_set_state (one, GST_STATE_PLAYING);
  e2e_wait_connected (one);
  e2e_pipe_free (one);
  two = e2e_pipe_new ("%s ! openairealtimesink session=x base-url=%s", source,
      e2e_emulator_url (emulator));
  e2e_pipe_set_state (two, GST_STATE_PLAYING);
  e2e_wait_eos (two);
  fail_unless_equals_int (e2e_count_events (two, "response.done"), 1);
  e2e_pipe_free (two);
}
GST_END_TEST;

static Suite *
sessions_suite (void)
{
  Suite *s = suite_create ("e2e-sessions");
  TCase *tc = tcase_create ("sessions");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_two_pipelines_never_hear_each_other);
  tcase_add_test (tc, test_two_conversations_in_one_pipeline);
  tcase_add_test (tc, test_named_halves_meet_sink_first);
  tcase_add_test (tc, test_named_halves_meet_src_first);
  tcase_add_test (tc, test_playbin_asks);
  tcase_add_test (tc, test_playbin_asks_through_the_bare_sink);
  tcase_add_test (tc, test_second_sink_in_a_pipeline_is_refused);
  tcase_add_test (tc, test_second_sink_of_a_session_is_refused);
  tcase_add_test (tc, test_session_is_free_again_after_its_sink_has_gone);
  return s;
}

E2E_MAIN (sessions_suite)
