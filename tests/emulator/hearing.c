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

/* --- the user's turns --- */

typedef struct {
  EmuSession *session;
  EmuItem *item;
  gboolean wants_event;
} Heard;

static JsonObject *
transcription_event (const gchar *what, EmuItem *item)
{
  g_autofree gchar *type = g_strconcat (
      "conversation.item.input_audio_transcription.", what, NULL);
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, "item_id", item->id);
  json_object_set_int_member (event, "content_index", 0);
  return event;
}

/* Some models are paid by the minute, some by the token. */
static JsonObject *
transcription_usage (
    EmuSession *session, EmuItem *item, const gchar *model, const gchar *text)
{
  JsonObject *usage = json_object_new ();
  gint64 audio = (item->audio_ms + 99) / 100;
  gint64 out = (g_utf8_strlen (text, -1) + 3) / 4;
  EmuCount *count = &session->count;
  JsonObject *details;

  count->transcriptions++;
  if (!g_str_has_prefix (model, "gpt-4o")) {
    json_object_set_string_member (usage, "type", "duration");
    json_object_set_double_member (usage, "seconds", item->audio_ms / 1000.0);
    count->transcription_ms += item->audio_ms;
    emu_session_record_count (session);
    return usage;
  }
  count->transcription_input += audio;
  count->transcription_output += out;
  emu_session_record_count (session);
  details = json_object_new ();
  json_object_set_int_member (details, "text_tokens", 0);
  json_object_set_int_member (details, "audio_tokens", audio);
  json_object_set_string_member (usage, "type", "tokens");
  json_object_set_int_member (usage, "total_tokens", audio + out);
  json_object_set_int_member (usage, "input_tokens", audio);
  json_object_set_object_member (usage, "input_token_details", details);
  json_object_set_int_member (usage, "output_tokens", out);
  return usage;
}

static gboolean
wants_logprobs (EmuSession *session)
{
  JsonArray *include = gst_oai_json_get_array (session->settings, "include");
  guint i;

  for (i = 0; include != NULL && i < json_array_get_length (include); i++)
    if (g_strcmp0 (json_array_get_string_element (include, i),
            "item.input_audio_transcription.logprobs")
        == 0)
      return TRUE;
  return FALSE;
}

/* The recogniser knows how sure it is of the whole; the words share it. */
static JsonArray *
make_logprobs (const gchar *text, gdouble logprob)
{
  JsonArray *array = json_array_new ();
  g_auto (GStrv) words = emu_split_words (text);
  guint n = g_strv_length (words);
  guint i;

  for (i = 0; i < n; i++) {
    JsonObject *token = json_object_new ();
    JsonArray *bytes = json_array_new ();
    const gchar *c;

    for (c = words[i]; *c != '\0'; c++)
      json_array_add_int_element (bytes, (guchar) *c);
    json_object_set_string_member (token, "token", words[i]);
    json_object_set_double_member (token, "logprob", logprob / n);
    json_object_set_array_member (token, "bytes", bytes);
    json_array_add_object_element (array, token);
  }
  return array;
}

/* Who spoke when: one speaker, all the time. */
static void
send_segment (EmuSession *session, EmuItem *item, const gchar *text)
{
  JsonObject *event = transcription_event ("segment", item);
  g_autofree gchar *id = emu_make_id ("seg_");

  json_object_set_string_member (event, "id", id);
  json_object_set_string_member (event, "text", text);
  json_object_set_string_member (event, "speaker", "A");
  json_object_set_double_member (event, "start", 0.0);
  json_object_set_double_member (event, "end", item->audio_ms / 1000.0);
  emu_session_send (session, event);
}

/* conversation.item.input_audio_transcription.* of an item. */
static void
send_transcription (
    EmuSession *session, EmuItem *item, const gchar *text, gdouble logprob)
{
  const gchar *model = gst_oai_json_get_string (
      session->settings, "audio.input.transcription.model", "whisper-1");
  JsonObject *event;

  if (*text != '\0') {
    event = transcription_event ("delta", item);
    json_object_set_string_member (event, "delta", text);
    if (wants_logprobs (session))
      json_object_set_array_member (
          event, "logprobs", make_logprobs (text, logprob));
    emu_session_send (session, event);
    if (strstr (model, "diarize") != NULL)
      send_segment (session, item, text);
  }
  event = transcription_event ("completed", item);
  json_object_set_string_member (event, "transcript", text);
  if (wants_logprobs (session))
    json_object_set_array_member (
        event, "logprobs", make_logprobs (text, logprob));
  if (strcmp (model, "gpt-transcribe") == 0) {
    JsonArray *languages = json_array_new ();
    JsonObject *language = json_object_new ();

    json_object_set_string_member (language, "code", "en");
    json_array_add_object_element (languages, language);
    json_object_set_array_member (event, "languages", languages);
  }
  json_object_set_object_member (
      event, "usage", transcription_usage (session, item, model, text));
  emu_session_send (session, event);
}

