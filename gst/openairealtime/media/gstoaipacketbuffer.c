/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaipacketbuffer.h"

struct _GstOaiPacketBuffer {
  /* of GstOaiBufferedPacket.link, so a packet is one allocation */
  GQueue queue;
  guint64 duration;
  gsize size;
};

void
gst_oai_buffered_packet_free (GstOaiBufferedPacket *packet)
{
  g_bytes_unref (packet->payload);
  g_free (packet);
}

GstOaiPacketBuffer *
gst_oai_packet_buffer_new (void)
{
  GstOaiPacketBuffer *self = g_new0 (GstOaiPacketBuffer, 1);

  g_queue_init (&self->queue);

  return self;
}

void
gst_oai_packet_buffer_free (GstOaiPacketBuffer *self)
{
  gst_oai_packet_buffer_clear (self);
  g_free (self);
}

static gint
compare (const GstOaiBufferedPacket *a, const GstOaiBufferedPacket *b)
{
  if (a->stream != b->stream)
    return a->stream < b->stream ? -1 : 1;
  if (a->seqnum != b->seqnum)
    return a->seqnum < b->seqnum ? -1 : 1;
  return 0;
}

/* The last packet that does not come after @packet, or NULL. Looked for from the
 * end: packets mostly come in order. */
static GList *
find_place (GstOaiPacketBuffer *self, const GstOaiBufferedPacket *packet)
{
  GList *l = self->queue.tail;

  while (l != NULL && compare (l->data, packet) > 0)
    l = l->prev;

  return l;
}

gboolean
gst_oai_packet_buffer_contains (
    GstOaiPacketBuffer *self, guint stream, gint64 seqnum)
{
  GstOaiBufferedPacket packet = { 0 };
  GList *l;

  packet.stream = stream;
  packet.seqnum = seqnum;
  l = find_place (self, &packet);

  return l != NULL && compare (l->data, &packet) == 0;
}

gboolean
gst_oai_packet_buffer_insert (
    GstOaiPacketBuffer *self, const GstOaiBufferedPacket *packet)
{
  GstOaiBufferedPacket *copy;
  GList *l;

  l = find_place (self, packet);
  if (l != NULL && compare (l->data, packet) == 0)
    return FALSE;

  copy = g_new0 (GstOaiBufferedPacket, 1);
  *copy = *packet;
  g_bytes_ref (copy->payload);
  copy->link.data = copy;
  copy->link.prev = copy->link.next = NULL;

  if (l == NULL)
    g_queue_push_head_link (&self->queue, &copy->link);
  else
    g_queue_insert_after_link (&self->queue, l, &copy->link);
  self->duration += copy->duration;
  self->size += g_bytes_get_size (copy->payload);

  return TRUE;
}

const GstOaiBufferedPacket *
gst_oai_packet_buffer_peek (GstOaiPacketBuffer *self)
{
  return g_queue_peek_head (&self->queue);
}

static void
unlink_packet (GstOaiPacketBuffer *self, GstOaiBufferedPacket *packet)
{
  g_queue_unlink (&self->queue, &packet->link);
  self->duration -= packet->duration;
  self->size -= g_bytes_get_size (packet->payload);
}

GstOaiBufferedPacket *
gst_oai_packet_buffer_pop (GstOaiPacketBuffer *self)
{
  GstOaiBufferedPacket *packet = g_queue_peek_head (&self->queue);

  if (packet != NULL)
    unlink_packet (self, packet);

  return packet;
}

GPtrArray *
gst_oai_packet_buffer_take_before (GstOaiPacketBuffer *self, GstClockTime time)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_oai_buffered_packet_free);
  GList *l, *next;

  for (l = self->queue.head; l != NULL; l = next) {
    GstOaiBufferedPacket *packet = l->data;

    next = l->next;
    if (packet->arrival >= time)
      continue;
    unlink_packet (self, packet);
    g_ptr_array_add (taken, packet);
  }

  return taken;
}

guint
gst_oai_packet_buffer_clear (GstOaiPacketBuffer *self)
{
  guint n = 0;
  GstOaiBufferedPacket *packet;

  while ((packet = gst_oai_packet_buffer_pop (self)) != NULL) {
    gst_oai_buffered_packet_free (packet);
    n++;
  }

  return n;
}

guint
gst_oai_packet_buffer_get_length (GstOaiPacketBuffer *self)
{
  return self->queue.length;
}

guint64
gst_oai_packet_buffer_get_duration (GstOaiPacketBuffer *self)
{
  return self->duration;
}

gsize
gst_oai_packet_buffer_get_size (GstOaiPacketBuffer *self)
{
  return self->size;
}
