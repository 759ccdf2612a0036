/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RelaySchedule: what is to be done at some time, in the order of these times,
 * and of being added when they are the same. Belongs to one thread. */
typedef struct _RelaySchedule RelaySchedule;

/* @free_item is for what is in there when the schedule goes. */
RelaySchedule *relay_schedule_new (GDestroyNotify free_item);
void relay_schedule_free (RelaySchedule *schedule);

/* @time in us, of any clock. Takes @item. */
void relay_schedule_add (RelaySchedule *schedule, gint64 time, gpointer item);

guint relay_schedule_get_length (const RelaySchedule *schedule);
/* The time of the first; G_MAXINT64 when there is none. */
gint64 relay_schedule_get_next (const RelaySchedule *schedule);
/* The first when its time is not after @now, the caller owns it; else NULL. */
gpointer relay_schedule_pop (RelaySchedule *schedule, gint64 now);

/* Removes and frees all items for which @match (item, @user_data) is true. */
void relay_schedule_remove (RelaySchedule *schedule,
    gboolean (*match) (gconstpointer item, gconstpointer user_data),
    gconstpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelaySchedule, relay_schedule_free)

G_END_DECLS
