// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeftoversKernelTest {
    private final String name = "jbo" + ProcessHandle.current().pid();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);

    @BeforeEach
    void makeNamespace() throws IOException {
        Privileged.require();
        Privileged.run("ip", "netns", "add", name);
        Privileged.run("ip", "-n", name, "link", "set", "lo", "up");
    }

    @AfterEach
    void deleteNamespace() throws IOException {
        Privileged.run("ip", "netns", "del", name);
    }

    /** An instance that attaches and is killed. */
    static final class Killed {
        private Killed() {}

        public static void main(String[] arguments) {
            NetworkNamespace namespace = NetworkNamespace.named(arguments[0]);
            int ifindex = Links.find(namespace, "lo").orElseThrow().index();
            TestSensor sensor = new TestSensor(64 * 1024);
            namespace.call(() -> sensor.object.program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
            namespace.call(() -> sensor.object.program("jopil_egress").attachClsact(ifindex, Direction.EGRESS));
            namespace.call(() -> sensor.object.program("jopil_egress").attachTcx(ifindex, Direction.EGRESS));
            Runtime.getRuntime().halt(9);
        }
    }

    private List<Leftovers.Leftover> here(List<Leftovers.Leftover> all) {
        return all.stream().filter(l -> l.namespace().equals(name)).toList();
    }

    @Test
    void shouldRemoveWhatAKilledInstanceLeftAndNoMore() throws Exception {
        Process killed = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Killed.class.getName(),
                        name)
                .inheritIO()
                .start();
        assertEquals(9, killed.waitFor());
        int ifindex = Links.find(namespace, "lo").orElseThrow().index();
        try (TestSensor alive = new TestSensor(64 * 1024)) {
            BpfLink ours = namespace.call(
                    () -> alive.object.program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
            assertEquals(2, here(Leftovers.find()).size());
            List<Leftovers.Leftover> removed = here(Leftovers.remove());
            assertEquals(2, removed.size());
            assertTrue(removed.get(0).toString().startsWith(name + "/lo clsact ingress: jopil_ingress:["));
            assertEquals(List.of(), here(Leftovers.find()));
            namespace.call(() -> {
                assertTrue(!ours.isSevered());
                ours.close();
                return null;
            });
        }
    }
}
