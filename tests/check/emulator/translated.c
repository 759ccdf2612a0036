/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "../e2e/e2e.h"

#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>

/* A translation session over a real connection, by a client that is none of this
 * project: a bare webrtcbin, as in examples of it. */

#define CLIENT                                                                 \
  E2E_MICROPHONE " ! audioconvert ! audioresample ! opusenc bitrate=64000 ! "  \
                 "rtpopuspay pt=111 ! application/x-rtp,media=audio,"          \
                 "encoding-name=OPUS,payload=111,clock-rate=48000 ! "          \
                 "webrtcbin name=rtc bundle-policy=max-bundle "                \
                 "rtpopusdepay name=in ! opusdec plc=true ! " E2E_OUT

typedef struct {
  E2eEmulator *emulator;
  E2ePipe *pipe;
  GstElement *rtc;
  GstWebRTCDataChannel *channel;
  E2eMicrophone *mic;
  E2eCapture *capture;

  GMutex lock; /* protects what is below */
  GPtrArray *events; /* of gchar */
} Client;

static void
on_message (GstWebRTCDataChannel *channel, const gchar *text, Client *client)
{
  g_mutex_lock (&client->lock);
  g_ptr_array_add (client->events, g_strdup (text));
  g_mutex_unlock (&client->lock);
}

static void
on_pad_added (GstElement *rtc, GstPad *pad, Client *client)
{
  g_autoptr (GstElement)
      in = gst_bin_get_by_name (GST_BIN (client->pipe->pipeline), "in");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (in, "sink");

  if (GST_PAD_DIRECTION (pad) == GST_PAD_SRC)
    fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
}

static gboolean
is_gathered (gpointer data)
{
  Client *client = data;
  GstWebRTCICEGatheringState state;

  g_object_get (client->rtc, "ice-gathering-state", &state, NULL);
  return state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE;
}

/* POST; the answer, whose status must be @status. */
static gchar *
post (Client *client, const gchar *path, const gchar *key, const gchar *type,
    const gchar *body, guint status)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree gchar *url = g_strconcat (
      e2e_emulator_url (client->emulator), path, NULL);
  g_autofree gchar *bearer = g_strconcat ("Bearer ", key, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  soup_message_headers_append (
      soup_message_get_request_headers (message), "Authorization", bearer);
  soup_message_set_request_body_from_bytes (message, type, bytes);
  answer = soup_session_send_and_read (session, message, NULL, &error);
  fail_unless (answer != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (soup_message_get_status (message), status);
  return g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
}

static gchar *
get_member (const gchar *json, const gchar *name)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  fail_unless (node != NULL, "%s", json);
  return g_strdup (json_object_get_string_member_with_default (
      json_node_get_object (node), name, ""));
}

static gchar *
make_offer (Client *client)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();
  g_autoptr (GstPromise) set = gst_promise_new ();
  GstWebRTCSessionDescription *offer = NULL;
  gchar *text;

  g_signal_emit_by_name (client->rtc, "create-offer", NULL, promise);
  fail_unless_equals_int (
      gst_promise_wait (promise), GST_PROMISE_RESULT_REPLIED);
  gst_structure_get (gst_promise_get_reply (promise), "offer",
      GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL);
  g_signal_emit_by_name (client->rtc, "set-local-description", offer, set);
  gst_promise_wait (set);
  gst_webrtc_session_description_free (offer);
  e2e_wait_until (client->pipe, is_gathered, client, "candidates");
  g_object_get (client->rtc, "local-description", &offer, NULL);
  text = gst_sdp_message_as_text (offer->sdp);
  gst_webrtc_session_description_free (offer);
  return text;
}

static void
take_answer (Client *client, const gchar *text)
{
  g_autoptr (GstPromise) set = gst_promise_new ();
  GstWebRTCSessionDescription *answer;
  GstSDPMessage *sdp = NULL;

  fail_unless_equals_int (
      gst_sdp_message_new_from_text (text, &sdp), GST_SDP_OK);
  answer = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_ANSWER, sdp);
  g_signal_emit_by_name (client->rtc, "set-remote-description", answer, set);
  gst_promise_wait (set);
  gst_webrtc_session_description_free (answer);
}

/* Calls with a secret for @session. */
static void
client_start (Client *client, const gchar *options, const gchar *session)
{
  g_autofree gchar *body = g_strdup_printf ("{\"session\":%s}", session);
  g_autofree gchar *minted = NULL;
  g_autofree gchar *secret = NULL;
  g_autofree gchar *offer = NULL;
  g_autofree gchar *answer = NULL;
  g_autoptr (GObject) ice = NULL;
  gboolean added;

  memset (client, 0, sizeof (*client));
  g_mutex_init (&client->lock);
  client->events = g_ptr_array_new_with_free_func (g_free);
  client->emulator = e2e_emulator_start (options);
  client->pipe = e2e_pipe_new (CLIENT);
  client->capture = e2e_capture (client->pipe, "out");
  client->mic = e2e_microphone (client->pipe, "mic");
  client->rtc = e2e_pipe_get (client->pipe, "rtc");
  g_signal_connect (
      client->rtc, "pad-added", G_CALLBACK (on_pad_added), client);
  g_object_get (client->rtc, "ice-agent", &ice, NULL);
  g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &added);
  gst_element_set_state (client->rtc, GST_STATE_READY);
  g_signal_emit_by_name (
      client->rtc, "create-data-channel", "oai-events", NULL, &client->channel);
  fail_unless (client->channel != NULL);
  g_signal_connect (
      client->channel, "on-message-string", G_CALLBACK (on_message), client);
  e2e_pipe_set_state (client->pipe, GST_STATE_PLAYING);

  minted = post (client, "/realtime/translations/client_secrets", "sk-a",
      "application/json", body, 200);
  secret = get_member (minted, "value");
  offer = make_offer (client);
  answer = post (client, "/realtime/translations/calls", secret,
      "application/sdp", offer, 201);
  take_answer (client, answer);
}

