#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Each message of the elements can be extracted from the sources and is in each
# catalogue, translated.
#
#   catalogues.sh SOURCES
set -u
export LC_ALL=C.UTF-8

cd "$1" || exit 1
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
code=0

fail() {
  echo "$@"
  code=1
}

# Every file with messages is searched for them.
for file in $(grep -rlE '\bN?_ ?\("' gst); do
  grep -qxF "$file" po/POTFILES || fail "$file is not in po/POTFILES"
done

xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --add-location=file \
  --files-from=po/POTFILES --output="$temporary/all.pot" || fail "xgettext fails"

# A macro ends what xgettext reads of a message: "%" G_GSIZE_FORMAT.
if grep -nE '^(msgid )?".*[^%]%"$' "$temporary/all.pot"; then
  fail "a message is cut off at a macro"
fi

count=$(grep -c '^msgid' "$temporary/all.pot")
[ "$count" -gt 50 ] || fail "only $count messages found"

for language in $(cat po/LINGUAS); do
  msgfmt --check --output-file=/dev/null "po/$language.po" ||
    fail "po/$language.po has mistakes"
  # Also complains about fuzzy ones and those without a translation.
  msgcmp "po/$language.po" "$temporary/all.pot" ||
    fail "po/$language.po is not complete: ninja" \
      "gst-openai-realtime-1.0-update-po and translate"
done
[ $code -ne 0 ] || echo "$count messages in: $(cat po/LINGUAS)"
exit $code
