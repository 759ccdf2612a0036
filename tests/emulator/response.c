/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mcp.h"
#include "response.h"
#include "session-private.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* Speech is made this much faster than it is played ... */
#define SPEEDUP 6
/* ... in steps of this many ms, after a first lump. */
#define STEP_MS 20
#define FIRST_LUMP_MS 200
/* Words of a text answer in each step. */
#define WORDS_PER_STEP 4

/* The model may call tools of MCP servers so often before it must speak. */
#define MAX_ROUNDS 4
/* Words that pass the filter of --fault content-filter. */
#define FILTERED_WORDS 3

struct _EmuResponse {
  gint ref_count;
  EmuSession *session;
  gchar *id;
  gboolean aside;
  gboolean audio;
  JsonObject *settings;
  JsonNode *metadata;
  GPtrArray *context;
  GCancellable *cancellable;
  gboolean done;
  guint rounds;

  /* Of EmuItem: the output. The last one is under way while item_open. */
  GPtrArray *items;
  gboolean item_open;

  /* The message under way. */
  EmuThought *thought;
  gchar **words;
  guint n_words;
  guint words_sent;
  gsize n_samples;
  gsize samples_sent;
  gboolean part_open;
  GSource *step;

  /* Of all of it. */
  gint64 text_tokens;
  gint64 audio_ms;
  /* Why it ends before its end, for status_details. */
  const gchar *incomplete;
  const gchar *error_code;
};

static void think (EmuResponse *response);
static void call_tools (EmuResponse *response);
static void finish (
    EmuResponse *response, const gchar *status, const gchar *reason);

static EmuResponse *
emu_response_ref (EmuResponse *response)
{
  response->ref_count++;
  return response;
}

void
emu_response_unref (EmuResponse *response)
{
  if (--response->ref_count > 0)
    return;
  g_assert (response->step == NULL);
  g_free (response->id);
  json_object_unref (response->settings);
  g_clear_pointer (&response->metadata, json_node_unref);
  g_ptr_array_unref (response->context);
  g_object_unref (response->cancellable);
  g_ptr_array_unref (response->items);
  emu_thought_free (response->thought);
  g_strfreev (response->words);
  emu_session_unref (response->session);
  g_free (response);
}

const gchar *
emu_response_id (EmuResponse *response)
{
  return response->id;
}

gboolean
emu_response_is_aside (EmuResponse *response)
{
  return response->aside;
}

/* Tokens: text about 4 characters each, user audio 100 ms, assistant audio
 * 50 ms. */
static gint64
text_tokens (const gchar *text)
{
  return text != NULL ? (g_utf8_strlen (text, -1) + 3) / 4 : 0;
}

/* What an item costs when the model reads it. */
static void
count_item (EmuItem *item, gint64 *text, gint64 *audio, gint64 *image)
{
  g_autofree gchar *words = NULL;

  *image += item->image_tokens;
  if (item->audio_ms > 0) {
    gint64 ms = strcmp (emu_item_role (item), "assistant") == 0 ? 50 : 100;

    *audio += (item->audio_ms + ms - 1) / ms;
    return;
  }
  words = emu_item_text (item);
  *text += text_tokens (words);
  *text += text_tokens (
      gst_oai_json_get_string (item->json, "arguments", NULL));
}

/* What the definitions of the tools cost: their JSON, as text. */
static gint64
count_tools (EmuResponse *response)
{
  JsonArray *tools = gst_oai_json_get_array (response->settings, "tools");
  gint64 tokens = 0;
  guint i;

  for (i = 0; tools != NULL && i < json_array_get_length (tools); i++) {
    g_autofree gchar *json = gst_oai_json_to_string (
        json_array_get_object_element (tools, i));

    tokens += text_tokens (json);
  }
  return tokens;
}

