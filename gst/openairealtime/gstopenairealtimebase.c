/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtimebase.h"

#include <string.h>

#include "gstoaiimages.h"
#include "gstoaiinput.h"
#include "gstoaioutput.h"
#include "gstoaisignals.h"
#include "gstoaitextpads.h"
#include "protocol/gstoaii18n.h"
#include "session/gstoairegistry.h"

GST_DEBUG_CATEGORY_STATIC (base_debug);
#define GST_CAT_DEFAULT base_debug

/* Most channels of an unpositioned input. */
#define MAX_CHANNELS 64

enum {
  PROP_SESSION = GST_OAI_SETTING_LAST + 1,
  PROP_SESSION_ID,
  PROP_CALL_ID,
  PROP_CONNECTION_STATE,
  PROP_HISTORY,
  PROP_STATS,
  PROP_IMAGE_INTERVAL,
  PROP_IMAGE_MAX_WIDTH,
  PROP_LAST
};

enum {
  ACTION_SEND_EVENT,
  ACTION_UPDATE_SESSION,
  ACTION_COMMIT_INPUT,
  ACTION_CLEAR_INPUT,
  ACTION_CLEAR_OUTPUT,
  ACTION_CREATE_RESPONSE,
  ACTION_CANCEL_RESPONSE,
  ACTION_CREATE_ITEM,
  ACTION_RETRIEVE_ITEM,
  ACTION_DELETE_ITEM,
  ACTION_TRUNCATE_ITEM,
  ACTION_SEND_TEXT,
  ACTION_SEND_IMAGE,
  ACTION_SEND_NEWEST_IMAGE,
  ACTION_SEND_FUNCTION_OUTPUT,
  ACTION_SEND_APPROVAL,
  ACTION_INTERRUPT,
  ACTION_START_TALKING,
  ACTION_STOP_TALKING,
  LAST_ACTION
};

static GParamSpec *properties[PROP_LAST];

typedef struct {
  /* Held while settings are changed and handed to the session, so that an older
   * copy does not come there last. Before the session's and the object's. */
  GMutex settings_lock;

  /* The object lock protects everything down to the next comment. */
  GstOaiSettings *settings;
  gchar *session_name;
  GstOaiSession *session; /* from NULL->READY on */
  gboolean started; /* READY->PAUSED was done */
  gboolean drained;
  gboolean ended; /* by a limit: the stream has ended, whatever comes in */
  GstMessage *held_eos;
  guint image_interval;
  guint image_max_width;
  GstOaiUsage usage; /* of all its sessions */

  /* Set once in constructed(), with a reference, as messages come even while
   * the bin gives up its children; NULL when the element has no such half. */
  GstOaiInput *input;
  GstOaiOutput *output;
  GstOaiTextPads *text_pads; /* with the output */
  GstOaiImages *images;

  /* streaming thread */
  GstElement *convert;
  gboolean mixing; /* it has a mix matrix */
} GstOpenAIRealtimeBasePrivate;

/* The halves of the duplex element, each of which an element has alone:
 *
 *          ,------------------------------------------------------.
 *          |  ,------------.   ,-------------.   ,------------.   |
 *   sink --|->|audioconvert|-->|audioresample|-->| GstOaiInput|   |
 *          |  '------------'   '-------------'   '------|-----'   |
 *          |                                        session       |
 *          |                                     ,------|-----.   |
 *          |                                     |GstOaiOutput|---|-> src
 *          |                                     '------------'   |
 *          '------------------------------------------------------'
 */
G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstOpenAIRealtimeBase,
    gst_openai_realtime_base, GST_TYPE_BIN,
    G_ADD_PRIVATE (GstOpenAIRealtimeBase) GST_DEBUG_CATEGORY_INIT (
        base_debug, "openairealtime", 0, "OpenAI Realtime: elements"))

#define PRIVATE(self)                                                          \
  ((GstOpenAIRealtimeBasePrivate *)                                            \
          gst_openai_realtime_base_get_instance_private (self))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_OAI_OUTPUT_CAPS));

static GstStaticPadTemplate image_template = GST_STATIC_PAD_TEMPLATE (
    "image_sink", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_OAI_IMAGE_CAPS));

static GstOaiSession *
ref_session (GstOpenAIRealtimeBase *self)
{
  GstOaiSession *session;

  GST_OBJECT_LOCK (self);
  session = PRIVATE (self)->session ? g_object_ref (PRIVATE (self)->session)
                                    : NULL;
  GST_OBJECT_UNLOCK (self);

  return session;
}

static GstOaiSettings *
copy_settings (GstOpenAIRealtimeBase *self)
{
  GstOaiSettings *settings;

  GST_OBJECT_LOCK (self);
  settings = gst_oai_settings_copy (PRIVATE (self)->settings);
  GST_OBJECT_UNLOCK (self);

  return settings;
}

/* --- errors ------------------------------------------------------------ */

static void
post_error (GstElement *element, const GstOaiError *error, gboolean warning)
{
  gst_element_message_full_with_details (element,
      warning ? GST_MESSAGE_WARNING : GST_MESSAGE_ERROR, error->domain,
      error->code, g_strdup (error->message), g_strdup (error->debug), __FILE__,
      GST_FUNCTION, __LINE__,
      error->details ? gst_structure_copy (error->details) : NULL);
}

static void
refuse_change (
    GstOpenAIRealtimeBase *self, const gchar *name, const gchar *sentence)
{
  g_autoptr (GstOaiError) error = gst_oai_error_because ("unchangeable-setting",
      gst_oai_error_new (GST_OAI_ERROR_CALLER, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_SETTINGS, sentence, "property %s", name));

  gst_structure_set (error->details, "property", G_TYPE_STRING, name, NULL);
  post_error (GST_ELEMENT (self), error, TRUE);
}

/* --- end of stream ----------------------------------------------------- */

static GstOpenAIRealtimeEosMode
get_eos_mode (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  if (session == NULL)
    return GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE;

  return gst_oai_session_get_enum (
      session, GST_ELEMENT (self), GST_OAI_SETTING_EOS_MODE);
}

static void
drop_held_eos (GstOpenAIRealtimeBase *self)
{
  GstMessage *message;

  GST_OBJECT_LOCK (self);
  message = g_steal_pointer (&PRIVATE (self)->held_eos);
  PRIVATE (self)->drained = FALSE;
  GST_OBJECT_UNLOCK (self);
  gst_clear_message (&message);
}

static void
handle_eos (GstOpenAIRealtimeBase *self, GstMessage *message)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  g_autoptr (GstOaiSession) session = ref_session (self);
  gboolean hold = FALSE, again;

  GST_OBJECT_LOCK (self);
  again = priv->ended;
  GST_OBJECT_UNLOCK (self);
  if (again) {
    gst_message_unref (message);
    return;
  }
  if (get_eos_mode (self) == GST_OPENAI_REALTIME_EOS_MODE_DRAIN) {
    GST_OBJECT_LOCK (self);
    hold = priv->started && !priv->drained;
    if (hold)
      gst_message_take (&priv->held_eos, message);
    GST_OBJECT_UNLOCK (self);
    /* It may have failed before we came to hold: then nothing drains it. */
    if (hold && session
        && gst_oai_session_get_state (session)
            == GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED) {
      GST_OBJECT_LOCK (self);
      message = g_steal_pointer (&priv->held_eos);
      GST_OBJECT_UNLOCK (self);
      hold = message == NULL;
    }
  }
  if (!hold)
    GST_BIN_CLASS (gst_openai_realtime_base_parent_class)
        ->handle_message (GST_BIN (self), message);
}

