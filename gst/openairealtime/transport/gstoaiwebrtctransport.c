/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiwebrtctransport.h"

#include <string.h>

#include <gio/gio.h>
#include <gst/app/gstappsrc.h>
#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>

#include "protocol/gstoaii18n.h"
#include "protocol/gstoaiprobe.h"
#include "protocol/gstoaisdp.h"
#include "transport/gstoaidtlsgate.h"
#include "transport/gstoaiwarmup.h"
#include "transport/gstoaieventqueue.h"
#include "transport/gstoailastwords.h"
#include "transport/gstoailiveness.h"
#include "transport/gstoailocaladdresses.h"
#include "transport/gstoaireceiverreport.h"
#include "transport/gstoairepeater.h"
#include "transport/gstoairtptap.h"
#include "transport/gstoaisignaller.h"
#include "transport/gstoaiteardown.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_webrtc_transport_debug);
#define GST_CAT_DEFAULT gst_oai_webrtc_transport_debug

#define CHANNEL_LABEL "oai-events"

/* Host candidates come within 2 ms. Servers that need none (ICE-lite) lose
 * little by this, aiortc fails without any. */
#define CANDIDATE_WAIT_MS 20
/* A relay takes two round trips, over TCP three. Without one there is nothing to
 * offer. */
#define RELAY_WAIT_MS 1000
/* "disconnected" heals by itself more often than not. */
#define ICE_GRACE_MS 5000
/* How long what was on its way may come behind the end of the channel. */
#define CLOSE_GRACE (50 * GST_MSECOND)
#define HANGUP_TIMEOUT_MS 500
/* Reordering only: the adaptive playout behind us does the rest. */
#define JITTERBUFFER_LATENCY_MS 20
/* RFC 8445's minimum for Ta. libnice's 20 ms cost 45 ms at RTT 0. */
#define STUN_PACING_MS 5
/* Events that wait for the network. */
#define MAX_BUFFERED_BYTES (8 * 1024 * 1024)
/* A server has a word or two to say first. */
#define MAX_EARLY_EVENTS 64
/* RFC 8841, 6: what a peer takes that does not say. */
#define DEFAULT_MAX_MESSAGE_SIZE 65536

#define INPUT_RATE 24000
/* Sound that may wait in appsrc. A burst is normal: what was kept while
 * connecting (preroll-time, 10 s at most), or a big input buffer. More only when
 * this machine stalls, and then old sound is of no use. */
#define MAX_QUEUED_TIME (11 * GST_SECOND)

#define N_STEPS (GST_OAI_STEP_SESSION + 1)

#define CODEC_CAPS                                                             \
  "application/x-rtp,media=audio,encoding-name=OPUS,payload=" G_STRINGIFY (    \
      GST_OAI_SDP_OPUS_PT) ",clock-rate=48000,encoding-params=(string)2,"      \
                           "minptime=(string)10,useinbandfec=(string)1"

/* What the transport is waiting for. */
typedef enum {
  STATE_NEW,
  STATE_PREPARED,
  STATE_KEY, /* the DTLS key of the process */
  STATE_OFFER, /* create-offer */
  STATE_LOCAL, /* set-local-description */
  STATE_CANDIDATES, /* our host candidates */
  STATE_HTTP, /* the answer */
  STATE_REMOTE, /* set-remote-description */
  STATE_CONNECTING, /* ICE, DTLS, SCTP */
  STATE_CONNECTED,
  STATE_OVER /* failed or closed */
} State;

struct _GstOaiWebrtcTransport {
  GstOaiTransport parent;

  /* Context thread only. */
  State state;
  GstOaiError *prepare_error;
  GstOaiCall *call;
  GstOaiSignaller *signaller;
  GCancellable *cancellable;
  gchar *offer;
  GstOaiAnswer *answer;
  GPtrArray *candidates; /* of gchar * */
  GArray *candidate_mlines;
  gboolean relayed; /* the TURN server gave a candidate */
  GSource *deadline;
  GSource *candidate_timer;
  GSource *grace_timer;
  GSource *close_timer;
  gchar *close_words; /* why the session is over once all is read */
  GSource *liveness_timer;
  GstOaiLiveness liveness;
  GstOaiLoss loss;
  gint loss_percentage;
  GstWebRTCDTLSTransport *dtls;
  gboolean channel_open;
  GQueue early_events; /* of EarlyEvent, from before it was connected */
  gsize max_message_size;
  guint next_step;

  /* Made at construction, thread-safe themselves. */
  GstOaiDtlsGate *gate;
  GstOaiRepeater *repeater; /* made by prepare */
  GstOaiRtpTap *tap;
  guint sctp_association_id;

  /* Atomic: frames pass. */
  gint sending;
  /* Atomic: grows when all that is under way becomes void. */
  gint generation;

  /* Protects everything below. A leaf lock: nothing is called with it. */
  GMutex lock;
  GstElement *pipeline;
  GstElement *appsrc;
  GstElement *opusenc;
  GstElement *webrtcbin;
  GstElement *rtpbin;
  GstElement *sctpenc;
  GstElement *dtlsenc;
  GstWebRTCDataChannel *channel;
  GstOaiEventQueue *events;
  gchar *call_id;
  GstClockTime connect_time;
  GstClockTime step_times[N_STEPS];
  GstClockTime last_arrival; /* of anything from the peer */
  guint64 packets_sent;
  guint64 bytes_sent;
  GstClockTime frame_duration;
  gboolean dtls_client;
};

G_DEFINE_TYPE_WITH_CODE (GstOaiWebrtcTransport, gst_oai_webrtc_transport,
    GST_TYPE_OAI_TRANSPORT,
    GST_DEBUG_CATEGORY_INIT (gst_oai_webrtc_transport_debug,
        "openairealtimewebrtc", 0, "OpenAI Realtime WebRTC transport"))

static void check_progress (GstOaiWebrtcTransport *self);

