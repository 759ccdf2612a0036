/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoairesponder.h"

GST_DEBUG_CATEGORY_STATIC (responder_debug);
#define GST_CAT_DEFAULT responder_debug

/* A turn or a request that is not answered by then will not be. */
#define RESPONSE_TIMEOUT (10 * GST_SECOND)
/* Function calls that may be open at a time; more is hostile. */
#define MAX_CALLS 64
#define MAX_CREATES 16

/* A function call without an output. */
typedef struct {
  guint response; /* the number of the one that made it */
  GstClockTime since;
} OpenCall;

struct _GstOaiResponder {
  GstOaiResponderSend send;
  gpointer user_data;
  gchar *filler;
  GstClockTime filler_delay;
  gboolean held;

  gchar *active; /* in progress on the server */
  GstClockTime awaiting_since;
  gboolean cancelled; /* that one, or the one that is awaited */
  gchar *cancel_id; /* event_id of our response.cancel */
  GQueue creates; /* of JsonObject: response.create that wait */
  JsonObject *creating; /* sent last, may still be refused */
  gchar *creating_id;
  gboolean creating_filler;

  gboolean stopped; /* nothing is asked for any more */
  guint n_responses; /* so far; numbers the one that calls belong to */
  GHashTable *calls; /* call_id -> OpenCall */
  gboolean go_on; /* calls were answered: the model shall go on */
  guint go_on_response; /* once all calls of that one are */
  GHashTable
      *unseen; /* call_ids of outputs that the server does not have yet */
  guint filled_response; /* last one whose calls were bridged by the filler */
  GHashTable *seen_calls;
  GQueue seen_order; /* keys of seen_calls, oldest first */
  GHashTable *approvals; /* ids of those that wait */
};

GstOaiResponder *
gst_oai_responder_new (GstOaiResponderSend send, gpointer user_data)
{
  static gsize once = 0;
  GstOaiResponder *self = g_new0 (GstOaiResponder, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (responder_debug, "openairealtimeresponder", 0,
        "OpenAI Realtime: when the model is asked to speak");
    g_once_init_leave (&once, 1);
  }
  self->send = send;
  self->user_data = user_data;
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unseen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->seen_calls = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  self->approvals = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->creates);
  g_queue_init (&self->seen_order);

  return self;
}

void
gst_oai_responder_free (GstOaiResponder *self)
{
  g_queue_clear_full (&self->creates, (GDestroyNotify) json_object_unref);
  g_queue_clear (&self->seen_order);
  g_clear_pointer (&self->creating, json_object_unref);
  g_free (self->creating_id);
  g_free (self->cancel_id);
  g_free (self->active);
  g_free (self->filler);
  g_hash_table_unref (self->calls);
  g_hash_table_unref (self->unseen);
  g_hash_table_unref (self->seen_calls);
  g_hash_table_unref (self->approvals);
  g_free (self);
}

void
gst_oai_responder_set_filler (
    GstOaiResponder *self, const gchar *instructions, GstClockTime delay)
{
  g_free (self->filler);
  self->filler = instructions && *instructions ? g_strdup (instructions) : NULL;
  self->filler_delay = delay;
}

gboolean
gst_oai_responder_is_busy (GstOaiResponder *self)
{
  return self->active != NULL || GST_CLOCK_TIME_IS_VALID (self->awaiting_since);
}

gboolean
gst_oai_responder_is_waiting (GstOaiResponder *self)
{
  return gst_oai_responder_is_busy (self) || !g_queue_is_empty (&self->creates)
      || self->go_on || g_hash_table_size (self->calls) > 0
      || g_hash_table_size (self->approvals) > 0;
}

const gchar *
gst_oai_responder_get_active (GstOaiResponder *self)
{
  return self->active;
}

/* --- requests ---------------------------------------------------------- */

static JsonObject *
new_create (void)
{
  JsonObject *create = json_object_new ();

  json_object_set_string_member (create, "type", "response.create");

  return create;
}

