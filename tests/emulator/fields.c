/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

/* What the objects of the API are made of: sessions, the parameters of a
 * response, items, client secrets. */

#define VOICES "alloy|ash|ballad|coral|echo|sage|shimmer|verse|marin|cedar"
#define FORMATS "audio/pcm|audio/pcmu|audio/pcma"
#define EFFORTS "minimal|low|medium|high|xhigh"
#define CONNECTORS                                                             \
  "connector_dropbox|connector_gmail|connector_googlecalendar|"                \
  "connector_googledrive|connector_microsoftteams|"                            \
  "connector_outlookcalendar|connector_outlookemail|connector_sharepoint"

/* Rows of {tool_names, read_only}, the filter of the tools of a server. */
#define TOOL_FILTER(path)                                                      \
  { path, EMU_OBJECT }, { path ".tool_names", EMU_ARRAY },                     \
      { path ".tool_names[]", EMU_STRING },                                    \
  {                                                                            \
    path ".read_only", EMU_BOOLEAN                                             \
  }

/* Rows of {tools, tool_choice, ...}, which sessions and responses share. */
#define ANSWER_FIELDS                                                          \
  { "tools", EMU_ARRAY }, { "tools[]", EMU_OBJECT },                           \
      { "tools[].type", EMU_STRING, EMU_REQUIRED, "function|mcp" },            \
      { "tools[].name", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT,           \
        "function" },                                                          \
      { "tools[].description", EMU_STRING, 0, NULL, 0, 0, "function" },        \
      { "tools[].parameters", EMU_OBJECT, EMU_OPEN, NULL, 0, 0, "function" },  \
      { "tools[].server_label", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT,   \
        "mcp" },                                                               \
      { "tools[].server_url", EMU_STRING, 0, NULL, 0, 0, "mcp" },              \
      { "tools[].connector_id", EMU_STRING, 0, CONNECTORS, 0, 0, "mcp" },      \
      { "tools[].tunnel_id", EMU_STRING, 0, NULL, 0, 0, "mcp",                 \
        .pattern = "^tunnel_[a-z0-9]{32}$" },                                  \
      { "tools[].server_description", EMU_STRING, 0, NULL, 0, 0, "mcp" },      \
      { "tools[].authorization", EMU_STRING, 0, NULL, 0, 0, "mcp" },           \
      { "tools[].headers", EMU_NULL | EMU_OBJECT, 0, NULL, 0, 0, "mcp" },      \
      { "tools[].headers.*", EMU_STRING },                                     \
      { "tools[].allowed_tools", EMU_NULL | EMU_ARRAY | EMU_OBJECT, 0, NULL,   \
        0, 0, "mcp" },                                                         \
      { "tools[].allowed_tools[]", EMU_STRING },                               \
      { "tools[].allowed_tools.tool_names", EMU_ARRAY },                       \
      { "tools[].allowed_tools.tool_names[]", EMU_STRING },                    \
      { "tools[].allowed_tools.read_only", EMU_BOOLEAN },                      \
      { "tools[].allowed_callers", EMU_NULL | EMU_ARRAY, 0, NULL, 1, G_MAXINT, \
        "mcp" },                                                               \
      { "tools[].allowed_callers[]", EMU_STRING, 0, "direct|programmatic" },   \
      { "tools[].require_approval", EMU_NULL | EMU_STRING | EMU_OBJECT, 0,     \
        "always|never", 0, 0, "mcp" },                                         \
      TOOL_FILTER ("tools[].require_approval.always"),                         \
      TOOL_FILTER ("tools[].require_approval.never"),                          \
      { "tools[].defer_loading", EMU_BOOLEAN, 0, NULL, 0, 0, "mcp" },          \
      { "tool_choice", EMU_STRING | EMU_OBJECT, 0, "none|auto|required" },     \
      { "tool_choice.type", EMU_STRING, EMU_REQUIRED, "function|mcp" },        \
      { "tool_choice.name", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,              \
        "function" },                                                          \
      { "tool_choice.name", EMU_STRING | EMU_NULL, 0, NULL, 0, 0, "mcp" },     \
      { "tool_choice.server_label", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,      \
        "mcp" },                                                               \
      { "parallel_tool_calls", EMU_BOOLEAN },                                  \
      { "reasoning", EMU_NULL | EMU_OBJECT, EMU_CLEARABLE },                   \
      { "reasoning.effort", EMU_STRING, 0, EFFORTS },                          \
      { "max_output_tokens", EMU_INTEGER | EMU_STRING, 0, "inf", 1, 4096 },    \
      { "output_modalities", EMU_ARRAY, 0, NULL, 1, 1 },                       \
      { "output_modalities[]", EMU_STRING, 0, "audio|text" },                  \
      { "prompt", EMU_NULL | EMU_OBJECT },                                     \
      { "prompt.id", EMU_STRING, EMU_REQUIRED },                               \
      { "prompt.version", EMU_STRING | EMU_NULL },                             \
      { "prompt.variables", EMU_OBJECT | EMU_NULL },                           \
      { "prompt.variables.*", EMU_STRING | EMU_OBJECT, EMU_OPEN },             \
  {                                                                            \
    "instructions", EMU_STRING                                                 \
  }

