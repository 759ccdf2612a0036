/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiJitter: statistics of packet arrivals.
 *
 * The delay of a packet is its arrival time minus its RTP time, relative to the
 * least such difference of the last two seconds: 0 is the fastest path. The
 * delays go into a histogram that slowly forgets; its 99th percentile says how
 * long the first packet of a talkspurt has to wait so that those behind it come
 * in time.
 *
 * The RTP clock and the arrival clock are comparable within one segment only. A
 * sender that pauses without moving its RTP time, or moves it without pausing,
 * starts a new segment; a network that stalls does not, and the two are told
 * apart by what comes next: after a stall the delay falls back.
 *
 * Not thread-safe.
 */
typedef struct _GstOaiJitter GstOaiJitter;

GstOaiJitter *gst_oai_jitter_new (void);
void gst_oai_jitter_free (GstOaiJitter *self);

/* Starts a new segment; forgets the histogram as well unless @keep_histogram.
 */
void gst_oai_jitter_reset (GstOaiJitter *self, gboolean keep_histogram);

/* A packet came in. @rtp_time is unwrapped, in 48 kHz units. Returns the
 * segment it belongs to. */
guint gst_oai_jitter_add (
    GstOaiJitter *self, gint64 rtp_time, GstClockTime arrival);

/* How long before @now (ns, may be negative) a packet with @rtp_time would have
 * arrived on the fastest path. FALSE when that is not known, because @segment
 * has ended or may be about to. */
gboolean gst_oai_jitter_get_lag (GstOaiJitter *self, guint segment,
    gint64 rtp_time, GstClockTime now, gint64 *lag);

/* The 99th percentile of the delays, 0 before the first packet. */
GstClockTime gst_oai_jitter_get_delay (GstOaiJitter *self);

/* How many stalls of more than 100 ms were seen. */
guint64 gst_oai_jitter_get_stalls (GstOaiJitter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiJitter, gst_oai_jitter_free)

G_END_DECLS
