/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* What a conversation used and cost, and that it ends when it is to. */

static void
talk_prepare (E2eTalk *talk, const gchar *options, const gchar *settings)
{
  g_autofree gchar *all = g_strconcat ("api-key=sk-1 ", settings, NULL);

  e2e_talk_prepare (
      talk, options, "audiotestsrc name=mic is-live=true wave=silence", all);
}

static void
talk_start (E2eTalk *talk, const gchar *options, const gchar *settings)
{
  talk_prepare (talk, options, settings);
  e2e_talk_play (talk);
}

/* Writes a table of prices where the emulator records, "models" of which is
 * @models with ' for ". */
static void
set_prices (E2eTalk *talk, const gchar *models)
{
  g_autofree gchar *path = g_build_filename (
      e2e_emulator_record_dir (talk->emulator), "prices.json", NULL);
  g_autofree gchar *json = g_strdup_printf ("{'models':%s}", models);

  g_strdelimit (json, "'", '"');
  fail_unless (g_file_set_contents (path, json, -1, NULL));
  g_object_set (talk->ai, "price-table", path, NULL);
}

/* So that a cost is a number of tokens. */
#define ONE_EACH                                                               \
  "{'gpt-realtime-2.1':{'per-million-tokens':{"                                \
  "'text':{'input':1000000,'output':1000000},"                                 \
  "'audio':{'input':1000000,'output':1000000}}}}"

static gboolean
is_named (GstMessage *message, gconstpointer name)
{
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && gst_message_has_name (message, name);
}

/* The structure of the next message of that name. */
static const GstStructure *
next_named (E2ePipe *pipe, guint *from, const gchar *name)
{
  *from = e2e_wait_message (pipe, *from, is_named, name, name);

  return gst_message_get_structure (
      g_ptr_array_index (pipe->messages, *from - 1));
}

static guint64
get_uint64 (const GstStructure *s, const gchar *name)
{
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (s, name, &value), "no %s in %s", name,
      gst_structure_get_name (s));
  return value;
}

static guint
get_uint (const GstStructure *s, const gchar *name)
{
  guint value = 0;

  fail_unless (gst_structure_get_uint (s, name, &value), "no %s", name);
  return value;
}

static gdouble
get_double (const GstStructure *s, const gchar *name)
{
  gdouble value = 0.0;

  fail_unless (gst_structure_get_double (s, name, &value), "no %s", name);
  return value;
}

/* A structure within the statistics. */
static GstStructure *
get_stats (E2eTalk *talk, const gchar *name)
{
  GstStructure *stats = NULL, *part = NULL;

  g_object_get (talk->ai, "stats", &stats, NULL);
  fail_unless (
      gst_structure_get (stats, name, GST_TYPE_STRUCTURE, &part, NULL));
  gst_structure_free (stats);
  return part;
}

static gint
get_state (E2eTalk *talk)
{
  gint state;

  g_object_get (talk->ai, "connection-state", &state, NULL);
  return state;
}

/* The last count in the emulator's record. */
static JsonObject *
read_count (E2eTalk *talk)
{
  const gchar *path = e2e_emulator_record_dir (talk->emulator);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  JsonObject *count = NULL;
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);
    g_autofree gchar *text = NULL;
    g_auto (GStrv) lines = NULL;
    guint i;

    if (!g_str_has_suffix (name, ".jsonl"))
      continue;
    fail_unless (g_file_get_contents (file, &text, NULL, NULL));
    lines = g_strsplit (text, "\n", -1);
    for (i = 0; lines[i]; i++) {
      g_autoptr (JsonNode) root = NULL;

      if (strstr (lines[i], "\"type\":\"count\"") == NULL)
        continue;
      root = json_from_string (lines[i], NULL);
      fail_unless (root != NULL);
      g_clear_pointer (&count, json_object_unref);
      count = json_object_ref (
          json_object_get_object_member (json_node_get_object (root), "event"));
    }
  }
  fail_unless (count != NULL, "nothing was counted");
  return count;
}

