/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>

#include "peer.h"
#include "transport/gstoailiveness.h"
#include "transport/gstoailocaladdresses.h"
#include "transport/gstoaireceiverreport.h"
#include "transport/gstoairtptap.h"
#include "transport/gstoaisignaller.h"
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
  gboolean hold; /* no event is handled as long as this is set */
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

  g_mutex_lock (&client->lock);
  while (client->hold)
    g_cond_wait (&client->cond, &client->lock);
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
        * sin (2 * G_PI * CLIENT_TONE * ((guint64) number * FRAME_SAMPLES + i)
            / 24000.0);
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

static gboolean
has_requests (Peer *peer, gpointer n)
{
  return peer_n_requests (peer) >= GPOINTER_TO_UINT (n);
}

GST_START_TEST (test_api_key_posts_two_exact_parts)
{
  PeerConfig config = { .status = 500 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  gchar *body, *type, *text, *expected, *offer_end;
  const gchar *boundary;

  client_connect_call (client, new_call (peer_base_url (peer)));
  client_wait_failure (client);
  type = peer_last_request_header (peer, "Content-Type");
  fail_unless (g_str_has_prefix (type, "multipart/form-data; boundary="));
  boundary = strchr (type, '=') + 1;
  body = peer_last_request_body (peer);
  expected = g_strdup_printf ("--%s\r\n"
                              "Content-Disposition: form-data; name=\"sdp\"\r\n"
                              "Content-Type: application/sdp\r\n\r\nv=0\r\n",
      boundary);
  fail_unless (g_str_has_prefix (body, expected), "%s", body);
  g_free (expected);
  expected = g_strdup_printf (
      "\r\n--%s\r\n"
      "Content-Disposition: form-data; name=\"session\"\r\n"
      "Content-Type: application/json\r\n\r\n"
      "{\"type\":\"realtime\",\"model\":\"m\"}\r\n--%s--\r\n",
      boundary, boundary);
  fail_unless (g_str_has_suffix (body, expected), "%s", body);
  /* The offer ends with a line end of its own. */
  offer_end = body + strlen (body) - strlen (expected);
  fail_unless (memcmp (offer_end - 2, "\r\n", 2) == 0);
  fail_unless (strstr (body, "a=max-message-size:262144\r\n") != NULL);
  fail_unless (strstr (body, "a=rtpmap:111 opus/48000/2\r\n") != NULL);
  fail_unless (strstr (body, "a=candidate:") != NULL);
  fail_unless (strstr (body, "filename") == NULL);
  g_free (expected);
  g_free (body);
  g_free (type);

  text = peer_last_request_header (peer, "Authorization");
  fail_unless_equals_string (text, "Bearer sk-test-key");
  g_free (text);
  text = peer_last_request_header (peer, "Accept");
  fail_unless_equals_string (text, "application/sdp");
  g_free (text);
  text = peer_last_request_header (peer, "User-Agent");
  fail_unless_equals_string (text, "gst-openai-realtime/" PACKAGE_VERSION);
  g_free (text);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_client_secret_posts_the_bare_offer)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  gchar *text;

  call->client_secret = g_strdup ("ek_test");
  client_connect_call (client, call);
  fail_unless (wait_for (client, &client->n_connected, 1));
  text = peer_last_request_header (peer, "Content-Type");
  fail_unless_equals_string (text, "application/sdp");
  g_free (text);
  text = peer_last_request_header (peer, "Authorization");
  fail_unless_equals_string (text, "Bearer ek_test");
  g_free (text);
  text = peer_last_request_body (peer);
  fail_unless (g_str_has_prefix (text, "v=0\r\n"));
  fail_unless (g_str_has_suffix (text, "\r\n"));
  g_free (text);
  /* An ephemeral key cannot hang up. */
  client_free_with (client, TRUE);
  fail_unless_equals_int (peer_n_hangups (peer), 0);
  peer_free (peer);
}
GST_END_TEST;

static gchar **
test_headers (void)
{
  static const gchar *const headers[] = { "OpenAI-Organization", "org-1",
    "OpenAI-Project", "proj_1", "X-Trace", "on", NULL };

  return g_strdupv ((gchar **) headers);
}

static void
assert_headers (gchar *(*get) (Peer *peer, const gchar *name), Peer *peer)
{
  g_autofree gchar *organization = get (peer, "OpenAI-Organization");
  g_autofree gchar *project = get (peer, "OpenAI-Project");
  g_autofree gchar *trace = get (peer, "X-Trace");

  fail_unless_equals_string (organization, "org-1");
  fail_unless_equals_string (project, "proj_1");
  fail_unless_equals_string (trace, "on");
}

static void
assert_header (gchar *text, const gchar *expected)
{
  fail_unless_equals_string (text, expected);
  g_free (text);
}

static gboolean
has_hangups (Peer *peer, gpointer n)
{
  return peer_n_hangups (peer) >= GPOINTER_TO_UINT (n);
}

GST_START_TEST (test_headers_go_with_every_request)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));

  call->mint_secret = TRUE;
  call->headers = test_headers ();
  client_connect_call (client, call);
  fail_unless (wait_for (client, &client->n_connected, 1));
  client_free_with (client, TRUE);
  fail_unless (peer_wait (peer, has_hangups, GUINT_TO_POINTER (1)));
  assert_headers (peer_secret_header, peer);
  assert_headers (peer_last_request_header, peer);
  assert_headers (peer_hangup_header, peer);
  peer_free (peer);
}
GST_END_TEST;

