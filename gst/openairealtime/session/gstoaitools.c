/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create() */
#endif

#include "session/gstoaitools.h"

#include "protocol/gstoaii18n.h"
#include "protocol/gstoaijson.h"

#include <gio/gio.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_STATIC (tools_debug);
#define GST_CAT_DEFAULT tools_debug

/* The model, and so whoever speaks to it, decides how many are started. */
#define MAX_RUNNING 16
/* The API's own limit. */
#define MAX_NAME 64
#define READ_SIZE 4096
/* What a program leaves behind may hold its output open: it is not waited for
 * much longer than the program itself. */
#define EOF_GRACE_MS 500

struct _GstOaiTools {
  GstOaiToolDone done;
  gpointer user_data;
  gchar *command;
  guint timeout_ms;
  gsize max_output;
  GPtrArray *programs; /* of Program, in the order of the calls */
};

typedef struct {
  gint refs;
  GstOaiTools *tools; /* NULL: nobody is interested any more */
  gchar *call_id;
  gchar *name;
  gchar *arguments;
  gint64 started_at;
  gsize max_output;

  GSubprocess *process; /* NULL: it waits for its turn */
  GCancellable *cancellable;
  GByteArray *output;
  GSource *timeout;
  guint8 buffer[READ_SIZE];
  guint8 errors[READ_SIZE];
  gboolean exited;
  gboolean output_ended;
} Program;

static void start_waiting (GstOaiTools *self);

static const gchar *const status_names[] = { "completed", "not-started",
  "failed", "timed-out", "too-much-output", "invalid-output", "invalid-name" };

const gchar *
gst_oai_tool_status_name (GstOaiToolStatus status)
{
  g_return_val_if_fail (status < G_N_ELEMENTS (status_names), NULL);
  return status_names[status];
}

GstStructure *
gst_oai_tool_result_to_structure (const GstOaiToolResult *result)
{
  return gst_structure_new ("openairealtime-tool", "call-id", G_TYPE_STRING,
      result->call_id, "name", G_TYPE_STRING, result->name, "status",
      G_TYPE_STRING, gst_oai_tool_status_name (result->status), "output",
      G_TYPE_STRING, result->output, "duration", G_TYPE_UINT64,
      result->duration, NULL);
}

GstOaiError *
gst_oai_tool_result_to_error (const GstOaiToolResult *result)
{
  const gchar *text = NULL;
  GstOaiError *error;

  switch (result->status) {
    case GST_OAI_TOOL_COMPLETED:
      return NULL;
    case GST_OAI_TOOL_NOT_STARTED:
      text = _ ("The program of “tool-command” could not be started.");
      break;
    case GST_OAI_TOOL_FAILED:
      text = _ ("The program of “tool-command” has failed.");
      break;
    case GST_OAI_TOOL_TIMED_OUT:
      text = _ ("The program of “tool-command” did not end within "
                "“tool-timeout”.");
      break;
    case GST_OAI_TOOL_TOO_MUCH_OUTPUT:
      text = _ ("The program of “tool-command” wrote more than "
                "“tool-max-output”.");
      break;
    case GST_OAI_TOOL_INVALID_OUTPUT:
      text = _ ("The program of “tool-command” wrote something that is no "
                "UTF-8 text.");
      break;
    case GST_OAI_TOOL_INVALID_NAME:
      text = _ ("The model called a function whose name is not valid.");
      break;
  }
  error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_FAILED, text, "%s: %s", result->name, result->reason);
  gst_oai_error_because ("tool-failed", error);
  gst_structure_set (
      error->details, "function", G_TYPE_STRING, result->name, NULL);

  return error;
}

/* --- programs ---------------------------------------------------------- */

static Program *
program_ref (Program *program)
{
  program->refs++;

  return program;
}

static void
program_unref (Program *program)
{
  if (--program->refs > 0)
    return;
  g_clear_object (&program->process);
  g_clear_object (&program->cancellable);
  if (program->output)
    g_byte_array_unref (program->output);
  g_free (program->call_id);
  g_free (program->name);
  g_free (program->arguments);
  g_free (program);
}

