/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <math.h>
#include <string.h>

#include "candidates.h"
#include "firewall.h"
#include "impairment.h"
#include "ip.h"
#include "schedule.h"
#include "stun.h"

#define MS 1000
#define MANY 100000
#define SIZE 150
#define LOST G_MININT64

/* --- helpers --- */

static RelayProfile *
profile_new (const gchar *spec)
{
  g_autoptr (GError) error = NULL;
  RelayProfile *profile = relay_profile_parse (spec, &error);

  fail_unless (profile != NULL, "%s: %s", spec, error ? error->message : "");
  return profile;
}

/* Sends @n packets of a kind, one each 20 ms. Returns by how much each was
 * delayed, or LOST. */
static gint64 *
send_many (const gchar *spec, guint64 seed, RelayKind kind, guint n)
{
  g_autoptr (RelayProfile) profile = profile_new (spec);
  g_autoptr (RelayLink) link = relay_link_new (profile, seed);
  gint64 *delays = g_new (gint64, n);
  guint i;

  for (i = 0; i < n; i++) {
    gint64 leave[RELAY_MAX_COPIES];
    gint64 now = (gint64) i * 20 * MS;

    delays[i] = relay_link_pass (link, kind, SIZE, now, leave) > 0
        ? leave[0] - now
        : LOST;
  }
  return delays;
}

static gdouble
get_lost_share (const gint64 *delays, guint n)
{
  guint i, lost = 0;

  for (i = 0; i < n; i++)
    lost += delays[i] == LOST;
  return (gdouble) lost / n;
}

static gdouble
get_mean (const gint64 *delays, guint n)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < n; i++)
    sum += delays[i];
  return sum / n;
}

static gboolean
keeps_order (const gint64 *delays, guint n)
{
  gint64 last = LOST;
  guint i;

  for (i = 0; i < n; i++) {
    if (delays[i] == LOST)
      continue;
    if ((gint64) i * 20 * MS + delays[i] < last)
      return FALSE;
    last = (gint64) i * 20 * MS + delays[i];
  }
  return TRUE;
}

static void
assert_near (gdouble value, gdouble wanted, gdouble tolerance)
{
  fail_unless (
      fabs (value - wanted) <= tolerance, "%f is not %f", value, wanted);
}

/* --- links --- */

GST_START_TEST (test_kinds_are_told_by_the_first_bytes)
{
  static const guint8 stun[] = { 0x00, 0x01 }, dtls[] = { 22, 254 },
                      rtp[] = { 0x80, 0x80 | 111 }, rtcp[] = { 0x80, 200 },
                      turn[] = { 0x40, 0x00 };

  assert_equals_int (relay_kind (stun, 2), RELAY_KIND_STUN);
  assert_equals_int (relay_kind (dtls, 2), RELAY_KIND_DTLS);
  assert_equals_int (relay_kind (rtp, 2), RELAY_KIND_RTP);
  assert_equals_int (relay_kind (rtcp, 2), RELAY_KIND_RTCP);
  assert_equals_int (relay_kind (turn, 2), RELAY_KIND_OTHER);
  assert_equals_int (relay_kind (stun, 0), RELAY_KIND_OTHER);
}
GST_END_TEST;

GST_START_TEST (test_no_profile_is_a_perfect_network)
{
  g_autofree gint64 *delays = send_many (NULL, 1, RELAY_KIND_RTP, 1000);
  guint i;

  for (i = 0; i < 1000; i++)
    fail_unless (delays[i] == 0);
}
GST_END_TEST;

GST_START_TEST (test_delay_is_the_same_for_all)
{
  g_autofree gint64 *delays = send_many ("delay=40", 1, RELAY_KIND_RTP, 1000);
  guint i;

  for (i = 0; i < 1000; i++)
    fail_unless (delays[i] == 40 * MS);
}
GST_END_TEST;

GST_START_TEST (test_uniform_jitter_is_up_to_its_greatest)
{
  g_autofree gint64 *delays = send_many (
      "delay=10,jitter=uniform:30,unordered", 1, RELAY_KIND_RTP, MANY);
  guint i;

  for (i = 0; i < MANY; i++)
    fail_unless (delays[i] >= 10 * MS && delays[i] <= 40 * MS);
  assert_near (get_mean (delays, MANY), 25 * MS, 0.3 * MS);
}
GST_END_TEST;

