/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "site.h"

#include "protocol/gstoaijson.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

/* The HTTP side: who may ask, what browsers need, and its faults. */

GST_START_TEST (test_call_is_answered)
{
  g_autoptr (Site) site = site_new (NULL);
  g_autoptr (SoupMessage) message = call_new (site);
  g_autofree gchar *answer = ask (site, message, NULL);

  fail_unless_equals_int (soup_message_get_status (message), 201);
  fail_unless (g_str_has_prefix (answer, "v=0\r\n"));
  fail_unless (g_str_has_suffix (answer, "\r\n"));
  fail_unless (g_str_has_prefix (
      get_header (message, "Location"), "/v1/realtime/calls/rtc_"));
  fail_unless_equals_string (
      get_header (message, "Content-Type"), "application/sdp");
}
GST_END_TEST;

/* As opusenc and webrtcbin offer it. */
GST_START_TEST (test_sprop_of_the_client_does_not_make_it_recvonly)
{
  g_autoptr (Site) site = site_new (NULL);
  g_auto (GStrv)
      parts = g_strsplit (site_offer, "a=rtpmap:111 opus/48000/2\r\n", 2);
  g_autofree gchar *with_sprop = g_strconcat (parts[0],
      "a=rtpmap:111 OPUS/48000/2\r\n"
      "a=fmtp:111 sprop-stereo=0;minptime=10; sprop-maxcapturerate=24000\r\n",
      parts[1], NULL);
  g_autoptr (SoupMessage) message = request_new (
      site, "POST", "/realtime/calls", "application/sdp", with_sprop);
  g_autofree gchar *answer = ask (site, message, NULL);

  fail_unless_equals_int (soup_message_get_status (message), 201);
  fail_unless (strstr (answer, "a=recvonly") == NULL, "%s", answer);
  fail_unless (strstr (answer, "a=sendrecv") != NULL, "%s", answer);
}
GST_END_TEST;

GST_START_TEST (test_bad_requests_are_refused)
{
  static const struct {
    const gchar *method;
    const gchar *path;
    const gchar *type;
    const gchar *body;
    guint status;
  } rows[] = {
    { "POST", "/realtime/calls", "application/sdp", "v=0\r\n", 400 },
    { "POST", "/realtime/calls", "application/sdp", "v=0", 400 },
    { "POST", "/realtime/calls", "text/html", "a", 400 },
    { "POST", "/realtime/calls", "multipart/form-data", "a", 400 },
    { "GET", "/realtime/calls", NULL, NULL, 405 },
    { "POST", "/realtime/calls/rtc_0/hangup", NULL, NULL, 404 },
    { "POST", "/realtime/elsewhere", NULL, NULL, 404 },
    { "POST", "/realtime/client_secrets", "application/json", "{", 400 },
    { "POST", "/realtime/client_secrets", "application/json",
        "{\"expires_after\":{\"seconds\":9}}", 400 },
    { "POST", "/realtime/client_secrets", "application/json",
        "{\"expires_after\":{\"seconds\":7201}}", 400 },
    { "POST", "/realtime/client_secrets", "application/json",
        "{\"session\":{\"type\":\"dream\"}}", 400 },
    { "POST", "/realtime/client_secrets", "application/json", "{}", 200 },
  };
  g_autoptr (Site) site = site_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SoupMessage) message = request_new (
        site, rows[i].method, rows[i].path, rows[i].type, rows[i].body);
    g_autofree gchar *answer = ask (site, message, NULL);

    fail_unless (soup_message_get_status (message) == rows[i].status,
        "%s %s: %u", rows[i].path, rows[i].body ? rows[i].body : "",
        soup_message_get_status (message));
    fail_unless (
        rows[i].status < 400 || strstr (answer, "\"error\":{") != NULL);
  }
}
GST_END_TEST;

GST_START_TEST (test_pages_of_any_origin_may_ask)
{
  g_autoptr (Site) site = site_new ("--api-key sk-a");
  g_autoptr (SoupMessage)
      preflight = request_new (site, "OPTIONS", "/realtime/calls", NULL, NULL);
  g_autoptr (SoupMessage) message = call_new (site);
  SoupMessageHeaders *headers = soup_message_get_request_headers (preflight);
  g_autofree gchar *none = NULL;
  g_autofree gchar *answer = NULL;

  /* Before the key: browsers ask without it. */
  soup_message_headers_append (headers, "Origin", "https://app.example");
  soup_message_headers_append (
      headers, "Access-Control-Request-Method", "POST");
  soup_message_headers_append (
      headers, "Access-Control-Request-Headers", "authorization,content-type");
  none = ask (site, preflight, NULL);
  fail_unless_equals_int (soup_message_get_status (preflight), 204);
  fail_unless_equals_string (
      get_header (preflight, "Access-Control-Allow-Origin"),
      "https://app.example");
  fail_unless_equals_string (
      get_header (preflight, "Access-Control-Allow-Headers"),
      "authorization,content-type");
  fail_unless (
      strstr (get_header (preflight, "Access-Control-Allow-Methods"), "POST")
      != NULL);
  /* Errors can be read too. */
  soup_message_headers_append (soup_message_get_request_headers (message),
      "Origin", "https://app.example");
  answer = ask (site, message, NULL);
  fail_unless_equals_int (soup_message_get_status (message), 401);
  fail_unless_equals_string (
      get_header (message, "Access-Control-Allow-Origin"),
      "https://app.example");
  fail_unless (
      strstr (get_header (message, "Access-Control-Expose-Headers"), "Location")
      != NULL);
}
GST_END_TEST;

