// SPDX-License-Identifier: Apache-2.0
// Which columns a table shows, and how wide they are.

import { useRef, useState } from 'preact/hooks';
import type { Column } from './grid';
import { s } from './strings';

/** Columns that the reader hid, kept under that name in the browser. */
export function useHiddenColumns(storageKey: string, hiddenFirst: string[]): [Set<string>, (key: string) => void] {
  const [hidden, setHidden] = useState<Set<string>>(() => {
    try {
      return new Set(JSON.parse(localStorage.getItem(storageKey) ?? '') as string[]);
    } catch {
      return new Set(hiddenFirst);
    }
  });
  return [
    hidden,
    (key) => {
      const next = new Set(hidden);
      if (!next.delete(key)) next.add(key);
      localStorage.setItem(storageKey, JSON.stringify([...next]));
      setHidden(next);
    },
  ];
}

/** Widths only grow while the page is open, so that nothing jitters. */
export function useWidest<T>(rows: T[], read: (row: T) => string, least: number): number {
  const widest = useRef(least);
  for (const row of rows) widest.current = Math.max(widest.current, read(row).length);
  return widest.current;
}

interface ChooserProps<T> {
  columns: Column<T>[];
  hidden: Set<string>;
  onToggle: (key: string) => void;
}

export function ColumnChooser<T>({ columns, hidden, onToggle }: ChooserProps<T>) {
  return (
    <details class="menu">
      <summary class="button small">{s.flows.columns}</summary>
      <fieldset>
        <legend class="visually-hidden">{s.flows.columns}</legend>
        {columns.map((column) => (
          <label key={column.key}>
            <input type="checkbox" checked={!hidden.has(column.key)} onChange={() => onToggle(column.key)} />
            {column.title}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
