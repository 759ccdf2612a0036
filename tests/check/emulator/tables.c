/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* Every row of the tables of what clients send is enforced: its type, its
 * values, its range, whether it must be there, and with which "type" beside it. */

static JsonNode *sample (const EmuField *fields, const EmuField *field,
    EmuJsonType wanted, const gchar *when);

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
has_type (const gchar *list, const gchar *type)
{
  g_auto (GStrv) types = g_strsplit (list, "|", -1);

  return g_strv_contains ((const gchar *const *) types, type);
}

static gchar *
first_of (const gchar *list)
{
  return g_strndup (list, strcspn (list, "|"));
}

/* The value that "type" beside the members of @path has when it is not chosen
 * by @when, or NULL. */
static gchar *
type_at (const EmuField *fields, const gchar *path, const gchar *when)
{
  g_autofree gchar *type_path = *path != '\0'
      ? g_strconcat (path, ".type", NULL)
      : g_strdup ("type");
  const EmuField *type = emu_field_find (fields, type_path);

  if (type == NULL || type->values == NULL)
    return NULL;
  return first_of (when != NULL ? when : type->values);
}

/* An object with what it must have and nothing else. */
static JsonObject *
sample_object (const EmuField *fields, const gchar *path, const gchar *when)
{
  JsonObject *object = json_object_new ();
  g_autofree gchar *type = type_at (fields, path, when);
  const EmuField *field;

  for (field = fields; field->path != NULL; field++) {
    const gchar *name = member_name (field, path);

    if (name == NULL || !(field->flags & EMU_REQUIRED)
        || (field->flags & EMU_SERVER))
      continue;
    if (strcmp (name, "type") == 0 && type != NULL)
      json_object_set_string_member (object, name, type);
    else if (field->when == NULL
        || (type != NULL && has_type (field->when, type)))
      json_object_set_member (
          object, name, sample (fields, field, field->types, NULL));
  }
  return object;
}

static JsonObject *
sample_schema (const EmuSchema *schema)
{
  while (schema->variants != NULL)
    schema = schema->variants[0];
  return sample_object (schema->fields, "", NULL);
}

/* A value that fits, of a type in @wanted; @when: type of an object. */
static JsonNode *
sample (const EmuField *fields, const EmuField *field, EmuJsonType wanted,
    const gchar *when)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);
  EmuJsonType types = field->types & wanted;
  g_autofree gchar *text = NULL;

  if (types & EMU_BOOLEAN) {
    json_node_set_boolean (node, TRUE);
  } else if (types & EMU_INTEGER) {
    json_node_set_int (node, field->min);
  } else if (types & EMU_NUMBER) {
    json_node_set_double (node, field->min);
  } else if (types & EMU_STRING) {
    if (field->values != NULL)
      text = first_of (field->values);
    else
      text = g_strnfill (MAX (field->min, 1), 'x');
    json_node_set_string (node, text);
  } else if (types & EMU_OBJECT) {
    json_node_init (node, JSON_NODE_OBJECT);
    if (field->schema != NULL)
      json_node_take_object (node, sample_schema (field->schema));
    else
      json_node_take_object (node, sample_object (fields, field->path, when));
  } else if (types & EMU_ARRAY) {
    g_autofree gchar *path = g_strconcat (field->path, "[]", NULL);
    const EmuField *element = emu_field_find (fields, path);
    JsonArray *array = json_array_new ();
    guint i;

    for (i = 0; i < MAX (field->min, 1) && element != NULL; i++)
      json_array_add_element (
          array, sample (fields, element, element->types, when));
    json_node_init (node, JSON_NODE_ARRAY);
    json_node_take_array (node, array);
  } else {
    json_node_init (node, JSON_NODE_NULL);
  }
  return node;
}

/* --- one value in an object -------------------------------------------- */

/* The object of a table with the object in it that has the member to spoil. */
typedef struct {
  const EmuSchema *schema;
  const EmuField *field;
  JsonObject *root;
  JsonObject *holder;
  gchar *name;
  gchar *param;
} Place;

static const EmuField *
find_holding (const EmuField *fields, const gchar *path, EmuJsonType type)
{
  for (; fields->path != NULL; fields++)
    if (strcmp (fields->path, path) == 0 && (fields->types & type)
        && !(fields->flags & EMU_SERVER))
      return fields;
  return NULL;
}

