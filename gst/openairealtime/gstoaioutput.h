/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/base/gstpushsrc.h>

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* GstOaiOutput: the output leaf, a live source. Waits on the pipeline's clock,
 * then reads one frame of 10 ms from the session's playout. Silence is put
 * out like sound, or not at all. */
#define GST_TYPE_OAI_OUTPUT (gst_oai_output_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiOutput, gst_oai_output, GST, OAI_OUTPUT, GstPushSrc)

#define GST_OAI_OUTPUT_CAPS                                                    \
  "audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "      \
  "rate = (int) 24000, channels = (int) 1"

void gst_oai_output_set_session (GstOaiOutput *self, GstOaiSession *session);
/* Whether silence between answers is put out. Any time. */
void gst_oai_output_set_idle_output (
    GstOaiOutput *self, GstOpenAIRealtimeIdleOutput idle_output);
/* Told about each frame before it leaves, on the streaming thread. @playing: it
 * is of what the server sent. Set once, before the first state change. */
typedef void (*GstOaiOutputFrameFunc) (GstClockTime position,
    GstClockTime duration, gboolean playing, gboolean audible,
    gpointer user_data);
void gst_oai_output_set_frame_func (
    GstOaiOutput *self, GstOaiOutputFrameFunc func, gpointer user_data);
/* The next create() ends the stream. Any thread. */
void gst_oai_output_end (GstOaiOutput *self);

G_END_DECLS
