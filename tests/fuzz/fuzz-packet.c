/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include "protocol/gstoaidtlsflight.h"
#include "protocol/gstoaisctp.h"

/* A chunk that is there is found, and none where there is no room for one. */
static void
check_sctp (GstBuffer *packet)
{
  gint first = gst_oai_sctp_first_chunk (packet);
  guint n = 0, type;

  for (type = 0; type <= G_MAXUINT8; type++)
    n += gst_oai_sctp_has_chunk (packet, (guint8) type);
  if (first < 0)
    g_assert_cmpuint (n, ==, 0);
  else if (n > 0)
    g_assert_true (gst_oai_sctp_has_chunk (packet, (guint8) first));
}

/* Each byte leaves, in order, at the latest when something comes that is no part of
 * a handshake. */
static void
check_dtls (GstBuffer *input)
{
  static const guint8 last[] = { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  GstBufferList *out = gst_buffer_list_new ();
  GstBuffer *all = gst_buffer_new ();
  gsize size = gst_buffer_get_size (input), half = size / 2;
  GstMapInfo map, expected;
  guint i;

  gst_oai_dtls_flight_pack (flight,
      gst_buffer_copy_region (input, GST_BUFFER_COPY_MEMORY, 0, half), out);
  gst_oai_dtls_flight_pack (flight,
      gst_buffer_copy_region (input, GST_BUFFER_COPY_MEMORY, half, size - half),
      out);
  gst_oai_dtls_flight_pack (
      flight, gst_buffer_new_memdup (last, sizeof (last)), out);
  for (i = 0; i < gst_buffer_list_length (out); i++)
    all = gst_buffer_append (
        all, gst_buffer_ref (gst_buffer_list_get (out, i)));
  g_assert_cmpuint (gst_buffer_get_size (all), ==, size + sizeof (last));
  g_assert_true (gst_buffer_map (all, &map, GST_MAP_READ));
  g_assert_true (gst_buffer_map (input, &expected, GST_MAP_READ));
  g_assert_cmpmem (map.data, size, expected.data, expected.size);
  gst_buffer_unmap (input, &expected);
  gst_buffer_unmap (all, &map);
  gst_buffer_unref (all);
  gst_buffer_list_unref (out);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstBuffer *packet = gst_buffer_new_wrapped_full (
      GST_MEMORY_FLAG_READONLY, (gpointer) data, size, 0, size, NULL, NULL);

  check_sctp (packet);
  check_dtls (packet);
  gst_buffer_unref (packet);

  return 0;
}
