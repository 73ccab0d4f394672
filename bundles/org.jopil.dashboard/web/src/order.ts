// SPDX-License-Identifier: Apache-2.0
// Rows hold still while somebody reads: the order of keys on the screen, apart from the data in the rows.

export interface Held<T> {
  rows: T[];
  /** Keys that the newest answer no longer has; they keep their last values until the order moves on. */
  gone: Set<string>;
}

/**
 * Keeps the present order, with values in place; new rows go to the end, rows that left stay and are marked.
 */
export function holdOrder<T>(shown: T[], incoming: T[], keyOf: (row: T) => string): Held<T> {
  const fresh = new Map(incoming.map((row) => [keyOf(row), row]));
  const gone = new Set<string>();
  const rows = shown.map((row) => {
    const key = keyOf(row);
    const update = fresh.get(key);
    if (update === undefined) {
      gone.add(key);
      return row;
    }
    fresh.delete(key);
    return update;
  });
  rows.push(...fresh.values());
  return { rows, gone };
}
