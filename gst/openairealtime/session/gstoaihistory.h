/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <json-glib/json-glib.h>

#include "protocol/gstoaidialect.h"

G_BEGIN_DECLS

/* GstOaiHistory: the items of the conversation as the server has them, in its
 * order, kept up to date from its events. Thread-safe; its lock is a leaf lock.
 *
 * Sound and pictures are left out of them. Of more than GST_OAI_HISTORY_MAX items
 * the oldest are forgotten; the service drops them from its context long before. */
typedef struct _GstOaiHistory GstOaiHistory;

#define GST_OAI_HISTORY_MAX 2000

GstOaiHistory *gst_oai_history_new (void);
void gst_oai_history_free (GstOaiHistory *self);

/* A new conversation. */
void gst_oai_history_clear (GstOaiHistory *self);

/* Any event; those about items count. */
void gst_oai_history_handle_event (
    GstOaiHistory *self, GstOaiEvent event, JsonObject *object);

guint gst_oai_history_get_length (GstOaiHistory *self);

/* A JSON array of the items. */
gchar *gst_oai_history_to_string (GstOaiHistory *self);

G_END_DECLS
