/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "schema.h"

G_BEGIN_DECLS

/* The session object as the server echoes it, with every default filled in;
 * expires in @lifetime seconds. */
JsonObject *emu_settings_new (const gchar *model, gint lifetime);

/* Validates @update and merges it. At creation everything may be set; later
 * the mutability of the field table rules. @settings is untouched on error. */
gboolean emu_settings_update (JsonObject *settings, JsonObject *update,
    gboolean at_creation, gboolean has_audio, EmuProblem **problem);

/* As the server shows it: a copy. */
JsonObject *emu_settings_for_client (JsonObject *settings);

/* Overrides of one response over the session, as a new object. */
JsonObject *emu_settings_for_response (
    JsonObject *settings, JsonObject *overrides);

/* What the field tables cannot say of tools. @object fits them. */
gboolean emu_settings_check_tools (
    JsonObject *object, const gchar *prefix, EmuProblem **problem);

G_END_DECLS
