/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
/* for F_SETPIPE_SZ */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sound card without hardware: ALSA's file plugin over its null device, with
 * pipes for files. The null device takes and gives sound as fast as it can, and
 * only the pipes' other ends keep the time of a sound card. */

#define FRAME 320 /* samples, 20 ms at 16 kHz */

typedef struct {
  const gchar *path;
  GThread *thread;
  gint stop;

  GMutex lock; /* protects everything down to the end */
  GArray *sound; /* to be said, or what was heard */
} Card;

static void
wait_for_time (GstClock *clock, GstClockTime time)
{
  GstClockID id = gst_clock_new_single_shot_id (clock, time);

  gst_clock_id_wait (id, NULL);
  gst_clock_id_unref (id);
}

/* Writes what is to be said, and silence else. */
static gpointer
microphone_thread (gpointer data)
{
  Card *card = data;
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  /* Both ways, so that opening does not block and the pipe never breaks. */
  int fd = open (card->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  GstClockTime next = gst_clock_get_time (clock);

  while (!g_atomic_int_get (&card->stop)) {
    gint16 frame[FRAME] = { 0 };
    guint n;

    g_mutex_lock (&card->lock);
    n = MIN (FRAME, card->sound->len);
    if (n > 0) {
      memcpy (frame, card->sound->data, n * sizeof (gint16));
      g_array_remove_range (card->sound, 0, n);
    }
    g_mutex_unlock (&card->lock);
    if (write (fd, frame, sizeof (frame)) < 0)
      GST_DEBUG ("nobody listens");
    next += 20 * GST_MSECOND;
    wait_for_time (clock, next);
  }
  close (fd);
  return NULL;
}

/* Reads no faster than a card plays. */
static gpointer
loudspeaker_thread (gpointer data)
{
  Card *card = data;
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  int fd = open (card->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  GstClockTime next = gst_clock_get_time (clock);

  fcntl (fd, F_SETPIPE_SZ, 4096);
  while (!g_atomic_int_get (&card->stop)) {
    gint16 frame[FRAME];
    gssize n = read (fd, frame, sizeof (frame));

    if (n > 0) {
      g_mutex_lock (&card->lock);
      g_array_append_vals (card->sound, frame, n / sizeof (gint16));
      g_mutex_unlock (&card->lock);
    }
    next += 20 * GST_MSECOND;
    wait_for_time (clock, next);
  }
  close (fd);
  return NULL;
}

static void
card_start (Card *card, const gchar *path, GThreadFunc func)
{
  fail_unless (mkfifo (path, 0600) == 0);
  card->path = path;
  card->stop = FALSE;
  card->sound = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_mutex_init (&card->lock);
  card->thread = g_thread_new ("card", func, card);
}

static void
card_stop (Card *card)
{
  g_atomic_int_set (&card->stop, TRUE);
  g_thread_join (card->thread);
  g_array_unref (card->sound);
  g_mutex_clear (&card->lock);
}

GST_START_TEST (test_sound_card_asks_and_answers)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *dir = g_dir_make_tmp ("e2e-XXXXXX", NULL);
  g_autofree gchar *conf = g_build_filename (dir, "asound.conf", NULL);
  g_autofree gchar *mic_path = g_build_filename (dir, "mic", NULL);
  g_autofree gchar *speaker_path = g_build_filename (dir, "speaker", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("alsasrc");
  Card mic, speaker;
  E2ePipe *pipe;

  if (factory == NULL)
    g_printerr ("skipped: no alsasrc, install gstreamer1.0-alsa\n");
  if (source == NULL || factory == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  card_start (&mic, mic_path, microphone_thread);
  card_start (&speaker, speaker_path, loudspeaker_thread);
  text = g_strdup_printf (
      "pcm.nothing { type null }\n"
      "pcm.mic { type file slave.pcm nothing file /dev/null infile \"%s\" "
      "format raw }\n"
      "pcm.speaker { type file slave.pcm nothing file \"%s\" format raw "
      "perm 0600 }\n",
      mic_path, speaker_path);
  fail_unless (g_file_set_contents (conf, text, -1, NULL));
  g_setenv ("ALSA_CONFIG_PATH", conf, TRUE);

  pipe = e2e_pipe_new (
      "alsasrc device=mic provide-clock=false ! " E2E_CAPS
      " ! openairealtime base-url=%s ! audioconvert ! audioresample ! " E2E_CAPS
      " ! alsasink device=speaker provide-clock=false sync=false "
      "buffer-time=200000 latency-time=20000",
      e2e_emulator_url (emulator));
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  g_mutex_lock (&mic.lock);
  g_array_append_vals (mic.sound, question->data, question->len);
  g_mutex_unlock (&mic.lock);
  e2e_wait_event (pipe, 0, "output_audio_buffer.stopped", NULL);
  fail_unless (gst_element_send_event (pipe->pipeline, gst_event_new_eos ()));
  e2e_wait_eos (pipe);
  g_mutex_lock (&speaker.lock);
  answer = g_array_copy (speaker.sound);
  g_mutex_unlock (&speaker.lock);
  e2e_pipe_free (pipe);
  card_stop (&mic);
  card_stop (&speaker);
  e2e_remove_dir (dir);
  e2e_assert_similar (question, answer, TRUE);
}
GST_END_TEST;

static Suite *
alsa_suite (void)
{
  Suite *s = suite_create ("e2e-alsa");
  TCase *tc = tcase_create ("alsa");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_sound_card_asks_and_answers);
  return s;
}

E2E_MAIN (alsa_suite)
