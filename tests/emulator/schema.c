/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

#include <string.h>

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
    if (field->pattern != NULL
        && !g_regex_match_simple (field->pattern, value, 0, 0)) {
      emu_problem_set (problem, "invalid_value", param,
          "Invalid value: '%.100s'. It does not match '%s'.", value,
          field->pattern);
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
  if (JSON_NODE_HOLDS_OBJECT (node) && field->schema != NULL)
    return emu_schema_check (
        field->schema, json_node_get_object (node), param, problem);
  if (JSON_NODE_HOLDS_OBJECT (node))
    return check_object (
        fields, json_node_get_object (node), field->path, param, problem);
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    g_autofree gchar *path = g_strconcat (field->path, "[]", NULL);
    const EmuField *element = emu_field_find (fields, path);
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

/* What the member "type" of @object says, or NULL. */
static const gchar *
type_member (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "type");

  return node != NULL && type_of (node) == EMU_STRING
      ? json_node_get_string (node)
      : NULL;
}

static gboolean
check_object (const EmuField *fields, JsonObject *object, const gchar *path,
    const gchar *param, EmuProblem **problem)
{
  const gchar *type = type_member (object);
  const EmuField *field;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_autofree gchar *inner = *param != '\0'
        ? g_strconcat (param, ".", name, NULL)
        : g_strdup (name);
    const EmuField *found = NULL;
    gboolean exists = FALSE;

    for (field = fields; field->path != NULL; field++) {
      const gchar *member = member_name (field, path);

      if (member == NULL
          || (strcmp (member, name) != 0 && strcmp (member, "*") != 0)
          || (field->flags & EMU_SERVER))
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
        || (field->flags & EMU_SERVER)
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
emu_field_find (const EmuField *fields, const gchar *path)
{
  for (; fields->path != NULL; fields++)
    if (strcmp (fields->path, path) == 0)
      return fields;
  return NULL;
}

static const EmuSchema *
find_variant (const EmuSchema *schema, const gchar *value)
{
  const EmuSchema *const *variant;

  for (variant = schema->variants; *variant != NULL; variant++)
    if (in_list ((*variant)->tag_value, value))
      return *variant;
  return NULL;
}

/* The variant of @schema that @object claims to be. */
static const EmuSchema *
choose_variant (const EmuSchema *schema, JsonObject *object,
    const gchar *prefix, EmuProblem **problem)
{
  g_autofree gchar *param = *prefix != '\0'
      ? g_strconcat (prefix, ".", schema->tag, NULL)
      : g_strdup (schema->tag);
  g_autoptr (GString) known = NULL;
  const EmuSchema *const *variant;
  const EmuSchema *found;
  JsonNode *node;

  if (!json_object_has_member (object, schema->tag)) {
    emu_problem_set (problem, "missing_required_parameter", param,
        "Missing required parameter: '%s'.", param);
    return NULL;
  }
  node = json_object_get_member (object, schema->tag);
  if (type_of (node) != EMU_STRING) {
    g_autofree gchar *got = describe_types (type_of (node));

    emu_problem_set (problem, "invalid_type", param,
        "Invalid type for '%s': expected a string, but got %s instead.", param,
        got);
    return NULL;
  }
  found = find_variant (schema, json_node_get_string (node));
  if (found != NULL)
    return found;
  known = g_string_new (NULL);
  for (variant = schema->variants; *variant != NULL; variant++) {
    g_auto (GStrv) values = g_strsplit ((*variant)->tag_value, "|", -1);
    g_autofree gchar *list = g_strjoinv ("', '", values);

    g_string_append_printf (known, "%s'%s'", known->len > 0 ? ", " : "", list);
  }
  emu_problem_set (problem, "invalid_value", param,
      "Invalid value: '%.100s'. Supported values are: %s.",
      json_node_get_string (node), known->str);
  return NULL;
}

gboolean
emu_schema_check (const EmuSchema *schema, JsonObject *object,
    const gchar *prefix, EmuProblem **problem)
{
  while (schema->variants != NULL) {
    schema = choose_variant (schema, object, prefix, problem);
    if (schema == NULL)
      return FALSE;
  }
  return check_object (schema->fields, object, "", prefix, problem);
}

/* --- nulls --- */

static void prune_object (
    const EmuField *fields, JsonObject *object, const gchar *path);

static void
prune_node (const EmuField *fields, const EmuField *field, JsonNode *node)
{
  if (field->flags & EMU_OPEN)
    return;
  if (JSON_NODE_HOLDS_OBJECT (node) && field->schema != NULL) {
    emu_schema_prune (field->schema, json_node_get_object (node));
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    prune_object (fields, json_node_get_object (node), field->path);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    g_autofree gchar *path = g_strconcat (field->path, "[]", NULL);
    const EmuField *element = emu_field_find (fields, path);
    JsonArray *array = json_node_get_array (node);
    guint i;

    for (i = 0; element != NULL && i < json_array_get_length (array); i++)
      prune_node (fields, element, json_array_get_element (array, i));
  }
}

static void
prune_object (const EmuField *fields, JsonObject *object, const gchar *path)
{
  const gchar *type = type_member (object);
  const EmuField *field;

  for (field = fields; field->path != NULL; field++) {
    const gchar *name = member_name (field, path);
    JsonNode *node;

    if (name == NULL || (field->flags & EMU_CLIENT)
        || !json_object_has_member (object, name)
        || (field->when != NULL && type != NULL
            && !in_list (field->when, type)))
      continue;
    node = json_object_get_member (object, name);
    if (!JSON_NODE_HOLDS_NULL (node))
      prune_node (fields, field, node);
    else if (!(field->types & EMU_NULL) || (field->flags & EMU_CLEARABLE))
      json_object_remove_member (object, name);
  }
}

void
emu_schema_prune (const EmuSchema *schema, JsonObject *object)
{
  while (schema->variants != NULL) {
    JsonNode *node = json_object_get_member (object, schema->tag);

    schema = node != NULL && type_of (node) == EMU_STRING
        ? find_variant (schema, json_node_get_string (node))
        : NULL;
    if (schema == NULL)
      return;
  }
  prune_object (schema->fields, object, "");
}
