// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;

/** The syntax tree. {@code column} is where the node starts in the text. */
sealed interface Node {
    int column();

    record And(Node left, Node right) implements Node {
        @Override
        public int column() {
            return left.column();
        }
    }

    record Or(Node left, Node right) implements Node {
        @Override
        public int column() {
            return left.column();
        }
    }

    record Not(int column, Node inner) implements Node {}

    /** {@code field operator value}. */
    record Comparison(int column, String field, Operator operator, Value value) implements Node {}

    /** A field that stands alone and must be a truth value. */
    record Truth(int column, String field) implements Node {}

    /** {@code ip}, {@code ip6}, {@code arp}, {@code tcp}, …: {@code number} as the protocol has it in its family. */
    record Protocol(int column, Family family, int number) implements Node {}

    /** {@code ether proto}: EtherType in host order. */
    record EtherType(int column, int number) implements Node {}

    /** {@code host} and {@code net}: an address under a mask. */
    record Address(int column, Family family, End end, long hi, long lo, long maskHi, long maskLo) implements Node {}

    /** {@code port} and {@code portrange}; {@code number} is the IANA number of the transport, -1 for any that has ports. */
    record Port(int column, int number, End end, int low, int high) implements Node {}

    /** {@code vlan [id]}: tag {@code depth}, 0 is the outer one; {@code id} -1 is any. */
    record Vlan(int column, int depth, int id) implements Node {}

    /** {@code less} (at most) and {@code greater} (at least). */
    record Length(int column, boolean less, long bytes) implements Node {}

    /** {@code inbound}, {@code outbound}. */
    record Bound(int column, boolean in) implements Node {}

    /** A primitive that reads bytes which rows do not have. */
    record PacketOnly(int column, String text) implements Node {}

    enum Operator {
        EQUAL("=="),
        NOT_EQUAL("!="),
        GREATER(">"),
        GREATER_EQUAL(">="),
        LESS("<"),
        LESS_EQUAL("<="),
        MATCHES("~"),
        IN("in"),
        CONTAINS("contains");

        final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    /** Which address family a protocol qualifier asks for. */
    enum Family {
        ANY,
        IP,
        IP6,
        ARP,
        RARP
    }

    /** Which end an address or port is looked for at. */
    enum End {
        SRC,
        DST,
        EITHER,
        BOTH
    }

    /** What a field is compared with; its meaning depends on the field's type. */
    sealed interface Value {
        int column();

        record Scalar(int column, String text, boolean quoted) implements Value {}

        record Range(int column, Scalar from, Scalar to) implements Value {}

        record Many(int column, List<Value> values) implements Value {}
    }
}
