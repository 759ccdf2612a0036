/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "call.h"
#include "flight.h"
#include "offer.h"
#include "recorder.h"
#include "session.h"

#include "protocol/gstoaieventassembler.h"
#include "protocol/gstoaijson.h"
#include "protocol/gstoaiprobe.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>
#include <opus.h>
#include <string.h>
#include <unistd.h>

/* Host candidates are there within a few ms; this is for a slow machine. */
#define GATHER_TIMEOUT_MS 300
#define CONNECT_TIMEOUT_MS 30000
#define DISCONNECTED_TIMEOUT_MS 10000
/* How long a close_notify may take. */
#define GOODBYE_MS 200
/* RFC 6347, 4.3.1. */
#define DTLS_ALERT 21
/* What was sent last has so long to leave. */
#define ENDING_STEP_MS 40
#define ENDING_STEPS 25
/* What is not buffered any more may still be on its way through the stack, and on a
 * busy machine stay there for a while. */
#define ENDING_QUIET_STEPS 6
/* Packets are stamped this much ahead, and webrtcbin's clocksync lets them go
 * on time: what the main loop jitters, the wire does not. */
#define LEAD (10 * GST_MSECOND)
#define FRAME_DURATION (20 * GST_MSECOND)
/* Received audio further ahead than this follows a gap. */
#define GAP_SAMPLES EMU_SAMPLES (60)
#define MAX_GAP_SAMPLES EMU_SAMPLES (60000)
#define MAX_PENDING_MESSAGES 2000
/* Of the answer. */
#define MAX_MESSAGE_SIZE 262144
#define MAX_BUFFERED_BYTES (8 * 1024 * 1024)
/* High enough that what a test compares with the question is the transport, not
 * the codec. */
#define BITRATE 64000
#define MAX_PACKET 1275

/* appsrc ! rtpopuspay ! capsfilter ! webrtcbin            one per call
 *                       webrtcbin ! rtpopusdepay ! opusdec ! audioconvert
 *                                 ! audioresample ! appsink (24 kHz mono)
 *
 * Encoding is done here, not by opusenc: a response must begin and end on the
 * packet, without what an encoder element holds back. */
struct _EmuCall {
  const EmuOptions *options;
  gchar *id;
  EmuCallEnded ended_func;
  gpointer ended_data;
  EmuCallAnswered answered_func;
  gpointer answered_data;
  gboolean ended;

  EmuRecorder *recorder;
  EmuSession *session;

  GstElement *pipeline;
  GstElement *webrtc;
  GstElement *appsrc;
  GstWebRTCDataChannel *channel;
  gint payload_type;
  gint pending_messages;
  GstOaiEventAssembler assembler;

  /* Sending. */
  OpusEncoder *encoder;
  GSource *pacer;
  GstClockTime next_pts;
  gboolean talking;

  /* Hearing: which decoder counts, and the time of sample 0. */
  guint hearing_serial;
  gboolean hearing;
  GstClockTime hearing_base;
  guint64 heard;

  GSource *gather_timeout;
  GSource *connect_timeout;
  GSource *disconnect_timeout;
  GSource *expiry;
  GSource *ending;
  guint ending_steps;
  guint quiet_steps; /* of those, since the last event left */
  const gchar *end_reason;
  GSource *fault_timers[3];
};

/* Threads that the process must not end before: what they used cleans up in their
 * last moments, and at the end of the process, too. */
static GMutex worker_lock; /* protects what follows */
static GCond worker_cond;
static gint n_working;
static GQueue finished = G_QUEUE_INIT; /* of GThread, to be joined */

EmuCall *
emu_call_ref (EmuCall *call)
{
  return g_atomic_rc_box_acquire (call);
}

static void
call_clear (gpointer data)
{
  EmuCall *call = data;

  g_free (call->id);
  gst_oai_event_assembler_clear (&call->assembler);
  g_clear_pointer (&call->encoder, opus_encoder_destroy);
}

void
emu_call_unref (EmuCall *call)
{
  g_atomic_rc_box_release_full (call, call_clear);
}

static void
call_closure_notify (gpointer data, GClosure *closure)
{
  emu_call_unref (data);
}

static void
connect_call (
    gpointer object, const gchar *signal, GCallback callback, EmuCall *call)
{
  g_signal_connect_data (
      object, signal, callback, emu_call_ref (call), call_closure_notify, 0);
}

const gchar *
emu_call_get_id (EmuCall *call)
{
  return call->id;
}

static GSource *
add_timer (EmuCall *call, guint ms, GSourceFunc func)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (
      source, func, emu_call_ref (call), (GDestroyNotify) emu_call_unref);
  g_source_attach (source, NULL);
  return source;
}

