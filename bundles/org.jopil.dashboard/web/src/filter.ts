// SPDX-License-Identifier: Apache-2.0
// The text of a filter, cut into the chips that a person removes one by one. The grammar itself is the server's.

const RESERVED = new Set(['and', 'or', 'not', 'in', 'contains']);

interface Word {
  start: number;
  end: number;
  text: string;
}

/** Words outside of quotes and brackets. */
function topLevelWords(text: string): Word[] {
  const words: Word[] = [];
  let depth = 0;
  let quote = '';
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i] ?? ' ';
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
      continue;
    }
    if (c === '"' || c === "'") quote = c;
    else if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth = Math.max(0, depth - 1);
    const sign = depth === 0 && start < 0 ? text.slice(i, i + 2) : '';
    if (sign === '&&' || sign === '||') words.push({ start: i++, end: i + 1, text: sign === '&&' ? 'and' : 'or' });
    const letter = depth === 0 && /[A-Za-z]/.test(c);
    if (letter && start < 0 && !/[\w.\-:]/.test(text[i - 1] ?? ' ')) start = i;
    if (!letter && start >= 0) {
      if (!/[\w.\-:]/.test(c)) words.push({ start, end: i, text: text.slice(start, i).toLowerCase() });
      start = -1;
    }
  }
  return words;
}

/** A bare `src` or value takes its meaning from its neighbour (`src and dst host a`), so it cannot be cut off. */
function standsAlone(clause: string): boolean {
  const first = clause.replace(/^(not\s+|!\s*)+/i, '');
  if (/[=<>~(]|\b(in|contains)\b/i.test(first)) return true;
  return !/^(src|dst|host|net|port|portrange)$/i.test(first) && !/^[\d"']|^[^\s]*[:.]/.test(first);
}

/** The operands of the top-level `and`s; a top-level `or` keeps the text in one piece. */
export function splitClauses(filter: string): string[] {
  const text = filter.trim();
  if (!text) return [];
  const words = topLevelWords(text);
  if (words.some((w) => w.text === 'or')) return [text];
  const clauses: string[] = [];
  let from = 0;
  for (const word of words) {
    if (word.text !== 'and') continue;
    clauses.push(text.slice(from, word.start).trim());
    from = word.end;
  }
  clauses.push(text.slice(from).trim());
  return clauses.every(standsAlone) ? clauses : [text];
}

export function joinClauses(clauses: string[]): string {
  const kept = clauses.map((c) => c.trim()).filter((c) => c.length > 0);
  if (kept.length < 2) return kept.join('');
  return kept.map((c) => (topLevelWords(c).some((w) => w.text === 'or') ? `(${c})` : c)).join(' and ');
}

/** Adds a clause unless it already stands there. */
export function addClause(filter: string, clause: string): string {
  const clauses = splitClauses(filter);
  return clauses.includes(clause.trim()) ? filter : joinClauses([...clauses, clause]);
}

export function removeClause(filter: string, index: number): string {
  return joinClauses(splitClauses(filter).filter((_, i) => i !== index));
}

export function quoteValue(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  if (/^[A-Za-z0-9_][\w.\-:/]*$/.test(value) && !RESERVED.has(value.toLowerCase())) return value;
  if (/^[0-9a-fA-F:]+$/.test(value) && value.includes(':')) return value;
  return `"${value.replace(/(["\\])/g, '\\$1')}"`;
}

export type CellOperator = 'equals' | 'contains' | 'atLeast';

/** What a click on a cell means: counters that move ask for "at least", everything else for equality. */
export function cellClause(
  field: string,
  value: string | number | boolean,
  exclude: boolean,
  operator: CellOperator = 'equals',
): string {
  const quoted = quoteValue(value);
  if (operator === 'atLeast') return `${field} ${exclude ? '<' : '>='} ${quoted}`;
  if (operator === 'contains') return `${exclude ? 'not ' : ''}${field} contains ${quoted}`;
  return `${field} ${exclude ? '!=' : '=='} ${quoted}`;
}

/** The chosen interfaces as one clause. */
export function interfaceClause(names: string[]): string {
  const parts = names.map((n) => cellClause('interface', n, false));
  return parts.length > 1 ? `(${parts.join(' or ')})` : parts.join('');
}

/**
 * The person's filter stands first and as it is, so that the column of an error is a column of the person's own text.
 * It needs no brackets: `and` and `or` bind equally and from the left.
 */
export function combine(filter: string, interfaces: string[]): string {
  return [filter, interfaceClause(interfaces)].filter(Boolean).join(' and ');
}

interface Tuple {
  protocol?: string | null;
  src_ip?: string | null;
  src_port?: number | null;
  dst_ip?: string | null;
  dst_port?: number | null;
}

/** The flow in a report in which either of its ends may be the source. */
export function flowEitherWay(flow: Tuple & { interface?: string }): string {
  const way = (...ends: [string, string | number | null | undefined][]) =>
    `(${joinClauses(ends.flatMap(([field, value]) => (value !== null && value !== undefined ? [cellClause(field, value, false)] : [])))})`;
  const { src_ip, src_port, dst_ip, dst_port } = flow;
  const there = way(['src_ip', src_ip], ['src_port', src_port], ['dst_ip', dst_ip], ['dst_port', dst_port]);
  const back = way(['src_ip', dst_ip], ['src_port', dst_port], ['dst_ip', src_ip], ['dst_port', src_port]);
  const protocol = flow.protocol ? cellClause('protocol', flow.protocol, false) : '';
  return [`(${there} or ${back})`, protocol, interfaceClause(flow.interface ? [flow.interface] : [])]
    .filter(Boolean)
    .join(' and ');
}

/** Both directions of a flow in pcap-filter's words. */
export function flowAsPcapFilter(flow: Tuple): string {
  const parts: string[] = [];
  const protocol = (flow.protocol ?? '').toLowerCase();
  const pcapProtocol = protocol === 'icmpv6' || protocol === 'ipv6-icmp' ? 'icmp6' : protocol;
  if (['tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'arp'].includes(pcapProtocol)) parts.push(pcapProtocol);
  if (flow.src_ip) parts.push(`host ${flow.src_ip}`);
  if (flow.dst_ip && flow.dst_ip !== flow.src_ip) parts.push(`host ${flow.dst_ip}`);
  if (['tcp', 'udp', 'sctp'].includes(pcapProtocol)) {
    if (flow.src_port) parts.push(`port ${flow.src_port}`);
    if (flow.dst_port && flow.dst_port !== flow.src_port) parts.push(`port ${flow.dst_port}`);
  }
  return parts.join(' and ');
}

/** The same for `tshark -Y`. */
export function flowAsDisplayFilter(flow: Tuple): string {
  const parts: string[] = [];
  const protocol = (flow.protocol ?? '').toLowerCase();
  const address = (ip: string) => `${ip.includes(':') ? 'ipv6' : 'ip'}.addr == ${ip}`;
  if (flow.src_ip) parts.push(address(flow.src_ip));
  if (flow.dst_ip && flow.dst_ip !== flow.src_ip) parts.push(address(flow.dst_ip));
  if (['tcp', 'udp', 'sctp'].includes(protocol)) {
    if (flow.src_port) parts.push(`${protocol}.port == ${flow.src_port}`);
    if (flow.dst_port && flow.dst_port !== flow.src_port) parts.push(`${protocol}.port == ${flow.dst_port}`);
  } else if (['icmp', 'icmpv6', 'arp'].includes(protocol)) parts.push(protocol);
  return parts.join(' && ');
}
