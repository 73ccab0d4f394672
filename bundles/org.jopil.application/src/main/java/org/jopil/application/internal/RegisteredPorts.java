// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.Map;
import org.jopil.application.Application;

/**
 * Ports of the servers, from IANA's Service Name and Transport Protocol Port Number Registry (RFC 6335). What is
 * carried over HTTP or TLS counts there, too. gRPC has no port of its own.
 */
final class RegisteredPorts {
    /** http, http-mgmt, gss-http, http-alt (three), ipp, wsman, radan-http. */
    private static final int[] HTTP = {80, 280, 488, 591, 631, 5985, 8008, 8080, 8088};

    /**
     * https, submissions, nntps, ldaps, domain-s, ftps-data, ftps, telnets, imaps, pop3s, docker-s, msft-gc-ssl, sips,
     * turns, amqps, wsmans, sun-sr-https, syslog-tls, ircs-u, pcsync-https, secure-mqtt, tungsten-https.
     */
    private static final int[] TLS = {
        443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 2376, 3269, 5061, 5349, 5671, 5986, 6443, 6514, 6697, 8443,
        8883, 9443
    };

    private static final Map<Application, int[]> PORTS = Map.ofEntries(
            Map.entry(Application.TLS, TLS),
            Map.entry(Application.HTTP, HTTP),
            Map.entry(Application.HTTP2, HTTP),
            Map.entry(Application.SSH, new int[] {22}),
            Map.entry(Application.QUIC, new int[] {443, 853, 8443}),
            Map.entry(Application.DNS, new int[] {53}),
            Map.entry(Application.MDNS, new int[] {5353}),
            Map.entry(Application.LLMNR, new int[] {5355}),
            Map.entry(Application.MYSQL, new int[] {3306}),
            Map.entry(Application.POSTGRESQL, new int[] {5432}),
            Map.entry(Application.REDIS, new int[] {6379}),
            Map.entry(Application.KAFKA, new int[] {9092}),
            Map.entry(Application.MQTT, new int[] {1883}),
            Map.entry(Application.NTP, new int[] {123}),
            Map.entry(Application.DHCP, new int[] {67, 68}),
            Map.entry(Application.DHCPV6, new int[] {546, 547}));

    private RegisteredPorts() {}

    /** Whether ports are registered for the application, and this is none of them. */
    static boolean isUnusual(Application application, int port) {
        int[] registered = PORTS.get(application);
        if (registered == null) {
            return false;
        }
        for (int usual : registered) {
            if (usual == port) {
                return false;
            }
        }
        return true;
    }
}
