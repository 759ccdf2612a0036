/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <string.h>

#include "session/gstoailimits.h"
#include "session/gstoaimeter.h"
#include "session/gstoairesponsewatch.h"

/* Parses JSON with ' for ". */
static JsonObject *
parse (const gchar *quoted)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (quoted), "'", '"');
  g_autoptr (GError) error = NULL;
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), GST_OAI_JSON_MAX_SIZE, &error);

  fail_unless (object != NULL, "%s: %s", json, error ? error->message : "");
  return object;
}

#define RESPONSE(usage) "{'response':{'id':'r','usage':" usage "}}"

static GstOaiUsage
read_response (const gchar *json)
{
  g_autoptr (JsonObject) object = parse (json);
  GstOaiUsage usage;

  fail_unless (gst_oai_usage_read_response (&usage, object));
  return usage;
}

/* The example of the published specification. */
#define EXAMPLE                                                                \
  "{'total_tokens':253,'input_tokens':132,'output_tokens':121,"                \
  "'input_token_details':{'text_tokens':119,'audio_tokens':13,"                \
  "'image_tokens':0,'cached_tokens':64,'cached_tokens_details':"               \
  "{'text_tokens':64,'audio_tokens':0,'image_tokens':0}},"                     \
  "'output_token_details':{'text_tokens':30,'audio_tokens':91}}"

GST_START_TEST (test_response_is_read_by_kind)
{
  GstOaiUsage usage = read_response (RESPONSE (EXAMPLE));

  fail_unless_equals_int (usage.responses, 1);
  fail_unless_equals_uint64 (usage.tokens.input, 132);
  fail_unless_equals_uint64 (usage.tokens.input_text, 119);
  fail_unless_equals_uint64 (usage.tokens.input_audio, 13);
  fail_unless_equals_uint64 (usage.tokens.cached, 64);
  fail_unless_equals_uint64 (usage.tokens.cached_text, 64);
  fail_unless_equals_uint64 (usage.tokens.output, 121);
  fail_unless_equals_uint64 (usage.tokens.output_text, 30);
  fail_unless_equals_uint64 (usage.tokens.output_audio, 91);
}
GST_END_TEST;

GST_START_TEST (test_response_without_usage_is_none)
{
  g_autoptr (JsonObject) none = parse ("{'response':{'id':'r'}}");
  g_autoptr (JsonObject) null = parse (RESPONSE ("null"));
  GstOaiUsage usage;

  fail_if (gst_oai_usage_read_response (&usage, none));
  fail_if (gst_oai_usage_read_response (&usage, null));
  fail_unless_equals_int (usage.responses, 0);
}
GST_END_TEST;

/* What a server says must neither overflow nor make less of what was used. */
GST_START_TEST (test_hostile_usage_stays_in_bounds)
{
  GstOaiUsage usage = read_response (
      RESPONSE ("{'input_tokens':-5,'output_tokens':'many',"
                "'input_token_details':{'text_tokens':9223372036854775807,"
                "'audio_tokens':10,'cached_tokens':9223372036854775807,"
                "'cached_tokens_details':{'audio_tokens':99}}}"));
  GstOaiUsage total = { 0 };
  guint i;

  fail_unless_equals_uint64 (usage.tokens.cached_audio, 10);
  fail_unless (usage.tokens.cached_text <= usage.tokens.input_text);
  fail_unless (usage.tokens.cached <= usage.tokens.input);
  fail_unless_equals_uint64 (usage.tokens.output, 0);
  for (i = 0; i < 1000; i++) {
    GstOaiTokens before = total.tokens;

    gst_oai_usage_add (&total, &usage);
    fail_unless (total.tokens.input > before.input);
  }
}
GST_END_TEST;

