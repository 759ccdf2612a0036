/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Every field of the published sessions: set by the property that docs/fields.md
 * names, and read in the session that the server answers with. docs/fields.py
 * finds the tables KIND_fields[] here, and fails when a field has no row. */

typedef struct {
  /* As in docs/fields.md. */
  const gchar *path;
  /* A property, or "update-session": that action, with the whole session that
   * the server sent. */
  const gchar *setter;
  const gchar *value; /* NULL: it is set before the connect */
  /* JSON. What a field with [] or <name> has somewhere. NULL: nothing. */
  const gchar *expected;
  /* Where the server tells it, when that is elsewhere. */
  const gchar *told;
} Field;

#define FUNCTIONS                                                              \
  "[{\"type\":\"function\",\"name\":\"f\",\"description\":\"d\","              \
  "\"parameters\":{\"type\":\"object\"}}]"
#define TUNNEL "tunnel_0123456789abcdef0123456789abcdef"
#define SERVERS                                                                \
  "[{\"type\":\"mcp\",\"server_label\":\"a\",\"server_url\":"                  \
  "\"https://a.invalid\",\"server_description\":\"s\",\"authorization\":"      \
  "\"word\",\"headers\":{\"X-A\":\"1\"},\"allowed_tools\":[\"echo\"],"         \
  "\"allowed_callers\":[\"direct\"],\"require_approval\":\"never\","           \
  "\"defer_loading\":true},"                                                   \
  "{\"type\":\"mcp\",\"server_label\":\"b\",\"connector_id\":"                 \
  "\"connector_gmail\",\"allowed_tools\":{\"tool_names\":[\"echo\"],"          \
  "\"read_only\":true},\"require_approval\":{\"always\":{\"tool_names\":"      \
  "[\"roll_dice\"],\"read_only\":false},\"never\":{\"tool_names\":"            \
  "[\"echo\"],\"read_only\":true}}},"                                          \
  "{\"type\":\"mcp\",\"server_label\":\"c\",\"tunnel_id\":\"" TUNNEL "\"}]"
#define TRACING                                                                \
  "{\"workflow_name\":\"w\",\"group_id\":\"g\",\"metadata\":{\"a\":\"b\"}}"
#define TRUNCATION                                                             \
  "{\"type\":\"retention_ratio\",\"retention_ratio\":0.5,\"token_limits\":"    \
  "{\"post_instructions\":1000}}"
#define PROMPT                                                                 \
  "{\"id\":\"pmpt_1\",\"version\":\"2\",\"variables\":{\"city\":\"Ulm\"}}"
#define FORMATS                                                                \
  "{\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}}" \
  ",\"output\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}}}}"
#define IN_FORMAT                                                              \
  "{\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}}}}"
#define IN_TURNS                                                               \
  "{\"audio\":{\"input\":{\"turn_detection\":{\"type\":\"server_vad\","        \
  "\"create_response\":false,\"interrupt_response\":false,"                    \
  "\"idle_timeout_ms\":6000}}}}"
#define LOGPROBS "\"item.input_audio_transcription.logprobs\""

