/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The entry point that fuzzing engines (libFuzzer, AFL++) call. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
