/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "session/gstoaiconversation.h"
#include "session/gstoaiturn.h"

#define START (1000 * GST_SECOND)

/* A conversation whose time and media the test drives. What it does is written
 * into a log, one word each:
 *
 *   an event type, the client event was sent     interrupt, resume
 *   speaking, silent                             call:<call_id>:<name>
 *   turn                                         drained, timeout
 */
typedef struct {
  GstOaiConversation *conversation;
  GstOaiConversationPolicy policy;
  GstOaiConversationMedia media;
  GstClockTime speech_ended; /* of the last turn */
  GstClockTime first_sound_packet;
  GstClockTime now;
  GString *log;
  GPtrArray *sent; /* of JsonObject */
  GPtrArray *turns; /* of GstStructure */
  GstClockTime cutoff;
  guint next_id;
  gchar id[32];
  gboolean continuous; /* the server's RTP never ends */
} Fixture;

static void
note (Fixture *f, const gchar *word)
{
  if (f->log->len > 0)
    g_string_append_c (f->log, ' ');
  g_string_append (f->log, word);
}

static const gchar *
on_send (JsonObject *event, gpointer user_data)
{
  Fixture *f = user_data;

  note (f, gst_oai_json_get_string (event, "type", "?"));
  g_ptr_array_add (f->sent, event);
  g_snprintf (f->id, sizeof (f->id), "ev_%u", ++f->next_id);

  return f->id;
}

static void
on_interrupt (GstClockTime now, gpointer user_data)
{
  note (user_data, "interrupt");
}

static void
on_resume (GstClockTime cutoff, gpointer user_data)
{
  Fixture *f = user_data;

  f->cutoff = cutoff;
  note (f, "resume");
}

static void
on_speaking (gboolean speaking, gpointer user_data)
{
  note (user_data, speaking ? "speaking" : "silent");
}

static void
on_function_call (const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  g_autofree gchar *word = g_strconcat ("call:", call_id, ":", name, NULL);

  fail_unless (arguments != NULL);
  note (user_data, word);
}

static void
on_turn (const GstOaiTurn *turn, gpointer user_data)
{
  Fixture *f = user_data;

  g_ptr_array_add (f->turns, gst_oai_turn_to_structure (turn));
  f->speech_ended = turn->speech_ended;
  f->first_sound_packet = turn->first_sound_packet;
  note (f, "turn");
}

static void
on_drained (gboolean timed_out, gpointer user_data)
{
  note (user_data, timed_out ? "timeout" : "drained");
}

static const GstOaiConversationOps ops = { on_send, on_interrupt, on_resume,
  on_speaking, on_function_call, on_turn, on_drained };

static void
fixture_init (Fixture *f)
{
  memset (f, 0, sizeof (*f));
  f->now = START;
  f->media.last_audible = GST_CLOCK_TIME_NONE;
  f->media.first_audible = GST_CLOCK_TIME_NONE;
  f->media.first_packet = GST_CLOCK_TIME_NONE;
  f->media.first_sound_packet = GST_CLOCK_TIME_NONE;
  f->media.last_speech = GST_CLOCK_TIME_NONE;
  f->media.oldest_packet = GST_CLOCK_TIME_NONE;
  f->media.playout_target = 40 * GST_MSECOND;
  f->log = g_string_new (NULL);
  f->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  f->turns = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_structure_free);
  f->policy.interrupt = TRUE;
  f->policy.create_response = TRUE;
  f->policy.silence_duration = 500 * GST_MSECOND;
  f->policy.drain_timeout = 30 * GST_SECOND;
  f->conversation = gst_oai_conversation_new (&ops, f);
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
}

static void
fixture_clear (Fixture *f)
{
  gst_oai_conversation_free (f->conversation);
  g_string_free (f->log, TRUE);
  g_ptr_array_unref (f->sent);
  g_ptr_array_unref (f->turns);
}

static JsonObject *
parse (const gchar *text)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, &error);

  fail_unless (object != NULL, "%s: %s", json, error ? error->message : "");

  return object;
}

/* @members with ' for ". Returns whether it was expected. */
static gboolean
event (Fixture *f, const gchar *type, const gchar *members)
{
  g_autofree gchar *text = g_strdup_printf (
      "{'type':'%s'%s%s}", type, *members ? "," : "", members);
  JsonObject *object = parse (text);
  gboolean expected = gst_oai_conversation_handle_event (
      f->conversation, gst_oai_dialect_event (type), object, f->now);

  json_object_unref (object);

  return expected;
}

static void
advance (Fixture *f, guint ms)
{
  GstClockTime end = f->now + ms * GST_MSECOND;

  while (f->now < end) {
    f->now = MIN (f->now + 20 * GST_MSECOND, end);
    if (f->continuous)
      f->media.playout_active = TRUE;
    gst_oai_conversation_tick (f->conversation, &f->media, f->now);
  }
}

/* Advances until the log ends with @word. FALSE when @ms were not enough. */
static gboolean
advance_until (Fixture *f, const gchar *word, guint ms)
{
  GstClockTime end = f->now + ms * GST_MSECOND;

  while (!g_str_has_suffix (f->log->str, word) && f->now < end)
    advance (f, 20);

  return g_str_has_suffix (f->log->str, word);
}

static void
expect (Fixture *f, const gchar *log)
{
  fail_unless_equals_string (f->log->str, log);
  g_string_truncate (f->log, 0);
}

static JsonObject *
last_sent (Fixture *f)
{
  fail_unless (f->sent->len > 0);

  return g_ptr_array_index (f->sent, f->sent->len - 1);
}

static void
submit (Fixture *f, const gchar *text)
{
  gst_oai_conversation_submit (f->conversation, parse (text), f->now);
}

static void
user_speaks (Fixture *f, const gchar *item)
{
  g_autofree gchar *members = g_strdup_printf ("'item_id':'%s'", item);

  event (f, "input_audio_buffer.speech_started", members);
  advance (f, 1000);
  event (f, "input_audio_buffer.speech_stopped", members);
  event (f, "input_audio_buffer.committed", members);
}

static void
response_created (Fixture *f, const gchar *id)
{
  g_autofree gchar *members = g_strdup_printf ("'response':{'id':'%s'}", id);

  event (f, "response.created", members);
}

static void
response_done (Fixture *f, const gchar *id, const gchar *status)
{
  g_autofree gchar *members = g_strdup_printf (
      "'response':{'id':'%s','status':'%s'}", id, status);

  event (f, "response.done", members);
}

/* A spoken answer has begun. */
static void
answer_begins (Fixture *f, const gchar *id)
{
  response_created (f, id);
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  event (f, "output_audio_buffer.started", "");
  f->media.playout_active = TRUE;
}

static void
answer_ends (Fixture *f, const gchar *id)
{
  response_done (f, id, "completed");
  event (f, "output_audio_buffer.stopped", "");
  f->media.playout_active = FALSE;
}

static void
function_called (Fixture *f, const gchar *call_id)
{
  g_autofree gchar *members = g_strdup_printf (
      "'call_id':'%s','name':'fn','arguments':'{}'", call_id);

  event (f, "response.function_call_arguments.done", members);
}

static gboolean
refused (Fixture *f, const gchar *event_id, const gchar *code)
{
  g_autofree gchar *members = g_strdup_printf (
      "'error':{'event_id':'%s','code':'%s'}", event_id, code);

  return event (f, "error", members);
}

#define FIXTURE_TEST(name)                                                     \
  static void name##_body (Fixture *f);                                        \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    Fixture f;                                                                 \
                                                                               \
    fixture_init (&f);                                                         \
    name##_body (&f);                                                          \
    fixture_clear (&f);                                                        \
  }                                                                            \
  GST_END_TEST;                                                                \
  static void name##_body (Fixture *f)

/* --- turns ------------------------------------------------------------- */

static guint64
turn_time (const GstStructure *turn, const gchar *name)
{
  guint64 time = G_MAXUINT64;

  fail_unless (
      gst_structure_get_uint64 (turn, name, &time), "turn has no %s", name);

  return time / GST_MSECOND;
}

FIXTURE_TEST (test_normal_turn)
{
  user_speaks (f, "item_1");
  expect (f, "");
  advance (f, 200);
  answer_begins (f, "resp_1");
  expect (f, "speaking");
  advance (f, 1000);
  response_done (f, "resp_1", "completed");
  advance (f, 1000);
  expect (f, "");
  event (f, "output_audio_buffer.stopped", "");
  advance (f, 100);
  expect (f, "");
  f->media.playout_active = FALSE;
  advance (f, 20);
  expect (f, "silent turn");
  fail_unless (gst_oai_conversation_has_spoken (f->conversation));
}

