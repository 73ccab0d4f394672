// SPDX-License-Identifier: Apache-2.0
package org.jopil.dashboard.internal;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * Serves the page; as the default servlet it also answers what is nobody's address. The files hold no data, so that
 * everybody may have them: what they ask for needs a token. Headers of security are the context's.
 */
@Component(
        service = Servlet.class,
        property = {
            "jopil.web.public=/",
            "jopil.web.public=/flows",
            "jopil.web.public=/drops",
            "jopil.web.public=/journey",
            "jopil.web.public=/latency",
            "jopil.web.public=/tcp",
            "jopil.web.public=/packets",
            "jopil.web.public=/system",
            "jopil.web.public=/assets/*"
        })
@HttpWhiteboardContextSelect("(osgi.http.whiteboard.context.name=jopil)")
@HttpWhiteboardServletPattern("/")
public final class PageServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        Optional<PageFile> found = PageFile.at(path.isEmpty() ? "/" : path);
        if (found.isEmpty() || !send(found.get(), request, response)) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    /** False if this bundle has no such file. */
    private static boolean send(PageFile file, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        boolean compressed = takesGzip(request.getHeader("Accept-Encoding"));
        try (InputStream in =
                PageServlet.class.getResourceAsStream(compressed ? file.compressedResource() : file.resource())) {
            if (in == null) {
                return false;
            }
            byte[] content = in.readAllBytes();
            response.setContentType(file.contentType());
            response.setHeader("Cache-Control", file.cacheControl());
            response.setHeader("Vary", "Accept-Encoding");
            if (compressed) {
                response.setHeader("Content-Encoding", "gzip");
            }
            response.setContentLength(content.length);
            response.getOutputStream().write(content);
            return true;
        }
    }

    /** Browsers name gzip plainly; a refusal ({@code gzip;q=0}) is honoured. */
    static boolean takesGzip(String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        for (String part : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
            String coding = part.replace(" ", "");
            if (coding.equals("gzip") || coding.startsWith("gzip;") && !coding.matches("gzip;q=0(\\.0*)?")) {
                return true;
            }
        }
        return false;
    }
}
