/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <math.h>
#include <string.h>

/* What the element says about the time a turn takes, and what it does before the
 * server has noticed anything. */

static const gchar *const shares[] = { "network", "detection", "inference",
  "playout", "device" };

static void
talk_start (E2eTalk *talk, const gchar *settings)
{
  e2e_talk_prepare (talk, NULL, NULL, settings);
  /* As one that plays: others are asked for no latency. */
  g_object_set (e2e_pipe_get (talk->pipe, "out"), "sync", TRUE, NULL);
  e2e_talk_play (talk);
}

static gboolean
match_turn (GstMessage *message, gconstpointer data)
{
  return gst_message_has_name (message, "openairealtime-turn");
}

static const GstStructure *
wait_turn (E2eTalk *talk, guint *next)
{
  *next = e2e_wait_message (talk->pipe, *next, match_turn, NULL, "a turn");
  return gst_message_get_structure (
      g_ptr_array_index (talk->pipe->messages, *next - 1));
}

static guint64
get_time (const GstStructure *s, const gchar *field)
{
  guint64 time = 0;

  fail_unless (gst_structure_get_uint64 (s, field, &time), "no %s", field);
  return time;
}

static guint64
sum_of_shares (const GstStructure *s)
{
  guint64 sum = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (shares); i++) {
    guint64 time;

    if (gst_structure_get_uint64 (s, shares[i], &time))
      sum += time;
  }
  return sum;
}

GST_START_TEST (test_time_of_a_turn_is_accounted_for)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) word = NULL;
  GstStructure *stats = NULL;
  const GstStructure *turn, *latency;
  guint next = 0, n = 0;
  guint64 total;
  E2eTalk talk;

  if (source == NULL)
    return;
  word = e2e_sound_load (source);
  talk_start (&talk, "vad-silence-duration=400");
  e2e_microphone_say (talk.mic, word);
  turn = wait_turn (&talk, &next);
  total = get_time (turn, "total");
  fail_unless (total == sum_of_shares (turn));
  /* The server waits for that much silence before it takes the turn; what it and
   * the way add is not known, and the detectors are not the same. */
  fail_unless (get_time (turn, "detection") > 200 * GST_MSECOND,
      "detected after %" G_GUINT64_FORMAT " ms",
      get_time (turn, "detection") / GST_MSECOND);
  get_time (turn, "inference");
  get_time (turn, "playout");
  /* What the pipeline has agreed on: our own frame at the least. */
  fail_unless (get_time (turn, "device") >= 10 * GST_MSECOND, "%d us",
      (gint) (get_time (turn, "device") / 1000));

  g_object_get (talk.ai, "stats", &stats, NULL);
  latency = gst_value_get_structure (
      gst_structure_get_value (stats, "turn-latency"));
  fail_unless (gst_structure_get_uint (latency, "turns", &n));
  fail_unless_equals_int (n, 1);
  fail_unless (get_time (latency, "total-p50") == total);
  fail_unless (get_time (latency, "total-max") == total);
  gst_structure_free (stats);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_slow_turns_are_warned_of_once)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) word = NULL;
  GstMessage *message = NULL;
  const GstStructure *details = NULL;
  guint next = 0, i;
  E2eTalk talk;

  if (source == NULL)
    return;
  word = e2e_sound_load (source);
  talk_start (&talk, "max-turn-latency=1");
  for (i = 0; i < 2; i++) {
    e2e_microphone_say (talk.mic, word);
    wait_turn (&talk, &next);
  }
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, &message);
  gst_message_parse_warning_details (message, &details);
  fail_unless (details != NULL);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "slow-turn");
  fail_unless (get_time (details, "total") == sum_of_shares (details));
  fail_unless_equals_int (
      e2e_count_messages (talk.pipe, GST_MESSAGE_WARNING), 1);

  /* From now on, none is slow. */
  g_object_set (talk.ai, "max-turn-latency", 600000, NULL);
  e2e_microphone_say (talk.mic, word);
  wait_turn (&talk, &next);
  fail_unless_equals_int (
      e2e_count_messages (talk.pipe, GST_MESSAGE_WARNING), 1);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* --- local interrupt ---------------------------------------------------- */

#define WINDOW (E2E_RATE / 5)

static gint
find_loud (GArray *samples)
{
  guint i;

  for (i = 0; i < samples->len; i++) {
    if (ABS (g_array_index (samples, gint16, i)) > E2E_LOUD)
      return i;
  }
  ck_abort_msg ("nothing is loud");
  return -1;
}

static gdouble
energy (GArray *samples, guint from)
{
  gdouble sum = 0;
  guint i;

  for (i = from; i < from + WINDOW; i++) {
    gdouble sample = g_array_index (samples, gint16, i);

    sum += sample * sample;
  }
  return sum / WINDOW;
}

