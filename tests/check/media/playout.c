/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <math.h>
#include <string.h>

#include "playoutsim.h"

#define RATE GST_OAI_PLAYOUT_RATE
#define MS(ms) ((ms) *RATE / 1000)
#define PACKET(packets, i) (&g_array_index (packets, SimPacket, i))

/* What a test works on; freed by clear(). */
typedef struct {
  GstOaiPlayout *playout;
  GArray *speech;
  GArray *packets;
  SimOutput *output;
} Fixture;

static void
init (Fixture *f, gdouble seconds, guint packet_ms)
{
  f->playout = gst_oai_playout_new ();
  f->speech = sim_speech (seconds);
  f->packets = sim_encode (f->speech, packet_ms, FALSE, 1000, 480000, 1, 0);
  f->output = NULL;
}

static void
run (Fixture *f)
{
  f->output = sim_run (
      f->playout, f->packets, 3 * GST_MSECOND, 500 * GST_MSECOND);
}

static void
clear (Fixture *f)
{
  g_clear_pointer (&f->output, sim_output_free);
  g_clear_pointer (&f->packets, g_array_unref);
  g_clear_pointer (&f->speech, g_array_unref);
  g_clear_pointer (&f->playout, gst_oai_playout_free);
}

/* Everything was put out in one piece, sample for sample. */
static void
assert_all_played (SimOutput *output, GArray *packets)
{
  GArray *reference = sim_reference (packets);

  fail_unless (sim_find (output->samples, reference, 0, reference->len) >= 0);
  g_array_unref (reference);
}

static void
shift (GArray *packets, guint from, GstClockTime time)
{
  guint i;

  for (i = from; i < packets->len; i++) {
    PACKET (packets, i)->sent += time;
    PACKET (packets, i)->arrival += time;
  }
}

static gdouble
get_energy (Fixture *f, guint index)
{
  gdouble energy = 0.0;
  guint i, n = PACKET (f->packets, index)->duration / 2;

  for (i = index * n; i < (index + 1) * n; i++)
    energy += pow (g_array_index (f->speech, gint16, i), 2);

  return energy;
}

/* The loudest packet with 200 ms before and behind it. */
static guint
find_loudest (Fixture *f)
{
  guint i, best = 10;

  for (i = 10; i + 10 < f->packets->len; i++) {
    if (get_energy (f, i) > get_energy (f, best))
      best = i;
  }

  return best;
}

/* A packet after 200 ms of silence, after @from. */
static guint
find_pause (Fixture *f, guint from)
{
  guint silent = 0, i;

  for (i = from; i < f->packets->len && silent < 10; i++)
    silent = get_energy (f, i) == 0.0 ? silent + 1 : 0;
  fail_unless (silent == 10);

  return i;
}

static gint64
delay_exponential (GRand *rand, guint index)
{
  return -8.0 * log (1.0 - g_rand_double (rand)) * GST_MSECOND;
}

static gint64
delay_uniform (GRand *rand, guint index)
{
  return g_rand_double (rand) * 30.0 * GST_MSECOND;
}

/* --- clean path --- */

GST_START_TEST (test_clean_path_is_bit_exact)
{
  Fixture f;

  init (&f, 4.0, 20);
  run (&f);
  assert_all_played (f.output, f.packets);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.concealed, 0);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.late, 0);
  assert_equals_uint64 (f.output->stats.underruns, 0);
  clear (&f);
}
GST_END_TEST;

static const guint packet_sizes[] = { 5, 10, 20, 40, 60 };

GST_START_TEST (test_packet_size_is_bit_exact)
{
  Fixture f;

  init (&f, 4.0, packet_sizes[__i__]);
  run (&f);
  assert_all_played (f.output, f.packets);
  assert_equals_uint64 (f.output->stats.concealed, 0);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_packet_size_may_change)
{
  Fixture f;
  guint i;

  init (&f, 2.0, 20);
  for (i = 0; i < G_N_ELEMENTS (packet_sizes); i++) {
    SimPacket *last = PACKET (f.packets, f.packets->len - 1);
    GArray *more = sim_encode (f.speech, packet_sizes[i], FALSE,
        last->seqnum + 1, last->rtp_time + last->duration, 1,
        last->sent + last->duration * GST_MSECOND / 48);

    sim_append (f.packets, more);
    g_array_unref (more);
  }
  /* a packet is sent when its last sample is known */
  for (i = 0; i < f.packets->len; i++)
    PACKET (f.packets, i)->arrival += PACKET (f.packets, i)->duration
        * GST_MSECOND / 48;
  run (&f);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.lost, 0);
  fail_unless (f.output->stats.concealed <= MS (60));
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_clean_path_adds_at_most_one_pull)
{
  Fixture f;
  gdouble mean, max;

  init (&f, 4.0, 20);
  f.output = sim_run (
      f.playout, f.packets, __i__ * GST_MSECOND, 500 * GST_MSECOND);
  sim_waits (f.packets, &mean, &max);
  fail_unless (max <= 10.0, "%f ms", max);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_first_packet_plays_at_the_next_pull)
{
  Fixture f;

  init (&f, 1.0, 20);
  f.output = sim_output_new ();
  fail_unless (sim_pull (f.playout, 0, f.output) == GST_OAI_PLAYOUT_SILENCE);
  PACKET (f.packets, 0)->arrival = 9 * GST_MSECOND;
  sim_push (f.playout, PACKET (f.packets, 0));
  fail_unless (sim_pull (f.playout, 10 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_AUDIO);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_pull_of_any_size)
{
  static const guint sizes[] = { 60, 120, 240, 480, 1440 };
  Fixture f;
  gint16 samples[1440];
  GArray *out = g_array_new (FALSE, FALSE, sizeof (gint16));
  GArray *reference;
  guint i, next = 0, n = sizes[__i__];

  init (&f, 2.0, 20);
  for (i = 0; i * n < f.speech->len + RATE; i++) {
    GstClockTime at = gst_util_uint64_scale_int (i * n, GST_SECOND, RATE);

    while (next < f.packets->len && PACKET (f.packets, next)->arrival <= at)
      sim_push (f.playout, PACKET (f.packets, next++));
    gst_oai_playout_pull (f.playout, SIM_START + at, samples, n);
    g_array_append_vals (out, samples, n);
  }
  reference = sim_reference (f.packets);
  fail_unless (sim_find (out, reference, 0, reference->len) >= 0);
  g_array_unref (reference);
  g_array_unref (out);
  clear (&f);
}
GST_END_TEST;

/* --- jitter --- */

GST_START_TEST (test_exponential_jitter)
{
  Fixture f;
  gdouble mean, max;

  init (&f, 60.0, 20);
  sim_delay (f.packets, delay_exponential, 42, TRUE);
  run (&f);
  sim_waits (f.packets, &mean, &max);
  GST_INFO ("mean wait %.1f ms, concealed %.2f %%", mean,
      100.0 * f.output->stats.concealed / f.output->stats.played);
  fail_unless (mean < 50.0, "%f ms", mean);
  fail_unless (f.output->stats.concealed * 1000 < f.output->stats.played * 3);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.dropped, 0);
  clear (&f);
}
GST_END_TEST;

