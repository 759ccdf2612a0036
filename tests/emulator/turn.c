/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "turn.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Speech begins with ONSET speech frames among the last ONSET_WINDOW: one click
 * is no turn. */
#define ONSET 4
#define ONSET_WINDOW 6
/* Within a turn, this much less is still speech: words end softly. */
#define HYSTERESIS 0.15

struct _EmuTurn {
  EmuVad *vad;
  gboolean enabled;
  gdouble threshold;
  guint64 prefix;
  guint64 silence;

  guint64 position;
  /* One bit a frame, the newest lowest. */
  guint32 recent;
  gboolean speaking;
  guint64 speech_end;
  /* Where the last turn ended; padding does not reach before it. */
  guint64 floor;
};

EmuTurn *
emu_turn_new (void)
{
  EmuTurn *turn = g_new0 (EmuTurn, 1);

  turn->vad = emu_vad_new ();
  return turn;
}

void
emu_turn_free (EmuTurn *turn)
{
  emu_vad_free (turn->vad);
  g_free (turn);
}

/* semantic_vad asks a model whether the sentence is over. This one waits: the
 * more eager, the shorter, always well under the documented maxima of 8, 4 and
 * 2 s. */
static gint64
semantic_silence_ms (const gchar *eagerness)
{
  if (strcmp (eagerness, "low") == 0)
    return 2000;
  if (strcmp (eagerness, "high") == 0)
    return 500;
  return 1000;
}

void
emu_turn_configure (EmuTurn *turn, JsonObject *detection)
{
  turn->enabled = detection != NULL;
  if (!turn->enabled) {
    emu_turn_reset (turn);
    return;
  }
  if (strcmp (gst_oai_json_get_string (detection, "type", ""), "semantic_vad")
      == 0) {
    turn->threshold = 0.5;
    turn->prefix = EMU_SAMPLES (300);
    turn->silence = EMU_SAMPLES (semantic_silence_ms (
        gst_oai_json_get_string (detection, "eagerness", "auto")));
    return;
  }
  turn->threshold = gst_oai_json_get_double (detection, "threshold", 0.5);
  turn->prefix = EMU_SAMPLES (
      gst_oai_json_get_int (detection, "prefix_padding_ms", 300));
  turn->silence = EMU_SAMPLES (
      gst_oai_json_get_int (detection, "silence_duration_ms", 500));
}

void
emu_turn_reset (EmuTurn *turn)
{
  turn->speaking = FALSE;
  turn->recent = 0;
  turn->floor = turn->position;
}

gboolean
emu_turn_is_speaking (EmuTurn *turn)
{
  return turn->speaking;
}

static guint
count_bits (guint32 bits)
{
  guint n;

  for (n = 0; bits != 0; bits &= bits - 1)
    n++;
  return n;
}

EmuTurnEvent
emu_turn_process (EmuTurn *turn, const gint16 *frame, guint64 *start)
{
  /* Heard also while disabled: the detector must know the noise. */
  gdouble probability = emu_vad_process (turn->vad, frame);
  gdouble threshold = turn->threshold - (turn->speaking ? HYSTERESIS : 0.0);
  gboolean speech = probability > 0.01 && probability >= threshold;

  turn->position += EMU_FRAME;
  if (!turn->enabled)
    return EMU_TURN_NOTHING;

  turn->recent = (turn->recent << 1) | (speech ? 1 : 0);
  if (!turn->speaking) {
    guint32 window = turn->recent & ((1u << ONSET_WINDOW) - 1);
    guint64 onset;

    if (count_bits (window) < ONSET)
      return EMU_TURN_NOTHING;
    /* The oldest speech frame of the window is where it began. */
    onset = turn->position - (guint64) g_bit_storage (window) * EMU_FRAME;
    *start = MAX (onset - MIN (onset, turn->prefix), turn->floor);
    turn->speaking = TRUE;
    turn->speech_end = turn->position;
    return EMU_TURN_SPEECH_STARTED;
  }
  if (speech)
    turn->speech_end = turn->position;
  if (turn->position - turn->speech_end < turn->silence)
    return EMU_TURN_NOTHING;
  emu_turn_reset (turn);
  return EMU_TURN_SPEECH_STOPPED;
}