/* Only the sum of what was cached. */
GST_START_TEST (test_cached_without_details_is_text_first)
{
  GstOaiUsage usage = read_response (
      RESPONSE ("{'input_tokens':100,'input_token_details':{'text_tokens':30,"
                "'audio_tokens':70,'cached_tokens':50}}"));

  fail_unless_equals_uint64 (usage.tokens.cached_text, 30);
  fail_unless_equals_uint64 (usage.tokens.cached_audio, 20);
}
GST_END_TEST;

GST_START_TEST (test_transcriptions_are_counted_apart)
{
  g_autoptr (JsonObject) tokens = parse (
      "{'usage':{'type':'tokens','total_tokens':22,'input_tokens':13,"
      "'input_token_details':{'text_tokens':0,'audio_tokens':13},"
      "'output_tokens':9}}");
  g_autoptr (JsonObject)
      duration = parse ("{'usage':{'type':'duration','seconds':2.5}}");
  GstOaiUsage usage, total = { 0 };

  fail_unless (gst_oai_usage_read_transcription (&usage, tokens));
  gst_oai_usage_add (&total, &usage);
  fail_unless (gst_oai_usage_read_transcription (&usage, duration));
  gst_oai_usage_add (&total, &usage);
  fail_unless_equals_int (total.transcriptions, 2);
  fail_unless_equals_uint64 (total.transcription_tokens.input, 13);
  fail_unless_equals_uint64 (total.transcription_tokens.output, 9);
  fail_unless_equals_float (total.transcription_seconds, 2.5);
  fail_unless_equals_int (total.responses, 0);
  fail_unless_equals_uint64 (total.tokens.input, 0);
}
GST_END_TEST;

/* --- prices ------------------------------------------------------------ */

static void
assert_cost (gdouble cost, gdouble expected)
{
  fail_unless (
      ABS (cost - expected) < 1e-12, "%.12f, not %.12f", cost, expected);
}

/* 55 text tokens, 64 cached ones and 13 of sound in, 30 and 91 out. */
GST_START_TEST (test_built_in_prices)
{
  g_autoptr (GstOaiPrices) prices = gst_oai_prices_load (NULL, NULL);
  GstOaiUsage usage = read_response (RESPONSE (EXAMPLE));
  const gdouble expected = (55 * 4.0 + 64 * 0.4 + 13 * 32.0 + 30 * 24.0
                               + 91 * 64.0)
      / 1e6;

  fail_unless (prices != NULL);
  fail_unless (gst_oai_prices_apply (prices, "gpt-realtime-2.1", &usage));
  assert_cost (usage.cost, expected);
  fail_unless_equals_int (usage.priced, 1);
  /* A snapshot costs what its model costs, another model does not. */
  fail_unless (
      gst_oai_prices_apply (prices, "gpt-realtime-2.1-2026-08-28", &usage));
  assert_cost (usage.cost, expected);
  fail_if (gst_oai_prices_apply (prices, "gpt-realtime-2.1-turbo", &usage));
  fail_if (gst_oai_prices_apply (prices, NULL, &usage));
  fail_unless_equals_int (usage.unpriced, 1);
  assert_cost (usage.cost, 0.0);
}
GST_END_TEST;

GST_START_TEST (test_built_in_prices_by_the_minute)
{
  g_autoptr (GstOaiPrices) prices = gst_oai_prices_load (NULL, NULL);
  GstOaiUsage usage = { .transcriptions = 1, .transcription_seconds = 90.0 };

  fail_unless (gst_oai_prices_apply (prices, "gpt-realtime-whisper", &usage));
  assert_cost (usage.cost, 1.5 * 0.017);
  /* One that is paid by the token has no price for minutes. */
  fail_if (gst_oai_prices_apply (prices, "gpt-4o-transcribe", &usage));
}
GST_END_TEST;

static GstOaiPrices *
load (const gchar *quoted, gchar **problem)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (quoted), "'", '"');
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;
  GstOaiPrices *prices;
  gint fd = g_file_open_tmp ("prices-XXXXXX", &path, NULL);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path, json, -1, NULL));
  prices = gst_oai_prices_load (path, &error);
  g_unlink (path);
  fail_unless ((prices == NULL) == (error != NULL));
  *problem = error ? g_strdup (error->message) : NULL;
  return prices;
}

