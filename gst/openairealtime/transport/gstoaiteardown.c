/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiteardown.h"

#include "protocol/gstoaiprobe.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_teardown_debug);
#define GST_CAT_DEFAULT gst_oai_teardown_debug

/* RFC 6347, 4.3.1. */
#define DTLS_ALERT 21
#define GOODBYE_TIMEOUT (100 * G_TIME_SPAN_MILLISECOND)
#define TASKS_TIMEOUT (500 * G_TIME_SPAN_MILLISECOND)

typedef enum {
  GOODBYE_NONE,
  GOODBYE_SEEN,
  GOODBYE_SENT
} GoodbyeState;

typedef struct {
  GstElement *pipeline;
  GstElement *dtlsenc;

  GMutex lock; /* protects what follows */
  GCond cond;
  gboolean alert_seen;
  gboolean tasks_done;
  gboolean done;
} Teardown;

static void
teardown_clear (gpointer data)
{
  Teardown *teardown = data;

  g_mutex_clear (&teardown->lock);
  g_cond_clear (&teardown->cond);
}

static void
look_for_alert (GstBuffer *datagram, gpointer user_data)
{
  Teardown *teardown = user_data;
  guint8 first = 0;

  if (gst_buffer_extract (datagram, 0, &first, 1) == 1 && first == DTLS_ALERT) {
    g_mutex_lock (&teardown->lock);
    teardown->alert_seen = TRUE;
    g_cond_broadcast (&teardown->cond);
    g_mutex_unlock (&teardown->lock);
  }
}

static GstPadProbeReturn
on_outgoing (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gst_oai_probe_foreach (info, look_for_alert, user_data);
  return GST_PAD_PROBE_OK;
}

static void
release_teardown (gpointer teardown)
{
  g_atomic_rc_box_release_full (teardown, teardown_clear);
}

static GstPad *
find_network_pad (GstElement *pipeline)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (pipeline), "nicesink");
  GValue value = G_VALUE_INIT;
  GstPad *pad = NULL;

  if (gst_iterator_next (iterator, &value) == GST_ITERATOR_OK) {
    pad = gst_element_get_static_pad (g_value_get_object (&value), "sink");
    g_value_unset (&value);
  }
  gst_iterator_free (iterator);
  return pad;
}

/* dtlsenc answers EOS with a close_notify, so that a server which cannot be
 * told over HTTP does not have to wait for its ICE time-out. It goes out from
 * dtlsenc's own task: stopping before it has left would lose it. */
static void
say_goodbye (Teardown *teardown)
{
  gint64 deadline = g_get_monotonic_time () + GOODBYE_TIMEOUT;
  GstPad *sink = gst_element_get_static_pad (teardown->dtlsenc, "sink");
  GstPad *network = find_network_pad (teardown->pipeline);
  gboolean seen;

  if (sink && network) {
    gst_pad_add_probe (network,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_outgoing,
        g_atomic_rc_box_acquire (teardown), release_teardown);
    gst_pad_send_event (sink, gst_event_new_eos ());
    g_mutex_lock (&teardown->lock);
    while (!teardown->alert_seen
        && g_cond_wait_until (&teardown->cond, &teardown->lock, deadline))
      ;
    seen = teardown->alert_seen;
    g_mutex_unlock (&teardown->lock);
    if (seen) {
      /* The probe ran with this lock; when it is free, the packet is gone. */
      GST_PAD_STREAM_LOCK (network);
      GST_PAD_STREAM_UNLOCK (network);
    } else {
      GST_DEBUG ("no close_notify");
    }
  }
  gst_clear_object (&sink);
  gst_clear_object (&network);
}

static void
on_tasks_done (GstPromise *promise, gpointer user_data)
{
  Teardown *teardown = user_data;

  g_mutex_lock (&teardown->lock);
  teardown->tasks_done = TRUE;
  g_cond_broadcast (&teardown->cond);
  g_mutex_unlock (&teardown->lock);
}

/* What webrtcbin is asked for it does on a thread of its own, one after the other.
 * When it makes streams there while it is stopped, it leaves some of them behind with
 * their sockets. This question is answered when nothing else is under way: there is
 * no offer to be answered, so it changes nothing. Statistics would do as well, but
 * webrtcbin makes names for them that GLib keeps for ever, and in 1.28 loses a reference
 * to its RTP session each time. */
