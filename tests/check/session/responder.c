/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <string.h>

#include "session/gstoairesponder.h"

#define START (1000 * GST_SECOND)

/* A responder whose time the test drives. What it sends is written into a log,
 * with the short words of word_for(). */
typedef struct {
  GstOaiResponder *responder;
  GstClockTime now;
  GString *log;
  guint next_id;
  gchar id[32]; /* of the last event */
} Fixture;

static const gchar *
word_for (JsonObject *event)
{
  const gchar *type = gst_oai_json_get_string (event, "type", "?");
  const gchar *instructions = gst_oai_json_get_string (
      event, "response.instructions", NULL);

  if (instructions) {
    fail_unless_equals_string (
        gst_oai_json_get_string (event, "response.tool_choice", NULL), "none");
    return "filler";
  }
  if (g_str_equal (type, "conversation.item.create"))
    return gst_oai_json_get_string (event, "item.call_id", "item");
  if (g_str_equal (type, "response.create"))
    return "create";
  if (g_str_equal (type, "response.cancel"))
    return "cancel";
  return type;
}

static const gchar *
on_send (JsonObject *event, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (
      f->log, "%s%s", f->log->len > 0 ? " " : "", word_for (event));
  json_object_unref (event);
  g_snprintf (f->id, sizeof (f->id), "ev_%u", ++f->next_id);

  return f->id;
}

static void
expect (Fixture *f, const gchar *log)
{
  fail_unless_equals_string (f->log->str, log);
  g_string_truncate (f->log, 0);
}

static void
request (Fixture *f)
{
  JsonObject *create = json_object_new ();

  json_object_set_string_member (create, "type", "response.create");
  gst_oai_responder_request (f->responder, create, f->now);
}

static gboolean
created (Fixture *f, const gchar *id)
{
  return gst_oai_responder_created (f->responder, id);
}

static void
done (Fixture *f, const gchar *id)
{
  if (gst_oai_responder_done (f->responder, id))
    gst_oai_responder_next (f->responder, f->now);
}

static void
call (Fixture *f, const gchar *id)
{
  fail_unless (gst_oai_responder_call (f->responder, id, f->now));
}

static void
output (Fixture *f, const gchar *id)
{
  gst_oai_responder_output (f->responder, id, "42", f->now);
}

static gboolean
crossed (Fixture *f, const gchar *event_id)
{
  return gst_oai_responder_refused (f->responder, event_id,
      "conversation_already_has_active_response", f->now);
}

static void
advance (Fixture *f, guint ms, gboolean quiet)
{
  GstClockTime end = f->now + ms * GST_MSECOND;

  for (; f->now < end; f->now += 20 * GST_MSECOND)
    gst_oai_responder_tick (f->responder, quiet, f->now);
}

#define FIXTURE_TEST(name)                                                     \
  static void name##_body (Fixture *f);                                        \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    Fixture f = { 0 };                                                         \
                                                                               \
    f.now = START;                                                             \
    f.log = g_string_new (NULL);                                               \
    f.responder = gst_oai_responder_new (on_send, &f);                         \
    name##_body (&f);                                                          \
    gst_oai_responder_free (f.responder);                                      \
    g_string_free (f.log, TRUE);                                               \
  }                                                                            \
  GST_END_TEST;                                                                \
  static void name##_body (Fixture *f)

/* --- one at a time ----------------------------------------------------- */

FIXTURE_TEST (test_requests_follow_each_other)
{
  guint i;

  for (i = 0; i < 5; i++)
    request (f);
  expect (f, "create");
  for (i = 0; i < 5; i++) {
    fail_unless (gst_oai_responder_is_waiting (f->responder));
    created (f, "r");
    expect (f, "");
    done (f, "r");
    expect (f, i < 4 ? "create" : "");
  }
  fail_if (gst_oai_responder_is_waiting (f->responder));
}

FIXTURE_TEST (test_request_waits_for_what_the_server_does_by_itself)
{
  gst_oai_responder_expect (f->responder, f->now);
  request (f);
  expect (f, "");
  created (f, "r1");
  done (f, "r1");
  expect (f, "create");
}

