/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mind.h"
#include "speech.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* The parrot says back the last thing said to it: the very samples it heard, so
 * that a test can find the question in the answer. Of text it reads aloud, or
 * writes, what was written. */

/* What it says of audio it does not understand. */
#define SQUAWK "(parrot)"

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) audio = emu_speech_say_finish (result, &error);
  g_autofree gchar *text = NULL;
  EmuPrompt *prompt = g_task_get_task_data (task);
  EmuItem *item = emu_prompt_last_said (prompt);

  if (audio == NULL
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  /* Without a voice installed it only coughs. */
  if (audio == NULL)
    audio = g_bytes_new_take (g_new0 (gint16, EMU_RATE / 2), EMU_RATE);
  text = item != NULL ? emu_item_text (item) : g_strdup ("");
  g_task_return_pointer (task,
      emu_thought_new (*text != '\0' ? text : SQUAWK, audio),
      (GDestroyNotify) emu_thought_free);
}

static void
on_heard (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EmuPrompt *prompt = g_task_get_task_data (task);
  g_autofree gchar *text = emu_item_text (emu_prompt_last_said (prompt));

  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_return_pointer (task,
      emu_thought_new (*text != '\0' ? text : SQUAWK, NULL),
      (GDestroyNotify) emu_thought_free);
}

static void
parrot_think (EmuMind *mind, GTask *task, EmuPrompt *prompt)
{
  EmuItem *item = emu_prompt_last_said (prompt);

  if (prompt->audio && item != NULL && item->audio != NULL) {
    g_task_return_pointer (task, emu_thought_new (SQUAWK, item->audio),
        (GDestroyNotify) emu_thought_free);
  } else if (prompt->audio) {
    g_autofree gchar *text = item != NULL ? emu_item_text (item)
                                          : g_strdup ("");

    emu_speech_say (*text != '\0' ? text : "squawk", prompt->settings,
        g_task_get_cancellable (task), on_spoken, g_object_ref (task));
  } else if (item != NULL) {
    g_autoptr (GTask)
        heard = g_task_new (NULL, NULL, on_heard, g_object_ref (task));

    emu_item_when_heard (item, heard);
  } else {
    g_task_return_pointer (task, emu_thought_new (SQUAWK, NULL),
        (GDestroyNotify) emu_thought_free);
  }
}

EmuMind *
emu_mind_parrot_new (GError **error)
{
  EmuMind *mind = g_new0 (EmuMind, 1);

  mind->name = "parrot";
  mind->think = parrot_think;
  /* Only for transcripts; a parrot needs none. */
  mind->recogniser = emu_recogniser_new (TRUE, NULL);
  return mind;
}
