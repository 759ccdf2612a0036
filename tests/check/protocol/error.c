/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaierror.h"

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include <string.h>

#include "protocol/gstoaijson.h"
#include "protocol/gstoaisdp.h"

static GstOaiError *
from_http (guint status, const gchar *body)
{
  GstOaiError *error = gst_oai_error_from_http (
      status, "realtime/calls", body, body ? strlen (body) : 0, NULL, NULL);

  fail_unless (error != NULL);
  fail_unless (error->message != NULL && *error->message);
  fail_unless (error->debug != NULL && *error->debug);

  return error;
}

static void
assert_error (
    const GstOaiError *error, GstOaiErrorClass klass, GQuark domain, gint code)
{
  fail_unless_equals_int (error->klass, klass);
  fail_unless_equals_string (
      g_quark_to_string (error->domain), g_quark_to_string (domain));
  fail_unless_equals_int (error->code, code);
}

static void
assert_http (guint status, const gchar *body, GstOaiErrorClass klass, gint code)
{
  g_autoptr (GstOaiError) error = from_http (status, body);

  assert_error (error, klass, GST_RESOURCE_ERROR, code);
}

static const gchar *
detail (const GstOaiError *error, const gchar *field)
{
  return gst_structure_get_string (error->details, field);
}

GST_START_TEST (test_new_formats_debug_and_has_class)
{
  g_autoptr (GstOaiError) error = gst_oai_error_new (GST_OAI_ERROR_INFO,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY, "Hello.", "n=%d", 3);

  assert_error (
      error, GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY);
  fail_unless_equals_string (error->message, "Hello.");
  fail_unless_equals_string (error->debug, "n=3");
  fail_unless (gst_structure_has_name (error->details, "openairealtime-error"));
  fail_unless_equals_string (detail (error, "class"), "info");
}

GST_END_TEST;

GST_START_TEST (test_new_without_debug_has_none)
{
  g_autoptr (GstOaiError) error = gst_oai_error_new (GST_OAI_ERROR_FATAL,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED, "Hello.", NULL);

  fail_unless (error->debug == NULL);
}

GST_END_TEST;

