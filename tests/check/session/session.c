/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaisession.h"

#include "faketransport.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define DEADLINE (20 * G_TIME_SPAN_SECOND)

/* A stand-in for an element: writes down what the session tells it. */
typedef struct {
  GstElement *element;
  GstOaiSettings *settings;

  GMutex lock; /* protects everything down to the next comment */
  GCond cond;
  GString *log;
  gchar *answer; /* of function calls */
  gboolean asked_for_secrets; /* it can be */
  gboolean thinking; /* about the secret */
  gchar *secret;
  GThread *secret_thread; /* that it was asked on */

  /* Called for each event, on the session's thread. */
  void (*on_event) (gpointer self);
  /* The same for each change of the state. */
  void (*on_state) (gpointer self);
  GstOaiSession *session;
} User;

static void
note (GstElement *element, const gchar *word, const gchar *more)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  g_mutex_lock (&user->lock);
  g_string_append_printf (
      user->log, "%s%s%s", user->log->len > 0 ? " " : "", word, more);
  g_cond_broadcast (&user->cond);
  g_mutex_unlock (&user->lock);
}

static void
user_event (GstElement *element, const GstOaiEventInfo *info, gboolean speaker)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  fail_unless (info->object != NULL);
  fail_unless (info->json[0] == '{');
  note (element, speaker ? "EVENT:" : "event:", info->type);
  if (user->on_event)
    user->on_event (user);
}

static gchar *
user_function_call (GstElement *element, const gchar *call_id,
    const gchar *name, const gchar *arguments)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  note (element, "call:", call_id);

  return g_strdup (user->answer);
}

static void
user_progress (GstElement *element, GstProgressType type, const gchar *text)
{
  GEnumValue *value = g_enum_get_value (
      g_type_class_peek (GST_TYPE_PROGRESS_TYPE), type);

  note (element, "progress:", value->value_nick);
}

static void
user_message (GstElement *element, const GstStructure *structure)
{
  note (element, "message:", gst_structure_get_name (structure));
}

static void
user_error (GstElement *element, const GstOaiError *error, gboolean warning)
{
  note (element, warning ? "warning" : "error", "");
}

static void
user_state (GstElement *element)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  note (element, "state", "");
  if (user->on_state)
    user->on_state (user);
}

static void
user_interrupted (GstElement *element)
{
  note (element, "interrupted", "");
}

/* Held to keep the session's thread busy. */
static GMutex settings_gate;

static void
user_settings_changed (GstElement *element)
{
  g_mutex_lock (&settings_gate);
  g_mutex_unlock (&settings_gate);
}

static gboolean
user_setting_refused (GstElement *element, GstOaiSetting setting,
    const GstOaiSettings *wanted, const GstOaiSettings *before)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  if (!gst_oai_settings_equal (user->settings, wanted, setting))
    return FALSE;
  note (element, "refused:", gst_oai_setting_name (setting));
  gst_oai_settings_restore (user->settings, before, setting);
  gst_oai_session_set_settings (user->session, element, user->settings);

  return TRUE;
}

static void
user_input_ended (GstElement *element)
{
  note (element, "input-ended", "");
}

static void
user_drained (GstElement *element)
{
  note (element, "drained", "");
}

static gboolean
user_has_secret_source (GstElement *element)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");

  return user->asked_for_secrets;
}

static gchar *
user_request_secret (GstElement *element)
{
  User *user = g_object_get_data (G_OBJECT (element), "user");
  gchar *secret;

  note (element, "asked", "");
  g_mutex_lock (&user->lock);
  user->secret_thread = g_thread_self ();
  while (user->thinking)
    g_cond_wait (&user->cond, &user->lock);
  secret = g_strdup (user->secret);
  g_mutex_unlock (&user->lock);
  return secret;
}

static void
user_used (GstElement *element, const GstOaiUsage *usage)
{
  note (element, "used", "");
}

static void
user_ended (GstElement *element)
{
  note (element, "ended", "");
}

static const GstOaiSessionFuncs funcs = { user_event, user_function_call,
  user_progress, user_message, user_error, user_state, user_interrupted,
  user_settings_changed, user_setting_refused, user_input_ended, user_drained,
  user_has_secret_source, user_request_secret, user_used, user_ended };

static void
set_string (User *user, GstOaiSetting setting, const gchar *text)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  gst_oai_settings_set (user->settings, setting, &value);
  g_value_unset (&value);
}

static User *
user_new (GstBin *pipeline)
{
  User *user = g_new0 (User, 1);

  g_type_class_ref (GST_TYPE_PROGRESS_TYPE);
  g_mutex_init (&user->lock);
  g_cond_init (&user->cond);
  user->log = g_string_new (NULL);
  user->settings = gst_oai_settings_new ();
  /* A server that needs no key. */
  set_string (user, GST_OAI_SETTING_BASE_URL, "http://127.0.0.1:1/v1");
  user->element = gst_object_ref_sink (gst_bin_new (NULL));
  g_object_set_data (G_OBJECT (user->element), "user", user);
  if (pipeline)
    gst_bin_add (pipeline, user->element);

  return user;
}

static void
user_free (User *user)
{
  GstObject *parent = gst_object_get_parent (GST_OBJECT (user->element));

  if (parent) {
    gst_bin_remove (GST_BIN (parent), user->element);
    gst_object_unref (parent);
  }
  gst_object_unref (user->element);
  gst_oai_settings_free (user->settings);
  g_string_free (user->log, TRUE);
  g_free (user->answer);
  g_free (user->secret);
  g_cond_clear (&user->cond);
  g_mutex_clear (&user->lock);
  g_free (user);
}

/* What was told since the last call. */
static gchar *
take_log (User *user)
{
  gchar *log;

  g_mutex_lock (&user->lock);
  log = g_strdup (user->log->str);
  g_string_truncate (user->log, 0);
  g_mutex_unlock (&user->lock);

  return log;
}

static void
expect (User *user, const gchar *expected)
{
  g_autofree gchar *log = take_log (user);

  fail_unless_equals_string (log, expected);
}

static void
wait_for (User *user, const gchar *word)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean in_time = TRUE;

  g_mutex_lock (&user->lock);
  while (in_time && strstr (user->log->str, word) == NULL)
    in_time = g_cond_wait_until (&user->cond, &user->lock, deadline);
  in_time = strstr (user->log->str, word) != NULL;
  g_mutex_unlock (&user->lock);
  fail_unless (in_time, "waited in vain for %s", word);
}

static void
set_uint (User *user, GstOaiSetting setting, guint number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, number);
  gst_oai_settings_set (user->settings, setting, &value);
  g_value_unset (&value);
}

static void
set_double (User *user, GstOaiSetting setting, gdouble number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, number);
  gst_oai_settings_set (user->settings, setting, &value);
  g_value_unset (&value);
}

static void
set_enum (User *user, GstOaiSetting setting, GType type, gint number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, type);
  g_value_set_enum (&value, number);
  gst_oai_settings_set (user->settings, setting, &value);
  g_value_unset (&value);
}

static GstOaiSession *
session_new (void)
{
  GstOaiSession *session = gst_oai_session_new (NULL);

  fake_transport_reset ();
  gst_oai_session_set_transport_factory (session, fake_transport_new);

  return session;
}

static void
attach (GstOaiSession *session, User *user, GstOaiRole role)
{
  GstOaiError *error = NULL;

  fail_unless (gst_oai_session_attach (
      session, user->element, role, &funcs, user->settings, &error));
  fail_unless (error == NULL);
  user->session = session;
}

static void
start (GstOaiSession *session, User *user)
{
  GstOaiError *error = NULL;

  fail_unless (gst_oai_session_start (session, user->element, &error));
  fail_unless (error == NULL);
}

/* One user with both roles, in a call. */
typedef struct {
  GstOaiSession *session;
  User *user;
  FakeTransport *server;
} Fixture;

