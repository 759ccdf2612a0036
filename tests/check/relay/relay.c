/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A relay as a process, between a server of this test and sockets of this
 * test. */

#define PATIENCE_MS 20000
#define N_PACKETS 200
/* Version 2, payload type 111; sequence number and more follow. */
#define RTP_SIZE 20
#define N_ENDS 20
#define NOTHING -1
#define END -2

typedef struct {
  SoupServer *server;
  SoupSession *session;
  gchar *url; /* of the relay */
  gchar *log_path;
  GPid pid;
  int out;
  int client_fd, server_fd;
  guint client_port, server_port;
  struct sockaddr_in to_client, to_server; /* the stand-ins */
  /* What the server was last asked. */
  gchar *method, *path, *offer, *authorization;
} Bench;

static int
open_socket (guint *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof (address);
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  fail_unless (fd >= 0);
  fail_unless (bind (fd, (struct sockaddr *) &address, size) == 0);
  fail_unless (getsockname (fd, (struct sockaddr *) &address, &size) == 0);
  *port = ntohs (address.sin_port);
  return fd;
}

static gchar *
make_sdp (guint port)
{
  return g_strdup_printf ("v=0\r\n"
                          "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                          "a=ice-ufrag:abcd\r\n"
                          "a=candidate:1 1 UDP 1 127.0.0.1 %u typ host\r\n"
                          "a=candidate:2 1 TCP 1 127.0.0.1 9 typ host\r\n",
      port);
}

static void
on_server_request (SoupServer *server, SoupServerMessage *message,
    const char *path, GHashTable *query, gpointer user_data)
{
  Bench *bench = user_data;
  g_autoptr (GBytes) body = soup_message_body_flatten (
      soup_server_message_get_request_body (message));

  g_free (bench->method);
  g_free (bench->path);
  g_free (bench->offer);
  g_free (bench->authorization);
  bench->method = g_strdup (soup_server_message_get_method (message));
  bench->path = g_uri_to_string (soup_server_message_get_uri (message));
  bench->offer = g_strndup (
      g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  bench->authorization = g_strdup (soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Authorization"));
  if (g_str_has_suffix (path, "/calls")) {
    g_autofree gchar *answer = make_sdp (bench->server_port);

    soup_server_message_set_status (message, 201, NULL);
    soup_message_headers_append (
        soup_server_message_get_response_headers (message), "Location",
        "/v1/realtime/calls/rtc_1");
    soup_server_message_set_response (
        message, "application/sdp", SOUP_MEMORY_COPY, answer, strlen (answer));
  } else {
    soup_server_message_set_status (message, 401, NULL);
    soup_server_message_set_response (
        message, "application/json", SOUP_MEMORY_STATIC, "{\"no\":1}", 8);
  }
}

/* Reads up to the end of a line; NULL at the end of the output. */
static gchar *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gint64 deadline = g_get_monotonic_time () + PATIENCE_MS * 1000;

  for (;;) {
    struct pollfd poll_fd = { fd, POLLIN, 0 };
    gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
    gchar c;

    fail_unless (left > 0 && poll (&poll_fd, 1, left) > 0, "nothing came");
    if (read (fd, &c, 1) != 1)
      return NULL;
    if (c == '\n')
      return g_string_free (g_steal_pointer (&line), FALSE);
    g_string_append_c (line, c);
  }
}

static void
start_relay (Bench *bench, const gchar *options)
{
  g_autoptr (GSList) uris = soup_server_get_uris (bench->server);
  g_autofree gchar *upstream = g_uri_to_string (uris->data);
  g_autofree gchar *line = g_strdup_printf (
      "%s --exit-with-parent --upstream %sv1 --log %s %s", RELAY, upstream,
      bench->log_path, options);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  int out[2];

  g_slist_foreach (uris, (GFunc) (void (*) (void)) g_uri_unref, NULL);
  fail_unless (g_shell_parse_argv (line, NULL, &argv, &error));
  fail_unless (g_unix_open_pipe (out, FD_CLOEXEC, NULL));
  fail_unless (
      g_spawn_async_with_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
          NULL, &bench->pid, -1, out[1], -1, &error),
      "%s", error ? error->message : "");
  close (out[1]);
  bench->out = out[0];
  bench->url = read_line (bench->out);
  fail_unless (bench->url != NULL && g_str_has_prefix (bench->url, "http://"));
}

