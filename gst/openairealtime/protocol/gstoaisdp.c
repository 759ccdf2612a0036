/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaisdp.h"

#include <string.h>

/* Limits of an SDP from the network; a real answer has about 40 lines. */
#define MAX_LINES 1024
#define MAX_LINE 2048
#define MAX_SECTIONS 8
#define MAX_CANDIDATES 64
/* Longest ice-ufrag and ice-pwd of RFC 8839. */
#define MAX_ICE_VALUE 256
/* max-message-size when the attribute is absent, RFC 8841. */
#define DEFAULT_MAX_MESSAGE_SIZE 65536
#define DEFAULT_SCTP_PORT "5000"
/* Largest certificate that is looked at, in bytes of PEM. */
#define MAX_PEM_SIZE (64 * 1024)
#define MAX_DIGEST 64

G_DEFINE_QUARK (gst - oai - sdp - error - quark, gst_oai_sdp_error)

/* An SDP is an array of sections, a section is an array of lines without line
 * ends. Section 0 is the session level, the others begin with their m-line. */
typedef GPtrArray Sdp;
typedef GPtrArray Section;

typedef struct {
  const gchar *name;
  GChecksumType checksum;
  gsize length;
} Hash;

/* In order of preference. */
static const Hash hashes[] = {
  { "sha-256", G_CHECKSUM_SHA256, 32 },
  { "sha-384", G_CHECKSUM_SHA384, 48 },
  { "sha-512", G_CHECKSUM_SHA512, 64 },
  { "sha-1", G_CHECKSUM_SHA1, 20 },
};

static Section *
section_at (Sdp *sdp, guint i)
{
  return g_ptr_array_index (sdp, i);
}

static const gchar *
line_at (Section *section, guint i)
{
  return g_ptr_array_index (section, i);
}

static void
set_line (Section *section, guint i, gchar *line)
{
  g_free (g_ptr_array_index (section, i));
  g_ptr_array_index (section, i) = line;
}

static Section *
section_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

/* Why the line [line, line + len) cannot be part of an SDP; NULL when it can. */
static const gchar *
line_problem (const gchar *line, gsize len)
{
  gsize i;

  if (len > MAX_LINE)
    return "is too long";
  if (len < 2 || !g_ascii_islower (line[0]) || line[1] != '=')
    return "is not an SDP line";
  for (i = 2; i < len; i++) {
    if (((guchar) line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
      return "has a control character";
  }

  return NULL;
}

/* Empty lines are dropped, any line end is accepted. */
static Sdp *
sdp_split (const gchar *data, gsize size, GError **error)
{
  g_autoptr (GPtrArray)
      sdp = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  const gchar *pos = data, *end = data + size;
  guint n_lines = 0;

  if (size > GST_OAI_SDP_MAX_SIZE) {
    g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_TOO_LARGE,
        "SDP of %" G_GSIZE_FORMAT " bytes is larger than %d", size,
        GST_OAI_SDP_MAX_SIZE);
    return NULL;
  }
  /* Refuses NUL bytes too. */
  if (size > 0 && !g_utf8_validate_len (data, size, NULL)) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX,
        "SDP is not valid UTF-8");
    return NULL;
  }

  g_ptr_array_add (sdp, section_new ());
  while (pos < end) {
    const gchar *newline = memchr (pos, '\n', end - pos);
    const gchar *next = newline ? newline + 1 : end;
    gsize len = (newline ? newline : end) - pos;
    const gchar *problem;

    while (len > 0 && strchr ("\r \t", pos[len - 1]))
      len--;
    if (len == 0) {
      pos = next;
      continue;
    }

    problem = line_problem (pos, len);
    if (problem == NULL && n_lines == 0
        && (len != 3 || memcmp (pos, "v=0", 3) != 0))
      problem = "is not \"v=0\"";
    n_lines++;
    if (problem) {
      g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX,
          "line %u %s", n_lines, problem);
      return NULL;
    }

    if (pos[0] == 'm')
      g_ptr_array_add (sdp, section_new ());
    if (n_lines > MAX_LINES || sdp->len > MAX_SECTIONS + 1) {
      g_set_error_literal (error, GST_OAI_SDP_ERROR,
          GST_OAI_SDP_ERROR_TOO_LARGE, "SDP has too many lines or m-lines");
      return NULL;
    }
    g_ptr_array_add (section_at (sdp, sdp->len - 1), g_strndup (pos, len));
    pos = next;
  }

  if (n_lines == 0) {
    g_set_error_literal (
        error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX, "SDP is empty");
    return NULL;
  }

  return g_steal_pointer (&sdp);
}

