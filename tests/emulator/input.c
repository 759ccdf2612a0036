/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "input.h"

/* The longest turn; what is older falls out. */
#define MAX_SAMPLES (EMU_RATE * 300)

EmuInput *
emu_input_new (void)
{
  EmuInput *input = g_new0 (EmuInput, 1);

  input->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  return input;
}

void
emu_input_free (EmuInput *input)
{
  g_array_unref (input->samples);
  g_free (input);
}

void
emu_input_append (EmuInput *input, const gint16 *samples, gsize n)
{
  g_array_append_vals (input->samples, samples, n);
  input->end += n;
  /* With slack, so that the rest is not moved at each call. */
  if (input->samples->len > MAX_SAMPLES + EMU_RATE * 10)
    emu_input_discard (input, input->end - MAX_SAMPLES);
}

void
emu_input_discard (EmuInput *input, guint64 position)
{
  guint64 n;

  if (position <= input->start)
    return;
  n = MIN (position - input->start, input->samples->len);
  g_array_remove_range (input->samples, 0, n);
  input->start += n;
}

GBytes *
emu_input_copy (EmuInput *input, guint64 from, guint64 to)
{
  from = CLAMP (from, input->start, input->end);
  to = CLAMP (to, from, input->end);
  return g_bytes_new (
      &g_array_index (input->samples, gint16, from - input->start),
      (to - from) * sizeof (gint16));
}
