/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaitextsrc.h"

GST_DEBUG_CATEGORY_STATIC (text_debug);
#define GST_CAT_DEFAULT text_debug

/* A text leaves in the 10 ms of sound that it belongs to. */
#define LATENCY (10 * GST_MSECOND)

struct _GstOaiTextSrc {
  GstElement parent;

  GstPad *pad;
  GstCaps *caps;

  GMutex lock; /* protects everything down to the next comment */
  GCond cond;
  GQueue queue; /* of GstBuffer */
  gsize bytes;
  guint64 dropped;
  GstClockTime until; /* nothing but what is queued comes before */
  gboolean active;
  gboolean playing;
  gboolean ended;
  gboolean flushing; /* FLUSH_START is on its way */
  gboolean flush; /* FLUSH_STOP is to follow */

  /* streaming thread only */
  gboolean started; /* STREAM_START and CAPS were sent */
  gboolean segment_sent;
  GstClockTime position;
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_TYPE_WITH_CODE (GstOaiTextSrc, gst_oai_text_src, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (
        text_debug, "openairealtimetext", 0, "OpenAI Realtime: text pads"))

/* Must be called with lock. */
static void
clear_queue_unlocked (GstOaiTextSrc *self)
{
  g_queue_clear_full (&self->queue, (GDestroyNotify) gst_buffer_unref);
  self->bytes = 0;
}

void
gst_oai_text_src_push (GstOaiTextSrc *self, const gchar *text, gsize size,
    GstClockTime pts, GstClockTime duration)
{
  GstBuffer *buffer = gst_buffer_new_memdup (text, size);
  guint dropped = 0;

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;

  g_mutex_lock (&self->lock);
  if (!self->active || self->ended) {
    gst_buffer_unref (buffer);
  } else {
    g_queue_push_tail (&self->queue, buffer);
    self->bytes += size;
    while (self->queue.length > GST_OAI_TEXT_SRC_MAX_BUFFERS
        || (self->bytes > GST_OAI_TEXT_SRC_MAX_BYTES
            && self->queue.length > 1)) {
      GstBuffer *oldest = g_queue_pop_head (&self->queue);

      self->bytes -= gst_buffer_get_size (oldest);
      gst_buffer_unref (oldest);
      dropped++;
    }
    self->dropped += dropped;
    g_cond_signal (&self->cond);
  }
  g_mutex_unlock (&self->lock);
  if (dropped > 0)
    GST_WARNING_OBJECT (self,
        "%u buffers dropped, what is behind the pad does not take them",
        dropped);
}

void
gst_oai_text_src_advance (GstOaiTextSrc *self, GstClockTime position)
{
  g_mutex_lock (&self->lock);
  if (self->until < position) {
    self->until = position;
    g_cond_signal (&self->cond);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_text_src_flush (GstOaiTextSrc *self)
{
  gboolean active;

  g_mutex_lock (&self->lock);
  active = self->active && !self->ended && !self->flushing && !self->flush;
  if (active) {
    clear_queue_unlocked (self);
    self->flushing = TRUE;
  }
  g_mutex_unlock (&self->lock);
  if (!active)
    return;

  /* This frees the streaming thread, which sends the end of it. It must not know
   * before: what comes behind an end that was overtaken is refused for ever. */
  gst_pad_push_event (self->pad, gst_event_new_flush_start ());
  g_mutex_lock (&self->lock);
  self->flush = self->flushing;
  self->flushing = FALSE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_text_src_end (GstOaiTextSrc *self)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

guint64
gst_oai_text_src_get_dropped (GstOaiTextSrc *self)
{
  guint64 dropped;

  g_mutex_lock (&self->lock);
  dropped = self->dropped;
  g_mutex_unlock (&self->lock);

  return dropped;
}

/* --- streaming --------------------------------------------------------- */

static void
send_start (GstOaiTextSrc *self)
{
  g_autofree gchar *name = gst_object_get_name (GST_OBJECT (self));
  g_autofree gchar *id = gst_pad_create_stream_id (
      self->pad, GST_ELEMENT (self), name);
  GstEvent *event = gst_event_new_stream_start (id);

  gst_event_set_stream_flags (event, GST_STREAM_FLAG_SPARSE);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_pad_push_event (self->pad, event);
  gst_pad_push_event (self->pad, gst_event_new_caps (self->caps));
}

static void
send_segment (GstOaiTextSrc *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
}

/* Goes by the clock when nobody says how far the sound is. Must be called with
 * lock, which it gives up in between. */
static void
advance_by_clock_unlocked (GstOaiTextSrc *self)
{
  GstClockTime now;

  g_mutex_unlock (&self->lock);
  now = gst_element_get_current_running_time (GST_ELEMENT (self));
  g_mutex_lock (&self->lock);
  if (self->playing && GST_CLOCK_TIME_IS_VALID (now) && self->until < now)
    self->until = now;
}

/* Must be called with lock. */
static void
wait_unlocked (GstOaiTextSrc *self)
{
  for (;;) {
    gint64 deadline = g_get_monotonic_time ()
        + GST_TIME_AS_USECONDS (GST_OAI_TEXT_SRC_PATIENCE);

    if (!self->active || self->flush)
      return;
    if (!self->playing || self->flushing) {
      g_cond_wait (&self->cond, &self->lock);
      continue;
    }
    if (self->queue.length > 0 || self->ended || !self->segment_sent
        || self->until > self->position)
      return;
    if (!g_cond_wait_until (&self->cond, &self->lock, deadline))
      advance_by_clock_unlocked (self);
  }
}

static void
stop_for (GstOaiTextSrc *self, GstFlowReturn flow)
{
  GST_INFO_OBJECT (self, "stopped: %s", gst_flow_get_name (flow));
  if (flow <= GST_FLOW_NOT_NEGOTIATED)
    GST_ELEMENT_FLOW_ERROR (self, flow);
  gst_pad_pause_task (self->pad);
}

static void
gst_oai_text_src_loop (gpointer data)
{
  GstOaiTextSrc *self = data;
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *buffer;
  GstClockTime until;
  gboolean flush, ended;

  g_mutex_lock (&self->lock);
  wait_unlocked (self);
  if (!self->active) {
    g_mutex_unlock (&self->lock);
    gst_pad_pause_task (self->pad);
    return;
  }
  flush = self->flush;
  self->flush = FALSE;
  buffer = flush ? NULL : g_queue_pop_head (&self->queue);
  if (buffer)
    self->bytes -= gst_buffer_get_size (buffer);
  ended = !flush && buffer == NULL && self->ended;
  until = self->until;
  g_mutex_unlock (&self->lock);

  if (flush) {
    gst_pad_push_event (self->pad, gst_event_new_flush_stop (FALSE));
    self->segment_sent = FALSE;
    return;
  }
  if (!self->started)
    send_start (self);
  self->started = TRUE;
  if (!self->segment_sent)
    send_segment (self);
  self->segment_sent = TRUE;

  if (buffer) {
    GstClockTime pts = GST_BUFFER_PTS (buffer);

    flow = gst_pad_push (self->pad, buffer);
    self->position = MAX (self->position, pts);
  } else if (ended) {
    gst_pad_push_event (self->pad, gst_event_new_eos ());
    gst_pad_pause_task (self->pad);
  } else if (until > self->position) {
    gst_pad_push_event (
        self->pad, gst_event_new_gap (self->position, until - self->position));
    self->position = until;
  }
  /* Flushing: by us, then FLUSH_STOP is to follow, or as the pad is shut. */
  if (flow != GST_FLOW_OK && flow != GST_FLOW_NOT_LINKED
      && flow != GST_FLOW_FLUSHING)
    stop_for (self, flow);
}

static gboolean
gst_oai_text_src_activate_mode (
    GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstOaiTextSrc *self = GST_OAI_TEXT_SRC (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;

  g_mutex_lock (&self->lock);
  self->active = active;
  clear_queue_unlocked (self);
  if (active) {
    self->ended = FALSE;
    self->flushing = FALSE;
    self->flush = FALSE;
    self->until = 0;
    self->started = FALSE;
    self->segment_sent = FALSE;
    self->position = 0;
  }
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);

  if (active)
    return gst_pad_start_task (pad, gst_oai_text_src_loop, self, NULL);

  return gst_pad_stop_task (pad);
}

/* There is nothing to seek in, and what is lost on the way matters to nobody. */
static gboolean
gst_oai_text_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gboolean known = GST_EVENT_TYPE (event) == GST_EVENT_LATENCY
      || GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE
      || GST_EVENT_TYPE (event) == GST_EVENT_QOS;

  gst_event_unref (event);

  return known;
}

static gboolean
gst_oai_text_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      gst_query_set_latency (query, TRUE, LATENCY, GST_CLOCK_TIME_NONE);
      return TRUE;
    case GST_QUERY_CAPS: {
      GstCaps *filter, *caps;

      gst_query_parse_caps (query, &filter);
      caps = filter ? gst_caps_intersect_full (filter,
                 GST_OAI_TEXT_SRC (parent)->caps, GST_CAPS_INTERSECT_FIRST)
                    : gst_caps_ref (GST_OAI_TEXT_SRC (parent)->caps);
      gst_query_set_caps_result (query, caps);
      gst_caps_unref (caps);
      return TRUE;
    }
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* --- element ----------------------------------------------------------- */

static GstStateChangeReturn
gst_oai_text_src_change_state (GstElement *element, GstStateChange transition)
{
  GstOaiTextSrc *self = GST_OAI_TEXT_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING
      || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    g_mutex_lock (&self->lock);
    self->playing = transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING;
    g_cond_signal (&self->cond);
    g_mutex_unlock (&self->lock);
  }
  ret = GST_ELEMENT_CLASS (gst_oai_text_src_parent_class)
            ->change_state (element, transition);
  if (ret == GST_STATE_CHANGE_SUCCESS
      && (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    ret = GST_STATE_CHANGE_NO_PREROLL;

  return ret;
}

static void
gst_oai_text_src_finalize (GObject *object)
{
  GstOaiTextSrc *self = GST_OAI_TEXT_SRC (object);

  clear_queue_unlocked (self);
  gst_clear_caps (&self->caps);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_text_src_parent_class)->finalize (object);
}

static void
gst_oai_text_src_class_init (GstOaiTextSrcClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_oai_text_src_finalize;
  element_class->change_state = gst_oai_text_src_change_state;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "OpenAI Realtime text leaf", "Source/Text/Network",
      "Puts out what a Realtime session says and hears as text",
      "The gst-openai-realtime authors");
}

static void
gst_oai_text_src_init (GstOaiTextSrc *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->queue);
  self->pad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_activatemode_function (self->pad, gst_oai_text_src_activate_mode);
  gst_pad_set_event_function (self->pad, gst_oai_text_src_event);
  gst_pad_set_query_function (self->pad, gst_oai_text_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->pad);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

GstOaiTextSrc *
gst_oai_text_src_new (const gchar *name, const gchar *caps)
{
  GstOaiTextSrc *self = g_object_new (
      GST_TYPE_OAI_TEXT_SRC, "name", name, NULL);

  self->caps = gst_caps_from_string (caps);

  return self;
}
