// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;

/** Journeys as rows of a report. The steps of those that are wanted are written out only. */
final class JourneyRows {
    private static final Column[] COLUMNS = {
        column("id", Type.TEXT, "Of the journey"),
        column("timestamp", Type.TIME, "When it was first seen"),
        column("kept", Type.TEXT, "Why it is kept: sampled, slow, dropped, traced"),
        column("protocol", Type.TEXT, "Upper-layer protocol of IP"),
        column("src_ip", Type.ADDRESS, "As where it was first seen; null without an IP header"),
        column("src_port", Type.PORT, "Null where the protocol has none"),
        column("dst_ip", Type.ADDRESS, "As where it was first seen; null without an IP header"),
        column("dst_port", Type.PORT, "Null where the protocol has none"),
        detail("tcp_flags", Type.LIST, "Null of other protocols, and where the headers were not seen"),
        detail("length", Type.BYTES, "From the IP header on, where it was first seen; a super-packet as a whole"),
        column("interface", Type.TEXT, "Where it was first seen"),
        detail("interfaces", Type.LIST, "All that it passed, in order"),
        detail("namespace", Type.TEXT, "Network namespace where it was first seen, null for the one JOPIL runs in"),
        column(
                "duration_ns",
                Type.NANOSECONDS,
                "From where it was first seen to its end, or to where it was seen last"),
        column("slowest_stage", Type.TEXT, "Of the stages that were measured as a whole; null if none was"),
        column("slowest_ns", Type.NANOSECONDS, "What that took"),
        column("end", Type.TEXT, "How it ended, null if that was not seen"),
        detail("end_text", Type.TEXT, "The same for people"),
        detail("drop_reason", Type.TEXT, "The kernel's name, null if it was not dropped"),
        column("process", Type.TEXT, "Who read it, else who sent it, name[pid]; null where neither was seen"),
        detail("complete", Type.BOOLEAN, "Whether its end was seen, and no event was lost that can have been of it"),
        detail("followed", Type.BOOLEAN, "False of a packet that was seen only where it was dropped"),
        detail("reply_of", Type.TEXT, "Id of the packet that it answers, as far as both are kept"),
        detail("sentence", Type.TEXT, "What it comes to"),
        detail("stages", Type.OBJECT, "Each hook that it passed, and the stage that ended there")
    };
    private static final int STAGES = COLUMNS.length - 1;

    private JourneyRows() {}

    /** @param journeys the newest first */
    static Report report(Query query, List<Journey> journeys, long lost) throws FilterException {
        Map<Journey, String> replies = Replies.find(journeys);
        Report.Builder choice = Report.of(query.sort().isPresent() ? query : query.withSort("-timestamp"), COLUMNS);
        for (int i = 0; i < journeys.size(); i++) {
            Journey journey = journeys.get(i);
            long ns = journey.first().timestampNs();
            if (ns >= query.sinceNs() && ns <= query.untilNs()) {
                choice.row(row(journey, replies.get(journey), i));
            }
        }
        Report chosen = choice.build();
        Report.Builder report =
                Report.of(COLUMNS).totals(chosen.total(), chosen.unfiltered()).lost(lost);
        for (Object[] row : chosen.rows()) {
            Object[] whole = row.clone();
            whole[STAGES] = stages(journeys.get(((Long) row[STAGES]).intValue()));
            report.row(whole);
        }
        return report.totals(chosen.total(), chosen.unfiltered()).sampled().build();
    }

    private static Object[] row(Journey j, String replyOf, int index) {
        Tuple tuple = j.tuple;
        boolean ports = tuple.hasPorts();
        return new Object[] {
            j.id,
            j.first().timestampNs(),
            j.kind.text(),
            tuple.protocol(),
            tuple.source(),
            ports ? tuple.srcPort() : null,
            tuple.destination(),
            ports ? tuple.dstPort() : null,
            tuple.ipProtocol() == Protocols.TCP && j.followed ? TcpFlags.names(j.tcpFlags) : null,
            j.lengthBytes,
            orNull(j.first().interfaceName()),
            j.interfaces(),
            orNull(j.first().namespace()),
            j.durationNs(),
            j.slowestStage == null ? null : j.slowestStage.text(),
            j.slowestStage == null ? null : j.slowestNs,
            j.end == null ? null : j.end.text(),
            j.end == null ? "its end was not seen" : j.end.sentence(),
            j.dropReason(),
            j.process(),
            j.complete,
            j.followed,
            replyOf,
            Sentence.of(j),
            index
        };
    }

    private static List<Map<String, Object>> stages(Journey journey) {
        List<Map<String, Object>> stages = new ArrayList<>();
        for (int i = 0; i < journey.steps.size(); i++) {
            Step step = journey.steps.get(i);
            Part part = journey.parts.get(i);
            Map<String, Object> stage = new LinkedHashMap<>();
            stage.put("stage", part.stage() == null ? null : part.stage().text());
            stage.put("hook", place(step.hook(), journey.tuple.ipProtocol()));
            stage.put("at_ns", step.timestampNs() - journey.first().timestampNs());
            stage.put("took_ns", part.tookNs());
            stage.put("cpu", (long) step.cpu());
            stage.put("interface", orNull(step.interfaceName()));
            stage.put("namespace", orNull(step.namespace()));
            stage.put("process", step.process());
            stage.put("length", step.lengthBytes() == 0 ? null : (long) step.lengthBytes());
            stage.put("verdict", verdict(step, journey.end));
            stages.add(stage);
        }
        return stages;
    }

    /** A read is seen at another place in TCP than in UDP. */
    private static String place(JourneyHook hook, int ipProtocol) {
        if (hook != JourneyHook.READ) {
            return hook.place();
        }
        return ipProtocol == Protocols.TCP ? "tcp_rcv_space_adjust" : "sock_recv_length";
    }

    /** What became of it here, null where it went on. */
    private static String verdict(Step step, JourneyEnd end) {
        if (step.is(JourneyHook.DROP) && end == JourneyEnd.DROPPED) {
            return "dropped, " + step.dropReason();
        }
        return step.end() == null || step.is(JourneyHook.DROP)
                ? null
                : step.end().text();
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