/* The key makes the secret and hangs up; the call is the secret's. */
GST_START_TEST (test_minted_secret_places_the_call)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  gchar *text;

  call->mint_secret = TRUE;
  client_connect_call (client, call);
  fail_unless (wait_for (client, &client->n_connected, 1));
  fail_unless_equals_int (peer_n_secrets (peer), 1);
  assert_header (
      peer_secret_header (peer, "Authorization"), "Bearer sk-test-key");
  assert_header (peer_secret_header (peer, "Content-Type"), "application/json");
  assert_header (
      peer_secret_header (peer, ":path"), "/v1/realtime/client_secrets");
  text = peer_secret_body (peer);
  fail_unless_equals_string (text,
      "{\"expires_after\":{\"anchor\":\"created_at\",\"seconds\":60},"
      "\"session\":{\"type\":\"realtime\",\"model\":\"m\"}}");
  g_free (text);
  assert_header (
      peer_last_request_header (peer, "Authorization"), "Bearer ek_minted");
  assert_header (
      peer_last_request_header (peer, "Content-Type"), "application/sdp");
  assert_header (
      peer_last_request_header (peer, ":path"), "/v1/realtime/calls");
  client_free_with (client, TRUE);
  fail_unless (peer_wait (peer, has_hangups, GUINT_TO_POINTER (1)));
  assert_header (
      peer_hangup_header (peer, "Authorization"), "Bearer sk-test-key");
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_secret_of_the_caller_is_not_minted)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));

  call->mint_secret = TRUE;
  call->client_secret = g_strdup ("ek_test");
  client_connect_call (client, call);
  fail_unless (wait_for (client, &client->n_connected, 1));
  fail_unless_equals_int (peer_n_secrets (peer), 0);
  assert_header (
      peer_last_request_header (peer, "Authorization"), "Bearer ek_test");
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

static const struct {
  guint status;
  const gchar *body;
  gint code;
} bad_secrets[] = {
  { 401, "{\"error\":{\"message\":\"no\",\"code\":\"invalid_api_key\"}}",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 404, "", GST_RESOURCE_ERROR_NOT_FOUND },
  { 200, "", GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 200, "{}", GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 200, "{\"value\":\"\"}", GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 200, "{\"value\":17}", GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 200, "{\"value\":\"ek_\\r\\nX-Forged: yes\"}",
      GST_RESOURCE_ERROR_OPEN_READ_WRITE },
};

/* No offer goes out then. */
GST_START_TEST (test_secret_that_is_not_minted_fails)
{
  PeerConfig config = { .secret_status = bad_secrets[__i__].status,
    .secret_body = bad_secrets[__i__].body };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiError *error;

  call->mint_secret = TRUE;
  client_connect_call (client, call);
  error = client_wait_failure (client);
  fail_unless_equals_int (error->domain, GST_RESOURCE_ERROR);
  fail_unless_equals_int (error->code, bad_secrets[__i__].code);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "step"), "http");
  fail_unless_equals_int (peer_n_requests (peer), 0);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

typedef struct {
  gboolean over;
  gint code; /* of the error; 0: there was none */
} OfferEnd;

static void
on_offer_end (const gchar *answer, GstOaiError *error, gpointer user_data)
{
  OfferEnd *end = user_data;

  end->over = TRUE;
  end->code = error ? error->code : 0;
  if (error)
    gst_oai_error_free (error);
}

/* A request keeps its signaller. */
static void
wait_for_requests (GstOaiSignaller *signaller)
{
  while (g_atomic_int_get (&G_OBJECT (signaller)->ref_count) > 1)
    g_main_context_iteration (NULL, TRUE);
}

static const struct {
  PeerConfig config;
  gboolean wait; /* the offer comes after the reply about the secret */
  gint code;
  guint n_offers;
} secrets_beside_offers[] = {
  { { .status = 503 }, FALSE, GST_RESOURCE_ERROR_BUSY, 1 },
  { { .status = 503 }, TRUE, GST_RESOURCE_ERROR_BUSY, 1 },
  { { .secret_status = 401, .secret_body = "{}" }, FALSE,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, 0 },
  { { .secret_status = 401, .secret_body = "{}" }, TRUE,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, 0 },
};

/* The offer takes time to make, the secret does, too. A refusal is told with the
 * offer. */
GST_START_TEST (test_secret_is_made_beside_the_offer)
{
  PeerConfig config = secrets_beside_offers[__i__].config;
  guint n_offers = secrets_beside_offers[__i__].n_offers;
  Peer *peer = peer_new (&config);
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiSignaller *signaller = gst_oai_signaller_new (call);
  OfferEnd end = { FALSE };

  call->mint_secret = TRUE;
  gst_oai_signaller_preconnect (signaller, NULL);
  if (secrets_beside_offers[__i__].wait)
    wait_for_requests (signaller);
  fail_if (end.over);
  gst_oai_signaller_send_offer (signaller, "v=0", NULL, on_offer_end, &end);
  wait_for_requests (signaller);
  fail_unless (end.over);
  fail_unless_equals_int (end.code, secrets_beside_offers[__i__].code);
  fail_unless_equals_int (peer_n_secrets (peer), 1);
  fail_unless_equals_int (peer_n_requests (peer), n_offers);
  if (n_offers > 0)
    assert_header (
        peer_last_request_header (peer, "Authorization"), "Bearer ek_minted");
  g_object_unref (signaller);
  gst_oai_call_unref (call);
  peer_free (peer);
}
GST_END_TEST;

/* The call ended before there was an offer. */
GST_START_TEST (test_secret_for_nobody_leaves_nothing)
{
  PeerConfig config = { .secret_status = __i__ == 2 ? 500 : 200 };
  Peer *peer = peer_new (&config);
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiSignaller *signaller = gst_oai_signaller_new (call);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  call->mint_secret = TRUE;
  gst_oai_signaller_preconnect (signaller, cancellable);
  if (__i__ == 0)
    g_cancellable_cancel (cancellable);
  wait_for_requests (signaller);
  fail_unless_equals_int (peer_n_requests (peer), 0);
  g_object_unref (signaller);
  gst_oai_call_unref (call);
  peer_free (peer);
}
GST_END_TEST;

