/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <gst/app/gstappsink.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* The pads of text: what is said and heard, recorded beside the sound. */

#define FIRST "good morning to all of you"
#define STORY                                                                  \
  "This is the first sentence of it. Here is the second one. Then follows a "  \
  "third. The fourth is longer than the others were. And nobody hears the "    \
  "fifth. Nor does anybody hear the sixth."
#define LAST "good evening"
/* The words of E2E_SPEECH_GO_FORWARD. */
#define QUESTION "go forward ten meters"

/* Sound with less of a pause than this in it is one stretch. */
#define PAUSE (700 * GST_MSECOND)
/* Speech begins softly; the muxer counts in ms, and Opus has a delay. */
#define TOLERANCE (150 * GST_MSECOND)

typedef struct {
  GMutex lock; /* protects everything in this struct */
  GString *text; /* all of them, with | between */
  GArray *times; /* of GstClockTime */
  GArray *ends; /* of GstClockTime */
} Texts;

static GstFlowReturn
on_text (GstAppSink *sink, gpointer user_data)
{
  Texts *texts = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer;
  GstClockTime pts, end;
  GstMapInfo map;

  if (sample == NULL)
    return GST_FLOW_EOS;
  buffer = gst_sample_get_buffer (sample);
  pts = GST_BUFFER_PTS (buffer);
  end = pts + GST_BUFFER_DURATION (buffer);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  /* Newer versions write gaps as buffers without text. */
  if (map.size > 0 && map.data[0] != '\0') {
    g_mutex_lock (&texts->lock);
    g_string_append_len (texts->text, (const gchar *) map.data,
        strnlen ((gchar *) map.data, map.size));
    g_string_append_c (texts->text, '|');
    g_array_append_val (texts->times, pts);
    g_array_append_val (texts->ends, end);
    g_mutex_unlock (&texts->lock);
  }
  gst_buffer_unmap (buffer, &map);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

static void
texts_init (Texts *texts, E2ePipe *pipe, const gchar *name)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_text };

  g_mutex_init (&texts->lock);
  texts->text = g_string_new (NULL);
  texts->times = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  texts->ends = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  gst_app_sink_set_callbacks (
      GST_APP_SINK (e2e_pipe_get (pipe, name)), &callbacks, texts, NULL);
}

static void
texts_clear (Texts *texts)
{
  g_string_free (texts->text, TRUE);
  g_array_unref (texts->times);
  g_array_unref (texts->ends);
  g_mutex_clear (&texts->lock);
}

static GstClockTime
text_time (Texts *texts, guint i)
{
  fail_unless (i < texts->times->len);
  return g_array_index (texts->times, GstClockTime, i);
}

/* A stretch of sound. */
typedef struct {
  GstClockTime begin;
  GstClockTime end;
} Stretch;

static GArray *
find_stretches (GArray *sound, GstClockTime first)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Stretch));
  guint i;

  for (i = 0; i < sound->len; i++) {
    GstClockTime time = first
        + gst_util_uint64_scale_int (i, GST_SECOND, E2E_RATE);
    Stretch *last = found->len > 0
        ? &g_array_index (found, Stretch, found->len - 1)
        : NULL;

    if (ABS (g_array_index (sound, gint16, i)) <= E2E_LOUD)
      continue;
    if (last && time < last->end + PAUSE) {
      last->end = time;
    } else {
      Stretch stretch = { time, time };

      g_array_append_val (found, stretch);
    }
  }
  return found;
}

static void
say (GstElement *ai, const gchar *text)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (ai, "send-text", text, &sent);
  fail_unless (sent);
}

/* Holds the conversation of the test: an answer, words of the user when there is
 * somebody who understands them, an answer that is cut off, another answer. It is
 * written to @path. */
