/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisession.h"

#include "media/gstoaiducker.h"
#include "media/gstoaispeechdetector.h"
#include "protocol/gstoaii18n.h"
#include "session/gstoaiconversation.h"
#include "session/gstoaihangup.h"
#include "session/gstoaihistory.h"
#include "session/gstoailedger.h"
#include "session/gstoailimits.h"
#include "session/gstoaimeter.h"
#include "session/gstoaiposition.h"
#include "session/gstoairesponsewatch.h"
#include "session/gstoaisessionconfig.h"
#include "session/gstoaitools.h"
#include "session/gstoaiupdates.h"
#include "transport/gstoairacetransport.h"
#include "transport/gstoaiwebrtctransport.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (session_debug);
#define GST_CAT_DEFAULT session_debug

/* The session's thread may be inside a handler of the application. */
#define CLOSE_PATIENCE (3 * G_TIME_SPAN_SECOND)
/* Client events kept until connected. */
#define MAX_WAITING_EVENTS 64
/* Unreadable events in a row that end a session. */
#define MAX_BAD_EVENTS 32
/* An event comes first on every call, as soon as the channel is open. */
#define FIRST_EVENT_TIMEOUT (8 * GST_SECOND)
/* Sound and the events about it travel apart: this much may lie between them. */
#define SOUND_TOLERANCE (2 * GST_SECOND)
#define TICK_MS 20

typedef struct {
  GstElement *element; /* not owned: a user detaches before it goes */
  GstOaiRole role;
  GstOaiSessionFuncs funcs;
  GstOaiSettings *settings;
  gboolean started;
} User;

struct _GstOaiSession {
  GObject parent;

  gchar *name;
  GstOaiUplink *uplink;
  GstOaiHistory *history;
  GstOaiPosition *position;
  GstOaiDucker *ducker;
  GstOaiSpeechDetector detector; /* the input's streaming thread only */
  GstOaiPlayout *playout;
  GstOaiTransportFactory factory;

  GMutex lock; /* protects everything down to the next comment */
  GPtrArray *users;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GstOaiTransport *transport;
  GstOpenAIRealtimeConnectionState state;
  gchar *session_id;
  gchar *call_id;
  gsize max_event_size; /* of the last successful connect */
  gboolean voice_fixed;
  gboolean input_ended;
  gboolean over; /* the call that was started is, while its users go on */
  guint closing; /* ends of a call that were asked for and are to come */
  GstClockTime connect_time; /* of the last successful connect, duration */
  guint64 events_received;
  guint64 events_sent;
  guint64 events_bad;
  guint turns;
  GstOaiLedger *ledger;
  GstOaiUsage usage; /* of this session so far */

  /* atomic */
  gint speaking;
  gint heard; /* an output half is there to play */

  GMutex media_lock; /* leaf lock, protects down to the next comment */
  GstClockTime first_packet;
  GstClockTime last_packet;
  GstClockTime first_audible;
  GstClockTime last_audible;
  GstClockTime first_sound_packet; /* what the first audible sound came in */
  GstClockTime last_speech; /* when the input last had some */
  GstClockTime output_latency;

  /* The rest belongs to the session's thread. */
  GstOaiConversation *conversation;
  GstOaiConversationPolicy policy;
  GstOaiMeter *meter;
  GstOaiLimits limits;
  GstOaiLimit ending; /* the limit that was reached */
  gboolean prices_matter; /* somebody asked for the cost */
  GstOaiResponseWatch watch;
  GstClockTime response_timeout;
  GstOaiTools *tools; /* with the conversation, until the call is over */
  GSource *ticks;
  GstOaiUpdates *updates;
  GstClockTime open_deadline; /* audio waits for an update until then */
  GQueue waiting; /* of JsonObject, until connected */
  guint64 next_event_id;
  gchar *last_event_id;
  guint bad_events;
  GstClockTime started_at;
  /* NONE once it came or was missed. The end of the input waits for it. */
  GstClockTime first_event_deadline;
  GstClockTime sound_started; /* the server says that it sends sound since */
  GObject *connections; /* for the next call as well */
  gboolean connected;
  gboolean progressing;
  gboolean failed;
  GstOaiHangUp *failed_hang_up; /* the end of the call that failed, under way */
  gboolean client_secret;
  /* A client secret is waited for; an answer of another number is too late. */
  guint secret_request;
  GSource *secret_timer;
  gboolean filtered; /* the server was asked to send few events only */
  GstClockTime turn_bound; /* longest latency of a turn without a warning */
};

G_DEFINE_TYPE_WITH_CODE (GstOaiSession, gst_oai_session, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (
        session_debug, "openairealtimesession", 0, "OpenAI Realtime: session"))

static GstClockTime
now_ns (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

/* --- the session's thread ---------------------------------------------- */

typedef void (*SessionFunc) (GstOaiSession *self, gpointer data);

typedef struct {
  GstOaiSession *self;
  SessionFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Call;

static gboolean
call_dispatch (gpointer data)
{
  Call *call = data;

  call->func (call->self, call->data);

  return G_SOURCE_REMOVE;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->destroy)
    call->destroy (call->data);
  g_object_unref (call->self);
  g_free (call);
}

/* Must be called with lock: what is decided with it is done in that order. Runs
 * @func on the session's thread. FALSE, and @data stays the caller's, when that
 * does not run. */
static gboolean
post_unlocked (GstOaiSession *self, SessionFunc func, gpointer data,
    GDestroyNotify destroy)
{
  GSource *source;
  Call *call;

  if (self->context == NULL)
    return FALSE;
  call = g_new0 (Call, 1);
  call->self = g_object_ref (self);
  call->func = func;
  call->data = data;
  call->destroy = destroy;
  /* Not g_main_context_invoke(): that may run in the calling thread. */
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, call_dispatch, call, call_free);
  g_source_attach (source, self->context);
  g_source_unref (source);

  return TRUE;
}

/* Runs @func on the session's thread, in the order of the calls. FALSE, and
 * nothing happens but @destroy, when the thread does not run. */
static gboolean
post (GstOaiSession *self, SessionFunc func, gpointer data,
    GDestroyNotify destroy)
{
  gboolean posted;

  g_mutex_lock (&self->lock);
  posted = post_unlocked (self, func, data, destroy);
  g_mutex_unlock (&self->lock);
  if (!posted && destroy)
    destroy (data);

  return posted;
}

typedef struct {
  GstOaiSession *self; /* a handler may outlive all users */
  GMainContext *context;
  GMainLoop *loop;
} ThreadData;

static gpointer
session_thread (gpointer data)
{
  ThreadData *thread = data;

  g_main_context_push_thread_default (thread->context);
  g_main_loop_run (thread->loop);
  /* What was posted last still runs: it frees what it holds. */
  while (g_main_context_iteration (thread->context, FALSE))
    ;
  g_main_context_pop_thread_default (thread->context);
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  g_object_unref (thread->self);
  g_free (thread);

  return NULL;
}

static gboolean
on_session_thread (GstOaiSession *self)
{
  gboolean same;

  g_mutex_lock (&self->lock);
  same = self->thread == g_thread_self ();
  g_mutex_unlock (&self->lock);

  return same;
}

/* --- telling the users ------------------------------------------------- */

typedef struct {
  GstElement *element;
  GstOaiSessionFuncs funcs;
  gboolean speaker;
  GstOaiRole role;
} Listener;

static void
listener_clear (gpointer data)
{
  gst_object_unref (((Listener *) data)->element);
}

static GstObject *
toplevel_of (GstElement *element)
{
  GstObject *object = gst_object_ref (GST_OBJECT (element));
  GstObject *parent;

  while ((parent = gst_object_get_parent (object))) {
    gst_object_unref (object);
    object = parent;
  }
  return object;
}

/* The users, with the input half in front, each told whether it speaks for its
 * pipeline. Needs no lock. */
static GArray *
get_listeners (GstOaiSession *self)
{
  GArray *listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  GPtrArray *toplevels = g_ptr_array_new_with_free_func (gst_object_unref);
  guint i;

  g_array_set_clear_func (listeners, listener_clear);
  g_mutex_lock (&self->lock);
  for (i = 0; i < self->users->len; i++) {
    User *user = g_ptr_array_index (self->users, i);
    Listener listener = { gst_object_ref (user->element), user->funcs, FALSE,
      user->role };

    if (user->role & GST_OAI_ROLE_INPUT)
      g_array_prepend_val (listeners, listener);
    else
      g_array_append_val (listeners, listener);
  }
  g_mutex_unlock (&self->lock);

  for (i = 0; i < listeners->len; i++) {
    Listener *listener = &g_array_index (listeners, Listener, i);
    GstObject *toplevel = toplevel_of (listener->element);

    listener->speaker = !g_ptr_array_find (toplevels, toplevel, NULL);
    g_ptr_array_add (toplevels, toplevel);
  }
  g_ptr_array_unref (toplevels);

  return listeners;
}

