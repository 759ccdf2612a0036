/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* The field tables as an OpenAPI document, for tools that read one. What clients
 * may send and what servers send differs, so each object is there as "client."
 * and as "server.", as far as either uses it. */

#define PREFIX "#/components/schemas/"

typedef struct {
  JsonObject *schemas;
  /* EMU_CLIENT or EMU_SERVER */
  EmuFieldFlags side;
} Dump;

static void add_schema (Dump *dump, const EmuSchema *schema);

/* Those that tools look for have the names of the published document. */
static gchar *
name_of (Dump *dump, const EmuSchema *schema)
{
  if (schema == &emu_client_event_schema || schema == &emu_server_event_schema
      || schema == &emu_translation_client_event_schema
      || schema == &emu_translation_server_event_schema)
    return g_strdup (schema->name);
  return g_strconcat (
      dump->side == EMU_CLIENT ? "client." : "server.", schema->name, NULL);
}

static JsonObject *
make_ref (Dump *dump, const EmuSchema *schema)
{
  JsonObject *ref = json_object_new ();
  g_autofree gchar *name = name_of (dump, schema);
  g_autofree gchar *path = g_strconcat (PREFIX, name, NULL);

  add_schema (dump, schema);
  json_object_set_string_member (ref, "$ref", path);
  return ref;
}

/* Whether the other side alone has this row. */
static gboolean
is_foreign (Dump *dump, const EmuField *field)
{
  EmuFieldFlags sides = field->flags & (EMU_CLIENT | EMU_SERVER);

  return sides != 0 && !(sides & dump->side);
}

static JsonObject *
typed (const gchar *type)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", type);
  return object;
}

static JsonArray *
split (const gchar *values)
{
  g_auto (GStrv) names = g_strsplit (values, "|", -1);
  JsonArray *array = json_array_new ();
  guint i;

  for (i = 0; names[i] != NULL; i++)
    json_array_add_string_element (array, names[i]);
  return array;
}

static void
set_bounds (JsonObject *object, const EmuField *field, const gchar *min,
    const gchar *max)
{
  if (field->min == 0 && field->max == 0)
    return;
  json_object_set_double_member (object, min, field->min);
  if (field->max < G_MAXINT)
    json_object_set_double_member (object, max, field->max);
}

/* Name of the member when @field is directly inside @path, else NULL. */
static const gchar *
member_of (const EmuField *field, const gchar *path)
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

static JsonObject *describe_object (
    Dump *dump, const EmuField *fields, const gchar *path);

static JsonObject *
describe_field (Dump *dump, const EmuField *fields, const EmuField *field)
{
  JsonArray *options = json_array_new ();
  JsonObject *object;

  if ((field->types & EMU_NULL)
      && (dump->side == EMU_CLIENT || !(field->flags & EMU_CLEARABLE)))
    json_array_add_object_element (options, typed ("null"));
  if (field->types & EMU_BOOLEAN)
    json_array_add_object_element (options, typed ("boolean"));
  if (field->types & (EMU_INTEGER | EMU_NUMBER)) {
    object = typed (field->types & EMU_NUMBER ? "number" : "integer");
    set_bounds (object, field, "minimum", "maximum");
    json_array_add_object_element (options, object);
  }
  if (field->types & EMU_STRING) {
    object = typed ("string");
    if (field->values != NULL)
      json_object_set_array_member (object, "enum", split (field->values));
    else if (field->values == NULL
        && (field->types & (EMU_INTEGER | EMU_NUMBER)) == 0)
      set_bounds (object, field, "minLength", "maxLength");
    if (field->pattern != NULL)
      json_object_set_string_member (object, "pattern", field->pattern);
    json_array_add_object_element (options, object);
  }
  if (field->types & EMU_ARRAY) {
    g_autofree gchar *path = g_strconcat (field->path, "[]", NULL);
    const EmuField *element = emu_field_find (fields, path);

    object = typed ("array");
    set_bounds (object, field, "minItems", "maxItems");
    if (element != NULL)
      json_object_set_object_member (
          object, "items", describe_field (dump, fields, element));
    json_array_add_object_element (options, object);
  }
  if (field->types & EMU_OBJECT) {
    if (field->schema != NULL)
      object = make_ref (dump, field->schema);
    else if (field->flags & EMU_OPEN)
      object = typed ("object");
    else
      object = describe_object (dump, fields, field->path);
    json_array_add_object_element (options, object);
  }

  if (json_array_get_length (options) == 1) {
    object = json_object_ref (json_array_get_object_element (options, 0));
    json_array_unref (options);
    return object;
  }
  object = json_object_new ();
  json_object_set_array_member (object, "anyOf", options);
  return object;
}

