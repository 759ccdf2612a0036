/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "media/gstoaiuplink.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (uplink_debug);
#define GST_CAT_DEFAULT uplink_debug

/* No input for this long is a pause, not jitter: cameras send chunks of 128 ms,
 * sound servers of 200 ms at the most. */
#define STARVED_AFTER (240 * GST_MSECOND)
/* The drift of the source's clock is the smallest lag seen in this time, which
 * takes the jitter of arrivals out of it. */
#define DRIFT_WINDOW (2 * GST_SECOND)
/* A frame whose samples all stay below this may go or be repeated unheard
 * (-48 dBFS). */
#define SILENCE_PEAK 128

struct _GstOaiUplink {
  GMutex lock; /* protects everything in this struct */
  GCond opened;

  GstOaiUplinkSend send;
  gpointer user_data;

  guint frame_samples;
  GstClockTime frame_duration;
  GstClockTime preroll;

  gboolean open;
  gboolean flushing;
  guint flush_cookie; /* counts the flushes */
  gboolean failed;
  gboolean finished; /* failed, but not by an error */
  gboolean muted;

  GByteArray *pending; /* input that does not fill a frame yet */
  GstClockTime next_pts; /* of pending's first sample, NONE: to be anchored */
  GstClockTime last_push; /* when input came last, NONE: pause */

  GstClockTime window_start;
  GstClockTimeDiff window_lag; /* smallest lag in this window */
  GstClockTimeDiff drift; /* to make good in silence */

  GstOaiUplinkStats stats;
};

static void
init_debug (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (uplink_debug, "openairealtimeuplink", 0,
        "OpenAI Realtime: input audio to codec frames");
    g_once_init_leave (&once, 1);
  }
}

GstOaiUplink *
gst_oai_uplink_new (void)
{
  GstOaiUplink *self = g_new0 (GstOaiUplink, 1);

  init_debug ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->opened);
  self->pending = g_byte_array_new ();
  self->next_pts = GST_CLOCK_TIME_NONE;
  self->last_push = GST_CLOCK_TIME_NONE;
  self->window_start = GST_CLOCK_TIME_NONE;
  gst_oai_uplink_set_frame_size (self, 20);

  return self;
}

void
gst_oai_uplink_free (GstOaiUplink *self)
{
  g_byte_array_unref (self->pending);
  g_cond_clear (&self->opened);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gsize
bytes_for (GstClockTime time)
{
  return gst_util_uint64_scale (time, GST_OAI_UPLINK_RATE, GST_SECOND)
      * GST_OAI_UPLINK_BYTES_PER_SAMPLE;
}

static GstClockTime
time_for (gsize bytes)
{
  return gst_util_uint64_scale (
      bytes / GST_OAI_UPLINK_BYTES_PER_SAMPLE, GST_SECOND, GST_OAI_UPLINK_RATE);
}

void
gst_oai_uplink_set_frame_size (GstOaiUplink *self, guint ms)
{
  g_mutex_lock (&self->lock);
  self->frame_samples = GST_OAI_UPLINK_RATE / 1000 * ms;
  self->frame_duration = ms * GST_MSECOND;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_set_preroll (GstOaiUplink *self, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->preroll = time;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_set_send (
    GstOaiUplink *self, GstOaiUplinkSend send, gpointer user_data)
{
  g_mutex_lock (&self->lock);
  self->send = send;
  self->user_data = user_data;
  g_mutex_unlock (&self->lock);
}

static gboolean
is_silent (const guint8 *data, gsize size)
{
  gsize i;

  for (i = 0; i + 1 < size; i += 2) {
    gint sample = (gint16) GST_READ_UINT16_LE (data + i);

    if (ABS (sample) > SILENCE_PEAK)
      return FALSE;
  }
  return TRUE;
}

/* must be called with lock */
static void
send_frame (GstOaiUplink *self, const guint8 *data)
{
  gsize size = self->frame_samples * GST_OAI_UPLINK_BYTES_PER_SAMPLE;
  GstBuffer *frame;

  if (self->send == NULL)
    return;
  frame = gst_buffer_new_allocate (NULL, size, NULL);
  if (data)
    gst_buffer_fill (frame, 0, data, size);
  else
    gst_buffer_memset (frame, 0, 0, size);
  GST_BUFFER_PTS (frame) = self->next_pts;
  GST_BUFFER_DURATION (frame) = self->frame_duration;
  if (self->send (frame, self->user_data)) {
    if (data)
      self->stats.frames++;
    else
      self->stats.silence++;
  }
}

/* must be called with lock */
static void
anchor (GstOaiUplink *self, GstClockTime now, gsize bytes)
{
  GstClockTime back = time_for (bytes);
  GstClockTime pts = now > back ? now - back : 0;

  /* Never back: silence may have been sent for the time in which this input was
   * spoken, and an encoder drops what comes a second time. */
  if (!GST_CLOCK_TIME_IS_VALID (self->next_pts) || pts > self->next_pts)
    self->next_pts = pts;
  self->window_start = GST_CLOCK_TIME_NONE;
  self->drift = 0;
}

/* must be called with lock. @lag: how far the input's clock is behind ours. */
static void
follow_drift (GstOaiUplink *self, GstClockTimeDiff lag, GstClockTime now)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->window_start)) {
    self->window_start = now;
    self->window_lag = lag;
    return;
  }
  self->window_lag = MIN (self->window_lag, lag);
  if (now - self->window_start < DRIFT_WINDOW)
    return;
  self->drift = self->window_lag;
  self->window_start = now;
  self->window_lag = lag;
}