static void
stop_timeout (Program *program)
{
  if (program->timeout) {
    g_source_destroy (program->timeout);
    g_clear_pointer (&program->timeout, g_source_unref);
  }
}

/* With all that it started, unless it is over: what it left behind then is meant
 * to stay. GLib's thread reaps it. */
static void
kill_program (Program *program)
{
  const gchar *pid;

  if (program->process == NULL || program->exited)
    return;
  pid = g_subprocess_get_identifier (program->process);
  if (pid)
    kill (-(pid_t) g_ascii_strtoll (pid, NULL, 10), SIGKILL);
  g_subprocess_force_exit (program->process);
}

/* Nothing is called for it any more. */
static void
drop_program (gpointer data)
{
  Program *program = data;

  program->tools = NULL;
  stop_timeout (program);
  kill_program (program);
  g_cancellable_cancel (program->cancellable);
  program_unref (program);
}

static gchar *
error_output (GstOaiToolStatus status, const gchar *reason)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *error = json_object_new ();

  json_object_set_string_member (
      error, "type", gst_oai_tool_status_name (status));
  json_object_set_string_member (error, "message", reason);
  json_object_set_object_member (object, "error", error);

  return gst_oai_json_to_string (object);
}

/* The program has an answer, or will not have any. Takes it off the list. */
static void
finish (Program *program, GstOaiToolStatus status, const gchar *output,
    const gchar *reason)
{
  GstOaiTools *self = program->tools;
  g_autofree gchar *error = NULL;
  GstOaiToolResult result = { 0 };

  if (self == NULL)
    return;
  if (reason)
    output = error = error_output (status, reason);
  result.status = status;
  result.call_id = program->call_id;
  result.name = program->name;
  result.output = output;
  result.reason = reason;
  result.duration = (g_get_monotonic_time () - program->started_at)
      * GST_USECOND;
  GST_DEBUG ("%s: %s after %" GST_TIME_FORMAT "%s%s", program->name,
      gst_oai_tool_status_name (status), GST_TIME_ARGS (result.duration),
      reason ? ": " : "", reason ? reason : "");

  program_ref (program);
  g_ptr_array_remove (self->programs, program);
  start_waiting (self);
  self->done (&result, self->user_data);
  program_unref (program);
}

static void
finish_by_exit (Program *program)
{
  GByteArray *output = program->output;
  g_autofree gchar *reason = NULL;
  g_autofree gchar *text = NULL;
  gsize size = output->len;

  if (!g_subprocess_get_successful (program->process)) {
    if (g_subprocess_get_if_exited (program->process))
      reason = g_strdup_printf ("The program ended with exit status %d.",
          g_subprocess_get_exit_status (program->process));
    else
      reason = g_strdup_printf ("The program was ended by signal %d.",
          g_subprocess_get_term_sig (program->process));
    finish (program, GST_OAI_TOOL_FAILED, NULL, reason);
    return;
  }
  while (size > 0 && output->data[size - 1] == '\n')
    size--;
  /* There are no data at all before there are some. */
  g_byte_array_append (output, (const guint8 *) "", 1);
  if (!g_utf8_validate ((const gchar *) output->data, size, NULL)) {
    finish (program, GST_OAI_TOOL_INVALID_OUTPUT, NULL,
        "The output of the program is not UTF-8 text.");
    return;
  }
  text = g_strndup ((const gchar *) output->data, size);
  finish (program, GST_OAI_TOOL_COMPLETED, text, NULL);
}

static gboolean
on_timeout (gpointer data)
{
  Program *program = data;

  finish (program, GST_OAI_TOOL_TIMED_OUT, NULL,
      "The program did not end in time.");

  return G_SOURCE_REMOVE;
}

static gboolean
on_eof_grace (gpointer data)
{
  finish_by_exit (data);

  return G_SOURCE_REMOVE;
}

static void
start_timeout (Program *program, guint ms, GSourceFunc func)
{
  stop_timeout (program);
  program->timeout = g_timeout_source_new (ms);
  g_source_set_callback (program->timeout, func, program, NULL);
  g_source_attach (program->timeout, g_main_context_get_thread_default ());
}

