/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaierror.h"

#include <string.h>

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaii18n.h"
#include "protocol/gstoaijson.h"
#include "protocol/gstoaisdp.h"

/* Largest HTTP body that is looked at, in bytes. */
#define MAX_BODY_SIZE (64 * 1024)
/* Longest server text that is kept, in bytes. */
#define MAX_TEXT 512
/* Longest identifier that is kept (type, code, param, ids), in bytes. */
#define MAX_ID 128
/* Longest delay a server can ask for, in seconds. */
#define MAX_RETRY_AFTER (24 * 60 * 60)
/* Shortest run of key characters that is taken for a credential. */
#define MIN_KEY_RUN 6

/* What the server says about an error, sanitised. Each string may be NULL. */
typedef struct {
  gchar *message;
  gchar *type;
  gchar *code;
  gchar *param;
  gchar *event_id;
} ServerError;

static void
server_error_clear (ServerError *server)
{
  g_clear_pointer (&server->message, g_free);
  g_clear_pointer (&server->type, g_free);
  g_clear_pointer (&server->code, g_free);
  g_clear_pointer (&server->param, g_free);
  g_clear_pointer (&server->event_id, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerError, server_error_clear)

static gboolean
is_key_char (gchar c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("-_.*+/=~", c) != NULL);
}

/* The length of the credential at @text, of which @skip bytes may be shown;
 * 0 when there is none. */
static gsize
credential_length (const gchar *text, gboolean at_word, gsize *skip)
{
  static const gchar *const prefixes[] = { "sk-", "ek_", "Bearer ", "bearer " };
  guint i;
  gsize n;

  for (i = 0; at_word && i < G_N_ELEMENTS (prefixes); i++) {
    if (!g_str_has_prefix (text, prefixes[i]))
      continue;
    *skip = strlen (prefixes[i]);
    n = *skip;
    while (is_key_char (text[n]))
      n++;
    if (n - *skip >= MIN_KEY_RUN)
      return n;
  }

  /* scheme://user:password@host */
  if (g_str_has_prefix (text, "://")) {
    *skip = 3;
    n = 3 + strcspn (text + 3, "@/ \t\"'<>");
    if (text[n] == '@')
      return n;
  }

  return 0;
}

/* @text as one line of valid UTF-8 of at most @max bytes, without credentials.
 * NULL when nothing is left. */
static gchar *
clean_text (const gchar *text, gsize max)
{
  g_autofree gchar *valid = NULL;
  g_autoptr (GString) out = NULL;
  const gchar *p;
  gboolean at_word = TRUE;

  if (text == NULL)
    return NULL;

  /* Redaction can shorten text, so more than @max is worth a look. */
  valid = g_utf8_make_valid (text, (gssize) strnlen (text, 8 * MAX_TEXT));
  out = g_string_sized_new (max);
  for (p = valid; *p && out->len <= max; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gsize skip = 0;
    gsize len = credential_length (p, at_word, &skip);

    if (len > 0) {
      g_string_append_len (out, p, skip);
      g_string_append (out, "***");
      p += len - 1;
      at_word = FALSE;
      continue;
    }

    /* Bidirectional overrides and the like can forge log lines as well as
     * control characters can. */
    if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT
        || c == 0x2028 || c == 0x2029)
      g_string_append_c (out, ' ');
    else
      g_string_append_unichar (out, c);
    at_word = !g_unichar_isalnum (c);
  }

  if (out->len > max) {
    const gchar *cut = g_utf8_find_prev_char (out->str, out->str + max + 1);

    g_string_truncate (out, cut ? cut - out->str : 0);
  }
  g_strstrip (out->str);
  if (out->str[0] == '\0')
    return NULL;

  return g_strdup (out->str);
}

