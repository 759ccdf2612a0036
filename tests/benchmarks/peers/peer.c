/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define _GNU_SOURCE
#include "peer.h"

#include <dirent.h>
#include <errno.h>
#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <malloc.h>
#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MIC_FRAME (PEER_RATE / 100)
#define OPUS_FRAME (PEER_RATE / 50)
#define OPUS_BITRATE 48000
#define MAX_OPUS 1275
#define RECORD_MAGIC "OAIREC1\n"

/* One buffer in the file, its samples follow. Host byte order. */
typedef struct {
  gint64 at_pad; /* us */
  gint64 rendered; /* us, 0 when it was not */
  guint64 pts; /* ns */
  guint32 n_samples;
  guint32 flags;
} Record;

typedef struct {
  gint16 *samples;
  gsize n_samples;
  /* Of GBytes: the same as Opus. */
  GPtrArray *packets;
} Sound;

typedef struct {
  const PeerClass *peer_class;
  PeerOptions options;
  Sound mic;
  GMainLoop *loop;
  /* mode connect */
  gint n_connects;
  gint gap;
  gint n_done;
  /* mode listen */
  gchar *until;
  gchar *until_type;
  gint until_count;
  gint tail;
  gint max_seconds;
  /* mode load */
  gchar *loads;
  gint seconds;
  gint settle;
  gint64 *steps; /* ends with 0 */
  guint step;
  GPtrArray *calls; /* of PeerCall */
  struct rusage usage;
  gint64 usage_at;
  gint timeout;
  gint status;
} Peer;

struct _PeerCall {
  gint ref_count;
  Peer *peer;
  gpointer impl;
  gint64 start;
  GstElement *appsrc;
  GThread *mic_thread;
  gint mic_stop;
  GSource *timer;

  GMutex lock; /* protects everything below */
  gint64 steps[PEER_N_STEPS];
  gboolean failed;
  gboolean reported;
  gchar *why;
  gint until_seen;
  GArray *records; /* of Record */
  GArray *samples;
  guint rendered; /* of the records */
};

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

/* --- output --- */

static void
print_object (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree gchar *text = json_to_string (root, FALSE);

  g_print ("%s\n", text);
  g_object_unref (builder);
}

static JsonBuilder *
begin_object (void)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  return builder;
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const gchar *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
end_object (JsonBuilder *builder)
{
  json_builder_end_object (builder);
  print_object (builder);
}

/* --- what a process uses --- */

static guint
count_entries (const gchar *path)
{
  DIR *dir = opendir (path);
  struct dirent *entry;
  guint n = 0;

  if (dir == NULL)
    return 0;
  while ((entry = readdir (dir)) != NULL)
    n += entry->d_name[0] != '.';
  closedir (dir);
  return n;
}

/* In kB; 0 where the kernel does not tell. */
static gint64
read_memory (const gchar *path, const gchar *name)
{
  g_autofree gchar *text = NULL;
  const gchar *at;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  at = strstr (text, name);
  return at ? g_ascii_strtoll (at + strlen (name), NULL, 10) : 0;
}

/* The last number behind @name in @text. */
static gint64
find_last (const gchar *text, const gchar *name)
{
  const gchar *at = g_strrstr (text, name);

  at = at ? strstr (at, "size=\"") : NULL;
  return at ? g_ascii_strtoll (at + strlen ("size=\""), NULL, 10) : 0;
}

/* What is allocated, in all arenas: mallinfo2() knows of the first one only. The
 * totals are at the end of the text. */
static gint64
get_heap (void)
{
  gchar *text = NULL;
  gsize size = 0;
  FILE *file = open_memstream (&text, &size);
  gint64 used = 0;

  if (file == NULL)
    return 0;
  if (malloc_info (0, file) == 0 && fflush (file) == 0)
    used = find_last (text, "<system type=\"current\"")
        - find_last (text, "<total type=\"fast\"")
        - find_last (text, "<total type=\"rest\"")
        + find_last (text, "<total type=\"mmap\"");
  fclose (file);
  free (text);
  return used;
}

