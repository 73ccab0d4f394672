// SPDX-License-Identifier: Apache-2.0
// For development of the page only, never shipped: invents traffic behind the product's API, and serves the built
// page under the strict policy. `node dev/fake-server.mjs [port]`, then `npm run dev` or http://127.0.0.1:8189/.
// Knobs: FLOWS (number of flows), TOKEN (asks for it), QUIET=1 (no traffic), NOTHING=1 (nothing attached),
// JOURNEYS=unavailable (nothing is followed), partial (one stage is not measured),
// DROPS=none (good news), past (none lately), unavailable (this kernel does not tell), noevents (counts alone).

import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { FakeDrops } from './drops.mjs';
import { STANDS_OUT, WHY } from './why.mjs';
import { FakeJourneys, graph } from './journeys.mjs';

const port = Number(process.argv[2] ?? 8189);
const flowTarget = Number(process.env.FLOWS ?? 420);
const token = process.env.TOKEN;
const quiet = process.env.QUIET === '1';
const STATIC = fileURLToPath(new URL('../../target/classes/static', import.meta.url));
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const started = Date.now();

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const between = (low, high) => low + Math.floor(Math.random() * (high - low));
const hosts4 = Array.from({ length: 40 }, (_, i) => `10.0.${between(0, 4)}.${i + 2}`);
const hosts6 = ['2001:db8::17', '2001:db8:0:42::8a2e:370:7334', 'fe80::1c2d:3eff:fe4f:5a6b'];

let sequence = 1;
let nextFlow = 1;
const flows = [];
const protocols = { tcp: 0, udp: 0, icmp: 0, icmpv6: 0, arp: 0 };
const cpus = { 0: 0, 1: 0, 2: 0, 3: 0 };
const interfaces = {
  eth0: { ingress: { packets: 0, bytes: 0, hook: 'tcx' }, egress: { packets: 0, bytes: 0, hook: 'tcx' } },
  va: { ingress: { packets: 0, bytes: 0, hook: 'xdp-native' }, egress: { packets: 0, bytes: 0, hook: 'tcx' } },
};
const attached = new Set(process.env.NOTHING === '1' ? [] : ['eth0', 'va']);
const history = [];
const packets = [];
const drops = new FakeDrops(process.env.DROPS ?? '', started);
const journeys = new FakeJourneys(process.env.JOURNEYS ?? '');

function newFlow() {
  const protocol = pick(['tcp', 'tcp', 'tcp', 'udp', 'udp', 'icmp', 'icmpv6', 'arp']);
  const six = protocol === 'icmpv6' || (protocol !== 'arp' && protocol !== 'icmp' && Math.random() < 0.12);
  const ports = protocol === 'tcp' || protocol === 'udp';
  const id = (nextFlow++).toString(16).padStart(8, '0');
  return {
    id,
    community_id: protocol === 'arp' ? null : `1:${Buffer.from(id.padStart(20, 'q')).toString('base64')}`,
    interface: pick(['eth0', 'eth0', 'va']),
    namespace: null,
    protocol,
    src_ip: six ? pick(hosts6) : pick(hosts4),
    src_port: ports ? between(32768, 60999) : null,
    dst_ip: six ? pick(hosts6) : pick(hosts4),
    dst_port: ports ? pick([443, 443, 80, 53, 22, 8080, 5432]) : null,
    packets: 0,
    bytes: 0,
    packets_fwd: 0,
    packets_rev: 0,
    bytes_fwd: 0,
    bytes_rev: 0,
    first_seen: new Date().toISOString(),
    last_seen: new Date().toISOString(),
    duration_ms: 0,
    tcp_flags: protocol === 'tcp' ? ['SYN', 'ACK', 'PSH'] : [],
    state: 'new',
    end_reason: null,
    weight: Math.random() ** 6,
  };
}
while (flows.length < flowTarget) flows.push(newFlow());

