/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session-private.h"

#include "protocol/gstoaijson.h"

#include <string.h>

#define MAX_METADATA 16
#define MAX_METADATA_KEY 64

/* The item that "item_id" names. */
static EmuItem *
require_item (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  const gchar *id = gst_oai_json_get_string (event, "item_id", "");
  EmuItem *item = emu_conversation_find (session->conversation, id);

  if (item == NULL)
    emu_problem_set (problem, "item_not_found", "item_id",
        "Error: the item with id '%s' does not exist.", id);
  return item;
}

static void
do_session_update (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *update = gst_oai_json_get_object (event, "session");
  gdouble speed = gst_oai_json_get_double (
      session->settings, "audio.output.speed", 1.0);

  if (session->active != NULL
      && gst_oai_json_get_double (update, "audio.output.speed", speed)
          != speed) {
    emu_problem_set (problem, "invalid_value", "session.audio.output.speed",
        "Cannot update the speed while a response is in progress.");
    return;
  }
  if (!emu_settings_update (
          session->settings, update, FALSE, session->has_audio, problem))
    return;
  emu_session_configure_turn (session);
  emu_session_send_settings (session, "session.updated");
  emu_session_list_mcp_tools (session);
}

static void
do_append (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  emu_problem_set (problem, "invalid_event_for_transport", "type",
      "input_audio_buffer.append is not for WebRTC: the audio comes by RTP.");
}

static void
do_commit (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  emu_session_commit_input (session, problem);
}

static void
do_clear (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  emu_session_clear_input (session);
}

static void
do_output_clear (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  emu_session_stop_output (session, "client_cancelled");
}

/* Up to 16 pairs with names that are not too long. */
static gboolean
check_metadata (JsonObject *metadata, EmuProblem **problem)
{
  JsonObjectIter iter;
  const gchar *name;

  if (json_object_get_size (metadata) > MAX_METADATA) {
    emu_problem_set (problem, "object_above_max_properties",
        "response.metadata", "Invalid 'response.metadata': at most 16 pairs.");
    return FALSE;
  }
  json_object_iter_init_ordered (&iter, metadata);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    if (g_utf8_strlen (name, -1) > MAX_METADATA_KEY) {
      g_autofree gchar *param = g_strconcat ("response.metadata.", name, NULL);

      emu_problem_set (problem, "string_above_max_length", param,
          "Invalid '%s': keys have at most 64 characters.", param);
      return FALSE;
    }
  }
  return TRUE;
}

static void
do_response_create (
    EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *overrides = gst_oai_json_get_object (event, "response");
  JsonObject *metadata, *output;

  if (overrides != NULL) {
    metadata = gst_oai_json_get_object (overrides, "metadata");
    if (metadata != NULL && !check_metadata (metadata, problem))
      return;
    if (!emu_settings_check_tools (overrides, "response", problem))
      return;
    output = gst_oai_json_get_object (overrides, "audio.output");
    if (session->has_audio && output != NULL
        && json_object_has_member (output, "voice")
        && !json_node_equal (json_object_get_member (output, "voice"),
            json_object_get_member (
                gst_oai_json_get_object (session->settings, "audio.output"),
                "voice"))) {
      emu_problem_set (problem, "cannot_update_voice",
          "response.audio.output.voice",
          "Cannot update a conversation's voice if assistant audio is "
          "present.");
      return;
    }
  }
  emu_session_respond (session, overrides, problem);
}

static void
do_response_cancel (
    EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  const gchar *id = gst_oai_json_get_string (event, "response_id", NULL);
  EmuResponse *response = id == NULL ? session->active : NULL;
  guint i;

  if (id != NULL && session->active != NULL
      && strcmp (emu_response_id (session->active), id) == 0)
    response = session->active;
  for (i = 0; id != NULL && i < session->aside->len; i++) {
    EmuResponse *other = g_ptr_array_index (session->aside, i);

    if (strcmp (emu_response_id (other), id) == 0)
      response = other;
  }
  if (response == NULL) {
    emu_problem_set (problem, "response_cancel_not_active", NULL,
        "Cancellation failed: no active response found");
    return;
  }
  emu_response_cancel (response, "client_cancelled");
}

