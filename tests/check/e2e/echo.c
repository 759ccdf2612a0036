/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <string.h>

/* A room in which the microphone hears the loudspeaker, and the launch line of
 * the documentation in it, word for word. */

/* --- the room ------------------------------------------------------------ */

#define MS(x) (E2E_RATE * (x) / 1000)

/* The ways of the sound from the loudspeaker to the microphone. */
typedef struct {
  guint delay; /* ms */
  gdouble gain;
} Way;

static const Way ways[] = {
  { 20, 0.25 }, /* straight: 12 dB less than what is played */
  { 26, -0.10 }, /* the table, the walls */
  { 37, 0.08 },
  { 52, -0.05 },
  { 71, 0.03 },
  { 90, 0.015 },
};

/* Sinks for sound cards play one sample after the other unless the time stamps
 * are so far off. */
#define ALIGNMENT (40 * GST_MSECOND)
/* Buffers captured, but not handed over yet: a sound card gives what it has
 * captured later than it takes what it plays. */
#define CAPTURE_LAG 4

/* Loudspeaker and microphone of one sound card. It captures as it plays, so that
 * the echo has its place in the stream however late the machine is. */
typedef struct {
  GstElement *mic;
  guint late; /* the loudspeaker, in ms: more than that */

  GMutex lock; /* protects everything in this struct */
  GArray *near_end; /* what is left to say, of gint16 */
  GArray *played; /* all of it, of gint16 */
  GstClockTime next; /* running time behind what was played */
  GQueue captured; /* of GstBuffer */
} Room;

#define ROOM_MICROPHONE                                                        \
  "appsrc name=mic is-live=true format=time min-latency=40000000 "             \
  "caps=" E2E_CAPS
/* For a loudspeaker that is so many milliseconds late. */
#define ROOM_LOUDSPEAKER                                                       \
  "audioconvert ! audioresample ! " E2E_CAPS                                   \
  " ! appsink name=loudspeaker emit-signals=false render-delay=%u000000"

static gdouble
played_at (Room *room, gint position)
{
  return position < 0 ? 0 : g_array_index (room->played, gint16, position);
}

/* Plays @n samples, silence if they are NULL, and captures as many. */
static void
room_play (Room *room, const gint16 *samples, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * sizeof (gint16), NULL);
  guint begin = room->played->len;
  guint said = MIN (n, room->near_end->len);
  GstMapInfo map;
  guint i, way;

  g_array_set_size (room->played, begin + n);
  if (samples)
    memcpy (&g_array_index (room->played, gint16, begin), samples,
        n * sizeof (gint16));
  else
    memset (
        &g_array_index (room->played, gint16, begin), 0, n * sizeof (gint16));

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (i = 0; i < n; i++) {
    gdouble heard = 0;

    for (way = 0; way < G_N_ELEMENTS (ways); way++)
      heard += ways[way].gain
          * played_at (room, begin + i - MS (ways[way].delay + room->late));
    if (i < said)
      heard += g_array_index (room->near_end, gint16, i);
    ((gint16 *) map.data)[i] = CLAMP (heard, G_MININT16, G_MAXINT16);
  }
  gst_buffer_unmap (buffer, &map);
  g_array_remove_range (room->near_end, 0, said);

  GST_BUFFER_PTS (buffer) = room->next;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (
      n, GST_SECOND, E2E_RATE);
  room->next += GST_BUFFER_DURATION (buffer);
  g_queue_push_tail (&room->captured, buffer);
  if (g_queue_get_length (&room->captured) > CAPTURE_LAG)
    gst_app_src_push_buffer (
        GST_APP_SRC (room->mic), g_queue_pop_head (&room->captured));
}

static GstFlowReturn
on_played (GstAppSink *sink, gpointer user_data)
{
  Room *room = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer;
  GstClockTime time;
  GstMapInfo map;

  if (sample == NULL)
    return GST_FLOW_EOS;
  buffer = gst_sample_get_buffer (sample);
  time = gst_segment_to_running_time (gst_sample_get_segment (sample),
             GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
      + gst_base_sink_get_latency (GST_BASE_SINK (sink))
      - gst_base_sink_get_render_delay (GST_BASE_SINK (sink));

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&room->lock);
  if (!GST_CLOCK_TIME_IS_VALID (room->next))
    room->next = time;
  /* Where nothing came to be played, it was silent. */
  if (time > room->next + ALIGNMENT) {
    room_play (room, NULL,
        MIN (
            gst_util_uint64_scale_int (time - room->next, E2E_RATE, GST_SECOND),
            10 * E2E_RATE));
    room->next = time;
  }
  room_play (room, (const gint16 *) map.data, map.size / sizeof (gint16));
  g_mutex_unlock (&room->lock);
  gst_buffer_unmap (buffer, &map);
  gst_sample_unref (sample);

  return GST_FLOW_OK;
}

