/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session/gstoaiusage.h"

G_BEGIN_DECLS

/* GstOaiPrices: what models cost, from a JSON file; prices.json beside this file
 * is the one that is built in and shows the format. Immutable. */
typedef struct _GstOaiPrices GstOaiPrices;

/* @path NULL: the prices that are built in. NULL with @error when the file cannot
 * be read or is no table of prices; a member that is not known is a mistake, too,
 * or a misspelt price would be none. */
GstOaiPrices *gst_oai_prices_load (const gchar *path, GError **error);
void gst_oai_prices_free (GstOaiPrices *self);

/* Sets cost, priced and unpriced of @usage, which is one response of @model or one
 * transcription by it. FALSE when it has no price: @model (nullable) is not in the
 * table, or has no price for something that was used. A model with a date behind
 * its name ("-2026-08-28") costs what the one without costs, unless it is there
 * itself. */
gboolean gst_oai_prices_apply (
    const GstOaiPrices *self, const gchar *model, GstOaiUsage *usage);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiPrices, gst_oai_prices_free)

G_END_DECLS
