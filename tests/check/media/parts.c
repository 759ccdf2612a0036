/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <math.h>
#include <string.h>

#include "media/gstoaiducker.h"
#include "media/gstoaijitter.h"
#include "media/gstoaipacketbuffer.h"
#include "media/gstoaispeechdetector.h"
#include "media/gstoaistretch.h"

#define START (1000 * GST_SECOND)
#define MS(ms) ((ms) *24)

/* --- arrival statistics --- */

/* Packets of 20 ms, on time. Returns the segment of the last. */
static guint
add_clean (GstOaiJitter *jitter, guint from, guint n)
{
  guint i, segment = 0;

  for (i = from; i < from + n; i++)
    segment = gst_oai_jitter_add (
        jitter, i * 960, START + i * 20 * GST_MSECOND);

  return segment;
}

GST_START_TEST (test_jitter_of_nothing_is_0)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  gint64 lag;

  assert_equals_uint64 (gst_oai_jitter_get_delay (jitter), 0);
  fail_if (gst_oai_jitter_get_lag (jitter, 0, 0, START, &lag));
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_of_a_clean_path_is_one_bucket)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();

  add_clean (jitter, 0, 100);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 2 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_is_the_99th_percentile)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  GRand *rand = g_rand_new_with_seed (1);
  guint i;

  for (i = 0; i < 5000; i++)
    gst_oai_jitter_add (jitter, i * 960,
        START + i * 20 * GST_MSECOND
            + g_rand_int_range (rand, 0, 20 * GST_MSECOND));
  fail_unless (gst_oai_jitter_get_delay (jitter) >= 18 * GST_MSECOND);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 20 * GST_MSECOND);
  g_rand_free (rand);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

/* However many packets it holds up. */
GST_START_TEST (test_stall_is_one_delay)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i;

  add_clean (jitter, 0, 150);
  for (i = 150; i < 165; i++)
    gst_oai_jitter_add (jitter, i * 960, START + 165 * 20 * GST_MSECOND);
  add_clean (jitter, 165, 50);
  fail_unless_equals_uint64 (gst_oai_jitter_get_stalls (jitter), 1);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 2 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_forgets)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i;

  for (i = 0; i < 500; i++)
    gst_oai_jitter_add (jitter, i * 960,
        START + i * 20 * GST_MSECOND + (i % 3) * 20 * GST_MSECOND);
  fail_unless (gst_oai_jitter_get_delay (jitter) >= 40 * GST_MSECOND);
  add_clean (jitter, 500, 3000);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 2 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_lag_is_the_delay_on_the_fastest_path)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  gint64 lag = 0;
  guint segment;

  segment = add_clean (jitter, 0, 50);
  fail_unless (gst_oai_jitter_get_lag (
      jitter, segment, 50 * 960, START + GST_SECOND + 7 * GST_MSECOND, &lag));
  assert_equals_int64 (lag, 7 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_takes_a_stall_for_a_stall)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i, before, after = 0;

  before = add_clean (jitter, 0, 50);
  for (i = 50; i < 65; i++)
    after = gst_oai_jitter_add (jitter, i * 960, START + 65 * 20 * GST_MSECOND);
  assert_equals_int (after, before);
  assert_equals_uint64 (gst_oai_jitter_get_stalls (jitter), 1);
  fail_unless (gst_oai_jitter_get_delay (jitter) >= 200 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_takes_a_pause_for_a_pause)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i, before, after = 0;

  before = add_clean (jitter, 0, 50);
  for (i = 50; i < 100; i++)
    after = gst_oai_jitter_add (
        jitter, i * 960, START + 300 * GST_MSECOND + i * 20 * GST_MSECOND);
  fail_unless (after != before);
  assert_equals_uint64 (gst_oai_jitter_get_stalls (jitter), 0);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 2 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_takes_a_time_jump_for_a_pause)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i, before, after = 0;

  before = add_clean (jitter, 0, 50);
  for (i = 50; i < 100; i++)
    after = gst_oai_jitter_add (
        jitter, 480000 + i * 960, START + i * 20 * GST_MSECOND);
  fail_unless (after != before);
  fail_unless (gst_oai_jitter_get_delay (jitter) <= 2 * GST_MSECOND);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

