/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "transport/gstoaihttp.h"
#include "transport/gstoaisignaller.h"

#define DEADLINE (20 * G_TIME_SPAN_SECOND)
#define MAX_CONNECTIONS 16

/* Of 127.0.0.1, its own authority, until 2120. */
static const gchar certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBWzCCAQGgAwIBAgIBATAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhnc3Qtb3Bl\n"
    "bmFpLXJlYWx0aW1lIHRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\n"
    "MDBaMCMxITAfBgNVBAMMGGdzdC1vcGVuYWktcmVhbHRpbWUgdGVzdDBZMBMGByqG\n"
    "SM49AgEGCCqGSM49AwEHA0IABDxKsYUFbM0AXGBTPA5PJC2jQmnjKQC6C4CDJSML\n"
    "o75a4PCga4XCvImxMiVhem/TZ7u91cVogCLRh/3kmLtmE7KjJDAiMA8GA1UdEwEB\n"
    "/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNIADBFAiEA5MW5\n"
    "bkqO8UckqztfSVqtfagsQmucEY+RufXwy3dk/X4CIGK8VVtf215S+j7/YkBJZ+3s\n"
    "cw2UJ6k4HMo3G2TwII0A\n"
    "-----END CERTIFICATE-----\n";
static const gchar key_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKgaEy+u3vs7jfdF1\n"
    "Q7clxHyQeWwUJV+EyxtkqIoI4R+hRANCAAQ8SrGFBWzNAFxgUzwOTyQto0Jp4ykA\n"
    "uguAgyUjC6O+WuDwoGuFwryJsTIlYXpv02e7vdXFaIAi0Yf95Ji7ZhOy\n"
    "-----END PRIVATE KEY-----\n";

/* --- A server with TLS that may keep quiet --- */

typedef enum {
  SERVE, /* as it should be; what follows the last one set */
  SERVE_ONE, /* closes it at the second request, without a reply */
  SERVE_NONE, /* at the first one */
  SILENT, /* takes the connection and says nothing */
  HANG_UP /* closes it at the first byte */
} Manner;

typedef struct {
  GSocketListener *listener;
  GTlsCertificate *certificate;
  gchar *base_url;
  GMainContext *client; /* of its client */
  GCancellable *over;
  GThread *thread;
  GPtrArray
      *threads; /* one for each connection; that thread's until it is joined */

  GMutex lock; /* protects everything below */
  GCond cond;
  Manner manners[MAX_CONNECTIONS];
  guint n_connections;
  guint n_ended;
  GString *requests; /* their first lines, a line each */
} Server;

typedef struct {
  Server *server;
  GSocketConnection *connection;
  guint index;
} Connection;

/* The body that is announced is read, too. FALSE at the end of the connection. */
static gboolean
read_request (GDataInputStream *in, gchar **line)
{
  g_autofree gchar *body = NULL;
  gsize length = 0;
  gchar *header;

  *line = g_data_input_stream_read_line (in, NULL, NULL, NULL);
  if (*line == NULL)
    return FALSE;
  while ((header = g_data_input_stream_read_line (in, NULL, NULL, NULL))
      && *header) {
    if (g_ascii_strncasecmp (header, "Content-Length:", 15) == 0)
      length = g_ascii_strtoull (header + 15, NULL, 10);
    g_free (header);
  }
  g_free (header);
  body = g_malloc (length + 1);
  return g_input_stream_read_all (
      G_INPUT_STREAM (in), body, length, NULL, NULL, NULL);
}

