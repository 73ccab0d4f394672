// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;
import org.jopil.web.render.Format;

/**
 * Keeps what a command writes until it ends, so that its exit status can stand in the header; but hands over at once
 * what a command writes that goes on, and what grows too large to be kept. One thread.
 */
final class CommandOutput extends OutputStream {
    private static final int MOST_KEPT = 8 << 20;

    private final HttpServletResponse response;
    private final boolean goesOn;
    private final BooleanSupplier valid;
    private ByteArrayOutputStream kept = new ByteArrayOutputStream();

    /** {@code valid}: whether the caller's token is still accepted; asked before every hand-over. */
    CommandOutput(HttpServletResponse response, boolean goesOn, BooleanSupplier valid) {
        this.response = response;
        this.goesOn = goesOn;
        this.valid = valid;
    }

    boolean isCommitted() {
        return kept == null;
    }

    String buffered() {
        return kept.toString(UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        if (kept != null && kept.size() + count > MOST_KEPT) {
            commit();
        }
        if (kept != null) {
            kept.write(bytes, from, count);
        } else {
            response.getOutputStream().write(bytes, from, count);
        }
    }

    @Override
    public void flush() throws IOException {
        if (goesOn && kept != null && kept.size() > 0) {
            commit();
        }
        if (kept == null) {
            if (!valid.getAsBoolean()) {
                throw new IOException("the token is no longer valid");
            }
            response.flushBuffer();
        }
    }

    private void commit() throws IOException {
        response.setStatus(200);
        response.setContentType(Format.TEXT.contentType());
        response.setHeader(CommandRun.EXIT_STATUS, "0");
        response.getOutputStream().write(kept.toByteArray());
        kept = null;
    }
}
