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
 *   interop-client [--elements=N] INPUT.wav|- OUTPUT.wav|- [PROPERTY=VALUE...]
 *
 * "-" is a live source of silence that ends with the command "end", and a sink
 * that keeps nothing. More elements than one have both; all have the same
 * properties.
 *
 * Prints a JSON text per line: what the server sends ("event"), what was said
 * ("user", "assistant"), the steps of the connect, errors, with what a program
 * is told of them, and the end. Reads commands, the first three for the first
 * element:
 *
 *   send EVENT    a client event
 *   text WORDS    a message of the user that is to be answered
 *   stats         prints the property of that name as text
 *   end           end of stream
 *   state STATE   changes the state of the pipeline, "ready" for instance
 */

#define MAX_ELEMENTS 100

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

/* The field of a structure, as a member of the object. */
static gboolean
add_field (GQuark field, const GValue *value, gpointer user_data)
{
  JsonObject *details = user_data;
  const gchar *name = g_quark_to_string (field);

  if (G_VALUE_HOLDS_INT (value)) {
    json_object_set_int_member (details, name, g_value_get_int (value));
  } else if (G_VALUE_HOLDS_UINT (value)) {
    json_object_set_int_member (details, name, g_value_get_uint (value));
  } else if (G_VALUE_HOLDS_STRING (value)) {
    json_object_set_string_member (details, name, g_value_get_string (value));
  } else {
    g_autofree gchar *text = gst_value_serialize (value);

    json_object_set_string_member (details, name, text);
  }
  return TRUE;
}

static void
print_problem (GstMessage *message)
{
  gboolean fatal = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *fields = json_object_new ();
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *line = NULL;

  if (fatal) {
    gst_message_parse_error (message, &error, &debug);
    gst_message_parse_error_details (message, &details);
  } else {
    gst_message_parse_warning (message, &error, &debug);
    gst_message_parse_warning_details (message, &details);
  }
  text = g_strdup_printf (
      "%s (%s)", error->message, debug ? debug : "no details");
  json_object_set_string_member (object, fatal ? "error" : "warning", text);
  json_object_set_string_member (
      object, "domain", g_quark_to_string (error->domain));
  json_object_set_int_member (object, "code", error->code);
  if (details != NULL)
    gst_structure_foreach (details, add_field, fields);
  json_object_set_object_member (object, "details", fields);
  json_node_init_object (node, object);
  line = json_to_string (node, FALSE);
  g_print ("%s\n", line);
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
      print_problem (message);
      break;
    case GST_MESSAGE_ERROR:
      print_problem (message);
      client->status = 1;
      g_main_loop_quit (client->loop);
      break;
    case GST_MESSAGE_PROGRESS: {
      GstProgressType type;
      g_autofree gchar *text = NULL;

      gst_message_parse_progress (message, &type, NULL, &text);
      if (type == GST_PROGRESS_TYPE_CONTINUE)
        print_text ("step", text);
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

static gboolean
change_state (GstElement *pipeline, const gchar *name)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (GST_TYPE_STATE);
  GEnumValue *state = g_enum_get_value_by_nick (states, name);

  return state != NULL
      && gst_element_set_state (pipeline, state->value)
      != GST_STATE_CHANGE_FAILURE;
}

static void
run_command (Client *client, const gchar *line)
{
  gboolean done = FALSE;

  if (g_str_has_prefix (line, "send ")) {
    g_signal_emit_by_name (client->ai, "send-event", line + 5, &done);
  } else if (g_str_has_prefix (line, "text ")) {
    g_signal_emit_by_name (client->ai, "send-text", line + 5, &done);
  } else if (strcmp (line, "stats") == 0) {
    g_autoptr (GstStructure) stats = NULL;
    g_autofree gchar *text = NULL;

    g_object_get (client->ai, "stats", &stats, NULL);
    text = gst_structure_to_string (stats);
    print_text ("stats", text);
    done = TRUE;
  } else if (strcmp (line, "end") == 0) {
    done = gst_element_send_event (client->pipeline, gst_event_new_eos ());
  } else if (g_str_has_prefix (line, "state ")) {
    done = change_state (client->pipeline, line + 6);
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

static void
set_location (GstElement *pipeline, const gchar *name, const gchar *location)
{
  g_autoptr (GstElement)
      element = gst_bin_get_by_name (GST_BIN (pipeline), name);

  if (element != NULL)
    g_object_set (element, "location", location, NULL);
}

/* Adds an element between INPUT and OUTPUT. */
static GstElement *
add_element (GstElement *pipeline, const gchar *input, const gchar *output,
    GError **error)
{
  gboolean live = strcmp (input, "-") == 0;
  g_autofree gchar *description = g_strdup_printf (
      "%s ! openairealtime name=ai %s ! %s",
      live ? "audiotestsrc is-live=true wave=silence"
           : "filesrc name=in ! wavparse",
      live ? "" : "idle-output=none",
      strcmp (output, "-") == 0 ? "fakesink"
                                : "audioconvert ! wavenc ! filesink name=out");
  GstElement *bin = gst_parse_bin_from_description (description, FALSE, error);

  if (bin == NULL)
    return NULL;
  set_location (bin, "in", input);
  set_location (bin, "out", output);
  gst_bin_add (GST_BIN (pipeline), bin);
  return gst_bin_get_by_name (GST_BIN (bin), "ai");
}

static gboolean
set_properties (GstElement *ai, int argc, char **argv)
{
  int i;

  for (i = 0; i < argc; i++) {
    g_auto (GStrv) pair = g_strsplit (argv[i], "=", 2);

    if (g_strv_length (pair) != 2) {
      g_printerr ("not PROPERTY=VALUE: %s\n", argv[i]);
      return FALSE;
    }
    gst_util_set_object_arg (G_OBJECT (ai), pair[0], pair[1]);
  }
  return TRUE;
}

static gboolean
run (Client *client, guint64 n_elements, int argc, char **argv)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GError) error = NULL;
  GstBus *bus;
  guint64 i;

  client->pipeline = gst_pipeline_new (NULL);
  for (i = 0; i < n_elements; i++) {
    g_autoptr (GstElement) ai = add_element (client->pipeline,
        i == 0 ? argv[1] : "-", i == 0 ? argv[2] : "-", &error);

    if (ai == NULL) {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
    if (!set_properties (ai, argc - 3, argv + 3))
      return FALSE;
    if (i == 0)
      client->ai = g_object_ref (ai);
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
  const gchar *name = argv[0];
  guint64 n_elements = 1;
  gboolean wrong = FALSE;

  setlocale (LC_ALL, "");
  gst_init (&argc, &argv);
  if (argc > 1 && g_str_has_prefix (argv[1], "--elements=")) {
    wrong = !g_ascii_string_to_unsigned (
        argv[1] + 11, 10, 1, MAX_ELEMENTS, &n_elements, NULL);
    argc--;
    argv++;
  }
  if (wrong || argc < 3) {
    g_printerr ("usage: %s [--elements=N] INPUT.wav|- OUTPUT.wav|- "
                "[PROPERTY=VALUE...]\n",
        name);
    return 2;
  }
  /* A pipe to another program: every line at once. */
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!run (&client, n_elements, argc, argv))
    client.status = 2;

  g_clear_object (&client.commands);
  g_clear_object (&client.cancellable);
  g_clear_pointer (&client.loop, g_main_loop_unref);
  gst_clear_object (&client.ai);
  gst_clear_object (&client.pipeline);
  gst_deinit ();
  return client.status;
}