GST_START_TEST (test_jitter_reset_may_keep_the_histogram)
{
  GstOaiJitter *jitter = gst_oai_jitter_new ();
  guint i;

  for (i = 0; i < 100; i++)
    gst_oai_jitter_add (jitter, i * 960,
        START + i * 20 * GST_MSECOND + (i % 2) * 30 * GST_MSECOND);
  gst_oai_jitter_reset (jitter, TRUE);
  fail_unless (gst_oai_jitter_get_delay (jitter) >= 30 * GST_MSECOND);
  gst_oai_jitter_reset (jitter, FALSE);
  assert_equals_uint64 (gst_oai_jitter_get_delay (jitter), 0);
  gst_oai_jitter_free (jitter);
}
GST_END_TEST;

/* --- packet buffer --- */

static gboolean
insert (GstOaiPacketBuffer *buffer, guint stream, gint64 seqnum,
    GstClockTime arrival)
{
  GstOaiBufferedPacket packet = { 0 };
  gboolean inserted;

  packet.stream = stream;
  packet.seqnum = seqnum;
  packet.duration = 960;
  packet.arrival = arrival;
  packet.payload = g_bytes_new ("ab", 2);
  inserted = gst_oai_packet_buffer_insert (buffer, &packet);
  g_bytes_unref (packet.payload);

  return inserted;
}

GST_START_TEST (test_buffer_orders_by_stream_and_sequence)
{
  static const gint64 expected[] = { 5, 6, 9, -2, 1 };
  GstOaiPacketBuffer *buffer = gst_oai_packet_buffer_new ();
  guint i;

  insert (buffer, 1, 1, 0);
  insert (buffer, 0, 9, 0);
  insert (buffer, 1, -2, 0);
  insert (buffer, 0, 5, 0);
  insert (buffer, 0, 6, 0);
  assert_equals_uint64 (gst_oai_packet_buffer_get_duration (buffer), 5 * 960);
  assert_equals_uint64 (gst_oai_packet_buffer_get_size (buffer), 10);
  for (i = 0; i < G_N_ELEMENTS (expected); i++) {
    GstOaiBufferedPacket *packet = gst_oai_packet_buffer_pop (buffer);

    assert_equals_int64 (packet->seqnum, expected[i]);
    gst_oai_buffered_packet_free (packet);
  }
  fail_unless (gst_oai_packet_buffer_pop (buffer) == NULL);
  assert_equals_uint64 (gst_oai_packet_buffer_get_size (buffer), 0);
  gst_oai_packet_buffer_free (buffer);
}
GST_END_TEST;

GST_START_TEST (test_buffer_takes_a_packet_once)
{
  GstOaiPacketBuffer *buffer = gst_oai_packet_buffer_new ();

  fail_unless (insert (buffer, 0, 5, 0));
  fail_unless (insert (buffer, 0, 6, 0));
  fail_if (insert (buffer, 0, 5, 0));
  fail_unless (gst_oai_packet_buffer_contains (buffer, 0, 5));
  fail_if (gst_oai_packet_buffer_contains (buffer, 1, 5));
  assert_equals_int (gst_oai_packet_buffer_get_length (buffer), 2);
  gst_oai_packet_buffer_free (buffer);
}
GST_END_TEST;

GST_START_TEST (test_buffer_gives_by_arrival)
{
  GstOaiPacketBuffer *buffer = gst_oai_packet_buffer_new ();
  GstOaiBufferedPacket *packet;
  GPtrArray *taken;

  insert (buffer, 0, 1, 10);
  insert (buffer, 0, 2, 30);
  insert (buffer, 0, 3, 15);
  taken = gst_oai_packet_buffer_take_before (buffer, 20);
  assert_equals_int (taken->len, 2);
  packet = g_ptr_array_index (taken, 0);
  assert_equals_int64 (packet->seqnum, 1);
  packet = g_ptr_array_index (taken, 1);
  assert_equals_int64 (packet->seqnum, 3);
  g_ptr_array_unref (taken);
  assert_equals_int64 (gst_oai_packet_buffer_peek (buffer)->seqnum, 2);
  assert_equals_int (gst_oai_packet_buffer_get_length (buffer), 1);
  taken = gst_oai_packet_buffer_take_before (buffer, GST_CLOCK_TIME_NONE);
  assert_equals_int (taken->len, 1);
  g_ptr_array_unref (taken);
  fail_unless (gst_oai_packet_buffer_peek (buffer) == NULL);
  gst_oai_packet_buffer_free (buffer);
}
GST_END_TEST;

