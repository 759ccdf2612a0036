/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiEventQueue: carries event texts from any thread to one main context,
 * in order. Bounded, because a server can send faster than anyone can handle.
 * Reference counted, thread-safe. */
typedef struct _GstOaiEventQueue GstOaiEventQueue;

#define GST_OAI_EVENT_QUEUE_MAX_EVENTS 4096
#define GST_OAI_EVENT_QUEUE_MAX_BYTES (32 * 1024 * 1024)

/* @event: called on the context for each text.
 * @overflow: called on the context once, after the texts that had room. */
typedef struct {
  void (*event) (GObject *owner, GBytes *text, GstClockTime arrival);
  void (*overflow) (GObject *owner);
} GstOaiEventQueueCallbacks;

/* @owner is referenced weakly. */
GstOaiEventQueue *gst_oai_event_queue_new (GMainContext *context,
    GObject *owner, const GstOaiEventQueueCallbacks *callbacks);
GstOaiEventQueue *gst_oai_event_queue_ref (GstOaiEventQueue *queue);
void gst_oai_event_queue_unref (GstOaiEventQueue *queue);

/* Copies @text in. FALSE when it did not fit: nothing fits any more. */
gboolean gst_oai_event_queue_push (
    GstOaiEventQueue *queue, const gchar *text, GstClockTime arrival);

/* The same for a binary message. Some servers send their events so; what is not
 * the beginning of a JSON object, or more of one, is ignored. */
gboolean gst_oai_event_queue_push_binary (GstOaiEventQueue *queue,
    const gchar *data, gsize size, GstClockTime arrival);

/* Whether nothing waits, and nothing has come for @time. */
gboolean gst_oai_event_queue_is_quiet (
    GstOaiEventQueue *queue, GstClockTime time);

/* Drops what is held, for good. */
void gst_oai_event_queue_close (GstOaiEventQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiEventQueue, gst_oai_event_queue_unref)

G_END_DECLS
