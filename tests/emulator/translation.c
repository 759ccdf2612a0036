/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session-private.h"
#include "translation.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Speaking begins with so much in store: what is heard comes with jitter. */
#define HEAD_START (2 * EMU_TRANSLATION_FRAME)
/* More than this waits only when the client sends faster than time goes by. */
#define MAX_WAITING EMU_SAMPLES (30000)
/* Words of more letters come in two parts. */
#define LONG_WORD 4

typedef struct {
  gint16 samples[EMU_TRANSLATION_FRAME];
  gboolean spoken;
} Frame;

struct _EmuTranslation {
  EmuSession *session;
  /* The frame that is being heard. */
  Frame *next;
  gsize n_next;
  /* Of Frame: what the model has heard and not yet translated. */
  GQueue heard;
  /* Model time. */
  gint64 elapsed_ms;
  guint n_heard_words;
  guint n_said_words;
  /* Recognitions that are not done. */
  guint n_listening;

  /* What was made and not yet sent. */
  GArray *made;
  gsize sent;
  gboolean speaking;
  gboolean closing;
  gboolean closed;
};

/* --- settings --- */

static void
merge_settings (JsonObject *settings, JsonObject *update)
{
  g_autoptr (JsonObject) change = emu_json_copy (update);

  gst_oai_json_merge (settings, change);
}

JsonObject *
emu_translation_settings_new (JsonObject *config, gint lifetime)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"id\":\"\",\"type\":\"translation\",\"expires_at\":0,\"model\":\"\","
      "\"audio\":{\"input\":{\"transcription\":null,\"noise_reduction\":null},"
      "\"output\":{}}}",
      NULL);
  JsonObject *settings = json_object_ref (json_node_get_object (node));
  g_autofree gchar *id = emu_make_id ("sess_");

  json_object_set_string_member (settings, "id", id);
  json_object_set_int_member (
      settings, "expires_at", g_get_real_time () / G_USEC_PER_SEC + lifetime);
  merge_settings (settings, config);
  return settings;
}

gboolean
emu_translation_settings_are (JsonObject *settings)
{
  return strcmp (gst_oai_json_get_string (settings, "type", ""), "translation")
      == 0;
}

/* --- words --- */

static void
send_delta (EmuTranslation *translation, const gchar *type, const gchar *text)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, "delta", text);
  json_object_set_int_member (event, "elapsed_ms", translation->elapsed_ms);
  emu_session_send (translation->session, event);
}

/* A word behind @n others: the space before it belongs to it. A long one comes in
 * two parts, so that whoever puts spaces between deltas is found out. */
static void
send_word (
    EmuTranslation *translation, const gchar *type, const gchar *word, guint n)
{
  glong length = g_utf8_strlen (word, -1);
  const gchar *rest = word + strlen (word);
  g_autofree gchar *begin = NULL;

  if (length > LONG_WORD)
    rest = g_utf8_offset_to_pointer (word, length / 2);
  begin = g_strdup_printf (
      "%s%.*s", n > 0 ? " " : "", (gint) (rest - word), word);
  send_delta (translation, type, begin);
  if (*rest != '\0')
    send_delta (translation, type, rest);
}

static void
send_heard_word (EmuTranslation *translation, const gchar *word)
{
  EmuSession *session = translation->session;

  if (gst_oai_json_get_object (session->settings, "audio.input.transcription")
          != NULL
      && emu_options_fault (session->options, "no-transcription") == NULL)
    send_word (translation, "session.input_transcript.delta", word,
        translation->n_heard_words++);
}

static void
send_said_word (EmuTranslation *translation, const gchar *word)
{
  if (emu_options_fault (translation->session->options, "no-response") == NULL)
    send_word (translation, "session.output_transcript.delta", word,
        translation->n_said_words++);
}

/* Who understands nothing counts: up to ten in the language, and again. */
static const gchar *
count_word (const gchar *language, guint n)
{
  static const struct {
    const gchar *language;
    const gchar *words[10];
  } counting[] = {
    { "en",
        { "one", "two", "three", "four", "five", "six", "seven", "eight",
            "nine", "ten" } },
    { "de",
        { "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht",
            "neun", "zehn" } },
    { "es",
        { "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho",
            "nueve", "diez" } },
    { "fr",
        { "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit",
            "neuf", "dix" } },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (counting); i++)
    if (g_str_has_prefix (language, counting[i].language))
      return counting[i].words[n % 10];
  return counting[0].words[n % 10];
}

