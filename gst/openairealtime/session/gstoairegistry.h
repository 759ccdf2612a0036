/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* Which elements share a session.
 *
 * @name NULL: the session of the toplevel of @element, so that the two halves
 * in one pipeline find each other and two pipelines never hear each other; a
 * private session when @element has no parent or @private_session is set.
 * Otherwise: the session with that name, process-wide.
 *
 * Either half may come first. Every acquire needs its release; the session
 * leaves the registry in the lock that drops its last user. */
GstOaiSession *gst_oai_registry_acquire (
    GstElement *element, const gchar *name, gboolean private_session);
void gst_oai_registry_release (GstOaiSession *session);

G_END_DECLS
