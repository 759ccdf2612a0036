/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"

/* Every event that a WebRTC session can see, both ways. */

#define INDEX EMU_INTEGER, EMU_REQUIRED, NULL, 0, G_MAXINT
#define ID EMU_STRING, EMU_REQUIRED

/* --- from the client --- */

#define CLIENT(event)                                                          \
  { "event_id", EMU_STRING, 0, NULL, 0, 512 },                                 \
  {                                                                            \
    "type", EMU_STRING, EMU_REQUIRED, event                                    \
  }

static const EmuField client_session_update_fields[] = {
  CLIENT ("session.update"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_session_schema },
  { NULL },
};
static const EmuSchema client_session_update = { "session.update",
  "session.update", client_session_update_fields };

static const EmuField client_append_fields[] = {
  CLIENT ("input_audio_buffer.append"),
  { "audio", ID },
  { NULL },
};
static const EmuSchema client_append = { "input_audio_buffer.append",
  "input_audio_buffer.append", client_append_fields };

static const EmuField client_commit_fields[] = {
  CLIENT ("input_audio_buffer.commit"),
  { NULL },
};
static const EmuSchema client_commit = { "input_audio_buffer.commit",
  "input_audio_buffer.commit", client_commit_fields };

static const EmuField client_clear_fields[] = {
  CLIENT ("input_audio_buffer.clear"),
  { NULL },
};
static const EmuSchema client_clear = { "input_audio_buffer.clear",
  "input_audio_buffer.clear", client_clear_fields };

static const EmuField client_output_clear_fields[] = {
  { "event_id", EMU_STRING },
  { "type", EMU_STRING, EMU_REQUIRED, "output_audio_buffer.clear" },
  { NULL },
};
static const EmuSchema client_output_clear = { "output_audio_buffer.clear",
  "output_audio_buffer.clear", client_output_clear_fields };

