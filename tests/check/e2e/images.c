/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <gst/app/gstappsink.h>
#include <json-glib/json-glib.h>
#include <string.h>
#ifdef E2E_HAVE_RTSP_SERVER
#include <gst/rtsp-server/rtsp-server.h>
#endif

/* Pictures reach the server, whatever they were. It checks that they are JPEG or
 * PNG; a message that is too large would end the call. */

/* Whether these launch lines can be made here. */
static gboolean
have_elements (void)
{
  static const gchar *const names[] = { "jpegenc", "jpegdec", "pngenc",
    "videotestsrc", "videoscale" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstElementFactory) factory = gst_element_factory_find (names[i]);

    if (factory == NULL) {
      g_print ("skipped: no %s\n", names[i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* One picture of a launch line. */
static GstSample *
make_picture (const gchar *line)
{
  g_autofree gchar *all = g_strdup_printf (
      "videotestsrc num-buffers=1 %s ! appsink name=out", line);
  g_autoptr (GstElement) pipeline = gst_parse_launch (all, NULL);
  g_autoptr (GstElement) sink = NULL;
  GstSample *sample;

  fail_unless (pipeline != NULL);
  gst_object_ref_sink (pipeline);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  sample = gst_app_sink_pull_sample (GST_APP_SINK (sink));
  fail_unless (sample != NULL, "%s", line);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return sample;
}

/* The picture of an event, of @type; how large its message was at least. */
static gsize
assert_picture (const gchar *json, const gchar *type, const gchar *detail)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autofree gchar *prefix = g_strdup_printf ("data:%s;base64,", type);
  JsonObject *part;
  const gchar *url;

  fail_unless (root != NULL);
  part = json_array_get_object_element (
      json_object_get_array_member (
          json_object_get_object_member (json_node_get_object (root), "item"),
          "content"),
      0);
  fail_unless_equals_string (
      json_object_get_string_member (part, "type"), "input_image");
  if (detail)
    fail_unless_equals_string (
        json_object_get_string_member (part, "detail"), detail);
  url = json_object_get_string_member (part, "image_url");
  fail_unless (g_str_has_prefix (url, prefix), "%.40s", url);
  return strlen (url);
}

static gboolean
send_picture (GstElement *ai, GstSample *sample, const gchar *detail)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (ai, "send-image", sample, detail, &sent);
  return sent;
}

GST_START_TEST (test_pictures_are_sent)
{
  static const struct {
    const gchar *line;
    const gchar *type;
    const gchar *detail;
  } pictures[] = {
    { "! video/x-raw,width=320,height=240", "image/jpeg", NULL },
    { "! video/x-raw,width=320,height=240 ! pngenc", "image/png", "low" },
    { "! video/x-raw,width=320,height=240 ! jpegenc", "image/jpeg", "high" },
    /* What no camera makes: nothing in it can be left out. */
    { "pattern=snow ! video/x-raw,width=1920,height=1080", "image/jpeg", NULL },
    { "pattern=snow ! video/x-raw,width=1920,height=1080 ! jpegenc quality=95",
        "image/jpeg", NULL },
  };
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autofree gchar *json = NULL;
  GstSample *sample;
  GstElement *ai;
  guint next, i;

  if (!have_elements ())
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT,
      e2e_emulator_url (emulator));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  sample = make_picture ("! video/x-raw,width=64,height=64");
  fail_if (send_picture (ai, sample, NULL)); /* there is no session */
  gst_sample_unref (sample);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  for (i = 0; i < G_N_ELEMENTS (pictures); i++) {
    gsize size;

    sample = make_picture (pictures[i].line);
    fail_unless (send_picture (ai, sample, pictures[i].detail));
    gst_sample_unref (sample);
    next = e2e_wait_event (pipe, next, "conversation.item.done", &json);
    size = assert_picture (json, pictures[i].type, pictures[i].detail);
    fail_unless (size > 1000 && size < 60 * 1024, "%" G_GSIZE_FORMAT, size);
  }
  fail_unless_equals_int (e2e_count_events (pipe, "error"), 0);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_picture_is_refused)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("text/plain");
  GstBuffer *buffer = gst_buffer_new_memdup ("abc", 3);
  GstSample *sample = gst_sample_new (buffer, caps, NULL, NULL);
  gboolean sent = TRUE;
  GstElement *ai;

  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT,
      e2e_emulator_url (emulator));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_connected (pipe);
  fail_if (send_picture (ai, sample, NULL));
  g_signal_emit_by_name (ai, "send-newest-image", &sent);
  fail_if (sent);
  gst_sample_unref (sample);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

