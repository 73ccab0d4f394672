// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is to be removed at the end, newest first, whether the run is done, failed or was told to stop. Any thread; after
 * the end nothing more can be added.
 */
final class Cleanup {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean ended;

    /** Returns it, to be closed later; closes it at once and fails if the end has come. */
    synchronized <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        if (ended) {
            end();
            throw new IllegalStateException("stopping");
        }
        return resource;
    }

    /** Closes everything; what cannot be closed is told and does not keep the rest. */
    synchronized void end() {
        ended = true;
        while (!open.isEmpty()) {
            AutoCloseable resource = open.pop();
            try {
                resource.close();
            } catch (Exception e) {
                System.err.println("jopil bench: " + resource + " could not be removed: " + e.getMessage());
            }
        }
    }
}
