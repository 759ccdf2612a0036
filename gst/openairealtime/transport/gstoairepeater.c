/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoairepeater.h"

#include "protocol/gstoaidtlsflight.h"
#include "protocol/gstoaiprobe.h"
#include "protocol/gstoaisctp.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_repeater_debug);
#define GST_CAT_DEFAULT gst_oai_repeater_debug

/* First bytes of DTLS records (RFC 7983, 7). */
#define DTLS_FIRST 20
#define DTLS_LAST 63

/* Milliseconds after the first copy, or after the one before. */
#define DTLS_FIRST_DELAY 20
#define DTLS_COPIES 3
#define SCTP_COPIES 4
/* What an answer may take beyond a round trip. */
#define SCTP_MARGIN 20
/* Round trip, as long as none was seen. */
#define DEFAULT_RTT 80
/* Handshakes need a dozen datagrams. */
#define MAX_WATCHED 256

struct _GstOaiRepeater {
  GMainContext *context;

  gint stopped; /* atomic */
  gint n_repeated; /* atomic */
  GstOaiDtlsFlight *flight; /* dtlsenc's own thread only */

  GMutex lock; /* protects everything below */
  gint64 last_sent; /* of DTLS, since the last arrival; 0: none */
  gint64 last_arrival;
  gboolean init_answered;
  gboolean cookie_answered;
  guint rtt; /* ms */
  guint n_watched;
  GHashTable *timers; /* of GSource *, each with a reference */
};

/* One datagram that may have to be sent again. */
typedef struct {
  GstOaiRepeater *repeater;
  GstPad *pad; /* where it left */
  GstBuffer *buffer;
  gint chunk; /* GST_OAI_SCTP_INIT, _COOKIE_ECHO; -1: a DTLS datagram */
  gint64 sent;
  guint delay; /* ms */
  guint copies; /* still to be sent */
} Watched;

static void
gst_oai_repeater_clear (gpointer data)
{
  GstOaiRepeater *repeater = data;

  g_hash_table_unref (repeater->timers);
  gst_oai_dtls_flight_free (repeater->flight);
  g_main_context_unref (repeater->context);
  g_mutex_clear (&repeater->lock);
}

GstOaiRepeater *
gst_oai_repeater_new (GMainContext *context)
{
  static gsize once = 0;
  GstOaiRepeater *repeater;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_oai_repeater_debug, "openairealtimerepeater",
        0, "OpenAI Realtime handshake repeater");
    g_once_init_leave (&once, 1);
  }

  repeater = g_atomic_rc_box_new0 (GstOaiRepeater);
  repeater->context = g_main_context_ref (context);
  g_mutex_init (&repeater->lock);
  repeater->flight = gst_oai_dtls_flight_new ();
  repeater->rtt = DEFAULT_RTT;
  repeater->timers = g_hash_table_new_full (
      NULL, NULL, (GDestroyNotify) g_source_unref, NULL);
  return repeater;
}

GstOaiRepeater *
gst_oai_repeater_ref (GstOaiRepeater *repeater)
{
  return g_atomic_rc_box_acquire (repeater);
}

void
gst_oai_repeater_unref (GstOaiRepeater *repeater)
{
  g_atomic_rc_box_release_full (repeater, gst_oai_repeater_clear);
}

static void
watched_free (gpointer data)
{
  Watched *watched = data;

  gst_oai_repeater_unref (watched->repeater);
  gst_object_unref (watched->pad);
  gst_buffer_unref (watched->buffer);
  g_free (watched);
}

/* A thread of GStreamer's pool: a push may have to wait. */
static void
send_again (GstElement *element, gpointer user_data)
{
  Watched *watched = user_data;
  GstPad *peer;

  if (g_atomic_int_get (&watched->repeater->stopped))
    return;
  peer = gst_pad_get_peer (watched->pad);
  if (!peer)
    return;
  g_atomic_int_inc (&watched->repeater->n_repeated);
  /* Past the probe on our own pad. */
  gst_pad_chain (peer, gst_buffer_ref (watched->buffer));
  gst_object_unref (peer);
}

static gboolean
is_answered (const Watched *watched)
{
  GstOaiRepeater *repeater = watched->repeater;
  gboolean answered;

  g_mutex_lock (&repeater->lock);
  switch (watched->chunk) {
    case GST_OAI_SCTP_INIT:
      answered = repeater->init_answered;
      break;
    case GST_OAI_SCTP_COOKIE_ECHO:
      answered = repeater->cookie_answered;
      break;
    default:
      answered = repeater->last_arrival > watched->sent;
      break;
  }
  g_mutex_unlock (&repeater->lock);
  return answered;
}