GST_START_TEST (test_exponential_jitter_has_its_mean)
{
  g_autofree gint64 *delays = send_many (
      "jitter=exp:8,unordered", 1, RELAY_KIND_RTP, MANY);
  guint i, beyond = 0;

  assert_near (get_mean (delays, MANY), 8 * MS, 0.2 * MS);
  /* The tail that tells it from others: exp (-3) of all. */
  for (i = 0; i < MANY; i++)
    beyond += delays[i] > 24 * MS;
  assert_near ((gdouble) beyond / MANY, exp (-3), 0.005);
}
GST_END_TEST;

GST_START_TEST (test_jitter_keeps_the_order)
{
  g_autofree gint64 *delays = send_many (
      "delay=20,jitter=exp:30,loss=5", 1, RELAY_KIND_RTP, MANY);

  fail_unless (keeps_order (delays, MANY));
}
GST_END_TEST;

GST_START_TEST (test_unordered_jitter_does_not)
{
  g_autofree gint64 *delays = send_many (
      "jitter=exp:30,unordered", 1, RELAY_KIND_RTP, MANY);

  fail_if (keeps_order (delays, MANY));
}
GST_END_TEST;

GST_START_TEST (test_wifi_holds_packets_and_lets_them_go_together)
{
  g_autofree gint64 *delays = send_many (
      "jitter=wifi:1000:100", 1, RELAY_KIND_RTP, MANY);
  guint i, held = 0, together = 0;

  fail_unless (keeps_order (delays, MANY));
  for (i = 1; i < MANY; i++) {
    fail_unless (delays[i] <= 151 * MS);
    if (delays[i] <= 2 * MS)
      continue;
    held++;
    /* Within the ms that is always there. */
    if (delays[i - 1] > 2 * MS && delays[i] + 20 * MS - delays[i - 1] <= 1 * MS)
      together++;
  }
  /* 100 ms of each 1100 on average; of five packets in a spike all but the
   * first leave with the one before. */
  assert_near ((gdouble) held / MANY, 100.0 / 1100, 0.01);
  fail_unless (together > held / 2, "%u of %u", together, held);
}
GST_END_TEST;

GST_START_TEST (test_trace_is_followed_and_begins_again)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *spec = NULL;
  g_autofree gint64 *delays = NULL;
  g_autoptr (GError) error = NULL;
  gint fd = g_file_open_tmp ("trace-XXXXXX", &path, &error);

  fail_unless (fd >= 0, "%s", error ? error->message : "");
  fail_unless (g_close (fd, NULL));
  fail_unless (g_file_set_contents (path, "# ms\n1\nlost\n2.5\n", -1, NULL));
  spec = g_strdup_printf ("delay=10,jitter=trace:%s", path);
  delays = send_many (spec, 1, RELAY_KIND_RTP, 5);
  fail_unless (delays[0] == 11 * MS);
  fail_unless (delays[1] == LOST);
  fail_unless (delays[2] == 12500);
  fail_unless (delays[3] == 11 * MS);
  fail_unless (delays[4] == LOST);
  g_unlink (path);
}
GST_END_TEST;

GST_START_TEST (test_loss_has_its_share)
{
  g_autofree gint64 *delays = send_many ("loss=5", 1, RELAY_KIND_RTP, MANY);
  guint i, pairs = 0;

  assert_near (get_lost_share (delays, MANY), 0.05, 0.003);
  /* Each by itself. */
  for (i = 1; i < MANY; i++)
    pairs += delays[i] == LOST && delays[i - 1] == LOST;
  assert_near ((gdouble) pairs / MANY, 0.0025, 0.001);
}
GST_END_TEST;

GST_START_TEST (test_bursts_have_their_share_and_length)
{
  g_autofree gint64 *delays = send_many ("burst=2:4", 1, RELAY_KIND_RTP, MANY);
  guint i, bursts = 0, lost = 0;

  for (i = 0; i < MANY; i++) {
    if (delays[i] != LOST)
      continue;
    lost++;
    bursts += i == 0 || delays[i - 1] != LOST;
  }
  assert_near ((gdouble) lost / MANY, 0.02, 0.004);
  assert_near ((gdouble) lost / bursts, 4, 0.4);
}
GST_END_TEST;

