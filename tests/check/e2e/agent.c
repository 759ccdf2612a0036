/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* What a model's tools need from the client: programs that answer, calls that go
 * on beside each other, and an answer that is spoken once they are through. */

#define SCENARIO(name)                                                         \
  "--scenario " E2E_SOURCE_ROOT "/tests/emulator/scenarios/" name ".json"

#define WEATHER                                                                \
  "[{\"type\":\"function\",\"name\":\"get_weather\",\"parameters\":{"          \
  "\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}]"

typedef struct {
  E2eTalk talk;
  gchar *dir; /* of the programs */
  GMutex lock; /* protects everything down to the end */
  GPtrArray *calls; /* names and ids of function calls, id after name */
  gchar *approval;
} Agent;

static gchar *
on_function_call (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  Agent *agent = user_data;

  g_mutex_lock (&agent->lock);
  g_ptr_array_add (agent->calls, g_strdup (name));
  g_ptr_array_add (agent->calls, g_strdup (call_id));
  g_mutex_unlock (&agent->lock);

  return NULL;
}

static void
on_approval_request (GstElement *ai, const gchar *id, const gchar *label,
    const gchar *name, const gchar *arguments, gpointer user_data)
{
  Agent *agent = user_data;

  fail_unless_equals_string (label, "canned");
  fail_unless_equals_string (name, "roll_dice");
  fail_unless_equals_string (arguments, "{}");
  g_mutex_lock (&agent->lock);
  g_free (agent->approval);
  agent->approval = g_strdup (id);
  g_mutex_unlock (&agent->lock);
}

static void
agent_start (Agent *agent, const gchar *options, const gchar *source,
    const gchar *settings)
{
  memset (agent, 0, sizeof (*agent));
  g_mutex_init (&agent->lock);
  agent->calls = g_ptr_array_new_with_free_func (g_free);
  agent->dir = g_dir_make_tmp ("agent-XXXXXX", NULL);
  fail_unless (agent->dir != NULL);
  e2e_talk_prepare (&agent->talk, options, source, settings);
  /* As one that plays. */
  g_object_set (e2e_pipe_get (agent->talk.pipe, "out"), "sync", TRUE, NULL);
  g_object_set (agent->talk.ai, "tools", WEATHER, NULL);
  g_signal_connect (
      agent->talk.ai, "function-call", G_CALLBACK (on_function_call), agent);
  g_signal_connect (agent->talk.ai, "approval-request",
      G_CALLBACK (on_approval_request), agent);
}

#define SILENCE "audiotestsrc is-live=true wave=silence"

static void
agent_stop (Agent *agent)
{
  e2e_talk_stop (&agent->talk);
  e2e_remove_dir (agent->dir);
  g_free (agent->dir);
  g_free (agent->approval);
  g_ptr_array_unref (agent->calls);
  g_mutex_clear (&agent->lock);
}

/* Runs @script for each call, with the agent's directory in $DIR and the
 * function's name in $1. */
static void
set_program (Agent *agent, const gchar *script)
{
  g_autofree gchar *text = g_strdup_printf ("DIR=%s; %s", agent->dir, script);
  g_autofree gchar *quoted = g_shell_quote (text);
  g_autofree gchar *command = g_strdup_printf ("sh -c %s sh", quoted);

  g_object_set (agent->talk.ai, "tool-command", command, NULL);
}

typedef struct {
  Agent *agent;
  const gchar *name;
  gchar *call_id;
} Wanted;

static gboolean
was_called (gpointer data)
{
  Wanted *wanted = data;
  Agent *agent = wanted->agent;
  guint i;

  g_mutex_lock (&agent->lock);
  for (i = 0; wanted->call_id == NULL && i < agent->calls->len; i += 2) {
    if (g_str_equal (g_ptr_array_index (agent->calls, i), wanted->name))
      wanted->call_id = g_strdup (g_ptr_array_index (agent->calls, i + 1));
  }
  g_mutex_unlock (&agent->lock);

  return wanted->call_id != NULL;
}

