/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "server.h"
#include "badhttp.h"
#include "call.h"
#include "settings.h"
#include "tls.h"
#include "translation.h"

#include "protocol/gstoaijson.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_BODY (4 * 1024 * 1024)
#define MAX_SECRETS 10000
#define DEFAULT_SECRET_SECONDS 600

struct _EmuServer {
  const EmuOptions *options;
  /* The same without faults, for calls past --fault first. */
  EmuOptions healthy;
  guint n_calls;
  EmuMind *mind;
  SoupServer *soup;
  GSourceFunc quit;
  gpointer quit_data;
  /* ek_… -> Secret */
  GHashTable *secrets;
  /* rtc_… -> EmuCall */
  GHashTable *calls;
  gint n_ended;
  gboolean closing;
};

typedef struct {
  gint64 expires_at;
  JsonObject *session;
} Secret;

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  json_object_unref (secret->session);
  g_free (secret);
}

/* --- answers --- */

static void
set_json (SoupServerMessage *message, guint status, JsonObject *object)
{
  g_autofree gchar *text = gst_oai_json_to_string (object);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
}

static void
set_problem (SoupServerMessage *message, const EmuProblem *problem)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_object_member (
      object, "error", emu_problem_to_json (problem));
  set_json (message, problem->status, object);
}

static void
take_problem (SoupServerMessage *message, EmuProblem *problem)
{
  set_problem (message, problem);
  emu_problem_free (problem);
}

static void
set_not_found (SoupServerMessage *message, const gchar *path)
{
  take_problem (message,
      emu_problem_new (404, NULL, NULL, "Invalid URL (%s %s)",
          soup_server_message_get_method (message), path));
}

/* --- keys --- */

static const gchar *
get_bearer (SoupServerMessage *message)
{
  const gchar *header = soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Authorization");

  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", 7) != 0)
    return NULL;
  return header + 7;
}

/* FALSE when it answered 401. @secret is set when the bearer is a client
 * secret; with @key_only those are refused. */
static gboolean
authorise (EmuServer *server, SoupServerMessage *message, gboolean key_only,
    Secret **secret)
{
  const gchar *bearer = get_bearer (message);
  Secret *found = bearer != NULL ? g_hash_table_lookup (server->secrets, bearer)
                                 : NULL;

  *secret = NULL;
  if (found != NULL && !key_only) {
    if (found->expires_at > g_get_real_time () / G_USEC_PER_SEC) {
      *secret = found;
      return TRUE;
    }
    take_problem (message,
        emu_problem_new (401, "token_expired", NULL,
            "Ephemeral token expired. Please create a new one."));
    return FALSE;
  }
  if (server->options->api_key == NULL
      || g_strcmp0 (bearer, server->options->api_key) == 0)
    return TRUE;
  if (bearer == NULL)
    take_problem (message,
        emu_problem_new (401, NULL, NULL,
            "You didn't provide an API key. You need to provide your API key "
            "in an Authorization header using Bearer auth (i.e. "
            "Authorization: Bearer YOUR_KEY)."));
  else
    take_problem (message,
        emu_problem_new (
            401, "invalid_api_key", NULL, "Incorrect API key provided."));
  return FALSE;
}

/* --- client secrets --- */

