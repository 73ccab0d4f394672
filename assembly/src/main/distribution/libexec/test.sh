# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil test [--long]: the gate. Builds and checks everything and leaves the machine as it was.
# shellcheck disable=SC2034,SC2154

verb_test() {
    local long='' corpus='' status failed=0 started=$SECONDS suites=() failures=()
    while (($#)); do
        case $1 in
            --long) long=1 ;;
            --yes | -y) assume_yes=1 ;;
            *) usage_error "'jopil test' has no option $1" "jopil test --long" "$(near "$1" --long --yes)" ;;
        esac
        shift
    done
    find_missing
    find_missing_for_tests
    if ((${#missing[@]})); then
        install_packages "Testing JOPIL" "${missing[@]}"
        find_missing
        find_missing_for_tests
        ((${#missing[@]} == 0)) || fail 1 "still missing after the installation: ${missing[*]}" '' "See $root/target/apt.log."
    fi
    if ((EUID != 0)) && [[ -n ${CI:-} ]]; then
        fail 3 "the kernel tests need root" "CI is set, so they may not be skipped." "sudo -E $0 test"
    fi
    mkdir -p "$root/target"
    work=$(mktemp -d) || exit 1 # global: the trap outlives this function
    trap 'rm -rf "$work"' EXIT
    export JAVA_HOME=$java_home
    maven_temporary_files
    (cd "$root" && find . -path ./dist -prune -o -name node_modules -prune -o \
        -type f -path '*/target/*-reports/*.xml' -print0) | (cd "$root" && xargs -0 -r rm -f)

    snapshot >"$work/before"
    check_scripts
    check_kernel_half format check-format
    check_load
    check_kernel_half "against tshark, per flow, cost" test SECONDS=$((${long:-0} ? 600 : 5)) FLOOD_SECONDS=$((${long:-0} ? 60 : 5))
    if [[ -n $long ]]; then
        check_kernel_half "journeys against traffic" test-journey
        fetch_corpus
    fi
    say "Building and testing; Maven's output is in $root/target/test.log"
    (
        cd "$root" || exit 1
        mvn -B -ntp -fae ${long:+-Djopil.long=true -Djopil.fuzz=20 "-Djopil.corpus=$corpus"} install
    ) 2>&1 | tee "$root/target/test.log" | show_progress
    status=${PIPESTATUS[0]}
    snapshot >"$work/after"

    sum_reports
    ((status == 0 || failed > 0)) || add_failure "maven" "$(grep -m1 '^\[ERROR\]' "$root/target/test.log" | cut -c1-200)"
    if ! diff "$work/before" "$work/after" >"$work/left"; then
        add_failure "leaves nothing behind" "the machine before (<) and after (>):"$'\n'"$(<"$work/left")"
    else
        add_pass "leaves nothing behind" 0
    fi
    printf '\n%-44s %7s %7s %8s %9s\n' suite passed failed skipped time
    printf '%s\n' "${suites[@]}"
    printf '%-44s %7d %7d %8d %7d s\n\n' "all" "$passed" "$failed" "$skipped" $((SECONDS - started))
    ((failed == 0)) || printf '%s\n' "${failures[@]}" ''
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0))
}

find_missing_for_tests() {
    need_command tshark tshark
    need_command chromium chromium
    need_file /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
    need_file "/usr/lib/$(uname -m)-linux-gnu/libndpi.so.4.2" libndpi4.2
    need_command tcpdump tcpdump
    need_command tcpreplay tcpreplay
    need_command ip iproute2
    need_command nft nftables
    need_command ethtool ethtool
    need_command ping iputils-ping
    need_command ssh openssh-client
    need_command tmux tmux
    need_command iperf3 iperf3
    need_command openssl openssl
    need_command curl curl
    need_command dnsmasq dnsmasq-base
    need_command slowhttptest slowhttptest
    need_command sysctl procps
    need_command bpftrace bpftrace
    need_command bpftool bpftool
    need_command xdp-loader xdp-tools
    need_command shellcheck shellcheck
    need_command clang-format clang-format
    [[ -n $long ]] || return 0
    # another kernel in an emulator
    need_command qemu-system-x86_64 qemu-system-x86
    need_command depmod kmod
    need_command cpio cpio
    need_command xz xz-utils
}

# The captures of tcpdump's own test suite, hostile ones among them, from Debian's source package. Sets corpus.
fetch_corpus() {
    local folder=$root/target/corpus site release options
    corpus=$(echo "$folder"/tcpdump-*/tests)
    [[ -d $corpus ]] && return
    mkdir -p "$folder/lists"
    # shellcheck disable=SC2016 # the names are apt's
    read -r site release < <(apt-get indextargets --format '$(SITE) $(RELEASE)')
    printf 'deb-src %s %s main\n' "$site" "$release" >"$folder/sources.list"
    options=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$folder/lists" -o APT::Sandbox::User=root)
    if (cd "$folder" && apt-get "${options[@]}" -qq update && apt-get "${options[@]}" -qq source --download-only tcpdump &&
        tar -xzf tcpdump_*.orig.tar.gz) >"$work/corpus" 2>&1; then
        corpus=$(echo "$folder"/tcpdump-*/tests)
        add_pass "captures of tcpdump's test suite" 0
    else
        add_failure "captures of tcpdump's test suite" "$(tail -n 3 "$work/corpus")"
    fi
}

# Maven's modules as they come, so that a long silence has a name
show_progress() {
    local line why='' building='^\[INFO\] Building (JOPIL.*) [0-9]+\.[^ ]* +\[' broken='^\[ERROR\] (.*(FAILURE|ERROR)!|Failed to execute goal)'
    while IFS= read -r line; do
        if [[ $line =~ $building ]]; then
            printf '%5d s  %s\n' $((SECONDS - started)) "${BASH_REMATCH[1]}"
        elif [[ $line =~ $broken ]]; then
            printf '         %s\n' "${line:0:200}"
            why=1 # follows, up to the stack trace
        elif [[ $line =~ ^[[:space:]]*at\  || -z $line || $line == \[* ]]; then
            why=''
        elif [[ -n $why ]]; then
            printf '         %s\n' "${line:0:400}"
        fi
    done
}

add_suite() { suites+=("$(printf '%-44s %7d %7d %8d %7d s' "$@")"); }

add_pass() {
    passed=$((passed + 1))
    add_suite "$1" 1 0 0 "$2"
}

add_failure() {
    failed=$((failed + 1))
    failures+=("$1: $2")
    add_suite "$1" 0 1 0 0
    printf '%s: %s\n' "$1" "$2"
}

check_scripts() {
    local from=$SECONDS
    passed=0 skipped=0
    if (cd "$root" && shellcheck -x jopil .ci/run assembly/src/main/distribution/bin/jopil-extcap assembly/src/main/distribution/libexec/*.sh assembly/src/main/scripts/*.sh itests/src/test/vm/*.sh) >"$work/shellcheck"; then
        add_pass "shellcheck" $((SECONDS - from))
    else
        add_failure "shellcheck" "$(<"$work/shellcheck")"
    fi
}

# check_kernel_half NAME MAKE-ARGUMENT...
check_kernel_half() {
    local from=$SECONDS name="bpf ($1)"
    shift
    if make -s -C "$root/bpf" "$@" >"$work/bpf" 2>&1; then
        cat "$work/bpf"
        add_pass "$name" $((SECONDS - from))
    else
        add_failure "$name" "$(tail -n 20 "$work/bpf")"
    fi
}

check_load() {
    local from=$SECONDS
    if make -s -C "$root/bench/load" check-format >"$work/load" 2>&1; then
        add_pass "bench/load (format)" $((SECONDS - from))
    else
        add_failure "bench/load (format)" "$(tail -n 20 "$work/load")"
    fi
}

# One line per module and kind from the XML reports
sum_reports() {
    local file module kind tests bad skip seconds name
    local -A of_tests=() of_bad=() of_skip=() of_ms=()
    while IFS= read -r -d '' file; do
        module=${file%%/target/*}
        case ${file##*/} in
            *KernelTest.xml) kind=kernel ;;
            *AllocationTest.xml) kind=allocation ;;
            *RaceTest.xml) kind=race ;;
            *) case $file in */failsafe-reports/*) kind=integration ;; *) kind=unit ;; esac ;;
        esac
        while IFS=' ' read -r tests bad skip seconds; do
            name="${module##*/} ($kind)"
            of_tests[$name]=$((${of_tests[$name]:-0} + tests))
            of_bad[$name]=$((${of_bad[$name]:-0} + bad))
            of_skip[$name]=$((${of_skip[$name]:-0} + skip))
            of_ms[$name]=$((${of_ms[$name]:-0} + seconds))
        done < <(report_counts "$root/$file")
        while IFS= read -r name; do failures+=("$name"); done < <(report_failures "$root/$file")
    done < <(cd "$root" && find . -path ./dist -prune -o -name node_modules -prune -o \
        -type f \( -path '*/target/surefire-reports/TEST-*.xml' -o -path '*/target/failsafe-reports/TEST-*.xml' \) -printf '%P\0' | sort -z)
    while IFS= read -r name; do
        [[ -n $name ]] || continue
        tests=${of_tests[$name]} bad=${of_bad[$name]} skip=${of_skip[$name]}
        add_suite "$name" $((tests - bad - skip)) "$bad" "$skip" $((${of_ms[$name]} / 1000))
        passed=$((passed + tests - bad - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
    done < <(printf '%s\n' "${!of_tests[@]}" | sort)
}

# tests, failures and errors, skipped, ms of each <testsuite>
report_counts() {
    grep -o '<testsuite [^>]*>' "$1" | while IFS= read -r line; do
        printf '%d %d %d %.0f\n' "$(attribute "$line" tests)" \
            $(($(attribute "$line" failures) + $(attribute "$line" errors))) \
            "$(attribute "$line" skipped)" "$(attribute "$line" time)e3"
    done
}

# CLASS.METHOD: MESSAGE of each that failed, a line each
report_failures() {
    local line test='' name='[[:space:]]name="([^"]*)"' class='[[:space:]]classname="([^"]*)"' message='[[:space:]]message="([^"]*)'
    grep -E '<(testcase|failure|error)[ >]' "$1" | while IFS= read -r line; do
        if [[ $line == *'<testcase '* ]]; then
            [[ $line =~ $name ]] && test=${BASH_REMATCH[1]}
            [[ $line =~ $class ]] && test=${BASH_REMATCH[1]}.$test
        else
            [[ $line =~ $message ]] && line=${BASH_REMATCH[1]}
            printf '%s: %s\n' "$test" "${line:0:300}"
        fi
    done
}

attribute() {
    if [[ $1 =~ [[:space:]]$2=\"([0-9.,]+)\" ]]; then
        printf '%s' "${BASH_REMATCH[1]//,/}"
    else
        printf 0
    fi
}

# What a test could leave on the machine; ids and times left out, they differ by themselves
snapshot() {
    local file
    if ((EUID == 0)); then
        bpftool prog show 2>/dev/null | sed -nE 's/^[0-9]+: ([a-z_]+)  (name [^ ]+)?.*/program \1 \2/p' | sort
        bpftool map show 2>/dev/null | sed -nE 's/^[0-9]+: ([a-z_]+)  (name [^ ]+)?.*/map \1 \2/p' | sort
        bpftool link show 2>/dev/null | sed -nE 's/^[0-9]+: ([a-z_]+) .*/link \1/p' | sort
    fi
    ip netns list 2>/dev/null | sed 's/^/namespace /; s/ (id.*//' | sort
    ip -o -d link show 2>/dev/null | sed -E 's/^[0-9]+: ([^:]+): .*/interface \1/' | sort
    ip -o -d link show 2>/dev/null | sed -nE 's/^[0-9]+: ([^:]+): .*prog\/xdp.*/xdp on \1/p' | sort
    # a multi-queue root's handles are the driver's business; clsact and filters are ours
    tc qdisc show 2>/dev/null | sed -nE 's/^qdisc (clsact|ingress) .* dev ([^ ]+).*/qdisc \1 \2/p' | sort
    # what is ours where programs write, but for the caches of Maven and npm, every JVM's hsperfdata, and $work
    find /tmp /var/tmp /run /dev/shm /sys/fs/bpf /etc /opt /srv /usr/local /var/lib /var/log /var/spool "$HOME" \
        -maxdepth 1 -user "$EUID" ! -path "$work" ! -path "$HOME/.m2" ! -path "$HOME/.npm" ! -path "$HOME/.cache" \
        ! -name "hsperfdata_*" -printf 'file %p\n' 2>/dev/null | sort
    sed -E 's/^[^ ]+ ([^ ]+) ([^ ]+).*/mount \1 \2/' /proc/mounts | sort
    for file in /proc/[0-9]*/cmdline; do
        if tr '\0' ' ' 2>/dev/null <"$file" | grep -q 'org\.apache\.karaf\.main\.Main'; then
            printf 'process of JOPIL\n'
        fi
    done
}
