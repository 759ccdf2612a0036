/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "peer.h"

#include "protocol/gstoaiprobe.h"

#include <math.h>
#include <string.h>

#include <gst/app/gstappsink.h>
#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#define DEADLINE (10 * G_TIME_SPAN_SECOND)
#define HEARD_RATE 48000

struct _Peer {
  PeerConfig config;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;

  /* Server thread only. */
  SoupServer *server;
  GstElement *pipeline;
  GstElement *webrtcbin;

  gint frozen; /* atomic */
  gint hushed; /* atomic */

  GMutex lock; /* protects everything below */
  GCond cond;
  gchar *base_url;
  guint n_requests;
  guint n_redirected;
  guint n_secrets;
  gchar *secret_body;
  GHashTable *secret_headers;
  guint n_hangups;
  gchar *last_body;
  GHashTable *last_headers;
  GHashTable *hangup_headers;
  GPtrArray *events;
  guint n_candidates;
  guint n_protected;
  guint n_alerts;
  guint n_audio;
  gdouble frequency;
  guint crossings;
  guint crossing_samples;
  gint16 last_sample;
  GstWebRTCDataChannel *channel;
  GHashTable *datagrams; /* of GBytes * */
  guint n_lost;
  guint n_init_acks_lost;
  guint n_cookie_acks_lost;
};

#define CHANGED(peer) g_cond_broadcast (&(peer)->cond)

static GHashTable *
copy_headers (SoupMessageHeaders *headers)
{
  GHashTable *copy = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  SoupMessageHeadersIter iter;
  const gchar *name, *value;

  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value)) {
    g_hash_table_insert (copy, g_ascii_strdown (name, -1), g_strdup (value));
  }
  return copy;
}

/* --- Media --- */

/* Whether @buffer is a DTLS datagram that was not seen before. */
static gboolean
is_first (Peer *peer, GstBuffer *buffer)
{
  GstMapInfo map;
  gboolean first = FALSE;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (map.size > 0 && map.data[0] >= 20 && map.data[0] <= 63) {
    g_mutex_lock (&peer->lock);
    first = g_hash_table_add (
        peer->datagrams, g_bytes_new (map.data, map.size));
    peer->n_lost += first ? 1 : 0;
    g_mutex_unlock (&peer->lock);
  }
  gst_buffer_unmap (buffer, &map);
  return first;
}

/* FALSE: it is lost. */
static gboolean
take_datagram (GstBuffer *datagram, gpointer user_data)
{
  Peer *peer = user_data;
  guint8 first = 0;

  if (g_atomic_int_get (&peer->frozen)
      || (peer->config.lose_firsts && is_first (peer, datagram)))
    return FALSE;
  gst_buffer_extract (datagram, 0, &first, 1);
  if (first < 20 || first > 22) {
    g_mutex_lock (&peer->lock);
    peer->n_protected++;
    CHANGED (peer);
    g_mutex_unlock (&peer->lock);
  } else if (first == 21) {
    g_mutex_lock (&peer->lock);
    peer->n_alerts++;
    CHANGED (peer);
    g_mutex_unlock (&peer->lock);
  }
  return TRUE;
}

static GstPadProbeReturn
on_nicesrc (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_oai_probe_filter (info, take_datagram, user_data);
}

static gboolean
may_leave (GstBuffer *datagram, gpointer user_data)
{
  Peer *peer = user_data;
  guint8 first = 0;

  if (g_atomic_int_get (&peer->frozen))
    return FALSE;
  gst_buffer_extract (datagram, 0, &first, 1);
  return !g_atomic_int_get (&peer->hushed) || first < 128;
}

static GstPadProbeReturn
on_nicesink (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_oai_probe_filter (info, may_leave, user_data);
}

/* RFC 9260, 3: the first chunk is behind a header of 12 bytes. */
#define SCTP_INIT 1
#define SCTP_INIT_ACK 2
#define SCTP_COOKIE_ACK 11

