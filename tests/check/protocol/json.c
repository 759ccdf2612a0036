/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaijson.h"

#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

static void
assert_accepted (const gchar *text)
{
  g_autoptr (GError) error = NULL;

  fail_unless (
      gst_oai_json_scan (text, strlen (text), GST_OAI_JSON_MAX_SIZE, &error),
      "%s was refused: %s", text, error ? error->message : "");
}

static void
assert_refused_sized (const gchar *text, gsize size, GstOaiJsonError code)
{
  g_autoptr (GError) error = NULL;

  fail_if (gst_oai_json_scan (text, size, GST_OAI_JSON_MAX_SIZE, &error),
      "%.60s was accepted", text);
  fail_unless (g_error_matches (error, GST_OAI_JSON_ERROR, (gint) code),
      "%.60s: %s", text, error->message);
}

static void
assert_refused (const gchar *text)
{
  assert_refused_sized (text, strlen (text), GST_OAI_JSON_ERROR_SYNTAX);
}

static JsonObject *
parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  object = gst_oai_json_parse_object (
      text, strlen (text), GST_OAI_JSON_MAX_SIZE, &error);
  fail_unless (object != NULL, "%s: %s", text, error ? error->message : "");

  return object;
}

static gchar *
nested (guint depth, const gchar *open, const gchar *inner, const gchar *close)
{
  GString *out = g_string_new (NULL);
  guint i;

  for (i = 0; i < depth; i++)
    g_string_append (out, open);
  g_string_append (out, inner);
  for (i = 0; i < depth; i++)
    g_string_append (out, close);

  return g_string_free (out, FALSE);
}

GST_START_TEST (test_scan_accepts_every_kind_of_value)
{
  assert_accepted ("{}");
  assert_accepted ("[]");
  assert_accepted ("null");
  assert_accepted ("true");
  assert_accepted ("false");
  assert_accepted ("\"x\"");
  assert_accepted ("0");
  assert_accepted (" \t\r\n{ \"a\" : [ 1 , { } , [ ] , \"b\" ] } \n");
}

GST_END_TEST;

