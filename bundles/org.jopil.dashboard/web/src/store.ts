// SPDX-License-Identifier: Apache-2.0
// What is on the screen. Messages go through the inbox and arrive here once a frame, or not at all while paused.

import { batch, computed, signal } from '@preact/signals';
import type { FlowsUpdate, Health, Interface, Packet, Problem, Row, Stats, TimePoint } from './api';
import type { Unit } from './format';
import { Inbox, RING_PACKETS, RING_POINTS } from './inbox';
import type { Tail } from './ratio';
import { Series } from './series';

export type Phase = 'starting' | 'live' | 'polling' | 'lost';
export interface Connection {
  phase: Phase;
  /** When the phase began, and when the next attempt is due (epoch ms). */
  since: number;
  retryAt?: number;
}

export const connection = signal<Connection>({ phase: 'starting', since: Date.now() });
export const signedOut = signal(false);
export const version = signal<Row | null>(null);
export const serverVersion = signal('');

export const stats = signal<Stats | null>(null);
export const flows = signal<FlowsUpdate | null>(null);
export const packets = signal<Packet[]>([]);
export const tail = signal<Tail>({ shown: 0, weight: 0, skipped: 0 });
/** What the server said about the filter that is asked with. */
export const filterProblem = signal<{ filter: string; problem: Problem } | null>(null);
export const gaps = signal<Record<string, number>>({});
export const interfaces = signal<Interface[] | null>(null);
export const health = signal<Health | null>(null);

const series = new Series(RING_POINTS);
const seriesVersion = signal(0);
export const points = computed<TimePoint[]>(() => {
  void seriesVersion.value;
  return series.points();
});

/** Totals a second or more apart, for rates and losses of the last minute. */
interface Mark {
  at: number;
  stats: Stats;
}
export const marks = signal<Mark[]>([]);
const MARKS_MS = 61_000;

export const lastPacketAt = signal(Date.now());

export const pausedAt = signal<number | null>(null);
export const waiting = signal(0);

/** Seconds of the reader's clock; stands still while paused, as all else does. */
export const now = signal(Date.now());
/** The server's clock: the reader's own may be wrong. */
export const serverNow = computed(
  // the age of what a file shows counts from its end
  () => Date.parse(stats.value?.replay?.last_time ?? stats.value?.timestamp ?? '') || now.value,
);
/** The same, but never still: for the connection. */
export const wall = signal(Date.now());

export const inbox = new Inbox();
let scheduled = false;

export function arrived(): void {
  if (pausedAt.value !== null) {
    waiting.value = inbox.waiting;
    return;
  }
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    if (pausedAt.value === null) flush();
    else waiting.value = inbox.waiting;
  });
}

function flush(): void {
  const news = inbox.take();
  batch(() => {
    if (news.stats) applyStats(news.stats);
    if (news.flows) flows.value = news.flows;
    for (const point of news.points) series.add(point);
    if (news.points.length) seriesVersion.value++;
    if (news.packets.length || news.skipped) applyPackets(news.packets, news.skipped);
  });
}

function applyStats(next: Stats): void {
  const before = stats.value;
  const at = Date.now();
  const restarted = (next.uptime ?? 0) < (before?.uptime ?? 0);
  if (restarted || before?.total_packets !== next.total_packets) lastPacketAt.value = at;
  stats.value = next;
  const kept = restarted ? [] : marks.value.filter((m) => at - m.at <= MARKS_MS);
  marks.value = [...kept, { at, stats: next }];
  if (next.sequence !== undefined) document.body.dataset.sequence = String(next.sequence);
}

/** The first list by REST and the first messages overlap. */
const OVERLAP = 400;

function applyPackets(arrivals: Packet[], skipped: number): void {
  const known = new Set(packets.value.slice(0, OVERLAP).map((p) => p.id));
  const fresh = arrivals.filter((p) => !known.has(p.id));
  packets.value = fresh.concat(packets.value).slice(0, RING_PACKETS);
  const t = tail.value;
  // an average that forgets, so that the ratio tells of now and not of an hour ago
  const keep = t.shown > 1000 ? 0.5 : 1;
  tail.value = {
    shown: t.shown * keep + fresh.length,
    weight: t.weight * keep + fresh.reduce((sum, p) => sum + (p.weight ?? 1), 0),
    skipped: t.skipped * keep + skipped,
  };
}

export function resetPackets(): void {
  batch(() => {
    packets.value = [];
    tail.value = { shown: 0, weight: 0, skipped: 0 };
  });
  inbox.dropEvents();
}

export function setPackets(list: Packet[]): void {
  packets.value = list.slice(0, RING_PACKETS);
}

export function mergeHistory(metric: Parameters<Series['merge']>[0], history: [number, number][]): void {
  series.merge(metric, history);
  seriesVersion.value++;
}

export function pause(): void {
  if (pausedAt.value !== null) return;
  batch(() => {
    pausedAt.value = Date.now();
    waiting.value = 0;
  });
}

/** Goes on; with `jump`, packets that waited are skipped and the tail begins anew. */
export function resume(jump = false): void {
  if (pausedAt.value === null) return;
  if (jump) {
    inbox.dropEvents();
    packets.value = [];
  }
  batch(() => {
    pausedAt.value = null;
    waiting.value = 0;
    now.value = Date.now();
    flush();
  });
}

export function startClock(): void {
  setInterval(() => {
    if (document.hidden) return;
    wall.value = Date.now();
    if (pausedAt.value === null) now.value = wall.value;
  }, 1000);
}

// ---- the reader's own choices ----

function stored<T extends string>(key: string, allowed: readonly T[], otherwise: T) {
  const text = localStorage.getItem(key) as T | null;
  const value = signal<T>(text && allowed.includes(text) ? text : otherwise);
  value.subscribe((v) => localStorage.setItem(key, v));
  return value;
}

export const THEMES = ['auto', 'light', 'dark'] as const;
export const UNITS = ['bits', 'bytes', 'packets'] as const;
export const theme = stored('jopil.theme', THEMES, 'auto');
export const unit = stored<Unit>('jopil.unit', UNITS, 'bits');
export const rail = stored('jopil.rail', ['open', 'closed'] as const, 'open');

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(darkQuery.matches);
darkQuery.addEventListener('change', (e) => (systemDark.value = e.matches));
export const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value));

const narrowQuery = matchMedia('(max-width: 760px)');
export const narrow = signal(narrowQuery.matches);
narrowQuery.addEventListener('change', (e) => (narrow.value = e.matches));

export const helpOpen = signal(false);

export const attachedInterfaces = computed(() => (interfaces.value ?? []).filter((i) => i.attached));

/** Events lost in the kernel's buffer: in all, and of those seen in the last minute. */
export const losses = computed(() => {
  const last = marks.value.at(-1);
  const events = last?.stats.ledger?.events;
  const total = events?.ring_full;
  if (!last || typeof total !== 'number') return null;
  const first = marks.value[0]!.stats.ledger?.events;
  const number = (v: unknown) => (typeof v === 'number' ? v : 0);
  const recent = total - number(first?.ring_full);
  const seen = number(events?.seen) - number(first?.seen);
  return { total, recent: Math.max(0, recent), share: seen > 0 ? (100 * recent) / seen : 0 };
});
