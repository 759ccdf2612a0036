/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A server for one test: HTTP on 127.0.0.1 and a webrtcbin that answers. It
 * sends a tone of PEER_TONE Hz, echoes every event text with "echo:" in front
 * and listens to the tone that comes in. All of it runs on threads of its own;
 * the functions below may be called from any other. */
typedef struct _Peer Peer;

#define PEER_TONE 1000

/* How the peer behaves; zero is a friendly server. */
typedef struct {
  guint secret_status; /* reply to client_secrets with this status... */
  const gchar *secret_body; /* ...and this; NULL for a good one */
  guint status; /* reply with this status and @body instead */
  const gchar *body;
  const gchar *location; /* Location header, NULL for a good one, "" for none */
  gboolean redirect; /* reply 307 to another path */
  gboolean no_answer; /* take the request, never reply */
  gboolean hold_hangup; /* never reply to the hang-up */
  gboolean json_answer; /* {"sdp": answer} */
  gboolean garbage; /* 201 with something else than SDP */
  gboolean huge; /* 201 with a body without end */
  gboolean fingerprint; /* wrong fingerprint in the answer */
  gboolean dead_media; /* answer with an address where nobody listens */
  gboolean mute; /* no tone */
  const gchar *address; /* listen here instead of 127.0.0.1 */
  guint max_message_size; /* in the answer; 0 leaves webrtcbin's */
  gboolean
      lose_firsts; /* no DTLS datagram comes in the first time it is sent */
  guint lose_init_acks; /* so many SCTP INIT ACK do not go out */
  guint lose_cookie_acks; /* so many SCTP COOKIE ACK do not go out */
} PeerConfig;

Peer *peer_new (const PeerConfig *config);
void peer_free (Peer *peer);

/* "http://127.0.0.1:port/v1" */
const gchar *peer_base_url (Peer *peer);

/* What was seen. Strings are owned by the caller. */
guint peer_n_requests (Peer *peer);
gchar *peer_last_request_body (Peer *peer);
gchar *peer_last_request_header (Peer *peer, const gchar *name);
guint peer_n_redirected (Peer *peer);
guint peer_n_secrets (Peer *peer);
gchar *peer_secret_body (Peer *peer);
gchar *peer_secret_header (Peer *peer, const gchar *name);
guint peer_n_hangups (Peer *peer);
gchar *peer_hangup_header (Peer *peer, const gchar *name);
guint peer_n_events (Peer *peer);
gchar *peer_event (Peer *peer, guint index);
gsize peer_event_size (Peer *peer, guint index);
/* RTP, RTCP and DTLS application data that came in. */
guint peer_n_protected_packets (Peer *peer);
/* DTLS alerts: close_notify is one. */
guint peer_n_alerts (Peer *peer);
guint peer_n_audio_packets (Peer *peer);
/* What the options lose_... made the peer lose. */
guint peer_n_lost (Peer *peer);
/* Frequency of the last half second of audio, 0 when there is none yet. */
gdouble peer_heard_frequency (Peer *peer);

/* Waits until @ready (peer) is TRUE; FALSE after 10 s. */
gboolean peer_wait (
    Peer *peer, gboolean (*ready) (Peer *, gpointer), gpointer user_data);

/* Deeds. */
void peer_send (Peer *peer, const gchar *text);
void peer_send_binary (Peer *peer, const gchar *data, gsize size);
void peer_close_channel (Peer *peer);
/* From now on nothing goes in or out, as when the process was killed. */
void peer_freeze (Peer *peer);
/* Stops the RTP and RTCP of the peer, but nothing else. */
void peer_hush (Peer *peer);

G_END_DECLS
