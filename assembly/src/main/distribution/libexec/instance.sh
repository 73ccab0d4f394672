# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One instance: its lock, its JVM, its end.
# shellcheck disable=SC2154

# Keeps a lock on DATA as long as this launcher or the JVM that inherits it lives
lock_data() {
    exec {lock_fd}>>"$data/run/lock"
    flock -n "$lock_fd" && return
    local pid url=''
    instance_pid
    [[ ! -r $data/run/http ]] || read -r url <"$data/run/http"
    fail 1 "$data is in use by another JOPIL${pid:+, pid $pid}${url:+, $url/}." '' \
        "Stop it: jopil stop --data $data. Or give this one its own: --data DIR (with --port 0 --ssh-port 0)."
}

# start_jvm PROPERTY...: the JVM in the background with SIGINT ignored, so that Ctrl-C is ours to answer
start_jvm() {
    local class_path='' jar specs
    read_memory
    for jar in "$home"/lib/boot/*.jar "$home"/lib/jdk9plus/*.jar; do class_path+=:$jar; done
    specs=$(printf '%s' "$home"/lib/endorsed/org.apache.karaf.specs.locator-*.jar)
    local -a command=(
        "$java_home/bin/java" "@$libexec/jvm.options"
        --patch-module "java.base=$specs"
        --patch-module "java.xml=$(printf '%s' "$home"/lib/endorsed/org.apache.karaf.specs.java.xml-[0-9]*.jar)"
        "-Xmx${heap}m" "-XX:ErrorFile=$data/log/hs_err_pid%p.log"
        "-Dkaraf.home=$home" "-Dkaraf.base=$data" "-Dkaraf.data=$data/data" "-Dkaraf.etc=$data/etc"
        "-Dkaraf.log=$data/log" "-Dkaraf.instances=$data/data/instances" "-Djava.io.tmpdir=$data/data/tmp"
        "-Djava.util.logging.config.file=$data/etc/java.util.logging.properties"
        "-Djopil.data=$data" "-Djopil.build=$(build_name)" "$@"
    )
    # shellcheck disable=SC2206  # options are words
    command+=(${JOPIL_JAVA_OPTS:-} -classpath "${class_path#:}" org.apache.karaf.main.Main)
    # a launcher that is killed takes the JVM down in good order
    ! command -v setpriv >/dev/null || command=(setpriv --pdeathsig TERM "${command[@]}")
    (
        trap '' INT
        cd "$data" || exit 1
        exec "${command[@]}" </dev/null >>"$data/log/console.log" 2>&1
    ) &
    jvm=$!
    printf '%s\n' "$jvm" >"$data/run/pid"
}

jvm_lives() { kill -0 "$jvm" 2>/dev/null; }

forget_instance() { rm -f "$data"/run/{pid,http,ssh,shell_key,shell_key.pub,known_hosts}; }

build_name() {
    local id=''
    [[ ! -r $home/build.id ]] || read -r id <"$home/build.id"
    printf '%s' "$id"
}
