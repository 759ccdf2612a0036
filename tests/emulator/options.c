/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "options.h"
#include "util.h"

#include <gio/gio.h>
#include <string.h>

typedef enum {
  FAULT_PLAIN,
  FAULT_NUMBER,
  FAULT_TEXT
} FaultArg;

/* The faults that can be asked for. Where each one acts is found by its name:
 * grep emu_options_fault. */
static const struct {
  const gchar *name;
  FaultArg arg;
  const gchar *help;
} faults[] = {
  { "status", FAULT_NUMBER, "=CODE   POST calls: answer this HTTP status" },
  { "redirect", FAULT_TEXT, "=URL  POST calls: answer 307 to URL" },
  { "slow", FAULT_NUMBER, "=MS       POST calls: answer so much later" },
  { "no-answer", FAULT_PLAIN, "     POST calls: accept, never answer" },
  { "garbage-sdp", FAULT_PLAIN, "   answer 201 with something else than SDP" },
  { "wrong-fingerprint", FAULT_PLAIN, "  answer names another certificate" },
  { "no-audio-section", FAULT_PLAIN, "  answer has no m=audio" },
  { "bad-json", FAULT_PLAIN,
      "      garbage on the data channel after session.created" },
  { "deep-json", FAULT_PLAIN, "     100 kB of '[' after session.created" },
  { "close-after", FAULT_NUMBER,
      "=MS  close the peer connection so long after it opened" },
  { "vanish-after", FAULT_NUMBER, "=MS  the process ends without a goodbye" },
  { "drop-channel-after", FAULT_NUMBER, "=MS  close only the data channel" },
  { "flood", FAULT_NUMBER, "=N       N events after session.created" },
  { "silent", FAULT_PLAIN, "        no event is ever sent" },
  { "no-audio", FAULT_PLAIN, "      events as usual, but no RTP at all" },
};

static gboolean
add_fault (EmuOptions *options, const gchar *text, GError **error)
{
  const gchar *equals = strchr (text, '=');
  g_autofree gchar *name = equals ? g_strndup (text, equals - text)
                                  : g_strdup (text);
  const gchar *arg = equals ? equals + 1 : "";
  guint64 number;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (faults); i++) {
    if (strcmp (faults[i].name, name) != 0)
      continue;
    if (faults[i].arg == FAULT_PLAIN && equals != NULL) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "--fault %s takes no argument", name);
      return FALSE;
    }
    if (faults[i].arg == FAULT_TEXT && *arg == '\0') {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "--fault %s needs an argument", name);
      return FALSE;
    }
    if (faults[i].arg == FAULT_NUMBER
        && !g_ascii_string_to_unsigned (arg, 10, 0, G_MAXINT, &number, error))
      return FALSE;
    g_hash_table_insert (
        options->faults, g_steal_pointer (&name), g_strdup (arg));
    return TRUE;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "There is no fault '%s', see --help", name);
  return FALSE;
}

EmuOptions *
emu_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (EmuOptions) options = g_new0 (EmuOptions, 1);
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GString) description = NULL;
  g_autofree gchar *rtp = NULL;
  g_autofree gchar *models = NULL;
  g_auto (GStrv) fault_args = NULL;
  GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &options->port,
        "TCP port to listen on, 0 for a free one (default 0)", "N" },
    { "host", 0, 0, G_OPTION_ARG_STRING, &options->host,
        "Address to listen on (default 127.0.0.1)", "ADDR" },
    { "api-key", 0, 0, G_OPTION_ARG_STRING, &options->api_key,
        "Accept only this key and the ek_ secrets minted with it", "KEY" },
    { "mind", 'm', 0, G_OPTION_ARG_STRING, &options->mind,
        "Who answers: parrot says back what it heard, talk listens and "
        "converses (default parrot)",
        "parrot|talk" },
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
  options->faults = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context,
      "A server for the OpenAI Realtime API over WebRTC, without a model "
      "behind it.\nPrints the base URL on one line as soon as it listens.");
  description = g_string_new ("Faults:\n");
  for (i = 0; i < G_N_ELEMENTS (faults); i++)
    g_string_append_printf (
        description, "  %s%s\n", faults[i].name, faults[i].help);
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
    options->mind = g_strdup ("parrot");
  if (rtp != NULL && strcmp (rtp, "pause") != 0
      && strcmp (rtp, "continuous") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--rtp takes pause or continuous, not '%s'", rtp);
    return NULL;
  }
  options->continuous_rtp = g_strcmp0 (rtp, "continuous") == 0;
  if (models != NULL)
    options->models = g_strsplit (models, ",", -1);
  for (i = 0; fault_args != NULL && fault_args[i] != NULL; i++) {
    if (!add_fault (options, fault_args[i], error))
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
