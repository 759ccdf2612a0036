/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaitextsrc.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <string.h>

#define CAPS "text/x-raw, format = (string) utf8"
#define DEADLINE (20 * G_TIME_SPAN_SECOND)

typedef struct {
  GstOaiTextSrc *source;
  GstHarness *h;
} Fixture;

static void
fixture_init (Fixture *f)
{
  f->source = gst_object_ref_sink (gst_oai_text_src_new ("text", CAPS));
  f->h = gst_harness_new_with_element (GST_ELEMENT (f->source), NULL, "src");
  gst_harness_play (f->h);
}

static void
fixture_clear (Fixture *f)
{
  gst_harness_teardown (f->h);
  gst_object_unref (f->source);
}

static void
push (GstOaiTextSrc *source, const gchar *text, GstClockTime pts)
{
  gst_oai_text_src_push (source, text, strlen (text), pts, GST_SECOND);
}

static void
assert_pull (Fixture *f, const gchar *text, GstClockTime pts)
{
  GstBuffer *buffer = gst_harness_pull (f->h);

  fail_unless (buffer != NULL, "no %s", text);
  fail_unless_equals_int (gst_buffer_get_size (buffer), strlen (text));
  fail_unless (gst_buffer_memcmp (buffer, 0, text, strlen (text)) == 0);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), pts);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), GST_SECOND);
  gst_buffer_unref (buffer);
}

/* The next event that is not a GAP. */
static GstEvent *
pull_event (Fixture *f, GstEventType type)
{
  GstEvent *event;

  while ((event = gst_harness_pull_event (f->h))) {
    if (GST_EVENT_TYPE (event) != GST_EVENT_GAP || type == GST_EVENT_GAP)
      break;
    gst_event_unref (event);
  }
  fail_unless (event != NULL, "no %s", gst_event_type_get_name (type));
  fail_unless_equals_string (
      GST_EVENT_TYPE_NAME (event), gst_event_type_get_name (type));
  return event;
}

GST_START_TEST (test_stream_begins_as_it_must)
{
  const GstSegment *segment;
  GstStreamFlags flags;
  GstEvent *event;
  GstCaps *caps;
  Fixture f;

  fixture_init (&f);
  push (f.source, "one", GST_SECOND);
  event = pull_event (&f, GST_EVENT_STREAM_START);
  gst_event_parse_stream_flags (event, &flags);
  fail_unless (flags & GST_STREAM_FLAG_SPARSE);
  gst_event_unref (event);
  event = pull_event (&f, GST_EVENT_CAPS);
  gst_event_parse_caps (event, &caps);
  fail_unless_equals_string (
      gst_structure_get_name (gst_caps_get_structure (caps, 0)), "text/x-raw");
  gst_event_unref (event);
  event = pull_event (&f, GST_EVENT_SEGMENT);
  gst_event_parse_segment (event, &segment);
  fail_unless_equals_int (segment->format, GST_FORMAT_TIME);
  gst_event_unref (event);
  assert_pull (&f, "one", GST_SECOND);
  fixture_clear (&f);
}
GST_END_TEST;

/* Between texts it says so, without an interval left out. */
GST_START_TEST (test_gaps_follow_the_sound)
{
  GstClockTime begin, duration, position = 0;
  GstEvent *event;
  Fixture f;

  fixture_init (&f);
  gst_event_unref (pull_event (&f, GST_EVENT_STREAM_START));
  gst_event_unref (pull_event (&f, GST_EVENT_CAPS));
  gst_event_unref (pull_event (&f, GST_EVENT_SEGMENT));
  gst_oai_text_src_advance (f.source, 10 * GST_SECOND);
  while (position < 10 * GST_SECOND) {
    event = pull_event (&f, GST_EVENT_GAP);
    gst_event_parse_gap (event, &begin, &duration);
    gst_event_unref (event);
    fail_unless_equals_uint64 (begin, position);
    position = begin + duration;
  }
  fail_unless_equals_uint64 (position, 10 * GST_SECOND);
  fixture_clear (&f);
}
GST_END_TEST;

