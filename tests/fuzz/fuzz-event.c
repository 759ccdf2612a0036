/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include "protocol/gstoaieventassembler.h"

/* The first byte says how long the pieces are. What goes in comes out, once: whole,
 * as stale, or it is still held. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstOaiEventAssembler assembler = { 0 };
  gsize length, at, in = 0, out = 0;
  GstClockTime now = 0;

  if (size == 0)
    return 0;
  length = 1 + (gsize) data[0] * data[0] * 4;
  for (at = 1; at < size; at += length) {
    const gchar *piece = (const gchar *) data + at;
    gsize n = MIN (length, size - at);
    GBytes *event, *stale;

    event = gst_oai_event_assembler_push (&assembler, piece, n, now, &stale);
    in += n;
    if (event) {
      gsize held;
      const gchar *whole = g_bytes_get_data (event, &held);

      out += held;
      /* What was put together is an object. */
      if (held > n)
        g_assert_cmpint (whole[0], ==, '{');
      g_bytes_unref (event);
    }
    if (stale) {
      out += g_bytes_get_size (stale);
      g_bytes_unref (stale);
    }
    g_assert_cmpuint (in, ==, out + gst_oai_event_assembler_held (&assembler));
    now += (GstClockTime) data[at] * 40 * GST_MSECOND;
  }
  gst_oai_event_assembler_clear (&assembler);

  return 0;
}
