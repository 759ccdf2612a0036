/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaioutput.h"

#include "session/faketransport.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <math.h>
#include <opus.h>

#define DEADLINE (20 * G_TIME_SPAN_SECOND)
#define FRAME (10 * GST_MSECOND)
#define FRAME_BYTES (240 * 2)

typedef struct {
  GstHarness *h;
  GstOaiOutput *output;
  GstOaiSession *session;
  GstTestClock *clock;
  OpusEncoder *encoder;
  guint16 seqnum;
  guint32 rtp_time;
  gdouble phase;
} Fixture;

static void
fixture_init (Fixture *f)
{
  memset (f, 0, sizeof (*f));
  fake_transport_reset ();
  f->session = gst_oai_session_new (NULL);
  gst_oai_session_set_transport_factory (f->session, fake_transport_new);
  f->output = gst_object_ref_sink (g_object_new (GST_TYPE_OAI_OUTPUT, NULL));
  gst_oai_output_set_session (f->output, f->session);
  f->h = gst_harness_new_with_element (GST_ELEMENT (f->output), NULL, "src");
  gst_harness_use_testclock (f->h);
  f->clock = gst_harness_get_testclock (f->h);
  f->encoder = opus_encoder_create (48000, 1, OPUS_APPLICATION_AUDIO, NULL);
}

static void
fixture_clear (Fixture *f)
{
  opus_encoder_destroy (f->encoder);
  gst_object_unref (f->clock);
  gst_element_set_state (f->h->element, GST_STATE_NULL);
  gst_oai_output_set_session (f->output, NULL);
  gst_harness_teardown (f->h);
  gst_object_unref (f->output);
  g_object_unref (f->session);
  fake_transport_reset ();
}

/* Packets of 20 ms with a tone or silence. They came a while ago, so that the
 * playout has no reason to wait. */
static void
push_packets (Fixture *f, guint n_packets, gint volume)
{
  GstOaiPlayout *playout = gst_oai_session_get_playout (f->session);
  GstClockTime arrival = g_get_monotonic_time () * GST_USECOND - 2 * GST_SECOND;
  guint i, j;

  for (i = 0; i < n_packets; i++) {
    GstOaiPacket packet = { 0 };
    gint16 samples[960];
    guint8 data[1500];
    gint size;

    for (j = 0; j < 960; j++) {
      samples[j] = (gint16) (volume * sin (f->phase));
      f->phase += 2 * G_PI * 440 / 48000;
    }
    size = opus_encode (f->encoder, samples, 960, data, sizeof (data));
    fail_unless (size > 0);
    packet.payload = g_bytes_new (data, size);
    packet.seqnum = f->seqnum++;
    packet.rtp_time = f->rtp_time;
    packet.ssrc = 1;
    packet.arrival = arrival + i * 20 * GST_MSECOND;
    f->rtp_time += 960;
    gst_oai_playout_push (playout, &packet);
    g_bytes_unref (packet.payload);
  }
}

static void
push_tone (Fixture *f, guint n_packets)
{
  push_packets (f, n_packets, 10000);
}

/* The time that the leaf waits for; it waits already when this returns. */
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

/* Lets one frame's time pass. The buffer that came of it, or NULL. */
static GstBuffer *
step (Fixture *f)
{
  GstClockTime before = wait_for_pending (f);

  fail_unless (gst_harness_crank_single_clock_wait (f->h));
  /* It is through with the frame when it waits for the next. */
  while (wait_for_pending (f) == before)
    g_thread_yield ();

  return gst_harness_try_pull (f->h);
}

static gboolean
is_gap (GstBuffer *buffer)
{
  return GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
}

static gboolean
is_discont (GstBuffer *buffer)
{
  return GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);
}

static gboolean
is_zero (GstBuffer *buffer)
{
  static const guint8 zeros[FRAME_BYTES];

  return gst_buffer_memcmp (buffer, 0, zeros, FRAME_BYTES) == 0;
}

static void
wait_for_event (Fixture *f, GstEventType type)
{
  GstEvent *event;
  gboolean found = FALSE;

  while (!found && (event = gst_harness_pull_event (f->h))) {
    found = GST_EVENT_TYPE (event) == type;
    gst_event_unref (event);
  }
  fail_unless (found, "no %s event", gst_event_type_get_name (type));
}

