/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* Checks the data URL of an input_image: PNG or JPEG, and what it says it is.
 * @tokens: what it costs with @detail. */
gboolean emu_image_check (const gchar *url, const gchar *detail,
    const gchar *param, gint64 *tokens, EmuProblem **problem);

G_END_DECLS
