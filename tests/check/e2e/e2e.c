/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gio/gio.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static gint64
deadline_from_now (void)
{
  return g_get_monotonic_time () + E2E_PATIENCE * G_TIME_SPAN_SECOND;
}

/* --- pipelines ----------------------------------------------------------- */

static void
capture_free (gpointer data)
{
  E2eCapture *capture = data;

  g_array_unref (capture->samples);
  g_mutex_clear (&capture->lock);
  g_free (capture);
}

E2ePipe *
e2e_pipe_new (const gchar *format, ...)
{
  E2ePipe *pipe = g_new0 (E2ePipe, 1);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  pipe->pipeline = gst_parse_launch (text, &error);
  fail_unless (error == NULL && pipe->pipeline != NULL, "%s: %s", text,
      error ? error->message : "");
  if (!GST_IS_PIPELINE (pipe->pipeline)) {
    GstElement *pipeline = gst_pipeline_new (NULL);

    gst_bin_add (GST_BIN (pipeline), pipe->pipeline);
    pipe->pipeline = pipeline;
  }
  gst_object_ref_sink (pipe->pipeline);
  pipe->bus = gst_element_get_bus (pipe->pipeline);
  pipe->messages = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_message_unref);
  pipe->elements = g_ptr_array_new_with_free_func (gst_object_unref);
  pipe->captures = g_ptr_array_new_with_free_func (capture_free);
  pipe->microphones = g_ptr_array_new_with_free_func (
      (GDestroyNotify) e2e_microphone_free);
  return pipe;
}

GstElement *
e2e_pipe_get (E2ePipe *pipe, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipe->pipeline), name);

  fail_unless (element != NULL, "no element %s", name);
  g_ptr_array_add (pipe->elements, element);
  return element;
}

void
e2e_pipe_set_state (E2ePipe *pipe, GstState state)
{
  GstStateChangeReturn ret = gst_element_set_state (pipe->pipeline, state);

  if (ret == GST_STATE_CHANGE_FAILURE) {
    e2e_pipe_pump (pipe, 0);
    fail ("%s could not be reached", gst_element_state_get_name (state));
  }
}

void
e2e_pipe_free (E2ePipe *pipe)
{
  gint64 deadline;

  if (pipe == NULL)
    return;
  g_ptr_array_unref (pipe->microphones);
  fail_unless_equals_int (
      gst_element_set_state (pipe->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_bus_set_flushing (pipe->bus, TRUE);
  g_ptr_array_unref (pipe->messages);
  g_ptr_array_unref (pipe->elements);
  gst_object_unref (pipe->bus);
  /* A streaming thread of upstream that is just ending may hold it a moment
   * longer. */
  deadline = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;
  while (GST_OBJECT_REFCOUNT_VALUE (pipe->pipeline) > 1
      && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  ASSERT_OBJECT_REFCOUNT (pipe->pipeline, "pipeline", 1);
  gst_object_unref (pipe->pipeline);
  g_ptr_array_unref (pipe->captures);
  g_free (pipe);
  /* Timers of the dtls plugin (up to 1.28) hold their connection until they
   * fire, on the thread of the default clock. A process that ends before that
   * frees it after OpenSSL has cleaned up. */
  gst_system_clock_set_default (NULL);
}

static gchar *
describe (GstMessage *message)
{
  const GstStructure *s = gst_message_get_structure (message);
  g_autofree gchar *details = s ? gst_structure_to_string (s) : NULL;

  return g_strdup_printf ("%s from %s: %.600s", GST_MESSAGE_TYPE_NAME (message),
      GST_MESSAGE_SRC_NAME (message), details ? details : "");
}

static void
take_message (E2ePipe *pipe, GstMessage *message)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY)
    gst_bin_recalculate_latency (GST_BIN (pipe->pipeline));
  g_ptr_array_add (pipe->messages, message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && !pipe->errors_allowed) {
    g_autofree gchar *text = describe (message);

    fail ("unexpected %s", text);
  }
}

void
e2e_pipe_pump (E2ePipe *pipe, guint ms)
{
  GstMessage *message = gst_bus_timed_pop (
      pipe->bus, ms * (GstClockTime) GST_MSECOND);

  while (message) {
    take_message (pipe, message);
    message = gst_bus_pop (pipe->bus);
  }
}

/* libcheck ends a test without a report when its text is longer than 4096. */
#define MAX_WORDS 3500

/* What was said last, for the report of a failure. */
static gchar *
last_words (E2ePipe *pipe)
{
  GString *text = g_string_new (NULL);
  guint i = pipe->messages->len > 12 ? pipe->messages->len - 12 : 0;

  for (; i < pipe->messages->len; i++) {
    GstMessage *message = g_ptr_array_index (pipe->messages, i);
    g_autofree gchar *line = describe (message);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_STATE_CHANGED
        || GST_MESSAGE_TYPE (message) == GST_MESSAGE_TAG)
      continue;
    g_string_append_printf (text, "\n  %.300s", line);
  }
  if (text->len > MAX_WORDS)
    g_string_erase (text, 0, text->len - MAX_WORDS);
  return g_string_free (text, FALSE);
}