static void
gst_openai_realtime_base_handle_message (GstBin *bin, GstMessage *message)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (bin);
  gboolean from_input = PRIVATE (self)->input
      && GST_MESSAGE_SRC (message) == GST_OBJECT (PRIVATE (self)->input);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      if (from_input) {
        handle_eos (self, message);
        return;
      }
      break;
    case GST_MESSAGE_STREAM_START:
      if (from_input)
        drop_held_eos (self);
      break;
    case GST_MESSAGE_RESET_TIME:
      /* A flushing seek upstream would move the running time under the output
       * half, which would then wait for the time it has had. */
      if (from_input) {
        gst_message_unref (message);
        return;
      }
      break;
    default:
      break;
  }
  GST_BIN_CLASS (gst_openai_realtime_base_parent_class)
      ->handle_message (bin, message);
}

/* End of stream sent to the element means that the input has ended. The default
 * would end the output first and cut the answer off. */
static gboolean
gst_openai_realtime_base_send_event (GstElement *element, GstEvent *event)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  g_autoptr (GstOaiSession) session = NULL;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    session = ref_session (self);
    if (session) {
      GST_DEBUG_OBJECT (self, "end of input asked for");
      gst_oai_session_input_ended (session);
    }
    gst_event_unref (event);
    return TRUE;
  }
  return GST_ELEMENT_CLASS (gst_openai_realtime_base_parent_class)
      ->send_event (element, event);
}

/* --- what the session tells -------------------------------------------- */

static void
on_event (GstElement *element, const GstOaiEventInfo *info, gboolean speaker)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  if (PRIVATE (self)->text_pads)
    gst_oai_text_pads_event (PRIVATE (self)->text_pads, info);
  gst_oai_signals_emit (element, info);
  if (speaker)
    gst_oai_signals_post (element, info);
}

static void
on_progress (GstElement *element, GstProgressType type, const gchar *text)
{
  gst_element_post_message (element,
      gst_message_new_progress (GST_OBJECT (element), type, "connect", text));
}

static void
on_message (GstElement *element, const GstStructure *structure)
{
  gst_element_post_message (element,
      gst_message_new_element (
          GST_OBJECT (element), gst_structure_copy (structure)));
}

static void
on_state (GstElement *element)
{
  g_object_notify_by_pspec (
      G_OBJECT (element), properties[PROP_CONNECTION_STATE]);
}

static void
on_interrupted (GstElement *element)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  g_autoptr (GstOaiSession) session = ref_session (self);

  if (session == NULL
      || gst_oai_session_get_enum (
             session, element, GST_OAI_SETTING_INTERRUPT_MODE)
          != GST_OPENAI_REALTIME_INTERRUPT_MODE_FLUSH)
    return;
  GST_DEBUG_OBJECT (self, "flushing downstream");
  gst_element_send_event (
      GST_ELEMENT (PRIVATE (self)->output), gst_event_new_flush_start ());
  gst_element_send_event (
      GST_ELEMENT (PRIVATE (self)->output), gst_event_new_flush_stop (FALSE));
  gst_oai_text_pads_flush (PRIVATE (self)->text_pads);
}

/* The end of the input leaves the element now, on both sides. */
static void
let_end_of_stream_pass (GstOpenAIRealtimeBase *self, gboolean end_output)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstMessage *message;

  if (priv->output && end_output) {
    gst_oai_output_end (priv->output);
    gst_oai_text_pads_end (priv->text_pads);
  }
  GST_OBJECT_LOCK (self);
  message = g_steal_pointer (&priv->held_eos);
  GST_OBJECT_UNLOCK (self);
  if (message)
    GST_BIN_CLASS (gst_openai_realtime_base_parent_class)
        ->handle_message (GST_BIN (self), message);
}

static void
on_input_ended (GstElement *element)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  if (get_eos_mode (self) == GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE)
    let_end_of_stream_pass (self, TRUE);
}

/* What was kept for one mode must not be kept in another one. */
static void
on_settings_changed (GstElement *element)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  GstOpenAIRealtimeEosMode mode = get_eos_mode (self);
  g_autoptr (GstOaiSession) session = ref_session (self);

  if (session && gst_oai_session_has_input_ended (session)
      && mode != GST_OPENAI_REALTIME_EOS_MODE_DRAIN)
    let_end_of_stream_pass (
        self, mode == GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE);
}

static void tell_settings (GstOpenAIRealtimeBase *self);

static gboolean
on_setting_refused (GstElement *element, GstOaiSetting setting,
    const GstOaiSettings *wanted, const GstOaiSettings *before)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  gboolean ours;

  g_mutex_lock (&priv->settings_lock);
  GST_OBJECT_LOCK (self);
  /* It may have been set to something else since. */
  ours = gst_oai_settings_is_set (priv->settings, setting)
      && gst_oai_settings_equal (priv->settings, wanted, setting);
  if (ours)
    gst_oai_settings_restore (priv->settings, before, setting);
  GST_OBJECT_UNLOCK (self);
  if (ours)
    tell_settings (self);
  g_mutex_unlock (&priv->settings_lock);
  if (ours)
    g_object_notify (G_OBJECT (self), gst_oai_setting_name (setting));

  return ours;
}

static void
on_drained (GstElement *element)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  GST_OBJECT_LOCK (self);
  PRIVATE (self)->drained = TRUE;
  GST_OBJECT_UNLOCK (self);
  let_end_of_stream_pass (
      self, get_eos_mode (self) == GST_OPENAI_REALTIME_EOS_MODE_DRAIN);
}

static void
on_used (GstElement *element, const GstOaiUsage *usage)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  GST_OBJECT_LOCK (self);
  gst_oai_usage_add (&PRIVATE (self)->usage, usage);
  GST_OBJECT_UNLOCK (self);
}

/* The session has ended by itself: so do the streams on both sides, whether or
 * not upstream has come to its end. */
static void
on_ended (GstElement *element)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstMessage *message = NULL;
  gboolean again;

  GST_OBJECT_LOCK (self);
  again = priv->ended || !priv->started;
  if (!again) {
    priv->drained = TRUE;
    priv->ended = TRUE;
    if (priv->input && priv->held_eos == NULL)
      message = gst_message_new_eos (GST_OBJECT (priv->input));
  }
  GST_OBJECT_UNLOCK (self);
  if (again)
    return;
  let_end_of_stream_pass (self, TRUE);
  if (message)
    GST_BIN_CLASS (gst_openai_realtime_base_parent_class)
        ->handle_message (GST_BIN (self), message);
}

static const GstOaiSessionFuncs session_funcs = {
  .event = on_event,
  .function_call = gst_oai_signals_emit_function_call,
  .progress = on_progress,
  .message = on_message,
  .error = post_error,
  .state = on_state,
  .interrupted = on_interrupted,
  .settings_changed = on_settings_changed,
  .setting_refused = on_setting_refused,
  .input_ended = on_input_ended,
  .drained = on_drained,
  .has_secret_source = gst_oai_signals_has_secret_source,
  .request_secret = gst_oai_signals_emit_request_secret,
  .used = on_used,
  .ended = on_ended,
};

/* --- states ------------------------------------------------------------ */

static void
set_session (GstOpenAIRealtimeBase *self, GstOaiSession *session)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);

  GST_OBJECT_LOCK (self);
  priv->session = session;
  GST_OBJECT_UNLOCK (self);
  if (priv->input)
    gst_oai_input_set_session (priv->input, session);
  if (priv->output)
    gst_oai_output_set_session (priv->output, session);
}