const hex = (text) => Buffer.from(text, 'latin1').toString('hex');
let nextPacket = 1;
function newPacket(flow, length) {
  const forward = Math.random() < 0.5;
  const [src, dst] = forward ? [flow.src_ip, flow.dst_ip] : [flow.dst_ip, flow.src_ip];
  const [sport, dport] = forward ? [flow.src_port, flow.dst_port] : [flow.dst_port, flow.src_port];
  const six = src.includes(':');
  const packet = {
    timestamp: new Date().toISOString(),
    timestamp_ns: Date.now() * 1e6,
    id: nextPacket++,
    interface: flow.interface,
    direction: forward ? 'egress' : 'ingress',
    hook: 'tcx',
    cpu: between(0, 4),
    rx_queue: 0,
    length,
    weight: 1,
    src_ip: src,
    src_port: sport,
    dst_ip: dst,
    dst_port: dport,
    protocol: flow.protocol,
    tcp_flags: flow.protocol === 'tcp' ? ['PSH', 'ACK'] : null,
    info: '',
    eth: { 'eth.dst': '02:00:00:00:00:02', 'eth.src': '02:00:00:00:00:01', 'eth.type': six ? '0x86dd' : '0x0800' },
    captured_hex: hex(
      '\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0E\0\0<\x1cF@\0@\x06\xb1\xe6\x0a\0\0\x01\x0a\0\0\x02GET /index.html HTTP/1.1',
    ),
  };
  if (flow.protocol === 'arp') {
    packet.info = `who-has ${dst} tell ${src}`;
    packet.arp = { 'arp.opcode': 1, 'arp.src.proto_ipv4': src, 'arp.dst.proto_ipv4': dst };
    return packet;
  }
  if (six) packet.ipv6 = { 'ipv6.src': src, 'ipv6.dst': dst, 'ipv6.hlim': 64, 'ipv6.nxt': 6 };
  else
    packet.ip = {
      'ip.version': 4,
      'ip.src': src,
      'ip.dst': dst,
      'ip.ttl': 64,
      'ip.len': length - 14,
      'ip.id': '0x1c46',
    };
  if (flow.protocol === 'tcp') {
    packet.info = `Flags [P.], seq ${between(1, 4e9)}, ack ${between(1, 4e9)}, win 501, length ${length - 66}`;
    packet.tcp = {
      'tcp.srcport': sport,
      'tcp.dstport': dport,
      'tcp.flags': '0x0018',
      'tcp.seq_raw': between(1, 4e9),
      'tcp.ack_raw': between(1, 4e9),
      'tcp.window_size_value': 501,
      'tcp.len': length - 66,
    };
  } else if (flow.protocol === 'udp')
    packet.udp = { 'udp.srcport': sport, 'udp.dstport': dport, 'udp.length': length - 34 };
  else if (flow.protocol === 'icmp') packet.icmp = { 'icmp.type': 8, 'icmp.code': 0, 'icmp.seq': nextPacket };
  else packet.icmpv6 = { 'icmpv6.type': 128, 'icmpv6.code': 0 };
  return packet;
}

