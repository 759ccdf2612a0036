/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoairacetransport.h"

GST_DEBUG_CATEGORY_STATIC (gst_oai_race_transport_debug);
#define GST_CAT_DEFAULT gst_oai_race_transport_debug

#define N_STEPS (GST_OAI_STEP_SESSION + 1)

/* Round trips that each of the last steps takes at most: ICE two, DTLS one and
 * a half, SCTP and the data channel two and a half. What crypto, timers and a
 * busy server add comes on top. */
#define ICE_ROUND_TRIPS 2
#define DTLS_ROUND_TRIPS 2
#define SESSION_ROUND_TRIPS 3
#define MARGIN (60 * GST_MSECOND)
/* A busy or slow machine shows by how long it takes to make the offer, some
 * 5 ms where nothing is in the way. Not by more than this: the first offer of
 * a process may have to wait for its key. */
#define LOAD_FACTOR 8
#define MAX_LOAD (500 * GST_MSECOND)
/* Bounds of what is taken for a round trip. The time of an HTTP request is an
 * upper limit only: servers take their time. */
#define MIN_ROUND_TRIP (10 * GST_MSECOND)
#define MAX_ROUND_TRIP (400 * GST_MSECOND)

/* Between the second attempt and the third, then twice as long for each: the
 * first has shown that packets are lost, and the second is as likely to need one
 * of them. RFC 8305, 5 has 100 ms as the least for attempts beside each other. */
#define ATTEMPT_DELAY_MS 100

/* Context thread only, but for the transport. The reaper is taken by shutdown,
 * after the context thread is through. */
typedef struct {
  GstOaiRaceTransport *race; /* not a reference: shutdown comes first */
  GstOaiTransport *transport;
  guint index;
  gboolean alive; /* it may still win, or has won */
  GstClockTime started;
  GstClockTime offset; /* of that to the start of the first */
  GstClockTime times[N_STEPS]; /* since started */
  GThread *reaper; /* ends the media of a loser */
} Attempt;

struct _GstOaiRaceTransport {
  GstOaiTransport parent;

  GstOaiTransport *(*factory) (void);

  /* Context thread only. */
  GstOaiCall *call;
  GObject *connections;
  GstClockTime started;
  GSource *stall_timer;
  guint next_step;
  GstOaiError *error; /* of the first attempt that failed */
  gboolean over;

  GMutex lock; /* protects everything below; a leaf lock */
  GPtrArray *attempts; /* of Attempt *, only grows */
  Attempt *winner;
};

G_DEFINE_TYPE_WITH_CODE (GstOaiRaceTransport, gst_oai_race_transport,
    GST_TYPE_OAI_TRANSPORT,
    GST_DEBUG_CATEGORY_INIT (gst_oai_race_transport_debug, "openairealtimerace",
        0, "OpenAI Realtime attempts to connect"))

static Attempt *new_attempt (GstOaiRaceTransport *self);

