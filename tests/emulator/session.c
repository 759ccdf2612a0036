/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mcp.h"
#include "session-private.h"

#include "protocol/gstoaijson.h"

#include <string.h>

#define MAX_ASIDE 16
/* What a server of tools takes to answer. */
#define MCP_MS 20

EmuSession *
emu_session_ref (EmuSession *session)
{
  return g_rc_box_acquire (session);
}

static void
session_clear (gpointer data)
{
  EmuSession *session = data;

  json_object_unref (session->settings);
  emu_conversation_free (session->conversation);
  g_free (session->conversation_id);
  emu_input_free (session->input);
  emu_turn_free (session->turn);
  g_free (session->turn_item_id);
  emu_output_free (session->output);
  g_ptr_array_unref (session->aside);
  g_hash_table_unref (session->mcp_listed);
  emu_translation_free (session->translation);
}

void
emu_session_unref (EmuSession *session)
{
  g_rc_box_release_full (session, session_clear);
}

/* --- sending --- */

JsonObject *
emu_event_new (const gchar *type)
{
  JsonObject *event = json_object_new ();
  g_autofree gchar *id = emu_make_id ("event_");

  json_object_set_string_member (event, "type", type);
  json_object_set_string_member (event, "event_id", id);
  return event;
}

static void
saw (EmuSession *session, const gchar *type)
{
  if (session->script != NULL)
    emu_script_saw (session->script, type);
}

gboolean
emu_session_send (EmuSession *session, JsonObject *event)
{
  g_autofree gchar *text = NULL;
  gboolean sent = FALSE;

  if (session->open && !session->closed
      && emu_options_fault (session->options, "silent") == NULL) {
    if (!session->options->nulls)
      emu_schema_prune (session->translation != NULL
              ? &emu_translation_server_event_schema
              : &emu_server_event_schema,
          event);
    text = gst_oai_json_to_string (event);
    emu_recorder_event (session->recorder, "out", text);
    emu_log (session->options, "-> %.300s", text);
    sent = session->send (text, session->user_data);
    saw (session, gst_oai_json_get_string (event, "type", ""));
  }
  json_object_unref (event);
  return sent;
}

static void
send_item (EmuSession *session, const gchar *type, EmuItem *item)
{
  JsonObject *event = emu_event_new (type);

  emu_json_set_string_or_null (event, "previous_item_id",
      emu_conversation_previous (session->conversation, item->id));
  json_object_set_object_member (event, "item", emu_json_copy (item->json));
  emu_session_send (session, event);
}

void
emu_session_item_added (EmuSession *session, EmuItem *item)
{
  if (session->options->items_created)
    send_item (session, "conversation.item.created", item);
  if (session->options->items_added)
    send_item (session, "conversation.item.added", item);
}

void
emu_session_item_done (EmuSession *session, EmuItem *item)
{
  if (session->options->items_added)
    send_item (session, "conversation.item.done", item);
}

void
emu_session_send_problem (
    EmuSession *session, const EmuProblem *problem, const gchar *event_id)
{
  JsonObject *event = emu_event_new ("error");
  JsonObject *error = emu_problem_to_json (problem);

  emu_json_set_string_or_null (error, "event_id", event_id);
  json_object_set_object_member (event, "error", error);
  emu_session_send (session, event);
}

void
emu_session_send_id (
    EmuSession *session, const gchar *type, const gchar *name, const gchar *id)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, name, id);
  emu_session_send (session, event);
}

void
emu_session_send_settings (EmuSession *session, const gchar *type)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_object_member (
      event, "session", emu_settings_for_client (session->settings));
  emu_session_send (session, event);
}

void
emu_session_record_count (EmuSession *session)
{
  const EmuCount *count = &session->count;
  const struct {
    const gchar *name;
    gint64 n;
  } fields[] = {
    { "responses", count->responses },
    { "input_text", count->input_text },
    { "input_audio", count->input_audio },
    { "input_image", count->input_image },
    { "cached", count->cached },
    { "output_text", count->output_text },
    { "output_audio", count->output_audio },
    { "transcriptions", count->transcriptions },
    { "transcription_input", count->transcription_input },
    { "transcription_output", count->transcription_output },
    { "transcription_ms", count->transcription_ms },
  };
  g_autoptr (JsonObject) note = json_object_new ();
  g_autofree gchar *text = NULL;
  guint i;

  json_object_set_string_member (note, "type", "count");
  for (i = 0; i < G_N_ELEMENTS (fields); i++)
    json_object_set_int_member (note, fields[i].name, fields[i].n);
  text = gst_oai_json_to_string (note);
  emu_recorder_event (session->recorder, "note", text);
}