static gboolean
may_leave_sctpenc (GstBuffer *packet, gpointer user_data)
{
  Peer *peer = user_data;
  gboolean lose = FALSE;
  guint8 chunk = 0;

  gst_buffer_extract (packet, 12, &chunk, 1);
  g_mutex_lock (&peer->lock);
  switch (chunk) {
    case SCTP_INIT:
      /* One's own would do instead of the client's. */
      lose = TRUE;
      break;
    case SCTP_INIT_ACK:
      lose = peer->n_init_acks_lost < peer->config.lose_init_acks;
      peer->n_init_acks_lost += lose ? 1 : 0;
      break;
    case SCTP_COOKIE_ACK:
      lose = peer->n_cookie_acks_lost < peer->config.lose_cookie_acks;
      peer->n_cookie_acks_lost += lose ? 1 : 0;
      break;
    default:
      break;
  }
  peer->n_lost += lose && chunk != SCTP_INIT ? 1 : 0;
  g_mutex_unlock (&peer->lock);
  return !lose;
}

static GstPadProbeReturn
on_sctpenc (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_oai_probe_filter (info, may_leave_sctpenc, user_data);
}

static void
on_deep_element_added (
    GstBin *pipeline, GstBin *bin, GstElement *element, Peer *peer)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory) : "";
  gboolean source = strcmp (name, "nicesrc") == 0;
  GstPad *pad;

  if (strcmp (name, "sctpenc") == 0
      && (peer->config.lose_init_acks || peer->config.lose_cookie_acks)) {
    pad = gst_element_get_static_pad (element, "src");
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_sctpenc,
        peer, NULL);
    gst_object_unref (pad);
  }
  if (!source && strcmp (name, "nicesink") != 0)
    return;
  pad = gst_element_get_static_pad (element, source ? "src" : "sink");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
      source ? on_nicesrc : on_nicesink, peer, NULL);
  gst_object_unref (pad);
}

static GstPadProbeReturn
on_rtp (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Peer *peer = user_data;

  g_mutex_lock (&peer->lock);
  peer->n_audio++;
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
  return GST_PAD_PROBE_OK;
}

static GstFlowReturn
on_heard (GstAppSink *sink, gpointer user_data)
{
  Peer *peer = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstMapInfo map;
  const gint16 *samples;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  samples = (const gint16 *) (gpointer) map.data;
  g_mutex_lock (&peer->lock);
  for (i = 0; i < map.size / 2; i++) {
    if (peer->last_sample < 0 && samples[i] >= 0)
      peer->crossings++;
    peer->last_sample = samples[i];
    if (++peer->crossing_samples == HEARD_RATE / 2) {
      peer->frequency = peer->crossings * 2.0;
      peer->crossings = peer->crossing_samples = 0;
      CHANGED (peer);
    }
  }
  g_mutex_unlock (&peer->lock);
  gst_buffer_unmap (buffer, &map);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

static void
on_pad_added (GstElement *webrtcbin, GstPad *pad, Peer *peer)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_heard };
  GstElement *bin, *sink;
  GstPad *sinkpad;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  bin = gst_parse_bin_from_description (
      "rtpopusdepay ! opusdec ! audioconvert ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=1 ! "
      "appsink name=heard sync=false async=false",
      TRUE, NULL);
  sink = gst_bin_get_by_name (GST_BIN (bin), "heard");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, peer, NULL);
  gst_object_unref (sink);
  gst_bin_add (GST_BIN (peer->pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  sinkpad = gst_element_get_static_pad (bin, "sink");
  gst_pad_add_probe (sinkpad, GST_PAD_PROBE_TYPE_BUFFER, on_rtp, peer, NULL);
  gst_pad_link (pad, sinkpad);
  gst_object_unref (sinkpad);
}

static void
on_message_string (GstWebRTCDataChannel *channel, const gchar *text, Peer *peer)
{
  g_mutex_lock (&peer->lock);
  g_ptr_array_add (peer->events, g_strdup (text));
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
  if (strlen (text) < 1000) {
    g_autofree gchar *echo = g_strconcat ("echo:", text, NULL);

    gst_webrtc_data_channel_send_string_full (channel, echo, NULL);
  }
}

static void
on_data_channel (
    GstElement *webrtcbin, GstWebRTCDataChannel *channel, Peer *peer)
{
  g_signal_connect (
      channel, "on-message-string", G_CALLBACK (on_message_string), peer);
  g_mutex_lock (&peer->lock);
  g_set_object (&peer->channel, channel);
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
}

static void
on_ice_candidate (
    GstElement *webrtcbin, guint mline, const gchar *candidate, Peer *peer)
{
  g_mutex_lock (&peer->lock);
  peer->n_candidates++;
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
}

static void
configure_ice (GstElement *webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  gboolean ok;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, "ice-tcp", FALSE, NULL);
  if (g_object_class_find_property (
          G_OBJECT_GET_CLASS (agent), "stun-pacing-timer"))
    g_object_set (agent, "stun-pacing-timer", 5, NULL);
  g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &ok);
}

