/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

/* A conversation with a model, by microphone and loudspeaker or from file to
 * file. Prints what both sides say and answers two function calls.
 *
 *   conversation
 *   conversation --input question.wav --output answer.wav
 *
 * Ctrl-C ends it. */

#include <gst/gst.h>

#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

/* Both sides of the echo canceller must have the same format. */
#define DSP_CAPS "audio/x-raw,rate=48000,channels=1"

#define MICROPHONE "autoaudiosrc ! audioconvert ! audioresample ! "
/* Gain control would lift what is left of the echo. */
#define DSP "webrtcdsp echo-suppression-level=high gain-control=false"
#define ECHO_CANCELLER DSP_CAPS " ! " DSP " ! audioconvert ! "
#define FILE_INPUT "filesrc name=question ! decodebin ! "

#define LOUDSPEAKER " ! audioconvert ! audioresample ! autoaudiosink"
#define LOUDSPEAKER_WITH_PROBE                                                 \
  " ! audioconvert ! audioresample ! " DSP_CAPS                                \
  " ! webrtcechoprobe ! audioconvert ! autoaudiosink"
#define FILE_OUTPUT " ! wavenc ! filesink name=answer"

/* Time to end in after Ctrl-C. */
#define END_TIMEOUT_SECONDS 3

#define TOOLS                                                                  \
  "[{\"type\":\"function\",\"name\":\"get_time\","                             \
  "\"description\":\"Tells the local time\","                                  \
  "\"parameters\":{\"type\":\"object\",\"properties\":{}}},"                   \
  "{\"type\":\"function\",\"name\":\"get_weather\","                           \
  "\"description\":\"Tells the weather in a city\","                           \
  "\"parameters\":{\"type\":\"object\",\"properties\":"                        \
  "{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}]"

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *ai;
  gboolean ending;
  int exit_code;

  /* Used by the signals of the element, which come from one thread. */
  gboolean in_line;
} App;

static gchar *input_file;
static gchar *output_file;
static gchar *model;
static gchar *voice;
static gchar *instructions;
static gboolean headset;

static const GOptionEntry options[] = {
  { "input", 'i', 0, G_OPTION_ARG_FILENAME, &input_file,
      "Ask with a recording (default: the microphone)", "FILE" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output_file,
      "Write the answer as WAV (default: the loudspeaker)", "FILE" },
  { "model", 0, 0, G_OPTION_ARG_STRING, &model, "Model to talk to", "NAME" },
  { "voice", 0, 0, G_OPTION_ARG_STRING, &voice, "Voice of the model", "NAME" },
  { "instructions", 0, 0, G_OPTION_ARG_STRING, &instructions,
      "What the model is told about its task", "TEXT" },
  { "headset", 0, 0, G_OPTION_ARG_NONE, &headset,
      "Leave the echo canceller out", NULL },
  { NULL }
};

static void
end_line (App *app)
{
  if (app->in_line)
    g_print ("\n");
  app->in_line = FALSE;
}

static void
on_user_said (GstElement *ai, const gchar *item_id, const gchar *text, App *app)
{
  end_line (app);
  g_print ("You: %s\n", text);
}

static void
on_model_says (
    GstElement *ai, const gchar *item_id, const gchar *delta, App *app)
{
  g_print ("%s%s", app->in_line ? "" : "Model: ", delta);
  app->in_line = TRUE;
}

static void
on_model_said (
    GstElement *ai, const gchar *item_id, const gchar *text, App *app)
{
  end_line (app);
}

static gchar *
get_time (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "{\"time\":\"%H:%M\"}");
}

/* A real one would look it up, and return NULL meanwhile: the answer can be
 * given later with the action signal send-function-output. */
static gchar *
get_weather (const gchar *arguments)
{
  g_autoptr (JsonNode) node = json_from_string (arguments, NULL);
  JsonObject *object = node && JSON_NODE_HOLDS_OBJECT (node)
      ? json_node_get_object (node)
      : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "city");
  json_builder_add_string_value (builder,
      object ? json_object_get_string_member_with_default (object, "city", "")
             : "");
  json_builder_set_member_name (builder, "sky");
  json_builder_add_string_value (builder, "clear");
  json_builder_set_member_name (builder, "temperature");
  json_builder_add_int_value (builder, 21);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static gchar *