static gboolean
drop_expired (gpointer key, gpointer value, gpointer user_data)
{
  /* An hour longer, to tell "expired" from "unknown". */
  return ((Secret *) value)->expires_at + 3600
      < g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
check_model (EmuServer *server, const gchar *model, EmuProblem **problem)
{
  if (model == NULL || emu_options_knows_model (server->options, model))
    return TRUE;
  emu_problem_set (problem, "model_not_found", "model",
      "The model '%.100s' does not exist or you do not have access to it.",
      model);
  (*problem)->status = 404;
  return FALSE;
}

/* New session settings from the config of the client, NULL for none. */
static JsonObject *
make_settings (EmuServer *server, const gchar *model, JsonObject *config,
    EmuProblem **problem)
{
  g_autoptr (JsonObject)
      settings = emu_settings_new (model, server->options->session_age);

  if (config != NULL
      && !emu_settings_update (settings, config, TRUE, FALSE, problem))
    return NULL;
  if (!check_model (
          server, gst_oai_json_get_string (settings, "model", NULL), problem))
    return NULL;
  return g_steal_pointer (&settings);
}

/* The same of a translation session, whose config fits its table. */
static JsonObject *
make_translation_settings (
    EmuServer *server, JsonObject *config, EmuProblem **problem)
{
  if (!check_model (
          server, gst_oai_json_get_string (config, "model", NULL), problem))
    return NULL;
  return emu_translation_settings_new (config, server->options->session_age);
}

static JsonObject *
parse_body (GBytes *body, EmuProblem **problem)
{
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  if (size == 0)
    return json_object_new ();
  object = gst_oai_json_parse_object (data, size, MAX_BODY, &error);
  if (object == NULL)
    emu_problem_set (problem, NULL, NULL,
        "We could not parse the JSON body of your request. (%s)",
        error->message);
  return object;
}

static GBytes *
get_body (SoupServerMessage *message)
{
  return soup_message_body_flatten (
      soup_server_message_get_request_body (message));
}

static void
handle_client_secrets (
    EmuServer *server, SoupServerMessage *message, gboolean translation)
{
  g_autoptr (EmuProblem) problem = NULL;
  g_autoptr (JsonObject) request = NULL;
  g_autoptr (JsonObject) settings = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GBytes) body = get_body (message);
  g_autofree gchar *value = NULL;
  JsonObject *config, *echo;
  Secret *secret;

  if (!authorise (server, message, TRUE, &secret))
    return;
  request = parse_body (body, &problem);
  if (request == NULL
      || !emu_schema_check (
          translation ? &emu_translation_secret_schema : &emu_secret_schema,
          request, "", &problem)) {
    set_problem (message, problem);
    return;
  }
  config = gst_oai_json_get_object (request, "session");
  if (translation)
    settings = make_translation_settings (server, config, &problem);
  else
    settings = make_settings (server, NULL, config, &problem);
  if (settings == NULL) {
    set_problem (message, problem);
    return;
  }
  g_hash_table_foreach_remove (server->secrets, drop_expired, NULL);
  if (g_hash_table_size (server->secrets) >= MAX_SECRETS) {
    take_problem (message,
        emu_problem_new (
            429, "rate_limit_exceeded", NULL, "Too many client secrets."));
    return;
  }

  value = emu_make_id ("ek_");
  secret = g_new0 (Secret, 1);
  secret->expires_at = g_get_real_time () / G_USEC_PER_SEC
      + gst_oai_json_get_int (
          request, "expires_after.seconds", DEFAULT_SECRET_SECONDS);
  secret->session = json_object_ref (settings);
  answer = json_object_new ();
  json_object_set_string_member (answer, "value", value);
  json_object_set_int_member (answer, "expires_at", secret->expires_at);
  echo = emu_settings_for_client (settings);
  if (!translation) {
    if (!server->options->nulls)
      emu_schema_prune (&emu_session_schema, echo);
    json_object_set_int_member (echo, "expires_at", 0);
  }
  json_object_set_object_member (answer, "session", echo);
  g_hash_table_insert (server->secrets, g_steal_pointer (&value), secret);
  set_json (message, 200, answer);
}

/* --- calls --- */

/* A request for a call that waits for its answer. */
typedef struct {
  const EmuOptions *options;
  SoupServerMessage *message;
  EmuCall *call;
  gchar *answer;
} Exchange;

static void
exchange_free (Exchange *exchange)
{
  g_clear_object (&exchange->message);
  g_clear_pointer (&exchange->call, emu_call_unref);
  g_free (exchange->answer);
  g_free (exchange);
}