static Bench *
bench_new (const gchar *options)
{
  Bench *bench = g_new0 (Bench, 1);
  g_autoptr (GError) error = NULL;
  gint fd;

  bench->client_fd = open_socket (&bench->client_port);
  bench->server_fd = open_socket (&bench->server_port);
  bench->session = soup_session_new ();
  bench->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (bench->server, NULL, on_server_request, bench, NULL);
  fail_unless (soup_server_listen_local (
                   bench->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error),
      "%s", error ? error->message : "");
  fd = g_file_open_tmp ("relay-XXXXXX", &bench->log_path, &error);
  fail_unless (fd >= 0, "%s", error ? error->message : "");
  close (fd);
  start_relay (bench, options);
  return bench;
}

/* Ends the relay; its log is complete then. */
static void
bench_stop (Bench *bench)
{
  int status;

  if (bench->pid == 0)
    return;
  kill (bench->pid, SIGTERM);
  fail_unless (waitpid (bench->pid, &status, 0) == bench->pid);
  fail_unless (
      WIFEXITED (status) && WEXITSTATUS (status) == 0, "status %d", status);
  bench->pid = 0;
}

static void
bench_free (Bench *bench)
{
  bench_stop (bench);
  close (bench->out);
  close (bench->client_fd);
  close (bench->server_fd);
  soup_server_disconnect (bench->server);
  g_object_unref (bench->server);
  soup_session_abort (bench->session);
  g_object_unref (bench->session);
  g_unlink (bench->log_path);
  g_free (bench->log_path);
  g_free (bench->url);
  g_free (bench->method);
  g_free (bench->path);
  g_free (bench->offer);
  g_free (bench->authorization);
  g_free (bench);
}

typedef struct {
  GBytes *body;
  gboolean done;
} Reply;

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reply *reply = user_data;
  g_autoptr (GError) error = NULL;

  reply->body = soup_session_send_and_read_finish (
      SOUP_SESSION (source), result, &error);
  fail_unless (reply->body != NULL, "%s", error ? error->message : "");
  reply->done = TRUE;
}

static gboolean
on_patience (gpointer user_data)
{
  fail ("no reply came");
  return G_SOURCE_REMOVE;
}

