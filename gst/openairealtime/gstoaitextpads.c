/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstoaitextpads.h"

#include <string.h>

#include "gstoaitextsrc.h"
#include "session/gstoaicaptions.h"

typedef enum {
  TRANSCRIPT,
  INPUT_TRANSCRIPT,
  EVENTS,
  N_PADS
} Kind;

struct _GstOaiTextPads {
  GstBin *bin; /* not owned: it owns us */
  GstOaiCaptions *captions;

  gint n_pads; /* atomic */

  GMutex lock; /* protects everything down to the end */
  GstOaiTextSrc *sources[N_PADS]; /* NULL: not requested */
  GstPad *pads[N_PADS]; /* not owned: valid as long as the source */
};

static GstStaticPadTemplate templates[N_PADS] = {
  [TRANSCRIPT] = GST_STATIC_PAD_TEMPLATE ("transcript_src", GST_PAD_SRC,
      GST_PAD_REQUEST, GST_STATIC_CAPS (GST_OAI_TEXT_CAPS)),
  [INPUT_TRANSCRIPT] = GST_STATIC_PAD_TEMPLATE ("input_transcript_src",
      GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS (GST_OAI_TEXT_CAPS)),
  [EVENTS] = GST_STATIC_PAD_TEMPLATE ("event_src", GST_PAD_SRC, GST_PAD_REQUEST,
      GST_STATIC_CAPS (GST_OAI_EVENT_CAPS)),
};

void
gst_oai_text_pads_install (GstElementClass *klass)
{
  guint i;

  for (i = 0; i < N_PADS; i++)
    gst_element_class_add_static_pad_template (klass, &templates[i]);
}

GstOaiTextPads *
gst_oai_text_pads_new (GstBin *bin)
{
  GstOaiTextPads *self = g_new0 (GstOaiTextPads, 1);

  self->bin = bin;
  self->captions = gst_oai_captions_new ();
  g_mutex_init (&self->lock);

  return self;
}

void
gst_oai_text_pads_free (GstOaiTextPads *self)
{
  guint i;

  for (i = 0; i < N_PADS; i++)
    gst_clear_object (&self->sources[i]);
  gst_oai_captions_free (self->captions);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* A new reference, or NULL. */
static GstOaiTextSrc *
ref_source (GstOaiTextPads *self, Kind kind)
{
  GstOaiTextSrc *source;

  g_mutex_lock (&self->lock);
  source = self->sources[kind] ? gst_object_ref (self->sources[kind]) : NULL;
  g_mutex_unlock (&self->lock);

  return source;
}

/* --- pads -------------------------------------------------------------- */

GstPad *
gst_oai_text_pads_request (GstOaiTextPads *self, GstPadTemplate *template)
{
  const gchar *name = GST_PAD_TEMPLATE_NAME_TEMPLATE (template);
  g_autofree gchar *caps = NULL;
  g_autoptr (GstPad) target = NULL;
  GstOaiTextSrc *source;
  GstPad *ghost;
  Kind kind;

  for (kind = 0; kind < N_PADS; kind++) {
    if (strcmp (templates[kind].name_template, name) == 0)
      break;
  }
  if (kind == N_PADS)
    return NULL;

  caps = gst_caps_to_string (GST_PAD_TEMPLATE_CAPS (template));
  source = gst_object_ref_sink (gst_oai_text_src_new (name, caps));
  g_mutex_lock (&self->lock);
  if (self->sources[kind]) {
    g_mutex_unlock (&self->lock);
    gst_object_unref (source);
    return NULL;
  }
  self->sources[kind] = source;
  g_mutex_unlock (&self->lock);

  if (g_atomic_int_add (&self->n_pads, 1) == 0)
    gst_oai_captions_reset (self->captions);
  /* Before its pad has a ghost: a bin unlinks what comes into it. */
  gst_bin_add (self->bin, GST_ELEMENT (source));
  target = gst_element_get_static_pad (GST_ELEMENT (source), "src");
  ghost = gst_ghost_pad_new_from_template (name, target, template);
  g_mutex_lock (&self->lock);
  self->pads[kind] = ghost;
  g_mutex_unlock (&self->lock);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), ghost);
  gst_element_sync_state_with_parent (GST_ELEMENT (source));

  return ghost;
}