/* The member @name as text: some servers send a number for "code". */
static gchar *
clean_member (JsonObject *object, const gchar *name, gsize max)
{
  const gchar *text = gst_oai_json_get_string (object, name, NULL);
  gint64 number = gst_oai_json_get_int (object, name, G_MININT64);

  if (text)
    return clean_text (text, max);
  if (number != G_MININT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, number);

  return NULL;
}

/* Reads an error in any shape that is in use. @root is a whole HTTP body or
 * event. FALSE when it says nothing about an error. */
static gboolean
server_error_read (ServerError *server, JsonObject *root)
{
  static const gchar *const paths[] = { "error",
    "response.status_details.error" };
  static const gchar *const texts[] = { "error", "message", "detail", "title" };
  JsonObject *object = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (paths) && object == NULL; i++)
    object = gst_oai_json_get_object (root, paths[i]);

  if (object) {
    server->message = clean_member (object, "message", MAX_TEXT);
    server->type = clean_member (object, "type", MAX_ID);
    server->code = clean_member (object, "code", MAX_ID);
    server->param = clean_member (object, "param", MAX_ID);
    server->event_id = clean_member (object, "event_id", MAX_ID);
    if (server->event_id == NULL)
      server->event_id = clean_member (object, "client_event_id", MAX_ID);
    return TRUE;
  }

  for (i = 0; i < G_N_ELEMENTS (texts) && server->message == NULL; i++)
    server->message = clean_text (
        gst_oai_json_get_string (root, texts[i], NULL), MAX_TEXT);
  server->code = clean_member (root, "code", MAX_ID);

  return server->message != NULL || server->code != NULL;
}

static gboolean
is_one_of (const gchar *text, const gchar *const *list)
{
  return text != NULL && g_strv_contains (list, text);
}

static gboolean
server_error_is (const ServerError *server, const gchar *const *list)
{
  return is_one_of (server->code, list) || is_one_of (server->type, list);
}

/* Not over before somebody pays, so trying again is no use. */
static const gchar *const quota_codes[] = { "insufficient_quota",
  "billing_hard_limit_reached", "billing_not_active",
  "credit_balance_exhausted", NULL };

static const gchar *const rate_codes[] = { "rate_limit_exceeded",
  "rate_limit_error", "inference_rate_limit_exceeded", "too_many_requests",
  NULL };

static const gchar *const auth_codes[] = { "authentication_error",
  "invalid_api_key", "incorrect_api_key", "invalid_authentication",
  "invalid_client_secret", "expired_api_key", "token_expired",
  "permission_error", "permission_denied", "account_deactivated",
  "unauthorized", NULL };

static const gchar *
class_nick (GstOaiErrorClass klass)
{
  switch (klass) {
    case GST_OAI_ERROR_FATAL:
      return "fatal";
    case GST_OAI_ERROR_RETRYABLE:
      return "retryable";
    case GST_OAI_ERROR_CALLER:
      return "caller";
    case GST_OAI_ERROR_INFO:
      break;
  }

  return "info";
}

static GstOaiError *
error_new_take (GstOaiErrorClass klass, GQuark domain, gint code,
    const gchar *message, gchar *debug)
{
  GstOaiError *error = g_new0 (GstOaiError, 1);

  error->klass = klass;
  error->domain = domain;
  error->code = code;
  error->message = g_strdup (message);
  error->debug = debug;
  error->details = gst_structure_new (
      "openairealtime-error", "class", G_TYPE_STRING, class_nick (klass), NULL);

  return error;
}

GstOaiError *
gst_oai_error_new (GstOaiErrorClass klass, GQuark domain, gint code,
    const gchar *message, const gchar *debug_format, ...)
{
  gchar *debug = NULL;

  g_return_val_if_fail (message != NULL, NULL);

  if (debug_format) {
    va_list args;

    va_start (args, debug_format);
    debug = g_strdup_vprintf (debug_format, args);
    va_end (args);
  }

  return error_new_take (klass, domain, code, message, debug);
}