/* --- responses --- */

JsonObject *
emu_session_turn_detection (EmuSession *session)
{
  return gst_oai_json_get_object (
      session->settings, "audio.input.turn_detection");
}

gboolean
emu_session_is_transcription (EmuSession *session)
{
  return strcmp (gst_oai_json_get_string (session->settings, "type", ""),
             "transcription")
      == 0;
}

gboolean
emu_session_respond (
    EmuSession *session, JsonObject *overrides, EmuProblem **problem)
{
  gboolean aside = overrides != NULL
      && strcmp (gst_oai_json_get_string (overrides, "conversation", "auto"),
             "none")
          == 0;
  EmuResponse *response;

  if (emu_session_is_transcription (session)) {
    emu_problem_set (problem, "invalid_value", "type",
        "A transcription session creates no responses.");
    return FALSE;
  }
  if (!aside && session->active != NULL) {
    emu_problem_set (problem, "conversation_already_has_active_response", NULL,
        "Conversation already has an active response in progress: %s. Wait "
        "until the response is finished before creating a new one.",
        emu_response_id (session->active));
    return FALSE;
  }
  if (aside && session->aside->len >= MAX_ASIDE) {
    emu_problem_set (problem, "too_many_responses", NULL,
        "Too many responses at the same time.");
    return FALSE;
  }
  session->idle_deadline = 0;
  if (emu_options_fault (session->options, "no-response") != NULL)
    return TRUE;
  response = emu_response_start (session, overrides, problem);
  if (response == NULL)
    return FALSE;
  if (aside)
    g_ptr_array_add (session->aside, response);
  else
    session->active = response;
  return TRUE;
}

void
emu_session_respond_soon (EmuSession *session)
{
  if (session->active != NULL)
    session->respond_later = TRUE;
  else
    emu_session_respond (session, NULL, NULL);
}

void
emu_session_response_ended (EmuSession *session, EmuResponse *response)
{
  if (session->active == response) {
    session->active = NULL;
    emu_response_unref (response);
    if (session->respond_later && !session->closed) {
      session->respond_later = FALSE;
      emu_session_respond (session, NULL, NULL);
    }
  } else {
    g_ptr_array_remove_fast (session->aside, response);
  }
}

static void
on_dropped (const gchar *response_id, const gchar *item_id,
    gboolean was_started, gint64 sent_ms, gpointer user_data)
{
  GPtrArray *truncated = ((gpointer *) user_data)[1];
  EmuSession *session = ((gpointer *) user_data)[0];
  EmuItem *item = emu_conversation_find (session->conversation, item_id);
  JsonObject *event;

  if (was_started)
    emu_session_send_id (
        session, "output_audio_buffer.cleared", "response_id", response_id);
  if (item == NULL)
    return;
  event = emu_event_new ("conversation.item.truncated");
  json_object_set_string_member (event, "item_id", item_id);
  json_object_set_int_member (event, "content_index", 0);
  json_object_set_int_member (event, "audio_end_ms", sent_ms);
  g_ptr_array_add (truncated, event);
}

/* The model forgets what was not heard. Its transcript goes whole: nothing
 * says where in the text the sound stopped. */
void
emu_session_truncate_item (EmuItem *item, gint64 audio_end_ms)
{
  JsonArray *content = gst_oai_json_get_array (item->json, "content");

  item->audio_ms = audio_end_ms;
  if (item->audio != NULL) {
    GBytes *kept = g_bytes_new_from_bytes (item->audio, 0,
        MIN (EMU_SAMPLES (audio_end_ms) * 2, g_bytes_get_size (item->audio)));

    g_bytes_unref (item->audio);
    item->audio = kept;
  }
  if (content != NULL && json_array_get_length (content) > 0) {
    JsonObject *part = json_array_get_object_element (content, 0);

    if (json_object_has_member (part, "transcript"))
      json_object_set_string_member (part, "transcript", "");
  }
}

