/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "schema.h"
#include "site.h"
#include "translation.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* The kind of session that translates: how it is made, and all that it does. */

#define MODEL "'model':'gpt-realtime-translate'"
#define PLAIN "{" MODEL "}"
#define WITH_TRANSCRIPT                                                        \
  "{" MODEL ",'audio':{'input':{'transcription':{'model':"                     \
  "'gpt-realtime-whisper'}},'output':{'language':'es'}}}"
#define UPDATE(audio)                                                          \
  "{'type':'session.update','event_id':'u','session':{'audio':{" audio "}}}"
#define INPUT_DELTA "session.input_transcript.delta"
#define OUTPUT_DELTA "session.output_transcript.delta"
#define LAG_MS (200 * EMU_TRANSLATION_LAG)

/* --- sessions ---------------------------------------------------------- */

/* The deltas of @type from index @from on, joined. Their times go by frames and
 * never back. */
static gchar *
join_deltas (Talk *talk, guint from, const gchar *type)
{
  GString *text = g_string_new (NULL);
  gint64 last = 0;
  guint i;

  for (i = from; i < talk->events->len; i++) {
    JsonObject *event = g_ptr_array_index (talk->events, i);
    gint64 elapsed = gst_oai_json_get_int (event, "elapsed_ms", last);

    if (strcmp (get_string (event, "type"), type) != 0)
      continue;
    fail_unless (elapsed >= last && elapsed % 200 == 0);
    last = elapsed;
    g_string_append (text, get_string (event, "delta"));
  }
  return g_string_free (text, FALSE);
}

static guint
count_words (const gchar *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  return g_strv_length (words);
}

static JsonObject *
find_first (Talk *talk, const gchar *type)
{
  guint from = 0;

  return talk_wait (talk, &from, type);
}

static void
wait_played (Talk *talk, gint64 ms)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  while (talk->played_ms < ms) {
    fail_if (g_get_monotonic_time () > deadline);
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
wait_end (Talk *talk)
{
  talk_wait (talk, NULL, "session.closed");
  fail_unless_equals_string (talk->end_reason, "session_closed");
}

/* What was said from @at_ms on is these samples. */
static void
fail_unless_said (Talk *talk, gint64 at_ms, const gint16 *samples, gsize n)
{
  guint64 at = EMU_SAMPLES (at_ms);

  fail_unless (talk->said->len >= at + n);
  fail_unless (memcmp (&g_array_index (talk->said, gint16, at), samples,
                   n * sizeof (gint16))
      == 0);
}

static void
fail_unless_silent (Talk *talk, gint64 from_ms, gint64 to_ms)
{
  g_autofree gint16 *silence = g_new0 (gint16, EMU_SAMPLES (to_ms - from_ms));

  fail_unless_said (talk, from_ms, silence, EMU_SAMPLES (to_ms - from_ms));
}

GST_START_TEST (test_session_begins_with_its_settings)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, WITH_TRANSCRIPT);
  JsonObject *event = g_ptr_array_index (talk->events, 0);
  JsonObject *input;

  fail_unless_equals_int (talk->events->len, 1);
  fail_unless_equals_string (get_string (event, "type"), "session.created");
  fail_unless_equals_string (get_string (event, "session.type"), "translation");
  fail_unless_equals_string (
      get_string (event, "session.model"), "gpt-realtime-translate");
  fail_unless_equals_string (
      get_string (event, "session.audio.output.language"), "es");
  fail_unless_equals_string (
      get_string (event, "session.audio.input.transcription.model"),
      "gpt-realtime-whisper");
  fail_unless (g_str_has_prefix (get_string (event, "session.id"), "sess_"));
  fail_unless (get_int (event, "session.expires_at")
      > g_get_real_time () / G_USEC_PER_SEC + 3500);
  input = gst_oai_json_get_object (event, "session.audio.input");
  fail_unless (json_object_get_null_member (input, "noise_reduction"));
}
GST_END_TEST;