static gchar *
sdp_join (Sdp *sdp)
{
  GString *out = g_string_new (NULL);
  guint i, j;

  for (i = 0; i < sdp->len; i++) {
    Section *section = section_at (sdp, i);

    for (j = 0; j < section->len; j++) {
      g_string_append (out, line_at (section, j));
      g_string_append (out, "\r\n");
    }
  }

  return g_string_free (out, FALSE);
}

/* The value of the attribute @name when @line is one ("" without a value). */
static const gchar *
attribute_value (const gchar *line, const gchar *name)
{
  gsize len = strlen (name);

  if (line[0] != 'a' || strncmp (line + 2, name, len) != 0)
    return NULL;
  line += 2 + len;
  if (*line == ':')
    return line + 1;

  return *line == '\0' ? line : NULL;
}

/* The first attribute @name of @section that has a value, or NULL. */
static const gchar *
section_get (Section *section, const gchar *name)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    const gchar *value = attribute_value (line_at (section, i), name);

    if (value && *value)
      return value;
  }

  return NULL;
}

static gboolean
section_has (Section *section, const gchar *name)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    if (attribute_value (line_at (section, i), name))
      return TRUE;
  }

  return FALSE;
}

static void
section_remove (Section *section, const gchar *name)
{
  guint i = 0;

  while (i < section->len) {
    if (attribute_value (line_at (section, i), name))
      g_ptr_array_remove_index (section, i);
    else
      i++;
  }
}

/* Leaves exactly one attribute @name, where the first one was or at the end. */
static void
section_set (Section *section, const gchar *name, const gchar *value)
{
  gchar *line = g_strdup_printf ("a=%s:%s", name, value);
  guint i = 0;

  while (i < section->len) {
    if (!attribute_value (line_at (section, i), name)) {
      i++;
    } else if (line) {
      set_line (section, i++, g_steal_pointer (&line));
    } else {
      g_ptr_array_remove_index (section, i);
    }
  }

  if (line)
    g_ptr_array_add (section, line);
}

/* The parts of @text between spaces, without empty ones. */
static gchar **
split_words (const gchar *text)
{
  gchar **words = g_strsplit_set (text, " \t", -1);
  guint from, to = 0;

  for (from = 0; words[from]; from++) {
    if (*words[from])
      words[to++] = words[from];
    else
      g_free (words[from]);
  }
  words[to] = NULL;

  return words;
}

static gboolean
parse_number (const gchar *text, guint64 max, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

typedef enum {
  MEDIA_AUDIO,
  MEDIA_DATA,
  MEDIA_OTHER
} MediaKind;

/* m=@type @port @proto @formats… */
typedef struct {
  gchar **words;
  MediaKind kind;
  guint port;
} Media;

static void
media_clear (Media *media)
{
  g_clear_pointer (&media->words, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Media, media_clear)

static gboolean
is_data_channel (Section *section, gchar **words)
{
  const gchar *map;
  guint64 port;

  if (strcmp (words[0], "application") != 0 || !strstr (words[2], "SCTP"))
    return FALSE;
  if (strcmp (words[3], "webrtc-datachannel") == 0)
    return TRUE;

  /* The form of the drafts before RFC 8841: the format is the port. */
  map = section_get (section, "sctpmap");
  return parse_number (words[3], 65535, &port)
      && (map == NULL || strstr (map, "webrtc-datachannel") != NULL);
}

static gboolean
media_parse (Media *media, Section *section)
{
  const gchar *line = line_at (section, 0);
  g_autofree gchar *port = NULL;
  guint64 number;

  media_clear (media);
  media->words = split_words (line + 2);
  if (g_strv_length (media->words) < 4)
    return FALSE;

  port = g_strndup (media->words[1], strcspn (media->words[1], "/"));
  if (!parse_number (port, 65535, &number))
    return FALSE;
  media->port = (guint) number;

  if (strcmp (media->words[0], "audio") == 0)
    media->kind = MEDIA_AUDIO;
  else if (is_data_channel (section, media->words))
    media->kind = MEDIA_DATA;
  else
    media->kind = MEDIA_OTHER;

  return TRUE;
}

/* The mids in the session's BUNDLE group, NULL when it has none. */
static gchar **
get_bundle (Sdp *sdp)
{
  Section *session = section_at (sdp, 0);
  guint i;

  for (i = 0; i < session->len; i++) {
    const gchar *value = attribute_value (line_at (session, i), "group");

    if (value && g_str_has_prefix (value, "BUNDLE ")) {
      return split_words (value + strlen ("BUNDLE "));
    }
  }

  return NULL;
}

/* Any-case hex with colons to bytes; FALSE unless it is exactly @length. */
static gboolean
parse_fingerprint (const gchar *text, guint8 *bytes, gsize length)
{
  gsize i;

  if (strlen (text) != 3 * length - 1)
    return FALSE;

  for (i = 0; i < length; i++) {
    gint high = g_ascii_xdigit_value (text[3 * i]);
    gint low = g_ascii_xdigit_value (text[3 * i + 1]);

    if (high < 0 || low < 0 || (i + 1 < length && text[3 * i + 2] != ':'))
      return FALSE;
    bytes[i] = (guint8) (high << 4 | low);
  }

  return TRUE;
}

static gint
find_hash (const gchar *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (hashes); i++) {
    if (g_ascii_strcasecmp (hashes[i].name, name) == 0)
      return (gint) i;
  }

  return -1;
}

/* What the m-sections of a bundle have in common. */
typedef struct {
  const gchar *ufrag;
  const gchar *pwd;
  const gchar *setup;
  gint hash;
  gchar *fingerprints[G_N_ELEMENTS (hashes)];
} Transport;

static void
transport_clear (Transport *transport)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (hashes); i++)
    g_clear_pointer (&transport->fingerprints[i], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Transport, transport_clear)