#define FOR_EACH_LISTENER(self, l)                                             \
  for (GArray *l##_all = get_listeners (self); l##_all;                        \
       g_array_unref (l##_all), l##_all = NULL)                                \
    for (guint l##_i = 0; l##_i < l##_all->len; l##_i++)                       \
      for (Listener *l = &g_array_index (l##_all, Listener, l##_i); l; l = NULL)

static void
tell_progress (GstOaiSession *self, GstProgressType type, const gchar *text)
{
  FOR_EACH_LISTENER (self, l) {
    if (l->speaker)
      l->funcs.progress (l->element, type, text);
  }
}

static void
tell_error (GstOaiSession *self, const GstOaiError *error, gboolean warning)
{
  FOR_EACH_LISTENER (self, l) {
    if (l->speaker)
      l->funcs.error (l->element, error, warning);
  }
}

static void
tell_message (GstOaiSession *self, const GstStructure *structure)
{
  FOR_EACH_LISTENER (self, l) {
    if (l->speaker)
      l->funcs.message (l->element, structure);
  }
}

static void
set_state (GstOaiSession *self, GstOpenAIRealtimeConnectionState state)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->state != state;
  self->state = state;
  g_mutex_unlock (&self->lock);
  if (!changed)
    return;
  FOR_EACH_LISTENER (self, l) {
    l->funcs.state (l->element);
  }
}

/* --- sending ----------------------------------------------------------- */

static GstOaiTransport *
ref_transport (GstOaiSession *self)
{
  GstOaiTransport *transport;

  g_mutex_lock (&self->lock);
  transport = self->transport ? g_object_ref (self->transport) : NULL;
  g_mutex_unlock (&self->lock);

  return transport;
}

static void
warn_not_sent (GstOaiSession *self, const gchar *type, const GError *reason)
{
  g_autoptr (GstOaiError) error = gst_oai_error_new (GST_OAI_ERROR_CALLER,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
      _ ("An event could not be sent to the server"), "%s: %s", type,
      reason ? reason->message : "unknown");

  gst_oai_error_because ("not-sent", error);
  tell_error (self, error, TRUE);
}

static void
send_now (GstOaiSession *self, JsonObject *event)
{
  g_autoptr (GstOaiTransport) transport = ref_transport (self);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = gst_oai_json_to_string (event);
  const gchar *type = gst_oai_json_get_string (event, "type", "");

  if (transport == NULL)
    return;
  GST_DEBUG_OBJECT (self, "sending %s", type);
  GST_TRACE_OBJECT (self, "%s", text);
  if (!gst_oai_transport_send_event (transport, text, strlen (text), &error)) {
    warn_not_sent (self, type, error);
    return;
  }
  gst_oai_response_watch_sent (&self->watch, event, now_ns ());
  g_mutex_lock (&self->lock);
  self->events_sent++;
  g_mutex_unlock (&self->lock);
}

/* Takes @event; gives it an event_id. Session thread. */
static const gchar *
send_event (JsonObject *event, gpointer user_data)
{
  GstOaiSession *self = user_data;
  const gchar *id = gst_oai_json_get_string (event, "event_id", NULL);

  g_free (self->last_event_id);
  if (id)
    self->last_event_id = g_strdup (id);
  else
    self->last_event_id = g_strdup_printf (
        "event_client_%" G_GUINT64_FORMAT, ++self->next_event_id);
  json_object_set_string_member (event, "event_id", self->last_event_id);

  if (self->connected) {
    send_now (self, event);
    json_object_unref (event);
  } else if (g_queue_get_length (&self->waiting) < MAX_WAITING_EVENTS) {
    g_queue_push_tail (&self->waiting, event);
  } else {
    g_autoptr (GError) error = g_error_new_literal (GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_WRITE, "too many events before the connection");

    warn_not_sent (self, gst_oai_json_get_string (event, "type", ""), error);
    json_object_unref (event);
  }
  return self->last_event_id;
}

/* --- configuration ----------------------------------------------------- */

/* The union of all users' settings, input half first. */
static GstOaiSettings *
union_of_settings (GstOaiSession *self, GPtrArray *conflicts)
{
  GstOaiSettings *all = gst_oai_settings_new ();
  guint pass, i;

  g_mutex_lock (&self->lock);
  for (pass = 0; pass < 2; pass++) {
    for (i = 0; i < self->users->len; i++) {
      User *user = g_ptr_array_index (self->users, i);
      gboolean input = (user->role & GST_OAI_ROLE_INPUT) != 0;

      if (input == (pass == 0))
        gst_oai_settings_merge (all, user->settings, conflicts);
    }
  }
  g_mutex_unlock (&self->lock);

  return all;
}

static void
apply_limits (GstOaiSession *self, const GstOaiSettings *settings)
{
  GstOaiLimits *limits = &self->limits;

  limits->max_cost = gst_oai_settings_double (
      settings, GST_OAI_SETTING_MAX_COST);
  limits->max_duration = gst_oai_settings_uint (
                             settings, GST_OAI_SETTING_MAX_DURATION)
      * GST_MSECOND;
  limits->max_idle = gst_oai_settings_uint (settings, GST_OAI_SETTING_MAX_IDLE)
      * GST_MSECOND;
  self->prices_matter = limits->max_cost > 0.0
      || gst_oai_settings_is_set (settings, GST_OAI_SETTING_PRICE_TABLE);
}

static void
apply_local_settings (GstOaiSession *self, const GstOaiSettings *settings)
{
  GstOaiConversationPolicy *policy = &self->policy;
  guint bound;
  gboolean muted;
  gint detection = gst_oai_settings_turn_detection (settings);

  policy->manual_turns = detection == GST_OPENAI_REALTIME_TURN_DETECTION_NONE;
  policy->interrupt = !policy->manual_turns
      && gst_oai_settings_boolean (
          settings, GST_OAI_SETTING_INTERRUPT_RESPONSE);
  policy->play_on = gst_oai_settings_enum (
                        settings, GST_OAI_SETTING_INTERRUPT_MODE)
      == GST_OPENAI_REALTIME_INTERRUPT_MODE_NONE;
  policy->create_response = gst_oai_settings_boolean (
                                settings, GST_OAI_SETTING_CREATE_RESPONSE)
      && gst_oai_settings_enum (settings, GST_OAI_SETTING_SESSION_TYPE)
          == GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME;
  policy->translation = gst_oai_settings_enum (
                            settings, GST_OAI_SETTING_SESSION_TYPE)
      == GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION;
  policy->keep = gst_oai_settings_enum (settings, GST_OAI_SETTING_EOS_MODE)
      == GST_OPENAI_REALTIME_EOS_MODE_KEEP;
  policy->silence_duration = detection
          == GST_OPENAI_REALTIME_TURN_DETECTION_SEMANTIC_VAD
      ? 2 * GST_SECOND
      : gst_oai_settings_uint (settings, GST_OAI_SETTING_VAD_SILENCE_DURATION)
          * GST_MSECOND;
  policy->drain_timeout = gst_oai_settings_uint (
                              settings, GST_OAI_SETTING_DRAIN_TIMEOUT)
      * GST_MSECOND;
  self->response_timeout = gst_oai_settings_uint (
                               settings, GST_OAI_SETTING_RESPONSE_TIMEOUT)
      * GST_MSECOND;
  apply_limits (self, settings);
  muted = gst_oai_settings_boolean (settings, GST_OAI_SETTING_MUTE)
      || self->ending != GST_OAI_LIMIT_NONE;
  gst_oai_uplink_set_muted (self->uplink, muted);
  /* Who cannot be heard interrupts nobody. */
  gst_oai_ducker_set_enabled (self->ducker,
      policy->interrupt && !muted
          && gst_oai_settings_enum (settings, GST_OAI_SETTING_LOCAL_INTERRUPT)
              == GST_OPENAI_REALTIME_LOCAL_INTERRUPT_DUCK);
  bound = gst_oai_settings_uint (settings, GST_OAI_SETTING_MAX_TURN_LATENCY);
  self->turn_bound = bound > 0 ? bound * GST_MSECOND : GST_CLOCK_TIME_NONE;
  if (self->conversation) {
    gst_oai_conversation_set_policy (self->conversation, policy);
    gst_oai_conversation_set_filler (self->conversation,
        gst_oai_settings_string (settings, GST_OAI_SETTING_TOOL_FILLER),
        gst_oai_settings_uint (settings, GST_OAI_SETTING_TOOL_FILLER_DELAY)
            * GST_MSECOND);
  }
  if (self->tools)
    gst_oai_tools_configure (self->tools,
        gst_oai_settings_string (settings, GST_OAI_SETTING_TOOL_COMMAND),
        gst_oai_settings_uint (settings, GST_OAI_SETTING_TOOL_TIMEOUT),
        gst_oai_settings_uint (settings, GST_OAI_SETTING_TOOL_MAX_OUTPUT));
}

/* Sends what differs between the settings and what the server has. */
static void
send_update (GstOaiSession *self)
{
  g_autoptr (GstOaiSettings) settings = NULL;
  JsonObject *patch, *event;

  if (!self->connected)
    return;
  settings = union_of_settings (self, NULL);
  patch = gst_oai_updates_next (self->updates, settings);
  if (patch == NULL)
    return;
  event = json_object_new ();
  json_object_set_string_member (event, "type", "session.update");
  json_object_set_object_member (event, "session", patch);
  gst_oai_updates_sent (self->updates, send_event (event, self), now_ns ());
}

static void
update_acknowledged (GstOaiSession *self)
{
  if (gst_oai_updates_acknowledged (self->updates))
    send_update (self);
}

/* TRUE when the property has its old value again. */
static gboolean
restore_setting (GstOaiSession *self, GstOaiSetting setting)
{
  const GstOaiSettings *refused, *old;
  gboolean restored = FALSE;

  if (!gst_oai_updates_changed (self->updates, setting, &refused, &old))
    return FALSE;
  FOR_EACH_LISTENER (self, l) {
    if (l->funcs.setting_refused
        && l->funcs.setting_refused (l->element, setting, refused, old))
      restored = TRUE;
  }
  return restored;
}

/* The property gets its old value back, unless it has been set anew since. Returns
 * the one that was restored, GST_OAI_SETTING_LAST: none. */
static GstOaiSetting
update_refused (GstOaiSession *self, const gchar *param)
{
  GstOaiSetting setting = gst_oai_setting_of_param (param);
  gboolean restored;

  if (gst_oai_conversation_is_busy (self->conversation)
      && gst_oai_updates_postpone (self->updates))
    return GST_OAI_SETTING_LAST;
  restored = restore_setting (self, setting);
  if (gst_oai_updates_refused (self->updates, param, restored))
    send_update (self);

  return restored ? setting : GST_OAI_SETTING_LAST;
}

static void
name_setting (GstOaiError *error, GstOaiSetting setting)
{
  const gchar *name = gst_oai_setting_name (setting);

  g_free (error->message);
  /* Translators: %s is the name of a property. */
  error->message = g_strdup_printf (
      _ ("The server refused the new value of “%s”; the old one is back"),
      name);
  gst_structure_set (error->details, "property", G_TYPE_STRING, name, NULL);
}

static void
do_settings_changed (GstOaiSession *self, gpointer data)
{
  g_autoptr (GstOaiSettings) settings = union_of_settings (self, NULL);

  apply_local_settings (self, settings);
  FOR_EACH_LISTENER (self, l) {
    l->funcs.settings_changed (l->element);
  }
  send_update (self);
}

/* --- conversation ------------------------------------------------------ */

static void
conversation_interrupt (GstClockTime now, gpointer user_data)
{
  GstOaiSession *self = user_data;

  GST_DEBUG_OBJECT (self, "answer interrupted");
  gst_oai_ducker_agreed (self->ducker);
  gst_oai_playout_interrupt (self->playout, now);
  FOR_EACH_LISTENER (self, l) {
    if (l->role & GST_OAI_ROLE_OUTPUT)
      l->funcs.interrupted (l->element);
  }
}

static void
conversation_resume (GstClockTime cutoff, gpointer user_data)
{
  GstOaiSession *self = user_data;

  gst_oai_playout_resume (self->playout, cutoff);
}

static void
conversation_speaking (gboolean speaking, gpointer user_data)
{
  GstOaiSession *self = user_data;

  g_atomic_int_set (&self->speaking, speaking);
  gst_oai_position_set_speaking (self->position, speaking);
}

static void
conversation_function_call (const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  GstOaiSession *self = user_data;
  g_autofree gchar *output = NULL;

  FOR_EACH_LISTENER (self, l) {
    g_autofree gchar *answer = l->funcs.function_call (
        l->element, call_id, name, arguments);

    if (output == NULL)
      output = g_steal_pointer (&answer);
  }
  if (output)
    gst_oai_conversation_function_output (
        self->conversation, call_id, output, now_ns ());
  else if (self->tools && gst_oai_tools_is_enabled (self->tools))
    gst_oai_tools_run (self->tools, call_id, name, arguments);
}

static void
tool_done (const GstOaiToolResult *result, gpointer user_data)
{
  GstOaiSession *self = user_data;
  g_autoptr (GstOaiError) error = gst_oai_tool_result_to_error (result);
  GstStructure *message = gst_oai_tool_result_to_structure (result);

  if (self->conversation
      && gst_oai_conversation_has_call (self->conversation, result->call_id))
    gst_oai_conversation_function_output (
        self->conversation, result->call_id, result->output, now_ns ());
  tell_message (self, message);
  gst_structure_free (message);
  if (error)
    tell_error (self, error, TRUE);
}

static GstClockTime
get_round_trip (GstOaiSession *self)
{
  g_autoptr (GstOaiTransport) transport = ref_transport (self);
  GstStructure *stats;
  guint64 time = 0;

  stats = transport ? gst_oai_transport_get_stats (transport) : NULL;
  if (stats) {
    gst_structure_get_uint64 (stats, "round-trip-time", &time);
    gst_structure_free (stats);
  }
  return time > 0 ? time : GST_CLOCK_TIME_NONE;
}

static void
warn_slow_turn (GstOaiSession *self, const GstOaiShares *shares)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GstOaiError) error = NULL;

  /* Translators: two times in milliseconds. */
  text = g_strdup_printf (
      _ ("The answer was heard %u ms after the end of the speech, that is more "
         "than %u ms"),
      (guint) (shares->total / GST_MSECOND),
      (guint) (self->turn_bound / GST_MSECOND));
  error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, text, "max-turn-latency");
  gst_oai_error_because ("slow-turn", error);
  gst_oai_shares_to_structure (shares, error->details);
  tell_error (self, error, TRUE);
}

static void
note_position (GstOaiSession *self)
{
  guint32 rtp_time;

  if (gst_oai_playout_get_position (self->playout, &rtp_time) > 0)
    gst_oai_position_played (self->position, rtp_time);
}

static void
conversation_turn (const GstOaiTurn *turn, gpointer user_data)
{
  GstOaiSession *self = user_data;
  GstStructure *structure = gst_oai_turn_to_structure (turn);
  gboolean measured, slow = FALSE;
  GstClockTime device, played;
  GstOaiShares shares;

  g_mutex_lock (&self->media_lock);
  device = self->output_latency;
  g_mutex_unlock (&self->media_lock);
  measured = gst_oai_shares_of_turn (
      &shares, turn, get_round_trip (self), device);
  g_mutex_lock (&self->lock);
  self->turns++;
  if (measured)
    slow = gst_oai_ledger_add (self->ledger, &shares, self->turn_bound);
  g_mutex_unlock (&self->lock);
  if (measured)
    gst_oai_shares_to_structure (&shares, structure);
  note_position (self);
  played = turn->response_id
      ? gst_oai_position_get (self->position, turn->response_id)
      : GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (played))
    gst_structure_set (structure, "played", G_TYPE_UINT64, played, NULL);
  gst_oai_meter_describe_turn (self->meter, structure);
  tell_message (self, structure);
  gst_structure_free (structure);
  if (slow)
    warn_slow_turn (self, &shares);
}

