/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "offer.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* Offers as other implementations make them, and what webrtcbin gets to see.
 * data/offer-aiortc.sdp is by aiortc 1.4, with a transport for each m-section
 * and the m=application line of old drafts; data/offer-chromium.sdp by Chromium
 * 156, with other candidates but the same credentials in each. */

static GString *
load (const gchar *name)
{
  g_autofree gchar *file = g_strdup_printf ("offer-%s.sdp", name);
  g_autofree gchar *path = g_build_filename (EMU_TEST_DATA, file, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  fail_unless (g_file_get_contents (path, &text, NULL, &error), "%s",
      error ? error->message : "");
  return g_string_new (text);
}

static void
replace (GString *text, const gchar *from, const gchar *to)
{
  fail_unless (g_string_replace (text, from, to, 0) > 0, "no %s", from);
}

/* Frees @text. */
static gchar *
finish_text (GString *text)
{
  g_string_replace (text, "\n", "\r\n", 0);
  return g_string_free (text, FALSE);
}

static EmuOffer *
accept_offer (GString *text)
{
  g_autofree gchar *lines = finish_text (text);
  g_autoptr (EmuProblem) problem = NULL;
  EmuOffer *offer = emu_offer_parse (lines, &problem);

  fail_unless (offer != NULL, "%s", problem ? problem->message : "");
  return offer;
}

static void
refuse_offer (GString *text, const gchar *why)
{
  g_autofree gchar *lines = finish_text (text);
  g_autoptr (EmuProblem) problem = NULL;
  EmuOffer *offer = emu_offer_parse (lines, &problem);

  fail_unless (offer == NULL);
  fail_unless_equals_int (problem->status, 400);
  fail_unless_equals_string (problem->code, "invalid_offer");
  fail_unless (strstr (problem->message, why) != NULL, "%s", problem->message);
}

static const gchar *
get (const EmuOffer *offer, guint media, const gchar *name)
{
  return gst_sdp_media_get_attribute_val (
      gst_sdp_message_get_media (offer->sdp, media), name);
}

static guint
count (const EmuOffer *offer, guint media, const gchar *name)
{
  const GstSDPMedia *section = gst_sdp_message_get_media (offer->sdp, media);
  guint n = 0;

  while (gst_sdp_media_get_attribute_val_n (section, name, n) != NULL)
    n++;
  return n;
}

static void
check_same (const EmuOffer *offer, const gchar *name)
{
  fail_unless (get (offer, 0, name) != NULL, "no %s", name);
  fail_unless_equals_string (get (offer, 0, name), get (offer, 1, name));
  fail_unless_equals_int (count (offer, 1, name), 1);
}

GST_START_TEST (test_two_transports_in_a_bundle_become_the_first)
{
  g_autoptr (EmuOffer) offer = accept_offer (load ("aiortc"));

  fail_unless (offer->bundle);
  fail_unless_equals_int (offer->payload_type, 96);
  fail_unless_equals_int (offer->audio, 0);
  fail_unless_equals_string (
      gst_sdp_message_get_attribute_val (offer->sdp, "group"), "BUNDLE 0 1");
  fail_unless_equals_string (get (offer, 0, "ice-ufrag"), "vDfm");
  check_same (offer, "ice-ufrag");
  check_same (offer, "ice-pwd");
  check_same (offer, "fingerprint");
  check_same (offer, "setup");
  fail_unless_equals_int (count (offer, 0, "candidate"), 1);
  fail_unless_equals_int (count (offer, 1, "candidate"), 0);
  fail_unless_equals_int (count (offer, 1, "end-of-candidates"), 0);
  fail_unless_equals_string (get (offer, 1, "mid"), "1");
}
GST_END_TEST;

GST_START_TEST (test_a_bundle_begins_with_its_first_section_of_any_kind)
{
  GString *text = load ("aiortc");
  gchar *data = strstr (text->str, "m=application");
  gchar *audio = strstr (text->str, "m=audio");
  g_autofree gchar *swapped = g_strdup_printf ("%.*s%s%.*s",
      (gint) (audio - text->str), text->str, data, (gint) (data - audio),
      audio);
  g_autoptr (EmuOffer) offer = NULL;

  g_string_assign (text, swapped);
  replace (text, "BUNDLE 0 1", "BUNDLE 1 0");
  offer = accept_offer (text);
  fail_unless (offer->bundle);
  fail_unless_equals_int (offer->payload_type, 96);
  fail_unless_equals_int (offer->audio, 1);
  fail_unless_equals_string (get (offer, 0, "mid"), "1");
  fail_unless_equals_string (get (offer, 0, "ice-ufrag"), "W0r5");
  check_same (offer, "ice-ufrag");
  fail_unless_equals_int (count (offer, 0, "candidate"), 1);
  fail_unless_equals_int (count (offer, 1, "candidate"), 0);
}
GST_END_TEST;

static void
check_separate (const EmuOffer *offer)
{
  fail_if (offer->bundle);
  fail_unless (gst_sdp_message_get_attribute_val (offer->sdp, "group") == NULL);
  fail_unless_equals_string (get (offer, 0, "ice-ufrag"), "vDfm");
  fail_unless_equals_string (get (offer, 1, "ice-ufrag"), "W0r5");
  fail_unless_equals_int (count (offer, 0, "candidate"), 1);
  fail_unless_equals_int (count (offer, 1, "candidate"), 1);
}

GST_START_TEST (test_two_transports_without_a_bundle_stay)
{
  GString *text = load ("aiortc");
  g_autoptr (EmuOffer) offer = NULL;

  replace (text, "a=group:BUNDLE 0 1\n", "");
  offer = accept_offer (text);
  check_separate (offer);
}
GST_END_TEST;

GST_START_TEST (test_a_bundle_without_the_data_channel_is_none)
{
  GString *text = load ("aiortc");
  g_autoptr (EmuOffer) offer = NULL;

  replace (text, "BUNDLE 0 1", "BUNDLE 0");
  offer = accept_offer (text);
  check_separate (offer);
}
GST_END_TEST;

GST_START_TEST (test_other_groups_are_not_the_bundle)
{
  GString *text = load ("aiortc");
  g_autoptr (EmuOffer) offer = NULL;

  replace (
      text, "a=group:BUNDLE 0 1\n", "a=group:LS 0 1\na=group:BUNDLE 0 1\n");
  offer = accept_offer (text);
  fail_unless (offer->bundle);
  fail_unless_equals_string (
      gst_sdp_message_get_attribute_val (offer->sdp, "group"), "BUNDLE 0 1");
  fail_unless (
      gst_sdp_message_get_attribute_val_n (offer->sdp, "group", 1) == NULL);
}
GST_END_TEST;

GST_START_TEST (test_a_bundle_in_another_order_is_refused)
{
  GString *text = load ("aiortc");

  replace (text, "BUNDLE 0 1", "BUNDLE 1 0");
  refuse_offer (text, "order");
}
GST_END_TEST;

GST_START_TEST (test_old_data_channel_line_becomes_the_present_one)
{
  g_autoptr (EmuOffer) offer = accept_offer (load ("aiortc"));
  const GstSDPMedia *data = gst_sdp_message_get_media (offer->sdp, 1);

  fail_unless_equals_string (gst_sdp_media_get_proto (data), "UDP/DTLS/SCTP");
  fail_unless_equals_int (gst_sdp_media_formats_len (data), 1);
  fail_unless_equals_string (
      gst_sdp_media_get_format (data, 0), "webrtc-datachannel");
  fail_unless_equals_string (get (offer, 1, "sctp-port"), "5000");
  fail_unless (get (offer, 1, "sctpmap") == NULL);
  fail_unless_equals_string (get (offer, 1, "max-message-size"), "65536");
}
GST_END_TEST;

GST_START_TEST (test_attributes_at_session_level_hold_for_all)
{
  static const gchar *const names[] = { "fingerprint", "setup", "ice-ufrag",
    "ice-pwd" };
  g_autoptr (EmuOffer) before = accept_offer (load ("chromium"));
  g_autoptr (EmuOffer) offer = NULL;
  GString *text = load ("chromium");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *line = g_strdup_printf (
        "a=%s:%s\n", names[i], get (before, 0, names[i]));
    g_autofree gchar *lifted = g_strdup_printf ("t=0 0\n%s", line);

    replace (text, line, "");
    replace (text, "t=0 0\n", lifted);
  }
  offer = accept_offer (text);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    fail_unless (
        gst_sdp_message_get_attribute_val (offer->sdp, names[i]) == NULL);
    fail_unless_equals_string (
        get (offer, 0, names[i]), get (before, 0, names[i]));
    check_same (offer, names[i]);
  }
}
GST_END_TEST;

