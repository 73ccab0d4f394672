# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil run
# shellcheck disable=SC2034,SC2154

readonly run_options=(--interface --port --ssh-port --bind --tls-port --tls-cert --tls-key --data --mode --yes --insecure --help)

verb_run() {
    local -a interfaces=()
    local http_port=8181 ssh_port=8101 bind=127.0.0.1 mode=auto insecure='' option value
    local tls_port=8443 tls_bind='' tls_cert='' tls_key=''
    assume_yes=''
    while (($#)); do
        option=$1
        case $option in
            -i | --interface | --port | --ssh-port | --bind | --mode | --tls-port | --tls-cert | --tls-key)
                (($# > 1)) || usage_error "$option needs a value" "$(run_example "$option")"
                value=$2
                shift
                ;;
            --interface=* | --port=* | --ssh-port=* | --bind=* | --mode=* | --tls-port=* | --tls-cert=* | --tls-key=*)
                value=${option#*=}
                option=${option%%=*}
                ;;
        esac
        case $option in
            -i | --interface) interfaces+=("$value") ;;
            --port) http_port=$value ;;
            --ssh-port) ssh_port=$value ;;
            --bind) bind=$value ;;
            --tls-port) tls_port=$value ;;
            --tls-cert) tls_cert=$value ;;
            --tls-key) tls_key=$value ;;
            --mode) mode=$value ;;
            --yes | -y) assume_yes=1 ;;
            --insecure) insecure=1 ;;
            -h | --help)
                load help
                verb_help
                return
                ;;
            -*) usage_error "'jopil run' has no option $option" "jopil run -i eth0 --port 0" "$(near "$option" "${run_options[@]}")" ;;
            *) usage_error "'jopil run' takes no '$option'" "jopil run -i $option" ;;
        esac
        shift
    done
    check_port --port "$http_port"
    check_port --ssh-port "$ssh_port"
    check_port --tls-port "$tls_port"
    case $mode in
        auto | native | generic | tcx) ;;
        *) usage_error "--mode is auto, native, generic or tcx, not '$mode'" "jopil run --mode tcx" \
            "$(near "$mode" auto native generic tcx)" ;;
    esac
    case $bind in
        127.* | ::1 | localhost) ;;
        *) [[ -n $insecure ]] || tls_bind=$bind bind=127.0.0.1 ;;
    esac
    check_certificate
    require_privilege
    for value in ${interfaces[@]+"${interfaces[@]}"}; do require_interface "$value"; done
    start_instance
}

# With the options of verb_run in its locals: the data directory is made ready, and the instance runs until it ends.
start_instance() {
    [[ -z $root ]] || bring_up_to_date
    require_java
    make_data
    lock_data
    ((http_port == 0)) || require_port "$http_port" --port
    ((ssh_port == 0)) || require_port "$ssh_port" --ssh-port
    [[ -z ${tls_bind:-} ]] || ((tls_port == 0)) || require_port "$tls_port" --tls-port
    copy_etc
    make_tokens
    make_shell_key
    [[ -z ${tls_bind:-} ]] || make_certificate
    clean_stale_cache
    run_instance
}

run_example() {
    case $1 in
        -i | --interface) say "jopil run -i eth0" ;;
        --bind) say "jopil run --bind 127.0.0.1" ;;
        --mode) say "jopil run --mode tcx" ;;
        *) say "jopil run $1 0" ;;
    esac
}

