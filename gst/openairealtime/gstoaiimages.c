/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaiimages.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/base/gstbasesink.h>
#include <string.h>

#include "protocol/gstoaijson.h"

GST_DEBUG_CATEGORY_STATIC (images_debug);
#define GST_CAT_DEFAULT images_debug

/* The event around the picture. */
#define ENVELOPE 512
/* One picture is compressed within that, else something is stuck. */
#define PATIENCE (5 * GST_SECOND)
#define QUALITY 85
#define LOW_QUALITY 60
/* A picture of less than that shows nothing. */
#define MIN_WIDTH 64

typedef struct {
  GstSample *sample;
  gchar *detail;
} Job;

struct _GstOaiImages {
  GstOaiImagesFuncs funcs;
  gpointer user_data;

  GMutex lock; /* protects everything in this struct down to the end */
  GCond cond;
  GThread *thread;
  gboolean quit;
  GstOaiImageFate last_fate;
  GQueue jobs; /* of Job */
  GstSample *newest;
  gboolean fresh; /* newest was not sent yet */
  gint64 next_time; /* when the next frame goes, monotonic */
  GstClockTime interval;
  guint max_width;
};

static void
init_debug (void)
{
  static gsize done;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (
        images_debug, "openairealtimeimages", 0, "OpenAI Realtime: images");
    g_once_init_leave (&done, 1);
  }
}

static void
job_free (gpointer data)
{
  Job *job = data;

  gst_sample_unref (job->sample);
  g_free (job->detail);
  g_free (job);
}

/* --- compression ------------------------------------------------------- */

static const gchar *
type_of (GstSample *sample)
{
  GstCaps *caps = gst_sample_get_caps (sample);

  if (caps == NULL || gst_caps_is_empty (caps) || gst_caps_is_any (caps)
      || gst_sample_get_buffer (sample) == NULL)
    return NULL;

  return gst_structure_get_name (gst_caps_get_structure (caps, 0));
}

static gboolean
is_image (GstSample *sample)
{
  const gchar *type = type_of (sample);

  return type
      && (strcmp (type, "image/jpeg") == 0 || strcmp (type, "image/png") == 0
          || strcmp (type, "video/x-raw") == 0);
}

static GBytes *
bytes_of (GstBuffer *buffer)
{
  gpointer data;
  gsize size;

  gst_buffer_extract_dup (
      buffer, 0, gst_buffer_get_size (buffer), &data, &size);

  return g_bytes_new_take (data, size);
}

/* @sample as JPEG of at most @width pixels. */
static GBytes *
compress (GstSample *sample, guint width, guint quality)
{
  const gchar *type = type_of (sample);
  g_autofree gchar *line = g_strdup_printf (
      "appsrc name=src %s ! videoconvert ! videoscale ! "
      "video/x-raw,format=I420,width=[1,%u],pixel-aspect-ratio=1/1 ! "
      "jpegenc quality=%u ! appsink name=sink sync=false",
      strcmp (type, "image/jpeg") == 0      ? "! jpegdec"
          : strcmp (type, "image/png") == 0 ? "! pngdec"
                                            : "",
      width, quality);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch_full (
      line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_autoptr (GstElement) src = NULL, sink = NULL;
  g_autoptr (GstSample) made = NULL;
  GBytes *bytes = NULL;

  if (pipeline == NULL) {
    GST_WARNING ("cannot compress: %s", error->message);
    return NULL;
  }
  gst_object_ref_sink (pipeline);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_app_src_push_sample (GST_APP_SRC (src), sample);
  gst_app_src_end_of_stream (GST_APP_SRC (src));
  made = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), PATIENCE);
  if (made)
    bytes = bytes_of (gst_sample_get_buffer (made));
  else
    GST_WARNING ("%s could not be compressed", type);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  return bytes;
}

GBytes *
gst_oai_images_encode (GstSample *sample, guint max_width, gsize max_bytes,
    const gchar **type, GstOaiImageFate *fate)
{
  guint width = max_width, quality = QUALITY;
  GBytes *bytes;

  init_debug ();
  *fate = GST_OAI_IMAGE_UNREADABLE;
  if (!is_image (sample))
    return NULL;
  *fate = GST_OAI_IMAGE_SENT;
  *type = type_of (sample);
  if (strcmp (*type, "video/x-raw") != 0
      && gst_buffer_get_size (gst_sample_get_buffer (sample)) <= max_bytes)
    return bytes_of (gst_sample_get_buffer (sample));

  *type = "image/jpeg";
  while ((bytes = compress (sample, width, quality))) {
    if (g_bytes_get_size (bytes) <= max_bytes)
      return bytes;
    GST_DEBUG ("%u pixels, quality %u: %" G_GSIZE_FORMAT " bytes are too many",
        width, quality, g_bytes_get_size (bytes));
    g_bytes_unref (bytes);
    if (quality > LOW_QUALITY)
      quality = LOW_QUALITY;
    else
      width = width * 3 / 4;
    if (width < MIN_WIDTH) {
      *fate = GST_OAI_IMAGE_TOO_LARGE;
      return NULL;
    }
  }
  *fate = GST_OAI_IMAGE_UNREADABLE;
  return NULL;
}

