/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A scenario file: what to answer, and what to do when. README.md describes
 * the format. */
typedef struct {
  JsonObject *root;
  /* Where its WAV files are. */
  gchar *dir;
} EmuScenario;

/* Its faults go into @faults. */
EmuScenario *emu_scenario_load (
    const gchar *path, GHashTable *faults, GError **error);
void emu_scenario_free (EmuScenario *scenario);

G_END_DECLS
