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
  E2eEmulator *emulator;
  E2ePipe *pipe;
  E2eMicrophone *mic;
  GArray *words; /* what the microphone says */
  GstElement *ai;
  GHashTable *emitted; /* names of actions */
  guint from; /* messages before this one are old */

  GMutex lock; /* protects what is below */
  gchar *call_id; /* of a call that waits for its output */
  gboolean answer; /* calls are answered by their signal */
} Talk;

static gchar *
on_function_call (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  Talk *talk = user_data;
  gchar *output = NULL;

  g_mutex_lock (&talk->lock);
  if (talk->answer) {
    output = g_strdup ("{\"sky\":\"clear\"}");
  } else {
    g_free (talk->call_id);
    talk->call_id = g_strdup (call_id);
  }
  g_mutex_unlock (&talk->lock);
  return output;
}

static void
talk_start (Talk *talk, const gchar *options)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_GO_FORWARD);

  fail_unless (speech != NULL);
  memset (talk, 0, sizeof (*talk));
  g_mutex_init (&talk->lock);
  talk->emitted = g_hash_table_new (g_str_hash, g_str_equal);
  talk->words = e2e_sound_load (speech);
  talk->emulator = e2e_emulator_start (options);
  talk->pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT,
      e2e_emulator_url (talk->emulator));
  e2e_capture (talk->pipe, "out");
  talk->mic = e2e_microphone (talk->pipe, "mic");
  talk->ai = e2e_pipe_get (talk->pipe, "ai");
  g_signal_connect (
      talk->ai, "function-call", G_CALLBACK (on_function_call), talk);
}

static void
talk_connect (Talk *talk)
{
  e2e_pipe_set_state (talk->pipe, GST_STATE_PLAYING);
  talk->from = e2e_wait_connected (talk->pipe);
}

static void
talk_stop (Talk *talk)
{
  e2e_pipe_free (talk->pipe);
  e2e_emulator_stop (talk->emulator);
  g_array_unref (talk->words);
  g_hash_table_unref (talk->emitted);
  g_free (talk->call_id);
  g_mutex_clear (&talk->lock);
}

/* Emits an action, which must work. What comes from now on is an answer. */
#define ACT(talk, name, ...)                                                   \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean sent_ = FALSE;                                                    \
                                                                               \
    mark (talk);                                                               \
    g_hash_table_add ((talk)->emitted, (gpointer) name);                       \
    g_signal_emit_by_name ((talk)->ai, name, ##__VA_ARGS__, &sent_);           \
    fail_unless (sent_, "%s", name);                                           \
  }                                                                            \
  G_STMT_END

static void
mark (Talk *talk)
{
  e2e_pipe_pump (talk->pipe, 0);
  talk->from = talk->pipe->messages->len;
}

/* Waits for an event that came since the last action and returns it. Events of
 * different kinds may come in any order. */
static gchar *
heard (Talk *talk, const gchar *type)
{
  gchar *json = NULL;

  e2e_wait_event (talk->pipe, talk->from, type, &json);
  return json;
}

