// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import { holdOrder } from './order';
import { pausedAt } from './store';

const RESORT_MS = 2_000;

interface Stable<T> {
  rows: T[];
  gone: Set<string>;
}

/**
 * The rows in an order that moves at most every two seconds and never while `holding`; values are always the newest.
 * Another `question` (sort, filter) is answered at once.
 */
export function useStableOrder<T>(
  incoming: T[],
  keyOf: (row: T) => string,
  holding: boolean,
  question: string,
): Stable<T> {
  const state = useRef<{ incoming: T[] | null; question: string; movedAt: number; view: Stable<T> }>({
    incoming: null,
    question: '',
    movedAt: 0,
    view: { rows: [], gone: new Set() },
  });
  const [, setTick] = useState(0);
  const present = state.current;
  const at = Date.now();
  const due = at - present.movedAt >= RESORT_MS;
  if (present.question !== question || (!holding && due && present.incoming !== incoming)) {
    present.view = { rows: incoming, gone: new Set() };
    present.movedAt = at;
  } else if (present.incoming !== incoming) {
    present.view = holdOrder(present.view.rows, incoming, keyOf);
  }
  present.incoming = incoming;
  present.question = question;

  // the pointer has left: the order may move without waiting for the next message
  useEffect(() => {
    if (holding) return;
    const timer = setTimeout(
      () => {
        // what comes after the pause moves it
        if (pausedAt.value !== null) return;
        present.incoming = null;
        setTick((n) => n + 1);
      },
      Math.max(50, RESORT_MS - (Date.now() - present.movedAt)),
    );
    return () => clearTimeout(timer);
  }, [holding]);
  return present.view;
}
