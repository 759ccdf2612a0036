/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes the DTLS key of this process in a worker thread, once. Before
 * GStreamer 1.28 it is an RSA key that takes 0.1 to 0.9 s, made when the first
 * dtlsdec is created, with webrtcbin's lock held.
 *
 * @func is called once on @context when the key is there (at the next iteration
 * when it is there already). @destroy frees @user_data, also when @context goes
 * away before. @func may be NULL: only begin. */
void gst_oai_dtls_warmup (GMainContext *context, GSourceFunc func,
    gpointer user_data, GDestroyNotify destroy);

/* Waits until the worker is gone, for at most the 0.9 s that it takes when it
 * has only just begun. A process that exits under it crashes in OpenSSL, which
 * cleans up at exit. */
void gst_oai_dtls_warmup_wait (void);

G_END_DECLS
