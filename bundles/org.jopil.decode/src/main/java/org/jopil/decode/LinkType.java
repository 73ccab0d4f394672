// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.Optional;

/** What a frame starts with, by the numbers of the tcpdump group's LINKTYPE_ registry. */
public enum LinkType {
    NULL(0),
    ETHERNET(1),
    PPP(9),
    RAW(101),
    C_HDLC(104),
    FRAME_RELAY(107),
    LOOP(108),
    LINUX_SLL(113),
    PPP_PPPD(166),
    IPNET(226),
    IPV4(228),
    IPV6(229),
    NETFILTER_LOG(239),
    INFINIBAND(242),
    LINUX_SLL2(276);

    private final int number;

    LinkType(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** Empty if frames of this type cannot be read. */
    public static Optional<LinkType> of(int number) {
        for (LinkType type : values()) {
            if (type.number == number) {
                return Optional.of(type);
            }
        }
        // what BSD and old libpcap wrote for raw IP and for PPP
        return switch (number) {
            case 12, 14 -> Optional.of(RAW);
            case 50 -> Optional.of(PPP);
            default -> Optional.empty();
        };
    }
}
