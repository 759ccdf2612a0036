/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "settings.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Seconds a session lives. */
#define SESSION_LIFETIME 3600

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
emu_settings_new (const gchar *model)
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
  json_object_set_int_member (settings, "expires_at",
      g_get_real_time () / G_USEC_PER_SEC + SESSION_LIFETIME);
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

static gboolean
check_mutability (JsonObject *settings, JsonObject *update, gboolean has_audio,
    EmuProblem **problem)
{
  const EmuField *field;

  for (field = emu_session_fields; field->path != NULL; field++) {
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

  if (!emu_schema_check (emu_session_fields, update, "session", problem))
    return FALSE;
  if (!at_creation && !check_mutability (settings, update, has_audio, problem))
    return FALSE;
  tracing = json_object_get_member (settings, "tracing");
  if (!at_creation && !JSON_NODE_HOLDS_NULL (tracing)
      && json_object_has_member (update, "tracing")
      && !json_node_equal (
          tracing, json_object_get_member (update, "tracing"))) {
    emu_problem_set (problem, "invalid_value", "session.tracing",
        "Cannot update tracing once it is enabled.");
    return FALSE;
  }

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
  if (at_creation
      && strcmp (
             gst_oai_json_get_string (settings, "type", ""), "transcription")
          == 0)
    json_object_set_string_member (
        settings, "object", "realtime.transcription_session");
  return TRUE;
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
