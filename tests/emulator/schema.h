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
  EMU_OPEN = 1 << 1
} EmuFieldFlags;

/* One field of an object of the API. A member without a row is refused. */
typedef struct {
  /* From the root of the table, "[]" for the elements of an array. */
  const gchar *path;
  EmuJsonType types;
  EmuFieldFlags flags;
  /* Allowed strings, "a|b"; NULL: any. */
  const gchar *values;
  /* Of numbers, of the length of strings and of arrays; 0,0: any. */
  gdouble min, max;
  /* Values of the member "type" beside it with which it may appear; NULL:
   * all. */
  const gchar *when;
  EmuMutability mutability;
} EmuField;

extern const EmuField emu_session_fields[];
extern const EmuField emu_response_fields[];
extern const EmuField emu_item_fields[];
extern const EmuField emu_secret_fields[];

/* Checks @object against @fields. @prefix begins the param of a problem. */
gboolean emu_schema_check (const EmuField *fields, JsonObject *object,
    const gchar *prefix, EmuProblem **problem);
/* The row of @path, or NULL. */
const EmuField *emu_schema_find (const EmuField *fields, const gchar *path);

G_END_DECLS
