/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session/gstoaisettings.h"

G_BEGIN_DECLS

/* The session object of the API, made of the settings. */

/* The model of these settings, whoever chose it. */
const gchar *gst_oai_settings_model (const GstOaiSettings *self);

/* The turn detection of these settings, whoever chose it. */
GstOpenAIRealtimeTurnDetection gst_oai_settings_turn_detection (
    const GstOaiSettings *self);

/* The GA session object of these settings, session-config merged last.
 * With @only_set, defaults are left out (for a client secret, which carries a
 * configuration of its own). That of a translation has no "type". */
JsonObject *gst_oai_settings_to_session (
    const GstOaiSettings *self, gboolean only_set);

/* The session member of a session.update that turns @before into @after, both
 * made by gst_oai_settings_to_session(); NULL when nothing changed. Members
 * that went away are sent as what clears them, mostly null. */
JsonObject *gst_oai_session_config_diff (JsonObject *before, JsonObject *after);

/* Takes the one member of @after over into @before that the server refused:
 * @param is that of its error ("session.audio.output.voice", nullable). FALSE
 * when it names none that differs. */
gboolean gst_oai_session_config_accept (
    JsonObject *before, JsonObject *after, const gchar *param);

G_END_DECLS
