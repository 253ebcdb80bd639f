#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: ./run-tests.sh [OPTIONS] [PATTERN...]      (--help says it all)
#
# The door to the harness: sets the machine up, builds what is out of date,
# and hands over to build/host/touchstone.  SETUP=no installs nothing.
set -u
start=$PWD
cd "$(dirname "$0")" || exit 2

# The self-test needs neither QEMU nor a cross compiler; bench compares with an
# image that nobody else needs.  Options may stand before the word.
groups='' target=all before=''
for word; do
        case $before,$word in
        --tag,*) ;;
        *,self-test) groups=host target=harness ;;
        *,bench) target='all ringless' ;;
        esac
        before=$word
done
# shellcheck disable=SC2086 # no group is no word
harness/setup.sh $groups || exit 2

# A failed build is told in full; a good one is one line a file, or nothing.
# shellcheck disable=SC2086 # targets are words
if ! make --no-print-directory -j"$(nproc)" $target >&2; then
        echo "run-tests.sh: the build failed" >&2
        exit 2
fi

program=$PWD/build/host/touchstone
cd "$start" || exit 2
exec "$program" "$@"