/* The item of @type with this @member, or NULL. */
static EmuItem *
find_item (EmuSession *session, const gchar *type, const gchar *member,
    const gchar *value)
{
  GPtrArray *items = session->conversation->items;
  guint i;

  for (i = 0; i < items->len; i++) {
    EmuItem *item = g_ptr_array_index (items, i);

    if (strcmp (emu_item_type (item), type) == 0
        && strcmp (gst_oai_json_get_string (item->json, member, ""), value)
            == 0)
      return item;
  }
  return NULL;
}

/* Results and approvals must be of something. */
static gboolean
check_reference (EmuSession *session, JsonObject *json, EmuProblem **problem)
{
  const gchar *type = gst_oai_json_get_string (json, "type", "");
  const gchar *id;

  if (strcmp (type, "function_call_output") == 0) {
    id = gst_oai_json_get_string (json, "call_id", "");
    if (find_item (session, "function_call", "call_id", id) == NULL) {
      emu_problem_set (problem, "invalid_tool_call_id", "item.call_id",
          "Tool call ID '%s' not found in conversation.", id);
      return FALSE;
    }
  } else if (strcmp (type, "mcp_approval_response") == 0) {
    id = gst_oai_json_get_string (json, "approval_request_id", "");
    if (find_item (session, "mcp_approval_request", "id", id) == NULL) {
      emu_problem_set (problem, "invalid_value", "item.approval_request_id",
          "Approval request ID '%s' not found in conversation.", id);
      return FALSE;
    }
    if (find_item (session, type, "approval_request_id", id) != NULL) {
      emu_problem_set (problem, "invalid_value", "item.approval_request_id",
          "Approval request '%s' was answered already.", id);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
find_assistant_audio (JsonObject *json)
{
  JsonArray *content = gst_oai_json_get_array (json, "content");
  guint i;

  if (strcmp (gst_oai_json_get_string (json, "role", ""), "assistant") != 0)
    return FALSE;
  for (i = 0; content != NULL && i < json_array_get_length (content); i++)
    if (strcmp (gst_oai_json_get_string (
                    json_array_get_object_element (content, i), "type", ""),
            "output_audio")
        == 0)
      return TRUE;
  return FALSE;
}

static void
do_item_create (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *json = gst_oai_json_get_object (event, "item");
  g_autoptr (EmuItem) item = NULL;

  if (!check_reference (session, json, problem))
    return;
  if (find_assistant_audio (json)) {
    emu_problem_set (problem, "invalid_value", "item.content[0].type",
        "Invalid value: 'output_audio'. Assistant messages with audio cannot "
        "be created by the client.");
    return;
  }
  item = emu_item_from_client (json, "item", problem);
  if (item == NULL)
    return;
  if (!emu_conversation_insert (session->conversation, item,
          gst_oai_json_get_string (event, "previous_item_id", NULL), problem))
    return;
  emu_session_item_added (session, item);
  emu_session_item_done (session, item);
  /* The call goes on without being asked for. */
  if (strcmp (emu_item_type (item), "mcp_approval_response") == 0
      && gst_oai_json_get_boolean (json, "approve", FALSE))
    emu_session_respond_soon (session);
}

static void
do_item_delete (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  EmuItem *item = require_item (session, event, problem);
  g_autofree gchar *id = NULL;

  if (item == NULL)
    return;
  id = g_strdup (item->id);
  emu_conversation_remove (session->conversation, id);
  emu_session_send_id (session, "conversation.item.deleted", "item_id", id);
}

static void
do_item_retrieve (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  EmuItem *item = require_item (session, event, problem);
  JsonObject *answer, *copy;
  JsonArray *content;

  if (item == NULL)
    return;
  copy = emu_json_copy (item->json);
  content = gst_oai_json_get_array (copy, "content");
  if (item->audio != NULL && content != NULL
      && json_array_get_length (content) > 0) {
    gsize size;
    const guchar *pcm = g_bytes_get_data (item->audio, &size);
    g_autofree gchar *base64 = g_base64_encode (pcm, size);

    json_object_set_string_member (
        json_array_get_object_element (content, 0), "audio", base64);
  }
  answer = emu_event_new ("conversation.item.retrieved");
  json_object_set_object_member (answer, "item", copy);
  if (!emu_session_send (session, answer))
    emu_problem_set (problem, "item_too_large", "item_id",
        "The item is too large for the data channel.");
}

static void
do_item_truncate (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  EmuItem *item = require_item (session, event, problem);
  gint64 end = gst_oai_json_get_int (event, "audio_end_ms", -1);
  gint64 index = gst_oai_json_get_int (event, "content_index", -1);
  JsonObject *answer;

  if (item == NULL)
    return;
  if (strcmp (emu_item_role (item), "assistant") != 0) {
    emu_problem_set (problem, "invalid_value", "item_id",
        "Only model output audio messages can be truncated");
    return;
  }
  if (index != 0) {
    emu_problem_set (problem, "invalid_value", "content_index",
        "Invalid value: content_index must be 0.");
    return;
  }
  if (end < 0 || end > item->audio_ms) {
    emu_problem_set (problem, "invalid_value", "audio_end_ms",
        "Audio content of %" G_GINT64_FORMAT
        "ms is already shorter than %" G_GINT64_FORMAT "ms",
        item->audio_ms, end);
    return;
  }
  emu_session_truncate_item (item, end);
  answer = emu_event_new ("conversation.item.truncated");
  json_object_set_string_member (answer, "item_id", item->id);
  json_object_set_int_member (answer, "content_index", 0);
  json_object_set_int_member (answer, "audio_end_ms", end);
  emu_session_send (session, answer);
}

static const struct {
  const gchar *type;
  void (*func) (EmuSession *session, JsonObject *event, EmuProblem **problem);
} client_events[] = {
  { "session.update", do_session_update },
  { "input_audio_buffer.append", do_append },
  { "input_audio_buffer.commit", do_commit },
  { "input_audio_buffer.clear", do_clear },
  { "output_audio_buffer.clear", do_output_clear },
  { "conversation.item.create", do_item_create },
  { "conversation.item.delete", do_item_delete },
  { "conversation.item.retrieve", do_item_retrieve },
  { "conversation.item.truncate", do_item_truncate },
  { "response.create", do_response_create },
  { "response.cancel", do_response_cancel },
};

void
emu_session_receive (EmuSession *session, const gchar *text)
{
  g_autoptr (EmuProblem) problem = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) event = NULL;
  const gchar *type;
  guint i;

  if (session->closed)
    return;
  event = gst_oai_json_parse_object (
      text, strlen (text), GST_OAI_JSON_MAX_SIZE, &error);
  if (event == NULL) {
    emu_recorder_note (session->recorder, "malformed_event");
    problem = emu_problem_new (400, "invalid_json", NULL,
        "We could not parse the JSON body of your event: %s", error->message);
    emu_session_send_problem (session, problem, NULL);
    return;
  }
  emu_recorder_event (session->recorder, "in", text);
  emu_log (session->options, "<- %.300s", text);

  emu_session_ref (session);
  if (emu_schema_check (session->translation != NULL
              ? &emu_translation_client_event_schema
              : &emu_client_event_schema,
          event, "", &problem)) {
    type = gst_oai_json_get_string (event, "type", "");
    if (session->translation != NULL)
      emu_translation_receive (session->translation, event, &problem);
    else
      for (i = 0; i < G_N_ELEMENTS (client_events); i++)
        if (strcmp (client_events[i].type, type) == 0)
          client_events[i].func (session, event, &problem);
    if (session->script != NULL)
      emu_script_saw (session->script, type);
  }
  if (problem != NULL)
    emu_session_send_problem (
        session, problem, gst_oai_json_get_string (event, "event_id", NULL));
  emu_session_unref (session);
}
