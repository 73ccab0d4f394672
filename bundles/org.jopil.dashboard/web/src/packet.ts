// SPDX-License-Identifier: Apache-2.0
// One line about a packet, read from its layers. Field names are Wireshark's, with or without the layer's prefix.

import type { Flow, Packet, Row } from './api';
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
  ['vxlan', 'VXLAN'],
  ['geneve', 'Geneve'],
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
  ['icmp', 'ICMP'],
  ['icmpv6', 'ICMPv6'],
  ['igmp', 'IGMP'],
  ['gre', 'GRE'],
  ['esp', 'ESP'],
  ['ah', 'AH'],
  ['arp', 'ARP'],
  ['ipv6', 'IPv6'],
  ['ip', 'IPv4'],
  ['mpls', 'MPLS'],
  ['llc', 'LLC'],
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

/** Of these the server's own words are the line. */
const SERVER_TELLS = new Set(['vxlan', 'geneve', 'gre', 'esp', 'ah', 'mpls', 'llc']);

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
  if (SERVER_TELLS.has(top)) return '';
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
  llc: 'Logical Link Control',
  vlan: '802.1Q Virtual LAN',
  mpls: 'Multiprotocol Label Switching',
  arp: 'Address Resolution Protocol',
  ip: 'Internet Protocol Version 4',
  ipv6: 'Internet Protocol Version 6',
  ah: 'Authentication Header',
  esp: 'Encapsulating Security Payload',
  tcp: 'Transmission Control Protocol',
  udp: 'User Datagram Protocol',
  sctp: 'Stream Control Transmission Protocol',
  icmp: 'Internet Control Message Protocol',
  icmpv6: 'Internet Control Message Protocol v6',
  igmp: 'Internet Group Management Protocol',
  gre: 'Generic Routing Encapsulation',
  vxlan: 'Virtual eXtensible LAN',
  geneve: 'Generic Network Virtualization Encapsulation',
  dns: 'Domain Name System',
  tls: 'Transport Layer Security',
  http: 'Hypertext Transfer Protocol',
};

/** Columns of the list of packets, for a click, in which a field of a layer may stand. */
const COLUMNS: Record<string, string[]> = {
  'ip.src': ['src_ip'],
  'ip.dst': ['dst_ip'],
  'ip.proto': ['protocol'],
  'ip.version': ['ip_version'],
  'ipv6.src': ['src_ip'],
  'ipv6.dst': ['dst_ip'],
  'ipv6.nxt': ['protocol'],
  'ipv6.version': ['ip_version'],
  'arp.src.proto_ipv4': ['src_ip'],
  'arp.dst.proto_ipv4': ['dst_ip'],
  'tcp.srcport': ['src_port'],
  'tcp.dstport': ['dst_port'],
  'udp.srcport': ['src_port'],
  'udp.dstport': ['dst_port'],
  'sctp.srcport': ['src_port'],
  'sctp.dstport': ['dst_port'],
  'icmp.type': ['icmp_type'],
  'icmp.code': ['icmp_code'],
  'icmpv6.type': ['icmp_type'],
  'icmpv6.code': ['icmp_code'],
  'eth.type': ['ether_type'],
  'vlan.id': ['vlan_id', 'inner_vlan'],
  'vlan.etype': ['ether_type'],
};

/** Beside the layers, what the list of packets can be filtered by. */
const FRAME_COLUMNS = new Set([
  'interface',
  'direction',
  'hook',
  'cpu',
  'rx_queue',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'length',
  'weight',
  'packets',
  'wire_bytes',
  'ether_type',
  'ip_version',
  'vlan_id',
  'inner_vlan',
  'icmp_type',
  'icmp_code',
  'fragment',
  'malformed',
  'own',
]);

export interface LayerField {
  name: string;
  value: unknown;
  /** With the registry's name: `6 (TCP)`. */
  text: string;
  /** Column of the list of packets that has the same value. */
  column?: string;
  /** Id of the flow that tells it, where the packet alone does not. */
  flow?: string;
}

