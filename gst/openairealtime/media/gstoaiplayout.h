/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* Output of the playout: S16 native endian, mono. */
#define GST_OAI_PLAYOUT_RATE 24000

/* GstOaiPlayout: packets with arrival times in, PCM out at pull time.
 *
 * Time is given by the caller (monotonic, ns) in every call, never read inside,
 * so that a test can drive it. Decoding happens in gst_oai_playout_pull(), on
 * the thread that needs the sound, with libopus at 24 kHz mono.
 *
 * The target delay adapts to the jitter of the arrivals, with a floor of one
 * packet; it is applied at the start of each talkspurt and grows on underrun.
 * A missing packet is rebuilt from the in-band FEC of the next one when that is
 * here, else concealed (libopus PLC), fading out when the gap goes on. Packets
 * behind a missing one are not held up: a gap is waited for only as long as the
 * target delay already allows. Between talkspurts it puts out silence. What has
 * piled up while nobody pulled is played, but for its silence.
 *
 * Thread-safe: push from a streaming thread, pull from another, control from a
 * third. One internal mutex, a leaf lock: nothing is called under it.
 */
typedef struct _GstOaiPlayout GstOaiPlayout;

/* What a pulled frame holds. */
typedef enum {
  GST_OAI_PLAYOUT_SILENCE, /* nothing to play: zeros */
  GST_OAI_PLAYOUT_AUDIO, /* decoded, rebuilt or concealed audio */
} GstOaiPlayoutKind;

typedef struct {
  guint64 packets; /* accepted */
  guint64 duplicates; /* seen before */
  guint64 late; /* too late to be played */
  guint64 lost; /* never came in time; late ones are among them */
  guint64 recovered; /* of the lost: rebuilt from in-band FEC */
  guint64 concealed; /* samples made up: by PLC, also while waiting for
                              late packets, and the fade into these; not the
                              fade after the last one */
  guint64 dropped; /* packets dropped by interruption or overflow, or
                              left out after a stall */
  guint64 invalid; /* not Opus */
  guint64 played; /* samples of AUDIO put out */
  guint64 underruns; /* talkspurt ran dry and came back */
  GstClockTime target; /* present target delay */
  GstClockTime buffered; /* audio waiting to be played */
  GstClockTime oldest; /* when the packet came that is played next, or NONE */
  GstClockTime jitter; /* estimated arrival jitter (99th percentile) */
} GstOaiPlayoutStats;

GstOaiPlayout *gst_oai_playout_new (void);
void gst_oai_playout_free (GstOaiPlayout *self);

/* A packet came in. A new SSRC starts anew after what is buffered has been
 * played. Bounded: at most 60 s of audio are held, the newest is dropped. */
void gst_oai_playout_push (GstOaiPlayout *self, const GstOaiPacket *packet);

/* Fills @samples (@n_samples of GST_OAI_PLAYOUT_RATE, a multiple of 60 up to
 * 1440) with what is to be heard at @now. Never blocks, never fails. */
GstOaiPlayoutKind gst_oai_playout_pull (
    GstOaiPlayout *self, GstClockTime now, gint16 *samples, guint n_samples);

/* Interruption: the sound being played fades out over 5 ms at the start of the
 * next pull, everything held is dropped, and packets that still arrive are held
 * but not played (at most 3 s, oldest dropped) until gst_oai_playout_resume(). */
void gst_oai_playout_interrupt (GstOaiPlayout *self, GstClockTime now);

/* Ends an interruption. Of what came in since, packets that arrived before
 * @cutoff are dropped as part of the old answer, and so are those still to come
 * that left the server more than 60 ms before it, as far as their RTP time tells:
 * not when they come more than 100 ms later than the ones before. The rest is played.
 * No effect when not interrupted. */
void gst_oai_playout_resume (GstOaiPlayout *self, GstClockTime cutoff);

/* Whether nobody waits for the sound (a file): then it is never shortened or
 * lengthened to mend the delay, and while packets are late it puts out SILENCE
 * that stands for no time of the sender, to be left out by the caller. Default
 * FALSE. */
void gst_oai_playout_set_unhurried (GstOaiPlayout *self, gboolean unhurried);
gboolean gst_oai_playout_is_unhurried (GstOaiPlayout *self);

/* Whether an interruption is in force. */
gboolean gst_oai_playout_is_interrupted (GstOaiPlayout *self);

/* Whether audio is held or was played less than @hold before @now. */
gboolean gst_oai_playout_is_active (
    GstOaiPlayout *self, GstClockTime now, GstClockTime hold);

/* Back to the state after gst_oai_playout_new(); statistics are kept, and whether
 * it is unhurried. */
void gst_oai_playout_reset (GstOaiPlayout *self);

/* How far the sound has got, for "which millisecond of the answer was heard".
 * Returns how much of the present talkspurt, or of the last one when none is
 * being played, has been put out, in samples of GST_OAI_PLAYOUT_RATE on the
 * sender's time line: lost packets count, what was inserted while waiting does
 * not. @rtp_time (nullable) is set to the RTP time (48 kHz) of the sample that
 * follows the last one put out; it is 0 before the first. Both stay where the
 * sound faded out when it was interrupted. */
guint64 gst_oai_playout_get_position (GstOaiPlayout *self, guint32 *rtp_time);

/* When the packet came that was decoded last, NONE before the first. */
GstClockTime gst_oai_playout_get_played_arrival (GstOaiPlayout *self);

void gst_oai_playout_get_stats (GstOaiPlayout *self, GstOaiPlayoutStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiPlayout, gst_oai_playout_free)

G_END_DECLS