#define MODEL(kinds) "{'models':{'m':{'per-million-tokens':{" kinds "}}}}"

GST_START_TEST (test_prices_of_a_file)
{
  g_autofree gchar *problem = NULL;
  g_autoptr (GstOaiPrices) prices = load (
      MODEL ("'text':{'input':1000000,'output':2000000}"), &problem);
  GstOaiUsage usage = { 0 };

  fail_unless (prices != NULL, "%s", problem);
  usage.tokens.input = usage.tokens.input_text = 5;
  usage.tokens.cached = usage.tokens.cached_text = 2;
  usage.tokens.output = usage.tokens.output_text = 3;
  fail_unless (gst_oai_prices_apply (prices, "m", &usage));
  /* No price of its own for what was cached: no discount. */
  assert_cost (usage.cost, 5 + 6);
  /* Broken down only in part: the rest is of the dearest kind. */
  usage.tokens.output = 4;
  fail_unless (gst_oai_prices_apply (prices, "m", &usage));
  assert_cost (usage.cost, 5 + 8);
  /* A kind that has no price is no free one. */
  usage.tokens.output_audio = 1;
  fail_if (gst_oai_prices_apply (prices, "m", &usage));
}
GST_END_TEST;

GST_START_TEST (test_bad_price_tables_are_refused)
{
  static const gchar *const tables[] = { "", "[]", "{}", "{'models':[]}",
    "{'models':{'m':1}}", "{'currency':'EUR','models':{}}",
    "{'models':{'m':{'per-hour':1}}}", "{'models':{'m':{'per-minute':'1'}}}",
    "{'models':{'m':{'per-minute':-1}}}",
    "{'models':{'m':{'per-million-tokens':[]}}}", MODEL ("'smell':{'input':1}"),
    MODEL ("'text':{'ouput':1}"), MODEL ("'text':{'output':null}"),
    MODEL ("'text':1") };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autofree gchar *problem = NULL;
    GstOaiPrices *prices = load (tables[i], &problem);

    fail_unless (prices == NULL, "%s", tables[i]);
    fail_unless (*problem != '\0');
  }
}
GST_END_TEST;

/* --- the meter --------------------------------------------------------- */

static GstStructure *
tell (GstOaiMeter *meter, GstOaiEvent event, const gchar *json)
{
  g_autoptr (JsonObject) object = parse (json);
  GstOaiUsage usage;

  return gst_oai_meter_handle_event (meter, event, object, &usage);
}

static guint64
get_uint64 (const GstStructure *s, const gchar *name)
{
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (s, name, &value), "no %s", name);
  return value;
}

GST_START_TEST (test_meter_knows_the_models_of_the_server)
{
  g_autoptr (GstOaiMeter) meter = gst_oai_meter_new (
      gst_oai_prices_load (NULL, NULL), "gpt-realtime-2.1", NULL);
  GstStructure *s;
  gdouble cost;

  /* The client secret was made for another model. */
  fail_unless (tell (meter, GST_OAI_EVENT_SESSION_CREATED,
                   "{'session':{'model':'gpt-realtime-2.1-mini','audio':"
                   "{'input':{'transcription':{'model':"
                   "'gpt-realtime-whisper'}}}}}")
      == NULL);
  s = tell (meter, GST_OAI_EVENT_RESPONSE_DONE,
      RESPONSE ("{'output_tokens':20,'output_token_details':"
                "{'audio_tokens':20}}"));
  fail_unless (s != NULL);
  fail_unless_equals_string (gst_structure_get_string (s, "of"), "response");
  fail_unless_equals_string (gst_structure_get_string (s, "id"), "r");
  fail_unless_equals_string (
      gst_structure_get_string (s, "model"), "gpt-realtime-2.1-mini");
  fail_unless_equals_uint64 (get_uint64 (s, "output-audio-tokens"), 20);
  fail_unless (gst_structure_get_double (s, "cost", &cost));
  assert_cost (cost, 20 * 20.0 / 1e6);
  gst_structure_free (s);

  s = tell (meter, GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE,
      "{'item_id':'i','usage':{'type':'duration','seconds':6}}");
  fail_unless_equals_string (
      gst_structure_get_string (s, "of"), "transcription");
  fail_unless (gst_structure_get_double (s, "cost", &cost));
  assert_cost (cost, 0.0017);
  fail_unless (gst_structure_get_double (s, "session-cost", &cost));
  assert_cost (cost, 0.0017 + 0.0004);
  gst_structure_free (s);
  fail_unless (gst_oai_meter_get_unpriced (meter) == NULL);
}
GST_END_TEST;

