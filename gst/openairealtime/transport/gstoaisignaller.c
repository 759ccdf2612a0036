/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaisignaller.h"

#include <string.h>

#include <libsoup/soup.h>

#include "protocol/gstoaii18n.h"
#include "protocol/gstoaijson.h"
#include "protocol/gstoaisdp.h"
#include "transport/gstoaihttp.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_signaller_debug);
#define GST_CAT_DEFAULT gst_oai_signaller_debug

/* An answer may come as a JSON string, where every line end takes four bytes
 * instead of two. */
#define MAX_BODY_SIZE (2 * GST_OAI_SDP_MAX_SIZE)
#define READ_SIZE 16384
#define MAX_CALL_ID_LENGTH 128

/* How long nothing of a reply may come after its head, with HTTP/2: libsoup 3.2 does
 * not tell who reads it that the server has given up (RST_STREAM), nor that the
 * connection is gone. What a network loses comes again sooner. */
#define STALL_SECONDS 3

#define CALLS_PATH "/realtime/calls"
#define SECRETS_PATH "/realtime/client_secrets"
/* Where translations are made. The first is what the service's own example pages
 * use; the published specification has the second only, and nowhere else to hang up
 * than the calls' path. */
#define TRANSLATION_CALLS_PATH "/realtime/translations/calls"
#define TRANSLATION_SECRETS_PATH "/realtime/translations/client_secrets"

/* A secret that is made for one call is used at once. */
#define SECRET_SECONDS 60
#define MAX_SECRET_LENGTH 4096

typedef struct _OfferRequest OfferRequest;

struct _GstOaiSignaller {
  GObject parent;

  /* Only used on the thread that made the object. */
  GstOaiCall *call;
  GstOaiHttp *http;
  gboolean opening; /* a connection */
  OfferRequest *waiting; /* for that */
  GTlsDatabase *extra_cas; /* of tls-ca-file, NULL when not set */
  GTlsCertificateFlags
      certificate_errors; /* of the last one that was refused */
  gchar *minted; /* client secret of our own, NULL until there is one */
  OfferRequest *minting; /* asks for it while there is no offer */
  GstOaiError *mint_error; /* that it ended with */
  /* The head of the last reply; the id that of the reply to the offer. */
  guint status; /* 0: none came */
  gchar *request_id;
  gchar *call_id;
};

G_DEFINE_TYPE_WITH_CODE (GstOaiSignaller, gst_oai_signaller, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (gst_oai_signaller_debug, "openairealtimesignaller",
        0, "OpenAI Realtime signalling over HTTP"))

static void
gst_oai_signaller_finalize (GObject *object)
{
  GstOaiSignaller *self = GST_OAI_SIGNALLER (object);

  g_clear_object (&self->http);
  g_clear_object (&self->extra_cas);
  g_free (self->minted);
  g_clear_pointer (&self->mint_error, gst_oai_error_free);
  g_free (self->request_id);
  g_free (self->call_id);
  g_clear_pointer (&self->call, gst_oai_call_unref);

  G_OBJECT_CLASS (gst_oai_signaller_parent_class)->finalize (object);
}

static void
gst_oai_signaller_class_init (GstOaiSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_oai_signaller_finalize;
}

static void
gst_oai_signaller_init (GstOaiSignaller *self)
{
}

GstOaiSignaller *
gst_oai_signaller_new (GstOaiCall *call)
{
  GstOaiSignaller *self = g_object_new (GST_TYPE_OAI_SIGNALLER, NULL);

  self->call = gst_oai_call_ref (call);
  self->http = call->connections
      ? GST_OAI_HTTP (g_object_ref (call->connections))
      : gst_oai_http_new ();
  gst_oai_http_set_server (self->http, call->base_url, call->tls_ca_file);
  return self;
}

gboolean
gst_oai_signaller_can_hang_up (GstOaiSignaller *self)
{
  return self->call->client_secret == NULL && self->call->api_key != NULL;
}

const gchar *
gst_oai_signaller_get_call_id (GstOaiSignaller *self)
{
  return self->call_id;
}

