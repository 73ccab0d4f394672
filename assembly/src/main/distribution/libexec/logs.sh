# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil logs [-f]
# shellcheck disable=SC2154

verb_logs() {
    local log=$data/log/jopil.log
    [[ -e $log || ! -d $data || -r $data ]] || fail 3 "$data may not be read by $(id -un)" '' "Try again with sudo."
    [[ -e $log ]] || fail 4 "there is no log in $data yet" '' "sudo jopil run, or name another directory: --data DIR."
    case ${1:-} in
        '') cat "$log" ;;
        -f | --follow) exec tail -n 50 -F "$log" ;;
        *) usage_error "'jopil logs' has no option $1" "jopil logs -f" "$(near "$1" --follow -f)" ;;
    esac
}
