/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaisdp.h"

#include <gst/check/gstcheck.h>
#include <gst/sdp/gstsdpmessage.h>

#include <string.h>

static gchar *
load (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".sdp", NULL);
  g_autofree gchar *path = g_build_filename (TEST_DATA_DIR, file, NULL);
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  fail_unless (text != NULL, "%s", error ? error->message : "");

  return text;
}

static GstOaiAnswer *
parse_text (const gchar *text, GError **error)
{
  g_autofree gchar *offer = load ("offer");

  return gst_oai_sdp_parse_answer (offer, text, strlen (text), error);
}

/* What webrtcbin 1.22 wants of every answer. */
static void
check_answer (const GstOaiAnswer *answer)
{
  GstSDPMessage *sdp = NULL;
  guint i;

  fail_unless_equals_int (
      gst_sdp_message_new_from_text (answer->sdp, &sdp), GST_SDP_OK);
  fail_unless_equals_int (gst_sdp_message_medias_len (sdp), 2);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "setup") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "fingerprint") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "ice-ufrag") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "ice-pwd") == NULL);
  fail_unless_equals_string (gst_sdp_message_get_attribute_val (sdp, "group"),
      "BUNDLE audio0 application1");

  for (i = 0; i < 2; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    g_autofree gchar *fingerprint = g_strdup_printf (
        "%s %s", answer->fingerprint_hash, answer->fingerprint);

    fail_unless (gst_sdp_media_get_port (media) != 0);
    fail_unless_equals_int (gst_sdp_media_formats_len (media), 1);
    fail_unless_equals_string (
        gst_sdp_media_get_attribute_val (media, "fingerprint"), fingerprint);
    fail_unless (
        gst_sdp_media_get_attribute_val_n (media, "fingerprint", 1) == NULL);
    fail_unless_equals_string (
        gst_sdp_media_get_attribute_val (media, "setup"), "active");
    fail_unless_equals_string (
        gst_sdp_media_get_attribute_val (media, "ice-ufrag"), "hT3x/u1/q8Zk");
    fail_unless_equals_string (
        gst_sdp_media_get_attribute_val (media, "ice-pwd"),
        "v9JmWc2LrYxQe7NsBdKuTf4H");
    fail_unless_equals_string (gst_sdp_media_get_attribute_val (media, "mid"),
        i == 0 ? "audio0" : "application1");
  }
  fail_unless_equals_string (
      gst_sdp_media_get_format (gst_sdp_message_get_media (sdp, 1), 0),
      "webrtc-datachannel");
  fail_unless_equals_string (
      gst_sdp_media_get_attribute_val (
          gst_sdp_message_get_media (sdp, 1), "sctp-port"),
      "5000");
  gst_sdp_message_free (sdp);
}

static GstOaiAnswer *
accept_text (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GstOaiAnswer *answer = parse_text (text, &error);

  fail_unless (answer != NULL, "refused: %s", error ? error->message : "");
  check_answer (answer);
  fail_unless_equals_string (answer->fingerprint_hash, "sha-256");
  fail_unless_equals_int (answer->opus_pt, 111);

  return answer;
}

static GstOaiAnswer *
accept_file (const gchar *name)
{
  g_autofree gchar *text = load (name);

  return accept_text (text);
}

static void
refuse_sized (const gchar *text, gsize size, GstOaiSdpError code)
{
  g_autofree gchar *offer = load ("offer");
  g_autoptr (GError) error = NULL;
  GstOaiAnswer *answer = gst_oai_sdp_parse_answer (offer, text, size, &error);

  fail_unless (answer == NULL);
  fail_unless (g_error_matches (error, GST_OAI_SDP_ERROR, (gint) code),
      "got error %d: %s", error->code, error->message);
}

static void
refuse_text (const gchar *text, GstOaiSdpError code)
{
  refuse_sized (text, strlen (text), code);
}

static void
refuse_file (const gchar *name, GstOaiSdpError code)
{
  g_autofree gchar *text = load (name);

  refuse_text (text, code);
}

/* @name with the first @from replaced by @to (every one for @from "\n"). */
static gchar *
edit (const gchar *name, const gchar *from, const gchar *to)
{
  g_autofree gchar *text = load (name);
  GString *out = g_string_new (text);

  fail_unless (g_string_replace (out, from, to, from[0] == '\n' ? 0 : 1) > 0,
      "no %s in %s", from, name);

  return g_string_free (out, FALSE);
}

static guint
count (const gchar *text, const gchar *part)
{
  guint n = 0;

  while ((text = strstr (text, part)) != NULL) {
    n++;
    text += strlen (part);
  }

  return n;
}

GST_START_TEST (test_answer_of_the_service_is_accepted)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("openai");

  fail_unless (answer->ice_lite);
  fail_unless_equals_int (answer->n_candidates, 6);
  fail_unless_equals_int (answer->max_message_size, 1073741823);
}

