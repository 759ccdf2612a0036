/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include <gst/check/gstcheck.h>

#include "faketransport.h"
#include "transport/gstoairacetransport.h"

#define DEADLINE (20 * G_TIME_SPAN_SECOND)

/* --- An owner of the race, with a thread for its context --- */

typedef struct {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GstOaiTransport *race;

  GMutex lock; /* protects everything below */
  GCond cond;
  GString *steps; /* their first letters */
  guint n_connected;
  guint n_events;
  guint n_packets;
  guint n_failed;
  guint n_done;
  gchar *failure;
  const gchar *turn_server;
} Owner;

#define COUNT(owner, counter)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    g_mutex_lock (&(owner)->lock);                                             \
    (owner)->counter++;                                                        \
    g_cond_broadcast (&(owner)->cond);                                         \
    g_mutex_unlock (&(owner)->lock);                                           \
  }                                                                            \
  G_STMT_END

static void
on_step (GstOaiStep step, gpointer user_data)
{
  Owner *owner = user_data;

  g_mutex_lock (&owner->lock);
  g_string_append_c (owner->steps, gst_oai_step_name (step)[0]);
  g_mutex_unlock (&owner->lock);
}

static void
on_connected (gpointer user_data)
{
  COUNT ((Owner *) user_data, n_connected);
}

static void
on_event (GBytes *text, GstClockTime arrival, gpointer user_data)
{
  COUNT ((Owner *) user_data, n_events);
}

static void
on_packet (const GstOaiPacket *packet, gpointer user_data)
{
  COUNT ((Owner *) user_data, n_packets);
}

static void
on_failed (GstOaiError *error, gpointer user_data)
{
  Owner *owner = user_data;

  g_mutex_lock (&owner->lock);
  g_free (owner->failure);
  owner->failure = g_strdup (error->message);
  g_mutex_unlock (&owner->lock);
  gst_oai_error_free (error);
  COUNT (owner, n_failed);
}

static void
on_done (gpointer user_data)
{
  COUNT ((Owner *) user_data, n_done);
}

static const GstOaiTransportCallbacks callbacks = {
  .step = on_step,
  .connected = on_connected,
  .event = on_event,
  .packet = on_packet,
  .failed = on_failed,
};

static gpointer
owner_thread (gpointer data)
{
  Owner *owner = data;

  g_main_context_push_thread_default (owner->context);
  g_main_loop_run (owner->loop);
  g_main_context_pop_thread_default (owner->context);
  return NULL;
}

static void
wait_count (Owner *owner, const guint *counter, guint target)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean reached;

  g_mutex_lock (&owner->lock);
  while (*counter < target
      && g_cond_wait_until (&owner->cond, &owner->lock, deadline))
    ;
  reached = *counter >= target;
  g_mutex_unlock (&owner->lock);
  fail_unless (reached);
}

static gboolean
connect_on_thread (gpointer data)
{
  Owner *owner = data;
  GstOaiCall *call = gst_oai_call_new ();

  call->base_url = g_strdup ("http://127.0.0.1:1/v1");
  call->attempts = 3;
  call->turn_server = g_strdup (owner->turn_server);
  call->timeout = 10 * GST_SECOND;
  gst_oai_transport_prepare (owner->race);
  gst_oai_transport_connect (owner->race, call);
  gst_oai_call_unref (call);
  return G_SOURCE_REMOVE;
}

static Owner *
owner_new_with_turn (const gchar *turn_server)
{
  Owner *owner = g_new0 (Owner, 1);

  owner->turn_server = turn_server;
  fake_transport_reset ();
  g_mutex_init (&owner->lock);
  g_cond_init (&owner->cond);
  owner->steps = g_string_new (NULL);
  owner->context = g_main_context_new ();
  owner->loop = g_main_loop_new (owner->context, FALSE);
  owner->thread = g_thread_new ("owner", owner_thread, owner);
  owner->race = gst_oai_race_transport_new (fake_transport_new);
  gst_oai_transport_set_callbacks (
      owner->race, owner->context, &callbacks, owner);
  g_main_context_invoke (owner->context, connect_on_thread, owner);
  return owner;
}

static Owner *
owner_new (void)
{
  return owner_new_with_turn (NULL);
}

static gboolean
close_on_thread (gpointer data)
{
  Owner *owner = data;

  gst_oai_transport_close (owner->race, TRUE, on_done, owner);
  return G_SOURCE_REMOVE;
}