static void
add_usage (JsonBuilder *builder)
{
  add_int (builder, "rss_kb", read_memory ("/proc/self/status", "VmRSS:"));
  add_int (builder, "pss_kb", read_memory ("/proc/self/smaps_rollup", "Pss:"));
  add_int (builder, "heap", get_heap ());
  add_int (builder, "threads", count_entries ("/proc/self/task"));
  /* One of them is the directory itself. */
  add_int (builder, "fds", count_entries ("/proc/self/fd") - 1);
}

static gint64
cpu_us (const struct rusage *from, const struct rusage *to)
{
  return (to->ru_utime.tv_sec - from->ru_utime.tv_sec) * G_USEC_PER_SEC
      + to->ru_utime.tv_usec - from->ru_utime.tv_usec
      + (to->ru_stime.tv_sec - from->ru_stime.tv_sec) * G_USEC_PER_SEC
      + to->ru_stime.tv_usec - from->ru_stime.tv_usec;
}

/* --- sound --- */

/* 16 bit mono PCM at PEER_RATE behind a header of chunks. */
static gboolean
load_wav (const gchar *path, Sound *sound, GError **error)
{
  g_autofree gchar *data = NULL;
  gsize size, at = 12;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  while (at + 8 <= size) {
    guint32 length = GST_READ_UINT32_LE (data + at + 4);

    if (memcmp (data + at, "fmt ", 4) == 0 && at + 24 <= size
        && (GST_READ_UINT16_LE (data + at + 10) != 1
            || GST_READ_UINT32_LE (data + at + 12) != PEER_RATE
            || GST_READ_UINT16_LE (data + at + 22) != 16))
      break;
    if (memcmp (data + at, "data", 4) == 0) {
      length = MIN (length, size - at - 8);
      sound->n_samples = length / 2;
      sound->samples = g_memdup2 (data + at + 8, length);
      return TRUE;
    }
    at += 8 + length + (length & 1);
  }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
      "%s is not 16 bit mono at %d Hz", path, PEER_RATE);
  return FALSE;
}

/* So that a load without a codec still sends real packets. */
static void
encode_sound (Sound *sound)
{
  OpusEncoder *encoder = opus_encoder_create (
      PEER_RATE, 1, OPUS_APPLICATION_AUDIO, NULL);
  gsize at;

  sound->packets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);
  opus_encoder_ctl (encoder, OPUS_SET_BITRATE (OPUS_BITRATE));
  for (at = 0; at + OPUS_FRAME <= sound->n_samples; at += OPUS_FRAME) {
    guint8 packet[MAX_OPUS];
    gint size = opus_encode (
        encoder, sound->samples + at, OPUS_FRAME, packet, sizeof (packet));

    if (size > 0)
      g_ptr_array_add (sound->packets, g_bytes_new (packet, size));
  }
  opus_encoder_destroy (encoder);
}

static gboolean
load_mic (Peer *peer, GError **error)
{
  if (peer->options.mic == NULL) {
    peer->mic.n_samples = PEER_RATE;
    peer->mic.samples = g_new0 (gint16, PEER_RATE);
  } else if (!load_wav (peer->options.mic, &peer->mic, error)) {
    return FALSE;
  }
  if (peer->mic.n_samples < OPUS_FRAME) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is too short",
        peer->options.mic);
    return FALSE;
  }
  if (!peer->options.codec)
    encode_sound (&peer->mic);
  return TRUE;
}