/* clang-format off */
static const Field realtime_fields[] = {
  { "type", "session-type", NULL, "\"realtime\"" },
  { "model", "model", NULL, "\"gpt-realtime-test\"" },

  { "audio.output.voice.id", "voice", "voice_1", "\"voice_1\"",
      "audio.output.voice" },
  { "audio.output.voice", "voice", "cedar", "\"cedar\"" },
  { "audio.output.speed", "speed", "1.25", "1.25" },
  { "instructions", "instructions", "Say less.", "\"Say less.\"" },
  { "max_output_tokens", "max-output-tokens", "1000", "1000" },
  { "output_modalities", "output-modality", "text", "[\"text\"]" },
  { "output_modalities[]", "output-modality", "text", "\"text\"" },
  { "reasoning.effort", "reasoning-effort", "low", "\"low\"" },
  { "parallel_tool_calls", "parallel-tool-calls", "false", "false" },
  { "include", "input-transcription-logprobs", "true", "[" LOGPROBS "]" },
  { "include[]", "input-transcription-logprobs", "true", LOGPROBS },

  { "audio.input.noise_reduction", "noise-reduction", "none", "null" },
  { "audio.input.noise_reduction.type", "noise-reduction", "far-field",
      "\"far_field\"" },

  { "audio.input.transcription.model", "input-transcription-model",
      "whisper-1", "\"whisper-1\"" },
  { "audio.input.transcription.language", "input-transcription-language",
      "de", "\"de\"" },
  { "audio.input.transcription.prompt", "input-transcription-prompt",
      "Namen", "\"Namen\"" },
  { "audio.input.transcription.language", "input-transcription-language", "",
      NULL },
  { "audio.input.transcription.model", "input-transcription-model",
      "gpt-realtime-whisper", "\"gpt-realtime-whisper\"" },
  { "audio.input.transcription.delay", "input-transcription-delay", "low",
      "\"low\"" },
  { "audio.input.transcription.delay", "input-transcription-delay", "", NULL },
  { "audio.input.transcription.model", "input-transcription-model",
      "gpt-transcribe", "\"gpt-transcribe\"" },
  { "audio.input.transcription.languages", "input-transcription-languages",
      "de,en", "[\"de\",\"en\"]" },
  { "audio.input.transcription.languages[]", "input-transcription-languages",
      "de,en", "\"en\"" },
  { "audio.input.transcription.keywords", "input-transcription-keywords",
      "Zug, Ulm", "[\"Zug\",\"Ulm\"]" },
  { "audio.input.transcription.keywords[]", "input-transcription-keywords",
      "Zug, Ulm", "\"Ulm\"" },

  { "audio.input.turn_detection(server_vad).threshold", "vad-threshold",
      "0.75", "0.75" },
  { "audio.input.turn_detection(server_vad).prefix_padding_ms",
      "vad-prefix-padding", "200", "200" },
  { "audio.input.turn_detection(server_vad).silence_duration_ms",
      "vad-silence-duration", "400", "400" },
  { "audio.input.turn_detection(server_vad).idle_timeout_ms",
      "vad-idle-timeout", "20000", "20000" },
  { "audio.input.turn_detection.create_response", "create-response", "false",
      "false" },
  { "audio.input.turn_detection.interrupt_response", "interrupt-response",
      "false", "false" },
  { "audio.input.turn_detection.type", "turn-detection", "semantic-vad",
      "\"semantic_vad\"" },
  { "audio.input.turn_detection(semantic_vad).eagerness", "vad-eagerness",
      "high", "\"high\"" },
  { "audio.input.turn_detection", "turn-detection", "none", "null" },

  { "truncation", "truncation", "disabled", "\"disabled\"" },
  { "truncation.type", "truncation", TRUNCATION, "\"retention_ratio\"" },
  { "truncation.retention_ratio", "truncation", TRUNCATION, "0.5" },
  { "truncation.token_limits", "truncation", TRUNCATION,
      "{\"post_instructions\":1000}" },
  { "truncation.token_limits.post_instructions", "truncation", TRUNCATION,
      "1000" },
  { "tracing", "tracing", TRACING, TRACING },
  { "tracing.workflow_name", "tracing", TRACING, "\"w\"" },
  { "tracing.group_id", "tracing", TRACING, "\"g\"" },
  { "tracing.metadata", "tracing", TRACING, "{\"a\":\"b\"}" },
  { "prompt", "prompt", PROMPT, PROMPT },
  { "prompt.version", "prompt", PROMPT, "\"2\"" },
  { "prompt.variables", "prompt", PROMPT, "{\"city\":\"Ulm\"}" },
  { "prompt.variables.<name>", "prompt", PROMPT, "\"Ulm\"" },
  { "prompt.id", "prompt", "pmpt_2", "\"pmpt_2\"" },

  { "tools", "tools", FUNCTIONS, FUNCTIONS },
  { "tools[](function).name", "tools", FUNCTIONS, "\"f\"" },
  { "tools[](function).description", "tools", FUNCTIONS, "\"d\"" },
  { "tools[](function).parameters", "tools", FUNCTIONS,
      "{\"type\":\"object\"}" },
  { "tool_choice", "tool-choice", "required", "\"required\"" },
  { "tool_choice(function).name", "tool-choice",
      "{\"type\":\"function\",\"name\":\"f\"}", "\"f\"" },
  { "tool_choice.type", "tool-choice",
      "{\"type\":\"function\",\"name\":\"f\"}", "\"function\"" },
  { "tool_choice", "tool-choice", "auto", "\"auto\"" },
  { "tools[].type", "tools", SERVERS, "\"mcp\"" },
  { "tools[](mcp).server_label", "tools", SERVERS, "\"b\"" },
  { "tools[](mcp).server_url", "tools", SERVERS, "\"https://a.invalid\"" },
  { "tools[](mcp).server_description", "tools", SERVERS, "\"s\"" },
  { "tools[](mcp).authorization", "tools", SERVERS, "\"word\"" },
  { "tools[](mcp).connector_id", "tools", SERVERS, "\"connector_gmail\"" },
  { "tools[](mcp).tunnel_id", "tools", SERVERS, "\"" TUNNEL "\"" },
  { "tools[](mcp).headers.<name>", "tools", SERVERS, "\"1\"" },
  { "tools[](mcp).allowed_tools[]", "tools", SERVERS, "\"echo\"" },
  { "tools[](mcp).allowed_tools.tool_names", "tools", SERVERS,
      "[\"echo\"]" },
  { "tools[](mcp).allowed_tools.tool_names[]", "tools", SERVERS,
      "\"echo\"" },
  { "tools[](mcp).allowed_tools.read_only", "tools", SERVERS, "true" },
  { "tools[](mcp).allowed_callers", "tools", SERVERS, "[\"direct\"]" },
  { "tools[](mcp).allowed_callers[]", "tools", SERVERS, "\"direct\"" },
  { "tools[](mcp).require_approval", "tools", SERVERS, "\"never\"" },
  { "tools[](mcp).require_approval.always.tool_names", "tools", SERVERS,
      "[\"roll_dice\"]" },
  { "tools[](mcp).require_approval.always.tool_names[]", "tools", SERVERS,
      "\"roll_dice\"" },
  { "tools[](mcp).require_approval.always.read_only", "tools", SERVERS,
      "false" },
  { "tools[](mcp).require_approval.never.tool_names", "tools", SERVERS,
      "[\"echo\"]" },
  { "tools[](mcp).require_approval.never.tool_names[]", "tools", SERVERS,
      "\"echo\"" },
  { "tools[](mcp).require_approval.never.read_only", "tools", SERVERS,
      "true" },
  { "tools[](mcp).defer_loading", "tools", SERVERS, "true" },
  { "tool_choice(mcp).server_label", "tool-choice",
      "{\"type\":\"mcp\",\"server_label\":\"a\",\"name\":\"echo\"}", "\"a\"" },
  { "tool_choice(mcp).name", "tool-choice",
      "{\"type\":\"mcp\",\"server_label\":\"a\",\"name\":\"echo\"}",
      "\"echo\"" },

  { "audio.input.format.type", "session-config", FORMATS, "\"audio/pcm\"" },
  { "audio.input.format(audio/pcm).rate", "session-config", FORMATS, "24000" },
  { "audio.output.format.type", "session-config", FORMATS, "\"audio/pcm\"" },
  { "audio.output.format(audio/pcm).rate", "session-config", FORMATS,
      "24000" },
  { "id", "update-session", "", NULL },
  { "object", "update-session", "", "\"realtime.session\"" },
  { "expires_at", "update-session", "", NULL },
};