static gchar *
replace_line (const gchar *sdp, const gchar *pattern, const gchar *by)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);

  return g_regex_replace_literal (regex, sdp, -1, 0, by, 0, NULL);
}

static gchar *
adapt_answer (Peer *peer, gchar *answer)
{
  gchar *adapted = answer;

  if (peer->config.fingerprint) {
    adapted = replace_line (answer, "^a=fingerprint:.*\\r$",
        "a=fingerprint:sha-256 "
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r");
    g_free (answer);
  }
  if (peer->config.dead_media) {
    answer = adapted;
    /* TEST-NET-1: nobody is there. */
    adapted = replace_line (
        answer, "127\\.0\\.0\\.1 \\d+ typ", "192.0.2.1 9 typ");
    g_free (answer);
  }
  if (peer->config.max_message_size) {
    answer = adapted;
    adapted = g_strdup_printf (
        "%sa=max-message-size:%u\r\n", answer, peer->config.max_message_size);
    g_free (answer);
  }
  return adapted;
}

/*  audiotestsrc ! opusenc ! rtpopuspay ! webrtcbin ! ... ! appsink */
static gchar *
make_answer (Peer *peer, const gchar *offer)
{
  g_autofree gchar *line = NULL;
  g_autofree gchar *adapted = NULL;
  GstSDPMessage *message = NULL;
  GstWebRTCSessionDescription *description, *answer = NULL, *local = NULL;
  GstPromise *promise;
  GstCaps *caps;
  GstPad *sinkpad, *srcpad;
  GstElement *pay;
  gchar *text;
  gint64 deadline;

  /* Who knows no address of the client's cannot find it either. */
  adapted = peer->config.dead_media
      ? replace_line (offer, "^a=candidate:.*\r\n", "")
      : g_strdup (offer);
  if (gst_sdp_message_new_from_text (adapted, &message) != GST_SDP_OK)
    return NULL;

  line = g_strdup_printf (
      "webrtcbin name=w bundle-policy=max-bundle latency=20 "
      "audiotestsrc is-live=true samplesperbuffer=480 wave=%s freq=%d ! "
      "audio/x-raw,rate=24000,channels=1 ! opusenc ! rtpopuspay pt=111 "
      "name=pay",
      peer->config.mute ? "silence" : "sine", PEER_TONE);
  peer->pipeline = gst_parse_launch (line, NULL);
  peer->webrtcbin = gst_bin_get_by_name (GST_BIN (peer->pipeline), "w");
  g_signal_connect (peer->pipeline, "deep-element-added",
      G_CALLBACK (on_deep_element_added), peer);
  g_signal_connect (
      peer->webrtcbin, "pad-added", G_CALLBACK (on_pad_added), peer);
  g_signal_connect (
      peer->webrtcbin, "on-data-channel", G_CALLBACK (on_data_channel), peer);
  g_signal_connect (
      peer->webrtcbin, "on-ice-candidate", G_CALLBACK (on_ice_candidate), peer);
  configure_ice (peer->webrtcbin);
  gst_element_set_state (peer->pipeline, GST_STATE_READY);

  caps = gst_caps_from_string (
      "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,"
      "clock-rate=48000,encoding-params=(string)2");
  sinkpad = gst_element_request_pad (peer->webrtcbin,
      gst_element_get_pad_template (peer->webrtcbin, "sink_%u"), "sink_0",
      caps);
  gst_caps_unref (caps);
  pay = gst_bin_get_by_name (GST_BIN (peer->pipeline), "pay");
  srcpad = gst_element_get_static_pad (pay, "src");
  gst_pad_link (srcpad, sinkpad);
  gst_object_unref (srcpad);
  gst_object_unref (sinkpad);
  gst_object_unref (pay);
  gst_element_set_state (peer->pipeline, GST_STATE_PLAYING);

  description = gst_webrtc_session_description_new (
      GST_WEBRTC_SDP_TYPE_OFFER, message);
  promise = gst_promise_new ();
  g_signal_emit_by_name (
      peer->webrtcbin, "set-remote-description", description, promise);
  gst_promise_wait (promise);
  gst_promise_unref (promise);
  gst_webrtc_session_description_free (description);

  promise = gst_promise_new ();
  g_signal_emit_by_name (peer->webrtcbin, "create-answer", NULL, promise);
  gst_promise_wait (promise);
  gst_structure_get (gst_promise_get_reply (promise), "answer",
      GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &answer, NULL);
  gst_promise_unref (promise);
  if (!answer)
    return NULL;
  if (peer->config.max_message_size) {
    g_autofree gchar *size = g_strdup_printf (
        "%u", peer->config.max_message_size);

    /* The limit that webrtcbin keeps to is the one it is told here. */
    gst_sdp_media_add_attribute (
        (GstSDPMedia *) gst_sdp_message_get_media (answer->sdp, 1),
        "max-message-size", size);
  }
  promise = gst_promise_new ();
  g_signal_emit_by_name (
      peer->webrtcbin, "set-local-description", answer, promise);
  gst_promise_wait (promise);
  gst_promise_unref (promise);
  gst_webrtc_session_description_free (answer);

  deadline = g_get_monotonic_time () + DEADLINE;
  g_mutex_lock (&peer->lock);
  while (peer->n_candidates == 0
      && g_cond_wait_until (&peer->cond, &peer->lock, deadline))
    ;
  g_mutex_unlock (&peer->lock);

  g_object_get (peer->webrtcbin, "local-description", &local, NULL);
  text = gst_sdp_message_as_text (local->sdp);
  gst_webrtc_session_description_free (local);
  return adapt_answer (peer, text);
}

/* --- HTTP --- */

static gchar *
find_offer (const gchar *body, gsize size)
{
  g_autofree gchar *text = g_strndup (body, size);
  gchar *start = strstr (text, "v=0");
  gchar *end;

  if (!start)
    return NULL;
  end = strstr (start, "\r\n--");
  if (end)
    end[2] = '\0';
  return g_strdup (start);
}

static gchar *
path_and_query (GUri *uri)
{
  return g_strjoin ("?", g_uri_get_path (uri), g_uri_get_query (uri), NULL);
}

/* As HTTP/2 has it, where no real header can be. */
static void
add_uri (GHashTable *headers, SoupServerMessage *message)
{
  g_hash_table_insert (headers, g_strdup (":path"),
      path_and_query (soup_server_message_get_uri (message)));
}

static void
handle_call (Peer *peer, SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (
      message);
  const PeerConfig *config = &peer->config;
  g_autofree gchar *offer = find_offer (body->data, body->length);
  g_autofree gchar *answer = NULL;

  g_mutex_lock (&peer->lock);
  peer->n_requests++;
  g_free (peer->last_body);
  peer->last_body = g_strndup (body->data, body->length);
  g_clear_pointer (&peer->last_headers, g_hash_table_unref);
  peer->last_headers = copy_headers (
      soup_server_message_get_request_headers (message));
  add_uri (peer->last_headers, message);
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);

  soup_message_headers_append (headers, "x-request-id", "req_test");
  if (config->no_answer) {
    soup_server_message_pause (message);
    return;
  }
  if (config->redirect) {
    soup_message_headers_append (headers, "Location", "/elsewhere");
    soup_server_message_set_status (message, 307, NULL);
    return;
  }
  if (config->status) {
    soup_server_message_set_status (message, config->status, NULL);
    if (config->body) {
      soup_server_message_set_response (message, "application/json",
          SOUP_MEMORY_COPY, config->body, strlen (config->body));
    }
    return;
  }
  soup_server_message_set_status (message, 201, NULL);
  if (!config->location || *config->location) {
    soup_message_headers_append (headers, "Location",
        config->location ? config->location
                         : "/v1/realtime/calls/rtc_test_1?x=y");
  }
  if (config->garbage) {
    soup_server_message_set_response (
        message, "application/sdp", SOUP_MEMORY_STATIC, "hello there", 11);
    return;
  }
  if (config->huge) {
    gsize size = 1024 * 1024;
    gchar *much = g_malloc (size);

    memset (much, 'v', size);
    soup_server_message_set_response (
        message, "application/sdp", SOUP_MEMORY_TAKE, much, size);
    return;
  }

  answer = offer ? make_answer (peer, offer) : NULL;
  if (!answer) {
    soup_server_message_set_status (message, 400, NULL);
    return;
  }
  if (config->json_answer) {
    g_autoptr (JsonObject) object = json_object_new ();
    g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
    g_autofree gchar *text = NULL;

    json_object_set_string_member (object, "sdp", answer);
    json_node_set_object (node, object);
    text = json_to_string (node, FALSE);
    soup_server_message_set_response (
        message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
    return;
  }
  soup_server_message_set_response (
      message, "application/sdp", SOUP_MEMORY_COPY, answer, strlen (answer));
}

static void
handle_secret (Peer *peer, SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  const PeerConfig *config = &peer->config;
  const gchar *reply = config->secret_body
      ? config->secret_body
      : "{\"value\":\"ek_minted\",\"expires_at\":1,\"session\":{}}";

  g_mutex_lock (&peer->lock);
  peer->n_secrets++;
  g_free (peer->secret_body);
  peer->secret_body = g_strndup (body->data, body->length);
  g_clear_pointer (&peer->secret_headers, g_hash_table_unref);
  peer->secret_headers = copy_headers (
      soup_server_message_get_request_headers (message));
  add_uri (peer->secret_headers, message);
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
  soup_server_message_set_status (
      message, config->secret_status ? config->secret_status : 200, NULL);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_COPY, reply, strlen (reply));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  Peer *peer = user_data;

  if (g_str_equal (path, "/v1/realtime/calls")) {
    handle_call (peer, message);
    return;
  }
  if (g_str_equal (path, "/v1/realtime/client_secrets")) {
    handle_secret (peer, message);
    return;
  }
  if (g_str_has_suffix (path, "/hangup")) {
    g_mutex_lock (&peer->lock);
    peer->n_hangups++;
    g_clear_pointer (&peer->hangup_headers, g_hash_table_unref);
    peer->hangup_headers = copy_headers (
        soup_server_message_get_request_headers (message));
    add_uri (peer->hangup_headers, message);
    CHANGED (peer);
    g_mutex_unlock (&peer->lock);
    if (peer->config.hold_hangup)
      soup_server_message_pause (message);
    else
      soup_server_message_set_status (message, 200, NULL);
    return;
  }
  g_mutex_lock (&peer->lock);
  peer->n_redirected++;
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
  soup_server_message_set_status (message, 404, NULL);
}