static gboolean
send_answer (gpointer user_data)
{
  Exchange *exchange = user_data;
  SoupServerMessage *message = exchange->message;
  const EmuOptions *options = exchange->options;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (
      message);
  g_autofree gchar *location = g_strconcat (
      "/v1/realtime/calls/", emu_call_get_id (exchange->call), NULL);
  g_autofree gchar *other = emu_bad_http_other_body (options);
  const gchar *answer = other != NULL ? other : exchange->answer;

  soup_server_message_set_status (message, SOUP_STATUS_CREATED, NULL);
  if (emu_options_fault (options, "no-location") == NULL)
    soup_message_headers_replace (headers, "Location", location);
  emu_bad_http_add_headers (options, message);
  if (!emu_bad_http_break_answer (options, message, answer)) {
    soup_server_message_set_response (
        message, "application/sdp", SOUP_MEMORY_COPY, answer, strlen (answer));
    soup_server_message_unpause (message);
  }
  exchange_free (exchange);
  return G_SOURCE_REMOVE;
}

static void
on_answered (EmuCall *call, const gchar *answer, const EmuProblem *problem,
    gpointer user_data)
{
  Exchange *exchange = user_data;
  gint64 slow = emu_options_fault_int (exchange->options, "slow");

  if (answer == NULL) {
    set_problem (exchange->message, problem);
    soup_server_message_unpause (exchange->message);
    exchange_free (exchange);
    return;
  }
  exchange->answer = g_strdup (answer);
  if (slow > 0)
    g_timeout_add (slow, send_answer, exchange);
  else
    send_answer (exchange);
}

static void
on_call_ended (EmuCall *call, gpointer user_data)
{
  EmuServer *server = user_data;

  g_hash_table_remove (server->calls, emu_call_get_id (call));
  server->n_ended++;
  if (!server->closing && server->options->exit_after_calls > 0
      && server->n_ended >= server->options->exit_after_calls)
    server->quit (server->quit_data);
}

/* The parts "sdp" and "session" of a multipart request. */
static gboolean
read_multipart (SoupMessageHeaders *headers, GBytes *body, gchar **offer,
    JsonObject **config, EmuProblem **problem)
{
  SoupMultipart *multipart = soup_multipart_new_from_message (headers, body);
  gint i;

  if (multipart == NULL) {
    emu_problem_set (problem, NULL, NULL,
        "The multipart body of the request could not be read.");
    return FALSE;
  }
  for (i = 0; i < soup_multipart_get_length (multipart); i++) {
    SoupMessageHeaders *part_headers;
    GBytes *part;
    g_autofree gchar *disposition = NULL;
    GHashTable *params = NULL;
    const gchar *name = NULL;
    gsize size;
    const gchar *data;

    if (!soup_multipart_get_part (multipart, i, &part_headers, &part))
      continue;
    if (soup_message_headers_get_content_disposition (
            part_headers, &disposition, &params))
      name = g_hash_table_lookup (params, "name");
    data = g_bytes_get_data (part, &size);
    if (g_strcmp0 (name, "sdp") == 0 && *offer == NULL)
      *offer = g_strndup (data, size);
    else if (g_strcmp0 (name, "session") == 0 && *config == NULL)
      *config = parse_body (part, problem);
    g_clear_pointer (&params, g_hash_table_unref);
  }
  soup_multipart_free (multipart);
  if (*problem != NULL)
    return FALSE;
  if (*offer == NULL) {
    emu_problem_set (problem, "missing_required_parameter", "sdp",
        "Missing required parameter: 'sdp'.");
    return FALSE;
  }
  return TRUE;
}

/* The settings of a secret, for a session that begins now. */
static JsonObject *
renew_settings (EmuServer *server, const Secret *secret)
{
  JsonObject *settings = emu_json_copy (secret->session);
  g_autofree gchar *id = emu_make_id ("sess_");

  json_object_set_string_member (settings, "id", id);
  json_object_set_int_member (settings, "expires_at",
      g_get_real_time () / G_USEC_PER_SEC + server->options->session_age);
  return settings;
}

