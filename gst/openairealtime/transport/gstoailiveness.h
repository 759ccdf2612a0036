/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiLiveness: decides from arrivals whether the peer is still there.
 *
 * A server may fall silent between two answers, and not every one sends RTCP,
 * so silence alone proves nothing. When nothing at all has arrived for
 * GST_OAI_LIVENESS_QUIET, the peer is asked for a sign of life, several times
 * because packets get lost; it is dead when it does not give one. Time that the
 * process did not run (suspended, stopped) is not held against the peer: it is
 * the unanswered questions that count. */
#define GST_OAI_LIVENESS_QUIET (5 * GST_SECOND)
#define GST_OAI_LIVENESS_PROBE_INTERVAL (1200 * GST_MSECOND)
#define GST_OAI_LIVENESS_PROBES 3
/* How often gst_oai_liveness_tick() wants to be called. */
#define GST_OAI_LIVENESS_TICK (400 * GST_MSECOND)

typedef struct {
  guint n_probes;
  GstClockTime last_probe;
} GstOaiLiveness;

typedef enum {
  GST_OAI_LIVENESS_ALIVE,
  GST_OAI_LIVENESS_PROBE, /* ask the peer now */
  GST_OAI_LIVENESS_DEAD
} GstOaiLivenessVerdict;

/* Pure. @last_arrival is when anything last came from the peer. */
GstOaiLivenessVerdict gst_oai_liveness_tick (
    GstOaiLiveness *self, GstClockTime now, GstClockTime last_arrival);

/* Asks the peer through @sctpenc, on the stream @stream of an open data
 * channel, in a worker. Any SCTP stack acknowledges it, no application sees
 * it. */
void gst_oai_liveness_probe (GstElement *sctpenc, guint stream);

G_END_DECLS
