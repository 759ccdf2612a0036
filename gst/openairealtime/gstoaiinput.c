/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiinput.h"

GST_DEBUG_CATEGORY_STATIC (input_debug);
#define GST_CAT_DEFAULT input_debug

struct _GstOaiInput {
  GstBaseSink parent;

  GMutex lock; /* protects everything in this struct */
  GstOaiSession *session;
  GstClockID clock_id; /* wait in progress */
  gboolean flushing;

  /* streaming thread only */
  gboolean live;
  gboolean live_known;
  GstClockTime next_time; /* clock time of the next frame of a file */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_OAI_INPUT_CAPS));

G_DEFINE_TYPE_WITH_CODE (GstOaiInput, gst_oai_input, GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (
        input_debug, "openairealtimeinput", 0, "OpenAI Realtime: input leaf"))

/* A file is sent in pieces of this length, each at its time. */
#define PACE_BYTES (GST_OAI_UPLINK_RATE / 50 * GST_OAI_UPLINK_BYTES_PER_SAMPLE)
/* A file that fell this far behind (a debugger, a suspended machine) does not
 * catch up in a burst. One as far ahead has got another clock, and waiting for
 * that might take days. */
#define MAX_OFF (500 * GST_MSECOND)

static GstClockTime
now_ns (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

static GstOaiSession *
ref_session (GstOaiInput *self)
{
  GstOaiSession *session;

  g_mutex_lock (&self->lock);
  session = self->session ? g_object_ref (self->session) : NULL;
  g_mutex_unlock (&self->lock);

  return session;
}

void
gst_oai_input_set_session (GstOaiInput *self, GstOaiSession *session)
{
  GstOaiSession *old;

  g_mutex_lock (&self->lock);
  old = self->session;
  self->session = session ? g_object_ref (session) : NULL;
  if (session)
    gst_oai_uplink_set_flushing (
        gst_oai_session_get_uplink (session), self->flushing);
  g_mutex_unlock (&self->lock);
  g_clear_object (&old);
}

/* Whether upstream is live. Asked once a stream: no answer means a file. */
static gboolean
is_live (GstOaiInput *self)
{
  GstQuery *query;
  gboolean live = FALSE;

  if (self->live_known)
    return self->live;
  query = gst_query_new_latency ();
  if (gst_pad_peer_query (GST_BASE_SINK_PAD (self), query)) {
    gst_query_parse_latency (query, &live, NULL, NULL);
    self->live_known = TRUE;
  }
  gst_query_unref (query);
  self->live = live;
  GST_INFO_OBJECT (self, "input is %s", live ? "live" : "paced by us");

  return live;
}

/* Waits on the pipeline's clock until @time. FALSE when flushing. */
static gboolean
wait_until (GstOaiInput *self, GstClock *clock, GstClockTime time)
{
  GstClockID id = gst_clock_new_single_shot_id (clock, time);
  gboolean flushing;

  g_mutex_lock (&self->lock);
  flushing = self->flushing;
  if (!flushing)
    self->clock_id = id;
  g_mutex_unlock (&self->lock);
  if (!flushing)
    gst_clock_id_wait (id, NULL);
  g_mutex_lock (&self->lock);
  self->clock_id = NULL;
  flushing = self->flushing;
  g_mutex_unlock (&self->lock);
  gst_clock_id_unref (id);

  return !flushing;
}

/* Waits for the session, without the preroll lock that render() is called with:
 * it can take as long as a call takes to come about, and the way from PAUSED to
 * PLAYING needs the lock, but does not unlock us. @object is what is to be sent
 * then. */
static GstFlowReturn
wait_for_session (
    GstOaiInput *self, GstOaiUplink *uplink, GstMiniObject *object)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstFlowReturn flow = GST_FLOW_OK;

  while (flow == GST_FLOW_OK) {
    guint cookie = gst_oai_uplink_get_flush_cookie (uplink);
    gboolean asked;

    if (sink->flushing)
      return GST_FLOW_FLUSHING;
    flow = gst_oai_uplink_get_flow (uplink);
    if (flow != GST_FLOW_OK)
      return flow;
    g_mutex_lock (&self->lock);
    asked = self->flushing;
    g_mutex_unlock (&self->lock);
    if (asked) {
      /* Whoever called unlock() waits for the lock. */
      flow = gst_base_sink_wait_preroll (sink);
    } else if (sink->need_preroll) {
      /* PAUSED came and went while we had not got the lock, or came again. */
      flow = gst_base_sink_do_preroll (sink, object);
    } else if (gst_oai_uplink_is_open (uplink)) {
      break;
    } else {
      GST_BASE_SINK_PREROLL_UNLOCK (sink);
      gst_oai_uplink_wait_open (uplink, cookie);
      GST_BASE_SINK_PREROLL_LOCK (sink);
    }
  }

  return flow;
}

/* Sends @data, which is in @object, in real time. */
static GstFlowReturn
pace (GstOaiInput *self, GstOaiSession *session, GstMiniObject *object,
    const guint8 *data, gsize size)
{
  GstOaiUplink *uplink = gst_oai_session_get_uplink (session);
  GstFlowReturn flow = GST_FLOW_OK;
  gsize done = 0;

  while (done < size && flow == GST_FLOW_OK) {
    g_autoptr (GstClock) clock = NULL;
    gsize piece = MIN (PACE_BYTES, size - done);
    GstClockTime now, length;

    flow = wait_for_session (self, uplink, object);
    if (flow != GST_FLOW_OK)
      break;
    clock = gst_element_get_clock (GST_ELEMENT (self));
    if (clock == NULL)
      clock = gst_system_clock_obtain ();
    now = gst_clock_get_time (clock);
    if (!GST_CLOCK_TIME_IS_VALID (self->next_time)
        || self->next_time + MAX_OFF < now || self->next_time > now + MAX_OFF)
      self->next_time = now;
    if (!wait_until (self, clock, self->next_time))
      continue;
    length = gst_util_uint64_scale (piece / GST_OAI_UPLINK_BYTES_PER_SAMPLE,
        GST_SECOND, GST_OAI_UPLINK_RATE);
    gst_oai_session_push_input (
        session, data ? data + done : NULL, piece, now_ns ());
    self->next_time += length;
    done += piece;
  }
  return flow;
}