FIXTURE_TEST (test_turn_tells_when_its_steps_happened)
{
  const GstStructure *turn;
  gboolean interrupted = TRUE;
  guint number = 0;

  user_speaks (f, "item_1");
  advance (f, 200);
  response_created (f, "resp_1");
  f->media.first_packet = f->now + 80 * GST_MSECOND;
  f->media.first_audible = f->now + 120 * GST_MSECOND;
  advance (f, 100);
  event (f, "output_audio_buffer.started", "");
  f->media.playout_active = TRUE;
  advance (f, 700);
  response_done (f, "resp_1", "completed");
  advance (f, 1000);
  event (f, "output_audio_buffer.stopped", "");
  f->media.playout_active = FALSE;
  advance (f, 100);
  assert_equals_int (f->turns->len, 1);
  turn = g_ptr_array_index (f->turns, 0);
  fail_unless (gst_structure_has_name (turn, "openairealtime-turn"));
  fail_unless (gst_structure_get_uint (turn, "number", &number));
  assert_equals_int (number, 1);
  fail_unless (gst_structure_get_boolean (turn, "interrupted", &interrupted));
  fail_if (interrupted);
  fail_unless_equals_string (
      gst_structure_get_string (turn, "item-id"), "item_1");
  fail_unless_equals_string (
      gst_structure_get_string (turn, "response-id"), "resp_1");
  fail_unless_equals_string (
      gst_structure_get_string (turn, "status"), "completed");
  assert_equals_uint64 (turn_time (turn, "speech"), 1000);
  assert_equals_uint64 (turn_time (turn, "committed"), 0);
  assert_equals_uint64 (turn_time (turn, "response-created"), 200);
  assert_equals_uint64 (turn_time (turn, "first-packet"), 280);
  assert_equals_uint64 (turn_time (turn, "audio-started"), 300);
  assert_equals_uint64 (turn_time (turn, "first-audio"), 320);
  assert_equals_uint64 (turn_time (turn, "response-done"), 1000);
  assert_equals_uint64 (turn_time (turn, "audio-stopped"), 2000);
}

FIXTURE_TEST (test_turn_knows_the_last_sound_and_the_first)
{
  GstClockTime ended, stopped;

  event (f, "input_audio_buffer.speech_started", "'item_id':'item_1'");
  advance (f, 1000);
  ended = f->media.last_speech = f->now;
  advance (f, 500);
  event (f, "input_audio_buffer.speech_stopped", "'item_id':'item_1'");
  stopped = f->now;
  event (f, "input_audio_buffer.committed", "'item_id':'item_1'");
  advance (f, 20);
  /* They go on at once: that is another turn's. */
  f->media.last_speech = f->now;
  response_created (f, "resp_1");
  f->media.first_packet = f->now + 20 * GST_MSECOND;
  f->media.first_sound_packet = f->now + 60 * GST_MSECOND;
  f->media.first_audible = f->now + 80 * GST_MSECOND;
  advance (f, 100);
  response_done (f, "resp_1", "completed");
  advance (f, 4000);
  assert_equals_int (f->turns->len, 1);
  assert_equals_uint64 (f->speech_ended, ended);
  assert_equals_uint64 (f->first_sound_packet, stopped + 80 * GST_MSECOND);
}

FIXTURE_TEST (test_turn_without_speech_counts_from_its_response)
{
  const GstStructure *turn;

  submit (f, "{'type':'response.create'}");
  advance (f, 100);
  response_created (f, "resp_1");
  advance (f, 300);
  response_done (f, "resp_1", "completed");
  expect (f, "response.create turn");
  turn = g_ptr_array_index (f->turns, 0);
  assert_equals_uint64 (turn_time (turn, "response-created"), 0);
  assert_equals_uint64 (turn_time (turn, "response-done"), 300);
  fail_if (gst_structure_has_field (turn, "speech"));
  fail_if (gst_structure_has_field (turn, "item-id"));
  fail_if (gst_structure_has_field (turn, "first-audio"));
}

FIXTURE_TEST (test_packets_of_the_last_answer_are_not_those_of_the_turn)
{
  f->media.first_packet = f->now;
  f->media.first_audible = f->now;
  advance (f, 100);
  user_speaks (f, "item_1");
  answer_begins (f, "resp_1");
  advance (f, 100);
  answer_ends (f, "resp_1");
  advance (f, 100);
  assert_equals_int (f->turns->len, 1);
  fail_if (gst_structure_has_field (
      g_ptr_array_index (f->turns, 0), "first-packet"));
  fail_if (
      gst_structure_has_field (g_ptr_array_index (f->turns, 0), "first-audio"));
}

FIXTURE_TEST (test_turns_are_numbered)
{
  guint i, number = 0;

  for (i = 0; i < 5; i++) {
    user_speaks (f, "item");
    answer_begins (f, "resp");
    advance (f, 500);
    answer_ends (f, "resp");
    advance (f, 500);
  }
  assert_equals_int (f->turns->len, 5);
  fail_unless (gst_structure_get_uint (
      g_ptr_array_index (f->turns, 4), "number", &number));
  assert_equals_int (number, 5);
}

/* Only written down, never answered. */
FIXTURE_TEST (test_turns_without_responses_are_turns)
{
  f->policy.create_response = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  user_speaks (f, "item_1");
  user_speaks (f, "item_2");
  assert_equals_int (f->turns->len, 1);
  fail_unless_equals_string (
      gst_structure_get_string (g_ptr_array_index (f->turns, 0), "item-id"),
      "item_1");
  gst_oai_conversation_input_ended (f->conversation, f->now);
  fail_unless (advance_until (f, "drained", 2000));
  assert_equals_int (f->turns->len, 2);
  fail_unless_equals_string (
      gst_structure_get_string (g_ptr_array_index (f->turns, 1), "item-id"),
      "item_2");
  fail_if (
      gst_structure_has_field (g_ptr_array_index (f->turns, 1), "response-id"));
}

/* --- the end of an answer ---------------------------------------------- */

FIXTURE_TEST (test_answer_lasts_while_the_playout_holds_it)
{
  answer_begins (f, "resp_1");
  response_done (f, "resp_1", "completed");
  event (f, "output_audio_buffer.stopped", "");
  f->media.last_audible = f->now + 300 * GST_MSECOND;
  advance (f, 300);
  expect (f, "speaking");
  f->media.playout_active = FALSE;
  advance (f, 20);
  expect (f, "silent turn");
}

FIXTURE_TEST (test_continuous_rtp_ends_by_quiet)
{
  f->continuous = TRUE;
  answer_begins (f, "resp_1");
  advance (f, 1000);
  response_done (f, "resp_1", "completed");
  event (f, "output_audio_buffer.stopped", "");
  f->media.last_audible = f->now + 300 * GST_MSECOND;
  advance (f, 400);
  expect (f, "speaking");
  fail_unless (advance_until (f, "turn", 600));
  expect (f, "silent turn");
}

/* The pipeline went to PAUSED in the middle of it; or a sink takes nothing. */
FIXTURE_TEST (test_answer_is_not_over_while_its_sound_is_held)
{
  answer_begins (f, "resp_1");
  f->media.last_audible = f->now;
  f->media.oldest_packet = f->now + 20 * GST_MSECOND;
  advance (f, 1000);
  response_done (f, "resp_1", "completed");
  gst_oai_conversation_input_ended (f->conversation, f->now);
  event (f, "output_audio_buffer.stopped", "");
  advance (f, 60000);
  expect (f, "speaking");
  /* It goes on, with sound that came later behind it. */
  f->continuous = TRUE;
  f->media.last_audible = f->now + 500 * GST_MSECOND;
  advance (f, 500);
  expect (f, "");
  f->media.oldest_packet = f->now;
  fail_unless (advance_until (f, "drained", 1000));
  expect (f, "silent turn drained");
}

FIXTURE_TEST (test_answer_without_buffer_events_is_held_too)
{
  user_speaks (f, "item_1");
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  f->media.oldest_packet = f->now;
  f->media.playout_active = TRUE;
  response_done (f, "resp_1", "completed");
  advance (f, 60000);
  expect (f, "speaking");
  f->media.oldest_packet = GST_CLOCK_TIME_NONE;
  fail_unless (advance_until (f, "turn", 100));
}

FIXTURE_TEST (test_sound_that_never_ends_does_not_hold_the_answer_open)
{
  guint i;

  f->continuous = TRUE;
  answer_begins (f, "resp_1");
  response_done (f, "resp_1", "completed");
  event (f, "output_audio_buffer.stopped", "");
  for (i = 0; i < 200; i++) {
    f->media.last_audible = f->now;
    advance (f, 20);
  }
  expect (f, "speaking silent turn");
}

FIXTURE_TEST (test_server_without_buffer_events)
{
  user_speaks (f, "item_1");
  response_created (f, "resp_1");
  expect (f, "");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  expect (f, "speaking");
  f->media.playout_active = TRUE;
  advance (f, 500);
  response_done (f, "resp_1", "completed");
  f->media.last_audible = f->now + 2000 * GST_MSECOND;
  advance (f, 3000);
  expect (f, "");
  fail_unless (advance_until (f, "turn", 1000));
  expect (f, "silent turn");
}

FIXTURE_TEST (test_stray_stopped_event_does_not_end_the_next_answer)
{
  event (f, "output_audio_buffer.stopped", "");
  advance (f, 5000);
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  advance (f, 500);
  response_done (f, "resp_1", "completed");
  /* The audio is still to come: the turn is not over. */
  advance (f, 500);
  expect (f, "");
  event (f, "output_audio_buffer.started", "");
  event (f, "output_audio_buffer.stopped", "");
  advance (f, 500);
  expect (f, "speaking silent turn");
}

