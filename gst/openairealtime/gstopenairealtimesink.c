/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
/**
 * SECTION:element-openairealtimesink
 * @title: openairealtimesink
 * @short_description: the input half of a conversation with a model of the
 *   OpenAI Realtime API
 * @see_also: openairealtimesrc, openairealtime
 *
 * Sends any raw audio to the model. The answers come out of the openairealtimesrc
 * in the same pipeline, or of the one with the same
 * #GstOpenAIRealtimeBase:session name in another pipeline of the process.
 * Without one, the model is heard by nobody, but transcripts, function calls
 * and all other events arrive as signals and messages.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 rtspsrc location=rtsp://camera/stream ! decodebin ! openairealtimesink  openairealtimesrc ! audioconvert ! audioresample ! autoaudiosink
 * ]| A camera asks, a loudspeaker answers.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtimesink.h"

#include "gstopenairealtimeelements.h"

struct _GstOpenAIRealtimeSink {
  GstOpenAIRealtimeBase parent;
};

G_DEFINE_TYPE (GstOpenAIRealtimeSink, gst_openai_realtime_sink,
    GST_TYPE_OPENAI_REALTIME_BASE)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (openairealtimesink, "openairealtimesink",
    GST_RANK_NONE, GST_TYPE_OPENAI_REALTIME_SINK,
    openairealtime_element_init (plugin))

static void
gst_openai_realtime_sink_class_init (GstOpenAIRealtimeSinkClass *klass)
{
  gst_openai_realtime_base_class_add_input (
      GST_OPENAI_REALTIME_BASE_CLASS (klass));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI Realtime Input", "Sink/Audio/Network/WebRTC",
      "Speaks to a model of the OpenAI Realtime API",
      "The gst-openai-realtime authors");
}

static void
gst_openai_realtime_sink_init (GstOpenAIRealtimeSink *self)
{
}