static void
hear (Talk *talk, const gchar *type)
{
  g_free (heard (talk, type));
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
hear_refusal (Talk *talk, const gchar *code)
{
  g_autofree gchar *json = heard (talk, "error");
  g_autofree gchar *got = member (json, "$.error.code");

  fail_unless_equals_string (got, code);
}

/* Sets a property and waits until the server knows. */
static void
set (Talk *talk, const gchar *property, const gchar *value)
{
  mark (talk);
  gst_util_set_object_arg (G_OBJECT (talk->ai), property, value);
  hear (talk, "session.updated");
}

/* A turn of the user, until the server took it. */
static void
speak (Talk *talk)
{
  mark (talk);
  e2e_microphone_say (talk->mic, talk->words);
  hear (talk, "input_audio_buffer.speech_started");
  hear (talk, "input_audio_buffer.speech_stopped");
  hear (talk, "input_audio_buffer.committed");
}

static void
hear_spoken_answer (Talk *talk)
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
    hear (talk, types[i]);
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
spoken_turns (Talk *talk)
{
  speak (talk);
  hear (talk, TRANSCRIPTION "delta");
  hear (talk, TRANSCRIPTION "completed");
  hear_spoken_answer (talk);

  set (talk, "input-transcription-model", "gpt-4o-transcribe-diarize");
  speak (talk);
  hear (talk, TRANSCRIPTION "segment");
  hear_spoken_answer (talk);

  set (talk, "input-transcription-model", "gpt-transcribe");
  speak (talk);
  hear (talk, TRANSCRIPTION "completed");
  hear_spoken_answer (talk);
}

static gboolean
has_call (gpointer data)
{
  Talk *talk = data;
  gboolean has;

  g_mutex_lock (&talk->lock);
  has = talk->call_id != NULL;
  g_mutex_unlock (&talk->lock);
  return has;
}

static void
function_calls (Talk *talk)
{
  ACT (talk, "send-text", "what is the weather in rome");
  hear (talk, "response.function_call_arguments.delta");
  hear (talk, "response.function_call_arguments.done");
  e2e_wait_until (talk->pipe, has_call, talk, "function call");
  ACT (talk, "send-function-output", talk->call_id, "{\"sky\":\"grey\"}");
  hear_spoken_answer (talk);

  g_mutex_lock (&talk->lock);
  talk->answer = TRUE;
  g_mutex_unlock (&talk->lock);
  ACT (talk, "send-text", "what is the weather in rome and paris");
  hear_spoken_answer (talk);
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
roll_the_dice (Talk *talk)
{
  GstMessage *message;
  guint next;
  gchar *id;

  ACT (talk, "send-text", "roll the dice");
  next = e2e_wait_message (
      talk->pipe, talk->from, is_request, NULL, "approval request");
  message = g_ptr_array_index (talk->pipe->messages, next - 1);
  id = member (
      gst_structure_get_string (gst_message_get_structure (message), "json"),
      "$.item.id");
  hear (talk, "response.done");

  return id;
}

static void
mcp_calls (Talk *talk)
{
  g_autofree gchar *item = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *again = NULL;

  ACT (talk, "send-text", "echo good morning");
  hear (talk, "response.mcp_call_arguments.delta");
  hear (talk, "response.mcp_call_arguments.done");
  hear (talk, "response.mcp_call.in_progress");
  hear (talk, "response.mcp_call.completed");
  hear_spoken_answer (talk);

  ACT (talk, "send-text", "is it broken");
  hear (talk, "response.mcp_call.failed");
  hear_spoken_answer (talk);

  again = roll_the_dice (talk);
  ACT (talk, "send-approval", again, TRUE, "why not");
  hear (talk, "response.mcp_call.completed");
  hear_spoken_answer (talk);

  id = roll_the_dice (talk);
  item = g_strdup_printf ("{\"type\":\"mcp_approval_response\",\"id\":\"yes\","
                          "\"approval_request_id\":\"%s\",\"approve\":true,"
                          "\"reason\":\"why not\"}",
      id);
  ACT (talk, "create-item", item, NULL);
  hear (talk, "response.mcp_call.completed");
  hear_spoken_answer (talk);
}

static void
interruptions (Talk *talk)
{
  g_autofree gchar *created = NULL;
  g_autofree gchar *id = NULL;

  ACT (talk, "send-text", "tell me a story");
  hear (talk, "output_audio_buffer.started");
  ACT (talk, "interrupt");
  hear (talk, "output_audio_buffer.cleared");
  hear (talk, "conversation.item.truncated");

  ACT (talk, "send-text", "tell me a story");
  hear (talk, "output_audio_buffer.started");
  speak (talk);
  hear (talk, "output_audio_buffer.cleared");
  hear_spoken_answer (talk);

  ACT (talk, "send-text", "tell me a story");
  hear (talk, "output_audio_buffer.started");
  ACT (talk, "clear-output");
  hear (talk, "output_audio_buffer.cleared");

  ACT (talk, "send-text", "tell me a story");
  created = heard (talk, "response.created");
  id = member (created, "$.response.id");
  ACT (talk, "cancel-response", id);
  hear (talk, "response.done");
  ACT (talk, "clear-output");
  /* There is none any more. */
  ACT (talk, "cancel-response", id);
  hear_refusal (talk, "response_cancel_not_active");
}

static void
text_only (Talk *talk)
{
  set (talk, "output-modality", "text");
  ACT (talk, "send-text", "good morning");
  hear (talk, "response.output_text.delta");
  hear (talk, "response.output_text.done");
  hear (talk, "response.done");
  set (talk, "output-modality", "audio");
}

static void
beside_the_conversation (Talk *talk)
{
  ACT (talk, "create-response",
      "{\"conversation\":\"none\",\"output_modalities\":[\"text\"],"
      "\"metadata\":{\"topic\":\"aside\"},\"instructions\":\"Be brief.\","
      "\"max_output_tokens\":50,\"tool_choice\":\"none\",\"tools\":[],"
      "\"reasoning\":{\"effort\":\"low\"},\"parallel_tool_calls\":false,"
      "\"audio\":{\"output\":{\"format\":{\"type\":\"audio/pcm\","
      "\"rate\":24000}}},\"input\":[{\"type\":\"message\",\"role\":\"user\","
      "\"content\":[{\"type\":\"input_text\",\"text\":\"hello\"}]}]}");
  hear (talk, "response.output_text.done");
  hear (talk, "response.done");
}

#define PIXEL                                                                  \
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE" \
  "QVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

static void
items (Talk *talk)
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

  ACT (talk, "create-item",
      "{\"id\":\"m0\",\"type\":\"message\",\"role\":\"system\",\"content\":[{"
      "\"type\":\"input_text\",\"text\":\"Be kind.\"}]}",
      "root");
  hear (talk, "conversation.item.created");
  hear (talk, "conversation.item.added");
  hear (talk, "conversation.item.done");
  for (i = 0; i < G_N_ELEMENTS (created); i++) {
    ACT (talk, "create-item", created[i], i % 2 ? "m0" : NULL);
    hear (talk, "conversation.item.done");
  }

  ACT (talk, "retrieve-item", "m2");
  hear (talk, "conversation.item.retrieved");
  ACT (talk, "delete-item", "m2");
  hear (talk, "conversation.item.deleted");
  ACT (talk, "delete-item", "m2");
  hear_refusal (talk, "item_not_found");

  /* The one that is spoken is the one that can be truncated. */
  ACT (talk, "send-text", "hello");
  answer = heard (talk, "response.output_item.added");
  spoken = member (answer, "$.item.id");
  hear_spoken_answer (talk);
  ACT (talk, "truncate-item", spoken, 0, 100);
  hear (talk, "conversation.item.truncated");
  ACT (talk, "retrieve-item", spoken);
  hear (talk, "conversation.item.retrieved");
}

static void
push_to_talk (Talk *talk)
{
  set (talk, "turn-detection", "none");
  ACT (talk, "clear-input");
  hear (talk, "input_audio_buffer.cleared");
  e2e_microphone_say (talk->mic, talk->words);
  e2e_microphone_wait (talk->pipe, talk->mic);
  ACT (talk, "commit-input");
  hear (talk, "input_audio_buffer.committed");
  ACT (talk, "create-response", NULL);
  hear_spoken_answer (talk);

  ACT (talk, "start-talking");
  hear (talk, "input_audio_buffer.cleared");
  e2e_microphone_say (talk->mic, talk->words);
  e2e_microphone_wait (talk->pipe, talk->mic);
  ACT (talk, "stop-talking");
  hear (talk, "input_audio_buffer.committed");
  hear_spoken_answer (talk);
}

static void
mistakes (Talk *talk)
{
  ACT (talk, "send-event",
      "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
  hear_refusal (talk, "invalid_event_for_transport");
  ACT (talk, "send-event", "{\"type\":\"response.pause\"}");
  hear_refusal (talk, "invalid_value");
  ACT (talk, "update-session", "{\"audio\":{\"input\":{\"gain\":2}}}");
  hear_refusal (talk, "unknown_parameter");
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
  Talk talk;

  talk_start (&talk, NULL);
  talk_connect (&talk);
  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_hash_table_add (done, (gpointer) changes[i].name);
    if (changes[i].local)
      gst_util_set_object_arg (
          G_OBJECT (talk.ai), changes[i].name, changes[i].value);
    else
      set (&talk, changes[i].name, changes[i].value);
  }
  mark (&talk);
  g_hash_table_add (done, (gpointer) REFUSED);
  g_object_set (talk.ai, REFUSED, 0.5, NULL);
  hear_refusal (&talk, "unknown_parameter");

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (talk.ai), &n);
  for (i = 0; i < n; i++)
    fail_unless (!(specs[i]->flags & GST_PARAM_MUTABLE_PLAYING)
            || g_hash_table_contains (done, specs[i]->name),
        "%s was not changed", specs[i]->name);
  talk_stop (&talk);
}
GST_END_TEST;

