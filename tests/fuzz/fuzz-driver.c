/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors
 *
 * Runs a fuzz target without a fuzzing engine:
 *
 *   fuzz-TARGET FILE-OR-FOLDER...                  replays the files
 *   fuzz-TARGET --mutate N SEED FILE-OR-FOLDER...  also runs N mutations
 *
 * The same SEED gives the same mutations. FUZZ_SAVE=file in the environment
 * keeps every input in that file before it runs, so that after a crash it holds
 * the culprit. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fuzz.h"

#include <stdlib.h>

/* Largest mutated input, in bytes. */
#define MAX_SIZE (256 * 1024)

static void
run_input (const guint8 *data, gsize size)
{
  const gchar *save = g_getenv ("FUZZ_SAVE");
  /* Exactly as large as the input, so that a sanitizer sees a read past it. */
  g_autofree guint8 *exact = size > 0 ? g_memdup2 (data, size) : g_malloc (1);

  if (save)
    g_file_set_contents (save, (const gchar *) data, (gssize) size, NULL);
  LLVMFuzzerTestOneInput (exact, size);
}

static void
add_file (GPtrArray *corpus, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  gchar *data = NULL;
  gsize size = 0;

  if (!g_file_get_contents (path, &data, &size, &error)) {
    g_printerr ("%s\n", error->message);
    exit (EXIT_FAILURE);
  }
  g_ptr_array_add (corpus, g_bytes_new_take (data, size));
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* A folder counts as its files, in the order of their names. */
static void
add_path (GPtrArray *corpus, const gchar *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint i;

  if (dir == NULL) {
    add_file (corpus, path);
    return;
  }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_dir_close (dir);

  g_ptr_array_sort (names, compare_names);
  for (i = 0; i < names->len; i++)
    add_file (corpus, g_ptr_array_index (names, i));
}

static GBytes *
pick (GRand *rand, GPtrArray *corpus)
{
  return g_ptr_array_index (
      corpus, g_rand_int_range (rand, 0, (gint) corpus->len));
}

/* A position in @input, its end included. */
static guint
pick_position (GRand *rand, const GByteArray *input)
{
  return (guint) g_rand_int_range (rand, 0, (gint) input->len + 1);
}

static void
insert (GByteArray *input, guint pos, const guint8 *data, gsize size)
{
  guint old_len = input->len;

  if (size == 0 || old_len + size > MAX_SIZE)
    return;
  g_byte_array_set_size (input, old_len + (guint) size);
  memmove (input->data + pos + size, input->data + pos, old_len - pos);
  memcpy (input->data + pos, data, size);
}

/* Copies a part of another input, or of this one several times. */
static void
splice (GRand *rand, GByteArray *input, const guint8 *data, gsize size,
    gint max_repeats)
{
  gsize start, len;
  gint repeats = g_rand_int_range (rand, 1, max_repeats + 1);
  guint pos = pick_position (rand, input);
  g_autofree guint8 *part = NULL;

  if (size == 0)
    return;
  start = (gsize) g_rand_int_range (rand, 0, (gint) size);
  len = (gsize) g_rand_int_range (rand, 1, (gint) (size - start) + 1);
  part = g_memdup2 (data + start, len);
  while (repeats-- > 0)
    insert (input, pos, part, len);
}

static void
mutate_once (GRand *rand, GPtrArray *corpus, GByteArray *input)
{
  /* Bytes and words that have a meaning in JSON, SDP or UTF-8. */
  static const gchar *const words[] = { "{", "}", "[", "]", "\"", "\\", ":",
    ",", "\\u0000", "\\ud83d", "\\ude00", "\xff", "\xf0\x9f\x98\x80", "\r",
    "\n", "0", "-1", "1e999", "18446744073709551616", "null", "true",
    "\na=mid:", "\na=setup:active", "\nm=audio 0 RTP/AVP 0", "\na=ice-lite",
    "\na=group:BUNDLE 0 1", " ufrag x", "error", "sk-aaaaaaaa", "://a:b@" };
  guint pos = pick_position (rand, input), len;
  const gchar *word;
  GBytes *other;

  switch (g_rand_int_range (rand, 0, 7)) {
    case 0: /* flip a bit */
      if (pos < input->len)
        input->data[pos] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      break;
    case 1: /* set a byte */
      if (pos < input->len)
        input->data[pos] = (guint8) g_rand_int_range (rand, 0, 256);
      break;
    case 2: /* cut the end off, seldom for it leaves little */
      if (g_rand_int_range (rand, 0, 4) == 0)
        g_byte_array_set_size (input, pos);
      break;
    case 3: /* remove a part */
      if (pos < input->len) {
        len = (guint) g_rand_int_range (
            rand, 1, MIN (64, (gint) (input->len - pos)) + 1);
        g_byte_array_remove_range (input, pos, len);
      }
      break;
    case 4: /* insert a word */
      word = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];
      insert (input, pos, (const guint8 *) word, strlen (word));
      break;
    case 5: /* repeat a part of this input */
      splice (rand, input, input->data, input->len, 8);
      break;
    default: /* insert a part of another input */
      other = pick (rand, corpus);
      splice (rand, input, g_bytes_get_data (other, NULL),
          g_bytes_get_size (other), 1);
      break;
  }
}

static void
run_mutations (GPtrArray *corpus, guint64 n, guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  guint64 i;

  for (i = 0; i < n; i++) {
    GBytes *base = pick (rand, corpus);
    g_autoptr (GByteArray) input = g_byte_array_new ();
    gint n_steps = 1 << g_rand_int_range (rand, 0, 4);

    g_byte_array_append (
        input, g_bytes_get_data (base, NULL), (guint) g_bytes_get_size (base));
    while (n_steps-- > 0)
      mutate_once (rand, corpus, input);
    run_input (input->data, input->len);
  }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray)
      corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint64 n_mutations = 0, seed = 0;
  int first = 1, i;
  guint j;

  gst_init (NULL, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);

  if (argc > 3 && strcmp (argv[1], "--mutate") == 0) {
    if (!g_ascii_string_to_unsigned (
            argv[2], 10, 0, G_MAXUINT64, &n_mutations, NULL)
        || !g_ascii_string_to_unsigned (
            argv[3], 10, 0, G_MAXUINT32, &seed, NULL)) {
      g_printerr ("--mutate wants two numbers\n");
      return EXIT_FAILURE;
    }
    first = 4;
  }

  for (i = first; i < argc; i++)
    add_path (corpus, argv[i]);
  if (corpus->len == 0) {
    g_printerr ("usage: %s [--mutate N SEED] FILE-OR-FOLDER...\n", argv[0]);
    return EXIT_FAILURE;
  }

  for (j = 0; j < corpus->len; j++) {
    GBytes *bytes = g_ptr_array_index (corpus, j);

    run_input (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  }
  run_mutations (corpus, n_mutations, (guint32) seed);

  g_print ("%u files, %" G_GUINT64_FORMAT
           " mutations with seed %" G_GUINT64_FORMAT "\n",
      corpus->len, n_mutations, seed);

  return EXIT_SUCCESS;
}