/** Where a layer stands in the captured bytes. */
export interface Position {
  offset: number;
  length: number;
}

export interface Layer {
  name: string;
  title: string;
  fields: LayerField[];
  /** Absent where it stands beside them, or nobody tells. */
  position?: Position;
}

/** Beside the layers: what the server says about them. */
const NO_LAYERS = new Set(['names', 'positions', 'inner']);

function named(field: string, value: unknown, name: unknown): string {
  if (Array.isArray(value)) {
    const names: unknown[] = Array.isArray(name) ? name : [];
    return value.map((one, i) => named(field, one, names[i])).join(', ');
  }
  const own = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (typeof name !== 'string' || name === own) return own;
  return `${own} (${/^(ip\.proto|ipv6\.nxt)$/.test(field) ? protocolName(name) : name})`;
}

/** Of a layer that is a list: tags, labels. */
const nameAt = (names: unknown, i: number): unknown => (Array.isArray(names) ? (names[i] as unknown) : undefined);

/** Only where the packet itself is found again: with VLAN tags the first EtherType is not that of the column. */
function columnOf(packet: Packet, field: string, value: unknown, name: unknown): string | undefined {
  return COLUMNS[field]?.find((column) => {
    const own = packet[column];
    if (own === undefined || own === null || own === '') return false;
    return own === value || own === name || (typeof own === 'number' && own === Number(value));
  });
}

/**
 * Every layer object in the order in which the server gives them, but not what is carried or quoted; a list (vlan) gives
 * one each.
 */
export function layersOf(packet: Packet): Layer[] {
  const names = layer(packet, 'names') ?? {};
  const positions = (layer(packet, 'positions') ?? {}) as Record<string, Position | (Position | null)[]>;
  return Object.entries(packet).flatMap(([name, value]) => {
    if (NO_LAYERS.has(name)) return [];
    const objects = (Array.isArray(value) ? value : [value]).filter(
      (o): o is Row => typeof o === 'object' && o !== null && !Array.isArray(o),
    );
    return objects.map((object, i) => ({
      name: objects.length > 1 ? `${name}[${i}]` : name,
      title: LAYER_TITLES[name] ?? name,
      position: [positions[name]].flat()[i] ?? undefined,
      fields: Object.entries(object).map(([field, of]) => {
        const called = Array.isArray(value) ? nameAt(names[field], i) : names[field];
        return {
          name: field,
          value: of,
          text: named(field, of, called),
          column: columnOf(packet, field, of, called),
        };
      }),
    }));
  });
}

export interface Inner {
  /** By an ICMP error; else a tunnel carries it. */
  quoted: boolean;
  /** Its layers, and nothing that the sensor said of the whole frame. */
  packet: Packet;
}

export function innerOf(packet: Packet): Inner | undefined {
  const inner = layer(packet, 'inner');
  if (!inner) return undefined;
  return { quoted: Boolean(packet.icmp ?? packet.icmpv6), packet: { ...inner, id: packet.id } };
}

/** What stands beside the layers: where and when the packet was seen. */
export function frameOf(packet: Packet): LayerField[] {
  return Object.entries(packet).flatMap(([name, value]): LayerField[] => {
    if (name === 'captured_hex' || value === null || value === undefined) return [];
    if (Array.isArray(value)) {
      return value.some((v) => typeof v === 'object') ? [] : [{ name, value, text: value.join(' ') }];
    }
    if (typeof value === 'object') return [];
    const column = FRAME_COLUMNS.has(name) && value !== '' ? name : undefined;
    return [{ name, value, text: String(value), column }];
  });
}

/** Whether its window means what the SYNs said; a SYN's own is never scaled. */
export function hasScalableWindow(packet: Packet): boolean {
  return field(packet, 'tcp.window_size_value') !== undefined && field(packet, 'tcp.flags.syn') === false;
}

/** A flow's times are those of the kernel's tick, which is 10 ms long at most. */
const TICK_MS = 10;