/* Its words were on the way when it failed or was cancelled. */
FIXTURE_TEST (test_answer_whose_sound_never_begins_is_over)
{
  event (f, "output_audio_buffer.stopped", "");
  user_speaks (f, "item_1");
  gst_oai_conversation_input_ended (f->conversation, f->now);
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  response_done (f, "resp_1", "failed");
  advance (f, 2000);
  expect (f, "");
  fail_unless (advance_until (f, "drained", 3000));
  expect (f, "turn drained");
}

/* --- interruption ------------------------------------------------------ */

FIXTURE_TEST (test_speech_interrupts_and_cleared_resumes)
{
  GstClockTime cleared;

  answer_begins (f, "resp_1");
  advance (f, 500);
  expect (f, "speaking");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  expect (f, "interrupt silent");
  advance (f, 200);
  cleared = f->now;
  event (f, "output_audio_buffer.cleared", "");
  response_done (f, "resp_1", "cancelled");
  expect (f, "turn");
  advance (f, 40);
  expect (f, "");
  advance (f, 40);
  expect (f, "resume");
  fail_unless (f->cutoff > cleared);
  fail_unless (f->cutoff <= f->now);
}

static void
expect_turn (Fixture *f, guint index, const gchar *response,
    const gchar *status, gboolean interrupted)
{
  const GstStructure *turn;
  gboolean is_interrupted = !interrupted;
  guint number = 0;

  fail_unless (f->turns->len > index);
  turn = g_ptr_array_index (f->turns, index);
  fail_unless (gst_structure_get_uint (turn, "number", &number));
  assert_equals_int (number, index + 1);
  fail_unless_equals_string (
      gst_structure_get_string (turn, "response-id"), response);
  fail_unless_equals_string (gst_structure_get_string (turn, "status"), status);
  fail_unless (
      gst_structure_get_boolean (turn, "interrupted", &is_interrupted));
  assert_equals_int (is_interrupted, interrupted);
}

FIXTURE_TEST (test_interrupted_turn_tells_how_it_ended)
{
  user_speaks (f, "item_1");
  answer_begins (f, "resp_1");
  advance (f, 500);
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  assert_equals_int (f->turns->len, 0);
  advance (f, 100);
  event (f, "output_audio_buffer.cleared", "'response_id':'resp_1'");
  response_done (f, "resp_1", "cancelled");
  assert_equals_int (f->turns->len, 1);
  expect_turn (f, 0, "resp_1", "cancelled", TRUE);
  assert_equals_uint64 (
      turn_time (g_ptr_array_index (f->turns, 0), "response-done"), 600);
  event (f, "input_audio_buffer.speech_stopped", "");
  event (f, "input_audio_buffer.committed", "'item_id':'item_2'");
  answer_begins (f, "resp_2");
  answer_ends (f, "resp_2");
  advance (f, 100);
  expect_turn (f, 1, "resp_2", "completed", FALSE);
}

/* A server that does not stop, and only later says that it has. */
FIXTURE_TEST (test_late_clear_is_not_of_the_next_turn)
{
  f->policy.interrupt = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  answer_begins (f, "resp_1");
  response_done (f, "resp_1", "completed");
  user_speaks (f, "item_2");
  assert_equals_int (f->turns->len, 1);
  response_created (f, "resp_2");
  event (f, "output_audio_buffer.cleared", "'response_id':'resp_1'");
  response_done (f, "resp_2", "completed");
  expect_turn (f, 1, "resp_2", "completed", FALSE);
}

/* The server began to send just before it heard the user. */
FIXTURE_TEST (test_sound_of_an_interrupted_answer_is_not_a_new_answer)
{
  user_speaks (f, "item_1");
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  expect (f, "speaking interrupt silent");
  event (f, "output_audio_buffer.started", "'response_id':'resp_1'");
  advance (f, 100);
  expect (f, "");
  event (f, "output_audio_buffer.cleared", "'response_id':'resp_1'");
  response_done (f, "resp_1", "cancelled");
  advance (f, 100);
  expect (f, "turn resume");
  expect_turn (f, 0, "resp_1", "cancelled", TRUE);
}

FIXTURE_TEST (test_speech_while_silent_does_not_interrupt)
{
  user_speaks (f, "item_1");
  expect (f, "");
}

FIXTURE_TEST (test_interrupted_when_the_answer_is_announced_but_not_heard)
{
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  expect (f, "speaking interrupt silent");
}

FIXTURE_TEST (test_cancelled_answer_resumes_without_cleared)
{
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  advance (f, 100);
  response_done (f, "resp_1", "cancelled");
  advance (f, 80);
  expect (f, "speaking interrupt silent turn resume");
}

FIXTURE_TEST (test_server_that_does_not_agree_is_played_on)
{
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  expect (f, "speaking interrupt silent");
  advance (f, 1900);
  expect (f, "");
  advance (f, 200);
  expect (f, "resume speaking");
  assert_equals_uint64 (f->cutoff, 0);
}

FIXTURE_TEST (test_new_answer_resumes_at_once)
{
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  event (f, "output_audio_buffer.cleared", "");
  response_done (f, "resp_1", "cancelled");
  g_string_truncate (f->log, 0);
  /* Sooner than the packets under way at the time of the clear. */
  f->now += 10 * GST_MSECOND;
  response_created (f, "resp_2");
  expect (f, "resume");
  fail_unless (f->cutoff <= f->now);
}

FIXTURE_TEST (test_speech_does_not_interrupt_when_not_allowed)
{
  f->policy.interrupt = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  expect (f, "speaking");
}

FIXTURE_TEST (test_play_on_never_interrupts)
{
  f->policy.play_on = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  event (f, "output_audio_buffer.cleared", "");
  response_done (f, "resp_1", "cancelled");
  advance (f, 3000);
  expect (f, "speaking silent turn");
}

FIXTURE_TEST (test_application_interrupts)
{
  answer_begins (f, "resp_1");
  gst_oai_conversation_interrupt (f->conversation, f->now);
  expect (
      f, "speaking response.cancel output_audio_buffer.clear interrupt silent");
  event (f, "output_audio_buffer.cleared", "");
  response_done (f, "resp_1", "cancelled");
  advance (f, 100);
  expect (f, "turn resume");
}

FIXTURE_TEST (test_application_interrupts_nothing)
{
  gst_oai_conversation_interrupt (f->conversation, f->now);
  expect (f, "");
}

FIXTURE_TEST (test_application_interrupts_before_the_sound)
{
  response_created (f, "resp_1");
  gst_oai_conversation_interrupt (f->conversation, f->now);
  expect (f, "response.cancel output_audio_buffer.clear interrupt");
  /* It was on the way. */
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  event (f, "output_audio_buffer.started", "'response_id':'resp_1'");
  expect (f, "");
  event (f, "output_audio_buffer.cleared", "'response_id':'resp_1'");
  response_done (f, "resp_1", "cancelled");
  advance (f, 100);
  expect (f, "turn resume");
}

/* --- response.create --------------------------------------------------- */

FIXTURE_TEST (test_responses_are_asked_for_one_at_a_time)
{
  submit (f, "{'type':'response.create','response':{'n':1}}");
  submit (f, "{'type':'response.create','response':{'n':2}}");
  expect (f, "response.create");
  response_created (f, "resp_1");
  advance (f, 500);
  expect (f, "");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
  assert_equals_int (gst_oai_json_get_int (last_sent (f), "response.n", 0), 2);
}

FIXTURE_TEST (test_request_waits_for_the_servers_own_response)
{
  user_speaks (f, "item_1");
  submit (f, "{'type':'response.create'}");
  expect (f, "");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
}

FIXTURE_TEST (test_refused_request_is_repeated_after_the_response)
{
  /* The server made one of its own just before it got ours. */
  submit (f, "{'type':'response.create','response':{'n':1}}");
  expect (f, "response.create");
  response_created (f, "resp_1");
  refused (f, "ev_1", "conversation_already_has_active_response");
  advance (f, 500);
  expect (f, "");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
  assert_equals_int (gst_oai_json_get_int (last_sent (f), "response.n", 0), 1);
}

FIXTURE_TEST (test_refusal_ahead_of_the_response_is_repeated_too)
{
  submit (f, "{'type':'response.create','response':{'n':1}}");
  refused (f, "ev_1", "conversation_already_has_active_response");
  expect (f, "response.create");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
}

FIXTURE_TEST (test_wrong_request_is_not_repeated)
{
  submit (f, "{'type':'response.create','response':{'n':1}}");
  submit (f, "{'type':'response.create','response':{'n':2}}");
  refused (f, "ev_1", "invalid_value");
  expect (f, "response.create response.create");
  assert_equals_int (gst_oai_json_get_int (last_sent (f), "response.n", 0), 2);
}

FIXTURE_TEST (test_completed_request_is_not_repeated)
{
  submit (f, "{'type':'response.create'}");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "completed");
  refused (f, "ev_1", "conversation_already_has_active_response");
  advance (f, 20000);
  expect (f, "response.create turn");
}

