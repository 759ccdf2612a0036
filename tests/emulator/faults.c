/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "faults.h"

#include <string.h>

/* usrsctp takes no longer message from us. */
#define MAX_HUGE (256 * 1024)

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
  { "first", FAULT_NUMBER,
      "=N  only the first N requests for a call meet the other faults" },
  { "status", FAULT_TEXT,
      "=CODE[,NAME: VALUE...]  POST calls: answer this HTTP status, with "
      "these headers" },
  { "header", FAULT_TEXT,
      "=NAME: VALUE  POST calls: a header of the answer; may be repeated" },
  { "redirect", FAULT_TEXT, "=URL  POST calls: answer 307 to URL" },
  { "slow", FAULT_NUMBER, "=MS  POST calls: answer so much later" },
  { "slow-body", FAULT_NUMBER,
      "=MS  POST calls: pause so long in the middle of the answer" },
  { "truncated-answer", FAULT_PLAIN,
      "  POST calls: close the connection in the middle of the answer" },
  { "drop-answer", FAULT_PLAIN,
      "  POST calls: close the connection instead of an answer" },
  { "no-answer", FAULT_PLAIN, "  POST calls: accept, never answer" },
  { "garbage-sdp", FAULT_PLAIN, "  answer 201 with something else than SDP" },
  { "empty-answer", FAULT_PLAIN, "  answer 201 with an empty body" },
  { "huge-answer", FAULT_NUMBER, "=BYTES  answer 201 with so long a body" },
  { "no-location", FAULT_PLAIN, "  the answer has no Location header" },
  { "wrong-fingerprint", FAULT_PLAIN, "  answer names another certificate" },
  { "no-audio-section", FAULT_PLAIN, "  answer has no m=audio" },
  { "unreachable-candidates", FAULT_PLAIN,
      "  answer names only an address where nobody is (192.0.2.1)" },
  { "bad-json", FAULT_PLAIN,
      "  half an event on the data channel after session.created" },
  { "deep-json", FAULT_PLAIN, "  100 kB of '[' after session.created" },
  { "garbage", FAULT_NUMBER,
      "=N  N messages of random bytes after session.created" },
  { "binary", FAULT_PLAIN,
      "  a binary message on the data channel after session.created" },
  { "unknown-event", FAULT_PLAIN,
      "  an event nobody knows after session.created" },
  { "error-event", FAULT_TEXT,
      "=CODE  an error event with this code after session.created" },
  { "huge", FAULT_NUMBER,
      "=BYTES  an event so large after session.created, at most 262144" },
  { "flood", FAULT_NUMBER, "=N  N events after session.created" },
  { "silent", FAULT_PLAIN, "  no event is ever sent" },
  { "no-audio", FAULT_PLAIN, "  events as usual, but no RTP at all" },
  { "no-response", FAULT_PLAIN, "  no response is ever made" },
  { "response-fails", FAULT_TEXT,
      "=CODE  every response ends as failed, with this code" },
  { "content-filter", FAULT_PLAIN,
      "  every response ends as incomplete: content_filter" },
  { "no-transcription", FAULT_PLAIN,
      "  every transcription of the input fails" },
  { "close-after", FAULT_NUMBER,
      "=MS  close the peer connection so long after it opened" },
  { "vanish-after", FAULT_NUMBER, "=MS  the process ends without a goodbye" },
  { "drop-channel-after", FAULT_NUMBER, "=MS  close only the data channel" },
  { "tls-expired", FAULT_PLAIN, "  --tls: the certificate is out of date" },
  { "tls-other-host", FAULT_PLAIN,
      "  --tls: the certificate is that of another host" },
};

void
emu_faults_describe (GString *text)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (faults); i++) {
    /* "=ARG  what it does" */
    const gchar *help = strstr (faults[i].help, "  ");
    g_autofree gchar *usage = g_strdup_printf ("%s%.*s", faults[i].name,
        (gint) (help - faults[i].help), faults[i].help);

    g_string_append_printf (text, "  %-30s%s\n", usage, help);
  }
}

/* "503,Retry-After: 7" */
static gboolean
check_status (const gchar *arg, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (arg, ",", -1);
  guint i;

  if (!g_ascii_string_to_unsigned (parts[0], 10, 200, 599, NULL, error))
    return FALSE;
  for (i = 1; parts[i] != NULL; i++) {
    if (strchr (parts[i], ':') == NULL) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "--fault status: '%s' is no header, NAME: VALUE", parts[i]);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
emu_faults_add (GHashTable *table, const gchar *text, GError **error)
{
  const gchar *equals = strchr (text, '=');
  g_autofree gchar *name = equals ? g_strndup (text, equals - text)
                                  : g_strdup (text);
  g_autofree gchar *arg = g_strdup (equals ? equals + 1 : "");
  const gchar *before = g_hash_table_lookup (table, name);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (faults); i++)
    if (strcmp (faults[i].name, name) == 0)
      break;
  if (i == G_N_ELEMENTS (faults)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "There is no fault '%s', see --help", name);
    return FALSE;
  }
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
      && !g_ascii_string_to_unsigned (arg, 10, 0, G_MAXINT, NULL, error))
    return FALSE;
  if (strcmp (name, "huge") == 0
      && g_ascii_strtoull (arg, NULL, 10) > MAX_HUGE) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--fault huge takes at most %d bytes: the data channel carries no "
        "more in one message",
        MAX_HUGE);
    return FALSE;
  }
  if (strcmp (name, "status") == 0 && !check_status (arg, error))
    return FALSE;
  if (strcmp (name, "header") == 0) {
    if (strchr (arg, ':') == NULL) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "--fault header takes NAME: VALUE");
      return FALSE;
    }
    /* One line each. */
    if (before != NULL) {
      gchar *both = g_strconcat (before, "\n", arg, NULL);

      g_free (arg);
      arg = both;
    }
  }
  g_hash_table_insert (table, g_steal_pointer (&name), g_steal_pointer (&arg));
  return TRUE;
}

gboolean
emu_faults_read (GHashTable *table, const gchar *path, GError **error)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint i;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (i = 0; lines[i] != NULL; i++) {
    const gchar *line = g_strstrip (lines[i]);

    if (*line == '\0' || *line == '#')
      continue;
    if (!emu_faults_add (table, line, error)) {
      g_prefix_error (error, "%s:%u: ", path, i + 1);
      return FALSE;
    }
  }
  return TRUE;
}
