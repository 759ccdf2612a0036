/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "session/gstoaicaptions.h"

#define MS GST_MSECOND
#define FRAME (10 * MS)

/* A conversation whose frames the test counts. */
typedef struct {
  GstOaiCaptions *captions;
  GstClockTime now;
} Talk;

static void
talk_init (Talk *talk)
{
  talk->captions = gst_oai_captions_new ();
  talk->now = 0;
}

static void
event (Talk *talk, GstOaiEvent type, const gchar *json)
{
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, NULL);

  fail_unless (object != NULL, "%s", json);
  gst_oai_captions_handle_event (talk->captions, type, object, talk->now);
  json_object_unref (object);
}

static void
delta (Talk *talk, const gchar *response, const gchar *text)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"response_id\":\"%s\",\"item_id\":\"i%s\",\"delta\":\"%s\"}", response,
      response, text);

  event (talk, GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA, json);
}

static void
complete (Talk *talk, const gchar *response, const gchar *text)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"response_id\":\"%s\",\"item_id\":\"i%s\",\"transcript\":\"%s\"}",
      response, response, text);

  event (talk, GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE, json);
}

static void
tell (Talk *talk, GstOaiEvent type, const gchar *response)
{
  g_autofree gchar *json = g_strdup_printf (
      "{\"response_id\":\"%s\",\"response\":{\"id\":\"%s\"}}", response,
      response);

  event (talk, type, json);
}

/* So many ms of sound, or of silence, leave. */
static void
pass (Talk *talk, guint ms, gboolean audible)
{
  guint i;

  for (i = 0; i < ms / 10; i++) {
    gst_oai_captions_frame (talk->captions, talk->now, FRAME, audible, audible);
    talk->now += FRAME;
  }
}

static void
assert_next (Talk *talk, GstOaiCaptionKind kind, const gchar *text, guint pts)
{
  g_autoptr (GstOaiCaption) caption = gst_oai_captions_pop (talk->captions);

  fail_unless (caption != NULL, "no \"%s\"", text);
  fail_unless_equals_string (caption->text, text);
  fail_unless_equals_int (caption->kind, kind);
  fail_unless_equals_uint64 (caption->pts / MS, pts);
  fail_unless (caption->duration >= 500 * MS);
  fail_unless (caption->duration <= 10 * GST_SECOND);
}

static void
assert_none (Talk *talk)
{
  g_autoptr (GstOaiCaption) caption = gst_oai_captions_pop (talk->captions);

  fail_unless (
      caption == NULL, "unexpected \"%s\"", caption ? caption->text : "");
}

/* 29 letters and a blank: a phrase of 1.933 s. */
#define SENTENCE "This is a sentence of thirty. "

