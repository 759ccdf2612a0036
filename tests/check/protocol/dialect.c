/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaidialect.h"

#include <gst/check/gstcheck.h>

GST_START_TEST (test_every_event_has_a_name_that_reads_back)
{
  gint event;

  for (event = GST_OAI_EVENT_OTHER + 1; event < GST_OAI_EVENT_LAST; event++) {
    const gchar *name = gst_oai_dialect_name (event);

    fail_unless (name != NULL, "event %d has no name", event);
    fail_unless_equals_int (gst_oai_dialect_event (name), event);
    fail_unless_equals_string (gst_oai_dialect_canonical (name), name);
  }
}

GST_END_TEST;

static const struct {
  const gchar *beta;
  const gchar *ga;
} aliases[] = {
  { "response.audio.delta", "response.output_audio.delta" },
  { "response.audio.done", "response.output_audio.done" },
  { "response.audio_transcript.delta",
      "response.output_audio_transcript.delta" },
  { "response.audio_transcript.done", "response.output_audio_transcript.done" },
  { "response.text.delta", "response.output_text.delta" },
  { "response.text.done", "response.output_text.done" },
  { "conversation.item.created", "conversation.item.added" },
  { "transcription_session.created", "session.created" },
  { "transcription_session.updated", "session.updated" },
};

GST_START_TEST (test_beta_name_is_the_same_event_as_ga_name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (aliases); i++) {
    fail_unless (
        gst_oai_dialect_event (aliases[i].beta) != GST_OAI_EVENT_OTHER);
    fail_unless_equals_int (gst_oai_dialect_event (aliases[i].beta),
        gst_oai_dialect_event (aliases[i].ga));
  }
}

GST_END_TEST;

GST_START_TEST (test_canonical_of_beta_name_is_ga_name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (aliases); i++)
    fail_unless_equals_string (
        gst_oai_dialect_canonical (aliases[i].beta), aliases[i].ga);
}

GST_END_TEST;

/* The name of a translation's event is right as it is. */
GST_START_TEST (test_name_of_a_translation_stays_itself)
{
  static const struct {
    const gchar *name;
    GstOaiEvent event;
  } names[] = {
    { "session.closed", GST_OAI_EVENT_SESSION_CLOSED },
    { "session.input_transcript.delta", GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA },
    { "session.output_transcript.delta",
        GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA },
    { "session.output_audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    fail_unless_equals_int (
        gst_oai_dialect_event (names[i].name), names[i].event);
    fail_unless (gst_oai_dialect_canonical (names[i].name) == names[i].name);
  }
}

GST_END_TEST;

GST_START_TEST (test_unknown_name_is_other_and_stays_itself)
{
  static const gchar *const names[] = { "", "a", "zzz", "response.done ",
    "response.mcp_call.completed", "Response.Done", "response" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    fail_unless_equals_int (
        gst_oai_dialect_event (names[i]), GST_OAI_EVENT_OTHER);
    fail_unless (gst_oai_dialect_canonical (names[i]) == names[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_null_is_other)
{
  fail_unless_equals_int (gst_oai_dialect_event (NULL), GST_OAI_EVENT_OTHER);
  fail_unless (gst_oai_dialect_canonical (NULL) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_other_has_no_name)
{
  fail_unless (gst_oai_dialect_name (GST_OAI_EVENT_OTHER) == NULL);
  fail_unless (gst_oai_dialect_name (GST_OAI_EVENT_LAST) == NULL);
}

GST_END_TEST;

static Suite *
dialect_suite (void)
{
  Suite *suite = suite_create ("dialect");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_every_event_has_a_name_that_reads_back);
  tcase_add_test (tc, test_beta_name_is_the_same_event_as_ga_name);
  tcase_add_test (tc, test_canonical_of_beta_name_is_ga_name);
  tcase_add_test (tc, test_name_of_a_translation_stays_itself);
  tcase_add_test (tc, test_unknown_name_is_other_and_stays_itself);
  tcase_add_test (tc, test_null_is_other);
  tcase_add_test (tc, test_other_has_no_name);

  return suite;
}

GST_CHECK_MAIN (dialect);
