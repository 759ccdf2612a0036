/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* How likely the last 20 ms are speech. */
typedef struct _EmuVad EmuVad;

EmuVad *emu_vad_new (void);
void emu_vad_free (EmuVad *vad);
/* 0 to 1 for EMU_FRAME samples. */
gdouble emu_vad_process (EmuVad *vad, const gint16 *frame);

G_END_DECLS
