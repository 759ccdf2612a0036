/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
/**
 * SECTION:element-openairealtime
 * @title: openairealtime
 * @short_description: a spoken conversation with a model of the OpenAI Realtime
 *   API, voice in, voice out
 * @see_also: openairealtimesink, openairealtimesrc
 *
 * Takes any raw audio, sends it to the model over WebRTC and puts out the
 * model's voice as 24 kHz mono. Every event of the session is a signal and a
 * message on the bus, every setting a property.
 *
 * The source pad is live: between answers it puts out silence, so that sinks,
 * mixers and muxers keep running
 * (#GstOpenAIRealtimeBase:idle-output). When the user speaks over the model, the
 * answer is cut off at once (#GstOpenAIRealtimeBase:interrupt-mode). End of
 * stream on the sink pad leaves the source pad when the answer to the last
 * words has been played (#GstOpenAIRealtimeBase:eos-mode).
 *
 * Words and events leave on request pads, to be shown or recorded beside the
 * sound. `transcript_src` has what the model says, in phrases that leave with
 * their sound; what an interruption cut off is not among them.
 * `input_transcript_src` has what the user said, with the time at which it was
 * spoken, as soon as the server has written it down (needs
 * #GstOpenAIRealtimeBase:input-transcription-model). Both are sparse streams of
 * UTF-8 that mux as subtitles. `event_src` has every event of the server as a
 * buffer of JSON with a line feed behind it, at the time when it came; its caps
 * are those of the JSON elements of gst-plugins-rs.
 *
 * The model sees what comes in on the request pad `image_sink`: the newest frame
 * every #GstOpenAIRealtimeBase:image-interval, or when
 * #GstOpenAIRealtimeBase::send-newest-image asks for it.
 *
 * The API key is read from the environment variable `OPENAI_API_KEY` or from
 * #GstOpenAIRealtimeBase:api-key-file.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 autoaudiosrc ! openairealtime voice=marin instructions="Be brief." ! audioconvert ! audioresample ! autoaudiosink
 * ]| Talks to the model: microphone in, loudspeaker out. Use a headset, or put
 * webrtcdsp in front, else the model hears itself.
 * |[
 * gst-launch-1.0 filesrc location=question.wav ! decodebin ! openairealtime idle-output=none ! wavenc ! filesink location=answer.wav
 * ]| Asks with a file and writes the answer to a file; ends by itself.
 * |[
 * gst-launch-1.0 -e matroskamux name=mux ! filesink location=talk.mkv autoaudiosrc ! openairealtime name=ai ! queue ! mux. ai.transcript_src ! queue ! mux.
 * ]| Records the model's voice with its words as subtitles.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtime.h"

#include "gstopenairealtimeelements.h"

struct _GstOpenAIRealtime {
  GstOpenAIRealtimeBase parent;
};

G_DEFINE_TYPE (
    GstOpenAIRealtime, gst_openai_realtime, GST_TYPE_OPENAI_REALTIME_BASE)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (openairealtime, "openairealtime",
    GST_RANK_NONE, GST_TYPE_OPENAI_REALTIME,
    openairealtime_element_init (plugin))

static void
gst_openai_realtime_class_init (GstOpenAIRealtimeClass *klass)
{
  GstOpenAIRealtimeBaseClass *base = GST_OPENAI_REALTIME_BASE_CLASS (klass);

  gst_openai_realtime_base_class_add_input (base);
  gst_openai_realtime_base_class_add_output (base);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI Realtime Conversation", "Filter/Audio/Network/WebRTC",
      "Holds a spoken conversation with a model of the OpenAI Realtime API",
      "The gst-openai-realtime authors");
}

static void
gst_openai_realtime_init (GstOpenAIRealtime *self)
{
}
