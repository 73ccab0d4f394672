// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.ArrayList;
import java.util.List;

/** Decodes the first header block of a connection (RFC 7541): what the dynamic table holds was put there by this block. */
final class Hpack {
    interface Sink {
        /** {@code value} is escaped as {@link Text#line} does. */
        void header(String name, String value);
    }

    private static final int MOST_HEADERS = 128;

    /** RFC 7541 appendix A: name, value; from index 1. */
    private static final String[][] STATIC = {
        {":authority", ""},
        {":method", "GET"},
        {":method", "POST"},
        {":path", "/"},
        {":path", "/index.html"},
        {":scheme", "http"},
        {":scheme", "https"},
        {":status", "200"},
        {":status", "204"},
        {":status", "206"},
        {":status", "304"},
        {":status", "400"},
        {":status", "404"},
        {":status", "500"},
        {"accept-charset", ""},
        {"accept-encoding", "gzip, deflate"},
        {"accept-language", ""},
        {"accept-ranges", ""},
        {"accept", ""},
        {"access-control-allow-origin", ""},
        {"age", ""},
        {"allow", ""},
        {"authorization", ""},
        {"cache-control", ""},
        {"content-disposition", ""},
        {"content-encoding", ""},
        {"content-language", ""},
        {"content-length", ""},
        {"content-location", ""},
        {"content-range", ""},
        {"content-type", ""},
        {"cookie", ""},
        {"date", ""},
        {"etag", ""},
        {"expect", ""},
        {"expires", ""},
        {"from", ""},
        {"host", ""},
        {"if-match", ""},
        {"if-modified-since", ""},
        {"if-none-match", ""},
        {"if-range", ""},
        {"if-unmodified-since", ""},
        {"last-modified", ""},
        {"link", ""},
        {"location", ""},
        {"max-forwards", ""},
        {"proxy-authenticate", ""},
        {"proxy-authorization", ""},
        {"range", ""},
        {"referer", ""},
        {"refresh", ""},
        {"retry-after", ""},
        {"server", ""},
        {"set-cookie", ""},
        {"strict-transport-security", ""},
        {"transfer-encoding", ""},
        {"user-agent", ""},
        {"vary", ""},
        {"via", ""},
        {"www-authenticate", ""}
    };

    private final Sink sink;
    private final List<String[]> dynamic = new ArrayList<>();
    private Bytes block;
    private int at;

    Hpack(Sink sink) {
        this.sink = sink;
    }

    /** Up to the end of the block, or to the first thing that is wrong or cut. */
    void decode(Bytes bytes) {
        block = bytes;
        at = 0;
        for (int i = 0; i < MOST_HEADERS && block.has(at, 1); i++) {
            if (!field(block.u8(at))) {
                return;
            }
        }
    }

    private boolean field(int first) {
        if ((first & 0x80) != 0) {
            String[] indexed = entry(integer(7));
            if (indexed == null) {
                return false;
            }
            sink.header(indexed[0], indexed[1]);
            return true;
        }
        if ((first & 0xE0) == 0x20) {
            return integer(5) >= 0;
        }
        boolean indexing = (first & 0x40) != 0;
        int index = integer(indexing ? 6 : 4);
        if (index < 0) {
            return false;
        }
        String[] named = index == 0 ? null : entry(index);
        String name = index == 0 ? string() : named == null ? null : named[0];
        String value = name == null ? null : string();
        if (value == null) {
            return false;
        }
        if (indexing) {
            dynamic.add(0, new String[] {name, value});
        }
        sink.header(name, value);
        return true;
    }

    private String[] entry(int index) {
        if (index <= 0) {
            return null;
        }
        if (index <= STATIC.length) {
            return STATIC[index - 1];
        }
        int newest = index - STATIC.length - 1;
        return newest < dynamic.size() ? dynamic.get(newest) : null;
    }

    /** RFC 7541 section 5.1; -1 if it is cut or beyond what a block can hold. */
    private int integer(int prefixBits) {
        if (!block.has(at, 1)) {
            return -1;
        }
        int most = (1 << prefixBits) - 1;
        int value = block.u8(at++) & most;
        if (value < most) {
            return value;
        }
        for (int shift = 0; shift <= 14; shift += 7) {
            if (!block.has(at, 1)) {
                return -1;
            }
            int more = block.u8(at++);
            value += (more & 0x7F) << shift;
            if ((more & 0x80) == 0) {
                return value;
            }
        }
        return -1;
    }

    /** Null if it is cut or wrong. */
    private String string() {
        if (!block.has(at, 1)) {
            return null;
        }
        boolean huffman = (block.u8(at) & 0x80) != 0;
        int length = integer(7);
        if (length < 0 || !block.has(at, length)) {
            return null;
        }
        Bytes raw = block.slice(at, length);
        at += length;
        Bytes plain = huffman ? Huffman.decode(raw) : raw;
        return plain == null ? null : Text.line(plain, 0, plain.length());
    }
}
