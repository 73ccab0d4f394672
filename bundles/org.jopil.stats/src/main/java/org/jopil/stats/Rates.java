// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jopil.stats.Traffic.DirectionTraffic;
import org.jopil.stats.Traffic.InterfaceTraffic;

/**
 * Rates between two readings of the counters, over the time that really passed between them.
 *
 * @param seconds that passed
 * @param total of all interfaces and directions
 * @param ingress of all interfaces
 * @param egress of all interfaces
 * @param protocols by name
 * @param cpus by number
 */
public record Rates(
        double seconds, Rate total, Rate ingress, Rate egress, Map<String, Rate> protocols, Map<Integer, Rate> cpus) {

    /** Packets per second and bits per second. */
    public record Rate(double packetsPerSecond, double bitsPerSecond) {}

    /** Empty if the counters began anew in between, or no time passed. */
    public static Optional<Rates> between(Traffic before, Traffic after, double seconds) {
        if (seconds <= 0
                || after.total().packets() < before.total().packets()
                || after.total().bytes() < before.total().bytes()) {
            return Optional.empty();
        }
        Map<String, Rate> protocols = new LinkedHashMap<>();
        after.protocols()
                .forEach((name, now) ->
                        protocols.put(name, rate(before.protocols().getOrDefault(name, Totals.NONE), now, seconds)));
        Map<Integer, Rate> cpus = new TreeMap<>();
        after.cpus()
                .forEach((cpu, now) -> cpus.put(cpu, rate(before.cpus().getOrDefault(cpu, Totals.NONE), now, seconds)));
        return Optional.of(new Rates(
                seconds,
                rate(before.total(), after.total(), seconds),
                rate(sum(before, true), sum(after, true), seconds),
                rate(sum(before, false), sum(after, false), seconds),
                protocols,
                cpus));
    }

    private static Totals sum(Traffic traffic, boolean ingress) {
        Totals sum = Totals.NONE;
        for (InterfaceTraffic link : traffic.interfaces()) {
            DirectionTraffic direction = ingress ? link.ingress() : link.egress();
            sum = direction.totals() == null ? sum : sum.plus(direction.totals());
        }
        return sum;
    }

    private static Rate rate(Totals before, Totals after, double seconds) {
        return new Rate(
                (after.packets() - before.packets()) / seconds, 8.0 * (after.bytes() - before.bytes()) / seconds);
    }
}
