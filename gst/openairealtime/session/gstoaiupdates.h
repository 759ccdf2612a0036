/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "session/gstoaisettings.h"

G_BEGIN_DECLS

/* GstOaiUpdates: the configuration that the server has, and what a session.update has
 * to say so that it has another one. One update is in flight at a time, as
 * acknowledgements do not say what they are for. What the server refuses does not
 * stay in the way of anything else. Sends nothing itself; not thread-safe. */
typedef struct _GstOaiUpdates GstOaiUpdates;

/* An update that is not acknowledged by then will not be: some servers do not
 * tell. */
#define GST_OAI_UPDATES_TIMEOUT (5 * GST_SECOND)

GstOaiUpdates *gst_oai_updates_new (void);
void gst_oai_updates_free (GstOaiUpdates *self);

/* There is no session: nothing is to be sent. */
void gst_oai_updates_reset (GstOaiUpdates *self);

/* A session begins that has these settings; with @client_secret it has what the
 * secret was made with, of which nothing is known but the kind of the session, and
 * defaults are left as they are. */
void gst_oai_updates_begin (GstOaiUpdates *self, const GstOaiSettings *settings,
    gboolean client_secret);

/* The session member of the session.update that takes the server to @settings
 * (transfer full). It is in flight then: gst_oai_updates_sent() has to follow. NULL
 * when it has them, or when another one is in flight, after which this is to be
 * called again. */
JsonObject *gst_oai_updates_next (
    GstOaiUpdates *self, const GstOaiSettings *settings);
void gst_oai_updates_sent (
    GstOaiUpdates *self, const gchar *event_id, GstClockTime now);

gboolean gst_oai_updates_is_in_flight (GstOaiUpdates *self);
/* Whether it has been so for too long: it is to be taken as acknowledged. */
gboolean gst_oai_updates_is_late (GstOaiUpdates *self, GstClockTime now);
/* Whether an error about the event @event_id (nullable) is about it. */
gboolean gst_oai_updates_is_refused (
    GstOaiUpdates *self, const gchar *event_id);

/* session.updated. Returns whether gst_oai_updates_next() has to be called. */
gboolean gst_oai_updates_acknowledged (GstOaiUpdates *self);

/* The server has refused it while the model answers, when some settings cannot be
 * changed. Returns whether it is to be tried once more, when
 * gst_oai_updates_retry() says so; or else it was that, and is refused. */
gboolean gst_oai_updates_postpone (GstOaiUpdates *self);
/* The model no longer answers. Returns whether gst_oai_updates_next() has to be
 * called. */
gboolean gst_oai_updates_retry (GstOaiUpdates *self);

/* Whether the update changed @setting, from @old to @refused (transfer none, valid
 * until the next call). */
gboolean gst_oai_updates_changed (GstOaiUpdates *self, GstOaiSetting setting,
    const GstOaiSettings **refused, const GstOaiSettings **old);
/* The server has refused it because of @param (of its error, nullable). That counts
 * as applied, lest it is sent again, unless its property was @restored; without a
 * member of that name all of the update does. Returns whether
 * gst_oai_updates_next() has to be called. */
gboolean gst_oai_updates_refused (
    GstOaiUpdates *self, const gchar *param, gboolean restored);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiUpdates, gst_oai_updates_free)

G_END_DECLS
