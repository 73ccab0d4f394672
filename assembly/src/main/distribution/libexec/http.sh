# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# HTTP to the running instance without curl and without a JVM: a verb has 300 ms.
# shellcheck disable=SC2034,SC2154  # sourced: the answer is left in http_* for the caller

json_string() {
    local text=$1 out='' i char code
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    if [[ $text == *[[:cntrl:]]* ]]; then
        for ((i = 0; i < ${#text}; i++)); do
            char=${text:i:1}
            if [[ $char == [[:cntrl:]] ]]; then
                printf -v code '\\u%04x' "'$char"
                out+=$code
            else
                out+=$char
            fi
        done
        text=$out
    fi
    printf '"%s"' "$text"
}

# The value of a top-level-looking string or number field, in $field; the first occurrence wins
json_field() {
    local pattern="\"$2\":(\"(([^\"\\\\]|\\\\.)*)\"|[-0-9.eE+]+|true|false|null)"
    field=''
    [[ $1 =~ $pattern ]] || return 1
    field=${BASH_REMATCH[1]}
    if [[ $field == \"* ]]; then
        field=${BASH_REMATCH[2]}
        field=${field//\\\"/\"}
        field=${field//\\\\/\\}
    elif [[ $field == null ]]; then
        field=''
    fi
}

# Where the instance listens and how to get in; ends with a message when there is none
require_instance() {
    if [[ -e $data/run && ! -r $data/run/http ]] && [[ ! -x $data/run || ! -r $data/run ]]; then
        fail 3 "$data may not be read by $(id -un)" "It belongs to $(stat -c %U "$data")." "Try again with sudo."
    fi
    if [[ ! -r $data/run/http ]] || ! is_held; then
        fail 4 "no JOPIL runs with the data directory $data" '' \
            "Start one: sudo jopil run. Or name another directory: --data DIR."
    fi
    read -r base_url <"$data/run/http"
    authority=${base_url#http://}
    [[ -r $data/token ]] || fail 3 "the token $data/token may not be read by $(id -un)" '' "Try again with sudo."
    read -r token <"$data/token"
}

# http_open METHOD PATH ACCEPT [BODY]: sends, reads the head; the body waits in $http_fd
http_open() {
    local method=$1 path=$2 accept=$3 body=${4:-} line name
    local host=${authority%:*} LC_ALL=C
    host=${host#[} host=${host%]}
    exec {http_fd}<>"/dev/tcp/$host/${authority##*:}" || return 1
    # 1.0: the answer ends with the connection, so nothing is chunked
    {
        printf '%s %s HTTP/1.0\r\nHost: %s\r\nAccept: %s\r\n' "$method" "$path" "$authority" "$accept"
        [[ -z ${token:-} ]] || printf 'Authorization: Bearer %s\r\n' "$token"
        [[ -z $body ]] || printf 'Content-Type: application/json\r\nContent-Length: %d\r\n' "${#body}"
        printf '\r\n%s' "$body"
    } >&"$http_fd" || return 1
    http_status='' http_exit=''
    IFS=' ' read -rt "${http_timeout:-30}" -u "$http_fd" _ http_status _ || return 1
    while IFS= read -rt 30 -u "$http_fd" line; do
        line=${line%$'\r'}
        [[ -n $line ]] || break
        name=${line%%:*}
        [[ ${name,,} != x-exit-status ]] || http_exit=${line#*: }
    done
    [[ $http_status == [1-5][0-9][0-9] ]]
}

http_close() { exec {http_fd}>&-; }

# http METHOD PATH [ACCEPT [BODY]]: the whole answer in $http_body, status in $http_status
http() {
    http_body=''
    http_open "$1" "$2" "${3:-application/json}" "${4:-}" 2>/dev/null || return 1
    IFS= read -rd '' -t 30 -u "$http_fd" http_body || true
    http_close
}
