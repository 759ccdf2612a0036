/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "harness.h"

#include "protocol/gstoaijson.h"

#include <glib/gstdio.h>
#include <string.h>

/* The scenarios that are shipped do what they say. */

#define SCENARIO(name) "--scenario " EMU_SCENARIOS "/" name ".json"

static const gchar *
said (JsonObject *done, guint i)
{
  JsonObject *item = json_array_get_object_element (
      gst_oai_json_get_array (done, "response.output"), i);

  return get_string (json_array_get_object_element (
                         gst_oai_json_get_array (item, "content"), 0),
      "transcript");
}

GST_START_TEST (test_greeting)
{
  g_autoptr (Talk) talk = talk_new (SCENARIO ("greeting"), NULL);
  guint next = 0;
  guint i;

  fail_unless_equals_string (said (talk_wait (talk, &next, "response.done"), 0),
      "Hello! Ask me anything.");
  for (i = 0; i < 3; i++) {
    talk_send (talk, "{'type':'response.create'}");
    fail_unless_equals_string (
        said (talk_wait (talk, &next, "response.done"), 0),
        i == 0 ? "This is the first answer."
               : "This is every answer after it.");
  }
  talk_wait (talk, &next, "output_audio_buffer.stopped");
  fail_unless (talk->played_ms > 500);
}
GST_END_TEST;

GST_START_TEST (test_two_tools)
{
  g_autoptr (Talk) talk = talk_new (SCENARIO ("two-tools"), NULL);
  guint next = 0;
  JsonObject *done, *weather, *clock;
  JsonArray *output;

  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  output = gst_oai_json_get_array (done, "response.output");
  fail_unless_equals_int (json_array_get_length (output), 3);
  fail_unless_equals_string (said (done, 0), "Let me look.");
  weather = json_array_get_object_element (output, 1);
  clock = json_array_get_object_element (output, 2);
  fail_unless_equals_string (get_string (weather, "name"), "get_weather");
  fail_unless_equals_string (
      get_string (weather, "arguments"), "{\"city\":\"Paris\"}");
  fail_unless_equals_string (
      get_string (clock, "arguments"), "{\"zone\":\"Europe/Paris\"}");
  talk_send (talk,
      "{'type':'conversation.item.create','item':{'type':"
      "'function_call_output','call_id':'%s','output':'sunny'}}",
      get_string (weather, "call_id"));
  talk_send (talk, "{'type':'response.create'}");
  fail_unless_equals_string (said (talk_wait (talk, &next, "response.done"), 0),
      "It is sunny in Paris, and noon.");
}
GST_END_TEST;

static JsonObject *
find_error (Talk *talk, const gchar *code)
{
  guint i;

  for (i = 0; i < talk->events->len; i++)
    if (strcmp (get_string (g_ptr_array_index (talk->events, i), "error.code"),
            code)
        == 0)
      return g_ptr_array_index (talk->events, i);
  return NULL;
}

GST_START_TEST (test_bad_day)
{
  g_autoptr (Talk) talk = talk_new (SCENARIO ("bad-day"), NULL);
  guint next;
  JsonObject *done;

  while (talk->garbage->len == 0)
    g_main_context_iteration (NULL, TRUE);
  fail_unless (find_error (talk, "overloaded") != NULL);
  next = talk->events->len;
  talk_send (talk, "{'type':'response.create'}");
  done = talk_wait (talk, &next, "response.done");
  fail_unless_equals_string (
      get_string (done, "response.status_details.error.code"),
      "inference_rate_limit_exceeded");
  talk_send (talk, "{'type':'response.create'}");
  talk_wait (talk, &next, "response.created");
  done = talk_wait (talk, &next, "response.done");
  while (talk->end_reason == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_unless_equals_string (talk->end_reason, "expired");
  fail_unless (find_error (talk, "session_expired") != NULL);
}
GST_END_TEST;

static void
fail_unless_refused (const gchar *text, const gchar *why)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GHashTable)
      faults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) error = NULL;
  gint fd = g_file_open_tmp ("scenario-XXXXXX", &path, NULL);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path, json, -1, NULL));
  fail_unless (emu_scenario_load (path, faults, &error) == NULL);
  g_unlink (path);
  fail_unless (strstr (error->message, why) != NULL, "%s", error->message);
}

GST_START_TEST (test_mistakes_in_a_scenario_are_named)
{
  fail_unless_refused ("{'answers':", "scenario-");
  fail_unless_refused ("{'answer':[]}", "answer");
  fail_unless_refused ("{'answers':[{'says':'a'}]}", "answers[0].says");
  fail_unless_refused ("{'steps':[{'do':[]}]}", "steps[0].when");
  fail_unless_refused ("{'steps':[{'when':'connect','do':[{'send':7}]}]}",
      "steps[0].do[0].send");
  fail_unless_refused ("{'faults':['fire']}", "fire");
  fail_unless_refused ("{'faults':['huge=262145']}", "at most 262144");
}
GST_END_TEST;

static Suite *
scenario_suite (void)
{
  Suite *s = suite_create ("emulator-scenario");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_greeting);
  tcase_add_test (tc, test_two_tools);
  tcase_add_test (tc, test_bad_day);
  tcase_add_test (tc, test_mistakes_in_a_scenario_are_named);
  return s;
}

GST_CHECK_MAIN (scenario);
