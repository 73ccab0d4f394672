// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  frameOf,
  hexDump,
  innerOf,
  layersOf,
  placesOf,
  summaryOf,
  tcpFlags,
  type HexRun,
  windowOf,
  withWindow,
} from '../src/packet';

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

describe('window', () => {
  const packet = (syn: boolean) => ({
    id: 1,
    timestamp: '2026-01-01T00:00:05.5Z',
    src_ip: '10.0.0.1',
    src_port: 1001,
    tcp: { 'tcp.window_size_value': 502, 'tcp.flags.syn': syn },
  });
  const flow = {
    id: 7,
    first_seen: '2026-01-01T00:00:05Z',
    last_seen: '2026-01-01T00:00:06Z',
    state: 'ended',
    src_ip: '10.0.0.1',
    src_port: 1001,
    window_scale_fwd: 7,
    window_scale_rev: 3,
  };

  it('should be scaled by the flow, each direction by its own', () => {
    expect(windowOf(packet(false), [flow])).toMatchObject({ value: 64256, text: '64256 (502 << 7)', flow: '7' });
    expect(windowOf(packet(false), [{ ...flow, src_port: 443 }])?.value).toBe(502 * 8);
    expect(windowOf(packet(false), [{ ...flow, window_scale_fwd: 0 }])?.value).toBe(502);
  });

  it('should not be told of a SYN, without a known scale, or of another connection with these ports', () => {
    expect(windowOf(packet(true), [flow])).toBeUndefined();
    expect(windowOf(packet(false), [])).toBeUndefined();
    expect(windowOf(packet(false), [{ ...flow, window_scale_fwd: null }])).toBeUndefined();
    expect(windowOf(packet(false), [{ ...flow, first_seen: '2026-01-01T00:00:05.6Z' }])).toBeUndefined();
    expect(windowOf(packet(false), [{ ...flow, last_seen: '2026-01-01T00:00:05.4Z' }])).toBeUndefined();
    expect(windowOf(packet(false), [{ ...flow, vlan: 10 }])).toBeUndefined();
    expect(windowOf(packet(false), [flow, { ...flow, id: 8, window_scale_fwd: 9 }])).toBeUndefined();
    expect(windowOf(packet(false), [flow, { ...flow, id: 8, window_scale_fwd: null }])).toBeUndefined();
  });

  it('should be of a flow whose times are a tick off, or whose next record has begun', () => {
    const before = { ...flow, last_seen: '2026-01-01T00:00:05.492Z' };
    const next = { ...flow, id: 8, first_seen: '2026-01-01T00:00:05.508Z', state: 'established' };
    expect(windowOf(packet(false), [before])?.value).toBe(64256);
    expect(windowOf(packet(false), [next, before])).toMatchObject({ value: 64256, flow: '8' });
  });

  it('should be of a flow that goes on and was read a moment ago', () => {
    const going = { ...flow, state: 'established', last_seen: '2026-01-01T00:00:05.4Z' };
    expect(windowOf(packet(false), [going])?.value).toBe(64256);
  });

  it('should stand behind the one that was sent', () => {
    const [tcp] = layersOf(packet(false));
    const names = withWindow(tcp!.fields, windowOf(packet(false), [flow])!).map((f) => f.name);
    expect(names).toEqual(['tcp.window_size_value', 'tcp.window_size', 'tcp.flags.syn']);
  });
});

const textOf = (runs: HexRun[]) => runs.map((r) => r.text).join('');

describe('hex', () => {
  it('should dump sixteen bytes a line', () => {
    const lines = hexDump('47455420' + '00'.repeat(14));
    expect(lines).toHaveLength(2);
    expect(textOf(lines[0]!.bytes)).toBe('47 45 54 20 00 00 00 00  00 00 00 00 00 00 00 00');
    expect(textOf(lines[0]!.text)).toBe('GET ············');
    expect(lines[1]?.offset).toBe('0010');
    expect(textOf(lines[1]!.bytes)).toHaveLength(48);
  });

  it('should tell which layer has a byte, the inner one of two', () => {
    const packet = {
      id: 1,
      vlan: [{ 'vlan.id': 1 }, { 'vlan.id': 2 }],
      ipv6: {},
      ah: {},
      positions: {
        vlan: [null, { offset: 0, length: 2 }],
        ipv6: { offset: 2, length: 6 },
        ah: { offset: 4, length: 2 },
      },
      inner: { ip: {}, positions: { ip: { offset: 8, length: 2 } } },
    };
    expect(layersOf(packet).map((l) => l.name)).toEqual(['vlan[0]', 'vlan[1]', 'ipv6', 'ah']);
    const places = placesOf(packet);
    expect(places.map((p) => p.key)).toEqual(['0.vlan[1]', '0.ipv6', '0.ah', '1.ip']);
    const runs = hexDump('00'.repeat(11), 16, places)[0]!.bytes.filter((r) => r.text.trim());
    expect(runs.map((r) => [r.at, r.place?.key, r.text])).toEqual([
      [0, '0.vlan[1]', '00 00'],
      [2, '0.ipv6', '00 00'],
      [4, '0.ah', '00 00'],
      [6, '0.ipv6', '00 00'],
      [8, '1.ip', '00 00'],
      [10, undefined, '00'],
    ]);
  });
});