static void
room_init (Room *room, E2ePipe *pipe, guint late)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_played };

  g_mutex_init (&room->lock);
  room->near_end = g_array_new (FALSE, FALSE, sizeof (gint16));
  room->played = g_array_new (FALSE, FALSE, sizeof (gint16));
  room->next = GST_CLOCK_TIME_NONE;
  g_queue_init (&room->captured);
  room->mic = e2e_pipe_get (pipe, "mic");
  room->late = late;
  gst_app_sink_set_callbacks (GST_APP_SINK (e2e_pipe_get (pipe, "loudspeaker")),
      &callbacks, room, NULL);
}

/* Once the pipeline is gone. */
static void
room_clear (Room *room)
{
  g_queue_clear_full (&room->captured, (GDestroyNotify) gst_buffer_unref);
  g_array_unref (room->near_end);
  g_array_unref (room->played);
  g_mutex_clear (&room->lock);
}

static void
room_say (Room *room, GArray *sound)
{
  g_mutex_lock (&room->lock);
  g_array_append_vals (room->near_end, sound->data, sound->len);
  g_mutex_unlock (&room->lock);
}

/* Whether nothing is left to say. */
static gboolean
room_has_said (gpointer user_data)
{
  Room *room = user_data;
  gboolean said;

  g_mutex_lock (&room->lock);
  said = room->near_end->len == 0;
  g_mutex_unlock (&room->lock);

  return said;
}

/* How much was played so far. */
static guint
room_length (Room *room)
{
  guint length;

  g_mutex_lock (&room->lock);
  length = room->played->len;
  g_mutex_unlock (&room->lock);

  return length;
}

/* What was played from there on. */
static GArray *
room_played_since (Room *room, guint from)
{
  GArray *part = g_array_new (FALSE, FALSE, sizeof (gint16));

  g_mutex_lock (&room->lock);
  g_array_append_vals (part, &g_array_index (room->played, gint16, from),
      room->played->len - from);
  g_mutex_unlock (&room->lock);

  return part;
}

/* --- the line of the documentation --------------------------------------- */

/* @text with each match of @pattern replaced; there must be one. */
static gchar *
replace (const gchar *text, const gchar *pattern, const gchar *with)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  gchar *result;

  fail_unless (regex != NULL && g_regex_match (regex, text, 0, NULL),
      "no %s in %s", pattern, text);
  result = g_regex_replace_literal (regex, text, -1, 0, with, 0, NULL);
  fail_unless (result != NULL);

  return result;
}

/* The launch line with webrtcdsp that stands in a file, as one line. */
static gchar *
read_line (const gchar *file)
{
  g_autofree gchar *path = g_build_filename (E2E_SOURCE_ROOT, file, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) commands = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *joined = NULL;
  guint i;

  fail_unless (g_file_get_contents (path, &text, NULL, &error), "%s",
      error ? error->message : "");
  joined = replace (text, "\\\\\n *", "");
  commands = g_strsplit (joined, "\n", -1);
  for (i = 0; commands[i]; i++) {
    if (g_str_has_prefix (commands[i], "gst-launch-1.0 ")
        && strstr (commands[i], " webrtcdsp"))
      return g_strdup (commands[i] + strlen ("gst-launch-1.0 "));
  }
  fail ("%s has no line with webrtcdsp", path);
  return NULL;
}

/* --- a conversation in the room ------------------------------------------ */

typedef struct {
  gchar *dir; /* of the scenario */
  E2eEmulator *emulator;
  E2ePipe *pipe;
  Room room;
  GArray *question;
  GArray *answer;
} Talk;

static void
store (const gchar *source, const gchar *path)
{
  g_autoptr (E2ePipe)
      pipe = e2e_pipe_new ("%s ! audioconvert ! audioresample "
                           "! " E2E_CAPS " ! wavenc ! filesink location=%s",
          source, path);

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
}

/* Without the silence at the end: who answers does so after the last word. */
static GArray *
load_speech (const gchar *source)
{
  GArray *sound = e2e_sound_load (source);
  gint peak = 0;
  guint i;

  for (i = 0; i < sound->len; i++)
    peak = MAX (peak, ABS (g_array_index (sound, gint16, i)));
  while (i > 0 && ABS (g_array_index (sound, gint16, i - 1)) < peak / 10)
    i--;
  g_array_set_size (sound, i);

  return sound;
}