FIXTURE_TEST (test_request_is_sent_when_the_server_does_not_answer)
{
  gst_oai_responder_expect (f->responder, f->now);
  request (f);
  advance (f, 9000, TRUE);
  expect (f, "");
  advance (f, 2000, TRUE);
  expect (f, "create");
}

FIXTURE_TEST (test_end_of_another_response_is_not_its_end)
{
  created (f, "r1");
  request (f);
  done (f, "r0");
  expect (f, "");
  done (f, "r1");
  expect (f, "create");
}

FIXTURE_TEST (test_request_that_crossed_one_of_the_server_is_made_again)
{
  g_autofree gchar *id = NULL;

  request (f);
  id = g_strdup (f->id);
  created (f, "server");
  fail_unless (crossed (f, id));
  fail_if (crossed (f, id));
  expect (f, "create");
  done (f, "server");
  expect (f, "create");
}

FIXTURE_TEST (test_refusal_for_another_reason_is_told)
{
  request (f);
  request (f);
  fail_if (
      gst_oai_responder_refused (f->responder, f->id, "invalid_value", f->now));
  expect (f, "create create");
}

FIXTURE_TEST (test_out_of_band_waits_for_nothing)
{
  static const gchar text[] =
      "{\"type\":\"response.create\",\"response\":{\"conversation\":"
      "\"none\"}}";
  JsonObject *create = gst_oai_json_parse_object (
      text, strlen (text), GST_OAI_JSON_MAX_SIZE, NULL);

  fail_unless (create != NULL);
  created (f, "r1");
  gst_oai_responder_request (f->responder, create, f->now);
  expect (f, "create");
}

/* --- cancel ------------------------------------------------------------ */

FIXTURE_TEST (test_cancel_and_create_stay_in_order)
{
  created (f, "r1");
  fail_unless (gst_oai_responder_cancel (f->responder));
  request (f);
  expect (f, "cancel");
  done (f, "r1");
  expect (f, "create");
  fail_if (created (f, "r2"));
  expect (f, "");
}

FIXTURE_TEST (test_response_is_cancelled_once)
{
  created (f, "r1");
  gst_oai_responder_cancel (f->responder);
  gst_oai_responder_cancel (f->responder);
  expect (f, "cancel");
}

FIXTURE_TEST (test_nothing_to_cancel)
{
  fail_if (gst_oai_responder_cancel (f->responder));
  expect (f, "");
  request (f);
  fail_if (created (f, "r1"));
  expect (f, "create");
}

FIXTURE_TEST (test_response_that_has_not_begun_is_cancelled_when_it_does)
{
  request (f);
  fail_unless (gst_oai_responder_cancel (f->responder));
  request (f);
  expect (f, "create");
  fail_unless (created (f, "r1"));
  expect (f, "cancel");
  done (f, "r1");
  /* What was asked for after the cancel is not cancelled. */
  expect (f, "create");
  fail_if (created (f, "r2"));
  expect (f, "");
}

FIXTURE_TEST (test_cancel_of_a_request_that_is_refused)
{
  g_autofree gchar *id = NULL;

  request (f);
  id = g_strdup (f->id);
  gst_oai_responder_cancel (f->responder);
  fail_unless (crossed (f, id));
  /* The one that was in its way is what is heard. */
  fail_unless (created (f, "server"));
  expect (f, "create cancel");
  done (f, "server");
  expect (f, "");
}

FIXTURE_TEST (test_cancel_does_not_last)
{
  gst_oai_responder_expect (f->responder, f->now);
  gst_oai_responder_cancel (f->responder);
  advance (f, 11000, TRUE);
  fail_if (created (f, "r1"));
  expect (f, "");
}

FIXTURE_TEST (test_cancel_that_came_too_late_is_no_news)
{
  g_autofree gchar *id = NULL;

  created (f, "r1");
  gst_oai_responder_cancel (f->responder);
  id = g_strdup (f->id);
  done (f, "r1");
  fail_unless (gst_oai_responder_refused (
      f->responder, id, "response_cancel_not_active", f->now));
}

