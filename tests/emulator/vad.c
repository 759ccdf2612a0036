/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "vad.h"

#include <math.h>
#include <string.h>

/* Speech is loud against the noise, and voiced: it repeats itself with the
 * period of a voice, which noise, clicks and silence do not. A pure tone
 * repeats itself too, but two samples foretell the third, which is seldom true
 * of a voice.
 *
 * The detector of libspeexdsp (SPEEX_PREPROCESS_GET_PROB) was tried on the same
 * clips and not taken: it calls steady noise speech for its first 1.6 to 1.9 s,
 * a tone for 1.1 s and ticks half of the time, and says of itself on stderr
 * that it awaits a rewrite. This one starts a turn at none of them. */

/* Analysis at 8 kHz. */
#define DECIMATION 3
#define HOP (EMU_FRAME / DECIMATION)
#define WINDOW (2 * HOP)
/* 400 Hz and 60 Hz. */
#define MIN_LAG 20
#define MAX_LAG 133
#define HISTORY (WINDOW + MAX_LAG)

/* Nothing quieter than this is noise to be learned, in dBFS. */
#define MIN_NOISE -62.0
/* Points of even odds. */
#define SPEECH_SNR 8.0
#define SPEECH_VOICING 0.55
/* What a two-tap predictor leaves of a tone, relative to it. */
#define TONE_RESIDUAL 0.002
/* A tone stays as loud as it was, within so many dB a frame. */
#define TONE_SWING 1.0
/* Loud but unvoiced: an s or a door. Enough to go on with, not to begin. */
#define UNVOICED 0.42
/* Unvoiced sounds count while a voice was heard a moment ago. */
#define CONTEXT_DECAY 0.95

struct _EmuVad {
  /* Low-pass before decimation, high-pass after it. */
  gdouble low[2][4];
  gdouble high_x, high_y;
  guint phase;

  gfloat history[HISTORY];
  gdouble noise;
  gboolean has_noise;
  gdouble context;
  guint tone_frames;
  gdouble last_level;
};

EmuVad *
emu_vad_new (void)
{
  return g_new0 (EmuVad, 1);
}

void
emu_vad_free (EmuVad *vad)
{
  g_free (vad);
}

/* Two Butterworth sections at 3 kHz, for 24 kHz. */
static gdouble
low_pass (EmuVad *vad, gdouble x)
{
  static const gdouble b = 0.0976310729378175;
  static const gdouble a1 = -0.9428090415820634;
  static const gdouble a2 = 0.3333333333333333;
  guint i;

  for (i = 0; i < 2; i++) {
    gdouble *s = vad->low[i];
    gdouble y = b * (x + 2 * s[0] + s[1]) - a1 * s[2] - a2 * s[3];

    s[1] = s[0];
    s[0] = x;
    s[3] = s[2];
    s[2] = y;
    x = y;
  }
  return x;
}

/* Shifts one frame into the history. */
static void
analyse (EmuVad *vad, const gint16 *frame)
{
  gfloat *out = vad->history + HISTORY - HOP;
  guint i;

  memmove (vad->history, vad->history + HOP,
      (HISTORY - HOP) * sizeof (vad->history[0]));
  for (i = 0; i < EMU_FRAME; i++) {
    gdouble x = low_pass (vad, frame[i] / 32768.0);

    if (i % DECIMATION != 0)
      continue;
    /* 60 Hz. */
    vad->high_y = x - vad->high_x + 0.954 * vad->high_y;
    vad->high_x = x;
    *out++ = vad->high_y;
  }
}

/* Largest normalised autocorrelation that is a peak among the lags of a voice;
 * that of dull noise only falls. */
