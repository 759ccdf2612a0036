/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "peer.h"

#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>
#include <libsoup/soup.h>
#include <string.h>

/* A bare webrtcbin, as most examples of it are written: all properties as they
 * are (jitterbuffer of 200 ms, UPnP, no key made ahead), the offer is posted
 * when the candidates are complete, opusenc and opusdec as they are, and a sink
 * that waits for the clock.
 *
 *   appsrc ! audioconvert ! audioresample ! queue ! opusenc ! rtpopuspay !
 *       queue ! webrtcbin
 *   webrtcbin ! rtpopusdepay ! opusdec ! audioconvert ! audioresample ! queue !
 *       appsink or fakesink
 *
 * Not as in examples: the loopback is named as a local address, as the server of
 * the benchmarks is there, and opusdec conceals only with --set plc=true.
 * Without a codec (--no-codec) the packets were made before, and a fakesink
 * takes what comes. */

#define OPUS_RTP                                                               \
  "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,"              \
  "clock-rate=48000"

typedef struct {
  gint ref_count;
  PeerCall *call;
  const PeerOptions *options;
  GstElement *pipeline;
  GstElement *webrtc;
  GstWebRTCDataChannel *channel;
  SoupSession *session;
  GCancellable *cancellable;
  gboolean offering;
  gboolean posted;
} Bare;

static Bare *
bare_ref (Bare *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
bare_unref (gpointer data)
{
  Bare *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  gst_clear_object (&self->channel);
  gst_clear_object (&self->webrtc);
  gst_clear_object (&self->pipeline);
  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  g_free (self);
}

static void
bare_closure_notify (gpointer data, GClosure *closure)
{
  bare_unref (data);
}

static void
connect_bare (
    gpointer object, const gchar *signal, GCallback callback, Bare *self)
{
  g_signal_connect_data (
      object, signal, callback, bare_ref (self), bare_closure_notify, 0);
}

static void
post (Bare *self, GSourceFunc func)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, func, bare_ref (self), bare_unref);
}

static gboolean
is_over (Bare *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

/* --- events --- */

static void
on_channel_open (GstWebRTCDataChannel *channel, Bare *self)
{
  peer_call_step (self->call, PEER_STEP_OPEN);
}

static void
on_channel_message (
    GstWebRTCDataChannel *channel, const gchar *text, Bare *self)
{
  if (text != NULL)
    peer_call_event (self->call, text);
}

static void
on_ice_state (GstElement *webrtc, GParamSpec *pspec, Bare *self)
{
  GstWebRTCICEConnectionState state;

  g_object_get (webrtc, "ice-connection-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED
      || state == GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED)
    peer_call_step (self->call, PEER_STEP_ICE);
  else if (state == GST_WEBRTC_ICE_CONNECTION_STATE_FAILED)
    peer_call_failed (self->call, "ICE failed");
}

static void
on_connection_state (GstElement *webrtc, GParamSpec *pspec, Bare *self)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (webrtc, "connection-state", &state, NULL);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
    peer_call_step (self->call, PEER_STEP_DTLS);
  else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED)
    peer_call_failed (self->call, "the connection failed");
}

/* --- media --- */

static void
set_properties (GstElement *decoder, const PeerOptions *options)
{
  guint i;

  for (i = 0; options->set != NULL && options->set[i] != NULL; i++) {
    g_auto (GStrv) sides = g_strsplit (options->set[i], "=", 2);

    if (sides[1] != NULL)
      gst_util_set_object_arg (G_OBJECT (decoder), sides[0], sides[1]);
  }
}

static void
on_pad_added (GstElement *webrtc, GstPad *pad, Bare *self)
{
  g_autofree gchar *sink = peer_describe_sink (self->options);
  g_autofree gchar *description = g_strdup_printf (
      "rtpopusdepay ! opusdec name=dec ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=24000,channels=1,layout=interleaved ! "
      "queue name=q ! %s",
      sink);
  g_autoptr (GstElement) bin = NULL;
  g_autoptr (GstPad) sinkpad = NULL;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  bin = gst_object_ref_sink (gst_parse_bin_from_description (
      self->options->codec ? description : "fakesink sync=false async=false",
      TRUE, NULL));
  if (self->options->codec) {
    g_autoptr (GstElement) decoder = gst_bin_get_by_name (GST_BIN (bin), "dec");
    g_autoptr (GstElement) queue = gst_bin_get_by_name (GST_BIN (bin), "q");
    g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (bin), "out");
    g_autoptr (GstPad) decoded = gst_element_get_static_pad (queue, "sink");

    set_properties (decoder, self->options);
    peer_call_record (self->call, decoded, out);
  }
  gst_bin_add (GST_BIN (self->pipeline), gst_object_ref (bin));
  gst_element_sync_state_with_parent (bin);
  sinkpad = gst_element_get_static_pad (bin, "sink");
  if (gst_pad_link (pad, sinkpad) != GST_PAD_LINK_OK)
    peer_call_failed (self->call, "cannot link a pad of webrtcbin");
}

