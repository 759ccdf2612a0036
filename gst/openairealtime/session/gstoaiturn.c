/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiturn.h"

static void
reset_times (GstOaiTurn *turn)
{
  turn->speech_started = GST_CLOCK_TIME_NONE;
  turn->speech_ended = GST_CLOCK_TIME_NONE;
  turn->speech_stopped = GST_CLOCK_TIME_NONE;
  turn->committed = GST_CLOCK_TIME_NONE;
  turn->response_created = GST_CLOCK_TIME_NONE;
  turn->audio_started = GST_CLOCK_TIME_NONE;
  turn->first_packet = GST_CLOCK_TIME_NONE;
  turn->first_sound_packet = GST_CLOCK_TIME_NONE;
  turn->first_audio = GST_CLOCK_TIME_NONE;
  turn->response_done = GST_CLOCK_TIME_NONE;
  turn->audio_stopped = GST_CLOCK_TIME_NONE;
  turn->interrupted = FALSE;
}

void
gst_oai_turn_clear (GstOaiTurn *turn)
{
  g_clear_pointer (&turn->item_id, g_free);
  g_clear_pointer (&turn->response_id, g_free);
  g_clear_pointer (&turn->status, g_free);
  turn->number = 0;
  reset_times (turn);
}

void
gst_oai_turn_next (GstOaiTurn *turn)
{
  guint number = turn->number;

  gst_oai_turn_clear (turn);
  turn->number = number + 1;
}

void
gst_oai_turn_move (GstOaiTurn *to, GstOaiTurn *from)
{
  guint number = from->number;

  gst_oai_turn_clear (to);
  *to = *from;
  from->item_id = from->response_id = from->status = NULL;
  gst_oai_turn_clear (from);
  from->number = number;
}

gboolean
gst_oai_turn_has_response (const GstOaiTurn *turn)
{
  return turn->response_id != NULL;
}

static void
set_after (GstStructure *structure, const gchar *name, GstClockTime origin,
    GstClockTime time)
{
  if (!GST_CLOCK_TIME_IS_VALID (time) || !GST_CLOCK_TIME_IS_VALID (origin))
    return;
  gst_structure_set (structure, name, G_TYPE_UINT64,
      (guint64) (time > origin ? time - origin : 0), NULL);
}

GstStructure *
gst_oai_turn_to_structure (const GstOaiTurn *turn)
{
  GstClockTime origin = GST_CLOCK_TIME_IS_VALID (turn->speech_stopped)
      ? turn->speech_stopped
      : turn->response_created;
  GstStructure *s;

  s = gst_structure_new ("openairealtime-turn", "number", G_TYPE_UINT,
      turn->number, "interrupted", G_TYPE_BOOLEAN, turn->interrupted, NULL);
  if (turn->item_id)
    gst_structure_set (s, "item-id", G_TYPE_STRING, turn->item_id, NULL);
  if (turn->response_id)
    gst_structure_set (
        s, "response-id", G_TYPE_STRING, turn->response_id, NULL);
  if (turn->status)
    gst_structure_set (s, "status", G_TYPE_STRING, turn->status, NULL);
  if (GST_CLOCK_TIME_IS_VALID (turn->speech_stopped))
    set_after (s, "speech", turn->speech_started, turn->speech_stopped);
  set_after (s, "committed", origin, turn->committed);
  set_after (s, "response-created", origin, turn->response_created);
  set_after (s, "first-packet", origin, turn->first_packet);
  set_after (s, "audio-started", origin, turn->audio_started);
  set_after (s, "first-audio", origin, turn->first_audio);
  set_after (s, "response-done", origin, turn->response_done);
  set_after (s, "audio-stopped", origin, turn->audio_stopped);

  return s;
}
