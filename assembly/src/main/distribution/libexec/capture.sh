# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil capture IF [-w FILE|-]...: a relative file is one of this directory, - is standard output
# shellcheck disable=SC2154

url_encoded() {
    local text=$1 out='' i char LC_ALL=C
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        if [[ $char == [a-zA-Z0-9._-] ]]; then
            out+=$char
        else
            printf -v char '%%%02X' "'$char"
            # a byte beyond ASCII is printed with its sign
            out+=%${char: -2}
        fi
    done
    printf '%s' "$out"
}

verb_capture() {
    local file=''
    local -a words=()
    while (($#)); do
        case $1 in
            -w=* | --write=*) file=${1#*=} ;;
            -w | --write)
                (($# > 1)) || usage_error "$1 needs a file, or - for standard output" "jopil capture lo -w lo.pcapng"
                file=$2
                shift
                ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    if [[ $file == - ]]; then
        stream_capture ${words[@]+"${words[@]}"}
        return
    fi
    [[ -z $file || $file == /* ]] || file=$PWD/$file
    [[ -z $file ]] || words+=(-w "$file")
    verb_remote capture ${words[@]+"${words[@]}"}
}

# Options and words as the shell's command has them
stream_capture() {
    local query='' name filter='' interface=''
    while (($#)); do
        name=''
        case $1 in
            -c | --count | -c=* | --count=*) name=count ;;
            --seconds | --seconds=*) name=seconds ;;
            --snaplen | --snaplen=*) name=snaplen ;;
            -*) usage_error "'$1' does not go together with -w -" "jopil capture lo icmp -c 10 -w - | tshark -r -" ;;
        esac
        if [[ -n $name && $1 == *=* ]]; then
            query+="&$name=$(url_encoded "${1#*=}")"
        elif [[ -n $name ]]; then
            (($# > 1)) || usage_error "$1 needs a value" "jopil capture lo icmp $1 10 -w -"
            query+="&$name=$(url_encoded "$2")"
            shift
        elif [[ -z $interface ]]; then
            interface=$1
        else
            filter+=${filter:+ }$1
        fi
        shift
    done
    [[ -n $interface ]] || usage_error "capture needs an interface, or any" "jopil capture lo icmp -w - | tshark -r -"
    require_instance
    http_open GET "/api/capture?interface=$(url_encoded "$interface")&filter=$(url_encoded "$filter")$query" \
        'application/x-pcapng, application/problem+json;q=0.5' 2>/dev/null ||
        fail 1 "the JOPIL at $base_url does not answer" '' "See jopil logs."
    [[ $http_status == 200 ]] || fail_with_answer
    cat <&"$http_fd"
}