/* "tools[].name" -> "tools[]", "name" */
static gchar *
split (const gchar *path, const gchar **name)
{
  const gchar *dot = strrchr (path, '.');

  *name = dot != NULL ? dot + 1 : path;
  return dot != NULL ? g_strndup (path, dot - path) : g_strdup ("");
}

/* The object at @path within @root, made when it is not there. */
static JsonObject *
dig (const EmuField *fields, JsonObject *root, const gchar *path,
    const gchar *when)
{
  g_autofree gchar *parent = NULL;
  g_autofree gchar *clean = g_strdup (path);
  gboolean element = g_str_has_suffix (path, "[]");
  const EmuField *field;
  JsonObject *holder;
  JsonNode *node;
  const gchar *name;

  if (*path == '\0')
    return root;
  if (element)
    clean[strlen (clean) - 2] = '\0';
  parent = split (clean, &name);
  field = find_holding (fields, clean, element ? EMU_ARRAY : EMU_OBJECT);
  fail_unless (field != NULL, "no row %s", clean);
  /* What is around it must be of the type that may hold it. */
  holder = dig (fields, root, parent, field->when);
  node = sample (fields, field, element ? EMU_ARRAY : EMU_OBJECT, when);
  json_object_set_member (holder, name, node);
  if (!element)
    return json_node_get_object (node);
  return json_array_get_object_element (json_node_get_array (node), 0);
}

static void
place_init (
    Place *place, const EmuSchema *schema, const EmuField *field, gboolean put)
{
  gboolean element = g_str_has_suffix (field->path, "[]");
  g_autofree gchar *clean = g_strdup (field->path);
  g_autofree gchar *parent = NULL;
  g_autoptr (GString) param = g_string_new (field->path);
  const gchar *when = field->when;
  const gchar *name;

  if (element) {
    clean[strlen (clean) - 2] = '\0';
    when = find_holding (schema->fields, clean, EMU_ARRAY)->when;
  }
  parent = split (clean, &name);
  g_string_replace (param, "[]", "[0]", 0);
  place->schema = schema;
  place->field = field;
  place->name = g_strdup (name);
  place->param = g_strdup (param->str);
  place->root = sample_object (
      schema->fields, "", *parent == '\0' ? when : NULL);
  place->holder = dig (schema->fields, place->root, parent, when);
  if (put && !element && field->pattern == NULL)
    json_object_set_member (place->holder, name,
        sample (schema->fields, field, field->types, NULL));
}

static void
place_clear (Place *place)
{
  json_object_unref (place->root);
  g_free (place->name);
  g_free (place->param);
}

static gchar *
show (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

static void
accepts (Place *place)
{
  g_autoptr (EmuProblem) problem = NULL;
  g_autofree gchar *text = show (place->root);

  fail_unless (emu_schema_check (place->schema, place->root, "", &problem),
      "%s: %s: %s: %s", place->schema->name, place->field->path, text,
      problem ? problem->message : "");
}

static void
refuses (Place *place, const gchar *param, const gchar *code)
{
  g_autoptr (EmuProblem) problem = NULL;
  g_autofree gchar *text = show (place->root);

  fail_if (emu_schema_check (place->schema, place->root, "", &problem),
      "%s: %s: %s was taken", place->schema->name, place->field->path, text);
  fail_unless (g_str_has_suffix (problem->code, code)
          && strcmp (problem->param, param) == 0,
      "%s: %s: %s: %s at %s, not %s at %s", place->schema->name,
      place->field->path, text, problem->code, problem->param, code, param);
}

/* Puts @node where the field is and expects the refusal. */
static void
refuses_value (Place *place, JsonNode *node, const gchar *code)
{
  if (g_str_has_suffix (place->field->path, "[]")) {
    JsonArray *array = json_array_new ();

    json_array_add_element (array, node);
    json_object_set_array_member (place->holder, place->name, array);
  } else {
    json_object_set_member (place->holder, place->name, node);
  }
  refuses (place, place->param, code);
}

static JsonNode *
number (gdouble value, EmuJsonType type)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  if (type & EMU_INTEGER)
    json_node_set_int (node, value);
  else
    json_node_set_double (node, value);
  return node;
}

static JsonNode *
text_of (guint length)
{
  g_autofree gchar *text = g_strnfill (length, 'q');
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_string (node, text);
  return node;
}

