/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiducker.h"

/* 20 ms from full to lowered. */
#define STEP ((1.0 - GST_OAI_DUCKER_GAIN) / 480)

struct _GstOaiDucker {
  GMutex lock; /* protects everything in this struct */
  gboolean enabled;
  gboolean speech;
  GstClockTime since; /* the answer is to be low since; NONE: it is not */
  gdouble gain;
};

GstOaiDucker *
gst_oai_ducker_new (void)
{
  GstOaiDucker *self = g_new0 (GstOaiDucker, 1);

  g_mutex_init (&self->lock);
  self->since = GST_CLOCK_TIME_NONE;
  self->gain = 1.0;
  return self;
}

void
gst_oai_ducker_free (GstOaiDucker *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_oai_ducker_set_enabled (GstOaiDucker *self, gboolean enabled)
{
  g_mutex_lock (&self->lock);
  if (enabled != self->enabled) {
    self->enabled = enabled;
    self->speech = FALSE;
    self->since = GST_CLOCK_TIME_NONE;
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_ducker_hear (
    GstOaiDucker *self, gboolean speech, gboolean speaking, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  if (self->enabled) {
    /* Who spoke before the answer began, the server has heard already. */
    if (speech && !self->speech && speaking)
      self->since = now;
    else if (!speech)
      self->since = GST_CLOCK_TIME_NONE;
    self->speech = speech;
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_ducker_apply (
    GstOaiDucker *self, gint16 *samples, gsize n, GstClockTime now)
{
  gdouble target = 1.0;
  gsize i;

  g_mutex_lock (&self->lock);
  if (GST_CLOCK_TIME_IS_VALID (self->since)) {
    /* Not again before the next onset: a noise that goes on is none. */
    if (now > self->since + GST_OAI_DUCKER_PATIENCE)
      self->since = GST_CLOCK_TIME_NONE;
    else
      target = GST_OAI_DUCKER_GAIN;
  }
  if (self->gain != 1.0 || target != 1.0) {
    for (i = 0; i < n; i++) {
      if (self->gain < target)
        self->gain = MIN (self->gain + STEP, target);
      else
        self->gain = MAX (self->gain - STEP, target);
      samples[i] = (gint16) (samples[i] * self->gain);
    }
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_ducker_agreed (GstOaiDucker *self)
{
  g_mutex_lock (&self->lock);
  self->since = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
}
