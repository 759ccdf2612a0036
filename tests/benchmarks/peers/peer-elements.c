/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "peer.h"

#include <string.h>

/* The elements of this project:
 *
 *   appsrc ! openairealtime ! queue ! appsink or fakesink
 *
 * The queue is there so that a sink that waits for the clock does not hold up
 * the element, as with sinks that have a buffer of their own. */

typedef struct {
  PeerCall *call;
  GstElement *pipeline;
  GstElement *ai;
} Elements;

static gboolean
is_connect_step (GstMessage *message, const gchar **text, GstProgressType *type,
    gchar **freed)
{
  g_autofree gchar *code = NULL;

  gst_message_parse_progress (message, type, &code, freed);
  *text = *freed;
  return strcmp (code, "connect") == 0;
}

static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  static const struct {
    const gchar *name;
    PeerStep step;
  } steps[] = {
    { "offer", PEER_STEP_OFFER },
    { "http", PEER_STEP_ANSWER },
    { "ice", PEER_STEP_ICE },
    { "dtls", PEER_STEP_DTLS },
    { "session", PEER_STEP_OPEN },
  };
  Elements *self = user_data;

  if (self->call == NULL)
    return GST_BUS_PASS;
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS: {
      g_autofree gchar *freed = NULL;
      const gchar *text;
      GstProgressType type;
      guint i;

      if (!is_connect_step (message, &text, &type, &freed)
          || type != GST_PROGRESS_TYPE_CONTINUE)
        break;
      for (i = 0; i < G_N_ELEMENTS (steps); i++)
        if (strcmp (text, steps[i].name) == 0)
          peer_call_step (self->call, steps[i].step);
      break;
    }
    case GST_MESSAGE_ELEMENT: {
      const GstStructure *s = gst_message_get_structure (message);

      if (gst_structure_has_name (s, "openairealtime-event"))
        peer_call_event (self->call, gst_structure_get_string (s, "json"));
      break;
    }
    case GST_MESSAGE_ERROR: {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *debug = NULL;

      gst_message_parse_error (message, &error, &debug);
      peer_call_failed (
          self->call, "%s (%s)", error->message, debug ? debug : "");
      break;
    }
    default:
      break;
  }
  return GST_BUS_PASS;
}

static gboolean
on_bus (GstBus *bus, GstMessage *message, gpointer user_data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY)
    gst_bin_recalculate_latency (GST_BIN (user_data));
  return G_SOURCE_CONTINUE;
}

static void
set_properties (GstElement *ai, const PeerOptions *options)
{
  g_autofree gchar *frame_size = g_strdup_printf ("%d", options->frame_size);
  guint i;

  /* The relay is on this machine and plays a server elsewhere: what the elements
   * do for those is measured. The key of the environment would not leave this
   * machine without TLS. */
  g_object_set (ai, "base-url", options->base_url, "connect-attempts", 3,
      "api-key", g_getenv ("OPENAI_API_KEY"), NULL);
  gst_util_set_object_arg (G_OBJECT (ai), "frame-size", frame_size);
  if (options->no_vad)
    gst_util_set_object_arg (G_OBJECT (ai), "turn-detection", "none");
  for (i = 0; options->set != NULL && options->set[i] != NULL; i++) {
    g_auto (GStrv) sides = g_strsplit (options->set[i], "=", 2);

    if (sides[1] != NULL)
      gst_util_set_object_arg (G_OBJECT (ai), sides[0], sides[1]);
  }
}

/* With --keep: the pipeline, in READY between two calls. */
static Elements *kept;

static gpointer
elements_play (Elements *self, PeerCall *call)
{
  g_autoptr (GstElement)
      mic = gst_bin_get_by_name (GST_BIN (self->pipeline), "mic");

  self->call = call;
  peer_call_set_mic (call, mic);
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE)
    peer_call_start_mic (call);
  return self;
}

static gpointer
elements_start (PeerCall *call, const PeerOptions *options)
{
  Elements *self = kept;
  g_autofree gchar *sink = peer_describe_sink (options);
  g_autofree gchar *description = g_strdup_printf (
      "appsrc name=mic ! %s name=ai ! queue ! %s",
      options->without ? "identity" : "openairealtime", sink);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) out = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (self != NULL)
    return elements_play (self, call);
  self = g_new0 (Elements, 1);
  self->call = call;
  self->pipeline = gst_parse_launch (description, &error);
  if (error != NULL) {
    peer_call_failed (call, "%s", error->message);
    return self;
  }
  gst_object_ref_sink (self->pipeline);
  out = gst_bin_get_by_name (GST_BIN (self->pipeline), "out");
  self->ai = gst_bin_get_by_name (GST_BIN (self->pipeline), "ai");
  if (!options->without)
    set_properties (self->ai, options);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  gst_bus_add_watch (bus, on_bus, self->pipeline);
  if (options->keep) {
    kept = self;
  } else {
    pad = gst_element_get_static_pad (self->ai, "src");
    peer_call_record (call, pad, out);
  }
  elements_play (self, call);
  if (options->without)
    peer_call_step (call, PEER_STEP_OPEN);
  return self;
}

static void
print_own (Elements *self)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (GstStructure) playout = NULL;
  guint64 concealed = 0, played = 0;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self->ai), "stats"))
    g_object_get (self->ai, "stats", &stats, NULL);
  if (stats == NULL
      || !gst_structure_get (
          stats, "playout", GST_TYPE_STRUCTURE, &playout, NULL))
    return;
  gst_structure_get (playout, "samples-concealed", G_TYPE_UINT64, &concealed,
      "samples-played", G_TYPE_UINT64, &played, NULL);
  if (played > 0)
    peer_call_own (self->call, "concealed", 100.0 * concealed / played);
}

static void
elements_end (Elements *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_clear_object (&self->ai);
  gst_object_unref (self->pipeline);
  g_free (self);
}

static void
elements_stop (gpointer impl)
{
  Elements *self = impl;

  if (self->pipeline == NULL) {
    g_free (self);
    return;
  }
  print_own (self);
  if (self == kept) {
    gst_element_set_state (self->pipeline, GST_STATE_READY);
    self->call = NULL;
    return;
  }
  elements_end (self);
}

int
main (int argc, char **argv)
{
  static const PeerClass elements = { "elements", elements_start,
    elements_stop };

  int status = peer_main (argc, argv, &elements);

  g_clear_pointer (&kept, elements_end);
  return status;
}
