// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * What two sides say to each other, made here for the protocols that the captures lack.
 *
 * @param name the application that it is, and what is special
 */
record Conversations(String name, boolean tcp, int clientPort, int serverPort, List<Message> messages) {
    static final long START_NS = 1_700_000_000_000_000_000L;
    static final long STEP_NS = 2_000_000;

    record Message(boolean fromClient, byte[] data) {}

    static List<Conversations> all() {
        List<Conversations> all = new ArrayList<>();
        all.add(tcp("http", 80)
                .client(
                        "GET /a/b.html?token=secret HTTP/1.1\r\nHost: www.example.org:80\r\nUser-Agent: probe/1.0 (x)\r\n\r\n")
                .server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
        all.add(tcp("ssh", 22).server("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n").client("SSH-2.0-libssh2_1.10.0\r\n"));
        all.add(tcp("tls", 443).client(clientHello("tls.example.org")).server(serverHello("1302", 0x0304)));
        all.add(tcp("tls-1.2", 443)
                .client(clientHello("old.example.org"))
                .server(hex("15030300020170" + HexFormat.of().formatHex(serverHello("c02f", 0x0303)))));
        all.add(http2("http2", "text/html"));
        all.add(http2("grpc", "application/grpc"));
        all.add(tcp("mysql", 3306)
                .server(mysqlGreeting("8.0.36-0ubuntu0.22.04.1"))
                .client(hex("20000001" + "85a6ff01" + "00000001" + "21" + "00".repeat(23))));
        all.add(tcp("postgresql", 5432)
                .client(hex("0000000804d2162f"))
                .server("N")
                .client(postgresqlStartup("user", "alice", "database", "shop", "application_name", "psql"))
                .server(hex("52000000080000000053000000160000".substring(0, 18))));
        all.add(tcp("redis", 6379).client("*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n").server("$5\r\nvalue\r\n"));
        all.add(tcp("kafka", 9092)
                .client(hex("00000018" + "0012" + "0000" + "00000001" + "000e" + text("console-client")))
                .server(hex("0000000a" + "00000001" + "0000" + "00000000")));
        all.add(tcp("mqtt", 1883)
                .client(hex("1014" + "0004" + text("MQTT") + "04" + "02" + "003c" + "0008" + text("sensor-7")))
                .server(hex("20020000"))
                .client(hex("300b" + "0004" + text("a/bc") + text("hello"))));
        all.add(tcp("mqtt-5", 1883)
                .client(hex("101a" + "0004" + text("MQTT") + "05" + "02" + "003c" + "05" + "1100000010" + "0008"
                        + text("sensor-8")))
                .server(hex("2003000000")));
        all.add(tcp("dns-tcp", 53).client(withLength(dnsQuestion())).server(withLength(dnsAnswer())));
        all.add(udp("dns", 40000, 53).client(dnsQuestion()).server(dnsAnswer()));
        all.add(udp("mdns", 5353, 5353)
                .client(hex("000000000001000000000000" + "055f68747470045f746370056c6f63616c00" + "000c8001")));
        all.add(udp("llmnr", 50000, 5355).client(hex("beef00000001000000000000" + "0466697265" + "00" + "00010001")));
        all.add(udp("ntp", 45000, 123).client(hex("23" + "00".repeat(47))).server(hex("240203e8" + "00".repeat(44))));
        all.add(udp("dhcp", 68, 67).client(dhcpRequest()));
        all.add(udp("dhcpv6", 546, 547)
                .client(hex("01abcdef" + "0001000a00030001020000000001" + "0027000a" + "00" + "03626f78036c616e00")));
        all.add(QuicPackets.conversation("quic", QuicCrypto.VERSION_1));
        all.add(QuicPackets.conversation("quic-2", QuicCrypto.VERSION_2));
        return all;
    }

    private static Conversations tcp(String name, int serverPort) {
        return new Conversations(name, true, 40000, serverPort, new ArrayList<>());
    }

    static Conversations udp(String name, int clientPort, int serverPort) {
        return new Conversations(name, false, clientPort, serverPort, new ArrayList<>());
    }

    /** The part of the name that is the application's. */
    String application() {
        return name.split("-")[0];
    }

    Conversations client(byte[] data) {
        messages.add(new Message(true, data));
        return this;
    }

    Conversations server(byte[] data) {
        messages.add(new Message(false, data));
        return this;
    }

    Conversations client(String data) {
        return client(data.getBytes(StandardCharsets.ISO_8859_1));
    }

    Conversations server(String data) {
        return server(data.getBytes(StandardCharsets.ISO_8859_1));
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    static String text(String ascii) {
        return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** As this Java sends it. */
    static byte[] clientHello(String host) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            engine.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), out);
            byte[] hello = new byte[out.flip().remaining()];
            out.get(hello);
            return hello;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] serverHello(String cipher, int version) {
        String extensions = version == 0x0304 ? "002b00020304" : "0010000500030268" + "32";
        String body = "0303" + "11".repeat(32) + "00" + cipher + "00" + String.format("%04x", extensions.length() / 2)
                + extensions;
        int length = body.length() / 2;
        return hex("160303" + String.format("%04x", length + 4) + "02" + String.format("%06x", length) + body);
    }

