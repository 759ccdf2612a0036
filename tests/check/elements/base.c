/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenairealtime.h"
#include "gstopenairealtimesink.h"
#include "gstopenairealtimesrc.h"

#include "session/faketransport.h"
#include "session/gstoairegistry.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <string.h>

#define DEADLINE (20 * G_TIME_SPAN_SECOND)
#define SESSION_NAME "test"
#define MONO "audio/x-raw,format=S16LE,layout=interleaved,rate=24000,channels=1"

enum {
  DUPLEX,
  SINK,
  SRC,
  N_TYPES
};

static GType
type_of (guint i)
{
  switch (i) {
    case SINK:
      return GST_TYPE_OPENAI_REALTIME_SINK;
    case SRC:
      return GST_TYPE_OPENAI_REALTIME_SRC;
    default:
      return GST_TYPE_OPENAI_REALTIME;
  }
}

/* --- what gst-inspect shows -------------------------------------------- */

static const gchar *const signal_names[] = { "event", "session-created",
  "session-updated", "speech-started", "speech-stopped", "input-committed",
  "input-cleared", "response-created", "response-done", "audio-started",
  "audio-stopped", "audio-cleared", "transcript-delta", "transcript-done",
  "input-transcript-delta", "input-transcript-done", "function-call",
  "approval-request", "rate-limits", "server-error" };

static const struct {
  const gchar *name;
  guint n_params;
} actions[] = {
  { "send-event", 1 },
  { "update-session", 1 },
  { "commit-input", 0 },
  { "clear-input", 0 },
  { "clear-output", 0 },
  { "create-response", 1 },
  { "cancel-response", 1 },
  { "create-item", 2 },
  { "retrieve-item", 1 },
  { "delete-item", 1 },
  { "truncate-item", 3 },
  { "send-text", 1 },
  { "send-function-output", 2 },
  { "send-approval", 3 },
  { "interrupt", 0 },
  { "start-talking", 0 },
  { "stop-talking", 0 },
};

GST_START_TEST (test_signals_exist)
{
  GObjectClass *klass = g_type_class_ref (type_of (__i__));
  guint i;

  for (i = 0; i < G_N_ELEMENTS (signal_names); i++) {
    GSignalQuery query;
    guint id = g_signal_lookup (signal_names[i], type_of (__i__));

    fail_unless (id != 0, "no signal %s", signal_names[i]);
    g_signal_query (id, &query);
    fail_if (query.signal_flags & G_SIGNAL_ACTION);
    fail_unless (((query.signal_flags & G_SIGNAL_DETAILED) != 0)
        == g_str_equal (signal_names[i], "event"));
  }
  for (i = 0; i < G_N_ELEMENTS (actions); i++) {
    GSignalQuery query;
    guint id = g_signal_lookup (actions[i].name, type_of (__i__));

    fail_unless (id != 0, "no action %s", actions[i].name);
    g_signal_query (id, &query);
    fail_unless (query.signal_flags & G_SIGNAL_ACTION);
    fail_unless (query.return_type == G_TYPE_BOOLEAN);
    assert_equals_int (query.n_params, actions[i].n_params);
  }
  g_type_class_unref (klass);
}
GST_END_TEST;

GST_START_TEST (test_properties_exist)
{
  GObjectClass *klass = g_type_class_ref (type_of (__i__));
  static const gchar *const read_only[] = { "session-id", "call-id",
    "connection-state", "stats" };
  guint i;

  for (i = 0; i < GST_OAI_SETTING_LAST; i++) {
    GParamSpec *pspec = g_object_class_find_property (
        klass, gst_oai_setting_name (i));

    fail_unless (pspec != NULL, "no %s", gst_oai_setting_name (i));
    fail_unless (pspec->flags & G_PARAM_WRITABLE);
  }
  for (i = 0; i < G_N_ELEMENTS (read_only); i++) {
    GParamSpec *pspec = g_object_class_find_property (klass, read_only[i]);

    fail_unless (pspec != NULL, "no %s", read_only[i]);
    fail_if (pspec->flags & G_PARAM_WRITABLE);
  }
  fail_unless (g_object_class_find_property (klass, "session") != NULL);
  g_type_class_unref (klass);
}
GST_END_TEST;

GST_START_TEST (test_pads)
{
  GstElement *element = gst_object_ref_sink (
      g_object_new (type_of (__i__), NULL));
  GstPad *sink = gst_element_get_static_pad (element, "sink");
  GstPad *src = gst_element_get_static_pad (element, "src");

  assert_equals_int (sink != NULL, __i__ != SRC);
  assert_equals_int (src != NULL, __i__ != SINK);
  assert_equals_int (
      GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK), __i__ != SRC);
  assert_equals_int (
      GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SOURCE), __i__ != SINK);
  fail_unless (gst_element_get_metadata (element, GST_ELEMENT_METADATA_LONGNAME)
      != NULL);
  gst_clear_object (&sink);
  gst_clear_object (&src);
  gst_check_object_destroyed_on_unref (element);
}
GST_END_TEST;

/* Every readable property, as gst-inspect and a debugger read them. */
GST_START_TEST (test_key_cannot_be_read)
{
  GObject *element = gst_object_ref_sink (
      g_object_new (type_of (__i__), "api-key", "sk-secret", "client-secret",
          "ek_secret", "turn-server", "turn://u:secret@h:1", NULL));
  guint i, n;
  GParamSpec **specs = g_object_class_list_properties (
      G_OBJECT_GET_CLASS (element), &n);

  for (i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;
    g_autofree gchar *text = NULL;

    if (!(specs[i]->flags & G_PARAM_READABLE))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (element, specs[i]->name, &value);
    text = g_strdup_value_contents (&value);
    fail_if (strstr (text, "secret") != NULL, "%s", specs[i]->name);
    g_value_unset (&value);
  }
  g_free (specs);
  gst_object_unref (element);
}
GST_END_TEST;

/* --- NULL to READY ----------------------------------------------------- */

static GstMessage *
wait_message (GstBus *bus, GstMessageType types)
{
  GstMessage *message = gst_bus_timed_pop_filtered (
      bus, DEADLINE * GST_USECOND, types);

  fail_unless (message != NULL, "waited in vain");

  return message;
}