GST_START_TEST (test_sound_comes_out_as_it_went_in)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, PLAIN);
  gsize n;
  g_autofree gint16 *speech = make_speech (&n);
  gint64 end = LAG_MS + 1000 + 1200 + 200;

  talk_hear_silence (talk, 1000);
  talk_hear (talk, speech, n);
  talk_hear_silence (talk, 200);
  /* What is not heard yet is not translated either. */
  wait_played (talk, end - LAG_MS);
  talk_settle (talk);
  fail_unless_equals_int64 (talk->played_ms, end - LAG_MS);
  talk_hear_silence (talk, LAG_MS);
  wait_played (talk, end);
  fail_unless_silent (talk, 0, LAG_MS + 1000);
  fail_unless_said (talk, LAG_MS + 1000, speech, n);
  fail_unless_silent (talk, LAG_MS + 2200, end);
}
GST_END_TEST;

/* Time stands still while nothing is heard, and nothing is lost or made up. */
GST_START_TEST (test_pause_of_the_client_is_none)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, PLAIN);
  gsize n;
  g_autofree gint16 *speech = make_speech (&n);

  talk_hear (talk, speech, n);
  wait_played (talk, 1200);
  /* Packets that are lost become silence, up to a frame. */
  emu_session_miss (talk->session, EMU_SAMPLES (30000));
  talk_hear (talk, speech, n);
  talk_hear_silence (talk, LAG_MS);
  wait_played (talk, LAG_MS + 2600);
  talk_settle (talk);
  fail_unless_equals_int64 (talk->played_ms, LAG_MS + 2600);
  fail_unless_said (talk, LAG_MS, speech, n);
  fail_unless_silent (talk, LAG_MS + 1200, LAG_MS + 1400);
  fail_unless_said (talk, LAG_MS + 1400, speech, n);
}
GST_END_TEST;

GST_START_TEST (test_words_come_while_speech_is_heard)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, WITH_TRANSCRIPT);
  g_autofree gchar *heard = NULL;
  g_autofree gchar *said = NULL;
  JsonObject *event;
  gint64 elapsed;

  talk_hear_silence (talk, 1000);
  fail_unless_equals_int (talk_count (talk, INPUT_DELTA), 0);
  fail_unless_equals_int (talk_count (talk, OUTPUT_DELTA), 0);
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  heard = join_deltas (talk, 0, INPUT_DELTA);
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  /* 1.2 s are six frames; it may begin within a frame and end a little later. */
  fail_unless (
      g_str_has_prefix (heard, "one two three four five"), "%s", heard);
  fail_unless (
      g_str_has_prefix (said, "uno dos tres cuatro cinco"), "%s", said);
  event = find_first (talk, INPUT_DELTA);
  elapsed = get_int (event, "elapsed_ms");
  fail_unless (elapsed >= 1200 && elapsed <= 1400);
  fail_unless_equals_string (get_string (event, "delta"), "one");
  /* The translation of a word comes as much later as its sound. */
  event = find_first (talk, OUTPUT_DELTA);
  fail_unless_equals_int64 (get_int (event, "elapsed_ms"), elapsed + LAG_MS);
  /* Parts of a word have one time. */
  fail_unless (talk_count (talk, OUTPUT_DELTA) > count_words (said));
}
GST_END_TEST;

GST_START_TEST (test_input_transcript_only_when_configured)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, PLAIN);
  g_autofree gchar *said = NULL;
  g_autofree gchar *heard = NULL;
  guint next = talk->events->len;

  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  fail_unless_equals_int (talk_count (talk, INPUT_DELTA), 0);
  /* Without a language it is English. */
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  fail_unless (g_str_has_prefix (said, "one two"), "%s", said);

  talk_send (talk, UPDATE ("'input':{'transcription':{'model':'m'}}"));
  talk_wait (talk, &next, "session.updated");
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, INPUT_DELTA);

  talk_send (talk, UPDATE ("'input':{'transcription':null}"));
  talk_wait (talk, &next, "session.updated");
  next = talk->events->len;
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  talk_wait (talk, &next, OUTPUT_DELTA);
  heard = join_deltas (talk, next, INPUT_DELTA);
  fail_unless_equals_string (heard, "");
}
GST_END_TEST;

