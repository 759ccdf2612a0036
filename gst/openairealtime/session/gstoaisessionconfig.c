/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisessionconfig.h"

#include "session/gstoaisettings-private.h"

#include <string.h>

#define DEFAULT_TRANSCRIPTION_MODEL "gpt-transcribe"
#define DEFAULT_TRANSLATION_MODEL "gpt-realtime-translate"

/* The value of a setting as JSON, by its kind. */
static JsonNode *
setting_to_node (const GstOaiSettings *self, GstOaiSetting setting)
{
  const SettingSpec *spec = gst_oai_setting_spec (setting);
  const GValue *value = gst_oai_settings_value (self, setting);
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  switch (spec->kind) {
    case KIND_STRING:
      json_node_set_string (node, g_value_get_string (value));
      break;
    case KIND_UINT:
      json_node_set_int (node, g_value_get_uint (value));
      break;
    case KIND_DOUBLE:
      json_node_set_double (node, g_value_get_double (value));
      break;
    case KIND_BOOLEAN:
      json_node_set_boolean (node, g_value_get_boolean (value));
      break;
    case KIND_ENUM: {
      GEnumClass *klass = g_type_class_ref (spec->enum_type ());
      g_autofree gchar *nick = g_strdup (
          g_enum_get_value (klass, g_value_get_enum (value))->value_nick);

      /* The nicks are the API's own words, but for the dash. */
      json_node_set_string (node, g_strdelimit (nick, "-", '_'));
      g_type_class_unref (klass);
      break;
    }
    case KIND_STRUCTURE:
      /* No field of the session is one. */
      g_warn_if_reached ();
      break;
  }
  return node;
}

static gboolean
is_transcription_session (const GstOaiSettings *self)
{
  return gst_oai_settings_enum (self, GST_OAI_SETTING_SESSION_TYPE)
      == GST_OPENAI_REALTIME_SESSION_TYPE_TRANSCRIPTION;
}

static gboolean
is_translation_session (const GstOaiSettings *self)
{
  return gst_oai_settings_enum (self, GST_OAI_SETTING_SESSION_TYPE)
      == GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION;
}

const gchar *
gst_oai_settings_model (const GstOaiSettings *self)
{
  if (is_translation_session (self)
      && !gst_oai_settings_is_set (self, GST_OAI_SETTING_MODEL))
    return DEFAULT_TRANSLATION_MODEL;
  return gst_oai_settings_string (self, GST_OAI_SETTING_MODEL);
}

/* NULL: nothing is transcribed. */
static const gchar *
transcription_model (const GstOaiSettings *self)
{
  const gchar *model = gst_oai_settings_string (
      self, GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL);

  if (is_nonempty (model))
    return model;
  return is_transcription_session (self) ? DEFAULT_TRANSCRIPTION_MODEL : NULL;
}

GstOpenAIRealtimeTurnDetection
gst_oai_settings_turn_detection (const GstOaiSettings *self)
{
  /* It goes along with the speech, and there the service takes no other. */
  if (is_transcription_session (self)
      && !gst_oai_settings_is_set (self, GST_OAI_SETTING_TURN_DETECTION)
      && g_strcmp0 (transcription_model (self), "gpt-realtime-whisper") == 0)
    return GST_OPENAI_REALTIME_TURN_DETECTION_NONE;
  return gst_oai_settings_enum (self, GST_OAI_SETTING_TURN_DETECTION);
}

