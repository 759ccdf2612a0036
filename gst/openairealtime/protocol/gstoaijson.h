/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Largest event accepted from the network, in bytes. */
#define GST_OAI_JSON_MAX_SIZE (16 * 1024 * 1024)
/* Deepest nesting of arrays and objects accepted from the network. */
#define GST_OAI_JSON_MAX_DEPTH 64
/* Most values in one document: each takes about 100 bytes once parsed. */
#define GST_OAI_JSON_MAX_VALUES (256 * 1024)

typedef enum {
  GST_OAI_JSON_ERROR_TOO_LARGE,
  GST_OAI_JSON_ERROR_TOO_DEEP,
  GST_OAI_JSON_ERROR_SYNTAX,
  GST_OAI_JSON_ERROR_NOT_OBJECT
} GstOaiJsonError;

#define GST_OAI_JSON_ERROR (gst_oai_json_error_quark ())
GQuark gst_oai_json_error_quark (void);

/* Checks that [data, data + size) is exactly one JSON document of RFC 8259:
 * valid UTF-8 without NUL, no comments, no single quotes, no trailing
 * document, no half surrogate pairs, nested at most GST_OAI_JSON_MAX_DEPTH deep,
 * at most GST_OAI_JSON_MAX_VALUES values and at most @max_size bytes. Linear
 * time, no recursion, no allocation. json-glib needs this first: it overflows
 * the stack on deep nesting and accepts all of the above. */
gboolean gst_oai_json_scan (
    const gchar *data, gsize size, gsize max_size, GError **error);

/* gst_oai_json_scan(), then parses. Returns the root, which is an object.
 * Half a surrogate pair ("\ud83d" alone) and "\u0000" read as U+FFFD. */
JsonObject *gst_oai_json_parse_object (
    const gchar *data, gsize size, gsize max_size, GError **error);

/* Lenient readers for hostile objects: walk @path ("a.b.c"), return the member
 * when it has the asked type, else the fallback. Strings belong to @object. */
const gchar *gst_oai_json_get_string (
    JsonObject *object, const gchar *path, const gchar *fallback);
gint64 gst_oai_json_get_int (
    JsonObject *object, const gchar *path, gint64 fallback);
gdouble gst_oai_json_get_double (
    JsonObject *object, const gchar *path, gdouble fallback);
gboolean gst_oai_json_get_boolean (
    JsonObject *object, const gchar *path, gboolean fallback);
JsonObject *gst_oai_json_get_object (JsonObject *object, const gchar *path);
JsonArray *gst_oai_json_get_array (JsonObject *object, const gchar *path);

/* Sets the member at @path, making the objects on the way. Takes @value. */
void gst_oai_json_set (JsonObject *object, const gchar *path, JsonNode *value);

/* RFC 7396-like deep merge of @patch into @object: objects merge, everything
 * else (null included) replaces. */
void gst_oai_json_merge (JsonObject *object, JsonObject *patch);

/* Compact text of @object. Numbers are as short as they can be, strings are
 * made valid UTF-8. */
gchar *gst_oai_json_to_string (JsonObject *object);

G_END_DECLS
