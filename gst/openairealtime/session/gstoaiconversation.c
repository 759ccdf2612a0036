/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiconversation.h"

#include "session/gstoairesponder.h"

GST_DEBUG_CATEGORY_STATIC (conversation_debug);
#define GST_CAT_DEFAULT conversation_debug

/* The input's last sound before the server found that the user had stopped: what
 * is older was not heard as speech here, but there. */
#define MAX_DETECTION (10 * GST_SECOND)
/* Media and events travel apart. A packet of the old answer that was under way
 * when the server cleared its buffer arrives within this time. */
#define CLEAR_GRACE (60 * GST_MSECOND)
/* The server was expected to agree to an interruption and did not. */
#define INTERRUPT_TIMEOUT (2 * GST_SECOND)
/* After the server said that all audio is sent: packets still in flight. */
#define SPAN_MIN_TAIL (40 * GST_MSECOND)
#define SPAN_TAIL (400 * GST_MSECOND)
#define SPAN_MAX_TAIL (3 * GST_SECOND)
/* Servers without output_audio_buffer events: this much quiet ends an answer. */
#define SPAN_QUIET (1500 * GST_MSECOND)
/* Servers with them: a response that was announced as audio, but whose audio has
 * not begun by then, failed or was cancelled before. */
#define SPAN_START (3 * GST_SECOND)
/* After the input's end: time for the server to notice that there was speech,
 * on top of its silence duration. */
#define DRAIN_QUIET (1 * GST_SECOND)
/* Transcription runs beside the answer. One that takes longer is not waited for
 * after the input's end. */
#define TRANSCRIPT_TIMEOUT (10 * GST_SECOND)
#define MAX_TRANSCRIPTS 64
/* Manual turns: silence behind the last word before it is committed, so that no
 * packet is still under way. */
#define COMMIT_TAIL (300 * GST_MSECOND)
/* The same behind a button that is released. A person waits for that, and who
 * releases it has spoken before. */
#define TALK_TAIL (120 * GST_MSECOND)

struct _GstOaiConversation {
  GstOaiConversationOps ops;
  gpointer user_data;
  GstOaiConversationPolicy policy;

  /* input side */
  gboolean speech_open;
  gboolean ended;
  gboolean drained;
  gboolean closing; /* the server was asked to close the session */
  GstClockTime closed_at; /* it has closed it, NONE: no */
  gboolean winding_up;
  gboolean answer_only; /* winding up: no response after the present one */
  GstClockTime ended_at;
  GstClockTime commit_at;
  gboolean
      push_to_talk; /* the input counts only from start to stop of talking */
  gboolean talking;
  GstClockTime talk_commit_at;
  gchar *commit_id; /* event_id of our commit */
  gboolean answered; /* the words before the end, as far as is known */
  GstClockTime progress_at;
  gboolean transcribes; /* the server writes down what it hears */
  GHashTable *transcripts; /* items that it is about to: id -> NULL */
  GstClockTime transcripts_at; /* when that last went on */

  GstOaiResponder *responder;

  /* output side */
  gboolean has_buffer_events; /* the server sends output_audio_buffer.* */
  gboolean has_responses; /* and response.created */
  gboolean audio_pending; /* the response has audio that is not over */
  gboolean audio_begun; /* the server said that it sends it */
  gboolean response_open; /* audio_pending: generation is not over */
  gboolean speaking;
  GstClockTime span_stopped; /* server says that all is sent */
  GstClockTime done_at;
  gboolean has_spoken;

  /* interruption */
  gboolean muted;
  GstClockTime muted_at;
  GstClockTime cutoff;

  GstOaiTurn turn;
  gboolean turn_open;
  gboolean speech_noted; /* turn.speech_ended is what it will be */
  /* The turn before: the user spoke again before the server said how its response
   * ended. */
  GstOaiTurn last_turn;
  gboolean last_turn_open;
};

static const gchar *
get_string (JsonObject *object, const gchar *path)
{
  return gst_oai_json_get_string (object, path, NULL);
}