/* Says something short, and calls nothing. */
static JsonObject *
new_filler (const gchar *instructions)
{
  JsonObject *create = new_create ();
  JsonObject *response = json_object_new ();

  json_object_set_string_member (response, "instructions", instructions);
  json_object_set_string_member (response, "tool_choice", "none");
  json_object_set_object_member (create, "response", response);

  return create;
}

static gboolean
is_out_of_band (JsonObject *create)
{
  return g_strcmp0 (
             gst_oai_json_get_string (create, "response.conversation", NULL),
             "none")
      == 0;
}

/* Takes @create. */
static void
send_create (GstOaiResponder *self, JsonObject *create, gboolean filler,
    GstClockTime now)
{
  g_clear_pointer (&self->creating, json_object_unref);
  self->creating = json_object_ref (create);
  self->creating_filler = filler;
  g_free (self->creating_id);
  self->creating_id = g_strdup (self->send (create, self->user_data));
  self->awaiting_since = now;
  self->cancelled = FALSE;
}

/* Whether a call that response number @response made is not answered yet. */
static gboolean
has_open_calls (GstOaiResponder *self, guint response)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call)) {
    if (((OpenCall *) call)->response == response)
      return TRUE;
  }
  return FALSE;
}

void
gst_oai_responder_next (GstOaiResponder *self, GstClockTime now)
{
  if (self->stopped || gst_oai_responder_is_busy (self))
    return;
  /* With parallel calls the model goes on when it has all the answers. A call of
   * an earlier response that nobody ever answers does not count. */
  if (self->go_on && !self->held
      && !has_open_calls (self, self->go_on_response)) {
    self->go_on = FALSE;
    send_create (self, new_create (), FALSE, now);
  } else if (!g_queue_is_empty (&self->creates)) {
    send_create (self, g_queue_pop_head (&self->creates), FALSE, now);
  }
}

void
gst_oai_responder_stop (GstOaiResponder *self)
{
  self->stopped = TRUE;
}

void
gst_oai_responder_set_held (
    GstOaiResponder *self, gboolean held, GstClockTime now)
{
  if (self->held == held)
    return;
  self->held = held;
  gst_oai_responder_next (self, now);
}

void
gst_oai_responder_request (
    GstOaiResponder *self, JsonObject *create, GstClockTime now)
{
  if (self->stopped) {
    json_object_unref (create);
    return;
  }
  if (is_out_of_band (create)) {
    self->send (create, self->user_data);
    return;
  }
  if (g_queue_get_length (&self->creates) >= MAX_CREATES) {
    GST_WARNING ("%d responses wait already, dropping one", MAX_CREATES);
    json_object_unref (create);
    return;
  }
  g_queue_push_tail (&self->creates, create);
  gst_oai_responder_next (self, now);
}

void
gst_oai_responder_expect (GstOaiResponder *self, GstClockTime now)
{
  if (self->active)
    return;
  self->awaiting_since = now;
  self->cancelled = FALSE;
}

void
gst_oai_responder_expect_nothing (GstOaiResponder *self)
{
  self->awaiting_since = GST_CLOCK_TIME_NONE;
}

static void
send_cancel (GstOaiResponder *self)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "type", "response.cancel");
  g_free (self->cancel_id);
  self->cancel_id = g_strdup (self->send (event, self->user_data));
}

gboolean
gst_oai_responder_cancel (GstOaiResponder *self)
{
  if (!gst_oai_responder_is_busy (self))
    return FALSE;
  /* A cancel that comes before the response has begun is refused. */
  if (self->active && !self->cancelled)
    send_cancel (self);
  self->cancelled = TRUE;

  return TRUE;
}

