/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "protocol/gstoaiprobe.h"

/* A packet of one byte. */
static GstBuffer *
packet_new (guint8 value)
{
  GstBuffer *packet = gst_buffer_new_allocate (NULL, 1, NULL);

  gst_buffer_memset (packet, 0, value, 1);
  return packet;
}

static guint8
value_of (GstBuffer *packet)
{
  guint8 value = 0;

  fail_unless (gst_buffer_extract (packet, 0, &value, 1) == 1);
  return value;
}

static void
note (GstBuffer *packet, gpointer text)
{
  g_string_append_c (text, value_of (packet));
}

static gboolean
is_lower (GstBuffer *packet, gpointer text)
{
  note (packet, text);
  return g_ascii_islower (value_of (packet));
}

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *info, gpointer text)
{
  gst_oai_probe_foreach (info, note, text);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
sieve (GstPad *pad, GstPadProbeInfo *info, gpointer text)
{
  return gst_oai_probe_filter (info, is_lower, text);
}

/* Pushes @packets, a letter each, one by one or as a list, through an element with
 * @probe on its pad; returns what came out. */
static gchar *
push (GstPadProbeCallback probe, const gchar *packets, gboolean as_list,
    GString *seen)
{
  GstHarness *harness = gst_harness_new ("identity");
  GString *out = g_string_new (NULL);
  GstBuffer *packet;
  const gchar *p;

  gst_harness_set_src_caps_str (harness, "application/x-test");
  /* Not on the sink pad: what takes a list apart there, probes see twice. */
  gst_pad_add_probe (harness->srcpad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, probe, seen,
      NULL);
  if (as_list) {
    GstBufferList *list = gst_buffer_list_new ();

    for (p = packets; *p; p++)
      gst_buffer_list_add (list, packet_new (*p));
    fail_unless_equals_int (
        gst_pad_push_list (harness->srcpad, list), GST_FLOW_OK);
  } else {
    for (p = packets; *p; p++)
      fail_unless_equals_int (
          gst_harness_push (harness, packet_new (*p)), GST_FLOW_OK);
  }
  while ((packet = gst_harness_try_pull (harness))) {
    note (packet, out);
    gst_buffer_unref (packet);
  }
  gst_harness_teardown (harness);

  return g_string_free (out, FALSE);
}

static const struct {
  const gchar *packets;
  const gchar *lower;
} cases[] = { { "a", "a" }, { "A", "" }, { "ab", "ab" }, { "AB", "" },
  { "aB", "a" }, { "Ab", "b" }, { "aBcDe", "ace" } };

GST_START_TEST (test_each_is_seen)
{
  guint i;

  for (i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) seen = g_string_new (NULL);
    g_autofree gchar *out = push (look, cases[i / 2].packets, i % 2, seen);

    fail_unless_equals_string (seen->str, cases[i / 2].packets);
    fail_unless_equals_string (out, cases[i / 2].packets);
  }
}

GST_END_TEST;

GST_START_TEST (test_each_is_judged)
{
  guint i;

  for (i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) seen = g_string_new (NULL);
    g_autofree gchar *out = push (sieve, cases[i / 2].packets, i % 2, seen);

    fail_unless_equals_string (seen->str, cases[i / 2].packets);
    fail_unless_equals_string (out, cases[i / 2].lower);
  }
}

GST_END_TEST;

static Suite *
probe_suite (void)
{
  Suite *suite = suite_create ("protocol_probe");
  TCase *chain = tcase_create ("general");

  suite_add_tcase (suite, chain);
  tcase_add_test (chain, test_each_is_seen);
  tcase_add_test (chain, test_each_is_judged);

  return suite;
}

GST_CHECK_MAIN (probe);
