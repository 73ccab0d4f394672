// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

/** A place in the kernel where a followed packet is seen. In the order of the way, first in, then out. */
public enum JourneyHook {
    GRO_RECEIVE("napi_gro_receive_entry"),
    RECEIVE("netif_receive_skb"),
    TC_INGRESS("tc ingress"),
    PRE_ROUTING("netfilter prerouting"),
    LOCAL_IN("netfilter input"),
    TCP("tcp_probe"),
    /** In the socket's queue, and the reader was told. */
    DATA_READY("sk_data_ready"),
    /** The application reads; its process is known. */
    COPY("skb_copy_datagram_iovec"),
    /** The application has it; its process is known. */
    READ("tcp_rcv_space_adjust or sock_recv_length"),
    /** The application wrote; its process is known. */
    SEND("sock_send_length"),
    LOCAL_OUT("netfilter output"),
    FORWARD("netfilter forward"),
    POST_ROUTING("netfilter postrouting"),
    TC_EGRESS("tc egress"),
    /** To the queueing discipline of the device. */
    QUEUE("net_dev_queue"),
    /** To the driver. */
    START_XMIT("net_dev_start_xmit"),
    /** The driver returned. */
    XMIT("net_dev_xmit"),
    /** Freed, as nobody needed it any more. */
    FREE("consume_skb"),
    DROP("kfree_skb");

    private final String place;

    JourneyHook(String place) {
        this.place = place;
    }

    /** The kernel's name of the place: a tracepoint, or a hook of netfilter. */
    public String place() {
        return place;
    }
}
