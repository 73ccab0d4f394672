// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;

/** Reports with the columns that the analyzers' have, as far as they are asked, and the rows that a test gives them. */
final class Tables implements Reports {
    private static final Map<String, List<Column>> COLUMNS = Map.of(
            "flows",
                    columns(
                            "interface namespace protocol state end_reason process",
                            "src_ip dst_ip",
                            "src_port dst_port",
                            "packets packets_fwd packets_rev bytes"),
            "drops",
                    columns(
                            "reason symbol hook interface namespace stage advice advice_id command",
                            "",
                            "",
                            "packets packets_per_second"),
            "drop-events",
                    columns(
                            "reason symbol hook interface namespace stage protocol advice process process_is",
                                    "src_ip dst_ip",
                            "src_port dst_port", "packets weight"),
            "tcp",
                    columns(
                            "state process namespace",
                            "local_ip remote_ip",
                            "local_port remote_port",
                            "retransmits segments_out zero_windows_sent receive_queue accept_limit drops"),
            "latency", columns("stage direction interface namespace process", "", "port", "count p50_ns p95_ns max_ns"),
            "journeys",
                    columns(
                            "slowest_stage interface namespace process",
                            "src_ip dst_ip",
                            "src_port dst_port",
                            "slowest_ns duration_ns"),
            "cpus", columns("", "", "", "cpu packets_per_second"));

    private final Map<String, List<Map<String, Object>>> rows = new TreeMap<>();

    private static List<Column> columns(String texts, String addresses, String ports, String numbers) {
        List<Column> columns = new ArrayList<>();
        Map<String, Type> kinds = new LinkedHashMap<>();
        kinds.put(texts, Type.TEXT);
        kinds.put(addresses, Type.ADDRESS);
        kinds.put(ports, Type.PORT);
        kinds.put(numbers, Type.NUMBER);
        kinds.forEach((names, type) -> List.of(names.split(" ")).stream()
                .filter(name -> !name.isEmpty())
                .forEach(name -> columns.add(Column.column(name, type, name))));
        return List.copyOf(columns);
    }

    /** Makes a report that is there, without rows. */
    Tables with(String report) {
        rows.computeIfAbsent(report, name -> new ArrayList<>());
        return this;
    }

    /** Adds a row: names and values in turn. */
    Tables row(String report, Object... namesAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        with(report).rows.get(report).add(row);
        return this;
    }

    Tables clear(String report) {
        rows.get(report).clear();
        return this;
    }

    @Override
    public List<String> names() {
        return List.copyOf(rows.keySet());
    }

    @Override
    public Report ask(String name, Query query) {
        List<Map<String, Object>> asked = rows.get(name);
        if (asked == null) {
            throw new JopilException("JOPIL-404", 404, "No report " + name, "There is none");
        }
        boolean groups = name.equals("flows") && query.by().isPresent();
        List<Column> columns = groups ? columns("key", "", "", "bytes") : COLUMNS.get(name);
        try {
            Report.Builder report = Report.of(query, columns.toArray(Column[]::new));
            for (Map<String, Object> row : asked) {
                report.row(
                        columns.stream().map(column -> row.get(column.name())).toArray());
            }
            return report.build();
        } catch (FilterException e) {
            throw new JopilException("JOPIL-131", 400, "The filter has a mistake", e.getMessage(), e);
        }
    }
}
