/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiImages: pictures for the model. A thread of its own makes each fit: JPEG
 * or PNG that is small enough goes as it is, everything else is decoded, scaled
 * and compressed by GStreamer's elements. Nobody waits for it. */
typedef struct _GstOaiImages GstOaiImages;

/* What may go in, for the pad's template. */
#define GST_OAI_IMAGE_CAPS "video/x-raw; image/jpeg"
/* Pictures that wait; more are refused. */
#define GST_OAI_IMAGES_MAX_WAITING 8
#define GST_OAI_IMAGES_WIDTH 1024

/* Why an image is not sent. */
typedef enum {
  GST_OAI_IMAGE_SENT, /* it is */
  GST_OAI_IMAGE_TOO_LARGE, /* however little is left of it */
  GST_OAI_IMAGE_UNREADABLE /* it cannot be decoded, or not be compressed */
} GstOaiImageFate;

/* How the images reach the session. @limit gives the largest event that may be
 * sent in bytes, 0 when nothing can be sent now. @lost is told of the first image
 * of a row with that fate. All on the images' thread. */
typedef struct {
  gsize (*limit) (gpointer user_data);
  void (*send) (const gchar *json, gpointer user_data);
  void (*lost) (GstOaiImageFate fate, gpointer user_data);
} GstOaiImagesFuncs;

GstOaiImages *gst_oai_images_new (
    const GstOaiImagesFuncs *funcs, gpointer user_data);
void gst_oai_images_free (GstOaiImages *self);

/* Ends the thread, which the next image starts anew; drops what waits. */
void gst_oai_images_stop (GstOaiImages *self);

void gst_oai_images_set_interval (GstOaiImages *self, GstClockTime interval);
void gst_oai_images_set_max_width (GstOaiImages *self, guint width);

/* Sends @sample. @detail: nullable. FALSE when it is no image, or too many
 * wait. Any thread; never blocks. */
gboolean gst_oai_images_send (
    GstOaiImages *self, GstSample *sample, const gchar *detail);
/* The newest frame of a stream: sent when the interval is over. */
void gst_oai_images_take_frame (GstOaiImages *self, GstSample *sample);
/* Sends the newest frame; FALSE when there is none. */
gboolean gst_oai_images_send_newest (GstOaiImages *self);

/* @sample as JPEG or PNG of at most @max_bytes and @max_width pixels, its type
 * in @type; NULL when it cannot be made, and why in @fate. Blocks. */
GBytes *gst_oai_images_encode (GstSample *sample, guint max_width,
    gsize max_bytes, const gchar **type, GstOaiImageFate *fate);

/* A sink for the bin that hands its frames to @images. Not owned by the sink. */
GstElement *gst_oai_image_sink_new (GstOaiImages *images);

G_END_DECLS