static gpointer
peer_thread (gpointer user_data)
{
  Peer *peer = user_data;
  GSocketAddress *address;
  GSList *uris;
  GUri *uri;

  g_main_context_push_thread_default (peer->context);
  peer->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (peer->server, NULL, on_request, peer, NULL);
  address = g_inet_socket_address_new_from_string (
      peer->config.address ? peer->config.address : "127.0.0.1", 0);
  if (!soup_server_listen (peer->server, address, 0, NULL))
    g_error ("cannot listen");
  g_object_unref (address);
  uris = soup_server_get_uris (peer->server);
  uri = uris->data;
  g_mutex_lock (&peer->lock);
  peer->base_url = g_strdup_printf ("http://%s:%d/v1",
      peer->config.address ? peer->config.address : "127.0.0.1",
      g_uri_get_port (uri));
  CHANGED (peer);
  g_mutex_unlock (&peer->lock);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_main_loop_run (peer->loop);

  soup_server_disconnect (peer->server);
  g_clear_object (&peer->server);
  while (g_main_context_iteration (peer->context, FALSE))
    ;
  g_main_context_pop_thread_default (peer->context);
  return NULL;
}

Peer *
peer_new (const PeerConfig *config)
{
  Peer *peer = g_new0 (Peer, 1);

  if (config)
    peer->config = *config;
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->cond);
  peer->events = g_ptr_array_new_with_free_func (g_free);
  peer->datagrams = g_hash_table_new_full (
      g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  peer->context = g_main_context_new ();
  peer->loop = g_main_loop_new (peer->context, FALSE);
  peer->thread = g_thread_new ("peer", peer_thread, peer);
  g_mutex_lock (&peer->lock);
  while (!peer->base_url)
    g_cond_wait (&peer->cond, &peer->lock);
  g_mutex_unlock (&peer->lock);
  return peer;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
peer_free (Peer *peer)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, quit, peer->loop, NULL);
  g_source_attach (source, peer->context);
  g_source_unref (source);
  g_thread_join (peer->thread);
  g_clear_object (&peer->channel);
  if (peer->pipeline) {
    gst_element_set_state (peer->pipeline, GST_STATE_NULL);
    gst_clear_object (&peer->webrtcbin);
    gst_clear_object (&peer->pipeline);
  }
  g_main_loop_unref (peer->loop);
  g_main_context_unref (peer->context);
  g_free (peer->base_url);
  g_free (peer->last_body);
  g_clear_pointer (&peer->last_headers, g_hash_table_unref);
  g_clear_pointer (&peer->hangup_headers, g_hash_table_unref);
  g_clear_pointer (&peer->secret_headers, g_hash_table_unref);
  g_free (peer->secret_body);
  g_ptr_array_unref (peer->events);
  g_hash_table_unref (peer->datagrams);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->cond);
  g_free (peer);
}