GST_START_TEST (test_reordered_packets_are_overtaken)
{
  g_autofree gint64 *delays = send_many (
      "delay=10,reorder=3:50", 1, RELAY_KIND_RTP, MANY);
  guint i, held = 0;

  fail_if (keeps_order (delays, MANY));
  for (i = 0; i < MANY; i++) {
    held += delays[i] == 60 * MS;
    fail_unless (delays[i] == 10 * MS || delays[i] == 60 * MS);
  }
  assert_near ((gdouble) held / MANY, 0.03, 0.003);
}
GST_END_TEST;

GST_START_TEST (test_duplicates_have_their_share)
{
  g_autoptr (RelayProfile) profile = profile_new ("delay=5,duplicate=10");
  g_autoptr (RelayLink) link = relay_link_new (profile, 1);
  guint i, twice = 0;

  for (i = 0; i < MANY; i++) {
    gint64 leave[RELAY_MAX_COPIES] = { 0 };
    guint n = relay_link_pass (link, RELAY_KIND_RTP, SIZE, i, leave);

    fail_unless (n == 1 || n == 2);
    fail_unless (n == 1 || leave[1] == leave[0]);
    twice += n == 2;
  }
  assert_near ((gdouble) twice / MANY, 0.1, 0.005);
}
GST_END_TEST;

GST_START_TEST (test_rate_bounds_bits_and_queue)
{
  g_autoptr (RelayProfile) profile = profile_new ("rate=100:50");
  g_autoptr (RelayLink) link = relay_link_new (profile, 1);
  gint64 leave[RELAY_MAX_COPIES], last = 0;
  guint i, n = 0;

  /* 71 bytes with all headers take 5.68 ms; one is sent each ms. */
  for (i = 0; i < 1000; i++) {
    gint64 now = i * MS;

    if (relay_link_pass (link, RELAY_KIND_RTP, 25, now, leave) == 0)
      continue;
    n++;
    fail_unless (leave[0] >= last);
    fail_unless (leave[0] <= now + 57 * MS);
    last = leave[0];
  }
  assert_near (n, 1000 / 5.68 + 50 / 5.68, 2);
}
GST_END_TEST;

GST_START_TEST (test_seed_decides)
{
  const gchar *spec = "delay=20,jitter=exp:8,loss=5,burst=1:3,reorder=2";
  g_autofree gint64 *a = send_many (spec, 7, RELAY_KIND_RTP, 1000);
  g_autofree gint64 *b = send_many (spec, 7, RELAY_KIND_RTP, 1000);
  g_autofree gint64 *c = send_many (spec, 8, RELAY_KIND_RTP, 1000);

  fail_unless (memcmp (a, b, 1000 * sizeof (gint64)) == 0);
  fail_if (memcmp (a, c, 1000 * sizeof (gint64)) == 0);
}
GST_END_TEST;

GST_START_TEST (test_other_kinds_do_not_shift_decisions)
{
  const gchar *spec = "jitter=exp:8,loss=5";
  g_autoptr (RelayProfile) profile = profile_new (spec);
  g_autoptr (RelayLink) link = relay_link_new (profile, 7);
  g_autofree gint64 *alone = send_many (spec, 7, RELAY_KIND_RTP, 1000);
  guint i, j;

  for (i = 0; i < 1000; i++) {
    gint64 leave[RELAY_MAX_COPIES];
    gint64 now = (gint64) i * 20 * MS;

    for (j = 0; j < i % 3; j++)
      relay_link_pass (link, RELAY_KIND_STUN, SIZE, now, leave);
    if (relay_link_pass (link, RELAY_KIND_RTP, SIZE, now, leave) == 0)
      fail_unless (alone[i] == LOST);
    else
      fail_unless (alone[i] == leave[0] - now);
  }
}
GST_END_TEST;

GST_START_TEST (test_profiles_that_are_not_understood)
{
  static const gchar *const specs[] = { "delay", "delay=", "delay=x",
    "delay=-1", "loss=101", "loss=5%", "jitter=gauss:3", "jitter=exp",
    "jitter=wifi:0", "jitter=trace:/nonexistent", "burst=5", "burst=5:0",
    "reorder=1:2:3", "rate=0", "speed=3", "unordered=1" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (specs); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (
        relay_profile_parse (specs[i], &error) == NULL, "%s", specs[i]);
    fail_unless (error != NULL);
  }
}
GST_END_TEST;