guint
e2e_wait_message (E2ePipe *pipe, guint from, E2eMatch match, gconstpointer data,
    const gchar *what)
{
  gint64 deadline = deadline_from_now ();
  guint i = from;

  for (;;) {
    for (; i < pipe->messages->len; i++) {
      if (match (g_ptr_array_index (pipe->messages, i), data))
        return i + 1;
    }
    if (g_get_monotonic_time () > deadline) {
      g_autofree gchar *words = last_words (pipe);

      fail ("no %s in time; the last messages:%s", what, words);
    }
    e2e_pipe_pump (pipe, 100);
  }
}

static const gchar *
event_type (GstMessage *message)
{
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT || s == NULL
      || !gst_structure_has_name (s, "openairealtime-event"))
    return NULL;
  return gst_structure_get_string (s, "type");
}

static gboolean
is_event (GstMessage *message, gconstpointer data)
{
  return g_strcmp0 (event_type (message), data) == 0;
}

guint
e2e_wait_event (E2ePipe *pipe, guint from, const gchar *type, gchar **json)
{
  guint next = e2e_wait_message (pipe, from, is_event, type, type);

  if (json) {
    GstMessage *message = g_ptr_array_index (pipe->messages, next - 1);

    g_free (*json);
    *json = g_strdup (
        gst_structure_get_string (gst_message_get_structure (message), "json"));
  }
  return next;
}

gboolean
e2e_match_type (GstMessage *message, gconstpointer data)
{
  return GST_MESSAGE_TYPE (message) == *(const GstMessageType *) data;
}

guint
e2e_wait_eos (E2ePipe *pipe)
{
  static const GstMessageType type = GST_MESSAGE_EOS;

  return e2e_wait_message (pipe, 0, e2e_match_type, &type, "end of stream");
}

guint
e2e_wait_connected (E2ePipe *pipe)
{
  return e2e_wait_event (pipe, 0, "session.created", NULL);
}

typedef struct {
  GstMessageType type;
  GQuark domain;
  gint code;
} Report;

static gboolean
is_report (GstMessage *message, gconstpointer data)
{
  const Report *report = data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) != report->type)
    return FALSE;
  if (report->type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  return g_error_matches (error, report->domain, report->code);
}

guint
e2e_wait_warning (
    E2ePipe *pipe, guint from, GQuark domain, gint code, GstMessage **message)
{
  Report report = { GST_MESSAGE_WARNING, domain, code };
  guint next = e2e_wait_message (pipe, from, is_report, &report, "warning");

  if (message)
    *message = g_ptr_array_index (pipe->messages, next - 1);
  return next;
}

guint
e2e_wait_error (
    E2ePipe *pipe, guint from, GQuark domain, gint code, GstMessage **message)
{
  Report report = { GST_MESSAGE_ERROR, domain, code };
  guint next;

  pipe->errors_allowed = TRUE;
  next = e2e_wait_message (pipe, from, e2e_match_type, &report.type, "error");
  if (!is_report (g_ptr_array_index (pipe->messages, next - 1), &report)) {
    g_autofree gchar *text = describe (
        g_ptr_array_index (pipe->messages, next - 1));

    fail ("not the error %s %d: %s", g_quark_to_string (domain), code, text);
  }
  if (message)
    *message = g_ptr_array_index (pipe->messages, next - 1);
  return next;
}

