/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "offer.h"

#include <stdlib.h>
#include <string.h>

#define NO_MEDIA G_MAXUINT

/* Of a transport; those at session level hold for m-sections without. */
static const gchar *const common[] = { "ice-ufrag", "ice-pwd", "fingerprint",
  "setup", NULL };
/* Of a transport too, but only once in a bundle. */
static const gchar *const own[] = { "candidate", "end-of-candidates", NULL };

static GstSDPMedia *
media_at (const GstSDPMessage *sdp, guint i)
{
  return (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);
}

static gboolean
is_kind (const GstSDPMedia *media, const gchar *kind)
{
  return g_strcmp0 (gst_sdp_media_get_media (media), kind) == 0;
}

/* With bundle-only, port 0 does not mean that it is not offered. */
static gboolean
is_offered (const GstSDPMedia *media)
{
  return gst_sdp_media_get_port (media) != 0
      || gst_sdp_media_get_attribute_val_n (media, "bundle-only", 0) != NULL;
}

static void
media_remove (GstSDPMedia *media, const gchar *const *names)
{
  guint i;

  for (i = gst_sdp_media_attributes_len (media); i > 0; i--)
    if (g_strv_contains (
            names, gst_sdp_media_get_attribute (media, i - 1)->key))
      gst_sdp_media_remove_attribute (media, i - 1);
}

static void
message_remove (GstSDPMessage *sdp, const gchar *const *names)
{
  guint i;

  for (i = gst_sdp_message_attributes_len (sdp); i > 0; i--)
    if (g_strv_contains (
            names, gst_sdp_message_get_attribute (sdp, i - 1)->key))
      gst_sdp_message_remove_attribute (sdp, i - 1);
}

static void
copy_session_level (GstSDPMessage *sdp)
{
  guint i, j;

  for (i = 0; common[i] != NULL; i++) {
    const gchar *value = gst_sdp_message_get_attribute_val (sdp, common[i]);

    for (j = 0; value != NULL && j < gst_sdp_message_medias_len (sdp); j++)
      if (gst_sdp_media_get_attribute_val (media_at (sdp, j), common[i])
          == NULL)
        gst_sdp_media_add_attribute (media_at (sdp, j), common[i], value);
  }
  message_remove (sdp, common);
}

/* m=application 5000 DTLS/SCTP 5000 with a=sctpmap:5000 webrtc-datachannel 256
 * becomes m=application 9 UDP/DTLS/SCTP webrtc-datachannel with
 * a=sctp-port:5000. */
static void
modernise_data (GstSDPMedia *media)
{
  static const gchar *const names[] = { "sctpmap", "sctp-port", NULL };
  const gchar *map = gst_sdp_media_get_attribute_val (media, "sctpmap");
  const gchar *format = gst_sdp_media_get_format (media, 0);
  g_autofree gchar *port = NULL;

  if (!is_kind (media, "application") || map == NULL || format == NULL
      || strcmp (format, "webrtc-datachannel") == 0
      || strtol (map, NULL, 10) != strtol (format, NULL, 10))
    return;
  port = g_strdup (format);
  while (gst_sdp_media_formats_len (media) > 0)
    gst_sdp_media_remove_format (media, 0);
  gst_sdp_media_add_format (media, "webrtc-datachannel");
  gst_sdp_media_set_proto (media, "UDP/DTLS/SCTP");
  media_remove (media, names);
  gst_sdp_media_add_attribute (media, "sctp-port", port);
}

static guint
find_data (const GstSDPMessage *sdp)
{
  guint i;

  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    if (is_kind (media_at (sdp, i), "application")
        && is_offered (media_at (sdp, i)))
      return i;
  return NO_MEDIA;
}

/* The payload type of Opus, or -1. */
static gint
find_opus (const GstSDPMedia *media)
{
  guint i;

  for (i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    gchar *end;
    gint64 pt;

    if (strcmp (attribute->key, "rtpmap") != 0 || attribute->value == NULL)
      continue;
    pt = g_ascii_strtoll (attribute->value, &end, 10);
    if (g_ascii_strncasecmp (end, " opus/48000", 11) == 0 && pt >= 0
        && pt <= 127)
      return pt;
  }
  return -1;
}

