/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

/* The elements, driven by another program:
 *
 *   interop-client INPUT.wav|- OUTPUT.wav [PROPERTY=VALUE...]
 *
 * "-" is a live source of silence that ends with the command "end". Prints a
 * JSON text per line: what the server sends ("event"), what was said ("user",
 * "assistant"), errors and the end. Reads commands:
 *
 *   send EVENT    a client event
 *   text WORDS    a message of the user that is to be answered
 *   end           end of stream
 */

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *ai;
  GDataInputStream *commands;
  GCancellable *cancellable;
  int status;
} Client;

static void
print_text (const gchar *name, const gchar *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autofree gchar *quoted = json_to_string (node, FALSE);

  g_print ("{\"%s\":%s}\n", name, quoted);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Client *client = user_data;
  const GstStructure *s = gst_message_get_structure (message);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name (s, "openairealtime-event"))
        g_print ("{\"event\":%s}\n", gst_structure_get_string (s, "json"));
      else if (gst_structure_has_name (s, "openairealtime-transcript"))
        print_text (gst_structure_get_string (s, "role"),
            gst_structure_get_string (s, "text"));
      break;
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_ERROR: {
      gboolean fatal = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
      g_autoptr (GError) error = NULL;
      g_autofree gchar *debug = NULL;
      g_autofree gchar *text = NULL;

      if (fatal)
        gst_message_parse_error (message, &error, &debug);
      else
        gst_message_parse_warning (message, &error, &debug);
      text = g_strdup_printf (
          "%s (%s)", error->message, debug ? debug : "no details");
      print_text (fatal ? "error" : "warning", text);
      if (fatal) {
        client->status = 1;
        g_main_loop_quit (client->loop);
      }
      break;
    }
    case GST_MESSAGE_EOS:
      g_print ("{\"eos\":true}\n");
      g_main_loop_quit (client->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (client->pipeline));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
run_command (Client *client, const gchar *line)
{
  gboolean done = FALSE;

  if (g_str_has_prefix (line, "send ")) {
    g_signal_emit_by_name (client->ai, "send-event", line + 5, &done);
  } else if (g_str_has_prefix (line, "text ")) {
    g_signal_emit_by_name (client->ai, "send-text", line + 5, &done);
  } else if (strcmp (line, "end") == 0) {
    done = gst_element_send_event (client->pipeline, gst_event_new_eos ());
  }
  g_print ("{\"done\":%s}\n", done ? "true" : "false");
}

static void
on_command (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  g_autofree gchar *line = g_data_input_stream_read_line_finish (
      G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL)
    return;
  run_command (client, line);
  g_data_input_stream_read_line_async (client->commands, G_PRIORITY_DEFAULT,
      client->cancellable, on_command, client);
}

static GstElement *
make_pipeline (const gchar *input, const gchar *output, GError **error)
{
  GstElement *pipeline, *in, *out;

  if (strcmp (input, "-") == 0)
    pipeline = gst_parse_launch (
        "audiotestsrc is-live=true wave=silence ! openairealtime name=ai "
        "! audioconvert ! wavenc ! filesink name=out",
        error);
  else
    pipeline = gst_parse_launch (
        "filesrc name=in ! wavparse ! openairealtime name=ai idle-output=none "
        "! audioconvert ! wavenc ! filesink name=out",
        error);
  if (*error != NULL) {
    gst_clear_object (&pipeline);
    return NULL;
  }
  in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  if (in != NULL)
    g_object_set (in, "location", input, NULL);
  g_object_set (out, "location", output, NULL);
  gst_clear_object (&in);
  gst_clear_object (&out);
  return pipeline;
}

static gboolean
run (Client *client, int argc, char **argv)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GError) error = NULL;
  GstBus *bus;
  int i;

  client->pipeline = make_pipeline (argv[1], argv[2], &error);
  if (client->pipeline == NULL) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  client->ai = gst_bin_get_by_name (GST_BIN (client->pipeline), "ai");
  for (i = 3; i < argc; i++) {
    gchar *equals = strchr (argv[i], '=');

    if (equals == NULL) {
      g_printerr ("not PROPERTY=VALUE: %s\n", argv[i]);
      return FALSE;
    }
    *equals = '\0';
    gst_util_set_object_arg (G_OBJECT (client->ai), argv[i], equals + 1);
  }

  client->loop = g_main_loop_new (NULL, FALSE);
  client->cancellable = g_cancellable_new ();
  client->commands = g_data_input_stream_new (input);
  g_data_input_stream_read_line_async (client->commands, G_PRIORITY_DEFAULT,
      client->cancellable, on_command, client);
  bus = gst_element_get_bus (client->pipeline);
  gst_bus_add_watch (bus, on_message, client);

  /* A failure is on the bus too. */
  gst_element_set_state (client->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (client->loop);

  gst_element_set_state (client->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  g_cancellable_cancel (client->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  return TRUE;
}

int
main (int argc, char **argv)
{
  Client client = { NULL };

  setlocale (LC_ALL, "");
  gst_init (&argc, &argv);
  if (argc < 3) {
    g_printerr (
        "usage: %s INPUT.wav|- OUTPUT.wav [PROPERTY=VALUE...]\n", argv[0]);
    return 2;
  }
  /* A pipe to another program: every line at once. */
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!run (&client, argc, argv))
    client.status = 2;

  g_clear_object (&client.commands);
  g_clear_object (&client.cancellable);
  g_clear_pointer (&client.loop, g_main_loop_unref);
  gst_clear_object (&client.ai);
  gst_clear_object (&client.pipeline);
  gst_deinit ();
  return client.status;
}
