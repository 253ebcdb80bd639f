#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: headers.sh FLAGS-FILE FOLDER HEADER...
#
# Compiles each header alone, twice over (so that a missing guard shows too),
# with the flags of its folder.  Prints what the compiler says.  A header that
# is a part of another one says so in its first lines: "Part of <that one>".
# FOLDER is for the files that include them.  One compiler serves all headers of
# a folder: starting one takes longer than a header.
flags=$1 work=$2
shift 2

# All of them that are of folder TOP.
compile() {
        local top=$1 line header file files=()
        shift
        line=$(sed -n "s|^$top ||p" "$flags")
        for header; do
                [ "${header%%/*}" = "$top" ] || continue
                [ -n "$line" ] || {
                        echo "$header:1: no flags known for its folder"
                        continue
                }
                file=$work/${header//\//,}.c
                printf '#include "%s"\n#include "%s"\n' "$PWD/$header" \
                        "$PWD/$header" >"$file"
                files+=("$file")
        done
        # shellcheck disable=SC2086 # flags are words
        [ ${#files[@]} = 0 ] || $line -fsyntax-only -x c "${files[@]}" 2>&1 |
                grep -E 'error|warning' | sed "s|$PWD/||g"
}

mkdir -p "$work"
mapfile -t whole < <(awk '
        FNR == 1 { names[++count] = FILENAME }
        /[Pp]art of [a-z_\/]*\.h/ { is_part[FILENAME] }
        FNR == 12 { nextfile }
        END {
                for (i = 1; i <= count; i++)
                        if (!(names[i] in is_part)) print names[i]
        }' "$@")
for top in $(printf '%s\n' "${whole[@]%%/*}" | sort -u); do
        compile "$top" "${whole[@]}"
done
exit 0
