/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiprices.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "session/gstoaisessionresource.h"

#define BUILT_IN "/org/freedesktop/gstreamer/openairealtime/prices.json"
#define MAX_SIZE (1024 * 1024)
#define MILLION 1e6

enum {
  TEXT,
  AUDIO,
  IMAGE,
  N_KINDS
};
enum {
  INPUT,
  CACHED,
  OUTPUT,
  N_WAYS
};

static const gchar *const kind_names[] = { "text", "audio", "image" };
static const gchar *const way_names[] = { "input", "cached-input", "output" };

/* NAN: there is none. */
typedef struct {
  gdouble per_token[N_KINDS][N_WAYS];
  gdouble per_minute;
} Price;

struct _GstOaiPrices {
  GHashTable *models; /* name -> Price */
};

static gboolean
mistake (GError **error, const gchar *where, const gchar *what)
{
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", where, what);

  return FALSE;
}

static gboolean
read_amount (
    JsonObject *object, const gchar *name, gdouble *amount, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return mistake (error, name, "not a number");
  *amount = json_node_get_double (node);
  if (!isfinite (*amount) || *amount < 0.0)
    return mistake (error, name, "not a price");

  return TRUE;
}

/* The object that is member @name. */
static JsonObject *
get_object (JsonObject *object, const gchar *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  mistake (error, name, "not an object");

  return NULL;
}

static gint
find_name (const gchar *const *names, guint n, const gchar *name)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (g_str_equal (names[i], name))
      return i;
  }
  return -1;
}

static gboolean
read_kind (Price *price, JsonObject *tokens, const gchar *name, GError **error)
{
  gint kind = find_name (kind_names, N_KINDS, name);
  JsonObject *object = get_object (tokens, name, error);
  g_autoptr (GList) members = object ? json_object_get_members (object) : NULL;
  GList *l;

  if (object == NULL)
    return FALSE;
  if (kind < 0)
    return mistake (error, name, "no kind of tokens");
  for (l = members; l; l = l->next) {
    gint way = find_name (way_names, N_WAYS, l->data);

    if (way < 0)
      return mistake (error, l->data, "not known");
    if (!read_amount (object, l->data, &price->per_token[kind][way], error))
      return FALSE;
    price->per_token[kind][way] /= MILLION;
  }
  return TRUE;
}

static gboolean
read_model (Price *price, JsonObject *model, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (model);
  GList *l, *k;

  for (l = members; l; l = l->next) {
    g_autoptr (GList) kinds = NULL;
    JsonObject *tokens;

    if (g_str_equal (l->data, "per-minute")) {
      if (!read_amount (model, l->data, &price->per_minute, error))
        return FALSE;
      continue;
    }
    if (!g_str_equal (l->data, "per-million-tokens"))
      return mistake (error, l->data, "not known");
    tokens = get_object (model, l->data, error);
    if (tokens == NULL)
      return FALSE;
    kinds = json_object_get_members (tokens);
    for (k = kinds; k; k = k->next) {
      if (!read_kind (price, tokens, k->data, error))
        return FALSE;
    }
  }
  return TRUE;
}

static Price *
price_new (void)
{
  Price *price = g_new (Price, 1);
  guint kind, way;

  for (kind = 0; kind < N_KINDS; kind++) {
    for (way = 0; way < N_WAYS; way++)
      price->per_token[kind][way] = NAN;
  }
  price->per_minute = NAN;

  return price;
}

static gboolean
read_table (GstOaiPrices *self, JsonObject *table, GError **error)
{
  JsonObject *models;
  g_autoptr (GList) names = NULL;
  GList *l;

  if (g_strcmp0 (gst_oai_json_get_string (table, "currency", "USD"), "USD")
      != 0)
    return mistake (error, "currency", "only USD");
  models = get_object (table, "models", error);
  if (models == NULL)
    return FALSE;
  names = json_object_get_members (models);
  for (l = names; l; l = l->next) {
    JsonObject *model = get_object (models, l->data, error);
    Price *price;

    if (model == NULL)
      return FALSE;
    price = price_new ();
    g_hash_table_insert (self->models, g_strdup (l->data), price);
    if (!read_model (price, model, error)) {
      g_prefix_error (error, "%s: ", (const gchar *) l->data);
      return FALSE;
    }
  }
  return TRUE;
}