gboolean
gst_oai_responder_created (GstOaiResponder *self, const gchar *id)
{
  gboolean cancelled = self->cancelled && self->active == NULL;

  self->n_responses++;
  g_free (self->active);
  self->active = g_strdup (id ? id : "");
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  /* What we asked for stays in creating: this may be a response of the server's
   * own, and ours be refused because of it. */
  self->cancelled = cancelled;
  if (cancelled)
    send_cancel (self);
  else if (self->go_on && g_hash_table_size (self->unseen) == 0
      && !(self->creating && self->creating_filler)) {
    GST_DEBUG ("this response has the outputs already");
    self->go_on = FALSE;
  }
  return cancelled;
}

gboolean
gst_oai_responder_done (GstOaiResponder *self, const gchar *id)
{
  if (g_strcmp0 (id ? id : "", self->active) != 0)
    return FALSE;
  g_clear_pointer (&self->active, g_free);
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  self->cancelled = FALSE;
  g_clear_pointer (&self->creating, json_object_unref);
  g_clear_pointer (&self->creating_id, g_free);

  return TRUE;
}

static void
create_refused (GstOaiResponder *self, gboolean crossed, GstClockTime now)
{
  self->awaiting_since = GST_CLOCK_TIME_NONE;
  if (crossed && self->creating) {
    /* The server was quicker with a response of its own: ours is next, unless it
     * was to bridge a pause that is over or was cancelled. */
    if (!self->creating_filler && (self->active || !self->cancelled))
      g_queue_push_head (&self->creates, g_steal_pointer (&self->creating));
    if (self->active == NULL)
      self->awaiting_since = now;
  }
  g_clear_pointer (&self->creating, json_object_unref);
  g_clear_pointer (&self->creating_id, g_free);
  gst_oai_responder_next (self, now);
}

gboolean
gst_oai_responder_refused (GstOaiResponder *self, const gchar *event_id,
    const gchar *code, GstClockTime now)
{
  gboolean crossed = g_strcmp0 (
                         code, "conversation_already_has_active_response")
      == 0;

  if (event_id == NULL)
    return FALSE;
  if (g_strcmp0 (event_id, self->cancel_id) == 0) {
    GST_DEBUG ("the response to cancel was over");
    g_clear_pointer (&self->cancel_id, g_free);
    return TRUE;
  }
  if (g_strcmp0 (event_id, self->creating_id) == 0) {
    crossed = crossed && self->creating;
    create_refused (self, crossed, now);
    return crossed;
  }
  return FALSE;
}

/* --- function calls ---------------------------------------------------- */

static gboolean
is_of_other_response (gpointer call_id, gpointer call, gpointer response)
{
  return ((OpenCall *) call)->response != GPOINTER_TO_UINT (response);
}

gboolean
gst_oai_responder_call (
    GstOaiResponder *self, const gchar *call_id, GstClockTime now)
{
  OpenCall *call;
  gchar *key;

  if (g_hash_table_contains (self->seen_calls, call_id))
    return FALSE;
  /* Those of earlier responses will hardly be answered any more. */
  if (g_hash_table_size (self->calls) >= MAX_CALLS)
    g_hash_table_foreach_remove (self->calls, is_of_other_response,
        GUINT_TO_POINTER (self->n_responses));
  if (g_hash_table_size (self->calls) >= MAX_CALLS) {
    GST_WARNING ("more than %d open function calls, ignoring one", MAX_CALLS);
    return FALSE;
  }
  key = g_strdup (call_id);
  g_hash_table_add (self->seen_calls, key);
  g_queue_push_tail (&self->seen_order, key);
  if (g_queue_get_length (&self->seen_order) > 4 * MAX_CALLS)
    g_hash_table_remove (
        self->seen_calls, g_queue_pop_head (&self->seen_order));
  call = g_new0 (OpenCall, 1);
  call->response = self->n_responses;
  call->since = now;
  g_hash_table_insert (self->calls, g_strdup (call_id), call);

  return TRUE;
}

