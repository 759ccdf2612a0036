/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define _GNU_SOURCE
#include "wire.h"

#include "ip.h"
#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NAMESPACES "/run/netns/"
#define TUN_DEVICE "/dev/net/tun"
#define MAX_PACKET 65536
/* Packets that wait. */
#define MAX_WAITING 65536
/* More at a time means that somebody plays tricks. */
#define MAX_FLOWS 4096
#define IDLE_FLOW (60 * G_USEC_PER_SEC)
#define TICK G_USEC_PER_SEC

/* A client's end of UDP: what a call is, seen from outside. */
typedef struct {
  RelayIpEnd client;
  guint number;
  gint64 last_packet;
} Flow;

/* What shares decisions. Calls are not told apart for that: a browser has sockets
 * that no call uses, and the n-th packet of sound is to meet the same for all. */
typedef enum {
  LINK_UDP,
  LINK_TCP,
  LINK_OTHER,
  N_LINKS
} LinkKind;

typedef struct {
  gint64 enter;
  RelaySide sender;
  /* Of UDP, for the log. */
  gboolean is_udp;
  guint call;
  gsize payload, payload_size;
  gsize size;
  guint8 data[];
} Packet;

struct _RelayWire {
  int fds[2]; /* by side */
  const RelayFirewall *firewall;
  RelayLink *links[N_LINKS][2]; /* by the side that sends */
  RelayPacketLog *log;
  GHashTable *flows; /* RelayIpEnd -> Flow */
  guint n_flows; /* ever */
  RelaySchedule *waiting; /* of Packet */
};

/* --- flows --- */

static guint
end_hash (gconstpointer data)
{
  const RelayIpEnd *end = data;
  guint hash = end->port, i;

  for (i = 0; i < sizeof (end->address); i++)
    hash = hash * 31 + end->address[i];
  return hash;
}

static gboolean
end_equal (gconstpointer a, gconstpointer b)
{
  const RelayIpEnd *one = a, *other = b;

  return one->port == other->port
      && memcmp (one->address, other->address, sizeof (one->address)) == 0;
}

/* NULL when there are too many. */
static Flow *
get_flow (RelayWire *wire, const RelayIpEnd *client, gint64 now)
{
  Flow *flow = g_hash_table_lookup (wire->flows, client);

  if (flow == NULL) {
    if (g_hash_table_size (wire->flows) >= MAX_FLOWS)
      return NULL;
    flow = g_new0 (Flow, 1);
    flow->client = *client;
    flow->number = wire->n_flows++;
    g_hash_table_insert (wire->flows, &flow->client, flow);
  }
  flow->last_packet = now;
  return flow;
}

static gboolean
is_idle (gpointer key, gpointer value, gpointer now)
{
  return *(const gint64 *) now - ((const Flow *) value)->last_packet
      >= IDLE_FLOW;
}

/* --- packets --- */

static void
log_packet (RelayWire *wire, const Packet *packet, gint64 leave)
{
  if (packet->is_udp)
    relay_packet_log_add (wire->log, packet->call, packet->sender,
        packet->enter, leave, packet->data + packet->payload,
        packet->payload_size);
}

static void
take_packet (RelayWire *wire, RelaySide sender, const guint8 *data, gsize size)
{
  gint64 now = g_get_monotonic_time (), leave[RELAY_MAX_COPIES];
  RelayKind kind = RELAY_KIND_OTHER;
  LinkKind link = LINK_OTHER;
  g_autofree Packet *packet = NULL;
  RelayIp ip;
  guint i, n;

  if (!relay_ip_parse (data, size, &ip) || ip.for_many)
    return;
  if (!relay_firewall_passes (wire->firewall, &ip, sender))
    return;
  packet = g_malloc0 (sizeof (Packet) + size);
  packet->enter = now;
  packet->sender = sender;
  packet->payload = ip.payload;
  packet->payload_size = ip.payload_size;
  packet->size = size;
  memcpy (packet->data, data, size);
  if (ip.protocol == RELAY_IP_TCP) {
    link = LINK_TCP;
  } else if (ip.protocol == RELAY_IP_UDP && ip.source.port != 0) {
    Flow *flow = get_flow (
        wire, sender == RELAY_CLIENT ? &ip.source : &ip.destination, now);

    if (flow == NULL)
      return;
    link = LINK_UDP;
    kind = relay_kind (data + ip.payload, ip.payload_size);
    packet->is_udp = TRUE;
    packet->call = flow->number;
  }
  n = relay_link_pass (
      wire->links[link][sender], kind, ip.payload_size, now, leave);
  if (relay_schedule_get_length (wire->waiting) + n > MAX_WAITING)
    n = 0;
  if (n == 0)
    log_packet (wire, packet, -1);
  for (i = 0; i < n; i++)
    relay_schedule_add (wire->waiting, leave[i],
        i + 1 < n ? g_memdup2 (packet, sizeof (Packet) + size)
                  : g_steal_pointer (&packet));
}