GstOaiConversation *
gst_oai_conversation_new (const GstOaiConversationOps *ops, gpointer user_data)
{
  static gsize once = 0;
  GstOaiConversation *self = g_new0 (GstOaiConversation, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (conversation_debug, "openairealtimeconversation",
        0, "OpenAI Realtime: turns, responses, interruption");
    g_once_init_leave (&once, 1);
  }

  self->ops = *ops;
  self->user_data = user_data;
  self->policy.interrupt = TRUE;
  self->policy.create_response = TRUE;
  self->policy.silence_duration = 500 * GST_MSECOND;
  self->policy.drain_timeout = 30 * GST_SECOND;
  self->responder = gst_oai_responder_new (ops->send, user_data);
  self->span_stopped = GST_CLOCK_TIME_NONE;
  self->done_at = GST_CLOCK_TIME_NONE;
  self->commit_at = GST_CLOCK_TIME_NONE;
  self->closed_at = GST_CLOCK_TIME_NONE;
  self->talk_commit_at = GST_CLOCK_TIME_NONE;
  self->cutoff = GST_CLOCK_TIME_NONE;
  self->transcripts = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  gst_oai_turn_clear (&self->turn);
  gst_oai_turn_clear (&self->last_turn);

  return self;
}

void
gst_oai_conversation_free (GstOaiConversation *self)
{
  gst_oai_responder_free (self->responder);
  g_free (self->commit_id);
  g_hash_table_unref (self->transcripts);
  gst_oai_turn_clear (&self->turn);
  gst_oai_turn_clear (&self->last_turn);
  g_free (self);
}

void
gst_oai_conversation_set_policy (
    GstOaiConversation *self, const GstOaiConversationPolicy *policy)
{
  self->policy = *policy;
}

void
gst_oai_conversation_set_filler (
    GstOaiConversation *self, const gchar *instructions, GstClockTime delay)
{
  gst_oai_responder_set_filler (self->responder, instructions, delay);
}

gboolean
gst_oai_conversation_has_spoken (GstOaiConversation *self)
{
  return self->has_spoken;
}

static const gchar *
send_simple (GstOaiConversation *self, const gchar *type)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "type", type);

  return self->ops.send (event, self->user_data);
}

/* --- output span ------------------------------------------------------- */

static void
set_speaking (GstOaiConversation *self, gboolean speaking)
{
  if (self->speaking == speaking)
    return;
  self->speaking = speaking;
  GST_DEBUG ("server is %s", speaking ? "speaking" : "silent");
  self->ops.speaking (speaking, self->user_data);
}

static void
finish_last_turn (GstOaiConversation *self)
{
  if (!self->last_turn_open)
    return;
  self->last_turn_open = FALSE;
  self->ops.turn (&self->last_turn, self->user_data);
}

static void
finish_turn (GstOaiConversation *self)
{
  finish_last_turn (self);
  if (!self->turn_open)
    return;
  self->turn_open = FALSE;
  self->ops.turn (&self->turn, self->user_data);
}

static void
next_turn (GstOaiConversation *self)
{
  if (self->turn_open && self->response_open
      && gst_oai_turn_has_response (&self->turn)) {
    finish_last_turn (self);
    gst_oai_turn_move (&self->last_turn, &self->turn);
    self->last_turn_open = TRUE;
  } else {
    finish_turn (self);
  }
  gst_oai_turn_next (&self->turn);
  self->turn_open = TRUE;
}

/* The open turn that the response @id belongs to; without one, that of the newest
 * response. NULL when there is none. */
static GstOaiTurn *
find_turn (GstOaiConversation *self, const gchar *id)
{
  if (self->turn_open && gst_oai_turn_has_response (&self->turn)
      && (id == NULL || g_str_equal (self->turn.response_id, id)))
    return &self->turn;
  if (self->last_turn_open
      && (id == NULL || g_str_equal (self->last_turn.response_id, id)))
    return &self->last_turn;
  return NULL;
}

/* The audio of the response is over, played or cleared. */
static void
end_audio (GstOaiConversation *self)
{
  self->audio_pending = FALSE;
  self->audio_begun = FALSE;
  self->span_stopped = GST_CLOCK_TIME_NONE;
  set_speaking (self, FALSE);
  if (!self->response_open && gst_oai_turn_has_response (&self->turn))
    finish_turn (self);
}

static void
mute (GstOaiConversation *self, const gchar *response, GstClockTime now)
{
  GstOaiTurn *turn = find_turn (self, response);

  if (turn)
    turn->interrupted = TRUE;
  if (self->muted)
    return;
  self->muted = TRUE;
  self->muted_at = now;
  self->cutoff = GST_CLOCK_TIME_NONE;
  self->ops.interrupt (now, self->user_data);
}

