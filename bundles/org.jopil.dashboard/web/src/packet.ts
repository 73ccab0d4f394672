// SPDX-License-Identifier: Apache-2.0
// One line about a packet, read from its layers. Field names are Wireshark's, with or without the layer's prefix.

import type { Packet, Row } from './api';
import { protocolName } from './format';

export interface Summary {
  protocol: string;
  source: string;
  sourcePort?: number;
  destination: string;
  destinationPort?: number;
  info: string;
}

/** From the top of the stack down; the first layer present names the packet. */
const TOP: [string, string][] = [
  ['http', 'HTTP'],
  ['tls', 'TLS'],
  ['dns', 'DNS'],
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
  ['icmp', 'ICMP'],
  ['icmpv6', 'ICMPv6'],
  ['igmp', 'IGMP'],
  ['arp', 'ARP'],
  ['ipv6', 'IPv6'],
  ['ip', 'IPv4'],
  ['eth', 'Ethernet'],
];

export function layer(packet: Packet, name: string): Row | undefined {
  const value = packet[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null ? (first as Row) : undefined;
}

function field(packet: Packet, path: string): unknown {
  const dot = path.indexOf('.');
  const name = path.slice(0, dot);
  const of = layer(packet, name);
  return of?.[path] ?? of?.[path.slice(dot + 1)];
}

function text(packet: Packet, ...paths: string[]): string {
  for (const path of paths) {
    const value = field(packet, path);
    if (value !== undefined && value !== null) return Array.isArray(value) ? String(value[0]) : String(value);
  }
  return '';
}

function port(packet: Packet, side: 'src' | 'dst'): number | undefined {
  const own = packet[`${side}_port`];
  if (typeof own === 'number') return own;
  const value = text(packet, `tcp.${side}port`, `udp.${side}port`, `sctp.${side}port`);
  return value === '' ? undefined : Number(value);
}

const FLAG_BITS: [number, string][] = [
  [0x01, 'F'],
  [0x02, 'S'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x10, '.'],
  [0x20, 'U'],
  [0x40, 'E'],
  [0x80, 'W'],
];

/** tcpdump's letters: `[S.]`. */
export function tcpFlags(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(',')}]`;
  if (value === undefined || value === null || value === '') return '';
  const bits = Number(value);
  if (!Number.isFinite(bits)) return `[${typeof value === 'string' ? value : ''}]`;
  return `[${FLAG_BITS.filter(([bit]) => bits & bit)
    .map(([, letter]) => letter)
    .join('')}]`;
}

const ICMP: Record<string, string> = {
  '0': 'echo reply',
  '3': 'destination unreachable',
  '5': 'redirect',
  '8': 'echo request',
  '11': 'time exceeded',
};
const ICMPV6: Record<string, string> = {
  '1': 'destination unreachable',
  '2': 'packet too big',
  '3': 'time exceeded',
  '128': 'echo request',
  '129': 'echo reply',
  '133': 'router solicitation',
  '134': 'router advertisement',
  '135': 'neighbor solicitation',
  '136': 'neighbor advertisement',
  '143': 'multicast listener report',
};

function word(name: string, value: string): string {
  return value === '' ? '' : `${name} ${value}`;
}

function infoOf(packet: Packet, top: string): string {
  const join = (...parts: string[]) => parts.filter(Boolean).join(' ');
  if (layer(packet, 'tcp') && (top === 'tcp' || top === 'tls' || top === 'http')) {
    return join(
      tcpFlags(field(packet, 'tcp.flags')),
      word('seq', text(packet, 'tcp.seq_raw', 'tcp.seq')),
      word('len', text(packet, 'tcp.len')),
    );
  }
  if (top === 'dns') return join(word('query', text(packet, 'dns.qry.name')), text(packet, 'dns.a', 'dns.aaaa'));
  if (top === 'udp') return word('len', text(packet, 'udp.length'));
  if (top === 'icmp' || top === 'icmpv6') {
    const type = text(packet, `${top}.type`);
    const name = (top === 'icmp' ? ICMP : ICMPV6)[type] ?? word('type', type);
    const sequence = text(packet, 'icmp.seq', 'icmpv6.echo.sequence_number');
    return join(name, word('id', text(packet, 'icmp.ident', 'icmpv6.echo.identifier')), word('seq', sequence));
  }
  if (top === 'arp') {
    const target = text(packet, 'arp.dst.proto_ipv4');
    const sender = text(packet, 'arp.src.proto_ipv4');
    return text(packet, 'arp.opcode') === '2'
      ? `${sender} is at ${text(packet, 'arp.src.hw_mac')}`
      : `who has ${target}? tell ${sender}`;
  }
  if (top === 'ip') return word('protocol', text(packet, 'ip.proto'));
  if (top === 'ipv6') return word('next header', text(packet, 'ipv6.nxt'));
  return word('type', text(packet, 'eth.type'));
}

export function summaryOf(packet: Packet): Summary {
  const [top, protocol] = TOP.find(([name]) => layer(packet, name)) ?? ['', ''];
  const own = (key: string) => (typeof packet[key] === 'string' ? packet[key] : '');
  return {
    protocol: own('protocol') ? protocolName(own('protocol')) : protocol,
    source: own('src_ip') || text(packet, 'ip.src', 'ipv6.src', 'arp.src.proto_ipv4', 'eth.src'),
    sourcePort: port(packet, 'src'),
    destination: own('dst_ip') || text(packet, 'ip.dst', 'ipv6.dst', 'arp.dst.proto_ipv4', 'eth.dst'),
    destinationPort: port(packet, 'dst'),
    info: infoOf(packet, top) || own('info'),
  };
}

const LAYER_TITLES: Record<string, string> = {
  eth: 'Ethernet II',
  vlan: '802.1Q Virtual LAN',
  arp: 'Address Resolution Protocol',
  ip: 'Internet Protocol Version 4',
  ipv6: 'Internet Protocol Version 6',
  tcp: 'Transmission Control Protocol',
  udp: 'User Datagram Protocol',
  sctp: 'Stream Control Transmission Protocol',
  icmp: 'Internet Control Message Protocol',
  icmpv6: 'Internet Control Message Protocol v6',
  igmp: 'Internet Group Management Protocol',
  dns: 'Domain Name System',
  tls: 'Transport Layer Security',
  http: 'Hypertext Transfer Protocol',
};

export interface Layer {
  name: string;
  title: string;
  fields: [string, unknown][];
}

/** Every layer object in the order in which the server gives them; a list (vlan) gives one each. */
export function layersOf(packet: Packet): Layer[] {
  return Object.entries(packet).flatMap(([name, value]) => {
    const objects = (Array.isArray(value) ? value : [value]).filter(
      (o): o is Row => typeof o === 'object' && o !== null && !Array.isArray(o),
    );
    return objects.map((object, i) => ({
      name: objects.length > 1 ? `${name}[${i}]` : name,
      title: LAYER_TITLES[name] ?? name,
      fields: Object.entries(object),
    }));
  });
}

/** What stands beside the layers: where and when the packet was seen. */
export function frameOf(packet: Packet): [string, unknown][] {
  return Object.entries(packet).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'captured_hex' || value === null || value === undefined) return [];
    if (Array.isArray(value)) return value.some((v) => typeof v === 'object') ? [] : [[name, value.join(' ')]];
    return typeof value === 'object' ? [] : [[name, value]];
  });
}

export interface HexLine {
  offset: string;
  bytes: string;
  text: string;
}

/** `width` bytes a line: 16, or 8 where there is little room. */
export function hexDump(hex: string, width = 16): HexLine[] {
  const clean = hex.replace(/[^0-9a-fA-F]/g, '').toLowerCase();
  const lines: HexLine[] = [];
  for (let at = 0; at < clean.length; at += 2 * width) {
    const pairs = clean.slice(at, at + 2 * width).match(/../g) ?? [];
    const column = (from: number, to: number) => pairs.slice(from, to).join(' ');
    lines.push({
      offset: (at / 2).toString(16).padStart(4, '0'),
      bytes: column(0, 8).padEnd(23) + (width > 8 ? `  ${column(8, 16).padEnd(23)}` : ''),
      text: pairs
        .map((p) => {
          const code = parseInt(p, 16);
          return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·';
        })
        .join(''),
    });
  }
  return lines;
}
