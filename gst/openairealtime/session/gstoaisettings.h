/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaierror.h"
#include "protocol/gstoaijson.h"
#include "session/gstoaienums.h"
#include "session/gstoaiprices.h"
#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

#define GST_OAI_DEFAULT_BASE_URL "https://api.openai.com/v1"

/* One id for each row of the table in gstoaisettings.c, in its order. The
 * property id of a setting is its id + 1. */
typedef enum {
  GST_OAI_SETTING_BASE_URL,
  GST_OAI_SETTING_API_KEY,
  GST_OAI_SETTING_API_KEY_FILE,
  GST_OAI_SETTING_CLIENT_SECRET,
  GST_OAI_SETTING_MINT_CLIENT_SECRET,
  GST_OAI_SETTING_ORGANIZATION,
  GST_OAI_SETTING_PROJECT,
  GST_OAI_SETTING_SAFETY_IDENTIFIER,
  GST_OAI_SETTING_EXTRA_HEADERS,
  GST_OAI_SETTING_TLS_CA_FILE,
  GST_OAI_SETTING_STUN_SERVER,
  GST_OAI_SETTING_TURN_SERVER,
  GST_OAI_SETTING_CONNECT_TIMEOUT,
  GST_OAI_SETTING_CONNECT_ATTEMPTS,
  GST_OAI_SETTING_SESSION_TYPE,
  GST_OAI_SETTING_MODEL,
  GST_OAI_SETTING_TARGET_LANGUAGE,
  GST_OAI_SETTING_VOICE,
  GST_OAI_SETTING_INSTRUCTIONS,
  GST_OAI_SETTING_GREETING,
  GST_OAI_SETTING_OUTPUT_MODALITY,
  GST_OAI_SETTING_SPEED,
  GST_OAI_SETTING_TURN_DETECTION,
  GST_OAI_SETTING_VAD_THRESHOLD,
  GST_OAI_SETTING_VAD_PREFIX_PADDING,
  GST_OAI_SETTING_VAD_SILENCE_DURATION,
  GST_OAI_SETTING_VAD_IDLE_TIMEOUT,
  GST_OAI_SETTING_VAD_EAGERNESS,
  GST_OAI_SETTING_CREATE_RESPONSE,
  GST_OAI_SETTING_INTERRUPT_RESPONSE,
  GST_OAI_SETTING_NOISE_REDUCTION,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGE,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGES,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_KEYWORDS,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_PROMPT,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_DELAY,
  GST_OAI_SETTING_INPUT_TRANSCRIPTION_LOGPROBS,
  GST_OAI_SETTING_MAX_OUTPUT_TOKENS,
  GST_OAI_SETTING_REASONING_EFFORT,
  GST_OAI_SETTING_TRUNCATION,
  GST_OAI_SETTING_TRACING,
  GST_OAI_SETTING_PROMPT,
  GST_OAI_SETTING_TEMPERATURE,
  GST_OAI_SETTING_TOOLS,
  GST_OAI_SETTING_TOOL_CHOICE,
  GST_OAI_SETTING_PARALLEL_TOOL_CALLS,
  GST_OAI_SETTING_TOOL_COMMAND,
  GST_OAI_SETTING_TOOL_TIMEOUT,
  GST_OAI_SETTING_TOOL_MAX_OUTPUT,
  GST_OAI_SETTING_TOOL_FILLER,
  GST_OAI_SETTING_TOOL_FILLER_DELAY,
  GST_OAI_SETTING_SESSION_CONFIG,
  GST_OAI_SETTING_INTERRUPT_MODE,
  GST_OAI_SETTING_LOCAL_INTERRUPT,
  GST_OAI_SETTING_EOS_MODE,
  GST_OAI_SETTING_IDLE_OUTPUT,
  GST_OAI_SETTING_DRAIN_TIMEOUT,
  GST_OAI_SETTING_RESPONSE_TIMEOUT,
  GST_OAI_SETTING_MAX_COST,
  GST_OAI_SETTING_MAX_DURATION,
  GST_OAI_SETTING_MAX_IDLE,
  GST_OAI_SETTING_PRICE_TABLE,
  GST_OAI_SETTING_MUTE,
  GST_OAI_SETTING_MAX_TURN_LATENCY,
  GST_OAI_SETTING_PREROLL_TIME,
  GST_OAI_SETTING_FRAME_SIZE,
  GST_OAI_SETTING_BITRATE,
  GST_OAI_SETTING_COMPLEXITY,
  GST_OAI_SETTING_LAST
} GstOaiSetting;