static void
unmute (GstOaiConversation *self, GstClockTime cutoff)
{
  if (!self->muted)
    return;
  self->muted = FALSE;
  self->cutoff = GST_CLOCK_TIME_NONE;
  self->ops.resume (cutoff, self->user_data);
}

/* A new answer begins: what was held since the interruption belongs to it, but
 * for what came before the old one was over. */
static void
unmute_for_new_answer (GstOaiConversation *self, GstClockTime now)
{
  if (!self->muted)
    return;
  unmute (self,
      GST_CLOCK_TIME_IS_VALID (self->cutoff) ? MIN (self->cutoff, now) : now);
}

/* --- responses --------------------------------------------------------- */

gboolean
gst_oai_conversation_is_busy (GstOaiConversation *self)
{
  return gst_oai_responder_is_busy (self->responder);
}

/* @instructions: NULL for those of the session. */
static void
request_response (
    GstOaiConversation *self, const gchar *instructions, GstClockTime now)
{
  JsonObject *create = json_object_new ();

  json_object_set_string_member (create, "type", "response.create");
  if (instructions) {
    JsonObject *response = json_object_new ();

    json_object_set_string_member (response, "instructions", instructions);
    json_object_set_object_member (create, "response", response);
  }
  gst_oai_responder_request (self->responder, create, now);
}

void
gst_oai_conversation_greet (
    GstOaiConversation *self, const gchar *instructions, GstClockTime now)
{
  request_response (self, instructions, now);
}

static void
set_speech_open (GstOaiConversation *self, gboolean open, GstClockTime now)
{
  self->speech_open = open;
  gst_oai_responder_set_held (self->responder,
      open && !self->policy.manual_turns && self->policy.create_response, now);
}

gboolean
gst_oai_conversation_has_call (GstOaiConversation *self, const gchar *call_id)
{
  return gst_oai_responder_has_call (self->responder, call_id);
}

gboolean
gst_oai_conversation_is_quiet (GstOaiConversation *self)
{
  return !self->speech_open && !gst_oai_responder_is_waiting (self->responder)
      && !self->audio_pending && self->commit_id == NULL
      && !GST_CLOCK_TIME_IS_VALID (self->talk_commit_at);
}

void
gst_oai_conversation_function_output (GstOaiConversation *self,
    const gchar *call_id, const gchar *output, GstClockTime now)
{
  gst_oai_responder_output (self->responder, call_id, output, now);
}

static void
function_called (GstOaiConversation *self, const gchar *call_id,
    const gchar *name, const gchar *arguments, GstClockTime now)
{
  if (call_id == NULL || name == NULL
      || !gst_oai_responder_call (self->responder, call_id, now))
    return;
  self->ops.function_call (
      call_id, name, arguments ? arguments : "{}", self->user_data);
}

/* The application answers by itself, a call or a question of the server. */
static void
note_item (GstOaiConversation *self, JsonObject *event, GstClockTime now)
{
  const gchar *type = gst_oai_json_get_string (event, "item.type", "");
  const gchar *call_id = get_string (event, "item.call_id");
  const gchar *request = get_string (event, "item.approval_request_id");

  if (g_str_equal (type, "function_call_output") && call_id)
    gst_oai_responder_output_by_application (self->responder, call_id);
  else if (g_str_equal (type, "mcp_approval_response") && request)
    gst_oai_responder_approval_answered (self->responder, request,
        gst_oai_json_get_boolean (event, "item.approve", FALSE), now);
}

void
gst_oai_conversation_submit (
    GstOaiConversation *self, JsonObject *event, GstClockTime now)
{
  const gchar *type = get_string (event, "type");
  JsonObject *item = NULL;

  if (g_strcmp0 (type, "response.create") == 0) {
    if (self->winding_up)
      json_object_unref (event);
    else
      gst_oai_responder_request (self->responder, event, now);
    return;
  }
  if (g_strcmp0 (type, "conversation.item.create") == 0)
    item = json_object_ref (event);
  self->ops.send (event, self->user_data);
  if (item) {
    note_item (self, item, now);
    json_object_unref (item);
  }
}

