# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil demo: a little shop in network namespaces of its own, and JOPIL watching it
# shellcheck disable=SC2034,SC2154

readonly demo_customers=jopil-demo-customers demo_shop=jopil-demo-shop demo_stock=jopil-demo-stock

verb_demo() {
    local -a passed=()
    local seconds='' option
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
            --yes | -y) passed+=(--yes) ;;
            *) usage_error "'jopil demo' has no option $option" "jopil demo --port 0" \
                "$(near "$option" --port --ssh-port --mode --seconds --yes)" ;;
        esac
        shift
    done
    [[ " ${passed[*]-} " == *' --mode '* ]] || passed+=(--mode native)
    require_privilege
    command -v ip >/dev/null || fail 1 "the demo needs the command ip" '' "Install it: apt install iproute2."
    [[ -z $root ]] || bring_up_to_date
    require_java
    demo_refuse_second
    demo_processes=()
    data=$(mktemp -d -t jopil-demo.XXXXXX)
    trap demo_remove EXIT
    demo_build
    demo_open
    say "The demo shop is open: customers -- shop -- stock, three network namespaces. Nothing of this machine's own network is touched."
    if [[ -n $seconds ]]; then
        demo_stop_after "$seconds" &
        demo_processes+=("$!")
    fi
    verb_run "${passed[@]}" -i "$demo_shop/eth0" -i "$demo_shop/eth1"
}

# Namespaces of a demo that was killed are ours to remove; those of a running one are not
demo_refuse_second() {
    local namespace
    for namespace in "$demo_customers" "$demo_shop" "$demo_stock"; do
        [[ -e /run/netns/$namespace ]] || continue
        [[ -z $(ip netns pids "$namespace" 2>/dev/null) ]] ||
            fail 1 "A demo is running already." "Its namespace $namespace has processes." "Stop that one first: Ctrl-C where it runs."
        ip netns del "$namespace"
    done
}

demo_build() {
    local namespace
    for namespace in "$demo_customers" "$demo_shop" "$demo_stock"; do
        ip netns add "$namespace" || fail 1 "cannot make the network namespace $namespace" '' "It needs CAP_SYS_ADMIN: run as root."
        ip -n "$namespace" link set lo up
    done
    demo_wire "$demo_customers" 10.77.0.2 fd77::2 eth0 "$demo_shop" 10.77.0.1 fd77::1 eth0
    demo_wire "$demo_stock" 10.77.1.2 fd77:1::2 eth0 "$demo_shop" 10.77.1.1 fd77:1::1 eth1
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
    demo_start "$demo_stock" stock 10.77.1.2
    demo_start "$demo_shop" front 10.77.0.1 10.77.1.2
    demo_start "$demo_customers" customers 10.77.0.1 http://10.77.0.1:8080 'http://[fd77::1]:8080'
}

demo_start() {
    local namespace=$1
    shift
    # the customers start before the shop answers; what they say of that is of no interest
    (
        trap '' INT
        exec ip netns exec "$namespace" "$java_home/bin/java" -Xmx48m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
            -jar "$home/demo/shop.jar" "$@" </dev/null >>"$data/shop.log" 2>&1
    ) &
    demo_processes+=("$!")
}

# Waits without holding the terminal, then asks the launcher to end as Ctrl-C does
demo_stop_after() {
    local launcher=$$
    sleep "$1"
    kill -TERM "$launcher" 2>/dev/null
}

demo_remove() {
    local status=$? process namespace
    trap '' INT TERM
    for process in "${demo_processes[@]}"; do kill "$process" 2>/dev/null; done
    for process in "${demo_processes[@]}"; do wait "$process" 2>/dev/null; done
    for namespace in "$demo_customers" "$demo_shop" "$demo_stock"; do
        [[ ! -e /run/netns/$namespace ]] || ip netns del "$namespace"
    done
    rm -rf -- "$data"
    say "The demo is gone: its namespaces, its processes, its data."
    exit "$status"
}
