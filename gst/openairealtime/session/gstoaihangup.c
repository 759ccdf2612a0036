/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session/gstoaihangup.h"

GST_DEBUG_CATEGORY_STATIC (hang_up_debug);
#define GST_CAT_DEFAULT hang_up_debug

/* Longest wait for the hang-up request. */
#define CONFIRM_PATIENCE (500 * G_TIME_SPAN_MILLISECOND)
/* A call that has failed is being ended already: hang-up and media. */
#define SHUTDOWN_PATIENCE (4 * G_TIME_SPAN_SECOND)

struct _GstOaiHangUp {
  gint refs; /* atomic */
  GMutex lock; /* protects the moments below */
  GCond cond;
  gboolean closed; /* the session's thread is through with it */
  gboolean confirmed; /* the hang-up request has ended */
  gboolean finished; /* by the thread: the media no longer call the owner */
  gboolean left; /* the session's thread knows that nobody is left... */
  /* Set before such a moment, read after it. */
  gboolean quit; /* ...and ends */
  GstOaiTransport *transport; /* to be shut down once closed */
  GstOaiHangUp *before; /* has to be finished first */
};

GstOaiHangUp *
gst_oai_hang_up_new (void)
{
  static gsize once = 0;
  GstOaiHangUp *self = g_new0 (GstOaiHangUp, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (hang_up_debug, "openairealtimehangup", 0,
        "OpenAI Realtime: the end of a call");
    g_once_init_leave (&once, 1);
  }

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->refs = 1;

  return self;
}

GstOaiHangUp *
gst_oai_hang_up_ref (GstOaiHangUp *self)
{
  g_atomic_int_inc (&self->refs);

  return self;
}

void
gst_oai_hang_up_unref (gpointer data)
{
  GstOaiHangUp *self = data;

  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_clear_object (&self->transport);
  g_clear_pointer (&self->before, gst_oai_hang_up_unref);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Waits for one of the members of @self to become TRUE, at most @patience
 * microseconds, -1 for ever. */
static gboolean
wait_for (GstOaiHangUp *self, const gboolean *member, gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;
  gboolean reached;

  g_mutex_lock (&self->lock);
  while (!*member) {
    if (patience < 0)
      g_cond_wait (&self->cond, &self->lock);
    else if (!g_cond_wait_until (&self->cond, &self->lock, deadline))
      break;
  }
  reached = *member;
  g_mutex_unlock (&self->lock);

  return reached;
}

static void
reach (GstOaiHangUp *self, gboolean *member)
{
  g_mutex_lock (&self->lock);
  *member = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_oai_hang_up_confirmed (gpointer data)
{
  GstOaiHangUp *self = data;

  reach (self, &self->confirmed);
  gst_oai_hang_up_unref (self);
}

void
gst_oai_hang_up_close (
    GstOaiHangUp *self, GstOaiTransport *transport, GstOaiHangUp *before)
{
  /* Nobody looks at them before. */
  self->transport = transport;
  self->before = before;
  reach (self, &self->closed);
}

gboolean
gst_oai_hang_up_finish (GstOaiHangUp *self, gint64 patience)
{
  if (!wait_for (self, &self->closed, patience))
    return FALSE;
  if (!wait_for (self, &self->confirmed, CONFIRM_PATIENCE))
    GST_WARNING ("the server did not confirm the hang-up");
  if (self->before)
    wait_for (self->before, &self->before->finished, SHUTDOWN_PATIENCE);
  if (self->transport)
    gst_oai_transport_shutdown (self->transport);

  return TRUE;
}

typedef struct {
  GstOaiHangUp *hang_up;
  GObject *owner;
} Finisher;

static gpointer
finish_thread (gpointer data)
{
  Finisher *finisher = data;

  gst_oai_hang_up_finish (finisher->hang_up, -1);
  g_object_unref (finisher->owner);
  reach (finisher->hang_up, &finisher->hang_up->finished);
  gst_oai_hang_up_unref (finisher->hang_up);
  g_free (finisher);

  return NULL;
}

void
gst_oai_hang_up_finish_in_thread (GstOaiHangUp *self, GObject *owner)
{
  Finisher *finisher = g_new0 (Finisher, 1);

  finisher->hang_up = gst_oai_hang_up_ref (self);
  finisher->owner = g_object_ref (owner);
  g_thread_unref (g_thread_new ("oai-hangup", finish_thread, finisher));
}

void
gst_oai_hang_up_leave (GstOaiHangUp *self, gboolean quit)
{
  self->quit = quit;
  reach (self, &self->left);
}

gboolean
gst_oai_hang_up_wait_quit (GstOaiHangUp *self, gint64 patience)
{
  return wait_for (self, &self->left, patience) && self->quit;
}