/**
 * `tcp.window_size`: the window in bytes. Of the `flows` with these ends it takes the one that the packet is of; undefined
 * where there is none, its scale is not known, or two that may be it have other scales.
 */
export function windowOf(packet: Packet, flows: Flow[]): LayerField | undefined {
  if (!hasScalableWindow(packet)) return undefined;
  const at = Date.parse(packet.timestamp ?? '');
  // the ports may have served other connections before and since
  const own = flows.filter(
    (f) =>
      Date.parse(f.first_seen ?? '') <= at + TICK_MS &&
      (f.state !== 'ended' || at <= Date.parse(f.last_seen ?? '') + TICK_MS) &&
      (f.vlan ?? null) === (packet.vlan_id ?? null) &&
      (f.inner_vlan ?? null) === (packet.inner_vlan ?? null),
  );
  const forward = (f: Flow) => f.src_ip === packet.src_ip && f.src_port === packet.src_port;
  const [shift, ...others] = new Set(own.map((f) => (forward(f) ? f.window_scale_fwd : f.window_scale_rev)));
  if (shift === undefined || shift === null || others.length) return undefined;
  const raw = Number(field(packet, 'tcp.window_size_value'));
  const value = raw * 2 ** shift;
  return { name: 'tcp.window_size', value, text: `${value} (${raw} << ${shift})`, flow: String(own[0]!.id) };
}

/** The window in bytes stands behind the one that was sent. */
export function withWindow(fields: LayerField[], window: LayerField): LayerField[] {
  return fields.flatMap((f) => (f.name === 'tcp.window_size_value' ? [f, window] : [f]));
}

/** A layer that has bytes, as the tree shows it: how deep inside of others, and its name there. */
export interface Place extends Position {
  key: string;
}

export const placeKey = (depth: number, name: string): string => `${depth}.${name}`;

/** Of all layers and those inside; a later one stands inside of, or behind, an earlier one. */
export function placesOf(packet: Packet, depth = 0): Place[] {
  const own = layersOf(packet).flatMap((l) => (l.position ? [{ key: placeKey(depth, l.name), ...l.position }] : []));
  const inner = innerOf(packet);
  return inner ? [...own, ...placesOf(inner.packet, depth + 1)] : own;
}

/** Bytes beside each other that belong to the same layer. */
export interface HexRun {
  text: string;
  /** Offset of the first. */
  at: number;
  place?: Place;
}

export interface HexLine {
  offset: string;
  bytes: HexRun[];
  text: HexRun[];
}

/** `width` bytes a line: 16, or 8 where there is little room. */
export function hexDump(hex: string, width = 16, places: Place[] = []): HexLine[] {
  const bytes =
    hex
      .replace(/[^0-9a-fA-F]/g, '')
      .toLowerCase()
      .match(/../g) ?? [];
  const placeAt = (at: number) => places.findLast((p) => at >= p.offset && at < p.offset + p.length);
  const lines: HexLine[] = [];
  for (let start = 0; start < bytes.length; start += width) {
    const line: HexLine = { offset: start.toString(16).padStart(4, '0'), bytes: [], text: [] };
    let written = 0;
    for (let at = start; at < Math.min(start + width, bytes.length); at++) {
      const place = placeAt(at);
      const gap = at === start ? '' : at - start === 8 ? '  ' : ' ';
      const code = parseInt(bytes[at]!, 16);
      const last = line.bytes.at(-1);
      if (last && last.place === place) last.text += gap + bytes[at]!;
      else {
        if (gap) line.bytes.push({ text: gap, at });
        line.bytes.push({ text: bytes[at]!, at, place });
        line.text.push({ text: '', at, place });
      }
      line.text.at(-1)!.text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·';
      written += gap.length + 2;
    }
    line.bytes.push({ text: ' '.repeat((width > 8 ? 48 : 23) - written), at: bytes.length });
    lines.push(line);
  }
  return lines;
}
