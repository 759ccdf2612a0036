/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaienums.h"

#define DEFINE_ENUM(TypeName, type_name, ...)                                  \
  GType type_name##_get_type (void)                                            \
  {                                                                            \
    static gsize id = 0;                                                       \
    static const GEnumValue values[] = { __VA_ARGS__, { 0, NULL, NULL } };     \
                                                                               \
    if (g_once_init_enter (&id)) {                                             \
      GType type = g_enum_register_static (#TypeName, values);                 \
      g_once_init_leave (&id, type);                                           \
    }                                                                          \
    return (GType) id;                                                         \
  }

/* clang-format off */
DEFINE_ENUM (GstOpenAIRealtimeTurnDetection, gst_openai_realtime_turn_detection,
    { GST_OPENAI_REALTIME_TURN_DETECTION_NONE,
        "The application ends turns (push-to-talk)", "none" },
    { GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD,
        "The server detects speech and silence", "server-vad" },
    { GST_OPENAI_REALTIME_TURN_DETECTION_SEMANTIC_VAD,
        "The server waits for a complete sentence", "semantic-vad" })

DEFINE_ENUM (GstOpenAIRealtimeEagerness, gst_openai_realtime_eagerness,
    { GST_OPENAI_REALTIME_EAGERNESS_AUTO, "The server chooses", "auto" },
    { GST_OPENAI_REALTIME_EAGERNESS_LOW, "Lets the user finish", "low" },
    { GST_OPENAI_REALTIME_EAGERNESS_MEDIUM, "In between", "medium" },
    { GST_OPENAI_REALTIME_EAGERNESS_HIGH, "Answers soon", "high" })

DEFINE_ENUM (GstOpenAIRealtimeNoiseReduction,
    gst_openai_realtime_noise_reduction,
    { GST_OPENAI_REALTIME_NOISE_REDUCTION_NONE, "Off", "none" },
    { GST_OPENAI_REALTIME_NOISE_REDUCTION_NEAR_FIELD,
        "Headsets and telephones", "near-field" },
    { GST_OPENAI_REALTIME_NOISE_REDUCTION_FAR_FIELD,
        "Rooms, laptops and cameras", "far-field" })

DEFINE_ENUM (GstOpenAIRealtimeSessionType, gst_openai_realtime_session_type,
    { GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME,
        "A conversation with a model", "realtime" },
    { GST_OPENAI_REALTIME_SESSION_TYPE_TRANSCRIPTION,
        "What is said is written down", "transcription" },
    { GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION,
        "What is said is said in another language", "translation" })

DEFINE_ENUM (GstOpenAIRealtimeOutputModality,
    gst_openai_realtime_output_modality,
    { GST_OPENAI_REALTIME_OUTPUT_MODALITY_AUDIO,
        "Speech with its transcript", "audio" },
    { GST_OPENAI_REALTIME_OUTPUT_MODALITY_TEXT, "Text only", "text" })

DEFINE_ENUM (GstOpenAIRealtimeInterruptMode,
    gst_openai_realtime_interrupt_mode,
    { GST_OPENAI_REALTIME_INTERRUPT_MODE_DROP,
        "Fade out and drop what is held", "drop" },
    { GST_OPENAI_REALTIME_INTERRUPT_MODE_FLUSH,
        "Drop, and flush downstream", "flush" },
    { GST_OPENAI_REALTIME_INTERRUPT_MODE_NONE,
        "Play on what has arrived", "none" })

DEFINE_ENUM (GstOpenAIRealtimeLocalInterrupt,
    gst_openai_realtime_local_interrupt,
    { GST_OPENAI_REALTIME_LOCAL_INTERRUPT_NONE,
        "Nothing, the server decides", "none" },
    { GST_OPENAI_REALTIME_LOCAL_INTERRUPT_DUCK,
        "Lower the answer until the server has decided", "duck" })

DEFINE_ENUM (GstOpenAIRealtimeEosMode, gst_openai_realtime_eos_mode,
    { GST_OPENAI_REALTIME_EOS_MODE_DRAIN,
        "End when the answer is complete", "drain" },
    { GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE, "End at once", "immediate" },
    { GST_OPENAI_REALTIME_EOS_MODE_KEEP,
        "Keep the conversation going", "keep" })

DEFINE_ENUM (GstOpenAIRealtimeIdleOutput, gst_openai_realtime_idle_output,
    { GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE, "Silence", "silence" },
    { GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE,
        "Nothing, only speech leaves", "none" })

DEFINE_ENUM (GstOpenAIRealtimeConnectionState,
    gst_openai_realtime_connection_state,
    { GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED,
        "No call", "disconnected" },
    { GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING,
        "A call is being placed", "connecting" },
    { GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED,
        "Audio and events flow", "connected" },
    { GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED,
        "The call ended with an error", "failed" })
/* clang-format on */
