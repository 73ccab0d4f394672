# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil VERB...: a command of the running instance
# shellcheck disable=SC2154

readonly own_verbs=(run replay test doctor shell status stop url token logs cleanup dist help)
readonly shell_verbs=(attach detach interfaces flows packets drops tcp latency journey trace capture why protocols cpus top analyzers ledger report cost measure memory privacy audit)

# The answer is an error: tells it, and ends with its status
fail_with_answer() {
    local title="HTTP $http_status" detail='' field http_body
    IFS= read -rd '' -t 5 -u "$http_fd" http_body || true
    if [[ $http_body != \{* ]]; then
        printf '%s\n' "${http_body%$'\n'}" >&2
        exit "${http_exit:-1}"
    fi
    json_field "$http_body" title && title=$field
    json_field "$http_body" detail && detail=$field
    json_field "$http_body" code && title="$field $title"
    printf 'jopil: %s\n' "$title" >&2
    [[ -z $detail ]] || printf '       %b\n' "${detail//%/%%}" >&2
    exit "${http_exit:-1}"
}

verb_remote() {
    local body='' word
    if [[ $1 == status ]] && ! is_held; then
        say "No JOPIL runs with the data directory $data."
        exit 4
    fi
    # a word that is no verb deserves its answer without an instance, too
    if [[ ! -r $data/run/http ]] && ! is_held; then
        word=$(near "$1" "${own_verbs[@]}" "${shell_verbs[@]}")
        [[ -z $word || $word == "$1" ]] || usage_error "'$1' is no verb of the launcher, and no JOPIL runs with the data directory $data" "jopil help" "$word"
    fi
    require_instance
    for word; do body+=${body:+,}$(json_string "$word"); done
    http_open POST /api/command 'text/plain, application/problem+json;q=0.5' "{\"args\":[$body]}" 2>/dev/null ||
        fail 1 "the JOPIL at $base_url does not answer" '' "See jopil logs."
    [[ $http_status == 200 ]] || fail_with_answer
    cat <&"$http_fd"
    exit "${http_exit:-0}"
}