/* Chromium in the same jitter: 51 ms and 0.16 % */
GST_START_TEST (test_uniform_jitter)
{
  Fixture f;
  gdouble mean, max;

  init (&f, 60.0, 20);
  sim_delay (f.packets, delay_uniform, 42, FALSE);
  run (&f);
  sim_waits (f.packets, &mean, &max);
  fail_unless (mean < 0.8 * 51.0, "%f ms", mean);
  fail_unless (f.output->stats.concealed * 10000 < f.output->stats.played * 16);
  assert_equals_uint64 (f.output->stats.lost, 0);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_late_packet_is_waited_for_and_grows_the_target)
{
  Fixture f;
  GstOaiPlayoutStats stats;
  guint i;

  /* 50 packets of the first word; the 30th comes 60 ms late, those behind it
   * with it */
  init (&f, 1.0, 20);
  g_array_set_size (f.packets, 50);
  for (i = 30; i < 33; i++)
    PACKET (f.packets, i)->arrival = PACKET (f.packets, 33)->arrival;
  f.output = sim_run (f.playout, f.packets, 3 * GST_MSECOND, 20 * GST_MSECOND);
  stats = f.output->stats;
  assert_equals_uint64 (stats.underruns, 1);
  assert_equals_uint64 (stats.lost, 0);
  assert_equals_uint64 (stats.late, 0);
  fail_unless (stats.concealed > 0 && stats.concealed <= MS (60));
  fail_unless (stats.target >= 80 * GST_MSECOND);
  clear (&f);
}
GST_END_TEST;

/* ms: while it is concealed, when that has faded out, and after the talkspurt has been
 * given up. */
static const guint latenesses[] = { 20, 35, 60, 150 };

GST_START_TEST (test_late_packet_is_heard_from_its_first_sample)
{
  Fixture f;
  GArray *reference;
  GstClockTime arrival;
  guint i, late;
  gint at, before;

  init (&f, 2.0, 20);
  late = find_loudest (&f);
  arrival = PACKET (f.packets, late)->arrival + latenesses[__i__] * GST_MSECOND;
  for (i = late; i < f.packets->len; i++)
    PACKET (f.packets, i)->arrival = MAX (
        PACKET (f.packets, i)->arrival, arrival);
  run (&f);
  assert_equals_uint64 (f.output->stats.lost, 0);
  reference = sim_reference (f.packets);
  before = sim_find (
      f.output->samples, reference, (late - 1) * MS (20), MS (20));
  at = sim_find (f.output->samples, reference, late * MS (20), MS (20));
  fail_unless (before >= 0 && at >= 0, "at %d and %d", before, at);
  /* What was made up instead is between the two. */
  fail_unless (at > before + MS (20));
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_statistics_outlast_a_talkspurt)
{
  Fixture f;
  GstOaiPlayoutStats stats;
  GstClockTime end;

  init (&f, 20.0, 20);
  sim_delay (f.packets, delay_uniform, 3, FALSE);
  run (&f);
  end = PACKET (f.packets, f.packets->len - 1)->arrival + 10 * GST_SECOND;
  fail_unless (sim_pull (f.playout, end, f.output) == GST_OAI_PLAYOUT_SILENCE);
  gst_oai_playout_get_stats (f.playout, &stats);
  fail_unless (stats.jitter >= 24 * GST_MSECOND);
  fail_unless (stats.target >= 44 * GST_MSECOND);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_burst_after_stall_loses_nothing)
{
  Fixture f;
  guint i;
  guint64 held;

  init (&f, 4.0, 20);
  for (i = 20; i < 35; i++)
    PACKET (f.packets, i)->arrival = PACKET (f.packets, 35)->arrival;
  run (&f);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.late, 0);
  assert_equals_uint64 (f.output->stats.dropped, 0);
  assert_equals_uint64 (f.output->stats.underruns, 1);
  /* the word the stall fell into is whole, but for the seam */
  {
    GArray *reference = sim_reference (f.packets);

    fail_unless (sim_find (f.output->samples, reference, 0, MS (400)) >= 0);
    fail_unless (
        sim_find (f.output->samples, reference, MS (410), MS (500)) >= 0);
    held = reference->len;
    g_array_unref (reference);
  }
  fail_unless (f.output->stats.played > held * 85 / 100);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_delay_of_a_stall_is_taken_out_in_pauses)
{
  Fixture f;
  guint i;
  SimPacket *last;

  init (&f, 20.0, 20);
  for (i = 20; i < 35; i++)
    PACKET (f.packets, i)->arrival = PACKET (f.packets, 35)->arrival;
  run (&f);
  last = PACKET (f.packets, f.packets->len - 1);
  fail_unless (last->played - last->arrival < 50 * GST_MSECOND,
      "%" GST_TIME_FORMAT, GST_TIME_ARGS (last->played - last->arrival));
  clear (&f);
}
GST_END_TEST;

/* 10 minutes at 200 ppm make 120 ms. */
static const gint skews[] = { 200, -200 };

GST_START_TEST (test_clock_skew_does_not_add_up)
{
  Fixture f;
  GArray *more;
  gdouble mean, max, shift_ns;
  guint i, minute, n;

  init (&f, 60.0, 20);
  n = f.packets->len;
  for (minute = 1; minute < 10; minute++) {
    for (i = 0; i < n; i++) {
      SimPacket packet = *PACKET (f.packets, i);

      packet.seqnum += minute * n;
      packet.rtp_time += minute * n * 960;
      packet.sent += minute * n * 20 * GST_MSECOND;
      g_bytes_ref (packet.payload);
      g_array_append_val (f.packets, packet);
    }
  }
  for (i = 0; i < f.packets->len; i++) {
    SimPacket *packet = PACKET (f.packets, i);

    shift_ns = packet->sent * (skews[__i__] / 1e6);
    packet->arrival = packet->sent - shift_ns;
  }
  run (&f);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.late, 0);
  /* all but the 120 ms */
  fail_unless (
      ABS ((gint64) f.output->stats.played - (gint64) f.packets->len * MS (20))
      < MS (300));
  fail_unless (f.output->stats.concealed < MS (200));
  more = g_array_new (FALSE, FALSE, sizeof (SimPacket));
  g_array_append_vals (more, PACKET (f.packets, 9 * n), n);
  sim_waits (more, &mean, &max);
  g_array_unref (more);
  fail_unless (max < 40.0, "%f ms", max);
  clear (&f);
}
GST_END_TEST;

/* --- order --- */

