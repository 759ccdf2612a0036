/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* GstOaiTextPads: the request pads of an element on which words and events
 * leave. Each has a GstOaiTextSrc in the bin; without a pad nothing is done. */
typedef struct _GstOaiTextPads GstOaiTextPads;

#define GST_OAI_TEXT_CAPS "text/x-raw, format = (string) utf8"
/* As the elements for JSON in gst-plugins-rs have it. */
#define GST_OAI_EVENT_CAPS "application/x-json"

/* Adds the pads' templates. */
void gst_oai_text_pads_install (GstElementClass *klass);

/* @bin is not owned. */
GstOaiTextPads *gst_oai_text_pads_new (GstBin *bin);
void gst_oai_text_pads_free (GstOaiTextPads *self);

/* NULL when @template is none of these, or there is that pad already. */
GstPad *gst_oai_text_pads_request (
    GstOaiTextPads *self, GstPadTemplate *template);
/* FALSE when @pad is none of these. */
gboolean gst_oai_text_pads_release (GstOaiTextPads *self, GstPad *pad);

/* What happens in the session and at the source pad. Any thread; never blocks. */
void gst_oai_text_pads_event (
    GstOaiTextPads *self, const GstOaiEventInfo *info);
void gst_oai_text_pads_frame (GstOaiTextPads *self, GstClockTime position,
    GstClockTime duration, gboolean playing, gboolean audible);
void gst_oai_text_pads_flush (GstOaiTextPads *self);
void gst_oai_text_pads_end (GstOaiTextPads *self);
/* A new stream begins. */
void gst_oai_text_pads_reset (GstOaiTextPads *self);

G_END_DECLS
