// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.OptionalDouble;
import org.osgi.annotation.versioning.ProviderType;

/** What watching costs. Any thread. */
@ProviderType
public interface Cost {
    /** Mean run time of our programs, nanoseconds per packet; empty unless the kernel measures it (bpf_stats). */
    OptionalDouble nsPerPacket();

    /** Bytes of kernel memory in our maps and rings. */
    long kernelBytes();
}
