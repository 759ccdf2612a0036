/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schedule.h"

typedef struct {
  gint64 time;
  guint64 order;
  gpointer item;
} Entry;

struct _RelaySchedule {
  GDestroyNotify free_item;
  GArray *heap; /* of Entry */
  guint64 order;
};

RelaySchedule *
relay_schedule_new (GDestroyNotify free_item)
{
  RelaySchedule *schedule = g_new0 (RelaySchedule, 1);

  schedule->free_item = free_item;
  schedule->heap = g_array_new (FALSE, FALSE, sizeof (Entry));
  return schedule;
}

void
relay_schedule_free (RelaySchedule *schedule)
{
  guint i;

  if (schedule == NULL)
    return;
  for (i = 0; i < schedule->heap->len; i++)
    schedule->free_item (g_array_index (schedule->heap, Entry, i).item);
  g_array_unref (schedule->heap);
  g_free (schedule);
}

static gboolean
is_before (const Entry *a, const Entry *b)
{
  return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void
swap (Entry *a, Entry *b)
{
  Entry c = *a;

  *a = *b;
  *b = c;
}

static void
push (GArray *heap, const Entry *entry)
{
  Entry *e;
  guint i = heap->len;

  g_array_append_val (heap, *entry);
  e = (Entry *) (gpointer) heap->data;
  while (i > 0 && is_before (&e[i], &e[(i - 1) / 2])) {
    swap (&e[i], &e[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
}

void
relay_schedule_add (RelaySchedule *schedule, gint64 time, gpointer item)
{
  Entry entry = { time, schedule->order++, item };

  push (schedule->heap, &entry);
}

guint
relay_schedule_get_length (const RelaySchedule *schedule)
{
  return schedule->heap->len;
}

gint64
relay_schedule_get_next (const RelaySchedule *schedule)
{
  return schedule->heap->len > 0 ? g_array_index (schedule->heap, Entry, 0).time
                                 : G_MAXINT64;
}

gpointer
relay_schedule_pop (RelaySchedule *schedule, gint64 now)
{
  Entry *e = (Entry *) (gpointer) schedule->heap->data;
  gpointer first;
  guint i = 0, n;

  if (schedule->heap->len == 0 || e[0].time > now)
    return NULL;
  first = e[0].item;
  n = schedule->heap->len - 1;
  e[0] = e[n];
  g_array_set_size (schedule->heap, n);
  for (;;) {
    guint child = 2 * i + 1;

    if (child >= n)
      break;
    if (child + 1 < n && is_before (&e[child + 1], &e[child]))
      child++;
    if (!is_before (&e[child], &e[i]))
      break;
    swap (&e[i], &e[child]);
    i = child;
  }
  return first;
}

void
relay_schedule_remove (RelaySchedule *schedule,
    gboolean (*match) (gconstpointer item, gconstpointer user_data),
    gconstpointer user_data)
{
  GArray *old = schedule->heap;
  guint i;

  schedule->heap = g_array_new (FALSE, FALSE, sizeof (Entry));
  for (i = 0; i < old->len; i++) {
    Entry *entry = &g_array_index (old, Entry, i);

    if (match (entry->item, user_data))
      schedule->free_item (entry->item);
    else
      push (schedule->heap, entry);
  }
  g_array_unref (old);
}
