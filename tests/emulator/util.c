/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "util.h"

#include <string.h>

static EmuProblem *
problem_new_valist (guint status, const gchar *code, const gchar *param,
    const gchar *format, va_list args)
{
  EmuProblem *problem = g_new0 (EmuProblem, 1);

  problem->status = status;
  problem->type = g_strdup (
      status >= 500 ? "server_error" : "invalid_request_error");
  problem->code = g_strdup (code);
  problem->param = g_strdup (param);
  problem->message = g_strdup_vprintf (format, args);
  return problem;
}

EmuProblem *
emu_problem_new (guint status, const gchar *code, const gchar *param,
    const gchar *format, ...)
{
  EmuProblem *problem;
  va_list args;

  va_start (args, format);
  problem = problem_new_valist (status, code, param, format, args);
  va_end (args);
  return problem;
}

/* Fills @problem unless the caller does not care or it is already set. */
void
emu_problem_set (EmuProblem **problem, const gchar *code, const gchar *param,
    const gchar *format, ...)
{
  va_list args;

  if (problem == NULL || *problem != NULL)
    return;
  va_start (args, format);
  *problem = problem_new_valist (400, code, param, format, args);
  va_end (args);
}

void
emu_problem_free (EmuProblem *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->type);
  g_free (problem->code);
  g_free (problem->message);
  g_free (problem->param);
  g_free (problem);
}

JsonObject *
emu_problem_to_json (const EmuProblem *problem)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", problem->type);
  emu_json_set_string_or_null (object, "code", problem->code);
  json_object_set_string_member (object, "message", problem->message);
  emu_json_set_string_or_null (object, "param", problem->param);
  return object;
}

gchar *
emu_make_id (const gchar *prefix)
{
  static const gchar letters[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  GString *id = g_string_new (prefix);
  guint i;

  for (i = 0; i < 24; i++)
    g_string_append_c (
        id, letters[g_random_int_range (0, sizeof (letters) - 1)]);
  return g_string_free (id, FALSE);
}

gdouble
emu_now_ms (void)
{
  return g_get_monotonic_time () / 1000.0;
}

/* Not g_main_context_invoke(): it runs in the caller when the main loop is not
 * iterating, and callers hold locks of webrtcbin. */
void
emu_post (GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, notify);
  g_source_attach (source, NULL);
  g_source_unref (source);
}

gchar **
emu_split_words (const gchar *text)
{
  GPtrArray *words = g_ptr_array_new ();
  const gchar *begin = text;
  const gchar *c;

  for (c = text; *c != '\0'; c++) {
    if (*c == ' ' && c > begin && c[1] != ' ') {
      g_ptr_array_add (words, g_strndup (begin, c - begin));
      begin = c;
    }
  }
  if (c > begin)
    g_ptr_array_add (words, g_strndup (begin, c - begin));
  g_ptr_array_add (words, NULL);
  return (gchar **) g_ptr_array_free (words, FALSE);
}

/* json_node_copy() shares objects and arrays; this does not. */
JsonNode *
emu_json_copy_node (JsonNode *node)
{
  JsonNode *copy;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    copy = json_node_new (JSON_NODE_OBJECT);
    json_node_take_object (copy, emu_json_copy (json_node_get_object (node)));
    return copy;
  }
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *from = json_node_get_array (node);
    JsonArray *to = json_array_sized_new (json_array_get_length (from));
    guint i;

    for (i = 0; i < json_array_get_length (from); i++)
      json_array_add_element (
          to, emu_json_copy_node (json_array_get_element (from, i)));
    copy = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (copy, to);
    return copy;
  }
  return json_node_copy (node);
}

JsonObject *
emu_json_copy (JsonObject *object)
{
  JsonObject *copy = json_object_new ();
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    json_object_set_member (copy, name, emu_json_copy_node (node));
  return copy;
}

void
emu_json_set_string_or_null (
    JsonObject *object, const gchar *name, const gchar *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

void
emu_wav_header (guint8 *header, guint rate, guint32 data_size)
{
  memcpy (header, "RIFF", 4);
  GST_WRITE_UINT32_LE (header + 4, data_size + EMU_WAV_HEADER - 8);
  memcpy (header + 8, "WAVEfmt ", 8);
  GST_WRITE_UINT32_LE (header + 16, 16);
  GST_WRITE_UINT16_LE (header + 20, 1);
  GST_WRITE_UINT16_LE (header + 22, 1);
  GST_WRITE_UINT32_LE (header + 24, rate);
  GST_WRITE_UINT32_LE (header + 28, rate * 2);
  GST_WRITE_UINT16_LE (header + 32, 2);
  GST_WRITE_UINT16_LE (header + 34, 16);
  memcpy (header + 36, "data", 4);
  GST_WRITE_UINT32_LE (header + 40, data_size);
}
