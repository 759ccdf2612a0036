/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "gstopenairealtimebase.h"

G_BEGIN_DECLS

#define GST_TYPE_OPENAI_REALTIME_SRC (gst_openai_realtime_src_get_type ())
G_DECLARE_FINAL_TYPE (GstOpenAIRealtimeSrc, gst_openai_realtime_src, GST,
    OPENAI_REALTIME_SRC, GstOpenAIRealtimeBase)

G_END_DECLS
