// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * The program on an XDP hook.
 *
 * @param programId kernel's id
 * @param mode {@code native}, {@code generic}, {@code offloaded} or {@code multiple}
 * @param name of the program, empty where we may not ask (needs CAP_SYS_ADMIN)
 */
public record XdpHolder(int programId, String mode, String name) {}