GST_START_TEST (test_scan_accepts_the_numbers_of_the_grammar)
{
  assert_accepted ("[0,-0,12,-7,1.5,0.25,1e9,1E+2,2.5e-3,0e0]");
  assert_accepted ("123456789012345678901234567890");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_other_numbers)
{
  static const gchar *const texts[] = { "01", "-", "+1", ".5", "1.", "1e",
    "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "--1", "1.2.3" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i]);
}

GST_END_TEST;

GST_START_TEST (test_scan_accepts_the_escapes_of_the_grammar)
{
  assert_accepted ("\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uFFFF\"");
  assert_accepted ("\"\xc3\xa9 \xf0\x9f\x98\x80\"");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_other_escapes)
{
  assert_refused ("\"\\x41\"");
  assert_refused ("\"\\'\"");
  assert_refused ("\"\\u12\"");
  assert_refused ("\"\\u12g4\"");
  assert_refused ("\"\\");
  assert_refused ("\"\\u");
  assert_refused ("\"\\u00");
}

GST_END_TEST;

GST_START_TEST (test_scan_accepts_a_surrogate_pair)
{
  assert_accepted ("\"\\ud83d\\ude00\"");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_half_a_surrogate_pair)
{
  assert_refused ("\"\\ud83d\"");
  assert_refused ("\"\\ude00\"");
  assert_refused ("\"\\ud83d\\n\"");
  assert_refused ("\"\\ud83d\\ud83d\"");
  assert_refused ("\"\\ude00\\ud83d\"");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_control_characters_in_strings)
{
  assert_refused ("\"a\nb\"");
  assert_refused ("\"a\x1f\"");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_empty_input)
{
  assert_refused ("");
  assert_refused (" \n ");
  assert_refused_sized (NULL, 0, GST_OAI_JSON_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_nul_bytes)
{
  assert_refused_sized ("{}\0", 3, GST_OAI_JSON_ERROR_SYNTAX);
  assert_refused_sized ("{\"a\0\":1}", 8, GST_OAI_JSON_ERROR_SYNTAX);
  assert_refused_sized ("\"\\\0\"", 4, GST_OAI_JSON_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_invalid_utf8)
{
  assert_refused ("\"\xff\"");
  assert_refused ("\"\xc3\"");
  assert_refused ("\"\xed\xa0\x80\"");
  assert_refused ("\"\xc0\x80\"");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_a_trailing_document)
{
  assert_refused ("{} {}");
  assert_refused ("{}x");
  assert_refused ("1 2");
  assert_refused ("[],");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_comments_and_single_quotes)
{
  assert_refused ("/* c */ {}");
  assert_refused ("{} // c");
  assert_refused ("{'a':1}");
  assert_refused ("# c\n{}");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_a_byte_order_mark)
{
  assert_refused ("\xef\xbb\xbf{}");
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_broken_structure)
{
  static const gchar *const texts[] = { "{", "[", "}", "]", "[}", "{]", "[1,]",
    "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{1:2}",
    "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "\"a", "tru", "nul", "True",
    "undefined", "var a = {}" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i]);
}

GST_END_TEST;

GST_START_TEST (test_scan_accepts_nesting_at_the_limit)
{
  g_autofree gchar *arrays = nested (GST_OAI_JSON_MAX_DEPTH, "[", "", "]");
  g_autofree gchar *objects = nested (
      GST_OAI_JSON_MAX_DEPTH, "{\"a\":", "1", "}");

  assert_accepted (arrays);
  assert_accepted (objects);
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_nesting_beyond_the_limit)
{
  g_autofree gchar *arrays = nested (GST_OAI_JSON_MAX_DEPTH + 1, "[", "", "]");
  g_autofree gchar *objects = nested (
      GST_OAI_JSON_MAX_DEPTH + 1, "{\"a\":", "1", "}");

  assert_refused_sized (arrays, strlen (arrays), GST_OAI_JSON_ERROR_TOO_DEEP);
  assert_refused_sized (objects, strlen (objects), GST_OAI_JSON_ERROR_TOO_DEEP);
}

GST_END_TEST;

GST_START_TEST (test_100_kB_of_open_brackets_are_refused)
{
  g_autofree gchar *text = g_strnfill (100 * 1024, '[');
  g_autoptr (GError) error = NULL;

  fail_unless (gst_oai_json_parse_object (
                   text, strlen (text), GST_OAI_JSON_MAX_SIZE, &error)
      == NULL);
  fail_unless (
      g_error_matches (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_TOO_DEEP));
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_more_bytes_than_max_size)
{
  g_autoptr (GError) error = NULL;

  fail_unless (gst_oai_json_scan ("[1]", 3, 3, NULL));
  fail_if (gst_oai_json_scan ("[12]", 4, 3, &error));
  fail_unless (g_error_matches (
      error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_TOO_LARGE));
}

GST_END_TEST;

GST_START_TEST (test_scan_refuses_too_many_values)
{
  GString *text = g_string_new ("[1");
  guint i;

  for (i = 2; i < GST_OAI_JSON_MAX_VALUES; i++)
    g_string_append (text, ",1");
  g_string_append_c (text, ']');
  assert_accepted (text->str);

  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",1]");
  assert_refused_sized (text->str, text->len, GST_OAI_JSON_ERROR_TOO_LARGE);
  g_string_free (text, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_scan_does_not_read_past_size)
{
  assert_refused_sized ("{\"a\":true}", 8, GST_OAI_JSON_ERROR_SYNTAX);
  assert_refused_sized ("\"\\ud83d\\ude00\"", 11, GST_OAI_JSON_ERROR_SYNTAX);
  fail_unless (gst_oai_json_scan ("{}garbage", 2, 100, NULL));
}

GST_END_TEST;

GST_START_TEST (test_parse_refuses_a_root_that_is_no_object)
{
  static const gchar *const texts[] = { "[]", "1", "\"a\"", "null", "true" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (
        gst_oai_json_parse_object (texts[i], strlen (texts[i]), 100, &error)
        == NULL);
    fail_unless (g_error_matches (
        error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_NOT_OBJECT));
  }
}

GST_END_TEST;

GST_START_TEST (test_parse_keeps_the_last_of_duplicate_members)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":1,\"a\":2}");

  fail_unless_equals_int64 (gst_oai_json_get_int (object, "a", 0), 2);
}