static gboolean
quit_on_thread (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
owner_free (Owner *owner)
{
  g_main_context_invoke (owner->context, close_on_thread, owner);
  wait_count (owner, &owner->n_done, 1);
  gst_oai_transport_shutdown (owner->race);
  g_main_context_invoke (owner->context, quit_on_thread, owner->loop);
  g_thread_join (owner->thread);
  assert_equals_int (owner->n_done, 1);
  gst_check_object_destroyed_on_unref (owner->race);
  fake_transport_reset ();
  g_main_loop_unref (owner->loop);
  g_main_context_unref (owner->context);
  g_string_free (owner->steps, TRUE);
  g_free (owner->failure);
  g_cond_clear (&owner->cond);
  g_mutex_clear (&owner->lock);
  g_free (owner);
}

/* The @n-th attempt, got as far as the answer. */
static FakeTransport *
wait_answered (guint n)
{
  FakeTransport *attempt = fake_transport_wait_connect (n);

  fake_transport_step (attempt, GST_OAI_STEP_OFFER);
  fake_transport_step (attempt, GST_OAI_STEP_HTTP);
  return attempt;
}

static void
finish (FakeTransport *attempt)
{
  fake_transport_step (attempt, GST_OAI_STEP_ICE);
  fake_transport_step (attempt, GST_OAI_STEP_DTLS);
  fake_transport_connected (attempt);
}

/* --- Tests --- */

GST_START_TEST (test_patience_follows_the_round_trip)
{
  GstClockTime times[5] = { 0 };
  GstClockTime near_, far_, busy;

  times[GST_OAI_STEP_OFFER] = 5 * GST_MSECOND;
  times[GST_OAI_STEP_HTTP] = 25 * GST_MSECOND;
  near_ = gst_oai_race_patience (GST_OAI_STEP_HTTP, times);
  times[GST_OAI_STEP_HTTP] = 205 * GST_MSECOND;
  far_ = gst_oai_race_patience (GST_OAI_STEP_HTTP, times);
  assert_equals_uint64 (far_ - near_, 2 * 180 * GST_MSECOND);
  /* Two round trips at least, whatever they are. */
  fail_unless (far_ > 400 * GST_MSECOND);

  times[GST_OAI_STEP_ICE] = times[GST_OAI_STEP_HTTP] + 40 * GST_MSECOND;
  near_ = gst_oai_race_patience (GST_OAI_STEP_ICE, times);
  times[GST_OAI_STEP_ICE] = times[GST_OAI_STEP_HTTP] + 400 * GST_MSECOND;
  far_ = gst_oai_race_patience (GST_OAI_STEP_ICE, times);
  assert_equals_uint64 (far_ - near_, 2 * 180 * GST_MSECOND);
  far_ = gst_oai_race_patience (GST_OAI_STEP_DTLS, times);
  fail_unless (far_ > 3 * 200 * GST_MSECOND);

  /* A machine that is slow to make the offer is slow with all of it. */
  times[GST_OAI_STEP_OFFER] = 50 * GST_MSECOND;
  busy = gst_oai_race_patience (GST_OAI_STEP_DTLS, times);
  assert_equals_uint64 (busy - far_, 8 * 45 * GST_MSECOND);

  /* Nonsense stays within bounds. */
  times[GST_OAI_STEP_OFFER] = 100 * GST_SECOND;
  times[GST_OAI_STEP_HTTP] = times[GST_OAI_STEP_OFFER];
  times[GST_OAI_STEP_ICE] = 1000 * GST_SECOND;
  fail_unless (gst_oai_race_patience (GST_OAI_STEP_HTTP, times) < GST_SECOND);
  fail_unless (
      gst_oai_race_patience (GST_OAI_STEP_ICE, times) < 4 * GST_SECOND);
}
GST_END_TEST;

GST_START_TEST (test_one_attempt_is_enough_where_nothing_stalls)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  GstStructure *stats;
  guint attempts = 0;
  gchar *id;

  finish (one);
  wait_count (owner, &owner->n_connected, 1);
  fail_unless_equals_string (owner->steps->str, "ohids");
  assert_equals_int (fake_transport_count (), 1);

  fake_transport_event (one, "{'type':'x'}");
  fake_transport_packet (one, 1);
  assert_equals_int (owner->n_events, 1);
  assert_equals_int (owner->n_packets, 1);
  fail_unless (gst_oai_transport_send_audio (
      owner->race, gst_buffer_new_allocate (NULL, 960, NULL)));
  assert_equals_int (fake_transport_n_frames (one), 1);
  id = gst_oai_transport_get_call_id (owner->race);
  fail_unless_equals_string (id, "rtc_fake");
  g_free (id);
  stats = gst_oai_transport_get_stats (owner->race);
  fail_unless (gst_structure_get_uint (stats, "attempts", &attempts));
  assert_equals_int (attempts, 1);
  gst_structure_free (stats);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_second_attempt_wins_when_the_first_stalls)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1), *two;

  /* Nothing more comes from the first one. */
  two = wait_answered (2);
  finish (two);
  wait_count (owner, &owner->n_connected, 1);
  /* Each step is told once. */
  fail_unless_equals_string (owner->steps->str, "ohids");
  fail_unless (fake_transport_hung_up (one));
  fake_transport_wait_shutdown (one);
  fail_if (fake_transport_hung_up (two));

  fail_unless (gst_oai_transport_send_audio (
      owner->race, gst_buffer_new_allocate (NULL, 960, NULL)));
  assert_equals_int (fake_transport_n_frames (one), 0);
  assert_equals_int (fake_transport_n_frames (two), 1);
  fake_transport_packet (one, 1);
  assert_equals_int (owner->n_packets, 0);
  fake_transport_packet (two, 1);
  assert_equals_int (owner->n_packets, 1);
  fake_transport_event (one, "{'type':'x'}");
  assert_equals_int (owner->n_events, 0);
  fake_transport_event (two, "{'type':'x'}");
  assert_equals_int (owner->n_events, 1);
  owner_free (owner);
}
GST_END_TEST;