static gboolean
state_reached (gpointer data)
{
  return gst_element_get_state (data, NULL, NULL, 0) != GST_STATE_CHANGE_ASYNC;
}

void
e2e_wait_state (E2ePipe *pipe, GstState state)
{
  GstState now;
  GstStateChangeReturn ret;

  e2e_wait_until (pipe, state_reached, pipe->pipeline, "state change");
  ret = gst_element_get_state (pipe->pipeline, &now, NULL, 0);
  fail_unless (ret != GST_STATE_CHANGE_FAILURE);
  fail_unless_equals_string (
      gst_element_state_get_name (now), gst_element_state_get_name (state));
}

void
e2e_wait_until (
    E2ePipe *pipe, E2eCondition condition, gpointer data, const gchar *what)
{
  gint64 deadline = deadline_from_now ();

  while (!condition (data)) {
    if (g_get_monotonic_time () > deadline) {
      g_autofree gchar *words = last_words (pipe);

      fail ("no %s in time; the last messages:%s", what, words);
    }
    e2e_pipe_pump (pipe, 10);
  }
}

guint
e2e_count_events (E2ePipe *pipe, const gchar *type)
{
  guint n = 0, i;

  e2e_pipe_pump (pipe, 0);
  for (i = 0; i < pipe->messages->len; i++)
    n += is_event (g_ptr_array_index (pipe->messages, i), type);
  return n;
}

guint
e2e_count_messages (E2ePipe *pipe, GstMessageType type)
{
  guint n = 0, i;

  e2e_pipe_pump (pipe, 0);
  for (i = 0; i < pipe->messages->len; i++)
    n += e2e_match_type (g_ptr_array_index (pipe->messages, i), &type);
  return n;
}

/* --- sound --------------------------------------------------------------- */

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  E2eCapture *capture = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer;
  GstMapInfo map;
  gsize i;

  if (sample == NULL)
    return GST_FLOW_EOS;
  buffer = gst_sample_get_buffer (sample);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&capture->lock);
  g_array_append_vals (capture->samples, map.data, map.size / 2);
  for (i = 0; i < map.size / 2; i++)
    capture->loud += ABS (((gint16 *) map.data)[i]) > E2E_LOUD;
  capture->buffers++;
  if (!GST_CLOCK_TIME_IS_VALID (capture->first))
    capture->first = GST_BUFFER_PTS (buffer);
  if (GST_CLOCK_TIME_IS_VALID (capture->next)
      && GST_BUFFER_PTS (buffer) + GST_MSECOND < capture->next)
    capture->backward++;
  capture->next = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  g_mutex_unlock (&capture->lock);
  gst_buffer_unmap (buffer, &map);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

E2eCapture *
e2e_capture (E2ePipe *pipe, const gchar *name)
{
  E2eCapture *capture = g_new0 (E2eCapture, 1);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

  g_mutex_init (&capture->lock);
  capture->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  capture->first = GST_CLOCK_TIME_NONE;
  capture->next = GST_CLOCK_TIME_NONE;
  gst_app_sink_set_callbacks (
      GST_APP_SINK (e2e_pipe_get (pipe, name)), &callbacks, capture, NULL);
  g_ptr_array_add (pipe->captures, capture);
  return capture;
}

guint
e2e_capture_length (E2eCapture *capture)
{
  guint length;

  g_mutex_lock (&capture->lock);
  length = capture->samples->len;
  g_mutex_unlock (&capture->lock);
  return length;
}

guint64
e2e_capture_loud (E2eCapture *capture)
{
  guint64 loud;

  g_mutex_lock (&capture->lock);
  loud = capture->loud;
  g_mutex_unlock (&capture->lock);
  return loud;
}