static void
clear_timer (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
post (EmuCall *call, GSourceFunc func)
{
  emu_post (func, emu_call_ref (call), (GDestroyNotify) emu_call_unref);
}

static void
fail_answer (EmuCall *call, EmuProblem *problem)
{
  EmuCallAnswered answered = g_steal_pointer (&call->answered_func);

  emu_log (call->options, "%s: no answer: %s", call->id, problem->message);
  emu_call_ref (call);
  if (answered != NULL)
    answered (call, NULL, problem, call->answered_data);
  emu_problem_free (problem);
  emu_call_end (call, "negotiation_failed");
  emu_call_unref (call);
}

/* --- data channel --- */

static gboolean
send_json (const gchar *json, gpointer user_data)
{
  EmuCall *call = user_data;
  g_autoptr (GError) error = NULL;
  guint64 buffered = 0;

  if (call->channel == NULL)
    return FALSE;
  g_object_get (call->channel, "buffered-amount", &buffered, NULL);
  if (buffered > MAX_BUFFERED_BYTES) {
    emu_log (call->options, "%s: the client does not read", call->id);
    return FALSE;
  }
  if (!gst_webrtc_data_channel_send_string_full (call->channel, json, &error)) {
    emu_log (call->options, "%s: not sent: %s", call->id, error->message);
    return FALSE;
  }
  return TRUE;
}

static gboolean
on_close_fault (gpointer user_data)
{
  emu_call_end (user_data, "fault");
  return G_SOURCE_REMOVE;
}

static gboolean
on_vanish_fault (gpointer user_data)
{
  _exit (0);
}

static gboolean
on_drop_channel_fault (gpointer user_data)
{
  EmuCall *call = user_data;

  if (call->channel != NULL)
    gst_webrtc_data_channel_close (call->channel);
  return G_SOURCE_REMOVE;
}

static void
start_fault_timers (EmuCall *call)
{
  static const struct {
    const gchar *name;
    GSourceFunc func;
  } timed[] = {
    { "close-after", on_close_fault },
    { "vanish-after", on_vanish_fault },
    { "drop-channel-after", on_drop_channel_fault },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (timed); i++) {
    gint64 ms = emu_options_fault_int (call->options, timed[i].name);

    if (ms >= 0)
      call->fault_timers[i] = add_timer (call, ms, timed[i].func);
  }
}

static gboolean
on_channel_open_idle (gpointer user_data)
{
  EmuCall *call = user_data;
  GstWebRTCDataChannelState state = GST_WEBRTC_DATA_CHANNEL_STATE_CONNECTING;

  if (call->ended || call->channel == NULL)
    return G_SOURCE_REMOVE;
  g_object_get (call->channel, "ready-state", &state, NULL);
  if (state != GST_WEBRTC_DATA_CHANNEL_STATE_OPEN
      || call->connect_timeout == NULL)
    return G_SOURCE_REMOVE;
  clear_timer (&call->connect_timeout);
  emu_recorder_note (call->recorder, "channel_open");
  start_fault_timers (call);
  emu_session_open (call->session);
  if (emu_options_fault (call->options, "binary") != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\2\377", 4);

    gst_webrtc_data_channel_send_data_full (call->channel, bytes, NULL);
  }
  return G_SOURCE_REMOVE;
}

static gboolean
on_channel_close_idle (gpointer user_data)
{
  EmuCall *call = user_data;

  /* Our own fault keeps the connection. */
  if (emu_options_fault (call->options, "drop-channel-after") == NULL)
    emu_call_end (call, "channel_closed");
  return G_SOURCE_REMOVE;
}

/* The handlers of the channel run with webrtcbin's lock held: they only
 * forward. */
static void
on_channel_open (GstWebRTCDataChannel *channel, EmuCall *call)
{
  post (call, on_channel_open_idle);
}

static void
on_channel_close (GstWebRTCDataChannel *channel, EmuCall *call)
{
  post (call, on_channel_close_idle);
}

typedef struct {
  EmuCall *call;
  gchar *text;
} Message;

static void
message_free (gpointer data)
{
  Message *message = data;

  g_atomic_int_add (&message->call->pending_messages, -1);
  emu_call_unref (message->call);
  g_free (message->text);
  g_free (message);
}

/* Takes @event, which may be NULL. */
static void
receive (EmuCall *call, GBytes *event)
{
  gsize size;
  const gchar *data = event != NULL ? g_bytes_get_data (event, &size) : NULL;

  if (event != NULL && !call->ended) {
    g_autofree gchar *text = g_strndup (data != NULL ? data : "", size);

    emu_session_receive (call->session, text);
  }
  g_clear_pointer (&event, g_bytes_unref);
}

/* A long message comes in pieces. What never ends is unreadable, and is told so. */
static gboolean
on_message_idle (gpointer user_data)
{
  Message *message = user_data;
  EmuCall *call = message->call;
  GBytes *event, *stale;

  if (call->ended)
    return G_SOURCE_REMOVE;
  event = gst_oai_event_assembler_push (&call->assembler, message->text,
      strlen (message->text), g_get_monotonic_time () * GST_USECOND, &stale);
  receive (call, stale);
  receive (call, event);
  if (gst_oai_event_assembler_held (&call->assembler) > MAX_MESSAGE_SIZE) {
    gst_oai_event_assembler_clear (&call->assembler);
    receive (call, g_bytes_new_static ("{", 1));
  }
  return G_SOURCE_REMOVE;
}

static void
on_channel_message (
    GstWebRTCDataChannel *channel, const gchar *text, EmuCall *call)
{
  Message *message;

  if (g_atomic_int_add (&call->pending_messages, 1) >= MAX_PENDING_MESSAGES) {
    g_atomic_int_add (&call->pending_messages, -1);
    return;
  }
  message = g_new0 (Message, 1);
  message->call = emu_call_ref (call);
  message->text = g_strdup (text != NULL ? text : "");
  emu_post (on_message_idle, message, message_free);
}

typedef struct {
  EmuCall *call;
  GstWebRTCDataChannel *channel;
} NewChannel;

static void
new_channel_free (gpointer data)
{
  NewChannel *new_channel = data;

  emu_call_unref (new_channel->call);
  gst_object_unref (new_channel->channel);
  g_free (new_channel);
}

static gboolean
on_new_channel_idle (gpointer user_data)
{
  NewChannel *new_channel = user_data;
  EmuCall *call = new_channel->call;

  if (call->ended || call->channel != NULL)
    return G_SOURCE_REMOVE;
  call->channel = gst_object_ref (new_channel->channel);
  on_channel_open_idle (call);
  return G_SOURCE_REMOVE;
}

static void
on_data_channel (
    GstElement *webrtc, GstWebRTCDataChannel *channel, EmuCall *call)
{
  NewChannel *new_channel = g_new0 (NewChannel, 1);

  connect_call (channel, "on-open", G_CALLBACK (on_channel_open), call);
  connect_call (channel, "on-close", G_CALLBACK (on_channel_close), call);
  connect_call (
      channel, "on-message-string", G_CALLBACK (on_channel_message), call);
  new_channel->call = emu_call_ref (call);
  new_channel->channel = gst_object_ref (channel);
  emu_post (on_new_channel_idle, new_channel, new_channel_free);
}

/* --- hearing --- */

typedef struct {
  EmuCall *call;
  guint serial;
  GstClockTime pts;
  GBytes *samples;
} Heard;

static void
heard_free (gpointer data)
{
  Heard *heard = data;

  emu_call_unref (heard->call);
  g_bytes_unref (heard->samples);
  g_free (heard);
}

/* Puts the samples on the timeline. Missing packets become silence, when the
 * next one arrives: while nothing at all arrives, time stands still. */
static gboolean
on_heard_idle (gpointer user_data)
{
  Heard *heard = user_data;
  EmuCall *call = heard->call;
  gsize size;
  const gint16 *samples = g_bytes_get_data (heard->samples, &size);

  if (call->ended || heard->serial != call->hearing_serial)
    return G_SOURCE_REMOVE;
  if (GST_CLOCK_TIME_IS_VALID (heard->pts)) {
    guint64 position;

    if (!call->hearing) {
      call->hearing = TRUE;
      /* A new stream goes on where the last one ended. */
      call->hearing_base = heard->pts
          - MIN (heard->pts,
              gst_util_uint64_scale (call->heard, GST_SECOND, EMU_RATE));
    }
    position = gst_util_uint64_scale (
        heard->pts - MIN (heard->pts, call->hearing_base), EMU_RATE,
        GST_SECOND);
    if (position > call->heard + GAP_SAMPLES) {
      guint64 gap = MIN (position - call->heard, MAX_GAP_SAMPLES);

      emu_recorder_note (call->recorder, "rtp_gap");
      call->heard = position;
      emu_session_miss (call->session, gap);
    }
  }
  call->heard += size / 2;
  emu_session_hear (call->session, samples, size / 2);
  return G_SOURCE_REMOVE;
}

typedef struct {
  EmuCall *call;
  guint serial;
} Ear;

static void
ear_free (gpointer data)
{
  Ear *ear = data;

  emu_call_unref (ear->call);
  g_free (ear);
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  Ear *ear = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer;
  GstMapInfo map;
  Heard *heard;

  if (sample == NULL)
    return GST_FLOW_EOS;
  buffer = gst_sample_get_buffer (sample);
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_ERROR;
  heard = g_new0 (Heard, 1);
  heard->call = emu_call_ref (ear->call);
  heard->serial = ear->serial;
  heard->pts = GST_BUFFER_PTS (buffer);
  heard->samples = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  emu_post (on_heard_idle, heard, heard_free);
  return GST_FLOW_OK;
}

/* A serial is drawn in the streaming thread, the newest stream wins. */
static gboolean
on_new_ear_idle (gpointer user_data)
{
  Ear *ear = user_data;

  ear->call->hearing_serial = MAX (ear->call->hearing_serial, ear->serial);
  ear->call->hearing = FALSE;
  return G_SOURCE_REMOVE;
}

static Ear *
ear_new (EmuCall *call, guint serial)
{
  Ear *ear = g_new0 (Ear, 1);

  ear->call = emu_call_ref (call);
  ear->serial = serial;
  return ear;
}

static void
on_pad_added (GstElement *webrtc, GstPad *pad, EmuCall *call)
{
  static gint serials;
  GstAppSinkCallbacks callbacks = { NULL, NULL, on_sample };
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstElement) bin = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstElement) appsink = NULL;
  g_autoptr (GstObject) pipeline = NULL;
  const gchar *encoding = NULL;
  guint serial;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  caps = gst_pad_get_current_caps (pad);
  if (caps == NULL)
    caps = gst_pad_query_caps (pad, NULL);
  if (!gst_caps_is_empty (caps) && !gst_caps_is_any (caps))
    encoding = gst_structure_get_string (
        gst_caps_get_structure (caps, 0), "encoding-name");
  if (g_strcmp0 (encoding, "OPUS") != 0) {
    bin = gst_parse_bin_from_description (
        "fakesink sync=false async=false", TRUE, NULL);
  } else {
    bin = gst_parse_bin_from_description (
        "rtpopusdepay ! opusdec plc=true ! audioconvert ! audioresample ! "
        "audio/x-raw,format=S16LE,rate=24000,channels=1,layout=interleaved ! "
        "appsink name=ear sync=false async=false max-buffers=500 drop=true",
        TRUE, NULL);
  }
  g_return_if_fail (bin != NULL);
  gst_object_ref_sink (bin);
  /* Not call->pipeline: that is the main loop's. */
  pipeline = gst_object_get_parent (GST_OBJECT (webrtc));
  if (pipeline == NULL)
    return;
  appsink = gst_bin_get_by_name (GST_BIN (bin), "ear");
  if (appsink != NULL) {
    serial = g_atomic_int_add (&serials, 1) + 1;
    gst_app_sink_set_callbacks (
        GST_APP_SINK (appsink), &callbacks, ear_new (call, serial), ear_free);
    emu_post (on_new_ear_idle, ear_new (call, serial), ear_free);
  }
  gst_bin_add (GST_BIN (pipeline), gst_object_ref (bin));
  gst_element_sync_state_with_parent (bin);
  sink = gst_element_get_static_pad (bin, "sink");
  if (gst_pad_link (pad, sink) != GST_PAD_LINK_OK)
    g_printerr ("Cannot link a pad of webrtcbin\n");
}

