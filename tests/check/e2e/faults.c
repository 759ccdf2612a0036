/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>

#include "fault-cases.h"

/* Every fault of the emulator meets the element, which does what docs/errors.md
 * says. The cases of a group run side by side: most of them wait.
 *
 *   e2e-faults [TEST [CASE]]
 */

/* From the start of the call, or from session.created on, to the word about what
 * is wrong. The rest is for a machine that does other things, too. */
#define PROMISE (10 * G_TIME_SPAN_SECOND)
#define SLACK (20 * G_TIME_SPAN_SECOND)
/* A commit needs 100 ms. */
#define SECONDS_TO_COMMIT 0.3
/* openairealtime: connection-state */
#define STATE_CONNECTED 2
#define STATE_FAILED 3
#define KEY "sk-fault-1234567890"
/* Faults that the time-out of the connect is for set it themselves. */
#define LINE                                                                   \
  "%s ! openairealtime name=ai base-url=%s api-key=" KEY                       \
  " output-modality=text connect-timeout=60000 %s ! "                          \
  "fakesink sync=true async=false"
/* Longer than the content filter of the emulator lets through. */
#define QUESTION "Are you there, and what can you tell me about it?"
#define LIVE "audiotestsrc is-live=true wave=silence"

typedef struct {
  const FaultCase *fault;
  E2eEmulator *emulator;
  E2ePipe *pipe;
  GstElement *element;
  gchar *scenario_path;
  GString *trouble; /* what was not as it should be */

  guint n_seen; /* messages looked at */
  gint64 deadline;
  guint n_calls;
  gboolean connected;
  gboolean committed;
  guint n_asked;
  guint n_answered;
  guint n_events; /* of fault->event */
  guint n_warnings;
  guint n_errors;
  gboolean progress_error;
  gboolean over; /* all that was expected has come, or too late */
} Run;

static void trouble (Run *run, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static void
trouble (Run *run, const gchar *format, ...)
{
  va_list args;

  g_string_append_printf (run->trouble, "\n  %s: ", run->fault->name);
  va_start (args, format);
  g_string_append_vprintf (run->trouble, format, args);
  va_end (args);
}

static void
expect_text (
    Run *run, const gchar *what, const gchar *text, const gchar *expected)
{
  if (g_strcmp0 (text, expected) != 0)
    trouble (run, "%s is \"%.300s\", not \"%s\"", what, text ? text : "(none)",
        expected ? expected : "(none)");
}

static void
expect_number (Run *run, const gchar *what, gint number, gint expected)
{
  if (number != expected)
    trouble (run, "%s is %d, not %d", what, number, expected);
}

static gboolean
fails (const Run *run)
{
  return run->fault->reaction == FAULT_FAILS
      || (run->fault->reaction == FAULT_FAILS_ONCE && run->n_calls == 1);
}

static guint
n_warnings (const FaultCase *fault)
{
  return fault->reaction == FAULT_WARNS ? MAX (fault->n_warnings, 1)
                                        : fault->n_warnings;
}

static gchar *
fill_in (const gchar *text, E2eEmulator *emulator, E2eEmulator *stranger)
{
  GString *filled = g_string_new (text);

  if (emulator)
    g_string_replace (filled, "@DIR@", e2e_emulator_record_dir (emulator), 0);
  if (stranger)
    g_string_replace (filled, "@STRANGER@", e2e_emulator_url (stranger), 0);
  return g_string_free (filled, FALSE);
}

/* --- beginning --- */

static void
start_call (Run *run)
{
  run->n_calls++;
  run->deadline = g_get_monotonic_time () + PROMISE + SLACK;
  run->connected = FALSE;
  e2e_pipe_set_state (run->pipe, GST_STATE_PLAYING);
}

static void
write_scenario (Run *run)
{
  g_autofree gchar *json = g_strdelimit (
      g_strdup (run->fault->scenario), "'", '"');
  gint fd = g_file_open_tmp ("scenario-XXXXXX", &run->scenario_path, NULL);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (run->scenario_path, json, -1, NULL));
}