let last = null;
function tick() {
  sequence++;
  const point = {
    sequence,
    timestamp: new Date().toISOString(),
    packets_per_second: 0,
    bits_per_second: 0,
    ingress_packets_per_second: 0,
    egress_packets_per_second: 0,
    ingress_bits_per_second: 0,
    egress_bits_per_second: 0,
    flow_count: flows.length,
    protocols: {},
    cpus: {},
  };
  const wave = 1 + 0.5 * Math.sin(Date.now() / 17000) + 0.25 * Math.random();
  if (!quiet && attached.size) {
    for (const flow of flows) {
      if (Math.random() > 0.35 + flow.weight) continue;
      const n = Math.ceil(900 * flow.weight * wave * Math.random());
      const size = between(80, 1400);
      const out = Math.floor(n * (flow.dst_port === 443 ? 0.3 : 0.6));
      flow.packets += n;
      flow.packets_fwd += out;
      flow.packets_rev += n - out;
      flow.bytes_fwd += out * 90;
      flow.bytes_rev += (n - out) * size;
      flow.bytes = flow.bytes_fwd + flow.bytes_rev;
      flow.last_seen = new Date().toISOString();
      flow.duration_ms = Date.parse(flow.last_seen) - Date.parse(flow.first_seen);
      flow.state = 'established';
      const counts = interfaces[flow.interface];
      counts.egress.packets += out;
      counts.egress.bytes += out * 90;
      counts.ingress.packets += n - out;
      counts.ingress.bytes += (n - out) * size;
      protocols[flow.protocol] += n;
      const cpu = pick(['0', '0', '1', '2', '3']);
      cpus[cpu] += n;
      point.packets_per_second += n;
      point.ingress_packets_per_second += n - out;
      point.egress_packets_per_second += out;
      point.egress_bits_per_second += 8 * out * 90;
      point.ingress_bits_per_second += 8 * (n - out) * size;
      point.protocols[flow.protocol] = (point.protocols[flow.protocol] ?? 0) + n;
      point.cpus[cpu] = (point.cpus[cpu] ?? 0) + n;
      if (n > 0 && packets.length < 4000 && Math.random() < 0.4) packets.unshift(newPacket(flow, size));
    }
    packets.length = Math.min(packets.length, 2000);
    flows[between(0, flows.length)] = newFlow();
  }
  point.bits_per_second = point.ingress_bits_per_second + point.egress_bits_per_second;
  drops.tick();
  journeys.tick(flows.filter((f) => f.dst_port));
  last = point;
  history.push([Date.now(), point]);
  if (history.length > 900) history.shift();
}

function stats() {
  const sum = (what) => Object.values(interfaces).reduce((n, i) => n + i.ingress[what] + i.egress[what], 0);
  const total = sum('packets');
  return {
    sequence,
    timestamp: new Date().toISOString(),
    total_packets: total,
    total_bytes: sum('bytes'),
    flow_count: flows.length,
    uptime: (Date.now() - started) / 1000,
    protocols,
    cpus,
    interfaces: attached.size ? interfaces : {},
    rates: { packets_per_second: last?.packets_per_second ?? 0, bits_per_second: last?.bits_per_second ?? 0 },
    ledger: { events: { seen: total, delivered: total, sampled_out: 0, ring_full: 0 }, difference: 0, findings: [] },
    cost: { ns_per_packet: 14.2, cpu_percent: 0.8, rss_bytes: 243 * 2 ** 20, kernel_bytes: 34 * 2 ** 20 },
    sampling: { showing_one_of: 1, limit_per_second: 2000, changes: 0 },
  };
}

class Mistake extends Error {
  constructor(detail, column) {
    super(detail);
    this.column = column;
  }
}

/** A tiny piece of the filter language: enough to try the page. */
function matcher(filter) {
  if (!filter) return () => true;
  const tests = filter.split(/ and /).map((raw) => {
    const clause = raw.trim();
    const compare = /^(?:not )?(\w+) (==|!=|>=|<=|>|<) "?([^"]*)"?$/.exec(clause);
    if (compare) {
      const [, field, op, value] = compare;
      return (row) => {
        const a = row[field];
        const b = typeof a === 'number' ? Number(value) : value;
        const text = String(a).toLowerCase();
        return {
          '==': text === String(b).toLowerCase(),
          '!=': text !== String(b).toLowerCase(),
          '>=': a >= b,
          '<=': a <= b,
          '>': a > b,
          '<': a < b,
        }[op];
      };
    }
    const word = /^(tcp|udp|icmp|icmp6|arp)$/.exec(clause);
    if (word)
      return (row) => (row.protocol ?? '').toLowerCase().replace('icmpv6', 'icmp6') === word[1] || word[1] in row;
    const host = /^host (\S+)$/.exec(clause);
    if (host) return (row) => JSON.stringify(row).includes(`"${host[1]}"`);
    const portWord = /^(?:tcp |udp )?port (\d+)$/.exec(clause);
    if (portWord) return (row) => new RegExp(`port":"?${portWord[1]}[,"}]`).test(JSON.stringify(row));
    const column = filter.indexOf(clause) + 1 + (/^\w+ /.exec(clause)?.[0].length ?? 0);
    throw new Mistake(
      `Expected a primitive or a comparison at column ${column}, found "${clause}". Did you mean: tcp port 80?`,
      column,
    );
  });
  return (row) => tests.every((test) => test(row));
}

