/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* A hundred times up and down: threads and files are as before. */

#define CYCLES 100
/* The rest is stopped wherever the connection was by then. */
#define CONNECT_EVERY 5
#define WARM_UP 10
#define MOMENTS 200
#define MESSAGES 40

static void
cycle (const gchar *before_it, const gchar *element, const gchar *after_it)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  E2eResources before = { 0, 0 };
  E2ePipe *pipe;
  guint i;

  pipe = e2e_pipe_new ("%s %s base-url=%s %s", before_it, element,
      e2e_emulator_url (emulator), after_it);
  for (i = 0; i < CYCLES; i++) {
    guint from = pipe->messages->len;

    if (i == WARM_UP)
      before = e2e_resources ();
    e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
    if (i % CONNECT_EVERY == 0)
      e2e_wait_event (pipe, from, "session.created", NULL);
    fail_unless_equals_int (
        gst_element_set_state (pipe->pipeline, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    e2e_pipe_pump (pipe, 0);
  }
  e2e_assert_resources_back (&before);
  e2e_pipe_free (pipe);
}

GST_START_TEST (test_duplex_a_hundred_times)
{
  cycle ("audiotestsrc is-live=true wave=silence !", "openairealtime",
      "! fakesink");
}
GST_END_TEST;

GST_START_TEST (test_sink_a_hundred_times)
{
  cycle ("audiotestsrc is-live=true wave=silence !", "openairealtimesink", "");
}
GST_END_TEST;

GST_START_TEST (test_src_a_hundred_times)
{
  cycle ("", "openairealtimesrc", "! fakesink");
}
GST_END_TEST;

/* One message later each time, through all of the connect: nothing is left of what
 * was being made just then. */
GST_START_TEST (test_stopped_at_any_moment)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  E2eResources before = { 0, 0 };
  E2ePipe *pipe = e2e_pipe_new (
      "openairealtimesrc base-url=%s ! fakesink", e2e_emulator_url (emulator));
  guint i;

  for (i = 0; i < MOMENTS; i++) {
    guint from = pipe->messages->len, n = i < WARM_UP ? MESSAGES : i % MESSAGES;
    guint created = e2e_count_events (pipe, "session.created");

    if (i == WARM_UP)
      before = e2e_resources ();
    e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
    while (pipe->messages->len < from + n
        && e2e_count_events (pipe, "session.created") == created)
      e2e_pipe_pump (pipe, 1000);
    fail_unless_equals_int (
        gst_element_set_state (pipe->pipeline, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    e2e_pipe_pump (pipe, 0);
  }
  e2e_assert_resources_back (&before);
  e2e_pipe_free (pipe);
}
GST_END_TEST;

static Suite *
cycles_suite (void)
{
  Suite *s = suite_create ("e2e-cycles");
  TCase *tc = tcase_create ("cycles");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 170);
  tcase_add_test (tc, test_duplex_a_hundred_times);
  tcase_add_test (tc, test_sink_a_hundred_times);
  tcase_add_test (tc, test_src_a_hundred_times);
  tcase_add_test (tc, test_stopped_at_any_moment);
  return s;
}

E2E_MAIN (cycles_suite)
