/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mcp.h"
#include "mind.h"
#include "speech.h"

#include "protocol/gstoaijson.h"

#include <string.h>

/* A mind of a few rules: the first whose words are all in what was said
 * answers. */

#define STORY                                                                  \
  "Once upon a time there was a little packet that lived in a buffer. Every "  \
  "morning it looked at the clock and asked whether it was time to go. Not "   \
  "yet, said the clock, you are early. So it waited, and it made friends "     \
  "with the packet before it and the packet behind it. One day the packet "    \
  "before it was lost in a storm. The little packet was sad, but it "          \
  "remembered its shape, and it filled the gap as well as it could. When it "  \
  "arrived at last, the listener heard nothing but a smooth and friendly "     \
  "voice. And if it was not dropped by a queue, it plays there to this day."

typedef struct _Rule Rule;

struct _Rule {
  /* All of them must be heard. */
  const gchar *words;
  /* Names of tools that answer this better, "a|b". */
  const gchar *tools;
  /* What to say ... */
  const gchar *text;
  /* ... or what makes it. */
  gchar *(*answer) (const gchar *said);
  /* Arguments of the tool, of its call @n; NULL when there are fewer calls. */
  JsonObject *(*arguments) (const gchar *said, JsonObject *parameters, guint n);
};

static const gchar *const numbers[] = { "zero", "one", "two", "three", "four",
  "five", "six", "seven", "eight", "nine", "ten", NULL };

/* The first number in @said, or @fallback. With @last the last one. */
static guint
find_number (const gchar *said, gboolean last, guint fallback)
{
  g_auto (GStrv) words = g_strsplit (said, " ", -1);
  guint found = fallback;
  guint i, n;

  for (i = 0; words[i] != NULL; i++) {
    for (n = 0; numbers[n] != NULL; n++) {
      if (strcmp (words[i], numbers[n]) != 0
          && g_ascii_strtoull (words[i], NULL, 10) != (n > 0 ? n : G_MAXUINT))
        continue;
      if (!last)
        return n;
      found = n;
    }
  }
  return found;
}

static gchar *
answer_time (const gchar *said)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "It is %H:%M.");
}

static gchar *
answer_count (const gchar *said)
{
  guint to = find_number (said, TRUE, 10);
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 1; i <= to; i++)
    g_string_append_printf (text, "%s%s", i > 1 ? ", " : "", numbers[i]);
  g_string_append_c (text, '.');
  return g_string_free (text, FALSE);
}

static gchar *
answer_move (const gchar *said)
{
  guint n = find_number (said, FALSE, 1);

  return g_strdup_printf ("Going %s %s %s.",
      strstr (said, "backward") ? "backward" : "forward", numbers[n],
      n == 1 ? "meter" : "meters");
}

/* "what is the weather in paris and london" -> "Paris", "London" */
static gchar **
find_cities (const gchar *said)
{
  const gchar *in = g_strrstr (said, " in ");
  gchar **cities = g_strsplit (in != NULL ? in + 4 : "paris", " and ", 8);
  guint i;

  for (i = 0; cities[i] != NULL; i++) {
    gboolean begin = TRUE;
    gchar *c;

    for (c = cities[i]; *c != '\0'; c++) {
      if (begin)
        *c = g_ascii_toupper (*c);
      begin = *c == ' ';
    }
  }
  return cities;
}

static gchar *
answer_weather (const gchar *said)
{
  g_auto (GStrv) cities = find_cities (said);
  g_autofree gchar *list = g_strjoinv (" and ", cities);

  return g_strdup_printf ("I have no tool to look up the weather in %s.", list);
}

/* The city goes into the tool's parameter of a likely name, else its first. */
static JsonObject *
weather_arguments (const gchar *said, JsonObject *parameters, guint n)
{
  static const gchar *likely[] = { "city", "location", "place" };
  JsonObject *properties = parameters != NULL
      ? gst_oai_json_get_object (parameters, "properties")
      : NULL;
  JsonObject *arguments = json_object_new ();
  g_auto (GStrv) cities = find_cities (said);
  const gchar *city = cities[n];
  const gchar *name = NULL;
  guint i;

  if (city == NULL) {
    json_object_unref (arguments);
    return NULL;
  }

  for (i = 0; properties != NULL && name == NULL && i < 3; i++)
    if (json_object_has_member (properties, likely[i]))
      name = likely[i];
  if (name == NULL && properties != NULL
      && json_object_get_size (properties) > 0) {
    g_autoptr (GList) members = json_object_get_members (properties);

    json_object_set_string_member (arguments, members->data, city);
    return arguments;
  }
  json_object_set_string_member (arguments, name != NULL ? name : "city", city);
  return arguments;
}

