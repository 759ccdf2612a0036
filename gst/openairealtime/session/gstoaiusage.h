/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaijson.h"

G_BEGIN_DECLS

/* GstOaiTokens: what the server counted, by kind. The cached ones are among the
 * others. @input and @output are the server's sums; what it does not break down
 * is in no kind. */
typedef struct {
  guint64 input;
  guint64 input_text;
  guint64 input_audio;
  guint64 input_image;
  guint64 cached;
  guint64 cached_text;
  guint64 cached_audio;
  guint64 cached_image;
  guint64 output;
  guint64 output_text;
  guint64 output_audio;
} GstOaiTokens;

/* GstOaiUsage: what was used, of one response, one session or all. A plain
 * value. Transcriptions of the input are other models' work and billed apart, by
 * the token or by the second.
 * @cost: USD, of the ones that have a price
 * @priced: responses and transcriptions that have a price
 * @unpriced: the others */
typedef struct {
  guint responses;
  GstOaiTokens tokens;
  guint transcriptions;
  GstOaiTokens transcription_tokens;
  gdouble transcription_seconds;
  gdouble cost;
  guint priced;
  guint unpriced;
} GstOaiUsage;

/* Reads the usage in a response.done, or in the end of a transcription. FALSE:
 * the server says nothing about it. Without a price: gst_oai_prices_apply(). */
gboolean gst_oai_usage_read_response (GstOaiUsage *usage, JsonObject *event);
gboolean gst_oai_usage_read_transcription (
    GstOaiUsage *usage, JsonObject *event);

void gst_oai_usage_add (GstOaiUsage *total, const GstOaiUsage *more);

/* Adds fields to @structure: tokens of responses, what was transcribed, what it
 * cost (none when nobody knows), and with the last function all of that and how
 * many there were. */
void gst_oai_usage_describe_responses (
    const GstOaiUsage *usage, GstStructure *structure);
void gst_oai_usage_describe_transcriptions (
    const GstOaiUsage *usage, GstStructure *structure);
void gst_oai_usage_describe_cost (
    const GstOaiUsage *usage, GstStructure *structure);
void gst_oai_usage_describe (const GstOaiUsage *usage, GstStructure *structure);

G_END_DECLS
