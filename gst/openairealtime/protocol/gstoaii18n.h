/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

/* Include "config.h" first: it says whether messages are translated. */
#ifdef ENABLE_NLS
#include <glib/gi18n-lib.h>
#else
#define _(text) (text)
#define N_(text) (text)
#endif
