/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define _GNU_SOURCE
#include "net.h"
#include "schedule.h"
#include "stun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_PACKET 2048
#define MAX_EVENTS 64
#define SOCKET_BUFFER (1 << 20)
/* Stand-ins of a call: more means that somebody plays tricks. */
#define MAX_STAND_INS 64
/* Packets that wait. */
#define MAX_WAITING 65536
#define IDLE_CALL (60 * G_USEC_PER_SEC)
#define TICK (G_USEC_PER_SEC)

typedef struct _Call Call;

typedef struct {
  Call *call;
  RelaySide side; /* of the peer that it stands for */
  struct sockaddr_in peer;
  guint port; /* its own */
  int fd;
} StandIn;

struct _Call {
  guint number;
  GPtrArray *stand_ins;
  RelayLink *links[2]; /* by the side that sends */
  gchar *passwords[2];
  gint64 last_packet;
};

/* A packet that waits. */
typedef struct {
  gint64 enter;
  StandIn *from; /* whose socket it leaves by */
  struct sockaddr_in to;
  RelaySide sender;
  guint call;
  gsize size;
  guint8 data[];
} Packet;

struct _RelayNet {
  struct in_addr host;
  const RelayProfile *profiles[2];
  guint64 seed;
  gboolean nat;
  RelayPacketLog *log;
  int epoll_fd;
  int timer_fd;
  int quit_fd;
  GThread *thread;

  GMutex lock; /* protects everything below */
  guint n_calls;
  GHashTable *calls; /* number -> Call */
  RelaySchedule *waiting; /* of Packet */
};

static gint64
timespec_us (const struct timespec *time)
{
  return (gint64) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

static gint64
now_us (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return timespec_us (&time);
}

/* --- calls and stand-ins --- */

static void
stand_in_free (gpointer data)
{
  StandIn *stand_in = data;

  close (stand_in->fd);
  g_free (stand_in);
}

static void
call_free (gpointer data)
{
  Call *call = data;

  g_ptr_array_unref (call->stand_ins);
  relay_link_free (call->links[RELAY_CLIENT]);
  relay_link_free (call->links[RELAY_SERVER]);
  g_free (call->passwords[RELAY_CLIENT]);
  g_free (call->passwords[RELAY_SERVER]);
  g_free (call);
}

guint
relay_net_add_call (RelayNet *net)
{
  Call *call = g_new0 (Call, 1);
  guint side;

  g_mutex_lock (&net->lock);
  call->number = net->n_calls++;
  call->stand_ins = g_ptr_array_new_with_free_func (stand_in_free);
  for (side = 0; side < 2; side++)
    call->links[side] = relay_link_new (
        net->profiles[side], relay_link_seed (net->seed, call->number, side));
  call->last_packet = now_us (CLOCK_MONOTONIC);
  g_hash_table_insert (net->calls, GUINT_TO_POINTER (call->number), call);
  g_mutex_unlock (&net->lock);
  return call->number;
}

void
relay_net_set_password (
    RelayNet *net, guint number, RelaySide side, const gchar *password)
{
  Call *call;

  g_mutex_lock (&net->lock);
  call = g_hash_table_lookup (net->calls, GUINT_TO_POINTER (number));
  if (call != NULL) {
    g_free (call->passwords[side]);
    call->passwords[side] = g_strdup (password);
  }
  g_mutex_unlock (&net->lock);
}

static StandIn *
find_stand_in (Call *call, RelaySide side, const struct sockaddr_in *peer)
{
  guint i;

  for (i = 0; i < call->stand_ins->len; i++) {
    StandIn *stand_in = g_ptr_array_index (call->stand_ins, i);

    if (stand_in->side == side && stand_in->peer.sin_port == peer->sin_port
        && stand_in->peer.sin_addr.s_addr == peer->sin_addr.s_addr)
      return stand_in;
  }
  return NULL;
}

/* That of @peer, made when there is none. NULL when there can be none. */
static StandIn *
get_stand_in (
    RelayNet *net, Call *call, RelaySide side, const struct sockaddr_in *peer)
{
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr = net->host };
  socklen_t length = sizeof (own);
  struct epoll_event event = { .events = EPOLLIN };
  StandIn *stand_in = find_stand_in (call, side, peer);
  int on = 1, size = SOCKET_BUFFER;

  if (stand_in != NULL)
    return stand_in;
  if (call->stand_ins->len >= MAX_STAND_INS)
    return NULL;
  stand_in = g_new0 (StandIn, 1);
  stand_in->call = call;
  stand_in->side = side;
  stand_in->peer = *peer;
  stand_in->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  event.data.ptr = stand_in;
  if (stand_in->fd < 0
      || bind (stand_in->fd, (struct sockaddr *) &own, sizeof (own)) != 0
      || getsockname (stand_in->fd, (struct sockaddr *) &own, &length) != 0
      || setsockopt (stand_in->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof (on))
          != 0
      || epoll_ctl (net->epoll_fd, EPOLL_CTL_ADD, stand_in->fd, &event) != 0) {
    g_printerr ("No socket: %s\n", g_strerror (errno));
    if (stand_in->fd >= 0)
      close (stand_in->fd);
    g_free (stand_in);
    return NULL;
  }
  /* For bursts; as much as the system allows. */
  setsockopt (stand_in->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  stand_in->port = ntohs (own.sin_port);
  g_ptr_array_add (call->stand_ins, stand_in);
  return stand_in;
}

guint
relay_net_stand_in (RelayNet *net, guint number, RelaySide side,
    const gchar *address, guint port)
{
  struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons (port) };
  StandIn *stand_in;
  Call *call;
  guint own_port = 0;

  if (inet_pton (AF_INET, address, &peer.sin_addr) != 1)
    return 0;
  g_mutex_lock (&net->lock);
  call = g_hash_table_lookup (net->calls, GUINT_TO_POINTER (number));
  stand_in = call ? get_stand_in (net, call, side, &peer) : NULL;
  if (stand_in != NULL)
    own_port = stand_in->port;
  g_mutex_unlock (&net->lock);
  return own_port;
}

