// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.source.Cost;
import org.jopil.api.source.HealthCheck;
import org.jopil.stats.Health;
import org.jopil.stats.Snapshot;
import org.jopil.stats.StatsDocument;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Units;
import org.osgi.framework.FrameworkUtil;

/** How it goes. */
@Command(
        scope = "jopil",
        name = "status",
        description = "How it goes: health, what is watched, totals, rates, the ledger's difference, own cost;"
                + " exit status 1 when it is down",
        detailedDescription =
                """
                Examples:
                  jopil:status
                  jopil:status --json
                """)
@Service
public final class StatusCommand extends WordlessCommand {
    @Override
    int run() throws Exception {
        Health.Answer health = services.health().read();
        Format format = format();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("status", Health.text(health.status()));
        document.put(
                "version",
                FrameworkUtil.getBundle(StatusCommand.class).getVersion().toString());
        Map<String, Object> checks = new LinkedHashMap<>();
        for (Health.Check check : health.checks()) {
            checks.put(check.name(), Health.text(check.status()) + ": " + check.message());
        }
        document.put("checks", checks);
        services.latest().map(StatsDocument::stats).ifPresent(document::putAll);
        if (format == Format.TEXT) {
            services.latest().ifPresent(snapshot -> readable(document, snapshot));
            services.memory().ifPresent(plan -> document.put("memory_plan", plan.text()));
        }
        Answers.write(document, format, style("value", List.of()), out());
        if (format == Format.JSON) {
            out().println();
        }
        return health.status() == HealthCheck.Status.DOWN ? FAILED : 0;
    }

    /** Units for people; what takes a table of its own has a command of its own. */
    private static void readable(Map<String, Object> document, Snapshot snapshot) {
        List.of("sequence", "timestamp", "protocols", "cpus", "ledger", "cost").forEach(document::remove);
        document.put("uptime", Units.duration(snapshot.uptimeSeconds() * 1_000_000_000L));
        snapshot.traffic()
                .ifPresent(t -> document.put("total_bytes", Units.si(t.total().bytes(), "B")));
        snapshot.rates()
                .ifPresent(r -> document.put(
                        "rates",
                        Units.si(r.total().packetsPerSecond(), "packets/s") + ", "
                                + Units.si(r.total().bitsPerSecond(), "bit/s")));
        snapshot.ledger().ifPresent(l -> document.put("ledger_difference", l.difference()));
        snapshot.sampling().ifPresent(s -> document.put("sampling", Sampled.text(s)));
        Double cpu = snapshot.usage().cpuPercent();
        Long memory = snapshot.usage().rssBytes();
        document.put("cpu", cpu == null ? null : Math.round(cpu * 10) / 10.0 + " % of a core");
        document.put("memory", memory == null ? null : Units.si(memory, "B"));
        Cost.Measurement measured = snapshot.usage().measurement();
        if (measured != null && measured.nsPerPacket().isPresent()) {
            document.put(
                    "run_time",
                    Math.round(measured.nsPerPacket().getAsDouble()) + " ns per packet, "
                            + (measured.running() ? "being measured" : "measured until " + measured.end()));
        }
    }
}