const gchar *
peer_base_url (Peer *peer)
{
  return peer->base_url;
}

#define DEFINE_COUNTER(name, field)                                            \
  guint name (Peer *peer)                                                      \
  {                                                                            \
    guint value;                                                               \
                                                                               \
    g_mutex_lock (&peer->lock);                                                \
    value = peer->field;                                                       \
    g_mutex_unlock (&peer->lock);                                              \
    return value;                                                              \
  }

DEFINE_COUNTER (peer_n_requests, n_requests)
DEFINE_COUNTER (peer_n_redirected, n_redirected)
DEFINE_COUNTER (peer_n_secrets, n_secrets)
DEFINE_COUNTER (peer_n_hangups, n_hangups)
DEFINE_COUNTER (peer_n_events, events->len)
DEFINE_COUNTER (peer_n_protected_packets, n_protected)
DEFINE_COUNTER (peer_n_alerts, n_alerts)
DEFINE_COUNTER (peer_n_audio_packets, n_audio)
DEFINE_COUNTER (peer_n_lost, n_lost)

gchar *
peer_last_request_body (Peer *peer)
{
  gchar *body;

  g_mutex_lock (&peer->lock);
  body = g_strdup (peer->last_body);
  g_mutex_unlock (&peer->lock);
  return body;
}

