// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.util.HexFormat;
import java.util.function.IntFunction;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;
import org.jopil.api.filter.FrameRow;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.decode.Layers;
import org.jopil.decode.Offsets;
import org.jopil.decode.PacketDecoder;
import org.jopil.decode.ValueNames;

/** A cursor over the store: for filters, for sorting, and to make the cells of the rows that are returned. One thread. */
final class PacketRow implements FrameRow {
    private final PacketStore store;
    private final IntFunction<String> interfaceNames;
    private final OwnSessions own;
    private final NumaNodes numa;
    private final byte[] frame = new byte[PacketStore.CAPTURE_BYTES];
    private final byte[] untagged = new byte[PacketStore.CAPTURE_BYTES];
    private int slot;
    /** Of the slot; null until someone asks. */
    private Layers layers;

    PacketRow(PacketStore store, IntFunction<String> interfaceNames, OwnSessions own, NumaNodes numa) {
        this.store = store;
        this.interfaceNames = interfaceNames;
        this.own = own;
        this.numa = numa;
    }

    PacketRow at(int wanted) {
        slot = wanted;
        layers = null;
        return this;
    }

    @Override
    public boolean has(int field) {
        return switch (PacketField.at(field)) {
            case NAMESPACE -> namespaceLength() > 0;
            case CPU -> store.cpu[slot] >= 0;
            case RX_QUEUE -> store.rxQueue[slot] >= 0;
            case NUMA_NODE -> numa.of(store.cpu[slot]) != NumaNodes.UNKNOWN;
            case SRC_IP, DST_IP -> store.has(slot, PacketStore.ADDRESSES);
            case SRC_PORT, DST_PORT -> store.has(slot, PacketStore.PORTS) && !isIcmp();
            case ICMP_TYPE, ICMP_CODE -> store.has(slot, PacketStore.PORTS) && isIcmp();
            case IP_VERSION -> ipVersion() != 0;
            case ETHER_TYPE -> !store.has(slot, PacketStore.LAYER3);
            case VLAN_ID -> store.vlan[slot] >= 0;
            case INNER_VLAN -> store.innerVlan[slot] >= 0;
            case TCP_FLAGS -> store.protocol[slot] == Protocols.TCP && store.has(slot, PacketStore.PORTS);
            default -> true;
        };
    }

    @Override
    public long number(int field) {
        return switch (PacketField.at(field)) {
            case TIMESTAMP, TIMESTAMP_NS -> store.timestampNs[slot];
            case ID -> store.id[slot];
            case CPU -> store.cpu[slot];
            case NUMA_NODE -> numa.of(store.cpu[slot]);
            case RX_QUEUE -> store.rxQueue[slot];
            case SRC_PORT, ICMP_TYPE -> store.srcPort[slot];
            case DST_PORT, ICMP_CODE -> store.dstPort[slot];
            case LENGTH -> store.lengthBytes[slot];
            case WEIGHT -> store.weight[slot];
            case PACKETS -> store.packets[slot];
            case WIRE_BYTES -> store.wireBytes[slot];
            case ETHER_TYPE -> store.etherType[slot];
            case IP_VERSION -> ipVersion();
            case VLAN_ID -> store.vlan[slot];
            case INNER_VLAN -> store.innerVlan[slot];
            case FRAGMENT -> store.has(slot, PacketStore.FRAGMENT) ? 1 : 0;
            case MALFORMED -> store.has(slot, PacketStore.MALFORMED) ? 1 : 0;
            case OWN -> isOwn() ? 1 : 0;
            case MASKED -> store.has(slot, PacketStore.MASKED) ? 1 : 0;
            default -> throw new IllegalArgumentException(PacketField.at(field).name());
        };
    }

    @Override
    public double real(int field) {
        return number(field);
    }

    @Override
    public long addressHi(int field) {
        return PacketField.at(field) == PacketField.SRC_IP ? store.srcHi[slot] : store.dstHi[slot];
    }

    @Override
    public long addressLo(int field) {
        return PacketField.at(field) == PacketField.SRC_IP ? store.srcLo[slot] : store.dstLo[slot];
    }

