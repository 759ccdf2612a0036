/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaidialect.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  const gchar *name;
  GstOaiEvent event;
  gboolean is_alias; /* not the GA name of @event */
} EventName;

/* Sorted by name for bsearch(). */
static const EventName event_names[] = {
  { "conversation.created", GST_OAI_EVENT_CONVERSATION_CREATED, FALSE },
  { "conversation.item.added", GST_OAI_EVENT_ITEM_ADDED, FALSE },
  { "conversation.item.created", GST_OAI_EVENT_ITEM_ADDED, TRUE },
  { "conversation.item.deleted", GST_OAI_EVENT_ITEM_DELETED, FALSE },
  { "conversation.item.done", GST_OAI_EVENT_ITEM_DONE, FALSE },
  { "conversation.item.input_audio_transcription.completed",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE, FALSE },
  { "conversation.item.input_audio_transcription.delta",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA, FALSE },
  { "conversation.item.input_audio_transcription.failed",
      GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED, FALSE },
  { "conversation.item.retrieved", GST_OAI_EVENT_ITEM_RETRIEVED, FALSE },
  { "conversation.item.truncated", GST_OAI_EVENT_ITEM_TRUNCATED, FALSE },
  { "error", GST_OAI_EVENT_ERROR, FALSE },
  { "input_audio_buffer.cleared", GST_OAI_EVENT_INPUT_CLEARED, FALSE },
  { "input_audio_buffer.committed", GST_OAI_EVENT_INPUT_COMMITTED, FALSE },
  { "input_audio_buffer.speech_started", GST_OAI_EVENT_SPEECH_STARTED, FALSE },
  { "input_audio_buffer.speech_stopped", GST_OAI_EVENT_SPEECH_STOPPED, FALSE },
  { "input_audio_buffer.timeout_triggered", GST_OAI_EVENT_TIMEOUT_TRIGGERED,
      FALSE },
  { "output_audio_buffer.cleared", GST_OAI_EVENT_OUTPUT_CLEARED, FALSE },
  { "output_audio_buffer.started", GST_OAI_EVENT_OUTPUT_STARTED, FALSE },
  { "output_audio_buffer.stopped", GST_OAI_EVENT_OUTPUT_STOPPED, FALSE },
  { "rate_limits.updated", GST_OAI_EVENT_RATE_LIMITS, FALSE },
  { "response.audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA, TRUE },
  { "response.audio.done", GST_OAI_EVENT_OUTPUT_AUDIO_DONE, TRUE },
  { "response.audio_transcript.delta", GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA,
      TRUE },
  { "response.audio_transcript.done", GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE,
      TRUE },
  { "response.content_part.added", GST_OAI_EVENT_CONTENT_PART_ADDED, FALSE },
  { "response.content_part.done", GST_OAI_EVENT_CONTENT_PART_DONE, FALSE },
  { "response.created", GST_OAI_EVENT_RESPONSE_CREATED, FALSE },
  { "response.done", GST_OAI_EVENT_RESPONSE_DONE, FALSE },
  { "response.function_call_arguments.delta", GST_OAI_EVENT_FUNCTION_CALL_DELTA,
      FALSE },
  { "response.function_call_arguments.done", GST_OAI_EVENT_FUNCTION_CALL_DONE,
      FALSE },
  { "response.output_audio.delta", GST_OAI_EVENT_OUTPUT_AUDIO_DELTA, FALSE },
  { "response.output_audio.done", GST_OAI_EVENT_OUTPUT_AUDIO_DONE, FALSE },
  { "response.output_audio_transcript.delta",
      GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA, FALSE },
  { "response.output_audio_transcript.done",
      GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE, FALSE },
  { "response.output_item.added", GST_OAI_EVENT_OUTPUT_ITEM_ADDED, FALSE },
  { "response.output_item.done", GST_OAI_EVENT_OUTPUT_ITEM_DONE, FALSE },
  { "response.output_text.delta", GST_OAI_EVENT_OUTPUT_TEXT_DELTA, FALSE },
  { "response.output_text.done", GST_OAI_EVENT_OUTPUT_TEXT_DONE, FALSE },
  { "response.text.delta", GST_OAI_EVENT_OUTPUT_TEXT_DELTA, TRUE },
  { "response.text.done", GST_OAI_EVENT_OUTPUT_TEXT_DONE, TRUE },
  { "session.created", GST_OAI_EVENT_SESSION_CREATED, FALSE },
  { "session.updated", GST_OAI_EVENT_SESSION_UPDATED, FALSE },
  { "transcription_session.created", GST_OAI_EVENT_SESSION_CREATED, TRUE },
  { "transcription_session.updated", GST_OAI_EVENT_SESSION_UPDATED, TRUE },
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
    if (event_names[i].event == event && !event_names[i].is_alias)
      return event_names[i].name;
  }

  return NULL;
}

const gchar *
gst_oai_dialect_canonical (const gchar *type)
{
  const EventName *entry = type ? find_name (type) : NULL;

  return entry && entry->is_alias ? gst_oai_dialect_name (entry->event) : type;
}