GArray *
e2e_capture_copy (E2eCapture *capture)
{
  GArray *copy;

  g_mutex_lock (&capture->lock);
  copy = g_array_copy (capture->samples);
  g_mutex_unlock (&capture->lock);
  return copy;
}

typedef struct {
  E2eCapture *capture;
  guint64 samples;
} Amount;

static gboolean
has_length (gpointer data)
{
  Amount *amount = data;

  return e2e_capture_length (amount->capture) >= amount->samples;
}

static gboolean
has_loud (gpointer data)
{
  Amount *amount = data;

  return e2e_capture_loud (amount->capture) >= amount->samples;
}

void
e2e_wait_length (E2ePipe *pipe, E2eCapture *capture, guint samples)
{
  Amount amount = { capture, samples };

  e2e_wait_until (pipe, has_length, &amount, "sound");
}

void
e2e_wait_loud (E2ePipe *pipe, E2eCapture *capture, guint64 samples)
{
  Amount amount = { capture, samples };

  e2e_wait_until (pipe, has_loud, &amount, "audible sound");
}

GArray *
e2e_sound_load (const gchar *source)
{
  g_autoptr (E2ePipe) pipe = e2e_pipe_new ("%s ! " E2E_OUT, source);
  E2eCapture *capture = e2e_capture (pipe, "out");

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  return e2e_capture_copy (capture);
}

GArray *
e2e_sound_load_file (const gchar *path)
{
  g_autofree gchar *source = g_strdup_printf (
      "filesrc location=%s ! decodebin", path);

  return e2e_sound_load (source);
}

GArray *
e2e_sound_concat (GArray *a, GArray *b)
{
  GArray *sum = g_array_copy (a);

  g_array_append_vals (sum, b->data, b->len);
  return sum;
}

guint64
e2e_sound_loud (GArray *sound)
{
  guint64 loud = 0;
  guint i;

  for (i = 0; i < sound->len; i++)
    loud += ABS (g_array_index (sound, gint16, i)) > E2E_LOUD;
  return loud;
}

gchar *
e2e_speech (E2eSpeech speech)
{
  static const struct {
    const gchar *path;
    const gchar *parser;
    const gchar *package;
  } files[] = {
    { "/usr/share/pocketsphinx/test/data/goforward.raw",
        "rawaudioparse pcm-format=s16le sample-rate=16000 num-channels=1",
        "pocketsphinx-testdata" },
    { "/usr/share/pocketsphinx/test/data/cards/002.wav", "wavparse",
        "pocketsphinx-testdata" },
    { "/usr/share/pocketsphinx/test/data/librivox/"
      "sense_and_sensibility_01_austen_64kb-0880.wav",
        "wavparse", "pocketsphinx-testdata" },
    { "/usr/share/pocketsphinx/test/data/librivox/"
      "sense_and_sensibility_01_austen_64kb-0870.wav",
        "wavparse", "pocketsphinx-testdata" },
    { "/usr/share/sounds/alsa/Front_Center.wav", "wavparse", "alsa-utils" },
    { "/usr/share/sounds/alsa/Rear_Left.wav", "wavparse", "alsa-utils" },
  };

  if (!g_file_test (files[speech].path, G_FILE_TEST_IS_REGULAR)) {
    g_printerr ("skipped: %s is not there, install %s\n", files[speech].path,
        files[speech].package);
    return NULL;
  }
  return g_strdup_printf (
      "filesrc location=%s ! %s", files[speech].path, files[speech].parser);
}

/* In place, over 2^n points; the inverse is not scaled. */
static void
transform (gdouble *re, gdouble *im, guint n, gboolean inverse)
{
  guint i, j, k, length;

  for (i = 1, j = 0; i < n; i++) {
    guint bit = n >> 1;

    for (; j & bit; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      gdouble t = re[i];

      re[i] = re[j];
      re[j] = t;
      t = im[i];
      im[i] = im[j];
      im[j] = t;
    }
  }
  for (length = 2; length <= n; length <<= 1) {
    gdouble angle = (inverse ? 2 : -2) * G_PI / length;
    gdouble step_re = cos (angle), step_im = sin (angle);

    for (i = 0; i < n; i += length) {
      gdouble w_re = 1, w_im = 0;

      for (k = i; k < i + length / 2; k++) {
        guint l = k + length / 2;
        gdouble a = re[l] * w_re - im[l] * w_im;
        gdouble b = re[l] * w_im + im[l] * w_re;
        gdouble w = w_re * step_re - w_im * step_im;

        re[l] = re[k] - a;
        im[l] = im[k] - b;
        re[k] += a;
        im[k] += b;
        w_im = w_re * step_im + w_im * step_re;
        w_re = w;
      }
    }
  }
}

