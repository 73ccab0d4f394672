// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;
import org.jopil.api.report.Column;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The fields of rows, in the order of their indices. The pcap primitives look for the fields {@code src_ip, dst_ip,
 * src_port, dst_port, protocol, vlan, bytes, ip_version}, as far as they are there.
 */
@ConsumerType
@FunctionalInterface
public interface Schema {
    List<Column> fields();

    /** Index of a field, or -1. */
    default int indexOf(String name) {
        List<Column> fields = fields();
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
