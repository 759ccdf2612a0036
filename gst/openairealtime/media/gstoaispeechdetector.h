/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiSpeechDetector: says within 60 ms that somebody may be speaking. It is
 * quick and often wrong, and the server's detector has the last word: good for
 * lowering a voice, not for ending a turn.
 *
 * Sound is cut into blocks of 10 ms. A block counts when it is 12 dB above the
 * noise floor and above -50 dBFS, hum below 100 Hz aside; speech is when 5 of the
 * last 6 count, and it is over when none did for 300 ms. The floor follows falling
 * levels at once and rising ones by 3 dB/s, so that what goes on for seconds becomes
 * noise. */
typedef struct {
  gdouble low; /* state of the high-pass */
  gdouble energy; /* of the block that is being filled */
  guint n_samples; /* in it */
  gdouble floor; /* dBFS */
  guint8 history; /* a bit for each of the last blocks */
  guint quiet; /* blocks since the last that counted */
  gboolean started; /* the floor is known */
  gboolean speech;
} GstOaiSpeechDetector;

void gst_oai_speech_detector_init (GstOaiSpeechDetector *self);

/* Takes @n samples, 24 kHz mono. Returns whether there is speech at their
 * end. */
gboolean gst_oai_speech_detector_push (
    GstOaiSpeechDetector *self, const gint16 *samples, gsize n);

/* Whether the last block that was complete counted as speech itself. */
gboolean gst_oai_speech_detector_hears (const GstOaiSpeechDetector *self);

G_END_DECLS
