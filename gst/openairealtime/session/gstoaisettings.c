/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisettings.h"

#include "protocol/gstoaii18n.h"
#include "protocol/gstoaiiceserver.h"
#include "session/gstoaisessionconfig.h"
#include "session/gstoaisettings-private.h"

#include <gio/gio.h>

#include <math.h>
#include <string.h>

#define STRING(initial) KIND_STRING, NULL, 0, 0, 0, initial
#define UINT(min, max, initial) KIND_UINT, NULL, min, max, initial, NULL
#define DOUBLE(min, max, initial) KIND_DOUBLE, NULL, min, max, initial, NULL
#define BOOLEAN(initial) KIND_BOOLEAN, NULL, 0, 1, initial, NULL
#define ENUM(get_type, initial) KIND_ENUM, get_type, 0, 0, initial, NULL
#define STRUCTURE KIND_STRUCTURE, NULL, 0, 0, 0, NULL
#define READABLE FALSE
#define WRITE_ONLY TRUE

/* The rows stand in the order of GstOaiSetting. Ranges and defaults of session
 * fields are those of the published specification. */
/* clang-format off */
static const SettingSpec specs[] = {
  /**
   * GstOpenAIRealtimeBase:base-url:
   *
   * Address of the API. The paths `/realtime/calls` and
   * `/realtime/calls/{id}/hangup` are put behind its path, and before a query
   * (`https://name.openai.azure.com/openai/v1?webrtcfilter=on`). A query that
   * holds a key or a token is refused, as an address is shown and logged.
   * When it is not set, the environment variable `OPENAI_BASE_URL` decides, and
   * without that OpenAI's own service.
   *
   * |[
   * gst-launch-1.0 ... ! openairealtime base-url=http://127.0.0.1:8080/v1 ! ...
   * ]|
   *
   * Since: 0.1
   */
  { "base-url", "Base URL",
      "Address of the API (default: OPENAI_BASE_URL or "
      GST_OAI_DEFAULT_BASE_URL ")",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:api-key:
   *
   * API key of the service. It can only be written: no getter, log, dump or
   * message shows it. A key on a command line can be read by every user of the
   * machine; prefer the environment variable `OPENAI_API_KEY` or
   * #GstOpenAIRealtimeBase:api-key-file.
   *
   * Without any credential the element refuses to leave %GST_STATE_NULL when
   * the server is OpenAI's own; other servers get no Authorization header.
   *
   * Since: 0.1
   */
  { "api-key", "API key",
      "API key (default: OPENAI_API_KEY; prefer that or api-key-file)",
      STRING (NULL), GST_OAI_MUTABLE_READY, WRITE_ONLY, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:api-key-file:
   *
   * File whose first line is the API key, for example a secret mounted into a
   * container. It is read at each connect, so a rotated key needs no restart.
   *
   * Since: 0.1
   */
  { "api-key-file", "API key file", "File whose first line is the API key",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:client-secret:
   *
   * Ephemeral key (`ek_...`) that a back end made with
   * `POST /realtime/client_secrets`. It carries a session configuration of its
   * own; session properties that were set are applied on top of it before the
   * first audio is sent. Write-only. Takes precedence over an API key.
   *
   * Since: 0.1
   */
  { "client-secret", "Client secret",
      "Ephemeral key (ek_...) to connect with instead of an API key",
      STRING (NULL), GST_OAI_MUTABLE_READY, WRITE_ONLY, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:mint-client-secret:
   *
   * Whether each call is placed with a client secret that is made for it with the
   * API key, by `POST /realtime/client_secrets`, instead of with the key itself.
   * The session's settings are bound to it, and it is good for one minute. For
   * servers and gateways that take calls with secrets only; it costs one more
   * request.
   *
   * Since: 0.1
   */
  { "mint-client-secret", "Mint client secret",
      "Whether a client secret is made with the API key for each call",
      BOOLEAN (FALSE), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:organization:
   *
   * Organization that is billed, for keys that belong to several: the header
   * `OpenAI-Organization` of each request.
   *
   * Since: 0.1
   */
  { "organization", "Organization",
      "Organization that is billed (OpenAI-Organization)", STRING (NULL),
      GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, "OpenAI-Organization" },
  /**
   * GstOpenAIRealtimeBase:project:
   *
   * Project that is billed, for keys that belong to several: the header
   * `OpenAI-Project` of each request.
   *
   * Since: 0.1
   */
  { "project", "Project", "Project that is billed (OpenAI-Project)",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER,
      "OpenAI-Project" },
  /**
   * GstOpenAIRealtimeBase:safety-identifier:
   *
   * Who the user is, in a form that stays the same and names nobody, such as a
   * hash of the account's name: the header `OpenAI-Safety-Identifier` of each
   * request. The service can then act against one user instead of all.
   *
   * Since: 0.1
   */
  { "safety-identifier", "Safety identifier",
      "Stable hash that stands for the user (OpenAI-Safety-Identifier)",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER,
      "OpenAI-Safety-Identifier" },
  /**
   * GstOpenAIRealtimeBase:extra-headers:
   *
   * Further headers of each request, for gateways: each field of the structure is
   * one, its name is of no meaning. `Authorization`, `Host`, `Content-...`,
   * cookies and what belongs to the connection are refused. Write-only, as such
   * headers may hold keys.
   *
   * |[
   * extra-headers="headers,X-Tenant=acme,X-Trace=on"
   * ]|
   *
   * Since: 0.1
   */
  { "extra-headers", "Extra headers", "Further headers of each request",
      STRUCTURE, GST_OAI_MUTABLE_READY, WRITE_ONLY, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:tls-ca-file:
   *
   * PEM file with certificate authorities that are trusted in addition to the
   * system's, for servers with a private certificate. Verification itself
   * cannot be switched off.
   *
   * Since: 0.1
   */
  { "tls-ca-file", "TLS CA file",
      "PEM file with additional trusted certificate authorities",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:stun-server:
   *
   * STUN server as `stun://host:port`, which tells the element its address on
   * the other side of a router. OpenAI's servers have public addresses, and a
   * call to them needs none; a server that is behind a router itself may. A
   * call does not wait for it.
   *
   * |[
   * gst-launch-1.0 ... ! openairealtime stun-server=stun://192.0.2.1:3478 ! ...
   * ]|
   *
   * Since: 0.1
   */
  { "stun-server", "STUN server", "STUN server, stun://host:port",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:turn-server:
   *
   * TURN server as `turn://user:password@host:port`, which relays the call
   * where a firewall lets neither UDP nor TCP through to the addresses in the
   * server's answer. It is asked over UDP and TCP; `?transport=udp` or
   * `?transport=tcp` behind it leaves one of them. In user and password
   * everything but letters, digits and `-._~` must be percent-encoded: `%40`
   * for `@`, `%3A` for `:`, `%2F` for `/`.
   *
   * The relay is the last resort: what works without it is used, and a TURN
   * server that does not answer is not waited for. That nothing else works shows
   * only after two seconds; long before, a second call is placed that takes the
   * relay at once, unless #GstOpenAIRealtimeBase:connect-attempts is 1.
   *
   * `turns://` is refused: libnice does not encrypt the way to the TURN server.
   * Sound and events are encrypted from end to end, also on the relay, and the
   * password is not sent. Write-only, as it holds a password.
   *
   * |[
   * ... ! openairealtime turn-server="turn://u:p%40ss@192.0.2.1?transport=tcp" ! ...
   * ]|
   *
   * Since: 0.1
   */
  { "turn-server", "TURN server",
      "TURN server, turn://user:password@host:port",
      STRING (NULL), GST_OAI_MUTABLE_READY, WRITE_ONLY, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:connect-timeout:
   *
   * Time in milliseconds from the first request to the open event channel.
   * When it is over, the element posts an error that names the step that was
   * not reached.
   *
   * Since: 0.1
   */
  { "connect-timeout", "Connect timeout",
      "Time to connect in, in milliseconds",
      UINT (100, 600000, 10000), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:connect-attempts:
   *
   * How many calls may be placed beside each other when connecting stalls,
   * because packets were lost that only the server could send again, after a
   * second or three. The first call that is connected is used, and the others
   * are hung up. Where nothing is lost there is never more than one. With
   * #GstOpenAIRealtimeBase:turn-server, and no network path found yet, the
   * second one is relayed. 1 turns this off, for servers that allow one call at
   * a time; 0 means 3, and 1 for servers on this machine.
   *
   * Since: 0.1
   */
  { "connect-attempts", "Connect attempts",
      "Calls that may be placed beside each other when connecting stalls "
      "(0 = automatic)",
      UINT (0, 8, 0), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:session-type:
   *
   * What the session is for: a conversation, writing down what is said, or
   * translating it. A transcription session has no model but that of
   * #GstOpenAIRealtimeBase:input-transcription-model (default `gpt-transcribe`),
   * and nothing is answered: what the user says arrives with
   * #GstOpenAIRealtimeBase::input-transcript-done, and the source pad is silent.
   * End of stream waits for the last words. Settings of the model's side are not
   * sent.
   *
   * A translation session says what it hears in another language
   * (#GstOpenAIRealtimeBase:target-language), while it is spoken: there are no
   * turns and no answers, and the words of both languages come piece by piece with
   * #GstOpenAIRealtimeBase::transcript-delta and
   * #GstOpenAIRealtimeBase::input-transcript-delta (the latter with
   * #GstOpenAIRealtimeBase:input-transcription-model), never with an item id. Of the
   * settings of the session only these three and
   * #GstOpenAIRealtimeBase:noise-reduction are sent. The call is placed with a client
   * secret that is made for it, see #GstOpenAIRealtimeBase:mint-client-secret. End of
   * stream closes the session: the server says what is left, and ends it
   * (message `openairealtime-ended`, reason `closed`). It does not say what a
   * translation uses: #GstOpenAIRealtimeBase:max-duration limits it, not
   * #GstOpenAIRealtimeBase:max-cost.
   *
   * |[
   * gst-launch-1.0 -m filesrc location=talk.wav ! decodebin ! openairealtime session-type=transcription ! fakesink
   * gst-launch-1.0 rtspsrc location=rtsp://camera/ ! decodebin ! openairealtime session-type=translation target-language=es ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  { "session-type", "Session type", "What the session is for",
      ENUM (gst_openai_realtime_session_type_get_type,
          GST_OPENAI_REALTIME_SESSION_TYPE_REALTIME), GST_OAI_MUTABLE_READY,
      READABLE, SEND_SPECIAL, "type" },
  /**
   * GstOpenAIRealtimeBase:model:
   *
   * Model to talk to. Never checked against a list: the server knows which
   * ones it has. Cannot be changed while connected. A translation session has
   * `gpt-realtime-translate` instead when it is not set.
   *
   * Since: 0.1
   */
  { "model", "Model", "Model to talk to",
      STRING ("gpt-realtime-2.1"), GST_OAI_MUTABLE_READY, READABLE,
      SEND_IF_SET, "model" },
  /**
   * GstOpenAIRealtimeBase:target-language:
   *
   * Language that a translation is spoken in, as an ISO-639-1 code such as `es`.
   * When it is not set, the server decides. It can be changed while the session
   * goes on, and is sent in sessions of the
   * #GstOpenAIRealtimeBase:session-type translation only.
   *
   * |[
   * gst-launch-1.0 autoaudiosrc ! openairealtime session-type=translation target-language=es ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  { "target-language", "Target language",
      "Language of a translation (es, fr, de, ...)",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "audio.output.language" },
  /**
   * GstOpenAIRealtimeBase:voice:
   *
   * Voice of the model: a name (`marin`, `cedar`, `alloy`...) or the id of a
   * custom voice (`voice_...`). It can be changed until the model has spoken.
   *
   * Since: 0.1
   */
  { "voice", "Voice", "Voice of the model (can be set until it first speaks)",
      STRING ("marin"), GST_OAI_MUTABLE_VOICE, READABLE, SEND_SPECIAL,
      "audio.output.voice" },
  /**
   * GstOpenAIRealtimeBase:instructions:
   *
   * What the model is told about its task, tone and limits. Not sent when
   * unset: the server then uses its own. An empty string clears them.
   *
   * |[
   * gst-launch-1.0 autoaudiosrc ! openairealtime instructions="Be brief." ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  { "instructions", "Instructions", "What the model is told about its task",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_IF_SET,
      "instructions" },
  /**
   * GstOpenAIRealtimeBase:greeting:
   *
   * Makes the model speak first, as soon as the session is ready: what it is told
   * for that one response, in the place of
   * #GstOpenAIRealtimeBase:instructions. Unset: it waits for the user.
   *
   * |[
   * greeting="Say hello, and that you are the receptionist."
   * ]|
   *
   * Since: 0.1
   */
  { "greeting", "Greeting",
      "What the model is told to say first (unset: it waits for the user)",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:output-modality:
   *
   * Whether the model answers by voice (with a transcript) or by text only.
   *
   * Since: 0.1
   */
  { "output-modality", "Output modality", "What the model answers with",
      ENUM (gst_openai_realtime_output_modality_get_type,
          GST_OPENAI_REALTIME_OUTPUT_MODALITY_AUDIO), GST_OAI_MUTABLE_UPDATE,
      READABLE, SEND_SPECIAL, "output_modalities" },
  /**
   * GstOpenAIRealtimeBase:speed:
   *
   * Speed of the model's speech; 1.0 is normal. A change holds from the next
   * answer on.
   *
   * Since: 0.1
   */
  { "speed", "Speed", "Speed of the model's speech",
      DOUBLE (0.25, 1.5, 1.0), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_IF_SET,
      "audio.output.speed" },
  /**
   * GstOpenAIRealtimeBase:turn-detection:
   *
   * Who decides that the user has finished. With
   * %GST_OPENAI_REALTIME_TURN_DETECTION_NONE the application emits
   * #GstOpenAIRealtimeBase::start-talking and
   * #GstOpenAIRealtimeBase::stop-talking (push-to-talk), or
   * #GstOpenAIRealtimeBase::commit-input and
   * #GstOpenAIRealtimeBase::create-response.
   *
   * Since: 0.1
   */
  { "turn-detection", "Turn detection",
      "Who decides that the user has finished speaking",
      ENUM (gst_openai_realtime_turn_detection_get_type,
          GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD),
      GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "audio.input.turn_detection" },
  /**
   * GstOpenAIRealtimeBase:vad-threshold:
   *
   * How sure the server must be that it hears speech. Higher values need louder
   * speech and suit noisy places. Only with server-vad.
   *
   * Since: 0.1
   */
  { "vad-threshold", "VAD threshold",
      "How sure the server must be that it hears speech (server-vad)",
      DOUBLE (0.0, 1.0, 0.5), GST_OAI_MUTABLE_UPDATE, READABLE,
      SEND_SERVER_VAD, "threshold" },
  /**
   * GstOpenAIRealtimeBase:vad-prefix-padding:
   *
   * Milliseconds of audio before the detected start that still belong to the
   * speech. Only with server-vad.
   *
   * Since: 0.1
   */
  { "vad-prefix-padding", "VAD prefix padding",
      "Audio kept before detected speech, in milliseconds (server-vad)",
      UINT (0, 10000, 300), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SERVER_VAD,
      "prefix_padding_ms" },
  /**
   * GstOpenAIRealtimeBase:vad-silence-duration:
   *
   * Milliseconds of silence that end a turn. Short values answer soon but may
   * cut in on pauses. Only with server-vad.
   *
   * Since: 0.1
   */
  { "vad-silence-duration", "VAD silence duration",
      "Silence that ends a turn, in milliseconds (server-vad)",
      UINT (0, 10000, 500), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SERVER_VAD,
      "silence_duration_ms" },
  /**
   * GstOpenAIRealtimeBase:vad-idle-timeout:
   *
   * Milliseconds without user speech after which the model speaks by itself;
   * 0 for never, else 5000 to 30000. Only with server-vad.
   *
   * Since: 0.1
   */
  { "vad-idle-timeout", "VAD idle timeout",
      "Silence after which the model speaks by itself, in milliseconds, 0 or "
      "5000 to 30000 (server-vad)",
      UINT (0, 30000, 0), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_VAD_SPECIAL,
      "idle_timeout_ms" },
  /**
   * GstOpenAIRealtimeBase:vad-eagerness:
   *
   * How soon a turn counts as finished. Only with semantic-vad.
   *
   * Since: 0.1
   */
  { "vad-eagerness", "VAD eagerness",
      "How soon a turn counts as finished (semantic-vad)",
      ENUM (gst_openai_realtime_eagerness_get_type,
          GST_OPENAI_REALTIME_EAGERNESS_AUTO), GST_OAI_MUTABLE_UPDATE,
      READABLE, SEND_SEMANTIC_VAD, "eagerness" },
  /**
   * GstOpenAIRealtimeBase:create-response:
   *
   * Whether the end of a turn makes the model answer. When %FALSE, the
   * application asks with #GstOpenAIRealtimeBase::create-response. Without turn
   * detection, a turn that end of stream ends is meant.
   *
   * Since: 0.1
   */
  { "create-response", "Create response",
      "Whether the end of a turn makes the model answer",
      BOOLEAN (TRUE), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_ANY_VAD,
      "create_response" },
  /**
   * GstOpenAIRealtimeBase:interrupt-response:
   *
   * Whether the user may speak over the model's answer and so end it.
   *
   * Since: 0.1
   */
  { "interrupt-response", "Interrupt response",
      "Whether speech of the user ends the model's answer",
      BOOLEAN (TRUE), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_ANY_VAD,
      "interrupt_response" },
  /**
   * GstOpenAIRealtimeBase:noise-reduction:
   *
   * Noise reduction that the server applies before it listens.
   *
   * Since: 0.1
   */
  { "noise-reduction", "Noise reduction",
      "Noise reduction that the server applies before it listens",
      ENUM (gst_openai_realtime_noise_reduction_get_type,
          GST_OPENAI_REALTIME_NOISE_REDUCTION_NONE), GST_OAI_MUTABLE_UPDATE,
      READABLE, SEND_SPECIAL, "audio.input.noise_reduction" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-model:
   *
   * Model that writes down what the user says (for example
   * `gpt-transcribe`). Unset: no transcript of the user's side. It is billed
   * apart.
   *
   * Since: 0.1
   */
  { "input-transcription-model", "Input transcription model",
      "Model that writes down what the user says (unset: no transcript)",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "audio.input.transcription" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-language:
   *
   * ISO 639-1 code of the language that the user speaks, when it is known.
   * Needs #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  { "input-transcription-language", "Input transcription language",
      "ISO 639-1 code of the user's language",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_TRANSCRIPTION,
      "language" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-languages:
   *
   * ISO 639-1 codes of the languages that may be spoken, separated by commas
   * (`en,de`). For the models that take several, such as `gpt-transcribe`, in
   * place of #GstOpenAIRealtimeBase:input-transcription-language. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  { "input-transcription-languages", "Input transcription languages",
      "ISO 639-1 codes of the languages that may be spoken, separated by "
      "commas",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_TRANSCRIPTION_LIST,
      "languages" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-keywords:
   *
   * Names and terms that the transcription should know, separated by commas, for
   * the models that take them, such as `gpt-transcribe`. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  { "input-transcription-keywords", "Input transcription keywords",
      "Names and terms that the transcription should know, separated by commas",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_TRANSCRIPTION_LIST,
      "keywords" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-prompt:
   *
   * Words or a sentence that help the transcription. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  { "input-transcription-prompt", "Input transcription prompt",
      "Words that help the transcription",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_TRANSCRIPTION,
      "prompt" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-delay:
   *
   * How long a transcription that goes along with the speech may wait to get its
   * words right: `minimal`, `low`, `medium`, `high` or `xhigh`, for models such as
   * `gpt-realtime-whisper`. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  { "input-transcription-delay", "Input transcription delay",
      "How long the transcription may wait (minimal, low, medium, high, xhigh)",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_TRANSCRIPTION,
      "delay" },
  /**
   * GstOpenAIRealtimeBase:input-transcription-logprobs:
   *
   * Whether the events of the input's transcription tell how sure the model was
   * of each token.
   *
   * Since: 0.1
   */
  { "input-transcription-logprobs", "Input transcription log probabilities",
      "Whether the transcription tells how sure it was of each token",
      BOOLEAN (FALSE), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "include" },
  /**
   * GstOpenAIRealtimeBase:max-output-tokens:
   *
   * Most tokens of one answer, 0 for no limit. Sent only when set.
   *
   * Since: 0.1
   */
  { "max-output-tokens", "Max output tokens",
      "Most tokens of one answer, 0 for no limit",
      UINT (0, G_MAXINT, 0), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "max_output_tokens" },
  /**
   * GstOpenAIRealtimeBase:reasoning-effort:
   *
   * How much a model that reasons thinks before it speaks: `minimal`, `low`,
   * `medium`, `high` or `xhigh`. More takes longer. Not sent when unset; models
   * that do not reason refuse it.
   *
   * Since: 0.1
   */
  { "reasoning-effort", "Reasoning effort",
      "How much the model thinks before it speaks (minimal, low, medium, high, "
      "xhigh)",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_IF_SET,
      "reasoning.effort" },
  /**
   * GstOpenAIRealtimeBase:truncation:
   *
   * What happens when the conversation outgrows the model's context: `auto` drops
   * the oldest of it, `disabled` makes it an error, and a JSON object says how
   * much is kept.
   *
   * |[
   * truncation='{"type":"retention_ratio","retention_ratio":0.8}'
   * ]|
   *
   * Since: 0.1
   */
  { "truncation", "Truncation",
      "auto, disabled or a JSON object that says how much of a conversation that "
      "is too long is kept",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_WORD_OR_OBJECT,
      "truncation" },
  /**
   * GstOpenAIRealtimeBase:tracing:
   *
   * Whether the service keeps a trace of the session, for its traces dashboard:
   * `auto`, or a JSON object with `workflow_name`, `group_id` and `metadata`. The
   * service lets nobody change it once it is on.
   *
   * Since: 0.1
   */
  { "tracing", "Tracing",
      "auto, or a JSON object that says what the service calls its trace",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_WORD_OR_OBJECT,
      "tracing" },
  /**
   * GstOpenAIRealtimeBase:prompt:
   *
   * A prompt that is stored with the service: its id, or a JSON object with `id`,
   * `version` and `variables`.
   *
   * Since: 0.1
   */
  { "prompt", "Prompt",
      "Id of a stored prompt, or a JSON object with its version and variables",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL, "prompt" },
  /**
   * GstOpenAIRealtimeBase:temperature:
   *
   * Sampling temperature. OpenAI's present API has no such field; it is sent
   * only when set, for older compatible servers.
   *
   * Since: 0.1
   */
  { "temperature", "Temperature",
      "Sampling temperature, for older compatible servers; sent only when set",
      DOUBLE (0.0, 2.0, 0.8), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_IF_SET,
      "temperature" },
  /**
   * GstOpenAIRealtimeBase:tools:
   *
   * JSON array of the tools that the model may call. Calls arrive with
   * #GstOpenAIRealtimeBase::function-call.
   *
   * |[
   * tools='[{"type":"function","name":"get_time","parameters":{"type":"object","properties":{}}}]'
   * ]|
   *
   * Since: 0.1
   */
  { "tools", "Tools", "JSON array of the tools that the model may call",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL,
      "tools" },
  /**
   * GstOpenAIRealtimeBase:tool-choice:
   *
   * `auto`, `none`, `required`, or a JSON object that names one tool.
   *
   * Since: 0.1
   */
  { "tool-choice", "Tool choice",
      "auto, none, required or a JSON object that names one tool",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_WORD_OR_OBJECT,
      "tool_choice" },
  /**
   * GstOpenAIRealtimeBase:parallel-tool-calls:
   *
   * Whether one answer may call several tools. Sent only when set; models that do
   * not reason refuse it.
   *
   * Since: 0.1
   */
  { "parallel-tool-calls", "Parallel tool calls",
      "Whether one answer may call several tools; sent only when set",
      BOOLEAN (TRUE), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_IF_SET,
      "parallel_tool_calls" },
  /**
   * GstOpenAIRealtimeBase:tool-command:
   *
   * Program that answers function calls: it is run for each call that no handler
   * of #GstOpenAIRealtimeBase::function-call has answered, in parallel. Off by
   * default. The value is split into words like a shell does it, but no shell is
   * involved. The program gets
   *
   * - the name of the function as its last argument and in the environment
   *   variable `OPENAI_FUNCTION_NAME`, the id of the call in `OPENAI_CALL_ID`;
   * - the arguments as JSON on its standard input.
   *
   * What it writes to its standard output, without line breaks at the end, is the
   * output of the function. Its standard error goes to the debug log,
   * `GST_DEBUG=openairealtimetools:6`. When it cannot be started, ends with
   * another status than 0, takes longer than
   * #GstOpenAIRealtimeBase:tool-timeout, writes more than
   * #GstOpenAIRealtimeBase:tool-max-output or something else than UTF-8 text, the
   * model gets a JSON object with an `error` instead, and a warning is posted. How
   * each call ended is posted as `openairealtime-tool`. What still runs when the
   * call to the server ends is killed.
   *
   * Whoever speaks to the model may make it call any function with any arguments:
   * the program must not trust them. Names are letters, digits, `_` and `-`, and
   * do not begin with `-`; others are refused. `OPENAI_API_KEY` is not in its
   * environment.
   *
   * |[
   * gst-launch-1.0 ... ! openairealtime tools='[{"type":"function","name":"get_time"}]' tool-command="python3 tools.py" ! ...
   * ]|
   *
   * Since: 0.1
   */
  { "tool-command", "Tool command",
      "Program that answers function calls: name as last argument, arguments on "
      "stdin, output on stdout",
      STRING (NULL), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:tool-timeout:
   *
   * Milliseconds after which a program of #GstOpenAIRealtimeBase:tool-command is
   * killed, 0 for never. End of stream waits for what runs, whatever
   * #GstOpenAIRealtimeBase:drain-timeout says.
   *
   * Since: 0.1
   */
  { "tool-timeout", "Tool timeout",
      "Time that a program of tool-command has, in milliseconds (0 = any)",
      UINT (0, G_MAXINT, 30000), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:tool-max-output:
   *
   * Most bytes that a program of #GstOpenAIRealtimeBase:tool-command may write. The
   * model reads, and the account pays for, all of them, in this and in each later
   * response.
   *
   * Since: 0.1
   */
  { "tool-max-output", "Tool max output",
      "Most bytes that a program of tool-command may write",
      UINT (1, 131072, 16384), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:tool-filler:
   *
   * What the model is told to say when a function takes long: these are the
   * instructions of a short response, once for all calls of a response. It is asked
   * for only when nobody speaks, and the real answer waits for its end. Unset:
   * silence.
   *
   * |[
   * tool-filler="Say that you are looking it up, in at most five words."
   * ]|
   *
   * Since: 0.1
   */
  { "tool-filler", "Tool filler",
      "What the model is told to say while a function takes long (unset: "
      "silence)",
      STRING (NULL), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:tool-filler-delay:
   *
   * Milliseconds that a function call is open before
   * #GstOpenAIRealtimeBase:tool-filler is said.
   *
   * Since: 0.1
   */
  { "tool-filler-delay", "Tool filler delay",
      "Time before tool-filler is said, in milliseconds",
      UINT (0, 600000, 1500), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:session-config:
   *
   * JSON object merged into the session object last, over what the other
   * properties say. A field that the service adds tomorrow can be used today.
   *
   * |[
   * session-config='{"reasoning":{"effort":"low"}}'
   * ]|
   *
   * Since: 0.1
   */
  { "session-config", "Session config",
      "JSON object merged into the session configuration last",
      STRING (NULL), GST_OAI_MUTABLE_UPDATE, READABLE, SEND_SPECIAL, NULL },
  /**
   * GstOpenAIRealtimeBase:interrupt-mode:
   *
   * What happens to the answer being played when the user speaks over it.
   *
   * Since: 0.1
   */
  { "interrupt-mode", "Interrupt mode",
      "What happens to the answer when the user speaks over it",
      ENUM (gst_openai_realtime_interrupt_mode_get_type,
          GST_OPENAI_REALTIME_INTERRUPT_MODE_DROP), GST_OAI_MUTABLE_LOCAL,
      READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:local-interrupt:
   *
   * Whether the answer is lowered as soon as the input seems to have speech,
   * within 60 ms, before the server has noticed. When the server agrees, the
   * answer is interrupted as always; when it does not within 0.8 s, the answer
   * is raised again, and no word of it is lost. Only for inputs without echo:
   * headsets, or behind an echo canceller.
   *
   * |[
   * gst-launch-1.0 pulsesrc ! openairealtime local-interrupt=duck ! pulsesink
   * ]|
   *
   * Since: 0.1
   */
  { "local-interrupt", "Local interrupt",
      "What the answer does when the input seems to have speech",
      ENUM (gst_openai_realtime_local_interrupt_get_type,
          GST_OPENAI_REALTIME_LOCAL_INTERRUPT_NONE), GST_OAI_MUTABLE_LOCAL,
      READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:eos-mode:
   *
   * What end of stream on the input means. By default end of stream leaves the
   * element when the answer to the last words has been played out and, with
   * #GstOpenAIRealtimeBase:input-transcription-model, they are written down. Set
   * after the input has ended, it holds at once.
   *
   * Since: 0.1
   */
  { "eos-mode", "EOS mode", "What end of stream on the input means",
      ENUM (gst_openai_realtime_eos_mode_get_type,
          GST_OPENAI_REALTIME_EOS_MODE_DRAIN), GST_OAI_MUTABLE_LOCAL,
      READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:idle-output:
   *
   * What leaves the source pad between answers. `silence` keeps sinks, mixers
   * and muxers running; `none` suits files that shall hold the answer only.
   *
   * Since: 0.1
   */
  { "idle-output", "Idle output",
      "What leaves the source pad between answers",
      ENUM (gst_openai_realtime_idle_output_get_type,
          GST_OPENAI_REALTIME_IDLE_OUTPUT_SILENCE), GST_OAI_MUTABLE_LOCAL,
      READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:drain-timeout:
   *
   * Longest wait, in milliseconds without any sign of progress, for the answer
   * after end of stream.
   *
   * Since: 0.1
   */
  { "drain-timeout", "Drain timeout",
      "Longest wait without progress for the answer after end of stream, in "
      "milliseconds",
      UINT (0, G_MAXINT, 30000), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:response-timeout:
   *
   * Longest wait for an answer, in milliseconds, from the end of the user's turn,
   * or the request for a response, to the first of it; 0 for none. When it is
   * over a warning is posted, and the session goes on: the answer may still come.
   *
   * Since: 0.1
   */
  { "response-timeout", "Response timeout",
      "Longest wait for an answer before a warning, in milliseconds (0 = none)",
      UINT (0, G_MAXINT, 10000), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:max-cost:
   *
   * What a session may cost, in US dollars, by the prices of
   * #GstOpenAIRealtimeBase:price-table; 0 for no limit. The server says after each
   * response what it used: the one that reaches the limit is finished and played,
   * and no other one begins. Then the session ends: the message
   * `openairealtime-ended` says why, the call is hung up, and end of stream leaves
   * the element.
   *
   * |[
   * gst-launch-1.0 -m autoaudiosrc ! openairealtime max-cost=0.50 ! autoaudiosink
   * ]|
   *
   * Since: 0.1
   */
  { "max-cost", "Maximum cost",
      "What a session may cost, in US dollars (0 = no limit)",
      DOUBLE (0.0, 1000000.0, 0.0), GST_OAI_MUTABLE_LOCAL, READABLE,
      SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:max-duration:
   *
   * How long a session may last, in milliseconds from the connect on; 0 for no
   * limit. What the user has said by then is still answered; the input counts as
   * silence. Then the session ends as with #GstOpenAIRealtimeBase:max-cost.
   *
   * Since: 0.1
   */
  { "max-duration", "Maximum duration",
      "How long a session may last, in milliseconds (0 = no limit)",
      UINT (0, G_MAXINT, 0), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:max-idle:
   *
   * How long nobody may talk, in milliseconds; 0 for no limit. The user's speech,
   * the model's answers, open function calls and what the application sends
   * count; what the model says by itself, see
   * #GstOpenAIRealtimeBase:vad-idle-timeout, does not. Then the session ends as
   * with #GstOpenAIRealtimeBase:max-cost.
   *
   * Since: 0.1
   */
  { "max-idle", "Maximum idle time",
      "How long nobody may talk, in milliseconds (0 = no limit)",
      UINT (0, G_MAXINT, 0), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:price-table:
   *
   * JSON file with prices of models, instead of those that are built in. Those
   * have a date and grow old; a copy of them is installed as
   * `share/gst-openai-realtime/prices.json` and shows the format. For each model
   * `per-million-tokens` has prices in US dollars of `text`, `audio` and `image`,
   * as `input`, `cached-input` and `output`; a transcription may have
   * `per-minute` instead. What a model without a price uses is counted and costs
   * nothing; it is said once, as a warning when this property or
   * #GstOpenAIRealtimeBase:max-cost is set. The file is read at each connect.
   *
   * Since: 0.1
   */
  { "price-table", "Price table",
      "JSON file with the prices of models (unset: those that are built in)",
      STRING (NULL), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:mute:
   *
   * Whether silence is sent instead of the input.
   *
   * Since: 0.1
   */
  { "mute", "Mute", "Whether silence is sent instead of the input",
      BOOLEAN (FALSE), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:max-turn-latency:
   *
   * Milliseconds from the end of the user's speech until the answer is heard.
   * When a turn takes longer, and the one before it did not, a WARNING says so,
   * with the shares of network, detection, inference, playout and device in its
   * details. 0: never.
   *
   * |[
   * gst-launch-1.0 -m pulsesrc ! openairealtime max-turn-latency=1500 ! pulsesink
   * ]|
   *
   * Since: 0.1
   */
  { "max-turn-latency", "Maximum turn latency",
      "Time until an answer is heard that is worth a warning, in milliseconds "
      "(0: none)",
      UINT (0, 600000, 0), GST_OAI_MUTABLE_LOCAL, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:preroll-time:
   *
   * Milliseconds of the newest live audio that are kept while connecting and
   * sent first. Files wait instead and lose nothing.
   *
   * Since: 0.1
   */
  { "preroll-time", "Preroll time",
      "Newest live audio that is kept while connecting, in milliseconds",
      UINT (0, 10000, 500), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:frame-size:
   *
   * Length of one Opus frame on the wire in milliseconds: 10, 20, 40 or 60.
   *
   * Every server takes 20. Servers on aiortc before 1.12 take nothing else: at
   * the first packet of another length their decoder ends, and they hear nothing
   * more. Nothing in their answers says so.
   *
   * Since: 0.1
   */
  { "frame-size", "Frame size",
      "Length of an Opus frame on the wire in milliseconds (10, 20, 40, 60)",
      UINT (10, 60, 20), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
  /**
   * GstOpenAIRealtimeBase:bitrate:
   *
   * Bits per second of the Opus stream to the server.
   *
   * Since: 0.1
   */
  { "bitrate", "Bitrate", "Bits per second of the audio sent",
      UINT (6000, 256000, 48000), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER,
      NULL },
  /**
   * GstOpenAIRealtimeBase:complexity:
   *
   * How much computing the Opus encoder may do, from 0 to 10. 5 takes half the
   * time of 10, and speech at the default bitrate does not tell them apart; 0 to
   * 2 suit small machines.
   *
   * Since: 0.1
   */
  { "complexity", "Complexity", "How much the Opus encoder may compute",
      UINT (0, 10, 5), GST_OAI_MUTABLE_READY, READABLE, SEND_NEVER, NULL },
};
/* clang-format on */

G_STATIC_ASSERT (G_N_ELEMENTS (specs) == GST_OAI_SETTING_LAST);

/* Each stalls with a probability of about 1/4 when 5 % of all packets are lost
 * each way. */
#define DEFAULT_CONNECT_ATTEMPTS 3

struct _GstOaiSettings {
  GValue values[GST_OAI_SETTING_LAST];
  gboolean set[GST_OAI_SETTING_LAST];
};

const SettingSpec *
gst_oai_setting_spec (GstOaiSetting setting)
{
  return &specs[setting];
}

const GValue *
gst_oai_settings_value (const GstOaiSettings *self, GstOaiSetting setting)
{
  return &self->values[setting];
}

static GType
setting_type (const SettingSpec *spec)
{
  switch (spec->kind) {
    case KIND_STRING:
      return G_TYPE_STRING;
    case KIND_UINT:
      return G_TYPE_UINT;
    case KIND_DOUBLE:
      return G_TYPE_DOUBLE;
    case KIND_BOOLEAN:
      return G_TYPE_BOOLEAN;
    case KIND_ENUM:
      return spec->enum_type ();
    case KIND_STRUCTURE:
      return GST_TYPE_STRUCTURE;
  }
  g_return_val_if_reached (G_TYPE_INVALID);
}

static void
setting_init_default (const SettingSpec *spec, GValue *value)
{
  g_value_init (value, setting_type (spec));
  switch (spec->kind) {
    case KIND_STRING:
      g_value_set_string (value, spec->initial_string);
      break;
    case KIND_UINT:
      g_value_set_uint (value, (guint) spec->initial);
      break;
    case KIND_DOUBLE:
      g_value_set_double (value, spec->initial);
      break;
    case KIND_BOOLEAN:
      g_value_set_boolean (value, spec->initial != 0);
      break;
    case KIND_ENUM:
      g_value_set_enum (value, (gint) spec->initial);
      break;
    case KIND_STRUCTURE:
      break;
  }
}

GstOaiSettings *
gst_oai_settings_new (void)
{
  GstOaiSettings *self = g_new0 (GstOaiSettings, 1);
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++)
    setting_init_default (&specs[i], &self->values[i]);

  return self;
}

GstOaiSettings *
gst_oai_settings_copy (const GstOaiSettings *self)
{
  GstOaiSettings *copy = gst_oai_settings_new ();
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++)
    g_value_copy (&self->values[i], &copy->values[i]);
  memcpy (copy->set, self->set, sizeof (copy->set));

  return copy;
}

void
gst_oai_settings_free (GstOaiSettings *self)
{
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++)
    g_value_unset (&self->values[i]);
  g_free (self);
}

void
gst_oai_settings_install_properties (GObjectClass *klass)
{
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    const SettingSpec *spec = &specs[i];
    GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_WRITABLE;
    GParamSpec *pspec = NULL;

    if (!spec->write_only)
      flags |= G_PARAM_READABLE;
    if (spec->mutability == GST_OAI_MUTABLE_READY)
      flags |= GST_PARAM_MUTABLE_READY;
    else
      flags |= GST_PARAM_MUTABLE_PLAYING;

    switch (spec->kind) {
      case KIND_STRING:
        pspec = g_param_spec_string (
            spec->name, spec->nick, spec->blurb, spec->initial_string, flags);
        break;
      case KIND_UINT:
        pspec = g_param_spec_uint (spec->name, spec->nick, spec->blurb,
            (guint) spec->min, (guint) spec->max, (guint) spec->initial, flags);
        break;
      case KIND_DOUBLE:
        pspec = g_param_spec_double (spec->name, spec->nick, spec->blurb,
            spec->min, spec->max, spec->initial, flags);
        break;
      case KIND_BOOLEAN:
        pspec = g_param_spec_boolean (
            spec->name, spec->nick, spec->blurb, spec->initial != 0, flags);
        break;
      case KIND_ENUM:
        pspec = g_param_spec_enum (spec->name, spec->nick, spec->blurb,
            spec->enum_type (), (gint) spec->initial, flags);
        break;
      case KIND_STRUCTURE:
        pspec = g_param_spec_boxed (
            spec->name, spec->nick, spec->blurb, GST_TYPE_STRUCTURE, flags);
        break;
    }
    g_object_class_install_property (klass, i + 1, pspec);
  }
}

const gchar *
gst_oai_setting_name (GstOaiSetting setting)
{
  g_return_val_if_fail (setting < GST_OAI_SETTING_LAST, NULL);
  return specs[setting].name;
}

GstOaiMutability
gst_oai_setting_mutability (GstOaiSetting setting)
{
  g_return_val_if_fail (setting < GST_OAI_SETTING_LAST, GST_OAI_MUTABLE_READY);
  return specs[setting].mutability;
}

void
gst_oai_settings_set (
    GstOaiSettings *self, GstOaiSetting setting, const GValue *value)
{
  g_return_if_fail (setting < GST_OAI_SETTING_LAST);

  g_value_copy (value, &self->values[setting]);
  /* NULL takes a string or a structure back. */
  if (G_VALUE_HOLDS_STRING (value))
    self->set[setting] = g_value_get_string (value) != NULL;
  else if (G_VALUE_HOLDS_BOXED (value))
    self->set[setting] = g_value_get_boxed (value) != NULL;
  else
    self->set[setting] = TRUE;
}

void
gst_oai_settings_get (
    const GstOaiSettings *self, GstOaiSetting setting, GValue *value)
{
  g_return_if_fail (setting < GST_OAI_SETTING_LAST);

  g_value_copy (&self->values[setting], value);
}

gboolean
gst_oai_settings_is_set (const GstOaiSettings *self, GstOaiSetting setting)
{
  return self->set[setting];
}

void
gst_oai_settings_restore (
    GstOaiSettings *self, const GstOaiSettings *other, GstOaiSetting setting)
{
  g_return_if_fail (setting < GST_OAI_SETTING_LAST);

  g_value_copy (&other->values[setting], &self->values[setting]);
  self->set[setting] = other->set[setting];
}

gboolean
gst_oai_settings_equal (const GstOaiSettings *self, const GstOaiSettings *other,
    GstOaiSetting setting)
{
  g_return_val_if_fail (setting < GST_OAI_SETTING_LAST, FALSE);

  return self->set[setting] == other->set[setting]
      && gst_value_compare (&self->values[setting], &other->values[setting])
      == GST_VALUE_EQUAL;
}

/* Where a setting stands in the session object; NULL for those that do not. */
static gchar *
full_path (const SettingSpec *spec)
{
  switch (spec->send) {
    case SEND_NEVER:
      return NULL;
    case SEND_SERVER_VAD:
    case SEND_SEMANTIC_VAD:
    case SEND_ANY_VAD:
    case SEND_VAD_SPECIAL:
      return g_strconcat (
          specs[GST_OAI_SETTING_TURN_DETECTION].path, ".", spec->path, NULL);
    case SEND_TRANSCRIPTION:
    case SEND_TRANSCRIPTION_LIST:
      return g_strconcat (specs[GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL].path,
          ".", spec->path, NULL);
    default:
      return g_strdup (spec->path);
  }
}

GstOaiSetting
gst_oai_setting_of_param (const gchar *param)
{
  GstOaiSetting best = GST_OAI_SETTING_LAST;
  gsize length = 0;
  guint i;

  if (param == NULL || !g_str_has_prefix (param, "session."))
    return GST_OAI_SETTING_LAST;
  param += strlen ("session.");
  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    g_autofree gchar *path = full_path (&specs[i]);
    gsize n = path ? strlen (path) : 0;

    /* The longest that it begins with: "tools[0].name" is about "tools". */
    if (n > length && strncmp (param, path, n) == 0
        && (param[n] == '\0' || param[n] == '.' || param[n] == '[')) {
      best = i;
      length = n;
    }
  }
  return best;
}

const GstStructure *
gst_oai_settings_structure (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_boxed (&self->values[setting]);
}

const gchar *
gst_oai_settings_string (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_string (&self->values[setting]);
}

guint
gst_oai_settings_uint (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_uint (&self->values[setting]);
}

gint
gst_oai_settings_enum (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_enum (&self->values[setting]);
}

gdouble
gst_oai_settings_double (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_double (&self->values[setting]);
}

gboolean
gst_oai_settings_boolean (const GstOaiSettings *self, GstOaiSetting setting)
{
  return g_value_get_boolean (&self->values[setting]);
}

static gboolean
values_equal (const GValue *a, const GValue *b)
{
  if (G_VALUE_HOLDS_STRING (a))
    return g_strcmp0 (g_value_get_string (a), g_value_get_string (b)) == 0;

  return gst_value_compare (a, b) == GST_VALUE_EQUAL;
}

void
gst_oai_settings_merge (
    GstOaiSettings *self, const GstOaiSettings *other, GPtrArray *conflicts)
{
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    if (!gst_oai_settings_is_set (other, i))
      continue;
    if (!gst_oai_settings_is_set (self, i))
      gst_oai_settings_set (self, i, &other->values[i]);
    else if (conflicts && !values_equal (&self->values[i], &other->values[i]))
      g_ptr_array_add (conflicts, (gpointer) specs[i].name);
  }
}

/* Where the call goes: the property, the environment, the default. */
static const gchar *
effective_base_url (const GstOaiSettings *self)
{
  const gchar *url = gst_oai_settings_string (self, GST_OAI_SETTING_BASE_URL);

  if (url == NULL || *url == '\0')
    url = g_getenv ("OPENAI_BASE_URL");
  if (url == NULL || *url == '\0')
    url = GST_OAI_DEFAULT_BASE_URL;

  return url;
}

static gboolean
host_is_loopback (const gchar *host)
{
  g_autoptr (GInetAddress) address = NULL;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);

  return address != NULL && g_inet_address_get_is_loopback (address);
}

static GstOaiError *
invalid (GstOaiSetting setting, const gchar *reason)
{
  g_autofree gchar *text = NULL;
  GstOaiError *error;

  /* Translators: the first %s is the name of a property. */
  text = g_strdup_printf (
      _ ("Property “%s” is not usable: %s"), specs[setting].name, reason);
  error = gst_oai_error_because ("unusable-setting",
      gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_SETTINGS, text, "%s", specs[setting].name));
  gst_structure_set (
      error->details, "property", G_TYPE_STRING, specs[setting].name, NULL);

  return error;
}

JsonNode *
gst_oai_settings_parse (
    const GstOaiSettings *self, GstOaiSetting setting, GError **error)
{
  const gchar *text = gst_oai_settings_string (self, setting);
  g_autoptr (JsonParser) parser = NULL;

  if (text == NULL || *text == '\0')
    return NULL;
  if (!gst_oai_json_scan (text, strlen (text), GST_OAI_JSON_MAX_SIZE, error))
    return NULL;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, -1, error))
    return NULL;

  return json_parser_steal_root (parser);
}

static GstOaiError *
validate_json (
    const GstOaiSettings *self, GstOaiSetting setting, JsonNodeType type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gst_oai_settings_parse (self, setting, &error);

  if (error)
    return invalid (setting, error->message);
  if (node && JSON_NODE_TYPE (node) != type)
    return invalid (setting,
        type == JSON_NODE_ARRAY ? _ ("it must be a JSON array")
                                : _ ("it must be a JSON object"));

  return NULL;
}

gboolean
gst_oai_setting_is_object_text (const gchar *text)
{
  return *text == '{' || *text == '[' || *text == '"'
      || g_ascii_isspace (*text);
}

static GstOaiError *
validate_word_or_object (const GstOaiSettings *self, GstOaiSetting setting)
{
  const gchar *text = gst_oai_settings_string (self, setting);

  if (text == NULL || *text == '\0' || !gst_oai_setting_is_object_text (text))
    return NULL;
  return validate_json (self, setting, JSON_NODE_OBJECT);
}

static GstOaiError *
validate_file (const GstOaiSettings *self, GstOaiSetting setting)
{
  const gchar *path = gst_oai_settings_string (self, setting);
  g_autofree gchar *reason = NULL;

  if (path == NULL || g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  /* Translators: %s is the name of a file. */
  reason = g_strdup_printf (_ ("there is no file “%s”"), path);

  return invalid (setting, reason);
}

GstOaiPrices *
gst_oai_settings_to_prices (const GstOaiSettings *self, GstOaiError **error)
{
  g_autoptr (GError) reason = NULL;
  GstOaiPrices *prices = gst_oai_prices_load (
      gst_oai_settings_string (self, GST_OAI_SETTING_PRICE_TABLE), &reason);

  if (prices == NULL)
    *error = invalid (GST_OAI_SETTING_PRICE_TABLE, reason->message);

  return prices;
}

static GstOaiError *
validate_price_table (const GstOaiSettings *self)
{
  GstOaiError *error = NULL;
  g_autoptr (GstOaiPrices) prices = gst_oai_settings_to_prices (self, &error);

  return error;
}

static GstOaiError *
validate_command (const GstOaiSettings *self, GstOaiSetting setting)
{
  const gchar *text = gst_oai_settings_string (self, setting);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (text == NULL || *text == '\0'
      || g_shell_parse_argv (text, NULL, &argv, &error))
    return NULL;
  return invalid (setting, error->message);
}

static gboolean
has_control_character (const gchar *text)
{
  for (; *text; text++) {
    if ((guchar) *text < 0x20 || (guchar) *text == 0x7f)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_header_name (const gchar *name)
{
  const gchar *p;

  for (p = name; *p; p++) {
    if (!g_ascii_isalnum (*p) && strchr ("!#$%&'*+-.^_`|~", *p) == NULL)
      return FALSE;
  }
  return p > name;
}

/* Whether a header is ours, or the HTTP library's, alone. */
static gboolean
is_reserved_header (const gchar *name)
{
  static const gchar *const names[] = { "authorization", "host", "cookie",
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    "expect", "accept", "accept-encoding" };
  static const gchar *const prefixes[] = { "content-", "proxy-" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return TRUE;
  }
  for (i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    if (g_ascii_strncasecmp (prefixes[i], name, strlen (prefixes[i])) == 0)
      return TRUE;
  }
  return FALSE;
}

/* The value of a field of extra-headers as text, NULL when it cannot be a
 * header's. */
static gchar *
header_value (const GstStructure *headers, const gchar *name)
{
  const GValue *value = gst_structure_get_value (headers, name);
  g_auto (GValue) text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  if (!g_type_is_a (G_VALUE_TYPE (value), G_TYPE_STRING)
      && !g_type_is_a (G_VALUE_TYPE (value), G_TYPE_INT)
      && !g_type_is_a (G_VALUE_TYPE (value), G_TYPE_INT64)
      && !g_type_is_a (G_VALUE_TYPE (value), G_TYPE_BOOLEAN))
    return NULL;
  if (!g_value_transform (value, &text) || g_value_get_string (&text) == NULL
      || has_control_character (g_value_get_string (&text)))
    return NULL;

  return g_value_dup_string (&text);
}

/* Never with the value in it. */
static GstOaiError *
validate_headers (const GstOaiSettings *self)
{
  const GstStructure *headers = gst_oai_settings_structure (
      self, GST_OAI_SETTING_EXTRA_HEADERS);
  gint i, n = headers ? gst_structure_n_fields (headers) : 0;

  for (i = 0; i < n; i++) {
    const gchar *name = gst_structure_nth_field_name (headers, i);
    g_autofree gchar *value = NULL;
    g_autofree gchar *reason = NULL;

    if (!is_header_name (name))
      return invalid (GST_OAI_SETTING_EXTRA_HEADERS,
          _ ("a name in it cannot be that of a header"));
    if (is_reserved_header (name)) {
      /* Translators: %s is the name of a header. */
      reason = g_strdup_printf (_ ("“%s” cannot be set"), name);
      return invalid (GST_OAI_SETTING_EXTRA_HEADERS, reason);
    }
    value = header_value (headers, name);
    if (value == NULL) {
      /* Translators: %s is the name of a header. */
      reason = g_strdup_printf (_ ("“%s” has an unusable value"), name);
      return invalid (GST_OAI_SETTING_EXTRA_HEADERS, reason);
    }
  }
  return NULL;
}

/* Headers of all requests: name and value in turn, NULL for none. */
static gchar **
make_headers (const GstOaiSettings *self)
{
  static const GstOaiSetting single[] = { GST_OAI_SETTING_ORGANIZATION,
    GST_OAI_SETTING_PROJECT, GST_OAI_SETTING_SAFETY_IDENTIFIER };
  const GstStructure *extra = gst_oai_settings_structure (
      self, GST_OAI_SETTING_EXTRA_HEADERS);
  gint n = extra ? gst_structure_n_fields (extra) : 0;
  GPtrArray *headers = g_ptr_array_new ();
  gint i;

  for (i = 0; i < n; i++) {
    const gchar *name = gst_structure_nth_field_name (extra, i);

    g_ptr_array_add (headers, g_strdup (name));
    g_ptr_array_add (headers, header_value (extra, name));
  }
  /* Last: a property of its own counts more. */
  for (i = 0; i < (gint) G_N_ELEMENTS (single); i++) {
    const gchar *value = gst_oai_settings_string (self, single[i]);

    if (value == NULL || *value == '\0')
      continue;
    g_ptr_array_add (headers, g_strdup (specs[single[i]].path));
    g_ptr_array_add (headers, g_strdup (value));
  }
  g_ptr_array_add (headers, NULL);

  return (gchar **) g_ptr_array_free (headers, FALSE);
}

/* A credential goes into a header: a line break in it would forge one. */
static GstOaiError *
validate_credential (const GstOaiSettings *self, GstOaiSetting setting)
{
  const gchar *text = gst_oai_settings_string (self, setting);

  if (text && has_control_character (text))
    return invalid (setting, _ ("it contains a control character"));
  return NULL;
}

/* Whether a query names or holds a credential. An address can be read, logged and
 * dumped. */
static gboolean
query_has_credential (const gchar *query)
{
  static const gchar *const parts[] = { "key", "token", "secret", "pass",
    "auth", "credential", "signature" };
  static const gchar *const names[] = { "sig", "code", "jwt", "sas", "pwd" };
  g_auto (GStrv) pairs = g_strsplit_set (query, "&;", -1);
  guint i, j;

  for (i = 0; pairs[i]; i++) {
    const gchar *equals = strchr (pairs[i], '=');
    g_autofree gchar *value = equals ? g_uri_unescape_string (equals + 1, NULL)
                                     : NULL;
    g_autofree gchar *name = g_uri_unescape_segment (pairs[i], equals, NULL);
    g_autoptr (GString) plain = g_string_new (NULL);
    const gchar *p;

    /* No sense in what cannot be read. */
    if (name == NULL || (equals && value == NULL))
      return TRUE;
    for (p = name; *p; p++) {
      if (g_ascii_isalnum (*p))
        g_string_append_c (plain, g_ascii_tolower (*p));
    }
    for (j = 0; j < G_N_ELEMENTS (parts); j++) {
      if (strstr (plain->str, parts[j]))
        return TRUE;
    }
    for (j = 0; j < G_N_ELEMENTS (names); j++) {
      if (g_str_equal (plain->str, names[j]))
        return TRUE;
    }
    /* Whatever it is called. */
    if (value
        && (g_str_has_prefix (value, "sk-") || g_str_has_prefix (value, "ek_")
            || g_ascii_strncasecmp (value, "bearer", 6) == 0))
      return TRUE;
  }
  return FALSE;
}

static GstOaiError *
validate_ice_server (const GstOaiSettings *self, GstOaiSetting setting,
    const gchar *(*get_problem) (const gchar *address))
{
  const gchar *address = gst_oai_settings_string (self, setting);
  const gchar *problem = is_nonempty (address) ? get_problem (address) : NULL;

  return problem ? invalid (setting, problem) : NULL;
}

static gboolean
is_tool_choice_word (const gchar *text)
{
  return g_str_equal (text, "auto") || g_str_equal (text, "none")
      || g_str_equal (text, "required");
}

GstOaiError *
gst_oai_settings_validate (const GstOaiSettings *self)
{
  const gchar *url = effective_base_url (self);
  const gchar *text;
  g_autoptr (GUri) uri = NULL;
  GstOaiError *error;
  guint value, i;
  static const GstOaiSetting utf8[] = { GST_OAI_SETTING_MODEL,
    GST_OAI_SETTING_TARGET_LANGUAGE, GST_OAI_SETTING_VOICE,
    GST_OAI_SETTING_INSTRUCTIONS, GST_OAI_SETTING_GREETING,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGE,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGES,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_KEYWORDS,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_PROMPT,
    GST_OAI_SETTING_INPUT_TRANSCRIPTION_DELAY, GST_OAI_SETTING_REASONING_EFFORT,
    GST_OAI_SETTING_TRUNCATION, GST_OAI_SETTING_TRACING, GST_OAI_SETTING_PROMPT,
    GST_OAI_SETTING_TOOL_FILLER };

  /* GLib's parser drops white space silently. */
  if (has_control_character (url) || strchr (url, ' ') != NULL)
    return invalid (GST_OAI_SETTING_BASE_URL,
        _ ("white space and control characters have no place in it"));
  /* GLib's own words may hold the whole of it, a password included. */
  uri = g_uri_parse (url, G_URI_FLAGS_ENCODED_QUERY, NULL);
  if (uri == NULL
      || (g_strcmp0 (g_uri_get_scheme (uri), "https") != 0
          && g_strcmp0 (g_uri_get_scheme (uri), "http") != 0)
      || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return invalid (GST_OAI_SETTING_BASE_URL,
        _ ("it must be an http:// or https:// address"));
  if (g_uri_get_userinfo (uri) || g_uri_get_fragment (uri))
    return invalid (GST_OAI_SETTING_BASE_URL,
        _ ("user names and fragments have no place in it"));
  if (g_uri_get_query (uri) && query_has_credential (g_uri_get_query (uri)))
    return invalid (GST_OAI_SETTING_BASE_URL,
        _ ("a key or a token has no place in its query; use “api-key-file”"));

  for (i = 0; i < G_N_ELEMENTS (utf8); i++) {
    text = gst_oai_settings_string (self, utf8[i]);
    if (text && !g_utf8_validate (text, -1, NULL))
      return invalid (utf8[i], _ ("it is not valid UTF-8"));
  }
  text = gst_oai_settings_string (self, GST_OAI_SETTING_MODEL);
  if (text == NULL || *text == '\0')
    return invalid (GST_OAI_SETTING_MODEL, _ ("it is empty"));

  value = gst_oai_settings_uint (self, GST_OAI_SETTING_VAD_IDLE_TIMEOUT);
  if (value != 0 && value < 5000)
    return invalid (GST_OAI_SETTING_VAD_IDLE_TIMEOUT,
        _ ("it must be 0 or from 5000 to 30000"));
  value = gst_oai_settings_uint (self, GST_OAI_SETTING_FRAME_SIZE);
  if (value != 10 && value != 20 && value != 40 && value != 60)
    return invalid (
        GST_OAI_SETTING_FRAME_SIZE, _ ("it must be 10, 20, 40 or 60"));

  if ((error = validate_credential (self, GST_OAI_SETTING_API_KEY))
      || (error = validate_credential (self, GST_OAI_SETTING_CLIENT_SECRET))
      || (error = validate_credential (self, GST_OAI_SETTING_ORGANIZATION))
      || (error = validate_credential (self, GST_OAI_SETTING_PROJECT))
      || (error = validate_credential (self, GST_OAI_SETTING_SAFETY_IDENTIFIER))
      || (error = validate_headers (self))
      || (error = validate_file (self, GST_OAI_SETTING_API_KEY_FILE))
      || (error = validate_file (self, GST_OAI_SETTING_TLS_CA_FILE))
      || (error = validate_ice_server (
              self, GST_OAI_SETTING_STUN_SERVER, gst_oai_stun_server_problem))
      || (error = validate_ice_server (
              self, GST_OAI_SETTING_TURN_SERVER, gst_oai_turn_server_problem))
      || (error = validate_price_table (self))
      || (error = validate_json (self, GST_OAI_SETTING_TOOLS, JSON_NODE_ARRAY))
      || (error = validate_json (
              self, GST_OAI_SETTING_SESSION_CONFIG, JSON_NODE_OBJECT))
      || (error = validate_word_or_object (self, GST_OAI_SETTING_TRUNCATION))
      || (error = validate_word_or_object (self, GST_OAI_SETTING_TRACING))
      || (error = validate_word_or_object (self, GST_OAI_SETTING_PROMPT)))
    return error;

  if ((error = validate_command (self, GST_OAI_SETTING_TOOL_COMMAND)))
    return error;

  text = gst_oai_settings_string (self, GST_OAI_SETTING_TOOL_CHOICE);
  if (is_nonempty (text) && !is_tool_choice_word (text))
    return validate_json (self, GST_OAI_SETTING_TOOL_CHOICE, JSON_NODE_OBJECT);

  return NULL;
}

GstOaiError *
gst_oai_settings_check_credential (const GstOaiSettings *self)
{
  if (!g_str_has_prefix (effective_base_url (self), "https://api.openai.com"))
    return NULL;
  if (is_nonempty (gst_oai_settings_string (self, GST_OAI_SETTING_API_KEY))
      || is_nonempty (
          gst_oai_settings_string (self, GST_OAI_SETTING_API_KEY_FILE))
      || is_nonempty (
          gst_oai_settings_string (self, GST_OAI_SETTING_CLIENT_SECRET))
      || is_nonempty (g_getenv ("OPENAI_API_KEY")))
    return NULL;

  return gst_oai_error_because ("no-credential",
      gst_oai_error_new (GST_OAI_ERROR_FATAL, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          _ ("No API key: set OPENAI_API_KEY or the property “api-key-file”"),
          "no credential for %s", GST_OAI_DEFAULT_BASE_URL));
}

/* First line of the key file, without white space around it. */
static gchar *
read_key_file (const gchar *path, GstOaiError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) file_error = NULL;
  gsize size = 0;
  gchar *end;

  if (!g_file_get_contents (path, &text, &size, &file_error)) {
    *error = invalid (GST_OAI_SETTING_API_KEY_FILE, file_error->message);
    return NULL;
  }
  end = strpbrk (text, "\r\n");
  if (end)
    *end = '\0';
  g_strstrip (text);
  if (*text == '\0' || has_control_character (text))
    *error = invalid (
        GST_OAI_SETTING_API_KEY_FILE, _ ("its first line is not a key"));

  return *error ? NULL : g_steal_pointer (&text);
}

static gchar *
dup_nonempty (const GstOaiSettings *self, GstOaiSetting setting)
{
  const gchar *text = gst_oai_settings_string (self, setting);

  return is_nonempty (text) ? g_strdup (text) : NULL;
}

GstOaiCall *
gst_oai_settings_to_call (const GstOaiSettings *self, GstOaiError **error)
{
  g_autoptr (GstOaiCall) call = gst_oai_call_new ();
  g_autoptr (GUri) uri = NULL;
  JsonObject *session;
  const gchar *url = effective_base_url (self), *key, *file;
  gboolean in_clear;
  gsize query, length;

  query = strcspn (url, "?");
  for (length = query; length > 0 && url[length - 1] == '/'; length--)
    ;
  call->base_url = g_strdup_printf ("%.*s%s", (gint) length, url, url + query);
  uri = g_uri_parse (call->base_url, G_URI_FLAGS_NONE, NULL);
  in_clear = uri && g_strcmp0 (g_uri_get_scheme (uri), "https") != 0
      && !host_is_loopback (g_uri_get_host (uri));

  key = gst_oai_settings_string (self, GST_OAI_SETTING_API_KEY);
  file = gst_oai_settings_string (self, GST_OAI_SETTING_API_KEY_FILE);
  if (is_nonempty (key)) {
    call->api_key = g_strdup (key);
  } else if (is_nonempty (file)) {
    call->api_key = read_key_file (file, error);
    if (call->api_key == NULL)
      return NULL;
  } else if (!in_clear && is_nonempty (g_getenv ("OPENAI_API_KEY"))) {
    /* The environment's key was meant for OpenAI: it does not travel in the
     * clear to wherever base-url points. */
    call->api_key = g_strdup (g_getenv ("OPENAI_API_KEY"));
    if (has_control_character (call->api_key)) {
      *error = invalid (
          GST_OAI_SETTING_API_KEY, _ ("it contains a control character"));
      return NULL;
    }
  }
  if (is_nonempty (
          gst_oai_settings_string (self, GST_OAI_SETTING_CLIENT_SECRET)))
    call->client_secret = g_strdup (
        gst_oai_settings_string (self, GST_OAI_SETTING_CLIENT_SECRET));

  call->translation = gst_oai_settings_enum (self, GST_OAI_SETTING_SESSION_TYPE)
      == GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION;
  /* There is no other way to configure a translation. */
  call->mint_secret = call->translation
      || gst_oai_settings_boolean (self, GST_OAI_SETTING_MINT_CLIENT_SECRET);
  call->headers = make_headers (self);

  session = gst_oai_settings_to_session (self, FALSE);
  call->session_json = gst_oai_json_to_string (session);
  json_object_unref (session);
  call->model = g_strdup (gst_oai_settings_model (self));
  call->tls_ca_file = g_strdup (
      gst_oai_settings_string (self, GST_OAI_SETTING_TLS_CA_FILE));
  call->stun_server = dup_nonempty (self, GST_OAI_SETTING_STUN_SERVER);
  call->turn_server = dup_nonempty (self, GST_OAI_SETTING_TURN_SERVER);
  call->timeout = gst_oai_settings_uint (self, GST_OAI_SETTING_CONNECT_TIMEOUT)
      * GST_MSECOND;
  call->attempts = gst_oai_settings_uint (
      self, GST_OAI_SETTING_CONNECT_ATTEMPTS);
  if (call->attempts == 0) {
    call->attempts = uri && host_is_loopback (g_uri_get_host (uri))
        ? 1
        : DEFAULT_CONNECT_ATTEMPTS;
  }
  call->frame_size_ms = gst_oai_settings_uint (
      self, GST_OAI_SETTING_FRAME_SIZE);
  call->bitrate = gst_oai_settings_uint (self, GST_OAI_SETTING_BITRATE);
  call->complexity = gst_oai_settings_uint (self, GST_OAI_SETTING_COMPLEXITY);

  return g_steal_pointer (&call);
}