    @Override
    public String text(int field) {
        return switch (PacketField.at(field)) {
            case INTERFACE -> interfaceName();
            case NAMESPACE -> interfaceName().substring(0, namespaceLength());
            case DIRECTION -> (store.has(slot, PacketStore.EGRESS) ? Direction.EGRESS : Direction.INGRESS).text();
            case HOOK -> store.hook[slot];
            case SRC_IP, DST_IP -> Addresses.text(addressHi(field), addressLo(field));
            case PROTOCOL -> Protocols.name(store.protocol[slot]);
            case TCP_FLAGS -> TcpFlags.text(store.tcpFlags[slot]);
            case INFO -> layers().info();
            case CAPTURED_HEX -> HexFormat.of().formatHex(store.headers, start(), start() + store.captured[slot]);
            default -> throw new IllegalArgumentException(PacketField.at(field).name());
        };
    }

    @Override
    public LinkType linkType() {
        return store.has(slot, PacketStore.LAYER3) ? LinkType.RAW_IP : LinkType.ETHERNET;
    }

    @Override
    public PacketFilter.Verdict test(PacketFilter filter) {
        int captured = store.captured[slot];
        int length = store.lengthBytes[slot];
        if (!store.hasTagInFrame(slot)) {
            return filter.test(store.headers, start(), captured, length);
        }
        int rest = captured - Offsets.ADDRESSES_BYTES - Offsets.TAG_BYTES;
        System.arraycopy(store.headers, start(), untagged, 0, Offsets.ADDRESSES_BYTES);
        System.arraycopy(
                store.headers,
                start() + Offsets.ADDRESSES_BYTES + Offsets.TAG_BYTES,
                untagged,
                Offsets.ADDRESSES_BYTES,
                rest);
        return filter.test(untagged, 0, captured - Offsets.TAG_BYTES, length - Offsets.TAG_BYTES);
    }

    /** The cell of a report, null if the row has no such value. */
    Object cell(PacketField field) {
        int index = field.ordinal();
        if (!has(index)) {
            return null;
        }
        return switch (field.column.type()) {
            case TEXT, ADDRESS -> text(index);
            case LIST -> TcpFlags.names(store.tcpFlags[slot]);
            case BOOLEAN -> number(index) != 0;
            case OBJECT -> object(field);
            default -> number(index);
        };
    }

    private Object object(PacketField field) {
        return switch (field) {
            case INNER -> layers().inner() == null ? null : layers().inner().tree();
            case NAMES -> ValueNames.of(layers());
            case POSITIONS -> layers().positions();
            default -> layers().get(field.column.name());
        };
    }

    Object[] cells() {
        Object[] cells = new Object[PacketField.COLUMNS.size()];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = cell(PacketField.at(i));
        }
        return cells;
    }

    private String interfaceName() {
        return interfaceNames.apply(store.interfaceId[slot]);
    }

    /** Names are NS/IF in a named namespace, and the kernel allows no slash in the name of an interface. */
    private int namespaceLength() {
        return Math.max(0, interfaceName().indexOf('/'));
    }

    private Layers layers() {
        if (layers == null) {
            System.arraycopy(store.headers, start(), frame, 0, store.captured[slot]);
            layers = PacketDecoder.decode(
                    frame,
                    store.captured[slot],
                    store.lengthBytes[slot],
                    store.acceleratedVlan[slot],
                    store.has(slot, PacketStore.LAYER3)
                            ? org.jopil.decode.LinkType.RAW
                            : org.jopil.decode.LinkType.ETHERNET);
            if (store.has(slot, PacketStore.MASKED)) {
                layers.withoutChecksums();
            }
        }
        return layers;
    }

    private int start() {
        return slot * PacketStore.CAPTURE_BYTES;
    }

    private boolean isIcmp() {
        return store.protocol[slot] == Protocols.ICMP || store.protocol[slot] == Protocols.ICMPV6;
    }

    private int ipVersion() {
        return switch (store.etherType[slot]) {
            case 0x0800 -> 4;
            case 0x86DD -> 6;
            default -> 0;
        };
    }

    private boolean isOwn() {
        return store.protocol[slot] == Protocols.TCP
                && store.has(slot, PacketStore.PORTS)
                && own.isOwn(
                        store.srcHi[slot],
                        store.srcLo[slot],
                        store.srcPort[slot],
                        store.dstHi[slot],
                        store.dstLo[slot],
                        store.dstPort[slot]);
    }
}