GstOaiError *
gst_oai_error_because (const gchar *reason, GstOaiError *error)
{
  gst_structure_set (error->details, "reason", G_TYPE_STRING, reason, NULL);

  return error;
}

GstOaiError *
gst_oai_error_copy (const GstOaiError *error)
{
  GstOaiError *copy;

  g_return_val_if_fail (error != NULL, NULL);

  copy = g_new0 (GstOaiError, 1);
  *copy = *error;
  copy->message = g_strdup (error->message);
  copy->debug = g_strdup (error->debug);
  if (error->details)
    copy->details = gst_structure_copy (error->details);

  return copy;
}

void
gst_oai_error_free (GstOaiError *error)
{
  if (error == NULL)
    return;

  g_free (error->message);
  g_free (error->debug);
  g_clear_pointer (&error->details, gst_structure_free);
  g_free (error);
}

static void
set_detail (GstOaiError *error, const gchar *field, const gchar *text)
{
  if (text)
    gst_structure_set (error->details, field, G_TYPE_STRING, text, NULL);
}

static void
set_server_details (GstOaiError *error, const ServerError *server)
{
  set_detail (error, "type", server->type);
  set_detail (error, "code", server->code);
  set_detail (error, "param", server->param);
  set_detail (error, "event-id", server->event_id);
  set_detail (error, "server-message", server->message);
}

static void
append_server_error (GString *debug, const ServerError *server)
{
  if (server->type)
    g_string_append_printf (debug, ", type %s", server->type);
  if (server->code)
    g_string_append_printf (debug, ", code %s", server->code);
  if (server->param)
    g_string_append_printf (debug, ", param %s", server->param);
  if (server->event_id)
    g_string_append_printf (debug, ", event %s", server->event_id);
  if (server->message)
    g_string_append_printf (debug, ": %s", server->message);
}

/* Plain text bodies speak for themselves; mark-up and binary data do not. */
static void
server_error_read_text (ServerError *server, const gchar *body, gsize size)
{
  g_autofree gchar *text = NULL;
  gsize i = 0;

  size = MIN (size, 8 * MAX_TEXT);
  while (i < size && g_ascii_isspace (body[i]))
    i++;
  if (i == size || strchr ("<{[", body[i]) || memchr (body, '\0', size))
    return;

  text = g_strndup (body, size);
  if (!g_utf8_validate (text, -1, NULL)) {
    g_autofree gchar *valid = g_utf8_make_valid (text, -1);
    guint n_bad = 0;
    const gchar *p;

    for (p = valid; *p; p = g_utf8_next_char (p))
      n_bad += g_utf8_get_char (p) == 0xfffd;
    /* One may come from the cut above or from a Latin-1 letter. */
    if (n_bad > 3)
      return;
  }
  server->message = clean_text (text, MAX_TEXT);
}

static gboolean
parse_retry_after (const gchar *text, guint *seconds)
{
  gchar *end = NULL;
  gdouble value;

  if (text == NULL || !g_ascii_isdigit (text[0]) || strlen (text) > 16
      || strspn (text, "0123456789. ") != strlen (text))
    return FALSE;

  value = g_ascii_strtod (text, &end);
  while (*end == ' ')
    end++;
  if (*end != '\0')
    return FALSE;

  value = CLAMP (value, 0.0, (gdouble) MAX_RETRY_AFTER);
  *seconds = (guint) value;
  if ((gdouble) *seconds < value)
    (*seconds)++;

  return TRUE;
}

typedef struct {
  GstOaiErrorClass klass;
  GstResourceError code;
  const gchar *message;
  const gchar *reason; /* of errors that are not the server's words */
} Verdict;

static Verdict
judge_not_found (const ServerError *server)
{
  static const gchar *const model_codes[] = { "model_not_found", NULL };
  static const gchar *const call_codes[] = { "call_id_not_found", NULL };
  Verdict verdict = { GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_NOT_FOUND, NULL };

  if (server_error_is (server, model_codes))
    verdict.message = _ ("The server does not have this model, or the account "
                         "may not use it.");
  else if (server_error_is (server, call_codes))
    verdict.message = _ ("The server does not know this call any more.");
  else
    verdict.message = _ ("The server has no realtime service at this address. "
                         "Check the base URL and the model.");

  return verdict;
}

