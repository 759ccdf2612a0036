/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiinput.h"

#include "session/faketransport.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <string.h>

#define DEADLINE (20 * G_TIME_SPAN_SECOND)
#define BYTES(ms) ((ms) *GST_OAI_UPLINK_RATE / 1000 * 2)

/* The leaf in a harness with a clock that the test moves, and a session whose
 * uplink sends to the test. */
typedef struct {
  GstHarness *h;
  GstOaiSession *session;
  GstOaiUplink *uplink;
  GstTestClock *clock;

  GMutex lock; /* protects everything down to the next comment */
  GCond cond;
  guint frames;
  guint silent;
  guint8 expected; /* first byte of the next frame with sound */
  gboolean in_order;
  gboolean ended;

  GThread *thread;
  GstBuffer *buffer;
  GstClockTime gap;
  GstFlowReturn flow;
} Fixture;

static gboolean
on_send (GstBuffer *frame, gpointer user_data)
{
  Fixture *f = user_data;
  guint8 first_byte = 0;

  gst_buffer_extract (frame, 0, &first_byte, 1);
  gst_buffer_unref (frame);
  g_mutex_lock (&f->lock);
  f->frames++;
  if (first_byte == 0)
    f->silent++;
  else if (first_byte != f->expected++)
    f->in_order = FALSE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);

  return TRUE;
}

static void
fixture_init (Fixture *f, gboolean live)
{
  GstElement *input;

  memset (f, 0, sizeof (*f));
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->expected = 1;
  f->in_order = TRUE;
  fake_transport_reset ();
  f->session = gst_oai_session_new (NULL);
  gst_oai_session_set_transport_factory (f->session, fake_transport_new);
  f->uplink = gst_oai_session_get_uplink (f->session);
  gst_oai_uplink_set_send (f->uplink, on_send, f);
  input = gst_object_ref_sink (g_object_new (GST_TYPE_OAI_INPUT, NULL));
  f->h = gst_harness_new_with_element (input, "sink", NULL);
  gst_object_unref (input);
  gst_oai_input_set_session (GST_OAI_INPUT (f->h->element), f->session);
  gst_harness_set_live (f->h, live);
  gst_harness_use_testclock (f->h);
  f->clock = gst_harness_get_testclock (f->h);
  gst_harness_set_src_caps_str (f->h, GST_OAI_INPUT_CAPS);
}

static void
fixture_clear (Fixture *f)
{
  gst_object_unref (f->clock);
  gst_oai_input_set_session (GST_OAI_INPUT (f->h->element), NULL);
  gst_harness_teardown (f->h);
  g_object_unref (f->session);
  fake_transport_reset ();
  g_cond_clear (&f->cond);
  g_mutex_clear (&f->lock);
}

static void
open_session (Fixture *f)
{
  gst_oai_uplink_open (f->uplink, g_get_monotonic_time () * GST_USECOND);
}

/* Frames of 20 ms, the first byte of which counts from @from. */
static GstBuffer *
new_buffer (guint n_frames, guint from)
{
  GstBuffer *buffer = gst_buffer_new_allocate (
      NULL, n_frames * BYTES (20), NULL);
  guint i;

  gst_buffer_memset (buffer, 0, 0x55, n_frames * BYTES (20));
  for (i = 0; i < n_frames; i++)
    gst_buffer_memset (buffer, i * BYTES (20), from + i, 1);
  GST_BUFFER_PTS (buffer) = (from - 1) * 20 * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = n_frames * 20 * GST_MSECOND;

  return buffer;
}

static guint
n_frames (Fixture *f)
{
  guint n;

  g_mutex_lock (&f->lock);
  n = f->frames;
  g_mutex_unlock (&f->lock);

  return n;
}

static void
wait_frames (Fixture *f, guint n)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean in_time = TRUE;

  g_mutex_lock (&f->lock);
  while (in_time && f->frames < n)
    in_time = g_cond_wait_until (&f->cond, &f->lock, deadline);
  in_time = f->frames >= n;
  g_mutex_unlock (&f->lock);
  fail_unless (in_time, "%u of %u frames", n_frames (f), n);
}

