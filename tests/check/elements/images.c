/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiimages.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* What is made of pictures, and which of them are sent. */

#define SNOW(width, height)                                                    \
  "videotestsrc num-buffers=1 pattern=snow ! video/x-raw,width=" #width        \
  ",height=" #height
#define BARS(width, height)                                                    \
  "videotestsrc num-buffers=1 ! video/x-raw,width=" #width ",height=" #height
#define HOUR (3600 * GST_SECOND)
#define PATIENCE (30 * G_TIME_SPAN_SECOND)

/* What the last element of a launch line puts out. */
static GstSample *
run (const gchar *line, GstSample *input)
{
  g_autofree gchar *all = g_strdup_printf ("%s ! appsink name=out", line);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (all, &error);
  g_autoptr (GstElement) sink = NULL;
  GstSample *sample;

  fail_unless (pipeline != NULL && error == NULL, "%s", line);
  gst_object_ref_sink (pipeline);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (input) {
    g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "in");

    gst_app_src_push_sample (GST_APP_SRC (src), input);
    gst_app_src_end_of_stream (GST_APP_SRC (src));
  }
  sample = gst_app_sink_pull_sample (GST_APP_SINK (sink));
  fail_unless (sample != NULL, "%s", line);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return sample;
}

static GstSample *
make (const gchar *line)
{
  return run (line, NULL);
}

static gsize
size_of (GstSample *sample)
{
  return gst_buffer_get_size (gst_sample_get_buffer (sample));
}

/* Decodes it, and takes @image. */
static void
get_size (GBytes *image, gint *width, gint *height)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/jpeg");
  GstBuffer *buffer = gst_buffer_new_wrapped_bytes (image);
  GstSample *sample = gst_sample_new (buffer, caps, NULL, NULL);
  GstSample *decoded = run ("appsrc name=in ! jpegdec", sample);
  GstStructure *s = gst_caps_get_structure (gst_sample_get_caps (decoded), 0);

  fail_unless (gst_structure_get_int (s, "width", width));
  fail_unless (gst_structure_get_int (s, "height", height));
  gst_sample_unref (decoded);
  gst_sample_unref (sample);
  gst_buffer_unref (buffer);
  g_bytes_unref (image);
}

/* --- encoding ----------------------------------------------------------- */

/* As much as one wants. */
#define ANY (64 * 1024 * 1024)

static GBytes *
encode (const gchar *line, guint max_width, gsize max_bytes, const gchar *type)
{
  GstSample *sample = make (line);
  GstOaiImageFate fate;
  const gchar *made = NULL;
  GBytes *image = gst_oai_images_encode (
      sample, max_width, max_bytes, &made, &fate);

  fail_unless (image != NULL, "%s", line);
  fail_unless_equals_int (fate, GST_OAI_IMAGE_SENT);
  fail_unless_equals_string (made, type);
  fail_unless (g_bytes_get_size (image) <= max_bytes);
  gst_sample_unref (sample);
  return image;
}

GST_START_TEST (test_size_of_a_picture)
{
  static const struct {
    const gchar *line;
    guint max_width;
    gint width, height;
  } cases[] = {
    { BARS (1600, 400), 400, 400, 100 },
    { BARS (400, 1600), 200, 200, 800 },
    { BARS (1280, 720), 640, 640, 360 },
    /* Nothing is enlarged. */
    { BARS (320, 240), 1024, 320, 240 },
    { BARS (320, 240), 320, 320, 240 },
    /* Pixels become square. */
    { BARS (720, 480) ",pixel-aspect-ratio=8/9", 1024, 640, 480 },
    { BARS (720, 480) ",pixel-aspect-ratio=32/27", 427, 427, 240 },
    /* So do those of formats that are no JPEG's. */
    { BARS (640, 480) ",format=GRAY8", 320, 320, 240 },
    { BARS (640, 480) ",format=RGBA", 320, 320, 240 },
  };
  gint width, height;

  get_size (
      encode (cases[__i__].line, cases[__i__].max_width, ANY, "image/jpeg"),
      &width, &height);
  fail_unless_equals_int (width, cases[__i__].width);
  fail_unless_equals_int (height, cases[__i__].height);
}
GST_END_TEST;

