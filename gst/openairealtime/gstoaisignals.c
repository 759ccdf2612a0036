/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaisignals.h"

/* Seconds; longer is not meant. */
#define MAX_RESET 1e8

enum {
  SIGNAL_EVENT,
  SIGNAL_SESSION_CREATED,
  SIGNAL_SESSION_UPDATED,
  SIGNAL_SPEECH_STARTED,
  SIGNAL_SPEECH_STOPPED,
  SIGNAL_INPUT_COMMITTED,
  SIGNAL_INPUT_CLEARED,
  SIGNAL_RESPONSE_CREATED,
  SIGNAL_RESPONSE_DONE,
  SIGNAL_AUDIO_STARTED,
  SIGNAL_AUDIO_STOPPED,
  SIGNAL_AUDIO_CLEARED,
  SIGNAL_TRANSCRIPT_DELTA,
  SIGNAL_TRANSCRIPT_DONE,
  SIGNAL_INPUT_TRANSCRIPT_DELTA,
  SIGNAL_INPUT_TRANSCRIPT_DONE,
  SIGNAL_FUNCTION_CALL,
  SIGNAL_REQUEST_CLIENT_SECRET,
  SIGNAL_APPROVAL_REQUEST,
  SIGNAL_RATE_LIMITS,
  SIGNAL_SERVER_ERROR,
  LAST_SIGNAL
};

static guint signals[LAST_SIGNAL];

/* The first handler that returns text has answered. */
static gboolean
first_answer (GSignalInvocationHint *hint, GValue *result,
    const GValue *handler_result, gpointer data)
{
  const gchar *answer = g_value_get_string (handler_result);

  g_value_set_string (result, answer);

  return answer == NULL;
}

#define NEW_SIGNAL(klass, name, ...)                                           \
  g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,   \
      NULL, NULL, G_TYPE_NONE, __VA_ARGS__)

