/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Conversations that use all that the elements can do and meet all that a server
 * can send. What was said, both ways, is recorded (EMU_RECORD_DIR) and checked
 * against the schema by tests/check/emulator/conformity.py. Here it is only seen
 * to that each thing happens. */

#define PATIENCE 300 /* seconds, for the longest of them */

typedef struct {
  E2eTalk talk;
  GArray *words; /* what the microphone says */
  GHashTable *emitted; /* names of actions */
  guint from; /* messages before this one are old */

  GMutex lock; /* protects what is below */
  gchar *call_id; /* of a call that waits for its output */
  gboolean answer; /* calls are answered by their signal */
} Run;

static gchar *
on_function_call (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  Run *run = user_data;
  gchar *output = NULL;

  g_mutex_lock (&run->lock);
  if (run->answer) {
    output = g_strdup ("{\"sky\":\"clear\"}");
  } else {
    g_free (run->call_id);
    run->call_id = g_strdup (call_id);
  }
  g_mutex_unlock (&run->lock);
  return output;
}

static void
run_start (Run *run, const gchar *options)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_GO_FORWARD);

  fail_unless (speech != NULL);
  memset (run, 0, sizeof (*run));
  g_mutex_init (&run->lock);
  run->emitted = g_hash_table_new (g_str_hash, g_str_equal);
  run->words = e2e_sound_load (speech);
  e2e_talk_prepare (&run->talk, options, NULL, "");
  g_signal_connect (
      run->talk.ai, "function-call", G_CALLBACK (on_function_call), run);
}

static void
run_connect (Run *run)
{
  run->from = e2e_talk_play (&run->talk);
}

static void
run_stop (Run *run)
{
  e2e_talk_stop (&run->talk);
  g_array_unref (run->words);
  g_hash_table_unref (run->emitted);
  g_free (run->call_id);
  g_mutex_clear (&run->lock);
}

/* Emits an action, which must work. What comes from now on is an answer. */
#define ACT(run, name, ...)                                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean sent_ = FALSE;                                                    \
                                                                               \
    mark (run);                                                                \
    g_hash_table_add ((run)->emitted, (gpointer) name);                        \
    g_signal_emit_by_name ((run)->talk.ai, name, ##__VA_ARGS__, &sent_);       \
    fail_unless (sent_, "%s", name);                                           \
  }                                                                            \
  G_STMT_END

static void
mark (Run *run)
{
  e2e_pipe_pump (run->talk.pipe, 0);
  run->from = run->talk.pipe->messages->len;
}

/* Waits for an event that came since the last action and returns it. Events of
 * different kinds may come in any order. */
static gchar *
heard (Run *run, const gchar *type)
{
  gchar *json = NULL;

  e2e_wait_event (run->talk.pipe, run->from, type, &json);
  return json;
}

static void
hear (Run *run, const gchar *type)
{
  g_free (heard (run, type));
}

/* The text at @path of an event, which must be there. */
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
  fail_unless (json_array_get_length (array) > 0, "no %s in %s", path, json);
  return g_strdup (json_array_get_string_element (array, 0));
}

static void
hear_refusal (Run *run, const gchar *code)
{
  g_autofree gchar *json = heard (run, "error");
  g_autofree gchar *got = member (json, "$.error.code");

  fail_unless_equals_string (got, code);
}

/* Sets a property and waits until the server knows. */
static void
set (Run *run, const gchar *property, const gchar *value)
{
  mark (run);
  gst_util_set_object_arg (G_OBJECT (run->talk.ai), property, value);
  hear (run, "session.updated");
}

/* A turn of the user, until the server took it. */
static void
speak (Run *run)
{
  mark (run);
  e2e_microphone_say (run->talk.mic, run->words);
  hear (run, "input_audio_buffer.speech_started");
  hear (run, "input_audio_buffer.speech_stopped");
  hear (run, "input_audio_buffer.committed");
}

static void
hear_spoken_answer (Run *run)
{
  static const gchar *const types[] = { "response.created",
    "rate_limits.updated", "response.output_item.added",
    "conversation.item.added", "response.content_part.added",
    "output_audio_buffer.started", "response.output_audio_transcript.delta",
    "response.output_audio.done", "response.output_audio_transcript.done",
    "response.content_part.done", "response.output_item.done",
    "conversation.item.done", "response.done", "output_audio_buffer.stopped" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++)
    hear (run, types[i]);
}

