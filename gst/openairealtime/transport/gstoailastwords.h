/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What a server says last, and then closes the channel, may be why it does. sctpdec
 * queues what it receives for another thread, and when the stream is reset it throws
 * the queue away: of 300 events in front of the end, up to 133 were lost on a busy
 * machine. So packets that reset streams (RE-CONFIG, RFC 6525, 3.1) get to it a
 * little later than all others. */

/* How much later. */
#define GST_OAI_LAST_WORDS_DELAY (50 * GST_MSECOND)

/* Holds such packets up in front of @sctpdec. */
void gst_oai_last_words_guard (GstElement *sctpdec);

G_END_DECLS
