// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  bitRate,
  bytes,
  duration,
  endpoint,
  exact,
  memory,
  packetRate,
  percent,
  protocolFamily,
  si,
} from '../src/format';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('numbers', () => {
  it('should show every digit of a count', () => {
    expect(plain(exact(1397364))).toBe('1 397 364');
    expect(plain(exact(-1234))).toBe('−1 234');
    expect(exact(0)).toBe('0');
  });

  it('should show three significant digits with a prefix', () => {
    expect(plain(si(42310, 'pps'))).toBe('42.3 kpps');
    expect(plain(si(999.96, 'B'))).toBe('1 kB');
    expect(plain(bytes(8400))).toBe('8.4 kB');
    expect(plain(si(14.2))).toBe('14.2');
    expect(plain(packetRate(0.004))).toBe('0 pps');
    expect(plain(memory(243 * 2 ** 20))).toBe('243 MiB');
    expect(plain(percent(0.84))).toBe('0.84 %');
  });

  it('should turn bits into the chosen unit', () => {
    expect(plain(bitRate(8e6, 'bits'))).toBe('8 Mbit/s');
    expect(plain(bitRate(8e6, 'bytes'))).toBe('1 MB/s');
  });

  it('should never invent', () => {
    for (const show of [exact, bytes, memory, percent, packetRate, duration]) {
      expect(show(undefined)).toBe('–');
      expect(show(null)).toBe('–');
      expect(show(NaN)).toBe('–');
    }
  });
});

describe('durations', () => {
  it('should show two units at most', () => {
    expect(plain(duration(250))).toBe('250 ms');
    expect(plain(duration(2500))).toBe('2.5 s');
    expect(plain(duration(75_000))).toBe('1 min 15 s');
    expect(plain(duration(3_600_000))).toBe('1 h');
    expect(plain(duration(90_061_000))).toBe('1 d 1 h');
  });
});

describe('addresses', () => {
  it('should set brackets only where a port follows', () => {
    expect(endpoint('10.0.0.1', 80)).toBe('10.0.0.1:80');
    expect(endpoint('fe80::1', 80)).toBe('[fe80::1]:80');
    expect(endpoint('fe80::1', null)).toBe('fe80::1');
    expect(endpoint(null, 80)).toBe('–');
  });
});

describe('colours', () => {
  it('should be fixed by protocol', () => {
    expect(['tcp', 'UDP', 'icmpv6', 'ARP', 'sctp', null].map(protocolFamily)).toEqual([
      'tcp',
      'udp',
      'icmp',
      'arp',
      'other',
      'other',
    ]);
  });
});
