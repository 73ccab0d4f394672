// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.PacketFilters;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Owners;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.pcap.CaptureOutput;
import org.jopil.pcap.CaptureProducer;
import org.jopil.pcap.CaptureRing;
import org.jopil.pcap.CaptureStatistics;
import org.jopil.pcap.CaptureWriter;
import org.jopil.pcap.WholeFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins captures, keeps them within their number, and writes down who captured what. */
@Component(service = Captures.class, configurationPid = "org.jopil.capture")
@Designate(ocd = CaptureConfig.class)
public final class CaptureService implements Captures {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureService.class);
    private static final int AUDITED = 200;
    private static final long MIB = 1 << 20;

    private final BpfLoader loader;
    private final PacketFilters filters;
    private final Privacy privacy;
    private final Deque<Audited> audit = new ArrayDeque<>();
    private volatile CaptureConfig config;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Owners owners;

    private long begun;
    private int running;
    private boolean stopped;

    /** One capture, running or not. */
    private static final class Audited {
        private final long number;
        private final Instant begin = Instant.now();
        private final Order order;
        private final String output;
        private volatile RunningCapture capture;

        private Audited(long number, Order order, String output) {
            this.number = number;
            this.order = order;
            this.output = output;
        }

        private Entry entry() {
            return new Entry(number, begin, order, output, capture.state());
        }
    }

    /** Called by the component runtime. */
    @Activate
    public CaptureService(
            @Reference BpfLoader loader,
            @Reference PacketFilters filters,
            @Reference Privacy privacy,
            CaptureConfig config) {
        this.privacy = privacy;
        this.loader = loader;
        this.filters = filters;
        this.config = config;
    }

    /** Another configuration: for captures that begin from now on. */
    @Modified
    public void modified(CaptureConfig changed) {
        config = changed;
    }

    @Override
    public Capture begin(Order order, Target target) throws FilterException {
        check(order);
        refuseHidden(order);
        Order wanted = capped(order, target);
        List<Place> places = Places.of(order.interfaces());
        Audited audited = enter(wanted, name(target));
        boolean started = false;
        try {
            KernelCapture kernel = new KernelCapture(
                    loader, filters, places, wanted.filter(), wanted.snaplenBytes(), config.memory__mib() * MIB);
            audited.capture = new RunningCapture(
                    wanted,
                    kernel,
                    statistics -> output(target, audited.number, statistics),
                    new FrameOwners(() -> owners),
                    target instanceof Target.Stream,
                    state -> ended(audited, state));
            started = true;
            keep(audited);
            LOG.info(
                    "Capture {} began: {} captures on {} to {}, {}, filter '{}'",
                    audited.number,
                    wanted.who(),
                    wanted.interfaces(),
                    audited.output,
                    wanted.snaplenBytes() == 0 ? "headers only" : "payload up to " + wanted.snaplenBytes() + " bytes",
                    wanted.filter());
            return audited.capture;
        } catch (BpfException e) {
            throw CaptureProblems.kernel(wanted.interfaces(), e);
        } catch (IOException e) {
            throw CaptureProblems.output(audited.output, e);
        } finally {
            if (!started) {
                leave();
            }
        }
    }

    private static void check(Order order) {
        if (order.snaplenBytes() < 0 || order.snaplenBytes() > MAX_SNAPLEN) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "snaplen is " + order.snaplenBytes(),
                    "It is a number of bytes from 1 to " + MAX_SNAPLEN + ", or 0 for headers only");
        }
        if (order.mostFrames() < 1
                || order.longest().isNegative()
                || order.longest().isZero()) {
            throw new JopilException(
                    "JOPIL-400", 400, "The capture would be empty", "Ask for a frame and a second at least");
        }
    }

    /** Frames are written as they were on the wire. */
    private void refuseHidden(Order order) {
        if (!privacy.addresses()) {
            throw CaptureProblems.masked();
        }
        if (!privacy.names() && order.snaplenBytes() > 0) {
            throw CaptureProblems.namesOff();
        }
    }

    private Order capped(Order order, Target target) {
        Duration most = Duration.ofSeconds(config.longest__stream__seconds());
        if (!(target instanceof Target.Stream) || order.longest().compareTo(most) <= 0) {
            return order;
        }
        return new Order(
                order.interfaces(), order.filter(), order.snaplenBytes(), order.mostFrames(), most, order.who());
    }

    private static String name(Target target) {
        if (target instanceof Target.File file) {
            return file.path().toString();
        }
        if (target instanceof Target.Ring ring) {
            return ring.path() + ", the newest " + ring.files() + " of " + ring.fileBytes() + " bytes";
        }
        return ((Target.Stream) target).name();
    }

    private static CaptureOutput output(Target target, long number, CaptureStatistics.Source statistics)
            throws IOException {
        Bundle own = FrameworkUtil.getBundle(CaptureService.class);
        CaptureProducer producer = new CaptureProducer(
                System.getProperty("os.arch"),
                "Linux " + System.getProperty("os.version"),
                // outside of OSGi there is no version to tell
                own == null ? "JOPIL" : "JOPIL " + own.getVersion());
        if (target instanceof Target.File file) {
            return new CaptureWriter(new WholeFile(file.path()), producer, CaptureWriter.Flush.BUFFER, statistics);
        }
        if (target instanceof Target.Ring ring) {
            return new CaptureRing(ring.path(), ring.files(), ring.fileBytes(), producer, statistics);
        }
        return new CaptureWriter(
                ((Target.Stream) target).stream().apply(number), producer, CaptureWriter.Flush.BUFFER, statistics);
    }

    private synchronized Audited enter(Order order, String output) {
        int most = config.most__captures();
        if (stopped || running >= most) {
            throw CaptureProblems.tooMany(most);
        }
        running++;
        return new Audited(++begun, order, output);
    }

    private synchronized void leave() {
        running--;
    }

    private synchronized void keep(Audited audited) {
        audit.addFirst(audited);
        if (audit.size() > AUDITED) {
            audit.removeLast();
        }
    }

    private void ended(Audited audited, State state) {
        leave();
        LOG.info(
                "Capture {} of {} on {} to {} ended: {}. {} frames matched, {} were written, {} found a full ring, {} were"
                        + " not written",
                audited.number,
                audited.order.who(),
                audited.order.interfaces(),
                audited.output,
                state.end(),
                state.matched(),
                state.written(),
                state.ringFull(),
                state.notWritten());
    }

    @Override
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        audited().forEach(audited -> entries.add(audited.entry()));
        return entries;
    }

    private synchronized List<Audited> audited() {
        return List.copyOf(audit);
    }

    @Override
    public boolean end(long number, String who) {
        for (Audited audited : audited()) {
            if (audited.number == number && audited.capture.state().running()) {
                audited.capture.end("stopped by " + who);
                return true;
            }
        }
        return false;
    }

    /** Ends the captures that run; their files are whole then. */
    @Deactivate
    public void stop() {
        List<Audited> all;
        synchronized (this) {
            stopped = true;
            all = List.copyOf(audit);
        }
        all.forEach(audited -> audited.capture.end("JOPIL stopped, or the level of privacy changed"));
    }
}
