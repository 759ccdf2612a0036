/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "forwarder.h"
#include "candidates.h"

#include <libsoup/soup.h>
#include <string.h>

#define CALLS_SUFFIX "/realtime/calls"

struct _RelayForwarder {
  RelayNet *net;
  SoupServer *server;
  SoupSession *session;
  GSocketService *service;
  GCancellable *cancellable;
  /* Port of a client -> when it connected, us. */
  GHashTable *opened;
  gchar *upstream; /* scheme, host and port */
  gchar *host;
  gchar *url;
  guint rtt;
};

typedef struct {
  RelayForwarder *forwarder;
  SoupServerMessage *message; /* of the client */
  SoupMessage *request; /* to the server */
  gboolean is_call;
  guint call;
} Exchange;

static void
exchange_free (Exchange *exchange)
{
  g_clear_object (&exchange->message);
  g_clear_object (&exchange->request);
  g_free (exchange);
}

static guint
stand_in_for_client (const gchar *address, guint port, gpointer user_data)
{
  Exchange *exchange = user_data;

  return relay_net_stand_in (
      exchange->forwarder->net, exchange->call, RELAY_CLIENT, address, port);
}

static guint
stand_in_for_server (const gchar *address, guint port, gpointer user_data)
{
  Exchange *exchange = user_data;

  return relay_net_stand_in (
      exchange->forwarder->net, exchange->call, RELAY_SERVER, address, port);
}

/* What @side says, for the other one. NULL: as it is. */
static GBytes *
rewrite (Exchange *exchange, GBytes *body, SoupMessageHeaders *headers,
    RelaySide side, RelayStandIn stand_in)
{
  RelayForwarder *forwarder = exchange->forwarder;
  g_autofree gchar *password = NULL;
  GBytes *rewritten = relay_rewrite_body (body,
      soup_message_headers_get_one (headers, "Content-Type"), forwarder->host,
      stand_in, exchange, &password);

  relay_net_set_password (forwarder->net, exchange->call, side, password);
  return rewritten;
}

/* They are about one connection, or about a length that may change. */
static gboolean
is_hop_by_hop (const gchar *name)
{
  static const gchar *const names[] = { "accept-encoding", "connection",
    "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", NULL };
  g_autofree gchar *lower = g_ascii_strdown (name, -1);

  return g_strv_contains (names, lower);
}

static void
copy_header (const gchar *name, const gchar *value, gpointer headers)
{
  if (!is_hop_by_hop (name))
    soup_message_headers_append (headers, name, value);
}

static gboolean
finish (gpointer user_data)
{
  Exchange *exchange = user_data;

  soup_server_message_unpause (exchange->message);
  exchange_free (exchange);
  return G_SOURCE_REMOVE;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (
      SOUP_SESSION (source), result, &error);
  g_autoptr (GBytes) rewritten = NULL;
  SoupMessageHeaders *headers;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    exchange_free (exchange);
    return;
  }
  if (body == NULL) {
    soup_server_message_set_status (
        exchange->message, SOUP_STATUS_BAD_GATEWAY, NULL);
    soup_server_message_set_response (exchange->message, "text/plain",
        SOUP_MEMORY_COPY, error->message, strlen (error->message));
    finish (exchange);
    return;
  }
  headers = soup_message_get_response_headers (exchange->request);
  soup_server_message_set_status (
      exchange->message, soup_message_get_status (exchange->request), NULL);
  soup_message_headers_foreach (headers, copy_header,
      soup_server_message_get_response_headers (exchange->message));
  if (exchange->is_call)
    rewritten = rewrite (
        exchange, body, headers, RELAY_SERVER, stand_in_for_server);
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (exchange->message),
      rewritten != NULL ? rewritten : body);
  g_timeout_add (exchange->forwarder->rtt / 2, finish, exchange);
}

static gboolean
forward (gpointer user_data)
{
  Exchange *exchange = user_data;
  RelayForwarder *forwarder = exchange->forwarder;

  if (g_cancellable_is_cancelled (forwarder->cancellable)) {
    exchange_free (exchange);
    return G_SOURCE_REMOVE;
  }
  soup_session_send_and_read_async (forwarder->session, exchange->request,
      G_PRIORITY_DEFAULT, forwarder->cancellable, on_answer, exchange);
  return G_SOURCE_REMOVE;
}