static void
assert_refused (GstElement *element, gint code, const gchar *word)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GError *error = NULL;

  gst_bin_add (GST_BIN (pipeline), element);
  assert_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  message = wait_message (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (error->domain == GST_RESOURCE_ERROR);
  assert_equals_int (error->code, code);
  fail_unless (strstr (error->message, word) != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_check_object_destroyed_on_unref (pipeline);
}

GST_START_TEST (test_no_key_is_an_error)
{
  assert_refused (g_object_new (type_of (__i__), NULL),
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "OPENAI_API_KEY");
}
GST_END_TEST;

GST_START_TEST (test_other_servers_need_no_key)
{
  GstElement *pipeline = gst_pipeline_new (NULL);

  gst_bin_add (GST_BIN (pipeline),
      g_object_new (
          type_of (__i__), "base-url", "http://127.0.0.1:1/v1", NULL));
  assert_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_check_object_destroyed_on_unref (pipeline);
}
GST_END_TEST;

GST_START_TEST (test_other_half_may_bring_the_key)
{
  GstElement *pipeline = gst_pipeline_new (NULL);

  gst_bin_add_many (GST_BIN (pipeline),
      g_object_new (GST_TYPE_OPENAI_REALTIME_SINK, NULL),
      g_object_new (GST_TYPE_OPENAI_REALTIME_SRC, "api-key", "sk-1", NULL),
      NULL);
  assert_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_check_object_destroyed_on_unref (pipeline);
}
GST_END_TEST;

static const struct {
  const gchar *name;
  const gchar *value;
} bad_values[] = {
  { "tools", "{}" },
  { "tool-choice", "maybe" },
  { "session-config", "[" },
  { "base-url", "ftp://host" },
  { "api-key", "sk\nX: y" },
  { "api-key-file", "/nonexistent/key" },
  { "tls-ca-file", "/nonexistent/ca" },
  { "vad-idle-timeout", "100" },
  { "frame-size", "30" },
  { "model", "" },
};

GST_START_TEST (test_bad_value_is_refused_by_name)
{
  GstElement *element = g_object_new (
      GST_TYPE_OPENAI_REALTIME, "api-key", "sk-1", NULL);

  gst_util_set_object_arg (
      G_OBJECT (element), bad_values[__i__].name, bad_values[__i__].value);
  assert_refused (element, GST_RESOURCE_ERROR_SETTINGS, bad_values[__i__].name);
}
GST_END_TEST;

GST_START_TEST (test_second_input_is_busy)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GError *error = NULL;

  gst_bin_add_many (GST_BIN (pipeline),
      g_object_new (
          GST_TYPE_OPENAI_REALTIME_SINK, "base-url", "http://h/v1", NULL),
      g_object_new (
          GST_TYPE_OPENAI_REALTIME_SINK, "base-url", "http://h/v1", NULL),
      NULL);
  assert_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  message = wait_message (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  assert_equals_int (error->code, GST_RESOURCE_ERROR_BUSY);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_check_object_destroyed_on_unref (pipeline);
}
GST_END_TEST;

/* One that was in READY already. */
GST_START_TEST (test_name_of_the_session_can_be_taken_back)
{
  GstElement *one = gst_object_ref_sink (g_object_new (GST_TYPE_OPENAI_REALTIME,
      "session", "x", "base-url", "http://127.0.0.1:1/v1", NULL));
  GstElement *two = gst_object_ref_sink (g_object_new (GST_TYPE_OPENAI_REALTIME,
      "session", "x", "base-url", "http://127.0.0.1:1/v1", NULL));

  assert_equals_int (
      gst_element_set_state (one, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  assert_equals_int (
      gst_element_set_state (two, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  g_object_set (one, "session", NULL, NULL);
  fail_if (gst_element_set_state (one, GST_STATE_PAUSED)
      == GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (two, GST_STATE_NULL);
  assert_equals_int (
      gst_element_set_state (two, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (one, GST_STATE_NULL);
  gst_element_set_state (two, GST_STATE_NULL);
  gst_object_unref (one);
  gst_object_unref (two);
}
GST_END_TEST;

GST_START_TEST (test_two_conversations_in_one_pipeline)
{
  GstElement *pipeline = gst_pipeline_new (NULL);

  gst_bin_add_many (GST_BIN (pipeline),
      g_object_new (GST_TYPE_OPENAI_REALTIME, "base-url", "http://h/v1", NULL),
      g_object_new (GST_TYPE_OPENAI_REALTIME, "base-url", "http://h/v1", NULL),
      NULL);
  assert_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_check_object_destroyed_on_unref (pipeline);
}
GST_END_TEST;

/* --- in a call --------------------------------------------------------- */

/* The element takes part in a named session, whose transport is the test's
 * because the test was there first. */
typedef struct {
  GstElement *holder; /* of the session */
  GstOaiSession *session;
  GstElement *pipeline;
  GstBus *bus;
  GstElement *element;
  GstElement *output; /* behind it */
  FakeTransport *server;

  GMutex lock; /* protects everything down to the next comment */
  GCond cond;
  gboolean eos_in;
  gboolean eos_out;
  guint flushes;
  GString *log;
} Fixture;

static GstPadProbeReturn
on_input_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *f = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&f->lock);
    f->eos_in = TRUE;
    g_cond_broadcast (&f->cond);
    g_mutex_unlock (&f->lock);
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_output_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *f = user_data;

  g_mutex_lock (&f->lock);
  switch (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))) {
    case GST_EVENT_EOS:
      f->eos_out = TRUE;
      break;
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      f->flushes++;
      break;
    default:
      break;
  }
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);

  return GST_PAD_PROBE_OK;
}

static void
wait_flag (Fixture *f, gboolean *flag)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  gboolean in_time = TRUE;

  g_mutex_lock (&f->lock);
  while (in_time && !*flag)
    in_time = g_cond_wait_until (&f->cond, &f->lock, deadline);
  in_time = *flag;
  g_mutex_unlock (&f->lock);
  fail_unless (in_time, "waited in vain");
}

static void
probe (Fixture *f, const gchar *name, GstPadProbeCallback callback)
{
  GstPad *pad = gst_element_get_static_pad (f->element, name);

  if (pad == NULL)
    return;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      callback, f, NULL);
  gst_object_unref (pad);
}

static void
hold_session (Fixture *f)
{
  fake_transport_reset ();
  f->holder = gst_object_ref_sink (gst_bin_new (NULL));
  f->session = gst_oai_registry_acquire (f->holder, SESSION_NAME, FALSE);
  gst_oai_session_set_transport_factory (f->session, fake_transport_new);
}

static void
release_session (Fixture *f)
{
  gst_oai_registry_release (f->session);
  gst_object_unref (f->holder);
  fake_transport_reset ();
}

/* @description of what is before and behind "openairealtime name=e". */
static void
fixture_init (Fixture *f, const gchar *source, gboolean linked)
{
  GstElement *input;

  memset (f, 0, sizeof (*f));
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->log = g_string_new (NULL);
  hold_session (f);
  f->pipeline = gst_pipeline_new (NULL);
  f->bus = gst_element_get_bus (f->pipeline);
  f->element = g_object_new (GST_TYPE_OPENAI_REALTIME, "session", SESSION_NAME,
      "base-url", "http://127.0.0.1:1/v1", NULL);
  input = gst_parse_bin_from_description (source, TRUE, NULL);
  fail_unless (input != NULL);
  gst_bin_add_many (GST_BIN (f->pipeline), input, f->element, NULL);
  fail_unless (gst_element_link (input, f->element));
  if (linked) {
    f->output = gst_element_factory_make ("fakesink", NULL);
    g_object_set (f->output, "sync", FALSE, "async", FALSE, NULL);
    gst_bin_add (GST_BIN (f->pipeline), f->output);
    fail_unless (gst_element_link (f->element, f->output));
  }
  probe (f, "sink", on_input_event);
  probe (f, "src", on_output_event);
}

static void
fixture_play (Fixture *f)
{
  fail_if (gst_element_set_state (f->pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  f->server = fake_transport_wait_connect (1);
  fake_transport_connected (f->server);
  fake_transport_event (f->server, "{'type':'session.created'}");
}

static void
fixture_clear (Fixture *f)
{
  gst_element_set_state (f->pipeline, GST_STATE_NULL);
  gst_object_unref (f->bus);
  gst_check_object_destroyed_on_unref (f->pipeline);
  release_session (f);
  g_string_free (f->log, TRUE);
  g_cond_clear (&f->cond);
  g_mutex_clear (&f->lock);
}

#define LIVE "audiotestsrc is-live=true samplesperbuffer=441"
#define FILE_OF(n) "audiotestsrc samplesperbuffer=441 num-buffers=" n

/* Reads the bus until end of stream; whether the turn came before it. */
static gboolean
turn_before_eos (Fixture *f)
{
  gboolean turn = FALSE;

  for (;;) {
    GstMessage *message = wait_message (
        f->bus, GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    GstMessageType type = GST_MESSAGE_TYPE (message);

    if (type == GST_MESSAGE_ELEMENT)
      turn = turn || gst_message_has_name (message, "openairealtime-turn");
    gst_message_unref (message);
    fail_if (type == GST_MESSAGE_ERROR);
    if (type == GST_MESSAGE_EOS)
      return turn;
  }
}

static void
answer (Fixture *f)
{
  fake_transport_event (
      f->server, "{'type':'input_audio_buffer.speech_stopped'}");
  fake_transport_event (
      f->server, "{'type':'input_audio_buffer.committed','item_id':'i1'}");
  fake_transport_event (
      f->server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (f->server,
      "{'type':'response.done','response':{'id':'r1',"
      "'status':'completed'}}");
}

GST_START_TEST (test_end_of_stream_waits_for_the_answer)
{
  Fixture f;

  fixture_init (&f, FILE_OF ("10"), __i__);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  wait_flag (&f, &f.eos_in);
  answer (&f);
  fail_unless (turn_before_eos (&f));
  wait_flag (&f, &f.eos_out);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_end_of_stream_that_the_application_sends_waits_too)
{
  Fixture f;

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  /* As gst-launch-1.0 -e does it, from the thread that reads the bus. */
  fail_unless (gst_element_send_event (f.pipeline, gst_event_new_eos ()));
  wait_flag (&f, &f.eos_in);
  fail_if (f.eos_out);
  answer (&f);
  fail_unless (turn_before_eos (&f));
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_end_of_stream_at_once)
{
  Fixture f;

  fixture_init (&f, FILE_OF ("10"), TRUE);
  gst_util_set_object_arg (G_OBJECT (f.element), "eos-mode", "immediate");
  g_object_set (f.element, "drain-timeout", G_MAXINT, NULL);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  fail_if (turn_before_eos (&f));
  wait_flag (&f, &f.eos_out);
  fixture_clear (&f);
}
GST_END_TEST;

/* While the end of the stream is kept, it is decided not to wait. */
GST_START_TEST (test_kept_end_of_stream_follows_a_changed_mode)
{
  static const gchar *const modes[] = { "immediate", "keep" };
  Fixture f;

  /* With "keep" only the input ends: nothing behind the output. */
  fixture_init (&f, FILE_OF ("10"), __i__ == 0);
  g_object_set (f.element, "drain-timeout", G_MAXINT, NULL);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  wait_flag (&f, &f.eos_in);
  gst_util_set_object_arg (G_OBJECT (f.element), "eos-mode", modes[__i__]);
  fail_if (turn_before_eos (&f));
  if (__i__ == 0)
    wait_flag (&f, &f.eos_out);
  else
    fail_if (f.eos_out);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_stop_while_end_of_stream_is_held)
{
  Fixture f;

  fixture_init (&f, FILE_OF ("10"), TRUE);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  wait_flag (&f, &f.eos_in);
  if (__i__) {
    gst_element_set_state (f.pipeline, GST_STATE_PAUSED);
    gst_element_set_state (f.pipeline, GST_STATE_PLAYING);
    answer (&f);
    fail_unless (turn_before_eos (&f));
  }
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_lost_call_is_an_error)
{
  Fixture f;
  GstMessage *message;
  GError *error = NULL;

  fixture_init (&f, __i__ ? LIVE : FILE_OF ("1000"), TRUE);
  fixture_play (&f);
  fake_transport_fail (f.server, "The line is dead.");
  message = wait_message (f.bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless_equals_string (error->message, "The line is dead.");
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (f.element));
  g_error_free (error);
  gst_message_unref (message);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_interruption_flushes_downstream_when_asked)
{
  Fixture f;

  fixture_init (&f, LIVE, TRUE);
  if (__i__)
    gst_util_set_object_arg (G_OBJECT (f.element), "interrupt-mode", "flush");
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'response.created','response':{'id':'r1'}}");
  fake_transport_event (f.server, "{'type':'output_audio_buffer.started'}");
  fake_transport_event (
      f.server, "{'type':'input_audio_buffer.speech_started'}");
  assert_equals_int (f.flushes, __i__ ? 2 : 0);
  fake_transport_event (f.server, "{'type':'output_audio_buffer.cleared'}");
  /* The stream goes on. */
  gst_element_send_event (f.pipeline, gst_event_new_eos ());
  answer (&f);
  turn_before_eos (&f);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- properties in a call ---------------------------------------------- */

GST_START_TEST (test_fixed_property_keeps_its_value)
{
  Fixture f;
  GstMessage *message;
  GError *error = NULL;
  g_autofree gchar *url = NULL;

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  g_object_set (f.element, "base-url", "http://elsewhere/v1", NULL);
  message = wait_message (f.bus, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, "base-url") != NULL);
  g_error_free (error);
  gst_message_unref (message);
  g_object_get (f.element, "base-url", &url, NULL);
  fail_unless_equals_string (url, "http://127.0.0.1:1/v1");
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_property_is_updated)
{
  Fixture f;
  JsonObject *event;

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  g_object_set (f.element, "instructions", "Be brief.", NULL);
  event = fake_transport_wait_sent (f.server, 0);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.instructions", NULL),
      "Be brief.");
  json_object_unref (event);
  fixture_clear (&f);
}
GST_END_TEST;

/* A value that would have been refused before the call does not stick, or every
 * later change would be refused because of it. */
GST_START_TEST (test_bad_value_in_a_call_does_not_stay)
{
  Fixture f;
  GstMessage *message;
  JsonObject *event;
  g_autofree gchar *tools = NULL;

  fixture_init (&f, LIVE, TRUE);
  g_object_set (f.element, "tools", "[]", NULL);
  fixture_play (&f);
  g_object_set (f.element, "tools", "{", NULL);
  message = wait_message (f.bus, GST_MESSAGE_WARNING);
  gst_message_unref (message);
  g_object_get (f.element, "tools", &tools, NULL);
  fail_unless_equals_string (tools, "[]");
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  g_object_set (f.element, "instructions", "Be brief.", NULL);
  event = fake_transport_wait_sent (f.server, 0);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "session.instructions", NULL),
      "Be brief.");
  json_object_unref (event);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_state_and_ids_can_be_read)
{
  Fixture f;
  g_autofree gchar *session_id = NULL, *call_id = NULL;
  GstOpenAIRealtimeConnectionState state;
  GstStructure *stats = NULL;

  fixture_init (&f, LIVE, TRUE);
  g_object_get (f.element, "connection-state", &state, "stats", &stats, NULL);
  assert_equals_int (state, GST_OPENAI_REALTIME_CONNECTION_STATE_DISCONNECTED);
  g_clear_pointer (&stats, gst_structure_free);
  fixture_play (&f);
  fake_transport_event (
      f.server, "{'type':'session.created','session':{'id':'sess_1'}}");
  g_object_get (f.element, "connection-state", &state, "session-id",
      &session_id, "call-id", &call_id, "stats", &stats, NULL);
  assert_equals_int (state, GST_OPENAI_REALTIME_CONNECTION_STATE_CONNECTED);
  fail_unless_equals_string (session_id, "sess_1");
  fail_unless_equals_string (call_id, "rtc_fake");
  fail_unless (
      gst_structure_has_field_typed (stats, "uplink", GST_TYPE_STRUCTURE));
  fail_unless (
      gst_structure_has_field_typed (stats, "playout", GST_TYPE_STRUCTURE));
  fail_unless (gst_structure_has_field_typed (stats, "turns", G_TYPE_UINT));
  gst_structure_free (stats);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- signals and actions ----------------------------------------------- */

static void
log_signal (Fixture *f, const gchar *word, const gchar *more)
{
  g_mutex_lock (&f->lock);
  g_string_append_printf (
      f->log, "%s%s:%s", f->log->len ? " " : "", word, more ? more : "(null)");
  g_mutex_unlock (&f->lock);
}

static void
on_event (GstElement *e, const gchar *type, const gchar *json, Fixture *f)
{
  fail_unless (json[0] == '{');
  log_signal (f, "event", type);
}

static void
on_done_only (GstElement *e, const gchar *type, const gchar *json, Fixture *f)
{
  log_signal (f, "detail", type);
}

static void
on_response_done (GstElement *e, const gchar *id, const gchar *status,
    const gchar *json, Fixture *f)
{
  log_signal (f, id, status);
}

static void
on_transcript (GstElement *e, const gchar *item, const gchar *text, Fixture *f)
{
  log_signal (f, item, text);
}

static void
on_speech (GstElement *e, const gchar *item, guint64 ms, Fixture *f)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GUINT64_FORMAT, ms);

  log_signal (f, item, text);
}