static gchar *
wait_call (Agent *agent, const gchar *name)
{
  Wanted wanted = { agent, name, NULL };

  e2e_wait_until (agent->talk.pipe, was_called, &wanted, name);

  return wanted.call_id;
}

static gboolean
is_asked (gpointer data)
{
  Agent *agent = data;
  gboolean asked;

  g_mutex_lock (&agent->lock);
  asked = agent->approval != NULL;
  g_mutex_unlock (&agent->lock);

  return asked;
}

static void
answer (Agent *agent, const gchar *call_id, const gchar *output)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (
      agent->talk.ai, "send-function-output", call_id, output, &sent);
  fail_unless (sent);
}

static gboolean
is_tool_message (GstMessage *message, gconstpointer name)
{
  const GstStructure *s = gst_message_get_structure (message);

  return s && gst_structure_has_name (s, "openairealtime-tool")
      && g_strcmp0 (gst_structure_get_string (s, "name"), name) == 0;
}

/* Waits until the program for the function @name has ended so. */
static void
wait_tool (Agent *agent, const gchar *name, const gchar *status)
{
  guint next = e2e_wait_message (
      agent->talk.pipe, 0, is_tool_message, name, name);
  const GstStructure *s = gst_message_get_structure (
      g_ptr_array_index (agent->talk.pipe->messages, next - 1));
  guint64 duration;

  fail_unless_equals_string (gst_structure_get_string (s, "status"), status);
  fail_unless (gst_structure_get_string (s, "call-id") != NULL);
  fail_unless (gst_structure_get_string (s, "output") != NULL);
  fail_unless (gst_structure_get_uint64 (s, "duration", &duration));
}

static guint
wait_words (Agent *agent, guint from, const gchar *words)
{
  g_autofree gchar *json = NULL;
  guint next = e2e_wait_event (
      agent->talk.pipe, from, "response.output_audio_transcript.done", &json);

  fail_unless (strstr (json, words) != NULL, "%s", json);

  return next;
}

/* How many items of the type are in the conversation before message @until. */
static guint
count_items (Agent *agent, const gchar *type, guint until)
{
  guint i, n = 0;

  for (i = 0; i < until && i < agent->talk.pipe->messages->len; i++) {
    const GstStructure *s = gst_message_get_structure (
        g_ptr_array_index (agent->talk.pipe->messages, i));
    const gchar *json = s ? gst_structure_get_string (s, "json") : NULL;

    if (json && strstr (json, "\"conversation.item.done\"")
        && strstr (json, type))
      n++;
  }
  return n;
}

/* The end of the input, and of all answers: what was asked for by mistake would be
 * heard. Without an error all the way. */
static void
end (Agent *agent, guint responses)
{
  gst_element_send_event (agent->talk.pipe->pipeline, gst_event_new_eos ());
  e2e_wait_eos (agent->talk.pipe);
  fail_unless_equals_int (
      e2e_count_events (agent->talk.pipe, "response.created"), responses);
  fail_unless_equals_int (e2e_count_events (agent->talk.pipe, "error"), 0);
}

typedef struct {
  const gchar *dir;
  const gchar *name;
} File;