/* Stops what is playing and, with @reason, what is being made. */
void
emu_session_stop_output (EmuSession *session, const gchar *reason)
{
  g_autoptr (GPtrArray) truncated = g_ptr_array_new ();
  gpointer data[2] = { session, truncated };
  guint i;

  session->respond_later = FALSE;
  emu_output_clear (session->output, on_dropped, data);
  if (reason != NULL && session->active != NULL)
    emu_response_cancel (session->active, reason);
  for (i = 0; i < truncated->len; i++) {
    JsonObject *event = g_ptr_array_index (truncated, i);
    EmuItem *item = emu_conversation_find (
        session->conversation, gst_oai_json_get_string (event, "item_id", ""));

    if (item != NULL)
      emu_session_truncate_item (
          item, gst_oai_json_get_int (event, "audio_end_ms", 0));
    emu_session_send (session, event);
  }
}

gboolean
emu_session_speak (EmuSession *session, gint16 *frame)
{
  g_autofree gchar *response_id = NULL;
  EmuOutputState state;
  JsonObject *detection;
  gint64 timeout;

  if (session->translation != NULL)
    return emu_translation_speak (session->translation, frame);
  state = emu_output_pull (session->output, frame, &response_id);
  if (state == EMU_OUTPUT_STARTED) {
    emu_session_send_id (
        session, "output_audio_buffer.started", "response_id", response_id);
  } else if (state == EMU_OUTPUT_STOPPED) {
    emu_session_send_id (
        session, "output_audio_buffer.stopped", "response_id", response_id);
    detection = emu_session_turn_detection (session);
    timeout = detection != NULL
        ? gst_oai_json_get_int (detection, "idle_timeout_ms", 0)
        : 0;
    if (timeout > 0 && session->turn_item_id == NULL) {
      session->idle_start = session->input->end;
      session->idle_deadline = session->input->end + EMU_SAMPLES (timeout);
    }
  }
  return state == EMU_OUTPUT_STARTED || state == EMU_OUTPUT_AUDIO;
}

void
emu_session_expire (EmuSession *session)
{
  gint64 minutes = session->options->session_age / 60;
  g_autoptr (EmuProblem) problem = NULL;

  if (session->options->session_age % 60 == 0)
    problem = emu_problem_new (400, "session_expired", NULL,
        "Your session hit the maximum duration of %" G_GINT64_FORMAT
        " minutes.",
        minutes);
  else
    problem = emu_problem_new (400, "session_expired", NULL,
        "Your session hit the maximum duration of %d seconds.",
        session->options->session_age);
  emu_session_send_problem (session, problem, NULL);
  session->end ("expired", session->user_data);
}

/* --- MCP servers --- */

typedef struct {
  EmuSession *session;
  EmuItem *item;
  JsonObject *tool;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  emu_session_unref (listing->session);
  emu_item_unref (listing->item);
  json_object_unref (listing->tool);
  g_free (listing);
}

static gboolean
on_listed (gpointer user_data)
{
  Listing *listing = user_data;
  JsonArray *tools = emu_mcp_list_tools (listing->tool);
  EmuItem *item = listing->item;
  const gchar *type = "mcp_list_tools.completed";

  if (tools == NULL)
    type = "mcp_list_tools.failed";
  else
    json_object_set_array_member (item->json, "tools", tools);
  emu_session_send_id (listing->session, type, "item_id", item->id);
  if (emu_conversation_find (listing->session->conversation, item->id) == item)
    emu_session_item_done (listing->session, item);
  return G_SOURCE_REMOVE;
}

static void
list_mcp_tools (EmuSession *session, JsonObject *tool)
{
  const gchar *label = gst_oai_json_get_string (tool, "server_label", "");
  g_autofree gchar *text = gst_oai_json_to_string (tool);
  JsonObject *json;
  g_autofree gchar *id = NULL;
  Listing *listing;

  if (g_strcmp0 (g_hash_table_lookup (session->mcp_listed, label), text) == 0)
    return;
  g_hash_table_insert (
      session->mcp_listed, g_strdup (label), g_steal_pointer (&text));
  json = json_object_new ();
  id = emu_make_id ("mcpl_");
  json_object_set_string_member (json, "id", id);
  json_object_set_string_member (json, "type", "mcp_list_tools");
  json_object_set_string_member (json, "server_label", label);
  json_object_set_array_member (json, "tools", json_array_new ());
  listing = g_new0 (Listing, 1);
  listing->session = emu_session_ref (session);
  listing->item = emu_item_new (json);
  listing->tool = json_object_ref (tool);
  if (emu_conversation_insert (
          session->conversation, listing->item, NULL, NULL))
    emu_session_item_added (session, listing->item);
  emu_session_send_id (session, "mcp_list_tools.in_progress", "item_id", id);
  g_timeout_add_full (
      G_PRIORITY_DEFAULT, MCP_MS, on_listed, listing, listing_free);
}

