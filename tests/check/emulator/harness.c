/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "harness.h"

#include "settings.h"
#include "speech.h"
#include "translation.h"

#include "protocol/gstoaijson.h"

#include <math.h>
#include <string.h>

#define PATIENCE_MS 20000

static gboolean
on_sent (const gchar *json, gpointer user_data)
{
  Talk *talk = user_data;
  JsonObject *event = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, NULL);

  if (event != NULL)
    g_ptr_array_add (talk->events, event);
  else
    g_ptr_array_add (talk->garbage, g_strdup (json));
  return TRUE;
}

static void
on_ended (const gchar *reason, gpointer user_data)
{
  Talk *talk = user_data;

  g_free (talk->end_reason);
  talk->end_reason = g_strdup (reason);
}

static gboolean
on_pull (gpointer user_data)
{
  Talk *talk = user_data;
  gint16 frame[EMU_FRAME];

  if (talk->hold
      || (talk->hold_at_ms > 0 && talk->played_ms >= talk->hold_at_ms))
    return G_SOURCE_CONTINUE;
  if (emu_session_speak (talk->session, frame)) {
    talk->played_ms += EMU_MS (EMU_FRAME);
    emu_recorder_said (talk->recorder, frame, EMU_FRAME);
    g_array_append_vals (talk->said, frame, EMU_FRAME);
  }
  return G_SOURCE_CONTINUE;
}

/* The rest is made by start (). */
static Talk *
prepare (const gchar *command_line)
{
  Talk *talk = g_new0 (Talk, 1);
  g_autofree gchar *line = g_strconcat (
      "emulator ", command_line ? command_line : "", NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GPtrArray) copy = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  gint argc;
  gint i;

  fail_unless (g_shell_parse_argv (line, &argc, &argv, &error));
  /* The parser takes elements out. */
  for (i = 0; i <= argc; i++)
    g_ptr_array_add (copy, argv[i]);
  talk->options = emu_options_parse (argc, (gchar **) copy->pdata, &error);
  fail_unless (talk->options != NULL, "%s", error ? error->message : "");
  talk->mind = emu_mind_new (talk->options, &error);
  fail_unless (talk->mind != NULL, "%s", error ? error->message : "");
  talk->events = g_ptr_array_new_with_free_func (
      (GDestroyNotify) json_object_unref);
  talk->garbage = g_ptr_array_new_with_free_func (g_free);
  talk->said = g_array_new (FALSE, FALSE, sizeof (gint16));
  return talk;
}

static void
start (Talk *talk, JsonObject *settings)
{
  g_autofree gchar *id = emu_make_id ("test_");

  talk->recorder = emu_recorder_new (g_getenv ("EMU_RECORD_DIR"), id);
  talk->session = emu_session_new (talk->options, talk->mind, talk->recorder,
      settings, on_sent, on_ended, talk);
  emu_session_open (talk->session);
  talk->ear = g_timeout_source_new (1);
  g_source_set_callback (talk->ear, on_pull, talk, NULL);
  g_source_attach (talk->ear, NULL);
}

/* An object; ' for ". */
static JsonObject *
parse (const gchar *config)
{
  g_autofree gchar *text = g_strdelimit (g_strdup (config), "'", '"');
  g_autoptr (GError) error = NULL;
  JsonObject *object = gst_oai_json_parse_object (
      text, strlen (text), 65536, &error);

  fail_unless (object != NULL, "%s", error ? error->message : "");
  return object;
}

Talk *
talk_new (const gchar *command_line, const gchar *config)
{
  Talk *talk = prepare (command_line);
  g_autoptr (EmuProblem) problem = NULL;
  JsonObject *settings;

  settings = emu_settings_new (NULL, talk->options->session_age);
  if (config != NULL) {
    g_autoptr (JsonObject) object = parse (config);

    fail_unless (emu_settings_update (settings, object, TRUE, FALSE, &problem),
        "%s", problem ? problem->message : "");
  }
  start (talk, settings);
  return talk;
}

Talk *
talk_new_translation (const gchar *command_line, const gchar *config)
{
  Talk *talk = prepare (command_line);
  g_autoptr (JsonObject) object = parse (config);
  g_autoptr (EmuProblem) problem = NULL;

  fail_unless (
      emu_schema_check (&emu_translation_create_schema, object, "", &problem),
      "%s", problem ? problem->message : "");
  start (
      talk, emu_translation_settings_new (object, talk->options->session_age));
  return talk;
}

