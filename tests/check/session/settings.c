/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisessionconfig.h"

#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>
#include <string.h>

/* --- an object with the properties ------------------------------------- */

typedef GObject Bearer;
typedef GObjectClass BearerClass;

static GType bearer_get_type (void);
G_DEFINE_TYPE (Bearer, bearer, G_TYPE_OBJECT)

static void
bearer_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstOaiSettings *settings = g_object_get_data (object, "settings");

  gst_oai_settings_set (settings, id - 1, value);
}

static void
bearer_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstOaiSettings *settings = g_object_get_data (object, "settings");

  gst_oai_settings_get (settings, id - 1, value);
}

static void
bearer_class_init (BearerClass *klass)
{
  klass->set_property = bearer_set_property;
  klass->get_property = bearer_get_property;
  gst_oai_settings_install_properties (klass);
}

static void
bearer_init (Bearer *self)
{
  g_object_set_data_full (self, "settings", gst_oai_settings_new (),
      (GDestroyNotify) gst_oai_settings_free);
}

static GstOaiSettings *
settings_of (GObject *bearer)
{
  return g_object_get_data (bearer, "settings");
}

/* Settings by property name, as an application sets them. */
static GObject *
make (const gchar *first, ...)
{
  va_list args;
  GObject *bearer;

  va_start (args, first);
  bearer = g_object_new_valist (bearer_get_type (), first, args);
  va_end (args);

  return bearer;
}

/* --- the table --------------------------------------------------------- */

typedef enum {
  STRING,
  UINT,
  DOUBLE,
  BOOLEAN,
  ENUM,
  STRUCTURE
} Kind;

static const struct {
  const gchar *name;
  Kind kind;
  gdouble min;
  gdouble max;
  gdouble initial;
  const gchar *text; /* default of strings, nick of the default of enums */
  GstOaiMutability mutability;
} table[] = {
  { "base-url", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "api-key", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "api-key-file", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "client-secret", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "mint-client-secret", BOOLEAN, 0, 0, FALSE, NULL, GST_OAI_MUTABLE_READY },
  { "organization", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "project", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "safety-identifier", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "extra-headers", STRUCTURE, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "tls-ca-file", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "stun-server", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "turn-server", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "connect-timeout", UINT, 100, 600000, 10000, NULL, GST_OAI_MUTABLE_READY },
  { "connect-attempts", UINT, 0, 8, 0, NULL, GST_OAI_MUTABLE_READY },
  { "session-type", ENUM, 0, 0, 0, "realtime", GST_OAI_MUTABLE_READY },
  { "model", STRING, 0, 0, 0, "gpt-realtime-2.1", GST_OAI_MUTABLE_READY },
  { "target-language", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "voice", STRING, 0, 0, 0, "marin", GST_OAI_MUTABLE_VOICE },
  { "instructions", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "greeting", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "output-modality", ENUM, 0, 0, 0, "audio", GST_OAI_MUTABLE_UPDATE },
  { "speed", DOUBLE, 0.25, 1.5, 1.0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "turn-detection", ENUM, 0, 0, 0, "server-vad", GST_OAI_MUTABLE_UPDATE },
  { "vad-threshold", DOUBLE, 0.0, 1.0, 0.5, NULL, GST_OAI_MUTABLE_UPDATE },
  { "vad-prefix-padding", UINT, 0, 10000, 300, NULL, GST_OAI_MUTABLE_UPDATE },
  { "vad-silence-duration", UINT, 0, 10000, 500, NULL, GST_OAI_MUTABLE_UPDATE },
  { "vad-idle-timeout", UINT, 0, 30000, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "vad-eagerness", ENUM, 0, 0, 0, "auto", GST_OAI_MUTABLE_UPDATE },
  { "create-response", BOOLEAN, 0, 0, TRUE, NULL, GST_OAI_MUTABLE_UPDATE },
  { "interrupt-response", BOOLEAN, 0, 0, TRUE, NULL, GST_OAI_MUTABLE_UPDATE },
  { "noise-reduction", ENUM, 0, 0, 0, "none", GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-model", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-language", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-languages", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-keywords", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-prompt", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-delay", STRING, 0, 0, 0, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "input-transcription-logprobs", BOOLEAN, 0, 0, FALSE, NULL,
      GST_OAI_MUTABLE_UPDATE },
  { "max-output-tokens", UINT, 0, G_MAXINT, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "reasoning-effort", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "truncation", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "tracing", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "prompt", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "temperature", DOUBLE, 0.0, 2.0, 0.8, NULL, GST_OAI_MUTABLE_UPDATE },
  { "tools", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "tool-choice", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "parallel-tool-calls", BOOLEAN, 0, 0, TRUE, NULL, GST_OAI_MUTABLE_UPDATE },
  { "tool-command", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "tool-timeout", UINT, 0, G_MAXINT, 30000, NULL, GST_OAI_MUTABLE_LOCAL },
  { "tool-max-output", UINT, 1, 131072, 16384, NULL, GST_OAI_MUTABLE_LOCAL },
  { "tool-filler", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "tool-filler-delay", UINT, 0, 600000, 1500, NULL, GST_OAI_MUTABLE_LOCAL },
  { "session-config", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_UPDATE },
  { "interrupt-mode", ENUM, 0, 0, 0, "drop", GST_OAI_MUTABLE_LOCAL },
  { "local-interrupt", ENUM, 0, 0, 0, "none", GST_OAI_MUTABLE_LOCAL },
  { "eos-mode", ENUM, 0, 0, 0, "drain", GST_OAI_MUTABLE_LOCAL },
  { "idle-output", ENUM, 0, 0, 0, "silence", GST_OAI_MUTABLE_LOCAL },
  { "drain-timeout", UINT, 0, G_MAXINT, 30000, NULL, GST_OAI_MUTABLE_LOCAL },
  { "response-timeout", UINT, 0, G_MAXINT, 10000, NULL, GST_OAI_MUTABLE_LOCAL },
  { "max-cost", DOUBLE, 0.0, 1000000.0, 0.0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "max-duration", UINT, 0, G_MAXINT, 0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "max-idle", UINT, 0, G_MAXINT, 0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "price-table", STRING, 0, 0, 0, NULL, GST_OAI_MUTABLE_READY },
  { "mute", BOOLEAN, 0, 0, FALSE, NULL, GST_OAI_MUTABLE_LOCAL },
  { "max-turn-latency", UINT, 0, 600000, 0, NULL, GST_OAI_MUTABLE_LOCAL },
  { "preroll-time", UINT, 0, 10000, 500, NULL, GST_OAI_MUTABLE_READY },
  { "frame-size", UINT, 10, 60, 20, NULL, GST_OAI_MUTABLE_READY },
  { "bitrate", UINT, 6000, 256000, 48000, NULL, GST_OAI_MUTABLE_READY },
  { "complexity", UINT, 0, 10, 5, NULL, GST_OAI_MUTABLE_READY },
};

static void
check_spec (GParamSpec *pspec, guint i)
{
  switch (table[i].kind) {
    case STRING:
      fail_unless (G_IS_PARAM_SPEC_STRING (pspec));
      fail_unless_equals_string (
          G_PARAM_SPEC_STRING (pspec)->default_value, table[i].text);
      break;
    case UINT: {
      GParamSpecUInt *spec = G_PARAM_SPEC_UINT (pspec);

      fail_unless (spec->minimum == table[i].min);
      fail_unless (spec->maximum == table[i].max);
      fail_unless (spec->default_value == table[i].initial);
      break;
    }
    case DOUBLE: {
      GParamSpecDouble *spec = G_PARAM_SPEC_DOUBLE (pspec);

      assert_equals_float (spec->minimum, table[i].min);
      assert_equals_float (spec->maximum, table[i].max);
      assert_equals_float (spec->default_value, table[i].initial);
      break;
    }
    case BOOLEAN:
      fail_unless (
          G_PARAM_SPEC_BOOLEAN (pspec)->default_value == table[i].initial);
      break;
    case ENUM: {
      GParamSpecEnum *spec = G_PARAM_SPEC_ENUM (pspec);

      fail_unless_equals_string (
          g_enum_get_value (spec->enum_class, spec->default_value)->value_nick,
          table[i].text);
      break;
    }
    case STRUCTURE:
      fail_unless (pspec->value_type == GST_TYPE_STRUCTURE);
      /* It may hold keys. */
      fail_if (pspec->flags & G_PARAM_READABLE);
      break;
  }
}

