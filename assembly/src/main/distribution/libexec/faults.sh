# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil demo fault, faults, hint: what is broken in the running demo
# shellcheck disable=SC2154

readonly demo_faults=(firewall slow-reader full-buffer)
readonly -A demo_complaints=(
    [firewall]="Who asks where a parcel is, is told that nobody knows."
    [slow-reader]="An order takes ten times longer than looking at an article."
    [full-buffer]="The day's figures are too low: much of what orders reports is missing."
)
readonly demo_hints=(
    "Web asks for parcels at 10.77.1.2, port 8080. Ask what becomes of the packets: jopil why 8080. What the kernel throws away has a reason, a place, and a command that tells more: jopil drops --fields reason,namespace,packets_per_second,advice,command"
    "Nothing is lost, it only waits: where are the packets to port 7000 all that time, and for whom? jopil why 7000, and stage by stage: jopil latency 'port == 7000'"
    "Orders reports to UDP port 8125 in jopil-demo-db, twice a second fifty datagrams at once. What becomes of the last ones? jopil why 8125, or jopil drops 'namespace == jopil-demo-db'"
)

# demo_require_nft ELSE: what to do else
demo_require_nft() {
    command -v nft >/dev/null && return
    if [[ -n $root ]]; then
        install_packages "The demo" nftables
    else
        fail 1 "the demo's fault 'firewall' needs the command nft" '' "Install it: apt install nftables." "$1"
    fi
}

# The running demo, or the end with a message
demo_require() {
    if [[ ! -e $demo_record/lock ]] || flock -n "$demo_record/lock" true 2>/dev/null; then
        fail 4 "no demo runs" "'jopil demo $1' is about the shop of a running one." "Start it in another terminal: sudo jopil demo."
    fi
    [[ -d $demo_record/faults ]] || fail 1 "the demo is not open yet" '' "Try again in a second."
}

demo_require_root() {
    [[ -w $demo_record/faults ]] || fail 3 "$(id -un) may not look into the demo" "Its network namespaces belong to root." "Try again with sudo."
}

demo_fault() {
    local example="jopil demo fault ${demo_faults[0]} off" name=${1:-} state=${2:-}
    [[ -n $name ]] || usage_error "'jopil demo fault' needs a name and on or off" "$example"
    [[ " ${demo_faults[*]} " == *" $name "* ]] ||
        usage_error "there is no fault '$name': it is one of ${demo_faults[*]}" "$example" "$(near "$name" "${demo_faults[@]}")"
    [[ $state == on || $state == off ]] ||
        usage_error "'jopil demo fault $name' is on or off, not '$state'" "jopil demo fault $name off" "$(near "$state" on off)"
    (($# == 2)) || usage_error "'jopil demo fault' takes no '$3'" "$example"
    demo_require "fault"
    demo_require_root
    [[ $name != firewall ]] || demo_require_nft ''
    demo_switch "$name" "$state"
    say "$name is $state."
}

demo_faults() {
    local name state
    (($# == 0)) || usage_error "'jopil demo faults' takes no '$1'" "jopil demo faults"
    demo_require faults
    demo_require_root
    printf '%-12s %-5s %s\n' FAULT STATE COMPLAINT
    for name in "${demo_faults[@]}"; do
        state=off
        ! demo_is_on "$name" || state=on
        printf '%-12s %-5s %s\n' "$name" "$state" "${demo_complaints[$name]}"
    done
}

demo_hint() {
    local number=${1:-}
    if [[ ! $number =~ ^[1-9]$ ]] || ((number > ${#demo_hints[@]} || $# > 1)); then
        usage_error "'jopil demo hint' takes a number from 1 to ${#demo_hints[@]}" "jopil demo hint 1"
    fi
    demo_require hint
    say "${demo_hints[number - 1]}"
}

# demo_switch NAME on|off. The shop looks at its files whenever something arrives, five times a second at least.
demo_switch() {
    case $1:$2 in
        firewall:on) demo_is_on firewall || ip netns exec "$demo_orders" nft -f - <<'RULES' ;;
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 8080 counter drop
    }
}
RULES
        firewall:off) ! demo_is_on firewall || ip netns exec "$demo_orders" nft delete table inet filter ;;
        *:on) : >"$demo_record/faults/$1" ;;
        *:off) rm -f "$demo_record/faults/$1" ;;
    esac || fail 1 "the demo's fault '$1' cannot be switched $2" "The lines above say why." "A demo without it: jopil demo --healthy."
}

# By what is there: somebody may have repaired the firewall by hand
demo_is_on() {
    if [[ $1 == firewall ]]; then
        [[ $(ip netns exec "$demo_orders" nft list chain inet filter input 2>/dev/null) == *'dport 8080 '*drop* ]]
    else
        [[ -e $demo_record/faults/$1 ]]
    fi
}

# What the banner ends with; $1 is the link to the page
print_story() {
    local name number=0 where=jopil
    # whose data directory is the usual one is found without
    if [[ -n $demo_keeps_data ]] || is_held "$usual_data"; then
        where+=" --data $data"
    fi
    say ''
    if [[ -n $demo_healthy ]]; then
        say "Nothing is broken: $1"
        say "  break something  jopil demo fault ${demo_faults[0]} on"
    else
        say "Three things are broken. Find them: $1"
        for name in "${demo_faults[@]}"; do
            number=$((number + 1))
            printf '  %d  %s\n' "$number" "${demo_complaints[$name]}"
        done
        say "  a hint    jopil demo hint 1, or 2, or 3"
    fi
    say "  switches  jopil demo faults, jopil demo fault NAME on|off"
    say "  ask       $where why, $where drops, $where flows"
}
