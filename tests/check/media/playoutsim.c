/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "playoutsim.h"

#include <math.h>
#include <opus/opus.h>
#include <string.h>

#define RATE GST_OAI_PLAYOUT_RATE
#define PAUSE_MS 300

/* Recordings of a person, 48 kHz S16 mono, Debian package alsa-utils. */
static const gchar *const recordings[] = {
  "Front_Center",
  "Front_Left",
  "Front_Right",
  "Rear_Center",
  "Rear_Left",
  "Rear_Right",
  "Side_Left",
  "Side_Right",
};

static void
append_silence (GArray *speech, guint n_samples)
{
  guint length = speech->len;

  g_array_set_size (speech, length + n_samples);
  memset (
      &g_array_index (speech, gint16, length), 0, n_samples * sizeof (gint16));
}

/* Windowed sinc of 31 taps at a quarter of the sample rate, then every other
 * sample. */
static void
append_decimated (GArray *speech, const gint16 *in, gsize n)
{
  gdouble taps[31], sum = 0.0;
  gint i;
  gsize at;

  for (i = 0; i < 31; i++) {
    gdouble x = (i - 15) / 2.0;

    taps[i] = (i == 15 ? 1.0 : sin (G_PI * x) / (G_PI * x))
        * (0.5 + 0.5 * cos (G_PI * (i - 15) / 16.0));
    sum += taps[i];
  }
  for (at = 0; at + 31 <= n; at += 2) {
    gdouble value = 0.0;
    gint16 sample;

    for (i = 0; i < 31; i++)
      value += taps[i] * GINT16_FROM_LE (in[at + i]);
    sample = CLAMP (value / sum, -32768.0, 32767.0);
    g_array_append_val (speech, sample);
  }
}

static gboolean
append_recording (GArray *speech, const gchar *name)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *contents = NULL;
  gsize size;

  path = g_strdup_printf ("/usr/share/sounds/alsa/%s.wav", name);
  if (!g_file_get_contents (path, &contents, &size, NULL) || size < 48000)
    return FALSE;
  append_decimated (speech, (const gint16 *) (contents + 44), (size - 44) / 2);

  return TRUE;
}

/* Pulses at a gliding pitch through two resonances, in syllables. */
static void
append_synthetic (GArray *speech, GRand *rand)
{
  gdouble y1 = 0, y2 = 0, z1 = 0, z2 = 0, phase = 0;
  gdouble pitch = g_rand_double_range (rand, 110, 180);
  guint n = RATE * 3 / 2, i;

  for (i = 0; i < n; i++) {
    gdouble t = (gdouble) i / RATE;
    gdouble envelope = MAX (0.0, sin (2 * G_PI * 3.5 * t)) * sin (G_PI * i / n);
    gdouble pulse = 0.0, y, z;
    gint16 sample;

    phase += (pitch + 15 * sin (2 * G_PI * 1.3 * t)) / RATE;
    if (phase >= 1.0) {
      phase -= 1.0;
      pulse = 1.0;
    }
    y = pulse + 1.88 * y1 - 0.92 * y2;
    y2 = y1;
    y1 = y;
    z = y + 1.62 * z1 - 0.88 * z2;
    z2 = z1;
    z1 = z;
    sample = CLAMP (envelope * z * 400 + g_rand_double_range (rand, -8, 8),
        -32768.0, 32767.0);
    g_array_append_val (speech, sample);
  }
}

GArray *
sim_speech (gdouble seconds)
{
  GArray *speech = g_array_new (FALSE, FALSE, sizeof (gint16));
  GRand *rand = g_rand_new_with_seed (1);
  guint i = 0;

  while (speech->len < seconds * RATE) {
    if (!append_recording (speech, recordings[i++ % G_N_ELEMENTS (recordings)]))
      append_synthetic (speech, rand);
    append_silence (speech, RATE * PAUSE_MS / 1000);
  }
  g_rand_free (rand);

  return speech;
}