/* --- what is said ------------------------------------------------------ */

#define TOOLS                                                                  \
  "[{\"type\":\"function\",\"name\":\"get_weather\",\"description\":\"w\","    \
  "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":"    \
  "\"string\"}}}},"                                                            \
  "{\"type\":\"mcp\",\"server_label\":\"canned\",\"server_url\":"              \
  "\"https://a.invalid\",\"require_approval\":{\"never\":{\"tool_names\":"     \
  "[\"echo\",\"broken\"]}},\"allowed_tools\":{\"tool_names\":[\"echo\","       \
  "\"broken\",\"roll_dice\"]}},"                                               \
  "{\"type\":\"mcp\",\"server_label\":\"lost\",\"server_url\":"                \
  "\"https://fail.invalid\"}]"

#define LOGPROBS "{\"include\":[\"item.input_audio_transcription.logprobs\"]}"

#define TRANSCRIPTION "conversation.item.input_audio_transcription."

static void
spoken_turns (Run *run)
{
  speak (run);
  hear (run, TRANSCRIPTION "delta");
  hear (run, TRANSCRIPTION "completed");
  hear_spoken_answer (run);

  set (run, "input-transcription-model", "gpt-4o-transcribe-diarize");
  speak (run);
  hear (run, TRANSCRIPTION "segment");
  hear_spoken_answer (run);

  set (run, "input-transcription-model", "gpt-transcribe");
  speak (run);
  hear (run, TRANSCRIPTION "completed");
  hear_spoken_answer (run);
}

static gboolean
has_call (gpointer data)
{
  Run *run = data;
  gboolean has;

  g_mutex_lock (&run->lock);
  has = run->call_id != NULL;
  g_mutex_unlock (&run->lock);
  return has;
}

static void
function_calls (Run *run)
{
  ACT (run, "send-text", "what is the weather in rome");
  hear (run, "response.function_call_arguments.delta");
  hear (run, "response.function_call_arguments.done");
  e2e_wait_until (run->talk.pipe, has_call, run, "function call");
  ACT (run, "send-function-output", run->call_id, "{\"sky\":\"grey\"}");
  hear_spoken_answer (run);

  g_mutex_lock (&run->lock);
  run->answer = TRUE;
  g_mutex_unlock (&run->lock);
  ACT (run, "send-text", "what is the weather in rome and paris");
  hear_spoken_answer (run);
}

/* The item that asks for a yes. */
static gboolean
is_request (GstMessage *message, gconstpointer data)
{
  const GstStructure *s = gst_message_get_structure (message);
  const gchar *json = s ? gst_structure_get_string (s, "json") : NULL;

  return json && strstr (json, "\"response.output_item.done\"")
      && strstr (json, "\"mcp_approval_request\"");
}

/* Asks for what needs an approval. Returns the id of the request. */
static gchar *
roll_the_dice (Run *run)
{
  GstMessage *message;
  guint next;
  gchar *id;

  ACT (run, "send-text", "roll the dice");
  next = e2e_wait_message (
      run->talk.pipe, run->from, is_request, NULL, "approval request");
  message = g_ptr_array_index (run->talk.pipe->messages, next - 1);
  id = member (
      gst_structure_get_string (gst_message_get_structure (message), "json"),
      "$.item.id");
  hear (run, "response.done");

  return id;
}

static void
mcp_calls (Run *run)
{
  g_autofree gchar *item = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *again = NULL;

  ACT (run, "send-text", "echo good morning");
  hear (run, "response.mcp_call_arguments.delta");
  hear (run, "response.mcp_call_arguments.done");
  hear (run, "response.mcp_call.in_progress");
  hear (run, "response.mcp_call.completed");
  hear_spoken_answer (run);

  ACT (run, "send-text", "is it broken");
  hear (run, "response.mcp_call.failed");
  hear_spoken_answer (run);

  again = roll_the_dice (run);
  ACT (run, "send-approval", again, TRUE, "why not");
  hear (run, "response.mcp_call.completed");
  hear_spoken_answer (run);

  id = roll_the_dice (run);
  item = g_strdup_printf ("{\"type\":\"mcp_approval_response\",\"id\":\"yes\","
                          "\"approval_request_id\":\"%s\",\"approve\":true,"
                          "\"reason\":\"why not\"}",
      id);
  ACT (run, "create-item", item, NULL);
  hear (run, "response.mcp_call.completed");
  hear_spoken_answer (run);
}