static gchar *
on_function_call (GstElement *e, const gchar *call_id, const gchar *name,
    const gchar *arguments, Fixture *f)
{
  log_signal (f, call_id, name);

  return g_str_equal (name, "known") ? g_strdup ("42") : NULL;
}

GST_START_TEST (test_signals_are_emitted)
{
  Fixture f;

  fixture_init (&f, LIVE, TRUE);
  g_signal_connect (f.element, "event", G_CALLBACK (on_event), &f);
  g_signal_connect (
      f.element, "event::response.done", G_CALLBACK (on_done_only), &f);
  g_signal_connect (
      f.element, "response-done", G_CALLBACK (on_response_done), &f);
  g_signal_connect (
      f.element, "transcript-done", G_CALLBACK (on_transcript), &f);
  g_signal_connect (f.element, "speech-started", G_CALLBACK (on_speech), &f);
  fixture_play (&f);
  fake_transport_event (f.server,
      "{'type':'response.done','response':{'id':'r1',"
      "'status':'completed'}}");
  fake_transport_event (f.server,
      "{'type':'response.output_audio_transcript.done','item_id':'i1',"
      "'transcript':'Hello'}");
  fake_transport_event (f.server,
      "{'type':'input_audio_buffer.speech_started','item_id':'i2',"
      "'audio_start_ms':-5}");
  fake_transport_event (f.server, "{'type':'from.tomorrow'}");
  fail_unless_equals_string (f.log->str,
      "event:session.created event:response.done detail:response.done "
      "r1:completed "
      "event:response.output_audio_transcript.done i1:Hello "
      "event:input_audio_buffer.speech_started i2:0 event:from.tomorrow");
  fixture_clear (&f);
}
GST_END_TEST;

