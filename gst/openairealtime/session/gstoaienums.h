/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstOpenAIRealtimeTurnDetection:
 * @GST_OPENAI_REALTIME_TURN_DETECTION_NONE: the application commits the input
 *   and asks for responses (push-to-talk)
 * @GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD: the server detects speech and
 *   silence by level
 * @GST_OPENAI_REALTIME_TURN_DETECTION_SEMANTIC_VAD: the server waits until the
 *   sentence sounds complete
 *
 * Who decides that the user has finished speaking.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_TURN_DETECTION_NONE,
  GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD,
  GST_OPENAI_REALTIME_TURN_DETECTION_SEMANTIC_VAD
} GstOpenAIRealtimeTurnDetection;

/**
 * GstOpenAIRealtimeEagerness:
 * @GST_OPENAI_REALTIME_EAGERNESS_AUTO: the server chooses (medium)
 * @GST_OPENAI_REALTIME_EAGERNESS_LOW: lets the user finish, waits up to 8 s
 * @GST_OPENAI_REALTIME_EAGERNESS_MEDIUM: waits up to 4 s
 * @GST_OPENAI_REALTIME_EAGERNESS_HIGH: answers soon, waits up to 2 s
 *
 * How soon semantic_vad takes a turn for finished.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_EAGERNESS_AUTO,
  GST_OPENAI_REALTIME_EAGERNESS_LOW,
  GST_OPENAI_REALTIME_EAGERNESS_MEDIUM,
  GST_OPENAI_REALTIME_EAGERNESS_HIGH
} GstOpenAIRealtimeEagerness;

/**
 * GstOpenAIRealtimeNoiseReduction:
 * @GST_OPENAI_REALTIME_NOISE_REDUCTION_NONE: off
 * @GST_OPENAI_REALTIME_NOISE_REDUCTION_NEAR_FIELD: headsets, telephones
 * @GST_OPENAI_REALTIME_NOISE_REDUCTION_FAR_FIELD: laptops, rooms, cameras
 *
 * Noise reduction that the server applies before it listens.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_NOISE_REDUCTION_NONE,
  GST_OPENAI_REALTIME_NOISE_REDUCTION_NEAR_FIELD,
  GST_OPENAI_REALTIME_NOISE_REDUCTION_FAR_FIELD
} GstOpenAIRealtimeNoiseReduction;

/**
 * GstOpenAIRealtimeSessionType:
 * @GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME: a conversation with a model
 * @GST_OPENAI_REALTIME_SESSION_TYPE_TRANSCRIPTION: what is said is written down
 * @GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION: what is said is said again in
 *   another language, while it is spoken
 *
 * What a session is for.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME,
  GST_OPENAI_REALTIME_SESSION_TYPE_TRANSCRIPTION,
  GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION
} GstOpenAIRealtimeSessionType;

/**
 * GstOpenAIRealtimeOutputModality:
 * @GST_OPENAI_REALTIME_OUTPUT_MODALITY_AUDIO: speech with its transcript
 * @GST_OPENAI_REALTIME_OUTPUT_MODALITY_TEXT: text only
 *
 * What the model answers with.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_OUTPUT_MODALITY_AUDIO,
  GST_OPENAI_REALTIME_OUTPUT_MODALITY_TEXT
} GstOpenAIRealtimeOutputModality;

/**
 * GstOpenAIRealtimeInterruptMode:
 * @GST_OPENAI_REALTIME_INTERRUPT_MODE_DROP: fade out over 5 ms and drop what
 *   the element holds
 * @GST_OPENAI_REALTIME_INTERRUPT_MODE_FLUSH: the same, and flush downstream, for
 *   sinks with deep buffers
 * @GST_OPENAI_REALTIME_INTERRUPT_MODE_NONE: play on what has arrived
 *
 * What happens to the answer when the user speaks over it.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_INTERRUPT_MODE_DROP,
  GST_OPENAI_REALTIME_INTERRUPT_MODE_FLUSH,
  GST_OPENAI_REALTIME_INTERRUPT_MODE_NONE
} GstOpenAIRealtimeInterruptMode;

/**
 * GstOpenAIRealtimeLocalInterrupt:
 * @GST_OPENAI_REALTIME_LOCAL_INTERRUPT_NONE: the server decides
 * @GST_OPENAI_REALTIME_LOCAL_INTERRUPT_DUCK: the answer is lowered until the
 *   server has decided
 *
 * What the answer does when the input seems to have speech.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_LOCAL_INTERRUPT_NONE,
  GST_OPENAI_REALTIME_LOCAL_INTERRUPT_DUCK
} GstOpenAIRealtimeLocalInterrupt;

/**
 * GstOpenAIRealtimeEosMode:
 * @GST_OPENAI_REALTIME_EOS_MODE_DRAIN: end of stream leaves when the answer to
 *   what was said is complete
 * @GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE: end of stream leaves at once
 * @GST_OPENAI_REALTIME_EOS_MODE_KEEP: the conversation goes on; the output
 *   never ends by itself
 *
 * What end of stream on the input means.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_EOS_MODE_DRAIN,
  GST_OPENAI_REALTIME_EOS_MODE_IMMEDIATE,
  GST_OPENAI_REALTIME_EOS_MODE_KEEP
} GstOpenAIRealtimeEosMode;

/**
 * GstOpenAIRealtimeIdleOutput:
 * @GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE: silence
 * @GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE: nothing, only speech leaves
 *
 * What leaves the source pad between answers.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE,
  GST_OPENAI_REALTIME_IDLE_OUTPUT_NONE
} GstOpenAIRealtimeIdleOutput;

/**
 * GstOpenAIRealtimeConnectionState:
 * @GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED: no call
 * @GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING: a call is being placed
 * @GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED: audio and events flow
 * @GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED: the call ended with an error
 *
 * The state of the call.
 *
 * Since: 0.1
 */
typedef enum {
  GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED,
  GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING,
  GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED,
  GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED
} GstOpenAIRealtimeConnectionState;

#define GST_TYPE_OPENAI_REALTIME_TURN_DETECTION                                \
  (gst_openai_realtime_turn_detection_get_type ())
GType gst_openai_realtime_turn_detection_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_EAGERNESS                                     \
  (gst_openai_realtime_eagerness_get_type ())
GType gst_openai_realtime_eagerness_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_NOISE_REDUCTION                               \
  (gst_openai_realtime_noise_reduction_get_type ())
GType gst_openai_realtime_noise_reduction_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_SESSION_TYPE                                  \
  (gst_openai_realtime_session_type_get_type ())
GType gst_openai_realtime_session_type_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_OUTPUT_MODALITY                               \
  (gst_openai_realtime_output_modality_get_type ())
GType gst_openai_realtime_output_modality_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_INTERRUPT_MODE                                \
  (gst_openai_realtime_interrupt_mode_get_type ())
GType gst_openai_realtime_interrupt_mode_get_type (void);
#define GST_TYPE_OPENAI_REALTIME_LOCAL_INTERRUPT                               \
  (gst_openai_realtime_local_interrupt_get_type ())
GType gst_openai_realtime_local_interrupt_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_EOS_MODE                                      \
  (gst_openai_realtime_eos_mode_get_type ())
GType gst_openai_realtime_eos_mode_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_IDLE_OUTPUT                                   \
  (gst_openai_realtime_idle_output_get_type ())
GType gst_openai_realtime_idle_output_get_type (void);

#define GST_TYPE_OPENAI_REALTIME_CONNECTION_STATE                              \
  (gst_openai_realtime_connection_state_get_type ())
GType gst_openai_realtime_connection_state_get_type (void);

G_END_DECLS
