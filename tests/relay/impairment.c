/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright (C) 2026 The gst-openai-realtime authors */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "impairment.h"

#include <math.h>
#include <string.h>

/* Ethernet, IPv4 and UDP headers: what counts for --rate. */
#define OVERHEAD 46
#define MAX_TRACE_SIZE (16 * 1024 * 1024)
#define MAX_MS 60000.0
/* What reordering takes a packet out of the order by, when not said. */
#define REORDER_MS 30.0
#define QUEUE_MS 200.0
#define WIFI_EVERY_MS 1500.0
#define WIFI_LENGTH_MS 60.0
/* Between the spikes of a wireless link. */
#define WIFI_BASE_MS 1.0

typedef enum {
  JITTER_NONE,
  JITTER_UNIFORM,
  JITTER_EXPONENTIAL,
  JITTER_WIFI,
  JITTER_TRACE,
} Jitter;

struct _RelayProfile {
  gdouble delay; /* all times in us */
  Jitter jitter;
  gdouble jitter_size; /* greatest or mean */
  gdouble wifi_every;
  gdouble wifi_length;
  GArray *trace; /* of gdouble, negative: lost */
  gdouble loss;
  gdouble burst_loss;
  gdouble burst_length;
  gdouble reorder;
  gdouble reorder_delay;
  gdouble duplicate;
  gdouble rate; /* bits in a us */
  gdouble queue;
  gboolean unordered;
};

/* Each decision has its own stream of numbers. */
typedef enum {
  DECIDE_LOSS,
  DECIDE_BURST,
  DECIDE_JITTER,
  DECIDE_REORDER,
  DECIDE_DUPLICATE,
  DECIDE_SPIKE_GAP,
  DECIDE_SPIKE_LENGTH,
  N_DECISIONS
} Decision;

typedef struct {
  guint64 packets;
  gboolean in_burst;
  gint64 last_leave;
  guint64 spikes;
  gint64 spike_start;
  gint64 spike_end;
} Class;

struct _RelayLink {
  const RelayProfile *profile;
  guint64 seed;
  gint64 free_at; /* when the last packet has gone over the wire */
  Class classes[RELAY_N_KINDS];
};

RelayKind
relay_kind (const guint8 *data, gsize size)
{
  if (size == 0)
    return RELAY_KIND_OTHER;
  if (data[0] < 4)
    return RELAY_KIND_STUN;
  if (data[0] >= 20 && data[0] < 64)
    return RELAY_KIND_DTLS;
  if (data[0] >= 128 && data[0] < 192 && size >= 2)
    return data[1] >= 192 && data[1] < 224 ? RELAY_KIND_RTCP : RELAY_KIND_RTP;
  return RELAY_KIND_OTHER;
}

const gchar *
relay_kind_name (RelayKind kind)
{
  static const gchar *const names[RELAY_N_KINDS] = { "stun", "dtls", "rtp",
    "rtcp", "other" };

  return names[kind];
}

/* --- profiles --- */

static gboolean
bad (GError **error, const gchar *member)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "'%s' is not understood", member);
  return FALSE;
}

static gboolean
parse_number (const gchar *text, gdouble min, gdouble max, gdouble *value)
{
  gchar *end;

  if (text == NULL || *text == '\0')
    return FALSE;
  *value = g_ascii_strtod (text, &end);
  return *end == '\0' && *value >= min && *value <= max;
}

static gboolean
parse_ms (const gchar *text, gdouble *us)
{
  if (!parse_number (text, 0, MAX_MS, us))
    return FALSE;
  *us *= 1000;
  return TRUE;
}

static gboolean
parse_percent (const gchar *text, gdouble *share)
{
  if (!parse_number (text, 0, 100, share))
    return FALSE;
  *share /= 100;
  return TRUE;
}

static gboolean
load_trace (RelayProfile *profile, const gchar *path, GError **error)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize size;
  guint i;

  if (!g_file_get_contents (path, &text, &size, error))
    return FALSE;
  if (size > MAX_TRACE_SIZE)
    return bad (error, path);
  profile->trace = g_array_new (FALSE, FALSE, sizeof (gdouble));
  lines = g_strsplit (text, "\n", -1);
  for (i = 0; lines[i] != NULL; i++) {
    const gchar *line = g_strstrip (lines[i]);
    gdouble us = -1;

    if (*line == '\0' || *line == '#')
      continue;
    if (strcmp (line, "lost") != 0 && !parse_ms (line, &us))
      return bad (error, line);
    g_array_append_val (profile->trace, us);
  }
  if (profile->trace->len == 0)
    return bad (error, path);
  return TRUE;
}

