// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whiteboard: who has programs and maps in the kernel that belong to no interface tells here what {@link Cost} says of them.
 * Any thread; a few system calls.
 */
@ConsumerType
public interface CostSource {
    /** Those that are attached now, and those that are run when somebody asks. */
    List<Cost.Program> programs();

    /** Bytes of kernel memory in its maps and rings. */
    long kernelBytes();
}