static void
add_turn_detection (const GstOaiSettings *self, JsonObject *session)
{
  const gchar *path =
      gst_oai_setting_spec (GST_OAI_SETTING_TURN_DETECTION)->path;
  gint mode = gst_oai_settings_turn_detection (self);
  gboolean server = mode == GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD;
  JsonObject *vad;
  JsonNode *node;
  guint i;

  if (mode == GST_OPENAI_REALTIME_TURN_DETECTION_NONE) {
    gst_oai_json_set (session, path, json_node_new (JSON_NODE_NULL));
    return;
  }

  vad = json_object_new ();
  json_object_set_member (
      vad, "type", setting_to_node (self, GST_OAI_SETTING_TURN_DETECTION));
  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    /* There are no responses to create or interrupt in a transcription. */
    if ((gst_oai_setting_spec (i)->send == SEND_ANY_VAD
            && !is_transcription_session (self))
        || gst_oai_setting_spec (i)->send
            == (server ? SEND_SERVER_VAD : SEND_SEMANTIC_VAD))
      json_object_set_member (
          vad, gst_oai_setting_spec (i)->path, setting_to_node (self, i));
  }
  if (server && !is_transcription_session (self)
      && gst_oai_settings_uint (self, GST_OAI_SETTING_VAD_IDLE_TIMEOUT) > 0)
    json_object_set_member (vad,
        gst_oai_setting_spec (GST_OAI_SETTING_VAD_IDLE_TIMEOUT)->path,
        setting_to_node (self, GST_OAI_SETTING_VAD_IDLE_TIMEOUT));

  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, vad);
  gst_oai_json_set (session, path, node);
}

/* What commas separate, without the white space around it. */
static JsonNode *
list_to_node (const gchar *text)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  guint i;

  for (i = 0; words[i]; i++) {
    if (*g_strstrip (words[i]))
      json_array_add_string_element (array, words[i]);
  }
  json_node_take_array (node, array);

  return node;
}

static void
add_transcription (const GstOaiSettings *self, JsonObject *session)
{
  const gchar *model = transcription_model (self);
  JsonObject *object;
  JsonNode *node;
  guint i;

  if (model == NULL)
    return;
  object = json_object_new ();
  json_object_set_string_member (object, "model", model);
  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    const gchar *text;

    if (gst_oai_setting_spec (i)->send != SEND_TRANSCRIPTION
        && gst_oai_setting_spec (i)->send != SEND_TRANSCRIPTION_LIST)
      continue;
    text = gst_oai_settings_string (self, i);
    if (is_nonempty (text) && !is_translation_session (self))
      json_object_set_member (object, gst_oai_setting_spec (i)->path,
          gst_oai_setting_spec (i)->send == SEND_TRANSCRIPTION
              ? setting_to_node (self, i)
              : list_to_node (text));
  }
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  gst_oai_json_set (session,
      gst_oai_setting_spec (GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL)->path,
      node);
}

static void
add_include (const GstOaiSettings *self, JsonObject *session)
{
  if (!gst_oai_settings_is_set (
          self, GST_OAI_SETTING_INPUT_TRANSCRIPTION_LOGPROBS))
    return;
  gst_oai_json_set (session,
      gst_oai_setting_spec (GST_OAI_SETTING_INPUT_TRANSCRIPTION_LOGPROBS)->path,
      list_to_node (gst_oai_settings_boolean (
                        self, GST_OAI_SETTING_INPUT_TRANSCRIPTION_LOGPROBS)
              ? "item.input_audio_transcription.logprobs"
              : ""));
}

static void
add_voice (const GstOaiSettings *self, JsonObject *session)
{
  const gchar *voice = gst_oai_settings_string (self, GST_OAI_SETTING_VOICE);
  const gchar *path = gst_oai_setting_spec (GST_OAI_SETTING_VOICE)->path;

  if (!is_nonempty (voice))
    return;
  /* A custom voice is an object in the API. */
  if (g_str_has_prefix (voice, "voice_")) {
    JsonNode *node = json_node_new (JSON_NODE_OBJECT);
    JsonObject *object = json_object_new ();

    json_object_set_string_member (object, "id", voice);
    json_node_take_object (node, object);
    gst_oai_json_set (session, path, node);
  } else {
    gst_oai_json_set (
        session, path, setting_to_node (self, GST_OAI_SETTING_VOICE));
  }
}

