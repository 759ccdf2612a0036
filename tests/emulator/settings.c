/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "settings.h"

#include "protocol/gstoaijson.h"

#include <string.h>

static JsonNode *
parse (const gchar *text)
{
  JsonNode *node = json_from_string (text, NULL);

  g_assert (node != NULL);
  return node;
}

static JsonObject *
turn_detection_defaults (const gchar *type)
{
  g_autoptr (JsonNode) node = NULL;

  if (strcmp (type, "semantic_vad") == 0)
    node = parse ("{\"type\":\"semantic_vad\",\"eagerness\":\"auto\","
                  "\"create_response\":true,\"interrupt_response\":true}");
  else
    node = parse ("{\"type\":\"server_vad\",\"threshold\":0.5,"
                  "\"prefix_padding_ms\":300,\"silence_duration_ms\":500,"
                  "\"idle_timeout_ms\":null,\"create_response\":true,"
                  "\"interrupt_response\":true}");
  return json_object_ref (json_node_get_object (node));
}

JsonObject *
emu_settings_new (const gchar *model, gint lifetime)
{
  g_autoptr (JsonNode) node = parse (
      "{\"type\":\"realtime\",\"object\":\"realtime.session\","
      "\"id\":\"\",\"model\":\"\",\"output_modalities\":[\"audio\"],"
      "\"instructions\":\"You are a helpful, witty and friendly AI. "
      "Talk quickly and briefly.\",\"tools\":[],"
      "\"tool_choice\":\"auto\",\"max_output_tokens\":\"inf\","
      "\"tracing\":null,\"truncation\":\"auto\",\"prompt\":null,"
      "\"expires_at\":0,\"audio\":{\"input\":{\"format\":{"
      "\"type\":\"audio/pcm\",\"rate\":24000},\"transcription\":null,"
      "\"noise_reduction\":null,\"turn_detection\":null},"
      "\"output\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},"
      "\"voice\":\"marin\",\"speed\":1.0}},\"include\":null}");
  JsonObject *settings = json_object_ref (json_node_get_object (node));
  g_autofree gchar *id = emu_make_id ("sess_");

  json_object_set_string_member (settings, "id", id);
  json_object_set_string_member (
      settings, "model", model != NULL ? model : "gpt-realtime-2.1");
  json_object_set_int_member (
      settings, "expires_at", g_get_real_time () / G_USEC_PER_SEC + lifetime);
  json_object_set_object_member (
      gst_oai_json_get_object (settings, "audio.input"), "turn_detection",
      turn_detection_defaults ("server_vad"));
  return settings;
}

/* turn_detection merges into what is there when the type stays, else into the
 * defaults of the new type. */
static JsonNode *
merge_turn_detection (JsonObject *settings, JsonNode *update)
{
  JsonObject *current, *change;
  const gchar *type;
  JsonObject *merged;
  JsonNode *node;

  if (!JSON_NODE_HOLDS_OBJECT (update))
    return emu_json_copy_node (update);
  change = json_node_get_object (update);
  current = gst_oai_json_get_object (settings, "audio.input.turn_detection");
  type = gst_oai_json_get_string (change, "type",
      current ? gst_oai_json_get_string (current, "type", "server_vad")
              : "server_vad");
  if (current != NULL
      && strcmp (gst_oai_json_get_string (current, "type", ""), type) == 0)
    merged = emu_json_copy (current);
  else
    merged = turn_detection_defaults (type);
  gst_oai_json_merge (merged, change);
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, merged);
  return node;
}

/* What a transcription session does not have. */
static void
strip_for_transcription (JsonObject *settings)
{
  static const gchar *kept[] = { "type", "object", "id", "expires_at", "audio",
    "include" };
  g_autoptr (GList) members = json_object_get_members (settings);
  JsonObject *detection = gst_oai_json_get_object (
      settings, "audio.input.turn_detection");
  GList *l;
  guint i;

  for (l = members; l != NULL; l = l->next) {
    for (i = 0; i < G_N_ELEMENTS (kept); i++)
      if (strcmp (kept[i], l->data) == 0)
        break;
    if (i == G_N_ELEMENTS (kept))
      json_object_remove_member (settings, l->data);
  }
  json_object_remove_member (
      gst_oai_json_get_object (settings, "audio"), "output");
  /* There are no responses. */
  if (detection != NULL) {
    json_object_remove_member (detection, "create_response");
    json_object_remove_member (detection, "interrupt_response");
    json_object_remove_member (detection, "idle_timeout_ms");
  }
  json_object_set_string_member (settings, "type", "transcription");
  json_object_set_string_member (
      settings, "object", "realtime.transcription_session");
}