check_port() {
    if [[ ! $2 =~ ^[0-9]{1,5}$ ]] || ((10#$2 > 65535)); then
        usage_error "$1 is a number from 0 (any free port) to 65535, not '$2'" "jopil run $1 0"
    fi
}

# Counts the user's wishes to stop. Who signals a whole process group reaches us twice at once: that is one wish.
on_signal() {
    local now=$EPOCHREALTIME
    now=${now/[.,]/}
    if ((now - last_signal > 500000)); then
        interrupted=$((interrupted + 1))
        last_signal=$now
    fi
}

run_instance() {
    local tries interrupted=0 last_signal=0 started=$EPOCHREALTIME
    log=$data/log/jopil.log
    log_from=$(log_size)
    trap on_signal INT TERM HUP
    for ((tries = 0; tries < 3; tries++)); do
        choose_ports
        start_jvm "-Djopil.http.host=$bind" "-Djopil.http.port=$http_chosen" "-Djopil.http.loopback6=$loopback6" \
            "-Djopil.ssh.host=$ssh_host" "-Djopil.ssh.port=$ssh_chosen" \
            "-Djopil.https.host=${tls_bind:-}" "-Djopil.https.port=${tls_chosen:-}" \
            "-Djopil.https.certificate=${tls_cert:-}" "-Djopil.https.key=${tls_key:-}" \
            "-Djopil.interfaces=$(join_commas ${interfaces[@]+"${interfaces[@]}"})" "-Djopil.mode=$mode"
        wait_until_up
        case $up in
            up | degraded)
                require_encryption
                break
                ;;
            interrupted)
                stop_jvm
                say "Stopped before it was up."
                forget_instance
                return 0
                ;;
            taken)
                # between our look and the bind somebody else was faster; only a free choice can be made anew
                stop_jvm
                ((http_port == 0)) || require_port "$http_port" --port
                ((ssh_port == 0)) || require_port "$ssh_port" --ssh-port
                [[ -z ${tls_bind:-} ]] || ((tls_port == 0)) || require_port "$tls_port" --tls-port
                ;;
            *)
                stop_jvm
                forget_instance
                report_failed_start
                ;;
        esac
    done
    if [[ $up == taken ]]; then
        forget_instance
        report_failed_start
    fi
    # bash 5.2 may end with a syntax error if a trap runs between two $(...) of its own: those are in a subshell
    (print_banner)
    watch_instance
    stop_jvm
    print_totals
    forget_instance
    trap - INT TERM HUP
    return "$jvm_status"
}

join_commas() {
    local IFS=,
    printf '%s' "$*"
}

log_size() { if [[ -e $log ]]; then stat -c %s "$log"; else echo 0; fi; }

# What this start has written to the log
log_tail() { tail -c "+$((log_from + 1))" "$log" 2>/dev/null; }

choose_ports() {
    local port
    loopback6=false ssh_host=127.0.0.1
    if grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6; then
        ssh_host=127.0.0.1,::1
        [[ $bind != 127.0.0.1 && $bind != localhost ]] || loopback6=true
    fi
    http_chosen=$http_port ssh_chosen=$ssh_port
    if ((http_port == 0)); then
        free_port
        http_chosen=$port
    fi
    while ((ssh_port == 0)); do
        free_port
        ssh_chosen=$port
        ((ssh_chosen == http_chosen)) || break
    done
    tls_chosen=${tls_port:-}
    while [[ -n ${tls_bind:-} ]] && ((tls_port == 0)); do
        free_port
        tls_chosen=$port
        ((tls_chosen == http_chosen || tls_chosen == ssh_chosen)) || break
    done
    local host=$bind
    [[ $host != 0.0.0.0 && $host != localhost ]] || host=127.0.0.1
    [[ $host != :: ]] || host=::1
    [[ $host != *:* ]] || host="[$host]"
    authority=$host:$http_chosen
    read -r token <"$data/token"
}

# up, degraded, down, taken, interrupted or ended, in $up
wait_until_up() {
    local deadline=$((SECONDS + 60 * patience)) field
    up=''
    while jvm_lives; do
        if ((interrupted)); then
            up=interrupted
            return
        fi
        http_timeout=$((2 * patience))
        if http GET /api/health && json_field "$http_body" status; then
            up=$field
            if [[ -n ${replay_file:-} ]] && ! begin_replay; then
                up=''
            elif [[ $up == up || $up == degraded ]]; then
                http_timeout=30
                printf 'http://%s\n' "$authority" >"$data/run/http"
                printf '127.0.0.1:%s\n' "$ssh_chosen" >"$data/run/ssh"
                local now=$EPOCHREALTIME
                start_ms=$((${now/[.,]/} / 1000 - ${started/[.,]/} / 1000))
                return
            fi
        fi
        ((SECONDS < deadline)) || return
        if log_tail | grep -q 'Address already in use'; then
            up=taken
            return
        elif log_tail | grep -q BindException; then
            up=unbound
            return
        fi
        pause 0.1
    done
    up=ended
}