static GstClockTime
now_monotonic (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

/* A new reference to the object at @where, which shutdown may take away at any
 * time. */
static gpointer
dup_object (GstOaiWebrtcTransport *self, gpointer where)
{
  gpointer *object = where;
  gpointer ret;

  g_mutex_lock (&self->lock);
  ret = *object ? g_object_ref (*object) : NULL;
  g_mutex_unlock (&self->lock);
  return ret;
}

static GstOaiEventQueue *
dup_events (GstOaiWebrtcTransport *self)
{
  GstOaiEventQueue *events;

  g_mutex_lock (&self->lock);
  events = self->events ? gst_oai_event_queue_ref (self->events) : NULL;
  g_mutex_unlock (&self->lock);
  return events;
}

/* --- From foreign threads to the context thread ---
 *
 * webrtcbin calls us from its own thread, from ICE's and from streaming
 * threads, at times with its lock held. All of these only copy what they were
 * given and post it here. */

typedef void (*TaskFunc) (GstOaiWebrtcTransport *self, gpointer data);

typedef struct {
  GWeakRef self;
  gint generation;
  TaskFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Task;

static void
task_free (gpointer user_data)
{
  Task *task = user_data;

  if (task->destroy)
    task->destroy (task->data);
  g_weak_ref_clear (&task->self);
  g_free (task);
}

static gboolean
task_run (gpointer user_data)
{
  Task *task = user_data;
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (&task->self);

  if (self && task->generation == g_atomic_int_get (&self->generation))
    task->func (self, task->data);
  return G_SOURCE_REMOVE;
}

static GSource *
task_source (GstOaiWebrtcTransport *self, GSource *source, TaskFunc func,
    gpointer data, GDestroyNotify destroy)
{
  Task *task = g_new0 (Task, 1);

  g_weak_ref_init (&task->self, self);
  task->generation = g_atomic_int_get (&self->generation);
  task->func = func;
  task->data = data;
  task->destroy = destroy;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, task_run, task, task_free);
  g_source_attach (
      source, gst_oai_transport_get_context (GST_OAI_TRANSPORT (self)));
  return source;
}

static void
post (GstOaiWebrtcTransport *self, TaskFunc func, gpointer data,
    GDestroyNotify destroy)
{
  g_source_unref (
      task_source (self, g_idle_source_new (), func, data, destroy));
}

static void
clear_timer (GSource **timer)
{
  if (*timer) {
    g_source_destroy (*timer);
    g_clear_pointer (timer, g_source_unref);
  }
}

static void
start_timer (
    GstOaiWebrtcTransport *self, GSource **timer, guint ms, TaskFunc func)
{
  clear_timer (timer);
  *timer = task_source (self, g_timeout_source_new (ms), func, NULL, NULL);
}

static GWeakRef *
weak_new (GstOaiWebrtcTransport *self)
{
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  return weak;
}

static void
weak_free (gpointer weak)
{
  g_weak_ref_clear (weak);
  g_free (weak);
}

static void
weak_closure_free (gpointer weak, GClosure *closure)
{
  weak_free (weak);
}

/* The handler gets a GWeakRef: it may run while the last reference goes. */
static void
connect_weak (GstOaiWebrtcTransport *self, gpointer instance,
    const gchar *signal, GCallback handler)
{
  g_signal_connect_data (
      instance, signal, handler, weak_new (self), weak_closure_free, 0);
}

typedef struct {
  GWeakRef self;
  gint generation;
  TaskFunc func;
} PendingReply;

typedef struct {
  GstPromiseResult result;
  GstStructure *reply;
} Reply;

static void
reply_free (gpointer data)
{
  Reply *reply = data;

  g_clear_pointer (&reply->reply, gst_structure_free);
  g_free (reply);
}

static void
pending_reply_free (gpointer data)
{
  PendingReply *pending = data;

  g_weak_ref_clear (&pending->self);
  g_free (pending);
}

static void
on_promise_changed (GstPromise *promise, gpointer user_data)
{
  PendingReply *pending = user_data;
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (&pending->self);

  if (self && pending->generation == g_atomic_int_get (&self->generation)) {
    Reply *reply = g_new0 (Reply, 1);
    const GstStructure *structure = NULL;

    reply->result = gst_promise_wait (promise);
    if (reply->result == GST_PROMISE_RESULT_REPLIED)
      structure = gst_promise_get_reply (promise);
    reply->reply = structure ? gst_structure_copy (structure) : NULL;
    post (self, pending->func, reply, reply_free);
  }
  gst_promise_unref (promise);
}

/* A promise that ends in @func (self, Reply *) on the context thread. */
static GstPromise *
new_promise (GstOaiWebrtcTransport *self, TaskFunc func)
{
  PendingReply *pending = g_new0 (PendingReply, 1);

  g_weak_ref_init (&pending->self, self);
  pending->generation = g_atomic_int_get (&self->generation);
  pending->func = func;
  return gst_promise_new_with_change_func (
      on_promise_changed, pending, pending_reply_free);
}

/* Why a reply is not a success, NULL when it is one. */
static gchar *
reply_failure (const Reply *reply)
{
  g_autoptr (GError) error = NULL;

  switch (reply->result) {
    case GST_PROMISE_RESULT_REPLIED:
      break;
    case GST_PROMISE_RESULT_INTERRUPTED:
      return g_strdup ("interrupted");
    case GST_PROMISE_RESULT_EXPIRED:
      return g_strdup ("expired");
    default:
      return g_strdup ("no reply");
  }
  if (!reply->reply
      || !gst_structure_get (reply->reply, "error", G_TYPE_ERROR, &error, NULL))
    return NULL;
  return g_strdup (error ? error->message : "unknown error");
}

/* --- The end --- */

/* Context thread. Makes everything void that is under way. */
static void
stop_work (GstOaiWebrtcTransport *self)
{
  GstOaiEventQueue *events;

  self->state = STATE_OVER;
  g_atomic_int_inc (&self->generation);
  g_atomic_int_set (&self->sending, FALSE);
  clear_timer (&self->deadline);
  clear_timer (&self->candidate_timer);
  clear_timer (&self->grace_timer);
  clear_timer (&self->close_timer);
  clear_timer (&self->liveness_timer);
  if (self->repeater)
    gst_oai_repeater_stop (self->repeater);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->dtls);
  events = dup_events (self);
  if (events) {
    gst_oai_event_queue_close (events);
    gst_oai_event_queue_unref (events);
  }
}

/* Context thread. Takes @error. */
static void
fail (GstOaiWebrtcTransport *self, GstOaiError *error)
{
  GstOaiTransport *transport = GST_OAI_TRANSPORT (self);

  if (self->state == STATE_OVER) {
    gst_oai_error_free (error);
    return;
  }
  if (error->details && self->state < STATE_CONNECTED
      && self->state > STATE_PREPARED) {
    gst_structure_set (error->details, "step", G_TYPE_STRING,
        gst_oai_step_name (self->next_step), NULL);
    if (self->signaller)
      gst_oai_signaller_describe (
          self->signaller, error, self->next_step == GST_OAI_STEP_HTTP);
  }
  stop_work (self);
  gst_oai_transport_report_failed (transport, error);
}

static void
fail_task (GstOaiWebrtcTransport *self, gpointer data)
{
  fail (self, gst_oai_error_copy (data));
}

/* Any thread. Takes @error. */
static void
post_failure (GstOaiWebrtcTransport *self, GstOaiError *error)
{
  post (self, fail_task, error, (GDestroyNotify) gst_oai_error_free);
}

/* Nothing tells why a TURN server gave no relay, not even that it refused the
 * password. */
static const gchar *
no_path_message (GstOaiWebrtcTransport *self, const gchar *without_turn)
{
  if (!self->call->turn_server)
    return without_turn;
  return self->relayed
      ? _ ("No network path to the server's media address works, not even "
           "through the TURN server.")
      : _ (
          "No network path to the server's media address works, and the TURN "
          "server gave none: it cannot be reached, or it refused the user name "
          "or the password.");
}

static const gchar *
turn_state (GstOaiWebrtcTransport *self)
{
  if (!self->call->turn_server)
    return "no TURN server is set";
  return self->relayed ? "the TURN server gave a relay"
                       : "the TURN server gave no relay";
}

static void
on_deadline (GstOaiWebrtcTransport *self, gpointer unused)
{
  g_autofree gchar *more = NULL;
  const gchar *message = NULL;

  switch (self->next_step) {
    case GST_OAI_STEP_OFFER:
      message = _ ("No offer could be made in time.");
      break;
    case GST_OAI_STEP_HTTP:
      message = _ ("The server did not answer the call in time.");
      break;
    case GST_OAI_STEP_ICE:
      message = no_path_message (self,
          _ ("No network path to the server's media address was found "
             "in time. UDP may be blocked."));
      more = g_strconcat (", ", turn_state (self), NULL);
      break;
    case GST_OAI_STEP_DTLS:
      message = _ ("The encrypted connection was not set up in time.");
      break;
    default:
      message = _ ("The event channel was not opened in time.");
      break;
  }
  fail (self,
      gst_oai_error_because ("connect-timeout",
          gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_OPEN_READ_WRITE, message,
              "connect timed out in step %s after %" GST_TIME_FORMAT "%s",
              gst_oai_step_name (self->next_step),
              GST_TIME_ARGS (self->call->timeout), more ? more : "")));
}

static void
step_done (GstOaiWebrtcTransport *self, GstOaiStep step)
{
  g_return_if_fail (self->next_step == (guint) step);

  g_mutex_lock (&self->lock);
  self->step_times[step] = now_monotonic () - self->connect_time;
  g_mutex_unlock (&self->lock);
  self->next_step = step + 1;
  gst_oai_transport_report_step (GST_OAI_TRANSPORT (self), step);
}

/* --- Inbound media --- */

static void
on_tap_packet (GObject *owner, const GstOaiPacket *packet)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (owner);

  if (gst_oai_dtls_gate_check (self->gate) == GST_OAI_DTLS_GATE_OPEN)
    gst_oai_transport_report_packet (GST_OAI_TRANSPORT (self), packet);
}

static void
on_tap_too_many (GObject *owner)
{
  post_failure (GST_OAI_WEBRTC_TRANSPORT (owner),
      gst_oai_error_because ("too-many-streams",
          gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_STREAM_ERROR,
              GST_STREAM_ERROR_DEMUX,
              _ ("The server sends more audio streams than can be handled."),
              "more than %d SSRCs", GST_OAI_RTP_TAP_MAX_SSRCS)));
}

static const GstOaiRtpTapCallbacks tap_callbacks = { .packet = on_tap_packet,
  .too_many = on_tap_too_many };

/* Every stream that webrtcbin uncovers needs somewhere to go, or it ends with
 * not-linked. The packets were seen at the tap already. */
static void
on_pad_added (GstElement *webrtcbin, GstPad *pad, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstPad) sinkpad = NULL;
  GstElement *fakesink;

  if (!self || GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  pipeline = dup_object (self, &self->pipeline);
  fakesink = pipeline ? gst_element_factory_make ("fakesink", NULL) : NULL;
  if (!fakesink)
    return;
  g_object_set (fakesink, "sync", FALSE, "async", FALSE, "enable-last-sample",
      FALSE, NULL);
  gst_bin_add (GST_BIN (pipeline), fakesink);
  gst_element_sync_state_with_parent (fakesink);
  sinkpad = gst_element_get_static_pad (fakesink, "sink");
  if (gst_pad_link (pad, sinkpad) != GST_PAD_LINK_OK)
    GST_WARNING_OBJECT (self, "cannot link %" GST_PTR_FORMAT, pad);
}