GST_END_TEST;

GST_START_TEST (test_parse_decodes_a_surrogate_pair)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":\"\\ud83d\\ude00\"}");

  fail_unless_equals_string (
      gst_oai_json_get_string (object, "a", NULL), "\xf0\x9f\x98\x80");
}

GST_END_TEST;

GST_START_TEST (test_parse_replaces_half_a_surrogate_pair)
{
  g_autoptr (JsonObject) object = parse (
      "{\"a\":\"x\\ud83dy\",\"b\":\"\\ude00\",\"c\":\"\\ud83d\\n\"}");

  fail_unless_equals_string (
      gst_oai_json_get_string (object, "a", NULL), "x\xef\xbf\xbdy");
  fail_unless_equals_string (
      gst_oai_json_get_string (object, "b", NULL), "\xef\xbf\xbd");
  fail_unless_equals_string (
      gst_oai_json_get_string (object, "c", NULL), "\xef\xbf\xbd\n");
}

GST_END_TEST;

GST_START_TEST (test_parse_replaces_an_escaped_nul)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":\"x\\u0000y\"}");

  fail_unless_equals_string (
      gst_oai_json_get_string (object, "a", NULL), "x\xef\xbf\xbdy");
}

GST_END_TEST;

GST_START_TEST (test_parse_survives_numbers_out_of_range)
{
  g_autoptr (JsonObject)
      object = parse ("{\"a\":99999999999999999999999,\"b\":1,\"c\":-1e40}");

  fail_unless_equals_int64 (gst_oai_json_get_int (object, "b", 0), 1);
  fail_unless_equals_int64 (gst_oai_json_get_int (object, "c", 7), 7);
}

GST_END_TEST;

GST_START_TEST (test_get_walks_the_path)
{
  g_autoptr (JsonObject)
      object = parse ("{\"a\":{\"b\":{\"c\":\"x\"},\"n\":[1]}}");

  fail_unless_equals_string (
      gst_oai_json_get_string (object, "a.b.c", NULL), "x");
  fail_unless (gst_oai_json_get_object (object, "a.b") != NULL);
  fail_unless (gst_oai_json_get_array (object, "a.n") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_get_falls_back_when_a_member_is_missing)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":{}}");

  fail_unless_equals_string (
      gst_oai_json_get_string (object, "a.b.c", "f"), "f");
  fail_unless_equals_int64 (gst_oai_json_get_int (object, "x", 3), 3);
  fail_unless (gst_oai_json_get_double (object, "x", 0.5) == 0.5);
  fail_unless (gst_oai_json_get_boolean (object, "x", TRUE));
  fail_unless (gst_oai_json_get_object (object, "a.b") == NULL);
  fail_unless (gst_oai_json_get_array (object, "a.b") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_get_falls_back_when_the_type_is_another)
{
  static const gchar *const texts[] = { "{\"a\":null}", "{\"a\":[]}",
    "{\"a\":{}}", "{\"a\":[{\"b\":1}]}" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (JsonObject) object = parse (texts[i]);

    fail_unless_equals_string (gst_oai_json_get_string (object, "a", "f"), "f");
    fail_unless_equals_int64 (gst_oai_json_get_int (object, "a", 3), 3);
    fail_unless (gst_oai_json_get_double (object, "a", 0.5) == 0.5);
    fail_unless (gst_oai_json_get_boolean (object, "a", TRUE));
    fail_unless_equals_string (
        gst_oai_json_get_string (object, "a.b", "f"), "f");
  }
}

GST_END_TEST;

GST_START_TEST (test_get_does_not_convert_strings)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":\"1\",\"b\":1}");

  fail_unless_equals_int64 (gst_oai_json_get_int (object, "a", 3), 3);
  fail_unless (!gst_oai_json_get_boolean (object, "b", FALSE));
  fail_unless_equals_string (gst_oai_json_get_string (object, "b", "f"), "f");
}

