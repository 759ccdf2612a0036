/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoairegistry.h"

#include <gst/check/gstcheck.h>

static GstElement *
add_element (GstElement *bin)
{
  GstElement *element = gst_bin_new (NULL);

  gst_bin_add (GST_BIN (bin), element);

  return element;
}

static GstOaiSession *
acquire (GstElement *element)
{
  return gst_oai_registry_acquire (element, NULL, FALSE);
}

/* What a session was before it was freed must not be compared with its
 * successor: a weak pointer tells them apart. */
typedef struct {
  GstOaiSession *session;
} Weak;

static void
weak_init (Weak *weak, GstOaiSession *session)
{
  weak->session = session;
  g_object_add_weak_pointer (G_OBJECT (session), (gpointer *) &weak->session);
}

GST_START_TEST (test_halves_in_one_pipeline_share)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstOaiSession *a = acquire (add_element (pipeline));
  GstOaiSession *b = acquire (add_element (pipeline));

  fail_unless (a == b);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_object_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_depth_does_not_matter)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *inner = add_element (add_element (pipeline));
  GstOaiSession *a = acquire (add_element (inner));
  GstOaiSession *b = acquire (add_element (pipeline));

  fail_unless (a == b);
  gst_oai_registry_release (b);
  gst_oai_registry_release (a);
  gst_object_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_two_pipelines_never_share)
{
  GstElement *p1 = gst_pipeline_new (NULL), *p2 = gst_pipeline_new (NULL);
  GstOaiSession *a = acquire (add_element (p1));
  GstOaiSession *b = acquire (add_element (p2));

  fail_unless (a != b);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_object_unref (p1);
  gst_object_unref (p2);
}
GST_END_TEST;

GST_START_TEST (test_names_pair_across_pipelines)
{
  GstElement *p1 = gst_pipeline_new (NULL), *p2 = gst_pipeline_new (NULL);
  GstElement *e1 = add_element (p1), *e2 = add_element (p2);
  GstOaiSession *a = gst_oai_registry_acquire (e1, "one", FALSE);
  GstOaiSession *b = gst_oai_registry_acquire (e2, "one", FALSE);
  GstOaiSession *c = gst_oai_registry_acquire (e2, "two", FALSE);
  GstOaiSession *d = acquire (e2);

  fail_unless (a == b);
  fail_unless (a != c);
  fail_unless (a != d);
  fail_unless (c != d);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_oai_registry_release (c);
  gst_oai_registry_release (d);
  gst_object_unref (p1);
  gst_object_unref (p2);
}
GST_END_TEST;

GST_START_TEST (test_name_goes_before_private)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *element = add_element (pipeline);
  GstOaiSession *a = gst_oai_registry_acquire (element, "one", TRUE);
  GstOaiSession *b = gst_oai_registry_acquire (element, "one", FALSE);

  fail_unless (a == b);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_object_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_private_sessions_are_private)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *element = add_element (pipeline);
  GstOaiSession *a = gst_oai_registry_acquire (element, NULL, TRUE);
  GstOaiSession *b = gst_oai_registry_acquire (element, NULL, TRUE);
  GstOaiSession *c = acquire (element);

  fail_unless (a != b);
  fail_unless (a != c);
  fail_unless (b != c);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_oai_registry_release (c);
  gst_object_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_element_without_a_parent_is_alone)
{
  GstElement *e1 = gst_object_ref_sink (gst_bin_new (NULL));
  GstElement *e2 = gst_object_ref_sink (gst_bin_new (NULL));
  GstOaiSession *a = acquire (e1);
  GstOaiSession *b = acquire (e2);

  fail_unless (a != b);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  gst_object_unref (e1);
  gst_object_unref (e2);
}
GST_END_TEST;

/* Whichever half goes first, the session lives for the other and ends with
 * it. */
