// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/**
 * What the checksum of a transport header covers of the IP header (RFC 768, RFC 8200 section 8.1).
 *
 * @param addressSum of the two addresses' words
 * @param fragment whether the datagram is only part of one, so that nothing can be verified
 */
record PseudoHeader(long addressSum, boolean fragment) {}
