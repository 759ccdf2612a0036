/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaitools.h"

#include "protocol/gstoaijson.h"

#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* Ends a test that hangs; nothing is asserted about speed. */
#define PATIENCE (20 * G_TIME_SPAN_SECOND)

typedef struct {
  GstOaiToolStatus status;
  gchar *call_id;
  gchar *output;
  gchar *reason;
} Result;

typedef struct {
  GMainContext *context;
  GstOaiTools *tools;
  GPtrArray *results; /* of Result, in the order in which they came */
  gchar *dir;
} Fixture;

static void
result_free (gpointer data)
{
  Result *result = data;

  g_free (result->call_id);
  g_free (result->output);
  g_free (result->reason);
  g_free (result);
}

static void
on_done (const GstOaiToolResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  Result *copy = g_new0 (Result, 1);

  copy->status = result->status;
  copy->call_id = g_strdup (result->call_id);
  copy->output = g_strdup (result->output);
  copy->reason = g_strdup (result->reason);
  fail_unless (copy->output != NULL);
  g_ptr_array_add (f->results, copy);
}

static void
fixture_init (Fixture *f)
{
  f->context = g_main_context_new ();
  g_main_context_push_thread_default (f->context);
  f->results = g_ptr_array_new_with_free_func (result_free);
  f->tools = gst_oai_tools_new (on_done, f);
  f->dir = g_dir_make_tmp ("tools-XXXXXX", NULL);
  fail_unless (f->dir != NULL);
}

static void
remove_dir (const gchar *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    g_remove (file);
  }
  g_dir_close (dir);
  g_rmdir (path);
}

static void
fixture_clear (Fixture *f)
{
  if (f->tools)
    gst_oai_tools_free (f->tools);
  while (g_main_context_iteration (f->context, FALSE))
    ;
  g_main_context_pop_thread_default (f->context);
  g_main_context_unref (f->context);
  g_ptr_array_unref (f->results);
  remove_dir (f->dir);
  g_free (f->dir);
}

/* The script is run with the fixture's directory as $DIR. */
static void
set_script (Fixture *f, const gchar *script, guint timeout_ms, gsize max_output)
{
  g_autofree gchar *text = g_strdup_printf ("DIR=%s; %s", f->dir, script);
  g_autofree gchar *quoted = g_shell_quote (text);
  g_autofree gchar *command = g_strdup_printf ("sh -c %s sh", quoted);

  gst_oai_tools_configure (f->tools, command, timeout_ms, max_output);
}

typedef gboolean (*Condition) (Fixture *f, gconstpointer data);

static gboolean
on_wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until (Fixture *f, Condition condition, gconstpointer data)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  GSource *source = g_timeout_source_new (10);

  g_source_set_callback (source, on_wake_up, NULL, NULL);
  g_source_attach (source, f->context);
  while (!condition (f, data)) {
    fail_unless (g_get_monotonic_time () < deadline, "waited in vain");
    g_main_context_iteration (f->context, TRUE);
  }
  g_source_destroy (source);
  g_source_unref (source);
}

static gboolean
has_results (Fixture *f, gconstpointer n)
{
  return f->results->len >= GPOINTER_TO_UINT (n);
}