static const gchar *
get_language (EmuTranslation *translation)
{
  return gst_oai_json_get_string (
      translation->session->settings, "audio.output.language", "");
}

/* --- the model --- */

/* The mind that understands words gets them; all others count. */
static gboolean
understands (EmuSession *session)
{
  return session->mind->wants_text && session->mind->recogniser != NULL;
}

static void
on_understood (const gchar *text, gdouble logprob, gpointer user_data)
{
  EmuTranslation *translation = user_data;
  EmuSession *session = translation->session;
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint i;

  translation->n_listening--;
  for (i = 0; words[i] != NULL && !session->closed; i++) {
    if (*words[i] == '\0')
      continue;
    send_heard_word (translation, words[i]);
    send_said_word (translation, words[i]);
  }
  emu_session_unref (session);
}

static void
finish_listening (EmuTranslation *translation)
{
  EmuSession *session = translation->session;

  if (session->listening == NULL)
    return;
  translation->n_listening++;
  emu_session_ref (session);
  emu_listening_finish (
      g_steal_pointer (&session->listening), on_understood, translation);
}

/* Recognises what is said from one pause to the next. */
static void
listen (EmuTranslation *translation, EmuTurnEvent event, guint64 start,
    const gint16 *frame)
{
  EmuSession *session = translation->session;

  emu_input_append (session->input, frame, EMU_FRAME);
  if (event == EMU_TURN_SPEECH_STARTED) {
    g_autoptr (GBytes)
        audio = emu_input_copy (session->input, start, session->input->end);

    session->listening = emu_recogniser_listen (session->mind->recogniser);
    emu_listening_feed (session->listening, g_bytes_get_data (audio, NULL),
        g_bytes_get_size (audio) / 2);
  } else if (session->listening != NULL) {
    emu_listening_feed (session->listening, frame, EMU_FRAME);
  }
  if (event == EMU_TURN_SPEECH_STOPPED)
    finish_listening (translation);
  emu_input_discard (session->input,
      session->input->end - MIN (session->input->end, EMU_SAMPLES (2000)));
}

/* One frame in, one frame out. */
static void
translate (EmuTranslation *translation, Frame *heard)
{
  EmuSession *session = translation->session;
  gboolean counts = !understands (session);
  g_autofree Frame *frame = NULL;

  translation->elapsed_ms += EMU_MS (EMU_TRANSLATION_FRAME);
  if (counts && heard->spoken)
    send_heard_word (
        translation, count_word ("en", translation->n_heard_words));
  g_queue_push_tail (&translation->heard, heard);
  if (g_queue_get_length (&translation->heard) > EMU_TRANSLATION_LAG)
    frame = g_queue_pop_head (&translation->heard);
  else
    frame = g_new0 (Frame, 1);
  if (counts && frame->spoken)
    send_said_word (translation,
        count_word (get_language (translation), translation->n_said_words));
  if (emu_options_fault (session->options, "no-response") != NULL)
    memset (frame->samples, 0, sizeof (frame->samples));
  if (translation->made->len - translation->sent < MAX_WAITING)
    g_array_append_vals (
        translation->made, frame->samples, EMU_TRANSLATION_FRAME);
}

void
emu_translation_hear (EmuTranslation *translation, const gint16 *frame)
{
  EmuSession *session = translation->session;
  guint64 start = 0;
  EmuTurnEvent event;

  if (translation->closing)
    return;
  event = emu_turn_process (session->turn, frame, &start);
  if (understands (session))
    listen (translation, event, start, frame);
  if (translation->next == NULL)
    translation->next = g_new0 (Frame, 1);
  memcpy (translation->next->samples + translation->n_next, frame,
      EMU_FRAME * sizeof (gint16));
  translation->n_next += EMU_FRAME;
  if (emu_turn_is_speaking (session->turn))
    translation->next->spoken = TRUE;
  if (translation->n_next == EMU_TRANSLATION_FRAME) {
    translation->n_next = 0;
    translate (translation, g_steal_pointer (&translation->next));
  }
}