/* Notes the fingerprints of @section; a bit per hash in @found. */
static gboolean
collect_fingerprints (
    Transport *transport, Section *section, guint *found, GError **error)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    const gchar *value = attribute_value (line_at (section, i), "fingerprint");
    g_auto (GStrv) words = NULL;
    g_autofree gchar *upper = NULL;
    guint8 bytes[MAX_DIGEST];
    gint hash;

    if (value == NULL)
      continue;
    words = split_words (value);
    hash = words[0] ? find_hash (words[0]) : -1;
    if (hash < 0)
      continue;
    if (g_strv_length (words) != 2
        || !parse_fingerprint (words[1], bytes, hashes[hash].length)) {
      g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_FINGERPRINT,
          "malformed %s fingerprint", hashes[hash].name);
      return FALSE;
    }

    upper = g_ascii_strup (words[1], -1);
    if (transport->fingerprints[hash] == NULL) {
      transport->fingerprints[hash] = g_steal_pointer (&upper);
    } else if (strcmp (transport->fingerprints[hash], upper) != 0) {
      g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_FINGERPRINT,
          "different %s fingerprints for one transport", hashes[hash].name);
      return FALSE;
    }
    *found |= 1u << hash;
  }

  return TRUE;
}

/* A certificate is pinned by one hash that holds for every m-section. One
 * without any fingerprint uses that of its bundle. */
static gboolean
resolve_fingerprint (
    Transport *transport, Sdp *sdp, const gboolean *used, GError **error)
{
  guint session = 0, common = G_MAXUINT, i;
  gboolean any = FALSE;

  if (!collect_fingerprints (transport, section_at (sdp, 0), &session, error))
    return FALSE;

  for (i = 1; i < sdp->len; i++) {
    guint found = session;

    if (!used[i])
      continue;
    if (!collect_fingerprints (transport, section_at (sdp, i), &found, error))
      return FALSE;
    if (found) {
      common &= found;
      any = TRUE;
    }
  }

  for (i = 0; any && i < G_N_ELEMENTS (hashes); i++) {
    if (common & 1u << i) {
      transport->hash = (gint) i;
      return TRUE;
    }
  }

  g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_FINGERPRINT,
      any ? "m-sections have no fingerprint hash in common"
          : "no certificate fingerprint of a supported hash");
  return FALSE;
}

/* The m-section whose transport the bundle uses, which is the first one, as in the
 * offer (RFC 9143, 7.3.1). 0 when not all @used sections are in the bundle. */
static guint
find_bundle_tag (Sdp *sdp, const gboolean *used)
{
  g_auto (GStrv) bundle = get_bundle (sdp);
  guint tag = 0, i;

  for (i = 1; bundle && i < sdp->len; i++) {
    const gchar *mid = section_get (section_at (sdp, i), "mid");

    if (!used[i])
      continue;
    if (mid == NULL || !g_strv_contains ((const gchar *const *) bundle, mid))
      return 0;
    if (tag == 0)
      tag = i;
  }

  return tag;
}

/* The value of @name that holds for all @used sections: that of the section @tag,
 * or else, and with @tag 0, what they have in common. NULL with @conflict clear
 * when there is none at all. */
static const gchar *
resolve_attribute (Sdp *sdp, const gboolean *used, guint tag, const gchar *name,
    gboolean *conflict)
{
  const gchar *session = section_get (section_at (sdp, 0), name);
  const gchar *common = NULL;
  guint i;

  if (tag) {
    common = section_get (section_at (sdp, tag), name);
    if (common == NULL)
      common = session;
    if (common)
      return common;
  }

  for (i = 1; i < sdp->len; i++) {
    const gchar *value;

    if (!used[i])
      continue;
    value = section_get (section_at (sdp, i), name);
    if (value == NULL)
      value = session;
    if (common && value && strcmp (common, value) != 0) {
      *conflict = TRUE;
      return NULL;
    }
    if (common == NULL)
      common = value;
  }

  return common;
}