GST_START_TEST (test_offer_of_a_browser_keeps_what_the_bundle_uses)
{
  g_autoptr (EmuOffer) offer = accept_offer (load ("chromium"));

  fail_unless (offer->bundle);
  fail_unless_equals_int (offer->payload_type, 111);
  fail_unless_equals_string (get (offer, 0, "ice-ufrag"), "sJrL");
  check_same (offer, "ice-pwd");
  fail_unless_equals_int (count (offer, 0, "candidate"), 2);
  fail_unless_equals_int (count (offer, 1, "candidate"), 0);
}
GST_END_TEST;

GST_START_TEST (test_offer_without_opus_is_refused)
{
  GString *text = load ("aiortc");

  replace (text, "opus/48000/2", "speex/48000");
  refuse_offer (text, "Invalid SDP offer");
}
GST_END_TEST;

GST_START_TEST (test_rejected_audio_is_no_offer)
{
  GString *text = load ("aiortc");

  replace (text, "m=audio 40184", "m=audio 0");
  refuse_offer (text, "Invalid SDP offer");
}
GST_END_TEST;

GST_START_TEST (test_offer_without_a_last_line_end_is_refused)
{
  GString *text = load ("aiortc");

  g_string_truncate (text, text->len - 1);
  refuse_offer (text, "EOF");
}
GST_END_TEST;

static Suite *
offer_suite (void)
{
  Suite *s = suite_create ("emulator-offer");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_two_transports_in_a_bundle_become_the_first);
  tcase_add_test (tc, test_a_bundle_begins_with_its_first_section_of_any_kind);
  tcase_add_test (tc, test_two_transports_without_a_bundle_stay);
  tcase_add_test (tc, test_a_bundle_without_the_data_channel_is_none);
  tcase_add_test (tc, test_other_groups_are_not_the_bundle);
  tcase_add_test (tc, test_a_bundle_in_another_order_is_refused);
  tcase_add_test (tc, test_old_data_channel_line_becomes_the_present_one);
  tcase_add_test (tc, test_attributes_at_session_level_hold_for_all);
  tcase_add_test (tc, test_offer_of_a_browser_keeps_what_the_bundle_uses);
  tcase_add_test (tc, test_offer_without_opus_is_refused);
  tcase_add_test (tc, test_rejected_audio_is_no_offer);
  tcase_add_test (tc, test_offer_without_a_last_line_end_is_refused);
  return s;
}

GST_CHECK_MAIN (offer)
