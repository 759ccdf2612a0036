/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

#include "ip.h"
#include "packetlog.h"

G_BEGIN_DECLS

/* RelayFirewall: what a packet filter between the client and the internet lets
 * through, as offices and hotels have them: some protocols, to some ports of
 * servers. It keeps no state: what comes from such a port passes as well. */
typedef struct _RelayFirewall RelayFirewall;

/* @tcp and @udp are ports of the server: "443", "80,443,3478", "8000-8080", "any";
 * NULL for none. With both NULL everything passes, ICMP as well, and with one of
 * them nothing but that. */
RelayFirewall *relay_firewall_new (
    const gchar *tcp, const gchar *udp, GError **error);
void relay_firewall_free (RelayFirewall *firewall);

/* Whether @ip, which @sender sent, passes. Of a fragment only the first has ports,
 * so the others pass where any port does. */
gboolean relay_firewall_passes (
    const RelayFirewall *firewall, const RelayIp *ip, RelaySide sender);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayFirewall, relay_firewall_free)

G_END_DECLS