static JsonObject *
move_arguments (const gchar *said, JsonObject *parameters, guint n)
{
  JsonObject *arguments;

  if (n > 0)
    return NULL;
  arguments = json_object_new ();
  json_object_set_string_member (arguments, "direction",
      strstr (said, "backward") ? "backward" : "forward");
  json_object_set_int_member (
      arguments, "meters", find_number (said, FALSE, 1));
  return arguments;
}

static JsonObject *
echo_arguments (const gchar *said, JsonObject *parameters, guint n)
{
  const gchar *echo = strstr (said, "echo ");
  JsonObject *arguments;

  if (n > 0)
    return NULL;
  arguments = json_object_new ();
  json_object_set_string_member (
      arguments, "text", echo != NULL ? echo + 5 : said);
  return arguments;
}

static const Rule rules[] = {
  { "weather", "get_weather|weather|get_current_weather|lookup_weather", NULL,
      answer_weather, weather_arguments },
  { "time", "get_time|get_current_time|clock", NULL, answer_time, NULL },
  { "dice", "roll_dice|dice", "I have no dice." },
  { "echo", "echo", "There is no echo here.", NULL, echo_arguments },
  { "broken", "broken", "Nothing is broken here." },
  { "who you", NULL, "I am the emulator, and I only know a few words." },
  { "your name", NULL, "I am the emulator, and I only know a few words." },
  { "count", NULL, NULL, answer_count },
  { "joke", NULL,
      "A packet walks into a bar. The next one says nothing. The bartender "
      "asks: did we lose him?" },
  { "story", NULL, STORY },
  { "go meters", "move|go|drive", NULL, answer_move, move_arguments },
  { "go meter", "move|go|drive", NULL, answer_move, move_arguments },
  { "stop", NULL, "I have stopped." },
  { "quiet", NULL, "I am quiet." },
  { "goodbye", NULL, "Goodbye!" },
  { "hello", NULL, "Hello! How can I help you?" },
  { "good morning", NULL, "Good morning! How can I help you?" },
  { "good evening", NULL, "Good evening! How can I help you?" },
};

static gboolean
has_words (gchar **said, const gchar *words)
{
  g_auto (GStrv) wanted = g_strsplit (words, " ", -1);
  guint i;

  for (i = 0; wanted[i] != NULL; i++)
    if (!g_strv_contains ((const gchar *const *) said, wanted[i]))
      return FALSE;
  return TRUE;
}

/* Lower case, words and single spaces only. */
static gchar *
normalise (const gchar *text)
{
  g_autofree gchar *lower = g_utf8_strdown (text, -1);
  GString *words = g_string_new (NULL);
  const gchar *c;

  for (c = lower; *c != '\0'; c = g_utf8_next_char (c)) {
    gunichar u = g_utf8_get_char (c);

    if (g_unichar_isalnum (u) || u == '\'')
      g_string_append_unichar (words, u);
    else if (words->len > 0 && words->str[words->len - 1] != ' ')
      g_string_append_c (words, ' ');
  }
  g_strchomp (words->str);
  return g_string_free (words, FALSE);
}

static const Rule *
find_rule (const gchar *said)
{
  g_auto (GStrv) words = g_strsplit (said, " ", -1);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rules); i++)
    if (has_words (words, rules[i].words))
      return &rules[i];
  return NULL;
}

/* Whether the tool @name should answer. @forced: the only one that may. */
static gboolean
fits (const Rule *rule, const gchar *name, const gchar *choice,
    const gchar *forced)
{
  g_auto (GStrv) names = g_strsplit (
      rule != NULL && rule->tools ? rule->tools : "", "|", -1);

  if (forced != NULL)
    return strcmp (forced, name) == 0;
  return g_strv_contains ((const gchar *const *) names, name)
      || g_strcmp0 (choice, "required") == 0;
}