/* --- the thread -------------------------------------------------------- */

static gchar *
make_event (GBytes *image, const gchar *type, const gchar *detail)
{
  g_autofree gchar *base64 = g_base64_encode (
      g_bytes_get_data (image, NULL), g_bytes_get_size (image));
  g_autofree gchar *url = g_strdup_printf ("data:%s;base64,%s", type, base64);
  JsonObject *event = json_object_new ();
  JsonObject *item = json_object_new ();
  JsonObject *part = json_object_new ();
  JsonArray *content = json_array_new ();
  gchar *json;

  json_object_set_string_member (part, "type", "input_image");
  json_object_set_string_member (part, "image_url", url);
  if (detail)
    json_object_set_string_member (part, "detail", detail);
  json_array_add_object_element (content, part);
  json_object_set_string_member (item, "type", "message");
  json_object_set_string_member (item, "role", "user");
  json_object_set_array_member (item, "content", content);
  json_object_set_string_member (event, "type", "conversation.item.create");
  json_object_set_object_member (event, "item", item);
  json = gst_oai_json_to_string (event);
  json_object_unref (event);

  return json;
}

/* A camera goes on sending what does not fit: once is enough. */
static void
tell_fate (GstOaiImages *self, GstOaiImageFate fate)
{
  gboolean told;

  g_mutex_lock (&self->lock);
  told = fate == self->last_fate;
  self->last_fate = fate;
  g_mutex_unlock (&self->lock);
  if (!told && fate != GST_OAI_IMAGE_SENT)
    self->funcs.lost (fate, self->user_data);
}

static void
send_job (GstOaiImages *self, Job *job, guint max_width)
{
  gsize limit = self->funcs.limit (self->user_data);
  g_autoptr (GBytes) image = NULL;
  g_autofree gchar *json = NULL;
  GstOaiImageFate fate;
  const gchar *type;

  if (limit == 0) {
    GST_INFO ("no session that takes an image");
    return;
  }
  /* base64 makes four of three. */
  image = gst_oai_images_encode (job->sample, max_width,
      limit > ENVELOPE ? (limit - ENVELOPE) / 4 * 3 : 0, &type, &fate);
  tell_fate (self, fate);
  if (image == NULL) {
    GST_WARNING ("an image is not sent: %s",
        fate == GST_OAI_IMAGE_TOO_LARGE ? "too large" : "unreadable");
    return;
  }
  json = make_event (image, type, job->detail);
  GST_DEBUG ("sending %s, %" G_GSIZE_FORMAT " bytes", type, strlen (json));
  self->funcs.send (json, self->user_data);
}

/* The next one to send, NULL when there is none. Must be called with lock. */
static Job *
next_job_unlocked (GstOaiImages *self)
{
  Job *job = g_queue_pop_head (&self->jobs);
  gint64 now = g_get_monotonic_time ();

  if (job || !self->fresh || self->interval == 0 || now < self->next_time)
    return job;
  job = g_new0 (Job, 1);
  job->sample = gst_sample_ref (self->newest);
  self->fresh = FALSE;
  self->next_time = now + GST_TIME_AS_USECONDS (self->interval);

  return job;
}

static gpointer
images_thread (gpointer data)
{
  GstOaiImages *self = data;

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    Job *job = next_job_unlocked (self);
    guint max_width = self->max_width;

    if (job) {
      g_mutex_unlock (&self->lock);
      send_job (self, job, max_width);
      job_free (job);
      g_mutex_lock (&self->lock);
    } else if (self->fresh && self->interval > 0) {
      g_cond_wait_until (&self->cond, &self->lock, self->next_time);
    } else {
      g_cond_wait (&self->cond, &self->lock);
    }
  }
  g_mutex_unlock (&self->lock);

  return NULL;
}

/* Must be called with lock. */
static void
wake_unlocked (GstOaiImages *self)
{
  if (self->thread == NULL) {
    self->quit = FALSE;
    self->thread = g_thread_new ("oai-images", images_thread, self);
  }
  g_cond_signal (&self->cond);
}

/* --- in and out -------------------------------------------------------- */

GstOaiImages *
gst_oai_images_new (const GstOaiImagesFuncs *funcs, gpointer user_data)
{
  GstOaiImages *self = g_new0 (GstOaiImages, 1);

  init_debug ();
  self->funcs = *funcs;
  self->user_data = user_data;
  self->max_width = GST_OAI_IMAGES_WIDTH;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->jobs);

  return self;
}