/* --- negotiation --- */

static gchar *
reply_error (GstPromise *promise)
{
  const GstStructure *reply;
  g_autoptr (GError) error = NULL;

  if (gst_promise_wait (promise) != GST_PROMISE_RESULT_REPLIED)
    return g_strdup ("no reply");
  reply = gst_promise_get_reply (promise);
  if (reply != NULL)
    gst_structure_get (reply, "error", G_TYPE_ERROR, &error, NULL);
  return error ? g_strdup (error->message) : NULL;
}

static void
on_remote_set (GstPromise *promise, gpointer user_data)
{
  Bare *self = user_data;
  g_autofree gchar *why = reply_error (promise);

  if (why != NULL && !is_over (self))
    peer_call_failed (self->call, "set-remote-description: %s", why);
  gst_promise_unref (promise);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bare *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (
      SOUP_SESSION (source), result, &error);
  GstWebRTCSessionDescription *description;
  GstSDPMessage *sdp = NULL;
  g_autofree gchar *text = NULL;

  if (body == NULL || is_over (self)) {
    if (!is_over (self))
      peer_call_failed (self->call, "%s", error->message);
    bare_unref (self);
    return;
  }
  peer_call_step (self->call, PEER_STEP_ANSWER);
  text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  if (!g_str_has_prefix (text, "v=0")
      || gst_sdp_message_new_from_text (text, &sdp) != GST_SDP_OK) {
    peer_call_failed (self->call, "no answer: %s", text);
    g_clear_pointer (&sdp, gst_sdp_message_free);
    bare_unref (self);
    return;
  }
  description = gst_webrtc_session_description_new (
      GST_WEBRTC_SDP_TYPE_ANSWER, sdp);
  g_signal_emit_by_name (self->webrtc, "set-remote-description", description,
      gst_promise_new_with_change_func (
          on_remote_set, bare_ref (self), bare_unref));
  gst_webrtc_session_description_free (description);
  bare_unref (self);
}

static GBytes *
make_body (Bare *self, const gchar *sdp)
{
  GString *body = g_string_new (NULL);

  g_string_append_printf (body,
      "--bare\r\nContent-Disposition: form-data; name=\"sdp\"\r\n"
      "Content-Type: application/sdp\r\n\r\n%s\r\n"
      "--bare\r\nContent-Disposition: form-data; name=\"session\"\r\n"
      "Content-Type: application/json\r\n\r\n"
      "{\"type\":\"realtime\"%s}\r\n--bare--\r\n",
      sdp,
      self->options->no_vad ? ",\"audio\":{\"input\":{\"turn_detection\":null}}"
                            : "");
  return g_string_free_to_bytes (body);
}

static gboolean
post_offer (gpointer user_data)
{
  Bare *self = user_data;
  g_autofree gchar *url = g_strconcat (
      self->options->base_url, "/realtime/calls", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  GstWebRTCSessionDescription *description = NULL;
  g_autofree gchar *sdp = NULL;
  g_autoptr (GBytes) body = NULL;

  if (self->posted || is_over (self))
    return G_SOURCE_REMOVE;
  g_object_get (self->webrtc, "local-description", &description, NULL);
  if (description == NULL)
    return G_SOURCE_REMOVE;
  self->posted = TRUE;
  sdp = gst_sdp_message_as_text (description->sdp);
  gst_webrtc_session_description_free (description);
  body = make_body (self, sdp);
  soup_message_set_request_body_from_bytes (
      message, "multipart/form-data; boundary=bare", body);
  peer_call_step (self->call, PEER_STEP_OFFER);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT,
      self->cancellable, on_answer, bare_ref (self));
  return G_SOURCE_REMOVE;
}

static void
on_gathering_state (GstElement *webrtc, GParamSpec *pspec, Bare *self)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    post (self, post_offer);
}

static void
on_offer (GstPromise *promise, gpointer user_data)
{
  Bare *self = user_data;
  g_autofree gchar *why = reply_error (promise);
  GstWebRTCSessionDescription *offer = NULL;
  const GstStructure *reply = why ? NULL : gst_promise_get_reply (promise);

  if (reply != NULL)
    gst_structure_get (
        reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL);
  if (offer != NULL) {
    g_signal_emit_by_name (self->webrtc, "set-local-description", offer, NULL);
    gst_webrtc_session_description_free (offer);
  } else if (!is_over (self)) {
    peer_call_failed (self->call, "no offer: %s", why ? why : "");
  }
  gst_promise_unref (promise);
}