static JsonObject *
make_usage (EmuResponse *response)
{
  JsonObject *usage = json_object_new ();
  JsonObject *input = json_object_new ();
  JsonObject *cached = json_object_new ();
  JsonObject *output = json_object_new ();
  gint64 in_text, in_audio = 0, in_image = 0;
  gint64 out_text = response->text_tokens;
  gint64 out_audio = (response->audio_ms + 49) / 50;
  gint64 cached_text, cached_audio, cached_image, in_all, left;
  EmuCount *count = &response->session->count;
  guint i;

  in_text = text_tokens (
      gst_oai_json_get_string (response->settings, "instructions", ""));
  in_text += count_tools (response);
  for (i = 0; i < response->context->len; i++)
    count_item (g_ptr_array_index (response->context, i), &in_text, &in_audio,
        &in_image);
  in_all = in_text + in_audio + in_image;

  /* What the previous response has read already, in whole blocks. */
  left = MIN (response->session->context_tokens, in_all);
  left -= left % 64;
  cached_text = MIN (left, in_text);
  left -= cached_text;
  cached_audio = MIN (left, in_audio);
  cached_image = left - cached_audio;
  if (!response->aside)
    response->session->context_tokens = in_all;

  count->responses++;
  count->input_text += in_text;
  count->input_audio += in_audio;
  count->input_image += in_image;
  count->cached += cached_text + cached_audio + cached_image;
  count->output_text += out_text;
  count->output_audio += out_audio;
  emu_session_record_count (response->session);

  json_object_set_int_member (
      usage, "total_tokens", in_all + out_text + out_audio);
  json_object_set_int_member (usage, "input_tokens", in_all);
  json_object_set_int_member (usage, "output_tokens", out_text + out_audio);
  json_object_set_int_member (input, "text_tokens", in_text);
  json_object_set_int_member (input, "audio_tokens", in_audio);
  json_object_set_int_member (input, "image_tokens", in_image);
  json_object_set_int_member (
      input, "cached_tokens", cached_text + cached_audio + cached_image);
  json_object_set_int_member (cached, "text_tokens", cached_text);
  json_object_set_int_member (cached, "audio_tokens", cached_audio);
  json_object_set_int_member (cached, "image_tokens", cached_image);
  json_object_set_object_member (input, "cached_tokens_details", cached);
  json_object_set_object_member (usage, "input_token_details", input);
  json_object_set_int_member (output, "text_tokens", out_text);
  json_object_set_int_member (output, "audio_tokens", out_audio);
  json_object_set_object_member (usage, "output_token_details", output);
  return usage;
}

/* The response object; @status NULL while in progress. */
static JsonObject *
describe (EmuResponse *response, const gchar *status, const gchar *reason)
{
  JsonObject *object = json_object_new ();
  JsonArray *output = json_array_new ();
  JsonObject *audio;
  static const gchar *copied[] = { "output_modalities", "max_output_tokens" };
  guint i;

  json_object_set_string_member (object, "object", "realtime.response");
  json_object_set_string_member (object, "id", response->id);
  json_object_set_string_member (
      object, "status", status != NULL ? status : "in_progress");
  if (status != NULL && strcmp (status, "completed") != 0) {
    JsonObject *details = json_object_new ();

    json_object_set_string_member (details, "type", status);
    if (strcmp (status, "failed") == 0) {
      JsonObject *error = json_object_new ();

      json_object_set_string_member (error, "type", "server_error");
      json_object_set_string_member (error, "code",
          response->error_code ? response->error_code : "server_error");
      json_object_set_string_member (error, "message", reason);
      json_object_set_object_member (details, "error", error);
    } else {
      json_object_set_string_member (details, "reason", reason);
    }
    json_object_set_object_member (object, "status_details", details);
  } else {
    json_object_set_null_member (object, "status_details");
  }
  for (i = 0; status != NULL && i < response->items->len; i++) {
    EmuItem *item = g_ptr_array_index (response->items, i);

    json_array_add_object_element (output, emu_json_copy (item->json));
  }
  json_object_set_array_member (object, "output", output);
  emu_json_set_string_or_null (object, "conversation_id",
      response->aside ? NULL : response->session->conversation_id);
  for (i = 0; i < G_N_ELEMENTS (copied); i++)
    json_object_set_member (object, copied[i],
        emu_json_copy_node (
            json_object_get_member (response->settings, copied[i])));
  audio = json_object_new ();
  {
    g_autoptr (JsonObject) shown = emu_settings_for_client (response->settings);
    JsonObject *from = gst_oai_json_get_object (shown, "audio.output");
    JsonObject *to = json_object_new ();

    json_object_set_member (to, "format",
        emu_json_copy_node (json_object_get_member (from, "format")));
    json_object_set_member (to, "voice",
        emu_json_copy_node (json_object_get_member (from, "voice")));
    json_object_set_object_member (audio, "output", to);
  }
  json_object_set_object_member (object, "audio", audio);
  if (status != NULL)
    json_object_set_object_member (object, "usage", make_usage (response));
  else
    json_object_set_null_member (object, "usage");
  json_object_set_member (object, "metadata",
      response->metadata != NULL ? emu_json_copy_node (response->metadata)
                                 : json_node_new (JSON_NODE_NULL));
  return object;
}

