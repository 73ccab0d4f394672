# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# In a clone: the tools, the build, and a distribution that the next build does not pull from under a running instance.
# shellcheck disable=SC2034,SC2154

readonly source_folders=(pom.xml bpf bundles examples/demo-shop features assembly etc)

# As the one who called sudo, so that the clone stays theirs
as_invoker() {
    if ((EUID == 0)) && [[ -n ${SUDO_USER:-} && $SUDO_USER != root && $(stat -c %U "$root") == "$SUDO_USER" ]]; then
        sudo -u "$SUDO_USER" -H --preserve-env=PATH,JAVA_HOME,MAVEN_OPTS,CI -- "$@"
    else
        "$@"
    fi
}

# Packages of Debian for what is not here, in $missing
find_missing() {
    missing=()
    find_java javac || missing+=(openjdk-17-jdk-headless)
    need_command mvn maven
    need_command node nodejs
    need_command npm npm
    need_command clang clang
    need_command llvm-strip llvm
    need_command gcc gcc
    need_command make make
    need_command flock util-linux
    need_file /usr/include/bpf/bpf_helpers.h libbpf-dev
    need_file /usr/include/gelf.h libelf-dev
    need_file /usr/include/zlib.h zlib1g-dev
    need_file /usr/include/stdio.h libc6-dev
}

need_command() { command -v "$1" >/dev/null || missing+=("$2"); }
need_file() { [[ -e $1 ]] || missing+=("$2"); }

# install_packages WHY PACKAGE...
install_packages() {
    local why=$1 answer
    shift
    say "$why needs: $*"
    command -v apt-get >/dev/null ||
        fail 1 "these packages are missing: $*" "This is no Debian, so they are not installed for you." "Install them and try again."
    if [[ -t 0 && -t 1 && -z ${assume_yes:-} ]]; then
        read -rp "Install them with apt-get now? [Y/n] " answer
        [[ ${answer,,} != n* ]] || fail 1 "nothing was installed" '' "apt-get install $*"
    fi
    local -a elevate=()
    ((EUID == 0)) || elevate=(sudo)
    mkdir -p "$root/target"
    if ! { "${elevate[@]}" apt-get update && DEBIAN_FRONTEND=noninteractive "${elevate[@]}" apt-get install -y --no-install-recommends "$@"; } \
        >"$root/target/apt.log" 2>&1; then
        tail -n 5 "$root/target/apt.log" >&2
        fail 1 "apt-get could not install $*" "The lines above are its last ones; all are in $root/target/apt.log." "apt-get install $*"
    fi
}

sources_id() {
    (cd "$root" && find "${source_folders[@]}" \( -name target -o -name node_modules \) -prune -o -type f -printf '%p %s %T@\n') |
        LC_ALL=C sort | sha256sum | cut -c1-32
}

# Builds when the sources are newer than the distribution; then $home is dist/<build id>
bring_up_to_date() {
    local built='' now
    as_invoker mkdir -p "$root/dist" "$root/target"
    exec {build_fd}>>"$root/target/build.lock"
    flock -n "$build_fd" || {
        say "Another build is running in $root; waiting for it."
        flock "$build_fd"
    }
    now=$(sources_id)
    [[ ! -r $root/dist/sources.id ]] || read -r built <"$root/dist/sources.id"
    if [[ $now != "$built" || ! -e $root/dist/current/build.id ]]; then
        find_missing
        if ((${#missing[@]})); then
            install_packages "Building JOPIL" "${missing[@]}"
            find_missing
            ((${#missing[@]} == 0)) || fail 1 "still missing after the installation: ${missing[*]}" '' "See $root/target/apt.log."
        fi
        build_distribution
        keep_distribution
        printf '%s\n' "$now" | as_invoker tee "$root/dist/sources.id" >/dev/null
    fi
    use_newest_distribution
    # held as long as we run: a later build does not delete this distribution
    exec {home_fd}<"$home/build.id"
    flock -s "$home_fd"
    exec {build_fd}>&-
}

use_newest_distribution() {
    home=$(readlink -f "$root/dist/current")
    [[ -d ${home:-/nonexistent} ]] || home=$root/assembly/target/assembly
    [[ -d $home/system ]] || fail 1 "nothing is built yet" '' "Build it: $root/jopil run, or mvn -DskipTests install."
    libexec=$home/libexec
}

# Karaf's Maven plugin leaves its downloads in the temporary directory: keep that inside the clone
maven_temporary_files() {
    [[ $root != *[[:space:]]* ]] || return 0 # MAVEN_OPTS are words
    as_invoker mkdir -p "$root/target/tmp"
    export MAVEN_OPTS="${MAVEN_OPTS:-} -Djava.io.tmpdir=$root/target/tmp"
}

# Maven's noise goes to a file; the screen gets a line per part
build_distribution() {
    local log=$root/target/build.log line module part='' now started=$SECONDS status=1
    local building='^\[INFO\] Building JOPIL :: (.*) [0-9]+\.[^ ]* +\['
    say "Building JOPIL, because the sources are newer than the distribution (log: $log)"
    export JAVA_HOME=$java_home
    maven_temporary_files
    while IFS= read -r line; do
        if [[ $line =~ $building ]]; then
            module=${BASH_REMATCH[1]}
            now=$(part_of "$module")
            if [[ $now != "$part" ]]; then
                [[ -z $part ]] || printf '%3d s\n' $((SECONDS - started))
                printf '  %-44s' "$now"
                part=$now started=$SECONDS
            fi
        elif [[ $line == status\ * ]]; then
            status=${line#status }
            [[ -z $part ]] || printf '%3d s\n' $((SECONDS - started))
        fi
    done < <(
        cd "$root" || exit
        as_invoker mvn -B -ntp -pl assembly -am -DskipTests -Dspotless.check.skip -Djopil.lint.skip install 2>&1 |
            as_invoker tee "$log" | grep --line-buffered '^\[INFO\] Building JOPIL'
        echo "status ${PIPESTATUS[0]}"
    )
    if [[ $status != 0 ]]; then
        grep -E '^\[ERROR\]' "$log" | head -n 8 | cut -c1-300 >&2
        fail 1 "the build failed" "The lines above are Maven's first errors; all is in $log." ''
    fi
}

part_of() {
    case $1 in
        API | Configuration | BPF) echo "kernel half, libbpf and their loader" ;;
        Statistics | Web | REST | Stream | Shell) echo "web, REST, stream and shell" ;;
        Dashboard) echo "page" ;;
        Examples* | Features | Assembly) echo "distribution" ;;
        *) echo "sensor, bus and analyzers" ;;
    esac
}

# Hard links to the assembly under the build's id; ones that nobody runs any more go
keep_distribution() {
    local built old
    read -r built <"$root/assembly/target/assembly/build.id"
    if [[ ! -d $root/dist/$built ]]; then
        as_invoker rm -rf "$root/dist/.new"
        as_invoker cp -al "$root/assembly/target/assembly" "$root/dist/.new"
        as_invoker mv "$root/dist/.new" "$root/dist/$built"
    fi
    as_invoker ln -sfn "$built" "$root/dist/current"
    for old in "$root"/dist/*/; do
        old=${old%/}
        [[ $old != */current && ${old##*/} != "$built" && -e $old/build.id ]] || continue
        ! flock -n "$old/build.id" true || as_invoker rm -rf "$old"
    done
}
