# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil token [--operator|--viewer]
# shellcheck disable=SC2154

verb_token() {
    local file=$data/token
    case ${1:-} in
        '') ;;
        --operator | --viewer) file=$data/token.${1#--} ;;
        *) usage_error "'jopil token' has no option $1" "jopil token --viewer" "$(near "$1" --operator --viewer)" ;;
    esac
    [[ -e $file || ! -d $data || -r $data ]] || fail 3 "$data may not be read by $(id -un)" '' "Try again with sudo."
    [[ -e $file ]] || fail 4 "there is no token in $data yet" "The first start makes it." "sudo jopil run, or name another directory: --data DIR."
    [[ -r $file ]] || fail 3 "$file may not be read by $(id -un)" '' "Try again with sudo."
    cat "$file"
}