/* --- sending --- */

static void
send_frame (EmuCall *call, GstClockTime pts)
{
  gint16 frame[EMU_FRAME] = { 0 };
  guint8 packet[MAX_PACKET];
  gboolean audio = emu_session_speak (call->session, frame);
  GstBuffer *buffer;
  gint size;

  if (call->ended)
    return;
  emu_recorder_said (call->recorder, frame, EMU_FRAME);
  if ((!audio && !call->options->continuous_rtp)
      || emu_options_fault (call->options, "no-audio") != NULL) {
    call->talking = FALSE;
    return;
  }
  /* One encoder for the whole call: a decoder that has heard the last answer could not
   * tell that it was reset. */
  size = opus_encode (call->encoder, frame, EMU_FRAME, packet, sizeof (packet));
  if (size <= 0)
    return;
  buffer = gst_buffer_new_memdup (packet, size);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = FRAME_DURATION;
  if (!call->talking)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  call->talking = TRUE;
  gst_app_src_push_buffer (GST_APP_SRC (call->appsrc), buffer);
}

static gboolean
on_pace (gpointer user_data)
{
  EmuCall *call = user_data;
  GstClockTime now = gst_element_get_current_running_time (call->pipeline);

  if (!GST_CLOCK_TIME_IS_VALID (now)) {
    g_source_set_ready_time (
        call->pacer, g_get_monotonic_time () + 5 * G_TIME_SPAN_MILLISECOND);
    return G_SOURCE_CONTINUE;
  }
  /* Just started, or the machine slept: no burst. */
  if (call->next_pts == 0 || now > call->next_pts + 10 * FRAME_DURATION)
    call->next_pts = now;
  while (call->next_pts <= now && !call->ended) {
    send_frame (call, call->next_pts + LEAD);
    call->next_pts += FRAME_DURATION;
  }
  if (call->ended)
    return G_SOURCE_REMOVE;
  g_source_set_ready_time (call->pacer,
      g_get_monotonic_time ()
          + (gint64) GST_TIME_AS_USECONDS (call->next_pts - now));
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_pacer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs pacer_funcs = { NULL, NULL, dispatch_pacer, NULL };

static void
start_pacer (EmuCall *call)
{
  if (call->pacer != NULL)
    return;
  call->pacer = g_source_new (&pacer_funcs, sizeof (GSource));
  g_source_set_priority (call->pacer, G_PRIORITY_HIGH);
  g_source_set_callback (call->pacer, on_pace, emu_call_ref (call),
      (GDestroyNotify) emu_call_unref);
  g_source_set_ready_time (call->pacer, 0);
  g_source_attach (call->pacer, NULL);
}

/* --- connection --- */

static gboolean
on_disconnect_timeout (gpointer user_data)
{
  emu_call_end (user_data, "disconnected");
  return G_SOURCE_REMOVE;
}

static gboolean
on_connection_state_idle (gpointer user_data)
{
  EmuCall *call = user_data;
  GstWebRTCPeerConnectionState state;

  if (call->ended)
    return G_SOURCE_REMOVE;
  g_object_get (call->webrtc, "connection-state", &state, NULL);
  emu_log (call->options, "%s: connection state %d", call->id, state);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_DISCONNECTED) {
    if (call->disconnect_timeout == NULL)
      call->disconnect_timeout = add_timer (
          call, DISCONNECTED_TIMEOUT_MS, on_disconnect_timeout);
    return G_SOURCE_REMOVE;
  }
  clear_timer (&call->disconnect_timeout);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
    start_pacer (call);
  else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED
      || state == GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED)
    emu_call_end (call, "connection_lost");
  return G_SOURCE_REMOVE;
}

