/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define GST_TYPE_OAI_HTTP (gst_oai_http_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiHttp, gst_oai_http, GST, OAI_HTTP, GObject)

/* GstOaiHttp: the HTTP connections to one server, for the calls and the attempts of
 * one thread, one after the other or beside each other. Made, used and freed on that
 * thread, whose thread-default main context it uses.
 *
 * A connection is opened ahead of its request. When it makes no progress, as its
 * first packet is lost, which TCP repeats after a second, another one is opened
 * beside it, and the first that is ready is used (as RFC 8305 does with addresses).
 * What is open stays so for a while after the last reply, for the next call. */

GstOaiHttp *gst_oai_http_new (void);

/* Says where the next requests go and who is trusted besides the system's
 * authorities. Connections to elsewhere, and those that were trusted for other
 * reasons, are not used any more. */
void gst_oai_http_set_server (
    GstOaiHttp *self, const gchar *base_url, const gchar *tls_ca_file);

/* How long a connection may make no progress before there is another one, in
 * milliseconds; default 250. */
void gst_oai_http_set_patience (GstOaiHttp *self, guint patience_ms);

/* Makes a request like the one that a connection is opened for; NULL if that is not
 * possible. */
typedef SoupMessage *(*GstOaiHttpMessageFunc) (GObject *owner);
/* @opened is FALSE when there is no connection; a request will say why. */
typedef void (*GstOaiHttpOpenFunc) (GObject *owner, gboolean opened);

/* Opens a connection, unless an open one is free. @done is called exactly once, not
 * from within this function; when @cancellable is cancelled with FALSE, soon after.
 * @owner lives until then. */
void gst_oai_http_open (GstOaiHttp *self, GstOaiHttpMessageFunc make_message,
    GstOaiHttpOpenFunc done, GObject *owner, GCancellable *cancellable);

/* What requests are sent with: the connection that was opened last is in it.
 * Transfer none. */
SoupSession *gst_oai_http_get_session (GstOaiHttp *self);

/* The server has replied: what is open works, and may be used by the next call if
 * that is soon. */
void gst_oai_http_replied (GstOaiHttp *self);

/* Whether the connection has been used before, so that the server may have closed it
 * in the very moment in which the next request was sent. */
gboolean gst_oai_http_is_used (GstOaiHttp *self);

/* Lets go of what is open, as it does not work. */
void gst_oai_http_forget (GstOaiHttp *self);

G_END_DECLS
