// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Drop, DropsAnswer } from '../src/api';
import {
  BANDS,
  DropHistory,
  dropKey,
  filterOfKey,
  headlineOf,
  isQuiet,
  lastMinute,
  placeOf,
  QUIET_MS,
  ratesByStage,
  serverSort,
  sortDrops,
} from '../src/drops';
import { adviceOf, dropRate, sentenceOf } from '../src/droptext';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const drop = (reason: string, packets: number, more: Partial<Drop> = {}): Drop => ({
  reason,
  symbol: '__udp4_lib_rcv',
  offset: '0x6f8',
  stage: 'transport',
  hook: '',
  interface: 'eth0',
  namespace: 'host',
  packets,
  ...more,
});
const rateOf = (history: DropHistory, d: Drop) => history.rate(dropKey(d));

describe('the name of a row', () => {
  it('should tell apart what differs in place, and find it again', () => {
    const here = drop('NO_SOCKET', 1);
    expect(dropKey(here)).toBe('NO_SOCKET __udp4_lib_rcv 0x6f8 transport - eth0 host');
    expect(dropKey(here)).toBe(dropKey(drop('NO_SOCKET', 99)));
    expect(dropKey(here)).not.toBe(dropKey(drop('NO_SOCKET', 1, { interface: null })));
    expect(filterOfKey(dropKey(here))).toBe('reason == NO_SOCKET and symbol == __udp4_lib_rcv');
    expect(filterOfKey(dropKey(drop('NO_SOCKET', 1, { symbol: '' })))).toBe('reason == NO_SOCKET');
  });

  it('should write the place as the kernel does', () => {
    expect(placeOf(drop('NO_SOCKET', 1))).toBe('__udp4_lib_rcv+0x6f8');
    expect(placeOf(drop('NO_SOCKET', 1, { offset: 1784 }))).toBe('__udp4_lib_rcv+0x6f8');
    expect(placeOf(drop('NO_SOCKET', 1, { offset: null }))).toBe('__udp4_lib_rcv');
    expect(placeOf(drop('NO_SOCKET', 1, { symbol: null }))).toBe('');
  });
});

describe('rates of drops', () => {
  it('should be differences of cumulative counts', () => {
    const history = new DropHistory();
    history.add([drop('NO_SOCKET', 1000)], true, 0);
    expect(history.measured).toBe(false);
    expect(rateOf(history, drop('NO_SOCKET', 0))).toBeNull();
    history.add([drop('NO_SOCKET', 1030)], true, 1000);
    history.add([drop('NO_SOCKET', 1080)], true, 2000);
    expect(rateOf(history, drop('NO_SOCKET', 0))).toBe(40);
    expect(history.points().map((p) => p.total)).toEqual([30, 50]);
    expect(history.points()[1]?.reasons).toEqual({ NO_SOCKET: 50 });
  });

  it('should forget what is longer ago than the window', () => {
    const history = new DropHistory();
    for (let second = 0; second <= 10; second++)
      history.add([drop('A', second <= 5 ? 7 * second : 35)], true, 1000 * second);
    expect(rateOf(history, drop('A', 0))).toBe(0);
  });

  it('should count a row that was not there before from 0, unless rows were left out', () => {
    const whole = new DropHistory();
    whole.add([], true, 0);
    whole.add([drop('A', 10)], true, 1000);
    expect(rateOf(whole, drop('A', 0))).toBe(10);
    const part = new DropHistory();
    part.add([], false, 0);
    part.add([drop('A', 10)], false, 1000);
    expect(rateOf(part, drop('A', 0))).toBeNull();
    expect(part.points().map((p) => p.total)).toEqual([0]);
  });

  it('should begin anew when the counters do', () => {
    const history = new DropHistory();
    history.add([drop('A', 1000), drop('B', 5)], true, 0);
    history.add([drop('A', 1010), drop('B', 5)], true, 1000);
    history.add([drop('A', 4)], true, 2000);
    expect(rateOf(history, drop('A', 0))).toBeNull();
    expect(history.points().map((p) => p.total)).toEqual([10]);
    history.add([drop('A', 10)], true, 3000);
    expect(rateOf(history, drop('A', 0))).toBe(6);
    expect(history.points().every((p) => p.total! >= 0)).toBe(true);
  });

  it('should not spread what happened during a silence over one second', () => {
    const history = new DropHistory();
    history.add([drop('A', 0)], true, 0);
    history.add([drop('A', 60_000)], true, 60_000);
    expect(history.points()).toEqual([]);
    expect(rateOf(history, drop('A', 0))).toBeNull();
  });

  it('should learn nothing from the same snapshot twice', () => {
    const history = new DropHistory();
    history.add([drop('A', 0)], true, 0, 7);
    history.add([drop('A', 0)], true, 1000, 7);
    history.add([drop('A', 20)], true, 2000, 8);
    expect(history.points().map((p) => p.total)).toEqual([10]);
  });
});

