// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jopil.web.Caller;
import org.jopil.web.Role;
import org.jopil.web.Router;

/** One request without a server: the few methods of the servlet API that are used, over plain values. */
final class Http {
    final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status = 200;

    private Http() {}

    static Http send(Router router, Role role, String method, String url, String accept, String json)
            throws IOException {
        Http http = new Http();
        String[] parts = url.split("\\?", 2);
        byte[] content = json.getBytes(StandardCharsets.UTF_8);
        HttpServletRequest request = (HttpServletRequest) Proxy.newProxyInstance(
                Http.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, called, arguments) -> switch (called.getName()) {
                    case "getMethod" -> method;
                    case "getServletPath" -> "/api";
                    case "getPathInfo" -> parts[0].substring(4);
                    case "getRequestURI" -> parts[0];
                    case "getQueryString" -> parts.length > 1 ? parts[1] : null;
                    case "getHeader" -> arguments[0].equals("Accept") ? accept : null;
                    case "getContentType" -> "application/json";
                    case "getContentLengthLong" -> (long) content.length;
                    case "getInputStream" -> in(content);
                    case "getAttribute" -> arguments[0].equals(Caller.ATTRIBUTE)
                            ? new Caller(role, Optional.empty(), () -> true)
                            : null;
                    default -> throw new UnsupportedOperationException(called.toString());
                });
        HttpServletResponse response = (HttpServletResponse) Proxy.newProxyInstance(
                Http.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, called, arguments) -> switch (called.getName()) {
                    case "isCommitted" -> false;
                    case "setStatus" -> http.status = (Integer) arguments[0];
                    case "setHeader" -> http.headers.put((String) arguments[0], (String) arguments[1]);
                    case "setContentType" -> http.headers.put("Content-Type", (String) arguments[0]);
                    case "resetBuffer" -> {
                        http.body.reset();
                        yield null;
                    }
                    case "setContentLength" -> null;
                    case "getOutputStream" -> out(http.body);
                    default -> throw new UnsupportedOperationException(called.toString());
                });
        router.service(request, response);
        return http;
    }

    String text() {
        return body.toString(StandardCharsets.UTF_8);
    }

    private static ServletInputStream in(byte[] content) {
        ByteArrayInputStream bytes = new ByteArrayInputStream(content);
        return new ServletInputStream() {
            @Override
            public boolean isFinished() {
                return bytes.available() == 0;
            }

            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setReadListener(ReadListener listener) {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read() {
                return bytes.read();
            }
        };
    }

    private static ServletOutputStream out(ByteArrayOutputStream bytes) {
        return new ServletOutputStream() {
            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setWriteListener(WriteListener listener) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(int b) {
                bytes.write(b);
            }
        };
    }
}
