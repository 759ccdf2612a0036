/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Keeps OpenSSL, which the dtls plugin uses, from cleaning up when the process
 * ends. Its handler frees what the threads that are just ending, GStreamer's
 * pool has many after a pipeline stopped, are about to free as well: about one
 * in fifty processes that ended right after a call crashed in it. The system
 * takes the memory back anyway.
 *
 * Has to come before the dtls plugin is loaded; without effect when something
 * else in the process uses OpenSSL already. See OPENSSL_init_crypto(3),
 * OPENSSL_INIT_NO_ATEXIT. */
void gst_oai_openssl_init (void);

G_END_DECLS