static gpointer
get_port (GSocketAddress *address)
{
  return GUINT_TO_POINTER (
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
}

/* How long a request takes to the server: half a round trip, and if the
 * connection is new, one for its handshake, of which some may be over. */
static guint
get_request_delay (RelayForwarder *forwarder, SoupServerMessage *message)
{
  gint64 *opened = g_hash_table_lookup (forwarder->opened,
      get_port (soup_server_message_get_remote_address (message)));
  gint64 handshake = 0;

  if (opened != NULL)
    handshake = forwarder->rtt
        - (g_get_monotonic_time () - *opened) / G_TIME_SPAN_MILLISECOND;
  return MAX (handshake, 0) + forwarder->rtt / 2;
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  RelayForwarder *forwarder = user_data;
  GUri *uri = soup_server_message_get_uri (message);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (
      message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  const gchar *method = soup_server_message_get_method (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  g_autofree gchar *url = g_strconcat (forwarder->upstream,
      g_uri_get_path (uri), g_uri_get_query (uri) ? "?" : "",
      g_uri_get_query (uri), NULL);
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->forwarder = forwarder;
  exchange->message = g_object_ref (message);
  exchange->request = soup_message_new (method, url);
  if (exchange->request == NULL) {
    soup_server_message_set_status (message, SOUP_STATUS_BAD_REQUEST, NULL);
    exchange_free (exchange);
    return;
  }
  soup_message_add_flags (exchange->request, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_foreach (headers, copy_header,
      soup_message_get_request_headers (exchange->request));
  exchange->is_call = strcmp (method, "POST") == 0
      && g_str_has_suffix (path, CALLS_SUFFIX);
  if (exchange->is_call) {
    GBytes *rewritten;

    exchange->call = relay_net_add_call (forwarder->net);
    rewritten = rewrite (
        exchange, bytes, headers, RELAY_CLIENT, stand_in_for_client);
    if (rewritten != NULL) {
      g_bytes_unref (bytes);
      bytes = rewritten;
    }
  }
  if (g_bytes_get_size (bytes) > 0)
    soup_message_set_request_body_from_bytes (exchange->request,
        soup_message_headers_get_one (headers, "Content-Type"), bytes);
  soup_server_message_pause (message);
  g_timeout_add (get_request_delay (forwarder, message), forward, exchange);
}

/* The server is given its connections, to know when they were opened. */
static gboolean
on_connection (GSocketService *service, GSocketConnection *connection,
    GObject *unused, gpointer user_data)
{
  RelayForwarder *forwarder = user_data;
  g_autoptr (GSocketAddress)
      local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress)
      remote = g_socket_connection_get_remote_address (connection, NULL);
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_hash_table_insert (
      forwarder->opened, get_port (remote), g_memdup2 (&now, sizeof (now)));
  if (!soup_server_accept_iostream (
          forwarder->server, G_IO_STREAM (connection), local, remote, &error))
    g_printerr ("A connection was lost: %s\n", error->message);
  return TRUE;
}

static gboolean
listen_on (RelayForwarder *forwarder, guint port, GError **error)
{
  g_autoptr (GSocketAddress)
      address = g_inet_socket_address_new_from_string (forwarder->host, port);
  g_autoptr (GSocketAddress) effective = NULL;

  forwarder->service = g_socket_service_new ();
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (forwarder->service),
          address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
          &effective, error))
    return FALSE;
  port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  forwarder->url = g_strdup_printf ("http://%s:%u/v1", forwarder->host, port);
  g_signal_connect (
      forwarder->service, "incoming", G_CALLBACK (on_connection), forwarder);
  g_socket_service_start (forwarder->service);
  return TRUE;
}

RelayForwarder *
relay_forwarder_new (RelayNet *net, const gchar *upstream, const gchar *host,
    guint port, guint rtt, GError **error)
{
  g_autoptr (RelayForwarder) forwarder = g_new0 (RelayForwarder, 1);
  g_autoptr (GUri) uri = g_uri_parse (upstream, G_URI_FLAGS_NONE, error);

  if (uri == NULL)
    return NULL;
  if (g_uri_get_host (uri) == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' names no host", upstream);
    return NULL;
  }
  forwarder->net = net;
  forwarder->host = g_strdup (host);
  forwarder->rtt = rtt;
  forwarder->upstream = g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri),
      NULL, g_uri_get_host (uri), g_uri_get_port (uri), "", NULL, NULL);
  forwarder->cancellable = g_cancellable_new ();
  forwarder->opened = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  forwarder->session = soup_session_new_with_options (
      "max-conns", 1000, "max-conns-per-host", 1000, NULL);
  soup_session_remove_feature_by_type (
      forwarder->session, SOUP_TYPE_CONTENT_DECODER);
  forwarder->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (
      forwarder->server, NULL, on_request, forwarder, NULL);
  if (!listen_on (forwarder, port, error))
    return NULL;
  return g_steal_pointer (&forwarder);
}

const gchar *
relay_forwarder_get_url (RelayForwarder *forwarder)
{
  return forwarder->url;
}

void
relay_forwarder_free (RelayForwarder *forwarder)
{
  if (forwarder == NULL)
    return;
  g_cancellable_cancel (forwarder->cancellable);
  if (forwarder->service != NULL) {
    g_signal_handlers_disconnect_by_data (forwarder->service, forwarder);
    g_socket_service_stop (forwarder->service);
    g_socket_listener_close (G_SOCKET_LISTENER (forwarder->service));
  }
  soup_server_disconnect (forwarder->server);
  soup_session_abort (forwarder->session);
  /* What is under way notices that it was cancelled. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_clear_object (&forwarder->service);
  g_clear_object (&forwarder->server);
  g_clear_object (&forwarder->session);
  g_clear_object (&forwarder->cancellable);
  g_hash_table_unref (forwarder->opened);
  g_free (forwarder->upstream);
  g_free (forwarder->host);
  g_free (forwarder->url);
  g_free (forwarder);
}
