# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil dist: one tar.gz with its checksum
# shellcheck disable=SC2034,SC2154

verb_dist() {
    (($# == 0)) || usage_error "'jopil dist' takes no '$1'" "jopil dist"
    bring_up_to_date
    local version name
    version=$(<"$home/build.version")
    name=jopil-$version
    # the same build gives the same bytes
    tar -C "$home" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --hard-dereference \
        --transform "s,^\.,$name," -cf - . | gzip -n9 >"$root/dist/$name.tar.gz" ||
        fail 1 "$root/dist/$name.tar.gz could not be written" '' "Is the disk full?"
    (cd "$root/dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
    printf '%s\n' "$root/dist/$name.tar.gz"
    cat "$root/dist/$name.tar.gz.sha256"
}
