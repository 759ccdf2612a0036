/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mind.h"

#include <string.h>

EmuPrompt *
emu_prompt_new (GPtrArray *items, JsonObject *settings, gboolean audio)
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
  return prompt;
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
  return thought;
}

void
emu_thought_free (EmuThought *thought)
{
  if (thought == NULL)
    return;
  g_free (thought->text);
  g_clear_pointer (&thought->audio, g_bytes_unref);
  g_free (thought->function);
  g_free (thought->arguments);
  g_free (thought);
}

EmuMind *
emu_mind_new (const gchar *name, GError **error)
{
  if (strcmp (name, "parrot") == 0)
    return emu_mind_parrot_new (error);
  if (strcmp (name, "talk") == 0)
    return emu_mind_talk_new (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "There is no mind '%s': parrot or talk", name);
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