static void
on_connection_state (GstElement *webrtc, GParamSpec *pspec, EmuCall *call)
{
  post (call, on_connection_state_idle);
}

static gboolean
on_connect_timeout (gpointer user_data)
{
  emu_call_end (user_data, "never_connected");
  return G_SOURCE_REMOVE;
}

static gboolean
on_expired (gpointer user_data)
{
  EmuCall *call = user_data;

  emu_session_expire (call->session);
  return G_SOURCE_REMOVE;
}

/* The last events must be out first. */
static gboolean
on_ending (gpointer user_data)
{
  EmuCall *call = user_data;
  guint64 buffered = 0;

  if (call->channel != NULL)
    g_object_get (call->channel, "buffered-amount", &buffered, NULL);
  if (buffered > 0)
    call->quiet_steps = 0;
  if (++call->ending_steps < ENDING_STEPS
      && ++call->quiet_steps <= ENDING_QUIET_STEPS)
    return G_SOURCE_CONTINUE;
  emu_call_end (call, call->end_reason);
  return G_SOURCE_REMOVE;
}

static void
end_soon (const gchar *reason, gpointer user_data)
{
  EmuCall *call = user_data;

  if (call->ending != NULL)
    return;
  call->end_reason = reason;
  call->ending = add_timer (call, ENDING_STEP_MS, on_ending);
}

/* --- negotiation --- */

/* Another certificate than the one that will be shown. */
static void
falsify_fingerprint (GString *answer)
{
  gchar *at = answer->str;

  while ((at = strstr (at, "a=fingerprint:sha-256 ")) != NULL) {
    at += strlen ("a=fingerprint:sha-256 ");
    *at = *at == '0' ? '1' : '0';
  }
}

/* The answer in the form of the service: the fingerprint once, for the whole
 * session, its Opus parameters, no feedback and no trickle. */
static GString *
service_answer (EmuCall *call, const GstSDPMessage *sdp)
{
  g_autofree gchar *text = gst_sdp_message_as_text (sdp);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);
  GString *answer = g_string_new (NULL);
  const gchar *fingerprint = NULL;
  const gchar *group = NULL;
  gboolean in_media = FALSE;
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (fingerprint == NULL && g_str_has_prefix (lines[i], "a=fingerprint:"))
      fingerprint = lines[i];
    if (g_str_has_prefix (lines[i], "a=group:"))
      group = lines[i];
  }
  for (i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
    if (!in_media && g_str_has_prefix (lines[i], "m=")) {
      in_media = TRUE;
      g_string_append (answer, "a=msid-semantic:WMS *\r\n");
      if (fingerprint != NULL)
        g_string_append_printf (answer, "%s\r\n", fingerprint);
      g_string_append (answer, "a=extmap-allow-mixed\r\n");
      if (group != NULL)
        g_string_append_printf (answer, "%s\r\n", group);
    }
    if (g_str_has_prefix (lines[i], "a=fingerprint:")
        || g_str_has_prefix (lines[i], "a=group:")
        || g_str_has_prefix (lines[i], "a=ice-options:")
        || g_str_has_prefix (lines[i], "a=rtcp-fb:"))
      continue;
    if (g_str_has_prefix (lines[i], "a=fmtp:"))
      g_string_append_printf (answer,
          "a=fmtp:%d minptime=10;useinbandfec=1\r\n", call->payload_type);
    else
      g_string_append_printf (answer, "%s\r\n", lines[i]);
  }
  return answer;
}

