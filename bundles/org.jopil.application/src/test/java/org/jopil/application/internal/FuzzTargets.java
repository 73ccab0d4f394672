// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jopil.api.event.Protocols;
import org.jopil.application.Application;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.jopil.application.RuleException;
import org.jopil.application.Rules;

/**
 * What is fuzzed: every parser by itself, and whole flows. A target fails if something is thrown, or if something is
 * shown that is not printable or not short. Jazzer's own program calls {@link #fuzzerTestOneInput}.
 */
public final class FuzzTargets {
    static final Map<String, Consumer<byte[]>> ALL = new LinkedHashMap<>();

    /** A parser with a bug, which the fuzzer must find. */
    static final String PLANTED = "planted";

    private static final Shared SHARED = new Shared(List.of(), 4, true);
    private static final Detectors DETECTORS = new Detectors();
    private static Consumer<byte[]> chosen;

    static {
        ALL.put("tls", data -> read(new TlsReader(), 443, data));
        ALL.put("http", data -> read(new HttpReader(), 80, data));
        ALL.put("http2", data -> read(new Http2Reader(), 80, data));
        ALL.put("ssh", data -> read(new SshReader(), 22, data));
        ALL.put("mysql", data -> read(new MysqlReader(), 3306, data));
        ALL.put("postgresql", data -> read(new PostgresqlReader(), 5432, data));
        ALL.put("mqtt", data -> read(new MqttReader(), 1883, data));
        ALL.put("redis", data -> read(new RedisReader(), 6379, data));
        ALL.put("kafka", data -> read(new KafkaReader(), 9092, data));
        ALL.put("dns", data -> read(new DnsReader(), 53, data));
        ALL.put("dns-tcp", data -> read(new DnsTcpReader(), 53, data));
        ALL.put("ntp", data -> read(new NtpReader(), 123, data));
        ALL.put("dhcp", data -> read(new DhcpReader(), 67, data));
        ALL.put("dhcpv6", data -> read(new Dhcpv6Reader(), 547, data));
        ALL.put("quic", data -> read(new QuicReader(), 443, data));
        ALL.put("hello", data -> {
            Findings findings = new Findings(SHARED, 1, 443);
            TlsHello.read(bytes(data), true, Application.QUIC, findings);
            shouldBeHarmless(findings);
        });
        ALL.put("hpack", data -> new Hpack((name, value) -> {
                    ConversationsTest.shouldBeHarmless(name);
                    ConversationsTest.shouldBeHarmless(value);
                })
                .decode(bytes(data)));
        ALL.put("flow-tcp", data -> flow(Protocols.TCP, data));
        ALL.put("flow-udp", data -> flow(Protocols.UDP, data));
        ALL.put("rules", FuzzTargets::rules);
    }

    private FuzzTargets() {}

    public static void fuzzerInitialize(String[] arguments) {
        chosen = arguments[0].equals(PLANTED) ? FuzzTargets::planted : ALL.get(arguments[0]);
    }

    public static void fuzzerTestOneInput(byte[] data) {
        chosen.accept(data);
    }

    private static Bytes bytes(byte[] data) {
        return new Bytes().set(data, 0, data.length);
    }

    /** From both sides, on its port and on another. */
    private static void read(Reader reader, int port, byte[] data) {
        if (data.length == 0) {
            return;
        }
        for (int serverPort : new int[] {port, 9}) {
            Findings findings = new Findings(SHARED, 1, serverPort);
            for (boolean fromClient : new boolean[] {true, false}) {
                findings.begin(fromClient ? 1 : 2, data.length);
                reader.read(bytes(data), fromClient, findings);
                shouldBeHarmless(findings);
            }
        }
    }

    private static void shouldBeHarmless(Findings findings) {
        findings.details().values().forEach(ConversationsTest::shouldBeHarmless);
        if (findings.serverName() != null) {
            ConversationsTest.shouldBeHarmless(findings.serverName());
        }
    }

    /** Packets: a byte with the direction and the step of the sequence, two with the length, the payload. */
    private static void flow(int protocol, byte[] data) {
        int port = data.length > 0 ? data[0] & 0xFF : 0;
        Detector detector = DETECTORS.detector(protocol, 40000, port);
        int sequence = 0;
        for (int at = 1; at + 3 <= data.length; ) {
            int step = (data[at] & 0x7F) - 0x20;
            int length = Math.min((data[at + 1] & 7) << 8 | data[at + 2] & 0xFF, data.length - at - 3);
            detector.feed(data[at] >= 0, at, sequence, data, at + 3, length, length);
            sequence += length + (step > 0x40 ? step - 0x40 : 0);
            at += 3 + length;
            detector.details().values().forEach(ConversationsTest::shouldBeHarmless);
            detector.unusualPort();
        }
    }

    private static void rules(byte[] data) {
        try {
            Rules.parse(new String(data, StandardCharsets.UTF_8)).applications();
        } catch (RuleException e) {
            if (e.line() < 1 || e.column() < 1 || e.expected().isEmpty()) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Reads a length and believes it. */
    private static void planted(byte[] data) {
        if (data.length > 4 && data[0] == 'L' && data[1] == 'E' && data[2] == 'N') {
            System.arraycopy(data, 4, new byte[256], 0, data[3] & 0xFF);
        }
    }
}