FIXTURE_TEST (test_errors_of_events_that_crossed_are_expected)
{
  f->policy.manual_turns = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  submit (f, "{'type':'response.create'}");
  response_created (f, "resp_1");
  fail_unless (refused (f, "ev_1", "conversation_already_has_active_response"));
  gst_oai_conversation_interrupt (f->conversation, f->now);
  expect (
      f, "response.create response.cancel output_audio_buffer.clear interrupt");
  fail_unless (refused (f, "ev_2", "response_cancel_not_active"));
  gst_oai_conversation_input_ended (f->conversation, f->now);
  advance (f, 400);
  expect (f, "input_audio_buffer.commit");
  fail_unless (refused (f, "ev_4", "input_audio_buffer_commit_empty"));
  /* Each was about one event. */
  fail_if (refused (f, "ev_2", "response_cancel_not_active"));
  fail_if (refused (f, "ev_4", "input_audio_buffer_commit_empty"));
}

FIXTURE_TEST (test_errors_of_the_application_are_not_expected)
{
  submit (f, "{'type':'response.create'}");
  fail_if (refused (f, "ev_1", "invalid_value"));
  submit (f, "{'type':'response.cancel'}");
  fail_if (refused (f, "ev_2", "response_cancel_not_active"));
  fail_if (event (f, "error", "'error':{'code':'server_error'}"));
}

FIXTURE_TEST (test_out_of_band_request_passes)
{
  answer_begins (f, "resp_1");
  g_string_truncate (f->log, 0);
  submit (f, "{'type':'response.create','response':{'conversation':'none'}}");
  expect (f, "response.create");
  /* Its response is not the conversation's. */
  event (f, "response.created",
      "'response':{'id':'resp_oob','conversation_id':null}");
  event (f, "response.done",
      "'response':{'id':'resp_oob','status':'completed',"
      "'conversation_id':null}");
  submit (f, "{'type':'response.create'}");
  expect (f, "");
  response_done (f, "resp_1", "completed");
  expect (f, "response.create");
}

FIXTURE_TEST (test_request_that_is_never_answered_does_not_block_the_next)
{
  submit (f, "{'type':'response.create','response':{'n':1}}");
  submit (f, "{'type':'response.create','response':{'n':2}}");
  advance (f, 9000);
  expect (f, "response.create");
  advance (f, 2000);
  expect (f, "response.create");
}

/* They are kept until then, and nothing ticks. */
FIXTURE_TEST (test_requests_before_the_connection_wait_from_then_on)
{
  submit (f, "{'type':'response.create','response':{'n':1}}");
  submit (f, "{'type':'response.create','response':{'n':2}}");
  f->now += 15 * GST_SECOND;
  gst_oai_conversation_connected (f->conversation, f->now);
  advance (f, 5000);
  expect (f, "response.create");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
}

FIXTURE_TEST (test_flood_of_requests_is_bounded)
{
  guint i;

  for (i = 0; i < 1000; i++)
    submit (f, "{'type':'response.create'}");
  for (i = 0; i < 100; i++) {
    response_created (f, "resp");
    response_done (f, "resp", "completed");
  }
  fail_unless (f->sent->len >= 2);
  fail_unless (f->sent->len <= 32, "%u were kept", f->sent->len);
}

FIXTURE_TEST (test_other_events_pass_at_once)
{
  answer_begins (f, "resp_1");
  g_string_truncate (f->log, 0);
  submit (f, "{'type':'input_audio_buffer.clear'}");
  submit (f, "{'type':'conversation.item.create','item':{'type':'message'}}");
  expect (f, "input_audio_buffer.clear conversation.item.create");
}

/* --- function calls ---------------------------------------------------- */

#define OUTPUT(f, id)                                                          \
  gst_oai_conversation_function_output ((f)->conversation, id, "42", (f)->now)

FIXTURE_TEST (test_function_call_is_answered)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  expect (f, "call:c1:fn");
  OUTPUT (f, "c1");
  expect (f, "conversation.item.create");
  fail_unless_equals_string (
      gst_oai_json_get_string (last_sent (f), "item.type", NULL),
      "function_call_output");
  fail_unless_equals_string (
      gst_oai_json_get_string (last_sent (f), "item.call_id", NULL), "c1");
  fail_unless_equals_string (
      gst_oai_json_get_string (last_sent (f), "item.output", NULL), "42");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
}

FIXTURE_TEST (test_function_call_answered_later)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  response_done (f, "resp_1", "completed");
  advance (f, 5000);
  expect (f, "call:c1:fn turn");
  OUTPUT (f, "c1");
  expect (f, "conversation.item.create response.create");
}

FIXTURE_TEST (test_parallel_calls_make_one_response)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  function_called (f, "c2");
  response_done (f, "resp_1", "completed");
  g_string_truncate (f->log, 0);
  OUTPUT (f, "c2");
  expect (f, "conversation.item.create");
  OUTPUT (f, "c1");
  expect (f, "conversation.item.create response.create");
}

FIXTURE_TEST (test_calls_answered_one_by_one_make_one_response)
{
  /* The handler answers each before the next is known. */
  response_created (f, "resp_1");
  function_called (f, "c1");
  OUTPUT (f, "c1");
  function_called (f, "c2");
  OUTPUT (f, "c2");
  response_done (f, "resp_1", "completed");
  expect (f,
      "call:c1:fn conversation.item.create "
      "call:c2:fn conversation.item.create turn response.create");
  response_created (f, "resp_2");
  response_done (f, "resp_2", "completed");
  advance (f, 20000);
  expect (f, "turn");
}

FIXTURE_TEST (test_response_waits_for_the_last_output)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  OUTPUT (f, "c1");
  function_called (f, "c2");
  response_done (f, "resp_1", "completed");
  advance (f, 1000);
  expect (f, "call:c1:fn conversation.item.create call:c2:fn turn");
  OUTPUT (f, "c2");
  expect (f, "conversation.item.create response.create");
}

FIXTURE_TEST (test_call_that_comes_twice_is_one)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  event (f, "response.output_item.done",
      "'item':{'type':'function_call','call_id':'c1','name':'fn',"
      "'arguments':'{}'}");
  OUTPUT (f, "c1");
  event (f, "response.output_item.done",
      "'item':{'type':'function_call','call_id':'c1','name':'fn',"
      "'arguments':'{}'}");
  expect (f, "call:c1:fn conversation.item.create");
}

FIXTURE_TEST (test_older_server_names_the_function_later)
{
  response_created (f, "resp_1");
  event (f, "response.function_call_arguments.done",
      "'call_id':'c1','arguments':'{}'");
  expect (f, "");
  event (f, "response.output_item.done",
      "'item':{'type':'function_call','call_id':'c1','name':'fn'}");
  expect (f, "call:c1:fn");
}

FIXTURE_TEST (test_application_answers_with_an_item_of_its_own)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  function_called (f, "c2");
  response_done (f, "resp_1", "completed");
  g_string_truncate (f->log, 0);
  submit (f,
      "{'type':'conversation.item.create','item':"
      "{'type':'function_call_output','call_id':'c1'}}");
  OUTPUT (f, "c2");
  expect (
      f, "conversation.item.create conversation.item.create response.create");
}

FIXTURE_TEST (test_application_answers_the_last_call_with_an_item_of_its_own)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  function_called (f, "c2");
  response_done (f, "resp_1", "completed");
  OUTPUT (f, "c1");
  g_string_truncate (f->log, 0);
  submit (f,
      "{'type':'conversation.item.create','item':"
      "{'type':'function_call_output','call_id':'c2'}}");
  submit (f, "{'type':'response.create'}");
  expect (f, "conversation.item.create response.create");
  response_created (f, "resp_2");
  response_done (f, "resp_2", "completed");
  expect (f, "turn");
}

/* The application has nothing to say to the first, for ever. */
FIXTURE_TEST (test_call_that_is_never_answered_does_not_hold_up_later_ones)
{
  response_created (f, "resp_1");
  function_called (f, "c1");
  response_done (f, "resp_1", "completed");
  user_speaks (f, "item_2");
  response_created (f, "resp_2");
  function_called (f, "c2");
  response_done (f, "resp_2", "completed");
  g_string_truncate (f->log, 0);
  OUTPUT (f, "c2");
  expect (f, "conversation.item.create response.create");
  response_created (f, "resp_3");
  response_done (f, "resp_3", "completed");
  g_string_truncate (f->log, 0);
  /* It may still be. */
  OUTPUT (f, "c1");
  expect (f, "conversation.item.create response.create");
}

FIXTURE_TEST (test_calls_go_on_for_ever_when_some_are_never_answered)
{
  guint i;

  for (i = 0; i < 2000; i++) {
    g_autofree gchar *lost = g_strdup_printf ("l%u", i);
    g_autofree gchar *id = g_strdup_printf ("c%u", i);
    g_autofree gchar *log = g_strdup_printf (
        "call:%s:fn turn call:%s:fn conversation.item.create turn "
        "response.create",
        lost, id);

    response_created (f, "resp");
    function_called (f, lost);
    response_done (f, "resp", "completed");
    response_created (f, "resp");
    function_called (f, id);
    OUTPUT (f, id);
    response_done (f, "resp", "completed");
    expect (f, log);
  }
}

FIXTURE_TEST (test_flood_of_calls_is_bounded)
{
  guint i, calls = 0;
  const gchar *p;

  response_created (f, "resp_1");
  for (i = 0; i < 10000; i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);

    function_called (f, id);
  }
  for (p = f->log->str; (p = strstr (p, "call:")); p++)
    calls++;
  fail_unless (calls >= 16 && calls <= 256, "%u calls", calls);
}