static void
note_arrival (GstBuffer *datagram, gpointer repeater)
{
  guint8 first;

  if (gst_buffer_extract (datagram, 0, &first, 1) == 1)
    gst_oai_repeater_arrived (repeater, first);
}

static GstPadProbeReturn
on_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (user_data);

  if (!self)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  self->last_arrival = now_monotonic ();
  g_mutex_unlock (&self->lock);
  gst_oai_probe_foreach (info, note_arrival, self->repeater);
  return GST_PAD_PROBE_OK;
}

static void
count_sent (GstBuffer *packet, gpointer user_data)
{
  GstOaiWebrtcTransport *self = user_data;

  self->packets_sent++;
  self->bytes_sent += gst_buffer_get_size (packet);
}

static GstPadProbeReturn
on_sent (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (user_data);

  if (!self)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  gst_oai_probe_foreach (info, count_sent, self);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* --- Data channel: called with webrtcbin's lock held --- */

static void
channel_opened_task (GstOaiWebrtcTransport *self, gpointer unused)
{
  self->channel_open = TRUE;
  check_progress (self);
}

static void
on_channel_open (GstWebRTCDataChannel *channel, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);

  if (self)
    post (self, channel_opened_task, NULL, NULL);
}

/* What the server said last may tell why it closed. Its words and the end of the
 * channel come through different threads of webrtcbin: when the end is here, the
 * words may not be. */
static void
on_close_grace_over (GstOaiWebrtcTransport *self, gpointer unused)
{
  g_autoptr (GstOaiEventQueue) events = dup_events (self);

  if (events && !gst_oai_event_queue_is_quiet (events, CLOSE_GRACE)) {
    start_timer (self, &self->close_timer, CLOSE_GRACE / GST_MSECOND,
        on_close_grace_over);
    return;
  }
  fail (self,
      gst_oai_error_because ("session-closed",
          gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_READ, _ ("The server closed the session."),
              "%s", self->close_words)));
}

static void
channel_closed_task (GstOaiWebrtcTransport *self, gpointer data)
{
  if (self->state == STATE_OVER || self->close_words)
    return;
  self->close_words = g_strdup (data);
  start_timer (
      self, &self->close_timer, CLOSE_GRACE / GST_MSECOND, on_close_grace_over);
}

static void
on_channel_close (GstWebRTCDataChannel *channel, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);

  if (!self)
    return;
  post (self, channel_closed_task, (gpointer) "data channel closed", NULL);
  GST_DEBUG_OBJECT (self, "data channel closed");
}

static void
on_channel_error (GstWebRTCDataChannel *channel, GError *error, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);

  if (self) {
    post (self, channel_closed_task,
        g_strdup_printf ("data channel: %s", error ? error->message : "?"),
        g_free);
  }
}

static void
on_channel_string (
    GstWebRTCDataChannel *channel, const gchar *text, GWeakRef *weak)
{
  GstClockTime arrival = now_monotonic ();
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);
  g_autoptr (GstOaiEventQueue) events = NULL;

  if (!self || !text)
    return;
  events = dup_events (self);
  if (events)
    gst_oai_event_queue_push (events, text, arrival);
}

static void
on_channel_data (GstWebRTCDataChannel *channel, GBytes *bytes, GWeakRef *weak)
{
  GstClockTime arrival = now_monotonic ();
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);
  g_autoptr (GstOaiEventQueue) events = NULL;
  const gchar *data;
  gsize size;

  if (!self || !bytes)
    return;
  data = g_bytes_get_data (bytes, &size);
  events = dup_events (self);
  if (events)
    gst_oai_event_queue_push_binary (events, data, size, arrival);
}

typedef struct {
  GBytes *text;
  GstClockTime arrival;
} EarlyEvent;

static void
early_event_free (gpointer data)
{
  EarlyEvent *early = data;

  g_bytes_unref (early->text);
  g_free (early);
}

static void on_queue_overflow (GObject *owner);

static void
on_queued_event (GObject *owner, GBytes *text, GstClockTime arrival)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (owner);
  EarlyEvent *early;

  /* The first events may overtake the news that the channel is open, and even
   * that of the DTLS handshake: nothing counts before that is checked, and what
   * came is kept until then. */
  if (self->state == STATE_CONNECTING)
    channel_opened_task (self, NULL);
  if (self->state == STATE_CONNECTED) {
    gst_oai_transport_report_event (GST_OAI_TRANSPORT (self), text, arrival);
  } else if (self->state == STATE_CONNECTING) {
    if (self->early_events.length >= MAX_EARLY_EVENTS) {
      on_queue_overflow (owner);
      return;
    }
    early = g_new (EarlyEvent, 1);
    early->text = g_bytes_ref (text);
    early->arrival = arrival;
    g_queue_push_tail (&self->early_events, early);
  }
}

static void
report_early_events (GstOaiWebrtcTransport *self)
{
  EarlyEvent *early;

  while (self->state == STATE_CONNECTED
      && (early = g_queue_pop_head (&self->early_events))) {
    gst_oai_transport_report_event (
        GST_OAI_TRANSPORT (self), early->text, early->arrival);
    early_event_free (early);
  }
}

static void
on_queue_overflow (GObject *owner)
{
  fail (GST_OAI_WEBRTC_TRANSPORT (owner),
      gst_oai_error_because ("event-flood",
          gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_NO_SPACE_LEFT,
              _ ("The server sends events faster than they can be handled."),
              "more than %d events or %d bytes wait",
              GST_OAI_EVENT_QUEUE_MAX_EVENTS, GST_OAI_EVENT_QUEUE_MAX_BYTES)));
}

static const GstOaiEventQueueCallbacks queue_callbacks = {
  .event = on_queued_event, .overflow = on_queue_overflow
};

/* --- Private pipeline --- */

static GstBusSyncReply
on_bus_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (user_data);

  if (self && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *debug = NULL;

    gst_message_parse_error (message, &error, &debug);
    post_failure (self,
        gst_oai_error_because ("media-failed",
            gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_STREAM_ERROR,
                GST_STREAM_ERROR_FAILED, _ ("The media connection broke down."),
                "%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message,
                GST_STR_NULL (debug))));
  }
  /* Latency, too: nothing in this pipeline waits for the clock. */
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
set_if_present (gpointer object, const gchar *property, gint value)
{
  GParamSpec *pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (object), property);

  if (!pspec || !(pspec->flags & G_PARAM_WRITABLE)) {
    GST_INFO_OBJECT (object, "no property %s", property);
    return;
  }
  g_object_set (object, property, value, NULL);
}

/* SCTP associations are global to the process and webrtcbin before 1.28 draws
 * their ids at random from 16 bits: two that collide hang in finalize. Ours
 * come from a counter. */
static guint
next_sctp_association_id (void)
{
  static gint last_id = 0;

  return 1 + (guint) g_atomic_int_add (&last_id, 1) % (G_MAXUINT16 - 1);
}

static void
on_deep_element_added (
    GstBin *pipeline, GstBin *bin, GstElement *element, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory) : "";

  if (!self)
    return;
  if (strcmp (name, "clocksync") == 0) {
    /* It would hold frames until their time by the clock. They come in real
     * time already. */
    g_object_set (element, "sync", FALSE, NULL);
  } else if (strcmp (name, "nicesink") == 0) {
    gst_oai_dtls_gate_guard (self->gate, element);
  } else if (strcmp (name, "nicesrc") == 0) {
    GstPad *src = gst_element_get_static_pad (element, "src");

    gst_pad_add_probe (src,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_arrival,
        weak_new (self), weak_free);
    gst_object_unref (src);
  } else if (strcmp (name, "sctpenc") == 0 || strcmp (name, "sctpdec") == 0) {
    /* The signal "close" came together with the fix. */
    if (!g_signal_lookup ("close", G_OBJECT_TYPE (bin))) {
      g_object_set (
          element, "sctp-association-id", self->sctp_association_id, NULL);
    }
    if (strcmp (name, "sctpenc") == 0) {
      gst_oai_repeater_watch_sctpenc (self->repeater, element);
      g_mutex_lock (&self->lock);
      gst_object_replace ((GstObject **) &self->sctpenc, GST_OBJECT (element));
      g_mutex_unlock (&self->lock);
    } else {
      gst_oai_repeater_watch_sctpdec (self->repeater, element);
      gst_oai_last_words_guard (element);
    }
  } else if (strcmp (name, "dtlsenc") == 0) {
    gst_oai_repeater_watch_dtlsenc (self->repeater, element);
    g_mutex_lock (&self->lock);
    gst_object_replace ((GstObject **) &self->dtlsenc, GST_OBJECT (element));
    g_mutex_unlock (&self->lock);
  }
}

