// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;

/** An error as programs get it (RFC 9457), and what the shell prints of it. Never holds a stack trace. */
public final class Problem {
    public static final String CONTENT_TYPE = "application/problem+json";

    private final Map<String, Object> members = new LinkedHashMap<>();
    private final int status;

    private Problem(String code, int status, String title, String detail) {
        this.status = status;
        members.put("type", "urn:jopil:error:" + code.replace("JOPIL-", ""));
        members.put("title", title);
        members.put("status", status);
        members.put("detail", detail);
        members.put("code", code);
    }

    /** A mistake in a filter brings its column (from 1), what was expected there, and near names. */
    public static Problem of(JopilException e) {
        if (!(e.getCause() instanceof FilterException filter)) {
            return new Problem(e.code(), e.status(), e.title(), e.detail());
        }
        Problem problem = new Problem(e.code(), e.status(), e.title(), detail(filter));
        problem.members.put("column", filter.column() + 1);
        problem.members.put("expected", filter.expected());
        problem.members.put("suggestions", filter.suggestions());
        return problem;
    }

    /** An error of ours; {@code reference} finds it in the log. */
    public static Problem internal(String reference) {
        return new Problem(
                "JOPIL-500",
                500,
                "JOPIL failed to answer",
                "This is a mistake of ours, not of the request. The log has the cause under the reference " + reference
                        + " (jopil logs). Everything else goes on.");
    }

    /** The exception for a filter that cannot be understood. */
    public static JopilException ofFilter(FilterException e) {
        return e.neverMatches()
                ? new JopilException("JOPIL-132", 400, "This filter can never match", detail(e), e)
                : new JopilException("JOPIL-131", 400, "The filter has a mistake", detail(e), e);
    }

    private static String detail(FilterException e) {
        StringBuilder detail =
                new StringBuilder("Column " + (e.column() + 1) + ": ").append(Units.safe(e.getMessage()));
        if (!e.getMessage().endsWith(".") && !e.getMessage().endsWith("?")) {
            detail.append('.');
        }
        if (!e.suggestions().isEmpty()) {
            detail.append(" Did you mean ")
                    .append(String.join(", ", e.suggestions()))
                    .append('?');
        }
        if (!e.expected().isEmpty()) {
            detail.append(" Expected: ").append(e.expected()).append('.');
        }
        return detail.toString();
    }

    public int status() {
        return status;
    }

    /** For JSON. */
    public Map<String, Object> members() {
        return members;
    }

    public String json() {
        return Json.text(members);
    }
}