void
gst_oai_signaller_describe (
    GstOaiSignaller *self, GstOaiError *error, gboolean with_status)
{
  gst_oai_error_set_reply (
      error, with_status ? self->status : 0, self->request_id);
}

gchar *
gst_oai_signaller_parse_location (const gchar *location)
{
  g_autofree gchar *path = NULL;
  g_auto (GStrv) segments = NULL;
  const gchar *found = NULL;
  gboolean found_rtc = FALSE;
  gsize i;

  if (!location)
    return NULL;
  path = g_strndup (location, strcspn (location, "?#"));
  segments = g_strsplit (path, "/", -1);
  for (i = 0; segments[i]; i++) {
    gboolean rtc = g_str_has_prefix (segments[i], "rtc_");

    if (segments[i][0] == '\0' || (found_rtc && !rtc))
      continue;
    found = segments[i];
    found_rtc = rtc;
  }
  if (!found || strlen (found) > MAX_CALL_ID_LENGTH)
    return NULL;
  /* It becomes a part of the hang-up URL. */
  for (i = 0; found[i]; i++) {
    if (!g_ascii_isalnum (found[i]) && !strchr ("_-.~", found[i]))
      return NULL;
  }
  if (strspn (found, ".") == i)
    return NULL;
  return g_strdup (found);
}

gchar *
gst_oai_signaller_build_url (const gchar *base_url, const gchar *path)
{
  gsize end = strcspn (base_url, "?#");
  const gchar *query = base_url + end;
  g_autofree gchar *base = NULL;

  while (end > 0 && base_url[end - 1] == '/')
    end--;
  base = g_strndup (base_url, end);
  return g_strconcat (base, path, query, NULL);
}

gboolean
gst_oai_signaller_is_loopback (const gchar *base_url)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GInetAddress) address = NULL;
  const gchar *host;

  uri = g_uri_parse (base_url, SOUP_HTTP_URI_FLAGS, NULL);
  host = uri ? g_uri_get_host (uri) : NULL;
  if (!host)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address && g_inet_address_get_is_loopback (address);
}

static void
append_part (GString *body, const gchar *boundary, const gchar *name,
    const gchar *type, const gchar *content)
{
  /* No filename: with one, the server takes the part for an upload. */
  g_string_append_printf (body,
      "--%s\r\n"
      "Content-Disposition: form-data; name=\"%s\"\r\n"
      "Content-Type: %s\r\n"
      "\r\n",
      boundary, name, type);
  g_string_append (body, content);
  g_string_append (body, "\r\n");
}

GBytes *
gst_oai_signaller_build_body (
    const gchar *offer, const gchar *session_json, const gchar *boundary)
{
  GString *body = g_string_new (NULL);

  append_part (body, boundary, "sdp", "application/sdp", offer);
  if (session_json) {
    append_part (body, boundary, "session", "application/json", session_json);
  }
  g_string_append_printf (body, "--%s--\r\n", boundary);
  return g_string_free_to_bytes (body);
}

static gchar *
make_boundary (const gchar *offer, const gchar *session_json)
{
  gchar *boundary = NULL;

  do {
    g_free (boundary);
    boundary = g_strdup_printf ("gst-oai-%08x%08x%08x", g_random_int (),
        g_random_int (), g_random_int ());
  } while (strstr (offer, boundary)
      || (session_json && strstr (session_json, boundary)));
  return boundary;
}

/* The system's CAs did not know the server's. Ask those of tls-ca-file, which
 * are trusted in addition; everything else about the certificate must be right,
 * the host name included. */
static gboolean
on_accept_certificate (SoupMessage *message, GTlsCertificate *certificate,
    GTlsCertificateFlags errors, GstOaiSignaller *self)
{
  GUri *uri = soup_message_get_uri (message);
  g_autoptr (GSocketConnectable) identity = NULL;
  g_autoptr (GError) error = NULL;
  GTlsCertificateFlags left;

  self->certificate_errors = errors;
  if (!self->extra_cas)
    return FALSE;
  identity = g_network_address_new (g_uri_get_host (uri), 443);
  left = g_tls_database_verify_chain (self->extra_cas, certificate,
      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
      G_TLS_DATABASE_VERIFY_NONE, NULL, &error);
  if (error) {
    GST_WARNING_OBJECT (self, "verification failed: %s", error->message);
    return FALSE;
  }
  GST_DEBUG_OBJECT (self, "system CAs: 0x%x, own CAs: 0x%x", errors, left);
  self->certificate_errors = left;
  return left == 0;
}

