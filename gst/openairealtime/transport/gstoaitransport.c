/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaitransport.h"

#include "transport/gstoaihttp.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_transport_debug);
#define GST_CAT_DEFAULT gst_oai_transport_debug

#define DEFAULT_TIMEOUT (10 * GST_SECOND)
#define DEFAULT_FRAME_SIZE_MS 20
#define DEFAULT_BITRATE 48000
#define DEFAULT_COMPLEXITY 5

typedef struct {
  /* Set once, before prepare. */
  GMainContext *context;
  GstOaiTransportCallbacks callbacks;
  gpointer user_data;

  /* Context thread only: one of connected and failed is reported, once. */
  gboolean connected;

  /* Atomic: no callback is started any more. */
  gint silent;
} GstOaiTransportPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstOaiTransport, gst_oai_transport,
    G_TYPE_OBJECT,
    G_ADD_PRIVATE (GstOaiTransport)
        GST_DEBUG_CATEGORY_INIT (gst_oai_transport_debug,
            "openairealtimetransport", 0, "OpenAI Realtime transport"))

#define PRIVATE(self)                                                          \
  ((GstOaiTransportPrivate *) gst_oai_transport_get_instance_private (self))

GObject *
gst_oai_transport_new_connections (void)
{
  return G_OBJECT (gst_oai_http_new ());
}

GstOaiCall *
gst_oai_call_new (void)
{
  GstOaiCall *call = g_new0 (GstOaiCall, 1);

  g_atomic_int_set (&call->ref_count, 1);
  call->timeout = DEFAULT_TIMEOUT;
  call->frame_size_ms = DEFAULT_FRAME_SIZE_MS;
  call->bitrate = DEFAULT_BITRATE;
  call->complexity = DEFAULT_COMPLEXITY;
  call->attempts = 1;
  return call;
}

GstOaiCall *
gst_oai_call_copy (const GstOaiCall *call)
{
  GstOaiCall *copy;

  g_return_val_if_fail (call != NULL, NULL);

  copy = g_new (GstOaiCall, 1);
  *copy = *call;
  g_atomic_int_set (&copy->ref_count, 1);
  copy->base_url = g_strdup (call->base_url);
  copy->api_key = g_strdup (call->api_key);
  copy->client_secret = g_strdup (call->client_secret);
  copy->headers = g_strdupv (call->headers);
  copy->session_json = g_strdup (call->session_json);
  copy->model = g_strdup (call->model);
  copy->tls_ca_file = g_strdup (call->tls_ca_file);
  copy->stun_server = g_strdup (call->stun_server);
  copy->turn_server = g_strdup (call->turn_server);
  return copy;
}

GstOaiCall *
gst_oai_call_ref (GstOaiCall *call)
{
  g_return_val_if_fail (call != NULL, NULL);

  g_atomic_int_inc (&call->ref_count);
  return call;
}

void
gst_oai_call_unref (GstOaiCall *call)
{
  g_return_if_fail (call != NULL);

  if (!g_atomic_int_dec_and_test (&call->ref_count))
    return;
  g_free (call->base_url);
  g_free (call->api_key);
  g_free (call->client_secret);
  g_strfreev (call->headers);
  g_free (call->session_json);
  g_free (call->model);
  g_free (call->tls_ca_file);
  g_free (call->stun_server);
  g_free (call->turn_server);
  g_free (call);
}

const gchar *
gst_oai_step_name (GstOaiStep step)
{
  switch (step) {
    case GST_OAI_STEP_OFFER:
      return "offer";
    case GST_OAI_STEP_HTTP:
      return "http";
    case GST_OAI_STEP_ICE:
      return "ice";
    case GST_OAI_STEP_DTLS:
      return "dtls";
    case GST_OAI_STEP_SESSION:
      return "session";
  }
  return "unknown";
}

static void
gst_oai_transport_finalize (GObject *object)
{
  GstOaiTransportPrivate *priv = PRIVATE (GST_OAI_TRANSPORT (object));

  g_clear_pointer (&priv->context, g_main_context_unref);

  G_OBJECT_CLASS (gst_oai_transport_parent_class)->finalize (object);
}

static void
gst_oai_transport_class_init (GstOaiTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_oai_transport_finalize;
}

static void
gst_oai_transport_init (GstOaiTransport *self)
{
}

void
gst_oai_transport_set_callbacks (GstOaiTransport *self, GMainContext *context,
    const GstOaiTransportCallbacks *callbacks, gpointer user_data)
{
  GstOaiTransportPrivate *priv;

  g_return_if_fail (GST_IS_OAI_TRANSPORT (self));
  g_return_if_fail (context != NULL);
  g_return_if_fail (callbacks != NULL);

  priv = PRIVATE (self);
  g_return_if_fail (priv->context == NULL);

  priv->context = g_main_context_ref (context);
  priv->callbacks = *callbacks;
  priv->user_data = user_data;
}

void
gst_oai_transport_prepare (GstOaiTransport *self)
{
  GstOaiTransportClass *klass;

  g_return_if_fail (GST_IS_OAI_TRANSPORT (self));
  g_return_if_fail (PRIVATE (self)->context != NULL);

  klass = GST_OAI_TRANSPORT_GET_CLASS (self);
  if (klass->prepare)
    klass->prepare (self);
}

