/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* One way for a server to misbehave, and what the element does about it as
 * docs/errors.md says. */

typedef enum {
  FAULT_GOES_ON, /* nothing is said: it is as if there were no fault */
  FAULT_WARNS, /* a WARNING, and the conversation goes on */
  FAULT_FAILS, /* one ERROR, and there is no session any more */
  FAULT_FAILS_ONCE /* the same, and the next call works */
} FaultReaction;

/* Tests are made of groups, whose cases run side by side. */
typedef enum {
  FAULT_GROUP_HTTP, /* what comes instead of an answer */
  FAULT_GROUP_ANSWER, /* answers that are late, wrong or odd; TLS */
  FAULT_GROUP_EVENTS, /* what is said during a call */
  FAULT_GROUP_TIME, /* what only time tells */
  N_FAULT_GROUPS
} FaultGroup;

typedef struct {
  FaultGroup group;
  const gchar *name;

  /* The server: options, see e2e_emulator_start(), with "@STRANGER@" for the
   * base URL of another one; what --scenario says, with ' for ". */
  const gchar *options;
  const gchar *scenario;
  gboolean needs_tls; /* it can do this only with GnuTLS */

  /* The client: properties of the element, "@DIR@" as in the options; the source
   * in front of it, NULL for a live one that is silent. */
  const gchar *settings;
  const gchar *source;

  /* What is posted. */
  FaultReaction reaction;
  GQuark (*domain) (void);
  gint code;
  const gchar *klass;
  const gchar *message; /* the whole sentence */
  guint
      n_warnings; /* FAULT_WARNS: 0 stands for 1; FAULT_FAILS: others before */

  /* Details; NULL and 0: not there. */
  const gchar *reason;
  const gchar *step;
  gint http_status;
  gboolean has_request_id;
  guint retry_after;
  const gchar *server_type;
  const gchar *server_code;
  const gchar *server_param;
  const gchar *server_message; /* a part of it */

  /* What is done once there is a call: text is asked, and these are the statuses
   * of the answers; NULL for one that is completed, "" to ask nothing. */
  const gchar *answers[3];
  gboolean commits; /* what was heard is committed, before that */
  gboolean asks; /* once, though there is no answer */

  /* What the server saw. */
  gboolean no_request; /* not even the request for a call */
  gboolean no_hangup; /* it has no call, or did not say so, or is gone */
  gboolean unheard; /* no packet and no event of this client */

  /* What else is to be seen: an event that comes so often, how many texts were
   * no events, the id of the call ("" for none). */
  const gchar *event;
  guint n_events;
  guint n_unreadable;
  const gchar *call_id;
} FaultCase;

extern const FaultCase fault_cases[];
extern const guint n_fault_cases;

G_END_DECLS
