#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guest.sh SHARE: what a booted system has, then SHARE/story. Run by init as the only program of the guest.
set -u

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true
share=$1

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
mount -t tmpfs tmpfs /dev/shm
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share "$share"
# the kernel asks modprobe for what is missing
mkdir -p /lib/modules
ln -sfn "$(readlink -f "$share/modules")" "/lib/modules/$(uname -r)"
# a name that /etc/hosts knows
printf 'localhost\n' >/proc/sys/kernel/hostname
ip link set lo up

bash "$share/story" >"$share/output" 2>&1 </dev/null
printf '%s\n' "$?" >"$share/status"
