/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

#include <string.h>

#define VOICES "alloy|ash|ballad|coral|echo|sage|shimmer|verse|marin|cedar"
#define FORMATS "audio/pcm|audio/pcmu|audio/pcma"
#define EFFORTS "minimal|low|medium|high|xhigh"

/* Rows of {tools, tool_choice}, which sessions and responses share. */
#define TOOL_FIELDS                                                            \
  { "tools", EMU_ARRAY, 0, NULL, 0, 128 }, { "tools[]", EMU_OBJECT },          \
      { "tools[].type", EMU_STRING, EMU_REQUIRED, "function|mcp" },            \
      { "tools[].name", EMU_STRING, EMU_REQUIRED, NULL, 1, 64, "function" },   \
      { "tools[].description", EMU_STRING, 0, NULL, 0, 0, "function" },        \
      { "tools[].parameters", EMU_OBJECT, EMU_OPEN, NULL, 0, 0, "function" },  \
      { "tools[].server_label", EMU_STRING, EMU_REQUIRED, NULL, 0, 0, "mcp" }, \
      { "tools[].server_url", EMU_STRING, 0, NULL, 0, 0, "mcp" },              \
      { "tools[].connector_id", EMU_STRING, 0, NULL, 0, 0, "mcp" },            \
      { "tools[].tunnel_id", EMU_STRING, 0, NULL, 0, 0, "mcp" },               \
      { "tools[].server_description", EMU_STRING, 0, NULL, 0, 0, "mcp" },      \
      { "tools[].authorization", EMU_STRING, 0, NULL, 0, 0, "mcp" },           \
      { "tools[].headers", EMU_NULL | EMU_OBJECT, EMU_OPEN, NULL, 0, 0,        \
        "mcp" },                                                               \
      { "tools[].allowed_tools", EMU_NULL | EMU_ARRAY | EMU_OBJECT, EMU_OPEN,  \
        NULL, 0, 0, "mcp" },                                                   \
      { "tools[].allowed_callers", EMU_NULL | EMU_ARRAY, EMU_OPEN, NULL, 0, 0, \
        "mcp" },                                                               \
      { "tools[].require_approval", EMU_NULL | EMU_STRING | EMU_OBJECT,        \
        EMU_OPEN, NULL, 0, 0, "mcp" },                                         \
      { "tools[].defer_loading", EMU_BOOLEAN, 0, NULL, 0, 0, "mcp" },          \
      { "tool_choice", EMU_STRING | EMU_OBJECT, 0, "none|auto|required" },     \
      { "tool_choice.type", EMU_STRING, EMU_REQUIRED, "function|mcp" },        \
      { "tool_choice.name", EMU_STRING | EMU_NULL },                           \
      { "tool_choice.server_label", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,      \
        "mcp" },                                                               \
      { "parallel_tool_calls", EMU_BOOLEAN },                                  \
      { "reasoning", EMU_NULL | EMU_OBJECT },                                  \
      { "reasoning.effort", EMU_STRING, 0, EFFORTS },                          \
      { "max_output_tokens", EMU_INTEGER | EMU_STRING, 0, "inf", 1, 4096 },    \
      { "output_modalities", EMU_ARRAY, 0, NULL, 1, 1 },                       \
      { "output_modalities[]", EMU_STRING, 0, "audio|text" },                  \
      { "prompt", EMU_NULL | EMU_OBJECT },                                     \
      { "prompt.id", EMU_STRING, EMU_REQUIRED },                               \
      { "prompt.version", EMU_STRING | EMU_NULL },                             \
      { "prompt.variables", EMU_OBJECT | EMU_NULL, EMU_OPEN },                 \
  {                                                                            \
    "instructions", EMU_STRING                                                 \
  }