FIXTURE_TEST (test_calls_go_on_for_ever_when_they_are_answered)
{
  guint i;

  for (i = 0; i < 2000; i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);
    g_autofree gchar *log = g_strdup_printf (
        "call:%s:fn conversation.item.create turn response.create", id);

    response_created (f, "resp");
    function_called (f, id);
    OUTPUT (f, id);
    response_done (f, "resp", "completed");
    expect (f, log);
  }
}

/* --- drain ------------------------------------------------------------- */

static void
end_input (Fixture *f)
{
  gst_oai_conversation_input_ended (f->conversation, f->now);
}

FIXTURE_TEST (test_drained_after_the_answer_was_played)
{
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_1'");
  advance (f, 500);
  end_input (f);
  advance (f, 3000);
  expect (f, "");
  event (f, "input_audio_buffer.speech_stopped", "");
  event (f, "input_audio_buffer.committed", "");
  advance (f, 3000);
  answer_begins (f, "resp_1");
  advance (f, 3000);
  expect (f, "speaking");
  response_done (f, "resp_1", "completed");
  advance (f, 3000);
  event (f, "output_audio_buffer.stopped", "");
  expect (f, "");
  f->media.playout_active = FALSE;
  advance (f, 100);
  expect (f, "silent turn drained");
  advance (f, 60000);
  expect (f, "");
}

FIXTURE_TEST (test_drained_when_a_cancelled_answer_is_never_cleared)
{
  answer_begins (f, "resp_1");
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_2'");
  response_done (f, "resp_1", "cancelled");
  event (f, "input_audio_buffer.cleared", "");
  end_input (f);
  fail_unless (advance_until (f, "drained", 5000));
}

/* Words and answer under way are finished, the application's wishes are not. */
FIXTURE_TEST (test_wind_up_answers_what_was_said)
{
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_1'");
  gst_oai_conversation_wind_up (f->conversation, FALSE, f->now);
  submit (f, "{'type':'response.create'}");
  gst_oai_conversation_input_resumed (f->conversation);
  advance (f, 1000);
  event (f, "input_audio_buffer.speech_stopped", "");
  event (f, "input_audio_buffer.committed", "");
  advance (f, 1000);
  answer_begins (f, "resp_1");
  function_called (f, "call_1");
  advance (f, 1000);
  answer_ends (f, "resp_1");
  advance (f, 1000);
  expect (f, "speaking call:call_1:fn silent turn");
  gst_oai_conversation_function_output (
      f->conversation, "call_1", "{}", f->now);
  expect (f, "conversation.item.create response.create");
  answer_begins (f, "resp_2");
  answer_ends (f, "resp_2");
  advance (f, 100);
  expect (f, "speaking silent turn drained");
}

FIXTURE_TEST (test_wind_up_ends_a_quiet_conversation_at_once)
{
  fail_unless (gst_oai_conversation_is_quiet (f->conversation));
  gst_oai_conversation_wind_up (f->conversation, FALSE, f->now);
  advance (f, 20);
  expect (f, "drained");
}

/* Only the present answer; a function's output leads to no other one. */
FIXTURE_TEST (test_wind_up_with_the_answer_only)
{
  answer_begins (f, "resp_1");
  function_called (f, "call_1");
  gst_oai_conversation_wind_up (f->conversation, TRUE, f->now);
  gst_oai_conversation_function_output (
      f->conversation, "call_1", "{}", f->now);
  response_done (f, "resp_1", "completed");
  advance (f, 3000);
  expect (f, "speaking call:call_1:fn conversation.item.create");
  /* One of the server's own. */
  response_created (f, "resp_2");
  expect (f, "response.cancel");
  event (f, "output_audio_buffer.stopped", "");
  f->media.playout_active = FALSE;
  advance (f, 100);
  expect (f, "silent turn drained");
}

FIXTURE_TEST (test_drained_when_nothing_was_said)
{
  end_input (f);
  advance (f, 1000);
  expect (f, "");
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "drained");
}

FIXTURE_TEST (test_drain_waits_for_speech_that_is_noticed_late)
{
  end_input (f);
  advance (f, 800);
  user_speaks (f, "item_1");
  advance (f, 2000);
  expect (f, "");
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  advance (f, 100);
  expect (f, "speaking silent turn drained");
}

FIXTURE_TEST (test_drain_commits_manual_turns)
{
  f->policy.manual_turns = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  end_input (f);
  expect (f, "");
  advance (f, 500);
  expect (f, "input_audio_buffer.commit");
  event (f, "input_audio_buffer.committed", "'item_id':'item_1'");
  expect (f, "response.create");
  advance (f, 2000);
  answer_begins (f, "resp_1");
  advance (f, 2000);
  expect (f, "speaking");
  answer_ends (f, "resp_1");
  advance (f, 100);
  expect (f, "silent turn drained");
}

/* --- translations ------------------------------------------------------ */

static void
translate (Fixture *f)
{
  f->policy.translation = TRUE;
  f->policy.create_response = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
}

FIXTURE_TEST (test_translation_is_closed_at_the_end_of_the_input)
{
  translate (f);
  f->continuous = TRUE;
  event (f, "session.output_transcript.delta", "'delta':'hola'");
  end_input (f);
  expect (f, "");
  advance (f, 500);
  expect (f, "session.close");
  /* However long it takes, while something comes. */
  advance (f, 20000);
  event (f, "session.output_transcript.delta", "'delta':' amigo'");
  advance (f, 20000);
  expect (f, "");
  event (f, "session.closed", "");
  f->media.last_audible = f->now;
  advance (f, 100);
  expect (f, "");
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "drained");
  advance (f, 60000);
  expect (f, "");
}

FIXTURE_TEST (test_translation_that_is_closed_is_played_to_its_end)
{
  translate (f);
  end_input (f);
  advance (f, 500);
  f->media.oldest_packet = f->now;
  advance (f, 20);
  event (f, "session.closed", "");
  /* As in PAUSED. */
  advance (f, 10000);
  expect (f, "session.close");
  f->media.oldest_packet = GST_CLOCK_TIME_NONE;
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "drained");
}

FIXTURE_TEST (test_translation_that_the_server_closes_is_over)
{
  translate (f);
  advance (f, 5000);
  fail_if (gst_oai_conversation_is_closed (f->conversation));
  event (f, "session.closed", "");
  fail_unless (gst_oai_conversation_is_closed (f->conversation));
  fail_unless (gst_oai_conversation_disconnected (f->conversation, f->now));
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "drained");
}

/* The event itself is lost with the connection. */
FIXTURE_TEST (test_translation_that_ends_as_asked_is_over)
{
  translate (f);
  fail_if (gst_oai_conversation_disconnected (f->conversation, f->now));
  end_input (f);
  fail_if (gst_oai_conversation_disconnected (f->conversation, f->now));
  advance (f, 500);
  expect (f, "session.close");
  fail_if (gst_oai_conversation_is_closed (f->conversation));
  fail_unless (gst_oai_conversation_disconnected (f->conversation, f->now));
  fail_unless (gst_oai_conversation_is_closed (f->conversation));
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "drained");
}

FIXTURE_TEST (test_translation_goes_on_when_its_input_does)
{
  translate (f);
  end_input (f);
  advance (f, 100);
  gst_oai_conversation_input_resumed (f->conversation);
  advance (f, 5000);
  expect (f, "");
  f->policy.keep = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  end_input (f);
  advance (f, 60000);
  expect (f, "");
}

FIXTURE_TEST (test_translation_that_is_not_closed_times_out)
{
  translate (f);
  end_input (f);
  fail_unless (advance_until (f, "timeout", 31000));
  expect (f, "session.close timeout");
}

FIXTURE_TEST (test_translation_that_is_wound_up_is_closed_at_once)
{
  translate (f);
  gst_oai_conversation_wind_up (f->conversation, FALSE, f->now);
  advance (f, 20);
  expect (f, "session.close");
  event (f, "session.closed", "");
  fail_unless (advance_until (f, "drained", 2000));
}

FIXTURE_TEST (test_drain_of_manual_turns_without_anything_to_commit)
{
  f->policy.manual_turns = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  end_input (f);
  advance (f, 500);
  refused (f, "ev_1", "input_audio_buffer_commit_empty");
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "input_audio_buffer.commit drained");
}

FIXTURE_TEST (test_drain_of_manual_turns_asks_for_no_answer_that_is_not_wanted)
{
  f->policy.manual_turns = TRUE;
  f->policy.create_response = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  end_input (f);
  advance (f, 500);
  event (f, "input_audio_buffer.committed", "'item_id':'item_1'");
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "input_audio_buffer.commit turn drained");
}

/* A short word at the very end of the input is noticed only after it. */
FIXTURE_TEST (test_drain_does_not_end_with_an_answer_to_earlier_words)
{
  user_speaks (f, "item_1");
  response_created (f, "resp_1");
  end_input (f);
  advance (f, 100);
  response_done (f, "resp_1", "completed");
  advance (f, 100);
  expect (f, "turn");
  user_speaks (f, "item_2");
  answer_begins (f, "resp_2");
  answer_ends (f, "resp_2");
  fail_unless (advance_until (f, "drained", 200));
}

FIXTURE_TEST (test_drain_does_not_end_with_an_answer_that_failed)
{
  end_input (f);
  submit (f, "{'type':'response.create'}");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "failed");
  advance (f, 1000);
  expect (f, "response.create turn");
  fail_unless (advance_until (f, "drained", 1000));
}

