/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Calls that do not come about, with a real reason; faults.c has all others. Each
 * time one error says what is wrong, NULL works afterwards, and nothing stays
 * behind. */

FAILURE_TEST (test_bad_key_is_not_authorized, .options = "--api-key sk-right",
    .settings = "api-key=sk-wrong", RESOURCE (NOT_AUTHORIZED),
    .http_status = 401);
FAILURE_TEST (test_unknown_model_is_not_found,
    .options = "--models gpt-realtime", .settings = "model=gpt-unheard-of",
    RESOURCE (NOT_FOUND), .http_status = 404);
FAILURE_TEST (test_no_server, .gone = TRUE, RESOURCE (OPEN_READ_WRITE));

/* A file waits for the call: it must not wait for ever. */
GST_START_TEST (test_file_is_let_go_by_a_failed_call)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault status=500");
  pipe = e2e_pipe_new (
      "%s ! openairealtime base-url=%s idle-output=none ! " E2E_OUT, source,
      e2e_emulator_url (emulator));
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_error (
      pipe, 0, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, NULL);
}
GST_END_TEST;

GST_START_TEST (test_file_is_let_go_while_connecting)
{
  g_autofree gchar *source = e2e_speech (E2E_SPEECH_CARDS);
  g_autoptr (E2eEmulator) emulator = NULL;
  g_autoptr (E2ePipe) pipe = NULL;
  static const GstMessageType progress = GST_MESSAGE_PROGRESS;

  if (source == NULL)
    return;
  emulator = e2e_emulator_start ("--fault no-answer");
  pipe = e2e_pipe_new (
      "%s ! openairealtime base-url=%s idle-output=none ! " E2E_OUT, source,
      e2e_emulator_url (emulator));
  e2e_pipe_set_state (pipe, GST_STATE_PLAYING);
  e2e_wait_message (pipe, 0, e2e_match_type, &progress, "progress");
}
GST_END_TEST;

static Suite *
errors_suite (void)
{
  Suite *s = suite_create ("e2e-errors");
  TCase *tc = tcase_create ("errors");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_bad_key_is_not_authorized);
  tcase_add_test (tc, test_unknown_model_is_not_found);
  tcase_add_test (tc, test_no_server);
  tcase_add_test (tc, test_file_is_let_go_by_a_failed_call);
  tcase_add_test (tc, test_file_is_let_go_while_connecting);
  return s;
}

E2E_MAIN (errors_suite)