/* Settings that need each other. */
static gboolean
check_transcription (
    JsonObject *settings, JsonObject *update, EmuProblem **problem)
{
  static const struct {
    const gchar *name;
    /* Models that know it. */
    const gchar *models;
  } special[] = {
    { "languages", "gpt-transcribe|gpt-live-transcribe" },
    { "keywords", "gpt-transcribe|gpt-live-transcribe" },
    { "delay", "gpt-realtime-whisper" },
  };
  JsonObject *transcription = gst_oai_json_get_object (
      update, "audio.input.transcription");
  const gchar *model;
  guint i;

  if (transcription == NULL)
    return TRUE;
  model = gst_oai_json_get_string (transcription, "model", NULL);
  for (i = 0; model != NULL && i < G_N_ELEMENTS (special); i++) {
    g_auto (GStrv) models = g_strsplit (special[i].models, "|", -1);
    g_autofree gchar *param = g_strconcat (
        "session.audio.input.transcription.", special[i].name, NULL);
    JsonNode *node = json_object_get_member (transcription, special[i].name);

    if (node == NULL || JSON_NODE_HOLDS_NULL (node)
        || g_strv_contains ((const gchar *const *) models, model))
      continue;
    emu_problem_set (problem, "unsupported_parameter", param,
        "Unsupported parameter: '%s' is not supported with the model '%.100s'.",
        param, model);
    return FALSE;
  }
  return TRUE;
}

