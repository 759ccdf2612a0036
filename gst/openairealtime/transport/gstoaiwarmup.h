/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Does in worker threads, once in a process, what takes long the first time: the DTLS
 * key, before GStreamer 1.28 an RSA key that takes 0.1 to 0.9 s, made when the first
 * dtlsdec is created, with webrtcbin's lock held; and the certificate authorities
 * of the system, which libsoup reads when TLS begins, on the thread of the call (40 ms,
 * on small machines several times that).
 *
 * @func is called once on @context when the key is there (at the next iteration
 * when it is there already). @destroy frees @user_data, also when @context goes
 * away before. @func may be NULL: only begin. */
void gst_oai_warmup (GMainContext *context, GSourceFunc func,
    gpointer user_data, GDestroyNotify destroy);

/* Waits until the workers are gone, for at most the 0.9 s that they take when they
 * have only just begun. A process that exits under them crashes in OpenSSL or GnuTLS,
 * which clean up at exit. */
void gst_oai_warmup_wait (void);

G_END_DECLS