static GstClockTime
now_monotonic (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

GstClockTime
gst_oai_race_patience (GstOaiStep done, const GstClockTime *times)
{
  GstClockTime load = MIN (LOAD_FACTOR * times[GST_OAI_STEP_OFFER], MAX_LOAD);
  GstClockTime rtt;

  if (done == GST_OAI_STEP_HTTP) {
    rtt = times[GST_OAI_STEP_HTTP] - times[GST_OAI_STEP_OFFER];
    rtt = CLAMP (rtt, MIN_ROUND_TRIP, MAX_ROUND_TRIP);
    return ICE_ROUND_TRIPS * rtt + MARGIN + load;
  }
  /* The checks of ICE wait for nobody but the network. */
  rtt = (times[GST_OAI_STEP_ICE] - times[GST_OAI_STEP_HTTP]) / ICE_ROUND_TRIPS;
  rtt = CLAMP (rtt, MIN_ROUND_TRIP, MAX_ROUND_TRIP);
  return (done == GST_OAI_STEP_ICE ? DTLS_ROUND_TRIPS : SESSION_ROUND_TRIPS)
      * rtt
      + MARGIN + load;
}

/* must be called with lock */
static Attempt *
leader_unlocked (GstOaiRaceTransport *self)
{
  if (self->winner || self->attempts->len == 0)
    return self->winner;
  return g_ptr_array_index (self->attempts, 0);
}

/* A new reference to the transport that stands for all of them, the first one
 * as long as none has won; NULL before prepare. */
static GstOaiTransport *
ref_leader (GstOaiRaceTransport *self)
{
  Attempt *attempt;
  GstOaiTransport *transport;

  g_mutex_lock (&self->lock);
  attempt = leader_unlocked (self);
  transport = attempt ? g_object_ref (attempt->transport) : NULL;
  g_mutex_unlock (&self->lock);
  return transport;
}

static void
stop_timer (GstOaiRaceTransport *self)
{
  if (self->stall_timer) {
    g_source_destroy (self->stall_timer);
    g_clear_pointer (&self->stall_timer, g_source_unref);
  }
}

static gpointer
reap (gpointer transport)
{
  gst_oai_transport_shutdown (transport);
  g_object_unref (transport);
  return NULL;
}

/* Ends @attempt, which is not the winner. */
static void
drop_attempt (Attempt *attempt)
{
  if (!attempt->alive)
    return;
  attempt->alive = FALSE;
  gst_oai_transport_close (attempt->transport, TRUE, NULL, NULL);
  attempt->reaper = g_thread_new (
      "oai-reaper", reap, g_object_ref (attempt->transport));
}

static void
drop_others (GstOaiRaceTransport *self, Attempt *but)
{
  guint i;

  for (i = 0; i < self->attempts->len; i++) {
    Attempt *attempt = g_ptr_array_index (self->attempts, i);

    if (attempt != but)
      drop_attempt (attempt);
  }
}

static guint
n_alive (GstOaiRaceTransport *self)
{
  guint i, n = 0;

  for (i = 0; i < self->attempts->len; i++) {
    Attempt *attempt = g_ptr_array_index (self->attempts, i);

    n += attempt->alive ? 1 : 0;
  }
  return n;
}

/* --- Stalls --- */

/* Places one more call, if there is time for it. */
static gboolean
place_call (GstOaiRaceTransport *self, gboolean relay_only)
{
  GstClockTime passed = now_monotonic () - self->started;
  g_autoptr (GstOaiCall) call = NULL;
  Attempt *attempt;

  if (self->over || self->winner || passed >= self->call->timeout)
    return FALSE;
  /* All of them together have the time of one. */
  call = gst_oai_call_copy (self->call);
  call->timeout = self->call->timeout - passed;
  attempt = new_attempt (self);
  call->relay_only = relay_only;
  attempt->started = now_monotonic ();
  attempt->offset = attempt->started - self->started;
  gst_oai_transport_connect (attempt->transport, call);
  return TRUE;
}

static void
add_attempt (GstOaiRaceTransport *self)
{
  /* libnice tries all other ways for two seconds before it settles for a relay:
   * the second attempt takes it at once. */
  gboolean relay_only = self->attempts->len == 1 && self->call->turn_server
      && self->next_step <= GST_OAI_STEP_ICE;

  if (self->attempts->len < self->call->attempts)
    place_call (self, relay_only);
}

static gboolean on_stall (gpointer user_data);

static void
set_timer (GstOaiRaceTransport *self, guint delay_ms)
{
  stop_timer (self);
  self->stall_timer = g_timeout_source_new (delay_ms);
  g_source_set_callback (self->stall_timer, on_stall, self, NULL);
  g_source_attach (self->stall_timer,
      gst_oai_transport_get_context (GST_OAI_TRANSPORT (self)));
}

static gboolean
on_stall (gpointer user_data)
{
  GstOaiRaceTransport *self = user_data;
  guint n = self->attempts->len;

  g_clear_pointer (&self->stall_timer, g_source_unref);
  GST_INFO_OBJECT (self, "connect stalls after %s: attempt %u",
      self->next_step > 0 ? gst_oai_step_name (self->next_step - 1) : "start",
      n + 1);
  add_attempt (self);
  if (self->attempts->len > n && self->attempts->len < self->call->attempts)
    set_timer (self, ATTEMPT_DELAY_MS << MIN (n - 1, 8));
  return G_SOURCE_REMOVE;
}

/* Only the first attempt is waited for: when it has stalled, the others follow by
 * the clock. */
static void
watch_attempt (GstOaiRaceTransport *self, Attempt *attempt, GstOaiStep done)
{
  if (self->attempts->len == 1 && self->call->attempts > 1)
    set_timer (self,
        (guint) (gst_oai_race_patience (done, attempt->times) / GST_MSECOND));
}

/* --- What the attempts say --- */

static void
attempt_step (GstOaiStep step, gpointer user_data)
{
  Attempt *attempt = user_data;
  GstOaiRaceTransport *self = attempt->race;

  attempt->times[step] = now_monotonic () - attempt->started;
  if (step >= GST_OAI_STEP_HTTP && step < GST_OAI_STEP_SESSION)
    watch_attempt (self, attempt, step);
  if (step == self->next_step) {
    self->next_step++;
    gst_oai_transport_report_step (GST_OAI_TRANSPORT (self), step);
  }
}

static void
attempt_connected (gpointer user_data)
{
  Attempt *attempt = user_data;
  GstOaiRaceTransport *self = attempt->race;

  stop_timer (self);
  g_mutex_lock (&self->lock);
  self->winner = attempt;
  g_mutex_unlock (&self->lock);
  if (self->attempts->len > 1)
    GST_INFO_OBJECT (self, "attempt %u wins", attempt->index + 1);
  drop_others (self, attempt);
  gst_oai_transport_report_connected (GST_OAI_TRANSPORT (self));
}

static void
attempt_event (GBytes *text, GstClockTime arrival, gpointer user_data)
{
  Attempt *attempt = user_data;

  gst_oai_transport_report_event (
      GST_OAI_TRANSPORT (attempt->race), text, arrival);
}

/* Streaming thread of the attempt. */
static void
attempt_packet (const GstOaiPacket *packet, gpointer user_data)
{
  Attempt *attempt = user_data;
  GstOaiRaceTransport *self = attempt->race;
  gboolean counts;

  g_mutex_lock (&self->lock);
  counts = attempt == leader_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (counts)
    gst_oai_transport_report_packet (GST_OAI_TRANSPORT (self), packet);
}

/* GStreamer before 1.28 has an RSA key. A server that knows ECDSA only (aiortc
 * 1.11) cannot be the client of DTLS then, which servers prefer to be; as the
 * server of DTLS it has its own key for the handshake. */
static gboolean
swap_roles (GstOaiRaceTransport *self, Attempt *attempt, GstOaiError *error)
{
  GstOaiCall *swapped;

  if (self->call->dtls_client || attempt == self->winner || n_alive (self) > 1
      || g_strcmp0 (error->debug, GST_OAI_DTLS_FAILED) != 0)
    return FALSE;
  /* The attempt that failed still reads its own. */
  swapped = gst_oai_call_copy (self->call);
  swapped->dtls_client = TRUE;
  gst_oai_call_unref (self->call);
  self->call = swapped;
  if (!place_call (self, self->call->relay_only))
    return FALSE;
  stop_timer (self);
  GST_INFO_OBJECT (self, "DTLS failed: once more in the other role");
  drop_attempt (attempt);
  gst_oai_error_free (error);
  return TRUE;
}

static void
attempt_failed (GstOaiError *error, gpointer user_data)
{
  Attempt *attempt = user_data;
  GstOaiRaceTransport *self = attempt->race;
  gboolean refused;

  GST_INFO_OBJECT (
      self, "attempt %u: %s", attempt->index + 1, GST_STR_NULL (error->debug));
  if (swap_roles (self, attempt, error))
    return;
  /* The earlier ones were taken: what refuses this one may be that it is not
   * the first. */
  refused = attempt->index > 0 && attempt->times[GST_OAI_STEP_HTTP] == 0;
  if (attempt != self->winner && n_alive (self) > 1
      && (refused || error->klass != GST_OAI_ERROR_FATAL)) {
    drop_attempt (attempt);
    if (self->error == NULL && !refused)
      self->error = error;
    else
      gst_oai_error_free (error);
    return;
  }
  stop_timer (self);
  /* A later attempt may fail because there is an earlier one. */
  if (self->error && attempt != self->winner
      && (refused || error->klass != GST_OAI_ERROR_FATAL)) {
    gst_oai_error_free (error);
    error = g_steal_pointer (&self->error);
  }
  self->over = TRUE;
  gst_oai_transport_report_failed (GST_OAI_TRANSPORT (self), error);
}

static const GstOaiTransportCallbacks attempt_callbacks = {
  .step = attempt_step,
  .connected = attempt_connected,
  .event = attempt_event,
  .packet = attempt_packet,
  .failed = attempt_failed,
};

static Attempt *
new_attempt (GstOaiRaceTransport *self)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->race = self;
  attempt->transport = self->factory ();
  attempt->alive = TRUE;
  g_mutex_lock (&self->lock);
  attempt->index = self->attempts->len;
  g_ptr_array_add (self->attempts, attempt);
  g_mutex_unlock (&self->lock);
  gst_oai_transport_set_callbacks (attempt->transport,
      gst_oai_transport_get_context (GST_OAI_TRANSPORT (self)),
      &attempt_callbacks, attempt);
  gst_oai_transport_prepare (attempt->transport);
  return attempt;
}

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  /* Without shutdown nobody waits. */
  g_clear_pointer (&attempt->reaper, g_thread_unref);
  g_object_unref (attempt->transport);
  g_free (attempt);
}