void
talk_free (Talk *talk)
{
  g_source_destroy (talk->ear);
  g_source_unref (talk->ear);
  emu_session_close (talk->session);
  talk_settle (talk);
  emu_recorder_free (talk->recorder);
  emu_mind_free (talk->mind);
  emu_options_free (talk->options);
  g_ptr_array_unref (talk->events);
  g_ptr_array_unref (talk->garbage);
  g_array_unref (talk->said);
  g_free (talk->end_reason);
  g_free (talk);
}

void
talk_send (Talk *talk, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (text, "'", '"');
  emu_session_receive (talk->session, text);
}

void
talk_hear (Talk *talk, const gint16 *samples, gsize n)
{
  emu_session_hear (talk->session, samples, n);
}

void
talk_hear_silence (Talk *talk, guint ms)
{
  g_autofree gint16 *samples = g_new0 (gint16, EMU_SAMPLES (ms));

  talk_hear (talk, samples, EMU_SAMPLES (ms));
}

/* Something with the pitch and the rhythm of a voice: the detector of the
 * emulator takes it for one. */
gint16 *
make_speech (gsize *n)
{
  gint16 *samples;
  gdouble phase = 0;
  gsize i;

  *n = EMU_SAMPLES (1200);
  samples = g_new0 (gint16, *n);
  for (i = 0; i < *n; i++) {
    gdouble t = (gdouble) i / EMU_RATE;
    gdouble pitch = 120 + 15 * sin (2 * G_PI * 3 * t);
    gdouble loud = 0.6 + 0.4 * sin (2 * G_PI * 5 * t);
    gdouble sum = 0;
    guint h;

    phase += pitch / EMU_RATE;
    for (h = 1; h <= 20; h++)
      sum += sin (2 * G_PI * h * phase) / (1 + fabs (h * pitch - 700) / 300);
    samples[i] = 3000 * loud * sum;
  }
  return samples;
}

void
talk_hear_speech (Talk *talk)
{
  gsize n;
  g_autofree gint16 *samples = make_speech (&n);

  talk_hear (talk, samples, n);
}

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GBytes **words = user_data;

  *words = emu_speech_say_finish (result, &error);
  fail_unless (*words != NULL, "%s", error ? error->message : "");
}

void
talk_hear_words (Talk *talk, const gchar *text)
{
  g_autoptr (JsonObject) settings = emu_settings_new (NULL, 0);
  g_autoptr (GBytes) words = NULL;
  gsize size;
  gconstpointer samples;

  emu_speech_say (text, settings, NULL, on_spoken, &words);
  while (words == NULL)
    g_main_context_iteration (NULL, TRUE);
  samples = g_bytes_get_data (words, &size);
  emu_session_hear (talk->session, samples, size / 2);
}

static gboolean
on_patience (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

JsonObject *
talk_wait (Talk *talk, guint *from, const gchar *type)
{
  guint next = from != NULL ? *from : 0;
  gboolean late = FALSE;
  guint source = g_timeout_add (PATIENCE_MS, on_patience, &late);

  for (;;) {
    while (next < talk->events->len) {
      JsonObject *event = g_ptr_array_index (talk->events, next++);
      const gchar *got = get_string (event, "type");

      if (strcmp (got, type) == 0) {
        g_source_remove (source);
        if (from != NULL)
          *from = next;
        return event;
      }
      fail_if (strcmp (got, "error") == 0, "error instead of %s: %s", type,
          get_string (event, "error.message"));
    }
    fail_if (late, "no %s came", type);
    g_main_context_iteration (NULL, TRUE);
  }
}

void
talk_settle (Talk *talk)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

guint
talk_count (Talk *talk, const gchar *type)
{
  guint n = 0;
  guint i;

  for (i = 0; i < talk->events->len; i++)
    if (strcmp (get_string (g_ptr_array_index (talk->events, i), "type"), type)
        == 0)
      n++;
  return n;
}

gchar *
talk_types (Talk *talk, guint from, const gchar *skip)
{
  g_auto (GStrv) skipped = g_strsplit (skip != NULL ? skip : "", "|", -1);
  GString *types = g_string_new (NULL);
  const gchar *last = "";
  guint i;

  for (i = from; i < talk->events->len; i++) {
    const gchar *type = get_string (
        g_ptr_array_index (talk->events, i), "type");

    if (strcmp (type, last) == 0
        || g_strv_contains ((const gchar *const *) skipped, type))
      continue;
    g_string_append_printf (types, "%s%s", types->len > 0 ? " " : "", type);
    last = type;
  }
  return g_string_free (types, FALSE);
}

const gchar *
get_string (JsonObject *object, const gchar *path)
{
  return gst_oai_json_get_string (object, path, "");
}

gint64
get_int (JsonObject *object, const gchar *path)
{
  return gst_oai_json_get_int (object, path, -1);
}