static gboolean
file_is_there (Fixture *f, gconstpointer name)
{
  g_autofree gchar *path = g_build_filename (f->dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
process_is_gone (Fixture *f, gconstpointer data)
{
  return kill (GPOINTER_TO_INT (data), 0) != 0;
}

static Result *
wait_result (Fixture *f, guint n)
{
  wait_until (f, has_results, GUINT_TO_POINTER (n + 1));

  return g_ptr_array_index (f->results, n);
}

static void
assert_error (Result *result, GstOaiToolStatus status)
{
  g_autoptr (JsonObject) object = gst_oai_json_parse_object (
      result->output, strlen (result->output), GST_OAI_JSON_MAX_SIZE, NULL);

  fail_unless_equals_int (result->status, status);
  fail_unless (object != NULL, "%s", result->output);
  fail_unless_equals_string (
      gst_oai_json_get_string (object, "error.type", NULL),
      gst_oai_tool_status_name (status));
  fail_unless_equals_string (
      gst_oai_json_get_string (object, "error.message", NULL), result->reason);
}

/* The process id in a file that the program has written. */
static gint
read_pid (Fixture *f, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (f->dir, name, NULL);
  g_autofree gchar *text = NULL;
  gint pid;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  pid = atoi (text);
  fail_unless (pid > 1, "%s", text);

  return pid;
}

#define FIXTURE_TEST(name)                                                     \
  static void name##_body (Fixture *f);                                        \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    Fixture f;                                                                 \
                                                                               \
    fixture_init (&f);                                                         \
    name##_body (&f);                                                          \
    fixture_clear (&f);                                                        \
  }                                                                            \
  GST_END_TEST;                                                                \
  static void name##_body (Fixture *f)

#define RUN(f, id) gst_oai_tools_run ((f)->tools, id, "get_time", "{}")

FIXTURE_TEST (test_program_gets_name_arguments_and_call)
{
  Result *result;

  set_script (f,
      "echo \"$1,$OPENAI_FUNCTION_NAME,$OPENAI_CALL_ID,$(cat)\" said \"$#\"", 0,
      1000);
  gst_oai_tools_run (f->tools, "call 1", "get_weather",
      "{\"city\":\"M\303\274nchen; \\\"$(id)\\\"\"}");
  result = wait_result (f, 0);
  fail_unless_equals_int (result->status, GST_OAI_TOOL_COMPLETED);
  fail_unless_equals_string (result->call_id, "call 1");
  fail_unless_equals_string (result->output,
      "get_weather,get_weather,call 1,{\"city\":\"M\303\274nchen; "
      "\\\"$(id)\\\"\"} said 1");
  fail_unless (result->reason == NULL);
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 0);
}

FIXTURE_TEST (test_key_is_not_in_the_environment)
{
  g_setenv ("OPENAI_API_KEY", "sk-secret", TRUE);
  g_setenv ("OTHER_VARIABLE", "stays", TRUE);
  set_script (f, "env", 0, 100000);
  RUN (f, "c");
  fail_unless_equals_int (wait_result (f, 0)->status, GST_OAI_TOOL_COMPLETED);
  fail_unless (strstr (wait_result (f, 0)->output, "OTHER_VARIABLE=stays"));
  fail_if (strstr (wait_result (f, 0)->output, "OPENAI_API_KEY"));
  fail_if (strstr (wait_result (f, 0)->output, "sk-secret"));
}

FIXTURE_TEST (test_no_shell_is_involved)
{
  gst_oai_tools_configure (
      f->tools, "echo '$HOME' \"a  b\" ; $(id) | cat >", 0, 1000);
  RUN (f, "c");
  fail_unless_equals_string (
      wait_result (f, 0)->output, "$HOME a  b ; $(id) | cat > get_time");
}

FIXTURE_TEST (test_arguments_that_nobody_reads)
{
  g_autofree gchar *long_text = g_strnfill (500000, 'x');
  g_autofree gchar *arguments = g_strdup_printf ("{\"t\":\"%s\"}", long_text);

  set_script (f, "echo done", 0, 1000);
  gst_oai_tools_run (f->tools, "c", "get_time", arguments);
  fail_unless_equals_string (wait_result (f, 0)->output, "done");
}

FIXTURE_TEST (test_large_arguments_and_output)
{
  g_autofree gchar *long_text = g_strnfill (100000, 'x');
  g_autofree gchar *arguments = g_strdup_printf ("{\"t\":\"%s\"}", long_text);

  set_script (f, "cat", 0, 200000);
  gst_oai_tools_run (f->tools, "c", "get_time", arguments);
  fail_unless_equals_string (wait_result (f, 0)->output, arguments);
}

FIXTURE_TEST (test_line_breaks_at_the_end_are_left_out)
{
  set_script (f, "printf '\\na\\n b \\n\\n'", 0, 1000);
  RUN (f, "c");
  fail_unless_equals_string (wait_result (f, 0)->output, "\na\n b ");
}

FIXTURE_TEST (test_program_that_says_nothing)
{
  set_script (f, "true", 0, 1000);
  RUN (f, "c");
  fail_unless_equals_int (wait_result (f, 0)->status, GST_OAI_TOOL_COMPLETED);
  fail_unless_equals_string (wait_result (f, 0)->output, "");
}

