/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "session/gstoaiturn.h"

G_BEGIN_DECLS

/* Where the time between the user's last sound and the answer's first one went,
 * ns. NONE: not known. The known ones add up to the total. */
typedef struct {
  /* There and back: the last words to the server, what it makes of them back. */
  GstClockTime network;
  /* From the user's last sound until the server took it for the last, without
   * the way. With the way where the round trip is not known. */
  GstClockTime detection;
  /* From there to the packet that holds the first sound of the answer. */
  GstClockTime inference;
  /* From that packet to the first sound at the source pad. */
  GstClockTime playout;
  /* From the source pad to the ear: the latency of the pipeline. */
  GstClockTime device;
  GstClockTime total;
} GstOaiShares;

/* @round_trip, @device: NONE if not known. FALSE when @turn has no sound to wait
 * for, or none to be heard. */
gboolean gst_oai_shares_of_turn (GstOaiShares *shares, const GstOaiTurn *turn,
    GstClockTime round_trip, GstClockTime device);

/* Adds "network", "detection", "inference", "playout", "device" and "total"
 * (uint64, ns), those that are known. */
void gst_oai_shares_to_structure (
    const GstOaiShares *shares, GstStructure *structure);

/* GstOaiLedger: the shares of the last GST_OAI_LEDGER_TURNS turns. Not
 * thread-safe. */
#define GST_OAI_LEDGER_TURNS 100
typedef struct _GstOaiLedger GstOaiLedger;

GstOaiLedger *gst_oai_ledger_new (void);
void gst_oai_ledger_free (GstOaiLedger *self);

/* TRUE when the turn was the first to take longer than @bound (NONE: there is
 * none) since one did not. */
gboolean gst_oai_ledger_add (
    GstOaiLedger *self, const GstOaiShares *shares, GstClockTime bound);

/* "turn-latency": "turns" (uint), how many count, and of each share that is known
 * of any "SHARE-p50", "SHARE-p95" and "SHARE-max" (uint64, ns; nearest rank). */
GstStructure *gst_oai_ledger_to_structure (const GstOaiLedger *self);

G_END_DECLS