void
gst_oai_transport_connect (GstOaiTransport *self, GstOaiCall *call)
{
  g_return_if_fail (GST_IS_OAI_TRANSPORT (self));
  g_return_if_fail (PRIVATE (self)->context != NULL);
  g_return_if_fail (call != NULL);

  if (g_atomic_int_get (&PRIVATE (self)->silent))
    return;
  GST_OAI_TRANSPORT_GET_CLASS (self)->connect (self, call);
}

gboolean
gst_oai_transport_send_audio (GstOaiTransport *self, GstBuffer *frame)
{
  g_return_val_if_fail (GST_IS_OAI_TRANSPORT (self), FALSE);
  g_return_val_if_fail (GST_IS_BUFFER (frame), FALSE);

  return GST_OAI_TRANSPORT_GET_CLASS (self)->send_audio (self, frame);
}

gboolean
gst_oai_transport_send_event (
    GstOaiTransport *self, const gchar *text, gsize size, GError **error)
{
  g_return_val_if_fail (GST_IS_OAI_TRANSPORT (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return GST_OAI_TRANSPORT_GET_CLASS (self)->send_event (
      self, text, size, error);
}

void
gst_oai_transport_close (GstOaiTransport *self, gboolean hangup,
    void (*done) (gpointer user_data), gpointer user_data)
{
  g_return_if_fail (GST_IS_OAI_TRANSPORT (self));

  g_atomic_int_set (&PRIVATE (self)->silent, TRUE);
  GST_OAI_TRANSPORT_GET_CLASS (self)->close (self, hangup, done, user_data);
}

void
gst_oai_transport_shutdown (GstOaiTransport *self)
{
  g_return_if_fail (GST_IS_OAI_TRANSPORT (self));

  g_atomic_int_set (&PRIVATE (self)->silent, TRUE);
  GST_OAI_TRANSPORT_GET_CLASS (self)->shutdown (self);
}

GstStructure *
gst_oai_transport_get_stats (GstOaiTransport *self)
{
  GstOaiTransportClass *klass;

  g_return_val_if_fail (GST_IS_OAI_TRANSPORT (self), NULL);

  klass = GST_OAI_TRANSPORT_GET_CLASS (self);
  if (klass->get_stats)
    return klass->get_stats (self);
  return gst_structure_new_empty ("openairealtime-transport-stats");
}

gchar *
gst_oai_transport_get_call_id (GstOaiTransport *self)
{
  GstOaiTransportClass *klass;

  g_return_val_if_fail (GST_IS_OAI_TRANSPORT (self), NULL);

  klass = GST_OAI_TRANSPORT_GET_CLASS (self);
  return klass->get_call_id ? klass->get_call_id (self) : NULL;
}

gsize
gst_oai_transport_get_max_event_size (GstOaiTransport *self)
{
  GstOaiTransportClass *klass;

  g_return_val_if_fail (GST_IS_OAI_TRANSPORT (self), 0);

  klass = GST_OAI_TRANSPORT_GET_CLASS (self);
  return klass->get_max_event_size ? klass->get_max_event_size (self) : 65536;
}

GMainContext *
gst_oai_transport_get_context (GstOaiTransport *self)
{
  return PRIVATE (self)->context;
}

void
gst_oai_transport_report_step (GstOaiTransport *self, GstOaiStep step)
{
  GstOaiTransportPrivate *priv = PRIVATE (self);

  if (g_atomic_int_get (&priv->silent))
    return;
  GST_DEBUG_OBJECT (self, "step %s done", gst_oai_step_name (step));
  if (priv->callbacks.step)
    priv->callbacks.step (step, priv->user_data);
}

void
gst_oai_transport_report_connected (GstOaiTransport *self)
{
  GstOaiTransportPrivate *priv = PRIVATE (self);

  if (g_atomic_int_get (&priv->silent) || priv->connected)
    return;
  priv->connected = TRUE;
  GST_INFO_OBJECT (self, "connected");
  if (priv->callbacks.connected)
    priv->callbacks.connected (priv->user_data);
}

void
gst_oai_transport_report_event (
    GstOaiTransport *self, GBytes *text, GstClockTime arrival)
{
  GstOaiTransportPrivate *priv = PRIVATE (self);

  if (g_atomic_int_get (&priv->silent))
    return;
  if (priv->callbacks.event)
    priv->callbacks.event (text, arrival, priv->user_data);
}

void
gst_oai_transport_report_packet (
    GstOaiTransport *self, const GstOaiPacket *packet)
{
  GstOaiTransportPrivate *priv = PRIVATE (self);

  if (g_atomic_int_get (&priv->silent))
    return;
  if (priv->callbacks.packet)
    priv->callbacks.packet (packet, priv->user_data);
}

void
gst_oai_transport_report_failed (GstOaiTransport *self, GstOaiError *error)
{
  GstOaiTransportPrivate *priv = PRIVATE (self);

  /* The first failure is the last word. */
  if (!g_atomic_int_compare_and_exchange (&priv->silent, FALSE, TRUE)) {
    gst_oai_error_free (error);
    return;
  }
  GST_INFO_OBJECT (
      self, "failed: %s (%s)", error->message, GST_STR_NULL (error->debug));
  if (priv->callbacks.failed)
    priv->callbacks.failed (error, priv->user_data);
  else
    gst_oai_error_free (error);
}
