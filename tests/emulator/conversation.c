/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "conversation.h"
#include "image.h"

#include "protocol/gstoaijson.h"

#include <string.h>

#define MAX_ITEMS 10000

gboolean
emu_item_is_mcp (JsonObject *json)
{
  return g_str_has_prefix (gst_oai_json_get_string (json, "type", ""), "mcp_");
}

EmuItem *
emu_item_new (JsonObject *json)
{
  EmuItem *item = g_new0 (EmuItem, 1);

  g_atomic_ref_count_init (&item->ref_count);
  item->json = json;
  if (gst_oai_json_get_string (json, "id", NULL) == NULL) {
    g_autofree gchar *id = emu_make_id ("item_");

    json_object_set_string_member (json, "id", id);
  }
  /* Items of MCP servers have neither in the published specification. */
  if (!emu_item_is_mcp (json)) {
    json_object_set_string_member (json, "object", "realtime.item");
    if (!json_object_has_member (json, "status"))
      json_object_set_string_member (json, "status", "completed");
  }
  item->id = gst_oai_json_get_string (json, "id", NULL);
  item->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  return item;
}

/* Takes the audio of a part out of its JSON. */
static gboolean
take_audio (
    EmuItem *item, JsonObject *part, const gchar *param, EmuProblem **problem)
{
  const gchar *base64 = gst_oai_json_get_string (part, "audio", NULL);
  gsize size = 0;
  guchar *pcm;

  if (base64 == NULL)
    return TRUE;
  pcm = g_base64_decode (base64, &size);
  if (size < 2) {
    g_free (pcm);
    emu_problem_set (problem, "invalid_value", param,
        "Invalid '%s'. Expected base64-encoded audio.", param);
    return FALSE;
  }
  g_clear_pointer (&item->audio, g_bytes_unref);
  item->audio = g_bytes_new_take (pcm, size & ~(gsize) 1);
  item->audio_ms = EMU_MS (size / 2);
  json_object_remove_member (part, "audio");
  return TRUE;
}

EmuItem *
emu_item_from_client (
    JsonObject *json, const gchar *prefix, EmuProblem **problem)
{
  g_autoptr (EmuItem) item = emu_item_new (emu_json_copy (json));
  JsonArray *content = gst_oai_json_get_array (item->json, "content");
  guint i;

  for (i = 0; content != NULL && i < json_array_get_length (content); i++) {
    JsonObject *part = json_array_get_object_element (content, i);
    const gchar *url = gst_oai_json_get_string (part, "image_url", NULL);
    g_autofree gchar *audio_param = g_strdup_printf (
        "%s.content[%u].audio", prefix, i);
    g_autofree gchar *url_param = g_strdup_printf (
        "%s.content[%u].image_url", prefix, i);

    if (!take_audio (item, part, audio_param, problem))
      return NULL;
    if (url != NULL
        && !emu_image_check (url,
            gst_oai_json_get_string (part, "detail", "auto"), url_param,
            &item->image_tokens, problem))
      return NULL;
  }
  return g_steal_pointer (&item);
}

EmuItem *
emu_item_ref (EmuItem *item)
{
  g_atomic_ref_count_inc (&item->ref_count);
  return item;
}

void
emu_item_unref (EmuItem *item)
{
  if (!g_atomic_ref_count_dec (&item->ref_count))
    return;
  /* A task that waits holds a reference, so none does. */
  g_ptr_array_unref (item->waiting);
  json_object_unref (item->json);
  g_clear_pointer (&item->audio, g_bytes_unref);
  g_free (item->heard);
  g_free (item);
}

const gchar *
emu_item_type (EmuItem *item)
{
  return gst_oai_json_get_string (item->json, "type", "");
}

const gchar *
emu_item_role (EmuItem *item)
{
  return gst_oai_json_get_string (item->json, "role", "");
}

