/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session.h"

G_BEGIN_DECLS

/* One response, from response.created to response.done. */
typedef struct _EmuResponse EmuResponse;

/* Sends response.created and starts thinking. @overrides of response.create or
 * NULL, validated. Items of overrides.input become the context. NULL and
 * @problem when one of them is not known. */
EmuResponse *emu_response_start (
    EmuSession *session, JsonObject *overrides, EmuProblem **problem);
void emu_response_unref (EmuResponse *response);

const gchar *emu_response_id (EmuResponse *response);
gboolean emu_response_is_aside (EmuResponse *response);
/* Ends it early: sends the .done events, response.done last. */
void emu_response_cancel (EmuResponse *response, const gchar *reason);

G_END_DECLS
