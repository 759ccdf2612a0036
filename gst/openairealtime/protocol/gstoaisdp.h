/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Largest SDP accepted from the network, in bytes. */
#define GST_OAI_SDP_MAX_SIZE (64 * 1024)
/* The Opus payload type that we offer. */
#define GST_OAI_SDP_OPUS_PT 111
/* The max-message-size that we offer (usrsctp's own limit). */
#define GST_OAI_SDP_MAX_MESSAGE_SIZE (256 * 1024)

typedef enum {
  GST_OAI_SDP_ERROR_TOO_LARGE,
  GST_OAI_SDP_ERROR_SYNTAX,
  GST_OAI_SDP_ERROR_NO_AUDIO,
  GST_OAI_SDP_ERROR_NO_DATA_CHANNEL,
  GST_OAI_SDP_ERROR_NO_OPUS,
  GST_OAI_SDP_ERROR_NO_FINGERPRINT,
  GST_OAI_SDP_ERROR_NO_ICE
} GstOaiSdpError;

#define GST_OAI_SDP_ERROR (gst_oai_sdp_error_quark ())
GQuark gst_oai_sdp_error_quark (void);

/* GstOaiAnswer:
 * @sdp: the answer rewritten so that every supported webrtcbin accepts it
 * @fingerprint_hash: "sha-256" etc., lower case
 * @fingerprint: upper-case hex with colons
 * @max_message_size: of the server, bytes, at most G_MAXINT32; 65536 when
 *   absent, 0 = no limit
 * @ice_lite: the server is ICE-lite
 * @n_candidates: candidates inside the answer
 * @opus_pt: payload type of Opus in the answer
 */
typedef struct {
  gchar *sdp;
  gchar *fingerprint_hash;
  gchar *fingerprint;
  guint max_message_size;
  gboolean ice_lite;
  guint n_candidates;
  guint opus_pt;
} GstOaiAnswer;

/* Parses a hostile SDP answer and sanitises it for webrtcbin 1.22 and later:
 * CRLF line ends; session-level setup, fingerprint, direction and ICE
 * credentials copied to every m-section and deleted at session level (an
 * m-section with none uses those of its bundle, and one with others, too: those of
 * the bundle's first m-section); only the fingerprint of the
 * best hash kept; missing mids added from @offer; the m=application line of old
 * drafts with a=sctpmap rewritten; sprop-stereo, sprop-maxcapturerate, format
 * parameters that differ from the offered ones, and payload types other than
 * the Opus ones removed from m=audio; the trailing "ufrag x" extension of
 * candidate lines, malformed candidates and those after the 64th removed.
 * Refused: no fingerprint, no Opus, no audio or no data-channel m-section,
 * rejected (port 0 without bundle) sections, m-lines that are not those of the
 * offer, no DTLS role, no ICE credentials, different ones without a bundle,
 * different fingerprints in different m-sections (a bundle has one, and no
 * server is known that says otherwise). */
GstOaiAnswer *gst_oai_sdp_parse_answer (
    const gchar *offer, const gchar *answer, gsize answer_size, GError **error);

void gst_oai_answer_free (GstOaiAnswer *answer);

/* Our offer, ready for set-local-description and for the wire:
 * a=max-message-size:GST_OAI_SDP_MAX_MESSAGE_SIZE in the application section
 * (once), "opus" in lower case, CRLF line ends and a final CRLF. */
gchar *gst_oai_sdp_finish_offer (const gchar *offer);

/* @offer, but that it does not leave the DTLS role to the server (a=setup:actpass):
 * we are its client (a=setup:active). */
gchar *gst_oai_sdp_be_dtls_client (const gchar *offer);

/* @offer with @candidates (each "candidate:…", as on-ice-candidate gives it,
 * with or without "a=") of m-line @mlines[i] put at the end of their
 * m-sections. Candidates that are in it already are not repeated. */
gchar *gst_oai_sdp_add_candidates (const gchar *offer,
    const gchar *const *candidates, const guint *mlines, guint n_candidates);

/* Whether the certificate @pem (PEM text of a DTLS peer) has the fingerprint
 * @fingerprint by @hash ("sha-1", "sha-256", "sha-384" or "sha-512"; any case).
 * Compared in constant time. A PEM that cannot be read never matches. */
gboolean gst_oai_fingerprint_matches (
    const gchar *pem, const gchar *hash, const gchar *fingerprint);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiAnswer, gst_oai_answer_free)

G_END_DECLS
