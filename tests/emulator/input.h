/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* The input audio buffer: what was heard, addressed by sample since the start
 * of the session. Keeps only what a turn may still need. */
typedef struct {
  GArray *samples;
  /* Position of samples[0] and of the end. */
  guint64 start;
  guint64 end;
} EmuInput;

EmuInput *emu_input_new (void);
void emu_input_free (EmuInput *input);

void emu_input_append (EmuInput *input, const gint16 *samples, gsize n);
/* Forgets everything before @position. */
void emu_input_discard (EmuInput *input, guint64 position);
/* Copy of [from, to), as far as it is kept. */
GBytes *emu_input_copy (EmuInput *input, guint64 from, guint64 to);

G_END_DECLS