/* --- session descriptions --- */

#define OFFER_BEGIN                                                            \
  "v=0\r\n"                                                                    \
  "o=- 1 1 IN IP4 0.0.0.0\r\n"                                                 \
  "a=group:BUNDLE 0 1\r\n"                                                     \
  "m=audio "
#define OFFER_ICE                                                              \
  "a=ice-ufrag:abcd\r\n"                                                       \
  "a=ice-pwd:secretsecretsecretsecret\r\n"

static const gchar offer[] = OFFER_BEGIN
    "40000 UDP/TLS/RTP/SAVPF 111\r\n"
    "c=IN IP4 10.0.0.1\r\n"
    "a=rtcp:40000 IN IP4 10.0.0.1\r\n" OFFER_ICE
    "a=candidate:1 1 UDP 2015363327 10.0.0.1 40000 typ host\r\n"
    "a=candidate:2 1 TCP 1015021823 10.0.0.1 9 typ host tcptype active\r\n"
    "a=candidate:3 1 udp 2015363583 fd00::1 40001 typ host\r\n"
    "a=candidate:4 1 udp 2015363583 a-b-c.local 40002 typ host\r\n"
    "a=candidate:5 1 udp 1679819007 198.51.100.7 41000 typ srflx raddr "
    "10.0.0.1 rport 40000\r\n"
    "a=end-of-candidates\r\n"
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\n";

static const gchar rewritten_offer[] = OFFER_BEGIN
    "9 UDP/TLS/RTP/SAVPF 111\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=rtcp:9 IN IP4 0.0.0.0\r\n" OFFER_ICE
    "a=candidate:1 1 UDP 2015363327 127.0.0.1 5001 typ host\r\n"
    "a=candidate:5 1 udp 1679819007 127.0.0.1 5002 typ host\r\n"
    "a=end-of-candidates\r\n"
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\n";

static guint
stand_in (const gchar *address, guint port, gpointer user_data)
{
  GPtrArray *asked = user_data;

  g_ptr_array_add (asked, g_strdup_printf ("%s:%u", address, port));
  return 5000 + asked->len;
}

GST_START_TEST (test_candidates_are_replaced)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *sdp = relay_rewrite_sdp (
      offer, "127.0.0.1", stand_in, asked);

  assert_equals_string (sdp, rewritten_offer);
  assert_equals_int (asked->len, 2);
  assert_equals_string (g_ptr_array_index (asked, 0), "10.0.0.1:40000");
  assert_equals_string (g_ptr_array_index (asked, 1), "198.51.100.7:41000");
}
GST_END_TEST;

GST_START_TEST (test_line_ends_stay_as_they_are)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *sdp = relay_rewrite_sdp (
      "v=0\nm=audio 5 RTP/AVP 0\na=candidate:1 1 udp 1 10.0.0.1 7 typ host\n"
      "a=mid:0",
      "127.0.0.1", stand_in, asked);

  assert_equals_string (sdp,
      "v=0\nm=audio 9 RTP/AVP 0\n"
      "a=candidate:1 1 udp 1 127.0.0.1 5001 typ host\na=mid:0");
}
GST_END_TEST;

#define FORM_BEGIN                                                             \
  "--x\r\nContent-Disposition: form-data; name=\"session\"\r\n"                \
  "Content-Type: application/json\r\n\r\n{\"sdp\":\"v=0 m=audio 5\"}\r\n"      \
  "--x\r\nContent-Disposition: form-data; name=\"sdp\"\r\n"                    \
  "Content-Type: application/sdp\r\n\r\n"
#define FORM_END "\r\n--x--\r\n"

static void
assert_body (const gchar *body, const gchar *type, const gchar *wanted)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autofree gchar *password = NULL;
  g_autoptr (GBytes) result = relay_rewrite_body (
      bytes, type, "127.0.0.1", stand_in, asked, &password);

  if (wanted == NULL) {
    fail_unless (result == NULL);
    return;
  }
  fail_unless (result != NULL);
  assert_equals_int (g_bytes_get_size (result), strlen (wanted));
  fail_unless (
      memcmp (g_bytes_get_data (result, NULL), wanted, strlen (wanted)) == 0);
  assert_equals_string (password, "secretsecretsecretsecret");
}

