/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "protocol/gstoaidialect.h"
#include "session/gstoaiprices.h"

G_BEGIN_DECLS

/* GstOaiMeter: what one session uses, from the server's events. It knows which
 * models are at work, also when a client secret or the server chose them. Pure;
 * one thread. */
typedef struct _GstOaiMeter GstOaiMeter;

/* Takes @prices. @model, @transcription_model: (nullable): what was asked for,
 * until the server says more. */
GstOaiMeter *gst_oai_meter_new (
    GstOaiPrices *prices, const gchar *model, const gchar *transcription_model);
void gst_oai_meter_free (GstOaiMeter *self);

/* Counts what @object says that was used; @usage is that alone. Returns the
 * message "openairealtime-usage", or NULL when it says nothing about that. */
GstStructure *gst_oai_meter_handle_event (GstOaiMeter *self, GstOaiEvent event,
    JsonObject *object, GstOaiUsage *usage);

/* What was used so far. */
const GstOaiUsage *gst_oai_meter_get_total (GstOaiMeter *self);

/* A model that was used and has no price, each told once; NULL: none that is
 * news. */
const gchar *gst_oai_meter_get_unpriced (GstOaiMeter *self);

/* Adds to a "openairealtime-turn" what its response used. */
void gst_oai_meter_describe_turn (GstOaiMeter *self, GstStructure *turn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiMeter, gst_oai_meter_free)

G_END_DECLS
