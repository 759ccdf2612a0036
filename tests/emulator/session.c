/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session-private.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Shortest input that may be committed. */
#define MIN_COMMIT_MS 100
#define MAX_METADATA 16
#define MAX_ASIDE 16

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

gboolean
emu_session_send (EmuSession *session, JsonObject *event)
{
  g_autofree gchar *text = NULL;
  gboolean sent = FALSE;

  if (session->open && !session->closed
      && emu_options_fault (session->options, "silent") == NULL) {
    text = gst_oai_json_to_string (event);
    emu_recorder_event (session->recorder, "out", text);
    emu_log (session->options, "-> %.300s", text);
    sent = session->send (text, session->user_data);
  }
  json_object_unref (event);
  return sent;
}

void
emu_session_send_item (EmuSession *session, const gchar *type, EmuItem *item)
{
  JsonObject *event = emu_event_new (type);

  emu_json_set_string_or_null (event, "previous_item_id",
      emu_conversation_previous (session->conversation, item->id));
  json_object_set_object_member (event, "item", emu_json_copy (item->json));
  emu_session_send (session, event);
}

static void
send_problem (
    EmuSession *session, const EmuProblem *problem, const gchar *event_id)
{
  JsonObject *event = emu_event_new ("error");
  JsonObject *error = emu_problem_to_json (problem);

  emu_json_set_string_or_null (error, "event_id", event_id);
  json_object_set_object_member (event, "error", error);
  emu_session_send (session, event);
}

static void
send_id (
    EmuSession *session, const gchar *type, const gchar *name, const gchar *id)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, name, id);
  emu_session_send (session, event);
}

static void
send_session (EmuSession *session, const gchar *type)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_object_member (
      event, "session", emu_json_copy (session->settings));
  emu_session_send (session, event);
}

/* --- responses --- */

static JsonObject *
turn_detection (EmuSession *session)
{
  return gst_oai_json_get_object (
      session->settings, "audio.input.turn_detection");
}

static gboolean
is_transcription (EmuSession *session)
{
  return strcmp (gst_oai_json_get_string (session->settings, "type", ""),
             "transcription")
      == 0;
}

