# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil doctor, jopil cleanup: plain Java on the bundle's own jar, so that they answer without an instance
# shellcheck disable=SC2154

bpf_main() {
    local main=$1 class_path='' jar
    shift
    [[ -z $root ]] || use_newest_distribution
    for jar in "$home"/system/org/jopil/org.jopil.{api,bpf}/*/*.jar "$home"/system/net/java/dev/jna/jna/*/*.jar \
        "$home"/system/org/ops4j/pax/logging/pax-logging-api/*/*.jar "$home"/lib/boot/osgi.core-*.jar; do
        class_path+=:$jar
    done
    read_memory
    read_ndpi
    exec "$java_home/bin/java" "-Djopil.memory=$memory" "-Djopil.ndpi=$ndpi" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -XX:-CreateCoredumpOnCrash \
        -cp "${class_path#:}" "$main" "$@"
}

verb_doctor() {
    case ${1:-} in
        '' | --json) ;;
        *) usage_error "'jopil doctor' has no option $1" "jopil doctor --json" "$(near "$1" --json)" ;;
    esac
    if ! find_java java; then
        [[ ${1:-} == --json ]] || printf '%-10s %s\n' missing "Java from 17 to 23: apt-get install openjdk-17-jre-headless, or set JAVA_HOME.${java_seen:+ Found only: $java_seen.}"
        [[ ${1:-} != --json ]] || printf '[{"capability":"java","status":"missing","required":true,"fix":"apt-get install openjdk-17-jre-headless"}]\n'
        exit 2
    fi
    bpf_main org.jopil.bpf.DoctorMain "$@"
}

verb_cleanup() {
    case ${1:-} in
        '' | --dry-run) ;;
        *) usage_error "'jopil cleanup' has no option $1" "jopil cleanup --dry-run" "$(near "$1" --dry-run)" ;;
    esac
    require_java
    [[ ${1:-} == --dry-run ]] || require_privilege
    bpf_main org.jopil.bpf.CleanupMain "$@"
}
