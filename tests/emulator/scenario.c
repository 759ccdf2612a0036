/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "scenario.h"
#include "faults.h"
#include "schema.h"

#include "protocol/gstoaijson.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_FILE (1024 * 1024)

static const EmuField answer_fields[] = {
  { "say", EMU_STRING, 0, NULL, 0, 4000 },
  { "wav", EMU_STRING },
  { "fail", EMU_STRING },
  { "after", EMU_INTEGER, 0, NULL, 0, 600000 },
  { "calls", EMU_ARRAY },
  { "calls[]", EMU_OBJECT },
  { "calls[].name", EMU_STRING, EMU_REQUIRED },
  { "calls[].arguments", EMU_STRING | EMU_OBJECT, EMU_OPEN },
  { "calls[].server_label", EMU_STRING },
  { "calls[].needs_approval", EMU_BOOLEAN },
  { NULL },
};

static const EmuSchema answer_schema = { "Answer", NULL, answer_fields };

static const EmuField scenario_fields[] = {
  { "description", EMU_STRING },
  { "faults", EMU_ARRAY },
  { "faults[]", EMU_STRING },
  { "answers", EMU_ARRAY },
  { "answers[]", EMU_OBJECT, .schema = &answer_schema },
  { "steps", EMU_ARRAY },
  { "steps[]", EMU_OBJECT },
  { "steps[].when", EMU_STRING, EMU_REQUIRED },
  { "steps[].count", EMU_INTEGER, 0, NULL, 0, 100000 },
  { "steps[].after", EMU_INTEGER, 0, NULL, 0, 600000 },
  { "steps[].do", EMU_ARRAY, EMU_REQUIRED },
  { "steps[].do[]", EMU_OBJECT },
  { "steps[].do[].answer", EMU_OBJECT, .schema = &answer_schema },
  { "steps[].do[].send", EMU_OBJECT, EMU_OPEN },
  { "steps[].do[].raw", EMU_STRING },
  { "steps[].do[].error", EMU_OBJECT },
  { "steps[].do[].error.type", EMU_STRING },
  { "steps[].do[].error.code", EMU_STRING | EMU_NULL },
  { "steps[].do[].error.message", EMU_STRING, EMU_REQUIRED },
  { "steps[].do[].error.param", EMU_STRING | EMU_NULL },
  { "steps[].do[].interrupt", EMU_BOOLEAN },
  { "steps[].do[].expire", EMU_BOOLEAN },
  { "steps[].do[].close", EMU_BOOLEAN },
  { NULL },
};

static const EmuSchema scenario_schema = { "Scenario", NULL, scenario_fields };

EmuScenario *
emu_scenario_load (const gchar *path, GHashTable *faults, GError **error)
{
  EmuScenario *scenario;
  g_autofree gchar *text = NULL;
  g_autoptr (JsonObject) root = NULL;
  g_autoptr (EmuProblem) problem = NULL;
  JsonArray *names;
  gsize size;
  guint i;

  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  root = gst_oai_json_parse_object (text, size, MAX_FILE, error);
  if (root == NULL) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  if (!emu_schema_check (&scenario_schema, root, "", &problem)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path,
        problem->message);
    return NULL;
  }
  names = gst_oai_json_get_array (root, "faults");
  for (i = 0; names != NULL && i < json_array_get_length (names); i++)
    if (!emu_faults_add (
            faults, json_array_get_string_element (names, i), error))
      return NULL;
  scenario = g_new0 (EmuScenario, 1);
  scenario->root = g_steal_pointer (&root);
  scenario->dir = g_path_get_dirname (path);
  return scenario;
}

void
emu_scenario_free (EmuScenario *scenario)
{
  if (scenario == NULL)
    return;
  json_object_unref (scenario->root);
  g_free (scenario->dir);
  g_free (scenario);
}