static gboolean
is_ice_value (const gchar *text)
{
  gsize i;

  if (text == NULL || strlen (text) > MAX_ICE_VALUE)
    return FALSE;
  for (i = 0; text[i]; i++) {
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  }

  return TRUE;
}

static gboolean
transport_resolve (
    Transport *transport, Sdp *sdp, const gboolean *used, GError **error)
{
  guint tag = find_bundle_tag (sdp, used);
  gboolean conflict = FALSE;

  if (!resolve_fingerprint (transport, sdp, used, error))
    return FALSE;

  transport->ufrag = resolve_attribute (sdp, used, tag, "ice-ufrag", &conflict);
  transport->pwd = resolve_attribute (sdp, used, tag, "ice-pwd", &conflict);
  if (!is_ice_value (transport->ufrag) || !is_ice_value (transport->pwd)) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_ICE,
        conflict ? "different ICE credentials for one transport"
                 : "no usable ICE credentials");
    return FALSE;
  }

  transport->setup = resolve_attribute (sdp, used, tag, "setup", &conflict);
  if (g_strcmp0 (transport->setup, "active") != 0
      && g_strcmp0 (transport->setup, "passive") != 0) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX,
        "no usable DTLS role (a=setup)");
    return FALSE;
  }

  return TRUE;
}

/* Those of an m-section with other ICE credentials lead to a transport that the
 * bundle does not use. */
static void
drop_other_candidates (
    const Transport *transport, Sdp *sdp, const gboolean *used)
{
  guint i;

  for (i = 1; i < sdp->len; i++) {
    Section *section = section_at (sdp, i);
    const gchar *ufrag = section_get (section, "ice-ufrag");

    if (!used[i] || ufrag == NULL || strcmp (ufrag, transport->ufrag) == 0)
      continue;
    section_remove (section, "candidate");
    section_remove (section, "end-of-candidates");
  }
}

/* Does not free what @transport points to in @sdp: copies it down first. */
static void
transport_write (const Transport *transport, Sdp *sdp, const gboolean *used)
{
  static const gchar *const names[] = { "fingerprint", "setup", "ice-ufrag",
    "ice-pwd" };
  g_autofree gchar *fingerprint = g_strdup_printf ("%s %s",
      hashes[transport->hash].name, transport->fingerprints[transport->hash]);
  g_autofree gchar *setup = g_strdup (transport->setup);
  g_autofree gchar *ufrag = g_strdup (transport->ufrag);
  g_autofree gchar *pwd = g_strdup (transport->pwd);
  const gchar *values[] = { fingerprint, setup, ufrag, pwd };
  guint i, j;

  for (j = 0; j < G_N_ELEMENTS (names); j++) {
    section_remove (section_at (sdp, 0), names[j]);
    for (i = 1; i < sdp->len; i++) {
      if (used[i])
        section_set (section_at (sdp, i), names[j], values[j]);
    }
  }
}

/* @candidate (the value of the attribute) without the "ufrag x" extension, NULL
 * when it is no candidate at all. */
static gchar *
clean_candidate (const gchar *candidate)
{
  g_auto (GStrv) words = split_words (candidate);
  guint n_words = g_strv_length (words), i;
  GString *out;

  if (n_words < 8 || strcmp (words[6], "typ") != 0)
    return NULL;

  out = g_string_new ("a=candidate:");
  for (i = 0; i < n_words; i++) {
    if (i >= 8 && (i - 8) % 2 == 0 && strcmp (words[i], "ufrag") == 0) {
      i++;
      continue;
    }
    if (i > 0)
      g_string_append_c (out, ' ');
    g_string_append (out, words[i]);
  }

  return g_string_free (out, FALSE);
}

static void
rewrite_candidates (Section *section, guint *n_candidates)
{
  guint i = 0;

  while (i < section->len) {
    const gchar *value = attribute_value (line_at (section, i), "candidate");
    gchar *line;

    if (value == NULL) {
      i++;
      continue;
    }
    line = *n_candidates < MAX_CANDIDATES ? clean_candidate (value) : NULL;
    if (line == NULL) {
      g_ptr_array_remove_index (section, i);
      continue;
    }
    set_line (section, i++, line);
    (*n_candidates)++;
  }
}

/* The m-line of @media with @port and the formats of @formats. */
static gchar *
make_media_line (
    const Media *media, guint port, const gchar *proto, const gchar *formats)
{
  return g_strdup_printf (
      "m=%s %u %s %s", media->words[0], port, proto, formats);
}