static void
interruptions (Run *run)
{
  g_autofree gchar *created = NULL;
  g_autofree gchar *id = NULL;

  ACT (run, "send-text", "tell me a story");
  hear (run, "output_audio_buffer.started");
  ACT (run, "interrupt");
  hear (run, "output_audio_buffer.cleared");
  hear (run, "conversation.item.truncated");

  ACT (run, "send-text", "tell me a story");
  hear (run, "output_audio_buffer.started");
  speak (run);
  hear (run, "output_audio_buffer.cleared");
  hear_spoken_answer (run);

  ACT (run, "send-text", "tell me a story");
  hear (run, "output_audio_buffer.started");
  ACT (run, "clear-output");
  hear (run, "output_audio_buffer.cleared");

  ACT (run, "send-text", "tell me a story");
  created = heard (run, "response.created");
  id = member (created, "$.response.id");
  ACT (run, "cancel-response", id);
  hear (run, "response.done");
  ACT (run, "clear-output");
  /* There is none any more. */
  ACT (run, "cancel-response", id);
  hear_refusal (run, "response_cancel_not_active");
}

static void
text_only (Run *run)
{
  set (run, "output-modality", "text");
  ACT (run, "send-text", "good morning");
  hear (run, "response.output_text.delta");
  hear (run, "response.output_text.done");
  hear (run, "response.done");
  set (run, "output-modality", "audio");
}

static void
beside_the_conversation (Run *run)
{
  ACT (run, "create-response",
      "{\"conversation\":\"none\",\"output_modalities\":[\"text\"],"
      "\"metadata\":{\"topic\":\"aside\"},\"instructions\":\"Be brief.\","
      "\"max_output_tokens\":50,\"tool_choice\":\"none\",\"tools\":[],"
      "\"reasoning\":{\"effort\":\"low\"},\"parallel_tool_calls\":false,"
      "\"audio\":{\"output\":{\"format\":{\"type\":\"audio/pcm\","
      "\"rate\":24000}}},\"input\":[{\"type\":\"message\",\"role\":\"user\","
      "\"content\":[{\"type\":\"input_text\",\"text\":\"hello\"}]}]}");
  hear (run, "response.output_text.done");
  hear (run, "response.done");
}

#define PIXEL                                                                  \
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE" \
  "QVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

static void
items (Run *run)
{
  static const gchar *const created[] = {
    "{\"id\":\"m1\",\"type\":\"message\",\"role\":\"user\",\"status\":"
    "\"completed\",\"content\":[{\"type\":\"input_text\",\"text\":\"See.\"},"
    "{\"type\":\"input_image\",\"image_url\":\"" PIXEL "\",\"detail\":"
    "\"low\"}]}",
    "{\"id\":\"m2\",\"type\":\"message\",\"role\":\"user\",\"content\":[{"
    "\"type\":\"input_audio\",\"audio\":\"AAAAAAAA\",\"transcript\":\"hm\"}]}",
    "{\"id\":\"m3\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"
    "\"type\":\"output_text\",\"text\":\"I see.\"}]}",
    "{\"id\":\"f1\",\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":"
    "\"clock\",\"arguments\":\"{}\"}",
    "{\"id\":\"f2\",\"type\":\"function_call_output\",\"call_id\":\"c1\","
    "\"output\":\"noon\"}",
    "{\"id\":\"p1\",\"type\":\"mcp_list_tools\",\"server_label\":\"old\","
    "\"tools\":[{\"name\":\"t\",\"description\":\"d\",\"input_schema\":{},"
    "\"annotations\":{}}]}",
    "{\"id\":\"p2\",\"type\":\"mcp_approval_request\",\"server_label\":"
    "\"old\",\"name\":\"t\",\"arguments\":\"{}\"}",
    "{\"id\":\"p3\",\"type\":\"mcp_call\",\"server_label\":\"old\",\"name\":"
    "\"t\",\"arguments\":\"{}\",\"approval_request_id\":\"p2\",\"output\":"
    "null,\"error\":{\"type\":\"http_error\",\"code\":404,\"message\":"
    "\"gone\"}}",
  };
  g_autofree gchar *answer = NULL;
  g_autofree gchar *spoken = NULL;
  guint i;

  ACT (run, "create-item",
      "{\"id\":\"m0\",\"type\":\"message\",\"role\":\"system\",\"content\":[{"
      "\"type\":\"input_text\",\"text\":\"Be kind.\"}]}",
      "root");
  hear (run, "conversation.item.created");
  hear (run, "conversation.item.added");
  hear (run, "conversation.item.done");
  for (i = 0; i < G_N_ELEMENTS (created); i++) {
    ACT (run, "create-item", created[i], i % 2 ? "m0" : NULL);
    hear (run, "conversation.item.done");
  }

  ACT (run, "retrieve-item", "m2");
  hear (run, "conversation.item.retrieved");
  ACT (run, "delete-item", "m2");
  hear (run, "conversation.item.deleted");
  ACT (run, "delete-item", "m2");
  hear_refusal (run, "item_not_found");

  /* The one that is spoken is the one that can be truncated. */
  ACT (run, "send-text", "hello");
  answer = heard (run, "response.output_item.added");
  spoken = member (answer, "$.item.id");
  hear_spoken_answer (run);
  ACT (run, "truncate-item", spoken, 0, 100);
  hear (run, "conversation.item.truncated");
  ACT (run, "retrieve-item", spoken);
  hear (run, "conversation.item.retrieved");
}

