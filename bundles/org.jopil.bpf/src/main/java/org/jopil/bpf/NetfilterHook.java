// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/** Hooks of netfilter, in the order of the kernel's {@code enum nf_inet_hooks}. */
public enum NetfilterHook {
    PRE_ROUTING,
    LOCAL_IN,
    FORWARD,
    LOCAL_OUT,
    POST_ROUTING
}