/* What a camera shows, on demand. */
static void
images (Talk *talk)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-raw,format=RGB,width=16,height=16,framerate=0/1");
  g_autoptr (GstPad)
      pad = gst_element_request_pad_simple (talk->ai, "image_sink");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 16 * 16 * 3, NULL);
  GstSample *sample;
  GstSegment segment;

  gst_buffer_memset (buffer, 0, 128, 16 * 16 * 3);
  sample = gst_sample_new (buffer, caps, NULL, NULL);
  ACT (talk, "send-image", sample, "low");
  hear (talk, "conversation.item.done");
  gst_sample_unref (sample);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_stream_start ("camera"));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_pad_chain (pad, buffer), GST_FLOW_OK);
  ACT (talk, "send-newest-image");
  hear (talk, "conversation.item.done");
  gst_element_release_request_pad (talk->ai, pad);
}

/* --- conversations ----------------------------------------------------- */

/* Every action of the element, whatever its next version brings. */
static void
fail_unless_all_emitted (Talk *talk)
{
  GType type = G_OBJECT_TYPE (talk->ai);

  for (; g_type_is_a (type, GST_TYPE_BIN) && type != GST_TYPE_BIN;
       type = g_type_parent (type)) {
    g_autofree guint *ids = NULL;
    guint n, i;

    ids = g_signal_list_ids (type, &n);
    for (i = 0; i < n; i++) {
      GSignalQuery query;

      g_signal_query (ids[i], &query);
      fail_unless (!(query.signal_flags & G_SIGNAL_ACTION)
              || g_hash_table_contains (talk->emitted, query.signal_name),
          "%s was not emitted", query.signal_name);
    }
  }
}