static void
push_to_talk (Run *run)
{
  set (run, "turn-detection", "none");
  ACT (run, "clear-input");
  hear (run, "input_audio_buffer.cleared");
  e2e_microphone_say (run->talk.mic, run->words);
  e2e_microphone_wait (run->talk.pipe, run->talk.mic);
  ACT (run, "commit-input");
  hear (run, "input_audio_buffer.committed");
  ACT (run, "create-response", NULL);
  hear_spoken_answer (run);

  ACT (run, "start-talking");
  hear (run, "input_audio_buffer.cleared");
  e2e_microphone_say (run->talk.mic, run->words);
  e2e_microphone_wait (run->talk.pipe, run->talk.mic);
  ACT (run, "stop-talking");
  hear (run, "input_audio_buffer.committed");
  hear_spoken_answer (run);
}

static void
mistakes (Run *run)
{
  ACT (run, "send-event",
      "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
  hear_refusal (run, "invalid_event_for_transport");
  ACT (run, "send-event", "{\"type\":\"response.pause\"}");
  hear_refusal (run, "invalid_value");
  ACT (run, "update-session", "{\"audio\":{\"input\":{\"gain\":2}}}");
  hear_refusal (run, "unknown_parameter");
}

/* --- settings ---------------------------------------------------------- */

/* Another value for each property that may be changed while playing. */
static const struct {
  const gchar *name;
  const gchar *value;
  gboolean local; /* the server need not know */
} changes[] = {
  { "voice", "cedar" },
  { "instructions", "Say less." },
  { "speed", "1.25" },
  { "turn-detection", "semantic-vad" },
  { "vad-eagerness", "high" },
  { "create-response", "false" },
  { "interrupt-response", "false" },
  { "noise-reduction", "far-field" },
  { "input-transcription-model", "gpt-realtime-whisper" },
  { "input-transcription-delay", "low" },
  { "input-transcription-delay", "" },
  { "input-transcription-model", "whisper-1" },
  { "input-transcription-language", "en" },
  { "input-transcription-prompt", "meters" },
  { "input-transcription-language", "" },
  { "input-transcription-model", "gpt-transcribe" },
  { "input-transcription-languages", "en,de" },
  { "input-transcription-keywords", "forward, meters" },
  { "input-transcription-logprobs", "true" },
  { "max-output-tokens", "1000" },
  { "tool-choice", "none" },
  { "parallel-tool-calls", "false" },
  { "target-language", "es", TRUE },
  { "reasoning-effort", "low" },
  { "truncation", "{\"type\":\"retention_ratio\",\"retention_ratio\":0.8}" },
  { "tracing", "{\"workflow_name\":\"test\"}" },
  { "prompt", "pmpt_1" },
  { "tools", "[]" },
  { "session-config",
      "{\"reasoning\":{\"effort\":\"high\"},\"truncation\":\"disabled\"}" },
  { "interrupt-mode", "flush", TRUE },
  { "local-interrupt", "duck", TRUE },
  { "eos-mode", "keep", TRUE },
  { "idle-output", "none", TRUE },
  { "drain-timeout", "5000", TRUE },
  { "image-interval", "500", TRUE },
  { "image-max-width", "640", TRUE },
  { "response-timeout", "20000", TRUE },
  { "max-cost", "1000", TRUE },
  { "max-duration", "3600000", TRUE },
  { "max-idle", "3600000", TRUE },
  { "mute", "true", TRUE },
  { "max-turn-latency", "60000", TRUE },
  { "tool-command", "true", TRUE },
  { "tool-timeout", "1000", TRUE },
  { "tool-max-output", "100", TRUE },
  { "tool-filler", "Say that it takes a while.", TRUE },
  { "tool-filler-delay", "500", TRUE },
  /* Back to the detection that these belong to. */
  { "turn-detection", "server-vad" },
  { "vad-threshold", "0.75" },
  { "vad-prefix-padding", "200" },
  { "vad-silence-duration", "300" },
  { "vad-idle-timeout", "10000" },
  { "output-modality", "text" },
};

/* Only older servers know it: a refusal. */
#define REFUSED "temperature"

GST_START_TEST (test_every_setting_is_changed_while_playing)
{
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree GParamSpec **specs = NULL;
  guint n, i;
  Run run;

  run_start (&run, NULL);
  run_connect (&run);
  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_hash_table_add (done, (gpointer) changes[i].name);
    if (changes[i].local)
      gst_util_set_object_arg (
          G_OBJECT (run.talk.ai), changes[i].name, changes[i].value);
    else
      set (&run, changes[i].name, changes[i].value);
  }
  mark (&run);
  g_hash_table_add (done, (gpointer) REFUSED);
  g_object_set (run.talk.ai, REFUSED, 0.5, NULL);
  hear_refusal (&run, "unknown_parameter");

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (run.talk.ai), &n);
  for (i = 0; i < n; i++)
    fail_unless (!(specs[i]->flags & GST_PARAM_MUTABLE_PLAYING)
            || g_hash_table_contains (done, specs[i]->name),
        "%s was not changed", specs[i]->name);
  run_stop (&run);
}
GST_END_TEST;

