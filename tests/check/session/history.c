/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "protocol/gstoaijson.h"
#include "session/gstoaihistory.h"

/* @json has ' for ". */
static void
event (GstOaiHistory *history, const gchar *json)
{
  g_autofree gchar *text = g_strdelimit (g_strdup (json), "'", '"');
  JsonObject *object = gst_oai_json_parse_object (
      text, strlen (text), GST_OAI_JSON_MAX_SIZE, NULL);

  fail_unless (object != NULL, "%s", json);
  gst_oai_history_handle_event (history,
      gst_oai_dialect_event (gst_oai_json_get_string (object, "type", "")),
      object);
  json_object_unref (object);
}

static void
item_added (GstOaiHistory *history, const gchar *id, const gchar *previous)
{
  g_autofree gchar *json = g_strdup_printf (
      "{'type':'conversation.item.added','previous_item_id':%s,"
      "'item':{'id':'%s','content':[{'type':'input_audio'}]}}",
      previous, id);

  event (history, json);
}

static void
expect (GstOaiHistory *history, const gchar *json)
{
  g_autofree gchar *expected = g_strdelimit (g_strdup (json), "'", '"');
  g_autofree gchar *text = gst_oai_history_to_string (history);

  fail_unless_equals_string (text, expected);
}

#define PART "'content':[{'type':'input_audio'}]"

GST_START_TEST (test_items_stand_where_the_server_has_them)
{
  GstOaiHistory *history = gst_oai_history_new ();

  expect (history, "[]");
  item_added (history, "b", "null");
  item_added (history, "d", "'b'");
  item_added (history, "c", "'b'");
  item_added (history, "a", "null");
  item_added (history, "e", "'forgotten'");
  /* Told of twice: 'created' by older servers, 'added' by others. */
  item_added (history, "c", "'a'");
  expect (history,
      "[{'id':'a'," PART "},{'id':'b'," PART "},{'id':'c'," PART
      "},{'id':'d'," PART "},{'id':'e'," PART "}]");
  event (history, "{'type':'conversation.item.deleted','item_id':'b'}");
  event (history, "{'type':'conversation.item.deleted','item_id':'b'}");
  assert_equals_int (gst_oai_history_get_length (history), 4);
  gst_oai_history_clear (history);
  expect (history, "[]");
  gst_oai_history_free (history);
}
GST_END_TEST;

GST_START_TEST (test_words_come_later)
{
  GstOaiHistory *history = gst_oai_history_new ();

  item_added (history, "a", "null");
  event (history,
      "{'type':'conversation.item.added','previous_item_id':'a','item':"
      "{'id':'b','role':'assistant','status':'in_progress','content':[]}}");
  event (history,
      "{'type':'response.output_audio_transcript.done','item_id':'b',"
      "'content_index':0,'transcript':'Hello.'}");
  event (history,
      "{'type':'conversation.item.input_audio_transcription.completed',"
      "'item_id':'a','content_index':0,'transcript':'hi'}");
  expect (history,
      "[{'id':'a','content':[{'type':'input_audio','transcript':'hi'}]},"
      "{'id':'b','role':'assistant','status':'in_progress','content':["
      "{'type':'output_audio','transcript':'Hello.'}]}]");
  /* Complete now; the server says no more of the words. */
  event (history,
      "{'type':'conversation.item.done','item':{'id':'b','status':'completed',"
      "'content':[{'type':'output_audio','transcript':null}]}}");
  expect (history,
      "[{'id':'a','content':[{'type':'input_audio','transcript':'hi'}]},"
      "{'id':'b','status':'completed','content':["
      "{'type':'output_audio','transcript':'Hello.'}]}]");
  gst_oai_history_free (history);
}
GST_END_TEST;

