/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

#define GST_TYPE_OAI_WEBRTC_TRANSPORT (gst_oai_webrtc_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiWebrtcTransport, gst_oai_webrtc_transport, GST,
    OAI_WEBRTC_TRANSPORT, GstOaiTransport)

/* A transport over WebRTC: Opus over RTP both ways, events on the data channel
 * "oai-events", the session description exchanged over HTTP. One object places
 * one call. */
GstOaiTransport *gst_oai_webrtc_transport_new (void);

G_END_DECLS
