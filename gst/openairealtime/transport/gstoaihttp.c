/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaihttp.h"

#include <gst/gst.h>
#ifdef G_OS_UNIX
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

GST_DEBUG_CATEGORY_STATIC (gst_oai_http_debug);
#define GST_CAT_DEFAULT gst_oai_http_debug

/* Without progress for so long another connection is begun: the "Connection Attempt
 * Delay" of RFC 8305, 5. Name, TCP and TLS have it each for themselves. */
#define DEFAULT_PATIENCE_MS 250
#define MAX_ATTEMPTS 3

/* How long a connection stays open that nobody uses: less than what any router forgets
 * a connection after. */
#define IDLE_SECONDS 30

/* It may be dead all the same, when the machine has got another address meanwhile. What
 * is sent on it has to be acknowledged within this, or it is given up; after a loss TCP
 * sends three times in it. */
#define USED_TIMEOUT_MS 2500

struct _GstOaiHttp {
  GObject parent;

  SoupSession *session;
  gchar *base_url;
  gchar *tls_ca_file;
  gint64 replied; /* monotonic, 0: never */
  guint patience_ms;
  GSocket *socket; /* of the connection that was opened last */
};

G_DEFINE_TYPE_WITH_CODE (GstOaiHttp, gst_oai_http, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (gst_oai_http_debug, "openairealtimehttp", 0,
        "OpenAI Realtime HTTP connections"))

/* One connection that is being opened. Each has a SoupSession of its own, as
 * libsoup would give a request the connection that it finds first, be it one that
 * stalls. */
typedef struct {
  struct _Opening *opening;
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  gulong progress_id;
  GSocket *socket; /* NULL: the connection is one that was there */
} Candidate;

typedef struct _Opening {
  GstOaiHttp *http;
  GstOaiHttpMessageFunc make_message;
  GstOaiHttpOpenFunc done; /* NULL once called */
  GObject *owner;
  GCancellable *cancellable;
  gulong cancelled_id;
  GSource *timer;
  GPtrArray *candidates;
  guint n_running;
} Opening;

static SoupSession *
new_session (void)
{
  SoupSession *session = soup_session_new_with_options ("user-agent",
      "gst-openai-realtime/" PACKAGE_VERSION, "max-conns-per-host", 4,
      "idle-timeout", IDLE_SECONDS, NULL);

  /* The answer is one small text; asking for compression buys nothing. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  return session;
}

static void
gst_oai_http_finalize (GObject *object)
{
  GstOaiHttp *self = GST_OAI_HTTP (object);

  soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->socket);
  g_free (self->base_url);
  g_free (self->tls_ca_file);

  G_OBJECT_CLASS (gst_oai_http_parent_class)->finalize (object);
}

static void
gst_oai_http_class_init (GstOaiHttpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_oai_http_finalize;
}

static void
gst_oai_http_init (GstOaiHttp *self)
{
  self->session = new_session ();
  self->patience_ms = DEFAULT_PATIENCE_MS;
}

GstOaiHttp *
gst_oai_http_new (void)
{
  return g_object_new (GST_TYPE_OAI_HTTP, NULL);
}

/* Requests that are under way hold the old session themselves. */
void
gst_oai_http_forget (GstOaiHttp *self)
{
  g_object_unref (self->session);
  self->session = new_session ();
  self->replied = 0;
  g_clear_object (&self->socket);
}

void
gst_oai_http_set_server (
    GstOaiHttp *self, const gchar *base_url, const gchar *tls_ca_file)
{
  if (g_strcmp0 (base_url, self->base_url) == 0
      && g_strcmp0 (tls_ca_file, self->tls_ca_file) == 0)
    return;
  if (self->base_url)
    gst_oai_http_forget (self);
  g_free (self->base_url);
  self->base_url = g_strdup (base_url);
  g_free (self->tls_ca_file);
  self->tls_ca_file = g_strdup (tls_ca_file);
}

void
gst_oai_http_set_patience (GstOaiHttp *self, guint patience_ms)
{
  self->patience_ms = patience_ms;
}

SoupSession *
gst_oai_http_get_session (GstOaiHttp *self)
{
  return self->session;
}

void
gst_oai_http_replied (GstOaiHttp *self)
{
  self->replied = g_get_monotonic_time ();
}

gboolean
gst_oai_http_is_used (GstOaiHttp *self)
{
  return self->replied != 0;
}

/* --- Opening --- */

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;

  g_signal_handler_disconnect (candidate->message, candidate->progress_id);
  g_object_unref (candidate->message);
  g_object_unref (candidate->cancellable);
  g_object_unref (candidate->session);
  g_clear_object (&candidate->socket);
  g_free (candidate);
}

static void
stop_timer (Opening *opening)
{
  if (opening->timer) {
    g_source_destroy (opening->timer);
    g_clear_pointer (&opening->timer, g_source_unref);
  }
}

static void
opening_free (Opening *opening)
{
  stop_timer (opening);
  g_cancellable_disconnect (opening->cancellable, opening->cancelled_id);
  g_clear_object (&opening->cancellable);
  g_ptr_array_unref (opening->candidates);
  g_object_unref (opening->owner);
  g_object_unref (opening->http);
  g_free (opening);
}

