/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "recogniser.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/app/gstappsrc.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#ifndef EMU_TALK_DICT
#define EMU_TALK_DICT ""
#endif

GST_DEBUG_CATEGORY_STATIC (recogniser_debug);
#define GST_CAT_DEFAULT recogniser_debug

/* Turns decoded at the same time; others wait. Each takes 75 MB. */
#define MAX_TEAMS 3
/* Probability of one sound of <other> in the grammar, per step: the higher, the
 * more is taken for unknown. sphinx_jsgf2fsg makes it 1. Of 22 commands and 15
 * other sentences, spoken by people and by three voices of espeak-ng, these
 * many were told apart: 27 with 0.03, 28 with 0.003, 34 with 0.001, 31 with
 * 0.0001. */
#define SOUND_PROBABILITY "0.001"
/* pocketsphinx counts probabilities in powers of this. */
#define LOG_BASE 1.0001

/* A language model hears anything, slowly, and mishears short commands; the
 * grammar is quick and sure of the commands, and hears everything else as a row
 * of sounds. Both listen; the grammar's answer counts unless it has sounds. */
typedef enum {
  GRAMMAR,
  MODEL,
  N_ENGINES
} EngineKind;

typedef struct _Team Team;

/* appsrc ! audioresample ! pocketsphinx ! fakesink, in READY between turns so
 * that the models stay loaded. */
typedef struct {
  Team *team;
  GstElement *pipeline;
  GstElement *appsrc;
  guint watch;
  GString *text;
  /* The end of what was said last, until something new begins. */
  gchar *final;
  glong final_confidence;
  /* Posterior probability of the text; 0 (certain) of a grammar's. */
  gdouble logprob;
  gboolean done;
} Engine;

struct _Team {
  EmuRecogniser *recogniser;
  Engine engines[N_ENGINES];
  EmuListening *listening;
  /* Loading, listening, or finishing. */
  gboolean busy;
  GThread *loader;
  gboolean failed;
  gint loaded;
};

struct _EmuListening {
  EmuRecogniser *recogniser;
  Team *team;
  /* What came before a team was free. */
  GByteArray *backlog;
  gboolean finished;
  gboolean refused;
  EmuUnderstood func;
  gpointer user_data;
};

struct _EmuRecogniser {
  /* The grammar with its weights, a file of this process; or NULL. */
  gchar *fsg;
  GPtrArray *teams;
  GQueue waiting;
};

static void give_team (EmuListening *listening, Team *team);
static void load_team (Team *team);

static void
listening_free (EmuListening *listening)
{
  g_byte_array_unref (listening->backlog);
  g_free (listening);
}

/* Nobody can listen. */
static void
refuse (EmuListening *listening)
{
  if (listening->finished) {
    listening->func ("", 0, listening->user_data);
    listening_free (listening);
  } else {
    listening->refused = TRUE;
    g_byte_array_set_size (listening->backlog, 0);
  }
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
  g_clear_pointer (&engine->final, g_free);
  engine->logprob = 0;
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

/* pocketsphinx 5.1.1 ends the process in the second turn of a language model: "Assertion
 * `hmm_frame(&hmm->hmm) == frame_idx' failed". It has a property that those before
 * have not. */
static gboolean
engine_wears_out (Engine *engine)
{
  g_autoptr (GstElement)
      decoder = gst_bin_get_by_name (GST_BIN (engine->pipeline), "decoder");

  return g_object_class_find_property (G_OBJECT_GET_CLASS (decoder), "jsgf")
      != NULL;
}

static gboolean
team_is_done (Team *team)
{
  guint i;

  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i]) && !team->engines[i].done)
      return FALSE;
  return TRUE;
}

/* For the next turn, if one waits. */
static void
free_team (Team *team)
{
  EmuListening *next = g_queue_pop_head (&team->recogniser->waiting);

  team->busy = FALSE;
  if (next != NULL)
    give_team (next, team);
}

/* The turn has its answer. The team is free when all of it has finished: one
 * that is stopped in the middle would put the rest before its next turn. */
static void
release_team (Team *team)
{
  guint i;

  team->listening = NULL;
  if (!team_is_done (team))
    return;
  if (engine_wears_out (&team->engines[MODEL])) {
    load_team (team);
    return;
  }
  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i]))
      engine_stop (&team->engines[i]);
  free_team (team);
}