static GstBuffer *
make_mic_buffer (PeerCall *call, guint64 number)
{
  Sound *mic = &call->peer->mic;
  gint16 frame[MIC_FRAME];
  GBytes *packet;
  guint i;

  if (mic->packets != NULL) {
    packet = g_ptr_array_index (mic->packets, number % mic->packets->len);
    return gst_buffer_new_wrapped_bytes (packet);
  }
  for (i = 0; i < MIC_FRAME; i++)
    frame[i] = mic->samples[(number * MIC_FRAME + i) % mic->n_samples];
  return gst_buffer_new_memdup (frame, sizeof (frame));
}

static void
wait_until (gint64 time)
{
  struct timespec until = { time / G_USEC_PER_SEC,
    time % G_USEC_PER_SEC * 1000 };

  while (
      clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    continue;
}

/* A sound card: what was captured from t to t + 10 ms is handed over then. */
static gpointer
mic_thread (gpointer data)
{
  PeerCall *call = data;
  gint64 length = call->peer->mic.packets ? 20000 : 10000, begin = 0;
  guint64 n;

  for (n = 0; !g_atomic_int_get (&call->mic_stop); n++) {
    GstBuffer *buffer = make_mic_buffer (call, n);
    GstClockTime base_time;

    if (begin == 0) {
      JsonBuilder *builder;

      begin = now_us ();
      builder = begin_object ();
      add_int (builder, "mic", begin);
      end_object (builder);
    }
    wait_until (begin + (gint64) (n + 1) * length);
    base_time = gst_element_get_base_time (call->appsrc);
    GST_BUFFER_PTS (buffer) = (begin + (gint64) n * length) * GST_USECOND
        - MIN (base_time, (GstClockTime) begin * GST_USECOND);
    GST_BUFFER_DURATION (buffer) = length * GST_USECOND;
    if (gst_app_src_push_buffer (GST_APP_SRC (call->appsrc), buffer)
        != GST_FLOW_OK)
      break;
  }
  return NULL;
}

void
peer_call_set_mic (PeerCall *call, GstElement *appsrc)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (call->peer->mic.packets
          ? "audio/x-opus,rate=48000,channels=1,channel-mapping-family=0"
          : "audio/x-raw,format=S16LE,rate=24000,channels=1,"
            "layout=interleaved");

  g_object_set (
      appsrc, "caps", caps, "is-live", TRUE, "format", GST_FORMAT_TIME, NULL);
  call->appsrc = gst_object_ref (appsrc);
}

void
peer_call_start_mic (PeerCall *call)
{
  call->mic_thread = g_thread_new ("mic", mic_thread, call);
}

/* --- recording --- */

static gboolean
add_record (GstBuffer **buffer, guint index, gpointer user_data)
{
  PeerCall *call = user_data;
  Record record = { .at_pad = now_us (),
    .pts = GST_BUFFER_PTS (*buffer),
    .flags = GST_BUFFER_FLAGS (*buffer) };
  GstMapInfo map;

  if (!gst_buffer_map (*buffer, &map, GST_MAP_READ))
    return TRUE;
  record.n_samples = map.size / 2;
  g_mutex_lock (&call->lock);
  g_array_append_val (call->records, record);
  g_array_append_vals (call->samples, map.data, record.n_samples);
  g_mutex_unlock (&call->lock);
  gst_buffer_unmap (*buffer, &map);
  return TRUE;
}

static GstPadProbeReturn
on_pad_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (
        GST_PAD_PROBE_INFO_BUFFER_LIST (info), add_record, user_data);
  else
    add_record ((GstBuffer **) &GST_PAD_PROBE_INFO_DATA (info), 0, user_data);
  return GST_PAD_PROBE_OK;
}

static GstFlowReturn
on_rendered (GstAppSink *sink, gpointer user_data)
{
  PeerCall *call = user_data;
  gint64 now = now_us ();
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample == NULL)
    return GST_FLOW_EOS;
  gst_sample_unref (sample);
  g_mutex_lock (&call->lock);
  if (call->rendered < call->records->len)
    g_array_index (call->records, Record, call->rendered++).rendered = now;
  g_mutex_unlock (&call->lock);
  return GST_FLOW_OK;
}

