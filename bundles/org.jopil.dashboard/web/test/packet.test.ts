// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { frameOf, hexDump, innerOf, layersOf, summaryOf, tcpFlags } from '../src/packet';

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

const TUNNEL = {
  id: 7,
  src_ip: '10.0.0.1',
  protocol: 'udp',
  ether_type: 0x0800,
  vlan_id: 10,
  inner_vlan: 20,
  length: 150,
  own: false,
  eth: { 'eth.type': '0x8100', 'eth.src': '00:1b:21:00:00:01' },
  vlan: [{ 'vlan.id': 10 }, { 'vlan.id': 20, 'vlan.etype': '0x0800' }],
  ip: { 'ip.src': '10.0.0.1', 'ip.proto': 17, 'ip.ttl': 64, 'ip.opt.type': [7, 9] },
  names: {
    'eth.type': '802.1Q',
    'vlan.etype': ['', 'IPv4'],
    'eth.src': 'Intel Corporate',
    'ip.proto': 'udp',
    'ip.opt.type': ['Record Route', '9'],
  },
  inner: {
    ip: { 'ip.src': '10.0.0.1', 'ip.dst': '10.0.0.2', 'ip.proto': 6 },
    tcp: { 'tcp.srcport': 40000, 'tcp.dstport': 443 },
    names: { 'ip.proto': 'tcp', 'tcp.dstport': 'https' },
    inner: { ip: { 'ip.src': '10.9.9.9' } },
  },
};

describe('names and inner layers', () => {
  const fields = Object.fromEntries(layersOf(TUNNEL).flatMap((l) => l.fields.map((f) => [`${l.name}/${f.name}`, f])));

  it('should write a name behind its value, each of a list', () => {
    expect(fields['ip/ip.proto']?.text).toBe('17 (UDP)');
    expect(fields['eth/eth.src']?.text).toBe('00:1b:21:00:00:01 (Intel Corporate)');
    expect(fields['ip/ip.opt.type']?.text).toBe('7 (Record Route), 9');
    expect(fields['ip/ip.ttl']?.text).toBe('64');
    expect(fields['vlan[1]/vlan.etype']?.text).toBe('0x0800 (IPv4)');
    expect(fields['vlan[1]/vlan.id']?.text).toBe('20');
  });

  it('should give a column only where it has the same value', () => {
    expect(fields['ip/ip.src']?.column).toBe('src_ip');
    expect(fields['ip/ip.proto']?.column).toBe('protocol');
    expect(fields['vlan[0]/vlan.id']?.column).toBe('vlan_id');
    expect(fields['vlan[1]/vlan.id']?.column).toBe('inner_vlan');
    expect(fields['vlan[1]/vlan.etype']?.column).toBe('ether_type');
    expect(fields['eth/eth.type']?.column).toBeUndefined();
    expect(fields['ip/ip.ttl']?.column).toBeUndefined();
  });

  it('should keep inner layers apart, however deep, without a column', () => {
    expect(layersOf(TUNNEL).map((l) => l.name)).toEqual(['eth', 'vlan[0]', 'vlan[1]', 'ip']);
    const inner = innerOf(TUNNEL)!;
    expect(inner.quoted).toBe(false);
    const layers = layersOf(inner.packet);
    expect(layers.map((l) => l.name)).toEqual(['ip', 'tcp']);
    expect(layers[1]?.fields[1]?.text).toBe('443 (https)');
    expect(layers.flatMap((l) => l.fields).filter((f) => f.column)).toEqual([]);
    expect(summaryOf(inner.packet)).toMatchObject({ protocol: 'TCP', source: '10.0.0.1', destinationPort: 443 });
    expect(layersOf(innerOf(inner.packet)!.packet).map((l) => l.name)).toEqual(['ip']);
    expect(innerOf(innerOf(inner.packet)!.packet)).toBeUndefined();
  });

  it('should say that an error of ICMP quotes', () => {
    expect(innerOf({ id: 1, icmp: { 'icmp.type': 3 }, inner: { ip: {} } })?.quoted).toBe(true);
    expect(innerOf({ id: 1, icmpv6: { 'icmpv6.type': 1 }, inner: { ipv6: {} } })?.quoted).toBe(true);
  });

  it('should tell of the frame what can be asked', () => {
    const frame = Object.fromEntries(frameOf(TUNNEL).map((f) => [f.name, f.column]));
    expect(frame).toEqual({
      id: undefined,
      src_ip: 'src_ip',
      protocol: 'protocol',
      ether_type: 'ether_type',
      vlan_id: 'vlan_id',
      inner_vlan: 'inner_vlan',
      length: 'length',
      own: 'own',
    });
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
