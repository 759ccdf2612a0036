/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiconversation.h"

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
/* A committed turn that is not answered by then will not be. */
#define RESPONSE_TIMEOUT (10 * GST_SECOND)
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
/* Function calls that may be open at a time; more is hostile. */
#define MAX_CALLS 64
#define MAX_CREATES 16

struct _GstOaiConversation {
  GstOaiConversationOps ops;
  gpointer user_data;
  GstOaiConversationPolicy policy;

  /* input side */
  gboolean speech_open;
  gboolean ended;
  gboolean drained;
  gboolean winding_up;
  gboolean answer_only; /* winding up: no response after the present one */
  GstClockTime ended_at;
  GstClockTime commit_at;
  gchar *commit_id; /* event_id of our commit */
  gchar *cancel_id; /* event_id of our response.cancel */
  gboolean answered; /* the words before the end, as far as is known */
  GstClockTime progress_at;
  gboolean transcribes; /* the server writes down what it hears */
  GHashTable *transcripts; /* items that it is about to: id -> NULL */
  GstClockTime transcripts_at; /* when that last went on */

  /* responses */
  gchar *active_response; /* in progress on the server */
  GstClockTime awaiting_since;
  GQueue creates; /* of JsonObject: response.create that wait */
  JsonObject *creating; /* sent last, may still be refused */
  gchar *creating_id;
  guint n_responses; /* so far; numbers the one that calls belong to */
  GHashTable *calls; /* open function calls: call_id -> number of response */
  gboolean go_on; /* calls were answered: the model shall go on */
  guint go_on_response; /* once all calls of that one are */
  GHashTable *seen_calls;
  GQueue seen_order; /* keys of seen_calls, oldest first */

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
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  self->span_stopped = GST_CLOCK_TIME_NONE;
  self->done_at = GST_CLOCK_TIME_NONE;
  self->commit_at = GST_CLOCK_TIME_NONE;
  self->cutoff = GST_CLOCK_TIME_NONE;
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->seen_calls = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  self->transcripts = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->creates);
  g_queue_init (&self->seen_order);
  gst_oai_turn_clear (&self->turn);
  gst_oai_turn_clear (&self->last_turn);

  return self;
}

void
gst_oai_conversation_free (GstOaiConversation *self)
{
  g_queue_clear_full (&self->creates, (GDestroyNotify) json_object_unref);
  g_queue_clear (&self->seen_order);
  g_clear_pointer (&self->creating, json_object_unref);
  g_free (self->creating_id);
  g_free (self->commit_id);
  g_free (self->cancel_id);
  g_free (self->active_response);
  g_hash_table_unref (self->calls);
  g_hash_table_unref (self->seen_calls);
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

static gboolean
is_out_of_band (JsonObject *create)
{
  return g_strcmp0 (get_string (create, "response.conversation"), "none") == 0;
}

static void
send_create (GstOaiConversation *self, JsonObject *create, GstClockTime now)
{
  g_clear_pointer (&self->creating, json_object_unref);
  self->creating = json_object_ref (create);
  g_free (self->creating_id);
  self->creating_id = g_strdup (self->ops.send (create, self->user_data));
  self->awaiting_since = now;
}

gboolean
gst_oai_conversation_is_busy (GstOaiConversation *self)
{
  return self->active_response != NULL
      || GST_CLOCK_TIME_IS_VALID (self->awaiting_since);
}

static JsonObject *
new_create (void)
{
  JsonObject *create = json_object_new ();

  json_object_set_string_member (create, "type", "response.create");

  return create;
}

/* Whether a call that response number @response made is not answered yet. */
static gboolean
has_open_calls (GstOaiConversation *self, guint response)
{
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &number)) {
    if (GPOINTER_TO_UINT (number) == response)
      return TRUE;
  }
  return FALSE;
}

/* Takes a call off the list and says which response made it; 0: unknown. */
static guint
close_call (GstOaiConversation *self, const gchar *call_id)
{
  guint response = GPOINTER_TO_UINT (
      g_hash_table_lookup (self->calls, call_id));

  g_hash_table_remove (self->calls, call_id);

  return response;
}

static void
send_next_create (GstOaiConversation *self, GstClockTime now)
{
  if (gst_oai_conversation_is_busy (self) || self->answer_only)
    return;
  /* With parallel calls the model goes on when it has all the answers. A call of
   * an earlier response that nobody ever answers does not count. */
  if (self->go_on && !has_open_calls (self, self->go_on_response)) {
    self->go_on = FALSE;
    send_create (self, new_create (), now);
  } else if (!g_queue_is_empty (&self->creates)) {
    send_create (self, g_queue_pop_head (&self->creates), now);
  }
}

/* Takes @create. */
static void
request_response (
    GstOaiConversation *self, JsonObject *create, GstClockTime now)
{
  if (is_out_of_band (create)) {
    self->ops.send (create, self->user_data);
    return;
  }
  if (g_queue_get_length (&self->creates) >= MAX_CREATES) {
    GST_WARNING ("%d responses wait already, dropping one", MAX_CREATES);
    json_object_unref (create);
    return;
  }
  g_queue_push_tail (&self->creates, create);
  send_next_create (self, now);
}