/* A tool of an MCP server; @name of which is set. */
static gboolean
fits_mcp (JsonObject *tool, JsonObject *settings, const Rule *rule,
    const gchar *choice, const gchar *forced, const gchar **name)
{
  const gchar *label = gst_oai_json_get_string (
      settings, "tool_choice.server_label", NULL);
  g_autoptr (JsonArray) tools = emu_mcp_list_tools (tool);
  guint i;

  if (label != NULL
      && strcmp (label, gst_oai_json_get_string (tool, "server_label", ""))
          != 0)
    return FALSE;
  for (i = 0; tools != NULL && i < json_array_get_length (tools); i++) {
    const gchar *each = gst_oai_json_get_string (
        json_array_get_object_element (tools, i), "name", "");

    if ((label != NULL && forced == NULL)
        || fits (rule, each, choice, forced)) {
      *name = g_intern_string (each);
      return TRUE;
    }
  }
  return FALSE;
}

/* The tool of the session that should answer, or NULL. @name: which one of an
 * MCP server. */
static JsonObject *
find_tool (JsonObject *settings, const Rule *rule, const gchar **name)
{
  JsonArray *tools = gst_oai_json_get_array (settings, "tools");
  const gchar *choice = gst_oai_json_get_string (settings, "tool_choice", NULL);
  const gchar *forced = gst_oai_json_get_string (
      settings, "tool_choice.name", NULL);
  gboolean mcp_only = strcmp (gst_oai_json_get_string (
                                  settings, "tool_choice.type", ""),
                          "mcp")
      == 0;
  guint i;

  if (tools == NULL || g_strcmp0 (choice, "none") == 0)
    return NULL;
  for (i = 0; i < json_array_get_length (tools); i++) {
    JsonObject *tool = json_array_get_object_element (tools, i);

    if (strcmp (gst_oai_json_get_string (tool, "type", ""), "mcp") == 0) {
      if (fits_mcp (tool, settings, rule, choice, forced, name))
        return tool;
      continue;
    }
    *name = gst_oai_json_get_string (tool, "name", "");
    if (!mcp_only && fits (rule, *name, choice, forced))
      return tool;
  }
  return NULL;
}

static EmuThought *
call_tool (JsonObject *settings, JsonObject *tool, const gchar *name,
    const Rule *rule, const gchar *said)
{
  EmuThought *thought = emu_thought_new (NULL, NULL);
  gboolean parallel = gst_oai_json_get_boolean (
      settings, "parallel_tool_calls", TRUE);
  const gchar *label = gst_oai_json_get_string (tool, "server_label", NULL);
  guint n;

  for (n = 0; n == 0 || parallel; n++) {
    g_autoptr (JsonObject) arguments = NULL;
    g_autofree gchar *text = NULL;
    EmuToolCall *call;

    if (rule != NULL && rule->arguments != NULL)
      arguments = rule->arguments (
          said, gst_oai_json_get_object (tool, "parameters"), n);
    else if (n == 0)
      arguments = json_object_new ();
    if (arguments == NULL)
      break;
    text = gst_oai_json_to_string (arguments);
    call = emu_thought_add_call (thought, label, name, text);
    call->needs_approval = label != NULL && emu_mcp_needs_approval (tool, name);
  }
  return thought;
}

/* {"sky": "clear", "temperature": 21} -> "sky clear, temperature 21" */
static gchar *
describe_output (const gchar *output)
{
  g_autoptr (JsonObject)
      object = gst_oai_json_parse_object (output, strlen (output), 65536, NULL);
  GString *text;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (object == NULL)
    return g_strdup (output);
  text = g_string_new (NULL);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_autofree gchar *value = json_to_string (node, FALSE);

    g_strdelimit (value, "\"{}[]_", ' ');
    g_strstrip (value);
    g_string_append_printf (
        text, "%s%s %s", text->len > 0 ? ", " : "", name, value);
  }
  g_strdelimit (text->str, "_", ' ');
  return g_string_free (text, FALSE);
}

