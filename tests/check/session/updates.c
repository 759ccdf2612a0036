/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiupdates.h"

#include <gst/check/gstcheck.h>

#include "protocol/gstoaijson.h"

#define START (1000 * GST_SECOND)

typedef struct {
  GstOaiUpdates *updates;
  GstOaiSettings *settings;
} Fixture;

#define FIXTURE_TEST(name)                                                     \
  static void name##_body (Fixture *f);                                        \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    Fixture f = { gst_oai_updates_new (), gst_oai_settings_new () };           \
                                                                               \
    name##_body (&f);                                                          \
    gst_oai_updates_free (f.updates);                                          \
    gst_oai_settings_free (f.settings);                                        \
  }                                                                            \
  GST_END_TEST;                                                                \
  static void name##_body (Fixture *f)

static void
set_string (Fixture *f, GstOaiSetting setting, const gchar *string)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, string);
  gst_oai_settings_set (f->settings, setting, &value);
  g_value_unset (&value);
}

static void
set_speed (Fixture *f, gdouble speed)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, speed);
  gst_oai_settings_set (f->settings, GST_OAI_SETTING_SPEED, &value);
  g_value_unset (&value);
}

/* What the next update says, which is sent as @id. */
static void
expect (Fixture *f, const gchar *id, const gchar *says)
{
  g_autoptr (JsonObject) patch = gst_oai_updates_next (f->updates, f->settings);
  g_autofree gchar *text = NULL;

  fail_unless (patch != NULL);
  json_object_remove_member (patch, "type");
  text = gst_oai_json_to_string (patch);
  fail_unless_equals_string (text, says);
  gst_oai_updates_sent (f->updates, id, START);
}

static void
expect_none (Fixture *f)
{
  fail_unless (gst_oai_updates_next (f->updates, f->settings) == NULL);
}

FIXTURE_TEST (test_nothing_before_a_session)
{
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  expect_none (f);
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  expect_none (f);
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "two");
  gst_oai_updates_reset (f->updates);
  expect_none (f);
}

/* What came meanwhile follows, all at once. */
FIXTURE_TEST (test_one_is_in_flight_at_a_time)
{
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  fail_if (gst_oai_updates_is_in_flight (f->updates));
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  expect (f, "e1", "{\"instructions\":\"one\"}");
  fail_unless (gst_oai_updates_is_in_flight (f->updates));
  expect_none (f);
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "two");
  expect_none (f);
  set_speed (f, 1.25);
  expect_none (f);
  fail_unless (gst_oai_updates_acknowledged (f->updates));
  expect (f, "e2",
      "{\"instructions\":\"two\",\"audio\":{\"output\":{\"speed\":1.25}}}");
  fail_if (gst_oai_updates_acknowledged (f->updates));
  fail_if (gst_oai_updates_is_in_flight (f->updates));
  /* There are servers that say it without an update. */
  fail_if (gst_oai_updates_acknowledged (f->updates));
  expect_none (f);
}

FIXTURE_TEST (test_it_is_late_after_a_time)
{
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  fail_if (gst_oai_updates_is_late (f->updates, G_MAXINT64));
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  expect (f, "e1", "{\"instructions\":\"one\"}");
  fail_if (gst_oai_updates_is_late (
      f->updates, START + GST_OAI_UPDATES_TIMEOUT - 1));
  fail_unless (
      gst_oai_updates_is_late (f->updates, START + GST_OAI_UPDATES_TIMEOUT));
}

/* Defaults are not said: the secret's configuration may have others. */
FIXTURE_TEST (test_client_secret_gets_what_is_set)
{
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  gst_oai_updates_begin (f->updates, f->settings, TRUE);
  expect (f, "e1", "{\"instructions\":\"one\"}");
  fail_if (gst_oai_updates_acknowledged (f->updates));
  set_speed (f, 1.25);
  expect (f, "e2", "{\"audio\":{\"output\":{\"speed\":1.25}}}");
}

