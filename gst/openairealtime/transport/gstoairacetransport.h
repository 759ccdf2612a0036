/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* GstOaiRaceTransport: one transport for its owner, made of several attempts.
 *
 * A connect that stalls, because a packet was lost that only the server could
 * send again, gets company: a second call, and a third. The first that is
 * connected wins, and the others are hung up. Nothing is placed twice on a
 * network that loses nothing. How many there may be says GstOaiCall::attempts.
 *
 * An attempt that fails counts only when no other is left, with one exception:
 * what is fatal after the server took the call, such as a wrong certificate,
 * ends them all. */
#define GST_TYPE_OAI_RACE_TRANSPORT (gst_oai_race_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiRaceTransport, gst_oai_race_transport, GST,
    OAI_RACE_TRANSPORT, GstOaiTransport)

/* @factory makes the attempts. */
GstOaiTransport *gst_oai_race_transport_new (
    GstOaiTransport *(*factory) (void) );

/* Pure helper, for tests: how long the step after @done may take before an
 * attempt is said to stall. @times has when each step was done (ns since
 * connect), up to @done, which is GST_OAI_STEP_HTTP or later. */
GstClockTime gst_oai_race_patience (GstOaiStep done, const GstClockTime *times);

G_END_DECLS
