/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "protocol/gstoaijson.h"

#include <math.h>
#include <string.h>

/* Longest member name in a path of the program's own. */
#define MAX_NAME 128

G_DEFINE_QUARK (gst - oai - json - error - quark, gst_oai_json_error)

/* What the scanner may meet next. */
typedef enum {
  EXPECT_VALUE,
  EXPECT_VALUE_OR_END,
  EXPECT_NAME,
  EXPECT_NAME_OR_END,
  EXPECT_COLON,
  EXPECT_COMMA_OR_END,
  EXPECT_NOTHING
} Expect;

typedef struct {
  const gchar *data;
  gsize size;
  gsize pos;
  /* A copy of @data to repair, or NULL. */
  gchar *copy;
  /* Escapes that are in the grammar but are not a character: one half of a
   * surrogate pair. json-glib refuses the whole document for one of them. */
  guint n_lone_surrogates;
  /* "\u0000", which ends a C string early. */
  guint n_nul_escapes;
} Scanner;

static gboolean
scan_hex4 (const Scanner *s, gsize pos, guint *unit)
{
  guint i;

  if (s->size < 4 || pos > s->size - 4)
    return FALSE;

  *unit = 0;
  for (i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (s->data[pos + i]);

    if (digit < 0)
      return FALSE;
    *unit = *unit << 4 | (guint) digit;
  }

  return TRUE;
}

/* At "\u" in a string. Both the replaced escape and U+FFFD take six bytes, so a
 * repair never moves anything. */
static gboolean
scan_unicode_escape (Scanner *s)
{
  guint unit, low;

  if (!scan_hex4 (s, s->pos + 2, &unit))
    return FALSE;

  if (unit >= 0xd800 && unit < 0xdc00 && s->size - s->pos >= 12
      && s->data[s->pos + 6] == '\\' && s->data[s->pos + 7] == 'u'
      && scan_hex4 (s, s->pos + 8, &low) && low >= 0xdc00 && low < 0xe000) {
    s->pos += 12;
    return TRUE;
  }

  if (unit >= 0xd800 && unit < 0xe000)
    s->n_lone_surrogates++;
  else if (unit == 0)
    s->n_nul_escapes++;

  if (s->copy && (unit == 0 || (unit >= 0xd800 && unit < 0xe000)))
    memcpy (s->copy + s->pos, "\\ufffd", 6);

  s->pos += 6;
  return TRUE;
}

/* At the opening quote. */
static gboolean
scan_string (Scanner *s)
{
  s->pos++;
  while (s->pos < s->size) {
    guchar c = s->data[s->pos];

    if (c == '"') {
      s->pos++;
      return TRUE;
    } else if (c < 0x20) {
      return FALSE;
    } else if (c != '\\') {
      s->pos++;
    } else if (s->size - s->pos < 2) {
      return FALSE;
    } else if (s->data[s->pos + 1] == 'u') {
      if (!scan_unicode_escape (s))
        return FALSE;
    } else if (s->data[s->pos + 1] != '\0'
        && strchr ("\"\\/bfnrt", s->data[s->pos + 1])) {
      s->pos += 2;
    } else {
      return FALSE;
    }
  }

  return FALSE;
}

static gboolean
scan_digits (Scanner *s)
{
  gsize start = s->pos;

  while (s->pos < s->size && g_ascii_isdigit (s->data[s->pos]))
    s->pos++;

  return s->pos > start;
}

static gboolean
scan_number (Scanner *s)
{
  gboolean leading_zero;

  if (s->data[s->pos] == '-')
    s->pos++;

  leading_zero = s->pos < s->size && s->data[s->pos] == '0';
  if (leading_zero)
    s->pos++;
  else if (!scan_digits (s))
    return FALSE;

  if (s->pos < s->size && s->data[s->pos] == '.') {
    s->pos++;
    if (!scan_digits (s))
      return FALSE;
  }

  if (s->pos < s->size && (s->data[s->pos] | 0x20) == 'e') {
    s->pos++;
    if (s->pos < s->size && (s->data[s->pos] == '+' || s->data[s->pos] == '-'))
      s->pos++;
    if (!scan_digits (s))
      return FALSE;
  }

  return TRUE;
}

static gboolean
scan_word (Scanner *s, const gchar *word)
{
  gsize len = strlen (word);

  if (s->size - s->pos < len || memcmp (s->data + s->pos, word, len) != 0)
    return FALSE;

  s->pos += len;
  return TRUE;
}

