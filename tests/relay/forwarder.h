/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "net.h"

G_BEGIN_DECLS

/* RelayForwarder: takes every HTTP request to another server and its answer
 * back; candidates in the session descriptions of calls are replaced. */
typedef struct _RelayForwarder RelayForwarder;

/* @upstream is the server's base URL. @rtt (ms): an exchange takes that much
 * longer, and a connection is of use only that long after it was opened. */
RelayForwarder *relay_forwarder_new (RelayNet *net, const gchar *upstream,
    const gchar *host, guint port, guint rtt, GError **error);
void relay_forwarder_free (RelayForwarder *forwarder);

/* The base URL for clients. */
const gchar *relay_forwarder_get_url (RelayForwarder *forwarder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayForwarder, relay_forwarder_free)

G_END_DECLS
