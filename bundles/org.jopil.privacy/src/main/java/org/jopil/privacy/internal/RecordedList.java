// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jopil.api.source.Privacy.Recorded;

/** The one list of what is recorded: {@code recorded.tsv}, from which the page, the command and the docs are made. */
final class RecordedList {
    private static final String FILE = "/org/jopil/privacy/recorded.tsv";

    private RecordedList() {}

    static List<Recorded> read() {
        try (InputStream in = RecordedList.class.getResourceAsStream(FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(RecordedList::row)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recorded row(String line) {
        String[] cells = line.split("\t", -1);
        return new Recorded(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]);
    }
}