/* Where all other ways are closed, that shows late. */
GST_START_TEST (test_second_attempt_is_relayed_when_there_is_a_relay)
{
  Owner *owner = owner_new_with_turn ("turn://u:p@192.0.2.1");
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);
  FakeTransport *three = wait_answered (3);

  fail_if (fake_transport_get_call (one)->relay_only);
  fail_unless (fake_transport_get_call (two)->relay_only);
  fail_if (fake_transport_get_call (three)->relay_only);
  /* The TURN server gives none, no call is placed: the others go on. */
  fake_transport_fail (two, "no relay");
  fake_transport_fail (three, "no way");
  fake_transport_fail (one, "nowhere");
  wait_count (owner, &owner->n_failed, 1);
  /* What was never offered has failed before it could tell anything. */
  fail_unless_equals_string (owner->failure, "no way");
  owner_free (owner);

  owner = owner_new ();
  wait_answered (1);
  fail_if (
      fake_transport_get_call (fake_transport_wait_connect (2))->relay_only);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_no_attempt_is_relayed_where_a_path_works)
{
  Owner *owner = owner_new_with_turn ("turn://u:p@192.0.2.1");

  fake_transport_step (wait_answered (1), GST_OAI_STEP_ICE);
  fail_if (
      fake_transport_get_call (fake_transport_wait_connect (2))->relay_only);
  owner_free (owner);

  owner = owner_new_with_turn ("turn://u:p@192.0.2.1");
  fake_transport_fail (wait_answered (1), GST_OAI_DTLS_FAILED);
  fail_if (
      fake_transport_get_call (fake_transport_wait_connect (2))->relay_only);
  owner_free (owner);
}
GST_END_TEST;

/* The server may not have a cipher for our key. */
GST_START_TEST (test_failed_handshake_is_tried_in_the_other_role)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1), *two;

  fail_if (fake_transport_is_dtls_client (one));
  fake_transport_step (one, GST_OAI_STEP_ICE);
  fake_transport_fail (one, GST_OAI_DTLS_FAILED);
  two = wait_answered (2);
  fail_unless (fake_transport_is_dtls_client (two));
  fail_unless (fake_transport_hung_up (one));
  finish (two);
  wait_count (owner, &owner->n_connected, 1);
  fail_unless_equals_string (owner->steps->str, "ohids");
  assert_equals_int (owner->n_failed, 0);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_handshake_that_fails_in_both_roles_is_an_error)
{
  Owner *owner = owner_new ();

  fake_transport_fail (wait_answered (1), GST_OAI_DTLS_FAILED);
  fake_transport_fail (wait_answered (2), GST_OAI_DTLS_FAILED);
  wait_count (owner, &owner->n_failed, 1);
  assert_equals_int (fake_transport_count (), 2);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_first_attempt_may_still_win)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);

  finish (one);
  wait_count (owner, &owner->n_connected, 1);
  fail_unless (fake_transport_hung_up (two));
  fail_if (fake_transport_hung_up (one));
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_attempts_that_stall_after_ice_are_limited)
{
  Owner *owner = owner_new ();
  FakeTransport *attempts[3];
  guint i;

  for (i = 0; i < 3; i++) {
    attempts[i] = wait_answered (i + 1);
    fake_transport_step (attempts[i], GST_OAI_STEP_ICE);
  }
  /* The last one has no successor: there is nothing that could start it. */
  fake_transport_sync (attempts[2]);
  assert_equals_int (fake_transport_count (), 3);
  finish (attempts[1]);
  wait_count (owner, &owner->n_connected, 1);
  fail_unless (fake_transport_hung_up (attempts[0]));
  fail_unless (fake_transport_hung_up (attempts[2]));
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_later_attempt_has_what_is_left_of_the_time)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);

  fail_unless (fake_transport_get_call (two)->timeout
      < fake_transport_get_call (one)->timeout);
  fail_unless_equals_string (fake_transport_get_call (two)->base_url,
      fake_transport_get_call (one)->base_url);
  owner_free (owner);
}
GST_END_TEST;

