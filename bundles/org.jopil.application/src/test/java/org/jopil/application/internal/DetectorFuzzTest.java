// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The fuzzer's targets over what is saved: the messages of {@link Conversations}, and what the fuzzer once found, in
 * DetectorFuzzTestInputs. With JAZZER_FUZZ=1 the one that is asked for is fuzzed; all of them by {@link FuzzRunTest}.
 */
class DetectorFuzzTest {
    static Stream<byte[]> seeds() {
        return Conversations.all().stream().flatMap(c -> c.messages().stream()).map(Conversations.Message::data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandTls(byte[] data) {
        FuzzTargets.ALL.get("tls").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandHttp(byte[] data) {
        FuzzTargets.ALL.get("http").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandHttp2(byte[] data) {
        FuzzTargets.ALL.get("http2").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandSsh(byte[] data) {
        FuzzTargets.ALL.get("ssh").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandMysql(byte[] data) {
        FuzzTargets.ALL.get("mysql").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandPostgresql(byte[] data) {
        FuzzTargets.ALL.get("postgresql").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandMqtt(byte[] data) {
        FuzzTargets.ALL.get("mqtt").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandRedis(byte[] data) {
        FuzzTargets.ALL.get("redis").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandKafka(byte[] data) {
        FuzzTargets.ALL.get("kafka").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandDns(byte[] data) {
        FuzzTargets.ALL.get("dns").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandDnsTcp(byte[] data) {
        FuzzTargets.ALL.get("dns-tcp").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandNtp(byte[] data) {
        FuzzTargets.ALL.get("ntp").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandDhcp(byte[] data) {
        FuzzTargets.ALL.get("dhcp").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandDhcpv6(byte[] data) {
        FuzzTargets.ALL.get("dhcpv6").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandQuic(byte[] data) {
        FuzzTargets.ALL.get("quic").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandHello(byte[] data) {
        FuzzTargets.ALL.get("hello").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandHpack(byte[] data) {
        FuzzTargets.ALL.get("hpack").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandFlowTcp(byte[] data) {
        FuzzTargets.ALL.get("flow-tcp").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandFlowUdp(byte[] data) {
        FuzzTargets.ALL.get("flow-udp").accept(data);
    }

    @FuzzTest
    @MethodSource("seeds")
    void shouldStandRules(byte[] data) {
        FuzzTargets.ALL.get("rules").accept(data);
    }
}