static GstClock *
monotonic_clock (void)
{
  GstClock *clock = gst_system_clock_obtain ();
  GstClockType type;

  /* The application may have made the shared one a real-time clock. */
  g_object_get (clock, "clock-type", &type, NULL);
  if (type == GST_CLOCK_TYPE_MONOTONIC)
    return clock;
  gst_object_unref (clock);
  clock = g_object_new (GST_TYPE_SYSTEM_CLOCK, "clock-type",
      GST_CLOCK_TYPE_MONOTONIC, "name", "oai-monotonic-clock", NULL);
  gst_object_ref_sink (clock);
  return clock;
}

/* Adds an element to @pipeline; NULL and an error when it is not installed. */
static GstElement *
add_element (
    GstOaiWebrtcTransport *self, GstElement *pipeline, const gchar *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (!element) {
    if (!self->prepare_error) {
      self->prepare_error = gst_oai_error_because ("missing-element",
          gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_CORE_ERROR,
              GST_CORE_ERROR_MISSING_PLUGIN,
              _ ("A GStreamer element that is needed for WebRTC is not "
                 "installed."),
              "no element \"%s\"", factory));
    }
    return NULL;
  }
  gst_bin_add (GST_BIN (pipeline), element);
  return element;
}

static void
configure_agent (GstElement *webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (!ice || !g_object_class_find_property (G_OBJECT_GET_CLASS (ice), "agent"))
    return;
  g_object_get (ice, "agent", &agent, NULL);
  if (!agent)
    return;
  /* Asking a router for a mapping that nobody needs delays the candidates by
   * 200 ms. */
  set_if_present (agent, "upnp", FALSE);
  set_if_present (agent, "stun-pacing-timer", STUN_PACING_MS);
  /* Keeps the NAT binding with requests instead of indications, so that a path
   * that died shows as an ICE failure, late. gstoailiveness.c is quicker. */
  set_if_present (agent, "keepalive-conncheck", TRUE);
}

/*  24 kHz mono    Opus        RTP, PT 111
 * ┌────────┐   ┌─────────┐   ┌────────────┐   ┌───────────────────────────┐
 * │ appsrc ├──>│ opusenc ├──>│ rtpopuspay ├──>│ sink_0     webrtcbin      │
 * └────────┘   └─────────┘   └────────────┘   │  clocksync sync=false     │
 *   leaky                       counted       │  rtpbin ─ dtls ─ nicesink │
 *                                             │     │  gate: DtlsGate ┘   │
 *   ┌───────────────────────┐                 │     └ jitterbuffer        │
 *   │ fakesink, one per SSRC│<────────────────┤ src_%u   tap: RtpTap      │
 *   └───────────────────────┘                 └───────────────────────────┘
 *
 * The clock is the monotonic one and the base time 0, so that running time is
 * g_get_monotonic_time () and every thread can stamp frames. */
static GstElement *
build_pipeline (GstOaiWebrtcTransport *self)
{
  g_autoptr (GstElement)
      pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstClock) clock = monotonic_clock ();
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) sinkpad = NULL;
  g_autoptr (GstPad) srcpad = NULL;
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  GstElement *appsrc, *opusenc, *pay, *webrtcbin, *rtpbin;

  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (pipeline, 0);
  connect_weak (
      self, pipeline, "deep-element-added", G_CALLBACK (on_deep_element_added));
  /* Every message is dealt with where it is posted. A bus without a queue saves
   * two file descriptors. */
  bus = g_object_new (GST_TYPE_BUS, "enable-async", FALSE, NULL);
  gst_object_ref_sink (bus);
  gst_element_set_bus (pipeline, bus);
  gst_bus_set_sync_handler (bus, on_bus_message, weak_new (self), weak_free);

  appsrc = add_element (self, pipeline, "appsrc");
  opusenc = add_element (self, pipeline, "opusenc");
  pay = add_element (self, pipeline, "rtpopuspay");
  webrtcbin = add_element (self, pipeline, "webrtcbin");
  if (!appsrc || !opusenc || !pay || !webrtcbin)
    return NULL;

  caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE",
      "rate", G_TYPE_INT, INPUT_RATE, "channels", G_TYPE_INT, 1, "layout",
      G_TYPE_STRING, "interleaved", NULL);
  g_object_set (appsrc, "caps", caps, "is-live", TRUE, "format",
      GST_FORMAT_TIME, "do-timestamp", FALSE, "block", FALSE, "max-buffers",
      (guint64) 0, "max-bytes", (guint64) 0, "max-time",
      (guint64) MAX_QUEUED_TIME, "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM,
      "emit-signals", FALSE, NULL);
  /* Not "voice": that filters and weighs the sound for human ears. At 48 kb/s
   * real speech correlates with itself by 0.95 after "generic", by 0.91 after
   * "voice", and a model is no human ear. */
  gst_util_set_object_arg (G_OBJECT (opusenc), "audio-type", "generic");
  gst_util_set_object_arg (G_OBJECT (opusenc), "bandwidth", "auto");
  /* FEC is only coded when loss is expected, see adapt_to_loss(). */
  g_object_set (opusenc, "inband-fec", TRUE, "packet-loss-percentage",
      GST_OAI_LOSS_INITIAL, "dtx", FALSE, NULL);
  g_object_set (pay, "pt", GST_OAI_SDP_OPUS_PT, NULL);
  gst_util_set_object_arg (G_OBJECT (webrtcbin), "bundle-policy", "max-bundle");
  set_if_present (webrtcbin, "latency", JITTERBUFFER_LATENCY_MS);
  configure_agent (webrtcbin);

  connect_weak (self, webrtcbin, "pad-added", G_CALLBACK (on_pad_added));
  rtpbin = gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");
  if (rtpbin)
    gst_oai_rtp_tap_attach (self->tap, rtpbin);

  g_mutex_lock (&self->lock);
  self->appsrc = gst_object_ref (appsrc);
  self->opusenc = gst_object_ref (opusenc);
  self->webrtcbin = gst_object_ref (webrtcbin);
  self->rtpbin = rtpbin;
  g_mutex_unlock (&self->lock);

  /* The pad first, its transceiver after: add-transceiver before a pad request
   * makes a second one in webrtcbin before 1.26. With codec preferences the
   * offer does not have to wait for caps from upstream. */
  {
    g_autoptr (GstCaps) codec = gst_caps_from_string (CODEC_CAPS);
    GstPadTemplate *templ = gst_element_get_pad_template (webrtcbin, "sink_%u");

    sinkpad = gst_element_request_pad (webrtcbin, templ, "sink_0", codec);
    if (!sinkpad)
      return NULL;
    g_object_get (sinkpad, "transceiver", &transceiver, NULL);
    g_object_set (transceiver, "codec-preferences", codec, "direction",
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, NULL);
  }
  srcpad = gst_element_get_static_pad (pay, "src");
  gst_pad_add_probe (srcpad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_sent,
      weak_new (self), weak_free);
  if (!gst_element_link_many (appsrc, opusenc, pay, NULL)
      || gst_pad_link (srcpad, sinkpad) != GST_PAD_LINK_OK)
    return NULL;
  return g_steal_pointer (&pipeline);
}

static void
ice_state_task (GstOaiWebrtcTransport *self, gpointer unused)
{
  check_progress (self);
}

static void
on_state_notify (GObject *object, GParamSpec *pspec, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);

  if (self)
    post (self, ice_state_task, NULL, NULL);
}

static void on_ice_candidate (
    GstElement *webrtcbin, guint mline, const gchar *candidate, GWeakRef *weak);
static void on_gathering_state (
    GObject *object, GParamSpec *pspec, GWeakRef *weak);