/* Energy of the first @i samples. */
static gdouble *
cumulate (GArray *sound)
{
  gdouble *sum = g_new0 (gdouble, sound->len + 1);
  guint i;

  for (i = 0; i < sound->len; i++) {
    gdouble sample = g_array_index (sound, gint16, i);

    sum[i + 1] = sum[i] + sample * sample;
  }
  return sum;
}

gdouble
e2e_similarity (GArray *question, GArray *answer, gint *offset)
{
  guint n_q = question->len, n_a = answer->len;
  guint n = 1, i;
  g_autofree gdouble *re = NULL;
  g_autofree gdouble *im = NULL;
  g_autofree gdouble *sum_a = cumulate (answer);
  g_autofree gdouble *sum_q = cumulate (question);
  gdouble best = 0;

  if (offset)
    *offset = 0;
  if (n_q == 0 || n_a == 0)
    return 0;
  while (n < n_q + n_a)
    n <<= 1;
  re = g_new0 (gdouble, n);
  im = g_new0 (gdouble, n);

  /* Both real signals in one transform: A = even part, Q = odd part. */
  for (i = 0; i < n_a; i++)
    re[i] = g_array_index (answer, gint16, i);
  for (i = 0; i < n_q; i++)
    im[i] = g_array_index (question, gint16, i);
  transform (re, im, n, FALSE);
  {
    g_autofree gdouble *c_re = g_new (gdouble, n);
    g_autofree gdouble *c_im = g_new (gdouble, n);

    for (i = 0; i < n; i++) {
      guint m = (n - i) & (n - 1);
      gdouble a_re = (re[i] + re[m]) / 2, a_im = (im[i] - im[m]) / 2;
      gdouble q_re = (im[i] + im[m]) / 2, q_im = (re[m] - re[i]) / 2;

      c_re[i] = a_re * q_re + a_im * q_im;
      c_im[i] = a_im * q_re - a_re * q_im;
    }
    transform (c_re, c_im, n, TRUE);
    memcpy (re, c_re, n * sizeof (gdouble));
  }

  /* The whole question counts, also what hangs over the ends of the answer. */
  for (i = 0; i < n; i++) {
    gint lag = i < n_a ? (gint) i : (gint) i - (gint) n;
    gint begin = MAX (0, lag), end = MIN ((gint) n_a, lag + (gint) n_q);
    gdouble energy, value;

    if (begin >= end)
      continue;
    energy = (sum_a[end] - sum_a[begin]) * sum_q[n_q];
    value = energy > 0 ? re[i] / n / sqrt (energy) : 0;
    if (value > best) {
      best = value;
      if (offset)
        *offset = lag;
    }
  }
  return best;
}

static GArray *
slice (GArray *sound, gint from, gint to)
{
  GArray *part = g_array_new (FALSE, FALSE, sizeof (gint16));

  from = CLAMP (from, 0, (gint) sound->len);
  to = CLAMP (to, from, (gint) sound->len);
  g_array_append_vals (part, &g_array_index (sound, gint16, from), to - from);
  return part;
}

/* A machine that stalls makes the playout wait or catch up inside of an answer:
 * then each piece is where it should be, give or take, but the whole does not
 * line up with itself. The mean over the pieces, by their energy. */