gboolean
gst_oai_conversation_is_quiet (GstOaiConversation *self)
{
  return !self->speech_open && !gst_oai_conversation_is_busy (self)
      && !self->audio_pending && self->commit_id == NULL
      && g_queue_is_empty (&self->creates) && !self->go_on
      && g_hash_table_size (self->calls) == 0;
}

void
gst_oai_conversation_function_output (GstOaiConversation *self,
    const gchar *call_id, const gchar *output, GstClockTime now)
{
  JsonObject *event = json_object_new ();
  JsonObject *item = json_object_new ();

  json_object_set_string_member (item, "type", "function_call_output");
  json_object_set_string_member (item, "call_id", call_id);
  json_object_set_string_member (item, "output", output);
  json_object_set_string_member (event, "type", "conversation.item.create");
  json_object_set_object_member (event, "item", item);
  self->ops.send (event, self->user_data);

  self->go_on_response = close_call (self, call_id);
  self->go_on = TRUE;
  send_next_create (self, now);
}

static gboolean
is_of_other_response (gpointer call_id, gpointer number, gpointer response)
{
  return number != response;
}

static void
function_called (GstOaiConversation *self, const gchar *call_id,
    const gchar *name, const gchar *arguments)
{
  gchar *key;

  if (call_id == NULL || name == NULL
      || g_hash_table_contains (self->seen_calls, call_id))
    return;
  /* Those of earlier responses will hardly be answered any more. */
  if (g_hash_table_size (self->calls) >= MAX_CALLS)
    g_hash_table_foreach_remove (self->calls, is_of_other_response,
        GUINT_TO_POINTER (self->n_responses));
  if (g_hash_table_size (self->calls) >= MAX_CALLS) {
    GST_WARNING ("more than %d open function calls, ignoring one", MAX_CALLS);
    return;
  }
  key = g_strdup (call_id);
  g_hash_table_add (self->seen_calls, key);
  g_queue_push_tail (&self->seen_order, key);
  if (g_queue_get_length (&self->seen_order) > 4 * MAX_CALLS)
    g_hash_table_remove (
        self->seen_calls, g_queue_pop_head (&self->seen_order));
  g_hash_table_insert (
      self->calls, g_strdup (call_id), GUINT_TO_POINTER (self->n_responses));
  self->ops.function_call (
      call_id, name, arguments ? arguments : "{}", self->user_data);
}

void
gst_oai_conversation_submit (
    GstOaiConversation *self, JsonObject *event, GstClockTime now)
{
  const gchar *type = get_string (event, "type");

  if (g_strcmp0 (type, "response.create") == 0) {
    if (self->winding_up)
      json_object_unref (event);
    else
      request_response (self, event, now);
    return;
  }
  /* The application answers a call by itself and asks for the response too. */
  if (g_strcmp0 (type, "conversation.item.create") == 0
      && g_strcmp0 (get_string (event, "item.type"), "function_call_output")
          == 0) {
    const gchar *call_id = get_string (event, "item.call_id");
    guint response = call_id ? close_call (self, call_id) : 0;

    if (self->go_on && response == self->go_on_response
        && !has_open_calls (self, response))
      self->go_on = FALSE;
  }
  self->ops.send (event, self->user_data);
}

void
gst_oai_conversation_interrupt (GstOaiConversation *self, GstClockTime now)
{
  if (self->active_response) {
    g_free (self->cancel_id);
    self->cancel_id = g_strdup (send_simple (self, "response.cancel"));
  } else if (!self->speaking && !self->audio_pending) {
    return;
  }
  /* Also when nothing was heard yet: its first sound may be on the way. */
  send_simple (self, "output_audio_buffer.clear");
  mute (self, NULL, now);
  set_speaking (self, FALSE);
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
  self->speech_open = TRUE;
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
  self->speech_open = FALSE;
  if (is_turn_taken (self))
    next_turn (self);
  self->turn.committed = now;
  if (self->turn.item_id == NULL)
    self->turn.item_id = g_strdup (id);
  if (!self->policy.manual_turns && self->policy.create_response
      && self->active_response == NULL)
    self->awaiting_since = now;
}

static void
handle_committed (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  user_item_made (self, get_string (object, "item_id"), now);
  if (self->commit_id) {
    g_clear_pointer (&self->commit_id, g_free);
    if (self->policy.create_response)
      request_response (self, new_create (), now);
  }
}

