// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.source.LatencySource.Key;

/** What a time was counted under, as columns: filters look at these before anything is added up. */
enum KeyField {
    STAGE(
            column(
                    "stage",
                    Type.TEXT,
                    "Part of the way: driver, netfilter, transport, socket_queue, copy, receive_total,"
                            + " send_stack, qdisc, driver_tx, send_total"),
            false,
            key -> key.stage().text()),
    DIRECTION(column("direction", Type.TEXT, "receive or send"), false, key -> key.stage()
            .direction()),
    FROM_HOOK(detail("from_hook", Type.TEXT, "Where the stage begins, the kernel's name"), false, key -> key.stage()
            .from()
            .place()),
    TO_HOOK(detail("to_hook", Type.TEXT, "Where the stage ends, the kernel's name"), false, key -> key.stage()
            .to()
            .place()),
    INTERFACE(
            column("interface", Type.TEXT, "Interface, null if there are several"),
            true,
            key -> unless("", key.interfaceName())),
    NAMESPACE(
            detail(
                    "namespace",
                    Type.TEXT,
                    "Network namespace, null for the one JOPIL runs in and if there are several"),
            true,
            key -> unless("", key.namespace())),
    PROTOCOL(
            column("protocol", Type.TEXT, "Upper-layer protocol, null if there are several"),
            true,
            key -> key.interfaceName().isEmpty()
                    ? null
                    : Protocols.name(key.protocol() == 0 ? Protocols.NON_IP : key.protocol())),
    PORT(
            column("port", Type.PORT, "Local port, null for ephemeral ones and if there are several"),
            true,
            key -> unless(0L, (long) key.port())),
    PROCESS(
            column("process", Type.TEXT, "Who read it, name[pid]; null of stages before, and if there are several"),
            true,
            key -> key.pid() == 0 ? null : key.command() + "[" + key.pid() + "]"),
    PID(detail("pid", Type.NUMBER, "Its process id"), true, key -> unless(0L, (long) key.pid()));

    static final List<Column> COLUMNS =
            Arrays.stream(values()).map(field -> field.column).toList();

    final Column column;
    final boolean groups;
    private final Function<Key, Object> value;

    KeyField(Column column, boolean groups, Function<Key, Object> value) {
        this.column = column;
        this.groups = groups;
        this.value = value;
    }

    /** Null where it has none. */
    Object of(Key key) {
        return value.apply(key);
    }

    static Object[] values(Key key) {
        return Arrays.stream(values()).map(field -> field.of(key)).toArray();
    }

    private static Object unless(Object nothing, Object value) {
        return nothing.equals(value) ? null : value;
    }
}
