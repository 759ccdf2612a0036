/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaisctp.h"

/* RFC 9260, 3: a common header, then chunks of type, flags, length and value, each
 * filled up to four bytes. */
#define HEADER_SIZE 12
#define CHUNK_HEADER_SIZE 4

gint
gst_oai_sctp_first_chunk (GstBuffer *packet)
{
  guint8 chunk[CHUNK_HEADER_SIZE];

  if (gst_buffer_extract (packet, HEADER_SIZE, chunk, sizeof (chunk))
      != sizeof (chunk))
    return -1;
  return chunk[0];
}

gboolean
gst_oai_sctp_has_chunk (GstBuffer *packet, guint8 type)
{
  GstMapInfo map;
  gboolean found = FALSE;
  gsize at = HEADER_SIZE, length;

  if (!gst_buffer_map (packet, &map, GST_MAP_READ))
    return FALSE;
  while (!found && at + CHUNK_HEADER_SIZE <= map.size) {
    length = (gsize) map.data[at + 2] << 8 | map.data[at + 3];
    if (length < CHUNK_HEADER_SIZE || length > map.size - at)
      break;
    found = map.data[at] == type;
    at += (length + 3) & ~(gsize) 3;
  }
  gst_buffer_unmap (packet, &map);

  return found;
}
