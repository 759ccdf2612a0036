/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiDucker: lowers the answer as soon as the user seems to speak over it,
 * long before the server can say so, and raises it again when the server does
 * not agree. No word of the answer is lost over a cough. Thread-safe; its lock
 * is a leaf lock. */
typedef struct _GstOaiDucker GstOaiDucker;

/* How loud the answer is meanwhile: -14 dB. */
#define GST_OAI_DUCKER_GAIN 0.2
/* How long the server has: its own detector needs some 200 ms, the way there
 * and back the rest. */
#define GST_OAI_DUCKER_PATIENCE (800 * GST_MSECOND)

GstOaiDucker *gst_oai_ducker_new (void);
void gst_oai_ducker_free (GstOaiDucker *self);

/* Off (default), it hears nothing and changes nothing. */
void gst_oai_ducker_set_enabled (GstOaiDucker *self, gboolean enabled);

/* Whether the user's side speaks (GstOaiSpeechDetector), and whether an answer is
 * being played, now. */
void gst_oai_ducker_hear (
    GstOaiDucker *self, gboolean speech, gboolean speaking, GstClockTime now);

/* Applies the gain to @n samples of the answer, ramped over 20 ms. */
void gst_oai_ducker_apply (
    GstOaiDucker *self, gint16 *samples, gsize n, GstClockTime now);

/* The server agreed: what comes next is another answer. */
void gst_oai_ducker_agreed (GstOaiDucker *self);

G_END_DECLS