static gdouble
similarity_of_pieces (GArray *question, GArray *answer, gint offset)
{
  const gint size = E2E_RATE * 2 / 5, slack = E2E_RATE / 2;
  gdouble sum = 0, weights = 0;
  gint begin;

  for (begin = 0; begin < (gint) question->len; begin += size) {
    g_autoptr (GArray) piece = slice (question, begin, begin + size);
    g_autoptr (GArray) place = slice (
        answer, begin + offset - slack, begin + offset + size + slack);
    g_autofree gdouble *energy = cumulate (piece);

    sum += energy[piece->len] * e2e_similarity (piece, place, NULL);
    weights += energy[piece->len];
  }
  return weights > 0 ? sum / weights : 0;
}

void
e2e_assert_similar (GArray *question, GArray *answer, gboolean same)
{
  gint offset;
  gdouble similarity = e2e_similarity (question, answer, &offset);

  GST_INFO ("similarity %.3f at %d of %u in %u samples", similarity, offset,
      question->len, answer->len);
  if (same && similarity <= 0.8) {
    similarity = similarity_of_pieces (question, answer, offset);
    GST_INFO ("in pieces %.3f", similarity);
  }
  if (same)
    fail_unless (similarity > 0.8,
        "the answer (%u samples) is not the question (%u): %.3f at %d",
        answer->len, question->len, similarity, offset);
  else
    fail_unless (similarity < 0.4,
        "the answer (%u samples) holds a foreign question (%u): %.3f at %d",
        answer->len, question->len, similarity, offset);
}

/* --- microphone --- */

#define MIC_FRAME (E2E_RATE / 50)

struct _E2eMicrophone {
  GstElement *appsrc;
  GThread *thread;
  gboolean counts; /* gives each frame its time */

  GMutex lock; /* protects everything in this struct */
  GArray *left;
  gboolean stop;
  GstClockID clock_id;
};

static gpointer
microphone_thread (gpointer data)
{
  E2eMicrophone *mic = data;
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime start = gst_clock_get_time (clock), next = start;

  for (;;) {
    GstBuffer *buffer = gst_buffer_new_allocate (
        NULL, MIC_FRAME * sizeof (gint16), NULL);
    GstClockID id = gst_clock_new_single_shot_id (clock, next);
    gboolean stop;
    guint n;

    gst_buffer_memset (buffer, 0, 0, MIC_FRAME * sizeof (gint16));
    g_mutex_lock (&mic->lock);
    stop = mic->stop;
    n = MIN (MIC_FRAME, mic->left->len);
    if (n > 0) {
      gst_buffer_fill (buffer, 0, mic->left->data, n * sizeof (gint16));
      g_array_remove_range (mic->left, 0, n);
    }
    mic->clock_id = id;
    g_mutex_unlock (&mic->lock);
    if (!stop)
      gst_clock_id_wait (id, NULL);
    g_mutex_lock (&mic->lock);
    mic->clock_id = NULL;
    stop = mic->stop;
    g_mutex_unlock (&mic->lock);
    gst_clock_id_unref (id);
    if (stop) {
      gst_buffer_unref (buffer);
      return NULL;
    }
    if (mic->counts) {
      GST_BUFFER_PTS (buffer) = next - start;
      GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
    }
    gst_app_src_push_buffer (GST_APP_SRC (mic->appsrc), buffer);
    next += 20 * GST_MSECOND;
  }
}

static E2eMicrophone *
start_microphone (GstElement *appsrc, gboolean counts)
{
  E2eMicrophone *mic = g_new0 (E2eMicrophone, 1);

  mic->appsrc = gst_object_ref (appsrc);
  mic->counts = counts;
  mic->left = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_mutex_init (&mic->lock);
  mic->thread = g_thread_new ("microphone", microphone_thread, mic);
  return mic;
}

E2eMicrophone *
e2e_microphone_new (GstElement *appsrc)
{
  return start_microphone (appsrc, TRUE);
}

E2eMicrophone *
e2e_microphone (E2ePipe *pipe, const gchar *name)
{
  E2eMicrophone *mic = start_microphone (e2e_pipe_get (pipe, name), FALSE);

  g_ptr_array_add (pipe->microphones, mic);
  return mic;
}

