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
  rowFilterOf,
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
const dropping = (reason: string, packets_per_second: number, more: Partial<Drop> = {}): Drop =>
  drop(reason, 100, { packets_per_second, ...more });

describe('the name of a row', () => {
  it('should tell apart what differs in place, and find it again', () => {
    const here = drop('NO_SOCKET', 1);
    expect(dropKey(here)).toBe('NO_SOCKET __udp4_lib_rcv 0x6f8 transport - eth0 host');
    expect(dropKey(here)).toBe(dropKey(drop('NO_SOCKET', 99)));
    expect(dropKey(here)).not.toBe(dropKey(drop('NO_SOCKET', 1, { interface: null })));
    expect(filterOfKey(dropKey(here))).toBe('reason == NO_SOCKET and symbol == __udp4_lib_rcv');
    expect(filterOfKey(dropKey(drop('NO_SOCKET', 1, { symbol: '' })))).toBe('reason == NO_SOCKET');
  });

  it('should ask rows what they know of a filter of single drops', () => {
    expect(rowFilterOf('(src_port == 80 or dst_port == 80) and reason == XDP and interface == "a b"')).toBe(
      'reason == XDP',
    );
    expect(rowFilterOf('reason == XDP or src_port == 80')).toBe('');
    expect(rowFilterOf('process == "a[1]"')).toBe('');
  });

  it('should write the place as the kernel does', () => {
    expect(placeOf(drop('NO_SOCKET', 1))).toBe('__udp4_lib_rcv+0x6f8');
    expect(placeOf(drop('NO_SOCKET', 1, { offset: 1784 }))).toBe('__udp4_lib_rcv+0x6f8');
    expect(placeOf(drop('NO_SOCKET', 1, { offset: null }))).toBe('__udp4_lib_rcv');
    expect(placeOf(drop('NO_SOCKET', 1, { symbol: null }))).toBe('');
  });
});

describe('the picture over time', () => {
  it('should be the rates that the server tells, by reason and by row', () => {
    const history = new DropHistory();
    history.add([dropping('A', 3), dropping('A', 4, { symbol: 'x' }), dropping('B', 0)], 1000);
    expect(history.points()).toEqual([
      {
        t: 1000,
        total: 7,
        reasons: { A: 7 },
        rows: { [dropKey(drop('A', 0))]: 3, [dropKey(drop('A', 0, { symbol: 'x' }))]: 4 },
      },
    ]);
  });

  it('should learn nothing from the same snapshot twice', () => {
    const history = new DropHistory();
    history.add([dropping('A', 1)], 0, 7);
    history.add([dropping('A', 1)], 1000, 7);
    history.add([dropping('A', 2)], 2000, 8);
    expect(history.points().map((p) => p.t)).toEqual([0, 2000]);
  });

  it('should give each reason a band in the order of its first drop, the worst first, and keep it', () => {
    const history = new DropHistory();
    history.add([dropping('A', 1), dropping('B', 9), dropping('C', 0)], 1000);
    history.add([dropping('A', 499), dropping('B', 0), dropping('C', 1)], 2000);
    expect(history.bands).toEqual(['B', 'A', 'C']);
    const many = Array.from({ length: BANDS + 3 }, (_, i) => `R${i}`);
    history.add(
      many.map((reason) => dropping(reason, 1)),
      4000,
    );
    expect(history.bands).toHaveLength(BANDS);
    expect(history.bands.slice(0, 3)).toEqual(['B', 'A', 'C']);
    const full = [...history.bands];
    history.add([dropping('LATE', 2)], 5000);
    expect(history.bands).toEqual(full);
    history.add([dropping('LATE', 298)], 6000);
    expect(history.bands.filter((reason, i) => reason !== full[i])).toEqual(['LATE']);
  });

  it('should show the sums of the server where no answer was asked for, over as many seconds', () => {
    const history = new DropHistory();
    history.add([dropping('A', 5)], 13_000);
    history.fill([
      ...Array.from({ length: 10 }, (_, i): [number, number] => [1000 * (i + 1), i === 9 ? 40 : 0]),
      [11_000, 20],
      [12_000, 99],
      [13_000, 99],
    ]);
    const points = history.points().map((p) => [p.t, p.total, p.reasons !== undefined]);
    expect(points.slice(-3)).toEqual([
      [10_000, 4, false],
      [11_000, 6, false],
      [13_000, 5, true],
    ]);
  });

  it('should know of a filter’s rows what was known without the filter', () => {
    const whole = new DropHistory();
    whole.fill([[1000, 50]]);
    whole.add([dropping('A', 5), dropping('B', 7)], 5000);
    const filtered = new DropHistory(whole);
    filtered.add([dropping('B', 8)], 8000);
    expect(filtered.points().map((p) => [p.t, p.reasons])).toEqual([
      [5000, { B: 7 }],
      [8000, { B: 8 }],
    ]);
    expect(filtered.bands).toEqual(whole.bands);
  });

  it('should keep five minutes', () => {
    const history = new DropHistory();
    for (let second = 0; second < 400; second++) history.add([dropping('A', second)], 1000 * second);
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
    const list = [drop('A', 5, { packets_per_second: 7 }), drop('B', 900), drop('C', 100, { packets_per_second: 0 })];
    const reasons = (sort: string) => sortDrops(list, sort).map((d) => d.reason);
    expect(reasons('-packets_per_second')).toEqual(['A', 'B', 'C']);
    expect(reasons('packets_per_second')).toEqual(['C', 'B', 'A']);
    expect(reasons('-packets')).toEqual(['A', 'B', 'C']);
  });

  it('should sum the stages that dropped lately, those with most packets first', () => {
    const at = (secondsAgo: number) => ({ last_seen: new Date(1_000_000 - 1000 * secondsAgo).toISOString() });
    const rows = [
      drop('A', 10, { packets_per_second: 10 }),
      drop('B', 920, { packets_per_second: 20, stage: 'netfilter' }),
      drop('C', 30, { packets_per_second: 30 }),
      drop('D', 5, { stage: 'qdisc', ...at(30) }),
      drop('E', 9999, { stage: 'driver', ...at(90) }),
    ];
    expect(ratesByStage(rows, 1_000_000)).toEqual([
      ['netfilter', 20],
      ['transport', 40],
      ['qdisc', 0],
    ]);
  });

  it('should name the same row first until another is clearly ahead', () => {
    const history = new DropHistory();
    const first = (a: number, b: number, at: number) => {
      const drops = [dropping('A', a), dropping('B', b)];
      history.add(drops, at);
      return headlineOf({ drops }, history).top?.reason;
    };
    expect(first(10, 9, 1000)).toBe('A');
    expect(first(10, 12, 2000)).toBe('A');
    expect(first(10, 13, 3000)).toBe('B');
    expect(first(11, 10, 4000)).toBe('B');
    expect(first(3, 0, 5000)).toBe('A');
  });
});