/* --- function calls ---------------------------------------------------- */

FIXTURE_TEST (test_outputs_of_a_response_make_one_request)
{
  created (f, "r1");
  call (f, "a");
  call (f, "b");
  call (f, "c");
  output (f, "b");
  done (f, "r1");
  output (f, "a");
  expect (f, "b a");
  fail_unless (gst_oai_responder_has_call (f->responder, "c"));
  output (f, "c");
  expect (f, "c create");
  fail_if (gst_oai_responder_has_call (f->responder, "c"));
}

FIXTURE_TEST (test_output_that_comes_during_a_response_waits_for_its_end)
{
  created (f, "r1");
  call (f, "a");
  done (f, "r1");
  /* Barge-in: the server answers what the user said meanwhile. */
  created (f, "r2");
  output (f, "a");
  gst_oai_responder_output_added (f->responder, "a");
  expect (f, "a");
  done (f, "r2");
  expect (f, "create");
}

FIXTURE_TEST (test_output_during_speech_is_part_of_the_answer_to_it)
{
  created (f, "r1");
  call (f, "a");
  done (f, "r1");
  gst_oai_responder_set_held (f->responder, TRUE, f->now);
  output (f, "a");
  advance (f, 5000, TRUE);
  expect (f, "a");
  gst_oai_responder_output_added (f->responder, "a");
  gst_oai_responder_expect (f->responder, f->now);
  gst_oai_responder_set_held (f->responder, FALSE, f->now);
  created (f, "r2");
  done (f, "r2");
  expect (f, "");
  fail_if (gst_oai_responder_is_waiting (f->responder));
}

FIXTURE_TEST (test_output_that_came_too_late_for_that_is_not_lost)
{
  created (f, "r1");
  call (f, "a");
  done (f, "r1");
  gst_oai_responder_set_held (f->responder, TRUE, f->now);
  gst_oai_responder_expect (f->responder, f->now);
  output (f, "a");
  gst_oai_responder_set_held (f->responder, FALSE, f->now);
  /* The server made it before it had the output. */
  created (f, "r2");
  gst_oai_responder_output_added (f->responder, "a");
  done (f, "r2");
  expect (f, "a create");
}

FIXTURE_TEST (test_output_is_said_when_speech_was_none_after_all)
{
  created (f, "r1");
  call (f, "a");
  done (f, "r1");
  gst_oai_responder_set_held (f->responder, TRUE, f->now);
  output (f, "a");
  expect (f, "a");
  gst_oai_responder_set_held (f->responder, FALSE, f->now);
  expect (f, "create");
}

FIXTURE_TEST (test_requests_do_not_wait_for_the_user)
{
  gst_oai_responder_set_held (f->responder, TRUE, f->now);
  request (f);
  expect (f, "create");
}

/* --- approvals --------------------------------------------------------- */

FIXTURE_TEST (test_approved_call_goes_on_by_itself)
{
  gst_oai_responder_approval_wanted (f->responder, "q");
  fail_unless (gst_oai_responder_is_waiting (f->responder));
  gst_oai_responder_approval_answered (f->responder, "q", TRUE, f->now);
  request (f);
  expect (f, "");
  created (f, "r1");
  done (f, "r1");
  expect (f, "create");
}

FIXTURE_TEST (test_model_speaks_about_a_call_that_is_refused)
{
  gst_oai_responder_approval_wanted (f->responder, "q");
  gst_oai_responder_approval_answered (f->responder, "q", FALSE, f->now);
  gst_oai_responder_approval_answered (f->responder, "q", FALSE, f->now);
  expect (f, "create");
  created (f, "r1");
  done (f, "r1");
  fail_if (gst_oai_responder_is_waiting (f->responder));
}

/* --- filler ------------------------------------------------------------ */

