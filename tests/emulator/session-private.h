/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "input.h"
#include "response.h"
#include "session.h"
#include "settings.h"
#include "turn.h"

G_BEGIN_DECLS

struct _EmuSession {
  const EmuOptions *options;
  EmuMind *mind;
  EmuRecorder *recorder;
  EmuSessionSend send;
  gpointer user_data;
  gboolean open;
  gboolean closed;

  JsonObject *settings;
  EmuConversation *conversation;
  gchar *conversation_id;
  gboolean has_audio;
  guint n_responses;
  gint64 context_tokens;

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
  /* Input position at which idle_timeout_ms strikes; 0: not waiting. */
  guint64 idle_deadline;

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
/* Sends @type with the item and its predecessor. */
void emu_session_send_item (
    EmuSession *session, const gchar *type, EmuItem *item);
/* @response has sent response.done. Drops the reference of the session. */
void emu_session_response_ended (EmuSession *session, EmuResponse *response);

G_END_DECLS
