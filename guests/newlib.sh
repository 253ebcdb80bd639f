#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: newlib.sh OUTDIR CROSS-PREFIX STAMP
#
# Builds newlib from Debian's newlib-source package into OUTDIR and leaves there
# an empty file STAMP when, and only when, all of it is there.  The output goes
# to OUTDIR.log; the terminal sees dots.
#
# Fits newlib 3.3 (Debian 12, gcc 12) and 4.5 (Debian 13, gcc 14).
set -eu

out=$1
cross=$2
stamp=$3
jobs=${NEWLIB_JOBS:-2}

tarball=
for found in /usr/src/newlib/newlib-*.tar.xz; do
	test -f "$found" && tarball=$found
done
if [ -z "$tarball" ]; then
	echo "newlib.sh: no /usr/src/newlib/newlib-*.tar.xz;" \
	     "install the package newlib-source" >&2
	exit 2
fi

rm -rf "$out" "$out.tmp"
mkdir -p "$out.tmp/src" "$out.tmp/obj" "$out"
out=$(cd "$out" && pwd)
tmp=$out.tmp
log=$out.log
: > "$log"

say() {
	printf '  %-4s %s\n' LIB "$*"
}

die() {
	printf '\n' >&2
	tail -n 20 "$log" >&2
	echo "newlib.sh: $1 failed; all of its output is in $log" >&2
	exit 1
}

# One dot for each 25 files, so that a slow machine is seen to be working.
progress() {
	awk '/\.o( |$)/{ if (++n % 25 == 0) { printf "."; fflush() } }
	     END { print "" }'
}

say "newlib: unpacking $tarball (once; about a minute in all)"
tar -C "$tmp/src" --strip-components=1 -xf "$tarball"

# Old code of newlib's own: what gcc 14 calls errors are warnings to it.
old='-Wno-error=implicit-function-declaration -Wno-error=implicit-int'
old="$old -Wno-error=int-conversion"
old="$old -Wno-error=incompatible-pointer-types -w"

say "newlib: configuring"
cd "$tmp/obj"
"$tmp/src/configure" --target=aarch64-none-elf --prefix="$out" \
	--disable-multilib --disable-newlib-supplied-syscalls \
	--enable-newlib-reent-small --enable-newlib-nano-malloc \
	--enable-newlib-io-c99-formats --enable-newlib-io-long-long \
	--disable-newlib-fvwrite-in-streamio \
	--disable-newlib-fseek-optimization --disable-newlib-wide-orient \
	--enable-newlib-global-atexit --enable-lite-exit \
	--disable-newlib-unbuf-stream-opt --disable-nls --disable-libgloss \
	CC_FOR_TARGET="${cross}gcc" AS_FOR_TARGET="${cross}as" \
	LD_FOR_TARGET="${cross}ld" AR_FOR_TARGET="${cross}ar" \
	RANLIB_FOR_TARGET="${cross}ranlib" NM_FOR_TARGET="${cross}nm" \
	STRIP_FOR_TARGET="${cross}strip" \
	OBJDUMP_FOR_TARGET="${cross}objdump" \
	READELF_FOR_TARGET="${cross}readelf" \
	CFLAGS_FOR_TARGET="-Os -g -ffreestanding -fno-pic -fno-pie \
-fno-stack-protector -ffunction-sections -fdata-sections -mstrict-align \
-mno-outline-atomics -U_FORTIFY_SOURCE $old" \
	MAKEINFO=true >> "$log" 2>&1 || die configure

printf '  %-4s %s' LIB "newlib: compiling "
{ make -j"$jobs" MAKEINFO=true all-target-newlib 2>&1 || echo "MAKE FAILED"; } |
	tee -a "$log" | progress
if tail -n 1 "$log" | grep -q '^MAKE FAILED'; then
	die make
fi
make MAKEINFO=true install-target-newlib >> "$log" 2>&1 || die install

test -f "$out/aarch64-none-elf/lib/libc.a" || die "install (no libc.a)"
rm -rf "$tmp"
: > "$out/$stamp"
say "newlib: done, $(basename "$tarball")"
