// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Report;
import org.jopil.api.source.Why;

/** Answers to why, and what stands out, as REST and the shell write them. No state; any thread. */
public final class WhyDocument {
    /** Name of the report of what stands out. */
    public static final String STANDS_OUT = "stands-out";

    private static final List<String> ITEM = List.of("sentence", "level", "kind", "question", "link");

    private WhyDocument() {}

    public static Map<String, Object> of(Why.Answer answer) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("question", answer.question());
        document.put("verdict", answer.verdict());
        document.put("sentence", answer.sentence());
        document.put("level", answer.level().text());
        List<Map<String, Object>> evidence = new ArrayList<>();
        for (Why.Evidence one : answer.evidence()) {
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("text", one.text());
            member.put("report", one.report());
            member.put("filter", one.filter());
            evidence.add(member);
        }
        document.put("evidence", evidence);
        document.put("next", answer.next().map(WhyDocument::next).orElse(null));
        document.put("missing", answer.missing());
        return document;
    }

    private static Map<String, Object> next(Why.Next next) {
        Map<String, Object> member = new LinkedHashMap<>();
        member.put("text", next.text());
        member.put("command", next.command());
        return member;
    }

    /** @param report {@value #STANDS_OUT} */
    public static Map<String, Object> standsOut(Report report) {
        List<Map<String, Object>> items = new ArrayList<>();
        for (Object[] row : report.rows()) {
            Map<String, Object> item = new LinkedHashMap<>();
            ITEM.forEach(name -> item.put(name, row[report.indexOf(name)]));
            items.add(item);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("as_of", report.asOf().toString());
        document.put("items", items);
        document.put(
                "text",
                switch (items.size()) {
                    case 0 -> "Nothing stands out.";
                    case 1 -> "One thing stands out.";
                    default -> items.size() + " things stand out.";
                });
        return document;
    }
}