GST_START_TEST (test_description_is_found_in_a_body)
{
  g_autofree gchar *form = g_strconcat (FORM_BEGIN, offer, FORM_END, NULL);
  g_autofree gchar *wanted = g_strconcat (
      FORM_BEGIN, rewritten_offer, FORM_END, NULL);

  assert_body (offer, "application/sdp", rewritten_offer);
  assert_body (offer, NULL, rewritten_offer);
  assert_body (form, "multipart/form-data; boundary=x", wanted);
  assert_body (form, "multipart/form-data; boundary=\"x\"", wanted);
  assert_body (form, "multipart/form-data; boundary=y", NULL);
  assert_body ("{\"error\":{}}", "application/json", NULL);
}
GST_END_TEST;

/* --- STUN --- */

#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

/* RFC 5769, 2.2: a response to 192.0.2.1, port 32853. */
static const guint8 response[] = { 0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4,
  0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
  0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74,
  0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12,
  0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90,
  0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7,
  0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96 };

static struct sockaddr_in
make_address (const gchar *text, guint port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = htons (port) };

  fail_unless (inet_pton (AF_INET, text, &address.sin_addr) == 1);
  return address;
}

GST_START_TEST (test_response_is_signed_anew)
{
  struct sockaddr_in other = make_address ("10.1.2.3", 4);
  struct sockaddr_in original = make_address ("192.0.2.1", 32853);
  guint8 data[sizeof (response)];

  memcpy (data, response, sizeof (data));
  fail_unless (relay_stun_set_mapped (data, sizeof (data), &other, PASSWORD));
  fail_if (memcmp (data, response, sizeof (data)) == 0);
  /* All that is left of it is in the address and both signatures. */
  fail_unless (
      relay_stun_set_mapped (data, sizeof (data), &original, PASSWORD));
  fail_unless (memcmp (data, response, sizeof (data)) == 0);
}
GST_END_TEST;

GST_START_TEST (test_nothing_else_is_taken_for_a_response)
{
  struct sockaddr_in address = make_address ("10.1.2.3", 4);
  guint8 data[sizeof (response)];
  gsize size;

  for (size = 0; size < sizeof (response); size++) {
    memcpy (data, response, sizeof (data));
    fail_if (relay_stun_set_mapped (data, size, &address, PASSWORD));
    fail_unless (memcmp (data, response, sizeof (data)) == 0);
  }
  /* A request. */
  memcpy (data, response, sizeof (data));
  data[0] = 0;
  fail_if (relay_stun_set_mapped (data, sizeof (data), &address, PASSWORD));
  /* An attribute that ends after the message. */
  memcpy (data, response, sizeof (data));
  data[23] = 0xff;
  fail_if (relay_stun_set_mapped (data, sizeof (data), &address, PASSWORD));
}
GST_END_TEST;

/* --- IP --- */

/* UDP of 4 bytes from port 4660 to 443. */
static const guint8 ip4_udp[] = { 0x45, 0, 0, 32, 0, 0, 0x40, 0, 64, 17, 0, 0,
  10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 1, 0xbb, 0, 12, 0, 0, 1, 2, 3, 4 };

static const guint8 ip6_tcp[] = { 0x60, 0, 0, 0, 0, 20, 6, 64, 0xfd, 1, 2, 3, 4,
  5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 9, 0x12, 0x34, 1, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0,
  0, 0 };

