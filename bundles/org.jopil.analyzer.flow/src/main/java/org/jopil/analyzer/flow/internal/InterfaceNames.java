// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jopil.api.source.Interfaces;

/** Names of interfaces by id, looked up once a report; what is known stays known while the sensor restarts. */
final class InterfaceNames {
    private volatile Interfaces source;

    // the analyzer's thread
    private String[] names = new String[16];
    private int[] namespaceNumbers = new int[16];
    private boolean[] fresh = new boolean[16];
    private final List<String> namespaces = new ArrayList<>();

    void source(Interfaces found) {
        source = found;
    }

    void gone(Interfaces gone) {
        if (source == gone) {
            source = null;
        }
    }

    /** An interface may have been renamed since the last report. */
    void refresh() {
        Arrays.fill(fresh, false);
    }

    String name(int id) {
        lookUp(id);
        return names[id];
    }

    String namespace(int id) {
        lookUp(id);
        return namespaces.get(namespaceNumbers[id]);
    }

    int namespaceNumber(int id) {
        lookUp(id);
        return namespaceNumbers[id];
    }

    private void lookUp(int id) {
        if (id >= names.length) {
            names = Arrays.copyOf(names, 2 * id);
            namespaceNumbers = Arrays.copyOf(namespaceNumbers, 2 * id);
            fresh = Arrays.copyOf(fresh, 2 * id);
        }
        if (fresh[id]) {
            return;
        }
        fresh[id] = true;
        Interfaces known = source;
        if (known == null && names[id] != null) {
            return;
        }
        String name = known == null ? "if-" + id : known.name(id);
        int slash = name.indexOf('/');
        String namespace = slash < 0 ? "" : name.substring(0, slash);
        if (!namespaces.contains(namespace)) {
            namespaces.add(namespace);
        }
        names[id] = name;
        namespaceNumbers[id] = namespaces.indexOf(namespace);
    }
}
