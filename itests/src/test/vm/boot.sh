#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# boot.sh SERIES WORK SHARE [CPUS [MIB]]: boots Debian's newest kernel of a series (6.1) in QEMU, with this machine's own
# file system below a layer in memory: the guest sees every file of the host and changes none.
#   WORK   keeps the package and what is made of it
#   SHARE  holds `story`, a bash script that runs in the guest as root; `output` and `status` are what came of it
# Always emulated, though that is many times slower: KVM inside a virtual machine was seen to hang.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")

fail() {
    printf 'boot.sh: %s\n' "$*" >&2
    exit 1
}

# The newest package of the series that apt knows, else the newest that was downloaded before; in $package
find_package() {
    local pattern="linux-image-${series//./\\.}\.[0-9][^_]*-amd64"
    package=$(apt-cache pkgnames "linux-image-$series." | grep -xE "$pattern" | grep -vE -- '-(rt|dbg|unsigned|cloud)' | sort -V | tail -n 1) || true
    [[ -z $package ]] || return 0
    package=$(find "$work" -maxdepth 1 -name "linux-image-$series.*-amd64" -type d -printf '%f\n' | sort -V | tail -n 1)
    [[ -n $package ]] || fail "apt knows no kernel of the series $series; it is Debian's, see /etc/apt/sources.list"
}

# The kernel and its modules into $work/$package; apt checks the archive against the signed index
unpack() {
    local parts=$work/$package.part
    rm -rf "$parts"
    mkdir -p "$parts"
    (cd "$parts" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2) || fail "cannot download $package"
    dpkg-deb --fsys-tarfile "$parts"/*.deb | tar -x -C "$parts" ./boot ./lib
    rm "$parts"/*.deb
    depmod -b "$parts" "$release"
    mv "$parts" "$work/$package"
}

# init and the modules that it needs to reach the host's files
make_initramfs() {
    local root=$1 module file
    mkdir -p "$root"
    gcc -O2 -Wall -Wextra -Werror -static -o "$root/init" "$here/init.c"
    for module in virtio_pci 9pnet_virtio 9p overlay; do
        modprobe -d "$tree" -S "$release" --show-depends "$module" || fail "$package has no module $module"
    done | while read -r kind file; do
        [[ $kind == insmod ]] || continue
        file=${file%% *}
        module=$(basename "$file")
        module=/${module%%.ko*}.ko
        grep -qsx "$module" "$root/modules" && continue
        case $file in
            *.xz) xz -dc "$file" ;;
            *.zst) zstd -dqc "$file" ;;
            *) cat "$file" ;;
        esac >"$root$module"
        printf '%s\n' "$module" >>"$root/modules"
    done
    (cd "$root" && find . | cpio --quiet -o -H newc) >"$root.cpio"
}

series=$1 work=$(readlink -m "$2") share=$(readlink -m "$3") cpus=${4:-2} mib=${5:-4096}
[[ -r $share/story ]] || fail "there is no $share/story"
mkdir -p "$work"
find_package
release=${package#linux-image-}
tree=$work/$package
[[ -d $tree ]] || unpack
scratch=$(mktemp -d "$work/initramfs.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
make_initramfs "$scratch/root"
ln -sfn "$tree/lib/modules/$release" "$share/modules"
rm -f "$share/output" "$share/status"

# whatever ends us ends the guest
setpriv --pdeathsig KILL qemu-system-x86_64 -machine pc,accel=tcg -cpu max -smp "$cpus" -m "$mib" \
    -nodefaults -display none -no-reboot -serial "file:$share/console" \
    -kernel "$tree/boot/vmlinuz-$release" -initrd "$scratch/root.cpio" \
    -append "console=ttyS0 panic=-1 loglevel=5 -- $here/guest.sh $share" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev "local,id=share,path=$share,security_model=none,multidevs=remap" \
    -device virtio-9p-pci,fsdev=share,mount_tag=share \
    </dev/null &
qemu=$!
trap 'kill "$qemu" 2>/dev/null || true; wait "$qemu" || true; rm -rf "$scratch"' EXIT
trap 'exit 143' TERM INT HUP
wait "$qemu"
[[ -r $share/status ]] || fail "the guest ended without a status; its console: $share/console"
exit "$(<"$share/status")"