GST_START_TEST (test_language_is_changed)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, WITH_TRANSCRIPT);
  guint next = talk->events->len;
  g_autofree gchar *said = NULL;
  JsonObject *updated;

  talk_send (talk, UPDATE ("'output':{'language':'de-AT'}"));
  updated = talk_wait (talk, &next, "session.updated");
  fail_unless_equals_string (
      get_string (updated, "session.audio.output.language"), "de-AT");
  /* The rest stays. */
  fail_unless_equals_string (
      get_string (updated, "session.audio.input.transcription.model"),
      "gpt-realtime-whisper");
  fail_unless_equals_string (
      get_string (updated, "session.model"), "gpt-realtime-translate");
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  fail_unless (g_str_has_prefix (said, "eins zwei drei"), "%s", said);

  talk_send (talk, UPDATE ("'input':{'noise_reduction':{'type':'far_field'}}"));
  updated = talk_wait (talk, &next, "session.updated");
  fail_unless_equals_string (
      get_string (updated, "session.audio.input.noise_reduction.type"),
      "far_field");
}
GST_END_TEST;

static const struct {
  const gchar *event;
  const gchar *code;
  const gchar *param;
} refused[] = {
  { "{'type':'session.update','event_id':'x','session':{'type':'translation'}}",
      "unknown_parameter", "session.type" },
  { "{'type':'session.update','event_id':'x','session':{" MODEL "}}",
      "unknown_parameter", "session.model" },
  { "{'type':'session.update','event_id':'x','session':{'instructions':'a'}}",
      "unknown_parameter", "session.instructions" },
  { "{'type':'session.update','event_id':'x'}", "missing_required_parameter",
      "session" },
  { "{'type':'session.update','event_id':'x','session':{'audio':{'output':{"
    "'voice':'marin'}}}}",
      "unknown_parameter", "session.audio.output.voice" },
  { "{'type':'session.update','event_id':'x','session':{'audio':{'input':{"
    "'turn_detection':null}}}}",
      "unknown_parameter", "session.audio.input.turn_detection" },
  { "{'type':'session.update','event_id':'x','session':{'audio':{'input':{"
    "'transcription':{}}}}}",
      "missing_required_parameter", "session.audio.input.transcription.model" },
  { "{'type':'session.update','event_id':'x','session':{'audio':{'input':{"
    "'transcription':{'model':'m','language':'en'}}}}}",
      "unknown_parameter", "session.audio.input.transcription.language" },
  { "{'type':'session.update','event_id':'x','session':{'audio':{'output':{"
    "'language':null}}}}",
      "invalid_type", "session.audio.output.language" },
  { "{'type':'session.input_audio_buffer.append','event_id':'x',"
    "'audio':'AAAA'}",
      "invalid_event_for_transport", "type" },
  { "{'type':'session.close','event_id':'x','why':1}", "unknown_parameter",
      "why" },
  { "{'type':'response.create','event_id':'x'}", "invalid_value", "type" },
  { "{'type':'input_audio_buffer.commit','event_id':'x'}", "invalid_value",
      "type" },
  { "{'type':'conversation.item.create','event_id':'x'}", "invalid_value",
      "type" },
  { "{'event_id':'x'}", "missing_required_parameter", "type" },
};

GST_START_TEST (test_bad_event_is_refused_with_its_id)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, WITH_TRANSCRIPT);
  JsonObject *error;

  talk_send (talk, "%s", refused[__i__].event);
  fail_unless_equals_int (talk->events->len, 2);
  error = g_ptr_array_index (talk->events, 1);
  fail_unless_equals_string (get_string (error, "type"), "error");
  fail_unless_equals_string (
      get_string (error, "error.code"), refused[__i__].code);
  fail_unless_equals_string (
      get_string (error, "error.param"), refused[__i__].param);
  fail_unless_equals_string (get_string (error, "error.event_id"), "x");
  /* It goes on as before. */
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  fail_unless (talk_count (talk, OUTPUT_DELTA) > 0);
}
GST_END_TEST;