static gboolean
file_is_there (gpointer data)
{
  File *file = data;
  g_autofree gchar *path = g_build_filename (file->dir, file->name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
wait_file (Agent *agent, const gchar *name)
{
  File file = { agent->dir, name };

  e2e_wait_until (agent->talk.pipe, file_is_there, &file, name);
}

static void
make_file (Agent *agent, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (agent->dir, name, NULL);

  fail_unless (g_file_set_contents (path, "", 0, NULL));
}

static gboolean
process_is_gone (gpointer pid)
{
  return kill (GPOINTER_TO_INT (pid), 0) != 0;
}

/* --- programs ---------------------------------------------------------- */

GST_START_TEST (test_program_answers_a_question)
{
  Agent agent;

  if (!E2E_HAVE_TALK) {
    g_printerr ("skipped: the emulator was built without the mind 'talk'\n");
    return;
  }
  agent_start (&agent, "--mind talk", SILENCE, "");
  set_program (&agent, "grep -o 'Paris' | sed 's/^/rain over /'; echo $1");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "what is the weather in paris");
  wait_tool (&agent, "get_weather", "completed");
  wait_words (&agent, 0, "rain over Paris");
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

/* One fails at once, the other one takes its time: the model speaks when it has
 * both. */
GST_START_TEST (test_programs_run_in_parallel_and_the_answer_waits_for_both)
{
  Agent agent;
  guint next;

  agent_start (&agent, SCENARIO ("two-tools"), SILENCE, "");
  set_program (&agent,
      "case $1 in get_time) exit 3;; esac; "
      "until [ -e $DIR/go ]; do sleep 0.01; done; echo sunny");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather and time");
  wait_tool (&agent, "get_time", "failed");
  e2e_wait_warning (
      agent.talk.pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED, NULL);
  e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  fail_unless_equals_int (
      e2e_count_events (agent.talk.pipe, "response.created"), 1);
  make_file (&agent, "go");
  wait_tool (&agent, "get_weather", "completed");
  next = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  next = wait_words (&agent, next, "It is sunny in Paris, and noon.");
  fail_unless_equals_int (
      count_items (&agent, "\"function_call_output\"", next), 2);
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

GST_START_TEST (test_program_that_takes_too_long_is_no_reason_to_be_silent)
{
  Agent agent;

  agent_start (&agent, SCENARIO ("two-tools"), SILENCE, "tool-timeout=200");
  set_program (&agent, "echo $$ >> $DIR/pids; sleep 1000");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather and time");
  wait_tool (&agent, "get_weather", "timed-out");
  wait_tool (&agent, "get_time", "timed-out");
  wait_words (&agent,
      e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL),
      "It is sunny in Paris, and noon.");
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

GST_START_TEST (test_session_that_ends_kills_the_programs)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;
  Agent agent;

  agent_start (&agent, SCENARIO ("slow-tool"), SILENCE, "");
  path = g_build_filename (agent.dir, "pid", NULL);
  set_program (&agent, "echo $$ > $DIR/new; mv $DIR/new $DIR/pid; sleep 1000");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  wait_file (&agent, "pid");
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  fail_unless (atoi (text) > 1 && kill (atoi (text), 0) == 0);
  e2e_pipe_set_state (agent.talk.pipe, GST_STATE_NULL);
  e2e_wait_until (agent.talk.pipe, process_is_gone,
      GINT_TO_POINTER (atoi (text)), "end of the program");
  agent_stop (&agent);
}
GST_END_TEST;

/* A handler that has an answer is asked first, and one that has it later is heard,
 * too. */
GST_START_TEST (test_application_may_be_faster_than_the_program)
{
  g_autofree gchar *call_id = NULL;
  Agent agent;

  agent_start (&agent, SCENARIO ("slow-tool"), SILENCE, "");
  set_program (&agent, "touch $DIR/pid; sleep 1000");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  wait_file (&agent, "pid");
  call_id = wait_call (&agent, "get_weather");
  answer (&agent, call_id, "sunny");
  wait_words (&agent, 0, "One moment.");
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

/* End of stream waits for it, however short drain-timeout is. */
GST_START_TEST (test_eos_waits_for_a_program)
{
  Agent agent;

  agent_start (&agent, SCENARIO ("slow-tool"), SILENCE, "drain-timeout=500");
  set_program (&agent, "touch $DIR/pid; sleep 2; echo sunny");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  wait_file (&agent, "pid");
  end (&agent, 2);
  wait_tool (&agent, "get_weather", "completed");
  agent_stop (&agent);
}
GST_END_TEST;

/* --- when the model is asked to speak ---------------------------------- */

/* The application answers, one slowly, one with a failure. */
GST_START_TEST (test_parallel_calls_of_the_application)
{
  g_autofree gchar *weather = NULL;
  g_autofree gchar *clock = NULL;
  Agent agent;
  guint next;

  agent_start (&agent, SCENARIO ("two-tools"), SILENCE, "");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather and time");
  weather = wait_call (&agent, "get_weather");
  clock = wait_call (&agent, "get_time");
  answer (&agent, clock, "{\"error\":\"no clock\"}");
  next = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  fail_unless_equals_int (
      e2e_count_events (agent.talk.pipe, "response.created"), 1);
  answer (&agent, weather, "sunny");
  next = wait_words (&agent, next, "It is sunny in Paris, and noon.");
  fail_unless_equals_int (
      count_items (&agent, "\"function_call_output\"", next), 2);
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

/* The result is not lost, and not asked about twice. */
GST_START_TEST (test_result_that_comes_during_a_response_is_spoken_after_it)
{
  g_autofree gchar *call_id = NULL;
  Agent agent;
  guint next;

  agent_start (&agent, SCENARIO ("slow-tool"), SILENCE, "");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  call_id = wait_call (&agent, "get_weather");
  next = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  e2e_talk_say (&agent.talk, "are you there");
  next = e2e_wait_event (agent.talk.pipe, next, "response.created", NULL);
  /* It thinks for 300 ms. */
  answer (&agent, call_id, "sunny");
  next = wait_words (&agent, next, "One moment.");
  wait_words (&agent, next, "It is sunny in Paris.");
  end (&agent, 3);
  agent_stop (&agent);
}
GST_END_TEST;

/* While the user speaks the model is not asked to: what it answers to that has the
 * result in it. */
GST_START_TEST (test_result_that_comes_while_the_user_speaks)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *call_id = NULL;
  g_autoptr (GArray) words = NULL;
  E2eMicrophone *mic;
  Agent agent;
  guint called, next;

  if (source == NULL)
    return;
  agent_start (&agent, SCENARIO ("slow-tool"), E2E_MICROPHONE, "");
  mic = e2e_microphone (agent.talk.pipe, "mic");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  call_id = wait_call (&agent, "get_weather");
  called = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  words = e2e_sound_load (source);
  e2e_microphone_say (mic, words);
  next = e2e_wait_event (
      agent.talk.pipe, called, "input_audio_buffer.speech_started", NULL);
  answer (&agent, call_id, "sunny");
  next = e2e_wait_event (
      agent.talk.pipe, next, "input_audio_buffer.committed", NULL);
  fail_unless (
      e2e_wait_event (agent.talk.pipe, called, "response.created", NULL)
      > next);
  fail_unless_equals_int (
      count_items (&agent, "\"function_call_output\"", next), 1);
  wait_words (&agent, next, "One moment.");
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

/* The user asks something else while the function runs. */
GST_START_TEST (test_result_that_comes_after_another_turn)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *call_id = NULL;
  g_autoptr (GArray) words = NULL;
  E2eMicrophone *mic;
  Agent agent;
  guint next;

  if (source == NULL)
    return;
  agent_start (&agent, SCENARIO ("slow-tool"), E2E_MICROPHONE, "");
  mic = e2e_microphone (agent.talk.pipe, "mic");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  call_id = wait_call (&agent, "get_weather");
  next = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  words = e2e_sound_load (source);
  e2e_microphone_say (mic, words);
  next = wait_words (&agent, next, "One moment.");
  answer (&agent, call_id, "sunny");
  wait_words (&agent, next, "It is sunny in Paris.");
  end (&agent, 3);
  agent_stop (&agent);
}
GST_END_TEST;

/* --- filler ------------------------------------------------------------ */

GST_START_TEST (test_filler_is_said_while_a_function_runs)
{
  g_autofree gchar *call_id = NULL;
  g_autofree gchar *log = NULL;
  Agent agent;
  guint next;

  agent_start (&agent, SCENARIO ("slow-tool"), SILENCE,
      "tool-filler=\"Say that it takes a while\" tool-filler-delay=200");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "weather");
  call_id = wait_call (&agent, "get_weather");
  /* It thinks for 300 ms: the result is there first. */
  next = e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  next = e2e_wait_event (agent.talk.pipe, next, "response.created", NULL);
  answer (&agent, call_id, "sunny");
  next = wait_words (&agent, next, "One moment.");
  wait_words (&agent, next, "It is sunny in Paris.");
  end (&agent, 3);
  log = e2e_emulator_log (agent.talk.emulator);
  fail_unless (strstr (log, "Say that it takes a while") != NULL);
  agent_stop (&agent);
}
GST_END_TEST;

/* --- approvals --------------------------------------------------------- */

GST_START_TEST (test_call_that_is_approved)
{
  gboolean sent = FALSE;
  Agent agent;

  agent_start (&agent, SCENARIO ("approval"), SILENCE, "");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "roll the dice");
  e2e_wait_until (agent.talk.pipe, is_asked, &agent, "request for an approval");
  g_signal_emit_by_name (
      agent.talk.ai, "send-approval", agent.approval, TRUE, "go on", &sent);
  fail_unless (sent);
  e2e_wait_event (agent.talk.pipe, 0, "response.mcp_call.completed", NULL);
  end (&agent, 2);
  agent_stop (&agent);
}
GST_END_TEST;

GST_START_TEST (test_call_that_is_refused_is_spoken_about)
{
  gboolean sent = FALSE;
  Agent agent;

  agent_start (&agent, SCENARIO ("approval"), SILENCE, "");
  e2e_talk_play (&agent.talk);
  e2e_talk_say (&agent.talk, "roll the dice");
  e2e_wait_until (agent.talk.pipe, is_asked, &agent, "request for an approval");
  /* It is waited for. */
  gst_element_send_event (agent.talk.pipe->pipeline, gst_event_new_eos ());
  e2e_wait_event (agent.talk.pipe, 0, "response.done", NULL);
  fail_unless_equals_int (
      e2e_count_messages (agent.talk.pipe, GST_MESSAGE_EOS), 0);
  g_signal_emit_by_name (
      agent.talk.ai, "send-approval", agent.approval, FALSE, NULL, &sent);
  fail_unless (sent);
  wait_words (&agent, 0, "Then I will not.");
  e2e_wait_eos (agent.talk.pipe);
  fail_unless_equals_int (
      e2e_count_events (agent.talk.pipe, "response.created"), 2);
  fail_unless_equals_int (e2e_count_events (agent.talk.pipe, "error"), 0);
  agent_stop (&agent);
}
GST_END_TEST;

static Suite *
agent_suite (void)
{
  Suite *s = suite_create ("e2e-agent");
  TCase *tc;

  tc = tcase_create ("programs");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_program_answers_a_question);
  tcase_add_test (
      tc, test_programs_run_in_parallel_and_the_answer_waits_for_both);
  tcase_add_test (
      tc, test_program_that_takes_too_long_is_no_reason_to_be_silent);
  tcase_add_test (tc, test_session_that_ends_kills_the_programs);
  tcase_add_test (tc, test_application_may_be_faster_than_the_program);
  tcase_add_test (tc, test_eos_waits_for_a_program);

  tc = tcase_create ("order");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_parallel_calls_of_the_application);
  tcase_add_test (
      tc, test_result_that_comes_during_a_response_is_spoken_after_it);
  tcase_add_test (tc, test_result_that_comes_while_the_user_speaks);
  tcase_add_test (tc, test_result_that_comes_after_another_turn);
  tcase_add_test (tc, test_filler_is_said_while_a_function_runs);

  tc = tcase_create ("approvals");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_call_that_is_approved);
  tcase_add_test (tc, test_call_that_is_refused_is_spoken_about);

  return s;
}

E2E_MAIN (agent_suite)
