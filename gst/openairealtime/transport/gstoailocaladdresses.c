/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoailocaladdresses.h"

#include <gio/gio.h>

#ifdef G_OS_UNIX
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

static gchar *
address_to_string (const struct sockaddr *address)
{
  g_autoptr (GInetAddress) inet = NULL;

  switch (address->sa_family) {
    case AF_INET:
      inet = g_inet_address_new_from_bytes (
          (const guint8 *) &((const struct sockaddr_in *) address)->sin_addr,
          G_SOCKET_FAMILY_IPV4);
      break;
    case AF_INET6:
      inet = g_inet_address_new_from_bytes (
          (const guint8 *) &((const struct sockaddr_in6 *) address)->sin6_addr,
          G_SOCKET_FAMILY_IPV6);
      break;
    default:
      return NULL;
  }
  if (g_inet_address_get_is_loopback (inet)
      || g_inet_address_get_is_link_local (inet))
    return NULL;
  return g_inet_address_to_string (inet);
}
#endif

GStrv
gst_oai_local_addresses (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
#ifdef G_OS_UNIX
  struct ifaddrs *interfaces = NULL, *i;

  if (getifaddrs (&interfaces) == 0) {
    for (i = interfaces; i; i = i->ifa_next) {
      g_autofree gchar *text = NULL;

      if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
        continue;
      text = address_to_string (i->ifa_addr);
      if (text)
        g_strv_builder_add (builder, text);
    }
    freeifaddrs (interfaces);
  }
#endif
  return g_strv_builder_end (builder);
}
