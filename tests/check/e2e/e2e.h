/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/gst.h>

#include "emulator.h"

G_BEGIN_DECLS

/* How long a test waits for anything, in seconds. Nothing is asserted about
 * speed: this only ends a test that hangs. */
#define E2E_PATIENCE 30

/* --- pipelines --- */

/* A pipeline with all that it said. A message that comes unasked for and is an
 * error ends the test. */
typedef struct {
  GstElement *pipeline;
  GstBus *bus;
  GPtrArray *messages; /* of GstMessage, in order */
  GPtrArray *elements; /* found by name */
  GPtrArray *captures;
  GPtrArray *microphones;
  gboolean errors_allowed;
} E2ePipe;

E2ePipe *e2e_pipe_new (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* The element of that name; the pipe owns it. */
GstElement *e2e_pipe_get (E2ePipe *pipe, const gchar *name);

/* Begins the change of state; it must not fail. */
void e2e_pipe_set_state (E2ePipe *pipe, GstState state);

/* Stops and frees it; both must work. */
void e2e_pipe_free (E2ePipe *pipe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (E2ePipe, e2e_pipe_free)

/* Takes messages from the bus for at most @ms. */
void e2e_pipe_pump (E2ePipe *pipe, guint ms);

typedef gboolean (*E2eMatch) (GstMessage *message, gconstpointer data);
/* Matches a GstMessageType. */
gboolean e2e_match_type (GstMessage *message, gconstpointer data);
typedef gboolean (*E2eCondition) (gpointer data);

/* Waits for a message that matches, at index @from or later. Returns the index
 * behind it, to wait for what follows. */
guint e2e_wait_message (E2ePipe *pipe, guint from, E2eMatch match,
    gconstpointer data, const gchar *what);
/* The same for the server's event of @type, whose JSON is stored in @json. */
guint e2e_wait_event (
    E2ePipe *pipe, guint from, const gchar *type, gchar **json);
guint e2e_wait_eos (E2ePipe *pipe);
guint e2e_wait_connected (E2ePipe *pipe);
guint e2e_wait_warning (
    E2ePipe *pipe, guint from, GQuark domain, gint code, GstMessage **message);
/* Allows errors from here on; the first of all must be this one. */
guint e2e_wait_error (
    E2ePipe *pipe, guint from, GQuark domain, gint code, GstMessage **message);
/* Waits until the state change is complete. */
void e2e_wait_state (E2ePipe *pipe, GstState state);
void e2e_wait_until (
    E2ePipe *pipe, E2eCondition condition, gpointer data, const gchar *what);

guint e2e_count_events (E2ePipe *pipe, const gchar *type);
guint e2e_count_messages (E2ePipe *pipe, GstMessageType type);

/* --- sound --- */

/* All sound is compared as this. */
#define E2E_RATE 16000
#define E2E_CAPS                                                               \
  "audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved"
/* The end of a pipeline whose sound is captured. */
#define E2E_OUT                                                                \
  "audioconvert ! audioresample ! " E2E_CAPS                                   \
  " ! appsink name=out sync=false emit-signals=false"

/* What reached an appsink. */
typedef struct {
  GMutex lock; /* protects everything in this struct */
  GArray *samples; /* of gint16 */
  guint buffers;
  guint backward; /* timestamps that went back */
  GstClockTime first; /* timestamps */
  GstClockTime next;
  guint64 loud; /* samples over E2E_LOUD */
} E2eCapture;

#define E2E_LOUD 300

/* Captures what reaches the appsink of that name; the pipe owns it. */
E2eCapture *e2e_capture (E2ePipe *pipe, const gchar *name);
guint e2e_capture_length (E2eCapture *capture);
guint64 e2e_capture_loud (E2eCapture *capture);
GArray *e2e_capture_copy (E2eCapture *capture);
/* Waits until so many samples came, so many loud ones came. */
void e2e_wait_length (E2ePipe *pipe, E2eCapture *capture, guint samples);
void e2e_wait_loud (E2ePipe *pipe, E2eCapture *capture, guint64 samples);

/* Plays a piece of a launch line into memory. */
GArray *e2e_sound_load (const gchar *source);
GArray *e2e_sound_load_file (const gchar *path);
GArray *e2e_sound_concat (GArray *a, GArray *b);
guint64 e2e_sound_loud (GArray *sound);

/* Speech of real people. */
typedef enum {
  E2E_SPEECH_GO_FORWARD, /* "go forward ten meters", raw */
  E2E_SPEECH_CARDS, /* a short one */
  E2E_SPEECH_AUSTEN, /* 3 s of a book */
  E2E_SPEECH_AUSTEN_LONG, /* 7 s of it */
  E2E_SPEECH_FRONT_CENTER,
  E2E_SPEECH_REAR_LEFT
} E2eSpeech;

/* A source for a launch line, or NULL, with a word about it, when the package
 * that has it is not installed. */
gchar *e2e_speech (E2eSpeech speech);

/* How well @question is found in @answer: the highest normalised correlation of
 * any alignment. @offset, if not NULL, gets where, in samples. */
gdouble e2e_similarity (GArray *question, GArray *answer, gint *offset);

/* Fails unless the answer is the question (as a parrot says it back) or, with
 * @same FALSE, is not. */
void e2e_assert_similar (GArray *question, GArray *answer, gboolean same);

/* A live source: a thread that feeds an appsrc in real time, with silence when
 * there is nothing to say. */
typedef struct _E2eMicrophone E2eMicrophone;

#define E2E_MICROPHONE                                                         \
  "appsrc name=mic is-live=true format=time do-timestamp=true caps=" E2E_CAPS

/* Starts it; the pipe owns it. */
E2eMicrophone *e2e_microphone (E2ePipe *pipe, const gchar *name);
/* One that feeds an element elsewhere. Its times count from 0: an RTSP server
 * wants data before its clock runs, and whatever time appsrc would give that is
 * nonsense at times. */
E2eMicrophone *e2e_microphone_new (GstElement *appsrc);
void e2e_microphone_free (E2eMicrophone *mic);
void e2e_microphone_say (E2eMicrophone *mic, GArray *sound);
/* Waits until all has been said. */
void e2e_microphone_wait (E2ePipe *pipe, E2eMicrophone *mic);

/* --- conversations --- */

/* An emulator, and a pipeline with "ai" that talks to it. */
typedef struct {
  E2eEmulator *emulator;
  E2ePipe *pipe;
  E2eCapture *capture; /* of the sink, "out" */
  E2eMicrophone *mic; /* NULL with another source */
  GstElement *ai;
} E2eTalk;

/* Makes it. @options are the emulator's, @source the begin of the pipeline (NULL:
 * a microphone), @settings properties of the element. */
void e2e_talk_prepare (E2eTalk *talk, const gchar *options, const gchar *source,
    const gchar *settings);
/* Plays until the call is there. Returns the index behind that message. */
guint e2e_talk_play (E2eTalk *talk);
/* Both, with a microphone. */
void e2e_talk_start (
    E2eTalk *talk, const gchar *options, const gchar *settings);
void e2e_talk_stop (E2eTalk *talk);
/* Says it by "send-text". */
void e2e_talk_say (E2eTalk *talk, const gchar *text);

/* --- resources --- */

/* Threads and open files of this process. */
typedef struct {
  guint threads;
  guint fds;
} E2eResources;

/* When they do not change any more. */
E2eResources e2e_resources (void);
/* Waits until there are no more than @before. */
void e2e_assert_resources_back (const E2eResources *before);

/* --- failures --- */

typedef struct {
  const gchar *options; /* of the emulator */
  const gchar *settings;
  GQuark domain;
  gint code;
  gboolean gone; /* it is not there any more */
  gboolean kill; /* it goes once connected */
  gint http_status; /* expected in the details */
  gboolean unheard; /* not a packet may have reached it */
} E2eFailure;

/* Runs a pipeline that fails so, twice: the error is the first that is posted
 * and comes from the element, NULL works afterwards, and the second time leaves
 * nothing behind (the first makes what a process has only once). */
void e2e_fail_twice (const E2eFailure *failure);

#define RESOURCE(CODE)                                                         \
  .domain = GST_RESOURCE_ERROR, .code = GST_RESOURCE_ERROR_##CODE
#define STREAM(CODE) .domain = GST_STREAM_ERROR, .code = GST_STREAM_ERROR_##CODE

#define FAILURE_TEST(name, ...)                                                \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    const E2eFailure failure = { __VA_ARGS__ };                                \
                                                                               \
    e2e_fail_twice (&failure);                                                 \
  }                                                                            \
  GST_END_TEST

/* --- running --- */

/* Runs "file ! decodebin ! openairealtime" of @speech to the end of stream and
 * returns the answer. @settings are properties of the element. */
GArray *e2e_ask (
    E2eEmulator *emulator, const gchar *source, const gchar *settings);

int e2e_main (Suite *(*suite) (void), const gchar *name, int argc, char **argv);

#define E2E_MAIN(suite)                                                        \
  int main (int argc, char **argv)                                             \
  {                                                                            \
    return e2e_main (suite, __FILE__, argc, argv);                             \
  }

G_END_DECLS
