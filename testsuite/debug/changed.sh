# shellcheck shell=bash disable=SC2154 # work, touchstone: debug/run
# SPDX-License-Identifier: BSD-2-Clause
# --changed, on a copy of the sources with a history of its own: what is
# changed there is not what the machine boots, only what is chosen.  Each case
# prints what is wrong, and nothing is good.

copy=$work/copy
chosen=(hello lifecycle-pause rtc)

# The copy, with the images of this build, and a map that is measured now.
make_copy() {
        local map=build/coverage/qemu-virt.json
        CI=true timeout 300 "$touchstone" --coverage --lane touchstone \
                --output "$work/measured" "${chosen[@]}" \
                >"$work/measured.txt" 2>&1 || {
                echo "no coverage: $(tail -n 3 "$work/measured.txt")"
                return 1
        }
        mkdir -p "$copy"/build/{host,coverage}
        git ls-files -co --exclude-standard -z |
                xargs -0 sh -c 'for f; do [ ! -f "$f" ] || echo "$f"; done' - |
                tar -cf - -T - | tar -xf - -C "$copy"
        cp "$touchstone" "$copy/build/host/touchstone"
        cp "$map" "$copy/build/coverage/"
        ln -s "$PWD/build/qemu-virt" "$copy/build/qemu-virt"
        git -C "$copy" init -q
        keep_changes
}

keep_changes() {
        git -C "$copy" add -A
        git -C "$copy" -c user.name=test -c user.email=test@localhost \
                -c commit.gpgsign=false commit -q -m 'as it is'
}

# choice REF OPTION...: what is chosen of the scenarios that were measured.
choice() {
        local ref=$1
        shift
        "$copy/build/host/touchstone" --changed "$ref" --list "$@" \
                "${chosen[@]}" 2>"$work/choice.txt" | cut -f1 |
                tr '\n' ' '
}

# must_choose WANT SAYS: against the last commit; then all is as it was.
must_choose() {
        local got
        [ -n "$(git -C "$copy" status --porcelain)" ] ||
                [[ $2 = *nothing ]] || echo "nothing was changed for: $2"
        got=$(choice HEAD)
        [ "$got" = "$1" ] || echo "for $2: chosen are $got, must be $1"
        grep -qF -e "$2" "$work/choice.txt" ||
                echo "it does not say \"$2\": $(cat "$work/choice.txt")"
        git -C "$copy" checkout -q .
        git -C "$copy" clean -fdq
}

# change FILE SED
change() {
        sed -i "$2" "$copy/$1"
}

case_changed() {
        local all='hello lifecycle-pause rtc ' said
        make_copy || return
        must_choose '' 'changed since HEAD: nothing'
        said=$("$copy/build/host/touchstone" --changed HEAD --json - \
                "${chosen[@]}" 2>/dev/null) ||
                echo "nothing to run is a failure: $?"
        [ "$(sed -n '/"left_out"/,/]/p' <<<"$said" | grep -o '"[a-z-]*",\?$' |
                tr -d '",\n')" = hellolifecycle-pausertc ] ||
                echo "the report does not say who was left out: $said"

        change hyp/vdev/vpl031.c '/^static uint64_t rtc_read/,/^}/s/^{/{\n\t(void)dev;/'
        must_choose 'rtc ' 'hyp/vdev/vpl031.c (rtc_read)'
        change guests/rm/pause.c '0,/^{/s/^{/{\n\t;/'
        must_choose 'lifecycle-pause ' '2 scenarios left out: no changed function is reached by them'
        # Inlined: no address is its own.
        change hyp/trap/trap.c '/^static inline struct vcpu .leave/,/^}/s/^{/{\n\t;/'
        must_choose "$all" '3 scenarios chosen'
        change hyp/vdev/vpl031.c '1a/* more */'
        must_choose '' '3 scenarios left out'

        change hyp/vdev/vpl031.c 's/^static const struct mmio_reg regs/&_/'
        must_choose "$all" 'hyp/vdev/vpl031.c'
        change hyp/vdev/vpl031.h 's/^#endif/extern int a;\n&/'
        must_choose "$all" 'hyp/vdev/vpl031.h'
        change guests/tiny/rtc.c 's/^#include "greatest.h"/&\nextern int a;/'
        must_choose 'rtc ' 'guests/tiny/rtc.c'
        change guests/tiny/gic.h 's/^#endif/extern int a;\n&/'
        must_choose '' '3 scenarios left out'
        change testsuite/scenarios/hello.dts 's/^};/\n&/'
        must_choose 'hello ' 'testsuite/scenarios/hello.dts'
        change docs/abi.md '$a more'
        must_choose '' '3 scenarios left out'
        change Makefile '$a # more'
        must_choose "$all" 'everything runs: Makefile: '
        echo 'int new;' >"$copy/hyp/vdev/new.c"
        must_choose "$all" 'everything runs: hyp/vdev/new.c: '

        # The map is from before rtc_read() has changed: is it still rtc alone
        # that reaches it, after somebody else's way has changed, too?
        change hyp/trap/trap.c '/^static inline struct vcpu .leave/,/^}/s/^{/{\n\t;/'
        keep_changes
        change hyp/vdev/vpl031.c '/^static uint64_t rtc_read/,/^}/s/^{/{\n\t;/'
        must_choose "$all" '3 scenarios chosen'

        said=$("$copy/build/host/touchstone" --changed no-such 2>&1)
        [ $? = 2 ] || echo "a bad REF does not exit 2"
        [ "$said" = 'touchstone: --changed: "no-such": git knows no such commit' ] ||
                echo "of a bad REF it says: $said"
        rm "$copy/build/coverage/qemu-virt.json"
        change hyp/vdev/vpl031.c '/^static uint64_t rtc_read/,/^}/s/^{/{\n\t;/'
        must_choose "$all" './run-tests.sh --coverage --lane touchstone'
}