/* --- time -------------------------------------------------------------- */

GST_START_TEST (test_frame_leaves_at_its_time)
{
  Fixture f;
  guint i;

  fixture_init (&f);
  gst_harness_play (f.h);
  for (i = 0; i < 20; i++) {
    GstBuffer *buffer;

    assert_equals_uint64 (wait_for_pending (&f), i * FRAME);
    assert_equals_int (gst_harness_buffers_in_queue (f.h), 0);
    buffer = step (&f);
    fail_unless (buffer != NULL);
    assert_equals_uint64 (GST_BUFFER_PTS (buffer), i * FRAME);
    assert_equals_uint64 (GST_BUFFER_DURATION (buffer), FRAME);
    assert_equals_int (gst_buffer_get_size (buffer), FRAME_BYTES);
    assert_equals_int (is_discont (buffer), i == 0);
    gst_buffer_unref (buffer);
  }
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_stream_begins_as_it_should)
{
  Fixture f;
  GstCaps *caps, *expected = gst_caps_from_string (GST_OAI_OUTPUT_CAPS);
  GstPad *pad;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  pad = gst_element_get_static_pad (f.h->element, "src");
  caps = gst_pad_get_current_caps (pad);
  fail_unless (gst_caps_is_subset (caps, expected));
  gst_caps_unref (caps);
  gst_caps_unref (expected);
  gst_object_unref (pad);
  wait_for_event (&f, GST_EVENT_STREAM_START);
  wait_for_event (&f, GST_EVENT_CAPS);
  wait_for_event (&f, GST_EVENT_SEGMENT);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_short_delay_is_made_up_for)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  wait_for_pending (&f);
  gst_test_clock_set_time (f.clock, 500 * GST_MSECOND);
  buffer = step (&f);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), FRAME);
  fail_if (is_discont (buffer));
  gst_buffer_unref (buffer);
  assert_equals_uint64 (wait_for_pending (&f), 2 * FRAME);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_long_stall_is_skipped)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  wait_for_pending (&f);
  gst_test_clock_set_time (f.clock, 60 * GST_SECOND);
  buffer = step (&f);
  gst_buffer_unref (buffer);
  buffer = step (&f);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), 60 * GST_SECOND);
  fail_unless (is_discont (buffer));
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

