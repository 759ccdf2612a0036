/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "harness.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Which events come, in which order and with which ids. */

#define TEXT_SESSION "{'type':'realtime','output_modalities':['text']}"
#define NOISE "rate_limits.updated"

static void
say (Talk *talk, const gchar *text)
{
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':'message','role':"
      "'user','content':[{'type':'input_text','text':'%s'}]}}",
      text);
}

static void
fail_unless_types (Talk *talk, guint from, const gchar *expected)
{
  g_autofree gchar *types = talk_types (talk, from, NOISE);

  fail_unless_equals_string (types, expected);
}

static JsonObject *
output_item (JsonObject *done, guint i)
{
  JsonArray *output = gst_oai_json_get_array (done, "response.output");

  fail_unless (output != NULL && json_array_get_length (output) > i);
  return json_array_get_object_element (output, i);
}

GST_START_TEST (test_session_begins_with_its_settings)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  JsonObject *event = g_ptr_array_index (talk->events, 0);

  fail_unless_types (talk, 0, "session.created conversation.created");
  fail_unless_equals_string (get_string (event, "session.type"), "realtime");
  fail_unless_equals_string (
      get_string (event, "session.object"), "realtime.session");
  fail_unless (g_str_has_prefix (get_string (event, "session.id"), "sess_"));
  fail_unless (get_int (event, "session.expires_at")
      > g_get_real_time () / G_USEC_PER_SEC + 3500);
}
GST_END_TEST;

GST_START_TEST (test_text_answer)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint from = talk->events->len;
  guint next = from;
  JsonObject *created, *done, *item;
  gint64 input;

  say (talk, "one two three four five six");
  talk_send (talk, "{'type':'response.create'}");
  created = talk_wait (talk, &next, "response.created");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_types (talk, from,
      "conversation.item.added conversation.item.done response.created "
      "response.output_item.added conversation.item.added "
      "response.content_part.added response.output_text.delta "
      "response.output_text.done response.content_part.done "
      "response.output_item.done conversation.item.done response.done");
  fail_unless_equals_string (
      get_string (created, "response.id"), get_string (done, "response.id"));
  fail_unless_equals_string (
      get_string (created, "response.status"), "in_progress");
  fail_unless_equals_string (get_string (done, "response.status"), "completed");
  item = output_item (done, 0);
  fail_unless_equals_string (get_string (item, "status"), "completed");
  fail_unless_equals_string (get_string (item, "role"), "assistant");
  input = get_int (done, "response.usage.input_tokens");
  fail_unless (input > 0);
  fail_unless_equals_int64 (get_int (done, "response.usage.total_tokens"),
      input + get_int (done, "response.usage.output_tokens"));
}
GST_END_TEST;

GST_START_TEST (test_spoken_turn)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint from = talk->events->len;
  guint next = from;
  JsonObject *started, *stopped, *committed, *added, *done;
  gint64 tokens;

  talk_hear_silence (talk, 1000);
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  started = talk_wait (talk, &next, "input_audio_buffer.speech_started");
  stopped = talk_wait (talk, &next, "input_audio_buffer.speech_stopped");
  committed = talk_wait (talk, &next, "input_audio_buffer.committed");
  added = talk_wait (talk, &next, "conversation.item.added");
  done = talk_wait (talk, &next, "response.done");
  talk_wait (talk, &next, "output_audio_buffer.stopped");
  {
    g_autofree gchar *types = talk_types (
        talk, from, NOISE "|response.output_audio_transcript.delta");

    fail_unless_equals_string (types,
        "input_audio_buffer.speech_started input_audio_buffer.speech_stopped "
        "input_audio_buffer.committed conversation.item.added "
        "conversation.item.done response.created response.output_item.added "
        "conversation.item.added response.content_part.added "
        "output_audio_buffer.started response.output_audio.done "
        "response.output_audio_transcript.done response.content_part.done "
        "response.output_item.done conversation.item.done response.done "
        "output_audio_buffer.stopped");
  }
  fail_unless_equals_string (
      get_string (started, "item_id"), get_string (committed, "item_id"));
  fail_unless_equals_string (
      get_string (stopped, "item_id"), get_string (committed, "item_id"));
  fail_unless_equals_string (
      get_string (added, "item.id"), get_string (committed, "item_id"));
  /* 300 ms of padding before what begins after a second. */
  fail_unless (get_int (started, "audio_start_ms") >= 650);
  fail_unless (get_int (started, "audio_start_ms") <= 1000);
  fail_unless (get_int (stopped, "audio_end_ms")
      > get_int (started, "audio_start_ms") + 1000);
  /* A token for each 100 ms heard and each 50 ms said. */
  fail_unless (
      get_int (done, "response.usage.input_token_details.audio_tokens") >= 15);
  /* What was played is a little longer: the codec's tail, and whole frames. */
  tokens = get_int (done, "response.usage.output_token_details.audio_tokens");
  fail_unless (tokens > 0 && tokens * 50 <= talk->played_ms);
  fail_unless (talk->played_ms - tokens * 50 <= 50);
}
GST_END_TEST;

