/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "options.h"
#include "wire.h"

#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

typedef struct {
  gchar *client;
  gchar *server;
  gboolean tcp_only;
  gchar *allow_tcp;
  gchar *allow_udp;
  RelayOptions common;
} Options;

static gboolean
parse_options (Options *options, int argc, char **argv, GError **error)
{
  GOptionEntry entries[] = {
    { "client", 0, 0, G_OPTION_ARG_STRING, &options->client,
        "TUN interface of the client's network namespace; needed",
        "NAMESPACE:INTERFACE" },
    { "server", 0, 0, G_OPTION_ARG_STRING, &options->server,
        "... and of the server's; needed", "NAMESPACE:INTERFACE" },
    { "tcp-only", 0, 0, G_OPTION_ARG_NONE, &options->tcp_only,
        "A firewall that lets nothing else through", NULL },
    { "allow-tcp", 0, 0, G_OPTION_ARG_STRING, &options->allow_tcp,
        "A firewall that lets TCP to these ports of the server through, and "
        "nothing but what is allowed",
        "PORTS" },
    { "allow-udp", 0, 0, G_OPTION_ARG_STRING, &options->allow_udp,
        "... and the same for UDP", "PORTS" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context,
      "A bad network between two network namespaces, for all of IP. Needs "
      "root. Prints\n\"ready\" on one line as soon as packets pass.");
  g_option_context_add_main_entries (context, entries, NULL);
  relay_options_add (&options->common, context,
      "PORTS is \"any\" or a list as 80,443,8000-8080.\n"
      "A namespace is a name of \"ip netns\" or a path. Example:\n"
      "  ip netns add one\n"
      "  ip -n one tuntap add wire0 mode tun\n"
      "  ip -n one addr add 10.9.0.1/24 dev wire0\n"
      "  ip -n one link set wire0 up\n"
      "  (the same for two, with 10.9.0.2)\n"
      "  openai-realtime-wire --client one:wire0 --server two:wire0 \\\n"
      "    --both delay=40,jitter=exp:8,loss=1\n");
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1 || options->client == NULL || options->server == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--client and --server are needed, and nothing else without a name");
    return FALSE;
  }
  if (options->tcp_only
      && (options->allow_tcp != NULL || options->allow_udp != NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--tcp-only is --allow-tcp any, and stands alone");
    return FALSE;
  }
  return TRUE;
}

static void
options_clear (Options *options)
{
  g_free (options->client);
  g_free (options->server);
  g_free (options->allow_tcp);
  g_free (options->allow_udp);
  relay_options_clear (&options->common);
}

/* Readable when this process is to end; -1 and errno. */
static int
open_quit (void)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  if (sigprocmask (SIG_BLOCK, &signals, NULL) != 0)
    return -1;
  return signalfd (-1, &signals, SFD_CLOEXEC);
}

static gboolean
run (Options *options, int quit_fd, GError **error)
{
  RelayOptions *common = &options->common;
  g_autoptr (RelayFirewall) firewall = NULL;
  g_autoptr (RelayWire) wire = NULL;

  if (!relay_options_open (common, error))
    return FALSE;
  firewall = relay_firewall_new (options->tcp_only ? "any" : options->allow_tcp,
      options->allow_udp, error);
  if (firewall == NULL)
    return FALSE;
  wire = relay_wire_new (options->client, options->server, firewall, common->up,
      common->down, common->seed, common->log, error);
  if (wire == NULL)
    return FALSE;
  g_print ("ready\n");
  fflush (stdout);
  return relay_wire_run (wire, quit_fd, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Options options = { 0 };
  pid_t parent = getppid ();
  int quit_fd = -1, status = 0;

  if (!parse_options (&options, argc, argv, &error)) {
    status = 2;
  } else if ((quit_fd = open_quit ()) < 0) {
    g_set_error (&error, G_IO_ERROR, g_io_error_from_errno (errno),
        "No signals: %s", g_strerror (errno));
    status = 1;
  } else if (relay_options_follow (&options.common, parent)
      && !run (&options, quit_fd, &error)) {
    status = 1;
  }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  if (quit_fd >= 0)
    close (quit_fd);
  options_clear (&options);
  return status;
}