static gboolean
load_extra_cas (GstOaiSignaller *self, GError **error)
{
  g_autofree gchar *path = NULL;

  if (!self->call->tls_ca_file || self->extra_cas)
    return TRUE;
  path = g_canonicalize_filename (self->call->tls_ca_file, NULL);
  self->extra_cas = g_tls_file_database_new (path, error);
  return self->extra_cas != NULL;
}

/* What opens the server's door for everything but the offer. */
static const gchar *
get_credential (GstOaiSignaller *self)
{
  return self->call->client_secret ? self->call->client_secret
                                   : self->call->api_key;
}

static SoupMessage *
new_message (GstOaiSignaller *self, const gchar *path, const gchar *credential)
{
  g_autofree gchar *url = gst_oai_signaller_build_url (
      self->call->base_url, path);
  SoupMessage *message = soup_message_new (SOUP_METHOD_POST, url);
  gchar **header;

  if (!message)
    return NULL;
  for (header = self->call->headers; header && *header; header += 2)
    soup_message_headers_replace (
        soup_message_get_request_headers (message), header[0], header[1]);
  /* A redirect would take the offer, which holds ICE credentials, elsewhere.
   * Without IDEMPOTENT, libsoup opens a new connection for each POST and the
   * one that was opened ahead is of no use. libsoup does not repeat a POST for that,
   * see post_again(). */
  soup_message_add_flags (
      message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect_object (message, "accept-certificate",
      G_CALLBACK (on_accept_certificate), self, 0);
  if (credential) {
    g_autofree gchar *bearer = g_strconcat ("Bearer ", credential, NULL);

    soup_message_headers_replace (
        soup_message_get_request_headers (message), "Authorization", bearer);
  }
  return message;
}

static const gchar *
get_calls_path (GstOaiSignaller *self)
{
  return self->call->translation ? TRANSLATION_CALLS_PATH : CALLS_PATH;
}

struct _OfferRequest {
  GstOaiSignaller *signaller;
  SoupMessage *message;
  GCancellable *cancellable;
  GByteArray *body;
  GCancellable *reading; /* the body; NULL before */
  GSource *cancelled; /* of cancellable, while reading */
  GSource *stall; /* timer, while reading with HTTP/2 */
  gboolean stalled;
  gchar *offer; /* NULL: there is none yet */
  gboolean minting; /* a client secret first */
  gboolean on_used; /* connection */
  const gchar *name; /* of the request under way, for errors */
  GstOaiSignallerAnswerFunc func;
  gpointer user_data;
};

static void
stop_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
stop_reading (OfferRequest *request)
{
  stop_source (&request->cancelled);
  stop_source (&request->stall);
  g_clear_object (&request->reading);
}

static void
offer_request_free (OfferRequest *request)
{
  stop_reading (request);
  g_clear_object (&request->message);
  g_clear_object (&request->cancellable);
  g_clear_pointer (&request->body, g_byte_array_unref);
  g_free (request->offer);
  g_clear_object (&request->signaller);
  g_free (request);
}

static OfferRequest *
offer_request_new (GstOaiSignaller *self, GCancellable *cancellable)
{
  OfferRequest *request = g_new0 (OfferRequest, 1);

  request->signaller = g_object_ref (self);
  request->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  request->body = g_byte_array_new ();

  return request;
}

static void
offer_request_fail (OfferRequest *request, GstOaiError *error)
{
  GstOaiSignaller *self = request->signaller;

  if (self->minting == request) {
    /* The offer is told. */
    self->minting = NULL;
    self->mint_error = error;
  } else {
    request->func (NULL, error, request->user_data);
  }
  offer_request_free (request);
}

/* The SDP in @body: the body itself, or the member "sdp" of a JSON object as
 * some compatible servers answer. */
static gchar *
extract_sdp (const gchar *body, gsize size)
{
  g_autoptr (JsonObject) object = NULL;
  const gchar *sdp;
  gsize i = 0;

  while (i < size && g_ascii_isspace (body[i]))
    i++;
  if (i == size || body[i] != '{')
    return memchr (body, '\0', size) ? NULL : g_strndup (body, size);
  object = gst_oai_json_parse_object (body, size, MAX_BODY_SIZE, NULL);
  sdp = object ? gst_oai_json_get_string (object, "sdp", NULL) : NULL;
  return g_strdup (sdp);
}

/* libsoup 3.2 takes a body that is shorter than announced for a whole one. */
static gboolean
is_truncated (SoupMessageHeaders *headers, gsize size)
{
  return soup_message_headers_get_encoding (headers)
      == SOUP_ENCODING_CONTENT_LENGTH
      && !soup_message_headers_get_one (headers, "Content-Encoding")
      && soup_message_headers_get_content_length (headers) > (goffset) size;
}

static GstOaiError *
new_truncated_error (guint status, gsize size)
{
  return gst_oai_error_because ("truncated-reply",
      gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE,
          _ ("The connection broke in the middle of the server's reply."),
          "status %u, %" G_GSIZE_FORMAT " bytes", status, size));
}