void
emu_session_list_mcp_tools (EmuSession *session)
{
  JsonArray *tools = gst_oai_json_get_array (session->settings, "tools");
  guint i;

  for (i = 0; tools != NULL && i < json_array_get_length (tools); i++) {
    JsonObject *tool = json_array_get_object_element (tools, i);

    if (strcmp (gst_oai_json_get_string (tool, "type", ""), "mcp") == 0)
      list_mcp_tools (session, tool);
  }
}

/* --- misbehaviour --- */

static void
send_huge (EmuSession *session, gint64 size)
{
  JsonObject *event = emu_event_new ("error");
  JsonObject *error = json_object_new ();
  g_autofree gchar *message = g_strnfill (MAX (size - 200, 0), 'x');

  json_object_set_string_member (error, "type", "server_error");
  json_object_set_null_member (error, "code");
  json_object_set_string_member (error, "message", message);
  json_object_set_null_member (error, "param");
  json_object_set_null_member (error, "event_id");
  json_object_set_object_member (event, "error", error);
  if (!emu_session_send (session, event))
    emu_recorder_note (session->recorder, "huge_event_not_sent");
}

/* Valid UTF-8, as text messages are, but nothing else about it is valid. */
static void
send_garbage (EmuSession *session)
{
  GString *text = g_string_new (NULL);
  guint n = g_random_int_range (1, 400);
  guint i;

  for (i = 0; i < n; i++) {
    gunichar c = g_random_int_range (1, i % 3 == 0 ? 0xd800 : 0x7f);

    g_string_append_unichar (text, c);
  }
  session->send (text->str, session->user_data);
  g_string_free (text, TRUE);
}

static void
send_unknown (EmuSession *session)
{
  static const gchar event[] =
      "{\"type\":\"session.weather.changed\",\"event_id\":\"event_weather\","
      "\"weather\":{\"sky\":\"clear\",\"wind\":null}}";

  emu_recorder_event (session->recorder, "fault", event);
  session->send (event, session->user_data);
}

/* An event that means nothing. */
static JsonObject *
idle_event (EmuSession *session)
{
  JsonObject *event;

  if (session->translation != NULL)
    return emu_translation_idle_event ();
  event = emu_event_new ("rate_limits.updated");
  json_object_set_array_member (event, "rate_limits", json_array_new ());
  return event;
}

static void
send_faults (EmuSession *session)
{
  const EmuOptions *options = session->options;
  gint64 flood = emu_options_fault_int (options, "flood");
  gint64 garbage = emu_options_fault_int (options, "garbage");
  gint64 huge = emu_options_fault_int (options, "huge");
  const gchar *code = emu_options_fault (options, "error-event");
  gint64 i;

  if (emu_options_fault (options, "bad-json") != NULL)
    session->send ("{\"type\": \"session.upd", session->user_data);
  if (emu_options_fault (options, "deep-json") != NULL) {
    g_autofree gchar *deep = g_strnfill (100 * 1000, '[');

    session->send (deep, session->user_data);
  }
  for (i = 0; i < garbage; i++)
    send_garbage (session);
  if (emu_options_fault (options, "unknown-event") != NULL)
    send_unknown (session);
  if (code != NULL) {
    g_autoptr (EmuProblem)
        problem = emu_problem_new (500, code, NULL, "A fault was asked for.");

    emu_session_send_problem (session, problem, NULL);
  }
  if (huge >= 0)
    send_huge (session, huge);
  for (i = 0; i < flood; i++) {
    emu_session_send (session, idle_event (session));
  }
}

/* --- the scenario --- */

/* Events of a scenario may name what happened. */
static gchar *
replace_names (EmuSession *session, JsonObject *event)
{
  g_autofree gchar *text = gst_oai_json_to_string (event);
  GString *replaced = g_string_new (text);
  const gchar *item = emu_conversation_previous (session->conversation, NULL);

  g_string_replace (replaced, "$ITEM", item != NULL ? item : "", 0);
  g_string_replace (replaced, "$RESPONSE",
      session->active != NULL ? emu_response_id (session->active) : "", 0);
  return g_string_free (replaced, FALSE);
}

