/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaijson.h"

G_BEGIN_DECLS

/* GstOaiCaptions: when which words were heard, as pure logic.
 *
 * Events and the frames that leave the source pad go in, each with its running
 * time, and texts with times come out. No I/O, no thread, no clock of its own.
 *
 * The model's words come ahead of its sound and without times. They are cut into
 * phrases, and each comes out when its share of the letters has been heard: at a
 * rate that is learned from the answers that were heard to their end. So what was
 * cut off by an interruption does not come out at all. The text of an answer
 * without sound comes out when it is complete.
 *
 * The user's words come out when the server has written them down, with the time
 * at which they were spoken, which is then over.
 *
 * Of a translation the words of both sides come a few letters at a time, with
 * their sound and with no end. They come out by sentences, or as many words as there
 * are after a moment, with the time at which the first of them came.
 *
 * Thread-safe: events from one thread, frames from another. One internal mutex,
 * a leaf lock.
 */
typedef struct _GstOaiCaptions GstOaiCaptions;

typedef enum {
  GST_OAI_CAPTION_MODEL,
  GST_OAI_CAPTION_USER,
  GST_OAI_CAPTION_KINDS
} GstOaiCaptionKind;

typedef struct {
  GstOaiCaptionKind kind;
  gchar *text; /* UTF-8, one line */
  GstClockTime pts; /* running time; never before the last of its kind */
  GstClockTime duration;
} GstOaiCaption;

/* What is used until the session knows better, in letters a second: what a
 * reader of English, and of most other alphabets, speaks. */
#define GST_OAI_CAPTIONS_RATE 15.0
/* Longest line of a caption, in letters: two lines of a subtitle. */
#define GST_OAI_CAPTIONS_LETTERS 84

GstOaiCaptions *gst_oai_captions_new (void);
void gst_oai_captions_free (GstOaiCaptions *self);

/* A new stream: its running time begins anew. What was learned stays. */
void gst_oai_captions_reset (GstOaiCaptions *self);

/* An event of the server came at running time @now. */
void gst_oai_captions_handle_event (GstOaiCaptions *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now);

/* The frame of @duration at running time @position leaves. @playing: it is of
 * what was sent, @audible: one can hear it. */
void gst_oai_captions_frame (GstOaiCaptions *self, GstClockTime position,
    GstClockTime duration, gboolean playing, gboolean audible);

/* The sound has ended at running time @now: what is left comes out. */
void gst_oai_captions_end (GstOaiCaptions *self, GstClockTime now);

/* The next one, NULL when there is none yet. */
GstOaiCaption *gst_oai_captions_pop (GstOaiCaptions *self);
void gst_oai_caption_free (GstOaiCaption *caption);

/* Letters a second that the model is expected to speak. */
gdouble gst_oai_captions_get_rate (GstOaiCaptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiCaptions, gst_oai_captions_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiCaption, gst_oai_caption_free)

G_END_DECLS
