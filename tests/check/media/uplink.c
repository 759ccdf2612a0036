/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "media/gstoaiuplink.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define START (1000 * GST_SECOND)
#define BYTES(ms) ((ms) *GST_OAI_UPLINK_RATE / 1000 * 2)

/* An uplink whose time the test drives. Speech is a counter, so that what is
 * missing or in the wrong order is seen; it stays above the level that counts
 * as silence. */
typedef struct {
  GstOaiUplink *uplink;
  GstClockTime now;
  GPtrArray *frames; /* of GstBuffer, NULL: not kept */
  guint frame_ms;
  gint16 counter; /* of the samples pushed */
  gint16 expected; /* of the samples sent */
  gboolean heard; /* expected is known */
  guint speech; /* frames with speech that were sent */
  guint mixed; /* of these, frames that are silent in part */
  guint gaps; /* where speech is missing */
  guint backwards; /* frames that begin before the one before has ended */
  GstClockTime end; /* of the last frame */
  gboolean refuse;
} Fixture;

static gint16
next_value (gint16 value)
{
  return value >= 30000 ? 1000 : value + 1;
}

static void
check_content (Fixture *f, GstBuffer *frame)
{
  GstMapInfo map;
  const gint16 *samples;
  gsize i;
  guint speech = 0;

  fail_unless (gst_buffer_map (frame, &map, GST_MAP_READ));
  assert_equals_int (map.size, BYTES (f->frame_ms));
  samples = (const gint16 *) map.data;
  for (i = 0; i < map.size / 2; i++) {
    gint16 value = GINT16_FROM_LE (samples[i]);

    if (value == 0)
      continue;
    speech++;
    if (f->heard && value != f->expected)
      f->gaps++;
    f->heard = TRUE;
    f->expected = next_value (value);
  }
  f->speech += speech > 0;
  f->mixed += speech > 0 && speech < map.size / 2;
  gst_buffer_unmap (frame, &map);
}

static gboolean
on_send (GstBuffer *frame, gpointer user_data)
{
  Fixture *f = user_data;

  fail_unless (GST_BUFFER_PTS_IS_VALID (frame));
  assert_equals_uint64 (GST_BUFFER_DURATION (frame), f->frame_ms * GST_MSECOND);
  if (GST_CLOCK_TIME_IS_VALID (f->end) && GST_BUFFER_PTS (frame) < f->end)
    f->backwards++;
  f->end = GST_BUFFER_PTS (frame) + GST_BUFFER_DURATION (frame);
  check_content (f, frame);
  if (f->frames)
    g_ptr_array_add (f->frames, frame);
  else
    gst_buffer_unref (frame);

  return !f->refuse;
}

static void
fixture_init (Fixture *f, guint frame_ms)
{
  memset (f, 0, sizeof (*f));
  f->now = START;
  f->frame_ms = frame_ms;
  f->counter = 1000;
  f->end = GST_CLOCK_TIME_NONE;
  f->frames = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_buffer_unref);
  f->uplink = gst_oai_uplink_new ();
  gst_oai_uplink_set_frame_size (f->uplink, frame_ms);
  gst_oai_uplink_set_preroll (f->uplink, 500 * GST_MSECOND);
  gst_oai_uplink_set_send (f->uplink, on_send, f);
}

static void
fixture_init_open (Fixture *f)
{
  fixture_init (f, 20);
  gst_oai_uplink_open (f->uplink, f->now);
}

static void
fixture_clear (Fixture *f)
{
  gst_oai_uplink_free (f->uplink);
  g_clear_pointer (&f->frames, g_ptr_array_unref);
}

static void
push_samples (Fixture *f, guint n, gboolean speech)
{
  g_autofree gint16 *samples = g_new0 (gint16, n);
  guint i;

  for (i = 0; speech && i < n; i++) {
    samples[i] = GINT16_TO_LE (f->counter);
    f->counter = next_value (f->counter);
  }
  gst_oai_uplink_push (f->uplink, (guint8 *) samples, n * 2, f->now);
}