/* As servers had it before. */
GST_START_TEST (test_nested_secret_is_found)
{
  PeerConfig config = { .secret_body = "{\"client_secret\":{\"value\":"
                                       "\"ek_nested\"}}" };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));

  call->mint_secret = TRUE;
  client_connect_call (client, call);
  fail_unless (wait_for (client, &client->n_connected, 1));
  assert_header (
      peer_last_request_header (peer, "Authorization"), "Bearer ek_nested");
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_no_credential_sends_no_authorization)
{
  PeerConfig config = { .status = 500 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));

  g_clear_pointer (&call->api_key, g_free);
  client_connect_call (client, call);
  client_wait_failure (client);
  fail_unless (peer_last_request_header (peer, "Authorization") == NULL);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

/* Azure's "?webrtcfilter=on", for example. */
GST_START_TEST (test_query_of_the_address_goes_behind_the_path)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  g_autofree gchar *url = g_strconcat (
      peer_base_url (peer), "?webrtcfilter=on", NULL);
  gchar *text;

  client_connect_call (client, new_call (url));
  fail_unless (wait_for (client, &client->n_connected, 1));
  text = peer_last_request_header (peer, ":path");
  fail_unless_equals_string (text, "/v1/realtime/calls?webrtcfilter=on");
  g_free (text);
  client_free_with (client, TRUE);
  fail_unless (peer_wait (peer, has_hangups, GUINT_TO_POINTER (1)));
  text = peer_hangup_header (peer, ":path");
  fail_unless_equals_string (
      text, "/v1/realtime/calls/rtc_test_1/hangup?webrtcfilter=on");
  g_free (text);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_redirect_is_refused)
{
  PeerConfig config = { .redirect = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiError *error;
  gint status = 0;

  client_connect_call (client, new_call (peer_base_url (peer)));
  error = client_wait_failure (client);
  fail_unless_equals_int (error->domain, GST_RESOURCE_ERROR);
  fail_unless (gst_structure_get_int (error->details, "http-status", &status));
  fail_unless_equals_int (status, 307);
  client_free (client);
  fail_unless_equals_int (peer_n_requests (peer), 1);
  fail_unless_equals_int (peer_n_redirected (peer), 0);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_http_error_keeps_the_words_of_the_server)
{
  PeerConfig config = { .status = 401,
    .body = "{\"error\":{\"message\":\"Incorrect API key\","
            "\"type\":\"invalid_request_error\",\"param\":null,"
            "\"code\":\"invalid_api_key\"}}" };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiError *error;

  client_connect_call (client, new_call (peer_base_url (peer)));
  error = client_wait_failure (client);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  fail_unless_equals_int (error->klass, GST_OAI_ERROR_FATAL);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "code"), "invalid_api_key");
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "server-message"),
      "Incorrect API key");
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "request-id"), "req_test");
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "step"), "http");
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_refused_connection_fails)
{
  Client *client = client_new ();
  GstOaiError *error;

  /* Port 1 (tcpmux) of this machine: nobody listens. */
  client_connect_call (client, new_call ("http://127.0.0.1:1/v1"));
  error = client_wait_failure (client);
  fail_unless_equals_int (error->domain, GST_RESOURCE_ERROR);
  fail_unless (error->message != NULL);
  client_free (client);
}
GST_END_TEST;

static const PeerConfig bad_answers[] = {
  { .garbage = TRUE },
  { .huge = TRUE },
};

GST_START_TEST (test_bad_answer_fails)
{
  Peer *peer = peer_new (&bad_answers[__i__]);
  Client *client = client_new ();
  GstOaiError *error;
  gint status = 0;

  client_connect_call (client, new_call (peer_base_url (peer)));
  error = client_wait_failure (client);
  fail_unless_equals_int (error->domain, GST_RESOURCE_ERROR);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_unless (gst_structure_get_int (error->details, "http-status", &status));
  fail_unless_equals_int (status, 201);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "request-id"), "req_test");
  /* The server has a call all the same. */
  client_free_with (client, TRUE);
  fail_unless_equals_int (peer_n_hangups (peer), 1);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_json_answer_without_location_connects)
{
  PeerConfig config = { .json_answer = TRUE, .location = "" };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();

  client_connect (client, peer);
  fail_unless (gst_oai_transport_get_call_id (client->transport) == NULL);
  client_free_with (client, TRUE);
  fail_unless_equals_int (peer_n_hangups (peer), 0);
  peer_free (peer);
}
GST_END_TEST;

static const struct {
  PeerConfig config;
  GstClockTime timeout; /* a busy machine has to get as far as this step */
  const gchar *step;
} silences[] = {
  { { .no_answer = TRUE }, 5 * GST_SECOND, "http" },
  { { .dead_media = TRUE }, 5 * GST_SECOND, "ice" },
};

GST_START_TEST (test_timeout_names_the_step)
{
  Peer *peer = peer_new (&silences[__i__].config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiError *error;

  call->timeout = silences[__i__].timeout;
  client_connect_call (client, call);
  error = client_wait_failure (client);
  fail_unless_equals_int (error->klass, GST_OAI_ERROR_RETRYABLE);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "step"), silences[__i__].step);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

/* Nobody is there. With a relay: tests/interop/test_coturn.py. */
#define NO_TURN_SERVER "turn://joe:secret@127.0.0.1:9"