static const EmuField client_item_create_fields[] = {
  CLIENT ("conversation.item.create"),
  { "previous_item_id", EMU_STRING | EMU_NULL, EMU_CLEARABLE },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema client_item_create = { "conversation.item.create",
  "conversation.item.create", client_item_create_fields };

static const EmuField client_item_delete_fields[] = {
  CLIENT ("conversation.item.delete"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema client_item_delete = { "conversation.item.delete",
  "conversation.item.delete", client_item_delete_fields };

static const EmuField client_item_retrieve_fields[] = {
  CLIENT ("conversation.item.retrieve"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema client_item_retrieve = { "conversation.item.retrieve",
  "conversation.item.retrieve", client_item_retrieve_fields };

static const EmuField client_item_truncate_fields[] = {
  CLIENT ("conversation.item.truncate"),
  { "item_id", ID },
  { "content_index", EMU_INTEGER, EMU_REQUIRED },
  { "audio_end_ms", EMU_INTEGER, EMU_REQUIRED },
  { NULL },
};
static const EmuSchema client_item_truncate = { "conversation.item.truncate",
  "conversation.item.truncate", client_item_truncate_fields };

static const EmuField client_response_create_fields[] = {
  CLIENT ("response.create"),
  { "response", EMU_OBJECT, .schema = &emu_response_params_schema },
  { NULL },
};
static const EmuSchema client_response_create = { "response.create",
  "response.create", client_response_create_fields };

static const EmuField client_response_cancel_fields[] = {
  CLIENT ("response.cancel"),
  { "response_id", EMU_STRING | EMU_NULL },
  { NULL },
};
static const EmuSchema client_response_cancel = { "response.cancel",
  "response.cancel", client_response_cancel_fields };

static const EmuSchema *const client_variants[] = {
  &client_session_update,
  &client_append,
  &client_commit,
  &client_clear,
  &client_output_clear,
  &client_item_create,
  &client_item_delete,
  &client_item_retrieve,
  &client_item_truncate,
  &client_response_create,
  &client_response_cancel,
  NULL,
};

const EmuSchema emu_client_event_schema = { "RealtimeClientEvent", NULL, NULL,
  "type", client_variants };

/* --- from the server --- */

static const EmuField response_fields[] = {
  { "id", ID },
  { "object", EMU_STRING, EMU_REQUIRED, "realtime.response" },
  { "status", EMU_STRING, EMU_REQUIRED,
      "in_progress|completed|cancelled|failed|incomplete" },
  { "status_details", EMU_OBJECT },
  { "status_details.type", EMU_STRING, 0,
      "completed|cancelled|failed|incomplete" },
  { "status_details.reason", EMU_STRING, 0,
      "turn_detected|client_cancelled|max_output_tokens|content_filter" },
  { "status_details.error", EMU_OBJECT },
  { "status_details.error.type", EMU_STRING },
  { "status_details.error.code", EMU_STRING },
  { "status_details.error.message", EMU_STRING },
  { "output", EMU_ARRAY, EMU_REQUIRED },
  { "output[]", EMU_OBJECT, .schema = &emu_item_schema },
  { "conversation_id", EMU_STRING | EMU_NULL },
  { "output_modalities", EMU_ARRAY },
  { "output_modalities[]", EMU_STRING, 0, "audio|text" },
  { "max_output_tokens", EMU_INTEGER | EMU_STRING, 0, "inf" },
  { "audio", EMU_OBJECT },
  { "audio.output", EMU_OBJECT },
  { "audio.output.format", EMU_OBJECT },
  { "audio.output.format.type", EMU_STRING, EMU_REQUIRED,
      "audio/pcm|audio/pcmu|audio/pcma" },
  { "audio.output.format.rate", EMU_INTEGER, 0, NULL, 24000, 24000,
      "audio/pcm" },
  { "audio.output.voice", EMU_STRING },
  { "usage", EMU_OBJECT },
  { "usage.total_tokens", INDEX },
  { "usage.input_tokens", INDEX },
  { "usage.output_tokens", INDEX },
  { "usage.input_token_details", EMU_OBJECT },
  { "usage.input_token_details.text_tokens", INDEX },
  { "usage.input_token_details.audio_tokens", INDEX },
  { "usage.input_token_details.image_tokens", INDEX },
  { "usage.input_token_details.cached_tokens", INDEX },
  { "usage.input_token_details.cached_tokens_details", EMU_OBJECT },
  { "usage.input_token_details.cached_tokens_details.text_tokens", INDEX },
  { "usage.input_token_details.cached_tokens_details.audio_tokens", INDEX },
  { "usage.input_token_details.cached_tokens_details.image_tokens", INDEX },
  { "usage.output_token_details", EMU_OBJECT },
  { "usage.output_token_details.text_tokens", INDEX },
  { "usage.output_token_details.audio_tokens", INDEX },
  { "metadata", EMU_OBJECT | EMU_NULL },
  { "metadata.*", EMU_STRING },
  { NULL },
};

static const EmuSchema response_schema = { "Response", NULL, response_fields };

#define SERVER(event)                                                          \
  { "event_id", ID },                                                          \
  {                                                                            \
    "type", EMU_STRING, EMU_REQUIRED, event                                    \
  }

static const EmuField server_session_created_fields[] = {
  SERVER ("session.created"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_session_schema },
  { NULL },
};
static const EmuSchema server_session_created = { "session.created",
  "session.created", server_session_created_fields };

static const EmuField server_session_updated_fields[] = {
  SERVER ("session.updated"),
  { "session", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_session_schema },
  { NULL },
};
static const EmuSchema server_session_updated = { "session.updated",
  "session.updated", server_session_updated_fields };

static const EmuField server_conversation_created_fields[] = {
  SERVER ("conversation.created"),
  { "conversation", EMU_OBJECT, EMU_REQUIRED },
  { "conversation.id", ID },
  { "conversation.object", EMU_STRING, EMU_REQUIRED, "realtime.conversation" },
  { NULL },
};
static const EmuSchema server_conversation_created = { "conversation.created",
  "conversation.created", server_conversation_created_fields };

static const EmuField server_error_fields[] = {
  SERVER ("error"),
  { "error", EMU_OBJECT, EMU_REQUIRED },
  { "error.type", ID },
  { "error.code", EMU_STRING | EMU_NULL },
  { "error.message", ID },
  { "error.param", EMU_STRING | EMU_NULL },
  { "error.event_id", EMU_STRING | EMU_NULL },
  { NULL },
};
const EmuSchema emu_server_error_schema = { "error", "error",
  server_error_fields };

static const EmuField server_speech_started_fields[] = {
  SERVER ("input_audio_buffer.speech_started"),
  { "audio_start_ms", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_speech_started = {
  "input_audio_buffer.speech_started", "input_audio_buffer.speech_started",
  server_speech_started_fields
};

static const EmuField server_speech_stopped_fields[] = {
  SERVER ("input_audio_buffer.speech_stopped"),
  { "audio_end_ms", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_speech_stopped = {
  "input_audio_buffer.speech_stopped", "input_audio_buffer.speech_stopped",
  server_speech_stopped_fields
};

static const EmuField server_timeout_triggered_fields[] = {
  SERVER ("input_audio_buffer.timeout_triggered"),
  { "audio_start_ms", INDEX },
  { "audio_end_ms", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_timeout_triggered = {
  "input_audio_buffer.timeout_triggered",
  "input_audio_buffer.timeout_triggered", server_timeout_triggered_fields
};

static const EmuField server_committed_fields[] = {
  SERVER ("input_audio_buffer.committed"),
  { "previous_item_id", EMU_STRING | EMU_NULL },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_committed = { "input_audio_buffer.committed",
  "input_audio_buffer.committed", server_committed_fields };

static const EmuField server_cleared_fields[] = {
  SERVER ("input_audio_buffer.cleared"),
  { NULL },
};
static const EmuSchema server_cleared = { "input_audio_buffer.cleared",
  "input_audio_buffer.cleared", server_cleared_fields };

static const EmuField server_item_added_fields[] = {
  SERVER ("conversation.item.added"),
  { "previous_item_id", EMU_STRING | EMU_NULL },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_item_added = { "conversation.item.added",
  "conversation.item.added", server_item_added_fields };

static const EmuField server_item_done_fields[] = {
  SERVER ("conversation.item.done"),
  { "previous_item_id", EMU_STRING | EMU_NULL },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_item_done = { "conversation.item.done",
  "conversation.item.done", server_item_done_fields };

static const EmuField server_item_created_fields[] = {
  SERVER ("conversation.item.created"),
  { "previous_item_id", EMU_STRING | EMU_NULL },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_item_created = { "conversation.item.created",
  "conversation.item.created", server_item_created_fields };

static const EmuField server_item_deleted_fields[] = {
  SERVER ("conversation.item.deleted"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_item_deleted = { "conversation.item.deleted",
  "conversation.item.deleted", server_item_deleted_fields };

static const EmuField server_item_retrieved_fields[] = {
  SERVER ("conversation.item.retrieved"),
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_item_retrieved = { "conversation.item.retrieved",
  "conversation.item.retrieved", server_item_retrieved_fields };

static const EmuField server_item_truncated_fields[] = {
  SERVER ("conversation.item.truncated"),
  { "item_id", ID },
  { "content_index", INDEX },
  { "audio_end_ms", INDEX },
  { NULL },
};
static const EmuSchema server_item_truncated = { "conversation.item.truncated",
  "conversation.item.truncated", server_item_truncated_fields };

/* With "include" of the session. */
#define LOGPROBS                                                               \
  { "logprobs", EMU_ARRAY }, { "logprobs[]", EMU_OBJECT },                     \
      { "logprobs[].token", ID },                                              \
      { "logprobs[].logprob", EMU_NUMBER, EMU_REQUIRED },                      \
      { "logprobs[].bytes", EMU_ARRAY, EMU_REQUIRED },                         \
  {                                                                            \
    "logprobs[].bytes[]", EMU_INTEGER, 0, NULL, 0, 255                         \
  }

static const EmuField server_transcription_delta_fields[] = {
  SERVER ("conversation.item.input_audio_transcription.delta"),
  { "item_id", ID },
  { "content_index", INDEX },
  { "delta", EMU_STRING },
  LOGPROBS,
  { NULL },
};
static const EmuSchema server_transcription_delta = {
  "conversation.item.input_audio_transcription.delta",
  "conversation.item.input_audio_transcription.delta",
  server_transcription_delta_fields
};

static const EmuField server_transcription_segment_fields[] = {
  SERVER ("conversation.item.input_audio_transcription.segment"),
  { "item_id", ID },
  { "content_index", INDEX },
  { "text", ID },
  { "id", ID },
  { "speaker", ID },
  { "start", EMU_NUMBER, EMU_REQUIRED },
  { "end", EMU_NUMBER, EMU_REQUIRED },
  { NULL },
};
static const EmuSchema server_transcription_segment = {
  "conversation.item.input_audio_transcription.segment",
  "conversation.item.input_audio_transcription.segment",
  server_transcription_segment_fields
};

static const EmuField server_transcription_completed_fields[] = {
  SERVER ("conversation.item.input_audio_transcription.completed"),
  { "item_id", ID },
  { "content_index", INDEX },
  { "transcript", ID },
  { "languages", EMU_ARRAY },
  { "languages[]", EMU_OBJECT },
  { "languages[].code", ID },
  LOGPROBS,
  { "usage", EMU_OBJECT, EMU_REQUIRED },
  { "usage.type", EMU_STRING, EMU_REQUIRED, "tokens|duration" },
  { "usage.seconds", EMU_NUMBER, EMU_REQUIRED, NULL, 0, 0, "duration" },
  { "usage.input_tokens", EMU_INTEGER, EMU_REQUIRED, NULL, 0, 0, "tokens" },
  { "usage.output_tokens", EMU_INTEGER, EMU_REQUIRED, NULL, 0, 0, "tokens" },
  { "usage.total_tokens", EMU_INTEGER, EMU_REQUIRED, NULL, 0, 0, "tokens" },
  { "usage.input_token_details", EMU_OBJECT, 0, NULL, 0, 0, "tokens" },
  { "usage.input_token_details.text_tokens", EMU_INTEGER },
  { "usage.input_token_details.audio_tokens", EMU_INTEGER },
  { NULL },
};
static const EmuSchema server_transcription_completed = {
  "conversation.item.input_audio_transcription.completed",
  "conversation.item.input_audio_transcription.completed",
  server_transcription_completed_fields
};

static const EmuField server_transcription_failed_fields[] = {
  SERVER ("conversation.item.input_audio_transcription.failed"),
  { "item_id", ID },
  { "content_index", INDEX },
  { "error", EMU_OBJECT, EMU_REQUIRED },
  { "error.type", ID },
  { "error.code", EMU_STRING },
  { "error.message", ID },
  { "error.param", EMU_STRING },
  { NULL },
};
static const EmuSchema server_transcription_failed = {
  "conversation.item.input_audio_transcription.failed",
  "conversation.item.input_audio_transcription.failed",
  server_transcription_failed_fields
};

static const EmuField server_response_created_fields[] = {
  SERVER ("response.created"),
  { "response", EMU_OBJECT, EMU_REQUIRED, .schema = &response_schema },
  { NULL },
};
static const EmuSchema server_response_created = { "response.created",
  "response.created", server_response_created_fields };

static const EmuField server_response_done_fields[] = {
  SERVER ("response.done"),
  { "response", EMU_OBJECT, EMU_REQUIRED, .schema = &response_schema },
  { NULL },
};
static const EmuSchema server_response_done = { "response.done",
  "response.done", server_response_done_fields };

static const EmuField server_rate_limits_fields[] = {
  SERVER ("rate_limits.updated"),
  { "rate_limits", EMU_ARRAY, EMU_REQUIRED },
  { "rate_limits[]", EMU_OBJECT },
  { "rate_limits[].name", EMU_STRING, EMU_REQUIRED, "requests|tokens" },
  { "rate_limits[].limit", INDEX },
  { "rate_limits[].remaining", INDEX },
  { "rate_limits[].reset_seconds", EMU_NUMBER, EMU_REQUIRED },
  { NULL },
};
static const EmuSchema server_rate_limits = { "rate_limits.updated",
  "rate_limits.updated", server_rate_limits_fields };

static const EmuField server_output_item_added_fields[] = {
  SERVER ("response.output_item.added"),
  { "response_id", ID },
  { "output_index", INDEX },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_output_item_added = {
  "response.output_item.added", "response.output_item.added",
  server_output_item_added_fields
};

static const EmuField server_output_item_done_fields[] = {
  SERVER ("response.output_item.done"),
  { "response_id", ID },
  { "output_index", INDEX },
  { "item", EMU_OBJECT, EMU_REQUIRED, .schema = &emu_item_schema },
  { NULL },
};
static const EmuSchema server_output_item_done = { "response.output_item.done",
  "response.output_item.done", server_output_item_done_fields };

static const EmuField server_part_added_fields[] = {
  SERVER ("response.content_part.added"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "part", EMU_OBJECT, EMU_REQUIRED },
  { "part.type", EMU_STRING, EMU_REQUIRED, "audio|text" },
  { "part.text", EMU_STRING },
  { "part.audio", EMU_STRING },
  { "part.transcript", EMU_STRING },
  { NULL },
};
static const EmuSchema server_part_added = { "response.content_part.added",
  "response.content_part.added", server_part_added_fields };

static const EmuField server_part_done_fields[] = {
  SERVER ("response.content_part.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "part", EMU_OBJECT, EMU_REQUIRED },
  { "part.type", EMU_STRING, EMU_REQUIRED, "audio|text" },
  { "part.text", EMU_STRING },
  { "part.audio", EMU_STRING },
  { "part.transcript", EMU_STRING },
  { NULL },
};
static const EmuSchema server_part_done = { "response.content_part.done",
  "response.content_part.done", server_part_done_fields };

static const EmuField server_text_delta_fields[] = {
  SERVER ("response.output_text.delta"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "delta", ID },
  { NULL },
};
static const EmuSchema server_text_delta = { "response.output_text.delta",
  "response.output_text.delta", server_text_delta_fields };

static const EmuField server_text_done_fields[] = {
  SERVER ("response.output_text.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "text", ID },
  { NULL },
};
static const EmuSchema server_text_done = { "response.output_text.done",
  "response.output_text.done", server_text_done_fields };

static const EmuField server_transcript_delta_fields[] = {
  SERVER ("response.output_audio_transcript.delta"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "delta", ID },
  { NULL },
};
static const EmuSchema server_transcript_delta = {
  "response.output_audio_transcript.delta",
  "response.output_audio_transcript.delta", server_transcript_delta_fields
};

static const EmuField server_transcript_done_fields[] = {
  SERVER ("response.output_audio_transcript.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { "transcript", ID },
  { NULL },
};
static const EmuSchema server_transcript_done = {
  "response.output_audio_transcript.done",
  "response.output_audio_transcript.done", server_transcript_done_fields
};

static const EmuField server_audio_done_fields[] = {
  SERVER ("response.output_audio.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "content_index", INDEX },
  { NULL },
};
static const EmuSchema server_audio_done = { "response.output_audio.done",
  "response.output_audio.done", server_audio_done_fields };

static const EmuField server_arguments_delta_fields[] = {
  SERVER ("response.function_call_arguments.delta"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "call_id", ID },
  { "delta", ID },
  { NULL },
};
static const EmuSchema server_arguments_delta = {
  "response.function_call_arguments.delta",
  "response.function_call_arguments.delta", server_arguments_delta_fields
};

static const EmuField server_arguments_done_fields[] = {
  SERVER ("response.function_call_arguments.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "call_id", ID },
  { "name", ID },
  { "arguments", ID },
  { NULL },
};
static const EmuSchema server_arguments_done = {
  "response.function_call_arguments.done",
  "response.function_call_arguments.done", server_arguments_done_fields
};

static const EmuField server_mcp_arguments_delta_fields[] = {
  SERVER ("response.mcp_call_arguments.delta"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "delta", ID },
  { "obfuscation", EMU_STRING | EMU_NULL },
  { NULL },
};
static const EmuSchema server_mcp_arguments_delta = {
  "response.mcp_call_arguments.delta", "response.mcp_call_arguments.delta",
  server_mcp_arguments_delta_fields
};

static const EmuField server_mcp_arguments_done_fields[] = {
  SERVER ("response.mcp_call_arguments.done"),
  { "response_id", ID },
  { "item_id", ID },
  { "output_index", INDEX },
  { "arguments", ID },
  { NULL },
};
static const EmuSchema server_mcp_arguments_done = {
  "response.mcp_call_arguments.done", "response.mcp_call_arguments.done",
  server_mcp_arguments_done_fields
};

static const EmuField server_mcp_call_progress_fields[] = {
  SERVER ("response.mcp_call.in_progress"),
  { "output_index", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_call_progress = {
  "response.mcp_call.in_progress", "response.mcp_call.in_progress",
  server_mcp_call_progress_fields
};

static const EmuField server_mcp_call_completed_fields[] = {
  SERVER ("response.mcp_call.completed"),
  { "output_index", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_call_completed = {
  "response.mcp_call.completed", "response.mcp_call.completed",
  server_mcp_call_completed_fields
};

static const EmuField server_mcp_call_failed_fields[] = {
  SERVER ("response.mcp_call.failed"),
  { "output_index", INDEX },
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_call_failed = { "response.mcp_call.failed",
  "response.mcp_call.failed", server_mcp_call_failed_fields };

static const EmuField server_mcp_list_progress_fields[] = {
  SERVER ("mcp_list_tools.in_progress"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_list_progress = {
  "mcp_list_tools.in_progress", "mcp_list_tools.in_progress",
  server_mcp_list_progress_fields
};

static const EmuField server_mcp_list_completed_fields[] = {
  SERVER ("mcp_list_tools.completed"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_list_completed = { "mcp_list_tools.completed",
  "mcp_list_tools.completed", server_mcp_list_completed_fields };

static const EmuField server_mcp_list_failed_fields[] = {
  SERVER ("mcp_list_tools.failed"),
  { "item_id", ID },
  { NULL },
};
static const EmuSchema server_mcp_list_failed = { "mcp_list_tools.failed",
  "mcp_list_tools.failed", server_mcp_list_failed_fields };

static const EmuField server_output_started_fields[] = {
  SERVER ("output_audio_buffer.started"),
  { "response_id", ID },
  { NULL },
};
static const EmuSchema server_output_started = { "output_audio_buffer.started",
  "output_audio_buffer.started", server_output_started_fields };

static const EmuField server_output_stopped_fields[] = {
  SERVER ("output_audio_buffer.stopped"),
  { "response_id", ID },
  { NULL },
};
static const EmuSchema server_output_stopped = { "output_audio_buffer.stopped",
  "output_audio_buffer.stopped", server_output_stopped_fields };

static const EmuField server_output_cleared_fields[] = {
  SERVER ("output_audio_buffer.cleared"),
  { "response_id", ID },
  { NULL },
};
static const EmuSchema server_output_cleared = { "output_audio_buffer.cleared",
  "output_audio_buffer.cleared", server_output_cleared_fields };

static const EmuSchema *const server_variants[] = {
  &server_session_created,
  &server_session_updated,
  &server_conversation_created,
  &emu_server_error_schema,
  &server_speech_started,
  &server_speech_stopped,
  &server_timeout_triggered,
  &server_committed,
  &server_cleared,
  &server_item_added,
  &server_item_done,
  &server_item_created,
  &server_item_deleted,
  &server_item_retrieved,
  &server_item_truncated,
  &server_transcription_delta,
  &server_transcription_segment,
  &server_transcription_completed,
  &server_transcription_failed,
  &server_response_created,
  &server_response_done,
  &server_rate_limits,
  &server_output_item_added,
  &server_output_item_done,
  &server_part_added,
  &server_part_done,
  &server_text_delta,
  &server_text_done,
  &server_transcript_delta,
  &server_transcript_done,
  &server_audio_done,
  &server_arguments_delta,
  &server_arguments_done,
  &server_mcp_arguments_delta,
  &server_mcp_arguments_done,
  &server_mcp_call_progress,
  &server_mcp_call_completed,
  &server_mcp_call_failed,
  &server_mcp_list_progress,
  &server_mcp_list_completed,
  &server_mcp_list_failed,
  &server_output_started,
  &server_output_stopped,
  &server_output_cleared,
  NULL,
};

const EmuSchema emu_server_event_schema = { "RealtimeServerEvent", NULL, NULL,
  "type", server_variants };