static JsonNode *
array_of (guint length)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  guint i;

  for (i = 0; i < length; i++)
    json_array_add_null_element (array);
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
value_of_other_type (const EmuField *field)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  if (!(field->types & EMU_BOOLEAN))
    json_node_set_boolean (node, TRUE);
  else
    json_node_set_string (node, "x");
  return node;
}

/* --- the tests --------------------------------------------------------- */

typedef void (*RowFunc) (const EmuSchema *schema, const EmuField *field);

static void
each_row (const EmuSchema *schema, GHashTable *seen, RowFunc func)
{
  const EmuSchema *const *variant;
  const EmuField *field;

  if (!g_hash_table_add (seen, (gpointer) schema))
    return;
  for (variant = schema->variants; variant != NULL && *variant != NULL;
       variant++)
    each_row (*variant, seen, func);
  for (field = schema->fields; field != NULL && field->path != NULL; field++) {
    if (field->flags & EMU_SERVER)
      continue;
    func (schema, field);
    if (field->schema != NULL)
      each_row (field->schema, seen, func);
  }
}

static guint
for_each_row (RowFunc func)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  each_row (&emu_client_event_schema, seen, func);
  each_row (&emu_secret_schema, seen, func);
  each_row (&emu_translation_client_event_schema, seen, func);
  each_row (&emu_translation_secret_schema, seen, func);
  return g_hash_table_size (seen);
}

static void
row_is_taken (const EmuSchema *schema, const EmuField *field)
{
  Place place;

  place_init (&place, schema, field, TRUE);
  accepts (&place);
  if (field->types & EMU_NULL) {
    json_object_set_null_member (place.holder, place.name);
    accepts (&place);
  }
  place_clear (&place);
}

GST_START_TEST (test_every_field_is_taken)
{
  fail_unless (for_each_row (row_is_taken) > 20);
}
GST_END_TEST;

static void
type_is_checked (const EmuSchema *schema, const EmuField *field)
{
  Place place;

  place_init (&place, schema, field, FALSE);
  refuses_value (&place, value_of_other_type (field), "invalid_type");
  if (!(field->types & EMU_NULL)) {
    JsonNode *null = json_node_new (JSON_NODE_NULL);

    refuses_value (&place, null, "invalid_type");
  }
  place_clear (&place);
}

GST_START_TEST (test_every_type_is_checked)
{
  for_each_row (type_is_checked);
}
GST_END_TEST;

static void
values_are_checked (const EmuSchema *schema, const EmuField *field)
{
  Place place;

  if (!(field->types & EMU_STRING)
      || (field->values == NULL && field->pattern == NULL))
    return;
  place_init (&place, schema, field, FALSE);
  refuses_value (&place, text_of (7), "invalid_value");
  place_clear (&place);
}

GST_START_TEST (test_every_enumeration_is_checked)
{
  for_each_row (values_are_checked);
}
GST_END_TEST;

static void
range_is_checked (const EmuSchema *schema, const EmuField *field)
{
  gboolean below = field->min > 0;
  gboolean above = field->max < G_MAXINT;
  Place place;

  if (field->min == 0 && field->max == 0)
    return;
  place_init (&place, schema, field, FALSE);
  if (field->types & (EMU_INTEGER | EMU_NUMBER)) {
    refuses_value (
        &place, number (field->min - 1, field->types), "_below_min_value");
    if (above)
      refuses_value (
          &place, number (field->max + 1, field->types), "_above_max_value");
  } else if (field->types & EMU_STRING) {
    if (below)
      refuses_value (
          &place, text_of (field->min - 1), "string_below_min_length");
    if (above)
      refuses_value (
          &place, text_of (field->max + 1), "string_above_max_length");
  } else if (field->types & EMU_ARRAY) {
    if (below)
      refuses_value (
          &place, array_of (field->min - 1), "array_below_min_length");
    if (above)
      refuses_value (
          &place, array_of (field->max + 1), "array_above_max_length");
  }
  place_clear (&place);
}

GST_START_TEST (test_every_range_is_checked)
{
  for_each_row (range_is_checked);
}
GST_END_TEST;

static void
presence_is_checked (const EmuSchema *schema, const EmuField *field)
{
  Place place;

  if (!(field->flags & EMU_REQUIRED))
    return;
  place_init (&place, schema, field, TRUE);
  json_object_remove_member (place.holder, place.name);
  refuses (&place, place.param, "missing_required_parameter");
  place_clear (&place);
}

