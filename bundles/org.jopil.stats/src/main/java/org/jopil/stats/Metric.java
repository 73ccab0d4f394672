// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** What can be charted over time. */
public enum Metric {
    PACKETS_PER_SECOND("packets/s", ofRates(r -> r.total().packetsPerSecond())),
    BITS_PER_SECOND("bit/s", ofRates(r -> r.total().bitsPerSecond())),
    INGRESS_PACKETS_PER_SECOND("packets/s", ofRates(r -> r.ingress().packetsPerSecond())),
    EGRESS_PACKETS_PER_SECOND("packets/s", ofRates(r -> r.egress().packetsPerSecond())),
    INGRESS_BITS_PER_SECOND("bit/s", ofRates(r -> r.ingress().bitsPerSecond())),
    EGRESS_BITS_PER_SECOND("bit/s", ofRates(r -> r.egress().bitsPerSecond())),
    FLOW_COUNT("flows", p -> p.flowCount().map(n -> (Number) n)),
    DROPS_PER_SECOND("packets/s", p -> p.dropsPerSecond().map(n -> (Number) n)),
    RETRANSMITS_PER_SECOND("segments/s", p -> p.retransmitsPerSecond().map(n -> (Number) n));

    private final String unit;
    private final Function<Point, Optional<Number>> value;

    Metric(String unit, Function<Point, Optional<Number>> value) {
        this.unit = unit;
        this.value = value;
    }

    private static Function<Point, Optional<Number>> ofRates(Function<Rates, Number> value) {
        return point -> point.rates().map(value);
    }

    /** The name in requests and answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String unit() {
        return unit;
    }

    /** Empty where nothing was measured. */
    public Optional<Number> of(Point point) {
        return value.apply(point);
    }

    public static Optional<Metric> named(String text) {
        for (Metric metric : values()) {
            if (metric.text().equals(text)) {
                return Optional.of(metric);
            }
        }
        return Optional.empty();
    }
}
