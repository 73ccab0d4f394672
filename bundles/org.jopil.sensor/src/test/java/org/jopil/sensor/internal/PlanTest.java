// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.jopil.api.source.AttachMode;
import org.jopil.bpf.net.Link;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
    private static Link link(String name, int type, String driver) {
        return new Link(
                2,
                name,
                type,
                1500,
                true,
                true,
                name.equals("lo"),
                "",
                driver,
                "",
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "veth, TCX, copies every packet",
        "virtio_net, TCX, resets the queues",
        "i40e, TCX, not known to take native XDP without a reset",
        "mlx5_core, TCX, not known to take native XDP without a reset",
        "sfc, NATIVE, without a reset",
        "'', TCX, its driver is not known"
    })
    void shouldTakeTheHookThatCostsTheTrafficLeast(String driver, AttachMode hook, String why) {
        Plan plan = Plan.of(AttachMode.AUTO, link("eth0", 1, driver));
        assertEquals(hook, plan.hook());
        assertTrue(plan.why().contains(why), plan.why());
        assertTrue(plan.egress());
    }

    @Test
    void shouldDoAsAsked() {
        assertEquals(
                AttachMode.GENERIC,
                Plan.of(AttachMode.GENERIC, link("eth0", 1, "sfc")).hook());
    }

    @Test
    void shouldCountLoopbackOnce() {
        Plan plan = Plan.of(AttachMode.AUTO, link("lo", 772, ""));
        assertFalse(plan.egress());
        assertTrue(plan.instead(AttachMode.TCX, "busy").why().contains("ingress only"));
    }

    @Test
    void shouldTakeTcWhereThereIsNoLinkLayer() {
        Plan plan = Plan.of(AttachMode.AUTO, link("wg0", 65534, "wireguard"));
        assertEquals(AttachMode.TCX, plan.hook());
        assertTrue(plan.why().contains("no link layer"));
    }
}
