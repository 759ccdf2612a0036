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
  gchar *next_response_id; /* begins when this one is over */
  gchar *next_item_id;
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
  g_free (self->next_response_id);
  g_free (self->next_item_id);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* The next answer, if there is one, takes the place of this one. Must be called
 * with lock. */
static void
begin_next_unlocked (GstOaiPosition *self)
{
  g_free (self->response_id);
  g_free (self->item_id);
  self->response_id = g_steal_pointer (&self->next_response_id);
  self->item_id = g_steal_pointer (&self->next_item_id);
  self->open = self->response_id != NULL;
  self->ending = FALSE;
  self->has_start = FALSE;
  self->position = 0;
}

void
gst_oai_position_reset (GstOaiPosition *self)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->next_response_id, g_free);
  g_clear_pointer (&self->next_item_id, g_free);
  begin_next_unlocked (self);
  g_mutex_unlock (&self->lock);
}

/* Must be called with lock. */
static void
response_created_unlocked (GstOaiPosition *self, JsonObject *object)
{
  JsonObject *response = gst_oai_json_get_object (object, "response");

  /* One beside the conversation has no say before it sounds. */
  if (response && json_object_has_member (response, "conversation_id")
      && !gst_oai_json_get_string (response, "conversation_id", NULL))
    return;
  g_free (self->next_response_id);
  self->next_response_id = g_strdup (
      gst_oai_json_get_string (object, "response.id", ""));
  g_clear_pointer (&self->next_item_id, g_free);
  /* The one before may sound on for a while: functions are answered meanwhile. */
  if (!self->open || !self->has_start)
    begin_next_unlocked (self);
}

/* Must be called with lock. */
static void
item_added_unlocked (GstOaiPosition *self, JsonObject *object)
{
  const gchar *type = gst_oai_json_get_string (object, "part.type", "");
  const gchar *id = gst_oai_json_get_string (object, "response_id", NULL);
  gchar **item_id = NULL;

  if (g_strcmp0 (id, self->response_id) == 0)
    item_id = &self->item_id;
  else if (g_strcmp0 (id, self->next_response_id) == 0)
    item_id = &self->next_item_id;
  if (item_id && *item_id == NULL && g_str_has_suffix (type, "audio"))
    *item_id = g_strdup (gst_oai_json_get_string (object, "item_id", NULL));
}

/* Must be called with lock. */
static void
output_started_unlocked (
    GstOaiPosition *self, JsonObject *object, GstClockTime now)
{
  const gchar *id = gst_oai_json_get_string (object, "response_id", NULL);

  if (id == NULL)
    return;
  if (g_strcmp0 (id, self->response_id) == 0) {
    if (self->has_start && now > self->first_packet + EVENT_TOLERANCE) {
      self->has_start = FALSE;
      self->position = 0;
    }
    return;
  }
  /* The next, or one that was not told of, or is beside the conversation. */
  if (g_strcmp0 (id, self->next_response_id) != 0) {
    g_free (self->next_response_id);
    self->next_response_id = g_strdup (id);
    g_clear_pointer (&self->next_item_id, g_free);
  }
  begin_next_unlocked (self);
}

void
gst_oai_position_handle_event (GstOaiPosition *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  if (event == GST_OAI_EVENT_RESPONSE_CREATED)
    response_created_unlocked (self, object);
  else if (event == GST_OAI_EVENT_CONTENT_PART_ADDED)
    item_added_unlocked (self, object);
  else if (event == GST_OAI_EVENT_OUTPUT_STARTED)
    output_started_unlocked (self, object, now);
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
gst_oai_position_set_speaking (GstOaiPosition *self, gboolean speaking)
{
  g_mutex_lock (&self->lock);
  self->ending = !speaking;
  /* The server did not agree to the interruption. */
  if (speaking && self->has_start)
    self->open = TRUE;
  g_mutex_unlock (&self->lock);
}

void
gst_oai_position_proceed (GstOaiPosition *self)
{
  g_mutex_lock (&self->lock);
  if (!self->open && self->next_response_id)
    begin_next_unlocked (self);
  g_mutex_unlock (&self->lock);
}

GstClockTime
gst_oai_position_get (GstOaiPosition *self, const gchar *response_id)
{
  GstClockTime position = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  if (self->has_start && !self->open
      && g_strcmp0 (response_id, self->response_id) == 0)
    position = self->position;
  g_mutex_unlock (&self->lock);

  return position;
}

GstStructure *
gst_oai_position_to_structure (GstOaiPosition *self, GstClockTime latency)
{
  GstStructure *structure = NULL;

  g_mutex_lock (&self->lock);
  if (self->has_start) {
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