void
gst_oai_conversation_interrupt (GstOaiConversation *self, GstClockTime now)
{
  gboolean expected = gst_oai_responder_cancel (self->responder);

  if (!self->speaking && !self->audio_pending
      && !(expected && gst_oai_responder_get_active (self->responder)))
    return;
  /* Also when nothing was heard yet: its first sound may be on the way. */
  send_simple (self, "output_audio_buffer.clear");
  mute (self, NULL, now);
  set_speaking (self, FALSE);
}

/* --- push-to-talk ------------------------------------------------------ */

static void
commit (GstOaiConversation *self)
{
  g_free (self->commit_id);
  self->commit_id = g_strdup (send_simple (self, "input_audio_buffer.commit"));
}

void
gst_oai_conversation_start_talking (GstOaiConversation *self, GstClockTime now)
{
  gboolean goes_on = GST_CLOCK_TIME_IS_VALID (self->talk_commit_at);

  if (self->talking)
    return;
  self->push_to_talk = TRUE;
  self->talking = TRUE;
  self->talk_commit_at = GST_CLOCK_TIME_NONE;
  /* The button was hardly released. */
  if (goes_on)
    return;
  gst_oai_conversation_interrupt (self, now);
  send_simple (self, "input_audio_buffer.clear");
}

void
gst_oai_conversation_stop_talking (GstOaiConversation *self, GstClockTime now)
{
  if (!self->talking)
    return;
  self->talking = FALSE;
  self->talk_commit_at = now + TALK_TAIL;
}

static void
check_talk (GstOaiConversation *self, GstClockTime now)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->talk_commit_at)
      || now < self->talk_commit_at)
    return;
  self->talk_commit_at = GST_CLOCK_TIME_NONE;
  commit (self);
}

/* --- events ------------------------------------------------------------ */

/* Whether what comes from the user now belongs to another turn. */
static gboolean
is_turn_taken (GstOaiConversation *self)
{
  return !self->turn_open || gst_oai_turn_has_response (&self->turn)
      || GST_CLOCK_TIME_IS_VALID (self->turn.committed);
}

static void
handle_speech_started (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  set_speech_open (self, TRUE, now);
  if (self->policy.interrupt && !self->policy.play_on
      && (self->speaking || self->audio_pending)) {
    mute (self, NULL, now);
    set_speaking (self, FALSE);
  }
  if (is_turn_taken (self))
    next_turn (self);
  self->turn.speech_started = now;
  g_free (self->turn.item_id);
  self->turn.item_id = g_strdup (get_string (object, "item_id"));
}

/* The effective configuration, whoever made it. */
static void
handle_session (GstOaiConversation *self, JsonObject *object)
{
  if (gst_oai_json_get_object (object, "session.audio.input.transcription")
      || gst_oai_json_get_object (object, "session.input_audio_transcription"))
    self->transcribes = TRUE;
  else if (gst_oai_json_get_object (object, "session"))
    self->transcribes = FALSE;
}

static void
handle_transcript (GstOaiConversation *self, JsonObject *object, gboolean done,
    GstClockTime now)
{
  const gchar *id = get_string (object, "item_id");

  self->transcribes = TRUE;
  self->transcripts_at = now;
  if (done && id)
    g_hash_table_remove (self->transcripts, id);
}

/* What the user said is the item @id (nullable) now. */
static void
user_item_made (GstOaiConversation *self, const gchar *id, GstClockTime now)
{
  if (self->transcribes && id
      && g_hash_table_size (self->transcripts) < MAX_TRANSCRIPTS) {
    g_hash_table_add (self->transcripts, g_strdup (id));
    self->transcripts_at = now;
  }
  if (is_turn_taken (self))
    next_turn (self);
  self->turn.committed = now;
  if (self->turn.item_id == NULL)
    self->turn.item_id = g_strdup (id);
  if (!self->policy.manual_turns && self->policy.create_response)
    gst_oai_responder_expect (self->responder, now);
  set_speech_open (self, FALSE, now);
}

static void
handle_committed (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  user_item_made (self, get_string (object, "item_id"), now);
  if (self->commit_id) {
    g_clear_pointer (&self->commit_id, g_free);
    /* When the user goes on already, the answer is to all of it. */
    if (self->policy.create_response && !self->talking)
      request_response (self, NULL, now);
  }
}

