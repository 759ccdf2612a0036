/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoairtptap.h"

#include "protocol/gstoaiprobe.h"

#include <gst/rtp/rtp.h>

GST_DEBUG_CATEGORY_STATIC (gst_oai_rtp_tap_debug);
#define GST_CAT_DEFAULT gst_oai_rtp_tap_debug

struct _GstOaiRtpTap {
  GWeakRef owner;
  GstOaiRtpTapCallbacks callbacks;

  /* Atomic. */
  gint payload_type; /* -1: none */
  gint n_ssrcs;

  GMutex lock; /* protects everything below; a leaf lock */
  guint64 packets;
  guint64 bytes;
};

static void
gst_oai_rtp_tap_clear (gpointer data)
{
  GstOaiRtpTap *tap = data;

  g_weak_ref_clear (&tap->owner);
  g_mutex_clear (&tap->lock);
}

GstOaiRtpTap *
gst_oai_rtp_tap_new (GObject *owner, const GstOaiRtpTapCallbacks *callbacks)
{
  static gsize once = 0;
  GstOaiRtpTap *tap;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_rtp_tap_debug, "openairealtimertptap", 0,
        "OpenAI Realtime RTP tap");
    g_once_init_leave (&once, 1);
  }

  tap = g_atomic_rc_box_new0 (GstOaiRtpTap);
  g_weak_ref_init (&tap->owner, owner);
  g_mutex_init (&tap->lock);
  tap->callbacks = *callbacks;
  tap->payload_type = -1;
  return tap;
}

GstOaiRtpTap *
gst_oai_rtp_tap_ref (GstOaiRtpTap *tap)
{
  return g_atomic_rc_box_acquire (tap);
}

void
gst_oai_rtp_tap_unref (GstOaiRtpTap *tap)
{
  g_atomic_rc_box_release_full (tap, gst_oai_rtp_tap_clear);
}

void
gst_oai_rtp_tap_set_payload_type (GstOaiRtpTap *tap, guint pt)
{
  g_atomic_int_set (&tap->payload_type, (gint) pt);
}

void
gst_oai_rtp_tap_get_counters (
    GstOaiRtpTap *tap, guint64 *packets, guint64 *bytes)
{
  g_mutex_lock (&tap->lock);
  *packets = tap->packets;
  *bytes = tap->bytes;
  g_mutex_unlock (&tap->lock);
}

static void
take_packet (
    GstOaiRtpTap *tap, GObject *owner, GstBuffer *buffer, GstClockTime arrival)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  GstOaiPacket packet = { 0 };
  guint payload_size;

  if (!gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp)) {
    GST_LOG ("not RTP");
    return;
  }
  if (gst_rtp_buffer_get_payload_type (&rtp)
      != g_atomic_int_get (&tap->payload_type)) {
    GST_LOG ("payload type %u skipped", gst_rtp_buffer_get_payload_type (&rtp));
    goto done;
  }

  payload_size = gst_rtp_buffer_get_payload_len (&rtp);
  g_mutex_lock (&tap->lock);
  tap->packets++;
  tap->bytes += gst_buffer_get_size (buffer);
  g_mutex_unlock (&tap->lock);
  /* Padding alone: a probe for bandwidth, no sound. */
  if (payload_size == 0)
    goto done;

  packet.payload = g_bytes_new (
      gst_rtp_buffer_get_payload (&rtp), payload_size);
  packet.rtp_time = gst_rtp_buffer_get_timestamp (&rtp);
  packet.seqnum = gst_rtp_buffer_get_seq (&rtp);
  packet.ssrc = gst_rtp_buffer_get_ssrc (&rtp);
  packet.marker = gst_rtp_buffer_get_marker (&rtp);
  packet.arrival = arrival;
  tap->callbacks.packet (owner, &packet);
  g_bytes_unref (packet.payload);

done:
  gst_rtp_buffer_unmap (&rtp);
}

typedef struct {
  GstOaiRtpTap *tap;
  GObject *owner;
  GstClockTime arrival;
} Taking;

static void
take_one (GstBuffer *packet, gpointer user_data)
{
  Taking *taking = user_data;

  take_packet (taking->tap, taking->owner, packet, taking->arrival);
}

static GstPadProbeReturn
on_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstOaiRtpTap *tap = user_data;
  Taking taking = { tap, g_weak_ref_get (&tap->owner),
    g_get_monotonic_time () * GST_USECOND };

  if (!taking.owner)
    return GST_PAD_PROBE_OK;
  gst_oai_probe_foreach (info, take_one, &taking);
  g_object_unref (taking.owner);
  return GST_PAD_PROBE_OK;
}

static void
on_new_jitterbuffer (GstElement *rtpbin, GstElement *jitterbuffer,
    guint session, guint ssrc, gpointer user_data)
{
  GstOaiRtpTap *tap = user_data;
  gint n_ssrcs = g_atomic_int_add (&tap->n_ssrcs, 1) + 1;
  GstPad *sink = gst_element_get_static_pad (jitterbuffer, "sink");

  GST_DEBUG_OBJECT (jitterbuffer, "SSRC %08x, number %d", ssrc, n_ssrcs);
  gst_pad_add_probe (sink,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
      gst_oai_rtp_tap_ref (tap), (GDestroyNotify) gst_oai_rtp_tap_unref);
  gst_object_unref (sink);

  if (n_ssrcs == GST_OAI_RTP_TAP_MAX_SSRCS + 1) {
    GObject *owner = g_weak_ref_get (&tap->owner);

    if (owner) {
      tap->callbacks.too_many (owner);
      g_object_unref (owner);
    }
  }
}

static void
unref_tap (gpointer tap, GClosure *closure)
{
  gst_oai_rtp_tap_unref (tap);
}

void
gst_oai_rtp_tap_attach (GstOaiRtpTap *tap, GstElement *rtpbin)
{
  /* Until the owner has done something about it, no more come. One beyond, as that
   * is how we notice. */
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (rtpbin), "max-streams"))
    g_object_set (rtpbin, "max-streams", GST_OAI_RTP_TAP_MAX_SSRCS + 1, NULL);
  g_signal_connect_data (rtpbin, "new-jitterbuffer",
      G_CALLBACK (on_new_jitterbuffer), gst_oai_rtp_tap_ref (tap), unref_tap,
      0);
}