/* --- stretching --- */

static void
fill_tone (gint16 *samples, guint n, gdouble hz)
{
  guint i;

  for (i = 0; i < n; i++)
    samples[i] = 8000 * sin (2 * G_PI * hz * i / 24000);
}

static gint
get_largest_step (const gint16 *samples, guint n)
{
  gint step = 0;
  guint i;

  for (i = 1; i < n; i++)
    step = MAX (step, ABS (samples[i] - samples[i - 1]));

  return step;
}

GST_START_TEST (test_stretch_finds_the_period)
{
  gint16 samples[480];
  guint piece;

  fill_tone (samples, 480, 150);
  piece = gst_oai_stretch_find (samples, 480, FALSE);
  fail_unless (ABS ((gint) piece - 160) <= 2, "%u", piece);
}
GST_END_TEST;

GST_START_TEST (test_stretch_leaves_noise_alone)
{
  GRand *rand = g_rand_new_with_seed (1);
  gint16 samples[480];
  guint i;

  for (i = 0; i < 480; i++)
    samples[i] = g_rand_int_range (rand, -8000, 8000);
  assert_equals_int (gst_oai_stretch_find (samples, 480, FALSE), 0);
  g_rand_free (rand);
}
GST_END_TEST;

GST_START_TEST (test_stretch_shrinks_without_a_step)
{
  gint16 samples[480];
  gint step, last;
  guint n;

  fill_tone (samples, 480, 150);
  step = get_largest_step (samples, 480);
  last = samples[479];
  n = gst_oai_stretch_shrink (samples, 480, 160);
  assert_equals_int (n, 320);
  fail_unless (get_largest_step (samples, n) <= step + step / 4);
  assert_equals_int (samples[0], 0);
  assert_equals_int (samples[n - 1], last);
}
GST_END_TEST;

GST_START_TEST (test_stretch_grows_without_a_step)
{
  gint16 samples[720];
  gint step, last;
  guint n;

  fill_tone (samples, 480, 150);
  step = get_largest_step (samples, 480);
  last = samples[479];
  n = gst_oai_stretch_grow (samples, 480, 160);
  assert_equals_int (n, 640);
  fail_unless (get_largest_step (samples, n) <= step + step / 4);
  assert_equals_int (samples[0], 0);
  assert_equals_int (samples[n - 1], last);
}
GST_END_TEST;

GST_START_TEST (test_stretch_of_the_smallest_packet)
{
  gint16 samples[90];
  guint n, piece;

  memset (samples, 0, sizeof (samples));
  piece = gst_oai_stretch_find (samples, 60, TRUE);
  n = gst_oai_stretch_grow (samples, 60, piece);
  assert_equals_int (n, 90);
  n = gst_oai_stretch_shrink (samples, n, piece);
  assert_equals_int (n, 60);
  assert_equals_int (gst_oai_stretch_find (samples, 60, FALSE), 0);
}
GST_END_TEST;

/* --- local speech --- */

static gint16
noise_sample (GRand *rand, gdouble amplitude)
{
  return (gint16) g_rand_double_range (rand, -amplitude, amplitude);
}

/* A voice of 150 Hz and its overtones, as loud as @amplitude. */
static gint16
voice_sample (guint i, gdouble amplitude)
{
  gdouble t = 2 * G_PI * 150 * i / 24000.0;

  return (gint16) (amplitude
      * (0.4 * sin (t) + 0.3 * sin (2 * t) + 0.2 * sin (3 * t)
          + 0.1 * sin (7 * t)));
}

GST_START_TEST (test_speech_is_detected_within_60_ms)
{
  GstOaiSpeechDetector detector;
  GRand *rand = g_rand_new_with_seed (1);
  gint16 sample;
  guint i, found = 0;

  gst_oai_speech_detector_init (&detector);
  for (i = 0; i < 24000; i++) {
    sample = noise_sample (rand, 50);
    fail_if (gst_oai_speech_detector_push (&detector, &sample, 1));
  }
  for (i = 0; i < 24000 && found == 0; i++) {
    sample = voice_sample (i, 3000) + noise_sample (rand, 50);
    if (gst_oai_speech_detector_push (&detector, &sample, 1))
      found = i;
  }
  fail_unless (found > 0 && found <= MS (60), "after %u samples", found);
  /* It is over 300 ms after the last of it, not before. */
  for (i = 0; i < MS (280); i++) {
    sample = noise_sample (rand, 50);
    fail_unless (gst_oai_speech_detector_push (&detector, &sample, 1));
  }
  for (i = 0; i < MS (60); i++) {
    sample = noise_sample (rand, 50);
    gst_oai_speech_detector_push (&detector, &sample, 1);
  }
  fail_if (gst_oai_speech_detector_push (&detector, NULL, 0));
  g_rand_free (rand);
}
GST_END_TEST;

