// SPDX-License-Identifier: Apache-2.0
// The API's counts of drops are cumulative: rates and the picture over time are made here, of answers one after another.

import type { Drop, DropsAnswer } from './api';
import { cellClause, joinClauses } from './filter';
import { present } from './format';
import { GAP_MS } from './series';

/** A rate is the difference over so long; a drop now and then is a small number, not a flicker. */
const WINDOW_MS = 5_000;
const LEAST_MS = 700;
const KEPT_MS = 300_000;
/** Reasons that have a band of their own in the picture; further ones share one. */
export const BANDS = 6;
const MUCH = 2;
/** Without a drop for so long, all is well. */
export const QUIET_MS = 300_000;

const KEY_FIELDS = ['reason', 'symbol', 'offset', 'stage', 'hook', 'interface', 'namespace'] as const;
const NOTHING = '-';

/** Names a row in the address bar too; no name in it has a space. */
export function dropKey(drop: Drop): string {
  return KEY_FIELDS.map((field) => String(drop[field] ?? '') || NOTHING).join(' ');
}

/** What finds the row of that key again. */
export function filterOfKey(key: string): string {
  const values = key.split(' ');
  return joinClauses(
    (['reason', 'symbol'] as const).flatMap((field) => {
      const value = values[KEY_FIELDS.indexOf(field)];
      return value && value !== NOTHING ? [cellClause(field, value, false)] : [];
    }),
  );
}

/** `__udp4_lib_rcv+0x6f8`, as the kernel writes it. */
export function placeOf(drop: Drop): string {
  if (!drop.symbol) return '';
  const { offset } = drop;
  if (offset === undefined || offset === null || offset === '') return drop.symbol;
  return `${drop.symbol}+${typeof offset === 'number' ? `0x${offset.toString(16)}` : offset}`;
}

export interface DropPoint {
  t: number;
  /** Packets a second by reason and by row; absent where only the sum is known. */
  reasons?: Record<string, number>;
  rows?: Record<string, number>;
  total?: number;
}

interface Answered {
  at: number;
  packets: Map<string, number>;
  /** No row was left out: one that is absent counts 0. */
  complete: boolean;
}

/** What successive answers to one question tell. */
export class DropHistory {
  private answers: Answered[] = [];
  private own: DropPoint[] = [];
  private sums = new Map<number, number>();
  private merged: DropPoint[] | null = null;
  private sequence: number | undefined;
  /** Packets by reason, of those that were seen to be dropped here. */
  private readonly seen = new Map<string, number>();
  /** Reasons in the order in which they were seen to drop; a band keeps its look. */
  readonly bands: string[] = [];

  /** `sequence` names the server's snapshot; the same one again tells nothing new. */
  add(drops: Drop[], complete: boolean, at: number, sequence?: number): void {
    if (sequence !== undefined && sequence === this.sequence) return;
    this.sequence = sequence;
    const packets = new Map(drops.map((drop) => [dropKey(drop), drop.packets ?? 0]));
    const before = this.answers.at(-1);
    // counters that go back have begun anew
    const restarted = before && [...packets].some(([key, n]) => n < (before.packets.get(key) ?? 0));
    const silent = before && at - before.at > GAP_MS;
    if (before && !restarted && !silent) this.draw(drops, packets, before, at);
    const kept = restarted || silent ? [] : this.answers.filter((a) => at - a.at <= WINDOW_MS);
    this.answers = [...kept, { at, packets, complete }];
    this.merged = null;
  }

  private draw(drops: Drop[], packets: Map<string, number>, before: Answered, at: number): void {
    const seconds = (at - before.at) / 1000;
    if (seconds <= 0) return;
    const point = { t: at, total: 0, reasons: {} as Record<string, number>, rows: {} as Record<string, number> };
    for (const drop of drops) {
      const key = dropKey(drop);
      const from = countIn(before, key);
      if (from === null) continue;
      const rate = (packets.get(key)! - from) / seconds;
      if (rate === 0) continue;
      const reason = drop.reason ?? '';
      point.rows[key] = rate;
      point.reasons[reason] = (point.reasons[reason] ?? 0) + rate;
      point.total += rate;
    }
    for (const [reason, rate] of Object.entries(point.reasons).sort((a, b) => b[1] - a[1])) {
      this.seen.set(reason, this.seenOf(reason) + rate * seconds);
      this.give(reason);
    }
    this.own = [...this.own.filter((p) => at - p.t <= KEPT_MS), point];
  }

  /** A reason without a band takes that of a much smaller one; all others keep theirs. */
  private give(reason: string): void {
    const { bands } = this;
    if (bands.includes(reason)) return;
    if (bands.length < BANDS) {
      bands.push(reason);
      return;
    }
    const least = bands.reduce((a, b) => (this.seenOf(b) < this.seenOf(a) ? b : a));
    if (this.seenOf(reason) > MUCH * this.seenOf(least)) bands[bands.indexOf(least)] = reason;
  }

  private seenOf(reason: string): number {
    return this.seen.get(reason) ?? 0;
  }

