/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisessionconfig.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Says, in JSON, which property sets which field of the session object, for each
 * kind of session. Nothing is read from a table: each property gets other values,
 * and what is different in the object is what it sets.
 *
 *   { "realtime": { "voice": { "sets": [ "audio.output.voice", ... ],
 *                              "json": [ ] }, ... }, ... }
 *
 * Below a path in "json" the property says everything, as JSON. docs/fields.py
 * makes a page of it. */

typedef GObject Bearer;
typedef GObjectClass BearerClass;

static GType bearer_get_type (void);
G_DEFINE_TYPE (Bearer, bearer, G_TYPE_OBJECT)

static GstOaiSettings *
settings_of (GObject *bearer)
{
  return g_object_get_data (bearer, "settings");
}

static void
bearer_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_oai_settings_set (settings_of (object), id - 1, value);
}

static void
bearer_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  gst_oai_settings_get (settings_of (object), id - 1, value);
}

static void
bearer_class_init (BearerClass *klass)
{
  klass->set_property = bearer_set_property;
  klass->get_property = bearer_get_property;
  gst_oai_settings_install_properties (klass);
}

static void
bearer_init (Bearer *self)
{
  g_object_set_data_full (self, "settings", gst_oai_settings_new (),
      (GDestroyNotify) gst_oai_settings_free);
}

/* --- values ------------------------------------------------------------- */

#define MARK "probe"

static void
add (GPtrArray *values, const gchar *text)
{
  g_ptr_array_add (values, g_strdup (text));
}

/* Values of a property, as gst-launch-1.0 takes them. Those that it does not take
 * are left out later. */
static GPtrArray *
values_of (GParamSpec *pspec)
{
  static const gchar *const texts[] = { "", "auto", "none", "disabled", "low",
    "high", "a,b", "voice_a", "voice_b", "{\"" MARK "\":1}", "{\"" MARK "\":2}",
    "[{\"" MARK "\":1}]", "[{\"" MARK "\":2}]" };
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);
  guint i;

  if (G_IS_PARAM_SPEC_STRING (pspec)) {
    for (i = 0; i < G_N_ELEMENTS (texts); i++)
      add (values, texts[i]);
  } else if (G_IS_PARAM_SPEC_BOOLEAN (pspec)) {
    add (values, "false");
    add (values, "true");
  } else if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;

    for (i = 0; i < klass->n_values; i++)
      add (values, klass->values[i].value_nick);
  } else if (G_IS_PARAM_SPEC_UINT (pspec)) {
    const GParamSpecUInt *spec = G_PARAM_SPEC_UINT (pspec);
    const guint numbers[] = { spec->minimum, spec->minimum + 1,
      spec->maximum / 2, spec->maximum };

    for (i = 0; i < G_N_ELEMENTS (numbers); i++)
      g_ptr_array_add (values, g_strdup_printf ("%u", numbers[i]));
  } else if (G_IS_PARAM_SPEC_DOUBLE (pspec)) {
    const GParamSpecDouble *spec = G_PARAM_SPEC_DOUBLE (pspec);
    gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

    add (values, g_ascii_dtostr (buffer, sizeof (buffer), spec->minimum));
    add (values, g_ascii_dtostr (buffer, sizeof (buffer), spec->maximum));
  }
  return values;
}

/* --- fields ------------------------------------------------------------- */

typedef GHashTable Members; /* path -> JsonNode, of all members at any depth */

static void
collect (Members *members, JsonNode *node, const gchar *path)
{
  if (*path)
    g_hash_table_insert (members, g_strdup (path), json_node_copy (node));
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *object = json_node_get_object (node);
    g_autoptr (GList) names = json_object_get_members (object);
    GList *l;

    for (l = names; l; l = l->next) {
      g_autofree gchar *inner = g_strconcat (
          path, *path ? "." : "", l->data, NULL);

      collect (members, json_object_get_member (object, l->data), inner);
    }
  } else if (JSON_NODE_HOLDS_ARRAY (node)
      && json_array_get_length (json_node_get_array (node)) > 0) {
    g_autofree gchar *inner = g_strconcat (path, "[]", NULL);

    collect (
        members, json_array_get_element (json_node_get_array (node), 0), inner);
  }
}

/* How the other settings stand: some fields are there only with others. */
typedef struct {
  const gchar *kind;
  const gchar *turn_detection;
  const gchar *transcription_model;
} Setting;