static Watched *
watched_copy (const Watched *watched)
{
  Watched *copy = g_new (Watched, 1);

  *copy = *watched;
  gst_oai_repeater_ref (copy->repeater);
  gst_object_ref (copy->pad);
  gst_buffer_ref (copy->buffer);
  return copy;
}

static void schedule (Watched *watched);

static gboolean
on_due (gpointer user_data)
{
  Watched *watched = user_data;
  GstOaiRepeater *repeater = watched->repeater;
  GstElement *element;

  g_mutex_lock (&repeater->lock);
  g_hash_table_remove (repeater->timers, g_main_current_source ());
  g_mutex_unlock (&repeater->lock);
  if (g_atomic_int_get (&repeater->stopped) || is_answered (watched))
    return G_SOURCE_REMOVE;
  element = gst_pad_get_parent_element (watched->pad);
  if (!element)
    return G_SOURCE_REMOVE;

  GST_DEBUG_OBJECT (watched->pad,
      "no answer for %" G_GINT64_FORMAT " ms: once more",
      (g_get_monotonic_time () - watched->sent) / 1000);
  gst_element_call_async (
      element, send_again, watched_copy (watched), watched_free);
  gst_object_unref (element);

  if (watched->copies > 1) {
    Watched *next = watched_copy (watched);

    next->copies--;
    next->delay *= 2;
    schedule (next);
  }
  return G_SOURCE_REMOVE;
}

/* Takes @watched. */
static void
schedule (Watched *watched)
{
  GstOaiRepeater *repeater = watched->repeater;
  GSource *source = g_timeout_source_new (watched->delay);
  gboolean stopped;

  g_source_set_callback (source, on_due, watched, watched_free);
  g_mutex_lock (&repeater->lock);
  stopped = g_atomic_int_get (&repeater->stopped);
  if (!stopped) {
    g_hash_table_add (repeater->timers, g_source_ref (source));
    g_source_attach (source, repeater->context);
  }
  g_mutex_unlock (&repeater->lock);
  g_source_unref (source);
}

static void
watch (GstOaiRepeater *repeater, GstPad *pad, GstBuffer *buffer, gint chunk,
    guint delay, guint copies)
{
  Watched *watched = g_new0 (Watched, 1);

  watched->repeater = gst_oai_repeater_ref (repeater);
  watched->pad = gst_object_ref (pad);
  watched->buffer = gst_buffer_ref (buffer);
  watched->chunk = chunk;
  watched->sent = g_get_monotonic_time ();
  watched->delay = delay;
  watched->copies = copies;
  schedule (watched);
}

/* Whether one more may be watched. */
static gboolean
may_watch (GstOaiRepeater *repeater, gboolean dtls)
{
  gboolean may;

  g_mutex_lock (&repeater->lock);
  may = repeater->n_watched < MAX_WATCHED;
  repeater->n_watched++;
  if (dtls)
    repeater->last_sent = g_get_monotonic_time ();
  g_mutex_unlock (&repeater->lock);
  return may;
}

static GstPadProbeReturn
on_dtls (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstOaiRepeater *repeater = user_data;
  GstBufferList *out;
  GstPad *peer;
  guint i;

  if (g_atomic_int_get (&repeater->stopped))
    return GST_PAD_PROBE_REMOVE;
  out = gst_oai_dtls_flight_pack_probed (repeater->flight, info);
  /* Past this probe. */
  peer = gst_pad_get_peer (pad);
  for (i = 0; peer && i < gst_buffer_list_length (out); i++) {
    GstBuffer *datagram = gst_buffer_list_get (out, i);

    if (may_watch (repeater, TRUE))
      watch (repeater, pad, datagram, -1, DTLS_FIRST_DELAY, DTLS_COPIES);
    gst_pad_chain (peer, gst_buffer_ref (datagram));
  }
  gst_clear_object (&peer);
  gst_buffer_list_unref (out);

  return GST_PAD_PROBE_DROP;
}

typedef struct {
  GstOaiRepeater *repeater;
  GstPad *pad;
} Outlet;

