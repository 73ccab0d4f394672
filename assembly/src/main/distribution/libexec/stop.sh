# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil stop
# shellcheck disable=SC2154

verb_stop() {
    local pid deadline=$((SECONDS + 15 * patience))
    if ! is_held; then
        say "No JOPIL runs with the data directory $data."
        return 0
    fi
    instance_pid
    [[ -n $pid ]] || fail 1 "the JOPIL of $data does not say its pid" "$data/run/pid is missing or may not be read." "Try again with sudo."
    kill -TERM "$pid" 2>/dev/null || [[ ! -e /proc/$pid ]] ||
        fail 3 "pid $pid may not be stopped by $(id -un)" '' "Try again with sudo."
    while is_held; do
        ((SECONDS < deadline)) || fail 1 "pid $pid did not stop within $((15 * patience)) s" '' "See jopil logs; kill -9 $pid ends it at once."
        pause 0.1
    done
    say "Stopped."
}
