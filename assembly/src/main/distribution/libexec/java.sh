# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A Java from 17 to 23: Karaf 4.4 wants Subject.getSubject(), which 24 took away.
# shellcheck disable=SC2034,SC2154

java_version() {
    local line
    version=''
    if [[ -r $1/release ]]; then
        while IFS= read -r line; do
            [[ $line != JAVA_VERSION=* ]] || version=${line#*=}
        done <"$1/release"
    elif [[ -x $1/bin/java ]]; then
        line=$("$1/bin/java" -version 2>&1)
        [[ ! $line =~ version\ (\"[^\"]+\") ]] || version=${BASH_REMATCH[1]}
    fi
    version=${version//\"/}
    major=${version%%[.+-]*}
    [[ $major =~ ^[0-9]+$ ]] || major=0
}

# find_java PROGRAM: the first Java with java, or with javac, in $java_home; or fails with what was seen in $java_seen
find_java() {
    local candidate seen='' path program=$1
    path=$(command -v java) && path=$(readlink -f "$path") && path=${path%/bin/java}
    for candidate in "${JAVA_HOME:-}" "$path" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
        [[ -n $candidate && -x $candidate/bin/java ]] || continue
        [[ -x $candidate/bin/$program ]] || continue
        java_version "$candidate"
        if ((major >= 17 && major <= 23)); then
            java_home=$candidate
            return 0
        fi
        seen+=" $candidate (${version:-unknown})"
    done
    java_seen=${seen# }
    return 1
}

# The memory budget, MiB, in $memory, and the heap that comes of it in $heap: as org.jopil.api.source.MemoryPlan has it.
# A value that is refused later leaves the default here, too.
read_memory() {
    local key value
    memory=448
    if [[ -r $data/etc/org.jopil.sensor.cfg ]]; then
        while IFS='= ' read -r key value || [[ -n $key ]]; do
            [[ $key == memory_mib ]] || continue
            value=${value//[[:space:]]/}
            if [[ $value =~ ^[0-9]{1,5}$ ]] && ((10#$value >= 128 && 10#$value <= 16384)); then
                memory=$((10#$value))
            fi
        done <"$data/etc/org.jopil.sensor.cfg"
    fi
    heap=$((memory - memory / 7))
}

# Whether libndpi is wanted, true or false, in $ndpi
read_ndpi() {
    local key value
    ndpi=false
    [[ -r $data/etc/org.jopil.analyzer.application.cfg ]] || return 0
    while IFS='= ' read -r key value || [[ -n $key ]]; do
        [[ $key != ndpi || ${value//[[:space:]]/} != true ]] || ndpi=true
    done <"$data/etc/org.jopil.analyzer.application.cfg"
}

require_java() {
    find_java java && return
    local found='No Java was found in JAVA_HOME, PATH and /usr/lib/jvm.'
    [[ -z $java_seen ]] || found="Found only: $java_seen."
    fail 1 "no Java from 17 to 23" "$found" \
        "apt-get install openjdk-17-jre-headless, or set JAVA_HOME."
}
