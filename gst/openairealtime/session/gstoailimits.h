/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaidialect.h"

G_BEGIN_DECLS

/* Why a session has to end. */
typedef enum {
  GST_OAI_LIMIT_NONE,
  GST_OAI_LIMIT_COST,
  GST_OAI_LIMIT_DURATION,
  GST_OAI_LIMIT_IDLE
} GstOaiLimit;

/* GstOaiLimits: how long and how dear a session may become. A plain value, and
 * pure: the time comes with every call (monotonic, ns).
 * @max_cost: USD, 0 for none
 * @max_duration: from the connect on, 0 for none
 * @max_idle: without anybody who talks, 0 for none */
typedef struct {
  gdouble max_cost;
  GstClockTime max_duration;
  GstClockTime max_idle;

  GstClockTime connected_at;
  GstClockTime active_at;
  gboolean prompting;
} GstOaiLimits;

/* A session begins; it is connected. Limits stay. */
void gst_oai_limits_reset (GstOaiLimits *self);
void gst_oai_limits_connected (GstOaiLimits *self, GstClockTime now);

/* The application or the user did something. */
void gst_oai_limits_active (GstOaiLimits *self, GstClockTime now);
/* An event came. That the model speaks by itself, as the user is silent for too
 * long, is no sign of life of the user. */
void gst_oai_limits_handle_event (
    GstOaiLimits *self, GstOaiEvent event, GstClockTime now);

/* The limit that is reached, with @cost so far; @quiet: nobody talks and nothing
 * is waited for. */
GstOaiLimit gst_oai_limits_check (
    GstOaiLimits *self, gdouble cost, gboolean quiet, GstClockTime now);

/* Its property: "max-cost", "max-duration", "max-idle". */
const gchar *gst_oai_limit_name (GstOaiLimit limit);

G_END_DECLS
