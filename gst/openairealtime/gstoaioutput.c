/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaioutput.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (output_debug);
#define GST_CAT_DEFAULT output_debug

#define FRAME_DURATION (10 * GST_MSECOND)
#define FRAME_SAMPLES (GST_OAI_PLAYOUT_RATE / 100)
#define FRAME_BYTES (FRAME_SAMPLES * sizeof (gint16))
/* Downstream may hold us up by its latency; further behind than that there was
 * a stall, and what it delayed is not played later and later. As far ahead, the
 * clock or the base time is another one, and waiting for it might take hours. */
#define MAX_OFF (1 * GST_SECOND)
/* Sound below this (-60 dBFS) between answers is not an answer. */
#define AUDIBLE_PEAK 32

struct _GstOaiOutput {
  GstPushSrc parent;

  GMutex lock; /* protects everything down to the next comment */
  GstOaiSession *session;
  GstClockID clock_id; /* wait in progress */
  gboolean flushing;
  gboolean ended;
  gboolean reanchor;
  GstOpenAIRealtimeIdleOutput idle_output;
  GstClockTime latency; /* of the pipeline, NONE: not known */

  GstOaiOutputFrameFunc frame_func; /* set once */
  gpointer frame_data;

  gint pausing; /* atomic: on the way from PLAYING to PAUSED */

  /* streaming thread only */
  GstClockTime position; /* running time of the next frame */
  gboolean discont;
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_OAI_OUTPUT_CAPS));

G_DEFINE_TYPE_WITH_CODE (GstOaiOutput, gst_oai_output, GST_TYPE_PUSH_SRC,
    GST_DEBUG_CATEGORY_INIT (output_debug, "openairealtimeoutput", 0,
        "OpenAI Realtime: output leaf"))

static GstClockTime
now_ns (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

/* With only speech leaving, nobody waits for it. Must be called with lock. */
static void
update_playout_unlocked (GstOaiOutput *self)
{
  if (self->session)
    gst_oai_playout_set_unhurried (gst_oai_session_get_playout (self->session),
        self->idle_output == GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE);
}

void
gst_oai_output_set_session (GstOaiOutput *self, GstOaiSession *session)
{
  GstOaiSession *old;
  GstClockTime latency;

  g_mutex_lock (&self->lock);
  old = self->session;
  self->session = session ? g_object_ref (session) : NULL;
  update_playout_unlocked (self);
  latency = self->latency;
  g_mutex_unlock (&self->lock);
  if (session)
    gst_oai_session_set_output_latency (session, latency);
  g_clear_object (&old);
}

void
gst_oai_output_set_idle_output (
    GstOaiOutput *self, GstOpenAIRealtimeIdleOutput idle_output)
{
  g_mutex_lock (&self->lock);
  self->idle_output = idle_output;
  update_playout_unlocked (self);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_output_set_frame_func (
    GstOaiOutput *self, GstOaiOutputFrameFunc func, gpointer user_data)
{
  self->frame_func = func;
  self->frame_data = user_data;
}

void
gst_oai_output_end (GstOaiOutput *self)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  if (self->clock_id)
    gst_clock_id_unschedule (self->clock_id);
  g_mutex_unlock (&self->lock);
}

/* Waits for the time of the next frame. */
static GstFlowReturn
wait_for_frame (GstOaiOutput *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  GstClockTime base_time = gst_element_get_base_time (GST_ELEMENT (self));
  GstClockTime now, running;
  GstClockID id;
  GstFlowReturn flow = GST_FLOW_OK;

  if (clock == NULL)
    return GST_FLOW_FLUSHING;
  now = gst_clock_get_time (clock);
  running = now > base_time ? now - base_time : 0;

  g_mutex_lock (&self->lock);
  /* The frame that was under way in PAUSED may be a little ahead. */
  if (self->reanchor && self->position >= running
      && self->position <= running + 2 * FRAME_DURATION)
    self->reanchor = FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (self->position) || self->reanchor
      || self->position + MAX_OFF < running
      || self->position > running + MAX_OFF) {
    GST_DEBUG_OBJECT (self, "anchored at running time %" GST_TIME_FORMAT,
        GST_TIME_ARGS (running));
    self->position = running;
    self->reanchor = FALSE;
    self->discont = TRUE;
  }
  if (self->flushing || self->ended) {
    flow = self->flushing ? GST_FLOW_FLUSHING : GST_FLOW_EOS;
    g_mutex_unlock (&self->lock);
    return flow;
  }
  id = gst_clock_new_single_shot_id (clock, base_time + self->position);
  self->clock_id = id;
  g_mutex_unlock (&self->lock);

  gst_clock_id_wait (id, NULL);

  g_mutex_lock (&self->lock);
  self->clock_id = NULL;
  if (self->flushing)
    flow = GST_FLOW_FLUSHING;
  else if (self->ended)
    flow = GST_FLOW_EOS;
  g_mutex_unlock (&self->lock);
  gst_clock_id_unref (id);

  return flow;
}