static void
add_modality (const GstOaiSettings *self, JsonObject *session)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  json_array_add_element (
      array, setting_to_node (self, GST_OAI_SETTING_OUTPUT_MODALITY));
  json_node_take_array (node, array);
  gst_oai_json_set (session,
      gst_oai_setting_spec (GST_OAI_SETTING_OUTPUT_MODALITY)->path, node);
}

static void
add_noise_reduction (const GstOaiSettings *self, JsonObject *session)
{
  const gchar *path =
      gst_oai_setting_spec (GST_OAI_SETTING_NOISE_REDUCTION)->path;
  JsonNode *node;
  JsonObject *object;

  if (!gst_oai_settings_is_set (self, GST_OAI_SETTING_NOISE_REDUCTION))
    return;
  if (gst_oai_settings_enum (self, GST_OAI_SETTING_NOISE_REDUCTION)
      == GST_OPENAI_REALTIME_NOISE_REDUCTION_NONE) {
    gst_oai_json_set (session, path, json_node_new (JSON_NODE_NULL));
    return;
  }
  object = json_object_new ();
  json_object_set_member (
      object, "type", setting_to_node (self, GST_OAI_SETTING_NOISE_REDUCTION));
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  gst_oai_json_set (session, path, node);
}

static void
add_tools (const GstOaiSettings *self, JsonObject *session)
{
  JsonNode *node = gst_oai_settings_parse (self, GST_OAI_SETTING_TOOLS, NULL);

  if (node)
    gst_oai_json_set (session, "tools", node);
}

static void
add_word_or_object (
    const GstOaiSettings *self, GstOaiSetting setting, JsonObject *session)
{
  const gchar *text = gst_oai_settings_string (self, setting);
  JsonNode *node;

  if (!is_nonempty (text))
    return;
  node = gst_oai_setting_is_object_text (text)
      ? gst_oai_settings_parse (self, setting, NULL)
      : setting_to_node (self, setting);
  if (node)
    gst_oai_json_set (session, gst_oai_setting_spec (setting)->path, node);
}

static void
add_prompt (const GstOaiSettings *self, JsonObject *session)
{
  const gchar *text = gst_oai_settings_string (self, GST_OAI_SETTING_PROMPT);

  if (is_nonempty (text) && !gst_oai_setting_is_object_text (text))
    gst_oai_json_set (
        session, "prompt.id", setting_to_node (self, GST_OAI_SETTING_PROMPT));
  else
    add_word_or_object (self, GST_OAI_SETTING_PROMPT, session);
}

static void
add_max_output_tokens (const GstOaiSettings *self, JsonObject *session)
{
  guint tokens = gst_oai_settings_uint (
      self, GST_OAI_SETTING_MAX_OUTPUT_TOKENS);
  JsonNode *node;

  if (!gst_oai_settings_is_set (self, GST_OAI_SETTING_MAX_OUTPUT_TOKENS))
    return;
  if (tokens == 0) {
    node = json_node_new (JSON_NODE_VALUE);
    json_node_set_string (node, "inf");
  } else {
    node = setting_to_node (self, GST_OAI_SETTING_MAX_OUTPUT_TOKENS);
  }
  gst_oai_json_set (session,
      gst_oai_setting_spec (GST_OAI_SETTING_MAX_OUTPUT_TOKENS)->path, node);
}

static gboolean
any_vad_set (const GstOaiSettings *self)
{
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    if (gst_oai_settings_is_set (self, i)
        && (i == GST_OAI_SETTING_TURN_DETECTION
            || i == GST_OAI_SETTING_VAD_IDLE_TIMEOUT
            || gst_oai_setting_spec (i)->send == SEND_SERVER_VAD
            || gst_oai_setting_spec (i)->send == SEND_SEMANTIC_VAD
            || gst_oai_setting_spec (i)->send == SEND_ANY_VAD))
      return TRUE;
  }
  return FALSE;
}

static void
merge_config (const GstOaiSettings *self, JsonObject *session)
{
  JsonNode *extra = gst_oai_settings_parse (
      self, GST_OAI_SETTING_SESSION_CONFIG, NULL);

  if (extra && JSON_NODE_HOLDS_OBJECT (extra))
    gst_oai_json_merge (session, json_node_get_object (extra));
  g_clear_pointer (&extra, json_node_unref);
}