GST_START_TEST (test_ends_and_payload_of_ip)
{
  static const guint8 source4[16] = { 10, 0, 0, 1 };
  guint8 longer[sizeof (ip4_udp) + 10] = { 0 };
  RelayIp ip;

  /* What is behind the packet does not belong to it. */
  memcpy (longer, ip4_udp, sizeof (ip4_udp));
  fail_unless (relay_ip_parse (longer, sizeof (longer), &ip));
  fail_unless_equals_int (ip.version, 4);
  fail_unless_equals_int (ip.protocol, RELAY_IP_UDP);
  fail_unless (memcmp (ip.source.address, source4, sizeof (source4)) == 0);
  fail_unless_equals_int (ip.source.port, 0x1234);
  fail_unless_equals_int (ip.destination.address[3], 2);
  fail_unless_equals_int (ip.destination.port, 443);
  fail_unless_equals_int (ip.payload, 28);
  fail_unless_equals_int (ip.payload_size, 4);
  fail_if (ip.for_many);

  fail_unless (relay_ip_parse (ip6_tcp, sizeof (ip6_tcp), &ip));
  fail_unless_equals_int (ip.version, 6);
  fail_unless_equals_int (ip.protocol, RELAY_IP_TCP);
  fail_unless (memcmp (ip.source.address, ip6_tcp + 8, 16) == 0);
  fail_unless (memcmp (ip.destination.address, ip6_tcp + 24, 16) == 0);
  fail_unless_equals_int (ip.source.port, 0x1234);
  fail_unless_equals_int (ip.destination.port, 443);
  fail_unless_equals_int (ip.payload, 40);
  fail_unless_equals_int (ip.payload_size, 20);
  fail_if (ip.for_many);
}
GST_END_TEST;

GST_START_TEST (test_ip_for_many_and_fragments)
{
  guint8 data[sizeof (ip6_tcp)];
  RelayIp ip;

  memcpy (data, ip4_udp, sizeof (ip4_udp));
  data[16] = 239;
  fail_unless (relay_ip_parse (data, sizeof (ip4_udp), &ip) && ip.for_many);
  memset (data + 16, 255, 4);
  fail_unless (relay_ip_parse (data, sizeof (ip4_udp), &ip) && ip.for_many);
  memcpy (data, ip6_tcp, sizeof (ip6_tcp));
  data[24] = 0xff;
  fail_unless (relay_ip_parse (data, sizeof (ip6_tcp), &ip) && ip.for_many);

  /* Without the first bytes there are no ports. */
  memcpy (data, ip4_udp, sizeof (ip4_udp));
  data[7] = 1;
  fail_unless (relay_ip_parse (data, sizeof (ip4_udp), &ip));
  fail_unless_equals_int (ip.source.port, 0);
  fail_unless_equals_int (ip.payload_size, 12);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_ip)
{
  guint8 data[sizeof (ip4_udp)];
  RelayIp ip;
  gsize size;

  for (size = 0; size < sizeof (ip4_udp); size++)
    fail_if (relay_ip_parse (ip4_udp, size, &ip));
  for (size = 0; size < sizeof (ip6_tcp); size++)
    fail_if (relay_ip_parse (ip6_tcp, size, &ip));
  memcpy (data, ip4_udp, sizeof (data));
  /* A header that is too short, one that is longer than the packet, another
   * version. */
  data[0] = 0x44;
  fail_if (relay_ip_parse (data, sizeof (data), &ip));
  data[0] = 0x4f;
  fail_if (relay_ip_parse (data, sizeof (data), &ip));
  data[0] = 0x55;
  fail_if (relay_ip_parse (data, sizeof (data), &ip));
}
GST_END_TEST;

GST_START_TEST (test_ports_are_of_whole_headers_only)
{
  guint8 data[sizeof (ip6_tcp)];
  RelayIp ip;
  guint size;

  /* Behind options of IPv4. */
  memcpy (data, ip4_udp, 20);
  memset (data + 20, 1, 4);
  memcpy (data + 24, ip4_udp + 20, 12);
  data[0] = 0x46;
  data[3] = 36;
  fail_unless (relay_ip_parse (data, 36, &ip));
  fail_unless_equals_int (ip.destination.port, 443);
  fail_unless_equals_int (ip.payload, 32);
  fail_unless_equals_int (ip.payload_size, 4);

  /* A packet that ends within the ports, or just behind them. */
  for (size = 0; size < 8; size++) {
    memcpy (data, ip4_udp, sizeof (ip4_udp));
    data[3] = 20 + size;
    fail_unless (relay_ip_parse (data, 20 + size, &ip));
    fail_unless_equals_int (ip.source.port, 0);
    fail_unless_equals_int (ip.destination.port, 0);
    memcpy (data, ip6_tcp, sizeof (ip6_tcp));
    data[5] = size;
    fail_unless (relay_ip_parse (data, 40 + size, &ip));
    fail_unless_equals_int (ip.source.port, 0);
    fail_unless_equals_int (ip.destination.port, 0);
  }

  /* The first of some fragments has them. */
  memcpy (data, ip4_udp, sizeof (ip4_udp));
  data[6] = 0x20;
  fail_unless (relay_ip_parse (data, sizeof (ip4_udp), &ip));
  fail_unless_equals_int (ip.destination.port, 443);
  /* Of IPv6 none: the header of fragments is not opened. */
  memcpy (data, ip6_tcp, sizeof (ip6_tcp));
  data[6] = 44;
  fail_unless (relay_ip_parse (data, sizeof (ip6_tcp), &ip));
  fail_unless_equals_int (ip.protocol, 44);
  fail_unless_equals_int (ip.destination.port, 0);
}
GST_END_TEST;

