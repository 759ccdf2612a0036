/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fault-cases.h"

#define RESOURCE(CODE)                                                         \
  .domain = gst_resource_error_quark, .code = GST_RESOURCE_ERROR_##CODE
#define STREAM(CODE)                                                           \
  .domain = gst_stream_error_quark, .code = GST_STREAM_ERROR_##CODE

/* The reply refuses the call: nothing to hang up. */
#define REFUSED(STATUS)                                                        \
  .group = FAULT_GROUP_HTTP, .step = "http", .http_status = STATUS,            \
  .has_request_id = TRUE, .reaction = FAULT_FAILS, .no_hangup = TRUE
#define REFUSED_ONCE(STATUS)                                                   \
  .group = FAULT_GROUP_HTTP, .step = "http", .http_status = STATUS,            \
  .has_request_id = TRUE, .reaction = FAULT_FAILS_ONCE

#define SERVER_ERROR                                                           \
  .klass = "retryable", .server_type = "server_error",                         \
  .server_message = "The server had an error while processing your request."

/* There is a call on the server, and no use in it. */
#define UNUSABLE                                                               \
  .reaction = FAULT_FAILS, .step = "http", .http_status = 201,                 \
  .has_request_id = TRUE, RESOURCE (OPEN_READ_WRITE)

/* No reply at all. */
#define UNANSWERED                                                             \
  .reaction = FAULT_FAILS, .step = "http", .klass = "retryable",               \
  .no_hangup = TRUE, RESOURCE (OPEN_READ_WRITE)

#define UNTRUSTED                                                              \
  .group = FAULT_GROUP_ANSWER, .needs_tls = TRUE, .reaction = FAULT_FAILS,     \
  .klass = "fatal", .step = "http", .no_request = TRUE, .no_hangup = TRUE,     \
  RESOURCE (OPEN_READ_WRITE)

#define UNREADABLE                                                             \
  .reaction = FAULT_WARNS, .klass = "info", STREAM (DECODE),                   \
  .message = "The server sent an event that cannot be read"

#define LOST .reaction = FAULT_FAILS, .klass = "retryable", RESOURCE (READ)

#define ANSWERS(...) .answers = { __VA_ARGS__ }