static void post_offer (OfferRequest *request);
static void post_again (OfferRequest *request);

static gboolean
is_usable_secret (const gchar *secret)
{
  gsize length = secret ? strlen (secret) : 0, i;

  for (i = 0; i < length; i++) {
    if (!g_ascii_isgraph (secret[i]))
      return FALSE;
  }
  return length > 0 && length <= MAX_SECRET_LENGTH;
}

/* Older servers nest it. */
static gchar *
extract_secret (const gchar *body, gsize size)
{
  g_autoptr (JsonObject)
      object = gst_oai_json_parse_object (body, size, MAX_BODY_SIZE, NULL);
  const gchar *secret = NULL;

  if (object) {
    secret = gst_oai_json_get_string (object, "value", NULL);
    if (!secret)
      secret = gst_oai_json_get_string (object, "client_secret.value", NULL);
  }
  return is_usable_secret (secret) ? g_strdup (secret) : NULL;
}

static void
offer_request_complete (OfferRequest *request)
{
  GstOaiSignaller *self = request->signaller;
  SoupMessageHeaders *headers = soup_message_get_response_headers (
      request->message);
  guint status = self->status;
  const gchar *body = (const gchar *) request->body->data;
  gsize size = request->body->len;
  g_autofree gchar *sdp = NULL;

  stop_reading (request);
  GST_INFO_OBJECT (self, "status %u, %" G_GSIZE_FORMAT " bytes, request id %s",
      status, size, GST_STR_NULL (self->request_id));

  if (status < 200 || status > 299) {
    offer_request_fail (request,
        gst_oai_error_from_http (status, request->name, body, size,
            self->request_id,
            soup_message_headers_get_one (headers, "Retry-After")));
    return;
  }

  if (is_truncated (headers, size)) {
    offer_request_fail (request, new_truncated_error (status, size));
    return;
  }

  if (request->minting) {
    self->minted = extract_secret (body, size);
    request->minting = FALSE;
    if (!self->minted) {
      offer_request_fail (request,
          gst_oai_error_because ("no-client-secret",
              gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                  GST_RESOURCE_ERROR_OPEN_READ_WRITE,
                  _ ("The server's reply has no client secret in it."),
                  "status %u, %" G_GSIZE_FORMAT " bytes", status, size)));
    } else if (request->offer) {
      post_offer (request);
    } else {
      self->minting = NULL;
      offer_request_free (request);
    }
    return;
  }

  sdp = size > 0 ? extract_sdp (body, size) : NULL;
  if (!sdp) {
    offer_request_fail (request,
        gst_oai_error_because ("unusable-answer",
            gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                GST_RESOURCE_ERROR_OPEN_READ_WRITE,
                _ ("The server's reply to the call is not a session description."),
                "status %u, %" G_GSIZE_FORMAT " bytes", status, size)));
    return;
  }
  request->func (sdp, NULL, request->user_data);
  offer_request_free (request);
}

