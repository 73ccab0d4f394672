// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Protocols;

/** A batch that is written by hand. */
final class Rows implements JourneyBatch {
    static final Tuple REQUEST =
            new Tuple(Protocols.UDP, 0, Addresses.mapped(0x0a000009), 40_532, 0, Addresses.mapped(0x0a000002), 8080);

    /** One row; what is not set is not known to its hook. */
    static final class Row {
        private final long journey;
        private final JourneyHook hook;
        private final long timestampNs;
        private JourneyEnd end;
        private int cpu;
        private String interfaceName = "";
        private String namespace = "";
        private int pid;
        private String command = "";
        private int lengthBytes;
        private String dropReason = "";
        private boolean first;
        private boolean traced;
        private Tuple tuple = new Tuple(0, 0, 0, 0, 0, 0, 0);
        private int tcpFlags;

        private Row(long journey, JourneyHook hook, long timestampNs) {
            this.journey = journey;
            this.hook = hook;
            this.timestampNs = timestampNs;
        }

        Row first(Tuple whose) {
            first = true;
            tuple = whose;
            lengthBytes = 60;
            return this;
        }

        Row traced() {
            traced = true;
            return this;
        }

        Row on(String name) {
            interfaceName = name;
            int slash = name.indexOf('/');
            namespace = slash < 0 ? "" : name.substring(0, slash);
            return this;
        }

        Row cpu(int number) {
            cpu = number;
            return this;
        }

        Row by(String name, int id) {
            command = name;
            pid = id;
            return this;
        }

        Row ends(JourneyEnd how) {
            end = how;
            return this;
        }

        Row dropped(String reason) {
            dropReason = reason;
            return ends(JourneyEnd.DROPPED);
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private long lost;

    Row add(long journey, JourneyHook hook, long microseconds) {
        Row row = new Row(journey, hook, microseconds * 1000);
        rows.add(row);
        return row;
    }

    Rows lost(long before) {
        lost = before;
        return this;
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public long firstSequence() {
        return 0;
    }

    @Override
    public long lostBefore() {
        return lost;
    }

    @Override
    public long journey(int row) {
        return rows.get(row).journey;
    }

    @Override
    public long timestampNs(int row) {
        return rows.get(row).timestampNs;
    }

    @Override
    public JourneyHook hook(int row) {
        return rows.get(row).hook;
    }

    @Override
    public JourneyEnd end(int row) {
        return rows.get(row).end;
    }

    @Override
    public int cpu(int row) {
        return rows.get(row).cpu;
    }

    @Override
    public String interfaceName(int row) {
        return rows.get(row).interfaceName;
    }

    @Override
    public String namespace(int row) {
        return rows.get(row).namespace;
    }

    @Override
    public int pid(int row) {
        return rows.get(row).pid;
    }

    @Override
    public String command(int row) {
        return rows.get(row).command;
    }

    @Override
    public int lengthBytes(int row) {
        return rows.get(row).lengthBytes;
    }

    @Override
    public String dropReason(int row) {
        return rows.get(row).dropReason;
    }

    @Override
    public boolean isFirst(int row) {
        return rows.get(row).first;
    }

    @Override
    public boolean isTraced(int row) {
        return rows.get(row).traced;
    }

    @Override
    public int ipProtocol(int row) {
        return rows.get(row).tuple.ipProtocol();
    }

    @Override
    public long srcHi(int row) {
        return rows.get(row).tuple.srcHi();
    }

    @Override
    public long srcLo(int row) {
        return rows.get(row).tuple.srcLo();
    }

    @Override
    public long dstHi(int row) {
        return rows.get(row).tuple.dstHi();
    }

    @Override
    public long dstLo(int row) {
        return rows.get(row).tuple.dstLo();
    }

    @Override
    public int srcPort(int row) {
        return rows.get(row).tuple.srcPort();
    }

    @Override
    public int dstPort(int row) {
        return rows.get(row).tuple.dstPort();
    }

    @Override
    public int tcpFlags(int row) {
        return rows.get(row).tcpFlags;
    }

    @Override
    public int tcpSequence(int row) {
        return 0;
    }
}