/* Azure's webrtcfilter lets no input_audio_buffer.committed through. */
static void
handle_item_added (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "item.id");
  const gchar *call_id = get_string (object, "item.call_id");

  if (call_id
      && g_strcmp0 (get_string (object, "item.type"), "function_call_output")
          == 0)
    gst_oai_responder_output_added (self->responder, call_id);
  if (self->speech_open && self->turn_open && id
      && g_strcmp0 (id, self->turn.item_id) == 0)
    user_item_made (self, id, now);
}

static void
handle_response_created (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "response.id");
  JsonObject *response = gst_oai_json_get_object (object, "response");
  gboolean cancelled;

  /* Out-of-band responses have no conversation and do not block others. */
  if (response && json_object_has_member (response, "conversation_id")
      && get_string (object, "response.conversation_id") == NULL)
    return;
  if (self->answer_only) {
    /* One of the server's own, to the last words. */
    send_simple (self, "response.cancel");
    return;
  }

  unmute_for_new_answer (self, now);
  self->has_responses = TRUE;
  cancelled = gst_oai_responder_created (self->responder, id);
  self->response_open = TRUE;
  self->done_at = GST_CLOCK_TIME_NONE;
  if (!self->turn_open || gst_oai_turn_has_response (&self->turn))
    next_turn (self);
  self->turn.response_id = g_strdup (id ? id : "");
  self->turn.response_created = now;
  if (cancelled) {
    send_simple (self, "output_audio_buffer.clear");
    mute (self, id, now);
  }
}

static void
handle_response_done (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "response.id");
  const gchar *status = get_string (object, "response.status");
  GstOaiTurn *turn = find_turn (self, id ? id : "");

  if (turn) {
    turn->response_done = now;
    g_free (turn->status);
    turn->status = g_strdup (status);
    if (turn == &self->last_turn)
      finish_last_turn (self);
  }
  if (!gst_oai_responder_done (self->responder, id))
    return;
  self->response_open = FALSE;
  self->done_at = now;
  /* One that was under way when the input ended may be the answer to earlier
   * words, and one that failed is none: silence then tells whether the server
   * still finds something to answer. */
  if (self->ended && turn && turn->response_created > self->ended_at
      && g_strcmp0 (status, "completed") == 0)
    self->answered = TRUE;
  if (self->muted && !GST_CLOCK_TIME_IS_VALID (self->cutoff)
      && g_strcmp0 (status, "completed") != 0)
    self->cutoff = now + CLEAR_GRACE;
  if (turn == &self->turn && !self->audio_pending)
    finish_turn (self);
  gst_oai_responder_next (self->responder, now);
}

/* Something of the response is audio. */
static void
note_audio_output (GstOaiConversation *self)
{
  if (gst_oai_responder_get_active (self->responder) == NULL)
    return;
  self->audio_pending = TRUE;
  self->has_spoken = TRUE;
  if (!self->has_buffer_events && !self->muted)
    set_speaking (self, TRUE);
}

static void
handle_output_started (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "response_id");
  GstOaiTurn *turn;

  /* Nor any response.created: then this is the first sign of the answer. */
  if (!self->has_responses) {
    gst_oai_responder_expect_nothing (self->responder);
    if (!self->turn_open || gst_oai_turn_has_response (&self->turn))
      next_turn (self);
    self->turn.response_id = g_strdup (id ? id : "");
    self->turn.response_created = now;
  }
  turn = find_turn (self, id);
  self->has_buffer_events = TRUE;
  self->has_spoken = TRUE;
  self->audio_pending = TRUE;
  self->audio_begun = TRUE;
  self->span_stopped = GST_CLOCK_TIME_NONE;
  if (turn)
    turn->audio_started = now;
  /* The answer that was cut off begins to sound only now: the events crossed. */
  if (self->muted && id && turn && turn->interrupted)
    return;
  unmute_for_new_answer (self, now);
  set_speaking (self, TRUE);
}

static void
handle_output_stopped (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  GstOaiTurn *turn = find_turn (self, get_string (object, "response_id"));

  self->has_buffer_events = TRUE;
  if (turn)
    turn->audio_stopped = now;
  if (self->audio_pending)
    self->span_stopped = now;
}

static void
handle_output_cleared (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  self->has_buffer_events = TRUE;
  if (!self->policy.play_on) {
    mute (self, get_string (object, "response_id"), now);
    self->cutoff = now + CLEAR_GRACE;
  }
  end_audio (self);
}

