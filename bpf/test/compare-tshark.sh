#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compares what the programs tell of every frame of the captures with tshark:
#   compare-tshark.sh SENSOR_TEST OBJECT CAPTURE...
# Prints the differing frames; exits 1 when there are more than 0.1 % of them.
set -eu

sensor_test=$1
object=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# Outermost headers only (occurrence=f), frame by frame.
oracle() {
    tshark -n -r "$1" \
        -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
        -o ip.tso_support:FALSE \
        -T fields -E separator=/t -E occurrence=f \
        -e frame.number -e frame.protocols -e eth.type -e eth.len \
        -e vlan.id -e ieee8021ad.id -e vlan.etype -e ip.version -e ip.proto -e ip.src -e ip.dst \
        -e ip.flags.mf -e ip.frag_offset -e ipv6.src -e ipv6.dst -e ipv6.nxt \
        -e ipv6.fraghdr.more -e ipv6.fraghdr.offset \
        -e tcp.srcport -e tcp.dstport -e tcp.flags -e udp.srcport -e udp.dstport \
        -e sctp.srcport -e sctp.dstport -e dccp.srcport -e dccp.dstport \
        -e icmp.type -e icmp.code -e icmpv6.type -e icmpv6.code -e ipv6.hopopts.nxt -e ipv6.routing.nxt \
        -e ipv6.dstopts.nxt -e ipv6.fraghdr.nxt -e frame.len -e ip.hdr_len -e ip.len -e ipv6.version -e ipv6.plen \
        -e ah.next_header >"$2" 2>"$scratch/tshark.log" ||
        { cat "$scratch/tshark.log" >&2; exit 2; }
    # the last of all occurrences: types and ids of the tags
    tshark -n -r "$1" -T fields -E separator=/t -E occurrence=a -E aggregator=, \
        -e frame.number -e vlan.id -e ieee8021ad.id -e vlan.etype -e vlan.len \
        -e ieee8021ad.svid -e ieee8021ad.cvid >"$2.tags" 2>"$scratch/tshark.log" ||
        { cat "$scratch/tshark.log" >&2; exit 2; }
}