static void
clear_packet (gpointer data)
{
  g_bytes_unref (((SimPacket *) data)->payload);
}

GArray *
sim_encode (GArray *speech, guint packet_ms, gboolean fec, guint16 seqnum,
    guint32 rtp_time, guint32 ssrc, GstClockTime first_sent)
{
  GArray *packets = g_array_new (FALSE, TRUE, sizeof (SimPacket));
  guint frame = RATE * packet_ms / 1000, at;
  OpusEncoder *encoder;
  guint8 data[1500];
  gint error, size;

  g_array_set_clear_func (packets, clear_packet);
  encoder = opus_encoder_create (RATE, 1, OPUS_APPLICATION_VOIP, &error);
  g_assert (error == OPUS_OK);
  opus_encoder_ctl (encoder, OPUS_SET_BITRATE (32000));
  opus_encoder_ctl (encoder, OPUS_SET_COMPLEXITY (5));
  if (fec) {
    opus_encoder_ctl (encoder, OPUS_SET_INBAND_FEC (1));
    opus_encoder_ctl (encoder, OPUS_SET_PACKET_LOSS_PERC (20));
    opus_encoder_ctl (encoder, OPUS_SET_SIGNAL (OPUS_SIGNAL_VOICE));
  }
  for (at = 0; at + frame <= speech->len; at += frame) {
    SimPacket packet = { 0 };

    size = opus_encode (encoder, &g_array_index (speech, gint16, at), frame,
        data, sizeof (data));
    g_assert (size > 0);
    packet.payload = g_bytes_new (data, size);
    packet.rtp_time = rtp_time + 2 * at;
    packet.seqnum = seqnum + packets->len;
    packet.ssrc = ssrc;
    packet.duration = 2 * frame;
    packet.sent = first_sent + gst_util_uint64_scale_int (at, GST_SECOND, RATE);
    packet.arrival = packet.sent;
    packet.played = GST_CLOCK_TIME_NONE;
    g_array_append_val (packets, packet);
  }
  opus_encoder_destroy (encoder);

  return packets;
}

void
sim_append (GArray *packets, GArray *more)
{
  guint i;

  for (i = 0; i < more->len; i++) {
    SimPacket packet = g_array_index (more, SimPacket, i);

    g_bytes_ref (packet.payload);
    g_array_append_val (packets, packet);
  }
}

void
sim_delay (GArray *packets, SimDelay delay, guint32 seed, gboolean fifo)
{
  GRand *rand = g_rand_new_with_seed (seed);
  GstClockTime last = 0;
  guint i;

  for (i = 0; i < packets->len; i++) {
    SimPacket *packet = &g_array_index (packets, SimPacket, i);

    packet->arrival = packet->sent + MAX (delay (rand, i), 0);
    if (fifo)
      packet->arrival = MAX (packet->arrival, last);
    last = packet->arrival;
  }
  g_rand_free (rand);
}

static gint
compare_arrival (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const SimPacket *x = *(SimPacket *const *) a;
  const SimPacket *y = *(SimPacket *const *) b;

  if (x->arrival != y->arrival)
    return x->arrival < y->arrival ? -1 : 1;

  return x < y ? -1 : 1;
}

SimOutput *
sim_output_new (void)
{
  SimOutput *output = g_new0 (SimOutput, 1);

  output->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  output->kinds = g_array_new (FALSE, FALSE, sizeof (GstOaiPlayoutKind));

  return output;
}

void
sim_output_free (SimOutput *output)
{
  g_array_unref (output->samples);
  g_array_unref (output->kinds);
  g_free (output);
}

GstOaiPlayoutKind
sim_pull (GstOaiPlayout *playout, GstClockTime at, SimOutput *output)
{
  GstOaiPlayoutKind kind;
  gint16 samples[SIM_FRAME];

  kind = gst_oai_playout_pull (playout, SIM_START + at, samples, SIM_FRAME);
  g_array_append_vals (output->samples, samples, SIM_FRAME);
  g_array_append_val (output->kinds, kind);

  return kind;
}

