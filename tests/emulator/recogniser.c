/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "recogniser.h"

#include <gio/gio.h>
#include <gst/app/gstappsrc.h>
#include <string.h>

/* Turns decoded at the same time; others wait. Each takes 75 MB. */
#define MAX_TEAMS 2
/* Part of the grammar's words that the model must have heard too. */
#define MIN_OVERLAP 0.5

/* A grammar always answers, with what resembles most; a language model hears
 * anything, and mishears short commands. So both listen: the grammar's answer
 * counts when the model heard most of its words, else the model's. */
typedef enum { GRAMMAR, MODEL, N_ENGINES } EngineKind;

typedef struct _Team Team;

/* appsrc ! audioresample ! pocketsphinx ! fakesink, in READY between turns so
 * that the models stay loaded. */
typedef struct {
  Team *team;
  GstElement *pipeline;
  GstElement *appsrc;
  guint watch;
  GString *text;
  gchar *partial;
  gboolean done;
} Engine;

struct _Team {
  EmuRecogniser *recogniser;
  Engine engines[N_ENGINES];
  EmuListening *listening;
};

struct _EmuListening {
  EmuRecogniser *recogniser;
  Team *team;
  /* What came before a team was free. */
  GByteArray *backlog;
  gboolean finished;
  EmuUnderstood func;
  gpointer user_data;
};

struct _EmuRecogniser {
  GPtrArray *teams;
  GQueue waiting;
};

static void give_team (EmuListening *listening, Team *team);

static void
listening_free (EmuListening *listening)
{
  g_byte_array_unref (listening->backlog);
  g_free (listening);
}

static gboolean
engine_exists (Engine *engine)
{
  return engine->pipeline != NULL;
}

static void
engine_start (Engine *engine)
{
  g_string_truncate (engine->text, 0);
  g_clear_pointer (&engine->partial, g_free);
  engine->done = FALSE;
  gst_element_set_state (engine->pipeline, GST_STATE_PLAYING);
}

static void
engine_stop (Engine *engine)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (engine->pipeline);

  gst_element_set_state (engine->pipeline, GST_STATE_READY);
  /* What it still had to say belongs to the turn before. */
  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);
}

/* Frees the team of a turn, and gives it the next. */
static void
release_team (Team *team)
{
  EmuListening *next;
  guint i;

  team->listening = NULL;
  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i]))
      engine_stop (&team->engines[i]);
  next = g_queue_pop_head (&team->recogniser->waiting);
  if (next != NULL)
    give_team (next, team);
}

static gdouble
overlap (const gchar *grammar, const gchar *model)
{
  g_auto (GStrv) words = g_strsplit (grammar, " ", -1);
  g_auto (GStrv) heard = g_strsplit (model != NULL ? model : "", " ", -1);
  guint n = g_strv_length (words);
  guint found = 0;
  guint i;

  for (i = 0; i < n; i++)
    if (g_strv_contains ((const gchar *const *) heard, words[i]))
      found++;
  return n > 0 ? (gdouble) found / n : 0.0;
}

static void
decide (Team *team)
{
  Engine *grammar = &team->engines[GRAMMAR];
  Engine *model = &team->engines[MODEL];
  EmuListening *listening = team->listening;
  g_autofree gchar *text = NULL;

  if (listening == NULL || !listening->finished)
    return;
  if (engine_exists (grammar)) {
    g_autofree gchar *heard = NULL;

    if (!grammar->done)
      return;
    /* The model is slow: what it has so far may do. */
    heard = g_strconcat (model->text->str, " ", model->partial, NULL);
    if (grammar->text->len > 0
        && overlap (grammar->text->str, heard) >= MIN_OVERLAP)
      text = g_strdup (grammar->text->str);
  }
  if (text == NULL) {
    if (!model->done)
      return;
    text = g_strdup (model->text->str);
  }
  listening->func (text, listening->user_data);
  listening_free (listening);
  release_team (team);
}

static gboolean
on_bus (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Engine *engine = user_data;
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
      && gst_structure_has_name (s, "pocketsphinx")) {
    const gchar *hypothesis = gst_structure_get_string (s, "hypothesis");
    gboolean final = FALSE;

    gst_structure_get_boolean (s, "final", &final);
    if (final) {
      if (engine->text->len > 0)
        g_string_append_c (engine->text, ' ');
      g_string_append (engine->text, hypothesis ? hypothesis : "");
      g_clear_pointer (&engine->partial, g_free);
    } else {
      g_free (engine->partial);
      engine->partial = g_strdup (hypothesis);
    }
    decide (engine->team);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
      || GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    engine->done = TRUE;
    decide (engine->team);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
engine_open (Engine *engine, Team *team, const gchar *options)
{
  g_autofree gchar *line = g_strdup_printf (
      "appsrc name=src format=time max-bytes=0 "
      "caps=audio/x-raw,format=S16LE,rate=24000,channels=1,"
      "layout=interleaved ! audioresample ! audio/x-raw,rate=16000 ! "
      "pocketsphinx %s ! fakesink sync=false async=false",
      options);
  g_autoptr (GstBus) bus = NULL;

  engine->team = team;
  engine->pipeline = gst_parse_launch (line, NULL);
  if (engine->pipeline == NULL)
    return FALSE;
  gst_object_ref_sink (engine->pipeline);
  engine->appsrc = gst_bin_get_by_name (GST_BIN (engine->pipeline), "src");
  engine->text = g_string_new (NULL);
  bus = gst_element_get_bus (engine->pipeline);
  engine->watch = gst_bus_add_watch (bus, on_bus, engine);
  return gst_element_set_state (engine->pipeline, GST_STATE_READY)
      != GST_STATE_CHANGE_FAILURE;
}

static void
engine_close (Engine *engine)
{
  if (!engine_exists (engine))
    return;
  g_source_remove (engine->watch);
  gst_element_set_state (engine->pipeline, GST_STATE_NULL);
  gst_object_unref (engine->appsrc);
  gst_object_unref (engine->pipeline);
  g_string_free (engine->text, TRUE);
  g_free (engine->partial);
}

static void
team_free (gpointer data)
{
  Team *team = data;
  guint i;

  for (i = 0; i < N_ENGINES; i++)
    engine_close (&team->engines[i]);
  g_free (team);
}

static Team *
team_new (EmuRecogniser *recogniser)
{
  Team *team = g_new0 (Team, 1);

  team->recogniser = recogniser;
  if (!engine_open (&team->engines[MODEL], team, "")) {
    team_free (team);
    return NULL;
  }
#ifdef EMU_TALK_FSG
  if (!engine_open (
          &team->engines[GRAMMAR], team, "fsg=\"" EMU_TALK_FSG "\"")) {
    team_free (team);
    return NULL;
  }
#endif
  return team;
}

static void
team_feed (Team *team, const guint8 *data, gsize size)
{
  guint i;

  for (i = 0; i < N_ENGINES; i++) {
    GstBuffer *buffer;

    if (size == 0 || !engine_exists (&team->engines[i]))
      continue;
    buffer = gst_buffer_new_memdup (data, size);
    gst_app_src_push_buffer (GST_APP_SRC (team->engines[i].appsrc), buffer);
  }
}

static void
team_finish (Team *team)
{
  guint i;

  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i]))
      gst_app_src_end_of_stream (GST_APP_SRC (team->engines[i].appsrc));
}