void
peer_call_record (PeerCall *call, GstPad *pad, GstElement *appsink)
{
  GstAppSinkCallbacks callbacks = { NULL, NULL, on_rendered };

  if (call->peer->options.record == NULL)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_pad_buffer,
      call, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (appsink), &callbacks, call, NULL);
}

static gboolean
write_records (PeerCall *call, const gchar *path)
{
  FILE *file = fopen (path, "wb");
  gsize at = 0;
  gboolean ok;
  guint i;

  if (file == NULL)
    return FALSE;
  fputs (RECORD_MAGIC, file);
  for (i = 0; i < call->records->len; i++) {
    Record *record = &g_array_index (call->records, Record, i);

    fwrite (record, sizeof (*record), 1, file);
    fwrite (&g_array_index (call->samples, gint16, at), sizeof (gint16),
        record->n_samples, file);
    at += record->n_samples;
  }
  ok = !ferror (file);
  return fclose (file) == 0 && ok;
}

gchar *
peer_describe_sink (const PeerOptions *options)
{
  return g_strdup_printf ("%s name=out sync=%s async=false "
                          "enable-last-sample=false",
      options->record != NULL ? "appsink max-buffers=0" : "fakesink",
      options->sync ? "true" : "false");
}

/* --- calls --- */

static PeerCall *
peer_call_ref (PeerCall *call)
{
  g_atomic_int_inc (&call->ref_count);
  return call;
}

static void
peer_call_unref (gpointer data)
{
  PeerCall *call = data;

  if (!g_atomic_int_dec_and_test (&call->ref_count))
    return;
  gst_clear_object (&call->appsrc);
  g_array_unref (call->records);
  g_array_unref (call->samples);
  g_free (call->why);
  g_mutex_clear (&call->lock);
  g_free (call);
}

static void on_call_changed (PeerCall *call);
static void on_call_timeout (PeerCall *call);

static gboolean
on_changed_source (gpointer user_data)
{
  on_call_changed (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout_source (gpointer user_data)
{
  on_call_timeout (user_data);
  return G_SOURCE_REMOVE;
}

static void
clear_timer (PeerCall *call)
{
  if (call->timer == NULL)
    return;
  g_source_destroy (call->timer);
  g_clear_pointer (&call->timer, g_source_unref);
}

static void
set_timer (PeerCall *call, guint ms)
{
  clear_timer (call);
  call->timer = g_timeout_source_new (ms);
  g_source_set_callback (
      call->timer, on_timeout_source, peer_call_ref (call), peer_call_unref);
  g_source_attach (call->timer, NULL);
}

static PeerCall *
start_call (Peer *peer)
{
  PeerCall *call = g_new0 (PeerCall, 1);

  call->ref_count = 1;
  call->peer = peer;
  g_mutex_init (&call->lock);
  call->records = g_array_new (FALSE, FALSE, sizeof (Record));
  call->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  set_timer (call, peer->timeout * 1000);
  call->start = now_us ();
  call->impl = peer->peer_class->start (call, &peer->options);
  return call;
}

static void
stop_call (PeerCall *call)
{
  clear_timer (call);
  g_atomic_int_set (&call->mic_stop, TRUE);
  if (call->mic_thread != NULL)
    g_thread_join (call->mic_thread);
  if (call->impl != NULL)
    call->peer->peer_class->stop (call->impl);
  call->impl = NULL;
}

static void
post_change (PeerCall *call)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, on_changed_source, peer_call_ref (call),
      peer_call_unref);
}

void
peer_call_step (PeerCall *call, PeerStep step)
{
  gint64 now = now_us ();

  g_mutex_lock (&call->lock);
  if (call->steps[step] == 0)
    call->steps[step] = now;
  g_mutex_unlock (&call->lock);
  if (step == PEER_STEP_OPEN)
    post_change (call);
}

