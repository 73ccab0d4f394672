// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** What is watched. Any thread; calls are synchronous and serialised. */
@ProviderType
public interface Interfaces {
    /** Every interface of our network namespace, and every watched one of others, by name. */
    List<InterfaceStatus> list();

    /**
     * What the kernel and the drivers tell of the interfaces of {@link #list}, by name. It takes system calls under the
     * kernel's rtnl lock, so it is for who asks, not for every second; up to 5 s old. One that is gone has none.
     */
    default Map<String, InterfaceFacts> facts() {
        return Map.of();
    }

    /**
     * The counters of losses that the driver of a watched interface keeps beside those of {@link InterfaceStatus}, by its
     * own names ({@code ethtool -S}: those that say drop, discard, miss or err), 0 among them; empty if it has none.
     */
    default Map<String, Long> driverDrops(String name) {
        return Map.of();
    }

    /** Name of a watched interface, the last one it had; {@code "if-N"} for an id that was never given. */
    String name(int id);

    /**
     * Watches an interface, from now on until {@link #detach}: it is attached again when it goes and comes back.
     * Watching a watched one in the same mode changes nothing.
     *
     * @param name {@code IF} or {@code NS/IF}
     * @throws org.jopil.api.JopilException {@code JOPIL-101} no privilege to load, {@code 102} none to attach,
     *     {@code 120}/{@code 121} hook taken (nothing is displaced), {@code 123} MTU too
     *     large, {@code 124} no such interface, {@code 130} refused by the verifier
     */
    InterfaceStatus attach(String name, AttachMode mode);

    /** Stops watching: detaches, then drains what was counted; counts stay in the totals. {@code JOPIL-124}. */
    InterfaceStatus detach(String name);
}
