/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/base/gstbasesink.h>

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* GstOaiInput: the input leaf. Takes S16LE 24 kHz mono behind the converters of
 * the bins and hands it to the session's uplink. Live audio is handed on at
 * once; a file waits for the session and is then paced by the pipeline's
 * clock. */
#define GST_TYPE_OAI_INPUT (gst_oai_input_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiInput, gst_oai_input, GST, OAI_INPUT, GstBaseSink)

/* What the leaf accepts. */
#define GST_OAI_INPUT_CAPS                                                     \
  "audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "      \
  "rate = (int) 24000, channels = (int) 1"

/* The session that hears the input, NULL for none. Not while PAUSED or above. */
void gst_oai_input_set_session (GstOaiInput *self, GstOaiSession *session);

G_END_DECLS
