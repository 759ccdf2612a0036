/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "harness.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Every rule by which an event of the client is refused. */

#define SESSION(fields)                                                        \
  "{'type':'session.update','session':{'type':'realtime'," fields "}}"
#define INPUT(fields) SESSION ("'audio':{'input':{" fields "}}")
#define OUTPUT(fields) SESSION ("'audio':{'output':{" fields "}}")
#define VAD(fields) INPUT ("'turn_detection':{'type':'server_vad'," fields "}")
#define TOOL(fields) SESSION ("'tools':[{" fields "}]")
#define ITEM(fields) "{'type':'conversation.item.create','item':{" fields "}}"
#define USER(part)                                                             \
  ITEM ("'type':'message','role':'user','content':[{" part "}]")
#define RESPONSE(fields) "{'type':'response.create','response':{" fields "}}"
#define KEY_65                                                                 \
  "k0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
  const gchar *event;
  const gchar *code;
  const gchar *param;
} refused[] = {
  /* Events. */
  { "{}", "missing_required_parameter", "type" },
  { "{'type':7}", "invalid_type", "type" },
  { "{'type':null}", "invalid_type", "type" },
  { "{'type':'response.pause'}", "invalid_value", "type" },
  { "{'type':'transcription_session.update'}", "invalid_value", "type" },
  { "{'type':'response.cancel','event_id':7}", "invalid_type", "event_id" },
  { "{'type':'response.cancel','why':1}", "unknown_parameter", "why" },
  { "{'type':'response.cancel'}", "response_cancel_not_active", "" },
  { "{'type':'response.cancel','response_id':'resp_0'}",
      "response_cancel_not_active", "" },
  { "{'type':'input_audio_buffer.append','audio':'AAAA'}",
      "invalid_event_for_transport", "type" },
  { "{'type':'input_audio_buffer.append'}", "missing_required_parameter",
      "audio" },
  { "{'type':'input_audio_buffer.commit'}", "input_audio_buffer_commit_empty",
      "" },
  { "{'type':'conversation.item.delete'}", "missing_required_parameter",
      "item_id" },
  { "{'type':'conversation.item.delete','item_id':'item_0'}", "item_not_found",
      "item_id" },
  { "{'type':'conversation.item.retrieve','item_id':7}", "invalid_type",
      "item_id" },
  { "{'type':'conversation.item.retrieve','item_id':'item_0'}",
      "item_not_found", "item_id" },
  { "{'type':'conversation.item.truncate','item_id':'item_0',"
    "'content_index':0}",
      "missing_required_parameter", "audio_end_ms" },
  { "{'type':'conversation.item.truncate','item_id':'item_0',"
    "'content_index':0,'audio_end_ms':1.5}",
      "invalid_type", "audio_end_ms" },
  { "{'type':'conversation.item.truncate','item_id':'item_0',"
    "'content_index':0,'audio_end_ms':1}",
      "item_not_found", "item_id" },

  /* Sessions. */
  { "{'type':'session.update'}", "missing_required_parameter", "session" },
  { "{'type':'session.update','session':[]}", "invalid_type", "session" },
  { "{'type':'session.update','session':{}}", "missing_required_parameter",
      "session.type" },
  { "{'type':'session.update','session':{'type':'dream'}}", "invalid_value",
      "session.type" },
  { "{'type':'session.update','session':{'type':'transcription'}}",
      "invalid_value", "session.type" },
  { SESSION ("'model':'gpt-other'"), "invalid_value", "session.model" },
  { SESSION ("'voice':'marin'"), "unknown_parameter", "session.voice" },
  { SESSION ("'temperature':0.8"), "unknown_parameter", "session.temperature" },
  { SESSION ("'modalities':['audio']"), "unknown_parameter",
      "session.modalities" },
  { SESSION ("'instructions':null"), "invalid_type", "session.instructions" },
  { SESSION ("'output_modalities':['audio','text']"), "array_above_max_length",
      "session.output_modalities" },
  { SESSION ("'output_modalities':[]"), "array_below_min_length",
      "session.output_modalities" },
  { SESSION ("'output_modalities':['video']"), "invalid_value",
      "session.output_modalities[0]" },
  { SESSION ("'max_output_tokens':0"), "integer_below_min_value",
      "session.max_output_tokens" },
  { SESSION ("'max_output_tokens':4097"), "integer_above_max_value",
      "session.max_output_tokens" },
  { SESSION ("'max_output_tokens':'many'"), "invalid_value",
      "session.max_output_tokens" },
  { SESSION ("'tool_choice':'maybe'"), "invalid_value", "session.tool_choice" },
  { SESSION ("'tool_choice':{'type':'function'}"), "missing_required_parameter",
      "session.tool_choice.name" },
  { SESSION ("'tool_choice':{'type':'mcp'}"), "missing_required_parameter",
      "session.tool_choice.server_label" },
  { SESSION ("'parallel_tool_calls':1"), "invalid_type",
      "session.parallel_tool_calls" },
  { SESSION ("'reasoning':{'effort':'none'}"), "invalid_value",
      "session.reasoning.effort" },
  { SESSION ("'truncation':'always'"), "invalid_value", "session.truncation" },
  { SESSION ("'truncation':{'type':'retention_ratio'}"),
      "missing_required_parameter", "session.truncation.retention_ratio" },
  { SESSION ("'truncation':{'type':'retention_ratio','retention_ratio':1.1}"),
      "decimal_above_max_value", "session.truncation.retention_ratio" },
  { SESSION ("'tracing':'on'"), "invalid_value", "session.tracing" },
  { SESSION ("'tracing':{'group':'a'}"), "unknown_parameter",
      "session.tracing.group" },
  { SESSION ("'include':['everything']"), "invalid_value",
      "session.include[0]" },
  { SESSION ("'prompt':{'version':'1'}"), "missing_required_parameter",
      "session.prompt.id" },
  { INPUT ("'format':{'type':'audio/mp3'}"), "invalid_value",
      "session.audio.input.format.type" },
  { INPUT ("'format':{'type':'audio/pcm','rate':16000}"),
      "integer_below_min_value", "session.audio.input.format.rate" },
  { INPUT ("'format':{'type':'audio/pcmu','rate':8000}"), "unknown_parameter",
      "session.audio.input.format.rate" },
  { INPUT ("'noise_reduction':{'type':'none'}"), "invalid_value",
      "session.audio.input.noise_reduction.type" },
  { INPUT ("'transcription':{'language':7}"), "invalid_type",
      "session.audio.input.transcription.language" },
  { INPUT ("'transcription':{'model':'whisper-1','delay':'low'}"),
      "unsupported_parameter", "session.audio.input.transcription.delay" },
  { INPUT ("'transcription':{'model':'whisper-1','languages':['en']}"),
      "unsupported_parameter", "session.audio.input.transcription.languages" },
  { INPUT ("'transcription':{'model':'gpt-transcribe','languages':[]}"),
      "array_below_min_length", "session.audio.input.transcription.languages" },
  { INPUT ("'turn_detection':{'threshold':0.5}"), "missing_required_parameter",
      "session.audio.input.turn_detection.type" },
  { INPUT ("'turn_detection':{'type':'none'}"), "invalid_value",
      "session.audio.input.turn_detection.type" },
  { INPUT ("'turn_detection':{'type':'semantic_vad','threshold':0.5}"),
      "unknown_parameter", "session.audio.input.turn_detection.threshold" },
  { INPUT ("'turn_detection':{'type':'semantic_vad','eagerness':'max'}"),
      "invalid_value", "session.audio.input.turn_detection.eagerness" },
  { VAD ("'eagerness':'low'"), "unknown_parameter",
      "session.audio.input.turn_detection.eagerness" },
  { VAD ("'threshold':1.1"), "decimal_above_max_value",
      "session.audio.input.turn_detection.threshold" },
  { VAD ("'silence_duration_ms':-1"), "integer_below_min_value",
      "session.audio.input.turn_detection.silence_duration_ms" },
  { VAD ("'prefix_padding_ms':'300'"), "invalid_type",
      "session.audio.input.turn_detection.prefix_padding_ms" },
  { VAD ("'idle_timeout_ms':4999"), "integer_below_min_value",
      "session.audio.input.turn_detection.idle_timeout_ms" },
  { VAD ("'idle_timeout_ms':30001"), "integer_above_max_value",
      "session.audio.input.turn_detection.idle_timeout_ms" },
  { VAD ("'create_response':'yes'"), "invalid_type",
      "session.audio.input.turn_detection.create_response" },
  { OUTPUT ("'voice':'nobody'"), "invalid_value",
      "session.audio.output.voice" },
  { OUTPUT ("'voice':{}"), "missing_required_parameter",
      "session.audio.output.voice.id" },
  { OUTPUT ("'speed':1.6"), "decimal_above_max_value",
      "session.audio.output.speed" },
  { OUTPUT ("'speed':0.2"), "decimal_below_min_value",
      "session.audio.output.speed" },

  /* Tools. */
  { TOOL ("'type':'function'"), "missing_required_parameter",
      "session.tools[0].name" },
  { TOOL ("'type':'code'"), "invalid_value", "session.tools[0].type" },
  { TOOL ("'type':'function','name':'f','strict':true"), "unknown_parameter",
      "session.tools[0].strict" },
  { TOOL ("'type':'function','name':'f','parameters':'{}'"), "invalid_type",
      "session.tools[0].parameters" },
  { TOOL ("'type':'mcp','server_url':'https://a'"),
      "missing_required_parameter", "session.tools[0].server_label" },
  { TOOL ("'type':'mcp','server_label':'a'"), "missing_required_parameter",
      "session.tools[0].server_url" },
  { TOOL ("'type':'mcp','server_label':'a','connector_id':'mine'"),
      "invalid_value", "session.tools[0].connector_id" },
  { TOOL ("'type':'mcp','server_label':'a','tunnel_id':'"
          "tunnel_ABCDEF0123456789abcdef0123456789'"),
      "invalid_value", "session.tools[0].tunnel_id" },
  { TOOL ("'type':'mcp','server_label':'a','server_url':'b',"
          "'require_approval':'ask'"),
      "invalid_value", "session.tools[0].require_approval" },
  { TOOL ("'type':'mcp','server_label':'a','server_url':'b',"
          "'require_approval':{'sometimes':{}}"),
      "unknown_parameter", "session.tools[0].require_approval.sometimes" },
  { TOOL ("'type':'mcp','server_label':'a','server_url':'b',"
          "'allowed_tools':[7]"),
      "invalid_type", "session.tools[0].allowed_tools[0]" },

  /* Items. */
  { "{'type':'conversation.item.create'}", "missing_required_parameter",
      "item" },
  { ITEM ("'id':'a'"), "missing_required_parameter", "item.type" },
  { ITEM ("'type':'thought'"), "invalid_value", "item.type" },
  { ITEM ("'type':'item_reference','id':'a'"), "invalid_value", "item.type" },
  { ITEM ("'type':'message','content':[]"), "missing_required_parameter",
      "item.role" },
  { ITEM ("'type':'message','role':'boss','content':[]"), "invalid_value",
      "item.role" },
  { ITEM ("'type':'message','role':'user'"), "missing_required_parameter",
      "item.content" },
  { ITEM ("'type':'message','role':'user','content':['hello']"), "invalid_type",
      "item.content[0]" },
  { ITEM ("'type':'message','role':'user','content':[],'status':'new'"),
      "invalid_value", "item.status" },
  { USER ("'text':'hello'"), "missing_required_parameter",
      "item.content[0].type" },
  { USER ("'type':'output_text','text':'hello'"), "invalid_value",
      "item.content[0].type" },
  { USER ("'type':'text','text':'hello'"), "invalid_value",
      "item.content[0].type" },
  { USER ("'type':'input_text'"), "missing_required_parameter",
      "item.content[0].text" },
  { USER ("'type':'input_text','text':'a','audio':'AAAA'"), "unknown_parameter",
      "item.content[0].audio" },
  { USER ("'type':'input_audio','audio':'?'"), "invalid_value",
      "item.content[0].audio" },
  { USER ("'type':'input_image'"), "missing_required_parameter",
      "item.content[0].image_url" },
  { USER ("'type':'input_image','image_url':'https://a.example/b.png'"),
      "invalid_value", "item.content[0].image_url" },
  { USER ("'type':'input_image','image_url':'data:image/gif;base64,R0lG'"),
      "invalid_value", "item.content[0].image_url" },
  { USER ("'type':'input_image','image_url':'data:image/png;base64,AAAA'"),
      "invalid_value", "item.content[0].image_url" },
  { USER ("'type':'input_image','image_url':'data:image/jpeg;base64,/9j/'"),
      "invalid_value", "item.content[0].image_url" },
  { USER ("'type':'input_image','image_url':'" TINY_PNG "','detail':'some'"),
      "invalid_value", "item.content[0].detail" },
  { ITEM ("'type':'message','role':'system','content':[{'type':'input_audio',"
          "'audio':'AAAA'}]"),
      "invalid_value", "item.content[0].type" },
  { ITEM ("'type':'message','role':'assistant','content':[{'type':"
          "'input_text','text':'a'}]"),
      "invalid_value", "item.content[0].type" },
  { ITEM ("'type':'message','role':'assistant','content':[{'type':"
          "'output_audio','audio':'AAAA'}]"),
      "invalid_value", "item.content[0].type" },
  { ITEM ("'type':'function_call_output','output':'1'"),
      "missing_required_parameter", "item.call_id" },
  { ITEM ("'type':'function_call_output','call_id':'call_0','output':'1'"),
      "invalid_tool_call_id", "item.call_id" },
  { ITEM ("'type':'function_call_output','call_id':'call_0','output':{}"),
      "invalid_type", "item.output" },
  { ITEM ("'type':'function_call','arguments':'{}'"),
      "missing_required_parameter", "item.name" },
  { ITEM ("'type':'mcp_approval_response','approval_request_id':'x'"),
      "missing_required_parameter", "item.approve" },
  { ITEM ("'type':'mcp_approval_response','approval_request_id':'x',"
          "'approve':true"),
      "invalid_value", "item.approval_request_id" },
  { "{'type':'conversation.item.create','previous_item_id':'item_0','item':{"
    "'type':'message','role':'user','content':[]}}",
      "item_not_found", "previous_item_id" },

  /* Responses. */
  { RESPONSE ("'conversation':'both'"), "invalid_value",
      "response.conversation" },
  { RESPONSE ("'modalities':['text']"), "unknown_parameter",
      "response.modalities" },
  { RESPONSE ("'voice':'marin'"), "unknown_parameter", "response.voice" },
  { RESPONSE ("'audio':{'output':{'speed':1.0}}"), "unknown_parameter",
      "response.audio.output.speed" },
  { RESPONSE ("'metadata':{'n':7}"), "invalid_type", "response.metadata.n" },
  { RESPONSE ("'metadata':{'" KEY_65 "':'v'}"), "string_above_max_length",
      "response.metadata." KEY_65 },
  { TOOL ("'type':'mcp','server_label':'a','server_url':'b','headers':{'X':7}"),
      "invalid_type", "session.tools[0].headers.X" },
  { RESPONSE ("'max_output_tokens':0"), "integer_below_min_value",
      "response.max_output_tokens" },
  { RESPONSE ("'input':[{'type':'item_reference','id':'item_0'}]"),
      "item_not_found", "response.input[0]" },
  { RESPONSE ("'input':[{'type':'message','role':'user','content':[{'type':"
              "'input_text'}]}]"),
      "missing_required_parameter", "response.input[0].content[0].text" },
  { RESPONSE ("'tools':[{'type':'mcp','server_label':'a'}]"),
      "missing_required_parameter", "response.tools[0].server_url" },
};