static void
run_init (Run *run, const FaultCase *fault, E2eEmulator *stranger)
{
  g_autofree gchar *options = fill_in (fault->options, NULL, stranger);
  g_autofree gchar *settings = NULL;
  g_autoptr (GString) line = g_string_new ("--api-key " KEY " ");

  memset (run, 0, sizeof (*run));
  run->fault = fault;
  run->trouble = g_string_new (NULL);
  g_string_append (line, options);
  if (fault->scenario) {
    write_scenario (run);
    g_string_append_printf (line, " --scenario %s", run->scenario_path);
  }
  run->emulator = e2e_emulator_start (line->str);
  settings = fill_in (fault->settings, run->emulator, NULL);
  run->pipe = e2e_pipe_new (LINE, fault->source ? fault->source : LIVE,
      e2e_emulator_url (run->emulator), settings);
  run->pipe->errors_allowed = TRUE;
  /* What is posted last is looked at, too. */
  g_object_set (run->pipe->pipeline, "auto-flush-bus", FALSE, NULL);
  run->element = e2e_pipe_get (run->pipe, "ai");
}

/* --- what is posted --- */

static void
check_detail (Run *run, const GstStructure *details, const gchar *field,
    const gchar *expected)
{
  expect_text (run, field, gst_structure_get_string (details, field), expected);
}

static void
check_details (Run *run, const GstStructure *details)
{
  const FaultCase *fault = run->fault;
  const gchar *words;
  gint status = 0;
  guint retry_after = 0;

  if (details == NULL
      || !gst_structure_has_name (details, "openairealtime-error")) {
    trouble (run, "no details");
    return;
  }
  check_detail (run, details, "class", fault->klass);
  check_detail (run, details, "reason", fault->reason);
  check_detail (run, details, "step", fault->step);
  check_detail (run, details, "type", fault->server_type);
  check_detail (run, details, "code", fault->server_code);
  check_detail (run, details, "param", fault->server_param);
  words = gst_structure_get_string (details, "server-message");
  if (fault->server_message == NULL) {
    if (words && fault->server_code == NULL)
      trouble (run, "words of the server: %s", words);
  } else if (words == NULL || strstr (words, fault->server_message) == NULL) {
    trouble (run, "the server's words are \"%s\", not \"%s\"",
        words ? words : "(none)", fault->server_message);
  } else if (strlen (words) > 512) {
    trouble (
        run, "%" G_GSIZE_FORMAT " bytes of the server's words", strlen (words));
  }
  gst_structure_get_int (details, "http-status", &status);
  expect_number (run, "http-status", status, fault->http_status);
  gst_structure_get_uint (details, "retry-after", &retry_after);
  expect_number (run, "retry-after", retry_after, fault->retry_after);
  words = gst_structure_get_string (details, "request-id");
  if (fault->has_request_id != (words && g_str_has_prefix (words, "req_")))
    trouble (run, "request-id is %s", words ? words : "(none)");
}

/* A WARNING or an ERROR of the element. */
static void
check_report (Run *run, GstMessage *message)
{
  const FaultCase *fault = run->fault;
  gboolean is_error = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  const GstStructure *details = NULL;

  if (is_error) {
    run->n_errors++;
    gst_message_parse_error (message, &error, &debug);
    gst_message_parse_error_details (message, &details);
  } else {
    run->n_warnings++;
    gst_message_parse_warning (message, &error, &debug);
    gst_message_parse_warning_details (message, &details);
  }
  if (!is_error && fails (run) && run->n_warnings <= fault->n_warnings)
    return;
  if (is_error ? !fails (run) : fault->reaction != FAULT_WARNS) {
    trouble (run, "%s nobody asked for: %s (%s)",
        GST_MESSAGE_TYPE_NAME (message), error->message, debug);
    return;
  }
  if (!g_error_matches (error, fault->domain (), fault->code))
    trouble (run, "%s %d, not %s %d", g_quark_to_string (error->domain),
        error->code, g_quark_to_string (fault->domain ()), fault->code);
  expect_text (run, "the sentence", error->message, fault->message);
  check_details (run, details);
  if (fault->server_message && strstr (debug, fault->server_message) == NULL)
    trouble (run, "the log has no words of the server: %s", debug);
  if (strstr (debug, "sk-fault"))
    trouble (run, "the key is in the log");
  if (is_error && fault->step && !run->progress_error)
    trouble (run, "no PROGRESS error before the ERROR");
}

