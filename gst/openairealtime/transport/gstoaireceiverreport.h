/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiReceiverReport: what the server's last RTCP report says of our sound
 * (RFC 3550, 6.4.1).
 *
 * @fraction_lost: of the packets between the last two reports, 0.0 to 1.0
 * @round_trip: in ns, 0 when not known yet
 * @highest_seqnum: extended; another one means another report
 */
typedef struct {
  gdouble fraction_lost;
  GstClockTime round_trip;
  guint highest_seqnum;
} GstOaiReceiverReport;

/* Reads the report about the first session of @rtpbin. FALSE when there is none
 * yet. Any thread. */
gboolean gst_oai_receiver_report_read (
    GstOaiReceiverReport *report, GstElement *rtpbin);

/* Percentage to begin with: nothing is known yet, and the first words count. */
#define GST_OAI_LOSS_INITIAL 10
/* More than this costs the speech itself more bits than it saves. */
#define GST_OAI_LOSS_MAX 30

/* GstOaiLoss: the loss to expect, from the reports. Rises with the first report
 * that shows loss, and falls slowly: bursts come back. Pure. */
typedef struct {
  gdouble expected;
  guint last_seqnum;
  gboolean known;
} GstOaiLoss;

void gst_oai_loss_init (GstOaiLoss *loss);
/* The percentage to tell the encoder, 0 to GST_OAI_LOSS_MAX. A report that was
 * seen before changes nothing. */
gint gst_oai_loss_update (GstOaiLoss *loss, const GstOaiReceiverReport *report);

G_END_DECLS