GST_START_TEST (test_session_lives_for_its_last_user)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *e1 = add_element (pipeline), *e2 = add_element (pipeline);
  const gchar *name = __i__ & 1 ? "one" : NULL;
  gboolean first_leaves_first = (__i__ & 2) != 0;
  GstOaiSession *a = gst_oai_registry_acquire (e1, name, FALSE);
  GstOaiSession *b = gst_oai_registry_acquire (e2, name, FALSE);
  Weak weak;

  weak_init (&weak, a);
  gst_oai_registry_release (first_leaves_first ? a : b);
  fail_unless (weak.session != NULL);
  a = gst_oai_registry_acquire (e1, name, FALSE);
  fail_unless (a == weak.session);
  gst_oai_registry_release (a);
  gst_oai_registry_release (b);
  fail_unless (weak.session == NULL);
  /* The next one is new. */
  a = gst_oai_registry_acquire (e1, name, FALSE);
  fail_unless (GST_IS_OAI_SESSION (a));
  gst_oai_registry_release (a);
  gst_object_unref (pipeline);
}
GST_END_TEST;

/* Somebody else keeps the object: the pair is over all the same. */
GST_START_TEST (test_released_session_is_not_found_again)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *element = add_element (pipeline);
  const gchar *name = __i__ ? "one" : NULL;
  GstOaiSession *a = gst_oai_registry_acquire (element, name, FALSE);
  GstOaiSession *b;

  g_object_ref (a);
  gst_oai_registry_release (a);
  b = gst_oai_registry_acquire (element, name, FALSE);
  fail_unless (a != b);
  g_object_unref (a);
  gst_oai_registry_release (b);
  gst_object_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_toplevel_goes_first)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *e1 = gst_object_ref (add_element (pipeline));
  GstElement *e2 = gst_object_ref (add_element (pipeline));
  GstOaiSession *a = acquire (e1), *b = acquire (e2), *c;
  Weak weak;

  weak_init (&weak, a);
  gst_object_unref (pipeline);
  fail_unless (GST_OBJECT_PARENT (e1) == NULL);
  gst_oai_registry_release (a);
  fail_unless (weak.session == b);
  gst_oai_registry_release (b);
  fail_unless (weak.session == NULL);
  /* In another pipeline it finds another session. */
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), e1);
  c = acquire (e1);
  gst_oai_registry_release (c);
  gst_object_unref (pipeline);
  gst_object_unref (e1);
  gst_object_unref (e2);
}
GST_END_TEST;

GST_START_TEST (test_toplevels_come_and_go)
{
  guint i;

  /* A table keyed by address would pair some of these. */
  for (i = 0; i < 1000; i++) {
    GstElement *pipeline = gst_pipeline_new (NULL);
    GstElement *element = gst_object_ref (add_element (pipeline));
    GstOaiSession *a = acquire (element), *b;
    GstElement *other;

    gst_object_unref (pipeline);
    other = gst_pipeline_new (NULL);
    b = acquire (add_element (other));
    fail_unless (a != b);
    gst_oai_registry_release (a);
    gst_oai_registry_release (b);
    gst_object_unref (other);
    gst_object_unref (element);
  }
}
GST_END_TEST;

static gpointer
come_and_go (gpointer data)
{
  GstElement *element = data;
  guint i;

  for (i = 0; i < 2000; i++) {
    GstOaiSession *a = acquire (element);
    GstOaiSession *b = gst_oai_registry_acquire (element, "one", FALSE);

    fail_unless (a != b);
    gst_oai_registry_release (b);
    gst_oai_registry_release (a);
  }
  return NULL;
}

GST_START_TEST (test_threads_come_and_go)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GThread *threads[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", come_and_go, add_element (pipeline));
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  gst_check_object_destroyed_on_unref (pipeline);
}
GST_END_TEST;

static Suite *
registry_suite (void)
{
  Suite *suite = suite_create ("registry");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_halves_in_one_pipeline_share);
  tcase_add_test (tc, test_depth_does_not_matter);
  tcase_add_test (tc, test_two_pipelines_never_share);
  tcase_add_test (tc, test_names_pair_across_pipelines);
  tcase_add_test (tc, test_name_goes_before_private);
  tcase_add_test (tc, test_private_sessions_are_private);
  tcase_add_test (tc, test_element_without_a_parent_is_alone);
  tcase_add_loop_test (tc, test_session_lives_for_its_last_user, 0, 4);
  tcase_add_loop_test (tc, test_released_session_is_not_found_again, 0, 2);
  tcase_add_test (tc, test_toplevel_goes_first);
  tcase_add_test (tc, test_toplevels_come_and_go);
  tcase_add_test (tc, test_threads_come_and_go);

  return suite;
}

GST_CHECK_MAIN (registry);
