/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaidialect.h"

#include <stdlib.h>
#include <string.h>

typedef enum {
  NAME, /* the GA name of an event */
  OLDER, /* what servers called it before */
  KINDRED /* the same in a session of another kind */
} NameKind;

typedef struct {
  const gchar *name;
  GstOaiEvent event;
  NameKind kind;
} EventName;

/* Sorted by name for bsearch(). */
static const EventName event_names[] = {
  { "conversation.created", GST_OAI_EVENT_CONVERSATION_CREATED, NAME },
  { "conversation.item.added", GST_OAI_EVENT_ITEM_ADDED, NAME },
  { "conversation.item.created", GST_OAI_EVENT_ITEM_ADDED, OLDER },
  { "conversation.item.deleted", GST_OAI_EVENT_ITEM_DELETED, NAME },
  { "conversation.item.done", GST_OAI_EVENT_ITEM_DONE, NAME },
  { "conversation.item.input_audio_transcription.completed",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE, NAME },
  { "conversation.item.input_audio_transcription.delta",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA, NAME },
  { "conversation.item.input_audio_transcription.failed",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED, NAME },
  { "conversation.item.retrieved", GST_OAI_EVENT_ITEM_RETRIEVED, NAME },
  { "conversation.item.truncated", GST_OAI_EVENT_ITEM_TRUNCATED, NAME },
  { "error", GST_OAI_EVENT_ERROR, NAME },
  { "input_audio_buffer.cleared", GST_OAI_EVENT_INPUT_CLEARED, NAME },
  { "input_audio_buffer.committed", GST_OAI_EVENT_INPUT_COMMITTED, NAME },
  { "input_audio_buffer.speech_started", GST_OAI_EVENT_SPEECH_STARTED, NAME },
  { "input_audio_buffer.speech_stopped", GST_OAI_EVENT_SPEECH_STOPPED, NAME },
  { "input_audio_buffer.timeout_triggered", GST_OAI_EVENT_TIMEOUT_TRIGGERED,
      NAME },
  { "output_audio_buffer.cleared", GST_OAI_EVENT_OUTPUT_CLEARED, NAME },
  { "output_audio_buffer.started", GST_OAI_EVENT_OUTPUT_STARTED, NAME },
  { "output_audio_buffer.stopped", GST_OAI_EVENT_OUTPUT_STOPPED, NAME },
  { "rate_limits.updated", GST_OAI_EVENT_RATE_LIMITS, NAME },
  { "response.audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA, OLDER },
  { "response.audio.done", GST_OAI_EVENT_OUTPUT_AUDIO_DONE, OLDER },
  { "response.audio_transcript.delta", GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA,
      OLDER },
  { "response.audio_transcript.done", GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE,
      OLDER },
  { "response.content_part.added", GST_OAI_EVENT_CONTENT_PART_ADDED, NAME },
  { "response.content_part.done", GST_OAI_EVENT_CONTENT_PART_DONE, NAME },
  { "response.created", GST_OAI_EVENT_RESPONSE_CREATED, NAME },
  { "response.done", GST_OAI_EVENT_RESPONSE_DONE, NAME },
  { "response.function_call_arguments.delta", GST_OAI_EVENT_FUNCTION_CALL_DELTA,
      NAME },
  { "response.function_call_arguments.done", GST_OAI_EVENT_FUNCTION_CALL_DONE,
      NAME },
  { "response.output_audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA, NAME },
  { "response.output_audio.done", GST_OAI_EVENT_OUTPUT_AUDIO_DONE, NAME },
  { "response.output_audio_transcript.delta",
      GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA, NAME },
  { "response.output_audio_transcript.done",
      GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE, NAME },
  { "response.output_item.added", GST_OAI_EVENT_OUTPUT_ITEM_ADDED, NAME },
  { "response.output_item.done", GST_OAI_EVENT_OUTPUT_ITEM_DONE, NAME },
  { "response.output_text.delta", GST_OAI_EVENT_OUTPUT_TEXT_DELTA, NAME },
  { "response.output_text.done", GST_OAI_EVENT_OUTPUT_TEXT_DONE, NAME },
  { "response.text.delta", GST_OAI_EVENT_OUTPUT_TEXT_DELTA, OLDER },
  { "response.text.done", GST_OAI_EVENT_OUTPUT_TEXT_DONE, OLDER },
  { "session.closed", GST_OAI_EVENT_SESSION_CLOSED, NAME },
  { "session.created", GST_OAI_EVENT_SESSION_CREATED, NAME },
  { "session.input_transcript.delta", GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA,
      KINDRED },
  { "session.output_audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA, KINDRED },
  { "session.output_transcript.delta", GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA,
      KINDRED },
  { "session.updated", GST_OAI_EVENT_SESSION_UPDATED, NAME },
  { "transcription_session.created", GST_OAI_EVENT_SESSION_CREATED, OLDER },
  { "transcription_session.updated", GST_OAI_EVENT_SESSION_UPDATED, OLDER },
};

static gint
compare_name (gconstpointer key, gconstpointer entry)
{
  return strcmp (key, ((const EventName *) entry)->name);
}

static const EventName *
find_name (const gchar *type)
{
  return bsearch (type, event_names, G_N_ELEMENTS (event_names),
      sizeof (EventName), compare_name);
}

GstOaiEvent
gst_oai_dialect_event (const gchar *type)
{
  const EventName *entry = type ? find_name (type) : NULL;

  return entry ? entry->event : GST_OAI_EVENT_OTHER;
}

const gchar *
gst_oai_dialect_name (GstOaiEvent event)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (event_names); i++) {
    if (event_names[i].event == event && event_names[i].kind == NAME)
      return event_names[i].name;
  }

  return NULL;
}

const gchar *
gst_oai_dialect_canonical (const gchar *type)
{
  const EventName *entry = type ? find_name (type) : NULL;

  return entry && entry->kind == OLDER ? gst_oai_dialect_name (entry->event)
                                       : type;
}
