/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Shortens and lengthens a block of S16 mono audio at 24 kHz by one piece whose
 * ends fit each other, cross-fading over the seam. The first and the last
 * sample of the block stay what they are. Pure functions. */

/* The length of a piece that can be taken out of @samples or put in twice:
 * with @low_energy half of the block up to 10 ms, else the pitch period of a
 * clearly voiced block. 0 when there is none. */
guint gst_oai_stretch_find (
    const gint16 *samples, guint n_samples, gboolean low_energy);

/* Takes @piece samples out. Returns the new length. */
guint gst_oai_stretch_shrink (gint16 *samples, guint n_samples, guint piece);

/* Puts @piece samples in; @samples has room for them. Returns the new length.
 */
guint gst_oai_stretch_grow (gint16 *samples, guint n_samples, guint piece);

/* Root mean square. */
guint gst_oai_stretch_level (const gint16 *samples, guint n_samples);

G_END_DECLS