static void
send_transcription_failed (EmuSession *session, EmuItem *item)
{
  JsonObject *event = transcription_event ("failed", item);
  g_autoptr (EmuProblem)
      problem = emu_problem_new (500, "transcription_unavailable", NULL,
          "No speech recogniser is installed on this server.");

  json_object_set_object_member (event, "error", emu_problem_to_json (problem));
  emu_session_send (session, event);
}

static void
on_understood (const gchar *text, gdouble logprob, gpointer user_data)
{
  Heard *heard = user_data;
  JsonArray *content = gst_oai_json_get_array (heard->item->json, "content");

  if (heard->wants_event) {
    json_object_set_string_member (
        json_array_get_object_element (content, 0), "transcript", text);
    if (!heard->session->closed)
      send_transcription (heard->session, heard->item, text, logprob);
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
    heard->wants_event = wants_event
        && emu_options_fault (session->options, "no-transcription") == NULL;
    emu_listening_finish (
        g_steal_pointer (&session->listening), on_understood, heard);
  }

  if (emu_conversation_insert (session->conversation, item, NULL, NULL)) {
    emu_session_item_added (session, item);
    emu_session_item_done (session, item);
  }
  if (wants_event
      && (session->mind->recogniser == NULL
          || emu_options_fault (session->options, "no-transcription") != NULL))
    send_transcription_failed (session, item);
}

static void
respond_to_turn (EmuSession *session)
{
  JsonObject *detection = emu_session_turn_detection (session);

  if (emu_session_is_transcription (session) || detection == NULL
      || !gst_oai_json_get_boolean (detection, "create_response", TRUE))
    return;
  emu_session_respond_soon (session);
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
          emu_session_turn_detection (session), "interrupt_response", TRUE))
    emu_session_stop_output (session, "turn_detected");
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
  guint64 start = MAX (session->idle_start, session->input->start);

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

  if (session->translation != NULL) {
    emu_translation_hear (session->translation, frame);
    return;
  }
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
  if (emu_session_turn_detection (session) != NULL
      && session->turn_item_id == NULL && session->idle_deadline == 0) {
    gint64 keep = gst_oai_json_get_int (
        emu_session_turn_detection (session), "prefix_padding_ms", 300);

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

void
emu_session_miss (EmuSession *session, gsize n_samples)
{
  g_autofree gint16 *silence = NULL;

  /* A translation goes on where the client paused: what was lost is silence,
   * longer pauses are not. */
  if (session->translation != NULL)
    n_samples = MIN (n_samples, EMU_TRANSLATION_FRAME);
  silence = g_new0 (gint16, n_samples);
  emu_session_hear (session, silence, n_samples);
}

void
emu_session_configure_turn (EmuSession *session)
{
  emu_turn_configure (session->turn, emu_session_turn_detection (session));
  /* A turn under way ends with its detection; the audio stays. */
  if (!emu_turn_is_speaking (session->turn) && session->turn_item_id != NULL) {
    g_clear_pointer (&session->turn_item_id, g_free);
    session->uncommitted = session->turn_start;
    if (session->listening != NULL)
      emu_listening_cancel (g_steal_pointer (&session->listening));
  }
}

gboolean
emu_session_commit_input (EmuSession *session, EmuProblem **problem)
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
    return FALSE;
  }
  emu_turn_reset (session->turn);
  if (item_id == NULL)
    item_id = emu_make_id ("item_");
  start_listening (session, start);
  commit (session, item_id, start, end);
  return TRUE;
}

void
emu_session_clear_input (EmuSession *session)
{
  emu_turn_reset (session->turn);
  g_clear_pointer (&session->turn_item_id, g_free);
  if (session->listening != NULL)
    emu_listening_cancel (g_steal_pointer (&session->listening));
  emu_input_discard (session->input, session->input->end);
  session->uncommitted = session->input->end;
  emu_session_send (session, emu_event_new ("input_audio_buffer.cleared"));
}
