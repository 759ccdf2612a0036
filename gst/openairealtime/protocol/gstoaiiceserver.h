/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Addresses of STUN and TURN servers in the form that webrtcbin takes. What it
 * does not understand it drops, with a line in its log that holds the password;
 * so they are looked at before. Both return why @address is of no use,
 * translated and without any part of it, or NULL when it is good. */

const gchar *gst_oai_stun_server_problem (const gchar *address);
const gchar *gst_oai_turn_server_problem (const gchar *address);

G_END_DECLS
