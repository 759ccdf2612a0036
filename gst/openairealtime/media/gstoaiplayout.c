/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiplayout.h"

#include <opus/opus.h>
#include <string.h>

#include "gstoaijitter.h"
#include "gstoaipacketbuffer.h"
#include "gstoaistretch.h"

/*
 *  push ──> validate ──> unwrap ──> arrival statistics ──> packet buffer
 *                                                               │
 *  pull <── fifo <── stretch <── fade <── decode / FEC / PLC <──┘
 *
 * A talkspurt begins when its first packet has waited long enough and ends when
 * nothing came for 100 ms or when the RTP time leaves a gap:
 *
 *            may start                    head is the next packet
 *   IDLE ────────────────> PLAYING ─────────────────────────────┐
 *    ^                      │   ^ └────────────────> decode <───┘
 *    │ gap in the RTP time, │   │ packets again
 *    │ new sender           v   │
 *    └───────────────────── dry: fade out, then silence
 *        after 100 ms
 *
 * Running dry is concealed with a copy of the decoder, so that the decoder
 * itself always stands right after the last packet: what comes later, even
 * after the end of the talkspurt, decodes as if nothing had been in between.
 * Only a packet that is given up on advances the decoder.
 */

GST_DEBUG_CATEGORY_STATIC (oai_playout_debug);
#define GST_CAT_DEFAULT oai_playout_debug

#define MS(ms) ((ms) *GST_OAI_PLAYOUT_RATE / 1000)
#define RTP_MS(ms) ((ms) *48)
#define RTP_PER_SAMPLE (48000 / GST_OAI_PLAYOUT_RATE)

/* libopus conceals in steps of 2.5 ms */
#define PLC_STEP 60
#define MAX_PACKET MS (120)
#define FIFO_SIZE (3 * MAX_PACKET)

#define MAX_HELD RTP_MS (60 * 1000)
#define MAX_HELD_INTERRUPTED RTP_MS (3 * 1000)
#define MAX_HELD_BYTES (16 * 1024 * 1024)
#define MAX_PULL 1440

/* RFC 3550, A.1; the bound for late ones is wider, as packets may be held for
 * long */
#define MAX_DROPOUT 3000
#define MAX_MISORDER 500
/* A packet with the previous SSRC this much later is from a sender that came
 * back. */
#define OLD_SENDER GST_SECOND

#define MAX_DELAY (400 * GST_MSECOND)
/* The first packets of a talkspurt are missing and others are here: wait. */
#define FIRST_PACKET_WAIT (40 * GST_MSECOND)
#define MAX_FIRST_GAP 10
/* Dry for longer is the end of the talkspurt. */
#define DRY_END MS (100)
/* The same when nobody waits for the sound. */
#define UNHURRIED_END MS (500)
/* Concealment of a dry buffer: full, then fading; at low level only short. */
#define DRY_HOLD MS (10)
#define DRY_FADE MS (30)
#define DRY_FADE_QUIET MS (10)
/* Concealment of lost packets with others behind them. */
#define LOSS_HOLD MS (60)
#define LOSS_FADE MS (40)
#define MAX_CONCEAL MS (120)
#define CROSSFADE MS (5)
#define INTERRUPT_FADE MS (5)
/* So many packets that are not heard are decoded, lest the one after them is not as
 * it was sent: frames are predicted from those before them, which fades out. */
#define SKIMMED 10
/* The encoder looks ahead: a packet begins with the end of what was said before, and
 * that is another answer when this one was interrupted. */
#define LOOKAHEAD (GST_OAI_PLAYOUT_RATE * 65 / 10000)
#define LOOKAHEAD_FADE PLC_STEP
/* A packet that left the server so long before the end of the interruption is of the old
 * answer. The end is known only roughly. */
#define STRAGGLER ((gint64) (60 * GST_MSECOND))
/* Not to be heard. */
#define MIN_GAIN 0.001
/* A pause that has been caught up with keeps this much. */
#define MIN_PAUSE MS (40)

/* Delay above the target for this long is taken out again. */
#define EXCESS_TIME GST_SECOND
#define EXCESS_MARGIN ((gint64) (3 * GST_MSECOND))
/* From here on voiced speech is shortened too, not only pauses. */
#define EXCESS_VOICED ((gint64) (40 * GST_MSECOND))
#define VOICED_INTERVAL (200 * GST_MSECOND)
/* A sender that is further ahead is not late: it sends faster than real time.
 */
#define EXCESS_MAX ((gint64) (2 * GST_SECOND))
#define SHORTAGE_MARGIN ((gint64) (4 * GST_MSECOND))
/* Nothing was pulled for this long (PAUSED, a sink that was blocked): what has
 * piled up would delay all that follows, for ever when the sender never pauses. It
 * is played, but for silence. */
#define STALL (500 * GST_MSECOND)
/* Silence between words stays. */
#define STALL_SILENCE MS (300)
/* Then it has been made up for. */
#define STALL_MARGIN (200 * GST_MSECOND)
/* At most so many packets at a time, as the lock is held. */
#define MAX_SKIPS 250
/* What a late packet would have needed is kept as target for this long. */
#define BOOST_TIME (2 * GST_SECOND)

/* -60 dB of full scale, and 30 dB below the speech */
#define QUIET_LEVEL 33
#define QUIET_RATIO 32

typedef enum {
  STATE_IDLE,
  STATE_PLAYING,
} State;

typedef enum {
  PRODUCED, /* the fifo has samples, or the state has changed */
  DRY, /* nothing to decode */
} Produced;

/* Where a sender stands. */
typedef struct {
  gboolean valid;
  guint number;
  guint32 ssrc;
  gint64 max_seqnum;
  gint64 max_rtp_time;
  GstClockTime last_arrival;
} Stream;

struct _GstOaiPlayout {
  /* protects everything in this struct; a leaf lock */
  GMutex lock;

  /* push side */
  GstOaiPacketBuffer *buffer;
  GstOaiJitter *jitter;
  Stream stream, old_stream;
  guint n_streams;
  GstClockTime last_arrival;
  /* a sequence number far off: the sender has started again if the one after it
   * follows (RFC 3550) */
  GstOaiPacket stray;
  gboolean have_stray;

  /* decoding */
  OpusDecoder *decoder;
  OpusDecoder *dry_decoder;
  gsize decoder_size;
  guint decoder_stream; /* whose packets it had last */
  gboolean dry_decoder_active;
  gboolean last_was_silk;

  /* decoded and not yet put out */
  gint16 fifo[FIFO_SIZE];
  guint fifo_start, fifo_length;
  /* rest of a sound that was interrupted */
  gint16 fade[INTERRUPT_FADE];
  guint fade_start, fade_length;