/* What a camera shows, on demand. */
static void
images (Run *run)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-raw,format=RGB,width=16,height=16,framerate=0/1");
  g_autoptr (GstPad)
      pad = gst_element_request_pad_simple (run->talk.ai, "image_sink");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 16 * 16 * 3, NULL);
  GstSample *sample;
  GstSegment segment;

  gst_buffer_memset (buffer, 0, 128, 16 * 16 * 3);
  sample = gst_sample_new (buffer, caps, NULL, NULL);
  ACT (run, "send-image", sample, "low");
  hear (run, "conversation.item.done");
  gst_sample_unref (sample);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_stream_start ("camera"));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_chain (pad, buffer), GST_FLOW_OK);
  ACT (run, "send-newest-image");
  hear (run, "conversation.item.done");
  gst_element_release_request_pad (run->talk.ai, pad);
}

/* --- conversations ----------------------------------------------------- */

/* Every action of the element, whatever its next version brings. */
static void
fail_unless_all_emitted (Run *run)
{
  GType type = G_OBJECT_TYPE (run->talk.ai);

  for (; g_type_is_a (type, GST_TYPE_BIN) && type != GST_TYPE_BIN;
       type = g_type_parent (type)) {
    g_autofree guint *ids = NULL;
    guint n, i;

    ids = g_signal_list_ids (type, &n);
    for (i = 0; i < n; i++) {
      GSignalQuery query;

      g_signal_query (ids[i], &query);
      fail_unless (!(query.signal_flags & G_SIGNAL_ACTION)
              || g_hash_table_contains (run->emitted, query.signal_name),
          "%s was not emitted", query.signal_name);
    }
  }
}