static void
serve (Server *server, GIOStream *connection, guint index, guint n)
{
  static const gchar answer[] = "HTTP/1.1 201 Created\r\n"
                                "Location: /v1/realtime/calls/rtc_1\r\n"
                                "Content-Type: application/sdp\r\n"
                                "Content-Length: 5\r\n\r\nv=0\r\n";
  g_autoptr (GIOStream)
      tls = g_tls_server_connection_new (connection, server->certificate, NULL);
  g_autoptr (GDataInputStream)
      in = g_data_input_stream_new (g_io_stream_get_input_stream (tls));
  gchar *line = NULL;
  guint n_served = 0;

  g_data_input_stream_set_newline_type (in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while (read_request (in, &line)) {
    g_mutex_lock (&server->lock);
    g_string_append_printf (server->requests, "%u %s\n", index, line);
    g_mutex_unlock (&server->lock);
    g_free (line);
    if (n_served++ == n)
      return;
    if (!g_output_stream_write_all (g_io_stream_get_output_stream (tls), answer,
            strlen (answer), NULL, NULL, NULL))
      return;
  }
  g_free (line);
}

static gpointer
run_connection (gpointer data)
{
  g_autofree Connection *c = data;
  g_autoptr (GSocketConnection) connection = c->connection;
  Server *server = c->server;
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  gchar bytes[512];

  switch (server->manners[c->index]) {
    case SERVE:
      serve (server, G_IO_STREAM (connection), c->index, G_MAXUINT);
      break;
    case SERVE_ONE:
      serve (server, G_IO_STREAM (connection), c->index, 1);
      break;
    case SERVE_NONE:
      serve (server, G_IO_STREAM (connection), c->index, 0);
      break;
    case HANG_UP:
      g_input_stream_read (in, bytes, 1, NULL, NULL);
      break;
    default:
      while (g_input_stream_read (in, bytes, sizeof bytes, NULL, NULL) > 0)
        ;
      break;
  }

  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  g_mutex_lock (&server->lock);
  server->n_ended++;
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
  return NULL;
}

static void
join (gpointer thread)
{
  g_thread_join (thread);
}

static gpointer
run_server (gpointer data)
{
  Server *server = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (
              server->listener, NULL, server->over, NULL))) {
    Connection *c = g_new (Connection, 1);

    c->server = server;
    c->connection = connection;
    g_mutex_lock (&server->lock);
    c->index = server->n_connections++;
    fail_unless (c->index < MAX_CONNECTIONS);
    g_mutex_unlock (&server->lock);
    g_ptr_array_add (
        server->threads, g_thread_new ("connection", run_connection, c));
    /* It may wait for that. */
    g_main_context_wakeup (server->client);
  }
  return NULL;
}

static Server *
server_new (const Manner *manners, guint n, GMainContext *client)
{
  g_autofree gchar *pem = g_strconcat (certificate_pem, key_pem, NULL);
  Server *server = g_new0 (Server, 1);
  guint16 port;

  server->certificate = g_tls_certificate_new_from_pem (pem, -1, NULL);
  fail_unless (server->certificate != NULL);
  server->requests = g_string_new (NULL);
  memcpy (server->manners, manners, n * sizeof *manners);
  g_mutex_init (&server->lock);
  g_cond_init (&server->cond);
  server->client = client;
  server->over = g_cancellable_new ();
  server->threads = g_ptr_array_new_with_free_func (join);
  server->listener = g_socket_listener_new ();
  port = g_socket_listener_add_any_inet_port (server->listener, NULL, NULL);
  server->base_url = g_strdup_printf ("https://127.0.0.1:%u/v1", (guint) port);
  server->thread = g_thread_new ("server", run_server, server);
  return server;
}

/* When nobody has a connection any more. */
static void
server_free (Server *server)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&server->lock);
  while (server->n_ended < server->n_connections)
    fail_unless (g_cond_wait_until (&server->cond, &server->lock, deadline),
        "%u of %u connections ended", server->n_ended, server->n_connections);
  g_mutex_unlock (&server->lock);
  g_cancellable_cancel (server->over);
  g_thread_join (server->thread);
  g_ptr_array_unref (server->threads);
  g_object_unref (server->over);
  g_object_unref (server->listener);
  g_object_unref (server->certificate);
  g_string_free (server->requests, TRUE);
  g_cond_clear (&server->cond);
  g_mutex_clear (&server->lock);
  g_free (server->base_url);
  g_free (server);
}

static guint
count_connections (Server *server)
{
  guint n;

  g_mutex_lock (&server->lock);
  n = server->n_connections;
  g_mutex_unlock (&server->lock);
  return n;
}

/* --- Its client, on the test's thread --- */

typedef struct {
  Server *server;
  GMainContext *context;
  GstOaiHttp *http;
  GObject *owner;
  guint n_done;
  gboolean opened;
} Client;

static Client the_client;

static gboolean
accept_any (SoupMessage *message, GTlsCertificate *certificate,
    GTlsCertificateFlags errors, gpointer unused)
{
  return TRUE;
}