static void
fixture_begin (Fixture *f)
{
  f->session = session_new ();
  f->user = user_new (NULL);
  f->server = NULL;
}

static void
fixture_start (Fixture *f)
{
  attach (f->session, f->user, GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT);
  start (f->session, f->user);
  f->server = fake_transport_wait_connect (1);
}

static void
fixture_init (Fixture *f)
{
  fixture_begin (f);
  fixture_start (f);
  fake_transport_connected (f->server);
  g_free (take_log (f->user));
}

/* A thread that ends a call is through with the session a little after the call
 * has ended. */
static void
wait_last_reference (GstOaiSession *session)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  while (g_atomic_int_get (&G_OBJECT (session)->ref_count) > 1
      && g_get_monotonic_time () < deadline)
    g_usleep (1000);
  ASSERT_OBJECT_REFCOUNT (session, "session", 1);
}

static void
fixture_clear (Fixture *f)
{
  gst_oai_session_stop (f->session, f->user->element);
  gst_oai_session_detach (f->session, f->user->element);
  wait_last_reference (f->session);
  g_object_unref (f->session);
  user_free (f->user);
  fake_transport_reset ();
}

#define FIXTURE_TEST(name)                                                     \
  static void name##_body (Fixture *f);                                        \
  GST_START_TEST (name)                                                        \
  {                                                                            \
    Fixture f;                                                                 \
                                                                               \
    fixture_init (&f);                                                         \
    name##_body (&f);                                                          \
    fixture_clear (&f);                                                        \
  }                                                                            \
  GST_END_TEST;                                                                \
  static void name##_body (Fixture *f)

static void
assert_state (GstOaiSession *session, GstOpenAIRealtimeConnectionState state)
{
  assert_equals_int (gst_oai_session_get_state (session), state);
}

static void
push_audio (GstOaiSession *session, guint ms)
{
  gsize size = GST_OAI_UPLINK_RATE / 1000 * ms * 2;
  g_autofree guint8 *data = g_malloc0 (size);

  gst_oai_uplink_push (gst_oai_session_get_uplink (session), data, size,
      g_get_monotonic_time () * GST_USECOND);
}

static void
assert_sent (
    FakeTransport *server, guint n, const gchar *path, const gchar *expected)
{
  JsonObject *event = fake_transport_wait_sent (server, n);

  fail_unless_equals_string (
      gst_oai_json_get_string (event, path, NULL), expected);
  json_object_unref (event);
}

/* --- users ------------------------------------------------------------- */

GST_START_TEST (test_each_role_is_taken_once)
{
  static const GstOaiRole both = GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT;
  static const GstOaiRole roles[] = { GST_OAI_ROLE_INPUT, GST_OAI_ROLE_OUTPUT,
    GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT };
  GstOaiSession *session = session_new ();
  User *a = user_new (NULL), *b = user_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (roles); i++) {
    GstOaiError *error = NULL;

    attach (session, a, roles[i]);
    fail_if (gst_oai_session_attach (
        session, b->element, roles[i], &funcs, b->settings, &error));
    fail_unless (error->domain == GST_RESOURCE_ERROR);
    assert_equals_int (error->code, GST_RESOURCE_ERROR_BUSY);
    g_clear_pointer (&error, gst_oai_error_free);
    fail_if (gst_oai_session_attach (
        session, b->element, both, &funcs, b->settings, &error));
    g_clear_pointer (&error, gst_oai_error_free);
    gst_oai_session_detach (session, a->element);
  }
  attach (session, a, GST_OAI_ROLE_INPUT);
  attach (session, b, GST_OAI_ROLE_OUTPUT);
  gst_oai_session_detach (session, a->element);
  attach (session, a, GST_OAI_ROLE_INPUT);
  gst_oai_session_detach (session, b->element);
  gst_oai_session_detach (session, a->element);
  g_object_unref (session);
  user_free (a);
  user_free (b);
  fake_transport_reset ();
}
GST_END_TEST;

GST_START_TEST (test_stranger_that_leaves_changes_nothing)
{
  Fixture f;
  User *stranger = user_new (NULL);

  fixture_init (&f);
  gst_oai_session_stop (f.session, stranger->element);
  gst_oai_session_detach (f.session, stranger->element);
  gst_oai_session_set_settings (
      f.session, stranger->element, stranger->settings);
  fake_transport_sync (f.server);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  fixture_clear (&f);
  user_free (stranger);
}
GST_END_TEST;

