// SPDX-License-Identifier: Apache-2.0
// Numbers, times and addresses as text. Absent input gives the dash: nothing is ever invented.

export const ABSENT = '–';

const GROUP = '\u202f';
const NBSP = '\u00a0';
const SMALL = ['', 'm', 'µ', 'n'];
const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

type Maybe = number | null | undefined;

export function present(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Every digit, grouped by a narrow space: `42 310`. */
export function exact(value: Maybe): string {
  if (!present(value)) return ABSENT;
  const text = String(Math.trunc(Math.abs(value))).replace(/\B(?=(\d{3})+$)/g, GROUP);
  return value < 0 ? `−${text}` : text;
}

function threeDigits(value: number): string {
  const abs = Math.abs(value);
  if (abs === 0) return '0';
  if (abs >= 99.95) return value.toFixed(0);
  if (abs >= 9.995) return trimZero(value.toFixed(1));
  return trimZero(value.toFixed(2));
}

function trimZero(text: string): string {
  return text.replace(/\.?0+$/, '');
}

function scaled(value: Maybe, unit: string, base: number, prefixes: string[]): string {
  if (!present(value)) return ABSENT;
  let step = 0;
  let rest = value;
  // below one only time is worth a prefix
  if (unit === 's' && value > 0 && value < 0.9995) {
    for (; rest < 0.9995 && step < SMALL.length - 1; step++) rest *= 1000;
    return `${threeDigits(rest)}${NBSP}${SMALL[step]}${unit}`;
  }
  while (Math.abs(rest) >= base - 0.5 && step < prefixes.length - 1) {
    rest /= base;
    step++;
  }
  const suffix = `${prefixes[step]}${unit}`;
  return suffix ? `${threeDigits(rest)}${NBSP}${suffix}` : threeDigits(rest);
}

/** SI prefix, three significant digits: `42.3 kpps`. */
export function si(value: Maybe, unit = ''): string {
  return scaled(value, unit, 1000, SI);
}

/** Bytes on the wire are decimal: `8.4 kB`. */
export function bytes(value: Maybe): string {
  return si(value, 'B');
}

/** Memory is binary: `230 MiB`. */
export function memory(value: Maybe): string {
  return scaled(value, 'B', 1024, IEC);
}

export function percent(value: Maybe): string {
  return present(value) ? `${threeDigits(value)}${NBSP}%` : ABSENT;
}

export type Unit = 'bits' | 'bytes' | 'packets';

/** A rate given in bits per second, in the unit that the reader chose. */
export function bitRate(bitsPerSecond: Maybe, unit: Unit): string {
  if (!present(bitsPerSecond)) return ABSENT;
  return unit === 'bytes' ? si(bitsPerSecond / 8, 'B/s') : si(bitsPerSecond, 'bit/s');
}

export function packetRate(packetsPerSecond: Maybe): string {
  return si(packetsPerSecond, 'pps');
}

export function duration(ms: Maybe): string {
  if (!present(ms)) return ABSENT;
  if (ms < 1000) return `${Math.round(ms)}${NBSP}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)}${NBSP}s`;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${NBSP}${unit}`)
    .join(' ');
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** Local time of day; UTC belongs into the title. */
export function clock(time: string | number | null | undefined, millis = false): string {
  const date = toDate(time);
  if (!date) return ABSENT;
  const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return millis ? `${text}.${pad(date.getMilliseconds(), 3)}` : text;
}

/** Local date and time of day; of today, the time of day alone. */
export function moment(time: string | number | null | undefined, millis = false): string {
  const date = toDate(time);
  if (!date || date.toDateString() === new Date().toDateString()) return clock(time, millis);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock(time, millis)}`;
}

export function utc(time: string | number | null | undefined): string {
  const date = toDate(time);
  return date ? date.toISOString() : '';
}

function toDate(time: string | number | null | undefined): Date | null {
  if (time === null || time === undefined || time === '') return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** RFC 5952 with brackets only where a port follows. */
export function endpoint(ip: string | null | undefined, port: number | null | undefined): string {
  if (!ip) return ABSENT;
  if (!present(port)) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export function plural(count: number, one: string, many: string): string {
  return `${exact(count)} ${count === 1 ? one : many}`;
}

const PROTOCOL_NAMES: Record<string, string> = { icmpv6: 'ICMPv6', 'ipv6-icmp': 'ICMPv6', udplite: 'UDP-Lite' };

/** Abbreviations in capitals, as everybody writes them; anything else as the API says it. */
export function protocolName(protocol: string | null | undefined): string {
  if (!protocol) return ABSENT;
  return PROTOCOL_NAMES[protocol] ?? (/^[a-z]{2,5}$/.test(protocol) ? protocol.toUpperCase() : protocol);
}

const FAMILIES: Record<string, string> = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmpv6: 'icmp',
  'ipv6-icmp': 'icmp',
  arp: 'arp',
};

/** The fixed colour family of a protocol: TCP, UDP, ICMP, ARP, other. */
export function protocolFamily(protocol: string | null | undefined): string {
  return FAMILIES[(protocol ?? '').toLowerCase()] ?? 'other';
}