GST_START_TEST (test_interruption_cancels_clears_and_truncates)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *truncated, *cleared, *retrieved;
  JsonArray *content;

  talk_hear_speech (talk);
  talk->hold_at_ms = 400;
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "response.done");
  while (talk->played_ms < 400)
    g_main_context_iteration (NULL, TRUE);
  talk_hear_speech (talk);
  talk_wait (talk, &next, "input_audio_buffer.speech_started");
  cleared = talk_wait (talk, &next, "output_audio_buffer.cleared");
  truncated = talk_wait (talk, &next, "conversation.item.truncated");
  fail_unless (g_str_has_prefix (get_string (cleared, "response_id"), "resp_"));
  fail_unless_equals_int64 (get_int (truncated, "audio_end_ms"), 400);
  talk_send (talk, "{'type':'conversation.item.retrieve','item_id':'%s'}",
      get_string (truncated, "item_id"));
  retrieved = talk_wait (talk, &next, "conversation.item.retrieved");
  content = gst_oai_json_get_array (retrieved, "item.content");
  fail_unless_equals_string (
      get_string (json_array_get_object_element (content, 0), "transcript"),
      "");
  /* 400 ms of 48 kB/s in base64. */
  fail_unless_equals_int (
      strlen (get_string (json_array_get_object_element (content, 0), "audio")),
      25600);
}
GST_END_TEST;

GST_START_TEST (test_interruption_while_it_is_made_cancels)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *done;

  talk->hold = TRUE;
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "response.content_part.added");
  talk_hear_speech (talk);
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (get_string (done, "response.status"), "cancelled");
  fail_unless_equals_string (
      get_string (done, "response.status_details.reason"), "turn_detected");
  fail_unless_equals_string (
      get_string (output_item (done, 0), "status"), "incomplete");
}
GST_END_TEST;

GST_START_TEST (test_push_to_talk)
{
  g_autoptr (Talk) talk = talk_new (
      NULL, "{'type':'realtime','audio':{'input':{'turn_detection':null}}}");
  guint from = talk->events->len;
  guint next = from;

  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  fail_unless_equals_int (talk->events->len, from);
  talk_send (talk, "{'type':'input_audio_buffer.clear'}");
  talk_wait (talk, &next, "input_audio_buffer.cleared");
  talk_hear_speech (talk);
  talk_send (talk, "{'type':'input_audio_buffer.commit'}");
  talk_wait (talk, &next, "input_audio_buffer.committed");
  talk_settle (talk);
  fail_unless_equals_int (talk_count (talk, "response.created"), 0);
  talk_send (talk, "{'type':'response.create'}");
  talk_wait (talk, &next, "response.done");
}
GST_END_TEST;

GST_START_TEST (test_idle_timeout_prompts)
{
  g_autoptr (Talk) talk = talk_new (NULL,
      "{'type':'realtime','audio':{'input':{'turn_detection':{'type':"
      "'server_vad','idle_timeout_ms':5000}}}}");
  guint next = talk->events->len;
  JsonObject *timeout, *committed;

  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "output_audio_buffer.stopped");
  talk_hear_silence (talk, 6000);
  timeout = talk_wait (talk, &next, "input_audio_buffer.timeout_triggered");
  committed = talk_wait (talk, &next, "input_audio_buffer.committed");
  fail_unless_equals_string (
      get_string (timeout, "item_id"), get_string (committed, "item_id"));
  fail_unless_equals_int64 (
      get_int (timeout, "audio_end_ms") - get_int (timeout, "audio_start_ms"),
      5000);
  talk_wait (talk, &next, "response.created");
}
GST_END_TEST;

GST_START_TEST (test_semantic_vad_waits_by_eagerness)
{
  g_autoptr (Talk) talk = talk_new (NULL,
      "{'type':'realtime','audio':{'input':{'turn_detection':{'type':"
      "'semantic_vad','eagerness':'low'}}}}");
  guint next = talk->events->len;

  talk_hear_speech (talk);
  talk_wait (talk, &next, "input_audio_buffer.speech_started");
  talk_hear_silence (talk, 1500);
  fail_unless_equals_int (
      talk_count (talk, "input_audio_buffer.speech_stopped"), 0);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "input_audio_buffer.speech_stopped");
}
GST_END_TEST;