const EmuField emu_session_fields[] = {
  { "type", EMU_STRING, EMU_REQUIRED, "realtime|transcription", 0, 0, NULL,
      EMU_AT_CREATION },
  /* What the server itself put in; clients send the whole object back. */
  { "id", EMU_STRING | EMU_NULL, 0, NULL, 0, 0, NULL, EMU_AT_CREATION },
  { "object", EMU_STRING, 0, "realtime.session|realtime.transcription_session",
      0, 0, NULL, EMU_AT_CREATION },
  { "expires_at", EMU_INTEGER, 0, NULL, 0, 0, NULL, EMU_AT_CREATION },
  { "model", EMU_STRING, 0, NULL, 1, 256, "realtime", EMU_AT_CREATION },
  { "include", EMU_NULL | EMU_ARRAY, 0, NULL, 0, 16 },
  { "include[]", EMU_STRING, 0, "item.input_audio_transcription.logprobs" },
  { "tracing", EMU_NULL | EMU_STRING | EMU_OBJECT, 0, "auto" },
  { "tracing.workflow_name", EMU_STRING },
  { "tracing.group_id", EMU_STRING },
  { "tracing.metadata", EMU_OBJECT, EMU_OPEN },
  { "truncation", EMU_STRING | EMU_OBJECT, 0, "auto|disabled" },
  { "truncation.type", EMU_STRING, EMU_REQUIRED, "retention_ratio" },
  { "truncation.retention_ratio", EMU_NUMBER, EMU_REQUIRED, NULL, 0, 1 },
  { "truncation.token_limits", EMU_OBJECT },
  { "truncation.token_limits.post_instructions", EMU_INTEGER, 0, NULL, 0,
      G_MAXINT },
  { "audio", EMU_OBJECT },
  { "audio.input", EMU_OBJECT },
  { "audio.input.format", EMU_OBJECT },
  { "audio.input.format.type", EMU_STRING, EMU_REQUIRED, FORMATS },
  { "audio.input.format.rate", EMU_INTEGER, 0, NULL, 24000, 24000,
      "audio/pcm" },
  { "audio.input.transcription", EMU_NULL | EMU_OBJECT },
  { "audio.input.transcription.model", EMU_STRING, 0, NULL, 1, 256 },
  { "audio.input.transcription.language", EMU_STRING | EMU_NULL },
  { "audio.input.transcription.languages", EMU_ARRAY | EMU_NULL },
  { "audio.input.transcription.languages[]", EMU_STRING },
  { "audio.input.transcription.keywords", EMU_ARRAY | EMU_NULL },
  { "audio.input.transcription.keywords[]", EMU_STRING },
  { "audio.input.transcription.prompt", EMU_STRING | EMU_NULL },
  { "audio.input.transcription.delay", EMU_STRING, 0, EFFORTS },
  { "audio.input.noise_reduction", EMU_NULL | EMU_OBJECT },
  { "audio.input.noise_reduction.type", EMU_STRING, EMU_REQUIRED,
      "near_field|far_field" },
  { "audio.input.turn_detection", EMU_NULL | EMU_OBJECT },
  { "audio.input.turn_detection.type", EMU_STRING, 0,
      "server_vad|semantic_vad" },
  { "audio.input.turn_detection.threshold", EMU_NUMBER, 0, NULL, 0, 1,
      "server_vad" },
  { "audio.input.turn_detection.prefix_padding_ms", EMU_INTEGER, 0, NULL, 0,
      10000, "server_vad" },
  { "audio.input.turn_detection.silence_duration_ms", EMU_INTEGER, 0, NULL, 0,
      60000, "server_vad" },
  { "audio.input.turn_detection.idle_timeout_ms", EMU_NULL | EMU_INTEGER, 0,
      NULL, 5000, 30000, "server_vad" },
  { "audio.input.turn_detection.eagerness", EMU_STRING, 0,
      "low|medium|high|auto", 0, 0, "semantic_vad" },
  { "audio.input.turn_detection.create_response", EMU_BOOLEAN },
  { "audio.input.turn_detection.interrupt_response", EMU_BOOLEAN },
  { "audio.output", EMU_OBJECT },
  { "audio.output.format", EMU_OBJECT },
  { "audio.output.format.type", EMU_STRING, EMU_REQUIRED, FORMATS },
  { "audio.output.format.rate", EMU_INTEGER, 0, NULL, 24000, 24000,
      "audio/pcm" },
  { "audio.output.voice", EMU_STRING | EMU_OBJECT, 0, VOICES, 0, 0, NULL,
      EMU_BEFORE_AUDIO },
  { "audio.output.voice.id", EMU_STRING, EMU_REQUIRED },
  { "audio.output.speed", EMU_NUMBER, 0, NULL, 0.25, 1.5 },
  TOOL_FIELDS,
  { NULL },
};

