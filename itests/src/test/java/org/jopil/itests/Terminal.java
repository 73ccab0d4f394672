// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real terminal in which a person would type: tmux with a server of its own. {@link #close} ends it. */
final class Terminal implements AutoCloseable {
    /** For its socket, whose path may have 100 letters only. */
    private final Path folder;

    private int typed;

    /** Starts a program in it. */
    Terminal(String... words) {
        try {
            folder = Files.createTempDirectory("jopil-tmux");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> all = new ArrayList<>(List.of("-f", "/dev/null", "new-session", "-d", "-x", "400", "-y", "50"));
        all.addAll(List.of(words));
        tmux(all.toArray(String[]::new)).orFail();
        tmux("set-option", "history-limit", "100000").orFail();
    }

    private Command.Result tmux(String... words) {
        List<String> all =
                new ArrayList<>(List.of("tmux", "-S", folder.resolve("socket").toString()));
        all.addAll(List.of(words));
        return Command.of(all).run();
    }

    /** Everything that was ever on the screen. */
    String screen() {
        return tmux("capture-pane", "-p", "-S", "-").orFail().out();
    }

    void await(String text) {
        Instance.await(Duration.ofSeconds(20), "'" + text + "' on the screen", () -> screen().contains(text));
    }

    /** Types a command at a shell's prompt; what it wrote before the next prompt. */
    String type(String command) {
        String end = "end-of-" + ++typed;
        line(command);
        line("echo " + end);
        // once as typed, and once on a line of its own
        Instance.await(Duration.ofSeconds(20), "the end of " + command, () -> screen().lines()
                .anyMatch(end::equals));
        List<String> lines = screen().lines().toList();
        int from = lines.size() - 1;
        while (!lines.get(from).endsWith("> " + command)) {
            from--;
        }
        List<String> written = new ArrayList<>();
        for (String line : lines.subList(from + 1, lines.size())) {
            if (line.endsWith("> echo " + end)) {
                break;
            }
            // what is typed ahead shows up before the prompt does, too
            if (!line.equals("echo " + end)) {
                written.add(line);
            }
        }
        return String.join("\n", written);
    }

    private void line(String text) {
        tmux("send-keys", "-l", text).orFail();
        tmux("send-keys", "Enter").orFail();
    }

    @Override
    public void close() {
        tmux("kill-server");
        try {
            Files.deleteIfExists(folder.resolve("socket"));
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
