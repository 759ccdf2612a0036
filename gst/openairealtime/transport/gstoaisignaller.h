/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gio/gio.h>

#include "protocol/gstoaierror.h"
#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

#define GST_TYPE_OAI_SIGNALLER (gst_oai_signaller_get_type ())
G_DECLARE_FINAL_TYPE (
    GstOaiSignaller, gst_oai_signaller, GST, OAI_SIGNALLER, GObject)

/* GstOaiSignallerAnswerFunc: how an offer ended.
 * @answer: (nullable): the SDP answer, unparsed and hostile
 * @error: (nullable): set when there is no answer; owned by the callee */
typedef void (*GstOaiSignallerAnswerFunc) (
    const gchar *answer, GstOaiError *error, gpointer user_data);

/* A client of POST {base-url}/realtime/calls. Made, used and freed on one
 * thread whose thread-default main context it uses. Credentials go to the host
 * of the base URL only: redirects are errors. */
GstOaiSignaller *gst_oai_signaller_new (GstOaiCall *call);

/* Opens a connection ahead of the request, and with GstOaiCall::mint_secret asks for
 * the client secret. Errors are left to the request. Once at most. */
void gst_oai_signaller_preconnect (
    GstOaiSignaller *self, GCancellable *cancellable);

/* Posts @offer, with GstOaiCall::mint_secret once a client secret was made for it,
 * once for each signaller. @func is called exactly once, also when @cancellable is
 * cancelled (with the error that gst_oai_error_from_gerror() makes of it). */
void gst_oai_signaller_send_offer (GstOaiSignaller *self, const gchar *offer,
    GCancellable *cancellable, GstOaiSignallerAnswerFunc func,
    gpointer user_data);

/* The id that the server gave the call, NULL when it did not or has not yet.
 * Known from the head of the reply, whatever comes after that. */
const gchar *gst_oai_signaller_get_call_id (GstOaiSignaller *self);

/* Adds to @error what identifies the server's reply to the offer, when one came;
 * its status only @with_status. */
void gst_oai_signaller_describe (
    GstOaiSignaller *self, GstOaiError *error, gboolean with_status);

/* Posts the hang-up of @call_id. @done is called exactly once, when the request
 * has ended, failed or taken longer than @timeout_ms. */
void gst_oai_signaller_hang_up (GstOaiSignaller *self, const gchar *call_id,
    guint timeout_ms, void (*done) (gpointer user_data), gpointer user_data);

/* Whether the call has a credential that may hang up. */
gboolean gst_oai_signaller_can_hang_up (GstOaiSignaller *self);

/* Pure helpers, for tests. */

/* The call id in a Location header: the last path segment that starts with
 * "rtc_", else the last one. NULL when there is none or when it is not safe as
 * a part of a URL. */
gchar *gst_oai_signaller_parse_location (const gchar *location);

/* @base_url with @path put after its path; a query stays at the end. */
gchar *gst_oai_signaller_build_url (const gchar *base_url, const gchar *path);

/* The multipart/form-data body of an offer with the parts "sdp" and
 * "session". */
GBytes *gst_oai_signaller_build_body (
    const gchar *offer, const gchar *session_json, const gchar *boundary);

/* Whether @base_url points at this machine (localhost, 127.x, ::1). */
gboolean gst_oai_signaller_is_loopback (const gchar *base_url);

G_END_DECLS
