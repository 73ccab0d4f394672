# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil demo: a little shop in network namespaces of its own, and JOPIL watching it
# shellcheck disable=SC2034,SC2154

readonly demo_customers=jopil-demo-customers demo_web=jopil-demo-web demo_orders=jopil-demo-orders demo_db=jopil-demo-db
readonly demo_namespaces=("$demo_customers" "$demo_web" "$demo_orders" "$demo_db")
readonly demo_verbs=(fault faults hint)
readonly demo_options=(--port --ssh-port --mode --seconds --healthy --yes)

verb_demo() {
    case ${1:-} in
        fault | faults | hint) "demo_$1" "${@:2}" ;;
        -* | '') demo_run "$@" ;;
        *) usage_error "'jopil demo' has no '$1'" "jopil demo hint 1" "$(near "$1" "${demo_verbs[@]}")" ;;
    esac
}

demo_run() {
    local -a passed=()
    local seconds='' option
    demo_healthy=''
    while (($#)); do
        option=$1
        case $option in
            --port | --ssh-port | --mode | --seconds)
                (($# > 1)) || usage_error "$option needs a value" "jopil demo $option 0"
                if [[ $option == --seconds ]]; then
                    [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || usage_error "--seconds is a number of seconds, not '$2'" "jopil demo --seconds 60"
                    seconds=$2
                else
                    passed+=("$option" "$2")
                fi
                shift
                ;;
            --healthy) demo_healthy=1 ;;
            --yes | -y)
                assume_yes=1
                passed+=(--yes)
                ;;
            *) usage_error "'jopil demo' has no option $option" "jopil demo --port 0" \
                "$(near "$option" "${demo_options[@]}")" ;;
        esac
        shift
    done
    [[ " ${passed[*]-} " == *' --mode '* ]] || passed+=(--mode native)
    require_privilege
    command -v ip >/dev/null || fail 1 "the demo needs the command ip" '' "Install it: apt install iproute2."
    [[ -n $demo_healthy ]] || demo_require_nft "Or begin without faults: jopil demo --healthy."
    [[ -z $root ]] || bring_up_to_date
    require_java
    demo_processes=()
    demo_claim
    demo_build
    demo_open
    say "The demo shop is open: customers -- web -- orders -- db, four network namespaces. Nothing of this machine's own network is touched."
    if [[ -n $seconds ]]; then
        demo_stop_after "$seconds" &
        demo_processes+=("$!")
    fi
    verb_run "${passed[@]}" -i "$demo_web/eth0" -i "$demo_orders/eth0" -i "$demo_orders/eth1"
}

# The names of its namespaces make it the only one: its lock is kept by all that belongs to it, the guard last
demo_claim() {
    local lock=$demo_record/lock early=''
    # until there is a guard, a wish to stop waits
    trap 'early=1' INT TERM HUP
    while :; do
        [[ -w $demo_record ]] || mkdir "$demo_record" 2>/dev/null ||
            fail 1 "$demo_record can't be made" "The demo notes there where it is." "Run it as root: sudo jopil demo."
        exec {demo_lock}>>"$lock"
        flock -n "$demo_lock" ||
            fail 1 "a demo is running already" "Its namespaces have fixed names: one at a time." "Stop that one first: Ctrl-C where it runs."
        # it may be the lock of a demo that has just gone
        [[ /proc/self/fd/$demo_lock -ef $lock ]] && break
        exec {demo_lock}>&-
    done
    demo_guard
    trap demo_remove EXIT
    # not "-": bash runs no EXIT trap on signals that were reset
    trap 'exit 0' INT TERM HUP
    [[ -z $early ]] || exit 0
    demo_erase
    demo_keeps_data=$data_given
    if [[ -z $data_given ]]; then
        data=$(mktemp -d -t jopil-demo.XXXXXX) || exit 1
    fi
    printf '%s\n' "$data" "${data_given:+kept}" >"$demo_record/data"
}

# Takes everything away at the end, also when the launcher is killed: its input ends with the launcher and the JVM.
# A process group of its own keeps signals to the launcher's away from it.
demo_guard() {
    exec {demo_alive}> >(
        trap '' INT TERM HUP
        set -m
        (
            read -r _
            demo_erase
            rm -rf -- "$demo_record"
        ) <&0 &
        wait
    )
}

# All of a demo but its processes and its lock. Who has a process of his own in a namespace keeps that alive, without a name.
demo_erase() {
    local namespace place kept
    for namespace in "${demo_namespaces[@]}"; do
        [[ ! -e /run/netns/$namespace ]] || ip netns del "$namespace"
    done
    if [[ -r $demo_record/data ]] && { read -r place && read -r kept; } <"$demo_record/data" && [[ -z $kept ]]; then
        rm -rf -- "$place"
    fi
    find "$demo_record" -mindepth 1 ! -name lock -delete
}

demo_build() {
    local namespace
    for namespace in "${demo_namespaces[@]}"; do
        ip netns add "$namespace" || fail 1 "cannot make the network namespace $namespace" '' "It needs CAP_SYS_ADMIN: run as root."
        ip -n "$namespace" link set lo up
    done
    demo_wire "$demo_customers" 10.77.0.2 fd77::2 eth0 "$demo_web" 10.77.0.1 fd77::1 eth0
    demo_wire "$demo_web" 10.77.1.1 fd77:1::1 eth1 "$demo_orders" 10.77.1.2 fd77:1::2 eth0
    demo_wire "$demo_orders" 10.77.2.1 fd77:2::1 eth1 "$demo_db" 10.77.2.2 fd77:2::2 eth0
}

# demo_wire NAMESPACE ADDRESS ADDRESS6 DEVICE, twice: one cable
demo_wire() {
    ip -n "$1" link add "$4" type veth peer name "$8" netns "$5"
    ip -n "$1" addr add "$2/24" dev "$4"
    ip -n "$1" addr add "$3/64" dev "$4" nodad
    ip -n "$5" addr add "$6/24" dev "$8"
    ip -n "$5" addr add "$7/64" dev "$8" nodad
    ip -n "$1" link set "$4" up
    ip -n "$5" link set "$8" up
}

demo_open() {
    local fault
    mkdir "$demo_record/faults"
    if [[ -z $demo_healthy ]]; then
        for fault in "${demo_faults[@]}"; do demo_switch "$fault" on; done
    fi
    demo_start "$demo_db" db 10.77.2.2
    demo_start "$demo_db" metrics 10.77.2.2 "$demo_record/faults/full-buffer"
    demo_start "$demo_orders" orders 10.77.1.2 10.77.2.2 10.77.2.2 "$demo_record/faults/slow-reader"
    demo_start "$demo_web" dns 10.77.0.1
    demo_start "$demo_web" web 10.77.1.2
    demo_start "$demo_customers" customers 10.77.0.1 http://10.77.0.1 'http://[fd77::1]'
}

# demo_start NAMESPACE PART ARGUMENT...: a process that bears the part's name and ends with the launcher
demo_start() {
    local namespace=$1 program=$demo_record/$2
    shift
    ln -s "$java_home/bin/java" "$program"
    # the customers start before the shop answers; what they say of that is of no interest
    (
        trap '' INT
        exec {demo_alive}>&-
        exec ip netns exec "$namespace" setpriv --pdeathsig KILL "$program" -Xmx24m -Xss256k -XX:+UseSerialGC \
            -XX:TieredStopAtLevel=1 -XX:-UsePerfData -jar "$home/demo/shop.jar" "$@" </dev/null >>"$demo_record/shop.log" 2>&1
    ) &
    demo_processes+=("$!")
}

# Waits without a process of its own, then asks the launcher to end as Ctrl-C does
demo_stop_after() {
    local launcher=$$
    exec {demo_alive}>&-
    pause "$1"
    kill -TERM "$launcher" 2>/dev/null
}

demo_remove() {
    local status=$? process deadline=$((SECONDS + 10 * patience))
    trap '' INT TERM HUP
    for process in "${demo_processes[@]}"; do kill "$process" 2>/dev/null; done
    for process in "${demo_processes[@]}"; do wait "$process" 2>/dev/null; done
    exec {demo_alive}>&-
    # its last act is to take the lock away
    while [[ /proc/self/fd/$demo_lock -ef $demo_record/lock ]]; do
        ((SECONDS < deadline)) || fail 1 "the demo is not quite gone" "Something keeps $demo_record." "See: ip netns; ls $demo_record."
        pause 0.02
    done
    if [[ -n $demo_keeps_data ]]; then
        say "The demo is gone: its namespaces and its processes. Its data stays in $data."
    else
        say "The demo is gone: its namespaces, its processes, its data."
    fi
    exit "$status"
}
