/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mcp.h"

#include "protocol/gstoaijson.h"

#include <string.h>

static const struct {
  const gchar *name;
  const gchar *description;
  gboolean read_only;
  const gchar *schema;
} canned[] = {
  { "echo", "Says back a text.", TRUE,
      "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},"
      "\"required\":[\"text\"]}" },
  { "roll_dice", "Rolls a die of six sides.", FALSE,
      "{\"type\":\"object\",\"properties\":{}}" },
  { "broken", "Fails.", FALSE, "{\"type\":\"object\",\"properties\":{}}" },
};

static gboolean
contains (JsonArray *names, const gchar *name)
{
  guint i;

  for (i = 0; i < json_array_get_length (names); i++)
    if (g_strcmp0 (json_array_get_string_element (names, i), name) == 0)
      return TRUE;
  return FALSE;
}

/* Does {tool_names, read_only} choose this tool? Both must when both are
 * there. */
static gboolean
filter_matches (JsonObject *filter, guint i)
{
  JsonArray *names = gst_oai_json_get_array (filter, "tool_names");

  if (names != NULL && !contains (names, canned[i].name))
    return FALSE;
  return !json_object_has_member (filter, "read_only")
      || gst_oai_json_get_boolean (filter, "read_only", FALSE)
      == canned[i].read_only;
}

JsonArray *
emu_mcp_list_tools (JsonObject *tool)
{
  JsonArray *allowed = gst_oai_json_get_array (tool, "allowed_tools");
  JsonObject *filter = gst_oai_json_get_object (tool, "allowed_tools");
  JsonArray *tools;
  guint i;

  if (strstr (gst_oai_json_get_string (tool, "server_url", ""), "fail") != NULL)
    return NULL;
  tools = json_array_new ();
  for (i = 0; i < G_N_ELEMENTS (canned); i++) {
    JsonObject *each, *annotations;

    if ((allowed != NULL && !contains (allowed, canned[i].name))
        || (filter != NULL && !filter_matches (filter, i)))
      continue;
    each = json_object_new ();
    annotations = json_object_new ();
    json_object_set_string_member (each, "name", canned[i].name);
    json_object_set_string_member (each, "description", canned[i].description);
    json_object_set_member (
        each, "input_schema", json_from_string (canned[i].schema, NULL));
    json_object_set_boolean_member (
        annotations, "readOnlyHint", canned[i].read_only);
    json_object_set_object_member (each, "annotations", annotations);
    json_array_add_object_element (tools, each);
  }
  return tools;
}

gboolean
emu_mcp_needs_approval (JsonObject *tool, const gchar *name)
{
  const gchar *always = gst_oai_json_get_string (
      tool, "require_approval", NULL);
  JsonObject *filter = gst_oai_json_get_object (tool, "require_approval.never");
  guint i;

  if (always != NULL)
    return strcmp (always, "never") != 0;
  for (i = 0; filter != NULL && i < G_N_ELEMENTS (canned); i++)
    if (strcmp (canned[i].name, name) == 0 && filter_matches (filter, i))
      return FALSE;
  filter = gst_oai_json_get_object (tool, "require_approval.always");
  if (filter == NULL)
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (canned); i++)
    if (strcmp (canned[i].name, name) == 0 && filter_matches (filter, i))
      return TRUE;
  /* Named nowhere: only what was named as "always" is asked for. */
  return gst_oai_json_get_object (tool, "require_approval.never") != NULL;
}

gboolean
emu_mcp_call (JsonObject *item)
{
  const gchar *name = gst_oai_json_get_string (item, "name", "");
  const gchar *arguments = gst_oai_json_get_string (item, "arguments", "{}");
  g_autoptr (JsonObject) parsed = gst_oai_json_parse_object (
      arguments, strlen (arguments), 65536, NULL);
  g_autofree gchar *output = NULL;
  JsonObject *error;

  if (strcmp (name, "echo") == 0 && parsed != NULL)
    output = g_strdup (gst_oai_json_get_string (parsed, "text", ""));
  else if (strcmp (name, "roll_dice") == 0)
    output = g_strdup_printf ("%d", g_random_int_range (1, 7));
  if (output != NULL) {
    json_object_set_string_member (item, "output", output);
    return TRUE;
  }
  error = json_object_new ();
  json_object_set_string_member (error, "type", "tool_execution_error");
  json_object_set_string_member (
      error, "message", "The tool is broken, as its name says.");
  json_object_set_object_member (item, "error", error);
  return FALSE;
}