static gboolean
parse_jitter (RelayProfile *profile, gchar **words, GError **error)
{
  guint n = g_strv_length (words);

  if (strcmp (words[0], "uniform") == 0 && n == 2) {
    profile->jitter = JITTER_UNIFORM;
    return parse_ms (words[1], &profile->jitter_size) || bad (error, words[1]);
  }
  if (strcmp (words[0], "exp") == 0 && n == 2) {
    profile->jitter = JITTER_EXPONENTIAL;
    return parse_ms (words[1], &profile->jitter_size) || bad (error, words[1]);
  }
  if (strcmp (words[0], "wifi") == 0 && n <= 3) {
    profile->jitter = JITTER_WIFI;
    profile->jitter_size = WIFI_BASE_MS * 1000;
    profile->wifi_every = WIFI_EVERY_MS * 1000;
    profile->wifi_length = WIFI_LENGTH_MS * 1000;
    if (n > 1
        && (!parse_ms (words[1], &profile->wifi_every)
            || profile->wifi_every <= 0))
      return bad (error, words[1]);
    if (n > 2 && !parse_ms (words[2], &profile->wifi_length))
      return bad (error, words[2]);
    return TRUE;
  }
  if (strcmp (words[0], "trace") == 0 && n == 2) {
    profile->jitter = JITTER_TRACE;
    return load_trace (profile, words[1], error);
  }
  return bad (error, words[0]);
}

static gboolean
parse_member (RelayProfile *profile, const gchar *member, GError **error)
{
  g_auto (GStrv) sides = g_strsplit (member, "=", 2);
  g_auto (GStrv) words = g_strsplit (sides[1] ? sides[1] : "", ":", 3);
  const gchar *name = sides[0];
  guint n = g_strv_length (words);
  gboolean ok = FALSE;
  gdouble kbit;

  if (strcmp (name, "unordered") == 0 && sides[1] == NULL) {
    profile->unordered = TRUE;
    return TRUE;
  }
  if (n == 0)
    return bad (error, member);

  if (strcmp (name, "jitter") == 0)
    return parse_jitter (profile, words, error);
  if (strcmp (name, "delay") == 0) {
    ok = n == 1 && parse_ms (words[0], &profile->delay);
  } else if (strcmp (name, "loss") == 0) {
    ok = n == 1 && parse_percent (words[0], &profile->loss);
  } else if (strcmp (name, "burst") == 0) {
    ok = n == 2 && parse_percent (words[0], &profile->burst_loss)
        && profile->burst_loss < 1
        && parse_number (words[1], 1, 1000, &profile->burst_length);
  } else if (strcmp (name, "reorder") == 0) {
    profile->reorder_delay = REORDER_MS * 1000;
    ok = n <= 2 && parse_percent (words[0], &profile->reorder)
        && (n == 1 || parse_ms (words[1], &profile->reorder_delay));
  } else if (strcmp (name, "duplicate") == 0) {
    ok = n == 1 && parse_percent (words[0], &profile->duplicate);
  } else if (strcmp (name, "rate") == 0) {
    profile->queue = QUEUE_MS * 1000;
    ok = n <= 2 && parse_number (words[0], 1, 1e7, &kbit)
        && (n == 1 || parse_ms (words[1], &profile->queue));
    if (ok)
      profile->rate = kbit / 1000;
  }
  return ok || bad (error, member);
}

RelayProfile *
relay_profile_parse (const gchar *spec, GError **error)
{
  g_autoptr (RelayProfile) profile = g_new0 (RelayProfile, 1);
  g_auto (GStrv) members = g_strsplit (spec ? spec : "", ",", -1);
  guint i;

  for (i = 0; members[i] != NULL; i++) {
    if (*members[i] != '\0' && !parse_member (profile, members[i], error))
      return NULL;
  }
  return g_steal_pointer (&profile);
}

void
relay_profile_free (RelayProfile *profile)
{
  if (profile == NULL)
    return;
  g_clear_pointer (&profile->trace, g_array_unref);
  g_free (profile);
}

const gchar *
relay_profile_help (void)
{
  return "A SPEC is a list of these, with commas:\n"
         "  delay=MS               each packet takes so long\n"
         "  jitter=uniform:MAX     and 0 to MAX ms more\n"
         "  jitter=exp:MEAN        and a time of exponential distribution "
         "more\n"
         "  jitter=wifi[:EVERY[:LENGTH]]\n"
         "                         and a ms, but about every EVERY ms (1500) "
         "all packets\n"
         "                         wait about LENGTH ms (60) and leave "
         "together\n"
         "  jitter=trace:FILE      and what FILE says: ms or \"lost\", one "
         "packet a line,\n"
         "                         from the start again at its end\n"
         "  unordered              later packets may overtake those that "
         "wait\n"
         "  loss=PERCENT           lost, each by itself\n"
         "  burst=PERCENT:LENGTH   lost, on average LENGTH packets in a row "
         "(Gilbert)\n"
         "  reorder=PERCENT[:MS]   held back for MS ms (30), the next ones "
         "overtake\n"
         "  duplicate=PERCENT      leave twice\n"
         "  rate=KBIT[:MS]         a link of KBIT kbit/s; what would have to "
         "queue for\n"
         "                         more than MS ms (200) is lost\n";
}

/* --- links --- */