GST_END_TEST;

GST_START_TEST (test_get_reads_integers_and_doubles_as_each_other)
{
  g_autoptr (JsonObject)
      object = parse ("{\"a\":1500.0,\"b\":2,\"c\":1.5,\"d\":1e300}");

  fail_unless_equals_int64 (gst_oai_json_get_int (object, "a", 0), 1500);
  fail_unless (gst_oai_json_get_double (object, "b", 0) == 2.0);
  fail_unless_equals_int64 (gst_oai_json_get_int (object, "c", 9), 9);
  fail_unless_equals_int64 (gst_oai_json_get_int (object, "d", 9), 9);
}

GST_END_TEST;

GST_START_TEST (test_get_of_no_object_falls_back)
{
  fail_unless_equals_string (gst_oai_json_get_string (NULL, "a", "f"), "f");
}

GST_END_TEST;

static void
assert_text (JsonObject *object, const gchar *expected)
{
  g_autofree gchar *text = gst_oai_json_to_string (object);

  fail_unless_equals_string (text, expected);
}

GST_START_TEST (test_set_makes_the_objects_on_the_way)
{
  g_autoptr (JsonObject) object = json_object_new ();

  gst_oai_json_set (
      object, "a.b.c", json_node_init_int (json_node_alloc (), 1));
  gst_oai_json_set (
      object, "a.d", json_node_init_boolean (json_node_alloc (), TRUE));
  assert_text (object, "{\"a\":{\"b\":{\"c\":1},\"d\":true}}");
}

GST_END_TEST;

GST_START_TEST (test_set_replaces_what_is_no_object)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":1,\"b\":2}");

  gst_oai_json_set (
      object, "a.c", json_node_init_string (json_node_alloc (), "x"));
  gst_oai_json_set (object, "b", json_node_init_null (json_node_alloc ()));
  assert_text (object, "{\"a\":{\"c\":\"x\"},\"b\":null}");
}

GST_END_TEST;

GST_START_TEST (test_merge_is_deep_and_replaces_the_rest)
{
  g_autoptr (JsonObject)
      object = parse ("{\"a\":{\"x\":1,\"y\":[1,2]},\"b\":2,\"c\":3}");
  g_autoptr (JsonObject)
      patch = parse ("{\"a\":{\"y\":[3],\"z\":{\"k\":true}},\"b\":{\"n\":1},"
                     "\"c\":null}");

  gst_oai_json_merge (object, patch);
  assert_text (object,
      "{\"a\":{\"x\":1,\"y\":[3],\"z\":{\"k\":true}},\"b\":{\"n\":1},"
      "\"c\":null}");
}

GST_END_TEST;

GST_START_TEST (test_merge_leaves_the_patch_alone)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonObject) patch = parse ("{\"a\":{\"b\":1}}");

  gst_oai_json_merge (object, patch);
  gst_oai_json_set (object, "a.b", json_node_init_int (json_node_alloc (), 2));
  assert_text (patch, "{\"a\":{\"b\":1}}");
}

GST_END_TEST;

GST_START_TEST (test_merge_with_itself_changes_nothing)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":{\"b\":1}}");

  gst_oai_json_merge (object, object);
  assert_text (object, "{\"a\":{\"b\":1}}");
}

GST_END_TEST;

GST_START_TEST (test_text_of_parsed_text_is_the_same)
{
  static const gchar text[] =
      "{\"s\":\"a\\\"b\\\\c\\n\\t\\r\\u0001\xc3\xa9\",\"n\":[1,-2,0.5,null,"
      "true,false,[],{}],\"o\":{\"p\":{}}}";
  g_autoptr (JsonObject) object = parse (text);

  assert_text (object, text);
}

GST_END_TEST;

GST_START_TEST (test_text_of_doubles_is_the_shortest)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_double_member (object, "a", 0.8);
  json_object_set_double_member (object, "b", 1.1);
  json_object_set_double_member (object, "c", 1.0 / 3.0);
  json_object_set_double_member (object, "d", 1.0);
  assert_text (object,
      "{\"a\":0.8,\"b\":1.1,\"c\":0.3333333333333333,"
      "\"d\":1}");
}

