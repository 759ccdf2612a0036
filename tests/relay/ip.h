/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a network has to know of an IP packet. */

#define RELAY_IP_TCP 6
#define RELAY_IP_UDP 17

/* One end of a packet: an address of either family, IPv4 in the first four
 * bytes and zeros behind. */
typedef struct {
  guint8 address[16];
  guint16 port; /* 0 when there is none, or it is in another fragment */
} RelayIpEnd;

typedef struct {
  guint8 version; /* 4 or 6 */
  guint8 protocol; /* of what it carries, extension headers are not opened */
  RelayIpEnd source, destination;
  gboolean for_many; /* multicast or broadcast */
  /* Where the payload begins, of UDP behind its header, and its length. */
  gsize payload, payload_size;
} RelayIp;

/* FALSE when @data is no whole IP packet (RFC 791, RFC 8200). */
gboolean relay_ip_parse (const guint8 *data, gsize size, RelayIp *ip);

G_END_DECLS
