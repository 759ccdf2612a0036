/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/gstoaiopenssl.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gst/check/gstcheck.h>

#define CLEANED_UP 7

static void
on_cleanup (void)
{
  _exit (CLEANED_UP);
}

/* How a process ends that does not clean up after itself. */
static gint
end_of_process (gboolean ours_first)
{
  pid_t pid = fork ();
  int status;

  fail_if (pid < 0);
  if (pid == 0) {
    if (ours_first)
      gst_oai_openssl_init ();
    /* As the dtls plugin does. */
    OPENSSL_init_crypto (OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    OPENSSL_atexit (on_cleanup);
    exit (0);
  }
  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  fail_unless (WIFEXITED (status));
  return WEXITSTATUS (status);
}

GST_START_TEST (test_openssl_does_not_clean_up_at_exit)
{
  fail_unless_equals_int (end_of_process (FALSE), CLEANED_UP);
  fail_unless_equals_int (end_of_process (TRUE), 0);
}
GST_END_TEST;

static Suite *
openssl_suite (void)
{
  Suite *s = suite_create ("openssl");
  TCase *tc = tcase_create ("openssl");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_openssl_does_not_clean_up_at_exit);
  return s;
}

GST_CHECK_MAIN (openssl);
