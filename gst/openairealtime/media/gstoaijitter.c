/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaijitter.h"

#include <string.h>

/* The fastest path is looked for in this many slots of this length. */
#define WINDOW_SLOTS 10
#define WINDOW_SLOT (200 * GST_MSECOND)

#define BUCKET (2 * GST_MSECOND)
#define N_BUCKETS 200
/* Each packet beyond it makes an answer wait in its midst, and is lost when others have
 * overtaken it. In exponential jitter of 8 ms, answers of a second wait 6 ms less with
 * 95 %, but 2.6 times as much of them is concealed. */
#define QUANTILE 0.99
/* A delay has lost half its weight after some 350 packets, 7 s of 20 ms. */
#define FORGET 0.998

/* A delay that grows by more than this from one packet to the next is a stall
 * of the network or a pause of the sender. */
#define JUMP ((gint64) (100 * GST_MSECOND))
/* Packets go on arriving late for this long: it was a pause. */
#define JUMP_DECIDE ((gint64) (200 * GST_MSECOND))
#define MAX_PENDING 64
/* A packet that is this much less late than the one before it was held up, too. */
#define DRAIN ((gint64) (5 * GST_MSECOND))

/* Longer than any conversation; keeps the sums far from overflowing. */
#define MAX_SEGMENT ((gint64) 48000 * 3600 * 24)

struct _GstOaiJitter {
  guint segment;
  gboolean started;
  gint64 first_rtp;
  GstClockTime first_arrival;
  GstClockTime last_arrival;
  gint64 last_delay;

  /* least offset of each slot of the window, offset 0 is the first packet */
  gint64 slots[WINDOW_SLOTS];
  guint64 slot_index[WINDOW_SLOTS];
  gint64 base;

  /* delays since a jump that is not explained yet */
  gint64 pending[MAX_PENDING];
  guint n_pending;
  GstClockTime pending_since;
  guint64 n_stalls;
  gboolean draining; /* what came in late since the last one */

  gdouble buckets[N_BUCKETS];
  guint64 n_delays;
  GstClockTime delay;
};

GstOaiJitter *
gst_oai_jitter_new (void)
{
  return g_new0 (GstOaiJitter, 1);
}

void
gst_oai_jitter_free (GstOaiJitter *self)
{
  g_free (self);
}

void
gst_oai_jitter_reset (GstOaiJitter *self, gboolean keep_histogram)
{
  self->started = FALSE;
  self->n_pending = 0;
  self->segment++;
  if (!keep_histogram) {
    memset (self->buckets, 0, sizeof (self->buckets));
    self->n_delays = 0;
    self->delay = 0;
  }
}

static gint64
rtp_to_ns (gint64 rtp)
{
  return rtp * 62500 / 3;
}

static gint64
get_offset (GstOaiJitter *self, gint64 rtp_time, GstClockTime arrival)
{
  return (gint64) (arrival - self->first_arrival)
      - rtp_to_ns (rtp_time - self->first_rtp);
}

static void
add_to_window (GstOaiJitter *self, gint64 offset, GstClockTime arrival)
{
  guint64 index = arrival / WINDOW_SLOT;
  guint i = index % WINDOW_SLOTS;

  if (self->slot_index[i] != index) {
    self->slot_index[i] = index;
    self->slots[i] = offset;
  } else {
    self->slots[i] = MIN (self->slots[i], offset);
  }

  self->base = offset;
  for (i = 0; i < WINDOW_SLOTS; i++) {
    if (self->slot_index[i] + WINDOW_SLOTS > index)
      self->base = MIN (self->base, self->slots[i]);
  }
}

static void
add_to_histogram (GstOaiJitter *self, gint64 delay)
{
  gdouble forget, sum;
  guint bucket, i;

  /* plain average at first, so that the first talkspurt counts in full */
  forget = MIN (FORGET, self->n_delays / (self->n_delays + 1.0));
  self->n_delays++;

  bucket = MIN (MAX (delay, 0) / BUCKET, N_BUCKETS - 1);
  for (i = 0; i < N_BUCKETS; i++)
    self->buckets[i] *= forget;
  self->buckets[bucket] += 1.0 - forget;

  sum = 0.0;
  for (i = 0; i < N_BUCKETS - 1; i++) {
    sum += self->buckets[i];
    if (sum >= QUANTILE)
      break;
  }
  self->delay = (i + 1) * BUCKET;
}

static void
start_segment (GstOaiJitter *self, gint64 rtp_time, GstClockTime arrival)
{
  memset (self->slot_index, 0, sizeof (self->slot_index));
  memset (self->slots, 0, sizeof (self->slots));
  if (self->started)
    self->segment++;
  self->started = TRUE;
  self->n_pending = 0;
  self->draining = FALSE;
  self->first_rtp = rtp_time;
  self->first_arrival = arrival;
  self->last_delay = 0;
  add_to_window (self, 0, arrival);
}

static void
note_delay (GstOaiJitter *self, gint64 offset, GstClockTime arrival)
{
  add_to_window (self, offset, arrival);
  self->last_delay = offset - self->base;
}

static void
add_delay (GstOaiJitter *self, gint64 offset, GstClockTime arrival)
{
  gint64 before = self->last_delay;

  note_delay (self, offset, arrival);
  /* Those that the stall has held up come at once, each less late. */
  self->draining = self->draining && before - self->last_delay > DRAIN;
  if (!self->draining)
    add_to_histogram (self, self->last_delay);
}

guint
gst_oai_jitter_add (GstOaiJitter *self, gint64 rtp_time, GstClockTime arrival)
{
  gint64 offset, delay;

  if (self->started && arrival < self->last_arrival)
    arrival = self->last_arrival;

  if (!self->started
      || arrival - self->last_arrival >= WINDOW_SLOTS * WINDOW_SLOT
      || ABS (rtp_time - self->first_rtp) > MAX_SEGMENT) {
    start_segment (self, rtp_time, arrival);
    goto done;
  }

  offset = get_offset (self, rtp_time, arrival);
  delay = offset - self->base;

  if (delay < -JUMP) {
    /* the RTP time moved on more than the clock did */
    start_segment (self, rtp_time, arrival);
  } else if (self->n_pending == 0) {
    if (delay > JUMP && delay - self->last_delay > JUMP) {
      self->pending[self->n_pending++] = delay;
      self->pending_since = arrival;
    } else {
      add_delay (self, offset, arrival);
    }
  } else if (delay < self->pending[0] / 2) {
    /* A stall: what came in late was sent in time. That is one event, however many
     * packets it held up: as many would be a delay for each answer of a minute. */
    add_to_histogram (self, self->pending[0]);
    self->n_pending = 0;
    self->n_stalls++;
    self->draining = TRUE;
    note_delay (self, offset, arrival);
  } else if ((gint64) (arrival - self->pending_since) > JUMP_DECIDE
      || self->n_pending == MAX_PENDING) {
    start_segment (self, rtp_time, arrival);
  } else {
    self->pending[self->n_pending++] = delay;
  }

done:
  self->last_arrival = arrival;

  return self->segment;
}

gboolean
gst_oai_jitter_get_lag (GstOaiJitter *self, guint segment, gint64 rtp_time,
    GstClockTime now, gint64 *lag)
{
  if (!self->started || self->n_pending > 0 || segment != self->segment)
    return FALSE;

  *lag = get_offset (self, rtp_time, now) - self->base;

  return TRUE;
}

GstClockTime
gst_oai_jitter_get_delay (GstOaiJitter *self)
{
  return self->delay;
}

guint64
gst_oai_jitter_get_stalls (GstOaiJitter *self)
{
  return self->n_stalls;
}