/* A response called two functions and is over; what it said, too. */
static void
call_two (Fixture *f)
{
  gst_oai_responder_set_filler (f->responder, "Wait", 1000 * GST_MSECOND);
  created (f, "r1");
  call (f, "a");
  call (f, "b");
  done (f, "r1");
  expect (f, "");
}

FIXTURE_TEST (test_filler_bridges_a_slow_function)
{
  call_two (f);
  advance (f, 900, TRUE);
  expect (f, "");
  advance (f, 200, TRUE);
  expect (f, "filler");
  created (f, "fill");
  done (f, "fill");
  /* Once. */
  advance (f, 60000, TRUE);
  expect (f, "");
  output (f, "a");
  output (f, "b");
  expect (f, "a b create");
}

FIXTURE_TEST (test_filler_is_not_for_fast_functions)
{
  call_two (f);
  advance (f, 500, TRUE);
  output (f, "a");
  output (f, "b");
  advance (f, 5000, TRUE);
  created (f, "r2");
  done (f, "r2");
  advance (f, 5000, TRUE);
  expect (f, "a b create");
}

FIXTURE_TEST (test_filler_waits_until_nobody_speaks)
{
  call_two (f);
  advance (f, 5000, FALSE);
  expect (f, "");
  advance (f, 20, TRUE);
  expect (f, "filler");
}

FIXTURE_TEST (test_answer_waits_for_the_filler)
{
  call_two (f);
  advance (f, 1100, TRUE);
  output (f, "a");
  output (f, "b");
  expect (f, "filler a b");
  gst_oai_responder_output_added (f->responder, "a");
  gst_oai_responder_output_added (f->responder, "b");
  /* It is no answer, though it came after the outputs. */
  created (f, "fill");
  expect (f, "");
  done (f, "fill");
  expect (f, "create");
}

FIXTURE_TEST (test_filler_that_crossed_another_response_is_left_out)
{
  g_autofree gchar *id = NULL;

  call_two (f);
  advance (f, 1100, TRUE);
  id = g_strdup (f->id);
  created (f, "server");
  fail_unless (crossed (f, id));
  done (f, "server");
  advance (f, 5000, TRUE);
  expect (f, "filler");
  output (f, "a");
  output (f, "b");
  expect (f, "a b create");
}

FIXTURE_TEST (test_no_filler_unless_wanted)
{
  call_two (f);
  gst_oai_responder_set_filler (f->responder, NULL, 0);
  advance (f, 60000, TRUE);
  expect (f, "");
}

/* --- any order --------------------------------------------------------- */

/* A server that knows one response at a time. */
typedef struct {
  Fixture f; /* first: on_send_to_server() gets it */
  guint asked;
  gboolean active;
  guint n_calls;
} Server;

static const gchar *
on_send_to_server (JsonObject *event, gpointer user_data)
{
  Server *server = user_data;
  const gchar *word = word_for (event);

  if (g_str_equal (word, "create") || g_str_equal (word, "filler")) {
    fail_if (server->active || server->asked > 0, "a request too many");
    server->asked++;
  } else if (g_str_equal (word, "cancel")) {
    fail_unless (server->active, "nothing to cancel");
  }
  json_object_unref (event);

  return "id";
}

/* It begins what it was asked for, or ends it. FALSE: neither. */
static gboolean
server_works (Server *server)
{
  if (server->active) {
    server->active = FALSE;
    done (&server->f, "r");
  } else if (server->asked > 0) {
    server->asked--;
    server->active = TRUE;
    created (&server->f, "r");
  } else {
    return FALSE;
  }
  return TRUE;
}

static void
answer (Server *server, guint n)
{
  g_autofree gchar *id = g_strdup_printf ("c%u", n);

  if (gst_oai_responder_has_call (server->f.responder, id))
    output (&server->f, id);
}

/* Whatever happens in whatever order, there is never a request while a response
 * is active or asked for, and in the end none is missing. */