static void
send_raw_event (EmuSession *session, JsonObject *event)
{
  g_autoptr (JsonObject) copy = emu_json_copy (event);
  g_autofree gchar *text = NULL;

  if (!json_object_has_member (copy, "event_id")) {
    g_autofree gchar *id = emu_make_id ("event_");

    json_object_set_string_member (copy, "event_id", id);
  }
  text = replace_names (session, copy);
  emu_recorder_event (session->recorder, "out", text);
  emu_log (session->options, "-> %.300s", text);
  session->send (text, session->user_data);
}

static void
on_action (JsonObject *action, gpointer user_data)
{
  EmuSession *session = user_data;
  JsonObject *answer = gst_oai_json_get_object (action, "answer");
  JsonObject *event = gst_oai_json_get_object (action, "send");
  JsonObject *error = gst_oai_json_get_object (action, "error");
  const gchar *raw = gst_oai_json_get_string (action, "raw", NULL);

  if (session->closed)
    return;
  /* A translation has no responses. */
  if (answer != NULL && session->translation == NULL) {
    emu_script_push_answer (session->script, answer);
    emu_session_respond_soon (session);
  }
  if (event != NULL)
    send_raw_event (session, event);
  if (raw != NULL) {
    emu_recorder_event (session->recorder, "fault", raw);
    session->send (raw, session->user_data);
  }
  if (error != NULL) {
    g_autoptr (EmuProblem) problem = emu_problem_new (400,
        gst_oai_json_get_string (error, "code", NULL),
        gst_oai_json_get_string (error, "param", NULL), "%s",
        gst_oai_json_get_string (error, "message", ""));

    g_free (problem->type);
    problem->type = g_strdup (
        gst_oai_json_get_string (error, "type", "server_error"));
    emu_session_send_problem (session, problem, NULL);
  }
  if (gst_oai_json_get_boolean (action, "interrupt", FALSE))
    emu_session_stop_output (session, "turn_detected");
  if (gst_oai_json_get_boolean (action, "expire", FALSE))
    emu_session_expire (session);
  if (gst_oai_json_get_boolean (action, "close", FALSE))
    session->end ("scenario", session->user_data);
}

/* --- life --- */

void
emu_session_open (EmuSession *session)
{
  JsonObject *event, *conversation;

  if (session->open || session->closed)
    return;
  session->open = TRUE;
  emu_session_send_settings (session, "session.created");
  if (session->translation != NULL) {
    send_faults (session);
    return;
  }
  event = emu_event_new ("conversation.created");
  conversation = json_object_new ();
  json_object_set_string_member (conversation, "id", session->conversation_id);
  json_object_set_string_member (
      conversation, "object", "realtime.conversation");
  json_object_set_object_member (event, "conversation", conversation);
  emu_session_send (session, event);
  send_faults (session);
  emu_session_list_mcp_tools (session);
}

EmuSession *
emu_session_new (const EmuOptions *options, EmuMind *mind,
    EmuRecorder *recorder, JsonObject *settings, EmuSessionSend send,
    EmuSessionEnd end, gpointer user_data)
{
  EmuSession *session = g_rc_box_new0 (EmuSession);

  session->options = options;
  session->mind = mind;
  session->recorder = recorder;
  session->settings = settings;
  session->send = send;
  session->end = end;
  session->user_data = user_data;
  session->conversation = emu_conversation_new ();
  session->conversation_id = emu_make_id ("conv_");
  session->input = emu_input_new ();
  session->turn = emu_turn_new ();
  session->output = emu_output_new ();
  session->aside = g_ptr_array_new_with_free_func (
      (GDestroyNotify) emu_response_unref);
  session->mcp_listed = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  if (options->scenario != NULL)
    session->script = emu_script_new (options->scenario, on_action, session);
  if (emu_translation_settings_are (settings))
    session->translation = emu_translation_new (session);
  else
    emu_session_configure_turn (session);
  return session;
}

void
emu_session_close (EmuSession *session)
{
  session->closed = TRUE;
  session->recorder = NULL;
  g_clear_pointer (&session->script, emu_script_free);
  if (session->listening != NULL)
    emu_listening_cancel (g_steal_pointer (&session->listening));
  if (session->active != NULL)
    emu_response_cancel (session->active, "client_cancelled");
  while (session->aside->len > 0)
    emu_response_cancel (
        g_ptr_array_index (session->aside, 0), "client_cancelled");
  emu_session_unref (session);
}