GST_END_TEST;

GST_START_TEST (test_text_has_null_for_what_is_not_finite)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_double_member (object, "a", NAN);
  json_object_set_double_member (object, "b", INFINITY);
  assert_text (object, "{\"a\":null,\"b\":null}");
}

GST_END_TEST;

GST_START_TEST (test_text_is_valid_utf8_whatever_was_set)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "a", "x\xff\x02");
  assert_text (object, "{\"a\":\"x\xef\xbf\xbd\\u0002\"}");
}

GST_END_TEST;

static Suite *
json_suite (void)
{
  Suite *suite = suite_create ("json");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_scan_accepts_every_kind_of_value);
  tcase_add_test (tc, test_scan_accepts_the_numbers_of_the_grammar);
  tcase_add_test (tc, test_scan_refuses_other_numbers);
  tcase_add_test (tc, test_scan_accepts_the_escapes_of_the_grammar);
  tcase_add_test (tc, test_scan_refuses_other_escapes);
  tcase_add_test (tc, test_scan_accepts_a_surrogate_pair);
  tcase_add_test (tc, test_scan_refuses_half_a_surrogate_pair);
  tcase_add_test (tc, test_scan_refuses_control_characters_in_strings);
  tcase_add_test (tc, test_scan_refuses_empty_input);
  tcase_add_test (tc, test_scan_refuses_nul_bytes);
  tcase_add_test (tc, test_scan_refuses_invalid_utf8);
  tcase_add_test (tc, test_scan_refuses_a_trailing_document);
  tcase_add_test (tc, test_scan_refuses_comments_and_single_quotes);
  tcase_add_test (tc, test_scan_refuses_a_byte_order_mark);
  tcase_add_test (tc, test_scan_refuses_broken_structure);
  tcase_add_test (tc, test_scan_accepts_nesting_at_the_limit);
  tcase_add_test (tc, test_scan_refuses_nesting_beyond_the_limit);
  tcase_add_test (tc, test_100_kB_of_open_brackets_are_refused);
  tcase_add_test (tc, test_scan_refuses_more_bytes_than_max_size);
  tcase_add_test (tc, test_scan_refuses_too_many_values);
  tcase_add_test (tc, test_scan_does_not_read_past_size);
  tcase_add_test (tc, test_parse_refuses_a_root_that_is_no_object);
  tcase_add_test (tc, test_parse_keeps_the_last_of_duplicate_members);
  tcase_add_test (tc, test_parse_decodes_a_surrogate_pair);
  tcase_add_test (tc, test_parse_replaces_half_a_surrogate_pair);
  tcase_add_test (tc, test_parse_replaces_an_escaped_nul);
  tcase_add_test (tc, test_parse_survives_numbers_out_of_range);
  tcase_add_test (tc, test_get_walks_the_path);
  tcase_add_test (tc, test_get_falls_back_when_a_member_is_missing);
  tcase_add_test (tc, test_get_falls_back_when_the_type_is_another);
  tcase_add_test (tc, test_get_does_not_convert_strings);
  tcase_add_test (tc, test_get_reads_integers_and_doubles_as_each_other);
  tcase_add_test (tc, test_get_of_no_object_falls_back);
  tcase_add_test (tc, test_set_makes_the_objects_on_the_way);
  tcase_add_test (tc, test_set_replaces_what_is_no_object);
  tcase_add_test (tc, test_merge_is_deep_and_replaces_the_rest);
  tcase_add_test (tc, test_merge_leaves_the_patch_alone);
  tcase_add_test (tc, test_merge_with_itself_changes_nothing);
  tcase_add_test (tc, test_text_of_parsed_text_is_the_same);
  tcase_add_test (tc, test_text_of_doubles_is_the_shortest);
  tcase_add_test (tc, test_text_has_null_for_what_is_not_finite);
  tcase_add_test (tc, test_text_is_valid_utf8_whatever_was_set);

  return suite;
}

GST_CHECK_MAIN (json);