GST_START_TEST (test_bad_event_is_refused_with_its_id)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  g_autofree gchar *text = g_strdelimit (
      g_strdup (refused[__i__].event), "'", '"');
  g_autoptr (JsonObject)
      event = gst_oai_json_parse_object (text, strlen (text), 65536, NULL);
  gboolean has_id;
  JsonObject *error;
  guint before = talk->events->len;

  fail_unless (event != NULL, "%s", text);
  has_id = json_object_has_member (event, "event_id");
  if (!has_id)
    json_object_set_string_member (event, "event_id", "evt_culprit");
  g_free (text);
  text = gst_oai_json_to_string (event);
  emu_session_receive (talk->session, text);
  fail_unless_equals_int (talk->events->len, before + 1);
  error = g_ptr_array_index (talk->events, before);
  fail_unless_equals_string (get_string (error, "type"), "error");
  fail_unless_equals_string (
      get_string (error, "error.type"), "invalid_request_error");
  if (strcmp (get_string (error, "error.code"), refused[__i__].code) != 0
      || strcmp (get_string (error, "error.param"), refused[__i__].param) != 0)
    fail ("%s: %s, %s: %s", text, get_string (error, "error.code"),
        get_string (error, "error.param"), get_string (error, "error.message"));
  fail_unless (*get_string (error, "error.message") != '\0');
  if (!has_id)
    fail_unless_equals_string (
        get_string (error, "error.event_id"), "evt_culprit");
}
GST_END_TEST;