void
e2e_microphone_free (E2eMicrophone *mic)
{
  g_mutex_lock (&mic->lock);
  mic->stop = TRUE;
  if (mic->clock_id)
    gst_clock_id_unschedule (mic->clock_id);
  g_mutex_unlock (&mic->lock);
  g_thread_join (mic->thread);
  gst_object_unref (mic->appsrc);
  g_array_unref (mic->left);
  g_mutex_clear (&mic->lock);
  g_free (mic);
}

void
e2e_microphone_say (E2eMicrophone *mic, GArray *sound)
{
  g_mutex_lock (&mic->lock);
  g_array_append_vals (mic->left, sound->data, sound->len);
  g_mutex_unlock (&mic->lock);
}

static gboolean
has_said (gpointer data)
{
  E2eMicrophone *mic = data;
  gboolean done;

  g_mutex_lock (&mic->lock);
  done = mic->left->len == 0;
  g_mutex_unlock (&mic->lock);
  return done;
}

void
e2e_microphone_wait (E2ePipe *pipe, E2eMicrophone *mic)
{
  e2e_wait_until (pipe, has_said, mic, "end of the speech");
}

/* --- conversations ------------------------------------------------------ */

void
e2e_talk_prepare (E2eTalk *talk, const gchar *options, const gchar *source,
    const gchar *settings)
{
  talk->emulator = e2e_emulator_start (options);
  talk->pipe = e2e_pipe_new (
      "%s ! openairealtime name=ai base-url=%s %s ! " E2E_OUT,
      source ? source : E2E_MICROPHONE, e2e_emulator_url (talk->emulator),
      settings);
  talk->capture = e2e_capture (talk->pipe, "out");
  talk->mic = source ? NULL : e2e_microphone (talk->pipe, "mic");
  talk->ai = e2e_pipe_get (talk->pipe, "ai");
}

guint
e2e_talk_play (E2eTalk *talk)
{
  e2e_pipe_set_state (talk->pipe, GST_STATE_PLAYING);
  return e2e_wait_connected (talk->pipe);
}

void
e2e_talk_start (E2eTalk *talk, const gchar *options, const gchar *settings)
{
  e2e_talk_prepare (talk, options, NULL, settings);
  e2e_talk_play (talk);
}

void
e2e_talk_stop (E2eTalk *talk)
{
  e2e_pipe_free (talk->pipe);
  e2e_emulator_stop (talk->emulator);
}

void
e2e_talk_say (E2eTalk *talk, const gchar *text)
{
  gboolean sent = FALSE;

  g_signal_emit_by_name (talk->ai, "send-text", text, &sent);
  fail_unless (sent, "%s", text);
}

/* --- resources ----------------------------------------------------------- */

static guint
count_entries (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  fail_unless (dir != NULL);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

static E2eResources
count_resources (void)
{
  E2eResources now;

  /* Idle threads of pools are no leak. */
  g_thread_pool_stop_unused_threads ();
  now.threads = count_entries ("/proc/self/task");
  now.fds = count_entries ("/proc/self/fd");
  return now;
}

/* Nothing tells the end of a thread that is joined by somebody else. */
static void
poll_pause (void)
{
  poll (NULL, 0, 20);
}

E2eResources
e2e_resources (void)
{
  gint64 deadline = deadline_from_now ();
  E2eResources before = count_resources ();
  guint same = 0;

  while (same < 25 && g_get_monotonic_time () < deadline) {
    E2eResources now;

    poll_pause ();
    now = count_resources ();
    same = now.threads == before.threads && now.fds == before.fds ? same + 1
                                                                  : 0;
    before = now;
  }
  return before;
}

static gchar *
list_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  GString *names = g_string_new (NULL);
  const gchar *id;

  while ((id = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/comm", id);
    g_autofree gchar *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL))
      g_string_append_printf (names, " %s", g_strchomp (name));
  }
  return g_string_free (names, FALSE);
}

