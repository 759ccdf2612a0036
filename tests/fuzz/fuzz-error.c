/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include "protocol/gstoaierror.h"

static void
check_error (GstOaiError *error)
{
  static const gchar *const fields[] = { "server-message", "type", "code",
    "param", "event-id", "request-id" };
  guint i;

  g_assert_nonnull (error->message);
  g_assert_nonnull (error->debug);
  g_assert_true (g_utf8_validate (error->debug, -1, NULL));
  g_assert_null (strchr (error->debug, '\n'));
  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gchar *text = gst_structure_get_string (error->details, fields[i]);

    if (text) {
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (strlen (text), <=, 512);
      g_assert_cmpuint (strlen (text), >, 0);
    }
  }
  gst_oai_error_free (error);
}

/* One input is a body, an event and two header fields. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint statuses[] = { 0, 400, 401, 404, 429, 500 };
  const gchar *body = (const gchar *) data;
  g_autofree gchar *text = g_strndup (body, size);
  guint status = statuses[size % G_N_ELEMENTS (statuses)];

  check_error (gst_oai_error_from_http (
      status, "realtime/calls", body, size, text, text));
  check_error (gst_oai_error_from_event (body, size));

  return 0;
}
