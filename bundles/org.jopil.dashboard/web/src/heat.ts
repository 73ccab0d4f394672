// SPDX-License-Identifier: Apache-2.0
// Time × latency: colours, the rows that are worth showing, what lies under the pointer.

import type { HeatColumn, Heatmap } from './api';
import { present } from './format';

/** Viridis without its darkest step: from few to many, in order of lightness for eyes of every kind. */
export const VIRIDIS = [
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725',
] as const;

/** Colour of a cell; a hundredfold of packets must not hide the single one that took long. */
export function shade(count: number, most: number): string | null {
  if (count <= 0) return null;
  const at = most <= 1 ? 1 : Math.log(count) / Math.log(most);
  return VIRIDIS[Math.min(VIRIDIS.length - 1, Math.floor(at * VIRIDIS.length))]!;
}

export const mostOf = (columns: HeatColumn[]) => Math.max(0, ...columns.flatMap((column) => column.counts));

const LEAST_ROWS = 8;
const MOST_ROWS = 40;

/** The rows from the fastest packet to the slowest, one more on each side; [from, to). */
export function rowsOf(map: Heatmap): [number, number] {
  const rows = map.lower_ns.length;
  let from = rows;
  let to = 0;
  for (const column of map.columns) {
    column.counts.forEach((count, row) => {
      if (count <= 0) return;
      from = Math.min(from, row);
      to = Math.max(to, row + 1);
    });
  }
  if (to === 0) return [0, Math.min(rows, LEAST_ROWS)];
  from = Math.max(0, from - 1);
  to = Math.min(rows, to + 1);
  while (to - from < LEAST_ROWS && (from > 0 || to < rows)) {
    if (to < rows) to++;
    if (to - from < LEAST_ROWS && from > 0) from--;
  }
  return [Math.max(from, to - MOST_ROWS), to];
}

/** Where a latency lies, in rows from the lowest; a part of a row by its logarithm. */
export function rowAt(map: Heatmap, ns: number): number {
  const { lower_ns: lower } = map;
  let row = 0;
  while (row + 1 < lower.length && lower[row + 1]! <= ns) row++;
  const low = Math.max(1, lower[row]!);
  const high = lower[row + 1] ?? 2 * low;
  return row + Math.min(1, Math.max(0, Math.log(Math.max(1, ns) / low) / Math.log(high / low)));
}

export interface Block {
  /** Columns and rows, both ends in it. */
  columns: [number, number];
  rows: [number, number];
}

export interface Behind {
  since: string;
  until: string;
  fromNs: number;
  toNs: number | null;
  count: number;
}

/** What a block of cells holds. */
export function behind(map: Heatmap, block: Block): Behind {
  const [left, right] = block.columns;
  const [low, high] = block.rows;
  const ends = Date.parse(map.columns[right]!.at) + (map.step_ms ?? 0);
  let count = 0;
  for (let c = left; c <= right; c++) for (let r = low; r <= high; r++) count += map.columns[c]!.counts[r] ?? 0;
  return {
    since: map.columns[left]!.at,
    until: new Date(ends).toISOString(),
    fromNs: map.lower_ns[low]!,
    toNs: map.lower_ns[high + 1] ?? null,
    count,
  };
}

const WHOLE = new Set(['receive_total', 'send_total']);

/** Asks the journeys for packets that took so long for the stage; only the slowest stage of a journey is a field. */
export function journeyFilter(stage: string, block: Pick<Behind, 'fromNs' | 'toNs'>): string {
  const field = WHOLE.has(stage) ? 'duration_ns' : 'slowest_ns';
  return [
    WHOLE.has(stage) ? '' : `slowest_stage == ${stage}`,
    `${field} >= ${block.fromNs}`,
    block.toNs === null ? '' : `${field} < ${block.toNs}`,
  ]
    .filter(Boolean)
    .join(' and ');
}

/** The newest column that measured anything. */
export function newest(map: Heatmap): HeatColumn | undefined {
  return map.columns.findLast((column) => present(column.p50_ns));
}

export function worst(map: Heatmap): HeatColumn | undefined {
  return map.columns.reduce<HeatColumn | undefined>(
    (most, column) => ((column.p99_ns ?? -1) > (most?.p99_ns ?? -1) ? column : most),
    undefined,
  );
}
