/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiusage.h"

/* Far more than a day of speech. Sums of what a server says cannot overflow. */
#define MAX_TOKENS G_GUINT64_CONSTANT (1000000000)
#define MAX_SECONDS 1000000.0

static guint64
get_tokens (JsonObject *usage, const gchar *path)
{
  gint64 n = gst_oai_json_get_int (usage, path, 0);

  return n < 0 ? 0 : MIN ((guint64) n, MAX_TOKENS);
}

/* @part of what is left of @whole; takes it from @whole. */
static guint64
take (guint64 *whole, guint64 part)
{
  part = MIN (part, *whole);
  *whole -= part;

  return part;
}

static void
read_tokens (GstOaiTokens *tokens, JsonObject *usage)
{
  guint64 left;

  tokens->input = get_tokens (usage, "input_tokens");
  tokens->input_text = get_tokens (usage, "input_token_details.text_tokens");
  tokens->input_audio = get_tokens (usage, "input_token_details.audio_tokens");
  tokens->input_image = get_tokens (usage, "input_token_details.image_tokens");
  tokens->input = MAX (tokens->input,
      tokens->input_text + tokens->input_audio + tokens->input_image);

  /* No more can be cached than was read. */
  tokens->cached_text = MIN (tokens->input_text,
      get_tokens (
          usage, "input_token_details.cached_tokens_details.text_tokens"));
  tokens->cached_audio = MIN (tokens->input_audio,
      get_tokens (
          usage, "input_token_details.cached_tokens_details.audio_tokens"));
  tokens->cached_image = MIN (tokens->input_image,
      get_tokens (
          usage, "input_token_details.cached_tokens_details.image_tokens"));
  tokens->cached = MIN (
      tokens->input, get_tokens (usage, "input_token_details.cached_tokens"));
  left = tokens->cached_text + tokens->cached_audio + tokens->cached_image;
  tokens->cached = MAX (tokens->cached, left);
  /* A sum without its parts: what stands first in a conversation, which is text,
   * is cached first. */
  left = tokens->cached - left;
  tokens->cached_text += take (&left, tokens->input_text - tokens->cached_text);
  tokens->cached_audio += take (
      &left, tokens->input_audio - tokens->cached_audio);
  tokens->cached_image += take (
      &left, tokens->input_image - tokens->cached_image);

  tokens->output = get_tokens (usage, "output_tokens");
  tokens->output_text = get_tokens (usage, "output_token_details.text_tokens");
  tokens->output_audio = get_tokens (
      usage, "output_token_details.audio_tokens");
  tokens->output = MAX (
      tokens->output, tokens->output_text + tokens->output_audio);
}

gboolean
gst_oai_usage_read_response (GstOaiUsage *usage, JsonObject *event)
{
  JsonObject *object = gst_oai_json_get_object (event, "response.usage");

  *usage = (GstOaiUsage){ 0 };
  if (object == NULL)
    return FALSE;
  usage->responses = 1;
  read_tokens (&usage->tokens, object);

  return TRUE;
}

gboolean
gst_oai_usage_read_transcription (GstOaiUsage *usage, JsonObject *event)
{
  JsonObject *object = gst_oai_json_get_object (event, "usage");
  gdouble seconds;

  *usage = (GstOaiUsage){ 0 };
  if (object == NULL)
    return FALSE;
  usage->transcriptions = 1;
  read_tokens (&usage->transcription_tokens, object);
  seconds = gst_oai_json_get_double (object, "seconds", 0.0);
  /* Also for what is not a number. */
  if (seconds > 0.0)
    usage->transcription_seconds = MIN (seconds, MAX_SECONDS);

  return TRUE;
}

static void
add_tokens (GstOaiTokens *total, const GstOaiTokens *more)
{
  total->input += more->input;
  total->input_text += more->input_text;
  total->input_audio += more->input_audio;
  total->input_image += more->input_image;
  total->cached += more->cached;
  total->cached_text += more->cached_text;
  total->cached_audio += more->cached_audio;
  total->cached_image += more->cached_image;
  total->output += more->output;
  total->output_text += more->output_text;
  total->output_audio += more->output_audio;
}

void
gst_oai_usage_add (GstOaiUsage *total, const GstOaiUsage *more)
{
  total->responses += more->responses;
  add_tokens (&total->tokens, &more->tokens);
  total->transcriptions += more->transcriptions;
  add_tokens (&total->transcription_tokens, &more->transcription_tokens);
  total->transcription_seconds += more->transcription_seconds;
  total->cost += more->cost;
  total->priced += more->priced;
  total->unpriced += more->unpriced;
}

void
gst_oai_usage_describe_responses (
    const GstOaiUsage *usage, GstStructure *structure)
{
  const GstOaiTokens *tokens = &usage->tokens;

  gst_structure_set (structure, "input-tokens", G_TYPE_UINT64, tokens->input,
      "input-text-tokens", G_TYPE_UINT64, tokens->input_text,
      "input-audio-tokens", G_TYPE_UINT64, tokens->input_audio,
      "input-image-tokens", G_TYPE_UINT64, tokens->input_image, "cached-tokens",
      G_TYPE_UINT64, tokens->cached, "cached-text-tokens", G_TYPE_UINT64,
      tokens->cached_text, "cached-audio-tokens", G_TYPE_UINT64,
      tokens->cached_audio, "cached-image-tokens", G_TYPE_UINT64,
      tokens->cached_image, "output-tokens", G_TYPE_UINT64, tokens->output,
      "output-text-tokens", G_TYPE_UINT64, tokens->output_text,
      "output-audio-tokens", G_TYPE_UINT64, tokens->output_audio, NULL);
}

void
gst_oai_usage_describe_transcriptions (
    const GstOaiUsage *usage, GstStructure *structure)
{
  const GstOaiTokens *tokens = &usage->transcription_tokens;

  gst_structure_set (structure, "transcription-input-tokens", G_TYPE_UINT64,
      tokens->input, "transcription-output-tokens", G_TYPE_UINT64,
      tokens->output, "transcription-seconds", G_TYPE_DOUBLE,
      usage->transcription_seconds, NULL);
}

void
gst_oai_usage_describe_cost (const GstOaiUsage *usage, GstStructure *structure)
{
  /* Not 0 for what nobody knows. */
  if (usage->priced > 0 || usage->unpriced == 0)
    gst_structure_set (structure, "cost", G_TYPE_DOUBLE, usage->cost, NULL);
}

void
gst_oai_usage_describe (const GstOaiUsage *usage, GstStructure *structure)
{
  gst_structure_set (structure, "responses", G_TYPE_UINT, usage->responses,
      "transcriptions", G_TYPE_UINT, usage->transcriptions, "unpriced",
      G_TYPE_UINT, usage->unpriced, NULL);
  gst_oai_usage_describe_responses (usage, structure);
  gst_oai_usage_describe_transcriptions (usage, structure);
  gst_oai_usage_describe_cost (usage, structure);
}