    private static Conversations http2(String name, String contentType) {
        String settings = "000000040000000000";
        // RFC 7541 C.4.1, then the content type as a literal
        String request = "828684418cf1e3c2e5f23a6ba0ab90f4ff" + "0f10" + String.format("%02x", contentType.length())
                + text(contentType);
        String response = "88" + "0f10" + String.format("%02x", contentType.length()) + text(contentType);
        return tcp(name, 8080)
                .client(hex(text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + settings + headers(request)))
                .server(hex(settings + headers(response)));
    }

    private static String headers(String block) {
        return String.format("%06x", block.length() / 2) + "0105" + "00000001" + block;
    }

    private static byte[] mysqlGreeting(String version) {
        String body = "0a" + text(version) + "00" + "0c000000" + "3132333435363738" + "00" + "fff7" + "ff" + "0200"
                + "ffdf" + "15" + "00".repeat(10) + "393031323334353637383930" + "00" + text("caching_sha2_password")
                + "00";
        int length = body.length() / 2;
        return hex(String.format("%02x%02x0000", length & 255, length >> 8) + body);
    }

    private static byte[] postgresqlStartup(String... parameters) {
        StringBuilder body = new StringBuilder("00030000");
        for (String parameter : parameters) {
            body.append(text(parameter)).append("00");
        }
        body.append("00");
        return hex(String.format("%08x", 4 + body.length() / 2) + body);
    }

    private static byte[] withLength(byte[] message) {
        return hex(String.format("%04x", message.length) + HexFormat.of().formatHex(message));
    }

    private static byte[] dnsQuestion() {
        return hex("12340100000100000000000" + "0" + "03777777076578616d706c65036f726700" + "00010001");
    }

    private static byte[] dnsAnswer() {
        return hex("12348180000100030000000" + "0" + "03777777076578616d706c65036f726700" + "00010001"
                + "c00c" + "00050001" + "0000003c" + "0006" + "0365" + "6467" + "c010"
                + "c02d" + "00010001" + "0000003c" + "0004" + "c0000201"
                + "c02d" + "00010001" + "0000003c" + "0004" + "c0000202");
    }

    private static byte[] dhcpRequest() {
        return hex("01010600" + "3903f326" + "00".repeat(20) + "020000000001" + "00".repeat(10) + "00".repeat(192)
                + "63825363" + "350103" + "0c03" + text("box") + "3204c0000263" + "ff");
    }

    /** A pcap file of raw IP, two milliseconds between messages; of TCP with sequence numbers that go on. */
    void write(Path file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0xA1B23C4D)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(65535)
                .putInt(101);
        out.writeBytes(header.array());
        int clientNext = 1000;
        int serverNext = 2000;
        long timeNs = START_NS;
        for (Message message : messages) {
            byte[] packet = packet(message, clientNext, serverNext);
            ByteBuffer record = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            record.putInt((int) (timeNs / 1_000_000_000)).putInt((int) (timeNs % 1_000_000_000));
            record.putInt(packet.length).putInt(packet.length);
            out.writeBytes(record.array());
            out.writeBytes(packet);
            timeNs += STEP_NS;
            clientNext += message.fromClient() ? message.data().length : 0;
            serverNext += message.fromClient() ? 0 : message.data().length;
        }
        Files.write(file, out.toByteArray());
    }

    private byte[] packet(Message message, int clientNext, int serverNext) {
        boolean up = message.fromClient();
        int transport = tcp ? 20 : 8;
        ByteBuffer packet = ByteBuffer.allocate(20 + transport + message.data().length);
        packet.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) packet.capacity())
                .putInt(0);
        packet.put((byte) 64).put((byte) (tcp ? 6 : 17)).putShort((short) 0);
        packet.putInt(up ? 0xC0000201 : 0xC0000202).putInt(up ? 0xC0000202 : 0xC0000201);
        packet.putShort((short) (up ? clientPort : serverPort)).putShort((short) (up ? serverPort : clientPort));
        if (tcp) {
            packet.putInt(up ? clientNext : serverNext).putInt(up ? serverNext : clientNext);
            packet.put((byte) 0x50).put((byte) 0x18).putShort((short) 0xFFFF).putInt(0);
        } else {
            packet.putShort((short) (8 + message.data().length)).putShort((short) 0);
        }
        return packet.put(message.data()).array();
    }
}