static void
tell_drained (GstOaiSession *self)
{
  FOR_EACH_LISTENER (self, l) {
    l->funcs.drained (l->element);
  }
}

static void fail (GstOaiSession *self, const GstOaiError *error);
static void end_session (GstOaiSession *self, const gchar *reason);

static void
conversation_drained (gboolean timed_out, gpointer user_data)
{
  GstOaiSession *self = user_data;

  GST_INFO_OBJECT (self, "drained%s", timed_out ? " (timed out)" : "");
  if (self->ending != GST_OAI_LIMIT_NONE
      || gst_oai_conversation_is_closed (self->conversation)) {
    end_session (self,
        self->ending != GST_OAI_LIMIT_NONE ? gst_oai_limit_name (self->ending)
                                           : "closed");
    return;
  }
  if (timed_out) {
    g_autoptr (GstOaiError) error = gst_oai_error_new (GST_OAI_ERROR_RETRYABLE,
        GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        _ ("The answer was not complete in time after end of stream"),
        "drain-timeout");

    gst_oai_error_because ("drain-timeout", error);
    tell_error (self, error, TRUE);
  }
  tell_drained (self);
}

/* Azure's "?webrtcfilter=on" lets nothing through before somebody speaks. */
static gboolean
is_filtered (const GstOaiCall *call)
{
  const gchar *query = strchr (call->base_url, '?');

  return query && strstr (query, "webrtcfilter=")
      && !strstr (query, "webrtcfilter=off");
}

static gboolean
awaits_first_event (GstOaiSession *self)
{
  return GST_CLOCK_TIME_IS_VALID (self->first_event_deadline);
}

/* Nothing is over before the server has begun: a short file would be at its end
 * without an answer, and without a word about it. */
static void
end_wait_for_first_event (GstOaiSession *self, GstClockTime now)
{
  gboolean ended;

  if (!awaits_first_event (self))
    return;
  self->first_event_deadline = GST_CLOCK_TIME_NONE;
  g_mutex_lock (&self->lock);
  ended = self->input_ended;
  g_mutex_unlock (&self->lock);
  if (ended)
    gst_oai_conversation_input_ended (self->conversation, now);
}

/* A server that takes the call and then says nothing. When there is sound, it
 * has another idea of the protocol, and the sound is better than nothing. */
static void
check_first_event (GstOaiSession *self, GstClockTime now)
{
  g_autoptr (GstOaiError) error = NULL;
  gboolean sound;

  if (!awaits_first_event (self) || now < self->first_event_deadline)
    return;
  end_wait_for_first_event (self, now);
  g_mutex_lock (&self->media_lock);
  sound = GST_CLOCK_TIME_IS_VALID (self->first_packet);
  g_mutex_unlock (&self->media_lock);
  if (sound) {
    error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_READ,
        _ ("The server sends sound, but no events: turns, texts and "
           "interruptions will be missing."),
        "no event in %" GST_TIME_FORMAT, GST_TIME_ARGS (FIRST_EVENT_TIMEOUT));
    gst_oai_error_because ("no-events", error);
    tell_error (self, error, TRUE);
  } else {
    error = gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_READ,
        _ ("The server took the call, but sends nothing."),
        "neither an event nor a packet in %" GST_TIME_FORMAT,
        GST_TIME_ARGS (FIRST_EVENT_TIMEOUT));
    gst_oai_error_because ("nothing-arrives", error);
    fail (self, error);
  }
}

static const GstOaiConversationOps conversation_ops = { send_event,
  conversation_interrupt, conversation_resume, conversation_speaking,
  conversation_function_call, conversation_turn, conversation_drained };

/* --- usage and limits -------------------------------------------------- */

static void
check_limits (GstOaiSession *self, GstClockTime now)
{
  GstOaiLimit limit;

  if (!self->connected || self->ending != GST_OAI_LIMIT_NONE)
    return;
  limit = gst_oai_limits_check (&self->limits,
      gst_oai_meter_get_total (self->meter)->cost,
      gst_oai_conversation_is_quiet (self->conversation), now);
  if (limit == GST_OAI_LIMIT_NONE)
    return;
  GST_INFO_OBJECT (self, "%s is reached", gst_oai_limit_name (limit));
  self->ending = limit;
  gst_oai_uplink_set_muted (self->uplink, TRUE);
  gst_oai_conversation_wind_up (
      self->conversation, limit == GST_OAI_LIMIT_COST, now);
}

static void
warn_unpriced (GstOaiSession *self, const gchar *model)
{
  g_autoptr (GstOaiError) error = NULL;

  GST_INFO_OBJECT (self, "no price for what “%s” used", model);
  if (!self->prices_matter)
    return;
  error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND,
      _ ("The price table has no price for what a model used: the cost is not "
         "the whole cost."),
      "model “%s”", model);
  gst_oai_error_because ("unpriced", error);
  gst_structure_set (error->details, "model", G_TYPE_STRING, model, NULL);
  tell_error (self, error, TRUE);
}

/* Before anything follows from @event: a response that would be asked for now may
 * be one too many. */
static GstStructure *
count_usage (GstOaiSession *self, GstOaiEvent event, JsonObject *object,
    GstOaiUsage *usage, GstClockTime now)
{
  GstStructure *message = gst_oai_meter_handle_event (
      self->meter, event, object, usage);

  gst_oai_limits_handle_event (&self->limits, event, now);
  if (message) {
    g_mutex_lock (&self->lock);
    self->usage = *gst_oai_meter_get_total (self->meter);
    g_mutex_unlock (&self->lock);
    check_limits (self, now);
  }
  return message;
}

/* Takes @message. */
static void
tell_usage (
    GstOaiSession *self, GstStructure *message, const GstOaiUsage *usage)
{
  const gchar *model;

  FOR_EACH_LISTENER (self, l) {
    l->funcs.used (l->element, usage);
  }
  tell_message (self, message);
  gst_structure_free (message);
  while ((model = gst_oai_meter_get_unpriced (self->meter)))
    warn_unpriced (self, model);
}

static void
check_response (GstOaiSession *self, GstClockTime now)
{
  g_autoptr (GstOaiError) error = NULL;

  if (!self->connected
      || !gst_oai_response_watch_is_late (
          &self->watch, self->response_timeout, now))
    return;
  error = gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, _ ("The server has not answered in time."),
      "no response in %" GST_TIME_FORMAT,
      GST_TIME_ARGS (self->response_timeout));
  gst_oai_error_because ("response-timeout", error);
  tell_error (self, error, TRUE);
}