/* All candidates to an address that is set aside for documents. */
static void
move_candidates (GString *answer)
{
  g_auto (GStrv) lines = g_strsplit (answer->str, "\r\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix (lines[i], "a=candidate:")) {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

      if (g_strv_length (words) > 4) {
        g_free (words[4]);
        words[4] = g_strdup ("192.0.2.1");
        g_free (lines[i]);
        lines[i] = g_strjoinv (" ", words);
      }
    }
  }
  {
    g_autofree gchar *text = g_strjoinv ("\r\n", lines);

    g_string_assign (answer, text);
  }
}

static gchar *
finish_answer (EmuCall *call, const GstSDPMessage *sdp)
{
  GString *answer = service_answer (call, sdp);

  if (emu_options_fault (call->options, "wrong-fingerprint") != NULL)
    falsify_fingerprint (answer);
  if (emu_options_fault (call->options, "unreachable-candidates") != NULL)
    move_candidates (answer);
  if (emu_options_fault (call->options, "no-audio-section") != NULL) {
    const gchar *begin = strstr (answer->str, "m=audio");
    const gchar *end = begin ? strstr (begin + 1, "\r\nm=") : NULL;

    if (begin != NULL)
      g_string_erase (
          answer, begin - answer->str, end != NULL ? end + 2 - begin : -1);
  }
  return g_string_free (answer, FALSE);
}

static gboolean
on_gathered_idle (gpointer user_data)
{
  EmuCall *call = user_data;
  EmuCallAnswered answered;
  GstWebRTCSessionDescription *description = NULL;
  g_autofree gchar *answer = NULL;

  if (call->ended || call->answered_func == NULL
      || call->gather_timeout == NULL)
    return G_SOURCE_REMOVE;
  clear_timer (&call->gather_timeout);
  g_object_get (call->webrtc, "local-description", &description, NULL);
  if (description == NULL) {
    fail_answer (call,
        emu_problem_new (500, NULL, NULL, "There is no local description."));
    return G_SOURCE_REMOVE;
  }
  answer = finish_answer (call, description->sdp);
  gst_webrtc_session_description_free (description);
  emu_recorder_note (call->recorder, "answered");
  answered = g_steal_pointer (&call->answered_func);
  answered (call, answer, NULL, call->answered_data);
  return G_SOURCE_REMOVE;
}

static void
on_gathering_state (GstElement *webrtc, GParamSpec *pspec, EmuCall *call)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    post (call, on_gathered_idle);
}

/* One step of the negotiation: its promise, and what follows it in the main
 * loop. */
typedef struct {
  EmuCall *call;
  GstPromise *promise;
  void (*next) (EmuCall *call, const GstStructure *reply);
} Step;

static void
step_free (gpointer data)
{
  Step *step = data;

  emu_call_unref (step->call);
  gst_promise_unref (step->promise);
  g_free (step);
}

static gboolean
on_step_idle (gpointer user_data)
{
  Step *step = user_data;
  const GstStructure *reply = NULL;
  g_autoptr (GError) error = NULL;

  if (step->call->ended)
    return G_SOURCE_REMOVE;
  if (gst_promise_wait (step->promise) != GST_PROMISE_RESULT_REPLIED) {
    fail_answer (step->call,
        emu_problem_new (500, NULL, NULL, "The negotiation was interrupted."));
    return G_SOURCE_REMOVE;
  }
  reply = gst_promise_get_reply (step->promise);
  if (reply != NULL
      && gst_structure_get (reply, "error", G_TYPE_ERROR, &error, NULL)) {
    fail_answer (step->call,
        emu_problem_new (400, "invalid_offer", NULL,
            "Invalid SDP offer. Please try again with a WHIP-compliant "
            "offer. (%s)",
            error->message));
    return G_SOURCE_REMOVE;
  }
  step->next (step->call, reply);
  return G_SOURCE_REMOVE;
}

static void
on_promise_change (GstPromise *promise, gpointer user_data)
{
  Step *step = user_data;

  step->promise = gst_promise_ref (promise);
  emu_post (on_step_idle, step, step_free);
}

static GstPromise *
step_promise (
    EmuCall *call, void (*next) (EmuCall *call, const GstStructure *reply))
{
  Step *step = g_new0 (Step, 1);

  step->call = emu_call_ref (call);
  step->next = next;
  return gst_promise_new_with_change_func (on_promise_change, step, NULL);
}

static void
on_local_set (EmuCall *call, const GstStructure *reply)
{
  GstWebRTCICEGatheringState state;

  call->gather_timeout = add_timer (call, GATHER_TIMEOUT_MS, on_gathered_idle);
  g_object_get (call->webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    post (call, on_gathered_idle);
}

static void
on_answer_created (EmuCall *call, const GstStructure *reply)
{
  GstWebRTCSessionDescription *answer = NULL;
  GstPromise *promise;
  guint i;

  if (reply == NULL
      || !gst_structure_get (reply, "answer",
          GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &answer, NULL)) {
    fail_answer (
        call, emu_problem_new (500, NULL, NULL, "No answer was made."));
    return;
  }
  /* webrtcbin leaves it out; absent means 64 KiB, and items are larger. */
  for (i = 0; i < gst_sdp_message_medias_len (answer->sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (
        answer->sdp, i);

    if (g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0
        && gst_sdp_media_get_attribute_val (media, "max-message-size") == NULL)
      gst_sdp_media_add_attribute (
          media, "max-message-size", G_STRINGIFY (MAX_MESSAGE_SIZE));
  }
  promise = step_promise (call, on_local_set);
  g_signal_emit_by_name (
      call->webrtc, "set-local-description", answer, promise);
  gst_promise_unref (promise);
  gst_webrtc_session_description_free (answer);
}

static void
on_remote_set (EmuCall *call, const GstStructure *reply)
{
  GstPromise *promise = step_promise (call, on_answer_created);

  g_signal_emit_by_name (call->webrtc, "create-answer", NULL, promise);
  gst_promise_unref (promise);
}

/* sctpenc and sctpdec draw a random id of 16 bits before 1.28; two alike in a
 * process hang. The signal "close" of webrtcbin came together with the fix. */
static void
on_deep_element_added (
    GstBin *bin, GstBin *sub_bin, GstElement *element, gpointer user_data)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory) : "";

  if ((strcmp (name, "sctpenc") == 0 || strcmp (name, "sctpdec") == 0)
      && g_signal_lookup ("close", G_OBJECT_TYPE (sub_bin)) == 0)
    g_object_set (element, "sctp-association-id",
        GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (bin), "emu-sctp-id")),
        NULL);
  else if (strcmp (name, "dtlsenc") == 0)
    emu_flight_pack (element);
}

