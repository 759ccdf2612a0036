/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaiiceserver.h"

#include <string.h>

#include <gst/gst.h>

#include "protocol/gstoaii18n.h"

#define MAX_PORT 65535

static const gchar *
space_problem (const gchar *address)
{
  for (; *address; address++) {
    if ((guchar) *address <= ' ' || *address == 0x7f)
      return _ ("white space and control characters have no place in it");
  }
  return NULL;
}

/* webrtcbin's own parser, so that both read the same. */
static GstUri *
parse (const gchar *address)
{
  return g_utf8_validate (address, -1, NULL)
      ? gst_uri_from_string_escaped (address)
      : NULL;
}

/* "//HOST:PORT" and nothing behind it. An "@" belongs to a password that should
 * have been encoded. */
static gboolean
names_a_host (const GstUri *uri)
{
  const gchar *host = gst_uri_get_host (uri);
  g_autofree gchar *path = gst_uri_get_path (uri);

  return host && *host && !strchr (host, '@')
      && gst_uri_get_port (uri) <= MAX_PORT && (path == NULL || *path == '\0')
      && gst_uri_get_fragment (uri) == NULL;
}

/* Whether @text, up to @end, is something that can be decoded. */
static gboolean
is_encoded (const gchar *text, const gchar *end)
{
  g_autofree gchar *plain = g_uri_unescape_segment (text, end, NULL);

  return plain && *plain;
}

static gboolean
names_a_user (const gchar *userinfo)
{
  const gchar *colon = userinfo ? strchr (userinfo, ':') : NULL;

  return colon && !strchr (colon + 1, ':') && is_encoded (userinfo, colon)
      && is_encoded (colon + 1, NULL);
}

static gboolean
is_transport (const GstUri *uri)
{
  g_autoptr (GHashTable) query = gst_uri_get_query_table (uri);
  const gchar *transport;

  if (query == NULL || g_hash_table_size (query) == 0)
    return TRUE;
  transport = g_hash_table_lookup (query, "transport");
  return g_hash_table_size (query) == 1 && transport
      && (g_str_equal (transport, "udp") || g_str_equal (transport, "tcp"));
}

const gchar *
gst_oai_stun_server_problem (const gchar *address)
{
  const gchar *problem = space_problem (address);
  g_autoptr (GstUri) uri = NULL;

  if (problem)
    return problem;
  uri = parse (address);
  if (uri == NULL || g_strcmp0 (gst_uri_get_scheme (uri), "stun") != 0
      || !names_a_host (uri) || gst_uri_get_userinfo (uri)
      || strchr (address, '?'))
    return _ ("it must be stun://host:port");
  return NULL;
}

const gchar *
gst_oai_turn_server_problem (const gchar *address)
{
  const gchar *problem = space_problem (address);
  g_autoptr (GstUri) uri = NULL;

  if (problem)
    return problem;
  uri = parse (address);
  /* libnice 0.1.21 talks TURN in the clear there. */
  if (uri && g_strcmp0 (gst_uri_get_scheme (uri), "turns") == 0)
    return _ ("the way to a TURN server cannot be encrypted; use "
              "turn://user:password@host:port?transport=tcp");
  if (uri == NULL || g_strcmp0 (gst_uri_get_scheme (uri), "turn") != 0
      || !names_a_host (uri) || !names_a_user (gst_uri_get_userinfo (uri))
      || !is_transport (uri))
    return _ ("it must be turn://user:password@host:port, or that with "
              "?transport=udp or ?transport=tcp behind it, and special "
              "characters of user and password percent-encoded");
  return NULL;
}
