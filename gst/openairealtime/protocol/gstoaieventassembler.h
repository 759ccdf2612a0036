/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiEventAssembler: puts long events together again. sctpdec (all versions
 * so far) hands a message of more than 64 KiB over in pieces and does not say
 * where it ends. An event is one JSON object, so its end can be told. Pure. */
typedef struct {
  GByteArray *held; /* NULL when nothing is held */
  GstClockTime last_piece;
  guint depth;
  gboolean in_string;
  gboolean escaped;
} GstOaiEventAssembler;

/* Below this a text is never the first piece of a longer one: usrsctp begins
 * with partial delivery at 64 KiB. */
#define GST_OAI_EVENT_ASSEMBLER_THRESHOLD (32 * 1024)
/* Pieces of one event follow each other closely. */
#define GST_OAI_EVENT_ASSEMBLER_TIMEOUT (5 * GST_SECOND)

/* Takes the next text. Returns the event that is complete with it, or NULL when
 * more has to come. What is no JSON object is returned as it is: judging it is
 * for others. @stale is set to what was held too long without an end. */
GBytes *gst_oai_event_assembler_push (GstOaiEventAssembler *self,
    const gchar *text, gsize size, GstClockTime now, GBytes **stale);

/* Bytes held. */
gsize gst_oai_event_assembler_held (GstOaiEventAssembler *self);

void gst_oai_event_assembler_clear (GstOaiEventAssembler *self);

G_END_DECLS
