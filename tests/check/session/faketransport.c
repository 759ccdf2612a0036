/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "faketransport.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define DEADLINE (20 * G_TIME_SPAN_SECOND)

struct _FakeTransport {
  GstOaiTransport parent;

  GstOaiCall *call;
  GPtrArray *sent; /* of JsonObject */
  guint frames;
  guint closed;
  gboolean hangup;
  gboolean refuse;
  gboolean is_shut_down;
  void (*done) (gpointer user_data);
  gpointer done_data;
};

static GMutex lock; /* protects everything here and in all transports */
static GCond cond;
static GPtrArray *made;
static GPtrArray *connected;
static gboolean confirms = TRUE;

G_DEFINE_TYPE (FakeTransport, fake_transport, GST_TYPE_OAI_TRANSPORT)

static void
fake_transport_do_connect (GstOaiTransport *transport, GstOaiCall *call)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);

  g_mutex_lock (&lock);
  self->call = gst_oai_call_ref (call);
  if (connected)
    g_ptr_array_add (connected, self);
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static gboolean
fake_transport_send_audio (GstOaiTransport *transport, GstBuffer *frame)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);

  gst_buffer_unref (frame);
  g_mutex_lock (&lock);
  self->frames++;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);

  return TRUE;
}

static gboolean
fake_transport_send_event (
    GstOaiTransport *transport, const gchar *text, gsize size, GError **error)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);
  JsonObject *object = gst_oai_json_parse_object (
      text, size, GST_OAI_JSON_MAX_SIZE, NULL);
  gboolean refuse;

  fail_unless (object != NULL, "not JSON: %s", text);
  g_mutex_lock (&lock);
  refuse = self->refuse;
  if (refuse)
    json_object_unref (object);
  else
    g_ptr_array_add (self->sent, object);
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  if (refuse)
    g_set_error_literal (
        error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "refused by the test");

  return !refuse;
}

static void
fake_transport_close (GstOaiTransport *transport, gboolean hangup,
    void (*done) (gpointer user_data), gpointer user_data)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);
  gboolean now;

  g_mutex_lock (&lock);
  self->closed++;
  self->hangup = self->hangup || hangup;
  now = confirms || !hangup;
  if (!now) {
    self->done = done;
    self->done_data = user_data;
  }
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  if (now && done)
    done (user_data);
}

static void
fake_transport_shutdown (GstOaiTransport *transport)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);

  g_mutex_lock (&lock);
  self->is_shut_down = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static gchar *
fake_transport_get_call_id (GstOaiTransport *transport)
{
  return g_strdup ("rtc_fake");
}

static void
fake_transport_finalize (GObject *object)
{
  FakeTransport *self = FAKE_TRANSPORT (object);

  g_clear_pointer (&self->call, gst_oai_call_unref);
  g_ptr_array_unref (self->sent);

  G_OBJECT_CLASS (fake_transport_parent_class)->finalize (object);
}

static void
fake_transport_class_init (FakeTransportClass *klass)
{
  GstOaiTransportClass *transport_class = GST_OAI_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_transport_finalize;
  transport_class->connect = fake_transport_do_connect;
  transport_class->send_audio = fake_transport_send_audio;
  transport_class->send_event = fake_transport_send_event;
  transport_class->close = fake_transport_close;
  transport_class->shutdown = fake_transport_shutdown;
  transport_class->get_call_id = fake_transport_get_call_id;
}

static void
fake_transport_init (FakeTransport *self)
{
  self->sent = g_ptr_array_new_with_free_func (
      (GDestroyNotify) json_object_unref);
}

GstOaiTransport *
fake_transport_new (void)
{
  FakeTransport *self = g_object_new (FAKE_TYPE_TRANSPORT, NULL);

  g_mutex_lock (&lock);
  if (made == NULL) {
    made = g_ptr_array_new_with_free_func (g_object_unref);
    connected = g_ptr_array_new ();
  }
  g_ptr_array_add (made, g_object_ref (self));
  g_mutex_unlock (&lock);

  return GST_OAI_TRANSPORT (self);
}