static gboolean
make_offer (gpointer user_data)
{
  Bare *self = user_data;

  if (self->offering || is_over (self))
    return G_SOURCE_REMOVE;
  self->offering = TRUE;
  g_signal_emit_by_name (self->webrtc, "create-offer", NULL,
      gst_promise_new_with_change_func (on_offer, bare_ref (self), bare_unref));
  return G_SOURCE_REMOVE;
}

/* It is first emitted before the data channel is there; the main loop comes
 * when all is. */
static void
on_negotiation_needed (GstElement *webrtc, Bare *self)
{
  post (self, make_offer);
}

static GstElement *
make_pipeline (Bare *self, GError **error)
{
  g_autofree gchar *description = g_strdup_printf (
      "webrtcbin name=webrtc bundle-policy=max-bundle appsrc name=mic ! %s "
      "rtpopuspay pt=111 ! queue ! " OPUS_RTP " ! webrtc.",
      self->options->codec
          ? "audioconvert ! audioresample ! queue ! opusenc name=enc !"
          : "");

  return gst_parse_launch (description, error);
}

static gboolean
on_bus (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Bare *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
    gst_bin_recalculate_latency (GST_BIN (self->pipeline));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && !is_over (self)) {
    gst_message_parse_error (message, &error, &debug);
    peer_call_failed (
        self->call, "%s (%s)", error->message, debug ? debug : "");
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
is_on_loopback (const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress)
      address = host != NULL ? g_inet_address_new_from_string (host) : NULL;

  return g_strcmp0 (host, "localhost") == 0
      || (address != NULL && g_inet_address_get_is_loopback (address));
}

static gpointer
bare_start (PeerCall *call, const PeerOptions *options)
{
  Bare *self = g_new0 (Bare, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstElement) mic = NULL;
  gboolean added = FALSE;

  self->ref_count = 1;
  self->call = call;
  self->options = options;
  self->cancellable = g_cancellable_new ();
  self->session = soup_session_new ();
  self->pipeline = make_pipeline (self, &error);
  if (self->pipeline == NULL) {
    peer_call_failed (call, "%s", error->message);
    return self;
  }
  gst_object_ref_sink (self->pipeline);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch_full (
      bus, G_PRIORITY_DEFAULT, on_bus, bare_ref (self), bare_unref);
  self->webrtc = gst_bin_get_by_name (GST_BIN (self->pipeline), "webrtc");
  connect_bare (self->webrtc, "on-negotiation-needed",
      G_CALLBACK (on_negotiation_needed), self);
  connect_bare (self->webrtc, "pad-added", G_CALLBACK (on_pad_added), self);
  connect_bare (self->webrtc, "notify::ice-gathering-state",
      G_CALLBACK (on_gathering_state), self);
  connect_bare (self->webrtc, "notify::ice-connection-state",
      G_CALLBACK (on_ice_state), self);
  connect_bare (self->webrtc, "notify::connection-state",
      G_CALLBACK (on_connection_state), self);
  g_object_get (self->webrtc, "ice-agent", &ice, NULL);
  /* It gathers none of the loopback by itself, and with one that it was told
   * only that. */
  if (ice != NULL && is_on_loopback (options->base_url))
    g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &added);

  gst_element_set_state (self->pipeline, GST_STATE_READY);
  g_signal_emit_by_name (
      self->webrtc, "create-data-channel", "oai-events", NULL, &self->channel);
  if (self->channel == NULL) {
    peer_call_failed (call, "no data channel");
    return self;
  }
  connect_bare (self->channel, "on-open", G_CALLBACK (on_channel_open), self);
  connect_bare (self->channel, "on-message-string",
      G_CALLBACK (on_channel_message), self);
  mic = gst_bin_get_by_name (GST_BIN (self->pipeline), "mic");
  peer_call_set_mic (call, mic);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  peer_call_start_mic (call);
  return self;
}

static void
bare_stop (gpointer impl)
{
  Bare *self = impl;

  g_cancellable_cancel (self->cancellable);
  if (self->channel != NULL) {
    g_signal_handlers_disconnect_by_data (self->channel, self);
    /* Before webrtcbin: the channel points back to it without a reference. */
    gst_clear_object (&self->channel);
  }
  if (self->pipeline != NULL) {
    g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

    gst_bus_remove_watch (bus);
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
    g_signal_handlers_disconnect_by_data (self->webrtc, self);
  }
  soup_session_abort (self->session);
  bare_unref (self);
}

int
main (int argc, char **argv)
{
  static const PeerClass bare = { "webrtcbin", bare_start, bare_stop };

  return peer_main (argc, argv, &bare);
}