static const gchar *accepted[] = {
  SESSION ("'instructions':''"),
  SESSION ("'output_modalities':['text']"),
  SESSION ("'max_output_tokens':4096"),
  SESSION ("'max_output_tokens':'inf'"),
  SESSION ("'model':'gpt-realtime-2.1'"),
  SESSION ("'tool_choice':{'type':'function','name':'f'}"),
  SESSION ("'tool_choice':{'type':'mcp','server_label':'a','name':'echo'}"),
  SESSION ("'tool_choice':{'type':'mcp','server_label':'a','name':null}"),
  SESSION ("'parallel_tool_calls':false,'reasoning':{'effort':'xhigh'}"),
  SESSION ("'truncation':{'type':'retention_ratio','retention_ratio':0.8,"
           "'token_limits':{'post_instructions':8000}}"),
  SESSION ("'tracing':{'workflow_name':'w','group_id':'g','metadata':{'a':1}}"),
  SESSION ("'include':['item.input_audio_transcription.logprobs']"),
  SESSION ("'prompt':{'id':'pmpt_1','version':null,'variables':{'a':'b'}}"),
  INPUT ("'format':{'type':'audio/pcma'}"),
  INPUT ("'noise_reduction':{'type':'far_field'}"),
  INPUT ("'noise_reduction':null,'transcription':null,'turn_detection':null"),
  INPUT ("'transcription':{'model':'gpt-transcribe','languages':['en'],"
         "'keywords':['GStreamer'],'prompt':'a'}"),
  INPUT ("'transcription':{'model':'gpt-realtime-whisper','delay':'low'}"),
  INPUT ("'turn_detection':{'type':'semantic_vad','eagerness':'high',"
         "'create_response':false,'interrupt_response':false}"),
  VAD ("'threshold':1,'prefix_padding_ms':0,'silence_duration_ms':200,"
       "'idle_timeout_ms':5000,'create_response':true"),
  VAD ("'idle_timeout_ms':null"),
  OUTPUT ("'voice':'cedar','speed':1.5"),
  OUTPUT ("'voice':{'id':'voice_1'}"),
  TOOL ("'type':'function','name':'f','description':'d','parameters':{'type':"
        "'object','properties':{}}"),
  TOOL ("'type':'mcp','server_label':'a','server_url':'https://a',"
        "'headers':{'X':'y'},'authorization':'t','server_description':'d',"
        "'allowed_tools':{'tool_names':['echo'],'read_only':true},"
        "'allowed_callers':['direct'],'defer_loading':false,"
        "'require_approval':{'never':{'tool_names':['echo']}}"),
  TOOL ("'type':'mcp','server_label':'a','tunnel_id':"
        "'tunnel_abcdef0123456789abcdef0123456789'"),
  TOOL ("'type':'mcp','server_label':'a','connector_id':'connector_dropbox',"
        "'allowed_tools':['echo'],'require_approval':{'always':{'tool_names':"
        "['echo'],'read_only':false},'never':{'read_only':true}}"),
};