/* Hands the session the settings of now. Must be called with the settings lock. */
static void
tell_settings (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);
  g_autoptr (GstOaiSettings) settings = NULL;

  if (session == NULL)
    return;
  settings = copy_settings (self);
  gst_oai_session_set_settings (session, GST_ELEMENT (self), settings);
}

static void
leave_session (GstOpenAIRealtimeBase *self)
{
  GstOaiSession *session = PRIVATE (self)->session;

  if (session == NULL)
    return;
  gst_oai_session_detach (session, GST_ELEMENT (self));
  set_session (self, NULL);
  gst_oai_registry_release (session);
}

/* Finds the session that the element belongs to now, and moves to it when it is
 * another one than before. */
static gboolean
join_session (GstOpenAIRealtimeBase *self, GstOaiError **error)
{
  GstOaiRole role = GST_OPENAI_REALTIME_BASE_GET_CLASS (self)->role;
  g_autoptr (GstOaiSettings) settings = copy_settings (self);
  g_autofree gchar *name = NULL;
  GstOaiSession *session;
  /* Both halves in one element need nobody else: a pipeline may hold several
   * conversations. */
  gboolean complete = role == (GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT);

  GST_OBJECT_LOCK (self);
  name = g_strdup (PRIVATE (self)->session_name);
  GST_OBJECT_UNLOCK (self);
  if (complete && name == NULL && PRIVATE (self)->session
      && gst_oai_session_get_name (PRIVATE (self)->session) == NULL)
    return TRUE;
  session = gst_oai_registry_acquire (GST_ELEMENT (self), name, complete);
  if (session == PRIVATE (self)->session) {
    gst_oai_registry_release (session);
    return TRUE;
  }
  leave_session (self);
  if (!gst_oai_session_attach (
          session, GST_ELEMENT (self), role, &session_funcs, settings, error)) {
    gst_oai_registry_release (session);
    return FALSE;
  }
  set_session (self, session);
  /* One may have been changed while nobody was told. */
  g_mutex_lock (&PRIVATE (self)->settings_lock);
  tell_settings (self);
  g_mutex_unlock (&PRIVATE (self)->settings_lock);

  return TRUE;
}

/* What is known at NULL->READY: our own settings, and whether the other half in
 * the same pipeline brings the credential. */
static GstOaiError *
check_settings (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSettings) settings = copy_settings (self);
  GstOaiError *error = gst_oai_settings_validate (settings);
  gboolean asks = gst_oai_signals_has_secret_source (GST_ELEMENT (self));
  GstObject *toplevel, *parent;

  if (error)
    return error;
  toplevel = gst_object_ref (GST_OBJECT (self));
  while ((parent = gst_object_get_parent (toplevel))) {
    gst_object_unref (toplevel);
    toplevel = parent;
  }
  if (toplevel != GST_OBJECT (self) && GST_IS_BIN (toplevel)) {
    GstIterator *iter = gst_bin_iterate_recurse (GST_BIN (toplevel));
    GValue item = G_VALUE_INIT;

    while (gst_iterator_next (iter, &item) == GST_ITERATOR_OK) {
      GObject *other = g_value_get_object (&item);

      if (GST_IS_OPENAI_REALTIME_BASE (other) && other != G_OBJECT (self)) {
        g_autoptr (GstOaiSettings)
            theirs = copy_settings (GST_OPENAI_REALTIME_BASE (other));

        gst_oai_settings_merge (settings, theirs, NULL);
        asks = asks || gst_oai_signals_has_secret_source (GST_ELEMENT (other));
      }
      g_value_reset (&item);
    }
    g_value_unset (&item);
    gst_iterator_free (iter);
  }
  gst_object_unref (toplevel);
  /* A named session may find its credential in another pipeline: that is seen
   * when it starts. */
  if (PRIVATE (self)->session_name == NULL && !asks)
    error = gst_oai_settings_check_credential (settings);

  return error;
}

static GstStateChangeReturn
fail_state_change (GstOpenAIRealtimeBase *self, GstOaiError *error)
{
  post_error (GST_ELEMENT (self), error, FALSE);
  gst_oai_error_free (error);

  return GST_STATE_CHANGE_FAILURE;
}

static GstStateChangeReturn
gst_openai_realtime_base_change_state (
    GstElement *element, GstStateChange transition)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstStateChangeReturn ret;
  GstOaiError *error = NULL;

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if ((error = check_settings (self)) || !join_session (self, &error))
        return fail_state_change (self, error);
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      drop_held_eos (self);
      if (priv->text_pads)
        gst_oai_text_pads_reset (priv->text_pads);
      /* Again: playbin and late gst_bin_add() give a parent only now. */
      if (!join_session (self, &error)
          || !gst_oai_session_start (priv->session, element, &error))
        return fail_state_change (self, error);
      GST_OBJECT_LOCK (self);
      priv->started = TRUE;
      priv->ended = FALSE;
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      break;
  }

  ret = GST_ELEMENT_CLASS (gst_openai_realtime_base_parent_class)
            ->change_state (element, transition);

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (ret == GST_STATE_CHANGE_FAILURE)
        leave_session (self);
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (ret != GST_STATE_CHANGE_FAILURE)
        break;
      /* fall through */
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      GST_OBJECT_LOCK (self);
      priv->started = FALSE;
      GST_OBJECT_UNLOCK (self);
      drop_held_eos (self);
      if (priv->session)
        gst_oai_session_stop (priv->session, element);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      gst_oai_images_stop (priv->images);
      leave_session (self);
      break;
    default:
      break;
  }
  return ret;
}

/* --- the halves -------------------------------------------------------- */

static GstPadProbeReturn on_input_caps (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data);

/* A new converter into the bin; its sink pad, or NULL. */
static GstPad *
add_converter (GstOpenAIRealtimeBase *self, GstElement *next)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstElement *convert = gst_element_factory_make ("audioconvert", NULL);
  GstPad *pad;

  if (convert == NULL)
    return NULL;
  gst_bin_add (GST_BIN (self), convert);
  gst_element_link (convert, next);
  gst_object_replace ((GstObject **) &priv->convert, GST_OBJECT_CAST (convert));
  priv->mixing = FALSE;
  pad = gst_element_get_static_pad (convert, "sink");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH
          | GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      on_input_caps, self, NULL);

  return pad;
}

/* Puts a new converter in the place of the one whose sink pad is @pad. Its sink
 * pad, or NULL when there is none to be had. */
static GstPad *
replace_converter (GstOpenAIRealtimeBase *self, GstPad *pad)
{
  g_autoptr (GstElement) old = gst_pad_get_parent_element (pad);
  g_autoptr (GstPad) src = gst_element_get_static_pad (old, "src");
  g_autoptr (GstPad) peer = gst_pad_get_peer (src);
  g_autoptr (GstElement) next = gst_pad_get_parent_element (peer);
  g_autoptr (GstPad)
      ghost = gst_element_get_static_pad (GST_ELEMENT (self), "sink");
  GstPad *fresh;

  /* Nothing is under way in it. */
  GST_PAD_STREAM_LOCK (pad);
  gst_pad_unlink (src, peer);
  fresh = add_converter (self, next);
  if (fresh == NULL) {
    gst_pad_link (src, peer);
    GST_PAD_STREAM_UNLOCK (pad);
    return NULL;
  }
  gst_element_sync_state_with_parent (PRIVATE (self)->convert);
  gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), fresh);
  GST_PAD_STREAM_UNLOCK (pad);

  gst_element_set_state (old, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), old);

  return fresh;
}

