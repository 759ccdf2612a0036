/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "media/gstoaiplayout.h"

G_BEGIN_DECLS

/* Simulation around GstOaiPlayout: a sender that encodes speech, a network that
 * is a list of arrival times, and a receiver that pulls every 10 ms of
 * simulated time. Nothing depends on the real clock, all randomness is seeded.
 */

#define SIM_START (1000 * GST_SECOND)
#define SIM_FRAME 240 /* samples of one pull, 10 ms */

/* One packet on its way. */
typedef struct {
  GBytes *payload;
  guint32 rtp_time;
  guint16 seqnum;
  guint32 ssrc;
  guint duration; /* 48 kHz units */
  GstClockTime sent; /* since the start */
  GstClockTime arrival; /* since the start */
  gboolean lost;
  /* set by sim_run(): when its first sample was put out, or NONE */
  GstClockTime played;
} SimPacket;

/* What came out. */
typedef struct {
  GArray *samples; /* gint16 */
  GArray *kinds; /* GstOaiPlayoutKind of each pull */
  GstOaiPlayoutStats stats;
} SimOutput;

/* At least @seconds of speech at 24 kHz, S16 mono: recordings of a person when
 * they are installed, else something of the same shape. Sentences of a second
 * or two with pauses between them. */
GArray *sim_speech (gdouble seconds);

/* Encodes @speech into packets of @packet_ms, sent in real time from
 * @first_sent on, arriving at once. */
GArray *sim_encode (GArray *speech, guint packet_ms, gboolean fec,
    guint16 seqnum, guint32 rtp_time, guint32 ssrc, GstClockTime first_sent);
void sim_append (GArray *packets, GArray *more);

/* Makes each packet arrive @delay() after it was sent, keeping the order. */
typedef gint64 (*SimDelay) (GRand *rand, guint index);
void sim_delay (GArray *packets, SimDelay delay, guint32 seed, gboolean fifo);

/* Plays @packets until @tail after the last one has arrived. The first pull is
 * at @phase. */
SimOutput *sim_run (GstOaiPlayout *playout, GArray *packets, GstClockTime phase,
    GstClockTime tail);
void sim_output_free (SimOutput *output);

GstOaiPlayoutKind sim_pull (
    GstOaiPlayout *playout, GstClockTime at, SimOutput *output);
void sim_push (GstOaiPlayout *playout, const SimPacket *packet);
SimOutput *sim_output_new (void);

/* The packets decoded one after the other, none missing. */
GArray *sim_reference (GArray *packets);

/* Where @needle first occurs in @haystack, sample by sample, or -1. */
gint sim_find (GArray *haystack, GArray *needle, guint from, guint length);

/* Mean and greatest time from arrival to output of the packets played. */
void sim_waits (GArray *packets, gdouble *mean_ms, gdouble *max_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimOutput, sim_output_free)

G_END_DECLS
