/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include "peer.h"
#include "transport/gstoaiwebrtctransport.h"

#define DEADLINE (20 * G_TIME_SPAN_SECOND)
#define FRAME_MS 20
#define FRAME_SAMPLES (24000 * FRAME_MS / 1000)
#define CLIENT_TONE 400

/* --- An owner of a transport, with a thread for its context --- */

typedef struct {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GstOaiTransport *transport;

  GMutex lock; /* protects everything below */
  GCond cond;
  guint n_steps;
  GstOaiStep steps[16];
  guint n_connected;
  guint n_failed;
  GstOaiError *error;
  GPtrArray *events;
  guint n_packets;
  guint payload_bytes;
  GstClockTime last_arrival;
  guint n_done;
  gulong slow_us; /* how long each event takes to handle */
} Client;

static void
on_step (GstOaiStep step, gpointer user_data)
{
  Client *client = user_data;

  g_mutex_lock (&client->lock);
  if (client->n_steps < G_N_ELEMENTS (client->steps))
    client->steps[client->n_steps++] = step;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static void
on_connected (gpointer user_data)
{
  Client *client = user_data;

  g_mutex_lock (&client->lock);
  client->n_connected++;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static void
on_event (GBytes *text, GstClockTime arrival, gpointer user_data)
{
  Client *client = user_data;
  gsize size;
  const gchar *data = g_bytes_get_data (text, &size);

  if (client->slow_us)
    g_usleep (client->slow_us);
  g_mutex_lock (&client->lock);
  g_ptr_array_add (client->events, g_strndup (data, size));
  client->last_arrival = arrival;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static void
on_packet (const GstOaiPacket *packet, gpointer user_data)
{
  Client *client = user_data;

  g_mutex_lock (&client->lock);
  client->n_packets++;
  client->payload_bytes += g_bytes_get_size (packet->payload);
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static void
on_failed (GstOaiError *error, gpointer user_data)
{
  Client *client = user_data;

  GST_INFO ("%s (%s)", error->message, error->debug);
  g_mutex_lock (&client->lock);
  client->n_failed++;
  g_clear_pointer (&client->error, gst_oai_error_free);
  client->error = error;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static const GstOaiTransportCallbacks callbacks = {
  .step = on_step,
  .connected = on_connected,
  .event = on_event,
  .packet = on_packet,
  .failed = on_failed,
};

static gpointer
client_thread (gpointer user_data)
{
  Client *client = user_data;

  g_main_context_push_thread_default (client->context);
  g_main_loop_run (client->loop);
  /* Replies that were cancelled come once more. */
  while (g_main_context_iteration (client->context, FALSE))
    ;
  g_main_context_pop_thread_default (client->context);
  return NULL;
}

typedef struct {
  Client *client;
  void (*func) (Client *, gpointer);
  gpointer data;
  gboolean done;
} Invocation;

static gboolean
run_invocation (gpointer user_data)
{
  Invocation *invocation = user_data;
  Client *client = invocation->client;

  invocation->func (client, invocation->data);
  g_mutex_lock (&client->lock);
  invocation->done = TRUE;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
  return G_SOURCE_REMOVE;
}

/* Runs @func on the context thread and waits for it. */
static void
client_run (Client *client, void (*func) (Client *, gpointer), gpointer data)
{
  Invocation invocation = { client, func, data, FALSE };
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_invocation, &invocation, NULL);
  g_source_attach (source, client->context);
  g_source_unref (source);
  g_mutex_lock (&client->lock);
  while (!invocation.done)
    g_cond_wait (&client->cond, &client->lock);
  g_mutex_unlock (&client->lock);
}

static void
do_prepare (Client *client, gpointer unused)
{
  gst_oai_transport_prepare (client->transport);
}

static Client *
client_new (void)
{
  Client *client = g_new0 (Client, 1);

  g_mutex_init (&client->lock);
  g_cond_init (&client->cond);
  client->events = g_ptr_array_new_with_free_func (g_free);
  client->context = g_main_context_new ();
  client->loop = g_main_loop_new (client->context, FALSE);
  client->thread = g_thread_new ("client", client_thread, client);
  client->transport = gst_oai_webrtc_transport_new ();
  gst_oai_transport_set_callbacks (
      client->transport, client->context, &callbacks, client);
  client_run (client, do_prepare, NULL);
  return client;
}

static void
on_done (gpointer user_data)
{
  Client *client = user_data;

  g_mutex_lock (&client->lock);
  client->n_done++;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static void
do_close (Client *client, gpointer hangup)
{
  gst_oai_transport_close (
      client->transport, GPOINTER_TO_INT (hangup), on_done, client);
}

static gboolean
wait_for (Client *client, guint *counter, guint target)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean ok;

  g_mutex_lock (&client->lock);
  while (*counter < target && client->n_failed == 0
         && g_cond_wait_until (&client->cond, &client->lock, deadline))
    ;
  ok = *counter >= target;
  g_mutex_unlock (&client->lock);
  return ok;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
client_free_with (Client *client, gboolean hangup)
{
  GSource *source;
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  client_run (client, do_close, GINT_TO_POINTER (hangup));
  gst_oai_transport_shutdown (client->transport);
  g_mutex_lock (&client->lock);
  while (client->n_done == 0
         && g_cond_wait_until (&client->cond, &client->lock, deadline))
    ;
  fail_unless_equals_int (client->n_done, 1);
  g_mutex_unlock (&client->lock);

  source = g_idle_source_new ();
  g_source_set_callback (source, quit, client->loop, NULL);
  g_source_attach (source, client->context);
  g_source_unref (source);
  g_thread_join (client->thread);
  gst_check_object_destroyed_on_unref (client->transport);
  g_main_loop_unref (client->loop);
  g_main_context_unref (client->context);
  g_clear_pointer (&client->error, gst_oai_error_free);
  g_ptr_array_unref (client->events);
  g_mutex_clear (&client->lock);
  g_cond_clear (&client->cond);
  g_free (client);
}

static void
client_free (Client *client)
{
  client_free_with (client, FALSE);
}

static GstOaiCall *
new_call (const gchar *base_url)
{
  GstOaiCall *call = gst_oai_call_new ();

  call->base_url = g_strdup (base_url);
  call->api_key = g_strdup ("sk-test-key");
  call->session_json = g_strdup ("{\"type\":\"realtime\",\"model\":\"m\"}");
  call->timeout = 10 * GST_SECOND;
  return call;
}

static void
do_connect (Client *client, gpointer call)
{
  gst_oai_transport_connect (client->transport, call);
}

static void
client_connect_call (Client *client, GstOaiCall *call)
{
  client_run (client, do_connect, call);
  gst_oai_call_unref (call);
}

static void
client_connect (Client *client, Peer *peer)
{
  client_connect_call (client, new_call (peer_base_url (peer)));
  if (!wait_for (client, &client->n_connected, 1)) {
    fail ("not connected: %s (%s)",
        client->error ? client->error->message : "time-out",
        client->error ? client->error->debug : "");
  }
}

static GstOaiError *
client_wait_failure (Client *client)
{
  fail_unless (wait_for (client, &client->n_failed, 1), "no failure");
  fail_unless_equals_int (client->n_failed, 1);
  return client->error;
}

typedef struct {
  const gchar *text;
  gsize size;
  gboolean ok;
  GError *error;
} Sending;

static void
do_send (Client *client, gpointer data)
{
  Sending *sending = data;

  sending->ok = gst_oai_transport_send_event (
      client->transport, sending->text, sending->size, &sending->error);
}

static gboolean
client_send (Client *client, const gchar *text, gsize size, GError **error)
{
  Sending sending = { text, size, FALSE, NULL };

  client_run (client, do_send, &sending);
  if (sending.error)
    g_propagate_error (error, sending.error);
  return sending.ok;
}

static GstBuffer *
tone_frame (guint number)
{
  gint16 *samples = g_new (gint16, FRAME_SAMPLES);
  guint i;

  for (i = 0; i < FRAME_SAMPLES; i++) {
    samples[i] = 10000
                 * sin (2 * G_PI * CLIENT_TONE
                        * ((guint64) number * FRAME_SAMPLES + i) / 24000.0);
  }
  return gst_buffer_new_wrapped (samples, FRAME_SAMPLES * 2);
}

/* Sends @n frames of the tone in real time. */
static void
client_send_tone (Client *client, guint n)
{
  GstClock *clock = gst_system_clock_obtain ();
  GstClockTime start = g_get_monotonic_time () * GST_USECOND;
  guint i;

  for (i = 0; i < n; i++) {
    GstBuffer *frame = tone_frame (i);
    GstClockID id = gst_clock_new_single_shot_id (
        clock, start + i * FRAME_MS * GST_MSECOND);

    gst_clock_id_wait (id, NULL);
    gst_clock_id_unref (id);
    GST_BUFFER_PTS (frame) = start + i * FRAME_MS * GST_MSECOND;
    fail_unless (gst_oai_transport_send_audio (client->transport, frame));
  }
  gst_object_unref (clock);
}

static gboolean
heard_tone (Peer *peer, gpointer unused)
{
  return fabs (peer_heard_frequency (peer) - CLIENT_TONE) < 10;
}

static gboolean
has_events (Peer *peer, gpointer n)
{
  return peer_n_events (peer) >= GPOINTER_TO_UINT (n);
}

GST_START_TEST (test_connects_and_reports_steps_in_order)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstStructure *stats;
  gchar *call_id;
  guint i;

  client_connect (client, peer);
  fail_unless_equals_int (client->n_steps, 5);
  for (i = 0; i < 5; i++)
    fail_unless_equals_int (client->steps[i], i);
  call_id = gst_oai_transport_get_call_id (client->transport);
  fail_unless_equals_string (call_id, "rtc_test_1");
  g_free (call_id);
  stats = gst_oai_transport_get_stats (client->transport);
  GST_INFO ("%" GST_PTR_FORMAT, stats);
  fail_unless (gst_structure_has_field (stats, "step-session"));
  gst_structure_free (stats);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_events_both_ways)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GError *error = NULL;
  gchar *text;

  client_connect (client, peer);
  fail_unless (client_send (client, "{\"a\":1}junk", 7, &error));
  fail_unless (peer_wait (peer, has_events, GUINT_TO_POINTER (1)));
  text = peer_event (peer, 0);
  fail_unless_equals_string (text, "{\"a\":1}");
  g_free (text);
  fail_unless (wait_for (client, &client->events->len, 1));
  fail_unless_equals_string (
      g_ptr_array_index (client->events, 0), "echo:{\"a\":1}");
  fail_unless (client->last_arrival
               <= (GstClockTime) g_get_monotonic_time () * GST_USECOND);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_audio_both_ways)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();

  client_connect (client, peer);
  client_send_tone (client, 60);
  fail_unless (peer_wait (peer, heard_tone, NULL), "heard %f Hz",
      peer_heard_frequency (peer));
  fail_unless (wait_for (client, &client->n_packets, 50));
  fail_unless (client->payload_bytes > client->n_packets * 10);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_wrong_fingerprint_ends_before_anything_is_sent)
{
  PeerConfig config = { .fingerprint = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiError *error;

  client_connect_call (client, new_call (peer_base_url (peer)));
  error = client_wait_failure (client);
  fail_unless_equals_int (error->domain, GST_STREAM_ERROR);
  fail_unless_equals_int (error->code, GST_STREAM_ERROR_DECRYPT);
  fail_unless_equals_int (error->klass, GST_OAI_ERROR_FATAL);
  fail_unless_equals_int (client->n_connected, 0);
  fail_unless_equals_int (client->n_packets, 0);
  fail_unless_equals_int (client->events->len, 0);
  client_free (client);
  fail_unless_equals_int (peer_n_protected_packets (peer), 0);
  peer_free (peer);
}
GST_END_TEST;

static Suite *
transport_webrtc_suite (void)
{
  Suite *s = suite_create ("transport_webrtc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_connects_and_reports_steps_in_order);
  tcase_add_test (tc, test_events_both_ways);
  tcase_add_test (tc, test_audio_both_ways);
  tcase_add_test (tc, test_wrong_fingerprint_ends_before_anything_is_sent);
  return s;
}

GST_CHECK_MAIN (transport_webrtc);
