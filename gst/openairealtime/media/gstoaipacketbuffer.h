/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiBufferedPacket: an Opus packet that waits to be decoded.
 *
 * @stream: number of the sender it comes from, grows with every new one
 * @seqnum: unwrapped sequence number
 * @rtp_time: unwrapped RTP time, 48 kHz units
 * @duration: 48 kHz units
 * @segment: segment of the arrival statistics
 */
typedef struct {
  guint stream;
  gint64 seqnum;
  gint64 rtp_time;
  guint duration;
  guint segment;
  GstClockTime arrival;
  GBytes *payload;

  /*< private >*/
  GList link;
} GstOaiBufferedPacket;

void gst_oai_buffered_packet_free (GstOaiBufferedPacket *packet);

/* GstOaiPacketBuffer: packets in the order of stream and sequence number,
 * whatever order they came in. Not thread-safe. */
typedef struct _GstOaiPacketBuffer GstOaiPacketBuffer;

GstOaiPacketBuffer *gst_oai_packet_buffer_new (void);
void gst_oai_packet_buffer_free (GstOaiPacketBuffer *self);

/* Takes a copy of @packet with a reference on its payload. FALSE when it is
 * here already. */
gboolean gst_oai_packet_buffer_insert (
    GstOaiPacketBuffer *self, const GstOaiBufferedPacket *packet);

gboolean gst_oai_packet_buffer_contains (
    GstOaiPacketBuffer *self, guint stream, gint64 seqnum);

/* The first packet, or NULL. Stays the buffer's. */
const GstOaiBufferedPacket *gst_oai_packet_buffer_peek (
    GstOaiPacketBuffer *self);
/* The first packet, or NULL. */
GstOaiBufferedPacket *gst_oai_packet_buffer_pop (GstOaiPacketBuffer *self);

/* Takes the packets that arrived before @time (GST_CLOCK_TIME_NONE: all) out of the
 * buffer. Returns them in order (transfer full). */
GPtrArray *gst_oai_packet_buffer_take_before (
    GstOaiPacketBuffer *self, GstClockTime time);
/* Drops everything and says how many packets that was. */
guint gst_oai_packet_buffer_clear (GstOaiPacketBuffer *self);

guint gst_oai_packet_buffer_get_length (GstOaiPacketBuffer *self);
/* Sum of the durations, 48 kHz units. */
guint64 gst_oai_packet_buffer_get_duration (GstOaiPacketBuffer *self);
/* Sum of the payload sizes. */
gsize gst_oai_packet_buffer_get_size (GstOaiPacketBuffer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstOaiBufferedPacket, gst_oai_buffered_packet_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiPacketBuffer, gst_oai_packet_buffer_free)

G_END_DECLS