/* Also when the words come after the event that took them away. */
GST_START_TEST (test_what_was_cut_off_is_gone)
{
  GstOaiHistory *history = gst_oai_history_new ();

  event (history,
      "{'type':'conversation.item.done','previous_item_id':null,'item':"
      "{'id':'b','content':[{'type':'output_audio','transcript':'A long "
      "story.'}]}}");
  event (history,
      "{'type':'conversation.item.truncated','item_id':'b','content_index':0,"
      "'audio_end_ms':700}");
  expect (history,
      "[{'id':'b','content':[{'type':'output_audio','audio_end_ms':700}]}]");
  event (history,
      "{'type':'response.output_audio_transcript.done','item_id':'b',"
      "'content_index':0,'transcript':'A long story.'}");
  expect (history,
      "[{'id':'b','content':[{'type':'output_audio','audio_end_ms':700}]}]");
  gst_oai_history_free (history);
}
GST_END_TEST;

GST_START_TEST (test_sound_and_pictures_are_left_out)
{
  GstOaiHistory *history = gst_oai_history_new ();

  event (history,
      "{'type':'conversation.item.added','item':{'id':'a','content':["
      "{'type':'input_image','image_url':'data:image/png;base64,AAAA'},"
      "{'type':'input_image','image_url':'https://host/a.png'},"
      "{'type':'input_audio','audio':'AAAA'}]}}");
  expect (history,
      "[{'id':'a','content':[{'type':'input_image'},"
      "{'type':'input_image','image_url':'https://host/a.png'},"
      "{'type':'input_audio'}]}]");
  gst_oai_history_free (history);
}
GST_END_TEST;

/* Nothing of this may be stumbled over. */
GST_START_TEST (test_nonsense_is_ignored)
{
  static const gchar *const nonsense[] = {
    "{'type':'conversation.item.added'}",
    "{'type':'conversation.item.added','item':[]}",
    "{'type':'conversation.item.added','item':{}}",
    "{'type':'conversation.item.added','item':{'id':7}}",
    "{'type':'conversation.item.deleted'}",
    "{'type':'conversation.item.truncated','item_id':'a','content_index':-1}",
    "{'type':'conversation.item.truncated','item_id':'a','content_index':9}",
    "{'type':'conversation.item.retrieved','item':{'id':'unknown'}}",
    "{'type':'response.output_text.done','item_id':'a','content_index':5,"
    "'text':'x'}",
    "{'type':'response.output_text.done','item_id':'x','text':'x'}",
    "{'type':'response.output_text.done','item_id':'a'}",
  };
  GstOaiHistory *history = gst_oai_history_new ();
  guint i;

  item_added (history, "a", "null");
  for (i = 0; i < G_N_ELEMENTS (nonsense); i++)
    event (history, nonsense[i]);
  expect (history, "[{'id':'a'," PART "}]");
  event (history,
      "{'type':'conversation.item.added','item':{'id':'b','content':[7]}}");
  event (history,
      "{'type':'response.output_text.done','item_id':'b','content_index':0,"
      "'text':'x'}");
  expect (history, "[{'id':'a'," PART "},{'id':'b','content':[7]}]");
  gst_oai_history_free (history);
}
GST_END_TEST;

GST_START_TEST (test_it_does_not_grow_for_ever)
{
  GstOaiHistory *history = gst_oai_history_new ();
  g_autofree gchar *text = NULL;
  guint i;

  for (i = 0; i < GST_OAI_HISTORY_MAX + 10; i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{'type':'conversation.item.added','item':{'id':'item_%u'}}", i);

    event (history, json);
  }
  assert_equals_int (gst_oai_history_get_length (history), GST_OAI_HISTORY_MAX);
  text = gst_oai_history_to_string (history);
  fail_unless (g_str_has_prefix (text, "[{\"id\":\"item_10\"}"));
  gst_oai_history_free (history);
}
GST_END_TEST;

static Suite *
history_suite (void)
{
  Suite *s = suite_create ("history");
  TCase *tc = tcase_create ("history");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_items_stand_where_the_server_has_them);
  tcase_add_test (tc, test_words_come_later);
  tcase_add_test (tc, test_what_was_cut_off_is_gone);
  tcase_add_test (tc, test_sound_and_pictures_are_left_out);
  tcase_add_test (tc, test_nonsense_is_ignored);
  tcase_add_test (tc, test_it_does_not_grow_for_ever);
  return s;
}

GST_CHECK_MAIN (history)