const EmuField emu_response_fields[] = {
  { "conversation", EMU_STRING, 0, "auto|none" },
  { "metadata", EMU_NULL | EMU_OBJECT, EMU_OPEN },
  { "input", EMU_ARRAY, 0, NULL, 0, 1024 },
  /* Each is checked against emu_item_fields. */
  { "input[]", EMU_OBJECT, EMU_OPEN },
  { "audio", EMU_OBJECT },
  { "audio.output", EMU_OBJECT },
  { "audio.output.format", EMU_OBJECT },
  { "audio.output.format.type", EMU_STRING, EMU_REQUIRED, FORMATS },
  { "audio.output.format.rate", EMU_INTEGER, 0, NULL, 24000, 24000,
      "audio/pcm" },
  { "audio.output.voice", EMU_STRING | EMU_OBJECT, 0, VOICES, 0, 0, NULL,
      EMU_BEFORE_AUDIO },
  { "audio.output.voice.id", EMU_STRING, EMU_REQUIRED },
  TOOL_FIELDS,
  { NULL },
};

const EmuField emu_item_fields[] = {
  { "id", EMU_STRING | EMU_NULL, 0, NULL, 1, 256 },
  { "object", EMU_STRING, 0, "realtime.item" },
  { "type", EMU_STRING, EMU_REQUIRED,
      "message|function_call|function_call_output|item_reference|"
      "mcp_approval_response" },
  { "status", EMU_STRING, 0, "completed|incomplete|in_progress" },
  { "role", EMU_STRING, EMU_REQUIRED, "system|user|assistant", 0, 0,
      "message" },
  { "content", EMU_ARRAY, EMU_REQUIRED, NULL, 0, 1024, "message" },
  { "content[]", EMU_OBJECT },
  { "content[].type", EMU_STRING, EMU_REQUIRED,
      "input_text|input_audio|input_image|output_text|output_audio" },
  { "content[].text", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,
      "input_text|output_text" },
  { "content[].audio", EMU_STRING, 0, NULL, 0, 0, "input_audio|output_audio" },
  { "content[].transcript", EMU_STRING | EMU_NULL, 0, NULL, 0, 0,
      "input_audio|output_audio" },
  { "content[].image_url", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,
      "input_image" },
  { "content[].detail", EMU_STRING, 0, "auto|low|high", 0, 0, "input_image" },
  { "call_id", EMU_STRING, EMU_REQUIRED, NULL, 1, 256, "function_call_output" },
  { "call_id", EMU_STRING, 0, NULL, 1, 256, "function_call" },
  { "name", EMU_STRING, EMU_REQUIRED, NULL, 1, 64, "function_call" },
  { "arguments", EMU_STRING, EMU_REQUIRED, NULL, 0, 0, "function_call" },
  { "output", EMU_STRING, EMU_REQUIRED, NULL, 0, 0, "function_call_output" },
  { "approval_request_id", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,
      "mcp_approval_response" },
  { "approve", EMU_BOOLEAN, EMU_REQUIRED, NULL, 0, 0, "mcp_approval_response" },
  { "reason", EMU_STRING | EMU_NULL, 0, NULL, 0, 0, "mcp_approval_response" },
  { NULL },
};