static const Field transcription_fields[] = {
  { "type", "session-type", NULL, "\"transcription\"" },

  { "include", "input-transcription-logprobs", "true", "[" LOGPROBS "]" },
  { "include[]", "input-transcription-logprobs", "true", LOGPROBS },

  { "audio.input.noise_reduction.type", "noise-reduction", "near-field",
      "\"near_field\"" },
  { "audio.input.noise_reduction", "noise-reduction", "near-field",
      "{\"type\":\"near_field\"}" },

  { "audio.input.transcription.model", "input-transcription-model",
      "whisper-1", "\"whisper-1\"" },
  { "audio.input.transcription.language", "input-transcription-language",
      "de", "\"de\"" },
  { "audio.input.transcription.prompt", "input-transcription-prompt",
      "Namen", "\"Namen\"" },
  { "audio.input.transcription.language", "input-transcription-language", "",
      NULL },
  { "audio.input.transcription.model", "input-transcription-model",
      "gpt-transcribe", "\"gpt-transcribe\"" },
  { "audio.input.transcription.languages", "input-transcription-languages",
      "de,en", "[\"de\",\"en\"]" },
  { "audio.input.transcription.languages[]", "input-transcription-languages",
      "de,en", "\"en\"" },
  { "audio.input.transcription.keywords", "input-transcription-keywords",
      "Zug, Ulm", "[\"Zug\",\"Ulm\"]" },
  { "audio.input.transcription.keywords[]", "input-transcription-keywords",
      "Zug, Ulm", "\"Ulm\"" },

  { "audio.input.turn_detection(server_vad).threshold", "vad-threshold",
      "0.75", "0.75" },
  { "audio.input.turn_detection(server_vad).prefix_padding_ms",
      "vad-prefix-padding", "200", "200" },
  { "audio.input.turn_detection(server_vad).silence_duration_ms",
      "vad-silence-duration", "400", "400" },
  { "audio.input.turn_detection.type", "turn-detection", "semantic-vad",
      "\"semantic_vad\"" },
  { "audio.input.turn_detection(semantic_vad).eagerness", "vad-eagerness",
      "high", "\"high\"" },
  { "audio.input.turn_detection", "turn-detection", "none", "null" },

  { "audio.input.turn_detection.create_response", "session-config", IN_TURNS,
      "false" },
  { "audio.input.turn_detection.interrupt_response", "session-config",
      IN_TURNS, "false" },
  { "audio.input.turn_detection(server_vad).idle_timeout_ms",
      "session-config", IN_TURNS, "6000" },
  { "audio.input.format.type", "session-config", IN_FORMAT, "\"audio/pcm\"" },
  { "audio.input.format(audio/pcm).rate", "session-config", IN_FORMAT,
      "24000" },
  { "id", "update-session", "", NULL },
  { "object", "update-session", "", "\"realtime.transcription_session\"" },
  { "expires_at", "update-session", "", NULL },

  /* Takes no languages and keywords. */
  { "audio.input.transcription.languages", "input-transcription-languages", "",
      NULL },
  { "audio.input.transcription.keywords", "input-transcription-keywords", "",
      NULL },
  { "audio.input.transcription.model", "input-transcription-model",
      "gpt-realtime-whisper", "\"gpt-realtime-whisper\"" },
  { "audio.input.transcription.delay", "input-transcription-delay", "low",
      "\"low\"" },
};