GST_START_TEST (test_property_is_as_documented)
{
  GObjectClass *klass = g_type_class_ref (bearer_get_type ());
  GParamSpec *pspec = g_object_class_find_property (klass, table[__i__].name);
  gboolean ready = table[__i__].mutability == GST_OAI_MUTABLE_READY;

  assert_equals_int (G_N_ELEMENTS (table), GST_OAI_SETTING_LAST);
  fail_unless (pspec != NULL, "no property %s", table[__i__].name);
  assert_equals_int (pspec->param_id, __i__ + 1);
  fail_unless_equals_string (gst_oai_setting_name (__i__), table[__i__].name);
  assert_equals_int (
      gst_oai_setting_mutability (__i__), table[__i__].mutability);
  fail_unless (((pspec->flags & GST_PARAM_MUTABLE_READY) != 0) == ready);
  fail_unless (((pspec->flags & GST_PARAM_MUTABLE_PLAYING) != 0) == !ready);
  fail_unless (strlen (g_param_spec_get_blurb (pspec)) > 10);
  check_spec (pspec, __i__);
  g_type_class_unref (klass);
}
GST_END_TEST;

/* The settings start as the properties say. */
GST_START_TEST (test_value_starts_as_the_default)
{
  GObject *bearer = make (NULL);
  GParamSpec *pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (bearer), table[__i__].name);
  GValue value = G_VALUE_INIT;

  fail_if (gst_oai_settings_is_set (settings_of (bearer), __i__));
  g_value_init (&value, pspec->value_type);
  gst_oai_settings_get (settings_of (bearer), __i__, &value);
  fail_unless (g_param_value_defaults (pspec, &value));
  gst_oai_settings_set (settings_of (bearer), __i__, &value);
  /* NULL means unset. */
  fail_unless (gst_oai_settings_is_set (settings_of (bearer), __i__)
      != ((table[__i__].kind == STRING && table[__i__].text == NULL)
          || table[__i__].kind == STRUCTURE));
  g_value_unset (&value);
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_credentials_cannot_be_read)
{
  static const gchar *const names[] = { "api-key", "client-secret",
    "extra-headers", "turn-server" };
  GObjectClass *klass = g_type_class_ref (bearer_get_type ());
  guint i, n, readable = 0;
  GParamSpec **specs = g_object_class_list_properties (klass, &n);

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    fail_if (g_object_class_find_property (klass, names[i])->flags
        & G_PARAM_READABLE);
  for (i = 0; i < n; i++)
    readable += (specs[i]->flags & G_PARAM_READABLE) != 0;
  assert_equals_int (readable, n - G_N_ELEMENTS (names));
  g_free (specs);
  g_type_class_unref (klass);
}
GST_END_TEST;

/* --- validation -------------------------------------------------------- */

static const struct {
  const gchar *name;
  const gchar *text;
  gboolean valid;
} texts[] = {
  { "base-url", "https://api.openai.com/v1", TRUE },
  { "base-url", "http://127.0.0.1:8080/v1/", TRUE },
  { "base-url", "https://[::1]:8080/v1", TRUE },
  { "base-url", "", TRUE },
  { "base-url", "api.openai.com", FALSE },
  { "base-url", "wss://api.openai.com/v1", FALSE },
  { "base-url", "file:///etc/passwd", FALSE },
  { "base-url", "https://", FALSE },
  { "base-url", "https:///v1", FALSE },
  { "base-url", "https://user@host/v1", FALSE },
  { "base-url", "https://user:word@host/v1", FALSE },
  { "base-url", "user:word@host/v1", FALSE },
  { "base-url", "https://host/v1?a=b", TRUE },
  { "base-url", "https://host/openai/v1?webrtcfilter=on", TRUE },
  { "base-url", "https://host/v1?webrtcfilter=on&api-version=2026-01-01",
      TRUE },
  { "base-url", "https://host/v1?model=gpt&route", TRUE },
  { "base-url", "https://host/v1?", TRUE },
  { "base-url", "https://host/v1?api-key=0123", FALSE },
  { "base-url", "https://host/v1?a=b&API_KEY=0123", FALSE },
  { "base-url", "https://host/v1?a=b;apikey=0123", FALSE },
  { "base-url", "https://host/v1?%61pi-key=0123", FALSE },
  { "base-url", "https://host/v1?subscription-key=0123", FALSE },
  { "base-url", "https://host/v1?Ocp-Apim-Subscription-Key=0123", FALSE },
  { "base-url", "https://host/v1?access_token=0123", FALSE },
  { "base-url", "https://host/v1?client_secret=0123", FALSE },
  { "base-url", "https://host/v1?authorization=0123", FALSE },
  { "base-url", "https://host/v1?password=0123", FALSE },
  { "base-url", "https://host/v1?sig=0123", FALSE },
  { "base-url", "https://host/v1?code=0123", FALSE },
  { "base-url", "https://host/v1?x=sk-0123", FALSE },
  { "base-url", "https://host/v1?x=%73k-0123", FALSE },
  { "base-url", "https://host/v1?x=ek_0123", FALSE },
  { "base-url", "https://host/v1?x=Bearer%200123", FALSE },
  { "base-url", "https://host/v1?x=%00", FALSE },
  { "base-url", "https://host/v1#a", FALSE },
  { "base-url", "https://host:99999/v1", FALSE },
  { "base-url", "https://ho st/v1", FALSE },
  { "base-url", "https://host/v1\r\nX: y", FALSE },
  { "stun-server", "", TRUE },
  { "stun-server", "stun://stun.example.com:3478", TRUE },
  { "stun-server", "stun://192.0.2.1", TRUE },
  { "stun-server", "stun://[2001:db8::1]:3478", TRUE },
  { "stun-server", "stun:stun.example.com:3478", FALSE },
  { "stun-server", "stun.example.com:3478", FALSE },
  { "stun-server", "stuns://stun.example.com", FALSE },
  { "stun-server", "turn://u:p@192.0.2.1", FALSE },
  { "stun-server", "stun://u:p@192.0.2.1", FALSE },
  { "stun-server", "stun://", FALSE },
  { "stun-server", "stun://:3478", FALSE },
  { "stun-server", "stun://192.0.2.1:99999", FALSE },
  { "stun-server", "stun://192.0.2.1:no", FALSE },
  { "stun-server", "stun://192.0.2.1/path", FALSE },
  { "stun-server", "stun://192.0.2.1?transport=udp", FALSE },
  { "stun-server", "stun://192.0.2.1#a", FALSE },
  { "stun-server", "stun://192.0.2.1 ", FALSE },
  { "stun-server", "stun://\xff", FALSE },
  { "turn-server", "", TRUE },
  { "turn-server", "turn://u:p@turn.example.com", TRUE },
  { "turn-server", "turn://u:p@192.0.2.1:3478", TRUE },
  { "turn-server", "turn://u:p@[2001:db8::1]:3478?transport=udp", TRUE },
  { "turn-server", "turn://u:p@192.0.2.1:3478?transport=tcp", TRUE },
  { "turn-server", "turn://1600000000%3Au:p%40%3A%2F%25@192.0.2.1", TRUE },
  { "turn-server", "turns://u:p@192.0.2.1:5349", FALSE },
  { "turn-server", "turn:192.0.2.1:3478?transport=tcp", FALSE },
  { "turn-server", "turn:u:p@192.0.2.1:3478", FALSE },
  { "turn-server", "TURN://u:p@192.0.2.1:3478", FALSE },
  { "turn-server", "stun://192.0.2.1:3478", FALSE },
  { "turn-server", "192.0.2.1:3478", FALSE },
  { "turn-server", "turn://192.0.2.1:3478", FALSE },
  { "turn-server", "turn://u@192.0.2.1:3478", FALSE },
  { "turn-server", "turn://u:@192.0.2.1:3478", FALSE },
  { "turn-server", "turn://:p@192.0.2.1:3478", FALSE },
  { "turn-server", "turn://u:p@", FALSE },
  { "turn-server", "turn://u:p@:3478", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1:0x1", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1:65536", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1/path", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1#a", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1?transport=TCP", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1?transport=tls", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1?transport", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1?transport=tcp&a=b", FALSE },
  { "turn-server", "turn://u:p@192.0.2.1?a=b", FALSE },
  /* Not encoded, or no code. */
  { "turn-server", "turn://u:p@ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p:ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p/ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p?ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p#ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p%ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p%00@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p%@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p ss@192.0.2.1", FALSE },
  { "turn-server", "turn://u:p\n@192.0.2.1", FALSE },
  { "turn-server", "turn://u:\xff@192.0.2.1", FALSE },
  { "api-key", "sk-1234", TRUE },
  { "api-key", "sk-1234\n", FALSE },
  { "api-key", "sk-\r\nX: y", FALSE },
  { "api-key", "sk-\x7f", FALSE },
  { "client-secret", "ek_1", TRUE },
  { "client-secret", "ek_1\r\n", FALSE },
  { "organization", "org-1", TRUE },
  { "organization", "org-1\r\nX: y", FALSE },
  { "project", "proj_1\n", FALSE },
  { "safety-identifier", "0123\x7f", FALSE },
  { "price-table", "/nonexistent/prices.json", FALSE },
  { "price-table", "/", FALSE },
  { "api-key-file", "/nonexistent/key", FALSE },
  { "api-key-file", "/", FALSE },
  { "tls-ca-file", "/nonexistent/ca.pem", FALSE },
  { "model", "gpt-realtime", TRUE },
  { "model", "", FALSE },
  { "model", NULL, FALSE },
  { "model", "\xff", FALSE },
  { "voice", "\xc3\x28", FALSE },
  { "instructions", "\xff", FALSE },
  { "instructions", "", TRUE },
  { "instructions",
      "Sei h\xc3\xb6"
      "flich.",
      TRUE },
  { "input-transcription-model", "\xff", FALSE },
  { "input-transcription-language", "\xff", FALSE },
  { "input-transcription-prompt", "\xff", FALSE },
  { "tools", "[]", TRUE },
  { "tools", "", TRUE },
  { "tools", "[{\"type\":\"function\",\"name\":\"f\"}]", TRUE },
  { "tools", "{}", FALSE },
  { "tools", "[", FALSE },
  { "tools", "[{'type':'function'}]", FALSE },
  { "tools", "[] []", FALSE },
  { "tool-choice", "auto", TRUE },
  { "tool-choice", "none", TRUE },
  { "tool-choice", "required", TRUE },
  { "tool-choice", "", TRUE },
  { "tool-choice", "{\"type\":\"function\",\"name\":\"f\"}", TRUE },
  { "tool-choice", "maybe", FALSE },
  { "tool-choice", "\"auto\"", FALSE },
  { "truncation", "auto", TRUE },
  { "truncation", "{\"type\":\"retention_ratio\"}", TRUE },
  { "truncation", "{\"type\":", FALSE },
  { "truncation", "[]", FALSE },
  { "truncation", " {}", TRUE },
  { "tracing", "{", FALSE },
  { "tracing", "\"auto\"", FALSE },
  { "prompt", "pmpt_1", TRUE },
  { "prompt", "{\"id\":\"pmpt_1\"}", TRUE },
  { "prompt", "{]", FALSE },
  { "prompt", "\xff", FALSE },
  { "reasoning-effort", "\xff", FALSE },
  { "input-transcription-keywords", "\xff", FALSE },
  { "tool-command", "", TRUE },
  { "tool-command", "python3 'my tools.py'", TRUE },
  { "tool-command", "python3 'my tools.py", FALSE },
  { "tool-command", " ", FALSE },
  { "tool-filler", "\xff", FALSE },
  { "greeting", "\xff", FALSE },
  { "session-config", "{\"a\":{\"b\":1}}", TRUE },
  { "session-config", "[]", FALSE },
  { "session-config", "{\"a\":}", FALSE },
  { "session-config", "null", FALSE },
};

