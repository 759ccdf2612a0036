/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "mind.h"
#include "options.h"

G_BEGIN_DECLS

/* One peer connection and its session. Methods belong to the main loop. */
typedef struct _EmuCall EmuCall;

/* @answer is NULL when it failed, then @problem says why. */
typedef void (*EmuCallAnswered) (EmuCall *call, const gchar *answer,
    const EmuProblem *problem, gpointer user_data);
typedef void (*EmuCallEnded) (EmuCall *call, gpointer user_data);

/* Takes @settings. @ended is called once, when the call is over. */
EmuCall *emu_call_new (const EmuOptions *options, EmuMind *mind,
    JsonObject *settings, EmuCallEnded ended, gpointer user_data);
EmuCall *emu_call_ref (EmuCall *call);
void emu_call_unref (EmuCall *call);
const gchar *emu_call_get_id (EmuCall *call);

/* Negotiates. @answered is called once, unless the call ends before. */
void emu_call_start (EmuCall *call, const gchar *offer,
    EmuCallAnswered answered, gpointer user_data);
void emu_call_end (EmuCall *call, const gchar *reason);

/* Makes the certificate of the process ahead of the first call. */
void emu_call_warm_up (void);
/* Waits until the pipelines of ended calls are gone, @timeout_ms at most. */
gboolean emu_call_wait_for_teardowns (guint timeout_ms);

G_END_DECLS