  State state;
  gboolean interrupted;
  gboolean after_interruption; /* nothing was decoded since */
  GstClockTime cutoff; /* of that interruption */
  guint play_stream;
  /* the packet that is due, when one was played before */
  gboolean have_next;
  gint64 next_seqnum;
  gint64 next_rtp_time;
  guint packet_samples;
  /* bit n: next_seqnum - 1 - n was here */
  guint64 history;
  GstClockTime not_before;
  /* to tell a stall in the middle of the sound from the end of a talkspurt */
  guint64 stalls_before;
  gboolean may_be_stall;

  /* concealment */
  gdouble gain;
  guint dry; /* samples since the buffer ran dry */
  guint dry_plc; /* of those concealed */
  guint concealed; /* samples since the last packet */
  gint16 last[CROSSFADE]; /* the end of the last packet */
  gboolean have_last; /* and the decoder is still there */
  gboolean quiet;

  /* delay control */
  guint level;
  GstClockTime excess_since;
  GstClockTime last_stretch;
  gboolean unhurried; /* the delay is nobody's concern */
  guint waited; /* unhurried: samples since it ran dry */
  GstClockTime last_pull;
  GstClockTime played_arrival;
  gboolean behind; /* there was a stall that has not been made up for */
  guint silent; /* behind: samples of silence up to now */
  guint skips; /* behind: packets left out in this pull */
  GstClockTime boost;
  GstClockTime boost_until;
  GstClockTime pull_time;
  /* from the start of the pull to what is decoded now */
  GstClockTime pull_offset;

  gint64 spurt_rtp_time;
  gint64 position_rtp_time;
  guint64 position_samples;
  GstClockTime last_audio;

  GstOaiPlayoutStats stats;
};

/* What happened under the lock, to be logged after it. */
typedef struct {
  guint64 underruns, lost;
  State state;
} Snapshot;

static Snapshot
take_snapshot_unlocked (GstOaiPlayout *self)
{
  Snapshot snapshot = { self->stats.underruns, self->stats.lost, self->state };

  return snapshot;
}

static void
log_changes (GstOaiPlayout *self, const Snapshot *before, const Snapshot *after,
    GstClockTime now)
{
  if (after->state != before->state)
    GST_DEBUG ("%p: talkspurt %s at %" GST_TIME_FORMAT, self,
        after->state == STATE_PLAYING ? "begins" : "ends", GST_TIME_ARGS (now));
  if (after->underruns != before->underruns)
    GST_DEBUG ("%p: underrun at %" GST_TIME_FORMAT, self, GST_TIME_ARGS (now));
  if (after->lost != before->lost)
    GST_DEBUG ("%p: %" G_GUINT64_FORMAT " packets lost at %" GST_TIME_FORMAT,
        self, after->lost - before->lost, GST_TIME_ARGS (now));
}

GstOaiPlayout *
gst_oai_playout_new (void)
{
  static gsize once = 0;
  GstOaiPlayout *self;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (oai_playout_debug, "openairealtimeplayout", 0,
        "OpenAI Realtime playout");
    g_once_init_leave (&once, 1);
  }

  self = g_new0 (GstOaiPlayout, 1);
  g_mutex_init (&self->lock);
  self->buffer = gst_oai_packet_buffer_new ();
  self->jitter = gst_oai_jitter_new ();
  self->decoder_size = opus_decoder_get_size (1);
  self->decoder = g_malloc (self->decoder_size);
  self->dry_decoder = g_malloc (self->decoder_size);
  /* fails for wrong arguments only */
  if (opus_decoder_init (self->decoder, GST_OAI_PLAYOUT_RATE, 1) != OPUS_OK)
    g_assert_not_reached ();
  self->packet_samples = MS (20);
  self->gain = 1.0;
  self->excess_since = GST_CLOCK_TIME_NONE;
  self->last_audio = GST_CLOCK_TIME_NONE;
  self->last_pull = GST_CLOCK_TIME_NONE;
  self->played_arrival = GST_CLOCK_TIME_NONE;

  return self;
}

static void
drop_stray_unlocked (GstOaiPlayout *self)
{
  if (self->have_stray)
    g_bytes_unref (self->stray.payload);
  self->have_stray = FALSE;
}