GST_START_TEST (test_close_flushes)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, WITH_TRANSCRIPT);
  gsize n;
  g_autofree gint16 *speech = make_speech (&n);
  g_autofree gchar *heard = NULL;
  g_autofree gchar *said = NULL;
  JsonObject *last;

  /* It ends within a frame. */
  talk_hear_silence (talk, 100);
  talk_hear (talk, speech, n);
  talk_send (talk, "{'type':'session.close'}");
  talk_hear_speech (talk);
  wait_end (talk);
  last = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (last, "type"), "session.closed");
  fail_unless_said (talk, LAG_MS + 100, speech, n);
  /* Nothing of what was heard after it. */
  fail_unless_silent (talk, LAG_MS + 1300, LAG_MS + 1400);
  fail_unless (talk->played_ms <= LAG_MS + 1420);
  heard = join_deltas (talk, 0, INPUT_DELTA);
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  fail_unless_equals_int (count_words (heard), count_words (said));
}
GST_END_TEST;

GST_START_TEST (test_close_of_a_silent_session)
{
  g_autoptr (Talk) talk = talk_new_translation (NULL, PLAIN);
  g_autofree gchar *types = NULL;

  talk_send (talk, "{'type':'session.close'}");
  talk_send (talk, "{'type':'session.close','event_id':'again'}");
  fail_unless_equals_string (
      get_string (g_ptr_array_index (talk->events, 1), "error.code"),
      "session_closing");
  g_ptr_array_remove_index (talk->events, 1);
  wait_end (talk);
  types = talk_types (talk, 0, NULL);
  fail_unless_equals_string (types, "session.created session.closed");
  fail_unless_equals_int64 (talk->played_ms, 0);
}
GST_END_TEST;

GST_START_TEST (test_expiry_says_so_and_ends)
{
  g_autoptr (Talk) talk = talk_new_translation ("--session-age 60", PLAIN);
  JsonObject *error;

  emu_session_expire (talk->session);
  error = g_ptr_array_index (talk->events, 1);
  fail_unless_equals_string (
      get_string (error, "error.code"), "session_expired");
  fail_unless_equals_string (talk->end_reason, "expired");
}
GST_END_TEST;

GST_START_TEST (test_faults)
{
  g_autoptr (Talk) talk = talk_new_translation (
      "--fault no-response --fault no-transcription --fault flood=3 "
      "--fault error-event=server_error --fault bad-json --fault garbage=2",
      WITH_TRANSCRIPT);
  g_autofree gchar *types = talk_types (talk, 0, NULL);
  guint from = talk->events->len;

  fail_unless_equals_string (types, "session.created error " OUTPUT_DELTA);
  fail_unless_equals_int (talk_count (talk, OUTPUT_DELTA), 3);
  fail_unless_equals_int (talk->garbage->len, 3);
  talk_hear_speech (talk);
  talk_hear_silence (talk, 1000);
  wait_played (talk, 2200);
  fail_unless_silent (talk, 0, 2200);
  fail_unless_equals_int (talk->events->len, from);
}
GST_END_TEST;

GST_START_TEST (test_scenario_gives_events)
{
  g_autoptr (Talk) talk = talk_new_translation (
      "--scenario " EMU_SCENARIOS "/translation.json", PLAIN);
  g_autofree gchar *said = NULL;
  JsonObject *error;
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  while (talk_count (talk, "error") == 0) {
    fail_if (g_get_monotonic_time () > deadline);
    g_main_context_iteration (NULL, TRUE);
  }
  error = g_ptr_array_index (talk->events, talk->events->len - 1);
  fail_unless_equals_string (get_string (error, "error.code"), "overloaded");
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  fail_unless_equals_string (said, "Guten Tag.");
  fail_unless_equals_string (talk->end_reason, "scenario");
}
GST_END_TEST;

#ifdef EMU_HAVE_TALK
GST_START_TEST (test_talk_understands)
{
  g_autoptr (Talk) talk = talk_new_translation ("--mind talk", WITH_TRANSCRIPT);
  g_autofree gchar *heard = NULL;
  g_autofree gchar *said = NULL;

  talk_hear_silence (talk, 500);
  talk_hear_words (talk, "tell me a story");
  talk_send (talk, "{'type':'session.close'}");
  wait_end (talk);
  heard = join_deltas (talk, 0, INPUT_DELTA);
  said = join_deltas (talk, 0, OUTPUT_DELTA);
  fail_unless_equals_string (heard, "tell me a story");
  fail_unless_equals_string (said, heard);
}
GST_END_TEST;
#endif

