/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Format of the uplink: S16LE, mono. */
#define GST_OAI_UPLINK_RATE 24000
#define GST_OAI_UPLINK_BYTES_PER_SAMPLE 2

/* GstOaiUplink: PCM of any buffer size in, codec frames of one size out.
 *
 * It owns the uplink's clock. A frame's PTS continues from the one before, by
 * samples, so that an uneven source does not tear the stream; it is anchored
 * anew on arrival after a pause. A source clock that runs fast or slow is
 * followed in silent frames only: one is dropped, or one frame's time skipped,
 * when the drift has grown past a frame. Speech is never touched.
 *
 * While closed (still connecting) it keeps the newest audio, preroll-time at
 * most, and sends that first. While the input is muted, gapped, starved or
 * ended, gst_oai_uplink_tick() sends silence, as the server's voice detection
 * counts time by the audio it gets.
 *
 * Time is given by the caller (monotonic, ns), so that a test can drive it.
 * Thread-safe. One internal mutex; it is held while a frame is sent, because
 * two threads send (input and ticks) and frames must keep their order. The send
 * function must only queue.
 */
typedef struct _GstOaiUplink GstOaiUplink;

/* Takes @frame. PTS is the monotonic time (ns) of its first sample. FALSE: the
 * transport has no use for it (not connected). */
typedef gboolean (*GstOaiUplinkSend) (GstBuffer *frame, gpointer user_data);

typedef struct {
  guint64 frames; /* sent with input audio */
  guint64 silence; /* sent as made-up silence */
  guint64 discarded; /* samples not sent: older than the preroll allows */
  guint64 skewed; /* frames dropped or skipped to follow the source's clock */
} GstOaiUplinkStats;

GstOaiUplink *gst_oai_uplink_new (void);
void gst_oai_uplink_free (GstOaiUplink *self);

/* Length of a frame in ms (10, 20, 40, 60). Only while closed. */
void gst_oai_uplink_set_frame_size (GstOaiUplink *self, guint ms);
/* Newest audio kept while closed. */
void gst_oai_uplink_set_preroll (GstOaiUplink *self, GstClockTime time);
void gst_oai_uplink_set_send (
    GstOaiUplink *self, GstOaiUplinkSend send, gpointer user_data);

/* Opens (the session can hear) or closes the uplink. Opening sends what was
 * kept and wakes gst_oai_uplink_wait_open(). */
void gst_oai_uplink_open (GstOaiUplink *self, GstClockTime now);
void gst_oai_uplink_close (GstOaiUplink *self);
gboolean gst_oai_uplink_is_open (GstOaiUplink *self);

/* Blocks until open. FALSE when gst_oai_uplink_set_flushing() or
 * gst_oai_uplink_set_failed() ended the wait; a flush that is over again by then
 * ends it, too, when it began after @cookie was taken. */
gboolean gst_oai_uplink_wait_open (GstOaiUplink *self, guint cookie);
guint gst_oai_uplink_get_flush_cookie (GstOaiUplink *self);
void gst_oai_uplink_set_flushing (GstOaiUplink *self, gboolean flushing);
/* The session is over: waiting and pushing are pointless from here on. */
void gst_oai_uplink_set_failed (GstOaiUplink *self, gboolean failed);
gboolean gst_oai_uplink_has_failed (GstOaiUplink *self);
/* The session has ended as it should: the same, but upstream is told so. Until
 * gst_oai_uplink_set_failed (FALSE). */
void gst_oai_uplink_finish (GstOaiUplink *self);
/* What upstream is told: OK, EOS once finished, ERROR once failed. */
GstFlowReturn gst_oai_uplink_get_flow (GstOaiUplink *self);

void gst_oai_uplink_set_muted (GstOaiUplink *self, gboolean muted);

/* Input audio; @size in bytes, a multiple of a sample. @data NULL: silence. */
void gst_oai_uplink_push (
    GstOaiUplink *self, const guint8 *data, gsize size, GstClockTime now);
/* The input says that it has nothing (GAP) or no more (EOS): silence begins
 * with the next tick instead of after the starvation time. */
void gst_oai_uplink_pause (GstOaiUplink *self, GstClockTime now);
/* Drops what has not been sent (flush). */
void gst_oai_uplink_flush (GstOaiUplink *self);
/* To be called about once a frame while open. */
void gst_oai_uplink_tick (GstOaiUplink *self, GstClockTime now);

void gst_oai_uplink_get_stats (GstOaiUplink *self, GstOaiUplinkStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiUplink, gst_oai_uplink_free)

G_END_DECLS
