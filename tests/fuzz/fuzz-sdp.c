/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include <gst/sdp/gstsdpmessage.h>

#include "protocol/gstoaisdp.h"

static const gchar offer[] =
    "v=0\r\no=- 1 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    "a=group:BUNDLE audio0 application1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"
    "a=setup:actpass\r\na=ice-ufrag:aaaa\r\n"
    "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=rtcp-mux\r\na=sendrecv\r\n"
    "a=rtpmap:111 OPUS/48000/2\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=mid:audio0\r\n"
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\na=mid:application1\r\na=sctp-port:5000\r\n";

/* What is accepted is readable for GStreamer, has one certificate, and is not
 * changed by a second pass. */
static void
check_answer (const GstOaiAnswer *answer)
{
  g_autoptr (GstOaiAnswer) again = NULL;
  g_autoptr (GError) error = NULL;
  GstSDPMessage *sdp = NULL;
  guint i;

  g_assert_cmpint (
      gst_sdp_message_new_from_text (answer->sdp, &sdp), ==, GST_SDP_OK);
  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "fingerprint"));
  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *value = gst_sdp_media_get_attribute_val (media, "fingerprint");

    if (gst_sdp_media_get_port (media) == 0)
      continue;
    g_assert_nonnull (value);
    g_assert_true (g_str_has_suffix (value, answer->fingerprint));
    g_assert_null (gst_sdp_media_get_attribute_val_n (media, "fingerprint", 1));
    g_assert_nonnull (gst_sdp_media_get_attribute_val (media, "ice-ufrag"));
    g_assert_nonnull (gst_sdp_media_get_attribute_val (media, "ice-pwd"));
    g_assert_nonnull (gst_sdp_media_get_attribute_val (media, "setup"));
  }
  gst_sdp_message_free (sdp);

  again = gst_oai_sdp_parse_answer (
      offer, answer->sdp, strlen (answer->sdp), &error);
  /* The pass may have made the longest inputs a little longer. */
  if (strlen (answer->sdp) < GST_OAI_SDP_MAX_SIZE / 2) {
    g_assert_no_error (error);
    g_assert_cmpstr (again->sdp, ==, answer->sdp);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_autofree gchar *finished = gst_oai_sdp_finish_offer (text);
  g_autofree gchar *completed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstOaiAnswer) answer = NULL;
  const gchar *candidates[] = { text };
  const guint mline = 0;

  completed = gst_oai_sdp_add_candidates (offer, candidates, &mline, 1);
  gst_oai_fingerprint_matches (text, "sha-256", "00");

  answer = gst_oai_sdp_parse_answer (offer, (const gchar *) data, size, &error);
  if (answer)
    check_answer (answer);
  else
    g_assert_nonnull (error);

  return 0;
}