static void
send_response (EmuResponse *response, const gchar *type, JsonObject *object)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_object_member (event, "response", object);
  emu_session_send (response->session, event);
}

static void
send_rate_limits (EmuResponse *response)
{
  JsonObject *event = emu_event_new ("rate_limits.updated");
  JsonArray *limits = json_array_new ();
  static const struct {
    const gchar *name;
    gint64 limit;
  } rows[] = { { "requests", 1000 }, { "tokens", 50000 } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonObject *limit = json_object_new ();
    gint64 used = i == 0 ? response->session->n_responses
                         : response->session->context_tokens;

    json_object_set_string_member (limit, "name", rows[i].name);
    json_object_set_int_member (limit, "limit", rows[i].limit);
    json_object_set_int_member (
        limit, "remaining", MAX (rows[i].limit - used, 0));
    json_object_set_double_member (limit, "reset_seconds",
        (gdouble) MIN (used, rows[i].limit) / rows[i].limit * 60.0);
    json_array_add_object_element (limits, limit);
  }
  json_object_set_array_member (event, "rate_limits", limits);
  emu_session_send (response->session, event);
}

static EmuItem *
current_item (EmuResponse *response)
{
  return g_ptr_array_index (response->items, response->items->len - 1);
}

/* An event about the item under way ... */
static JsonObject *
item_event (EmuResponse *response, const gchar *type)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, "response_id", response->id);
  json_object_set_string_member (event, "item_id", current_item (response)->id);
  json_object_set_int_member (event, "output_index", response->items->len - 1);
  return event;
}

/* ... and about its one part. */
static JsonObject *
part_event (EmuResponse *response, const gchar *type)
{
  JsonObject *event = item_event (response, type);

  json_object_set_int_member (event, "content_index", 0);
  return event;
}

static void
send_output_item (EmuResponse *response, const gchar *type)
{
  JsonObject *event = emu_event_new (type);

  json_object_set_string_member (event, "response_id", response->id);
  json_object_set_int_member (event, "output_index", response->items->len - 1);
  json_object_set_object_member (
      event, "item", emu_json_copy (current_item (response)->json));
  emu_session_send (response->session, event);
}

static void
add_item (EmuResponse *response, JsonObject *json)
{
  EmuItem *item = emu_item_new (json);

  g_ptr_array_add (response->items, item);
  response->item_open = TRUE;
  send_output_item (response, "response.output_item.added");
  if (!response->aside
      && emu_conversation_insert (
          response->session->conversation, item, NULL, NULL))
    emu_session_item_added (response->session, item);
}

static void
end_item (EmuResponse *response, const gchar *status)
{
  EmuItem *item = current_item (response);

  response->item_open = FALSE;
  if (!emu_item_is_mcp (item->json))
    json_object_set_string_member (item->json, "status", status);
  send_output_item (response, "response.output_item.done");
  if (!response->aside
      && emu_conversation_find (response->session->conversation, item->id)
          == item)
    emu_session_item_done (response->session, item);
}

static gchar *
said_text (EmuResponse *response)
{
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 0; i < response->words_sent; i++)
    g_string_append (text, response->words[i]);
  return g_string_free (text, FALSE);
}

static void
open_part (EmuResponse *response)
{
  JsonObject *item = json_object_new ();
  JsonObject *event, *part;

  json_object_set_string_member (item, "type", "message");
  json_object_set_string_member (item, "status", "in_progress");
  json_object_set_string_member (item, "role", "assistant");
  json_object_set_array_member (item, "content", json_array_new ());
  add_item (response, item);

  event = part_event (response, "response.content_part.added");
  part = json_object_new ();
  json_object_set_string_member (
      part, "type", response->audio ? "audio" : "text");
  json_object_set_string_member (
      part, response->audio ? "transcript" : "text", "");
  json_object_set_object_member (event, "part", part);
  emu_session_send (response->session, event);
  response->part_open = TRUE;
}

