/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiDtlsFlight: puts as much of a flight of the DTLS handshake into a datagram
 * as a path takes (RFC 6347, 4.1.1.1 and 4.2.3).
 *
 * The dtls plugin before GStreamer 1.28 takes the smallest path there is and makes
 * five to seven datagrams of what fits into one or two. Each may be lost. What is
 * worse, the ChangeCipherSpec in a datagram of its own is thrown away by OpenSSL
 * when a piece in front of it is missing, and a copy of it as a replay: then the
 * handshake waits for the peer's timer, 1 s.
 *
 * Not thread-safe; a flight leaves in one thread. */
typedef struct _GstOaiDtlsFlight GstOaiDtlsFlight;

/* The largest datagram that is made, in bytes: as in browsers, and in the dtls
 * plugin since 1.28. */
#define GST_OAI_DTLS_FLIGHT_MTU 1200

GstOaiDtlsFlight *gst_oai_dtls_flight_new (void);
void gst_oai_dtls_flight_free (GstOaiDtlsFlight *self);

/* What a probe sees behind the plugin, a datagram or a list of them. Returns what is
 * to leave in its place now (transfer full), which may be nothing. */
GstBufferList *gst_oai_dtls_flight_pack_probed (
    GstOaiDtlsFlight *self, GstPadProbeInfo *info);

/* Takes @datagram, as the plugin made it. Adds to @out what is to leave now: it may
 * be nothing, as long as more of the flight is to come. What is no part of a
 * handshake leaves as it is. */
void gst_oai_dtls_flight_pack (
    GstOaiDtlsFlight *self, GstBuffer *datagram, GstBufferList *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiDtlsFlight, gst_oai_dtls_flight_free)

G_END_DECLS