GST_START_TEST (test_swapped_first_packets_play_in_order)
{
  Fixture f;
  GArray *more;
  guint n;

  init (&f, 1.5, 20);
  n = f.packets->len;
  more = sim_encode (
      f.speech, 20, FALSE, 1000 + n, 480000 + 960 * n, 1, n * 20 * GST_MSECOND);
  sim_append (f.packets, more);
  shift (f.packets, n, 2 * GST_SECOND);
  PACKET (f.packets, n)->arrival = PACKET (f.packets, n + 1)->arrival
      + 4 * GST_MSECOND;
  run (&f);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.late, 0);
  {
    GArray *reference = sim_reference (f.packets);

    /* the wait is taken out again, but not within the first second */
    fail_unless (
        sim_find (f.output->samples, reference, n * MS (20), MS (900)) >= 0);
    g_array_unref (reference);
  }
  g_array_unref (more);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_reordered_packets_play_in_order)
{
  Fixture f;
  guint i;

  /* all sent ahead, every other pair swapped */
  init (&f, 4.0, 20);
  for (i = 0; i < f.packets->len; i++)
    PACKET (f.packets, i)->arrival = (i ^ 1) * GST_USECOND;
  f.output = sim_run (f.playout, f.packets, 3 * GST_MSECOND, 6 * GST_SECOND);
  assert_all_played (f.output, f.packets);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_duplicates_are_dropped)
{
  Fixture f;
  GArray *twice;
  guint i, n;

  init (&f, 2.0, 20);
  n = f.packets->len;
  twice = sim_encode (f.speech, 20, FALSE, 1000, 480000, 1, 0);
  for (i = 0; i < n; i++)
    PACKET (twice, i)->arrival += (i % 3) * 15 * GST_MSECOND;
  sim_append (f.packets, twice);
  run (&f);
  g_array_set_size (f.packets, n);
  assert_all_played (f.output, f.packets);
  assert_equals_uint64 (f.output->stats.duplicates, n);
  assert_equals_uint64 (f.output->stats.late, 0);
  g_array_unref (twice);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_packet_after_its_turn_is_late)
{
  Fixture f;

  init (&f, 2.0, 20);
  PACKET (f.packets, 40)->arrival += 300 * GST_MSECOND;
  run (&f);
  assert_equals_uint64 (f.output->stats.late, 1);
  assert_equals_uint64 (f.output->stats.lost, 1);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len - 1);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_sequence_and_time_wrap)
{
  Fixture f;

  init (&f, 4.0, 20);
  g_array_unref (f.packets);
  f.packets = sim_encode (
      f.speech, 20, FALSE, 65500, G_MAXUINT32 - 30000, 1, 0);
  run (&f);
  assert_all_played (f.output, f.packets);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_new_ssrc_plays_after_the_old_one)
{
  Fixture f;
  GArray *old_sound, *new_packets;
  gint at1, at2;

  init (&f, 1.5, 20);
  new_packets = sim_encode (
      f.speech, 20, FALSE, 7, 99, 2, f.packets->len * 20 * GST_MSECOND);
  old_sound = sim_reference (f.packets);
  sim_append (f.packets, new_packets);
  run (&f);
  at1 = sim_find (f.output->samples, old_sound, 0, old_sound->len);
  /* a fresh decoder, so the same samples again */
  fail_unless (at1 >= 0);
  g_array_remove_range (f.output->samples, 0, at1 + old_sound->len);
  at2 = sim_find (f.output->samples, old_sound, 0, old_sound->len);
  fail_unless (at2 >= 0 && at2 < MS (60));
  assert_equals_uint64 (f.output->stats.lost, 0);
  g_array_unref (old_sound);
  g_array_unref (new_packets);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_straggler_of_the_old_ssrc_is_not_a_new_sender)
{
  Fixture f;
  GArray *new_packets;
  guint n;

  init (&f, 1.5, 20);
  n = f.packets->len;
  new_packets = sim_encode (
      f.speech, 20, FALSE, 7, 99, 2, n * 20 * GST_MSECOND);
  sim_append (f.packets, new_packets);
  PACKET (f.packets, n - 1)->arrival += 300 * GST_MSECOND;
  run (&f);
  assert_equals_uint64 (f.output->stats.late, 1);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len - 1);
  {
    GArray *reference = sim_reference (new_packets);

    fail_unless (
        sim_find (f.output->samples, reference, 0, reference->len) >= 0);
    g_array_unref (reference);
  }
  g_array_unref (new_packets);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_restarted_sequence_is_a_new_sender)
{
  Fixture f;
  GArray *old_sound, *new_packets;

  init (&f, 1.5, 20);
  new_packets = sim_encode (f.speech, 20, FALSE, 30000, 4000000, 1,
      f.packets->len * 20 * GST_MSECOND);
  old_sound = sim_reference (f.packets);
  sim_append (f.packets, new_packets);
  run (&f);
  g_array_remove_range (f.output->samples, 0,
      sim_find (f.output->samples, old_sound, 0, old_sound->len)
          + old_sound->len);
  /* a fresh decoder, so the same samples again */
  fail_unless (sim_find (f.output->samples, old_sound, 0, MS (900)) >= 0);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  g_array_unref (old_sound);
  g_array_unref (new_packets);
  clear (&f);
}
GST_END_TEST;

/* --- talkspurts --- */

/* The second one 3 s later; its RTP times go on or leave out the pause. */
static void
check_pause (gboolean jump, GstClockTime pause)
{
  Fixture f;
  GArray *reference;
  guint i, n;

  init (&f, 4.0, 20);
  n = find_pause (&f, f.packets->len / 3);
  shift (f.packets, n, pause);
  for (i = n; jump && i < f.packets->len; i++)
    PACKET (f.packets, i)->rtp_time += pause * 48 / GST_MSECOND;
  run (&f);
  reference = sim_reference (f.packets);
  fail_unless (sim_find (f.output->samples, reference, 0, n * MS (20)) >= 0);
  fail_unless (sim_find (f.output->samples, reference, n * MS (20),
                   (f.packets->len - n) * MS (20))
      >= 0);
  assert_equals_uint64 (f.output->stats.lost, 0);
  assert_equals_uint64 (f.output->stats.concealed, 0);
  assert_equals_uint64 (f.output->stats.underruns, 0);
  g_array_unref (reference);
  clear (&f);
}

static const GstClockTime pauses[] = { 150 * GST_MSECOND, 500 * GST_MSECOND,
  3 * GST_SECOND, 60 * GST_SECOND };

GST_START_TEST (test_pause_with_time_jump_is_no_loss)
{
  check_pause (TRUE, pauses[__i__]);
}
GST_END_TEST;

GST_START_TEST (test_pause_without_time_jump_is_no_loss)
{
  check_pause (FALSE, pauses[__i__]);
}
GST_END_TEST;

