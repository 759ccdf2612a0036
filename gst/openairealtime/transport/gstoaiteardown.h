/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How long elements may take to stop before they are given up. */
#define GST_OAI_TEARDOWN_TIMEOUT (3 * G_TIME_SPAN_SECOND)

/* Takes @pipeline to NULL in a thread of its own and drops it. When @dtlsenc is
 * given, the peer is told first (DTLS close_notify). Waits for the end, but not
 * longer than GST_OAI_TEARDOWN_TIMEOUT: a stuck element is leaked with an error
 * in the log rather than the application hung. With @wait FALSE it does not
 * wait at all. Takes both references. Returns whether all is stopped. */
gboolean gst_oai_teardown (
    GstElement *pipeline, GstElement *dtlsenc, gboolean wait);

G_END_DECLS