  /** Sums of every second that the server remembers; they stand where no answer was asked for. */
  fill(history: [number, number][]): void {
    for (const [t, value] of history) this.sums.set(Math.round(t / 1000), value);
    const newest = Math.max(0, ...this.sums.keys());
    for (const second of this.sums.keys()) if (newest - second > KEPT_MS / 1000) this.sums.delete(second);
    this.merged = null;
  }

  points(): DropPoint[] {
    if (this.merged) return this.merged;
    const newest = Math.max(this.own.at(-1)?.t ?? 0, 1000 * Math.max(0, ...this.sums.keys()));
    const known = new Set(this.own.map((p) => Math.round(p.t / 1000)));
    const sums = [...this.sums]
      .filter(([second]) => ![second - 1, second, second + 1].some((near) => known.has(near)))
      .map(([second, total]) => ({ t: 1000 * second, total }));
    this.merged = [...sums, ...this.own].filter((p) => newest - p.t <= KEPT_MS).sort((a, b) => a.t - b.t);
    return this.merged;
  }

  /** Packets a second of a row, over the last seconds; null while it is not known. */
  rate(key: string): number | null {
    const last = this.answers.at(-1);
    const to = last?.packets.get(key);
    if (!last || to === undefined) return null;
    for (const answer of this.answers) {
      const from = countIn(answer, key);
      if (from === null) continue;
      return last.at - answer.at < LEAST_MS ? null : (1000 * (to - from)) / (last.at - answer.at);
    }
    return null;
  }

  /** Whether a rate can be told at all. */
  get measured(): boolean {
    const [first, last] = [this.answers[0], this.answers.at(-1)];
    return first !== undefined && last !== undefined && last.at - first.at >= LEAST_MS;
  }
}

function countIn(answer: Answered, key: string): number | null {
  return answer.packets.get(key) ?? (answer.complete ? 0 : null);
}

/** One value a second of the last minute, oldest first; undefined where nothing is known. */
export function lastMinute(points: DropPoint[], at: number): (number | undefined)[] {
  const recent = points.filter((p) => at - p.t < 60_000 + GAP_MS);
  return Array.from({ length: 60 }, (_, i) => {
    const second = at - 1000 * (59 - i);
    return recent.findLast((p) => p.t <= second && second - p.t < GAP_MS)?.total;
  });
}

export type RateOf = (drop: Drop) => number | null;

/** By what the server does not know: the rate. Equal rates go by packets. Any other order is the server's. */
export function sortDrops(drops: Drop[], sort: string, rate: RateOf): Drop[] {
  if (sort.replace(/^-/, '') !== 'rate') return drops;
  const sign = sort.startsWith('-') ? -1 : 1;
  const weighed = drops.map((drop) => ({ drop, rate: rate(drop) ?? 0 }));
  weighed.sort((a, b) => sign * (a.rate - b.rate) || sign * ((a.drop.packets ?? 0) - (b.drop.packets ?? 0)));
  return weighed.map((w) => w.drop);
}

export function serverSort(sort: string): string {
  return sort.replace(/^(-?)rate$/, '$1packets');
}

const LATELY_MS = 60_000;

/** Packets a second of each stage that dropped lately; in an order that hardly moves, by packets in all. */
export function ratesByStage(drops: Drop[], history: DropHistory, now: number): [string, number][] {
  const sums = new Map<string, { rate: number; packets: number }>();
  for (const drop of drops) {
    const rate = history.rate(dropKey(drop)) ?? 0;
    if (!drop.stage || (rate === 0 && !(now - Date.parse(drop.last_seen ?? '') < LATELY_MS))) continue;
    const sum = sums.get(drop.stage) ?? { rate: 0, packets: 0 };
    sums.set(drop.stage, { rate: sum.rate + rate, packets: sum.packets + (drop.packets ?? 0) });
  }
  return [...sums].sort((a, b) => b[1].packets - a[1].packets).map(([stage, sum]) => [stage, sum.rate]);
}

export interface Headline {
  /** Packets a second of all rows; null until it is known. */
  rate: number | null;
  /** The row that drops most now; at rest, the one that dropped last. */
  top: Drop | null;
  /** Nothing else drops. */
  alone: boolean;
  /** Epoch ms of the last drop; null: never. */
  last: number | null;
}

export function headlineOf(answer: DropsAnswer, history: DropHistory): Headline {
  let rate = 0;
  let top: Drop | null = null;
  let most = 0;
  let dropping = 0;
  let newest: Drop | null = null;
  let last: number | null = null;
  for (const drop of answer.drops) {
    const now = history.rate(dropKey(drop)) ?? 0;
    rate += now;
    if (now > 0) dropping++;
    if (now > most) [top, most] = [drop, now];
    const seen = Date.parse(drop.last_seen ?? '');
    if (!Number.isNaN(seen) && (last === null || seen > last)) [newest, last] = [drop, seen];
  }
  return { rate: history.measured ? rate : null, top: top ?? newest, alone: dropping === 1, last };
}

/** No drop for five minutes, as far as the answer tells. */
export function isQuiet(headline: Headline, now: number): boolean {
  if (present(headline.rate) && headline.rate > 0) return false;
  return headline.last === null ? headline.top === null : now - headline.last > QUIET_MS;
}
