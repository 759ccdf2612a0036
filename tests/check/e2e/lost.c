/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* Servers that go away during the call. */

FAILURE_TEST (test_call_closed_by_the_server,
    .options = "--fault close-after=500", RESOURCE (READ));
FAILURE_TEST (test_server_that_vanishes, .options = "--fault vanish-after=500",
    RESOURCE (READ));
FAILURE_TEST (test_server_that_is_killed, .kill = TRUE, RESOURCE (READ));
FAILURE_TEST (test_channel_closed_by_the_server,
    .options = "--fault drop-channel-after=500", RESOURCE (READ));

static Suite *
lost_suite (void)
{
  Suite *s = suite_create ("e2e-lost");
  TCase *tc = tcase_create ("lost");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_call_closed_by_the_server);
  tcase_add_test (tc, test_server_that_vanishes);
  tcase_add_test (tc, test_server_that_is_killed);
  tcase_add_test (tc, test_channel_closed_by_the_server);
  return s;
}

E2E_MAIN (lost_suite)