static void
check_valid (GObject *bearer, const gchar *name, gboolean valid)
{
  GstOaiError *error = gst_oai_settings_validate (settings_of (bearer));

  if (valid) {
    fail_unless (error == NULL, "%s", error ? error->message : "");
    return;
  }
  fail_unless (error != NULL, "%s was accepted", name);
  fail_unless (
      strstr (error->message, name) != NULL, "no name: %s", error->message);
  fail_unless (error->domain == GST_RESOURCE_ERROR);
  assert_equals_int (error->code, GST_RESOURCE_ERROR_SETTINGS);
  fail_unless_equals_string (
      gst_structure_get_string (error->details, "property"), name);
  /* What was given may hold a password. */
  if (g_str_equal (name, "turn-server"))
    fail_if (
        strstr (error->message, "192.0.2.1") != NULL, "%s", error->message);
  gst_oai_error_free (error);
}

GST_START_TEST (test_text_is_validated)
{
  GObject *bearer = make (texts[__i__].name, texts[__i__].text, NULL);

  check_valid (bearer, texts[__i__].name, texts[__i__].valid);
  g_object_unref (bearer);
}
GST_END_TEST;

static const struct {
  const gchar *name;
  guint value;
  gboolean valid;
} numbers[] = {
  { "vad-idle-timeout", 0, TRUE },
  { "vad-idle-timeout", 1, FALSE },
  { "vad-idle-timeout", 4999, FALSE },
  { "vad-idle-timeout", 5000, TRUE },
  { "vad-idle-timeout", 30000, TRUE },
  { "frame-size", 10, TRUE },
  { "frame-size", 20, TRUE },
  { "frame-size", 30, FALSE },
  { "frame-size", 40, TRUE },
  { "frame-size", 50, FALSE },
  { "frame-size", 60, TRUE },
};

GST_START_TEST (test_number_is_validated)
{
  GObject *bearer = make (numbers[__i__].name, numbers[__i__].value, NULL);

  check_valid (bearer, numbers[__i__].name, numbers[__i__].valid);
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_defaults_are_valid)
{
  GObject *bearer = make (NULL);

  check_valid (bearer, "", TRUE);
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_address_in_the_environment_is_validated)
{
  GObject *bearer = make (NULL);

  g_setenv ("OPENAI_BASE_URL", "ftp://host", TRUE);
  check_valid (bearer, "base-url", FALSE);
  g_object_unref (bearer);
}
GST_END_TEST;

/* A credential is never shown, also not by the error about it. */
GST_START_TEST (test_error_does_not_show_the_key)
{
  GObject *bearer = make ("api-key", "sk-secret\n", NULL);
  GstOaiError *error = gst_oai_settings_validate (settings_of (bearer));
  g_autofree gchar *details = gst_structure_to_string (error->details);

  fail_if (strstr (error->message, "secret"));
  fail_if (error->debug && strstr (error->debug, "secret"));
  fail_if (strstr (details, "secret"));
  gst_oai_error_free (error);
  g_object_unref (bearer);
}
GST_END_TEST;

/* --- the session object ------------------------------------------------ */

static void
assert_session (GObject *bearer, gboolean only_set, const gchar *expected)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (expected), "'", '"');
  JsonObject *session = gst_oai_settings_to_session (
      settings_of (bearer), only_set);
  g_autoptr (JsonNode) is = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) ought = json_from_string (json, NULL);
  g_autofree gchar *text = gst_oai_json_to_string (session);

  fail_unless (ought != NULL, "test is wrong: %s", json);
  json_node_take_object (is, session);
  fail_unless (json_node_equal (is, ought), "is %s\nought %s", text, json);
}

#define SERVER_VAD                                                             \
  "{'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"              \
  "'silence_duration_ms':500,'create_response':true,"                          \
  "'interrupt_response':true}"

