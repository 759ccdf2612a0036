/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gst/gst.h>

#include "protocol/gstoaierror.h"

G_BEGIN_DECLS

/* GstOaiTools: programs that answer function calls.
 *
 * Each call runs the program of its own, beside the others. It gets the name of
 * the function as last argument and in OPENAI_FUNCTION_NAME, the id of the call in
 * OPENAI_CALL_ID and the arguments as JSON on its standard input; what it writes
 * to its standard output, without line breaks at the end, is the output. Its
 * standard error goes to the debug log (openairealtimetools:6). It does not see
 * OPENAI_API_KEY, and is in a process group of its own.
 *
 * All functions belong to one thread, whose GMainContext must be its default.
 * None of them blocks.
 */
typedef struct _GstOaiTools GstOaiTools;

typedef enum {
  GST_OAI_TOOL_COMPLETED,
  GST_OAI_TOOL_NOT_STARTED,
  GST_OAI_TOOL_FAILED,
  GST_OAI_TOOL_TIMED_OUT,
  GST_OAI_TOOL_TOO_MUCH_OUTPUT,
  GST_OAI_TOOL_INVALID_OUTPUT,
  GST_OAI_TOOL_INVALID_NAME
} GstOaiToolStatus;

/* How a call ended. @output is what the model gets: unless it is completed, a JSON
 * object that says why. @reason is for a log; NULL when it is completed. */
typedef struct {
  GstOaiToolStatus status;
  const gchar *call_id;
  const gchar *name;
  const gchar *output;
  const gchar *reason;
  GstClockTime duration;
} GstOaiToolResult;

typedef void (*GstOaiToolDone) (
    const GstOaiToolResult *result, gpointer user_data);

GstOaiTools *gst_oai_tools_new (GstOaiToolDone done, gpointer user_data);
/* Kills what still runs. Nothing is called any more. */
void gst_oai_tools_free (GstOaiTools *self);

/* For the next calls. @command is split like a shell does it, but run without
 * one; NULL: nothing is run. @timeout_ms: 0 for none. @max_output in bytes. */
void gst_oai_tools_configure (GstOaiTools *self, const gchar *command,
    guint timeout_ms, gsize max_output);
gboolean gst_oai_tools_is_enabled (GstOaiTools *self);

/* Runs the program, unless it is invalid in which case that is told at once. At
 * most 16 run at a time; more calls wait. */
void gst_oai_tools_run (GstOaiTools *self, const gchar *call_id,
    const gchar *name, const gchar *arguments);
/* Somebody else has answered that call: kills its program. */
void gst_oai_tools_cancel (GstOaiTools *self, const gchar *call_id);
/* How many run or wait. */
guint gst_oai_tools_n_open (GstOaiTools *self);

/* The word for a status in messages and errors. */
const gchar *gst_oai_tool_status_name (GstOaiToolStatus status);
/* The message "openairealtime-tool". */
GstStructure *gst_oai_tool_result_to_structure (const GstOaiToolResult *result);
/* NULL when it is completed. */
GstOaiError *gst_oai_tool_result_to_error (const GstOaiToolResult *result);

G_END_DECLS
