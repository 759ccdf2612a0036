/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

/* The objects and events of a translation session. Some events have the types of
 * those of other sessions and other fields, so these tables are apart, and have
 * the names of the published document. */

#define ID EMU_STRING, EMU_REQUIRED
#define ELAPSED EMU_INTEGER | EMU_NULL, 0, NULL, 0, G_MAXINT

/* --- objects --- */

/* What clients set, and may change later. */
#define AUDIO_FIELDS                                                           \
  { "audio.input", EMU_OBJECT },                                               \
      { "audio.input.transcription", EMU_NULL | EMU_OBJECT },                  \
      { "audio.input.transcription.model", ID, NULL, 1, G_MAXINT },            \
      { "audio.input.noise_reduction", EMU_NULL | EMU_OBJECT },                \
      { "audio.input.noise_reduction.type", ID, "near_field|far_field" },      \
      { "audio.output", EMU_OBJECT },                                          \
  {                                                                            \
    "audio.output.language", EMU_STRING, 0, NULL, 1, G_MAXINT                  \
  }

static const EmuField session_fields[] = {
  { "id", ID },
  { "type", ID, "translation" },
  { "expires_at", EMU_INTEGER, EMU_REQUIRED },
  { "model", ID },
  { "audio", EMU_OBJECT, EMU_REQUIRED },
  AUDIO_FIELDS,
  { NULL },
};
static const EmuSchema session_schema = { "RealtimeTranslationSession", NULL,
  session_fields };

static const EmuField create_fields[] = {
  { "model", ID, NULL, 1, G_MAXINT },
  { "audio", EMU_OBJECT },
  AUDIO_FIELDS,
  { NULL },
};
const EmuSchema emu_translation_create_schema = {
  "RealtimeTranslationSessionCreateRequest", NULL, create_fields
};

static const EmuField update_fields[] = {
  { "audio", EMU_OBJECT },
  AUDIO_FIELDS,
  { NULL },
};
static const EmuSchema update_schema = {
  "RealtimeTranslationSessionUpdateRequest", NULL, update_fields
};

static const EmuField secret_fields[] = {
  { "expires_after", EMU_OBJECT },
  { "expires_after.anchor", EMU_STRING, 0, "created_at" },
  { "expires_after.seconds", EMU_INTEGER, 0, NULL, 10, 7200 },
  { "session", EMU_OBJECT, EMU_REQUIRED,
      .schema = &emu_translation_create_schema },
  { NULL },
};
const EmuSchema emu_translation_secret_schema = {
  "RealtimeTranslationClientSecretCreateRequest", NULL, secret_fields
};

static const EmuField secret_answer_fields[] = {
  { "value", ID },
  { "expires_at", EMU_INTEGER, EMU_REQUIRED },
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &session_schema },
  { NULL },
};
const EmuSchema emu_translation_secret_answer_schema = {
  "RealtimeTranslationClientSecretCreateResponse", NULL, secret_answer_fields
};

/* --- from the client --- */

#define CLIENT(event)                                                          \
  { "event_id", EMU_STRING, 0, NULL, 0, 512 },                                 \
  {                                                                            \
    "type", ID, event                                                          \
  }

static const EmuField client_update_fields[] = {
  CLIENT ("session.update"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &update_schema },
  { NULL },
};
static const EmuSchema client_update = {
  "RealtimeTranslationClientEventSessionUpdate", "session.update",
  client_update_fields
};

static const EmuField client_append_fields[] = {
  CLIENT ("session.input_audio_buffer.append"),
  { "audio", ID },
  { NULL },
};
static const EmuSchema client_append = {
  "RealtimeTranslationClientEventInputAudioBufferAppend",
  "session.input_audio_buffer.append", client_append_fields
};

static const EmuField client_close_fields[] = {
  CLIENT ("session.close"),
  { NULL },
};
static const EmuSchema client_close = {
  "RealtimeTranslationClientEventSessionClose", "session.close",
  client_close_fields
};

static const EmuSchema *const client_variants[] = {
  &client_update,
  &client_append,
  &client_close,
  NULL,
};
const EmuSchema emu_translation_client_event_schema = {
  "RealtimeTranslationClientEvent", NULL, NULL, "type", client_variants
};

/* --- from the server --- */

#define SERVER(event)                                                          \
  { "event_id", ID },                                                          \
  {                                                                            \
    "type", ID, event                                                          \
  }

static const EmuField server_created_fields[] = {
  SERVER ("session.created"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &session_schema },
  { NULL },
};
static const EmuSchema server_created = {
  "RealtimeTranslationServerEventSessionCreated", "session.created",
  server_created_fields
};

static const EmuField server_updated_fields[] = {
  SERVER ("session.updated"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &session_schema },
  { NULL },
};
static const EmuSchema server_updated = {
  "RealtimeTranslationServerEventSessionUpdated", "session.updated",
  server_updated_fields
};

static const EmuField server_closed_fields[] = {
  SERVER ("session.closed"),
  { NULL },
};
static const EmuSchema server_closed = {
  "RealtimeTranslationServerEventSessionClosed", "session.closed",
  server_closed_fields
};

static const EmuField server_input_delta_fields[] = {
  SERVER ("session.input_transcript.delta"),
  { "delta", ID },
  { "elapsed_ms", ELAPSED },
  { NULL },
};
static const EmuSchema server_input_delta = {
  "RealtimeTranslationServerEventSessionInputTranscriptDelta",
  "session.input_transcript.delta", server_input_delta_fields
};

static const EmuField server_output_delta_fields[] = {
  SERVER ("session.output_transcript.delta"),
  { "delta", ID },
  { "elapsed_ms", ELAPSED },
  { NULL },
};
static const EmuSchema server_output_delta = {
  "RealtimeTranslationServerEventSessionOutputTranscriptDelta",
  "session.output_transcript.delta", server_output_delta_fields
};

static const EmuSchema *const server_variants[] = {
  &emu_server_error_schema,
  &server_created,
  &server_updated,
  &server_closed,
  &server_input_delta,
  &server_output_delta,
  NULL,
};
const EmuSchema emu_translation_server_event_schema = {
  "RealtimeTranslationServerEvent", NULL, NULL, "type", server_variants
};
