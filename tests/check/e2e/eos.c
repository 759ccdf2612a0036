/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* The end of the input, and what else moves a pipeline meanwhile. */

typedef struct {
  E2eEmulator *emulator;
  E2ePipe *pipe;
  E2eCapture *capture;
  GArray *question;
} File;

static gboolean
file_start (File *file, const gchar *settings)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN);

  if (source == NULL)
    return FALSE;
  file->emulator = e2e_emulator_start (NULL);
  file->question = e2e_sound_load (source);
  file->pipe = e2e_pipe_new ("%s name=parser ! openairealtime name=ai "
                             "base-url=%s %s ! " E2E_OUT,
      source, e2e_emulator_url (file->emulator), settings);
  file->capture = e2e_capture (file->pipe, "out");
  e2e_pipe_set_state (file->pipe, GST_STATE_PLAYING);
  return TRUE;
}

static void
file_stop (File *file)
{
  e2e_pipe_free (file->pipe);
  g_array_unref (file->question);
  e2e_emulator_stop (file->emulator);
}

GST_START_TEST (test_pause_while_draining_keeps_the_answer_whole)
{
  File file;
  g_autoptr (GArray) answer = NULL;

  if (!file_start (&file, "idle-output=none"))
    return;
  /* The file has ended; the turn has not. */
  e2e_wait_event (file.pipe, 0, "input_audio_buffer.speech_stopped", NULL);
  e2e_pipe_set_state (file.pipe, GST_STATE_PAUSED);
  e2e_wait_event (file.pipe, 0, "response.created", NULL);
  e2e_pipe_set_state (file.pipe, GST_STATE_PLAYING);
  e2e_wait_eos (file.pipe);
  answer = e2e_capture_copy (file.capture);
  e2e_assert_similar (file.question, answer, TRUE);
  file_stop (&file);
}
GST_END_TEST;

/* Nor does it cut off what was sent meanwhile. */
GST_START_TEST (test_end_does_not_come_while_paused)
{
  File file;
  g_autoptr (GArray) answer = NULL;

  if (!file_start (&file, "idle-output=none"))
    return;
  e2e_wait_event (file.pipe, 0, "output_audio_buffer.started", NULL);
  e2e_wait_loud (file.pipe, file.capture, 100);
  e2e_pipe_set_state (file.pipe, GST_STATE_PAUSED);
  e2e_wait_event (file.pipe, 0, "output_audio_buffer.stopped", NULL);
  /* Longer than an answer that is played takes to be over. */
  e2e_pipe_pump (file.pipe, 1500);
  fail_unless_equals_int (e2e_count_messages (file.pipe, GST_MESSAGE_EOS), 0);
  e2e_pipe_set_state (file.pipe, GST_STATE_PLAYING);
  e2e_wait_eos (file.pipe);
  answer = e2e_capture_copy (file.capture);
  e2e_assert_similar (file.question, answer, TRUE);
  file_stop (&file);
}
GST_END_TEST;

GST_START_TEST (test_null_while_draining_is_clean)
{
  File file;

  if (!file_start (&file, "idle-output=none"))
    return;
  e2e_wait_event (file.pipe, 0, "output_audio_buffer.started", NULL);
  fail_unless_equals_int (e2e_count_messages (file.pipe, GST_MESSAGE_EOS), 0);
  file_stop (&file);
}
GST_END_TEST;

GST_START_TEST (test_pipeline_can_be_asked_again)
{
  File file;
  g_autoptr (GArray) answer = NULL;
  guint before;

  if (!file_start (&file, "idle-output=none"))
    return;
  e2e_wait_event (file.pipe, 0, "response.created", NULL);
  gst_element_set_state (file.pipe->pipeline, GST_STATE_READY);
  before = e2e_capture_length (file.capture);
  e2e_pipe_set_state (file.pipe, GST_STATE_PLAYING);
  e2e_wait_eos (file.pipe);
  answer = e2e_capture_copy (file.capture);
  g_array_remove_range (answer, 0, before);
  e2e_assert_similar (file.question, answer, TRUE);
  file_stop (&file);
}
GST_END_TEST;

