/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaiprobe.h"

void
gst_oai_probe_foreach (
    GstPadProbeInfo *info, GstOaiProbeFunc func, gpointer user_data)
{
  GstBufferList *list;
  guint i;

  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)) {
    func (GST_PAD_PROBE_INFO_BUFFER (info), user_data);
    return;
  }
  list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
  for (i = 0; i < gst_buffer_list_length (list); i++)
    func (gst_buffer_list_get (list, i), user_data);
}

GstPadProbeReturn
gst_oai_probe_filter (
    GstPadProbeInfo *info, GstOaiProbeTest passes, gpointer user_data)
{
  GstBufferList *list;
  GstBufferList *rest;
  guint i, n;

  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST))
    return passes (GST_PAD_PROBE_INFO_BUFFER (info), user_data)
        ? GST_PAD_PROBE_OK
        : GST_PAD_PROBE_DROP;

  list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
  n = gst_buffer_list_length (list);
  rest = gst_buffer_list_new_sized (n);
  for (i = 0; i < n; i++) {
    GstBuffer *packet = gst_buffer_list_get (list, i);

    if (passes (packet, user_data))
      gst_buffer_list_add (rest, gst_buffer_ref (packet));
  }
  i = gst_buffer_list_length (rest);
  if (i == 0 || i == n) {
    gst_buffer_list_unref (rest);
    return i == 0 && n > 0 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  }
  /* The probe's owner lets go of what it finds there in the end. */
  gst_buffer_list_unref (list);
  GST_PAD_PROBE_INFO_DATA (info) = rest;
  return GST_PAD_PROBE_OK;
}