/* A server that says nothing about its session is taken at what was asked. */
GST_START_TEST (test_meter_knows_the_models_that_were_asked_for)
{
  g_autoptr (GstOaiMeter) meter = gst_oai_meter_new (
      gst_oai_prices_load (NULL, NULL), NULL, "gpt-transcribe");
  GstStructure *s = tell (meter, GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE,
      "{'item_id':'i','usage':{'type':'duration','seconds':60}}");
  gdouble cost;

  fail_unless (gst_structure_get_double (s, "cost", &cost));
  assert_cost (cost, 0.0045);
  gst_structure_free (s);
}
GST_END_TEST;

GST_START_TEST (test_meter_tells_of_a_model_without_a_price_once)
{
  g_autoptr (GstOaiMeter) meter = gst_oai_meter_new (
      gst_oai_prices_load (NULL, NULL), "homemade", NULL);
  guint i;

  for (i = 0; i < 3; i++) {
    GstStructure *s = tell (meter, GST_OAI_EVENT_RESPONSE_DONE,
        RESPONSE ("{'input_tokens':7,'output_tokens':1}"));

    fail_unless (s != NULL);
    fail_if (gst_structure_has_field (s, "cost"));
    fail_unless_equals_uint64 (get_uint64 (s, "input-tokens"), 7);
    gst_structure_free (s);
    fail_unless_equals_string (
        gst_oai_meter_get_unpriced (meter), i == 0 ? "homemade" : NULL);
  }
  fail_unless_equals_uint64 (gst_oai_meter_get_total (meter)->tokens.input, 21);
  fail_unless_equals_int (gst_oai_meter_get_total (meter)->unpriced, 3);
}
GST_END_TEST;

GST_START_TEST (test_meter_describes_the_turn_of_a_response)
{
  g_autoptr (GstOaiMeter) meter = gst_oai_meter_new (
      gst_oai_prices_load (NULL, NULL), "gpt-realtime-2.1", NULL);
  g_autoptr (GstStructure) other = gst_structure_new (
      "turn", "response-id", G_TYPE_STRING, "other", NULL);
  g_autoptr (GstStructure) turn = gst_structure_new (
      "turn", "response-id", G_TYPE_STRING, "r", NULL);
  g_autoptr (GstStructure) again = gst_structure_copy (turn);
  guint i;

  gst_structure_free (
      tell (meter, GST_OAI_EVENT_RESPONSE_DONE, RESPONSE (EXAMPLE)));
  gst_oai_meter_describe_turn (meter, other);
  fail_if (gst_structure_has_field (other, "input-tokens"));
  gst_oai_meter_describe_turn (meter, turn);
  fail_unless_equals_uint64 (get_uint64 (turn, "input-audio-tokens"), 13);
  fail_unless (gst_structure_has_field (turn, "cost"));
  gst_oai_meter_describe_turn (meter, again);
  fail_if (gst_structure_has_field (again, "input-tokens"));

  /* Responses whose turns never end do not pile up. */
  for (i = 0; i < 1000; i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{'response':{'id':'r%u','usage':{'input_tokens':1}}}", i);

    gst_structure_free (tell (meter, GST_OAI_EVENT_RESPONSE_DONE, json));
  }
  gst_structure_set (again, "response-id", G_TYPE_STRING, "r0", NULL);
  gst_oai_meter_describe_turn (meter, again);
  fail_if (gst_structure_has_field (again, "input-tokens"));
  gst_structure_set (again, "response-id", G_TYPE_STRING, "r999", NULL);
  gst_oai_meter_describe_turn (meter, again);
  fail_unless (gst_structure_has_field (again, "input-tokens"));
}
GST_END_TEST;

