/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names the port of the stand-in for a candidate; 0 to leave it out. */
typedef guint (*RelayStandIn) (
    const gchar *address, guint port, gpointer user_data);

/* @sdp with each IPv4 UDP candidate replaced by a host candidate at @host and
 * the port that @stand_in names. All others (TCP, IPv6, mDNS names) are gone,
 * and no other line names an address either. */
gchar *relay_rewrite_sdp (const gchar *sdp, const gchar *host,
    RelayStandIn stand_in, gpointer user_data);

/* @body, of @content_type, with its session description rewritten: the body
 * itself, or the part "sdp" of a form. NULL when there is none. @ice_pwd is set
 * to the ICE password in there, or NULL. */
GBytes *relay_rewrite_body (GBytes *body, const gchar *content_type,
    const gchar *host, RelayStandIn stand_in, gpointer user_data,
    gchar **ice_pwd);

G_END_DECLS