static const Field translation_fields[] = {
  { "model", "model", NULL, "\"gpt-realtime-test\"" },
  { "audio.output.language", "target-language", "fr", "\"fr\"" },
  { "audio.input.transcription.model", "input-transcription-model",
      "gpt-realtime-whisper", "\"gpt-realtime-whisper\"" },
  { "audio.input.noise_reduction", "noise-reduction", "far-field",
      "{\"type\":\"far_field\"}" },
  { "audio.input.noise_reduction.type", "noise-reduction", "near-field",
      "\"near_field\"" },
};
/* clang-format on */

/* What a session has at @path: an array of all that fit. */
static JsonArray *
find (JsonNode *session, const gchar *path)
{
  g_autoptr (GString) query = g_string_new ("$.");
  g_autoptr (JsonNode) found = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *p;

  for (p = path; *p; p++) {
    if (*p == '(') {
      p = strchr (p, ')');
    } else if (g_str_has_prefix (p, "[]")) {
      g_string_append (query, "[*]");
      p++;
    } else if (g_str_has_prefix (p, "<name>")) {
      g_string_append_c (query, '*');
      p += strlen ("<name>") - 1;
    } else {
      g_string_append_c (query, *p);
    }
  }
  found = json_path_query (query->str, session, &error);
  fail_unless (found != NULL, "%s: %s", path, error ? error->message : "");
  return json_array_ref (json_node_get_array (found));
}