#define FORMAT_FIELDS(path)                                                    \
  { path, EMU_OBJECT }, { path ".type", EMU_STRING, EMU_REQUIRED, FORMATS },   \
  {                                                                            \
    path ".rate", EMU_INTEGER, 0, NULL, 24000, 24000, "audio/pcm"              \
  }

/* Rows that realtime and transcription sessions share. @null: of objects that only
 * the server's realtime session has as null. */
#define SESSION_FIELDS(null)                                                   \
  /* What the server itself put in; clients send the whole object back. */     \
  { "id", EMU_STRING | EMU_NULL, EMU_CLEARABLE | EMU_SENT, NULL, 0, 0, NULL,   \
    EMU_AT_CREATION },                                                         \
      { "expires_at", EMU_INTEGER, 0, NULL, 0, 0, NULL, EMU_AT_CREATION },     \
      { "include", EMU_NULL | EMU_ARRAY, EMU_CLEARABLE },                      \
      { "include[]", EMU_STRING, 0,                                            \
        "item.input_audio_transcription.logprobs" },                           \
      { "audio", EMU_OBJECT }, { "audio.input", EMU_OBJECT },                  \
      FORMAT_FIELDS ("audio.input.format"),                                    \
      { "audio.input.transcription", EMU_NULL | EMU_OBJECT, null },            \
      { "audio.input.transcription.model", EMU_STRING, 0, NULL, 1, G_MAXINT }, \
      { "audio.input.transcription.language", EMU_STRING | EMU_NULL,           \
        EMU_CLEARABLE },                                                       \
      { "audio.input.transcription.languages", EMU_ARRAY | EMU_NULL,           \
        EMU_CLEARABLE, NULL, 1, G_MAXINT },                                    \
      { "audio.input.transcription.languages[]", EMU_STRING },                 \
      { "audio.input.transcription.keywords", EMU_ARRAY | EMU_NULL,            \
        EMU_CLEARABLE },                                                       \
      { "audio.input.transcription.keywords[]", EMU_STRING },                  \
      { "audio.input.transcription.prompt", EMU_STRING | EMU_NULL,             \
        EMU_CLEARABLE },                                                       \
      { "audio.input.transcription.delay", EMU_STRING, 0, EFFORTS },           \
      { "audio.input.noise_reduction", EMU_NULL | EMU_OBJECT, null },          \
      { "audio.input.noise_reduction.type", EMU_STRING, EMU_REQUIRED,          \
        "near_field|far_field" },                                              \
      { "audio.input.turn_detection", EMU_NULL | EMU_OBJECT },                 \
      { "audio.input.turn_detection.type", EMU_STRING, EMU_REQUIRED,           \
        "server_vad|semantic_vad" },                                           \
      { "audio.input.turn_detection.threshold", EMU_NUMBER, 0, NULL, 0, 1,     \
        "server_vad" },                                                        \
      { "audio.input.turn_detection.prefix_padding_ms", EMU_INTEGER, 0, NULL,  \
        0, 10000, "server_vad" },                                              \
      { "audio.input.turn_detection.silence_duration_ms", EMU_INTEGER, 0,      \
        NULL, 0, 60000, "server_vad" },                                        \
      { "audio.input.turn_detection.idle_timeout_ms", EMU_NULL | EMU_INTEGER,  \
        0, NULL, 5000, 30000, "server_vad" },                                  \
      { "audio.input.turn_detection.eagerness", EMU_STRING, 0,                 \
        "low|medium|high|auto", 0, 0, "semantic_vad" },                        \
      { "audio.input.turn_detection.create_response", EMU_BOOLEAN },           \
  {                                                                            \
    "audio.input.turn_detection.interrupt_response", EMU_BOOLEAN               \
  }

