/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What a probe for GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST has
 * got is one packet or several. nicesrc pushes lists since GStreamer 1.28. A sink pad
 * without a function for lists shows a probe the list and then each packet of it. */

typedef void (*GstOaiProbeFunc) (GstBuffer *packet, gpointer user_data);

/* Calls @func for each packet, in their order. */
void gst_oai_probe_foreach (
    GstPadProbeInfo *info, GstOaiProbeFunc func, gpointer user_data);

typedef gboolean (*GstOaiProbeTest) (GstBuffer *packet, gpointer user_data);

/* Calls @passes for each packet, in their order, and takes those out for which it is
 * FALSE. Returns what the probe has to return. */
GstPadProbeReturn gst_oai_probe_filter (
    GstPadProbeInfo *info, GstOaiProbeTest passes, gpointer user_data);

G_END_DECLS