/* --- the firewall --- */

static gboolean
passes (const gchar *tcp, const gchar *udp, const guint8 *data, gsize size,
    RelaySide sender)
{
  g_autoptr (RelayFirewall) firewall = relay_firewall_new (tcp, udp, NULL);
  RelayIp ip;

  fail_unless (firewall && relay_ip_parse (data, size, &ip));
  return relay_firewall_passes (firewall, &ip, sender);
}

GST_START_TEST (test_firewall_knows_the_ports_of_the_server)
{
  static const gchar *const good[] = { "443", "1,443", "443,65535", "400-500",
    "443-443", "1-65535", "any" };
  static const gchar *const others[] = { "442", "444,80", "1-442,444-65535",
    "4660" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (good); i++) {
    fail_unless (
        passes (good[i], NULL, ip6_tcp, sizeof (ip6_tcp), RELAY_CLIENT));
    fail_unless (
        passes (NULL, good[i], ip4_udp, sizeof (ip4_udp), RELAY_CLIENT));
    /* Neither protocol opens the other. */
    fail_if (passes (NULL, good[i], ip6_tcp, sizeof (ip6_tcp), RELAY_CLIENT));
    fail_if (passes (good[i], NULL, ip4_udp, sizeof (ip4_udp), RELAY_CLIENT));
  }
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    fail_if (
        passes (others[i], others[i], ip6_tcp, sizeof (ip6_tcp), RELAY_CLIENT));
  /* What the server sends has its port as the source. */
  fail_unless (passes ("4660", NULL, ip6_tcp, sizeof (ip6_tcp), RELAY_SERVER));
  fail_if (passes ("443", NULL, ip6_tcp, sizeof (ip6_tcp), RELAY_SERVER));
}
GST_END_TEST;

GST_START_TEST (test_firewall_and_what_has_no_port)
{
  guint8 data[sizeof (ip4_udp)];

  /* A later fragment. */
  memcpy (data, ip4_udp, sizeof (data));
  data[7] = 1;
  fail_unless (passes (NULL, NULL, data, sizeof (data), RELAY_CLIENT));
  fail_unless (passes (NULL, "any", data, sizeof (data), RELAY_CLIENT));
  fail_if (passes (NULL, "1-65535", data, sizeof (data), RELAY_CLIENT));
  fail_if (passes ("any", "443", data, sizeof (data), RELAY_CLIENT));
  /* ICMP. */
  memcpy (data, ip4_udp, sizeof (data));
  data[9] = 1;
  fail_unless (passes (NULL, NULL, data, sizeof (data), RELAY_CLIENT));
  fail_if (passes ("any", "any", data, sizeof (data), RELAY_CLIENT));
}
GST_END_TEST;

GST_START_TEST (test_ports_that_are_not_understood)
{
  static const gchar *const bad[] = { "", ",", "0", "65536", "443,", ",443",
    "80,,443", "80-", "-80", "90-80", "1-2-3", "http", "Any", "any,80", " 80",
    "80 ", "+80", "0x50", "99999999999999999999" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    RelayFirewall *firewall = i % 2 ? relay_firewall_new (bad[i], NULL, &error)
                                    : relay_firewall_new (NULL, bad[i], &error);

    fail_unless (firewall == NULL, "'%s' was taken", bad[i]);
    fail_unless (
        g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE));
    fail_unless (strstr (error->message, bad[i]) != NULL);
  }
}
GST_END_TEST;

/* --- the schedule --- */

