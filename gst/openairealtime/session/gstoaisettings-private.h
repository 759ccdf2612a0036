/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session/gstoaisettings.h"

G_BEGIN_DECLS

/* The table of the settings, for those who make something of all of them. */

typedef enum {
  KIND_STRING,
  KIND_UINT,
  KIND_DOUBLE,
  KIND_BOOLEAN,
  KIND_ENUM,
  KIND_STRUCTURE
} SettingKind;

/* When a setting belongs into the session object. */
typedef enum {
  SEND_NEVER, /* not a session field */
  SEND_IF_SET, /* only when somebody set it */
  SEND_SERVER_VAD, /* a field of server_vad */
  SEND_SEMANTIC_VAD, /* a field of semantic_vad */
  SEND_ANY_VAD, /* a field of both */
  SEND_VAD_SPECIAL, /* a field of it, written by a function of its own */
  SEND_TRANSCRIPTION, /* a field of the input's transcription */
  SEND_TRANSCRIPTION_LIST, /* the same: an array of what commas separate */
  SEND_WORD_OR_OBJECT, /* if set: a word, or a JSON object as it is */
  SEND_SPECIAL /* written by a function of its own */
} SettingSend;

typedef struct {
  const gchar *name;
  const gchar *nick;
  const gchar *blurb;
  SettingKind kind;
  GType (*enum_type) (void);
  gdouble min;
  gdouble max;
  gdouble initial;
  const gchar *initial_string;
  GstOaiMutability mutability;
  gboolean write_only;
  SettingSend send;
  const gchar *path;
} SettingSpec;

const SettingSpec *gst_oai_setting_spec (GstOaiSetting setting);

const GValue *gst_oai_settings_value (
    const GstOaiSettings *self, GstOaiSetting setting);

/* The JSON text of a setting; NULL when it is unset or empty. */
JsonNode *gst_oai_settings_parse (
    const GstOaiSettings *self, GstOaiSetting setting, GError **error);

/* Whether @text, of a setting that takes both, is a JSON object and no word of the
 * service. */
gboolean gst_oai_setting_is_object_text (const gchar *text);

static inline gboolean
is_nonempty (const gchar *text)
{
  return text != NULL && *text != '\0';
}

G_END_DECLS
