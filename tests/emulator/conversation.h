/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount ref_count;
  /* As the API shows it, audio bytes left out. */
  JsonObject *json;
  const gchar *id;
  /* PCM of input_audio or output_audio, or NULL. */
  GBytes *audio;
  /* Audio the model knows of, in ms; truncation shortens it. */
  gint64 audio_ms;
  /* What the pictures in it cost. */
  gint64 image_tokens;
  /* What the recogniser understood; NULL until it is done. */
  gchar *heard;
  gboolean listening;
  /* Called once when listening ends. */
  GPtrArray *waiting;
} EmuItem;

/* Takes @json, which must be valid; gives it an id when it has none. */
EmuItem *emu_item_new (JsonObject *json);
/* A copy of what a client sent, which fits the schema; audio and pictures in it
 * are checked here. NULL and @problem when they are none. */
EmuItem *emu_item_from_client (
    JsonObject *json, const gchar *prefix, EmuProblem **problem);
EmuItem *emu_item_ref (EmuItem *item);
void emu_item_unref (EmuItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuItem, emu_item_unref)

/* Whether it is about a tool of an MCP server. */
gboolean emu_item_is_mcp (JsonObject *json);
const gchar *emu_item_type (EmuItem *item);
const gchar *emu_item_role (EmuItem *item);
/* All text of it: input_text, output_text, transcripts, what was heard. */
gchar *emu_item_text (EmuItem *item);
/* Calls back at once when nothing is being recognised. */
void emu_item_when_heard (EmuItem *item, GTask *task);
void emu_item_set_heard (EmuItem *item, const gchar *text);

typedef struct {
  GPtrArray *items;
} EmuConversation;

EmuConversation *emu_conversation_new (void);
void emu_conversation_free (EmuConversation *conversation);

EmuItem *emu_conversation_find (EmuConversation *conversation, const gchar *id);
/* Inserts after @previous_id ("root": first, NULL: last). FALSE when there is
 * no such item or @item's id is taken, or there are too many. */
gboolean emu_conversation_insert (EmuConversation *conversation, EmuItem *item,
    const gchar *previous_id, EmuProblem **problem);
gboolean emu_conversation_remove (
    EmuConversation *conversation, const gchar *id);
/* Id of the item before @id, NULL when it is the first. @id NULL: the last. */
const gchar *emu_conversation_previous (
    EmuConversation *conversation, const gchar *id);

G_END_DECLS