GST_START_TEST (test_only_one_response_at_a_time)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next;
  JsonObject *error;

  say (talk, "hello");
  talk_send (talk, "{'type':'response.create'}");
  talk_send (talk, "{'type':'response.create','event_id':'second'}");
  error = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (error, "error.code"),
      "conversation_already_has_active_response");
  fail_unless_equals_string (get_string (error, "error.event_id"), "second");
  /* But any number beside the conversation. */
  next = talk->events->len;
  talk_send (talk,
      "{'type':'response.create','response':{'conversation':"
      "'none','metadata':{'topic':'a'},'input':[]}}");
  talk_wait (talk, &next, "response.created");
  talk_wait (talk, &next, "response.done");
  talk_wait (talk, &next, "response.done");
}
GST_END_TEST;

GST_START_TEST (test_out_of_band_response_leaves_the_conversation_alone)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *done;
  guint from;

  say (talk, "first");
  talk_wait (talk, &next, "conversation.item.done");
  from = next;
  talk_send (talk,
      "{'type':'response.create','response':{'conversation':'none',"
      "'metadata':{'topic':'weather'},'input':[{'type':'message','role':"
      "'user','content':[{'type':'input_text','text':'second'}]}]}}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (done, "response.metadata.topic"), "weather");
  fail_unless (json_node_is_null (json_object_get_member (
      gst_oai_json_get_object (done, "response"), "conversation_id")));
  fail_unless_types (talk, from,
      "response.created response.output_item.added "
      "response.content_part.added response.output_text.delta "
      "response.output_text.done response.content_part.done "
      "response.output_item.done response.done");
  fail_unless_equals_string (
      get_string (
          json_array_get_object_element (
              gst_oai_json_get_array (output_item (done, 0), "content"), 0),
          "text"),
      "second");
}
GST_END_TEST;

GST_START_TEST (test_cancel)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *created, *done;

  say (talk, "hello");
  talk_send (talk, "{'type':'response.create'}");
  created = talk_wait (talk, &next, "response.created");
  talk_send (talk, "{'type':'response.cancel','response_id':'%s'}",
      get_string (created, "response.id"));
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (get_string (done, "response.status"), "cancelled");
  fail_unless_equals_string (
      get_string (done, "response.status_details.reason"), "client_cancelled");
}
GST_END_TEST;

GST_START_TEST (test_clearing_the_output_stops_the_answer)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *started, *cleared, *truncated, *done;

  talk_hear_speech (talk);
  talk->hold_at_ms = 100;
  talk_hear_silence (talk, 1000);
  started = talk_wait (talk, &next, "output_audio_buffer.started");
  talk_send (talk, "{'type':'output_audio_buffer.clear'}");
  cleared = talk_wait (talk, &next, "output_audio_buffer.cleared");
  done = talk_wait (talk, &next, "response.done");
  truncated = talk_wait (talk, &next, "conversation.item.truncated");
  fail_unless_equals_string (
      get_string (started, "response_id"), get_string (cleared, "response_id"));
  fail_unless_equals_string (get_string (done, "response.status"), "cancelled");
  fail_unless_equals_string (get_string (truncated, "item_id"),
      get_string (output_item (done, 0), "id"));
  fail_unless (get_int (truncated, "audio_end_ms") <= 100);
  /* Nothing is left to play. */
  talk->hold_at_ms = 0;
  talk_settle (talk);
  fail_unless_equals_int (talk_count (talk, "output_audio_buffer.stopped"), 0);
  fail_unless (talk->played_ms <= 120);
}
GST_END_TEST;

GST_START_TEST (test_max_output_tokens_cuts)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *done;

  say (talk, "a b c d e f g h");
  talk_send (
      talk, "{'type':'response.create','response':{'max_output_tokens':3}}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (done, "response.status"), "incomplete");
  fail_unless_equals_string (
      get_string (done, "response.status_details.reason"), "max_output_tokens");
  fail_unless_equals_int64 (get_int (done, "response.usage.output_tokens"), 3);
}
GST_END_TEST;

GST_START_TEST (test_voice_is_locked_after_audio)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *error;

  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'audio':{'output':{'voice':'cedar'}}}}");
  talk_wait (talk, &next, "session.updated");
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "response.done");
  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'audio':{'output':{'voice':'cedar'}}}}");
  talk_wait (talk, &next, "session.updated");
  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'audio':{'output':{'voice':'marin'}}}}");
  error = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (error, "error.code"), "cannot_update_voice");
  talk_send (talk,
      "{'type':'response.create','response':{'audio':{'output':{"
      "'voice':'marin'}}}}");
  error = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (error, "error.code"), "cannot_update_voice");
}
GST_END_TEST;