/* The members of the session when @name is @value; NULL when it cannot be. */
static Members *
members_with (const Setting *setting, const gchar *name, const gchar *value)
{
  g_autoptr (GObject) bearer = g_object_new (bearer_get_type (), "base-url",
      "http://127.0.0.1/v1", "input-transcription-model",
      setting->transcription_model, NULL);
  g_autoptr (JsonNode) node = NULL;
  GstOaiError *error;
  Members *members;

  gst_util_set_object_arg (bearer, "session-type", setting->kind);
  gst_util_set_object_arg (bearer, "turn-detection", setting->turn_detection);
  gst_util_set_object_arg (bearer, name, value);
  error = gst_oai_settings_validate (settings_of (bearer));
  if (error) {
    gst_oai_error_free (error);
    return NULL;
  }
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (
      node, gst_oai_settings_to_session (settings_of (bearer), FALSE));
  members = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_node_unref);
  collect (members, node, "");
  return members;
}

/* Adds to @sets what is in both and not the same. That something is there at all
 * may have other reasons: each way to detect turns has fields of its own. */
static void
compare (Members *a, Members *b, GHashTable *sets, GHashTable *json)
{
  GHashTableIter iter;
  gpointer path, value;

  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &path, &value)) {
    JsonNode *other = g_hash_table_lookup (b, path);

    if (other == NULL || json_node_equal (value, other)
        || (JSON_NODE_HOLDS_OBJECT (value) && JSON_NODE_HOLDS_OBJECT (other)))
      continue;
    if (g_str_equal (path, MARK))
      g_hash_table_add (json, g_strdup (""));
    else if (g_str_has_suffix (path, "." MARK))
      g_hash_table_add (
          json, g_strndup (path, strlen (path) - strlen ("." MARK)));
    else
      g_hash_table_add (sets, g_strdup (path));
  }
}

static void
probe (const gchar *kind, GParamSpec *pspec, GHashTable *sets, GHashTable *json)
{
  static const gchar *const detections[] = { "server-vad", "semantic-vad",
    "none" };
  static const gchar *const models[] = { NULL, "m" };
  g_autoptr (GPtrArray) values = values_of (pspec);
  guint detection, model, i, j;

  for (detection = 0; detection < G_N_ELEMENTS (detections); detection++) {
    for (model = 0; model < G_N_ELEMENTS (models); model++) {
      const Setting setting = { kind, detections[detection], models[model] };
      g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (
          (GDestroyNotify) g_hash_table_unref);

      for (i = 0; i < values->len; i++) {
        Members *members = members_with (
            &setting, pspec->name, g_ptr_array_index (values, i));

        if (members)
          g_ptr_array_add (all, members);
      }
      for (i = 0; i < all->len; i++)
        for (j = 0; j < i; j++)
          compare (g_ptr_array_index (all, i), g_ptr_array_index (all, j), sets,
              json);
    }
  }
}

static void
print_paths (JsonBuilder *builder, const gchar *name, GHashTable *paths)
{
  g_autoptr (GList) sorted = g_list_sort (
      g_hash_table_get_keys (paths), (GCompareFunc) strcmp);
  GList *l;

  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (l = sorted; l; l = l->next)
    json_builder_add_string_value (builder, l->data);
  json_builder_end_array (builder);
}

static void
print_kind (JsonBuilder *builder, const gchar *kind)
{
  GObjectClass *klass = g_type_class_ref (bearer_get_type ());
  guint i;

  json_builder_set_member_name (builder, kind);
  json_builder_begin_object (builder);
  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    GParamSpec *pspec = g_object_class_find_property (
        klass, gst_oai_setting_name (i));
    g_autoptr (GHashTable)
        sets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable)
        json = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    probe (kind, pspec, sets, json);
    if (g_hash_table_size (sets) + g_hash_table_size (json) == 0)
      continue;
    json_builder_set_member_name (builder, pspec->name);
    json_builder_begin_object (builder);
    print_paths (builder, "sets", sets);
    print_paths (builder, "json", json);
    json_builder_end_object (builder);
  }
  json_builder_end_object (builder);
  g_type_class_unref (klass);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  GEnumClass *kinds;
  guint i;

  gst_init (&argc, &argv);
  kinds = g_type_class_ref (gst_openai_realtime_session_type_get_type ());
  json_builder_begin_object (builder);
  for (i = 0; i < kinds->n_values; i++)
    print_kind (builder, kinds->values[i].value_nick);
  json_builder_end_object (builder);
  g_type_class_unref (kinds);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
  return 0;
}
