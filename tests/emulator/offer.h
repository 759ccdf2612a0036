/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/* EmuOffer:
 * @sdp: the offer, rewritten so that webrtcbin can answer it
 * @bundle: all m-sections that count use one transport; else each has its own
 * @audio: index of the m-section that the sound uses
 * @payload_type: of Opus
 */
typedef struct {
  GstSDPMessage *sdp;
  gboolean bundle;
  guint audio;
  gint payload_type;
} EmuOffer;

/* An offer by whatever client, as webrtcbin 1.22 and later take it. That refuses
 * an m-section with other ICE credentials than the rest of its BUNDLE group,
 * which an offer may well have: until the answer accepts the bundle, each
 * m-section can need a transport of its own. What the answer of a bundle uses is
 * the transport of the group's first m-section (RFC 9143, 7.3.1), so the others
 * get its credentials, fingerprint and role, and lose their candidates. Without
 * a group that has both audio and data, nothing is bundled.
 *
 * Also, what stands at session level for all m-sections is copied to each, and
 * the m=application line of old drafts (aiortc 1.4) becomes that of RFC 8841.
 *
 * NULL with @problem when it cannot be answered. */
EmuOffer *emu_offer_parse (const gchar *text, EmuProblem **problem);
void emu_offer_free (EmuOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuOffer, emu_offer_free)

G_END_DECLS