/* Posts @body to @path behind the base URL. Returns the reply's body. */
static gchar *
post (Bench *bench, const gchar *path, const gchar *type, const gchar *body,
    guint *status, gchar **location)
{
  g_autofree gchar *url = g_strconcat (bench->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  Reply reply = { NULL };
  guint patience = g_timeout_add (PATIENCE_MS, on_patience, NULL);
  gchar *text;

  soup_message_headers_append (soup_message_get_request_headers (message),
      "Authorization", "Bearer key");
  soup_message_set_request_body_from_bytes (message, type, bytes);
  soup_session_send_and_read_async (
      bench->session, message, G_PRIORITY_DEFAULT, NULL, on_reply, &reply);
  while (!reply.done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  *status = soup_message_get_status (message);
  if (location != NULL)
    *location = g_strdup (soup_message_headers_get_one (
        soup_message_get_response_headers (message), "Location"));
  text = g_strndup (
      g_bytes_get_data (reply.body, NULL), g_bytes_get_size (reply.body));
  g_bytes_unref (reply.body);
  return text;
}

/* The one candidate in @sdp. */
static struct sockaddr_in
get_candidate (const gchar *sdp)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  const gchar *line = strstr (sdp, "a=candidate:");
  g_auto (GStrv) words = NULL;

  fail_unless (line != NULL, "no candidate in %s", sdp);
  fail_unless (strstr (line + 1, "a=candidate:") == NULL, "two in %s", sdp);
  words = g_strsplit (line, " ", -1);
  fail_unless (inet_pton (AF_INET, words[4], &address.sin_addr) == 1);
  address.sin_port = htons (atoi (words[5]));
  return address;
}

static void
place_call (Bench *bench)
{
  g_autofree gchar *offer = make_sdp (bench->client_port);
  g_autofree gchar *answer = NULL;
  g_autofree gchar *location = NULL;
  guint status;

  answer = post (bench, "/realtime/calls?model=x", "application/sdp", offer,
      &status, &location);
  assert_equals_int (status, 201);
  assert_equals_string (location, "/v1/realtime/calls/rtc_1");
  assert_equals_string (bench->method, "POST");
  fail_unless (g_str_has_suffix (bench->path, "/v1/realtime/calls?model=x"));
  assert_equals_string (bench->authorization, "Bearer key");
  bench->to_client = get_candidate (bench->offer);
  bench->to_server = get_candidate (answer);
  fail_if (ntohs (bench->to_client.sin_port) == bench->client_port);
  fail_if (ntohs (bench->to_server.sin_port) == bench->server_port);
}

static void
send_rtp (int fd, const struct sockaddr_in *to, guint16 number)
{
  guint8 data[RTP_SIZE] = { 0x80, 111, number >> 8, number & 0xff };
  gint64 now = g_get_monotonic_time ();

  memcpy (data + 12, &now, sizeof (now));
  fail_unless (
      sendto (fd, data, sizeof (data), 0, (struct sockaddr *) to, sizeof (*to))
      == sizeof (data));
}

/* Neither RTP nor anything else that is known. */
static void
send_end (int fd, const struct sockaddr_in *to)
{
  guint8 data[RTP_SIZE] = { 0x50 };

  fail_unless (
      sendto (fd, data, sizeof (data), 0, (struct sockaddr *) to, sizeof (*to))
      == sizeof (data));
}

/* The number of the next packet, or END or NOTHING. @age: us since it
 * was sent. */
static gint
receive_rtp (int fd, gint ms, gint64 *age, struct sockaddr_in *source)
{
  struct pollfd poll_fd = { fd, POLLIN, 0 };
  guint8 data[2 * RTP_SIZE];
  socklen_t size = sizeof (*source);
  gint64 sent;

  if (poll (&poll_fd, 1, ms) <= 0)
    return NOTHING;
  fail_unless (
      recvfrom (fd, data, sizeof (data), 0, (struct sockaddr *) source, &size)
      == RTP_SIZE);
  if (data[0] == 0x50)
    return END;
  memcpy (&sent, data + 12, sizeof (sent));
  *age = g_get_monotonic_time () - sent;
  return data[2] << 8 | data[3];
}

/* --- tests --- */

GST_START_TEST (test_packets_cross_in_order_and_not_too_early)
{
  Bench *bench = bench_new ("--both delay=5,jitter=exp:8");
  gint64 age;
  guint i;
  struct sockaddr_in source;

  place_call (bench);
  for (i = 0; i < N_PACKETS; i++) {
    send_rtp (bench->client_fd, &bench->to_server, i);
    send_rtp (bench->server_fd, &bench->to_client, i);
  }
  for (i = 0; i < N_PACKETS; i++) {
    assert_equals_int (
        receive_rtp (bench->server_fd, PATIENCE_MS, &age, &source), i);
    fail_unless (age >= 5000, "%" G_GINT64_FORMAT, age);
    /* From where the offer said that the client is. */
    assert_equals_int (
        ntohs (source.sin_port), ntohs (bench->to_client.sin_port));
    assert_equals_int (
        receive_rtp (bench->client_fd, PATIENCE_MS, &age, &source), i);
    fail_unless (age >= 5000, "%" G_GINT64_FORMAT, age);
    assert_equals_int (
        ntohs (source.sin_port), ntohs (bench->to_server.sin_port));
  }
  bench_free (bench);
}
GST_END_TEST;

GST_START_TEST (test_unknown_source_gets_a_stand_in)
{
  Bench *bench = bench_new ("");
  struct sockaddr_in source, again;
  gint64 age;
  guint port;
  int other_fd;

  place_call (bench);
  other_fd = open_socket (&port);
  send_rtp (other_fd, &bench->to_server, 1);
  assert_equals_int (
      receive_rtp (bench->server_fd, PATIENCE_MS, &age, &source), 1);
  fail_if (source.sin_port == bench->to_client.sin_port);
  /* And can be answered. */
  send_rtp (bench->server_fd, &source, 2);
  assert_equals_int (receive_rtp (other_fd, PATIENCE_MS, &age, &again), 2);
  fail_unless (again.sin_port == bench->to_server.sin_port);
  close (other_fd);
  bench_free (bench);
}
GST_END_TEST;

/* Sends packets with some lost and waits for those that are not; returns the
 * numbers that came. */
static gchar *
run_lossy (const gchar *options, guint *n_lost)
{
  Bench *bench = bench_new (options);
  GString *came = g_string_new (NULL);
  g_autofree gchar *log = NULL;
  g_auto (GStrv) lines = NULL;
  struct sockaddr_in source;
  gint64 age;
  gint number = NOTHING, last = -1;
  guint i, n_lines = 0;

  place_call (bench);
  for (i = 0; i < N_PACKETS; i++)
    send_rtp (bench->client_fd, &bench->to_server, i);
  /* Some of these will come, and nothing comes after them. */
  for (i = 0; i < N_ENDS; i++)
    send_end (bench->client_fd, &bench->to_server);
  for (;;) {
    number = receive_rtp (bench->server_fd, PATIENCE_MS, &age, &source);
    fail_if (number == NOTHING);
    if (number == END)
      break;
    fail_unless (number > last, "%d after %d", number, last);
    last = number;
    g_string_append_printf (came, "%d ", number);
  }
  bench_stop (bench);
  fail_unless (g_file_get_contents (bench->log_path, &log, NULL, NULL));
  lines = g_strsplit (log, "\n", -1);
  *n_lost = 0;
  for (i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

    if (g_strv_length (words) != 10 || strcmp (words[1], "up") != 0)
      continue;
    assert_equals_string (words[5], "rtp");
    assert_equals_int (atoi (words[4]), RTP_SIZE);
    assert_equals_int (atoi (words[9]), 111);
    n_lines++;
    if (strcmp (words[3], "-") == 0) {
      g_autofree gchar *word = g_strdup_printf (" %s ", words[7]);

      ++*n_lost;
      fail_unless (strstr (came->str, word) == NULL, "%s came", word);
    } else {
      fail_unless (g_ascii_strtoll (words[3], NULL, 10)
          >= g_ascii_strtoll (words[2], NULL, 10));
    }
  }
  assert_equals_int (n_lines, N_PACKETS);
  bench_free (bench);
  return g_string_free (came, FALSE);
}

GST_START_TEST (test_seed_decides_what_is_lost)
{
  guint lost, lost_again, lost_otherwise;
  g_autofree gchar *once = run_lossy ("--up loss=10 --seed 5", &lost);
  g_autofree gchar *again = run_lossy ("--up loss=10 --seed 5", &lost_again);
  g_autofree gchar *other = run_lossy (
      "--up loss=10 --seed 6", &lost_otherwise);

  assert_equals_string (once, again);
  fail_if (strcmp (once, other) == 0);
  assert_equals_int (lost, lost_again);
  fail_unless (lost > 5 && lost < 40, "%u of %u", lost, N_PACKETS);
}
GST_END_TEST;

GST_START_TEST (test_duplicates_arrive)
{
  Bench *bench = bench_new ("--down duplicate=100");
  struct sockaddr_in source;
  gint64 age;

  place_call (bench);
  send_rtp (bench->server_fd, &bench->to_client, 3);
  assert_equals_int (
      receive_rtp (bench->client_fd, PATIENCE_MS, &age, &source), 3);
  assert_equals_int (
      receive_rtp (bench->client_fd, PATIENCE_MS, &age, &source), 3);
  bench_free (bench);
}
GST_END_TEST;

GST_START_TEST (test_http_takes_its_round_trips)
{
  Bench *bench = bench_new ("--http-rtt 40");
  gint64 start = g_get_monotonic_time (), middle, end;

  place_call (bench);
  middle = g_get_monotonic_time ();
  place_call (bench);
  end = g_get_monotonic_time ();
  /* The first one opens the connection. POST is not repeated on a used one. */
  fail_unless (middle - start >= 78 * 1000);
  fail_unless (end - middle >= 38 * 1000);
  bench_free (bench);
}
GST_END_TEST;

GST_START_TEST (test_other_requests_pass_untouched)
{
  Bench *bench = bench_new ("");
  g_autofree gchar *reply = NULL;
  guint status;

  reply = post (bench, "/realtime/calls/rtc_1/hangup", "application/json",
      "{\"a\":\"m=audio 5 x\"}", &status, NULL);
  assert_equals_int (status, 401);
  assert_equals_string (reply, "{\"no\":1}");
  assert_equals_string (bench->offer, "{\"a\":\"m=audio 5 x\"}");
  bench_free (bench);
}
GST_END_TEST;

GST_START_TEST (test_server_that_is_not_there)
{
  Bench *bench = bench_new ("");
  g_autofree gchar *offer = make_sdp (bench->client_port);
  g_autofree gchar *reply = NULL;
  guint status;

  soup_server_disconnect (bench->server);
  reply = post (
      bench, "/realtime/calls", "application/sdp", offer, &status, NULL);
  assert_equals_int (status, 502);
  bench_free (bench);
}
GST_END_TEST;

GST_START_TEST (test_ends_with_its_parent)
{
  g_autofree gchar *line = NULL;
  int out[2];
  pid_t parent;

  fail_unless (g_unix_open_pipe (out, FD_CLOEXEC, NULL));
  parent = fork ();
  fail_unless (parent >= 0);
  if (parent == 0) {
    pid_t child = fork ();

    if (child == 0) {
      dup2 (out[1], STDOUT_FILENO);
      execl (RELAY, RELAY, "--exit-with-parent", "--upstream",
          "http://127.0.0.1:9/v1", NULL);
      _exit (1);
    }
    pause ();
    _exit (0);
  }
  close (out[1]);
  line = read_line (out[0]);
  fail_unless (line != NULL);
  kill (parent, SIGKILL);
  fail_unless (waitpid (parent, NULL, 0) == parent);
  /* The end of its output. */
  fail_unless (read_line (out[0]) == NULL);
  close (out[0]);
}
GST_END_TEST;

static Suite *
relay_suite (void)
{
  Suite *suite = suite_create ("relay");
  TCase *tcase = tcase_create ("relay");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_packets_cross_in_order_and_not_too_early);
  tcase_add_test (tcase, test_unknown_source_gets_a_stand_in);
  tcase_add_test (tcase, test_seed_decides_what_is_lost);
  tcase_add_test (tcase, test_duplicates_arrive);
  tcase_add_test (tcase, test_http_takes_its_round_trips);
  tcase_add_test (tcase, test_other_requests_pass_untouched);
  tcase_add_test (tcase, test_server_that_is_not_there);
  tcase_add_test (tcase, test_ends_with_its_parent);

  return suite;
}

GST_CHECK_MAIN (relay);
