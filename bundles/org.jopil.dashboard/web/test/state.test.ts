// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Packet } from '../src/api';
import { backoffMs } from '../src/backoff';
import { Inbox, RING_PACKETS, RING_POINTS } from '../src/inbox';
import { holdOrder } from '../src/order';
import { FlowRates } from '../src/rates';
import { columns, Series } from '../src/series';

describe('order', () => {
  const key = (row: { id: string }) => row.id;
  const row = (id: string, bytes: number) => ({ id, bytes });

  it('should keep rows in place with fresh values, new ones last, lost ones marked', () => {
    const held = holdOrder([row('a', 1), row('b', 2), row('c', 3)], [row('c', 30), row('d', 4), row('a', 10)], key);
    expect(held.rows).toEqual([row('a', 10), row('b', 2), row('c', 30), row('d', 4)]);
    expect([...held.gone]).toEqual(['b']);
  });
});

describe('inbox', () => {
  const packet = (id: number): Packet => ({ id });

  it('should keep the newest state and count what waits', () => {
    const inbox = new Inbox();
    inbox.addStats({ sequence: 1 });
    inbox.addStats({ sequence: 2 });
    inbox.addPackets([packet(2), packet(1)], 7);
    expect(inbox.waiting).toBe(4);
    const taken = inbox.take();
    expect(taken.stats?.sequence).toBe(2);
    expect(taken.skipped).toBe(7);
    expect(inbox.waiting).toBe(0);
    expect(inbox.stats).toBeNull();
  });

  it('should stay bounded however long it waits, newest packets first', () => {
    const inbox = new Inbox();
    for (let i = 0; i < RING_PACKETS + 100; i++) inbox.addPackets([packet(i)], 0);
    for (let i = 0; i < RING_POINTS + 100; i++) inbox.addPoint({ t: i });
    expect(inbox.packets).toHaveLength(RING_PACKETS);
    expect(inbox.packets[0]?.id).toBe(RING_PACKETS + 99);
    expect(inbox.points).toHaveLength(RING_POINTS);
    expect(inbox.points.at(-1)?.t).toBe(RING_POINTS + 99);
  });
});

describe('back-off', () => {
  it('should double from half a second to ten, with chance', () => {
    expect(backoffMs(0, () => 1)).toBe(500);
    expect(backoffMs(3, () => 1)).toBe(4000);
    expect(backoffMs(50, () => 1)).toBe(10_000);
    expect(backoffMs(50, () => 0)).toBe(5_000);
  });
});

describe('series', () => {
  it('should not let history overwrite what was told live', () => {
    const series = new Series(10);
    series.add({ t: 2000, flow_count: 7 });
    series.merge('flow_count', [
      [1000, 5],
      [2000, 6],
    ]);
    expect(series.points().map((p) => p.flow_count)).toEqual([5, 7]);
  });

  it('should forget the oldest', () => {
    const series = new Series(3);
    for (let i = 0; i < 6; i++) series.add({ t: i * 1000 });
    expect(series.points().map((p) => p.t)).toEqual([3000, 4000, 5000]);
  });

  it('should show silence as a hole', () => {
    const [times, values] = columns(
      [
        { t: 1000, v: 1 },
        { t: 2000, v: 2 },
        { t: 9000, v: 3 },
      ],
      [(p) => p.v],
    );
    expect(times).toEqual([1, 2, 3, 9]);
    expect(values).toEqual([1, 2, null, 3]);
  });
});

describe('rates of flows', () => {
  it('should be the difference of exact counters', () => {
    const rates = new FlowRates();
    rates.update([{ id: 1, bytes: 1000, packets: 10 }], 0);
    expect(rates.of(1)).toBeNull();
    rates.update([{ id: 1, bytes: 3000, packets: 30 }], 2000);
    expect(rates.of(1)).toEqual({ bitsPerSecond: 8000, packetsPerSecond: 10 });
  });

  it('should begin anew with a new record and forget flows that left', () => {
    const rates = new FlowRates();
    rates.update([{ id: 1, bytes: 1000, packets: 10 }], 0);
    rates.update([{ id: 1, bytes: 10, packets: 1 }], 1000);
    expect(rates.of(1)).toBeNull();
    rates.update([], 2000);
    rates.update([{ id: 1, bytes: 20, packets: 2 }], 3000);
    expect(rates.of(1)).toBeNull();
  });
});