GST_START_TEST (test_no_path_names_the_turn_server)
{
  PeerConfig config = { .dead_media = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiError *error;

  call->turn_server = g_strdup (NO_TURN_SERVER);
  call->timeout = 4 * GST_SECOND;
  client_connect_call (client, call);
  error = client_wait_failure (client);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "step"), "ice");
  fail_unless (strstr (error->message, "TURN server gave none") != NULL, "%s",
      error->message);
  fail_if (
      strstr (error->message, "secret") || strstr (error->debug, "secret"));
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_relayed_call_is_not_placed_without_a_relay)
{
  PeerConfig config = { 0 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GstOaiCall *call = new_call (peer_base_url (peer));
  GstOaiError *error;

  call->turn_server = g_strdup (NO_TURN_SERVER);
  call->relay_only = TRUE;
  client_connect_call (client, call);
  error = client_wait_failure (client);
  fail_unless_equals_int (error->klass, GST_OAI_ERROR_RETRYABLE);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "step"), "offer");
  fail_unless (
      strstr (error->debug, "gave no relay") != NULL, "%s", error->debug);
  fail_unless_equals_int (peer_n_requests (peer), 0);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_nothing_is_queued_before_connected)
{
  PeerConfig config = { .no_answer = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GError *error = NULL;

  fail_if (gst_oai_transport_send_audio (client->transport, tone_frame (0)));
  client_connect_call (client, new_call (peer_base_url (peer)));
  fail_unless (peer_wait (peer, has_requests, GUINT_TO_POINTER (1)));
  fail_if (gst_oai_transport_send_audio (client->transport, tone_frame (0)));
  fail_if (client_send (client, "{}", 2, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED));
  g_clear_error (&error);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

static gboolean
has_bytes (Peer *peer, gpointer n)
{
  guint i, n_events = peer_n_events (peer);
  gsize size = 0;

  for (i = 0; i < n_events; i++)
    size += peer_event_size (peer, i);
  return size == GPOINTER_TO_UINT (n);
}

static gchar *
long_event (gsize size)
{
  gchar *text = g_malloc (size + 1);

  memset (text, 'x', size);
  text[size] = '\0';
  return text;
}

GST_START_TEST (test_event_above_64_kib_goes_through)
{
  PeerConfig config = { .max_message_size = 1073741823 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  GError *error = NULL;
  gsize size = 200 * 1024;
  gchar *text = long_event (size);

  client_connect (client, peer);
  fail_unless (client_send (client, text, size, &error));
  /* The peer gets it in pieces, as every webrtcbin does. */
  fail_unless (peer_wait (peer, has_bytes, GUINT_TO_POINTER (size)));
  g_free (text);

  /* Above what we offered ourselves. */
  size = 262144 + 1;
  text = long_event (size);
  fail_if (client_send (client, text, size, &error));
  fail_unless (
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE));
  fail_unless (strstr (error->message, "262144") != NULL);
  g_clear_error (&error);
  g_free (text);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_event_too_large_for_the_server_is_refused)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GError *error = NULL;
  gchar *text = long_event (65537);

  client_connect (client, peer);
  fail_if (client_send (client, text, 65537, &error));
  fail_unless (
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE));
  fail_unless (strstr (error->message, "65537 bytes") != NULL
          && strstr (error->message, "at most 65536") != NULL,
      "%s", error->message);
  g_clear_error (&error);
  /* It did no harm. */
  fail_unless (client_send (client, text, 65536, &error));
  fail_unless (peer_wait (peer, has_events, GUINT_TO_POINTER (1)));
  fail_unless_equals_int (peer_event_size (peer, 0), 65536);
  g_free (text);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_event_above_64_kib_arrives_whole)
{
  Peer *peer;
  PeerConfig config = { .max_message_size = 1073741823 };
  Client *client = client_new ();
  gchar *filler = long_event (150 * 1024);
  gchar *text = g_strdup_printf (
      "{\"type\":\"x\",\"a\":[\"\\\"}]\",{\"b\":\"%s\"}]}", filler);

  peer = peer_new (&config);
  client_connect (client, peer);
  peer_send (peer, "{}");
  peer_send (peer, text);
  peer_send (peer, "{\"c\":1}");
  fail_unless (wait_for (client, &client->events->len, 3));
  fail_unless_equals_string (g_ptr_array_index (client->events, 0), "{}");
  fail_unless (g_str_equal (g_ptr_array_index (client->events, 1), text));
  fail_unless_equals_string (
      g_ptr_array_index (client->events, 2), "{\"c\":1}");
  g_free (filler);
  g_free (text);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_binary_event_is_an_event)
{
  Peer *peer;
  PeerConfig config = { .max_message_size = 1073741823 };
  Client *client = client_new ();
  gchar *filler = long_event (150 * 1024);
  gchar *text = g_strdup_printf ("{\"type\":\"%s\"}", filler);

  peer = peer_new (&config);
  client_connect (client, peer);
  peer_send_binary (peer, "\0\1\2\377", 4);
  peer_send_binary (peer, "ping", 4);
  peer_send_binary (peer, "{\"a\":1}", 7);
  peer_send_binary (peer, text, strlen (text));
  peer_send (peer, "{\"b\":2}");
  fail_unless (wait_for (client, &client->events->len, 3));
  fail_unless_equals_string (
      g_ptr_array_index (client->events, 0), "{\"a\":1}");
  fail_unless (g_str_equal (g_ptr_array_index (client->events, 1), text));
  fail_unless_equals_string (
      g_ptr_array_index (client->events, 2), "{\"b\":2}");
  g_free (filler);
  g_free (text);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_event_that_is_not_text_is_refused)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GError *error = NULL;

  client_connect (client, peer);
  fail_if (client_send (client, "{\"a\":\"\xff\"}", 9, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA));
  g_clear_error (&error);
  fail_if (client_send (client, "{}\0{}", 5, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA));
  g_clear_error (&error);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_events_stay_in_order)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  guint i;

  client_connect (client, peer);
  for (i = 0; i < 500; i++) {
    gchar *text = g_strdup_printf ("%u", i);

    peer_send (peer, text);
    g_free (text);
  }
  fail_unless (wait_for (client, &client->events->len, 500));
  for (i = 0; i < 500; i++) {
    fail_unless_equals_int (
        atoi (g_ptr_array_index (client->events, i)), (gint) i);
  }
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

/* Holds the handling of events until something is logged. */
typedef struct {
  Client *client;
  const gchar *category;
  const gchar *prefix;
} Hold;