static const EmuField realtime_session_fields[] = {
  { "type", EMU_STRING, EMU_REQUIRED, "realtime", 0, 0, NULL, EMU_AT_CREATION },
  { "object", EMU_STRING, EMU_SENT, "realtime.session", 0, 0, NULL,
      EMU_AT_CREATION },
  { "model", EMU_STRING, 0, NULL, 1, G_MAXINT, NULL, EMU_AT_CREATION },
  { "tracing", EMU_NULL | EMU_STRING | EMU_OBJECT, 0, "auto" },
  { "tracing.workflow_name", EMU_STRING },
  { "tracing.group_id", EMU_STRING },
  { "tracing.metadata", EMU_OBJECT, EMU_OPEN },
  { "truncation", EMU_STRING | EMU_OBJECT, 0, "auto|disabled" },
  { "truncation.type", EMU_STRING, EMU_REQUIRED, "retention_ratio" },
  { "truncation.retention_ratio", EMU_NUMBER, EMU_REQUIRED, NULL, 0, 1 },
  { "truncation.token_limits", EMU_OBJECT },
  { "truncation.token_limits.post_instructions", EMU_INTEGER, 0, NULL, 0,
      G_MAXINT },
  SESSION_FIELDS (0),
  { "audio.output", EMU_OBJECT },
  FORMAT_FIELDS ("audio.output.format"),
  { "audio.output.voice", EMU_STRING | EMU_OBJECT, EMU_CLIENT, VOICES, 0, 0,
      NULL, EMU_BEFORE_AUDIO },
  /* Voices of one's own, too. */
  { "audio.output.voice", EMU_STRING, EMU_SERVER },
  { "audio.output.voice.id", EMU_STRING, EMU_REQUIRED },
  { "audio.output.speed", EMU_NUMBER, 0, NULL, 0.25, 1.5 },
  ANSWER_FIELDS,
  { NULL },
};

static const EmuField transcription_session_fields[] = {
  { "type", EMU_STRING, EMU_REQUIRED, "transcription", 0, 0, NULL,
      EMU_AT_CREATION },
  { "object", EMU_STRING, EMU_SENT, "realtime.transcription_session", 0, 0,
      NULL, EMU_AT_CREATION },
  SESSION_FIELDS (EMU_CLEARABLE),
  { NULL },
};

const EmuSchema emu_realtime_session_schema = { "RealtimeSession", "realtime",
  realtime_session_fields };
const EmuSchema emu_transcription_session_schema = { "TranscriptionSession",
  "transcription", transcription_session_fields };

static const EmuSchema *const session_variants[] = {
  &emu_realtime_session_schema,
  &emu_transcription_session_schema,
  NULL,
};

const EmuSchema emu_session_schema = { "Session", NULL, NULL, "type",
  session_variants };

static const EmuField response_params_fields[] = {
  { "conversation", EMU_STRING, 0, "auto|none" },
  { "metadata", EMU_NULL | EMU_OBJECT },
  { "metadata.*", EMU_STRING, 0, NULL, 0, 512 },
  { "input", EMU_ARRAY },
  { "input[]", EMU_OBJECT, .schema = &emu_input_item_schema },
  { "audio", EMU_OBJECT },
  { "audio.output", EMU_OBJECT },
  FORMAT_FIELDS ("audio.output.format"),
  { "audio.output.voice", EMU_STRING | EMU_OBJECT, 0, VOICES },
  { "audio.output.voice.id", EMU_STRING, EMU_REQUIRED },
  ANSWER_FIELDS,
  { NULL },
};

const EmuSchema emu_response_params_schema = { "ResponseParams", NULL,
  response_params_fields };

/* --- items --- */

