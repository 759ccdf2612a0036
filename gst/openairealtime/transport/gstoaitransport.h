/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaierror.h"

G_BEGIN_DECLS

/* Debug text of the error when the DTLS handshake fails: the other role may do. */
#define GST_OAI_DTLS_FAILED "DTLS failed"

/* GstOaiCall: everything a transport needs to place one call. Immutable once
 * made; the strings are private copies.
 *
 * @base_url: e.g. "https://api.openai.com/v1", no trailing slash; may have a
 *   query, which goes behind what is put behind its path
 * @api_key: (nullable) bearer credential: an API key
 * @client_secret: (nullable) bearer credential: an ephemeral ek_ key; when set,
 *   the offer goes out as raw application/sdp and the key is not used
 * @mint_secret: makes a client secret with @api_key first, and offers with that;
 *   of no effect with @client_secret
 * @translation: the session is a translation, which has addresses of its own
 * @headers: (nullable): further headers of all requests, name and value in turn
 * @session_json: the session object for the "session" part
 * @model: (nullable) model name
 * @tls_ca_file: (nullable) PEM file with additional trusted CAs
 * @stun_server: (nullable): "stun://HOST:PORT", as webrtcbin's property
 * @turn_server: (nullable): "turn(s)://USER:PASSWORD\@HOST:PORT", likewise
 * @relay_only: connect through the TURN server and in no other way
 * @timeout: time for the whole connect, in nanoseconds
 * @frame_size_ms: length of an Opus frame, 10, 20, 40 or 60 ms
 * @bitrate: of the Opus encoder, bit/s
 * @complexity: of the Opus encoder, 0 to 10
 * @dtls_client: offer to be the client of DTLS, not either ("actpass")
 * @attempts: how many calls may be placed beside each other when the first one
 *   stalls, 1 for never
 * @connections: (nullable): what gst_oai_transport_new_connections () made, for the
 *   thread that connects. Not owned: only read by connect.
 */
typedef struct {
  gint ref_count;
  gchar *base_url;
  gchar *api_key;
  gchar *client_secret;
  gboolean mint_secret;
  gboolean translation;
  gchar **headers;
  gchar *session_json;
  gchar *model;
  gchar *tls_ca_file;
  gchar *stun_server;
  gchar *turn_server;
  gboolean relay_only;
  GstClockTime timeout;
  guint frame_size_ms;
  guint bitrate;
  guint complexity;
  gboolean dtls_client;
  guint attempts;
  GObject *connections;
} GstOaiCall;

GstOaiCall *gst_oai_call_new (void);
GstOaiCall *gst_oai_call_copy (const GstOaiCall *call);
GstOaiCall *gst_oai_call_ref (GstOaiCall *call);
void gst_oai_call_unref (GstOaiCall *call);

/* What one call leaves to the next on the same thread: open HTTP connections. Made,
 * used and freed on that thread. */
GObject *gst_oai_transport_new_connections (void);

/* GstOaiPacket: one media packet as it arrived. @payload is one Opus packet
 * without the RTP header. @arrival is g_get_monotonic_time() * 1000 (ns). */
typedef struct {
  GBytes *payload;
  guint32 rtp_time; /* 48 kHz units */
  guint16 seqnum;
  guint32 ssrc;
  gboolean marker;
  GstClockTime arrival;
} GstOaiPacket;

/* Steps of a connect, in order, as PROGRESS messages name them. */
typedef enum {
  GST_OAI_STEP_OFFER, /* our offer is made */
  GST_OAI_STEP_HTTP, /* the answer is here */
  GST_OAI_STEP_ICE, /* a candidate pair works */
  GST_OAI_STEP_DTLS, /* encrypted, certificate checked against the answer */
  GST_OAI_STEP_SESSION /* the event channel is open */
} GstOaiStep;

/* GstOaiTransportCallbacks: what a transport tells its owner. All of them are
 * called on the thread of the owner's GMainContext, without locks, except
 * @packet and @pcm, which come from a streaming thread. None is called after
 * gst_oai_transport_close() returned, except @packet and @pcm that are already
 * running: gst_oai_transport_shutdown() ends those.
 *
 * @step: one more step of the connect is done
 * @connected: audio and events flow both ways (after GST_OAI_STEP_SESSION)
 * @event: one complete event text from the server, UTF-8, unparsed and hostile;
 *   @arrival is when it came off the wire (monotonic, ns)
 * @packet: a media packet arrived (RTP transports)
 * @failed: the transport is of no use any more; takes @error
 */
typedef struct {
  void (*step) (GstOaiStep step, gpointer user_data);
  void (*connected) (gpointer user_data);
  void (*event) (GBytes *text, GstClockTime arrival, gpointer user_data);
  void (*packet) (const GstOaiPacket *packet, gpointer user_data);
  void (*failed) (GstOaiError *error, gpointer user_data);
} GstOaiTransportCallbacks;

#define GST_TYPE_OAI_TRANSPORT (gst_oai_transport_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    GstOaiTransport, gst_oai_transport, GST, OAI_TRANSPORT, GObject)

