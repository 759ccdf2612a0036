/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "scenario.h"

#include <glib.h>

G_BEGIN_DECLS

/* The command line. Read-only once parsed. */
typedef struct {
  gchar *host;
  gint port;
  gchar *api_key;
  gchar *mind;
  gchar **models;
  gboolean continuous_rtp;
  gint exit_after_calls;
  gboolean exit_with_parent;
  gboolean verbose;
  gchar *record_dir;
  gint max_calls;
  EmuScenario *scenario;
  gboolean tls;
  gchar *tls_ca;
  gint session_age;
  gboolean items_added;
  gboolean items_created;
  gboolean nulls;
  gboolean dump_schema;
  GHashTable *faults;
} EmuOptions;

/* NULL when a usage error was found (@error) or after --help. */
EmuOptions *emu_options_parse (int argc, char **argv, GError **error);
void emu_options_free (EmuOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuOptions, emu_options_free)

/* Argument of --fault @name, "" when it has none, NULL when not asked for. */
const gchar *emu_options_fault (const EmuOptions *options, const gchar *name);
/* The same as a number, or -1. */
gint64 emu_options_fault_int (const EmuOptions *options, const gchar *name);
gboolean emu_options_knows_model (
    const EmuOptions *options, const gchar *model);

/* A line on stderr with the time, when --verbose. */
void emu_log (const EmuOptions *options, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

G_END_DECLS