static void
release_on_log (GstDebugCategory *category, GstDebugLevel level,
    const gchar *file, const gchar *function, gint line, GObject *object,
    GstDebugMessage *message, gpointer user_data)
{
  Hold *hold = user_data;

  if (!g_str_equal (gst_debug_category_get_name (category), hold->category)
      || !g_str_has_prefix (gst_debug_message_get (message), hold->prefix))
    return;
  g_mutex_lock (&hold->client->lock);
  hold->client->hold = FALSE;
  g_cond_broadcast (&hold->client->cond);
  g_mutex_unlock (&hold->client->lock);
}

static void
hold_events (Hold *hold)
{
  gst_debug_set_threshold_for_name (hold->category, GST_LEVEL_DEBUG);
  gst_debug_add_log_function (release_on_log, hold, NULL);
  g_mutex_lock (&hold->client->lock);
  hold->client->hold = TRUE;
  g_mutex_unlock (&hold->client->lock);
}

GST_START_TEST (test_flood_of_events_fails_instead_of_growing)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  Hold hold = { client, "openairealtimeeventqueue", "overflow" };
  GstOaiError *error;
  guint i;

  client_connect (client, peer);
  hold_events (&hold);
  for (i = 0; i < 10000; i++)
    peer_send (peer, "{\"type\":\"response.output_audio_transcript.delta\"}");
  error = client_wait_failure (client);
  gst_debug_remove_log_function (release_on_log);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  fail_unless (client->events->len < 10000);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_server_closing_the_channel_ends_the_session)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  GstOaiError *error;

  client_connect (client, peer);
  peer_close_channel (peer);
  error = client_wait_failure (client);
  fail_unless_equals_int (error->klass, GST_OAI_ERROR_RETRYABLE);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_READ);
  fail_if (gst_oai_transport_send_audio (client->transport, tone_frame (0)));
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

/* More of them wait than are handed over in one go; the last may say why. */
GST_START_TEST (test_events_before_the_end_are_not_lost)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  Hold hold = { client, "openairealtimewebrtc", "data channel closed" };
  guint i;

  client_connect (client, peer);
  hold_events (&hold);
  for (i = 0; i < 300; i++)
    peer_send (peer, "{\"type\":\"x\"}");
  peer_close_channel (peer);
  client_wait_failure (client);
  gst_debug_remove_log_function (release_on_log);
  /* The peer's webrtcbin may lose the one that was under way. */
  fail_unless (client->events->len >= 299, "%u", client->events->len);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_dead_server_is_noticed_within_10_s)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  gint64 start;

  client_connect (client, peer);
  start = g_get_monotonic_time ();
  peer_freeze (peer);
  client_wait_failure (client);
  GST_INFO ("noticed after %" G_GINT64_FORMAT " ms",
      (g_get_monotonic_time () - start) / 1000);
  fail_unless (g_get_monotonic_time () - start < 10 * G_TIME_SPAN_SECOND);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_silent_server_is_not_taken_for_dead)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  gint64 deadline;

  client_connect (client, peer);
  peer_hush (peer);
  deadline = g_get_monotonic_time () + 13 * G_TIME_SPAN_SECOND;
  g_mutex_lock (&client->lock);
  while (client->n_failed == 0
      && g_cond_wait_until (&client->cond, &client->lock, deadline))
    ;
  fail_unless_equals_int (client->n_failed, 0);
  g_mutex_unlock (&client->lock);
  /* The questions left the channel as it was. */
  fail_unless (client_send (client, "{}", 2, NULL));
  fail_unless (wait_for (client, &client->events->len, 1));
  fail_unless_equals_int (peer_n_events (peer), 1);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_hangup_is_posted_with_the_key)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();
  gchar *text;

  client_connect (client, peer);
  client_free_with (client, TRUE);
  fail_unless (peer_wait (peer, has_hangups, GUINT_TO_POINTER (1)));
  text = peer_hangup_header (peer, "Authorization");
  fail_unless_equals_string (text, "Bearer sk-test-key");
  g_free (text);
  text = peer_hangup_header (peer, ":path");
  fail_unless_equals_string (text, "/v1/realtime/calls/rtc_test_1/hangup");
  g_free (text);
  text = peer_hangup_header (peer, "Content-Length");
  fail_unless_equals_string (text, "0");
  g_free (text);
  peer_free (peer);
}
GST_END_TEST;

static gboolean
has_alerts (Peer *peer, gpointer n)
{
  return peer_n_alerts (peer) >= GPOINTER_TO_UINT (n);
}

GST_START_TEST (test_shutdown_closes_dtls)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();

  client_connect (client, peer);
  fail_unless_equals_int (peer_n_alerts (peer), 0);
  client_free (client);
  fail_unless (peer_wait (peer, has_alerts, GUINT_TO_POINTER (1)));
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_hangup_that_is_not_answered_ends_in_time)
{
  PeerConfig config = { .hold_hangup = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  gint64 start;

  client_connect (client, peer);
  start = g_get_monotonic_time ();
  client_free_with (client, TRUE);
  fail_unless (g_get_monotonic_time () - start < 2 * G_TIME_SPAN_SECOND);
  peer_free (peer);
}
GST_END_TEST;

/* Closes as soon as step number @__i__ is done; 0 is right after connect. */
/* A call is billed from its answer on, whether it comes up or not. */
GST_START_TEST (test_close_after_each_step_hangs_up_what_was_answered)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();

  client_connect_call (client, new_call (peer_base_url (peer)));
  fail_unless (wait_for (client, &client->n_steps, __i__));
  client_free_with (client, TRUE);
  if (__i__ > GST_OAI_STEP_HTTP)
    assert_equals_int (peer_n_hangups (peer), 1);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_close_without_connect)
{
  client_free (client_new ());
}
GST_END_TEST;

