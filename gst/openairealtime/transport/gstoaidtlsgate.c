/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaidtlsgate.h"

#include "protocol/gstoaiprobe.h"
#include "protocol/gstoaisdp.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_dtls_gate_debug);
#define GST_CAT_DEFAULT gst_oai_dtls_gate_debug

/* Content types of DTLS records that carry the handshake (RFC 6347, 4.3.1;
 * RFC 7983 keeps them apart from everything else on the same port). */
#define DTLS_CHANGE_CIPHER_SPEC 20
#define DTLS_HANDSHAKE 22

struct _GstOaiDtlsGate {
  /* Atomic: a GstOaiDtlsGateState. Written with the lock held. */
  gint state;

  GMutex lock; /* protects everything below */
  GstWebRTCDTLSTransport *transport;
  gchar *hash;
  gchar *fingerprint;
};

static void
gst_oai_dtls_gate_clear (gpointer data)
{
  GstOaiDtlsGate *gate = data;

  g_clear_object (&gate->transport);
  g_free (gate->hash);
  g_free (gate->fingerprint);
  g_mutex_clear (&gate->lock);
}

GstOaiDtlsGate *
gst_oai_dtls_gate_new (void)
{
  static gsize once = 0;
  GstOaiDtlsGate *gate;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_dtls_gate_debug, "openairealtimedtlsgate",
        0, "OpenAI Realtime DTLS gate");
    g_once_init_leave (&once, 1);
  }

  gate = g_atomic_rc_box_new0 (GstOaiDtlsGate);
  g_mutex_init (&gate->lock);
  gate->state = GST_OAI_DTLS_GATE_PENDING;
  return gate;
}

GstOaiDtlsGate *
gst_oai_dtls_gate_ref (GstOaiDtlsGate *gate)
{
  return g_atomic_rc_box_acquire (gate);
}

void
gst_oai_dtls_gate_unref (GstOaiDtlsGate *gate)
{
  g_atomic_rc_box_release_full (gate, gst_oai_dtls_gate_clear);
}

void
gst_oai_dtls_gate_expect (GstOaiDtlsGate *gate,
    GstWebRTCDTLSTransport *transport, const gchar *hash,
    const gchar *fingerprint)
{
  g_mutex_lock (&gate->lock);
  g_set_object (&gate->transport, transport);
  g_free (gate->hash);
  gate->hash = g_strdup (hash);
  g_free (gate->fingerprint);
  gate->fingerprint = g_strdup (fingerprint);
  g_mutex_unlock (&gate->lock);
}

GstOaiDtlsGateState
gst_oai_dtls_gate_check (GstOaiDtlsGate *gate)
{
  gint state = g_atomic_int_get (&gate->state);
  g_autofree gchar *pem = NULL;

  if (state != GST_OAI_DTLS_GATE_PENDING)
    return state;

  g_mutex_lock (&gate->lock);
  state = g_atomic_int_get (&gate->state);
  if (state == GST_OAI_DTLS_GATE_PENDING && gate->transport) {
    g_object_get (gate->transport, "remote-certificate", &pem, NULL);
    if (pem && *pem) {
      if (gst_oai_fingerprint_matches (pem, gate->hash, gate->fingerprint)) {
        GST_INFO ("the peer has the certificate that the answer names");
        state = GST_OAI_DTLS_GATE_OPEN;
      } else {
        GST_ERROR ("the peer has another certificate than the answer names");
        state = GST_OAI_DTLS_GATE_REFUSED;
      }
      g_atomic_int_set (&gate->state, state);
    }
  }
  g_mutex_unlock (&gate->lock);
  return state;
}

void
gst_oai_dtls_gate_release (GstOaiDtlsGate *gate)
{
  GstWebRTCDTLSTransport *transport;

  g_mutex_lock (&gate->lock);
  transport = g_steal_pointer (&gate->transport);
  g_mutex_unlock (&gate->lock);
  g_clear_object (&transport);
}

static gboolean
is_handshake (GstBuffer *buffer, gpointer unused)
{
  guint8 first;

  return gst_buffer_extract (buffer, 0, &first, 1) == 1
      && first >= DTLS_CHANGE_CIPHER_SPEC && first <= DTLS_HANDSHAKE;
}

static GstPadProbeReturn
on_outgoing (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (gst_oai_dtls_gate_check (user_data) == GST_OAI_DTLS_GATE_OPEN)
    return GST_PAD_PROBE_OK;
  return gst_oai_probe_filter (info, is_handshake, NULL);
}

void
gst_oai_dtls_gate_guard (GstOaiDtlsGate *gate, GstElement *nicesink)
{
  GstPad *sink = gst_element_get_static_pad (nicesink, "sink");

  gst_pad_add_probe (sink,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_outgoing,
      gst_oai_dtls_gate_ref (gate), (GDestroyNotify) gst_oai_dtls_gate_unref);
  gst_object_unref (sink);
}
