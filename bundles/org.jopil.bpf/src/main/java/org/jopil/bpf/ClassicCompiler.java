// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import org.jopil.api.filter.LinkType;

/** Compiles expressions of pcap-filter(7) to classic BPF. OSGi service; any thread. */
public interface ClassicCompiler {
    /** How the words of a refusal begin where libpcap's program has no defined meaning. */
    String UNDEFINED = "undefined program";

    /** Name and version, as it says itself; throws as {@link #compile}. */
    String version();

    /**
     * Compiles for frames of any length, optimised, without a netmask. A name in the expression is looked up as libpcap
     * does, which may ask a name server: hand in numbers only.
     *
     * @throws RefusedExpression with libpcap's words, or {@link #UNDEFINED}
     * @throws org.jopil.api.JopilException {@code JOPIL-113} where libpcap is missing
     */
    ClassicProgram compile(String expression, LinkType linkType) throws RefusedExpression;

    /** What libpcap said of an expression. */
    final class RefusedExpression extends Exception {
        private static final long serialVersionUID = 1L;

        public RefusedExpression(String message) {
            super(message);
        }
    }
}
