/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiteardown.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_teardown_debug);
#define GST_CAT_DEFAULT gst_oai_teardown_debug

typedef struct {
  GstElement *pipeline;
  GstElement *dtlsenc;

  GMutex lock; /* protects done */
  GCond cond;
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
say_goodbye (GstElement *dtlsenc)
{
  GstPad *sink = gst_element_get_static_pad (dtlsenc, "sink");

  /* dtlsenc answers EOS with a close_notify, so that a server which cannot be
   * told over HTTP does not have to wait for its ICE time-out. */
  if (sink) {
    gst_pad_send_event (sink, gst_event_new_eos ());
    gst_object_unref (sink);
  }
}

static gpointer
teardown_thread (gpointer data)
{
  Teardown *teardown = data;

  if (teardown->dtlsenc) {
    say_goodbye (teardown->dtlsenc);
    gst_clear_object (&teardown->dtlsenc);
  }
  gst_element_set_state (teardown->pipeline, GST_STATE_NULL);
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