describe('the picture over time', () => {
  it('should give each reason a band in the order of its first drop, the worst first, and keep it', () => {
    const history = new DropHistory();
    history.add([drop('A', 0), drop('B', 0), drop('C', 900)], true, 0);
    history.add([drop('A', 1), drop('B', 9), drop('C', 900)], true, 1000);
    history.add([drop('A', 500), drop('B', 9), drop('C', 901)], true, 2000);
    expect(history.bands).toEqual(['B', 'A', 'C']);
    const many = Array.from({ length: BANDS + 3 }, (_, i) => `R${i}`);
    history.add([], true, 3000);
    history.add(
      many.map((reason) => drop(reason, 1)),
      true,
      4000,
    );
    expect(history.bands).toHaveLength(BANDS);
    expect(history.bands.slice(0, 3)).toEqual(['B', 'A', 'C']);
    const full = [...history.bands];
    history.add([...many.map((reason) => drop(reason, 1)), drop('LATE', 2)], true, 5000);
    expect(history.bands).toEqual(full);
    history.add([...many.map((reason) => drop(reason, 1)), drop('LATE', 300)], true, 6000);
    expect(history.bands.filter((reason, i) => reason !== full[i])).toEqual(['LATE']);
  });

  it('should show the sums of the server where no answer was asked for', () => {
    const history = new DropHistory();
    history.add([drop('A', 0)], true, 9_000);
    history.add([drop('A', 5)], true, 10_000);
    history.fill([
      [7_000, 3],
      [8_000, 4],
      [9_000, 4],
      [10_000, 99],
    ]);
    expect(history.points().map((p) => [p.t, p.total, p.reasons !== undefined])).toEqual([
      [7_000, 3, false],
      [8_000, 4, false],
      [10_000, 5, true],
    ]);
  });

  it('should keep five minutes', () => {
    const history = new DropHistory();
    for (let second = 0; second < 400; second++) history.add([drop('A', second)], true, 1000 * second);
    expect(history.points().length).toBeLessThanOrEqual(301);
    expect(history.points()[0]!.t).toBeGreaterThanOrEqual(99_000);
  });

  it('should have a value for each second of the last minute that is known', () => {
    const values = lastMinute(
      [
        { t: 98_000, total: 1 },
        { t: 100_000, total: 2 },
      ],
      100_000,
    );
    expect(values).toHaveLength(60);
    expect(values.slice(-4)).toEqual([undefined, 1, 1, 2]);
  });
});