static gint
channels_of (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  gint channels = 0;

  if (caps)
    gst_structure_get_int (
        gst_caps_get_structure (caps, 0), "channels", &channels);

  return channels;
}

/* audioconvert cannot know how to mix channels without positions, as microphone
 * arrays have them: all of them in equal parts. With @may_replace, returns the
 * sink pad of a new converter when that was necessary. */
static GstPad *
adapt_mix_matrix (GstOpenAIRealtimeBase *self, GstPad *pad, GstCaps *caps,
    gboolean may_replace)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstStructure *s = gst_caps_get_structure (caps, 0);
  GValue matrix = G_VALUE_INIT, row = G_VALUE_INIT, cell = G_VALUE_INIT;
  GstPad *fresh = NULL;
  guint64 mask = 0;
  gint channels, before, i;
  gboolean unpositioned;

  if (!gst_structure_get_int (s, "channels", &channels) || channels < 1
      || channels > MAX_CHANNELS)
    return NULL;
  gst_structure_get (s, "channel-mask", GST_TYPE_BITMASK, &mask, NULL);
  unpositioned = channels > 1 && mask == 0;
  if (!unpositioned && !priv->mixing)
    return NULL;

  /* 1.24.9 to 1.26.3 refuse a matrix that does not fit the caps that they have,
   * but those that it is for come later. */
  before = channels_of (pad);
  if (may_replace && before != 0 && before != channels) {
    fresh = replace_converter (self, pad);
    if (fresh && !unpositioned)
      return fresh;
  }
  priv->mixing = TRUE;

  g_value_init (&matrix, GST_TYPE_ARRAY);
  g_value_init (&row, GST_TYPE_ARRAY);
  g_value_init (&cell, G_TYPE_FLOAT);
  g_value_set_float (&cell, 1.0f / channels);
  for (i = 0; i < channels; i++)
    gst_value_array_append_value (&row, &cell);
  gst_value_array_append_value (&matrix, &row);
  g_object_set_property (G_OBJECT (priv->convert), "mix-matrix", &matrix);
  g_value_unset (&cell);
  g_value_unset (&row);
  g_value_unset (&matrix);

  return fresh;
}

static GstPadProbeReturn
on_input_caps (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstOpenAIRealtimeBase *self = user_data;
  GstCaps *caps = NULL;

  if (info->type & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM) {
    GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

    /* Asked before each CAPS event, too. */
    if (GST_QUERY_TYPE (query) == GST_QUERY_ACCEPT_CAPS)
      gst_query_parse_accept_caps (query, &caps);
    /* Whoever else asks, while sound is under way, must neither wait for it (that
     * may take as long as the call needs to be connected) nor change anything. */
    if (caps && gst_caps_is_fixed (caps) && GST_PAD_STREAM_TRYLOCK (pad)) {
      g_autoptr (GstPad) fresh = adapt_mix_matrix (self, pad, caps, TRUE);

      GST_PAD_STREAM_UNLOCK (pad);
      if (fresh)
        return gst_pad_query (fresh, query) ? GST_PAD_PROBE_HANDLED
                                            : GST_PAD_PROBE_DROP;
    }
  } else {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      if (gst_caps_is_fixed (caps))
        adapt_mix_matrix (self, pad, caps, FALSE);
    } else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
      drop_held_eos (self);
    }
  }

  return GST_PAD_PROBE_OK;
}

/* An output that nobody wants (transcription, text) is no error. */
static GstPadProbeReturn
drop_unlinked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_pad_is_linked (pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static void
add_input (GstOpenAIRealtimeBase *self, GstPadTemplate *template)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstElement *resample;
  GstPad *pad, *ghost;

  priv->input = gst_object_ref_sink (
      g_object_new (GST_TYPE_OAI_INPUT, "name", "input", NULL));
  gst_bin_add (GST_BIN (self), GST_ELEMENT (priv->input));
  pad = gst_element_get_static_pad (GST_ELEMENT (priv->input), "sink");
  resample = gst_element_factory_make ("audioresample", "resample");
  if (resample) {
    GstPad *first;

    gst_bin_add (GST_BIN (self), resample);
    gst_element_link (resample, GST_ELEMENT (priv->input));
    first = add_converter (self, resample);
    if (first) {
      gst_object_unref (pad);
      pad = first;
    } else {
      gst_bin_remove (GST_BIN (self), resample);
    }
  }
  ghost = gst_ghost_pad_new_from_template ("sink", pad, template);
  gst_object_unref (pad);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
}

static void
on_output_frame (GstClockTime position, GstClockTime duration, gboolean playing,
    gboolean audible, gpointer user_data)
{
  gst_oai_text_pads_frame (user_data, position, duration, playing, audible);
}

static void
add_output (GstOpenAIRealtimeBase *self, GstPadTemplate *template)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstPad *pad, *ghost;

  priv->output = gst_object_ref_sink (
      g_object_new (GST_TYPE_OAI_OUTPUT, "name", "output", NULL));
  priv->text_pads = gst_oai_text_pads_new (GST_BIN (self));
  gst_oai_output_set_frame_func (
      priv->output, on_output_frame, priv->text_pads);
  gst_bin_add (GST_BIN (self), GST_ELEMENT (priv->output));
  pad = gst_element_get_static_pad (GST_ELEMENT (priv->output), "src");
  ghost = gst_ghost_pad_new_from_template ("src", pad, template);
  gst_object_unref (pad);
  gst_pad_add_probe (
      ghost, GST_PAD_PROBE_TYPE_BUFFER, drop_unlinked, NULL, NULL);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
}

static void
gst_openai_realtime_base_constructed (GObject *object)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (object);
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (object);
  GstOaiRole role = GST_OPENAI_REALTIME_BASE_GET_CLASS (self)->role;
  GstElementFlags flags = 0;

  if (role & GST_OAI_ROLE_INPUT) {
    add_input (self, gst_element_class_get_pad_template (klass, "sink"));
    flags |= GST_ELEMENT_FLAG_SINK;
  }
  if (role & GST_OAI_ROLE_OUTPUT) {
    add_output (self, gst_element_class_get_pad_template (klass, "src"));
    flags |= GST_ELEMENT_FLAG_SOURCE;
  }
  gst_bin_set_suppressed_flags (
      GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, flags);

  G_OBJECT_CLASS (gst_openai_realtime_base_parent_class)->constructed (object);
}

/* Whatever a server says to take. 64 KiB is what each must that says nothing
 * (RFC 8841); what becomes of larger images has not been tried with the service,
 * and how large they are is decided here. */
#define MAX_IMAGE_EVENT (60 * 1024)

static gsize
images_limit (gpointer user_data)
{
  g_autoptr (GstOaiSession) session = ref_session (user_data);

  return session
      ? MIN (gst_oai_session_get_max_event_size (session), MAX_IMAGE_EVENT)
      : 0;
}

static void
images_send (const gchar *json, gpointer user_data)
{
  g_autoptr (GstOaiSession) session = ref_session (user_data);

  if (session)
    gst_oai_session_send_event (session, json);
}

