// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.NetworkNamespace;

/**
 * One interface that is or was watched: wanted by (namespace, name), attached by (namespace, index). Changed under the
 * lock of {@link Watcher}; any thread reads.
 */
final class Watch {
    /** Who wants it. */
    enum Origin {
        CONFIGURATION,
        ANY,
        USER
    }

    private static final long[] BACK_OFF_NS = {0, 5_000_000_000L, 30_000_000_000L};
    private static final long HEALTHY_NS = 60_000_000_000L;

    final int id;
    final NetworkNamespace namespace;
    /** As in its name: empty for the namespace that JOPIL runs in. */
    final String namespaceName;

    volatile String device;
    volatile AttachMode mode;
    volatile Origin origin;
    volatile boolean wanted = true;
    private volatile Condition condition = new Condition(InterfaceStatus.State.GONE, "being attached");
    /** The mode's reason, from the last attachment. */
    volatile String planWhy = "";

    volatile Attachment attachment;

    /** Whether an attachment was tried; until then it is neither well nor in trouble. */
    private volatile boolean tried;

    private int failures;
    private long nextTryNs;
    private long attachedNs;

    /** What it is like, and one sentence about it. */
    record Condition(InterfaceStatus.State state, String why) {}

    Watch(int id, NetworkNamespace namespace, String namespaceName, String device, AttachMode mode, Origin origin) {
        this.id = id;
        this.namespace = namespace;
        this.namespaceName = namespaceName;
        this.device = device;
        this.mode = mode;
        this.origin = origin;
        this.nextTryNs = System.nanoTime();
    }

    /** As shown: {@code NS/IF} in a named namespace. */
    String name() {
        return name(namespaceName, device);
    }

    static String name(String namespace, String device) {
        return namespace.isEmpty() ? device : namespace + "/" + device;
    }

    Condition condition() {
        return condition;
    }

    void become(InterfaceStatus.State state, String why) {
        condition = new Condition(state, why);
    }

    boolean wasTried() {
        return tried;
    }

    boolean isAttached() {
        return attachment != null;
    }

    void attached(Attachment now, long nowNs) {
        attachment = now;
        planWhy = now.plan().why();
        become(InterfaceStatus.State.ATTACHED, planWhy);
        attachedNs = nowNs;
        tried = true;
    }

    /** Not attached, or not whole: when to try again is put off further each time. */
    void failed(long nowNs) {
        tried = true;
        if (nowNs - attachedNs > HEALTHY_NS && attachedNs != 0) {
            failures = 0;
        }
        nextTryNs = nowNs + BACK_OFF_NS[Math.min(failures, BACK_OFF_NS.length - 1)];
        failures++;
    }

    /** It came back by itself: no reason to wait. */
    void forgiven() {
        failures = 0;
        nextTryNs = System.nanoTime();
    }

    boolean mayTry(long nowNs) {
        return nowNs - nextTryNs >= 0;
    }

    InterfaceStatus status(Optional<Link> link) {
        Condition now = condition;
        Attachment a = attachment;
        return new InterfaceStatus(
                id,
                name(),
                namespaceName,
                link.map(Link::index).orElse(0),
                link.map(Link::kind).orElse(""),
                link.map(Link::driver).orElse(""),
                link.map(Link::mtu).orElse(0),
                link.map(l -> l.up() && l.running()).orElse(false),
                now.state(),
                mode,
                a == null ? "" : a.ingressHook(),
                a == null ? "" : a.egressHook(),
                now.why(),
                a == null ? List.of() : a.programIds(),
                new InterfaceStatus.DevicePackets(
                        link.map(Link::rxPackets).orElse(-1L),
                        link.map(Link::txPackets).orElse(-1L),
                        link.map(Link::drops).orElse(Map.of())));
    }
}