static Verdict
judge_refused (const ServerError *server)
{
  static const gchar *const offer_codes[] = { "invalid_offer", NULL };
  Verdict verdict = { GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_SETTINGS, NULL };

  if (server_error_is (server, offer_codes)
      || (server->message
          && strstr (server->message, "Failed to parse offer"))) {
    verdict.code = GST_RESOURCE_ERROR_OPEN_READ_WRITE;
    verdict.message = _ ("The server could not use the WebRTC offer.");
  } else {
    verdict.message = _ ("The server refused the session settings.");
  }

  return verdict;
}

static Verdict
judge_too_many (const ServerError *server)
{
  Verdict verdict = { GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_BUSY, NULL };

  if (server_error_is (server, quota_codes)) {
    verdict.klass = GST_OAI_ERROR_FATAL;
    verdict.message = _ ("The quota of the account is used up. Check its plan "
                         "and billing.");
  } else {
    verdict.message = _ ("Too many requests: the rate limit of the account is "
                         "reached.");
  }

  return verdict;
}

static Verdict
judge_status (guint status, const ServerError *server)
{
  Verdict verdict = { GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
    NULL };

  switch (status) {
    case 0:
      verdict.klass = GST_OAI_ERROR_RETRYABLE;
      verdict.message = _ ("The server did not answer.");
      return verdict;
    case 400:
    case 413:
    case 415:
    case 422:
      return judge_refused (server);
    case 401:
      verdict.code = GST_RESOURCE_ERROR_NOT_AUTHORIZED;
      verdict.message = _ ("The server did not accept the API key.");
      return verdict;
    case 403:
      verdict.code = GST_RESOURCE_ERROR_NOT_AUTHORIZED;
      verdict.message = _ ("The account may not use this service, model or "
                           "region.");
      return verdict;
    case 404:
      return judge_not_found (server);
    case 407:
      verdict.code = GST_RESOURCE_ERROR_NOT_AUTHORIZED;
      verdict.message = _ ("The proxy asks for a password.");
      return verdict;
    case 408:
      verdict.klass = GST_OAI_ERROR_RETRYABLE;
      verdict.message = _ ("The server did not answer in time.");
      return verdict;
    case 429:
      return judge_too_many (server);
    case 503:
      verdict.klass = GST_OAI_ERROR_RETRYABLE;
      verdict.code = GST_RESOURCE_ERROR_BUSY;
      verdict.message = _ ("The server is overloaded.");
      return verdict;
    default:
      break;
  }

  if (status >= 500 && status < 600) {
    verdict.klass = GST_OAI_ERROR_RETRYABLE;
    verdict.message = _ ("The server failed to process the request.");
  } else if (status >= 400 && status < 500) {
    verdict.message = _ ("The server refused the connection request.");
  } else if (status >= 300 && status < 400) {
    verdict.message = _ ("The server sent a redirect. Redirects are not "
                         "followed: check the base URL.");
  } else {
    verdict.message = _ ("The server sent an answer that cannot be used.");
  }

  return verdict;
}