static void
check_end (Program *program)
{
  if (program->tools == NULL || !program->exited)
    return;
  if (program->output_ended)
    finish_by_exit (program);
  else
    start_timeout (program, EOF_GRACE_MS, on_eof_grace);
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;

  if (g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL)) {
    program->exited = TRUE;
    check_end (program);
  }
  program_unref (program);
}

static void read_output (Program *program, GInputStream *stream);

static void
on_output (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (program->tools == NULL) {
    /* Killed, or given up. */
  } else if (n <= 0) {
    program->output_ended = TRUE;
    check_end (program);
  } else if (program->output->len + (gsize) n > program->max_output) {
    g_autofree gchar *reason = g_strdup_printf (
        "The program wrote more than %" G_GSIZE_FORMAT " bytes.",
        program->max_output);

    finish (program, GST_OAI_TOOL_TOO_MUCH_OUTPUT, NULL, reason);
  } else {
    g_byte_array_append (program->output, program->buffer, n);
    read_output (program, G_INPUT_STREAM (source));
  }
  program_unref (program);
}

static void
read_output (Program *program, GInputStream *stream)
{
  g_input_stream_read_async (stream, program->buffer, READ_SIZE,
      G_PRIORITY_DEFAULT, program->cancellable, on_output,
      program_ref (program));
}

static void read_errors (Program *program, GInputStream *stream);

static void
on_errors (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n > 0) {
    g_autofree gchar *text = g_utf8_make_valid (
        (const gchar *) program->errors, n);

    GST_LOG ("%s says: %s", program->name, g_strchomp (text));
    if (program->tools)
      read_errors (program, G_INPUT_STREAM (source));
  }
  program_unref (program);
}

static void
read_errors (Program *program, GInputStream *stream)
{
  g_input_stream_read_async (stream, program->errors, READ_SIZE, G_PRIORITY_LOW,
      program->cancellable, on_errors, program_ref (program));
}

/* A file with nothing but @text in it: who reads it cannot block who wrote it, and
 * who does not read it, either. */
static gint
open_text (const gchar *text, GError **error)
{
  gsize size = strlen (text), done = 0;
  gint fd;

#ifdef MFD_CLOEXEC
  fd = memfd_create ("function arguments", MFD_CLOEXEC);
#else
  g_autofree gchar *path = NULL;

  fd = g_file_open_tmp (NULL, &path, error);
  if (fd < 0)
    return fd;
  unlink (path);
#endif
  while (fd >= 0 && done < size) {
    gssize n = write (fd, text + done, size - done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      close (fd);
      fd = -1;
      break;
    }
    done += n;
  }
  if (fd < 0 || lseek (fd, 0, SEEK_SET) < 0) {
    g_set_error_literal (
        error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
    return -1;
  }
  return fd;
}

/* Between fork and exec. */
static void
lead_a_group (gpointer data)
{
  setpgid (0, 0);
}

static GSubprocess *
spawn (Program *program, const gchar *command, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_auto (GStrv) argv = NULL;
  gint input;
  guint i;

  if (!g_shell_parse_argv (command, NULL, &argv, error))
    return NULL;
  for (i = 0; argv[i]; i++)
    g_ptr_array_add (args, argv[i]);
  g_ptr_array_add (args, program->name);
  g_ptr_array_add (args, NULL);

  input = open_text (program->arguments, error);
  if (input < 0)
    return NULL;
  launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_take_stdin_fd (launcher, input);
  g_subprocess_launcher_unsetenv (launcher, "OPENAI_API_KEY");
  g_subprocess_launcher_setenv (
      launcher, "OPENAI_FUNCTION_NAME", program->name, TRUE);
  g_subprocess_launcher_setenv (
      launcher, "OPENAI_CALL_ID", program->call_id, TRUE);
  g_subprocess_launcher_set_child_setup (launcher, lead_a_group, NULL, NULL);

  return g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) args->pdata, error);
}

