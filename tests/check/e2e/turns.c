/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* What an application does in a running conversation. */

/* A member of an event, as text. */
static gchar *
member (const gchar *json, const gchar *path)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (JsonNode) found = NULL;
  JsonArray *array;

  fail_unless (root != NULL);
  found = json_path_query (path, root, NULL);
  fail_unless (found != NULL);
  array = json_node_get_array (found);
  if (json_array_get_length (array) == 0)
    return NULL;
  if (json_node_get_value_type (json_array_get_element (array, 0))
      == G_TYPE_STRING)
    return g_strdup (json_array_get_string_element (array, 0));
  return json_to_string (json_array_get_element (array, 0), FALSE);
}

static void
assert_member (const gchar *json, const gchar *path, const gchar *expected)
{
  g_autofree gchar *text = member (json, path);

  fail_unless_equals_string (text, expected);
}

static gboolean
emit (GstElement *element, const gchar *action, const gchar *argument)
{
  gboolean done = FALSE;

  if (argument)
    g_signal_emit_by_name (element, action, argument, &done);
  else
    g_signal_emit_by_name (element, action, &done);
  return done;
}

GST_START_TEST (test_barge_in_stops_the_answer_and_the_next_is_whole)
{
  g_autofree gchar *long_source = e2e_speech (E2E_SPEECH_AUSTEN_LONG);
  g_autofree gchar *short_source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) story = NULL;
  g_autoptr (GArray) word = NULL;
  g_autoptr (GArray) all = NULL;
  g_autoptr (GArray) answer = NULL;
  guint next, begin, cut;
  E2eTalk talk;

  if (long_source == NULL || short_source == NULL)
    return;
  story = e2e_sound_load (long_source);
  word = e2e_sound_load (short_source);
  e2e_talk_start (&talk, NULL, "");
  e2e_microphone_say (talk.mic, story);
  next = e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  begin = e2e_capture_length (talk.capture);
  e2e_wait_loud (
      talk.pipe, talk.capture, e2e_capture_loud (talk.capture) + E2E_RATE / 4);
  e2e_microphone_say (talk.mic, word);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.cleared", NULL);
  cut = e2e_capture_length (talk.capture);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.started", NULL);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.stopped", NULL);
  e2e_wait_length (
      talk.pipe, talk.capture, e2e_capture_length (talk.capture) + E2E_RATE);
  /* Far from all of the story was played. */
  fail_unless (cut - begin < story->len);
  all = e2e_capture_copy (talk.capture);
  answer = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_array_append_vals (
      answer, &g_array_index (all, gint16, cut), all->len - cut);
  e2e_assert_similar (word, answer, TRUE);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_interrupt_action_stops_the_answer)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN_LONG);
  g_autoptr (GArray) story = NULL;
  g_autofree gchar *json = NULL;
  guint64 loud;
  guint next;
  E2eTalk talk;

  if (source == NULL)
    return;
  story = e2e_sound_load (source);
  e2e_talk_start (&talk, NULL, "");
  e2e_microphone_say (talk.mic, story);
  next = e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  e2e_wait_loud (talk.pipe, talk.capture, E2E_RATE / 4);
  fail_unless (emit (talk.ai, "interrupt", NULL));
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.cleared", NULL);
  /* What leaves from now on is silence. */
  e2e_wait_length (talk.pipe, talk.capture,
      e2e_capture_length (talk.capture) + E2E_RATE / 10);
  loud = e2e_capture_loud (talk.capture);
  e2e_wait_length (
      talk.pipe, talk.capture, e2e_capture_length (talk.capture) + E2E_RATE);
  fail_unless (e2e_capture_loud (talk.capture) == loud);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_instructions_can_change_while_playing)
{
  g_autofree gchar *json = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "instructions=first");
  e2e_wait_event (talk.pipe, 0, "session.created", &json);
  assert_member (json, "$.session.instructions", "first");
  g_object_set (talk.ai, "instructions", "second", NULL);
  e2e_wait_event (talk.pipe, 0, "session.updated", &json);
  assert_member (json, "$.session.instructions", "second");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_vad_threshold_can_change_while_playing)
{
  g_autofree gchar *json = NULL;
  g_autofree gchar *text = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  g_object_set (talk.ai, "vad-threshold", 0.75, NULL);
  e2e_wait_event (talk.pipe, 0, "session.updated", &json);
  text = member (json, "$.session.audio.input.turn_detection.threshold");
  fail_unless (text != NULL);
  fail_unless (g_ascii_strtod (text, NULL) == 0.75, "%s", text);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* The service has no such field any more. */
GST_START_TEST (test_refused_property_gets_its_old_value_back)
{
  GstMessage *message = NULL;
  const GstStructure *details = NULL;
  gdouble temperature = 0;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  g_object_set (talk.ai, "temperature", 0.5, NULL);
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, &message);
  gst_message_parse_warning_details (message, &details);
  fail_unless (details != NULL);
  fail_unless_equals_string (
      gst_structure_get_string (details, "property"), "temperature");
  g_object_get (talk.ai, "temperature", &temperature, NULL);
  fail_unless (temperature == 0.8, "%f", temperature);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_model_cannot_change_in_a_call)
{
  g_autofree gchar *model = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "model=one");
  g_object_set (talk.ai, "model", "two", NULL);
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL);
  g_object_get (talk.ai, "model", &model, NULL);
  fail_unless_equals_string (model, "one");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_voice_cannot_change_once_heard)
{
  g_autofree gchar *voice = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "voice=marin");
  e2e_talk_say (&talk, "hello");
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.stopped", NULL);
  g_object_set (talk.ai, "voice", "cedar", NULL);
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL);
  g_object_get (talk.ai, "voice", &voice, NULL);
  fail_unless_equals_string (voice, "marin");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_text_is_answered)
{
  g_autofree gchar *json = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  e2e_talk_say (&talk, "good morning");
  e2e_wait_event (talk.pipe, 0, "response.output_audio_transcript.done", &json);
  assert_member (json, "$.transcript", "good morning");
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.stopped", NULL);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_text_answer_without_voice)
{
  g_autofree gchar *json = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "output-modality=text");
  e2e_talk_say (&talk, "good morning");
  e2e_wait_event (talk.pipe, 0, "response.output_text.done", &json);
  assert_member (json, "$.text", "good morning");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* --- items -------------------------------------------------------------- */

#define ITEM                                                                   \
  "{\"id\":\"note\",\"type\":\"message\",\"role\":\"user\",\"content\":[{"     \
  "\"type\":\"input_text\",\"text\":\"remember\"}]}"

static void
create_item (E2eTalk *talk)
{
  g_autofree gchar *json = NULL;
  gboolean sent = FALSE;

  g_signal_emit_by_name (talk->ai, "create-item", ITEM, NULL, &sent);
  fail_unless (sent);
  e2e_wait_event (talk->pipe, 0, "conversation.item.added", &json);
  assert_member (json, "$.item.id", "note");
  e2e_wait_event (talk->pipe, 0, "conversation.item.done", NULL);
}

GST_START_TEST (test_history_is_in_order)
{
  g_autofree gchar *text = NULL;
  gboolean sent = FALSE;
  guint next;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  g_object_get (talk.ai, "history", &text, NULL);
  fail_unless_equals_string (text, "[]");
  e2e_talk_say (&talk, "good morning");
  next = e2e_wait_event (talk.pipe, 0, "output_audio_buffer.stopped", NULL);
  g_signal_emit_by_name (talk.ai, "create-item", ITEM, NULL, &sent);
  fail_unless (sent);
  next = e2e_wait_event (talk.pipe, next, "conversation.item.done", NULL);
  g_clear_pointer (&text, g_free);
  g_object_get (talk.ai, "history", &text, NULL);
  assert_member (text, "$[0].content[0].text", "good morning");
  assert_member (text, "$[1].role", "assistant");
  assert_member (text, "$[1].content[0].transcript", "good morning");
  assert_member (text, "$[2].id", "note");
  fail_unless (emit (talk.ai, "delete-item", "note"));
  e2e_wait_event (talk.pipe, next, "conversation.item.deleted", NULL);
  g_clear_pointer (&text, g_free);
  g_object_get (talk.ai, "history", &text, NULL);
  fail_unless (strstr (text, "\"note\"") == NULL, "%s", text);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_item_is_retrieved)
{
  g_autofree gchar *json = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  create_item (&talk);
  fail_unless (emit (talk.ai, "retrieve-item", "note"));
  e2e_wait_event (talk.pipe, 0, "conversation.item.retrieved", &json);
  assert_member (json, "$.item.content[0].text", "remember");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* The second time there is nothing to delete: a warning, the call goes on. */
GST_START_TEST (test_item_is_deleted)
{
  g_autofree gchar *json = NULL;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  create_item (&talk);
  fail_unless (emit (talk.ai, "delete-item", "note"));
  e2e_wait_event (talk.pipe, 0, "conversation.item.deleted", &json);
  assert_member (json, "$.item_id", "note");
  fail_unless (emit (talk.ai, "delete-item", "note"));
  e2e_wait_event (talk.pipe, 0, "error", &json);
  assert_member (json, "$.error.code", "item_not_found");
  e2e_talk_say (&talk, "hello");
  e2e_wait_event (talk.pipe, 0, "response.done", NULL);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_spoken_item_is_truncated)
{
  g_autofree gchar *json = NULL;
  g_autofree gchar *item = NULL;
  gboolean sent = FALSE;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  e2e_talk_say (&talk, "good morning to all of you");
  e2e_wait_event (talk.pipe, 0, "response.output_item.added", &json);
  item = member (json, "$.item.id");
  e2e_wait_event (talk.pipe, 0, "output_audio_buffer.stopped", NULL);
  g_signal_emit_by_name (talk.ai, "truncate-item", item, 0, 100, &sent);
  fail_unless (sent);
  e2e_wait_event (talk.pipe, 0, "conversation.item.truncated", &json);
  assert_member (json, "$.item_id", item);
  assert_member (json, "$.audio_end_ms", "100");
  e2e_talk_stop (&talk);
}
GST_END_TEST;

/* What the server cut off, it tells, and the model has it no more. */
GST_START_TEST (test_interrupted_item_is_truncated)
{
  g_autofree gchar *json = NULL;
  g_autofree gchar *item = NULL;
  guint next;
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  fail_unless (emit (talk.ai, "send-text",
      "one two three four five six seven eight nine ten eleven twelve"));
  next = e2e_wait_event (talk.pipe, 0, "response.output_item.added", &json);
  item = member (json, "$.item.id");
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.started", NULL);
  fail_unless (emit (talk.ai, "interrupt", NULL));
  e2e_wait_event (talk.pipe, next, "conversation.item.truncated", &json);
  assert_member (json, "$.item_id", item);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

static void
wait_length_from_now (E2eTalk *talk, guint more)
{
  e2e_wait_length (
      talk->pipe, talk->capture, e2e_capture_length (talk->capture) + more);
}

/* What is answered is what was said while the button was pressed. */
GST_START_TEST (test_push_to_talk)
{
  g_autofree gchar *other_source = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (GArray) other = NULL;
  g_autoptr (GArray) word = NULL;
  g_autoptr (GArray) answer = NULL;
  guint next;
  E2eTalk talk;

  if (source == NULL || other_source == NULL)
    return;
  word = e2e_sound_load (source);
  other = e2e_sound_load (other_source);
  e2e_talk_start (&talk, NULL, "turn-detection=none");
  e2e_microphone_say (talk.mic, other);
  e2e_microphone_wait (talk.pipe, talk.mic);
  fail_unless (emit (talk.ai, "start-talking", NULL));
  next = e2e_wait_event (talk.pipe, 0, "input_audio_buffer.cleared", NULL);
  e2e_microphone_say (talk.mic, word);
  e2e_microphone_wait (talk.pipe, talk.mic);
  fail_unless (emit (talk.ai, "stop-talking", NULL));
  next = e2e_wait_event (talk.pipe, next, "input_audio_buffer.committed", NULL);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.stopped", NULL);
  wait_length_from_now (&talk, E2E_RATE);
  answer = e2e_capture_copy (talk.capture);
  e2e_assert_similar (word, answer, TRUE);
  e2e_assert_similar (other, answer, FALSE);
  fail_unless_equals_int (e2e_count_events (talk.pipe, "response.created"), 1);
  fail_unless_equals_int (e2e_count_events (talk.pipe, "error"), 0);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_pressed_button_stops_the_answer)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN_LONG);
  g_autoptr (GArray) story = NULL;
  guint next;
  E2eTalk talk;

  if (source == NULL)
    return;
  story = e2e_sound_load (source);
  e2e_talk_start (&talk, NULL, "turn-detection=none");
  fail_unless (emit (talk.ai, "start-talking", NULL));
  e2e_wait_event (talk.pipe, 0, "input_audio_buffer.cleared", NULL);
  e2e_microphone_say (talk.mic, story);
  e2e_microphone_wait (talk.pipe, talk.mic);
  fail_unless (emit (talk.ai, "stop-talking", NULL));
  next = e2e_wait_event (talk.pipe, 0, "output_audio_buffer.started", NULL);
  e2e_wait_loud (talk.pipe, talk.capture, E2E_RATE / 4);
  fail_unless (emit (talk.ai, "start-talking", NULL));
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.cleared", NULL);
  fail_unless (
      e2e_capture_loud (talk.capture) < e2e_sound_loud (story) * 3 / 4);
  /* Nothing said: nothing answered, and no word about it. */
  fail_unless (emit (talk.ai, "stop-talking", NULL));
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_push_to_talk_needs_manual_turns)
{
  E2eTalk talk;

  e2e_talk_start (&talk, NULL, "");
  fail_if (emit (talk.ai, "start-talking", NULL));
  fail_if (emit (talk.ai, "stop-talking", NULL));
  e2e_talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_greeting_is_said_first)
{
  g_autofree gchar *json = NULL;
  guint next;
  E2eTalk talk;

  if (!E2E_HAVE_TALK) {
    g_printerr ("skipped: the emulator was built without the mind 'talk'\n");
    return;
  }
  e2e_talk_start (&talk, "--mind talk", "greeting=\"Say 'Welcome home.'\"");
  next = e2e_wait_event (
      talk.pipe, 0, "response.output_audio_transcript.done", &json);
  assert_member (json, "$.transcript", "Welcome home.");
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.stopped", NULL);
  fail_unless (e2e_capture_loud (talk.capture) > E2E_RATE / 4);
  fail_unless_equals_int (e2e_count_events (talk.pipe, "response.created"), 1);
  e2e_talk_stop (&talk);
}
GST_END_TEST;

static Suite *
turns_suite (void)
{
  Suite *s = suite_create ("e2e-turns");
  TCase *tc = tcase_create ("turns");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_barge_in_stops_the_answer_and_the_next_is_whole);
  tcase_add_test (tc, test_interrupt_action_stops_the_answer);
  tcase_add_test (tc, test_instructions_can_change_while_playing);
  tcase_add_test (tc, test_vad_threshold_can_change_while_playing);
  tcase_add_test (tc, test_refused_property_gets_its_old_value_back);
  tcase_add_test (tc, test_model_cannot_change_in_a_call);
  tcase_add_test (tc, test_voice_cannot_change_once_heard);
  tcase_add_test (tc, test_push_to_talk);
  tcase_add_test (tc, test_pressed_button_stops_the_answer);
  tcase_add_test (tc, test_push_to_talk_needs_manual_turns);
  tcase_add_test (tc, test_greeting_is_said_first);
  tcase_add_test (tc, test_text_is_answered);
  tcase_add_test (tc, test_text_answer_without_voice);
  tcase_add_test (tc, test_history_is_in_order);
  tcase_add_test (tc, test_item_is_retrieved);
  tcase_add_test (tc, test_item_is_deleted);
  tcase_add_test (tc, test_spoken_item_is_truncated);
  tcase_add_test (tc, test_interrupted_item_is_truncated);
  return s;
}

E2E_MAIN (turns_suite)