GstOaiError *
gst_oai_error_from_http (guint status, const gchar *what, const gchar *body,
    gsize body_size, const gchar *request_id, const gchar *retry_after)
{
  g_auto (ServerError) server = { NULL };
  g_autoptr (JsonObject) root = NULL;
  g_autofree gchar *id = clean_text (request_id, MAX_ID);
  g_autofree gchar *request = clean_text (what, MAX_ID);
  GString *debug;
  GstOaiError *error;
  Verdict verdict;
  guint seconds;

  if (body && body_size > 0) {
    root = gst_oai_json_parse_object (body, body_size, MAX_BODY_SIZE, NULL);
    if (root)
      server_error_read (&server, root);
    else
      server_error_read_text (&server, body, body_size);
  }

  verdict = judge_status (status, &server);

  debug = g_string_new (request ? request : "request");
  if (status > 0)
    g_string_append_printf (debug, ": HTTP status %u", status);
  else
    g_string_append (debug, ": no answer");
  if (id)
    g_string_append_printf (debug, ", request id %s", id);
  append_server_error (debug, &server);
  if (server.message == NULL && body && body_size > 0)
    g_string_append_printf (
        debug, ", body of %" G_GSIZE_FORMAT " bytes", body_size);

  error = error_new_take (verdict.klass, GST_RESOURCE_ERROR, verdict.code,
      verdict.message, g_string_free (debug, FALSE));
  gst_oai_error_set_reply (error, status, id);
  set_server_details (error, &server);
  if (parse_retry_after (retry_after, &seconds))
    gst_structure_set (
        error->details, "retry-after", G_TYPE_UINT, seconds, NULL);

  return error;
}

void
gst_oai_error_set_reply (
    GstOaiError *error, guint status, const gchar *request_id)
{
  g_autofree gchar *id = clean_text (request_id, MAX_ID);

  g_return_if_fail (error != NULL);

  if (error->details == NULL)
    return;
  if (status > 0 && !gst_structure_has_field (error->details, "http-status"))
    gst_structure_set (error->details, "http-status", G_TYPE_INT,
        (gint) MIN (status, (guint) G_MAXINT), NULL);
  if (!gst_structure_has_field (error->details, "request-id"))
    set_detail (error, "request-id", id);
}

static Verdict
judge_io_error (gint code)
{
  Verdict verdict = { GST_OAI_ERROR_RETRYABLE,
    GST_RESOURCE_ERROR_OPEN_READ_WRITE, NULL };

  switch (code) {
    case G_IO_ERROR_CANCELLED:
      verdict.klass = GST_OAI_ERROR_INFO;
      verdict.reason = "cancelled";
      verdict.message = _ ("The connection attempt was cancelled.");
      break;
    case G_IO_ERROR_TIMED_OUT:
      verdict.reason = "timeout";
      verdict.message = _ ("The server did not answer in time.");
      break;
    case G_IO_ERROR_CONNECTION_REFUSED:
      verdict.reason = "connection-refused";
      verdict.message = _ ("The server refused the connection. Check that it "
                           "runs and that the base URL has the right port.");
      break;
    case G_IO_ERROR_HOST_NOT_FOUND:
      verdict.code = GST_RESOURCE_ERROR_NOT_FOUND;
      verdict.reason = "unknown-host";
      verdict.message = _ (
          "The name of the server could not be resolved. Check "
          "the base URL and the network.");
      break;
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
      verdict.reason = "unreachable";
      verdict.message = _ ("The server cannot be reached. Check the network.");
      break;
    case G_IO_ERROR_CONNECTION_CLOSED: /* same as BROKEN_PIPE */
    case G_IO_ERROR_PARTIAL_INPUT:
      verdict.reason = "connection-broken";
      verdict.message = _ ("The server closed the connection.");
      break;
    case G_IO_ERROR_PROXY_FAILED:
      verdict.reason = "proxy";
      verdict.message = _ ("The proxy could not connect to the server.");
      break;
    case G_IO_ERROR_PROXY_AUTH_FAILED:
    case G_IO_ERROR_PROXY_NEED_AUTH:
      verdict.klass = GST_OAI_ERROR_FATAL;
      verdict.code = GST_RESOURCE_ERROR_NOT_AUTHORIZED;
      verdict.reason = "proxy";
      verdict.message = _ ("The proxy asks for a password.");
      break;
    case G_IO_ERROR_PROXY_NOT_ALLOWED:
      verdict.klass = GST_OAI_ERROR_FATAL;
      verdict.reason = "proxy";
      verdict.message = _ ("The proxy does not allow connections to the "
                           "server.");
      break;
    case G_IO_ERROR_INVALID_ARGUMENT:
    case G_IO_ERROR_NOT_SUPPORTED:
      verdict.klass = GST_OAI_ERROR_FATAL;
      verdict.reason = "unusable-setting";
      verdict.message = _ ("The connection to the server is not possible with "
                           "these settings.");
      break;
    default:
      verdict.reason = "connection-failed";
      verdict.message = _ ("The connection to the server failed.");
      break;
  }

  return verdict;
}