/* However wide it is: what is compressed already and fits is left alone. */
GST_START_TEST (test_picture_that_fits_stays_as_it_is)
{
  static const gchar *const lines[][2] = {
    { BARS (640, 480) " ! jpegenc", "image/jpeg" },
    { BARS (640, 480) " ! pngenc", "image/png" },
  };
  GstSample *sample = make (lines[__i__][0]);
  GstOaiImageFate fate;
  const gchar *type;
  GBytes *image;

  image = gst_oai_images_encode (sample, 64, size_of (sample), &type, &fate);
  fail_unless_equals_string (type, lines[__i__][1]);
  fail_unless_equals_int (g_bytes_get_size (image), size_of (sample));
  gst_check_buffer_data (gst_sample_get_buffer (sample),
      g_bytes_get_data (image, NULL), g_bytes_get_size (image));
  g_bytes_unref (image);
  gst_sample_unref (sample);
}
GST_END_TEST;

GST_START_TEST (test_picture_that_is_too_large_is_compressed)
{
  static const gchar *const lines[] = {
    SNOW (1280, 720),
    SNOW (1280, 720) " ! jpegenc quality=95",
    SNOW (320, 240) " ! pngenc",
  };
  GBytes *image = encode (lines[__i__], 1024, 20000, "image/jpeg");

  /* It is not made smaller than it must be. */
  fail_unless (g_bytes_get_size (image) > 5000);
  g_bytes_unref (image);
}
GST_END_TEST;

/* The picture gets coarser first, then smaller. */
GST_START_TEST (test_quality_goes_before_size)
{
  GBytes *best = encode (SNOW (640, 480), 640, ANY, "image/jpeg");
  GBytes *coarse = encode (
      SNOW (640, 480), 640, g_bytes_get_size (best) - 1, "image/jpeg");
  GBytes *small = encode (
      SNOW (640, 480), 640, g_bytes_get_size (coarse) - 1, "image/jpeg");
  gint width, height;

  get_size (best, &width, &height);
  fail_unless_equals_int (width, 640);
  get_size (coarse, &width, &height);
  fail_unless_equals_int (width, 640);
  fail_unless_equals_int (height, 480);
  get_size (small, &width, &height);
  fail_unless_equals_int (width, 480);
  fail_unless_equals_int (height, 360);
}
GST_END_TEST;

GST_START_TEST (test_picture_that_cannot_be_made)
{
  g_autoptr (GstCaps) text = gst_caps_new_empty_simple ("text/plain");
  g_autoptr (GstCaps) jpeg = gst_caps_new_empty_simple ("image/jpeg");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 1000, NULL);
  GstOaiImageFate fate = GST_OAI_IMAGE_SENT;
  GstSample *sample;
  const gchar *type;

  sample = make (SNOW (64, 1024));
  fail_unless (
      gst_oai_images_encode (sample, 1024, 1000, &type, &fate) == NULL);
  fail_unless_equals_int (fate, GST_OAI_IMAGE_TOO_LARGE);
  gst_sample_unref (sample);

  gst_buffer_memset (buffer, 0, 7, 1000);
  sample = gst_sample_new (buffer, jpeg, NULL, NULL);
  fail_unless (gst_oai_images_encode (sample, 1024, 999, &type, &fate) == NULL);
  fail_unless_equals_int (fate, GST_OAI_IMAGE_UNREADABLE);
  gst_sample_unref (sample);

  fate = GST_OAI_IMAGE_SENT;
  sample = gst_sample_new (buffer, text, NULL, NULL);
  fail_unless (gst_oai_images_encode (sample, 1024, ANY, &type, &fate) == NULL);
  fail_unless_equals_int (fate, GST_OAI_IMAGE_UNREADABLE);
  gst_sample_unref (sample);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* --- sending ------------------------------------------------------------ */

