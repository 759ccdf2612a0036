/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <string.h>

/* Function calls, with the emulator's mind that calls functions. */

#define TOOLS                                                                  \
  "[{\"type\":\"function\",\"name\":\"get_weather\",\"parameters\":{"          \
  "\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}]"

typedef struct {
  E2eEmulator *emulator;
  E2ePipe *pipe;
  GstElement *ai;
  GMutex lock; /* protects everything down to the end */
  gchar *call_id;
  gchar *name;
  gchar *arguments;
  guint calls;
} Tools;

static void
note_call (Tools *tools, const gchar *call_id, const gchar *name,
    const gchar *arguments)
{
  g_mutex_lock (&tools->lock);
  g_free (tools->call_id);
  g_free (tools->name);
  g_free (tools->arguments);
  tools->call_id = g_strdup (call_id);
  tools->name = g_strdup (name);
  tools->arguments = g_strdup (arguments);
  tools->calls++;
  g_mutex_unlock (&tools->lock);
}

static gchar *
answer_at_once (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  note_call (user_data, call_id, name, arguments);
  return g_strdup ("{\"sky\":\"clear\"}");
}

static gchar *
answer_later (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  note_call (user_data, call_id, name, arguments);
  return NULL;
}

static gboolean
tools_start (Tools *tools, GCallback callback)
{
  gboolean sent = FALSE;

  if (!E2E_HAVE_TALK) {
    g_printerr ("skipped: the emulator was built without the mind 'talk'\n");
    return FALSE;
  }
  memset (tools, 0, sizeof (*tools));
  g_mutex_init (&tools->lock);
  tools->emulator = e2e_emulator_start ("--mind talk");
  tools->pipe = e2e_pipe_new (
      "audiotestsrc is-live=true wave=silence ! openairealtime name=ai "
      "base-url=%s ! fakesink sync=true",
      e2e_emulator_url (tools->emulator));
  tools->ai = e2e_pipe_get (tools->pipe, "ai");
  g_object_set (tools->ai, "tools", TOOLS, NULL);
  g_signal_connect (tools->ai, "function-call", callback, tools);
  e2e_pipe_set_state (tools->pipe, GST_STATE_PLAYING);
  e2e_wait_connected (tools->pipe);
  g_signal_emit_by_name (
      tools->ai, "send-text", "what is the weather in paris", &sent);
  fail_unless (sent);
  return TRUE;
}

static gboolean
was_called (gpointer data)
{
  Tools *tools = data;
  gboolean called;

  g_mutex_lock (&tools->lock);
  called = tools->calls > 0;
  g_mutex_unlock (&tools->lock);
  return called;
}

/* The function's output is said. */
static void
tools_finish (Tools *tools)
{
  g_autofree gchar *json = NULL;

  e2e_wait_event (
      tools->pipe, 0, "response.output_audio_transcript.done", &json);
  fail_unless (strstr (json, "clear") != NULL, "%s", json);
  fail_unless_equals_int (tools->calls, 1);
  fail_unless_equals_string (tools->name, "get_weather");
  fail_unless (
      strstr (tools->arguments, "Paris") != NULL, "%s", tools->arguments);
  e2e_pipe_free (tools->pipe);
  e2e_emulator_stop (tools->emulator);
  g_free (tools->call_id);
  g_free (tools->name);
  g_free (tools->arguments);
  g_mutex_clear (&tools->lock);
}

GST_START_TEST (test_function_output_returned_by_the_signal_is_said)
{
  Tools tools;

  if (!tools_start (&tools, G_CALLBACK (answer_at_once)))
    return;
  tools_finish (&tools);
}
GST_END_TEST;

GST_START_TEST (test_function_output_sent_later_is_said)
{
  gboolean sent = FALSE;
  Tools tools;

  if (!tools_start (&tools, G_CALLBACK (answer_later)))
    return;
  e2e_wait_until (tools.pipe, was_called, &tools, "function call");
  g_signal_emit_by_name (tools.ai, "send-function-output", tools.call_id,
      "{\"sky\":\"clear\"}", &sent);
  fail_unless (sent);
  tools_finish (&tools);
}
GST_END_TEST;

/* End of stream waits for a function that takes its time. */
GST_START_TEST (test_eos_waits_for_an_open_function_call)
{
  gboolean sent = FALSE;
  Tools tools;

  if (!tools_start (&tools, G_CALLBACK (answer_later)))
    return;
  e2e_wait_until (tools.pipe, was_called, &tools, "function call");
  gst_element_send_event (tools.pipe->pipeline, gst_event_new_eos ());
  e2e_wait_event (tools.pipe, 0, "response.done", NULL);
  fail_unless_equals_int (e2e_count_messages (tools.pipe, GST_MESSAGE_EOS), 0);
  g_signal_emit_by_name (tools.ai, "send-function-output", tools.call_id,
      "{\"sky\":\"clear\"}", &sent);
  fail_unless (sent);
  e2e_wait_eos (tools.pipe);
  tools_finish (&tools);
}
GST_END_TEST;

static Suite *
tools_suite (void)
{
  Suite *s = suite_create ("e2e-tools");
  TCase *tc = tcase_create ("tools");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_function_output_returned_by_the_signal_is_said);
  tcase_add_test (tc, test_function_output_sent_later_is_said);
  tcase_add_test (tc, test_eos_waits_for_an_open_function_call);
  return s;
}

E2E_MAIN (tools_suite)
