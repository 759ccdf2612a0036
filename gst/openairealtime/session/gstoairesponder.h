/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaijson.h"

G_BEGIN_DECLS

/* GstOaiResponder: when the model is asked to speak, as pure logic.
 *
 * The server makes one response at a time and refuses another response.create
 * meanwhile. So each request waits until no response is active and none is
 * expected; none is lost, and a cancel and what is asked for after it stay in
 * that order. The outputs of all function calls of one response lead to one
 * request, made after the last of them.
 *
 *            request, last output                  response.created
 *   idle -----------------------------> expecting -----------------> active
 *    ^  \_____ the server begins one of its own __________________/    |
 *    '-------- response.done, or nothing came within 10 s -------------'
 *
 * No I/O, no thread, no clock: the time (monotonic, ns) comes with each call.
 */
typedef struct _GstOaiResponder GstOaiResponder;

/* Sends a client event. Takes @event. Returns its event_id. */
typedef const gchar *(*GstOaiResponderSend) (
    JsonObject *event, gpointer user_data);

GstOaiResponder *gst_oai_responder_new (
    GstOaiResponderSend send, gpointer user_data);
void gst_oai_responder_free (GstOaiResponder *self);

/* What the model is told to say when a function call is open for @delay, or
 * NULL: nothing. */
void gst_oai_responder_set_filler (
    GstOaiResponder *self, const gchar *instructions, GstClockTime delay);
/* Whether the user speaks and the server will answer that by itself: outputs of
 * functions become part of that answer. */
void gst_oai_responder_set_held (
    GstOaiResponder *self, gboolean held, GstClockTime now);

/* From now on nothing is asked for. */
void gst_oai_responder_stop (GstOaiResponder *self);

/* Whether a response is in progress or asked for. */
gboolean gst_oai_responder_is_busy (GstOaiResponder *self);
/* The same, or one will be asked for, or a function call or an approval waits to
 * be answered. */
gboolean gst_oai_responder_is_waiting (GstOaiResponder *self);
/* The id of the response in progress, or NULL. */
const gchar *gst_oai_responder_get_active (GstOaiResponder *self);

/* Asks for a response as soon as that is possible. Takes @create, a
 * response.create. */
void gst_oai_responder_request (
    GstOaiResponder *self, JsonObject *create, GstClockTime now);
/* The server has something that it will answer by itself. */
void gst_oai_responder_expect (GstOaiResponder *self, GstClockTime now);
/* It did, or will not. */
void gst_oai_responder_expect_nothing (GstOaiResponder *self);
/* Ends the response in progress, or the one that is expected as soon as it
 * begins. FALSE: there is none. */
gboolean gst_oai_responder_cancel (GstOaiResponder *self);

/* response.created. TRUE: it was cancelled before. */
gboolean gst_oai_responder_created (GstOaiResponder *self, const gchar *id);
/* response.done. TRUE when it was the one in progress; gst_oai_responder_next()
 * is due when all else about its end is done. */
gboolean gst_oai_responder_done (GstOaiResponder *self, const gchar *id);
void gst_oai_responder_next (GstOaiResponder *self, GstClockTime now);
/* An error about the event @event_id. TRUE when it was one of ours and is dealt
 * with. */
gboolean gst_oai_responder_refused (GstOaiResponder *self,
    const gchar *event_id, const gchar *code, GstClockTime now);

/* The model calls a function. FALSE: it is known already, or they are too
 * many. */
gboolean gst_oai_responder_call (
    GstOaiResponder *self, const gchar *call_id, GstClockTime now);
/* Whether that call waits for its output. */
gboolean gst_oai_responder_has_call (
    GstOaiResponder *self, const gchar *call_id);
/* Sends the output and, when it is the last one, asks for the response. */
void gst_oai_responder_output (GstOaiResponder *self, const gchar *call_id,
    const gchar *output, GstClockTime now);
/* The application sends it as an item, and asks for the response itself. */
void gst_oai_responder_output_by_application (
    GstOaiResponder *self, const gchar *call_id);
/* The output is part of the conversation now. */
void gst_oai_responder_output_added (
    GstOaiResponder *self, const gchar *call_id);

/* A call of an MCP server waits for an approval. */
void gst_oai_responder_approval_wanted (GstOaiResponder *self, const gchar *id);
/* It was answered. The server goes on with a call that is approved; about one
 * that is not the model is asked to speak. */
void gst_oai_responder_approval_answered (GstOaiResponder *self,
    const gchar *id, gboolean approved, GstClockTime now);

/* What was asked for before goes out only now. */
void gst_oai_responder_connected (GstOaiResponder *self, GstClockTime now);
/* @quiet: neither the model nor the user is speaking. */
void gst_oai_responder_tick (
    GstOaiResponder *self, gboolean quiet, GstClockTime now);

G_END_DECLS