/* --- What the owner says --- */

static void
gst_oai_race_transport_prepare (GstOaiTransport *transport)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (transport);

  g_return_if_fail (self->attempts->len == 0);
  new_attempt (self);
}

static void
gst_oai_race_transport_connect (GstOaiTransport *transport, GstOaiCall *call)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (transport);
  Attempt *attempt;

  g_return_if_fail (self->call == NULL);
  if (self->attempts->len == 0)
    new_attempt (self);
  attempt = g_ptr_array_index (self->attempts, 0);
  self->call = gst_oai_call_copy (call);
  /* A later attempt need not set up TLS again. */
  self->connections = call->connections ? g_object_ref (call->connections)
                                        : gst_oai_transport_new_connections ();
  self->call->connections = self->connections;
  self->started = attempt->started = now_monotonic ();
  gst_oai_transport_connect (attempt->transport, self->call);
}

static gboolean
gst_oai_race_transport_send_audio (GstOaiTransport *transport, GstBuffer *frame)
{
  g_autoptr (GstOaiTransport)
      attempt = ref_leader (GST_OAI_RACE_TRANSPORT (transport));

  if (attempt == NULL) {
    gst_buffer_unref (frame);
    return FALSE;
  }
  return gst_oai_transport_send_audio (attempt, frame);
}

