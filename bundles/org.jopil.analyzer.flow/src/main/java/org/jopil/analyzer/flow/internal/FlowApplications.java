// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.source.Applications;
import org.jopil.api.source.Applications.Application;
import org.jopil.api.source.Applications.Flow;

/**
 * The applications of flows: told of after a scan as they become known, then remembered by a number in the record. The
 * analyzer's thread, but for the source.
 */
final class FlowApplications {
    /** A flow may be told of before the scan that finds it. */
    private static final int MOST_LATE = 4096;

    private final LiveFlows live;
    private final Numbers<Known> numbers;
    private volatile Applications source;

    // the analyzer's thread
    private Applications told;
    private long sequence;
    private List<Applications.Change> late = new ArrayList<>();

    /** What flows have in common: details and times are asked of the source when they are shown. */
    private record Known(TextKey name, TextKey namedBy, TextKey serverName, boolean unusualPort) {}

    FlowApplications(LiveFlows live, EndedFlows ended) {
        this.live = live;
        this.numbers = new Numbers<>(live, ended, FlowRecords::application);
    }

    void source(Applications found) {
        source = found;
    }

    void gone(Applications gone) {
        if (source == gone) {
            source = null;
        }
    }

    /** After a scan: what became known since the one before. */
    void take() {
        Applications asked = source;
        if (asked == null) {
            return;
        }
        if (asked != told) {
            told = asked;
            sequence = 0;
        }
        List<Applications.Change> again = late;
        late = new ArrayList<>();
        again.forEach(this::apply);
        late.clear(); // not found by two scans: there is no such flow
        sequence = asked.changes(sequence, change -> {
            if (!apply(change) && late.size() < MOST_LATE) {
                late.add(change);
            }
        });
    }

    private boolean apply(Applications.Change change) {
        Flow flow = change.flow();
        long meta = FlowKeys.meta(flow.interfaceId(), flow.vlan(), flow.innerVlan(), flow.ipProtocol(), false, false);
        int ports = flow.srcPort() << 16 | flow.dstPort();
        int hash = FlowKeys.hash(meta, flow.srcHi(), flow.srcLo(), flow.dstHi(), flow.dstLo(), ports);
        int i = live.find(hash, meta, flow.srcHi(), flow.srcLo(), flow.dstHi(), flow.dstLo(), ports);
        if (i < 0) {
            return false;
        }
        Application found = change.application();
        Known known = new Known(
                TextKey.of(found.name()),
                TextKey.of(found.namedBy().toString()),
                TextKey.of(found.serverName()),
                found.unusualPort());
        live.records().application(i, numbers.number(known));
        return true;
    }

    /** Of a number of a record, not 0. */
    TextKey name(int number) {
        return numbers.value(number).name;
    }

    TextKey namedBy(int number) {
        return numbers.value(number).namedBy;
    }

    /** Its text is null if there is none. */
    TextKey serverName(int number) {
        return numbers.value(number).serverName;
    }

    boolean isUnusualPort(int number) {
        return numbers.value(number).unusualPort;
    }
}
