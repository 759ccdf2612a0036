/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "script.h"

#include "protocol/gstoaijson.h"

#include <string.h>

struct _EmuScript {
  gint ref_count;
  const EmuScenario *scenario;
  EmuScriptAct act;
  gpointer user_data;
  /* How often each step's event was seen. */
  GArray *seen;
  guint next_answer;
  /* Of JsonObject: pushed ones, first. */
  GQueue pushed;
  /* Of GSource: steps that wait. */
  GPtrArray *waiting;
};

typedef struct {
  EmuScript *script;
  JsonObject *step;
  GSource *source;
} Wait;

static void
source_free (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

EmuScript *
emu_script_new (
    const EmuScenario *scenario, EmuScriptAct act, gpointer user_data)
{
  EmuScript *script = g_new0 (EmuScript, 1);
  JsonArray *steps = gst_oai_json_get_array (scenario->root, "steps");

  script->ref_count = 1;
  script->scenario = scenario;
  script->act = act;
  script->user_data = user_data;
  script->seen = g_array_new (FALSE, TRUE, sizeof (guint));
  g_array_set_size (
      script->seen, steps != NULL ? json_array_get_length (steps) : 0);
  g_queue_init (&script->pushed);
  script->waiting = g_ptr_array_new_with_free_func (source_free);
  return script;
}

static void
script_unref (EmuScript *script)
{
  if (--script->ref_count > 0)
    return;
  g_ptr_array_unref (script->waiting);
  g_queue_clear (&script->pushed);
  g_array_unref (script->seen);
  g_free (script);
}

void
emu_script_free (EmuScript *script)
{
  if (script == NULL)
    return;
  script->act = NULL;
  g_ptr_array_set_size (script->waiting, 0);
  script_unref (script);
}

static gboolean
on_step (gpointer user_data)
{
  Wait *wait = user_data;
  JsonArray *actions = gst_oai_json_get_array (wait->step, "do");
  EmuScript *script = wait->script;
  GSource *source = wait->source;
  guint i;

  script->ref_count++;
  /* An action may end the session: then there are no more. */
  for (i = 0; script->act != NULL && i < json_array_get_length (actions); i++)
    script->act (json_array_get_object_element (actions, i), script->user_data);
  g_ptr_array_remove_fast (script->waiting, source);
  script_unref (script);
  return G_SOURCE_REMOVE;
}

static gboolean
names (const gchar *when, const gchar *type)
{
  if (strcmp (when, "connect") == 0)
    when = "session.created";
  else if (strcmp (when, "commit") == 0)
    when = "input_audio_buffer.committed";
  return strcmp (when, type) == 0;
}

void
emu_script_saw (EmuScript *script, const gchar *type)
{
  JsonArray *steps = gst_oai_json_get_array (script->scenario->root, "steps");
  guint i;

  for (i = 0; i < script->seen->len; i++) {
    JsonObject *step = json_array_get_object_element (steps, i);
    gint64 count = gst_oai_json_get_int (step, "count", 1);
    guint *seen = &g_array_index (script->seen, guint, i);
    Wait *wait;

    if (!names (gst_oai_json_get_string (step, "when", ""), type))
      continue;
    ++*seen;
    if (count != 0 && count != *seen)
      continue;
    /* Never within the event that set it off. */
    wait = g_new0 (Wait, 1);
    wait->script = script;
    wait->step = step;
    wait->source = g_timeout_source_new (
        gst_oai_json_get_int (step, "after", 0));
    g_source_set_callback (wait->source, on_step, wait, g_free);
    g_ptr_array_add (script->waiting, wait->source);
    g_source_attach (wait->source, NULL);
  }
}

JsonObject *
emu_script_next_answer (EmuScript *script)
{
  JsonArray *answers = gst_oai_json_get_array (
      script->scenario->root, "answers");
  guint n = answers != NULL ? json_array_get_length (answers) : 0;
  JsonObject *pushed = g_queue_pop_head (&script->pushed);

  if (pushed != NULL)
    return pushed;
  if (n == 0)
    return NULL;
  /* The last one serves for all that follow. */
  if (script->next_answer < n)
    script->next_answer++;
  return json_array_get_object_element (answers, script->next_answer - 1);
}

void
emu_script_push_answer (EmuScript *script, JsonObject *answer)
{
  g_queue_push_tail (&script->pushed, answer);
}

const gchar *
emu_script_dir (EmuScript *script)
{
  return script->scenario->dir;
}