#define ITEM_FIELDS(type)                                                      \
  { "id", EMU_STRING | EMU_NULL, EMU_CLEARABLE | EMU_SENT, NULL, 1,            \
    G_MAXINT },                                                                \
      { "object", EMU_STRING, 0, "realtime.item" },                            \
      { "type", EMU_STRING, EMU_REQUIRED, type },                              \
  {                                                                            \
    "status", EMU_STRING, 0, "completed|incomplete|in_progress"                \
  }

/* Of what runs on the server's side. */
#define MCP_FIELDS(type)                                                       \
  { "id", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT },                       \
  {                                                                            \
    "type", EMU_STRING, EMU_REQUIRED, type                                     \
  }

#define MESSAGE_FIELDS(role)                                                   \
  ITEM_FIELDS ("message"), { "role", EMU_STRING, EMU_REQUIRED, role },         \
      { "content", EMU_ARRAY, EMU_REQUIRED },                                  \
  {                                                                            \
    "content[]", EMU_OBJECT                                                    \
  }

static const EmuField system_fields[] = {
  MESSAGE_FIELDS ("system"),
  { "content[].type", EMU_STRING, EMU_REQUIRED, "input_text" },
  { "content[].text", EMU_STRING, EMU_REQUIRED },
  { NULL },
};

static const EmuField user_fields[] = {
  MESSAGE_FIELDS ("user"),
  { "content[].type", EMU_STRING, EMU_REQUIRED,
      "input_text|input_audio|input_image" },
  { "content[].text", EMU_STRING, EMU_REQUIRED, NULL, 0, 0, "input_text" },
  /* Left out by the server, whose item has it elsewhere. */
  { "content[].audio", EMU_STRING, 0, NULL, 0, 0, "input_audio" },
  { "content[].transcript", EMU_STRING | EMU_NULL, EMU_CLEARABLE, NULL, 0, 0,
      "input_audio" },
  { "content[].image_url", EMU_STRING, EMU_REQUIRED, NULL, 0, 0,
      "input_image" },
  { "content[].detail", EMU_STRING, 0, "auto|low|high", 0, 0, "input_image" },
  { NULL },
};

static const EmuField assistant_fields[] = {
  MESSAGE_FIELDS ("assistant"),
  { "content[].type", EMU_STRING, EMU_REQUIRED, "output_text|output_audio" },
  { "content[].text", EMU_STRING, EMU_REQUIRED, NULL, 0, 0, "output_text" },
  { "content[].audio", EMU_STRING, 0, NULL, 0, 0, "output_audio" },
  { "content[].transcript", EMU_STRING | EMU_NULL, EMU_CLEARABLE, NULL, 0, 0,
      "output_audio" },
  { NULL },
};

static const EmuField call_fields[] = {
  ITEM_FIELDS ("function_call"),
  { "call_id", EMU_STRING, 0, NULL, 1, G_MAXINT },
  { "name", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT },
  { "arguments", EMU_STRING, EMU_REQUIRED },
  { NULL },
};

static const EmuField call_output_fields[] = {
  ITEM_FIELDS ("function_call_output"),
  { "call_id", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT },
  { "output", EMU_STRING, EMU_REQUIRED },
  { NULL },
};

static const EmuField list_tools_fields[] = {
  { "id", EMU_STRING | EMU_NULL, EMU_CLEARABLE | EMU_SENT, NULL, 1, G_MAXINT },
  { "type", EMU_STRING, EMU_REQUIRED, "mcp_list_tools" },
  { "server_label", EMU_STRING, EMU_REQUIRED },
  { "tools", EMU_ARRAY, EMU_REQUIRED },
  { "tools[]", EMU_OBJECT },
  { "tools[].name", EMU_STRING, EMU_REQUIRED },
  { "tools[].description", EMU_STRING | EMU_NULL },
  { "tools[].input_schema", EMU_OBJECT, EMU_REQUIRED | EMU_OPEN },
  { "tools[].annotations", EMU_OBJECT | EMU_NULL, EMU_OPEN },
  { NULL },
};