static void read_body (OfferRequest *request, GInputStream *stream);

static void
on_body_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OfferRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  bytes = g_input_stream_read_bytes_finish (
      G_INPUT_STREAM (source), result, &error);
  if (!bytes && request->stalled
      && !g_cancellable_is_cancelled (request->cancellable)) {
    gst_oai_http_forget (request->signaller->http);
    offer_request_fail (request,
        new_truncated_error (request->signaller->status, request->body->len));
    return;
  }
  if (!bytes) {
    offer_request_fail (
        request, gst_oai_error_from_gerror (error, request->name));
    return;
  }
  if (g_bytes_get_size (bytes) == 0) {
    offer_request_complete (request);
    return;
  }
  if (request->body->len + g_bytes_get_size (bytes) > MAX_BODY_SIZE) {
    offer_request_fail (request,
        gst_oai_error_because ("reply-too-large",
            gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                GST_RESOURCE_ERROR_OPEN_READ_WRITE,
                _ ("The server's reply to the call is too large."),
                "more than %d bytes", MAX_BODY_SIZE)));
    return;
  }
  g_byte_array_append (
      request->body, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  read_body (request, G_INPUT_STREAM (source));
}

static gboolean
on_stalled (gpointer user_data)
{
  OfferRequest *request = user_data;

  GST_INFO_OBJECT (request->signaller, "the reply goes on no more");
  request->stalled = TRUE;
  g_cancellable_cancel (request->reading);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OfferRequest *request = user_data;

  g_cancellable_cancel (request->reading);
  return G_SOURCE_REMOVE;
}

static void
read_body (OfferRequest *request, GInputStream *stream)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (!request->reading) {
    request->reading = g_cancellable_new ();
    request->cancelled = g_cancellable_source_new (request->cancellable);
    g_source_set_callback (
        request->cancelled, G_SOURCE_FUNC (on_cancelled), request, NULL);
    g_source_attach (request->cancelled, context);
  }
  stop_source (&request->stall);
  if (soup_message_get_http_version (request->message) == SOUP_HTTP_2_0) {
    request->stall = g_timeout_source_new_seconds (STALL_SECONDS);
    g_source_set_callback (request->stall, on_stalled, request, NULL);
    g_source_attach (request->stall, context);
  }
  g_input_stream_read_bytes_async (stream, READ_SIZE, G_PRIORITY_DEFAULT,
      request->reading, on_body_read, request);
}

static void
take_head (GstOaiSignaller *self, SoupMessage *message, gboolean of_offer)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  gst_oai_http_replied (self->http);
  self->status = soup_message_get_status (message);
  g_free (self->request_id);
  self->request_id = g_strdup (
      soup_message_headers_get_one (headers, "x-request-id"));
  if (of_offer && self->status >= 200 && self->status <= 299)
    self->call_id = gst_oai_signaller_parse_location (
        soup_message_headers_get_one (headers, "Location"));
}

static void
on_offer_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OfferRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = NULL;

  stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)) {
    offer_request_fail (request,
        gst_oai_error_from_certificate (
            request->signaller->certificate_errors, request->name));
    return;
  }
  if (!stream && request->on_used
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    GST_INFO_OBJECT (request->signaller, "used connection: %s", error->message);
    post_again (request);
    return;
  }
  if (!stream) {
    offer_request_fail (
        request, gst_oai_error_from_gerror (error, request->name));
    return;
  }
  take_head (request->signaller, request->message, !request->minting);
  read_body (request, stream);
}

/* FALSE, and the request is over, when there is no such address. */
static gboolean
begin_request (
    OfferRequest *request, const gchar *path, const gchar *credential)
{
  GstOaiSignaller *self = request->signaller;

  g_clear_object (&request->message);
  g_byte_array_set_size (request->body, 0);
  request->name = path + 1;
  request->message = new_message (self, path, credential);
  if (!request->message)
    offer_request_fail (request,
        gst_oai_error_because ("unusable-setting",
            gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                GST_RESOURCE_ERROR_SETTINGS,
                _ ("The base URL is not a valid HTTP address."), "%s",
                self->call->base_url)));

  return request->message != NULL;
}

