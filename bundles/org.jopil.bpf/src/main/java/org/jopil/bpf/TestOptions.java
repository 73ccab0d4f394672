// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * How to run a program for test.
 *
 * @param repeat times in a row, at least 1
 * @param context the program's context ({@code struct __sk_buff} or {@code struct xdp_md}) to start from, empty = the
 *     kernel's default
 */
public record TestOptions(int repeat, byte[] context) {
    public static final TestOptions ONCE = repeat(1);

    public static TestOptions repeat(int times) {
        return new TestOptions(times, new byte[0]);
    }
}