/* --- limits ------------------------------------------------------------ */

#define START (1000 * GST_SECOND)

GST_START_TEST (test_no_limits)
{
  GstOaiLimits limits = { 0 };

  gst_oai_limits_reset (&limits);
  gst_oai_limits_connected (&limits, START);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 1e6, TRUE, START + 1000 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
}
GST_END_TEST;

GST_START_TEST (test_cost_and_duration)
{
  GstOaiLimits limits = { .max_cost = 0.5, .max_duration = 60 * GST_SECOND };

  gst_oai_limits_reset (&limits);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 1.0, TRUE, START), GST_OAI_LIMIT_NONE);
  gst_oai_limits_connected (&limits, START);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.49, FALSE, START + 60 * GST_SECOND - 1),
      GST_OAI_LIMIT_NONE);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.5, FALSE, START), GST_OAI_LIMIT_COST);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, FALSE, START + 60 * GST_SECOND),
      GST_OAI_LIMIT_DURATION);
}
GST_END_TEST;

GST_START_TEST (test_idle)
{
  GstOaiLimits limits = { .max_idle = 10 * GST_SECOND };

  gst_oai_limits_reset (&limits);
  gst_oai_limits_connected (&limits, START);
  /* Somebody talks. */
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, FALSE, START + 20 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, TRUE, START + 29 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
  gst_oai_limits_active (&limits, START + 29 * GST_SECOND);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, TRUE, START + 38 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, TRUE, START + 39 * GST_SECOND),
      GST_OAI_LIMIT_IDLE);
}
GST_END_TEST;

/* There is nothing else that tells of a translation's speakers. */
GST_START_TEST (test_words_are_a_sign_of_life)
{
  static const GstOaiEvent events[] = { GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA,
    GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA };
  GstOaiLimits limits = { .max_idle = 10 * GST_SECOND };
  GstClockTime now = START;
  guint i;

  gst_oai_limits_reset (&limits);
  gst_oai_limits_connected (&limits, now);
  for (i = 0; i < G_N_ELEMENTS (events); i++) {
    now += 9 * GST_SECOND;
    gst_oai_limits_handle_event (&limits, events[i], now);
    fail_unless_equals_int (
        gst_oai_limits_check (&limits, 0.0, TRUE, now + 9 * GST_SECOND),
        GST_OAI_LIMIT_NONE);
  }
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, TRUE, now + 10 * GST_SECOND),
      GST_OAI_LIMIT_IDLE);
}
GST_END_TEST;

/* "Are you still there?" is not an answer to it. */
GST_START_TEST (test_the_model_alone_is_idle)
{
  GstOaiLimits limits = { .max_idle = 10 * GST_SECOND };

  gst_oai_limits_reset (&limits);
  gst_oai_limits_connected (&limits, START);
  gst_oai_limits_handle_event (
      &limits, GST_OAI_EVENT_TIMEOUT_TRIGGERED, START + 5 * GST_SECOND);
  gst_oai_limits_handle_event (
      &limits, GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA, START + 6 * GST_SECOND);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, FALSE, START + 9 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, FALSE, START + 10 * GST_SECOND),
      GST_OAI_LIMIT_IDLE);
  gst_oai_limits_handle_event (
      &limits, GST_OAI_EVENT_SPEECH_STARTED, START + 10 * GST_SECOND);
  fail_unless_equals_int (
      gst_oai_limits_check (&limits, 0.0, FALSE, START + 30 * GST_SECOND),
      GST_OAI_LIMIT_NONE);
}
GST_END_TEST;

