/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <opus.h>
#include <string.h>
#include <sys/resource.h>

#include "media/gstoaiplayout.h"
#include "media/gstoaiuplink.h"

/* The media path without clock, network and threads, to count what it costs:
 * with getrusage, or under callgrind. libopus alone does the same work beside. */

#define RATE GST_OAI_PLAYOUT_RATE
#define FRAME (RATE / 50)
#define PULL (RATE / 100)
#define MAX_PACKET 1275
/* As opusenc of the elements is set. */
#define UP_BITRATE 48000
/* As the emulator sends. */
#define DOWN_BITRATE 64000
#define COMPLEXITY 5
#define EXPECTED_LOSS 10
#define MAX_SECONDS 3600

typedef struct {
  gint16 *samples; /* of whole frames */
  gsize n_frames;
  GPtrArray *packets; /* of GBytes, one for each frame */
} Sound;

static OpusEncoder *
encoder_new (gint bitrate, gboolean fec)
{
  OpusEncoder *encoder = opus_encoder_create (
      RATE, 1, OPUS_APPLICATION_AUDIO, NULL);

  opus_encoder_ctl (encoder, OPUS_SET_BITRATE (bitrate));
  opus_encoder_ctl (encoder, OPUS_SET_COMPLEXITY (COMPLEXITY));
  if (fec) {
    opus_encoder_ctl (encoder, OPUS_SET_VBR_CONSTRAINT (1));
    opus_encoder_ctl (encoder, OPUS_SET_INBAND_FEC (1));
    opus_encoder_ctl (encoder, OPUS_SET_PACKET_LOSS_PERC (EXPECTED_LOSS));
  }
  return encoder;
}

/* Headerless S16 mono. */
static gboolean
load (const gchar *path, Sound *sound, GError **error)
{
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  sound->samples = (gint16 *) (gpointer) data;
  sound->n_frames = size / (FRAME * sizeof (gint16));
  if (sound->n_frames == 0)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is empty", path);
  return sound->n_frames > 0;
}

static gint16 *
get_frame (Sound *sound, gsize number)
{
  return sound->samples + number % sound->n_frames * FRAME;
}

static void
make_packets (Sound *sound)
{
  OpusEncoder *encoder = encoder_new (DOWN_BITRATE, FALSE);
  guint8 packet[MAX_PACKET];
  gsize i;

  sound->packets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);
  for (i = 0; i < sound->n_frames; i++) {
    gint size = opus_encode (
        encoder, get_frame (sound, i), FRAME, packet, sizeof (packet));

    g_ptr_array_add (sound->packets, g_bytes_new (packet, MAX (size, 1)));
  }
  opus_encoder_destroy (encoder);
}

/* --- what is counted --- */

/* What fails costs little. */
static void
check (gint result)
{
  g_assert_cmpint (result, >, 0);
}

static void
run_decode (Sound *sound, gsize n)
{
  OpusDecoder *decoder = opus_decoder_create (RATE, 1, NULL);
  gint16 samples[FRAME];
  gsize i;

  for (i = 0; i < n; i++) {
    GBytes *packet = g_ptr_array_index (sound->packets, i % sound->n_frames);
    gsize size;
    const guint8 *data = g_bytes_get_data (packet, &size);

    check (opus_decode (decoder, data, size, samples, FRAME, 0));
  }
  opus_decoder_destroy (decoder);
}

static void
run_playout (Sound *sound, gsize n)
{
  g_autoptr (GstOaiPlayout) playout = gst_oai_playout_new ();
  gint16 samples[PULL];
  gsize i;

  for (i = 0; i < n; i++) {
    GstClockTime now = GST_SECOND + i * 20 * GST_MSECOND;
    GstOaiPacket packet = { 0 };

    packet.payload = g_ptr_array_index (sound->packets, i % sound->n_frames);
    packet.rtp_time = (guint32) (i * 960);
    packet.seqnum = (guint16) i;
    packet.ssrc = 1;
    packet.arrival = now;
    gst_oai_playout_push (playout, &packet);
    gst_oai_playout_pull (playout, now + GST_MSECOND, samples, PULL);
    gst_oai_playout_pull (playout, now + 11 * GST_MSECOND, samples, PULL);
  }
}