static void
close_part (EmuResponse *response)
{
  g_autofree gchar *text = said_text (response);
  EmuItem *item = current_item (response);
  JsonArray *content = json_object_get_array_member (item->json, "content");
  JsonObject *event, *part, *kept;

  response->part_open = FALSE;
  if (response->audio) {
    emu_session_send (
        response->session, part_event (response, "response.output_audio.done"));
    event = part_event (response, "response.output_audio_transcript.done");
    json_object_set_string_member (event, "transcript", text);
  } else {
    event = part_event (response, "response.output_text.done");
    json_object_set_string_member (event, "text", text);
  }
  emu_session_send (response->session, event);

  event = part_event (response, "response.content_part.done");
  part = json_object_new ();
  json_object_set_string_member (
      part, "type", response->audio ? "audio" : "text");
  json_object_set_string_member (
      part, response->audio ? "transcript" : "text", text);
  json_object_set_object_member (event, "part", part);
  emu_session_send (response->session, event);

  kept = json_object_new ();
  json_object_set_string_member (
      kept, "type", response->audio ? "output_audio" : "output_text");
  json_object_set_string_member (
      kept, response->audio ? "transcript" : "text", text);
  json_array_add_object_element (content, kept);
  item->audio_ms = EMU_MS (response->samples_sent);
  if (response->samples_sent > 0)
    item->audio = g_bytes_new_from_bytes (
        response->thought->audio, 0, response->samples_sent * 2);
  response->audio_ms += item->audio_ms;
}

static void
say_words (EmuResponse *response, guint until)
{
  const gchar *type = response->audio ? "response.output_audio_transcript.delta"
                                      : "response.output_text.delta";

  while (response->words_sent < MIN (until, response->n_words)) {
    JsonObject *event = part_event (response, type);
    const gchar *word = response->words[response->words_sent++];

    response->text_tokens += text_tokens (word);
    json_object_set_string_member (event, "delta", word);
    emu_session_send (response->session, event);
  }
}

/* The message is said; what else was thought of? */
static void
end_message (EmuResponse *response)
{
  if (response->incomplete != NULL) {
    finish (response, "incomplete", response->incomplete);
    return;
  }
  emu_output_complete (response->session->output, response->id);
  close_part (response);
  end_item (response, "completed");
  call_tools (response);
}

static gboolean
on_step (gpointer user_data)
{
  EmuResponse *response = user_data;
  gboolean first = response->samples_sent == 0 && response->words_sent == 0;

  if (!response->part_open) {
    /* Announced in one step, spoken from the next: clients see the part
     * before output_audio_buffer.started and the first words. */
    open_part (response);
    if (response->n_samples > 0) {
      gsize n = MIN (EMU_SAMPLES (FIRST_LUMP_MS), response->n_samples);

      emu_output_append (response->session->output, response->id,
          current_item (response)->id,
          g_bytes_get_data (response->thought->audio, NULL), n);
      response->session->has_audio = TRUE;
      response->samples_sent = n;
    }
    return G_SOURCE_CONTINUE;
  }

  if (response->audio && !first) {
    gsize n = MIN (EMU_SAMPLES (STEP_MS) * SPEEDUP,
        response->n_samples - response->samples_sent);

    if (n > 0)
      emu_output_append (response->session->output, response->id,
          current_item (response)->id,
          (const gint16 *) g_bytes_get_data (response->thought->audio, NULL)
              + response->samples_sent,
          n);
    response->samples_sent += n;
    say_words (response,
        (response->n_words * response->samples_sent + response->n_samples - 1)
            / MAX (response->n_samples, 1));
  } else {
    say_words (response, response->words_sent + WORDS_PER_STEP);
  }

  if (response->samples_sent < response->n_samples
      || (!response->audio && response->words_sent < response->n_words))
    return G_SOURCE_CONTINUE;
  if (response->incomplete == NULL)
    say_words (response, response->n_words);
  g_clear_pointer (&response->step, g_source_unref);
  end_message (response);
  return G_SOURCE_REMOVE;
}