/* Has the server say something, and returns how it sounded. */
static GArray *
answer (E2eTalk *talk, GArray *meanwhile)
{
  guint from = talk->pipe->messages->len;
  guint begin = e2e_capture_length (talk->capture);
  guint64 loud = e2e_capture_loud (talk->capture);
  GArray *all, *result = g_array_new (FALSE, FALSE, sizeof (gint16));

  e2e_talk_say (
      talk, "one two three four five six seven eight nine ten eleven twelve");
  e2e_wait_loud (talk->pipe, talk->capture, loud + E2E_RATE / 8);
  if (meanwhile)
    e2e_microphone_say (talk->mic, meanwhile);
  wait_turn (talk, &from);
  all = e2e_capture_copy (talk->capture);
  g_array_append_vals (
      result, &g_array_index (all, gint16, begin), all->len - begin);
  g_array_unref (all);
  return result;
}

/* The server does not take it for speech: the answer goes on, and is whole. */
GST_START_TEST (test_answer_is_lowered_when_somebody_seems_to_speak)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) word = NULL;
  g_autoptr (GArray) plain = NULL;
  g_autoptr (GArray) lowered = NULL;
  guint i, n_low = 0, n_full = 0;
  gdouble last = 0;
  gint offset = 0;
  E2eTalk talk;

  if (source == NULL)
    return;
  word = e2e_sound_load (source);
  talk_start (&talk, "local-interrupt=duck vad-threshold=1.0");
  plain = answer (&talk, NULL);
  lowered = answer (&talk, word);
  fail_unless_equals_int (
      e2e_count_events (talk.pipe, "input_audio_buffer.speech_started"), 0);
  fail_unless_equals_int (
      e2e_count_events (talk.pipe, "output_audio_buffer.cleared"), 0);
  /* The playout stretches sound here and there: it is the same for a window, not
   * as a whole. */
  offset = find_loud (lowered) - find_loud (plain);
  for (i = 0; i + WINDOW <= plain->len; i += WINDOW) {
    gdouble loud = energy (plain, i);
    gint at = (gint) i + offset;

    if (loud < 1e5 || at < 0 || at + WINDOW > (gint) lowered->len)
      continue;
    last = energy (lowered, at) / loud;
    if (last < 0.1)
      n_low++;
    else if (last > 0.5)
      n_full++;
  }
  fail_unless (n_low >= 2, "%u low, %u full", n_low, n_full);
  fail_unless (n_full >= 5, "%u low, %u full", n_low, n_full);
  fail_unless (last > 0.5, "not raised again");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* When it does, what comes next is as loud as ever. */
GST_START_TEST (test_next_answer_is_not_lowered)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *long_source = e2e_speech (E2E_SPEECH_AUSTEN_LONG);
  g_autoptr (GArray) word = NULL;
  g_autoptr (GArray) story = NULL;
  g_autoptr (GArray) all = NULL;
  g_autoptr (GArray) after = NULL;
  gdouble loud = 0, heard = 0;
  guint next, cut, i;
  gint offset = 0;
  E2eTalk talk;

  if (source == NULL || long_source == NULL)
    return;
  word = e2e_sound_load (source);
  story = e2e_sound_load (long_source);
  talk_start (&talk, "local-interrupt=duck");
  e2e_microphone_say (talk.mic, story);
  next = e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  e2e_wait_loud (talk.pipe, talk.capture, E2E_RATE / 4);
  e2e_microphone_say (talk.mic, word);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.cleared", NULL);
  cut = e2e_capture_length (talk.capture);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.stopped", NULL);
  e2e_wait_length (
      talk.pipe, talk.capture, e2e_capture_length (talk.capture) + E2E_RATE);
  all = e2e_capture_copy (talk.capture);
  after = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_array_append_vals (
      after, &g_array_index (all, gint16, cut), all->len - cut);
  e2e_assert_similar (word, after, TRUE);
  e2e_similarity (word, after, &offset);
  for (i = 0; i + WINDOW <= word->len; i += WINDOW) {
    if (offset + (gint) i < 0 || offset + i + WINDOW > after->len)
      continue;
    loud += energy (word, i);
    heard += energy (after, offset + i);
  }
  fail_unless (heard > loud / 2, "%f of it", heard / loud);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

static Suite *
timing_suite (void)
{
  Suite *s = suite_create ("e2e-timing");
  TCase *tc = tcase_create ("timing");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_time_of_a_turn_is_accounted_for);
  tcase_add_test (tc, test_slow_turns_are_warned_of_once);
  tcase_add_test (tc, test_answer_is_lowered_when_somebody_seems_to_speak);
  tcase_add_test (tc, test_next_answer_is_not_lowered);
  return s;
}

E2E_MAIN (timing_suite)
