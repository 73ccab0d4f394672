// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

/**
 * Who made a capture file.
 *
 * @param hardware of the machine, or empty
 * @param os name and version of the operating system, or empty
 * @param application name and version, {@code JOPIL 0.1.0}, or empty
 */
public record CaptureProducer(String hardware, String os, String application) {}
