# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every verb needs: messages, near names, the data directory.
# shellcheck disable=SC2034,SC2154  # sourced: $root, $libexec come from bin/jopil, the verbs use $data

# Exit status: 0 fine, 1 failed, 2 bad usage, 3 not permitted, 4 not found

if [[ -n ${JOPIL_DATA:-} ]]; then
    data=$JOPIL_DATA
elif [[ -n $root ]]; then
    data=$root/data
else
    data=/var/lib/jopil
fi
usual_data=$data
data_given=''

# Where the running demo notes what it is
readonly demo_record=/run/jopil-demo

# On a slow machine: the factor of the launcher's time-outs
patience=${JOPIL_PATIENCE:-1}
[[ $patience =~ ^[1-9][0-9]?$ ]] || patience=1

load() {
    local part
    for part; do
        # shellcheck source=/dev/null
        source "$libexec/$part.sh"
    done
}

say() { printf '%s\n' "$*"; }

# fail STATUS WHAT WHY WHAT-TO-DO...: one message, then the end
fail() {
    local status=$1
    printf 'jopil: %s\n' "$2" >&2
    shift 2
    local line
    for line; do
        [[ -z $line ]] || printf '       %s\n' "$line" >&2
    done
    exit "$status"
}

# usage_error WHAT EXAMPLE [NEAR-NAME]
usage_error() {
    local hint=''
    [[ -z ${3:-} ]] || hint="Did you mean '$3'?"
    fail 2 "$1." "$hint" "For example: $2"
}

# The smallest number of edits from $1 to $2, in $distance
edit_distance() {
    local a=$1 b=$2 i j cost up left diagonal
    local -a row=()
    for ((j = 0; j <= ${#b}; j++)); do row[j]=$j; done
    for ((i = 1; i <= ${#a}; i++)); do
        diagonal=${row[0]}
        row[0]=$i
        for ((j = 1; j <= ${#b}; j++)); do
            up=$((row[j] + 1)) left=$((row[j - 1] + 1))
            cost=1
            [[ ${a:i-1:1} != "${b:j-1:1}" ]] || cost=0
            diagonal=$((diagonal + cost))
            ((up < diagonal)) && diagonal=$up
            ((left < diagonal)) && diagonal=$left
            cost=${row[j]}
            row[j]=$diagonal
            diagonal=$cost
        done
    done
    distance=${row[${#b}]}
}

# near WORD CANDIDATE...: prints the nearest candidate when it is near enough
near() {
    local word=$1 best='' candidate least distance
    shift
    least=$((${#word} / 3 + 2))
    for candidate; do
        edit_distance "$word" "$candidate"
        if ((distance < least)); then
            best=$candidate least=$distance
        fi
    done
    [[ -z $best ]] || printf '%s' "$best"
}

# pause SECONDS without starting a process
exec {never}<> <(:)
pause() { read -rt "$1" -u "$never" || true; }

# is_held [DIR]: whether an instance holds the data directory; its launcher and its JVM both keep the lock
is_held() {
    local lock=${1:-$data}/run/lock
    [[ -e $lock ]] && ! flock -n "$lock" true 2>/dev/null
}

instance_pid() {
    pid=''
    [[ ! -r $data/run/pid ]] || read -r pid <"$data/run/pid"
}

# Who names no data directory means the demo's, unless an instance runs where it belongs
prefer_demo() {
    local found
    [[ -z $data_given && -r $demo_record/data ]] && ! is_held "$data" || return 0
    if read -r found <"$demo_record/data" && is_held "$found"; then data=$found; fi
}