GST_START_TEST (test_every_required_field_is_missed)
{
  for_each_row (presence_is_checked);
}
GST_END_TEST;

/* Rows of the same path for other types. */
static gboolean
is_known_with (
    const EmuSchema *schema, const EmuField *field, const gchar *type)
{
  const EmuField *other;

  for (other = schema->fields; other->path != NULL; other++)
    if (strcmp (other->path, field->path) == 0 && !(other->flags & EMU_SERVER)
        && (other->when == NULL || has_type (other->when, type)))
      return TRUE;
  return FALSE;
}

static void
condition_is_checked (const EmuSchema *schema, const EmuField *field)
{
  g_autofree gchar *parent = NULL;
  g_autofree gchar *type_path = NULL;
  g_auto (GStrv) types = NULL;
  const gchar *name;
  guint i;

  if (field->when == NULL)
    return;
  parent = split (field->path, &name);
  type_path = *parent != '\0' ? g_strconcat (parent, ".type", NULL)
                              : g_strdup ("type");
  types = g_strsplit (
      emu_field_find (schema->fields, type_path)->values, "|", -1);
  for (i = 0; types[i] != NULL; i++) {
    EmuField row = *field;
    Place place;

    if (is_known_with (schema, field, types[i]))
      continue;
    row.when = types[i];
    place_init (&place, schema, &row, TRUE);
    if (row.pattern != NULL)
      json_object_set_string_member (place.holder, place.name, "x");
    refuses (&place, place.param, "unknown_parameter");
    place_clear (&place);
  }
}

GST_START_TEST (test_fields_of_another_type_are_unknown)
{
  for_each_row (condition_is_checked);
}
GST_END_TEST;

/* Whether the table takes members of any name at @path. */
static gboolean
takes_any (const EmuSchema *schema, const gchar *path)
{
  g_autofree gchar *any = g_strconcat (path, ".*", NULL);

  return emu_field_find (schema->fields, any) != NULL;
}

static void
strangers_are_unknown (const EmuSchema *schema, const EmuField *field)
{
  g_autofree gchar *parent = NULL;
  g_autofree gchar *param = NULL;
  const gchar *name;
  Place place;

  if (g_str_has_suffix (field->path, "[]"))
    return;
  parent = split (field->path, &name);
  if (takes_any (schema, parent))
    return;
  g_clear_pointer (&parent, g_free);
  place_init (&place, schema, field, TRUE);
  json_object_set_int_member (place.holder, "stranger", 1);
  parent = split (place.param, &name);
  param = *parent != '\0' ? g_strconcat (parent, ".stranger", NULL)
                          : g_strdup ("stranger");
  refuses (&place, param, "unknown_parameter");
  place_clear (&place);
}

GST_START_TEST (test_unknown_fields_are_refused_everywhere)
{
  for_each_row (strangers_are_unknown);
}
GST_END_TEST;

/* What a server does not send as null goes, the rest stays. */
GST_START_TEST (test_nulls_are_left_out_where_servers_send_none)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"type\":\"conversation.item.added\",\"event_id\":\"e\","
      "\"previous_item_id\":null,\"item\":{\"id\":\"i\",\"type\":\"message\","
      "\"role\":\"user\",\"status\":null,\"content\":[{\"type\":"
      "\"input_audio\",\"transcript\":null}]}}",
      NULL);
  g_autofree gchar *text = NULL;

  emu_schema_prune (&emu_server_event_schema, json_node_get_object (node));
  text = json_to_string (node, FALSE);
  fail_unless_equals_string (text,
      "{\"type\":\"conversation.item.added\",\"event_id\":\"e\","
      "\"previous_item_id\":null,\"item\":{\"id\":\"i\",\"type\":\"message\","
      "\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}}");
}
GST_END_TEST;

static Suite *
tables_suite (void)
{
  Suite *s = suite_create ("emulator-tables");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_every_field_is_taken);
  tcase_add_test (tc, test_every_type_is_checked);
  tcase_add_test (tc, test_every_enumeration_is_checked);
  tcase_add_test (tc, test_every_range_is_checked);
  tcase_add_test (tc, test_every_required_field_is_missed);
  tcase_add_test (tc, test_fields_of_another_type_are_unknown);
  tcase_add_test (tc, test_unknown_fields_are_refused_everywhere);
  tcase_add_test (tc, test_nulls_are_left_out_where_servers_send_none);
  return s;
}

GST_CHECK_MAIN (tables);