const EmuField emu_secret_fields[] = {
  { "expires_after", EMU_OBJECT },
  { "expires_after.anchor", EMU_STRING, 0, "created_at" },
  { "expires_after.seconds", EMU_INTEGER, 0, NULL, 10, 7200 },
  /* Checked against emu_session_fields. */
  { "session", EMU_OBJECT, EMU_OPEN },
  { NULL },
};

static gboolean
in_list (const gchar *list, const gchar *value)
{
  g_auto (GStrv) values = g_strsplit (list, "|", -1);

  return g_strv_contains ((const gchar *const *) values, value);
}

static EmuJsonType
type_of (JsonNode *node)
{
  GType type;

  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return EMU_OBJECT;
    case JSON_NODE_ARRAY:
      return EMU_ARRAY;
    case JSON_NODE_NULL:
      return EMU_NULL;
    default:
      break;
  }
  type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    return EMU_STRING;
  if (type == G_TYPE_BOOLEAN)
    return EMU_BOOLEAN;
  return type == G_TYPE_INT64 ? EMU_INTEGER | EMU_NUMBER : EMU_NUMBER;
}

static gchar *
describe_types (EmuJsonType types)
{
  static const struct {
    EmuJsonType type;
    const gchar *name;
  } names[] = {
    { EMU_OBJECT, "an object" },
    { EMU_ARRAY, "an array" },
    { EMU_STRING, "a string" },
    { EMU_INTEGER, "an integer" },
    { EMU_NUMBER, "a number" },
    { EMU_BOOLEAN, "a boolean" },
    { EMU_NULL, "null" },
  };
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (types & names[i].type)
      g_string_append_printf (
          text, "%s%s", text->len > 0 ? " or " : "", names[i].name);
  return g_string_free (text, FALSE);
}

static gboolean
check_bounds (const EmuField *field, gdouble value, const gchar *kind,
    const gchar *param, EmuProblem **problem)
{
  g_autofree gchar *code = NULL;
  const gchar *limit = value < field->min ? "below_min" : "above_max";
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if ((field->min == 0 && field->max == 0)
      || (value >= field->min && value <= field->max))
    return TRUE;
  code = g_strdup_printf ("%s_%s_%s", kind, limit,
      strcmp (kind, "integer") == 0 || strcmp (kind, "decimal") == 0
          ? "value"
          : "length");
  g_ascii_formatd (
      text, sizeof (text), "%g", value < field->min ? field->min : field->max);
  emu_problem_set (problem, code, param,
      "Invalid '%s': expected a value %s %s.", param,
      value < field->min ? ">=" : "<=", text);
  return FALSE;
}

static gboolean
check_value (const EmuField *field, JsonNode *node, const gchar *param,
    EmuProblem **problem)
{
  EmuJsonType type = type_of (node);

  if ((type & field->types) == 0) {
    g_autofree gchar *expected = describe_types (field->types);
    g_autofree gchar *got = describe_types (
        type == (EMU_INTEGER | EMU_NUMBER) ? EMU_INTEGER : type);

    emu_problem_set (problem, "invalid_type", param,
        "Invalid type for '%s': expected %s, but got %s instead.", param,
        expected, got);
    return FALSE;
  }
  if (type == EMU_STRING) {
    const gchar *value = json_node_get_string (node);

    if (field->values != NULL && !in_list (field->values, value)) {
      g_auto (GStrv) values = g_strsplit (field->values, "|", -1);
      g_autofree gchar *list = g_strjoinv ("', '", values);

      emu_problem_set (problem, "invalid_value", param,
          "Invalid value: '%.100s'. Supported values are: '%s'.", value, list);
      return FALSE;
    }
    /* The limits of "integer or string" are those of the integer. */
    if ((field->types & (EMU_INTEGER | EMU_NUMBER)) == 0)
      return check_bounds (
          field, g_utf8_strlen (value, -1), "string", param, problem);
  } else if (type & EMU_NUMBER) {
    return check_bounds (field, json_node_get_double (node),
        field->types & EMU_INTEGER ? "integer" : "decimal", param, problem);
  } else if (type == EMU_ARRAY) {
    return check_bounds (field,
        json_array_get_length (json_node_get_array (node)), "array", param,
        problem);
  }
  return TRUE;
}