/* A pipeline that is given another base time while it plays. */
GST_START_TEST (test_running_time_that_goes_back_is_followed)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_test_clock_set_time (f.clock, 60 * GST_SECOND);
  gst_buffer_unref (step (&f));
  while (wait_for_pending (&f) < 61 * GST_SECOND)
    gst_buffer_unref (step (&f));
  gst_element_set_base_time (f.h->element, 61 * GST_SECOND);
  /* The frame that was under way. No step(): the next is due at the same time by
   * the clock. */
  fail_unless (gst_harness_crank_single_clock_wait (f.h));
  buffer = gst_harness_pull (f.h);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), 61 * GST_SECOND);
  gst_buffer_unref (buffer);
  assert_equals_uint64 (wait_for_pending (&f), 61 * GST_SECOND);
  fail_unless (gst_harness_crank_single_clock_wait (f.h));
  buffer = gst_harness_pull (f.h);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), 0);
  fail_unless (is_discont (buffer));
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_playing_again_begins_at_the_new_running_time)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  while (wait_for_pending (&f) < GST_SECOND)
    gst_buffer_unref (step (&f));
  assert_equals_int (gst_element_set_state (f.h->element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  /* As a pipeline does it: the pause does not count. */
  gst_test_clock_set_time (f.clock, 61 * GST_SECOND);
  gst_element_set_base_time (f.h->element, 59 * GST_SECOND);
  assert_equals_int (gst_element_set_state (f.h->element, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  /* The frame that was under way. */
  buffer = step (&f);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), GST_SECOND);
  gst_buffer_unref (buffer);
  assert_equals_uint64 (wait_for_pending (&f), 61 * GST_SECOND);
  buffer = step (&f);
  assert_equals_uint64 (GST_BUFFER_PTS (buffer), 2 * GST_SECOND);
  fail_unless (is_discont (buffer));
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_pause_does_not_put_a_frame_out_twice)
{
  Fixture f;
  GstClockTime next = GST_SECOND;
  guint i;

  fixture_init (&f);
  gst_harness_play (f.h);
  while (wait_for_pending (&f) < GST_SECOND)
    gst_buffer_unref (step (&f));
  gst_element_set_state (f.h->element, GST_STATE_PAUSED);
  /* Running time goes on 3 ms before the frame that is under way. */
  gst_test_clock_set_time (f.clock, 61 * GST_SECOND);
  gst_element_set_base_time (f.h->element, 60 * GST_SECOND + 3 * GST_MSECOND);
  gst_element_set_state (f.h->element, GST_STATE_PLAYING);
  for (i = 0; i < 5; i++) {
    GstBuffer *buffer = step (&f);

    assert_equals_uint64 (GST_BUFFER_PTS (buffer), next);
    fail_if (is_discont (buffer));
    next += FRAME;
    gst_buffer_unref (buffer);
  }
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_latency)
{
  Fixture f;
  GstQuery *query = gst_query_new_latency ();
  GstPad *pad;
  GstClockTime min, max;
  gboolean live = FALSE;

  fixture_init (&f);
  gst_harness_play (f.h);
  pad = gst_element_get_static_pad (f.h->element, "src");
  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless (live);
  assert_equals_uint64 (min, FRAME);
  assert_equals_uint64 (max, GST_CLOCK_TIME_NONE);
  gst_query_unref (query);
  gst_object_unref (pad);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- what leaves ------------------------------------------------------- */

/* audioresample puts out too much where a buffer flagged GAP follows sound. */
GST_START_TEST (test_silence_is_not_flagged_gap)
{
  Fixture f;
  guint i, sound = 0;
  GstClockTime next = 0;

  fixture_init (&f);
  gst_harness_play (f.h);
  for (i = 0; i < 60; i++) {
    GstBuffer *buffer;

    if (i == 10)
      push_tone (&f, 10);
    buffer = step (&f);
    fail_unless (buffer != NULL);
    fail_if (is_gap (buffer));
    assert_equals_uint64 (GST_BUFFER_PTS (buffer), next);
    next += FRAME;
    if (i < 10)
      fail_unless (is_zero (buffer));
    sound += !is_zero (buffer);
    gst_buffer_unref (buffer);
  }
  fail_unless (sound >= 18 && sound <= 30, "%u frames of sound", sound);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_without_idle_output_only_sound_leaves)
{
  Fixture f;
  guint i, sound = 0;
  GstClockTime next = GST_CLOCK_TIME_NONE;

  fixture_init (&f);
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
  gst_harness_play (f.h);
  for (i = 0; i < 100; i++) {
    GstClockTime due = wait_for_pending (&f);
    GstBuffer *buffer;

    if (i == 30)
      push_tone (&f, 10);
    buffer = step (&f);
    if (buffer == NULL)
      continue;
    fail_unless (i >= 30);
    fail_if (is_zero (buffer));
    assert_equals_int (is_discont (buffer), sound == 0);
    assert_equals_uint64 (GST_BUFFER_PTS (buffer), due);
    fail_unless (sound == 0 || GST_BUFFER_PTS (buffer) == next);
    next = due + FRAME;
    sound++;
    gst_buffer_unref (buffer);
  }
  fail_unless (sound >= 18 && sound <= 30, "%u frames of sound", sound);
  fixture_clear (&f);
}
GST_END_TEST;

/* Whichever comes first, the session or the setting; and a session that another
 * output used before. */
GST_START_TEST (test_playout_knows_whether_somebody_waits)
{
  Fixture f;
  GstOaiPlayout *playout;

  fixture_init (&f);
  playout = gst_oai_session_get_playout (f.session);
  fail_if (gst_oai_playout_is_unhurried (playout));
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
  fail_unless (gst_oai_playout_is_unhurried (playout));
  gst_oai_playout_reset (playout);
  fail_unless (gst_oai_playout_is_unhurried (playout));
  gst_oai_output_set_session (f.output, NULL);
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE);
  gst_oai_output_set_session (f.output, f.session);
  fail_if (gst_oai_playout_is_unhurried (playout));
  gst_oai_output_set_session (f.output, NULL);
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
  gst_oai_output_set_session (f.output, f.session);
  fail_unless (gst_oai_playout_is_unhurried (playout));
  fixture_clear (&f);
}
GST_END_TEST;

static void
ignore_event (GstElement *e, const GstOaiEventInfo *info, gboolean speaker)
{
}

static void
ignore_progress (GstElement *e, GstProgressType type, const gchar *text)
{
}

static void
ignore_message (GstElement *e, const GstStructure *s)
{
}

static void
ignore_error (GstElement *e, const GstOaiError *error, gboolean warning)
{
}

static void
ignore (GstElement *e)
{
}

/* A pause between two words belongs to the answer, silence around it does not:
 * the server's events tell which is which. */
GST_START_TEST (test_pause_inside_an_answer_leaves)
{
  static const GstOaiSessionFuncs funcs = { ignore_event, NULL, ignore_progress,
    ignore_message, ignore_error, ignore, ignore, ignore, NULL, ignore,
    ignore };
  g_autoptr (GstOaiSettings) settings = gst_oai_settings_new ();
  GstElement *user = gst_object_ref_sink (gst_bin_new (NULL));
  GValue value = G_VALUE_INIT;
  GstOaiError *error = NULL;
  FakeTransport *server;
  Fixture f;
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  guint i, n = 0;

  fixture_init (&f);
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, "http://127.0.0.1:1/v1");
  gst_oai_settings_set (settings, GST_OAI_SETTING_BASE_URL, &value);
  g_value_unset (&value);
  fail_unless (gst_oai_session_attach (f.session, user,
      GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT, &funcs, settings, &error));
  fail_unless (gst_oai_session_start (f.session, user, &error));
  server = fake_transport_wait_connect (1);
  fake_transport_connected (server);
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
  gst_harness_play (f.h);

  for (i = 0; i < 10; i++)
    fail_unless (step (&f) == NULL);
  fake_transport_event (
      server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (server, "{'type':'output_audio_buffer.started'}");
  /* It is announced, the words are still to come. */
  for (i = 0; i < 10; i++)
    fail_unless (step (&f) == NULL);
  push_packets (&f, 5, 10000);
  push_packets (&f, 20, 0);
  push_packets (&f, 5, 10000);
  for (i = 0; i < 100; i++) {
    GstBuffer *buffer = step (&f);

    n += buffer != NULL;
    gst_clear_buffer (&buffer);
  }
  fail_unless (n >= 56 && n <= 70, "%u frames of an answer of 60", n);
  fake_transport_event (
      server, "{'type':'response.done','response':{'id':'r1'}}");
  fake_transport_event (server, "{'type':'output_audio_buffer.stopped'}");
  while (gst_oai_session_is_speaking (f.session)
      && g_get_monotonic_time () < deadline)
    fake_transport_sync (server);
  fail_if (gst_oai_session_is_speaking (f.session));
  /* Some servers send silence between answers. */
  push_packets (&f, 20, 0);
  for (i = 0, n = 0; i < 100; i++) {
    GstBuffer *buffer = step (&f);

    n += buffer != NULL;
    gst_clear_buffer (&buffer);
  }
  /* But for the ringing of the codec. */
  fail_unless (n <= 8, "%u of 40 frames after the answer", n);

  gst_oai_session_detach (f.session, user);
  gst_object_unref (user);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_output_without_a_session_is_silence)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_oai_output_set_session (f.output, NULL);
  gst_harness_play (f.h);
  buffer = step (&f);
  fail_unless (is_zero (buffer));
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_interrupted_sound_stops)
{
  Fixture f;
  guint i, sound = 0;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  push_tone (&f, 50);
  for (i = 0; i < 10; i++)
    gst_buffer_unref (step (&f));
  gst_oai_playout_interrupt (gst_oai_session_get_playout (f.session),
      g_get_monotonic_time () * GST_USECOND);
  for (i = 0; i < 20; i++) {
    GstBuffer *buffer = step (&f);

    sound += !is_zero (buffer);
    gst_buffer_unref (buffer);
  }
  /* One frame, in which it fades out. */
  fail_unless (sound <= 1, "%u frames of sound", sound);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- the end ----------------------------------------------------------- */

GST_START_TEST (test_end_while_waiting_for_the_clock)
{
  Fixture f;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  wait_for_pending (&f);
  gst_oai_output_end (f.output);
  wait_for_event (&f, GST_EVENT_EOS);
  assert_equals_int (gst_harness_buffers_in_queue (f.h), 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_end_without_idle_output)
{
  Fixture f;

  fixture_init (&f);
  gst_oai_output_set_idle_output (
      f.output, GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
  gst_harness_play (f.h);
  fail_unless (step (&f) == NULL);
  gst_oai_output_end (f.output);
  wait_for_event (&f, GST_EVENT_EOS);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_ended_output_can_start_again)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_oai_output_end (f.output);
  wait_for_event (&f, GST_EVENT_EOS);
  gst_element_set_state (f.h->element, GST_STATE_READY);
  gst_element_set_state (f.h->element, GST_STATE_PLAYING);
  buffer = step (&f);
  fail_unless (buffer != NULL);
  fail_unless (is_discont (buffer));
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_state_change_ends_the_wait)
{
  static const GstState states[] = { GST_STATE_PAUSED, GST_STATE_READY,
    GST_STATE_NULL };
  GstOpenAIRealtimeIdleOutput idle = __i__ / G_N_ELEMENTS (states);
  GstState state = states[__i__ % G_N_ELEMENTS (states)];
  Fixture f;

  fixture_init (&f);
  gst_oai_output_set_idle_output (f.output, idle);
  gst_harness_play (f.h);
  wait_for_pending (&f);
  fail_if (
      gst_element_set_state (f.h->element, state) == GST_STATE_CHANGE_FAILURE);
  /* In PAUSED, GstBaseSrc lets the frame under way be made. */
  if (state != GST_STATE_PAUSED)
    assert_equals_int (gst_test_clock_peek_id_count (f.clock), 0);
  /* And it goes on. */
  fail_if (gst_element_set_state (f.h->element, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  wait_for_pending (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_flush_ends_the_wait)
{
  Fixture f;
  GstBuffer *buffer;

  fixture_init (&f);
  gst_harness_play (f.h);
  gst_buffer_unref (step (&f));
  wait_for_pending (&f);
  fail_unless (
      gst_element_send_event (f.h->element, gst_event_new_flush_start ()));
  fail_unless (
      gst_element_send_event (f.h->element, gst_event_new_flush_stop (FALSE)));
  buffer = step (&f);
  fail_unless (buffer != NULL);
  gst_buffer_unref (buffer);
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
output_suite (void)
{
  Suite *suite = suite_create ("output");
  TCase *tc;

  tc = tcase_create ("time");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_frame_leaves_at_its_time);
  tcase_add_test (tc, test_stream_begins_as_it_should);
  tcase_add_test (tc, test_short_delay_is_made_up_for);
  tcase_add_test (tc, test_long_stall_is_skipped);
  tcase_add_test (tc, test_running_time_that_goes_back_is_followed);
  tcase_add_test (tc, test_playing_again_begins_at_the_new_running_time);
  tcase_add_test (tc, test_pause_does_not_put_a_frame_out_twice);
  tcase_add_test (tc, test_latency);

  tc = tcase_create ("content");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_silence_is_not_flagged_gap);
  tcase_add_test (tc, test_without_idle_output_only_sound_leaves);
  tcase_add_test (tc, test_playout_knows_whether_somebody_waits);
  tcase_add_test (tc, test_pause_inside_an_answer_leaves);
  tcase_add_test (tc, test_output_without_a_session_is_silence);
  tcase_add_test (tc, test_interrupted_sound_stops);

  tc = tcase_create ("end");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_end_while_waiting_for_the_clock);
  tcase_add_test (tc, test_end_without_idle_output);
  tcase_add_test (tc, test_ended_output_can_start_again);
  tcase_add_loop_test (tc, test_state_change_ends_the_wait, 0, 6);
  tcase_add_test (tc, test_flush_ends_the_wait);

  return suite;
}

GST_CHECK_MAIN (output);
