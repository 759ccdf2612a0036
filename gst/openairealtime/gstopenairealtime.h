/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "gstopenairealtimebase.h"

G_BEGIN_DECLS

#define GST_TYPE_OPENAI_REALTIME (gst_openai_realtime_get_type ())
G_DECLARE_FINAL_TYPE (GstOpenAIRealtime, gst_openai_realtime, GST,
    OPENAI_REALTIME, GstOpenAIRealtimeBase)

G_END_DECLS