static gboolean
sends_newest (gpointer ai)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (ai, "send-newest-image", &sent);
  return sent;
}

static guint
wait_lost (E2ePipe *pipe, guint next, const gchar *reason)
{
  const GstStructure *details;
  GstMessage *message;

  next = e2e_wait_warning (
      pipe, next, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE, &message);
  gst_message_parse_warning_details (message, &details);
  fail_unless (details != NULL);
  fail_unless_equals_string (
      gst_structure_get_string (details, "reason"), reason);
  fail_unless_equals_string (
      gst_structure_get_string (details, "class"), "caller");
  return next;
}

/* The first of a row says so, and what comes after them is sent. */
GST_START_TEST (test_picture_that_cannot_be_made_to_fit_is_a_warning)
{
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/jpeg");
  GstSample *good, *tall, *broken;
  GstBuffer *buffer;
  GstElement *ai;
  guint next, i;

  if (!have_elements ())
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT,
      e2e_emulator_url (emulator));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  good = make_picture ("! video/x-raw,width=64,height=64");
  /* It is as narrow as it may get. */
  tall = make_picture ("pattern=snow ! video/x-raw,width=64,height=8192");
  buffer = gst_buffer_new_allocate (NULL, 100000, NULL);
  gst_buffer_memset (buffer, 0, 7, 100000);
  broken = gst_sample_new (buffer, caps, NULL, NULL);
  gst_buffer_unref (buffer);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  for (i = 0; i < 2; i++) {
    fail_unless (send_picture (ai, tall, NULL));
    fail_unless (send_picture (ai, tall, NULL));
    fail_unless (send_picture (ai, good, NULL));
    next = wait_lost (pipe, next, "image-too-large");
    next = e2e_wait_event (pipe, next, "conversation.item.done", NULL);
    fail_unless_equals_int (
        e2e_count_messages (pipe, GST_MESSAGE_WARNING), i + 1);
  }
  fail_unless (send_picture (ai, broken, NULL));
  fail_unless (send_picture (ai, good, NULL));
  next = wait_lost (pipe, next, "image-unreadable");
  next = e2e_wait_event (pipe, next, "conversation.item.done", NULL);
  fail_unless_equals_int (e2e_count_messages (pipe, GST_MESSAGE_WARNING), 3);
  fail_unless_equals_int (e2e_count_events (pipe, "error"), 0);
  gst_sample_unref (good);
  gst_sample_unref (tall);
  gst_sample_unref (broken);
}
GST_END_TEST;

/* On demand, at an interval, and with a camera that goes away. */
GST_START_TEST (test_newest_frame_is_sent)
{
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstPad) peer = NULL;
  g_autofree gchar *json = NULL;
  GstElement *ai;
  guint next;

  if (!have_elements ())
    return;
  emulator = e2e_emulator_start (NULL);
  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT
      " videotestsrc name=camera is-live=true ! "
      "video/x-raw,width=640,height=480 ! ai.image_sink",
      e2e_emulator_url (emulator));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  e2e_wait_until (pipe, sends_newest, ai, "frame");
  next = e2e_wait_event (pipe, next, "conversation.item.done", &json);
  assert_picture (json, "image/jpeg", NULL);
  fail_unless_equals_int (e2e_count_events (pipe, "conversation.item.done"), 1);
  g_object_set (ai, "image-interval", 100, "image-max-width", 160, NULL);
  next = e2e_wait_event (pipe, next, "conversation.item.done", &json);
  next = e2e_wait_event (pipe, next, "conversation.item.done", &json);
  fail_unless (assert_picture (json, "image/jpeg", NULL) < 20000);
  gst_element_set_state (e2e_pipe_get (pipe, "camera"), GST_STATE_NULL);
  pad = gst_element_get_static_pad (ai, "image_sink");
  peer = gst_pad_get_peer (pad);
  gst_pad_unlink (peer, pad);
  gst_element_release_request_pad (ai, pad);
}
GST_END_TEST;

