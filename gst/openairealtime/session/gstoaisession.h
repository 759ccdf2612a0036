/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "media/gstoaiplayout.h"
#include "media/gstoaiuplink.h"
#include "protocol/gstoaidialect.h"
#include "protocol/gstoaierror.h"
#include "protocol/gstoaijson.h"
#include "session/gstoaisettings.h"
#include "session/gstoaiusage.h"
#include "transport/gstoaitransport.h"

G_BEGIN_DECLS

/* GstOaiSession: one conversation, shared by the halves that speak and hear.
 *
 * It knows no HTTP, no RTP and no element: it drives a GstOaiTransport, feeds
 * it from the uplink, fills the playout from it, reacts to the server's events
 * and tells its users (elements) what happened.
 *
 * Lock order, over the whole plugin:
 *
 *   registry > uplink > session > OBJECT_LOCK > playout
 *
 * No lock is held while calling a user, emitting, posting messages, pushing or
 * calling the transport. The one exception is the uplink, see there: it sends
 * with its lock held, and so takes that of the session. Nothing may be asked of
 * the uplink with the session's lock.
 */
#define GST_TYPE_OAI_SESSION (gst_oai_session_get_type ())
G_DECLARE_FINAL_TYPE (GstOaiSession, gst_oai_session, GST, OAI_SESSION, GObject)

typedef enum {
  GST_OAI_ROLE_INPUT = 1 << 0, /* feeds the uplink */
  GST_OAI_ROLE_OUTPUT = 1 << 1 /* reads the playout */
} GstOaiRole;

/* One event of the server, parsed. Valid during the call only.
 * @type is the name on the wire. */
typedef struct {
  GstOaiEvent event;
  const gchar *type;
  const gchar *json;
  JsonObject *object;
} GstOaiEventInfo;

/* GstOaiSessionFuncs: what a user is told. All of them are called on the
 * session's thread, without locks, with a reference held on @element. A user
 * that shares its pipeline with another one is told messages (@progress,
 * @message, @error) only when it speaks for both (the input half does). */
typedef struct {
  void (*event) (
      GstElement *element, const GstOaiEventInfo *info, gboolean speaker);
  gchar *(*function_call) (GstElement *element, const gchar *call_id,
      const gchar *name, const gchar *arguments);
  void (*progress) (
      GstElement *element, GstProgressType type, const gchar *text);
  void (*message) (GstElement *element, const GstStructure *structure);
  void (*error) (
      GstElement *element, const GstOaiError *error, gboolean warning);
  void (*state) (GstElement *element);
  void (*interrupted) (GstElement *element);
  void (*settings_changed) (GstElement *element);
  /* The server refused the value that @setting has in @wanted. TRUE when that was
   * the element's, which goes back to what it is in @before. */
  gboolean (*setting_refused) (GstElement *element, GstOaiSetting setting,
      const GstOaiSettings *wanted, const GstOaiSettings *before);
  void (*input_ended) (GstElement *element);
  void (*drained) (GstElement *element);
  /* Whether it can be asked for a client secret, and the asking: on a thread of
   * its own, as it may take long. */
  gboolean (*has_secret_source) (GstElement *element);
  gchar *(*request_secret) (GstElement *element);
  void (*used) (GstElement *element, const GstOaiUsage *usage);
  /* A limit was reached and the last answer has been played: the call is over. */
  void (*ended) (GstElement *element);
} GstOaiSessionFuncs;

GstOaiSession *gst_oai_session_new (const gchar *name);
/* NULL when it has none. */
const gchar *gst_oai_session_get_name (GstOaiSession *self);

/* For tests: the transport that the next connects use. */
typedef GstOaiTransport *(*GstOaiTransportFactory) (void);
void gst_oai_session_set_transport_factory (
    GstOaiSession *self, GstOaiTransportFactory factory);

/* A user comes (NULL->READY) with a copy of its settings. The first one starts
 * the session's thread. FALSE with @error when a role is taken already. */
gboolean gst_oai_session_attach (GstOaiSession *self, GstElement *element,
    GstOaiRole role, const GstOaiSessionFuncs *funcs,
    const GstOaiSettings *settings, GstOaiError **error);
/* It leaves (READY->NULL); with the last one the thread ends. */
void gst_oai_session_detach (GstOaiSession *self, GstElement *element);