static guint
count_entries (const gchar *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  if (dir)
    g_dir_close (dir);
  return n;
}

static void
one_cycle (void)
{
  Peer *peer = peer_new (NULL);
  Client *client = client_new ();

  client_connect (client, peer);
  client_free (client);
  peer_free (peer);
}

GST_START_TEST (test_cycles_leave_no_threads_and_no_fds)
{
  gint64 deadline;
  guint threads, fds, i;

  if (!g_file_test ("/proc/self/task", G_FILE_TEST_IS_DIR))
    return;
  /* Threads of pools and of the process-wide parts come with the first. */
  one_cycle ();
  one_cycle ();
  threads = count_entries ("/proc/self/task");
  fds = count_entries ("/proc/self/fd");
  for (i = 0; i < 20; i++)
    one_cycle ();
  /* Those of pools end on their own when they have been idle for a while. */
  deadline = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  while (count_entries ("/proc/self/task") > threads
      && g_get_monotonic_time () < deadline) {
    g_thread_pool_stop_unused_threads ();
    g_usleep (1000);
  }
  fail_unless (count_entries ("/proc/self/task") <= threads,
      "%u threads before, %u after", threads,
      count_entries ("/proc/self/task"));
  fail_unless (count_entries ("/proc/self/fd") <= fds,
      "%u fds before, %u after", fds, count_entries ("/proc/self/fd"));
}
GST_END_TEST;

GST_START_TEST (test_expected_loss_rises_at_once_and_falls_slowly)
{
  GstOaiReceiverReport report = { 0 };
  GstOaiLoss loss;
  gint last, i;

  gst_oai_loss_init (&loss);
  report.highest_seqnum = 1;
  /* The first report says more than the guess before it. */
  assert_equals_int (gst_oai_loss_update (&loss, &report), 0);
  report.highest_seqnum = 2;
  report.fraction_lost = 0.05;
  assert_equals_int (gst_oai_loss_update (&loss, &report), 5);
  /* The same report again. */
  report.fraction_lost = 0;
  assert_equals_int (gst_oai_loss_update (&loss, &report), 5);
  for (last = 5, i = 3; last > 0; i++) {
    gint percentage;

    fail_unless (i < 30);
    report.highest_seqnum = i;
    percentage = gst_oai_loss_update (&loss, &report);
    fail_unless (percentage <= last);
    last = percentage;
  }
  fail_unless (i > 6, "forgotten after %d reports", i - 3);
  report.highest_seqnum = i;
  report.fraction_lost = 1.0;
  assert_equals_int (gst_oai_loss_update (&loss, &report), GST_OAI_LOSS_MAX);
}
GST_END_TEST;

static guint
n_repeats (Client *client)
{
  GstStructure *stats = gst_oai_transport_get_stats (client->transport);
  guint n = 0;

  fail_unless (gst_structure_get_uint (stats, "handshake-repeats", &n));
  gst_structure_free (stats);
  return n;
}

static gboolean
forgive (const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer user_data)
{
  return TRUE;
}

/* When datagrams change places, OpenSSL may answer a read from what it kept. The
 * dtls plugin takes it for an error that the datagram at hand was not looked at,
 * says so, and loses it; what was in it comes again. */
static void
expect_datagram_not_read (void)
{
  gst_check_add_log_filter (NULL, G_LOG_LEVEL_WARNING,
      g_regex_new ("runtime check failed: \\(!priv->bio_buffer\\)", 0, 0, NULL),
      forgive, NULL, NULL);
}

/* OpenSSL repeats a flight with new sequence numbers, so that each of its
 * datagrams is a first one, and lost again. Only equal copies get through. */