static gpointer
push_thread (gpointer data)
{
  Fixture *f = data;

  f->flow = gst_harness_push (f->h, f->buffer);

  return NULL;
}

/* Pushes from a thread of its own, as it is going to wait. */
static void
push_async (Fixture *f, GstBuffer *buffer)
{
  f->buffer = buffer;
  f->thread = g_thread_new ("push", push_thread, f);
}

static gpointer
push_gap_thread (gpointer data)
{
  Fixture *f = data;
  GstEvent *gap = gst_event_new_gap (20 * GST_MSECOND, f->gap);

  f->flow = gst_harness_push_event (f->h, gap) ? GST_FLOW_OK : GST_FLOW_ERROR;

  return NULL;
}

static void
push_gap_async (Fixture *f, GstClockTime duration)
{
  f->gap = duration;
  f->thread = g_thread_new ("push", push_gap_thread, f);
}

static GstFlowReturn
push_result (Fixture *f)
{
  g_thread_join (g_steal_pointer (&f->thread));

  return f->flow;
}

static GstClockTime
wait_for_pending (Fixture *f)
{
  GstClockID id;
  GstClockTime time;

  gst_test_clock_wait_for_next_pending_id (f->clock, &id);
  time = gst_clock_id_get_time (id);
  gst_clock_id_unref (id);

  return time;
}

/* Moves the clock until @frames were sent. */
static void
finish_push (Fixture *f, guint frames)
{
  guint n;

  for (n = n_frames (f); n < frames; n++) {
    wait_for_pending (f);
    fail_unless (gst_harness_crank_single_clock_wait (f->h));
    wait_frames (f, n + 1);
  }
  assert_equals_int (push_result (f), GST_FLOW_OK);
}

/* --- caps -------------------------------------------------------------- */

GST_START_TEST (test_caps)
{
  static const struct {
    const gchar *caps;
    gboolean accepted;
  } cases[] = {
    { GST_OAI_INPUT_CAPS, TRUE },
    { "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1",
        FALSE },
    { "audio/x-raw,format=S16LE,layout=interleaved,rate=24000,channels=2",
        FALSE },
    { "audio/x-raw,format=F32LE,layout=interleaved,rate=24000,channels=1",
        FALSE },
    { "audio/x-raw,format=S16LE,layout=non-interleaved,rate=24000,channels=1",
        FALSE },
    { "audio/x-opus", FALSE },
    { "video/x-raw", FALSE },
  };
  Fixture f;
  GstPad *pad;
  guint i;

  fixture_init (&f, TRUE);
  pad = gst_element_get_static_pad (f.h->element, "sink");
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstCaps *caps = gst_caps_from_string (cases[i].caps);

    fail_unless (gst_pad_query_accept_caps (pad, caps) == cases[i].accepted,
        "%s", cases[i].caps);
    gst_caps_unref (caps);
  }
  gst_object_unref (pad);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- live input -------------------------------------------------------- */