GST_END_TEST;

GST_START_TEST (test_answer_keeps_the_order_of_other_lines)
{
  g_autofree gchar *text = load ("openai");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);
  static const gchar *const kept[] = { "o=- 7700123456789012345",
    "a=msid-semantic:WMS *", "a=extmap-allow-mixed", "m=audio", "a=rtcp-mux",
    "a=rtcp-rsize", "a=ssrc:305419896 cname:realtimeapi", "a=sendrecv",
    "a=candidate:1000", "m=application", "a=sctp-port" };
  const gchar *pos = answer->sdp;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kept); i++) {
    pos = strstr (pos, kept[i]);
    fail_unless (pos != NULL, "%s is lost or moved", kept[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_aiortc_answer_is_accepted)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("aiortc");

  fail_if (answer->ice_lite);
  fail_unless_equals_int (answer->n_candidates, 3);
  fail_unless_equals_int (answer->max_message_size, 65536);
}

GST_END_TEST;

GST_START_TEST (test_pion_answer_is_accepted)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("pion");

  fail_unless_equals_int (answer->n_candidates, 2);
}

GST_END_TEST;

GST_START_TEST (test_webrtcbin_answer_is_accepted)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("webrtcbin");

  fail_unless_equals_int (answer->n_candidates, 0);
  fail_unless (strstr (answer->sdp, "bundle-only") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_session_level_attributes_move_down)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("session-level");
  const gchar *audio = strstr (answer->sdp, "m=audio");

  fail_unless (strstr (audio, "a=sendrecv\r\n") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_equal_fingerprints_at_both_levels_are_accepted)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("both-levels");

  fail_unless_equals_int (count (answer->sdp, "a=fingerprint:"), 2);
}

GST_END_TEST;

GST_START_TEST (test_fingerprint_is_upper_case)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("both-levels");
  g_autofree gchar *upper = g_ascii_strup (answer->fingerprint, -1);

  fail_unless_equals_string (answer->fingerprint, upper);
  fail_unless_equals_int (strlen (answer->fingerprint), 95);
}

GST_END_TEST;

GST_START_TEST (test_attributes_given_once_hold_for_the_bundle)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("bundled-once");
}

GST_END_TEST;

GST_START_TEST (test_missing_mids_come_from_the_offer)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("no-mid");
}

GST_END_TEST;

GST_START_TEST (test_missing_bundle_comes_from_the_offer)
{
  g_autofree gchar *text = edit (
      "openai", "a=group:BUNDLE audio0 application1\n", "");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);
}

GST_END_TEST;

GST_START_TEST (test_old_sctpmap_is_rewritten)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("aiortc");

  fail_unless (strstr (answer->sdp,
                   "m=application 40001 UDP/DTLS/SCTP webrtc-datachannel\r\n")
      != NULL);
  fail_unless (strstr (answer->sdp, "sctpmap") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_payload_types_other_than_opus_are_removed)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("stereo-pcmu");

  fail_unless (
      strstr (answer->sdp, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n") != NULL);
  fail_unless (strstr (answer->sdp, "PCMU") == NULL);
  fail_unless (strstr (answer->sdp, "a=rtpmap:13") == NULL);
  fail_unless (strstr (answer->sdp, "a=fmtp:13") == NULL);
  fail_unless (strstr (answer->sdp, "a=rtcp-fb:0") == NULL);
  fail_unless (strstr (answer->sdp, "a=rtcp-fb:* transport-cc\r\n") != NULL);
  fail_unless (strstr (answer->sdp, "a=ptime:20\r\n") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_stereo_hints_are_removed)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("stereo-pcmu");

  fail_unless (strstr (answer->sdp, "sprop-") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_format_parameters_that_differ_from_the_offer_are_removed)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("stereo-pcmu");

  fail_unless (
      strstr (answer->sdp, "a=fmtp:111 useinbandfec=1;stereo=1\r\n") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_fmtp_without_parameters_left_is_removed)
{
  g_autofree gchar *text = edit (
      "openai", "minptime=10;useinbandfec=1", "sprop-stereo=1");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);

  fail_unless (strstr (answer->sdp, "a=fmtp") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_ufrag_extension_of_candidates_is_removed)
{
  g_autoptr (GstOaiAnswer) first = accept_file ("openai");
  g_autoptr (GstOaiAnswer) second = accept_file ("tcp-only");

  fail_unless (strstr (first->sdp, " ufrag ") == NULL);
  fail_unless (strstr (first->sdp,
                   "a=candidate:1000 1 udp 2130706431 198.51.100.1 3478 "
                   "typ host\r\n")
      != NULL);
  fail_unless (strstr (second->sdp,
                   "a=candidate:1 1 tcp 1671430143 198.51.100.9 443 "
                   "typ host tcptype passive generation 0\r\n")
      != NULL);
}

GST_END_TEST;

GST_START_TEST (test_malformed_candidates_are_removed)
{
  g_autofree gchar *text = edit ("openai", "a=candidate:1000 1 udp",
      "a=candidate:\na=candidate:1 2 3\na=candidate:1000 1 udp");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);

  fail_unless_equals_int (answer->n_candidates, 6);
  fail_unless_equals_int (count (answer->sdp, "a=candidate:"), 6);
}

GST_END_TEST;

GST_START_TEST (test_number_of_candidates_is_bounded)
{
  g_autofree gchar *text = load ("openai");
  GString *many = g_string_new (text);
  g_autoptr (GstOaiAnswer) answer = NULL;
  guint i;

  for (i = 0; i < 500; i++)
    g_string_append (
        many, "a=candidate:1 1 udp 1 198.51.100.1 3478 typ host\n");
  answer = accept_text (many->str);
  g_string_free (many, TRUE);

  fail_unless_equals_int (answer->n_candidates, 64);
  fail_unless_equals_int (count (answer->sdp, "a=candidate:"), 64);
}

GST_END_TEST;

GST_START_TEST (test_ice_lite_at_media_level_moves_up)
{
  g_autofree gchar *text = edit (
      "pion", "a=setup:active\n", "a=setup:active\na=ice-lite\n");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);
  const gchar *lite = strstr (answer->sdp, "a=ice-lite\r\n");

  fail_unless (answer->ice_lite);
  fail_unless (lite != NULL && lite < strstr (answer->sdp, "m=audio"));
  fail_unless_equals_int (count (answer->sdp, "ice-lite"), 1);
}