gboolean
emu_settings_check_tools (
    JsonObject *object, const gchar *prefix, EmuProblem **problem)
{
  JsonArray *tools = gst_oai_json_get_array (object, "tools");
  guint i;

  for (i = 0; tools != NULL && i < json_array_get_length (tools); i++) {
    JsonObject *tool = json_array_get_object_element (tools, i);
    g_autofree gchar *param = NULL;

    if (strcmp (gst_oai_json_get_string (tool, "type", ""), "mcp") != 0
        || gst_oai_json_get_string (tool, "server_url", NULL) != NULL
        || gst_oai_json_get_string (tool, "connector_id", NULL) != NULL
        || gst_oai_json_get_string (tool, "tunnel_id", NULL) != NULL)
      continue;
    param = g_strdup_printf ("%s.tools[%u].server_url", prefix, i);
    emu_problem_set (problem, "missing_required_parameter", param,
        "Missing required parameter: '%s'. An MCP tool needs one of server_url, "
        "connector_id and tunnel_id.",
        param);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_mutability (JsonObject *settings, JsonObject *update, gboolean has_audio,
    EmuProblem **problem)
{
  const gchar *type = gst_oai_json_get_string (settings, "type", "");
  const EmuSchema *schema = strcmp (type, "transcription") == 0
      ? &emu_transcription_session_schema
      : &emu_realtime_session_schema;
  const EmuField *field;

  if (strcmp (gst_oai_json_get_string (update, "type", ""), type) != 0) {
    emu_problem_set (problem, "invalid_value", "session.type",
        "Cannot update 'session.type' after the session was created.");
    return FALSE;
  }
  for (field = schema->fields; field->path != NULL; field++) {
    g_autofree gchar *param = NULL;
    g_auto (GStrv) names = NULL;
    JsonObject *was = settings, *is = update;
    JsonNode *was_node, *is_node;
    guint i;

    if (field->mutability == EMU_ANY_TIME
        || (field->mutability == EMU_BEFORE_AUDIO && !has_audio))
      continue;
    names = g_strsplit (field->path, ".", -1);
    for (i = 0; names[i + 1] != NULL && is != NULL && was != NULL; i++) {
      is = gst_oai_json_get_object (is, names[i]);
      was = gst_oai_json_get_object (was, names[i]);
    }
    if (is == NULL || was == NULL || !json_object_has_member (is, names[i]))
      continue;
    is_node = json_object_get_member (is, names[i]);
    was_node = json_object_get_member (was, names[i]);
    if (was_node != NULL && json_node_equal (is_node, was_node))
      continue;
    param = g_strconcat ("session.", field->path, NULL);
    if (field->mutability == EMU_BEFORE_AUDIO)
      emu_problem_set (problem, "cannot_update_voice", param,
          "Cannot update a conversation's voice if assistant audio is "
          "present.");
    else
      emu_problem_set (problem, "invalid_value", param,
          "Cannot update '%s' after the session was created.", param);
    return FALSE;
  }
  return TRUE;
}

gboolean
emu_settings_update (JsonObject *settings, JsonObject *update,
    gboolean at_creation, gboolean has_audio, EmuProblem **problem)
{
  JsonNode *detection = NULL;
  JsonNode *tracing;
  JsonObject *input;

  if (!emu_schema_check (&emu_session_schema, update, "session", problem)
      || !check_transcription (settings, update, problem)
      || !emu_settings_check_tools (update, "session", problem))
    return FALSE;
  if (!at_creation && !check_mutability (settings, update, has_audio, problem))
    return FALSE;
  tracing = json_object_get_member (settings, "tracing");
  if (!at_creation && tracing != NULL && !JSON_NODE_HOLDS_NULL (tracing)
      && json_object_has_member (update, "tracing")
      && !json_node_equal (
          tracing, json_object_get_member (update, "tracing"))) {
    emu_problem_set (problem, "invalid_value", "session.tracing",
        "Cannot update tracing once it is enabled.");
    return FALSE;
  }

  if (at_creation
      && strcmp (gst_oai_json_get_string (update, "type", ""), "transcription")
          == 0)
    strip_for_transcription (settings);

  input = gst_oai_json_get_object (update, "audio.input");
  if (input != NULL && json_object_has_member (input, "turn_detection"))
    detection = merge_turn_detection (
        settings, json_object_get_member (input, "turn_detection"));

  {
    g_autoptr (JsonObject) change = emu_json_copy (update);
    static const gchar *whole[] = { "audio.input.transcription",
      "audio.input.noise_reduction", "audio.input.format",
      "audio.output.format", "audio.output.voice", "tool_choice", "truncation",
      "tracing", "prompt", "reasoning" };
    guint i;

    json_object_remove_member (change, "id");
    json_object_remove_member (change, "object");
    json_object_remove_member (change, "expires_at");
    /* Objects that are replaced, not merged. */
    for (i = 0; i < G_N_ELEMENTS (whole); i++) {
      if (gst_oai_json_get_object (change, whole[i]) != NULL
          && gst_oai_json_get_object (settings, whole[i]) != NULL)
        gst_oai_json_set (settings, whole[i], json_node_new (JSON_NODE_NULL));
    }
    gst_oai_json_merge (settings, change);
  }
  if (detection != NULL)
    gst_oai_json_set (settings, "audio.input.turn_detection", detection);
  return TRUE;
}

JsonObject *
emu_settings_for_client (JsonObject *settings)
{
  JsonObject *copy = emu_json_copy (settings);
  const gchar *voice = gst_oai_json_get_string (
      copy, "audio.output.voice.id", NULL);

  /* Servers say the voice by its name, own voices too. */
  if (voice != NULL) {
    g_autofree gchar *id = g_strdup (voice);

    json_object_set_string_member (
        gst_oai_json_get_object (copy, "audio.output"), "voice", id);
  }
  return copy;
}

JsonObject *
emu_settings_for_response (JsonObject *settings, JsonObject *overrides)
{
  JsonObject *merged = emu_json_copy (settings);

  if (overrides != NULL) {
    g_autoptr (JsonObject) copy = emu_json_copy (overrides);

    if (gst_oai_json_get_object (copy, "audio.output.voice") != NULL)
      gst_oai_json_set (
          merged, "audio.output.voice", json_node_new (JSON_NODE_NULL));
    gst_oai_json_merge (merged, copy);
  }
  return merged;
}