static const EmuField mcp_call_fields[] = {
  MCP_FIELDS ("mcp_call"),
  { "server_label", EMU_STRING, EMU_REQUIRED },
  { "name", EMU_STRING, EMU_REQUIRED },
  { "arguments", EMU_STRING, EMU_REQUIRED },
  { "approval_request_id", EMU_STRING | EMU_NULL },
  { "output", EMU_STRING | EMU_NULL },
  { "error", EMU_OBJECT | EMU_NULL },
  { "error.type", EMU_STRING, EMU_REQUIRED,
      "protocol_error|tool_execution_error|http_error" },
  { "error.code", EMU_INTEGER, EMU_REQUIRED, NULL, 0, 0,
      "protocol_error|http_error" },
  { "error.message", EMU_STRING, EMU_REQUIRED },
  { NULL },
};

static const EmuField approval_request_fields[] = {
  MCP_FIELDS ("mcp_approval_request"),
  { "server_label", EMU_STRING, EMU_REQUIRED },
  { "name", EMU_STRING, EMU_REQUIRED },
  { "arguments", EMU_STRING, EMU_REQUIRED },
  { NULL },
};

static const EmuField approval_response_fields[] = {
  { "id", EMU_STRING | EMU_NULL, EMU_CLEARABLE | EMU_SENT, NULL, 1, G_MAXINT },
  { "type", EMU_STRING, EMU_REQUIRED, "mcp_approval_response" },
  { "approval_request_id", EMU_STRING, EMU_REQUIRED },
  { "approve", EMU_BOOLEAN, EMU_REQUIRED },
  { "reason", EMU_STRING | EMU_NULL },
  { NULL },
};

static const EmuField reference_fields[] = {
  { "type", EMU_STRING, EMU_REQUIRED, "item_reference" },
  { "id", EMU_STRING, EMU_REQUIRED, NULL, 1, G_MAXINT },
  { NULL },
};

static const EmuSchema system_schema = { "SystemMessage", "system",
  system_fields };
static const EmuSchema user_schema = { "UserMessage", "user", user_fields };
static const EmuSchema assistant_schema = { "AssistantMessage", "assistant",
  assistant_fields };
static const EmuSchema *const message_variants[] = {
  &system_schema,
  &user_schema,
  &assistant_schema,
  NULL,
};
static const EmuSchema message_schema = { "Message", "message", NULL, "role",
  message_variants };
static const EmuSchema call_schema = { "FunctionCall", "function_call",
  call_fields };
static const EmuSchema call_output_schema = { "FunctionCallOutput",
  "function_call_output", call_output_fields };
static const EmuSchema list_tools_schema = { "McpListTools", "mcp_list_tools",
  list_tools_fields };
static const EmuSchema mcp_call_schema = { "McpCall", "mcp_call",
  mcp_call_fields };
static const EmuSchema approval_request_schema = { "McpApprovalRequest",
  "mcp_approval_request", approval_request_fields };
static const EmuSchema approval_response_schema = { "McpApprovalResponse",
  "mcp_approval_response", approval_response_fields };
static const EmuSchema reference_schema = { "ItemReference", "item_reference",
  reference_fields };

static const EmuSchema *const item_variants[] = {
  &message_schema,
  &call_schema,
  &call_output_schema,
  &list_tools_schema,
  &mcp_call_schema,
  &approval_request_schema,
  &approval_response_schema,
  NULL,
};

const EmuSchema emu_item_schema = { "Item", NULL, NULL, "type", item_variants };

static const EmuSchema *const input_item_variants[] = {
  &message_schema,
  &call_schema,
  &call_output_schema,
  &list_tools_schema,
  &mcp_call_schema,
  &approval_request_schema,
  &approval_response_schema,
  &reference_schema,
  NULL,
};

/* What response.create takes as its context. */
const EmuSchema emu_input_item_schema = { "InputItem", NULL, NULL, "type",
  input_item_variants };

static const EmuField secret_fields[] = {
  { "expires_after", EMU_OBJECT },
  { "expires_after.anchor", EMU_STRING, 0, "created_at" },
  { "expires_after.seconds", EMU_INTEGER, 0, NULL, 10, 7200 },
  { "session", EMU_OBJECT, .schema = &emu_session_schema },
  { NULL },
};

const EmuSchema emu_secret_schema = { "ClientSecretRequest", NULL,
  secret_fields };
