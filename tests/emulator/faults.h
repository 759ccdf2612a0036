/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads "NAME[=ARG]" into @table, name to argument ("" for none). */
gboolean emu_faults_add (GHashTable *table, const gchar *text, GError **error);
/* The same for each line of a file; empty ones and those with # are skipped. */
gboolean emu_faults_read (GHashTable *table, const gchar *path, GError **error);
/* One line for each fault, for --help. */
void emu_faults_describe (GString *text);

G_END_DECLS
