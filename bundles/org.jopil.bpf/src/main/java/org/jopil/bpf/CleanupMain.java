// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.List;

/** {@code jopil cleanup [--dry-run]}: removes what a killed instance left. Exit status 0, 1 if something could not go, 2 misuse. */
public final class CleanupMain {
    private CleanupMain() {}

    public static void main(String[] arguments) {
        boolean dryRun = arguments.length == 1 && arguments[0].equals("--dry-run");
        if (arguments.length > 0 && !dryRun) {
            System.err.println("jopil cleanup takes --dry-run or nothing.");
            System.exit(2);
        }
        System.exit(run(dryRun));
    }

    private static int run(boolean dryRun) {
        List<Leftovers.Leftover> found;
        List<Leftovers.Leftover> removed;
        try {
            found = Leftovers.find();
            removed = dryRun ? List.of() : Leftovers.remove();
        } catch (RuntimeException e) {
            System.err.println("JOPIL could not look for what it left: " + e.getMessage()
                    + ". It needs root to look into network namespaces: sudo jopil cleanup");
            return 1;
        }
        if (found.isEmpty()) {
            System.out.println(
                    "Nothing of JOPIL is left. (What is attached by links goes with the process by itself.)");
            return 0;
        }
        for (Leftovers.Leftover leftover : found) {
            String done = dryRun ? "would remove  " : removed.contains(leftover) ? "removed  " : "still there  ";
            System.out.println(done + leftover);
        }
        if (!dryRun) {
            System.out.println("An empty clsact qdisc does nothing and may be someone else's: it stays.");
        }
        return dryRun || removed.containsAll(found) ? 0 : 1;
    }
}
