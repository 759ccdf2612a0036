/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

/* Asks a model a question in writing that needs function calls, answers them while
 * they run beside each other, and lets the model speak when all are answered.
 *
 *   tools
 *   tools --output answer.wav "what is the weather in rome and madrid"
 *
 * Looking up the weather takes its time, and fails for London. */

#include <gst/gst.h>

#include <json-glib/json-glib.h>

#define QUESTION "what is the weather in paris and london"
/* Milliseconds that a look-up takes. */
#define LOOK_UP_TIME 1500

#define TOOLS                                                                  \
  "[{\"type\":\"function\",\"name\":\"get_weather\","                          \
  "\"description\":\"Tells the weather in a city\","                           \
  "\"parameters\":{\"type\":\"object\",\"properties\":"                        \
  "{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}]"

#define LOUDSPEAKER                                                            \
  "openairealtimesrc name=ai ! audioconvert ! audioresample ! autoaudiosink"
/* A file wants the speech only, without the pauses between. */
#define FILE_OUTPUT                                                            \
  "openairealtimesrc name=ai idle-output=none ! wavenc ! filesink name=answer"

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *ai;
  int exit_code;
} App;

/* A call that is being answered. */
typedef struct {
  GstElement *ai;
  gchar *call_id;
  gchar *city;
} LookUp;

static gchar *output_file;

static const GOptionEntry options[] = {
  { "output", 0, 0, G_OPTION_ARG_FILENAME, &output_file, "WAV for the answer",
      "FILE" },
  { NULL },
};

static void
look_up_free (gpointer data)
{
  LookUp *look_up = data;

  gst_object_unref (look_up->ai);
  g_free (look_up->call_id);
  g_free (look_up->city);
  g_free (look_up);
}

static gboolean
on_looked_up (gpointer data)
{
  LookUp *look_up = data;
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree gchar *output = NULL;
  gboolean sent = FALSE;

  g_print ("(%s: clear)\n", look_up->city);
  json_object_set_string_member (object, "city", look_up->city);
  json_object_set_string_member (object, "sky", "clear");
  json_object_set_int_member (object, "temperature", 21);
  json_node_set_object (node, object);
  output = json_to_string (node, FALSE);
  /* FALSE when the session is over: then nobody wants to know. */
  g_signal_emit_by_name (
      look_up->ai, "send-function-output", look_up->call_id, output, &sent);

  return G_SOURCE_REMOVE;
}

/* The member "city" of @arguments, or NULL. */
static gchar *
get_city (const gchar *arguments)
{
  g_autoptr (JsonNode) node = json_from_string (arguments, NULL);
  JsonObject *object;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  object = json_node_get_object (node);

  return g_strdup (
      json_object_get_string_member_with_default (object, "city", NULL));
}

/* Comes from the session's thread, so it must not wait for anything. */
static gchar *
on_function_call (GstElement *ai, const gchar *call_id, const gchar *name,
    const gchar *arguments, gpointer user_data)
{
  g_autofree gchar *city = get_city (arguments);
  LookUp *look_up;

  g_print ("(%s %s)\n", name, arguments);
  if (!city)
    return g_strdup ("{\"error\":\"no city\"}");
  if (g_ascii_strcasecmp (city, "london") == 0) {
    g_print ("(%s: no weather)\n", city);
    return g_strdup ("{\"error\":\"there is no weather in London\"}");
  }
  look_up = g_new0 (LookUp, 1);
  look_up->ai = gst_object_ref (ai);
  look_up->call_id = g_strdup (call_id);
  look_up->city = g_steal_pointer (&city);
  g_timeout_add_full (
      G_PRIORITY_DEFAULT, LOOK_UP_TIME, on_looked_up, look_up, look_up_free);

  return NULL;
}

static void
on_transcript_done (
    GstElement *ai, const gchar *item_id, const gchar *text, gpointer user_data)
{
  g_print ("Model: %s\n", text);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *details = NULL;
  App *app = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &details);
      g_printerr ("%s\n%s\n", error->message, details);
      app->exit_code = 1;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &details);
      g_printerr ("%s\n%s\n", error->message, details);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
ask (App *app, const gchar *question)
{
  gboolean sent = FALSE;

  g_print ("You: %s\n", question);
  /* Both wait until the connection is there. */
  g_signal_emit_by_name (app->ai, "send-text", question, &sent);
  /* No more input: the stream ends when all calls are answered and the answer to
   * them is spoken. */
  gst_element_send_event (app->ai, gst_event_new_eos ());
}

static void
set_up (App *app)
{
  g_object_set (app->ai, "tools", TOOLS, NULL);
  g_signal_connect (
      app->ai, "function-call", G_CALLBACK (on_function_call), app);
  g_signal_connect (
      app->ai, "transcript-done", G_CALLBACK (on_transcript_done), app);
  if (output_file) {
    GstElement *answer = gst_bin_get_by_name (
        GST_BIN (app->pipeline), "answer");

    g_object_set (answer, "location", output_file, NULL);
    gst_object_unref (answer);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;
  App app = { 0 };

  context = g_option_context_new ("[QUESTION] - a model that calls functions");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  app.pipeline = gst_parse_launch (
      output_file ? FILE_OUTPUT : LOUDSPEAKER, &error);
  if (!app.pipeline) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  app.loop = g_main_loop_new (NULL, FALSE);
  app.ai = gst_bin_get_by_name (GST_BIN (app.pipeline), "ai");
  set_up (&app);
  bus = gst_element_get_bus (app.pipeline);
  gst_bus_add_watch (bus, on_message, &app);

  /* What goes wrong arrives as a message. */
  if (gst_element_set_state (app.pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE)
    ask (&app, argc > 1 ? argv[1] : QUESTION);
  g_main_loop_run (app.loop);

  gst_element_set_state (app.pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (app.ai);
  gst_object_unref (app.pipeline);
  g_main_loop_unref (app.loop);

  return app.exit_code;
}