static gboolean
on_tick (gpointer data)
{
  GstOaiSession *self = data;
  GstClockTime now = now_ns ();
  GstOaiPlayoutStats stats;
  GstOaiConversationMedia media;
  gboolean fixed;

  if (gst_oai_updates_is_late (self->updates, now)) {
    GST_WARNING_OBJECT (self, "session.update was not acknowledged");
    update_acknowledged (self);
  }
  if (GST_CLOCK_TIME_IS_VALID (self->open_deadline)
      && (!gst_oai_updates_is_in_flight (self->updates)
          || now >= self->open_deadline)) {
    self->open_deadline = GST_CLOCK_TIME_NONE;
    gst_oai_uplink_open (self->uplink, now);
  }
  gst_oai_uplink_tick (self->uplink, now);

  note_position (self);
  gst_oai_position_proceed (self->position);
  gst_oai_playout_get_stats (self->playout, &stats);
  media.tools_running = self->tools && gst_oai_tools_n_open (self->tools) > 0;
  media.playout_active = gst_oai_playout_is_active (
      self->playout, now, 60 * GST_MSECOND);
  media.playout_target = stats.target;
  media.oldest_packet = stats.oldest;
  g_mutex_lock (&self->media_lock);
  media.first_packet = self->first_packet;
  media.first_audible = self->first_audible;
  media.last_audible = self->last_audible;
  media.first_sound_packet = self->first_sound_packet;
  media.last_speech = self->last_speech;
  g_mutex_unlock (&self->media_lock);
  gst_oai_conversation_tick (self->conversation, &media, now);

  fixed = gst_oai_conversation_has_spoken (self->conversation);
  g_mutex_lock (&self->lock);
  self->voice_fixed = fixed;
  g_mutex_unlock (&self->lock);

  check_response (self, now);
  check_limits (self, now);
  /* May stop the ticks. */
  check_first_event (self, now);

  return G_SOURCE_CONTINUE;
}

/* --- transport --------------------------------------------------------- */

static void
stop_ticks (GstOaiSession *self)
{
  if (self->ticks) {
    g_source_destroy (self->ticks);
    g_clear_pointer (&self->ticks, g_source_unref);
  }
}

/* No client secret of the application is waited for any more. */
static void
forget_secret_request (GstOaiSession *self)
{
  self->secret_request++;
  if (self->secret_timer) {
    g_source_destroy (self->secret_timer);
    g_clear_pointer (&self->secret_timer, g_source_unref);
  }
}

/* A call that nobody can use any more is billed on, and keeps its threads and
 * sockets, until the application does something about it. */
static void
abandon_call (GstOaiSession *self)
{
  g_autoptr (GstOaiTransport) transport = ref_transport (self);

  self->failed = TRUE;
  self->connected = FALSE;
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_mutex_unlock (&self->lock);
  stop_ticks (self);
  forget_secret_request (self);
  g_clear_pointer (&self->tools, gst_oai_tools_free);
  if (transport) {
    GstOaiHangUp *hang_up = gst_oai_hang_up_new ();

    gst_oai_transport_close (transport, TRUE, gst_oai_hang_up_confirmed,
        gst_oai_hang_up_ref (hang_up));
    gst_oai_hang_up_close (hang_up, g_steal_pointer (&transport), NULL);
    gst_oai_hang_up_finish_in_thread (hang_up, G_OBJECT (self));
    self->failed_hang_up = hang_up;
  }
  g_atomic_int_set (&self->speaking, FALSE);
}

/* Who was told of the end of the call may have stopped and started us already. */
static gboolean
is_closing (GstOaiSession *self)
{
  gboolean closing;

  g_mutex_lock (&self->lock);
  closing = self->closing > 0;
  g_mutex_unlock (&self->lock);

  return closing;
}

/* The session is over because of @error. */
static void
fail (GstOaiSession *self, const GstOaiError *error)
{
  if (self->failed)
    return;
  abandon_call (self);
  if (self->progressing) {
    self->progressing = FALSE;
    tell_progress (self, GST_PROGRESS_TYPE_ERROR, error->message);
  }
  set_state (self, GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED);
  tell_error (self, error, FALSE);
  /* After the error, or upstream's about its flow would be the first. */
  if (!is_closing (self))
    gst_oai_uplink_set_failed (self->uplink, TRUE);
}

/* A limit is reached, or the server has closed the session, and the last answer was
 * heard. */
static void
end_session (GstOaiSession *self, const gchar *reason)
{
  GstClockTime duration = now_ns () - self->limits.connected_at;
  GstStructure *message;

  GST_INFO_OBJECT (self, "the session ends: %s", reason);
  abandon_call (self);
  message = gst_structure_new ("openairealtime-ended", "reason", G_TYPE_STRING,
      reason, "duration", G_TYPE_UINT64, duration, NULL);
  gst_oai_usage_describe_cost (gst_oai_meter_get_total (self->meter), message);
  tell_message (self, message);
  gst_structure_free (message);
  set_state (self, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  FOR_EACH_LISTENER (self, l) {
    l->funcs.ended (l->element);
  }
  if (!is_closing (self))
    gst_oai_uplink_finish (self->uplink);
}

static void
transport_step (GstOaiStep step, gpointer user_data)
{
  GstOaiSession *self = user_data;

  if (!self->failed)
    tell_progress (self, GST_PROGRESS_TYPE_CONTINUE, gst_oai_step_name (step));
}

static void
transport_connected (gpointer user_data)
{
  GstOaiSession *self = user_data;
  g_autoptr (GstOaiTransport) transport = ref_transport (self);
  JsonObject *event;
  GstClockTime now = now_ns ();

  if (self->failed || self->connected)
    return;
  self->connected = TRUE;
  g_mutex_lock (&self->lock);
  self->connect_time = now - self->started_at;
  g_free (self->call_id);
  self->call_id = transport ? gst_oai_transport_get_call_id (transport) : NULL;
  self->max_event_size = transport
      ? gst_oai_transport_get_max_event_size (transport)
      : 0;
  g_mutex_unlock (&self->lock);
  GST_INFO_OBJECT (self, "connected after %" GST_TIME_FORMAT,
      GST_TIME_ARGS (self->connect_time));

  self->progressing = FALSE;
  tell_progress (self, GST_PROGRESS_TYPE_COMPLETE, "session");
  set_state (self, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);

  gst_oai_limits_connected (&self->limits, now);
  gst_oai_conversation_connected (self->conversation, now);
  /* Settings that were changed while connecting, or that a client secret could
   * not carry. */
  send_update (self);
  while ((event = g_queue_pop_head (&self->waiting))) {
    send_now (self, event);
    json_object_unref (event);
  }
  /* With a client secret, the configuration comes after the call is up. */
  if (self->client_secret && gst_oai_updates_is_in_flight (self->updates))
    self->open_deadline = now + GST_OAI_UPDATES_TIMEOUT;
  else
    gst_oai_uplink_open (self->uplink, now);

  self->first_event_deadline = now + FIRST_EVENT_TIMEOUT;
  if (self->filtered)
    end_wait_for_first_event (self, now);
  self->ticks = g_timeout_source_new (TICK_MS);
  g_source_set_callback (self->ticks, on_tick, self, NULL);
  g_source_attach (self->ticks, g_main_context_get_thread_default ());
}

static void
bad_event (GstOaiSession *self, const GError *reason)
{
  g_autoptr (GstOaiError) error = NULL;

  self->bad_events++;
  g_mutex_lock (&self->lock);
  self->events_bad++;
  g_mutex_unlock (&self->lock);
  GST_WARNING_OBJECT (self, "unreadable event: %s", reason->message);

  if (self->bad_events == 1) {
    error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE,
        _ ("The server sent an event that cannot be read"), "%s",
        reason->message);
    gst_oai_error_because ("unreadable-event", error);
    tell_error (self, error, TRUE);
  } else if (self->bad_events == MAX_BAD_EVENTS) {
    error = gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FORMAT,
        _ ("The server does not speak the Realtime protocol"),
        "%u unreadable events in a row, the last: %s", self->bad_events,
        reason->message);
    gst_oai_error_because ("no-realtime-protocol", error);
    fail (self, error);
  }
}

static void
handle_error_event (GstOaiSession *self, JsonObject *object, const gchar *json,
    gboolean expected)
{
  g_autoptr (GstOaiError)
      error = gst_oai_error_from_event (json, strlen (json));
  const gchar *id = gst_oai_json_get_string (object, "error.event_id", NULL);
  GstOaiSetting setting = GST_OAI_SETTING_LAST;

  if (gst_oai_updates_is_refused (self->updates, id))
    setting = update_refused (
        self, gst_oai_json_get_string (object, "error.param", NULL));
  if (error == NULL)
    return;
  if (setting != GST_OAI_SETTING_LAST)
    name_setting (error, setting);
  if (error->ends_session)
    fail (self, error);
  else if (!expected)
    tell_error (self, error, TRUE);
}

/* What went wrong on the server without an error event of its own. */
static void
warn_of_event (GstOaiSession *self, const gchar *json)
{
  g_autoptr (GstOaiError)
      error = gst_oai_error_from_event (json, strlen (json));

  tell_error (self, error, TRUE);
}

static void
handle_response_done (
    GstOaiSession *self, JsonObject *object, const gchar *json)
{
  const gchar *status = gst_oai_json_get_string (object, "response.status", "");

  if (g_str_equal (status, "failed") || g_str_equal (status, "incomplete"))
    warn_of_event (self, json);
}

/* Words without sound: somewhere on the way RTP is lost, and nothing else tells
 * it apart from an answer that nobody turned up the volume for. */
static void
check_sound (GstOaiSession *self, GstOaiEvent event, GstClockTime now)
{
  g_autoptr (GstOaiError) error = NULL;
  GstClockTime started = self->sound_started;
  gboolean came;

  self->sound_started = event == GST_OAI_EVENT_OUTPUT_STARTED
      ? now
      : GST_CLOCK_TIME_NONE;
  if (event != GST_OAI_EVENT_OUTPUT_STOPPED
      || !GST_CLOCK_TIME_IS_VALID (started))
    return;
  g_mutex_lock (&self->media_lock);
  came = GST_CLOCK_TIME_IS_VALID (self->last_packet)
      && self->last_packet + SOUND_TOLERANCE >= started;
  g_mutex_unlock (&self->media_lock);
  if (came)
    return;
  error = gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ,
      _ ("The server spoke, but no sound of it arrived."),
      "no packet between output_audio_buffer.started and stopped");
  gst_oai_error_because ("no-sound", error);
  tell_error (self, error, TRUE);
}