/* --- how they are made ------------------------------------------------- */

#define SECRETS "/realtime/translations/client_secrets"
#define CALLS "/realtime/translations/calls"

/* POST with ' for ", with a key. */
static gchar *
post (Site *site, const gchar *path, const gchar *key, const gchar *type,
    const gchar *body, guint *status)
{
  g_autofree gchar *text = strcmp (type, "application/json") == 0
      ? g_strdelimit (g_strdup (body), "'", '"')
      : g_strdup (body);
  g_autofree gchar *bearer = g_strconcat ("Bearer ", key, NULL);
  g_autoptr (SoupMessage)
      message = request_new (site, "POST", path, type, text);
  gchar *answer;

  soup_message_headers_append (
      soup_message_get_request_headers (message), "Authorization", bearer);
  answer = ask (site, message, NULL);
  *status = soup_message_get_status (message);
  if (*status == 201)
    fail_unless (g_str_has_prefix (
        get_header (message, "Location"), "/v1/realtime/calls/rtc_"));
  return answer;
}

static JsonObject *
post_json (Site *site, const gchar *path, const gchar *key, const gchar *body,
    guint *status)
{
  g_autofree gchar *answer = post (
      site, path, key, "application/json", body, status);
  JsonObject *object = gst_oai_json_parse_object (
      answer, strlen (answer), 65536, NULL);

  fail_unless (object != NULL);
  return object;
}

static gchar *
mint (Site *site, const gchar *path, const gchar *body)
{
  g_autoptr (JsonObject) answer = NULL;
  guint status;

  answer = post_json (site, path, "sk-a", body, &status);
  fail_unless_equals_int (status, 200);
  return g_strdup (get_string (answer, "value"));
}

/* The code of the refusal of a call, or "". */
static gchar *
call (Site *site, const gchar *path, const gchar *key, guint *status)
{
  g_autofree gchar *answer = post (
      site, path, key, "application/sdp", site_offer, status);
  g_autoptr (JsonObject) object = NULL;

  if (*status == 201) {
    fail_unless (g_str_has_prefix (answer, "v=0\r\n"));
    return g_strdup ("");
  }
  object = gst_oai_json_parse_object (answer, strlen (answer), 65536, NULL);
  fail_unless (object != NULL, "%s", answer);
  fail_unless (strlen (get_string (object, "error.message")) > 10);
  return g_strdup (get_string (object, "error.code"));
}

GST_START_TEST (test_secret_is_minted)
{
  g_autoptr (Site) site = site_new ("--api-key sk-a");
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (EmuProblem) problem = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint status;

  answer = post_json (site, SECRETS, "sk-a",
      "{'expires_after':{'anchor':'created_at','seconds':60},"
      "'session':" WITH_TRANSCRIPT "}",
      &status);
  fail_unless_equals_int (status, 200);
  fail_unless (emu_schema_check (
                   &emu_translation_secret_answer_schema, answer, "", &problem),
      "%s", problem ? problem->message : "");
  fail_unless (g_str_has_prefix (get_string (answer, "value"), "ek_"));
  fail_unless (get_int (answer, "expires_at") >= now + 60);
  fail_unless (get_int (answer, "expires_at") < now + 120);
  fail_unless_equals_string (
      get_string (answer, "session.audio.output.language"), "es");
}
GST_END_TEST;

