/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "session/gstoaisession.h"

G_BEGIN_DECLS

/* The signals of the elements, and what an event becomes. */

/* Adds the signals that tell what happened to @klass. */
void gst_oai_signals_install (GstElementClass *klass);

/* Emits "event" and the typed signal for @info on @element. */
void gst_oai_signals_emit (GstElement *element, const GstOaiEventInfo *info);

/* Emits "function-call"; the first handler that returns text answers. */
/* Whether the application wants to be asked for client secrets, and its answer. Any
 * thread; the handler may take its time. */
gboolean gst_oai_signals_has_secret_source (GstElement *element);
gchar *gst_oai_signals_emit_request_secret (GstElement *element);

gchar *gst_oai_signals_emit_function_call (GstElement *element,
    const gchar *call_id, const gchar *name, const gchar *arguments);

/* Posts @info as ELEMENT messages: "openairealtime-event" always, and
 * "openairealtime-transcript" when it completes one. */
void gst_oai_signals_post (GstElement *element, const GstOaiEventInfo *info);

G_END_DECLS