GST_START_TEST (test_attaching_places_no_call)
{
  Fixture f;

  fixture_begin (&f);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  gst_oai_session_detach (f.session, f.user->element);
  /* It was made ready, and shut down again. */
  assert_equals_int (fake_transport_count (), 1);
  expect (f.user, "");
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- calls ------------------------------------------------------------- */

GST_START_TEST (test_call_from_start_to_stop)
{
  Fixture f;
  g_autofree gchar *id = NULL;

  fixture_begin (&f);
  fixture_start (&f);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTING);
  expect (f.user, "state progress:start");
  fake_transport_connected (f.server);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  expect (f.user, "progress:continue progress:complete state");
  id = gst_oai_session_get_call_id (f.session);
  fail_unless_equals_string (id, "rtc_fake");
  gst_oai_session_stop (f.session, f.user->element);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  expect (f.user, "state");
  fail_unless (fake_transport_hung_up (f.server));
  fake_transport_wait_shutdown (f.server);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_call_that_is_being_set_up_is_hung_up)
{
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  gst_oai_session_stop (f.session, f.user->element);
  expect (f.user, "state progress:start progress:canceled state");
  /* The server may have answered by now. The transport knows. */
  fail_unless (fake_transport_hung_up (f.server));
  fake_transport_wait_shutdown (f.server);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_second_call_takes_a_new_transport)
{
  Fixture f;
  FakeTransport *second;
  g_autofree gchar *id = NULL;

  fixture_init (&f);
  fake_transport_event (
      f.server, "{'type':'session.created','session':{'id':'sess_1'}}");
  gst_oai_session_stop (f.session, f.user->element);
  start (f.session, f.user);
  second = fake_transport_wait_connect (2);
  fail_unless (second != f.server);
  id = gst_oai_session_get_session_id (f.session);
  fail_unless (id == NULL);
  fake_transport_connected (second);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_call_lasts_until_the_last_half_stops)
{
  GstOaiSession *session = session_new ();
  User *input = user_new (NULL), *output = user_new (NULL);
  FakeTransport *server;

  attach (session, output, GST_OAI_ROLE_OUTPUT);
  attach (session, input, GST_OAI_ROLE_INPUT);
  start (session, output);
  server = fake_transport_wait_connect (1);
  fake_transport_connected (server);
  start (session, input);
  gst_oai_session_stop (session, output->element);
  fake_transport_sync (server);
  assert_state (session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  start (session, output);
  gst_oai_session_stop (session, input->element);
  assert_state (session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  gst_oai_session_stop (session, output->element);
  assert_state (session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  assert_equals_int (fake_transport_n_closed (server), 1);
  gst_oai_session_detach (session, input->element);
  gst_oai_session_detach (session, output->element);
  g_object_unref (session);
  user_free (input);
  user_free (output);
  fake_transport_reset ();
}
GST_END_TEST;

GST_START_TEST (test_call_carries_the_union_of_the_settings)
{
  GstOaiSession *session = session_new ();
  GstElement *pipeline = gst_pipeline_new (NULL);
  User *input = user_new (GST_BIN (pipeline));
  User *output = user_new (GST_BIN (pipeline));
  FakeTransport *server;
  JsonObject *config;
  const gchar *json;

  set_string (input, GST_OAI_SETTING_INSTRUCTIONS, "Be brief.");
  set_string (input, GST_OAI_SETTING_VOICE, "cedar");
  set_string (output, GST_OAI_SETTING_VOICE, "alloy");
  set_double (output, GST_OAI_SETTING_SPEED, 1.25);
  attach (session, output, GST_OAI_ROLE_OUTPUT);
  attach (session, input, GST_OAI_ROLE_INPUT);
  start (session, output);
  start (session, input);
  server = fake_transport_wait_connect (1);
  json = fake_transport_get_call (server)->session_json;
  config = gst_oai_json_parse_object (json, strlen (json), 65536, NULL);
  fail_unless_equals_string (
      gst_oai_json_get_string (config, "instructions", NULL), "Be brief.");
  fail_unless_equals_string (
      gst_oai_json_get_string (config, "audio.output.voice", NULL), "cedar");
  assert_equals_float (
      gst_oai_json_get_double (config, "audio.output.speed", 0), 1.25);
  json_object_unref (config);
  /* One warning, from the half that speaks. */
  wait_for (input, "progress:start");
  expect (input, "warning state progress:start");
  expect (output, "state");
  gst_oai_session_detach (session, input->element);
  gst_oai_session_detach (session, output->element);
  g_object_unref (session);
  user_free (input);
  user_free (output);
  gst_object_unref (pipeline);
  fake_transport_reset ();
}
GST_END_TEST;

GST_START_TEST (test_bad_settings_place_no_call)
{
  Fixture f;
  GstOaiError *error = NULL;

  fixture_begin (&f);
  set_string (f.user, GST_OAI_SETTING_TOOLS, "{}");
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  fail_if (gst_oai_session_start (f.session, f.user->element, &error));
  fail_unless (strstr (error->message, "tools") != NULL);
  gst_oai_error_free (error);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_missing_credential_places_no_call)
{
  Fixture f;
  GstOaiError *error = NULL;

  fixture_begin (&f);
  g_unsetenv ("OPENAI_API_KEY");
  set_string (f.user, GST_OAI_SETTING_BASE_URL, GST_OAI_DEFAULT_BASE_URL);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  fail_if (gst_oai_session_start (f.session, f.user->element, &error));
  assert_equals_int (error->code, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  gst_oai_error_free (error);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- settings of a call ------------------------------------------------ */

static void
change_speed (Fixture *f, gdouble speed)
{
  set_double (f->user, GST_OAI_SETTING_SPEED, speed);
  gst_oai_session_set_settings (
      f->session, f->user->element, f->user->settings);
  fake_transport_sync (f->server);
}

static void
assert_speed (FakeTransport *server, guint n, gdouble speed)
{
  JsonObject *event = fake_transport_wait_sent (server, n);

  fail_unless_equals_string (
      gst_oai_json_get_string (event, "type", NULL), "session.update");
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.type", NULL), "realtime");
  assert_equals_float (
      gst_oai_json_get_double (event, "session.audio.output.speed", 0), speed);
  json_object_unref (event);
}

FIXTURE_TEST (test_one_update_is_in_flight)
{
  change_speed (f, 1.25);
  assert_equals_int (fake_transport_n_sent (f->server), 1);
  assert_speed (f->server, 0, 1.25);
  change_speed (f, 0.5);
  change_speed (f, 0.75);
  assert_equals_int (fake_transport_n_sent (f->server), 1);
  fake_transport_event (f->server, "{'type':'session.updated'}");
  assert_equals_int (fake_transport_n_sent (f->server), 2);
  assert_speed (f->server, 1, 0.75);
  fake_transport_event (f->server, "{'type':'session.updated'}");
  assert_equals_int (fake_transport_n_sent (f->server), 2);
}

FIXTURE_TEST (test_update_back_to_what_the_server_has_is_not_sent)
{
  change_speed (f, 1.25);
  fake_transport_event (f->server, "{'type':'session.updated'}");
  change_speed (f, 1.25);
  assert_equals_int (fake_transport_n_sent (f->server), 1);
}

FIXTURE_TEST (test_refused_update_is_tried_again_with_the_next_change)
{
  g_autofree gchar *text = NULL;
  JsonObject *event;

  change_speed (f, 1.25);
  event = fake_transport_wait_sent (f->server, 0);
  text = g_strdup_printf ("{'type':'error','error':{'message':'no',"
                          "'type':'invalid_request_error','event_id':'%s'}}",
      gst_oai_json_get_string (event, "event_id", ""));
  json_object_unref (event);
  fake_transport_event (f->server, text);
  expect (f->user, "EVENT:error warning");
  assert_equals_int (fake_transport_n_sent (f->server), 1);
  change_speed (f, 1.5);
  assert_speed (f->server, 1, 1.5);
}

static void
change_string (Fixture *f, GstOaiSetting setting, const gchar *text)
{
  set_string (f->user, setting, text);
  gst_oai_session_set_settings (
      f->session, f->user->element, f->user->settings);
  fake_transport_sync (f->server);
}

/* The server refuses the @n-th event. */
static void
refuse (Fixture *f, guint n, const gchar *param)
{
  JsonObject *event = fake_transport_wait_sent (f->server, n);
  g_autofree gchar *text = g_strdup_printf (
      "{'type':'error','error':{'message':'no','param':'%s',"
      "'type':'invalid_request_error','event_id':'%s'}}",
      param, gst_oai_json_get_string (event, "event_id", ""));

  json_object_unref (event);
  fake_transport_event (f->server, text);
}

/* Two were changed at once: the other one gets through. */
FIXTURE_TEST (test_refused_setting_gets_its_old_value_back)
{
  JsonObject *event;

  change_string (f, GST_OAI_SETTING_INSTRUCTIONS, "Be polite.");
  fake_transport_event (f->server, "{'type':'session.updated'}");
  g_free (take_log (f->user));
  set_string (f->user, GST_OAI_SETTING_VOICE, "nobody");
  change_string (f, GST_OAI_SETTING_INSTRUCTIONS, "Be brief.");
  assert_sent (f->server, 1, "session.audio.output.voice", "nobody");
  refuse (f, 1, "session.audio.output.voice");
  expect (f->user, "EVENT:error refused:voice warning");
  fail_unless_equals_string (
      gst_oai_settings_string (f->user->settings, GST_OAI_SETTING_VOICE),
      "marin");
  fail_if (gst_oai_settings_is_set (f->user->settings, GST_OAI_SETTING_VOICE));
  event = fake_transport_wait_sent (f->server, 2);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.instructions", NULL),
      "Be brief.");
  fail_if (gst_oai_json_get_object (event, "session.audio"));
  json_object_unref (event);
  fake_transport_event (f->server, "{'type':'session.updated'}");
  fake_transport_sync (f->server);
  assert_equals_int (fake_transport_n_sent (f->server), 3);
}

/* What was set meanwhile is what counts. */
FIXTURE_TEST (test_setting_that_was_set_anew_stays)
{
  change_string (f, GST_OAI_SETTING_VOICE, "nobody");
  change_string (f, GST_OAI_SETTING_VOICE, "cedar");
  refuse (f, 0, "session.audio.output.voice");
  fail_unless_equals_string (
      gst_oai_settings_string (f->user->settings, GST_OAI_SETTING_VOICE),
      "cedar");
  assert_sent (f->server, 1, "session.audio.output.voice", "cedar");
}

FIXTURE_TEST (test_refused_setting_does_not_hold_up_others_later)
{
  JsonObject *event;

  change_string (f, GST_OAI_SETTING_VOICE, "nobody");
  refuse (f, 0, "");
  change_string (f, GST_OAI_SETTING_INSTRUCTIONS, "Be brief.");
  event = fake_transport_wait_sent (f->server, 1);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.instructions", NULL),
      "Be brief.");
  fail_if (gst_oai_json_get_object (event, "session.audio"));
  json_object_unref (event);
}

GST_START_TEST (test_refused_setting_does_not_hold_up_others_with_it)
{
  JsonObject *event;
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  change_string (&f, GST_OAI_SETTING_VOICE, "nobody");
  change_string (&f, GST_OAI_SETTING_INSTRUCTIONS, "Be brief.");
  fake_transport_connected (f.server);
  assert_sent (f.server, 0, "session.audio.output.voice", "nobody");
  refuse (&f, 0, "session.audio.output.voice");
  event = fake_transport_wait_sent (f.server, 1);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.instructions", NULL),
      "Be brief.");
  fail_if (gst_oai_json_get_object (event, "session.audio"));
  json_object_unref (event);
  fixture_clear (&f);
}
GST_END_TEST;

/* The speed of an answer cannot be changed while it is made. */
FIXTURE_TEST (test_setting_refused_during_an_answer_is_tried_again_after_it)
{
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  change_speed (f, 1.25);
  refuse (f, 0, "session.audio.output.speed");
  assert_equals_int (fake_transport_n_sent (f->server), 1);
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r1','status':'completed'}}");
  assert_speed (f->server, 1, 1.25);
  /* Once. */
  refuse (f, 1, "session.audio.output.speed");
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r2'}}");
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r2','status':'completed'}}");
  assert_equals_int (fake_transport_n_sent (f->server), 2);
}

FIXTURE_TEST (test_update_that_is_never_acknowledged_does_not_hold_up_the_next)
{
  change_speed (f, 1.25);
  change_speed (f, 1.5);
  assert_equals_int (fake_transport_n_sent (f->server), 1);
  assert_speed (f->server, 1, 1.5);
}

GST_START_TEST (test_settings_changed_while_connecting_follow)
{
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  change_speed (&f, 1.25);
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  fake_transport_connected (f.server);
  assert_speed (f.server, 0, 1.25);
  fixture_clear (&f);
}
GST_END_TEST;

FIXTURE_TEST (test_local_settings_are_not_sent)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BOOLEAN);
  g_value_set_boolean (&value, TRUE);
  gst_oai_settings_set (f->user->settings, GST_OAI_SETTING_MUTE, &value);
  g_value_unset (&value);
  gst_oai_session_set_settings (
      f->session, f->user->element, f->user->settings);
  fake_transport_sync (f->server);
  assert_equals_int (fake_transport_n_sent (f->server), 0);
}

