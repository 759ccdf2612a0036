/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "protocol/gstoaijson.h"
#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* A transport without a network: the test says what the server does and looks
 * at what was sent. Its functions may be called from any thread but the
 * session's; those that make the server do something return when the session
 * has reacted. Waiting functions fail the test after a deadline. */
#define FAKE_TYPE_TRANSPORT (fake_transport_get_type ())
G_DECLARE_FINAL_TYPE (
    FakeTransport, fake_transport, FAKE, TRANSPORT, GstOaiTransport)

/* A GstOaiTransportFactory. */
GstOaiTransport *fake_transport_new (void);

/* Forgets all transports made so far. */
void fake_transport_reset (void);
/* How many were made since. */
guint fake_transport_count (void);
/* The @n-th that was connected, from 1; waits for it. Not a reference: they live
 * until fake_transport_reset(). */
FakeTransport *fake_transport_wait_connect (guint n);

/* Whether the hang-up request ends at once (default), or not until
 * fake_transport_confirm(). For all transports. */
void fake_transport_set_confirms (gboolean confirms);
void fake_transport_confirm (FakeTransport *self);
/* Refuses client events from now on. */
void fake_transport_set_refuse (FakeTransport *self, gboolean refuse);

/* What the server does. */
void fake_transport_step (FakeTransport *self, GstOaiStep step);
void fake_transport_connected (FakeTransport *self);
void fake_transport_event (FakeTransport *self, const gchar *text);
void fake_transport_bytes (FakeTransport *self, gconstpointer data, gsize size);
void fake_transport_fail (FakeTransport *self, const gchar *message);
void fake_transport_fail_for_good (FakeTransport *self, const gchar *message);
void fake_transport_packet (FakeTransport *self, guint16 seqnum);
/* Returns when everything posted to the session before has been done. */
void fake_transport_sync (FakeTransport *self);

/* What the session did. */
const GstOaiCall *fake_transport_get_call (FakeTransport *self);
guint fake_transport_n_sent (FakeTransport *self);
/* The @n-th client event, from 0; waits for it. A new reference. */
JsonObject *fake_transport_wait_sent (FakeTransport *self, guint n);
guint fake_transport_n_frames (FakeTransport *self);
void fake_transport_wait_frames (FakeTransport *self, guint n);
/* Whether its call was placed as the client of DTLS. */
gboolean fake_transport_is_dtls_client (FakeTransport *self);
gboolean fake_transport_hung_up (FakeTransport *self);
guint fake_transport_n_closed (FakeTransport *self);
void fake_transport_wait_shutdown (FakeTransport *self);

G_END_DECLS