GST_START_TEST (test_session_of_the_defaults)
{
  GObject *bearer = make (NULL);

  assert_session (bearer, FALSE,
      "{'type':'realtime','model':'gpt-realtime-2.1',"
      "'output_modalities':['audio'],'audio':{"
      "'input':{'turn_detection':" SERVER_VAD "},"
      "'output':{'voice':'marin'}}}");
  assert_session (bearer, TRUE, "{'type':'realtime'}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* What one setting adds, everything else unset. */
static const struct {
  const gchar *name;
  const gchar *value; /* as gst-launch-1.0 takes it */
  const gchar *session;
} members[] = {
  { "voice", "cedar",
      "{'type':'realtime','audio':{'output':{'voice':'cedar'}}}" },
  { "voice", "voice_123",
      "{'type':'realtime','audio':{'output':{'voice':{'id':'voice_123'}}}}" },
  { "voice", "", "{'type':'realtime'}" },
  { "instructions", "Be brief.",
      "{'type':'realtime','instructions':'Be brief.'}" },
  { "instructions", "", "{'type':'realtime','instructions':''}" },
  { "output-modality", "text",
      "{'type':'realtime','output_modalities':['text']}" },
  { "speed", "1.25", "{'type':'realtime','audio':{'output':{'speed':1.25}}}" },
  { "turn-detection", "none",
      "{'type':'realtime','audio':{'input':{'turn_detection':null}}}" },
  { "turn-detection", "server-vad",
      "{'type':'realtime','audio':{'input':{'turn_detection':" SERVER_VAD
      "}}}" },
  { "turn-detection", "semantic-vad",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'semantic_vad','eagerness':'auto','create_response':true,"
      "'interrupt_response':true}}}}" },
  { "vad-threshold", "0.75",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.75,'prefix_padding_ms':300,"
      "'silence_duration_ms':500,'create_response':true,"
      "'interrupt_response':true}}}}" },
  { "vad-prefix-padding", "0",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':0,"
      "'silence_duration_ms':500,'create_response':true,"
      "'interrupt_response':true}}}}" },
  { "vad-silence-duration", "200",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"
      "'silence_duration_ms':200,'create_response':true,"
      "'interrupt_response':true}}}}" },
  { "vad-idle-timeout", "6000",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"
      "'silence_duration_ms':500,'idle_timeout_ms':6000,"
      "'create_response':true,'interrupt_response':true}}}}" },
  { "vad-idle-timeout", "0",
      "{'type':'realtime','audio':{'input':{'turn_detection':" SERVER_VAD
      "}}}" },
  { "create-response", "false",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"
      "'silence_duration_ms':500,'create_response':false,"
      "'interrupt_response':true}}}}" },
  { "interrupt-response", "false",
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"
      "'silence_duration_ms':500,'create_response':true,"
      "'interrupt_response':false}}}}" },
  { "noise-reduction", "none",
      "{'type':'realtime','audio':{'input':{'noise_reduction':null}}}" },
  { "noise-reduction", "near-field",
      "{'type':'realtime','audio':{'input':{'noise_reduction':"
      "{'type':'near_field'}}}}" },
  { "noise-reduction", "far-field",
      "{'type':'realtime','audio':{'input':{'noise_reduction':"
      "{'type':'far_field'}}}}" },
  { "input-transcription-model", "gpt-transcribe",
      "{'type':'realtime','audio':{'input':{'transcription':"
      "{'model':'gpt-transcribe'}}}}" },
  { "input-transcription-language", "de", "{'type':'realtime'}" },
  { "input-transcription-prompt", "names", "{'type':'realtime'}" },
  { "input-transcription-keywords", "a,b", "{'type':'realtime'}" },
  { "input-transcription-logprobs", "true",
      "{'type':'realtime','include':["
      "'item.input_audio_transcription.logprobs']}" },
  { "input-transcription-logprobs", "false",
      "{'type':'realtime','include':[]}" },
  { "reasoning-effort", "high",
      "{'type':'realtime','reasoning':{'effort':'high'}}" },
  { "truncation", "disabled", "{'type':'realtime','truncation':'disabled'}" },
  { "truncation", "{\"type\":\"retention_ratio\",\"retention_ratio\":0.5}",
      "{'type':'realtime','truncation':{'type':'retention_ratio',"
      "'retention_ratio':0.5}}" },
  { "tracing", "auto", "{'type':'realtime','tracing':'auto'}" },
  { "tracing", "{\"group_id\":\"g\"}",
      "{'type':'realtime','tracing':{'group_id':'g'}}" },
  { "prompt", "pmpt_1", "{'type':'realtime','prompt':{'id':'pmpt_1'}}" },
  { "prompt", "{\"id\":\"pmpt_1\",\"version\":\"2\"}",
      "{'type':'realtime','prompt':{'id':'pmpt_1','version':'2'}}" },
  { "parallel-tool-calls", "false",
      "{'type':'realtime','parallel_tool_calls':false}" },
  { "max-output-tokens", "0", "{'type':'realtime','max_output_tokens':'inf'}" },
  { "max-output-tokens", "4096",
      "{'type':'realtime','max_output_tokens':4096}" },
  { "temperature", "0.5", "{'type':'realtime','temperature':0.5}" },
  { "tools", "[]", "{'type':'realtime','tools':[]}" },
  { "tools", "[{\"type\":\"function\",\"name\":\"f\"}]",
      "{'type':'realtime','tools':[{'type':'function','name':'f'}]}" },
  { "tool-choice", "required", "{'type':'realtime','tool_choice':'required'}" },
  { "tool-choice", "{\"type\":\"function\",\"name\":\"f\"}",
      "{'type':'realtime','tool_choice':{'type':'function','name':'f'}}" },
  { "session-config", "{\"reasoning\":{\"effort\":\"low\"}}",
      "{'type':'realtime','reasoning':{'effort':'low'}}" },
  { "model", "gpt-realtime", "{'type':'realtime'}" },
  { "base-url", "http://h/v1", "{'type':'realtime'}" },
  { "api-key", "sk-1", "{'type':'realtime'}" },
  { "client-secret", "ek_1", "{'type':'realtime'}" },
  { "mute", "true", "{'type':'realtime'}" },
  { "bitrate", "64000", "{'type':'realtime'}" },
};

GST_START_TEST (test_session_member)
{
  GObject *bearer = make (NULL);

  gst_util_set_object_arg (bearer, members[__i__].name, members[__i__].value);
  check_valid (bearer, members[__i__].name, TRUE);
  assert_session (bearer, TRUE, members[__i__].session);
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_eagerness_belongs_to_semantic_vad)
{
  GObject *bearer = make (NULL);

  gst_util_set_object_arg (bearer, "turn-detection", "semantic-vad");
  gst_util_set_object_arg (bearer, "vad-eagerness", "high");
  gst_util_set_object_arg (bearer, "vad-threshold", "0.1");
  gst_util_set_object_arg (bearer, "vad-idle-timeout", "6000");
  assert_session (bearer, TRUE,
      "{'type':'realtime','audio':{'input':{'turn_detection':{"
      "'type':'semantic_vad','eagerness':'high','create_response':true,"
      "'interrupt_response':true}}}}");
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_transcription_with_everything)
{
  GObject *bearer = make ("input-transcription-model", "m",
      "input-transcription-language", "de", "input-transcription-languages",
      " de ,en,,", "input-transcription-keywords", "Zug, Ulm",
      "input-transcription-prompt", "Namen", "input-transcription-delay", "low",
      NULL);

  assert_session (bearer, TRUE,
      "{'type':'realtime','audio':{'input':{'transcription':"
      "{'model':'m','language':'de','languages':['de','en'],"
      "'keywords':['Zug','Ulm'],'prompt':'Namen','delay':'low'}}}}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* Of the model's side nothing is said, whatever is set. */
GST_START_TEST (test_transcription_session)
{
  GObject *bearer = make ("voice", "cedar", "instructions", "Be brief.",
      "speed", 1.25, "vad-idle-timeout", 6000, "tool-choice", "none", NULL);

  gst_util_set_object_arg (bearer, "session-type", "transcription");
  assert_session (bearer, FALSE,
      "{'type':'transcription','audio':{'input':{'turn_detection':{"
      "'type':'server_vad','threshold':0.5,'prefix_padding_ms':300,"
      "'silence_duration_ms':500},'transcription':"
      "{'model':'gpt-transcribe'}}}}");
  gst_util_set_object_arg (bearer, "noise-reduction", "near-field");
  g_object_set (bearer, "input-transcription-logprobs", TRUE,
      "input-transcription-model", "gpt-realtime-whisper", "session-config",
      "{\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcmu\"}}}}", NULL);
  assert_session (bearer, FALSE,
      "{'type':'transcription','audio':{'input':{'turn_detection':null,"
      "'transcription':{'model':'gpt-realtime-whisper'},"
      "'noise_reduction':{'type':'near_field'},"
      "'format':{'type':'audio/pcmu'}}},"
      "'include':['item.input_audio_transcription.logprobs']}");
  /* Who asks for it has it. */
  gst_util_set_object_arg (bearer, "turn-detection", "server-vad");
  assert_equals_int (gst_oai_settings_turn_detection (settings_of (bearer)),
      GST_OPENAI_REALTIME_TURN_DETECTION_SERVER_VAD);
  g_object_unref (bearer);

  bearer = make (NULL);
  gst_util_set_object_arg (bearer, "session-type", "transcription");
  assert_session (bearer, TRUE, "{'type':'transcription'}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* It has few fields, and no type. */
GST_START_TEST (test_translation_session)
{
  GObject *bearer = make ("voice", "cedar", "instructions", "Be brief.",
      "greeting", "Hello", "tools", "[]", "target-language", "es",
      "input-transcription-language", "de", NULL);

  gst_util_set_object_arg (bearer, "session-type", "translation");
  assert_session (bearer, FALSE,
      "{'model':'gpt-realtime-translate','audio':{'output':"
      "{'language':'es'}}}");
  assert_session (bearer, TRUE, "{'audio':{'output':{'language':'es'}}}");
  gst_util_set_object_arg (bearer, "noise-reduction", "far-field");
  g_object_set (bearer, "model", "m", "input-transcription-model",
      "gpt-realtime-whisper", NULL);
  assert_session (bearer, FALSE,
      "{'model':'m','audio':{'output':{'language':'es'},'input':{"
      "'transcription':{'model':'gpt-realtime-whisper'},"
      "'noise_reduction':{'type':'far_field'}}}}");
  /* Nobody else hears of the language. */
  gst_util_set_object_arg (bearer, "session-type", "realtime");
  gst_util_set_object_arg (bearer, "noise-reduction", "none");
  assert_equals_string (gst_oai_settings_model (settings_of (bearer)), "m");
  g_object_unref (bearer);

  bearer = make ("target-language", "es", "session-config", "{}", NULL);
  assert_session (bearer, TRUE, "{'type':'realtime'}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* A patch of it has no type either. */
GST_START_TEST (test_difference_of_translations)
{
  GObject *bearer = make ("target-language", "es", NULL);
  g_autoptr (JsonObject) before = NULL;
  g_autoptr (JsonObject) after = NULL;
  g_autoptr (JsonObject) patch = NULL;
  g_autofree gchar *text = NULL;

  gst_util_set_object_arg (bearer, "session-type", "translation");
  before = gst_oai_settings_to_session (settings_of (bearer), FALSE);
  g_object_set (bearer, "target-language", "fr", NULL);
  after = gst_oai_settings_to_session (settings_of (bearer), FALSE);
  patch = gst_oai_session_config_diff (before, after);
  text = gst_oai_json_to_string (patch);
  assert_equals_string (text, "{\"audio\":{\"output\":{\"language\":\"fr\"}}}");
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_session_config_has_the_last_word)
{
  GObject *bearer = make ("instructions", "mine", "speed", 1.25,
      "session-config",
      "{\"instructions\":\"theirs\",\"model\":\"m\",\"audio\":{\"output\":"
      "{\"voice\":\"x\"},\"input\":{\"turn_detection\":null}}}",
      NULL);

  assert_session (bearer, FALSE,
      "{'type':'realtime','model':'m','instructions':'theirs',"
      "'output_modalities':['audio'],'audio':{'output':{'voice':'x',"
      "'speed':1.25},'input':{'turn_detection':null}}}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* An application that sets a string to NULL takes it back. */
GST_START_TEST (test_string_set_to_null_is_not_sent)
{
  GObject *bearer = make ("instructions", NULL, "tools", NULL, "tool-choice",
      NULL, "voice", NULL, "session-config", NULL, NULL);

  check_valid (bearer, "", TRUE);
  assert_session (bearer, TRUE, "{'type':'realtime'}");
  g_object_unref (bearer);
}
GST_END_TEST;

/* --- what changed ------------------------------------------------------ */

static const struct {
  const gchar *before;
  const gchar *after;
  const gchar *patch; /* NULL: nothing */
} diffs[] = {
  { "{'type':'realtime'}", "{'type':'realtime'}", NULL },
  { "{'a':{'b':[1,2]}}", "{'a':{'b':[1,2]}}", NULL },
  { "{'instructions':'a'}", "{'instructions':'b'}",
      "{'type':'realtime','instructions':'b'}" },
  { "{}", "{'temperature':0.5}", "{'type':'realtime','temperature':0.5}" },
  { "{'instructions':'a','tools':[]}", "{'tools':[]}",
      "{'type':'realtime','instructions':''}" },
  { "{'tools':[{'name':'a'}],'tool_choice':'required',"
    "'max_output_tokens':7,'audio':{'output':{'speed':1.25}}}",
      "{}",
      "{'type':'realtime','tools':[],'tool_choice':'auto',"
      "'max_output_tokens':'inf','audio':{'output':{'speed':1.0}}}" },
  { "{'tracing':'auto'}", "{}", "{'type':'realtime','tracing':null}" },
  { "{'audio':{'output':{'voice':'a','speed':1.0}}}",
      "{'audio':{'output':{'voice':'b','speed':1.0}}}",
      "{'type':'realtime','audio':{'output':{'voice':'b'}}}" },
  { "{'audio':{'input':{'turn_detection':{'type':'server_vad',"
    "'threshold':0.5,'idle_timeout_ms':6000}}}}",
      "{'audio':{'input':{'turn_detection':{'type':'semantic_vad',"
      "'eagerness':'low'}}}}",
      "{'type':'realtime','audio':{'input':{'turn_detection':"
      "{'type':'semantic_vad','eagerness':'low'}}}}" },
  { "{'audio':{'input':{'turn_detection':{'type':'server_vad',"
    "'threshold':0.5}}}}",
      "{'audio':{'input':{'turn_detection':{'type':'server_vad',"
      "'threshold':0.75}}}}",
      "{'type':'realtime','audio':{'input':{'turn_detection':"
      "{'type':'server_vad','threshold':0.75}}}}" },
  { "{'audio':{'input':{'turn_detection':{'type':'server_vad'}}}}",
      "{'audio':{'input':{'turn_detection':null}}}",
      "{'type':'realtime','audio':{'input':{'turn_detection':null}}}" },
  { "{'audio':{'input':{'transcription':{'model':'m'}},'output':{}}}",
      "{'audio':{'output':{}}}",
      "{'type':'realtime','audio':{'input':{'transcription':null}}}" },
  { "{'audio':{'output':{'voice':'a'}}}", "{}",
      "{'type':'realtime','audio':{'output':{'voice':null}}}" },
  { "{'tools':[{'name':'a'},{'name':'b'}]}", "{'tools':[{'name':'a'}]}",
      "{'type':'realtime','tools':[{'name':'a'}]}" },
  { "{'audio':7}", "{'audio':{'output':{'voice':'a'}}}",
      "{'type':'realtime','audio':{'output':{'voice':'a'}}}" },
};

static JsonObject *
parse (const gchar *text)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  JsonObject *object = gst_oai_json_parse_object (
      json, strlen (json), 65536, NULL);

  fail_unless (object != NULL, "test is wrong: %s", json);

  return object;
}

GST_START_TEST (test_diff)
{
  JsonObject *before = parse (diffs[__i__].before);
  JsonObject *after = parse (diffs[__i__].after);
  JsonObject *patch;

  json_object_set_string_member (before, "type", "realtime");
  json_object_set_string_member (after, "type", "realtime");
  patch = gst_oai_session_config_diff (before, after);
  if (diffs[__i__].patch == NULL) {
    fail_unless (patch == NULL);
  } else {
    g_autoptr (JsonNode) is = json_node_new (JSON_NODE_OBJECT);
    g_autoptr (JsonNode) ought = json_node_new (JSON_NODE_OBJECT);
    g_autofree gchar *text = NULL;

    fail_unless (patch != NULL);
    text = gst_oai_json_to_string (patch);
    json_node_take_object (is, patch);
    json_node_take_object (ought, parse (diffs[__i__].patch));
    fail_unless (json_node_equal (is, ought), "%s", text);
  }
  json_object_unref (before);
  json_object_unref (after);
}
GST_END_TEST;

/* What the server has after it refused a part of an update. */
static const struct {
  const gchar *before;
  const gchar *after;
  const gchar *param;
  const gchar *expected; /* NULL: it is not said which part */
} refusals[] = {
  { "{'voice':'a','speed':1}", "{'voice':'b','speed':2}", "session.voice",
      "{'voice':'b','speed':1}" },
  { "{}", "{'audio':{'output':{'voice':'b','speed':2}}}",
      "session.audio.output.voice", "{'audio':{'output':{'voice':'b'}}}" },
  { "{'audio':{'input':{'turn_detection':{'threshold':1}}}}",
      "{'audio':{'input':{'turn_detection':{'threshold':2}}}}",
      "session.audio.input.turn_detection.threshold",
      "{'audio':{'input':{'turn_detection':{'threshold':2}}}}" },
  { "{'tools':[]}", "{'tools':[{'name':'a'}]}", "session.tools[0].name",
      "{'tools':[{'name':'a'}]}" },
  { "{'instructions':'a','tools':[]}", "{'tools':[]}", "session.instructions",
      "{'tools':[]}" },
  { "{'a':1}", "{'a':1,'b':2}", "session.a", NULL },
  { "{'a':1}", "{'a':2}", "session.b", NULL },
  { "{'a':1}", "{'a':2}", "session", NULL },
  { "{'a':1}", "{'a':2}", "session.", NULL },
  { "{'a':1}", "{'a':2}", "a", NULL },
  { "{'a':1}", "{'a':2}", NULL, NULL },
  { "{}", "{'audio':{'output':{}}}", "session.audio.output", NULL },
  { "{'audio':{'output':{'voice':'a'}}}", "{}", "session.audio.output.voice",
      NULL },
};

GST_START_TEST (test_parameter_of_an_error_is_a_setting)
{
  static const struct {
    const gchar *param;
    GstOaiSetting setting;
  } params[] = {
    { "session.voice", GST_OAI_SETTING_LAST },
    { "session.audio.output.voice", GST_OAI_SETTING_VOICE },
    { "session.audio.output.voice.id", GST_OAI_SETTING_VOICE },
    { "session.audio.input.turn_detection", GST_OAI_SETTING_TURN_DETECTION },
    { "session.audio.input.turn_detection.threshold",
        GST_OAI_SETTING_VAD_THRESHOLD },
    { "session.audio.input.turn_detection.idle_timeout_ms",
        GST_OAI_SETTING_VAD_IDLE_TIMEOUT },
    { "session.audio.input.turn_detection.thresholds",
        GST_OAI_SETTING_TURN_DETECTION },
    { "session.audio.input.transcription.model",
        GST_OAI_SETTING_INPUT_TRANSCRIPTION_MODEL },
    { "session.audio.input.transcription.languages[1]",
        GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGES },
    { "session.audio.input.transcription.language",
        GST_OAI_SETTING_INPUT_TRANSCRIPTION_LANGUAGE },
    { "session.tools[0].name", GST_OAI_SETTING_TOOLS },
    { "session.tool_choice", GST_OAI_SETTING_TOOL_CHOICE },
    { "session.toolsmith", GST_OAI_SETTING_LAST },
    { "session.reasoning.effort", GST_OAI_SETTING_REASONING_EFFORT },
    { "session", GST_OAI_SETTING_LAST },
    { "tools", GST_OAI_SETTING_LAST },
    { "", GST_OAI_SETTING_LAST },
    { NULL, GST_OAI_SETTING_LAST },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (params); i++)
    fail_unless (
        gst_oai_setting_of_param (params[i].param) == params[i].setting, "%s",
        params[i].param);
}
GST_END_TEST;

GST_START_TEST (test_refusal)
{
  JsonObject *before = parse (refusals[__i__].before);
  JsonObject *after = parse (refusals[__i__].after);
  const gchar *expected = refusals[__i__].expected;
  g_autofree gchar *text = NULL;

  assert_equals_int (
      gst_oai_session_config_accept (before, after, refusals[__i__].param),
      expected != NULL);
  text = gst_oai_json_to_string (before);
  if (expected) {
    g_autoptr (JsonNode) is = json_node_new (JSON_NODE_OBJECT);
    g_autoptr (JsonNode) ought = json_node_new (JSON_NODE_OBJECT);

    json_node_set_object (is, before);
    json_node_take_object (ought, parse (expected));
    fail_unless (json_node_equal (is, ought), "%s", text);
  }
  json_object_unref (before);
  json_object_unref (after);
}
GST_END_TEST;

/* --- credentials ------------------------------------------------------- */

static void
assert_credential (GObject *bearer, gboolean enough)
{
  GstOaiError *error = gst_oai_settings_check_credential (settings_of (bearer));

  if (enough) {
    fail_unless (error == NULL);
  } else {
    fail_unless (error != NULL);
    fail_unless (error->domain == GST_RESOURCE_ERROR);
    assert_equals_int (error->code, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
    fail_unless (strstr (error->message, "OPENAI_API_KEY") != NULL);
    gst_oai_error_free (error);
  }
  g_object_unref (bearer);
}

GST_START_TEST (test_own_service_needs_a_credential)
{
  assert_credential (make (NULL), FALSE);
  assert_credential (make ("api-key", "", "client-secret", "", NULL), FALSE);
  assert_credential (
      make ("base-url", "https://api.openai.com/v1/", NULL), FALSE);
  assert_credential (make ("api-key", "sk-1", NULL), TRUE);
  assert_credential (make ("api-key-file", "/tmp", NULL), TRUE);
  assert_credential (make ("client-secret", "ek_1", NULL), TRUE);
  assert_credential (make ("base-url", "http://127.0.0.1:1", NULL), TRUE);
  g_setenv ("OPENAI_API_KEY", "sk-1", TRUE);
  assert_credential (make (NULL), TRUE);
  g_setenv ("OPENAI_API_KEY", "", TRUE);
  g_setenv ("OPENAI_BASE_URL", "https://example.com/v1", TRUE);
  assert_credential (make (NULL), TRUE);
}
GST_END_TEST;

static GstOaiCall *
call_of (GObject *bearer, GstOaiError **error)
{
  GstOaiCall *call = gst_oai_settings_to_call (settings_of (bearer), error);

  g_object_unref (bearer);

  return call;
}

static gchar *
write_file (const gchar *text, gsize size)
{
  gchar *name = NULL;
  gint fd = g_file_open_tmp ("oai-key-XXXXXX", &name, NULL);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (name, text, size, NULL));

  return name;
}

static const struct {
  const gchar *text;
  gsize size;
  const gchar *key; /* NULL: refused */
} key_files[] = {
  { "sk-1", 4, "sk-1" },
  { "sk-1\n", 5, "sk-1" },
  { "sk-1\r\n", 6, "sk-1" },
  { "sk-1\r\nX-Forged: 1\r\n", 19, "sk-1" },
  { "  sk-1\t \nmore\n", 14, "sk-1" },
  { "", 0, NULL },
  { "\nsk-1\n", 6, NULL },
  { "   \n", 4, NULL },
  { "sk-\x01", 4, NULL },
  { "sk-\tkey", 7, NULL },
  { "sk-\x1b[0m", 7, NULL },
};

GST_START_TEST (test_key_file)
{
  g_autofree gchar *name = write_file (
      key_files[__i__].text, key_files[__i__].size);
  GstOaiError *error = NULL;
  GstOaiCall *call = call_of (make ("api-key-file", name, NULL), &error);

  if (key_files[__i__].key) {
    fail_unless (call != NULL);
    fail_unless_equals_string (call->api_key, key_files[__i__].key);
    gst_oai_call_unref (call);
  } else {
    fail_unless (call == NULL);
    fail_unless (strstr (error->message, "api-key-file") != NULL);
    fail_if (strstr (error->message, "sk-") != NULL);
    gst_oai_error_free (error);
  }
  g_unlink (name);
}
GST_END_TEST;

GST_START_TEST (test_key_file_that_went_away)
{
  GstOaiError *error = NULL;
  GstOaiCall *call = call_of (
      make ("api-key-file", "/nonexistent/key", NULL), &error);

  fail_unless (call == NULL);
  fail_unless (strstr (error->message, "api-key-file") != NULL);
  gst_oai_error_free (error);
}
GST_END_TEST;

GST_START_TEST (test_key_file_is_read_at_each_connect)
{
  g_autofree gchar *name = write_file ("sk-1", 4);
  GObject *bearer = make ("api-key-file", name, NULL);
  GstOaiError *error = NULL;
  GstOaiCall *call;

  call = gst_oai_settings_to_call (settings_of (bearer), &error);
  fail_unless_equals_string (call->api_key, "sk-1");
  gst_oai_call_unref (call);
  fail_unless (g_file_set_contents (name, "sk-2", 4, NULL));
  call = gst_oai_settings_to_call (settings_of (bearer), &error);
  fail_unless_equals_string (call->api_key, "sk-2");
  gst_oai_call_unref (call);
  g_unlink (name);
  g_object_unref (bearer);
}
GST_END_TEST;

static const struct {
  const gchar *base_url;
  gboolean sent;
} hosts[] = {
  { NULL, TRUE },
  { "https://example.com/v1", TRUE },
  { "http://127.0.0.1:8080/v1", TRUE },
  { "http://127.9.9.9:8080/v1", TRUE },
  { "http://localhost:8080/v1", TRUE },
  { "http://LOCALHOST:8080/v1", TRUE },
  { "http://[::1]:8080/v1", TRUE },
  { "http://example.com/v1", FALSE },
  { "http://192.168.0.1/v1", FALSE },
  { "http://localhost.example.com/v1", FALSE },
  { "http://127.0.0.1.example.com/v1", FALSE },
  { "http://api.openai.com/v1", FALSE },
  { "HTTP://example.com/v1", FALSE },
};

GST_START_TEST (test_key_of_the_environment_does_not_travel_in_the_clear)
{
  GstOaiError *error = NULL;
  GstOaiCall *call;

  g_setenv ("OPENAI_API_KEY", "sk-env", TRUE);
  call = call_of (make ("base-url", hosts[__i__].base_url, NULL), &error);
  fail_unless (call != NULL);
  fail_unless_equals_string (
      call->api_key, hosts[__i__].sent ? "sk-env" : NULL);
  gst_oai_call_unref (call);
}
GST_END_TEST;

GST_START_TEST (test_key_of_the_environment_is_checked)
{
  GstOaiError *error = NULL;

  g_setenv ("OPENAI_API_KEY", "sk-env\r\nX: y", TRUE);
  fail_unless (call_of (make (NULL), &error) == NULL);
  fail_if (strstr (error->message, "sk-env") != NULL);
  gst_oai_error_free (error);
}
GST_END_TEST;

GST_START_TEST (test_property_goes_before_file_before_environment)
{
  g_autofree gchar *name = write_file ("sk-file", 7);
  GstOaiError *error = NULL;
  GstOaiCall *call;

  g_setenv ("OPENAI_API_KEY", "sk-env", TRUE);
  call = call_of (
      make ("api-key", "sk-prop", "api-key-file", name, NULL), &error);
  fail_unless_equals_string (call->api_key, "sk-prop");
  gst_oai_call_unref (call);
  call = call_of (make ("api-key-file", name, NULL), &error);
  fail_unless_equals_string (call->api_key, "sk-file");
  gst_oai_call_unref (call);
  g_unlink (name);
}
GST_END_TEST;

GST_START_TEST (test_query_of_the_address_stays_behind)
{
  static const gchar *const urls[][2] = {
    { "http://127.0.0.1:1/v1?a=b", "http://127.0.0.1:1/v1?a=b" },
    { "http://127.0.0.1:1/v1/?a=b/", "http://127.0.0.1:1/v1?a=b/" },
    { "http://127.0.0.1:1?a=b", "http://127.0.0.1:1?a=b" },
    { "http://127.0.0.1:1/", "http://127.0.0.1:1" },
  };
  GstOaiError *error = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (urls); i++) {
    GstOaiCall *call = call_of (make ("base-url", urls[i][0], NULL), &error);

    fail_unless_equals_string (call->base_url, urls[i][1]);
    gst_oai_call_unref (call);
  }
}
GST_END_TEST;

/* What is refused may be a secret all the same. */
GST_START_TEST (test_refused_address_is_not_repeated)
{
  static const gchar *const urls[] = { "https://host/v1?api-key=hunter2",
    "https://me:hunter2@host/v1", "me:hunter2@host/v1", "hunter2",
    "https://host:hunter2/v1", "https://ho st/hunter2" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (urls); i++) {
    GstOaiError *error = gst_oai_settings_validate (
        settings_of (make ("base-url", urls[i], NULL)));
    g_autofree gchar *details = NULL;

    fail_unless (error != NULL);
    details = gst_structure_to_string (error->details);
    fail_if (strstr (error->message, "hunter2"));
    fail_if (strstr (error->debug, "hunter2"));
    fail_if (strstr (details, "hunter2"));
    gst_oai_error_free (error);
  }
}
GST_END_TEST;

static const struct {
  const gchar *headers;
  gboolean valid;
} headers[] = {
  { "h,X-Tenant=acme,X-Number=7,X-Yes=true", TRUE },
  { "h", TRUE },
  { "h,X-Text=(string)\"a b; c=d\"", TRUE },
  { "h,Authorization=x", FALSE },
  { "h,authorization=x", FALSE },
  { "h,Proxy-Authorization=x", FALSE },
  { "h,HOST=x", FALSE },
  { "h,Cookie=x", FALSE },
  { "h,Content-Length=1", FALSE },
  { "h,content-type=x", FALSE },
  { "h,Content-Anything=x", FALSE },
  { "h,Transfer-Encoding=chunked", FALSE },
  { "h,Connection=close", FALSE },
  { "h,X-A=(double)0.5", FALSE },
  { "h,X-A=(int){1,2}", FALSE },
};

GST_START_TEST (test_extra_headers_are_validated)
{
  g_autoptr (GstStructure)
      s = gst_structure_from_string (headers[__i__].headers, NULL);
  GObject *bearer;

  fail_unless (s != NULL);
  bearer = make ("base-url", "http://127.0.0.1:1/v1", "extra-headers", s, NULL);
  check_valid (bearer, "extra-headers", headers[__i__].valid);
  g_object_unref (bearer);
}
GST_END_TEST;

GST_START_TEST (test_values_of_extra_headers_are_validated)
{
  static const gchar *const values[] = { "a\r\nX-Forged: b", "a\n", "\r",
    "\x7f", NULL };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (GstStructure)
        s = gst_structure_new ("h", "X-A", G_TYPE_STRING, values[i], NULL);
    GObject *bearer = make (
        "base-url", "http://127.0.0.1:1/v1", "extra-headers", s, NULL);

    check_valid (bearer, "extra-headers", FALSE);
    g_object_unref (bearer);
  }
}
GST_END_TEST;

/* gst_structure_from_string() lets none of these in. */
GST_START_TEST (test_names_of_extra_headers_are_validated)
{
  static const gchar *const names[] = { "X A", "X:A", "X\r\nA", "X\xc3\xa4",
    "" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstStructure) s = gst_structure_new_empty ("h");
    GObject *bearer;

    gst_structure_id_set (
        s, g_quark_from_string (names[i]), G_TYPE_STRING, "canary", NULL);
    bearer = make (
        "base-url", "http://127.0.0.1:1/v1", "extra-headers", s, NULL);
    check_valid (bearer, "extra-headers", FALSE);
    g_object_unref (bearer);
  }
}
GST_END_TEST;

GST_START_TEST (test_call_has_the_headers)
{
  g_autoptr (GstStructure) s = gst_structure_from_string (
      "h,X-Tenant=acme,X-Number=7,OpenAI-Project=other", NULL);
  GstOaiError *error = NULL;
  GstOaiCall *call = call_of (
      make ("base-url", "http://127.0.0.1:1/v1", "extra-headers", s,
          "organization", "org-1", "project", "proj_1", "safety-identifier",
          "0123", "mint-client-secret", TRUE, NULL),
      &error);
  g_autofree gchar *all = g_strjoinv ("|", call->headers);

  /* What stands later counts. */
  fail_unless_equals_string (all,
      "X-Tenant|acme|X-Number|7|OpenAI-Project|other|OpenAI-Organization|org-1|"
      "OpenAI-Project|proj_1|OpenAI-Safety-Identifier|0123");
  fail_unless (call->mint_secret);
  gst_oai_call_unref (call);
}
GST_END_TEST;

GST_START_TEST (test_call_has_what_the_settings_say)
{
  GstOaiError *error = NULL;
  GstOaiCall *call = call_of (
      make ("base-url", "http://127.0.0.1:1/v1//", "client-secret", "ek_1",
          "model", "m", "stun-server", "stun://s:1", "turn-server",
          "turn://u:p@s:1", "connect-timeout", 2500, "frame-size", 40,
          "bitrate", 24000, NULL),
      &error);

  fail_unless_equals_string (call->base_url, "http://127.0.0.1:1/v1");
  fail_unless_equals_string (call->client_secret, "ek_1");
  fail_unless_equals_string (call->model, "m");
  fail_unless_equals_string (call->stun_server, "stun://s:1");
  fail_unless_equals_string (call->turn_server, "turn://u:p@s:1");
  fail_unless (call->api_key == NULL);
  fail_unless (call->tls_ca_file == NULL);
  assert_equals_uint64 (call->timeout, 2500 * GST_MSECOND);
  assert_equals_int (call->frame_size_ms, 40);
  assert_equals_int (call->bitrate, 24000);
  assert_equals_int (call->attempts, 1);
  fail_unless (strstr (call->session_json, "\"model\":\"m\"") != NULL);
  fail_if (strstr (call->session_json, "ek_1") != NULL);
  gst_oai_call_unref (call);
}
GST_END_TEST;

GST_START_TEST (test_call_has_no_empty_servers)
{
  GstOaiError *error = NULL;
  GstOaiCall *call = call_of (make ("base-url", "http://127.0.0.1:1/v1",
                                  "stun-server", "", "turn-server", "", NULL),
      &error);

  fail_unless (call->stun_server == NULL);
  fail_unless (call->turn_server == NULL);
  gst_oai_call_unref (call);
}
GST_END_TEST;

GST_START_TEST (test_calls_race_only_where_packets_can_be_lost)
{
  static const struct {
    const gchar *url;
    guint set;
    guint attempts;
  } cases[] = { { "https://example.com/v1", 0, 3 },
    { "https://example.com/v1", 1, 1 }, { "https://example.com/v1", 5, 5 },
    { "http://127.0.0.1:8080/v1", 0, 1 }, { "http://[::1]:8080/v1", 0, 1 },
    { "http://localhost:8080/v1", 0, 1 }, { "http://127.0.0.1/v1", 2, 2 } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstOaiError *error = NULL;
    GstOaiCall *call = call_of (make ("base-url", cases[i].url, "api-key", "k",
                                    "connect-attempts", cases[i].set, NULL),
        &error);

    assert_equals_int (call->attempts, cases[i].attempts);
    gst_oai_call_unref (call);
  }
}
GST_END_TEST;

/* --- two halves -------------------------------------------------------- */

GST_START_TEST (test_merge_keeps_its_own_and_names_conflicts)
{
  g_autoptr (GPtrArray) conflicts = g_ptr_array_new ();
  GObject *a = make ("voice", "cedar", "speed", 1.25, "model", "m", NULL);
  GObject *b = make (
      "voice", "alloy", "speed", 1.25, "instructions", "x", "mute", TRUE, NULL);
  GstOaiSettings *settings = settings_of (a);

  gst_oai_settings_merge (settings, settings_of (b), conflicts);
  assert_equals_int (conflicts->len, 1);
  fail_unless_equals_string (g_ptr_array_index (conflicts, 0), "voice");
  fail_unless_equals_string (
      gst_oai_settings_string (settings, GST_OAI_SETTING_VOICE), "cedar");
  fail_unless_equals_string (
      gst_oai_settings_string (settings, GST_OAI_SETTING_INSTRUCTIONS), "x");
  fail_unless (gst_oai_settings_boolean (settings, GST_OAI_SETTING_MUTE));
  fail_unless (
      gst_oai_settings_is_set (settings, GST_OAI_SETTING_INSTRUCTIONS));
  fail_if (gst_oai_settings_is_set (settings, GST_OAI_SETTING_TOOLS));
  g_object_unref (a);
  g_object_unref (b);
}
GST_END_TEST;

GST_START_TEST (test_merge_of_defaults_changes_nothing)
{
  g_autoptr (GPtrArray) conflicts = g_ptr_array_new ();
  GObject *a = make ("voice", "cedar", NULL);
  GObject *b = make (NULL);

  gst_oai_settings_merge (settings_of (a), settings_of (b), conflicts);
  assert_equals_int (conflicts->len, 0);
  assert_session (
      a, TRUE, "{'type':'realtime','audio':{'output':{'voice':'cedar'}}}");
  g_object_unref (a);
  g_object_unref (b);
}
GST_END_TEST;

GST_START_TEST (test_copy_is_independent)
{
  GObject *a = make ("voice", "cedar", NULL);
  g_autoptr (GstOaiSettings) copy = gst_oai_settings_copy (settings_of (a));

  g_object_set (a, "voice", "alloy", "speed", 0.5, NULL);
  fail_unless_equals_string (
      gst_oai_settings_string (copy, GST_OAI_SETTING_VOICE), "cedar");
  fail_unless (gst_oai_settings_is_set (copy, GST_OAI_SETTING_VOICE));
  fail_if (gst_oai_settings_is_set (copy, GST_OAI_SETTING_SPEED));
  g_object_unref (a);
}
GST_END_TEST;

static Suite *
settings_suite (void)
{
  Suite *suite = suite_create ("settings");
  TCase *tc;

  tc = tcase_create ("table");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (
      tc, test_property_is_as_documented, 0, G_N_ELEMENTS (table));
  tcase_add_loop_test (
      tc, test_value_starts_as_the_default, 0, G_N_ELEMENTS (table));
  tcase_add_test (tc, test_credentials_cannot_be_read);

  tc = tcase_create ("validation");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_text_is_validated, 0, G_N_ELEMENTS (texts));
  tcase_add_loop_test (tc, test_number_is_validated, 0, G_N_ELEMENTS (numbers));
  tcase_add_test (tc, test_defaults_are_valid);
  tcase_add_test (tc, test_address_in_the_environment_is_validated);
  tcase_add_test (tc, test_error_does_not_show_the_key);

  tc = tcase_create ("session-object");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_session_of_the_defaults);
  tcase_add_loop_test (tc, test_session_member, 0, G_N_ELEMENTS (members));
  tcase_add_test (tc, test_eagerness_belongs_to_semantic_vad);
  tcase_add_test (tc, test_transcription_with_everything);
  tcase_add_test (tc, test_transcription_session);
  tcase_add_test (tc, test_translation_session);
  tcase_add_test (tc, test_difference_of_translations);
  tcase_add_test (tc, test_session_config_has_the_last_word);
  tcase_add_test (tc, test_string_set_to_null_is_not_sent);
  tcase_add_loop_test (tc, test_diff, 0, G_N_ELEMENTS (diffs));
  tcase_add_test (tc, test_parameter_of_an_error_is_a_setting);
  tcase_add_loop_test (tc, test_refusal, 0, G_N_ELEMENTS (refusals));

  tc = tcase_create ("credentials");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_own_service_needs_a_credential);
  tcase_add_loop_test (tc, test_key_file, 0, G_N_ELEMENTS (key_files));
  tcase_add_test (tc, test_key_file_that_went_away);
  tcase_add_test (tc, test_key_file_is_read_at_each_connect);
  tcase_add_loop_test (tc,
      test_key_of_the_environment_does_not_travel_in_the_clear, 0,
      G_N_ELEMENTS (hosts));
  tcase_add_test (tc, test_key_of_the_environment_is_checked);
  tcase_add_test (tc, test_property_goes_before_file_before_environment);
  tcase_add_test (tc, test_query_of_the_address_stays_behind);
  tcase_add_test (tc, test_refused_address_is_not_repeated);
  tcase_add_loop_test (
      tc, test_extra_headers_are_validated, 0, G_N_ELEMENTS (headers));
  tcase_add_test (tc, test_values_of_extra_headers_are_validated);
  tcase_add_test (tc, test_names_of_extra_headers_are_validated);
  tcase_add_test (tc, test_call_has_the_headers);
  tcase_add_test (tc, test_call_has_what_the_settings_say);
  tcase_add_test (tc, test_call_has_no_empty_servers);
  tcase_add_test (tc, test_calls_race_only_where_packets_can_be_lost);

  tc = tcase_create ("merge");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_merge_keeps_its_own_and_names_conflicts);
  tcase_add_test (tc, test_merge_of_defaults_changes_nothing);
  tcase_add_test (tc, test_copy_is_independent);

  return suite;
}

GST_CHECK_MAIN (settings);
