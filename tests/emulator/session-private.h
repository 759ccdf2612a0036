/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "input.h"
#include "response.h"
#include "script.h"
#include "session.h"
#include "settings.h"
#include "translation.h"
#include "turn.h"

G_BEGIN_DECLS

/* What all responses and transcriptions of a session used. */
typedef struct {
  gint64 responses;
  gint64 input_text;
  gint64 input_audio;
  gint64 input_image;
  gint64 cached;
  gint64 output_text;
  gint64 output_audio;
  gint64 transcriptions;
  gint64 transcription_input;
  gint64 transcription_output;
  gint64 transcription_ms;
} EmuCount;

struct _EmuSession {
  const EmuOptions *options;
  EmuMind *mind;
  EmuRecorder *recorder;
  EmuSessionSend send;
  EmuSessionEnd end;
  gpointer user_data;
  gboolean open;
  gboolean closed;

  JsonObject *settings;
  EmuConversation *conversation;
  gchar *conversation_id;
  gboolean has_audio;
  guint n_responses;
  gint64 context_tokens;
  EmuCount count;
  EmuScript *script;
  /* What it does when it is of this kind, else NULL. */
  EmuTranslation *translation;
  /* What was listed of each MCP server: label -> JSON of its tool. */
  GHashTable *mcp_listed;

  EmuInput *input;
  EmuTurn *turn;
  gint16 pending[EMU_FRAME];
  guint n_pending;
  /* Where the buffer begins: end of the last turn, or the last clear. */
  guint64 uncommitted;
  /* The turn under way. */
  gchar *turn_item_id;
  guint64 turn_start;
  EmuListening *listening;
  /* Input position at which idle_timeout_ms strikes, 0: not waiting, and where
   * the last answer ended. */
  guint64 idle_deadline;
  guint64 idle_start;

  EmuOutput *output;
  /* The response being generated in the default conversation. */
  EmuResponse *active;
  /* Of EmuResponse, out of band. */
  GPtrArray *aside;
  /* A turn ended while a response was active that may not be interrupted. */
  gboolean respond_later;
};

EmuSession *emu_session_ref (EmuSession *session);
void emu_session_unref (EmuSession *session);

/* Adds event_id and sends; takes @event. */
gboolean emu_session_send (EmuSession *session, JsonObject *event);
JsonObject *emu_event_new (const gchar *type);
/* An event with one id in it. */
void emu_session_send_id (
    EmuSession *session, const gchar *type, const gchar *name, const gchar *id);
/* session.created or session.updated. */
void emu_session_send_settings (EmuSession *session, const gchar *type);
void emu_session_send_problem (
    EmuSession *session, const EmuProblem *problem, const gchar *event_id);
/* An item is in the conversation; it is complete. */
void emu_session_item_added (EmuSession *session, EmuItem *item);
void emu_session_item_done (EmuSession *session, EmuItem *item);
/* Asks the MCP servers of the settings for their tools. */
void emu_session_list_mcp_tools (EmuSession *session);

/* Writes the count of now into the record. */
void emu_session_record_count (EmuSession *session);

JsonObject *emu_session_turn_detection (EmuSession *session);
gboolean emu_session_is_transcription (EmuSession *session);
/* Starts a response. */
gboolean emu_session_respond (
    EmuSession *session, JsonObject *overrides, EmuProblem **problem);
/* The same as soon as none is active. */
void emu_session_respond_soon (EmuSession *session);
/* @response has sent response.done. Drops the reference of the session. */
void emu_session_response_ended (EmuSession *session, EmuResponse *response);
/* Stops what is playing and, with @reason, what is being made. */
void emu_session_stop_output (EmuSession *session, const gchar *reason);
void emu_session_truncate_item (EmuItem *item, gint64 audio_end_ms);

/* hearing.c: the input audio buffer. */
void emu_session_configure_turn (EmuSession *session);
gboolean emu_session_commit_input (EmuSession *session, EmuProblem **problem);
void emu_session_clear_input (EmuSession *session);

G_END_DECLS
