/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoailastwords.h"

#include "protocol/gstoaiprobe.h"
#include "protocol/gstoaisctp.h"

/* A peer that sends more of them has no other purpose. */
#define MAX_HELD 16

typedef struct {
  gint *n_held; /* atomic, reference counted */
  GWeakRef pad;
  GstBuffer *packet;
} Held;

static GQuark
delayed_quark (void)
{
  return g_quark_from_static_string ("gst-oai-delayed");
}

/* Takes @packet. */
static Held *
held_new (gint *n_held, GstPad *pad, GstBuffer *packet)
{
  Held *held = g_new0 (Held, 1);

  held->n_held = g_atomic_rc_box_acquire (n_held);
  g_atomic_int_inc (held->n_held);
  g_weak_ref_init (&held->pad, pad);
  held->packet = packet;

  return held;
}

static void
held_free (gpointer data)
{
  Held *held = data;

  g_atomic_int_add (held->n_held, -1);
  g_atomic_rc_box_release (held->n_held);
  g_weak_ref_clear (&held->pad);
  gst_clear_buffer (&held->packet);
  g_free (held);
}

/* A thread of GStreamer's pool: a push may have to wait. */
static void
deliver (GstElement *element, gpointer user_data)
{
  Held *held = user_data;
  GstPad *pad = g_weak_ref_get (&held->pad);

  if (pad)
    gst_pad_chain (pad, g_steal_pointer (&held->packet));
  gst_clear_object (&pad);
}

/* The clock's thread. */
static gboolean
on_due (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  Held *held = user_data;
  GstPad *pad = g_weak_ref_get (&held->pad);
  GstElement *element = pad ? gst_pad_get_parent_element (pad) : NULL;

  if (element)
    gst_element_call_async (element, deliver,
        held_new (held->n_held, pad, g_steal_pointer (&held->packet)),
        held_free);
  gst_clear_object (&element);
  gst_clear_object (&pad);

  return TRUE;
}

typedef struct {
  GstPad *pad;
  gint *n_held;
} Guard;

static gboolean
may_pass (GstBuffer *packet, gpointer user_data)
{
  Guard *guard = user_data;
  gint *n_held = guard->n_held;
  GstClock *clock;
  GstClockID id;

  if (gst_mini_object_get_qdata (GST_MINI_OBJECT (packet), delayed_quark ())
      || !gst_oai_sctp_has_chunk (packet, GST_OAI_SCTP_RE_CONFIG)
      || g_atomic_int_get (n_held) >= MAX_HELD)
    return TRUE;
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT (packet), delayed_quark (), n_held, NULL);
  /* Not in a context of ours: an application may hold that up. */
  clock = gst_system_clock_obtain ();
  id = gst_clock_new_single_shot_id (
      clock, gst_clock_get_time (clock) + GST_OAI_LAST_WORDS_DELAY);
  gst_clock_id_wait_async (id, on_due,
      held_new (n_held, guard->pad, gst_buffer_ref (packet)), held_free);
  gst_clock_id_unref (id);
  gst_object_unref (clock);

  return FALSE;
}

static GstPadProbeReturn
on_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Guard guard = { pad, user_data };

  return gst_oai_probe_filter (info, may_pass, &guard);
}

void
gst_oai_last_words_guard (GstElement *sctpdec)
{
  GstPad *pad = gst_element_get_static_pad (sctpdec, "sink");

  if (!pad)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
      g_atomic_rc_box_new0 (gint), g_atomic_rc_box_release);
  gst_object_unref (pad);
}
