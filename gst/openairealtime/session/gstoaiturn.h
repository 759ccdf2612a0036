/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GstOaiTurn: when the steps of one turn happened, monotonic ns. NONE: not yet
 * or never. Filled by the session on its own thread. */
typedef struct {
  guint number; /* counts from 1 in a session */
  gchar *item_id; /* of the user's speech, nullable */
  gchar *response_id; /* nullable */
  gchar *status; /* of the response, nullable */
  GstClockTime speech_started;
  GstClockTime speech_ended; /* the input's last sound before speech_stopped */
  GstClockTime speech_stopped;
  GstClockTime committed;
  GstClockTime response_created;
  GstClockTime audio_started; /* the server says that it sends */
  GstClockTime first_packet; /* first RTP packet after response_created */
  GstClockTime first_sound_packet; /* the one that holds the first sound */
  GstClockTime first_audio; /* first audible sample left the src pad */
  GstClockTime response_done;
  GstClockTime audio_stopped; /* the server says that all is sent */
  gboolean interrupted;
} GstOaiTurn;

void gst_oai_turn_clear (GstOaiTurn *turn);

/* Ends the last turn and begins the next. */
void gst_oai_turn_next (GstOaiTurn *turn);

/* Moves all of @from to @to; its number stays with both. */
void gst_oai_turn_move (GstOaiTurn *to, GstOaiTurn *from);

/* Whether a response belongs to this turn already. */
gboolean gst_oai_turn_has_response (const GstOaiTurn *turn);

/* "openairealtime-turn": "number" (uint), "item-id", "response-id", "status"
 * (strings), "interrupted" (boolean) and, each as uint64 nanoseconds after
 * the server's speech_stopped (or after response.created when there was no
 * speech), what is known of "committed", "response-created", "first-packet",
 * "audio-started", "first-audio", "response-done", "audio-stopped"; "speech"
 * (uint64 ns) is how long the user spoke. */
GstStructure *gst_oai_turn_to_structure (const GstOaiTurn *turn);

G_END_DECLS