/* What the images tell the session. */
typedef struct {
  GstOaiImages *images;

  GMutex lock; /* protects what is below */
  GCond cond;
  gsize limit;
  gboolean busy; /* sending takes until this is over */
  guint asked; /* how often @limit was asked for */
  GPtrArray *sent;
  GArray *lost; /* of GstOaiImageFate */
} Server;

static gsize
server_limit (gpointer user_data)
{
  Server *server = user_data;
  gsize limit;

  g_mutex_lock (&server->lock);
  server->asked++;
  g_cond_broadcast (&server->cond);
  while (server->busy)
    g_cond_wait (&server->cond, &server->lock);
  limit = server->limit;
  g_mutex_unlock (&server->lock);
  return limit;
}

static void
server_send (const gchar *json, gpointer user_data)
{
  Server *server = user_data;

  g_mutex_lock (&server->lock);
  g_ptr_array_add (server->sent, g_strdup (json));
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
}

static void
server_lost (GstOaiImageFate fate, gpointer user_data)
{
  Server *server = user_data;

  g_mutex_lock (&server->lock);
  g_array_append_val (server->lost, fate);
  g_mutex_unlock (&server->lock);
}

static const GstOaiImagesFuncs funcs = {
  .limit = server_limit,
  .send = server_send,
  .lost = server_lost,
};

static void
server_init (Server *server, gsize limit)
{
  memset (server, 0, sizeof (*server));
  g_mutex_init (&server->lock);
  g_cond_init (&server->cond);
  server->limit = limit;
  server->sent = g_ptr_array_new_with_free_func (g_free);
  server->lost = g_array_new (FALSE, FALSE, sizeof (GstOaiImageFate));
  server->images = gst_oai_images_new (&funcs, server);
}

static void
server_clear (Server *server)
{
  gst_oai_images_free (server->images);
  g_ptr_array_unref (server->sent);
  g_array_unref (server->lost);
  g_cond_clear (&server->cond);
  g_mutex_clear (&server->lock);
}

static void
server_set (Server *server, gsize limit, gboolean busy)
{
  g_mutex_lock (&server->lock);
  server->limit = limit;
  server->busy = busy;
  g_cond_broadcast (&server->cond);
  g_mutex_unlock (&server->lock);
}

static void
wait_for (Server *server, const guint *count, guint n)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&server->lock);
  while (*count < n)
    fail_unless (g_cond_wait_until (&server->cond, &server->lock, deadline),
        "%u of %u", *count, n);
  fail_unless_equals_int (*count, n);
  g_mutex_unlock (&server->lock);
}

static void
wait_sent (Server *server, guint n)
{
  wait_for (server, &server->sent->len, n);
}

/* The picture of the event that was sent as number @i. */
static GBytes *
get_image (Server *server, guint i, const gchar *detail)
{
  const gchar *json = g_ptr_array_index (server->sent, i);
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  JsonObject *event = json_node_get_object (root), *item, *part;
  const gchar *url;
  guchar *data;
  gsize size;

  fail_unless_equals_string (json_object_get_string_member (event, "type"),
      "conversation.item.create");
  item = json_object_get_object_member (event, "item");
  fail_unless_equals_string (
      json_object_get_string_member (item, "type"), "message");
  fail_unless_equals_string (
      json_object_get_string_member (item, "role"), "user");
  part = json_array_get_object_element (
      json_object_get_array_member (item, "content"), 0);
  fail_unless_equals_string (
      json_object_get_string_member (part, "type"), "input_image");
  fail_unless_equals_string (
      json_object_get_string_member_with_default (part, "detail", NULL),
      detail);
  url = json_object_get_string_member (part, "image_url");
  fail_unless (g_str_has_prefix (url, "data:image/jpeg;base64,"));
  data = g_base64_decode (strchr (url, ',') + 1, &size);
  return g_bytes_new_take (data, size);
}