GST_START_TEST (test_copy_is_equal_and_independent)
{
  GstOaiError *error = from_http (401, "{\"error\":{\"code\":\"x\"}}");
  g_autoptr (GstOaiError) copy = gst_oai_error_copy (error);

  fail_unless_equals_string (copy->message, error->message);
  fail_unless_equals_string (copy->debug, error->debug);
  fail_unless (gst_structure_is_equal (copy->details, error->details));
  gst_oai_error_free (error);
  assert_error (copy, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  fail_unless_equals_string (detail (copy, "code"), "x");
}

GST_END_TEST;

GST_START_TEST (test_http_401_and_403_are_not_authorized)
{
  assert_http (
      401, NULL, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  assert_http (403, "", GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
}

GST_END_TEST;

GST_START_TEST (test_http_404_is_not_found)
{
  assert_http (404, NULL, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_NOT_FOUND);
  assert_http (404, "{\"error\":{\"code\":\"model_not_found\"}}",
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_http_404_of_a_model_names_the_model)
{
  g_autoptr (GstOaiError)
      error = from_http (404, "{\"error\":{\"code\":\"model_not_found\"}}");
  g_autoptr (GstOaiError) other = from_http (404, NULL);

  fail_unless (strstr (error->message, "model") != NULL);
  fail_if (g_str_equal (error->message, other->message));
}

GST_END_TEST;

GST_START_TEST (test_http_400_415_422_are_settings)
{
  static const guint statuses[] = { 400, 415, 422 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (statuses); i++)
    assert_http (statuses[i],
        "{\"error\":{\"type\":\"invalid_request_error\"}}", GST_OAI_ERROR_FATAL,
        GST_RESOURCE_ERROR_SETTINGS);
}

GST_END_TEST;

GST_START_TEST (test_http_400_of_the_offer_is_open_read_write)
{
  assert_http (400, "{\"error\":{\"code\":\"invalid_offer\"}}",
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  assert_http (400, "{\"error\":{\"message\":\"Failed to parse offer: EOF\"}}",
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_http_429_of_the_rate_limit_is_retryable)
{
  assert_http (429, NULL, GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_BUSY);
  assert_http (429, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}",
      GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_BUSY);
}

GST_END_TEST;

GST_START_TEST (test_http_429_of_the_quota_is_fatal)
{
  assert_http (429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_BUSY);
  assert_http (429, "{\"error\":{\"type\":\"insufficient_quota\"}}",
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_BUSY);
}

GST_END_TEST;

GST_START_TEST (test_http_408_and_5xx_are_retryable)
{
  static const guint statuses[] = { 408, 500, 502, 503, 504, 599 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (GstOaiError) error = from_http (statuses[i], "oops");

    fail_unless_equals_int (error->klass, GST_OAI_ERROR_RETRYABLE);
    fail_unless_equals_string (detail (error, "class"), "retryable");
  }
}

GST_END_TEST;

GST_START_TEST (test_http_redirect_is_fatal)
{
  static const guint statuses[] = { 301, 302, 307, 308 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (statuses); i++)
    assert_http (statuses[i], NULL, GST_OAI_ERROR_FATAL,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_http_without_reply_is_retryable)
{
  g_autoptr (GstOaiError) error = from_http (0, NULL);

  assert_error (error, GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_if (gst_structure_has_field (error->details, "http-status"));
}

GST_END_TEST;

GST_START_TEST (test_http_other_statuses_are_fatal)
{
  assert_http (
      405, NULL, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  assert_http (
      200, "surprise", GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  assert_http (
      999, NULL, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_http_details_hold_what_the_server_said)
{
  static const gchar body[] =
      "{\"error\":{\"message\":\"Bad voice.\",\"type\":"
      "\"invalid_request_error\",\"param\":\"session.voice\",\"code\":"
      "\"invalid_value\",\"misalignment\":{\"x\":[]}}}";
  g_autoptr (GstOaiError) error = gst_oai_error_from_http (
      400, "realtime/calls", body, strlen (body), "req_12", "20");
  gint status = 0;
  guint seconds = 0;

  fail_unless_equals_string (detail (error, "server-message"), "Bad voice.");
  fail_unless_equals_string (detail (error, "type"), "invalid_request_error");
  fail_unless_equals_string (detail (error, "param"), "session.voice");
  fail_unless_equals_string (detail (error, "code"), "invalid_value");
  fail_unless_equals_string (detail (error, "request-id"), "req_12");
  fail_unless (gst_structure_get_int (error->details, "http-status", &status));
  fail_unless_equals_int (status, 400);
  fail_unless (
      gst_structure_get_uint (error->details, "retry-after", &seconds));
  fail_unless_equals_int (seconds, 20);
  fail_unless (strstr (error->debug, "realtime/calls") != NULL);
  fail_unless (strstr (error->debug, "Bad voice.") != NULL);
  fail_unless (strstr (error->debug, "req_12") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_http_details_lack_what_is_unknown)
{
  g_autoptr (GstOaiError) error = from_http (
      500, "{\"error\":{\"message\":\"x\",\"param\":null,\"code\":null}}");

  fail_if (gst_structure_has_field (error->details, "param"));
  fail_if (gst_structure_has_field (error->details, "code"));
  fail_if (gst_structure_has_field (error->details, "type"));
  fail_if (gst_structure_has_field (error->details, "request-id"));
  fail_if (gst_structure_has_field (error->details, "retry-after"));
}

GST_END_TEST;

GST_START_TEST (test_http_error_may_be_a_string)
{
  g_autoptr (GstOaiError)
      error = from_http (500, "{\"error\":\"model load failed\"}");

  fail_unless_equals_string (
      detail (error, "server-message"), "model load failed");
}

GST_END_TEST;

GST_START_TEST (test_http_error_may_be_a_detail_member)
{
  g_autoptr (GstOaiError)
      error = from_http (422, "{\"detail\":\"no such field\"}");

  fail_unless_equals_string (detail (error, "server-message"), "no such field");
}

GST_END_TEST;

GST_START_TEST (test_http_code_may_be_a_number)
{
  g_autoptr (GstOaiError) error = from_http (401, "{\"error\":{\"code\":401}}");

  fail_unless_equals_string (detail (error, "code"), "401");
}

GST_END_TEST;

GST_START_TEST (test_http_plain_text_is_the_server_message)
{
  g_autoptr (GstOaiError) error = from_http (503, " pool is full\n");

  fail_unless_equals_string (detail (error, "server-message"), "pool is full");
}

GST_END_TEST;

GST_START_TEST (test_http_html_is_no_server_message)
{
  g_autoptr (GstOaiError)
      error = from_http (502, "\n<!DOCTYPE html><html><body>502</body></html>");

  fail_if (gst_structure_has_field (error->details, "server-message"));
  fail_unless (strstr (error->debug, "html") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_http_binary_is_no_server_message)
{
  static const gchar zero[] = "ab\0cd";
  static const gchar high[] = "\xff\xfe\xfd\xfc\xfb\xfa";
  g_autoptr (GstOaiError) first = gst_oai_error_from_http (
      500, "x", zero, sizeof (zero) - 1, NULL, NULL);
  g_autoptr (GstOaiError) second = gst_oai_error_from_http (
      500, "x", high, sizeof (high) - 1, NULL, NULL);

  fail_if (gst_structure_has_field (first->details, "server-message"));
  fail_if (gst_structure_has_field (second->details, "server-message"));
}

GST_END_TEST;

GST_START_TEST (test_http_deeply_nested_body_is_survived)
{
  g_autofree gchar *body = g_strnfill (100 * 1024, '[');
  g_autoptr (GstOaiError) error = from_http (500, body);

  fail_if (gst_structure_has_field (error->details, "server-message"));
}

GST_END_TEST;

GST_START_TEST (test_server_message_is_at_most_512_bytes_of_utf8)
{
  GString *body = g_string_new ("{\"error\":{\"message\":\"x");
  g_autoptr (GstOaiError) error = NULL;
  const gchar *message;
  guint i;

  for (i = 0; i < 5000; i++)
    g_string_append (body, "\xe2\x82\xac");
  g_string_append (body, "\"}}");
  error = from_http (500, body->str);
  g_string_free (body, TRUE);

  message = detail (error, "server-message");
  fail_unless (strlen (message) <= 512 && strlen (message) > 500);
  fail_unless (g_utf8_validate (message, -1, NULL));
}

GST_END_TEST;

GST_START_TEST (test_server_text_has_no_control_characters)
{
  g_autoptr (GstOaiError) error = from_http (500,
      "{\"error\":{\"message\":\"a\\nb\\u001b[31mc\\u202ed\\u0000e\","
      "\"code\":\"x\\ny\"}}");
  const gchar *message = detail (error, "server-message");

  fail_unless_equals_string (message,
      "a b [31mc d\xef\xbf\xbd"
      "e");
  fail_unless_equals_string (detail (error, "code"), "x y");
  fail_if (strchr (error->debug, '\n') != NULL);
}

GST_END_TEST;

GST_START_TEST (test_credentials_in_server_text_are_redacted)
{
  static const gchar *const texts[] = {
    "Incorrect API key provided: sk-proj-SECRETSECRET.",
    "bad key (ek_SECRETSECRET)", "header 'Authorization: Bearer SECRETSECRET'",
    "proxy http://user:SECRETSECRET@proxy:3128 failed", "sk-SECRETSECRET"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree gchar *body = g_strdup_printf (
        "{\"error\":{\"message\":\"%s\"}}", texts[i]);
    g_autoptr (GstOaiError) json = from_http (401, body);
    g_autoptr (GstOaiError) plain = from_http (401, texts[i]);
    g_autoptr (GstOaiError)
        event = gst_oai_error_from_event (body, strlen (body));
    const GstOaiError *errors[] = { json, plain, event };
    guint j;

    for (j = 0; j < G_N_ELEMENTS (errors); j++) {
      g_autofree gchar *details = gst_structure_to_string (errors[j]->details);

      fail_if (strstr (details, "SECRET") != NULL, "%s", details);
      fail_if (
          strstr (errors[j]->debug, "SECRET") != NULL, "%s", errors[j]->debug);
      fail_unless (
          strstr (detail (errors[j], "server-message"), "***") != NULL);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_words_that_look_like_credentials_remain)
{
  g_autoptr (GstOaiError) error = from_http (
      400, "a risk-assessment of the desk-lamp at http://x/@y");

  fail_unless_equals_string (detail (error, "server-message"),
      "a risk-assessment of the desk-lamp at http://x/@y");
}

GST_END_TEST;

static void
assert_retry_after (const gchar *text, gint expected)
{
  g_autoptr (GstOaiError)
      error = gst_oai_error_from_http (429, "x", NULL, 0, NULL, text);
  guint seconds = 0;
  gboolean found = gst_structure_get_uint (
      error->details, "retry-after", &seconds);

  fail_unless_equals_int (found ? (gint) seconds : -1, expected);
}

GST_START_TEST (test_retry_after_is_seconds_within_a_day)
{
  assert_retry_after ("0", 0);
  assert_retry_after ("7", 7);
  assert_retry_after ("1.2", 2);
  assert_retry_after ("99999999999", 86400);
}

GST_END_TEST;

GST_START_TEST (test_retry_after_of_another_form_is_left_out)
{
  assert_retry_after (NULL, -1);
  assert_retry_after ("", -1);
  assert_retry_after ("-5", -1);
  assert_retry_after ("soon", -1);
  assert_retry_after ("1e9", -1);
  assert_retry_after ("Wed, 21 Oct 2026 07:28:00 GMT", -1);
  assert_retry_after ("99999999999999999999999", -1);
}

GST_END_TEST;

static void
assert_gerror (
    GQuark domain, gint code, GstOaiErrorClass klass, gint resource_code)
{
  g_autoptr (GError) cause = g_error_new_literal (domain, code, "the cause");
  g_autoptr (GstOaiError)
      error = gst_oai_error_from_gerror (cause, "realtime/calls");

  assert_error (error, klass, GST_RESOURCE_ERROR, resource_code);
  fail_unless (*error->message);
  fail_unless (strstr (error->debug, "the cause") != NULL);
  fail_unless (strstr (error->debug, "realtime/calls") != NULL);
}

GST_START_TEST (test_gerror_of_a_bad_certificate_is_fatal_and_names_it)
{
  g_autoptr (GError) cause = g_error_new_literal (
      G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "Unacceptable TLS certificate");
  g_autoptr (GstOaiError) error = gst_oai_error_from_gerror (cause, "x");

  assert_error (error, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  fail_unless (strstr (error->message, "certificate") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_lost_tls_connection_is_retryable)
{
  assert_gerror (G_TLS_ERROR, G_TLS_ERROR_EOF, GST_OAI_ERROR_RETRYABLE,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_server_without_tls_is_fatal)
{
  assert_gerror (G_TLS_ERROR, G_TLS_ERROR_NOT_TLS, GST_OAI_ERROR_FATAL,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_refused_connection_is_retryable)
{
  assert_gerror (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED,
      GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_name_resolution_is_not_found)
{
  assert_gerror (G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
      GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_NOT_FOUND);
  assert_gerror (G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND, GST_OAI_ERROR_RETRYABLE,
      GST_RESOURCE_ERROR_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_time_out_is_retryable)
{
  assert_gerror (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, GST_OAI_ERROR_RETRYABLE,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_cancelled_request_is_info)
{
  assert_gerror (G_IO_ERROR, G_IO_ERROR_CANCELLED, GST_OAI_ERROR_INFO,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_bad_url_is_settings)
{
  assert_gerror (G_URI_ERROR, G_URI_ERROR_BAD_PORT, GST_OAI_ERROR_FATAL,
      GST_RESOURCE_ERROR_SETTINGS);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_a_bad_answer_is_fatal)
{
  assert_gerror (GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_OPUS,
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  assert_gerror (GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
      GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

GST_START_TEST (test_gerror_of_another_domain_is_retryable)
{
  assert_gerror (G_FILE_ERROR, G_FILE_ERROR_FAILED, GST_OAI_ERROR_RETRYABLE,
      GST_RESOURCE_ERROR_OPEN_READ_WRITE);
}

GST_END_TEST;

static GstOaiError *
from_event (const gchar *json)
{
  GstOaiError *error = gst_oai_error_from_event (json, strlen (json));

  fail_unless (error != NULL);
  fail_unless (error->message && *error->message && error->debug);

  return error;
}

static void
assert_event_code (const gchar *code, GstOaiErrorClass klass, gint resource)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
      "\"code\":\"%s\"}}",
      code);
  g_autoptr (GstOaiError) error = from_event (json);

  assert_error (error, klass, GST_RESOURCE_ERROR, resource);
}

/* A program that calls again after an hour is what an intercom needs. */
GST_START_TEST (test_event_session_expired_ends_it_but_may_be_retried)
{
  g_autoptr (GstOaiError) error = from_event (
      "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
      "\"code\":\"session_expired\"}}");

  fail_unless (error->ends_session);
  assert_event_code (
      "session_expired", GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR_READ);
}

GST_END_TEST;

GST_START_TEST (test_event_beta_api_shape_disabled_is_fatal)
{
  g_autoptr (GstOaiError)
      error = from_event ("{\"error\":{\"code\":\"beta_api_shape_disabled\"}}");

  fail_unless (error->ends_session);
  assert_event_code ("beta_api_shape_disabled", GST_OAI_ERROR_FATAL,
      GST_RESOURCE_ERROR_SETTINGS);
}

GST_END_TEST;

GST_START_TEST (test_event_of_authentication_is_fatal)
{
  g_autoptr (GstOaiError) error = from_event (
      "{\"error\":{\"type\":\"authentication_error\",\"message\":\"no\"}}");

  assert_event_code ("invalid_api_key", GST_OAI_ERROR_FATAL,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  assert_error (error, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  fail_unless (error->ends_session);
}

GST_END_TEST;

GST_START_TEST (test_event_of_anything_else_lets_the_session_go_on)
{
  static const struct {
    const gchar *type;
    const gchar *code;
    GstOaiErrorClass klass;
    const gchar *nick;
  } rows[] = {
    { "", "invalid_value", GST_OAI_ERROR_CALLER, "caller" },
    { "", "invalid_event", GST_OAI_ERROR_CALLER, "caller" },
    { "", "conversation_already_has_active_response", GST_OAI_ERROR_CALLER,
        "caller" },
    { "invalid_request_error", "cannot_update_voice", GST_OAI_ERROR_CALLER,
        "caller" },
    { "", "", GST_OAI_ERROR_CALLER, "caller" },
    { "server_error", "", GST_OAI_ERROR_RETRYABLE, "retryable" },
    { "", "inference_rate_limit_exceeded", GST_OAI_ERROR_RETRYABLE,
        "retryable" },
    { "", "insufficient_quota", GST_OAI_ERROR_FATAL, "fatal" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"code\":\"%s\"}}",
        rows[i].type, rows[i].code);
    g_autoptr (GstOaiError) error = from_event (json);

    fail_unless_equals_int (error->klass, rows[i].klass);
    fail_unless_equals_string (detail (error, "class"), rows[i].nick);
    fail_if (error->ends_session);
  }
}

GST_END_TEST;

GST_START_TEST (test_event_id_is_that_of_the_client_event)
{
  g_autoptr (GstOaiError) error = from_event (
      "{\"type\":\"error\",\"event_id\":\"event_server\",\"error\":{"
      "\"event_id\":\"event_client\",\"param\":\"item.id\"}}");

  fail_unless_equals_string (detail (error, "event-id"), "event_client");
  fail_unless_equals_string (detail (error, "param"), "item.id");
}

GST_END_TEST;

GST_START_TEST (test_event_error_may_be_a_string)
{
  g_autoptr (GstOaiError) error = from_event (
      "{\"type\":\"error\",\"error\":\"no model\",\"code\":\"bad\"}");

  fail_unless_equals_int (error->klass, GST_OAI_ERROR_CALLER);
  fail_unless_equals_string (detail (error, "server-message"), "no model");
  fail_unless_equals_string (detail (error, "code"), "bad");
}

GST_END_TEST;

static GstOaiError *
from_response (const gchar *type, const gchar *code)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\","
      "\"status_details\":{\"type\":\"failed\",\"error\":{\"type\":"
      "\"%s\",\"code\":\"%s\",\"message\":\"oh\"}}}}",
      type, code);
  GstOaiError *error = from_event (json);

  fail_unless_equals_string (detail (error, "code"), code);
  fail_unless_equals_string (detail (error, "server-message"), "oh");
  fail_if (error->ends_session);
  return error;
}

GST_START_TEST (test_event_of_a_failed_response_has_its_error)
{
  g_autoptr (GstOaiError) boom = from_response ("server_error", "boom");
  g_autoptr (GstOaiError)
      rate = from_response ("", "inference_rate_limit_exceeded");
  g_autoptr (GstOaiError) quota = from_response ("", "insufficient_quota");
  g_autoptr (GstOaiError) key = from_response ("", "invalid_api_key");
  g_autoptr (GstOaiError)
      request = from_response ("invalid_request_error", "too_long");

  assert_error (boom, GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ);
  assert_error (rate, GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_BUSY);
  assert_error (
      quota, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY);
  assert_error (key, GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  assert_error (request, GST_OAI_ERROR_CALLER, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ);
}

GST_END_TEST;

GST_START_TEST (test_event_of_an_incomplete_response_has_its_reason)
{
  static const gchar *const reasons[] = { "content_filter",
    "max_output_tokens" };
  g_autofree gchar *seen = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (reasons); i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{\"type\":\"response.done\",\"response\":{\"status\":"
        "\"incomplete\",\"status_details\":{\"type\":\"incomplete\","
        "\"reason\":\"%s\"}}}",
        reasons[i]);
    g_autoptr (GstOaiError) error = from_event (json);

    assert_error (error, GST_OAI_ERROR_CALLER, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_READ);
    fail_unless_equals_string (detail (error, "code"), reasons[i]);
    fail_if (g_strcmp0 (seen, error->message) == 0);
    g_free (seen);
    seen = g_strdup (error->message);
  }
}

GST_END_TEST;

GST_START_TEST (test_event_of_a_failed_transcription_has_its_error)
{
  g_autoptr (GstOaiError) error = from_event (
      "{\"type\":\"conversation.item.input_audio_transcription.failed\","
      "\"item_id\":\"item_1\",\"content_index\":0,\"error\":{\"type\":"
      "\"transcription_error\",\"code\":\"audio_unintelligible\","
      "\"message\":\"mumbling\",\"param\":null}}");

  assert_error (error, GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ);
  fail_unless_equals_string (detail (error, "code"), "audio_unintelligible");
  fail_unless_equals_string (detail (error, "server-message"), "mumbling");
  fail_if (error->ends_session);
}

GST_END_TEST;

GST_START_TEST (test_event_that_is_no_json_is_a_stream_error)
{
  static const gchar *const texts[] = { "", "[", "[]", "<html>", "\"x\"" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GstOaiError) error = from_event (texts[i]);

    assert_error (
        error, GST_OAI_ERROR_CALLER, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE);
  }
}

GST_END_TEST;

GST_START_TEST (test_event_without_error_is_survived)
{
  g_autoptr (GstOaiError) error = from_event ("{\"type\":\"error\"}");

  assert_error (error, GST_OAI_ERROR_CALLER, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_FAILED);
}

GST_END_TEST;

GST_START_TEST (test_certificate_says_what_is_wrong_with_it)
{
  static const struct {
    GTlsCertificateFlags flags;
    GstOaiErrorClass klass;
    const gchar *message;
    const gchar *debug;
  } rows[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA | G_TLS_CERTIFICATE_EXPIRED,
        GST_OAI_ERROR_FATAL, "is not trusted", "unknown CA, expired" },
    { G_TLS_CERTIFICATE_EXPIRED, GST_OAI_ERROR_FATAL, "expired", "expired" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, GST_OAI_ERROR_RETRYABLE, "clock",
        "not yet valid" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY | G_TLS_CERTIFICATE_EXPIRED,
        GST_OAI_ERROR_FATAL, "another host", "other host, expired" },
    { G_TLS_CERTIFICATE_REVOKED, GST_OAI_ERROR_FATAL, "revoked", "revoked" },
    { 0, GST_OAI_ERROR_FATAL, "is not trusted", "no reason" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GstOaiError)
        error = gst_oai_error_from_certificate (rows[i].flags, "calls");

    assert_error (error, rows[i].klass, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE);
    fail_unless (
        strstr (error->message, rows[i].message) != NULL, "%s", error->message);
    fail_unless (g_str_has_prefix (error->debug, "calls: "));
    fail_unless (
        g_str_has_suffix (error->debug, rows[i].debug), "%s", error->debug);
  }
}

GST_END_TEST;

static Suite *
error_suite (void)
{
  Suite *suite = suite_create ("error");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_new_formats_debug_and_has_class);
  tcase_add_test (tc, test_new_without_debug_has_none);
  tcase_add_test (tc, test_copy_is_equal_and_independent);
  tcase_add_test (tc, test_http_401_and_403_are_not_authorized);
  tcase_add_test (tc, test_http_404_is_not_found);
  tcase_add_test (tc, test_http_404_of_a_model_names_the_model);
  tcase_add_test (tc, test_http_400_415_422_are_settings);
  tcase_add_test (tc, test_http_400_of_the_offer_is_open_read_write);
  tcase_add_test (tc, test_http_429_of_the_rate_limit_is_retryable);
  tcase_add_test (tc, test_http_429_of_the_quota_is_fatal);
  tcase_add_test (tc, test_http_408_and_5xx_are_retryable);
  tcase_add_test (tc, test_http_redirect_is_fatal);
  tcase_add_test (tc, test_http_without_reply_is_retryable);
  tcase_add_test (tc, test_http_other_statuses_are_fatal);
  tcase_add_test (tc, test_http_details_hold_what_the_server_said);
  tcase_add_test (tc, test_http_details_lack_what_is_unknown);
  tcase_add_test (tc, test_http_error_may_be_a_string);
  tcase_add_test (tc, test_http_error_may_be_a_detail_member);
  tcase_add_test (tc, test_http_code_may_be_a_number);
  tcase_add_test (tc, test_http_plain_text_is_the_server_message);
  tcase_add_test (tc, test_http_html_is_no_server_message);
  tcase_add_test (tc, test_http_binary_is_no_server_message);
  tcase_add_test (tc, test_http_deeply_nested_body_is_survived);
  tcase_add_test (tc, test_server_message_is_at_most_512_bytes_of_utf8);
  tcase_add_test (tc, test_server_text_has_no_control_characters);
  tcase_add_test (tc, test_credentials_in_server_text_are_redacted);
  tcase_add_test (tc, test_words_that_look_like_credentials_remain);
  tcase_add_test (tc, test_retry_after_is_seconds_within_a_day);
  tcase_add_test (tc, test_retry_after_of_another_form_is_left_out);
  tcase_add_test (tc, test_gerror_of_a_bad_certificate_is_fatal_and_names_it);
  tcase_add_test (tc, test_gerror_of_a_lost_tls_connection_is_retryable);
  tcase_add_test (tc, test_gerror_of_a_server_without_tls_is_fatal);
  tcase_add_test (tc, test_gerror_of_a_refused_connection_is_retryable);
  tcase_add_test (tc, test_gerror_of_name_resolution_is_not_found);
  tcase_add_test (tc, test_gerror_of_a_time_out_is_retryable);
  tcase_add_test (tc, test_gerror_of_a_cancelled_request_is_info);
  tcase_add_test (tc, test_gerror_of_a_bad_url_is_settings);
  tcase_add_test (tc, test_gerror_of_a_bad_answer_is_fatal);
  tcase_add_test (tc, test_gerror_of_another_domain_is_retryable);
  tcase_add_test (tc, test_certificate_says_what_is_wrong_with_it);
  tcase_add_test (tc, test_event_session_expired_ends_it_but_may_be_retried);
  tcase_add_test (tc, test_event_beta_api_shape_disabled_is_fatal);
  tcase_add_test (tc, test_event_of_authentication_is_fatal);
  tcase_add_test (tc, test_event_of_anything_else_lets_the_session_go_on);
  tcase_add_test (tc, test_event_id_is_that_of_the_client_event);
  tcase_add_test (tc, test_event_error_may_be_a_string);
  tcase_add_test (tc, test_event_of_a_failed_response_has_its_error);
  tcase_add_test (tc, test_event_of_an_incomplete_response_has_its_reason);
  tcase_add_test (tc, test_event_of_a_failed_transcription_has_its_error);
  tcase_add_test (tc, test_event_that_is_no_json_is_a_stream_error);
  tcase_add_test (tc, test_event_without_error_is_survived);

  return suite;
}

GST_CHECK_MAIN (error);
