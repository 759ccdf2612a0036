/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Whatever raw audio comes in, and whatever becomes of the output. */

GST_START_TEST (test_unlinked_output_is_no_error)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new (
      "%s ! openairealtime base-url=%s", source, e2e_emulator_url (emulator));
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  fail_unless_equals_int (e2e_count_events (pipe, "response.done"), 1);
}
GST_END_TEST;

static void
ask_with_caps (const gchar *caps)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autofree gchar *source = NULL;
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;

  if (speech == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  source = g_strdup_printf (
      "%s ! audioconvert ! audioresample ! audioconvert ! %s", speech, caps);
  question = e2e_sound_load (source);
  {
    g_autoptr (E2ePipe) pipe = e2e_pipe_new (
        "%s ! openairealtime base-url=%s idle-output=none ! " E2E_OUT, source,
        e2e_emulator_url (emulator));
    E2eCapture *capture = e2e_capture (pipe, "out");

    e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
    e2e_wait_eos (pipe);
    answer = e2e_capture_copy (capture);
  }
  e2e_assert_similar (question, answer, TRUE);
}

GST_START_TEST (test_stereo_float_44100_is_taken)
{
  ask_with_caps ("audio/x-raw,format=F32LE,rate=44100,channels=2");
}
GST_END_TEST;

GST_START_TEST (test_u8_mono_8000_is_taken)
{
  ask_with_caps ("audio/x-raw,format=U8,rate=8000,channels=1");
}
GST_END_TEST;

/* As microphone arrays have them: audioconvert alone refuses those. */
GST_START_TEST (test_eight_channels_without_positions_are_taken)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;
  GString *inputs = g_string_new (NULL);
  guint i;

  if (speech == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (speech);
  for (i = 0; i < 8; i++)
    g_string_append_printf (inputs, "t. ! queue ! i.sink_%u ", i);
  pipe = e2e_pipe_new ("interleave name=i channel-positions-from-input=false ! "
                       "audio/x-raw,channels=8,channel-mask=(bitmask)0 ! "
                       "openairealtime base-url=%s idle-output=none ! " E2E_OUT
                       "   %s ! tee name=t %s",
      e2e_emulator_url (emulator), speech, inputs->str);
  g_string_free (inputs, TRUE);
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
}
GST_END_TEST;

/* Sinks and mixers downstream must not starve, whatever the network does. */
GST_START_TEST (test_silence_flows_before_the_connection)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--fault no-answer");
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtime name=ai "
      "base-url=%s ! audio/x-raw,rate=24000 ! appsink name=out sync=true",
      e2e_emulator_url (emulator));
  E2eCapture *capture = e2e_capture (pipe, "out");
  gint state;

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_length (pipe, capture, 24000);
  g_object_get (e2e_pipe_get (pipe, "ai"), "connection-state", &state, NULL);
  fail_unless_equals_int (state, 1 /* connecting */);
  g_mutex_lock (&capture->lock);
  fail_unless_equals_int (capture->backward, 0);
  fail_unless (capture->loud == 0);
  fail_unless (capture->first < GST_SECOND);
  g_mutex_unlock (&capture->lock);
}
GST_END_TEST;

/* A sound card plays sample after sample: what is more than the time stamps say
 * comes later and later. */
GST_START_TEST (test_resampled_output_keeps_to_its_time_stamps)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  E2eCapture *capture;
  E2eMicrophone *mic;
  GstClockTime played;

  if (speech == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (speech);
  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime base-url=%s ! " E2E_OUT,
      e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  mic = e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  e2e_microphone_say (mic, question);
  e2e_wait_event (pipe, 0, "output_audio_buffer.stopped", NULL);
  e2e_wait_length (pipe, capture, e2e_capture_length (capture) + E2E_RATE / 2);
  fail_unless (e2e_capture_loud (capture) > E2E_RATE / 4);
  g_mutex_lock (&capture->lock);
  played = gst_util_uint64_scale_int (
      capture->samples->len, GST_SECOND, E2E_RATE);
  fail_unless (played <= capture->next - capture->first + GST_MSECOND,
      "%" GST_TIME_FORMAT " of sound for %" GST_TIME_FORMAT,
      GST_TIME_ARGS (played), GST_TIME_ARGS (capture->next - capture->first));
  g_mutex_unlock (&capture->lock);
}
GST_END_TEST;

static Suite *
formats_suite (void)
{
  Suite *s = suite_create ("e2e-formats");
  TCase *tc = tcase_create ("formats");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_unlinked_output_is_no_error);
  tcase_add_test (tc, test_stereo_float_44100_is_taken);
  tcase_add_test (tc, test_u8_mono_8000_is_taken);
  tcase_add_test (tc, test_eight_channels_without_positions_are_taken);
  tcase_add_test (tc, test_silence_flows_before_the_connection);
  tcase_add_test (tc, test_resampled_output_keeps_to_its_time_stamps);
  return s;
}

E2E_MAIN (formats_suite)