GST_START_TEST (test_status_with_headers)
{
  g_autoptr (Site) site = site_new (
      "--fault 'status=429,Retry-After: 3' --fault 'header=X-One: 1' "
      "--fault 'header=X-Two: 2'");
  g_autoptr (SoupMessage) message = call_new (site);
  g_autofree gchar *answer = ask (site, message, NULL);

  fail_unless_equals_int (soup_message_get_status (message), 429);
  fail_unless_equals_string (get_header (message, "Retry-After"), "3");
  fail_unless_equals_string (get_header (message, "X-One"), "1");
  fail_unless_equals_string (get_header (message, "X-Two"), "2");
  fail_unless (strstr (answer, "rate_limit_exceeded") != NULL);
}
GST_END_TEST;

GST_START_TEST (test_only_the_first_calls_meet_faults)
{
  g_autoptr (Site) site = site_new ("--fault status=503 --fault first=2");
  static const guint expected[] = { 503, 503, 201, 201 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (SoupMessage) message = call_new (site);
    g_autofree gchar *answer = ask (site, message, NULL);

    fail_unless_equals_int (soup_message_get_status (message), expected[i]);
  }
}
GST_END_TEST;

GST_START_TEST (test_answer_that_breaks_off)
{
  g_autoptr (Site) site = site_new ("--fault truncated-answer");
  g_autoptr (SoupMessage) message = call_new (site);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *answer = ask (site, message, &error);

  fail_unless_equals_int (soup_message_get_status (message), 201);
  /* libsoup does not mind a body that is shorter than its Content-Length. */
  fail_unless (error != NULL || strstr (answer, "m=application") == NULL);
}
GST_END_TEST;

GST_START_TEST (test_no_answer_but_a_closed_connection)
{
  g_autoptr (Site) site = site_new ("--fault drop-answer");
  g_autoptr (SoupMessage) message = call_new (site);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *answer = ask (site, message, &error);

  fail_unless (answer == NULL);
  fail_unless (error != NULL);
}
GST_END_TEST;

GST_START_TEST (test_answer_with_a_pause)
{
  g_autoptr (Site) site = site_new ("--fault slow-body=300");
  g_autoptr (SoupMessage) message = call_new (site);
  gint64 begin = g_get_monotonic_time ();
  g_autofree gchar *answer = ask (site, message, NULL);

  fail_unless (answer != NULL);
  fail_unless (g_str_has_suffix (answer, "\r\n"));
  fail_unless (strstr (answer, "m=application") != NULL);
  fail_unless (g_get_monotonic_time () - begin >= 300000);
}
GST_END_TEST;

GST_START_TEST (test_bodies_that_are_no_answer)
{
  static const struct {
    const gchar *fault;
    const gchar *prefix;
    gsize length;
  } rows[] = {
    { "--fault garbage-sdp", "<html>", 0 },
    { "--fault empty-answer", "", 0 },
    { "--fault huge-answer=3000000", "vvvv", 3000000 },
  };
  g_autoptr (Site) site = site_new (rows[__i__].fault);
  g_autoptr (SoupMessage) message = call_new (site);
  g_autofree gchar *answer = ask (site, message, NULL);

  fail_unless_equals_int (soup_message_get_status (message), 201);
  fail_unless (g_str_has_prefix (answer, rows[__i__].prefix));
  if (rows[__i__].length > 0)
    fail_unless_equals_int (strlen (answer), rows[__i__].length);
}
GST_END_TEST;