/* When a changed setting takes effect. */
typedef enum {
  GST_OAI_MUTABLE_READY, /* at the next connect; refused while connected */
  GST_OAI_MUTABLE_UPDATE, /* at once, by session.update */
  GST_OAI_MUTABLE_VOICE, /* by session.update until the first audio came */
  GST_OAI_MUTABLE_LOCAL /* at once, in the element itself */
} GstOaiMutability;

/* GstOaiSettings: the values of one element or of one session, and which of
 * them were set by somebody (the others are defaults). Not thread-safe: the
 * owner's lock protects it. */
typedef struct _GstOaiSettings GstOaiSettings;

GstOaiSettings *gst_oai_settings_new (void);
GstOaiSettings *gst_oai_settings_copy (const GstOaiSettings *self);
void gst_oai_settings_free (GstOaiSettings *self);

/* Installs one property for each setting, ids 1..GST_OAI_SETTING_LAST. */
void gst_oai_settings_install_properties (GObjectClass *klass);

const gchar *gst_oai_setting_name (GstOaiSetting setting);
GstOaiMutability gst_oai_setting_mutability (GstOaiSetting setting);

void gst_oai_settings_set (
    GstOaiSettings *self, GstOaiSetting setting, const GValue *value);
void gst_oai_settings_get (
    const GstOaiSettings *self, GstOaiSetting setting, GValue *value);
gboolean gst_oai_settings_is_set (
    const GstOaiSettings *self, GstOaiSetting setting);

/* NULL when unset. */
const GstStructure *gst_oai_settings_structure (
    const GstOaiSettings *self, GstOaiSetting setting);
const gchar *gst_oai_settings_string (
    const GstOaiSettings *self, GstOaiSetting setting);
guint gst_oai_settings_uint (const GstOaiSettings *self, GstOaiSetting setting);
gint gst_oai_settings_enum (const GstOaiSettings *self, GstOaiSetting setting);
gdouble gst_oai_settings_double (
    const GstOaiSettings *self, GstOaiSetting setting);
gboolean gst_oai_settings_boolean (
    const GstOaiSettings *self, GstOaiSetting setting);

/* Adds to @self every setting that was set in @other. Where both were set and
 * differ, @self keeps its value and the setting's name is added to
 * @conflicts (GPtrArray of const gchar *, nullable). */
void gst_oai_settings_merge (
    GstOaiSettings *self, const GstOaiSettings *other, GPtrArray *conflicts);

/* Gives @setting of @self the value that it has in @other, or takes it back when it
 * is not set there. */
void gst_oai_settings_restore (
    GstOaiSettings *self, const GstOaiSettings *other, GstOaiSetting setting);
/* Whether @setting has the same value in both. */
gboolean gst_oai_settings_equal (const GstOaiSettings *self,
    const GstOaiSettings *other, GstOaiSetting setting);

/* The setting that @param of an error is about ("session.audio.output.voice"),
 * GST_OAI_SETTING_LAST if there is none of its own. @param is nullable. */
GstOaiSetting gst_oai_setting_of_param (const gchar *param);

/* What no single property can refuse by its range: URLs, files, JSON and
 * combinations. Returns NULL when all is well. */
GstOaiError *gst_oai_settings_validate (const GstOaiSettings *self);

/* NULL when the settings (and the environment) hold a credential or the server
 * is not OpenAI's own. */
GstOaiError *gst_oai_settings_check_credential (const GstOaiSettings *self);

/* All that a transport needs to place the call. Reads the environment and
 * api-key-file; fails when that file cannot be read. */
GstOaiCall *gst_oai_settings_to_call (
    const GstOaiSettings *self, GstOaiError **error);

/* The prices of price-table, or those that are built in. */
GstOaiPrices *gst_oai_settings_to_prices (
    const GstOaiSettings *self, GstOaiError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiSettings, gst_oai_settings_free)

G_END_DECLS
