/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "session/gstoailedger.h"

#define NONE GST_CLOCK_TIME_NONE
#define MS GST_MSECOND

/* The user's last sound is at 1000 ms, its turn is taken 600 ms later. */
static void
init_turn (GstOaiTurn *turn)
{
  memset (turn, 0, sizeof (*turn));
  gst_oai_turn_clear (turn);
  turn->speech_started = 400 * MS;
  turn->speech_ended = 1000 * MS;
  turn->speech_stopped = 1600 * MS;
  turn->committed = 1601 * MS;
  turn->response_created = 1610 * MS;
  turn->first_packet = 1650 * MS;
  turn->first_sound_packet = 1900 * MS;
  turn->first_audio = 1920 * MS;
}

static guint64
field (const GstStructure *s, const gchar *name)
{
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (s, name, &value), "%s", name);
  return value / MS;
}

GST_START_TEST (test_shares_add_up)
{
  GstStructure *s = gst_structure_new_empty ("turn");
  GstOaiShares shares;
  GstOaiTurn turn;

  init_turn (&turn);
  fail_unless (gst_oai_shares_of_turn (&shares, &turn, 80 * MS, 50 * MS));
  gst_oai_shares_to_structure (&shares, s);
  assert_equals_uint64 (field (s, "network"), 80);
  assert_equals_uint64 (field (s, "detection"), 520);
  assert_equals_uint64 (field (s, "inference"), 300);
  assert_equals_uint64 (field (s, "playout"), 20);
  assert_equals_uint64 (field (s, "device"), 50);
  assert_equals_uint64 (field (s, "total"), 970);
  gst_structure_free (s);
}
GST_END_TEST;

GST_START_TEST (test_what_is_not_known_has_no_share)
{
  GstStructure *s = gst_structure_new_empty ("turn");
  GstOaiShares shares;
  GstOaiTurn turn;

  init_turn (&turn);
  fail_unless (gst_oai_shares_of_turn (&shares, &turn, NONE, NONE));
  gst_oai_shares_to_structure (&shares, s);
  fail_if (gst_structure_has_field (s, "network"));
  fail_if (gst_structure_has_field (s, "device"));
  assert_equals_uint64 (field (s, "detection"), 600);
  assert_equals_uint64 (field (s, "total"), 920);
  gst_structure_free (s);

  /* Push to talk: nobody detects anything. */
  init_turn (&turn);
  turn.speech_started = turn.speech_ended = turn.speech_stopped = NONE;
  turn.first_sound_packet = NONE;
  s = gst_structure_new_empty ("turn");
  fail_unless (gst_oai_shares_of_turn (&shares, &turn, 80 * MS, NONE));
  gst_oai_shares_to_structure (&shares, s);
  fail_if (gst_structure_has_field (s, "network"));
  fail_if (gst_structure_has_field (s, "detection"));
  fail_if (gst_structure_has_field (s, "inference"));
  assert_equals_uint64 (field (s, "total"), 319);
  gst_structure_free (s);
}
GST_END_TEST;

GST_START_TEST (test_packets_may_overtake_events)
{
  GstOaiShares shares;
  GstOaiTurn turn;

  init_turn (&turn);
  turn.first_sound_packet = 1500 * MS;
  fail_unless (gst_oai_shares_of_turn (&shares, &turn, 700 * MS, NONE));
  assert_equals_uint64 (shares.network, 600 * MS);
  assert_equals_uint64 (shares.detection, 0);
  assert_equals_uint64 (shares.inference, 0);
  assert_equals_uint64 (shares.playout, 320 * MS);
  assert_equals_uint64 (shares.total, 920 * MS);
}
GST_END_TEST;

GST_START_TEST (test_turn_without_sound_has_no_shares)
{
  GstOaiShares shares;
  GstOaiTurn turn;

  init_turn (&turn);
  turn.first_audio = NONE;
  fail_if (gst_oai_shares_of_turn (&shares, &turn, NONE, NONE));
  /* The model speaks first. */
  init_turn (&turn);
  turn.speech_stopped = turn.committed = NONE;
  fail_if (gst_oai_shares_of_turn (&shares, &turn, NONE, NONE));
  /* The sound of the turn before. */
  init_turn (&turn);
  turn.first_audio = 1500 * MS;
  fail_if (gst_oai_shares_of_turn (&shares, &turn, NONE, NONE));
}
GST_END_TEST;

static gboolean
add (GstOaiLedger *ledger, guint total, GstClockTime bound)
{
  GstOaiShares shares = { NONE, NONE, NONE, NONE, NONE, total * MS };

  return gst_oai_ledger_add (ledger, &shares, bound);
}

GST_START_TEST (test_percentiles_are_of_the_last_turns)
{
  GstOaiLedger *ledger = gst_oai_ledger_new ();
  GstStructure *s = gst_oai_ledger_to_structure (ledger);
  guint i, n = 1;

  fail_unless (gst_structure_get_uint (s, "turns", &n));
  assert_equals_int (n, 0);
  fail_if (gst_structure_has_field (s, "total-p50"));
  gst_structure_free (s);

  /* Old ones, that are forgotten. */
  for (i = 0; i < 50; i++)
    add (ledger, 100000, NONE);
  for (i = GST_OAI_LEDGER_TURNS; i > 0; i--)
    add (ledger, i, NONE);
  s = gst_oai_ledger_to_structure (ledger);
  fail_unless (gst_structure_get_uint (s, "turns", &n));
  assert_equals_int (n, GST_OAI_LEDGER_TURNS);
  assert_equals_uint64 (field (s, "total-p50"), 50);
  assert_equals_uint64 (field (s, "total-p95"), 95);
  assert_equals_uint64 (field (s, "total-max"), 100);
  fail_if (gst_structure_has_field (s, "network-p50"));
  gst_structure_free (s);
  gst_oai_ledger_free (ledger);
}
GST_END_TEST;

GST_START_TEST (test_slow_turns_are_told_once)
{
  GstOaiLedger *ledger = gst_oai_ledger_new ();

  fail_if (add (ledger, 1500, NONE));
  fail_if (add (ledger, 1500, 1500 * MS));
  fail_unless (add (ledger, 1501, 1500 * MS));
  fail_if (add (ledger, 9000, 1500 * MS));
  fail_if (add (ledger, 1000, 1500 * MS));
  fail_unless (add (ledger, 9000, 1500 * MS));
  gst_oai_ledger_free (ledger);
}
GST_END_TEST;

static Suite *
ledger_suite (void)
{
  Suite *s = suite_create ("ledger");
  TCase *tc = tcase_create ("ledger");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_shares_add_up);
  tcase_add_test (tc, test_what_is_not_known_has_no_share);
  tcase_add_test (tc, test_packets_may_overtake_events);
  tcase_add_test (tc, test_turn_without_sound_has_no_shares);
  tcase_add_test (tc, test_percentiles_are_of_the_last_turns);
  tcase_add_test (tc, test_slow_turns_are_told_once);
  return s;
}

GST_CHECK_MAIN (ledger)
