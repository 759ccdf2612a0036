/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>
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

/* --- where the answer is ------------------------------------------------ */

#define ANSWER_MS 2000
#define SCENARIO_RATE 24000

/* A server whose answer is so long to the sample, with @steps besides. Returns its
 * directory. */
static gchar *
make_scenario (const gchar *steps)
{
  gchar *dir = g_dir_make_tmp ("timing-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "answer.wav", NULL);
  g_autofree gchar *scenario = g_build_filename (dir, "scenario.json", NULL);
  g_autofree gchar *json = NULL;
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc volume=0.3 samplesperbuffer=%d num-buffers=%d "
      "! audio/x-raw,format=S16LE,rate=%d,channels=1 ! wavenc "
      "! filesink location=%s",
      SCENARIO_RATE / 100, ANSWER_MS / 10, SCENARIO_RATE, path);

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  json = g_strdup_printf (
      "{\"answers\": [{\"wav\": \"answer.wav\"}], \"steps\": [%s]}", steps);
  fail_unless (g_file_set_contents (scenario, json, -1, NULL));
  return dir;
}

static void
remove_scenario (gchar *dir)
{
  g_autofree gchar *path = g_build_filename (dir, "answer.wav", NULL);
  g_autofree gchar *scenario = g_build_filename (dir, "scenario.json", NULL);

  g_unlink (path);
  g_unlink (scenario);
  g_rmdir (dir);
  g_free (dir);
}

/* How much of the answer left, and as which item, in milliseconds. */
static guint
play_answer (const gchar *steps, const gchar *options, gchar **truncated)
{
  gchar *dir = make_scenario (steps);
  g_autofree gchar *all = g_strdup_printf (
      "%s --scenario %s/scenario.json", options, dir);
  g_autofree gchar *json = NULL;
  g_autofree gchar *part = NULL;
  g_autofree gchar *needle = NULL;
  const GstStructure *turn, *answer;
  GstStructure *stats = NULL;
  guint64 played;
  guint next = 0;
  E2eTalk talk;

  e2e_talk_prepare (&talk, all, NULL, "");
  g_object_set (e2e_pipe_get (talk.pipe, "out"), "sync", TRUE, NULL);
  e2e_talk_play (&talk);
  e2e_talk_say (&talk, "go on");
  turn = wait_turn (&talk, &next);
  played = get_time (turn, "played");
  if (truncated)
    e2e_wait_event (talk.pipe, 0, "conversation.item.truncated", truncated);

  /* The same in the statistics, which know the item as well. */
  g_object_get (talk.ai, "stats", &stats, NULL);
  answer = gst_value_get_structure (gst_structure_get_value (stats, "answer"));
  fail_unless_equals_uint64 (get_time (answer, "position"), played);
  fail_unless_equals_uint64 (get_time (answer, "heard"), played);
  fail_unless_equals_string (gst_structure_get_string (answer, "response-id"),
      gst_structure_get_string (turn, "response-id"));
  e2e_wait_event (talk.pipe, 0, "response.content_part.added", &part);
  needle = g_strdup_printf (
      "\"item_id\":\"%s\"", gst_structure_get_string (answer, "item-id"));
  fail_unless (strstr (part, needle) != NULL, "%s: %s", needle, part);
  gst_structure_free (stats);
  e2e_talk_stop (&talk);
  remove_scenario (dir);
  return played / GST_MSECOND;
}

/* To a frame of the codec and what it looks ahead. */
GST_START_TEST (test_position_at_the_end_is_the_length)
{
  guint played = play_answer ("", "", NULL);

  fail_unless (
      played >= ANSWER_MS && played <= ANSWER_MS + 60, "%u ms", played);
}
GST_END_TEST;

/* The silence in front of it does not count; a little of that behind it may. */
GST_START_TEST (test_position_of_a_server_that_never_pauses)
{
  guint played = play_answer ("", "--rtp continuous", NULL);

  fail_unless (
      played >= ANSWER_MS - 20 && played <= ANSWER_MS + 500, "%u ms", played);
}
GST_END_TEST;

/* What the server has sent by then, less what was on its way. */
GST_START_TEST (test_position_of_an_answer_that_is_cut_off)
{
  g_autofree gchar *json = NULL;
  const gchar *end;
  gint64 sent;
  guint played = play_answer (
      "{\"when\": \"output_audio_buffer.started\", \"after\": 700, "
      "\"do\": [{\"interrupt\": true}]}",
      "", &json);

  end = strstr (json, "\"audio_end_ms\":");
  fail_unless (end != NULL, "%s", json);
  sent = g_ascii_strtoll (end + strlen ("\"audio_end_ms\":"), NULL, 10);
  fail_unless (sent >= 600 && sent < ANSWER_MS, "%s", json);
  fail_unless (played <= sent + 20 && played + 400 >= sent, "%u of %d ms",
      played, (gint) sent);
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
  tcase_add_test (tc, test_position_at_the_end_is_the_length);
  tcase_add_test (tc, test_position_of_a_server_that_never_pauses);
  tcase_add_test (tc, test_position_of_an_answer_that_is_cut_off);
  tcase_add_test (tc, test_answer_is_lowered_when_somebody_seems_to_speak);
  tcase_add_test (tc, test_next_answer_is_not_lowered);
  return s;
}

E2E_MAIN (timing_suite)