static gboolean
receive (RelayWire *wire, RelaySide sender, GError **error)
{
  guint8 data[MAX_PACKET];
  gssize size;

  while ((size = read (wire->fds[sender], data, sizeof (data))) > 0)
    take_packet (wire, sender, data, size);
  if (size < 0 && errno != EAGAIN && errno != EINTR) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "Cannot read from the %s's interface: %s",
        sender == RELAY_CLIENT ? "client" : "server", g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

static void
send_due (RelayWire *wire)
{
  Packet *packet;

  while ((packet = relay_schedule_pop (wire->waiting, g_get_monotonic_time ()))
      != NULL) {
    int fd =
        wire->fds[packet->sender == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT];
    gint64 now = g_get_monotonic_time ();

    if (write (fd, packet->data, packet->size) < 0)
      now = -1;
    log_packet (wire, packet, now);
    g_free (packet);
  }
}

gboolean
relay_wire_run (RelayWire *wire, int quit_fd, GError **error)
{
  struct pollfd fds[] = {
    { wire->fds[RELAY_CLIENT], POLLIN, 0 },
    { wire->fds[RELAY_SERVER], POLLIN, 0 },
    { quit_fd, POLLIN, 0 },
  };
  gint64 last_tick = 0;

  /* ns; a sleep is 50 us longer else. */
  prctl (PR_SET_TIMERSLACK, 1);
  for (;;) {
    gint64 now = g_get_monotonic_time (), wait;
    struct timespec timeout;
    guint side;

    wait = MIN (relay_schedule_get_next (wire->waiting), now + TICK) - now;
    wait = MAX (wait, 0);
    timeout.tv_sec = wait / G_USEC_PER_SEC;
    timeout.tv_nsec = wait % G_USEC_PER_SEC * 1000;
    if (ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL) > 0) {
      if (fds[2].revents != 0)
        return TRUE;
      for (side = 0; side < 2; side++) {
        if (fds[side].revents != 0 && !receive (wire, side, error))
          return FALSE;
      }
    }
    send_due (wire);
    now = g_get_monotonic_time ();
    if (now - last_tick >= TICK) {
      last_tick = now;
      g_hash_table_foreach_remove (wire->flows, is_idle, &now);
      relay_packet_log_flush (wire->log);
    }
  }
}

/* --- the ends --- */

static void
fail (GError **error, const gchar *what, const gchar *which)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s %s: %s",
      what, which, g_strerror (number));
}

static int
open_namespace (const gchar *name, GError **error)
{
  g_autofree gchar *path = strchr (name, '/') != NULL
      ? g_strdup (name)
      : g_strconcat (NAMESPACES, name, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    fail (error, "Cannot open the network namespace", path);
  return fd;
}

/* The TUN device @name of the namespace that this thread is in; -1. */
static int
open_tun (const gchar *name, GError **error)
{
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  int fd = open (TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0) {
    fail (error, "Cannot open", TUN_DEVICE);
    return -1;
  }
  g_strlcpy (request.ifr_name, name, sizeof (request.ifr_name));
  if (ioctl (fd, TUNSETIFF, &request) != 0) {
    fail (error, "Cannot attach to", name);
    close (fd);
    return -1;
  }
  return fd;
}

static int
open_end (const gchar *end, GError **error)
{
  const gchar *colon = strrchr (end, ':');
  g_autofree gchar *name = NULL;
  int here, there, fd = -1;

  if (colon == NULL || colon == end || colon[1] == '\0'
      || strlen (colon + 1) >= IFNAMSIZ) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' is not NAMESPACE:INTERFACE", end);
    return -1;
  }
  name = g_strndup (end, colon - end);
  here = open_namespace ("/proc/thread-self/ns/net", error);
  if (here < 0)
    return -1;
  there = open_namespace (name, error);
  if (there >= 0) {
    if (setns (there, CLONE_NEWNET) != 0)
      fail (error, "Cannot enter the network namespace", name);
    else
      fd = open_tun (colon + 1, error);
    if (setns (here, CLONE_NEWNET) != 0)
      g_error ("Cannot come back from the network namespace %s", name);
    close (there);
  }
  close (here);
  return fd;
}

RelayWire *
relay_wire_new (const gchar *client, const gchar *server,
    const RelayFirewall *firewall, const RelayProfile *up,
    const RelayProfile *down, guint64 seed, RelayPacketLog *log, GError **error)
{
  g_autoptr (RelayWire) wire = g_new0 (RelayWire, 1);
  guint i;

  for (i = 0; i < N_LINKS; i++) {
    wire->links[i][RELAY_CLIENT] = relay_link_new (
        up, relay_link_seed (seed, i, RELAY_CLIENT));
    wire->links[i][RELAY_SERVER] = relay_link_new (
        down, relay_link_seed (seed, i, RELAY_SERVER));
  }
  wire->firewall = firewall;
  wire->log = log;
  wire->flows = g_hash_table_new_full (end_hash, end_equal, NULL, g_free);
  wire->waiting = relay_schedule_new (g_free);
  wire->fds[RELAY_SERVER] = -1;
  wire->fds[RELAY_CLIENT] = open_end (client, error);
  if (wire->fds[RELAY_CLIENT] < 0)
    return NULL;
  wire->fds[RELAY_SERVER] = open_end (server, error);
  if (wire->fds[RELAY_SERVER] < 0)
    return NULL;
  return g_steal_pointer (&wire);
}

void
relay_wire_free (RelayWire *wire)
{
  guint side, i;

  if (wire == NULL)
    return;
  for (i = 0; i < N_LINKS; i++) {
    relay_link_free (wire->links[i][RELAY_CLIENT]);
    relay_link_free (wire->links[i][RELAY_SERVER]);
  }
  for (side = 0; side < 2; side++) {
    if (wire->fds[side] >= 0)
      close (wire->fds[side]);
  }
  relay_schedule_free (wire->waiting);
  g_hash_table_unref (wire->flows);
  g_free (wire);
}