void
gst_oai_images_stop (GstOaiImages *self)
{
  GThread *thread;

  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  thread = g_steal_pointer (&self->thread);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  if (thread)
    g_thread_join (thread);

  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->jobs, job_free);
  g_clear_pointer (&self->newest, gst_sample_unref);
  self->fresh = FALSE;
  self->next_time = 0;
  self->last_fate = GST_OAI_IMAGE_SENT;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_images_free (GstOaiImages *self)
{
  gst_oai_images_stop (self);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_oai_images_set_interval (GstOaiImages *self, GstClockTime interval)
{
  g_mutex_lock (&self->lock);
  self->interval = interval;
  self->next_time = 0;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_images_set_max_width (GstOaiImages *self, guint width)
{
  g_mutex_lock (&self->lock);
  self->max_width = width;
  g_mutex_unlock (&self->lock);
}

/* Must be called with lock. */
static gboolean
add_job_unlocked (GstOaiImages *self, GstSample *sample, const gchar *detail)
{
  Job *job;

  if (g_queue_get_length (&self->jobs) >= GST_OAI_IMAGES_MAX_WAITING)
    return FALSE;
  job = g_new0 (Job, 1);
  job->sample = gst_sample_ref (sample);
  job->detail = g_strdup (detail);
  g_queue_push_tail (&self->jobs, job);
  wake_unlocked (self);

  return TRUE;
}

gboolean
gst_oai_images_send (GstOaiImages *self, GstSample *sample, const gchar *detail)
{
  gboolean added;

  if (!is_image (sample))
    return FALSE;
  g_mutex_lock (&self->lock);
  added = add_job_unlocked (self, sample, detail);
  g_mutex_unlock (&self->lock);

  return added;
}

void
gst_oai_images_take_frame (GstOaiImages *self, GstSample *sample)
{
  g_mutex_lock (&self->lock);
  if (self->newest)
    gst_sample_unref (self->newest);
  self->newest = gst_sample_ref (sample);
  self->fresh = TRUE;
  if (self->interval > 0)
    wake_unlocked (self);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_oai_images_send_newest (GstOaiImages *self)
{
  gboolean added = FALSE;

  g_mutex_lock (&self->lock);
  if (self->newest) {
    added = add_job_unlocked (self, self->newest, NULL);
    self->fresh = FALSE;
  }
  g_mutex_unlock (&self->lock);

  return added;
}

/* --- the sink ---------------------------------------------------------- */

#define GST_TYPE_OAI_IMAGE_SINK (gst_oai_image_sink_get_type ())
G_DECLARE_FINAL_TYPE (
    GstOaiImageSink, gst_oai_image_sink, GST, OAI_IMAGE_SINK, GstBaseSink)

struct _GstOaiImageSink {
  GstBaseSink parent;

  GstOaiImages *images; /* set once; outlives us */
  GstCaps *caps; /* streaming thread only */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_OAI_IMAGE_CAPS));

G_DEFINE_TYPE (GstOaiImageSink, gst_oai_image_sink, GST_TYPE_BASE_SINK)

static gboolean
gst_oai_image_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  gst_caps_replace (&GST_OAI_IMAGE_SINK (sink)->caps, caps);

  return TRUE;
}

static GstFlowReturn
gst_oai_image_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstOaiImageSink *self = GST_OAI_IMAGE_SINK (sink);
  GstSample *sample = gst_sample_new (buffer, self->caps, NULL, NULL);

  gst_oai_images_take_frame (self->images, sample);
  gst_sample_unref (sample);

  return GST_FLOW_OK;
}

static void
gst_oai_image_sink_finalize (GObject *object)
{
  gst_clear_caps (&GST_OAI_IMAGE_SINK (object)->caps);

  G_OBJECT_CLASS (gst_oai_image_sink_parent_class)->finalize (object);
}

static void
gst_oai_image_sink_class_init (GstOaiImageSinkClass *klass)
{
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_oai_image_sink_finalize;
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &sink_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI Realtime image leaf", "Sink/Video/Network",
      "Keeps the newest picture for a Realtime session",
      "The gst-openai-realtime authors");
  sink_class->set_caps = gst_oai_image_sink_set_caps;
  sink_class->render = gst_oai_image_sink_render;
}

static void
gst_oai_image_sink_init (GstOaiImageSink *self)
{
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self), FALSE);
}

GstElement *
gst_oai_image_sink_new (GstOaiImages *images)
{
  GstOaiImageSink *self = g_object_new (
      GST_TYPE_OAI_IMAGE_SINK, "name", "image_sink", NULL);

  self->images = images;
  /* The conversation ends with its sound: nobody waits for a camera's end. */
  GST_OBJECT_FLAG_UNSET (self, GST_ELEMENT_FLAG_SINK);

  return GST_ELEMENT (self);
}