function listFlows(q) {
  const match = matcher(q.filter);
  const kept = flows.filter(match);
  const sort = q.sort || '-bytes';
  const key = sort.replace(/^-/, '');
  const sign = sort.startsWith('-') ? -1 : 1;
  kept.sort((a, b) => (a[key] < b[key] ? -sign : a[key] > b[key] ? sign : 0));
  return {
    flows: kept.slice(0, Number(q.limit || 200)).map((f) => ({ ...f, weight: undefined })),
    total: kept.length,
    unfiltered: flows.length,
  };
}

function top(by, limit) {
  const groups = new Map();
  for (const f of flows) {
    if (f[by] === null) continue;
    const g = groups.get(f[by]) ?? { key: f[by], flows: 0, packets: 0, bytes: 0 };
    g.flows++;
    g.packets += f.packets;
    g.bytes += f.bytes;
    groups.set(f[by], g);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes).slice(0, limit);
}

const listInterfaces = () =>
  ['eth0', 'va', 'docker0', 'lo'].map((name, i) => ({
    name,
    namespace: null,
    index: i + 1,
    state: name === 'docker0' ? 'down' : 'up',
    mtu: name === 'lo' ? 65536 : 1500,
    driver: name === 'eth0' ? 'virtio_net' : name === 'va' ? 'veth' : null,
    kind: name === 'eth0' ? null : name === 'va' ? 'veth' : name,
    attached: attached.has(name),
    default_route: name === 'eth0',
    ...(attached.has(name)
      ? {
          mode: name === 'va' ? 'native' : 'tcx',
          hook: { ingress: name === 'va' ? 'xdp-native' : 'tcx', egress: 'tcx' },
          why: name === 'va' ? 'asked for native' : 'auto: native XDP on virtio_net resets its queues',
          program_ids: [211 + i, 213 + i],
          ...interfaces[name],
        }
      : { reason: name === 'lo' ? 'not asked for' : 'down when JOPIL started' }),
  }));

const ROUTES = {
  '/api/stats': stats,
  '/api/interfaces': listInterfaces,
  '/api/cpus': () => Object.entries(cpus).map(([cpu, n]) => ({ cpu: Number(cpu), packets: n, imbalance: 1.62 })),
  '/api/top': (q) => top(q.by, Number(q.limit || 10)),
  '/api/version': () => ({ version: '0.1.0-dev', kernel: 'fake', java: 'none' }),
  '/api/analyzers': () =>
    ['flow', 'protocol', 'cpu'].map((name) => ({
      name,
      bundle: `org.jopil.analyzer.${name}`,
      version: '0.1.0',
      state: 'active',
      events_seen: stats().total_packets,
      lost: 0,
      errors: 0,
      cpu_ms: between(100, 9000),
    })),
  '/api/cost': () => [
    {
      interface: 'eth0',
      direction: 'ingress',
      hook: 'tcx',
      program: 'jopil_ingress',
      runs: 120345,
      packets: 180345,
      ns_per_run: 61.2,
      ns_per_packet: 40.8,
    },
  ],
  '/api/memory': () =>
    [1, 4, 64].map((n) => ({
      cpus: n,
      here: n === 4,
      ipv4_slots: 524288 / n,
      ipv6_slots: 131072 / n,
      ring_bytes: 1048576,
      ipv4_bytes: 37748736,
      ipv6_bytes: 17825792,
      kernel_bytes: 57671680,
      heap_bytes: 402653184,
      live_flows: 1006632,
      memory_mib: 448,
      note: null,
    })),
  '/api/ledger': () => ({
    ...stats().ledger,
    events: { ...stats().ledger.events, subscribers: [{ name: 'flow', delivered: 10, processed: 10, overrun: 0 }] },
    counts: ['eth0', 'va'].flatMap((i) =>
      ['ingress', 'egress'].map((d) => ({
        interface: i,
        direction: d,
        counter: interfaces[i][d].packets,
        flows: interfaces[i][d].packets,
        overflow: 0,
        difference: 0,
      })),
    ),
  }),
  '/api/doctor': () => [
    { capability: 'Count packets', status: 'ok', hook: 'xdp, tcx', fallback: null, reason: null, fix: null },
    {
      capability: 'Kernel symbols',
      status: 'degraded',
      hook: 'tracepoints',
      fallback: 'function names of the drop only',
      reason: "Lockdown is 'integrity': JOPIL uses tracepoints and netfilter links instead; all panels work.",
      fix: 'echo 0 > /proc/sys/kernel/kptr_restrict',
    },
    {
      capability: 'Pinned state',
      status: 'missing',
      hook: null,
      fallback: null,
      reason: 'bpffs is not mounted',
      fix: 'mount -t bpf bpf /sys/fs/bpf',
    },
  ],
  '/api/fields': () =>
    [
      'bytes',
      'packets',
      'src_ip',
      'dst_ip',
      'src_port',
      'dst_port',
      'protocol',
      'interface',
      'state',
      'duration_ms',
    ].map((name) => ({ name, type: /ip|protocol|interface|state/.test(name) ? 'text' : 'number' })),
  '/api/timeseries': (q) => ({
    metric: q.metric,
    unit: '',
    points:
      q.metric === 'drops_per_second'
        ? drops.history.slice(-300)
        : history.slice(-300).map(([t, p]) => [t, p[q.metric]]),
  }),
};

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'X-Sequence': sequence, ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const problem = (response, status, body) =>
  answer(response, status, { type: 'about:blank', status, ...body }, { 'Content-Type': 'application/problem+json' });