void
sim_push (GstOaiPlayout *playout, const SimPacket *packet)
{
  GstOaiPacket p = { 0 };

  p.payload = packet->payload;
  p.rtp_time = packet->rtp_time;
  p.seqnum = packet->seqnum;
  p.ssrc = packet->ssrc;
  p.arrival = SIM_START + packet->arrival;
  gst_oai_playout_push (playout, &p);
}

SimOutput *
sim_run (GstOaiPlayout *playout, GArray *packets, GstClockTime phase,
    GstClockTime tail)
{
  SimOutput *output = sim_output_new ();
  GPtrArray *arriving = g_ptr_array_new ();
  GstClockTime at, end = 0;
  guint32 before, after;
  guint i, next = 0, playing = 0;

  for (i = 0; i < packets->len; i++) {
    SimPacket *packet = &g_array_index (packets, SimPacket, i);

    if (!packet->lost)
      g_ptr_array_add (arriving, packet);
    end = MAX (end, packet->arrival);
  }
  g_ptr_array_sort_with_data (arriving, compare_arrival, NULL);

  for (at = phase; at < end + tail; at += 10 * GST_MSECOND) {
    while (next < arriving->len) {
      SimPacket *packet = g_ptr_array_index (arriving, next);

      if (packet->arrival > at)
        break;
      sim_push (playout, packet);
      next++;
    }
    sim_pull (playout, at, output);
    gst_oai_playout_get_position (playout, &after);

    /* packets whose first sample went out in this pull, to 2.5 ms or better
     * when something else was put out before it */
    while (playing < packets->len) {
      SimPacket *packet = &g_array_index (packets, SimPacket, playing);
      gint32 ahead = after - packet->rtp_time;

      if (ahead <= 0)
        break;
      before = MIN (ahead, 2 * SIM_FRAME);
      packet->played = at + 10 * GST_MSECOND
          - gst_util_uint64_scale_int (before, GST_SECOND, 48000);
      playing++;
    }
  }
  gst_oai_playout_get_stats (playout, &output->stats);
  g_ptr_array_unref (arriving);

  return output;
}

GArray *
sim_reference (GArray *packets)
{
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  OpusDecoder *decoder;
  gint16 pcm[RATE * 120 / 1000];
  gint error, n;
  guint i;

  decoder = opus_decoder_create (RATE, 1, &error);
  g_assert (error == OPUS_OK);
  for (i = 0; i < packets->len; i++) {
    SimPacket *packet = &g_array_index (packets, SimPacket, i);

    n = opus_decode (decoder, g_bytes_get_data (packet->payload, NULL),
        g_bytes_get_size (packet->payload), pcm, G_N_ELEMENTS (pcm), 0);
    g_assert (n > 0);
    g_array_append_vals (samples, pcm, n);
  }
  opus_decoder_destroy (decoder);

  return samples;
}

gint
sim_find (GArray *haystack, GArray *needle, guint from, guint length)
{
  const gint16 *n = &g_array_index (needle, gint16, from);
  guint i;

  for (i = 0; i + length <= haystack->len; i++) {
    if (memcmp (
            &g_array_index (haystack, gint16, i), n, length * sizeof (gint16))
        == 0)
      return i;
  }

  return -1;
}

void
sim_waits (GArray *packets, gdouble *mean_ms, gdouble *max_ms)
{
  gdouble sum = 0.0;
  guint i, n = 0;

  *max_ms = 0.0;
  for (i = 0; i < packets->len; i++) {
    SimPacket *packet = &g_array_index (packets, SimPacket, i);
    gdouble wait;

    if (packet->lost || !GST_CLOCK_TIME_IS_VALID (packet->played)
        || packet->played < packet->arrival)
      continue;
    wait = (gdouble) (packet->played - packet->arrival) / GST_MSECOND;
    sum += wait;
    *max_ms = MAX (*max_ms, wait);
    n++;
  }
  *mean_ms = n > 0 ? sum / n : 0.0;
}