GST_START_TEST (test_tracing_is_set_once)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *error;

  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'tracing':'auto'}}");
  talk_wait (talk, &next, "session.updated");
  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'tracing':null}}");
  error = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (error, "error.param"), "session.tracing");
}
GST_END_TEST;

GST_START_TEST (test_update_merges)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *event;

  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'instructions':'a','audio':{'input':{'turn_detection':{'type':"
      "'server_vad','threshold':0.7}}}}}");
  talk_wait (talk, &next, "session.updated");
  talk_send (talk,
      "{'type':'session.update','session':{'type':'realtime',"
      "'audio':{'input':{'turn_detection':{'type':'server_vad',"
      "'silence_duration_ms':200}}}}}");
  event = talk_wait (talk, &next, "session.updated");
  fail_unless_equals_string (get_string (event, "session.instructions"), "a");
  fail_unless_equals_float (
      gst_oai_json_get_double (
          event, "session.audio.input.turn_detection.threshold", 0),
      0.7);
  fail_unless_equals_int64 (
      get_int (event, "session.audio.input.turn_detection.silence_duration_ms"),
      200);
}
GST_END_TEST;

GST_START_TEST (test_items_are_kept_in_order)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *event;

  talk_send (talk,
      "{'type':'conversation.item.create','item':{'id':'two',"
      "'type':'message','role':'user','content':[{'type':'input_text',"
      "'text':'2'}]}}");
  event = talk_wait (talk, &next, "conversation.item.added");
  fail_unless (
      json_node_is_null (json_object_get_member (event, "previous_item_id")));
  talk_send (talk,
      "{'type':'conversation.item.create','previous_item_id':"
      "'root','item':{'id':'one','type':'message','role':'system','content':[{"
      "'type':'input_text','text':'1'}]}}");
  event = talk_wait (talk, &next, "conversation.item.added");
  fail_unless_equals_string (get_string (event, "item.id"), "one");
  talk_send (talk,
      "{'type':'conversation.item.create','previous_item_id':"
      "'one','item':{'id':'half','type':'message','role':'assistant','content':"
      "[{'type':'output_text','text':'1.5'}]}}");
  event = talk_wait (talk, &next, "conversation.item.added");
  fail_unless_equals_string (get_string (event, "previous_item_id"), "one");
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'id':'one',"
      "'type':'message','role':'user','content':[]}}");
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (event, "error.code"), "item_already_exists");
  next = talk->events->len;
  talk_send (talk, "{'type':'conversation.item.delete','item_id':'half'}");
  event = talk_wait (talk, &next, "conversation.item.deleted");
  fail_unless_equals_string (get_string (event, "item_id"), "half");
  talk_send (talk, "{'type':'conversation.item.retrieve','item_id':'two'}");
  event = talk_wait (talk, &next, "conversation.item.retrieved");
  fail_unless_equals_string (get_string (event, "item.role"), "user");
  talk_send (talk,
      "{'type':'conversation.item.truncate','item_id':'two',"
      "'content_index':0,'audio_end_ms':0}");
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (event, "error.param"), "item_id");
}
GST_END_TEST;

GST_START_TEST (test_truncate_within_what_was_said)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;
  JsonObject *done, *event;
  const gchar *id;

  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  done = talk_wait (talk, &next, "response.done");
  id = get_string (output_item (done, 0), "id");
  talk_send (talk,
      "{'type':'conversation.item.truncate','item_id':'%s',"
      "'content_index':0,'audio_end_ms':600000}",
      id);
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (event, "error.param"), "audio_end_ms");
  next = talk->events->len;
  talk_send (talk,
      "{'type':'conversation.item.truncate','item_id':'%s',"
      "'content_index':0,'audio_end_ms':500}",
      id);
  event = talk_wait (talk, &next, "conversation.item.truncated");
  fail_unless_equals_int64 (get_int (event, "audio_end_ms"), 500);
}
GST_END_TEST;

GST_START_TEST (test_images_are_counted)
{
  g_autoptr (Talk) talk = talk_new (NULL, TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *done;

  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':"
      "'message','role':'user','content':[{'type':'input_text','text':'see'},"
      "{'type':'input_image','image_url':'" TINY_PNG "'}]}}");
  talk_wait (talk, &next, "conversation.item.added");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_int64 (
      get_int (done, "response.usage.input_token_details.image_tokens"), 255);
}
GST_END_TEST;

