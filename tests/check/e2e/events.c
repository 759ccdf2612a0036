/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Servers that send what they should not, or not what they should: the
 * conversation goes on as well as it can. */

static void
ask_in_spite_of (const gchar *fault, gboolean warning)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (fault);
  question = e2e_sound_load (source);
  pipe = e2e_pipe_new (
      "%s ! openairealtime base-url=%s idle-output=none ! " E2E_OUT, source,
      e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
  if (warning)
    e2e_wait_warning (pipe, 0, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE, NULL);
}

GST_START_TEST (test_broken_event_is_a_warning)
{
  ask_in_spite_of ("--fault bad-json", TRUE);
}
GST_END_TEST;

GST_START_TEST (test_deep_event_is_a_warning)
{
  ask_in_spite_of ("--fault deep-json", TRUE);
}
GST_END_TEST;

GST_START_TEST (test_flood_of_events_is_survived)
{
  ask_in_spite_of ("--fault flood=3000", FALSE);
}
GST_END_TEST;

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

static Suite *
events_suite (void)
{
  Suite *s = suite_create ("e2e-events");
  TCase *tc = tcase_create ("events");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_broken_event_is_a_warning);
  tcase_add_test (tc, test_deep_event_is_a_warning);
  tcase_add_test (tc, test_flood_of_events_is_survived);
  tcase_add_test (tc, test_answer_without_sound_ends);
  tcase_add_test (tc, test_server_without_events_ends);
  return s;
}

E2E_MAIN (events_suite)
