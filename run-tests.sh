#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: ./run-tests.sh [OPTIONS] [PATTERN...]      (--help says it all)
#
# The door to the harness: sets the machine up, builds what is out of date,
# and hands over to build/host/touchstone.  SETUP=no installs nothing.
set -u
start=$PWD
cd "$(dirname "$0")" || exit 2

# The self-test needs neither QEMU nor a cross compiler.
groups='' target=all
if [ "${1:-}" = self-test ]; then
        groups=host target=harness
fi
# Bench compares with an image that nobody else needs.
if [ "${1:-}" = bench ]; then
        target='all ringless'
fi
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
