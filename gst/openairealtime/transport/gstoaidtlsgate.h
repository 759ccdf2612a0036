/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/* GstOaiDtlsGate: lets nothing but the DTLS handshake pass to the network until
 * the certificate of the peer is the one that the answer names. webrtcbin
 * before 1.28.5 does not compare them at all, and all versions would let SCTP
 * and RTCP out before an application could. Reference counted, thread-safe. */
typedef struct _GstOaiDtlsGate GstOaiDtlsGate;

typedef enum {
  GST_OAI_DTLS_GATE_PENDING, /* no certificate yet */
  GST_OAI_DTLS_GATE_OPEN, /* it is the right one */
  GST_OAI_DTLS_GATE_REFUSED /* it is another one: stays so for ever */
} GstOaiDtlsGateState;

GstOaiDtlsGate *gst_oai_dtls_gate_new (void);
GstOaiDtlsGate *gst_oai_dtls_gate_ref (GstOaiDtlsGate *gate);
void gst_oai_dtls_gate_unref (GstOaiDtlsGate *gate);

/* Compares the peer of @transport with @fingerprint from now on. */
void gst_oai_dtls_gate_expect (GstOaiDtlsGate *gate,
    GstWebRTCDTLSTransport *transport, const gchar *hash,
    const gchar *fingerprint);

/* Looks again and says how it stands. */
GstOaiDtlsGateState gst_oai_dtls_gate_check (GstOaiDtlsGate *gate);

/* Guards the way out through @nicesink. */
void gst_oai_dtls_gate_guard (GstOaiDtlsGate *gate, GstElement *nicesink);

/* Lets go of the transport; what is decided stays. */
void gst_oai_dtls_gate_release (GstOaiDtlsGate *gate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiDtlsGate, gst_oai_dtls_gate_unref)

G_END_DECLS