FIXTURE_TEST (test_voice_is_fixed_once_the_model_has_spoken)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  fail_if (gst_oai_session_voice_is_fixed (f->session));
  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  while (!gst_oai_session_voice_is_fixed (f->session)
      && g_get_monotonic_time () < deadline)
    fake_transport_sync (f->server);
  fail_unless (gst_oai_session_voice_is_fixed (f->session));
}

/* --- client secrets ---------------------------------------------------- */

/* --- client secrets of the application --------------------------------- */

static void
fixture_asks (Fixture *f, const gchar *secret, gboolean thinking)
{
  fixture_begin (f);
  f->user->asked_for_secrets = TRUE;
  f->user->secret = g_strdup (secret);
  f->user->thinking = thinking;
  /* Nothing else would open its door. */
  set_string (f->user, GST_OAI_SETTING_BASE_URL, "https://api.openai.com/v1");
  attach (f->session, f->user, GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT);
  start (f->session, f->user);
}

static void
stop_thinking (User *user)
{
  g_mutex_lock (&user->lock);
  user->thinking = FALSE;
  g_cond_broadcast (&user->cond);
  g_mutex_unlock (&user->lock);
}

/* Until what the asking thread held is let go. */
static void
wait_for_refcount (gpointer object, guint n)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  while ((guint) g_atomic_int_get (&G_OBJECT (object)->ref_count) > n
      && g_get_monotonic_time () < deadline)
    g_usleep (1000);
}

GST_START_TEST (test_secret_is_asked_for_before_the_call)
{
  Fixture f;

  fixture_asks (&f, "ek_asked", TRUE);
  wait_for (f.user, "asked");
  stop_thinking (f.user);
  f.server = fake_transport_wait_connect (1);
  fail_unless_equals_string (
      fake_transport_get_call (f.server)->client_secret, "ek_asked");
  fail_unless (f.user->secret_thread != g_thread_self ());
  fake_transport_connected (f.server);
  wait_for (f.user, "progress:complete");
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_secret_that_is_set_is_not_asked_for)
{
  Fixture f;

  fixture_begin (&f);
  f.user->asked_for_secrets = TRUE;
  set_string (f.user, GST_OAI_SETTING_CLIENT_SECRET, "ek_set");
  fixture_start (&f);
  fail_unless_equals_string (
      fake_transport_get_call (f.server)->client_secret, "ek_set");
  fail_unless (f.user->secret_thread == NULL);
  fixture_clear (&f);
}
GST_END_TEST;

static const gchar *const no_secrets[] = { NULL, "", "ek_\r\nX: y", "ek 1" };

GST_START_TEST (test_no_secret_is_an_error)
{
  Fixture f;

  fixture_asks (&f, no_secrets[__i__], FALSE);
  /* Behind progress:error. */
  wait_for (f.user, " error");
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED);
  /* A new attempt, a new question. */
  gst_oai_session_stop (f.session, f.user->element);
  g_mutex_lock (&f.user->lock);
  g_free (f.user->secret);
  f.user->secret = g_strdup ("ek_2");
  g_mutex_unlock (&f.user->lock);
  start (f.session, f.user);
  f.server = fake_transport_wait_connect (1);
  fail_unless_equals_string (
      fake_transport_get_call (f.server)->client_secret, "ek_2");
  fixture_clear (&f);
}
GST_END_TEST;

/* Neither the end of the session nor that of the time waits for the handler, and
 * what it returns then is of no use. */
GST_START_TEST (test_secret_that_comes_too_late_is_dropped)
{
  Fixture f;
  gboolean by_time = __i__ == 1;

  fixture_begin (&f);
  f.user->asked_for_secrets = TRUE;
  f.user->secret = g_strdup ("ek_late");
  f.user->thinking = TRUE;
  if (by_time)
    set_uint (f.user, GST_OAI_SETTING_CONNECT_TIMEOUT, 100);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT | GST_OAI_ROLE_OUTPUT);
  start (f.session, f.user);
  wait_for (f.user, "asked");
  if (by_time)
    wait_for (f.user, " error");
  gst_oai_session_stop (f.session, f.user->element);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  stop_thinking (f.user);
  gst_oai_session_detach (f.session, f.user->element);
  wait_for_refcount (f.session, 1);
  ASSERT_OBJECT_REFCOUNT (f.session, "session", 1);
  wait_for_refcount (f.user->element, 1);
  g_object_unref (f.session);
  user_free (f.user);
  fake_transport_reset ();
}
GST_END_TEST;

static void
fixture_with_secret (Fixture *f, gboolean configured)
{
  fixture_begin (f);
  set_string (f->user, GST_OAI_SETTING_CLIENT_SECRET, "ek_1");
  if (configured)
    set_string (f->user, GST_OAI_SETTING_INSTRUCTIONS, "Be brief.");
  fixture_start (f);
  fake_transport_connected (f->server);
}

