/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaicaptions.h"

#include <string.h>

/* A pause that separates two stretches of sound. */
#define PAUSE (500 * GST_MSECOND)
/* What the playout may still hold when the server says that all is sent. */
#define TAIL (300 * GST_MSECOND)
/* Servers that do not tell: an answer is over after such a silence. */
#define LONG_SILENCE (1500 * GST_MSECOND)
/* Sound and the events about it travel apart. An answer that is complete by so
 * much and has not been heard has no sound. */
#define SOUND_TOLERANCE (5 * GST_SECOND)
/* A phrase that is due waits so long for its end. */
#define PHRASE_PATIENCE (500 * GST_MSECOND)
/* What a translation says waits so long for the end of its sentence; a word for the
 * rest of it twice as long. */
#define STREAM_PATIENCE (1 * GST_SECOND)
/* How long a text is shown. */
#define MIN_DURATION (500 * GST_MSECOND)
#define MAX_DURATION (10 * GST_SECOND)
/* Shorter ones tell nothing about the rate. */
#define MIN_LEARNED_LETTERS 20
#define MIN_RATE 2.0
#define MAX_RATE 40.0
/* Bounds what a server can make us keep. */
#define MAX_ANSWERS 64
#define MAX_TEXT (256 * 1024)
#define MAX_SPEECHES 64
#define MAX_READY 1024

/* A response and its words. Times are running times, NONE: not yet. */
typedef struct {
  gchar *response_id;
  gchar *item_id; /* of the last words */
  GString *text;
  gsize item_start; /* where those of item_id begin */
  gsize taken; /* bytes of text that came out */
  guint letters; /* the same in letters */
  gboolean written; /* it has no sound */
  gboolean complete; /* no more words */
  gboolean cleared; /* its sound was cut off */
  GstClockTime sound_started; /* the server sends its sound */
  GstClockTime sound_stopped; /* it has sent all */
  GstClockTime done;
  GstClockTime begin; /* its first sound left */
  GstClockTime heard; /* how much of it left */
  GstClockTime last_audible;
} Answer;

/* What the user says. */
typedef struct {
  gchar *item_id;
  GstClockTime started;
  GstClockTime stopped;
  gint64 start_ms; /* in the sound that the server got, -1: unknown */
} Speech;

/* The words of one side of a translation that did not come out yet. */
typedef struct {
  GString *text;
  GstClockTime since; /* when the first of them came */
} Stream;

struct _GstOaiCaptions {
  GMutex lock; /* protects everything in this struct */
  GQueue answers; /* of Answer, oldest first */
  GQueue speeches; /* of Speech, oldest first */
  Stream streams[GST_OAI_CAPTION_KINDS];
  GQueue ready; /* of GstOaiCaption */
  gdouble rate;
  GstClockTime last_pts[GST_OAI_CAPTION_KINDS];
  GstClockTime last_audible;
  GstClockTime sound_since; /* of the present stretch of sound */
  GstClockTime free_since; /* the sound before belongs to a former answer */
};

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->response_id);
  g_free (answer->item_id);
  g_string_free (answer->text, TRUE);
  g_free (answer);
}

static void
speech_free (gpointer data)
{
  Speech *speech = data;

  g_free (speech->item_id);
  g_free (speech);
}

void
gst_oai_caption_free (GstOaiCaption *caption)
{
  g_free (caption->text);
  g_free (caption);
}

static void
clear_unlocked (GstOaiCaptions *self)
{
  guint i;

  g_queue_clear_full (&self->answers, answer_free);
  g_queue_clear_full (&self->speeches, speech_free);
  g_queue_clear_full (&self->ready, (GDestroyNotify) gst_oai_caption_free);
  for (i = 0; i < GST_OAI_CAPTION_KINDS; i++) {
    self->last_pts[i] = 0;
    g_string_truncate (self->streams[i].text, 0);
  }
  self->last_audible = GST_CLOCK_TIME_NONE;
  self->sound_since = GST_CLOCK_TIME_NONE;
  self->free_since = 0;
}

