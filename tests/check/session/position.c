/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "session/gstoaiposition.h"

#define MS GST_MSECOND
/* RTP times: of a frame of 20 ms, and of a millisecond. */
#define FRAME 960
#define RTP 48

static void
event (GstOaiPosition *position, GstOaiEvent type, const gchar *json,
    GstClockTime now)
{
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, NULL);

  fail_unless (object != NULL, "%s", json);
  gst_oai_position_handle_event (position, type, object, now);
  json_object_unref (object);
}

static void
created (GstOaiPosition *position, const gchar *id, GstClockTime now)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"response\":{\"id\":\"%s\",\"conversation_id\":\"conv_1\"}}", id);

  event (position, GST_OAI_EVENT_RESPONSE_CREATED, json, now);
}

static void
started (GstOaiPosition *position, const gchar *id, GstClockTime now)
{
  g_autofree gchar *json = g_strdup_printf ("{\"response_id\":\"%s\"}", id);

  event (position, GST_OAI_EVENT_OUTPUT_STARTED, json, now);
}

/* How much of the answer has left; 0 with another @id. */
static guint64
at (GstOaiPosition *position, const gchar *id)
{
  GstStructure *s = gst_oai_position_to_structure (
      position, GST_CLOCK_TIME_NONE);
  guint64 ns = 0;

  if (s && g_strcmp0 (gst_structure_get_string (s, "response-id"), id) == 0)
    fail_unless (gst_structure_get_uint64 (s, "position", &ns));
  g_clear_pointer (&s, gst_structure_free);
  return ns;
}

static gboolean
is_known (GstOaiPosition *position)
{
  GstStructure *s = gst_oai_position_to_structure (
      position, GST_CLOCK_TIME_NONE);
  gboolean known = s != NULL;

  g_clear_pointer (&s, gst_structure_free);
  return known;
}

/* Through the end of the RTP times. */
GST_START_TEST (test_position_counts_from_the_first_packet)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();
  guint32 base = 0u - 2 * FRAME;

  fail_if (is_known (position));
  created (position, "r", 1000 * MS);
  fail_if (is_known (position));
  gst_oai_position_packet (position, base, 1200 * MS);
  fail_unless (is_known (position));
  started (position, "r", 1205 * MS);
  gst_oai_position_packet (position, base + FRAME, 1220 * MS);
  /* What is played is still of the answer before. */
  gst_oai_position_played (position, base - 500 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 0);
  gst_oai_position_played (position, base + 10 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 10 * MS);
  gst_oai_position_played (position, base + 1234 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 1234 * MS);
  /* Not before it is over. */
  fail_unless_equals_uint64 (
      gst_oai_position_get (position, "r"), GST_CLOCK_TIME_NONE);
}
GST_END_TEST;

GST_START_TEST (test_silence_in_front_of_the_answer_does_not_count)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();

  created (position, "r", 1000 * MS);
  gst_oai_position_packet (position, 48000, 1010 * MS);
  gst_oai_position_played (position, 48000 + 300 * RTP);
  started (position, "r", 1600 * MS);
  fail_if (is_known (position));
  gst_oai_position_packet (position, 48000 + 600 * RTP, 1610 * MS);
  fail_unless_equals_uint64 (at (position, "r"), 0);
  gst_oai_position_played (position, 48000 + 500 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 0);
  gst_oai_position_played (position, 48000 + 800 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 200 * MS);
}
GST_END_TEST;

/* It fades out, and then it stays. */
GST_START_TEST (test_position_stays_when_the_answer_is_over)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();
  GstStructure *structure;
  guint64 heard = 0;

  created (position, "r", 1000 * MS);
  event (position, GST_OAI_EVENT_CONTENT_PART_ADDED,
      "{\"response_id\":\"r\",\"item_id\":\"t\",\"part\":{\"type\":\"text\"}}",
      1001 * MS);
  event (position, GST_OAI_EVENT_CONTENT_PART_ADDED,
      "{\"response_id\":\"r\",\"item_id\":\"i\",\"part\":{\"type\":\"audio\"}}",
      1002 * MS);
  gst_oai_position_packet (position, 0, 1010 * MS);
  gst_oai_position_set_speaking (position, TRUE);
  gst_oai_position_played (position, 300 * RTP);
  structure = gst_oai_position_to_structure (position, 100 * MS);
  fail_unless_equals_string (
      gst_structure_get_string (structure, "item-id"), "i");
  fail_unless (gst_structure_get_uint64 (structure, "heard", &heard));
  fail_unless_equals_uint64 (heard, 200 * MS);
  gst_structure_free (structure);

  gst_oai_position_set_speaking (position, FALSE);
  gst_oai_position_played (position, 305 * RTP);
  gst_oai_position_played (position, 900 * RTP);
  gst_oai_position_proceed (position);
  fail_unless_equals_uint64 (gst_oai_position_get (position, "r"), 305 * MS);
  fail_unless_equals_uint64 (
      gst_oai_position_get (position, "other"), GST_CLOCK_TIME_NONE);
  structure = gst_oai_position_to_structure (position, 100 * MS);
  fail_unless (gst_structure_get_uint64 (structure, "heard", &heard));
  fail_unless_equals_uint64 (heard, 305 * MS);
  gst_structure_free (structure);

  /* Until the next one. */
  created (position, "s", 5000 * MS);
  fail_if (is_known (position));
  gst_oai_position_packet (position, 70000 * RTP, 5010 * MS);
  gst_oai_position_played (position, 70020 * RTP);
  fail_unless_equals_uint64 (at (position, "s"), 20 * MS);
  gst_oai_position_reset (position);
  fail_if (is_known (position));
}
GST_END_TEST;