/* What each event of the server becomes: the signal with its parameters, JSON for
 * the event itself, and the message about it. */
static const struct {
  const gchar *event;
  const gchar *signal;
  const gchar *transcript; /* who: what */
} surfaced[] = {
  { "{'type':'error','error':{'code':'c','message':'m'}}",
      "server-error c m JSON" },
  { "{'type':'error','error':'just words'}",
      "server-error (null) just words JSON" },
  { "{'type':'session.created','session':{'id':'s1'}}",
      "session-created s1 JSON" },
  { "{'type':'transcription_session.created','session':{'id':'s1'}}",
      "session-created s1 JSON" },
  { "{'type':'session.updated','session':{'id':'s1'}}",
      "session-updated JSON" },
  { "{'type':'transcription_session.updated','session':{'id':'s1'}}",
      "session-updated JSON" },
  { "{'type':'session.closed'}" },
  { "{'type':'conversation.created','conversation':{'id':'c1'}}" },
  { "{'type':'conversation.item.added','item':{'id':'i1'}}" },
  { "{'type':'conversation.item.created','item':{'id':'i1'}}" },
  { "{'type':'conversation.item.done','item':{'id':'i1'}}" },
  { "{'type':'conversation.item.deleted','item_id':'i1'}" },
  { "{'type':'conversation.item.retrieved','item':{'id':'i1'}}" },
  { "{'type':'conversation.item.truncated','item_id':'i1'}" },
  { "{'type':'conversation.item.input_audio_transcription.delta','item_id':"
    "'i1','delta':'wh'}",
      "input-transcript-delta i1 wh" },
  { "{'type':'conversation.item.input_audio_transcription.completed',"
    "'item_id':'i1','transcript':'what'}",
      "input-transcript-done i1 what", "user: what" },
  { "{'type':'conversation.item.input_audio_transcription.failed','item_id':"
    "'i1','error':{'code':'c'}}" },
  { "{'type':'conversation.item.input_audio_transcription.segment','item_id':"
    "'i1','text':'what','speaker':'A'}" },
  { "{'type':'input_audio_buffer.committed','item_id':'i2',"
    "'previous_item_id':'i1'}",
      "input-committed i2 i1" },
  { "{'type':'input_audio_buffer.committed','item_id':'i1',"
    "'previous_item_id':null}",
      "input-committed i1 (null)" },
  { "{'type':'input_audio_buffer.cleared'}", "input-cleared" },
  { "{'type':'input_audio_buffer.speech_started','item_id':'i1',"
    "'audio_start_ms':70}",
      "speech-started i1 70" },
  { "{'type':'input_audio_buffer.speech_stopped','item_id':'i1',"
    "'audio_end_ms':90}",
      "speech-stopped i1 90" },
  { "{'type':'input_audio_buffer.timeout_triggered','item_id':'i1'}" },
  { "{'type':'input_audio_buffer.dtmf_event_received','event':'9'}" },
  { "{'type':'output_audio_buffer.started','response_id':'r1'}",
      "audio-started r1" },
  { "{'type':'output_audio_buffer.stopped','response_id':'r1'}",
      "audio-stopped r1" },
  { "{'type':'output_audio_buffer.cleared','response_id':'r1'}",
      "audio-cleared r1" },
  { "{'type':'response.created','response':{'id':'r1'}}",
      "response-created r1" },
  { "{'type':'response.done','response':{'id':'r1','status':'cancelled'}}",
      "response-done r1 cancelled JSON" },
  { "{'type':'response.output_item.added','item':{'id':'i1'}}" },
  { "{'type':'response.output_item.done','item':{'type':'message'}}" },
  { "{'type':'response.output_item.done','item':{'type':'function_call',"
    "'call_id':'c1','name':'f','arguments':'{}'}}",
      "function-call c1 f {}" },
  { "{'type':'response.content_part.added','part':{'type':'audio'}}" },
  { "{'type':'response.content_part.done','part':{'type':'audio'}}" },
  { "{'type':'response.output_text.delta','item_id':'i1','delta':'a'}",
      "transcript-delta i1 a" },
  { "{'type':'response.text.delta','item_id':'i1','delta':'a'}",
      "transcript-delta i1 a" },
  { "{'type':'response.output_text.done','item_id':'i1','text':'ab'}",
      "transcript-done i1 ab", "assistant: ab" },
  { "{'type':'response.text.done','item_id':'i1','text':'ab'}",
      "transcript-done i1 ab", "assistant: ab" },
  { "{'type':'response.output_audio_transcript.delta','item_id':'i1',"
    "'delta':'a'}",
      "transcript-delta i1 a" },
  { "{'type':'response.audio_transcript.delta','item_id':'i1','delta':'a'}",
      "transcript-delta i1 a" },
  { "{'type':'response.output_audio_transcript.done','item_id':'i1',"
    "'transcript':'ab'}",
      "transcript-done i1 ab", "assistant: ab" },
  { "{'type':'response.audio_transcript.done','item_id':'i1',"
    "'transcript':'ab'}",
      "transcript-done i1 ab", "assistant: ab" },
  { "{'type':'response.output_audio.delta','delta':'AAAA'}" },
  { "{'type':'response.audio.delta','delta':'AAAA'}" },
  { "{'type':'response.output_audio.done'}" },
  { "{'type':'response.audio.done'}" },
  { "{'type':'response.function_call_arguments.delta','delta':'{'}" },
  { "{'type':'response.function_call_arguments.done','call_id':'c1',"
    "'name':'f','arguments':'{}'}",
      "function-call c1 f {}" },
  { "{'type':'response.mcp_call_arguments.delta','delta':'{'}" },
  { "{'type':'response.mcp_call_arguments.done','arguments':'{}'}" },
  { "{'type':'response.mcp_call.in_progress','item_id':'i1'}" },
  { "{'type':'response.mcp_call.completed','item_id':'i1'}" },
  { "{'type':'response.mcp_call.failed','item_id':'i1'}" },
  { "{'type':'mcp_list_tools.in_progress','item_id':'i1'}" },
  { "{'type':'mcp_list_tools.completed','item_id':'i1'}" },
  { "{'type':'mcp_list_tools.failed','item_id':'i1'}" },
  { "{'type':'rate_limits.updated','rate_limits':[]}", "rate-limits JSON" },
};