#define WEATHER                                                                \
  "'tools':[{'type':'function','name':'get_weather','parameters':{'type':"     \
  "'object','properties':{'city':{'type':'string'}}}}]"

#ifdef EMU_HAVE_TALK
GST_START_TEST (test_function_call_and_its_result)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk",
      "{'type':'realtime','output_modalities':['text']," WEATHER "}");
  guint from, next = talk->events->len;
  JsonObject *done, *arguments, *item;

  say (talk, "what is the weather in rome");
  talk_wait (talk, &next, "conversation.item.done");
  from = next;
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_types (talk, from,
      "response.created response.output_item.added conversation.item.added "
      "response.function_call_arguments.delta "
      "response.function_call_arguments.done response.output_item.done "
      "conversation.item.done response.done");
  next = from;
  arguments = talk_wait (talk, &next, "response.function_call_arguments.done");
  item = output_item (done, 0);
  fail_unless_equals_string (get_string (arguments, "name"), "get_weather");
  fail_unless_equals_string (
      get_string (arguments, "arguments"), "{\"city\":\"Rome\"}");
  fail_unless_equals_string (
      get_string (arguments, "call_id"), get_string (item, "call_id"));
  fail_unless_equals_string (
      get_string (arguments, "item_id"), get_string (item, "id"));
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':"
      "'function_call_output','call_id':'%s','output':'sunny'}}",
      get_string (item, "call_id"));
  talk_send (talk, "{'type':'response.create'}");
  next = talk->events->len;
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (
          json_array_get_object_element (
              gst_oai_json_get_array (output_item (done, 0), "content"), 0),
          "text"),
      "The answer is: sunny.");
}
GST_END_TEST;

GST_START_TEST (test_parallel_function_calls)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk",
      "{'type':'realtime','output_modalities':['text']," WEATHER "}");
  guint next = talk->events->len;
  JsonObject *done;

  say (talk, "what is the weather in rome and new york");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (output_item (done, 0), "arguments"), "{\"city\":\"Rome\"}");
  fail_unless_equals_string (get_string (output_item (done, 1), "arguments"),
      "{\"city\":\"New York\"}");
  fail_if (strcmp (get_string (output_item (done, 0), "call_id"),
               get_string (output_item (done, 1), "call_id"))
      == 0);
  talk_send (talk,
      "{'type':'response.create','response':{"
      "'parallel_tool_calls':false}}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_int (
      json_array_get_length (gst_oai_json_get_array (done, "response.output")),
      1);
}
GST_END_TEST;

#define MCP(approval)                                                          \
  "{'type':'realtime','output_modalities':['text'],'tools':[{'type':'mcp',"    \
  "'server_label':'canned','server_url':'https://a.invalid',"                  \
  "'require_approval':" approval "}]}"

GST_START_TEST (test_mcp_call_without_approval)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk", MCP ("'never'"));
  guint from, next = 0;
  JsonObject *listed, *done;

  talk_wait (talk, &next, "mcp_list_tools.in_progress");
  talk_wait (talk, &next, "mcp_list_tools.completed");
  listed = talk_wait (talk, &next, "conversation.item.done");
  fail_unless_equals_string (
      get_string (listed, "item.type"), "mcp_list_tools");
  fail_unless_equals_int (
      json_array_get_length (gst_oai_json_get_array (listed, "item.tools")), 3);
  say (talk, "echo good morning");
  talk_wait (talk, &next, "conversation.item.done");
  from = next;
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_types (talk, from,
      "response.created response.output_item.added conversation.item.added "
      "response.mcp_call_arguments.delta response.mcp_call_arguments.done "
      "response.mcp_call.in_progress response.mcp_call.completed "
      "response.output_item.done conversation.item.done "
      "response.output_item.added conversation.item.added "
      "response.content_part.added response.output_text.delta "
      "response.output_text.done response.content_part.done "
      "response.output_item.done conversation.item.done response.done");
  fail_unless_equals_string (
      get_string (output_item (done, 0), "output"), "good morning");
  fail_unless_equals_string (
      get_string (
          json_array_get_object_element (
              gst_oai_json_get_array (output_item (done, 1), "content"), 0),
          "text"),
      "The answer is: good morning.");
}
GST_END_TEST;

GST_START_TEST (test_mcp_call_that_fails)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk", MCP ("'never'"));
  guint next = 0;
  JsonObject *done;

  talk_wait (talk, &next, "mcp_list_tools.completed");
  say (talk, "is it broken");
  talk_send (talk, "{'type':'response.create'}");
  talk_wait (talk, &next, "response.mcp_call.failed");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (output_item (done, 0), "error.type"), "tool_execution_error");
}
GST_END_TEST;