GST_START_TEST (test_position_goes_on_when_the_server_does_not_agree)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();

  created (position, "r", 1000 * MS);
  gst_oai_position_packet (position, 0, 1010 * MS);
  gst_oai_position_set_speaking (position, TRUE);
  gst_oai_position_set_speaking (position, FALSE);
  gst_oai_position_played (position, 300 * RTP);
  gst_oai_position_set_speaking (position, TRUE);
  gst_oai_position_played (position, 400 * RTP);
  fail_unless_equals_uint64 (at (position, "r"), 400 * MS);
}
GST_END_TEST;

/* A function was answered while the model still said that it would look. */
GST_START_TEST (test_next_answer_waits_for_the_end_of_this_one)
{
  static const gboolean tells[] = { TRUE, FALSE };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (tells); i++) {
    g_autoptr (GstOaiPosition) position = gst_oai_position_new ();

    created (position, "r", 1000 * MS);
    gst_oai_position_packet (position, 0, 1010 * MS);
    gst_oai_position_set_speaking (position, TRUE);
    gst_oai_position_played (position, 100 * RTP);
    created (position, "s", 1200 * MS);
    event (position, GST_OAI_EVENT_CONTENT_PART_ADDED,
        "{\"response_id\":\"s\",\"item_id\":\"i\",\"part\":{\"type\":\"audio\"}}",
        1201 * MS);
    gst_oai_position_packet (position, 200 * RTP, 1210 * MS);
    gst_oai_position_played (position, 500 * RTP);
    gst_oai_position_proceed (position);
    fail_unless_equals_uint64 (at (position, "r"), 500 * MS);
    gst_oai_position_set_speaking (position, FALSE);
    gst_oai_position_played (position, 600 * RTP);
    fail_unless_equals_uint64 (gst_oai_position_get (position, "r"), 600 * MS);
    gst_oai_position_proceed (position);
    fail_if (is_known (position));
    if (tells[i])
      started (position, "s", 2000 * MS);
    gst_oai_position_set_speaking (position, TRUE);
    gst_oai_position_packet (position, 5000 * RTP, 2010 * MS);
    gst_oai_position_played (position, 5050 * RTP);
    fail_unless_equals_uint64 (at (position, "s"), 50 * MS);
  }
}
GST_END_TEST;

/* Without a pause, or without a word before it. */
GST_START_TEST (test_answer_begins_when_the_server_says_so)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();

  created (position, "r", 1000 * MS);
  gst_oai_position_packet (position, 0, 1010 * MS);
  gst_oai_position_played (position, 100 * RTP);
  created (position, "s", 1200 * MS);
  started (position, "s", 2000 * MS);
  gst_oai_position_packet (position, 1000 * RTP, 2010 * MS);
  gst_oai_position_played (position, 1100 * RTP);
  fail_unless_equals_uint64 (at (position, "s"), 100 * MS);
  started (position, "t", 3000 * MS);
  gst_oai_position_packet (position, 2000 * RTP, 3010 * MS);
  gst_oai_position_played (position, 2200 * RTP);
  fail_unless_equals_uint64 (at (position, "t"), 200 * MS);
}
GST_END_TEST;

/* As long as it is not heard. */
GST_START_TEST (test_response_beside_the_conversation_changes_nothing)
{
  g_autoptr (GstOaiPosition) position = gst_oai_position_new ();

  created (position, "r", 1000 * MS);
  gst_oai_position_packet (position, 0, 1010 * MS);
  gst_oai_position_set_speaking (position, FALSE);
  gst_oai_position_played (position, 50 * RTP);
  event (position, GST_OAI_EVENT_RESPONSE_CREATED,
      "{\"response\":{\"id\":\"x\",\"conversation_id\":null}}", 1020 * MS);
  gst_oai_position_proceed (position);
  fail_unless_equals_uint64 (gst_oai_position_get (position, "r"), 50 * MS);
  /* Servers that do not tell have one conversation only. */
  event (position, GST_OAI_EVENT_RESPONSE_CREATED,
      "{\"response\":{\"id\":\"y\"}}", 1030 * MS);
  fail_unless_equals_uint64 (
      gst_oai_position_get (position, "r"), GST_CLOCK_TIME_NONE);
}
GST_END_TEST;

static Suite *
position_suite (void)
{
  Suite *s = suite_create ("position");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_position_counts_from_the_first_packet);
  tcase_add_test (tc, test_silence_in_front_of_the_answer_does_not_count);
  tcase_add_test (tc, test_position_stays_when_the_answer_is_over);
  tcase_add_test (tc, test_position_goes_on_when_the_server_does_not_agree);
  tcase_add_test (tc, test_next_answer_waits_for_the_end_of_this_one);
  tcase_add_test (tc, test_answer_begins_when_the_server_says_so);
  tcase_add_test (tc, test_response_beside_the_conversation_changes_nothing);
  return s;
}

GST_CHECK_MAIN (position);