/* READY->PAUSED: the first user to start makes the session connect, with the
 * union of all settings. Returns at once. FALSE with @error for settings that
 * cannot work. */
gboolean gst_oai_session_start (
    GstOaiSession *self, GstElement *element, GstOaiError **error);
/* PAUSED->READY: with the last user the session hangs up; waits at most 500 ms
 * for the hang-up request, as a call left open is billed. */
void gst_oai_session_stop (GstOaiSession *self, GstElement *element);

/* A property of a user changed. When the session is connected and the change
 * may take effect, a session.update goes out. */
void gst_oai_session_set_settings (
    GstOaiSession *self, GstElement *element, const GstOaiSettings *settings);
/* The value of an enum setting for @element: its own when it was set there, else
 * the one that the session's users agreed on. */
gint gst_oai_session_get_enum (
    GstOaiSession *self, GstElement *element, GstOaiSetting setting);
/* Whether the model has been heard: its voice is fixed from then on. */
gboolean gst_oai_session_voice_is_fixed (GstOaiSession *self);

GstOaiUplink *gst_oai_session_get_uplink (GstOaiSession *self);
/* Takes sound of the input: S16LE at 24 kHz, NULL for silence. It goes to the
 * uplink, and to what listens for the user speaking over the answer. Streaming
 * thread of the input. */
void gst_oai_session_push_input (
    GstOaiSession *self, const guint8 *data, gsize size, GstClockTime now);
/* Takes the next @n samples of the answer from the playout, lowered when the
 * user seems to speak over it. Streaming thread of the output. */
GstOaiPlayoutKind gst_oai_session_pull_output (
    GstOaiSession *self, gint16 *samples, guint n, GstClockTime now);
GstOaiPlayout *gst_oai_session_get_playout (GstOaiSession *self);

/* The input has ended: silence goes on until the answer is complete, then the
 * users are told that the session is drained. Any thread. */
void gst_oai_session_input_ended (GstOaiSession *self);
gboolean gst_oai_session_has_input_ended (GstOaiSession *self);
/* The input begins anew (flush, new stream). */
void gst_oai_session_input_resumed (GstOaiSession *self);

/* Whether the server is speaking as far as its events tell: between
 * output_audio_buffer.started and the end of what it sent. Any thread. */
gboolean gst_oai_session_is_speaking (GstOaiSession *self);
/* The output leaf put out audible sound at @now (monotonic, ns). Any thread. */
void gst_oai_session_note_audible (GstOaiSession *self, GstClockTime now);

/* What leaves the output is heard @latency later; NONE: not known. Any thread. */
void gst_oai_session_set_output_latency (
    GstOaiSession *self, GstClockTime latency);

/* Client events. Any thread; they are sent in the order of the calls, or kept
 * (at most 64) until connected. FALSE: not a JSON object with a type, or no
 * session. A response.create waits for its turn: the server knows one response
 * at a time. */
gboolean gst_oai_session_send_event (GstOaiSession *self, const gchar *json);
/* Answers a function call; when no other call of the same response is open, asks
 * for the response that follows from it. */
gboolean gst_oai_session_send_function_output (
    GstOaiSession *self, const gchar *call_id, const gchar *output);
/* Stops the answer: response.cancel, output_audio_buffer.clear, and silence
 * here at once. */
gboolean gst_oai_session_interrupt (GstOaiSession *self);
/* Push-to-talk: the user begins, or has finished. FALSE unless turn-detection is
 * none and there is a session. */
gboolean gst_oai_session_start_talking (GstOaiSession *self);
gboolean gst_oai_session_stop_talking (GstOaiSession *self);

GstOpenAIRealtimeConnectionState gst_oai_session_get_state (
    GstOaiSession *self);
gchar *gst_oai_session_get_session_id (GstOaiSession *self);
gchar *gst_oai_session_get_call_id (GstOaiSession *self);
/* The items of the conversation: a JSON array. */
gchar *gst_oai_session_get_history (GstOaiSession *self);
GstStructure *gst_oai_session_get_stats (GstOaiSession *self);
/* The most bytes of a client event, 0 when not connected. Any thread. */
gsize gst_oai_session_get_max_event_size (GstOaiSession *self);

G_END_DECLS
