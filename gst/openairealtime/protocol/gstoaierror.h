/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstOaiErrorClass:
 * @GST_OAI_ERROR_FATAL: trying again does not help
 * @GST_OAI_ERROR_RETRYABLE: the same request may succeed later
 * @GST_OAI_ERROR_CALLER: one request was wrong
 * @GST_OAI_ERROR_INFO: worth knowing, nothing is lost
 *
 * What a program can do about a #GstOaiError.
 */
typedef enum {
  GST_OAI_ERROR_FATAL,
  GST_OAI_ERROR_RETRYABLE,
  GST_OAI_ERROR_CALLER,
  GST_OAI_ERROR_INFO
} GstOaiErrorClass;

/**
 * GstOaiError:
 * @klass: what a program can do about it
 * @domain: a GStreamer error domain, e.g. GST_RESOURCE_ERROR
 * @code: a code of @domain, e.g. GST_RESOURCE_ERROR_NOT_AUTHORIZED
 * @message: translated sentence for the person
 * @debug: (nullable): untranslated detail for the log; never a credential
 * @details: structure "openairealtime-error" for the program. Fields, each
 *   present only when known: "class" (string nick), "http-status" (int),
 *   "type", "code", "param", "event-id", "request-id" (strings),
 *   "server-message" (string, the server's own words, at most 512 bytes),
 *   "retry-after" (uint, seconds), "reason" (string, gst_oai_error_because())
 * @ends_session: only of gst_oai_error_from_event(): the server ends the
 *   session with it
 *
 * An error on its way from the network to an element message.
 */
typedef struct {
  GstOaiErrorClass klass;
  GQuark domain;
  gint code;
  gchar *message;
  gchar *debug;
  GstStructure *details;
  gboolean ends_session;
} GstOaiError;

GstOaiError *gst_oai_error_new (GstOaiErrorClass klass, GQuark domain,
    gint code, const gchar *message, const gchar *debug_format, ...)
    G_GNUC_PRINTF (5, 6);

/* Tells a program which of our own errors it is, as the code tells of the server's:
 * a word that docs/errors.md lists. Returns @error. */
GstOaiError *gst_oai_error_because (const gchar *reason, GstOaiError *error);

GstOaiError *gst_oai_error_copy (const GstOaiError *error);

void gst_oai_error_free (GstOaiError *error);

/* The error for an HTTP reply that is not a success, from its status and body
 * (section 1.5 of the published behaviour: {"error":{message,type,param,code}},
 * {"error":"text"} or anything at all). @status 0 stands for "no reply".
 * 3xx is an error: redirects are never followed with credentials. @what names
 * the request for the debug text ("realtime/calls"). */
GstOaiError *gst_oai_error_from_http (guint status, const gchar *what,
    const gchar *body, gsize body_size, const gchar *request_id,
    const gchar *retry_after);

/* Adds what is known of the reply that the error is about, or comes after:
 * "http-status" unless @status is 0, "request-id" unless @request_id is NULL.
 * What is there already stays. */
void gst_oai_error_set_reply (
    GstOaiError *error, guint status, const gchar *request_id);

/* The error for a transport-level GError of GIO or libsoup (DNS, refused
 * connection, TLS, time-out, cancelled). */
GstOaiError *gst_oai_error_from_gerror (const GError *error, const gchar *what);

/* The error for a certificate of the server that was refused, from what is wrong
 * with it. */
GstOaiError *gst_oai_error_from_certificate (
    GTlsCertificateFlags flags, const gchar *what);

/* The error that a server event tells of: "error" (whose error is an object or a
 * string), "response.done" of a response that failed or is incomplete, or
 * "conversation.item.input_audio_transcription.failed". @json is the whole
 * event. The session is over after session_expired, beta_api_shape_disabled and
 * errors of authentication in an "error" event; see @ends_session. */
GstOaiError *gst_oai_error_from_event (const gchar *json, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstOaiError, gst_oai_error_free)

G_END_DECLS