static void
look_at_event (Run *run, const GstStructure *s)
{
  const FaultCase *fault = run->fault;
  const gchar *type = gst_structure_get_string (s, "type");
  const gchar *json = gst_structure_get_string (s, "json");

  if (g_strcmp0 (type, fault->event) == 0)
    run->n_events++;
  if (g_strcmp0 (type, "session.created") == 0) {
    run->connected = TRUE;
    run->deadline = g_get_monotonic_time () + PROMISE + SLACK;
  } else if (g_strcmp0 (type, "response.done") == 0) {
    const gchar *expected = fault->answers[run->n_answered];
    g_autofree gchar *status = g_strdup_printf (
        "\"status\":\"%s\"", expected ? expected : "completed");

    if (strstr (json, status) == NULL)
      trouble (run, "answer %u: no %s: %.300s", run->n_answered, status, json);
    run->n_answered++;
  }
}

static void
look_at_message (Run *run, GstMessage *message)
{
  const GstStructure *s = gst_message_get_structure (message);
  GstProgressType type;

  if (GST_MESSAGE_SRC (message) != GST_OBJECT (run->element))
    return;
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name (s, "openairealtime-event"))
        look_at_event (run, s);
      break;
    case GST_MESSAGE_PROGRESS:
      gst_message_parse_progress (message, &type, NULL, NULL);
      if (type == GST_PROGRESS_TYPE_ERROR)
        run->progress_error = TRUE;
      if (type == GST_PROGRESS_TYPE_COMPLETE && run->fault->answers[0]
          && *run->fault->answers[0] == '\0')
        run->connected = TRUE;
      break;
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_ERROR:
      check_report (run, message);
      break;
    default:
      break;
  }
}

static void
look (Run *run)
{
  e2e_pipe_pump (run->pipe, 0);
  for (; run->n_seen < run->pipe->messages->len; run->n_seen++) {
    GstMessage *message = g_ptr_array_index (run->pipe->messages, run->n_seen);

    look_at_message (run, message);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS && !run->over)
      trouble (run, "end of stream");
  }
}

/* --- what is done --- */

static guint
n_answers (const FaultCase *fault)
{
  guint n = 0;

  while (n < G_N_ELEMENTS (fault->answers) && fault->answers[n])
    n++;
  if (n == 1 && *fault->answers[0] == '\0')
    return 0;
  return MAX (n, 1);
}

static void
commit (Run *run)
{
  gboolean ok = FALSE;

  if (e2e_emulator_heard (run->emulator) < SECONDS_TO_COMMIT)
    return;
  g_signal_emit_by_name (run->element, "commit-input", &ok);
  if (!ok)
    trouble (run, "commit-input was refused");
  run->committed = TRUE;
}

static void
ask (Run *run)
{
  gboolean ok = FALSE;

  run->n_asked++;
  g_signal_emit_by_name (run->element, "send-text", QUESTION, &ok);
  /* It may have failed a moment ago. */
  if (!ok && !fails (run))
    trouble (run, "send-text was refused");
}

/* Whether all has been seen. */
static gboolean
is_complete (Run *run)
{
  const FaultCase *fault = run->fault;

  if (fails (run))
    return run->n_errors > 0;
  return run->connected && run->n_answered == n_answers (fault)
      && run->n_events >= fault->n_events
      && run->n_warnings >= n_warnings (fault);
}