static SoupMessage *
make_message (GObject *owner)
{
  SoupMessage *message = soup_message_new (
      SOUP_METHOD_POST, the_client.server->base_url);

  fail_unless (owner == the_client.owner);
  /* As the signaller has it: without IDEMPOTENT each has a connection of its own. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect (
      message, "accept-certificate", G_CALLBACK (accept_any), NULL);
  return message;
}

static SoupMessage *
make_nothing (GObject *owner)
{
  return NULL;
}

static void
on_done (GObject *owner, gboolean opened)
{
  fail_unless (owner == the_client.owner);
  the_client.n_done++;
  the_client.opened = opened;
}

static Client *
client_new (const Manner *manners, guint n)
{
  Client *client = &the_client;

  memset (client, 0, sizeof *client);
  client->context = g_main_context_new ();
  client->server = server_new (manners, n, client->context);
  g_main_context_push_thread_default (client->context);
  client->http = gst_oai_http_new ();
  gst_oai_http_set_server (client->http, client->server->base_url, NULL);
  client->owner = g_object_new (G_TYPE_OBJECT, NULL);
  return client;
}

/* Until nothing is left to do that is due now. */
static void
settle (Client *client)
{
  while (g_main_context_iteration (client->context, FALSE))
    ;
}

static gboolean
on_deadline (gpointer unused)
{
  fail ("nothing happens");
  return G_SOURCE_REMOVE;
}

/* Runs the client until *@counter is @n. */
static void
wait_for (Client *client, const guint *counter, guint n)
{
  GSource *deadline = g_timeout_source_new (DEADLINE / 1000);

  g_source_set_callback (deadline, on_deadline, NULL, NULL);
  g_source_attach (deadline, client->context);
  while (*counter < n)
    g_main_context_iteration (client->context, TRUE);
  g_source_destroy (deadline);
  g_source_unref (deadline);
}

static void
wait_for_owner (Client *client)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  /* The attempts that lost have ended when nobody holds it but us. */
  while (client->owner->ref_count > 1) {
    g_main_context_iteration (client->context, FALSE);
    g_thread_yield ();
    fail_unless (g_get_monotonic_time () < deadline);
  }
}

static void
client_free (Client *client)
{
  wait_for_owner (client);
  g_object_unref (client->owner);
  g_object_unref (client->http);
  settle (client);
  g_main_context_pop_thread_default (client->context);
  server_free (client->server);
  g_main_context_unref (client->context);
}

static void
open_connection (Client *client, GCancellable *cancellable)
{
  guint n = client->n_done;

  gst_oai_http_open (
      client->http, make_message, on_done, client->owner, cancellable);
  assert_equals_int (client->n_done, n);
}

typedef struct {
  guint n;
  GBytes *body;
} Reply;

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reply *reply = user_data;

  reply->body = soup_session_send_and_read_finish (
      SOUP_SESSION (source), result, NULL);
  reply->n++;
}

/* One request, which has to be answered. */
static void
ask (Client *client)
{
  g_autoptr (SoupMessage) message = make_message (client->owner);
  Reply reply = { 0, NULL };

  soup_session_send_and_read_async (gst_oai_http_get_session (client->http),
      message, G_PRIORITY_DEFAULT, NULL, on_reply, &reply);
  wait_for (client, &reply.n, 1);
  fail_unless (reply.body != NULL);
  g_bytes_unref (reply.body);
  assert_equals_int (soup_message_get_status (message), 201);
  gst_oai_http_replied (client->http);
}

/* --- Tests --- */

GST_START_TEST (test_one_is_enough)
{
  static const Manner manners[] = { SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));

  gst_oai_http_set_patience (client->http, G_MAXINT);
  open_connection (client, NULL);
  wait_for (client, &client->n_done, 1);
  fail_unless (client->opened);
  ask (client);
  assert_equals_int (count_connections (client->server), 1);
  client_free (client);
  assert_equals_int (client->n_done, 1);
}

GST_END_TEST;

/* As many as that make no progress, then one that is served. */
GST_START_TEST (test_stalled_one_is_passed)
{
  static const Manner manners[] = { SILENT, SILENT, SERVE };
  guint n, n_silent = __i__ + 1;
  Client *client = client_new (manners + 2 - n_silent, n_silent + 1);

  open_connection (client, NULL);
  wait_for (client, &client->n_done, 1);
  fail_unless (client->opened);
  n = count_connections (client->server);
  /* More on a machine that is too busy to answer in time. */
  fail_unless (n >= n_silent + 1 && n <= 3, "%u connections", n);
  ask (client);
  assert_equals_int (count_connections (client->server), n);
  client_free (client);
  assert_equals_int (client->n_done, 1);
}

GST_END_TEST;

/* The first one breaks while the second is under way: that is waited for. */
GST_START_TEST (test_broken_one_is_passed)
{
  static const Manner manners[] = { SILENT, HANG_UP, SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));

  open_connection (client, NULL);
  wait_for (client, &client->n_done, 1);
  fail_unless (client->opened);
  assert_equals_int (count_connections (client->server), 3);
  client_free (client);
}

