/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the peers of the benchmarks that are written in C share: options, modes,
 * a microphone, a recorder, and what is printed. A peer only connects.
 *
 * Each prints a JSON text per line. All times are us of CLOCK_MONOTONIC, as in
 * the relay's log. --help has the modes, docs/performance.md what is done with
 * them. */

#define PEER_RATE 24000

/* How far a call is. */
typedef enum {
  PEER_STEP_OFFER, /* is posted */
  PEER_STEP_ANSWER, /* has come */
  PEER_STEP_ICE,
  PEER_STEP_DTLS,
  PEER_STEP_OPEN, /* the data channel */
  PEER_N_STEPS
} PeerStep;

typedef struct {
  gchar *base_url;
  gchar *mic; /* NULL: silence */
  gchar *record; /* where to, or NULL */
  gboolean no_vad; /* the server is not to look for speech */
  gboolean codec; /* FALSE: Opus that was made before, and none decoded */
  gboolean sync; /* the sink waits for the clock, as a sound card does */
  gint frame_size; /* ms */
  gboolean keep; /* what a further call can use of the one before */
  gboolean without; /* the pipeline of the application alone, no call */
  gchar **set; /* NAME=VALUE: properties, for who has them */
} PeerOptions;

typedef struct _PeerCall PeerCall;

/* What a peer has to do. */
typedef struct {
  const gchar *name;
  /* Begins to connect; from the main thread. What it returns is given to stop.
   * It has to ask for the microphone and the recorder. */
  gpointer (*start) (PeerCall *call, const PeerOptions *options);
  /* Hangs up and frees; nothing of the call is left when it returns. */
  void (*stop) (gpointer impl);
} PeerClass;

int peer_main (int argc, char **argv, const PeerClass *peer_class);

/* From any thread. */
void peer_call_step (PeerCall *call, PeerStep step);
void peer_call_event (PeerCall *call, const gchar *json);
void peer_call_failed (PeerCall *call, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* A figure that the peer itself has, at the end of a call: "concealed" (percent
 * of the sound that was made up), "wait" (ms in its jitterbuffer). */
void peer_call_own (PeerCall *call, const gchar *name, gdouble value);

/* Makes @appsrc the microphone, before it is started: S16LE mono at PEER_RATE,
 * or with --no-codec Opus packets of 20 ms. */
void peer_call_set_mic (PeerCall *call, GstElement *appsrc);
/* Once the pipeline plays: feeds it with what the microphone hears, 10 ms when
 * they are over, until the call ends. */
void peer_call_start_mic (PeerCall *call);

/* Notes what passes @pad, S16LE mono at PEER_RATE, and when @sink renders it.
 * Both see the same buffers. */
void peer_call_record (PeerCall *call, GstPad *pad, GstElement *appsink);

/* The appsink or fakesink "out" that --record and --no-sync ask for, to be
 * parsed. */
gchar *peer_describe_sink (const PeerOptions *options);

/* The type of a server event, NULL when there is none. */
gchar *peer_event_type (const gchar *json);

G_END_DECLS