/* Whether a call with @secret, or without one, may be made at this path. */
static gboolean
check_secret (const Secret *secret, gboolean translation, EmuProblem **problem)
{
  if (secret == NULL && translation) {
    emu_problem_set (problem, "client_secret_required", NULL,
        "Translation calls take a client secret (ek_...) that was created at "
        "/v1/realtime/translations/client_secrets, not an API key.");
    (*problem)->status = 401;
    return FALSE;
  }
  if (secret != NULL
      && emu_translation_settings_are (secret->session) != translation) {
    emu_problem_set (problem, "invalid_client_secret", NULL,
        "This client secret was created for a %s session: its calls go to %s.",
        translation ? "realtime" : "translation",
        translation ? "/v1/realtime/calls" : "/v1/realtime/translations/calls");
    return FALSE;
  }
  return TRUE;
}

static void
handle_calls (EmuServer *server, SoupServerMessage *message, GHashTable *query,
    gboolean translation)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (
      message);
  g_autoptr (EmuProblem) problem = NULL;
  g_autoptr (JsonObject) config = NULL;
  g_autoptr (JsonObject) settings = NULL;
  g_autofree gchar *offer = NULL;
  g_autofree gchar *type = NULL;
  g_autoptr (GBytes) body = get_body (message);
  const gchar *model = query != NULL ? g_hash_table_lookup (query, "model")
                                     : NULL;
  const gchar *content_type;
  const EmuOptions *options = server->options;
  gint64 first = emu_options_fault_int (options, "first");
  Exchange *exchange;
  Secret *secret;

  if (!authorise (server, message, FALSE, &secret))
    return;
  if (first >= 0 && server->n_calls++ >= first)
    options = &server->healthy;
  if (emu_bad_http_answer (options, message))
    return;
  if (translation && model != NULL)
    emu_problem_set (&problem, "unknown_parameter", "model",
        "Unknown parameter: 'model'. The client secret says it.");
  if (problem != NULL || !check_secret (secret, translation, &problem)) {
    set_problem (message, problem);
    return;
  }
  content_type = soup_message_headers_get_content_type (headers, NULL);
  type = g_ascii_strdown (content_type != NULL ? content_type : "", -1);
  if (strcmp (type, "multipart/form-data") == 0 && !translation) {
    if (!read_multipart (headers, body, &offer, &config, &problem)) {
      set_problem (message, problem);
      return;
    }
  } else if (strcmp (type, "application/sdp") == 0) {
    gsize size;
    const gchar *data = g_bytes_get_data (body, &size);

    offer = g_strndup (data, size);
  } else {
    take_problem (message,
        emu_problem_new (400, "unsupported_content_type", NULL,
            "Unsupported content type. This API method only accepts %s"
            "'application/sdp' requests.",
            translation ? "" : "'multipart/form-data' and "));
    return;
  }

  if (secret != NULL) {
    /* The client's own settings win over those of the secret. */
    settings = renew_settings (server, secret);
    if (config != NULL
        && !emu_settings_update (settings, config, TRUE, FALSE, &problem))
      g_clear_pointer (&settings, json_object_unref);
  } else {
    settings = make_settings (server, model, config, &problem);
  }
  if (settings == NULL) {
    set_problem (message, problem);
    return;
  }
  if (g_hash_table_size (server->calls) >= (guint) server->options->max_calls) {
    take_problem (message,
        emu_problem_new (429, "rate_limit_exceeded", NULL, "Too many calls."));
    return;
  }

  exchange = g_new0 (Exchange, 1);
  exchange->options = options;
  exchange->message = g_object_ref (message);
  exchange->call = emu_call_new (options, server->mind,
      g_steal_pointer (&settings), on_call_ended, server);
  g_hash_table_insert (server->calls,
      g_strdup (emu_call_get_id (exchange->call)),
      emu_call_ref (exchange->call));
  soup_server_message_pause (message);
  emu_call_start (exchange->call, offer, on_answered, exchange);
}

