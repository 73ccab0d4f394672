// SPDX-License-Identifier: Apache-2.0
// Rates are the server's, over its last ten seconds; the picture over time is made here, of its answers.

import type { Drop, DropsAnswer } from './api';
import { cellClause, joinClauses, splitClauses } from './filter';
import { present } from './format';
import { GAP_MS } from './series';

/** Over so many seconds the server's rate of a row is; sums of single seconds are made alike. */
export const RATE_SECONDS = 10;
const KEPT_MS = 300_000;
/** Reasons that have a band of their own in the picture; further ones share one. */
export const BANDS = 6;
const MUCH = 2;
/** So many times the rate of the row that is named first takes its place. */
const OVERTAKES = 1.25;
/** Without a drop for so long, all is well. */
export const QUIET_MS = 300_000;

const KEY_FIELDS = ['reason', 'symbol', 'offset', 'stage', 'hook', 'interface', 'namespace'] as const;
const NOTHING = '-';
/** The server's name for a row's rate. */
export const RATE_FIELD = 'packets_per_second';

/** Names a row in the address bar too; no name in it has a space. */
export function dropKey(drop: Drop): string {
  return KEY_FIELDS.map((field) => String(drop[field] ?? '') || NOTHING).join(' ');
}

function reasonOfKey(key: string): string {
  const reason = key.slice(0, key.indexOf(' '));
  return reason === NOTHING ? '' : reason;
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

/** Of a filter of single drops the clauses that rows can be asked too. */
export function rowFilterOf(filter: string): string {
  const fields = new RegExp(`^(${KEY_FIELDS.join('|')}) == \\S+$`);
  return joinClauses(splitClauses(filter).filter((clause) => fields.test(clause)));
}

/** `__udp4_lib_rcv+0x6f8`, as the kernel writes it. */
export function placeOf(drop: Drop): string {
  if (!drop.symbol) return '';
  const { offset } = drop;
  if (offset === undefined || offset === null || offset === '') return drop.symbol;
  return `${drop.symbol}+${typeof offset === 'number' ? `0x${offset.toString(16)}` : offset}`;
}

/** Packets a second, over the last ten. */
export interface DropPoint {
  t: number;
  /** By reason and by row; absent where only the sum is known. */
  reasons?: Record<string, number>;
  rows?: Record<string, number>;
  total?: number;
}

export const rateOf = (drop: Drop): number => drop.packets_per_second ?? 0;

/** What successive answers to one question tell. */
export class DropHistory {
  private own: DropPoint[] = [];
  private sums = new Map<number, number>();
  private merged: { of: DropPoint[] | undefined; points: DropPoint[] } | null = null;
  private sequence: number | undefined;
  /** Rows that answered this question. */
  private readonly keys = new Set<string>();
  /** Packets by reason, of those that were seen to be dropped here. */
  private readonly seen: Map<string, number>;
  /** Reasons in the order in which they were seen to drop; a band keeps its look. */
  readonly bands: string[];
  /** The row that is named first: it keeps that place while another is hardly ahead. */
  top: string | null = null;

  /** Of a filter: what is known of its rows without the filter is known here too. */
  constructor(private readonly wider?: DropHistory) {
    this.seen = wider?.seen ?? new Map();
    this.bands = wider?.bands ?? [];
  }

  /** `sequence` names the server's snapshot; the same one again tells nothing new. */
  add(drops: Drop[], at: number, sequence?: number): void {
    if (sequence !== undefined && sequence === this.sequence) return;
    this.sequence = sequence;
    const before = this.own.at(-1)?.t ?? 0;
    const seconds = at - before > GAP_MS ? 1 : (at - before) / 1000;
    const point = { t: at, total: 0, reasons: {} as Record<string, number>, rows: {} as Record<string, number> };
    let most = 0;
    let first: string | null = null;
    for (const drop of drops) {
      const key = dropKey(drop);
      this.keys.add(key);
      const rate = rateOf(drop);
      if (rate <= 0) continue;
      if (rate > most) [first, most] = [key, rate];
      const reason = drop.reason ?? '';
      point.rows[key] = rate;
      point.reasons[reason] = (point.reasons[reason] ?? 0) + rate;
      point.total += rate;
    }
    if (!this.top || most > OVERTAKES * (point.rows[this.top] ?? 0)) this.top = first;
    for (const [reason, rate] of Object.entries(point.reasons).sort((a, b) => b[1] - a[1])) {
      this.seen.set(reason, this.seenOf(reason) + rate * seconds);
      this.give(reason);
    }
    this.own = [...this.own.filter((p) => at - p.t <= KEPT_MS), point];
    this.merged = null;
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
  fill(history: [number, number | null][]): void {
    for (const [t, value] of history) if (value !== null) this.sums.set(Math.round(t / 1000), value);
    const newest = Math.max(0, ...this.sums.keys());
    for (const second of this.sums.keys()) if (newest - second > KEPT_MS / 1000) this.sums.delete(second);
    this.merged = null;
  }

  points(): DropPoint[] {
    const wider = this.wider?.points();
    if (this.merged && this.merged.of === wider) return this.merged.points;
    const all = [...(wider ? this.among(wider) : this.averaged()), ...this.own].sort((a, b) => a.t - b.t);
    const newest = all.at(-1)?.t ?? 0;
    const points = all.filter((p) => newest - p.t <= KEPT_MS);
    this.merged = { of: wider, points };
    return points;
  }

  /** Of answers without the filter, the rows that this question has. */
  private among(wider: DropPoint[]): DropPoint[] {
    return wider.flatMap(({ t, rows }) => {
      if (!rows) return [];
      const point = { t, total: 0, reasons: {} as Record<string, number>, rows: {} as Record<string, number> };
      for (const [key, rate] of Object.entries(rows)) {
        if (!this.keys.has(key)) continue;
        const reason = reasonOfKey(key);
        point.rows[key] = rate;
        point.reasons[reason] = (point.reasons[reason] ?? 0) + rate;
        point.total += rate;
      }
      return [point];
    });
  }

  /** The server's sums, over as many seconds as its rates, where no answer is near. */
  private averaged(): DropPoint[] {
    const known = new Set(this.own.map((p) => Math.round(p.t / 1000)));
    const alone = [...this.sums.keys()].filter(
      (second) => ![second - 1, second, second + 1].some((near) => known.has(near)),
    );
    return alone.map((second) => {
      const values = Array.from({ length: RATE_SECONDS }, (_, i) => this.sums.get(second - i)).filter(present);
      return { t: 1000 * second, total: values.reduce((sum, n) => sum + n, 0) / values.length };
    });
  }
}

/** One value a second of the last minute, oldest first; undefined where nothing is known. */
export function lastMinute(points: DropPoint[], at: number): (number | undefined)[] {
  const recent = points.filter((p) => at - p.t < 60_000 + GAP_MS);
  return Array.from({ length: 60 }, (_, i) => {
    const second = at - 1000 * (59 - i);
    return recent.findLast((p) => p.t <= second && second - p.t < GAP_MS)?.total;
  });
}

/** Rows of equal rates go by packets; any other order is the server's. */
export function sortDrops(drops: Drop[], sort: string): Drop[] {
  if (sort.replace(/^-/, '') !== RATE_FIELD) return drops;
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...drops].sort((a, b) => sign * (rateOf(a) - rateOf(b)) || sign * ((a.packets ?? 0) - (b.packets ?? 0)));
}

const LATELY_MS = 60_000;

/** Packets a second of each stage that dropped lately; in an order that hardly moves, by packets in all. */
export function ratesByStage(drops: Drop[], now: number): [string, number][] {
  const sums = new Map<string, { rate: number; packets: number }>();
  for (const drop of drops) {
    const rate = rateOf(drop);
    if (!drop.stage || (rate === 0 && !(now - Date.parse(drop.last_seen ?? '') < LATELY_MS))) continue;
    const sum = sums.get(drop.stage) ?? { rate: 0, packets: 0 };
    sums.set(drop.stage, { rate: sum.rate + rate, packets: sum.packets + (drop.packets ?? 0) });
  }
  return [...sums].sort((a, b) => b[1].packets - a[1].packets).map(([stage, sum]) => [stage, sum.rate]);
}

export interface Headline {
  /** Packets a second of all rows. */
  rate: number;
  /** The row that drops most now; at rest, the one that dropped last. */
  top: Drop | null;
  /** Nothing else drops. */
  alone: boolean;
  /** Epoch ms of the last drop; null: never. */
  last: number | null;
}

export function headlineOf(answer: DropsAnswer, history: DropHistory): Headline {
  const dropping = answer.drops.filter((drop) => rateOf(drop) > 0);
  let newest: Drop | null = null;
  let last: number | null = null;
  for (const drop of answer.drops) {
    const seen = Date.parse(drop.last_seen ?? '');
    if (!Number.isNaN(seen) && (last === null || seen > last)) [newest, last] = [drop, seen];
  }
  return {
    rate: dropping.reduce((sum, drop) => sum + rateOf(drop), 0),
    top: dropping.find((drop) => dropKey(drop) === history.top) ?? dropping[0] ?? newest,
    alone: dropping.length === 1,
    last,
  };
}

/** No drop for five minutes, as far as the answer tells. */
export function isQuiet(headline: Headline, now: number): boolean {
  if (headline.rate > 0) return false;
  return headline.last === null ? headline.top === null : now - headline.last > QUIET_MS;
}
