/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "vad.h"

#include <math.h>

struct _EmuVad {
  gdouble noise;
};

EmuVad *
emu_vad_new (void)
{
  EmuVad *vad = g_new0 (EmuVad, 1);

  vad->noise = -60;
  return vad;
}

void
emu_vad_free (EmuVad *vad)
{
  g_free (vad);
}

gdouble
emu_vad_process (EmuVad *vad, const gint16 *frame)
{
  gdouble sum = 1, level;
  guint i;

  for (i = 0; i < EMU_FRAME; i++)
    sum += (gdouble) frame[i] * frame[i];
  level = 10 * log10 (sum / EMU_FRAME / (32768.0 * 32768.0));
  if (level < vad->noise)
    vad->noise = MAX (level, -70);
  else
    vad->noise += 0.02;
  return 1.0 / (1.0 + exp (-(level - vad->noise - 12) / 2));
}