static gboolean
is_odd (gconstpointer item, gconstpointer user_data)
{
  return *(const gint *) item % 2 == 1;
}

GST_START_TEST (test_schedule_is_in_order)
{
  g_autoptr (RelaySchedule) schedule = relay_schedule_new (g_free);
  gint i, last = -1, n = 0;
  gint64 now;

  fail_unless (relay_schedule_get_next (schedule) == G_MAXINT64);
  fail_unless (relay_schedule_pop (schedule, G_MAXINT64) == NULL);
  /* Each time comes twice; of the same time the lower number was first. */
  for (i = 0; i < 1000; i++)
    relay_schedule_add (schedule, i * 7 % 500, g_memdup2 (&i, sizeof (i)));
  relay_schedule_remove (schedule, is_odd, NULL);
  fail_unless_equals_int (relay_schedule_get_length (schedule), 500);
  for (now = 0; now < 500; now++) {
    gint *item;

    fail_unless (relay_schedule_get_next (schedule) >= now);
    last = -1;
    while ((item = relay_schedule_pop (schedule, now)) != NULL) {
      fail_unless_equals_int (*item * 7 % 500, now);
      fail_unless (*item % 2 == 0 && *item > last);
      last = *item;
      n++;
      g_free (item);
    }
  }
  fail_unless_equals_int (n, 500);
}
GST_END_TEST;

static Suite *
relay_parts_suite (void)
{
  Suite *suite = suite_create ("relay_parts");
  TCase *links = tcase_create ("links");
  TCase *descriptions = tcase_create ("descriptions");
  TCase *stun = tcase_create ("stun");
  TCase *ip = tcase_create ("ip");
  TCase *firewall = tcase_create ("firewall");
  TCase *schedule = tcase_create ("schedule");

  suite_add_tcase (suite, links);
  tcase_add_test (links, test_kinds_are_told_by_the_first_bytes);
  tcase_add_test (links, test_no_profile_is_a_perfect_network);
  tcase_add_test (links, test_delay_is_the_same_for_all);
  tcase_add_test (links, test_uniform_jitter_is_up_to_its_greatest);
  tcase_add_test (links, test_exponential_jitter_has_its_mean);
  tcase_add_test (links, test_jitter_keeps_the_order);
  tcase_add_test (links, test_unordered_jitter_does_not);
  tcase_add_test (links, test_wifi_holds_packets_and_lets_them_go_together);
  tcase_add_test (links, test_trace_is_followed_and_begins_again);
  tcase_add_test (links, test_loss_has_its_share);
  tcase_add_test (links, test_bursts_have_their_share_and_length);
  tcase_add_test (links, test_reordered_packets_are_overtaken);
  tcase_add_test (links, test_duplicates_have_their_share);
  tcase_add_test (links, test_rate_bounds_bits_and_queue);
  tcase_add_test (links, test_seed_decides);
  tcase_add_test (links, test_other_kinds_do_not_shift_decisions);
  tcase_add_test (links, test_profiles_that_are_not_understood);
  suite_add_tcase (suite, descriptions);
  tcase_add_test (descriptions, test_candidates_are_replaced);
  tcase_add_test (descriptions, test_line_ends_stay_as_they_are);
  tcase_add_test (descriptions, test_description_is_found_in_a_body);
  suite_add_tcase (suite, stun);
  tcase_add_test (stun, test_response_is_signed_anew);
  tcase_add_test (stun, test_nothing_else_is_taken_for_a_response);
  suite_add_tcase (suite, ip);
  tcase_add_test (ip, test_ends_and_payload_of_ip);
  tcase_add_test (ip, test_ip_for_many_and_fragments);
  tcase_add_test (ip, test_what_is_no_ip);
  tcase_add_test (ip, test_ports_are_of_whole_headers_only);
  suite_add_tcase (suite, firewall);
  tcase_add_test (firewall, test_firewall_knows_the_ports_of_the_server);
  tcase_add_test (firewall, test_firewall_and_what_has_no_port);
  tcase_add_test (firewall, test_ports_that_are_not_understood);
  suite_add_tcase (suite, schedule);
  tcase_add_test (schedule, test_schedule_is_in_order);

  return suite;
}

GST_CHECK_MAIN (relay_parts);