gboolean
gst_oai_text_pads_release (GstOaiTextPads *self, GstPad *pad)
{
  g_autoptr (GstOaiTextSrc) source = NULL;
  Kind kind;

  g_mutex_lock (&self->lock);
  for (kind = 0; kind < N_PADS; kind++) {
    if (self->sources[kind] && self->pads[kind] == pad)
      break;
  }
  if (kind < N_PADS) {
    source = g_steal_pointer (&self->sources[kind]);
    self->pads[kind] = NULL;
  }
  g_mutex_unlock (&self->lock);
  if (source == NULL)
    return FALSE;

  g_atomic_int_add (&self->n_pads, -1);
  /* What is being pushed comes back. */
  gst_pad_set_active (pad, FALSE);
  gst_element_set_locked_state (GST_ELEMENT (source), TRUE);
  gst_element_set_state (GST_ELEMENT (source), GST_STATE_NULL);
  gst_element_remove_pad (GST_ELEMENT (self->bin), pad);
  gst_bin_remove (self->bin, GST_ELEMENT (source));

  return TRUE;
}

/* --- what happens ------------------------------------------------------ */

/* Puts out the words that are due. */
static void
push_captions (GstOaiTextPads *self)
{
  GstOaiCaption *caption;

  while ((caption = gst_oai_captions_pop (self->captions))) {
    g_autoptr (GstOaiTextSrc) source = ref_source (self,
        caption->kind == GST_OAI_CAPTION_MODEL ? TRANSCRIPT : INPUT_TRANSCRIPT);

    if (source)
      gst_oai_text_src_push (source, caption->text, strlen (caption->text),
          caption->pts, caption->duration);
    gst_oai_caption_free (caption);
  }
}

void
gst_oai_text_pads_event (GstOaiTextPads *self, const GstOaiEventInfo *info)
{
  g_autoptr (GstOaiTextSrc) source = NULL;
  GstClockTime now;

  if (g_atomic_int_get (&self->n_pads) == 0)
    return;
  now = gst_element_get_current_running_time (GST_ELEMENT (self->bin));
  /* Before PLAYING: there is no time, and nothing was before. */
  if (!GST_CLOCK_TIME_IS_VALID (now))
    now = 0;
  source = ref_source (self, EVENTS);
  if (source) {
    g_autofree gchar *line = g_strconcat (info->json, "\n", NULL);

    gst_oai_text_src_push (
        source, line, strlen (line), now, GST_CLOCK_TIME_NONE);
  }
  gst_oai_captions_handle_event (
      self->captions, info->event, info->object, now);
  push_captions (self);
}

void
gst_oai_text_pads_frame (GstOaiTextPads *self, GstClockTime position,
    GstClockTime duration, gboolean playing, gboolean audible)
{
  Kind kind;

  if (g_atomic_int_get (&self->n_pads) == 0)
    return;
  gst_oai_captions_frame (self->captions, position, duration, playing, audible);
  push_captions (self);
  for (kind = 0; kind < N_PADS; kind++) {
    g_autoptr (GstOaiTextSrc) source = ref_source (self, kind);

    /* Before the frame itself: a muxer that has it does not wait then. */
    if (source)
      gst_oai_text_src_advance (source, position + duration);
  }
}

void
gst_oai_text_pads_flush (GstOaiTextPads *self)
{
  g_autoptr (GstOaiTextSrc) source = ref_source (self, TRANSCRIPT);

  if (source)
    gst_oai_text_src_flush (source);
}

void
gst_oai_text_pads_end (GstOaiTextPads *self)
{
  GstClockTime now;
  Kind kind;

  if (g_atomic_int_get (&self->n_pads) == 0)
    return;
  now = gst_element_get_current_running_time (GST_ELEMENT (self->bin));
  gst_oai_captions_end (
      self->captions, GST_CLOCK_TIME_IS_VALID (now) ? now : 0);
  push_captions (self);
  for (kind = 0; kind < N_PADS; kind++) {
    g_autoptr (GstOaiTextSrc) source = ref_source (self, kind);

    if (source)
      gst_oai_text_src_end (source);
  }
}

void
gst_oai_text_pads_reset (GstOaiTextPads *self)
{
  gst_oai_captions_reset (self->captions);
}
