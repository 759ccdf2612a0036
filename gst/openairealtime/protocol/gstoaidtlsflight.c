/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaidtlsflight.h"

#include "protocol/gstoaiprobe.h"

/* RFC 6347, 4.1 and 4.2.2: a record has its type, version, epoch, number and
 * length; a message its type, length, number, and the place and length of the
 * piece. */
#define RECORD_HEADER 13
#define MESSAGE_HEADER 12
#define CHANGE_CIPHER_SPEC 20
#define HANDSHAKE 22
#define CLIENT_HELLO 1
#define HELLO_VERIFY_REQUEST 3
#define SERVER_HELLO_DONE 14

struct _GstOaiDtlsFlight {
  GstBuffer *held; /* the beginning of a flight */
};

GstOaiDtlsFlight *
gst_oai_dtls_flight_new (void)
{
  return g_new0 (GstOaiDtlsFlight, 1);
}

void
gst_oai_dtls_flight_free (GstOaiDtlsFlight *self)
{
  gst_clear_buffer (&self->held);
  g_free (self);
}

/* Anywhere: GST_READ_UINT16_BE() wants an even address. */
static guint
read_uint16 (const guint8 *data)
{
  return (guint) data[0] << 8 | data[1];
}

/* Whether a message in the clear is the last of its flight. */
static gboolean
ends_flight (const guint8 *message, gsize size)
{
  guint8 type;

  if (size < MESSAGE_HEADER)
    return TRUE;
  type = message[0];
  if (type != CLIENT_HELLO && type != HELLO_VERIFY_REQUEST
      && type != SERVER_HELLO_DONE)
    return FALSE;
  /* The last piece of it. */
  return GST_READ_UINT24_BE (message + 6) + GST_READ_UINT24_BE (message + 9)
      >= GST_READ_UINT24_BE (message + 1);
}

/* Whether something of the same flight is to follow this datagram. */
static gboolean
goes_on (const guint8 *data, gsize size)
{
  gboolean more = FALSE;

  while (size >= RECORD_HEADER) {
    guint epoch = read_uint16 (data + 3);
    gsize length = read_uint16 (data + 11);

    if (size - RECORD_HEADER < length)
      return FALSE;
    if (data[0] == CHANGE_CIPHER_SPEC)
      more = TRUE;
    else if (data[0] == HANDSHAKE && epoch == 0)
      more = !ends_flight (data + RECORD_HEADER, length);
    else
      return FALSE;
    data += RECORD_HEADER + length;
    size -= RECORD_HEADER + length;
  }
  return more;
}

void
gst_oai_dtls_flight_pack (
    GstOaiDtlsFlight *self, GstBuffer *datagram, GstBufferList *out)
{
  GstMapInfo map;
  gboolean more;

  if (!gst_buffer_map (datagram, &map, GST_MAP_READ)) {
    gst_buffer_list_add (out, datagram);
    return;
  }
  more = goes_on (map.data, map.size);
  gst_buffer_unmap (datagram, &map);

  if (self->held
      && gst_buffer_get_size (self->held) + gst_buffer_get_size (datagram)
          > GST_OAI_DTLS_FLIGHT_MTU)
    gst_buffer_list_add (out, g_steal_pointer (&self->held));
  if (self->held)
    datagram = gst_buffer_append (g_steal_pointer (&self->held), datagram);
  if (more)
    self->held = datagram;
  else
    gst_buffer_list_add (out, datagram);
}

typedef struct {
  GstOaiDtlsFlight *flight;
  GstBufferList *out;
} Packing;

static void
pack_one (GstBuffer *datagram, gpointer user_data)
{
  Packing *packing = user_data;

  gst_oai_dtls_flight_pack (
      packing->flight, gst_buffer_ref (datagram), packing->out);
}

GstBufferList *
gst_oai_dtls_flight_pack_probed (GstOaiDtlsFlight *self, GstPadProbeInfo *info)
{
  Packing packing = { self, gst_buffer_list_new () };

  gst_oai_probe_foreach (info, pack_one, &packing);
  return packing.out;
}