void
gst_oai_playout_free (GstOaiPlayout *self)
{
  drop_stray_unlocked (self);
  gst_oai_packet_buffer_free (self->buffer);
  gst_oai_jitter_free (self->jitter);
  g_free (self->decoder);
  g_free (self->dry_decoder);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Times beyond this are no times; differences of the others fit a gint64. */
static gboolean
is_time (GstClockTime time)
{
  return time <= G_MAXINT64 / 4;
}

/* --- packets --- */

/* The bits of RFC 6716, 4.2.3 and 4.2.4: per SILK channel one voice activity
 * flag per 20 ms, then one flag for redundancy. */
static gboolean
has_fec (const guint8 *data, gsize size)
{
  const guint8 *frames[48];
  opus_int16 sizes[48];
  gint n_frames;

  if (data[0] & 0x80)
    return FALSE; /* CELT */
  if (opus_packet_parse (data, size, NULL, frames, sizes, NULL) < 1)
    return FALSE;
  if (sizes[0] < 1)
    return FALSE;
  n_frames = MAX (opus_packet_get_samples_per_frame (data, 48000) / 960, 1);
  if (frames[0][0] & (0x80 >> n_frames))
    return TRUE;

  return opus_packet_get_nb_channels (data) == 2
      && (frames[0][0] & (0x80 >> (2 * n_frames + 1)));
}

static gboolean
is_silk (const guint8 *data)
{
  return (data[0] & 0x80) == 0;
}

/* Duration in 48 kHz units, 0 when @payload is not an Opus packet. */
static guint
get_duration (GBytes *payload)
{
  const guint8 *frames[48];
  opus_int16 sizes[48];
  const guint8 *data;
  gsize size;
  gint n_samples;

  if (payload == NULL)
    return 0;
  data = g_bytes_get_data (payload, &size);
  if (size == 0 || size > G_MAXUINT16)
    return 0;
  if (opus_packet_parse (data, size, NULL, frames, sizes, NULL) < 1)
    return 0;
  n_samples = opus_packet_get_nb_samples (data, size, 48000);

  return n_samples > 0 ? n_samples : 0;
}

static void
start_stream_unlocked (GstOaiPlayout *self, const GstOaiPacket *packet)
{
  if (self->stream.valid) {
    self->old_stream = self->stream;
    gst_oai_jitter_reset (self->jitter, FALSE);
  }
  self->stream.valid = TRUE;
  self->stream.number = self->n_streams++;
  self->stream.ssrc = packet->ssrc;
  self->stream.max_seqnum = packet->seqnum;
  self->stream.max_rtp_time = packet->rtp_time;
}

/* Whether @seqnum of @stream has had its turn. */
static gboolean
is_past_unlocked (GstOaiPlayout *self, guint stream, gint64 seqnum)
{
  if (stream != self->play_stream)
    return stream < self->play_stream;

  return self->have_next && seqnum < self->next_seqnum;
}

static gboolean
was_here_unlocked (GstOaiPlayout *self, guint stream, gint64 seqnum)
{
  gint64 age = self->next_seqnum - 1 - seqnum;

  return stream == self->play_stream && age >= 0 && age < 64
      && (self->history & (G_GUINT64_CONSTANT (1) << age));
}

/* What comes before @seqnum of @stream has had its turn. */
static void
skip_to_unlocked (GstOaiPlayout *self, guint stream, gint64 seqnum)
{
  if (self->have_next
      && (stream < self->play_stream
          || (stream == self->play_stream && seqnum <= self->next_seqnum)))
    return;
  self->play_stream = stream;
  self->next_seqnum = seqnum;
  self->have_next = TRUE;
  self->history = 0;
}

static void
boost_unlocked (GstOaiPlayout *self, gint64 delay, GstClockTime now)
{
  delay = MIN (delay, (gint64) MAX_DELAY);
  if (delay <= 0)
    return;
  if (now >= self->boost_until || delay > (gint64) self->boost)
    self->boost = delay;
  self->boost_until = now + BOOST_TIME;
}

/* The talkspurt that began last went on where the one before it had run dry: was
 * that the network? */
static void
check_stall_unlocked (GstOaiPlayout *self)
{
  guint64 stalls = gst_oai_jitter_get_stalls (self->jitter);

  if (self->may_be_stall && stalls != self->stalls_before) {
    self->stats.underruns++;
    self->may_be_stall = FALSE;
  }
}

static void
reset_decoder_unlocked (GstOaiPlayout *self, guint stream)
{
  opus_decoder_ctl (self->decoder, OPUS_RESET_STATE);
  self->decoder_stream = stream;
  self->last_was_silk = FALSE;
  self->have_last = FALSE;
}

/* A packet that will not be heard leaves its traces in the decoder. */
static void
skim_unlocked (GstOaiPlayout *self, const GstOaiBufferedPacket *packet)
{
  gint16 samples[MAX_PACKET];
  const guint8 *data;
  gsize size;

  if (packet->stream != self->decoder_stream)
    reset_decoder_unlocked (self, packet->stream);
  data = g_bytes_get_data (packet->payload, &size);
  if (opus_decode (self->decoder, data, size, samples, MAX_PACKET, 0) > 0)
    self->last_was_silk = is_silk (data);
  self->have_last = FALSE;
}

/* Drops what arrived before @time (GST_CLOCK_TIME_NONE: all). */
static guint
drop_before_unlocked (GstOaiPlayout *self, GstClockTime time)
{
  g_autoptr (GPtrArray)
      dropped = gst_oai_packet_buffer_take_before (self->buffer, time);
  const GstOaiBufferedPacket *last;
  guint i;

  for (i = dropped->len - MIN (dropped->len, SKIMMED); i < dropped->len; i++)
    skim_unlocked (self, g_ptr_array_index (dropped, i));
  if (dropped->len > 0) {
    last = g_ptr_array_index (dropped, dropped->len - 1);
    skip_to_unlocked (self, last->stream, last->seqnum + 1);
  }
  self->stats.dropped += dropped->len;

  return dropped->len;
}

/* Whether the network held up this one of the answer that was interrupted. */
static gboolean
is_straggler_unlocked (GstOaiPlayout *self, const GstOaiBufferedPacket *packet)
{
  gint64 lag;

  return self->after_interruption && is_time (self->cutoff)
      && gst_oai_jitter_get_lag (self->jitter, packet->segment,
          packet->rtp_time, packet->arrival, &lag)
      && (gint64) packet->arrival - lag + STRAGGLER < (gint64) self->cutoff;
}

/* Takes the first packet out that there is. */
static void
drop_oldest_unlocked (GstOaiPlayout *self)
{
  GstOaiBufferedPacket *oldest = gst_oai_packet_buffer_pop (self->buffer);

  skip_to_unlocked (self, oldest->stream, oldest->seqnum + 1);
  skim_unlocked (self, oldest);
  gst_oai_buffered_packet_free (oldest);
  self->stats.dropped++;
}

static void
store_unlocked (GstOaiPlayout *self, Stream *stream, const GstOaiPacket *packet,
    guint duration)
{
  GstOaiBufferedPacket buffered = { 0 };
  const GstOaiBufferedPacket *head;
  gint64 lag;

  buffered.stream = stream->number;
  buffered.seqnum = stream->max_seqnum
      + (gint16) (packet->seqnum - (guint16) stream->max_seqnum);
  buffered.rtp_time = stream->max_rtp_time
      + (gint32) (packet->rtp_time - (guint32) stream->max_rtp_time);
  buffered.duration = duration;
  buffered.arrival = packet->arrival;
  buffered.payload = packet->payload;

  if (was_here_unlocked (self, buffered.stream, buffered.seqnum)
      || gst_oai_packet_buffer_contains (
          self->buffer, buffered.stream, buffered.seqnum)) {
    self->stats.duplicates++;
    return;
  }

  if (buffered.seqnum > stream->max_seqnum) {
    stream->max_seqnum = buffered.seqnum;
    stream->max_rtp_time = buffered.rtp_time;
  }
  stream->last_arrival = packet->arrival;
  buffered.segment = G_MAXUINT;
  if (stream == &self->stream)
    buffered.segment = gst_oai_jitter_add (
        self->jitter, buffered.rtp_time, packet->arrival);

  if (is_past_unlocked (self, buffered.stream, buffered.seqnum)) {
    self->stats.late++;
    if (gst_oai_jitter_get_lag (self->jitter, buffered.segment,
            buffered.rtp_time, packet->arrival, &lag))
      boost_unlocked (self, lag, packet->arrival);
    return;
  }

  if (gst_oai_packet_buffer_get_duration (self->buffer) + duration > MAX_HELD
      || gst_oai_packet_buffer_get_size (self->buffer) > MAX_HELD_BYTES) {
    self->stats.dropped++;
    return;
  }

  gst_oai_packet_buffer_insert (self->buffer, &buffered);
  self->stats.packets++;
  check_stall_unlocked (self);

  while (self->interrupted
      && gst_oai_packet_buffer_get_duration (self->buffer)
          > MAX_HELD_INTERRUPTED)
    drop_oldest_unlocked (self);
  while ((head = gst_oai_packet_buffer_peek (self->buffer)) != NULL
      && is_straggler_unlocked (self, head))
    drop_oldest_unlocked (self);
}

static void
push_unlocked (GstOaiPlayout *self, const GstOaiPacket *packet, guint duration)
{
  gint distance;

  if (!self->stream.valid)
    start_stream_unlocked (self, packet);

  if (packet->ssrc != self->stream.ssrc) {
    if (self->old_stream.valid && packet->ssrc == self->old_stream.ssrc
        && packet->arrival < self->old_stream.last_arrival + OLD_SENDER) {
      distance = (gint16) (packet->seqnum
          - (guint16) self->old_stream.max_seqnum);
      if (ABS (distance) <= MAX_MISORDER)
        store_unlocked (self, &self->old_stream, packet, duration);
      else
        self->stats.late++;
      return;
    }
    drop_stray_unlocked (self);
    start_stream_unlocked (self, packet);
  }

  distance = (gint16) (packet->seqnum - (guint16) self->stream.max_seqnum);
  if (distance > MAX_DROPOUT || distance < -MAX_MISORDER) {
    if (self->have_stray
        && packet->seqnum == (guint16) (self->stray.seqnum + 1)) {
      GstOaiPacket first = self->stray;

      self->have_stray = FALSE;
      start_stream_unlocked (self, &first);
      store_unlocked (
          self, &self->stream, &first, get_duration (first.payload));
      g_bytes_unref (first.payload);
    } else {
      if (self->have_stray)
        self->stats.invalid++;
      drop_stray_unlocked (self);
      self->stray = *packet;
      g_bytes_ref (self->stray.payload);
      self->have_stray = TRUE;
      return;
    }
  } else if (self->have_stray) {
    self->stats.invalid++;
    drop_stray_unlocked (self);
  }

  store_unlocked (self, &self->stream, packet, duration);
}

void
gst_oai_playout_push (GstOaiPlayout *self, const GstOaiPacket *packet)
{
  GstOaiPacket copy = *packet;
  guint duration = get_duration (packet->payload);

  g_mutex_lock (&self->lock);
  if (duration == 0) {
    self->stats.invalid++;
  } else {
    if (!is_time (copy.arrival))
      copy.arrival = self->last_arrival;
    self->last_arrival = copy.arrival;
    push_unlocked (self, &copy, duration);
  }
  g_mutex_unlock (&self->lock);

  if (duration == 0)
    GST_DEBUG ("%p: packet %u is not Opus", self, packet->seqnum);
}

/* --- delay control --- */

static GstClockTime
get_packet_time_unlocked (GstOaiPlayout *self)
{
  return gst_util_uint64_scale_int (
      self->packet_samples, GST_SECOND, GST_OAI_PLAYOUT_RATE);
}

/* When several packets go into one pull, all of them have to be here by then. */
static GstClockTime
get_pull_extra_unlocked (GstOaiPlayout *self)
{
  GstClockTime packet_time = get_packet_time_unlocked (self);

  return self->pull_time > packet_time ? self->pull_time - packet_time : 0;
}

/* How long a packet has to wait from its arrival on the fastest path. */
static GstClockTime
get_delay_unlocked (GstOaiPlayout *self, GstClockTime now)
{
  GstClockTime delay = gst_oai_jitter_get_delay (self->jitter);

  if (now < self->boost_until)
    delay = MAX (delay, self->boost);

  return MIN (delay, MAX_DELAY) + get_pull_extra_unlocked (self);
}

/* Shortens or lengthens the @n_samples that were just decoded, the last of the
 * fifo, when the delay is not what it should be. */
static void
adjust_delay_unlocked (GstOaiPlayout *self, const GstOaiBufferedPacket *packet,
    GstClockTime now, guint n_samples)
{
  gint16 *samples;
  gint64 lag, excess, piece_time;
  guint level, piece;
  gboolean quiet;

  samples = self->fifo + self->fifo_start + self->fifo_length - n_samples;
  level = gst_oai_stretch_level (samples, n_samples);
  /* loses 6 dB in some 5 s */
  self->level = MAX (level, self->level - self->level / 384);
  quiet = level < QUIET_LEVEL || level < self->level / QUIET_RATIO;
  self->quiet = level < QUIET_LEVEL;

  if (self->unhurried
      || !gst_oai_jitter_get_lag (
          self->jitter, packet->segment, packet->rtp_time, now, &lag)) {
    self->excess_since = GST_CLOCK_TIME_NONE;
    return;
  }
  lag += MIN (self->pull_offset, get_pull_extra_unlocked (self));
  excess = lag - (gint64) get_delay_unlocked (self, now);

  if (excess < -SHORTAGE_MARGIN) {
    self->excess_since = GST_CLOCK_TIME_NONE;
    if (!quiet || n_samples < PLC_STEP)
      return;
    piece = gst_oai_stretch_find (samples, n_samples, TRUE);
    self->fifo_length += gst_oai_stretch_grow (samples, n_samples, piece)
        - n_samples;
    return;
  }

  piece = quiet ? gst_oai_stretch_find (samples, n_samples, TRUE) : MS (10);
  piece_time = gst_util_uint64_scale_int (
      piece, GST_SECOND, GST_OAI_PLAYOUT_RATE);
  if (excess < MAX (piece_time, (gint64) self->pull_time) + EXCESS_MARGIN
      || excess > EXCESS_MAX) {
    self->excess_since = GST_CLOCK_TIME_NONE;
    return;
  }
  if (!GST_CLOCK_TIME_IS_VALID (self->excess_since))
    self->excess_since = now;
  if (now - self->excess_since < EXCESS_TIME)
    return;

  if (!quiet) {
    if (excess < EXCESS_VOICED || now - self->last_stretch < VOICED_INTERVAL)
      return;
    piece = gst_oai_stretch_find (samples, n_samples, FALSE);
  }
  if (piece == 0)
    return;
  self->fifo_length -= n_samples
      - gst_oai_stretch_shrink (samples, n_samples, piece);
  self->last_stretch = now;
}

/* After a stall: whether the @n_samples that were just decoded are to be left
 * out. */
static gboolean
skip_silence_unlocked (GstOaiPlayout *self, const GstOaiBufferedPacket *packet,
    GstClockTime now, const gint16 *samples, guint n_samples)
{
  if (!self->behind)
    return FALSE;
  if (now < packet->arrival
      || now - packet->arrival
          <= get_delay_unlocked (self, now) + STALL_MARGIN) {
    self->behind = FALSE;
    return FALSE;
  }
  if (gst_oai_stretch_level (samples, n_samples) >= QUIET_LEVEL) {
    self->silent = 0;
    return FALSE;
  }
  if (self->silent < STALL_SILENCE) {
    self->silent += n_samples;
    return FALSE;
  }
  if (self->skips >= MAX_SKIPS)
    return FALSE;
  self->skips++;
  self->stats.dropped++;
  return TRUE;
}

/* --- decoding --- */

/* Room for @n_samples at the end of the fifo. */
static gint16 *
get_room_unlocked (GstOaiPlayout *self, guint n_samples)
{
  if (self->fifo_start + self->fifo_length + n_samples > FIFO_SIZE) {
    memmove (self->fifo, self->fifo + self->fifo_start,
        self->fifo_length * sizeof (gint16));
    self->fifo_start = 0;
  }
  g_assert (self->fifo_length + n_samples <= FIFO_SIZE);

  return self->fifo + self->fifo_start + self->fifo_length;
}

static void
ramp (gint16 *samples, guint n_samples, gdouble *gain, gdouble step)
{
  guint i;

  for (i = 0; i < n_samples; i++) {
    samples[i] *= *gain;
    *gain = CLAMP (*gain + step, 0.0, 1.0);
  }
}

/* Concealment with @decoder; zeros when it fails. */
static void
conceal (OpusDecoder *decoder, gint16 *samples, guint n_samples)
{
  if (opus_decode (decoder, NULL, 0, samples, n_samples, 0) != (gint) n_samples)
    memset (samples, 0, n_samples * sizeof (gint16));
}

/* Moves on to the packet after the one that is due. */
static void
advance_unlocked (GstOaiPlayout *self, guint n_samples, gboolean was_here)
{
  self->next_seqnum++;
  self->next_rtp_time += n_samples * RTP_PER_SAMPLE;
  self->history = (self->history << 1) | was_here;
}

static void
remember_last_unlocked (
    GstOaiPlayout *self, const gint16 *samples, guint n_samples)
{
  guint n = MIN (n_samples, CROSSFADE);

  memmove (self->last, self->last + n, (CROSSFADE - n) * sizeof (gint16));
  memcpy (
      self->last + CROSSFADE - n, samples + n_samples - n, n * sizeof (gint16));
  self->have_last = TRUE;
}

/* @samples, @n up to CROSSFADE of them, come up from below while what was concealed
 * up to here goes down. */
static void
crossfade_unlocked (GstOaiPlayout *self, gint16 *samples, guint n)
{
  gint16 tail[CROSSFADE] = { 0 };
  guint i;

  if (self->dry_decoder_active && self->gain > MIN_GAIN) {
    conceal (self->dry_decoder, tail, CROSSFADE);
    ramp (tail, CROSSFADE, &self->gain, 0.0);
  }
  for (i = 0; i < n; i++)
    samples[i] = (tail[i] * (gint) (n - i) + samples[i] * (gint) i) / (gint) n;
}

static void
end_concealment_unlocked (GstOaiPlayout *self)
{
  self->dry_decoder_active = FALSE;
  self->gain = 1.0;
  if (self->dry > 0)
    self->stats.concealed += self->dry_plc;
  self->dry = 0;
  self->dry_plc = 0;
  self->concealed = 0;
}

/* A packet that follows the last one in its samples, but was waited for: the end of
 * that one is said again, with a fade, and then nothing of this one is lost, be it
 * the last and almost silent. Returns how many samples that are, often none; none when
 * the stream itself waits, see fill_unlocked(). */
static guint
lead_in_unlocked (GstOaiPlayout *self, gint16 *samples)
{
  if (!self->have_last || self->unhurried
      || (!self->dry_decoder_active && self->gain >= 1.0))
    return 0;
  memcpy (samples, self->last, sizeof (self->last));
  crossfade_unlocked (self, samples, CROSSFADE);
  self->stats.concealed += CROSSFADE;
  end_concealment_unlocked (self);
  return CROSSFADE;
}

/* Makes @samples, just decoded, follow whatever was concealed before. */
static void
join_unlocked (GstOaiPlayout *self, gint16 *samples, guint n_samples)
{
  guint n = MIN (CROSSFADE, n_samples);

  if (self->dry_decoder_active)
    crossfade_unlocked (self, samples, n);
  else if (self->gain < 1.0)
    ramp (samples, n, &self->gain, (1.0 - self->gain) / n);
  end_concealment_unlocked (self);
}

/* Takes the end of the answer that was interrupted out of @samples, the first after
 * it. */
static void
cut_lookahead (gint16 *samples, guint n_samples)
{
  guint cut = MIN (LOOKAHEAD, n_samples);
  gdouble gain = 0.0;

  memset (samples, 0, cut * sizeof (gint16));
  ramp (samples + cut, MIN (LOOKAHEAD_FADE, n_samples - cut), &gain,
      1.0 / LOOKAHEAD_FADE);
}

/* The packet that is due is here. */
static void
decode_next_unlocked (GstOaiPlayout *self, GstClockTime now)
{
  GstOaiBufferedPacket *packet = gst_oai_packet_buffer_pop (self->buffer);
  gboolean plain = self->dry == 0 && self->concealed == 0;
  const guint8 *data;
  gint16 *samples;
  gsize size;
  gint n_samples;
  guint lead_in = 0;
  gint64 lag;

  if (self->dry > 0 && self->dry_decoder_active) {
    self->stats.underruns++;
    if (gst_oai_jitter_get_lag (self->jitter, packet->segment, packet->rtp_time,
            packet->arrival, &lag))
      boost_unlocked (self, lag, now);
  }

  data = g_bytes_get_data (packet->payload, &size);
  /* room for one piece more: adjust_delay_unlocked() */
  samples = get_room_unlocked (self, CROSSFADE + MAX_PACKET + MAX_PACKET / 2);
  /* The first one of a talkspurt is always the next: it has a gain below 1 only when it
   * follows the one before. */
  if (packet->rtp_time == self->next_rtp_time)
    lead_in = lead_in_unlocked (self, samples);
  samples += lead_in;
  n_samples = opus_decode (self->decoder, data, size, samples, MAX_PACKET, 0);
  if (n_samples <= 0) {
    self->stats.invalid++;
    n_samples = packet->duration / RTP_PER_SAMPLE;
    conceal (self->decoder, samples, n_samples);
    self->stats.concealed += n_samples;
  }
  if (self->after_interruption)
    cut_lookahead (samples, n_samples);
  self->after_interruption = FALSE;
  self->last_was_silk = is_silk (data);
  self->packet_samples = n_samples;
  self->played_arrival = packet->arrival;
  self->next_rtp_time = packet->rtp_time;
  advance_unlocked (self, n_samples, TRUE);
  remember_last_unlocked (self, samples, n_samples);
  join_unlocked (self, samples, n_samples);
  if (!skip_silence_unlocked (self, packet, now, samples, n_samples)) {
    self->fifo_length += lead_in + n_samples;
    if (plain)
      adjust_delay_unlocked (self, packet, now, n_samples);
  }

  gst_oai_buffered_packet_free (packet);
}

/* The packet that is due is missing and @head is behind it. */
static void
conceal_next_unlocked (
    GstOaiPlayout *self, const GstOaiBufferedPacket *head, guint n_samples)
{
  gint64 missing = head->seqnum - self->next_seqnum;
  const guint8 *data;
  gint16 *samples;
  gsize size;
  guint covered;

  data = g_bytes_get_data (head->payload, &size);
  if (missing == 1 && self->last_was_silk && has_fec (data, size)
      && opus_packet_get_samples_per_frame (data, GST_OAI_PLAYOUT_RATE)
          <= (gint) n_samples) {
    samples = get_room_unlocked (self, MAX_PACKET);
    if (opus_decode (self->decoder, data, size, samples, n_samples, 1)
        == (gint) n_samples) {
      self->stats.lost++;
      self->stats.recovered++;
      join_unlocked (self, samples, n_samples);
      remember_last_unlocked (self, samples, n_samples);
      self->fifo_length += n_samples;
      advance_unlocked (self, n_samples, FALSE);
      return;
    }
  }

  self->have_last = FALSE;
  /* What was concealed while waiting stands for the packet now. */
  if (self->dry_decoder_active) {
    memcpy (self->decoder, self->dry_decoder, self->decoder_size);
    self->dry_decoder_active = FALSE;
    self->concealed = self->dry;
    self->stats.concealed += self->dry_plc;
    self->dry_plc = 0;
  }
  covered = MIN (self->dry, n_samples);
  self->dry -= covered;

  if (self->concealed >= MAX_CONCEAL) {
    /* nothing to be heard of the others either */
    missing = MAX (missing - 1, 1);
    self->stats.lost += missing;
    self->next_seqnum += missing;
    self->next_rtp_time += missing * n_samples * RTP_PER_SAMPLE;
    self->history = missing < 64 ? self->history << missing : 0;
    self->dry = 0;
    return;
  }

  self->stats.lost++;
  advance_unlocked (self, n_samples, FALSE);
  n_samples -= covered;
  n_samples -= n_samples % PLC_STEP;
  if (n_samples == 0)
    return;
  samples = get_room_unlocked (self, n_samples);
  conceal (self->decoder, samples, n_samples);
  self->stats.concealed += n_samples;
  covered = 0;
  if (self->concealed < LOSS_HOLD)
    covered = MIN (n_samples, LOSS_HOLD - self->concealed);
  ramp (samples, covered, &self->gain, 0.0);
  ramp (samples + covered, n_samples - covered, &self->gain, -1.0 / LOSS_FADE);
  self->fifo_length += n_samples;
  self->concealed += n_samples;
}

/* Conceals up to @n_samples while nothing is here. FALSE when the sound has
 * faded out. */
static gboolean
conceal_dry_unlocked (GstOaiPlayout *self, guint n_samples)
{
  guint hold = self->quiet ? 0 : DRY_HOLD;
  guint fade = self->quiet ? DRY_FADE_QUIET : DRY_FADE;
  guint held = 0;
  gint16 *samples;

  if (!self->dry_decoder_active) {
    memcpy (self->dry_decoder, self->decoder, self->decoder_size);
    self->dry_decoder_active = TRUE;
  }
  if (self->dry_plc >= hold + fade || self->gain <= MIN_GAIN)
    return FALSE;

  n_samples = MIN (n_samples, hold + fade - self->dry_plc);
  n_samples += PLC_STEP - 1;
  n_samples -= n_samples % PLC_STEP;
  samples = get_room_unlocked (self, n_samples);
  conceal (self->dry_decoder, samples, n_samples);
  if (self->dry_plc < hold)
    held = MIN (n_samples, hold - self->dry_plc);
  ramp (samples, held, &self->gain, 0.0);
  ramp (samples + held, n_samples - held, &self->gain, -1.0 / fade);
  self->fifo_length += n_samples;
  self->dry_plc += n_samples;
  self->dry += n_samples;

  return TRUE;
}

/* --- talkspurts --- */

/* The sound ends here, with a short fade when it was on. */
static void
end_talkspurt_unlocked (GstOaiPlayout *self)
{
  gint16 *samples;

  if (self->gain > MIN_GAIN) {
    if (!self->dry_decoder_active)
      memcpy (self->dry_decoder, self->decoder, self->decoder_size);
    samples = get_room_unlocked (self, CROSSFADE);
    conceal (self->dry_decoder, samples, CROSSFADE);
    ramp (samples, CROSSFADE, &self->gain, -1.0 / CROSSFADE);
    self->fifo_length += CROSSFADE;
  }
  self->dry_decoder_active = FALSE;
  self->dry = 0;
  self->dry_plc = 0;
  self->concealed = 0;
  self->gain = 1.0;
  self->excess_since = GST_CLOCK_TIME_NONE;
  self->may_be_stall = FALSE;
  self->stalls_before = gst_oai_jitter_get_stalls (self->jitter);
  self->waited = 0;
  self->state = STATE_IDLE;
}

/* Begins a talkspurt if the first packet has waited long enough. */
static gboolean
start_talkspurt_unlocked (GstOaiPlayout *self, GstClockTime now)
{
  const GstOaiBufferedPacket *head = gst_oai_packet_buffer_peek (self->buffer);
  GstClockTime delay;
  gint64 lag, missing = 0;
  guint64 buffered;
  gboolean known;

  if (head == NULL || now < self->not_before)
    return FALSE;

  known = self->have_next && head->stream == self->play_stream;
  if (known)
    missing = head->seqnum - self->next_seqnum;
  if (missing > 0 && missing <= MAX_FIRST_GAP
      && now < head->arrival + FIRST_PACKET_WAIT)
    return FALSE;

  self->boost_until = 0;
  self->packet_samples = head->duration / RTP_PER_SAMPLE;
  delay = get_delay_unlocked (self, now);
  buffered = gst_util_uint64_scale_int (
      gst_oai_packet_buffer_get_duration (self->buffer), GST_SECOND, 48000);
  if (now < head->arrival + delay
      && buffered < delay + get_packet_time_unlocked (self)
      && !(gst_oai_jitter_get_lag (
               self->jitter, head->segment, head->rtp_time, now, &lag)
          && lag >= (gint64) delay))
    return FALSE;

  if (head->stream != self->decoder_stream)
    reset_decoder_unlocked (self, head->stream);
  if (!known) {
    self->history = 0;
  } else if (missing > 0) {
    self->stats.lost += missing;
    self->history = missing < 64 ? self->history << missing : 0;
  } else if (head->rtp_time == self->next_rtp_time) {
    self->may_be_stall = TRUE;
    check_stall_unlocked (self);
    /* it was cut off in the middle, so it begins in the middle */
    if (!self->quiet)
      self->gain = 0.0;
  }
  self->play_stream = head->stream;
  self->have_next = TRUE;
  self->next_seqnum = head->seqnum;
  self->next_rtp_time = head->rtp_time;
  self->spurt_rtp_time = head->rtp_time;
  self->excess_since = GST_CLOCK_TIME_NONE;
  self->state = STATE_PLAYING;

  return TRUE;
}

/* Gets the next samples into the fifo. */
static Produced
produce_unlocked (GstOaiPlayout *self, GstClockTime now)
{
  const GstOaiBufferedPacket *head = gst_oai_packet_buffer_peek (self->buffer);
  gint64 missing, gap, usual, each, pause;

  if (head == NULL)
    return DRY;

  if (head->stream != self->play_stream) {
    end_talkspurt_unlocked (self);
    return PRODUCED;
  }

  missing = head->seqnum - self->next_seqnum;
  gap = head->rtp_time - self->next_rtp_time;
  usual = (gint64) self->packet_samples * RTP_PER_SAMPLE;

  if (gap - missing * usual > RTP_MS (100)
      || (missing == 0 && gap > RTP_MS (5))) {
    /* the sender paused; what is missing was lost next to a pause */
    pause = MIN (gap / RTP_PER_SAMPLE, MIN_PAUSE);
    pause -= MIN (self->dry, pause);
    self->not_before = now
        + gst_util_uint64_scale_int (pause, GST_SECOND, GST_OAI_PLAYOUT_RATE);
    end_talkspurt_unlocked (self);
    return PRODUCED;
  }

  if (missing == 0) {
    decode_next_unlocked (self, now);
    return PRODUCED;
  }

  /* the packets may have changed their size in between */
  each = gap / missing / RTP_PER_SAMPLE;
  if (each < PLC_STEP || each > MAX_PACKET || each % PLC_STEP != 0)
    each = self->packet_samples;
  conceal_next_unlocked (self, head, each);

  return PRODUCED;
}

static void
update_position_unlocked (GstOaiPlayout *self)
{
  gint64 rtp_time;

  if (self->state != STATE_PLAYING)
    return;
  rtp_time = self->next_rtp_time;
  /* what is concealed while waiting stands for no time of the sender */
  if (self->dry == 0)
    rtp_time -= (gint64) self->fifo_length * RTP_PER_SAMPLE;
  self->position_rtp_time = MAX (rtp_time, self->spurt_rtp_time);
  self->position_samples = (self->position_rtp_time - self->spurt_rtp_time)
      / RTP_PER_SAMPLE;
}

static guint
take_unlocked (GstOaiPlayout *self, gint16 *samples, guint n_samples)
{
  guint n = MIN (n_samples, self->fifo_length);

  memcpy (samples, self->fifo + self->fifo_start, n * sizeof (gint16));
  self->fifo_start += n;
  self->fifo_length -= n;
  if (self->fifo_length == 0)
    self->fifo_start = 0;

  return n;
}

/* Returns how many of @samples hold audio, the rest is silence. */
static guint
fill_unlocked (
    GstOaiPlayout *self, GstClockTime now, gint16 *samples, guint n_samples)
{
  guint position = 0, audio = 0, n;

  while (position < n_samples) {
    if (self->fifo_length > 0) {
      n = take_unlocked (self, samples + position, n_samples - position);
      audio += n;
      position += n;
      update_position_unlocked (self);
      continue;
    }

    if (self->state == STATE_IDLE && !start_talkspurt_unlocked (self, now))
      break;

    self->pull_offset = gst_util_uint64_scale_int (
        position, GST_SECOND, GST_OAI_PLAYOUT_RATE);
    if (produce_unlocked (self, now) == PRODUCED) {
      self->waited = 0;
      continue;
    }
    if (self->unhurried) {
      /* Made-up sound would stay in the recording: the stream just waits. */
      self->waited += n_samples - position;
      if (self->waited >= UNHURRIED_END)
        end_talkspurt_unlocked (self);
      break;
    }
    if (conceal_dry_unlocked (self, n_samples - position))
      continue;

    self->dry += n_samples - position;
    if (self->dry >= DRY_END)
      end_talkspurt_unlocked (self);
    break;
  }
  memset (samples + position, 0, (n_samples - position) * sizeof (gint16));

  return audio;
}

GstOaiPlayoutKind
gst_oai_playout_pull (
    GstOaiPlayout *self, GstClockTime now, gint16 *samples, guint n_samples)
{
  Snapshot before, after;
  GstClockTime duration;
  guint position, audio;

  g_return_val_if_fail (
      n_samples > 0 && n_samples <= MAX_PULL && n_samples % PLC_STEP == 0,
      GST_OAI_PLAYOUT_SILENCE);

  g_mutex_lock (&self->lock);
  before = take_snapshot_unlocked (self);
  if (!is_time (now))
    now = self->last_arrival;

  duration = gst_util_uint64_scale_int (
      n_samples, GST_SECOND, GST_OAI_PLAYOUT_RATE);
  self->pull_time = duration;
  if (GST_CLOCK_TIME_IS_VALID (self->last_pull)
      && now > self->last_pull + STALL) {
    self->behind = TRUE;
    self->silent = 0;
  }
  self->last_pull = now;
  self->skips = 0;

  position = audio = MIN (self->fade_length, n_samples);
  memcpy (samples, self->fade + self->fade_start, audio * sizeof (gint16));
  self->fade_start += audio;
  self->fade_length -= audio;

  if (self->interrupted)
    memset (samples + position, 0, (n_samples - position) * sizeof (gint16));
  else
    audio += fill_unlocked (
        self, now, samples + position, n_samples - position);

  self->stats.played += audio;
  if (audio > 0)
    self->last_audio = now + duration;
  after = take_snapshot_unlocked (self);
  g_mutex_unlock (&self->lock);

  log_changes (self, &before, &after, now);

  return audio > 0 ? GST_OAI_PLAYOUT_AUDIO : GST_OAI_PLAYOUT_SILENCE;
}

/* --- control --- */

/* Gets ready for a talkspurt that has nothing to do with the one before. */
static void
silence_unlocked (GstOaiPlayout *self)
{
  self->fifo_start = self->fifo_length = 0;
  self->dry = self->dry_plc = self->concealed = 0;
  self->dry_decoder_active = FALSE;
  self->have_last = FALSE;
  self->waited = 0;
  self->gain = 1.0;
  self->not_before = 0;
  self->excess_since = GST_CLOCK_TIME_NONE;
  self->boost_until = 0;
  self->state = STATE_IDLE;
}

/* Keeps the first 5 ms of what would have been heard next. */
static void
start_fade_unlocked (GstOaiPlayout *self, GstClockTime now)
{
  gdouble gain = 1.0;
  guint n;

  n = fill_unlocked (self, now, self->fade, INTERRUPT_FADE);
  ramp (self->fade, n, &gain, -1.0 / INTERRUPT_FADE);
  self->fade_start = 0;
  self->fade_length = n;
}

void
gst_oai_playout_interrupt (GstOaiPlayout *self, GstClockTime now)
{
  guint dropped;

  g_mutex_lock (&self->lock);
  if (!is_time (now))
    now = self->last_arrival;
  if (!self->interrupted
      && (self->state == STATE_PLAYING || self->fifo_length > 0))
    start_fade_unlocked (self, now);
  dropped = drop_before_unlocked (self, GST_CLOCK_TIME_NONE);
  drop_stray_unlocked (self);
  silence_unlocked (self);
  if (self->stream.valid)
    skip_to_unlocked (self, self->stream.number, self->stream.max_seqnum + 1);
  self->interrupted = TRUE;
  g_mutex_unlock (&self->lock);

  GST_DEBUG ("%p: interrupted at %" GST_TIME_FORMAT ", %u packets dropped",
      self, GST_TIME_ARGS (now), dropped);
}

void
gst_oai_playout_resume (GstOaiPlayout *self, GstClockTime cutoff)
{
  guint dropped = 0;
  gboolean resumed;

  g_mutex_lock (&self->lock);
  resumed = self->interrupted;
  if (resumed) {
    dropped = drop_before_unlocked (self, cutoff);
    silence_unlocked (self);
    self->interrupted = FALSE;
    self->after_interruption = TRUE;
    self->cutoff = cutoff;
  }
  g_mutex_unlock (&self->lock);

  if (resumed)
    GST_DEBUG ("%p: resumed, %u packets from before %" GST_TIME_FORMAT
               " dropped",
        self, dropped, GST_TIME_ARGS (cutoff));
}

void
gst_oai_playout_set_unhurried (GstOaiPlayout *self, gboolean unhurried)
{
  g_mutex_lock (&self->lock);
  self->unhurried = unhurried;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_oai_playout_is_unhurried (GstOaiPlayout *self)
{
  gboolean unhurried;

  g_mutex_lock (&self->lock);
  unhurried = self->unhurried;
  g_mutex_unlock (&self->lock);

  return unhurried;
}

gboolean
gst_oai_playout_is_interrupted (GstOaiPlayout *self)
{
  gboolean interrupted;

  g_mutex_lock (&self->lock);
  interrupted = self->interrupted;
  g_mutex_unlock (&self->lock);

  return interrupted;
}

gboolean
gst_oai_playout_is_active (
    GstOaiPlayout *self, GstClockTime now, GstClockTime hold)
{
  gboolean active;

  g_mutex_lock (&self->lock);
  active = self->fifo_length > 0 || self->fade_length > 0
      || gst_oai_packet_buffer_get_length (self->buffer) > 0;
  if (!active && GST_CLOCK_TIME_IS_VALID (self->last_audio))
    active = now < self->last_audio || now - self->last_audio < hold;
  g_mutex_unlock (&self->lock);

  return active;
}

void
gst_oai_playout_reset (GstOaiPlayout *self)
{
  g_mutex_lock (&self->lock);
  self->stats.dropped += gst_oai_packet_buffer_clear (self->buffer);
  drop_stray_unlocked (self);
  silence_unlocked (self);
  self->fade_length = 0;
  self->stream.valid = self->old_stream.valid = FALSE;
  self->have_next = FALSE;
  self->play_stream = self->n_streams;
  self->history = 0;
  self->packet_samples = MS (20);
  self->interrupted = self->after_interruption = FALSE;
  self->level = 0;
  self->quiet = FALSE;
  self->spurt_rtp_time = self->position_rtp_time = 0;
  self->position_samples = 0;
  self->last_audio = GST_CLOCK_TIME_NONE;
  self->last_pull = GST_CLOCK_TIME_NONE;
  self->behind = FALSE;
  gst_oai_jitter_reset (self->jitter, TRUE);
  reset_decoder_unlocked (self, self->n_streams);
  g_mutex_unlock (&self->lock);

  GST_DEBUG ("%p: reset", self);
}

guint64
gst_oai_playout_get_position (GstOaiPlayout *self, guint32 *rtp_time)
{
  guint64 samples;

  g_mutex_lock (&self->lock);
  if (rtp_time != NULL)
    *rtp_time = (guint32) self->position_rtp_time;
  samples = self->position_samples;
  g_mutex_unlock (&self->lock);

  return samples;
}

GstClockTime
gst_oai_playout_get_played_arrival (GstOaiPlayout *self)
{
  GstClockTime arrival;

  g_mutex_lock (&self->lock);
  arrival = self->played_arrival;
  g_mutex_unlock (&self->lock);

  return arrival;
}

void
gst_oai_playout_get_stats (GstOaiPlayout *self, GstOaiPlayoutStats *stats)
{
  const GstOaiBufferedPacket *head;

  g_mutex_lock (&self->lock);
  *stats = self->stats;
  head = gst_oai_packet_buffer_peek (self->buffer);
  stats->oldest = head ? head->arrival : GST_CLOCK_TIME_NONE;
  stats->jitter = gst_oai_jitter_get_delay (self->jitter);
  stats->target = get_packet_time_unlocked (self)
      + get_delay_unlocked (self, self->last_arrival);
  stats->buffered = gst_util_uint64_scale_int (
                        self->fifo_length, GST_SECOND, GST_OAI_PLAYOUT_RATE)
      + gst_util_uint64_scale_int (
          gst_oai_packet_buffer_get_duration (self->buffer), GST_SECOND, 48000);
  g_mutex_unlock (&self->lock);
}