static Verdict
judge_tls_error (gint code)
{
  Verdict verdict = { GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
    NULL };

  switch (code) {
    case G_TLS_ERROR_UNAVAILABLE:
      verdict.reason = "no-tls";
      verdict.message = _ ("Secure connections are not possible here: no TLS "
                           "support is installed for GLib.");
      break;
    case G_TLS_ERROR_BAD_CERTIFICATE:
      verdict.reason = "untrusted-certificate";
      verdict.message = _ (
          "The certificate of the server is not trusted. Check "
          "the base URL, the date and the CA file.");
      break;
    case G_TLS_ERROR_CERTIFICATE_REQUIRED:
      verdict.reason = "client-certificate";
      verdict.message = _ ("The server asks for a client certificate.");
      break;
    case G_TLS_ERROR_NOT_TLS:
      verdict.reason = "not-tls";
      verdict.message = _ ("The server does not speak TLS. Check whether the "
                           "base URL should begin with http:// and its port.");
      break;
    default:
      verdict.klass = GST_OAI_ERROR_RETRYABLE;
      verdict.reason = "tls-failed";
      verdict.message = _ ("The secure connection to the server failed.");
      break;
  }

  return verdict;
}

GstOaiError *
gst_oai_error_from_gerror (const GError *error, const gchar *what)
{
  g_autofree gchar *request = clean_text (what, MAX_ID);
  g_autofree gchar *text = NULL;
  Verdict verdict = { GST_OAI_ERROR_RETRYABLE,
    GST_RESOURCE_ERROR_OPEN_READ_WRITE, NULL };

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == G_IO_ERROR) {
    verdict = judge_io_error (error->code);
  } else if (error->domain == G_TLS_ERROR) {
    verdict = judge_tls_error (error->code);
  } else if (error->domain == G_RESOLVER_ERROR) {
    verdict = judge_io_error (G_IO_ERROR_HOST_NOT_FOUND);
  } else if (error->domain == G_URI_ERROR) {
    verdict.klass = GST_OAI_ERROR_FATAL;
    verdict.code = GST_RESOURCE_ERROR_SETTINGS;
    verdict.reason = "unusable-setting";
    verdict.message = _ ("The base URL is not valid.");
  } else if (error->domain == GST_OAI_SDP_ERROR
      || error->domain == GST_OAI_JSON_ERROR) {
    verdict.klass = GST_OAI_ERROR_FATAL;
    verdict.reason = "unusable-answer";
    verdict.message = _ ("The server sent an answer that cannot be used.");
  } else {
    verdict = judge_io_error (G_IO_ERROR_FAILED);
  }

  text = clean_text (error->message, MAX_TEXT);

  return gst_oai_error_because (verdict.reason,
      gst_oai_error_new (verdict.klass, GST_RESOURCE_ERROR, verdict.code,
          verdict.message, "%s: %s (%s, %d)", request ? request : "request",
          text ? text : "no text", g_quark_to_string (error->domain),
          error->code));
}

