#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: harness/setup.sh [GROUP...]        default: host target check
#
# Makes this machine able to build and test the project: finds which packages
# of harness/packages are missing, says so, installs them, and unpacks the
# arm64 libfdt, which firmware and guests link, into build/libfdt-arm64.
# Groups are those of harness/packages.
#
# A machine that has everything is left alone, and costs a few milliseconds.
# With SETUP=no nothing is changed: what is missing is listed.
#
# Exit status: 0 all is there; 1 the installation failed; 2 something is
# missing and may not (SETUP=no) or cannot (no right to install) be installed.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

fdt=build/libfdt-arm64
fdt_lib=$fdt/usr/lib/aarch64-linux-gnu/libfdt.a
log=build/setup.log

die() {
        local status=$1
        shift
        printf 'setup: %s\n' "$*" >&2
        exit "$status"
}

# Prints the packages of the groups wanted that this kind of host needs.
wanted_packages() {
        awk -v groups=" $* " -v arch="$(dpkg --print-architecture)" '
        { sub(/#.*/, "") }
        NF == 0 { next }
        NF > 1 && !index(groups, " " $2 " ") { next }
        NF > 2 && $3 != arch && !($3 ~ /^!/ && $3 != "!" arch) { next }
        { print $1 }' harness/packages
}

# Prints those of its arguments that are not installed.
missing_packages() {
        local have
        # Fails when one is unknown, and still prints the others.
        have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" \
                2>/dev/null | sed -n 's/^installed //p')
        printf '%s\n' "$@" | grep -vxF -e "$have"
}

# Reads apt's status lines ("dlstatus:..:PERCENT:TEXT"), shows how far it is:
# in one moving line on a terminal, else in steps of a fifth.
show_progress() {
        local tty=
        [ -t 1 ] && tty=1
        awk -F: -v tty="$tty" '
        $1 != "dlstatus" && $1 != "pmstatus" { next }
        {
                what = $1 == "dlstatus" ? "fetching" : "installing"
                if (what != last) { last = what; shown = -100 }
                step = tty ? 1 : 20
                if ($3 < shown + step) next
                shown = int($3)
                line = sprintf("setup: %-10s %3d%%", what, shown)
                if (tty) printf "\r%s", line
                else print line
                fflush()
        }
        END { if (tty && last) print "" }'
}

# Runs apt-get with the right to install, its talk going to the log.
apt_get() {
        local run
        run="DEBIAN_FRONTEND=noninteractive exec apt-get -q -y \
             -o APT::Status-Fd=3 -o DPkg::Lock::Timeout=300 \
             -o Acquire::Retries=3 $* 3>&1 >&4 2>&4"
        # A file descriptor of ours would not get through sudo.
        $as_root sh -c "{ $run; } 4>&2" 2>>"$log" </dev/null | show_progress
}

# Sets as_root to what makes a command run as root; false if nothing does.
find_root() {
        as_root=
        [ "$(id -u)" = 0 ] && return 0
        command -v sudo >/dev/null || return 1
        if sudo -n true 2>/dev/null; then
                as_root="sudo -n"
        elif [ -t 0 ] && sudo -v; then
                as_root=sudo
        else
                return 1
        fi
}

update_lists() {
        echo "setup: fetching the package lists"
        apt_get update
}

# Runs a command until it succeeds, three times at most: a mirror that changes
# meanwhile, or does not answer for a moment, is no reason to give up.
try_thrice() {
        local n
        for n in 1 2 3; do
                "$@" && return 0
                echo "setup: that failed, attempt $n of 3" \
                        "(the end of $log says why)" >&2
                [ "$n" = 3 ] || sleep $((n * 5))
        done
        return 1
}

# With lists made anew, unless they are good: old ones name files that the
# mirror no longer has.
install_once() {
        if [ -z "$lists_are_good" ]; then
                update_lists || return 1
        fi
        lists_are_good=
        apt_get install --no-install-recommends "$@"
}

install_packages() {
        echo "setup: installing $# packages (all of it in $log)"
        lists_are_good=
        ! apt-cache show "$@" >/dev/null 2>&1 || lists_are_good=1
        try_thrice install_once "$@"
}

# Fetches libfdt-dev for arm64 and unpacks it.  Installing it would remove the
# host's, and making arm64 known to dpkg would change the machine, so apt gets
# a state of its own under build/, with the machine's sources and keys.
fetch_fdt() {
        local state=$PWD/build/apt-arm64
        local apt=(apt-get -q -y -o APT::Architecture=arm64
                -o APT::Architectures=arm64 -o Acquire::Languages=none
                -o Acquire::Retries=3
                -o Dir::State::Lists="$state/lists"
                -o Dir::State::status="$state/status"
                -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root)

        echo "setup: fetching libfdt-dev for arm64 (and its package lists)"
        rm -rf "$state"
        mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
        : >"$state/status"
        # A source that has no arm64 fails here and does no harm.
        "${apt[@]}" update >>"$log" 2>&1 </dev/null
        (cd "$state" && "${apt[@]}" download libfdt-dev) \
                >>"$log" 2>&1 </dev/null || return 1
        unpack_fdt dpkg -x "$state"/libfdt-dev_*_arm64.deb || return 1
        rm -rf "$state"
}

# On an arm64 host the installed package is the right one already; a copy,
# because /usr/include as a whole must not be seen by freestanding code.
copy_fdt() {
        # shellcheck disable=SC2046 # one word per file is what is wanted
        unpack_fdt cp --parents $(dpkg -L libfdt-dev | grep -E '\.(a|h)$')
}

# Runs "$@ FOLDER"; the result takes its name only when it is complete.
unpack_fdt() {
        rm -rf "$fdt.new" "$fdt"
        mkdir -p "$fdt.new"
        "$@" "$fdt.new" >>"$log" 2>&1 || return 1
        [ -f "$fdt.new/${fdt_lib#"$fdt"/}" ] || return 1
        mv "$fdt.new" "$fdt"
}

command -v dpkg-query >/dev/null ||
        die 2 "this is not Debian; harness/packages lists what is needed"

[ $# -gt 0 ] || set -- host target check
need_fdt=
case " $* " in
*" target "*) [ -f "$fdt_lib" ] || need_fdt=1 ;;
esac
mapfile -t wanted < <(wanted_packages "$@")
mapfile -t missing < <(missing_packages "${wanted[@]}")
[ ${#missing[@]} -gt 0 ] || [ -n "$need_fdt" ] || exit 0

echo "setup: missing:" "${missing[@]}" ${need_fdt:+"libfdt-dev:arm64 (in $fdt)"}
if [ "${SETUP:-}" = no ]; then
        exit 2
fi
mkdir -p build
: >>"$log"
if [ ${#missing[@]} -gt 0 ]; then
        find_root || die 2 "needs root or sudo; as root:" \
                "apt-get install --no-install-recommends" "${missing[@]}"
        install_packages "${missing[@]}" || {
                tail -n 20 "$log" >&2
                die 1 "the installation failed"
        }
fi
if [ -n "$need_fdt" ]; then
        if [ "$(dpkg --print-architecture)" = arm64 ]; then
                copy_fdt
        else
                try_thrice fetch_fdt
        fi || {
                tail -n 20 "$log" >&2
                die 1 "no libfdt-dev for arm64 could be unpacked into $fdt"
        }
fi
echo "setup: done"
