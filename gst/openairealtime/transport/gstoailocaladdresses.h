/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The addresses of this machine's interfaces that are up, as text, loopback
 * left out and link-local IPv6 left out. */
GStrv gst_oai_local_addresses (void);

G_END_DECLS