static void
transport_event (GBytes *text, GstClockTime arrival, gpointer user_data)
{
  GstOaiSession *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *json = NULL;
  JsonObject *object;
  GstOaiEventInfo info;
  GstOaiUsage usage;
  GstStructure *used;
  gsize size;
  const gchar *data = g_bytes_get_data (text, &size);
  gboolean expected;

  if (self->failed)
    return;
  object = gst_oai_json_parse_object (
      data, size, GST_OAI_JSON_MAX_SIZE, &error);
  if (object == NULL) {
    bad_event (self, error);
    return;
  }
  info.type = gst_oai_json_get_string (object, "type", NULL);
  if (info.type == NULL) {
    g_set_error_literal (&error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
        "event without a type");
    bad_event (self, error);
    json_object_unref (object);
    return;
  }
  self->bad_events = 0;
  end_wait_for_first_event (self, now_ns ());
  json = g_strndup (data, size);
  info.event = gst_oai_dialect_event (info.type);
  info.json = json;
  info.object = object;
  GST_DEBUG_OBJECT (self, "received %s", info.type);
  GST_TRACE_OBJECT (self, "%s", json);

  g_mutex_lock (&self->lock);
  self->events_received++;
  if (info.event == GST_OAI_EVENT_SESSION_CREATED
      || info.event == GST_OAI_EVENT_SESSION_UPDATED) {
    const gchar *id = gst_oai_json_get_string (object, "session.id", NULL);

    if (id) {
      g_free (self->session_id);
      self->session_id = g_strdup (id);
    }
  }
  g_mutex_unlock (&self->lock);
  gst_oai_history_handle_event (self->history, info.event, object);
  gst_oai_position_handle_event (self->position, info.event, object, arrival);
  if (info.event == GST_OAI_EVENT_RESPONSE_CREATED) {
    g_mutex_lock (&self->media_lock);
    self->first_packet = GST_CLOCK_TIME_NONE;
    self->first_audible = GST_CLOCK_TIME_NONE;
    g_mutex_unlock (&self->media_lock);
  }

  used = count_usage (self, info.event, object, &usage, now_ns ());
  gst_oai_response_watch_handle_event (&self->watch, info.event, object,
      self->policy.create_response && !self->policy.manual_turns, arrival);
  /* Silence first, then words about it. */
  expected = gst_oai_conversation_handle_event (
      self->conversation, info.event, object, arrival);
  if (info.event == GST_OAI_EVENT_SESSION_UPDATED)
    update_acknowledged (self);

  FOR_EACH_LISTENER (self, l) {
    l->funcs.event (l->element, &info, l->speaker);
  }
  if (used)
    tell_usage (self, used, &usage);

  if (info.event == GST_OAI_EVENT_OUTPUT_STARTED
      || info.event == GST_OAI_EVENT_OUTPUT_STOPPED
      || info.event == GST_OAI_EVENT_OUTPUT_CLEARED)
    check_sound (self, info.event, arrival);
  else if (info.event == GST_OAI_EVENT_ERROR)
    handle_error_event (self, object, json, expected);
  else if (info.event == GST_OAI_EVENT_RESPONSE_DONE)
    handle_response_done (self, object, json);
  else if (info.event == GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED)
    warn_of_event (self, json);
  if (info.event == GST_OAI_EVENT_RESPONSE_DONE
      && gst_oai_updates_retry (self->updates))
    send_update (self);
  json_object_unref (object);
}

/* Streaming thread of the transport. */
static void
transport_packet (const GstOaiPacket *packet, gpointer user_data)
{
  GstOaiSession *self = user_data;

  /* Nobody listens: what is said now must not be heard later. */
  if (g_atomic_int_get (&self->heard))
    gst_oai_playout_push (self->playout, packet);
  gst_oai_position_packet (self->position, packet->rtp_time, packet->arrival);
  g_mutex_lock (&self->media_lock);
  if (!GST_CLOCK_TIME_IS_VALID (self->first_packet))
    self->first_packet = packet->arrival;
  self->last_packet = packet->arrival;
  g_mutex_unlock (&self->media_lock);
}

static void
transport_failed (GstOaiError *error, gpointer user_data)
{
  GstOaiSession *self = user_data;

  /* It may have been to be so, and what is left of its sound is still played. */
  if (!self->failed && self->conversation
      && gst_oai_conversation_disconnected (self->conversation, now_ns ()))
    GST_INFO_OBJECT (self, "closed: %s", GST_STR_NULL (error->debug));
  else
    fail (self, error);
  gst_oai_error_free (error);
}

static const GstOaiTransportCallbacks transport_callbacks = {
  .step = transport_step,
  .connected = transport_connected,
  .event = transport_event,
  .packet = transport_packet,
  .failed = transport_failed,
};

/* Called by the uplink, on the input's or the session's thread. */
static gboolean
uplink_send (GstBuffer *frame, gpointer user_data)
{
  g_autoptr (GstOaiTransport) transport = ref_transport (user_data);

  if (transport == NULL) {
    gst_buffer_unref (frame);
    return FALSE;
  }
  return gst_oai_transport_send_audio (transport, frame);
}

/* A transport is good for one call; the next one is made ready ahead. */
static void
do_prepare (GstOaiSession *self, gpointer data)
{
  GstOaiTransport *transport = NULL;

  g_mutex_lock (&self->lock);
  if (self->transport == NULL)
    transport = self->transport = self->factory ();
  g_mutex_unlock (&self->lock);
  if (transport == NULL)
    return;
  gst_oai_transport_set_callbacks (transport,
      g_main_context_get_thread_default (), &transport_callbacks, self);
  gst_oai_transport_prepare (transport);
}

typedef struct {
  GstOaiCall *call;
  GstOaiSettings *settings;
  GstOaiPrices *prices;
  GstElement *secret_source; /* is asked for a client secret, nullable */
  gchar *(*request_secret) (GstElement *element);
} Connect;

static void
connect_free (gpointer data)
{
  Connect *connect = data;

  gst_oai_call_unref (connect->call);
  gst_oai_settings_free (connect->settings);
  g_clear_pointer (&connect->prices, gst_oai_prices_free);
  gst_clear_object (&connect->secret_source);
  g_free (connect);
}

/* --- client secrets of the application --------------------------------- */

typedef struct {
  GstOaiSession *self;
  GstElement *element;
  gchar *(*request_secret) (GstElement *element);
  GstOaiCall *call;
  guint number;
  gchar *secret;
} SecretRequest;

static void
secret_request_free (gpointer data)
{
  SecretRequest *request = data;

  gst_object_unref (request->element);
  gst_oai_call_unref (request->call);
  g_free (request->secret);
  g_object_unref (request->self);
  g_free (request);
}

static void
fail_without_secret (GstOaiSession *self, const gchar *message)
{
  g_autoptr (GstOaiError)
      error = gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_NOT_AUTHORIZED, message, "request-client-secret");

  gst_oai_error_because ("no-client-secret", error);
  fail (self, error);
}

static void
connect_transport (
    GstOaiSession *self, GstOaiTransport *transport, const GstOaiCall *call)
{
  g_autoptr (GstOaiCall) own = gst_oai_call_copy (call);

  if (self->connections == NULL)
    self->connections = gst_oai_transport_new_connections ();
  own->connections = self->connections;
  gst_oai_transport_connect (transport, own);
}

static void
do_secret_arrived (GstOaiSession *self, gpointer data)
{
  SecretRequest *request = data;
  g_autoptr (GstOaiTransport) transport = NULL;
  g_autoptr (GstOaiCall) call = NULL;
  const gchar *p = request->secret;

  if (request->number != self->secret_request || self->failed)
    return;
  forget_secret_request (self);
  /* It goes into a header. */
  while (p && g_ascii_isgraph (*p))
    p++;
  if (p == NULL || p == request->secret || *p != '\0') {
    fail_without_secret (self,
        _ ("The application was asked for a client secret and gave none that "
           "can be used."));
    return;
  }
  transport = ref_transport (self);
  call = gst_oai_call_copy (request->call);
  call->client_secret = g_steal_pointer (&request->secret);
  connect_transport (self, transport, call);
}

static gpointer
secret_thread (gpointer data)
{
  SecretRequest *request = data;
  g_autoptr (GstOaiSession) self = g_object_ref (request->self);

  request->secret = request->request_secret (request->element);
  /* It may be gone before that returns. */
  post (self, do_secret_arrived, request, secret_request_free);

  return NULL;
}

static gboolean
on_secret_late (gpointer data)
{
  GstOaiSession *self = data;

  forget_secret_request (self);
  fail_without_secret (self,
      _ ("The application was asked for a client secret and did not answer in "
         "time."));

  return G_SOURCE_REMOVE;
}

static void
request_secret (GstOaiSession *self, const Connect *connect)
{
  SecretRequest *request = g_new0 (SecretRequest, 1);

  forget_secret_request (self);
  request->self = g_object_ref (self);
  request->element = gst_object_ref (connect->secret_source);
  request->request_secret = connect->request_secret;
  request->call = gst_oai_call_ref (connect->call);
  request->number = self->secret_request;
  self->secret_timer = g_timeout_source_new (
      connect->call->timeout / GST_MSECOND);
  g_source_set_callback (self->secret_timer, on_secret_late, self, NULL);
  g_source_attach (self->secret_timer, g_main_context_get_thread_default ());
  g_thread_unref (g_thread_new ("oai-secret", secret_thread, request));
}

