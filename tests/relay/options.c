/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "options.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

void
relay_options_add (
    RelayOptions *options, GOptionContext *context, const gchar *example)
{
  const GOptionEntry entries[] = {
    { "both", 0, 0, G_OPTION_ARG_STRING, &options->both,
        "What happens to packets in either direction", "SPEC" },
    { "up", 0, 0, G_OPTION_ARG_STRING, &options->up_only,
        "... and besides to those of the client", "SPEC" },
    { "down", 0, 0, G_OPTION_ARG_STRING, &options->down_only,
        "... and besides to those of the server", "SPEC" },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options->seed,
        "Of all decisions (default 1)", "N" },
    { "log", 'l', 0, G_OPTION_ARG_FILENAME, &options->log_path,
        "Write a line for each packet of UDP", "FILE" },
    { "exit-with-parent", 0, 0, G_OPTION_ARG_NONE, &options->exit_with_parent,
        "End when the process that started this one ends", NULL },
    { NULL },
  };
  g_autofree gchar *description = g_strconcat (
      relay_profile_help (), "\n", example, NULL);

  memset (options, 0, sizeof (*options));
  options->seed = 1;
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, description);
}

/* What is named later replaces what was named before. */
static RelayProfile *
make_profile (const gchar *both, const gchar *one, GError **error)
{
  g_autofree gchar *spec = g_strjoin (
      ",", both ? both : "", one ? one : "", NULL);

  return relay_profile_parse (spec, error);
}

gboolean
relay_options_open (RelayOptions *options, GError **error)
{
  options->up = make_profile (options->both, options->up_only, error);
  if (options->up == NULL)
    return FALSE;
  options->down = make_profile (options->both, options->down_only, error);
  if (options->down == NULL)
    return FALSE;
  if (options->log_path != NULL) {
    options->log = relay_packet_log_new (options->log_path, error);
    if (options->log == NULL)
      return FALSE;
  }
  return TRUE;
}

void
relay_options_clear (RelayOptions *options)
{
  g_clear_pointer (&options->both, g_free);
  g_clear_pointer (&options->up_only, g_free);
  g_clear_pointer (&options->down_only, g_free);
  g_clear_pointer (&options->log_path, g_free);
  g_clear_pointer (&options->up, relay_profile_free);
  g_clear_pointer (&options->down, relay_profile_free);
  g_clear_pointer (&options->log, relay_packet_log_free);
}

gboolean
relay_options_follow (const RelayOptions *options, gint parent)
{
  if (!options->exit_with_parent)
    return TRUE;
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  /* It may have gone before. */
  return getppid () == parent;
}