static void
step (Run *run)
{
  if (run->over)
    return;
  look (run);
  if (is_complete (run)) {
    if (run->fault->reaction == FAULT_FAILS_ONCE && run->n_calls == 1) {
      fail_unless_equals_int (
          gst_element_set_state (run->pipe->pipeline, GST_STATE_NULL),
          GST_STATE_CHANGE_SUCCESS);
      start_call (run);
    } else {
      run->over = TRUE;
    }
  } else if (run->n_errors > (run->fault->reaction == FAULT_FAILS_ONCE)) {
    run->over = TRUE;
  } else if (g_get_monotonic_time () > run->deadline) {
    trouble (run,
        "nothing more in time: %s, %u answers, %u warnings, %u events",
        run->connected ? "connected" : "not connected", run->n_answered,
        run->n_warnings, run->n_events);
    run->over = TRUE;
  } else if (!run->connected) {
    return;
  } else if (run->fault->commits && !run->committed) {
    commit (run);
  } else if ((run->n_asked == run->n_answered
                 && run->n_asked < n_answers (run->fault))
      || (run->fault->asks && run->n_asked == 0)) {
    ask (run);
  }
}

/* --- the end --- */

static guint
count_lines (const gchar *log, const gchar *end)
{
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  guint n = 0, i;

  for (i = 0; lines[i]; i++)
    n += g_str_has_suffix (lines[i], end);
  return n;
}

static gboolean
was_hung_up (gpointer data)
{
  g_autofree gchar *log = e2e_emulator_log (((Run *) data)->emulator);

  return count_lines (log, "/hangup") > 0;
}

/* What the server saw. */
static void
check_server (Run *run)
{
  const FaultCase *fault = run->fault;
  gint64 deadline = g_get_monotonic_time () + SLACK;
  g_autofree gchar *log = NULL;

  while (!fault->no_hangup && !was_hung_up (run)
      && g_get_monotonic_time () < deadline)
    e2e_pipe_pump (run->pipe, 10);
  log = e2e_emulator_log (run->emulator);
  expect_number (run, "number of requests for a call",
      count_lines (log, "POST /v1/realtime/calls"),
      fault->no_request ? 0 : run->n_calls);
  expect_number (run, "number of hang-ups", count_lines (log, "/hangup"),
      fault->no_hangup ? 0 : 1);
  if (fault->unheard && strstr (log, "<- "))
    trouble (run, "an event was sent: %s", log);
  if (fault->unheard && e2e_emulator_heard (run->emulator) > 0)
    trouble (run, "sound was sent");
}

static void
check_element (Run *run)
{
  const FaultCase *fault = run->fault;
  GstStructure *stats = NULL;
  gchar *call_id = NULL;
  guint64 unreadable = 0;
  gint state = 0;

  g_object_get (run->element, "connection-state", &state, "stats", &stats,
      "call-id", &call_id, NULL);
  expect_number (run, "connection-state", state,
      fails (run) ? STATE_FAILED : STATE_CONNECTED);
  gst_structure_get_uint64 (stats, "events-unreadable", &unreadable);
  if (fault->n_unreadable)
    expect_number (run, "events-unreadable", unreadable, fault->n_unreadable);
  if (fault->call_id)
    expect_text (
        run, "call-id", call_id, *fault->call_id ? fault->call_id : NULL);
  gst_structure_free (stats);
  g_free (call_id);
}

static void
run_finish (Run *run)
{
  const FaultCase *fault = run->fault;

  check_element (run);
  if (gst_element_set_state (run->pipe->pipeline, GST_STATE_NULL)
      != GST_STATE_CHANGE_SUCCESS)
    trouble (run, "NULL was not reached");
  look (run);
  expect_number (run, "number of errors", run->n_errors,
      fault->reaction >= FAULT_FAILS ? 1 : 0);
  expect_number (
      run, "number of warnings", run->n_warnings, n_warnings (fault));
  if (fault->n_events)
    expect_number (run, fault->event, run->n_events, fault->n_events);
  check_server (run);
}

static void
run_clear (Run *run)
{
  e2e_pipe_free (run->pipe);
  e2e_emulator_stop (run->emulator);
  if (run->scenario_path)
    g_unlink (run->scenario_path);
  g_free (run->scenario_path);
  g_string_free (run->trouble, TRUE);
}

/* --- groups --- */

/* Calls at a time; more where all but nothing happens. */
#define SIDE_BY_SIDE 4
#define SIDE_BY_SIDE_WAITING 16

