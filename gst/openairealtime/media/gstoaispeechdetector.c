/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaispeechdetector.h"

#include <math.h>
#include <string.h>

#define BLOCK 240
/* One pole at 100 Hz. */
#define HIGH_PASS 0.0258
#define MARGIN_DB 12.0
#define MIN_DB -50.0
#define SILENCE_DB -96.0
/* Of one block: 3 dB/s. */
#define FLOOR_RISE_DB 0.03
/* Silence that is digital says nothing about the noise of the room. */
#define MIN_FLOOR_DB -70.0
#define HISTORY_MASK 0x3f
#define HISTORY_NEEDED 5
#define HANG_OVER 30

void
gst_oai_speech_detector_init (GstOaiSpeechDetector *self)
{
  memset (self, 0, sizeof (*self));
}

static void
end_block (GstOaiSpeechDetector *self)
{
  gdouble level = self->energy > 0
      ? 10 * log10 (self->energy / BLOCK / (32768.0 * 32768.0))
      : SILENCE_DB;
  gboolean counts;

  if (!self->started) {
    self->floor = MAX (level, MIN_FLOOR_DB);
    self->started = TRUE;
  }
  counts = level > self->floor + MARGIN_DB && level > MIN_DB;
  if (level < self->floor)
    self->floor = MAX (level, MIN_FLOOR_DB);
  else
    self->floor = MIN (self->floor + FLOOR_RISE_DB, level);

  self->history = (self->history << 1 | counts) & HISTORY_MASK;
  self->quiet = counts ? 0 : self->quiet + 1;
  if (__builtin_popcount (self->history) >= HISTORY_NEEDED)
    self->speech = TRUE;
  else if (self->quiet >= HANG_OVER)
    self->speech = FALSE;
  self->energy = 0;
  self->n_samples = 0;
}

gboolean
gst_oai_speech_detector_push (
    GstOaiSpeechDetector *self, const gint16 *samples, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++) {
    gdouble high;

    self->low += HIGH_PASS * (samples[i] - self->low);
    high = samples[i] - self->low;
    self->energy += high * high;
    if (++self->n_samples == BLOCK)
      end_block (self);
  }
  return self->speech;
}

gboolean
gst_oai_speech_detector_hears (const GstOaiSpeechDetector *self)
{
  return self->speech && self->quiet == 0;
}
