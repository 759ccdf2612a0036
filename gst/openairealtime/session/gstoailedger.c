/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoailedger.h"

#include <stdlib.h>

struct _GstOaiLedger {
  GstOaiShares turns[GST_OAI_LEDGER_TURNS];
  guint n_turns;
  guint next;
  gboolean slow; /* the last turn took too long */
};

static const struct {
  const gchar *name;
  gsize offset;
} fields[] = {
  { "network", G_STRUCT_OFFSET (GstOaiShares, network) },
  { "detection", G_STRUCT_OFFSET (GstOaiShares, detection) },
  { "inference", G_STRUCT_OFFSET (GstOaiShares, inference) },
  { "playout", G_STRUCT_OFFSET (GstOaiShares, playout) },
  { "device", G_STRUCT_OFFSET (GstOaiShares, device) },
  { "total", G_STRUCT_OFFSET (GstOaiShares, total) },
};

static GstClockTime
get_field (const GstOaiShares *shares, guint i)
{
  return G_STRUCT_MEMBER (GstClockTime, shares, fields[i].offset);
}

static GstClockTime
between (GstClockTime from, GstClockTime to)
{
  if (!GST_CLOCK_TIME_IS_VALID (from) || !GST_CLOCK_TIME_IS_VALID (to))
    return GST_CLOCK_TIME_NONE;
  return to > from ? to - from : 0;
}

static GstClockTime
known (GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (time) ? time : 0;
}

gboolean
gst_oai_shares_of_turn (GstOaiShares *shares, const GstOaiTurn *turn,
    GstClockTime round_trip, GstClockTime device)
{
  GstClockTime taken, sound = turn->first_sound_packet;

  /* Without a detector at work, the turn was taken when it was committed. */
  taken = GST_CLOCK_TIME_IS_VALID (turn->speech_stopped) ? turn->speech_stopped
                                                         : turn->committed;
  if (!GST_CLOCK_TIME_IS_VALID (taken)
      || !GST_CLOCK_TIME_IS_VALID (turn->first_audio)
      || turn->first_audio < taken)
    return FALSE;
  /* Packets go their own way: the first may overtake the event. */
  if (GST_CLOCK_TIME_IS_VALID (sound))
    sound = CLAMP (sound, taken, turn->first_audio);

  shares->detection = GST_CLOCK_TIME_IS_VALID (turn->speech_stopped)
      ? between (turn->speech_ended, turn->speech_stopped)
      : GST_CLOCK_TIME_NONE;
  shares->network = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (shares->detection)
      && GST_CLOCK_TIME_IS_VALID (round_trip)) {
    shares->network = MIN (round_trip, shares->detection);
    shares->detection -= shares->network;
  }
  shares->inference = between (taken, sound);
  shares->playout = between (sound, turn->first_audio);
  shares->device = device;
  shares->total = known (shares->network) + known (shares->detection)
      + (turn->first_audio - taken) + known (device);

  return TRUE;
}

void
gst_oai_shares_to_structure (
    const GstOaiShares *shares, GstStructure *structure)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    GstClockTime time = get_field (shares, i);

    if (GST_CLOCK_TIME_IS_VALID (time))
      gst_structure_set (
          structure, fields[i].name, G_TYPE_UINT64, (guint64) time, NULL);
  }
}

GstOaiLedger *
gst_oai_ledger_new (void)
{
  return g_new0 (GstOaiLedger, 1);
}

void
gst_oai_ledger_free (GstOaiLedger *self)
{
  g_free (self);
}

gboolean
gst_oai_ledger_add (
    GstOaiLedger *self, const GstOaiShares *shares, GstClockTime bound)
{
  gboolean was_slow = self->slow;

  self->turns[self->next] = *shares;
  self->next = (self->next + 1) % GST_OAI_LEDGER_TURNS;
  self->n_turns = MIN (self->n_turns + 1, GST_OAI_LEDGER_TURNS);
  self->slow = GST_CLOCK_TIME_IS_VALID (bound) && shares->total > bound;

  return self->slow && !was_slow;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return x < y ? -1 : x > y;
}

static void
set_rank (GstStructure *s, const gchar *field, const gchar *rank,
    const guint64 *sorted, guint n, guint percent)
{
  g_autofree gchar *name = g_strdup_printf ("%s-%s", field, rank);

  gst_structure_set (
      s, name, G_TYPE_UINT64, sorted[(n * percent + 99) / 100 - 1], NULL);
}

GstStructure *
gst_oai_ledger_to_structure (const GstOaiLedger *self)
{
  GstStructure *s = gst_structure_new (
      "turn-latency", "turns", G_TYPE_UINT, self->n_turns, NULL);
  guint64 times[GST_OAI_LEDGER_TURNS];
  guint i, j, n;

  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    for (j = n = 0; j < self->n_turns; j++) {
      GstClockTime time = get_field (&self->turns[j], i);

      if (GST_CLOCK_TIME_IS_VALID (time))
        times[n++] = time;
    }
    if (n == 0)
      continue;
    qsort (times, n, sizeof (times[0]), compare_times);
    set_rank (s, fields[i].name, "p50", times, n, 50);
    set_rank (s, fields[i].name, "p95", times, n, 95);
    set_rank (s, fields[i].name, "max", times, n, 100);
  }
  return s;
}