/* Something to wait for: any of the calls that are under way. */
static void
wait_a_little (Run *runs, guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (!runs[i].over && runs[i].pipe) {
      e2e_pipe_pump (runs[i].pipe, 10);
      return;
    }
  }
}

static void
run_all (const FaultCase *const *faults, guint n, guint side_by_side,
    GString *all_trouble)
{
  g_autofree Run *runs = g_new0 (Run, n);
  g_autoptr (E2eEmulator) stranger = e2e_emulator_start (NULL);
  g_autofree gchar *log = NULL;
  guint n_started = 0, n_over = 0, i;

  while (n_over < n) {
    if (n_started < n && n_started - n_over < side_by_side) {
      run_init (&runs[n_started], faults[n_started], stranger);
      start_call (&runs[n_started]);
      n_started++;
    }
    for (i = 0; i < n_started; i++) {
      Run *run = &runs[i];

      if (run->over)
        continue;
      step (run);
      if (run->over) {
        run_finish (run);
        g_string_append (all_trouble, run->trouble->str);
        run_clear (run);
        n_over++;
      }
    }
    if (n_started == n || n_started - n_over == side_by_side)
      wait_a_little (runs, n_started);
  }
  log = e2e_emulator_log (stranger);
  if (strstr (log, "POST"))
    g_string_append_printf (all_trouble, "\n  a stranger was asked: %s", log);
}

/* The only case to run, NULL for all. */
static const gchar *only;

static gboolean
can_run (const FaultCase *fault)
{
  return (E2E_HAVE_TLS || !fault->needs_tls)
      && (only == NULL || g_str_equal (fault->name, only));
}

static void
run_group (FaultGroup group)
{
  /* What a process makes only once: for calls that work, and for others. */
  static const FaultCase works = { .name = "warm-up" };
  static const FaultCase refused = { .name = "warm-up, refused",
    .options = "--fault status=500",
    .reaction = FAULT_FAILS,
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ_WRITE,
    .klass = "retryable",
    .message = "The server failed to process the request.",
    .step = "http",
    .http_status = 500,
    .has_request_id = TRUE,
    .server_type = "server_error",
    .server_message = "The server had an error",
    .no_hangup = TRUE };
  static const FaultCase *const warm_up[] = { &works, &refused };
  g_autoptr (GPtrArray) faults = g_ptr_array_new ();
  g_autoptr (GString) all_trouble = g_string_new (NULL);
  E2eResources before;
  guint i;

  for (i = 0; i < n_fault_cases; i++) {
    if (fault_cases[i].group == group && can_run (&fault_cases[i]))
      g_ptr_array_add (faults, (gpointer) &fault_cases[i]);
  }
  fail_unless (faults->len > 0);
  run_all (warm_up, G_N_ELEMENTS (warm_up), SIDE_BY_SIDE, all_trouble);
  before = e2e_resources ();
  run_all ((const FaultCase *const *) faults->pdata, faults->len,
      group == FAULT_GROUP_TIME ? SIDE_BY_SIDE_WAITING : SIDE_BY_SIDE,
      all_trouble);
  fail_unless (all_trouble->len == 0, "%s", all_trouble->str);
  e2e_assert_resources_back (&before);
}

GST_START_TEST (test_http)
{
  run_group (FAULT_GROUP_HTTP);
}
GST_END_TEST;

GST_START_TEST (test_answer)
{
  run_group (FAULT_GROUP_ANSWER);
}
GST_END_TEST;

GST_START_TEST (test_events)
{
  run_group (FAULT_GROUP_EVENTS);
}
GST_END_TEST;

GST_START_TEST (test_time)
{
  run_group (FAULT_GROUP_TIME);
}
GST_END_TEST;

/* --- completeness --- */