/* A server that allows one call refuses the second: no reason to give up the
 * first. */
GST_START_TEST (test_refused_second_attempt_does_not_end_the_first)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);

  fake_transport_fail_for_good (two, "one call at a time");
  assert_equals_int (owner->n_failed, 0);
  finish (one);
  wait_count (owner, &owner->n_connected, 1);
  assert_equals_int (owner->n_failed, 0);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_first_failure_is_told_when_all_failed)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);

  fake_transport_fail (one, "no way");
  assert_equals_int (owner->n_failed, 0);
  fake_transport_fail (two, "too many calls");
  wait_count (owner, &owner->n_failed, 1);
  fail_unless_equals_string (owner->failure, "no way");
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_fatal_failure_ends_all)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = wait_answered (2);

  fake_transport_fail_for_good (two, "wrong certificate");
  wait_count (owner, &owner->n_failed, 1);
  fail_unless_equals_string (owner->failure, "wrong certificate");
  finish (one);
  assert_equals_int (owner->n_connected, 0);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_loss_after_connecting_is_told)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1), *two;

  two = wait_answered (2);
  finish (two);
  wait_count (owner, &owner->n_connected, 1);
  fake_transport_fail (two, "gone");
  wait_count (owner, &owner->n_failed, 1);
  fail_unless_equals_string (owner->failure, "gone");
  fake_transport_wait_shutdown (one);
  owner_free (owner);
}
GST_END_TEST;

GST_START_TEST (test_close_while_racing_hangs_all_up)
{
  Owner *owner = owner_new ();
  FakeTransport *one = wait_answered (1);
  FakeTransport *two = fake_transport_wait_connect (2);

  g_object_ref (one);
  g_object_ref (two);
  owner_free (owner);
  fail_unless (fake_transport_hung_up (one));
  fail_unless (fake_transport_hung_up (two));
  g_object_unref (one);
  g_object_unref (two);
}
GST_END_TEST;

static Suite *
race_suite (void)
{
  Suite *s = suite_create ("race");
  TCase *tc = tcase_create ("race");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_patience_follows_the_round_trip);
  tcase_add_test (tc, test_one_attempt_is_enough_where_nothing_stalls);
  tcase_add_test (tc, test_second_attempt_wins_when_the_first_stalls);
  tcase_add_test (tc, test_second_attempt_is_relayed_when_there_is_a_relay);
  tcase_add_test (tc, test_no_attempt_is_relayed_where_a_path_works);
  tcase_add_test (tc, test_failed_handshake_is_tried_in_the_other_role);
  tcase_add_test (tc, test_handshake_that_fails_in_both_roles_is_an_error);
  tcase_add_test (tc, test_first_attempt_may_still_win);
  tcase_add_test (tc, test_attempts_that_stall_after_ice_are_limited);
  tcase_add_test (tc, test_later_attempt_has_what_is_left_of_the_time);
  tcase_add_test (tc, test_refused_second_attempt_does_not_end_the_first);
  tcase_add_test (tc, test_first_failure_is_told_when_all_failed);
  tcase_add_test (tc, test_fatal_failure_ends_all);
  tcase_add_test (tc, test_loss_after_connecting_is_told);
  tcase_add_test (tc, test_close_while_racing_hangs_all_up);
  return s;
}

GST_CHECK_MAIN (race);