FIXTURE_TEST (test_exit_status)
{
  set_script (f, "echo half; echo trouble >&2; exit 3", 0, 1000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_FAILED);
  fail_unless (strstr (wait_result (f, 0)->reason, " 3.") != NULL);
}

FIXTURE_TEST (test_signal)
{
  set_script (f, "kill -9 $$", 0, 1000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_FAILED);
  fail_unless (strstr (wait_result (f, 0)->reason, "signal 9") != NULL);
}

FIXTURE_TEST (test_program_that_is_not_there)
{
  gst_oai_tools_configure (f->tools, "/nonexistent/program", 0, 1000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_NOT_STARTED);
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 0);
}

FIXTURE_TEST (test_command_that_is_none)
{
  gst_oai_tools_configure (f->tools, "echo 'no end", 0, 1000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_NOT_STARTED);
}

/* With what it has started itself. */
FIXTURE_TEST (test_time_out)
{
  set_script (f, "sleep 1000 & echo $! > $DIR/child; wait", 300, 1000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_TIMED_OUT);
  wait_until (f, process_is_gone, GINT_TO_POINTER (read_pid (f, "child")));
}

FIXTURE_TEST (test_too_much_output)
{
  set_script (f, "echo $$ > $DIR/pid; yes", 0, 10000);
  RUN (f, "c");
  assert_error (wait_result (f, 0), GST_OAI_TOOL_TOO_MUCH_OUTPUT);
  wait_until (f, process_is_gone, GINT_TO_POINTER (read_pid (f, "pid")));
}

FIXTURE_TEST (test_as_much_output_as_is_allowed)
{
  set_script (f, "printf 12345", 0, 5);
  RUN (f, "c");
  fail_unless_equals_string (wait_result (f, 0)->output, "12345");
  set_script (f, "printf 123456", 0, 5);
  RUN (f, "d");
  assert_error (wait_result (f, 1), GST_OAI_TOOL_TOO_MUCH_OUTPUT);
}

FIXTURE_TEST (test_output_that_is_no_text)
{
  static const gchar *const outputs[] = { "\\377\\376", "a\\000b", "\\303" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (outputs); i++) {
    g_autofree gchar *script = g_strdup_printf ("printf '%s'", outputs[i]);

    set_script (f, script, 0, 1000);
    RUN (f, "c");
    assert_error (wait_result (f, i), GST_OAI_TOOL_INVALID_OUTPUT);
  }
}

FIXTURE_TEST (test_errors_of_the_program_do_not_hold_it_up)
{
  set_script (f, "yes | head -c 1000000 >&2; echo done", 0, 1000);
  RUN (f, "c");
  fail_unless_equals_string (wait_result (f, 0)->output, "done");
}

FIXTURE_TEST (test_what_is_left_behind_is_left_alone)
{
  gint pid;

  set_script (f, "sleep 1000 & echo $! > $DIR/child; echo done", 0, 1000);
  RUN (f, "c");
  fail_unless_equals_string (wait_result (f, 0)->output, "done");
  pid = read_pid (f, "child");
  fail_unless (kill (pid, 0) == 0);
  kill (pid, SIGKILL);
}

FIXTURE_TEST (test_names_that_are_none)
{
  static const gchar *const names[] = { "", "-rf", "a b", "../a", "a/b", "a.b",
    "caf\303\251", "$(id)", "a\n",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
  guint i;

  set_script (f, "echo ran", 0, 1000);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    gst_oai_tools_run (f->tools, "c", names[i], "{}");
    assert_error (wait_result (f, i), GST_OAI_TOOL_INVALID_NAME);
  }
  gst_oai_tools_run (f->tools, "c", "Get-the_time2", "{}");
  fail_unless_equals_string (wait_result (f, i)->output, "ran");
}

/* Each waits for the other. */
FIXTURE_TEST (test_calls_run_in_parallel)
{
  set_script (f,
      "touch $DIR/$1; until [ -e $DIR/one -a -e $DIR/two ]; do sleep 0.01; "
      "done; echo $1",
      0, 1000);
  gst_oai_tools_run (f->tools, "c1", "one", "{}");
  gst_oai_tools_run (f->tools, "c2", "two", "{}");
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 2);
  wait_result (f, 1);
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 0);
}