FIXTURE_TEST (test_drain_does_not_wait_for_an_answer_that_is_not_made)
{
  f->policy.create_response = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  user_speaks (f, "item_1");
  end_input (f);
  fail_unless (advance_until (f, "drained", 2000));
}

static void
transcribe (Fixture *f)
{
  event (f, "session.created",
      "'session':{'audio':{'input':{'transcription':{'model':'m'}}}}");
}

/* The transcript is all that the application wants. */
FIXTURE_TEST (test_drain_waits_for_the_last_transcript)
{
  f->policy.create_response = FALSE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  transcribe (f);
  user_speaks (f, "item_1");
  end_input (f);
  advance (f, 5000);
  event (f, "conversation.item.input_audio_transcription.delta",
      "'item_id':'item_1','delta':'Hi'");
  advance (f, 5000);
  expect (f, "");
  event (f, "conversation.item.input_audio_transcription.completed",
      "'item_id':'item_1','transcript':'Hi'");
  fail_unless (advance_until (f, "drained", 100));
}

FIXTURE_TEST (test_drain_waits_for_the_transcript_after_the_answer)
{
  transcribe (f);
  user_speaks (f, "item_1");
  end_input (f);
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  advance (f, 3000);
  expect (f, "speaking silent turn");
  event (f, "conversation.item.input_audio_transcription.failed",
      "'item_id':'item_1'");
  fail_unless (advance_until (f, "drained", 100));
}

FIXTURE_TEST (test_drain_does_not_wait_for_a_transcript_that_is_not_made)
{
  transcribe (f);
  user_speaks (f, "item_1");
  end_input (f);
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  fail_unless (advance_until (f, "drained", 12000));
}

FIXTURE_TEST (test_drain_waits_for_no_transcript_once_switched_off)
{
  transcribe (f);
  event (f, "session.updated",
      "'session':{'audio':{'input':{'transcription':null}}}");
  user_speaks (f, "item_1");
  end_input (f);
  advance (f, 100);
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  fail_unless (advance_until (f, "drained", 200));
}

FIXTURE_TEST (test_drain_waits_for_a_tool)
{
  user_speaks (f, "item_1");
  end_input (f);
  response_created (f, "resp_1");
  function_called (f, "c1");
  response_done (f, "resp_1", "completed");
  advance (f, 10000);
  expect (f, "call:c1:fn turn");
  OUTPUT (f, "c1");
  expect (f, "conversation.item.create response.create");
  advance (f, 2000);
  answer_begins (f, "resp_2");
  answer_ends (f, "resp_2");
  advance (f, 100);
  expect (f, "speaking silent turn drained");
}

FIXTURE_TEST (test_drain_is_bounded_without_progress)
{
  user_speaks (f, "item_1");
  response_created (f, "resp_1");
  end_input (f);
  advance (f, 29000);
  event (f, "response.output_text.delta", "'delta':'Hi'");
  advance (f, 29000);
  expect (f, "");
  advance (f, 2000);
  expect (f, "timeout");
  response_done (f, "resp_1", "completed");
  advance (f, 2000);
  expect (f, "turn");
}

FIXTURE_TEST (test_drain_goes_on_while_the_answer_is_played)
{
  answer_begins (f, "resp_1");
  response_done (f, "resp_1", "completed");
  end_input (f);
  advance (f, 120000);
  expect (f, "speaking");
  event (f, "output_audio_buffer.stopped", "");
  f->media.playout_active = FALSE;
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "silent turn drained");
}

FIXTURE_TEST (test_drained_on_a_server_without_buffer_events)
{
  user_speaks (f, "item_1");
  end_input (f);
  response_created (f, "resp_1");
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  f->media.playout_active = TRUE;
  response_done (f, "resp_1", "completed");
  f->media.last_audible = f->now + 1000 * GST_MSECOND;
  advance (f, 2000);
  expect (f, "speaking");
  f->media.playout_active = FALSE;
  fail_unless (advance_until (f, "drained", 2000));
  expect (f, "silent turn drained");
}

FIXTURE_TEST (test_input_that_goes_on_is_not_drained)
{
  end_input (f);
  advance (f, 1000);
  gst_oai_conversation_input_resumed (f->conversation);
  advance (f, 60000);
  expect (f, "");
  end_input (f);
  fail_unless (advance_until (f, "drained", 2000));
}

FIXTURE_TEST (test_resumed_input_is_not_committed)
{
  f->policy.manual_turns = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
  end_input (f);
  gst_oai_conversation_input_resumed (f->conversation);
  advance (f, 5000);
  expect (f, "");
}

/* --- Azure's webrtcfilter ---------------------------------------------- */

/* All that it lets through. */
static void
filtered_turn (Fixture *f, const gchar *item, const gchar *response)
{
  g_autofree gchar *speech = g_strdup_printf ("'item_id':'%s'", item);
  g_autofree gchar *added = g_strdup_printf (
      "'item':{'id':'%s','type':'message','role':'user'}", item);
  g_autofree gchar *answer = g_strdup_printf ("'response_id':'%s'", response);

  event (f, "input_audio_buffer.speech_started", speech);
  advance (f, 1000);
  event (f, "input_audio_buffer.speech_stopped", speech);
  event (f, "conversation.item.added", added);
  advance (f, 1000);
  event (f, "output_audio_buffer.started", answer);
  f->media.playout_active = TRUE;
  event (f, "response.output_audio_transcript.delta", "'delta':'Hi'");
  advance (f, 2000);
  event (f, "output_audio_buffer.stopped", answer);
  f->media.playout_active = FALSE;
  advance (f, 100);
}

FIXTURE_TEST (test_filtered_events_make_turns)
{
  const GstStructure *turn;

  filtered_turn (f, "item_1", "resp_1");
  expect (f, "speaking silent turn");
  filtered_turn (f, "item_2", "resp_2");
  expect (f, "speaking silent turn");
  turn = g_ptr_array_index (f->turns, 1);
  fail_unless_equals_string (
      gst_structure_get_string (turn, "item-id"), "item_2");
  fail_unless_equals_string (
      gst_structure_get_string (turn, "response-id"), "resp_2");
  assert_equals_uint64 (turn_time (turn, "audio-started"), 1000);
}

FIXTURE_TEST (test_filtered_answer_is_waited_for)
{
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_1'");
  gst_oai_conversation_input_ended (f->conversation, f->now);
  advance (f, 500);
  event (f, "input_audio_buffer.speech_stopped", "'item_id':'item_1'");
  event (f, "conversation.item.added",
      "'item':{'id':'item_1','type':'message','role':'user'}");
  advance (f, 4000);
  expect (f, "");
  event (f, "output_audio_buffer.started", "'response_id':'resp_1'");
  f->media.playout_active = TRUE;
  advance (f, 5000);
  event (f, "output_audio_buffer.stopped", "'response_id':'resp_1'");
  f->media.playout_active = FALSE;
  fail_unless (advance_until (f, "drained", 200));
  expect (f, "speaking silent turn drained");
}

FIXTURE_TEST (test_items_of_others_are_not_the_users_speech)
{
  event (f, "input_audio_buffer.speech_started", "'item_id':'item_1'");
  event (f, "conversation.item.added",
      "'item':{'id':'item_0','type':'message','role':'user'}");
  event (f, "conversation.item.added", "'item':{'role':'user'}");
  gst_oai_conversation_input_ended (f->conversation, f->now);
  advance (f, 20000);
  expect (f, "");
}

/* --- what only passes through ------------------------------------------ */

/* The session tells of them and does nothing itself. */
static const gchar *const without_reaction[] = {
  "conversation.created",
  "conversation.item.done",
  "conversation.item.retrieved",
  "conversation.item.truncated",
  "conversation.item.input_audio_transcription.segment",
  "input_audio_buffer.timeout_triggered",
  "input_audio_buffer.dtmf_event_received",
  "response.output_item.added",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_text.delta",
  "response.output_text.done",
  "response.function_call_arguments.delta",
  "response.mcp_call_arguments.delta",
  "response.mcp_call_arguments.done",
  "response.mcp_call.in_progress",
  "response.mcp_call.completed",
  "response.mcp_call.failed",
  "mcp_list_tools.in_progress",
  "mcp_list_tools.completed",
  "mcp_list_tools.failed",
  "rate_limits.updated",
};

/* In the middle of an answer, about its item, with all that others react to. */
#define MEMBERS                                                                \
  "'item_id':'item_2','call_id':'call_1','name':'fn','arguments':'{}',"        \
  "'response_id':'resp_1','item':{'id':'item_2','type':'function_call',"       \
  "'call_id':'call_1','name':'fn','arguments':'{}'}"

GST_START_TEST (test_event_leaves_the_conversation_alone)
{
  Fixture f;

  fixture_init (&f);
  user_speaks (&f, "item_1");
  answer_begins (&f, "resp_1");
  expect (&f, "speaking");
  event (&f, without_reaction[__i__], MEMBERS);
  advance (&f, 3000);
  expect (&f, "");
  answer_ends (&f, "resp_1");
  advance (&f, 100);
  expect (&f, "silent turn");
  fixture_clear (&f);
}
GST_END_TEST;

