/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Every server event that the session reacts to. Everything else is
 * GST_OAI_EVENT_OTHER and passes through untouched. */
typedef enum {
  GST_OAI_EVENT_OTHER,
  GST_OAI_EVENT_ERROR,
  GST_OAI_EVENT_SESSION_CREATED,
  GST_OAI_EVENT_SESSION_UPDATED,
  GST_OAI_EVENT_SESSION_CLOSED,
  GST_OAI_EVENT_CONVERSATION_CREATED,
  GST_OAI_EVENT_ITEM_ADDED,
  GST_OAI_EVENT_ITEM_DONE,
  GST_OAI_EVENT_ITEM_DELETED,
  GST_OAI_EVENT_ITEM_RETRIEVED,
  GST_OAI_EVENT_ITEM_TRUNCATED,
  GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA,
  GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE,
  GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED,
  GST_OAI_EVENT_INPUT_COMMITTED,
  GST_OAI_EVENT_INPUT_CLEARED,
  GST_OAI_EVENT_SPEECH_STARTED,
  GST_OAI_EVENT_SPEECH_STOPPED,
  GST_OAI_EVENT_TIMEOUT_TRIGGERED,
  GST_OAI_EVENT_OUTPUT_STARTED,
  GST_OAI_EVENT_OUTPUT_STOPPED,
  GST_OAI_EVENT_OUTPUT_CLEARED,
  GST_OAI_EVENT_RESPONSE_CREATED,
  GST_OAI_EVENT_RESPONSE_DONE,
  GST_OAI_EVENT_OUTPUT_ITEM_ADDED,
  GST_OAI_EVENT_OUTPUT_ITEM_DONE,
  GST_OAI_EVENT_CONTENT_PART_ADDED,
  GST_OAI_EVENT_CONTENT_PART_DONE,
  GST_OAI_EVENT_OUTPUT_TEXT_DELTA,
  GST_OAI_EVENT_OUTPUT_TEXT_DONE,
  GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA,
  GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE,
  GST_OAI_EVENT_OUTPUT_AUDIO_DELTA,
  GST_OAI_EVENT_OUTPUT_AUDIO_DONE,
  GST_OAI_EVENT_FUNCTION_CALL_DELTA,
  GST_OAI_EVENT_FUNCTION_CALL_DONE,
  GST_OAI_EVENT_RATE_LIMITS,
  GST_OAI_EVENT_LAST
} GstOaiEvent;

/* The event with wire name @type in any accepted dialect (GA, or the beta names
 * that compatible servers still speak, and those of translations),
 * GST_OAI_EVENT_OTHER when unknown.
 * conversation.item.created counts as ITEM_ADDED. */
GstOaiEvent gst_oai_dialect_event (const gchar *type);

/* The GA wire name of @event, NULL for OTHER. */
const gchar *gst_oai_dialect_name (GstOaiEvent event);

/* The GA name for @type, the name of an older server: the same string when it is
 * GA, of a session of another kind, or unknown. */
const gchar *gst_oai_dialect_canonical (const gchar *type);

G_END_DECLS
