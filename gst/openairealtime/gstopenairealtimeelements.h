/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What every element of the plugin needs before it is registered: debug
 * categories and translations. Idempotent. */
void openairealtime_element_init (GstPlugin *plugin);

GST_ELEMENT_REGISTER_DECLARE (openairealtime);
GST_ELEMENT_REGISTER_DECLARE (openairealtimesink);
GST_ELEMENT_REGISTER_DECLARE (openairealtimesrc);

G_END_DECLS