static void
push_speech (Fixture *f, guint ms)
{
  push_samples (f, ms * 24, TRUE);
}

/* Time goes on with a tick every 20 ms, without input. */
static void
advance (Fixture *f, guint ms)
{
  GstClockTime end = f->now + ms * GST_MSECOND;

  while (f->now < end) {
    f->now = MIN (f->now + 20 * GST_MSECOND, end);
    gst_oai_uplink_tick (f->uplink, f->now);
  }
}

/* Live input in chunks of @chunk ms. */
static void
speak (Fixture *f, guint ms, guint chunk)
{
  guint done;

  for (done = 0; done < ms; done += chunk) {
    advance (f, chunk);
    push_speech (f, chunk);
  }
}

static GstClockTime
pts (Fixture *f, guint i)
{
  fail_unless (i < f->frames->len);

  return GST_BUFFER_PTS (g_ptr_array_index (f->frames, i));
}

static void
get_stats (Fixture *f, GstOaiUplinkStats *stats)
{
  gst_oai_uplink_get_stats (f->uplink, stats);
}

static void
assert_whole (Fixture *f)
{
  assert_equals_int (f->gaps, 0);
  assert_equals_int (f->backwards, 0);
}

/* --- frames ------------------------------------------------------------ */

static const guint frame_sizes[] = { 10, 20, 40, 60 };
static const guint chunks[] = { 1, 7, 10, 20, 32, 128, 200 };