/* Arguments in two pieces, as a client must join them. */
static void
send_arguments (EmuResponse *response, const EmuToolCall *call,
    const gchar *prefix, const gchar *call_id)
{
  g_autofree gchar *delta_type = g_strconcat (
      prefix, "_call_arguments.delta", NULL);
  g_autofree gchar *done_type = g_strconcat (
      prefix, "_call_arguments.done", NULL);
  glong length = g_utf8_strlen (call->arguments, -1);
  const gchar *middle = g_utf8_offset_to_pointer (call->arguments, length / 2);
  JsonObject *event;
  guint i;

  for (i = 0; i < 2; i++) {
    g_autofree gchar *delta = i == 0
        ? g_strndup (call->arguments, middle - call->arguments)
        : g_strdup (middle);

    event = item_event (response, delta_type);
    if (call_id != NULL)
      json_object_set_string_member (event, "call_id", call_id);
    json_object_set_string_member (event, "delta", delta);
    emu_session_send (response->session, event);
  }
  event = item_event (response, done_type);
  if (call_id != NULL) {
    json_object_set_string_member (event, "call_id", call_id);
    json_object_set_string_member (event, "name", call->name);
  }
  json_object_set_string_member (event, "arguments", call->arguments);
  emu_session_send (response->session, event);
}

static void
call_function (EmuResponse *response, const EmuToolCall *call)
{
  JsonObject *item = json_object_new ();
  g_autofree gchar *call_id = emu_make_id ("call_");

  json_object_set_string_member (item, "type", "function_call");
  json_object_set_string_member (item, "status", "in_progress");
  json_object_set_string_member (item, "name", call->name);
  json_object_set_string_member (item, "call_id", call_id);
  json_object_set_string_member (item, "arguments", "");
  add_item (response, item);
  send_arguments (response, call, "response.function", call_id);
  json_object_set_string_member (item, "arguments", call->arguments);
  end_item (response, "completed");
}

static void
request_approval (EmuResponse *response, const EmuToolCall *call)
{
  JsonObject *item = json_object_new ();
  g_autofree gchar *id = emu_make_id ("mcpr_");

  json_object_set_string_member (item, "id", id);
  json_object_set_string_member (item, "type", "mcp_approval_request");
  json_object_set_string_member (item, "server_label", call->server_label);
  json_object_set_string_member (item, "name", call->name);
  json_object_set_string_member (item, "arguments", call->arguments);
  add_item (response, item);
  end_item (response, "completed");
}

/* The server calls the tool itself. */
static void
call_mcp (EmuResponse *response, const EmuToolCall *call)
{
  JsonObject *item = json_object_new ();
  g_autofree gchar *id = emu_make_id ("mcp_");
  JsonObject *event;
  gboolean worked;

  json_object_set_string_member (item, "id", id);
  json_object_set_string_member (item, "type", "mcp_call");
  json_object_set_string_member (item, "server_label", call->server_label);
  json_object_set_string_member (item, "name", call->name);
  json_object_set_string_member (item, "arguments", "");
  emu_json_set_string_or_null (
      item, "approval_request_id", call->approval_request_id);
  json_object_set_null_member (item, "output");
  json_object_set_null_member (item, "error");
  add_item (response, item);
  send_arguments (response, call, "response.mcp", NULL);
  json_object_set_string_member (item, "arguments", call->arguments);

  event = item_event (response, "response.mcp_call.in_progress");
  json_object_remove_member (event, "response_id");
  emu_session_send (response->session, event);
  worked = emu_mcp_call (item);
  event = item_event (response,
      worked ? "response.mcp_call.completed" : "response.mcp_call.failed");
  json_object_remove_member (event, "response_id");
  emu_session_send (response->session, event);
  g_ptr_array_add (response->context, emu_item_ref (current_item (response)));
  end_item (response, worked ? "completed" : "incomplete");
}

/* The calls of the thought. What a server of the model's own answered, the
 * model reads in the same response. */
static void
call_tools (EmuResponse *response)
{
  GPtrArray *calls = response->thought->calls;
  gboolean again = FALSE;
  guint i;

  for (i = 0; i < calls->len; i++) {
    const EmuToolCall *call = g_ptr_array_index (calls, i);

    response->text_tokens += text_tokens (call->name)
        + text_tokens (call->arguments);
    if (call->server_label == NULL) {
      call_function (response, call);
    } else if (call->needs_approval) {
      request_approval (response, call);
    } else {
      call_mcp (response, call);
      again = TRUE;
    }
  }
  if (again && ++response->rounds < MAX_ROUNDS)
    think (response);
  else
    finish (response, "completed", NULL);
}

