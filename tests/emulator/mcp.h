/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include "util.h"

G_BEGIN_DECLS

/* The one MCP server there is, whatever its URL: it knows echo, roll_dice and
 * broken. Nothing is connected to. */

/* Tools that @tool, a tool of type mcp, makes available; NULL when they cannot
 * be listed: "fail" in the URL says so. */
JsonArray *emu_mcp_list_tools (JsonObject *tool);
gboolean emu_mcp_needs_approval (JsonObject *tool, const gchar *name);
/* Sets output or error of an item of type mcp_call. FALSE: it is an error. */
gboolean emu_mcp_call (JsonObject *item);

G_END_DECLS
