/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Live input, which ends when the application says so: what gst-launch -e
 * does. */

typedef struct {
  E2eEmulator *emulator;
  E2ePipe *pipe;
  E2eCapture *capture;
  E2eMicrophone *mic;
  GArray *question;
} Talk;

static gboolean
talk_start (Talk *talk, gboolean halves)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);

  if (source == NULL)
    return FALSE;
  talk->emulator = e2e_emulator_start (NULL);
  talk->question = e2e_sound_load (source);
  talk->pipe = e2e_pipe_new (E2E_MICROPHONE " ! %s base-url=%s %s ! " E2E_OUT,
      halves ? "openairealtimesink" : "openairealtime",
      e2e_emulator_url (talk->emulator),
      halves ? "  openairealtimesrc idle-output=none" : "idle-output=none");
  talk->capture = e2e_capture (talk->pipe, "out");
  talk->mic = e2e_microphone (talk->pipe, "mic");
  e2e_pipe_set_state (talk->pipe, GST_STATE_PLAYING);
  e2e_wait_connected (talk->pipe);
  e2e_microphone_say (talk->mic, talk->question);
  return TRUE;
}

static void
talk_finish (Talk *talk)
{
  g_autoptr (GArray) answer = NULL;

  e2e_wait_eos (talk->pipe);
  answer = e2e_capture_copy (talk->capture);
  e2e_assert_similar (talk->question, answer, TRUE);
  e2e_pipe_free (talk->pipe);
  g_array_unref (talk->question);
  e2e_emulator_stop (talk->emulator);
}

static void
send_eos (E2ePipe *pipe)
{
  fail_unless (gst_element_send_event (pipe->pipeline, gst_event_new_eos ()));
}

GST_START_TEST (test_eos_during_the_answer_lets_it_finish)
{
  Talk talk;

  if (!talk_start (&talk, FALSE))
    return;
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  send_eos (talk.pipe);
  talk_finish (&talk);
}
GST_END_TEST;

GST_START_TEST (test_eos_right_after_the_question_waits_for_the_answer)
{
  Talk talk;

  if (!talk_start (&talk, FALSE))
    return;
  e2e_microphone_wait (talk.pipe, talk.mic);
  send_eos (talk.pipe);
  talk_finish (&talk);
}
GST_END_TEST;

GST_START_TEST (test_eos_to_the_element_means_the_same)
{
  Talk talk;

  if (!talk_start (&talk, FALSE))
    return;
  e2e_wait_event (talk.pipe, 0, "input_audio_buffer.committed", NULL);
  fail_unless (gst_element_send_event (
      e2e_pipe_get (talk.pipe, "mic"), gst_event_new_eos ()));
  talk_finish (&talk);
}
GST_END_TEST;

GST_START_TEST (test_eos_to_live_halves_drains)
{
  Talk talk;

  if (!talk_start (&talk, TRUE))
    return;
  e2e_microphone_wait (talk.pipe, talk.mic);
  send_eos (talk.pipe);
  talk_finish (&talk);
}
GST_END_TEST;

GST_START_TEST (test_eos_without_a_word_said_ends)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtime base-url=%s ! "
      "fakesink sync=true",
      e2e_emulator_url (emulator));

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  send_eos (pipe);
  e2e_wait_eos (pipe);
  fail_unless_equals_int (e2e_count_events (pipe, "response.created"), 0);
}
GST_END_TEST;

GST_START_TEST (test_eos_while_connecting_ends)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--fault slow=1000");
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtime base-url=%s ! "
      "fakesink sync=true",
      e2e_emulator_url (emulator));

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  send_eos (pipe);
  e2e_wait_eos (pipe);
}
GST_END_TEST;

/* preroll-time keeps them. */
GST_START_TEST (test_words_said_while_connecting_are_answered)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;
  E2eMicrophone *mic;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault slow=1000");
  question = e2e_sound_load (source);
  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime base-url=%s "
      "preroll-time=10000 idle-output=none ! " E2E_OUT,
      e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  mic = e2e_microphone (pipe, "mic");
  e2e_microphone_say (mic, question);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "output_audio_buffer.started", NULL);
  send_eos (pipe);
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
}
GST_END_TEST;

/* A file made live by identity; the speech comes when the call is up. */
GST_START_TEST (test_file_behind_identity_sync_is_answered)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  pipe = e2e_pipe_new (
      "concat name=c ! identity sync=true ! openairealtime base-url=%s "
      "idle-output=none ! " E2E_OUT
      "   audiotestsrc wave=silence samplesperbuffer=1600 num-buffers=40 ! " E2E_CAPS
      " ! c.   %s ! audioconvert ! " E2E_CAPS " ! c.",
      e2e_emulator_url (emulator), source);
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
}
GST_END_TEST;

static Suite *
live_suite (void)
{
  Suite *s = suite_create ("e2e-live");
  TCase *tc = tcase_create ("live");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_eos_during_the_answer_lets_it_finish);
  tcase_add_test (tc, test_eos_right_after_the_question_waits_for_the_answer);
  tcase_add_test (tc, test_eos_to_the_element_means_the_same);
  tcase_add_test (tc, test_eos_to_live_halves_drains);
  tcase_add_test (tc, test_eos_without_a_word_said_ends);
  tcase_add_test (tc, test_eos_while_connecting_ends);
  tcase_add_test (tc, test_words_said_while_connecting_are_answered);
  tcase_add_test (tc, test_file_behind_identity_sync_is_answered);
  return s;
}

E2E_MAIN (live_suite)
