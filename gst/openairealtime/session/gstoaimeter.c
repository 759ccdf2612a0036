/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaimeter.h"

/* Responses whose turn is not over. */
#define MAX_RESPONSES 32
/* Models that were told to have no price; a server may name any number. */
#define MAX_UNPRICED 16

typedef struct {
  gchar *id;
  GstOaiUsage usage;
} Response;

struct _GstOaiMeter {
  GstOaiPrices *prices;
  gchar *model; /* nullable */
  gchar *transcription_model; /* nullable */
  GstOaiUsage total;
  GQueue responses; /* of Response, oldest first */
  GPtrArray *unpriced; /* names */
  guint unpriced_told; /* of them */
};

static void
response_free (gpointer data)
{
  Response *response = data;

  g_free (response->id);
  g_free (response);
}

GstOaiMeter *
gst_oai_meter_new (
    GstOaiPrices *prices, const gchar *model, const gchar *transcription_model)
{
  GstOaiMeter *self = g_new0 (GstOaiMeter, 1);

  self->prices = prices;
  self->model = g_strdup (model);
  self->transcription_model = g_strdup (transcription_model);
  self->unpriced = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&self->responses);

  return self;
}

void
gst_oai_meter_free (GstOaiMeter *self)
{
  gst_oai_prices_free (self->prices);
  g_free (self->model);
  g_free (self->transcription_model);
  g_queue_clear_full (&self->responses, response_free);
  g_ptr_array_unref (self->unpriced);
  g_free (self);
}

const GstOaiUsage *
gst_oai_meter_get_total (GstOaiMeter *self)
{
  return &self->total;
}

static void
replace (gchar **text, const gchar *by)
{
  if (by == NULL || g_strcmp0 (*text, by) == 0)
    return;
  g_free (*text);
  *text = g_strdup (by);
}

/* Old servers write the transcription where the first version of the API did. */
static void
handle_session (GstOaiMeter *self, JsonObject *object)
{
  replace (
      &self->model, gst_oai_json_get_string (object, "session.model", NULL));
  replace (&self->transcription_model,
      gst_oai_json_get_string (
          object, "session.input_audio_transcription.model", NULL));
  replace (&self->transcription_model,
      gst_oai_json_get_string (
          object, "session.audio.input.transcription.model", NULL));
}

static void
note_unpriced (GstOaiMeter *self, const gchar *model)
{
  if (model == NULL)
    model = "";
  if (self->unpriced->len < MAX_UNPRICED
      && !g_ptr_array_find_with_equal_func (
          self->unpriced, model, g_str_equal, NULL))
    g_ptr_array_add (self->unpriced, g_strdup (model));
}

const gchar *
gst_oai_meter_get_unpriced (GstOaiMeter *self)
{
  if (self->unpriced_told == self->unpriced->len)
    return NULL;

  return g_ptr_array_index (self->unpriced, self->unpriced_told++);
}

static void
keep_for_turn (GstOaiMeter *self, const gchar *id, const GstOaiUsage *usage)
{
  Response *response = g_new0 (Response, 1);

  response->id = g_strdup (id);
  response->usage = *usage;
  g_queue_push_tail (&self->responses, response);
  if (g_queue_get_length (&self->responses) > MAX_RESPONSES)
    response_free (g_queue_pop_head (&self->responses));
}

GstStructure *
gst_oai_meter_handle_event (GstOaiMeter *self, GstOaiEvent event,
    JsonObject *object, GstOaiUsage *usage)
{
  gboolean is_response = event == GST_OAI_EVENT_RESPONSE_DONE;
  const gchar *model, *id;
  GstStructure *s;

  if (event == GST_OAI_EVENT_SESSION_CREATED
      || event == GST_OAI_EVENT_SESSION_UPDATED)
    handle_session (self, object);
  if (is_response) {
    if (!gst_oai_usage_read_response (usage, object))
      return NULL;
    model = self->model;
    id = gst_oai_json_get_string (object, "response.id", NULL);
  } else if (event == GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE) {
    if (!gst_oai_usage_read_transcription (usage, object))
      return NULL;
    model = self->transcription_model;
    id = gst_oai_json_get_string (object, "item_id", NULL);
  } else {
    return NULL;
  }

  if (!gst_oai_prices_apply (self->prices, model, usage))
    note_unpriced (self, model);
  gst_oai_usage_add (&self->total, usage);
  if (is_response && id)
    keep_for_turn (self, id, usage);

  s = gst_structure_new ("openairealtime-usage", "of", G_TYPE_STRING,
      is_response ? "response" : "transcription", NULL);
  if (id)
    gst_structure_set (s, "id", G_TYPE_STRING, id, NULL);
  if (model)
    gst_structure_set (s, "model", G_TYPE_STRING, model, NULL);
  if (is_response)
    gst_oai_usage_describe_responses (usage, s);
  else
    gst_oai_usage_describe_transcriptions (usage, s);
  gst_oai_usage_describe_cost (usage, s);
  if (self->total.priced > 0)
    gst_structure_set (
        s, "session-cost", G_TYPE_DOUBLE, self->total.cost, NULL);

  return s;
}

void
gst_oai_meter_describe_turn (GstOaiMeter *self, GstStructure *turn)
{
  const gchar *id = gst_structure_get_string (turn, "response-id");
  GList *l;

  for (l = self->responses.head; id && l; l = l->next) {
    Response *response = l->data;

    if (!g_str_equal (response->id, id))
      continue;
    gst_oai_usage_describe_responses (&response->usage, turn);
    gst_oai_usage_describe_cost (&response->usage, turn);
    response_free (response);
    g_queue_delete_link (&self->responses, l);
    return;
  }
}