/* --- responses that do not come ---------------------------------------- */

#define TIMEOUT (10 * GST_SECOND)

static void
hear (GstOaiResponseWatch *watch, GstOaiEvent event, const gchar *json,
    GstClockTime now)
{
  g_autoptr (JsonObject) object = parse (json);

  gst_oai_response_watch_handle_event (watch, event, object, TRUE, now);
}

static void
ask (GstOaiResponseWatch *watch, const gchar *json, GstClockTime now)
{
  g_autoptr (JsonObject) object = parse (json);

  gst_oai_response_watch_sent (watch, object, now);
}

#define LATE(watch, now) gst_oai_response_watch_is_late (watch, TIMEOUT, now)
#define CREATE "{'type':'response.create','event_id':'e1'}"
#define CREATED "{'response':{'id':'r','conversation_id':'c'}}"
#define ASIDE "{'response':{'id':'r','conversation_id':null}}"

GST_START_TEST (test_late_answer_is_told_once)
{
  GstOaiResponseWatch watch;

  gst_oai_response_watch_init (&watch);
  fail_if (LATE (&watch, START));
  hear (&watch, GST_OAI_EVENT_INPUT_COMMITTED, "{}", START);
  fail_if (LATE (&watch, START + TIMEOUT - 1));
  fail_if (gst_oai_response_watch_is_late (&watch, 0, START + TIMEOUT));
  fail_unless (LATE (&watch, START + TIMEOUT));
  fail_if (LATE (&watch, START + 2 * TIMEOUT));
  gst_oai_response_watch_clear (&watch);
}
GST_END_TEST;

GST_START_TEST (test_announced_answer_may_be_late_too)
{
  GstOaiResponseWatch watch;

  gst_oai_response_watch_init (&watch);
  ask (&watch, CREATE, START);
  hear (&watch, GST_OAI_EVENT_RESPONSE_CREATED, CREATED, START + GST_SECOND);
  fail_if (LATE (&watch, START + TIMEOUT));
  fail_unless (LATE (&watch, START + GST_SECOND + TIMEOUT));

  ask (&watch, CREATE, START);
  hear (&watch, GST_OAI_EVENT_RESPONSE_DONE, CREATED, START);
  hear (&watch, GST_OAI_EVENT_RESPONSE_CREATED, CREATED, START);
  hear (&watch, GST_OAI_EVENT_OUTPUT_ITEM_ADDED, "{}", START + GST_SECOND);
  fail_if (LATE (&watch, START + 3 * TIMEOUT));
  gst_oai_response_watch_clear (&watch);
}
GST_END_TEST;