/* Nothing but what the input is heard with. */
static void
add_transcription_session (
    const GstOaiSettings *self, gboolean only_set, JsonObject *session)
{
  json_object_set_string_member (session, "type", "transcription");
  if (!only_set || any_vad_set (self))
    add_turn_detection (self, session);
  if (!only_set
      || gst_oai_settings_is_set (
          self, GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL))
    add_transcription (self, session);
  add_noise_reduction (self, session);
  add_include (self, session);
}

/* What a translation has: two languages and how the input is heard. */
static void
add_translation_session (
    const GstOaiSettings *self, gboolean only_set, JsonObject *session)
{
  if (!only_set)
    json_object_set_string_member (
        session, "model", gst_oai_settings_model (self));
  if (is_nonempty (
          gst_oai_settings_string (self, GST_OAI_SETTING_TARGET_LANGUAGE)))
    gst_oai_json_set (session,
        gst_oai_setting_spec (GST_OAI_SETTING_TARGET_LANGUAGE)->path,
        setting_to_node (self, GST_OAI_SETTING_TARGET_LANGUAGE));
  add_transcription (self, session);
  add_noise_reduction (self, session);
}

static void
add_realtime_session (
    const GstOaiSettings *self, gboolean only_set, JsonObject *session)
{
  guint i;

  json_object_set_string_member (session, "type", "realtime");
  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    if (gst_oai_setting_spec (i)->send == SEND_IF_SET
        && gst_oai_settings_is_set (self, i))
      gst_oai_json_set (
          session, gst_oai_setting_spec (i)->path, setting_to_node (self, i));
    else if (gst_oai_setting_spec (i)->send == SEND_WORD_OR_OBJECT)
      add_word_or_object (self, i, session);
  }
  /* The model is fixed by a client secret and cannot be updated. */
  if (only_set)
    json_object_remove_member (session, "model");
  else
    gst_oai_json_set (
        session, "model", setting_to_node (self, GST_OAI_SETTING_MODEL));
  if (!only_set
      || gst_oai_settings_is_set (self, GST_OAI_SETTING_OUTPUT_MODALITY))
    add_modality (self, session);
  if (!only_set || gst_oai_settings_is_set (self, GST_OAI_SETTING_VOICE))
    add_voice (self, session);
  if (!only_set || any_vad_set (self))
    add_turn_detection (self, session);
  add_transcription (self, session);
  add_include (self, session);
  add_noise_reduction (self, session);
  add_max_output_tokens (self, session);
  add_prompt (self, session);
  add_tools (self, session);
}

JsonObject *
gst_oai_settings_to_session (const GstOaiSettings *self, gboolean only_set)
{
  JsonObject *session = json_object_new ();

  if (is_transcription_session (self))
    add_transcription_session (self, only_set, session);
  else if (is_translation_session (self))
    add_translation_session (self, only_set, session);
  else
    add_realtime_session (self, only_set, session);
  merge_config (self, session);

  return session;
}

/* Objects that the server replaces as a whole are compared as a whole: a merge
 * of halves would mix fields of two kinds (server_vad and semantic_vad). */
static gboolean
is_container (const gchar *path)
{
  return g_str_equal (path, "audio") || g_str_equal (path, "audio.input")
      || g_str_equal (path, "audio.output");
}

/* What takes a member back that is not there any more. Most are null then, but
 * the API refuses that for these. */
static JsonNode *
cleared_value (const gchar *path)
{
  static const struct {
    const gchar *path;
    const gchar *json;
  } cleared[] = {
    { "instructions", "\"\"" },
    { "tools", "[]" },
    { "tool_choice", "\"auto\"" },
    { "max_output_tokens", "\"inf\"" },
    { "audio.output.speed", "1.0" },
    { "truncation", "\"auto\"" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cleared); i++) {
    if (g_str_equal (cleared[i].path, path))
      return json_from_string (cleared[i].json, NULL);
  }
  return json_node_new (JSON_NODE_NULL);
}