static void
send_request (
    OfferRequest *request, const gchar *type, GBytes *body, const gchar *accept)
{
  GstOaiSignaller *self = request->signaller;

  soup_message_set_request_body_from_bytes (request->message, type, body);
  soup_message_headers_replace (
      soup_message_get_request_headers (request->message), "Accept", accept);

  GST_DEBUG_OBJECT (self, "posting %" G_GSIZE_FORMAT " bytes of %s",
      g_bytes_get_size (body), type);
  request->on_used = gst_oai_http_is_used (self->http);
  soup_session_send_async (gst_oai_http_get_session (self->http),
      request->message, G_PRIORITY_DEFAULT, request->cancellable, on_offer_sent,
      request);
}

/* The session goes into the secret, so that nothing can be asked for with it but
 * that. */
static void
post_secret_request (OfferRequest *request)
{
  GstOaiSignaller *self = request->signaller;
  const gchar *session = self->call->session_json;
  g_autofree gchar *text = g_strdup_printf (
      "{\"expires_after\":{\"anchor\":\"created_at\",\"seconds\":%d}%s%s}",
      SECRET_SECONDS, session ? ",\"session\":" : "", session ? session : "");
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  request->minting = TRUE;
  if (begin_request (request,
          self->call->translation ? TRANSLATION_SECRETS_PATH : SECRETS_PATH,
          self->call->api_key))
    send_request (request, "application/json", body, "application/json");
}

static void
post_offer (OfferRequest *request)
{
  GstOaiSignaller *self = request->signaller;
  const gchar *offer = request->offer;
  const gchar *secret = self->call->client_secret ? self->call->client_secret
                                                  : self->minted;
  g_autoptr (GBytes) body = NULL;
  g_autofree gchar *type = NULL;

  if (!begin_request (request, get_calls_path (self),
          secret ? secret : self->call->api_key))
    return;
  if (secret) {
    /* The session is in the secret. */
    body = g_bytes_new (offer, strlen (offer));
    type = g_strdup ("application/sdp");
  } else {
    g_autofree gchar *boundary = make_boundary (
        offer, self->call->session_json);

    body = gst_oai_signaller_build_body (
        offer, self->call->session_json, boundary);
    type = g_strconcat ("multipart/form-data; boundary=", boundary, NULL);
  }
  send_request (request, type, body, "application/sdp");
}

static gboolean
needs_secret (GstOaiSignaller *self)
{
  return self->call->mint_secret && !self->call->client_secret && !self->minted;
}

static void
post_next (OfferRequest *request)
{
  if (needs_secret (request->signaller))
    post_secret_request (request);
  else
    post_offer (request);
}

static SoupMessage *
new_probe (GObject *owner)
{
  GstOaiSignaller *self = GST_OAI_SIGNALLER (owner);

  return new_message (self, get_calls_path (self), NULL);
}

/* Without a connection the request says why there is none. */
static void
on_opened (GObject *owner, gboolean opened)
{
  GstOaiSignaller *self = GST_OAI_SIGNALLER (owner);

  self->opening = FALSE;
  if (self->waiting)
    post_next (g_steal_pointer (&self->waiting));
}

static void
open_connection (GstOaiSignaller *self, GCancellable *cancellable)
{
  self->opening = TRUE;
  gst_oai_http_open (
      self->http, new_probe, on_opened, G_OBJECT (self), cancellable);
}

/* Servers close connections that nobody uses: this one while the request was on its
 * way. */
static void
post_again (OfferRequest *request)
{
  GstOaiSignaller *self = request->signaller;

  gst_oai_http_forget (self->http);
  self->waiting = request;
  open_connection (self, request->cancellable);
}

void
gst_oai_signaller_preconnect (GstOaiSignaller *self, GCancellable *cancellable)
{
  if (!load_extra_cas (self, NULL))
    return;
  if (needs_secret (self))
    self->waiting = self->minting = offer_request_new (self, cancellable);
  open_connection (self, cancellable);
}