/* A server that answers with a page of a book, whatever it hears. */
static void
start_server (Talk *talk, const gchar *answer)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *wav = NULL;
  g_autofree gchar *scenario = NULL;
  g_autofree gchar *options = NULL;

  talk->dir = g_dir_make_tmp ("echo-XXXXXX", &error);
  fail_unless (talk->dir != NULL, "%s", error ? error->message : "");
  wav = g_build_filename (talk->dir, "page.wav", NULL);
  store (answer, wav);
  scenario = g_build_filename (talk->dir, "scenario.json", NULL);
  fail_unless (g_file_set_contents (scenario,
                   "{\"answers\": [{\"wav\": \"page.wav\"}]}", -1, &error),
      "%s", error ? error->message : "");
  options = g_strdup_printf ("--scenario %s", scenario);
  talk->emulator = e2e_emulator_start (options);
}

/* Runs the line of the README, with or without the elements that cancel the echo,
 * and a sink that knows that its loudspeaker is @late. FALSE when there is nothing
 * to say. */
static gboolean
talk_start (Talk *talk, gboolean cancel_echo, guint late)
{
  g_autofree gchar *question = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autofree gchar *answer = e2e_speech (E2E_SPEECH_AUSTEN);
  g_autofree gchar *line = NULL;
  g_autofree gchar *with_microphone = NULL;
  g_autofree gchar *in_room = NULL;
  g_autofree gchar *loudspeaker = g_strdup_printf (ROOM_LOUDSPEAKER, late);
  g_autofree gchar *element = NULL;
  g_autofree gchar *whole = NULL;

  if (question == NULL || answer == NULL)
    return FALSE;
  memset (talk, 0, sizeof (*talk));
  talk->question = load_speech (question);
  talk->answer = e2e_sound_load (answer);
  start_server (talk, answer);

  line = read_line ("README.md");
  if (!cancel_echo) {
    gchar *bare = replace (line, "\\bwebrtc(dsp|echoprobe)\\b[^!]*! ", "");

    g_free (line);
    line = bare;
  }
  with_microphone = replace (line, "\\bautoaudiosrc\\b", ROOM_MICROPHONE);
  in_room = replace (with_microphone, "\\bautoaudiosink\\b", loudspeaker);
  element = g_strdup_printf (
      "openairealtime base-url=%s", e2e_emulator_url (talk->emulator));
  whole = replace (in_room, "\\bopenairealtime\\b", element);
  GST_INFO ("%s", whole);
  talk->pipe = e2e_pipe_new ("%s", whole);
  room_init (&talk->room, talk->pipe, late);
  e2e_pipe_set_state (talk->pipe, GST_STATE_PLAYING);
  e2e_wait_connected (talk->pipe);

  return TRUE;
}

static void
talk_stop (Talk *talk)
{
  e2e_pipe_free (talk->pipe);
  e2e_emulator_stop (talk->emulator);
  room_clear (&talk->room);
  g_array_unref (talk->question);
  g_array_unref (talk->answer);
  e2e_remove_dir (talk->dir);
  g_free (talk->dir);
}

typedef struct {
  Room *room;
  guint length;
} Moment;

static gboolean
has_come (gpointer user_data)
{
  Moment *moment = user_data;

  return room_length (moment->room) >= moment->length;
}

/* Until so much more was played. */
static void
listen (Talk *talk, guint samples)
{
  Moment moment = { &talk->room, room_length (&talk->room) + samples };

  e2e_wait_until (talk->pipe, has_come, &moment, "sound");
}

/* As much as the answer has was played from @from on. Not compared with it: a
 * machine that stalls makes the playout wait and catch up. */
static void
assert_heard (Talk *talk, guint from)
{
  g_autoptr (GArray) heard = room_played_since (&talk->room, from);
  guint64 loud = e2e_sound_loud (heard);
  guint64 expected = e2e_sound_loud (talk->answer);

  fail_unless (loud > expected * 9 / 10,
      "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " loud samples", loud,
      expected);
}

static guint
turns (Talk *talk)
{
  return e2e_count_events (talk->pipe, "input_audio_buffer.speech_started");
}

