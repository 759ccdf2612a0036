/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include "protocol/gstoaidialect.h"
#include "protocol/gstoaijson.h"

/* Text that was parsed and written must be parsed and written the same. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) scan_error = NULL;
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (JsonObject) again = NULL;
  g_autoptr (JsonObject) merged = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *text_again = NULL;

  if (!gst_oai_json_scan ((const gchar *) data, size, 1024 * 1024, &scan_error))
    g_assert_nonnull (scan_error);

  object = gst_oai_json_parse_object (
      (const gchar *) data, size, 1024 * 1024, &error);
  if (object == NULL) {
    g_assert_nonnull (error);
    return 0;
  }

  gst_oai_dialect_canonical (gst_oai_json_get_string (object, "type", NULL));
  gst_oai_json_get_int (object, "response.usage.total_tokens", 0);
  gst_oai_json_get_double (object, "session.audio.output.speed", 1.0);
  gst_oai_json_get_boolean (object, "response.metadata.x", FALSE);
  gst_oai_json_get_array (object, "rate_limits");

  merged = json_object_new ();
  gst_oai_json_merge (merged, object);
  gst_oai_json_set (merged, "session.audio.output.voice",
      json_node_init_string (json_node_alloc (), "x"));

  /* A string can need six times its size as escapes. */
  text = gst_oai_json_to_string (object);
  again = gst_oai_json_parse_object (
      text, strlen (text), 16 * 1024 * 1024, &error);
  g_assert_no_error (error);
  text_again = gst_oai_json_to_string (again);
  g_assert_cmpstr (text_again, ==, text);

  return 0;
}
