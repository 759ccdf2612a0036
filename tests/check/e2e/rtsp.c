/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <gst/rtsp-server/rtsp-server.h>

/* A camera asks: an RTSP server with a microphone, in a thread of the test. */

typedef struct {
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GstRTSPServer *server;
  gchar *url;

  GMutex lock; /* protects everything down to the end */
  GCond cond;
  GstElement *appsrc;
} Camera;

static gpointer
camera_thread (gpointer data)
{
  Camera *camera = data;

  g_main_context_push_thread_default (camera->context);
  g_main_loop_run (camera->loop);
  g_main_context_pop_thread_default (camera->context);
  return NULL;
}

static void
on_media (GstRTSPMediaFactory *factory, GstRTSPMedia *media, Camera *camera)
{
  g_autoptr (GstElement) element = gst_rtsp_media_get_element (media);

  g_mutex_lock (&camera->lock);
  if (camera->appsrc == NULL)
    camera->appsrc = gst_bin_get_by_name (GST_BIN (element), "mic");
  g_cond_broadcast (&camera->cond);
  g_mutex_unlock (&camera->lock);
}

static void
camera_start (Camera *camera, const gchar *payload)
{
  GstRTSPMountPoints *mounts;
  GstRTSPMediaFactory *factory;
  g_autofree gchar *line = g_strdup_printf ("( " E2E_MICROPHONE
                                            " ! audioconvert ! audioresample ! "
                                            "%s name=pay0 )",
      payload);

  camera->appsrc = NULL;
  g_mutex_init (&camera->lock);
  g_cond_init (&camera->cond);
  camera->context = g_main_context_new ();
  camera->loop = g_main_loop_new (camera->context, FALSE);
  camera->server = gst_rtsp_server_new ();
  gst_rtsp_server_set_address (camera->server, "127.0.0.1");
  gst_rtsp_server_set_service (camera->server, "0");
  mounts = gst_rtsp_server_get_mount_points (camera->server);
  factory = gst_rtsp_media_factory_new ();
  gst_rtsp_media_factory_set_launch (factory, line);
  g_signal_connect (factory, "media-configure", G_CALLBACK (on_media), camera);
  gst_rtsp_mount_points_add_factory (mounts, "/ask", factory);
  g_object_unref (mounts);
  fail_unless (gst_rtsp_server_attach (camera->server, camera->context) > 0);
  camera->url = g_strdup_printf ("rtsp://127.0.0.1:%d/ask",
      gst_rtsp_server_get_bound_port (camera->server));
  camera->thread = g_thread_new ("camera", camera_thread, camera);
}

static gboolean
has_appsrc (gpointer data)
{
  Camera *camera = data;
  gboolean there;

  g_mutex_lock (&camera->lock);
  there = camera->appsrc != NULL;
  g_mutex_unlock (&camera->lock);
  return there;
}

static GstRTSPFilterResult
remove_client (GstRTSPServer *server, GstRTSPClient *client, gpointer user_data)
{
  return GST_RTSP_FILTER_REMOVE;
}

static void
camera_stop (Camera *camera)
{
  g_list_free_full (
      gst_rtsp_server_client_filter (camera->server, remove_client, NULL),
      g_object_unref);
  g_main_loop_quit (camera->loop);
  g_thread_join (camera->thread);
  gst_clear_object (&camera->appsrc);
  g_object_unref (camera->server);
  g_main_loop_unref (camera->loop);
  g_main_context_unref (camera->context);
  g_free (camera->url);
  g_cond_clear (&camera->cond);
  g_mutex_clear (&camera->lock);
}

/* Sound of the camera went out, not only silence in its place. */
static gboolean
has_sent (gpointer data)
{
  GstStructure *stats = NULL;
  const GValue *uplink;
  guint64 frames = 0;

  g_object_get (data, "stats", &stats, NULL);
  uplink = gst_structure_get_value (stats, "uplink");
  if (uplink)
    gst_structure_get_uint64 (
        gst_value_get_structure (uplink), "frames", &frames);
  gst_structure_free (stats);
  return frames > 0;
}

static void
ask_from_camera (const gchar *payload)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (GArray) question = NULL;
  g_autoptr (GArray) answer = NULL;
  E2eMicrophone *mic;
  E2eCapture *capture;
  Camera camera;
  E2ePipe *pipe;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start (NULL);
  question = e2e_sound_load (source);
  camera_start (&camera, payload);
  pipe = e2e_pipe_new (
      "rtspsrc location=%s protocols=tcp latency=100 ! decodebin ! "
      "openairealtimesink name=ai base-url=%s   openairealtimesrc idle-output=none ! " E2E_OUT,
      camera.url, e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_until (pipe, has_appsrc, &camera, "request for the camera");
  mic = e2e_microphone_new (camera.appsrc);
  e2e_wait_connected (pipe);
  e2e_wait_until (pipe, has_sent, e2e_pipe_get (pipe, "ai"), "sound sent");
  e2e_microphone_say (mic, question);
  e2e_wait_event (pipe, 0, "output_audio_buffer.stopped", NULL);
  /* rtspsrc of 1.28 has sometimes said that it did not take it, and ended. */
  gst_element_send_event (pipe->pipeline, gst_event_new_eos ());
  e2e_wait_eos (pipe);
  answer = e2e_capture_copy (capture);
  e2e_assert_similar (question, answer, TRUE);
  e2e_microphone_free (mic);
  e2e_pipe_free (pipe);
  camera_stop (&camera);
}

GST_START_TEST (test_camera_with_pcmu_is_answered)
{
  ask_from_camera ("audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay");
}
GST_END_TEST;

GST_START_TEST (test_camera_with_opus_is_answered)
{
  ask_from_camera ("audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay");
}
GST_END_TEST;

static Suite *
rtsp_suite (void)
{
  Suite *s = suite_create ("e2e-rtsp");
  TCase *tc = tcase_create ("rtsp");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_camera_with_pcmu_is_answered);
  tcase_add_test (tc, test_camera_with_opus_is_answered);
  return s;
}

E2E_MAIN (rtsp_suite)
