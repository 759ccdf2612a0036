/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "options.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Answers a request for a call badly when a fault asks for it, else FALSE. */
gboolean emu_bad_http_answer (
    const EmuOptions *options, SoupServerMessage *message);
/* The headers of --fault header. */
void emu_bad_http_add_headers (
    const EmuOptions *options, SoupServerMessage *message);
/* Sends the 201 in @message with @answer, but not whole or not at once; FALSE
 * when no fault asks for it. @message must be paused. */
gboolean emu_bad_http_break_answer (
    const EmuOptions *options, SoupServerMessage *message, const gchar *answer);
/* What stands in the place of @answer; NULL: itself. */
gchar *emu_bad_http_other_body (const EmuOptions *options);

G_END_DECLS
