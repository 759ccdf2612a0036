/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "mind.h"
#include "options.h"
#include "output.h"
#include "recorder.h"

G_BEGIN_DECLS

/* One conversation: knows events and PCM, no network. Lives in the main
 * loop. */
typedef struct _EmuSession EmuSession;

/* FALSE when @json could not be sent. */
typedef gboolean (*EmuSessionSend) (const gchar *json, gpointer user_data);
/* Ends the connection, once what was sent is out. The session goes on until
 * emu_session_close(). */
typedef void (*EmuSessionEnd) (const gchar *reason, gpointer user_data);

/* Takes @settings. @mind and @recorder must outlive it. */
EmuSession *emu_session_new (const EmuOptions *options, EmuMind *mind,
    EmuRecorder *recorder, JsonObject *settings, EmuSessionSend send,
    EmuSessionEnd end, gpointer user_data);
/* Ends it: nothing is sent any more. Drops the caller's reference. */
void emu_session_close (EmuSession *session);

/* The data channel is open. */
void emu_session_open (EmuSession *session);
/* It has lived long enough: says so and ends the connection. */
void emu_session_expire (EmuSession *session);
void emu_session_receive (EmuSession *session, const gchar *text);
/* The next samples of the input. */
void emu_session_hear (
    EmuSession *session, const gint16 *samples, gsize n_samples);
/* So many samples of it did not come. */
void emu_session_miss (EmuSession *session, gsize n_samples);
/* The next 20 ms of the output; FALSE when there is none. */
gboolean emu_session_speak (EmuSession *session, gint16 *frame);

G_END_DECLS