static void
cancel_candidates (Opening *opening)
{
  guint i;

  stop_timer (opening);
  for (i = 0; i < opening->candidates->len; i++) {
    Candidate *candidate = g_ptr_array_index (opening->candidates, i);

    g_cancellable_cancel (candidate->cancellable);
  }
}

/* The connection was there. */
static void
hurry (GstOaiHttp *self)
{
#ifdef TCP_USER_TIMEOUT
  g_autoptr (GError) error = NULL;

  if (self->socket
      && !g_socket_set_option (
          self->socket, IPPROTO_TCP, TCP_USER_TIMEOUT, USED_TIMEOUT_MS, &error))
    GST_DEBUG_OBJECT (self, "no time-out: %s", error->message);
#endif
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Candidate *candidate = user_data;
  Opening *opening = candidate->opening;
  GstOaiHttp *self = opening->http;
  g_autoptr (GError) error = NULL;
  gboolean opened = soup_session_preconnect_finish (
      SOUP_SESSION (source), result, &error);

  opening->n_running--;
  GST_DEBUG_OBJECT (
      self, "connection %p: %s", candidate, opened ? "open" : error->message);
  if (opening->done && (opened || opening->n_running == 0)) {
    GstOaiHttpOpenFunc done = g_steal_pointer (&opening->done);

    if (opened && candidate->socket) {
      g_set_object (&self->session, candidate->session);
      g_set_object (&self->socket, candidate->socket);
      self->replied = 0;
    } else if (opened) {
      hurry (self);
    }
    cancel_candidates (opening);
    done (opening->owner, opened);
  }
  if (opening->n_running == 0)
    opening_free (opening);
}

static void add_candidate (Opening *opening, SoupSession *session);

static gboolean
on_no_progress (gpointer user_data)
{
  Opening *opening = user_data;
  g_autoptr (SoupSession) session = new_session ();

  GST_INFO_OBJECT (opening->http, "no progress: one more connection");
  g_clear_pointer (&opening->timer, g_source_unref);
  add_candidate (opening, session);
  return G_SOURCE_REMOVE;
}

static void
set_timer (Opening *opening)
{
  stop_timer (opening);
  if (opening->candidates->len >= MAX_ATTEMPTS)
    return;
  opening->timer = g_timeout_source_new (opening->http->patience_ms);
  g_source_set_callback (opening->timer, on_no_progress, opening, NULL);
  g_source_attach (opening->timer, g_main_context_get_thread_default ());
}

static void
on_progress (SoupMessage *message, GSocketClientEvent event,
    GIOStream *connection, Candidate *candidate)
{
  GST_LOG_OBJECT (
      candidate->opening->http, "connection %p: event %d", candidate, event);
  if (event == G_SOCKET_CLIENT_CONNECTED && G_IS_SOCKET_CONNECTION (connection))
    g_set_object (&candidate->socket,
        g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)));
  if (candidate->opening->done
      && (event == G_SOCKET_CLIENT_RESOLVED
          || event == G_SOCKET_CLIENT_CONNECTED
          || event == G_SOCKET_CLIENT_PROXY_NEGOTIATED))
    set_timer (candidate->opening);
}

static void
add_candidate (Opening *opening, SoupSession *session)
{
  SoupMessage *message = opening->make_message (opening->owner);
  Candidate *candidate;

  if (!message)
    return;
  candidate = g_new0 (Candidate, 1);
  candidate->opening = opening;
  candidate->session = g_object_ref (session);
  candidate->message = message;
  candidate->cancellable = g_cancellable_new ();
  candidate->progress_id = g_signal_connect (
      message, "network-event", G_CALLBACK (on_progress), candidate);
  g_ptr_array_add (opening->candidates, candidate);
  opening->n_running++;
  set_timer (opening);
  soup_session_preconnect_async (session, message, G_PRIORITY_DEFAULT,
      candidate->cancellable, on_opened, candidate);
}

static void
on_cancelled (GCancellable *cancellable, Opening *opening)
{
  cancel_candidates (opening);
}

static gboolean
on_nothing_to_open (gpointer user_data)
{
  Opening *opening = user_data;

  opening->done (opening->owner, FALSE);
  opening_free (opening);
  return G_SOURCE_REMOVE;
}

void
gst_oai_http_open (GstOaiHttp *self, GstOaiHttpMessageFunc make_message,
    GstOaiHttpOpenFunc done, GObject *owner, GCancellable *cancellable)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->http = g_object_ref (self);
  opening->make_message = make_message;
  opening->done = done;
  opening->owner = g_object_ref (owner);
  opening->candidates = g_ptr_array_new_with_free_func (candidate_free);
  if (self->replied
      && g_get_monotonic_time () - self->replied
          > IDLE_SECONDS * G_TIME_SPAN_SECOND)
    gst_oai_http_forget (self);
  add_candidate (opening, self->session);
  if (cancellable) {
    opening->cancellable = g_object_ref (cancellable);
    opening->cancelled_id = g_cancellable_connect (
        cancellable, G_CALLBACK (on_cancelled), opening, NULL);
  }
  if (opening->n_running == 0) {
    g_autoptr (GSource) idle = g_idle_source_new ();

    g_source_set_callback (idle, on_nothing_to_open, opening, NULL);
    g_source_attach (idle, g_main_context_get_thread_default ());
  }
}
