/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "candidates.h"

#include <gio/gio.h>
#include <string.h>

#define CANDIDATE "a=candidate:"
#define PASSWORD "a=ice-pwd:"

static gboolean
is_ipv4 (const gchar *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL
      && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;
}

/* RFC 8839, 5.1: foundation component transport priority address port typ type
 * and extensions. NULL: it is to go. */
static gchar *
rewrite_candidate (const gchar *line, const gchar *host, RelayStandIn stand_in,
    gpointer user_data)
{
  g_auto (GStrv) words = g_strsplit (line + strlen (CANDIDATE), " ", -1);
  guint64 port;
  guint stand_in_port;

  if (g_strv_length (words) < 8 || g_ascii_strcasecmp (words[2], "udp") != 0
      || !is_ipv4 (words[4])
      || !g_ascii_string_to_unsigned (words[5], 10, 1, 65535, &port, NULL))
    return NULL;
  stand_in_port = stand_in (words[4], port, user_data);
  if (stand_in_port == 0)
    return NULL;
  return g_strdup_printf (CANDIDATE "%s %s %s %s %s %u typ host", words[0],
      words[1], words[2], words[3], host, stand_in_port);
}

/* "m=audio 40000 UDP/…": the port of the default candidate becomes 9, which
 * says nothing (RFC 8840, 4.1.1). 0 is a refused section. */
static gchar *
rewrite_media (const gchar *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);

  if (g_strv_length (words) < 3 || strcmp (words[1], "0") == 0)
    return g_strdup (line);
  return g_strdup_printf ("%s 9 %s", words[0], words[2]);
}

gchar *
relay_rewrite_sdp (const gchar *sdp, const gchar *host, RelayStandIn stand_in,
    gpointer user_data)
{
  g_auto (GStrv) lines = g_strsplit (sdp, "\n", -1);
  GString *result = g_string_new (NULL);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    g_autofree gchar *rewritten = NULL;
    gboolean cr = g_str_has_suffix (lines[i], "\r");
    gboolean last = lines[i + 1] == NULL;

    if (last && *lines[i] == '\0')
      break;
    if (cr)
      lines[i][strlen (lines[i]) - 1] = '\0';
    if (g_str_has_prefix (lines[i], CANDIDATE)) {
      rewritten = rewrite_candidate (lines[i], host, stand_in, user_data);
      if (rewritten == NULL)
        continue;
    } else if (g_str_has_prefix (lines[i], "m=")) {
      rewritten = rewrite_media (lines[i]);
    } else if (g_str_has_prefix (lines[i], "c=")) {
      rewritten = g_strdup ("c=IN IP4 0.0.0.0");
    } else if (g_str_has_prefix (lines[i], "a=rtcp:")) {
      rewritten = g_strdup ("a=rtcp:9 IN IP4 0.0.0.0");
    }
    g_string_append (result, rewritten != NULL ? rewritten : lines[i]);
    g_string_append (result, cr ? "\r\n" : last ? "" : "\n");
  }
  return g_string_free (result, FALSE);
}

/* The first one: all sections of a bundle have the same. */
static gchar *
find_password (const gchar *sdp)
{
  const gchar *at = strstr (sdp, "\n" PASSWORD);

  if (at == NULL)
    return NULL;
  at += 1 + strlen (PASSWORD);
  return g_strndup (at, strcspn (at, "\r\n"));
}

static gboolean
is_description (const gchar *text)
{
  return g_str_has_prefix (text, "v=0");
}

/* The value of "boundary" in a content type. */
static gchar *
get_boundary (const gchar *content_type)
{
  static GRegex *regex;
  g_autoptr (GMatchInfo) match = NULL;

  if (regex == NULL)
    regex = g_regex_new (
        "^multipart/form-data\\b.*;\\s*boundary=\"?([^\";]+)\"?",
        G_REGEX_CASELESS, 0, NULL);
  if (content_type == NULL || !g_regex_match (regex, content_type, 0, &match))
    return NULL;
  return g_match_info_fetch (match, 1);
}

/* Where the content of the form's part "sdp" begins and ends. */
static gboolean
find_part (const gchar *text, const gchar *boundary, const gchar **begin,
    const gchar **end)
{
  g_autofree gchar *delimiter = g_strconcat ("--", boundary, NULL);
  g_autofree gchar *closing = g_strconcat ("\r\n--", boundary, NULL);
  const gchar *at = text;

  while ((at = strstr (at, delimiter)) != NULL) {
    g_autofree gchar *headers = NULL;

    at += strlen (delimiter);
    *begin = strstr (at, "\r\n\r\n");
    if (*begin == NULL)
      return FALSE;
    headers = g_strndup (at, *begin - at);
    *begin += 4;
    *end = strstr (*begin, closing);
    if (*end == NULL)
      return FALSE;
    if (g_regex_match_simple (
            "name=\"?sdp\"?(;|\\r|$)", headers, G_REGEX_CASELESS, 0)
        && is_description (*begin))
      return TRUE;
    at = *end;
  }
  return FALSE;
}

GBytes *
relay_rewrite_body (GBytes *body, const gchar *content_type, const gchar *host,
    RelayStandIn stand_in, gpointer user_data, gchar **ice_pwd)
{
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  g_autofree gchar *text = g_strndup (data, size);
  g_autofree gchar *boundary = get_boundary (content_type);
  g_autofree gchar *sdp = NULL;
  g_autofree gchar *rewritten = NULL;
  const gchar *begin = text, *end = text + strlen (text);
  GString *result;

  *ice_pwd = NULL;
  /* A null byte is in no description. */
  if (strlen (text) != size)
    return NULL;
  if (boundary != NULL) {
    if (!find_part (text, boundary, &begin, &end))
      return NULL;
  } else if (!is_description (text)) {
    return NULL;
  }
  sdp = g_strndup (begin, end - begin);
  *ice_pwd = find_password (sdp);
  rewritten = relay_rewrite_sdp (sdp, host, stand_in, user_data);
  result = g_string_new_len (text, begin - text);
  g_string_append (result, rewritten);
  g_string_append (result, end);
  return g_string_free_to_bytes (result);
}