#ifdef E2E_HAVE_RTSP_SERVER
static gpointer
run_loop (gpointer loop)
{
  g_main_context_push_thread_default (g_main_loop_get_context (loop));
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (g_main_loop_get_context (loop));
  return NULL;
}

static GstRTSPFilterResult
remove_client (GstRTSPServer *server, GstRTSPClient *client, gpointer user_data)
{
  return GST_RTSP_FILTER_REMOVE;
}

/* The model sees what a camera sees. */
GST_START_TEST (test_camera_is_seen)
{
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  GstRTSPServer *server;
  GstRTSPMountPoints *mounts;
  GstRTSPMediaFactory *factory;
  g_autofree gchar *json = NULL;
  GThread *thread;
  E2ePipe *pipe;
  guint next, i;

  if (!have_elements ())
    return;
  emulator = e2e_emulator_start (NULL);
  server = gst_rtsp_server_new ();
  gst_rtsp_server_set_address (server, "127.0.0.1");
  gst_rtsp_server_set_service (server, "0");
  mounts = gst_rtsp_server_get_mount_points (server);
  factory = gst_rtsp_media_factory_new ();
  gst_rtsp_media_factory_set_launch (factory,
      "( videotestsrc is-live=true pattern=snow ! "
      "video/x-raw,format=I420,width=1280,height=720,framerate=10/1 ! "
      "jpegenc ! "
      "rtpjpegpay name=pay0 )");
  gst_rtsp_mount_points_add_factory (mounts, "/see", factory);
  g_object_unref (mounts);
  fail_unless (gst_rtsp_server_attach (server, context) > 0);
  thread = g_thread_new ("camera", run_loop, loop);

  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s image-interval=200 ! " E2E_OUT
      " rtspsrc location=rtsp://127.0.0.1:%d/see protocols=tcp latency=100 ! "
      "decodebin ! ai.image_sink",
      e2e_emulator_url (emulator), gst_rtsp_server_get_bound_port (server));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  for (i = 0; i < 3; i++) {
    gsize size;

    next = e2e_wait_event (pipe, next, "conversation.item.done", &json);
    size = assert_picture (json, "image/jpeg", NULL);
    fail_unless (size > 10000 && size < 60 * 1024, "%" G_GSIZE_FORMAT, size);
  }
  fail_unless_equals_int (e2e_count_events (pipe, "error"), 0);
  e2e_pipe_free (pipe);

  g_list_free_full (gst_rtsp_server_client_filter (server, remove_client, NULL),
      g_object_unref);
  g_main_loop_quit (loop);
  g_thread_join (thread);
  g_object_unref (server);
}
GST_END_TEST;
#endif

static Suite *
images_suite (void)
{
  Suite *s = suite_create ("e2e-images");
  TCase *tc = tcase_create ("images");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_pictures_are_sent);
  tcase_add_test (tc, test_what_is_no_picture_is_refused);
  tcase_add_test (tc, test_picture_that_cannot_be_made_to_fit_is_a_warning);
  tcase_add_test (tc, test_newest_frame_is_sent);
#ifdef E2E_HAVE_RTSP_SERVER
  tcase_add_test (tc, test_camera_is_seen);
#endif
  return s;
}

E2E_MAIN (images_suite)
