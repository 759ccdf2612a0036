/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaiupdates.h"

#include "session/gstoaisessionconfig.h"

struct _GstOaiUpdates {
  gboolean client_secret;
  JsonObject *applied; /* session object that the server has */
  JsonObject *updating; /* what it will have after the update in flight */
  GstOaiSettings *applied_settings; /* that these were made of */
  GstOaiSettings *updating_settings;
  gchar *event_id;
  GstClockTime deadline; /* it counts as acknowledged then */
  gboolean wanted; /* after the one in flight */
  gboolean postponed;
  gboolean retried;
};

GstOaiUpdates *
gst_oai_updates_new (void)
{
  return g_new0 (GstOaiUpdates, 1);
}

void
gst_oai_updates_free (GstOaiUpdates *self)
{
  gst_oai_updates_reset (self);
  g_free (self);
}

void
gst_oai_updates_reset (GstOaiUpdates *self)
{
  g_clear_pointer (&self->applied, json_object_unref);
  g_clear_pointer (&self->updating, json_object_unref);
  g_clear_pointer (&self->applied_settings, gst_oai_settings_free);
  g_clear_pointer (&self->updating_settings, gst_oai_settings_free);
  g_clear_pointer (&self->event_id, g_free);
  self->wanted = FALSE;
  self->postponed = FALSE;
  self->retried = FALSE;
}

static void
copy_member (JsonObject *from, JsonObject *to, const gchar *name)
{
  if (json_object_has_member (from, name))
    json_object_set_member (
        to, name, json_node_copy (json_object_get_member (from, name)));
}

void
gst_oai_updates_begin (
    GstOaiUpdates *self, const GstOaiSettings *settings, gboolean client_secret)
{
  JsonObject *session = gst_oai_settings_to_session (settings, client_secret);

  gst_oai_updates_reset (self);
  self->client_secret = client_secret;
  if (client_secret) {
    self->applied = json_object_new ();
    copy_member (session, self->applied, "type");
    self->applied_settings = gst_oai_settings_new ();
    json_object_unref (session);
  } else {
    self->applied = session;
    self->applied_settings = gst_oai_settings_copy (settings);
  }
}

JsonObject *
gst_oai_updates_next (GstOaiUpdates *self, const GstOaiSettings *settings)
{
  g_autoptr (JsonObject) session = NULL;
  JsonObject *patch;

  if (self->applied == NULL)
    return NULL;
  self->wanted = self->updating != NULL;
  if (self->wanted)
    return NULL;
  session = gst_oai_settings_to_session (settings, self->client_secret);
  /* Fixed for the life of a session. */
  copy_member (self->applied, session, "model");
  patch = gst_oai_session_config_diff (self->applied, session);
  if (patch == NULL)
    return NULL;
  self->updating = g_steal_pointer (&session);
  g_clear_pointer (&self->updating_settings, gst_oai_settings_free);
  self->updating_settings = gst_oai_settings_copy (settings);
  self->deadline = GST_CLOCK_TIME_NONE;

  return patch;
}

void
gst_oai_updates_sent (
    GstOaiUpdates *self, const gchar *event_id, GstClockTime now)
{
  g_free (self->event_id);
  self->event_id = g_strdup (event_id);
  self->deadline = now + GST_OAI_UPDATES_TIMEOUT;
}

gboolean
gst_oai_updates_is_in_flight (GstOaiUpdates *self)
{
  return self->updating != NULL;
}

gboolean
gst_oai_updates_is_late (GstOaiUpdates *self, GstClockTime now)
{
  return self->updating && now >= self->deadline;
}

gboolean
gst_oai_updates_is_refused (GstOaiUpdates *self, const gchar *event_id)
{
  return self->updating && event_id
      && g_strcmp0 (event_id, self->event_id) == 0;
}

gboolean
gst_oai_updates_acknowledged (GstOaiUpdates *self)
{
  if (self->updating == NULL)
    return FALSE;
  g_clear_pointer (&self->applied, json_object_unref);
  self->applied = g_steal_pointer (&self->updating);
  g_clear_pointer (&self->applied_settings, gst_oai_settings_free);
  self->applied_settings = g_steal_pointer (&self->updating_settings);
  g_clear_pointer (&self->event_id, g_free);
  self->retried = FALSE;

  return self->wanted;
}

gboolean
gst_oai_updates_postpone (GstOaiUpdates *self)
{
  if (self->updating == NULL || self->retried)
    return FALSE;
  g_clear_pointer (&self->updating, json_object_unref);
  g_clear_pointer (&self->event_id, g_free);
  self->postponed = TRUE;

  return TRUE;
}

gboolean
gst_oai_updates_retry (GstOaiUpdates *self)
{
  if (!self->postponed)
    return FALSE;
  self->postponed = FALSE;
  self->retried = TRUE;

  return TRUE;
}

gboolean
gst_oai_updates_changed (GstOaiUpdates *self, GstOaiSetting setting,
    const GstOaiSettings **refused, const GstOaiSettings **old)
{
  if (setting == GST_OAI_SETTING_LAST || self->updating == NULL
      || gst_oai_settings_equal (
          self->applied_settings, self->updating_settings, setting))
    return FALSE;
  *refused = self->updating_settings;
  *old = self->applied_settings;

  return TRUE;
}

gboolean
gst_oai_updates_refused (
    GstOaiUpdates *self, const gchar *param, gboolean restored)
{
  g_autoptr (JsonObject) refused = g_steal_pointer (&self->updating);

  if (refused == NULL)
    return FALSE;
  g_clear_pointer (&self->event_id, g_free);
  self->retried = FALSE;
  if (restored || gst_oai_session_config_accept (self->applied, refused, param))
    return TRUE;
  g_clear_pointer (&self->applied, json_object_unref);
  self->applied = g_steal_pointer (&refused);

  return self->wanted;
}
