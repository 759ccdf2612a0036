/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* Speech to text by pocketsphinx. It decodes while the user speaks, in threads
 * of its own. */
typedef struct _EmuRecogniser EmuRecogniser;
/* One turn. */
typedef struct _EmuListening EmuListening;

/* NULL when what it needs is not installed. @lazy: reads its models when it is
 * first asked to listen, in a thread; else at once. */
EmuRecogniser *emu_recogniser_new (gboolean lazy, GError **error);
void emu_recogniser_free (EmuRecogniser *recogniser);

EmuListening *emu_recogniser_listen (EmuRecogniser *recogniser);
void emu_listening_feed (
    EmuListening *listening, const gint16 *samples, gsize n);
/* Ends the turn; @func is called once in the main loop with the text, "" when
 * nothing was understood, and the logarithm of the probability that it was just
 * that. Consumes @listening. */
typedef void (*EmuUnderstood) (
    const gchar *text, gdouble logprob, gpointer user_data);
void emu_listening_finish (
    EmuListening *listening, EmuUnderstood func, gpointer user_data);
/* Ends the turn without an answer. Consumes @listening. */
void emu_listening_cancel (EmuListening *listening);

G_END_DECLS
