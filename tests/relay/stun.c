/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "stun.h"

#include <string.h>

#define HEADER_SIZE 20
#define BINDING_SUCCESS 0x0101
#define MAGIC_COOKIE 0x2112a442u
#define XOR_MAPPED_ADDRESS 0x0020
#define MESSAGE_INTEGRITY 0x0008
#define FINGERPRINT 0x8028
#define FINGERPRINT_XOR 0x5354554eu
#define FAMILY_IPV4 1
#define SHA1_SIZE 20

static guint
read_16 (const guint8 *p)
{
  return p[0] << 8 | p[1];
}

static void
write_16 (guint8 *p, guint value)
{
  p[0] = value >> 8;
  p[1] = value;
}

static void
write_32 (guint8 *p, guint32 value)
{
  write_16 (p, value >> 16);
  write_16 (p + 2, value & 0xffff);
}

static guint32
crc32 (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffffu;
  gsize i;
  guint bit;

  for (i = 0; i < size; i++) {
    crc ^= data[i];
    for (bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/* The attribute @type, NULL when it is not there with @size bytes. */
static guint8 *
find_attribute (guint8 *data, gsize size, guint type, gsize wanted)
{
  gsize at = HEADER_SIZE;

  while (at + 4 <= size) {
    gsize length = read_16 (data + at + 2);

    if (at + 4 + length > size)
      return NULL;
    if (read_16 (data + at) == type)
      return length == wanted ? data + at : NULL;
    at += 4 + (length + 3) / 4 * 4;
  }
  return NULL;
}

/* Signatures count the message as if they were its end. */
static void
sign (guint8 *data, guint8 *integrity, const gchar *password)
{
  g_autoptr (GHmac) hmac = g_hmac_new (
      G_CHECKSUM_SHA1, (const guchar *) password, strlen (password));
  gsize size = SHA1_SIZE;

  write_16 (data + 2, integrity + 4 + SHA1_SIZE - data - HEADER_SIZE);
  g_hmac_update (hmac, data, integrity - data);
  g_hmac_get_digest (hmac, integrity + 4, &size);
}

gboolean
relay_stun_set_mapped (guint8 *data, gsize size,
    const struct sockaddr_in *address, const gchar *password)
{
  guint8 *mapped, *integrity, *fingerprint;
  gsize length;

  if (size < HEADER_SIZE || read_16 (data) != BINDING_SUCCESS
      || read_16 (data + 4) != MAGIC_COOKIE >> 16
      || read_16 (data + 6) != (MAGIC_COOKIE & 0xffff))
    return FALSE;
  length = read_16 (data + 2);
  if (length + HEADER_SIZE != size)
    return FALSE;
  mapped = find_attribute (data, size, XOR_MAPPED_ADDRESS, 8);
  integrity = find_attribute (data, size, MESSAGE_INTEGRITY, SHA1_SIZE);
  fingerprint = find_attribute (data, size, FINGERPRINT, 4);
  if (mapped == NULL || mapped[5] != FAMILY_IPV4)
    return FALSE;

  write_16 (mapped + 6, ntohs (address->sin_port) ^ (MAGIC_COOKIE >> 16));
  write_32 (mapped + 8, ntohl (address->sin_addr.s_addr) ^ MAGIC_COOKIE);
  if (integrity != NULL)
    sign (data, integrity, password);
  write_16 (data + 2, length);
  if (fingerprint != NULL)
    write_32 (
        fingerprint + 4, crc32 (data, fingerprint - data) ^ FINGERPRINT_XOR);
  return TRUE;
}
