/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gio/gio.h>

#include "impairment.h"
#include "packetlog.h"

G_BEGIN_DECLS

/* RelayNet: the UDP of all calls, in a thread of its own.
 *
 * Each candidate of each side has a stand-in, a socket that the other side
 * talks to. What comes to the stand-in of P from Q goes through the link and
 * leaves to P from the stand-in of Q. A source that no candidate named gets a
 * stand-in when it first sends, as behind a NAT. */
typedef struct _RelayNet RelayNet;

/* @host is the address of all stand-ins. @log may be NULL. The profiles must
 * outlive the net. With @nat the peers may see that there is something in
 * between; without, they believe that they have each other's own addresses. */
RelayNet *relay_net_new (const gchar *host, const RelayProfile *up,
    const RelayProfile *down, guint64 seed, gboolean nat, RelayPacketLog *log,
    GError **error);
/* Ends the thread; what is under way is lost, the log is complete. */
void relay_net_free (RelayNet *net);

/* A new call, from 0. It ends by itself when nothing was sent for long. */
guint relay_net_add_call (RelayNet *net);

/* The ICE password of @side, to sign in its place. Thread-safe. */
void relay_net_set_password (
    RelayNet *net, guint call, RelaySide side, const gchar *password);

/* The port of the stand-in of a candidate of @side; 0 when there can be none.
 * Thread-safe. */
guint relay_net_stand_in (RelayNet *net, guint call, RelaySide side,
    const gchar *address, guint port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayNet, relay_net_free)

G_END_DECLS