static gboolean
is_of_call (gconstpointer item, gconstpointer number)
{
  return ((const Packet *) item)->call == GPOINTER_TO_UINT (number);
}

static void
end_idle_calls (RelayNet *net, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, net->calls);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Call *call = value;

    if (now - call->last_packet < IDLE_CALL)
      continue;
    relay_schedule_remove (
        net->waiting, is_of_call, GUINT_TO_POINTER (call->number));
    g_hash_table_iter_remove (&iter);
  }
}

/* --- packets --- */

static void
send_packet (RelayNet *net, Packet *packet)
{
  gint64 now = now_us (CLOCK_MONOTONIC);

  /* Nobody may be there any more: that is no concern of ours. */
  if (sendto (packet->from->fd, packet->data, packet->size, MSG_NOSIGNAL,
          (struct sockaddr *) &packet->to, sizeof (packet->to))
      < 0)
    now = -1;
  relay_packet_log_add (net->log, packet->call, packet->sender, packet->enter,
      now, packet->data, packet->size);
}

static void
send_due (RelayNet *net)
{
  gint64 now = now_us (CLOCK_MONOTONIC);
  Packet *packet;

  while ((packet = relay_schedule_pop (net->waiting, now)) != NULL) {
    send_packet (net, packet);
    g_free (packet);
  }
}

static void
take_packet (RelayNet *net, StandIn *at, const struct sockaddr_in *source,
    guint8 *data, gsize size, gint64 enter)
{
  Call *call = at->call;
  RelaySide sender = at->side == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT;
  StandIn *from = get_stand_in (net, call, sender, source);
  gint64 leave[RELAY_MAX_COPIES];
  guint i, n;

  if (from == NULL)
    return;
  /* Kernel times of different sockets need not be in order. */
  enter = MAX (enter, call->last_packet);
  call->last_packet = enter;
  if (!net->nat && call->passwords[sender] != NULL)
    relay_stun_set_mapped (data, size, &at->peer, call->passwords[sender]);
  n = relay_link_pass (
      call->links[sender], relay_kind (data, size), size, enter, leave);
  if (relay_schedule_get_length (net->waiting) + n > MAX_WAITING)
    n = 0;
  if (n == 0)
    relay_packet_log_add (
        net->log, call->number, sender, enter, -1, data, size);
  for (i = 0; i < n; i++) {
    Packet *packet = g_malloc (sizeof (Packet) + size);

    packet->enter = enter;
    packet->from = from;
    packet->to = at->peer;
    packet->sender = sender;
    packet->call = call->number;
    packet->size = size;
    memcpy (packet->data, data, size);
    relay_schedule_add (net->waiting, leave[i], packet);
  }
}

/* When the kernel got it, on the monotonic clock. */
static gint64
get_arrival (struct msghdr *message)
{
  gint64 now = now_us (CLOCK_MONOTONIC);
  struct cmsghdr *control;

  for (control = CMSG_FIRSTHDR (message); control != NULL;
       control = CMSG_NXTHDR (message, control)) {
    struct timespec time;
    gint64 age;

    if (control->cmsg_level != SOL_SOCKET
        || control->cmsg_type != SCM_TIMESTAMPNS)
      continue;
    memcpy (&time, CMSG_DATA (control), sizeof (time));
    age = now_us (CLOCK_REALTIME) - timespec_us (&time);
    /* Somebody may have set the clock in between. */
    if (age >= 0 && age < G_USEC_PER_SEC)
      return now - age;
  }
  return now;
}