static gboolean check_object (const EmuField *fields, JsonObject *object,
    const gchar *path, const gchar *param, EmuProblem **problem);

static gboolean
check_node (const EmuField *fields, const EmuField *field, JsonNode *node,
    const gchar *param, EmuProblem **problem)
{
  if (!check_value (field, node, param, problem))
    return FALSE;
  if (field->flags & EMU_OPEN)
    return TRUE;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return check_object (
        fields, json_node_get_object (node), field->path, param, problem);
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    g_autofree gchar *path = g_strconcat (field->path, "[]", NULL);
    const EmuField *element = emu_schema_find (fields, path);
    JsonArray *array = json_node_get_array (node);
    guint i;

    for (i = 0; element != NULL && i < json_array_get_length (array); i++) {
      g_autofree gchar *inner = g_strdup_printf ("%s[%u]", param, i);

      if (!check_node (fields, element, json_array_get_element (array, i),
              inner, problem))
        return FALSE;
    }
  }
  return TRUE;
}

/* Name of the member when @field is directly inside @path, else NULL. */
static const gchar *
member_name (const EmuField *field, const gchar *path)
{
  gsize length = strlen (path);
  const gchar *name = field->path;

  if (length > 0) {
    if (strncmp (name, path, length) != 0 || name[length] != '.')
      return NULL;
    name += length + 1;
  }
  return strpbrk (name, ".[") == NULL ? name : NULL;
}

static gboolean
check_object (const EmuField *fields, JsonObject *object, const gchar *path,
    const gchar *param, EmuProblem **problem)
{
  const gchar *type = NULL;
  const EmuField *field;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (json_object_has_member (object, "type")) {
    node = json_object_get_member (object, "type");
    if (JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_value_type (node) == G_TYPE_STRING)
      type = json_node_get_string (node);
  }

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_autofree gchar *inner = *param != '\0'
        ? g_strconcat (param, ".", name, NULL)
        : g_strdup (name);
    const EmuField *found = NULL;
    gboolean exists = FALSE;

    for (field = fields; field->path != NULL; field++) {
      const gchar *member = member_name (field, path);

      if (member == NULL || strcmp (member, name) != 0)
        continue;
      exists = TRUE;
      if (field->when == NULL || type == NULL || in_list (field->when, type))
        found = field;
    }
    if (found == NULL) {
      if (exists)
        emu_problem_set (problem, "unknown_parameter", inner,
            "Parameter '%s' is not allowed with type '%s'.", inner, type);
      else
        emu_problem_set (problem, "unknown_parameter", inner,
            "Unknown parameter: '%s'.", inner);
      return FALSE;
    }
    if (!check_node (fields, found, node, inner, problem))
      return FALSE;
  }

  for (field = fields; field->path != NULL; field++) {
    const gchar *member = member_name (field, path);

    if (member == NULL || !(field->flags & EMU_REQUIRED)
        || json_object_has_member (object, member))
      continue;
    if (field->when == NULL || (type != NULL && in_list (field->when, type))) {
      g_autofree gchar *inner = *param != '\0'
          ? g_strconcat (param, ".", member, NULL)
          : g_strdup (member);

      emu_problem_set (problem, "missing_required_parameter", inner,
          "Missing required parameter: '%s'.", inner);
      return FALSE;
    }
  }
  return TRUE;
}

const EmuField *
emu_schema_find (const EmuField *fields, const gchar *path)
{
  for (; fields->path != NULL; fields++)
    if (strcmp (fields->path, path) == 0)
      return fields;
  return NULL;
}

gboolean
emu_schema_check (const EmuField *fields, JsonObject *object,
    const gchar *prefix, EmuProblem **problem)
{
  return check_object (fields, object, "", prefix, problem);
}