GST_START_TEST (test_mcp_call_waits_for_approval)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk", MCP ("'always'"));
  guint next = 0;
  JsonObject *done, *request;

  talk_wait (talk, &next, "mcp_list_tools.completed");
  say (talk, "roll the dice");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  request = output_item (done, 0);
  fail_unless_equals_string (
      get_string (request, "type"), "mcp_approval_request");
  fail_unless_equals_string (get_string (request, "name"), "roll_dice");
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':"
      "'mcp_approval_response','id':'yes','approval_request_id':'%s',"
      "'approve':true}}",
      get_string (request, "id"));
  talk_wait (talk, &next, "response.created");
  talk_wait (talk, &next, "response.mcp_call.completed");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (output_item (done, 0), "approval_request_id"),
      get_string (request, "id"));
  fail_unless (*get_string (output_item (done, 0), "output") != '\0');
}
GST_END_TEST;

GST_START_TEST (test_mcp_call_that_is_refused_does_nothing)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk", MCP ("'always'"));
  guint next = 0;
  JsonObject *done;

  talk_wait (talk, &next, "mcp_list_tools.completed");
  say (talk, "roll the dice");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':"
      "'mcp_approval_response','id':'no','approval_request_id':'%s','approve':"
      "false,'reason':'not now'}}",
      get_string (output_item (done, 0), "id"));
  talk_wait (talk, &next, "conversation.item.done");
  talk_settle (talk);
  fail_unless_equals_int (talk_count (talk, "response.created"), 1);
}
GST_END_TEST;

#define TRANSCRIBE(model)                                                      \
  "{'type':'transcription','audio':{'input':{'transcription':{'model':"        \
  "'" model "'}}}}"
#define TRANSCRIPTION "conversation.item.input_audio_transcription."

static JsonObject *
transcribe (Talk *talk, guint *next)
{
  talk_hear_words (talk, "count to three");
  talk_hear_silence (talk, 1000);
  return talk_wait (talk, next, TRANSCRIPTION "completed");
}

GST_START_TEST (test_input_is_transcribed)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk", TRANSCRIBE ("whisper-1"));
  guint next = 0;
  JsonObject *committed, *delta, *done;

  done = transcribe (talk, &next);
  fail_unless_equals_string (get_string (done, "transcript"), "count to three");
  fail_unless_equals_string (get_string (done, "usage.type"), "duration");
  fail_if (json_object_has_member (done, "logprobs"));
  fail_if (json_object_has_member (done, "languages"));
  next = 0;
  committed = talk_wait (talk, &next, "input_audio_buffer.committed");
  delta = talk_wait (talk, &next, TRANSCRIPTION "delta");
  fail_unless_equals_string (get_string (delta, "delta"), "count to three");
  fail_unless_equals_string (
      get_string (delta, "item_id"), get_string (committed, "item_id"));
  fail_unless_equals_string (
      get_string (done, "item_id"), get_string (committed, "item_id"));
  fail_unless_equals_int (talk_count (talk, TRANSCRIPTION "segment"), 0);
}
GST_END_TEST;

GST_START_TEST (test_transcription_by_tokens)
{
  g_autoptr (Talk)
      talk = talk_new ("--mind talk", TRANSCRIBE ("gpt-4o-transcribe"));
  guint next = 0;
  JsonObject *done = transcribe (talk, &next);

  fail_unless_equals_string (get_string (done, "usage.type"), "tokens");
  fail_unless_equals_int64 (get_int (done, "usage.total_tokens"),
      get_int (done, "usage.input_tokens")
          + get_int (done, "usage.output_tokens"));
  fail_unless_equals_int64 (
      get_int (done, "usage.input_token_details.audio_tokens"),
      get_int (done, "usage.input_tokens"));
}
GST_END_TEST;

GST_START_TEST (test_transcription_tells_the_language)
{
  g_autoptr (Talk)
      talk = talk_new ("--mind talk", TRANSCRIBE ("gpt-transcribe"));
  guint next = 0;
  JsonArray *languages = gst_oai_json_get_array (
      transcribe (talk, &next), "languages");

  fail_unless (languages != NULL);
  fail_unless_equals_string (
      get_string (json_array_get_object_element (languages, 0), "code"), "en");
}
GST_END_TEST;