GST_START_TEST (test_pause_does_not_add_delay)
{
  Fixture f;
  gdouble mean, max;
  guint n;

  init (&f, 4.0, 20);
  n = find_pause (&f, f.packets->len / 3);
  shift (f.packets, n, 700 * GST_MSECOND);
  run (&f);
  sim_waits (f.packets, &mean, &max);
  fail_unless (max <= 13.0, "%f ms", max);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_pause_is_kept_apart_when_behind)
{
  Fixture f;
  guint i, n, silent = 0, longest = 0;

  /* words sent ahead of time with a pause of 500 ms on the time line */
  init (&f, 0.5, 20);
  n = 20;
  g_array_set_size (f.packets, 40);
  for (i = 0; i < 40; i++) {
    PACKET (f.packets, i)->arrival = i < n ? i * 20 * GST_MSECOND
                                           : 1400 * GST_MSECOND;
    if (i >= n)
      PACKET (f.packets, i)->rtp_time += 500 * 48;
  }
  for (i = 0; i < n; i++)
    PACKET (f.packets, i)->arrival += GST_SECOND;
  run (&f);
  for (i = 105; i < f.output->kinds->len && i < 185; i++) {
    silent = g_array_index (f.output->kinds, GstOaiPlayoutKind, i)
            == GST_OAI_PLAYOUT_SILENCE
        ? silent + 1
        : 0;
    longest = MAX (longest, silent);
  }
  fail_unless (longest >= 3);
  assert_equals_uint64 (f.output->stats.lost, 0);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_end_of_talkspurt_is_silent_soon)
{
  Fixture f;
  GArray *reference;
  gint at;
  guint i, end;

  /* cut off in the middle of a word, the worst case */
  init (&f, 1.0, 20);
  g_array_set_size (f.packets, 30);
  run (&f);
  reference = sim_reference (f.packets);
  at = sim_find (f.output->samples, reference, 0, reference->len);
  fail_unless (at >= 0);
  end = at + reference->len + MS (40);
  for (i = end; i < f.output->samples->len; i++)
    assert_equals_int (g_array_index (f.output->samples, gint16, i), 0);
  /* the last pull of sound is the one that holds the end of the fade */
  for (i = end / SIM_FRAME + 1; i < f.output->kinds->len; i++)
    assert_equals_int (g_array_index (f.output->kinds, GstOaiPlayoutKind, i),
        GST_OAI_PLAYOUT_SILENCE);
  assert_equals_uint64 (f.output->stats.concealed, 0);
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

/* --- loss --- */

/* Signal to noise against the same packets without loss, over the lost packets
 * and the one behind each. Everything is sent ahead, so nothing is moved. */
static gdouble
get_snr (gboolean fec, guint every, GstOaiPlayoutStats *stats)
{
  Fixture f;
  GArray *reference;
  gdouble signal = 0.0, noise = 0.0;
  guint i, j;
  gint at;

  init (&f, 10.0, 20);
  g_array_unref (f.packets);
  f.packets = sim_encode (f.speech, 20, fec, 1, 0, 1, 0);
  for (i = 0; i < f.packets->len; i++) {
    PACKET (f.packets, i)->lost = i % every == every - 1;
    PACKET (f.packets, i)->arrival = i * GST_USECOND;
  }
  /* time to play it */
  f.output = sim_run (f.playout, f.packets, 3 * GST_MSECOND, 11 * GST_SECOND);
  reference = sim_reference (f.packets);
  at = sim_find (f.output->samples, reference, 0, MS (60));
  fail_unless (at >= 0);
  for (i = 0; i < f.packets->len; i++) {
    if (!PACKET (f.packets, i)->lost)
      continue;
    for (j = i * MS (20); j < (i + 2) * MS (20) && j < reference->len; j++) {
      gdouble a = g_array_index (reference, gint16, j);
      gdouble b = g_array_index (f.output->samples, gint16, at + j);

      signal += a * a;
      noise += (a - b) * (a - b);
    }
  }
  *stats = f.output->stats;
  g_array_unref (reference);
  clear (&f);

  return 10.0 * log10 (signal / noise);
}

GST_START_TEST (test_fec_is_closer_than_concealment)
{
  GstOaiPlayoutStats with, without;
  gdouble snr_with, snr_without;

  snr_with = get_snr (TRUE, 10, &with);
  snr_without = get_snr (FALSE, 10, &without);
  GST_INFO ("%f dB with FEC, %f dB without", snr_with, snr_without);
  fail_unless (
      snr_with > snr_without + 3.0, "%f dB, %f dB", snr_with, snr_without);
  assert_equals_uint64 (without.recovered, 0);
  fail_unless (with.recovered * 2 > with.lost);
  assert_equals_uint64 (with.lost, without.lost);
  fail_unless (with.concealed < without.concealed);
}
GST_END_TEST;

GST_START_TEST (test_lost_packet_is_concealed_in_time)
{
  Fixture f;
  SimPacket *packet;
  guint index;

  /* on a clean path, where the next packet is not here yet */
  init (&f, 1.2, 20);
  index = find_loudest (&f);
  PACKET (f.packets, index)->lost = TRUE;
  run (&f);
  assert_equals_uint64 (f.output->stats.lost, 1);
  assert_equals_uint64 (f.output->stats.recovered, 0);
  assert_equals_uint64 (f.output->stats.concealed, MS (20));
  assert_equals_uint64 (f.output->stats.underruns, 0);
  packet = PACKET (f.packets, index + 1);
  fail_unless (packet->played - packet->arrival <= 10 * GST_MSECOND);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_long_gap_fades_out)
{
  Fixture f;
  GArray *reference;
  gint at;
  guint i;

  /* 400 ms are missing, what follows is here only after them */
  init (&f, 1.2, 20);
  for (i = 25; i < 45; i++)
    PACKET (f.packets, i)->lost = TRUE;
  run (&f);
  assert_equals_uint64 (f.output->stats.lost, 20);
  reference = sim_reference (f.packets);
  at = sim_find (f.output->samples, reference, 0, 25 * MS (20));
  fail_unless (at >= 0);
  for (i = 25 * MS (20) + MS (40); i < 45 * MS (20); i++)
    assert_equals_int (g_array_index (f.output->samples, gint16, at + i), 0);
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_long_gap_in_what_is_held_is_shortened)
{
  Fixture f;
  guint i;

  init (&f, 1.2, 20);
  for (i = 0; i < f.packets->len; i++) {
    PACKET (f.packets, i)->arrival = i * GST_USECOND;
    PACKET (f.packets, i)->lost = i >= 25 && i < 45;
  }
  f.output = sim_run (f.playout, f.packets, 3 * GST_MSECOND, 2 * GST_SECOND);
  assert_equals_uint64 (f.output->stats.lost, 20);
  fail_unless (f.output->stats.concealed <= MS (140));
  assert_equals_uint64 (f.output->stats.packets, f.packets->len - 20);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_loss_next_to_a_pause_is_not_concealed)
{
  Fixture f;
  guint i;

  init (&f, 4.0, 20);
  shift (f.packets, 100, 2 * GST_SECOND);
  for (i = 100; i < f.packets->len; i++)
    PACKET (f.packets, i)->rtp_time += 2 * 48000;
  PACKET (f.packets, 99)->lost = TRUE;
  PACKET (f.packets, 100)->lost = TRUE;
  run (&f);
  assert_equals_uint64 (f.output->stats.lost, 2);
  assert_equals_uint64 (f.output->stats.concealed, 0);
  clear (&f);
}
GST_END_TEST;

/* --- interruption --- */

/* 0.5 s into the sound, with 0.3 s more held. */
static void
play_half_a_second (Fixture *f)
{
  guint i;

  init (f, 1.2, 20);
  f->output = sim_output_new ();
  for (i = 0; i < 40; i++)
    PACKET (f->packets, i)->arrival = 0;
  for (i = 0; i < 40; i++)
    sim_push (f->playout, PACKET (f->packets, i));
  for (i = 0; i < 50; i++)
    sim_pull (f->playout, i * 10 * GST_MSECOND, f->output);
}

GST_START_TEST (test_interrupt_fades_over_5_ms)
{
  Fixture f;
  GArray *reference;
  gint16 *out;
  guint i;

  play_half_a_second (&f);
  gst_oai_playout_interrupt (f.playout, SIM_START + 500 * GST_MSECOND);
  fail_unless (gst_oai_playout_is_interrupted (f.playout));
  fail_unless (sim_pull (f.playout, 500 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_AUDIO);
  fail_unless (sim_pull (f.playout, 510 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_SILENCE);
  reference = sim_reference (f.packets);
  out = &g_array_index (f.output->samples, gint16, MS (500));
  for (i = 0; i < MS (5); i++) {
    gint expected = g_array_index (reference, gint16, MS (500) + i);

    expected = expected * (gint) (MS (5) - i) / MS (5);
    fail_unless (ABS (out[i] - expected) <= 1);
  }
  for (i = MS (5); i < MS (20); i++)
    assert_equals_int (out[i], 0);
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_interrupt_drops_what_is_held)
{
  Fixture f;
  GstOaiPlayoutStats stats;

  play_half_a_second (&f);
  gst_oai_playout_interrupt (f.playout, SIM_START + 500 * GST_MSECOND);
  gst_oai_playout_get_stats (f.playout, &stats);
  assert_equals_uint64 (stats.buffered, 0);
  fail_unless (stats.dropped >= 14);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_interrupt_of_silence_is_silent)
{
  GstOaiPlayout *playout = gst_oai_playout_new ();
  SimOutput *output = sim_output_new ();

  sim_pull (playout, 0, output);
  gst_oai_playout_interrupt (playout, SIM_START);
  fail_unless (
      sim_pull (playout, 10 * GST_MSECOND, output) == GST_OAI_PLAYOUT_SILENCE);
  sim_output_free (output);
  gst_oai_playout_free (playout);
}
GST_END_TEST;

/* How much of @expected is not the same in @samples, as a share of its energy. */
static gdouble
get_difference (const gint16 *samples, const gint16 *expected, guint n)
{
  gdouble difference = 0.0, energy = 0.0;
  guint i;

  for (i = 0; i < n; i++) {
    gdouble e = expected[i];

    difference += (samples[i] - e) * (samples[i] - e);
    energy += e * e;
  }
  fail_unless (energy > 0.0);

  return difference / energy;
}

/* The server's encoder goes on as if all had been heard. */
GST_START_TEST (test_resume_plays_what_came_after_the_cutoff)
{
  Fixture f;
  GArray *reference;
  guint i, packet;

  play_half_a_second (&f);
  gst_oai_playout_interrupt (f.playout, SIM_START + 500 * GST_MSECOND);
  for (i = 40; i < 45; i++) {
    PACKET (f.packets, i)->arrival = 520 * GST_MSECOND;
    sim_push (f.playout, PACKET (f.packets, i));
  }
  for (i = 45; i < 55; i++) {
    PACKET (f.packets, i)->arrival = 600 * GST_MSECOND;
    sim_push (f.playout, PACKET (f.packets, i));
  }
  fail_unless (sim_pull (f.playout, 500 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_AUDIO);
  for (i = 51; i < 70; i++)
    fail_unless (sim_pull (f.playout, i * 10 * GST_MSECOND, f.output)
        == GST_OAI_PLAYOUT_SILENCE);
  gst_oai_playout_resume (f.playout, SIM_START + 600 * GST_MSECOND);
  fail_if (gst_oai_playout_is_interrupted (f.playout));
  for (i = 70; i < 90; i++)
    fail_unless (sim_pull (f.playout, i * 10 * GST_MSECOND, f.output)
        == GST_OAI_PLAYOUT_AUDIO);
  /* But for what the first one has of the old answer. */
  for (i = 0; i < RATE * 65 / 10000; i++)
    assert_equals_int (
        g_array_index (f.output->samples, gint16, MS (700) + i), 0);
  reference = sim_reference (f.packets);
  for (packet = 0; packet < 10; packet++) {
    guint at = packet * MS (20), skip = packet == 0 ? MS (10) : 0;

    fail_unless (get_difference (&g_array_index (f.output->samples, gint16,
                                     MS (700) + at + skip),
                     &g_array_index (reference, gint16, MS (900) + at + skip),
                     MS (20) - skip)
            < 0.01,
        "packet %u", packet);
  }
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

static void
move (GArray *packets, guint from, guint ms)
{
  guint i;

  shift (packets, from, ms * GST_MSECOND);
  for (i = from; i < packets->len; i++)
    PACKET (packets, i)->rtp_time += ms * 48;
}

/* From the 25th on, @n packets leave the server @pause ms later than they would, from
 * 500 ms on, and come together at @arrival ms, 10 ms after the end of an interruption.
 * Returns how much of them was heard, in pieces of 10 ms. */
static guint
hear_late_packets (guint n, guint pause, guint arrival)
{
  Fixture f;
  GArray *reference;
  guint i, next = 0, begin = 0, heard = 0, end = arrival / 10 - 1;

  init (&f, 1.2, 20);
  f.output = sim_output_new ();
  move (f.packets, 25, pause);
  move (f.packets, 25 + n, 500 - pause);
  for (i = 25; i < 25 + n; i++)
    PACKET (f.packets, i)->arrival = arrival * GST_MSECOND;
  for (i = 0; i < 170; i++) {
    GstClockTime now = i * 10 * GST_MSECOND;
    gboolean audio;

    while (next < f.packets->len && PACKET (f.packets, next)->arrival <= now)
      sim_push (f.playout, PACKET (f.packets, next++));
    if (i == 50)
      gst_oai_playout_interrupt (f.playout, SIM_START + now);
    else if (i == end)
      gst_oai_playout_resume (f.playout, SIM_START + now);
    audio = sim_pull (f.playout, now, f.output) == GST_OAI_PLAYOUT_AUDIO;
    heard += audio && i > end && i < 100 ? 1 : 0;
    if (audio && i >= 100 && begin == 0)
      begin = i;
  }
  /* The next answer is heard whole, but for its first 9 ms when nothing came
   * before. */
  fail_unless (begin > 0 && begin < 140, "%u", begin);
  reference = sim_reference (f.packets);
  fail_unless (
      get_difference (
          &g_array_index (f.output->samples, gint16, MS (begin * 10) + MS (10)),
          &g_array_index (reference, gint16, (25 + n) * MS (20) + MS (10)),
          MS (150))
      < 0.01);
  g_array_unref (reference);
  clear (&f);
  return heard;
}

GST_START_TEST (test_packets_of_the_old_answer_that_come_after_all)
{
  /* 80 ms before the end of the interruption; and 40. */
  assert_equals_int (hear_late_packets (1, 0, 590), 0);
  fail_unless (hear_late_packets (1, 40, 590) > 0);
  /* The first one is so late that only the others tell; the last one left 50 ms before
   * the end, and is followed by what is made up. */
  fail_unless (hear_late_packets (5, 0, 640) <= 6);
}
GST_END_TEST;

/* The server did not agree to the interruption, or does not move its RTP time in a
 * pause: what comes next follows what was dropped. */
GST_START_TEST (test_nothing_of_the_old_answer_leads_into_the_next_one)
{
  Fixture f;
  guint i, n, end, begin = 0;

  init (&f, 2.0, 20);
  f.output = sim_output_new ();
  n = find_loudest (&f);
  end = 2 * n + 4;
  for (i = 0; i < end; i++) {
    if (i % 2 == 0 && i / 2 < n)
      sim_push (f.playout, PACKET (f.packets, i / 2));
    sim_pull (f.playout, i * 10 * GST_MSECOND, f.output);
  }
  /* All was decoded. */
  gst_oai_playout_interrupt (f.playout, SIM_START + end * 10 * GST_MSECOND);
  for (i = n; i < f.packets->len; i++) {
    PACKET (f.packets, i)->arrival = end * 10 * GST_MSECOND;
    sim_push (f.playout, PACKET (f.packets, i));
  }
  for (i = end; i < end + 20; i++)
    sim_pull (f.playout, i * 10 * GST_MSECOND, f.output);
  gst_oai_playout_resume (f.playout, 0);
  for (i = end + 20; i < end + 50; i++) {
    if (sim_pull (f.playout, i * 10 * GST_MSECOND, f.output)
            == GST_OAI_PLAYOUT_AUDIO
        && begin == 0)
      begin = i;
  }
  fail_unless (begin > 0);
  for (i = 0; i < RATE * 65 / 10000; i++)
    assert_equals_int (
        g_array_index (f.output->samples, gint16, MS (begin * 10) + i), 0);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_resume_without_interruption_does_nothing)
{
  Fixture f;

  play_half_a_second (&f);
  gst_oai_playout_resume (f.playout, SIM_START + GST_SECOND);
  fail_unless (sim_pull (f.playout, 500 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_AUDIO);
  {
    GArray *reference = sim_reference (f.packets);

    fail_unless (
        memcmp (f.output->samples->data, reference->data, MS (510) * 2) == 0);
    g_array_unref (reference);
  }
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_interruption_holds_3_seconds)
{
  Fixture f;
  GstOaiPlayoutStats stats;
  guint i;

  init (&f, 10.0, 20);
  gst_oai_playout_interrupt (f.playout, SIM_START);
  for (i = 0; i < f.packets->len; i++)
    sim_push (f.playout, PACKET (f.packets, i));
  gst_oai_playout_get_stats (f.playout, &stats);
  assert_equals_uint64 (stats.buffered, 3 * GST_SECOND);
  assert_equals_uint64 (stats.dropped, f.packets->len - 150);
  clear (&f);
}
GST_END_TEST;

/* --- limits and hostile input --- */

GST_START_TEST (test_holds_60_seconds_and_drops_the_newest)
{
  Fixture f;
  GstOaiPlayoutStats stats;
  guint i;

  init (&f, 61.0, 20);
  for (i = 0; i < f.packets->len; i++)
    sim_push (f.playout, PACKET (f.packets, i));
  gst_oai_playout_get_stats (f.playout, &stats);
  assert_equals_uint64 (stats.buffered, 60 * GST_SECOND);
  assert_equals_uint64 (stats.dropped, f.packets->len - 3000);
  f.output = sim_output_new ();
  fail_unless (
      sim_pull (f.playout, GST_SECOND, f.output) == GST_OAI_PLAYOUT_AUDIO);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_what_is_not_opus_is_invalid)
{
  static const guint8 too_long[] = { 0x1b, 0x3f, 0, 0 };
  GstOaiPlayout *playout = gst_oai_playout_new ();
  GstOaiPlayoutStats stats;
  GstOaiPacket packet = { 0 };

  packet.arrival = SIM_START;
  gst_oai_playout_push (playout, &packet);
  packet.payload = g_bytes_new (NULL, 0);
  gst_oai_playout_push (playout, &packet);
  g_bytes_unref (packet.payload);
  packet.payload = g_bytes_new_static (too_long, sizeof (too_long));
  gst_oai_playout_push (playout, &packet);
  g_bytes_unref (packet.payload);
  gst_oai_playout_get_stats (playout, &stats);
  assert_equals_uint64 (stats.invalid, 3);
  assert_equals_uint64 (stats.packets, 0);
  gst_oai_playout_free (playout);
}
GST_END_TEST;

GST_START_TEST (test_garbage_is_survived)
{
  GstOaiPlayout *playout = gst_oai_playout_new ();
  GRand *rand = g_rand_new_with_seed (__i__ + 1);
  GstOaiPlayoutStats stats;
  gint16 samples[1440];
  guint8 data[64];
  guint i, j, size;
  guint16 seqnum = 0;
  GstClockTime now = SIM_START;

  for (i = 0; i < 100000; i++) {
    GstOaiPacket packet = { 0 };

    size = g_rand_int_range (rand, 0, sizeof (data));
    for (j = 0; j < size; j++)
      data[j] = g_rand_int (rand);
    /* mostly one frame, so that the decoder gets its share */
    if (size > 0 && g_rand_int_range (rand, 0, 4) > 0)
      data[0] &= ~3;
    seqnum += g_rand_int_range (rand, 0, 20) == 0
        ? g_rand_int_range (rand, -5000, 5000)
        : 1;
    packet.payload = g_bytes_new (data, size);
    packet.seqnum = seqnum;
    packet.rtp_time = g_rand_int_range (rand, 0, 3) == 0 ? g_rand_int (rand)
                                                         : seqnum * 960u;
    packet.ssrc = g_rand_int_range (rand, 0, 200) == 0 ? 2 : 1;
    packet.marker = g_rand_boolean (rand);
    packet.arrival = now;
    if (g_rand_int_range (rand, 0, 100) == 0)
      packet.arrival = ((guint64) g_rand_int (rand) << 32) | g_rand_int (rand);
    gst_oai_playout_push (playout, &packet);
    g_bytes_unref (packet.payload);

    if (i % 8 == 0) {
      now += 10 * GST_MSECOND;
      gst_oai_playout_pull (
          playout, now, samples, 60 * g_rand_int_range (rand, 1, 25));
    }
    if (i % 5000 == 4000)
      gst_oai_playout_interrupt (playout, now);
    if (i % 5000 == 4200)
      gst_oai_playout_resume (playout, now);
    if (i % 30000 == 29999)
      gst_oai_playout_reset (playout);
  }
  gst_oai_playout_get_stats (playout, &stats);
  fail_unless (stats.buffered <= 61 * GST_SECOND);
  fail_unless (stats.invalid > 0);
  fail_unless (stats.target <= 600 * GST_MSECOND);
  g_rand_free (rand);
  gst_oai_playout_free (playout);
}
GST_END_TEST;

GST_START_TEST (test_absurd_times_are_played)
{
  Fixture f;
  guint i;

  init (&f, 1.5, 20);
  for (i = 0; i < f.packets->len; i++)
    PACKET (f.packets, i)->rtp_time = i % 2 ? 0 : 0x7fffffff;
  run (&f);
  assert_equals_uint64 (f.output->stats.packets, f.packets->len);
  assert_equals_uint64 (f.output->stats.lost, 0);
  clear (&f);
}
GST_END_TEST;

/* --- the rest of the API --- */

GST_START_TEST (test_position_follows_the_sender)
{
  Fixture f;
  guint32 rtp_time;

  play_half_a_second (&f);
  assert_equals_uint64 (
      gst_oai_playout_get_position (f.playout, &rtp_time), MS (500));
  assert_equals_int (rtp_time, 480000 + 500 * 48);
  gst_oai_playout_interrupt (f.playout, SIM_START + 500 * GST_MSECOND);
  sim_pull (f.playout, 500 * GST_MSECOND, f.output);
  assert_equals_uint64 (
      gst_oai_playout_get_position (f.playout, NULL), MS (505));
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_position_of_nothing_is_0)
{
  GstOaiPlayout *playout = gst_oai_playout_new ();
  guint32 rtp_time = 1;

  assert_equals_uint64 (gst_oai_playout_get_position (playout, &rtp_time), 0);
  assert_equals_int (rtp_time, 0);
  gst_oai_playout_free (playout);
}
GST_END_TEST;

GST_START_TEST (test_active_until_played_and_held)
{
  Fixture f;
  GstClockTime end;

  init (&f, 1.2, 20);
  fail_if (gst_oai_playout_is_active (f.playout, SIM_START, GST_SECOND));
  sim_push (f.playout, PACKET (f.packets, 0));
  fail_unless (gst_oai_playout_is_active (f.playout, SIM_START, 0));
  run (&f);
  end = SIM_START + f.packets->len * 20 * GST_MSECOND;
  fail_if (gst_oai_playout_is_active (f.playout, end + 100 * GST_MSECOND, 0));
  fail_unless (gst_oai_playout_is_active (
      f.playout, end + 100 * GST_MSECOND, 200 * GST_MSECOND));
  fail_if (gst_oai_playout_is_active (
      f.playout, end + 300 * GST_MSECOND, 200 * GST_MSECOND));
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_reset_keeps_the_statistics)
{
  Fixture f;
  GstOaiPlayoutStats stats;

  play_half_a_second (&f);
  gst_oai_playout_reset (f.playout);
  gst_oai_playout_get_stats (f.playout, &stats);
  assert_equals_uint64 (stats.packets, 40);
  assert_equals_uint64 (stats.buffered, 0);
  fail_unless (sim_pull (f.playout, 510 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_SILENCE);
  clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_plays_again_after_reset)
{
  Fixture f;
  GArray *reference;

  play_half_a_second (&f);
  gst_oai_playout_reset (f.playout);
  sim_push (f.playout, PACKET (f.packets, 0));
  fail_unless (sim_pull (f.playout, 600 * GST_MSECOND, f.output)
      == GST_OAI_PLAYOUT_AUDIO);
  reference = sim_reference (f.packets);
  fail_unless (memcmp (&g_array_index (f.output->samples, gint16, MS (500)),
                   reference->data, MS (10) * 2)
      == 0);
  g_array_unref (reference);
  clear (&f);
}
GST_END_TEST;

static gpointer
push_all (gpointer data)
{
  Fixture *f = data;
  guint i;

  for (i = 0; i < f->packets->len; i++) {
    sim_push (f->playout, PACKET (f->packets, i));
    if (i % 16 == 0)
      g_thread_yield ();
  }

  return NULL;
}

static gpointer
control (gpointer data)
{
  Fixture *f = data;
  GstOaiPlayoutStats stats;
  guint i;

  for (i = 0; i < 200; i++) {
    gst_oai_playout_interrupt (f->playout, SIM_START);
    gst_oai_playout_get_stats (f->playout, &stats);
    gst_oai_playout_resume (f->playout, SIM_START);
    gst_oai_playout_get_position (f->playout, NULL);
    g_thread_yield ();
  }

  return NULL;
}

GST_START_TEST (test_three_threads)
{
  Fixture f;
  GThread *pusher, *controller;
  guint i;

  init (&f, 20.0, 20);
  f.output = sim_output_new ();
  pusher = g_thread_new ("push", push_all, &f);
  controller = g_thread_new ("control", control, &f);
  for (i = 0; i < 2000; i++)
    sim_pull (f.playout, i * 10 * GST_MSECOND, f.output);
  g_thread_join (pusher);
  g_thread_join (controller);
  gst_oai_playout_get_stats (f.playout, &f.output->stats);
  assert_equals_uint64 (
      f.output->stats.packets + f.output->stats.late, f.packets->len);
  clear (&f);
}
GST_END_TEST;

/* --- stalls --- */

/* Runs without a pull from @from to @to. */
static void
run_with_stall (Fixture *f, GstClockTime from, GstClockTime to)
{
  GstClockTime at, end = PACKET (f->packets, f->packets->len - 1)->arrival;
  guint next = 0;

  f->output = sim_output_new ();
  for (at = 0; at < end + 500 * GST_MSECOND; at += 10 * GST_MSECOND) {
    while (next < f->packets->len && PACKET (f->packets, next)->arrival <= at)
      sim_push (f->playout, PACKET (f->packets, next++));
    if (at < from || at >= to)
      sim_pull (f->playout, at, f->output);
  }
}

/* Speech, @silence seconds of silence, and the same speech, without a pause in the
 * packets. */
static void
init_continuous (Fixture *f, guint silence)
{
  GArray *twice = sim_speech (2.0);
  guint n = twice->len;

  g_array_set_size (twice, n + silence * RATE);
  memset (&g_array_index (twice, gint16, n), 0, silence * RATE * 2);
  f->playout = gst_oai_playout_new ();
  f->speech = sim_speech (2.0);
  g_array_append_vals (twice, f->speech->data, n);
  f->packets = sim_encode (twice, 20, FALSE, 1000, 480000, 1, 0);
  f->output = NULL;
  g_array_unref (twice);
}

static gint
find_loud (GArray *samples, guint from)
{
  guint i;

  for (i = from; i < samples->len; i++) {
    if (ABS (g_array_index (samples, gint16, i)) > 1000)
      return i;
  }
  return -1;
}

static guint
count_loud (GArray *samples, guint from)
{
  guint i, n = 0;

  for (i = from; i < samples->len; i++)
    n += ABS (g_array_index (samples, gint16, i)) > 1000;
  return n;
}

/* A server that sends all the time, and a pipeline that was in PAUSED while nobody
 * spoke: what is said after it is not heard half a minute late. */
GST_START_TEST (test_silence_of_a_stall_is_not_caught_up_with)
{
  Fixture f;
  guint n, all, second, at;
  gint loud;

  init_continuous (&f, 30);
  n = f.speech->len;
  run_with_stall (&f, (GstClockTime) n * GST_SECOND / RATE + GST_SECOND,
      (GstClockTime) n * GST_SECOND / RATE + 28 * GST_SECOND);
  /* The second time, on the time line of the packets and of what was put out, that
   * has 27 s less. */
  second = n + 30 * RATE + find_loud (f.speech, 0);
  loud = find_loud (f.output->samples, n + RATE + RATE / 2);
  fail_unless (loud > 0);
  at = loud + 27 * RATE;
  fail_unless (at >= second, "%u ms early", (second - at) / MS (1));
  fail_unless (at - second < MS (400), "%u ms late", (at - second) / MS (1));
  all = 2 * count_loud (f.speech, 0);
  fail_unless (count_loud (f.output->samples, 0) > all - all / 20);
  clear (&f);
}
GST_END_TEST;

/* Words are never left out. */
GST_START_TEST (test_words_of_a_stall_are_heard)
{
  Fixture f;
  guint all;

  init_continuous (&f, 5);
  all = 2 * count_loud (f.speech, 0);
  run_with_stall (
      &f, 500 * GST_MSECOND, f.speech->len * GST_SECOND / RATE + GST_SECOND);
  fail_unless (count_loud (f.output->samples, 0) > all - all / 20);
  clear (&f);
}
GST_END_TEST;

static Suite *
playout_suite (void)
{
  Suite *s = suite_create ("playout");
  TCase *tc;

  tc = tcase_create ("clean");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_clean_path_is_bit_exact);
  tcase_add_loop_test (
      tc, test_packet_size_is_bit_exact, 0, G_N_ELEMENTS (packet_sizes));
  tcase_add_test (tc, test_packet_size_may_change);
  tcase_add_loop_test (tc, test_clean_path_adds_at_most_one_pull, 0, 10);
  tcase_add_test (tc, test_first_packet_plays_at_the_next_pull);
  tcase_add_loop_test (tc, test_pull_of_any_size, 0, 5);

  tc = tcase_create ("jitter");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 180);
  tcase_add_test (tc, test_exponential_jitter);
  tcase_add_test (tc, test_uniform_jitter);
  tcase_add_test (tc, test_late_packet_is_waited_for_and_grows_the_target);
  tcase_add_loop_test (tc, test_late_packet_is_heard_from_its_first_sample, 0,
      G_N_ELEMENTS (latenesses));
  tcase_add_test (tc, test_statistics_outlast_a_talkspurt);
  tcase_add_test (tc, test_burst_after_stall_loses_nothing);
  tcase_add_test (tc, test_delay_of_a_stall_is_taken_out_in_pauses);
  tcase_add_loop_test (
      tc, test_clock_skew_does_not_add_up, 0, G_N_ELEMENTS (skews));

  tc = tcase_create ("order");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_swapped_first_packets_play_in_order);
  tcase_add_test (tc, test_reordered_packets_play_in_order);
  tcase_add_test (tc, test_duplicates_are_dropped);
  tcase_add_test (tc, test_packet_after_its_turn_is_late);
  tcase_add_test (tc, test_sequence_and_time_wrap);
  tcase_add_test (tc, test_new_ssrc_plays_after_the_old_one);
  tcase_add_test (tc, test_straggler_of_the_old_ssrc_is_not_a_new_sender);
  tcase_add_test (tc, test_restarted_sequence_is_a_new_sender);

  tc = tcase_create ("talkspurts");
  suite_add_tcase (s, tc);
  tcase_add_loop_test (
      tc, test_pause_with_time_jump_is_no_loss, 0, G_N_ELEMENTS (pauses));
  tcase_add_loop_test (
      tc, test_pause_without_time_jump_is_no_loss, 0, G_N_ELEMENTS (pauses));
  tcase_add_test (tc, test_pause_does_not_add_delay);
  tcase_add_test (tc, test_pause_is_kept_apart_when_behind);
  tcase_add_test (tc, test_end_of_talkspurt_is_silent_soon);

  tc = tcase_create ("loss");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_fec_is_closer_than_concealment);
  tcase_add_test (tc, test_lost_packet_is_concealed_in_time);
  tcase_add_test (tc, test_long_gap_fades_out);
  tcase_add_test (tc, test_long_gap_in_what_is_held_is_shortened);
  tcase_add_test (tc, test_loss_next_to_a_pause_is_not_concealed);

  tc = tcase_create ("interruption");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_interrupt_fades_over_5_ms);
  tcase_add_test (tc, test_interrupt_drops_what_is_held);
  tcase_add_test (tc, test_interrupt_of_silence_is_silent);
  tcase_add_test (tc, test_resume_plays_what_came_after_the_cutoff);
  tcase_add_test (tc, test_packets_of_the_old_answer_that_come_after_all);
  tcase_add_test (tc, test_nothing_of_the_old_answer_leads_into_the_next_one);
  tcase_add_test (tc, test_resume_without_interruption_does_nothing);
  tcase_add_test (tc, test_interruption_holds_3_seconds);

  tc = tcase_create ("limits");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 180);
  tcase_add_test (tc, test_holds_60_seconds_and_drops_the_newest);
  tcase_add_test (tc, test_what_is_not_opus_is_invalid);
  tcase_add_loop_test (tc, test_garbage_is_survived, 0, 3);
  tcase_add_test (tc, test_absurd_times_are_played);

  tc = tcase_create ("api");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_position_follows_the_sender);
  tcase_add_test (tc, test_position_of_nothing_is_0);
  tcase_add_test (tc, test_active_until_played_and_held);
  tcase_add_test (tc, test_reset_keeps_the_statistics);
  tcase_add_test (tc, test_plays_again_after_reset);
  tcase_add_test (tc, test_three_threads);

  tc = tcase_create ("stalls");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_silence_of_a_stall_is_not_caught_up_with);
  tcase_add_test (tc, test_words_of_a_stall_are_heard);

  return s;
}

GST_CHECK_MAIN (playout);