static void
do_connect (GstOaiSession *self, gpointer data)
{
  Connect *connect = data;
  g_autoptr (GstOaiTransport) transport = NULL;
  const gchar *greeting;

  do_prepare (self, NULL);
  transport = ref_transport (self);

  self->failed = FALSE;
  self->connected = FALSE;
  self->bad_events = 0;
  self->progressing = TRUE;
  self->started_at = now_ns ();
  self->sound_started = GST_CLOCK_TIME_NONE;
  self->client_secret = connect->call->client_secret != NULL
      || connect->secret_source != NULL;
  self->filtered = is_filtered (connect->call);
  self->open_deadline = GST_CLOCK_TIME_NONE;
  gst_oai_updates_begin (self->updates, connect->settings, self->client_secret);

  gst_oai_uplink_set_frame_size (self->uplink, connect->call->frame_size_ms);
  /* A packet of the last call may have been under way when that ended. */
  gst_oai_playout_reset (self->playout);
  gst_oai_position_reset (self->position);

  g_clear_pointer (&self->meter, gst_oai_meter_free);
  self->meter = gst_oai_meter_new (g_steal_pointer (&connect->prices),
      connect->call->model,
      gst_oai_settings_string (
          connect->settings, GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL));
  g_mutex_lock (&self->lock);
  self->usage = *gst_oai_meter_get_total (self->meter);
  g_mutex_unlock (&self->lock);
  gst_oai_limits_reset (&self->limits);
  self->ending = GST_OAI_LIMIT_NONE;
  gst_oai_response_watch_clear (&self->watch);

  g_clear_pointer (&self->conversation, gst_oai_conversation_free);
  self->conversation = gst_oai_conversation_new (&conversation_ops, self);
  g_clear_pointer (&self->tools, gst_oai_tools_free);
  self->tools = gst_oai_tools_new (tool_done, self);
  apply_local_settings (self, connect->settings);
  greeting = gst_oai_settings_string (
      connect->settings, GST_OAI_SETTING_GREETING);
  /* Before all that the application asks for. */
  if (greeting && *greeting
      && gst_oai_settings_enum (connect->settings, GST_OAI_SETTING_SESSION_TYPE)
          == GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME)
    gst_oai_conversation_greet (self->conversation, greeting, now_ns ());

  set_state (self, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING);
  tell_progress (self, GST_PROGRESS_TYPE_START, "connecting");
  if (connect->secret_source)
    request_secret (self, connect);
  else
    connect_transport (self, transport, connect->call);
}

static void
do_close (GstOaiSession *self, gpointer data)
{
  GstOaiHangUp *hang_up = data;
  GstOaiTransport *transport;
  JsonObject *event;

  if (self->progressing) {
    self->progressing = FALSE;
    tell_progress (self, GST_PROGRESS_TYPE_CANCELED, "connect");
  }
  stop_ticks (self);
  forget_secret_request (self);
  g_clear_pointer (&self->tools, gst_oai_tools_free);
  g_clear_pointer (&self->conversation, gst_oai_conversation_free);
  gst_oai_updates_reset (self->updates);
  while ((event = g_queue_pop_head (&self->waiting)))
    json_object_unref (event);
  g_atomic_int_set (&self->speaking, FALSE);

  g_mutex_lock (&self->lock);
  self->closing--;
  transport = g_steal_pointer (&self->transport);
  g_mutex_unlock (&self->lock);
  gst_oai_hang_up_ref (hang_up);
  if (transport)
    /* fail() has hung up already. A call that is still being set up may have
     * been answered, and is billed from then on. */
    gst_oai_transport_close (
        transport, !self->failed, gst_oai_hang_up_confirmed, hang_up);
  else
    gst_oai_hang_up_confirmed (hang_up);
  self->connected = FALSE;
  self->failed = FALSE;
  gst_oai_uplink_close (self->uplink);
  gst_oai_uplink_set_failed (self->uplink, FALSE);
  gst_oai_playout_reset (self->playout);
  g_mutex_lock (&self->media_lock);
  self->first_packet = GST_CLOCK_TIME_NONE;
  self->last_packet = GST_CLOCK_TIME_NONE;
  self->first_audible = GST_CLOCK_TIME_NONE;
  self->last_audible = GST_CLOCK_TIME_NONE;
  self->first_sound_packet = GST_CLOCK_TIME_NONE;
  self->last_speech = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->media_lock);
  set_state (self, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);

  gst_oai_hang_up_close (
      hang_up, transport, g_steal_pointer (&self->failed_hang_up));
}

/* Must be called with lock: a call that is started after that is another one.
 * NULL: there is no call, as there is no thread. */
static GstOaiHangUp *
begin_close_unlocked (GstOaiSession *self)
{
  GstOaiHangUp *hang_up = gst_oai_hang_up_new ();

  if (post_unlocked (self, do_close, gst_oai_hang_up_ref (hang_up),
          gst_oai_hang_up_unref)) {
    self->closing++;
    return hang_up;
  }
  gst_oai_hang_up_unref (hang_up);
  gst_oai_hang_up_unref (hang_up);

  return NULL;
}

/* Ends the call. FALSE when it could not be waited for: an application may stop
 * us from within a signal of ours, then there is no waiting on the session's own
 * thread; nor for an application that blocks it. */
static gboolean
finish_close (GstOaiSession *self, GstOaiHangUp *hang_up, gint64 patience)
{
  if (!on_session_thread (self) && gst_oai_hang_up_finish (hang_up, patience))
    return TRUE;
  gst_oai_hang_up_finish_in_thread (hang_up, G_OBJECT (self));

  return FALSE;
}

/* --- users ------------------------------------------------------------- */

static void
user_free (gpointer data)
{
  User *user = data;

  gst_oai_settings_free (user->settings);
  g_free (user);
}

/* must be called with lock */
static void
update_heard_unlocked (GstOaiSession *self)
{
  gboolean heard = FALSE;
  guint i;

  for (i = 0; i < self->users->len; i++) {
    User *user = g_ptr_array_index (self->users, i);

    heard = heard || (user->started && (user->role & GST_OAI_ROLE_OUTPUT));
  }
  g_atomic_int_set (&self->heard, heard);
}

/* must be called with lock */
static User *
find_user_unlocked (GstOaiSession *self, GstElement *element)
{
  guint i;

  for (i = 0; i < self->users->len; i++) {
    User *user = g_ptr_array_index (self->users, i);

    if (user->element == element)
      return user;
  }
  return NULL;
}

static GstOaiTransport *
default_factory (void)
{
  return gst_oai_race_transport_new (gst_oai_webrtc_transport_new);
}

GstOaiSession *
gst_oai_session_new (const gchar *name)
{
  GstOaiSession *self = g_object_new (GST_TYPE_OAI_SESSION, NULL);

  self->name = g_strdup (name);

  return self;
}

const gchar *
gst_oai_session_get_name (GstOaiSession *self)
{
  return self->name;
}

void
gst_oai_session_set_transport_factory (
    GstOaiSession *self, GstOaiTransportFactory factory)
{
  g_mutex_lock (&self->lock);
  self->factory = factory;
  g_mutex_unlock (&self->lock);
}

/* must be called with lock */
static void
start_thread_unlocked (GstOaiSession *self)
{
  ThreadData *data = g_new0 (ThreadData, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  data->self = g_object_ref (self);
  data->context = g_main_context_ref (self->context);
  data->loop = g_main_loop_ref (self->loop);
  self->thread = g_thread_new ("oai-session", session_thread, data);
}

/* The last user has gone, unless another one came meanwhile. */
static void
do_leave (GstOaiSession *self, gpointer data)
{
  GstOaiHangUp *hang_up = data;
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GMainLoop) loop = NULL;
  GThread *thread = NULL;

  g_mutex_lock (&self->lock);
  if (self->users->len == 0) {
    context = g_steal_pointer (&self->context);
    loop = g_steal_pointer (&self->loop);
    thread = g_steal_pointer (&self->thread);
  }
  g_mutex_unlock (&self->lock);
  if (thread) {
    g_clear_object (&self->connections);
    g_main_loop_quit (loop);
    g_thread_unref (thread);
  }
  gst_oai_hang_up_leave (hang_up, thread != NULL);
}

gboolean
gst_oai_session_attach (GstOaiSession *self, GstElement *element,
    GstOaiRole role, const GstOaiSessionFuncs *funcs,
    const GstOaiSettings *settings, GstOaiError **error)
{
  User *user;
  guint i;
  gboolean taken = FALSE;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->users->len; i++) {
    user = g_ptr_array_index (self->users, i);
    taken = taken || (user->role & role) != 0;
  }
  if (!taken) {
    user = g_new0 (User, 1);
    user->element = element;
    user->role = role;
    user->funcs = *funcs;
    user->settings = gst_oai_settings_copy (settings);
    g_ptr_array_add (self->users, user);
    if (self->thread == NULL)
      start_thread_unlocked (self);
    post_unlocked (self, do_prepare, NULL, NULL);
  }
  g_mutex_unlock (&self->lock);

  if (taken) {
    *error = gst_oai_error_because ("session-taken",
        gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
            GST_RESOURCE_ERROR_BUSY,
            (role & GST_OAI_ROLE_INPUT)
                ? _ (
                    "Another element feeds this session already; give each its "
                    "own “session” name")
                : _ (
                    "Another element plays this session already; give each its "
                    "own “session” name"),
            "session “%s”", self->name ? self->name : "(of the pipeline)"));
    return FALSE;
  }
  return TRUE;
}

static void
warn_conflicts (GstOaiSession *self, GPtrArray *conflicts)
{
  guint i;

  for (i = 0; i < conflicts->len; i++) {
    g_autofree gchar *text = NULL;
    g_autoptr (GstOaiError) error = NULL;

    /* Translators: %s is the name of a property. */
    text = g_strdup_printf (
        _ ("Both halves of the session set “%s” differently; the input half's "
           "value is used"),
        (const gchar *) g_ptr_array_index (conflicts, i));
    error = gst_oai_error_new (GST_OAI_ERROR_INFO, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, text, NULL);
    gst_oai_error_because ("settings-differ", error);
    tell_error (self, error, TRUE);
  }
}

/* must be called with lock */
static gboolean
is_started_unlocked (GstOaiSession *self)
{
  guint i;

  for (i = 0; i < self->users->len; i++) {
    if (((User *) g_ptr_array_index (self->users, i))->started)
      return TRUE;
  }
  return FALSE;
}

/* The first user, input half first, that can be asked for a client secret: a new
 * reference, or NULL. */
static GstElement *
find_secret_source (
    GstOaiSession *self, gchar *(**request) (GstElement *element))
{
  GstElement *found = NULL;

  FOR_EACH_LISTENER (self, l) {
    if (found == NULL && l->funcs.has_secret_source
        && l->funcs.has_secret_source (l->element)) {
      found = gst_object_ref (l->element);
      *request = l->funcs.request_secret;
    }
  }
  return found;
}

