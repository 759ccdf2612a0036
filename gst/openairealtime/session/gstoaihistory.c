/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaihistory.h"

#include "protocol/gstoaijson.h"

#include <string.h>

struct _GstOaiHistory {
  GMutex lock; /* protects everything in this struct */
  GPtrArray *items; /* of JsonObject */
};

GstOaiHistory *
gst_oai_history_new (void)
{
  GstOaiHistory *self = g_new0 (GstOaiHistory, 1);

  g_mutex_init (&self->lock);
  self->items = g_ptr_array_new_with_free_func (
      (GDestroyNotify) json_object_unref);
  return self;
}

void
gst_oai_history_free (GstOaiHistory *self)
{
  g_ptr_array_unref (self->items);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_oai_history_clear (GstOaiHistory *self)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->items, 0);
  g_mutex_unlock (&self->lock);
}

guint
gst_oai_history_get_length (GstOaiHistory *self)
{
  guint length;

  g_mutex_lock (&self->lock);
  length = self->items->len;
  g_mutex_unlock (&self->lock);

  return length;
}

/* -1: not there. The newest are asked for most. */
static gint
find (const GstOaiHistory *self, const gchar *id)
{
  gint i;

  for (i = (gint) self->items->len - 1; id && i >= 0; i--) {
    if (g_strcmp0 (id,
            gst_oai_json_get_string (
                g_ptr_array_index (self->items, i), "id", NULL))
        == 0)
      return i;
  }
  return -1;
}

/* NULL: there is none. */
static JsonObject *
get_content (JsonObject *item, gint64 index)
{
  JsonArray *parts = item ? gst_oai_json_get_array (item, "content") : NULL;
  JsonNode *node;

  if (parts == NULL || index < 0 || index >= json_array_get_length (parts))
    return NULL;
  node = json_array_get_element (parts, (guint) index);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* A copy of an item without what is large and no text. */
static JsonObject *
copy_item (JsonObject *item)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree gchar *text = NULL;
  g_autoptr (JsonNode) copied = NULL;
  JsonObject *copy, *part;
  gint64 i;

  json_node_set_object (node, item);
  text = json_to_string (node, FALSE);
  copied = json_from_string (text, NULL);
  if (copied == NULL || !JSON_NODE_HOLDS_OBJECT (copied))
    return NULL;
  copy = json_node_dup_object (copied);
  for (i = 0; (part = get_content (copy, i)); i++) {
    json_object_remove_member (part, "audio");
    if (g_str_has_prefix (
            gst_oai_json_get_string (part, "image_url", ""), "data:"))
      json_object_remove_member (part, "image_url");
  }
  return copy;
}

/* What the events before have told of its content is not lost. */
static void
keep_transcripts (JsonObject *old, JsonObject *item)
{
  JsonObject *was, *part;
  gint64 i;

  for (i = 0; (part = get_content (item, i)) && (was = get_content (old, i));
       i++) {
    static const gchar *const names[] = { "transcript", "text",
      "audio_end_ms" };
    guint j;

    for (j = 0; j < G_N_ELEMENTS (names); j++) {
      if (json_object_has_member (was, names[j])
          && !gst_oai_json_get_string (part, names[j], NULL))
        json_object_set_member (part, names[j],
            json_node_copy (json_object_get_member (was, names[j])));
    }
  }
}

static void
replace (GstOaiHistory *self, guint at, JsonObject *item)
{
  JsonObject *copy = copy_item (item);

  if (copy == NULL)
    return;
  keep_transcripts (g_ptr_array_index (self->items, at), copy);
  json_object_unref (g_ptr_array_index (self->items, at));
  g_ptr_array_index (self->items, at) = copy;
}

