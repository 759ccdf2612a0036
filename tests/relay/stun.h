/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>
#include <netinet/in.h>

G_BEGIN_DECLS

/* Makes a successful response to a binding request say that the request came
 * from @address, and signs it anew with @password, that of the responder (RFC
 * 8489). FALSE, and nothing changed, when it is no such response. */
gboolean relay_stun_set_mapped (guint8 *data, gsize size,
    const struct sockaddr_in *address, const gchar *password);

G_END_DECLS