/* Any signal, as words in the log of @user_data. */
static void
log_any_signal (GClosure *closure, GValue *result, guint n_values,
    const GValue *values, gpointer hint, gpointer user_data)
{
  const gchar *name = g_signal_name (
      ((GSignalInvocationHint *) hint)->signal_id);
  Fixture *f = closure->data;
  guint i;

  g_mutex_lock (&f->lock);
  if (f->log->len > 0)
    g_string_append (f->log, ", ");
  g_string_append (f->log, name);
  for (i = 1; i < n_values; i++) {
    g_autofree gchar *text = G_VALUE_HOLDS_STRING (&values[i])
        ? g_value_dup_string (&values[i])
        : g_strdup_value_contents (&values[i]);

    g_string_append_printf (f->log, " %s", text ? text : "(null)");
  }
  g_mutex_unlock (&f->lock);
}

static void
expect_messages (
    Fixture *f, const gchar *type, const gchar *json, const gchar *transcript)
{
  const gchar *names[] = { "openairealtime-event",
    "openairealtime-transcript" };
  guint i;

  for (i = 0; i < (transcript ? 2 : 1); i++) {
    GstMessage *message = wait_message (f->bus, GST_MESSAGE_ELEMENT);
    const GstStructure *s = gst_message_get_structure (message);

    fail_unless_equals_string (gst_structure_get_name (s), names[i]);
    if (i == 0) {
      fail_unless_equals_string (gst_structure_get_string (s, "type"), type);
      fail_unless_equals_string (gst_structure_get_string (s, "json"), json);
    } else {
      g_autofree gchar *said = g_strdup_printf ("%s: %s",
          gst_structure_get_string (s, "role"),
          gst_structure_get_string (s, "text"));

      fail_unless_equals_string (said, transcript);
      fail_unless_equals_string (gst_structure_get_string (s, "item-id"), "i1");
    }
    gst_message_unref (message);
  }
}

