/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "image.h"

#include <string.h>

/* Tokens of a picture: so many, and with detail so many for each tile of
 * 512 x 512, after it was made to fit into 2048 x 2048 and its shorter side to
 * 768. What other models of the API cost; nobody published it for these. */
#define BASE_TOKENS 85
#define TILE_TOKENS 170

/* Anywhere: GST_READ_UINT16_BE() wants an even address. */
static guint
read_uint16 (const guint8 *data)
{
  return (guint) data[0] << 8 | data[1];
}

static gboolean
read_png (const guint8 *data, gsize size, guint *width, guint *height)
{
  static const guint8 magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

  if (size < 24 || memcmp (data, magic, sizeof (magic)) != 0
      || memcmp (data + 12, "IHDR", 4) != 0)
    return FALSE;
  *width = read_uint16 (data + 16) << 16 | read_uint16 (data + 18);
  *height = read_uint16 (data + 20) << 16 | read_uint16 (data + 22);
  return TRUE;
}

/* The size is in the first start-of-frame marker. */
static gboolean
read_jpeg (const guint8 *data, gsize size, guint *width, guint *height)
{
  gsize at = 2;

  if (size < 4 || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;
  while (at + 9 < size && data[at] == 0xff) {
    guint8 marker = data[at + 1];

    if (marker == 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8
        && marker != 0xcc) {
      *height = read_uint16 (data + at + 5);
      *width = read_uint16 (data + at + 7);
      return TRUE;
    }
    at += 2 + read_uint16 (data + at + 2);
  }
  return FALSE;
}

static gint64
count_tokens (guint width, guint height, const gchar *detail)
{
  gdouble w = width, h = height;
  gdouble scale;

  if (g_strcmp0 (detail, "low") == 0)
    return BASE_TOKENS;
  scale = MIN (1.0, 2048.0 / MAX (w, h));
  w *= scale;
  h *= scale;
  scale = MIN (1.0, 768.0 / MIN (w, h));
  w *= scale;
  h *= scale;
  return BASE_TOKENS
      + TILE_TOKENS * (((gint64) w + 511) / 512) * (((gint64) h + 511) / 512);
}

gboolean
emu_image_check (const gchar *url, const gchar *detail, const gchar *param,
    gint64 *tokens, EmuProblem **problem)
{
  static const gchar png[] = "data:image/png;base64,";
  static const gchar jpeg[] = "data:image/jpeg;base64,";
  gboolean is_png = g_str_has_prefix (url, png);
  g_autofree guchar *data = NULL;
  guint width = 0, height = 0;
  gsize size = 0;

  if (!is_png && !g_str_has_prefix (url, jpeg)) {
    emu_problem_set (problem, "invalid_value", param,
        "Invalid '%s'. Expected a base64-encoded data URL with a PNG or JPEG "
        "image (e.g. 'data:image/png;base64,...').",
        param);
    return FALSE;
  }
  data = g_base64_decode (strchr (url, ',') + 1, &size);
  if (is_png ? !read_png (data, size, &width, &height)
             : !read_jpeg (data, size, &width, &height)) {
    emu_problem_set (problem, "invalid_value", param,
        "Invalid '%s'. The image data is not a valid %s image.", param,
        is_png ? "PNG" : "JPEG");
    return FALSE;
  }
  if (width == 0 || height == 0 || width > 65535 || height > 65535) {
    emu_problem_set (problem, "invalid_value", param,
        "Invalid '%s'. The image is %u x %u pixels large.", param, width,
        height);
    return FALSE;
  }
  *tokens += count_tokens (width, height, detail);
  return TRUE;
}
