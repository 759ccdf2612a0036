/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "harness.h"
#include "server.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* An emulator with its HTTP side, and a client of that. */
typedef struct {
  EmuOptions *options;
  EmuMind *mind;
  EmuServer *server;
  SoupSession *client;
  gchar *url;
} Site;

Site *site_new (const gchar *command_line);
void site_free (Site *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Site, site_free)

/* An offer that is answered, of a client that does not exist. */
extern const gchar site_offer[];

SoupMessage *request_new (Site *site, const gchar *method, const gchar *path,
    const gchar *type, const gchar *body);
/* POST of the offer. */
SoupMessage *call_new (Site *site);
/* Sends and waits; NULL and @error when there was no whole answer. */
gchar *ask (Site *site, SoupMessage *message, GError **error);
/* Of the answer; "" when it is not there. */
const gchar *get_header (SoupMessage *message, const gchar *name);

G_END_DECLS
