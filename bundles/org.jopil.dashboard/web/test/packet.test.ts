// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { hexDump, layersOf, summaryOf, tcpFlags } from '../src/packet';

describe('summary', () => {
  it('should read prefixed and bare field names alike', () => {
    const prefixed = {
      id: 1,
      ip: { 'ip.src': '10.0.0.1', 'ip.dst': '10.0.0.2' },
      udp: { 'udp.srcport': 5353, 'udp.dstport': '53', 'udp.length': 40 },
    };
    const bare = { id: 1, ip: { src: '10.0.0.1', dst: '10.0.0.2' }, udp: { srcport: 5353, dstport: 53, length: 40 } };
    expect(summaryOf(prefixed)).toEqual(summaryOf(bare));
    expect(summaryOf(bare)).toEqual({
      protocol: 'UDP',
      source: '10.0.0.1',
      sourcePort: 5353,
      destination: '10.0.0.2',
      destinationPort: 53,
      info: 'len 40',
    });
  });

  it('should write TCP flags like tcpdump', () => {
    expect(tcpFlags('0x0012')).toBe('[S.]');
    expect(tcpFlags(0x18)).toBe('[P.]');
    expect(tcpFlags(undefined)).toBe('');
  });

  it('should tell what ARP asks', () => {
    const ask = { id: 1, arp: { opcode: 1, 'src.proto_ipv4': '10.0.0.1', 'dst.proto_ipv4': '10.0.0.2' } };
    expect(summaryOf(ask).info).toBe('who has 10.0.0.2? tell 10.0.0.1');
  });
});

describe('layers', () => {
  it('should keep the order and open lists', () => {
    const packet = { id: 1, eth: { type: '0x8100' }, vlan: [{ id: 10 }, { id: 20 }], ip: { ttl: 64 } };
    expect(layersOf(packet).map((l) => l.name)).toEqual(['eth', 'vlan[0]', 'vlan[1]', 'ip']);
  });
});

describe('hex', () => {
  it('should dump sixteen bytes a line', () => {
    const lines = hexDump('47455420' + '00'.repeat(14));
    expect(lines).toHaveLength(2);
    expect(lines[0]?.bytes.startsWith('47 45 54 20 00')).toBe(true);
    expect(lines[0]?.text).toBe('GET ············');
    expect(lines[1]?.offset).toBe('0010');
  });
});
