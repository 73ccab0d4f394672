# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil replay FILE: a capture in place of the wire. It needs no rights but to read the file.
# shellcheck disable=SC2034,SC2154

readonly replay_options=(--speed --stop --port --ssh-port --output --json --utc --yes)

verb_replay() {
    local file='' http_port=0 ssh_port=0 bind=127.0.0.1 mode=auto stop='' option
    local -a interfaces=(none) passed=()
    replay_speed=max
    while (($#)); do
        option=$1
        case $option in
            --speed | --port | --ssh-port | -o | --output)
                (($# > 1)) || usage_error "$option needs a value" "jopil replay x.pcap --speed 10"
                case $option in
                    --speed) replay_speed=$2 ;;
                    --port) http_port=$2 ;;
                    --ssh-port) ssh_port=$2 ;;
                    *) passed+=("$option" "$2") ;;
                esac
                shift
                ;;
            --speed=*) replay_speed=${option#*=} ;;
            --port=*) http_port=${option#*=} ;;
            --ssh-port=*) ssh_port=${option#*=} ;;
            --stop) stop=1 ;;
            --output=* | --json | --utc) passed+=("$option") ;;
            --yes | -y) assume_yes=1 ;;
            -*) usage_error "'jopil replay' has no option $option" "jopil replay x.pcap --speed 10" \
                "$(near "$option" "${replay_options[@]}")" ;;
            *)
                [[ -z $file ]] || usage_error "one file at a time, not '$file' and '$option'" "jopil replay x.pcap"
                file=$option
                ;;
        esac
        shift
    done
    check_port --port "$http_port"
    check_port --ssh-port "$ssh_port"
    [[ $replay_speed == max || $replay_speed =~ ^[0-9]{1,7}(\.[0-9]{1,6})?$ ]] ||
        usage_error "--speed is max or a number, not '$replay_speed'" "jopil replay x.pcap --speed 10"
    [[ -z $stop ]] || passed+=(--stop)
    if [[ -n $file ]]; then
        [[ -f $file && -r $file ]] || fail 4 "there is no file $file that can be read" '' "Name a capture: jopil replay x.pcap."
        file=$(readlink -f -- "$file")
    fi
    if [[ -z $file || -n $stop ]] || is_held; then
        [[ -z $file ]] || passed+=("$file" --speed "$replay_speed")
        verb_remote replay ${passed[@]+"${passed[@]}"}
        return
    fi
    replay_file=$file
    start_instance
}

# As soon as the instance answers; false while it cannot be asked yet. A file that is refused ends the launcher.
begin_replay() {
    [[ -z ${replay_begun:-} ]] || return 0
    # the last to come: only what is there can be switched off
    [[ $http_body == *'"sensor"'* ]] || return 1
    replay_command replay "$replay_file" --speed "$replay_speed" || return 1
    if ((${http_exit:-0})); then
        printf '%s' "$http_body" >&2
        stop_jvm
        forget_instance
        exit "$http_exit"
    fi
    replay_begun=1
}

# The answer is in $http_body, the status in $http_exit
replay_command() {
    local body='' word
    for word; do body+=${body:+,}$(json_string "$word"); done
    http_timeout=30
    http_exit=''
    http POST /api/command 'text/plain, application/problem+json;q=0.5' "{\"args\":[$body]}" && [[ $http_status == 200 ]]
}

# Under the banner
print_story() {
    ! replay_command replay || printf '  %s\n' "${http_body%$'\n'}"
}