static void
assert_agree (const GstStructure *stats, JsonObject *count)
{
  static const struct {
    const gchar *ours;
    const gchar *theirs;
  } pairs[] = {
    { "input-text-tokens", "input_text" },
    { "input-audio-tokens", "input_audio" },
    { "input-image-tokens", "input_image" },
    { "cached-tokens", "cached" },
    { "output-text-tokens", "output_text" },
    { "output-audio-tokens", "output_audio" },
    { "transcription-input-tokens", "transcription_input" },
    { "transcription-output-tokens", "transcription_output" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (pairs); i++) {
    guint64 ours = get_uint64 (stats, pairs[i].ours);
    gint64 theirs = json_object_get_int_member (count, pairs[i].theirs);

    fail_unless (ours == (guint64) theirs,
        "%s: %" G_GUINT64_FORMAT ", not %" G_GINT64_FORMAT, pairs[i].ours, ours,
        theirs);
  }
  fail_unless_equals_int (get_uint (stats, "responses"),
      json_object_get_int_member (count, "responses"));
  fail_unless_equals_int (get_uint (stats, "transcriptions"),
      json_object_get_int_member (count, "transcriptions"));
  fail_unless (ABS (get_double (stats, "transcription-seconds") * 1000.0
                   - json_object_get_int_member (count, "transcription_ms"))
      < 0.5);
}

GST_START_TEST (test_stats_agree_with_the_server)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) words = NULL;
  g_autoptr (JsonObject) count = NULL;
  GstStructure *stats, *total;
  const GstStructure *s;
  E2eMicrophone *mic;
  guint from = 0, turn_from = 0, i;
  guint64 audio = 0, turns_audio = 0;
  gdouble cost = 0.0;
  E2eTalk talk;

  if (source == NULL)
    return;
  words = e2e_sound_load (source);
  talk.emulator = e2e_emulator_start ("--record @DIR@");
  talk.pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s "
      "input-transcription-model=gpt-4o-transcribe ! " E2E_OUT,
      e2e_emulator_url (talk.emulator));
  talk.capture = e2e_capture (talk.pipe, "out");
  talk.ai = e2e_pipe_get (talk.pipe, "ai");
  mic = e2e_microphone (talk.pipe, "mic");
  e2e_pipe_set_state (talk.pipe, GST_STATE_PLAYING);
  e2e_wait_connected (talk.pipe);

  /* By voice, in writing, by voice. */
  for (i = 0; i < 3; i++) {
    if (i == 1)
      e2e_talk_say (&talk, "is anybody there");
    else
      e2e_microphone_say (mic, words);
    s = next_named (talk.pipe, &turn_from, "openairealtime-turn");
    turns_audio += get_uint64 (s, "output-audio-tokens");
    fail_unless (get_double (s, "cost") > 0.0);
  }
  /* A transcription may come after the answer. */
  for (i = 0; i < 5; i++) {
    s = next_named (talk.pipe, &from, "openairealtime-usage");
    cost += get_double (s, "cost");
    if (g_str_equal (gst_structure_get_string (s, "of"), "response"))
      audio += get_uint64 (s, "output-audio-tokens");
    fail_unless (ABS (get_double (s, "session-cost") - cost) < 1e-9);
  }

  stats = get_stats (&talk, "usage");
  count = read_count (&talk);
  assert_agree (stats, count);
  fail_unless_equals_int (get_uint (stats, "responses"), 3);
  fail_unless_equals_int (get_uint (stats, "transcriptions"), 2);
  fail_unless (get_uint64 (stats, "input-audio-tokens") > 0);
  fail_unless (get_uint64 (stats, "output-audio-tokens") > 0);
  fail_unless_equals_uint64 (get_uint64 (stats, "output-audio-tokens"), audio);
  fail_unless_equals_uint64 (audio, turns_audio);
  fail_unless_equals_int (get_uint (stats, "unpriced"), 0);
  fail_unless (ABS (get_double (stats, "cost") - cost) < 1e-9);
  gst_structure_free (stats);

  /* A session begins at nothing; the element remembers. */
  gst_element_set_state (talk.pipe->pipeline, GST_STATE_NULL);
  total = get_stats (&talk, "total-usage");
  assert_agree (total, count);
  gst_structure_free (total);
  e2e_pipe_set_state (talk.pipe, GST_STATE_PLAYING);
  e2e_wait_message (talk.pipe, from, is_named, "openairealtime-event", "event");
  stats = get_stats (&talk, "usage");
  fail_unless_equals_int (get_uint (stats, "responses"), 0);
  gst_structure_free (stats);
  total = get_stats (&talk, "total-usage");
  assert_agree (total, count);
  gst_structure_free (total);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_rate_limits_are_posted)
{
  const GstStructure *s;
  GstStructure *tokens = NULL;
  gint64 limit = 0, remaining = 0;
  guint from = 0;
  E2eTalk talk;

  talk_start (&talk, NULL, "output-modality=text");
  e2e_talk_say (&talk, "one");
  s = next_named (talk.pipe, &from, "openairealtime-rate-limits");
  fail_unless (gst_structure_has_field (s, "requests"));
  fail_unless (
      gst_structure_get (s, "tokens", GST_TYPE_STRUCTURE, &tokens, NULL));
  fail_unless (gst_structure_get_int64 (tokens, "limit", &limit));
  fail_unless (gst_structure_get_int64 (tokens, "remaining", &remaining));
  fail_unless_equals_int (limit, 50000);
  fail_unless (remaining > 0 && remaining <= limit);
  fail_unless (gst_structure_has_field (tokens, "reset"));
  gst_structure_free (tokens);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* Waits for the end, and sees to it that it is one. */
static const GstStructure *
wait_ended (E2eTalk *talk, guint *from, const gchar *reason)
{
  const GstStructure *s = next_named (talk->pipe, from, "openairealtime-ended");
  g_autofree gchar *log = NULL;
  gboolean sent = TRUE;

  fail_unless_equals_string (gst_structure_get_string (s, "reason"), reason);
  fail_unless (get_uint64 (s, "duration") > 0);
  e2e_wait_eos (talk->pipe);
  fail_unless_equals_int (get_state (talk), 0);
  g_signal_emit_by_name (talk->ai, "send-text", "hello", &sent);
  fail_if (sent);
  return s;
}

static gboolean
has_hung_up (gpointer data)
{
  E2eTalk *talk = data;
  g_autofree gchar *log = e2e_emulator_log (talk->emulator);

  return strstr (log, "/hangup") != NULL;
}

GST_START_TEST (test_max_cost_ends_after_the_answer)
{
  GstStructure *stats;
  const GstStructure *s;
  guint from = 0, turns = 0;
  gdouble cost;
  E2eTalk talk;

  talk_prepare (&talk, "--verbose", "idle-output=none");
  set_prices (&talk, ONE_EACH);
  e2e_pipe_set_state (talk.pipe, GST_STATE_PLAYING);
  e2e_wait_connected (talk.pipe);
  e2e_talk_say (&talk, "one two three");
  s = next_named (talk.pipe, &turns, "openairealtime-turn");
  cost = get_double (s, "cost");
  /* The second answer is longer than that. */
  g_object_set (talk.ai, "max-cost", cost + 1.0, NULL);
  e2e_talk_say (&talk, "one two three four five six seven eight nine ten");
  s = wait_ended (&talk, &from, "max-cost");
  fail_unless (get_double (s, "cost") >= cost + 1.0);

  /* All of it was heard: the turn was over before the end, and not cut off. */
  s = next_named (talk.pipe, &turns, "openairealtime-turn");
  fail_unless (turns < from);
  fail_unless_equals_string (
      gst_structure_get_string (s, "status"), "completed");
  fail_unless (gst_structure_has_field (s, "audio-stopped"));
  stats = get_stats (&talk, "usage");
  fail_unless_equals_int (get_uint (stats, "responses"), 2);
  /* 50 ms each; at its edges the voice may be quiet. */
  fail_unless (e2e_capture_length (talk.capture)
      >= get_uint64 (stats, "output-audio-tokens") * E2E_RATE / 20
          - E2E_RATE / 4);
  gst_structure_free (stats);
  /* A call that is over is not paid for. */
  e2e_wait_until (talk.pipe, has_hung_up, &talk, "hang-up");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

static gchar *
answer_at_once (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  return g_strdup ("{\"sky\":\"clear\"}");
}

/* The response that calls a function is one; the model does not go on. */
GST_START_TEST (test_max_cost_begins_no_other_response)
{
  GstStructure *stats;
  guint from = 0;
  E2eTalk talk;

  talk_prepare (&talk, "--mind talk",
      "max-cost=1 tools=\"[{\\\"type\\\":\\\"function\\\",\\\"name\\\":"
      "\\\"get_weather\\\",\\\"parameters\\\":{\\\"type\\\":\\\"object\\\","
      "\\\"properties\\\":{}}}]\"");
  set_prices (&talk, ONE_EACH);
  g_signal_connect (
      talk.ai, "function-call", G_CALLBACK (answer_at_once), NULL);
  e2e_pipe_set_state (talk.pipe, GST_STATE_PLAYING);
  e2e_wait_connected (talk.pipe);
  e2e_talk_say (&talk, "what is the weather in rome");
  wait_ended (&talk, &from, "max-cost");
  fail_unless_equals_int (
      e2e_count_events (talk.pipe, "response.function_call_arguments.done"), 1);
  fail_unless_equals_int (e2e_count_events (talk.pipe, "response.created"), 1);
  stats = get_stats (&talk, "usage");
  fail_unless_equals_int (get_uint (stats, "responses"), 1);
  gst_structure_free (stats);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_model_without_a_price_is_told_once)
{
  GstMessage *warning = NULL;
  const GstStructure *details = NULL;
  GstStructure *stats;
  guint turns = 0, i;
  E2eTalk talk;

  talk_start (&talk, NULL, "model=homemade max-cost=0.01");
  for (i = 0; i < 2; i++) {
    e2e_talk_say (&talk, "one");
    next_named (talk.pipe, &turns, "openairealtime-turn");
  }
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, &warning);
  gst_message_parse_warning_details (warning, &details);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), "unpriced");
  fail_unless_equals_string (
      gst_structure_get_string (details, "model"), "homemade");
  fail_unless_equals_int (
      e2e_count_messages (talk.pipe, GST_MESSAGE_WARNING), 1);
  stats = get_stats (&talk, "usage");
  fail_if (gst_structure_has_field (stats, "cost"));
  fail_unless_equals_int (get_uint (stats, "unpriced"), 2);
  gst_structure_free (stats);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* The limit strikes within the answer, which is not cut off. */