static gboolean
gst_oai_race_transport_send_event (
    GstOaiTransport *transport, const gchar *text, gsize size, GError **error)
{
  g_autoptr (GstOaiTransport)
      attempt = ref_leader (GST_OAI_RACE_TRANSPORT (transport));

  if (attempt == NULL) {
    g_set_error_literal (
        error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "not prepared");
    return FALSE;
  }
  return gst_oai_transport_send_event (attempt, text, size, error);
}

/* The end of several hang-ups. */
typedef struct {
  guint n_open;
  void (*done) (gpointer user_data);
  gpointer user_data;
} Closing;

static void
closed_one (gpointer user_data)
{
  Closing *closing = user_data;

  if (--closing->n_open > 0)
    return;
  if (closing->done)
    closing->done (closing->user_data);
  g_free (closing);
}

static void
gst_oai_race_transport_close (GstOaiTransport *transport, gboolean hangup,
    void (*done) (gpointer user_data), gpointer user_data)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (transport);
  Closing *closing = g_new0 (Closing, 1);
  guint i;

  self->over = TRUE;
  stop_timer (self);
  closing->done = done;
  closing->user_data = user_data;
  /* One for this function, so that it does not end before all are asked. */
  closing->n_open = 1;
  for (i = 0; i < self->attempts->len; i++) {
    Attempt *attempt = g_ptr_array_index (self->attempts, i);

    if (!attempt->alive)
      continue;
    closing->n_open++;
    gst_oai_transport_close (attempt->transport, hangup, closed_one, closing);
  }
  g_clear_object (&self->connections);
  closed_one (closing);
}

