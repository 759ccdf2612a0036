/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "options.h"
#include "faults.h"
#include "util.h"

#include <gio/gio.h>
#include <string.h>

EmuOptions *
emu_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (EmuOptions) options = g_new0 (EmuOptions, 1);
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GString) description = NULL;
  g_autofree gchar *rtp = NULL;
  g_autofree gchar *models = NULL;
  g_autofree gchar *item_events = NULL;
  g_autofree gchar *scenario = NULL;
  g_auto (GStrv) fault_args = NULL;
  g_auto (GStrv) fault_files = NULL;
  GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &options->port,
        "TCP port to listen on, 0 for a free one (default 0)", "N" },
    { "host", 0, 0, G_OPTION_ARG_STRING, &options->host,
        "Address to listen on (default 127.0.0.1)", "ADDR" },
    { "api-key", 0, 0, G_OPTION_ARG_STRING, &options->api_key,
        "Accept only this key and the ek_ secrets minted with it", "KEY" },
    { "mind", 'm', 0, G_OPTION_ARG_STRING, &options->mind,
        "Who answers: parrot says back what it heard, talk listens and "
        "converses, scenario follows --scenario (default parrot)",
        "parrot|talk|scenario" },
    { "scenario", 0, 0, G_OPTION_ARG_FILENAME, &scenario,
        "What the mind scenario does, see README.md; implies --mind scenario",
        "FILE" },
    { "models", 0, 0, G_OPTION_ARG_STRING, &models,
        "Names of the models that exist (default: any)", "A,B" },
    { "rtp", 0, 0, G_OPTION_ARG_STRING, &rtp,
        "Between answers: send nothing, or packets of silence "
        "(default pause)",
        "pause|continuous" },
    { "max-calls", 0, 0, G_OPTION_ARG_INT, &options->max_calls,
        "Calls at the same time before 429 (default 200)", "N" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options->record_dir,
        "Write per call: CALL.wav what was heard, CALL-said.wav what was "
        "sent, CALL.jsonl every event",
        "DIR" },
    { "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fault_args,
        "Misbehave, see below; may be repeated", "NAME[=ARG]" },
    { "fault-file", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &fault_files,
        "One fault a line, NAME[=ARG]; # begins a comment", "FILE" },
    { "tls", 0, 0, G_OPTION_ARG_NONE, &options->tls,
        "Serve https, with a certificate made at start", NULL },
    { "tls-ca", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_ca,
        "Write whom to trust for that, as PEM; implies --tls", "FILE" },
    { "session-age", 0, 0, G_OPTION_ARG_INT, &options->session_age,
        "Sessions end after so many seconds (default 3600)", "SECONDS" },
    { "item-events", 0, 0, G_OPTION_ARG_STRING, &item_events,
        "How items are announced: added and done, created as older servers "
        "do, or both (default added)",
        "added|created|both" },
    { "nulls", 0, 0, G_OPTION_ARG_NONE, &options->nulls,
        "Send null for what is not set, where the published schema would "
        "leave it out",
        NULL },
    { "dump-schema", 0, 0, G_OPTION_ARG_NONE, &options->dump_schema,
        "Print what is known of events and fields as OpenAPI JSON, and end",
        NULL },
    { "exit-after-calls", 0, 0, G_OPTION_ARG_INT, &options->exit_after_calls,
        "End when N calls have ended", "N" },
    { "exit-with-parent", 0, 0, G_OPTION_ARG_NONE, &options->exit_with_parent,
        "End when the process that started this one ends", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose,
        "Log events to stderr", NULL },
    { NULL },
  };
  guint i;

  options->max_calls = 200;
  options->session_age = 3600;
  options->faults = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context,
      "A server for the OpenAI Realtime API over WebRTC, without a model "
      "behind it.\nPrints the base URL on one line as soon as it listens.");
  description = g_string_new ("Faults:\n");
  emu_faults_describe (description);
  g_string_append (description,
      "\nExample:\n"
      "  openai-realtime-emulator --port 8080 --mind talk &\n"
      "  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1\n");
  g_option_context_set_description (context, description->str);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return NULL;

  if (argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "Unexpected argument '%s'", argv[1]);
    return NULL;
  }
  if (options->port < 0 || options->port > 65535) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--port takes 0 to 65535");
    return NULL;
  }
  if (options->host == NULL)
    options->host = g_strdup ("127.0.0.1");
  if (options->mind == NULL)
    options->mind = g_strdup (scenario ? "scenario" : "parrot");
  if (options->tls_ca != NULL)
    options->tls = TRUE;
  if (options->session_age < 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--session-age takes at least 1");
    return NULL;
  }
  if (item_events != NULL && strcmp (item_events, "added") != 0
      && strcmp (item_events, "created") != 0
      && strcmp (item_events, "both") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--item-events takes added, created or both, not '%s'", item_events);
    return NULL;
  }
  options->items_added = g_strcmp0 (item_events, "created") != 0;
  options->items_created = item_events != NULL
      && strcmp (item_events, "added") != 0;
  if (rtp != NULL && strcmp (rtp, "pause") != 0
      && strcmp (rtp, "continuous") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--rtp takes pause or continuous, not '%s'", rtp);
    return NULL;
  }
  options->continuous_rtp = g_strcmp0 (rtp, "continuous") == 0;
  if (models != NULL)
    options->models = g_strsplit (models, ",", -1);
  if (scenario != NULL) {
    options->scenario = emu_scenario_load (scenario, options->faults, error);
    if (options->scenario == NULL)
      return NULL;
  }
  for (i = 0; fault_files != NULL && fault_files[i] != NULL; i++) {
    if (!emu_faults_read (options->faults, fault_files[i], error))
      return NULL;
  }
  for (i = 0; fault_args != NULL && fault_args[i] != NULL; i++) {
    if (!emu_faults_add (options->faults, fault_args[i], error))
      return NULL;
  }
  return g_steal_pointer (&options);
}

void
emu_options_free (EmuOptions *options)
{
  if (options == NULL)
    return;
  g_free (options->host);
  g_free (options->api_key);
  g_free (options->mind);
  g_strfreev (options->models);
  g_free (options->record_dir);
  emu_scenario_free (options->scenario);
  g_free (options->tls_ca);
  g_clear_pointer (&options->faults, g_hash_table_unref);
  g_free (options);
}

const gchar *
emu_options_fault (const EmuOptions *options, const gchar *name)
{
  return g_hash_table_lookup (options->faults, name);
}

gint64
emu_options_fault_int (const EmuOptions *options, const gchar *name)
{
  const gchar *arg = emu_options_fault (options, name);

  return arg != NULL ? g_ascii_strtoll (arg, NULL, 10) : -1;
}

gboolean
emu_options_knows_model (const EmuOptions *options, const gchar *model)
{
  return options->models == NULL
      || g_strv_contains ((const gchar *const *) options->models, model);
}

void
emu_log (const EmuOptions *options, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  if (!options->verbose)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("%12.3f %s\n", emu_now_ms (), text);
}