static void
gst_oai_webrtc_transport_prepare (GstOaiTransport *transport)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  GMainContext *context = gst_oai_transport_get_context (transport);
  GstElement *pipeline, *webrtcbin = NULL;
  GstWebRTCDataChannel *channel = NULL;

  g_return_if_fail (self->state == STATE_NEW);
  self->state = STATE_PREPARED;
  gst_oai_warmup (context, NULL, NULL, NULL);
  self->repeater = gst_oai_repeater_new (context);

  self->events = gst_oai_event_queue_new (
      context, G_OBJECT (self), &queue_callbacks);
  pipeline = build_pipeline (self);
  if (!pipeline
      || gst_element_set_state (pipeline, GST_STATE_READY)
          == GST_STATE_CHANGE_FAILURE)
    goto failed;

  webrtcbin = dup_object (self, &self->webrtcbin);
  connect_weak (
      self, webrtcbin, "on-ice-candidate", G_CALLBACK (on_ice_candidate));
  connect_weak (self, webrtcbin, "notify::ice-gathering-state",
      G_CALLBACK (on_gathering_state));
  connect_weak (self, webrtcbin, "notify::ice-connection-state",
      G_CALLBACK (on_state_notify));

  /* It must exist before the offer: one HTTP exchange allows no second one. */
  g_signal_emit_by_name (
      webrtcbin, "create-data-channel", CHANNEL_LABEL, NULL, &channel);
  if (!channel)
    goto failed;
  connect_weak (self, channel, "on-open", G_CALLBACK (on_channel_open));
  connect_weak (self, channel, "on-close", G_CALLBACK (on_channel_close));
  connect_weak (self, channel, "on-error", G_CALLBACK (on_channel_error));
  connect_weak (
      self, channel, "on-message-string", G_CALLBACK (on_channel_string));
  connect_weak (self, channel, "on-message-data", G_CALLBACK (on_channel_data));

  g_mutex_lock (&self->lock);
  self->channel = channel;
  self->pipeline = pipeline;
  g_mutex_unlock (&self->lock);
  gst_object_unref (webrtcbin);
  return;

failed:
  if (!self->prepare_error) {
    self->prepare_error = gst_oai_error_because ("missing-element",
        gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
            GST_RESOURCE_ERROR_FAILED,
            _ ("The media pipeline cannot be made. The nice, dtls, srtp, sctp, "
               "opus and rtp plugins of GStreamer are needed."),
            "%s", pipeline ? "no READY" : "not linked"));
  }
  gst_clear_object (&webrtcbin);
  g_mutex_lock (&self->lock);
  self->pipeline = pipeline;
  g_mutex_unlock (&self->lock);
}

/* --- Connecting, one step after the other --- */

static void
fail_negotiation (GstOaiWebrtcTransport *self, const gchar *what, gchar *why)
{
  fail (self,
      gst_oai_error_because ("negotiation-failed",
          gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_OPEN_READ_WRITE,
              _ ("The media session cannot be negotiated."), "%s: %s", what,
              why)));
  g_free (why);
}

static GstWebRTCSessionDescription *
parse_description (const gchar *text, GstWebRTCSDPType type)
{
  GstSDPMessage *message = NULL;

  if (gst_sdp_message_new_from_text (text, &message) != GST_SDP_OK)
    return NULL;
  return gst_webrtc_session_description_new (type, message);
}

static void
on_remote_set (GstOaiWebrtcTransport *self, gpointer data)
{
  gchar *why = reply_failure (data);

  if (why) {
    fail_negotiation (self, "set-remote-description", why);
    return;
  }
  self->state = STATE_CONNECTING;
  check_progress (self);
}

/* The DTLS transport that all of the bundle uses. */
static GstWebRTCDTLSTransport *
find_dtls_transport (GstElement *webrtcbin)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GObject) sender = NULL;
  GstWebRTCDTLSTransport *transport = NULL;

  g_signal_emit_by_name (webrtcbin, "get-transceiver", 0, &transceiver);
  if (transceiver)
    g_object_get (transceiver, "sender", &sender, NULL);
  if (sender)
    g_object_get (sender, "transport", &transport, NULL);
  return transport;
}

static void
on_answer (const gchar *text, GstOaiError *failure, gpointer user_data)
{
  g_autofree Task *task = user_data;
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (&task->self);
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GError) error = NULL;
  GstWebRTCSessionDescription *description;

  g_weak_ref_clear (&task->self);
  if (!self || task->generation != g_atomic_int_get (&self->generation)) {
    g_clear_pointer (&failure, gst_oai_error_free);
    return;
  }
  if (failure) {
    fail (self, failure);
    return;
  }

  g_mutex_lock (&self->lock);
  g_free (self->call_id);
  self->call_id = g_strdup (gst_oai_signaller_get_call_id (self->signaller));
  g_mutex_unlock (&self->lock);
  GST_INFO_OBJECT (self, "call id %s", GST_STR_NULL (self->call_id));
  GST_LOG_OBJECT (self, "answer:\n%s", text);

  self->answer = gst_oai_sdp_parse_answer (
      self->offer, text, strlen (text), &error);
  if (!self->answer) {
    fail (self,
        gst_oai_error_because ("unusable-answer",
            gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
                GST_RESOURCE_ERROR_OPEN_READ_WRITE,
                _ ("The server's session description cannot be used."), "%s",
                error->message)));
    return;
  }
  description = parse_description (
      self->answer->sdp, GST_WEBRTC_SDP_TYPE_ANSWER);
  webrtcbin = dup_object (self, &self->webrtcbin);
  if (!description || !webrtcbin) {
    g_clear_pointer (&description, gst_webrtc_session_description_free);
    fail_negotiation (self, "answer", g_strdup ("not SDP"));
    return;
  }
  step_done (self, GST_OAI_STEP_HTTP);
  if (self->state == STATE_OVER)
    goto done;

  self->max_message_size = GST_OAI_SDP_MAX_MESSAGE_SIZE;
  if (self->answer->max_message_size > 0) {
    self->max_message_size = MIN (
        self->max_message_size, self->answer->max_message_size);
  }
  gst_oai_rtp_tap_set_payload_type (self->tap, self->answer->opus_pt);

  /* The gate has to know what to look for before anything can connect. */
  self->dtls = find_dtls_transport (webrtcbin);
  if (!self->dtls) {
    fail_negotiation (self, "answer", g_strdup ("no DTLS transport"));
    goto done;
  }
  gst_oai_dtls_gate_expect (self->gate, self->dtls,
      self->answer->fingerprint_hash, self->answer->fingerprint);
  connect_weak (
      self, self->dtls, "notify::state", G_CALLBACK (on_state_notify));

  self->state = STATE_REMOTE;
  g_signal_emit_by_name (webrtcbin, "set-remote-description", description,
      new_promise (self, on_remote_set));

done:
  gst_webrtc_session_description_free (description);
}

static void
post_offer (GstOaiWebrtcTransport *self)
{
  g_autofree gchar *offer = NULL;
  Task *task;

  if (self->state != STATE_CANDIDATES)
    return;
  clear_timer (&self->candidate_timer);
  self->state = STATE_HTTP;

  GST_DEBUG_OBJECT (self, "%u candidates", self->candidates->len);
  offer = gst_oai_sdp_add_candidates (self->offer,
      (const gchar *const *) self->candidates->pdata,
      (const guint *) (gpointer) self->candidate_mlines->data,
      self->candidates->len);
  g_free (self->offer);
  self->offer = g_steal_pointer (&offer);
  /* On the wire only: webrtcbin, which offered both, takes what the answer leaves
   * it. */
  if (self->dtls_client) {
    offer = gst_oai_sdp_be_dtls_client (self->offer);
    g_free (self->offer);
    self->offer = g_steal_pointer (&offer);
  }
  GST_LOG_OBJECT (self, "offer:\n%s", self->offer);

  step_done (self, GST_OAI_STEP_OFFER);
  if (self->state == STATE_OVER)
    return;
  task = g_new0 (Task, 1);
  g_weak_ref_init (&task->self, self);
  task->generation = g_atomic_int_get (&self->generation);
  gst_oai_signaller_send_offer (
      self->signaller, self->offer, self->cancellable, on_answer, task);
}

static void
fail_without_path (GstOaiWebrtcTransport *self, const gchar *debug)
{
  fail (self,
      gst_oai_error_because ("no-path",
          gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_OPEN_READ_WRITE,
              no_path_message (self,
                  _ ("No network path to the server's media address works. UDP "
                     "may be blocked.")),
              "%s, %s", debug, turn_state (self))));
}

static void
on_candidate_timer (GstOaiWebrtcTransport *self, gpointer unused)
{
  /* No server is called for nothing. */
  if (self->call->relay_only && !self->relayed)
    fail_without_path (self, "nothing to offer");
  else
    post_offer (self);
}

/* Whether the offer need not wait any longer for candidates. */
static void
check_gathering (GstOaiWebrtcTransport *self, gpointer unused)
{
  g_autoptr (GstElement) webrtcbin = dup_object (self, &self->webrtcbin);
  GstWebRTCICEGatheringState state;

  if (!webrtcbin)
    return;
  g_object_get (webrtcbin, "ice-gathering-state", &state, NULL);
  GST_DEBUG_OBJECT (self, "gathering state %d", state);
  if (self->state == STATE_CANDIDATES && self->candidates->len > 0
      && (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE
          || self->call->relay_only))
    post_offer (self);
}

