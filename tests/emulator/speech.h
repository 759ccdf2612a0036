/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Text to speech by the espeak-ng program. */

gboolean emu_speech_available (void);

/* Says @text with audio.output.voice and .speed of @settings. Runs in another
 * process; finishes in the main loop. */
void emu_speech_say (const gchar *text, JsonObject *settings,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
/* The samples of a WAV of mono S16. */
GBytes *emu_speech_load (const gchar *path, GError **error);
/* PCM, 24 kHz mono S16. */
GBytes *emu_speech_say_finish (GAsyncResult *result, GError **error);

G_END_DECLS