RelayLink *
relay_link_new (const RelayProfile *profile, guint64 seed)
{
  RelayLink *link = g_new0 (RelayLink, 1);
  guint i;

  link->profile = profile;
  link->seed = seed;
  link->free_at = G_MININT64;
  for (i = 0; i < RELAY_N_KINDS; i++) {
    link->classes[i].last_leave = G_MININT64;
    link->classes[i].spike_end = G_MININT64;
  }
  return link;
}

void
relay_link_free (RelayLink *link)
{
  g_free (link);
}

guint64
relay_link_seed (guint64 seed, guint call, guint direction)
{
  return seed * 2654435761u + call * 2 + direction;
}

/* splitmix64: a good hash of a counter. */
static guint64
mix (guint64 x)
{
  x += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* From 0 to below 1, the same for the same arguments. */
static gdouble
draw (RelayLink *link, RelayKind kind, Decision decision, guint64 n)
{
  guint64 x = mix (link->seed);

  x = mix (x ^ ((guint64) kind * N_DECISIONS + decision));
  x = mix (x ^ n);
  return (gdouble) (x >> 11) / 9007199254740992.0;
}

static gdouble
draw_exponential (
    RelayLink *link, RelayKind kind, Decision decision, guint64 n, gdouble mean)
{
  return -mean * log (1.0 - draw (link, kind, decision, n));
}

/* Until when the spike lasts that @now is in; @now when there is none. */
static gint64
get_spike_end (RelayLink *link, RelayKind kind, gint64 now)
{
  const RelayProfile *profile = link->profile;
  Class *class = &link->classes[kind];
  gdouble length;

  if (class->spike_end == G_MININT64)
    class->spike_end = now;
  while (class->spike_end <= now) {
    class->spike_start = class->spike_end
        + (gint64) draw_exponential (
            link, kind, DECIDE_SPIKE_GAP, class->spikes, profile->wifi_every);
    length = profile->wifi_length
        * (0.5 + draw (link, kind, DECIDE_SPIKE_LENGTH, class->spikes));
    class->spike_end = class->spike_start + MAX ((gint64) length, 1);
    class->spikes++;
  }
  return now < class->spike_start ? now : class->spike_end;
}

/* Extra delay of the @n-th packet; negative when it is lost. */
static gdouble
get_jitter (RelayLink *link, RelayKind kind, guint64 n, gint64 now)
{
  const RelayProfile *profile = link->profile;

  switch (profile->jitter) {
    case JITTER_UNIFORM:
      return profile->jitter_size * draw (link, kind, DECIDE_JITTER, n);
    case JITTER_EXPONENTIAL:
      return draw_exponential (
          link, kind, DECIDE_JITTER, n, profile->jitter_size);
    case JITTER_WIFI:
      return get_spike_end (link, kind, now) - now
          + profile->jitter_size * draw (link, kind, DECIDE_JITTER, n);
    case JITTER_TRACE:
      return g_array_index (profile->trace, gdouble, n % profile->trace->len);
    default:
      return 0;
  }
}

static gboolean
is_lost (RelayLink *link, RelayKind kind, guint64 n)
{
  const RelayProfile *profile = link->profile;
  Class *class = &link->classes[kind];
  gdouble end, begin, x;

  if (profile->burst_loss > 0) {
    end = 1.0 / profile->burst_length;
    begin = MIN (end * profile->burst_loss / (1.0 - profile->burst_loss), 1.0);
    x = draw (link, kind, DECIDE_BURST, n);
    class->in_burst = class->in_burst ? x >= end : x < begin;
    if (class->in_burst)
      return TRUE;
  }
  return profile->loss > 0 && draw (link, kind, DECIDE_LOSS, n) < profile->loss;
}

guint
relay_link_pass (RelayLink *link, RelayKind kind, gsize size, gint64 now,
    gint64 leave[RELAY_MAX_COPIES])
{
  const RelayProfile *profile = link->profile;
  Class *class = &link->classes[kind];
  guint64 n = class->packets++;
  gint64 start = now, time;
  gdouble jitter;
  gboolean lost, held_back;

  /* All decisions are made for every packet, so that one of them does not
   * shift the others. */
  lost = is_lost (link, kind, n);
  jitter = get_jitter (link, kind, n, now);
  held_back = profile->reorder > 0
      && draw (link, kind, DECIDE_REORDER, n) < profile->reorder;
  if (lost || jitter < 0)
    return 0;

  if (profile->rate > 0) {
    start = MAX (now, link->free_at);
    if (start - now > (gint64) profile->queue)
      return 0;
    start += (gint64) ((size + OVERHEAD) * 8 / profile->rate);
    link->free_at = start;
  }

  time = start + (gint64) (profile->delay + jitter);
  if (held_back) {
    time += (gint64) profile->reorder_delay;
  } else if (!profile->unordered) {
    time = MAX (time, class->last_leave);
    class->last_leave = time;
  }
  leave[0] = time;
  if (profile->duplicate > 0
      && draw (link, kind, DECIDE_DUPLICATE, n) < profile->duplicate) {
    leave[1] = time;
    return 2;
  }
  return 1;
}