GST_START_TEST (test_event_is_surfaced)
{
  Fixture f;
  g_autofree gchar *json = g_strdelimit (
      g_strdup (surfaced[__i__].event), "'", '"');
  g_autoptr (JsonObject)
      object = gst_oai_json_parse_object (json, strlen (json), 65536, NULL);
  const gchar *type = gst_oai_json_get_string (object, "type", "?");
  g_autoptr (GString) expected = g_string_new (NULL);
  guint i;

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  /* The session.created that each call begins with. */
  gst_message_unref (wait_message (f.bus, GST_MESSAGE_ELEMENT));
  for (i = 0; i < G_N_ELEMENTS (signal_names); i++) {
    GClosure *closure = g_closure_new_simple (sizeof (GClosure), &f);

    g_closure_set_marshal (closure, log_any_signal);
    g_signal_connect_closure (f.element, signal_names[i], closure, FALSE);
  }
  fake_transport_event (f.server, surfaced[__i__].event);
  g_string_printf (expected, "event %s JSON", type);
  if (surfaced[__i__].signal
      && g_str_has_prefix (surfaced[__i__].signal, "function-call")) {
    /* The session's own reactions come first. */
    g_string_prepend (expected, ", ");
    g_string_prepend (expected, surfaced[__i__].signal);
  } else if (surfaced[__i__].signal) {
    g_string_append_printf (expected, ", %s", surfaced[__i__].signal);
  }
  g_string_replace (expected, "JSON", json, 0);
  fail_unless_equals_string (f.log->str, expected->str);
  expect_messages (&f, type, json, surfaced[__i__].transcript);
  fixture_clear (&f);
}
GST_END_TEST;

/* The table above has every event that has a name here. */
GST_START_TEST (test_no_event_is_forgotten)
{
  gint event;
  guint i;

  for (event = GST_OAI_EVENT_OTHER + 1; event < GST_OAI_EVENT_LAST; event++) {
    g_autofree gchar *type = g_strdup_printf (
        "{'type':'%s'", gst_oai_dialect_name (event));

    for (i = 0; i < G_N_ELEMENTS (surfaced); i++)
      if (g_str_has_prefix (surfaced[i].event, type))
        break;
    fail_unless (i < G_N_ELEMENTS (surfaced), "%s", type);
  }
}
GST_END_TEST;

GST_START_TEST (test_unknown_event_makes_no_quark)
{
  Fixture f;

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  fake_transport_event (f.server, "{'type':'never.heard.of.7'}");
  assert_equals_int (g_quark_try_string ("never.heard.of.7"), 0);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_function_is_answered_by_its_handler)
{
  Fixture f;
  JsonObject *event;
  gboolean sent = FALSE;

  fixture_init (&f, LIVE, TRUE);
  g_signal_connect (
      f.element, "function-call", G_CALLBACK (on_function_call), &f);
  fixture_play (&f);
  fake_transport_event (f.server,
      "{'type':'response.function_call_arguments.done','call_id':'c1',"
      "'name':'known','arguments':'{}'}");
  fake_transport_event (f.server,
      "{'type':'response.function_call_arguments.done','call_id':'c2',"
      "'name':'other','arguments':'{}'}");
  fail_unless_equals_string (f.log->str, "c1:known c2:other");
  event = fake_transport_wait_sent (f.server, 0);
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "item.output", NULL), "42");
  json_object_unref (event);
  g_signal_emit_by_name (f.element, "send-function-output", "c2", "43", &sent);
  fail_unless (sent);
  fixture_clear (&f);
}
GST_END_TEST;

static void
assert_sent (Fixture *f, guint n, const gchar *type, const gchar *path,
    const gchar *value)
{
  JsonObject *event = fake_transport_wait_sent (f->server, n);

  fail_unless_equals_string (
      gst_oai_json_get_string (event, "type", NULL), type);
  if (path)
    fail_unless_equals_string (
        gst_oai_json_get_string (event, path, NULL), value);
  json_object_unref (event);
}