typedef struct {
  guint mline;
  gchar *text;
} Candidate;

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->text);
  g_free (candidate);
}

static void
candidate_task (GstOaiWebrtcTransport *self, gpointer data)
{
  Candidate *candidate = data;

  GST_LOG_OBJECT (self, "m-line %u: %s", candidate->mline, candidate->text);
  if (strstr (candidate->text, " typ relay"))
    self->relayed = TRUE;
  if (self->state > STATE_CANDIDATES || !*candidate->text)
    return;
  g_ptr_array_add (self->candidates, g_strdup (candidate->text));
  g_array_append_val (self->candidate_mlines, candidate->mline);
  if (self->call->relay_only)
    check_gathering (self, NULL);
}

static void
on_ice_candidate (
    GstElement *webrtcbin, guint mline, const gchar *text, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);
  Candidate *candidate;

  if (!self)
    return;
  candidate = g_new (Candidate, 1);
  candidate->mline = mline;
  candidate->text = g_strdup (text);
  post (self, candidate_task, candidate, candidate_free);
}

static void
on_gathering_state (GObject *object, GParamSpec *pspec, GWeakRef *weak)
{
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (weak);

  if (self)
    post (self, check_gathering, NULL, NULL);
}

static void
on_local_set (GstOaiWebrtcTransport *self, gpointer data)
{
  gchar *why = reply_failure (data);

  if (why) {
    fail_negotiation (self, "set-local-description", why);
    return;
  }
  self->state = STATE_CANDIDATES;
  start_timer (self, &self->candidate_timer,
      self->call->relay_only ? RELAY_WAIT_MS : CANDIDATE_WAIT_MS,
      on_candidate_timer);
  check_gathering (self, NULL);
}

static void
on_offer (GstOaiWebrtcTransport *self, gpointer data)
{
  Reply *reply = data;
  gchar *why = reply_failure (reply);
  GstWebRTCSessionDescription *made = NULL, *description;
  g_autoptr (GstElement) webrtcbin = dup_object (self, &self->webrtcbin);
  g_autofree gchar *text = NULL;

  if (!why && reply->reply) {
    gst_structure_get (reply->reply, "offer",
        GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &made, NULL);
  }
  if (!made || !webrtcbin) {
    g_clear_pointer (&made, gst_webrtc_session_description_free);
    fail_negotiation (self, "create-offer", why ? why : g_strdup ("no offer"));
    return;
  }

  text = gst_sdp_message_as_text (made->sdp);
  gst_webrtc_session_description_free (made);
  self->offer = gst_oai_sdp_finish_offer (text);
  description = parse_description (self->offer, GST_WEBRTC_SDP_TYPE_OFFER);
  if (!description) {
    fail_negotiation (self, "offer", g_strdup ("cannot be parsed"));
    return;
  }
  self->state = STATE_LOCAL;
  g_signal_emit_by_name (webrtcbin, "set-local-description", description,
      new_promise (self, on_local_set));
  gst_webrtc_session_description_free (description);
}

static void
add_local_address (GObject *ice, const gchar *address)
{
  gboolean ok = FALSE;

  g_signal_emit_by_name (ice, "add-local-ip-address", address, &ok);
  GST_DEBUG_OBJECT (ice, "local address %s: %d", address, ok);
}

/* ICE leaves loopback out by default, rightly so: a server elsewhere cannot use
 * it. A server on this machine may have no other address. Naming one address
 * turns the agent's own search off, so the IPv4 ones are named as well: the
 * server may be in a container. */
static void
use_loopback (GstElement *webrtcbin, const gchar *base_url)
{
  g_autoptr (GObject) ice = NULL;
  g_auto (GStrv) addresses = NULL;
  guint i;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (!ice || !g_signal_lookup ("add-local-ip-address", G_OBJECT_TYPE (ice)))
    return;
  add_local_address (ice, "127.0.0.1");
  if (strstr (base_url, "//[::1]"))
    add_local_address (ice, "::1");
  addresses = gst_oai_local_addresses ();
  for (i = 0; addresses[i]; i++) {
    if (!strchr (addresses[i], ':'))
      add_local_address (ice, addresses[i]);
  }
  /* No firewall stands between. */
  set_if_present (ice, "ice-tcp", FALSE);
}

static void
on_key_ready (GstOaiWebrtcTransport *self)
{
  g_autoptr (GstElement) webrtcbin = dup_object (self, &self->webrtcbin);
  g_autoptr (GstElement) pipeline = dup_object (self, &self->pipeline);

  if (!webrtcbin || !pipeline)
    return;
  self->state = STATE_OFFER;
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE) {
    fail_negotiation (self, "pipeline", g_strdup ("does not start"));
    return;
  }
  g_signal_emit_by_name (
      webrtcbin, "create-offer", NULL, new_promise (self, on_offer));
}

static gboolean
on_key_ready_source (gpointer user_data)
{
  Task *task = user_data;
  g_autoptr (GstOaiWebrtcTransport) self = g_weak_ref_get (&task->self);

  if (self && task->generation == g_atomic_int_get (&self->generation))
    on_key_ready (self);
  return G_SOURCE_REMOVE;
}

static void
prepare_failed_task (GstOaiWebrtcTransport *self, gpointer unused)
{
  fail (self, g_steal_pointer (&self->prepare_error));
}

static void
gst_oai_webrtc_transport_connect (GstOaiTransport *transport, GstOaiCall *call)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  g_autoptr (GstElement) webrtcbin = NULL;
  g_autoptr (GstElement) opusenc = NULL;
  g_autofree gchar *frame_size = NULL;
  Task *task;

  if (self->state == STATE_NEW)
    gst_oai_webrtc_transport_prepare (transport);
  g_return_if_fail (self->state == STATE_PREPARED);

  self->state = STATE_KEY;
  self->call = gst_oai_call_ref (call);
  self->cancellable = g_cancellable_new ();
  g_mutex_lock (&self->lock);
  self->connect_time = now_monotonic ();
  self->frame_duration = call->frame_size_ms * GST_MSECOND;
  self->dtls_client = call->dtls_client;
  g_mutex_unlock (&self->lock);
  if (self->prepare_error) {
    /* Not from inside connect: the owner may not expect it there. */
    post (self, prepare_failed_task, NULL, NULL);
    return;
  }
  start_timer (self, &self->deadline,
      (guint) MAX (call->timeout / GST_MSECOND, 1), on_deadline);

  self->signaller = gst_oai_signaller_new (call);
  gst_oai_signaller_preconnect (self->signaller, self->cancellable);

  webrtcbin = dup_object (self, &self->webrtcbin);
  opusenc = dup_object (self, &self->opusenc);
  frame_size = g_strdup_printf ("%u", call->frame_size_ms);
  gst_util_set_object_arg (G_OBJECT (opusenc), "frame-size", frame_size);
  g_object_set (opusenc, "bitrate", (gint) call->bitrate, "complexity",
      (gint) call->complexity, NULL);
  if (call->stun_server)
    g_object_set (webrtcbin, "stun-server", call->stun_server, NULL);
  if (call->turn_server)
    g_object_set (webrtcbin, "turn-server", call->turn_server, NULL);
  if (call->relay_only) {
    gst_util_set_object_arg (
        G_OBJECT (webrtcbin), "ice-transport-policy", "relay");
  }
  if (gst_oai_signaller_is_loopback (call->base_url))
    use_loopback (webrtcbin, call->base_url);

  task = g_new0 (Task, 1);
  g_weak_ref_init (&task->self, self);
  task->generation = g_atomic_int_get (&self->generation);
  gst_oai_warmup (gst_oai_transport_get_context (transport),
      on_key_ready_source, task, task_free);
}

/* --- Connected --- */

static void
fail_lost (GstOaiWebrtcTransport *self, const gchar *debug)
{
  fail (self,
      gst_oai_error_because ("connection-lost",
          gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
              GST_RESOURCE_ERROR_READ,
              _ ("The connection to the server was lost."), "%s", debug)));
}

static void
on_grace_over (GstOaiWebrtcTransport *self, gpointer unused)
{
  g_autofree gchar *debug = g_strdup_printf (
      "ICE disconnected for %d ms", ICE_GRACE_MS);

  fail_lost (self, debug);
}

/* Codes as much FEC as the loss that the server reports is worth. */
static void
adapt_to_loss (GstOaiWebrtcTransport *self)
{
  g_autoptr (GstElement) rtpbin = dup_object (self, &self->rtpbin);
  g_autoptr (GstElement) opusenc = dup_object (self, &self->opusenc);
  GstOaiReceiverReport report;
  gint percentage;

  if (!rtpbin || !opusenc || !gst_oai_receiver_report_read (&report, rtpbin))
    return;
  percentage = gst_oai_loss_update (&self->loss, &report);
  if (percentage != self->loss_percentage) {
    GST_DEBUG_OBJECT (self, "expecting %d %% of loss", percentage);
    self->loss_percentage = percentage;
    g_object_set (opusenc, "packet-loss-percentage", percentage, NULL);
  }
}

