/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "protocol/gstoaidtlsflight.h"

#define CHANGE_CIPHER_SPEC 20
#define ALERT 21
#define HANDSHAKE 22
#define DATA 23
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define HELLO_VERIFY_REQUEST 3
#define NEW_SESSION_TICKET 4
#define CERTIFICATE 11
#define SERVER_HELLO_DONE 14

static guint8 number; /* of the last record */

/* A record of @size bytes behind its header. */
static GstBuffer *
record (guint8 type, guint epoch, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 13 + size, NULL);
  guint8 header[13] = { type, 0xfe, 0xfd, 0, (guint8) epoch };

  header[10] = ++number;
  header[11] = (guint8) (size >> 8);
  header[12] = (guint8) size;
  gst_buffer_memset (buffer, 0, 0, -1);
  gst_buffer_fill (buffer, 0, header, sizeof (header));
  return buffer;
}

/* The piece [from, to) of a message of @length bytes. */
static GstBuffer *
piece (guint8 type, guint length, guint from, guint to)
{
  GstBuffer *buffer = record (HANDSHAKE, 0, 12 + to - from);
  guint8 header[12] = { type };

  GST_WRITE_UINT24_BE (header + 1, length);
  GST_WRITE_UINT24_BE (header + 6, from);
  GST_WRITE_UINT24_BE (header + 9, to - from);
  gst_buffer_fill (buffer, 13, header, sizeof (header));
  return buffer;
}

static GstBuffer *
message (guint8 type, guint length)
{
  return piece (type, length, 0, length);
}

/* Takes @datagram; how many leave. */
static guint
pack (GstOaiDtlsFlight *flight, GstBuffer *datagram, GstBufferList *out)
{
  guint before = gst_buffer_list_length (out);

  gst_oai_dtls_flight_pack (flight, datagram, out);
  return gst_buffer_list_length (out) - before;
}

/* The records of all datagrams are numbered from 1 on, each datagram is at most as
 * large as allowed. */
static void
assert_complete (GstBufferList *out)
{
  guint8 next = 1;
  guint i;

  for (i = 0; i < gst_buffer_list_length (out); i++) {
    GstMapInfo map;
    gsize at;

    gst_buffer_map (gst_buffer_list_get (out, i), &map, GST_MAP_READ);
    fail_unless (map.size <= GST_OAI_DTLS_FLIGHT_MTU);
    for (at = 0; at < map.size;
         at += 13 + (map.data[at + 11] << 8) + map.data[at + 12])
      fail_unless_equals_int (map.data[at + 10], next++);
    fail_unless_equals_uint64 (at, map.size);
    gst_buffer_unmap (gst_buffer_list_get (out, i), &map);
  }
  fail_unless_equals_int (next, number + 1);
}

static void
begin (void)
{
  number = 0;
}

GST_START_TEST (test_flight_is_one_datagram)
{
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();

  fail_unless_equals_int (pack (flight, message (SERVER_HELLO, 90), out), 0);
  fail_unless_equals_int (
      pack (flight, piece (CERTIFICATE, 700, 0, 203), out), 0);
  fail_unless_equals_int (
      pack (flight, piece (CERTIFICATE, 700, 203, 700), out), 0);
  fail_unless_equals_int (
      pack (flight, message (SERVER_HELLO_DONE, 0), out), 1);
  assert_complete (out);
}
GST_END_TEST;

/* What OpenSSL throws away when it comes alone does not come alone. */
GST_START_TEST (test_change_of_cipher_stays_with_its_neighbours)
{
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();

  fail_unless_equals_int (
      pack (flight, message (NEW_SESSION_TICKET, 180), out), 0);
  fail_unless_equals_int (
      pack (flight, record (CHANGE_CIPHER_SPEC, 0, 1), out), 0);
  fail_unless_equals_int (pack (flight, record (HANDSHAKE, 1, 40), out), 1);
  assert_complete (out);
}
GST_END_TEST;

GST_START_TEST (test_large_flight_is_as_few_datagrams_as_fit)
{
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();
  guint i, n = 0;

  for (i = 0; i < 13; i++)
    n += pack (flight, piece (CERTIFICATE, 2600, i * 200, i * 200 + 200), out);
  fail_unless_equals_int (n, 2);
  fail_unless_equals_int (
      pack (flight, message (SERVER_HELLO_DONE, 0), out), 1);
  assert_complete (out);
}
GST_END_TEST;

/* The first of all is not waited for; nor is the last piece of one in two. */
GST_START_TEST (test_hello_leaves_at_once)
{
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();

  fail_unless_equals_int (pack (flight, message (CLIENT_HELLO, 150), out), 1);
  fail_unless_equals_int (
      pack (flight, message (HELLO_VERIFY_REQUEST, 20), out), 1);
  fail_unless_equals_int (
      pack (flight, piece (CLIENT_HELLO, 300, 0, 200), out), 0);
  fail_unless_equals_int (
      pack (flight, piece (CLIENT_HELLO, 300, 200, 300), out), 1);
  assert_complete (out);
}
GST_END_TEST;

/* Words about the end of it, and all that comes after a handshake. */
GST_START_TEST (test_nothing_else_is_held)
{
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();
  GstBuffer *both;

  fail_unless_equals_int (pack (flight, record (DATA, 1, 100), out), 1);
  fail_unless_equals_int (pack (flight, record (ALERT, 1, 2), out), 1);
  /* In the middle of a flight. */
  fail_unless_equals_int (pack (flight, message (SERVER_HELLO, 90), out), 0);
  fail_unless_equals_int (pack (flight, record (ALERT, 0, 2), out), 1);
  /* Already packed by the plugin. */
  both = message (SERVER_HELLO, 90);
  both = gst_buffer_append (both, message (SERVER_HELLO_DONE, 0));
  fail_unless_equals_int (pack (flight, both, out), 1);
  assert_complete (out);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_record_leaves_as_it_is)
{
  static const gsize sizes[] = { 0, 1, 12, 13, 24 };
  g_autoptr (GstOaiDtlsFlight) flight = gst_oai_dtls_flight_new ();
  g_autoptr (GstBufferList) out = gst_buffer_list_new ();
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    buffer = gst_buffer_new_allocate (NULL, sizes[i], NULL);
    gst_buffer_memset (buffer, 0, HANDSHAKE, -1);
    fail_unless_equals_int (pack (flight, buffer, out), 1);
  }
  /* A record without a message in it. */
  fail_unless_equals_int (pack (flight, record (HANDSHAKE, 0, 5), out), 1);
  /* One that is longer than its datagram. */
  buffer = message (SERVER_HELLO, 90);
  gst_buffer_resize (buffer, 0, 50);
  fail_unless_equals_int (pack (flight, buffer, out), 1);
}
GST_END_TEST;

static Suite *
dtlsflight_suite (void)
{
  Suite *s = suite_create ("dtlsflight");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, begin, NULL);
  tcase_add_test (tc, test_flight_is_one_datagram);
  tcase_add_test (tc, test_change_of_cipher_stays_with_its_neighbours);
  tcase_add_test (tc, test_large_flight_is_as_few_datagrams_as_fit);
  tcase_add_test (tc, test_hello_leaves_at_once);
  tcase_add_test (tc, test_nothing_else_is_held);
  tcase_add_test (tc, test_what_is_no_record_leaves_as_it_is);
  return s;
}

GST_CHECK_MAIN (dtlsflight);