GST_START_TEST (test_actions_send)
{
  Fixture f;
  gboolean ok = FALSE;
  JsonObject *event;

#define EMIT(...)                                                              \
  G_STMT_START                                                                 \
  {                                                                            \
    ok = FALSE;                                                                \
    g_signal_emit_by_name (f.element, __VA_ARGS__, &ok);                       \
    fail_unless (ok);                                                          \
  }                                                                            \
  G_STMT_END

  fixture_init (&f, LIVE, TRUE);
  fixture_play (&f);
  EMIT ("commit-input");
  EMIT ("clear-input");
  EMIT ("clear-output");
  EMIT ("cancel-response", "r1");
  EMIT ("create-item", "{\"type\":\"message\"}", "root");
  EMIT ("retrieve-item", "i1");
  EMIT ("delete-item", "i2");
  EMIT ("truncate-item", "i3", 1, 1500);
  EMIT ("update-session", "{\"tools\":[]}");
  EMIT ("send-event", "{\"type\":\"x\",\"event_id\":\"mine\"}");
  EMIT ("send-text", "Good day");
  EMIT ("send-approval", "q1", TRUE, "why not");
  assert_sent (&f, 0, "input_audio_buffer.commit", NULL, NULL);
  assert_sent (&f, 1, "input_audio_buffer.clear", NULL, NULL);
  assert_sent (&f, 2, "output_audio_buffer.clear", NULL, NULL);
  assert_sent (&f, 3, "response.cancel", "response_id", "r1");
  assert_sent (&f, 4, "conversation.item.create", "previous_item_id", "root");
  assert_sent (&f, 5, "conversation.item.retrieve", "item_id", "i1");
  assert_sent (&f, 6, "conversation.item.delete", "item_id", "i2");
  assert_sent (&f, 7, "conversation.item.truncate", "item_id", "i3");
  event = fake_transport_wait_sent (f.server, 7);
  assert_equals_int64 (gst_oai_json_get_int (event, "content_index", 0), 1);
  assert_equals_int64 (gst_oai_json_get_int (event, "audio_end_ms", 0), 1500);
  json_object_unref (event);
  assert_sent (&f, 8, "session.update", "session.type", "realtime");
  assert_sent (&f, 9, "x", "event_id", "mine");
  assert_sent (&f, 10, "conversation.item.create", "item.role", "user");
  assert_sent (&f, 11, "response.create", NULL, NULL);
  assert_sent (
      &f, 12, "conversation.item.create", "item.approval_request_id", "q1");
  event = fake_transport_wait_sent (f.server, 12);
  fail_unless (gst_oai_json_get_boolean (event, "item.approve", FALSE));
  fail_unless_equals_string (
      gst_oai_json_get_string (event, "item.reason", NULL), "why not");
  /* The API demands one. */
  fail_unless (gst_oai_json_get_string (event, "item.id", NULL) != NULL);
  json_object_unref (event);
  fixture_clear (&f);
#undef EMIT
}
GST_END_TEST;

GST_START_TEST (test_actions_refuse_nonsense)
{
  static const gchar *const with_json[] = { "send-event", "update-session",
    "create-response" };
  Fixture f;
  gboolean ok = TRUE;
  guint i;

  fixture_init (&f, LIVE, TRUE);
  /* No session yet. */
  g_signal_emit_by_name (f.element, "commit-input", &ok);
  fail_if (ok);
  fixture_play (&f);
  for (i = 0; i < G_N_ELEMENTS (with_json); i++) {
    ok = TRUE;
    g_signal_emit_by_name (f.element, with_json[i], "[1", &ok);
    fail_if (ok, "%s", with_json[i]);
  }
  ok = TRUE;
  g_signal_emit_by_name (f.element, "create-item", "7", NULL, &ok);
  fail_if (ok);
  ok = TRUE;
  g_signal_emit_by_name (f.element, "send-text", "\xff", &ok);
  fail_if (ok);
  ok = TRUE;
  g_signal_emit_by_name (f.element, "delete-item", NULL, &ok);
  fail_if (ok);
  ok = TRUE;
  g_signal_emit_by_name (f.element, "send-function-output", "c1", "\xff", &ok);
  fail_if (ok);
  ok = TRUE;
  g_signal_emit_by_name (f.element, "send-approval", NULL, TRUE, NULL, &ok);
  fail_if (ok);
  ok = TRUE;
  g_signal_emit_by_name (f.element, "send-approval", "q", TRUE, "\xff", &ok);
  fail_if (ok);
  /* The server detects turns. */
  ok = TRUE;
  g_signal_emit_by_name (f.element, "start-talking", &ok);
  fail_if (ok);
  fake_transport_sync (f.server);
  assert_equals_int (fake_transport_n_sent (f.server), 0);
  fixture_clear (&f);
}
GST_END_TEST;

/* --- input formats ----------------------------------------------------- */

static const gchar *const formats[] = {
  MONO,
  "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2,"
  "channel-mask=(bitmask)0x3",
  "audio/x-raw,format=F32LE,layout=interleaved,rate=44100,channels=1",
  "audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=8,"
  "channel-mask=(bitmask)0x0",
  "audio/x-raw,format=S32LE,layout=interleaved,rate=48000,channels=32,"
  "channel-mask=(bitmask)0x0",
  "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=6,"
  "channel-mask=(bitmask)0x3f",
  "audio/x-raw,format=U8,layout=interleaved,rate=8000,channels=1",
};

static guint64
frames_sent (GstElement *element)
{
  GstStructure *stats = NULL;
  const GValue *uplink;
  guint64 frames = 0;

  g_object_get (element, "stats", &stats, NULL);
  uplink = gst_structure_get_value (stats, "uplink");
  fail_unless (gst_structure_get_uint64 (
      gst_value_get_structure (uplink), "frames", &frames));
  gst_structure_free (stats);

  return frames;
}

/* Any raw audio links, also microphone arrays without positions, and a change
 * of format in the stream. */
GST_START_TEST (test_format_is_taken)
{
  Fixture f = { 0 };
  GstHarness *h;
  guint i;

  hold_session (&f);
  f.element = gst_object_ref_sink (g_object_new (GST_TYPE_OPENAI_REALTIME_SINK,
      "session", SESSION_NAME, "base-url", "http://127.0.0.1:1/v1", NULL));
  h = gst_harness_new_with_element (f.element, "sink", NULL);
  gst_harness_play (h);
  f.server = fake_transport_wait_connect (1);
  fake_transport_connected (f.server);
  for (i = 0; i < 2; i++) {
    guint64 before = frames_sent (f.element);

    gst_harness_set_src_caps_str (
        h, formats[(__i__ + i) % G_N_ELEMENTS (formats)]);
    while (frames_sent (f.element) < before + 3) {
      GstBuffer *buffer = gst_buffer_new_allocate (NULL, 96000, NULL);

      gst_buffer_memset (buffer, 0, 0, 96000);
      assert_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    }
  }
  gst_element_set_state (f.element, GST_STATE_NULL);
  gst_harness_teardown (h);
  gst_object_unref (f.element);
  release_session (&f);
}
GST_END_TEST;

typedef struct {
  GstHarness *h;
  gint asked; /* atomic */
} Asker;

static gpointer
ask_for_caps (gpointer data)
{
  Asker *asker = data;
  GstCaps *caps = gst_caps_from_string (formats[4]);
  GstPad *pad = gst_element_get_static_pad (asker->h->element, "sink");

  gst_pad_query_accept_caps (pad, caps);
  gst_object_unref (pad);
  gst_caps_unref (caps);
  g_atomic_int_set (&asker->asked, TRUE);

  return NULL;
}

