/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "../e2e/e2e.h"

#include <string.h>

/* What only a connection shows: the last event is out before the end, and a
 * large one arrives whole. */

#define LINE                                                                   \
  "audiotestsrc is-live=true wave=silence ! openairealtime base-url=%s ! "     \
  "fakesink sync=true"

GST_START_TEST (test_session_says_why_it_ends)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start ("--session-age 2");
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *json = NULL;

  pipe->errors_allowed = TRUE;
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "error", &json);
  fail_unless (strstr (json, "\"session_expired\"") != NULL, "%s", json);
  fail_unless (strstr (json, "maximum duration of 2 seconds") != NULL);
}
GST_END_TEST;

GST_START_TEST (test_huge_event_arrives)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (
      "--fault huge=200000 --fault binary --fault garbage=10");
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *json = NULL;

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "error", &json);
  fail_unless (strlen (json) > 199000);
}
GST_END_TEST;

/* In pieces on its way through SCTP, and other events behind it. */
GST_START_TEST (test_huge_event_is_taken)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (LINE, e2e_emulator_url (emulator));
  g_autofree gchar *instructions = g_strnfill (100000, '"');
  g_autofree gchar *json = NULL;
  GstElement *ai;
  guint next;

  ai = e2e_pipe_get (pipe, "openairealtime0");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  g_object_set (ai, "instructions", instructions, NULL);
  next = e2e_wait_event (pipe, next, "session.updated", &json);
  fail_unless (strlen (json) > 200000);
  g_clear_pointer (&json, g_free);
  g_object_set (ai, "instructions", "Short.", NULL);
  e2e_wait_event (pipe, next, "session.updated", &json);
  fail_unless (strstr (json, "\"Short.\"") != NULL);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
}
GST_END_TEST;

GST_START_TEST (test_scenario_is_heard)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (
      "--scenario " EMU_SCENARIOS "/greeting.json");
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtime base-url=%s "
      "! " E2E_OUT,
      e2e_emulator_url (emulator));
  E2eCapture *capture = e2e_capture (pipe, "out");

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_event (pipe, 0, "output_audio_buffer.stopped", NULL);
  e2e_wait_loud (pipe, capture, E2E_RATE / 4);
}
GST_END_TEST;

static Suite *
connected_suite (void)
{
  Suite *s = suite_create ("emulator-connected");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_session_says_why_it_ends);
  tcase_add_test (tc, test_huge_event_arrives);
  tcase_add_test (tc, test_huge_event_is_taken);
  tcase_add_test (tc, test_scenario_is_heard);
  return s;
}

E2E_MAIN (connected_suite)