GstOaiPrices *
gst_oai_prices_load (const gchar *path, GError **error)
{
  g_autoptr (GstOaiPrices) self = g_new0 (GstOaiPrices, 1);
  g_autoptr (JsonObject) table = NULL;
  g_autoptr (GBytes) bytes = NULL;

  self->models = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  if (path == NULL) {
    bytes = g_resource_lookup_data (gst_oai_session_get_resource (), BUILT_IN,
        G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  } else {
    gchar *text;
    gsize size;

    if (g_file_get_contents (path, &text, &size, error))
      bytes = g_bytes_new_take (text, size);
  }
  if (bytes == NULL)
    return NULL;
  table = gst_oai_json_parse_object (g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes), MAX_SIZE, error);
  if (table == NULL || !read_table (self, table, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
gst_oai_prices_free (GstOaiPrices *self)
{
  g_hash_table_unref (self->models);
  g_free (self);
}

/* Whether @name is @stem and "-YYYY-MM-DD" behind it. */
static gsize
length_without_date (const gchar *name)
{
  gsize length = strlen (name), i;
  const gchar *date;

  if (length <= 11)
    return length;
  date = name + length - 11;
  for (i = 0; i < 11; i++) {
    if (i == 0 || i == 5 || i == 8 ? date[i] != '-'
                                   : !g_ascii_isdigit (date[i]))
      return length;
  }
  return length - 11;
}

static const Price *
find_price (const GstOaiPrices *self, const gchar *model)
{
  const Price *price = g_hash_table_lookup (self->models, model);
  g_autofree gchar *stem = NULL;

  if (price)
    return price;
  stem = g_strndup (model, length_without_date (model));

  return g_hash_table_lookup (self->models, stem);
}

/* NAN for what is used and has no price. */
static gdouble
cost_of (guint64 n, gdouble price)
{
  return n == 0 ? 0.0 : n * price;
}

/* What was used up and is of no known kind costs what the dearest kind does. */
static gdouble
dearest (const Price *price, guint way)
{
  gdouble most = NAN;
  guint kind;

  for (kind = 0; kind < N_KINDS; kind++) {
    gdouble one = price->per_token[kind][way];

    if (isnan (most) || one > most)
      most = one;
  }
  return most;
}

static gdouble
cost_of_tokens (const Price *price, const GstOaiTokens *t)
{
  const guint64 all[] = { t->input_text, t->input_audio, t->input_image };
  const guint64 cached[] = { t->cached_text, t->cached_audio, t->cached_image };
  const guint64 output[] = { t->output_text, t->output_audio, 0 };
  guint64 input_left = t->input, output_left = t->output;
  gdouble cost = 0.0;
  guint kind;

  for (kind = 0; kind < N_KINDS; kind++) {
    const gdouble *one = price->per_token[kind];
    /* Without a price of its own, what is cached costs as much as the rest. */
    gdouble again = isnan (one[CACHED]) ? one[INPUT] : one[CACHED];

    cost += cost_of (all[kind] - cached[kind], one[INPUT])
        + cost_of (cached[kind], again) + cost_of (output[kind], one[OUTPUT]);
    input_left -= all[kind];
    output_left -= output[kind];
  }
  return cost + cost_of (input_left, dearest (price, INPUT))
      + cost_of (output_left, dearest (price, OUTPUT));
}

gboolean
gst_oai_prices_apply (
    const GstOaiPrices *self, const gchar *model, GstOaiUsage *usage)
{
  const Price *price = model ? find_price (self, model) : NULL;
  gdouble cost = NAN;

  if (price) {
    cost = cost_of_tokens (price, &usage->tokens)
        + cost_of_tokens (price, &usage->transcription_tokens);
    if (usage->transcription_seconds > 0.0)
      cost += usage->transcription_seconds / 60.0 * price->per_minute;
  }
  usage->cost = isnan (cost) ? 0.0 : cost;
  usage->priced = isnan (cost) ? 0 : 1;
  usage->unpriced = isnan (cost) ? 1 : 0;

  return !isnan (cost);
}