/* Whether payload type @pt is Opus in @section. */
static gboolean
is_opus (Section *section, const gchar *pt)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    const gchar *value = attribute_value (line_at (section, i), "rtpmap");
    g_auto (GStrv) words = NULL;
    g_auto (GStrv) parts = NULL;

    if (value == NULL)
      continue;
    words = split_words (value);
    if (g_strv_length (words) < 2 || strcmp (words[0], pt) != 0)
      continue;
    parts = g_strsplit (words[1], "/", 3);
    return g_ascii_strcasecmp (parts[0], "opus") == 0
        && g_strcmp0 (parts[1], "48000") == 0;
  }

  return FALSE;
}

/* Whether @line describes a payload type that is not in @kept. */
static gboolean
describes_other_payload (const gchar *line, const gchar *const *kept)
{
  static const gchar *const names[] = { "rtpmap", "fmtp", "rtcp-fb" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    const gchar *value = attribute_value (line, names[i]);
    g_autofree gchar *pt = NULL;

    if (value == NULL)
      continue;
    pt = g_strndup (value, strcspn (value, " \t"));
    return strcmp (pt, "*") != 0 && !g_strv_contains (kept, pt);
  }

  return FALSE;
}

/* The value of parameter @name in @params ("a=1;b=2"), newly allocated. */
static gchar *
get_parameter (const gchar *params, const gchar *name)
{
  g_auto (GStrv) list = g_strsplit (params, ";", -1);
  gsize len = strlen (name);
  guint i;

  for (i = 0; list[i]; i++) {
    const gchar *param = g_strstrip (list[i]);

    if (g_ascii_strncasecmp (param, name, len) == 0 && param[len] == '=')
      return g_strdup (param + len + 1);
  }

  return NULL;
}

/* Whether @param can keep webrtcbin from finding caps in common: it puts the
 * format parameters into caps as text, and two texts do not intersect, though in
 * SDP each side just declares its own. */
static gboolean
parameter_confuses (const gchar *param, const gchar *offered)
{
  g_autofree gchar *name = g_strndup (param, strcspn (param, "="));
  g_autofree gchar *ours = NULL;

  g_strstrip (name);
  /* webrtcbin before 1.22.10 and 1.24. */
  if (g_ascii_strcasecmp (name, "sprop-stereo") == 0
      || g_ascii_strcasecmp (name, "sprop-maxcapturerate") == 0)
    return TRUE;

  if (*name == '\0' || offered == NULL)
    return FALSE;
  ours = get_parameter (offered, name);

  return ours && strchr (param, '=')
      && strcmp (ours, strchr (param, '=') + 1) != 0;
}

/* An fmtp @value ("111 a=1; b=2") that webrtcbin can use, as a line; NULL when
 * nothing remains. @offered: (nullable): our parameters of that format. */
static gchar *
clean_fmtp (const gchar *value, const gchar *offered)
{
  gsize pt_len = strcspn (value, " \t");
  g_auto (GStrv) params = g_strsplit (value + pt_len, ";", -1);
  g_autoptr (GString) kept = g_string_new (NULL);
  guint i;

  for (i = 0; params[i]; i++) {
    g_strstrip (params[i]);
    if (params[i][0] == '\0' || parameter_confuses (params[i], offered))
      continue;
    if (kept->len > 0)
      g_string_append_c (kept, ';');
    g_string_append (kept, params[i]);
  }

  if (kept->len == 0)
    return NULL;

  return g_strdup_printf ("a=fmtp:%.*s %s", (gint) pt_len, value, kept->str);
}

/* The fmtp value of the offered Opus, without its payload type. */
static const gchar *
get_offered_fmtp (Section *offer)
{
  guint i;

  for (i = 0; i < offer->len; i++) {
    const gchar *value = attribute_value (line_at (offer, i), "fmtp");
    g_autofree gchar *pt = NULL;

    if (value == NULL)
      continue;
    pt = g_strndup (value, strcspn (value, " \t"));
    if (is_opus (offer, pt))
      return value + strlen (pt);
  }

  return NULL;
}