GstOaiError *
gst_oai_error_from_certificate (GTlsCertificateFlags flags, const gchar *what)
{
  static const struct {
    GTlsCertificateFlags flag;
    const gchar *name;
  } names[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA, "unknown CA" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "other host" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "not yet valid" },
    { G_TLS_CERTIFICATE_EXPIRED, "expired" },
    { G_TLS_CERTIFICATE_REVOKED, "revoked" },
    { G_TLS_CERTIFICATE_INSECURE, "insecure algorithm" },
    { G_TLS_CERTIFICATE_GENERIC_ERROR, "cannot be verified" },
  };
  g_autofree gchar *request = clean_text (what, MAX_ID);
  g_autoptr (GString) list = g_string_new (NULL);
  Verdict verdict = judge_tls_error (G_TLS_ERROR_BAD_CERTIFICATE);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & names[i].flag)
      g_string_append_printf (
          list, "%s%s", list->len > 0 ? ", " : "", names[i].name);

  /* Who vouches for it comes first: what is written in a certificate that
   * nobody vouches for says nothing. */
  if (flags & (G_TLS_CERTIFICATE_UNKNOWN_CA | G_TLS_CERTIFICATE_GENERIC_ERROR)) {
    /* Untrusted. */
  } else if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY) {
    verdict.reason = "other-host";
    verdict.message = _ ("The certificate of the server is that of another "
                         "host. Check the base URL.");
  } else if (flags & G_TLS_CERTIFICATE_REVOKED) {
    verdict.reason = "revoked-certificate";
    verdict.message = _ ("The certificate of the server was revoked.");
  } else if (flags & G_TLS_CERTIFICATE_EXPIRED) {
    verdict.reason = "expired-certificate";
    verdict.message = _ ("The certificate of the server has expired, or the "
                         "clock of this machine is wrong.");
  } else if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED) {
    /* Machines without a battery begin in the past and ask for the time. */
    verdict.klass = GST_OAI_ERROR_RETRYABLE;
    verdict.reason = "early-certificate";
    verdict.message = _ ("The certificate of the server is not valid yet: the "
                         "clock of this machine seems to be wrong.");
  }

  return gst_oai_error_because (verdict.reason,
      gst_oai_error_new (verdict.klass, GST_RESOURCE_ERROR, verdict.code,
          verdict.message, "%s: certificate refused: %s",
          request ? request : "request",
          list->len > 0 ? list->str : "no reason"));
}

/* Reasons that are known, whatever it was that failed. */
static gboolean
judge_reason (const ServerError *server, Verdict *verdict)
{
  if (server_error_is (server, auth_codes)) {
    verdict->klass = GST_OAI_ERROR_FATAL;
    verdict->code = GST_RESOURCE_ERROR_NOT_AUTHORIZED;
    verdict->message = _ ("The server did not accept the API key.");
  } else if (server_error_is (server, quota_codes)) {
    verdict->klass = GST_OAI_ERROR_FATAL;
    verdict->code = GST_RESOURCE_ERROR_BUSY;
    verdict->message = _ ("The quota of the account is used up. Check its plan "
                          "and billing.");
  } else if (server_error_is (server, rate_codes)) {
    verdict->klass = GST_OAI_ERROR_RETRYABLE;
    verdict->code = GST_RESOURCE_ERROR_BUSY;
    verdict->message = _ ("Too many requests: the rate limit of the account is "
                          "reached.");
  } else {
    return FALSE;
  }

  return TRUE;
}

static const gchar *const request_codes[] = { "invalid_request_error", NULL };

