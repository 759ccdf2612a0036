/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaireceiverreport.h"

#include <string.h>

/* What is left of the expected loss after a report without any: a third after
 * five of them, some 25 s. */
#define FORGETTING 0.8
/* Half a percent is no reason to take bits from the speech. */
#define MIN_EXPECTED 0.005

gboolean
gst_oai_receiver_report_read (GstOaiReceiverReport *report, GstElement *rtpbin)
{
  g_autoptr (GObject) session = NULL;
  g_autoptr (GstStructure) stats = NULL;
  const GValue *value;
  GValueArray *sources;
  gboolean found = FALSE;
  guint i;

  memset (report, 0, sizeof (*report));
  g_signal_emit_by_name (rtpbin, "get-internal-session", 0, &session);
  if (!session)
    return FALSE;
  g_object_get (session, "stats", &stats, NULL);
  value = stats ? gst_structure_get_value (stats, "source-stats") : NULL;
  if (!value)
    return FALSE;
  /* GValueArray is deprecated, but it is what rtpsession has. */
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  sources = g_value_get_boxed (value);
  for (i = 0; sources && i < sources->n_values; i++) {
    const GstStructure *source = g_value_get_boxed (
        g_value_array_get_nth (sources, i));
    gboolean have_rb = FALSE;
    guint fraction = 0, round_trip = 0;

    if (!source || !gst_structure_get_boolean (source, "have-rb", &have_rb)
        || !have_rb)
      continue;
    /* In units of 1/256, and of 1/65536 s. */
    gst_structure_get_uint (source, "rb-fractionlost", &fraction);
    gst_structure_get_uint (source, "rb-round-trip", &round_trip);
    gst_structure_get_uint (
        source, "rb-exthighestseq", &report->highest_seqnum);
    report->fraction_lost = MIN (fraction, 256) / 256.0;
    report->round_trip = gst_util_uint64_scale (round_trip, GST_SECOND, 65536);
    found = TRUE;
  }
  G_GNUC_END_IGNORE_DEPRECATIONS
  return found;
}

void
gst_oai_loss_init (GstOaiLoss *loss)
{
  memset (loss, 0, sizeof (*loss));
  loss->expected = GST_OAI_LOSS_INITIAL / 100.0;
}

gint
gst_oai_loss_update (GstOaiLoss *loss, const GstOaiReceiverReport *report)
{
  if (!loss->known || report->highest_seqnum != loss->last_seqnum) {
    gdouble expected = loss->known ? loss->expected * FORGETTING : 0;

    loss->expected = MAX (expected, report->fraction_lost);
    loss->known = TRUE;
    loss->last_seqnum = report->highest_seqnum;
  }
  if (loss->expected < MIN_EXPECTED)
    return 0;
  /* At least 1: 0 turns FEC off. */
  return CLAMP ((gint) (loss->expected * 100 + 0.5), 1, GST_OAI_LOSS_MAX);
}