/* A value that holds no others. */
static gboolean
scan_scalar (Scanner *s)
{
  switch (s->data[s->pos]) {
    case '"':
      return scan_string (s);
    case 't':
      return scan_word (s, "true");
    case 'f':
      return scan_word (s, "false");
    case 'n':
      return scan_word (s, "null");
    default:
      return scan_number (s);
  }
}

static gboolean
scan_document (Scanner *s, GError **error)
{
  gchar closers[GST_OAI_JSON_MAX_DEPTH];
  guint depth = 0, n_values = 0;
  Expect expect = EXPECT_VALUE;

  for (;;) {
    gchar c;

    while (s->pos < s->size
        && (s->data[s->pos] == ' ' || s->data[s->pos] == '\n'
            || s->data[s->pos] == '\r' || s->data[s->pos] == '\t'))
      s->pos++;
    if (s->pos == s->size)
      break;
    c = s->data[s->pos];

    switch (expect) {
      case EXPECT_VALUE:
      case EXPECT_VALUE_OR_END:
        if (expect == EXPECT_VALUE_OR_END && c == ']') {
          s->pos++;
          depth--;
          expect = depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
          break;
        }
        if (++n_values > GST_OAI_JSON_MAX_VALUES) {
          g_set_error (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_TOO_LARGE,
              "JSON holds more than %d values", GST_OAI_JSON_MAX_VALUES);
          return FALSE;
        }
        if (c == '{' || c == '[') {
          if (depth == GST_OAI_JSON_MAX_DEPTH) {
            g_set_error (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_TOO_DEEP,
                "JSON is nested more than %d deep", GST_OAI_JSON_MAX_DEPTH);
            return FALSE;
          }
          closers[depth++] = c == '{' ? '}' : ']';
          s->pos++;
          expect = c == '{' ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
          break;
        }
        if (!scan_scalar (s))
          goto syntax;
        expect = depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
        break;
      case EXPECT_NAME:
      case EXPECT_NAME_OR_END:
        if (expect == EXPECT_NAME_OR_END && c == '}') {
          s->pos++;
          depth--;
          expect = depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
          break;
        }
        if (c != '"' || !scan_string (s))
          goto syntax;
        expect = EXPECT_COLON;
        break;
      case EXPECT_COLON:
        if (c != ':')
          goto syntax;
        s->pos++;
        expect = EXPECT_VALUE;
        break;
      case EXPECT_COMMA_OR_END:
        if (c == ',') {
          expect = closers[depth - 1] == '}' ? EXPECT_NAME : EXPECT_VALUE;
        } else if (c == closers[depth - 1]) {
          depth--;
          expect = depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
        } else {
          goto syntax;
        }
        s->pos++;
        break;
      case EXPECT_NOTHING:
        goto syntax;
    }
  }

  if (expect == EXPECT_NOTHING)
    return TRUE;

syntax:
  g_set_error (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
      "Not a JSON document: unexpected %s at byte %" G_GSIZE_FORMAT,
      s->pos < s->size ? "character" : "end", s->pos);
  return FALSE;
}

static gboolean
scan_text (Scanner *s, gsize max_size, GError **error)
{
  if (s->size > max_size) {
    g_set_error (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_TOO_LARGE,
        "JSON of %" G_GSIZE_FORMAT " bytes is larger than %" G_GSIZE_FORMAT,
        s->size, max_size);
    return FALSE;
  }

  /* Refuses NUL bytes too. */
  if (s->size > 0 && !g_utf8_validate_len (s->data, s->size, NULL)) {
    g_set_error_literal (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
        "JSON is not valid UTF-8");
    return FALSE;
  }

  return scan_document (s, error);
}

gboolean
gst_oai_json_scan (
    const gchar *data, gsize size, gsize max_size, GError **error)
{
  Scanner s = { .data = data, .size = size };

  g_return_val_if_fail (data != NULL || size == 0, FALSE);

  if (!scan_text (&s, max_size, error))
    return FALSE;

  if (s.n_lone_surrogates > 0) {
    g_set_error_literal (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
        "JSON has half a surrogate pair in a string");
    return FALSE;
  }

  return TRUE;
}

JsonObject *
gst_oai_json_parse_object (
    const gchar *data, gsize size, gsize max_size, GError **error)
{
  Scanner s = { .data = data, .size = size };
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) parser_error = NULL;
  g_autofree gchar *repaired = NULL;
  JsonNode *root;

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  if (!scan_text (&s, max_size, error))
    return NULL;

  /* A server that cuts UTF-16 text into deltas can cut a pair in two: show
   * U+FFFD rather than lose the event. */
  if (s.n_lone_surrogates > 0 || s.n_nul_escapes > 0) {
    Scanner repair = { .data = data, .size = size };

    repaired = g_memdup2 (data, size);
    repair.copy = repaired;
    if (!scan_document (&repair, error))
      return NULL;
    data = repaired;
  }

  parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, data, size, &parser_error)) {
    g_set_error (error, GST_OAI_JSON_ERROR, GST_OAI_JSON_ERROR_SYNTAX,
        "JSON cannot be parsed: %s", parser_error->message);
    return NULL;
  }

  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error_literal (error, GST_OAI_JSON_ERROR,
        GST_OAI_JSON_ERROR_NOT_OBJECT, "JSON document is not an object");
    return NULL;
  }

  return json_node_dup_object (root);
}

