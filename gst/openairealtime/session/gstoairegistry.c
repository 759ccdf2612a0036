/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoairegistry.h"

/* An entry lives as long as it has users. The toplevel holds it as qdata
 * without a reference: a table keyed by address could pair an element with the
 * ghost of a freed pipeline. */
typedef struct {
  GstOaiSession *session; /* owned */
  guint users;
  gchar *name; /* nullable */
  GObject *toplevel; /* weak, nullable */
} Entry;

static GMutex registry_lock; /* protects everything below and the qdata */
static GHashTable *by_name; /* name -> Entry */
static GHashTable *by_session; /* session -> Entry */

static GQuark
session_quark (void)
{
  return g_quark_from_static_string ("gst-openai-realtime-session");
}

/* The toplevel goes before its elements have released the session. */
static void
toplevel_gone (gpointer data, GObject *toplevel)
{
  GHashTableIter iter;
  gpointer entry;

  g_mutex_lock (&registry_lock);
  g_hash_table_iter_init (&iter, by_session);
  while (g_hash_table_iter_next (&iter, NULL, &entry)) {
    if (((Entry *) entry)->toplevel == toplevel)
      ((Entry *) entry)->toplevel = NULL;
  }
  g_mutex_unlock (&registry_lock);
}

/* must be called with lock */
static Entry *
entry_new_unlocked (const gchar *name, GObject *toplevel)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->session = gst_oai_session_new (name);
  entry->name = g_strdup (name);
  if (by_session == NULL) {
    by_session = g_hash_table_new (NULL, NULL);
    by_name = g_hash_table_new (g_str_hash, g_str_equal);
  }
  g_hash_table_insert (by_session, entry->session, entry);
  if (name)
    g_hash_table_insert (by_name, entry->name, entry);
  if (toplevel) {
    entry->toplevel = toplevel;
    g_object_set_qdata (toplevel, session_quark (), entry);
    g_object_weak_ref (toplevel, toplevel_gone, NULL);
  }
  return entry;
}

static GstObject *
get_toplevel (GstElement *element)
{
  GstObject *object = gst_object_get_parent (GST_OBJECT (element));
  GstObject *parent;

  while (object && (parent = gst_object_get_parent (object))) {
    gst_object_unref (object);
    object = parent;
  }
  return object;
}

GstOaiSession *
gst_oai_registry_acquire (
    GstElement *element, const gchar *name, gboolean private_session)
{
  GstObject *toplevel = NULL;
  GstOaiSession *session;
  Entry *entry = NULL;

  if (name == NULL && !private_session)
    toplevel = get_toplevel (element);

  g_mutex_lock (&registry_lock);
  if (name)
    entry = by_name ? g_hash_table_lookup (by_name, name) : NULL;
  else if (toplevel)
    entry = g_object_get_qdata (G_OBJECT (toplevel), session_quark ());
  if (entry == NULL)
    entry = entry_new_unlocked (name, (GObject *) toplevel);
  entry->users++;
  session = g_object_ref (entry->session);
  g_mutex_unlock (&registry_lock);

  gst_clear_object (&toplevel);

  return session;
}

void
gst_oai_registry_release (GstOaiSession *session)
{
  Entry *entry;

  g_mutex_lock (&registry_lock);
  entry = g_hash_table_lookup (by_session, session);
  if (--entry->users == 0) {
    g_hash_table_remove (by_session, session);
    if (entry->name)
      g_hash_table_remove (by_name, entry->name);
    if (entry->toplevel) {
      g_object_weak_unref (entry->toplevel, toplevel_gone, NULL);
      g_object_set_qdata (entry->toplevel, session_quark (), NULL);
    }
  } else {
    entry = NULL;
  }
  g_mutex_unlock (&registry_lock);

  if (entry) {
    g_object_unref (entry->session);
    g_free (entry->name);
    g_free (entry);
  }
  g_object_unref (session);
}
