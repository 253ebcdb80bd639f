#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: headers.sh FLAGS-FILE HEADER...
#
# Compiles each header alone, twice over (so that a missing guard shows too),
# with the flags of its folder.  Prints what the compiler says.  A header that
# is a part of another one says so in its first lines: "Part of <that one>".
flags=$1
shift
for header; do
        if head -n 12 "$header" | grep -q '[Pp]art of [a-z_/]*\.h'; then
                continue
        fi
        line=$(awk -v top="${header%%/*}" '
                $1 == top { sub(/^[^ ]+ /, ""); print }' "$flags")
        [ -n "$line" ] || echo "$header:1: no flags known for its folder"
        # shellcheck disable=SC2086 # flags are words
        printf '#include "%s"\n#include "%s"\n' "$PWD/$header" \
                "$PWD/$header" | $line -fsyntax-only -x c - 2>&1 |
                grep -E 'error|warning' | sed "s|$PWD/||g"
done
exit 0