static gboolean
is_audible (const gint16 *samples, guint n, gint peak)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (samples[i] > peak || samples[i] < -peak)
      return TRUE;
  }
  return FALSE;
}

/* Whether the frame leaves when only answers shall. A pause that was sent as
 * sound belongs to its answer; silence of our own making (late packets) does
 * not. Sound outside of an answer is let through, as events may be late. */
static gboolean
belongs_to_answer (GstOaiOutput *self, GstOaiSession *session,
    GstOaiPlayoutKind kind, gboolean audible)
{
  if (kind != GST_OAI_PLAYOUT_AUDIO)
    return FALSE;

  return audible || gst_oai_session_is_speaking (session);
}

static GstFlowReturn
gst_oai_output_create (GstPushSrc *src, GstBuffer **result)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (src);
  gint16 samples[FRAME_SAMPLES];
  g_autoptr (GstOaiSession) session = NULL;
  GstOpenAIRealtimeIdleOutput idle_output;
  GstClockTime position;
  gboolean audible;
  GstBuffer *buffer;

  for (;;) {
    GstOaiPlayoutKind kind = GST_OAI_PLAYOUT_SILENCE;
    GstFlowReturn flow = wait_for_frame (self);

    if (flow != GST_FLOW_OK)
      return flow;
    g_mutex_lock (&self->lock);
    g_set_object (&session, self->session);
    idle_output = self->idle_output;
    g_mutex_unlock (&self->lock);
    position = self->position;
    self->position += FRAME_DURATION;

    if (session) {
      GstClockTime now = now_ns ();

      kind = gst_oai_session_pull_output (session, samples, FRAME_SAMPLES, now);
      audible = kind == GST_OAI_PLAYOUT_AUDIO
          && is_audible (samples, FRAME_SAMPLES, AUDIBLE_PEAK);
      if (audible)
        gst_oai_session_note_audible (session, now);
    } else {
      memset (samples, 0, sizeof (samples));
      audible = FALSE;
    }
    if (self->frame_func)
      self->frame_func (position, FRAME_DURATION, kind == GST_OAI_PLAYOUT_AUDIO,
          audible, self->frame_data);
    if (idle_output == GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE
        || (session && belongs_to_answer (self, session, kind, audible)))
      break;
    self->discont = TRUE;
  }

  buffer = gst_buffer_new_allocate (NULL, FRAME_BYTES, NULL);
#if G_BYTE_ORDER != G_LITTLE_ENDIAN
  {
    guint i;

    for (i = 0; i < FRAME_SAMPLES; i++)
      samples[i] = GINT16_TO_LE (samples[i]);
  }
#endif
  gst_buffer_fill (buffer, 0, samples, FRAME_BYTES);
  GST_BUFFER_PTS (buffer) = position;
  GST_BUFFER_DURATION (buffer) = FRAME_DURATION;
  /* Silence is not flagged GAP: audioresample, in every version so far, puts out a
   * few milliseconds too much each time that such a buffer follows sound. What is
   * behind it then lags more with every pause, and an echo canceller loses its
   * way. */
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  *result = buffer;

  return GST_FLOW_OK;
}

static gboolean
gst_oai_output_query (GstBaseSrc *src, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      /* A frame stamped t leaves at t: one frame covers the jitter of our own
       * waking up. Never asked of the input side: that would make a loop. */
      gst_query_set_latency (query, TRUE, FRAME_DURATION, GST_CLOCK_TIME_NONE);
      return TRUE;
    default:
      return GST_BASE_SRC_CLASS (gst_oai_output_parent_class)
          ->query (src, query);
  }
}