GST_START_TEST (test_noise_hum_and_clicks_are_no_speech)
{
  GstOaiSpeechDetector detector;
  GRand *rand = g_rand_new_with_seed (1);
  gint16 sample;
  guint i;

  /* Loud noise from the first sample on. */
  gst_oai_speech_detector_init (&detector);
  for (i = 0; i < 5 * 24000; i++) {
    sample = noise_sample (rand, 5000);
    fail_if (gst_oai_speech_detector_push (&detector, &sample, 1));
  }
  /* Hum of the mains that is switched on. */
  gst_oai_speech_detector_init (&detector);
  for (i = 0; i < 5 * 24000; i++) {
    sample = noise_sample (rand, 30);
    if (i > 24000)
      sample += (gint16) (200 * sin (2 * G_PI * 50 * i / 24000.0));
    fail_if (gst_oai_speech_detector_push (&detector, &sample, 1));
  }
  /* A click of 30 ms each second. */
  gst_oai_speech_detector_init (&detector);
  for (i = 0; i < 5 * 24000; i++) {
    sample = noise_sample (rand, i % 24000 < MS (30) ? 20000 : 30);
    fail_if (gst_oai_speech_detector_push (&detector, &sample, 1) && i > 24000);
  }
  g_rand_free (rand);
}
GST_END_TEST;

GST_START_TEST (test_noise_that_goes_on_is_no_speech_any_more)
{
  GstOaiSpeechDetector detector;
  GRand *rand = g_rand_new_with_seed (1);
  gint16 sample;
  gboolean speech = FALSE;
  guint i;

  gst_oai_speech_detector_init (&detector);
  for (i = 0; i < 24000; i++) {
    sample = noise_sample (rand, 50);
    gst_oai_speech_detector_push (&detector, &sample, 1);
  }
  /* A fan, 26 dB louder: taken for speech at first. */
  for (i = 0; i < 10 * 24000; i++) {
    sample = noise_sample (rand, 1000);
    speech = gst_oai_speech_detector_push (&detector, &sample, 1);
  }
  fail_if (speech);
  g_rand_free (rand);
}
GST_END_TEST;

/* What the ducker is told of comes from it, as in a session. */
static GstOaiSpeechDetector ears;

static void
open_ears (void)
{
  gst_oai_speech_detector_init (&ears);
}

/* Speaks over an answer for 200 ms from @now on. */
static void
speak_over (GstOaiDucker *ducker, gboolean speaking, GstClockTime now)
{
  gint16 samples[240];
  guint i, j;

  for (i = 0; i < 20; i++) {
    for (j = 0; j < 240; j++)
      samples[j] = voice_sample (i * 240 + j, 3000);
    gst_oai_ducker_hear (ducker,
        gst_oai_speech_detector_push (&ears, samples, 240), speaking,
        now + i * 10 * GST_MSECOND);
  }
}

static void
listen (GstOaiDucker *ducker, guint ms)
{
  gint16 samples[240] = { 0 };
  guint i;

  for (i = 0; i < ms / 10; i++)
    gst_oai_ducker_hear (ducker,
        gst_oai_speech_detector_push (&ears, samples, 240), FALSE, START);
}

/* How loud a constant comes out 30 ms after @now. */
static gdouble
gain_at (GstOaiDucker *ducker, GstClockTime now)
{
  gint16 samples[720];
  guint i;

  for (i = 0; i < 720; i++)
    samples[i] = 10000;
  gst_oai_ducker_apply (ducker, samples, 720, now);
  /* No step that clicks. */
  for (i = 1; i < 720; i++)
    fail_unless (ABS (samples[i] - samples[i - 1]) <= 20);
  return samples[719] / 10000.0;
}

