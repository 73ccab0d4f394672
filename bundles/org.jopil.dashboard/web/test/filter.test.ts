// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  addClause,
  cellClause,
  combine,
  flowAsDisplayFilter,
  flowAsPcapFilter,
  flowEitherWay,
  joinClauses,
  quoteValue,
  removeClause,
  splitClauses,
} from '../src/filter';

describe('clauses', () => {
  it('should cut at the top-level and', () => {
    expect(splitClauses('tcp port 443 and bytes > 1000 AND not udp')).toEqual([
      'tcp port 443',
      'bytes > 1000',
      'not udp',
    ]);
    expect(splitClauses('tcp && bytes > 10')).toEqual(['tcp', 'bytes > 10']);
    expect(splitClauses('  ')).toEqual([]);
  });

  it('should not cut inside quotes, brackets and names', () => {
    expect(splitClauses('process contains "a and b" and tcp')).toEqual(['process contains "a and b"', 'tcp']);
    expect(splitClauses('(tcp or udp) and host 10.0.0.1')).toEqual(['(tcp or udp)', 'host 10.0.0.1']);
    expect(splitClauses('process == band.and and tcp')).toEqual(['process == band.and', 'tcp']);
    expect(splitClauses('bytes in {1, 2} and tcp')).toEqual(['bytes in {1, 2}', 'tcp']);
  });

  it('should keep together what or and lone qualifiers hold together', () => {
    expect(splitClauses('tcp or udp and port 53')).toEqual(['tcp or udp and port 53']);
    expect(splitClauses('tcp || udp')).toEqual(['tcp || udp']);
    expect(splitClauses('src and dst host 10.0.0.1')).toEqual(['src and dst host 10.0.0.1']);
    expect(splitClauses('host 10.0.0.1 and 10.0.0.2')).toEqual(['host 10.0.0.1 and 10.0.0.2']);
  });

  it('should join so that every clause keeps its meaning', () => {
    expect(joinClauses(['tcp or udp', 'port 53'])).toBe('(tcp or udp) and port 53');
    expect(joinClauses([' tcp ', ''])).toBe('tcp');
    expect(splitClauses(joinClauses(['a == 1', 'tcp or udp', 'b == 2']))).toHaveLength(3);
  });

  it('should add once and remove by place', () => {
    expect(addClause('tcp', 'tcp')).toBe('tcp');
    expect(addClause('tcp', 'bytes > 1')).toBe('tcp and bytes > 1');
    expect(removeClause('tcp and bytes > 1 and udp', 1)).toBe('tcp and udp');
  });
});

describe('cells', () => {
  it('should make comparisons', () => {
    expect(cellClause('src_ip', '10.0.0.1', false)).toBe('src_ip == 10.0.0.1');
    expect(cellClause('src_ip', 'fe80::1', true)).toBe('src_ip != fe80::1');
    expect(cellClause('dst_port', 443, false)).toBe('dst_port == 443');
    expect(cellClause('bytes', 1000, false, 'atLeast')).toBe('bytes >= 1000');
    expect(cellClause('bytes', 1000, true, 'atLeast')).toBe('bytes < 1000');
  });

  it('should quote what is not one plain word', () => {
    expect(quoteValue('1:wCb3OG7yAFWelaUydu0D+125CLM=')).toBe('"1:wCb3OG7yAFWelaUydu0D+125CLM="');
    expect(quoteValue('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteValue('and')).toBe('"and"');
    expect(quoteValue('eth0.100')).toBe('eth0.100');
    expect(quoteValue('::1')).toBe('::1');
  });
});

describe('interfaces', () => {
  it('should follow the text, so that its columns stay', () => {
    expect(combine('', ['eth0'])).toBe('interface == eth0');
    expect(combine('tcp or udp', ['eth0', 'va'])).toBe('tcp or udp and (interface == eth0 or interface == va)');
    expect(combine('tcp', [])).toBe('tcp');
  });
});

describe('a flow in other words', () => {
  const flow = { protocol: 'tcp', src_ip: '10.0.0.1', src_port: 40000, dst_ip: '10.0.0.2', dst_port: 443 };

  it('should name both ends', () => {
    expect(flowAsPcapFilter(flow)).toBe('tcp and host 10.0.0.1 and host 10.0.0.2 and port 40000 and port 443');
    expect(flowAsDisplayFilter(flow)).toBe(
      'ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && tcp.port == 40000 && tcp.port == 443',
    );
  });

  it('should leave ports out where there are none', () => {
    const ping = { protocol: 'icmpv6', src_ip: 'fe80::1', src_port: 128, dst_ip: 'ff02::1', dst_port: 0 };
    expect(flowAsPcapFilter(ping)).toBe('icmp6 and host fe80::1 and host ff02::1');
    expect(flowAsDisplayFilter(ping)).toBe('ipv6.addr == fe80::1 && ipv6.addr == ff02::1 && icmpv6');
  });
});

describe('a flow either way', () => {
  it('should name both ends of each way, its interface and its protocol', () => {
    const flow = {
      interface: 'eth0',
      protocol: 'tcp',
      src_ip: 'fe80::1',
      src_port: 5,
      dst_ip: '10.0.0.2',
      dst_port: 22,
    };
    expect(flowEitherWay(flow)).toBe(
      '((src_ip == fe80::1 and src_port == 5 and dst_ip == 10.0.0.2 and dst_port == 22)' +
        ' or (src_ip == 10.0.0.2 and src_port == 22 and dst_ip == fe80::1 and dst_port == 5))' +
        ' and protocol == tcp and interface == eth0',
    );
  });
});
