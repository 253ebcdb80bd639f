# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# TAP, version 14, for the parts of the suite that are shell scripts; how the
# harness reads it stands in harness/parts.h.  To be sourced.
#
#     tap_begin
#     tap_wanted NAME && tap_point NAME STATUS [FILE]
#     tap_skip NAME REASON
#     tap_end                 prints the plan, exits 0 when nothing failed,
#                             2 when a pattern of the command line fits no NAME

tap_count=0
tap_failed=0
tap_names='' # whatever tap_wanted was asked for
tap_message_lines=${TAP_MESSAGE_LINES:-20}

tap_begin() {
        echo "TAP version 14"
}

# Is NAME among the patterns of the command line?  None means all.
tap_wanted() {
        local pattern
        tap_names+=" $1"
        [ -n "${TOUCHSTONE_PATTERNS:-}" ] || return 0
        while read -r pattern; do
                # shellcheck disable=SC2254 # it is a pattern
                case $1 in
                $pattern) return 0 ;;
                esac
        done <<<"$TOUCHSTONE_PATTERNS"
        return 1
}

# A file's first lines as one double-quoted scalar of YAML.
tap_yaml() {
        head -n "$tap_message_lines" "$1" |
                LC_ALL=C tr -d '\000-\010\013-\037\177' |
                awk '{
                        gsub(/\\/, "\\\\")
                        gsub(/"/, "\\\"")
                        gsub(/\t/, " ")
                        text = text (NR > 1 ? "\\n" : "") $0
                }
                END { printf "\"%s\"\n", text }'
}

# NAME passed if STATUS is 0; else FILE says why.
tap_point() {
        tap_count=$((tap_count + 1))
        if [ "$2" = 0 ]; then
                echo "ok $tap_count - $1"
                return
        fi
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $1"
        if [ -s "${3:-/dev/null}" ]; then
                printf '  ---\n  message: %s\n  ...\n' "$(tap_yaml "$3")"
        fi
}

tap_skip() {
        tap_count=$((tap_count + 1))
        echo "ok $tap_count - $1 # SKIP $2"
}

# A name that is misspelt must not hide behind the others, which pass.
tap_check_patterns() {
        local pattern name status=0
        [ -n "$tap_names" ] && [ -n "${TOUCHSTONE_PATTERNS:-}" ] || return 0
        while read -r pattern; do
                [ -n "$pattern" ] || continue
                for name in $tap_names; do
                        # shellcheck disable=SC2254 # it is a pattern
                        case $name in
                        $pattern) continue 2 ;;
                        esac
                done
                echo "touchstone: $pattern: no point fits; there are:$tap_names" >&2
                status=2
        done <<<"$TOUCHSTONE_PATTERNS"
        return "$status"
}

tap_end() {
        echo "1..$tap_count"
        tap_check_patterns || exit 2
        [ "$tap_failed" = 0 ]
        exit
}