/* Nothing is heard any more, what was heard is said to its end. */
static void
flush (EmuTranslation *translation)
{
  static const gint16 tail[EMU_FRAME];
  guint i;

  translation->closing = TRUE;
  finish_listening (translation);
  if (translation->next != NULL)
    translate (translation, g_steal_pointer (&translation->next));
  if (translation->elapsed_ms == 0)
    return;
  for (i = 0; i < EMU_TRANSLATION_LAG; i++)
    translate (translation, g_new0 (Frame, 1));
  /* The codec looks ahead. */
  g_array_append_vals (translation->made, tail, EMU_FRAME);
}

/* --- speaking --- */

static void
close_session (EmuTranslation *translation)
{
  EmuSession *session = translation->session;

  translation->closed = TRUE;
  emu_session_send (session, emu_event_new ("session.closed"));
  session->end ("session_closed", session->user_data);
}

gboolean
emu_translation_speak (EmuTranslation *translation, gint16 *frame)
{
  GArray *made = translation->made;
  gsize waiting = made->len - translation->sent;

  if (waiting < EMU_FRAME) {
    translation->speaking = FALSE;
    if (translation->closing && translation->n_listening == 0
        && !translation->closed)
      close_session (translation);
    return FALSE;
  }
  if (!translation->speaking) {
    if (waiting < HEAD_START && !translation->closing)
      return FALSE;
    translation->speaking = TRUE;
  }
  memcpy (frame, &g_array_index (made, gint16, translation->sent),
      EMU_FRAME * sizeof (gint16));
  translation->sent += EMU_FRAME;
  if (translation->sent >= MAX_WAITING) {
    g_array_remove_range (made, 0, translation->sent);
    translation->sent = 0;
  }
  return TRUE;
}

/* --- events --- */

static void
do_update (EmuTranslation *translation, JsonObject *event, EmuProblem **problem)
{
  EmuSession *session = translation->session;

  merge_settings (
      session->settings, gst_oai_json_get_object (event, "session"));
  emu_session_send_settings (session, "session.updated");
}

static void
do_append (EmuTranslation *translation, JsonObject *event, EmuProblem **problem)
{
  emu_problem_set (problem, "invalid_event_for_transport", "type",
      "session.input_audio_buffer.append is not for WebRTC: the audio comes by "
      "RTP.");
}

static void
do_close (EmuTranslation *translation, JsonObject *event, EmuProblem **problem)
{
  flush (translation);
}

static const struct {
  const gchar *type;
  void (*func) (
      EmuTranslation *translation, JsonObject *event, EmuProblem **problem);
} client_events[] = {
  { "session.update", do_update },
  { "session.input_audio_buffer.append", do_append },
  { "session.close", do_close },
};

void
emu_translation_receive (
    EmuTranslation *translation, JsonObject *event, EmuProblem **problem)
{
  const gchar *type = gst_oai_json_get_string (event, "type", "");
  guint i;

  if (translation->closing) {
    emu_problem_set (problem, "session_closing", "type",
        "The session is being closed: %s comes too late.", type);
    return;
  }
  for (i = 0; i < G_N_ELEMENTS (client_events); i++)
    if (strcmp (client_events[i].type, type) == 0)
      client_events[i].func (translation, event, problem);
}

JsonObject *
emu_translation_idle_event (void)
{
  JsonObject *event = emu_event_new ("session.output_transcript.delta");

  json_object_set_string_member (event, "delta", "");
  json_object_set_null_member (event, "elapsed_ms");
  return event;
}

/* --- life --- */

EmuTranslation *
emu_translation_new (EmuSession *session)
{
  EmuTranslation *translation = g_new0 (EmuTranslation, 1);
  g_autoptr (JsonObject) detection = json_object_new ();

  translation->session = session;
  translation->made = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_queue_init (&translation->heard);
  /* Between sentences, or between words. */
  json_object_set_int_member (detection, "silence_duration_ms",
      understands (session) ? 500 : EMU_MS (EMU_TRANSLATION_FRAME));
  emu_turn_configure (session->turn, detection);
  /* Events of this kind are to be checked against other tables. */
  emu_recorder_note (session->recorder, "translation");
  return translation;
}

void
emu_translation_free (EmuTranslation *translation)
{
  if (translation == NULL)
    return;
  g_free (translation->next);
  g_queue_clear_full (&translation->heard, g_free);
  g_array_unref (translation->made);
  g_free (translation);
}
