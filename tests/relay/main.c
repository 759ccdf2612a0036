/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "forwarder.h"
#include "options.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_HTTP_RTT 60000

typedef struct {
  gchar *upstream;
  gchar *host;
  gint port;
  gint http_rtt;
  gboolean nat;
  RelayOptions common;
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
    { "http-rtt", 0, 0, G_OPTION_ARG_INT, &options->http_rtt,
        "HTTP takes a round trip of so long, and another one to connect "
        "(default 0)",
        "MS" },
    { "nat", 0, 0, G_OPTION_ARG_NONE, &options->nat,
        "Let ICE notice that addresses are translated, as it does behind a "
        "router",
        NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context,
      "A bad network for the OpenAI Realtime API over WebRTC: stands between "
      "any client\nand a server. Prints the base URL for clients on one line "
      "as soon as it listens.");
  g_option_context_add_main_entries (context, entries, NULL);
  relay_options_add (&options->common, context,
      "Example, 80 ms there and back with jitter, 1 % lost each way:\n"
      "  openai-realtime-relay --upstream http://127.0.0.1:8080/v1 \\\n"
      "    --both delay=40,jitter=exp:8,loss=1 --http-rtt 80\n");
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
  relay_options_clear (&options->common);
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
  RelayOptions *common = &options->common;
  g_autoptr (RelayNet) net = NULL;
  g_autoptr (RelayForwarder) forwarder = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  if (!relay_options_open (common, error))
    return FALSE;
  net = relay_net_new (options->host, common->up, common->down, common->seed,
      options->nat, common->log, error);
  if (net == NULL)
    return FALSE;
  forwarder = relay_forwarder_new (net, options->upstream, options->host,
      options->port, options->http_rtt, error);
  if (forwarder == NULL)
    return FALSE;
  g_unix_signal_add (SIGINT, on_quit, loop);
  g_unix_signal_add (SIGTERM, on_quit, loop);
  g_print ("%s\n", relay_forwarder_get_url (forwarder));
  fflush (stdout);
  g_main_loop_run (loop);
  /* It uses the net. */
  g_clear_pointer (&forwarder, relay_forwarder_free);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Options options = { 0 };
  pid_t parent = getppid ();
  int status = 0;

  signal (SIGPIPE, SIG_IGN);
  if (!parse_options (&options, argc, argv, &error)) {
    status = 2;
  } else if (relay_options_follow (&options.common, parent)) {
    allow_many_files ();
    if (!run (&options, &error))
      status = 1;
  }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  options_clear (&options);
  return status;
}