static Verdict
judge_error_event (const ServerError *server, gboolean *ends_session)
{
  static const gchar *const expired_codes[] = { "session_expired", NULL };
  static const gchar *const beta_codes[] = { "beta_api_shape_disabled", NULL };
  static const gchar *const server_codes[] = { "server_error",
    "internal_server_error", "internal_error", "service_unavailable",
    "server_overloaded", "overloaded", NULL };
  Verdict verdict = { GST_OAI_ERROR_CALLER, GST_RESOURCE_ERROR_FAILED, NULL };

  *ends_session = TRUE;
  if (server_error_is (server, expired_codes)) {
    /* A new one may last as long. */
    verdict.klass = GST_OAI_ERROR_RETRYABLE;
    verdict.code = GST_RESOURCE_ERROR_READ;
    verdict.message = _ ("The session reached the longest duration that the "
                         "server allows.");
    return verdict;
  }
  if (server_error_is (server, beta_codes)) {
    verdict.klass = GST_OAI_ERROR_FATAL;
    verdict.code = GST_RESOURCE_ERROR_SETTINGS;
    verdict.message = _ ("The server does not support this version of the "
                         "realtime API any more.");
    return verdict;
  }
  *ends_session = server_error_is (server, auth_codes);
  if (judge_reason (server, &verdict))
    return verdict;

  if (server_error_is (server, request_codes)) {
    verdict.code = GST_RESOURCE_ERROR_SETTINGS;
    verdict.message = _ ("The server refused an event of this client.");
  } else {
    if (server_error_is (server, server_codes))
      verdict.klass = GST_OAI_ERROR_RETRYABLE;
    verdict.message = _ ("The server reported an error.");
  }

  return verdict;
}

static Verdict
judge_response (const ServerError *server)
{
  static const gchar *const filter_codes[] = { "content_filter", NULL };
  static const gchar *const limit_codes[] = { "max_output_tokens", NULL };
  Verdict verdict = { GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_READ, NULL };

  if (judge_reason (server, &verdict))
    return verdict;
  if (server_error_is (server, filter_codes)) {
    verdict.klass = GST_OAI_ERROR_CALLER;
    verdict.message = _ ("The server broke an answer off because of its "
                         "content.");
  } else if (server_error_is (server, limit_codes)) {
    verdict.klass = GST_OAI_ERROR_CALLER;
    verdict.message = _ ("An answer was cut off: it reached the longest that "
                         "is allowed.");
  } else {
    if (server_error_is (server, request_codes))
      verdict.klass = GST_OAI_ERROR_CALLER;
    verdict.message = _ ("The server could not complete an answer.");
  }

  return verdict;
}

static Verdict
judge_transcription (const ServerError *server)
{
  Verdict verdict = { GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_READ, NULL };

  if (!judge_reason (server, &verdict))
    verdict.message = _ ("The server could not write down what was said.");

  return verdict;
}

GstOaiError *
gst_oai_error_from_event (const gchar *json, gsize size)
{
  g_auto (ServerError) server = { NULL };
  g_autoptr (JsonObject) root = NULL;
  g_autoptr (GError) parse_error = NULL;
  GString *debug;
  GstOaiError *error;
  Verdict verdict;
  gboolean ends_session = FALSE;

  root = gst_oai_json_parse_object (
      json, size, GST_OAI_JSON_MAX_SIZE, &parse_error);
  if (root == NULL)
    return gst_oai_error_because ("unreadable-event",
        gst_oai_error_new (GST_OAI_ERROR_CALLER, GST_STREAM_ERROR,
            GST_STREAM_ERROR_DECODE,
            _ ("The server sent an event that cannot be read."), "%s",
            parse_error ? parse_error->message : "no text"));

  server_error_read (&server, root);
  switch (
      gst_oai_dialect_event (gst_oai_json_get_string (root, "type", NULL))) {
    case GST_OAI_EVENT_RESPONSE_DONE:
      /* An incomplete one has a reason instead of an error. */
      if (server.code == NULL)
        server.code = clean_text (gst_oai_json_get_string (root,
                                      "response.status_details.reason", NULL),
            MAX_ID);
      verdict = judge_response (&server);
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED:
      verdict = judge_transcription (&server);
      break;
    default:
      verdict = judge_error_event (&server, &ends_session);
      break;
  }

  debug = g_string_new ("server error");
  append_server_error (debug, &server);
  error = error_new_take (verdict.klass, GST_RESOURCE_ERROR, verdict.code,
      verdict.message, g_string_free (debug, FALSE));
  set_server_details (error, &server);
  error->ends_session = ends_session;

  return error;
}
