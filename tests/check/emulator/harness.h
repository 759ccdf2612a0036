/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session.h"

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* A session of the emulator without a connection: events go in as text and come
 * out into a list, its audio is pulled as fast as it comes. */
typedef struct {
  EmuOptions *options;
  EmuMind *mind;
  EmuRecorder *recorder;
  EmuSession *session;
  GSource *ear;
  /* Of JsonObject: everything it sent. */
  GPtrArray *events;
  /* Of gchar: messages that are no events. */
  GPtrArray *garbage;
  /* Milliseconds of audio pulled; hold keeps it in. */
  gint64 played_ms;
  /* Of gint16: that audio. */
  GArray *said;
  gboolean hold;
  gint64 hold_at_ms;
  gchar *end_reason;
} Talk;

/* @command_line of the emulator or NULL, @config a session object or NULL. With
 * EMU_RECORD_DIR set, events are recorded there. */
Talk *talk_new (const gchar *command_line, const gchar *config);
/* The same of a translation session. */
Talk *talk_new_translation (const gchar *command_line, const gchar *config);
void talk_free (Talk *talk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Talk, talk_free)

/* Sends an event; a JSON text, ' for ". */
void talk_send (Talk *talk, const gchar *format, ...) G_GNUC_PRINTF (2, 3);
/* Feeds @ms of silence, or of the speech of a file at @path, as fast as it
 * goes. */
/* @n samples. */
void talk_hear (Talk *talk, const gint16 *samples, gsize n);
void talk_hear_silence (Talk *talk, guint ms);
void talk_hear_speech (Talk *talk);
/* The samples of that; *@n: how many. */
gint16 *make_speech (gsize *n);
/* The same of @text, spoken by espeak-ng. */
void talk_hear_words (Talk *talk, const gchar *text);

/* Waits for the next event of @type from index @from on; *@from, when not NULL,
 * becomes the index after it. Fails on an unexpected error event. */
JsonObject *talk_wait (Talk *talk, guint *from, const gchar *type);
/* Handles what is due now. */
void talk_settle (Talk *talk);
/* How many events of @type came so far. */
guint talk_count (Talk *talk, const gchar *type);
/* The types of the events from index @from on, as "a b c"; those of @skip, "x|y",
 * left out, and repeated ones once. */
gchar *talk_types (Talk *talk, guint from, const gchar *skip);

const gchar *get_string (JsonObject *object, const gchar *path);
gint64 get_int (JsonObject *object, const gchar *path);

/* A PNG of 1 x 1 pixel as a data URL. */
#define TINY_PNG                                                               \
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE" \
  "QVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

G_END_DECLS