static void
assert_field (JsonNode *session, const Field *field)
{
  g_autoptr (JsonArray)
      found = find (session, field->told ? field->told : field->path);
  g_autoptr (JsonNode) expected = field->expected
      ? json_from_string (field->expected, NULL)
      : NULL;
  g_autofree gchar *all = json_to_string (session, FALSE);
  guint i;

  for (i = 0; i < json_array_get_length (found); i++) {
    JsonNode *node = json_array_get_element (found, i);

    /* null is nothing. */
    if (expected ? json_node_equal (node, expected)
                 : JSON_NODE_HOLDS_NULL (node))
      return;
  }
  fail_unless (expected == NULL && i == 0, "%s is not %s in %s", field->path,
      field->expected, all);
}

/* The session of the event in @json. */
static JsonNode *
session_of (const gchar *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);

  fail_unless (root != NULL);
  return json_node_copy (
      json_object_get_member (json_node_get_object (root), "session"));
}

static void
set (E2ePipe *pipe, GstElement *ai, const Field *field, JsonNode *session)
{
  if (strcmp (field->setter, "update-session") == 0) {
    g_autofree gchar *json = json_to_string (session, FALSE);
    gboolean sent = FALSE;

    fail_unless (strstr (json, field->path) != NULL, "%s", json);
    g_signal_emit_by_name (ai, field->setter, json, &sent);
    fail_unless (sent);
  } else {
    gst_util_set_object_arg (G_OBJECT (ai), field->setter, field->value);
  }
}

static void
check_fields (const gchar *settings, const Field *fields, guint n)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s %s ! " E2E_OUT,
      e2e_emulator_url (emulator), settings);
  GstElement *ai = e2e_pipe_get (pipe, "ai");
  g_autoptr (JsonNode) session = NULL;
  g_autofree gchar *json = NULL;
  const Field *last = NULL;
  guint next, i;

  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  next = e2e_wait_event (pipe, 0, "session.created", &json);
  session = session_of (json);
  for (i = 0; i < n; i++) {
    gboolean again = last && fields[i].value
        && strcmp (last->setter, fields[i].setter) == 0
        && strcmp (last->value, fields[i].value) == 0;

    if (fields[i].value && !again) {
      g_autoptr (JsonNode) before = json_node_ref (session);

      set (pipe, ai, &fields[i], session);
      next = e2e_wait_event (pipe, next, "session.updated", &json);
      json_node_unref (session);
      session = session_of (json);
      /* It said nothing new. */
      if (strcmp (fields[i].setter, "update-session") == 0)
        fail_unless (json_node_equal (before, session), "%s", json);
      last = &fields[i];
    }
    if (fields[i].expected || strcmp (fields[i].setter, "update-session") != 0)
      assert_field (session, &fields[i]);
  }
  fail_unless_equals_int (e2e_count_events (pipe, "error"), 0);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 0);
}

GST_START_TEST (test_each_field_of_a_conversation_is_set)
{
  check_fields ("model=gpt-realtime-test", realtime_fields,
      G_N_ELEMENTS (realtime_fields));
}
GST_END_TEST;

GST_START_TEST (test_each_field_of_a_transcription_is_set)
{
  check_fields ("session-type=transcription", transcription_fields,
      G_N_ELEMENTS (transcription_fields));
}
GST_END_TEST;

GST_START_TEST (test_each_field_of_a_translation_is_set)
{
  check_fields ("session-type=translation model=gpt-realtime-test api-key=sk-1",
      translation_fields, G_N_ELEMENTS (translation_fields));
}
GST_END_TEST;

static Suite *
fields_suite (void)
{
  Suite *s = suite_create ("e2e-fields");
  TCase *tc = tcase_create ("fields");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_each_field_of_a_conversation_is_set);
  tcase_add_test (tc, test_each_field_of_a_transcription_is_set);
  tcase_add_test (tc, test_each_field_of_a_translation_is_set);
  return s;
}

E2E_MAIN (fields_suite)
