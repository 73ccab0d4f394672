// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.Map;
import org.jopil.api.event.Protocols;
import org.jopil.application.Application;
import org.jopil.application.Detector;
import org.jopil.application.internal.Reader.Answer;

/**
 * Asks the readers until one is sure, and then that one. The rules are asked about a packet that no reader knows; what
 * begins by a rule keeps that name, also when it goes on with TLS (STARTTLS).
 */
public final class FlowDetector implements Detector {
    /** What is surest comes first. */
    private static final Reader[] TCP = {
        new TlsReader(),
        new Http2Reader(),
        new HttpReader(),
        new SshReader(),
        new MysqlReader(),
        new PostgresqlReader(),
        new MqttReader(),
        new RedisReader(),
        new KafkaReader(),
        new DnsTcpReader()
    };

    private static final Reader[] UDP = {
        new DhcpReader(), new QuicReader(), new DnsReader(), new NtpReader(), new Dhcpv6Reader()
    };

    private static final Reader[] NONE = {};

    /** One direction. */
    private static final class Side {
        int packets;
        boolean done;
        long startNs;
        int startSequence;
        Stream stream;
    }

    private final Findings findings;
    private final boolean tcp;
    private final Reader[] readers;
    private final Side client = new Side();
    private final Side server = new Side();
    private Reader reader;
    private Rule rule;

    public FlowDetector(Shared shared, int ipProtocol, int clientPort, int serverPort) {
        findings = new Findings(shared, clientPort, serverPort);
        tcp = ipProtocol == Protocols.TCP;
        readers = tcp ? TCP : ipProtocol == Protocols.UDP ? UDP : NONE;
        client.done = readers == NONE;
        server.done = readers == NONE;
    }

    @Override
    public boolean feed(
            boolean fromClient,
            long timestampNs,
            int tcpSequence,
            byte[] data,
            int from,
            int captured,
            int payloadBytes) {
        Side side = fromClient ? client : server;
        if (captured <= 0 || (side.done && !everyPacketTells())) {
            return false;
        }
        findings.begin(timestampNs, payloadBytes);
        Bytes packet = findings.shared.view.set(data, from, captured);
        Answer answer = tcp ? readTcp(side, fromClient, tcpSequence, packet) : ask(packet, fromClient);
        if (answer == Answer.DONE || ++side.packets >= findings.shared.packetsPerDirection) {
            side.packets = findings.shared.packetsPerDirection;
            side.done = true;
            side.stream = null;
        }
        // while a reader waits for more it may still be its own
        if (reader == null && rule == null && (answer == Answer.NO || side.done)) {
            askRules(packet.set(data, from, captured));
        }
        return findings.changed();
    }

    private boolean everyPacketTells() {
        return reader instanceof DnsReader;
    }

    private Answer readTcp(Side side, boolean fromClient, int sequence, Bytes packet) {
        Bytes bytes = packet;
        if (side.stream == null) {
            side.startNs = findings.nowNs;
            side.startSequence = sequence;
        } else {
            int offset = sequence - side.startSequence;
            if (offset < 0 && offset > -Stream.MOST_BYTES) {
                side.stream.shift(-offset);
                side.startSequence = sequence;
                side.startNs = findings.nowNs;
                offset = 0;
            }
            side.stream.put(offset, packet, 0, packet.length());
            bytes = side.stream.view(packet);
        }
        findings.startNs = side.startNs;
        Answer answer = ask(bytes, fromClient);
        if (answer == Answer.NO) {
            side.stream = null;
        } else if (side.stream == null && answer != Answer.DONE) {
            side.stream = new Stream();
            side.stream.put(0, bytes, 0, bytes.length());
        }
        return answer;
    }

    private Answer ask(Bytes bytes, boolean fromClient) {
        if (reader != null) {
            return reader.read(bytes, fromClient, findings);
        }
        Answer best = Answer.NO;
        for (Reader candidate : readers) {
            Answer answer = candidate.read(bytes, fromClient, findings);
            if (answer == Answer.YES || answer == Answer.DONE) {
                reader = candidate;
                return answer;
            }
            if (answer == Answer.MORE) {
                best = answer;
            }
        }
        return best;
    }

    private void askRules(Bytes packet) {
        for (Rule candidate : findings.shared.rules) {
            if (candidate.matches(tcp, packet, findings)) {
                rule = candidate;
                findings.ruled(candidate.application());
                return;
            }
        }
    }

    @Override
    public Application application() {
        return findings.application();
    }

    @Override
    public boolean isByRule() {
        return rule != null;
    }

    @Override
    public boolean isFinal() {
        return client.done && server.done && !everyPacketTells();
    }

    @Override
    public String serverName() {
        return findings.serverName();
    }

    @Override
    public Map<String, Object> details() {
        return findings.details();
    }

    @Override
    public long responseNs() {
        return findings.responseNs();
    }

    @Override
    public boolean unusualPort() {
        if (findings.application() == null || findings.serverPort == 0) {
            return false;
        }
        return rule != null
                ? rule.isUnusual(findings.serverPort)
                : RegisteredPorts.isUnusual(findings.application(), findings.serverPort);
    }
}