gchar *
peer_event_type (const gchar *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return g_strdup (json_object_get_string_member_with_default (
      json_node_get_object (node), "type", NULL));
}

void
peer_call_event (PeerCall *call, const gchar *json)
{
  gint64 now = now_us ();
  g_autofree gchar *type = NULL;
  JsonBuilder *builder;

  if (call->peer->until == NULL)
    return;
  type = peer_event_type (json);
  builder = begin_object ();
  add_string (builder, "event", type ? type : "");
  add_int (builder, "t", now);
  end_object (builder);
  if (g_strcmp0 (type, call->peer->until_type) == 0) {
    g_mutex_lock (&call->lock);
    call->until_seen++;
    g_mutex_unlock (&call->lock);
    post_change (call);
  }
}

void
peer_call_failed (PeerCall *call, const gchar *format, ...)
{
  va_list args;

  g_mutex_lock (&call->lock);
  if (!call->failed) {
    va_start (args, format);
    call->why = g_strdup_vprintf (format, args);
    va_end (args);
  }
  call->failed = TRUE;
  g_mutex_unlock (&call->lock);
  post_change (call);
}

void
peer_call_own (PeerCall *call, const gchar *name, gdouble value)
{
  JsonBuilder *builder;

  if (call->peer->until == NULL)
    return;
  builder = begin_object ();
  json_builder_set_member_name (builder, "own");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
  json_builder_end_object (builder);
  end_object (builder);
}

/* Times from the start of the call, -1 for what did not happen. */
static void
print_call (PeerCall *call, const gchar *name, gint number, gboolean with_usage)
{
  static const gchar *const names[PEER_N_STEPS] = { "offer", "answer", "ice",
    "dtls", "open" };
  JsonBuilder *builder = begin_object ();
  guint i;

  add_int (builder, name, number);
  add_int (builder, "start", call->start);
  g_mutex_lock (&call->lock);
  add_boolean (builder, "ok", !call->failed && call->steps[PEER_STEP_OPEN] > 0);
  for (i = 0; i < PEER_N_STEPS; i++)
    add_int (builder, names[i],
        call->steps[i] > 0 ? call->steps[i] - call->start : -1);
  if (call->why != NULL)
    add_string (builder, "why", call->why);
  g_mutex_unlock (&call->lock);
  if (with_usage)
    add_usage (builder);
  end_object (builder);
}

/* --- mode connect: one call after another --- */

static gboolean
start_next (gpointer user_data)
{
  Peer *peer = user_data;

  g_ptr_array_add (peer->calls, start_call (peer));
  return G_SOURCE_REMOVE;
}

static void
finish_connect (PeerCall *call)
{
  Peer *peer = call->peer;

  stop_call (call);
  print_call (call, "connect", peer->n_done++, TRUE);
  g_ptr_array_set_size (peer->calls, 0);
  if (peer->n_done < peer->n_connects)
    g_timeout_add (peer->gap, start_next, peer);
  else
    g_main_loop_quit (peer->loop);
}

/* --- mode listen: one call to its end --- */

static void
finish_listen (PeerCall *call)
{
  Peer *peer = call->peer;

  stop_call (call);
  print_call (call, "listen", 1, TRUE);
  if (peer->options.record != NULL
      && !write_records (call, peer->options.record)) {
    g_printerr ("Cannot write %s\n", peer->options.record);
    peer->status = 1;
  }
  if (call->failed)
    peer->status = 1;
  g_main_loop_quit (peer->loop);
}

/* --- mode load: so many calls at once --- */

static gboolean
on_load_measured (gpointer user_data)
{
  Peer *peer = user_data;
  struct rusage usage;
  gint64 now = now_us ();
  JsonBuilder *builder = begin_object ();

  getrusage (RUSAGE_SELF, &usage);
  add_int (builder, "load", peer->calls->len);
  add_int (builder, "wall", now - peer->usage_at);
  add_int (builder, "cpu", cpu_us (&peer->usage, &usage));
  add_usage (builder);
  end_object (builder);
  if (peer->steps[++peer->step] == 0)
    g_main_loop_quit (peer->loop);
  else
    start_next (peer);
  return G_SOURCE_REMOVE;
}