gboolean
gst_oai_session_start (
    GstOaiSession *self, GstElement *element, GstOaiError **error)
{
  g_autoptr (GPtrArray) conflicts = g_ptr_array_new ();
  g_autoptr (GstOaiSettings) settings = NULL;
  g_autoptr (GstOaiCall) call = NULL;
  g_autoptr (GstOaiPrices) prices = NULL;
  g_autoptr (GstElement) source = NULL;
  gchar *(*request) (GstElement * element) = NULL;
  Connect *connect;
  gboolean first, posted = FALSE;
  User *user;

  settings = union_of_settings (self, conflicts);
  source = find_secret_source (self, &request);
  if ((*error = gst_oai_settings_validate (settings))
      || (source == NULL
          && (*error = gst_oai_settings_check_credential (settings))))
    return FALSE;
  call = gst_oai_settings_to_call (settings, error);
  if (call == NULL)
    return FALSE;
  if (call->client_secret)
    gst_clear_object (&source);
  prices = gst_oai_settings_to_prices (settings, error);
  if (prices == NULL)
    return FALSE;

  g_mutex_lock (&self->lock);
  first = !is_started_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (first) {
    warn_conflicts (self, conflicts);
    /* At once: the input may push before the session's thread gets round to it. */
    gst_oai_uplink_set_failed (self->uplink, FALSE);
    gst_oai_uplink_set_preroll (self->uplink,
        gst_oai_settings_uint (settings, GST_OAI_SETTING_PREROLL_TIME)
            * GST_MSECOND);
  }
  connect = g_new0 (Connect, 1);
  connect->call = g_steal_pointer (&call);
  connect->settings = g_steal_pointer (&settings);
  connect->prices = g_steal_pointer (&prices);
  connect->secret_source = g_steal_pointer (&source);
  connect->request_secret = request;

  g_mutex_lock (&self->lock);
  first = !is_started_unlocked (self);
  user = find_user_unlocked (self, element);
  if (user)
    user->started = TRUE;
  update_heard_unlocked (self);
  if (first) {
    self->input_ended = FALSE;
    self->over = FALSE;
    self->voice_fixed = FALSE;
    g_clear_pointer (&self->session_id, g_free);
    g_clear_pointer (&self->call_id, g_free);
    gst_oai_history_clear (self->history);
    posted = post_unlocked (self, do_connect, connect, connect_free);
  } else {
    /* The call is under way: what this half adds follows by session.update. */
    post_unlocked (self, do_settings_changed, NULL, NULL);
  }
  g_mutex_unlock (&self->lock);
  if (!posted)
    connect_free (connect);

  return TRUE;
}

/* FALSE when the session's thread could not be waited for. */
static gboolean
stop_user (GstOaiSession *self, GstElement *element)
{
  gboolean was_started = FALSE;
  g_autoptr (GstOaiHangUp) hang_up = NULL;
  User *user;

  g_mutex_lock (&self->lock);
  user = find_user_unlocked (self, element);
  if (user) {
    was_started = user->started;
    user->started = FALSE;
  }
  update_heard_unlocked (self);
  if (was_started && !is_started_unlocked (self))
    hang_up = begin_close_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (hang_up == NULL)
    return TRUE;

  return finish_close (self, hang_up, CLOSE_PATIENCE);
}

void
gst_oai_session_stop (GstOaiSession *self, GstElement *element)
{
  stop_user (self, element);
}

void
gst_oai_session_detach (GstOaiSession *self, GstElement *element)
{
  g_autoptr (GstOaiHangUp) hang_up = NULL;
  GThread *thread = NULL;
  gboolean held_up;
  User *user;

  held_up = !stop_user (self, element);

  g_mutex_lock (&self->lock);
  user = find_user_unlocked (self, element);
  if (user)
    g_ptr_array_remove (self->users, user);
  if (user && self->users->len == 0 && self->thread) {
    /* A transport may have been made ready that was never used. */
    hang_up = begin_close_unlocked (self);
    post_unlocked (
        self, do_leave, gst_oai_hang_up_ref (hang_up), gst_oai_hang_up_unref);
    thread = g_thread_ref (self->thread);
  }
  g_mutex_unlock (&self->lock);
  if (hang_up == NULL)
    return;

  /* A thread that is held up by the application ends when that lets it go. */
  if (finish_close (self, hang_up, held_up ? 0 : CLOSE_PATIENCE)
      && gst_oai_hang_up_wait_quit (hang_up, CLOSE_PATIENCE))
    g_thread_join (thread);
  else
    g_thread_unref (thread);
}

void
gst_oai_session_set_settings (
    GstOaiSession *self, GstElement *element, const GstOaiSettings *settings)
{
  User *user;

  g_mutex_lock (&self->lock);
  user = find_user_unlocked (self, element);
  if (user) {
    gst_oai_settings_free (user->settings);
    user->settings = gst_oai_settings_copy (settings);
  }
  g_mutex_unlock (&self->lock);
  if (user)
    post (self, do_settings_changed, NULL, NULL);
}

gint
gst_oai_session_get_enum (
    GstOaiSession *self, GstElement *element, GstOaiSetting setting)
{
  g_autoptr (GstOaiSettings) all = union_of_settings (self, NULL);
  gint value = gst_oai_settings_enum (all, setting);
  User *user;

  g_mutex_lock (&self->lock);
  user = find_user_unlocked (self, element);
  if (user && gst_oai_settings_is_set (user->settings, setting))
    value = gst_oai_settings_enum (user->settings, setting);
  g_mutex_unlock (&self->lock);

  return value;
}

gboolean
gst_oai_session_voice_is_fixed (GstOaiSession *self)
{
  gboolean fixed;

  g_mutex_lock (&self->lock);
  fixed = self->voice_fixed;
  g_mutex_unlock (&self->lock);

  return fixed;
}

/* --- media ------------------------------------------------------------- */

GstOaiUplink *
gst_oai_session_get_uplink (GstOaiSession *self)
{
  return self->uplink;
}

void
gst_oai_session_push_input (
    GstOaiSession *self, const guint8 *data, gsize size, GstClockTime now)
{
  gboolean speaking = g_atomic_int_get (&self->speaking);
  gsize n = size / GST_OAI_UPLINK_BYTES_PER_SAMPLE, i;
  gsize speech_end = 0;
  gint16 samples[240];
  gboolean speech;

  for (i = 0; i < n; i += G_N_ELEMENTS (samples)) {
    gsize piece = MIN (n - i, G_N_ELEMENTS (samples)), j;

    for (j = 0; data && j < piece; j++)
      samples[j] = (gint16) GST_READ_UINT16_LE (data + (i + j) * 2);
    speech = data
        && gst_oai_speech_detector_push (&self->detector, samples, piece);
    gst_oai_ducker_hear (self->ducker, speech, speaking, now);
    if (data && gst_oai_speech_detector_hears (&self->detector))
      speech_end = i + piece;
  }
  if (speech_end > 0) {
    GstClockTime since = gst_util_uint64_scale_int (
        n - speech_end, GST_SECOND, GST_OAI_PLAYOUT_RATE);

    g_mutex_lock (&self->media_lock);
    self->last_speech = now > since ? now - since : 0;
    g_mutex_unlock (&self->media_lock);
  }
  gst_oai_uplink_push (self->uplink, data, size, now);
}

GstOaiPlayoutKind
gst_oai_session_pull_output (
    GstOaiSession *self, gint16 *samples, guint n, GstClockTime now)
{
  GstOaiPlayoutKind kind = gst_oai_playout_pull (
      self->playout, now, samples, n);

  gst_oai_ducker_apply (self->ducker, samples, n, now);
  return kind;
}

GstOaiPlayout *
gst_oai_session_get_playout (GstOaiSession *self)
{
  return self->playout;
}

static void
do_input_ended (GstOaiSession *self, gpointer data)
{
  FOR_EACH_LISTENER (self, l) {
    l->funcs.input_ended (l->element);
  }
  if (self->conversation && self->connected && !awaits_first_event (self))
    gst_oai_conversation_input_ended (self->conversation, now_ns ());
}

void
gst_oai_session_input_ended (GstOaiSession *self)
{
  gst_oai_uplink_pause (self->uplink, now_ns ());
  g_mutex_lock (&self->lock);
  self->input_ended = TRUE;
  g_mutex_unlock (&self->lock);
  post (self, do_input_ended, NULL, NULL);
}

gboolean
gst_oai_session_has_input_ended (GstOaiSession *self)
{
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = self->input_ended;
  g_mutex_unlock (&self->lock);

  return ended;
}

static void
do_input_resumed (GstOaiSession *self, gpointer data)
{
  if (self->conversation)
    gst_oai_conversation_input_resumed (self->conversation);
}

void
gst_oai_session_input_resumed (GstOaiSession *self)
{
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = self->input_ended;
  self->input_ended = FALSE;
  g_mutex_unlock (&self->lock);
  if (ended)
    post (self, do_input_resumed, NULL, NULL);
}

gboolean
gst_oai_session_is_speaking (GstOaiSession *self)
{
  return g_atomic_int_get (&self->speaking);
}

void
gst_oai_session_note_audible (GstOaiSession *self, GstClockTime now)
{
  GstClockTime arrival;
  gboolean first;

  g_mutex_lock (&self->media_lock);
  first = !GST_CLOCK_TIME_IS_VALID (self->first_audible);
  self->last_audible = now;
  g_mutex_unlock (&self->media_lock);
  if (!first)
    return;

  arrival = gst_oai_playout_get_played_arrival (self->playout);
  g_mutex_lock (&self->media_lock);
  self->first_audible = now;
  self->first_sound_packet = arrival;
  g_mutex_unlock (&self->media_lock);
}

void
gst_oai_session_set_output_latency (GstOaiSession *self, GstClockTime latency)
{
  g_mutex_lock (&self->media_lock);
  self->output_latency = latency;
  g_mutex_unlock (&self->media_lock);
}

/* --- client events ----------------------------------------------------- */

static gboolean
is_active (GstOaiSession *self)
{
  gboolean active;

  g_mutex_lock (&self->lock);
  active = self->state == GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING
      || self->state == GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED
      /* Started, and its thread has not come to it yet. */
      || (self->state == GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED
          && !self->over && is_started_unlocked (self));
  g_mutex_unlock (&self->lock);

  return active;
}