GST_START_TEST (test_eos_mode_immediate_ends_before_the_answer)
{
  File file;

  if (!file_start (&file, "eos-mode=immediate idle-output=none"))
    return;
  e2e_wait_eos (file.pipe);
  fail_unless_equals_int (e2e_count_events (file.pipe, "response.done"), 0);
  file_stop (&file);
}
GST_END_TEST;

GST_START_TEST (test_eos_mode_keep_goes_on_talking)
{
  File file;
  gboolean sent = FALSE;
  guint next;

  if (!file_start (&file, "eos-mode=keep"))
    return;
  next = e2e_wait_event (file.pipe, 0, "output_audio_buffer.stopped", NULL);
  g_signal_emit_by_name (
      e2e_pipe_get (file.pipe, "ai"), "send-text", "one more thing", &sent);
  fail_unless (sent);
  next = e2e_wait_event (file.pipe, next, "output_audio_buffer.started", NULL);
  e2e_wait_event (file.pipe, next, "output_audio_buffer.stopped", NULL);
  fail_unless_equals_int (e2e_count_messages (file.pipe, GST_MESSAGE_EOS), 0);
  file_stop (&file);
}
GST_END_TEST;

/* It resets the time of the input, not of the output. */
GST_START_TEST (test_flushing_seek_upstream_leaves_the_output_alone)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN_LONG);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  E2eCapture *capture;
  guint before;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new ("%s name=parser ! openairealtime base-url=%s ! "
                       "audioconvert ! audioresample ! " E2E_CAPS
                       " ! appsink name=out sync=true",
      source, e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "input_audio_buffer.speech_started", NULL);
  e2e_wait_length (pipe, capture, E2E_RATE);
  fail_unless (gst_element_seek_simple (e2e_pipe_get (pipe, "parser"),
      GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 5 * GST_SECOND));
  before = e2e_capture_length (capture);
  e2e_wait_length (pipe, capture, before + E2E_RATE);
  g_mutex_lock (&capture->lock);
  fail_unless_equals_int (capture->backward, 0);
  /* No hole either. */
  fail_unless (capture->next - capture->first
      < gst_util_uint64_scale (capture->samples->len, GST_SECOND, E2E_RATE)
          + GST_SECOND / 2);
  g_mutex_unlock (&capture->lock);
  e2e_wait_eos (pipe);
  fail_unless (e2e_count_events (pipe, "response.done") >= 1);
}
GST_END_TEST;

GST_START_TEST (test_seek_back_while_draining_asks_again)
{
  File file;
  guint next;

  if (!file_start (&file, "idle-output=none"))
    return;
  next = e2e_wait_event (file.pipe, 0, "output_audio_buffer.stopped", NULL);
  if (e2e_count_messages (file.pipe, GST_MESSAGE_EOS) == 0
      && gst_element_seek_simple (e2e_pipe_get (file.pipe, "parser"),
          GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0))
    e2e_wait_event (file.pipe, next, "input_audio_buffer.speech_started", NULL);
  e2e_wait_eos (file.pipe);
  file_stop (&file);
}
GST_END_TEST;

static Suite *
eos_suite (void)
{
  Suite *s = suite_create ("e2e-eos");
  TCase *tc = tcase_create ("eos");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_pause_while_draining_keeps_the_answer_whole);
  tcase_add_test (tc, test_end_does_not_come_while_paused);
  tcase_add_test (tc, test_null_while_draining_is_clean);
  tcase_add_test (tc, test_pipeline_can_be_asked_again);
  tcase_add_test (tc, test_eos_mode_immediate_ends_before_the_answer);
  tcase_add_test (tc, test_eos_mode_keep_goes_on_talking);
  tcase_add_test (tc, test_flushing_seek_upstream_leaves_the_output_alone);
  tcase_add_test (tc, test_seek_back_while_draining_asks_again);
  return s;
}

E2E_MAIN (eos_suite)
