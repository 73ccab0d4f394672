// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import org.jopil.api.source.MemoryPlan;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** PID {@code org.jopil.sensor}. A double underscore is one in the key. Every change takes effect without a restart. */
@ObjectClassDefinition(name = "Sensor", description = "Which interfaces are watched, how, and with how much memory")
public @interface SensorConfig {
    @AttributeDefinition(
            name = "Interfaces",
            description =
                    "What to watch: names separated by commas, IF or NETNS/IF, or any for all that are up, loopback"
                            + " excepted. Empty: the default route's interface, else lo. What the launcher is told (-i)"
                            + " goes before this")
    String interfaces() default "";

    @AttributeDefinition(
            name = "Mode",
            description =
                    "Hook to use. auto: the one that costs the traffic least. What the launcher is told (--mode) goes"
                            + " before this",
            options = {
                @Option(value = "auto", label = "auto"),
                @Option(value = "native", label = "XDP in the driver"),
                @Option(value = "generic", label = "XDP on skbs marks, tc counts"),
                @Option(value = "tcx", label = "tc both ways")
            })
    String mode() default "auto";

    @AttributeDefinition(
            name = "Excluded from any",
            description = "Interfaces that any leaves out: names separated by commas, * stands for any characters")
    String exclude() default "";

    @AttributeDefinition(
            name = "Most interfaces",
            description = "Most interfaces that any watches at a time",
            min = "1",
            max = "1024")
    int max__interfaces() default 64;

    @AttributeDefinition(
            name = "Memory (MiB)",
            description =
                    "Heap and kernel maps together. A seventh is the kernel's, for flow tables and rings, in equal parts"
                            + " for every possible CPU; the rest is the heap, of which two fifths hold live flows. jopil"
                            + " memory shows what comes of it. The kernel's part attaches anew, the heap's counts from the"
                            + " next start",
            min = "128",
            max = "16384")
    int memory__mib() default MemoryPlan.DEFAULT_MIB;

    @AttributeDefinition(
            name = "IPv4 flow slots",
            description =
                    "Instead of what memory_mib gives: slots of the kernel's table of IPv4 flows over all CPUs, 72 bytes"
                            + " each. A slot holds one direction of one flow on one CPU; rounded down to a power of two per"
                            + " CPU. 0: from memory_mib. Changing it attaches anew",
            min = "0",
            max = "16777216")
    int flow__capacity__ipv4() default 0;

    @AttributeDefinition(
            name = "IPv6 flow slots",
            description =
                    "Instead of what memory_mib gives: slots of the kernel's table of IPv6 flows over all CPUs, 136 bytes"
                            + " each; as for IPv4. 0: from memory_mib",
            min = "0",
            max = "8388608")
    int flow__capacity__ipv6() default 0;

    @AttributeDefinition(
            name = "Ring size (KiB)",
            description =
                    "Instead of what memory_mib gives: kernel ring for packet events, KiB per CPU; rounded down to a power"
                            + " of two, at least 64. 0: from memory_mib. Changing it attaches anew",
            min = "0",
            max = "262144")
    int ring__kib() default 0;

    @AttributeDefinition(
            name = "Packet events (1/s)",
            description = "Most packet samples per second over all interfaces: beyond it the kernel samples, and every"
                    + " sample carries its weight. Counters and flows stay exact. 0: no packet events",
            min = "0",
            max = "10000000")
    int packet__events__per__second() default 2000;

    @AttributeDefinition(
            name = "Payloads (1/s)",
            description =
                    "Most first packets of flows per second and interface, in equal parts for every CPU, of which up"
                            + " to 1,536 payload bytes are looked into to name the application; nothing of them is kept but what"
                            + " is shown. 0: no payload leaves the kernel",
            min = "0",
            max = "1000000")
    int payloads__per__second() default 2000;
}