GST_START_TEST (test_client_secret_holds_audio_until_configured)
{
  Fixture f;

  fixture_with_secret (&f, TRUE);
  fail_unless_equals_string (
      fake_transport_get_call (f.server)->client_secret, "ek_1");
  assert_sent (f.server, 0, "session.instructions", "Be brief.");
  fail_if (gst_oai_uplink_is_open (gst_oai_session_get_uplink (f.session)));
  push_audio (f.session, 100);
  assert_equals_int (fake_transport_n_frames (f.server), 0);
  fake_transport_event (f.server, "{'type':'session.updated'}");
  fake_transport_wait_frames (f.server, 5);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_client_secret_without_settings_opens_at_once)
{
  Fixture f;

  fixture_with_secret (&f, FALSE);
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  fail_unless (gst_oai_uplink_is_open (gst_oai_session_get_uplink (f.session)));
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_client_secret_opens_when_the_update_is_refused)
{
  Fixture f;
  JsonObject *event;
  g_autofree gchar *text = NULL;

  fixture_with_secret (&f, TRUE);
  event = fake_transport_wait_sent (f.server, 0);
  text = g_strdup_printf (
      "{'type':'error','error':{'message':'no','event_id':'%s'}}",
      gst_oai_json_get_string (event, "event_id", ""));
  json_object_unref (event);
  push_audio (f.session, 100);
  fake_transport_event (f.server, text);
  fake_transport_wait_frames (f.server, 5);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- audio ------------------------------------------------------------- */

GST_START_TEST (test_audio_waits_for_the_call)
{
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  push_audio (f.session, 200);
  fake_transport_sync (f.server);
  assert_equals_int (fake_transport_n_frames (f.server), 0);
  fake_transport_connected (f.server);
  fail_unless (fake_transport_n_frames (f.server) >= 10);
  fixture_clear (&f);
}
GST_END_TEST;

FIXTURE_TEST (test_silence_is_sent_without_input)
{
  fake_transport_wait_frames (f->server, 5);
}

FIXTURE_TEST (test_packets_are_played_when_somebody_listens)
{
  GstOaiPlayoutStats stats;

  fake_transport_packet (f->server, 1);
  fake_transport_packet (f->server, 2);
  gst_oai_playout_get_stats (gst_oai_session_get_playout (f->session), &stats);
  assert_equals_uint64 (stats.packets, 2);
}

GST_START_TEST (test_packets_that_nobody_hears_are_dropped)
{
  Fixture f;
  GstOaiPlayoutStats stats;

  fixture_begin (&f);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  start (f.session, f.user);
  f.server = fake_transport_wait_connect (1);
  fake_transport_connected (f.server);
  fake_transport_packet (f.server, 1);
  gst_oai_playout_get_stats (gst_oai_session_get_playout (f.session), &stats);
  assert_equals_uint64 (stats.packets, 0);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- events ------------------------------------------------------------ */

GST_START_TEST (test_both_halves_get_events_and_one_speaks)
{
  GstOaiSession *session = session_new ();
  GstElement *pipeline = gst_pipeline_new (NULL);
  User *input = user_new (GST_BIN (pipeline));
  User *output = user_new (GST_BIN (pipeline));
  FakeTransport *server;

  attach (session, output, GST_OAI_ROLE_OUTPUT);
  attach (session, input, GST_OAI_ROLE_INPUT);
  start (session, output);
  start (session, input);
  server = fake_transport_wait_connect (1);
  fake_transport_connected (server);
  expect (
      input, "state progress:start progress:continue progress:complete state");
  expect (output, "state state");
  fake_transport_event (server, "{'type':'response.created','response':{}}");
  fake_transport_event (
      server, "{'type':'response.done','response':{'status':'failed'}}");
  expect (input,
      "EVENT:response.created message:openairealtime-turn "
      "EVENT:response.done warning");
  expect (output, "event:response.created event:response.done");
  /* Alone, the output half speaks. */
  gst_oai_session_stop (session, input->element);
  gst_oai_session_detach (session, input->element);
  fake_transport_event (server, "{'type':'new.event'}");
  expect (output, "EVENT:new.event");
  gst_oai_session_detach (session, output->element);
  g_object_unref (session);
  user_free (input);
  user_free (output);
  gst_object_unref (pipeline);
  fake_transport_reset ();
}
GST_END_TEST;

GST_START_TEST (test_halves_in_two_pipelines_speak_both)
{
  GstOaiSession *session = session_new ();
  GstElement *p1 = gst_pipeline_new (NULL), *p2 = gst_pipeline_new (NULL);
  User *input = user_new (GST_BIN (p1)), *output = user_new (GST_BIN (p2));
  FakeTransport *server;

  attach (session, output, GST_OAI_ROLE_OUTPUT);
  attach (session, input, GST_OAI_ROLE_INPUT);
  start (session, input);
  start (session, output);
  server = fake_transport_wait_connect (1);
  fake_transport_connected (server);
  g_free (take_log (input));
  g_free (take_log (output));
  fake_transport_event (server, "{'type':'new.event'}");
  expect (input, "EVENT:new.event");
  expect (output, "EVENT:new.event");
  gst_oai_session_detach (session, input->element);
  gst_oai_session_detach (session, output->element);
  g_object_unref (session);
  user_free (input);
  user_free (output);
  gst_object_unref (p1);
  gst_object_unref (p2);
  fake_transport_reset ();
}
GST_END_TEST;

FIXTURE_TEST (test_session_id_is_kept)
{
  g_autofree gchar *id = NULL;

  fake_transport_event (
      f->server, "{'type':'session.created','session':{'id':'sess_1'}}");
  id = gst_oai_session_get_session_id (f->session);
  fail_unless_equals_string (id, "sess_1");
}

FIXTURE_TEST (test_interruption_is_told)
{
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  fail_unless (gst_oai_session_is_speaking (f->session));
  fake_transport_event (
      f->server, "{'type':'input_audio_buffer.speech_started'}");
  fail_if (gst_oai_session_is_speaking (f->session));
  fail_unless (gst_oai_playout_is_interrupted (
      gst_oai_session_get_playout (f->session)));
  /* Silence first, then words about it. */
  expect (f->user,
      "EVENT:response.created EVENT:output_audio_buffer.started interrupted "
      "EVENT:input_audio_buffer.speech_started");
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r1','status':'cancelled'}}");
  expect (f->user, "message:openairealtime-turn EVENT:response.done");
}

FIXTURE_TEST (test_function_call_is_answered)
{
  f->user->answer = g_strdup ("42");
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (f->server,
      "{'type':'response.function_call_arguments.done','call_id':'c1',"
      "'name':'fn','arguments':'{}'}");
  fake_transport_event (
      f->server, "{'type':'response.done','response':{'id':'r1'}}");
  assert_sent (f->server, 0, "item.call_id", "c1");
  assert_sent (f->server, 0, "item.output", "42");
  assert_sent (f->server, 1, "type", "response.create");
}

FIXTURE_TEST (test_function_call_is_answered_later)
{
  fake_transport_event (f->server,
      "{'type':'response.function_call_arguments.done','call_id':'c1',"
      "'name':'fn','arguments':'{}'}");
  assert_equals_int (fake_transport_n_sent (f->server), 0);
  fail_unless (gst_oai_session_send_function_output (f->session, "c1", "43"));
  assert_sent (f->server, 0, "item.output", "43");
  assert_sent (f->server, 1, "type", "response.create");
}

FIXTURE_TEST (test_stop_of_the_answer)
{
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  fail_unless (gst_oai_session_interrupt (f->session));
  assert_sent (f->server, 0, "type", "response.cancel");
  assert_sent (f->server, 1, "type", "output_audio_buffer.clear");
}

GST_START_TEST (test_events_wait_for_the_call)
{
  Fixture f;
  guint i;

  fixture_begin (&f);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  fail_if (gst_oai_session_send_event (
      f.session, "{\"type\":\"input_audio_buffer.clear\"}"));
  start (f.session, f.user);
  f.server = fake_transport_wait_connect (1);
  for (i = 0; i < 70; i++) {
    g_autofree gchar *text = g_strdup_printf (
        "{\"type\":\"n\",\"event_id\":\"id_%u\"}", i);

    fail_unless (gst_oai_session_send_event (f.session, text));
  }
  fake_transport_sync (f.server);
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  expect (f.user,
      "state progress:start "
      "warning warning warning warning warning warning");
  fake_transport_connected (f.server);
  assert_equals_int (fake_transport_n_sent (f.server), 64);
  assert_sent (f.server, 0, "event_id", "id_0");
  assert_sent (f.server, 63, "event_id", "id_63");
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_events_are_taken_as_soon_as_it_is_started)
{
  Fixture f;

  fixture_begin (&f);
  attach (f.session, f.user, GST_OAI_ROLE_INPUT);
  g_mutex_lock (&settings_gate);
  gst_oai_session_set_settings (f.session, f.user->element, f.user->settings);
  start (f.session, f.user);
  fail_unless (gst_oai_session_send_event (f.session, "{\"type\":\"first\"}"));
  g_mutex_unlock (&settings_gate);
  f.server = fake_transport_wait_connect (1);
  fake_transport_connected (f.server);
  assert_sent (f.server, 0, "type", "first");
  fixture_clear (&f);
}
GST_END_TEST;

FIXTURE_TEST (test_sent_events_have_ids)
{
  JsonObject *a, *b;

  fail_unless (gst_oai_session_send_event (f->session, "{\"type\":\"one\"}"));
  fail_unless (gst_oai_session_send_event (f->session, "{\"type\":\"two\"}"));
  a = fake_transport_wait_sent (f->server, 0);
  b = fake_transport_wait_sent (f->server, 1);
  fail_unless (gst_oai_json_get_string (a, "event_id", NULL) != NULL);
  fail_unless (g_strcmp0 (gst_oai_json_get_string (a, "event_id", NULL),
                   gst_oai_json_get_string (b, "event_id", NULL))
      != 0);
  json_object_unref (a);
  json_object_unref (b);
}

FIXTURE_TEST (test_what_is_no_event_is_not_sent)
{
  fail_if (gst_oai_session_send_event (f->session, ""));
  fail_if (gst_oai_session_send_event (f->session, "[]"));
  fail_if (gst_oai_session_send_event (f->session, "{}"));
  fail_if (gst_oai_session_send_event (f->session, "{\"type\":1}"));
  fail_if (gst_oai_session_send_event (f->session, "{\"type\":\"a\"} x"));
  fake_transport_sync (f->server);
  assert_equals_int (fake_transport_n_sent (f->server), 0);
}

FIXTURE_TEST (test_event_that_cannot_be_sent_is_a_warning)
{
  fake_transport_set_refuse (f->server, TRUE);
  fail_unless (gst_oai_session_send_event (f->session, "{\"type\":\"one\"}"));
  fake_transport_sync (f->server);
  expect (f->user, "warning");
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
}

/* --- failures ---------------------------------------------------------- */

FIXTURE_TEST (test_lost_call_is_an_error_once)
{
  fake_transport_fail (f->server, "gone");
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED);
  expect (f->user, "state error");
  fail_unless (
      gst_oai_uplink_has_failed (gst_oai_session_get_uplink (f->session)));
  fail_if (gst_oai_session_send_event (f->session, "{\"type\":\"one\"}"));
  fake_transport_event (f->server, "{'type':'new.event'}");
  expect (f->user, "");
}

/* It is billed, and holds threads and sockets, whatever the application does. */
FIXTURE_TEST (test_failed_call_is_ended_at_once)
{
  fake_transport_event (f->server,
      "{'type':'error','error':{'type':'invalid_request_error',"
      "'code':'session_expired','message':'60 minutes'}}");
  fail_unless (fake_transport_hung_up (f->server));
  fake_transport_wait_shutdown (f->server);
}

static void
restart_from_state (gpointer data)
{
  User *user = data;

  if (gst_oai_session_get_state (user->session)
      != GST_OPENAI_REALTIME_CONNECTION_STATE_FAILED)
    return;
  gst_oai_session_stop (user->session, user->element);
  start (user->session, user);
}

/* A handler of notify::connection-state that tries again. */
FIXTURE_TEST (test_call_is_started_again_from_within_its_failure)
{
  f->user->on_state = restart_from_state;
  fake_transport_fail (f->server, "gone");
  fail_if (gst_oai_uplink_has_failed (gst_oai_session_get_uplink (f->session)));
  fake_transport_connected (fake_transport_wait_connect (2));
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fail_if (gst_oai_uplink_has_failed (gst_oai_session_get_uplink (f->session)));
  fake_transport_wait_shutdown (f->server);
}

GST_START_TEST (test_failed_connect_is_an_error)
{
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  fake_transport_fail (f.server, "no way");
  expect (f.user, "state progress:start progress:error state error");
  fixture_clear (&f);
}
GST_END_TEST;

FIXTURE_TEST (test_call_after_a_failure)
{
  FakeTransport *second;

  fake_transport_fail (f->server, "gone");
  gst_oai_session_stop (f->session, f->user->element);
  start (f->session, f->user);
  second = fake_transport_wait_connect (2);
  fake_transport_connected (second);
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fail_if (gst_oai_uplink_has_failed (gst_oai_session_get_uplink (f->session)));
  fail_unless (gst_oai_session_send_event (f->session, "{\"type\":\"one\"}"));
  assert_sent (second, 0, "type", "one");
}

FIXTURE_TEST (test_expired_session_ends_the_call)
{
  fake_transport_event (f->server,
      "{'type':'error','error':{'type':'invalid_request_error',"
      "'code':'session_expired','message':'60 minutes'}}");
  expect (f->user, "EVENT:error state error");
  fail_unless (fake_transport_hung_up (f->server));
}

FIXTURE_TEST (test_other_server_error_is_a_warning)
{
  fake_transport_event (f->server,
      "{'type':'error','error':{'code':'invalid_value','message':'no'}}");
  expect (f->user, "EVENT:error warning");
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
}

/* The server began a response of its own while ours was asked for. */
FIXTURE_TEST (test_error_that_is_dealt_with_is_no_warning)
{
  g_autofree gchar *text = NULL;
  JsonObject *event;

  fail_unless (gst_oai_session_send_event (
      f->session, "{\"type\":\"response.create\"}"));
  event = fake_transport_wait_sent (f->server, 0);
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  text = g_strdup_printf (
      "{'type':'error','error':{'message':'busy','event_id':'%s',"
      "'code':'conversation_already_has_active_response'}}",
      gst_oai_json_get_string (event, "event_id", ""));
  json_object_unref (event);
  fake_transport_event (f->server, text);
  expect (f->user, "EVENT:response.created EVENT:error");
}

FIXTURE_TEST (test_what_the_server_could_not_do_is_a_warning)
{
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r','status':'incomplete',"
      "'status_details':{'reason':'content_filter'}}}");
  expect (f->user, "EVENT:response.done warning");
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r','status':'failed',"
      "'status_details':{'error':{'code':'invalid_api_key'}}}}");
  expect (f->user, "EVENT:response.done warning");
  fake_transport_event (f->server,
      "{'type':'conversation.item.input_audio_transcription.failed',"
      "'error':{'code':'audio_unintelligible'}}");
  expect (f->user,
      "EVENT:conversation.item.input_audio_transcription.failed warning");
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r','status':'cancelled'}}");
  expect (f->user, "EVENT:response.done");
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
}

