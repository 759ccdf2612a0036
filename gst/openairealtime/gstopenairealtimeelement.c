/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtimeelements.h"

#ifdef ENABLE_NLS
#include <glib/gi18n-lib.h>
#endif

#include "gstopenairealtimebase.h"
#include "transport/gstoaiopenssl.h"

void
openairealtime_element_init (GstPlugin *plugin)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
#ifdef ENABLE_NLS
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
#endif
  gst_oai_openssl_init ();
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_BASE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_TURN_DETECTION, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_EAGERNESS, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_NOISE_REDUCTION, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_OUTPUT_MODALITY, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_SESSION_TYPE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_INTERRUPT_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_LOCAL_INTERRUPT, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_EOS_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_IDLE_OUTPUT, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_OPENAI_REALTIME_CONNECTION_STATE, 0);
  g_once_init_leave (&once, 1);
}