GstOaiCaptions *
gst_oai_captions_new (void)
{
  GstOaiCaptions *self = g_new0 (GstOaiCaptions, 1);
  guint i;

  for (i = 0; i < GST_OAI_CAPTION_KINDS; i++)
    self->streams[i].text = g_string_new (NULL);
  g_mutex_init (&self->lock);
  g_queue_init (&self->answers);
  g_queue_init (&self->speeches);
  g_queue_init (&self->ready);
  self->rate = GST_OAI_CAPTIONS_RATE;
  clear_unlocked (self);

  return self;
}

void
gst_oai_captions_free (GstOaiCaptions *self)
{
  guint i;

  clear_unlocked (self);
  for (i = 0; i < GST_OAI_CAPTION_KINDS; i++)
    g_string_free (self->streams[i].text, TRUE);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_oai_captions_reset (GstOaiCaptions *self)
{
  g_mutex_lock (&self->lock);
  clear_unlocked (self);
  g_mutex_unlock (&self->lock);
}

/* --- texts ------------------------------------------------------------- */

/* @text in one line, without blanks around it. */
static gchar *
make_line (const gchar *text, gsize size)
{
  gchar *line = g_strndup (text, size);
  gchar *at;

  for (at = line; *at; at++) {
    if (g_ascii_isspace (*at) || g_ascii_iscntrl (*at))
      *at = ' ';
  }
  return g_strstrip (line);
}

/* Must be called with lock. */
static void
put (GstOaiCaptions *self, GstOaiCaptionKind kind, const gchar *text,
    gsize size, GstClockTime pts, GstClockTime duration)
{
  g_autofree gchar *line = make_line (text, size);
  GstOaiCaption *caption;

  if (*line == '\0' || g_queue_get_length (&self->ready) >= MAX_READY)
    return;
  caption = g_new0 (GstOaiCaption, 1);
  caption->kind = kind;
  caption->text = g_steal_pointer (&line);
  caption->pts = MAX (pts, self->last_pts[kind]);
  caption->duration = CLAMP (duration, MIN_DURATION, MAX_DURATION);
  self->last_pts[kind] = caption->pts;
  g_queue_push_tail (&self->ready, caption);
}

static GstClockTime
time_of_letters (GstOaiCaptions *self, guint letters)
{
  return (GstClockTime) (letters / self->rate * GST_SECOND);
}

static gboolean
ends_sentence (gunichar c)
{
  return c == '.' || c == '!' || c == '?' || c == 0x2026;
}

/* Scripts without blanks between sentences. */
static gboolean
ends_wide_sentence (gunichar c)
{
  return c == 0x3002 || c == 0xff01 || c == 0xff1f;
}

/* Bytes of the next phrase of @text, 0 when its end has not come yet. */
static gsize
phrase_size (const gchar *text, gboolean complete)
{
  const gchar *at, *next, *blank = NULL;
  guint letters = 0;

  for (at = text; *at; at = next) {
    gunichar c = g_utf8_get_char (at);

    next = g_utf8_next_char (at);
    letters++;
    if (g_unichar_isspace (c) && letters > 1)
      blank = next;
    if (ends_wide_sentence (c))
      return next - text;
    if (c == '\n' && letters > 1)
      return next - text;
    if (ends_sentence (c) && *next
        && g_unichar_isspace (g_utf8_get_char (next)))
      return next - text;
    if (letters >= GST_OAI_CAPTIONS_LETTERS && *next)
      return blank ? blank - text : next - text;
  }
  return complete ? at - text : 0;
}

/* Bytes up to the last complete word. */
static gsize
words_size (const gchar *text)
{
  const gchar *at, *end = text;

  for (at = text; *at; at = g_utf8_next_char (at)) {
    if (at != text && g_unichar_isspace (g_utf8_get_char (at)))
      end = at;
  }
  return end - text;
}

/* Puts out the next @size bytes of an answer. Must be called with lock. */
static void
put_phrase (GstOaiCaptions *self, Answer *answer, gsize size, GstClockTime pts)
{
  const gchar *text = answer->text->str + answer->taken;
  guint letters = (guint) g_utf8_strlen (text, size);

  put (self, GST_OAI_CAPTION_MODEL, text, size, pts,
      time_of_letters (self, letters));
  answer->taken += size;
  answer->letters += letters;
}

/* Puts out all that is left of an answer. Must be called with lock. */
static void
put_rest (GstOaiCaptions *self, Answer *answer, GstClockTime pts)
{
  if (answer->taken < answer->text->len)
    put_phrase (self, answer, answer->text->len - answer->taken, pts);
}

/* Puts out the phrases whose sound leaves by now. Must be called with lock. */
static void
put_due (GstOaiCaptions *self, Answer *answer, GstClockTime now)
{
  while (answer->taken < answer->text->len) {
    const gchar *text = answer->text->str + answer->taken;
    GstClockTime due = time_of_letters (self, answer->letters);
    GstClockTime late;
    gsize size;

    if (answer->heard < due)
      return;
    size = phrase_size (text, answer->complete);
    if (size == 0 && answer->heard >= due + PHRASE_PATIENCE)
      size = words_size (text);
    if (size == 0)
      return;
    /* Words may come after their sound. */
    late = MIN (answer->heard - due, now);
    put_phrase (self, answer, size, MAX (answer->begin, now - late));
  }
}

/* --- translations ------------------------------------------------------ */

/* Puts out the sentences of one side that have ended, and what has waited too
 * long; @all: whatever there is. Must be called with lock. */
static void
put_stream (GstOaiCaptions *self, GstOaiCaptionKind kind, GstClockTime now,
    gboolean all)
{
  Stream *stream = &self->streams[kind];

  while (stream->text->len > 0) {
    const gchar *text = stream->text->str;
    GstClockTime waited = now > stream->since ? now - stream->since : 0;
    gsize size = phrase_size (text, all || waited >= 2 * STREAM_PATIENCE);

    if (size == 0 && waited >= STREAM_PATIENCE)
      size = words_size (text);
    if (size == 0)
      return;
    put (self, kind, text, size, stream->since,
        time_of_letters (self, (guint) g_utf8_strlen (text, size)));
    g_string_erase (stream->text, 0, size);
    stream->since = now;
  }
}

/* Must be called with lock. */
static void
append_to_stream (GstOaiCaptions *self, GstOaiCaptionKind kind,
    const gchar *text, GstClockTime now)
{
  Stream *stream = &self->streams[kind];

  if (stream->text->len == 0)
    stream->since = now;
  if (stream->text->len + strlen (text) <= MAX_TEXT)
    g_string_append (stream->text, text);
}

/* --- answers ----------------------------------------------------------- */

/* The answer to @response_id; a new one when there is none. Must be called with
 * lock. */
static Answer *
get_answer (GstOaiCaptions *self, const gchar *response_id, gboolean create)
{
  GList *l;
  Answer *answer;

  for (l = self->answers.tail; l; l = l->prev) {
    answer = l->data;
    if (g_strcmp0 (answer->response_id, response_id) == 0)
      return answer;
  }
  if (!create)
    return NULL;
  if (g_queue_get_length (&self->answers) >= MAX_ANSWERS)
    answer_free (g_queue_pop_head (&self->answers));
  answer = g_new0 (Answer, 1);
  answer->response_id = g_strdup (response_id);
  answer->text = g_string_new (NULL);
  answer->sound_started = GST_CLOCK_TIME_NONE;
  answer->sound_stopped = GST_CLOCK_TIME_NONE;
  answer->done = GST_CLOCK_TIME_NONE;
  answer->begin = GST_CLOCK_TIME_NONE;
  answer->last_audible = GST_CLOCK_TIME_NONE;
  g_queue_push_tail (&self->answers, answer);

  return answer;
}

static void
append (Answer *answer, const gchar *text)
{
  if (answer->text->len + strlen (text) <= MAX_TEXT)
    g_string_append (answer->text, text);
}

/* The words of another item begin. */
static void
enter_item (Answer *answer, const gchar *item_id)
{
  if (item_id == NULL || g_strcmp0 (answer->item_id, item_id) == 0)
    return;
  g_free (answer->item_id);
  answer->item_id = g_strdup (item_id);
  if (answer->text->len > 0)
    append (answer, "\n");
  answer->item_start = answer->text->len;
  answer->complete = FALSE;
}

/* The whole text of an item came; servers may leave out the deltas. */
static void
complete_item (Answer *answer, const gchar *text)
{
  const gchar *have = answer->text->str + answer->item_start;

  if (text && g_str_has_prefix (text, have)) {
    append (answer, text + strlen (have));
  } else if (text && answer->taken <= answer->item_start) {
    g_string_truncate (answer->text, answer->item_start);
    append (answer, text);
  }
  answer->complete = TRUE;
}

/* From what was heard to its end one learns how fast the model speaks. */
static void
learn_rate (GstOaiCaptions *self, const Answer *answer)
{
  glong letters = g_utf8_strlen (answer->text->str, answer->text->len);
  gdouble rate;

  if (answer->cleared || !answer->complete || letters < MIN_LEARNED_LETTERS
      || !GST_CLOCK_TIME_IS_VALID (answer->last_audible)
      || answer->last_audible <= answer->begin)
    return;
  rate = letters * (gdouble) GST_SECOND
      / (answer->last_audible - answer->begin);
  self->rate = CLAMP ((self->rate + rate) / 2, MIN_RATE, MAX_RATE);
}

/* Must be called with lock. */
static void
finish_first (GstOaiCaptions *self, GstClockTime now)
{
  Answer *answer = g_queue_pop_head (&self->answers);

  if (!answer->cleared)
    put_rest (self, answer,
        GST_CLOCK_TIME_IS_VALID (answer->last_audible) ? answer->last_audible
                                                       : now);
  if (GST_CLOCK_TIME_IS_VALID (answer->begin)) {
    learn_rate (self, answer);
    self->free_since = now;
  }
  answer_free (answer);
}

static gboolean
is_sounding (GstOaiCaptions *self, GstClockTime now, GstClockTime pause)
{
  return GST_CLOCK_TIME_IS_VALID (self->last_audible)
      && now < self->last_audible + pause;
}

static gboolean
is_past (GstClockTime time, GstClockTime patience, GstClockTime now)
{
  return GST_CLOCK_TIME_IS_VALID (time) && now >= time + patience;
}

static GstClockTime
latest (GstClockTime a, GstClockTime b)
{
  if (!GST_CLOCK_TIME_IS_VALID (a) || !GST_CLOCK_TIME_IS_VALID (b))
    return GST_CLOCK_TIME_IS_VALID (a) ? a : b;

  return MAX (a, b);
}

/* Whether nothing of the first answer will be heard any more. */
static gboolean
is_over (GstOaiCaptions *self, const Answer *answer, GstClockTime now)
{
  const Answer *next = g_queue_peek_nth (&self->answers, 1);

  if (answer->cleared)
    return TRUE;
  if (answer->written)
    return answer->complete;
  /* As far as the server told, and sound may be on its way still. */
  if (!GST_CLOCK_TIME_IS_VALID (answer->begin))
    return is_past (
        latest (answer->done, answer->sound_stopped), SOUND_TOLERANCE, now);
  if (GST_CLOCK_TIME_IS_VALID (answer->sound_stopped)) {
    /* Without a pause between them. */
    if (next && is_past (next->sound_started, TAIL, now))
      return TRUE;
    return !is_sounding (self, now, TAIL)
        && is_past (answer->sound_stopped, TAIL, now);
  }
  /* Not all servers tell. */
  return (next || is_past (answer->done, LONG_SILENCE, now))
      && !is_sounding (self, now, LONG_SILENCE);
}

/* Must be called with lock. */
static void
advance (GstOaiCaptions *self, GstClockTime now)
{
  Answer *answer;
  guint i;

  for (i = 0; i < GST_OAI_CAPTION_KINDS; i++)
    put_stream (self, (GstOaiCaptionKind) i, now, FALSE);
  while ((answer = g_queue_peek_head (&self->answers))) {
    if (!answer->written && !answer->cleared
        && !GST_CLOCK_TIME_IS_VALID (answer->begin)
        && is_sounding (self, now, PAUSE)
        && self->last_audible >= self->free_since) {
      /* The sound may have come before the words. Events and frames have their
       * times from different clocks' readings. */
      answer->begin = MIN (MAX (self->sound_since, self->free_since), now);
      answer->heard = now - answer->begin;
      answer->last_audible = self->last_audible;
    }
    if (GST_CLOCK_TIME_IS_VALID (answer->begin) && !answer->cleared)
      put_due (self, answer, now);
    if (!is_over (self, answer, now))
      return;
    finish_first (self, now);
  }
}

void
gst_oai_captions_frame (GstOaiCaptions *self, GstClockTime position,
    GstClockTime duration, gboolean playing, gboolean audible)
{
  Answer *answer;

  g_mutex_lock (&self->lock);
  if (audible) {
    if (!is_sounding (self, position, PAUSE))
      self->sound_since = position;
    self->last_audible = position;
  }
  answer = g_queue_peek_head (&self->answers);
  if (answer && GST_CLOCK_TIME_IS_VALID (answer->begin)) {
    if (playing)
      answer->heard += duration;
    if (audible)
      answer->last_audible = position + duration;
  }
  advance (self, position);
  g_mutex_unlock (&self->lock);
}

/* --- the user ---------------------------------------------------------- */

/* Must be called with lock. */
static GList *
find_speech (GstOaiCaptions *self, const gchar *item_id)
{
  GList *l;

  for (l = self->speeches.tail; l; l = l->prev) {
    if (g_strcmp0 (((Speech *) l->data)->item_id, item_id) == 0)
      return l;
  }
  return NULL;
}

/* Must be called with lock. */
static Speech *
get_speech (GstOaiCaptions *self, const gchar *item_id, GstClockTime now)
{
  GList *link = find_speech (self, item_id);
  Speech *speech;

  if (link)
    return link->data;
  if (g_queue_get_length (&self->speeches) >= MAX_SPEECHES)
    speech_free (g_queue_pop_head (&self->speeches));
  speech = g_new0 (Speech, 1);
  speech->item_id = g_strdup (item_id);
  speech->started = now;
  speech->stopped = GST_CLOCK_TIME_NONE;
  speech->start_ms = -1;
  g_queue_push_tail (&self->speeches, speech);

  return speech;
}

static void
speech_stopped (Speech *speech, gint64 end_ms, GstClockTime now)
{
  GstClockTime length;

  speech->stopped = now;
  if (speech->start_ms < 0 || end_ms <= speech->start_ms)
    return;
  /* It had begun before the server was sure of it. */
  length = (GstClockTime) (end_ms - speech->start_ms) * GST_MSECOND;
  if (length < now && now - length < speech->started
      && speech->started - (now - length) < GST_SECOND)
    speech->started = now - length;
}

static void
put_speech (GstOaiCaptions *self, const gchar *item_id, const gchar *text,
    GstClockTime now)
{
  GList *link = find_speech (self, item_id);
  GstClockTime started = now, duration = 0;

  if (link) {
    Speech *speech = link->data;

    started = speech->started;
    if (GST_CLOCK_TIME_IS_VALID (speech->stopped)
        && speech->stopped > speech->started)
      duration = speech->stopped - speech->started;
    speech_free (speech);
    g_queue_delete_link (&self->speeches, link);
  }
  if (text == NULL)
    return;
  if (duration == 0)
    duration = time_of_letters (self, (guint) g_utf8_strlen (text, -1));
  put (self, GST_OAI_CAPTION_USER, text, strlen (text), started, duration);
}

/* --- events ------------------------------------------------------------ */

void
gst_oai_captions_handle_event (GstOaiCaptions *self, GstOaiEvent event,
    JsonObject *object, GstClockTime now)
{
  const gchar *item_id = gst_oai_json_get_string (object, "item_id", NULL);
  const gchar *response_id = gst_oai_json_get_string (
      object, "response_id", NULL);
  const gchar *delta = gst_oai_json_get_string (object, "delta", "");
  Answer *answer;

  g_mutex_lock (&self->lock);
  switch (event) {
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA:
      if (item_id == NULL)
        append_to_stream (self, GST_OAI_CAPTION_USER, delta, now);
      break;
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA:
    case GST_OAI_EVENT_OUTPUT_TEXT_DELTA:
      if (item_id == NULL && response_id == NULL) {
        append_to_stream (self, GST_OAI_CAPTION_MODEL, delta, now);
        break;
      }
      answer = get_answer (self, response_id, TRUE);
      enter_item (answer, item_id);
      answer->written = event == GST_OAI_EVENT_OUTPUT_TEXT_DELTA;
      append (answer, delta);
      break;
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE:
    case GST_OAI_EVENT_OUTPUT_TEXT_DONE:
      answer = get_answer (self, response_id, TRUE);
      enter_item (answer, item_id);
      answer->written = event == GST_OAI_EVENT_OUTPUT_TEXT_DONE;
      complete_item (answer,
          gst_oai_json_get_string (
              object, answer->written ? "text" : "transcript", NULL));
      break;
    case GST_OAI_EVENT_OUTPUT_STARTED:
      get_answer (self, response_id, TRUE)->sound_started = now;
      break;
    case GST_OAI_EVENT_OUTPUT_STOPPED:
      if ((answer = get_answer (self, response_id, FALSE)))
        answer->sound_stopped = now;
      break;
    case GST_OAI_EVENT_OUTPUT_CLEARED:
      if ((answer = get_answer (self, response_id, FALSE)))
        answer->cleared = TRUE;
      break;
    case GST_OAI_EVENT_RESPONSE_DONE:
      answer = get_answer (
          self, gst_oai_json_get_string (object, "response.id", NULL), FALSE);
      if (answer) {
        answer->done = now;
        answer->complete = TRUE;
      }
      break;
    case GST_OAI_EVENT_SPEECH_STARTED:
      get_speech (self, item_id, now)->start_ms = gst_oai_json_get_int (
          object, "audio_start_ms", -1);
      break;
    case GST_OAI_EVENT_SPEECH_STOPPED:
      speech_stopped (get_speech (self, item_id, now),
          gst_oai_json_get_int (object, "audio_end_ms", -1), now);
      break;
    case GST_OAI_EVENT_INPUT_COMMITTED:
      get_speech (self, item_id, now);
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE:
      put_speech (self, item_id,
          gst_oai_json_get_string (object, "transcript", NULL), now);
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_FAILED:
      put_speech (self, item_id, NULL, now);
      break;
    default:
      break;
  }
  advance (self, now);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_captions_end (GstOaiCaptions *self, GstClockTime now)
{
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < GST_OAI_CAPTION_KINDS; i++)
    put_stream (self, (GstOaiCaptionKind) i, now, TRUE);
  while (!g_queue_is_empty (&self->answers))
    finish_first (self, now);
  g_mutex_unlock (&self->lock);
}

GstOaiCaption *
gst_oai_captions_pop (GstOaiCaptions *self)
{
  GstOaiCaption *caption;

  g_mutex_lock (&self->lock);
  caption = g_queue_pop_head (&self->ready);
  g_mutex_unlock (&self->lock);

  return caption;
}

gdouble
gst_oai_captions_get_rate (GstOaiCaptions *self)
{
  gdouble rate;

  g_mutex_lock (&self->lock);
  rate = self->rate;
  g_mutex_unlock (&self->lock);

  return rate;
}
