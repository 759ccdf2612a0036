/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "recorder.h"

#include "protocol/gstoaijson.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  FILE *file;
  guint32 size;
  guint32 header_size;
} Wav;

struct _EmuRecorder {
  Wav heard;
  Wav said;
  FILE *events;
};

static FILE *
open_file (const gchar *dir, const gchar *call_id, const gchar *suffix)
{
  g_autofree gchar *name = g_strconcat (call_id, suffix, NULL);
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  FILE *file = fopen (path, "wb");

  if (file == NULL)
    g_printerr ("Cannot write %s\n", path);
  return file;
}

/* The sizes in the header are kept current to one second, so that a process
 * that was killed leaves a file that plays. */
static void
wav_update_header (Wav *wav)
{
  guint8 header[EMU_WAV_HEADER];

  emu_wav_header (header, EMU_RATE, wav->size);
  fseek (wav->file, 0, SEEK_SET);
  fwrite (header, 1, sizeof (header), wav->file);
  fseek (wav->file, 0, SEEK_END);
  fflush (wav->file);
  wav->header_size = wav->size;
}

static void
wav_write (Wav *wav, const gint16 *samples, gsize n_samples)
{
  if (wav->file == NULL || wav->size > G_MAXINT32 - n_samples * 2)
    return;
  fwrite (samples, 2, n_samples, wav->file);
  wav->size += n_samples * 2;
  if (wav->size - wav->header_size >= EMU_RATE * 2)
    wav_update_header (wav);
}

static void
wav_open (Wav *wav, const gchar *dir, const gchar *call_id, const gchar *suffix)
{
  wav->file = open_file (dir, call_id, suffix);
  if (wav->file != NULL)
    wav_update_header (wav);
}

static void
wav_close (Wav *wav)
{
  if (wav->file == NULL)
    return;
  wav_update_header (wav);
  fclose (wav->file);
}

EmuRecorder *
emu_recorder_new (const gchar *dir, const gchar *call_id)
{
  EmuRecorder *recorder;

  if (dir == NULL)
    return NULL;
  recorder = g_new0 (EmuRecorder, 1);
  wav_open (&recorder->heard, dir, call_id, ".wav");
  wav_open (&recorder->said, dir, call_id, "-said.wav");
  recorder->events = open_file (dir, call_id, ".jsonl");
  return recorder;
}

void
emu_recorder_free (EmuRecorder *recorder)
{
  if (recorder == NULL)
    return;
  wav_close (&recorder->heard);
  wav_close (&recorder->said);
  if (recorder->events != NULL)
    fclose (recorder->events);
  g_free (recorder);
}

/* What is not JSON is kept as a JSON string. */
void
emu_recorder_event (
    EmuRecorder *recorder, const gchar *direction, const gchar *json)
{
  g_autofree gchar *quoted = NULL;

  if (recorder == NULL || recorder->events == NULL)
    return;
  if (!gst_oai_json_scan (json, strlen (json), G_MAXSIZE, NULL)) {
    g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
    g_autofree gchar *valid = g_utf8_make_valid (json, -1);

    json_node_set_string (node, valid);
    quoted = json_to_string (node, FALSE);
    json = quoted;
  } else {
    gchar *c;

    quoted = g_strdup (json);
    for (c = quoted; *c != '\0'; c++)
      if (*c == '\n' || *c == '\r')
        *c = ' ';
    json = quoted;
  }
  fprintf (recorder->events, "{\"t_ms\":%.3f,\"dir\":\"%s\",\"event\":%s}\n",
      emu_now_ms (), direction, json);
  fflush (recorder->events);
}

void
emu_recorder_note (EmuRecorder *recorder, const gchar *what)
{
  g_autofree gchar *json = g_strdup_printf ("{\"type\":\"%s\"}", what);

  emu_recorder_event (recorder, "note", json);
}

void
emu_recorder_heard (
    EmuRecorder *recorder, const gint16 *samples, gsize n_samples)
{
  if (recorder != NULL)
    wav_write (&recorder->heard, samples, n_samples);
}

void
emu_recorder_said (
    EmuRecorder *recorder, const gint16 *samples, gsize n_samples)
{
  if (recorder != NULL)
    wav_write (&recorder->said, samples, n_samples);
}