static void
handle_output_item (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *type = gst_oai_json_get_string (object, "item.type", "");
  const gchar *id = get_string (object, "item.id");

  /* Older servers name the function only here. */
  if (g_str_equal (type, "function_call"))
    function_called (self, get_string (object, "item.call_id"),
        get_string (object, "item.name"), get_string (object, "item.arguments"),
        now);
  else if (g_str_equal (type, "mcp_approval_request") && id)
    gst_oai_responder_approval_wanted (self->responder, id);
}

/* TRUE when the error was to be expected and is dealt with: events of client and
 * server crossed. */
static gboolean
handle_error (GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "error.event_id");
  const gchar *code = get_string (object, "error.code");
  gboolean expected = FALSE;

  if (id == NULL)
    return FALSE;
  if (g_strcmp0 (id, self->commit_id) == 0) {
    GST_DEBUG ("nothing to commit at the end of the input");
    g_clear_pointer (&self->commit_id, g_free);
    expected = TRUE;
  }
  if (gst_oai_responder_refused (self->responder, id, code, now))
    expected = TRUE;
  return expected;
}

gboolean
gst_oai_conversation_handle_event (GstOaiConversation *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now)
{
  gboolean expected = FALSE;

  self->progress_at = now;

  switch (event) {
    case GST_OAI_EVENT_SESSION_CREATED:
    case GST_OAI_EVENT_SESSION_UPDATED:
      handle_session (self, object);
      break;
    case GST_OAI_EVENT_SESSION_CLOSED:
      self->closed_at = now;
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA:
      handle_transcript (self, object, FALSE, now);
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE:
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED:
      handle_transcript (self, object, TRUE, now);
      break;
    case GST_OAI_EVENT_ITEM_DELETED:
      if (get_string (object, "item_id"))
        g_hash_table_remove (self->transcripts, get_string (object, "item_id"));
      break;
    case GST_OAI_EVENT_SPEECH_STARTED:
      handle_speech_started (self, object, now);
      break;
    case GST_OAI_EVENT_SPEECH_STOPPED:
      self->turn.speech_stopped = now;
      self->speech_noted = FALSE;
      break;
    case GST_OAI_EVENT_INPUT_COMMITTED:
      handle_committed (self, object, now);
      break;
    case GST_OAI_EVENT_ITEM_ADDED:
      handle_item_added (self, object, now);
      break;
    case GST_OAI_EVENT_INPUT_CLEARED:
      set_speech_open (self, FALSE, now);
      break;
    case GST_OAI_EVENT_RESPONSE_CREATED:
      handle_response_created (self, object, now);
      break;
    case GST_OAI_EVENT_RESPONSE_DONE:
      handle_response_done (self, object, now);
      break;
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA:
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE:
    case GST_OAI_EVENT_OUTPUT_AUDIO_DELTA:
    case GST_OAI_EVENT_OUTPUT_AUDIO_DONE:
      note_audio_output (self);
      break;
    case GST_OAI_EVENT_OUTPUT_STARTED:
      handle_output_started (self, object, now);
      break;
    case GST_OAI_EVENT_OUTPUT_STOPPED:
      handle_output_stopped (self, object, now);
      break;
    case GST_OAI_EVENT_OUTPUT_CLEARED:
      handle_output_cleared (self, object, now);
      break;
    case GST_OAI_EVENT_FUNCTION_CALL_DONE:
      function_called (self, get_string (object, "call_id"),
          get_string (object, "name"), get_string (object, "arguments"), now);
      break;
    case GST_OAI_EVENT_OUTPUT_ITEM_DONE:
      handle_output_item (self, object, now);
      break;
    case GST_OAI_EVENT_ERROR:
      expected = handle_error (self, object, now);
      break;
    default:
      break;
  }
  return expected;
}

/* --- time -------------------------------------------------------------- */

static gboolean
later_than (GstClockTime now, GstClockTime time, GstClockTime by)
{
  return GST_CLOCK_TIME_IS_VALID (time) && now >= time && now - time >= by;
}

static gboolean
quiet_for (
    const GstOaiConversationMedia *media, GstClockTime now, GstClockTime time)
{
  return !GST_CLOCK_TIME_IS_VALID (media->last_audible)
      || later_than (now, media->last_audible, time);
}

/* Whether sound that was here at @time is still to be played. */
static gboolean
holds_sound_of (const GstOaiConversationMedia *media, GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (media->oldest_packet)
      && GST_CLOCK_TIME_IS_VALID (time) && media->oldest_packet <= time;
}