static void
on_liveness_tick (GstOaiWebrtcTransport *self, gpointer unused)
{
  GstClockTime now = now_monotonic (), last_arrival;
  g_autoptr (GstElement) sctpenc = NULL;
  g_autoptr (GstWebRTCDataChannel) channel = NULL;
  gint id = -1;

  start_timer (self, &self->liveness_timer, GST_OAI_LIVENESS_TICK / GST_MSECOND,
      on_liveness_tick);
  adapt_to_loss (self);

  g_mutex_lock (&self->lock);
  last_arrival = self->last_arrival;
  g_mutex_unlock (&self->lock);
  switch (gst_oai_liveness_tick (&self->liveness, now, last_arrival)) {
    case GST_OAI_LIVENESS_ALIVE:
      break;
    case GST_OAI_LIVENESS_PROBE:
      GST_DEBUG_OBJECT (self,
          "nothing arrived for %" GST_TIME_FORMAT ", asking",
          GST_TIME_ARGS (now - last_arrival));
      sctpenc = dup_object (self, &self->sctpenc);
      channel = dup_object (self, &self->channel);
      if (channel)
        g_object_get (channel, "id", &id, NULL);
      if (sctpenc && id >= 0)
        gst_oai_liveness_probe (sctpenc, (guint) id);
      break;
    case GST_OAI_LIVENESS_DEAD:
      fail (self,
          gst_oai_error_because ("no-reaction",
              gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_RESOURCE_ERROR,
                  GST_RESOURCE_ERROR_READ,
                  _ ("The server does not react any more."),
                  "nothing arrived for %" GST_TIME_FORMAT,
                  GST_TIME_ARGS (now - last_arrival))));
      break;
  }
}

static void
become_connected (GstOaiWebrtcTransport *self)
{
  self->state = STATE_CONNECTED;
  clear_timer (&self->deadline);
  gst_oai_repeater_stop (self->repeater);
  on_liveness_tick (self, NULL);
  g_atomic_int_set (&self->sending, TRUE);
  gst_oai_transport_report_connected (GST_OAI_TRANSPORT (self));
  report_early_events (self);
}

static void
fail_refused (GstOaiWebrtcTransport *self)
{
  fail (self,
      gst_oai_error_because ("wrong-fingerprint",
          gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_STREAM_ERROR,
              GST_STREAM_ERROR_DECRYPT,
              _ ("The server's certificate is not the one it announced. Somebody "
                 "may be listening in."),
              "the DTLS certificate does not have the %s fingerprint of the answer",
              self->answer->fingerprint_hash)));
}

/* Looks at all states and takes the steps that are due, in their order, however
 * the notifications came in. */
static void
check_progress (GstOaiWebrtcTransport *self)
{
  g_autoptr (GstElement) webrtcbin = dup_object (self, &self->webrtcbin);
  GstWebRTCICEConnectionState ice;
  GstWebRTCDTLSTransportState dtls;
  GstOaiDtlsGateState gate;
  g_autofree gchar *debug = NULL;

  if (!webrtcbin
      || (self->state != STATE_CONNECTING && self->state != STATE_CONNECTED))
    return;

  g_object_get (webrtcbin, "ice-connection-state", &ice, NULL);
  g_object_get (self->dtls, "state", &dtls, NULL);
  gate = gst_oai_dtls_gate_check (self->gate);
  GST_DEBUG_OBJECT (self, "ICE %d, DTLS %d, gate %d, channel open %d", ice,
      dtls, gate, self->channel_open);

  if (gate == GST_OAI_DTLS_GATE_REFUSED) {
    if (self->next_step == GST_OAI_STEP_ICE)
      step_done (self, GST_OAI_STEP_ICE);
    fail_refused (self);
    return;
  }

  switch (ice) {
    case GST_WEBRTC_ICE_CONNECTION_STATE_FAILED:
    case GST_WEBRTC_ICE_CONNECTION_STATE_CLOSED:
      debug = g_strdup_printf ("ICE state %d", ice);
      if (self->state == STATE_CONNECTED)
        fail_lost (self, debug);
      else
        fail_without_path (self, debug);
      return;
    case GST_WEBRTC_ICE_CONNECTION_STATE_DISCONNECTED:
      if (self->next_step > GST_OAI_STEP_ICE && !self->grace_timer)
        start_timer (self, &self->grace_timer, ICE_GRACE_MS, on_grace_over);
      break;
    case GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED:
    case GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED:
      clear_timer (&self->grace_timer);
      if (self->next_step == GST_OAI_STEP_ICE)
        step_done (self, GST_OAI_STEP_ICE);
      break;
    default:
      break;
  }

  if (dtls == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED
      && self->next_step > GST_OAI_STEP_DTLS) {
    channel_closed_task (self, (gpointer) "DTLS closed");
    return;
  }
  if (dtls == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED) {
    fail (self,
        gst_oai_error_because ("dtls-failed",
            gst_oai_error_new (GST_OAI_ERROR_RETRYABLE, GST_STREAM_ERROR,
                GST_STREAM_ERROR_DECRYPT,
                _ ("The encrypted connection to the server cannot be set up."),
                GST_OAI_DTLS_FAILED)));
    return;
  }

  if (self->state == STATE_CONNECTING
      && dtls == GST_WEBRTC_DTLS_TRANSPORT_STATE_CONNECTED
      && gate == GST_OAI_DTLS_GATE_OPEN) {
    /* What DTLS runs over works, whether that was told yet or not. */
    if (self->next_step == GST_OAI_STEP_ICE)
      step_done (self, GST_OAI_STEP_ICE);
    if (self->next_step == GST_OAI_STEP_DTLS)
      step_done (self, GST_OAI_STEP_DTLS);
    if (self->channel_open && self->next_step == GST_OAI_STEP_SESSION) {
      step_done (self, GST_OAI_STEP_SESSION);
      if (self->state == STATE_CONNECTING)
        become_connected (self);
    }
  }
}

static gboolean
gst_oai_webrtc_transport_send_audio (
    GstOaiTransport *transport, GstBuffer *frame)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  g_autoptr (GstElement) appsrc = NULL;
  GstClockTime duration;

  if (!g_atomic_int_get (&self->sending)
      || !(appsrc = dup_object (self, &self->appsrc))) {
    gst_buffer_unref (frame);
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  duration = self->frame_duration;
  g_mutex_unlock (&self->lock);

  frame = gst_buffer_make_writable (frame);
  if (!GST_BUFFER_PTS_IS_VALID (frame))
    GST_BUFFER_PTS (frame) = now_monotonic ();
  GST_BUFFER_DTS (frame) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (frame) = duration;
  return gst_app_src_push_buffer (GST_APP_SRC (appsrc), frame) == GST_FLOW_OK;
}

/* xgettext cannot read the formats of such numbers. */
static gchar *
number_text (guint64 number)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

static gboolean
gst_oai_webrtc_transport_send_event (
    GstOaiTransport *transport, const gchar *text, gsize size, GError **error)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  g_autoptr (GstWebRTCDataChannel) channel = dup_object (self, &self->channel);
  g_autofree gchar *copy = NULL;
  guint64 buffered = 0;

  if (self->state != STATE_CONNECTED || !channel) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
        _ ("The event channel to the server is not open."));
    return FALSE;
  }
  if (size > self->max_message_size) {
    g_autofree gchar *has = number_text (size);
    g_autofree gchar *most = number_text (self->max_message_size);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
        /* Translators: both are numbers. */
        _ ("The event has %s bytes, but the event channel takes at most %s."),
        has, most);
    return FALSE;
  }
  if (size == 0 || !g_utf8_validate (text, size, NULL)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _ ("The event is not valid text."));
    return FALSE;
  }
  g_object_get (channel, "buffered-amount", &buffered, NULL);
  if (buffered + size > MAX_BUFFERED_BYTES) {
    g_autofree gchar *waiting = number_text (buffered);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
        /* Translators: %s is a number. */
        _ ("The network does not keep up: %s bytes of events wait to be sent."),
        waiting);
    return FALSE;
  }
  copy = g_strndup (text, size);
  return gst_webrtc_data_channel_send_string_full (channel, copy, error);
}