void
gst_oai_signaller_send_offer (GstOaiSignaller *self, const gchar *offer,
    GCancellable *cancellable, GstOaiSignallerAnswerFunc func,
    gpointer user_data)
{
  gboolean minting = self->minting != NULL;
  OfferRequest *request = minting ? g_steal_pointer (&self->minting)
                                  : offer_request_new (self, cancellable);
  g_autoptr (GError) error = NULL;

  request->offer = g_strdup (offer);
  request->func = func;
  request->user_data = user_data;
  if (minting)
    return;
  if (self->mint_error) {
    offer_request_fail (request, g_steal_pointer (&self->mint_error));
    return;
  }

  if (!load_extra_cas (self, &error)) {
    offer_request_fail (request,
        gst_oai_error_because ("unusable-setting",
            gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                GST_RESOURCE_ERROR_SETTINGS,
                _ ("The file with additional certificate authorities cannot be "
                   "used."),
                "%s: %s", self->call->tls_ca_file, error->message)));
    return;
  }
  if (self->opening)
    self->waiting = request;
  else
    post_next (request);
}

typedef struct {
  GstOaiSignaller *signaller;
  SoupMessage *message;
  GCancellable *cancellable;
  GSource *timer;
  gsize skipped; /* of the reply's body */
  void (*done) (gpointer user_data);
  gpointer user_data;
} HangupRequest;

static gboolean
on_hangup_timeout (gpointer user_data)
{
  HangupRequest *request = user_data;

  GST_DEBUG_OBJECT (request->signaller, "hang-up takes too long");
  g_cancellable_cancel (request->cancellable);
  return G_SOURCE_REMOVE;
}

static void
hangup_request_end (HangupRequest *request)
{
  g_source_destroy (request->timer);
  g_source_unref (request->timer);
  if (request->done)
    request->done (request->user_data);
  g_object_unref (request->cancellable);
  g_object_unref (request->message);
  g_object_unref (request->signaller);
  g_free (request);
}

/* To its end: otherwise libsoup closes the connection, which the next call can use. */
static void
on_hangup_skipped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HangupRequest *request = user_data;
  gssize size = g_input_stream_skip_finish (
      G_INPUT_STREAM (source), result, NULL);

  if (size > 0 && (request->skipped += size) < MAX_BODY_SIZE)
    g_input_stream_skip_async (G_INPUT_STREAM (source), READ_SIZE,
        G_PRIORITY_DEFAULT, request->cancellable, on_hangup_skipped, request);
  else
    hangup_request_end (request);
}

static void
on_hangup_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HangupRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = NULL;

  stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (stream) {
    gst_oai_http_replied (request->signaller->http);
    GST_INFO_OBJECT (request->signaller, "hang-up: status %u",
        soup_message_get_status (request->message));
    g_input_stream_skip_async (stream, READ_SIZE, G_PRIORITY_DEFAULT,
        request->cancellable, on_hangup_skipped, request);
  } else {
    GST_INFO_OBJECT (request->signaller, "hang-up: %s", error->message);
    gst_oai_http_forget (request->signaller->http);
    hangup_request_end (request);
  }
}

void
gst_oai_signaller_hang_up (GstOaiSignaller *self, const gchar *call_id,
    guint timeout_ms, void (*done) (gpointer user_data), gpointer user_data)
{
  g_autofree gchar *path = g_strconcat (
      CALLS_PATH, "/", call_id, "/hangup", NULL);
  SoupMessage *message = new_message (self, path, get_credential (self));
  HangupRequest *request;

  if (!message) {
    if (done)
      done (user_data);
    return;
  }
  request = g_new0 (HangupRequest, 1);
  request->signaller = g_object_ref (self);
  request->message = message;
  request->cancellable = g_cancellable_new ();
  request->done = done;
  request->user_data = user_data;
  request->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (request->timer, on_hangup_timeout, request, NULL);
  g_source_attach (request->timer, g_main_context_get_thread_default ());

  soup_message_set_request_body_from_bytes (message, NULL, NULL);
  soup_session_send_async (gst_oai_http_get_session (self->http), message,
      G_PRIORITY_DEFAULT, request->cancellable, on_hangup_sent, request);
}
