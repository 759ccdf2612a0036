/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
/**
 * SECTION:element-openairealtimesrc
 * @title: openairealtimesrc
 * @short_description: the output half of a conversation with a model of the
 *   OpenAI Realtime API
 * @see_also: openairealtimesink, openairealtime
 *
 * Puts out the voice of the model that the openairealtimesink of the same
 * #GstOpenAIRealtimeBase:session speaks to. On its own it is a conversation
 * without a microphone: ask with #GstOpenAIRealtimeBase::send-text.
 *
 * Words and events leave on the request pads `transcript_src`,
 * `input_transcript_src` and `event_src`, as on openairealtime.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 autoaudiosrc ! openairealtimesink  openairealtimesrc ! audioconvert ! audioresample ! autoaudiosink
 * ]| The two halves find each other in one pipeline.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtimesrc.h"

#include "gstopenairealtimeelements.h"

struct _GstOpenAIRealtimeSrc {
  GstOpenAIRealtimeBase parent;
};

G_DEFINE_TYPE (GstOpenAIRealtimeSrc, gst_openai_realtime_src,
    GST_TYPE_OPENAI_REALTIME_BASE)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (openairealtimesrc, "openairealtimesrc",
    GST_RANK_NONE, GST_TYPE_OPENAI_REALTIME_SRC,
    openairealtime_element_init (plugin))

static void
gst_openai_realtime_src_class_init (GstOpenAIRealtimeSrcClass *klass)
{
  gst_openai_realtime_base_class_add_output (
      GST_OPENAI_REALTIME_BASE_CLASS (klass));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI Realtime Output", "Source/Audio/Network/WebRTC",
      "Lets a model of the OpenAI Realtime API speak",
      "The gst-openai-realtime authors");
}

static void
gst_openai_realtime_src_init (GstOpenAIRealtimeSrc *self)
{
}
