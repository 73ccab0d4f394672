// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jopil.audit.Audit;
import org.jopil.web.Caller;
import org.jopil.web.JopilContext;
import org.jopil.web.Role;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardFilterAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardFilterPattern;

/** Tells the audit log of every request that does more than read; what the context refused does not come here. */
@Component(service = Filter.class)
@HttpWhiteboardContextSelect(JopilContext.SELECT)
@HttpWhiteboardFilterPattern("/*")
@HttpWhiteboardFilterAsyncSupported
public final class AuditFilter implements Filter {
    /** They tell themselves: of whom, and which command, stands in the body. */
    private static final Set<String> TOLD_THERE = Set.of("/api/session", "/api/command");

    private final Access access;
    private final Audit audit;

    @Activate
    public AuditFilter(@Reference Access access, @Reference Audit audit) {
        this.access = access;
        this.audit = audit;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        Asked asked = Asked.of(http);
        if (asked.reads() && !isForMoreThanReaders(asked) || TOLD_THERE.contains(asked.path())) {
            chain.doFilter(request, response);
            return;
        }
        int status = 500;
        try {
            chain.doFilter(request, response);
            status = ((HttpServletResponse) response).getStatus();
        } finally {
            String query = http.getQueryString();
            Caller caller = Caller.of(http);
            audit.record(new Audit.Event(
                    caller.role().text(),
                    http.getRemoteAddr() + (caller.session().isPresent() ? ", page" : ""),
                    "request",
                    asked.method() + " " + asked.path() + (query == null ? "" : "?" + query),
                    result(status, http.isAsyncStarted())));
        }
    }

    private boolean isForMoreThanReaders(Asked asked) {
        return !Role.VIEWER.may(Guard.needed(asked, access.rules()));
    }

    private static String result(int status, boolean goesOn) {
        if (status == 401 || status == 403 || status == 429) {
            return Audit.Event.REFUSED;
        }
        return status >= 400 ? "failed, " + status : goesOn ? "begun" : Audit.Event.DONE;
    }
}
