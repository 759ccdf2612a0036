/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaistretch.h"

#include <math.h>
#include <string.h>

/* A piece of low energy: 10 ms, its seam 5 ms. */
#define MAX_PIECE 240
#define MAX_SEAM 120

/* Pitch from 400 Hz down to 100 Hz: the period and the seam have to fit into
 * one packet of 20 ms. */
#define MIN_PERIOD 60
#define MAX_PERIOD 240
#define MIN_CORRELATION 0.9

static guint
find_period (const gint16 *samples, guint n_samples)
{
  guint best = 0, period;
  gdouble best_correlation = MIN_CORRELATION;

  for (period = MIN_PERIOD; period <= MAX_PERIOD; period++) {
    guint seam = MIN (period, n_samples - MIN (period, n_samples));
    gint64 cross = 0, first = 0, second = 0;
    gdouble correlation;
    guint i;

    if (seam < MIN_PERIOD)
      break;
    for (i = 0; i < seam; i++) {
      cross += samples[i] * samples[i + period];
      first += samples[i] * samples[i];
      second += samples[i + period] * samples[i + period];
    }
    if (first == 0 || second == 0)
      continue;
    correlation = cross / sqrt ((gdouble) first * second);
    if (correlation > best_correlation) {
      best_correlation = correlation;
      best = period;
    }
  }

  return best;
}

guint
gst_oai_stretch_find (
    const gint16 *samples, guint n_samples, gboolean low_energy)
{
  if (low_energy)
    return MIN (MAX_PIECE, n_samples / 2);

  return find_period (samples, n_samples);
}

static guint
get_seam (guint n_samples, guint piece)
{
  return MIN (MIN (MAX_SEAM, piece), n_samples - piece);
}

static gint16
mix (gint16 from, gint16 to, guint i, guint n)
{
  return ((gint) from * (gint) (n - i) + (gint) to * (gint) i) / (gint) n;
}

guint
gst_oai_stretch_shrink (gint16 *samples, guint n_samples, guint piece)
{
  guint seam, i;

  g_return_val_if_fail (piece < n_samples, n_samples);

  seam = get_seam (n_samples, piece);
  for (i = 0; i < seam; i++)
    samples[i] = mix (samples[i], samples[i + piece], i, seam);
  memmove (samples + seam, samples + piece + seam,
      (n_samples - piece - seam) * sizeof (gint16));

  return n_samples - piece;
}

guint
gst_oai_stretch_grow (gint16 *samples, guint n_samples, guint piece)
{
  guint seam, i;

  g_return_val_if_fail (piece < n_samples, n_samples);

  /* the block again, piece later; then the seam between the two */
  seam = get_seam (n_samples, piece);
  memmove (samples + piece + seam, samples + seam,
      (n_samples - seam) * sizeof (gint16));
  for (i = 0; i < seam; i++)
    samples[piece + i] = mix (samples[piece + i], samples[i], i, seam);

  return n_samples + piece;
}

guint
gst_oai_stretch_level (const gint16 *samples, guint n_samples)
{
  guint64 sum = 0;
  guint i;

  if (n_samples == 0)
    return 0;
  for (i = 0; i < n_samples; i++)
    sum += samples[i] * samples[i];

  return sqrt ((gdouble) sum / n_samples);
}