static void
client_stop (Client *client)
{
  g_signal_handlers_disconnect_by_data (client->channel, client);
  gst_clear_object (&client->channel);
  e2e_pipe_free (client->pipe);
  e2e_emulator_stop (client->emulator);
  g_ptr_array_unref (client->events);
  g_mutex_clear (&client->lock);
}

static void
send_event (Client *client, const gchar *json)
{
  fail_unless (
      gst_webrtc_data_channel_send_string_full (client->channel, json, NULL));
}

/* How many events of @type came; their deltas are appended to @text. */
static guint
count_events (Client *client, const gchar *type, GString *text)
{
  guint n = 0;
  guint i;

  g_mutex_lock (&client->lock);
  for (i = 0; i < client->events->len; i++) {
    const gchar *json = g_ptr_array_index (client->events, i);
    g_autofree gchar *got = get_member (json, "type");

    if (strcmp (got, type) != 0)
      continue;
    n++;
    if (text != NULL) {
      g_autofree gchar *delta = get_member (json, "delta");

      g_string_append (text, delta);
    }
  }
  g_mutex_unlock (&client->lock);
  return n;
}

static gboolean
is_created (gpointer data)
{
  return count_events (data, "session.created", NULL) > 0;
}

static gboolean
is_updated (gpointer data)
{
  return count_events (data, "session.updated", NULL) > 0;
}

static gboolean
is_closed (gpointer data)
{
  return count_events (data, "session.closed", NULL) > 0;
}

static gboolean
is_ended (gpointer data)
{
  Client *client = data;
  g_autofree gchar *log = e2e_emulator_log (client->emulator);

  return strstr (log, ": ended: session_closed") != NULL;
}

/* Whether the emulator has written a file of that ending. */
static gboolean
has_record (Client *client, const gchar *suffix, gsize least)
{
  const gchar *path = e2e_emulator_record_dir (client->emulator);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);
    g_autofree gchar *data = NULL;
    gsize size = 0;

    if (g_str_has_prefix (name, "rtc_") && g_str_has_suffix (name, suffix)
        && g_file_get_contents (file, &data, &size, NULL) && size >= least)
      return TRUE;
  }
  return FALSE;
}

GST_START_TEST (test_sound_and_words_arrive)
{
  g_autofree gchar *speech = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (GString) heard = g_string_new (NULL);
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GArray) words = NULL;
  g_autoptr (GArray) got = NULL;
  Client client;

  fail_unless (speech != NULL);
  words = e2e_sound_load (speech);
  client_start (&client, "--api-key sk-a",
      "{\"model\":\"gpt-realtime-translate\",\"audio\":{\"input\":{"
      "\"transcription\":{\"model\":\"gpt-realtime-whisper\"}},\"output\":{"
      "\"language\":\"fr\"}}}");
  e2e_wait_until (client.pipe, is_created, &client, "session.created");
  send_event (&client,
      "{\"type\":\"session.update\",\"session\":{\"audio\":{\"output\":{"
      "\"language\":\"es\"}}}}");
  e2e_wait_until (client.pipe, is_updated, &client, "session.updated");

  e2e_microphone_say (client.mic, words);
  e2e_microphone_wait (client.pipe, client.mic);
  send_event (&client, "{\"type\":\"session.close\"}");
  e2e_wait_until (client.pipe, is_closed, &client, "session.closed");
  /* Without a word from this side. */
  e2e_wait_until (client.pipe, is_ended, &client, "end of the call");

  fail_unless_equals_int (count_events (&client, "error", NULL), 0);
  count_events (&client, "session.input_transcript.delta", heard);
  count_events (&client, "session.output_transcript.delta", said);
  fail_unless (
      g_str_has_prefix (heard->str, "one two three four"), "%s", heard->str);
  fail_unless (
      g_str_has_prefix (said->str, "uno dos tres cuatro"), "%s", said->str);
  got = e2e_capture_copy (client.capture);
  e2e_assert_similar (words, got, TRUE);
  /* All of it in seconds, as S16 of 24 kHz. */
  fail_unless (has_record (&client, ".wav", words->len * 3));
  fail_unless (has_record (&client, "-said.wav", words->len * 3));
  fail_unless (has_record (&client, ".jsonl", 1000));
  client_stop (&client);
}
GST_END_TEST;

static Suite *
translated_suite (void)
{
  Suite *s = suite_create ("emulator-translated");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 2 * E2E_PATIENCE);
  tcase_add_test (tc, test_sound_and_words_arrive);
  return s;
}

E2E_MAIN (translated_suite)
