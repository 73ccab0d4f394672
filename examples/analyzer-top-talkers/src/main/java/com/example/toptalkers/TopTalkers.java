// SPDX-License-Identifier: Apache-2.0
package com.example.toptalkers;

import static org.jopil.api.report.Column.column;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.FlowListener;
import org.jopil.api.analyzer.StateCarrier;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.FlowBatch;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The hosts with the most bytes, sent and received, over all flow records that were closed. */
@Component(
        service = {FlowListener.class, ReportSource.class, StateCarrier.class},
        configurationPid = "analyzer-top-talkers")
@AnalyzerProperties(name = "top-talkers", latency_ms = 200)
@Designate(ocd = TopTalkers.Config.class)
public final class TopTalkers implements FlowListener, ReportSource, StateCarrier {
    /** DATA/etc/analyzer-top-talkers.cfg. */
    @ObjectClassDefinition(name = "Top talkers")
    public @interface Config {
        @AttributeDefinition(min = "1", max = "1000000", description = "Most hosts that are kept.")
        int hosts() default 10_000;
    }

    private final HostTable hosts;
    private long lost;

    @Activate
    public TopTalkers(Config config) {
        this(config.hosts());
    }

    TopTalkers(int mostHosts) {
        hosts = new HostTable(mostHosts);
    }

    @Override
    public void onFlows(FlowBatch flows) { // my thread; the batch is mine until I return
        lost += flows.closedLostBefore();
        for (int i = 0; i < flows.size(); i++) {
            if (flows.isClosed(i)) { // exact totals of a finished, or 60 s long, record
                long bytes = flows.bytesFwd(i) + flows.bytesRev(i);
                count(flows.srcHi(i), flows.srcLo(i), bytes);
                if (flows.srcHi(i) != flows.dstHi(i) || flows.srcLo(i) != flows.dstLo(i)) {
                    count(flows.dstHi(i), flows.dstLo(i), bytes);
                }
            }
        }
    }

    private void count(long hi, long lo, long bytes) {
        if (!hosts.add(hi, lo, bytes)) {
            lost++;
        }
    }

    @Override
    public Report report(Query query) throws FilterException { // the same thread: no lock, no copy
        Report.Builder report = Report.of(
                query.sort().isPresent() ? query : query.withSort("-bytes"),
                column("host", Type.ADDRESS, "Either end of a flow"),
                column("bytes", Type.BYTES, "Wire bytes of its closed flow records, both directions"));
        hosts.forEach((hi, lo, bytes) -> report.row(Addresses.text(hi, lo), bytes));
        return report.lost(lost).build(); // shown as exact only if nothing was lost
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public void saveState(DataOutput out) throws IOException {
        out.writeLong(lost);
        hosts.write(out);
    }

    @Override
    public boolean restoreState(int version, DataInput in) throws IOException {
        if (version != 1) {
            return false;
        }
        lost = in.readLong();
        lost += hosts.read(in);
        return true;
    }
}
