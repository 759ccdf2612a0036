/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <string.h>

#include "protocol/gstoaieventassembler.h"

static void
push_piece (GstOaiEventAssembler *assembler, const gchar *text,
    GstClockTime now, const gchar *expected, const gchar *expected_stale)
{
  GBytes *stale, *event;
  gsize size;

  event = gst_oai_event_assembler_push (
      assembler, text, strlen (text), now, &stale);
  fail_unless_equals_int (event != NULL, expected != NULL);
  fail_unless_equals_int (stale != NULL, expected_stale != NULL);
  if (event) {
    size = g_bytes_get_size (event);
    fail_unless_equals_int (size, strlen (expected));
    fail_unless (size == 0
        || memcmp (g_bytes_get_data (event, NULL), expected, size) == 0);
    g_bytes_unref (event);
  }
  if (stale) {
    size = g_bytes_get_size (stale);
    fail_unless_equals_int (size, strlen (expected_stale));
    g_bytes_unref (stale);
  }
}

GST_START_TEST (test_only_long_unfinished_objects_are_held)
{
  GstOaiEventAssembler assembler = { 0 };
  gchar *filler = g_strnfill (GST_OAI_EVENT_ASSEMBLER_THRESHOLD, 'x');
  gchar *start = g_strconcat ("{\"a\":\"", filler, NULL);
  gchar *whole = g_strconcat (start, "\"}", NULL);
  gchar *escaped = g_strconcat (start, "\\", "\"}\"}", NULL);

  push_piece (&assembler, "", 0, "", NULL);
  push_piece (&assembler, "{\"short", 0, "{\"short", NULL);
  push_piece (&assembler, filler, 0, filler, NULL);
  push_piece (&assembler, whole, 0, whole, NULL);
  push_piece (&assembler, start, 0, NULL, NULL);
  push_piece (&assembler, "\"}", 0, whole, NULL);
  /* Cut between a backslash and the quote that it escapes. */
  push_piece (&assembler, start, 0, NULL, NULL);
  push_piece (&assembler, "\\", 0, NULL, NULL);
  push_piece (&assembler, "\"}\"}", 0, escaped, NULL);
  /* Others overtake. */
  push_piece (&assembler, start, 0, NULL, NULL);
  push_piece (
      &assembler, "{\"b\":{\"c\":\"}\"}}", 0, "{\"b\":{\"c\":\"}\"}}", NULL);
  push_piece (&assembler, whole, 0, whole, NULL);
  push_piece (&assembler, "\"}", 0, whole, NULL);
  /* One that never ends does not hold up the others. */
  push_piece (&assembler, start, 0, NULL, NULL);
  push_piece (&assembler, "{}", 0, "{}", NULL);
  push_piece (
      &assembler, "{}", GST_OAI_EVENT_ASSEMBLER_TIMEOUT + 1, "{}", start);
  gst_oai_event_assembler_clear (&assembler);
  g_free (escaped);
  g_free (whole);
  g_free (start);
  g_free (filler);
}
GST_END_TEST;

static Suite *
eventassembler_suite (void)
{
  Suite *s = suite_create ("eventassembler");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_only_long_unfinished_objects_are_held);

  return s;
}

GST_CHECK_MAIN (eventassembler);