static void
record (const gchar *path, const gchar *events, GArray *question)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  E2eMicrophone *mic;
  E2eCapture *capture;
  GstElement *ai;
  gboolean sent = FALSE;
  guint next;

  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s create-response=false "
      "input-transcription-model=whisper-1 ! tee name=t "
      "matroskamux name=mux ! filesink location=%s "
      "t. ! queue ! mux. ai.transcript_src ! queue ! mux. "
      "ai.input_transcript_src ! queue ! mux. "
      "ai.event_src ! queue ! filesink location=%s "
      "t. ! queue ! " E2E_OUT,
      e2e_emulator_url (emulator), path, events);
  capture = e2e_capture (pipe, "out");
  mic = e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  say (ai, FIRST);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.stopped", NULL);
  if (question) {
    e2e_microphone_say (mic, question);
    next = e2e_wait_event (pipe, next,
        "conversation.item.input_audio_transcription.completed", NULL);
  }
  /* Two stretches, also to a test that knows only the sound. */
  e2e_wait_length (
      pipe, capture, e2e_capture_length (capture) + 3 * E2E_RATE / 2);
  say (ai, STORY);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.started", NULL);
  e2e_wait_loud (pipe, capture, e2e_capture_loud (capture) + E2E_RATE);
  g_signal_emit_by_name (ai, "interrupt", &sent);
  fail_unless (sent);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.cleared", NULL);
  e2e_wait_length (
      pipe, capture, e2e_capture_length (capture) + 3 * E2E_RATE / 2);
  say (ai, LAST);
  e2e_wait_event (pipe, next, "output_audio_buffer.stopped", NULL);
  fail_unless (gst_element_send_event (pipe->pipeline, gst_event_new_eos ()));
  e2e_wait_eos (pipe);
}

/* Every event is one line. */
static void
assert_events (const gchar *path)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint i, cleared = 0;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (i = 0; lines[i] && *lines[i]; i++) {
    g_autoptr (JsonNode) root = json_from_string (lines[i], NULL);
    const gchar *type;

    fail_unless (root != NULL, "%.100s", lines[i]);
    type = json_object_get_string_member (json_node_get_object (root), "type");
    if (i == 0)
      fail_unless_equals_string (type, "session.created");
    cleared += strcmp (type, "output_audio_buffer.cleared") == 0;
  }
  fail_unless_equals_int (cleared, 1);
}

