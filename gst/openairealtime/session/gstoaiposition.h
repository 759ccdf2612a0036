/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaijson.h"

G_BEGIN_DECLS

/* GstOaiPosition: which millisecond of which item has left the source pad.
 *
 * RTP carries no mark of an item. The sound of an answer begins with the first
 * packet after response.created when the server sends nothing in between, else with
 * the first after output_audio_buffer.started: events and packets travel apart, and
 * that is right to a packet. From there on the RTP times count, so that what is lost
 * or stretched on the way changes nothing.
 *
 * Thread-safe; its lock is a leaf lock. */
typedef struct _GstOaiPosition GstOaiPosition;

GstOaiPosition *gst_oai_position_new (void);
void gst_oai_position_free (GstOaiPosition *self);

/* A new call. */
void gst_oai_position_reset (GstOaiPosition *self);

/* An event of the server came at @now. */
void gst_oai_position_handle_event (GstOaiPosition *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now);

/* A packet with @rtp_time (48 kHz) came at @now. */
void gst_oai_position_packet (
    GstOaiPosition *self, guint32 rtp_time, GstClockTime now);

/* The sample with @rtp_time leaves next (gst_oai_playout_get_position()). */
void gst_oai_position_played (GstOaiPosition *self, guint32 rtp_time);

/* Whether the server speaks. When it no longer does, the answer is over: it fades
 * out at most, what is played after the next gst_oai_position_played() is not of
 * it. */
void gst_oai_position_set_speaking (GstOaiPosition *self, gboolean speaking);

/* All has been told of an answer that is over: one that was created meanwhile
 * begins. */
void gst_oai_position_proceed (GstOaiPosition *self);

/* How much of the answer to @response_id has left, in ns, once it is over; NONE when
 * it is another one, is not over, or had no sound. */
GstClockTime gst_oai_position_get (
    GstOaiPosition *self, const gchar *response_id);

/* A structure "answer": "item-id", "response-id" (strings), "position" (uint64, ns
 * that have left) and, with @latency of the sink (NONE: not known), "heard" (uint64,
 * ns; all of it once the answer is over). NULL when there was none with sound. */
GstStructure *gst_oai_position_to_structure (
    GstOaiPosition *self, GstClockTime latency);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiPosition, gst_oai_position_free)

G_END_DECLS
