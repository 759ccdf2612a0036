/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaijson.h"

G_BEGIN_DECLS

/* GstOaiResponseWatch: notices that a response does not come that should.
 *
 * One is due when the user's turn is committed, if the server answers by itself,
 * and when a client asks for one. It has come with its first output; one that was
 * announced and then has none is missing, too. Pure: told of everything both
 * sides say, with the time (monotonic, ns). */
typedef struct {
  GstClockTime since; /* when the wait began, NONE: nothing is due */
  gchar *request_id; /* of the response.create that is waited for, nullable */
  gboolean active; /* a response is being made */
  gboolean due_next; /* and one after it */
  guint commits; /* by a client, which the server does not answer by itself */
} GstOaiResponseWatch;

void gst_oai_response_watch_init (GstOaiResponseWatch *self);
void gst_oai_response_watch_clear (GstOaiResponseWatch *self);

/* An event of the server. @answers: the server answers a turn by itself. */
void gst_oai_response_watch_handle_event (GstOaiResponseWatch *self,
    GstOaiEvent event, JsonObject *object, gboolean answers, GstClockTime now);
/* An event that goes to the server. */
void gst_oai_response_watch_sent (
    GstOaiResponseWatch *self, JsonObject *event, GstClockTime now);

/* TRUE, once, when a response is late: nothing came for @timeout. */
gboolean gst_oai_response_watch_is_late (
    GstOaiResponseWatch *self, GstClockTime timeout, GstClockTime now);

G_END_DECLS
