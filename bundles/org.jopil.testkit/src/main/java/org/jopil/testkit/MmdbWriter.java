// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes small databases in the MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB): a tree of IPv6 with IPv4 in ::/96, or of
 * IPv4 alone, records of 24 bits. Values of
 * records are strings, longs of 32 bits and maps.
 */
public final class MmdbWriter {
    private static final byte[] METADATA = {(byte) 0xAB, (byte) 0xCD, (byte) 0xEF};
    private static final int NOTHING = -1;

    /** In two halves: a child is a node from 1 on, 0 for nothing, or below that a datum. */
    private final List<int[]> nodes = new ArrayList<>();

    private final List<Integer> offsets = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final String type;
    private final int ipVersion;

    /** @param ipVersion 4 or 6 */
    public MmdbWriter(String type, int ipVersion) {
        this.type = type;
        this.ipVersion = ipVersion;
        nodes.add(new int[] {0, 0});
    }

    /** @param prefix numeric address and length: {@code 192.0.2.0/24}; inside no other */
    public MmdbWriter with(String prefix, Map<String, ?> record) throws IOException {
        String[] parts = prefix.split("/");
        byte[] address = InetAddress.getByName(parts[0]).getAddress();
        int length = Integer.parseInt(parts[1]);
        int ahead = address.length == 4 && ipVersion == 6 ? 96 : 0;
        offsets.add(data.size());
        write(data, record);
        int node = 0;
        for (int bit = 0; bit < ahead + length; bit++) {
            int at = bit - ahead;
            int side = at < 0 ? 0 : address[at / 8] >> 7 - at % 8 & 1;
            if (bit == ahead + length - 1) {
                nodes.get(node)[side] = -offsets.size();
            } else {
                node = child(node, side);
            }
        }
        return this;
    }

    private int child(int node, int side) {
        if (nodes.get(node)[side] == 0) {
            nodes.add(new int[] {0, 0});
            nodes.get(node)[side] = nodes.size() - 1;
        }
        return nodes.get(node)[side];
    }

    /** The whole file. */
    public byte[] bytes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int[] node : nodes) {
            for (int child : node) {
                int value = child == 0
                        ? nodes.size()
                        : child > 0 ? child : nodes.size() + 16 + offsets.get(NOTHING - child);
                out.write(value >> 16);
                out.write(value >> 8);
                out.write(value);
            }
        }
        out.write(new byte[16]);
        data.writeTo(out);
        out.write(METADATA);
        out.write("MaxMind.com".getBytes(US_ASCII));
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", BigInteger.valueOf(1_767_225_600L)); // 2026-01-01
        metadata.put("database_type", type);
        metadata.put("description", Map.of("en", "of a test"));
        metadata.put("ip_version", ipVersion);
        metadata.put("languages", List.of());
        metadata.put("node_count", (long) nodes.size());
        metadata.put("record_size", 24);
        write(out, metadata);
        return out.toByteArray();
    }

    /** At once: who reads sees the old file or this one. */
    public Path write(Path file) throws IOException {
        Path fresh = Files.write(file.resolveSibling(file.getFileName() + ".new"), bytes());
        return Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void write(ByteArrayOutputStream out, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            out.write(7 << 5 | map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                write(out, entry.getKey());
                write(out, entry.getValue());
            }
        } else if (value instanceof List<?> list) {
            out.write(list.size());
            out.write(11 - 7);
            for (Object element : list) {
                write(out, element);
            }
        } else if (value instanceof Long number) {
            out.write(6 << 5 | 4);
            write(out, number, 4);
        } else if (value instanceof Integer number) {
            out.write(5 << 5 | 2);
            write(out, number, 2);
        } else if (value instanceof BigInteger number) {
            out.write(8);
            out.write(9 - 7);
            write(out, number.longValueExact(), 8);
        } else if (value instanceof String text) {
            byte[] utf8 = text.getBytes(UTF_8);
            if (utf8.length < 29) {
                out.write(2 << 5 | utf8.length);
            } else {
                out.write(2 << 5 | 29);
                out.write(utf8.length - 29); // up to 284 bytes
            }
            out.write(utf8);
        } else {
            throw new IllegalArgumentException("cannot write " + value);
        }
    }

    private static void write(ByteArrayOutputStream out, long number, int bytes) {
        for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8) {
            out.write((int) (number >> shift));
        }
    }
}
