/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* GstOaiRtpTap: sees every RTP packet of an rtpbin as it arrives, before the
 * jitterbuffer. The jitterbuffer stays where it is: RTCP and unknown payload
 * types remain its business. Reference counted, thread-safe. */
typedef struct _GstOaiRtpTap GstOaiRtpTap;

/* More SSRCs than this in one call are an attack: each costs two threads. */
#define GST_OAI_RTP_TAP_MAX_SSRCS 16

/* @packet: called on a streaming thread for each packet with a payload.
 * @too_many: called once when the peer uses too many SSRCs. */
typedef struct {
  void (*packet) (GObject *owner, const GstOaiPacket *packet);
  void (*too_many) (GObject *owner);
} GstOaiRtpTapCallbacks;

/* @owner is referenced weakly. */
GstOaiRtpTap *gst_oai_rtp_tap_new (
    GObject *owner, const GstOaiRtpTapCallbacks *callbacks);
GstOaiRtpTap *gst_oai_rtp_tap_ref (GstOaiRtpTap *tap);
void gst_oai_rtp_tap_unref (GstOaiRtpTap *tap);

void gst_oai_rtp_tap_attach (GstOaiRtpTap *tap, GstElement *rtpbin);

/* Only packets of payload type @pt are reported; before this, none. */
void gst_oai_rtp_tap_set_payload_type (GstOaiRtpTap *tap, guint pt);

/* What came in: all RTP packets of the Opus payload type. */
void gst_oai_rtp_tap_get_counters (
    GstOaiRtpTap *tap, guint64 *packets, guint64 *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiRtpTap, gst_oai_rtp_tap_unref)

G_END_DECLS
