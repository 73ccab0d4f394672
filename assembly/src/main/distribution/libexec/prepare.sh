# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is checked and made ready before a JVM starts.
# shellcheck disable=SC2154

# Capabilities by bit of CapEff
readonly cap_net_admin=12 cap_sys_admin=21 cap_perfmon=38 cap_bpf=39

require_privilege() {
    local line effective=0 missing=()
    while IFS= read -r line; do
        [[ $line != CapEff:* ]] || effective=$((16#${line##*[[:space:]]}))
    done </proc/self/status
    if ((!(effective >> cap_sys_admin & 1))); then
        ((effective >> cap_bpf & 1)) || missing+=(CAP_BPF)
        ((effective >> cap_perfmon & 1)) || missing+=(CAP_PERFMON)
    fi
    ((effective >> cap_net_admin & 1)) || missing+=(CAP_NET_ADMIN)
    ((${#missing[@]})) || return 0
    if [[ ${missing[*]} == CAP_NET_ADMIN ]]; then
        fail 3 "JOPIL-102 JOPIL may not attach to interfaces." \
            "The process lacks CAP_NET_ADMIN (it runs as $(id -un), CapEff $(printf '%x' "$effective"))." \
            "Run it as root: sudo $0 run. With systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN."
    fi
    local list
    printf -v list '%s, ' "${missing[@]}"
    fail 3 "JOPIL-101 JOPIL may not load eBPF programs." \
        "The process lacks ${list%, } (it runs as $(id -un), CapEff $(printf '%x' "$effective"))." \
        "Run it as root: sudo $0 run. With systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN."
}

# require_interface SPEC: IF, NS/IF or any
require_interface() {
    local spec=$1 namespace='' name=$1 path others=()
    [[ $spec != any ]] || return 0
    if [[ $spec == */* ]]; then
        namespace=${spec%%/*} name=${spec#*/}
        if [[ ! -e /run/netns/$namespace ]]; then
            for path in /run/netns/*; do [[ -e $path ]] && others+=("${path##*/}"); done
            fail 4 "JOPIL-124 Network namespace $namespace does not exist." \
                "Here are: ${others[*]:-none} (ip netns)." \
                "$(did_you_mean "$(near "$namespace" ${others[@]+"${others[@]}"})")"
        fi
        # its interfaces are only visible from inside; the sensor looks there
        return 0
    fi
    [[ ! -e /sys/class/net/$name || -z $name ]] || return 0
    for path in /sys/class/net/*; do [[ -d $path ]] && others+=("${path##*/}"); done
    fail 4 "JOPIL-124 Interface $name does not exist." "Here are: ${others[*]} (ip link)." \
        "$(did_you_mean "$(near "$name" "${others[@]}")")"
}

did_you_mean() { [[ -z $1 ]] || printf "Did you mean '%s'?" "$1"; }

# The inode of the TCP socket that listens on port $1 (any address that clashes with loopback), in $inode
listener() {
    local hex local_address state found table
    inode=''
    printf -v hex '%04X' "$1"
    for table in /proc/net/tcp /proc/net/tcp6; do
        [[ -r $table ]] || continue
        while read -r _ local_address _ state _ _ _ _ _ found _; do
            if [[ $state == 0A && ${local_address##*:} == "$hex" ]]; then
                inode=$found
                return 0
            fi
        done <"$table"
    done
    return 1
}

# Who holds socket inode $1: "pid 812 (nginx)"
holder() {
    local fd pid name
    for fd in /proc/[0-9]*/fd/*; do
        if [[ $(readlink "$fd" 2>/dev/null) == "socket:[$1]" ]]; then
            pid=${fd#/proc/}
            pid=${pid%%/*}
            name=$(<"/proc/$pid/comm")
            printf 'pid %s (%s)' "$pid" "$name"
            return
        fi
    done
    printf 'another user'\''s process'
}

# require_port PORT OPTION
require_port() {
    listener "$1" || return 0
    fail 1 "JOPIL-140 Port $1 is taken by $(holder "$inode")." '' "Stop it, or choose another: $2 PORT ($2 0 picks a free one)."
}

# A free port below the ephemeral range, so that no outgoing connection takes it meanwhile; in $port
free_port() {
    local tries
    for ((tries = 0; tries < 1000; tries++)); do
        port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
        listener "$port" || return 0
    done
    fail 1 "no free port between 20000 and 32000" '' "Name one: --port PORT."
}

random_token() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# DATA with its folders; only its owner reads it
make_data() {
    local why
    if ! why=$({ mkdir -p "$data" && mkdir -p "$data"/{etc,deploy,data/tmp,log,run}; } 2>&1) || [[ ! -w $data ]]; then
        fail 1 "the data directory $data can't be used" "${why:-It is not writable.}" "Choose another: --data DIR."
    fi
    data=$(readlink -f "$data")
    chmod 700 "$data"
}

# Files of DATA/etc that people edit: copied only when absent. All others belong to the distribution, which would
# not start with the ones of another version.
is_user_owned() {
    case $1 in
        org.jopil.*.cfg | keys.properties | host.key | host.key.pub | custom.*) return 0 ;;
        *) return 1 ;;
    esac
}

copy_etc() {
    local file name list=$data/etc/.distribution
    local -A shipped=()
    while IFS= read -r -d '' file; do
        name=${file#"$home/etc/"}
        is_user_owned "$name" && [[ -e $data/etc/$name ]] && continue
        is_user_owned "$name" || shipped[$name]=1
        [[ $name != */* ]] || mkdir -p "$data/etc/${name%/*}"
        cmp -s "$file" "$data/etc/$name" || cp "$file" "$data/etc/$name"
    done < <(find "$home/etc" -type f -print0)
    # what an older distribution brought and this one does not have
    if [[ -r $list ]]; then
        while IFS= read -r name; do
            [[ -z $name || $name == *..* || -n ${shipped[$name]:-} ]] || rm -f "$data/etc/$name"
        done <"$list"
    fi
    printf '%s\n' "${!shipped[@]}" >"$list"
}

make_tokens() {
    local file
    for file in token token.operator token.viewer; do
        [[ -s $data/$file ]] || (umask 077 && random_token >"$data/$file.new" && mv "$data/$file.new" "$data/$file")
    done
}

# --tls-cert and --tls-key, made absolute
check_certificate() {
    local option file
    if [[ -z $tls_bind && -n $tls_cert$tls_key ]]; then
        usage_error "--tls-cert and --tls-key go with another address than loopback" "jopil run --bind 0.0.0.0 --tls-cert cert.pem --tls-key key.pem"
    fi
    if [[ -n $tls_cert && -z $tls_key || -z $tls_cert && -n $tls_key ]]; then
        usage_error "--tls-cert and --tls-key go together" "jopil run --bind 0.0.0.0 --tls-cert cert.pem --tls-key key.pem"
    fi
    for option in tls_cert tls_key; do
        file=${!option}
        [[ -z $file || -r $file ]] || fail 2 "$file can't be read." '' "Give a PEM file: --${option/_/-} FILE."
        [[ -z $file ]] || printf -v "$option" '%s' "$(readlink -f "$file")"
    done
}

# A certificate of our own, in DATA/tls with its fingerprint: made once for an address, and again when it grows old
make_certificate() {
    [[ -z $tls_cert ]] || return 0
    local folder=$data/tls names address
    [[ -x $java_home/bin/keytool ]] || fail 1 "JOPIL-141 Refusing to listen on $tls_bind without encryption." \
        "$java_home has no keytool, which makes a certificate." \
        "Give one: --tls-cert FILE --tls-key FILE. Or tunnel: ssh -N -L $http_port:127.0.0.1:$http_port $(id -un)@$(uname -n)."
    names="dns:$(uname -n),dns:localhost"
    case $tls_bind in
        0.0.0.0 | ::)
            while read -r _ _ _ address _; do names+=",ip:${address%/*}"; done < <(ip -o addr show scope global 2>/dev/null)
            ;;
        *[!0-9.:a-fA-F]*) names+=",dns:$tls_bind" ;;
        *) names+=",ip:$tls_bind" ;;
    esac
    if [[ -s $folder/keystore.p12 && $(<"$folder/names") == "$names" && -z $(find "$folder/keystore.p12" -mtime +700) ]]; then
        return 0
    fi
    rm -rf "$folder"
    (
        umask 077
        mkdir "$folder" && random_token >"$folder/password" && printf '%s' "$names" >"$folder/names" &&
            "$java_home/bin/keytool" -genkeypair -alias jopil -keyalg EC -groupname secp256r1 -validity 825 \
                -dname "CN=JOPIL on $(uname -n)" -ext "san=$names" -storetype PKCS12 \
                -keystore "$folder/keystore.p12" -storepass:file "$folder/password" &&
            LC_ALL=C "$java_home/bin/keytool" -list -keystore "$folder/keystore.p12" -storepass:file "$folder/password" |
            sed -n 's/.*SHA-256): *//p' >"$folder/fingerprint"
    ) >"$data/log/keytool.log" 2>&1 || fail 1 "JOPIL-141 Refusing to listen on $tls_bind without encryption." \
        "keytool made no certificate: $(tail -n 1 "$data/log/keytool.log")" "See $data/log/keytool.log."
}

# A key for `jopil shell`, made anew at every start
make_shell_key() {
    local user=jopil-shell public
    rm -f "$data/run/shell_key" "$data/run/shell_key.pub" "$data/run/known_hosts"
    sed -i "/^$user *=/d" "$data/etc/keys.properties"
    command -v ssh-keygen >/dev/null || return 0
    ssh-keygen -q -t ed25519 -N '' -C "$user" -f "$data/run/shell_key" || return 0
    read -r _ public _ <"$data/run/shell_key.pub"
    printf '%s = %s,_g_:admingroup\n' "$user" "$public" >>"$data/etc/keys.properties"
}

# The bundle cache remembers code by version; another build of the same version must not meet the old one
clean_stale_cache() {
    local built='' cached=''
    [[ ! -r $home/build.id ]] || read -r built <"$home/build.id"
    [[ ! -r $data/data/cache.id ]] || read -r cached <"$data/data/cache.id"
    if [[ -z $built || $built != "$cached" ]]; then
        rm -rf "$data/data/cache" "$data/data/generated-bundles"
        printf '%s\n' "$built" >"$data/data/cache.id"
    fi
}
