/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Servers make one or two datagrams of a flight of the DTLS handshake, the dtls
 * plugin before 1.28 makes seven, and so a handshake with it is held up by loss as
 * often as if the network lost several times as much. This packs what leaves
 * @dtlsenc from now on. */
void emu_flight_pack (GstElement *dtlsenc);

G_END_DECLS
