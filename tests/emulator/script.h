/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "scenario.h"

G_BEGIN_DECLS

/* Where one session stands in the scenario. */
typedef struct _EmuScript EmuScript;

/* Does one action of a step. */
typedef void (*EmuScriptAct) (JsonObject *action, gpointer user_data);

EmuScript *emu_script_new (
    const EmuScenario *scenario, EmuScriptAct act, gpointer user_data);
void emu_script_free (EmuScript *script);

/* The event @type went either way. */
void emu_script_saw (EmuScript *script, const gchar *type);
/* What the next response says, or NULL; belongs to the scenario. */
JsonObject *emu_script_next_answer (EmuScript *script);
/* The response after this one says @answer. */
void emu_script_push_answer (EmuScript *script, JsonObject *answer);
const gchar *emu_script_dir (EmuScript *script);

G_END_DECLS
