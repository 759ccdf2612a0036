/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "call.h"
#include "schema.h"
#include "server.h"

#include <glib-unix.h>
#ifdef HAVE_LIBCRYPTO
#include <openssl/crypto.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TEARDOWN_TIMEOUT_MS 3000

static gboolean
on_quit (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (EmuOptions) options = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = NULL;
  g_autofree gchar *url = NULL;
  EmuMind *mind;
  EmuServer *server;

  options = emu_options_parse (argc, argv, &error);
  if (options == NULL) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (options->dump_schema) {
    g_autofree gchar *schema = emu_schema_dump ();

    g_print ("%s\n", schema);
    return 0;
  }
  if (options->exit_with_parent) {
    pid_t parent = getppid ();

    prctl (PR_SET_PDEATHSIG, SIGTERM);
    /* It may have gone before. */
    if (getppid () != parent)
      return 0;
  }
  if (options->record_dir != NULL
      && g_mkdir_with_parents (options->record_dir, 0755) != 0) {
    g_printerr ("Cannot make the directory %s\n", options->record_dir);
    return 1;
  }

#ifdef HAVE_LIBCRYPTO
  /* At the end it would race with the threads of GStreamer that end then. */
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
#endif
  gst_init (NULL, NULL);
  emu_call_warm_up ();
  loop = g_main_loop_new (NULL, FALSE);
  mind = emu_mind_new (options, &error);
  if (mind == NULL) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  server = emu_server_new (options, mind, on_quit, loop, &error);
  if (server == NULL) {
    g_printerr ("%s\n", error->message);
    emu_mind_free (mind);
    return 1;
  }
  g_unix_signal_add (SIGINT, on_quit, loop);
  g_unix_signal_add (SIGTERM, on_quit, loop);
  signal (SIGPIPE, SIG_IGN);

  url = emu_server_get_base_url (server);
  g_print ("%s\n", url);
  fflush (stdout);
  g_main_loop_run (loop);

  emu_server_free (server);
  /* What was posted holds references. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (!emu_call_wait_for_teardowns (TEARDOWN_TIMEOUT_MS))
    _exit (0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  emu_mind_free (mind);
  return 0;
}
