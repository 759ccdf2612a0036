/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiwarmup.h"

#include <gio/gio.h>
#include <gst/gst.h>

GST_DEBUG_CATEGORY_STATIC (gst_oai_warmup_debug);
#define GST_CAT_DEFAULT gst_oai_warmup_debug

typedef enum {
  WARMUP_NONE,
  WARMUP_RUNNING,
  WARMUP_READY, /* the key is there */
  WARMUP_OVER /* and the thread is gone */
} WarmupState;

typedef struct {
  GSource *source;
  GMainContext *context;
} Waiter;

/* Protects the state and the list. A leaf lock. */
static GMutex warmup_lock;
static GCond warmup_cond;
static WarmupState warmup_state;
static GSList *warmup_waiters;

/* GLib keeps them for the process. */
static gpointer
authorities_thread (gpointer unused)
{
  GstClockTime start = gst_util_get_timestamp ();
  GTlsBackend *backend = g_tls_backend_get_default ();

  if (g_tls_backend_supports_tls (backend)) {
    GTlsDatabase *database = g_tls_backend_get_default_database (backend);

    GST_INFO ("certificate authorities read after %" GST_TIME_FORMAT,
        GST_TIME_ARGS (gst_util_get_timestamp () - start));
    g_clear_object (&database);
  }
  return NULL;
}

static gpointer
warmup_thread (gpointer unused)
{
  static const gchar *const factories[] = { "sctpdec", "srtpdec", "srtpenc",
    "nicesrc", "rtpbin" };
  GstClockTime start = gst_util_get_timestamp ();
  GThread *authorities = g_thread_new (
      "oai-authorities", authorities_thread, NULL);
  GstElement *dtlsdec;
  GSList *waiters;
  guint i;

  dtlsdec = gst_element_factory_make ("dtlsdec", NULL);
  if (dtlsdec)
    gst_object_unref (gst_object_ref_sink (dtlsdec));
  GST_INFO ("DTLS key ready after %" GST_TIME_FORMAT,
      GST_TIME_ARGS (gst_util_get_timestamp () - start));

  g_mutex_lock (&warmup_lock);
  warmup_state = WARMUP_READY;
  waiters = g_steal_pointer (&warmup_waiters);
  g_mutex_unlock (&warmup_lock);

  waiters = g_slist_reverse (waiters);
  while (waiters) {
    Waiter *waiter = waiters->data;

    g_source_attach (waiter->source, waiter->context);
    g_source_unref (waiter->source);
    g_main_context_unref (waiter->context);
    g_free (waiter);
    waiters = g_slist_delete_link (waiters, waiters);
  }

  /* Opening these modules is not urgent but need not happen in webrtcbin's
   * thread either. */
  for (i = 0; i < G_N_ELEMENTS (factories); i++) {
    GstElementFactory *factory = gst_element_factory_find (factories[i]);
    GstPluginFeature *loaded;

    if (!factory)
      continue;
    loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));
    gst_clear_object (&loaded);
    gst_object_unref (factory);
  }

  g_thread_join (authorities);
  g_mutex_lock (&warmup_lock);
  warmup_state = WARMUP_OVER;
  g_cond_broadcast (&warmup_cond);
  g_mutex_unlock (&warmup_lock);
  return NULL;
}

void
gst_oai_warmup (GMainContext *context, GSourceFunc func, gpointer user_data,
    GDestroyNotify destroy)
{
  static gsize once = 0;
  GSource *source = NULL;
  gboolean start = FALSE, ready;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_warmup_debug, "openairealtimewarmup", 0,
        "OpenAI Realtime: what takes long the first time");
    g_once_init_leave (&once, 1);
  }

  if (func) {
    source = g_idle_source_new ();
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, func, user_data, destroy);
  }

  g_mutex_lock (&warmup_lock);
  if (warmup_state == WARMUP_NONE) {
    warmup_state = WARMUP_RUNNING;
    start = TRUE;
  }
  ready = warmup_state >= WARMUP_READY;
  if (source && !ready) {
    Waiter *waiter = g_new (Waiter, 1);

    waiter->source = g_steal_pointer (&source);
    waiter->context = g_main_context_ref (context);
    warmup_waiters = g_slist_prepend (warmup_waiters, waiter);
  }
  g_mutex_unlock (&warmup_lock);

  if (start)
    g_thread_unref (g_thread_new ("oai-warmup", warmup_thread, NULL));
  if (source) {
    g_source_attach (source, context);
    g_source_unref (source);
  }
}

void
gst_oai_warmup_wait (void)
{
  g_mutex_lock (&warmup_lock);
  while (warmup_state == WARMUP_RUNNING || warmup_state == WARMUP_READY)
    g_cond_wait (&warmup_cond, &warmup_lock);
  g_mutex_unlock (&warmup_lock);
}
