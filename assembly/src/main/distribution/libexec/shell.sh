# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil shell [COMMAND]: the Karaf shell of the running instance
# shellcheck disable=SC2154

verb_shell() {
    local address port
    require_instance
    read -r address <"$data/run/ssh"
    port=${address##*:}
    if [[ -r $data/run/shell_key ]] && command -v ssh >/dev/null; then
        local -a options=(
            -F none -p "$port" -i "$data/run/shell_key" -o IdentitiesOnly=yes -o IdentityAgent=none
            -o BatchMode=yes -o LogLevel=ERROR
            # the key of the host is made by the first start; this is our own loopback
            -o StrictHostKeyChecking=accept-new -o HostKeyAlias=jopil -o "UserKnownHostsFile=$data/run/known_hosts"
        )
        exec ssh "${options[@]}" -l jopil-shell 127.0.0.1 ${1+"$*"}
    fi
    load java
    require_java
    # Karaf's client finds its password in its etc, and ends with its standard input
    local etc status
    etc=$(mktemp -d "$data/run/client.XXXXXX") || exit 1
    trap 'rm -rf "$etc"' EXIT
    printf 'jopil = %s,_g_:admingroup\n' "$token" >"$etc/users.properties"
    printf 'sshPort = %s\nsshHost = 127.0.0.1\n' "$port" >"$etc/org.apache.karaf.shell.cfg"
    touch "$etc/system.properties" "$etc/config.properties"
    export JAVA_HOME=$java_home KARAF_BASE=$data KARAF_DATA=$data/data KARAF_ETC=$etc KARAF_LOG=$data/log
    if (($#)); then
        printf '%s\n' "$*" | "$home/bin/client" -b
    else
        "$home/bin/client"
    fi
    status=$?
    rm -rf "$etc"
    return "$status"
}
