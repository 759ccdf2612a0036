/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* GstOpenAIRealtimeBase: what the three elements have in common: properties,
 * signals, messages, states and the two ends of a stream. A subclass says which
 * halves it has. */
#define GST_TYPE_OPENAI_REALTIME_BASE (gst_openai_realtime_base_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstOpenAIRealtimeBase, gst_openai_realtime_base, GST,
    OPENAI_REALTIME_BASE, GstBin)

/**
 * GstOpenAIRealtimeBaseClass:
 * @role: the halves that instances have
 */
struct _GstOpenAIRealtimeBaseClass {
  GstBinClass parent_class;

  GstOaiRole role;
};

/* Adds the sink pad template / the input half, the source pad template / the
 * output half. For subclasses. */
void gst_openai_realtime_base_class_add_input (
    GstOpenAIRealtimeBaseClass *klass);
void gst_openai_realtime_base_class_add_output (
    GstOpenAIRealtimeBaseClass *klass);

G_END_DECLS