static JsonObject *
diff_level (JsonObject *before, JsonObject *after, const gchar *prefix)
{
  JsonObject *patch = json_object_new ();
  g_autoptr (GList) names = json_object_get_members (after);
  g_autoptr (GList) old_names = NULL;
  GList *l;

  for (l = names; l; l = l->next) {
    const gchar *name = l->data;
    JsonNode *now = json_object_get_member (after, name);
    JsonNode *was = before ? json_object_get_member (before, name) : NULL;
    g_autofree gchar *path = *prefix ? g_strconcat (prefix, ".", name, NULL)
                                     : g_strdup (name);

    if (was && json_node_equal (was, now))
      continue;
    if (is_container (path) && JSON_NODE_HOLDS_OBJECT (now)) {
      JsonObject *old = was && JSON_NODE_HOLDS_OBJECT (was)
          ? json_node_get_object (was)
          : NULL;
      JsonObject *sub = diff_level (old, json_node_get_object (now), path);

      if (sub)
        json_object_set_object_member (patch, name, sub);
    } else {
      json_object_set_member (patch, name, json_node_copy (now));
    }
  }
  old_names = before ? json_object_get_members (before) : NULL;
  for (l = old_names; l; l = l->next) {
    const gchar *name = l->data;
    g_autofree gchar *path = *prefix ? g_strconcat (prefix, ".", name, NULL)
                                     : g_strdup (name);
    JsonNode *was = json_object_get_member (before, name);

    if (json_object_has_member (after, name))
      continue;
    if (is_container (path) && JSON_NODE_HOLDS_OBJECT (was)) {
      g_autoptr (JsonObject) nothing = json_object_new ();
      JsonObject *sub = diff_level (json_node_get_object (was), nothing, path);

      if (sub)
        json_object_set_object_member (patch, name, sub);
    } else {
      json_object_set_member (patch, name, cleared_value (path));
    }
  }
  if (json_object_get_size (patch) == 0)
    g_clear_pointer (&patch, json_object_unref);

  return patch;
}

JsonObject *
gst_oai_session_config_diff (JsonObject *before, JsonObject *after)
{
  JsonObject *patch = diff_level (before, after, "");

  if (patch && json_object_has_member (after, "type"))
    json_object_set_member (
        patch, "type", json_node_copy (json_object_get_member (after, "type")));

  return patch;
}

gboolean
gst_oai_session_config_accept (
    JsonObject *before, JsonObject *after, const gchar *param)
{
  g_autofree gchar *path = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GString) prefix = g_string_new (NULL);
  guint i;

  if (param == NULL || !g_str_has_prefix (param, "session."))
    return FALSE;
  path = g_strndup (param + 8, strcspn (param + 8, "["));
  names = g_strsplit (path, ".", -1);
  for (i = 0; names[i]; i++) {
    JsonNode *was = json_object_get_member (before, names[i]);
    JsonNode *now = json_object_get_member (after, names[i]);

    g_string_append_printf (prefix, "%s%s", i > 0 ? "." : "", names[i]);
    if (was == NULL && now == NULL)
      return FALSE;
    if (!is_container (prefix->str) || (now && !JSON_NODE_HOLDS_OBJECT (now))) {
      if (was && now && json_node_equal (was, now))
        return FALSE;
      if (now)
        json_object_set_member (before, names[i], json_node_copy (now));
      else
        json_object_remove_member (before, names[i]);
      return TRUE;
    }
    if (now == NULL)
      return FALSE;
    if (was == NULL || !JSON_NODE_HOLDS_OBJECT (was)) {
      json_object_set_object_member (before, names[i], json_object_new ());
      was = json_object_get_member (before, names[i]);
    }
    before = json_node_get_object (was);
    after = json_node_get_object (now);
  }
  return FALSE;
}