#define TRANSCRIPTION(fields)                                                  \
  "{'type':'session.update','session':{'type':'transcription'," fields "}}"
#define HEARING(fields) TRANSCRIPTION ("'audio':{'input':{" fields "}}")

static const gchar *accepted_to_transcribe[] = {
  TRANSCRIPTION ("'include':['item.input_audio_transcription.logprobs']"),
  HEARING ("'format':{'type':'audio/pcm','rate':24000}"),
  HEARING ("'format':{'type':'audio/pcmu'}"),
  HEARING ("'noise_reduction':{'type':'near_field'}"),
  HEARING ("'noise_reduction':null,'transcription':null,'turn_detection':null"),
  HEARING ("'transcription':{'model':'whisper-1','language':'en',"
           "'prompt':'a'}"),
  HEARING ("'transcription':{'model':'gpt-live-transcribe','languages':['en'],"
           "'keywords':['GStreamer']}"),
  HEARING ("'transcription':{'model':'gpt-realtime-whisper','delay':'low'},"
           "'turn_detection':null"),
  HEARING ("'turn_detection':{'type':'semantic_vad','eagerness':'low',"
           "'create_response':false,'interrupt_response':false}"),
  HEARING ("'turn_detection':{'type':'server_vad','threshold':0.6,"
           "'idle_timeout_ms':6000}"),
};

