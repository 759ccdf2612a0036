/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "e2e.h"

/* A server that goes away during the call; faults.c has more. */

FAILURE_TEST (test_server_that_is_killed, .kill = TRUE, RESOURCE (READ));

static Suite *
lost_suite (void)
{
  Suite *s = suite_create ("e2e-lost");
  TCase *tc = tcase_create ("lost");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_server_that_is_killed);
  return s;
}

E2E_MAIN (lost_suite)
