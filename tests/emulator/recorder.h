/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* What one call heard, said and exchanged, as files. */
typedef struct _EmuRecorder EmuRecorder;

/* NULL when @dir is NULL. */
EmuRecorder *emu_recorder_new (const gchar *dir, const gchar *call_id);
void emu_recorder_free (EmuRecorder *recorder);

/* All of these accept NULL. @direction is "in" (from the client), "out",
 * "fault" (out too, but wrong on purpose) or "note". */
void emu_recorder_event (
    EmuRecorder *recorder, const gchar *direction, const gchar *json);
void emu_recorder_note (EmuRecorder *recorder, const gchar *what);
void emu_recorder_heard (
    EmuRecorder *recorder, const gint16 *samples, gsize n_samples);
void emu_recorder_said (
    EmuRecorder *recorder, const gint16 *samples, gsize n_samples);

G_END_DECLS