/* Cuts the message to @n_words or @n_samples. */
static void
cut (EmuResponse *response, guint n_words, gsize n_samples,
    const gchar *incomplete)
{
  if (response->audio && response->n_samples > n_samples) {
    response->n_words = response->n_words * n_samples / response->n_samples;
    response->n_samples = n_samples;
    response->incomplete = incomplete;
  } else if (!response->audio && response->n_words > n_words) {
    response->n_words = n_words;
    response->incomplete = incomplete;
  }
}

/* max_output_tokens cuts the answer. */
static void
apply_token_limit (EmuResponse *response)
{
  gint64 limit = gst_oai_json_get_int (
      response->settings, "max_output_tokens", G_MAXINT);
  gint64 tokens = 0;
  guint n;

  for (n = 0; n < response->n_words; n++) {
    tokens += text_tokens (response->words[n]);
    if (tokens > limit)
      break;
  }
  cut (response, n, (gsize) MIN (limit, 1000000) * EMU_SAMPLES (50),
      "max_output_tokens");
}

static void
start_message (EmuResponse *response)
{
  g_clear_pointer (&response->words, g_strfreev);
  response->words = emu_split_words (response->thought->text);
  response->n_words = g_strv_length (response->words);
  response->words_sent = 0;
  response->n_samples = 0;
  response->samples_sent = 0;
  if (response->audio && response->thought->audio != NULL)
    response->n_samples = g_bytes_get_size (response->thought->audio) / 2;
  apply_token_limit (response);
  if (emu_options_fault (response->session->options, "content-filter") != NULL)
    cut (response, FILTERED_WORDS, EMU_SAMPLES (500), "content_filter");
  response->step = g_timeout_source_new (STEP_MS);
  g_source_set_callback (response->step, on_step, emu_response_ref (response),
      (GDestroyNotify) emu_response_unref);
  g_source_attach (response->step, NULL);
}

static void
on_thought (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EmuResponse *response = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EmuThought) thought = emu_mind_think_finish (result, &error);
  const gchar *fault = emu_options_fault (
      response->session->options, "response-fails");

  /* Cancelled while it was thinking: it has said nothing. */
  if (!response->done) {
    g_clear_pointer (&response->thought, emu_thought_free);
    response->thought = g_steal_pointer (&thought);
    if (fault == NULL && response->thought != NULL)
      fault = response->thought->failure;
    if (fault != NULL) {
      response->error_code = fault;
      finish (response, "failed", "The response failed.");
    } else if (response->thought == NULL) {
      finish (response, "failed", error->message);
    } else if (response->thought->text != NULL) {
      start_message (response);
    } else {
      call_tools (response);
    }
  }
  emu_response_unref (response);
}

static void
think (EmuResponse *response)
{
  emu_mind_think (response->session->mind,
      emu_prompt_new (response->context, response->settings, response->audio,
          response->session->script),
      response->cancellable, on_thought, emu_response_ref (response));
}

/* The request that the newest item of the context answers with yes, or NULL. */
static EmuItem *
find_approved (EmuResponse *response)
{
  GPtrArray *context = response->context;
  EmuItem *answer = context->len > 0
      ? g_ptr_array_index (context, context->len - 1)
      : NULL;
  guint i;

  if (answer == NULL
      || strcmp (emu_item_type (answer), "mcp_approval_response") != 0
      || !gst_oai_json_get_boolean (answer->json, "approve", FALSE))
    return NULL;
  for (i = 0; i < context->len; i++) {
    EmuItem *item = g_ptr_array_index (context, i);

    if (strcmp (emu_item_type (item), "mcp_approval_request") == 0
        && strcmp (item->id,
               gst_oai_json_get_string (
                   answer->json, "approval_request_id", ""))
            == 0)
      return item;
  }
  return NULL;
}

/* Begins with the call that waited for a yes. */
static void
call_approved (EmuResponse *response, EmuItem *request)
{
  EmuToolCall *call;

  response->thought = emu_thought_new (NULL, NULL);
  call = emu_thought_add_call (response->thought,
      gst_oai_json_get_string (request->json, "server_label", ""),
      gst_oai_json_get_string (request->json, "name", ""),
      gst_oai_json_get_string (request->json, "arguments", "{}"));
  call->approval_request_id = g_strdup (request->id);
  call_tools (response);
}