/* What the pipeline has agreed on: what leaves now is heard that much later. */
static gboolean
gst_oai_output_event (GstBaseSrc *src, GstEvent *event)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (src);

  if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY) {
    g_autoptr (GstOaiSession) session = NULL;
    GstClockTime latency;

    gst_event_parse_latency (event, &latency);
    g_mutex_lock (&self->lock);
    self->latency = latency;
    g_set_object (&session, self->session);
    g_mutex_unlock (&self->lock);
    if (session)
      gst_oai_session_set_output_latency (session, latency);
  }
  return GST_BASE_SRC_CLASS (gst_oai_output_parent_class)->event (src, event);
}

static gboolean
set_flushing (GstOaiOutput *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  if (flushing && self->clock_id)
    gst_clock_id_unschedule (self->clock_id);
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static gboolean
gst_oai_output_unlock (GstBaseSrc *src)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (src);

  /* GstBaseSrc since 1.24 calls this on the way to PAUSED, too. When PLAYING
   * follows at once, it mistakes FLUSHING for a flush, and its task stays paused
   * for good. The wait is over within a frame anyway. */
  if (g_atomic_int_get (&self->pausing))
    return TRUE;

  return set_flushing (self, TRUE);
}

static gboolean
gst_oai_output_unlock_stop (GstBaseSrc *src)
{
  return set_flushing (GST_OAI_OUTPUT (src), FALSE);
}

static gboolean
gst_oai_output_start (GstBaseSrc *src)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (src);
  g_autoptr (GstOaiSession) session = NULL;

  g_mutex_lock (&self->lock);
  self->flushing = FALSE;
  self->ended = FALSE;
  self->reanchor = FALSE;
  self->latency = GST_CLOCK_TIME_NONE;
  g_set_object (&session, self->session);
  g_mutex_unlock (&self->lock);
  if (session)
    gst_oai_session_set_output_latency (session, GST_CLOCK_TIME_NONE);
  self->position = GST_CLOCK_TIME_NONE;
  self->discont = TRUE;

  return TRUE;
}

static GstStateChangeReturn
gst_oai_output_change_state (GstElement *element, GstStateChange transition)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (element);
  GstStateChangeReturn ret;

  /* The base time is a new one then. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    g_mutex_lock (&self->lock);
    self->reanchor = TRUE;
    g_mutex_unlock (&self->lock);
  }
  g_atomic_int_set (
      &self->pausing, transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED);
  ret = GST_ELEMENT_CLASS (gst_oai_output_parent_class)
            ->change_state (element, transition);
  g_atomic_int_set (&self->pausing, FALSE);

  return ret;
}

static void
gst_oai_output_finalize (GObject *object)
{
  GstOaiOutput *self = GST_OAI_OUTPUT (object);

  g_clear_object (&self->session);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_output_parent_class)->finalize (object);
}

static void
gst_oai_output_class_init (GstOaiOutputClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *basesrc_class = GST_BASE_SRC_CLASS (klass);
  GstPushSrcClass *push_class = GST_PUSH_SRC_CLASS (klass);

  object_class->finalize = gst_oai_output_finalize;
  element_class->change_state = gst_oai_output_change_state;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "OpenAI Realtime output leaf", "Source/Audio/Network",
      "Plays the answers of a Realtime session",
      "The gst-openai-realtime authors");
  basesrc_class->start = gst_oai_output_start;
  basesrc_class->query = gst_oai_output_query;
  basesrc_class->event = gst_oai_output_event;
  basesrc_class->unlock = gst_oai_output_unlock;
  basesrc_class->unlock_stop = gst_oai_output_unlock_stop;
  push_class->create = gst_oai_output_create;
}

static void
gst_oai_output_init (GstOaiOutput *self)
{
  g_mutex_init (&self->lock);
  self->position = GST_CLOCK_TIME_NONE;
  self->latency = GST_CLOCK_TIME_NONE;
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
  gst_base_src_set_do_timestamp (GST_BASE_SRC (self), FALSE);
}