FIXTURE_TEST (test_number_of_programs_is_bounded)
{
  g_autofree gchar *path = NULL;
  GDir *dir;
  guint i, n = 0;

  set_script (f,
      "touch $DIR/$1; until [ -e $DIR/go ]; do sleep 0.01; done; echo $1", 0,
      1000);
  for (i = 0; i < 20; i++) {
    gchar name[8];

    g_snprintf (name, sizeof (name), "n%u", i);
    gst_oai_tools_run (f->tools, name, name, "{}");
  }
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 20);
  for (i = 0; i < 16; i++) {
    gchar name[8];

    g_snprintf (name, sizeof (name), "n%u", i);
    wait_until (f, file_is_there, name);
  }
  dir = g_dir_open (f->dir, 0, NULL);
  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  fail_unless_equals_int (n, 16);
  path = g_build_filename (f->dir, "go", NULL);
  fail_unless (g_file_set_contents (path, "", 0, NULL));
  wait_result (f, 19);
}

FIXTURE_TEST (test_call_that_somebody_else_answered)
{
  set_script (
      f, "echo $$ > $DIR/$1.new; mv $DIR/$1.new $DIR/$1; sleep 1000", 0, 1000);
  RUN (f, "c");
  wait_until (f, file_is_there, "get_time");
  gst_oai_tools_cancel (f->tools, "other");
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 1);
  gst_oai_tools_cancel (f->tools, "c");
  fail_unless_equals_int (gst_oai_tools_n_open (f->tools), 0);
  wait_until (f, process_is_gone, GINT_TO_POINTER (read_pid (f, "get_time")));
  fail_unless_equals_int (f->results->len, 0);
}

FIXTURE_TEST (test_end_kills_what_runs)
{
  set_script (f,
      "sleep 1000 & echo $! > $DIR/child; echo $$ > $DIR/pid.new; "
      "mv $DIR/pid.new $DIR/pid; wait",
      0, 1000);
  RUN (f, "c");
  wait_until (f, file_is_there, "pid");
  g_clear_pointer (&f->tools, gst_oai_tools_free);
  wait_until (f, process_is_gone, GINT_TO_POINTER (read_pid (f, "pid")));
  wait_until (f, process_is_gone, GINT_TO_POINTER (read_pid (f, "child")));
  fail_unless_equals_int (f->results->len, 0);
}

FIXTURE_TEST (test_nothing_is_run_by_default)
{
  fail_if (gst_oai_tools_is_enabled (f->tools));
  gst_oai_tools_configure (f->tools, "true", 0, 1);
  fail_unless (gst_oai_tools_is_enabled (f->tools));
  gst_oai_tools_configure (f->tools, "", 0, 1);
  fail_if (gst_oai_tools_is_enabled (f->tools));
}

static Suite *
tools_suite (void)
{
  Suite *s = suite_create ("tools");
  TCase *tc;

  tc = tcase_create ("program");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_program_gets_name_arguments_and_call);
  tcase_add_test (tc, test_key_is_not_in_the_environment);
  tcase_add_test (tc, test_no_shell_is_involved);
  tcase_add_test (tc, test_arguments_that_nobody_reads);
  tcase_add_test (tc, test_large_arguments_and_output);
  tcase_add_test (tc, test_line_breaks_at_the_end_are_left_out);
  tcase_add_test (tc, test_program_that_says_nothing);
  tcase_add_test (tc, test_names_that_are_none);
  tcase_add_test (tc, test_nothing_is_run_by_default);

  tc = tcase_create ("failure");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_exit_status);
  tcase_add_test (tc, test_signal);
  tcase_add_test (tc, test_program_that_is_not_there);
  tcase_add_test (tc, test_command_that_is_none);
  tcase_add_test (tc, test_time_out);
  tcase_add_test (tc, test_too_much_output);
  tcase_add_test (tc, test_as_much_output_as_is_allowed);
  tcase_add_test (tc, test_output_that_is_no_text);

  tc = tcase_create ("many");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_errors_of_the_program_do_not_hold_it_up);
  tcase_add_test (tc, test_what_is_left_behind_is_left_alone);
  tcase_add_test (tc, test_calls_run_in_parallel);
  tcase_add_test (tc, test_number_of_programs_is_bounded);
  tcase_add_test (tc, test_call_that_somebody_else_answered);
  tcase_add_test (tc, test_end_kills_what_runs);

  return s;
}

GST_CHECK_MAIN (tools)