GST_START_TEST (test_what_is_not_waited_for)
{
  GstOaiResponseWatch watch;
  g_autoptr (JsonObject) none = parse ("{}");

  gst_oai_response_watch_init (&watch);
  /* The server does not answer by itself. */
  gst_oai_response_watch_handle_event (
      &watch, GST_OAI_EVENT_INPUT_COMMITTED, none, FALSE, START);
  fail_if (LATE (&watch, START + TIMEOUT));
  /* Beside the conversation. */
  ask (&watch, "{'type':'response.create','response':{'conversation':'none'}}",
      START);
  hear (&watch, GST_OAI_EVENT_RESPONSE_CREATED, ASIDE, START);
  fail_if (LATE (&watch, START + TIMEOUT));
  /* Refused; taken back; the user talks on. */
  ask (&watch, CREATE, START);
  hear (&watch, GST_OAI_EVENT_ERROR, "{'error':{'event_id':'e0'}}", START);
  hear (&watch, GST_OAI_EVENT_ERROR, "{'error':{'event_id':'e1'}}", START);
  fail_if (LATE (&watch, START + TIMEOUT));
  ask (&watch, CREATE, START);
  ask (&watch, "{'type':'response.cancel'}", START);
  fail_if (LATE (&watch, START + TIMEOUT));
  hear (&watch, GST_OAI_EVENT_INPUT_COMMITTED, "{}", START);
  hear (&watch, GST_OAI_EVENT_SPEECH_STARTED, "{}", START);
  fail_if (LATE (&watch, START + TIMEOUT));
  /* What the client commits, it asks about. */
  ask (&watch, "{'type':'input_audio_buffer.commit'}", START);
  hear (&watch, GST_OAI_EVENT_INPUT_COMMITTED, "{}", START);
  fail_if (LATE (&watch, START + TIMEOUT));
  ask (&watch, "{'type':'input_audio_buffer.commit'}", START);
  hear (&watch, GST_OAI_EVENT_ERROR,
      "{'error':{'code':'input_audio_buffer_commit_empty'}}", START);
  hear (&watch, GST_OAI_EVENT_INPUT_COMMITTED, "{}", START);
  fail_unless (LATE (&watch, START + TIMEOUT));
  gst_oai_response_watch_clear (&watch);
}
GST_END_TEST;

/* Words during an answer that may not be interrupted are answered after it. */
GST_START_TEST (test_the_next_answer_is_due_after_the_present_one)
{
  GstOaiResponseWatch watch;

  gst_oai_response_watch_init (&watch);
  hear (&watch, GST_OAI_EVENT_RESPONSE_CREATED, CREATED, START);
  hear (&watch, GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA, "{}", START);
  hear (&watch, GST_OAI_EVENT_INPUT_COMMITTED, "{}", START);
  fail_if (LATE (&watch, START + 5 * TIMEOUT));
  hear (&watch, GST_OAI_EVENT_RESPONSE_DONE, CREATED, START + 5 * TIMEOUT);
  fail_if (LATE (&watch, START + 6 * TIMEOUT - 1));
  fail_unless (LATE (&watch, START + 6 * TIMEOUT));
  gst_oai_response_watch_clear (&watch);
}
GST_END_TEST;

static Suite *
usage_suite (void)
{
  Suite *s = suite_create ("usage");
  TCase *tc = tcase_create ("usage");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_response_is_read_by_kind);
  tcase_add_test (tc, test_response_without_usage_is_none);
  tcase_add_test (tc, test_hostile_usage_stays_in_bounds);
  tcase_add_test (tc, test_cached_without_details_is_text_first);
  tcase_add_test (tc, test_transcriptions_are_counted_apart);
  tc = tcase_create ("prices");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_built_in_prices);
  tcase_add_test (tc, test_built_in_prices_by_the_minute);
  tcase_add_test (tc, test_prices_of_a_file);
  tcase_add_test (tc, test_bad_price_tables_are_refused);
  tc = tcase_create ("meter");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_meter_knows_the_models_of_the_server);
  tcase_add_test (tc, test_meter_knows_the_models_that_were_asked_for);
  tcase_add_test (tc, test_meter_tells_of_a_model_without_a_price_once);
  tcase_add_test (tc, test_meter_describes_the_turn_of_a_response);
  tc = tcase_create ("limits");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_no_limits);
  tcase_add_test (tc, test_cost_and_duration);
  tcase_add_test (tc, test_idle);
  tcase_add_test (tc, test_words_are_a_sign_of_life);
  tcase_add_test (tc, test_the_model_alone_is_idle);
  tc = tcase_create ("responses");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_late_answer_is_told_once);
  tcase_add_test (tc, test_announced_answer_may_be_late_too);
  tcase_add_test (tc, test_what_is_not_waited_for);
  tcase_add_test (tc, test_the_next_answer_is_due_after_the_present_one);

  return s;
}

GST_CHECK_MAIN (usage);
