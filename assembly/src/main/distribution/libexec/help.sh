# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil help
# shellcheck disable=SC2154

verb_version() {
    local version
    if [[ -r $home/build.version ]]; then
        version=$(<"$home/build.version")
    else
        version=$(sed -n '0,/<version>/s/^  <version>\(.*\)<.*/\1/p' "$root/pom.xml")
    fi
    printf 'jopil %s\n' "$version"
}

verb_help() {
    cat <<'EOF'
JOPIL shows the journey of packets in the Linux kernel: on a page, at the prompt, over REST.

  jopil run [-i IF|NS/IF|any]... [--port P] [--ssh-port P] [--mode M] [--yes]
            [--bind ADDR [--tls-port P] [--tls-cert FILE --tls-key FILE | --insecure]]
                            watch interfaces in the foreground until Ctrl-C; the default route's without -i
                            P 0 picks a free port; M is auto, native, generic or tcx
                            another address than loopback speaks HTTPS, with a certificate of its own or yours
  jopil demo [--healthy] [--seconds N]
                            a little shop in network namespaces of its own, watched; three things in it are broken, or
                            none; removed at the end; meanwhile the verbs below ask it
  jopil demo hint 1|2|3     what to look for
  jopil demo faults         which of the three are on; jopil demo fault NAME on|off
  jopil replay FILE [--speed max|N] [--port P] [--ssh-port P]
                            show a capture file (pcap, pcapng) in place of the wire, as any user, until Ctrl-C; in a
                            running instance that watches nothing: there, until jopil replay --stop
  jopil doctor [--json]     what this kernel gives with these rights; changes nothing
  jopil status | stop       of the running instance
  jopil url                 a new one-time link to the page
  jopil token [--operator|--viewer]  for "Authorization: Bearer" and as password of ssh
  jopil privacy             what is recorded, and what the level of privacy leaves of it
  jopil audit [--verify]    who did what to the instance, and whether that log is whole
  jopil shell [COMMAND]     the Karaf shell, or one command of it
  jopil logs [-f]           its log
  jopil cleanup [--dry-run] remove what a killed instance of ours left behind
  jopil VERB ...            any command of the shell's scope jopil, for example:
                            jopil flows --sort -bytes --limit 10 'tcp port 443'
                            jopil why 8080
EOF
    [[ -z $root ]] || cat <<'EOF'

  In a clone:
  jopil test [--long]       build everything and run every test
  jopil bench [--quick] [--only BUDGET|TOOL] [--out DIR]
                            JOPIL and its peers side by side on the same traffic, budgets, plots; 40 minutes, --quick 8
  jopil dist                one tar.gz with its checksum
EOF
    cat <<'EOF'

--data DIR (or JOPIL_DATA) names the instance's data directory with every verb; JOPIL_JAVA_OPTS gives JVM options;
JOPIL_PATIENCE (1 to 99) multiplies the launcher's time-outs on a slow machine.
Exit status: 0 fine, 1 failed, 2 bad usage, 3 not permitted, 4 not found.
EOF
}