static gboolean
respond (EmuSession *session, JsonObject *overrides, EmuProblem **problem)
{
  gboolean aside = overrides != NULL
      && strcmp (gst_oai_json_get_string (overrides, "conversation", "auto"),
             "none")
          == 0;
  EmuResponse *response;

  if (is_transcription (session)) {
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
emu_session_response_ended (EmuSession *session, EmuResponse *response)
{
  if (session->active == response) {
    session->active = NULL;
    emu_response_unref (response);
    if (session->respond_later && !session->closed) {
      session->respond_later = FALSE;
      respond (session, NULL, NULL);
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
    send_id (
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
static void
truncate_item (EmuItem *item, gint64 audio_end_ms)
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
static void
stop_output (EmuSession *session, const gchar *reason)
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
      truncate_item (item, gst_oai_json_get_int (event, "audio_end_ms", 0));
    emu_session_send (session, event);
  }
}

/* --- the user's turns --- */

typedef struct {
  EmuSession *session;
  EmuItem *item;
  gboolean wants_event;
} Heard;

/* conversation.item.input_audio_transcription.* of an item. */
static void
send_transcription (EmuSession *session, EmuItem *item, const gchar *text)
{
  JsonObject *event, *usage;

  if (*text != '\0') {
    event = emu_event_new ("conversation.item.input_audio_transcription.delta");
    json_object_set_string_member (event, "item_id", item->id);
    json_object_set_int_member (event, "content_index", 0);
    json_object_set_string_member (event, "delta", text);
    emu_session_send (session, event);
  }
  event = emu_event_new (
      "conversation.item.input_audio_transcription.completed");
  json_object_set_string_member (event, "item_id", item->id);
  json_object_set_int_member (event, "content_index", 0);
  json_object_set_string_member (event, "transcript", text);
  usage = json_object_new ();
  json_object_set_string_member (usage, "type", "duration");
  json_object_set_double_member (usage, "seconds", item->audio_ms / 1000.0);
  json_object_set_object_member (event, "usage", usage);
  emu_session_send (session, event);
}

static void
send_transcription_failed (EmuSession *session, EmuItem *item)
{
  JsonObject *event = emu_event_new (
      "conversation.item.input_audio_transcription.failed");
  g_autoptr (EmuProblem)
      problem = emu_problem_new (500, "transcription_unavailable", NULL,
          "No speech recogniser is installed on this server.");

  json_object_set_string_member (event, "item_id", item->id);
  json_object_set_int_member (event, "content_index", 0);
  json_object_set_object_member (event, "error", emu_problem_to_json (problem));
  emu_session_send (session, event);
}

static void
on_understood (const gchar *text, gpointer user_data)
{
  Heard *heard = user_data;
  JsonArray *content = gst_oai_json_get_array (heard->item->json, "content");

  if (heard->wants_event) {
    json_object_set_string_member (
        json_array_get_object_element (content, 0), "transcript", text);
    if (!heard->session->closed)
      send_transcription (heard->session, heard->item, text);
  }
  emu_item_set_heard (heard->item, text);
  emu_item_unref (heard->item);
  emu_session_unref (heard->session);
  g_free (heard);
}

static gboolean
wants_transcription (EmuSession *session)
{
  return gst_oai_json_get_object (
             session->settings, "audio.input.transcription")
      != NULL;
}

/* Starts recognising what was said from @from on. */
static void
start_listening (EmuSession *session, guint64 from)
{
  g_autoptr (GBytes) audio = NULL;

  if (session->listening != NULL || session->mind->recogniser == NULL
      || !(session->mind->wants_text || wants_transcription (session)))
    return;
  audio = emu_input_copy (session->input, from, session->input->end);
  session->listening = emu_recogniser_listen (session->mind->recogniser);
  emu_listening_feed (session->listening, g_bytes_get_data (audio, NULL),
      g_bytes_get_size (audio) / 2);
}

/* Makes the user item of [from, to). */
static void
commit (EmuSession *session, const gchar *item_id, guint64 from, guint64 to)
{
  g_autoptr (EmuItem) item = NULL;
  JsonObject *json = json_object_new ();
  JsonArray *content = json_array_new ();
  JsonObject *part = json_object_new ();
  JsonObject *event;
  gboolean wants_event = wants_transcription (session);

  json_object_set_string_member (json, "id", item_id);
  json_object_set_string_member (json, "type", "message");
  json_object_set_string_member (json, "status", "completed");
  json_object_set_string_member (json, "role", "user");
  json_object_set_string_member (part, "type", "input_audio");
  json_object_set_null_member (part, "transcript");
  json_array_add_object_element (content, part);
  json_object_set_array_member (json, "content", content);
  item = emu_item_new (json);
  item->audio = emu_input_copy (session->input, from, to);
  item->audio_ms = EMU_MS (g_bytes_get_size (item->audio) / 2);

  event = emu_event_new ("input_audio_buffer.committed");
  emu_json_set_string_or_null (event, "previous_item_id",
      emu_conversation_previous (session->conversation, NULL));
  json_object_set_string_member (event, "item_id", item->id);
  emu_session_send (session, event);
  session->uncommitted = to;

  if (session->listening != NULL) {
    Heard *heard = g_new0 (Heard, 1);

    item->listening = TRUE;
    heard->session = emu_session_ref (session);
    heard->item = emu_item_ref (item);
    heard->wants_event = wants_event;
    emu_listening_finish (
        g_steal_pointer (&session->listening), on_understood, heard);
  }

  if (emu_conversation_insert (session->conversation, item, NULL, NULL)) {
    emu_session_send_item (session, "conversation.item.added", item);
    emu_session_send_item (session, "conversation.item.done", item);
  }
  if (wants_event && session->mind->recogniser == NULL)
    send_transcription_failed (session, item);
}

static void
respond_to_turn (EmuSession *session)
{
  JsonObject *detection = turn_detection (session);

  if (is_transcription (session) || detection == NULL
      || !gst_oai_json_get_boolean (detection, "create_response", TRUE))
    return;
  if (session->active != NULL)
    session->respond_later = TRUE;
  else
    respond (session, NULL, NULL);
}

static void
on_speech_started (EmuSession *session, guint64 start)
{
  JsonObject *event = emu_event_new ("input_audio_buffer.speech_started");

  g_free (session->turn_item_id);
  session->turn_item_id = emu_make_id ("item_");
  session->turn_start = start;
  session->idle_deadline = 0;
  json_object_set_int_member (event, "audio_start_ms", EMU_MS (start));
  json_object_set_string_member (event, "item_id", session->turn_item_id);
  emu_session_send (session, event);
  if (gst_oai_json_get_boolean (
          turn_detection (session), "interrupt_response", TRUE))
    stop_output (session, "turn_detected");
  start_listening (session, start);
}

static void
on_speech_stopped (EmuSession *session, guint64 end)
{
  g_autofree gchar *item_id = g_steal_pointer (&session->turn_item_id);
  JsonObject *event = emu_event_new ("input_audio_buffer.speech_stopped");

  json_object_set_int_member (event, "audio_end_ms", EMU_MS (end));
  json_object_set_string_member (event, "item_id", item_id);
  emu_session_send (session, event);
  commit (session, item_id, session->turn_start, end);
  respond_to_turn (session);
}

/* Nothing was said for idle_timeout_ms after an answer: prompts the user. */
static void
on_idle (EmuSession *session, guint64 now)
{
  JsonObject *event = emu_event_new ("input_audio_buffer.timeout_triggered");
  g_autofree gchar *item_id = emu_make_id ("item_");
  guint64 start = MAX (session->uncommitted, session->input->start);

  session->idle_deadline = 0;
  json_object_set_int_member (event, "audio_start_ms", EMU_MS (start));
  json_object_set_int_member (event, "audio_end_ms", EMU_MS (now));
  json_object_set_string_member (event, "item_id", item_id);
  emu_session_send (session, event);
  commit (session, item_id, start, now);
  respond_to_turn (session);
}

/* One frame of input. */
static void
hear_frame (EmuSession *session, const gint16 *frame)
{
  guint64 start = 0;

  emu_input_append (session->input, frame, EMU_FRAME);
  if (session->listening != NULL)
    emu_listening_feed (session->listening, frame, EMU_FRAME);
  switch (emu_turn_process (session->turn, frame, &start)) {
    case EMU_TURN_SPEECH_STARTED:
      on_speech_started (session, start);
      break;
    case EMU_TURN_SPEECH_STOPPED:
      on_speech_stopped (session, session->input->end);
      break;
    default:
      break;
  }
  if (session->idle_deadline > 0
      && session->input->end >= session->idle_deadline)
    on_idle (session, session->input->end);
  /* With turn detection, only the padding of a next turn is still needed. */
  if (turn_detection (session) != NULL && session->turn_item_id == NULL
      && session->idle_deadline == 0) {
    gint64 keep = gst_oai_json_get_int (
        turn_detection (session), "prefix_padding_ms", 300);

    emu_input_discard (session->input,
        session->input->end
            - MIN (session->input->end, EMU_SAMPLES (keep + 1000)));
  }
}

void
emu_session_hear (EmuSession *session, const gint16 *samples, gsize n_samples)
{
  emu_recorder_heard (session->recorder, samples, n_samples);
  while (n_samples > 0 && !session->closed) {
    guint n = MIN (EMU_FRAME - session->n_pending, n_samples);

    memcpy (session->pending + session->n_pending, samples, n * 2);
    session->n_pending += n;
    samples += n;
    n_samples -= n;
    if (session->n_pending == EMU_FRAME) {
      session->n_pending = 0;
      hear_frame (session, session->pending);
    }
  }
}

gboolean
emu_session_speak (EmuSession *session, gint16 *frame, gboolean *first)
{
  g_autofree gchar *response_id = NULL;
  EmuOutputState state = emu_output_pull (session->output, frame, &response_id);
  JsonObject *detection;
  gint64 timeout;

  *first = state == EMU_OUTPUT_STARTED;
  if (state == EMU_OUTPUT_STARTED) {
    send_id (
        session, "output_audio_buffer.started", "response_id", response_id);
  } else if (state == EMU_OUTPUT_STOPPED) {
    send_id (
        session, "output_audio_buffer.stopped", "response_id", response_id);
    detection = turn_detection (session);
    timeout = detection != NULL
        ? gst_oai_json_get_int (detection, "idle_timeout_ms", 0)
        : 0;
    if (timeout > 0 && session->turn_item_id == NULL)
      session->idle_deadline = session->input->end + EMU_SAMPLES (timeout);
  }
  return state == EMU_OUTPUT_STARTED || state == EMU_OUTPUT_AUDIO;
}

/* --- client events --- */

static const gchar *
require_string (JsonObject *event, const gchar *path, EmuProblem **problem)
{
  const gchar *value = gst_oai_json_get_string (event, path, NULL);

  if (value == NULL)
    emu_problem_set (problem, "missing_required_parameter", path,
        "Missing required parameter: '%s'.", path);
  return value;
}

static EmuItem *
require_item (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  const gchar *id = require_string (event, "item_id", problem);
  EmuItem *item;

  if (id == NULL)
    return NULL;
  item = emu_conversation_find (session->conversation, id);
  if (item == NULL)
    emu_problem_set (problem, "item_not_found", "item_id",
        "Error: the item with id '%s' does not exist.", id);
  return item;
}

static void
configure_turn (EmuSession *session)
{
  emu_turn_configure (session->turn, turn_detection (session));
  /* A turn under way ends with its detection; the audio stays. */
  if (!emu_turn_is_speaking (session->turn) && session->turn_item_id != NULL) {
    g_clear_pointer (&session->turn_item_id, g_free);
    session->uncommitted = session->turn_start;
    if (session->listening != NULL)
      emu_listening_cancel (g_steal_pointer (&session->listening));
  }
}

static void
do_session_update (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *update = gst_oai_json_get_object (event, "session");

  if (update == NULL) {
    emu_problem_set (problem, "missing_required_parameter", "session",
        "Missing required parameter: 'session'.");
    return;
  }
  if (!emu_settings_update (
          session->settings, update, FALSE, session->has_audio, problem))
    return;
  configure_turn (session);
  send_session (session, "session.updated");
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
  g_autofree gchar *item_id = g_steal_pointer (&session->turn_item_id);
  guint64 end = session->input->end;
  guint64 start = MAX (session->uncommitted, session->input->start);

  if (item_id != NULL)
    start = session->turn_start;
  if (EMU_MS (end - start) < MIN_COMMIT_MS) {
    session->turn_item_id = g_steal_pointer (&item_id);
    emu_problem_set (problem, "input_audio_buffer_commit_empty", NULL,
        "Error committing input audio buffer: buffer too small. Expected at "
        "least 100ms of audio, but buffer only has %d.00ms of audio.",
        (gint) EMU_MS (end - start));
    return;
  }
  emu_turn_reset (session->turn);
  if (item_id == NULL)
    item_id = emu_make_id ("item_");
  start_listening (session, start);
  commit (session, item_id, start, end);
}

static void
do_clear (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  emu_turn_reset (session->turn);
  g_clear_pointer (&session->turn_item_id, g_free);
  if (session->listening != NULL)
    emu_listening_cancel (g_steal_pointer (&session->listening));
  emu_input_discard (session->input, session->input->end);
  session->uncommitted = session->input->end;
  emu_session_send (session, emu_event_new ("input_audio_buffer.cleared"));
}

static void
do_output_clear (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  stop_output (session, "client_cancelled");
}

static void
do_response_create (
    EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *overrides = gst_oai_json_get_object (event, "response");
  JsonObject *metadata;

  if (overrides != NULL) {
    if (!emu_schema_check (emu_response_fields, overrides, "response", problem))
      return;
    metadata = gst_oai_json_get_object (overrides, "metadata");
    if (metadata != NULL && json_object_get_size (metadata) > MAX_METADATA) {
      emu_problem_set (problem, "object_above_max_properties",
          "response.metadata",
          "Invalid 'response.metadata': at most 16 pairs.");
      return;
    }
    if (session->has_audio
        && gst_oai_json_get_string (overrides, "audio.output.voice", NULL)
            != NULL
        && g_strcmp0 (
               gst_oai_json_get_string (overrides, "audio.output.voice", NULL),
               gst_oai_json_get_string (
                   session->settings, "audio.output.voice", NULL))
            != 0) {
      emu_problem_set (problem, "cannot_update_voice",
          "response.audio.output.voice",
          "Cannot update a conversation's voice if assistant audio is "
          "present.");
      return;
    }
  }
  respond (session, overrides, problem);
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

static void
do_item_create (EmuSession *session, JsonObject *event, EmuProblem **problem)
{
  JsonObject *json = gst_oai_json_get_object (event, "item");
  g_autoptr (EmuItem) item = NULL;
  JsonArray *content;
  const gchar *role, *type;
  guint i;

  if (json == NULL) {
    emu_problem_set (problem, "missing_required_parameter", "item",
        "Missing required parameter: 'item'.");
    return;
  }
  if (!emu_schema_check (emu_item_fields, json, "item", problem))
    return;
  role = gst_oai_json_get_string (json, "role", "");
  type = gst_oai_json_get_string (json, "type", "");
  if (strcmp (type, "item_reference") == 0) {
    emu_problem_set (problem, "invalid_value", "item.type",
        "Items of type 'item_reference' go only into response.create.");
    return;
  }
  content = gst_oai_json_get_array (json, "content");
  for (i = 0; content != NULL && i < json_array_get_length (content); i++) {
    JsonObject *part = json_array_get_object_element (content, i);
    const gchar *part_type = gst_oai_json_get_string (part, "type", "");
    const gchar *allowed = strcmp (role, "assistant") == 0 ? "output_text"
        : strcmp (role, "system") == 0                     ? "input_text"
                                                           : "input_";
    g_autofree gchar *param = g_strdup_printf ("item.content[%u].type", i);

    if (!g_str_has_prefix (part_type, allowed)) {
      emu_problem_set (problem, "invalid_value", param,
          "Invalid value: '%s'. Not allowed for role '%s'.", part_type, role);
      return;
    }
  }
  if (strcmp (type, "function_call_output") == 0) {
    const gchar *call_id = gst_oai_json_get_string (json, "call_id", "");
    gboolean found = FALSE;

    for (i = 0; i < session->conversation->items->len; i++) {
      EmuItem *other = g_ptr_array_index (session->conversation->items, i);

      if (strcmp (emu_item_type (other), "function_call") == 0
          && strcmp (
                 gst_oai_json_get_string (other->json, "call_id", ""), call_id)
              == 0)
        found = TRUE;
    }
    if (!found) {
      emu_problem_set (problem, "invalid_tool_call_id", "item.call_id",
          "Tool call ID '%s' not found in conversation.", call_id);
      return;
    }
  }

  item = emu_item_new (emu_json_copy (json));
  content = gst_oai_json_get_array (item->json, "content");
  for (i = 0; content != NULL && i < json_array_get_length (content); i++) {
    JsonObject *part = json_array_get_object_element (content, i);
    const gchar *base64 = gst_oai_json_get_string (part, "audio", NULL);

    if (base64 != NULL) {
      gsize size;
      guchar *pcm = g_base64_decode (base64, &size);

      g_clear_pointer (&item->audio, g_bytes_unref);
      item->audio = g_bytes_new_take (pcm, size & ~(gsize) 1);
      item->audio_ms = EMU_MS (size / 2);
      json_object_remove_member (part, "audio");
    }
  }
  if (!emu_conversation_insert (session->conversation, item,
          gst_oai_json_get_string (event, "previous_item_id", NULL), problem))
    return;
  emu_session_send_item (session, "conversation.item.added", item);
  emu_session_send_item (session, "conversation.item.done", item);
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
  send_id (session, "conversation.item.deleted", "item_id", id);
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
  truncate_item (item, end);
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
    send_problem (session, problem, NULL);
    return;
  }
  emu_recorder_event (session->recorder, "in", text);
  emu_log (session->options, "<- %.300s", text);

  emu_session_ref (session);
  type = gst_oai_json_get_string (event, "type", NULL);
  for (i = 0; type != NULL && i < G_N_ELEMENTS (client_events); i++)
    if (strcmp (client_events[i].type, type) == 0)
      break;
  if (type == NULL) {
    emu_problem_set (&problem, "missing_required_parameter", "type",
        "Missing required parameter: 'type'.");
  } else if (i == G_N_ELEMENTS (client_events)) {
    g_autoptr (GString) known = g_string_new (NULL);

    for (i = 0; i < G_N_ELEMENTS (client_events); i++)
      g_string_append_printf (
          known, "%s'%s'", i > 0 ? ", " : "", client_events[i].type);
    emu_problem_set (&problem, "invalid_value", "type",
        "Invalid value: '%.100s'. Supported values are: %s.", type, known->str);
  } else {
    client_events[i].func (session, event, &problem);
  }
  if (problem != NULL)
    send_problem (
        session, problem, gst_oai_json_get_string (event, "event_id", NULL));
  emu_session_unref (session);
}

/* --- life --- */

void
emu_session_fail (EmuSession *session, const EmuProblem *problem)
{
  send_problem (session, problem, NULL);
}

static void
send_faults (EmuSession *session)
{
  gint64 flood = emu_options_fault_int (session->options, "flood");
  gint64 i;

  if (emu_options_fault (session->options, "bad-json") != NULL)
    session->send ("{\"type\": \"session.upd", session->user_data);
  if (emu_options_fault (session->options, "deep-json") != NULL) {
    g_autofree gchar *deep = g_strnfill (100 * 1000, '[');

    session->send (deep, session->user_data);
  }
  for (i = 0; i < flood; i++) {
    JsonObject *event = emu_event_new ("rate_limits.updated");

    json_object_set_array_member (event, "rate_limits", json_array_new ());
    emu_session_send (session, event);
  }
}

void
emu_session_open (EmuSession *session)
{
  if (session->open || session->closed)
    return;
  session->open = TRUE;
  send_session (session, "session.created");
  send_faults (session);
}

EmuSession *
emu_session_new (const EmuOptions *options, EmuMind *mind,
    EmuRecorder *recorder, JsonObject *settings, EmuSessionSend send,
    gpointer user_data)
{
  EmuSession *session = g_rc_box_new0 (EmuSession);

  session->options = options;
  session->mind = mind;
  session->recorder = recorder;
  session->settings = settings;
  session->send = send;
  session->user_data = user_data;
  session->conversation = emu_conversation_new ();
  session->conversation_id = emu_make_id ("conv_");
  session->input = emu_input_new ();
  session->turn = emu_turn_new ();
  session->output = emu_output_new ();
  session->aside = g_ptr_array_new_with_free_func (
      (GDestroyNotify) emu_response_unref);
  configure_turn (session);
  return session;
}

void
emu_session_close (EmuSession *session)
{
  session->closed = TRUE;
  session->recorder = NULL;
  if (session->listening != NULL)
    emu_listening_cancel (g_steal_pointer (&session->listening));
  if (session->active != NULL)
    emu_response_cancel (session->active, "client_cancelled");
  while (session->aside->len > 0)
    emu_response_cancel (
        g_ptr_array_index (session->aside, 0), "client_cancelled");
  emu_session_unref (session);
}