/* The rest of the update is sent without it, and it is not sent again. */
FIXTURE_TEST (test_refused_member_is_not_in_the_way)
{
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  set_speed (f, 1.25);
  expect (f, "e1",
      "{\"instructions\":\"one\",\"audio\":{\"output\":{\"speed\":1.25}}}");
  fail_if (gst_oai_updates_is_refused (f->updates, NULL));
  fail_if (gst_oai_updates_is_refused (f->updates, "e0"));
  fail_unless (gst_oai_updates_is_refused (f->updates, "e1"));
  fail_unless (gst_oai_updates_refused (
      f->updates, "session.audio.output.speed", FALSE));
  fail_if (gst_oai_updates_is_refused (f->updates, "e1"));
  expect (f, "e2", "{\"instructions\":\"one\"}");
  fail_if (gst_oai_updates_acknowledged (f->updates));
  expect_none (f);
  set_speed (f, 1.5);
  expect (f, "e3", "{\"audio\":{\"output\":{\"speed\":1.5}}}");
}

/* Nobody knows what of it is at fault. */
FIXTURE_TEST (test_refused_for_no_reason_is_not_sent_again)
{
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  set_speed (f, 1.25);
  expect (f, "e1", "{\"audio\":{\"output\":{\"speed\":1.25}}}");
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  expect_none (f);
  fail_unless (gst_oai_updates_refused (f->updates, NULL, FALSE));
  expect (f, "e2", "{\"instructions\":\"one\"}");
}

FIXTURE_TEST (test_restored_setting_is_as_before)
{
  const GstOaiSettings *refused = NULL, *old = NULL;

  set_speed (f, 1.25);
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  fail_if (gst_oai_updates_changed (
      f->updates, GST_OAI_SETTING_SPEED, &refused, &old));
  set_speed (f, 1.5);
  set_string (f, GST_OAI_SETTING_INSTRUCTIONS, "one");
  expect (f, "e1",
      "{\"instructions\":\"one\",\"audio\":{\"output\":{\"speed\":1.5}}}");
  fail_if (gst_oai_updates_changed (
      f->updates, GST_OAI_SETTING_VOICE, &refused, &old));
  fail_if (gst_oai_updates_changed (
      f->updates, GST_OAI_SETTING_LAST, &refused, &old));
  fail_unless (gst_oai_updates_changed (
      f->updates, GST_OAI_SETTING_SPEED, &refused, &old));
  fail_unless_equals_float (
      gst_oai_settings_double (refused, GST_OAI_SETTING_SPEED), 1.5);
  fail_unless_equals_float (
      gst_oai_settings_double (old, GST_OAI_SETTING_SPEED), 1.25);
  set_speed (f, 1.25);
  fail_unless (
      gst_oai_updates_refused (f->updates, "session.audio.output.speed", TRUE));
  expect (f, "e2", "{\"instructions\":\"one\"}");
}

/* Once: what is refused again, then, is refused. */
FIXTURE_TEST (test_postponed_update_is_tried_once_more)
{
  gst_oai_updates_begin (f->updates, f->settings, FALSE);
  fail_if (gst_oai_updates_postpone (f->updates));
  fail_if (gst_oai_updates_retry (f->updates));
  set_speed (f, 1.25);
  expect (f, "e1", "{\"audio\":{\"output\":{\"speed\":1.25}}}");
  fail_unless (gst_oai_updates_postpone (f->updates));
  fail_if (gst_oai_updates_is_in_flight (f->updates));
  fail_unless (gst_oai_updates_retry (f->updates));
  fail_if (gst_oai_updates_retry (f->updates));
  expect (f, "e2", "{\"audio\":{\"output\":{\"speed\":1.25}}}");
  fail_if (gst_oai_updates_postpone (f->updates));
  fail_if (gst_oai_updates_refused (f->updates, NULL, FALSE));
  expect_none (f);
  /* The next one has its own chance. */
  set_speed (f, 1.5);
  expect (f, "e3", "{\"audio\":{\"output\":{\"speed\":1.5}}}");
  fail_unless (gst_oai_updates_postpone (f->updates));
}

static Suite *
updates_suite (void)
{
  Suite *s = suite_create ("updates");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_nothing_before_a_session);
  tcase_add_test (tc, test_one_is_in_flight_at_a_time);
  tcase_add_test (tc, test_it_is_late_after_a_time);
  tcase_add_test (tc, test_client_secret_gets_what_is_set);
  tcase_add_test (tc, test_refused_member_is_not_in_the_way);
  tcase_add_test (tc, test_refused_for_no_reason_is_not_sent_again);
  tcase_add_test (tc, test_restored_setting_is_as_before);
  tcase_add_test (tc, test_postponed_update_is_tried_once_more);

  return s;
}

GST_CHECK_MAIN (updates);