GST_START_TEST (test_recorded_conversation_has_subtitles)
{
  g_autofree gchar *dir = g_dir_make_tmp ("e2e-pads-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "talk.mkv", NULL);
  g_autofree gchar *events = g_build_filename (dir, "events.json", NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  g_autoptr (GArray) sound = NULL;
  g_autoptr (GArray) stretches = NULL;
  g_auto (GStrv) said = NULL;
  g_autofree gchar *told = NULL;
  E2eCapture *capture;
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_GO_FORWARD);
  g_autoptr (GArray) question = NULL;
  Stretch *stretch;
  Texts texts, asked;
  guint n, i;

  if (E2E_HAVE_TALK && source)
    question = e2e_sound_load (source);
  record (path, events, question);
  assert_events (events);

  pipe = e2e_pipe_new ("filesrc location=%s ! matroskademux name=d "
                       "d.audio_0 ! queue ! " E2E_OUT
                       " d.subtitle_0 ! queue ! appsink name=text sync=false "
                       "d.subtitle_1 ! queue ! appsink name=asked sync=false",
      path);
  capture = e2e_capture (pipe, "out");
  texts_init (&texts, pipe, "text");
  texts_init (&asked, pipe, "asked");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  fail_unless_equals_int (capture->backward, 0);
  sound = e2e_capture_copy (capture);
  stretches = find_stretches (sound, capture->first);
  fail_unless_equals_int (stretches->len, 3);
  stretch = (Stretch *) stretches->data;

  said = g_strsplit (texts.text->str, "|", -1);
  n = g_strv_length (said) - 1; /* nothing is behind the last | */
  fail_unless (n >= 3, "%s", texts.text->str);
  fail_unless_equals_string (said[0], FIRST);
  fail_unless_equals_string (said[n - 1], LAST);
  /* What was heard of the story, and nothing that was not. */
  g_free (g_steal_pointer (&said[n - 1]));
  told = g_strjoinv (" ", said + 1);
  fail_unless (g_str_has_prefix (STORY, told), "%s", told);
  fail_unless (strlen (told) < strlen (STORY) / 2, "%s", told);

  fail_unless (ABS (GST_CLOCK_DIFF (text_time (&texts, 0), stretch[0].begin))
      < (GstClockTimeDiff) TOLERANCE);
  fail_unless (ABS (GST_CLOCK_DIFF (text_time (&texts, 1), stretch[1].begin))
      < (GstClockTimeDiff) TOLERANCE);
  fail_unless (
      ABS (GST_CLOCK_DIFF (text_time (&texts, n - 1), stretch[2].begin))
      < (GstClockTimeDiff) TOLERANCE);
  for (i = 1; i < n - 1; i++) {
    fail_unless (text_time (&texts, i) <= stretch[1].end + TOLERANCE);
    fail_unless (text_time (&texts, i) >= text_time (&texts, i - 1));
  }
  for (i = 0; i < n; i++)
    fail_unless (g_array_index (texts.ends, GstClockTime, i)
        >= text_time (&texts, i) + 500 * GST_MSECOND);
  fail_unless_equals_string (asked.text->str, question ? QUESTION "|" : "");
  /* Between the two answers, and as long as it was. */
  if (question) {
    GstClockTime begin = text_time (&asked, 0);
    GstClockTime end = g_array_index (asked.ends, GstClockTime, 0);

    fail_unless (begin > stretch[0].end && end < stretch[1].begin);
    fail_unless (end - begin > GST_SECOND && end - begin < 5 * GST_SECOND);
  }
  g_clear_pointer (&pipe, e2e_pipe_free);
  texts_clear (&texts);
  texts_clear (&asked);
  e2e_remove_dir (dir);
}
GST_END_TEST;

/* A pad that comes late, is never linked, or goes while it is in use. */
GST_START_TEST (test_pads_come_and_go_while_playing)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  GstElement *ai, *sink;
  GstPad *pad, *peer;
  Texts texts;
  guint i, next;

  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s ! " E2E_OUT
      " appsink name=text sync=false async=false",
      e2e_emulator_url (emulator));
  e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  sink = e2e_pipe_get (pipe, "text");
  texts_init (&texts, pipe, "text");
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  /* Never linked. */
  pad = gst_element_request_pad_simple (ai, "input_transcript_src");
  fail_unless (pad != NULL);
  gst_object_unref (pad);
  for (i = 0; i < 2; i++) {
    pad = gst_element_request_pad_simple (ai, "transcript_src");
    fail_unless (pad != NULL);
    peer = gst_element_get_static_pad (sink, "sink");
    fail_unless_equals_int (gst_pad_link (pad, peer), GST_PAD_LINK_OK);
    say (ai, i == 0 ? FIRST : LAST);
    next = e2e_wait_event (pipe, next, "output_audio_buffer.stopped", NULL);
    gst_pad_unlink (pad, peer);
    gst_object_unref (peer);
    gst_element_release_request_pad (ai, pad);
    gst_object_unref (pad);
  }
  fail_unless_equals_string (texts.text->str, FIRST "|" LAST "|");
  pad = gst_element_request_pad_simple (ai, "event_src");
  gst_element_release_request_pad (ai, pad);
  gst_object_unref (pad);
  g_clear_pointer (&pipe, e2e_pipe_free);
  texts_clear (&texts);
}
GST_END_TEST;

/* What passes a pad, a letter for each. */
typedef struct {
  GMutex lock; /* protects everything in this struct */
  GString *log;
} Passing;

