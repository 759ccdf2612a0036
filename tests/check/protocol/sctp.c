/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "protocol/gstoaisctp.h"

/* The common header. */
static GByteArray *
packet_new (void)
{
  static const guint8 header[12] = { 0x13, 0x88, 0x13, 0x88 };

  return g_byte_array_append (g_byte_array_new (), header, sizeof (header));
}

/* A chunk that says that it has @length bytes, and has @size. */
static void
add_chunk (GByteArray *packet, guint8 type, guint16 length, guint size)
{
  guint at = packet->len;

  g_byte_array_set_size (packet, at + size);
  memset (packet->data + at, 0, size);
  packet->data[at] = type;
  GST_WRITE_UINT16_BE (packet->data + at + 2, length);
}

/* Takes @packet. */
static GstBuffer *
buffer_new (GByteArray *packet)
{
  return gst_buffer_new_wrapped_bytes (g_byte_array_free_to_bytes (packet));
}

GST_START_TEST (test_first_chunk)
{
  GByteArray *packet = packet_new ();
  GstBuffer *buffer;

  add_chunk (packet, GST_OAI_SCTP_COOKIE_ECHO, 5, 8);
  add_chunk (packet, GST_OAI_SCTP_DATA, 20, 20);
  buffer = buffer_new (packet);
  fail_unless_equals_int (
      gst_oai_sctp_first_chunk (buffer), GST_OAI_SCTP_COOKIE_ECHO);
  gst_buffer_unref (buffer);

  buffer = buffer_new (packet_new ());
  fail_unless_equals_int (gst_oai_sctp_first_chunk (buffer), -1);
  gst_buffer_unref (buffer);
  buffer = gst_buffer_new ();
  fail_unless_equals_int (gst_oai_sctp_first_chunk (buffer), -1);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* Its length is that of the value without the bytes that fill it up. */
GST_START_TEST (test_chunk_behind_others)
{
  GByteArray *packet = packet_new ();
  GstBuffer *buffer;

  add_chunk (packet, 3, 16, 16);
  add_chunk (packet, GST_OAI_SCTP_DATA, 17, 20);
  add_chunk (packet, GST_OAI_SCTP_RE_CONFIG, 22, 22);
  buffer = buffer_new (packet);
  fail_unless (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_RE_CONFIG));
  fail_unless (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_DATA));
  fail_if (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_INIT));
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* What a value looks like is no chunk. */
GST_START_TEST (test_value_is_no_chunk)
{
  GByteArray *packet = packet_new ();
  GstBuffer *buffer;

  add_chunk (packet, GST_OAI_SCTP_DATA, 28, 16);
  add_chunk (packet, GST_OAI_SCTP_RE_CONFIG, 12, 12);
  buffer = buffer_new (packet);
  fail_unless (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_DATA));
  fail_if (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_RE_CONFIG));
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* Too short for a chunk, or longer than the packet: it ends there. */
GST_START_TEST (test_length_that_cannot_be)
{
  static const guint16 lengths[] = { 0, 3, 17, G_MAXUINT16 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lengths); i++) {
    GByteArray *packet = packet_new ();
    GstBuffer *buffer;

    add_chunk (packet, 3, lengths[i], 4);
    add_chunk (packet, GST_OAI_SCTP_RE_CONFIG, 12, 12);
    buffer = buffer_new (packet);
    fail_if (gst_oai_sctp_has_chunk (buffer, GST_OAI_SCTP_RE_CONFIG));
    gst_buffer_unref (buffer);
  }
}
GST_END_TEST;

static Suite *
sctp_suite (void)
{
  Suite *s = suite_create ("sctp");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_first_chunk);
  tcase_add_test (tc, test_chunk_behind_others);
  tcase_add_test (tc, test_value_is_no_chunk);
  tcase_add_test (tc, test_length_that_cannot_be);

  return s;
}

GST_CHECK_MAIN (sctp);