describe('order', () => {
  it('should go by the rate, then by packets, and leave every other order to the server', () => {
    const list = [drop('A', 5), drop('B', 900), drop('C', 100)];
    const rate = (d: Drop) => ({ A: 7, B: null, C: 0 })[d.reason!] ?? null;
    const reasons = (sort: string) => sortDrops(list, sort, rate).map((d) => d.reason);
    expect(reasons('-rate')).toEqual(['A', 'B', 'C']);
    expect(reasons('rate')).toEqual(['C', 'B', 'A']);
    expect(reasons('-packets')).toEqual(['A', 'B', 'C']);
    expect(['-rate', 'rate', '-packets', 'last_seen'].map(serverSort)).toEqual([
      '-packets',
      'packets',
      '-packets',
      'last_seen',
    ]);
  });

  it('should sum the stages that dropped lately, those with most packets first', () => {
    const history = new DropHistory();
    const at = (secondsAgo: number) => ({ last_seen: new Date(1_000_000 - 1000 * secondsAgo).toISOString() });
    const rows = (n: number) => [
      drop('A', n),
      drop('B', 900 + 2 * n, { stage: 'netfilter' }),
      drop('C', 3 * n),
      drop('D', 5, { stage: 'qdisc', ...at(30) }),
      drop('E', 9999, { stage: 'driver', ...at(90) }),
    ];
    history.add(rows(0), true, 0);
    history.add(rows(10), true, 1000);
    expect(ratesByStage(rows(10), history, 1_000_000)).toEqual([
      ['netfilter', 20],
      ['transport', 40],
      ['qdisc', 0],
    ]);
  });
});

describe('the sentence', () => {
  const NOW = Date.parse('2026-11-22T12:00:00Z');
  const seen = (secondsAgo: number) => ({ last_seen: new Date(NOW - 1000 * secondsAgo).toISOString() });
  const say = (before: Drop[] | null, drops: Drop[], uptime?: number) => {
    const history = new DropHistory();
    if (before) history.add(before, true, NOW - 1000);
    history.add(drops, true, NOW);
    const answer: DropsAnswer = { drops };
    const headline = headlineOf(answer, history);
    const { before: first, place, after, good } = sentenceOf(headline, NOW, uptime);
    expect(good).toBe(isQuiet(headline, NOW));
    return plain(first + place + after);
  };

  it('should name how many and the worst', () => {
    expect(
      say(
        [drop('NO_SOCKET', 0), drop('XDP', 0, { symbol: '' })],
        [drop('NO_SOCKET', 30, seen(0)), drop('XDP', 8, { symbol: '', ...seen(0) })],
      ),
    ).toBe('38 packets/s dropped, most by NO_SOCKET at __udp4_lib_rcv.');
    expect(say([drop('XDP', 7, { symbol: '' })], [drop('XDP', 8, { symbol: '', ...seen(0) })])).toBe(
      '1 packet/s dropped, all by XDP.',
    );
  });

  it('should say what was last, or that all is well', () => {
    const late = [drop('NO_SOCKET', 5, seen(42))];
    expect(say(late, late)).toBe('Nothing is dropped now. The last was NO_SOCKET at __udp4_lib_rcv, 42 s ago.');
    const old = [drop('NO_SOCKET', 5, seen(QUIET_MS / 1000 + 1))];
    expect(say(old, old)).toBe('No packet was dropped in the last 5 minutes. That is good news.');
    expect(say([], [])).toBe('No packet was dropped in the last 5 minutes. That is good news.');
    expect(say([], [], 42_500)).toBe('No packet was dropped since JOPIL started 42 s ago. That is good news.');
  });

  it('should not tell a rate before it knows one', () => {
    expect(say(null, [drop('NO_SOCKET', 5, seen(1))])).toBe(
      'Measuring the rate. Most packets so far by NO_SOCKET at __udp4_lib_rcv.',
    );
  });

  it('should write small rates with digits and large ones whole', () => {
    expect([0.25, 1, 9.5, 38.4, 12345.6].map(dropRate).map(plain)).toEqual([
      '0.25 packets/s',
      '1 packet/s',
      '9.5 packets/s',
      '38 packets/s',
      '12 346 packets/s',
    ]);
  });

  it('should fall back on what the reason means where there is no advice', () => {
    expect(adviceOf(drop('NO_SOCKET', 1, { advice: { sentence: 'Nobody listens.' } }))).toBe('Nobody listens.');
    expect(adviceOf(drop('XDP', 1))).toBe('An XDP program dropped the packet.');
    expect(adviceOf(drop('SOMETHING_NEW', 1, { advice: null }))).toBe('');
  });
});