/* But each of them shows that the server is at work. */
GST_START_TEST (test_event_is_progress)
{
  Fixture f;

  fixture_init (&f);
  f.policy.drain_timeout = 5 * GST_SECOND;
  gst_oai_conversation_set_policy (f.conversation, &f.policy);
  function_called (&f, "call_1");
  end_input (&f);
  advance (&f, 4000);
  event (&f, without_reaction[__i__], MEMBERS);
  advance (&f, 4000);
  expect (&f, "call:call_1:fn");
  fail_unless (advance_until (&f, "timeout", 2000));
  fixture_clear (&f);
}
GST_END_TEST;

/* Nobody spoke, but the server made a turn of the silence. */
FIXTURE_TEST (test_silence_that_is_prompted_is_a_turn)
{
  const GstStructure *turn;

  event (f, "input_audio_buffer.timeout_triggered",
      "'item_id':'item_1','audio_start_ms':0,'audio_end_ms':5000");
  event (f, "input_audio_buffer.committed", "'item_id':'item_1'");
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  advance (f, 100);
  expect (f, "speaking silent turn");
  turn = g_ptr_array_index (f->turns, 0);
  fail_unless_equals_string (
      gst_structure_get_string (turn, "item-id"), "item_1");
  fail_if (gst_structure_has_field (turn, "speech"));
}

/* --- hostile servers --------------------------------------------------- */

FIXTURE_TEST (test_events_without_members)
{
  gint e;

  for (e = GST_OAI_EVENT_OTHER + 1; e < GST_OAI_EVENT_LAST; e++)
    event (f, gst_oai_dialect_name (e), "");
  for (e = GST_OAI_EVENT_LAST - 1; e > GST_OAI_EVENT_OTHER; e--)
    event (f, gst_oai_dialect_name (e), "");
  end_input (f);
  advance (f, 200000);
  fail_unless (
      strstr (f->log->str, "drained") || strstr (f->log->str, "timeout"));
}

static const gchar *const wrong[] = {
  "'response':[],'item':[],'error':[],'item_id':[],'call_id':{}",
  "'response':null,'item':null,'error':null,'item_id':null,'call_id':null",
  "'response':7,'item':7,'error':7,'item_id':7,'call_id':7,'name':7",
  "'response':{'id':{},'status':[]},'item':{'type':1},'error':{'code':1}",
  "'response':{'id':null,'status':null,'conversation_id':7},"
  "'item':{'type':'function_call','call_id':7,'name':[]},"
  "'error':{'event_id':[],'code':{}}",
};

FIXTURE_TEST (test_events_with_members_of_wrong_types)
{
  guint i;
  gint e;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    for (e = GST_OAI_EVENT_OTHER + 1; e < GST_OAI_EVENT_LAST; e++) {
      event (f, gst_oai_dialect_name (e), wrong[i]);
      advance (f, 20);
    }
  }
  fail_if (strstr (f->log->str, "call:"));
  end_input (f);
  advance (f, 200000);
  fail_unless (
      strstr (f->log->str, "drained") || strstr (f->log->str, "timeout"));
}

/* Any order of events leaves a conversation that can be used and ends. */
GST_START_TEST (test_events_in_any_order)
{
  Fixture f;
  guint32 seed;

  for (seed = 1; seed <= 200; seed++) {
    GRand *rand = g_rand_new_with_seed (seed);
    guint i;

    fixture_init (&f);
    f.policy.manual_turns = g_rand_boolean (rand);
    gst_oai_conversation_set_policy (f.conversation, &f.policy);
    for (i = 0; i < 300; i++) {
      gint e = g_rand_int_range (
          rand, GST_OAI_EVENT_OTHER + 1, GST_OAI_EVENT_LAST);
      g_autofree gchar *members = g_strdup_printf (
          "'response':{'id':'r%d','status':'%s'},'call_id':'c%d',"
          "'name':'fn','error':{'event_id':'ev_%d',"
          "'code':'conversation_already_has_active_response'}",
          g_rand_int_range (rand, 0, 3),
          g_rand_boolean (rand) ? "completed" : "cancelled",
          g_rand_int_range (rand, 0, 50), g_rand_int_range (rand, 0, 50));

      f.media.playout_active = g_rand_boolean (rand);
      event (&f, gst_oai_dialect_name (e), members);
      if (g_rand_int_range (rand, 0, 10) == 0)
        submit (&f, "{'type':'response.create'}");
      if (g_rand_int_range (rand, 0, 20) == 0)
        gst_oai_conversation_interrupt (f.conversation, f.now);
      advance (&f, g_rand_int_range (rand, 1, 300));
    }
    end_input (&f);
    f.media.playout_active = FALSE;
    g_string_truncate (f.log, 0);
    advance (&f, 200000);
    fail_unless (
        strstr (f.log->str, "drained") || strstr (f.log->str, "timeout"),
        "seed %u: %s", seed, f.log->str);
    fixture_clear (&f);
    g_rand_free (rand);
  }
}
GST_END_TEST;

/* --- push-to-talk ------------------------------------------------------ */

static void
press (Fixture *f)
{
  gst_oai_conversation_start_talking (f->conversation, f->now);
}

static void
release (Fixture *f)
{
  gst_oai_conversation_stop_talking (f->conversation, f->now);
}

static void
push_to_talk (Fixture *f)
{
  f->policy.manual_turns = TRUE;
  gst_oai_conversation_set_policy (f->conversation, &f->policy);
}

FIXTURE_TEST (test_push_to_talk)
{
  push_to_talk (f);
  press (f);
  expect (f, "input_audio_buffer.clear");
  advance (f, 2000);
  release (f);
  expect (f, "");
  fail_unless (advance_until (f, "input_audio_buffer.commit", 1000));
  expect (f, "input_audio_buffer.commit");
  event (f, "input_audio_buffer.committed", "'item_id':'i1'");
  expect (f, "response.create");
  advance (f, 5000);
  expect (f, "");
}

FIXTURE_TEST (test_push_to_talk_interrupts)
{
  push_to_talk (f);
  answer_begins (f, "resp_1");
  g_string_truncate (f->log, 0);
  press (f);
  expect (f,
      "response.cancel output_audio_buffer.clear interrupt silent "
      "input_audio_buffer.clear");
}

FIXTURE_TEST (test_push_to_talk_interrupts_an_answer_that_has_not_begun)
{
  push_to_talk (f);
  press (f);
  release (f);
  advance (f, 200);
  event (f, "input_audio_buffer.committed", "'item_id':'i1'");
  expect (
      f, "input_audio_buffer.clear input_audio_buffer.commit response.create");
  press (f);
  expect (f, "input_audio_buffer.clear");
  response_created (f, "resp_1");
  expect (f, "response.cancel output_audio_buffer.clear interrupt");
  response_done (f, "resp_1", "cancelled");
  release (f);
  advance (f, 200);
  g_string_truncate (f->log, 0);
  event (f, "input_audio_buffer.committed", "'item_id':'i2'");
  fail_unless (g_str_has_suffix (f->log->str, "response.create"));
}

FIXTURE_TEST (test_button_that_bounces_is_one_turn)
{
  push_to_talk (f);
  press (f);
  press (f);
  advance (f, 1000);
  release (f);
  advance (f, 60);
  press (f);
  advance (f, 1000);
  expect (f, "input_audio_buffer.clear");
  release (f);
  release (f);
  advance (f, 1000);
  expect (f, "input_audio_buffer.commit");
}

FIXTURE_TEST (test_answer_is_to_all_that_was_said)
{
  push_to_talk (f);
  press (f);
  release (f);
  advance (f, 200);
  press (f);
  expect (f,
      "input_audio_buffer.clear input_audio_buffer.commit "
      "input_audio_buffer.clear");
  event (f, "input_audio_buffer.committed", "'item_id':'i1'");
  expect (f, "");
  release (f);
  advance (f, 200);
  event (f, "input_audio_buffer.committed", "'item_id':'i2'");
  expect (f, "input_audio_buffer.commit turn response.create");
}

FIXTURE_TEST (test_button_that_was_pressed_too_short)
{
  push_to_talk (f);
  press (f);
  release (f);
  advance (f, 200);
  expect (f, "input_audio_buffer.clear input_audio_buffer.commit");
  fail_unless (refused (f, f->id, "input_audio_buffer_commit_empty"));
  advance (f, 5000);
  expect (f, "");
}

FIXTURE_TEST (test_release_without_a_press)
{
  push_to_talk (f);
  release (f);
  advance (f, 5000);
  expect (f, "");
}

/* What was heard while nobody pressed the button is no turn. */
FIXTURE_TEST (test_input_ends_between_turns)
{
  push_to_talk (f);
  press (f);
  release (f);
  advance (f, 200);
  refused (f, f->id, "input_audio_buffer_commit_empty");
  g_string_truncate (f->log, 0);
  gst_oai_conversation_input_ended (f->conversation, f->now);
  advance (f, 5000);
  expect (f, "drained");
}

FIXTURE_TEST (test_input_ends_while_talking)
{
  push_to_talk (f);
  press (f);
  gst_oai_conversation_input_ended (f->conversation, f->now);
  advance (f, 1000);
  expect (f, "input_audio_buffer.clear input_audio_buffer.commit");
  event (f, "input_audio_buffer.committed", "'item_id':'i1'");
  expect (f, "response.create");
  answer_begins (f, "resp_1");
  answer_ends (f, "resp_1");
  advance (f, 5000);
  fail_unless (g_str_has_suffix (f->log->str, "drained"), "%s", f->log->str);
}