GST_START_TEST (test_max_duration_ends_after_the_answer)
{
  const GstStructure *s;
  guint from = 0, turns = 0;
  E2eTalk talk;

  talk_start (&talk, "--verbose", "max-duration=0");
  e2e_talk_say (&talk, "one two three four five six seven eight nine ten");
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  e2e_wait_loud (talk.pipe, talk.capture, E2E_RATE / 8);
  g_object_set (talk.ai, "max-duration", 1, NULL);
  wait_ended (&talk, &from, "max-duration");
  s = next_named (talk.pipe, &turns, "openairealtime-turn");
  fail_unless (turns < from);
  fail_unless (gst_structure_has_field (s, "audio-stopped"));
  e2e_wait_until (talk.pipe, has_hung_up, &talk, "hang-up");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_max_idle_ends_a_silent_session)
{
  guint from = 0;
  E2eTalk talk;

  talk_start (&talk, "--verbose", "max-idle=700");
  wait_ended (&talk, &from, "max-idle");
  fail_unless_equals_int (e2e_count_events (talk.pipe, "response.created"), 0);
  e2e_wait_until (talk.pipe, has_hung_up, &talk, "hang-up");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* An answer that takes longer than the limit is none. */
GST_START_TEST (test_max_idle_counts_from_the_end_of_the_answer)
{
  guint from = 0, turns = 0;
  E2eTalk talk;

  talk_start (&talk, NULL, "max-idle=0");
  e2e_talk_say (&talk, "one two three four five six seven eight nine ten");
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  g_object_set (talk.ai, "max-idle", 300, NULL);
  wait_ended (&talk, &from, "max-idle");
  next_named (talk.pipe, &turns, "openairealtime-turn");
  fail_unless (turns < from);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* Both halves end, and the next call is a new one. */
GST_START_TEST (test_halves_end_together_and_begin_anew)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! "
      "openairealtimesink name=in base-url=%s max-idle=500 "
      "openairealtimesrc name=ai ! " E2E_OUT,
      e2e_emulator_url (emulator));
  const GstMessageType eos = GST_MESSAGE_EOS;
  guint from = 0, i;

  e2e_capture (pipe, "out");
  for (i = 0; i < 2; i++) {
    e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
    next_named (pipe, &from, "openairealtime-ended");
    from = e2e_wait_message (pipe, from, e2e_match_type, &eos, "end of stream");
    gst_element_set_state (pipe->pipeline, GST_STATE_NULL);
  }
  fail_unless_equals_int (e2e_count_events (pipe, "session.created"), 2);
}
GST_END_TEST;

static Suite *
usage_suite (void)
{
  Suite *s = suite_create ("e2e-usage");
  TCase *tc = tcase_create ("usage");

  tcase_set_timeout (tc, 120);
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_stats_agree_with_the_server);
  tcase_add_test (tc, test_rate_limits_are_posted);
  tcase_add_test (tc, test_max_cost_ends_after_the_answer);
  if (E2E_HAVE_TALK)
    tcase_add_test (tc, test_max_cost_begins_no_other_response);
  tcase_add_test (tc, test_model_without_a_price_is_told_once);
  tcase_add_test (tc, test_max_duration_ends_after_the_answer);
  tcase_add_test (tc, test_max_idle_ends_a_silent_session);
  tcase_add_test (tc, test_max_idle_counts_from_the_end_of_the_answer);
  tcase_add_test (tc, test_halves_end_together_and_begin_anew);
  return s;
}

E2E_MAIN (usage_suite)