static gchar *
lookup (Peer *peer, GHashTable **headers, const gchar *name)
{
  g_autofree gchar *key = g_ascii_strdown (name, -1);
  gchar *value;

  g_mutex_lock (&peer->lock);
  value = *headers ? g_strdup (g_hash_table_lookup (*headers, key)) : NULL;
  g_mutex_unlock (&peer->lock);
  return value;
}

gchar *
peer_last_request_header (Peer *peer, const gchar *name)
{
  return lookup (peer, &peer->last_headers, name);
}

gchar *
peer_secret_body (Peer *peer)
{
  gchar *body;

  g_mutex_lock (&peer->lock);
  body = g_strdup (peer->secret_body);
  g_mutex_unlock (&peer->lock);
  return body;
}

gchar *
peer_secret_header (Peer *peer, const gchar *name)
{
  return lookup (peer, &peer->secret_headers, name);
}

gchar *
peer_hangup_header (Peer *peer, const gchar *name)
{
  return lookup (peer, &peer->hangup_headers, name);
}

gchar *
peer_event (Peer *peer, guint index)
{
  gchar *text = NULL;

  g_mutex_lock (&peer->lock);
  if (index < peer->events->len)
    text = g_strdup (g_ptr_array_index (peer->events, index));
  g_mutex_unlock (&peer->lock);
  return text;
}