static void
give_team (EmuListening *listening, Team *team)
{
  guint i;

  team->listening = listening;
  listening->team = team;
  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i]))
      engine_start (&team->engines[i]);
  team_feed (team, listening->backlog->data, listening->backlog->len);
  g_byte_array_set_size (listening->backlog, 0);
  if (listening->finished)
    team_finish (team);
}

/* pocketsphinx writes pages to stderr; this is its own switch. */
static void
silence_pocketsphinx (void)
{
  GModule *module = g_module_open ("libsphinxbase.so.3", G_MODULE_BIND_LAZY);
  void (*err_set_logfp) (gpointer);

  if (module != NULL
      && g_module_symbol (
          module, "err_set_logfp", (gpointer *) (gpointer) &err_set_logfp))
    err_set_logfp (NULL);
}

EmuRecogniser *
emu_recogniser_new (GError **error)
{
  EmuRecogniser *recogniser;
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("pocketsphinx");
  Team *team;

  if (factory == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "There is no GStreamer element 'pocketsphinx'. Install "
        "gstreamer1.0-pocketsphinx and pocketsphinx-en-us.");
    return NULL;
  }
  silence_pocketsphinx ();
  recogniser = g_new0 (EmuRecogniser, 1);
  g_queue_init (&recogniser->waiting);
  recogniser->teams = g_ptr_array_new_with_free_func (team_free);
  team = team_new (recogniser);
  if (team == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "pocketsphinx does not start. Install pocketsphinx-en-us.");
    emu_recogniser_free (recogniser);
    return NULL;
  }
  g_ptr_array_add (recogniser->teams, team);
  return recogniser;
}

void
emu_recogniser_free (EmuRecogniser *recogniser)
{
  EmuListening *listening;

  while ((listening = g_queue_pop_head (&recogniser->waiting)) != NULL) {
    if (listening->func != NULL)
      listening->func ("", listening->user_data);
    listening_free (listening);
  }
  while (recogniser->teams->len > 0) {
    Team *team = g_ptr_array_index (recogniser->teams, 0);

    if (team->listening != NULL) {
      if (team->listening->func != NULL)
        team->listening->func ("", team->listening->user_data);
      listening_free (team->listening);
    }
    g_ptr_array_remove_index (recogniser->teams, 0);
  }
  g_ptr_array_unref (recogniser->teams);
  g_free (recogniser);
}

EmuListening *
emu_recogniser_listen (EmuRecogniser *recogniser)
{
  EmuListening *listening = g_new0 (EmuListening, 1);
  Team *team;
  guint i;

  listening->recogniser = recogniser;
  listening->backlog = g_byte_array_new ();
  for (i = 0; i < recogniser->teams->len; i++) {
    team = g_ptr_array_index (recogniser->teams, i);
    if (team->listening == NULL) {
      give_team (listening, team);
      return listening;
    }
  }
  team = recogniser->teams->len < MAX_TEAMS ? team_new (recogniser) : NULL;
  if (team != NULL) {
    g_ptr_array_add (recogniser->teams, team);
    give_team (listening, team);
  } else {
    g_queue_push_tail (&recogniser->waiting, listening);
  }
  return listening;
}

void
emu_listening_feed (EmuListening *listening, const gint16 *samples, gsize n)
{
  if (listening->team != NULL)
    team_feed (listening->team, (const guint8 *) samples, n * 2);
  else
    g_byte_array_append (
        listening->backlog, (const guint8 *) samples, n * 2);
}

void
emu_listening_finish (
    EmuListening *listening, EmuUnderstood func, gpointer user_data)
{
  listening->finished = TRUE;
  listening->func = func;
  listening->user_data = user_data;
  if (listening->team != NULL)
    team_finish (listening->team);
}

void
emu_listening_cancel (EmuListening *listening)
{
  Team *team = listening->team;

  if (team == NULL)
    g_queue_remove (&listening->recogniser->waiting, listening);
  listening_free (listening);
  if (team != NULL)
    release_team (team);
}