static void
look_at_sent (GstBuffer *packet, gpointer user_data)
{
  const Outlet *outlet = user_data;
  GstOaiRepeater *repeater = outlet->repeater;
  gint chunk = gst_oai_sctp_first_chunk (packet);
  guint rtt;

  if ((chunk != GST_OAI_SCTP_INIT && chunk != GST_OAI_SCTP_COOKIE_ECHO)
      || !may_watch (repeater, FALSE))
    return;
  g_mutex_lock (&repeater->lock);
  rtt = repeater->rtt;
  g_mutex_unlock (&repeater->lock);
  watch (repeater, outlet->pad, packet, chunk, rtt + rtt / 4 + SCTP_MARGIN,
      SCTP_COPIES);
}

static GstPadProbeReturn
on_sctp_out (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Outlet outlet = { user_data, pad };

  if (g_atomic_int_get (&outlet.repeater->stopped))
    return GST_PAD_PROBE_REMOVE;
  gst_oai_probe_foreach (info, look_at_sent, &outlet);
  return GST_PAD_PROBE_OK;
}

static void
look_at_received (GstBuffer *packet, gpointer user_data)
{
  GstOaiRepeater *repeater = user_data;
  gint chunk = gst_oai_sctp_first_chunk (packet);

  g_mutex_lock (&repeater->lock);
  /* Each of these means that the association got further than INIT. */
  if (chunk == GST_OAI_SCTP_INIT_ACK || chunk == GST_OAI_SCTP_COOKIE_ECHO
      || chunk == GST_OAI_SCTP_COOKIE_ACK || chunk == GST_OAI_SCTP_DATA)
    repeater->init_answered = TRUE;
  if (chunk == GST_OAI_SCTP_COOKIE_ACK)
    repeater->cookie_answered = TRUE;
  g_mutex_unlock (&repeater->lock);
}

static GstPadProbeReturn
on_sctp_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstOaiRepeater *repeater = user_data;

  if (g_atomic_int_get (&repeater->stopped))
    return GST_PAD_PROBE_REMOVE;
  gst_oai_probe_foreach (info, look_at_received, repeater);
  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstOaiRepeater *repeater, GstElement *element, const gchar *name,
    GstPadProbeCallback probe)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  if (!pad)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, probe,
      gst_oai_repeater_ref (repeater), (GDestroyNotify) gst_oai_repeater_unref);
  gst_object_unref (pad);
}

void
gst_oai_repeater_watch_dtlsenc (GstOaiRepeater *repeater, GstElement *dtlsenc)
{
  add_probe (repeater, dtlsenc, "src", on_dtls);
}

void
gst_oai_repeater_watch_sctpenc (GstOaiRepeater *repeater, GstElement *sctpenc)
{
  add_probe (repeater, sctpenc, "src", on_sctp_out);
}

void
gst_oai_repeater_watch_sctpdec (GstOaiRepeater *repeater, GstElement *sctpdec)
{
  add_probe (repeater, sctpdec, "sink", on_sctp_in);
}

void
gst_oai_repeater_arrived (GstOaiRepeater *repeater, guint8 first)
{
  gint64 now;

  if (first < DTLS_FIRST || first > DTLS_LAST
      || g_atomic_int_get (&repeater->stopped))
    return;
  now = g_get_monotonic_time ();
  g_mutex_lock (&repeater->lock);
  if (repeater->last_sent > 0) {
    guint rtt = (guint) MIN ((now - repeater->last_sent) / 1000, G_MAXINT);

    /* A loss only makes it longer. */
    repeater->rtt = MIN (repeater->rtt, rtt);
    repeater->last_sent = 0;
  }
  repeater->last_arrival = now;
  g_mutex_unlock (&repeater->lock);
}

void
gst_oai_repeater_stop (GstOaiRepeater *repeater)
{
  g_autoptr (GPtrArray)
      timers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  GHashTableIter iter;
  gpointer timer;
  guint i;

  g_mutex_lock (&repeater->lock);
  g_atomic_int_set (&repeater->stopped, TRUE);
  g_hash_table_iter_init (&iter, repeater->timers);
  while (g_hash_table_iter_next (&iter, &timer, NULL))
    g_ptr_array_add (timers, g_source_ref (timer));
  g_hash_table_remove_all (repeater->timers);
  g_mutex_unlock (&repeater->lock);

  /* They hold references to us, and the context may never run again. */
  for (i = 0; i < timers->len; i++)
    g_source_destroy (g_ptr_array_index (timers, i));
}

guint
gst_oai_repeater_get_count (GstOaiRepeater *repeater)
{
  return (guint) g_atomic_int_get (&repeater->n_repeated);
}