/* Splits the first name off @path; NULL when there is none. */
static const gchar *
next_name (const gchar *path, gchar name[MAX_NAME])
{
  gsize len = strcspn (path, ".");

  g_return_val_if_fail (len > 0 && len < MAX_NAME, NULL);

  memcpy (name, path, len);
  name[len] = '\0';

  return path[len] == '.' ? path + len + 1 : path + len;
}

static JsonNode *
find_node (JsonObject *object, const gchar *path)
{
  gchar name[MAX_NAME];
  JsonNode *node;

  g_return_val_if_fail (path != NULL, NULL);

  while (object != NULL) {
    path = next_name (path, name);
    if (path == NULL)
      return NULL;
    node = json_object_get_member (object, name);
    if (*path == '\0' || node == NULL)
      return node;
    object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  }

  return NULL;
}

static JsonNode *
find_value (JsonObject *object, const gchar *path, GType *type)
{
  JsonNode *node = find_node (object, path);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;

  *type = json_node_get_value_type (node);
  return node;
}

const gchar *
gst_oai_json_get_string (
    JsonObject *object, const gchar *path, const gchar *fallback)
{
  GType type;
  JsonNode *node = find_value (object, path, &type);

  return node && type == G_TYPE_STRING ? json_node_get_string (node) : fallback;
}

gint64
gst_oai_json_get_int (JsonObject *object, const gchar *path, gint64 fallback)
{
  GType type;
  JsonNode *node = find_value (object, path, &type);

  if (node && type == G_TYPE_INT64)
    return json_node_get_int (node);

  /* 1500.0 is as good an integer as 1500, for some servers. */
  if (node && type == G_TYPE_DOUBLE) {
    gdouble value = json_node_get_double (node);

    if (value >= -9007199254740992.0 && value <= 9007199254740992.0
        && floor (value) == value)
      return (gint64) value;
  }

  return fallback;
}

gdouble
gst_oai_json_get_double (
    JsonObject *object, const gchar *path, gdouble fallback)
{
  GType type;
  JsonNode *node = find_value (object, path, &type);

  if (node && type == G_TYPE_INT64)
    return (gdouble) json_node_get_int (node);
  if (node && type == G_TYPE_DOUBLE && isfinite (json_node_get_double (node)))
    return json_node_get_double (node);

  return fallback;
}

gboolean
gst_oai_json_get_boolean (
    JsonObject *object, const gchar *path, gboolean fallback)
{
  GType type;
  JsonNode *node = find_value (object, path, &type);

  return node && type == G_TYPE_BOOLEAN ? json_node_get_boolean (node)
                                        : fallback;
}

JsonObject *
gst_oai_json_get_object (JsonObject *object, const gchar *path)
{
  JsonNode *node = find_node (object, path);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node)
                                               : NULL;
}

JsonArray *
gst_oai_json_get_array (JsonObject *object, const gchar *path)
{
  JsonNode *node = find_node (object, path);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                              : NULL;
}

/* The object that is member @name of @object; a new one when there is none. */
static JsonObject *
ensure_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonObject *child;

  if (node && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);

  child = json_object_new ();
  json_object_set_object_member (object, name, child);

  return child;
}

void
gst_oai_json_set (JsonObject *object, const gchar *path, JsonNode *value)
{
  g_autoptr (JsonNode) node = value;
  gchar name[MAX_NAME];

  g_return_if_fail (object != NULL);
  g_return_if_fail (path != NULL);
  g_return_if_fail (value != NULL);

  for (;;) {
    path = next_name (path, name);
    if (path == NULL)
      return;
    if (*path == '\0')
      break;
    object = ensure_object (object, name);
  }

  json_object_set_member (object, name, g_steal_pointer (&node));
}

typedef struct {
  JsonObject *target;
  JsonObject *patch;
} Merge;