GST_START_TEST (test_phrases_leave_with_their_sound)
{
  Talk talk;

  talk_init (&talk);
  delta (&talk, "r", SENTENCE);
  delta (&talk, "r", "And this is another one. ");
  complete (&talk, "r", SENTENCE "And this is another one. The end.");
  pass (&talk, 300, FALSE);
  assert_none (&talk);
  pass (&talk, 1900, TRUE);
  assert_next (
      &talk, GST_OAI_CAPTION_MODEL, "This is a sentence of thirty.", 300);
  assert_none (&talk);
  pass (&talk, 200, TRUE);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "And this is another one.", 2233);
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* The words of what was not heard do not come out. */
GST_START_TEST (test_what_was_cut_off_does_not_come)
{
  Talk talk;

  talk_init (&talk);
  tell (&talk, GST_OAI_EVENT_OUTPUT_STARTED, "a");
  complete (&talk, "a", SENTENCE SENTENCE SENTENCE);
  pass (&talk, 2500, TRUE);
  tell (&talk, GST_OAI_EVENT_OUTPUT_CLEARED, "a");
  pass (&talk, 1000, FALSE);
  tell (&talk, GST_OAI_EVENT_OUTPUT_STARTED, "b");
  complete (&talk, "b", "Yes?");
  pass (&talk, 1000, TRUE);
  assert_next (
      &talk, GST_OAI_CAPTION_MODEL, "This is a sentence of thirty.", 0);
  assert_next (
      &talk, GST_OAI_CAPTION_MODEL, "This is a sentence of thirty.", 1933);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "Yes?", 3500);
  gst_oai_captions_end (talk.captions, talk.now);
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* A fast speaker: the rest comes when the sound ends, and the rate is learned. */
GST_START_TEST (test_rate_is_learned)
{
  gdouble before;
  Talk talk;

  talk_init (&talk);
  before = gst_oai_captions_get_rate (talk.captions);
  complete (&talk, "a", SENTENCE SENTENCE "Done.");
  pass (&talk, 1000, TRUE);
  tell (&talk, GST_OAI_EVENT_OUTPUT_STOPPED, "a");
  pass (&talk, 200, FALSE);
  assert_next (
      &talk, GST_OAI_CAPTION_MODEL, "This is a sentence of thirty.", 0);
  assert_none (&talk);
  pass (&talk, 200, FALSE);
  assert_next (&talk, GST_OAI_CAPTION_MODEL,
      "This is a sentence of thirty. Done.", 1000);
  fail_unless (gst_oai_captions_get_rate (talk.captions) > before);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* Events and sound travel apart. */
GST_START_TEST (test_words_may_come_after_their_sound)
{
  Talk talk;

  talk_init (&talk);
  pass (&talk, 500, FALSE);
  pass (&talk, 1000, TRUE);
  complete (&talk, "a", "Late.");
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "Late.", 500);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* Two responses without a pause between their sounds. */
GST_START_TEST (test_next_answer_follows_at_once)
{
  Talk talk;

  talk_init (&talk);
  complete (&talk, "a", "First one.");
  pass (&talk, 1000, TRUE);
  tell (&talk, GST_OAI_EVENT_OUTPUT_STOPPED, "a");
  tell (&talk, GST_OAI_EVENT_OUTPUT_STARTED, "b");
  complete (&talk, "b", "Second one.");
  pass (&talk, 1000, TRUE);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "First one.", 0);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "Second one.", 1300);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

GST_START_TEST (test_written_answer_comes_when_complete)
{
  Talk talk;

  talk_init (&talk);
  talk.now = 5000 * MS;
  event (&talk, GST_OAI_EVENT_OUTPUT_TEXT_DELTA,
      "{\"response_id\":\"r\",\"item_id\":\"i\",\"delta\":\"Good \"}");
  assert_none (&talk);
  event (&talk, GST_OAI_EVENT_OUTPUT_TEXT_DONE,
      "{\"response_id\":\"r\",\"item_id\":\"i\",\"text\":\"Good\\nday.\"}");
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "Good day.", 5000);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* With or without blanks, lines have an end. */
GST_START_TEST (test_long_texts_are_cut_between_words)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GstOaiCaption *caption;
  guint n = 0, i;
  Talk talk;

  talk_init (&talk);
  for (i = 0; i < 60; i++)
    g_string_append (text, "word ");
  for (i = 0; i < 200; i++)
    g_string_append (text, "\u5b57");
  complete (&talk, "r", text->str);
  pass (&talk, 60000, TRUE);
  while ((caption = gst_oai_captions_pop (talk.captions))) {
    glong letters = g_utf8_strlen (caption->text, -1);

    fail_unless (g_utf8_validate (caption->text, -1, NULL));
    fail_unless (letters <= GST_OAI_CAPTIONS_LETTERS, "%ld letters", letters);
    if (g_str_has_prefix (caption->text, "word"))
      fail_unless (g_str_has_suffix (caption->text, "word")
              || strstr (caption->text, "\u5b57"),
          "%s", caption->text);
    gst_oai_caption_free (caption);
    n++;
  }
  fail_unless (n >= 6, "%u", n);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

