/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaijson.h"
#include "session/gstoaiturn.h"

G_BEGIN_DECLS

/* GstOaiConversation: what a session does about events, as pure logic.
 *
 * It keeps track of who is speaking, of responses, function calls and turns; it
 * decides when the playout is cut off and when it may sound again, and knows when
 * the conversation is drained. When the model is asked to speak is decided in
 * GstOaiResponder.
 * No I/O, no thread, no clock: everything comes in by a call with the time in
 * it (monotonic, ns) and goes out through GstOaiConversationOps.
 */
typedef struct _GstOaiConversation GstOaiConversation;

typedef struct {
  /* Sends a client event. Takes @event. Returns its event_id. */
  const gchar *(*send) (JsonObject *event, gpointer user_data);
  /* The answer is cut off: gst_oai_playout_interrupt(). */
  void (*interrupt) (GstClockTime now, gpointer user_data);
  /* gst_oai_playout_resume() */
  void (*resume) (GstClockTime cutoff, gpointer user_data);
  /* The server speaks or no longer does. */
  void (*speaking) (gboolean speaking, gpointer user_data);
  /* The model calls a function. */
  void (*function_call) (const gchar *call_id, const gchar *name,
      const gchar *arguments, gpointer user_data);
  /* A turn is complete. */
  void (*turn) (const GstOaiTurn *turn, gpointer user_data);
  /* The input has ended and so has the answer, or the server has closed the
   * session. @timed_out: it was given up. */
  void (*drained) (gboolean timed_out, gpointer user_data);
} GstOaiConversationOps;

/* @manual_turns: turn-detection is none.
 * @interrupt: speech of the user cuts off the answer.
 * @play_on: never cut off (interrupt-mode=none).
 * @create_response: the server answers a committed turn by itself.
 * @translation: there are no turns; the session is closed at the end of the input.
 * @keep: the end of the input ends nothing (eos-mode=keep).
 * @silence_duration: what ends a turn.
 * @drain_timeout: longest wait without progress after the input's end. */
typedef struct {
  gboolean manual_turns;
  gboolean interrupt;
  gboolean play_on;
  gboolean create_response;
  gboolean translation;
  gboolean keep;
  GstClockTime silence_duration;
  GstClockTime drain_timeout;
} GstOaiConversationPolicy;

/* What the media side knows, for gst_oai_conversation_tick().
 * @playout_active: the playout holds or has just played packets
 * @playout_target: its present target delay
 * @oldest_packet: when the packet arrived that it plays next, NONE: it holds none.
 *   In PAUSED, or when a sink does not take any more, that may be long ago
 * @tools_running: programs that answer function calls are running
 * @first_audible: when audible sound first left the src pad after the last
 *   response.created, NONE: not yet
 * @last_audible: when audible sound last left the src pad, NONE: never
 * @first_packet: when the first packet after the last response.created came, NONE:
 *   not yet
 * @first_sound_packet: when the packet came that the first audible sound since was
 *   made of, NONE: not yet
 * @last_speech: when the input last had what seems to be speech, NONE: never */
typedef struct {
  gboolean playout_active;
  gboolean tools_running;
  GstClockTime playout_target;
  GstClockTime oldest_packet;
  GstClockTime last_audible;
  GstClockTime first_audible;
  GstClockTime first_packet;
  GstClockTime first_sound_packet;
  GstClockTime last_speech;
} GstOaiConversationMedia;

GstOaiConversation *gst_oai_conversation_new (
    const GstOaiConversationOps *ops, gpointer user_data);
void gst_oai_conversation_free (GstOaiConversation *self);

void gst_oai_conversation_set_policy (
    GstOaiConversation *self, const GstOaiConversationPolicy *policy);

/* What the model says while functions take longer than @delay; NULL: nothing. */
void gst_oai_conversation_set_filler (
    GstOaiConversation *self, const gchar *instructions, GstClockTime delay);

/* TRUE for an error that is no news for the user: events of client and server
 * crossed, and the conversation has dealt with it. */
gboolean gst_oai_conversation_handle_event (GstOaiConversation *self,
    GstOaiEvent event, JsonObject *object, GstClockTime now);
void gst_oai_conversation_tick (GstOaiConversation *self,
    const GstOaiConversationMedia *media, GstClockTime now);

/* The input ended / goes on after all. */
void gst_oai_conversation_input_ended (
    GstOaiConversation *self, GstClockTime now);
void gst_oai_conversation_input_resumed (GstOaiConversation *self);

/* Whether the server has closed the session, as it was asked to. What it sent until
 * then is still played; then drained is called. */
gboolean gst_oai_conversation_is_closed (GstOaiConversation *self);
/* The connection is at its end. When the server was asked to close the session it
 * has done so, though session.closed got lost. Returns whether it is closed. */
gboolean gst_oai_conversation_disconnected (
    GstOaiConversation *self, GstClockTime now);

/* The conversation is to end: what the user said is still answered, but nothing
 * of the application's is asked for any more; then drained is called. With
 * @answer_only only the response that is under way is finished. */
void gst_oai_conversation_wind_up (
    GstOaiConversation *self, gboolean answer_only, GstClockTime now);

/* A client event of the application. Takes @event. response.create waits until
 * no other response is active. */
void gst_oai_conversation_submit (
    GstOaiConversation *self, JsonObject *event, GstClockTime now);
void gst_oai_conversation_function_output (GstOaiConversation *self,
    const gchar *call_id, const gchar *output, GstClockTime now);
/* Whether that call waits for its output. */
gboolean gst_oai_conversation_has_call (
    GstOaiConversation *self, const gchar *call_id);
void gst_oai_conversation_interrupt (
    GstOaiConversation *self, GstClockTime now);

/* Push-to-talk, with manual turns: the user begins, and has finished. */
void gst_oai_conversation_start_talking (
    GstOaiConversation *self, GstClockTime now);
void gst_oai_conversation_stop_talking (
    GstOaiConversation *self, GstClockTime now);
/* The model speaks first, and is told @instructions for that. */
void gst_oai_conversation_greet (
    GstOaiConversation *self, const gchar *instructions, GstClockTime now);

/* What was sent before only goes out now. */
void gst_oai_conversation_connected (
    GstOaiConversation *self, GstClockTime now);

/* Whether a response is in progress or asked for. */
gboolean gst_oai_conversation_is_busy (GstOaiConversation *self);
/* Whether nobody talks and nothing is waited for, a function's output neither. */
gboolean gst_oai_conversation_is_quiet (GstOaiConversation *self);
/* Whether the model has been heard. */
gboolean gst_oai_conversation_has_spoken (GstOaiConversation *self);

G_END_DECLS