/* Asks, and hears the answer to its end; returns the index behind that. */
static guint
ask (Talk *talk, guint from)
{
  guint begin = room_length (&talk->room);
  guint before = turns (talk);
  guint next;

  room_say (&talk->room, talk->question);
  next = e2e_wait_event (talk->pipe, from, "output_audio_buffer.started", NULL);
  fail_unless (room_has_said (&talk->room));
  next = e2e_wait_event (talk->pipe, next, "output_audio_buffer.stopped", NULL);
  /* The last of it comes back, too, and a turn begins a little after speech. */
  listen (talk, E2E_RATE);
  assert_heard (talk, begin);
  fail_unless_equals_int (turns (talk), before + 1);
  fail_unless_equals_int (
      e2e_count_events (talk->pipe, "output_audio_buffer.cleared"), 0);

  return next;
}

GST_START_TEST (test_answers_are_heard_to_their_end)
{
  Talk talk;
  guint next = 0, i;

  if (!talk_start (&talk, TRUE, 0))
    return;
  for (i = 0; i < 3; i++)
    next = ask (&talk, next);
  talk_stop (&talk);
}
GST_END_TEST;

/* As over Bluetooth. */
GST_START_TEST (test_sink_knows_of_a_late_loudspeaker)
{
  Talk talk;

  if (!talk_start (&talk, TRUE, 150))
    return;
  ask (&talk, 0);
  talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_person_interrupts_in_spite_of_the_canceller)
{
  Talk talk;
  guint next, begin;

  if (!talk_start (&talk, TRUE, 0))
    return;
  next = ask (&talk, 0);
  room_say (&talk.room, talk.question);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.started", NULL);
  begin = room_length (&talk.room);
  listen (&talk, talk.answer->len / 4);
  fail_unless_equals_int (turns (&talk), 2);
  room_say (&talk.room, talk.question);
  next = e2e_wait_event (
      talk.pipe, next, "input_audio_buffer.speech_started", NULL);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.cleared", NULL);
  fail_unless (room_length (&talk.room) - begin < talk.answer->len);
  /* And what was said is answered. */
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.started", NULL);
  next = e2e_wait_event (talk.pipe, next, "output_audio_buffer.stopped", NULL);
  fail_unless_equals_int (
      e2e_count_events (talk.pipe, "output_audio_buffer.cleared"), 1);
  talk_stop (&talk);
}
GST_END_TEST;

/* The echo is there: without the canceller nobody needs to say a word. */
GST_START_TEST (test_without_the_canceller_the_answer_interrupts_itself)
{
  Talk talk;
  guint next = 0, i;

  if (!talk_start (&talk, FALSE, 0))
    return;
  room_say (&talk.room, talk.question);
  for (i = 0; i < 2; i++) {
    next = e2e_wait_event (
        talk.pipe, next, "output_audio_buffer.started", NULL);
    fail_unless (room_has_said (&talk.room));
    next = e2e_wait_event (
        talk.pipe, next, "input_audio_buffer.speech_started", NULL);
    next = e2e_wait_event (
        talk.pipe, next, "output_audio_buffer.cleared", NULL);
  }
  fail_unless_equals_int (
      e2e_count_events (talk.pipe, "output_audio_buffer.stopped"), 0);
  talk_stop (&talk);
}
GST_END_TEST;

GST_START_TEST (test_examples_have_the_same_canceller)
{
  static const gchar *const programs[] = { "examples/conversation.c",
    "examples/conversation.py" };
  g_autofree gchar *readme = read_line ("README.md");
  g_autofree gchar *examples = read_line ("examples/README.md");
  g_auto (GStrv) parts = g_strsplit (strstr (readme, "webrtcdsp"), " !", 2);
  guint i;

  fail_unless_equals_string (readme, examples);
  for (i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autofree gchar *path = g_build_filename (
        E2E_SOURCE_ROOT, programs[i], NULL);
    g_autofree gchar *text = NULL;

    fail_unless (g_file_get_contents (path, &text, NULL, NULL));
    fail_unless (
        strstr (text, parts[0]) != NULL, "no '%s' in %s", parts[0], path);
  }
}
GST_END_TEST;

static Suite *
echo_suite (void)
{
  Suite *s = suite_create ("e2e-echo");
  TCase *tc = tcase_create ("echo");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_answers_are_heard_to_their_end);
  tcase_add_test (tc, test_sink_knows_of_a_late_loudspeaker);
  tcase_add_test (tc, test_person_interrupts_in_spite_of_the_canceller);
  tcase_add_test (tc, test_without_the_canceller_the_answer_interrupts_itself);
  tcase_add_test (tc, test_examples_have_the_same_canceller);
  return s;
}

E2E_MAIN (echo_suite)
