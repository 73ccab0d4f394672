// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { DropHistory } from './drops';
import { connection, pausedAt } from './store';
import { usePoll } from './ui';

/** A refusal holds for so long: the server will hardly change its mind within a second. */
const REFUSED_MS = 30_000;

/** Without a filter it goes on from page to page, so that the picture is there at once. */
const whole = new DropHistory();
let filtered = { filter: '', history: whole };

function historyOf(filter: string): DropHistory {
  if (filter === '') return whole;
  if (filtered.filter !== filter) filtered = { filter, history: new DropHistory(whole) };
  return filtered.history;
}

interface Watched {
  answer: api.DropsAnswer | null;
  /** Whether `answer` is to this very question. */
  answered: boolean;
  problem: api.Problem | null;
  error: Error | null;
  history: DropHistory;
  again: () => void;
}

/** The newest answer, and what the answers up to now tell together. */
export function useDrops(filter: string, sort: string, limit: number, ms: number): Watched {
  const history = historyOf(filter);
  const question = `${filter}\n${sort}\n${limit}`;
  const refusal = useRef<{ question: string; until: number; error: api.ApiError } | null>(null);
  const [, setFilled] = useState(0);

  const { data, error, again } = usePoll(
    async () => {
      const known = refusal.current;
      if (known?.question === question && Date.now() < known.until) throw known.error;
      const answer = await api.getDrops({ filter, sort, limit }).catch((cause: unknown) => {
        if (cause instanceof api.ApiError) {
          refusal.current = { question, until: Date.now() + REFUSED_MS, error: cause };
        }
        throw cause;
      });
      refusal.current = null;
      history.add(answer.drops, Date.now(), answer.sequence);
      return { question, answer };
    },
    ms,
    question,
  );
  const problem = error instanceof api.ApiError ? error.problem : null;

  const going = data !== null && filter === '' && pausedAt.value === null && connection.value.phase !== 'lost';
  useEffect(() => {
    if (!going) return;
    const fill = () => {
      if (document.hidden) return;
      api.getSeries(api.DROP_METRIC, '5m').then(
        (points) => {
          history.fill(points);
          setFilled((n) => n + 1);
        },
        // the picture begins with the first answer then
        () => undefined,
      );
    };
    fill();
    document.addEventListener('visibilitychange', fill);
    return () => document.removeEventListener('visibilitychange', fill);
  }, [going]);

  return {
    answer: data?.answer ?? null,
    answered: data?.question === question,
    problem,
    error,
    history,
    again: () => {
      refusal.current = null;
      again();
    },
  };
}