static gboolean
on_load_settled (gpointer user_data)
{
  Peer *peer = user_data;

  getrusage (RUSAGE_SELF, &peer->usage);
  peer->usage_at = now_us ();
  g_timeout_add_seconds (peer->seconds, on_load_measured, peer);
  return G_SOURCE_REMOVE;
}

static void
on_load_call (PeerCall *call)
{
  Peer *peer = call->peer;

  print_call (call, "call", peer->calls->len, FALSE);
  if (call->failed) {
    peer->status = 1;
    g_main_loop_quit (peer->loop);
  } else if (peer->calls->len < peer->steps[peer->step]) {
    start_next (peer);
  } else {
    g_timeout_add_seconds (peer->settle, on_load_settled, peer);
  }
}

/* --- all of them --- */

static void
on_call_changed (PeerCall *call)
{
  Peer *peer = call->peer;
  gboolean open, failed, done;

  if (call->impl == NULL)
    return;
  g_mutex_lock (&call->lock);
  open = call->steps[PEER_STEP_OPEN] > 0;
  failed = call->failed;
  done = call->until_seen >= peer->until_count;
  g_mutex_unlock (&call->lock);

  if (peer->n_connects > 0) {
    if (open || failed)
      finish_connect (call);
  } else if (peer->until != NULL) {
    if (failed) {
      finish_listen (call);
    } else if (done && !call->reported) {
      call->reported = TRUE;
      set_timer (call, peer->tail);
    } else if (open && !call->reported) {
      set_timer (call, peer->max_seconds * 1000);
    }
  } else if ((open || failed) && !call->reported) {
    call->reported = TRUE;
    clear_timer (call);
    on_load_call (call);
  }
}

static void
on_call_timeout (PeerCall *call)
{
  if (call->peer->until != NULL && call->reported) {
    finish_listen (call);
    return;
  }
  peer_call_failed (call, "timed out");
}

