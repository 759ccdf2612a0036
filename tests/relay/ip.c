/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ip.h"

#include <string.h>

#define MIN_HEADER_4 20
#define HEADER_6 40
#define UDP_HEADER 8
#define FRAGMENT_OFFSET 0x1fff

static guint
read_u16 (const guint8 *d)
{
  return (guint) d[0] << 8 | d[1];
}

static gboolean
parse_4 (const guint8 *d, gsize size, RelayIp *ip)
{
  static const guint8 broadcast[4] = { 255, 255, 255, 255 };
  gsize header, total;

  if (size < MIN_HEADER_4)
    return FALSE;
  header = (d[0] & 15) * 4;
  total = read_u16 (d + 2);
  if (header < MIN_HEADER_4 || total < header || total > size)
    return FALSE;
  ip->protocol = d[9];
  memcpy (ip->source.address, d + 12, 4);
  memcpy (ip->destination.address, d + 16, 4);
  ip->for_many = d[16] >> 4 == 14 || memcmp (d + 16, broadcast, 4) == 0;
  ip->payload = header;
  ip->payload_size = total - header;
  return TRUE;
}

static gboolean
parse_6 (const guint8 *d, gsize size, RelayIp *ip)
{
  gsize length;

  if (size < HEADER_6)
    return FALSE;
  length = read_u16 (d + 4);
  if (length > size - HEADER_6)
    return FALSE;
  ip->protocol = d[6];
  memcpy (ip->source.address, d + 8, 16);
  memcpy (ip->destination.address, d + 24, 16);
  ip->for_many = d[24] == 0xff;
  ip->payload = HEADER_6;
  ip->payload_size = length;
  return TRUE;
}

gboolean
relay_ip_parse (const guint8 *d, gsize size, RelayIp *ip)
{
  gboolean is_first = TRUE;

  memset (ip, 0, sizeof (*ip));
  if (size == 0)
    return FALSE;
  ip->version = d[0] >> 4;
  if (ip->version == 4) {
    if (!parse_4 (d, size, ip))
      return FALSE;
    is_first = (read_u16 (d + 6) & FRAGMENT_OFFSET) == 0;
  } else if (ip->version != 6 || !parse_6 (d, size, ip)) {
    return FALSE;
  }

  if (!is_first || ip->payload_size < UDP_HEADER
      || (ip->protocol != RELAY_IP_UDP && ip->protocol != RELAY_IP_TCP))
    return TRUE;
  d += ip->payload;
  ip->source.port = read_u16 (d);
  ip->destination.port = read_u16 (d + 2);
  if (ip->protocol == RELAY_IP_UDP) {
    ip->payload += UDP_HEADER;
    ip->payload_size -= UDP_HEADER;
  }
  return TRUE;
}