static void
decide (Team *team)
{
  Engine *grammar = &team->engines[GRAMMAR];
  Engine *model = &team->engines[MODEL];
  EmuListening *listening = team->listening;
  g_autofree gchar *text = NULL;
  gdouble logprob = 0;

  if (listening == NULL || !listening->finished)
    return;
  if (engine_exists (grammar)) {
    if (!grammar->done)
      return;
    if (grammar->text->len > 0 && strchr (grammar->text->str, '_') == NULL) {
      text = g_strdup (grammar->text->str);
      logprob = grammar->logprob;
    }
  }
  if (text == NULL) {
    if (!model->done)
      return;
    text = g_strdup (model->text->str);
    logprob = model->logprob;
  }
  GST_INFO ("grammar '%s', model '%s'",
      engine_exists (grammar) ? grammar->text->str : "", model->text->str);
  listening->func (text, logprob, listening->user_data);
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
    glong confidence = 0;

    if (hypothesis == NULL)
      hypothesis = "";
    gst_structure_get_boolean (s, "final", &final);
    /* An int is in it, whatever its type says. */
    gst_structure_get (s, "confidence", G_TYPE_LONG, &confidence, NULL);
    /* pocketsphinx 5 says the last one once more at the end of the stream. */
    if (final && engine->final != NULL && engine->final_confidence == confidence
        && g_strcmp0 (engine->final, hypothesis) == 0)
      return G_SOURCE_CONTINUE;
    g_clear_pointer (&engine->final, g_free);
    if (final) {
      engine->final = g_strdup (hypothesis);
      engine->final_confidence = confidence;
      if (engine != &engine->team->engines[GRAMMAR])
        engine->logprob += (gint32) confidence * log (LOG_BASE);
      if (engine->text->len > 0)
        g_string_append_c (engine->text, ' ');
      g_string_append (engine->text, hypothesis);
    }
    decide (engine->team);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
      || GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    engine->done = TRUE;
    if (engine->team->listening == NULL)
      release_team (engine->team);
    else
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
      "pocketsphinx name=decoder %s ! fakesink sync=false async=false",
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
  return TRUE;
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
  g_free (engine->final);
}

static void
team_free (gpointer data)
{
  Team *team = data;
  guint i;

  g_clear_pointer (&team->loader, g_thread_join);
  for (i = 0; i < N_ENGINES; i++)
    engine_close (&team->engines[i]);
  g_free (team);
}

static gboolean
team_load (Team *team)
{
  guint i;

  for (i = 0; i < N_ENGINES; i++)
    if (engine_exists (&team->engines[i])) {
      GstElement *pipeline = team->engines[i].pipeline;

      gst_element_set_state (pipeline, GST_STATE_NULL);
      if (gst_element_set_state (pipeline, GST_STATE_READY)
          == GST_STATE_CHANGE_FAILURE)
        return FALSE;
    }
  return TRUE;
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
  if (recogniser->fsg != NULL) {
    g_autofree gchar *options = g_strdup_printf (
        "fsg=\"%s\" dict=\"" EMU_TALK_DICT "\"", recogniser->fsg);

    if (!engine_open (&team->engines[GRAMMAR], team, options)) {
      team_free (team);
      return NULL;
    }
  }
  return team;
}

static void
recogniser_clear (gpointer data)
{
  EmuRecogniser *recogniser = data;

  g_ptr_array_unref (recogniser->teams);
  g_free (recogniser->fsg);
}

static void
recogniser_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, recogniser_clear);
}

static gboolean
on_team_loaded (gpointer user_data)
{
  EmuRecogniser *recogniser = user_data;
  guint i;

  /* By the recogniser: the team may be gone by now, the list knows. */
  for (i = 0; i < recogniser->teams->len; i++) {
    Team *team = g_ptr_array_index (recogniser->teams, i);

    if (team->loader == NULL || !g_atomic_int_get (&team->loaded))
      continue;
    g_clear_pointer (&team->loader, g_thread_join);
    if (team->failed) {
      /* Stays busy for ever; who waits for it hears nothing. */
      EmuListening *listening;

      while ((listening = g_queue_pop_head (&recogniser->waiting)) != NULL)
        refuse (listening);
    } else {
      free_team (team);
    }
  }
  return G_SOURCE_REMOVE;
}

/* Reads the models, which takes a second: not in the main loop. */
static gpointer
loader_thread (gpointer data)
{
  Team *team = data;

  team->failed = !team_load (team);
  g_atomic_int_set (&team->loaded, TRUE);
  /* It may come when the recogniser has gone. */
  emu_post (on_team_loaded, g_atomic_rc_box_acquire (team->recogniser),
      recogniser_unref);
  return NULL;
}

static void
load_team (Team *team)
{
  team->busy = TRUE;
  g_atomic_int_set (&team->loaded, FALSE);
  team->loader = g_thread_new ("recogniser", loader_thread, team);
}

