/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "mind.h"
#include "options.h"

G_BEGIN_DECLS

/* The HTTP side: routes, keys, the table of calls. */
typedef struct _EmuServer EmuServer;

/* @quit is called when --exit-after-calls is reached. */
EmuServer *emu_server_new (const EmuOptions *options, EmuMind *mind,
    GSourceFunc quit, gpointer user_data, GError **error);
/* Ends all calls. */
void emu_server_free (EmuServer *server);
/* "http://127.0.0.1:8080/v1" */
gchar *emu_server_get_base_url (EmuServer *server);

G_END_DECLS