gsize
peer_event_size (Peer *peer, guint index)
{
  g_autofree gchar *text = peer_event (peer, index);

  return text ? strlen (text) : 0;
}

gdouble
peer_heard_frequency (Peer *peer)
{
  gdouble frequency;

  g_mutex_lock (&peer->lock);
  frequency = peer->frequency;
  g_mutex_unlock (&peer->lock);
  return frequency;
}

gboolean
peer_wait (Peer *peer, gboolean (*ready) (Peer *, gpointer), gpointer user_data)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean ok;

  for (;;) {
    /* @ready takes the lock itself. A change between it and the wait is seen
     * at the next one, at the latest after 50 ms. */
    ok = ready (peer, user_data);
    if (ok || g_get_monotonic_time () > deadline)
      return ok;
    g_mutex_lock (&peer->lock);
    g_cond_wait_until (&peer->cond, &peer->lock,
        g_get_monotonic_time () + 50 * G_TIME_SPAN_MILLISECOND);
    g_mutex_unlock (&peer->lock);
  }
}

static GstWebRTCDataChannel *
dup_channel (Peer *peer)
{
  GstWebRTCDataChannel *channel;
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&peer->lock);
  while (
      !peer->channel && g_cond_wait_until (&peer->cond, &peer->lock, deadline))
    ;
  channel = peer->channel ? g_object_ref (peer->channel) : NULL;
  g_mutex_unlock (&peer->lock);
  return channel;
}

void
peer_send (Peer *peer, const gchar *text)
{
  g_autoptr (GstWebRTCDataChannel) channel = dup_channel (peer);

  gst_webrtc_data_channel_send_string_full (channel, text, NULL);
}

void
peer_send_binary (Peer *peer, const gchar *data, gsize size)
{
  g_autoptr (GstWebRTCDataChannel) channel = dup_channel (peer);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  gst_webrtc_data_channel_send_data_full (channel, bytes, NULL);
}

void
peer_close_channel (Peer *peer)
{
  g_autoptr (GstWebRTCDataChannel) channel = dup_channel (peer);

  gst_webrtc_data_channel_close (channel);
}

void
peer_freeze (Peer *peer)
{
  g_atomic_int_set (&peer->frozen, TRUE);
}

void
peer_hush (Peer *peer)
{
  g_atomic_int_set (&peer->hushed, TRUE);
}