static void
gst_oai_webrtc_transport_close (GstOaiTransport *transport, gboolean hangup,
    void (*done) (gpointer user_data), gpointer user_data)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  g_autoptr (GstOaiSignaller) signaller = g_steal_pointer (&self->signaller);
  const gchar *call_id = signaller ? gst_oai_signaller_get_call_id (signaller)
                                   : NULL;

  stop_work (self);
  /* The server has a call as soon as it says so, also when the answer is of no
   * use or was not waited for. */
  if (hangup && call_id && gst_oai_signaller_can_hang_up (signaller)) {
    gst_oai_signaller_hang_up (
        signaller, call_id, HANGUP_TIMEOUT_MS, done, user_data);
    return;
  }
  if (done)
    done (user_data);
}

/* Everything that reaches into the pipeline goes before it stops: webrtcbin
 * before 1.22.3 uses a channel's back pointer after free. */
static void
release_pipeline (GstOaiWebrtcTransport *self, gboolean wait)
{
  GstElement *pipeline, *appsrc, *opusenc, *webrtcbin, *rtpbin, *sctpenc,
      *dtlsenc;
  GstWebRTCDataChannel *channel;
  gboolean connected = g_atomic_int_get (&self->sending);

  g_atomic_int_set (&self->sending, FALSE);
  g_mutex_lock (&self->lock);
  pipeline = g_steal_pointer (&self->pipeline);
  appsrc = g_steal_pointer (&self->appsrc);
  opusenc = g_steal_pointer (&self->opusenc);
  webrtcbin = g_steal_pointer (&self->webrtcbin);
  rtpbin = g_steal_pointer (&self->rtpbin);
  sctpenc = g_steal_pointer (&self->sctpenc);
  dtlsenc = g_steal_pointer (&self->dtlsenc);
  channel = g_steal_pointer (&self->channel);
  connected = connected || self->step_times[GST_OAI_STEP_DTLS] != 0;
  g_mutex_unlock (&self->lock);

  gst_oai_dtls_gate_release (self->gate);
  if (channel) {
    g_signal_handlers_disconnect_matched (
        channel, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_open, NULL);
    g_signal_handlers_disconnect_matched (
        channel, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_close, NULL);
    g_signal_handlers_disconnect_matched (
        channel, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_error, NULL);
    g_signal_handlers_disconnect_matched (
        channel, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_string, NULL);
    g_signal_handlers_disconnect_matched (
        channel, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_data, NULL);
    g_object_unref (channel);
  }
  gst_clear_object (&appsrc);
  gst_clear_object (&opusenc);
  gst_clear_object (&rtpbin);
  gst_clear_object (&sctpenc);
  gst_clear_object (&webrtcbin);
  if (!connected)
    gst_clear_object (&dtlsenc);
  if (pipeline)
    gst_oai_teardown (pipeline, dtlsenc, wait);
  else
    gst_clear_object (&dtlsenc);
}

static void
gst_oai_webrtc_transport_shutdown (GstOaiTransport *transport)
{
  release_pipeline (GST_OAI_WEBRTC_TRANSPORT (transport), TRUE);
  gst_oai_warmup_wait ();
}

static GstStructure *
gst_oai_webrtc_transport_get_stats (GstOaiTransport *transport)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  g_autoptr (GstElement) rtpbin = dup_object (self, &self->rtpbin);
  guint64 packets_received, bytes_received;
  GstOaiReceiverReport report;
  GstStructure *stats;
  guint i;

  gst_oai_rtp_tap_get_counters (self->tap, &packets_received, &bytes_received);
  g_mutex_lock (&self->lock);
  stats = gst_structure_new ("openairealtime-transport-stats", "packets-sent",
      G_TYPE_UINT64, self->packets_sent, "packets-received", G_TYPE_UINT64,
      packets_received, "bytes-sent", G_TYPE_UINT64, self->bytes_sent,
      "bytes-received", G_TYPE_UINT64, bytes_received, NULL);
  if (self->repeater) {
    gst_structure_set (stats, "handshake-repeats", G_TYPE_UINT,
        gst_oai_repeater_get_count (self->repeater), NULL);
  }
  for (i = 0; i < N_STEPS; i++) {
    g_autofree gchar *field = NULL;

    if (self->step_times[i] == 0)
      continue;
    field = g_strconcat ("step-", gst_oai_step_name (i), NULL);
    gst_structure_set (stats, field, G_TYPE_UINT64, self->step_times[i], NULL);
  }
  g_mutex_unlock (&self->lock);

  if (rtpbin && gst_oai_receiver_report_read (&report, rtpbin)) {
    gst_structure_set (
        stats, "fraction-lost", G_TYPE_DOUBLE, report.fraction_lost, NULL);
    if (report.round_trip > 0) {
      gst_structure_set (
          stats, "round-trip-time", G_TYPE_UINT64, report.round_trip, NULL);
    }
  }
  return stats;
}

static gsize
gst_oai_webrtc_transport_get_max_event_size (GstOaiTransport *transport)
{
  return GST_OAI_WEBRTC_TRANSPORT (transport)->max_message_size;
}

static gchar *
gst_oai_webrtc_transport_get_call_id (GstOaiTransport *transport)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (transport);
  gchar *call_id;

  g_mutex_lock (&self->lock);
  call_id = g_strdup (self->call_id);
  g_mutex_unlock (&self->lock);
  return call_id;
}

static void
gst_oai_webrtc_transport_dispose (GObject *object)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (object);

  /* Nothing is left to release when the owner called shutdown. Without that
   * this may be one of the pipeline's own threads, which cannot wait. */
  if (self->repeater)
    gst_oai_repeater_stop (self->repeater);
  release_pipeline (self, FALSE);

  G_OBJECT_CLASS (gst_oai_webrtc_transport_parent_class)->dispose (object);
}

static void
gst_oai_webrtc_transport_finalize (GObject *object)
{
  GstOaiWebrtcTransport *self = GST_OAI_WEBRTC_TRANSPORT (object);

  clear_timer (&self->deadline);
  clear_timer (&self->candidate_timer);
  clear_timer (&self->grace_timer);
  clear_timer (&self->close_timer);
  g_free (self->close_words);
  clear_timer (&self->liveness_timer);
  g_clear_pointer (&self->prepare_error, gst_oai_error_free);
  g_clear_pointer (&self->call, gst_oai_call_unref);
  g_clear_object (&self->signaller);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->offer, g_free);
  g_clear_pointer (&self->answer, gst_oai_answer_free);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->candidate_mlines, g_array_unref);
  g_clear_object (&self->dtls);
  g_clear_pointer (&self->gate, gst_oai_dtls_gate_unref);
  g_clear_pointer (&self->repeater, gst_oai_repeater_unref);
  g_clear_pointer (&self->tap, gst_oai_rtp_tap_unref);
  g_clear_pointer (&self->events, gst_oai_event_queue_unref);
  g_queue_clear_full (&self->early_events, early_event_free);
  g_clear_pointer (&self->call_id, g_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_webrtc_transport_parent_class)->finalize (object);
}

static void
gst_oai_webrtc_transport_class_init (GstOaiWebrtcTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstOaiTransportClass *transport_class = GST_OAI_TRANSPORT_CLASS (klass);

  object_class->dispose = gst_oai_webrtc_transport_dispose;
  object_class->finalize = gst_oai_webrtc_transport_finalize;

  transport_class->prepare = gst_oai_webrtc_transport_prepare;
  transport_class->connect = gst_oai_webrtc_transport_connect;
  transport_class->send_audio = gst_oai_webrtc_transport_send_audio;
  transport_class->send_event = gst_oai_webrtc_transport_send_event;
  transport_class->close = gst_oai_webrtc_transport_close;
  transport_class->shutdown = gst_oai_webrtc_transport_shutdown;
  transport_class->get_stats = gst_oai_webrtc_transport_get_stats;
  transport_class->get_call_id = gst_oai_webrtc_transport_get_call_id;
  transport_class->get_max_event_size =
      gst_oai_webrtc_transport_get_max_event_size;
}

static void
gst_oai_webrtc_transport_init (GstOaiWebrtcTransport *self)
{
  g_mutex_init (&self->lock);
  self->sctp_association_id = next_sctp_association_id ();
  self->gate = gst_oai_dtls_gate_new ();
  self->tap = gst_oai_rtp_tap_new (G_OBJECT (self), &tap_callbacks);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->candidate_mlines = g_array_new (FALSE, FALSE, sizeof (guint));
  g_queue_init (&self->early_events);
  self->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  gst_oai_loss_init (&self->loss);
  self->loss_percentage = GST_OAI_LOSS_INITIAL;
  self->next_step = GST_OAI_STEP_OFFER;
}

GstOaiTransport *
gst_oai_webrtc_transport_new (void)
{
  return g_object_new (GST_TYPE_OAI_WEBRTC_TRANSPORT, NULL);
}