gchar *
emu_item_text (EmuItem *item)
{
  JsonArray *content = gst_oai_json_get_array (item->json, "content");
  GString *text = g_string_new (
      gst_oai_json_get_string (item->json, "output", NULL));
  guint i;

  for (i = 0; content != NULL && i < json_array_get_length (content); i++) {
    JsonObject *part = json_array_get_object_element (content, i);
    const gchar *words = gst_oai_json_get_string (
        part, "text", gst_oai_json_get_string (part, "transcript", NULL));

    if (words == NULL)
      continue;
    if (text->len > 0)
      g_string_append_c (text, ' ');
    g_string_append (text, words);
  }
  if (text->len == 0)
    g_string_append (
        text, gst_oai_json_get_string (item->json, "error.message", ""));
  if (text->len == 0 && item->heard != NULL)
    g_string_append (text, item->heard);
  return g_string_free (text, FALSE);
}

void
emu_item_when_heard (EmuItem *item, GTask *task)
{
  if (item->listening)
    g_ptr_array_add (item->waiting, g_object_ref (task));
  else
    g_task_return_boolean (task, TRUE);
}

void
emu_item_set_heard (EmuItem *item, const gchar *text)
{
  GPtrArray *waiting = item->waiting;
  guint i;

  g_free (item->heard);
  item->heard = g_strdup (text);
  item->listening = FALSE;
  item->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (i = 0; i < waiting->len; i++)
    g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
  g_ptr_array_unref (waiting);
}

EmuConversation *
emu_conversation_new (void)
{
  EmuConversation *conversation = g_new0 (EmuConversation, 1);

  conversation->items = g_ptr_array_new_with_free_func (
      (GDestroyNotify) emu_item_unref);
  return conversation;
}

void
emu_conversation_free (EmuConversation *conversation)
{
  g_ptr_array_unref (conversation->items);
  g_free (conversation);
}

static gboolean
find_index (EmuConversation *conversation, const gchar *id, guint *index)
{
  guint i;

  for (i = 0; i < conversation->items->len; i++) {
    EmuItem *item = g_ptr_array_index (conversation->items, i);

    if (strcmp (item->id, id) == 0) {
      *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

EmuItem *
emu_conversation_find (EmuConversation *conversation, const gchar *id)
{
  guint index;

  return find_index (conversation, id, &index)
      ? g_ptr_array_index (conversation->items, index)
      : NULL;
}

gboolean
emu_conversation_insert (EmuConversation *conversation, EmuItem *item,
    const gchar *previous_id, EmuProblem **problem)
{
  guint index = conversation->items->len;

  if (emu_conversation_find (conversation, item->id) != NULL) {
    emu_problem_set (problem, "item_already_exists", "item.id",
        "Error adding item: an item with ID '%s' already exists.", item->id);
    return FALSE;
  }
  if (index >= MAX_ITEMS) {
    emu_problem_set (problem, "conversation_full", NULL,
        "The conversation has too many items.");
    return FALSE;
  }
  if (previous_id != NULL && strcmp (previous_id, "root") == 0) {
    index = 0;
  } else if (previous_id != NULL) {
    if (!find_index (conversation, previous_id, &index)) {
      emu_problem_set (problem, "item_not_found", "previous_item_id",
          "Error adding item: the previous item with ID '%s' does not "
          "exist.",
          previous_id);
      return FALSE;
    }
    index++;
  }
  g_ptr_array_insert (conversation->items, index, emu_item_ref (item));
  return TRUE;
}

gboolean
emu_conversation_remove (EmuConversation *conversation, const gchar *id)
{
  guint index;

  if (!find_index (conversation, id, &index))
    return FALSE;
  g_ptr_array_remove_index (conversation->items, index);
  return TRUE;
}

const gchar *
emu_conversation_previous (EmuConversation *conversation, const gchar *id)
{
  guint index = conversation->items->len;

  if (id != NULL && !find_index (conversation, id, &index))
    return NULL;
  if (index == 0)
    return NULL;
  return ((EmuItem *) g_ptr_array_index (conversation->items, index - 1))->id;
}