void
fake_transport_reset (void)
{
  GPtrArray *old;

  g_mutex_lock (&lock);
  old = g_steal_pointer (&made);
  g_clear_pointer (&connected, g_ptr_array_unref);
  confirms = TRUE;
  g_mutex_unlock (&lock);
  g_clear_pointer (&old, g_ptr_array_unref);
}

guint
fake_transport_count (void)
{
  guint n;

  g_mutex_lock (&lock);
  n = made ? made->len : 0;
  g_mutex_unlock (&lock);

  return n;
}

/* Waits until @condition; must be called with lock. */
#define WAIT_UNTIL(condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    gint64 deadline = g_get_monotonic_time () + DEADLINE;                      \
    gboolean in_time = TRUE;                                                   \
                                                                               \
    while (in_time && !(condition))                                            \
      in_time = g_cond_wait_until (&cond, &lock, deadline);                    \
    if (!(condition)) {                                                        \
      g_mutex_unlock (&lock);                                                  \
      fail ("waited in vain for " #condition);                                 \
    }                                                                          \
  }                                                                            \
  G_STMT_END

FakeTransport *
fake_transport_wait_connect (guint n)
{
  FakeTransport *self;

  g_mutex_lock (&lock);
  WAIT_UNTIL (connected && connected->len >= n);
  self = g_ptr_array_index (connected, n - 1);
  g_mutex_unlock (&lock);

  return self;
}

void
fake_transport_set_confirms (gboolean value)
{
  g_mutex_lock (&lock);
  confirms = value;
  g_mutex_unlock (&lock);
}

void
fake_transport_confirm (FakeTransport *self)
{
  void (*done) (gpointer user_data);

  g_mutex_lock (&lock);
  done = self->done;
  self->done = NULL;
  g_mutex_unlock (&lock);
  if (done)
    done (self->done_data);
}

void
fake_transport_set_refuse (FakeTransport *self, gboolean refuse)
{
  g_mutex_lock (&lock);
  self->refuse = refuse;
  g_mutex_unlock (&lock);
}

/* --- on the session's thread ------------------------------------------- */

typedef struct {
  FakeTransport *self;
  GBytes *bytes;
  GstOaiError *error;
  GstOaiStep step;
  void (*func) (gpointer step);
  gboolean done;
} Step;

static gboolean
run_step (gpointer data)
{
  Step *step = data;

  step->func (step);
  g_mutex_lock (&lock);
  step->done = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);

  return G_SOURCE_REMOVE;
}

static void
run (FakeTransport *self, Step *step, void (*func) (gpointer))
{
  GSource *source = g_idle_source_new ();

  step->self = self;
  step->func = func;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_step, step, NULL);
  g_source_attach (
      source, gst_oai_transport_get_context (GST_OAI_TRANSPORT (self)));
  g_source_unref (source);
  g_mutex_lock (&lock);
  WAIT_UNTIL (step->done);
  g_mutex_unlock (&lock);
}

static void
step_nothing (gpointer step)
{
}

static void
step_step (gpointer step)
{
  gst_oai_transport_report_step (
      GST_OAI_TRANSPORT (((Step *) step)->self), ((Step *) step)->step);
}

static void
step_connected (gpointer step)
{
  GstOaiTransport *transport = GST_OAI_TRANSPORT (((Step *) step)->self);

  gst_oai_transport_report_step (transport, GST_OAI_STEP_SESSION);
  gst_oai_transport_report_connected (transport);
}

static void
step_event (gpointer step)
{
  gst_oai_transport_report_event (GST_OAI_TRANSPORT (((Step *) step)->self),
      ((Step *) step)->bytes, g_get_monotonic_time () * GST_USECOND);
}

static void
step_fail (gpointer step)
{
  gst_oai_transport_report_failed (
      GST_OAI_TRANSPORT (((Step *) step)->self), ((Step *) step)->error);
}

