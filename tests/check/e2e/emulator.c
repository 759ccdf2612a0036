/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_PATIENCE_MS 20000
#define STOP_PATIENCE_MS 10000

struct _E2eEmulator {
  GPid pid;
  int out; /* its standard output: closed when it has ended */
  gchar *url;
  gchar *dir;
  gchar *log_path;
};

/* Reads up to the end of a line. FALSE when that does not come in time. */
static gboolean
read_line (int fd, GString *line)
{
  gint64 deadline = g_get_monotonic_time () + START_PATIENCE_MS * 1000;

  for (;;) {
    struct pollfd poll_fd = { fd, POLLIN, 0 };
    gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
    gchar c;

    if (left <= 0 || poll (&poll_fd, 1, left) == 0)
      return FALSE;
    if (read (fd, &c, 1) != 1)
      return FALSE;
    if (c == '\n')
      return TRUE;
    g_string_append_c (line, c);
  }
}

E2eEmulator *
e2e_emulator_start (const gchar *options)
{
  E2eEmulator *emulator = g_new0 (E2eEmulator, 1);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) line = g_string_new (NULL);
  g_auto (GStrv) given = NULL;
  g_auto (GStrv) envp = g_get_environ ();
  g_autoptr (GString) text = g_string_new (options);
  int log_fd;
  int out[2];
  guint i;

  emulator->dir = g_dir_make_tmp ("e2e-XXXXXX", &error);
  fail_unless (emulator->dir != NULL, "%s", error ? error->message : "");
  emulator->log_path = g_build_filename (emulator->dir, "log", NULL);

  g_ptr_array_add (argv, (gpointer) E2E_EMULATOR);
  g_ptr_array_add (argv, (gpointer) "--port");
  g_ptr_array_add (argv, (gpointer) "0");
  g_ptr_array_add (argv, (gpointer) "--exit-with-parent");
  g_ptr_array_add (argv, (gpointer) "--verbose");
  g_ptr_array_add (argv, (gpointer) "--record");
  g_ptr_array_add (argv, emulator->dir);
  g_string_replace (text, "@DIR@", emulator->dir, 0);
  if (text->len > 0)
    fail_unless (g_shell_parse_argv (text->str, NULL, &given, NULL));
  for (i = 0; given != NULL && given[i] != NULL; i++)
    g_ptr_array_add (argv, given[i]);
  g_ptr_array_add (argv, NULL);

  /* What the test is traced for is not about the emulator. */
  envp = g_environ_unsetenv (envp, "GST_TRACERS");
  envp = g_environ_unsetenv (envp, "GST_DEBUG_FILE");
  log_fd = open (
      emulator->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  fail_unless (log_fd >= 0);
  fail_unless (g_unix_open_pipe (out, FD_CLOEXEC, NULL));
  fail_unless (g_spawn_async_with_fds (NULL, (gchar **) argv->pdata, envp,
                   G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDIN_FROM_DEV_NULL,
                   NULL, NULL, &emulator->pid, -1, out[1], log_fd, &error),
      "%s", error ? error->message : "");
  close (out[1]);
  close (log_fd);
  emulator->out = out[0];
  if (!read_line (emulator->out, line)) {
    g_autofree gchar *log = e2e_emulator_log (emulator);

    fail ("the emulator did not start: %s", log);
  }
  emulator->url = g_strdup (line->str);
  fail_unless (g_str_has_prefix (emulator->url, "http://")
          || g_str_has_prefix (emulator->url, "https://"),
      "not a URL: %s", emulator->url);
  return emulator;
}

const gchar *
e2e_emulator_url (E2eEmulator *emulator)
{
  return emulator->url;
}

const gchar *
e2e_emulator_record_dir (E2eEmulator *emulator)
{
  return emulator->dir;
}

gchar *
e2e_emulator_log (E2eEmulator *emulator)
{
  gchar *text = NULL;

  if (!g_file_get_contents (emulator->log_path, &text, NULL, NULL))
    text = g_strdup ("");
  return text;
}

gdouble
e2e_emulator_heard (E2eEmulator *emulator)
{
  g_autoptr (GDir) dir = g_dir_open (emulator->dir, 0, NULL);
  gint64 bytes = 0;
  const gchar *name;

  fail_unless (dir != NULL);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (emulator->dir, name, NULL);
    GStatBuf info;

    if (g_str_has_suffix (name, ".wav") && !g_str_has_suffix (name, "-said.wav")
        && g_stat (path, &info) == 0)
      bytes += MAX (0, (gint64) info.st_size - 44);
  }
  return bytes / 48000.0;
}

static void
reap (E2eEmulator *emulator)
{
  struct pollfd poll_fd = { emulator->out, POLLIN, 0 };
  gchar rest[256];

  /* It may still print; the pipe ends when the process does. */
  for (;;) {
    if (poll (&poll_fd, 1, STOP_PATIENCE_MS) == 0) {
      GST_WARNING ("the emulator does not end by itself");
      kill (emulator->pid, SIGKILL);
    }
    if (read (emulator->out, rest, sizeof (rest)) <= 0)
      break;
  }
  close (emulator->out);
  while (waitpid (emulator->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  g_spawn_close_pid (emulator->pid);
  emulator->pid = 0;
}

void
e2e_emulator_kill (E2eEmulator *emulator)
{
  if (emulator->pid == 0)
    return;
  kill (emulator->pid, SIGKILL);
  reap (emulator);
}

void
e2e_remove_dir (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    if (g_file_test (file, G_FILE_TEST_IS_DIR))
      e2e_remove_dir (file);
    else
      g_unlink (file);
  }
  g_rmdir (path);
}

/* Moves the events of each call to @dir. */
static void
keep_events (E2eEmulator *emulator, const gchar *to)
{
  g_autoptr (GDir) dir = g_dir_open (emulator->dir, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir))) {
    g_autoptr (GFile) from = NULL;
    g_autoptr (GFile) there = NULL;
    g_autoptr (GError) error = NULL;

    if (!g_str_has_suffix (name, ".jsonl"))
      continue;
    from = g_file_new_build_filename (emulator->dir, name, NULL);
    there = g_file_new_build_filename (to, name, NULL);
    fail_unless (
        g_file_move (from, there, G_FILE_COPY_NONE, NULL, NULL, NULL, &error),
        "%s", error ? error->message : "");
  }
}

void
e2e_emulator_stop (E2eEmulator *emulator)
{
  if (emulator == NULL)
    return;
  if (emulator->pid != 0) {
    kill (emulator->pid, SIGTERM);
    reap (emulator);
  }
  if (g_getenv ("EMU_RECORD_DIR") != NULL)
    keep_events (emulator, g_getenv ("EMU_RECORD_DIR"));
  if (g_getenv ("E2E_KEEP") == NULL)
    e2e_remove_dir (emulator->dir);
  g_free (emulator->url);
  g_free (emulator->dir);
  g_free (emulator->log_path);
  g_free (emulator);
}