/* The object at @path when its "type" is @type, NULL when it has none. */
static JsonObject *
describe_variant (
    Dump *dump, const EmuField *fields, const gchar *path, const gchar *type)
{
  JsonObject *object = typed ("object");
  JsonObject *properties = json_object_new ();
  JsonArray *required = json_array_new ();
  JsonObject *others = NULL;
  const EmuField *field;

  for (field = fields; field->path != NULL; field++) {
    const gchar *name = member_of (field, path);
    JsonObject *description;

    if (name == NULL || is_foreign (dump, field))
      continue;
    if (field->when != NULL && type != NULL) {
      g_auto (GStrv) when = g_strsplit (field->when, "|", -1);

      if (!g_strv_contains ((const gchar *const *) when, type))
        continue;
    }
    description = describe_field (dump, fields, field);
    if (strcmp (name, "*") == 0) {
      others = description;
      continue;
    }
    if (type != NULL && strcmp (name, "type") == 0)
      json_object_set_array_member (description, "enum", split (type));
    if ((field->flags & EMU_REQUIRED)
        || (dump->side == EMU_SERVER && (field->flags & EMU_SENT)))
      json_array_add_string_element (required, name);
    if (dump->side == EMU_CLIENT && field->mutability != EMU_ANY_TIME)
      json_object_set_string_member (description, "x-mutable",
          field->mutability == EMU_AT_CREATION ? "at creation"
                                               : "before the first audio");
    json_object_set_object_member (properties, name, description);
  }
  json_object_set_object_member (object, "properties", properties);
  json_object_set_array_member (object, "required", required);
  if (others != NULL)
    json_object_set_object_member (object, "additionalProperties", others);
  else
    json_object_set_boolean_member (object, "additionalProperties", FALSE);
  return object;
}

static JsonObject *
describe_object (Dump *dump, const EmuField *fields, const gchar *path)
{
  g_autofree gchar *type_path = *path != '\0'
      ? g_strconcat (path, ".type", NULL)
      : g_strdup ("type");
  const EmuField *type = emu_field_find (fields, type_path);
  g_auto (GStrv) types = NULL;
  gboolean depends = FALSE;
  const EmuField *field;
  JsonArray *variants;
  JsonObject *object;
  guint i;

  for (field = fields; field->path != NULL; field++)
    if (member_of (field, path) != NULL && field->when != NULL)
      depends = TRUE;
  if (!depends || type == NULL || type->values == NULL)
    return describe_variant (dump, fields, path, NULL);
  types = g_strsplit (type->values, "|", -1);
  variants = json_array_new ();
  for (i = 0; types[i] != NULL; i++)
    json_array_add_object_element (
        variants, describe_variant (dump, fields, path, types[i]));
  object = json_object_new ();
  json_object_set_array_member (object, "anyOf", variants);
  return object;
}

static void
add_schema (Dump *dump, const EmuSchema *schema)
{
  g_autofree gchar *name = name_of (dump, schema);
  JsonObject *object;

  if (json_object_has_member (dump->schemas, name))
    return;
  /* In its place first: a table may lead back to itself. */
  json_object_set_null_member (dump->schemas, name);
  if (schema->variants != NULL) {
    const EmuSchema *const *variant;
    JsonArray *array = json_array_new ();

    for (variant = schema->variants; *variant != NULL; variant++)
      json_array_add_object_element (array, make_ref (dump, *variant));
    object = json_object_new ();
    json_object_set_array_member (object, "anyOf", array);
  } else {
    object = describe_object (dump, schema->fields, "");
  }
  json_object_set_object_member (dump->schemas, name, object);
}

gchar *
emu_schema_dump (void)
{
  g_autoptr (JsonObject) root = json_object_new ();
  JsonObject *info = json_object_new ();
  JsonObject *components = json_object_new ();
  JsonObject *schemas = json_object_new ();
  Dump dump = { schemas, EMU_CLIENT };

  add_schema (&dump, &emu_client_event_schema);
  add_schema (&dump, &emu_secret_schema);
  add_schema (&dump, &emu_translation_client_event_schema);
  add_schema (&dump, &emu_translation_secret_schema);
  dump.side = EMU_SERVER;
  add_schema (&dump, &emu_server_event_schema);
  add_schema (&dump, &emu_translation_server_event_schema);
  add_schema (&dump, &emu_translation_secret_answer_schema);
  json_object_set_string_member (root, "openapi", "3.1.0");
  json_object_set_string_member (
      info, "title", "What openai-realtime-emulator takes and sends");
  json_object_set_string_member (info, "version", VERSION);
  json_object_set_object_member (root, "info", info);
  json_object_set_object_member (components, "schemas", schemas);
  json_object_set_object_member (root, "components", components);
  return gst_oai_json_to_string (root);
}
