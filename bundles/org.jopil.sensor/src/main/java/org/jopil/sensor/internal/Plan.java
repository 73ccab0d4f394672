// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.Map;
import java.util.Set;
import org.jopil.api.source.AttachMode;
import org.jopil.bpf.net.Link;

/**
 * Which hooks an interface gets: the hook that costs the traffic least, unless the user says otherwise.
 *
 * @param hook never {@link AttachMode#AUTO}
 * @param egress whether what the interface sends is counted, too
 * @param why one sentence
 */
record Plan(AttachMode hook, boolean egress, String why) {
    /**
     * Drivers that take a native XDP program by a pointer swap: no reset of link or queues, no copy of a packet. Read in
     * the kernel: sfc efx_xdp_setup_prog() (drivers/net/ethernet/sfc/efx.c), cpsw cpsw_xdp_prog_setup()
     * (drivers/net/ethernet/ti/cpsw_priv.c). Most others stop and open the device when the first program comes: i40e,
     * ixgbe, igb, ice, mlx5, bnxt, ena among them.
     */
    private static final Set<String> PAINLESS = Set.of("sfc", "cpsw", "cpsw-switch");

    private static final Map<String, String> PAINFUL = Map.of(
            "veth", "native XDP on veth copies every packet and turns its offloads off",
            "virtio_net", "native XDP resets the queues of virtio_net");

    static Plan of(AttachMode asked, Link link) {
        if (link.loopback()) {
            String once = "ingress only, each packet passes " + link.name() + " twice";
            return new Plan(asked == AttachMode.AUTO ? AttachMode.TCX : asked, false, once);
        }
        if (asked != AttachMode.AUTO) {
            return new Plan(asked, true, "as asked for");
        }
        if (link.isLayer3()) {
            return new Plan(AttachMode.TCX, true, "auto: frames of " + link.name() + " have no link layer");
        }
        if (PAINLESS.contains(link.driver())) {
            return new Plan(
                    AttachMode.NATIVE, true, "auto: driver " + link.driver() + " takes native XDP without a reset");
        }
        String painful = PAINFUL.get(link.driver());
        if (painful != null) {
            return new Plan(AttachMode.TCX, true, "auto: " + painful);
        }
        String driver = link.driver().isEmpty() ? "its driver" : "driver " + link.driver();
        return new Plan(AttachMode.TCX, true, "auto: " + driver + " is not known to take native XDP without a reset");
    }

    /** The same with another hook, for another reason; that a direction is left out stays said. */
    Plan instead(AttachMode other, String reason) {
        return new Plan(other, egress, egress ? reason : reason + "; " + why);
    }
}
