/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiopenssl.h"

#ifdef HAVE_LIBCRYPTO
#include <openssl/crypto.h>
#endif

void
gst_oai_openssl_init (void)
{
#ifdef HAVE_LIBCRYPTO
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
#endif
}