static void
images_lost (GstOaiImageFate fate, gpointer user_data)
{
  gboolean large = fate == GST_OAI_IMAGE_TOO_LARGE;
  g_autoptr (GstOaiError) error = gst_oai_error_new (GST_OAI_ERROR_CALLER,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
      large ? _ ("An image is too large for the event channel, however much it "
                 "is compressed. It is not sent.")
            : _ ("An image cannot be read or compressed. It is not sent."),
      "and the next ones that are like it");

  gst_oai_error_because (large ? "image-too-large" : "image-unreadable", error);
  post_error (user_data, error, TRUE);
}

static const GstOaiImagesFuncs images_funcs = {
  .limit = images_limit,
  .send = images_send,
  .lost = images_lost,
};

static GstPad *
request_image_pad (GstOpenAIRealtimeBase *self, GstPadTemplate *template)
{
  GstElement *sink = gst_oai_image_sink_new (PRIVATE (self)->images);
  g_autoptr (GstPad) target = NULL;
  GstPad *ghost;

  gst_bin_add (GST_BIN (self), sink);
  target = gst_element_get_static_pad (sink, "sink");
  ghost = gst_ghost_pad_new_from_template ("image_sink", target, template);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
  gst_element_sync_state_with_parent (sink);

  return ghost;
}

static void
release_image_pad (GstOpenAIRealtimeBase *self, GstPad *pad)
{
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  g_autoptr (GstElement) sink = target ? gst_pad_get_parent_element (target)
                                       : NULL;

  gst_pad_set_active (pad, FALSE);
  if (sink) {
    gst_element_set_locked_state (sink, TRUE);
    gst_element_set_state (sink, GST_STATE_NULL);
  }
  gst_element_remove_pad (GST_ELEMENT (self), pad);
  if (sink)
    gst_bin_remove (GST_BIN (self), sink);
}

static GstPad *
gst_openai_realtime_base_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  if (strcmp (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "image_sink") == 0)
    return request_image_pad (self, template);
  if (PRIVATE (self)->text_pads == NULL)
    return NULL;

  return gst_oai_text_pads_request (PRIVATE (self)->text_pads, template);
}

static void
gst_openai_realtime_base_release_pad (GstElement *element, GstPad *pad)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (element);

  if (GST_PAD_IS_SINK (pad))
    release_image_pad (self, pad);
  else if (PRIVATE (self)->text_pads)
    gst_oai_text_pads_release (PRIVATE (self)->text_pads, pad);
}

/* --- actions ----------------------------------------------------------- */

/* Takes @event. */
static gboolean
send_object (GstOpenAIRealtimeBase *self, JsonObject *event)
{
  g_autoptr (GstOaiSession) session = ref_session (self);
  g_autofree gchar *json = gst_oai_json_to_string (event);

  json_object_unref (event);

  return session && gst_oai_session_send_event (session, json);
}

static JsonObject *
new_event (const gchar *type)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "type", type);

  return event;
}

/* Sets member @name of @event to the object in the text @json. FALSE when it is
 * none. */
static gboolean
set_object_member (JsonObject *event, const gchar *name, const gchar *json)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, &error);

  if (object == NULL) {
    GST_WARNING ("%s: %s", name, error->message);
    return FALSE;
  }
  json_object_set_object_member (event, name, object);

  return TRUE;
}

static gboolean
action_send_event (GstOpenAIRealtimeBase *self, const gchar *json)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  g_return_val_if_fail (json != NULL, FALSE);

  return session && gst_oai_session_send_event (session, json);
}

static gboolean
action_update_session (GstOpenAIRealtimeBase *self, const gchar *json)
{
  JsonObject *event = new_event ("session.update");

  if (json == NULL || !set_object_member (event, "session", json)) {
    json_object_unref (event);
    return FALSE;
  }
  /* The API demands it in each update. */
  if (gst_oai_json_get_string (event, "session.type", NULL) == NULL)
    json_object_set_string_member (
        gst_oai_json_get_object (event, "session"), "type", "realtime");

  return send_object (self, event);
}

static gboolean
action_commit_input (GstOpenAIRealtimeBase *self)
{
  return send_object (self, new_event ("input_audio_buffer.commit"));
}

static gboolean
action_clear_input (GstOpenAIRealtimeBase *self)
{
  return send_object (self, new_event ("input_audio_buffer.clear"));
}

static gboolean
action_clear_output (GstOpenAIRealtimeBase *self)
{
  return send_object (self, new_event ("output_audio_buffer.clear"));
}

static gboolean
action_create_response (GstOpenAIRealtimeBase *self, const gchar *json)
{
  JsonObject *event = new_event ("response.create");

  if (json && *json && !set_object_member (event, "response", json)) {
    json_object_unref (event);
    return FALSE;
  }
  return send_object (self, event);
}

static gboolean
action_cancel_response (GstOpenAIRealtimeBase *self, const gchar *id)
{
  JsonObject *event = new_event ("response.cancel");

  if (id && *id)
    json_object_set_string_member (event, "response_id", id);

  return send_object (self, event);
}

static gboolean
action_create_item (
    GstOpenAIRealtimeBase *self, const gchar *json, const gchar *previous)
{
  JsonObject *event = new_event ("conversation.item.create");

  if (json == NULL || !set_object_member (event, "item", json)) {
    json_object_unref (event);
    return FALSE;
  }
  if (previous && *previous)
    json_object_set_string_member (event, "previous_item_id", previous);

  return send_object (self, event);
}

static gboolean
send_item_event (
    GstOpenAIRealtimeBase *self, const gchar *type, const gchar *id)
{
  JsonObject *event;

  if (id == NULL)
    return FALSE;
  event = new_event (type);
  json_object_set_string_member (event, "item_id", id);

  return send_object (self, event);
}

static gboolean
action_retrieve_item (GstOpenAIRealtimeBase *self, const gchar *id)
{
  return send_item_event (self, "conversation.item.retrieve", id);
}

static gboolean
action_delete_item (GstOpenAIRealtimeBase *self, const gchar *id)
{
  return send_item_event (self, "conversation.item.delete", id);
}

static gboolean
action_truncate_item (GstOpenAIRealtimeBase *self, const gchar *id,
    guint content_index, guint audio_end_ms)
{
  JsonObject *event;

  if (id == NULL)
    return FALSE;
  event = new_event ("conversation.item.truncate");
  json_object_set_string_member (event, "item_id", id);
  json_object_set_int_member (event, "content_index", content_index);
  json_object_set_int_member (event, "audio_end_ms", audio_end_ms);

  return send_object (self, event);
}

static gboolean
action_send_text (GstOpenAIRealtimeBase *self, const gchar *text)
{
  JsonObject *event, *item, *part;
  JsonArray *content;

  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  part = json_object_new ();
  json_object_set_string_member (part, "type", "input_text");
  json_object_set_string_member (part, "text", text);
  content = json_array_new ();
  json_array_add_object_element (content, part);
  item = json_object_new ();
  json_object_set_string_member (item, "type", "message");
  json_object_set_string_member (item, "role", "user");
  json_object_set_array_member (item, "content", content);
  event = new_event ("conversation.item.create");
  json_object_set_object_member (event, "item", item);

  return send_object (self, event) && action_create_response (self, NULL);
}

static gboolean
action_send_image (
    GstOpenAIRealtimeBase *self, GstSample *sample, const gchar *detail)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  g_return_val_if_fail (GST_IS_SAMPLE (sample), FALSE);

  return session && gst_oai_session_get_max_event_size (session) > 0
      && gst_oai_images_send (PRIVATE (self)->images, sample, detail);
}

static gboolean
action_send_newest_image (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  return session && gst_oai_session_get_max_event_size (session) > 0
      && gst_oai_images_send_newest (PRIVATE (self)->images);
}