/* must be called with lock */
static void
send_pending (GstOaiUplink *self)
{
  gsize size = self->frame_samples * GST_OAI_UPLINK_BYTES_PER_SAMPLE;
  GstClockTimeDiff frame = self->frame_duration;
  gsize done = 0;

  while (self->pending->len - done >= size) {
    const guint8 *data = self->pending->data + done;

    done += size;
    if (ABS (self->drift) > frame && is_silent (data, size)) {
      self->stats.skewed++;
      if (self->drift < 0) {
        GST_DEBUG ("source clock is fast: dropping a silent frame");
        self->drift += frame;
        /* What was measured before is not true any more. */
        self->window_start = GST_CLOCK_TIME_NONE;
        continue;
      }
      GST_DEBUG ("source clock is slow: skipping a frame's time in silence");
      self->drift -= frame;
      self->next_pts += frame;
      self->window_start = GST_CLOCK_TIME_NONE;
    }
    send_frame (self, data);
    self->next_pts += frame;
  }
  if (done > 0)
    g_byte_array_remove_range (self->pending, 0, done);
}

void
gst_oai_uplink_open (GstOaiUplink *self, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  if (!self->open) {
    self->open = TRUE;
    if (self->pending->len > 0) {
      GST_DEBUG ("sending %" GST_TIME_FORMAT " kept while connecting",
          GST_TIME_ARGS (time_for (self->pending->len)));
      anchor (self, now, self->pending->len);
      self->last_push = now;
      send_pending (self);
    }
    g_cond_broadcast (&self->opened);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_close (GstOaiUplink *self)
{
  g_mutex_lock (&self->lock);
  self->open = FALSE;
  self->next_pts = GST_CLOCK_TIME_NONE;
  self->last_push = GST_CLOCK_TIME_NONE;
  g_byte_array_set_size (self->pending, 0);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_oai_uplink_is_open (GstOaiUplink *self)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->open;
  g_mutex_unlock (&self->lock);

  return open;
}

gboolean
gst_oai_uplink_wait_open (GstOaiUplink *self, guint cookie)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  while (!self->open && !self->flushing && !self->failed
      && self->flush_cookie == cookie)
    g_cond_wait (&self->opened, &self->lock);
  open = self->open && !self->flushing && !self->failed;
  g_mutex_unlock (&self->lock);

  return open;
}

guint
gst_oai_uplink_get_flush_cookie (GstOaiUplink *self)
{
  guint cookie;

  g_mutex_lock (&self->lock);
  cookie = self->flush_cookie;
  g_mutex_unlock (&self->lock);

  return cookie;
}

void
gst_oai_uplink_set_flushing (GstOaiUplink *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  if (flushing)
    self->flush_cookie++;
  g_cond_broadcast (&self->opened);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_set_failed (GstOaiUplink *self, gboolean failed)
{
  g_mutex_lock (&self->lock);
  self->failed = failed;
  self->finished = FALSE;
  g_cond_broadcast (&self->opened);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_finish (GstOaiUplink *self)
{
  g_mutex_lock (&self->lock);
  self->failed = TRUE;
  self->finished = TRUE;
  g_cond_broadcast (&self->opened);
  g_mutex_unlock (&self->lock);
}

GstFlowReturn
gst_oai_uplink_get_flow (GstOaiUplink *self)
{
  GstFlowReturn flow = GST_FLOW_OK;

  g_mutex_lock (&self->lock);
  if (self->failed)
    flow = self->finished ? GST_FLOW_EOS : GST_FLOW_ERROR;
  g_mutex_unlock (&self->lock);

  return flow;
}

gboolean
gst_oai_uplink_has_failed (GstOaiUplink *self)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  failed = self->failed;
  g_mutex_unlock (&self->lock);

  return failed;
}

void
gst_oai_uplink_set_muted (GstOaiUplink *self, gboolean muted)
{
  g_mutex_lock (&self->lock);
  self->muted = muted;
  g_mutex_unlock (&self->lock);
}

/* must be called with lock */
static void
append (GstOaiUplink *self, const guint8 *data, gsize size)
{
  guint old = self->pending->len;

  g_byte_array_set_size (self->pending, old + size);
  if (self->muted || data == NULL)
    memset (self->pending->data + old, 0, size);
  else
    memcpy (self->pending->data + old, data, size);
}

/* must be called with lock */
static void
keep_newest (GstOaiUplink *self)
{
  gsize limit = bytes_for (self->preroll);

  if (self->pending->len > limit) {
    gsize excess = self->pending->len - limit;

    self->stats.discarded += excess / GST_OAI_UPLINK_BYTES_PER_SAMPLE;
    g_byte_array_remove_range (self->pending, 0, excess);
  }
}

void
gst_oai_uplink_push (
    GstOaiUplink *self, const guint8 *data, gsize size, GstClockTime now)
{
  GstClockTimeDiff lag;

  g_mutex_lock (&self->lock);
  if (self->failed)
    goto done;
  append (self, data, size);
  if (!self->open) {
    keep_newest (self);
    goto done;
  }

  if (!GST_CLOCK_TIME_IS_VALID (self->last_push)
      || !GST_CLOCK_TIME_IS_VALID (self->next_pts)) {
    /* First audio, or first after a pause. */
    anchor (self, now, self->pending->len);
  } else {
    lag = GST_CLOCK_DIFF (self->next_pts + time_for (self->pending->len), now);
    if (lag > (GstClockTimeDiff) (STARVED_AFTER + time_for (size))) {
      GST_DEBUG ("input is %" GST_STIME_FORMAT " behind, anchoring anew",
          GST_STIME_ARGS (lag));
      anchor (self, now, self->pending->len);
    } else {
      follow_drift (self, lag, now);
    }
  }
  self->last_push = now;
  send_pending (self);

done:
  g_mutex_unlock (&self->lock);
}

/* What is left of a frame goes out, filled up with silence. Must be called with
 * lock. */
static void
send_rest (GstOaiUplink *self)
{
  gsize size = self->frame_samples * GST_OAI_UPLINK_BYTES_PER_SAMPLE;
  guint old = self->pending->len;

  if (old == 0 || !self->open)
    return;
  if (!GST_CLOCK_TIME_IS_VALID (self->next_pts))
    return;
  g_byte_array_set_size (self->pending, size);
  memset (self->pending->data + old, 0, size - old);
  send_pending (self);
}

void
gst_oai_uplink_pause (GstOaiUplink *self, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  send_rest (self);
  self->last_push = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_flush (GstOaiUplink *self)
{
  g_mutex_lock (&self->lock);
  g_byte_array_set_size (self->pending, 0);
  self->last_push = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_tick (GstOaiUplink *self, GstClockTime now)
{
  guint i;

  g_mutex_lock (&self->lock);
  if (!self->open || self->failed)
    goto done;
  if (GST_CLOCK_TIME_IS_VALID (self->last_push)) {
    /* A push may have read the clock after us and got the lock before us. */
    if (now < self->last_push || now - self->last_push < STARVED_AFTER)
      goto done;
    GST_DEBUG ("input is starved, sending silence");
    send_rest (self);
    self->last_push = GST_CLOCK_TIME_NONE;
  }
  /* A pause longer than a few frames is not filled afterwards: that would be a
   * burst. */
  if (!GST_CLOCK_TIME_IS_VALID (self->next_pts)
      || self->next_pts + 5 * self->frame_duration < now)
    self->next_pts = now - MIN (now, self->frame_duration);
  for (i = 0; i < 5 && self->next_pts + self->frame_duration <= now; i++) {
    send_frame (self, NULL);
    self->next_pts += self->frame_duration;
  }

done:
  g_mutex_unlock (&self->lock);
}

void
gst_oai_uplink_get_stats (GstOaiUplink *self, GstOaiUplinkStats *stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}
