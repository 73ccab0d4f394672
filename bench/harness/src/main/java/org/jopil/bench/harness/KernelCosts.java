// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code make -C bpf cost} prints: the sensor's program in BPF_PROG_TEST_RUN, above an empty one. */
final class KernelCosts {
    /** Names of the programs. */
    static final String SENSOR = "sensor";

    static final String PARSER = "parser alone";

    static final String HASH = "kernel hash and clock";

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Pattern LINE =
            Pattern.compile("cost: (?:(\\S.*?), )?IPv([46]), +(\\d+) flows: +(-?\\d+) ns/packet"
                    + " above an empty program \\((-?\\d+) to (-?\\d+)\\), base (\\d+)");

    private KernelCosts() {}

    static List<Results.KernelCost> measure(Path bpf) {
        return parse(Commands.run(LIMIT, List.of("make", "-s", "-C", bpf.toString(), "cost"))
                .orFail()
                .out());
    }

    static List<Results.KernelCost> parse(String said) {
        List<Results.KernelCost> costs = new ArrayList<>();
        Matcher line = LINE.matcher(said);
        while (line.find()) {
            costs.add(new Results.KernelCost(
                    line.group(1) == null ? SENSOR : line.group(1),
                    Integer.parseInt(line.group(2)),
                    Integer.parseInt(line.group(3)),
                    Double.parseDouble(line.group(4)),
                    Double.parseDouble(line.group(5)),
                    Double.parseDouble(line.group(6)),
                    Double.parseDouble(line.group(7))));
        }
        return costs;
    }
}