GST_END_TEST;

GST_START_TEST (test_line_ends_become_crlf)
{
  g_autofree gchar *lf = load ("openai");
  g_autofree gchar *crlf = edit ("openai", "\n", "\r\n");
  g_autoptr (GstOaiAnswer) from_lf = accept_text (lf);
  g_autoptr (GstOaiAnswer) from_crlf = accept_text (crlf);

  fail_unless_equals_string (from_lf->sdp, from_crlf->sdp);
  fail_unless_equals_int (
      count (from_lf->sdp, "\n"), count (from_lf->sdp, "\r\n"));
}

GST_END_TEST;

GST_START_TEST (test_missing_last_line_end_is_added)
{
  g_autofree gchar *text = load ("openai");
  g_autoptr (GstOaiAnswer) answer = NULL;

  g_strchomp (text);
  answer = accept_text (text);
  fail_unless (g_str_has_suffix (answer->sdp, "\r\n"));
}

GST_END_TEST;

GST_START_TEST (test_result_is_stable_when_parsed_again)
{
  static const gchar *const names[] = { "openai", "aiortc", "pion", "webrtcbin",
    "session-level", "both-levels", "no-mid", "stereo-pcmu", "bundled-once",
    "tcp-only" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstOaiAnswer) once = accept_file (names[i]);
    g_autoptr (GstOaiAnswer) twice = accept_text (once->sdp);

    fail_unless_equals_string (twice->sdp, once->sdp);
  }
}

GST_END_TEST;

GST_START_TEST (test_max_message_size_absent_is_65536)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("no-mid");

  fail_unless_equals_int (answer->max_message_size, 65536);
}

GST_END_TEST;

GST_START_TEST (test_max_message_size_zero_is_no_limit)
{
  g_autoptr (GstOaiAnswer) answer = accept_file ("tcp-only");

  fail_unless_equals_int (answer->max_message_size, 0);
}

GST_END_TEST;

GST_START_TEST (test_max_message_size_of_64_bits_is_clamped)
{
  g_autofree gchar *text = edit (
      "openai", "size:1073741823", "size:18446744073709551615");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);

  fail_unless_equals_int (answer->max_message_size, G_MAXINT32);
}

GST_END_TEST;