static void
run_encode (Sound *sound, gsize n)
{
  OpusEncoder *encoder = encoder_new (UP_BITRATE, TRUE);
  guint8 packet[MAX_PACKET];
  gsize i;

  for (i = 0; i < n; i++)
    check (opus_encode (
        encoder, get_frame (sound, i), FRAME, packet, sizeof (packet)));
  opus_encoder_destroy (encoder);
}

static gboolean
on_frame (GstBuffer *frame, gpointer encoder)
{
  guint8 packet[MAX_PACKET];
  GstMapInfo map;

  if (gst_buffer_map (frame, &map, GST_MAP_READ)) {
    check (opus_encode (encoder, (const opus_int16 *) (gpointer) map.data,
        map.size / 2, packet, sizeof (packet)));
    gst_buffer_unmap (frame, &map);
  }
  gst_buffer_unref (frame);
  return TRUE;
}

static void
run_uplink (Sound *sound, gsize n)
{
  g_autoptr (GstOaiUplink) uplink = gst_oai_uplink_new ();
  OpusEncoder *encoder = encoder_new (UP_BITRATE, TRUE);
  gsize i;

  gst_oai_uplink_set_frame_size (uplink, 20);
  gst_oai_uplink_set_send (uplink, on_frame, encoder);
  gst_oai_uplink_open (uplink, GST_SECOND);
  for (i = 0; i < n; i++) {
    GstClockTime now = GST_SECOND + i * 20 * GST_MSECOND;
    const guint8 *data = (const guint8 *) (gpointer) get_frame (sound, i);

    gst_oai_uplink_push (uplink, data, FRAME, now + 10 * GST_MSECOND);
    gst_oai_uplink_push (uplink, data + FRAME, FRAME, now + 20 * GST_MSECOND);
    gst_oai_uplink_tick (uplink, now + 20 * GST_MSECOND);
  }
  opus_encoder_destroy (encoder);
}

static gint64
get_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC
      + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    void (*run) (Sound *sound, gsize n);
  } parts[] = {
    { "decode", run_decode },
    { "playout", run_playout },
    { "encode", run_encode },
    { "uplink", run_uplink },
  };
  g_autofree gchar *what = NULL;
  gint seconds = 60;
  GOptionEntry entries[] = {
    { "what", 0, 0, G_OPTION_ARG_STRING, &what,
        "libopus alone: decode, encode; with what the elements do besides: "
        "playout, uplink",
        "PART" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds,
        "Of sound (default 60); 0 counts what it takes to start", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext)
      context = g_option_context_new ("PCM - S16 mono 24 kHz, headerless");
  g_autoptr (GError) error = NULL;
  Sound sound = { NULL };
  gint64 before;
  guint i;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2
      || seconds < 0 || seconds > MAX_SECONDS
      || !load (argv[1], &sound, &error)) {
    g_printerr ("%s\n", error ? error->message : "see --help");
    return 2;
  }
  gst_init (NULL, NULL);
  make_packets (&sound);
  for (i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (g_strcmp0 (what, parts[i].name) != 0)
      continue;
    before = get_cpu ();
    parts[i].run (&sound, (gsize) seconds * 50);
    g_print ("{\"cost\":\"%s\",\"seconds\":%d,\"cpu\":%" G_GINT64_FORMAT "}\n",
        what, seconds, get_cpu () - before);
    break;
  }
  g_ptr_array_unref (sound.packets);
  g_free (sound.samples);
  if (i == G_N_ELEMENTS (parts)) {
    g_printerr ("see --help\n");
    return 2;
  }
  return 0;
}
