/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "output.h"

#include <string.h>

/* The codec looks ahead this much: without it the end would be cut. */
#define TAIL 240

typedef struct {
  gchar *response_id;
  gchar *item_id;
  GArray *samples;
  gsize sent;
  gboolean started;
  gboolean complete;
} Segment;

struct _EmuOutput {
  /* Of Segment; the head is being played. */
  GQueue segments;
};

static void
segment_free (gpointer data)
{
  Segment *segment = data;

  g_free (segment->response_id);
  g_free (segment->item_id);
  g_array_unref (segment->samples);
  g_free (segment);
}

EmuOutput *
emu_output_new (void)
{
  EmuOutput *output = g_new0 (EmuOutput, 1);

  g_queue_init (&output->segments);
  return output;
}

void
emu_output_free (EmuOutput *output)
{
  g_queue_clear_full (&output->segments, segment_free);
  g_free (output);
}

void
emu_output_append (EmuOutput *output, const gchar *response_id,
    const gchar *item_id, const gint16 *samples, gsize n)
{
  Segment *segment = NULL;
  GList *l;

  /* Two responses may be made at the same time; they play one after another. */
  for (l = output->segments.head; l != NULL && segment == NULL; l = l->next)
    if (strcmp (((Segment *) l->data)->item_id, item_id) == 0)
      segment = l->data;
  if (segment == NULL) {
    segment = g_new0 (Segment, 1);
    segment->response_id = g_strdup (response_id);
    segment->item_id = g_strdup (item_id);
    segment->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
    g_queue_push_tail (&output->segments, segment);
  }
  g_array_append_vals (segment->samples, samples, n);
}

void
emu_output_complete (EmuOutput *output, const gchar *response_id)
{
  static const gint16 tail[TAIL];
  GList *l;

  for (l = output->segments.head; l != NULL; l = l->next) {
    Segment *segment = l->data;

    if (strcmp (segment->response_id, response_id) != 0 || segment->complete)
      continue;
    g_array_append_vals (segment->samples, tail, TAIL);
    segment->complete = TRUE;
  }
}

EmuOutputState
emu_output_pull (EmuOutput *output, gint16 *frame, gchar **response_id)
{
  Segment *segment = g_queue_peek_head (&output->segments);
  gsize left;

  *response_id = NULL;
  if (segment == NULL)
    return EMU_OUTPUT_IDLE;
  left = segment->samples->len - segment->sent;
  if (left == 0 && segment->complete) {
    *response_id = g_strdup (segment->response_id);
    segment_free (g_queue_pop_head (&output->segments));
    return EMU_OUTPUT_STOPPED;
  }
  /* Half a frame waits for its other half. */
  if (left < EMU_FRAME && !segment->complete)
    return EMU_OUTPUT_IDLE;
  left = MIN (left, EMU_FRAME);
  memset (frame, 0, EMU_FRAME * sizeof (gint16));
  memcpy (frame, &g_array_index (segment->samples, gint16, segment->sent),
      left * sizeof (gint16));
  segment->sent += left;
  if (segment->started)
    return EMU_OUTPUT_AUDIO;
  segment->started = TRUE;
  *response_id = g_strdup (segment->response_id);
  return EMU_OUTPUT_STARTED;
}

void
emu_output_clear (EmuOutput *output, EmuOutputDropped func, gpointer user_data)
{
  GQueue dropped = output->segments;
  Segment *segment;

  g_queue_init (&output->segments);
  while ((segment = g_queue_pop_head (&dropped)) != NULL) {
    gsize length = segment->samples->len - (segment->complete ? TAIL : 0);

    func (segment->response_id, segment->item_id, segment->started,
        EMU_MS (MIN (segment->sent, length)), user_data);
    segment_free (segment);
  }
}

gboolean
emu_output_is_playing (EmuOutput *output)
{
  return !g_queue_is_empty (&output->segments);
}
