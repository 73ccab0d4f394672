// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * HTTP by hand over one socket of the calling thread: any Host and Origin can be sent, and a thread that stands in a
 * network namespace asks there.
 */
final class Http {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** An answer; header names are in lower case. */
    record Response(int status, Map<String, String> headers, String body) {
        JsonNode json() {
            try {
                return MAPPER.readTree(body);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + this, e);
            }
        }

        Response expect(int wanted) {
            if (status != wanted) {
                throw new AssertionError("expected " + wanted + ", got " + this);
            }
            return this;
        }
    }

    private final String host;
    private final int port;
    private final Map<String, String> headers = new LinkedHashMap<>();

    /** Sends to {@code host}, an address without brackets. */
    Http(String host, int port) {
        this.host = host;
        this.port = port;
        header("Host", (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    }

    /** With this header; a second value replaces the first, null takes it away. */
    Http header(String name, String value) {
        if (value == null) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return this;
    }

    Http token(String token) {
        return header("Authorization", "Bearer " + token);
    }

    Response get(String path) {
        return send("GET", path, null);
    }

    Response post(String path, String json) {
        return send("POST", path, json);
    }

    Response send(String method, String path, String body) {
        return send(method, path, body == null ? null : body.getBytes(UTF_8), "application/json");
    }

    /** With these bytes as body. */
    Response post(String path, byte[] body, String type) {
        return send("POST", path, body, type);
    }

    private Response send(String method, String path, byte[] body, String type) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 5_000 * Patience.FACTOR);
            socket.setSoTimeout(30_000 * Patience.FACTOR);
            byte[] content = body == null ? new byte[0] : body;
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.0\r\n");
            headers.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            if (body != null) {
                if (!headers.containsKey("Content-Type")) {
                    head.append("Content-Type: ").append(type).append("\r\n");
                }
                head.append("Content-Length: ").append(content.length).append("\r\n");
            }
            OutputStream out = socket.getOutputStream();
            out.write(head.append("\r\n").toString().getBytes(UTF_8));
            out.write(content);
            out.flush();
            return read(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path + " at " + host + ":" + port, e);
        }
    }

    private static Response read(InputStream in) throws IOException {
        byte[] all = readAll(in);
        int end = new String(all, ISO_8859_1).indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no HTTP answer: " + new String(all, UTF_8));
        }
        String[] lines = new String(all, 0, end, ISO_8859_1).split("\r\n");
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            String[] parts = lines[i].split(":", 2);
            headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
        }
        return new Response(
                Integer.parseInt(lines[0].split(" ")[1]),
                headers,
                new String(all, end + 4, all.length - end - 4, UTF_8));
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            in.transferTo(bytes);
        } catch (IOException e) {
            // a server that refuses a body resets after its answer
            if (bytes.size() == 0) {
                throw e;
            }
        }
        return bytes.toByteArray();
    }
}