describe('the sentence', () => {
  const NOW = Date.parse('2026-11-22T12:00:00Z');
  const seen = (secondsAgo: number) => ({ last_seen: new Date(NOW - 1000 * secondsAgo).toISOString() });
  const say = (drops: Drop[], uptime?: number) => {
    const history = new DropHistory();
    history.add(drops, NOW);
    const answer: DropsAnswer = { drops };
    const headline = headlineOf(answer, history);
    const { before: first, place, after, good } = sentenceOf(headline, NOW, uptime);
    expect(good).toBe(isQuiet(headline, NOW));
    return plain(first + place + after);
  };

  it('should name how many and the worst', () => {
    expect(say([dropping('NO_SOCKET', 30, seen(0)), dropping('XDP', 8, { symbol: '', ...seen(0) })])).toBe(
      '38 packets/s dropped, most by NO_SOCKET at __udp4_lib_rcv.',
    );
    expect(say([dropping('XDP', 1, { symbol: '', ...seen(0) })])).toBe('1 packet/s dropped, all by XDP.');
  });

  it('should say what was last, or that all is well', () => {
    expect(say([drop('NO_SOCKET', 5, seen(42))])).toBe(
      'Nothing is dropped now. The last was NO_SOCKET at __udp4_lib_rcv, 42 s ago.',
    );
    expect(say([drop('NO_SOCKET', 5, seen(QUIET_MS / 1000 + 1))])).toBe(
      'No packet was dropped in the last 5 minutes. That is good news.',
    );
    expect(say([])).toBe('No packet was dropped in the last 5 minutes. That is good news.');
    expect(say([], 42_500)).toBe('No packet was dropped since JOPIL started 42 s ago. That is good news.');
  });

  it('should not say that nothing is dropped of what was dropped just now', () => {
    expect(say([drop('NO_SOCKET', 5, seen(0))])).toBe('Just now dropped by NO_SOCKET at __udp4_lib_rcv.');
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
