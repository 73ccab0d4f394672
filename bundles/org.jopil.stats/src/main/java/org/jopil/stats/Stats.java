// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** A snapshot a second. Any thread. */
@ProviderType
public interface Stats {
    /** Seconds of rates that are kept. */
    int POINTS = 900;

    /** The newest; empty until the first second is over. */
    Optional<Snapshot> latest();

    /** The newest points, oldest first, no older than the window. */
    List<Point> series(Duration window);

    /**
     * Calls the listener with every new snapshot until the handle is closed. Called on the one statistics thread: it must
     * return within milliseconds. What it throws is logged.
     */
    Listening listen(Consumer<Snapshot> listener);

    /** Handle of a listener. Closing twice does nothing. */
    @ProviderType
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }
}