on_function_call (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, App *app)
{
  end_line (app);
  g_print ("(%s %s)\n", name, arguments);
  if (strcmp (name, "get_time") == 0)
    return get_time ();
  if (strcmp (name, "get_weather") == 0)
    return get_weather (arguments);

  return g_strdup ("{\"error\":\"there is no such function\"}");
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *details = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &details);
      g_printerr ("Error: %s\n%s\n", error->message, details ? details : "");
      app->exit_code = 1;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &details);
      g_printerr ("Warning: %s\n", error->message);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (app->pipeline));
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_end_timeout (gpointer user_data)
{
  App *app = user_data;

  g_main_loop_quit (app->loop);

  return G_SOURCE_REMOVE;
}

/* End of stream lets wavenc write its header. The second time, give up. */
static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;

  if (app->ending) {
    g_main_loop_quit (app->loop);
    return G_SOURCE_CONTINUE;
  }
  app->ending = TRUE;
  gst_util_set_object_arg (G_OBJECT (app->ai), "eos-mode", "immediate");
  gst_element_send_event (app->pipeline, gst_event_new_eos ());
  g_timeout_add_seconds (END_TIMEOUT_SECONDS, on_end_timeout, app);

  return G_SOURCE_CONTINUE;
}

static void
set_location (GstElement *pipeline, const gchar *name, const gchar *location)
{
  g_autoptr (GstElement)
      element = gst_bin_get_by_name (GST_BIN (pipeline), name);

  if (element)
    g_object_set (element, "location", location, NULL);
}

static GstElement *
make_pipeline (GError **error)
{
  gboolean cancel_echo = !headset && !input_file && !output_file;
  g_autofree gchar *line = NULL;
  GstElement *pipeline;

  line = g_strconcat (input_file ? FILE_INPUT : MICROPHONE,
      cancel_echo ? ECHO_CANCELLER : "", "openairealtime name=ai",
      output_file       ? FILE_OUTPUT
          : cancel_echo ? LOUDSPEAKER_WITH_PROBE
                        : LOUDSPEAKER,
      NULL);
  pipeline = gst_parse_launch_full (
      line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (!pipeline)
    return NULL;
  set_location (pipeline, "question", input_file);
  set_location (pipeline, "answer", output_file);

  return pipeline;
}

static void
set_up (App *app)
{
  g_object_set (app->ai, "tools", TOOLS, "input-transcription-model",
      "gpt-transcribe", NULL);
  if (model)
    g_object_set (app->ai, "model", model, NULL);
  if (voice)
    g_object_set (app->ai, "voice", voice, NULL);
  if (instructions)
    g_object_set (app->ai, "instructions", instructions, NULL);
  /* A file wants the speech only, without the pauses between. */
  if (output_file)
    gst_util_set_object_arg (G_OBJECT (app->ai), "idle-output", "none");

  g_signal_connect (
      app->ai, "input-transcript-done", G_CALLBACK (on_user_said), app);
  g_signal_connect (
      app->ai, "transcript-delta", G_CALLBACK (on_model_says), app);
  g_signal_connect (
      app->ai, "transcript-done", G_CALLBACK (on_model_said), app);
  g_signal_connect (
      app->ai, "function-call", G_CALLBACK (on_function_call), app);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;
  App app = { 0 };

  context = g_option_context_new ("- talk to a model");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  app.pipeline = make_pipeline (&error);
  if (!app.pipeline) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  app.loop = g_main_loop_new (NULL, FALSE);
  app.ai = gst_bin_get_by_name (GST_BIN (app.pipeline), "ai");
  set_up (&app);
  bus = gst_element_get_bus (app.pipeline);
  gst_bus_add_watch (bus, on_message, &app);
  g_unix_signal_add (SIGINT, on_interrupt, &app);
  g_unix_signal_add (SIGTERM, on_interrupt, &app);

  /* What goes wrong arrives as a message. */
  gst_element_set_state (app.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app.loop);

  gst_element_set_state (app.pipeline, GST_STATE_NULL);
  end_line (&app);
  gst_bus_remove_watch (bus);
  gst_object_unref (app.ai);
  gst_object_unref (app.pipeline);
  g_main_loop_unref (app.loop);

  return app.exit_code;
}
