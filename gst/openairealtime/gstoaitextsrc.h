/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiTextSrc: a live source of sparse buffers, with a task and a bounded queue
 * of its own, so that whoever has something to put out never waits for what is
 * behind the pad. In between it says with GAP events that nothing came, so that
 * nobody waits for it. A pad that is not linked, or no longer, is no error. */
#define GST_TYPE_OAI_TEXT_SRC (gst_oai_text_src_get_type ())
G_DECLARE_FINAL_TYPE (
    GstOaiTextSrc, gst_oai_text_src, GST, OAI_TEXT_SRC, GstElement)

/* What the queue holds at most; the oldest is dropped, with a warning in the
 * log. */
#define GST_OAI_TEXT_SRC_MAX_BUFFERS 1024
#define GST_OAI_TEXT_SRC_MAX_BYTES (4 * 1024 * 1024)
/* Without a word from gst_oai_text_src_advance() it goes by the clock then. */
#define GST_OAI_TEXT_SRC_PATIENCE (200 * GST_MSECOND)

/* @name is that of the element and of its stream. */
GstOaiTextSrc *gst_oai_text_src_new (const gchar *name, const gchar *caps);

/* Puts out @size bytes of @text, at running time @pts. Any thread; never
 * blocks. */
void gst_oai_text_src_push (GstOaiTextSrc *self, const gchar *text, gsize size,
    GstClockTime pts, GstClockTime duration);
/* What was not pushed by now has a later time than @position. */
void gst_oai_text_src_advance (GstOaiTextSrc *self, GstClockTime position);
/* What has not left is dropped, here and downstream. */
void gst_oai_text_src_flush (GstOaiTextSrc *self);
/* The stream ends behind what was pushed. */
void gst_oai_text_src_end (GstOaiTextSrc *self);

/* Buffers dropped as nobody took them. */
guint64 gst_oai_text_src_get_dropped (GstOaiTextSrc *self);

G_END_DECLS