static gboolean
rewrite_audio (Section *section, Section *offer, const Media *media,
    guint *opus_pt, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_autofree gchar *formats = NULL;
  guint i;

  for (i = 3; media->words[i]; i++) {
    guint64 number;

    if (!parse_number (media->words[i], 127, &number)
        || !is_opus (section, media->words[i]))
      continue;
    if (kept->len == 0)
      *opus_pt = (guint) number;
    g_ptr_array_add (kept, media->words[i]);
  }
  if (kept->len == 0) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_OPUS,
        "the audio m-section has no Opus");
    return FALSE;
  }
  g_ptr_array_add (kept, NULL);

  formats = g_strjoinv (" ", (gchar **) kept->pdata);
  set_line (section, 0,
      make_media_line (
          media, media->port ? media->port : 9, media->words[2], formats));

  i = 1;
  while (i < section->len) {
    const gchar *line = line_at (section, i);
    const gchar *fmtp = attribute_value (line, "fmtp");
    gchar *cleaned = NULL;

    if (fmtp)
      cleaned = clean_fmtp (fmtp, get_offered_fmtp (offer));
    if ((fmtp && cleaned == NULL)
        || describes_other_payload (line, (const gchar *const *) kept->pdata)) {
      g_free (cleaned);
      g_ptr_array_remove_index (section, i);
      continue;
    }
    if (cleaned)
      set_line (section, i, cleaned);
    i++;
  }

  return TRUE;
}

static gboolean
rewrite_data (Section *section, const Media *media, guint *max_message_size,
    GError **error)
{
  g_autofree gchar *port = g_strdup (section_get (section, "sctp-port"));
  const gchar *size = section_get (section, "max-message-size");
  guint64 number;

  if (port == NULL)
    port = g_strdup (strcmp (media->words[3], "webrtc-datachannel") == 0
            ? DEFAULT_SCTP_PORT
            : media->words[3]);
  if (!parse_number (port, 65535, &number) || number == 0) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR,
        GST_OAI_SDP_ERROR_NO_DATA_CHANNEL, "the SCTP association is closed");
    return FALSE;
  }

  set_line (section, 0,
      make_media_line (media, media->port ? media->port : 9, "UDP/DTLS/SCTP",
          "webrtc-datachannel"));
  section_remove (section, "sctpmap");
  section_set (section, "sctp-port", port);

  *max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  if (size && parse_number (size, G_MAXUINT64, &number)) {
    g_autofree gchar *text = NULL;

    *max_message_size = (guint) MIN (number, (guint64) G_MAXINT32);
    text = g_strdup_printf ("%u", *max_message_size);
    section_set (section, "max-message-size", text);
  } else {
    section_remove (section, "max-message-size");
  }

  return TRUE;
}

/* A direction at session level holds for m-sections without one. */
static void
copy_direction (Sdp *sdp, Section *section)
{
  static const gchar *const names[] = { "sendrecv", "sendonly", "recvonly",
    "inactive" };
  const gchar *session = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    if (section_has (section, names[i]))
      return;
    if (section_has (section_at (sdp, 0), names[i]))
      session = names[i];
  }

  if (session)
    g_ptr_array_add (section, g_strdup_printf ("a=%s", session));
}

/* Adds the mids of @offer where @answer has none, and its bundle: ICE credentials
 * and certificate are the same everywhere, so that is what the server means. */
static void
complete_mids (Sdp *answer, Sdp *offer)
{
  const gchar *group = section_get (section_at (offer, 0), "group");
  guint i;

  for (i = 1; i < answer->len; i++) {
    const gchar *mid = section_get (section_at (offer, i), "mid");

    if (mid && section_get (section_at (answer, i), "mid") == NULL)
      section_set (section_at (answer, i), "mid", mid);
  }

  if (group && !section_has (section_at (answer, 0), "group"))
    section_set (section_at (answer, 0), "group", group);
}

/* Whether m-section @i of the answer is in use. With BUNDLE, port 0 does not
 * mean that it was rejected. */
static gboolean
is_accepted (Sdp *answer, guint i, const Media *media)
{
  g_auto (GStrv) bundle = NULL;
  const gchar *mid;

  if (media->port != 0 || section_has (section_at (answer, i), "bundle-only"))
    return TRUE;

  bundle = get_bundle (answer);
  mid = section_get (section_at (answer, i), "mid");

  return bundle && mid && g_strv_contains ((const gchar *const *) bundle, mid);
}

/* Finds out which m-sections are in use, and that those are the ones that a
 * session needs. */
static gboolean
check_media (Sdp *answer, Sdp *offer, gboolean *used, GError **error)
{
  gboolean audio = FALSE, data = FALSE, same = answer->len == offer->len;
  guint i;

  for (i = 1; i < answer->len; i++) {
    g_auto (Media) media = { NULL };
    g_auto (Media) offered = { NULL };
    gboolean *seen = NULL;

    if (!media_parse (&media, section_at (answer, i))) {
      g_set_error (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX,
          "malformed m-line %u", i - 1);
      return FALSE;
    }
    used[i] = is_accepted (answer, i, &media);

    if (i < offer->len)
      same = same && media_parse (&offered, section_at (offer, i))
          && offered.kind == media.kind;

    if (media.kind == MEDIA_AUDIO)
      seen = &audio;
    else if (media.kind == MEDIA_DATA)
      seen = &data;
    if (seen && used[i]) {
      same = same && !*seen;
      *seen = TRUE;
    }
  }

  if (!audio) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_NO_AUDIO,
        "the server did not accept audio");
    return FALSE;
  }
  if (!data) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR,
        GST_OAI_SDP_ERROR_NO_DATA_CHANNEL,
        "the server did not accept a data channel");
    return FALSE;
  }
  if (!same) {
    g_set_error_literal (error, GST_OAI_SDP_ERROR, GST_OAI_SDP_ERROR_SYNTAX,
        "the m-lines are not those of the offer");
    return FALSE;
  }

  return TRUE;
}