/* An application that asks what the pad takes, while a file waits for the call to
 * be connected. */
GST_START_TEST (test_question_about_caps_does_not_wait_for_sound)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  Asker asker = { NULL };
  Fixture f = { 0 };
  GstPad *ghost, *pad;
  GThread *thread;

  hold_session (&f);
  f.element = gst_object_ref_sink (g_object_new (GST_TYPE_OPENAI_REALTIME_SINK,
      "session", SESSION_NAME, "base-url", "http://127.0.0.1:1/v1", NULL));
  asker.h = gst_harness_new_with_element (f.element, "sink", NULL);
  gst_harness_play (asker.h);
  gst_harness_set_src_caps_str (asker.h, formats[3]);
  ghost = gst_element_get_static_pad (f.element, "sink");
  pad = gst_ghost_pad_get_target (GST_GHOST_PAD (ghost));
  GST_PAD_STREAM_LOCK (pad);
  thread = g_thread_new ("asker", ask_for_caps, &asker);
  while (!g_atomic_int_get (&asker.asked) && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  fail_unless (g_atomic_int_get (&asker.asked));
  GST_PAD_STREAM_UNLOCK (pad);
  g_thread_join (thread);
  gst_object_unref (pad);
  /* And it has changed nothing. */
  pad = gst_ghost_pad_get_target (GST_GHOST_PAD (ghost));
  fail_unless (gst_pad_has_current_caps (pad));
  gst_object_unref (pad);
  gst_object_unref (ghost);
  gst_element_set_state (f.element, GST_STATE_NULL);
  gst_harness_teardown (asker.h);
  gst_object_unref (f.element);
  release_session (&f);
}
GST_END_TEST;

/* --- two halves -------------------------------------------------------- */

GST_START_TEST (test_halves_post_messages_once)
{
  Fixture f = { 0 };
  GstElement *sink, *src;
  guint events = 0;
  GstMessage *message;

  hold_session (&f);
  f.pipeline = gst_pipeline_new (NULL);
  f.bus = gst_element_get_bus (f.pipeline);
  sink = g_object_new (GST_TYPE_OPENAI_REALTIME_SINK, "session", SESSION_NAME,
      "base-url", "http://127.0.0.1:1/v1", NULL);
  src = g_object_new (
      GST_TYPE_OPENAI_REALTIME_SRC, "session", SESSION_NAME, NULL);
  gst_bin_add_many (GST_BIN (f.pipeline), src, sink, NULL);
  fail_if (gst_element_set_state (f.pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  f.server = fake_transport_wait_connect (1);
  fake_transport_connected (f.server);
  fake_transport_event (f.server, "{'type':'new.event'}");
  while ((message = gst_bus_pop_filtered (f.bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, "openairealtime-event")) {
      events++;
      fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (sink));
    }
    gst_message_unref (message);
  }
  assert_equals_int (events, 1);
  gst_element_set_state (f.pipeline, GST_STATE_NULL);
  gst_object_unref (f.bus);
  gst_check_object_destroyed_on_unref (f.pipeline);
  release_session (&f);
}
GST_END_TEST;

GST_START_TEST (test_states_up_and_down)
{
  static const GstState states[] = { GST_STATE_PAUSED, GST_STATE_NULL,
    GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PLAYING,
    GST_STATE_READY, GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_PAUSED,
    GST_STATE_PLAYING, GST_STATE_NULL };
  Fixture f;
  guint i;

  fixture_init (&f, LIVE, __i__);
  for (i = 0; i < 5 * G_N_ELEMENTS (states); i++)
    fail_if (
        gst_element_set_state (f.pipeline, states[i % G_N_ELEMENTS (states)])
        == GST_STATE_CHANGE_FAILURE);
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
base_suite (void)
{
  Suite *suite = suite_create ("base");
  TCase *tc;

  tc = tcase_create ("inspect");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_signals_exist, 0, N_TYPES);
  tcase_add_loop_test (tc, test_properties_exist, 0, N_TYPES);
  tcase_add_loop_test (tc, test_pads, 0, N_TYPES);
  tcase_add_loop_test (tc, test_key_cannot_be_read, 0, N_TYPES);

  tc = tcase_create ("ready");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_no_key_is_an_error, 0, N_TYPES);
  tcase_add_loop_test (tc, test_other_servers_need_no_key, 0, N_TYPES);
  tcase_add_test (tc, test_other_half_may_bring_the_key);
  tcase_add_loop_test (
      tc, test_bad_value_is_refused_by_name, 0, G_N_ELEMENTS (bad_values));
  tcase_add_test (tc, test_second_input_is_busy);
  tcase_add_test (tc, test_name_of_the_session_can_be_taken_back);
  tcase_add_test (tc, test_two_conversations_in_one_pipeline);

  tc = tcase_create ("end");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_end_of_stream_waits_for_the_answer, 0, 2);
  tcase_add_test (tc, test_end_of_stream_that_the_application_sends_waits_too);
  tcase_add_test (tc, test_end_of_stream_at_once);
  tcase_add_loop_test (
      tc, test_kept_end_of_stream_follows_a_changed_mode, 0, 2);
  tcase_add_loop_test (tc, test_stop_while_end_of_stream_is_held, 0, 2);

  tc = tcase_create ("call");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_lost_call_is_an_error, 0, 2);
  tcase_add_loop_test (
      tc, test_interruption_flushes_downstream_when_asked, 0, 2);
  tcase_add_test (tc, test_fixed_property_keeps_its_value);
  tcase_add_test (tc, test_property_is_updated);
  tcase_add_test (tc, test_bad_value_in_a_call_does_not_stay);
  tcase_add_test (tc, test_state_and_ids_can_be_read);
  tcase_add_test (tc, test_signals_are_emitted);
  tcase_add_loop_test (tc, test_event_is_surfaced, 0, G_N_ELEMENTS (surfaced));
  tcase_add_test (tc, test_no_event_is_forgotten);
  tcase_add_test (tc, test_unknown_event_makes_no_quark);
  tcase_add_test (tc, test_function_is_answered_by_its_handler);
  tcase_add_test (tc, test_actions_send);
  tcase_add_test (tc, test_actions_refuse_nonsense);
  tcase_add_loop_test (tc, test_format_is_taken, 0, G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_question_about_caps_does_not_wait_for_sound);
  tcase_add_test (tc, test_halves_post_messages_once);
  tcase_add_loop_test (tc, test_states_up_and_down, 0, 2);

  return suite;
}

GST_CHECK_MAIN (base);