/* Nobody drives it: the sound is held up downstream, or there is none. */
GST_START_TEST (test_gaps_come_by_the_clock)
{
  GstEvent *event;
  Fixture f;

  fixture_init (&f);
  gst_event_unref (pull_event (&f, GST_EVENT_STREAM_START));
  gst_event_unref (pull_event (&f, GST_EVENT_CAPS));
  gst_event_unref (pull_event (&f, GST_EVENT_SEGMENT));
  gst_harness_set_time (f.h, 3 * GST_SECOND);
  for (;;) {
    GstClockTime begin, duration;

    event = pull_event (&f, GST_EVENT_GAP);
    gst_event_parse_gap (event, &begin, &duration);
    gst_event_unref (event);
    if (begin + duration == 3 * GST_SECOND)
      break;
  }
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_end_comes_behind_the_texts)
{
  Fixture f;

  fixture_init (&f);
  push (f.source, "one", 1);
  push (f.source, "two", 2);
  gst_oai_text_src_end (f.source);
  push (f.source, "three", 3);
  gst_event_unref (pull_event (&f, GST_EVENT_STREAM_START));
  gst_event_unref (pull_event (&f, GST_EVENT_CAPS));
  gst_event_unref (pull_event (&f, GST_EVENT_SEGMENT));
  gst_event_unref (pull_event (&f, GST_EVENT_EOS));
  fail_unless_equals_int (gst_harness_buffers_received (f.h), 2);
  fixture_clear (&f);
}
GST_END_TEST;

/* A sink that takes one buffer, and no more until it is told to. */
typedef struct {
  GMutex lock;
  GCond cond;
  gboolean blocked;
  gboolean open;
  guint n;
} Door;

static GstPadProbeReturn
wait_at_door (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Door *door = user_data;

  g_mutex_lock (&door->lock);
  door->n++;
  door->blocked = !door->open;
  g_cond_broadcast (&door->cond);
  while (!door->open)
    g_cond_wait (&door->cond, &door->lock);
  g_mutex_unlock (&door->lock);
  return GST_PAD_PROBE_OK;
}

static void
door_init (Door *door, Fixture *f)
{
  memset (door, 0, sizeof (*door));
  g_mutex_init (&door->lock);
  g_cond_init (&door->cond);
  gst_pad_add_probe (
      f->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, wait_at_door, door, NULL);
}

static void
door_wait_blocked (Door *door)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&door->lock);
  while (!door->blocked)
    fail_unless (g_cond_wait_until (&door->cond, &door->lock, deadline));
  g_mutex_unlock (&door->lock);
}

static void
door_open (Door *door)
{
  g_mutex_lock (&door->lock);
  door->open = TRUE;
  g_cond_broadcast (&door->cond);
  g_mutex_unlock (&door->lock);
}

/* Whoever pushes does not wait; the oldest are lost. */
GST_START_TEST (test_slow_sink_holds_up_nobody)
{
  guint i, n = GST_OAI_TEXT_SRC_MAX_BUFFERS + 10;
  Fixture f;
  Door door;

  fixture_init (&f);
  door_init (&door, &f);
  push (f.source, "first", 0);
  door_wait_blocked (&door);
  for (i = 0; i < n; i++)
    push (f.source, "next", i + 1);
  fail_unless_equals_uint64 (gst_oai_text_src_get_dropped (f.source), 10);
  door_open (&door);
  assert_pull (&f, "first", 0);
  assert_pull (&f, "next", 11);
  fixture_clear (&f);
}
GST_END_TEST;

/* What waits is dropped, downstream is told, and a new segment follows. */
GST_START_TEST (test_flush_drops_what_waits)
{
  Fixture f;
  Door door;

  fixture_init (&f);
  door_init (&door, &f);
  push (f.source, "first", 0);
  door_wait_blocked (&door);
  push (f.source, "second", 1);
  gst_oai_text_src_flush (f.source);
  push (f.source, "third", 2);
  door_open (&door);
  gst_event_unref (pull_event (&f, GST_EVENT_STREAM_START));
  gst_event_unref (pull_event (&f, GST_EVENT_CAPS));
  gst_event_unref (pull_event (&f, GST_EVENT_SEGMENT));
  gst_event_unref (pull_event (&f, GST_EVENT_FLUSH_START));
  gst_event_unref (pull_event (&f, GST_EVENT_FLUSH_STOP));
  gst_event_unref (pull_event (&f, GST_EVENT_SEGMENT));
  for (;;) {
    GstBuffer *buffer = gst_harness_pull (f.h);
    GstClockTime pts;

    fail_unless (buffer != NULL);
    pts = GST_BUFFER_PTS (buffer);
    gst_buffer_unref (buffer);
    fail_if (pts == 1);
    if (pts == 2)
      break;
  }
  fixture_clear (&f);
}
GST_END_TEST;