static void
configure_ice (EmuCall *call)
{
  g_autoptr (GstObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  const gchar *host = call->options->host;
  gboolean added = FALSE;

  g_object_get (call->webrtc, "ice-agent", &ice, NULL);
  if (ice == NULL)
    return;
  /* libnice does not gather the loopback by itself. */
  if (strcmp (host, "localhost") == 0)
    host = "127.0.0.1";
  if (strcmp (host, "0.0.0.0") != 0 && strcmp (host, "::") != 0)
    g_signal_emit_by_name (ice, "add-local-ip-address", host, &added);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (ice), "agent") == NULL)
    return;
  g_object_get (ice, "agent", &agent, NULL);
  /* ice-tcp stays: switched off here, nothing is received (libnice 0.1.21). */
  if (agent != NULL)
    g_object_set (agent, "upnp", FALSE, "stun-pacing-timer", 5,
        "keepalive-conncheck", TRUE, NULL);
}

static gboolean
build_pipeline (EmuCall *call, const EmuOffer *offer)
{
  static gint sctp_ids;
  GstElement *pay, *filter;
  g_autoptr (GstCaps) opus = NULL;
  g_autoptr (GstCaps) rtp = NULL;
  g_autoptr (GstCaps) stream = NULL;
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstClock) clock = NULL;
  g_autofree gchar *name = NULL;
  GstPadTemplate *template;
  GstWebRTCRTPTransceiver *transceiver = NULL;
  guint ssrc = g_random_int_range (1, G_MAXINT32);
  gint error;

  call->encoder = opus_encoder_create (
      EMU_RATE, 1, OPUS_APPLICATION_AUDIO, &error);
  if (call->encoder == NULL)
    return FALSE;
  opus_encoder_ctl (call->encoder, OPUS_SET_BITRATE (BITRATE));
  opus_encoder_ctl (call->encoder, OPUS_SET_COMPLEXITY (5));

  call->pipeline = gst_object_ref_sink (gst_pipeline_new (call->id));
  call->webrtc = gst_element_factory_make ("webrtcbin", NULL);
  call->appsrc = gst_element_factory_make ("appsrc", NULL);
  pay = gst_element_factory_make ("rtpopuspay", NULL);
  filter = gst_element_factory_make ("capsfilter", NULL);
  if (call->webrtc == NULL || call->appsrc == NULL || pay == NULL
      || filter == NULL) {
    gst_clear_object (&call->webrtc);
    gst_clear_object (&call->appsrc);
    gst_clear_object (&pay);
    gst_clear_object (&filter);
    return FALSE;
  }
  gst_object_ref (call->webrtc);
  gst_object_ref (call->appsrc);
  clock = gst_system_clock_obtain ();
  gst_pipeline_use_clock (GST_PIPELINE (call->pipeline), clock);

  opus = gst_caps_from_string (
      "audio/x-opus,rate=48000,channels=1,channel-mapping-family=0");
  g_object_set (call->appsrc, "caps", opus, "format", GST_FORMAT_TIME,
      "is-live", TRUE, "max-buffers", (guint64) 50, "max-bytes", (guint64) 0,
      "leaky-type", 2 /* downstream */, NULL);
  /* The answer names the SSRC. With the first packet the payloader would still
   * take the one that the RTP session suggests, and a browser hear nothing. */
  stream = gst_caps_new_simple (
      "application/x-rtp", "ssrc", G_TYPE_UINT, ssrc, NULL);
  g_object_set (filter, "caps", stream, NULL);
  g_object_set (pay, "pt", call->payload_type, "ssrc", ssrc, NULL);
  g_object_set (call->webrtc, "bundle-policy",
      offer->bundle ? GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE
                    : GST_WEBRTC_BUNDLE_POLICY_NONE,
      "latency", 40, NULL);
  g_object_set_data (G_OBJECT (call->webrtc), "emu-sctp-id",
      GUINT_TO_POINTER (g_atomic_int_add (&sctp_ids, 1) % 65534 + 1));
  g_signal_connect (call->webrtc, "deep-element-added",
      G_CALLBACK (on_deep_element_added), NULL);
  connect_call (
      call->webrtc, "on-data-channel", G_CALLBACK (on_data_channel), call);
  connect_call (call->webrtc, "pad-added", G_CALLBACK (on_pad_added), call);
  connect_call (call->webrtc, "notify::connection-state",
      G_CALLBACK (on_connection_state), call);
  connect_call (call->webrtc, "notify::ice-gathering-state",
      G_CALLBACK (on_gathering_state), call);
  gst_bin_add_many (
      GST_BIN (call->pipeline), call->appsrc, pay, filter, call->webrtc, NULL);
  gst_element_link_many (call->appsrc, pay, filter, NULL);

  /* Requested before the answer, or it would be recvonly. */
  rtp = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      "audio", "encoding-name", G_TYPE_STRING, "OPUS", "clock-rate", G_TYPE_INT,
      48000, "payload", G_TYPE_INT, call->payload_type, NULL);
  template = gst_element_class_get_pad_template (
      GST_ELEMENT_GET_CLASS (call->webrtc), "sink_%u");
  /* The number is that of the m-line. */
  name = g_strdup_printf ("sink_%u", offer->audio);
  sink = gst_element_request_pad (call->webrtc, template, name, rtp);
  src = gst_element_get_static_pad (filter, "src");
  if (sink == NULL || gst_pad_link (src, sink) != GST_PAD_LINK_OK)
    return FALSE;
  g_object_get (sink, "transceiver", &transceiver, NULL);
  g_object_set (transceiver, "codec-preferences", rtp, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV, NULL);
  gst_object_unref (transceiver);
  configure_ice (call);
  return gst_element_set_state (call->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE;
}