GstOaiAnswer *
gst_oai_sdp_parse_answer (const gchar *offer_text, const gchar *answer_text,
    gsize answer_size, GError **error)
{
  g_autoptr (GstOaiAnswer) result = g_new0 (GstOaiAnswer, 1);
  g_autoptr (GPtrArray) offer = NULL;
  g_autoptr (GPtrArray) answer = NULL;
  g_auto (Transport) transport = { NULL };
  gboolean used[MAX_SECTIONS + 1] = { FALSE };
  guint i;

  g_return_val_if_fail (offer_text != NULL, NULL);
  g_return_val_if_fail (answer_text != NULL || answer_size == 0, NULL);

  answer = sdp_split (answer_text, answer_size, error);
  if (answer == NULL)
    return NULL;
  offer = sdp_split (offer_text, strlen (offer_text), error);
  if (offer == NULL) {
    g_prefix_error (error, "own offer: ");
    return NULL;
  }

  if (!check_media (answer, offer, used, error)
      || !transport_resolve (&transport, answer, used, error))
    return NULL;

  drop_other_candidates (&transport, answer, used);
  transport_write (&transport, answer, used);
  complete_mids (answer, offer);
  section_remove (section_at (answer, 0), "candidate");
  result->ice_lite = section_has (section_at (answer, 0), "ice-lite");

  for (i = 1; i < answer->len; i++) {
    Section *section = section_at (answer, i);
    g_auto (Media) media = { NULL };

    if (!used[i])
      continue;

    if (section_has (section, "ice-lite")) {
      if (!result->ice_lite)
        g_ptr_array_add (section_at (answer, 0), g_strdup ("a=ice-lite"));
      result->ice_lite = TRUE;
      section_remove (section, "ice-lite");
    }
    section_remove (section, "bundle-only");
    rewrite_candidates (section, &result->n_candidates);

    media_parse (&media, section);
    if (media.kind == MEDIA_AUDIO) {
      copy_direction (answer, section);
      if (!rewrite_audio (
              section, section_at (offer, i), &media, &result->opus_pt, error))
        return NULL;
    } else if (media.kind == MEDIA_DATA) {
      if (!rewrite_data (section, &media, &result->max_message_size, error))
        return NULL;
    }
  }

  result->sdp = sdp_join (answer);
  result->fingerprint_hash = g_strdup (hashes[transport.hash].name);
  result->fingerprint = g_steal_pointer (
      &transport.fingerprints[transport.hash]);

  return g_steal_pointer (&result);
}

void
gst_oai_answer_free (GstOaiAnswer *answer)
{
  if (answer == NULL)
    return;

  g_free (answer->sdp);
  g_free (answer->fingerprint_hash);
  g_free (answer->fingerprint);
  g_free (answer);
}

/* Encoding names are compared without regard to case (RFC 4855, 3), but not by
 * every server; all browsers write this one in lower case. */
static void
write_opus_in_lower_case (Section *section)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    const gchar *line = line_at (section, i);
    const gchar *value = attribute_value (line, "rtpmap");
    gsize name = value ? strcspn (value, " \t") : 0;
    gchar *lower;

    if (value == NULL)
      continue;
    name += strspn (value + name, " \t");
    if (g_ascii_strncasecmp (value + name, "opus/", 5) != 0)
      continue;
    lower = g_strdup (line);
    memcpy (lower + (value - line) + name, "opus", 4);
    set_line (section, i, lower);
  }
}

gchar *
gst_oai_sdp_finish_offer (const gchar *offer)
{
  g_autoptr (GPtrArray) sdp = NULL;
  g_autofree gchar *size = g_strdup_printf ("%d", GST_OAI_SDP_MAX_MESSAGE_SIZE);
  guint i;

  g_return_val_if_fail (offer != NULL, NULL);

  sdp = sdp_split (offer, strlen (offer), NULL);
  if (sdp == NULL)
    return g_strdup (offer);

  for (i = 1; i < sdp->len; i++) {
    g_auto (Media) media = { NULL };

    if (!media_parse (&media, section_at (sdp, i)))
      continue;
    if (media.kind == MEDIA_DATA)
      section_set (section_at (sdp, i), "max-message-size", size);
    else if (media.kind == MEDIA_AUDIO)
      write_opus_in_lower_case (section_at (sdp, i));
  }

  return sdp_join (sdp);
}