FIXTURE_TEST (test_greeting)
{
  gst_oai_conversation_greet (f->conversation, "Say hello", f->now);
  expect (f, "response.create");
  fail_unless_equals_string (
      gst_oai_json_get_string (last_sent (f), "response.instructions", NULL),
      "Say hello");
  /* What the application asks for comes after it. */
  submit (f, "{'type':'response.create'}");
  expect (f, "");
  response_created (f, "resp_1");
  response_done (f, "resp_1", "completed");
  expect (f, "turn response.create");
}

static Suite *
conversation_suite (void)
{
  Suite *suite = suite_create ("conversation");
  TCase *tc;

  tc = tcase_create ("turns");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_normal_turn);
  tcase_add_test (tc, test_turn_tells_when_its_steps_happened);
  tcase_add_test (tc, test_turn_knows_the_last_sound_and_the_first);
  tcase_add_test (tc, test_turn_without_speech_counts_from_its_response);
  tcase_add_test (
      tc, test_packets_of_the_last_answer_are_not_those_of_the_turn);
  tcase_add_test (tc, test_turns_are_numbered);
  tcase_add_test (tc, test_turns_without_responses_are_turns);
  tcase_add_test (tc, test_answer_lasts_while_the_playout_holds_it);
  tcase_add_test (tc, test_continuous_rtp_ends_by_quiet);
  tcase_add_test (tc, test_answer_is_not_over_while_its_sound_is_held);
  tcase_add_test (tc, test_answer_without_buffer_events_is_held_too);
  tcase_add_test (tc, test_sound_that_never_ends_does_not_hold_the_answer_open);
  tcase_add_test (tc, test_server_without_buffer_events);
  tcase_add_test (tc, test_stray_stopped_event_does_not_end_the_next_answer);
  tcase_add_test (tc, test_answer_whose_sound_never_begins_is_over);

  tc = tcase_create ("interruption");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_speech_interrupts_and_cleared_resumes);
  tcase_add_test (tc, test_interrupted_turn_tells_how_it_ended);
  tcase_add_test (tc, test_late_clear_is_not_of_the_next_turn);
  tcase_add_test (tc, test_sound_of_an_interrupted_answer_is_not_a_new_answer);
  tcase_add_test (tc, test_speech_while_silent_does_not_interrupt);
  tcase_add_test (
      tc, test_interrupted_when_the_answer_is_announced_but_not_heard);
  tcase_add_test (tc, test_cancelled_answer_resumes_without_cleared);
  tcase_add_test (tc, test_server_that_does_not_agree_is_played_on);
  tcase_add_test (tc, test_new_answer_resumes_at_once);
  tcase_add_test (tc, test_speech_does_not_interrupt_when_not_allowed);
  tcase_add_test (tc, test_play_on_never_interrupts);
  tcase_add_test (tc, test_application_interrupts);
  tcase_add_test (tc, test_application_interrupts_nothing);
  tcase_add_test (tc, test_application_interrupts_before_the_sound);

  tc = tcase_create ("responses");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_responses_are_asked_for_one_at_a_time);
  tcase_add_test (tc, test_request_waits_for_the_servers_own_response);
  tcase_add_test (tc, test_refused_request_is_repeated_after_the_response);
  tcase_add_test (tc, test_refusal_ahead_of_the_response_is_repeated_too);
  tcase_add_test (tc, test_wrong_request_is_not_repeated);
  tcase_add_test (tc, test_completed_request_is_not_repeated);
  tcase_add_test (tc, test_errors_of_events_that_crossed_are_expected);
  tcase_add_test (tc, test_errors_of_the_application_are_not_expected);
  tcase_add_test (tc, test_out_of_band_request_passes);
  tcase_add_test (
      tc, test_request_that_is_never_answered_does_not_block_the_next);
  tcase_add_test (tc, test_requests_before_the_connection_wait_from_then_on);
  tcase_add_test (tc, test_flood_of_requests_is_bounded);
  tcase_add_test (tc, test_other_events_pass_at_once);

  tc = tcase_create ("functions");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_function_call_is_answered);
  tcase_add_test (tc, test_function_call_answered_later);
  tcase_add_test (tc, test_parallel_calls_make_one_response);
  tcase_add_test (tc, test_calls_answered_one_by_one_make_one_response);
  tcase_add_test (tc, test_response_waits_for_the_last_output);
  tcase_add_test (tc, test_call_that_comes_twice_is_one);
  tcase_add_test (tc, test_older_server_names_the_function_later);
  tcase_add_test (tc, test_application_answers_with_an_item_of_its_own);
  tcase_add_test (
      tc, test_application_answers_the_last_call_with_an_item_of_its_own);
  tcase_add_test (
      tc, test_call_that_is_never_answered_does_not_hold_up_later_ones);
  tcase_add_test (tc, test_calls_go_on_for_ever_when_some_are_never_answered);
  tcase_add_test (tc, test_flood_of_calls_is_bounded);
  tcase_add_test (tc, test_calls_go_on_for_ever_when_they_are_answered);

  tc = tcase_create ("drain");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_drained_after_the_answer_was_played);
  tcase_add_test (tc, test_drained_when_a_cancelled_answer_is_never_cleared);
  tcase_add_test (tc, test_wind_up_answers_what_was_said);
  tcase_add_test (tc, test_wind_up_ends_a_quiet_conversation_at_once);
  tcase_add_test (tc, test_wind_up_with_the_answer_only);
  tcase_add_test (tc, test_drained_when_nothing_was_said);
  tcase_add_test (tc, test_drain_waits_for_speech_that_is_noticed_late);
  tcase_add_test (tc, test_drain_commits_manual_turns);
  tcase_add_test (tc, test_translation_is_closed_at_the_end_of_the_input);
  tcase_add_test (tc, test_translation_that_is_closed_is_played_to_its_end);
  tcase_add_test (tc, test_translation_that_the_server_closes_is_over);
  tcase_add_test (tc, test_translation_that_ends_as_asked_is_over);
  tcase_add_test (tc, test_translation_goes_on_when_its_input_does);
  tcase_add_test (tc, test_translation_that_is_not_closed_times_out);
  tcase_add_test (tc, test_translation_that_is_wound_up_is_closed_at_once);
  tcase_add_test (tc, test_drain_of_manual_turns_without_anything_to_commit);
  tcase_add_test (
      tc, test_drain_of_manual_turns_asks_for_no_answer_that_is_not_wanted);
  tcase_add_test (tc, test_drain_does_not_end_with_an_answer_to_earlier_words);
  tcase_add_test (tc, test_drain_does_not_end_with_an_answer_that_failed);
  tcase_add_test (tc, test_drain_does_not_wait_for_an_answer_that_is_not_made);
  tcase_add_test (tc, test_drain_waits_for_the_last_transcript);
  tcase_add_test (tc, test_drain_waits_for_the_transcript_after_the_answer);
  tcase_add_test (
      tc, test_drain_does_not_wait_for_a_transcript_that_is_not_made);
  tcase_add_test (tc, test_drain_waits_for_no_transcript_once_switched_off);
  tcase_add_test (tc, test_drain_waits_for_a_tool);
  tcase_add_test (tc, test_drain_is_bounded_without_progress);
  tcase_add_test (tc, test_drain_goes_on_while_the_answer_is_played);
  tcase_add_test (tc, test_drained_on_a_server_without_buffer_events);
  tcase_add_test (tc, test_input_that_goes_on_is_not_drained);
  tcase_add_test (tc, test_resumed_input_is_not_committed);

  tc = tcase_create ("filtered");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_filtered_events_make_turns);
  tcase_add_test (tc, test_filtered_answer_is_waited_for);
  tcase_add_test (tc, test_items_of_others_are_not_the_users_speech);

  tc = tcase_create ("passing");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_event_leaves_the_conversation_alone, 0,
      G_N_ELEMENTS (without_reaction));
  tcase_add_loop_test (
      tc, test_event_is_progress, 0, G_N_ELEMENTS (without_reaction));
  tcase_add_test (tc, test_silence_that_is_prompted_is_a_turn);

  tc = tcase_create ("hostile");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_events_without_members);
  tcase_add_test (tc, test_events_with_members_of_wrong_types);
  tcase_add_test (tc, test_events_in_any_order);

  tc = tcase_create ("push-to-talk");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_push_to_talk);
  tcase_add_test (tc, test_push_to_talk_interrupts);
  tcase_add_test (
      tc, test_push_to_talk_interrupts_an_answer_that_has_not_begun);
  tcase_add_test (tc, test_button_that_bounces_is_one_turn);
  tcase_add_test (tc, test_answer_is_to_all_that_was_said);
  tcase_add_test (tc, test_button_that_was_pressed_too_short);
  tcase_add_test (tc, test_release_without_a_press);
  tcase_add_test (tc, test_input_ends_between_turns);
  tcase_add_test (tc, test_input_ends_while_talking);
  tcase_add_test (tc, test_greeting);

  return suite;
}

GST_CHECK_MAIN (conversation);