GST_START_TEST (test_transcription_with_speakers)
{
  g_autoptr (Talk)
      talk = talk_new ("--mind talk", TRANSCRIBE ("gpt-4o-transcribe-diarize"));
  guint next = 0;
  JsonObject *segment;

  transcribe (talk, &next);
  next = 0;
  segment = talk_wait (talk, &next, TRANSCRIPTION "segment");
  fail_unless_equals_string (get_string (segment, "text"), "count to three");
  fail_unless_equals_string (get_string (segment, "speaker"), "A");
  fail_unless (json_object_get_double_member (segment, "end")
      > json_object_get_double_member (segment, "start"));
}
GST_END_TEST;

/* The tokens joined, from their text and from their bytes. */
static void
fail_unless_logprobs (JsonObject *event, const gchar *expected, gboolean sure)
{
  JsonArray *logprobs = gst_oai_json_get_array (event, "logprobs");
  g_autoptr (GString) tokens = g_string_new (NULL);
  g_autoptr (GString) bytes = g_string_new (NULL);
  gdouble sum = 0;
  guint i, k;

  fail_unless (logprobs != NULL);
  for (i = 0; i < json_array_get_length (logprobs); i++) {
    JsonObject *token = json_array_get_object_element (logprobs, i);
    JsonArray *values = json_object_get_array_member (token, "bytes");
    gdouble logprob = json_object_get_double_member (token, "logprob");

    g_string_append (tokens, get_string (token, "token"));
    for (k = 0; k < json_array_get_length (values); k++)
      g_string_append_c (bytes, json_array_get_int_element (values, k));
    fail_unless (logprob <= 0 && logprob > -100, "%g", logprob);
    sum += logprob;
  }
  fail_unless_equals_string (tokens->str, expected);
  fail_unless_equals_string (bytes->str, expected);
  fail_unless (sure ? sum == 0 : sum < 0, "%g", sum);
}

GST_START_TEST (test_transcription_with_logprobs)
{
  g_autoptr (Talk) talk = talk_new ("--mind talk",
      "{'type':'transcription','audio':{'input':{'transcription':{'model':"
      "'whisper-1'}}},'include':['item.input_audio_transcription.logprobs']}");
  guint next = 0;
  JsonObject *event;

  /* A sentence of the grammar is heard for sure ... */
  event = transcribe (talk, &next);
  fail_unless_logprobs (event, "count to three", TRUE);
  next = 0;
  event = talk_wait (talk, &next, TRANSCRIPTION "delta");
  fail_unless_logprobs (event, get_string (event, "delta"), TRUE);
  /* ... any other is a guess. */
  next = talk->events->len;
  talk_hear_words (talk, "the quick brown fox jumps over the lazy dog");
  talk_hear_silence (talk, 1000);
  event = talk_wait (talk, &next, TRANSCRIPTION "completed");
  fail_unless_logprobs (event, get_string (event, "transcript"), FALSE);
}
GST_END_TEST;
#endif

GST_START_TEST (test_mcp_tools_that_cannot_be_listed)
{
  g_autoptr (Talk) talk = talk_new (NULL,
      "{'type':'realtime','tools':[{'type':'mcp','server_label':'a',"
      "'server_url':'https://fail.invalid'}]}");
  guint next = 0;

  talk_wait (talk, &next, "mcp_list_tools.in_progress");
  talk_wait (talk, &next, "mcp_list_tools.failed");
}
GST_END_TEST;

GST_START_TEST (test_transcription_session)
{
  g_autoptr (Talk) talk = talk_new ("--fault no-transcription",
      "{'type':'transcription','audio':{'input':{'transcription':{'model':"
      "'gpt-4o-transcribe'}}}}");
  guint next = talk->events->len;
  JsonObject *event = g_ptr_array_index (talk->events, 0);

  fail_unless_equals_string (
      get_string (event, "session.object"), "realtime.transcription_session");
  fail_if (json_object_has_member (
      gst_oai_json_get_object (event, "session"), "model"));
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, "input_audio_buffer.committed");
  event = talk_wait (
      talk, &next, "conversation.item.input_audio_transcription.failed");
  fail_unless (*get_string (event, "error.message") != '\0');
  talk_settle (talk);
  fail_unless_equals_int (talk_count (talk, "response.created"), 0);
  talk_send (talk, "{'type':'response.create'}");
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (event, "type"), "error");
  talk_send (talk,
      "{'type':'session.update','session':{'type':"
      "'transcription','instructions':'a'}}");
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (event, "error.param"), "session.instructions");
}
GST_END_TEST;

GST_START_TEST (test_expiry_says_so_and_ends)
{
  g_autoptr (Talk) talk = talk_new ("--session-age 120", NULL);
  JsonObject *event;

  emu_session_expire (talk->session);
  event = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (
      get_string (event, "error.code"), "session_expired");
  fail_unless_equals_string (get_string (event, "error.message"),
      "Your session hit the maximum duration of 2 minutes.");
  fail_unless_equals_string (talk->end_reason, "expired");
}
GST_END_TEST;