/* The part of @instructions in quotes: "Say 'hello'". */
static gchar *
quoted (const gchar *instructions)
{
  const gchar *begin = strpbrk (instructions, "\"'");
  const gchar *end = begin != NULL ? strrchr (begin + 1, *begin) : NULL;

  return end != NULL && end > begin + 1 ? g_strndup (begin + 1, end - begin - 1)
                                        : NULL;
}

static EmuThought *
answer (EmuPrompt *prompt)
{
  EmuItem *item = emu_prompt_last_said (prompt);
  g_autofree gchar *raw = NULL;
  g_autofree gchar *said = NULL;
  g_autofree gchar *text = NULL;
  const gchar *name = NULL;
  const Rule *rule;
  JsonObject *tool;

  if (item == NULL) {
    text = quoted (
        gst_oai_json_get_string (prompt->settings, "instructions", ""));
    return emu_thought_new (
        text != NULL ? text : "Hello! How can I help you?", NULL);
  }
  raw = emu_item_text (item);
  if (*emu_item_role (item) == '\0') {
    g_autofree gchar *output = describe_output (raw);

    text = g_strdup_printf ("The answer is: %s.", output);
    return emu_thought_new (text, NULL);
  }
  said = normalise (raw);
  if (*said == '\0')
    return emu_thought_new ("I did not understand that.", NULL);
  rule = find_rule (said);
  tool = find_tool (prompt->settings, rule, &name);
  if (tool != NULL)
    return call_tool (prompt->settings, tool, name, rule, said);
  if (rule == NULL)
    text = g_strdup_printf ("I heard: %s.", said);
  else if (rule->answer != NULL)
    text = rule->answer (said);
  else
    text = g_strdup (rule->text);
  return emu_thought_new (text, NULL);
}

typedef struct {
  GTask *task;
  EmuThought *thought;
} Saying;

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Saying *saying = user_data;
  GError *error = NULL;

  saying->thought->audio = emu_speech_say_finish (result, &error);
  if (error != NULL) {
    g_task_return_error (saying->task, error);
    emu_thought_free (saying->thought);
  } else {
    g_task_return_pointer (
        saying->task, saying->thought, (GDestroyNotify) emu_thought_free);
  }
  g_object_unref (saying->task);
  g_free (saying);
}

static void
on_heard (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EmuPrompt *prompt = g_task_get_task_data (task);
  EmuThought *thought;
  Saying *saying;

  if (g_task_return_error_if_cancelled (task))
    return;
  thought = answer (prompt);
  if (thought->text == NULL || !prompt->audio) {
    g_task_return_pointer (task, thought, (GDestroyNotify) emu_thought_free);
    return;
  }
  saying = g_new0 (Saying, 1);
  saying->task = g_object_ref (task);
  saying->thought = thought;
  emu_speech_say (thought->text, prompt->settings,
      g_task_get_cancellable (task), on_spoken, saying);
}

static void
talk_think (EmuMind *mind, GTask *task, EmuPrompt *prompt)
{
  EmuItem *item = emu_prompt_last_said (prompt);
  g_autoptr (GTask)
      heard = g_task_new (NULL, NULL, on_heard, g_object_ref (task));

  if (item != NULL)
    emu_item_when_heard (item, heard);
  else
    g_task_return_boolean (heard, TRUE);
}

EmuMind *
emu_mind_talk_new (GError **error)
{
  EmuMind *mind;
  EmuRecogniser *recogniser;

  if (!emu_speech_available ()) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "--mind talk needs the program espeak-ng. Install espeak-ng.");
    return NULL;
  }
#ifndef EMU_TALK_FSG
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "--mind talk was left out of this build: install sphinxbase-utils, "
      "gstreamer1.0-pocketsphinx and pocketsphinx-en-us, and build again.");
  return NULL;
#endif
  recogniser = emu_recogniser_new (FALSE, error);
  if (recogniser == NULL) {
    g_prefix_error (error, "--mind talk: ");
    return NULL;
  }
  mind = g_new0 (EmuMind, 1);
  mind->name = "talk";
  mind->wants_text = TRUE;
  mind->recogniser = recogniser;
  mind->think = talk_think;
  return mind;
}