static gdouble
voicing (const gfloat *x)
{
  gdouble best = 0.0, before = 1.0, last = 1.0;
  gdouble energy = 1e-9;
  gdouble delayed = 1e-9;
  gint lag, i;

  for (i = 0; i < WINDOW; i++) {
    energy += x[i] * x[i];
    delayed += x[i - MIN_LAG] * x[i - MIN_LAG];
  }
  for (lag = MIN_LAG; lag <= MAX_LAG; lag++) {
    gfloat sum = 0.0f;
    gdouble r;

    for (i = 0; i < WINDOW; i++)
      sum += x[i] * x[i - lag];
    r = sum / sqrt (energy * delayed);
    if (last > before && last >= r)
      best = MAX (best, last);
    before = last;
    last = r;
    if (lag < MAX_LAG) {
      delayed += x[-lag - 1] * x[-lag - 1];
      delayed -= x[WINDOW - 1 - lag] * x[WINDOW - 1 - lag];
      delayed = MAX (delayed, 1e-9);
    }
  }
  return best;
}

/* Share of the energy of the newest frame that the best predictor of order two leaves over. */
static gdouble
residual (const gfloat *x)
{
  /* Least squares: x[i] ~ a x[i - 1] + b x[i - 2]. */
  gdouble r00 = 1e-12, r01 = 0, r02 = 0, r11 = 1e-12, r12 = 0, r22 = 1e-12;
  gdouble det, a, b;
  gint i;

  for (i = HOP; i < WINDOW; i++) {
    r00 += x[i] * x[i];
    r01 += x[i] * x[i - 1];
    r02 += x[i] * x[i - 2];
    r11 += x[i - 1] * x[i - 1];
    r12 += x[i - 1] * x[i - 2];
    r22 += x[i - 2] * x[i - 2];
  }
  det = r11 * r22 - r12 * r12;
  if (det < 1e-9 * r11 * r22)
    return 0.0;
  a = (r01 * r22 - r02 * r12) / det;
  b = (r02 * r11 - r01 * r12) / det;
  return MAX (r00 - a * r01 - b * r02, 0.0) / r00;
}

static gdouble
sigmoid (gdouble x)
{
  return 1.0 / (1.0 + exp (-x));
}

gdouble
emu_vad_process (EmuVad *vad, const gint16 *frame)
{
  const gfloat *x;
  gdouble energy = 1e-12;
  gdouble level, loud, voiced, speech;
  guint i;

  analyse (vad, frame);
  x = vad->history + MAX_LAG;
  for (i = WINDOW - HOP; i < WINDOW; i++)
    energy += x[i] * x[i] / HOP;
  level = 10.0 * log10 (energy);
  if (!vad->has_noise) {
    vad->noise = MIN_NOISE;
    vad->has_noise = TRUE;
  }

  loud = sigmoid ((level - vad->noise - SPEECH_SNR) / 2.0);
  if (loud < 0.01) {
    voiced = 0.0;
  } else {
    voiced = sigmoid ((voicing (x) - SPEECH_VOICING) / 0.06);
    if (residual (x) < TONE_RESIDUAL
        && fabs (level - vad->last_level) < TONE_SWING)
      vad->tone_frames++;
    else
      vad->tone_frames = 0;
    if (vad->tone_frames > 0)
      voiced *= 0.1;
    if (vad->tone_frames > 1) {
      vad->context = 0.0;
      loud *= 0.1;
    }
  }
  vad->last_level = level;
  speech = loud * voiced;
  vad->context = MAX (vad->context * CONTEXT_DECAY, speech);
  speech = MAX (speech, loud * vad->context * 0.9);
  speech = MAX (speech, loud * UNVOICED);

  /* Down at once; up quickly while nothing speaks, else slowly, as a voice that
   * never pauses is noise after all. */
  if (level < vad->noise)
    vad->noise += 0.3 * (level - vad->noise);
  else if (vad->context < 0.2)
    vad->noise += 0.1 * (level - vad->noise);
  else
    vad->noise += 0.02;
  vad->noise = MAX (vad->noise, MIN_NOISE);
  return speech;
}