static void
receive (RelayNet *net, StandIn *at)
{
  guint8 data[MAX_PACKET];
  gchar control[256];
  struct sockaddr_in source;

  for (;;) {
    struct iovec vector = { data, sizeof (data) };
    struct msghdr message = { .msg_name = &source,
      .msg_namelen = sizeof (source),
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control,
      .msg_controllen = sizeof (control) };
    gssize size = recvmsg (at->fd, &message, 0);

    if (size < 0 && errno == ECONNREFUSED)
      continue;
    if (size < 0)
      return;
    if (message.msg_flags & MSG_TRUNC)
      continue;
    take_packet (net, at, &source, data, size, get_arrival (&message));
  }
}

static void
set_timer (RelayNet *net)
{
  struct itimerspec timer = { { 0 } };
  gint64 next = MIN (
      now_us (CLOCK_MONOTONIC) + TICK, relay_schedule_get_next (net->waiting));

  next = MAX (next, 1);
  timer.it_value.tv_sec = next / G_USEC_PER_SEC;
  timer.it_value.tv_nsec = next % G_USEC_PER_SEC * 1000;
  timerfd_settime (net->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

static gpointer
net_thread (gpointer data)
{
  RelayNet *net = data;
  gint64 last_tick = 0;
  gboolean quit = FALSE;

  while (!quit) {
    struct epoll_event events[MAX_EVENTS];
    gint i, n = epoll_wait (net->epoll_fd, events, MAX_EVENTS, -1);
    gint64 now = now_us (CLOCK_MONOTONIC);

    g_mutex_lock (&net->lock);
    for (i = 0; i < n; i++) {
      guint64 count;

      if (events[i].data.ptr == &net->quit_fd)
        quit = TRUE;
      else if (events[i].data.ptr != &net->timer_fd)
        receive (net, events[i].data.ptr);
      else if (read (net->timer_fd, &count, sizeof (count)) < 0)
        continue;
    }
    send_due (net);
    if (now - last_tick >= TICK) {
      last_tick = now;
      end_idle_calls (net, now);
      relay_packet_log_flush (net->log);
    }
    set_timer (net);
    g_mutex_unlock (&net->lock);
  }
  return NULL;
}

RelayNet *
relay_net_new (const gchar *host, const RelayProfile *up,
    const RelayProfile *down, guint64 seed, gboolean nat, RelayPacketLog *log,
    GError **error)
{
  g_autoptr (RelayNet) net = g_new0 (RelayNet, 1);
  struct epoll_event event = { .events = EPOLLIN };

  g_mutex_init (&net->lock);
  net->calls = g_hash_table_new_full (NULL, NULL, NULL, call_free);
  net->waiting = relay_schedule_new (g_free);
  net->profiles[RELAY_CLIENT] = up;
  net->profiles[RELAY_SERVER] = down;
  net->seed = seed;
  net->nat = nat;
  net->log = log;
  net->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  net->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  net->quit_fd = eventfd (0, EFD_CLOEXEC);
  if (inet_pton (AF_INET, host, &net->host) != 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' is not an IPv4 address", host);
    return NULL;
  }
  if (net->epoll_fd < 0 || net->timer_fd < 0 || net->quit_fd < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s",
        g_strerror (errno));
    return NULL;
  }
  event.data.ptr = &net->timer_fd;
  epoll_ctl (net->epoll_fd, EPOLL_CTL_ADD, net->timer_fd, &event);
  event.data.ptr = &net->quit_fd;
  epoll_ctl (net->epoll_fd, EPOLL_CTL_ADD, net->quit_fd, &event);
  set_timer (net);
  net->thread = g_thread_new ("relay", net_thread, net);
  return g_steal_pointer (&net);
}

void
relay_net_free (RelayNet *net)
{
  guint64 one = 1;

  if (net == NULL)
    return;
  if (net->thread != NULL) {
    if (write (net->quit_fd, &one, sizeof (one)) != sizeof (one))
      g_printerr ("The relay's thread cannot be told to end\n");
    g_thread_join (net->thread);
  }
  relay_schedule_free (net->waiting);
  g_hash_table_unref (net->calls);
  if (net->epoll_fd >= 0)
    close (net->epoll_fd);
  if (net->timer_fd >= 0)
    close (net->timer_fd);
  if (net->quit_fd >= 0)
    close (net->quit_fd);
  relay_packet_log_flush (net->log);
  g_mutex_clear (&net->lock);
  g_free (net);
}