static gboolean
parse_options (Peer *peer, int argc, char **argv, GError **error)
{
  PeerOptions *options = &peer->options;
  gboolean no_codec = FALSE, no_sync = FALSE;
  GOptionEntry entries[] = {
    { "base-url", 0, 0, G_OPTION_ARG_STRING, &options->base_url,
        "The server, http://…/v1; needed", "URL" },
    { "connect", 0, 0, G_OPTION_ARG_INT, &peer->n_connects,
        "Mode: N calls one after another, each ended when it is up", "N" },
    { "gap", 0, 0, G_OPTION_ARG_INT, &peer->gap,
        "... with a pause of so many ms between them (default 0)", "MS" },
    { "keep", 0, 0, G_OPTION_ARG_NONE, &options->keep,
        "... as an application does that calls again and again: the client is "
        "made once (where supported)",
        NULL },
    { "until", 0, 0, G_OPTION_ARG_STRING, &peer->until,
        "Mode: a call until the N-th event of that type", "TYPE:N" },
    { "tail", 0, 0, G_OPTION_ARG_INT, &peer->tail,
        "... and so many ms more (default 700)", "MS" },
    { "max", 0, 0, G_OPTION_ARG_INT, &peer->max_seconds,
        "... which fails when it takes longer (default 120)", "SECONDS" },
    { "load", 0, 0, G_OPTION_ARG_STRING, &peer->loads,
        "Mode: N calls at once, and what they use; several, growing numbers "
        "with commas",
        "N,…" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &peer->seconds,
        "... measured for so long each (default 5)", "N" },
    { "settle", 0, 0, G_OPTION_ARG_INT, &peer->settle,
        "... after so long (default 1)", "N" },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &peer->timeout,
        "A call that is not up then has failed (default 20)", "SECONDS" },
    { "mic", 0, 0, G_OPTION_ARG_FILENAME, &options->mic,
        "What the microphone hears, 16 bit mono 24 kHz, again and again "
        "(default silence)",
        "WAV" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options->record,
        "Write all sound that comes, with its times", "FILE" },
    { "no-vad", 0, 0, G_OPTION_ARG_NONE, &options->no_vad,
        "The server is not to look for speech", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &no_sync,
        "The sink does not wait for the clock", NULL },
    { "no-codec", 0, 0, G_OPTION_ARG_NONE, &no_codec,
        "Send packets that were made before, decode none (where supported)",
        NULL },
    { "without", 0, 0, G_OPTION_ARG_NONE, &options->without,
        "The same pipeline without a call, to know what it costs (where "
        "supported)",
        NULL },
    { "frame-size", 0, 0, G_OPTION_ARG_INT, &options->frame_size,
        "ms of sound in a packet (default 20)", "MS" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->set,
        "A property (where supported); may be repeated", "NAME=VALUE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) words = NULL;
  guint i;

  peer->timeout = 20;
  peer->tail = 700;
  peer->max_seconds = 120;
  peer->seconds = 5;
  peer->settle = 1;
  options->frame_size = 20;
  g_option_context_set_summary (
      context, "A client of the Realtime API, for benchmarks.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  options->codec = !no_codec;
  options->sync = !no_sync;
  if (argc > 1 || options->base_url == NULL
      || (peer->n_connects > 0) + (peer->until != NULL) + (peer->loads != NULL)
          != 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--base-url and one mode are needed, see --help");
    return FALSE;
  }
  if (options->keep && (peer->n_connects == 0 || options->record != NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--keep goes with --connect, and records nothing");
    return FALSE;
  }
  if (peer->until != NULL) {
    words = g_strsplit (peer->until, ":", 2);
    peer->until_type = g_strdup (words[0]);
    peer->until_count = words[1] ? atoi (words[1]) : 1;
  }
  if (peer->loads != NULL) {
    words = g_strsplit (peer->loads, ",", -1);
    peer->steps = g_new0 (gint64, g_strv_length (words) + 1);
    for (i = 0; words[i] != NULL; i++)
      peer->steps[i] = MAX (atoi (words[i]), 1);
  }
  return load_mic (peer, error);
}

static void
peer_clear (Peer *peer)
{
  g_ptr_array_unref (peer->calls);
  g_main_loop_unref (peer->loop);
  g_clear_pointer (&peer->mic.packets, g_ptr_array_unref);
  g_free (peer->mic.samples);
  g_free (peer->options.base_url);
  g_free (peer->options.mic);
  g_free (peer->options.record);
  g_strfreev (peer->options.set);
  g_free (peer->until);
  g_free (peer->until_type);
  g_free (peer->loads);
  g_free (peer->steps);
}

int
peer_main (int argc, char **argv, const PeerClass *peer_class)
{
  Peer peer = { .peer_class = peer_class };
  g_autoptr (GError) error = NULL;
  guint i;

  setlocale (LC_ALL, "");
  peer.loop = g_main_loop_new (NULL, FALSE);
  peer.calls = g_ptr_array_new_with_free_func (peer_call_unref);
  gst_init (NULL, NULL);
  if (!parse_options (&peer, argc, argv, &error)) {
    g_printerr ("%s\n", error->message);
    peer_clear (&peer);
    return 2;
  }
  /* A pipe to another program: every line at once. */
  setvbuf (stdout, NULL, _IOLBF, 0);
  start_next (&peer);
  g_main_loop_run (peer.loop);
  for (i = 0; i < peer.calls->len; i++)
    stop_call (g_ptr_array_index (peer.calls, i));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  peer_clear (&peer);
  return peer.status;
}