const FaultCase fault_cases[] = {
  /* --- refused --- */
  { REFUSED (400), .name = "400", .options = "--fault status=400",
      RESOURCE (OPEN_READ_WRITE), .klass = "fatal",
      .message = "The server could not use the WebRTC offer.",
      .server_type = "invalid_request_error", .server_code = "invalid_offer",
      .server_message = "Invalid SDP offer." },
  { REFUSED (400), .name = "wrong setting",
      .settings =
          "session-config=\"{\\\"audio\\\":{\\\"output\\\":{\\\"speed\\\""
          ":9}}}\"",
      RESOURCE (SETTINGS), .klass = "fatal",
      .message = "The server refused the session settings.",
      .server_type = "invalid_request_error",
      .server_code = "decimal_above_max_value",
      .server_param = "session.audio.output.speed", .server_message = "speed" },
  { REFUSED (401), .name = "401", .options = "--fault status=401",
      RESOURCE (NOT_AUTHORIZED), .klass = "fatal",
      .message = "The server did not accept the API key.",
      .server_type = "invalid_request_error", .server_code = "invalid_api_key",
      .server_message = "Incorrect API key provided." },
  { REFUSED (403), .name = "403", .options = "--fault status=403",
      RESOURCE (NOT_AUTHORIZED), .klass = "fatal",
      .message = "The account may not use this service, model or region.",
      .server_type = "invalid_request_error",
      .server_message = "You do not have access to this model." },
  { REFUSED (404), .name = "404", .options = "--fault status=404",
      RESOURCE (NOT_FOUND), .klass = "fatal",
      .message = "The server does not have this model, or the account may not "
                 "use it.",
      .server_type = "invalid_request_error", .server_code = "model_not_found",
      .server_message = "The model does not exist." },
  { REFUSED (418), .name = "other 4xx", .options = "--fault status=418",
      RESOURCE (OPEN_READ_WRITE), .klass = "fatal",
      .message = "The server refused the connection request.",
      .server_type = "invalid_request_error",
      .server_message = "The server had an error" },
  { REFUSED (408), .name = "408", .options = "--fault status=408",
      RESOURCE (OPEN_READ_WRITE), .klass = "retryable",
      .message = "The server did not answer in time.",
      .server_type = "invalid_request_error",
      .server_message = "The server had an error" },
  { REFUSED (429), .name = "quota", .options = "--fault status=429",
      RESOURCE (BUSY), .klass = "fatal",
      .message = "The quota of the account is used up. Check its plan and "
                 "billing.",
      .server_type = "insufficient_quota", .server_code = "insufficient_quota",
      .server_message = "You exceeded your current quota" },
  { REFUSED (429), .name = "rate limit",
      .options = "--fault 'status=429,Retry-After: 7'", RESOURCE (BUSY),
      .klass = "retryable", .retry_after = 7,
      .message = "Too many requests: the rate limit of the account is reached.",
      .server_type = "requests", .server_code = "rate_limit_exceeded",
      .server_message = "Rate limit reached." },
  { REFUSED (500), .name = "500", .options = "--fault status=500",
      RESOURCE (OPEN_READ_WRITE), SERVER_ERROR,
      .message = "The server failed to process the request." },
  { REFUSED (502), .name = "502, headers that mean nothing",
      .options = "--fault status=502 --fault 'header=Retry-After: soon' "
                 "--fault 'header=Location: /v1/realtime/calls/rtc_none'",
      RESOURCE (OPEN_READ_WRITE), SERVER_ERROR,
      .message = "The server failed to process the request." },
  { REFUSED_ONCE (503), .name = "overload, then well again",
      .options = "--fault 'status=503,Retry-After: 1' --fault first=1",
      RESOURCE (BUSY), SERVER_ERROR, .retry_after = 1,
      .message = "The server is overloaded." },
  { REFUSED (307), .name = "redirect",
      .options = "--fault redirect=@STRANGER@/realtime/calls",
      RESOURCE (OPEN_READ_WRITE), .klass = "fatal",
      .message = "The server sent a redirect. Redirects are not followed: "
                 "check the base URL." },
  { REFUSED (200), .name = "success without a call",
      .options = "--fault status=200", RESOURCE (OPEN_READ_WRITE),
      .klass = "fatal",
      .message = "The server's reply to the call is not a session "
                 "description." },
  { UNANSWERED, .group = FAULT_GROUP_HTTP, .name = "connection dropped",
      .options = "--fault drop-answer",
      .message = "The server closed the connection." },

  /* --- answers --- */
  { .group = FAULT_GROUP_ANSWER,
      .name = "slow",
      .options = "--fault slow=700" },
  { .group = FAULT_GROUP_ANSWER,
      .name = "slow body",
      .options = "--fault slow-body=700" },
  { UNUSABLE, .group = FAULT_GROUP_ANSWER, .name = "truncated",
      .options = "--fault truncated-answer", .klass = "retryable",
      .message = "The connection broke in the middle of the server's reply." },
  { UNUSABLE, .group = FAULT_GROUP_ANSWER, .name = "garbage",
      .options = "--fault garbage-sdp", .klass = "fatal",
      .message = "The server's session description cannot be used." },
  { UNUSABLE, .group = FAULT_GROUP_ANSWER, .name = "empty",
      .options = "--fault empty-answer", .klass = "fatal",
      .message = "The server's reply to the call is not a session "
                 "description." },
  { UNUSABLE, .group = FAULT_GROUP_ANSWER, .name = "huge",
      .options = "--fault huge-answer=3000000", .klass = "fatal",
      .message = "The server's reply to the call is too large." },
  { UNUSABLE, .group = FAULT_GROUP_ANSWER, .name = "no audio",
      .options = "--fault no-audio-section", .klass = "fatal",
      .message = "The server's session description cannot be used." },
  { .group = FAULT_GROUP_ANSWER,
      .name = "other certificate",
      .options = "--fault wrong-fingerprint",
      .reaction = FAULT_FAILS,
      STREAM (DECRYPT),
      .klass = "fatal",
      .step = "dtls",
      .has_request_id = TRUE,
      .unheard = TRUE,
      .message = "The server's certificate is not the one it announced. "
                 "Somebody may be listening in." },
  { .group = FAULT_GROUP_ANSWER,
      .name = "no id",
      .call_id = "",
      .options = "--fault no-location",
      .no_hangup = TRUE },
  { .group = FAULT_GROUP_ANSWER,
      .name = "id elsewhere",
      .call_id = "rtc_here",
      .options =
          "--fault no-location "
          "--fault 'header=Location: @STRANGER@/realtime/calls/rtc_here?a=b' "
          "--fault 'header=Content-Encoding: identity'" },
  { .group = FAULT_GROUP_ANSWER,
      .name = "https",
      .needs_tls = TRUE,
      .options = "--tls-ca @DIR@/ca.pem",
      .settings = "tls-ca-file=@DIR@/ca.pem" },
  { UNTRUSTED, .name = "unknown authority", .options = "--tls",
      .message = "The certificate of the server is not trusted. Check the base "
                 "URL, the date and the CA file." },
  { UNTRUSTED, .name = "expired",
      .options = "--tls-ca @DIR@/ca.pem --fault tls-expired",
      .settings = "tls-ca-file=@DIR@/ca.pem",
      .message = "The certificate of the server has expired, or the clock of "
                 "this machine is wrong." },
  { UNTRUSTED, .name = "other host",
      .options = "--tls-ca @DIR@/ca.pem --fault tls-other-host",
      .settings = "tls-ca-file=@DIR@/ca.pem",
      .message = "The certificate of the server is that of another host. Check "
                 "the base URL." },

  /* --- events --- */
  { UNREADABLE, .group = FAULT_GROUP_EVENTS, .name = "half an event",
      .options = "--fault bad-json", .n_unreadable = 1 },
  { UNREADABLE, .group = FAULT_GROUP_EVENTS, .name = "deep event",
      .options = "--fault deep-json" },
  { UNREADABLE, .group = FAULT_GROUP_EVENTS, .name = "some garbage",
      .options = "--fault garbage=20", .n_unreadable = 20 },
  { .group = FAULT_GROUP_EVENTS,
      .name = "nothing but garbage",
      .options = "--fault garbage=100",
      .reaction = FAULT_FAILS,
      STREAM (FORMAT),
      .klass = "fatal",
      .n_warnings = 1,
      .n_unreadable = 32,
      .message = "The server does not speak the Realtime protocol" },
  { .group = FAULT_GROUP_EVENTS,
      .name = "binary",
      .options = "--fault binary" },
  { .group = FAULT_GROUP_EVENTS,
      .name = "unknown event",
      .options = "--fault unknown-event",
      .event = "session.weather.changed",
      .n_events = 1 },
  { .group = FAULT_GROUP_EVENTS,
      .name = "error of the server",
      .options = "--fault error-event=overloaded",
      .reaction = FAULT_WARNS,
      RESOURCE (FAILED),
      .klass = "retryable",
      .message = "The server reported an error.",
      .server_type = "server_error",
      .server_code = "overloaded",
      .server_message = "A fault was asked for." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "error that ends the session",
      .options = "--fault error-event=invalid_api_key",
      .reaction = FAULT_FAILS,
      RESOURCE (NOT_AUTHORIZED),
      .klass = "fatal",
      .message = "The server did not accept the API key.",
      .server_type = "server_error",
      .server_code = "invalid_api_key",
      .server_message = "A fault was asked for." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "error of a scenario",
      .scenario = "{'steps':[{'when':'connect','do':[{'error':{'type':"
                  "'invalid_request_error','code':'invalid_value','message':"
                  "'Not so.','param':'session.tools'}}]}],"
                  "'answers':[{'say':'Yes.'}]}",
      .reaction = FAULT_WARNS,
      RESOURCE (SETTINGS),
      .klass = "caller",
      .message = "The server refused an event of this client.",
      .server_type = "invalid_request_error",
      .server_code = "invalid_value",
      .server_param = "session.tools",
      .server_message = "Not so." },
  { UNREADABLE, .group = FAULT_GROUP_EVENTS, .name = "raw text of a scenario",
      .scenario = "{'steps':[{'when':'response.created','do':[{'raw':"
                  "'<event/>'}]}],'answers':[{'say':'Yes.','after':50}]}",
      .n_unreadable = 1 },
  { .group = FAULT_GROUP_EVENTS,
      .name = "huge event",
      .options = "--fault huge=262144",
      .reaction = FAULT_WARNS,
      RESOURCE (FAILED),
      .klass = "retryable",
      .message = "The server reported an error.",
      .server_type = "server_error",
      .server_message = "xxxxxxxx" },
  { .group = FAULT_GROUP_EVENTS,
      .name = "flood",
      .options = "--fault flood=3000",
      .event = "rate_limits.updated",
      /* And one for the answer. */
      .n_events = 3001 },
  { .group = FAULT_GROUP_EVENTS,
      .name = "every response fails",
      .options = "--fault response-fails=inference_rate_limit_exceeded",
      .reaction = FAULT_WARNS,
      .n_warnings = 2,
      ANSWERS ("failed", "failed"),
      RESOURCE (BUSY),
      .klass = "retryable",
      .message = "Too many requests: the rate limit of the account is reached.",
      .server_type = "server_error",
      .server_code = "inference_rate_limit_exceeded",
      .server_message = "The response failed." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "a response fails",
      .scenario = "{'answers':[{'fail':'out_of_ideas'},{'say':'Yes.'}]}",
      .reaction = FAULT_WARNS,
      ANSWERS ("failed", "completed"),
      RESOURCE (READ),
      .klass = "retryable",
      .message = "The server could not complete an answer.",
      .server_type = "server_error",
      .server_code = "out_of_ideas",
      .server_message = "The response failed." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "content filter",
      .options = "--fault content-filter",
      .reaction = FAULT_WARNS,
      .n_warnings = 2,
      ANSWERS ("incomplete", "incomplete"),
      RESOURCE (READ),
      .klass = "caller",
      .server_code = "content_filter",
      .message = "The server broke an answer off because of its content." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "answer too long",
      .settings = "max-output-tokens=1",
      .reaction = FAULT_WARNS,
      ANSWERS ("incomplete"),
      RESOURCE (READ),
      .klass = "caller",
      .server_code = "max_output_tokens",
      .message = "An answer was cut off: it reached the longest that is "
                 "allowed." },
  { .group = FAULT_GROUP_TIME,
      .name = "no response",
      .options = "--fault no-response",
      .settings = "response-timeout=500",
      .asks = TRUE,
      ANSWERS (""),
      .reaction = FAULT_WARNS,
      RESOURCE (READ),
      .klass = "retryable",
      .message = "The server has not answered in time." },
  { .group = FAULT_GROUP_TIME,
      .name = "response that was announced only",
      .options = "",
      .scenario = "{'answers':[{'say':'yes','after':60000}]}",
      .settings = "response-timeout=500",
      .asks = TRUE,
      ANSWERS (""),
      .reaction = FAULT_WARNS,
      RESOURCE (READ),
      .klass = "retryable",
      .message = "The server has not answered in time." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "no transcription",
      .options = "--fault no-transcription",
      .settings =
          "turn-detection=none input-transcription-model=gpt-transcribe",
      .commits = TRUE,
      .reaction = FAULT_WARNS,
      RESOURCE (READ),
      .klass = "retryable",
      .server_type = "server_error",
      .server_code = "transcription_unavailable",
      .server_message = "No speech recogniser is installed",
      .message = "The server could not write down what was said." },
  { .group = FAULT_GROUP_EVENTS,
      .name = "words without sound",
      .options = "--fault no-audio",
      .settings = "output-modality=audio",
      .scenario = "{'answers':[{'say':'Hm.'}]}",
      .reaction = FAULT_WARNS,
      RESOURCE (READ),
      .klass = "retryable",
      .event = "output_audio_buffer.stopped",
      .n_events = 1,
      .message = "The server spoke, but no sound of it arrived." },
  { LOST, .group = FAULT_GROUP_EVENTS, .name = "expires",
      .scenario = "{'steps':[{'when':'response.created','do':[{'expire':true}]}"
                  "],'answers':[{'say':'Yes.','after':60000}]}",
      .server_type = "invalid_request_error", .server_code = "session_expired",
      .server_message = "Your session hit the maximum duration",
      .message = "The session reached the longest duration that the server "
                 "allows." },
  { LOST, .group = FAULT_GROUP_EVENTS, .name = "closed in an answer",
      .scenario = "{'steps':[{'when':'response.created','do':[{'close':true}]}"
                  "],'answers':[{'say':'Yes.','after':60000}]}",
      .message = "The server closed the session." },
  { LOST, .group = FAULT_GROUP_EVENTS, .name = "closed",
      .options = "--fault close-after=300",
      .message = "The server closed the session." },
  { LOST, .group = FAULT_GROUP_EVENTS, .name = "channel closed",
      .options = "--fault drop-channel-after=300",
      .message = "The server closed the session." },

  /* --- time --- */
  { UNANSWERED, .group = FAULT_GROUP_TIME, .name = "no answer",
      .options = "--fault no-answer", .settings = "connect-timeout=3000",
      .message = "The server did not answer the call in time." },
  { UNANSWERED, .group = FAULT_GROUP_TIME, .name = "late answer",
      .options = "--fault slow=60000", .settings = "connect-timeout=3000",
      .message = "The server did not answer the call in time." },
  { UNUSABLE, .group = FAULT_GROUP_TIME, .name = "late half of an answer",
      .options = "--fault slow-body=60000", .settings = "connect-timeout=9000",
      .klass = "retryable",
      .message = "The server did not answer the call in time." },
  { .group = FAULT_GROUP_TIME,
      .name = "unreachable",
      .options = "--fault unreachable-candidates",
      .reaction = FAULT_FAILS,
      RESOURCE (OPEN_READ_WRITE),
      .klass = "retryable",
      .step = "ice",
      .has_request_id = TRUE,
      .unheard = TRUE,
      .message = "No network path to the server's media address works. UDP may "
                 "be blocked." },
  { .group = FAULT_GROUP_TIME,
      .name = "unreachable in time",
      .options = "--fault unreachable-candidates",
      .settings = "connect-timeout=4000",
      .reaction = FAULT_FAILS,
      RESOURCE (OPEN_READ_WRITE),
      .klass = "retryable",
      .step = "ice",
      .has_request_id = TRUE,
      .unheard = TRUE,
      .message = "No network path to the server's media address was found in "
                 "time. UDP may be blocked." },
  { LOST, .group = FAULT_GROUP_TIME, .name = "vanishes",
      .options = "--fault vanish-after=300", .no_hangup = TRUE,
      .message = "The server does not react any more." },
  { LOST, .group = FAULT_GROUP_TIME, .name = "says nothing",
      .options = "--fault silent",
      .message = "The server took the call, but sends nothing." },
  { LOST, .group = FAULT_GROUP_TIME, .name = "says nothing to a file",
      .options = "--fault silent",
      .source = "audiotestsrc num-buffers=10 wave=silence",
      .message = "The server took the call, but sends nothing." },
  { .group = FAULT_GROUP_TIME,
      .name = "only sounds",
      .options = "--fault silent --rtp continuous",
      .reaction = FAULT_WARNS,
      RESOURCE (READ),
      .klass = "info",
      ANSWERS (""),
      .message = "The server sends sound, but no events: turns, texts and "
                 "interruptions will be missing." },
};

const guint n_fault_cases = G_N_ELEMENTS (fault_cases);