/**
 * GstOaiTransportClass:
 * @prepare: makes everything that needs no network and no settings (pipeline,
 *   keys) so that @connect is quick. Does not block; heavy work goes to a
 *   worker. Called once, context thread.
 * @connect: begins to place @call. Context thread. Never blocks; reports
 *   through the callbacks. The owner sees exactly one of connected or failed,
 *   unless it closes first.
 * @send_audio: takes @frame, S16LE mono 24 kHz, exactly one codec frame
 *   (frame_size_ms) with its PTS on the transport's own running time or
 *   GST_CLOCK_TIME_NONE ("now"). The transport's running time is the monotonic
 *   clock, g_get_monotonic_time () * 1000: the private pipeline runs on that
 *   clock with base time 0. Any one thread at a time. Nothing is queued
 *   before connected: FALSE means dropped.
 * @send_event: queues one event text for the server. Context thread. FALSE
 *   with @error when not connected (G_IO_ERROR_NOT_CONNECTED), too large for
 *   the channel (G_IO_ERROR_MESSAGE_TOO_LARGE), not text
 *   (G_IO_ERROR_INVALID_DATA) or the bounded queue is full
 *   (G_IO_ERROR_WOULD_BLOCK).
 * @close: hangs up. Context thread. When @hangup, first asks the server
 *   politely (asynchronously). @done (nullable) is called on the context thread
 *   when that request has ended or failed, at once when there is none.
 * @shutdown: brings the media threads to a stop and frees the pipeline. Any
 *   thread but the context thread; blocks until no callback can run any more
 *   or a watchdog gave up on a stuck element.
 * @get_stats: a structure "openairealtime-transport-stats" with at least
 *   "packets-sent", "packets-received", "bytes-sent", "bytes-received"
 *   (uint64), "round-trip-time" (uint64, ns) when known and one
 *   "step-<name>" (uint64, ns since connect) per finished step. Any thread,
 *   must not block on the network.
 * @get_max_event_size: (optional) the most bytes that send_event takes. Context
 *   thread, once connected.
 */
struct _GstOaiTransportClass {
  GObjectClass parent_class;

  void (*prepare) (GstOaiTransport *self);
  void (*connect) (GstOaiTransport *self, GstOaiCall *call);
  gboolean (*send_audio) (GstOaiTransport *self, GstBuffer *frame);
  gboolean (*send_event) (
      GstOaiTransport *self, const gchar *text, gsize size, GError **error);
  void (*close) (GstOaiTransport *self, gboolean hangup,
      void (*done) (gpointer user_data), gpointer user_data);
  void (*shutdown) (GstOaiTransport *self);
  GstStructure *(*get_stats) (GstOaiTransport *self);
  gchar *(*get_call_id) (GstOaiTransport *self);
  gsize (*get_max_event_size) (GstOaiTransport *self);
};

/* Must be called once, before prepare. @context is the thread-default context
 * of the owner's thread and stays the owner's. @user_data is not owned: the
 * owner outlives the transport's callbacks by calling shutdown. */
void gst_oai_transport_set_callbacks (GstOaiTransport *self,
    GMainContext *context, const GstOaiTransportCallbacks *callbacks,
    gpointer user_data);

void gst_oai_transport_prepare (GstOaiTransport *self);
void gst_oai_transport_connect (GstOaiTransport *self, GstOaiCall *call);
gboolean gst_oai_transport_send_audio (GstOaiTransport *self, GstBuffer *frame);
gboolean gst_oai_transport_send_event (
    GstOaiTransport *self, const gchar *text, gsize size, GError **error);
void gst_oai_transport_close (GstOaiTransport *self, gboolean hangup,
    void (*done) (gpointer user_data), gpointer user_data);
void gst_oai_transport_shutdown (GstOaiTransport *self);
GstStructure *gst_oai_transport_get_stats (GstOaiTransport *self);
/* The call id of the server ("rtc_…"), NULL when it gave none. Any thread. */
gchar *gst_oai_transport_get_call_id (GstOaiTransport *self);
/* The most bytes of an event, 64 KiB when the transport does not tell, as every
 * data channel takes that. Context thread, once connected. */
gsize gst_oai_transport_get_max_event_size (GstOaiTransport *self);

/* For subclasses. */
GMainContext *gst_oai_transport_get_context (GstOaiTransport *self);
void gst_oai_transport_report_step (GstOaiTransport *self, GstOaiStep step);
void gst_oai_transport_report_connected (GstOaiTransport *self);
void gst_oai_transport_report_event (
    GstOaiTransport *self, GBytes *text, GstClockTime arrival);
void gst_oai_transport_report_packet (
    GstOaiTransport *self, const GstOaiPacket *packet);
void gst_oai_transport_report_failed (
    GstOaiTransport *self, GstOaiError *error);

const gchar *gst_oai_step_name (GstOaiStep step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiCall, gst_oai_call_unref)

G_END_DECLS
