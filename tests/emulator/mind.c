/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mind.h"

#include <string.h>

EmuPrompt *
emu_prompt_new (
    GPtrArray *items, JsonObject *settings, gboolean audio, EmuScript *script)
{
  EmuPrompt *prompt = g_new0 (EmuPrompt, 1);
  guint i;

  prompt->items = g_ptr_array_new_with_free_func (
      (GDestroyNotify) emu_item_unref);
  for (i = 0; i < items->len; i++)
    g_ptr_array_add (
        prompt->items, emu_item_ref (g_ptr_array_index (items, i)));
  prompt->settings = json_object_ref (settings);
  prompt->audio = audio;
  prompt->script = script;
  return prompt;
}

EmuItem *
emu_prompt_last_said (EmuPrompt *prompt)
{
  guint i;

  for (i = prompt->items->len; i > 0; i--) {
    EmuItem *item = g_ptr_array_index (prompt->items, i - 1);
    const gchar *type = emu_item_type (item);

    if (strcmp (emu_item_role (item), "user") == 0
        || strcmp (type, "function_call_output") == 0
        || strcmp (type, "mcp_call") == 0)
      return item;
  }
  return NULL;
}

static void
tool_call_free (gpointer data)
{
  EmuToolCall *call = data;

  g_free (call->server_label);
  g_free (call->name);
  g_free (call->arguments);
  g_free (call->approval_request_id);
  g_free (call);
}

void
emu_prompt_free (EmuPrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_ptr_array_unref (prompt->items);
  json_object_unref (prompt->settings);
  g_free (prompt);
}

EmuThought *
emu_thought_new (const gchar *text, GBytes *audio)
{
  EmuThought *thought = g_new0 (EmuThought, 1);

  thought->text = g_strdup (text);
  thought->audio = audio != NULL ? g_bytes_ref (audio) : NULL;
  thought->calls = g_ptr_array_new_with_free_func (tool_call_free);
  return thought;
}

EmuToolCall *
emu_thought_add_call (EmuThought *thought, const gchar *server_label,
    const gchar *name, const gchar *arguments)
{
  EmuToolCall *call = g_new0 (EmuToolCall, 1);

  call->server_label = g_strdup (server_label);
  call->name = g_strdup (name);
  call->arguments = g_strdup (arguments);
  g_ptr_array_add (thought->calls, call);
  return call;
}

void
emu_thought_free (EmuThought *thought)
{
  if (thought == NULL)
    return;
  g_free (thought->text);
  g_clear_pointer (&thought->audio, g_bytes_unref);
  g_ptr_array_unref (thought->calls);
  g_free (thought->failure);
  g_free (thought);
}

EmuMind *
emu_mind_new (const EmuOptions *options, GError **error)
{
  const gchar *name = options->mind;

  if (strcmp (name, "parrot") == 0)
    return emu_mind_parrot_new (error);
  if (strcmp (name, "talk") == 0)
    return emu_mind_talk_new (error);
  if (strcmp (name, "scenario") == 0)
    return emu_mind_scenario_new (options, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "There is no mind '%s': parrot, talk or scenario", name);
  return NULL;
}

void
emu_mind_free (EmuMind *mind)
{
  if (mind == NULL)
    return;
  if (mind->free != NULL)
    mind->free (mind);
  g_clear_pointer (&mind->recogniser, emu_recogniser_free);
  g_free (mind);
}

void
emu_mind_think (EmuMind *mind, EmuPrompt *prompt, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, prompt, (GDestroyNotify) emu_prompt_free);
  mind->think (mind, task, prompt);
}

EmuThought *
emu_mind_think_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