GST_START_TEST (test_good_settings_of_a_transcription_are_echoed)
{
  g_autoptr (Talk) talk = talk_new (NULL, "{'type':'transcription'}");
  guint next = talk->events->len;

  talk_send (talk, "%s", accepted_to_transcribe[__i__]);
  talk_wait (talk, &next, "session.updated");
}
GST_END_TEST;

GST_START_TEST (test_good_settings_are_echoed)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  guint next = talk->events->len;

  talk_send (talk, "%s", accepted[__i__]);
  talk_wait (talk, &next, "session.updated");
}
GST_END_TEST;

GST_START_TEST (test_text_that_is_no_event)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  static const gchar *texts[] = { "", "{", "[]", "7", "{\"a\":1,}", "\xff" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    guint before = talk->events->len;
    JsonObject *error;

    emu_session_receive (talk->session, texts[i]);
    fail_unless_equals_int (talk->events->len, before + 1);
    error = g_ptr_array_index (talk->events, before);
    fail_unless_equals_string (
        get_string (error, "error.code"), "invalid_json");
  }
}
GST_END_TEST;

GST_START_TEST (test_metadata_has_limits)
{
  g_autoptr (Talk) talk = talk_new (NULL, NULL);
  g_autoptr (GString) pairs = g_string_new (NULL);
  guint before = talk->events->len;
  JsonObject *error;
  guint i;

  for (i = 0; i < 17; i++)
    g_string_append_printf (pairs, "%s'k%u':'v'", i > 0 ? "," : "", i);
  talk_send (talk, "{'type':'response.create','response':{'metadata':{%s}}}",
      pairs->str);
  error = g_ptr_array_index (talk->events, before);
  fail_unless_equals_string (
      get_string (error, "error.param"), "response.metadata");
}
GST_END_TEST;

static Suite *
validation_suite (void)
{
  Suite *s = suite_create ("emulator-validation");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (
      tc, test_bad_event_is_refused_with_its_id, 0, G_N_ELEMENTS (refused));
  tcase_add_loop_test (
      tc, test_good_settings_are_echoed, 0, G_N_ELEMENTS (accepted));
  tcase_add_loop_test (tc, test_good_settings_of_a_transcription_are_echoed, 0,
      G_N_ELEMENTS (accepted_to_transcribe));
  tcase_add_test (tc, test_text_that_is_no_event);
  tcase_add_test (tc, test_metadata_has_limits);
  return s;
}

GST_CHECK_MAIN (validation);