GST_START_TEST (test_long_conversation)
{
  Talk talk;

  talk_start (&talk, "--mind talk --item-events both");
  g_object_set (talk.ai, "tools", TOOLS, "session-config", LOGPROBS,
      "input-transcription-model", "whisper-1", "instructions",
      "Be brief, and name the unit of each number.", NULL);
  talk_connect (&talk);
  talk.from = 0;
  hear (&talk, "conversation.created");
  hear (&talk, "mcp_list_tools.in_progress");
  hear (&talk, "mcp_list_tools.completed");
  hear (&talk, "mcp_list_tools.failed");

  spoken_turns (&talk);
  function_calls (&talk);
  mcp_calls (&talk);
  interruptions (&talk);
  text_only (&talk);
  beside_the_conversation (&talk);
  items (&talk);
  images (&talk);
  mistakes (&talk);
  ACT (&talk, "update-session", "{\"instructions\":\"Be long.\"}");
  hear (&talk, "session.updated");
  push_to_talk (&talk);
  fail_unless_all_emitted (&talk);

  /* The input ends in the middle of a turn, with the button still pressed. */
  ACT (&talk, "start-talking");
  hear (&talk, "input_audio_buffer.cleared");
  e2e_microphone_say (talk.mic, talk.words);
  e2e_microphone_wait (talk.pipe, talk.mic);
  mark (&talk);
  gst_element_send_event (talk.pipe->pipeline, gst_event_new_eos ());
  hear (&talk, "input_audio_buffer.committed");
  hear_spoken_answer (&talk);
  e2e_wait_eos (talk.pipe);
  talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_silence_is_prompted)
{
  Talk talk;

  talk_start (&talk, "--mind talk");
  g_object_set (talk.ai, "vad-idle-timeout", 5000, NULL);
  talk_connect (&talk);
  ACT (&talk, "send-text", "hello");
  hear (&talk, "output_audio_buffer.stopped");
  mark (&talk);
  hear (&talk, "input_audio_buffer.timeout_triggered");
  hear_spoken_answer (&talk);
  talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_answers_that_fail)
{
  Talk talk;

  talk_start (&talk,
      "--fault response-fails=inference_rate_limit_exceeded "
      "--fault no-transcription");
  g_object_set (talk.ai, "input-transcription-model", "whisper-1", NULL);
  talk_connect (&talk);
  speak (&talk);
  hear (&talk, TRANSCRIPTION "failed");
  hear (&talk, "response.done");
  e2e_wait_warning (
      talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, NULL);
  talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_answers_that_are_cut)
{
  Talk talk;

  talk_start (&talk, "--fault content-filter");
  talk_connect (&talk);
  speak (&talk);
  hear (&talk, "response.done");
  hear (&talk, "output_audio_buffer.stopped");
  talk_stop (&talk);
}
GST_END_TEST;

/* A session of another kind, with events of its own. */
GST_START_TEST (test_translation)
{
  Talk talk;

  talk_start (&talk, NULL);
  gst_util_set_object_arg (G_OBJECT (talk.ai), "session-type", "translation");
  gst_util_set_object_arg (G_OBJECT (talk.ai), "noise-reduction", "near-field");
  g_object_set (talk.ai, "target-language", "es", "input-transcription-model",
      "gpt-realtime-whisper", NULL);
  talk_connect (&talk);
  mark (&talk);
  g_object_set (talk.ai, "target-language", "fr", NULL);
  hear (&talk, "session.updated");
  mark (&talk);
  e2e_microphone_say (talk.mic, talk.words);
  hear (&talk, "session.input_transcript.delta");
  hear (&talk, "session.output_transcript.delta");
  /* There are no turns. */
  ACT (&talk, "send-event", "{\"type\":\"response.cancel\"}");
  hear (&talk, "error");
  /* There are no turns. */
  mark (&talk);
  gst_element_send_event (talk.pipe->pipeline, gst_event_new_eos ());
  hear (&talk, "session.closed");
  e2e_wait_eos (talk.pipe);
  talk_stop (&talk);
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