/* "udp 127.0.0.1:4711" */
static gchar *
describe_socket (gint fd)
{
  gint type = 0;
  socklen_t size = sizeof (type);
  struct sockaddr_storage native;
  socklen_t native_size = sizeof (native);
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree gchar *text = NULL;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0
      || getsockname (fd, (struct sockaddr *) &native, &native_size) != 0)
    return NULL;
  address = g_socket_address_new_from_native (&native, native_size);
  if (G_IS_INET_SOCKET_ADDRESS (address))
    text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  return g_strdup_printf (
      "%s %s", type == SOCK_DGRAM ? "udp" : "stream", text ? text : "unix");
}

static gchar *
list_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  GString *names = g_string_new (NULL);
  const gchar *number;

  while ((number = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%s", number);
    g_autofree gchar *name = g_file_read_link (path, NULL);
    g_autofree gchar *end = describe_socket (atoi (number));

    if (name)
      g_string_append_printf (names, "%s %s%s%s%s", names->len ? "," : "", name,
          end ? " (" : "", end ? end : "", end ? ")" : "");
  }
  return g_string_free (names, FALSE);
}

void
e2e_assert_resources_back (const E2eResources *before)
{
  gint64 deadline = deadline_from_now ();
  E2eResources now;

  for (;;) {
    now = count_resources ();
    if (now.threads <= before->threads && now.fds <= before->fds)
      return;
    if (g_get_monotonic_time () > deadline) {
      g_autofree gchar *threads = list_threads ();
      g_autofree gchar *files = list_files ();

      fail ("%u threads and %u files, before %u and %u; threads:%s; files:%s",
          now.threads, now.fds, before->threads, before->fds, threads, files);
    }
    poll_pause ();
  }
}

/* --- failures --- */

#define FAILING                                                                \
  "audiotestsrc is-live=true wave=ticks ! openairealtime name=ai "             \
  "connect-timeout=4000 base-url=%s %s ! fakesink sync=true"

static void
fail_once (const E2eFailure *failure)
{
  g_autoptr (E2eEmulator) emulator = e2e_emulator_start (failure->options);
  g_autoptr (E2ePipe) pipe = e2e_pipe_new (FAILING, e2e_emulator_url (emulator),
      failure->settings ? failure->settings : "");
  GstMessage *message;
  gint state;

  if (failure->gone)
    e2e_emulator_kill (emulator);
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  if (failure->kill) {
    e2e_wait_connected (pipe);
    e2e_emulator_kill (emulator);
  }
  e2e_wait_error (pipe, 0, failure->domain, failure->code, &message);
  fail_unless (
      GST_MESSAGE_SRC (message) == GST_OBJECT (e2e_pipe_get (pipe, "ai")));
  g_object_get (e2e_pipe_get (pipe, "ai"), "connection-state", &state, NULL);
  fail_unless_equals_int (state, 3 /* failed */);
  if (failure->http_status) {
    const GstStructure *details;
    gint status = 0;

    gst_message_parse_error_details (message, &details);
    fail_unless (details != NULL);
    gst_structure_get_int (details, "http-status", &status);
    fail_unless_equals_int (status, failure->http_status);
  }
  if (failure->unheard) {
    g_autofree gchar *log = e2e_emulator_log (emulator);

    fail_unless (strstr (log, "<- ") == NULL, "an event was sent: %s", log);
    fail_unless (e2e_emulator_heard (emulator) == 0);
  }
}

void
e2e_fail_twice (const E2eFailure *failure)
{
  E2eResources before;

  fail_once (failure);
  before = e2e_resources ();
  fail_once (failure);
  e2e_assert_resources_back (&before);
}

/* --- running ------------------------------------------------------------- */

GArray *
e2e_ask (E2eEmulator *emulator, const gchar *source, const gchar *settings)
{
  g_autoptr (E2ePipe)
      pipe = e2e_pipe_new ("%s ! audioconvert ! openairealtime "
                           "name=ai base-url=%s idle-output=none %s ! " E2E_OUT,
          source, e2e_emulator_url (emulator), settings ? settings : "");
  E2eCapture *capture = e2e_capture (pipe, "out");

  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_eos (pipe);
  return e2e_capture_copy (capture);
}

int
e2e_main (Suite *(*suite) (void), const gchar *name, int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  return gst_check_run_suite (suite (), name, name);
}
