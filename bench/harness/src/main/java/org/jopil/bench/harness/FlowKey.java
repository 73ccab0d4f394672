// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

/**
 * Two ends and a protocol. The load goes one way, and tools differ in which end they call the source: {@link #of} puts the
 * ends in an order of their own.
 */
record FlowKey(String address, int port, String otherAddress, int otherPort, String protocol) {
    static FlowKey of(String a, int portA, String b, int portB, String protocol) {
        int order = a.compareTo(b);
        boolean inOrder = order < 0 || (order == 0 && portA <= portB);
        return inOrder ? new FlowKey(a, portA, b, portB, protocol) : new FlowKey(b, portB, a, portA, protocol);
    }
}
