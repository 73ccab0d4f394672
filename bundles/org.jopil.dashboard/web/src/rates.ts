// SPDX-License-Identifier: Apache-2.0
// The API gives a flow's exact counters, not its rate: the rate is their difference over the last seconds.

import type { Flow } from './api';

const WINDOW_MS = 4_000;
const LEAST_MS = 700;

interface Sample {
  at: number;
  bytes: number;
  packets: number;
}

export interface FlowRate {
  bitsPerSecond: number;
  packetsPerSecond: number;
}

export class FlowRates {
  private samples = new Map<string, Sample[]>();

  /** Takes an answer in; flows that it does not name are forgotten. */
  update(flows: Flow[], at: number): void {
    const next = new Map<string, Sample[]>();
    for (const flow of flows) {
      const id = String(flow.id);
      const sample = { at, bytes: flow.bytes ?? 0, packets: flow.packets ?? 0 };
      const before = this.samples.get(id) ?? [];
      // a record that began anew counts from 0 again
      const grown = before.at(-1) !== undefined && before.at(-1)!.packets > sample.packets ? [] : before;
      const kept = grown.filter((s) => at - s.at <= WINDOW_MS);
      next.set(id, [...(kept.length ? kept : grown.slice(-1)), sample]);
    }
    this.samples = next;
  }

  of(id: string | number): FlowRate | null {
    const list = this.samples.get(String(id));
    const first = list?.[0];
    const last = list?.at(-1);
    if (!first || !last || last.at - first.at < LEAST_MS) return null;
    const seconds = (last.at - first.at) / 1000;
    return {
      bitsPerSecond: (8 * (last.bytes - first.bytes)) / seconds,
      packetsPerSecond: (last.packets - first.packets) / seconds,
    };
  }
}