/* FALSE, and @program is finished, when that does not work. */
static gboolean
start_program (Program *program)
{
  GstOaiTools *self = program->tools;
  g_autoptr (GError) error = NULL;

  program->started_at = g_get_monotonic_time ();
  program->max_output = self->max_output;
  program->output = g_byte_array_new ();
  if (self->command)
    program->process = spawn (program, self->command, &error);
  if (program->process == NULL) {
    GST_WARNING ("%s: %s", program->name,
        error ? error->message : "there is no command any more");
    finish (program, GST_OAI_TOOL_NOT_STARTED, NULL,
        "The program could not be started.");
    return FALSE;
  }
  GST_DEBUG ("%s: started as process %s", program->name,
      g_subprocess_get_identifier (program->process));
  if (self->timeout_ms > 0)
    start_timeout (program, self->timeout_ms, on_timeout);
  g_subprocess_wait_async (
      program->process, program->cancellable, on_exited, program_ref (program));
  read_output (program, g_subprocess_get_stdout_pipe (program->process));
  read_errors (program, g_subprocess_get_stderr_pipe (program->process));

  return TRUE;
}

/* --- all of them ------------------------------------------------------- */

static void
start_waiting (GstOaiTools *self)
{
  guint i;

  for (i = 0; i < MIN (self->programs->len, MAX_RUNNING); i++) {
    Program *program = g_ptr_array_index (self->programs, i);

    /* When it cannot start, finish() was here already and did the rest. */
    if (program->started_at == 0 && !start_program (program))
      return;
  }
}

GstOaiTools *
gst_oai_tools_new (GstOaiToolDone done, gpointer user_data)
{
  static gsize once = 0;
  GstOaiTools *self = g_new0 (GstOaiTools, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (tools_debug, "openairealtimetools", 0,
        "OpenAI Realtime: programs that answer function calls");
    g_once_init_leave (&once, 1);
  }
  self->done = done;
  self->user_data = user_data;
  self->programs = g_ptr_array_new_with_free_func (drop_program);

  return self;
}

void
gst_oai_tools_free (GstOaiTools *self)
{
  g_ptr_array_unref (self->programs);
  g_free (self->command);
  g_free (self);
}

void
gst_oai_tools_configure (
    GstOaiTools *self, const gchar *command, guint timeout_ms, gsize max_output)
{
  g_free (self->command);
  self->command = command && *command ? g_strdup (command) : NULL;
  self->timeout_ms = timeout_ms;
  self->max_output = max_output;
}

gboolean
gst_oai_tools_is_enabled (GstOaiTools *self)
{
  return self->command != NULL;
}

guint
gst_oai_tools_n_open (GstOaiTools *self)
{
  return self->programs->len;
}

/* As the API has them, and no more: a name becomes an argument, and perhaps a
 * part of a path. */
static gboolean
is_valid_name (const gchar *name)
{
  const gchar *p;

  for (p = name; *p; p++) {
    if (!g_ascii_isalnum (*p) && *p != '_' && (*p != '-' || p == name))
      return FALSE;
  }
  return p > name && p - name <= MAX_NAME;
}

void
gst_oai_tools_run (GstOaiTools *self, const gchar *call_id, const gchar *name,
    const gchar *arguments)
{
  Program *program = g_new0 (Program, 1);

  program->refs = 1;
  program->tools = self;
  program->call_id = g_strdup (call_id);
  program->name = g_strdup (name);
  program->arguments = g_strdup (arguments);
  program->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->programs, program);
  if (is_valid_name (name)) {
    start_waiting (self);
  } else {
    program->started_at = g_get_monotonic_time ();
    finish (program, GST_OAI_TOOL_INVALID_NAME, NULL,
        "There is no function of that name.");
  }
}

void
gst_oai_tools_cancel (GstOaiTools *self, const gchar *call_id)
{
  guint i;

  for (i = 0; i < self->programs->len; i++) {
    Program *program = g_ptr_array_index (self->programs, i);

    if (g_str_equal (program->call_id, call_id)) {
      g_ptr_array_remove_index (self->programs, i);
      start_waiting (self);
      return;
    }
  }
}