GST_START_TEST (test_faults_of_events)
{
  g_autoptr (Talk) talk = talk_new (
      "--fault bad-json --fault deep-json --fault garbage=5 --fault huge=100000 "
      "--fault flood=50 --fault unknown-event --fault error-event=overloaded",
      NULL);
  guint i;
  gsize longest = 0;

  fail_unless_equals_int (talk->garbage->len, 7);
  fail_unless_equals_int (talk_count (talk, "session.weather.changed"), 1);
  fail_unless_equals_int (talk_count (talk, "rate_limits.updated"), 50);
  for (i = 0; i < talk->events->len; i++)
    longest = MAX (longest,
        strlen (
            get_string (g_ptr_array_index (talk->events, i), "error.message")));
  fail_unless (longest > 90000);
}
GST_END_TEST;

GST_START_TEST (test_responses_that_fail)
{
  g_autoptr (Talk) talk = talk_new (
      "--fault response-fails=inference_rate_limit_exceeded", TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *done;

  say (talk, "hello");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (get_string (done, "response.status"), "failed");
  fail_unless_equals_string (
      get_string (done, "response.status_details.error.code"),
      "inference_rate_limit_exceeded");
}
GST_END_TEST;

GST_START_TEST (test_responses_that_are_filtered)
{
  g_autoptr (Talk) talk = talk_new ("--fault content-filter", TEXT_SESSION);
  guint next = talk->events->len;
  JsonObject *done;

  say (talk, "a b c d e f");
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (done, "response.status_details.reason"), "content_filter");
}
GST_END_TEST;

GST_START_TEST (test_older_servers_announce_items_once)
{
  g_autoptr (Talk) talk = talk_new ("--item-events created", TEXT_SESSION);
  guint from = talk->events->len;

  say (talk, "hello");
  fail_unless_types (talk, from, "conversation.item.created");
}
GST_END_TEST;

static Suite *
sequences_suite (void)
{
  Suite *s = suite_create ("emulator-sequences");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_session_begins_with_its_settings);
  tcase_add_test (tc, test_text_answer);
  tcase_add_test (tc, test_spoken_turn);
  tcase_add_test (tc, test_interruption_cancels_clears_and_truncates);
  tcase_add_test (tc, test_interruption_while_it_is_made_cancels);
  tcase_add_test (tc, test_push_to_talk);
  tcase_add_test (tc, test_idle_timeout_prompts);
  tcase_add_test (tc, test_semantic_vad_waits_by_eagerness);
  tcase_add_test (tc, test_only_one_response_at_a_time);
  tcase_add_test (tc, test_out_of_band_response_leaves_the_conversation_alone);
  tcase_add_test (tc, test_cancel);
  tcase_add_test (tc, test_clearing_the_output_stops_the_answer);
  tcase_add_test (tc, test_max_output_tokens_cuts);
  tcase_add_test (tc, test_voice_is_locked_after_audio);
  tcase_add_test (tc, test_tracing_is_set_once);
  tcase_add_test (tc, test_update_merges);
  tcase_add_test (tc, test_items_are_kept_in_order);
  tcase_add_test (tc, test_truncate_within_what_was_said);
  tcase_add_test (tc, test_images_are_counted);
#ifdef EMU_HAVE_TALK
  tcase_add_test (tc, test_function_call_and_its_result);
  tcase_add_test (tc, test_parallel_function_calls);
  tcase_add_test (tc, test_mcp_call_without_approval);
  tcase_add_test (tc, test_mcp_call_that_fails);
  tcase_add_test (tc, test_mcp_call_waits_for_approval);
  tcase_add_test (tc, test_mcp_call_that_is_refused_does_nothing);
  tcase_add_test (tc, test_input_is_transcribed);
  tcase_add_test (tc, test_transcription_by_tokens);
  tcase_add_test (tc, test_transcription_tells_the_language);
  tcase_add_test (tc, test_transcription_with_speakers);
  tcase_add_test (tc, test_transcription_with_logprobs);
#endif
  tcase_add_test (tc, test_mcp_tools_that_cannot_be_listed);
  tcase_add_test (tc, test_transcription_session);
  tcase_add_test (tc, test_expiry_says_so_and_ends);
  tcase_add_test (tc, test_faults_of_events);
  tcase_add_test (tc, test_responses_that_fail);
  tcase_add_test (tc, test_responses_that_are_filtered);
  tcase_add_test (tc, test_older_servers_announce_items_once);
  return s;
}

GST_CHECK_MAIN (sequences);