static gboolean
action_send_function_output (
    GstOpenAIRealtimeBase *self, const gchar *call_id, const gchar *output)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  if (session == NULL || call_id == NULL || output == NULL
      || !g_utf8_validate (output, -1, NULL))
    return FALSE;

  return gst_oai_session_send_function_output (session, call_id, output);
}

static gboolean
action_send_approval (GstOpenAIRealtimeBase *self, const gchar *id,
    gboolean approve, const gchar *reason)
{
  g_autofree gchar *item_id = g_strdup_printf (
      "item_%08x%08x", g_random_int (), g_random_int ());
  JsonObject *event, *item;

  if (id == NULL || (reason && !g_utf8_validate (reason, -1, NULL)))
    return FALSE;
  item = json_object_new ();
  /* The one kind of item whose id the API demands. */
  json_object_set_string_member (item, "id", item_id);
  json_object_set_string_member (item, "type", "mcp_approval_response");
  json_object_set_string_member (item, "approval_request_id", id);
  json_object_set_boolean_member (item, "approve", approve);
  if (reason && *reason)
    json_object_set_string_member (item, "reason", reason);
  event = new_event ("conversation.item.create");
  json_object_set_object_member (event, "item", item);

  return send_object (self, event);
}

static gboolean
action_interrupt (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  return session && gst_oai_session_interrupt (session);
}

static gboolean
action_start_talking (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  return session && gst_oai_session_start_talking (session);
}

static gboolean
action_stop_talking (GstOpenAIRealtimeBase *self)
{
  g_autoptr (GstOaiSession) session = ref_session (self);

  return session && gst_oai_session_stop_talking (session);
}

#define NEW_ACTION(klass, name, handler, ...)                                  \
  g_signal_new_class_handler (name, G_TYPE_FROM_CLASS (klass),                 \
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (handler), NULL, NULL,   \
      NULL, G_TYPE_BOOLEAN, __VA_ARGS__)

static void
install_actions (GstElementClass *klass)
{
  /**
   * GstOpenAIRealtimeBase::send-event:
   * @self: the element
   * @json: a client event, a JSON object with a `type`
   *
   * Sends any client event. `response.create` waits for its turn, as the
   * server makes one response at a time. Before the session is connected, events
   * are kept and sent then.
   *
   * |[
   * element.emit("send-event", '{"type":"input_audio_buffer.clear"}')
   * ]|
   *
   * Returns: %FALSE when @json is not an event or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-event", action_send_event, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::update-session:
   * @self: the element
   * @json: the members of the session object to change
   *
   * Sends `session.update`. Fields that have a property are better set with it.
   *
   * Returns: %FALSE when @json is not an object or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "update-session", action_update_session, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::commit-input:
   * @self: the element
   *
   * Sends `input_audio_buffer.commit`: what was said since the last commit
   * becomes an item. With turn detection the server does that by itself.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "commit-input", action_commit_input, 0);

  /**
   * GstOpenAIRealtimeBase::clear-input:
   * @self: the element
   *
   * Sends `input_audio_buffer.clear`: forgets what was said since the last
   * commit.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "clear-input", action_clear_input, 0);

  /**
   * GstOpenAIRealtimeBase::clear-output:
   * @self: the element
   *
   * Sends `output_audio_buffer.clear`: the server stops sending the sound of
   * its answer. #GstOpenAIRealtimeBase::interrupt does all that an
   * interruption needs.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "clear-output", action_clear_output, 0);

  /**
   * GstOpenAIRealtimeBase::create-response:
   * @self: the element
   * @json: (nullable): parameters of the response, a JSON object
   *
   * Asks the model to answer. It waits when the model is answering already.
   *
   * |[
   * element.emit("create-response", '{"instructions":"Greet the user."}')
   * ]|
   *
   * Returns: %FALSE when @json is not an object or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (
      klass, "create-response", action_create_response, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::cancel-response:
   * @self: the element
   * @response_id: (nullable): the response, or %NULL for the one in progress
   *
   * Sends `response.cancel`.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (
      klass, "cancel-response", action_cancel_response, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::create-item:
   * @self: the element
   * @json: the item, a JSON object
   * @previous_item_id: (nullable): the item to put it behind, `root` for the
   *   front, %NULL for the end
   *
   * Adds an item to the conversation.
   *
   * Returns: %FALSE when @json is not an object or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "create-item", action_create_item, 2, G_TYPE_STRING,
      G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::retrieve-item:
   * @self: the element
   * @item_id: the item
   *
   * Asks for an item; it comes with `event::conversation.item.retrieved`.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "retrieve-item", action_retrieve_item, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::delete-item:
   * @self: the element
   * @item_id: the item
   *
   * Removes an item from the conversation.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "delete-item", action_delete_item, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::truncate-item:
   * @self: the element
   * @item_id: the model's item
   * @content_index: the part of it, 0
   * @audio_end_ms: milliseconds of it that were heard
   *
   * Makes the model forget what was not heard. Over WebRTC the server does that
   * by itself.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "truncate-item", action_truncate_item, 3, G_TYPE_STRING,
      G_TYPE_UINT, G_TYPE_UINT);

  /**
   * GstOpenAIRealtimeBase::send-text:
   * @self: the element
   * @text: what the user writes
   *
   * Adds a message of the user and asks for an answer to it.
   *
   * Returns: %FALSE when @text is not UTF-8 or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-text", action_send_text, 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::send-image:
   * @self: the element
   * @sample: an image: `image/jpeg`, `image/png` or `video/x-raw`
   * @detail: (nullable): how closely the model looks: `auto`, `low` or `high`
   *
   * Shows the model an image, as a message of the user. It is scaled and
   * compressed when it is no JPEG or PNG, or too large for the event channel;
   * that happens in a thread of its own. Nothing is asked for: use
   * #GstOpenAIRealtimeBase::send-text or #GstOpenAIRealtimeBase::create-response.
   *
   * Returns: %FALSE when @sample is no image, the session is not connected or
   *   too many images wait
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-image", action_send_image, 2, GST_TYPE_SAMPLE,
      G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::send-newest-image:
   * @self: the element
   *
   * Shows the model the newest frame of the pad `image_sink`.
   *
   * Returns: %FALSE when there is no frame yet, the session is not connected or
   *   too many images wait
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-newest-image", action_send_newest_image, 0);

  /**
   * GstOpenAIRealtimeBase::send-function-output:
   * @self: the element
   * @call_id: from #GstOpenAIRealtimeBase::function-call
   * @output: what the function returned, any text
   *
   * Answers a function call, from any thread. When no other call of the same
   * response is open, the model is asked to go on.
   *
   * Returns: %FALSE when @output is not UTF-8 or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-function-output", action_send_function_output, 2,
      G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::send-approval:
   * @self: the element
   * @id: from #GstOpenAIRealtimeBase::approval-request
   * @approve: whether the tool may be called
   * @reason: (nullable): why, for the model
   *
   * Answers a request for an approval, from any thread. The server makes a call that
   * is approved and the model goes on; about one that is not the model is asked to
   * speak.
   *
   * Returns: %FALSE when @reason is not UTF-8 or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "send-approval", action_send_approval, 3, G_TYPE_STRING,
      G_TYPE_BOOLEAN, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::interrupt:
   * @self: the element
   *
   * Stops the answer: silence here at once, `response.cancel` and
   * `output_audio_buffer.clear` to the server.
   *
   * Returns: %FALSE when there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "interrupt", action_interrupt, 0);

  /**
   * GstOpenAIRealtimeBase::start-talking:
   * @self: the element
   *
   * Push-to-talk: the button is pressed. The answer is interrupted, as
   * #GstOpenAIRealtimeBase::interrupt does it, and what the server has heard so far
   * is forgotten. Needs #GstOpenAIRealtimeBase:turn-detection none.
   *
   * The sound goes to the server all the time, to be heard or to be forgotten. Set
   * #GstOpenAIRealtimeBase:mute between turns for it not to leave the machine.
   *
   * |[
   * ai.emit("start-talking")
   * ]|
   *
   * Returns: %FALSE when the server detects turns or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "start-talking", action_start_talking, 0);

  /**
   * GstOpenAIRealtimeBase::stop-talking:
   * @self: the element
   *
   * Push-to-talk: the button is released. What was said since
   * #GstOpenAIRealtimeBase::start-talking becomes a turn, 120 ms later, as the last
   * of it is still under way, and unless
   * #GstOpenAIRealtimeBase:create-response is %FALSE the model answers. When the
   * button is pressed again before that, the turn goes on.
   *
   * Returns: %FALSE when the server detects turns or there is no session
   *
   * Since: 0.1
   */
  NEW_ACTION (klass, "stop-talking", action_stop_talking, 0);
}