static void
add_team (EmuRecogniser *recogniser)
{
  Team *team = team_new (recogniser);

  if (team == NULL)
    return;
  g_ptr_array_add (recogniser->teams, team);
  load_team (team);
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
  team->busy = TRUE;
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

  if (module == NULL)
    module = g_module_open ("libpocketsphinx.so.5", G_MODULE_BIND_LAZY);
  if (module != NULL
      && g_module_symbol (
          module, "err_set_logfp", (gpointer *) (gpointer) &err_set_logfp))
    err_set_logfp (NULL);
}

/* "TRANSITION 0 1 1.000000 _aa" gets its probability. */
static gchar *
write_grammar (void)
{
#ifdef EMU_TALK_FSG
  g_autofree gchar *text = NULL;
  g_autofree gchar *weighted = NULL;
  g_autofree gchar *path = NULL;
  g_autoptr (GRegex) regex = NULL;
  gint fd;

  if (!g_file_get_contents (EMU_TALK_FSG, &text, NULL, NULL))
    return NULL;
  regex = g_regex_new ("(TRANSITION \\d+ \\d+) \\S+ (_\\w+)", 0, 0, NULL);
  weighted = g_regex_replace (
      regex, text, -1, 0, "\\1 " SOUND_PROBABILITY " \\2", 0, NULL);
  fd = g_file_open_tmp ("emulator-XXXXXX.fsg", &path, NULL);
  if (weighted == NULL || fd < 0)
    return NULL;
  close (fd);
  if (!g_file_set_contents (path, weighted, -1, NULL))
    return NULL;
  return g_steal_pointer (&path);
#else
  return NULL;
#endif
}

EmuRecogniser *
emu_recogniser_new (gboolean lazy, GError **error)
{
  EmuRecogniser *recogniser;
  g_autoptr (GstElementFactory)
      factory = gst_element_factory_find ("pocketsphinx");
  Team *team;

  if (factory == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "There is no GStreamer element 'pocketsphinx'. Install "
        "gstreamer1.0-pocketsphinx and pocketsphinx-en-us.");
    return NULL;
  }
  GST_DEBUG_CATEGORY_INIT (
      recogniser_debug, "emurecogniser", 0, "speech recogniser");
  silence_pocketsphinx ();
  recogniser = g_atomic_rc_box_new0 (EmuRecogniser);
  recogniser->fsg = write_grammar ();
  g_queue_init (&recogniser->waiting);
  recogniser->teams = g_ptr_array_new_with_free_func (team_free);
  if (lazy)
    return recogniser;
  team = team_new (recogniser);
  if (team != NULL)
    g_ptr_array_add (recogniser->teams, team);
  if (team == NULL || !team_load (team)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "pocketsphinx does not start. Install pocketsphinx-en-us.");
    emu_recogniser_free (recogniser);
    return NULL;
  }
  return recogniser;
}

void
emu_recogniser_free (EmuRecogniser *recogniser)
{
  EmuListening *listening;

  while ((listening = g_queue_pop_head (&recogniser->waiting)) != NULL) {
    if (listening->func != NULL)
      listening->func ("", 0, listening->user_data);
    listening_free (listening);
  }
  while (recogniser->teams->len > 0) {
    Team *team = g_ptr_array_index (recogniser->teams, 0);

    if (team->listening != NULL) {
      if (team->listening->func != NULL)
        team->listening->func ("", 0, team->listening->user_data);
      listening_free (team->listening);
    }
    g_ptr_array_remove_index (recogniser->teams, 0);
  }
  if (recogniser->fsg != NULL)
    g_unlink (recogniser->fsg);
  recogniser_unref (recogniser);
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
    if (!team->busy) {
      give_team (listening, team);
      return listening;
    }
  }
  for (i = 0; i < recogniser->teams->len; i++) {
    team = g_ptr_array_index (recogniser->teams, i);
    if (team->loader == NULL && team->failed) {
      refuse (listening);
      return listening;
    }
  }
  if (recogniser->teams->len < MAX_TEAMS)
    add_team (recogniser);
  g_queue_push_tail (&recogniser->waiting, listening);
  return listening;
}

void
emu_listening_feed (EmuListening *listening, const gint16 *samples, gsize n)
{
  if (listening->team != NULL)
    team_feed (listening->team, (const guint8 *) samples, n * 2);
  else if (!listening->refused)
    g_byte_array_append (listening->backlog, (const guint8 *) samples, n * 2);
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
  else if (listening->refused)
    refuse (listening);
}

void
emu_listening_cancel (EmuListening *listening)
{
  Team *team = listening->team;

  if (team == NULL)
    g_queue_remove (&listening->recogniser->waiting, listening);
  listening_free (listening);
  if (team != NULL) {
    team_finish (team);
    release_team (team);
  }
}