/* The first m=audio that can be used. */
static guint
find_audio (const GstSDPMessage *sdp, gint *payload_type)
{
  guint i;

  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    if (is_kind (media_at (sdp, i), "audio") && is_offered (media_at (sdp, i))
        && (*payload_type = find_opus (media_at (sdp, i))) >= 0)
      return i;
  return NO_MEDIA;
}

static gboolean
in_group (gchar **group, const GstSDPMessage *sdp, guint media)
{
  const gchar *mid;

  if (media == NO_MEDIA)
    return TRUE;
  mid = gst_sdp_media_get_attribute_val (media_at (sdp, media), "mid");
  return mid != NULL && g_strv_contains ((const gchar *const *) group, mid);
}

/* The mids of the bundle with @audio and @data in it, or NULL. */
static gchar **
find_bundle (const GstSDPMessage *sdp, guint audio, guint data)
{
  const gchar *value;
  guint i;

  for (i = 0;
       (value = gst_sdp_message_get_attribute_val_n (sdp, "group", i)) != NULL;
       i++) {
    g_auto (GStrv) words = g_strsplit (value, " ", -1);

    if (g_strcmp0 (words[0], "BUNDLE") == 0 && in_group (words + 1, sdp, audio)
        && in_group (words + 1, sdp, data))
      return g_strdupv (words + 1);
  }
  return NULL;
}

/* Gives all m-sections of the bundle the transport of its first one. */
static void
bundle (GstSDPMessage *sdp, gchar **mids, guint first)
{
  const GstSDPMedia *from = media_at (sdp, first);
  guint i, j, k;

  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = media_at (sdp, i);

    if (i == first || !in_group (mids, sdp, i))
      continue;
    media_remove (media, common);
    media_remove (media, own);
    for (j = 0; common[j] != NULL; j++) {
      const gchar *value;

      for (k = 0;
           (value = gst_sdp_media_get_attribute_val_n (from, common[j], k))
           != NULL;
           k++)
        gst_sdp_media_add_attribute (media, common[j], value);
    }
  }
}

static gboolean
rewrite (EmuOffer *offer, EmuProblem **problem)
{
  static const gchar *const group_name[] = { "group", NULL };
  GstSDPMessage *sdp = offer->sdp;
  g_auto (GStrv) mids = NULL;
  guint i;

  copy_session_level (sdp);
  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    modernise_data (media_at (sdp, i));

  mids = find_bundle (sdp, offer->audio, find_data (sdp));
  /* webrtcbin looks at the first group, whatever it is. */
  message_remove (sdp, group_name);
  offer->bundle = mids != NULL;
  if (!offer->bundle)
    return TRUE;
  for (i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    if (in_group (mids, sdp, i))
      break;
  /* The answer of webrtcbin has them in the order of the m-lines, and so would
   * speak of another transport than the client. */
  if (g_strcmp0 (
          gst_sdp_media_get_attribute_val (media_at (sdp, i), "mid"), mids[0])
      != 0) {
    *problem = emu_problem_new (400, "invalid_offer", NULL,
        "Invalid SDP offer: the BUNDLE group is not in the order of the "
        "m-lines.");
    return FALSE;
  }
  bundle (sdp, mids, i);
  {
    g_autofree gchar *list = g_strjoinv (" ", mids);
    g_autofree gchar *value = g_strconcat ("BUNDLE ", list, NULL);

    gst_sdp_message_add_attribute (sdp, "group", value);
  }
  return TRUE;
}

EmuOffer *
emu_offer_parse (const gchar *text, EmuProblem **problem)
{
  g_autoptr (EmuOffer) offer = g_new0 (EmuOffer, 1);

  if (!g_str_has_suffix (text, "\r\n")) {
    *problem = emu_problem_new (400, "invalid_offer", NULL,
        "Failed to parse offer: failed to unmarshal SDP: EOF");
    return NULL;
  }
  if (gst_sdp_message_new_from_text (text, &offer->sdp) == GST_SDP_OK
      && (offer->audio = find_audio (offer->sdp, &offer->payload_type))
          != NO_MEDIA) {
    if (!rewrite (offer, problem))
      return NULL;
    return g_steal_pointer (&offer);
  }
  *problem = emu_problem_new (400, "invalid_offer", NULL,
      "Invalid SDP offer. Please try again with a WHIP-compliant offer.");
  return NULL;
}

void
emu_offer_free (EmuOffer *offer)
{
  g_clear_pointer (&offer->sdp, gst_sdp_message_free);
  g_free (offer);
}
