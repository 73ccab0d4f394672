// SPDX-License-Identifier: Apache-2.0
// One point a second, from the server's memory first and from its messages then.

import type { Metric, TimePoint } from './api';

/** Longer silence than this is drawn as a hole, not as a line. */
export const GAP_MS = 3_500;

export class Series {
  private readonly bySecond = new Map<number, TimePoint>();
  private sorted: TimePoint[] | null = null;

  constructor(private readonly capacity: number) {}

  add(point: TimePoint): void {
    const second = Math.round(point.t / 1000);
    this.bySecond.set(second, { ...this.bySecond.get(second), ...point });
    this.sorted = null;
    this.trim();
  }

  /** A metric's history; what a message already told about a second is not overwritten. */
  merge(metric: Metric, points: [number, number][]): void {
    for (const [t, value] of points) {
      const second = Math.round(t / 1000);
      const known = this.bySecond.get(second);
      if (!known) this.bySecond.set(second, { t, [metric]: value });
      else known[metric] ??= value;
    }
    this.sorted = null;
    this.trim();
  }

  points(): TimePoint[] {
    this.sorted ??= [...this.bySecond.values()].sort((a, b) => a.t - b.t);
    return this.sorted;
  }

  private trim(): void {
    if (this.bySecond.size <= this.capacity) return;
    const seconds = [...this.bySecond.keys()].sort((a, b) => a - b);
    for (const second of seconds.slice(0, seconds.length - this.capacity)) this.bySecond.delete(second);
    this.sorted = null;
  }
}

/** Columns for a plot: times in seconds, then one column for each reader; holes become null. */
export function columns<P extends { t: number }>(
  points: P[],
  readers: ((p: P) => number | null | undefined)[],
): [number[], ...(number | null)[][]] {
  const times: number[] = [];
  const values: (number | null)[][] = readers.map(() => []);
  let before: number | undefined;
  for (const point of points) {
    if (before !== undefined && point.t - before > GAP_MS) {
      times.push((before + 1000) / 1000);
      for (const column of values) column.push(null);
    }
    before = point.t;
    times.push(point.t / 1000);
    readers.forEach((read, i) => values[i]!.push(read(point) ?? null));
  }
  return [times, ...values];
}
