/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What the API speaks inside: 24 kHz mono S16. */
#define EMU_RATE 24000
/* One packet of the output and one step of the voice detector: 20 ms. */
#define EMU_FRAME 480
#define EMU_MS(samples) ((gint64) ((samples) / (EMU_RATE / 1000)))
#define EMU_SAMPLES(ms) ((guint64) (ms) * (EMU_RATE / 1000))

/* A refusal, as the API words it: body of an HTTP error or an error event. */
typedef struct {
  guint status;
  gchar *type;
  gchar *code;
  gchar *message;
  gchar *param;
} EmuProblem;

EmuProblem *emu_problem_new (guint status, const gchar *code,
    const gchar *param, const gchar *format, ...) G_GNUC_PRINTF (4, 5);
void emu_problem_set (EmuProblem **problem, const gchar *code,
    const gchar *param, const gchar *format, ...) G_GNUC_PRINTF (4, 5);
void emu_problem_free (EmuProblem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmuProblem, emu_problem_free)
/* {"type", "code", "message", "param"}, unknown ones null. */
JsonObject *emu_problem_to_json (const EmuProblem *problem);

/* @prefix and 24 random letters and digits. */
gchar *emu_make_id (const gchar *prefix);
/* "go forward" -> "go", " forward": joined they are the text. */
gchar **emu_split_words (const gchar *text);
/* Monotonic clock, comparable between processes of one machine. */
gdouble emu_now_ms (void);

/* Runs @func once in the main loop, never in the calling thread. */
void emu_post (GSourceFunc func, gpointer data, GDestroyNotify notify);

JsonNode *emu_json_copy_node (JsonNode *node);
JsonObject *emu_json_copy (JsonObject *object);
void emu_json_set_string_or_null (
    JsonObject *object, const gchar *name, const gchar *value);

/* WAV header of S16 mono. */
#define EMU_WAV_HEADER 44
void emu_wav_header (guint8 *header, guint rate, guint32 data_size);

G_END_DECLS