static void
wait_for_tasks (Teardown *teardown)
{
  gint64 deadline = g_get_monotonic_time () + TASKS_TIMEOUT;
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (teardown->pipeline), "webrtcbin");
  GValue value = G_VALUE_INIT;

  if (gst_iterator_next (iterator, &value) == GST_ITERATOR_OK) {
    GstPromise *promise = gst_promise_new_with_change_func (
        on_tasks_done, g_atomic_rc_box_acquire (teardown), release_teardown);

    g_signal_emit_by_name (
        g_value_get_object (&value), "create-answer", NULL, promise);
    gst_promise_unref (promise);
    g_mutex_lock (&teardown->lock);
    while (!teardown->tasks_done
        && g_cond_wait_until (&teardown->cond, &teardown->lock, deadline))
      ;
    if (!teardown->tasks_done)
      GST_WARNING ("webrtcbin does not come to an end");
    g_mutex_unlock (&teardown->lock);
    g_value_unset (&value);
  }
  gst_iterator_free (iterator);
}

static GstPadProbeReturn
on_incoming (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return GST_PAD_PROBE_DROP;
}

static void
stop_input (const GValue *value, gpointer user_data)
{
  GstPad *sink = gst_element_get_static_pad (
      g_value_get_object (value), "sink");

  if (sink) {
    gst_pad_add_probe (sink,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_incoming,
        NULL, NULL);
    gst_object_unref (sink);
  }
}

/* What comes while pads are shut one after the other finds some of them without
 * their segment: when that is the first RTCP packet, srtpdec (1.22) pushes it all
 * the same, and GStreamer warns. A server's farewell comes just then. */
static void
close_ears (GstElement *pipeline)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (pipeline), "dtlssrtpdec");

  while (
      gst_iterator_foreach (iterator, stop_input, NULL) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (iterator);
  gst_iterator_free (iterator);
}

static void
stop_straggler (const GValue *value, gpointer user_data)
{
  GstElement *element = g_value_get_object (value);

  if (GST_STATE (element) == GST_STATE_NULL
      && GST_STATE_PENDING (element) == GST_STATE_VOID_PENDING)
    return;
  GST_INFO ("%s has started too late", GST_ELEMENT_NAME (element));
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
}

/* Some element may run on in a pipeline that is in NULL: a nicesrc was seen to, with
 * its thread and sockets, once in some 700 calls with webrtcbin 1.22. It adds what
 * receives from a thread of its own, and brings it to the state that the pipeline
 * had a moment ago: when that crosses with the way down, this may be what comes of
 * it. That thread is gone now. */
static void
stop_stragglers (GstElement *pipeline)
{
  GstIterator *iterator = gst_bin_iterate_recurse (GST_BIN (pipeline));

  while (gst_iterator_foreach (iterator, stop_straggler, NULL)
      == GST_ITERATOR_RESYNC)
    gst_iterator_resync (iterator);
  gst_iterator_free (iterator);
}

static gpointer
teardown_thread (gpointer data)
{
  Teardown *teardown = data;

  if (teardown->dtlsenc) {
    say_goodbye (teardown);
    gst_clear_object (&teardown->dtlsenc);
  }
  wait_for_tasks (teardown);
  close_ears (teardown->pipeline);
  gst_element_set_state (teardown->pipeline, GST_STATE_NULL);
  stop_stragglers (teardown->pipeline);
  gst_clear_object (&teardown->pipeline);

  g_mutex_lock (&teardown->lock);
  teardown->done = TRUE;
  g_cond_broadcast (&teardown->cond);
  g_mutex_unlock (&teardown->lock);
  g_atomic_rc_box_release_full (teardown, teardown_clear);
  return NULL;
}

gboolean
gst_oai_teardown (GstElement *pipeline, GstElement *dtlsenc, gboolean wait)
{
  static gsize once = 0;
  Teardown *teardown;
  GThread *thread;
  gint64 deadline;
  gboolean done = FALSE;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_teardown_debug, "openairealtimeteardown",
        0, "OpenAI Realtime teardown");
    g_once_init_leave (&once, 1);
  }

  teardown = g_atomic_rc_box_new0 (Teardown);
  g_mutex_init (&teardown->lock);
  g_cond_init (&teardown->cond);
  teardown->pipeline = pipeline;
  teardown->dtlsenc = dtlsenc;

  deadline = g_get_monotonic_time () + GST_OAI_TEARDOWN_TIMEOUT;
  thread = g_thread_new (
      "oai-teardown", teardown_thread, g_atomic_rc_box_acquire (teardown));
  if (wait) {
    g_mutex_lock (&teardown->lock);
    while (!teardown->done
        && g_cond_wait_until (&teardown->cond, &teardown->lock, deadline))
      ;
    done = teardown->done;
    g_mutex_unlock (&teardown->lock);
  }

  if (done) {
    g_thread_join (thread);
  } else {
    if (wait) {
      GST_ERROR ("the media pipeline did not stop in %" G_GINT64_FORMAT
                 " ms and is left behind",
          GST_OAI_TEARDOWN_TIMEOUT / G_TIME_SPAN_MILLISECOND);
    }
    g_thread_unref (thread);
  }
  g_atomic_rc_box_release_full (teardown, teardown_clear);
  return done;
}