GST_START_TEST (test_answers_with_a_flaw)
{
  g_autoptr (Site)
      site = site_new ("--fault no-location --fault unreachable-candidates "
                       "--fault no-audio-section");
  g_autoptr (SoupMessage) message = call_new (site);
  g_autofree gchar *answer = ask (site, message, NULL);
  g_auto (GStrv) lines = g_strsplit (answer, "\r\n", -1);
  guint i;

  fail_unless_equals_int (soup_message_get_status (message), 201);
  fail_unless_equals_string (get_header (message, "Location"), "");
  fail_unless (strstr (answer, "m=audio") == NULL);
  for (i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "a=candidate:"))
      fail_unless (strstr (lines[i], " 192.0.2.1 ") != NULL, "%s", lines[i]);
}
GST_END_TEST;

GST_START_TEST (test_faults_of_a_file)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *options = NULL;
  gint fd = g_file_open_tmp ("faults-XXXXXX", &path, NULL);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path,
      "# The server is being restarted.\n\nstatus=503,Retry-After: 1\nfirst=1\n",
      -1, NULL));
  options = g_strconcat ("--fault-file ", path, NULL);
  {
    g_autoptr (Site) site = site_new (options);
    g_autoptr (SoupMessage) message = call_new (site);
    g_autofree gchar *answer = ask (site, message, NULL);

    fail_unless_equals_int (soup_message_get_status (message), 503);
    fail_unless_equals_string (get_header (message, "Retry-After"), "1");
  }
  g_unlink (path);
}
GST_END_TEST;

#ifdef EMU_HAVE_GNUTLS
static GTlsDatabase *
trust (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database = g_tls_file_database_new (path, &error);

  fail_unless (database != NULL, "%s", error ? error->message : "");
  return database;
}

static gboolean
on_certificate (SoupMessage *message, GTlsCertificate *certificate,
    GTlsCertificateFlags errors, gpointer user_data)
{
  return TRUE;
}

/* Someone else, who trusts everybody, is served. What is left of the connection
 * before is then closed: a server of libsoup 3.6 must not go earlier. */
static void
ask_blindly (Site *site)
{
  g_autoptr (SoupMessage) message = call_new (site);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *answer = NULL;

  g_signal_connect (
      message, "accept-certificate", G_CALLBACK (on_certificate), NULL);
  answer = ask (site, message, &error);
  fail_unless (answer != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (soup_message_get_status (message), 201);
}

/* Asks over TLS with @faults; TRUE when it was trusted. */
static gboolean
ask_securely (const gchar *faults, gboolean trusting)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *options = NULL;
  g_autoptr (GError) error = NULL;
  gint fd = g_file_open_tmp ("ca-XXXXXX", &path, NULL);
  gboolean trusted;

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  options = g_strconcat ("--tls-ca ", path, " ", faults, NULL);
  {
    g_autoptr (Site) site = site_new (options);
    g_autoptr (SoupMessage) message = call_new (site);
    g_autoptr (GTlsDatabase) database = trust (path);
    g_autofree gchar *answer = NULL;

    fail_unless (g_str_has_prefix (site->url, "https://127.0.0.1:"));
    if (trusting)
      soup_session_set_tls_database (site->client, database);
    answer = ask (site, message, &error);
    trusted = answer != NULL;
    if (trusted) {
      fail_unless_equals_int (soup_message_get_status (message), 201);
    } else {
      fail_unless (
          g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE),
          "%s", error->message);
      ask_blindly (site);
    }
  }
  g_unlink (path);
  return trusted;
}

GST_START_TEST (test_tls)
{
  fail_unless (ask_securely ("", TRUE));
}
GST_END_TEST;

GST_START_TEST (test_tls_of_strangers)
{
  fail_if (ask_securely ("", FALSE));
  fail_if (ask_securely ("--fault tls-expired", TRUE));
  fail_if (ask_securely ("--fault tls-other-host", TRUE));
}
GST_END_TEST;
#endif

static Suite *
http_suite (void)
{
  Suite *s = suite_create ("emulator-http");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_call_is_answered);
  tcase_add_test (tc, test_sprop_of_the_client_does_not_make_it_recvonly);
  tcase_add_test (tc, test_bad_requests_are_refused);
  tcase_add_test (tc, test_pages_of_any_origin_may_ask);
  tcase_add_test (tc, test_status_with_headers);
  tcase_add_test (tc, test_only_the_first_calls_meet_faults);
  tcase_add_test (tc, test_answer_that_breaks_off);
  tcase_add_test (tc, test_no_answer_but_a_closed_connection);
  tcase_add_test (tc, test_answer_with_a_pause);
  tcase_add_loop_test (tc, test_bodies_that_are_no_answer, 0, 3);
  tcase_add_test (tc, test_answers_with_a_flaw);
  tcase_add_test (tc, test_faults_of_a_file);
#ifdef EMU_HAVE_GNUTLS
  tcase_add_test (tc, test_tls);
  tcase_add_test (tc, test_tls_of_strangers);
#endif
  return s;
}

GST_CHECK_MAIN (http);