GST_START_TEST (test_bad_secrets_are_refused)
{
  static const struct {
    const gchar *key;
    const gchar *body;
    guint status;
    const gchar *param;
  } rows[] = {
    { "sk-a", "{}", 400, "session" },
    { "sk-a", "{'session':{}}", 400, "session.model" },
    { "sk-a", "{'session':{" MODEL ",'type':'translation'}}", 400,
        "session.type" },
    { "sk-a", "{'session':{" MODEL ",'audio':{'output':{'voice':'a'}}}}", 400,
        "session.audio.output.voice" },
    { "sk-a", "{'session':" PLAIN ",'expires_after':{'seconds':9}}", 400,
        "expires_after.seconds" },
    { "sk-a", "{'session':{'model':'gpt-other'}}", 404, "model" },
    { "sk-b", "{'session':" PLAIN "}", 401, "" },
  };
  g_autoptr (Site) site = site_new (
      "--api-key sk-a --models gpt-realtime-2.1,gpt-realtime-translate");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint status;
    g_autoptr (JsonObject)
        answer = post_json (site, SECRETS, rows[i].key, rows[i].body, &status);

    fail_unless (status == rows[i].status, "%s: %u", rows[i].body, status);
    fail_unless_equals_string (
        get_string (answer, "error.param"), rows[i].param);
  }
}
GST_END_TEST;

GST_START_TEST (test_secrets_of_the_other_kind_are_refused)
{
  g_autoptr (Site) site = site_new ("--api-key sk-a");
  g_autofree gchar *translation = mint (site, SECRETS, "{'session':" PLAIN "}");
  g_autofree gchar *realtime = mint (
      site, "/realtime/client_secrets", "{'session':{'type':'realtime'}}");
  const struct {
    const gchar *path;
    const gchar *key;
    guint status;
    const gchar *code;
  } rows[] = {
    { CALLS, translation, 201, "" },
    { CALLS, translation, 201, "" },
    { "/realtime/calls", realtime, 201, "" },
    { "/realtime/calls", translation, 400, "invalid_client_secret" },
    { CALLS, realtime, 400, "invalid_client_secret" },
    { CALLS, "sk-a", 401, "client_secret_required" },
    { CALLS, "sk-b", 401, "invalid_api_key" },
    { CALLS "?model=gpt-realtime-translate", translation, 400,
        "unknown_parameter" },
  };
  g_autofree gchar *code = NULL;
  guint status, i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *got = call (site, rows[i].path, rows[i].key, &status);

    fail_unless (status == rows[i].status, "%u: %u %s", i, status, got);
    fail_unless_equals_string (got, rows[i].code);
  }
  /* The session is that of the secret. */
  code = post (site, CALLS, translation, "multipart/form-data", "a", &status);
  fail_unless_equals_int (status, 400);
  fail_unless (strstr (code, "unsupported_content_type") != NULL);
}
GST_END_TEST;

GST_START_TEST (test_calls_meet_faults)
{
  g_autoptr (Site)
      site = site_new ("--fault first=1 --fault 'status=503,Retry-After: 1'");
  g_autofree gchar *secret = mint (site, SECRETS, "{'session':" PLAIN "}");
  guint status;

  g_free (call (site, CALLS, secret, &status));
  fail_unless_equals_int (status, 503);
  g_free (call (site, CALLS, secret, &status));
  fail_unless_equals_int (status, 201);
}
GST_END_TEST;

static Suite *
translation_suite (void)
{
  Suite *s = suite_create ("emulator-translation");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_session_begins_with_its_settings);
  tcase_add_test (tc, test_sound_comes_out_as_it_went_in);
  tcase_add_test (tc, test_pause_of_the_client_is_none);
  tcase_add_test (tc, test_words_come_while_speech_is_heard);
  tcase_add_test (tc, test_input_transcript_only_when_configured);
  tcase_add_test (tc, test_language_is_changed);
  tcase_add_loop_test (
      tc, test_bad_event_is_refused_with_its_id, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tc, test_close_flushes);
  tcase_add_test (tc, test_close_of_a_silent_session);
  tcase_add_test (tc, test_expiry_says_so_and_ends);
  tcase_add_test (tc, test_faults);
  tcase_add_test (tc, test_scenario_gives_events);
#ifdef EMU_HAVE_TALK
  tcase_add_test (tc, test_talk_understands);
#endif
  tcase_add_test (tc, test_secret_is_minted);
  tcase_add_test (tc, test_bad_secrets_are_refused);
  tcase_add_test (tc, test_secrets_of_the_other_kind_are_refused);
  tcase_add_test (tc, test_calls_meet_faults);
  return s;
}

GST_CHECK_MAIN (translation);
