/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "conversation.h"
#include "options.h"
#include "recogniser.h"
#include "script.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a mind is asked: the context of one response. */
typedef struct {
  /* Of EmuItem, oldest first. */
  GPtrArray *items;
  /* The session with the overrides of the response. */
  JsonObject *settings;
  gboolean audio;
  /* Where the scenario of this session stands, or NULL. Belongs to the
   * session: for think() only, not for what comes after it. */
  EmuScript *script;
} EmuPrompt;

EmuPrompt *emu_prompt_new (
    GPtrArray *items, JsonObject *settings, gboolean audio, EmuScript *script);
void emu_prompt_free (EmuPrompt *prompt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuPrompt, emu_prompt_free)
/* The last item that wants an answer: what the user said or a tool gave. */
EmuItem *emu_prompt_last_said (EmuPrompt *prompt);

/* A tool that shall be called. */
typedef struct {
  /* Of the MCP server; NULL: a function of the client. */
  gchar *server_label;
  gchar *name;
  gchar *arguments;
  gboolean needs_approval;
  /* Of the request that was approved, or NULL. */
  gchar *approval_request_id;
} EmuToolCall;

/* What it answers: words, spoken when asked for audio, then calls of tools;
 * either may be missing. */
typedef struct {
  gchar *text;
  GBytes *audio;
  /* Of EmuToolCall. */
  GPtrArray *calls;
  /* Code of an error, when the response shall fail instead. */
  gchar *failure;
} EmuThought;

EmuThought *emu_thought_new (const gchar *text, GBytes *audio);
void emu_thought_free (EmuThought *thought);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuThought, emu_thought_free)
EmuToolCall *emu_thought_add_call (EmuThought *thought,
    const gchar *server_label, const gchar *name, const gchar *arguments);

typedef struct _EmuMind EmuMind;

/* Who answers. One serves all calls, in the main loop, and blocks nothing. */
struct _EmuMind {
  const gchar *name;
  /* Must every turn be recognised? */
  gboolean wants_text;
  EmuRecogniser *recogniser;
  void (*think) (EmuMind *mind, GTask *task, EmuPrompt *prompt);
  void (*free) (EmuMind *mind);
};

EmuMind *emu_mind_parrot_new (GError **error);
EmuMind *emu_mind_talk_new (GError **error);
EmuMind *emu_mind_scenario_new (const EmuOptions *options, GError **error);
EmuMind *emu_mind_new (const EmuOptions *options, GError **error);
void emu_mind_free (EmuMind *mind);

/* Takes @prompt. */
void emu_mind_think (EmuMind *mind, EmuPrompt *prompt,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
EmuThought *emu_mind_think_finish (GAsyncResult *result, GError **error);

G_END_DECLS
