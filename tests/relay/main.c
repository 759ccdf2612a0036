/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "forwarder.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_HTTP_RTT 60000

typedef struct {
  gchar *upstream;
  gchar *host;
  gint port;
  gchar *up;
  gchar *down;
  gchar *both;
  gint http_rtt;
  gint64 seed;
  gboolean nat;
  gchar *log;
  gboolean exit_with_parent;
} Options;

static gboolean
parse_options (Options *options, int argc, char **argv, GError **error)
{
  GOptionEntry entries[] = {
    { "upstream", 'u', 0, G_OPTION_ARG_STRING, &options->upstream,
        "Base URL of the server; needed", "URL" },
    { "port", 'p', 0, G_OPTION_ARG_INT, &options->port,
        "TCP port to listen on, 0 for a free one (default 0)", "N" },
    { "host", 0, 0, G_OPTION_ARG_STRING, &options->host,
        "IPv4 address for HTTP and UDP (default 127.0.0.1)", "ADDR" },
    { "both", 0, 0, G_OPTION_ARG_STRING, &options->both,
        "What happens to packets in either direction", "SPEC" },
    { "up", 0, 0, G_OPTION_ARG_STRING, &options->up,
        "... and besides to those of the client", "SPEC" },
    { "down", 0, 0, G_OPTION_ARG_STRING, &options->down,
        "... and besides to those of the server", "SPEC" },
    { "http-rtt", 0, 0, G_OPTION_ARG_INT, &options->http_rtt,
        "HTTP takes a round trip of so long, and another one to connect "
        "(default 0)",
        "MS" },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options->seed,
        "Of all decisions; each call has its own (default 1)", "N" },
    { "nat", 0, 0, G_OPTION_ARG_NONE, &options->nat,
        "Let ICE notice that addresses are translated, as it does behind a "
        "router",
        NULL },
    { "log", 'l', 0, G_OPTION_ARG_FILENAME, &options->log,
        "Write a line for each packet", "FILE" },
    { "exit-with-parent", 0, 0, G_OPTION_ARG_NONE, &options->exit_with_parent,
        "End when the process that started this one ends", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree gchar *description = g_strconcat (relay_profile_help (),
      "\nExample, 80 ms there and back with jitter, 1 % lost each way:\n"
      "  openai-realtime-relay --upstream http://127.0.0.1:8080/v1 \\\n"
      "    --both delay=40,jitter=exp:8,loss=1 --http-rtt 80\n",
      NULL);

  g_option_context_set_summary (context,
      "A bad network for the OpenAI Realtime API over WebRTC: stands between "
      "any client\nand a server. Prints the base URL for clients on one line "
      "as soon as it listens.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "Unexpected argument '%s'", argv[1]);
    return FALSE;
  }
  if (options->upstream == NULL || options->port < 0 || options->port > 65535
      || options->http_rtt < 0 || options->http_rtt > MAX_HTTP_RTT) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--upstream is needed, --port takes 0 to 65535, --http-rtt 0 to %d",
        MAX_HTTP_RTT);
    return FALSE;
  }
  if (options->host == NULL)
    options->host = g_strdup ("127.0.0.1");
  return TRUE;
}

static void
options_clear (Options *options)
{
  g_free (options->upstream);
  g_free (options->host);
  g_free (options->up);
  g_free (options->down);
  g_free (options->both);
  g_free (options->log);
}

/* What is named later replaces what was named before. */
static RelayProfile *
make_profile (const gchar *both, const gchar *one, GError **error)
{
  g_autofree gchar *spec = g_strjoin (
      ",", both ? both : "", one ? one : "", NULL);

  return relay_profile_parse (spec, error);
}

static gboolean
on_quit (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

/* A call has a socket for each candidate. */
static void
allow_many_files (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

static gboolean
run (Options *options, GError **error)
{
  g_autoptr (RelayProfile) up = NULL;
  g_autoptr (RelayProfile) down = NULL;
  g_autoptr (RelayNet) net = NULL;
  g_autoptr (RelayForwarder) forwarder = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (RelayPacketLog) log = NULL;

  up = make_profile (options->both, options->up, error);
  if (up == NULL)
    return FALSE;
  down = make_profile (options->both, options->down, error);
  if (down == NULL)
    return FALSE;
  if (options->log != NULL) {
    log = relay_packet_log_new (options->log, error);
    if (log == NULL)
      return FALSE;
  }
  net = relay_net_new (
      options->host, up, down, options->seed, options->nat, log, error);
  if (net != NULL)
    forwarder = relay_forwarder_new (net, options->upstream, options->host,
        options->port, options->http_rtt, error);
  if (forwarder != NULL) {
    g_unix_signal_add (SIGINT, on_quit, loop);
    g_unix_signal_add (SIGTERM, on_quit, loop);
    g_print ("%s\n", relay_forwarder_get_url (forwarder));
    fflush (stdout);
    g_main_loop_run (loop);
  }
  g_clear_pointer (&forwarder, relay_forwarder_free);
  g_clear_pointer (&net, relay_net_free);
  return *error == NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Options options = { .seed = 1 };
  pid_t parent = getppid ();
  int status = 0;

  if (!parse_options (&options, argc, argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (options.exit_with_parent) {
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    /* It may have gone before. */
    if (getppid () != parent)
      return 0;
  }
  signal (SIGPIPE, SIG_IGN);
  allow_many_files ();
  if (!run (&options, &error)) {
    g_printerr ("%s\n", error->message);
    status = 1;
  }
  options_clear (&options);
  return status;
}
