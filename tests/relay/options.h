/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

#include "impairment.h"
#include "packetlog.h"

G_BEGIN_DECLS

/* What the relay and the wire have in common on their command lines: the
 * network, the log and their end. */
typedef struct {
  /* From the command line. */
  gchar *both, *up_only, *down_only, *log_path;
  gint64 seed;
  gboolean exit_with_parent;
  /* By relay_options_open(). */
  RelayProfile *up, *down;
  RelayPacketLog *log; /* NULL without --log */
} RelayOptions;

/* To @context, whose description becomes the help on networks and @example.
 * @options is zeroed and must outlive the context. */
void relay_options_add (
    RelayOptions *options, GOptionContext *context, const gchar *example);

/* Reads the networks, opens the log. */
gboolean relay_options_open (RelayOptions *options, GError **error);
void relay_options_clear (RelayOptions *options);

/* With --exit-with-parent, a SIGTERM when @parent ends, which getppid() gave at
 * the start. FALSE when it has ended already. */
gboolean relay_options_follow (const RelayOptions *options, gint parent);

G_END_DECLS