static GstFlowReturn
gst_oai_input_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstOaiInput *self = GST_OAI_INPUT (sink);
  g_autoptr (GstOaiSession) session = ref_session (self);
  GstFlowReturn flow = GST_FLOW_OK;
  GstOaiUplink *uplink;
  const guint8 *data;
  GstMapInfo map;

  if (session == NULL)
    return GST_FLOW_OK;
  uplink = gst_oai_session_get_uplink (session);
  flow = gst_oai_uplink_get_flow (uplink);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR_WITH_DETAILS (self, RESOURCE, READ, (NULL),
        ("cannot map buffer"), ("class", G_TYPE_STRING, "fatal", NULL));
    return GST_FLOW_ERROR;
  }
  data = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP) ? NULL : map.data;
  if (is_live (self))
    gst_oai_session_push_input (session, data, map.size, now_ns ());
  else
    flow = pace (self, session, GST_MINI_OBJECT_CAST (buffer), data, map.size);
  gst_buffer_unmap (buffer, &map);

  return flow;
}

/* Nothing for a while: a file's clock must go on all the same. */
static GstFlowReturn
handle_gap (GstOaiInput *self, GstOaiSession *session, GstEvent *event)
{
  GstOaiUplink *uplink = gst_oai_session_get_uplink (session);
  GstClockTime duration;

  gst_event_parse_gap (event, NULL, &duration);
  if (is_live (self) || !GST_CLOCK_TIME_IS_VALID (duration)) {
    gst_oai_uplink_pause (uplink, now_ns ());
    return GST_FLOW_OK;
  }
  /* Longer gaps are a stream that begins late, not a pause in speech. */
  duration = MIN (duration, 10 * GST_SECOND);

  return pace (self, session, GST_MINI_OBJECT_CAST (event), NULL,
      gst_util_uint64_scale (duration, GST_OAI_UPLINK_RATE, GST_SECOND)
          * GST_OAI_UPLINK_BYTES_PER_SAMPLE);
}

static gboolean
gst_oai_input_event (GstBaseSink *sink, GstEvent *event)
{
  GstOaiInput *self = GST_OAI_INPUT (sink);
  g_autoptr (GstOaiSession) session = ref_session (self);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      self->live_known = FALSE;
      self->next_time = GST_CLOCK_TIME_NONE;
      if (session)
        gst_oai_session_input_resumed (session);
      break;
    case GST_EVENT_FLUSH_STOP:
      self->live_known = FALSE;
      self->next_time = GST_CLOCK_TIME_NONE;
      if (session) {
        gst_oai_uplink_flush (gst_oai_session_get_uplink (session));
        gst_oai_session_input_resumed (session);
      }
      break;
    case GST_EVENT_GAP:
      if (session && handle_gap (self, session, event) != GST_FLOW_OK) {
        gst_event_unref (event);
        return FALSE;
      }
      break;
    case GST_EVENT_EOS:
      if (session)
        gst_oai_session_input_ended (session);
      break;
    default:
      break;
  }
  return GST_BASE_SINK_CLASS (gst_oai_input_parent_class)->event (sink, event);
}

static void
set_flushing (GstOaiInput *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  if (flushing && self->clock_id)
    gst_clock_id_unschedule (self->clock_id);
  if (self->session)
    gst_oai_uplink_set_flushing (
        gst_oai_session_get_uplink (self->session), flushing);
  g_mutex_unlock (&self->lock);
}

static gboolean
gst_oai_input_unlock (GstBaseSink *sink)
{
  set_flushing (GST_OAI_INPUT (sink), TRUE);

  return TRUE;
}

static gboolean
gst_oai_input_unlock_stop (GstBaseSink *sink)
{
  set_flushing (GST_OAI_INPUT (sink), FALSE);

  return TRUE;
}

static gboolean
gst_oai_input_start (GstBaseSink *sink)
{
  GstOaiInput *self = GST_OAI_INPUT (sink);

  self->live_known = FALSE;
  self->next_time = GST_CLOCK_TIME_NONE;
  set_flushing (self, FALSE);

  return TRUE;
}

static void
gst_oai_input_finalize (GObject *object)
{
  GstOaiInput *self = GST_OAI_INPUT (object);

  g_clear_object (&self->session);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_input_parent_class)->finalize (object);
}

static void
gst_oai_input_class_init (GstOaiInputClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  object_class->finalize = gst_oai_input_finalize;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class,
      "OpenAI Realtime input leaf", "Sink/Audio/Network",
      "Hands raw audio to a Realtime session",
      "The gst-openai-realtime authors");
  sink_class->start = gst_oai_input_start;
  sink_class->render = gst_oai_input_render;
  sink_class->event = gst_oai_input_event;
  sink_class->unlock = gst_oai_input_unlock;
  sink_class->unlock_stop = gst_oai_input_unlock_stop;
}

static void
gst_oai_input_init (GstOaiInput *self)
{
  g_mutex_init (&self->lock);
  self->next_time = GST_CLOCK_TIME_NONE;
  /* Never basesink's synchronisation: it would wait for the latency of the
   * whole pipeline, which includes the playout. */
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_last_sample_enabled (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_qos_enabled (GST_BASE_SINK (self), FALSE);
}