static void
handle_hangup (
    EmuServer *server, SoupServerMessage *message, const gchar *call_id)
{
  Secret *secret;
  EmuCall *call;

  if (!authorise (server, message, FALSE, &secret))
    return;
  call = g_hash_table_lookup (server->calls, call_id);
  if (call == NULL) {
    take_problem (message,
        emu_problem_new (404, "call_id_not_found", "",
            "No session found for the provided call_id"));
    return;
  }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  emu_call_end (call, "hangup");
}

/* For pages of any origin: there is nothing here that a page may not see. */
static void
allow_origin (SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (
      message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (
      message);
  const gchar *origin = soup_message_headers_get_one (request, "Origin");

  if (origin == NULL)
    return;
  soup_message_headers_replace (answer, "Access-Control-Allow-Origin", origin);
  soup_message_headers_replace (answer, "Vary", "Origin");
  soup_message_headers_replace (answer, "Access-Control-Expose-Headers",
      "Location, Retry-After, x-request-id");
}

/* What a browser asks before it sends an Authorization header elsewhere. */
static void
handle_preflight (SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (
      message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (
      message);
  const gchar *wanted = soup_message_headers_get_list (
      request, "Access-Control-Request-Headers");

  soup_message_headers_replace (
      answer, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  soup_message_headers_replace (answer, "Access-Control-Allow-Headers",
      wanted != NULL ? wanted
                     : "Authorization, Content-Type, OpenAI-Organization, "
                       "OpenAI-Project, OpenAI-Safety-Identifier");
  soup_message_headers_replace (answer, "Access-Control-Max-Age", "600");
  if (soup_message_headers_get_one (
          request, "Access-Control-Request-Private-Network")
      != NULL)
    soup_message_headers_replace (
        answer, "Access-Control-Allow-Private-Network", "true");
  soup_message_headers_replace (answer, "Allow", "GET, POST, OPTIONS");
  soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
}

static gboolean
require_method (SoupServerMessage *message, const gchar *method)
{
  if (strcmp (soup_server_message_get_method (message), method) == 0)
    return TRUE;
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Allow", method);
  take_problem (message,
      emu_problem_new (405, "method_not_supported", NULL,
          "Only %s requests are accepted here.", method));
  return FALSE;
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  EmuServer *server = user_data;
  g_autofree gchar *request_id = emu_make_id ("req_");
  g_auto (GStrv) parts = g_strsplit (path, "/", 8);
  guint n = g_strv_length (parts);

  emu_log (
      server->options, "%s %s", soup_server_message_get_method (message), path);
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "x-request-id",
      request_id);
  allow_origin (message);
  if (strcmp (soup_server_message_get_method (message), "OPTIONS") == 0) {
    handle_preflight (message);
  } else if (g_object_get_data (G_OBJECT (message), "emu-too-large") != NULL) {
    take_problem (message,
        emu_problem_new (413, NULL, NULL, "The request is too large."));
  } else if (strcmp (path, "/") == 0) {
    static const gchar index[] = "openai-realtime-emulator\n"
                                 "POST /v1/realtime/client_secrets\n"
                                 "POST /v1/realtime/calls\n"
                                 "POST /v1/realtime/calls/{call_id}/hangup\n"
                                 "POST /v1/realtime/translations/"
                                 "client_secrets\n"
                                 "POST /v1/realtime/translations/calls\n";

    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_server_message_set_response (
        message, "text/plain", SOUP_MEMORY_STATIC, index, sizeof (index) - 1);
  } else if (strcmp (path, "/v1/realtime/client_secrets") == 0) {
    if (require_method (message, "POST"))
      handle_client_secrets (server, message, FALSE);
  } else if (strcmp (path, "/v1/realtime/calls") == 0) {
    if (require_method (message, "POST"))
      handle_calls (server, message, query, FALSE);
  } else if (strcmp (path, "/v1/realtime/translations/client_secrets") == 0) {
    if (require_method (message, "POST"))
      handle_client_secrets (server, message, TRUE);
  } else if (strcmp (path, "/v1/realtime/translations/calls") == 0) {
    /* Not in the published schema, which ends with the secret. Clients in use post
     * their offer here, and one of them notes that "?model=" is refused. */
    if (require_method (message, "POST"))
      handle_calls (server, message, query, TRUE);
  } else if (n == 6 && g_str_has_prefix (path, "/v1/realtime/calls/")
      && strcmp (parts[5], "hangup") == 0) {
    if (require_method (message, "POST"))
      handle_hangup (server, message, parts[4]);
  } else {
    set_not_found (message, path);
  }
}

/* Bodies are bounded while they arrive. */
static void
on_got_chunk (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  if (body->length <= MAX_BODY)
    return;
  soup_message_body_set_accumulate (body, FALSE);
  soup_message_body_truncate (body);
  g_object_set_data (
      G_OBJECT (message), "emu-too-large", GINT_TO_POINTER (TRUE));
}

static void
on_request_started (
    SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_got_chunk), NULL);
}

