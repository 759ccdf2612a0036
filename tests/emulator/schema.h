/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* JSON types a field may have, or'ed. */
typedef enum {
  EMU_NULL = 1 << 0,
  EMU_BOOLEAN = 1 << 1,
  EMU_INTEGER = 1 << 2,
  EMU_NUMBER = 1 << 3,
  EMU_STRING = 1 << 4,
  EMU_OBJECT = 1 << 5,
  EMU_ARRAY = 1 << 6
} EmuJsonType;

typedef enum {
  EMU_ANY_TIME,
  /* Accepted when it repeats what holds, else refused. */
  EMU_AT_CREATION,
  /* As EMU_AT_CREATION once the assistant has been heard. */
  EMU_BEFORE_AUDIO
} EmuMutability;

typedef enum {
  EMU_REQUIRED = 1 << 0,
  /* Any member goes: JSON Schema, metadata, headers. */
  EMU_OPEN = 1 << 1,
  /* Clients may send null to clear it; servers leave it out instead. */
  EMU_CLEARABLE = 1 << 2,
  /* Servers always send it. */
  EMU_SENT = 1 << 3,
  /* A row of what clients send, or servers; neither: of both. */
  EMU_CLIENT = 1 << 4,
  EMU_SERVER = 1 << 5
} EmuFieldFlags;

typedef struct _EmuSchema EmuSchema;

/* One field of an object of the API. A member without a row is refused. */
typedef struct {
  /* From the root of the table, "[]" for the elements of an array, "*" for a
   * member of any name. */
  const gchar *path;
  EmuJsonType types;
  EmuFieldFlags flags;
  /* Allowed strings, "a|b"; NULL: any. */
  const gchar *values;
  /* Of numbers, of the length of strings and of arrays; 0,0: any. G_MAXINT is
   * no limit. */
  gdouble min, max;
  /* Values of the member "type" beside it with which it may appear; NULL:
   * all. */
  const gchar *when;
  EmuMutability mutability;
  /* Of an object that has a table of its own. */
  const EmuSchema *schema;
  /* A regular expression for strings, or NULL. */
  const gchar *pattern;
} EmuField;

/* An object: its fields, or variants that differ in the member @tag. */
struct _EmuSchema {
  const gchar *name;
  /* Value of the parent's tag that chooses this one, "a|b". */
  const gchar *tag_value;
  const EmuField *fields;
  const gchar *tag;
  const EmuSchema *const *variants;
};

/* fields.c */
extern const EmuSchema emu_session_schema;
extern const EmuSchema emu_realtime_session_schema;
extern const EmuSchema emu_transcription_session_schema;
extern const EmuSchema emu_response_params_schema;
extern const EmuSchema emu_item_schema;
extern const EmuSchema emu_input_item_schema;
extern const EmuSchema emu_secret_schema;
/* events.c */
extern const EmuSchema emu_client_event_schema;
extern const EmuSchema emu_server_event_schema;
extern const EmuSchema emu_server_error_schema;
/* translation-fields.c */
extern const EmuSchema emu_translation_create_schema;
extern const EmuSchema emu_translation_secret_schema;
extern const EmuSchema emu_translation_secret_answer_schema;
extern const EmuSchema emu_translation_client_event_schema;
extern const EmuSchema emu_translation_server_event_schema;

/* Checks @object, which a client sent, against @schema. @prefix begins the param
 * of a problem. */
gboolean emu_schema_check (const EmuSchema *schema, JsonObject *object,
    const gchar *prefix, EmuProblem **problem);
/* Removes the members that are null where a server does not send null. */
void emu_schema_prune (const EmuSchema *schema, JsonObject *object);
/* The row of @path, or NULL. */
const EmuField *emu_field_find (const EmuField *fields, const gchar *path);

/* All of it as an OpenAPI document (schema-dump.c). */
gchar *emu_schema_dump (void);

G_END_DECLS