GST_START_TEST (test_live_input_does_not_wait_for_the_clock)
{
  Fixture f;
  GstBuffer *buffer = new_buffer (5, 1);

  fixture_init (&f, TRUE);
  open_session (&f);
  /* What the pipeline distributes: the playout's latency is in it. */
  fail_unless (gst_element_send_event (
      f.h->element, gst_event_new_latency (200 * GST_MSECOND)));
  GST_BUFFER_PTS (buffer) = 3600 * GST_SECOND;
  assert_equals_int (gst_harness_push (f.h, buffer), GST_FLOW_OK);
  assert_equals_int (n_frames (&f), 5);
  assert_equals_int (gst_test_clock_peek_id_count (f.clock), 0);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_live_input_does_not_wait_for_the_session)
{
  Fixture f;

  fixture_init (&f, TRUE);
  gst_oai_uplink_set_preroll (f.uplink, 60 * GST_MSECOND);
  assert_equals_int (gst_harness_push (f.h, new_buffer (10, 1)), GST_FLOW_OK);
  assert_equals_int (n_frames (&f), 0);
  f.expected = 8;
  open_session (&f);
  assert_equals_int (n_frames (&f), 3);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_live_buffer_flagged_gap_is_silence)
{
  Fixture f;
  GstBuffer *buffer = new_buffer (2, 1);

  fixture_init (&f, TRUE);
  open_session (&f);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  assert_equals_int (gst_harness_push (f.h, buffer), GST_FLOW_OK);
  assert_equals_int (f.frames, 2);
  assert_equals_int (f.silent, 2);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_file_buffer_flagged_gap_is_silence)
{
  Fixture f;
  GstBuffer *buffer = new_buffer (1, 1);

  fixture_init (&f, FALSE);
  open_session (&f);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  push_async (&f, buffer);
  finish_push (&f, 1);
  assert_equals_int (f.silent, 1);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_gap_of_live_input_is_silent_at_once)
{
  Fixture f;
  GstClockTime now;

  fixture_init (&f, TRUE);
  open_session (&f);
  assert_equals_int (gst_harness_push (f.h, new_buffer (1, 1)), GST_FLOW_OK);
  now = g_get_monotonic_time () * GST_USECOND;
  gst_oai_uplink_tick (f.uplink, now + 100 * GST_MSECOND);
  assert_equals_int (f.silent, 0);
  fail_unless (gst_harness_push_event (
      f.h, gst_event_new_gap (20 * GST_MSECOND, GST_SECOND)));
  gst_oai_uplink_tick (f.uplink, now + 100 * GST_MSECOND);
  fail_unless (f.silent > 0);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- files ------------------------------------------------------------- */

GST_START_TEST (test_file_is_paced_by_the_clock)
{
  Fixture f;
  guint i;

  fixture_init (&f, FALSE);
  open_session (&f);
  push_async (&f, new_buffer (10, 1));
  for (i = 0; i < 10; i++) {
    assert_equals_uint64 (wait_for_pending (&f), i * 20 * GST_MSECOND);
    assert_equals_int (n_frames (&f), i);
    fail_unless (gst_harness_crank_single_clock_wait (f.h));
  }
  assert_equals_int (push_result (&f), GST_FLOW_OK);
  assert_equals_int (f.frames, 10);
  /* The next buffer goes on where this one ended. */
  push_async (&f, new_buffer (1, 11));
  assert_equals_uint64 (wait_for_pending (&f), 200 * GST_MSECOND);
  fail_unless (gst_harness_crank_single_clock_wait (f.h));
  assert_equals_int (push_result (&f), GST_FLOW_OK);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_file_waits_for_the_session)
{
  Fixture f;

  fixture_init (&f, FALSE);
  /* Without waiting, all of it would be dropped. */
  gst_oai_uplink_set_preroll (f.uplink, 0);
  push_async (&f, new_buffer (2, 1));
  gst_test_clock_set_time (f.clock, 10 * GST_SECOND);
  assert_equals_int (n_frames (&f), 0);
  open_session (&f);
  /* Its time begins now. */
  assert_equals_uint64 (wait_for_pending (&f), 10 * GST_SECOND);
  finish_push (&f, 2);
  assert_equals_uint64 (gst_clock_get_time (GST_CLOCK (f.clock)),
      10 * GST_SECOND + 20 * GST_MSECOND);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_file_does_not_catch_up_in_a_burst)
{
  Fixture f;

  fixture_init (&f, FALSE);
  open_session (&f);
  push_async (&f, new_buffer (10, 1));
  wait_for_pending (&f);
  fail_unless (gst_harness_crank_single_clock_wait (f.h));
  assert_equals_uint64 (wait_for_pending (&f), 20 * GST_MSECOND);
  /* The machine slept. */
  gst_test_clock_set_time (f.clock, 60 * GST_SECOND);
  fail_unless (gst_harness_crank_single_clock_wait (f.h));
  assert_equals_uint64 (wait_for_pending (&f), 60 * GST_SECOND);
  assert_equals_int (n_frames (&f), 2);
  gst_element_set_state (f.h->element, GST_STATE_NULL);
  assert_equals_int (push_result (&f), GST_FLOW_FLUSHING);
  fixture_clear (&f);
}
GST_END_TEST;

/* The sound card that gave the pipeline its clock was unplugged. */
GST_START_TEST (test_file_goes_on_with_another_clock)
{
  Fixture f;
  GstClock *clock = gst_test_clock_new_with_start_time (5 * GST_SECOND);

  fixture_init (&f, FALSE);
  open_session (&f);
  gst_test_clock_set_time (f.clock, 3600 * GST_SECOND);
  push_async (&f, new_buffer (1, 1));
  assert_equals_uint64 (wait_for_pending (&f), 3600 * GST_SECOND);
  finish_push (&f, 1);
  fail_unless (gst_element_set_clock (f.h->element, clock));
  push_async (&f, new_buffer (1, 2));
  gst_object_replace ((GstObject **) &f.clock, GST_OBJECT (clock));
  assert_equals_uint64 (wait_for_pending (&f), 5 * GST_SECOND);
  gst_element_set_state (f.h->element, GST_STATE_NULL);
  assert_equals_int (push_result (&f), GST_FLOW_FLUSHING);
  gst_object_unref (clock);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_gap_of_a_file_takes_its_time)
{
  Fixture f;

  fixture_init (&f, FALSE);
  open_session (&f);
  push_async (&f, new_buffer (1, 1));
  finish_push (&f, 1);
  push_gap_async (&f, 100 * GST_MSECOND);
  finish_push (&f, 6);
  assert_equals_int (f.silent, 5);
  push_async (&f, new_buffer (1, 2));
  assert_equals_uint64 (wait_for_pending (&f), 120 * GST_MSECOND);
  finish_push (&f, 7);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- unlocking --------------------------------------------------------- */

typedef enum {
  WAIT_FOR_SESSION,
  WAIT_FOR_CLOCK,
  N_WAITS
} Wait;

static void
begin_wait (Fixture *f, Wait wait)
{
  fixture_init (f, FALSE);
  gst_oai_uplink_set_preroll (f->uplink, 0);
  if (wait == WAIT_FOR_CLOCK)
    open_session (f);
  push_async (f, new_buffer (5, 1));
  if (wait == WAIT_FOR_CLOCK)
    wait_for_pending (f);
}

GST_START_TEST (test_null_ends_the_wait)
{
  Fixture f;

  begin_wait (&f, __i__);
  assert_equals_int (gst_element_set_state (f.h->element, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  assert_equals_int (push_result (&f), GST_FLOW_FLUSHING);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_flush_ends_the_wait)
{
  Fixture f;
  GstSegment segment;

  begin_wait (&f, __i__);
  fail_unless (gst_harness_push_event (f.h, gst_event_new_flush_start ()));
  assert_equals_int (push_result (&f), GST_FLOW_FLUSHING);
  fail_unless (gst_harness_push_event (f.h, gst_event_new_flush_stop (TRUE)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_harness_push_event (f.h, gst_event_new_segment (&segment)));
  /* It works again. */
  if (__i__ == WAIT_FOR_SESSION)
    open_session (&f);
  f.frames = 0;
  f.expected = 101;
  push_async (&f, new_buffer (1, 101));
  finish_push (&f, 1);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_pause_holds_and_loses_nothing)
{
  Fixture f;
  guint before;

  begin_wait (&f, __i__);
  assert_equals_int (gst_element_set_state (f.h->element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  before = n_frames (&f);
  if (__i__ == WAIT_FOR_SESSION)
    open_session (&f);
  assert_equals_int (n_frames (&f), before);
  assert_equals_int (gst_element_set_state (f.h->element, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  finish_push (&f, 5);
  assert_equals_int (f.frames, 5);
  fail_unless (f.in_order);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_failed_session_ends_the_wait)
{
  Fixture f;

  begin_wait (&f, WAIT_FOR_SESSION);
  gst_oai_uplink_set_failed (f.uplink, TRUE);
  assert_equals_int (push_result (&f), GST_FLOW_ERROR);
  assert_equals_int (gst_harness_push (f.h, new_buffer (1, 1)), GST_FLOW_ERROR);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_waiting_and_stopping_at_any_moment)
{
  guint i;

  for (i = 0; i < 50; i++) {
    Fixture f;

    begin_wait (&f, i % N_WAITS);
    gst_element_set_state (f.h->element, GST_STATE_PAUSED);
    gst_element_set_state (f.h->element, GST_STATE_PLAYING);
    gst_element_set_state (f.h->element, GST_STATE_PAUSED);
    gst_element_set_state (f.h->element, GST_STATE_NULL);
    assert_equals_int (push_result (&f), GST_FLOW_FLUSHING);
    fixture_clear (&f);
  }
}
GST_END_TEST;

/* --- the end ----------------------------------------------------------- */

static void
on_input_ended (GstElement *element)
{
  Fixture *f = g_object_get_data (G_OBJECT (element), "fixture");

  g_mutex_lock (&f->lock);
  f->ended = TRUE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

GST_START_TEST (test_end_of_stream_is_told)
{
  static const GstOaiSessionFuncs funcs = { .input_ended = on_input_ended };
  g_autoptr (GstOaiSettings) settings = gst_oai_settings_new ();
  GstElement *user = gst_object_ref_sink (gst_bin_new (NULL));
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  GstOaiError *error = NULL;
  gboolean in_time = TRUE;
  Fixture f;

  fixture_init (&f, TRUE);
  g_object_set_data (G_OBJECT (user), "fixture", &f);
  fail_unless (gst_oai_session_attach (
      f.session, user, GST_OAI_ROLE_OUTPUT, &funcs, settings, &error));
  assert_equals_int (gst_harness_push (f.h, new_buffer (1, 1)), GST_FLOW_OK);
  fail_if (f.ended);
  /* It does not wait for anything either: gst-launch -e pushes it from the
   * application's thread. */
  fail_unless (gst_harness_push_event (f.h, gst_event_new_eos ()));
  g_mutex_lock (&f.lock);
  while (in_time && !f.ended)
    in_time = g_cond_wait_until (&f.cond, &f.lock, deadline);
  fail_unless (f.ended);
  g_mutex_unlock (&f.lock);
  gst_oai_session_detach (f.session, user);
  gst_object_unref (user);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_input_without_a_session_is_dropped)
{
  Fixture f;

  fixture_init (&f, FALSE);
  gst_oai_input_set_session (GST_OAI_INPUT (f.h->element), NULL);
  assert_equals_int (gst_harness_push (f.h, new_buffer (10, 1)), GST_FLOW_OK);
  fail_unless (gst_harness_push_event (f.h, gst_event_new_eos ()));
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
input_suite (void)
{
  Suite *suite = suite_create ("input");
  TCase *tc;

  tc = tcase_create ("general");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_caps);
  tcase_add_test (tc, test_end_of_stream_is_told);
  tcase_add_test (tc, test_input_without_a_session_is_dropped);

  tc = tcase_create ("live");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_live_input_does_not_wait_for_the_clock);
  tcase_add_test (tc, test_live_input_does_not_wait_for_the_session);
  tcase_add_test (tc, test_live_buffer_flagged_gap_is_silence);
  tcase_add_test (tc, test_gap_of_live_input_is_silent_at_once);

  tc = tcase_create ("file");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_file_is_paced_by_the_clock);
  tcase_add_test (tc, test_file_waits_for_the_session);
  tcase_add_test (tc, test_file_does_not_catch_up_in_a_burst);
  tcase_add_test (tc, test_file_buffer_flagged_gap_is_silence);
  tcase_add_test (tc, test_file_goes_on_with_another_clock);
  tcase_add_test (tc, test_gap_of_a_file_takes_its_time);

  tc = tcase_create ("unlock");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_null_ends_the_wait, 0, N_WAITS);
  tcase_add_loop_test (tc, test_flush_ends_the_wait, 0, N_WAITS);
  tcase_add_loop_test (tc, test_pause_holds_and_loses_nothing, 0, N_WAITS);
  tcase_add_test (tc, test_failed_session_ends_the_wait);
  tcase_add_test (tc, test_waiting_and_stopping_at_any_moment);

  return suite;
}

GST_CHECK_MAIN (input);
