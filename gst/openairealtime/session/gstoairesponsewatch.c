/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoairesponsewatch.h"

void
gst_oai_response_watch_init (GstOaiResponseWatch *self)
{
  self->since = GST_CLOCK_TIME_NONE;
  self->request_id = NULL;
  self->active = FALSE;
  self->due_next = FALSE;
  self->commits = 0;
}

void
gst_oai_response_watch_clear (GstOaiResponseWatch *self)
{
  g_free (self->request_id);
  gst_oai_response_watch_init (self);
}

static void
stop (GstOaiResponseWatch *self)
{
  self->since = GST_CLOCK_TIME_NONE;
  self->due_next = FALSE;
  g_clear_pointer (&self->request_id, g_free);
}

/* One is due now, or after the one that is being made. */
static void
expect (GstOaiResponseWatch *self, GstClockTime now)
{
  if (self->active)
    self->due_next = TRUE;
  else
    self->since = now;
}

/* One that belongs to no conversation comes beside the others. */
static gboolean
is_aside (JsonObject *object)
{
  JsonObject *response = gst_oai_json_get_object (object, "response");

  return response && json_object_has_member (response, "conversation_id")
      && gst_oai_json_get_string (response, "conversation_id", NULL) == NULL;
}

void
gst_oai_response_watch_handle_event (GstOaiResponseWatch *self,
    GstOaiEvent event, JsonObject *object, gboolean answers, GstClockTime now)
{
  switch (event) {
    case GST_OAI_EVENT_INPUT_COMMITTED:
      if (self->commits > 0)
        self->commits--;
      else if (answers)
        expect (self, now);
      break;
    case GST_OAI_EVENT_SPEECH_STARTED:
      /* The user goes on: the server answers what comes then. */
      stop (self);
      break;
    case GST_OAI_EVENT_RESPONSE_CREATED:
      if (is_aside (object))
        break;
      stop (self);
      self->active = TRUE;
      self->since = now;
      break;
    case GST_OAI_EVENT_RESPONSE_DONE:
      if (is_aside (object))
        break;
      self->active = FALSE;
      self->since = self->due_next ? now : GST_CLOCK_TIME_NONE;
      self->due_next = FALSE;
      break;
    case GST_OAI_EVENT_OUTPUT_STARTED:
    case GST_OAI_EVENT_OUTPUT_ITEM_ADDED:
    case GST_OAI_EVENT_OUTPUT_ITEM_DONE:
    case GST_OAI_EVENT_CONTENT_PART_ADDED:
    case GST_OAI_EVENT_OUTPUT_TEXT_DELTA:
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA:
    case GST_OAI_EVENT_OUTPUT_AUDIO_DELTA:
    case GST_OAI_EVENT_FUNCTION_CALL_DELTA:
    case GST_OAI_EVENT_FUNCTION_CALL_DONE:
      self->since = GST_CLOCK_TIME_NONE;
      break;
    case GST_OAI_EVENT_ERROR: {
      const gchar *id = gst_oai_json_get_string (
          object, "error.event_id", NULL);
      const gchar *code = gst_oai_json_get_string (object, "error.code", "");

      if (self->commits > 0
          && g_str_has_prefix (code, "input_audio_buffer_commit"))
        self->commits--;

      /* Refused; when that was for one of the server's own, that one comes. */
      if (id && g_strcmp0 (id, self->request_id) == 0)
        stop (self);
      break;
    }
    default:
      break;
  }
}

void
gst_oai_response_watch_sent (
    GstOaiResponseWatch *self, JsonObject *event, GstClockTime now)
{
  const gchar *type = gst_oai_json_get_string (event, "type", "");

  if (g_str_equal (type, "input_audio_buffer.commit")) {
    self->commits++;
  } else if (g_str_equal (type, "response.cancel")) {
    stop (self);
  } else if (g_str_equal (type, "response.create")
      && g_strcmp0 (
             gst_oai_json_get_string (event, "response.conversation", NULL),
             "none")
          != 0) {
    g_free (self->request_id);
    self->request_id = g_strdup (
        gst_oai_json_get_string (event, "event_id", NULL));
    expect (self, now);
  }
}

gboolean
gst_oai_response_watch_is_late (
    GstOaiResponseWatch *self, GstClockTime timeout, GstClockTime now)
{
  if (timeout == 0 || !GST_CLOCK_TIME_IS_VALID (self->since)
      || now < self->since || now - self->since < timeout)
    return FALSE;
  stop (self);

  return TRUE;
}
