/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An emulator process of the test's own. Failures end the test. */
typedef struct _E2eEmulator E2eEmulator;

/* Starts one with the command line @options, or NULL, and waits until it
 * listens. "@DIR@" in it is the directory where it records. It ends with the
 * test at the latest. */
E2eEmulator *e2e_emulator_start (const gchar *options);

const gchar *e2e_emulator_url (E2eEmulator *emulator);

/* The directory where it records each call. */
const gchar *e2e_emulator_record_dir (E2eEmulator *emulator);

/* What it logged so far: every event both ways. */
gchar *e2e_emulator_log (E2eEmulator *emulator);

/* Seconds of audio that it heard in all calls so far. */
gdouble e2e_emulator_heard (E2eEmulator *emulator);

/* Ends the process without a goodbye. */
void e2e_emulator_kill (E2eEmulator *emulator);

/* Ends the process and removes what it wrote, unless E2E_KEEP is set. The events
 * of its calls go to EMU_RECORD_DIR, if that is set. */
void e2e_emulator_stop (E2eEmulator *emulator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (E2eEmulator, e2e_emulator_stop)

/* Removes a directory and what is in it. */
void e2e_remove_dir (const gchar *path);

G_END_DECLS