compare() {
    awk -F '\t' -v name="$3" -v tags="$2.tags" '
    function hex(text,   i, value) {
        value = 0
        text = tolower(text)
        sub(/^0x/, "", text)
        for (i = 1; i <= length(text); i++)
            value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
        return value
    }
    # The upper-layer protocol behind the extension headers of the outer IPv6 header.
    function upper_layer(protocols, next_header,   layers, n, i) {
        n = split(protocols, layers, ":")
        for (i = 1; i <= n && layers[i] != "ipv6"; i++)
            ;
        for (i++; i <= n; i++) {
            if (layers[i] == "ipv6.hopopts") next_header = $32
            else if (layers[i] == "ipv6.routing") next_header = $33
            else if (layers[i] == "ipv6.dstopts") next_header = $34
            else if (layers[i] == "ipv6.fraghdr") next_header = $35
            else if (layers[i] == "ah") next_header = $41
            else break
        }
        # nothing behind an extension header: it is cut, and what it says of the next one is not known
        if (i > n) {
            if (layers[n] == "ipv6.hopopts") return 0
            if (layers[n] == "ipv6.routing") return 43
            if (layers[n] == "ipv6.dstopts") return 60
            if (layers[n] == "ah") return 51
        }
        return next_header
    }
    function link_bytes(protocols, tag,   n, ids) {
        if (protocols ~ /^sll/) return 16
        if (protocols ~ /^raw/) return 0
        if (protocols ~ /^null/) return 4
        n = split(tag[2], ids, ",") + split(tag[3], ids, ",")
        return 14 + 4 * n
    }
    # The tags of the frame itself, outermost first, into id[1], id[2], ...; returns how many are whole. Sets kind,
    # the EtherType in the last one as far as tshark tells, and cut: one more begins.
    function tags_of(protocols, tag,   layers, n, i, customer, service, both, customers, services, kinds, count) {
        n = split(protocols, layers, ":")
        split(tag[2], customer, ",")
        split(tag[3], service, ",")
        split(tag[4], kinds, ",")
        kind = ""
        cut = 0
        for (i = 2; i <= n && layers[i] ~ /^(ethertype|vlan|ieee8021ad)$/; i++) {
            if (layers[i] == "vlan") {
                id[++count] = customer[++customers]
                kind = kinds[customers]
                cut = kind == "" && tag[5] == ""
            } else if (layers[i] == "ieee8021ad" && service[services + 1] != "") {
                id[++count] = service[++services]
                kind = "" # there is no field for it
                cut = 0
            } else if (layers[i] == "ieee8021ad" && tag[6] != "") {
                id[++count] = tag[6] # a service and a customer tag in one
                id[++count] = tag[7]
                kind = ""
                cut = tag[7] == ""
            } else if (layers[i] == "ieee8021ad") {
                count++
                cut = 1
            }
        }
        return count - cut
    }
    function expected(   type, outer, inner, n, protocol, src, dst, ports, fragment, flags) {
        getline tag_line < tags
        split(tag_line, tag, "\t")
        type = $3 != "" ? hex($3) : 0
        n = tags_of($2, tag)
        outer = n >= 1 ? id[1] : 0
        inner = n >= 2 ? id[2] : 0
        if (n > 4 || cut) {
            # it stops at the fifth tag, or at one that is cut, and tells the type that announced it
            split(ours[$1], told, "\t")
            if (n > 4) deeper++
            type = told[1] == 33024 || told[1] == 34984 || told[1] == 37120 ? told[1] : "a tag"
            return type "\t" outer "\t" inner "\t-1\t\t\t\t\t0\t"
        }
        if (n && kind != "") type = hex(kind)
        else if (n && tag[5] == "" && tag[3] tag[6] != "") type = 34984
        if ($2 ~ /:arp/ && $10 $14 == "") type = 2054
        if (tag[5] != "") type = 0
        protocol = -1
        ports = "\t"
        flags = 0
        fragment = ""
        if (type == 0 && tag[5] == "" && $3 == "" && $4 == "")
            type = $10 != "" ? 2048 : 34525 # no link layer
        if (type == 34984 && n)
            type = $10 != "" ? 2048 : $14 != "" ? 34525 : $2 ~ /:arp/ ? 2054 : ours[$1] + 0
        if (type == 2048) {
            protocol = $9; src = $10; dst = $11
            if ($13 + 0 != 0) fragment = "later"
            else if ($12 == 1 || $12 == "True") fragment = "first"
        } else if (type == 34525) {
            protocol = upper_layer($2, $16); src = $14; dst = $15
            if ($18 + 0 != 0) fragment = "later"
            else if ($17 == 1 || $17 == "True") fragment = "first"
        }
        # What the headers say of themselves cannot be true: no addresses, no ports.
        # tshark goes on, as it was given a frame that may have been cut.
        start = link_bytes($2, tag)
        if (type == 2048 && ($8 != 4 || $37 < 20 || $38 < $37 || start + $38 > $36) ||
            type == 34525 && ($39 != 6 || start + 40 + $40 > $36)) {
            protocol = -1; src = dst = fragment = ""
        } else if (fragment != "later") {
            if (protocol == 6 && $19 != "") { ports = $19 "\t" $20; flags = hex($21) % 256 }
            if ((protocol == 17 || protocol == 136) && $22 != "") ports = $22 "\t" $23
            if (protocol == 132 && $24 != "") ports = $24 "\t" $25
            if (protocol == 33 && $26 != "") ports = $26 "\t" $27
            if (protocol == 1 && $28 != "") ports = $28 "\t" $29
            if (protocol == 58 && $30 != "") ports = $30 "\t" $31
        }
        return type "\t" outer "\t" inner "\t" protocol "\t" src "\t" dst "\t" ports "\t" flags "\t" fragment
    }
    NR == FNR { line = $2; for (i = 3; i <= 11; i++) line = line "\t" $i; ours[$1] = line; bad[$1] = $12; next }
    {
        frames++
        want = expected()
        if (ours[$1] ~ /^not run/) { skipped++; next }
        if (ours[$1] != want) {
            differ++
            if (differ <= 20)
                printf "%s: frame %s\n  tshark %s  (%s)\n  jopil  %s%s\n", name, $1, want, $2, ours[$1], bad[$1] ? "  malformed" : ""
        }
    }
    END {
        printf "%s: %d frames, %d differ, %d not run, %d with more tags than are followed\n", name, frames, differ,
            skipped, deeper
        exit differ * 1000 > frames
    }' "$1" "$2"
}

status=0
for capture; do
    case $capture in
    *.out | *.txt | *.tsv | *.md) continue ;;
    esac
    oracle "$capture" "$scratch/oracle"
    for hook in xdp tc; do
        "$sensor_test" "$object" parse "$hook" "$capture" >"$scratch/ours"
        compare "$scratch/ours" "$scratch/oracle" "$hook $(basename "$capture")" || status=1
    done
done
exit "$status"