EmuServer *
emu_server_new (const EmuOptions *options, EmuMind *mind, GSourceFunc quit,
    gpointer user_data, GError **error)
{
  EmuServer *server = g_new0 (EmuServer, 1);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  server->options = options;
  server->healthy = *options;
  server->healthy.faults = g_hash_table_new (g_str_hash, g_str_equal);
  server->mind = mind;
  server->quit = quit;
  server->quit_data = user_data;
  server->secrets = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, secret_free);
  server->calls = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) emu_call_unref);
  server->soup = soup_server_new (
      "server-header", "openai-realtime-emulator/" VERSION, NULL);
  g_signal_connect (
      server->soup, "request-started", G_CALLBACK (on_request_started), server);
  soup_server_add_handler (server->soup, NULL, on_request, server, NULL);

  address = g_inet_socket_address_new_from_string (
      strcmp (options->host, "localhost") == 0 ? "127.0.0.1" : options->host,
      options->port);
  if (address == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "--host takes a numeric address, not '%s'", options->host);
  if (address != NULL && options->tls) {
    certificate = emu_tls_make_certificate (options, error);
    if (certificate == NULL)
      g_clear_object (&address);
    else
      soup_server_set_tls_certificate (server->soup, certificate);
  }
  if (address == NULL
      || !soup_server_listen (server->soup, address,
          options->tls ? SOUP_SERVER_LISTEN_HTTPS : 0, error)) {
    emu_server_free (server);
    return NULL;
  }
  return server;
}

void
emu_server_free (EmuServer *server)
{
  GHashTableIter iter;
  gpointer call;

  server->closing = TRUE;
  /* Ending a call removes it from the table. */
  g_hash_table_iter_init (&iter, server->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call)) {
    emu_call_end (call, "shutdown");
    g_hash_table_iter_init (&iter, server->calls);
  }
  soup_server_disconnect (server->soup);
  g_object_unref (server->soup);
  g_hash_table_unref (server->calls);
  g_hash_table_unref (server->secrets);
  g_hash_table_unref (server->healthy.faults);
  g_free (server);
}

gchar *
emu_server_get_base_url (EmuServer *server)
{
  GSList *uris = soup_server_get_uris (server->soup);
  gchar *url;

  url = g_strdup_printf (
      strchr (server->options->host, ':') ? "%s://[%s]:%d/v1" : "%s://%s:%d/v1",
      server->options->tls ? "https" : "http", server->options->host,
      g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}