void
fake_transport_sync (FakeTransport *self)
{
  Step step = { 0 };

  run (self, &step, step_nothing);
}

void
fake_transport_step (FakeTransport *self, GstOaiStep done)
{
  Step step = { .step = done };

  run (self, &step, step_step);
}

void
fake_transport_connected (FakeTransport *self)
{
  Step step = { 0 };

  run (self, &step, step_connected);
}

void
fake_transport_bytes (FakeTransport *self, gconstpointer data, gsize size)
{
  Step step = { 0 };

  step.bytes = g_bytes_new (data, size);
  run (self, &step, step_event);
  g_bytes_unref (step.bytes);
}

void
fake_transport_event (FakeTransport *self, const gchar *text)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');

  fake_transport_bytes (self, json, strlen (json));
}

static void
fail_as (FakeTransport *self, GstOaiErrorClass klass, const gchar *message)
{
  Step step = { 0 };

  step.error = gst_oai_error_new (klass, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE, message, "%s", message);
  run (self, &step, step_fail);
}

void
fake_transport_fail (FakeTransport *self, const gchar *message)
{
  fail_as (self, GST_OAI_ERROR_RETRYABLE, message);
}

void
fake_transport_fail_for_good (FakeTransport *self, const gchar *message)
{
  fail_as (self, GST_OAI_ERROR_FATAL, message);
}

void
fake_transport_packet (FakeTransport *self, guint16 seqnum)
{
  /* One Opus frame of 20 ms of silence. */
  static const guint8 opus[] = { 0xf8, 0xff, 0xfe };
  GstOaiPacket packet = { 0 };

  packet.payload = g_bytes_new_static (opus, sizeof (opus));
  packet.seqnum = seqnum;
  packet.rtp_time = seqnum * 960u;
  packet.ssrc = 1;
  packet.arrival = g_get_monotonic_time () * GST_USECOND;
  gst_oai_transport_report_packet (GST_OAI_TRANSPORT (self), &packet);
  g_bytes_unref (packet.payload);
}

/* --- what the session did ---------------------------------------------- */

const GstOaiCall *
fake_transport_get_call (FakeTransport *self)
{
  return self->call;
}

guint
fake_transport_n_sent (FakeTransport *self)
{
  guint n;

  g_mutex_lock (&lock);
  n = self->sent->len;
  g_mutex_unlock (&lock);

  return n;
}

JsonObject *
fake_transport_wait_sent (FakeTransport *self, guint n)
{
  JsonObject *event;

  g_mutex_lock (&lock);
  WAIT_UNTIL (self->sent->len > n);
  event = json_object_ref (g_ptr_array_index (self->sent, n));
  g_mutex_unlock (&lock);

  return event;
}

guint
fake_transport_n_frames (FakeTransport *self)
{
  guint n;

  g_mutex_lock (&lock);
  n = self->frames;
  g_mutex_unlock (&lock);

  return n;
}

void
fake_transport_wait_frames (FakeTransport *self, guint n)
{
  g_mutex_lock (&lock);
  WAIT_UNTIL (self->frames >= n);
  g_mutex_unlock (&lock);
}

gboolean
fake_transport_is_dtls_client (FakeTransport *self)
{
  gboolean client;

  g_mutex_lock (&lock);
  client = self->call && self->call->dtls_client;
  g_mutex_unlock (&lock);

  return client;
}

gboolean
fake_transport_hung_up (FakeTransport *self)
{
  gboolean hangup;

  g_mutex_lock (&lock);
  hangup = self->hangup;
  g_mutex_unlock (&lock);

  return hangup;
}

guint
fake_transport_n_closed (FakeTransport *self)
{
  guint n;

  g_mutex_lock (&lock);
  n = self->closed;
  g_mutex_unlock (&lock);

  return n;
}

void
fake_transport_wait_shutdown (FakeTransport *self)
{
  g_mutex_lock (&lock);
  WAIT_UNTIL (self->is_shut_down);
  g_mutex_unlock (&lock);
}
