/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mind.h"
#include "speech.h"

#include "protocol/gstoaijson.h"

#include <math.h>
#include <string.h>

/* Answers what its scenario says, whatever was asked. */

#define TONE_HZ 330.0
#define TONE_MS_PER_CHARACTER 60

/* Where no voice is installed, a tone as long as the words are. */
static GBytes *
make_tone (const gchar *text)
{
  gsize n = EMU_SAMPLES (
      MAX (g_utf8_strlen (text, -1), 4) * TONE_MS_PER_CHARACTER);
  gint16 *samples = g_new (gint16, n);
  gsize i;

  for (i = 0; i < n; i++)
    samples[i] = 6000 * sin (2 * G_PI * TONE_HZ * i / EMU_RATE);
  return g_bytes_new_take (samples, n * 2);
}

static void
return_thought (GTask *task, EmuThought *thought)
{
  g_task_return_pointer (task, thought, (GDestroyNotify) emu_thought_free);
}

typedef struct {
  JsonObject *answer;
  gchar *dir;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_pointer (&job->answer, json_object_unref);
  g_free (job->dir);
  g_free (job);
}

static EmuThought *
make_thought (JsonObject *answer, const gchar *text)
{
  EmuThought *thought = emu_thought_new (text, NULL);
  JsonArray *calls = gst_oai_json_get_array (answer, "calls");
  guint i;

  thought->failure = g_strdup (gst_oai_json_get_string (answer, "fail", NULL));
  for (i = 0; calls != NULL && i < json_array_get_length (calls); i++) {
    JsonObject *call = json_array_get_object_element (calls, i);
    JsonObject *object = gst_oai_json_get_object (call, "arguments");
    g_autofree gchar *arguments = object != NULL
        ? gst_oai_json_to_string (object)
        : g_strdup (gst_oai_json_get_string (call, "arguments", "{}"));
    EmuToolCall *added = emu_thought_add_call (thought,
        gst_oai_json_get_string (call, "server_label", NULL),
        gst_oai_json_get_string (call, "name", ""), arguments);

    added->needs_approval = gst_oai_json_get_boolean (
        call, "needs_approval", FALSE);
  }
  return thought;
}

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GBytes *audio = emu_speech_say_finish (result, &error);
  Job *job = g_object_get_data (G_OBJECT (task), "emu-job");
  const gchar *text = gst_oai_json_get_string (job->answer, "say", "");
  EmuThought *thought;

  if (audio == NULL
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  thought = make_thought (job->answer, text);
  thought->audio = audio != NULL ? audio : make_tone (text);
  return_thought (task, thought);
}

static gboolean
on_time (gpointer user_data)
{
  GTask *task = user_data;
  EmuPrompt *prompt = g_task_get_task_data (task);
  Job *job = g_object_get_data (G_OBJECT (task), "emu-job");
  const gchar *text = gst_oai_json_get_string (job->answer, "say", NULL);
  const gchar *wav = gst_oai_json_get_string (job->answer, "wav", NULL);
  g_autofree gchar *path = NULL;
  GError *error = NULL;
  EmuThought *thought;

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;
  if (wav != NULL && text == NULL)
    text = wav;
  if (text == NULL || !prompt->audio) {
    return_thought (task, make_thought (job->answer, text));
    return G_SOURCE_REMOVE;
  }
  if (wav == NULL) {
    emu_speech_say (text, prompt->settings, g_task_get_cancellable (task),
        on_spoken, g_object_ref (task));
    return G_SOURCE_REMOVE;
  }
  path = g_build_filename (job->dir, wav, NULL);
  thought = make_thought (job->answer, text);
  thought->audio = emu_speech_load (path, &error);
  if (thought->audio == NULL) {
    emu_thought_free (thought);
    g_task_return_error (task, error);
  } else {
    return_thought (task, thought);
  }
  return G_SOURCE_REMOVE;
}

static void
scenario_think (EmuMind *mind, GTask *task, EmuPrompt *prompt)
{
  JsonObject *answer = prompt->script != NULL
      ? emu_script_next_answer (prompt->script)
      : NULL;
  Job *job = g_new0 (Job, 1);

  if (answer != NULL) {
    job->answer = json_object_ref (answer);
  } else {
    job->answer = json_object_new ();
    json_object_set_string_member (
        job->answer, "say", "The scenario has no answer.");
  }
  if (prompt->script != NULL)
    job->dir = g_strdup (emu_script_dir (prompt->script));
  g_object_set_data_full (G_OBJECT (task), "emu-job", job, job_free);
  g_timeout_add_full (G_PRIORITY_DEFAULT,
      gst_oai_json_get_int (job->answer, "after", 0), on_time,
      g_object_ref (task), g_object_unref);
}

EmuMind *
emu_mind_scenario_new (const EmuOptions *options, GError **error)
{
  EmuMind *mind;

  if (options->scenario == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "--mind scenario needs --scenario FILE");
    return NULL;
  }
  mind = g_new0 (EmuMind, 1);
  mind->name = "scenario";
  mind->think = scenario_think;
  /* Only for transcripts. */
  mind->recogniser = emu_recogniser_new (TRUE, NULL);
  return mind;
}