const allowed = (request) => !token || (request.headers.cookie ?? '').includes(`fake=${token}`);

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  const q = Object.fromEntries(url.searchParams);
  if (!url.pathname.startsWith('/api/')) {
    const asset = join(STATIC, url.pathname);
    const known = url.pathname.startsWith('/assets/') && existsSync(asset);
    const page = ['/', '/journey', '/flows', '/tcp', '/drops', '/latency', '/packets', '/system'].includes(
      url.pathname,
    );
    if (!known && !page) return answer(response, 404, '');
    const file = known ? asset : join(STATIC, 'index.html');
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)], 'Content-Security-Policy': CSP });
    return response.end(readFileSync(file));
  }
  if (url.pathname === '/api/session') {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (JSON.parse(body).token !== token)
      return problem(response, 401, { title: 'Unauthorized', detail: 'wrong token' });
    return answer(response, 204, '', { 'Set-Cookie': `fake=${token}; HttpOnly; SameSite=Strict; Path=/` });
  }
  if (url.pathname === '/api/health') {
    if (!allowed(request)) return answer(response, 200, { status: 'up' });
    return answer(response, 200, {
      status: 'up',
      checks: [
        { name: 'sensor', status: 'up', message: 'attached to eth0, va' },
        { name: 'counters', status: 'up', message: 'readable' },
        { name: 'bus', status: 'up', message: '3 analyzers' },
      ],
    });
  }
  if (!allowed(request)) return problem(response, 401, { title: 'Unauthorized', detail: 'token' });
  try {
    const action = /^\/api\/interfaces\/(\w+)\/(attach|detach)$/.exec(url.pathname);
    if (action) {
      if (action[1] === 'lo')
        return problem(response, 409, {
          code: 'JOPIL-120',
          title: 'lo already runs another XDP program',
          detail: 'Program "p" (id 9665) is attached. JOPIL did not touch it.',
        });
      attached[action[2] === 'attach' ? 'add' : 'delete'](action[1]);
      return answer(response, 200, { mode: 'tcx', hook: 'tcx' });
    }
    if (url.pathname === '/api/flows') {
      const list = listFlows(q);
      return answer(response, 200, list.flows, { 'X-Total-Count': list.total, 'X-Unfiltered-Count': list.unfiltered });
    }
    if (url.pathname === '/api/packets') {
      const match = matcher(q.filter);
      return answer(response, 200, packets.filter(match).slice(0, Number(q.limit || 200)));
    }
    if (url.pathname === '/api/drops') {
      const { status, problem: refusal, body, matching, unfiltered } = drops.list(q, matcher(q.filter));
      if (refusal) return problem(response, status, refusal);
      return answer(response, status, body, { 'X-Total-Count': matching, 'X-Unfiltered-Count': unfiltered });
    }
    if (url.pathname === '/api/drops/events') {
      const events = drops.lastEvents(q, matcher(q.filter));
      if (events) return answer(response, 200, events);
      return problem(response, 404, { title: 'Not found', detail: 'This kernel tells of no single drop.' });
    }
    if (url.pathname === '/api/stands-out') return answer(response, 200, STANDS_OUT);
    if (url.pathname === '/api/why') return answer(response, 200, { ...WHY, question: q.q });
    if (/^\/api\/(journeys(?!\/graph)|latency)/.test(url.pathname) && process.env.JOURNEYS === 'unavailable') {
      return problem(response, 503, {
        code: 'JOPIL-110',
        title: 'This kernel has no BTF type data',
        detail: 'Built without CONFIG_DEBUG_INFO_BTF, so that no packet can be followed.',
      });
    }
    if (url.pathname === '/api/journeys/graph') {
      const match = matcher(q.filter);
      return answer(response, 200, graph(q.metric, flows.filter(match), drops.rows));
    }
    if (url.pathname === '/api/journeys') {
      const { rows, matching, unfiltered } = journeys.list(q, matcher(q.filter));
      return answer(response, 200, rows, { 'X-Total-Count': matching, 'X-Unfiltered-Count': unfiltered });
    }
    const journey = /^\/api\/journeys\/(\w+)$/.exec(url.pathname);
    if (journey) {
      const found = journeys.journeys.find((j) => j.id === journey[1]);
      return found ? answer(response, 200, found) : problem(response, 404, { title: 'Gone', detail: 'not kept' });
    }
    if (url.pathname === '/api/latency') return answer(response, 200, journeys.latency(q, matcher));
    if (url.pathname === '/api/latency/heatmap') return answer(response, 200, journeys.heatmap(q, matcher));
    if (url.pathname === '/api/tcp') {
      const rows = journeys.connections().filter(matcher(q.filter));
      return answer(response, 200, rows, { 'X-Total-Count': rows.length, 'X-Unfiltered-Count': 12 });
    }
    const route = ROUTES[url.pathname];
    return route
      ? answer(response, 200, route(q))
      : problem(response, 404, { title: 'Not found', detail: url.pathname });
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return problem(response, 400, {
      code: 'JOPIL-131',
      title: 'The filter has a mistake',
      detail: error.message,
      column: error.column,
    });
  }
});