static void
gst_oai_race_transport_shutdown (GstOaiTransport *transport)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (transport);
  g_autoptr (GPtrArray) attempts = g_ptr_array_new ();
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->attempts->len; i++)
    g_ptr_array_add (attempts, g_ptr_array_index (self->attempts, i));
  g_mutex_unlock (&self->lock);
  for (i = 0; i < attempts->len; i++) {
    Attempt *attempt = g_ptr_array_index (attempts, i);

    if (attempt->reaper)
      g_thread_join (g_steal_pointer (&attempt->reaper));
    else
      gst_oai_transport_shutdown (attempt->transport);
  }
}

static gboolean
add_offset (GQuark field, GValue *value, gpointer offset)
{
  if (g_str_has_prefix (g_quark_to_string (field), "step-"))
    g_value_set_uint64 (
        value, g_value_get_uint64 (value) + *(GstClockTime *) offset);
  return TRUE;
}

static GstStructure *
gst_oai_race_transport_get_stats (GstOaiTransport *transport)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (transport);
  g_autoptr (GstOaiTransport) attempt = ref_leader (self);
  GstStructure *stats;
  GstClockTime offset = 0;
  guint n_attempts;

  if (attempt == NULL)
    return gst_structure_new_empty ("openairealtime-transport-stats");
  stats = gst_oai_transport_get_stats (attempt);
  g_mutex_lock (&self->lock);
  n_attempts = self->attempts->len;
  if (self->winner)
    offset = self->winner->offset;
  g_mutex_unlock (&self->lock);
  gst_structure_map_in_place (stats, add_offset, &offset);
  gst_structure_set (stats, "attempts", G_TYPE_UINT, n_attempts, NULL);
  return stats;
}

static gchar *
gst_oai_race_transport_get_call_id (GstOaiTransport *transport)
{
  g_autoptr (GstOaiTransport)
      attempt = ref_leader (GST_OAI_RACE_TRANSPORT (transport));

  return attempt ? gst_oai_transport_get_call_id (attempt) : NULL;
}

static gsize
gst_oai_race_transport_get_max_event_size (GstOaiTransport *transport)
{
  g_autoptr (GstOaiTransport)
      attempt = ref_leader (GST_OAI_RACE_TRANSPORT (transport));

  return attempt ? gst_oai_transport_get_max_event_size (attempt) : 0;
}

static void
gst_oai_race_transport_finalize (GObject *object)
{
  GstOaiRaceTransport *self = GST_OAI_RACE_TRANSPORT (object);

  stop_timer (self);
  g_ptr_array_unref (self->attempts);
  g_clear_pointer (&self->call, gst_oai_call_unref);
  g_clear_object (&self->connections);
  g_clear_pointer (&self->error, gst_oai_error_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_oai_race_transport_parent_class)->finalize (object);
}

static void
gst_oai_race_transport_class_init (GstOaiRaceTransportClass *klass)
{
  GstOaiTransportClass *transport_class = GST_OAI_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_oai_race_transport_finalize;
  transport_class->prepare = gst_oai_race_transport_prepare;
  transport_class->connect = gst_oai_race_transport_connect;
  transport_class->send_audio = gst_oai_race_transport_send_audio;
  transport_class->send_event = gst_oai_race_transport_send_event;
  transport_class->close = gst_oai_race_transport_close;
  transport_class->shutdown = gst_oai_race_transport_shutdown;
  transport_class->get_stats = gst_oai_race_transport_get_stats;
  transport_class->get_call_id = gst_oai_race_transport_get_call_id;
  transport_class->get_max_event_size =
      gst_oai_race_transport_get_max_event_size;
}

static void
gst_oai_race_transport_init (GstOaiRaceTransport *self)
{
  g_mutex_init (&self->lock);
  self->attempts = g_ptr_array_new_with_free_func (attempt_free);
}

GstOaiTransport *
gst_oai_race_transport_new (GstOaiTransport *(*factory) (void) )
{
  GstOaiRaceTransport *self = g_object_new (GST_TYPE_OAI_RACE_TRANSPORT, NULL);

  self->factory = factory;
  return GST_OAI_TRANSPORT (self);
}
