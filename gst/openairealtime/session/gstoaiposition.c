/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiposition.h"

/* Packets that came so long before the server said that it sends the answer are of
 * the silence before it. */
#define EVENT_TOLERANCE (100 * GST_MSECOND)
#define RTP_RATE 48000

struct _GstOaiPosition {
  GMutex lock; /* protects everything in this struct */
  gchar *response_id;
  gchar *item_id;
  gboolean open; /* what is played is of it */
  gboolean ending; /* no longer after what has been played by now */
  gboolean has_start;
  guint32 start; /* RTP time of its first sample */
  GstClockTime first_packet; /* when that came */
  GstClockTime position;
};

GstOaiPosition *
gst_oai_position_new (void)
{
  GstOaiPosition *self = g_new0 (GstOaiPosition, 1);

  g_mutex_init (&self->lock);

  return self;
}

void
gst_oai_position_free (GstOaiPosition *self)
{
  g_free (self->response_id);
  g_free (self->item_id);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Must be called with lock. */
static void
begin_unlocked (GstOaiPosition *self, const gchar *response_id)
{
  g_free (self->response_id);
  self->response_id = g_strdup (response_id);
  g_clear_pointer (&self->item_id, g_free);
  self->open = response_id != NULL;
  self->ending = FALSE;
  self->has_start = FALSE;
  self->first_packet = GST_CLOCK_TIME_NONE;
  self->position = 0;
}

void
gst_oai_position_reset (GstOaiPosition *self)
{
  g_mutex_lock (&self->lock);
  begin_unlocked (self, NULL);
  g_mutex_unlock (&self->lock);
}

/* Must be called with lock. */
static gboolean
is_of_answer_unlocked (GstOaiPosition *self, JsonObject *object)
{
  return g_strcmp0 (self->response_id,
             gst_oai_json_get_string (object, "response_id", NULL))
      == 0;
}

void
gst_oai_position_handle_event (GstOaiPosition *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now)
{
  JsonObject *response = gst_oai_json_get_object (object, "response");
  const gchar *type;

  g_mutex_lock (&self->lock);
  switch (event) {
    case GST_OAI_EVENT_RESPONSE_CREATED:
      /* One beside the conversation has no say in its sound. */
      if (response == NULL
          || !json_object_has_member (response, "conversation_id")
          || gst_oai_json_get_string (response, "conversation_id", NULL))
        begin_unlocked (
            self, gst_oai_json_get_string (object, "response.id", ""));
      break;
    case GST_OAI_EVENT_CONTENT_PART_ADDED:
      type = gst_oai_json_get_string (object, "part.type", "");
      if (self->item_id == NULL && g_str_has_suffix (type, "audio")
          && is_of_answer_unlocked (self, object))
        self->item_id = g_strdup (
            gst_oai_json_get_string (object, "item_id", NULL));
      break;
    case GST_OAI_EVENT_OUTPUT_STARTED:
      if (is_of_answer_unlocked (self, object) && self->has_start
          && now > self->first_packet + EVENT_TOLERANCE)
        self->has_start = FALSE;
      break;
    default:
      break;
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_position_packet (
    GstOaiPosition *self, guint32 rtp_time, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  if (self->open && !self->has_start) {
    self->has_start = TRUE;
    self->start = rtp_time;
    self->first_packet = now;
  }
  g_mutex_unlock (&self->lock);
}

void
gst_oai_position_played (GstOaiPosition *self, guint32 rtp_time)
{
  gint32 passed;

  g_mutex_lock (&self->lock);
  passed = (gint32) (rtp_time - self->start);
  if (self->open && self->has_start)
    self->position = passed > 0
        ? gst_util_uint64_scale_int (passed, GST_SECOND, RTP_RATE)
        : 0;
  if (self->ending)
    self->open = FALSE;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_position_end (GstOaiPosition *self)
{
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_mutex_unlock (&self->lock);
}

GstClockTime
gst_oai_position_get (GstOaiPosition *self, const gchar *response_id)
{
  GstClockTime position = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  if (self->has_start && self->response_id
      && (response_id == NULL
          || g_strcmp0 (response_id, self->response_id) == 0))
    position = self->position;
  g_mutex_unlock (&self->lock);

  return position;
}

GstStructure *
gst_oai_position_to_structure (GstOaiPosition *self, GstClockTime latency)
{
  GstStructure *structure = NULL;

  g_mutex_lock (&self->lock);
  if (self->has_start && self->response_id) {
    structure = gst_structure_new ("answer", "response-id", G_TYPE_STRING,
        self->response_id, "position", G_TYPE_UINT64, self->position, NULL);
    if (self->item_id)
      gst_structure_set (
          structure, "item-id", G_TYPE_STRING, self->item_id, NULL);
    if (GST_CLOCK_TIME_IS_VALID (latency))
      gst_structure_set (structure, "heard", G_TYPE_UINT64,
          !self->open                    ? self->position
              : self->position > latency ? self->position - latency
                                         : (guint64) 0,
          NULL);
  }
  g_mutex_unlock (&self->lock);

  return structure;
}
