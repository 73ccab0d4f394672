// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.FlowBatch.Change;
import org.jopil.api.event.FlowBatch.EndReason;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.FlowWriter;

/** Keeps the rows that are published, as objects. */
final class CollectingWriter implements FlowWriter {
    record Row(
            long id,
            Change change,
            EndReason reason,
            String src,
            int srcPort,
            String dst,
            int dstPort,
            long packetsFwd,
            long packetsRev,
            long bytesFwd,
            long bytesRev) {}

    final List<Row> rows = new ArrayList<>();
    private final FlowColumns columns = new FlowColumns();

    @Override
    public FlowColumns columns() {
        return columns;
    }

    @Override
    public void publish() {
        for (int i = 0; i < columns.size; i++) {
            rows.add(new Row(
                    columns.id(i),
                    columns.change(i),
                    columns.endReason(i),
                    org.jopil.api.event.Addresses.text(columns.srcHi(i), columns.srcLo(i)),
                    columns.srcPort(i),
                    org.jopil.api.event.Addresses.text(columns.dstHi(i), columns.dstLo(i)),
                    columns.dstPort(i),
                    columns.packetsFwd(i),
                    columns.packetsRev(i),
                    columns.bytesFwd(i),
                    columns.bytesRev(i)));
        }
        columns.size = 0;
    }

    List<Row> take() {
        List<Row> taken = List.copyOf(rows);
        rows.clear();
        return taken;
    }
}