/* --- properties -------------------------------------------------------- */

/* What would have failed before the call must not break it now: it is refused
 * with a warning, and the old value stays. */
static gboolean
is_usable (
    GstOpenAIRealtimeBase *self, GstOaiSetting setting, const GValue *value)
{
  g_autoptr (GstOaiSettings) settings = copy_settings (self);
  g_autoptr (GstOaiError) error = NULL;

  gst_oai_settings_set (settings, setting, value);
  error = gst_oai_settings_validate (settings);
  /* Another one's trouble (a file that went away) is not this one's. */
  if (error == NULL
      || g_strcmp0 (gst_structure_get_string (error->details, "property"),
             gst_oai_setting_name (setting))
          != 0)
    return TRUE;
  post_error (GST_ELEMENT (self), error, TRUE);

  return FALSE;
}

static void
set_setting (
    GstOpenAIRealtimeBase *self, GstOaiSetting setting, const GValue *value)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (self);
  GstOaiMutability mutability = gst_oai_setting_mutability (setting);
  g_autoptr (GstOaiSession) session = NULL;
  g_autofree gchar *text = NULL;
  gboolean started;

  GST_OBJECT_LOCK (self);
  session = priv->session ? g_object_ref (priv->session) : NULL;
  started = priv->started;
  GST_OBJECT_UNLOCK (self);

  if (started && mutability == GST_OAI_MUTABLE_READY)
    /* Translators: %s is the name of a property. */
    text = g_strdup_printf (
        _ ("“%s” cannot be changed during a call; the old value stays"),
        gst_oai_setting_name (setting));
  else if (started && mutability == GST_OAI_MUTABLE_VOICE
      && gst_oai_session_voice_is_fixed (session))
    text = g_strdup_printf (
        _ ("“%s” cannot be changed after the model has spoken; the old value "
           "stays"),
        gst_oai_setting_name (setting));
  if (text) {
    refuse_change (self, gst_oai_setting_name (setting), text);
    return;
  }

  if (started && !is_usable (self, setting, value))
    return;

  g_mutex_lock (&priv->settings_lock);
  GST_OBJECT_LOCK (self);
  gst_oai_settings_set (priv->settings, setting, value);
  GST_OBJECT_UNLOCK (self);
  if (setting == GST_OAI_SETTING_IDLE_OUTPUT && priv->output)
    gst_oai_output_set_idle_output (priv->output, g_value_get_enum (value));
  tell_settings (self);
  g_mutex_unlock (&priv->settings_lock);
}

static void
gst_openai_realtime_base_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (object);

  if (id <= GST_OAI_SETTING_LAST) {
    set_setting (self, id - 1, value);
    return;
  }
  switch (id) {
    case PROP_SESSION: {
      const gchar *name = g_value_get_string (value);

      GST_OBJECT_LOCK (self);
      g_free (PRIVATE (self)->session_name);
      PRIVATE (self)->session_name = name && *name ? g_strdup (name) : NULL;
      GST_OBJECT_UNLOCK (self);
      break;
    }
    case PROP_IMAGE_INTERVAL:
      GST_OBJECT_LOCK (self);
      PRIVATE (self)->image_interval = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      gst_oai_images_set_interval (
          PRIVATE (self)->images, g_value_get_uint (value) * GST_MSECOND);
      break;
    case PROP_IMAGE_MAX_WIDTH:
      GST_OBJECT_LOCK (self);
      PRIVATE (self)->image_max_width = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      gst_oai_images_set_max_width (
          PRIVATE (self)->images, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static GstStructure *
get_stats (GstOpenAIRealtimeBase *self, GstOaiSession *session)
{
  GstStructure *stats = session
      ? gst_oai_session_get_stats (session)
      : gst_structure_new_empty ("openairealtime-stats");
  GstStructure *sub = gst_structure_new_empty ("total-usage");
  GstOaiUsage usage;

  GST_OBJECT_LOCK (self);
  usage = PRIVATE (self)->usage;
  GST_OBJECT_UNLOCK (self);
  gst_oai_usage_describe (&usage, sub);
  gst_structure_set (stats, "total-usage", GST_TYPE_STRUCTURE, sub, NULL);
  gst_structure_free (sub);

  return stats;
}

static void
gst_openai_realtime_base_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstOpenAIRealtimeBase *self = GST_OPENAI_REALTIME_BASE (object);
  g_autoptr (GstOaiSession) session = NULL;

  if (id <= GST_OAI_SETTING_LAST) {
    GST_OBJECT_LOCK (self);
    gst_oai_settings_get (PRIVATE (self)->settings, id - 1, value);
    GST_OBJECT_UNLOCK (self);
    return;
  }
  session = ref_session (self);
  switch (id) {
    case PROP_SESSION:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, PRIVATE (self)->session_name);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_SESSION_ID:
      if (session)
        g_value_take_string (value, gst_oai_session_get_session_id (session));
      break;
    case PROP_CALL_ID:
      if (session)
        g_value_take_string (value, gst_oai_session_get_call_id (session));
      break;
    case PROP_CONNECTION_STATE:
      g_value_set_enum (value,
          session ? gst_oai_session_get_state (session)
                  : GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
      break;
    case PROP_HISTORY:
      if (session)
        g_value_take_string (value, gst_oai_session_get_history (session));
      else
        g_value_set_static_string (value, "[]");
      break;
    case PROP_IMAGE_INTERVAL:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, PRIVATE (self)->image_interval);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_IMAGE_MAX_WIDTH:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, PRIVATE (self)->image_max_width);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, get_stats (self, session));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