static void
do_submit (GstOaiSession *self, gpointer data)
{
  if (self->conversation == NULL || self->failed)
    return;
  gst_oai_limits_active (&self->limits, now_ns ());
  gst_oai_conversation_submit (
      self->conversation, json_object_ref (data), now_ns ());
}

gboolean
gst_oai_session_send_event (GstOaiSession *self, const gchar *json)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, &error);
  if (object == NULL) {
    GST_WARNING_OBJECT (self, "not an event: %s", error->message);
    return FALSE;
  }
  if (gst_oai_json_get_string (object, "type", NULL) == NULL
      || !is_active (self)) {
    GST_WARNING_OBJECT (self, "not sent: no type, or no session");
    json_object_unref (object);
    return FALSE;
  }
  post (self, do_submit, object, (GDestroyNotify) json_object_unref);

  return TRUE;
}

static void
do_function_output (GstOaiSession *self, gpointer data)
{
  gchar **pair = data;

  if (self->tools)
    gst_oai_tools_cancel (self->tools, pair[0]);
  if (self->conversation && !self->failed)
    gst_oai_conversation_function_output (
        self->conversation, pair[0], pair[1], now_ns ());
}

gboolean
gst_oai_session_send_function_output (
    GstOaiSession *self, const gchar *call_id, const gchar *output)
{
  gchar **pair;

  if (!is_active (self))
    return FALSE;
  pair = g_new0 (gchar *, 3);
  pair[0] = g_strdup (call_id);
  pair[1] = g_strdup (output);
  post (self, do_function_output, pair, (GDestroyNotify) g_strfreev);

  return TRUE;
}

static void
do_interrupt (GstOaiSession *self, gpointer data)
{
  if (self->conversation && !self->failed)
    gst_oai_conversation_interrupt (self->conversation, now_ns ());
}

gboolean
gst_oai_session_interrupt (GstOaiSession *self)
{
  if (!is_active (self))
    return FALSE;
  post (self, do_interrupt, NULL, NULL);

  return TRUE;
}

static void
do_start_talking (GstOaiSession *self, gpointer data)
{
  if (self->conversation && !self->failed)
    gst_oai_conversation_start_talking (self->conversation, now_ns ());
}

static void
do_stop_talking (GstOaiSession *self, gpointer data)
{
  if (self->conversation && !self->failed)
    gst_oai_conversation_stop_talking (self->conversation, now_ns ());
}

static gboolean
has_manual_turns (GstOaiSession *self)
{
  g_autoptr (GstOaiSettings) settings = union_of_settings (self, NULL);

  return gst_oai_settings_turn_detection (settings)
      == GST_OPENAI_REALTIME_TURN_DETECTION_NONE;
}

gboolean
gst_oai_session_start_talking (GstOaiSession *self)
{
  if (!is_active (self) || !has_manual_turns (self))
    return FALSE;
  post (self, do_start_talking, NULL, NULL);

  return TRUE;
}

gboolean
gst_oai_session_stop_talking (GstOaiSession *self)
{
  if (!is_active (self) || !has_manual_turns (self))
    return FALSE;
  post (self, do_stop_talking, NULL, NULL);

  return TRUE;
}

/* --- state ------------------------------------------------------------- */

GstOpenAIRealtimeConnectionState
gst_oai_session_get_state (GstOaiSession *self)
{
  GstOpenAIRealtimeConnectionState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);

  return state;
}

gchar *
gst_oai_session_get_session_id (GstOaiSession *self)
{
  gchar *id;

  g_mutex_lock (&self->lock);
  id = g_strdup (self->session_id);
  g_mutex_unlock (&self->lock);

  return id;
}

gchar *
gst_oai_session_get_call_id (GstOaiSession *self)
{
  gchar *id;

  g_mutex_lock (&self->lock);
  id = g_strdup (self->call_id);
  g_mutex_unlock (&self->lock);

  return id;
}

gchar *
gst_oai_session_get_history (GstOaiSession *self)
{
  return gst_oai_history_to_string (self->history);
}

gsize
gst_oai_session_get_max_event_size (GstOaiSession *self)
{
  gsize size = 0;

  g_mutex_lock (&self->lock);
  if (self->state == GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED)
    size = self->max_event_size;
  g_mutex_unlock (&self->lock);

  return size;
}

GstStructure *
gst_oai_session_get_stats (GstOaiSession *self)
{
  g_autoptr (GstOaiTransport) transport = ref_transport (self);
  GstOaiPlayoutStats playout;
  GstOaiUplinkStats uplink;
  GstOaiUsage usage;
  GstStructure *stats, *sub;
  GstClockTime latency;

  gst_oai_playout_get_stats (self->playout, &playout);
  gst_oai_uplink_get_stats (self->uplink, &uplink);

  g_mutex_lock (&self->lock);
  stats = gst_structure_new ("openairealtime-stats", "events-received",
      G_TYPE_UINT64, self->events_received, "events-sent", G_TYPE_UINT64,
      self->events_sent, "events-unreadable", G_TYPE_UINT64, self->events_bad,
      "turns", G_TYPE_UINT, self->turns, "connect-time", G_TYPE_UINT64,
      self->connect_time, NULL);
  sub = gst_oai_ledger_to_structure (self->ledger);
  usage = self->usage;
  g_mutex_unlock (&self->lock);
  gst_structure_set (stats, "turn-latency", GST_TYPE_STRUCTURE, sub, NULL);
  gst_structure_free (sub);

  sub = gst_structure_new_empty ("usage");
  gst_oai_usage_describe (&usage, sub);
  gst_structure_set (stats, "usage", GST_TYPE_STRUCTURE, sub, NULL);
  gst_structure_free (sub);

  note_position (self);
  g_mutex_lock (&self->media_lock);
  latency = self->output_latency;
  g_mutex_unlock (&self->media_lock);
  sub = gst_oai_position_to_structure (self->position, latency);
  if (sub) {
    gst_structure_set (stats, "answer", GST_TYPE_STRUCTURE, sub, NULL);
    gst_structure_free (sub);
  }

  sub = gst_structure_new ("uplink", "frames", G_TYPE_UINT64, uplink.frames,
      "silence-frames", G_TYPE_UINT64, uplink.silence, "samples-discarded",
      G_TYPE_UINT64, uplink.discarded, "frames-skewed", G_TYPE_UINT64,
      uplink.skewed, NULL);
  gst_structure_set (stats, "uplink", GST_TYPE_STRUCTURE, sub, NULL);
  gst_structure_free (sub);

  sub = gst_structure_new ("playout", "packets", G_TYPE_UINT64, playout.packets,
      "packets-duplicate", G_TYPE_UINT64, playout.duplicates, "packets-late",
      G_TYPE_UINT64, playout.late, "packets-lost", G_TYPE_UINT64, playout.lost,
      "packets-recovered", G_TYPE_UINT64, playout.recovered, "packets-dropped",
      G_TYPE_UINT64, playout.dropped, "packets-invalid", G_TYPE_UINT64,
      playout.invalid, "samples-concealed", G_TYPE_UINT64, playout.concealed,
      "samples-played", G_TYPE_UINT64, playout.played, "underruns",
      G_TYPE_UINT64, playout.underruns, "target-delay", G_TYPE_UINT64,
      playout.target, "buffered", G_TYPE_UINT64, playout.buffered, "jitter",
      G_TYPE_UINT64, playout.jitter, NULL);
  gst_structure_set (stats, "playout", GST_TYPE_STRUCTURE, sub, NULL);
  gst_structure_free (sub);

  sub = transport ? gst_oai_transport_get_stats (transport) : NULL;
  if (sub) {
    gst_structure_set (stats, "transport", GST_TYPE_STRUCTURE, sub, NULL);
    gst_structure_free (sub);
  }
  return stats;
}

/* --- object ------------------------------------------------------------ */

static void
gst_oai_session_finalize (GObject *object)
{
  GstOaiSession *self = GST_OAI_SESSION (object);

  g_warn_if_fail (self->users->len == 0);
  gst_oai_ducker_free (self->ducker);
  gst_oai_ledger_free (self->ledger);
  gst_oai_history_free (self->history);
  gst_oai_position_free (self->position);
  gst_oai_uplink_free (self->uplink);
  gst_oai_playout_free (self->playout);
  g_clear_pointer (&self->tools, gst_oai_tools_free);
  g_clear_pointer (&self->conversation, gst_oai_conversation_free);
  gst_oai_updates_free (self->updates);
  g_clear_pointer (&self->failed_hang_up, gst_oai_hang_up_unref);
  g_clear_pointer (&self->meter, gst_oai_meter_free);
  gst_oai_response_watch_clear (&self->watch);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) json_object_unref);
  g_ptr_array_unref (self->users);
  g_free (self->last_event_id);
  g_free (self->session_id);
  g_free (self->call_id);
  g_free (self->name);
  g_mutex_clear (&self->media_lock);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_session_parent_class)->finalize (object);
}

static void
gst_oai_session_class_init (GstOaiSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_oai_session_finalize;
}

static void
gst_oai_session_init (GstOaiSession *self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->media_lock);
  self->users = g_ptr_array_new_with_free_func (user_free);
  self->uplink = gst_oai_uplink_new ();
  self->ducker = gst_oai_ducker_new ();
  self->ledger = gst_oai_ledger_new ();
  self->history = gst_oai_history_new ();
  self->position = gst_oai_position_new ();
  self->updates = gst_oai_updates_new ();
  gst_oai_speech_detector_init (&self->detector);
  gst_oai_uplink_set_send (self->uplink, uplink_send, self);
  self->playout = gst_oai_playout_new ();
  self->factory = default_factory;
  self->state = GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED;
  self->first_packet = GST_CLOCK_TIME_NONE;
  self->last_packet = GST_CLOCK_TIME_NONE;
  self->first_audible = GST_CLOCK_TIME_NONE;
  self->last_audible = GST_CLOCK_TIME_NONE;
  self->first_sound_packet = GST_CLOCK_TIME_NONE;
  self->last_speech = GST_CLOCK_TIME_NONE;
  self->output_latency = GST_CLOCK_TIME_NONE;
  self->turn_bound = GST_CLOCK_TIME_NONE;
  self->open_deadline = GST_CLOCK_TIME_NONE;
  self->first_event_deadline = GST_CLOCK_TIME_NONE;
  self->sound_started = GST_CLOCK_TIME_NONE;
  g_queue_init (&self->waiting);
  gst_oai_response_watch_init (&self->watch);
  gst_oai_limits_reset (&self->limits);
}
