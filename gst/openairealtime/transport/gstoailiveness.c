/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoailiveness.h"

#include <gst/sctp/sctpsendmeta.h>

/* RFC 8831, 8: payload protocol identifier of the control protocol. */
#define PPID_DCEP 50
/* RFC 8832, 5.2. */
#define DCEP_ACK 0x02

GstOaiLivenessVerdict
gst_oai_liveness_tick (
    GstOaiLiveness *self, GstClockTime now, GstClockTime last_arrival)
{
  if (now < last_arrival + GST_OAI_LIVENESS_QUIET) {
    self->n_probes = 0;
    return GST_OAI_LIVENESS_ALIVE;
  }
  if (self->n_probes > 0
      && now < self->last_probe + GST_OAI_LIVENESS_PROBE_INTERVAL)
    return GST_OAI_LIVENESS_ALIVE;
  if (self->n_probes == GST_OAI_LIVENESS_PROBES)
    return GST_OAI_LIVENESS_DEAD;
  self->n_probes++;
  self->last_probe = now;
  return GST_OAI_LIVENESS_PROBE;
}

static void
send_ack (GstElement *sctpenc, gpointer user_data)
{
  g_autofree gchar *name = g_strdup_printf (
      "sink_%u", GPOINTER_TO_UINT (user_data));
  GstPad *sink = gst_element_get_static_pad (sctpenc, name);
  guint8 ack = DCEP_ACK;
  GstBuffer *buffer;

  if (!sink)
    return;
  /* A second DATA_CHANNEL_ACK. There is no smaller message: SCTP must
   * acknowledge the chunk that carries it and repeats it when it is lost, and
   * the control protocol of the peer has nothing left to do for an open
   * channel. STUN would be the obvious question, but libnice keeps the replies
   * to itself and gives up only after 50 s. */
  buffer = gst_buffer_new_memdup (&ack, 1);
  gst_sctp_buffer_add_send_meta (
      buffer, PPID_DCEP, TRUE, GST_SCTP_SEND_META_PARTIAL_RELIABILITY_NONE, 0);
  gst_pad_chain (sink, buffer);
  gst_object_unref (sink);
}

void
gst_oai_liveness_probe (GstElement *sctpenc, guint stream)
{
  /* May wait for room in the send buffer: not on the caller's thread. */
  gst_element_call_async (sctpenc, send_ack, GUINT_TO_POINTER (stream), NULL);
}