install_own_properties (GObjectClass *klass)
{
  /**
   * GstOpenAIRealtimeBase:session:
   *
   * Name of the session. Halves with the same name share a conversation, also
   * across pipelines of one process, whichever comes first. Without a name, the
   * halves in one pipeline belong together.
   *
   * |[
   * gst-launch-1.0 autoaudiosrc ! openairealtimesink session=a  openairealtimesrc session=a ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  properties[PROP_SESSION] = g_param_spec_string ("session", "Session",
      "Name of the session that halves share (unset: that of the pipeline)",
      NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

  /**
   * GstOpenAIRealtimeBase:session-id:
   *
   * The server's id of the session (`sess_...`), %NULL without one. OpenAI's
   * support asks for it.
   *
   * Since: 0.1
   */
  properties[PROP_SESSION_ID] = g_param_spec_string ("session-id", "Session ID",
      "The server's id of the session", NULL,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstOpenAIRealtimeBase:call-id:
   *
   * The server's id of the WebRTC call (`rtc_...`), %NULL without one. A back
   * end can join the session by it.
   *
   * Since: 0.1
   */
  properties[PROP_CALL_ID] = g_param_spec_string ("call-id", "Call ID",
      "The server's id of the call", NULL,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstOpenAIRealtimeBase:connection-state:
   *
   * The state of the call. Changes are notified from the session's thread.
   *
   * Since: 0.1
   */
  properties[PROP_CONNECTION_STATE] = g_param_spec_enum ("connection-state",
      "Connection state", "The state of the call",
      GST_TYPE_OPENAI_REALTIME_CONNECTION_STATE,
      GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstOpenAIRealtimeBase:history:
   *
   * The items of the conversation as the server has them, in its order: a JSON
   * array. Each has an "id", a "type" (`message`, `function_call`,
   * `function_call_output`...) and, if it is a message, a "role" and "content"
   * parts with a "text" or a "transcript". Sound and pictures are left out; a part
   * that was cut off has "audio_end_ms" in place of its words. After the session
   * it stays until the next one; of more than 2000 items the oldest are forgotten.
   *
   * |[
   * history = json.loads(element.get_property("history"))
   * ]|
   *
   * Since: 0.1
   */
  properties[PROP_HISTORY] = g_param_spec_string ("history", "History",
      "The items of the conversation, a JSON array", "[]",
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * GstOpenAIRealtimeBase:stats:
   *
   * Counters and times of the session: "events-received", "events-sent",
   * "events-unreadable" (uint64), "turns" (uint), "connect-time" (uint64, ns),
   * and the structures
   * "turn-latency" ("turns" and the shares of the last turns: "total-p50",
   * "total-p95", "total-max" and so on in ns),
   * "usage" (tokens and cost of the session; "total-usage" those of all sessions
   * of the element, also without one),
   * "uplink" ("frames", "silence-frames", "samples-discarded",
   * "frames-skewed"),
   * "playout" ("packets", "packets-duplicate", "packets-late", "packets-lost",
   * "packets-recovered", "packets-dropped", "packets-invalid",
   * "samples-concealed", "samples-played", "underruns"; "target-delay",
   * "buffered" and "jitter" in ns) and
   * "transport" (bytes and packets both ways, round trip, times of the
   * connect's steps in ns).
   *
   * Since: 0.1
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters and times of the session", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_property (
      klass, PROP_SESSION, properties[PROP_SESSION]);
  g_object_class_install_property (
      klass, PROP_SESSION_ID, properties[PROP_SESSION_ID]);
  g_object_class_install_property (
      klass, PROP_CALL_ID, properties[PROP_CALL_ID]);
  g_object_class_install_property (
      klass, PROP_CONNECTION_STATE, properties[PROP_CONNECTION_STATE]);
  g_object_class_install_property (
      klass, PROP_HISTORY, properties[PROP_HISTORY]);
  g_object_class_install_property (klass, PROP_STATS, properties[PROP_STATS]);

  /**
   * GstOpenAIRealtimeBase:image-interval:
   *
   * Milliseconds between two frames of the pad `image_sink` that the model is
   * shown. 0: only by #GstOpenAIRealtimeBase::send-newest-image. Each costs tokens
   * and stays in the conversation.
   *
   * |[
   * gst-launch-1.0 v4l2src ! ai.image_sink autoaudiosrc ! openairealtime name=ai image-interval=2000 ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  properties[PROP_IMAGE_INTERVAL] = g_param_spec_uint ("image-interval",
      "Image interval",
      "Milliseconds between images that are sent (0: on demand only)", 0,
      24 * 60 * 60 * 1000, 0,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_property (
      klass, PROP_IMAGE_INTERVAL, properties[PROP_IMAGE_INTERVAL]);

  /**
   * GstOpenAIRealtimeBase:image-max-width:
   *
   * Most pixels in a line of an image that has to be compressed. It gets smaller
   * when it would not fit through the event channel.
   *
   * Since: 0.1
   */
  properties[PROP_IMAGE_MAX_WIDTH] = g_param_spec_uint ("image-max-width",
      "Image width", "Most pixels in a line of an image", 64, 4096,
      GST_OAI_IMAGES_WIDTH,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_property (
      klass, PROP_IMAGE_MAX_WIDTH, properties[PROP_IMAGE_MAX_WIDTH]);
}

static void
gst_openai_realtime_base_dispose (GObject *object)
{
  /* Only an element that never left a higher state is still in a session. */
  leave_session (GST_OPENAI_REALTIME_BASE (object));

  G_OBJECT_CLASS (gst_openai_realtime_base_parent_class)->dispose (object);
}

static void
gst_openai_realtime_base_finalize (GObject *object)
{
  GstOpenAIRealtimeBasePrivate *priv = PRIVATE (
      GST_OPENAI_REALTIME_BASE (object));

  gst_clear_object (&priv->input);
  gst_clear_object (&priv->convert);
  gst_clear_object (&priv->output);
  g_clear_pointer (&priv->text_pads, gst_oai_text_pads_free);
  gst_oai_images_free (priv->images);
  gst_oai_settings_free (priv->settings);
  g_mutex_clear (&priv->settings_lock);
  g_free (priv->session_name);
  gst_clear_message (&priv->held_eos);

  G_OBJECT_CLASS (gst_openai_realtime_base_parent_class)->finalize (object);
}

void
gst_openai_realtime_base_class_add_input (GstOpenAIRealtimeBaseClass *klass)
{
  klass->role |= GST_OAI_ROLE_INPUT;
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &sink_template);
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &image_template);
}

void
gst_openai_realtime_base_class_add_output (GstOpenAIRealtimeBaseClass *klass)
{
  klass->role |= GST_OAI_ROLE_OUTPUT;
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &src_template);
  gst_oai_text_pads_install (GST_ELEMENT_CLASS (klass));
}

static void
gst_openai_realtime_base_class_init (GstOpenAIRealtimeBaseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBinClass *bin_class = GST_BIN_CLASS (klass);

  object_class->constructed = gst_openai_realtime_base_constructed;
  object_class->set_property = gst_openai_realtime_base_set_property;
  object_class->get_property = gst_openai_realtime_base_get_property;
  object_class->dispose = gst_openai_realtime_base_dispose;
  object_class->finalize = gst_openai_realtime_base_finalize;
  element_class->change_state = gst_openai_realtime_base_change_state;
  element_class->request_new_pad = gst_openai_realtime_base_request_new_pad;
  element_class->release_pad = gst_openai_realtime_base_release_pad;
  element_class->send_event = gst_openai_realtime_base_send_event;
  bin_class->handle_message = gst_openai_realtime_base_handle_message;

  gst_oai_settings_install_properties (object_class);
  install_own_properties (object_class);
  gst_oai_signals_install (element_class);
  install_actions (element_class);
}

static void
gst_openai_realtime_base_init (GstOpenAIRealtimeBase *self)
{
  g_mutex_init (&PRIVATE (self)->settings_lock);
  PRIVATE (self)->settings = gst_oai_settings_new ();
  PRIVATE (self)->images = gst_oai_images_new (&images_funcs, self);
  PRIVATE (self)->image_max_width = GST_OAI_IMAGES_WIDTH;
}