GST_START_TEST (test_lost_dtls_datagrams_are_sent_again_as_they_were)
{
  PeerConfig config = { .lose_firsts = TRUE };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();
  guint n;

  expect_datagram_not_read ();
  client_connect (client, peer);
  fail_unless (peer_n_lost (peer) > 0);
  n = n_repeats (client);
  fail_unless (n > 0);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

/* usrsctp itself would send the fourth INIT 3 + 6 + 12 s after the first. */
GST_START_TEST (test_lost_init_acks_are_asked_for_again)
{
  PeerConfig config = { .lose_init_acks = 3 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();

  client_connect (client, peer);
  fail_unless_equals_int (peer_n_lost (peer), 3);
  fail_unless (n_repeats (client) >= 3);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_lost_cookie_acks_are_asked_for_again)
{
  PeerConfig config = { .lose_cookie_acks = 3 };
  Peer *peer = peer_new (&config);
  Client *client = client_new ();

  client_connect (client, peer);
  fail_unless_equals_int (peer_n_lost (peer), 3);
  fail_unless (n_repeats (client) >= 3);
  client_free (client);
  peer_free (peer);
}
GST_END_TEST;

GST_START_TEST (test_loopback_is_offered_to_local_servers_only)
{
  PeerConfig config = { .status = 500 };
  GStrv addresses = gst_oai_local_addresses ();
  guint i;

  for (i = 0; i < 2; i++) {
    Peer *peer;
    Client *client;
    gchar *body;

    config.address = i == 0 ? NULL : addresses[0];
    if (i == 1 && (!addresses[0] || strchr (addresses[0], ':')))
      break;
    peer = peer_new (&config);
    client = client_new ();
    client_connect_call (client, new_call (peer_base_url (peer)));
    client_wait_failure (client);
    body = peer_last_request_body (peer);
    fail_unless (strstr (body, "a=candidate:") != NULL);
    fail_unless_equals_int (strstr (body, " 127.0.0.1 ") != NULL, i == 0);
    g_free (body);
    client_free (client);
    peer_free (peer);
  }
  g_strfreev (addresses);
}
GST_END_TEST;

GST_START_TEST (test_call_id_comes_from_the_location)
{
  static const struct {
    const gchar *location;
    const gchar *id;
  } cases[] = {
    { "/v1/realtime/calls/rtc_abc", "rtc_abc" },
    { "/v1/realtime/calls/calls/rtc_abc?x=/rtc_no", "rtc_abc" },
    { "https://host/v1/realtime/calls/rtc_abc/", "rtc_abc" },
    { "/v1/realtime/calls/rtc_abc/media#x", "rtc_abc" },
    { "/v1/realtime/calls/1234", "1234" },
    { "rtc_u1_9c6574", "rtc_u1_9c6574" },
    { "/v1/realtime/calls/rtc_a%2fb", NULL },
    { "/v1/realtime/calls/..", NULL },
    { "", NULL },
    { "/", NULL },
    { NULL, NULL },
  };
  gchar *id, *location;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    id = gst_oai_signaller_parse_location (cases[i].location);
    fail_unless_equals_string (id, cases[i].id);
    g_free (id);
  }
  location = g_strnfill (4000, 'a');
  fail_unless (gst_oai_signaller_parse_location (location) == NULL);
  g_free (location);
}
GST_END_TEST;

GST_START_TEST (test_urls_keep_their_query)
{
  gchar *url;

  url = gst_oai_signaller_build_url ("https://h/v1", "/realtime/calls");
  fail_unless_equals_string (url, "https://h/v1/realtime/calls");
  g_free (url);
  url = gst_oai_signaller_build_url ("https://h/v1/?a=b", "/realtime/calls");
  fail_unless_equals_string (url, "https://h/v1/realtime/calls?a=b");
  g_free (url);

  fail_unless (gst_oai_signaller_is_loopback ("http://localhost:8080/v1"));
  fail_unless (gst_oai_signaller_is_loopback ("http://127.1.2.3/v1"));
  fail_unless (gst_oai_signaller_is_loopback ("http://[::1]:80/v1"));
  fail_if (gst_oai_signaller_is_loopback ("https://api.openai.com/v1"));
  fail_if (gst_oai_signaller_is_loopback ("https://127.0.0.1.example.com/v1"));
  fail_if (gst_oai_signaller_is_loopback ("http://10.0.0.1/v1"));
}
GST_END_TEST;

typedef struct {
  guint jitterbuffers;
  guint too_many;
  guint packets;
} TapCounts;

static void
count_jitterbuffer (GstElement *rtpbin, GstElement *jitterbuffer, guint session,
    guint ssrc, TapCounts *counts)
{
  counts->jitterbuffers++;
}

static void
count_packet (GObject *owner, const GstOaiPacket *packet)
{
  ((TapCounts *) g_object_get_data (owner, "counts"))->packets++;
}

static void
count_too_many (GObject *owner)
{
  ((TapCounts *) g_object_get_data (owner, "counts"))->too_many++;
}

static GstCaps *
get_pt_map (GstElement *rtpbin, guint session, guint pt, gpointer unused)
{
  return gst_caps_from_string (
      "application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS");
}

/* Each costs a jitterbuffer and two threads, whatever is done about it later. */
GST_START_TEST (test_flood_of_ssrcs_is_bounded)
{
  static const GstOaiRtpTapCallbacks tap_callbacks = { count_packet,
    count_too_many };
  TapCounts counts = { 0 };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  GstOaiRtpTap *tap = gst_oai_rtp_tap_new (owner, &tap_callbacks);
  GstElement *rtpbin = gst_element_factory_make ("rtpbin", NULL);
  GstCaps *caps = get_pt_map (NULL, 0, 0, NULL);
  GstSegment segment;
  GstPad *pad;
  guint ssrc, i;

  gst_object_ref_sink (rtpbin);
  g_object_set_data (owner, "counts", &counts);
  gst_oai_rtp_tap_set_payload_type (tap, 111);
  gst_oai_rtp_tap_attach (tap, rtpbin);
  g_signal_connect (
      rtpbin, "new-jitterbuffer", G_CALLBACK (count_jitterbuffer), &counts);
  g_signal_connect (rtpbin, "request-pt-map", G_CALLBACK (get_pt_map), NULL);
  pad = gst_element_request_pad_simple (rtpbin, "recv_rtp_sink_0");
  gst_element_set_state (rtpbin, GST_STATE_PLAYING);
  gst_pad_send_event (pad, gst_event_new_stream_start ("x"));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
  for (ssrc = 1; ssrc <= 200; ssrc++) {
    for (i = 0; i < 4; i++) {
      GstBuffer *buffer = gst_rtp_buffer_new_allocate (3, 0, 0);
      GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

      gst_rtp_buffer_map (buffer, GST_MAP_WRITE, &rtp);
      gst_rtp_buffer_set_payload_type (&rtp, 111);
      gst_rtp_buffer_set_ssrc (&rtp, ssrc);
      gst_rtp_buffer_set_seq (&rtp, i);
      gst_rtp_buffer_set_timestamp (&rtp, i * 960);
      gst_rtp_buffer_unmap (&rtp);
      GST_BUFFER_PTS (buffer) = i * 20 * GST_MSECOND;
      gst_pad_chain (pad, buffer);
    }
  }
  fail_unless_equals_int (counts.jitterbuffers, GST_OAI_RTP_TAP_MAX_SSRCS + 1);
  fail_unless_equals_int (counts.too_many, 1);
  fail_unless (counts.packets > 0);
  gst_element_set_state (rtpbin, GST_STATE_NULL);
  gst_element_release_request_pad (rtpbin, pad);
  gst_object_unref (pad);
  gst_object_unref (rtpbin);
  gst_caps_unref (caps);
  gst_oai_rtp_tap_unref (tap);
  g_object_unref (owner);
}
GST_END_TEST;

GST_START_TEST (test_liveness_counts_unanswered_questions)
{
  GstOaiLiveness liveness = { 0 };
  GstClockTime now = 100 * GST_SECOND, last = now;
  guint i;

  now += GST_OAI_LIVENESS_QUIET - 1;
  fail_unless_equals_int (
      gst_oai_liveness_tick (&liveness, now, last), GST_OAI_LIVENESS_ALIVE);
  now += 1;
  fail_unless_equals_int (
      gst_oai_liveness_tick (&liveness, now, last), GST_OAI_LIVENESS_PROBE);
  fail_unless_equals_int (
      gst_oai_liveness_tick (&liveness, now + 1, last), GST_OAI_LIVENESS_ALIVE);
  /* An answer ends the doubt. */
  now += GST_OAI_LIVENESS_PROBE_INTERVAL;
  fail_unless_equals_int (
      gst_oai_liveness_tick (&liveness, now, now - 1), GST_OAI_LIVENESS_ALIVE);
  /* The process was stopped for an hour. */
  now += 3600 * GST_SECOND;
  last = now - 3600 * GST_SECOND;
  for (i = 0; i < GST_OAI_LIVENESS_PROBES; i++) {
    fail_unless_equals_int (
        gst_oai_liveness_tick (&liveness, now, last), GST_OAI_LIVENESS_PROBE);
    now += GST_OAI_LIVENESS_PROBE_INTERVAL;
  }
  fail_unless_equals_int (
      gst_oai_liveness_tick (&liveness, now, last), GST_OAI_LIVENESS_DEAD);
}
GST_END_TEST;

/* GstCheck calls gst_deinit() at exit, after OpenSSL has cleaned up at exit, and
 * that frees the system clock with the timers of the last DTLS handshakes, which
 * hold objects of OpenSSL. Free it earlier. */
static void
teardown (void)
{
  gst_system_clock_set_default (NULL);
}

static Suite *
transport_webrtc_suite (void)
{
  Suite *s = suite_create ("transport_webrtc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, test_call_id_comes_from_the_location);
  tcase_add_test (tc, test_urls_keep_their_query);
  tcase_add_test (tc, test_flood_of_ssrcs_is_bounded);
  tcase_add_test (tc, test_liveness_counts_unanswered_questions);
  tcase_add_test (tc, test_expected_loss_rises_at_once_and_falls_slowly);
  tcase_add_test (tc, test_connects_and_reports_steps_in_order);
  tcase_add_test (tc, test_events_both_ways);
  tcase_add_test (tc, test_audio_both_ways);
  tcase_add_test (tc, test_wrong_fingerprint_ends_before_anything_is_sent);
  tcase_add_test (tc, test_api_key_posts_two_exact_parts);
  tcase_add_test (tc, test_client_secret_posts_the_bare_offer);
  tcase_add_test (tc, test_headers_go_with_every_request);
  tcase_add_test (tc, test_minted_secret_places_the_call);
  tcase_add_test (tc, test_secret_of_the_caller_is_not_minted);
  tcase_add_loop_test (tc, test_secret_is_made_beside_the_offer, 0,
      G_N_ELEMENTS (secrets_beside_offers));
  tcase_add_loop_test (tc, test_secret_for_nobody_leaves_nothing, 0, 3);
  tcase_add_loop_test (
      tc, test_secret_that_is_not_minted_fails, 0, G_N_ELEMENTS (bad_secrets));
  tcase_add_test (tc, test_nested_secret_is_found);
  tcase_add_test (tc, test_no_credential_sends_no_authorization);
  tcase_add_test (tc, test_query_of_the_address_goes_behind_the_path);
  tcase_add_test (tc, test_redirect_is_refused);
  tcase_add_test (tc, test_http_error_keeps_the_words_of_the_server);
  tcase_add_test (tc, test_refused_connection_fails);
  tcase_add_loop_test (
      tc, test_bad_answer_fails, 0, G_N_ELEMENTS (bad_answers));
  tcase_add_test (tc, test_json_answer_without_location_connects);
  tcase_add_loop_test (
      tc, test_timeout_names_the_step, 0, G_N_ELEMENTS (silences));
  tcase_add_test (tc, test_no_path_names_the_turn_server);
  tcase_add_test (tc, test_relayed_call_is_not_placed_without_a_relay);
  tcase_add_test (tc, test_nothing_is_queued_before_connected);
  tcase_add_test (tc, test_event_above_64_kib_goes_through);
  tcase_add_test (tc, test_event_too_large_for_the_server_is_refused);
  tcase_add_test (tc, test_event_above_64_kib_arrives_whole);
  tcase_add_test (tc, test_binary_event_is_an_event);
  tcase_add_test (tc, test_event_that_is_not_text_is_refused);
  tcase_add_test (tc, test_events_stay_in_order);
  tcase_add_test (tc, test_flood_of_events_fails_instead_of_growing);
  tcase_add_test (tc, test_server_closing_the_channel_ends_the_session);
  tcase_add_test (tc, test_events_before_the_end_are_not_lost);
  tcase_add_test (tc, test_dead_server_is_noticed_within_10_s);
  tcase_add_test (tc, test_silent_server_is_not_taken_for_dead);
  tcase_add_test (tc, test_hangup_is_posted_with_the_key);
  tcase_add_test (tc, test_shutdown_closes_dtls);
  tcase_add_test (tc, test_hangup_that_is_not_answered_ends_in_time);
  tcase_add_loop_test (
      tc, test_close_after_each_step_hangs_up_what_was_answered, 0, 6);
  tcase_add_test (tc, test_close_without_connect);
  tcase_add_test (tc, test_cycles_leave_no_threads_and_no_fds);
  tcase_add_test (tc, test_lost_dtls_datagrams_are_sent_again_as_they_were);
  tcase_add_test (tc, test_lost_init_acks_are_asked_for_again);
  tcase_add_test (tc, test_lost_cookie_acks_are_asked_for_again);
  tcase_add_test (tc, test_loopback_is_offered_to_local_servers_only);
  return s;
}

GST_CHECK_MAIN (transport_webrtc);
