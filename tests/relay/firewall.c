/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "firewall.h"

#include <string.h>

#define ANY "any"
#define N_PORTS 65536

/* A bit for each port. Port 0 stands for what has none, see RelayIpEnd. */
typedef struct {
  guint8 bits[N_PORTS / 8];
} Ports;

struct _RelayFirewall {
  gboolean closed; /* but for these */
  Ports tcp, udp;
};

static gboolean
has_port (const Ports *ports, guint port)
{
  return ports->bits[port / 8] >> port % 8 & 1;
}

static gboolean
parse_port (const gchar *text, guint *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, N_PORTS - 1, &number, NULL))
    return FALSE;
  *port = (guint) number;
  return TRUE;
}

/* "443" or "8000-8080" */
static gboolean
add_range (Ports *ports, const gchar *text)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  guint first, last, port;

  if (ends[0] == NULL || !parse_port (ends[0], &first)
      || !parse_port (ends[1] != NULL ? ends[1] : ends[0], &last)
      || last < first)
    return FALSE;
  for (port = first; port <= last; port++)
    ports->bits[port / 8] |= 1 << port % 8;
  return TRUE;
}

static gboolean
parse_ports (Ports *ports, const gchar *text, GError **error)
{
  g_auto (GStrv) ranges = NULL;
  guint i;

  if (text == NULL)
    return TRUE;
  if (strcmp (text, ANY) == 0) {
    memset (ports->bits, 0xff, sizeof (ports->bits));
    return TRUE;
  }
  ranges = g_strsplit (text, ",", -1);
  for (i = 0; i == 0 || ranges[i] != NULL; i++) {
    if (ranges[i] == NULL || !add_range (ports, ranges[i])) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "'%s' is no list of ports", text);
      return FALSE;
    }
  }
  return TRUE;
}

RelayFirewall *
relay_firewall_new (const gchar *tcp, const gchar *udp, GError **error)
{
  g_autoptr (RelayFirewall) firewall = g_new0 (RelayFirewall, 1);

  firewall->closed = tcp != NULL || udp != NULL;
  if (!parse_ports (&firewall->tcp, tcp, error)
      || !parse_ports (&firewall->udp, udp, error))
    return NULL;
  return g_steal_pointer (&firewall);
}

void
relay_firewall_free (RelayFirewall *firewall)
{
  g_free (firewall);
}

gboolean
relay_firewall_passes (
    const RelayFirewall *firewall, const RelayIp *ip, RelaySide sender)
{
  guint port = sender == RELAY_CLIENT ? ip->destination.port : ip->source.port;

  if (!firewall->closed)
    return TRUE;
  switch (ip->protocol) {
    case RELAY_IP_TCP:
      return has_port (&firewall->tcp, port);
    case RELAY_IP_UDP:
      return has_port (&firewall->udp, port);
    default:
      return FALSE;
  }
}