GST_START_TEST (test_any_order)
{
  GRand *rand = g_rand_new_with_seed (__i__);
  Server server = { { 0 } };
  Fixture *f = &server.f;
  guint step;

  f->now = START;
  f->responder = gst_oai_responder_new (on_send_to_server, &server);
  gst_oai_responder_set_filler (f->responder, "Wait", 100 * GST_MSECOND);
  for (step = 0; step < 300; step++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", server.n_calls);

    switch (g_rand_int_range (rand, 0, 8)) {
      case 0:
      case 1:
      case 2:
        server_works (&server);
        break;
      case 3:
        answer (&server, g_rand_int_range (rand, 0, server.n_calls + 1));
        break;
      case 4:
        request (f);
        break;
      case 5:
        if (server.active && gst_oai_responder_call (f->responder, id, f->now))
          server.n_calls++;
        break;
      case 6:
        gst_oai_responder_cancel (f->responder);
        break;
      default:
        gst_oai_responder_set_held (
            f->responder, g_rand_boolean (rand), f->now);
        break;
    }
    f->now += 20 * GST_MSECOND;
    gst_oai_responder_tick (f->responder, g_rand_boolean (rand), f->now);
  }
  gst_oai_responder_set_held (f->responder, FALSE, f->now);
  for (step = 0; step < server.n_calls; step++)
    answer (&server, step);
  while (server_works (&server))
    ;
  fail_if (gst_oai_responder_is_waiting (f->responder), "a request was lost");
  gst_oai_responder_free (f->responder);
  g_rand_free (rand);
}
GST_END_TEST;

static Suite *
responder_suite (void)
{
  Suite *s = suite_create ("responder");
  TCase *tc;

  tc = tcase_create ("one-at-a-time");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_requests_follow_each_other);
  tcase_add_test (tc, test_request_waits_for_what_the_server_does_by_itself);
  tcase_add_test (tc, test_request_is_sent_when_the_server_does_not_answer);
  tcase_add_test (tc, test_end_of_another_response_is_not_its_end);
  tcase_add_test (
      tc, test_request_that_crossed_one_of_the_server_is_made_again);
  tcase_add_test (tc, test_refusal_for_another_reason_is_told);
  tcase_add_test (tc, test_out_of_band_waits_for_nothing);
  tcase_add_loop_test (tc, test_any_order, 0, 200);

  tc = tcase_create ("cancel");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_cancel_and_create_stay_in_order);
  tcase_add_test (tc, test_response_is_cancelled_once);
  tcase_add_test (tc, test_nothing_to_cancel);
  tcase_add_test (
      tc, test_response_that_has_not_begun_is_cancelled_when_it_does);
  tcase_add_test (tc, test_cancel_of_a_request_that_is_refused);
  tcase_add_test (tc, test_cancel_does_not_last);
  tcase_add_test (tc, test_cancel_that_came_too_late_is_no_news);

  tc = tcase_create ("calls");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_outputs_of_a_response_make_one_request);
  tcase_add_test (
      tc, test_output_that_comes_during_a_response_waits_for_its_end);
  tcase_add_test (tc, test_output_during_speech_is_part_of_the_answer_to_it);
  tcase_add_test (tc, test_output_that_came_too_late_for_that_is_not_lost);
  tcase_add_test (tc, test_output_is_said_when_speech_was_none_after_all);
  tcase_add_test (tc, test_requests_do_not_wait_for_the_user);

  tc = tcase_create ("approvals");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_approved_call_goes_on_by_itself);
  tcase_add_test (tc, test_model_speaks_about_a_call_that_is_refused);

  tc = tcase_create ("filler");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_filler_bridges_a_slow_function);
  tcase_add_test (tc, test_filler_is_not_for_fast_functions);
  tcase_add_test (tc, test_filler_waits_until_nobody_speaks);
  tcase_add_test (tc, test_answer_waits_for_the_filler);
  tcase_add_test (tc, test_filler_that_crossed_another_response_is_left_out);
  tcase_add_test (tc, test_no_filler_unless_wanted);

  return s;
}

GST_CHECK_MAIN (responder)