GST_START_TEST (test_long_conversation)
{
  Run run;

  run_start (&run, "--mind talk --item-events both");
  g_object_set (run.talk.ai, "tools", TOOLS, "session-config", LOGPROBS,
      "input-transcription-model", "whisper-1", "instructions",
      "Be brief, and name the unit of each number.", NULL);
  run_connect (&run);
  run.from = 0;
  hear (&run, "conversation.created");
  hear (&run, "mcp_list_tools.in_progress");
  hear (&run, "mcp_list_tools.completed");
  hear (&run, "mcp_list_tools.failed");

  spoken_turns (&run);
  function_calls (&run);
  mcp_calls (&run);
  interruptions (&run);
  text_only (&run);
  beside_the_conversation (&run);
  items (&run);
  images (&run);
  mistakes (&run);
  ACT (&run, "update-session", "{\"instructions\":\"Be long.\"}");
  hear (&run, "session.updated");
  push_to_talk (&run);
  fail_unless_all_emitted (&run);

  /* The input ends in the middle of a turn, with the button still pressed. */
  ACT (&run, "start-talking");
  hear (&run, "input_audio_buffer.cleared");
  e2e_microphone_say (run.talk.mic, run.words);
  e2e_microphone_wait (run.talk.pipe, run.talk.mic);
  mark (&run);
  gst_element_send_event (run.talk.pipe->pipeline, gst_event_new_eos ());
  hear (&run, "input_audio_buffer.committed");
  hear_spoken_answer (&run);
  e2e_wait_eos (run.talk.pipe);
  run_stop (&run);
}
GST_END_TEST;

GST_START_TEST (test_silence_is_prompted)
{
  Run run;

  run_start (&run, "--mind talk");
  g_object_set (run.talk.ai, "vad-idle-timeout", 5000, NULL);
  run_connect (&run);
  ACT (&run, "send-text", "hello");
  hear (&run, "output_audio_buffer.stopped");
  mark (&run);
  hear (&run, "input_audio_buffer.timeout_triggered");
  hear_spoken_answer (&run);
  run_stop (&run);
}
GST_END_TEST;

GST_START_TEST (test_answers_that_fail)
{
  Run run;

  run_start (&run,
      "--fault response-fails=inference_rate_limit_exceeded "
      "--fault no-transcription");
  g_object_set (run.talk.ai, "input-transcription-model", "whisper-1", NULL);
  run_connect (&run);
  speak (&run);
  hear (&run, TRANSCRIPTION "failed");
  hear (&run, "response.done");
  e2e_wait_warning (
      run.talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, NULL);
  run_stop (&run);
}
GST_END_TEST;

GST_START_TEST (test_answers_that_are_cut)
{
  Run run;

  run_start (&run, "--fault content-filter");
  run_connect (&run);
  speak (&run);
  hear (&run, "response.done");
  hear (&run, "output_audio_buffer.stopped");
  run_stop (&run);
}
GST_END_TEST;

/* A session of another kind, with events of its own. */
GST_START_TEST (test_translation)
{
  Run run;

  run_start (&run, NULL);
  gst_util_set_object_arg (
      G_OBJECT (run.talk.ai), "session-type", "translation");
  gst_util_set_object_arg (
      G_OBJECT (run.talk.ai), "noise-reduction", "near-field");
  g_object_set (run.talk.ai, "target-language", "es",
      "input-transcription-model", "gpt-realtime-whisper", NULL);
  run_connect (&run);
  mark (&run);
  g_object_set (run.talk.ai, "target-language", "fr", NULL);
  hear (&run, "session.updated");
  mark (&run);
  e2e_microphone_say (run.talk.mic, run.words);
  hear (&run, "session.input_transcript.delta");
  hear (&run, "session.output_transcript.delta");
  /* There are no turns. */
  ACT (&run, "send-event", "{\"type\":\"response.cancel\"}");
  hear (&run, "error");
  /* There are no turns. */
  mark (&run);
  gst_element_send_event (run.talk.pipe->pipeline, gst_event_new_eos ());
  hear (&run, "session.closed");
  e2e_wait_eos (run.talk.pipe);
  run_stop (&run);
}
GST_END_TEST;

static Suite *
conformity_suite (void)
{
  Suite *s = suite_create ("e2e-conformity");
  TCase *tc = tcase_create ("conversations");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, PATIENCE);
  tcase_add_test (tc, test_every_setting_is_changed_while_playing);
  tcase_add_test (tc, test_long_conversation);
  tcase_add_test (tc, test_silence_is_prompted);
  tcase_add_test (tc, test_answers_that_fail);
  tcase_add_test (tc, test_answers_that_are_cut);
  tcase_add_test (tc, test_translation);
  return s;
}

E2E_MAIN (conformity_suite)