GST_START_TEST (test_malformed_max_message_size_is_as_absent)
{
  g_autofree gchar *text = edit ("openai", "size:1073741823", "size:-1");
  g_autoptr (GstOaiAnswer) answer = accept_text (text);

  fail_unless_equals_int (answer->max_message_size, 65536);
  fail_unless (strstr (answer->sdp, "max-message-size") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_strongest_common_hash_is_chosen)
{
  g_autofree gchar *offer = load ("offer");
  g_autofree gchar *text = load ("aiortc");
  GString *out = g_string_new (text);
  g_autoptr (GstOaiAnswer) answer = NULL;

  g_string_replace (out, "a=fingerprint:sha-256", "a=x-none", 0);
  answer = gst_oai_sdp_parse_answer (offer, out->str, out->len, NULL);
  g_string_free (out, TRUE);

  fail_unless (answer != NULL);
  fail_unless_equals_string (answer->fingerprint_hash, "sha-384");
  fail_unless_equals_int (count (answer->sdp, "a=fingerprint:"), 2);
}

GST_END_TEST;

GST_START_TEST (test_no_fingerprint_is_refused)
{
  refuse_file ("bad-no-fingerprint", GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_unsupported_hash_is_refused)
{
  g_autofree gchar *text = edit (
      "openai", "a=fingerprint:sha-256", "a=fingerprint:md5");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_malformed_fingerprint_is_refused)
{
  g_autofree gchar *text = edit (
      "openai", "a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_different_fingerprints_in_m_sections_are_refused)
{
  refuse_file ("bad-two-fingerprints", GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_fingerprints_without_a_hash_in_common_are_refused)
{
  g_autofree gchar *text = edit ("bundled-once", "a=sctp-port:5000",
      "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
      "10:11:12:13\na=sctp-port:5000");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_session_fingerprint_that_differs_is_refused)
{
  g_autofree gchar *text = edit ("bad-two-fingerprints", "a=group:",
      "a=fingerprint:sha-256 "
      "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
      "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\na=group:");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_FINGERPRINT);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_opus_is_refused)
{
  refuse_file ("bad-no-opus", GST_OAI_SDP_ERROR_NO_OPUS);
}

GST_END_TEST;

GST_START_TEST (test_opus_that_is_not_in_the_m_line_is_refused)
{
  g_autofree gchar *text = edit ("openai", "SAVPF 111", "SAVPF 96");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_OPUS);
}

GST_END_TEST;

GST_START_TEST (test_rejected_audio_is_refused)
{
  refuse_file ("bad-audio-rejected", GST_OAI_SDP_ERROR_NO_AUDIO);
}

GST_END_TEST;

GST_START_TEST (test_rejected_data_channel_is_refused)
{
  refuse_file ("bad-data-rejected", GST_OAI_SDP_ERROR_NO_DATA_CHANNEL);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_data_section_is_refused)
{
  g_autofree gchar *text = load ("openai");

  *strstr (text, "m=application") = '\0';
  refuse_text (text, GST_OAI_SDP_ERROR_NO_DATA_CHANNEL);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_audio_section_is_refused)
{
  g_autofree gchar *text = edit ("openai", "m=audio", "m=video");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_AUDIO);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_media_is_refused)
{
  refuse_text (
      "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\n", GST_OAI_SDP_ERROR_NO_AUDIO);
}

GST_END_TEST;

GST_START_TEST (test_sctp_port_0_is_refused)
{
  g_autofree gchar *text = edit ("openai", "sctp-port:5000", "sctp-port:0");

  refuse_text (text, GST_OAI_SDP_ERROR_NO_DATA_CHANNEL);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_ice_credentials_is_refused)
{
  refuse_file ("bad-no-ice", GST_OAI_SDP_ERROR_NO_ICE);
}

GST_END_TEST;

/* "aiortc" with a transport of its own for the data channel, that the bundle
 * makes superfluous. */
static gchar *
make_two_transports (void)
{
  g_autofree gchar *text = load ("aiortc");
  gchar *data = strstr (text, "m=application");
  g_autofree gchar *head = g_strndup (text, data - text);
  GString *out = g_string_new (data);

  fail_unless (g_string_replace (out, "hT3x/u1/q8Zk", "W0r5", 0) > 0);
  fail_unless (g_string_replace (out, "a=ice-pwd:v9J", "a=ice-pwd:xxx", 0) > 0);
  fail_unless (g_string_replace (out, "40001 typ", "40002 typ", 0) > 0);
  fail_unless (g_string_replace (out, "setup:active", "setup:passive", 0) > 0);
  g_string_prepend (out, head);

  return g_string_free (out, FALSE);
}

GST_START_TEST (test_a_bundle_uses_the_transport_of_its_first_section)
{
  g_autofree gchar *text = make_two_transports ();
  /* This looks at credentials and role. */
  g_autoptr (GstOaiAnswer) answer = accept_text (text);

  fail_unless_equals_int (answer->n_candidates, 2);
  fail_unless (strstr (answer->sdp, "40001 typ host") != NULL);
  fail_unless (strstr (answer->sdp, "40002") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_different_ice_credentials_without_bundle_are_refused)
{
  g_autofree gchar *text = make_two_transports ();
  GString *none = g_string_new (text);
  GString *half = g_string_new (text);

  g_string_replace (none, "a=group:BUNDLE audio0 application1\n", "", 0);
  refuse_text (none->str, GST_OAI_SDP_ERROR_NO_ICE);
  g_string_replace (half, "BUNDLE audio0 application1", "BUNDLE audio0", 0);
  refuse_text (half->str, GST_OAI_SDP_ERROR_NO_ICE);
  g_string_free (none, TRUE);
  g_string_free (half, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_answer_without_dtls_role_is_refused)
{
  g_autofree gchar *text = load ("openai");
  GString *none = g_string_new (text);
  GString *both = g_string_new (text);

  g_string_replace (none, "a=setup:active\n", "", 0);
  refuse_text (none->str, GST_OAI_SDP_ERROR_SYNTAX);
  g_string_replace (both, "a=setup:active", "a=setup:actpass", 0);
  refuse_text (both->str, GST_OAI_SDP_ERROR_SYNTAX);
  g_string_free (none, TRUE);
  g_string_free (both, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_m_lines_in_another_order_are_refused)
{
  g_autofree gchar *offer = load ("offer");
  g_autofree gchar *text = load ("openai");
  gchar *audio = strstr (text, "m=audio");
  gchar *data = strstr (text, "m=application");
  g_autofree gchar *head = g_strndup (text, audio - text);
  g_autofree gchar *first = g_strndup (audio, data - audio);
  g_autofree gchar *swapped = g_strconcat (head, data, first, NULL);

  refuse_text (swapped, GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_a_second_audio_section_is_refused)
{
  g_autofree gchar *text = load ("openai");
  g_autofree gchar *twice = g_strconcat (text, strstr (text, "m=audio"), NULL);

  refuse_text (twice, GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_what_is_no_sdp_is_refused)
{
  static const gchar *const texts[] = { "", "\r\n\r\n", "{\"error\":{}}",
    "<html></html>", "v=1\n", "v=0", "o=- 1 1 IN IP4 0.0.0.0\nv=0\n",
    "v=0\nnonsense\n", "v=0\nm=\n", "v=0\nm=audio\n",
    "v=0\nm=audio x UDP/TLS/RTP/SAVPF 111\n",
    "v=0\nm=audio 70000 UDP/TLS/RTP/SAVPF 111\n", "v=0\nA=x\n", "v=0\na\n",
    "v=0\ns=\x01\n", "v=0\rs=-\r" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    refuse_text (texts[i],
        i == 5 ? GST_OAI_SDP_ERROR_NO_AUDIO : GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_nul_bytes_are_refused)
{
  refuse_sized ("v=0\0\n", 5, GST_OAI_SDP_ERROR_SYNTAX);
  refuse_sized ("v=0\ns=\0x\n", 9, GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_invalid_utf8_is_refused)
{
  refuse_text ("v=0\ns=\xff\n", GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

static gchar *
repeat (const gchar *head, const gchar *part, guint n)
{
  GString *out = g_string_new (head);

  while (n-- > 0)
    g_string_append (out, part);

  return g_string_free (out, FALSE);
}

GST_START_TEST (test_too_much_of_anything_is_refused)
{
  g_autofree gchar *size = repeat ("v=0\n", "a=0123456789abcd\n", 4000);
  g_autofree gchar *lines = repeat ("v=0\n", "a=b\n", 2000);
  g_autofree gchar *medias = repeat (
      "v=0\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\n", 9);
  g_autofree gchar *line = repeat ("v=0\ns=", "x", 3000);

  refuse_text (size, GST_OAI_SDP_ERROR_TOO_LARGE);
  refuse_text (lines, GST_OAI_SDP_ERROR_TOO_LARGE);
  refuse_text (medias, GST_OAI_SDP_ERROR_TOO_LARGE);
  refuse_text (line, GST_OAI_SDP_ERROR_SYNTAX);
}

GST_END_TEST;

GST_START_TEST (test_answer_is_not_read_past_its_size)
{
  g_autofree gchar *text = load ("openai");
  g_autofree gchar *longer = g_strconcat (text, "garbage", NULL);
  g_autofree gchar *offer = load ("offer");
  g_autoptr (GstOaiAnswer)
      answer = gst_oai_sdp_parse_answer (offer, longer, strlen (text), NULL);

  fail_unless (answer != NULL);
  check_answer (answer);
}

GST_END_TEST;

GST_START_TEST (test_finished_offer_has_our_message_size_once)
{
  g_autofree gchar *offer = load ("offer");
  g_autofree gchar *once = gst_oai_sdp_finish_offer (offer);
  g_autofree gchar *twice = gst_oai_sdp_finish_offer (once);
  const gchar *data = strstr (once, "m=application");

  fail_unless (strstr (data, "a=max-message-size:262144\r\n") != NULL);
  fail_unless_equals_int (count (once, "max-message-size"), 1);
  fail_unless_equals_string (twice, once);
}

GST_END_TEST;

GST_START_TEST (test_finished_offer_is_otherwise_the_same)
{
  g_autofree gchar *offer = edit ("offer", "\n", "\r\n");
  g_autofree gchar *expected = g_strconcat (
      offer, "a=max-message-size:262144\r\n", NULL);
  g_autofree gchar *finished = NULL;
  gchar *name = strstr (expected, "OPUS");

  fail_unless (name != NULL);
  memcpy (name, "opus", 4);
  g_strchomp (offer);
  finished = gst_oai_sdp_finish_offer (offer);
  fail_unless_equals_string (finished, expected);
}

GST_END_TEST;

GST_START_TEST (test_offer_of_a_dtls_client)
{
  g_autofree gchar *offer = load ("offer");
  g_autofree gchar *finished = gst_oai_sdp_finish_offer (offer);
  g_autofree gchar *client = gst_oai_sdp_be_dtls_client (finished);
  g_autoptr (GString) expected = g_string_new (finished);
  guint n = count (finished, "a=setup:actpass");

  fail_unless (n > 0);
  assert_equals_int (
      g_string_replace (expected, "a=setup:actpass", "a=setup:active", 0), n);
  fail_unless_equals_string (client, expected->str);
}

GST_END_TEST;

/* The only thing of a media description that is written anew. */
GST_START_TEST (test_finished_offer_has_opus_in_lower_case)
{
  static const gchar *const lines[][2] = {
    { "a=rtpmap:111 OPUS/48000/2", "a=rtpmap:111 opus/48000/2" },
    { "a=rtpmap:111  Opus/48000/2", "a=rtpmap:111  opus/48000/2" },
    { "a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/48000/2" },
    { "a=rtpmap:111 OPUSX/48000", "a=rtpmap:111 OPUSX/48000" },
    { "a=rtpmap:111 PCMU/8000", "a=rtpmap:111 PCMU/8000" },
    { "a=rtpmap:111", "a=rtpmap:111" },
    { "a=rtpmap:", "a=rtpmap:" },
    { "a=rtpmap", "a=rtpmap" },
    { "a=x:111 OPUS/48000/2", "a=x:111 OPUS/48000/2" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autofree gchar *offer = edit (
        "offer", "a=rtpmap:111 OPUS/48000/2", lines[i][0]);
    g_autofree gchar *finished = gst_oai_sdp_finish_offer (offer);
    g_autofree gchar *line = g_strconcat ("\n", lines[i][1], "\r\n", NULL);

    fail_unless (strstr (finished, line) != NULL, "%s", finished);
  }
}

GST_END_TEST;

GST_START_TEST (test_candidates_go_to_the_end_of_their_m_sections)
{
  g_autofree gchar *offer = load ("offer");
  static const gchar *const candidates[] = {
    "candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host",
    "a=candidate:2 1 UDP 2015363583 192.0.2.2 40001 typ host"
  };
  static const guint mlines[] = { 0, 1 };
  g_autofree gchar *text = gst_oai_sdp_add_candidates (
      offer, candidates, mlines, 2);

  fail_unless (strstr (text,
                   "a=candidate:1 1 UDP 2015363327 192.0.2.1 40000 typ host"
                   "\r\nm=application")
      != NULL);
  fail_unless (g_str_has_suffix (
      text, "\r\na=candidate:2 1 UDP 2015363583 192.0.2.2 40001 typ host\r\n"));
}

GST_END_TEST;

GST_START_TEST (test_candidates_are_not_repeated)
{
  g_autofree gchar *offer = load ("offer");
  static const gchar *const candidates[] = {
    "candidate:1 1 UDP 1 192.0.2.1 40000 typ host",
    "a=candidate:1 1 UDP 1 192.0.2.1 40000 typ host"
  };
  static const guint mlines[] = { 0, 0 };
  g_autofree gchar *once = gst_oai_sdp_add_candidates (
      offer, candidates, mlines, 2);
  g_autofree gchar *twice = gst_oai_sdp_add_candidates (
      once, candidates, mlines, 2);

  fail_unless_equals_int (count (once, "a=candidate:"), 1);
  fail_unless_equals_string (twice, once);
}

GST_END_TEST;

GST_START_TEST (test_what_is_no_candidate_is_not_added)
{
  g_autofree gchar *offer = load ("offer");
  static const gchar *const candidates[] = { "", "a=setup:active",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\na=setup:active",
    "candidate:1 1 UDP 1 192.0.2.1 1 typ host" };
  static const guint mlines[] = { 0, 0, 0, 7 };
  g_autofree gchar *expected = gst_oai_sdp_add_candidates (
      offer, NULL, NULL, 0);
  g_autofree gchar *text = gst_oai_sdp_add_candidates (
      offer, candidates, mlines, 4);

  fail_unless_equals_string (text, expected);
}

GST_END_TEST;

static const gchar certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdjCCAR2gAwIBAgIUb5dMO5SY8aqIKTGz5OaGdEhbI90wCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGV2ViUlRDMB4XDTI2MTEyMjE1MzMwOVoXDTM2MTExOTE1MzMw\n"
    "OVowETEPMA0GA1UEAwwGV2ViUlRDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
    "rVxHu+5QX+Xu15B8IXAs4oy8GZZigTnFwk80MnorJnAQBZKfzztlSt1N4ERxby8A\n"
    "ZORcb83/BkWJWgkb51jCaaNTMFEwHQYDVR0OBBYEFCdyfEdujJ4nIc7+/gaBs86X\n"
    "vjkNMB8GA1UdIwQYMBaAFCdyfEdujJ4nIc7+/gaBs86XvjkNMA8GA1UdEwEB/wQF\n"
    "MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgOA202yC10/ZXyozj9TsNe8hDb1PlfRdg\n"
    "Fuar8G2+hKACICdEoVB3bBkZSqGmc2SwhkV184S64K4YTPSxU0NqHGq6\n"
    "-----END CERTIFICATE-----\n";

static const struct {
  const gchar *hash;
  const gchar *fingerprint;
} fingerprints[] = {
  { "sha-1", "38:AB:26:C5:0F:66:87:4D:95:3E:4F:BD:2D:3E:1C:8F:B2:0C:81:27" },
  { "sha-256",
      "73:25:D8:25:12:BA:D0:9D:8C:EC:30:19:CE:39:49:38:74:C7:67:A8:"
      "C2:A6:38:A8:03:04:CE:12:AD:A1:05:7C" },
  { "sha-384",
      "2A:4F:A8:25:20:8D:52:AC:3C:84:72:AF:80:C2:EF:B2:18:9E:E0:9B:"
      "78:37:6C:C4:D9:90:87:9D:0F:54:26:C9:EC:65:C0:7D:3A:5E:87:4D:"
      "4B:A2:2F:61:42:08:32:11" },
  { "sha-512",
      "3F:FC:75:ED:47:F9:50:14:33:8A:82:0D:2C:42:B0:D6:D0:9A:D5:95:"
      "06:EC:F0:A0:55:C4:38:F9:80:CD:2E:CC:23:DF:63:C7:10:F4:65:F1:"
      "BA:BB:BB:31:B7:EB:65:52:17:EE:A2:6D:77:21:57:38:50:99:EC:AB:"
      "5E:FA:D4:B8" },
};

GST_START_TEST (test_certificate_matches_its_fingerprints)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fingerprints); i++)
    fail_unless (gst_oai_fingerprint_matches (
        certificate, fingerprints[i].hash, fingerprints[i].fingerprint));
}

GST_END_TEST;

GST_START_TEST (test_case_of_a_fingerprint_does_not_matter)
{
  g_autofree gchar *lower = g_ascii_strdown (fingerprints[1].fingerprint, -1);

  fail_unless (gst_oai_fingerprint_matches (certificate, "SHA-256", lower));
}

GST_END_TEST;

GST_START_TEST (test_every_byte_of_a_fingerprint_counts)
{
  gsize i;

  for (i = 0; i < strlen (fingerprints[1].fingerprint); i++) {
    g_autofree gchar *wrong = g_strdup (fingerprints[1].fingerprint);

    wrong[i] = wrong[i] == '0' ? '1' : '0';
    fail_if (gst_oai_fingerprint_matches (certificate, "sha-256", wrong));
  }
}

GST_END_TEST;

GST_START_TEST (test_fingerprint_of_another_length_never_matches)
{
  g_autofree gchar *longer = g_strconcat (
      fingerprints[1].fingerprint, ":00", NULL);
  g_autofree gchar *shorter = g_strndup (fingerprints[1].fingerprint, 92);

  fail_if (gst_oai_fingerprint_matches (certificate, "sha-256", longer));
  fail_if (gst_oai_fingerprint_matches (certificate, "sha-256", shorter));
  fail_if (gst_oai_fingerprint_matches (certificate, "sha-256", ""));
}

GST_END_TEST;

GST_START_TEST (test_unknown_hash_never_matches)
{
  fail_if (gst_oai_fingerprint_matches (
      certificate, "md5", "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F"));
  fail_if (gst_oai_fingerprint_matches (
      certificate, "", fingerprints[1].fingerprint));
}

GST_END_TEST;

GST_START_TEST (test_unreadable_pem_never_matches)
{
  static const gchar *const pems[] = { "", "x", "-----BEGIN CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (pems); i++)
    fail_if (gst_oai_fingerprint_matches (
        pems[i], "sha-256", fingerprints[1].fingerprint));
  fail_if (gst_oai_fingerprint_matches (
      NULL, "sha-256", fingerprints[1].fingerprint));
}

GST_END_TEST;

static Suite *
sdp_suite (void)
{
  Suite *suite = suite_create ("sdp");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_answer_of_the_service_is_accepted);
  tcase_add_test (tc, test_answer_keeps_the_order_of_other_lines);
  tcase_add_test (tc, test_aiortc_answer_is_accepted);
  tcase_add_test (tc, test_pion_answer_is_accepted);
  tcase_add_test (tc, test_webrtcbin_answer_is_accepted);
  tcase_add_test (tc, test_session_level_attributes_move_down);
  tcase_add_test (tc, test_equal_fingerprints_at_both_levels_are_accepted);
  tcase_add_test (tc, test_fingerprint_is_upper_case);
  tcase_add_test (tc, test_attributes_given_once_hold_for_the_bundle);
  tcase_add_test (tc, test_a_bundle_uses_the_transport_of_its_first_section);
  tcase_add_test (tc, test_missing_mids_come_from_the_offer);
  tcase_add_test (tc, test_missing_bundle_comes_from_the_offer);
  tcase_add_test (tc, test_old_sctpmap_is_rewritten);
  tcase_add_test (tc, test_payload_types_other_than_opus_are_removed);
  tcase_add_test (tc, test_stereo_hints_are_removed);
  tcase_add_test (
      tc, test_format_parameters_that_differ_from_the_offer_are_removed);
  tcase_add_test (tc, test_fmtp_without_parameters_left_is_removed);
  tcase_add_test (tc, test_ufrag_extension_of_candidates_is_removed);
  tcase_add_test (tc, test_malformed_candidates_are_removed);
  tcase_add_test (tc, test_number_of_candidates_is_bounded);
  tcase_add_test (tc, test_ice_lite_at_media_level_moves_up);
  tcase_add_test (tc, test_line_ends_become_crlf);
  tcase_add_test (tc, test_missing_last_line_end_is_added);
  tcase_add_test (tc, test_result_is_stable_when_parsed_again);
  tcase_add_test (tc, test_max_message_size_absent_is_65536);
  tcase_add_test (tc, test_max_message_size_zero_is_no_limit);
  tcase_add_test (tc, test_max_message_size_of_64_bits_is_clamped);
  tcase_add_test (tc, test_malformed_max_message_size_is_as_absent);
  tcase_add_test (tc, test_strongest_common_hash_is_chosen);
  tcase_add_test (tc, test_no_fingerprint_is_refused);
  tcase_add_test (tc, test_unsupported_hash_is_refused);
  tcase_add_test (tc, test_malformed_fingerprint_is_refused);
  tcase_add_test (tc, test_different_fingerprints_in_m_sections_are_refused);
  tcase_add_test (tc, test_fingerprints_without_a_hash_in_common_are_refused);
  tcase_add_test (tc, test_session_fingerprint_that_differs_is_refused);
  tcase_add_test (tc, test_answer_without_opus_is_refused);
  tcase_add_test (tc, test_opus_that_is_not_in_the_m_line_is_refused);
  tcase_add_test (tc, test_rejected_audio_is_refused);
  tcase_add_test (tc, test_rejected_data_channel_is_refused);
  tcase_add_test (tc, test_answer_without_data_section_is_refused);
  tcase_add_test (tc, test_answer_without_audio_section_is_refused);
  tcase_add_test (tc, test_answer_without_media_is_refused);
  tcase_add_test (tc, test_sctp_port_0_is_refused);
  tcase_add_test (tc, test_answer_without_ice_credentials_is_refused);
  tcase_add_test (
      tc, test_different_ice_credentials_without_bundle_are_refused);
  tcase_add_test (tc, test_answer_without_dtls_role_is_refused);
  tcase_add_test (tc, test_m_lines_in_another_order_are_refused);
  tcase_add_test (tc, test_a_second_audio_section_is_refused);
  tcase_add_test (tc, test_what_is_no_sdp_is_refused);
  tcase_add_test (tc, test_nul_bytes_are_refused);
  tcase_add_test (tc, test_invalid_utf8_is_refused);
  tcase_add_test (tc, test_too_much_of_anything_is_refused);
  tcase_add_test (tc, test_answer_is_not_read_past_its_size);
  tcase_add_test (tc, test_finished_offer_has_our_message_size_once);
  tcase_add_test (tc, test_finished_offer_is_otherwise_the_same);
  tcase_add_test (tc, test_offer_of_a_dtls_client);
  tcase_add_test (tc, test_finished_offer_has_opus_in_lower_case);
  tcase_add_test (tc, test_candidates_go_to_the_end_of_their_m_sections);
  tcase_add_test (tc, test_candidates_are_not_repeated);
  tcase_add_test (tc, test_what_is_no_candidate_is_not_added);
  tcase_add_test (tc, test_certificate_matches_its_fingerprints);
  tcase_add_test (tc, test_case_of_a_fingerprint_does_not_matter);
  tcase_add_test (tc, test_every_byte_of_a_fingerprint_counts);
  tcase_add_test (tc, test_fingerprint_of_another_length_never_matches);
  tcase_add_test (tc, test_unknown_hash_never_matches);
  tcase_add_test (tc, test_unreadable_pem_never_matches);

  return suite;
}

GST_CHECK_MAIN (sdp);