gchar *
gst_oai_sdp_be_dtls_client (const gchar *offer)
{
  g_autoptr (GPtrArray) sdp = NULL;
  guint i;

  g_return_val_if_fail (offer != NULL, NULL);

  sdp = sdp_split (offer, strlen (offer), NULL);
  if (sdp == NULL)
    return g_strdup (offer);
  for (i = 1; i < sdp->len; i++)
    section_set (section_at (sdp, i), "setup", "active");

  return sdp_join (sdp);
}

/* Whether @line, a candidate attribute, is in @section. */
static gboolean
has_line (Section *section, const gchar *line)
{
  guint i;

  for (i = 0; i < section->len; i++) {
    if (strcmp (line_at (section, i), line) == 0)
      return TRUE;
  }

  return FALSE;
}

static void
add_candidate (Section *section, const gchar *candidate)
{
  g_autofree gchar *line = NULL;
  guint end = section->len;

  if (g_str_has_prefix (candidate, "a="))
    candidate += 2;
  line = g_strchomp (g_strdup_printf ("a=%s", candidate));
  if (!g_str_has_prefix (line, "a=candidate:")
      || line_problem (line, strlen (line)) || has_line (section, line))
    return;

  if (attribute_value (line_at (section, end - 1), "end-of-candidates"))
    end--;
  g_ptr_array_insert (section, (gint) end, g_steal_pointer (&line));
}

gchar *
gst_oai_sdp_add_candidates (const gchar *offer, const gchar *const *candidates,
    const guint *mlines, guint n_candidates)
{
  g_autoptr (GPtrArray) sdp = NULL;
  guint i;

  g_return_val_if_fail (offer != NULL, NULL);

  sdp = sdp_split (offer, strlen (offer), NULL);
  if (sdp == NULL)
    return g_strdup (offer);

  for (i = 0; i < n_candidates; i++) {
    if (candidates[i] && mlines[i] < sdp->len - 1)
      add_candidate (section_at (sdp, mlines[i] + 1), candidates[i]);
  }

  return sdp_join (sdp);
}

/* The DER bytes of the first certificate in @pem, or NULL. */
static guint8 *
decode_pem (const gchar *pem, gsize *size)
{
  static const gchar begin_mark[] = "-----BEGIN CERTIFICATE-----";
  static const gchar end_mark[] = "-----END CERTIFICATE-----";
  g_autoptr (GString) base64 = g_string_new (NULL);
  g_autofree guint8 *der = NULL;
  const gchar *begin, *end;

  if (strnlen (pem, MAX_PEM_SIZE + 1) > MAX_PEM_SIZE)
    return NULL;
  begin = strstr (pem, begin_mark);
  if (begin == NULL)
    return NULL;
  begin += strlen (begin_mark);
  end = strstr (begin, end_mark);
  if (end == NULL)
    return NULL;

  for (; begin < end; begin++) {
    if (g_ascii_isspace (*begin))
      continue;
    /* g_base64_decode() skips what it does not know: be stricter. */
    if (!g_ascii_isalnum (*begin) && !strchr ("+/=", *begin))
      return NULL;
    g_string_append_c (base64, *begin);
  }
  if (base64->len == 0 || base64->len % 4 != 0)
    return NULL;

  der = g_base64_decode (base64->str, size);
  /* A certificate is an ASN.1 SEQUENCE. */
  if (*size < 2 || der[0] != 0x30)
    return NULL;

  return g_steal_pointer (&der);
}

gboolean
gst_oai_fingerprint_matches (
    const gchar *pem, const gchar *hash, const gchar *fingerprint)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree guint8 *der = NULL;
  guint8 expected[MAX_DIGEST], actual[MAX_DIGEST], difference = 0;
  gsize der_size = 0, length, i;
  gint index;

  if (pem == NULL || hash == NULL || fingerprint == NULL)
    return FALSE;

  index = find_hash (hash);
  if (index < 0)
    return FALSE;
  length = hashes[index].length;
  if (!parse_fingerprint (fingerprint, expected, length))
    return FALSE;

  der = decode_pem (pem, &der_size);
  if (der == NULL)
    return FALSE;

  checksum = g_checksum_new (hashes[index].checksum);
  g_checksum_update (checksum, der, (gssize) der_size);
  g_checksum_get_digest (checksum, actual, &length);

  for (i = 0; i < length; i++)
    difference |= expected[i] ^ actual[i];

  return difference == 0;
}
