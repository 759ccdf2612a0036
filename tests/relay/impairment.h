/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a network does to packets, as a function of a seed: no clock, no I/O.
 *
 * The n-th packet of a kind meets the n-th decision of that kind, so that how
 * many connectivity checks a client makes does not change what happens to its
 * sound: two clients with the same seed meet the same loss. */

/* By the first bytes (RFC 7983, RFC 5761). */
typedef enum {
  RELAY_KIND_STUN,
  RELAY_KIND_DTLS,
  RELAY_KIND_RTP,
  RELAY_KIND_RTCP,
  RELAY_KIND_OTHER,
  RELAY_N_KINDS
} RelayKind;

RelayKind relay_kind (const guint8 *data, gsize size);
const gchar *relay_kind_name (RelayKind kind);

/* One direction of a network. */
typedef struct _RelayProfile RelayProfile;

/* @spec is a list of members, comma between them, see --help; empty or NULL is
 * a perfect network. */
RelayProfile *relay_profile_parse (const gchar *spec, GError **error);
void relay_profile_free (RelayProfile *profile);
/* The members, for --help. */
const gchar *relay_profile_help (void);

/* One direction of one call. */
typedef struct _RelayLink RelayLink;

/* @profile must outlive the link. */
RelayLink *relay_link_new (const RelayProfile *profile, guint64 seed);
void relay_link_free (RelayLink *link);

/* For a direction (0 or 1) of the n-th call of a network with this seed. */
guint64 relay_link_seed (guint64 seed, guint call, guint direction);

/* What becomes of a packet of @size bytes that comes in @now (us, never
 * decreasing): the number of copies that leave, 0 when it is lost, and the time
 * of each. */
#define RELAY_MAX_COPIES 2
guint relay_link_pass (RelayLink *link, RelayKind kind, gsize size, gint64 now,
    gint64 leave[RELAY_MAX_COPIES]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayProfile, relay_profile_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayLink, relay_link_free)

G_END_DECLS