static gboolean
is_name_char (gchar c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

/* Whether @text has @name, with @before right in front of it and no longer name
 * behind. */
static gboolean
names (const gchar *text, const gchar *before, const gchar *name)
{
  g_autofree gchar *needle = g_strconcat (before, name, NULL);
  const gchar *p = text;

  while (p && (p = strstr (p, needle))) {
    p += strlen (needle);
    if (!is_name_char (*p))
      return TRUE;
  }
  return FALSE;
}

/* The names in the list of faults that --help has. */
static GPtrArray *
list_faults (void)
{
  const gchar *argv[] = { E2E_EMULATOR, "--help", NULL };
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *help = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  gboolean inside = FALSE;
  guint i;

  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_DEFAULT, NULL,
                   NULL, &help, NULL, NULL, &error),
      "%s", error ? error->message : "");
  lines = g_strsplit (help, "\n", -1);
  for (i = 0; lines[i]; i++) {
    gsize n = 0;

    if (g_str_equal (lines[i], "Faults:")) {
      inside = TRUE;
      continue;
    }
    if (!inside || !g_str_has_prefix (lines[i], "  "))
      inside = FALSE;
    while (inside && is_name_char (lines[i][2 + n]))
      n++;
    if (n > 0)
      g_ptr_array_add (list, g_strndup (lines[i] + 2, n));
  }
  return list;
}

static gboolean
is_met (const gchar *fault)
{
  guint i;

  for (i = 0; i < n_fault_cases; i++) {
    if (fault_cases[i].options
        && (names (fault_cases[i].options, "--fault ", fault)
            || names (fault_cases[i].options, "--fault '", fault)))
      return TRUE;
  }
  return FALSE;
}

GST_START_TEST (test_every_fault_is_met)
{
  g_autoptr (GPtrArray) list = list_faults ();
  guint i;

  /* It was there to be read. */
  fail_unless (
      g_ptr_array_find_with_equal_func (list, "status", g_str_equal, NULL));
  fail_unless (g_ptr_array_find_with_equal_func (
      list, "tls-other-host", g_str_equal, NULL));
  for (i = 0; i < list->len; i++) {
    const gchar *fault = g_ptr_array_index (list, i);

    fail_unless (is_met (fault), "no case meets --fault %s", fault);
  }
}
GST_END_TEST;

GST_START_TEST (test_every_action_of_a_scenario_that_misbehaves_is_met)
{
  static const gchar *const actions[] = { "'raw'", "'error'", "'expire'",
    "'close'", "'fail'" };
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (actions); i++) {
    gboolean met = FALSE;

    for (j = 0; j < n_fault_cases; j++)
      met = met
          || (fault_cases[j].scenario
              && strstr (fault_cases[j].scenario, actions[i]));
    fail_unless (met, "no case has %s", actions[i]);
  }
}
GST_END_TEST;

/* docs/errors.md has what the cases assert. */
GST_START_TEST (test_every_reaction_is_documented)
{
  g_autoptr (GPtrArray) list = list_faults ();
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  fail_unless (g_file_get_contents (E2E_ERRORS_MD, &text, NULL, &error), "%s",
      error ? error->message : "");
  for (i = 0; i < list->len; i++) {
    const gchar *fault = g_ptr_array_index (list, i);

    fail_unless (names (text, "`", fault), "%s is not in errors.md", fault);
  }
  for (i = 0; i < n_fault_cases; i++) {
    const gchar *message = fault_cases[i].message;

    fail_unless (message == NULL || strstr (text, message),
        "not in errors.md: %s", message);
  }
}
GST_END_TEST;

static Suite *
faults_suite (void)
{
  Suite *s = suite_create ("e2e-faults");
  TCase *tc = tcase_create ("faults");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_every_fault_is_met);
  tcase_add_test (tc, test_every_action_of_a_scenario_that_misbehaves_is_met);
  tcase_add_test (tc, test_every_reaction_is_documented);
  tcase_add_test (tc, test_http);
  tcase_add_test (tc, test_answer);
  tcase_add_test (tc, test_events);
  tcase_add_test (tc, test_time);
  return s;
}

int
main (int argc, char **argv)
{
  if (argc > 1)
    g_setenv ("GST_CHECKS", argv[1], TRUE);
  if (argc > 2)
    only = argv[2];
  /* Sentences are compared. */
  g_setenv ("LANGUAGE", "C", TRUE);
  return e2e_main (faults_suite, __FILE__, argc, argv);
}