FIXTURE_TEST (test_answer_without_sound_is_a_warning)
{
  g_autofree gchar *log = NULL;

  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  fake_transport_event (f->server, "{'type':'output_audio_buffer.stopped'}");
  expect (f->user,
      "EVENT:output_audio_buffer.started EVENT:output_audio_buffer.stopped "
      "warning");
  /* Cut off before anything of it was sent. */
  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  fake_transport_event (f->server, "{'type':'output_audio_buffer.cleared'}");
  fake_transport_event (f->server, "{'type':'output_audio_buffer.stopped'}");
  log = take_log (f->user);
  fail_if (strstr (log, "warning"), "%s", log);
  fake_transport_event (f->server, "{'type':'output_audio_buffer.started'}");
  fake_transport_packet (f->server, 1);
  fake_transport_event (f->server, "{'type':'output_audio_buffer.stopped'}");
  expect (f->user,
      "EVENT:output_audio_buffer.started EVENT:output_audio_buffer.stopped");
}

FIXTURE_TEST (test_unreadable_events_warn_once_then_end_the_call)
{
  guint i;

  for (i = 0; i < 31; i++)
    fake_transport_event (f->server, i % 2 ? "{'type':" : "{'a':1}");
  expect (f->user, "warning");
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fake_transport_event (f->server, "[]");
  expect (f->user, "state error");
  fail_unless (fake_transport_hung_up (f->server));
}