static void
add (GstOaiHistory *self, JsonObject *item, JsonObject *event)
{
  const gchar *previous = gst_oai_json_get_string (
      event, "previous_item_id", NULL);
  gint at = find (self, previous);
  JsonObject *copy = copy_item (item);

  if (copy == NULL)
    return;
  /* Without a name it is the first. One that is not known was forgotten, or is
   * not told of: what comes is new. */
  if (at >= 0)
    at++;
  else if (previous == NULL
      && json_object_has_member (event, "previous_item_id"))
    at = 0;
  g_ptr_array_insert (self->items, at, copy);
  if (self->items->len > GST_OAI_HISTORY_MAX)
    g_ptr_array_remove_index (self->items, 0);
}

static void
set_text (GstOaiHistory *self, JsonObject *event, const gchar *name)
{
  gint at = find (self, gst_oai_json_get_string (event, "item_id", NULL));
  gint64 index = gst_oai_json_get_int (event, "content_index", 0);
  const gchar *text = gst_oai_json_get_string (event, name, NULL);
  JsonArray *parts;
  JsonObject *item, *part;

  if (at < 0 || text == NULL)
    return;
  item = g_ptr_array_index (self->items, at);
  part = get_content (item, index);
  if (part == NULL) {
    /* An item of the model is announced without content. */
    parts = gst_oai_json_get_array (item, "content");
    if (parts == NULL || index != json_array_get_length (parts))
      return;
    part = json_object_new ();
    json_object_set_string_member (part, "type",
        g_str_equal (name, "text") ? "output_text" : "output_audio");
    json_array_add_object_element (parts, part);
  }
  /* The server has forgotten what it had not played. */
  if (!json_object_has_member (part, "audio_end_ms"))
    json_object_set_string_member (part, name, text);
}

static void
cut_off (GstOaiHistory *self, JsonObject *event)
{
  gint at = find (self, gst_oai_json_get_string (event, "item_id", NULL));
  JsonObject *part = NULL;

  if (at >= 0)
    part = get_content (g_ptr_array_index (self->items, at),
        gst_oai_json_get_int (event, "content_index", 0));
  if (part == NULL)
    return;
  json_object_remove_member (part, "transcript");
  json_object_set_int_member (
      part, "audio_end_ms", gst_oai_json_get_int (event, "audio_end_ms", 0));
}

void
gst_oai_history_handle_event (
    GstOaiHistory *self, GstOaiEvent event, JsonObject *object)
{
  JsonObject *item = gst_oai_json_get_object (object, "item");
  gint at;

  g_mutex_lock (&self->lock);
  switch (event) {
    case GST_OAI_EVENT_ITEM_ADDED:
    case GST_OAI_EVENT_ITEM_DONE:
    case GST_OAI_EVENT_ITEM_RETRIEVED:
      if (item == NULL || gst_oai_json_get_string (item, "id", NULL) == NULL)
        break;
      at = find (self, gst_oai_json_get_string (item, "id", NULL));
      if (at >= 0)
        replace (self, (guint) at, item);
      else if (event != GST_OAI_EVENT_ITEM_RETRIEVED)
        add (self, item, object);
      break;
    case GST_OAI_EVENT_ITEM_DELETED:
      at = find (self, gst_oai_json_get_string (object, "item_id", NULL));
      if (at >= 0)
        g_ptr_array_remove_index (self->items, (guint) at);
      break;
    case GST_OAI_EVENT_ITEM_TRUNCATED:
      cut_off (self, object);
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE:
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE:
      set_text (self, object, "transcript");
      break;
    case GST_OAI_EVENT_OUTPUT_TEXT_DONE:
      set_text (self, object, "text");
      break;
    default:
      break;
  }
  g_mutex_unlock (&self->lock);
}

gchar *
gst_oai_history_to_string (GstOaiHistory *self)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  gchar *text;
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->items->len; i++)
    json_array_add_object_element (
        array, json_object_ref (g_ptr_array_index (self->items, i)));
  json_node_take_array (node, array);
  /* It still shares the items. */
  text = json_to_string (node, FALSE);
  g_clear_pointer (&node, json_node_unref);
  g_mutex_unlock (&self->lock);

  return text;
}