/* How long the sound that came last may take through the playout. */
static GstClockTime
get_tail (const GstOaiConversationMedia *media)
{
  return MAX (SPAN_TAIL, 2 * media->playout_target);
}

/* Whether all is played that the server had sent by @time, when it stopped. One that
 * sends silence from then on never lets the playout run empty: then time and quiet
 * decide. */
static gboolean
is_played_out (
    const GstOaiConversationMedia *media, GstClockTime time, GstClockTime now)
{
  if (!GST_CLOCK_TIME_IS_VALID (time) || holds_sound_of (media, time))
    return FALSE;
  return (later_than (now, time, SPAN_MIN_TAIL) && !media->playout_active)
      || (later_than (now, time, get_tail (media))
          && quiet_for (media, now, SPAN_TAIL / 2));
}

static void
check_span (GstOaiConversation *self, const GstOaiConversationMedia *media,
    GstClockTime now)
{
  /* However quiet it is: the pipeline may be in PAUSED. */
  if (!self->audio_pending || holds_sound_of (media, self->span_stopped)
      || (!self->response_open && holds_sound_of (media, self->done_at)))
    return;
  if (GST_CLOCK_TIME_IS_VALID (self->span_stopped)) {
    if (is_played_out (media, self->span_stopped, now)
        || later_than (
            now, self->span_stopped, get_tail (media) + SPAN_MAX_TAIL))
      end_audio (self);
  } else if (!self->audio_begun && !self->response_open) {
    GstClockTime wait = self->has_buffer_events ? SPAN_START : SPAN_QUIET;

    if (later_than (now, self->done_at, wait)
        && quiet_for (media, now, SPAN_QUIET))
      end_audio (self);
  }
}

/* Whether something is still to come before the end. */
static gboolean
is_end_waited_for (GstOaiConversation *self)
{
  /* It says itself when it is at its end. */
  if (self->policy.translation)
    return TRUE;
  /* Transcripts are not worth the wait when a limit is reached. */
  if (self->winding_up)
    return gst_oai_responder_get_active (self->responder) != NULL
        || self->audio_pending
        || (!self->answer_only && !gst_oai_conversation_is_quiet (self));

  return !gst_oai_conversation_is_quiet (self)
      || GST_CLOCK_TIME_IS_VALID (self->commit_at)
      || g_hash_table_size (self->transcripts) > 0;
}

/* The server says what is left of it, and that it is closed. */
static void
end_translation (GstOaiConversation *self, GstClockTime now)
{
  if (!self->policy.translation || !GST_CLOCK_TIME_IS_VALID (self->commit_at)
      || now < self->commit_at)
    return;
  self->commit_at = GST_CLOCK_TIME_NONE;
  self->closing = TRUE;
  send_simple (self, "session.close");
}

static void
check_drained (GstOaiConversation *self, const GstOaiConversationMedia *media,
    GstClockTime now)
{
  GstClockTime quiet = self->policy.silence_duration + DRAIN_QUIET;

  if (self->drained)
    return;
  if (is_played_out (media, self->closed_at, now)) {
    self->drained = TRUE;
    self->ops.drained (FALSE, self->user_data);
    return;
  }
  if (!self->ended
      || (self->policy.translation && self->policy.keep && !self->winding_up))
    return;
  if (GST_CLOCK_TIME_IS_VALID (self->commit_at) && now >= self->commit_at) {
    self->commit_at = GST_CLOCK_TIME_NONE;
    commit (self);
  }

  if (g_hash_table_size (self->transcripts) > 0
      && later_than (now, self->transcripts_at, TRANSCRIPT_TIMEOUT)) {
    GST_WARNING ("no transcript of the last words");
    g_hash_table_remove_all (self->transcripts);
  }

  if (!is_end_waited_for (self)
      && (self->answered || self->winding_up
          || now - self->ended_at >= quiet)) {
    self->drained = TRUE;
    /* One that nobody answers. */
    finish_turn (self);
    self->ops.drained (FALSE, self->user_data);
  } else if (now - MAX (self->ended_at, self->progress_at)
      >= self->policy.drain_timeout) {
    self->drained = TRUE;
    self->ops.drained (TRUE, self->user_data);
  }
}

/* Once, as soon as the server says that the user has stopped: the next words may
 * begin at once. */