static GstPadProbeReturn
on_passing (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Passing *passing = user_data;
  gchar letter = 'b';

  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER)) {
    switch (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))) {
      case GST_EVENT_FLUSH_START:
        letter = '<';
        break;
      case GST_EVENT_FLUSH_STOP:
        letter = '>';
        break;
      case GST_EVENT_SEGMENT:
        letter = 's';
        break;
      default:
        return GST_PAD_PROBE_OK;
    }
  }
  g_mutex_lock (&passing->lock);
  /* Sound has many of them. */
  if (letter != 'b' || passing->log->len == 0
      || passing->log->str[passing->log->len - 1] != 'b')
    g_string_append_c (passing->log, letter);
  g_mutex_unlock (&passing->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (E2ePipe *pipe, const gchar *sink, Passing *passing)
{
  g_autoptr (GstPad)
      pad = gst_element_get_static_pad (e2e_pipe_get (pipe, sink), "sink");

  g_mutex_init (&passing->lock);
  passing->log = g_string_new (NULL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
          | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      on_passing, passing, NULL);
}

static gboolean
has_flushed (gpointer data)
{
  Passing *passing = data;
  gboolean has;

  g_mutex_lock (&passing->lock);
  has = g_str_has_suffix (passing->log->str, "sb<>sb");
  g_mutex_unlock (&passing->lock);
  return has;
}

static gboolean
has_last (gpointer data)
{
  Texts *texts = data;
  gboolean has;

  g_mutex_lock (&texts->lock);
  has = g_str_has_suffix (texts->text->str, "|" LAST "|");
  g_mutex_unlock (&texts->lock);
  return has;
}

/* An interruption empties what is behind the pads, of the words as of the sound,
 * and both go on. */
GST_START_TEST (test_interruption_flushes_sound_and_words)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (NULL);
  g_autoptr (E2ePipe) pipe = NULL;
  g_auto (GStrv) said = NULL;
  g_autofree gchar *told = NULL;
  Passing sound, words, heard;
  E2eCapture *capture;
  GstElement *ai;
  Texts texts;
  gboolean sent = FALSE;
  guint next, n;

  pipe = e2e_pipe_new (E2E_MICROPHONE
      " ! openairealtime name=ai base-url=%s interrupt-mode=flush ! "
      "queue ! " E2E_OUT
      " ai.transcript_src ! queue ! appsink name=text sync=false "
      "ai.input_transcript_src ! queue ! appsink name=asked sync=false",
      e2e_emulator_url (emulator));
  capture = e2e_capture (pipe, "out");
  e2e_microphone (pipe, "mic");
  ai = e2e_pipe_get (pipe, "ai");
  texts_init (&texts, pipe, "text");
  watch (pipe, "out", &sound);
  watch (pipe, "text", &words);
  watch (pipe, "asked", &heard);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  next = e2e_wait_connected (pipe);
  say (ai, FIRST);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.stopped", NULL);
  say (ai, STORY);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.started", NULL);
  e2e_wait_loud (pipe, capture, e2e_capture_loud (capture) + E2E_RATE);
  g_signal_emit_by_name (ai, "interrupt", &sent);
  fail_unless (sent);
  next = e2e_wait_event (pipe, next, "output_audio_buffer.cleared", NULL);
  say (ai, LAST);
  e2e_wait_event (pipe, next, "output_audio_buffer.stopped", NULL);
  e2e_wait_until (pipe, has_last, &texts, LAST);
  e2e_wait_until (pipe, has_flushed, &words, "flush of the words");
  e2e_wait_until (pipe, has_flushed, &sound, "flush of the sound");

  said = g_strsplit (texts.text->str, "|", -1);
  n = g_strv_length (said) - 1;
  fail_unless_equals_string (said[0], FIRST);
  g_free (g_steal_pointer (&said[n - 1]));
  told = g_strjoinv (" ", said + 1);
  fail_unless (g_str_has_prefix (STORY, told), "%s", told);
  fail_unless (strlen (told) < strlen (STORY) / 2, "%s", told);
  fail_unless (gst_element_send_event (pipe->pipeline, gst_event_new_eos ()));
  e2e_wait_eos (pipe);
  /* What the user said is said. */
  fail_unless_equals_string (heard.log->str, "s");
  g_clear_pointer (&pipe, e2e_pipe_free);
  g_string_free (sound.log, TRUE);
  g_string_free (words.log, TRUE);
  g_string_free (heard.log, TRUE);
  texts_clear (&texts);
}
GST_END_TEST;

static Suite *
pads_suite (void)
{
  Suite *s = suite_create ("e2e-pads");
  TCase *tc = tcase_create ("pads");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_recorded_conversation_has_subtitles);
  tcase_add_test (tc, test_pads_come_and_go_while_playing);
  tcase_add_test (tc, test_interruption_flushes_sound_and_words);
  return s;
}

E2E_MAIN (pads_suite)