static void
finish (EmuResponse *response, const gchar *status, const gchar *reason)
{
  if (response->done)
    return;
  response->done = TRUE;
  emu_response_ref (response);
  g_cancellable_cancel (response->cancellable);
  if (response->step != NULL) {
    g_source_destroy (response->step);
    g_clear_pointer (&response->step, g_source_unref);
  }
  emu_output_complete (response->session->output, response->id);
  if (response->part_open)
    close_part (response);
  if (response->item_open)
    end_item (response, "incomplete");
  send_response (
      response, "response.done", describe (response, status, reason));
  emu_session_response_ended (response->session, response);
  emu_response_unref (response);
}

void
emu_response_cancel (EmuResponse *response, const gchar *reason)
{
  finish (response, "cancelled", reason);
}

/* The items of response.create.input. */
static GPtrArray *
own_context (EmuSession *session, JsonArray *input, EmuProblem **problem)
{
  g_autoptr (GPtrArray)
      items = g_ptr_array_new_with_free_func ((GDestroyNotify) emu_item_unref);
  guint i;

  for (i = 0; i < json_array_get_length (input); i++) {
    JsonObject *json = json_array_get_object_element (input, i);
    g_autofree gchar *param = g_strdup_printf ("response.input[%u]", i);

    if (strcmp (gst_oai_json_get_string (json, "type", ""), "item_reference")
        == 0) {
      const gchar *id = gst_oai_json_get_string (json, "id", "");
      EmuItem *item = emu_conversation_find (session->conversation, id);

      if (item == NULL) {
        emu_problem_set (problem, "item_not_found", param,
            "There is no item with ID '%s'.", id);
        return NULL;
      }
      g_ptr_array_add (items, emu_item_ref (item));
    } else {
      EmuItem *item = emu_item_from_client (json, param, problem);

      if (item == NULL)
        return NULL;
      g_ptr_array_add (items, item);
    }
  }
  return g_steal_pointer (&items);
}

static gboolean
on_approved (gpointer user_data)
{
  EmuResponse *response = user_data;
  EmuItem *approved = find_approved (response);

  if (!response->done && approved != NULL)
    call_approved (response, approved);
  return G_SOURCE_REMOVE;
}

static void
release_response (gpointer data)
{
  emu_response_unref (data);
}

EmuResponse *
emu_response_start (
    EmuSession *session, JsonObject *overrides, EmuProblem **problem)
{
  g_autoptr (GPtrArray) context = NULL;
  JsonArray *input = overrides != NULL
      ? gst_oai_json_get_array (overrides, "input")
      : NULL;
  JsonArray *modalities;
  EmuResponse *response;
  EmuItem *approved;
  guint i;

  if (input != NULL) {
    context = own_context (session, input, problem);
    if (context == NULL)
      return NULL;
  } else {
    GPtrArray *items = session->conversation->items;

    context = g_ptr_array_new_with_free_func ((GDestroyNotify) emu_item_unref);
    for (i = 0; i < items->len; i++)
      g_ptr_array_add (context, emu_item_ref (g_ptr_array_index (items, i)));
  }

  response = g_new0 (EmuResponse, 1);
  response->ref_count = 1;
  response->session = emu_session_ref (session);
  response->id = emu_make_id ("resp_");
  response->context = g_steal_pointer (&context);
  response->items = g_ptr_array_new_with_free_func (
      (GDestroyNotify) emu_item_unref);
  response->cancellable = g_cancellable_new ();
  response->settings = emu_settings_for_response (session->settings, overrides);
  modalities = gst_oai_json_get_array (response->settings, "output_modalities");
  response->audio = modalities == NULL
      || g_strcmp0 (json_array_get_string_element (modalities, 0), "text") != 0;
  if (overrides != NULL) {
    response->aside = strcmp (gst_oai_json_get_string (
                                  overrides, "conversation", "auto"),
                          "none")
        == 0;
    if (json_object_has_member (overrides, "metadata"))
      response->metadata = emu_json_copy_node (
          json_object_get_member (overrides, "metadata"));
  }
  session->n_responses++;

  send_response (response, "response.created", describe (response, NULL, NULL));
  send_rate_limits (response);
  approved = find_approved (response);
  if (approved == NULL) {
    think (response);
    return response;
  }
  /* Later: nobody holds this response yet. */
  emu_post (on_approved, emu_response_ref (response), release_response);
  return response;
}