GST_START_TEST (test_answer_is_lowered_until_the_server_does_not_agree)
{
  GstOaiDucker *ducker = gst_oai_ducker_new ();

  gst_oai_ducker_set_enabled (ducker, TRUE);
  listen (ducker, 500);
  fail_unless (gain_at (ducker, START) == 1.0);
  speak_over (ducker, TRUE, START);
  assert_equals_float (
      gain_at (ducker, START + 200 * GST_MSECOND), GST_OAI_DUCKER_GAIN);
  /* It was a cough. */
  fail_unless (gain_at (ducker, START + 2 * GST_SECOND) == 1.0);
  /* The same noise going on does not lower it again. */
  speak_over (ducker, TRUE, START + 2 * GST_SECOND);
  fail_unless (gain_at (ducker, START + 2200 * GST_MSECOND) == 1.0);
  gst_oai_ducker_free (ducker);
}
GST_END_TEST;

GST_START_TEST (test_answer_is_raised_when_the_speech_ends)
{
  GstOaiDucker *ducker = gst_oai_ducker_new ();

  gst_oai_ducker_set_enabled (ducker, TRUE);
  listen (ducker, 500);
  speak_over (ducker, TRUE, START);
  listen (ducker, 400);
  fail_unless (gain_at (ducker, START + 600 * GST_MSECOND) == 1.0);
  /* And lowered by the next. */
  speak_over (ducker, TRUE, START + GST_SECOND);
  fail_unless (gain_at (ducker, START + 1200 * GST_MSECOND) < 0.3);
  gst_oai_ducker_agreed (ducker);
  fail_unless (gain_at (ducker, START + 1250 * GST_MSECOND) == 1.0);
  gst_oai_ducker_free (ducker);
}
GST_END_TEST;

GST_START_TEST (test_nothing_is_lowered_without_reason)
{
  GstOaiDucker *ducker = gst_oai_ducker_new ();

  /* Not asked for. */
  listen (ducker, 500);
  speak_over (ducker, TRUE, START);
  fail_unless (gain_at (ducker, START + 200 * GST_MSECOND) == 1.0);
  /* Nobody to be interrupted. */
  gst_oai_ducker_set_enabled (ducker, TRUE);
  listen (ducker, 500);
  speak_over (ducker, FALSE, START);
  fail_unless (gain_at (ducker, START + 200 * GST_MSECOND) == 1.0);
  gst_oai_ducker_free (ducker);
}
GST_END_TEST;

static Suite *
parts_suite (void)
{
  Suite *s = suite_create ("parts");
  TCase *tc;

  tc = tcase_create ("jitter");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_jitter_of_nothing_is_0);
  tcase_add_test (tc, test_jitter_of_a_clean_path_is_one_bucket);
  tcase_add_test (tc, test_jitter_is_the_99th_percentile);
  tcase_add_test (tc, test_stall_is_one_delay);
  tcase_add_test (tc, test_jitter_forgets);
  tcase_add_test (tc, test_jitter_lag_is_the_delay_on_the_fastest_path);
  tcase_add_test (tc, test_jitter_takes_a_stall_for_a_stall);
  tcase_add_test (tc, test_jitter_takes_a_pause_for_a_pause);
  tcase_add_test (tc, test_jitter_takes_a_time_jump_for_a_pause);
  tcase_add_test (tc, test_jitter_reset_may_keep_the_histogram);

  tc = tcase_create ("speechdetector");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_speech_is_detected_within_60_ms);
  tcase_add_test (tc, test_noise_hum_and_clicks_are_no_speech);
  tcase_add_test (tc, test_noise_that_goes_on_is_no_speech_any_more);

  tc = tcase_create ("ducker");
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, open_ears, NULL);
  tcase_add_test (tc, test_answer_is_lowered_until_the_server_does_not_agree);
  tcase_add_test (tc, test_answer_is_raised_when_the_speech_ends);
  tcase_add_test (tc, test_nothing_is_lowered_without_reason);

  tc = tcase_create ("packetbuffer");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_buffer_orders_by_stream_and_sequence);
  tcase_add_test (tc, test_buffer_takes_a_packet_once);
  tcase_add_test (tc, test_buffer_gives_by_arrival);

  tc = tcase_create ("stretch");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_stretch_finds_the_period);
  tcase_add_test (tc, test_stretch_leaves_noise_alone);
  tcase_add_test (tc, test_stretch_shrinks_without_a_step);
  tcase_add_test (tc, test_stretch_grows_without_a_step);
  tcase_add_test (tc, test_stretch_of_the_smallest_packet);

  return s;
}

GST_CHECK_MAIN (parts);
