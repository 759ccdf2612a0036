/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaieventqueue.h"

#include <string.h>

#include "protocol/gstoaieventassembler.h"
#include "protocol/gstoaijson.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_event_queue_debug);
#define GST_CAT_DEFAULT gst_oai_event_queue_debug

/* Texts handed over in one go, so that timers and HTTP get their turn too. */
#define BATCH 64

typedef struct {
  GBytes *text;
  GstClockTime arrival;
} Item;

struct _GstOaiEventQueue {
  GMainContext *context;
  GWeakRef owner;
  GstOaiEventQueueCallbacks callbacks;

  GMutex lock; /* protects everything below; a leaf lock */
  GstOaiEventAssembler assembler;
  GQueue items;
  gsize bytes;
  gint64 last_push; /* monotonic time, 0: never */
  gboolean scheduled; /* a drain is on its way */
  gboolean overflown;
  gboolean closed;
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_bytes_unref (item->text);
  g_free (item);
}

static void
gst_oai_event_queue_clear (gpointer data)
{
  GstOaiEventQueue *queue = data;

  g_queue_clear_full (&queue->items, item_free);
  gst_oai_event_assembler_clear (&queue->assembler);
  g_weak_ref_clear (&queue->owner);
  g_main_context_unref (queue->context);
  g_mutex_clear (&queue->lock);
}

GstOaiEventQueue *
gst_oai_event_queue_new (GMainContext *context, GObject *owner,
    const GstOaiEventQueueCallbacks *callbacks)
{
  static gsize once = 0;
  GstOaiEventQueue *queue;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_event_queue_debug,
        "openairealtimeeventqueue", 0, "OpenAI Realtime event queue");
    g_once_init_leave (&once, 1);
  }

  queue = g_atomic_rc_box_new0 (GstOaiEventQueue);
  queue->context = g_main_context_ref (context);
  g_weak_ref_init (&queue->owner, owner);
  queue->callbacks = *callbacks;
  g_mutex_init (&queue->lock);
  g_queue_init (&queue->items);
  return queue;
}

GstOaiEventQueue *
gst_oai_event_queue_ref (GstOaiEventQueue *queue)
{
  return g_atomic_rc_box_acquire (queue);
}

void
gst_oai_event_queue_unref (GstOaiEventQueue *queue)
{
  g_atomic_rc_box_release_full (queue, gst_oai_event_queue_clear);
}

static Item *
pop (GstOaiEventQueue *queue)
{
  Item *item;

  g_mutex_lock (&queue->lock);
  item = g_queue_pop_head (&queue->items);
  if (item)
    queue->bytes -= g_bytes_get_size (item->text);
  g_mutex_unlock (&queue->lock);
  return item;
}

static gboolean
on_drain (gpointer user_data)
{
  GstOaiEventQueue *queue = user_data;
  GObject *owner = g_weak_ref_get (&queue->owner);
  gboolean overflown = FALSE, more;
  guint i;

  for (i = 0; owner && i < BATCH; i++) {
    Item *item = pop (queue);

    if (!item)
      break;
    queue->callbacks.event (owner, item->text, item->arrival);
    item_free (item);
  }

  g_mutex_lock (&queue->lock);
  more = owner && queue->items.length > 0;
  if (!more) {
    queue->scheduled = FALSE;
    overflown = queue->overflown && !queue->closed;
    queue->closed |= overflown;
  }
  g_mutex_unlock (&queue->lock);

  if (owner && overflown)
    queue->callbacks.overflow (owner);
  g_clear_object (&owner);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Must be called with the lock. Takes @text. */
static void
append_unlocked (GstOaiEventQueue *queue, GBytes *text, GstClockTime arrival)
{
  Item *item = g_new (Item, 1);

  item->text = text;
  item->arrival = arrival;
  g_queue_push_tail (&queue->items, item);
  queue->bytes += g_bytes_get_size (text);
}

static gboolean
push (GstOaiEventQueue *queue, const gchar *text, gsize size, gboolean binary,
    GstClockTime arrival)
{
  gboolean schedule = FALSE, fits;
  gsize held;

  g_mutex_lock (&queue->lock);
  queue->last_push = g_get_monotonic_time ();
  held = gst_oai_event_assembler_held (&queue->assembler);
  if (binary && held == 0 && (size == 0 || text[0] != '{')) {
    g_mutex_unlock (&queue->lock);
    GST_WARNING (
        "binary message of %" G_GSIZE_FORMAT " bytes is no event", size);
    return TRUE;
  }
  fits = !queue->closed && !queue->overflown
      && held + size <= GST_OAI_JSON_MAX_SIZE
      && queue->items.length < GST_OAI_EVENT_QUEUE_MAX_EVENTS
      && queue->bytes + held + size <= GST_OAI_EVENT_QUEUE_MAX_BYTES;
  if (fits) {
    GBytes *event, *stale;

    event = gst_oai_event_assembler_push (
        &queue->assembler, text, size, arrival, &stale);
    if (stale)
      append_unlocked (queue, stale, arrival);
    if (event)
      append_unlocked (queue, event, arrival);
  } else if (!queue->closed && !queue->overflown) {
    GST_WARNING ("overflow: %u events, %" G_GSIZE_FORMAT
                 " bytes held, %" G_GSIZE_FORMAT " more",
        queue->items.length, queue->bytes + held, size);
    queue->overflown = TRUE;
  }
  if (!queue->closed && !queue->scheduled
      && (queue->items.length > 0 || queue->overflown)) {
    queue->scheduled = TRUE;
    schedule = TRUE;
  }
  g_mutex_unlock (&queue->lock);

  if (schedule) {
    GSource *source = g_idle_source_new ();

    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, on_drain, gst_oai_event_queue_ref (queue),
        (GDestroyNotify) gst_oai_event_queue_unref);
    g_source_attach (source, queue->context);
    g_source_unref (source);
  }
  return fits;
}

gboolean
gst_oai_event_queue_push (
    GstOaiEventQueue *queue, const gchar *text, GstClockTime arrival)
{
  return push (queue, text, strlen (text), FALSE, arrival);
}

gboolean
gst_oai_event_queue_push_binary (GstOaiEventQueue *queue, const gchar *data,
    gsize size, GstClockTime arrival)
{
  return push (queue, data, size, TRUE, arrival);
}

gboolean
gst_oai_event_queue_is_quiet (GstOaiEventQueue *queue, GstClockTime time)
{
  gint64 now = g_get_monotonic_time ();
  gboolean quiet;

  g_mutex_lock (&queue->lock);
  quiet = queue->items.length == 0
      && now - queue->last_push >= (gint64) (time / GST_USECOND);
  g_mutex_unlock (&queue->lock);
  return quiet;
}

void
gst_oai_event_queue_close (GstOaiEventQueue *queue)
{
  GQueue items = G_QUEUE_INIT;

  g_mutex_lock (&queue->lock);
  queue->closed = TRUE;
  items = queue->items;
  g_queue_init (&queue->items);
  queue->bytes = 0;
  gst_oai_event_assembler_clear (&queue->assembler);
  g_mutex_unlock (&queue->lock);
  g_queue_clear_full (&items, item_free);
}