void
gst_oai_signals_install (GstElementClass *klass)
{
  /**
   * GstOpenAIRealtimeBase::event:
   * @self: the element
   * @type: the event's type as the server wrote it
   * @json: the whole event
   *
   * Every event of the server, untouched, also those that this version does not
   * know. The type is the signal's detail: connect to `event::response.done`
   * for just that one. Emitted from the session's thread, like all signals of
   * the element; the handler must not block.
   *
   * |[
   * element.connect("event::response.done", lambda e, t, json: print(json))
   * ]|
   *
   * Since: 0.1
   */
  signals[SIGNAL_EVENT] = g_signal_new ("event", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL, NULL, NULL, G_TYPE_NONE,
      2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::session-created:
   * @self: the element
   * @session_id: the server's id of the session, what its support asks for
   * @json: the whole event, with the effective configuration
   *
   * The session is there.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_CREATED] = NEW_SIGNAL (
      klass, "session-created", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::session-updated:
   * @self: the element
   * @json: the whole event, with the effective configuration
   *
   * The server took over a changed configuration.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_UPDATED] = NEW_SIGNAL (
      klass, "session-updated", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::speech-started:
   * @self: the element
   * @item_id: the item that the speech will become
   * @audio_start_ms: where it started, in milliseconds of audio sent
   *
   * The server hears the user speak. An answer being played is cut off before
   * this is emitted, see #GstOpenAIRealtimeBase:interrupt-mode.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SPEECH_STARTED] = NEW_SIGNAL (
      klass, "speech-started", 2, G_TYPE_STRING, G_TYPE_UINT64);

  /**
   * GstOpenAIRealtimeBase::speech-stopped:
   * @self: the element
   * @item_id: the item that the speech becomes
   * @audio_end_ms: where it ended, in milliseconds of audio sent
   *
   * The server heard the user stop.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SPEECH_STOPPED] = NEW_SIGNAL (
      klass, "speech-stopped", 2, G_TYPE_STRING, G_TYPE_UINT64);

  /**
   * GstOpenAIRealtimeBase::input-committed:
   * @self: the element
   * @item_id: the user's new item
   * @previous_item_id: (nullable): the item before it
   *
   * What the user said is part of the conversation now.
   *
   * Since: 0.1
   */
  signals[SIGNAL_INPUT_COMMITTED] = NEW_SIGNAL (
      klass, "input-committed", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::input-cleared:
   * @self: the element
   *
   * The server dropped what it had heard since the last commit.
   *
   * Since: 0.1
   */
  signals[SIGNAL_INPUT_CLEARED] = NEW_SIGNAL (klass, "input-cleared", 0);

  /**
   * GstOpenAIRealtimeBase::response-created:
   * @self: the element
   * @response_id: id of the response
   *
   * The model begins to answer.
   *
   * Since: 0.1
   */
  signals[SIGNAL_RESPONSE_CREATED] = NEW_SIGNAL (
      klass, "response-created", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::response-done:
   * @self: the element
   * @response_id: id of the response
   * @status: `completed`, `cancelled`, `failed` or `incomplete`
   * @json: the whole event, with the usage
   *
   * The model has made its answer; its sound may still be playing.
   *
   * Since: 0.1
   */
  signals[SIGNAL_RESPONSE_DONE] = NEW_SIGNAL (
      klass, "response-done", 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::audio-started:
   * @self: the element
   * @response_id: id of the response
   *
   * The server began to send the sound of a response.
   *
   * Since: 0.1
   */
  signals[SIGNAL_AUDIO_STARTED] = NEW_SIGNAL (
      klass, "audio-started", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::audio-stopped:
   * @self: the element
   * @response_id: id of the response
   *
   * The server has sent all the sound of a response.
   *
   * Since: 0.1
   */
  signals[SIGNAL_AUDIO_STOPPED] = NEW_SIGNAL (
      klass, "audio-stopped", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::audio-cleared:
   * @self: the element
   * @response_id: id of the response
   *
   * The server dropped the rest of a response's sound: it was interrupted.
   *
   * Since: 0.1
   */
  signals[SIGNAL_AUDIO_CLEARED] = NEW_SIGNAL (
      klass, "audio-cleared", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::transcript-delta:
   * @self: the element
   * @item_id: the model's item
   * @delta: the next words
   *
   * Next words of the model, spoken or written. They run ahead of the sound.
   *
   * Since: 0.1
   */
  signals[SIGNAL_TRANSCRIPT_DELTA] = NEW_SIGNAL (
      klass, "transcript-delta", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::transcript-done:
   * @self: the element
   * @item_id: the model's item
   * @text: all the words
   *
   * All that the model said or wrote in an item.
   *
   * Since: 0.1
   */
  signals[SIGNAL_TRANSCRIPT_DONE] = NEW_SIGNAL (
      klass, "transcript-done", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::input-transcript-delta:
   * @self: the element
   * @item_id: the user's item
   * @delta: the next words
   *
   * Next words of the user. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model.
   *
   * Since: 0.1
   */
  signals[SIGNAL_INPUT_TRANSCRIPT_DELTA] = NEW_SIGNAL (
      klass, "input-transcript-delta", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::input-transcript-done:
   * @self: the element
   * @item_id: the user's item
   * @text: all the words
   *
   * All that the user said in an item. Needs
   * #GstOpenAIRealtimeBase:input-transcription-model. It may come after the
   * answer: transcription runs beside it.
   *
   * Since: 0.1
   */
  signals[SIGNAL_INPUT_TRANSCRIPT_DONE] = NEW_SIGNAL (
      klass, "input-transcript-done", 2, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::function-call:
   * @self: the element
   * @call_id: id of the call
   * @name: the function
   * @arguments: its arguments, a JSON object
   *
   * The model calls one of the #GstOpenAIRealtimeBase:tools. Return the output
   * (any text, JSON by custom) to answer at once, or %NULL and answer later,
   * from any thread, with #GstOpenAIRealtimeBase::send-function-output. When all
   * calls of a response are answered, the model is asked to go on. What no handler
   * answers is done by #GstOpenAIRealtimeBase:tool-command, if that is set.
   *
   * |[
   * element.connect("function-call", lambda e, id, name, args: '{"hour":12}')
   * ]|
   *
   * Returns: (nullable): the output, or %NULL
   *
   * Since: 0.1
   */
  signals[SIGNAL_FUNCTION_CALL] = g_signal_new ("function-call",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, first_answer, NULL, NULL,
      G_TYPE_STRING, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::request-client-secret:
   * @self: the element
   *
   * A call is about to be placed: return a client secret (`ek_...`) for it, which
   * the application's own back end has made, so that no API key is on this
   * machine. Emitted once for each call, before it, when a handler is connected
   * and #GstOpenAIRealtimeBase:client-secret is not set. Unlike the others, the
   * signal comes from a thread of its own: the handler may ask its back end and
   * wait, for #GstOpenAIRealtimeBase:connect-timeout at most.
   *
   * |[
   * element.connect("request-client-secret", lambda e: back_end.new_secret())
   * ]|
   *
   * Returns: (nullable): the secret; %NULL or an empty one makes the call fail
   *
   * Since: 0.1
   */
  signals[SIGNAL_REQUEST_CLIENT_SECRET] = g_signal_new ("request-client-secret",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, first_answer, NULL, NULL,
      G_TYPE_STRING, 0);

  /**
   * GstOpenAIRealtimeBase::approval-request:
   * @self: the element
   * @id: id of the request
   * @server_label: the MCP server, as #GstOpenAIRealtimeBase:tools names it
   * @name: its tool
   * @arguments: the tool's arguments, a JSON object
   *
   * The model wants to call a tool of an MCP server that needs an approval. Answer
   * with #GstOpenAIRealtimeBase::send-approval, from any thread. Calls that need
   * none (`require_approval`) are made by the server alone, and are seen as
   * #GstOpenAIRealtimeBase::event only.
   *
   * Since: 0.1
   */
  signals[SIGNAL_APPROVAL_REQUEST] = NEW_SIGNAL (klass, "approval-request", 4,
      G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::rate-limits:
   * @self: the element
   * @json: the whole event
   *
   * What is left of the account's rate limits.
   *
   * Since: 0.1
   */
  signals[SIGNAL_RATE_LIMITS] = NEW_SIGNAL (
      klass, "rate-limits", 1, G_TYPE_STRING);

  /**
   * GstOpenAIRealtimeBase::server-error:
   * @self: the element
   * @code: (nullable): the server's code
   * @message: the server's words
   * @json: the whole event
   *
   * The server reports an error. Most of them concern one event and the session
   * goes on: then a warning is posted too, unless the element caused it and has
   * dealt with it (it asked for a response while the server began one of its own).
   * Those that end the session post an error.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SERVER_ERROR] = NEW_SIGNAL (
      klass, "server-error", 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
}

static const gchar *
get_string (const GstOaiEventInfo *info, const gchar *path)
{
  return gst_oai_json_get_string (info->object, path, NULL);
}

static void
emit_typed (GstElement *element, const GstOaiEventInfo *info)
{
  const gchar *item_id = get_string (info, "item_id");
  const gchar *response_id = get_string (info, "response_id");

  switch (info->event) {
    case GST_OAI_EVENT_SESSION_CREATED:
      g_signal_emit (element, signals[SIGNAL_SESSION_CREATED], 0,
          get_string (info, "session.id"), info->json);
      break;
    case GST_OAI_EVENT_SESSION_UPDATED:
      g_signal_emit (element, signals[SIGNAL_SESSION_UPDATED], 0, info->json);
      break;
    case GST_OAI_EVENT_SPEECH_STARTED:
      g_signal_emit (element, signals[SIGNAL_SPEECH_STARTED], 0, item_id,
          (guint64) MAX (
              0, gst_oai_json_get_int (info->object, "audio_start_ms", 0)));
      break;
    case GST_OAI_EVENT_SPEECH_STOPPED:
      g_signal_emit (element, signals[SIGNAL_SPEECH_STOPPED], 0, item_id,
          (guint64) MAX (
              0, gst_oai_json_get_int (info->object, "audio_end_ms", 0)));
      break;
    case GST_OAI_EVENT_INPUT_COMMITTED:
      g_signal_emit (element, signals[SIGNAL_INPUT_COMMITTED], 0, item_id,
          get_string (info, "previous_item_id"));
      break;
    case GST_OAI_EVENT_INPUT_CLEARED:
      g_signal_emit (element, signals[SIGNAL_INPUT_CLEARED], 0);
      break;
    case GST_OAI_EVENT_RESPONSE_CREATED:
      g_signal_emit (element, signals[SIGNAL_RESPONSE_CREATED], 0,
          get_string (info, "response.id"));
      break;
    case GST_OAI_EVENT_RESPONSE_DONE:
      g_signal_emit (element, signals[SIGNAL_RESPONSE_DONE], 0,
          get_string (info, "response.id"),
          get_string (info, "response.status"), info->json);
      break;
    case GST_OAI_EVENT_OUTPUT_STARTED:
      g_signal_emit (element, signals[SIGNAL_AUDIO_STARTED], 0, response_id);
      break;
    case GST_OAI_EVENT_OUTPUT_STOPPED:
      g_signal_emit (element, signals[SIGNAL_AUDIO_STOPPED], 0, response_id);
      break;
    case GST_OAI_EVENT_OUTPUT_CLEARED:
      g_signal_emit (element, signals[SIGNAL_AUDIO_CLEARED], 0, response_id);
      break;
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DELTA:
    case GST_OAI_EVENT_OUTPUT_TEXT_DELTA:
      g_signal_emit (element, signals[SIGNAL_TRANSCRIPT_DELTA], 0, item_id,
          get_string (info, "delta"));
      break;
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE:
      g_signal_emit (element, signals[SIGNAL_TRANSCRIPT_DONE], 0, item_id,
          get_string (info, "transcript"));
      break;
    case GST_OAI_EVENT_OUTPUT_TEXT_DONE:
      g_signal_emit (element, signals[SIGNAL_TRANSCRIPT_DONE], 0, item_id,
          get_string (info, "text"));
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DELTA:
      g_signal_emit (element, signals[SIGNAL_INPUT_TRANSCRIPT_DELTA], 0,
          item_id, get_string (info, "delta"));
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE:
      g_signal_emit (element, signals[SIGNAL_INPUT_TRANSCRIPT_DONE], 0, item_id,
          get_string (info, "transcript"));
      break;
    case GST_OAI_EVENT_OUTPUT_ITEM_DONE:
      if (g_strcmp0 (get_string (info, "item.type"), "mcp_approval_request")
          == 0)
        g_signal_emit (element, signals[SIGNAL_APPROVAL_REQUEST], 0,
            get_string (info, "item.id"),
            get_string (info, "item.server_label"),
            get_string (info, "item.name"),
            get_string (info, "item.arguments"));
      break;
    case GST_OAI_EVENT_RATE_LIMITS:
      g_signal_emit (element, signals[SIGNAL_RATE_LIMITS], 0, info->json);
      break;
    case GST_OAI_EVENT_ERROR:
      g_signal_emit (element, signals[SIGNAL_SERVER_ERROR], 0,
          get_string (info, "error.code"),
          get_string (info, "error.message")
              ? get_string (info, "error.message")
              : get_string (info, "error"),
          info->json);
      break;
    default:
      break;
  }
}

void
gst_oai_signals_emit (GstElement *element, const GstOaiEventInfo *info)
{
  /* Never a new quark: the server could grow their table for ever. */
  g_signal_emit (element, signals[SIGNAL_EVENT],
      g_quark_try_string (info->type), info->type, info->json);
  emit_typed (element, info);
}

gboolean
gst_oai_signals_has_secret_source (GstElement *element)
{
  return g_signal_has_handler_pending (
      element, signals[SIGNAL_REQUEST_CLIENT_SECRET], 0, FALSE);
}

gchar *
gst_oai_signals_emit_request_secret (GstElement *element)
{
  gchar *secret = NULL;

  g_signal_emit (element, signals[SIGNAL_REQUEST_CLIENT_SECRET], 0, &secret);

  return secret;
}

gchar *
gst_oai_signals_emit_function_call (GstElement *element, const gchar *call_id,
    const gchar *name, const gchar *arguments)
{
  gchar *output = NULL;

  g_signal_emit (element, signals[SIGNAL_FUNCTION_CALL], 0, call_id, name,
      arguments, &output);

  return output;
}

static void
post (GstElement *element, GstStructure *structure)
{
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), structure));
}

static void
post_transcript (GstElement *element, const GstOaiEventInfo *info,
    const gchar *role, const gchar *text)
{
  const gchar *item_id = get_string (info, "item_id");
  GstStructure *s = gst_structure_new ("openairealtime-transcript", "role",
      G_TYPE_STRING, role, "text", G_TYPE_STRING, text ? text : "", NULL);

  if (item_id)
    gst_structure_set (s, "item-id", G_TYPE_STRING, item_id, NULL);
  post (element, s);
}

/* Of the limits that the API knows: a server could name any number. Times in ns. */
static void
post_rate_limits (GstElement *element, const GstOaiEventInfo *info)
{
  static const gchar *const known[] = { "requests", "tokens" };
  JsonArray *limits = gst_oai_json_get_array (info->object, "rate_limits");
  GstStructure *s = gst_structure_new_empty ("openairealtime-rate-limits");
  guint i, j;

  for (i = 0; limits && i < json_array_get_length (limits); i++) {
    JsonNode *node = json_array_get_element (limits, i);
    JsonObject *limit = JSON_NODE_HOLDS_OBJECT (node)
        ? json_node_get_object (node)
        : NULL;
    const gchar *name = limit ? gst_oai_json_get_string (limit, "name", "")
                              : "";
    gdouble reset;

    for (j = 0; j < G_N_ELEMENTS (known); j++) {
      GstStructure *one;

      if (!g_str_equal (known[j], name))
        continue;
      reset = gst_oai_json_get_double (limit, "reset_seconds", 0.0);
      one = gst_structure_new ("rate-limit", "limit", G_TYPE_INT64,
          gst_oai_json_get_int (limit, "limit", -1), "remaining", G_TYPE_INT64,
          gst_oai_json_get_int (limit, "remaining", -1), "reset", G_TYPE_UINT64,
          (guint64) (CLAMP (reset, 0.0, MAX_RESET) * GST_SECOND), NULL);
      gst_structure_set (s, known[j], GST_TYPE_STRUCTURE, one, NULL);
      gst_structure_free (one);
    }
  }
  post (element, s);
}

void
gst_oai_signals_post (GstElement *element, const GstOaiEventInfo *info)
{
  post (element,
      gst_structure_new ("openairealtime-event", "type", G_TYPE_STRING,
          info->type, "json", G_TYPE_STRING, info->json, NULL));

  switch (info->event) {
    case GST_OAI_EVENT_OUTPUT_TRANSCRIPT_DONE:
      post_transcript (
          element, info, "assistant", get_string (info, "transcript"));
      break;
    case GST_OAI_EVENT_OUTPUT_TEXT_DONE:
      post_transcript (element, info, "assistant", get_string (info, "text"));
      break;
    case GST_OAI_EVENT_INPUT_TRANSCRIPT_DONE:
      post_transcript (element, info, "user", get_string (info, "transcript"));
      break;
    case GST_OAI_EVENT_RATE_LIMITS:
      post_rate_limits (element, info);
      break;
    default:
      break;
  }
}
