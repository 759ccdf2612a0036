/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* GstOaiHangUp: the end of one call. The session's thread lets go of the call, the
 * server is asked to hang up, the media are shut down, in that order; somebody else
 * waits for it, or a thread of its own does. Reference counted, thread-safe. */
typedef struct _GstOaiHangUp GstOaiHangUp;

GstOaiHangUp *gst_oai_hang_up_new (void);
GstOaiHangUp *gst_oai_hang_up_ref (GstOaiHangUp *self);
/* Takes a GstOaiHangUp, as destroy functions do. */
void gst_oai_hang_up_unref (gpointer data);

/* The hang-up request has ended. Takes the GstOaiHangUp: for
 * gst_oai_transport_close(). */
void gst_oai_hang_up_confirmed (gpointer data);

/* The session's thread is through with the call. @transport (transfer full, nullable)
 * is to be shut down, once @before (transfer full, nullable), the end of a call that
 * has failed, is finished. */
void gst_oai_hang_up_close (
    GstOaiHangUp *self, GstOaiTransport *transport, GstOaiHangUp *before);

/* Waits for the session's thread, then for the hang-up request, then ends the
 * media. @patience bounds the first wait (microseconds, 0 for none, -1 for no
 * bound). FALSE when it was not enough. */
gboolean gst_oai_hang_up_finish (GstOaiHangUp *self, gint64 patience);

/* The same for whoever cannot wait. @owner outlives the media, which call it. */
void gst_oai_hang_up_finish_in_thread (GstOaiHangUp *self, GObject *owner);

/* The session's thread has seen that nobody is left; with @quit it ends. */
void gst_oai_hang_up_leave (GstOaiHangUp *self, gboolean quit);

/* Waits for that, at most @patience microseconds. Whether the thread ends. */
gboolean gst_oai_hang_up_wait_quit (GstOaiHangUp *self, gint64 patience);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiHangUp, gst_oai_hang_up_unref)

G_END_DECLS
