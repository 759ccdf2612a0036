/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "vad.h"

G_BEGIN_DECLS

/* Turn detection: cuts the stream into turns. */
typedef struct _EmuTurn EmuTurn;

typedef enum {
  EMU_TURN_NOTHING,
  EMU_TURN_SPEECH_STARTED,
  EMU_TURN_SPEECH_STOPPED
} EmuTurnEvent;

EmuTurn *emu_turn_new (void);
void emu_turn_free (EmuTurn *turn);

/* Obeys audio.input.turn_detection, NULL for none. A turn under way is
 * forgotten when detection ends. */
void emu_turn_configure (EmuTurn *turn, JsonObject *turn_detection);
/* Forgets the turn under way. */
void emu_turn_reset (EmuTurn *turn);
gboolean emu_turn_is_speaking (EmuTurn *turn);

/* Takes the next EMU_FRAME samples. @start is where the turn began, prefix
 * padding included, in samples since the first frame. */
EmuTurnEvent emu_turn_process (
    EmuTurn *turn, const gint16 *frame, guint64 *start);

G_END_DECLS
