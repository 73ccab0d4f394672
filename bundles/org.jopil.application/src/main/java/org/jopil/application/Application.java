// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

import java.util.Objects;

/**
 * What a flow speaks. The names of what is recognised without rules are Wireshark's filter names where it has one.
 *
 * @param name lower-case letters, digits, '-' and '_'
 */
public record Application(String name) {
    public static final Application TLS = new Application("tls");
    public static final Application HTTP = new Application("http");
    public static final Application HTTP2 = new Application("http2");
    public static final Application GRPC = new Application("grpc");
    public static final Application SSH = new Application("ssh");
    public static final Application QUIC = new Application("quic");
    public static final Application DNS = new Application("dns");
    public static final Application MDNS = new Application("mdns");
    public static final Application LLMNR = new Application("llmnr");
    public static final Application MYSQL = new Application("mysql");
    public static final Application POSTGRESQL = new Application("postgresql");
    public static final Application REDIS = new Application("redis");
    public static final Application KAFKA = new Application("kafka");
    public static final Application MQTT = new Application("mqtt");
    public static final Application NTP = new Application("ntp");
    public static final Application DHCP = new Application("dhcp");
    public static final Application DHCPV6 = new Application("dhcpv6");

    public Application {
        Objects.requireNonNull(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