GST_END_TEST;

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_cancelled)
{
  static const Manner manners[] = { SILENT, SILENT, SILENT, SILENT };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n = __i__;

  open_connection (client, cancellable);
  while (count_connections (client->server) < n)
    g_main_context_iteration (client->context, TRUE);
  if (n == 0) {
    /* Before the loop ran at all. */
    cancel (cancellable);
  } else {
    g_autoptr (GSource) source = g_idle_source_new ();

    g_source_set_callback (source, cancel, cancellable, NULL);
    g_source_attach (source, client->context);
  }
  wait_for (client, &client->n_done, 1);
  fail_if (client->opened);
  client_free (client);
  assert_equals_int (client->n_done, 1);
}

GST_END_TEST;

/* Cancelled before: nothing is opened. */
GST_START_TEST (test_cancelled_before)
{
  static const Manner manners[] = { SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  open_connection (client, cancellable);
  wait_for (client, &client->n_done, 1);
  fail_if (client->opened);
  client_free (client);
  assert_equals_int (client->n_done, 1);
}

GST_END_TEST;

GST_START_TEST (test_nobody_there)
{
  static const Manner manners[] = { SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  g_autofree gchar *url = g_steal_pointer (&client->server->base_url);

  /* Port 1 of loopback: refused. */
  client->server->base_url = g_strdup ("https://127.0.0.1:1/v1");
  open_connection (client, NULL);
  wait_for (client, &client->n_done, 1);
  fail_if (client->opened);
  gst_oai_http_open (client->http, make_nothing, on_done, client->owner, NULL);
  assert_equals_int (client->n_done, 1);
  wait_for (client, &client->n_done, 2);
  fail_if (client->opened);
  client_free (client);
  assert_equals_int (client->n_done, 2);
}

GST_END_TEST;

GST_START_TEST (test_next_call_has_the_connection)
{
  static const Manner manners[] = { SERVE, SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  guint i;

  gst_oai_http_set_patience (client->http, G_MAXINT);
  for (i = 0; i < 3; i++) {
    open_connection (client, NULL);
    wait_for (client, &client->n_done, i + 1);
    fail_unless (client->opened);
    ask (client);
  }
  assert_equals_int (count_connections (client->server), 1);

  /* Not when others are trusted: it would not be checked again. */
  gst_oai_http_set_server (client->http, client->server->base_url, "other.pem");
  open_connection (client, NULL);
  wait_for (client, &client->n_done, 4);
  ask (client);
  assert_equals_int (count_connections (client->server), 2);
  client_free (client);
}

GST_END_TEST;

/* --- With the signaller --- */

typedef struct {
  guint n;
  gchar *answer;
  GstOaiError *error;
} Answer;

static void
on_answer (const gchar *text, GstOaiError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->n++;
  answer->answer = g_strdup (text);
  answer->error = error;
}

/* A call with "ca.pem" of the current folder. */
static GstOaiCall *
call_new (Client *client)
{
  GstOaiCall *call = gst_oai_call_new ();

  g_free (call->base_url);
  call->base_url = g_strdup (client->server->base_url);
  call->api_key = g_strdup ("sk-test");
  call->tls_ca_file = g_strdup ("ca.pem");
  call->connections = G_OBJECT (client->http);

  return call;
}

/* Offers, and returns what came of it. */
static Answer
offer (Client *client, GstOaiCall *call)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GstOaiSignaller *signaller = gst_oai_signaller_new (call);
  Answer answer = { 0, NULL, NULL };

  gst_oai_signaller_preconnect (signaller, cancellable);
  gst_oai_signaller_send_offer (
      signaller, "v=0\r\n", cancellable, on_answer, &answer);
  assert_equals_int (answer.n, 0);
  wait_for (client, &answer.n, 1);
  if (answer.answer)
    assert_equals_string (gst_oai_signaller_get_call_id (signaller), "rtc_1");
  while (G_OBJECT (signaller)->ref_count > 1)
    g_main_context_iteration (client->context, TRUE);
  g_object_unref (signaller);
  assert_equals_int (answer.n, 1);

  return answer;
}

static void
assert_requests (Client *client, const gchar *pattern)
{
  g_mutex_lock (&client->server->lock);
  fail_unless (
      g_regex_match_simple (pattern, client->server->requests->str, 0, 0),
      "requests: %s", client->server->requests->str);
  g_mutex_unlock (&client->server->lock);
}

/* Each test has a folder with the authority in it. */
static gchar *folder;
static gchar *folder_before;

static void
enter_folder (void)
{
  folder = g_dir_make_tmp ("oai-http-XXXXXX", NULL);
  folder_before = g_get_current_dir ();
  fail_unless (g_chdir (folder) == 0);
  fail_unless (g_file_set_contents ("ca.pem", certificate_pem, -1, NULL));
}

static void
leave_folder (void)
{
  g_remove ("ca.pem");
  fail_unless (g_chdir (folder_before) == 0);
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&folder_before, g_free);
}

/* The offer goes out once, on the connection that works. */
GST_START_TEST (test_offer)
{
  static const Manner manners[] = { SILENT, SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  GstOaiCall *call = call_new (client);
  Answer answer;

  if (__i__) {
    g_free (call->tls_ca_file);
    call->tls_ca_file = g_build_filename (folder, "ca.pem", NULL);
  }
  answer = offer (client, call);
  assert_equals_string (answer.answer, "v=0\r\n");
  /* Connection 2 on a machine that is too busy to answer in time. */
  assert_requests (client, "^[12] POST /v1/realtime/calls HTTP/1.1\n$");
  g_free (answer.answer);
  gst_oai_call_unref (call);
  client_free (client);
}

GST_END_TEST;

/* The server closes it while the next call is on its way. */
GST_START_TEST (test_kept_connection_breaks)
{
  static const Manner manners[] = { SERVE_ONE, SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  GstOaiCall *call = call_new (client);
  Answer answer;
  guint i;

  gst_oai_http_set_patience (client->http, G_MAXINT);
  for (i = 0; i < 3; i++) {
    answer = offer (client, call);
    assert_equals_string (answer.answer, "v=0\r\n");
    g_free (answer.answer);
  }
  assert_requests (client, "^(0 POST.*\n){2}(1 POST.*\n){2}$");
  assert_equals_int (count_connections (client->server), 2);
  gst_oai_call_unref (call);
  client_free (client);
}

GST_END_TEST;

static void
on_hung_up (gpointer counter)
{
  ++*(guint *) counter;
}

/* The hang-up goes out on it, too, and leaves it to the next call. */
GST_START_TEST (test_hang_up_keeps_the_connection)
{
  static const Manner manners[] = { SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  GstOaiCall *call = call_new (client);
  guint i;

  gst_oai_http_set_patience (client->http, G_MAXINT);
  for (i = 0; i < 2; i++) {
    Answer answer = offer (client, call);
    GstOaiSignaller *signaller = gst_oai_signaller_new (call);
    guint n = 0;

    assert_equals_string (answer.answer, "v=0\r\n");
    g_free (answer.answer);
    gst_oai_signaller_hang_up (signaller, "rtc_1", 20000, on_hung_up, &n);
    wait_for (client, &n, 1);
    g_object_unref (signaller);
  }
  assert_requests (client,
      "^(0 POST /v1/realtime/calls HTTP/1.1\n"
      "0 POST /v1/realtime/calls/rtc_1/hangup .*\n){2}$");
  gst_oai_call_unref (call);
  client_free (client);
}

GST_END_TEST;

/* Of a new one nobody knows what the server made of the offer. */
GST_START_TEST (test_new_connection_breaks)
{
  static const Manner manners[] = { SERVE_NONE, SERVE };
  Client *client = client_new (manners, G_N_ELEMENTS (manners));
  GstOaiCall *call = call_new (client);
  Answer answer;

  gst_oai_http_set_patience (client->http, G_MAXINT);
  answer = offer (client, call);
  fail_unless (answer.answer == NULL);
  fail_unless (answer.error != NULL);
  assert_equals_int (answer.error->klass, GST_OAI_ERROR_RETRYABLE);
  assert_requests (client, "^0 POST.*\n$");
  gst_oai_error_free (answer.error);
  gst_oai_call_unref (call);
  client_free (client);
}

GST_END_TEST;

static Suite *
http_suite (void)
{
  Suite *suite = suite_create ("transport_http");
  TCase *chain = tcase_create ("general");

  tcase_set_timeout (chain, 60);
  tcase_add_checked_fixture (chain, enter_folder, leave_folder);
  suite_add_tcase (suite, chain);
  tcase_add_test (chain, test_one_is_enough);
  tcase_add_loop_test (chain, test_stalled_one_is_passed, 0, 2);
  tcase_add_test (chain, test_broken_one_is_passed);
  tcase_add_loop_test (chain, test_cancelled, 0, 4);
  tcase_add_test (chain, test_cancelled_before);
  tcase_add_test (chain, test_nobody_there);
  tcase_add_test (chain, test_next_call_has_the_connection);
  tcase_add_loop_test (chain, test_offer, 0, 2);
  tcase_add_test (chain, test_kept_connection_breaks);
  tcase_add_test (chain, test_hang_up_keeps_the_connection);
  tcase_add_test (chain, test_new_connection_breaks);

  return suite;
}

GST_CHECK_MAIN (http);
