/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "speech.h"

#include "protocol/gstoaijson.h"

#include <gst/audio/audio.h>
#include <string.h>

#define ESPEAK "espeak-ng"
#define MAX_TEXT 4000
#define WORDS_PER_MINUTE 170

/* Voices that can be told apart by ear and by pitch. */
static const struct {
  const gchar *voice;
  const gchar *espeak;
  gint pitch;
} voices[] = {
  { "alloy", "en-us", 50 },
  { "ash", "en-us+m3", 35 },
  { "ballad", "en-gb+m5", 45 },
  { "coral", "en-us+f2", 60 },
  { "echo", "en-us+m1", 30 },
  { "sage", "en-gb+f4", 55 },
  { "shimmer", "en-us+f5", 75 },
  { "verse", "en-us+m7", 55 },
  { "marin", "en-us+f3", 50 },
  { "cedar", "en-us+m2", 25 },
};

gboolean
emu_speech_available (void)
{
  g_autofree gchar *path = g_find_program_in_path (ESPEAK);

  return path != NULL;
}

/* espeak-ng writes a WAV whose sizes are made up: it streams. */
static GBytes *
wav_to_pcm (GBytes *wav, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (wav, &size);
  gsize at = 12;
  guint rate = 0;
  GstAudioInfo in, out;
  GstAudioConverter *converter;
  gpointer in_planes[1], out_planes[1];
  gsize n_in, n_out;
  gint16 *pcm;

  if (size < 12 || memcmp (data, "RIFF", 4) != 0)
    goto broken;
  while (at + 8 <= size) {
    guint32 chunk = GST_READ_UINT32_LE (data + at + 4);

    if (memcmp (data + at, "data", 4) == 0)
      break;
    if (memcmp (data + at, "fmt ", 4) == 0 && at + 24 <= size
        && GST_READ_UINT16_LE (data + at + 10) == 1
        && GST_READ_UINT16_LE (data + at + 22) == 16)
      rate = GST_READ_UINT32_LE (data + at + 12);
    if (chunk > size)
      goto broken;
    at += 8 + chunk;
  }
  at += 8;
  if (at >= size || rate < 8000 || rate > 96000)
    goto broken;

  n_in = (size - at) / 2;
  gst_audio_info_set_format (&in, GST_AUDIO_FORMAT_S16LE, rate, 1, NULL);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, EMU_RATE, 1, NULL);
  converter = gst_audio_converter_new (0, &in, &out, NULL);
  n_out = gst_audio_converter_get_out_frames (converter, n_in);
  pcm = g_new0 (gint16, n_out + 1);
  in_planes[0] = (gpointer) (data + at);
  out_planes[0] = pcm;
  gst_audio_converter_samples (
      converter, 0, in_planes, n_in, out_planes, n_out);
  gst_audio_converter_free (converter);
  return g_bytes_new_take (pcm, n_out * 2);

broken:
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "this is no WAV of mono S16");
  return NULL;
}

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) wav = NULL;
  GBytes *pcm = NULL;

  if (!g_subprocess_communicate_finish (
          G_SUBPROCESS (source), result, &wav, NULL, &error)) {
    g_subprocess_force_exit (G_SUBPROCESS (source));
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  pcm = wav_to_pcm (wav, &error);
  if (pcm == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, pcm, (GDestroyNotify) g_bytes_unref);
}

void
emu_speech_say (const gchar *text, JsonObject *settings,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GBytes) input = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *speed = NULL;
  g_autofree gchar *pitch = NULL;
  const gchar *voice = gst_oai_json_get_string (
      settings, "audio.output.voice", "marin");
  guint v = 0, i;

  for (i = 0; i < G_N_ELEMENTS (voices); i++)
    if (strcmp (voices[i].voice, voice) == 0)
      v = i;
  speed = g_strdup_printf ("%d",
      (gint) (WORDS_PER_MINUTE
          * gst_oai_json_get_double (settings, "audio.output.speed", 1.0)));
  pitch = g_strdup_printf ("%d", voices[v].pitch);
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
          | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
      &error, ESPEAK, "--stdin", "--stdout", "-b", "1", "-v", voices[v].espeak,
      "-s", speed, "-p", pitch, NULL);
  if (process == NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  /* By stdin: text from the network is no place for options. */
  input = g_bytes_new (text, strnlen (text, MAX_TEXT));
  g_subprocess_communicate_async (
      process, input, cancellable, on_spoken, g_steal_pointer (&task));
}

GBytes *
emu_speech_load (const gchar *path, GError **error)
{
  g_autoptr (GBytes) wav = NULL;
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return NULL;
  wav = g_bytes_new_take (data, size);
  return wav_to_pcm (wav, error);
}

GBytes *
emu_speech_say_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