report_failed_start() {
    local line
    case $up in
        ended) line='The JVM ended by itself.' ;;
        taken) line='Each time another program took one of its ports first.' ;;
        unbound) line="It can't listen on ${tls_bind:-$bind}: $(log_tail | sed -n 's/.*BindException: //p' | head -n 1)." ;;
        down) line="It did not get healthy within $((60 * patience)) s." ;;
        *) line="It did not answer within $((60 * patience)) s." ;;
    esac
    local -a checks=()
    [[ $up != down ]] || mapfile -t checks < <(failing_checks)
    mapfile -t -O "${#checks[@]}" checks < <(log_tail | grep -E '^[^ ]+ (ERROR|FATAL)' | cut -c1-300 | tail -n 3)
    fail 1 "JOPIL did not start." "$line" ${checks[@]+"${checks[@]}"} "The log: $log and $data/log/console.log"
}

# One line per health check that is not up
failing_checks() {
    local field name message object rest=$http_body
    while [[ $rest =~ \{[^{}]*\"name\"[^{}]*\} ]]; do
        object=${BASH_REMATCH[0]}
        rest=${rest#*"$object"}
        json_field "$object" status || continue
        [[ $field != up ]] || continue
        json_field "$object" name && name=$field
        message=''
        json_field "$object" message && message=$field
        printf '%s: %s\n' "$name" "$message"
    done
}

print_banner() {
    local field ticket='' name mode why hooks rest=0 line here=() veths=0 attached
    printf 'JOPIL %s is %s after %s s (pid %s, Java %s)\n' "$(build_version)" "$up" \
        "$(printf '%d.%d' $((start_ms / 1000)) $((start_ms % 1000 / 100)))" "$jvm" "$version"
    if [[ $up == degraded ]] && http GET /api/health; then
        failing_checks | sed 's/^/  ! /'
    fi
    if read_interfaces; then
        while IFS= read -r line; do
            json_field "$line" name || continue
            name=$field attached=''
            json_field "$line" attached && attached=$field
            if [[ $attached == true ]]; then
                mode='' why=''
                json_field "$line" mode && mode=$field
                json_field "$line" why && why=${field#"$mode: "}
                hooks=$(hook_names "$line")
                printf '  watching  %s  %s  (%s%s)\n' "$name" "$hooks" "$mode" "${why:+: $why}"
            elif json_field "$line" state && [[ $field == up && $name != lo ]]; then
                if json_field "$line" kind && [[ $field == veth ]]; then
                    veths=$((veths + 1))
                else
                    here+=("$name")
                fi
            fi
        done <<<"$http_body"
        ((veths == 0)) || here+=("$veths veth")
        if ((${#here[@]})); then
            local list
            printf -v list '%s, ' "${here[@]}"
            printf '  also here %s: -i any\n' "${list%, }"
        fi
    fi
    if http POST /api/tickets application/json '{}' && [[ $http_status == 20? ]] && json_field "$http_body" ticket; then
        ticket="/?ticket=$field"
    fi
    printf '  page      http://%s%s\n' "$authority" "${ticket:-/}"
    if [[ -n ${tls_bind:-} ]]; then
        print_encrypted
    else
        printf '  from afar ssh -N -L %s:127.0.0.1:%s %s@%s\n' "$http_chosen" "$http_chosen" "$(id -un)" "$(uname -n)"
    fi
    printf '  shell     jopil shell, or ssh -p %s jopil@127.0.0.1 (password: jopil token)\n' "$ssh_chosen"
    printf '  data      %s\n' "$data"
    ! declare -F print_story >/dev/null || print_story "http://$authority${ticket:-/}"
    [[ ! -t 1 ]] || printf 'Ctrl-C detaches and stops.\n'
}

# The link for another machine, with a ticket of its own, and what the browser's warning is compared with
print_encrypted() {
    local field ticket='' name=$tls_bind
    [[ $name != 0.0.0.0 && $name != :: ]] || name=$(uname -n)
    [[ $name != *:* ]] || name="[$name]"
    if http POST /api/tickets application/json '{}' && [[ $http_status == 20? ]] && json_field "$http_body" ticket; then
        ticket="/?ticket=$field"
    fi
    printf '  from afar https://%s:%s%s\n' "$name" "$tls_chosen" "${ticket:-/}"
    [[ ! -r $data/tls/fingerprint || -n $tls_cert ]] || printf '  SHA-256   %s (self-signed; compare it with the browser'"'"'s warning)\n' "$(<"$data/tls/fingerprint")"
}

# Who asked for it gets it, or no instance
require_encryption() {
    [[ -n ${tls_bind:-} ]] && ! listener "$tls_chosen" || return 0
    stop_jvm
    forget_instance
    local -a why=()
    mapfile -t why < <(log_tail | grep -E 'JOPIL-147' | cut -c1-300 | tail -n 1)
    fail 1 "JOPIL-147 $tls_bind:$tls_chosen does not listen." ${why[@]+"${why[@]}"} \
        "Give a PEM certificate with --tls-cert FILE and its key with --tls-key FILE, or neither of them for a self-signed one."
}

# The list is made once a second: the one of before the attachment is waited out
read_interfaces() {
    local deadline=$((SECONDS + 3 * patience))
    while http GET /api/interfaces application/x-ndjson && [[ $http_status == 200 ]]; do
        if [[ $http_body == *'"attached":true'* ]] || ((SECONDS >= deadline || interrupted)); then
            return 0
        fi
        pause 0.1
    done
    return 1
}

hook_names() {
    local field hook ingress='' egress=''
    [[ $1 =~ \"hook\":\{[^}]*\} ]] || return 0
    hook=${BASH_REMATCH[0]}
    json_field "$hook" ingress && ingress=$field
    json_field "$hook" egress && egress=$field
    [[ -z $ingress ]] || printf 'in %s' "$ingress"
    [[ -z $egress ]] || printf '%sout %s' "${ingress:+, }" "$egress"
}

build_version() {
    local line
    if [[ -r $home/build.version ]] && read -r line <"$home/build.version"; then
        printf '%s' "$line"
    fi
}

# Until a signal or the JVM's end; on a terminal one live line a second
watch_instance() {
    while jvm_lives && ((!interrupted)); do
        [[ ! -t 1 ]] || (live_line)
        pause 1
    done
    [[ ! -t 1 ]] || printf '\r\033[K'
}

live_line() {
    local field packets='–' pps='–' flows='–' uncounted='–' cpu='–' rss='–'
    http_timeout=1
    read -r token <"$data/token"
    http GET /api/stats && [[ $http_status == 200 ]] || return 0
    json_field "$http_body" total_packets && packets=$field
    json_field "$http_body" packets_per_second && pps=${field%%.*}
    json_field "$http_body" flow_count && flows=$field
    json_field "$http_body" difference && uncounted=$field
    json_field "$http_body" cpu_percent && cpu=$(printf '%.1f' "$field")
    json_field "$http_body" rss_bytes && rss=$((field / 1000000))
    printf '\r\033[K%s packets  %s/s  %s flows  %s uncounted  own cost: %s %% CPU, %s MB' \
        "$packets" "$pps" "$flows" "$uncounted" "$cpu" "$rss"
}

# Asks the JVM to end, waits at most 10 s times patience; a second signal of the user's means at once. Status in $jvm_status
stop_jvm() {
    local deadline=$((SECONDS + 10 * patience)) killed='' ended_by_us=''
    if jvm_lives; then
        ended_by_us=1
        kill -TERM "$jvm" 2>/dev/null
    fi
    while jvm_lives; do
        if ((interrupted > 1 || SECONDS >= deadline)); then
            kill -KILL "$jvm" 2>/dev/null
            killed=1
            break
        fi
        pause 0.05
    done
    wait "$jvm" 2>/dev/null
    jvm_status=$?
    if [[ -n $killed ]]; then
        say "jopil: killed; the kernel detaches what was attached by itself. What was not yet read shows as a gap." >&2
        jvm_status=1
    elif ((jvm_status == 143)) || [[ -n $ended_by_us ]] && ((jvm_status == 130)); then
        jvm_status=0
    elif ((jvm_status != 0)); then
        say "jopil: JOPIL ended unexpectedly (status $jvm_status). The log: $log and $data/log/console.log" >&2
        jvm_status=1
    fi
}

# What the sensor said at its end
print_totals() {
    log_tail | sed -nE 's/^[^ ]+ +INFO +[^ ]+ +(detached from )/  \1/p' | cut -c1-300
    say "Stopped."
}