gboolean
gst_oai_responder_has_call (GstOaiResponder *self, const gchar *call_id)
{
  return g_hash_table_contains (self->calls, call_id);
}

/* Takes a call off the list and says which response made it; 0: unknown. */
static guint
close_call (GstOaiResponder *self, const gchar *call_id)
{
  OpenCall *call = g_hash_table_lookup (self->calls, call_id);
  guint response = call ? call->response : 0;

  g_hash_table_remove (self->calls, call_id);

  return response;
}

void
gst_oai_responder_output (GstOaiResponder *self, const gchar *call_id,
    const gchar *output, GstClockTime now)
{
  JsonObject *event = json_object_new ();
  JsonObject *item = json_object_new ();

  json_object_set_string_member (item, "type", "function_call_output");
  json_object_set_string_member (item, "call_id", call_id);
  json_object_set_string_member (item, "output", output);
  json_object_set_string_member (event, "type", "conversation.item.create");
  json_object_set_object_member (event, "item", item);
  self->send (event, self->user_data);

  self->go_on_response = close_call (self, call_id);
  self->go_on = TRUE;
  /* Some servers never say that they have it. */
  if (g_hash_table_size (self->unseen) >= MAX_CALLS)
    g_hash_table_remove_all (self->unseen);
  g_hash_table_add (self->unseen, g_strdup (call_id));
  gst_oai_responder_next (self, now);
}

void
gst_oai_responder_output_by_application (
    GstOaiResponder *self, const gchar *call_id)
{
  guint response = close_call (self, call_id);

  if (self->go_on && response == self->go_on_response
      && !has_open_calls (self, response))
    self->go_on = FALSE;
}

void
gst_oai_responder_output_added (GstOaiResponder *self, const gchar *call_id)
{
  g_hash_table_remove (self->unseen, call_id);
}

/* --- approvals --------------------------------------------------------- */

void
gst_oai_responder_approval_wanted (GstOaiResponder *self, const gchar *id)
{
  if (g_hash_table_size (self->approvals) < MAX_CALLS)
    g_hash_table_add (self->approvals, g_strdup (id));
}

void
gst_oai_responder_approval_answered (
    GstOaiResponder *self, const gchar *id, gboolean approved, GstClockTime now)
{
  /* Asked for by somebody who answers twice, once is enough. */
  if (!g_hash_table_remove (self->approvals, id))
    return;
  if (approved)
    gst_oai_responder_expect (self, now);
  else
    gst_oai_responder_request (self, new_create (), now);
}

/* --- time -------------------------------------------------------------- */

static gboolean
later_than (GstClockTime now, GstClockTime time, GstClockTime by)
{
  return GST_CLOCK_TIME_IS_VALID (time) && now >= time && now - time >= by;
}

static void
fill_pause (GstOaiResponder *self, GstClockTime now)
{
  GHashTableIter iter;
  gpointer data;

  if (self->stopped)
    return;
  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &data)) {
    OpenCall *call = data;

    /* Once for all calls of a response. */
    if (call->response > self->filled_response
        && later_than (now, call->since, self->filler_delay)) {
      self->filled_response = call->response;
      send_create (self, new_filler (self->filler), TRUE, now);
      return;
    }
  }
}

void
gst_oai_responder_tick (GstOaiResponder *self, gboolean quiet, GstClockTime now)
{
  if (later_than (now, self->awaiting_since, RESPONSE_TIMEOUT)) {
    GST_WARNING ("no response to the last turn");
    self->awaiting_since = GST_CLOCK_TIME_NONE;
    self->cancelled = FALSE;
    gst_oai_responder_next (self, now);
  }
  if (self->filler && quiet && !self->held && !gst_oai_responder_is_busy (self))
    fill_pause (self, now);
}

void
gst_oai_responder_connected (GstOaiResponder *self, GstClockTime now)
{
  if (GST_CLOCK_TIME_IS_VALID (self->awaiting_since))
    self->awaiting_since = now;
}
