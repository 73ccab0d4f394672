# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil bench: the distribution and its peers side by side, on traffic in network namespaces of its own
# shellcheck disable=SC2034,SC2154

readonly bench_load=jopil-bench-load bench_watch=jopil-bench-watch
readonly bench_peers=(tcpdump dumpcap tshark softflowd pmacctd argus)

verb_bench() {
    local -a passed=()
    local out='' option only='' document='' from=''
    assume_yes=''
    while (($#)); do
        option=$1
        case $option in
            --quick) passed+=(--quick) ;;
            --document) document=1 ;;
            --yes | -y) assume_yes=1 ;;
            --only | --out | --packets | --from)
                (($# > 1)) || usage_error "$option needs a value" "jopil bench --only tcpdump"
                case $option in
                    --only) only=${2,,} ;;
                    --out) out=$2 ;;
                    --from) from=$2 ;;
                    --packets)
                        [[ $2 =~ ^[1-9][0-9]{0,9}$ ]] || usage_error "--packets is a number, not '$2'" "jopil bench --packets 100000"
                        passed+=(--packets "$2")
                        ;;
                esac
                shift
                ;;
            *) usage_error "'jopil bench' has no option $option" "jopil bench --quick" \
                "$(near "$option" --quick --only --out --packets --document --from --yes)" ;;
        esac
        shift
    done
    [[ -z $only ]] || bench_check_only
    if [[ -n $from ]]; then
        [[ -r $from/results.json ]] || fail 4 "there are no results in $from" '' "For example: jopil bench --from target/bench/20260101T000000Z"
        from=$(readlink -f "$from")
        require_java
        bench_build
        bench_java document "$from/results.json" "$root/docs/performance.md"
        return
    fi
    require_privilege
    find_missing
    find_missing_for_bench
    if ((${#missing[@]})); then
        install_packages "Measuring JOPIL" "${missing[@]}"
        bench_silence
        find_missing
        find_missing_for_bench
        ((${#missing[@]} == 0)) || say "Not here, and so not measured: ${missing[*]}"
    fi
    bring_up_to_date
    require_java
    bench_build
    bench_refuse_second
    [[ -n $out ]] || out=$root/target/bench/$(date -u +%Y%m%dT%H%M%SZ)
    [[ $out == /* ]] || out=$PWD/$out
    as_invoker mkdir -p "$out"
    [[ -z $only ]] || passed+=(--only "$only")
    [[ -z $document ]] || passed+=(--document "$root/docs/performance.md")
    [[ ! -e $root/bench/micro/target/benchmarks.jar ]] || passed+=(--micro "$root/bench/micro/target/benchmarks.jar")
    # what tools write stays in memory: the disk's pace is not what is measured
    work=$(mktemp -d -p /dev/shm jopil-bench.XXXXXX) || exit 1
    bench_process='' # both global: the trap outlives this function
    trap bench_remove EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    bench_java --distribution "$home" --load "$root/bench/load/build/load" --bpf "$root/bpf" --work "$work" --out "$out" \
        ${passed[@]+"${passed[@]}"} </dev/null &
    bench_process=$!
    wait "$bench_process"
}

# The harness; as a background job it takes the place of its shell, so that a signal reaches it
bench_java() {
    local -a command=("$java_home/bin/java" -Xmx2g -XX:+UseSerialGC -Djava.awt.headless=true
        "-Djava.io.tmpdir=${work:-$root/target}" -cp "$root/bench/harness/target/*:$root/bench/harness/target/lib/*"
        org.jopil.bench.harness.Bench "$@")
    ((BASHPID == $$)) || exec "${command[@]}"
    "${command[@]}"
}

bench_check_only() {
    local -a names=("${bench_peers[@]}" jopil parts G{1..11})
    local name
    for name in "${names[@]}"; do [[ ${name,,} != "$only" ]] || return 0; done
    usage_error "--only takes a tool, a budget or parts, not '$only'" "jopil bench --only G4" "$(near "$only" "${names[@],,}")"
}

find_missing_for_bench() {
    need_command ip iproute2
    need_command ethtool ethtool
    need_command sysctl procps
    need_file /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
    bench_wants tcpdump && need_command tcpdump tcpdump
    bench_wants dumpcap && need_command dumpcap wireshark-common
    bench_wants tshark && need_command tshark tshark
    bench_wants softflowd && need_command softflowd softflowd
    bench_wants pmacctd && need_command pmacctd pmacct
    bench_wants argus && need_command argus argus-server && need_command ra argus-client
    return 0
}

# Some of the packages start a daemon that listens on the machine's own interfaces: not those that came for this
bench_silence() {
    local package
    [[ -d /run/systemd/system ]] || return 0
    for package in "${missing[@]}"; do
        case $package in
            argus-server) systemctl -q disable --now argus 2>/dev/null ;;
            softflowd) systemctl -q disable --now softflowd 2>/dev/null ;;
            pmacct) systemctl -q disable --now pmacctd nfacctd sfacctd uacctd 2>/dev/null ;;
        esac
    done
}

# Whether this peer takes part
bench_wants() { [[ -z $only || $only == "$1" || $only == g* ]]; }

# The generator and the harness, as the invoker; Maven finds the rest of the project already installed
bench_build() {
    local log=$root/target/bench-build.log modules=bench/harness
    [[ ! -e $root/bench/micro/pom.xml ]] || modules+=,bench/micro
    maven_temporary_files
    if ! (
        cd "$root" && as_invoker make -s -C bench/load &&
            as_invoker mvn -B -ntp -q -pl "$modules" -DskipTests -Dspotless.check.skip package
    ) >"$log" 2>&1; then
        tail -n 8 "$log" >&2
        fail 1 "the bench could not be built" "The lines above are the last ones of $log." ''
    fi
}

# Namespaces of a bench that was killed are ours to remove; those of a running one are not
bench_refuse_second() {
    local namespace
    for namespace in "$bench_load" "$bench_watch"; do
        [[ -e /run/netns/$namespace ]] || continue
        [[ -z $(ip netns pids "$namespace" 2>/dev/null) ]] ||
            fail 1 "A bench is running already." "Its namespace $namespace has processes." "Wait for it, or stop it: Ctrl-C where it runs."
        ip netns del "$namespace"
    done
}

# The harness removes what it made; this is for one that was killed
bench_remove() {
    local status=$? namespace process instance
    trap '' INT TERM HUP
    if [[ -n $bench_process ]] && kill -TERM "$bench_process" 2>/dev/null; then wait "$bench_process"; fi
    for instance in "$work"/*/run/pid; do
        [[ ! -e $instance ]] || { read -r process <"$instance" && bench_end "$process"; }
    done
    for namespace in "$bench_load" "$bench_watch"; do
        [[ -e /run/netns/$namespace ]] || continue
        for process in $(ip netns pids "$namespace"); do kill -KILL "$process" 2>/dev/null; done
        ip netns del "$namespace"
    done
    rm -rf -- "$work"
    exit "$status"
}

# Asks an instance to end and waits; what it still writes would be left behind
bench_end() {
    local deadline=$((SECONDS + 15))
    kill -TERM "$1" 2>/dev/null
    while kill -0 "$1" 2>/dev/null && ((SECONDS < deadline)); do pause 0.1; done
    pause 0.5 # its launcher takes leave
}