FIXTURE_TEST (test_unreadable_events_count_in_a_row)
{
  guint i;

  for (i = 0; i < 100; i++) {
    fake_transport_event (f->server, "{");
    if (i % 20 == 19)
      fake_transport_event (f->server, "{'type':'fine'}");
  }
  assert_state (f->session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
}

FIXTURE_TEST (test_hostile_bytes)
{
  static const gchar nul[] = "{\"type\":\"a\0b\"}";
  static const gchar latin[] = "{\"type\":\"\xe9\"}";

  fake_transport_bytes (f->server, "", 0);
  fake_transport_bytes (f->server, nul, sizeof (nul) - 1);
  fake_transport_bytes (f->server, latin, sizeof (latin) - 1);
  expect (f->user, "warning");
}

/* --- end of the input -------------------------------------------------- */

FIXTURE_TEST (test_drained_when_nothing_was_said)
{
  fake_transport_event (f->server, "{'type':'session.created'}");
  gst_oai_session_input_ended (f->session);
  wait_for (f->user, "drained");
  expect (f->user, "EVENT:session.created input-ended drained");
}

/* The words of a server that closes the session are lost with the connection. That
 * it ends is no error: it was asked to. */
GST_START_TEST (test_translation_that_was_to_end_may_do_so_without_a_word)
{
  g_autofree gchar *log = NULL;
  Fixture f;

  fixture_begin (&f);
  set_enum (f.user, GST_OAI_SETTING_SESSION_TYPE,
      GST_TYPE_OPENAI_REALTIME_SESSION_TYPE,
      GST_OPENAI_REALTIME_SESSION_TYPE_TRANSLATION);
  fixture_start (&f);
  fail_unless (fake_transport_get_call (f.server)->translation);
  fake_transport_connected (f.server);
  fake_transport_event (
      f.server, "{'type':'session.created','session':{'id':'sess_1'}}");
  gst_oai_session_input_ended (f.session);
  assert_sent (f.server, 0, "type", "session.close");
  fake_transport_fail (f.server, "the server is gone");
  wait_for (f.user, " ended");
  log = take_log (f.user);
  fail_if (strstr (log, "error") || strstr (log, "warning"), "%s", log);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

/* With Azure's webrtcfilter no event comes before somebody speaks. */
GST_START_TEST (test_filtered_server_may_be_silent)
{
  g_autofree gchar *log = NULL;
  Fixture f;

  fixture_begin (&f);
  set_string (f.user, GST_OAI_SETTING_BASE_URL,
      "http://127.0.0.1:1/v1?a=b&webrtcfilter=on");
  fixture_start (&f);
  fake_transport_connected (f.server);
  gst_oai_session_input_ended (f.session);
  wait_for (f.user, "drained");
  log = take_log (f.user);
  fail_if (strstr (log, "error") || strstr (log, "warning"), "%s", log);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_input_that_ended_while_connecting_is_drained)
{
  Fixture f;

  fixture_begin (&f);
  fixture_start (&f);
  gst_oai_session_input_ended (f.session);
  fake_transport_connected (f.server);
  fake_transport_event (f.server, "{'type':'session.created'}");
  wait_for (f.user, "drained");
  fixture_clear (&f);
}
GST_END_TEST;

/* --- threads ----------------------------------------------------------- */

static void
stop_from_event (gpointer data)
{
  User *user = data;

  gst_oai_session_stop (user->session, user->element);
}

GST_START_TEST (test_stop_from_within_an_event)
{
  Fixture f;

  fixture_init (&f);
  f.user->on_event = stop_from_event;
  fake_transport_event (f.server, "{'type':'new.event'}");
  fake_transport_wait_shutdown (f.server);
  expect (f.user, "EVENT:new.event state");
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

static void
detach_from_event (gpointer data)
{
  User *user = data;

  gst_oai_session_stop (user->session, user->element);
  gst_oai_session_detach (user->session, user->element);
}

GST_START_TEST (test_detach_from_within_an_event)
{
  Fixture f;
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  fixture_init (&f);
  f.user->on_event = detach_from_event;
  fake_transport_event (f.server, "{'type':'new.event'}");
  fake_transport_wait_shutdown (f.server);
  /* Its thread ends by itself and gives up the session. */
  while (
      G_OBJECT (f.session)->ref_count > 1 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_hang_up_that_is_not_confirmed_is_not_waited_for)
{
  Fixture f;

  fixture_init (&f);
  fake_transport_set_confirms (FALSE);
  gst_oai_session_stop (f.session, f.user->element);
  fail_unless (fake_transport_hung_up (f.server));
  fake_transport_wait_shutdown (f.server);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  /* Late is not too late. */
  fake_transport_confirm (f.server);
  fixture_clear (&f);
}
GST_END_TEST;

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;

  return n;
}

GST_START_TEST (test_calls_leave_no_threads)
{
  guint before, i;

  for (i = 0; i < 100; i++) {
    Fixture f;

    fixture_init (&f);
    if (i == 0)
      before = count_threads ();
    if (i % 3 == 0)
      gst_oai_session_stop (f.session, f.user->element);
    fixture_clear (&f);
  }
  fail_unless (count_threads () <= before, "%u threads, %u at first",
      count_threads (), before);
}
GST_END_TEST;

static gpointer
chatter (gpointer data)
{
  Fixture *f = data;
  guint i;

  for (i = 0; i < 2000; i++) {
    gst_oai_session_send_event (f->session, "{\"type\":\"one\"}");
    push_audio (f->session, 10);
    gst_oai_session_interrupt (f->session);
    gst_structure_free (gst_oai_session_get_stats (f->session));
    gst_oai_session_input_ended (f->session);
    gst_oai_session_input_resumed (f->session);
  }
  return NULL;
}

GST_START_TEST (test_calls_end_while_others_use_the_session)
{
  Fixture f;
  GThread *threads[2];
  guint i;

  fixture_init (&f);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("chatter", chatter, &f);
  for (i = 0; i < 20; i++) {
    gst_oai_session_stop (f.session, f.user->element);
    start (f.session, f.user);
    fake_transport_connected (fake_transport_wait_connect (i + 2));
  }
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  assert_state (f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fixture_clear (&f);
}
GST_END_TEST;

/* A handler of the application that holds up the session's thread. */
typedef struct {
  Fixture f;
  GThread *server; /* sends the event that is handled */
  GThread *leaver;
  GMutex lock; /* protects what follows */
  GCond cond;
  gboolean held_up;
  gboolean released;
  gboolean in_vain; /* it was never released */
} Holdup;

static Holdup holdup;

static void
hold_up (gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&holdup.lock);
  holdup.held_up = TRUE;
  g_cond_broadcast (&holdup.cond);
  while (!holdup.released && !holdup.in_vain)
    holdup.in_vain = !g_cond_wait_until (&holdup.cond, &holdup.lock, deadline);
  g_mutex_unlock (&holdup.lock);
}

static gpointer
send_event (gpointer data)
{
  fake_transport_event (holdup.f.server, "{'type':'new.event'}");

  return NULL;
}

static void
holdup_begin (void)
{
  memset (&holdup, 0, sizeof (holdup));
  fixture_init (&holdup.f);
  holdup.f.user->on_event = hold_up;
  holdup.server = g_thread_new ("server", send_event, NULL);
  g_mutex_lock (&holdup.lock);
  while (!holdup.held_up)
    g_cond_wait (&holdup.cond, &holdup.lock);
  g_mutex_unlock (&holdup.lock);
}

static void
holdup_end (void)
{
  g_mutex_lock (&holdup.lock);
  holdup.released = TRUE;
  g_cond_broadcast (&holdup.cond);
  g_mutex_unlock (&holdup.lock);
  g_thread_join (holdup.server);
  fail_if (holdup.in_vain);
}

static void
wait_for_refs (GObject *object, guint refs)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;

  while ((guint) g_atomic_int_get (&object->ref_count) > refs
      && g_get_monotonic_time () < deadline)
    g_thread_yield ();
}

/* It waits for the thread that goes to NULL. */
GST_START_TEST (test_detach_while_a_handler_waits_for_it)
{
  holdup_begin ();
  gst_oai_session_detach (holdup.f.session, holdup.f.user->element);
  holdup_end ();
  fake_transport_wait_shutdown (holdup.f.server);
  wait_for_refs (G_OBJECT (holdup.f.session), 1);
  fixture_clear (&holdup.f);
}
GST_END_TEST;

static gpointer
leave (gpointer data)
{
  gst_oai_session_detach (holdup.f.session, holdup.f.user->element);

  return NULL;
}

/* The first user has given up its place but not left yet. */
GST_START_TEST (test_user_that_comes_while_the_last_one_leaves)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  User *second = user_new (NULL);
  gboolean attached = FALSE;

  holdup_begin ();
  holdup.leaver = g_thread_new ("leaver", leave, NULL);
  while (!attached && g_get_monotonic_time () < deadline) {
    GstOaiError *error = NULL;

    attached = gst_oai_session_attach (holdup.f.session, second->element,
        GST_OAI_ROLE_INPUT, &funcs, second->settings, &error);
    g_clear_pointer (&error, gst_oai_error_free);
  }
  fail_unless (attached);
  start (holdup.f.session, second);
  holdup_end ();
  g_thread_join (holdup.leaver);
  fake_transport_connected (fake_transport_wait_connect (2));
  assert_state (
      holdup.f.session, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fail_if (gst_oai_uplink_has_failed (
      gst_oai_session_get_uplink (holdup.f.session)));
  gst_oai_session_detach (holdup.f.session, second->element);
  wait_for_refs (G_OBJECT (holdup.f.session), 1);
  user_free (second);
  fixture_clear (&holdup.f);
}
GST_END_TEST;

static Suite *
session_suite (void)
{
  Suite *suite = suite_create ("session");
  TCase *tc;

  tc = tcase_create ("users");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_each_role_is_taken_once);
  tcase_add_test (tc, test_stranger_that_leaves_changes_nothing);
  tcase_add_test (tc, test_attaching_places_no_call);

  tc = tcase_create ("calls");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_call_from_start_to_stop);
  tcase_add_test (tc, test_call_that_is_being_set_up_is_hung_up);
  tcase_add_test (tc, test_second_call_takes_a_new_transport);
  tcase_add_test (tc, test_call_lasts_until_the_last_half_stops);
  tcase_add_test (tc, test_call_carries_the_union_of_the_settings);
  tcase_add_test (tc, test_bad_settings_place_no_call);
  tcase_add_test (tc, test_missing_credential_places_no_call);

  tc = tcase_create ("settings");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_one_update_is_in_flight);
  tcase_add_test (tc, test_update_back_to_what_the_server_has_is_not_sent);
  tcase_add_test (tc, test_refused_update_is_tried_again_with_the_next_change);
  tcase_add_test (tc, test_refused_setting_gets_its_old_value_back);
  tcase_add_test (tc, test_setting_that_was_set_anew_stays);
  tcase_add_test (tc, test_refused_setting_does_not_hold_up_others_later);
  tcase_add_test (tc, test_refused_setting_does_not_hold_up_others_with_it);
  tcase_add_test (
      tc, test_setting_refused_during_an_answer_is_tried_again_after_it);
  tcase_add_test (
      tc, test_update_that_is_never_acknowledged_does_not_hold_up_the_next);
  tcase_add_test (tc, test_settings_changed_while_connecting_follow);
  tcase_add_test (tc, test_local_settings_are_not_sent);
  tcase_add_test (tc, test_voice_is_fixed_once_the_model_has_spoken);
  tcase_add_test (tc, test_secret_is_asked_for_before_the_call);
  tcase_add_test (tc, test_secret_that_is_set_is_not_asked_for);
  tcase_add_loop_test (
      tc, test_no_secret_is_an_error, 0, G_N_ELEMENTS (no_secrets));
  tcase_add_loop_test (tc, test_secret_that_comes_too_late_is_dropped, 0, 2);
  tcase_add_test (tc, test_client_secret_holds_audio_until_configured);
  tcase_add_test (tc, test_client_secret_without_settings_opens_at_once);
  tcase_add_test (tc, test_client_secret_opens_when_the_update_is_refused);

  tc = tcase_create ("audio");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_audio_waits_for_the_call);
  tcase_add_test (tc, test_silence_is_sent_without_input);
  tcase_add_test (tc, test_packets_are_played_when_somebody_listens);
  tcase_add_test (tc, test_packets_that_nobody_hears_are_dropped);

  tc = tcase_create ("events");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_both_halves_get_events_and_one_speaks);
  tcase_add_test (tc, test_halves_in_two_pipelines_speak_both);
  tcase_add_test (tc, test_session_id_is_kept);
  tcase_add_test (tc, test_interruption_is_told);
  tcase_add_test (tc, test_function_call_is_answered);
  tcase_add_test (tc, test_function_call_is_answered_later);
  tcase_add_test (tc, test_stop_of_the_answer);
  tcase_add_test (tc, test_events_wait_for_the_call);
  tcase_add_test (tc, test_events_are_taken_as_soon_as_it_is_started);
  tcase_add_test (tc, test_sent_events_have_ids);
  tcase_add_test (tc, test_what_is_no_event_is_not_sent);
  tcase_add_test (tc, test_event_that_cannot_be_sent_is_a_warning);

  tc = tcase_create ("failures");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_lost_call_is_an_error_once);
  tcase_add_test (tc, test_failed_call_is_ended_at_once);
  tcase_add_test (tc, test_call_is_started_again_from_within_its_failure);
  tcase_add_test (tc, test_failed_connect_is_an_error);
  tcase_add_test (tc, test_call_after_a_failure);
  tcase_add_test (tc, test_expired_session_ends_the_call);
  tcase_add_test (tc, test_other_server_error_is_a_warning);
  tcase_add_test (tc, test_error_that_is_dealt_with_is_no_warning);
  tcase_add_test (tc, test_what_the_server_could_not_do_is_a_warning);
  tcase_add_test (tc, test_answer_without_sound_is_a_warning);
  tcase_add_test (tc, test_unreadable_events_warn_once_then_end_the_call);
  tcase_add_test (tc, test_unreadable_events_count_in_a_row);
  tcase_add_test (tc, test_hostile_bytes);

  tc = tcase_create ("end");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_drained_when_nothing_was_said);
  tcase_add_test (
      tc, test_translation_that_was_to_end_may_do_so_without_a_word);
  tcase_add_test (tc, test_filtered_server_may_be_silent);
  tcase_add_test (tc, test_input_that_ended_while_connecting_is_drained);

  tc = tcase_create ("threads");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_stop_from_within_an_event);
  tcase_add_test (tc, test_detach_from_within_an_event);
  tcase_add_test (tc, test_hang_up_that_is_not_confirmed_is_not_waited_for);
  tcase_add_test (tc, test_calls_leave_no_threads);
  tcase_add_test (tc, test_calls_end_while_others_use_the_session);
  tcase_add_test (tc, test_detach_while_a_handler_waits_for_it);
  tcase_add_test (tc, test_user_that_comes_while_the_last_one_leaves);

  return suite;
}

GST_CHECK_MAIN (session);