static void
assert_width (Server *server, guint i, gint expected)
{
  gint width, height;

  get_size (get_image (server, i, NULL), &width, &height);
  fail_unless_equals_int (width, expected);
}

GST_START_TEST (test_event_fits_the_channel)
{
  static const gsize limits[] = { 60 * 1024, 20000, 4000 };
  GstSample *sample = make (SNOW (640, 480));
  Server server;
  guint i;

  server_init (&server, 0);
  for (i = 0; i < G_N_ELEMENTS (limits); i++) {
    server_set (&server, limits[i], FALSE);
    fail_unless (gst_oai_images_send (server.images, sample, "high"));
    wait_sent (&server, i + 1);
    fail_unless (strlen (g_ptr_array_index (server.sent, i)) <= limits[i]);
    g_bytes_unref (get_image (&server, i, "high"));
  }
  fail_unless_equals_int (server.lost->len, 0);
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

/* The first of a stream goes at once, then the newest of each interval. */
GST_START_TEST (test_interval)
{
  GstSample *a = make (BARS (64, 64)), *b = make (BARS (80, 64)),
            *c = make (BARS (96, 64)), *d = make (BARS (112, 64));
  Server server;

  server_init (&server, 60 * 1024);
  gst_oai_images_set_interval (server.images, HOUR);
  gst_oai_images_take_frame (server.images, a);
  wait_sent (&server, 1);
  assert_width (&server, 0, 64);
  gst_oai_images_take_frame (server.images, b);
  gst_oai_images_take_frame (server.images, c);
  /* What was sent by hand was sent after them. */
  fail_unless (gst_oai_images_send (server.images, d, NULL));
  wait_sent (&server, 2);
  assert_width (&server, 1, 112);
  /* Another interval begins now. */
  gst_oai_images_set_interval (server.images, 2 * HOUR);
  wait_sent (&server, 3);
  assert_width (&server, 2, 96);
  /* None is sent twice. */
  gst_oai_images_set_interval (server.images, HOUR);
  fail_unless (gst_oai_images_send (server.images, d, NULL));
  wait_sent (&server, 4);
  assert_width (&server, 3, 112);
  gst_sample_unref (a);
  gst_sample_unref (b);
  gst_sample_unref (c);
  gst_sample_unref (d);
  server_clear (&server);
}
GST_END_TEST;

GST_START_TEST (test_interval_that_is_over)
{
  GstSample *sample = make (BARS (64, 64));
  Server server;
  guint i;

  server_init (&server, 60 * 1024);
  gst_oai_images_set_interval (server.images, GST_MSECOND);
  for (i = 1; i <= 3; i++) {
    gst_oai_images_take_frame (server.images, sample);
    wait_sent (&server, i);
  }
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

/* Without an interval nothing goes by itself. */
GST_START_TEST (test_on_demand)
{
  GstSample *a = make (BARS (64, 64)), *b = make (BARS (80, 64));
  Server server;

  server_init (&server, 60 * 1024);
  fail_if (gst_oai_images_send_newest (server.images));
  gst_oai_images_take_frame (server.images, a);
  gst_oai_images_take_frame (server.images, b);
  fail_unless (gst_oai_images_send_newest (server.images));
  wait_sent (&server, 1);
  assert_width (&server, 0, 80);
  /* It is asked for: the same once more. */
  fail_unless (gst_oai_images_send_newest (server.images));
  wait_sent (&server, 2);
  assert_width (&server, 1, 80);
  /* What was shown is not new any more. */
  gst_oai_images_set_interval (server.images, HOUR);
  fail_unless (gst_oai_images_send (server.images, a, NULL));
  wait_sent (&server, 3);
  assert_width (&server, 2, 64);
  gst_sample_unref (a);
  gst_sample_unref (b);
  server_clear (&server);
}
GST_END_TEST;

GST_START_TEST (test_width_can_be_changed)
{
  GstSample *sample = make (BARS (640, 480));
  Server server;

  server_init (&server, 60 * 1024);
  gst_oai_images_set_max_width (server.images, 320);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_sent (&server, 1);
  assert_width (&server, 0, 320);
  gst_oai_images_set_max_width (server.images, 160);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_sent (&server, 2);
  assert_width (&server, 1, 160);
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

GST_START_TEST (test_too_many_that_wait_are_refused)
{
  GstSample *sample = make (BARS (64, 64));
  Server server;
  guint i;

  server_init (&server, 60 * 1024);
  server_set (&server, 60 * 1024, TRUE);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_for (&server, &server.asked, 1);
  for (i = 0; i < GST_OAI_IMAGES_MAX_WAITING; i++)
    fail_unless (gst_oai_images_send (server.images, sample, NULL));
  fail_if (gst_oai_images_send (server.images, sample, NULL));
  gst_oai_images_take_frame (server.images, sample);
  fail_if (gst_oai_images_send_newest (server.images));
  server_set (&server, 60 * 1024, FALSE);
  wait_sent (&server, 1 + GST_OAI_IMAGES_MAX_WAITING);
  fail_unless (gst_oai_images_send_newest (server.images));
  wait_sent (&server, 2 + GST_OAI_IMAGES_MAX_WAITING);
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_picture_is_refused)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("audio/x-raw");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 4, NULL);
  GstSample *samples[] = { gst_sample_new (buffer, caps, NULL, NULL),
    gst_sample_new (buffer, NULL, NULL, NULL) };
  Server server;
  guint i;

  server_init (&server, 60 * 1024);
  for (i = 0; i < G_N_ELEMENTS (samples); i++) {
    fail_if (gst_oai_images_send (server.images, samples[i], NULL));
    gst_sample_unref (samples[i]);
  }
  server_clear (&server);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* Nobody is warned of what a camera shows before the call is there. */
GST_START_TEST (test_without_a_session_nothing_is_lost)
{
  GstSample *sample = make (BARS (64, 64));
  Server server;

  server_init (&server, 0);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_for (&server, &server.asked, 1);
  server_set (&server, 60 * 1024, FALSE);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_for (&server, &server.asked, 2);
  wait_sent (&server, 1);
  fail_unless_equals_int (server.lost->len, 0);
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

/* Of a row of pictures that do not fit one is told, until one has been sent. */
GST_START_TEST (test_a_row_of_lost_pictures_is_told_once)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/jpeg");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 1000, NULL);
  GstSample *snow = make (SNOW (64, 1024)), *broken, *good;
  const GstOaiImageFate expected[] = { GST_OAI_IMAGE_TOO_LARGE,
    GST_OAI_IMAGE_UNREADABLE, GST_OAI_IMAGE_TOO_LARGE,
    GST_OAI_IMAGE_TOO_LARGE };
  Server server;
  guint i;

  gst_buffer_memset (buffer, 0, 7, 1000);
  broken = gst_sample_new (buffer, caps, NULL, NULL);
  good = make (BARS (64, 16));
  server_init (&server, 1500);
  for (i = 0; i < 3; i++)
    fail_unless (gst_oai_images_send (server.images, snow, NULL));
  fail_unless (gst_oai_images_send (server.images, broken, NULL));
  fail_unless (gst_oai_images_send (server.images, broken, NULL));
  fail_unless (gst_oai_images_send (server.images, snow, NULL));
  wait_for (&server, &server.asked, 6);
  server_set (&server, 60 * 1024, FALSE);
  fail_unless (gst_oai_images_send (server.images, good, NULL));
  wait_sent (&server, 1);
  server_set (&server, 100, FALSE);
  fail_unless (gst_oai_images_send (server.images, good, NULL));
  wait_for (&server, &server.asked, 8);
  server_set (&server, 60 * 1024, FALSE);
  fail_unless (gst_oai_images_send (server.images, good, NULL));
  wait_sent (&server, 2);
  fail_unless_equals_int (server.lost->len, G_N_ELEMENTS (expected));
  for (i = 0; i < G_N_ELEMENTS (expected); i++)
    fail_unless_equals_int (
        g_array_index (server.lost, GstOaiImageFate, i), expected[i]);
  gst_sample_unref (snow);
  gst_sample_unref (broken);
  gst_sample_unref (good);
  gst_buffer_unref (buffer);
  server_clear (&server);
}
GST_END_TEST;

GST_START_TEST (test_stopped_images_start_again)
{
  GstSample *sample = make (BARS (64, 64));
  Server server;

  server_init (&server, 60 * 1024);
  gst_oai_images_take_frame (server.images, sample);
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_sent (&server, 1);
  gst_oai_images_stop (server.images);
  /* The camera of before is not shown. */
  fail_if (gst_oai_images_send_newest (server.images));
  fail_unless (gst_oai_images_send (server.images, sample, NULL));
  wait_sent (&server, 2);
  gst_oai_images_stop (server.images);
  gst_oai_images_stop (server.images);
  gst_sample_unref (sample);
  server_clear (&server);
}
GST_END_TEST;

/* --- the sink ----------------------------------------------------------- */

GST_START_TEST (test_sink_keeps_the_newest_frame)
{
  g_autoptr (GstElement)
      pipeline = gst_parse_launch ("videotestsrc num-buffers=3 ! "
                                   "video/x-raw,width=96,height=64 ! "
                                   "identity name=last",
          NULL);
  g_autoptr (GstElement) last = NULL;
  g_autoptr (GstBus) bus = NULL;
  GstElement *sink;
  GstMessage *message;
  Server server;

  server_init (&server, 60 * 1024);
  sink = gst_oai_image_sink_new (server.images);
  gst_object_ref_sink (pipeline);
  bus = gst_element_get_bus (pipeline);
  last = gst_bin_get_by_name (GST_BIN (pipeline), "last");
  fail_unless (gst_bin_add (GST_BIN (pipeline), sink));
  /* The end of a camera is not the end of the stream: here it shall be. */
  GST_OBJECT_FLAG_SET (sink, GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (pipeline, GST_ELEMENT_FLAG_SINK);
  fail_unless (gst_element_link (last, sink));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, PATIENCE * GST_USECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  fail_unless (gst_oai_images_send_newest (server.images));
  wait_sent (&server, 1);
  assert_width (&server, 0, 96);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  server_clear (&server);
}
GST_END_TEST;

static Suite *
images_suite (void)
{
  static const gchar *const names[] = { "jpegdec", "jpegenc", "pngdec",
    "pngenc", "videoconvert", "videoscale", "videotestsrc" };
  Suite *s = suite_create ("images");
  TCase *tc = tcase_create ("encoding");
  guint i;

  suite_add_tcase (s, tc);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstElementFactory) factory = gst_element_factory_find (names[i]);

    if (factory == NULL) {
      g_print ("skipped: no %s\n", names[i]);
      return s;
    }
  }
  tcase_add_loop_test (tc, test_size_of_a_picture, 0, 9);
  tcase_add_loop_test (tc, test_picture_that_fits_stays_as_it_is, 0, 2);
  tcase_add_loop_test (tc, test_picture_that_is_too_large_is_compressed, 0, 3);
  tcase_add_test (tc, test_quality_goes_before_size);
  tcase_add_test (tc, test_picture_that_cannot_be_made);

  tc = tcase_create ("sending");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_event_fits_the_channel);
  tcase_add_test (tc, test_interval);
  tcase_add_test (tc, test_interval_that_is_over);
  tcase_add_test (tc, test_on_demand);
  tcase_add_test (tc, test_width_can_be_changed);
  tcase_add_test (tc, test_too_many_that_wait_are_refused);
  tcase_add_test (tc, test_what_is_no_picture_is_refused);
  tcase_add_test (tc, test_without_a_session_nothing_is_lost);
  tcase_add_test (tc, test_a_row_of_lost_pictures_is_told_once);
  tcase_add_test (tc, test_stopped_images_start_again);

  tc = tcase_create ("sink");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_sink_keeps_the_newest_frame);
  return s;
}

GST_CHECK_MAIN (images);
