/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "flight.h"

#include "protocol/gstoaidtlsflight.h"

static GstPadProbeReturn
on_datagram (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBufferList *out = gst_oai_dtls_flight_pack_probed (user_data, info);
  /* Past this probe. */
  GstPad *peer = gst_pad_get_peer (pad);

  if (peer && gst_buffer_list_length (out) > 0)
    gst_pad_chain_list (peer, gst_buffer_list_ref (out));
  gst_clear_object (&peer);
  gst_buffer_list_unref (out);

  return GST_PAD_PROBE_DROP;
}

void
emu_flight_pack (GstElement *dtlsenc)
{
  GstPad *pad = gst_element_get_static_pad (dtlsenc, "src");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_datagram,
      gst_oai_dtls_flight_new (), (GDestroyNotify) gst_oai_dtls_flight_free);
  gst_object_unref (pad);
}
