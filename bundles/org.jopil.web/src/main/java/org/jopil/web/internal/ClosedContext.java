// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jopil.api.JopilException;
import org.jopil.web.Router;
import org.jopil.web.render.Problem;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.osgi.service.servlet.context.ServletContextHelper;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContext;

/** A servlet that selects no context lands in the default one, where nobody asks for a token. So this one is closed. */
@Component(service = ServletContextHelper.class)
@HttpWhiteboardContext(name = "default", path = "/")
@ServiceRanking(1000)
public final class ClosedContext extends ServletContextHelper {
    @Override
    public boolean handleSecurity(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Router.send(
                response,
                Problem.of(new JopilException(
                        "JOPIL-404", 404, "There is nothing here", "Only the context 'jopil' is served.")));
        return false;
    }
}
