/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <glib/gstdio.h>

/* Questions in files, answers of the parrot: what comes back must be what was
 * asked, and the pipeline ends by itself. */

static void
ask_parrot (E2eSpeech speech, const gchar *options)
{
  g_autofree gchar *source = e2e_speech (speech);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (options);
  question = e2e_sound_load (source);
  answer = e2e_ask (emulator, source, "vad-silence-duration=900");
  e2e_assert_similar (question, answer, TRUE);
}

GST_START_TEST (test_raw_speech_comes_back)
{
  ask_parrot (E2E_SPEECH_GO_FORWARD, "--rtp pause");
}
GST_END_TEST;

GST_START_TEST (test_raw_speech_comes_back_continuous)
{
  ask_parrot (E2E_SPEECH_GO_FORWARD, "--rtp continuous");
}
GST_END_TEST;

GST_START_TEST (test_book_comes_back)
{
  ask_parrot (E2E_SPEECH_AUSTEN, "--rtp pause");
}
GST_END_TEST;

GST_START_TEST (test_book_comes_back_continuous)
{
  ask_parrot (E2E_SPEECH_AUSTEN, "--rtp continuous");
}
GST_END_TEST;

GST_START_TEST (test_card_comes_back)
{
  ask_parrot (E2E_SPEECH_CARDS, "--rtp pause");
}
GST_END_TEST;

GST_START_TEST (test_alsa_sound_comes_back)
{
  ask_parrot (E2E_SPEECH_FRONT_CENTER, "--rtp pause");
}
GST_END_TEST;

GST_START_TEST (test_alsa_sound_comes_back_continuous)
{
  ask_parrot (E2E_SPEECH_FRONT_CENTER, "--rtp continuous");
}
GST_END_TEST;

GST_START_TEST (test_every_sample_of_the_question_is_heard)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  g_autoptr (GArray) heard = NULL;
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  answer = e2e_ask (emulator, source, NULL);
  dir = g_dir_open (e2e_emulator_record_dir (emulator), 0, NULL);
  while ((name = g_dir_read_name (dir)) && heard == NULL) {
    if (g_str_has_suffix (name, ".wav")
        && !g_str_has_suffix (name, "-said.wav")) {
      g_autofree gchar *path = g_build_filename (
          e2e_emulator_record_dir (emulator), name, NULL);

      heard = e2e_sound_load_file (path);
    }
  }
  fail_unless (heard != NULL);
  fail_unless (heard->len >= question->len);
  e2e_assert_similar (question, heard, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_launch_line_of_the_manual_writes_a_wav_file)
{
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autofree gchar *dir = g_dir_make_tmp ("e2e-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "answer.wav", NULL);
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2ePipe *pipe;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  pipe = e2e_pipe_new (
      "filesrc location=/usr/share/pocketsphinx/test/data/cards/002.wav ! "
      "decodebin ! openairealtime base-url=%s idle-output=none ! wavenc ! "
      "filesink location=%s",
      e2e_emulator_url (emulator), path);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  e2e_pipe_free (pipe);
  answer = e2e_sound_load_file (path);
  e2e_assert_similar (question, answer, TRUE);
  e2e_remove_dir (dir);
}
GST_END_TEST;

/* The halves: no name needed in one pipeline. */
GST_START_TEST (test_halves_in_one_pipeline_are_one_conversation)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eCapture *capture;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  pipe = e2e_pipe_new (
      "%s ! openairealtimesink base-url=%s   openairealtimesrc "
      "idle-output=none ! " E2E_OUT,
      source, e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
}
GST_END_TEST;

static Suite *
file_suite (void)
{
  Suite *s = suite_create ("e2e-file");
  TCase *tc = tcase_create ("file");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_raw_speech_comes_back);
  tcase_add_test (tc, test_raw_speech_comes_back_continuous);
  tcase_add_test (tc, test_book_comes_back);
  tcase_add_test (tc, test_book_comes_back_continuous);
  tcase_add_test (tc, test_card_comes_back);
  tcase_add_test (tc, test_alsa_sound_comes_back);
  tcase_add_test (tc, test_alsa_sound_comes_back_continuous);
  tcase_add_test (tc, test_every_sample_of_the_question_is_heard);
  tcase_add_test (tc, test_launch_line_of_the_manual_writes_a_wav_file);
  tcase_add_test (tc, test_halves_in_one_pipeline_are_one_conversation);
  return s;
}

E2E_MAIN (file_suite)