GST_START_TEST (test_frames_have_one_size)
{
  Fixture f;
  guint frame = frame_sizes[__i__ / G_N_ELEMENTS (chunks)];
  guint chunk = chunks[__i__ % G_N_ELEMENTS (chunks)];
  guint i, n;

  fixture_init (&f, frame);
  gst_oai_uplink_open (f.uplink, f.now);
  for (i = 0; i < 4200; i += chunk) {
    f.now += chunk * GST_MSECOND;
    push_speech (&f, chunk);
  }
  n = i / frame;
  assert_equals_int (f.frames->len, n);
  assert_equals_int (f.speech, n);
  for (i = 1; i < n; i++)
    assert_equals_uint64 (pts (&f, i), pts (&f, i - 1) + frame * GST_MSECOND);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_first_frame_is_stamped_on_arrival)
{
  Fixture f;

  fixture_init_open (&f);
  push_speech (&f, 20);
  assert_equals_uint64 (pts (&f, 0), START - 20 * GST_MSECOND);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_late_and_early_arrivals_do_not_tear_the_stream)
{
  Fixture f;
  GRand *rand = g_rand_new_with_seed (1);
  GstClockTime ideal = START;
  guint i;

  fixture_init_open (&f);
  for (i = 0; i < 3000; i++) {
    ideal += 20 * GST_MSECOND;
    f.now = MAX (f.now, ideal + g_rand_int_range (rand, 0, 100) * GST_MSECOND);
    push_speech (&f, 20);
  }
  assert_equals_int (f.frames->len, 3000);
  for (i = 1; i < 3000; i++)
    assert_equals_uint64 (pts (&f, i), pts (&f, i - 1) + 20 * GST_MSECOND);
  assert_whole (&f);
  g_rand_free (rand);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_refused_frames_do_not_count)
{
  Fixture f;
  GstOaiUplinkStats stats;

  fixture_init_open (&f);
  f.refuse = TRUE;
  push_speech (&f, 100);
  get_stats (&f, &stats);
  assert_equals_uint64 (stats.frames, 0);
  f.refuse = FALSE;
  push_speech (&f, 100);
  get_stats (&f, &stats);
  assert_equals_uint64 (stats.frames, 5);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- before the session is open ---------------------------------------- */

GST_START_TEST (test_newest_audio_is_kept_while_closed)
{
  Fixture f;
  GstOaiUplinkStats stats;
  gint16 sample = 0;

  fixture_init (&f, 20);
  speak (&f, 3000, 20);
  assert_equals_int (f.frames->len, 0);
  gst_oai_uplink_open (f.uplink, f.now);
  /* 500 ms of it, those before the opening, and nothing older. */
  assert_equals_int (f.frames->len, 25);
  assert_equals_uint64 (pts (&f, 0), f.now - 500 * GST_MSECOND);
  gst_buffer_extract (g_ptr_array_index (f.frames, 0), 0, &sample, 2);
  assert_equals_int (GINT16_FROM_LE (sample), 1000 + (2500 * 24) % 29001);
  get_stats (&f, &stats);
  assert_equals_uint64 (stats.discarded, 2500 * 24);
  speak (&f, 1000, 20);
  assert_equals_int (f.frames->len, 75);
  assert_equals_int (f.mixed, 0);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_nothing_is_kept_without_preroll)
{
  Fixture f;

  fixture_init (&f, 20);
  gst_oai_uplink_set_preroll (f.uplink, 0);
  speak (&f, 3000, 20);
  gst_oai_uplink_open (f.uplink, f.now);
  assert_equals_int (f.frames->len, 0);
  speak (&f, 100, 20);
  assert_equals_int (f.speech, 5);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_closed_uplink_sends_no_silence)
{
  Fixture f;

  fixture_init (&f, 20);
  advance (&f, 1000);
  assert_equals_int (f.frames->len, 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_close_forgets)
{
  Fixture f;

  fixture_init (&f, 20);
  speak (&f, 300, 20);
  gst_oai_uplink_close (f.uplink);
  gst_oai_uplink_open (f.uplink, f.now);
  assert_equals_int (f.frames->len, 0);
  push_speech (&f, 30);
  gst_oai_uplink_close (f.uplink);
  fail_if (gst_oai_uplink_is_open (f.uplink));
  f.now += 10 * GST_MSECOND;
  gst_oai_uplink_open (f.uplink, f.now);
  push_speech (&f, 10);
  assert_equals_int (f.frames->len, 1);
  push_speech (&f, 10);
  assert_equals_int (f.frames->len, 2);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_failed_uplink_takes_nothing)
{
  Fixture f;

  fixture_init_open (&f);
  gst_oai_uplink_set_failed (f.uplink, TRUE);
  fail_unless (gst_oai_uplink_has_failed (f.uplink));
  fail_if (gst_oai_uplink_wait_open (
      f.uplink, gst_oai_uplink_get_flush_cookie (f.uplink)));
  speak (&f, 1000, 20);
  assert_equals_int (f.frames->len, 0);
  gst_oai_uplink_set_failed (f.uplink, FALSE);
  speak (&f, 100, 20);
  assert_equals_int (f.speech, 5);
  fixture_clear (&f);
}
GST_END_TEST;

typedef enum {
  BY_OPEN,
  BY_FLUSH,
  BY_SHORT_FLUSH,
  BY_FAILURE,
  N_ENDS
} End;

static gpointer
end_wait (gpointer data)
{
  Fixture *f = data;

  switch (f->frame_ms) {
    case BY_OPEN:
      gst_oai_uplink_open (f->uplink, f->now);
      break;
    case BY_FLUSH:
      gst_oai_uplink_set_flushing (f->uplink, TRUE);
      break;
    case BY_SHORT_FLUSH:
      gst_oai_uplink_set_flushing (f->uplink, TRUE);
      gst_oai_uplink_set_flushing (f->uplink, FALSE);
      break;
    default:
      gst_oai_uplink_set_failed (f->uplink, TRUE);
      break;
  }
  return NULL;
}

GST_START_TEST (test_wait_ends)
{
  Fixture f;
  GThread *thread;
  guint cookie;

  fixture_init (&f, 20);
  f.frame_ms = __i__;
  cookie = gst_oai_uplink_get_flush_cookie (f.uplink);
  thread = g_thread_new ("end", end_wait, &f);
  assert_equals_int (
      gst_oai_uplink_wait_open (f.uplink, cookie), __i__ == BY_OPEN);
  g_thread_join (thread);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- silence ----------------------------------------------------------- */

GST_START_TEST (test_silence_is_sent_before_the_first_input)
{
  Fixture f;
  GstOaiUplinkStats stats;

  fixture_init_open (&f);
  advance (&f, 1000);
  assert_equals_int (f.speech, 0);
  fail_unless (f.frames->len >= 49 && f.frames->len <= 51, "%u frames in 1 s",
      f.frames->len);
  get_stats (&f, &stats);
  assert_equals_uint64 (stats.silence, f.frames->len);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_uneven_input_is_not_starved)
{
  Fixture f;
  guint i;

  /* Cameras send chunks of 128 ms, sound servers of 200 ms. */
  for (i = 0; i < 2; i++) {
    fixture_init_open (&f);
    advance (&f, 20);
    f.speech = 0;
    speak (&f, 6400, i ? 200 : 128);
    assert_equals_int (f.speech, 320);
    assert_equals_int (f.mixed, 0);
    assert_whole (&f);
    fixture_clear (&f);
  }
}
GST_END_TEST;

/* The session's thread reads the clock, the input's thread reads it and pushes,
 * and only then does the tick get the lock. */
GST_START_TEST (test_tick_that_a_push_overtook_is_no_starvation)
{
  GstOaiUplinkStats stats;
  Fixture f;

  fixture_init_open (&f);
  push_speech (&f, 30);
  assert_equals_int (f.frames->len, 1);
  gst_oai_uplink_tick (f.uplink, f.now - GST_USECOND);
  assert_equals_int (f.frames->len, 1);
  f.now += 30 * GST_MSECOND;
  push_speech (&f, 30);
  assert_equals_int (f.frames->len, 3);
  gst_oai_uplink_get_stats (f.uplink, &stats);
  assert_equals_uint64 (stats.silence, 0);
  assert_equals_int (f.mixed, 0);
  assert_equals_int (f.gaps, 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_starved_input_becomes_silence)
{
  Fixture f;
  guint before;

  fixture_init_open (&f);
  speak (&f, 1000, 20);
  before = f.frames->len;
  advance (&f, 200);
  assert_equals_int (f.frames->len, before);
  advance (&f, 1000);
  fail_unless (f.frames->len - before >= 46);
  fail_unless (f.frames->len - before <= 61);
  assert_whole (&f);
  /* Not more than what time has passed for. */
  fail_unless (f.end <= f.now);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_rest_of_a_frame_is_not_lost_in_a_pause)
{
  Fixture f;

  fixture_init_open (&f);
  speak (&f, 30, 10);
  assert_equals_int (f.speech, 1);
  if (__i__ == 0)
    advance (&f, 400);
  else
    gst_oai_uplink_pause (f.uplink, f.now);
  assert_equals_int (f.speech, 2);
  assert_equals_int (f.mixed, 1);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_announced_pause_is_silent_at_once)
{
  Fixture f;
  guint before;

  fixture_init_open (&f);
  speak (&f, 200, 20);
  before = f.frames->len;
  gst_oai_uplink_pause (f.uplink, f.now);
  advance (&f, 200);
  fail_unless (f.frames->len - before >= 9);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

/* What was sent as silence cannot be sent again as speech: the stream's time
 * only goes forward. */
GST_START_TEST (test_speech_after_silence_comes_after_it)
{
  Fixture f;
  guint i;

  fixture_init_open (&f);
  for (i = 0; i < 10; i++) {
    speak (&f, 640, chunks[__i__]);
    if (i % 2)
      gst_oai_uplink_pause (f.uplink, f.now);
    advance (&f, 1000);
  }
  assert_whole (&f);
  /* Nor does it run away. */
  fail_unless (f.end <= f.now + 240 * GST_MSECOND);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_long_stall_is_not_made_up_for)
{
  Fixture f;
  guint before;

  fixture_init_open (&f);
  speak (&f, 1000, 20);
  gst_oai_uplink_pause (f.uplink, f.now);
  before = f.frames->len;
  /* The machine slept. */
  f.now += 3600 * GST_SECOND;
  gst_oai_uplink_tick (f.uplink, f.now);
  fail_unless (f.frames->len - before <= 5);
  speak (&f, 100, 20);
  fail_unless (f.end + 100 * GST_MSECOND >= f.now);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_input_after_a_stall_is_stamped_on_arrival)
{
  Fixture f;

  fixture_init_open (&f);
  speak (&f, 1000, 20);
  f.now += 5 * GST_SECOND;
  push_speech (&f, 20);
  assert_equals_uint64 (pts (&f, f.frames->len - 1), f.now - 20 * GST_MSECOND);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_muted_input_is_silence)
{
  Fixture f;
  GstOaiUplinkStats stats;

  fixture_init_open (&f);
  push_speech (&f, 20);
  speak (&f, 180, 20);
  gst_oai_uplink_set_muted (f.uplink, TRUE);
  speak (&f, 200, 20);
  assert_equals_int (f.speech, 10);
  assert_equals_int (f.frames->len, 20);
  gst_oai_uplink_set_muted (f.uplink, FALSE);
  f.heard = FALSE;
  speak (&f, 200, 20);
  assert_equals_int (f.speech, 20);
  assert_whole (&f);
  get_stats (&f, &stats);
  assert_equals_uint64 (stats.frames, 30);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_what_was_said_while_muted_is_not_kept)
{
  Fixture f;

  fixture_init (&f, 20);
  gst_oai_uplink_set_muted (f.uplink, TRUE);
  speak (&f, 300, 20);
  gst_oai_uplink_set_muted (f.uplink, FALSE);
  gst_oai_uplink_open (f.uplink, f.now);
  assert_equals_int (f.frames->len, 15);
  assert_equals_int (f.speech, 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_input_without_data_is_silence)
{
  Fixture f;

  fixture_init_open (&f);
  gst_oai_uplink_push (f.uplink, NULL, BYTES (100), f.now);
  assert_equals_int (f.frames->len, 5);
  assert_equals_int (f.speech, 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_flush_drops_what_was_not_sent)
{
  Fixture f;

  fixture_init_open (&f);
  speak (&f, 30, 10);
  gst_oai_uplink_flush (f.uplink);
  f.heard = FALSE;
  speak (&f, 200, 20);
  assert_equals_int (f.speech, 11);
  assert_equals_int (f.mixed, 0);
  assert_whole (&f);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- a source with another clock --------------------------------------- */

/* 30 minutes of sentences of 4 s and pauses of 1 s, from a sound card that is
 * off by @ppm. */
static void
run_drift (gint ppm, guint chunk_ms, guint jitter_ms)
{
  Fixture f;
  GRand *rand = g_rand_new_with_seed (2);
  GstOaiUplinkStats stats;
  GstClockTimeDiff most = 0, least = G_MAXINT64;
  guint chunk = chunk_ms * 24;
  guint64 samples = 0, speech = 0;

  fixture_init (&f, 20);
  g_clear_pointer (&f.frames, g_ptr_array_unref);
  gst_oai_uplink_open (f.uplink, f.now);
  while (samples < G_GUINT64_CONSTANT (1800) * 24000) {
    gboolean silent = (samples / 24000) % 5 == 4;
    GstClockTime due;
    GstClockTimeDiff ahead;

    samples += chunk;
    due = START + gst_util_uint64_scale (samples, GST_SECOND, 24000)
        - ppm * (GstClockTimeDiff) (samples / 24);
    due += jitter_ms ? g_rand_int_range (rand, 0, jitter_ms) * GST_MSECOND : 0;
    f.now = MAX (f.now, due);
    gst_oai_uplink_tick (f.uplink, f.now);
    push_samples (&f, chunk, !silent);
    speech += silent ? 0 : chunk;
    ahead = GST_CLOCK_DIFF (f.now, f.end);
    most = MAX (most, ahead);
    least = MIN (least, ahead);
  }
  /* Every sample of speech went out, but for a frame that is not full. */
  assert_whole (&f);
  fail_unless (f.expected == f.counter || speech % 480 != 0);
  get_stats (&f, &stats);
  /* Before the first input. */
  fail_unless (stats.silence <= 1);
  /* 360 ms at 200 ppm. */
  if (ppm != 0)
    fail_unless (stats.skewed >= 15 && stats.skewed <= 25,
        "%" G_GUINT64_FORMAT " frames", stats.skewed);
  else
    fail_unless (stats.skewed <= 1);
  fail_unless (most <= (GstClockTimeDiff) ((60 + chunk_ms) * GST_MSECOND),
      "ahead by %" GST_STIME_FORMAT, GST_STIME_ARGS (most));
  fail_unless (
      least >= -(GstClockTimeDiff) ((60 + chunk_ms + jitter_ms) * GST_MSECOND),
      "behind by %" GST_STIME_FORMAT, GST_STIME_ARGS (-least));
  g_rand_free (rand);
  fixture_clear (&f);
}

static const struct {
  gint ppm;
  guint chunk;
  guint jitter;
} drifts[] = {
  { 0, 20, 0 },
  { 0, 10, 40 },
  { 200, 20, 0 },
  { -200, 20, 0 },
  { 200, 10, 40 },
  { -200, 10, 40 },
  { 200, 100, 0 },
  { -200, 100, 0 },
};

GST_START_TEST (test_other_clock_is_followed_in_silence)
{
  run_drift (drifts[__i__].ppm, drifts[__i__].chunk, drifts[__i__].jitter);
}
GST_END_TEST;

static Suite *
uplink_suite (void)
{
  Suite *suite = suite_create ("uplink");
  TCase *tc;

  tc = tcase_create ("frames");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_frames_have_one_size, 0,
      G_N_ELEMENTS (frame_sizes) * G_N_ELEMENTS (chunks));
  tcase_add_test (tc, test_first_frame_is_stamped_on_arrival);
  tcase_add_test (tc, test_late_and_early_arrivals_do_not_tear_the_stream);
  tcase_add_test (tc, test_refused_frames_do_not_count);

  tc = tcase_create ("closed");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_newest_audio_is_kept_while_closed);
  tcase_add_test (tc, test_nothing_is_kept_without_preroll);
  tcase_add_test (tc, test_closed_uplink_sends_no_silence);
  tcase_add_test (tc, test_close_forgets);
  tcase_add_test (tc, test_failed_uplink_takes_nothing);
  tcase_add_loop_test (tc, test_wait_ends, 0, N_ENDS);

  tc = tcase_create ("silence");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_silence_is_sent_before_the_first_input);
  tcase_add_test (tc, test_uneven_input_is_not_starved);
  tcase_add_test (tc, test_tick_that_a_push_overtook_is_no_starvation);
  tcase_add_test (tc, test_starved_input_becomes_silence);
  tcase_add_loop_test (tc, test_rest_of_a_frame_is_not_lost_in_a_pause, 0, 2);
  tcase_add_test (tc, test_announced_pause_is_silent_at_once);
  tcase_add_loop_test (
      tc, test_speech_after_silence_comes_after_it, 0, G_N_ELEMENTS (chunks));
  tcase_add_test (tc, test_long_stall_is_not_made_up_for);
  tcase_add_test (tc, test_input_after_a_stall_is_stamped_on_arrival);
  tcase_add_test (tc, test_muted_input_is_silence);
  tcase_add_test (tc, test_what_was_said_while_muted_is_not_kept);
  tcase_add_test (tc, test_input_without_data_is_silence);
  tcase_add_test (tc, test_flush_drops_what_was_not_sent);

  tc = tcase_create ("drift");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (
      tc, test_other_clock_is_followed_in_silence, 0, G_N_ELEMENTS (drifts));

  return suite;
}

GST_CHECK_MAIN (uplink);
