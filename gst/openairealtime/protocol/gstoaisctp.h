/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What packets of the data channel's SCTP are about. They come from the network and
 * through DTLS: the server may send anything. */

/* Types of chunks (RFC 9260, 3.2, and RFC 6525, 3.1). */
#define GST_OAI_SCTP_DATA 0
#define GST_OAI_SCTP_INIT 1
#define GST_OAI_SCTP_INIT_ACK 2
#define GST_OAI_SCTP_COOKIE_ECHO 10
#define GST_OAI_SCTP_COOKIE_ACK 11
#define GST_OAI_SCTP_RE_CONFIG 130

/* The type of the first chunk of @packet, -1 if there is none. */
gint gst_oai_sctp_first_chunk (GstBuffer *packet);

/* Whether a chunk of @packet is of @type. Chunks behind one whose length cannot be
 * are not seen, and SCTP does not see them, either. */
gboolean gst_oai_sctp_has_chunk (GstBuffer *packet, guint8 type);

G_END_DECLS