const sockets = new WebSocketServer({ server, path: '/ws', verifyClient: ({ req }) => allowed(req) });
sockets.on('connection', (socket) => {
  const send = (type, data) => socket.send(JSON.stringify({ type, data }));
  let subscription = { topics: [] };
  let seen = nextPacket;
  send('hello', {
    version: '0.1.0-dev',
    sequence,
    topics: ['stats', 'flows', 'packets'],
    server_time: new Date().toISOString(),
  });
  send('initial_stats', stats());
  socket.on('message', (text) => (subscription = JSON.parse(String(text))));
  const timer = setInterval(() => {
    if (subscription.topics.includes('stats')) {
      send('stats_update', stats());
      send('timeseries_update', last);
    }
    if (subscription.topics.includes('flows')) send('flows_update', { sequence, ...listFlows(subscription) });
    if (subscription.topics.includes('packets')) {
      const match = matcher(subscription.filter);
      const fresh = packets.filter((p) => p.id >= seen && match(p));
      seen = nextPacket;
      const shown = fresh.slice(0, subscription.rate ?? 20);
      const filter = subscription.filter ?? '';
      if (fresh.length) send('new_packet', { sequence, filter, packets: shown, skipped: fresh.length - shown.length });
    }
  }, 1000);
  socket.on('close', () => clearInterval(timer));
});

tick();
setInterval(tick, 1000);
server.listen(port, '127.0.0.1', () => console.log(`fake JOPIL on http://127.0.0.1:${port}/`));