/* Azure's webrtcfilter lets no input_audio_buffer.committed through. */
static void
handle_item_added (
    GstOaiConversation *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = get_string (object, "item.id");

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
  self->n_responses++;
  g_free (self->active_response);
  self->active_response = g_strdup (id ? id : "");
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  /* What we asked for stays in creating: this may be a response of the server's
   * own, and ours be refused because of it. */
  self->response_open = TRUE;
  self->done_at = GST_CLOCK_TIME_NONE;
  if (!self->turn_open || gst_oai_turn_has_response (&self->turn))
    next_turn (self);
  self->turn.response_id = g_strdup (id ? id : "");
  self->turn.response_created = now;
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
  if (g_strcmp0 (id ? id : "", self->active_response) != 0)
    return;
  g_clear_pointer (&self->active_response, g_free);
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  g_clear_pointer (&self->creating, json_object_unref);
  g_clear_pointer (&self->creating_id, g_free);
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
  send_next_create (self, now);
}

/* Something of the response is audio. */
static void
note_audio_output (GstOaiConversation *self)
{
  if (self->active_response == NULL)
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
    self->awaiting_since = GST_CLOCK_TIME_NONE;
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
  if (g_strcmp0 (id, self->cancel_id) == 0) {
    GST_DEBUG ("the response to cancel was over");
    g_clear_pointer (&self->cancel_id, g_free);
    expected = TRUE;
  }
  if (g_strcmp0 (id, self->creating_id) == 0) {
    self->awaiting_since = GST_CLOCK_TIME_NONE;
    if (g_strcmp0 (code, "conversation_already_has_active_response") == 0
        && self->creating) {
      /* The server was quicker with a response of its own: ours is next. */
      g_queue_push_head (&self->creates, g_steal_pointer (&self->creating));
      if (self->active_response == NULL)
        self->awaiting_since = now;
      expected = TRUE;
    }
    g_clear_pointer (&self->creating, json_object_unref);
    g_clear_pointer (&self->creating_id, g_free);
    send_next_create (self, now);
  }
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
      self->speech_open = FALSE;
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
          get_string (object, "name"), get_string (object, "arguments"));
      break;
    case GST_OAI_EVENT_OUTPUT_ITEM_DONE:
      /* Older servers name the function only here. */
      if (g_strcmp0 (get_string (object, "item.type"), "function_call") == 0)
        function_called (self, get_string (object, "item.call_id"),
            get_string (object, "item.name"),
            get_string (object, "item.arguments"));
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

static void
check_span (GstOaiConversation *self, const GstOaiConversationMedia *media,
    GstClockTime now)
{
  GstClockTime tail = MAX (SPAN_TAIL, 2 * media->playout_target);

  /* However quiet it is: the pipeline may be in PAUSED. */
  if (!self->audio_pending || holds_sound_of (media, self->span_stopped)
      || (!self->response_open && holds_sound_of (media, self->done_at)))
    return;
  if (GST_CLOCK_TIME_IS_VALID (self->span_stopped)) {
    /* Servers that send silence between answers never let the playout run
     * empty: then time and quiet decide. */
    if ((later_than (now, self->span_stopped, SPAN_MIN_TAIL)
            && !media->playout_active)
        || (later_than (now, self->span_stopped, tail)
            && quiet_for (media, now, SPAN_TAIL / 2))
        || later_than (now, self->span_stopped, tail + SPAN_MAX_TAIL))
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
  /* Transcripts are not worth the wait when a limit is reached. */
  if (self->winding_up)
    return self->active_response != NULL || self->audio_pending
        || (!self->answer_only && !gst_oai_conversation_is_quiet (self));

  return !gst_oai_conversation_is_quiet (self)
      || GST_CLOCK_TIME_IS_VALID (self->commit_at)
      || g_hash_table_size (self->transcripts) > 0;
}

static void
check_drained (GstOaiConversation *self, GstClockTime now)
{
  GstClockTime quiet = self->policy.silence_duration + DRAIN_QUIET;

  if (!self->ended || self->drained)
    return;
  if (GST_CLOCK_TIME_IS_VALID (self->commit_at) && now >= self->commit_at) {
    self->commit_at = GST_CLOCK_TIME_NONE;
    g_free (self->commit_id);
    self->commit_id = g_strdup (
        send_simple (self, "input_audio_buffer.commit"));
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
  if (media->playout_active && self->audio_pending)
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
  if (later_than (now, self->awaiting_since, RESPONSE_TIMEOUT)) {
    GST_WARNING ("no response to the last turn");
    self->awaiting_since = GST_CLOCK_TIME_NONE;
    send_next_create (self, now);
  }
  check_span (self, media, now);
  check_drained (self, now);
}

void
gst_oai_conversation_connected (GstOaiConversation *self, GstClockTime now)
{
  if (GST_CLOCK_TIME_IS_VALID (self->awaiting_since))
    self->awaiting_since = now;
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
  if (self->policy.manual_turns)
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

void
gst_oai_conversation_wind_up (
    GstOaiConversation *self, gboolean answer_only, GstClockTime now)
{
  if (self->winding_up)
    return;
  self->winding_up = TRUE;
  self->answer_only = answer_only;
  self->ended = TRUE;
  self->drained = FALSE;
  self->ended_at = now;
  self->commit_at = GST_CLOCK_TIME_NONE;
}