/* Without them this side does not reach out for the client either. */
static void
forget_candidates (GstSDPMessage *sdp)
{
  guint i, j;

  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    for (j = gst_sdp_media_attributes_len (media); j > 0; j--)
      if (strcmp (gst_sdp_media_get_attribute (media, j - 1)->key, "candidate")
          == 0)
        gst_sdp_media_remove_attribute (media, j - 1);
  }
}

/* What the client says of its own sound ("sprop-…", RFC 7587) is no matter for
 * the answer, but webrtcbin 1.22 takes it for a condition: the answer to an offer
 * of opusenc and webrtcbin would be recvonly. */
static void
forget_sprop (GstSDPMessage *sdp)
{
  guint i, j;

  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    for (j = gst_sdp_media_attributes_len (media); j > 0; j--) {
      const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (
          media, j - 1);
      g_autoptr (GString) kept = NULL;
      g_auto (GStrv) words = NULL;
      guint k;

      if (strcmp (attribute->key, "fmtp") != 0 || attribute->value == NULL
          || strstr (attribute->value, "sprop-") == NULL)
        continue;
      words = g_strsplit_set (attribute->value, " ;", -1);
      kept = g_string_new (NULL);
      for (k = 1; words[k] != NULL; k++) {
        if (*words[k] != '\0' && !g_str_has_prefix (words[k], "sprop-"))
          g_string_append_printf (
              kept, "%s%s", kept->len > 0 ? ";" : "", words[k]);
      }
      g_string_prepend_c (kept, ' ');
      g_string_prepend (kept, words[0]);
      gst_sdp_media_remove_attribute (media, j - 1);
      if (kept->len > strlen (words[0]) + 1)
        gst_sdp_media_add_attribute (media, "fmtp", kept->str);
    }
  }
}

void
emu_call_start (EmuCall *call, const gchar *offer, EmuCallAnswered answered,
    gpointer user_data)
{
  g_autoptr (EmuOffer) parsed = NULL;
  EmuProblem *problem = NULL;
  GstWebRTCSessionDescription *description;
  GstPromise *promise;

  call->answered_func = answered;
  call->answered_data = user_data;
  parsed = emu_offer_parse (offer, &problem);
  if (parsed == NULL) {
    fail_answer (call, problem);
    return;
  }
  call->payload_type = parsed->payload_type;
  if (emu_options_fault (call->options, "unreachable-candidates") != NULL)
    forget_candidates (parsed->sdp);
  forget_sprop (parsed->sdp);
  if (!build_pipeline (call, parsed)) {
    fail_answer (call,
        emu_problem_new (500, NULL, NULL, "webrtcbin could not be set up."));
    return;
  }
  description = gst_webrtc_session_description_new (
      GST_WEBRTC_SDP_TYPE_OFFER, g_steal_pointer (&parsed->sdp));
  promise = step_promise (call, on_remote_set);
  g_signal_emit_by_name (
      call->webrtc, "set-remote-description", description, promise);
  gst_promise_unref (promise);
  gst_webrtc_session_description_free (description);
}

EmuCall *
emu_call_new (const EmuOptions *options, EmuMind *mind, JsonObject *settings,
    EmuCallEnded ended, gpointer user_data)
{
  EmuCall *call = g_atomic_rc_box_new0 (EmuCall);
  gint64 lifetime = gst_oai_json_get_int (settings, "expires_at", 0)
      - g_get_real_time () / G_USEC_PER_SEC;

  call->options = options;
  call->id = emu_make_id ("rtc_");
  call->ended_func = ended;
  call->ended_data = user_data;
  call->recorder = emu_recorder_new (options->record_dir, call->id);
  call->session = emu_session_new (
      options, mind, call->recorder, settings, send_json, end_soon, call);
  call->connect_timeout = add_timer (
      call, CONNECT_TIMEOUT_MS, on_connect_timeout);
  call->expiry = add_timer (call, MAX (lifetime, 1) * 1000, on_expired);
  return call;
}

typedef struct {
  GstElement *pipeline;
  GstElement *webrtc;
  GstElement *appsrc;
  GstWebRTCDataChannel *channel;
} Teardown;

static void
worker_done (void)
{
  g_mutex_lock (&worker_lock);
  n_working--;
  g_queue_push_tail (&finished, g_thread_ref (g_thread_self ()));
  g_cond_broadcast (&worker_cond);
  g_mutex_unlock (&worker_lock);
}

static void
start_worker (const gchar *name, GThreadFunc func, gpointer data)
{
  GThread *thread;

  g_mutex_lock (&worker_lock);
  n_working++;
  while ((thread = g_queue_pop_head (&finished)))
    g_thread_join (thread);
  g_mutex_unlock (&worker_lock);
  g_thread_unref (g_thread_new (name, func, data));
}

/* What comes of a probe on the network. */
typedef struct {
  GMutex lock; /* protects what follows */
  GCond cond;
  gboolean alert_seen;
} Goodbye;

static void
look_for_alert (GstBuffer *datagram, gpointer user_data)
{
  Goodbye *goodbye = user_data;
  guint8 first = 0;

  if (gst_buffer_extract (datagram, 0, &first, 1) == 1 && first == DTLS_ALERT) {
    g_mutex_lock (&goodbye->lock);
    goodbye->alert_seen = TRUE;
    g_cond_signal (&goodbye->cond);
    g_mutex_unlock (&goodbye->lock);
  }
}