void
gst_oai_json_merge (JsonObject *object, JsonObject *patch)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (Merge));
  Merge merge = { object, patch };

  g_return_if_fail (object != NULL);
  g_return_if_fail (patch != NULL);

  g_array_append_val (todo, merge);
  while (todo->len > 0) {
    JsonObjectIter iter;
    const gchar *name;
    JsonNode *node;

    merge = g_array_index (todo, Merge, todo->len - 1);
    g_array_set_size (todo, todo->len - 1);
    if (merge.target == merge.patch)
      continue;

    json_object_iter_init_ordered (&iter, merge.patch);
    while (json_object_iter_next_ordered (&iter, &name, &node)) {
      if (JSON_NODE_HOLDS_OBJECT (node)) {
        /* Never share an object with @patch: a later merge would change it. */
        Merge child = { ensure_object (merge.target, name),
          json_node_get_object (node) };

        g_array_append_val (todo, child);
      } else {
        json_object_set_member (merge.target, name, json_node_copy (node));
      }
    }
  }
}

static void
append_string (GString *out, const gchar *text)
{
  g_autofree gchar *valid = NULL;
  const gchar *p;

  /* What applications set is not always UTF-8. */
  if (!g_utf8_validate (text, -1, NULL))
    text = valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (p = text; *p; p++) {
    switch (*p) {
      case '"':
        g_string_append (out, "\\\"");
        break;
      case '\\':
        g_string_append (out, "\\\\");
        break;
      case '\n':
        g_string_append (out, "\\n");
        break;
      case '\r':
        g_string_append (out, "\\r");
        break;
      case '\t':
        g_string_append (out, "\\t");
        break;
      default:
        if ((guchar) *p < 0x20)
          g_string_append_printf (out, "\\u%04x", (guint) *p);
        else
          g_string_append_c (out, *p);
        break;
    }
  }
  g_string_append_c (out, '"');
}

/* The shortest text that reads back as the same number: the service refuses
 * 0.80000000000000004 for having more than 16 decimal places. */
static void
append_double (GString *out, gdouble value)
{
  static const gchar formats[][6] = { "%.15g", "%.16g", "%.17g" };
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  guint i;

  if (!isfinite (value)) {
    g_string_append (out, "null");
    return;
  }

  /* "-0" would read back as the integer 0. */
  if (value == 0.0) {
    g_string_append_c (out, '0');
    return;
  }

  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (text, sizeof (text), formats[i], value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  g_string_append (out, text);
}

static void
append_scalar (GString *out, JsonNode *node)
{
  GType type = G_TYPE_INVALID;

  if (node && JSON_NODE_HOLDS_VALUE (node))
    type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING && json_node_get_string (node))
    append_string (out, json_node_get_string (node));
  else if (type == G_TYPE_INT64)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else if (type == G_TYPE_DOUBLE)
    append_double (out, json_node_get_double (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else
    g_string_append (out, "null");
}

/* An open array (when @array is set) or object. */
typedef struct {
  JsonArray *array;
  JsonObjectIter iter;
  guint n_written;
} Frame;

static void
open_object (GString *out, GArray *stack, JsonObject *object)
{
  guint i = stack->len;

  g_array_set_size (stack, i + 1);
  json_object_iter_init_ordered (&g_array_index (stack, Frame, i).iter, object);
  g_string_append_c (out, '{');
}

static void
open_array (GString *out, GArray *stack, JsonArray *array)
{
  guint i = stack->len;

  g_array_set_size (stack, i + 1);
  g_array_index (stack, Frame, i).array = array;
  g_string_append_c (out, '[');
}

gchar *
gst_oai_json_to_string (JsonObject *object)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, TRUE, sizeof (Frame));
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (object != NULL, g_string_free (out, FALSE));

  open_object (out, stack, object);
  while (stack->len > 0) {
    Frame *frame = &g_array_index (stack, Frame, stack->len - 1);
    const gchar *name = NULL;
    JsonNode *node = NULL;
    gboolean more;

    if (frame->array) {
      more = frame->n_written < json_array_get_length (frame->array);
      if (more)
        node = json_array_get_element (frame->array, frame->n_written);
    } else {
      more = json_object_iter_next_ordered (&frame->iter, &name, &node);
    }

    if (!more) {
      g_string_append_c (out, frame->array ? ']' : '}');
      g_array_set_size (stack, stack->len - 1);
      continue;
    }

    if (frame->n_written++ > 0)
      g_string_append_c (out, ',');
    if (name) {
      append_string (out, name);
      g_string_append_c (out, ':');
    }

    if (JSON_NODE_HOLDS_OBJECT (node))
      open_object (out, stack, json_node_get_object (node));
    else if (JSON_NODE_HOLDS_ARRAY (node))
      open_array (out, stack, json_node_get_array (node));
    else
      append_scalar (out, node);
  }

  return g_string_free (out, FALSE);
}
