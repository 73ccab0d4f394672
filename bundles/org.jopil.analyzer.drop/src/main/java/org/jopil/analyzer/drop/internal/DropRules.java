// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jopil.api.source.DropSource.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules, those of the user's file before ours; the first that fits and has something to say holds, for the stage and
 * for the advice apart. The file is read again when it changes. One thread.
 */
final class DropRules {
    private static final Logger LOG = LoggerFactory.getLogger(DropRules.class);
    private static final DropRule NONE =
            DropRule.parse(List.of("none\t*\t*\t\t*\t\t"), (line, why) -> {}).get(0);

    /** What was looked up once. */
    record Verdict(String stage, DropRule advice) {}

    private final Path file;
    private final List<DropRule> ours = ours();
    private final Map<String, Verdict> verdicts = new HashMap<>();
    private List<DropRule> theirs = List.of();
    private FileTime read;

    /** @param file need not be there */
    DropRules(Path file) {
        this.file = file;
        reread();
    }

    private static List<DropRule> ours() {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(DropRules.class.getResourceAsStream("drop-rules.tsv"), StandardCharsets.UTF_8))) {
            return DropRule.parse(lines.lines().toList(), (line, why) -> {
                throw new IllegalStateException("drop-rules.tsv, line " + line + " " + why);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Looks whether the user's file is another than before. */
    void reread() {
        FileTime changed = null;
        List<String> lines = List.of();
        try {
            changed = Files.getLastModifiedTime(file);
            if (changed.equals(read)) {
                return;
            }
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            if (read == null) {
                return;
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}. Its rules stay as they are", file, e.toString());
            return;
        }
        read = changed;
        theirs = DropRule.parse(lines, (line, why) -> LOG.warn("{}, line {} {}: it is left out", file, line, why));
        verdicts.clear();
        LOG.info("{} rules of {}", theirs.size(), file);
    }

    Verdict of(Place place) {
        return verdicts.computeIfAbsent(
                place.reason() + ' ' + place.symbol() + ' ' + place.hook(),
                key -> new Verdict(
                        first(place, rule -> !rule.stage().isEmpty()).stage(),
                        first(place, rule -> !rule.sentence().isEmpty())));
    }

    private DropRule first(Place place, Predicate<DropRule> says) {
        return Stream.concat(theirs.stream(), ours.stream())
                .filter(rule -> says.test(rule) && rule.fits(place))
                .findFirst()
                .orElse(NONE);
    }
}