static GstPadProbeReturn
on_outgoing (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gst_oai_probe_foreach (info, look_for_alert, user_data);
  return GST_PAD_PROBE_OK;
}

static GstPad *
find_sink_pad (GstElement *pipeline, const gchar *factory)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (pipeline), factory);
  GValue value = G_VALUE_INIT;
  GstPad *pad = NULL;

  if (gst_iterator_next (iterator, &value) == GST_ITERATOR_OK) {
    pad = gst_element_get_static_pad (g_value_get_object (&value), "sink");
    g_value_unset (&value);
  }
  gst_iterator_free (iterator);
  return pad;
}

/* As the close () of a peer connection does, and webrtcbin does not: a
 * close_notify. dtlsenc answers EOS with one, from its own task. */
static void
say_goodbye (GstElement *pipeline)
{
  GstPad *dtls = find_sink_pad (pipeline, "dtlsenc");
  GstPad *network = find_sink_pad (pipeline, "nicesink");
  gint64 deadline = g_get_monotonic_time () + GOODBYE_MS * 1000;
  Goodbye goodbye = { .alert_seen = FALSE };
  gulong probe;

  if (dtls != NULL && network != NULL) {
    g_mutex_init (&goodbye.lock);
    g_cond_init (&goodbye.cond);
    probe = gst_pad_add_probe (network,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_outgoing,
        &goodbye, NULL);
    gst_pad_send_event (dtls, gst_event_new_eos ());
    g_mutex_lock (&goodbye.lock);
    while (!goodbye.alert_seen
        && g_cond_wait_until (&goodbye.cond, &goodbye.lock, deadline))
      continue;
    g_mutex_unlock (&goodbye.lock);
    gst_pad_remove_probe (network, probe);
    /* The probe ran with this lock: when it is free, nobody uses goodbye any
     * more, and the packet is gone. */
    GST_PAD_STREAM_LOCK (network);
    GST_PAD_STREAM_UNLOCK (network);
    g_cond_clear (&goodbye.cond);
    g_mutex_clear (&goodbye.lock);
  }
  gst_clear_object (&dtls);
  gst_clear_object (&network);
}

/* In a thread of its own: NULL joins the threads of the connection, and other
 * calls shall not wait. */
static gpointer
teardown_thread (gpointer data)
{
  Teardown *teardown = data;

  if (teardown->channel != NULL)
    say_goodbye (teardown->pipeline);
  if (teardown->channel != NULL) {
    g_signal_handlers_disconnect_matched (teardown->channel,
        G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_open, NULL);
    g_signal_handlers_disconnect_matched (teardown->channel,
        G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_close, NULL);
    g_signal_handlers_disconnect_matched (teardown->channel,
        G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_channel_message, NULL);
    /* Before webrtcbin: the channel points back to it without a reference. */
    gst_object_unref (teardown->channel);
  }
  gst_element_set_state (teardown->pipeline, GST_STATE_NULL);
  gst_clear_object (&teardown->webrtc);
  gst_clear_object (&teardown->appsrc);
  gst_object_unref (teardown->pipeline);
  g_free (teardown);

  worker_done ();
  return NULL;
}

void
emu_call_end (EmuCall *call, const gchar *reason)
{
  EmuCallAnswered answered = g_steal_pointer (&call->answered_func);
  guint i;

  if (call->ended)
    return;
  emu_call_ref (call);
  call->ended = TRUE;
  /* Somebody still waits for the answer. */
  if (answered != NULL) {
    g_autoptr (EmuProblem) problem = emu_problem_new (
        500, NULL, NULL, "The call ended before it was answered.");

    answered (call, NULL, problem, call->answered_data);
  }
  emu_log (call->options, "%s: ended: %s", call->id, reason);
  emu_recorder_note (call->recorder, reason);
  clear_timer (&call->gather_timeout);
  clear_timer (&call->connect_timeout);
  clear_timer (&call->disconnect_timeout);
  clear_timer (&call->expiry);
  clear_timer (&call->ending);
  clear_timer (&call->pacer);
  for (i = 0; i < G_N_ELEMENTS (call->fault_timers); i++)
    clear_timer (&call->fault_timers[i]);
  emu_session_close (g_steal_pointer (&call->session));
  g_clear_pointer (&call->recorder, emu_recorder_free);
  if (call->pipeline != NULL) {
    Teardown *teardown = g_new0 (Teardown, 1);

    teardown->pipeline = g_steal_pointer (&call->pipeline);
    teardown->webrtc = g_steal_pointer (&call->webrtc);
    teardown->appsrc = g_steal_pointer (&call->appsrc);
    teardown->channel = g_steal_pointer (&call->channel);
    start_worker ("teardown", teardown_thread, teardown);
  }
  call->ended_func (call, call->ended_data);
  emu_call_unref (call);
}

static gpointer
warm_up_thread (gpointer data)
{
  GstElement *dtls = gst_element_factory_make ("dtlsdec", NULL);

  if (dtls != NULL)
    gst_object_unref (gst_object_ref_sink (dtls));
  worker_done ();
  return NULL;
}

void
emu_call_warm_up (void)
{
  start_worker ("warm-up", warm_up_thread, NULL);
}

gboolean
emu_call_wait_for_teardowns (guint timeout_ms)
{
  gint64 deadline = g_get_monotonic_time ()
      + timeout_ms * G_TIME_SPAN_MILLISECOND;
  GThread *thread;
  gboolean done;

  g_mutex_lock (&worker_lock);
  while (
      n_working > 0 && g_cond_wait_until (&worker_cond, &worker_lock, deadline))
    continue;
  done = n_working == 0;
  while ((thread = g_queue_pop_head (&finished)))
    g_thread_join (thread);
  g_mutex_unlock (&worker_lock);
  return done;
}