typedef struct {
  GMutex lock; /* protects everything in this struct */
  GCond cond;
  gboolean stopped;
  gboolean overtaken;
} Flush;

static GstPadProbeReturn
on_flush (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  /* Long enough for the streaming thread, which has nothing else to do. */
  gint64 deadline = g_get_monotonic_time () + 200 * G_TIME_SPAN_MILLISECOND;
  Flush *flush = user_data;

  g_mutex_lock (&flush->lock);
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))
      == GST_EVENT_FLUSH_STOP) {
    flush->stopped = TRUE;
    g_cond_signal (&flush->cond);
  } else {
    while (!flush->stopped
        && g_cond_wait_until (&flush->cond, &flush->lock, deadline))
      ;
    flush->overtaken = flush->stopped;
  }
  g_mutex_unlock (&flush->lock);
  return GST_PAD_PROBE_OK;
}

/* Else all that comes later is refused downstream. */
GST_START_TEST (test_end_of_a_flush_does_not_overtake_its_start)
{
  g_autoptr (GstPad) pad = NULL;
  Flush flush = { 0 };
  Fixture f;

  fixture_init (&f);
  g_mutex_init (&flush.lock);
  g_cond_init (&flush.cond);
  pad = gst_element_get_static_pad (GST_ELEMENT (f.source), "src");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_flush, &flush, NULL);
  push (f.source, "first", 0);
  assert_pull (&f, "first", 0);
  gst_oai_text_src_flush (f.source);
  fail_if (flush.overtaken);
  push (f.source, "second", GST_SECOND);
  assert_pull (&f, "second", GST_SECOND);
  fail_unless (flush.stopped);
  fixture_clear (&f);
  g_cond_clear (&flush.cond);
  g_mutex_clear (&flush.lock);
}
GST_END_TEST;

/* A pad that nobody took, and one that is taken later. */
GST_START_TEST (test_unlinked_pad_is_harmless)
{
  GstOaiTextSrc *source = gst_object_ref_sink (
      gst_oai_text_src_new ("text", CAPS));
  GstHarness *h;
  GstBuffer *buffer;
  guint i;

  fail_unless_equals_int (
      gst_element_set_state (GST_ELEMENT (source), GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  for (i = 0; i < 100; i++)
    push (source, "lost", i);
  h = gst_harness_new_with_element (GST_ELEMENT (source), NULL, "src");
  gst_harness_play (h);
  push (source, "found", GST_SECOND);
  do {
    buffer = gst_harness_pull (h);
    fail_unless (buffer != NULL);
    i = gst_buffer_get_size (buffer);
    gst_buffer_unref (buffer);
  } while (i != strlen ("found"));
  gst_harness_teardown (h);
  gst_object_unref (source);
}
GST_END_TEST;

GST_START_TEST (test_states_again_and_again)
{
  GstOaiTextSrc *source = gst_object_ref_sink (
      gst_oai_text_src_new ("text", CAPS));
  guint i;

  for (i = 0; i < 50; i++) {
    fail_unless_equals_int (
        gst_element_set_state (GST_ELEMENT (source), GST_STATE_PAUSED),
        GST_STATE_CHANGE_NO_PREROLL);
    gst_element_set_state (GST_ELEMENT (source), GST_STATE_PLAYING);
    push (source, "text", i);
    gst_oai_text_src_flush (source);
    gst_oai_text_src_advance (source, i);
    if (i % 2)
      gst_oai_text_src_end (source);
    gst_element_set_state (GST_ELEMENT (source), GST_STATE_NULL);
  }
  gst_object_unref (source);
}
GST_END_TEST;

static Suite *
text_suite (void)
{
  Suite *s = suite_create ("text");
  TCase *tc = tcase_create ("text");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_stream_begins_as_it_must);
  tcase_add_test (tc, test_gaps_follow_the_sound);
  tcase_add_test (tc, test_gaps_come_by_the_clock);
  tcase_add_test (tc, test_end_comes_behind_the_texts);
  tcase_add_test (tc, test_slow_sink_holds_up_nobody);
  tcase_add_test (tc, test_flush_drops_what_waits);
  tcase_add_test (tc, test_end_of_a_flush_does_not_overtake_its_start);
  tcase_add_test (tc, test_unlinked_pad_is_harmless);
  tcase_add_test (tc, test_states_again_and_again);
  return s;
}

GST_CHECK_MAIN (text);
