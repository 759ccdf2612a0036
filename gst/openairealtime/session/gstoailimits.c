/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoailimits.h"

void
gst_oai_limits_reset (GstOaiLimits *self)
{
  self->connected_at = GST_CLOCK_TIME_NONE;
  self->active_at = GST_CLOCK_TIME_NONE;
  self->prompting = FALSE;
}

void
gst_oai_limits_connected (GstOaiLimits *self, GstClockTime now)
{
  self->connected_at = now;
  self->active_at = now;
}

void
gst_oai_limits_active (GstOaiLimits *self, GstClockTime now)
{
  self->prompting = FALSE;
  self->active_at = now;
}

void
gst_oai_limits_handle_event (
    GstOaiLimits *self, GstOaiEvent event, GstClockTime now)
{
  switch (event) {
    case GST_OAI_EVENT_SPEECH_STARTED:
      gst_oai_limits_active (self, now);
      break;
    case GST_OAI_EVENT_TIMEOUT_TRIGGERED:
      self->prompting = TRUE;
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA:
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA:
      /* All that a translation, which has no turns, tells of somebody who talks. */
      if (!self->prompting)
        self->active_at = now;
      break;
    default:
      break;
  }
}

static gboolean
is_over (GstClockTime max, GstClockTime since, GstClockTime now)
{
  return max > 0 && GST_CLOCK_TIME_IS_VALID (since) && now >= since
      && now - since >= max;
}

GstOaiLimit
gst_oai_limits_check (
    GstOaiLimits *self, gdouble cost, gboolean quiet, GstClockTime now)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->connected_at))
    return GST_OAI_LIMIT_NONE;
  if (!quiet && !self->prompting)
    self->active_at = now;
  if (self->max_cost > 0.0 && cost >= self->max_cost)
    return GST_OAI_LIMIT_COST;
  if (is_over (self->max_duration, self->connected_at, now))
    return GST_OAI_LIMIT_DURATION;
  if (is_over (self->max_idle, self->active_at, now))
    return GST_OAI_LIMIT_IDLE;

  return GST_OAI_LIMIT_NONE;
}

const gchar *
gst_oai_limit_name (GstOaiLimit limit)
{
  switch (limit) {
    case GST_OAI_LIMIT_COST:
      return "max-cost";
    case GST_OAI_LIMIT_DURATION:
      return "max-duration";
    case GST_OAI_LIMIT_IDLE:
      return "max-idle";
    case GST_OAI_LIMIT_NONE:
      break;
  }
  return "none";
}
