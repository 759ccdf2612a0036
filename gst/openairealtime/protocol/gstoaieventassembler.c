/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaieventassembler.h"

/* Follows the brackets through one more piece. */
static void
follow (GstOaiEventAssembler *self, const gchar *text, gsize size)
{
  gsize i;

  for (i = 0; i < size; i++) {
    gchar c = text[i];

    if (self->in_string) {
      if (self->escaped)
        self->escaped = FALSE;
      else if (c == '\\')
        self->escaped = TRUE;
      else if (c == '"')
        self->in_string = FALSE;
    } else if (c == '"') {
      self->in_string = TRUE;
    } else if (c == '{' || c == '[') {
      self->depth++;
    } else if ((c == '}' || c == ']') && self->depth > 0) {
      self->depth--;
    }
  }
}

static void
reset (GstOaiEventAssembler *self)
{
  self->depth = 0;
  self->in_string = FALSE;
  self->escaped = FALSE;
}

/* Whether @text is one JSON object from its first byte to its last. */
static gboolean
is_whole (const gchar *text, gsize size)
{
  GstOaiEventAssembler other = { NULL };
  gsize i;

  if (size == 0 || text[0] != '{')
    return FALSE;
  for (i = 0; i < size; i++) {
    follow (&other, text + i, 1);
    if (other.depth == 0)
      return i == size - 1;
  }
  return FALSE;
}

GBytes *
gst_oai_event_assembler_push (GstOaiEventAssembler *self, const gchar *text,
    gsize size, GstClockTime now, GBytes **stale)
{
  *stale = NULL;
  if (self->held && now > self->last_piece + GST_OAI_EVENT_ASSEMBLER_TIMEOUT) {
    *stale = g_byte_array_free_to_bytes (g_steal_pointer (&self->held));
  }
  /* usrsctp may let later messages overtake the last piece of a long one, on a
   * machine that does not keep up. Taken for pieces they would be lost, and the
   * long one, too. */
  if (self->held && is_whole (text, size))
    return g_bytes_new (text, size);
  if (!self->held) {
    if (size < GST_OAI_EVENT_ASSEMBLER_THRESHOLD || text[0] != '{')
      return g_bytes_new (text, size);
    reset (self);
  }

  follow (self, text, size);
  if (self->depth == 0) {
    if (!self->held)
      return g_bytes_new (text, size);
    g_byte_array_append (self->held, (const guint8 *) text, size);
    return g_byte_array_free_to_bytes (g_steal_pointer (&self->held));
  }

  if (!self->held)
    self->held = g_byte_array_new ();
  g_byte_array_append (self->held, (const guint8 *) text, size);
  self->last_piece = now;
  return NULL;
}

gsize
gst_oai_event_assembler_held (GstOaiEventAssembler *self)
{
  return self->held ? self->held->len : 0;
}

void
gst_oai_event_assembler_clear (GstOaiEventAssembler *self)
{
  g_clear_pointer (&self->held, g_byte_array_unref);
  reset (self);
}
