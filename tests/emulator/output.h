/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* The output audio buffer: answers wait here and leave in real time. */
typedef struct _EmuOutput EmuOutput;

typedef enum {
  EMU_OUTPUT_IDLE,
  /* The frame holds audio. */
  EMU_OUTPUT_AUDIO,
  /* The same, and it is the first of its response. */
  EMU_OUTPUT_STARTED,
  /* Nothing in the frame: the response has been played to its end. */
  EMU_OUTPUT_STOPPED
} EmuOutputState;

EmuOutput *emu_output_new (void);
void emu_output_free (EmuOutput *output);

/* Audio of @response_id's item @item_id; ids change only between segments. */
void emu_output_append (EmuOutput *output, const gchar *response_id,
    const gchar *item_id, const gint16 *samples, gsize n);
/* No more audio comes for @response_id. */
void emu_output_complete (EmuOutput *output, const gchar *response_id);

/* The next 20 ms. @response_id, which the caller frees, is set with STARTED
 * and STOPPED. */
EmuOutputState emu_output_pull (
    EmuOutput *output, gint16 *frame, gchar **response_id);

/* Drops everything. For each response that was dropped, oldest first, calls
 * @func with the milliseconds of it that were sent. */
typedef void (*EmuOutputDropped) (const gchar *response_id,
    const gchar *item_id, gboolean was_started, gint64 sent_ms,
    gpointer user_data);
void emu_output_clear (
    EmuOutput *output, EmuOutputDropped func, gpointer user_data);
gboolean emu_output_is_playing (EmuOutput *output);

G_END_DECLS
