/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session.h"

G_BEGIN_DECLS

/* The kind of session that translates: sound and words come out while sound goes
 * in. There are no turns, no items and no responses.
 *
 * The model behind it goes by frames of 200 ms. For each that it has heard it
 * makes one, of what it heard EMU_TRANSLATION_LAG frames ago: its translation is
 * the same samples, silence as silence. Where it has heard speech there are words,
 * too. While nothing is heard its time stands still. */
typedef struct _EmuTranslation EmuTranslation;

#define EMU_TRANSLATION_FRAME EMU_SAMPLES (200)
#define EMU_TRANSLATION_LAG 2

/* The session object of @config, which fits emu_translation_create_schema; expires
 * in @lifetime seconds. */
JsonObject *emu_translation_settings_new (JsonObject *config, gint lifetime);
gboolean emu_translation_settings_are (JsonObject *settings);

/* The rest is called by the session that it belongs to. */
EmuTranslation *emu_translation_new (EmuSession *session);
void emu_translation_free (EmuTranslation *translation);
/* An event that fits emu_translation_client_event_schema. */
void emu_translation_receive (
    EmuTranslation *translation, JsonObject *event, EmuProblem **problem);
/* The next 20 ms, as of a session. */
void emu_translation_hear (EmuTranslation *translation, const gint16 *frame);
gboolean emu_translation_speak (EmuTranslation *translation, gint16 *frame);
/* An event that means nothing. */
JsonObject *emu_translation_idle_event (void);

G_END_DECLS