GST_START_TEST (test_user_is_timed_by_the_speech)
{
  Talk talk;

  talk_init (&talk);
  talk.now = 2200 * MS;
  event (&talk, GST_OAI_EVENT_SPEECH_STARTED,
      "{\"item_id\":\"u\",\"audio_start_ms\":1000}");
  talk.now = 4000 * MS;
  event (&talk, GST_OAI_EVENT_SPEECH_STOPPED,
      "{\"item_id\":\"u\",\"audio_end_ms\":3000}");
  event (&talk, GST_OAI_EVENT_INPUT_COMMITTED, "{\"item_id\":\"u\"}");
  talk.now = 7000 * MS;
  event (&talk, GST_OAI_EVENT_SPEECH_STARTED, "{\"item_id\":\"v\"}");
  talk.now = 7500 * MS;
  event (&talk, GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE,
      "{\"item_id\":\"u\",\"transcript\":\" Hello there. \"}");
  /* It had begun a little before the server told. */
  assert_next (&talk, GST_OAI_CAPTION_USER, "Hello there.", 2000);
  event (&talk, GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED, "{\"item_id\":\"v\"}");
  event (&talk, GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE,
      "{\"item_id\":\"w\",\"transcript\":\"\"}");
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* A server that begins answers and never says anything about their end. */
GST_START_TEST (test_what_is_kept_is_bounded)
{
  guint i;
  Talk talk;

  talk_init (&talk);
  for (i = 0; i < 5000; i++) {
    g_autofree gchar *id = g_strdup_printf ("r%u", i);
    g_autofree gchar *json = g_strdup_printf ("{\"item_id\":\"%s\"}", id);

    complete (&talk, id, "Words. ");
    event (&talk, GST_OAI_EVENT_SPEECH_STARTED, json);
  }
  gst_oai_captions_end (talk.captions, talk.now);
  for (i = 0; i < 64; i++)
    assert_next (&talk, GST_OAI_CAPTION_MODEL, "Words.", 0);
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* --- translations ------------------------------------------------------ */

static void
says (Talk *talk, GstOaiCaptionKind kind, const gchar *text)
{
  g_autofree gchar *json = g_strdup_printf ("{\"delta\":\"%s\"}", text);

  event (talk,
      kind == GST_OAI_CAPTION_USER ? GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA
                                   : GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA,
      json);
}

/* After any time of silence: it passes as sound, too. */
GST_START_TEST (test_translation_comes_by_sentences)
{
  Talk talk;

  talk_init (&talk);
  pass (&talk, 60000, FALSE);
  says (&talk, GST_OAI_CAPTION_USER, "Good");
  pass (&talk, 200, TRUE);
  says (&talk, GST_OAI_CAPTION_USER, " morning.");
  says (&talk, GST_OAI_CAPTION_MODEL, "Buenos d\303\255as.");
  assert_none (&talk);
  pass (&talk, 200, TRUE);
  says (&talk, GST_OAI_CAPTION_USER, " How");
  assert_next (&talk, GST_OAI_CAPTION_USER, "Good morning.", 60000);
  says (&talk, GST_OAI_CAPTION_MODEL, " \302\277C\303\263mo");
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "Buenos d\303\255as.", 60200);
  assert_none (&talk);
  gst_oai_captions_end (talk.captions, talk.now);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "\302\277C\303\263mo", 60400);
  assert_next (&talk, GST_OAI_CAPTION_USER, "How", 60400);
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

/* Whoever speaks without a full stop is read nevertheless, word by word. */
GST_START_TEST (test_translation_does_not_wait_for_ever)
{
  Talk talk;

  talk_init (&talk);
  says (&talk, GST_OAI_CAPTION_MODEL, "uno dos tr");
  pass (&talk, 900, TRUE);
  assert_none (&talk);
  pass (&talk, 200, TRUE);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "uno dos", 0);
  says (&talk, GST_OAI_CAPTION_MODEL, "es");
  pass (&talk, 1500, TRUE);
  assert_none (&talk);
  pass (&talk, 1000, TRUE);
  assert_next (&talk, GST_OAI_CAPTION_MODEL, "tres", 1000);
  assert_none (&talk);
  gst_oai_captions_free (talk.captions);
}
GST_END_TEST;

static Suite *
captions_suite (void)
{
  Suite *s = suite_create ("captions");
  TCase *tc = tcase_create ("captions");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_phrases_leave_with_their_sound);
  tcase_add_test (tc, test_what_was_cut_off_does_not_come);
  tcase_add_test (tc, test_rate_is_learned);
  tcase_add_test (tc, test_words_may_come_after_their_sound);
  tcase_add_test (tc, test_next_answer_follows_at_once);
  tcase_add_test (tc, test_written_answer_comes_when_complete);
  tcase_add_test (tc, test_long_texts_are_cut_between_words);
  tcase_add_test (tc, test_user_is_timed_by_the_speech);
  tcase_add_test (tc, test_what_is_kept_is_bounded);
  tcase_add_test (tc, test_translation_comes_by_sentences);
  tcase_add_test (tc, test_translation_does_not_wait_for_ever);
  return s;
}

GST_CHECK_MAIN (captions);
