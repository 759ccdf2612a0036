/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

#include "firewall.h"
#include "impairment.h"
#include "packetlog.h"

G_BEGIN_DECLS

/* RelayWire: a line between two network namespaces, for all of IP.
 *
 * What one of the two leaves through its TUN interface comes out of the other's,
 * later or not at all. Nothing is rewritten and nothing is known of the calls:
 * HTTP, DNS, IPv4 and IPv6 all go the same way. Multicast and broadcast end at
 * the wire. */
typedef struct _RelayWire RelayWire;

/* The ends are "NAMESPACE:INTERFACE", where the namespace is a name as "ip netns"
 * has it, or a path, and the interface is a TUN device that is there and has its
 * address. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. The profiles, @firewall
 * and @log, which may be NULL, must outlive the wire. */
RelayWire *relay_wire_new (const gchar *client, const gchar *server,
    const RelayFirewall *firewall, const RelayProfile *up,
    const RelayProfile *down, guint64 seed, RelayPacketLog *log,
    GError **error);
void relay_wire_free (RelayWire *wire);

/* Until @quit_fd can be read. FALSE when an interface is gone. */
gboolean relay_wire_run (RelayWire *wire, int quit_fd, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayWire, relay_wire_free)

G_END_DECLS
