/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes an authority and, signed by it, a certificate for --host. Writes the
 * authority to --tls-ca. */
GTlsCertificate *emu_tls_make_certificate (
    const EmuOptions *options, GError **error);

G_END_DECLS
