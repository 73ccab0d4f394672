// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.source.Applications.Flow;
import org.jopil.api.source.HealthCheck.Result;
import org.jopil.api.source.HealthCheck.Status;
import org.jopil.ndpi.Ndpi;
import org.jopil.ndpi.NdpiFlow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libndpi, as long as it is wanted and there. It is loaded and asked on the analyzer's thread; {@link #want}, {@link #health}
 * and {@link #close} are any thread's.
 */
final class SecondOpinion {
    private static final Logger LOG = LoggerFactory.getLogger(SecondOpinion.class);
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(10);

    /** nDPI's names of what has another one here. All others are its own in lower case. */
    private static final Map<String, String> OURS = Map.of(
            "FTP_CONTROL", "ftp",
            "Jabber", "xmpp",
            "Memcached", "memcache",
            "MongoDB", "mongo",
            "SMBv1", "smb",
            "SMBv23", "smb",
            "WireGuard", "wg");

    private final String library;
    private volatile boolean wanted;
    private volatile int mostFlows;
    private volatile Ndpi ndpi;
    private volatile JopilException problem;

    /** How many flows it named first. One writer, the analyzer's thread. */
    private volatile long named;

    // the analyzer's thread
    private int mostFlowsInForce;
    private long triedNs;

    /** @param library name of libndpi, or its path; null is the system's */
    SecondOpinion(String library, boolean wanted, int mostFlows) {
        this.library = library;
        want(wanted, mostFlows);
    }

    void want(boolean on, int flows) {
        wanted = on;
        mostFlows = flows;
    }

    /** Before each batch, at least once a second: loads what is wanted and not there, and looks again now and then. */
    void tick() {
        Ndpi loaded = ndpi;
        if (loaded != null && (!wanted || mostFlowsInForce != mostFlows)) {
            loaded.close();
            ndpi = loaded = null;
        }
        if (!wanted) {
            problem = null;
        } else if (loaded != null) {
            loaded.forgetIdle(IDLE_NS);
        } else if (problem == null || System.nanoTime() - triedNs >= AGAIN_NS) {
            load();
        }
    }

    private void load() {
        triedNs = System.nanoTime();
        mostFlowsInForce = mostFlows;
        try {
            ndpi = library == null ? new Ndpi(mostFlowsInForce) : new Ndpi(library, mostFlowsInForce);
            problem = null;
            LOG.info("libndpi {} is asked about what our own detectors do not know", ndpi.version());
        } catch (JopilException e) {
            if (problem == null) {
                LOG.warn("{}", e.getMessage());
            }
            problem = e;
        }
    }

    /** Null while it is not there. */
    NdpiFlow begin(Flow flow) {
        Ndpi loaded = ndpi;
        return loaded == null
                ? null
                : loaded.flow(
                        flow.ipProtocol(),
                        flow.srcHi(),
                        flow.srcLo(),
                        flow.srcPort(),
                        flow.dstHi(),
                        flow.dstLo(),
                        flow.dstPort());
    }

    void count() {
        named++;
    }

    /** Our name of what nDPI calls so: lower-case letters, digits, '-' and '_'. */
    static String name(String protocol) {
        String ours = OURS.get(protocol);
        return ours != null
                ? ours
                : protocol.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9-]+", "_")
                        .replaceAll("_$", "");
    }

    Result health() {
        if (!wanted) {
            return new Result(Status.UP, "Applications are named by our own detectors. ndpi is off.");
        }
        JopilException why = problem;
        if (why != null) {
            return new Result(Status.DEGRADED, "ndpi: absent. " + why.getMessage() + ".");
        }
        Ndpi loaded = ndpi;
        return new Result(
                Status.UP,
                loaded == null
                        ? "libndpi is about to be loaded."
                        : String.format(
                                Locale.ROOT,
                                "What our own detectors do not know is named by libndpi %s: %,d flows so far;"
                                        + " it looks into %,d, %,d were given up for others.",
                                loaded.version(),
                                named,
                                loaded.flows(),
                                loaded.cutShort()));
    }

    void close() {
        wanted = false;
        Ndpi loaded = ndpi;
        if (loaded != null) {
            loaded.close();
        }
    }
}
