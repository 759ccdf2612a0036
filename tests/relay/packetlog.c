/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "packetlog.h"

#include <errno.h>
#include <stdio.h>

struct _RelayPacketLog {
  FILE *file;
};

RelayPacketLog *
relay_packet_log_new (const gchar *path, GError **error)
{
  RelayPacketLog *log;
  FILE *file = fopen (path, "we");

  if (file == NULL) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
        "Cannot write %s", path);
    return NULL;
  }
  fputs ("# call direction enter leave size kind ssrc seqnum rtp-time pt; us "
         "of CLOCK_MONOTONIC, - when lost\n",
      file);
  log = g_new0 (RelayPacketLog, 1);
  log->file = file;
  return log;
}

void
relay_packet_log_free (RelayPacketLog *log)
{
  if (log == NULL)
    return;
  fclose (log->file);
  g_free (log);
}

void
relay_packet_log_flush (RelayPacketLog *log)
{
  if (log != NULL)
    fflush (log->file);
}

void
relay_packet_log_add (RelayPacketLog *log, guint call, RelaySide sender,
    gint64 enter, gint64 leave, const guint8 *d, gsize size)
{
  RelayKind kind = relay_kind (d, size);
  gchar left[24] = "-";

  if (log == NULL)
    return;
  if (leave >= 0)
    g_snprintf (left, sizeof (left), "%" G_GINT64_FORMAT, leave);
  fprintf (log->file, "%u %s %" G_GINT64_FORMAT " %s %" G_GSIZE_FORMAT " %s",
      call, sender == RELAY_CLIENT ? "up" : "down", enter, left, size,
      relay_kind_name (kind));
  if (kind == RELAY_KIND_RTP && size >= 12)
    fprintf (log->file, " %u %u %u %u",
        (guint) d[8] << 24 | d[9] << 16 | d[10] << 8 | d[11], d[2] << 8 | d[3],
        (guint) d[4] << 24 | d[5] << 16 | d[6] << 8 | d[7], d[1]);
  fputc ('\n', log->file);
}
