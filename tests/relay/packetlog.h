/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

#include "impairment.h"

G_BEGIN_DECLS

/* RelayPacketLog: a text file with a line for each packet, see README.md.
 * Belongs to one thread. */
typedef struct _RelayPacketLog RelayPacketLog;

/* Who sent a packet. */
typedef enum {
  RELAY_CLIENT,
  RELAY_SERVER,
} RelaySide;

RelayPacketLog *relay_packet_log_new (const gchar *path, GError **error);
/* Complete from then on. */
void relay_packet_log_free (RelayPacketLog *log);
void relay_packet_log_flush (RelayPacketLog *log);

/* @enter and @leave in us of CLOCK_MONOTONIC; @leave is negative when the packet
 * was lost. @data is what UDP carried. A NULL log takes nothing. */
void relay_packet_log_add (RelayPacketLog *log, guint call, RelaySide sender,
    gint64 enter, gint64 leave, const guint8 *data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayPacketLog, relay_packet_log_free)

G_END_DECLS
