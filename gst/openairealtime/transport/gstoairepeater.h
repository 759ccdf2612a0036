/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiRepeater: packs the datagrams of the DTLS handshake (GstOaiDtlsFlight) and
 * sends them, and those of SCTP's, again before their protocols would. OpenSSL waits 1 s for the first time
 * (RFC 6347, 4.2.4.1), usrsctp 3 s (RFC 9260, 16), so that one lost packet
 * would cost more than all the rest of a connect.
 *
 * - A DTLS datagram that nothing answers goes out again as it is after 20, 60
 *   and 140 ms. Should the first copy have arrived, the replay protection of
 *   the peer drops the second (RFC 6347, 4.1.2.6).
 * - When an answer to INIT or COOKIE ECHO does not come in time, they are sent
 *   again, so that the peer answers again (RFC 9260, 5.2).
 *
 * What the peer alone can repeat stays lost until it does.
 * Reference counted, thread-safe. */
typedef struct _GstOaiRepeater GstOaiRepeater;

/* The timers run in @context. */
GstOaiRepeater *gst_oai_repeater_new (GMainContext *context);
GstOaiRepeater *gst_oai_repeater_ref (GstOaiRepeater *repeater);
void gst_oai_repeater_unref (GstOaiRepeater *repeater);

/* Watches what leaves @dtlsenc and @sctpenc, and what @sctpdec gets. */
void gst_oai_repeater_watch_dtlsenc (
    GstOaiRepeater *repeater, GstElement *dtlsenc);
void gst_oai_repeater_watch_sctpenc (
    GstOaiRepeater *repeater, GstElement *sctpenc);
void gst_oai_repeater_watch_sctpdec (
    GstOaiRepeater *repeater, GstElement *sctpdec);

/* Something arrived from the peer that begins with the byte @first. */
void gst_oai_repeater_arrived (GstOaiRepeater *repeater, guint8 first);

/* The handshakes are over: nothing is repeated any more. */
void gst_oai_repeater_stop (GstOaiRepeater *repeater);

/* How many datagrams were sent again so far. */
guint gst_oai_repeater_get_count (GstOaiRepeater *repeater);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiRepeater, gst_oai_repeater_unref)

G_END_DECLS
