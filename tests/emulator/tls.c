/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tls.h"

#include <string.h>

#ifdef EMU_HAVE_GNUTLS

#include <gnutls/x509.h>
#include <time.h>

#define DAY (24 * 60 * 60)
#define LIFETIME (7 * DAY)

typedef struct {
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
} Pair;

static void
pair_clear (Pair *pair)
{
  if (pair->crt != NULL)
    gnutls_x509_crt_deinit (pair->crt);
  if (pair->key != NULL)
    gnutls_x509_privkey_deinit (pair->key);
}

/* First failure of a row of calls. */
#define TRY(call)                                                              \
  if (result >= 0)                                                             \
  result = (call)

static int
add_name (gnutls_x509_crt_t crt, const gchar *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address == NULL)
    return gnutls_x509_crt_set_subject_alt_name (
        crt, GNUTLS_SAN_DNSNAME, host, strlen (host), GNUTLS_FSAN_APPEND);
  return gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS,
      g_inet_address_to_bytes (address),
      g_inet_address_get_native_size (address), GNUTLS_FSAN_APPEND);
}

/* A new key and a certificate for it, without its signature. */
static int
pair_init (Pair *pair, const gchar *dn, gboolean expired)
{
  time_t now = time (NULL) - (expired ? 2 * LIFETIME : 0);
  guint8 serial[12];
  guint8 id[20];
  size_t id_size = sizeof (id);
  int result = 0;
  guint i;

  for (i = 0; i < sizeof (serial); i++)
    serial[i] = g_random_int_range (1, 128);
  TRY (gnutls_x509_privkey_init (&pair->key));
  TRY (gnutls_x509_privkey_generate (pair->key, GNUTLS_PK_ECDSA,
      GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0));
  TRY (gnutls_x509_crt_init (&pair->crt));
  TRY (gnutls_x509_crt_set_version (pair->crt, 3));
  TRY (gnutls_x509_crt_set_serial (pair->crt, serial, sizeof (serial)));
  TRY (gnutls_x509_crt_set_activation_time (pair->crt, now - DAY));
  TRY (gnutls_x509_crt_set_expiration_time (pair->crt, now + LIFETIME));
  TRY (gnutls_x509_crt_set_dn (pair->crt, dn, NULL));
  TRY (gnutls_x509_crt_set_key (pair->crt, pair->key));
  TRY (gnutls_x509_crt_get_key_id (pair->crt, 0, id, &id_size));
  TRY (gnutls_x509_crt_set_subject_key_id (pair->crt, id, id_size));
  return result;
}

static int
make_pairs (Pair *ca, Pair *own, const EmuOptions *options)
{
  const gchar *host = options->host;
  int result = 0;

  TRY (pair_init (ca, "CN=openai-realtime-emulator CA", FALSE));
  TRY (gnutls_x509_crt_set_basic_constraints (ca->crt, 1, 0));
  TRY (gnutls_x509_crt_set_key_usage (
      ca->crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
  TRY (gnutls_x509_crt_sign2 (ca->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0));

  TRY (pair_init (own, "CN=openai-realtime-emulator",
      emu_options_fault (options, "tls-expired") != NULL));
  TRY (gnutls_x509_crt_set_basic_constraints (own->crt, 0, -1));
  TRY (gnutls_x509_crt_set_key_usage (own->crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
  TRY (gnutls_x509_crt_set_key_purpose_oid (
      own->crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
  if (emu_options_fault (options, "tls-other-host") != NULL) {
    TRY (add_name (own->crt, "elsewhere.invalid"));
  } else {
    TRY (add_name (own->crt, host));
    if (strcmp (host, "localhost") != 0)
      TRY (add_name (own->crt, "localhost"));
    if (strcmp (host, "127.0.0.1") != 0)
      TRY (add_name (own->crt, "127.0.0.1"));
  }
  TRY (
      gnutls_x509_crt_sign2 (own->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0));
  return result;
}

static gchar *
take_datum (gnutls_datum_t *datum)
{
  gchar *text = g_strndup ((const gchar *) datum->data, datum->size);

  gnutls_free (datum->data);
  return text;
}

GTlsCertificate *
emu_tls_make_certificate (const EmuOptions *options, GError **error)
{
  Pair ca = { NULL, NULL };
  Pair own = { NULL, NULL };
  gnutls_datum_t data[3] = { { NULL, 0 } };
  g_autofree gchar *ca_pem = NULL;
  g_autofree gchar *crt_pem = NULL;
  g_autofree gchar *key_pem = NULL;
  g_autofree gchar *chain = NULL;
  GTlsCertificate *certificate = NULL;
  int result = make_pairs (&ca, &own, options);

  TRY (gnutls_x509_crt_export2 (ca.crt, GNUTLS_X509_FMT_PEM, &data[0]));
  TRY (gnutls_x509_crt_export2 (own.crt, GNUTLS_X509_FMT_PEM, &data[1]));
  TRY (gnutls_x509_privkey_export2_pkcs8 (
      own.key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &data[2]));
  ca_pem = take_datum (&data[0]);
  crt_pem = take_datum (&data[1]);
  key_pem = take_datum (&data[2]);
  pair_clear (&ca);
  pair_clear (&own);
  if (result < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "--tls: no certificate could be made: %s", gnutls_strerror (result));
    return NULL;
  }
  if (options->tls_ca != NULL
      && !g_file_set_contents (options->tls_ca, ca_pem, -1, error))
    return NULL;
  chain = g_strconcat (crt_pem, key_pem, NULL);
  certificate = g_tls_certificate_new_from_pem (chain, -1, error);
  return certificate;
}

#else

GTlsCertificate *
emu_tls_make_certificate (const EmuOptions *options, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "--tls was left out of this build: install the headers of GnuTLS and "
      "build again.");
  return NULL;
}

#endif