static void
note_end_of_speech (
    GstOaiConversation *self, const GstOaiConversationMedia *media)
{
  GstOaiTurn *turn = &self->turn;

  if (self->speech_noted || !GST_CLOCK_TIME_IS_VALID (turn->speech_stopped))
    return;
  self->speech_noted = TRUE;
  if (GST_CLOCK_TIME_IS_VALID (media->last_speech)
      && media->last_speech <= turn->speech_stopped
      && turn->speech_stopped - media->last_speech <= MAX_DETECTION)
    turn->speech_ended = media->last_speech;
}

void
gst_oai_conversation_tick (GstOaiConversation *self,
    const GstOaiConversationMedia *media, GstClockTime now)
{
  if (self->turn_open) {
    if (!GST_CLOCK_TIME_IS_VALID (self->turn.first_packet)
        && GST_CLOCK_TIME_IS_VALID (media->first_packet)
        && GST_CLOCK_TIME_IS_VALID (self->turn.response_created)
        && media->first_packet >= self->turn.response_created)
      self->turn.first_packet = media->first_packet;
    if (!GST_CLOCK_TIME_IS_VALID (self->turn.first_audio)
        && GST_CLOCK_TIME_IS_VALID (media->first_audible)
        && GST_CLOCK_TIME_IS_VALID (self->turn.response_created)
        && media->first_audible >= self->turn.response_created) {
      self->turn.first_audio = media->first_audible;
      self->turn.first_sound_packet = media->first_sound_packet;
    }
    note_end_of_speech (self, media);
  }
  if ((media->playout_active && self->audio_pending) || media->tools_running)
    self->progress_at = now;

  if (self->muted) {
    if (GST_CLOCK_TIME_IS_VALID (self->cutoff) && now >= self->cutoff) {
      unmute (self, self->cutoff);
      /* A server may cancel without a word about its buffer. */
      if (self->audio_pending && !self->response_open)
        end_audio (self);
    } else if (!GST_CLOCK_TIME_IS_VALID (self->cutoff)
        && later_than (now, self->muted_at, INTERRUPT_TIMEOUT)) {
      GST_INFO ("the server did not agree to the interruption, playing on");
      unmute (self, 0);
      set_speaking (self, self->audio_pending);
    }
  }
  check_talk (self, now);
  check_span (self, media, now);
  gst_oai_responder_tick (self->responder,
      !self->speaking && !self->audio_pending && !self->speech_open
          && !self->muted && !self->talking,
      now);
  end_translation (self, now);
  check_drained (self, media, now);
}

void
gst_oai_conversation_connected (GstOaiConversation *self, GstClockTime now)
{
  gst_oai_responder_connected (self->responder, now);
}

void
gst_oai_conversation_input_ended (GstOaiConversation *self, GstClockTime now)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  self->drained = FALSE;
  self->ended_at = now;
  self->answered = FALSE;
  if (self->policy.translation && !self->policy.keep)
    self->commit_at = now + COMMIT_TAIL;
  /* With push-to-talk, what was heard besides is no turn. */
  else if (self->talking)
    gst_oai_conversation_stop_talking (self, now);
  else if (self->policy.manual_turns && !self->push_to_talk)
    self->commit_at = now + COMMIT_TAIL;
}

void
gst_oai_conversation_input_resumed (GstOaiConversation *self)
{
  if (self->winding_up)
    return;
  self->ended = FALSE;
  self->drained = FALSE;
  self->commit_at = GST_CLOCK_TIME_NONE;
}

gboolean
gst_oai_conversation_is_closed (GstOaiConversation *self)
{
  return GST_CLOCK_TIME_IS_VALID (self->closed_at);
}

gboolean
gst_oai_conversation_disconnected (GstOaiConversation *self, GstClockTime now)
{
  if (self->closing && !gst_oai_conversation_is_closed (self))
    self->closed_at = now;
  return gst_oai_conversation_is_closed (self);
}

void
gst_oai_conversation_wind_up (
    GstOaiConversation *self, gboolean answer_only, GstClockTime now)
{
  if (self->winding_up)
    return;
  self->winding_up = TRUE;
  self->answer_only = answer_only;
  if (answer_only)
    gst_oai_responder_stop (self->responder);
  self->ended = TRUE;
  self->drained = FALSE;
  self->ended_at = now;
  self->commit_at = self->policy.translation ? now : GST_CLOCK_TIME_NONE;
}
