// SPDX-License-Identifier: Apache-2.0
// Journeys, latency and connections for the fake server: a web server that answers, a slow reader, a firewall.

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const around = (middle, spread = 3) =>
  Math.max(1, Math.round(middle * Math.exp((Math.random() - 0.5) * 2 * Math.log(spread))));

const RECEIVE = [
  ['driver', 'napi_gro_receive_entry', 'netif_receive_skb', 400],
  ['tc', 'netif_receive_skb', 'tc ingress', 180],
  ['netfilter', 'netfilter prerouting', 'netfilter input', 1_400],
  ['transport', 'netif_receive_skb', 'sk_data_ready', 3_800],
  ['socket_queue', 'sk_data_ready', 'skb_copy_datagram_iovec', 60_000],
  ['copy', 'skb_copy_datagram_iovec', 'tcp_rcv_space_adjust or sock_recv_length', 2_100],
];
const SEND = [
  ['send_stack', 'sock_send_length', 'net_dev_queue', 5_200],
  ['qdisc', 'net_dev_queue', 'net_dev_start_xmit', 900],
  ['driver_tx', 'net_dev_start_xmit', 'net_dev_xmit', 2_600],
];
const PROCESSES = ['nginx[812]', 'orders[1204]', 'postgres[640]'];
/** Reads late, every now and then. */
const SLOW = 'orders[1204]';
const SLOW_NS = 48_000_000;
const LOWER = Array.from({ length: 30 }, (_, i) => 2 ** (i + 6));
const KEPT = 400;

export class FakeJourneys {
  constructor(mode) {
    this.mode = mode;
    this.next = 0x4a1f;
    this.samples = [];
    this.journeys = [];
  }

  /** A second's followed packets. */
  tick(flows) {
    const now = Date.now();
    const slow = Math.floor(now / 40_000) % 2 === 0;
    for (let n = 0; n < 90; n++) {
      const process = pick(PROCESSES);
      const sample = { at: now, process, port: process === SLOW ? 8080 : 443 };
      for (const [stage, , , ns] of [...RECEIVE, ...SEND]) sample[stage] = around(ns);
      if (slow && process === SLOW) sample.socket_queue = around(SLOW_NS, 1.4);
      sample.receive_total = RECEIVE.reduce((sum, [stage]) => sum + sample[stage], 0);
      sample.send_total = sample.qdisc + sample.driver_tx;
      this.samples.push(sample);
      if (n < 3 && flows.length) this.keep(sample, pick(flows), n === 2 && Math.random() < 0.3);
    }
    this.samples = this.samples.filter((sample) => now - sample.at < 260_000);
  }

  keep(sample, flow, dropped) {
    const slow = sample.socket_queue > 10_000_000;
    let at = 0;
    const place = { interface: flow.interface, namespace: 'host', cpu: pick([0, 1]) };
    const stages = [{ stage: null, hook: RECEIVE[0][1], at_ns: 0, process: null, verdict: null, ...place }];
    for (const [stage, , hook] of dropped ? RECEIVE.slice(0, 2) : RECEIVE) {
      at += sample[stage];
      const verdict = stage === 'netfilter' ? 'accept' : null;
      const process = stage === 'socket_queue' || stage === 'copy' ? sample.process : null;
      stages.push({ stage, hook, at_ns: at, process, verdict, ...place });
    }
    if (dropped)
      stages.push({ stage: 'netfilter', hook: 'kfree_skb', at_ns: at + 900, verdict: 'drop', process: null, ...place });
    const slowest = RECEIVE.map(([stage]) => stage).reduce((a, b) => (sample[b] > sample[a] ? b : a));
    this.journeys.unshift({
      id: (this.next++).toString(16),
      timestamp: new Date(sample.at).toISOString(),
      kept: dropped ? 'dropped' : slow ? 'slow' : 'sampled',
      protocol: flow.protocol,
      src_ip: flow.src_ip,
      src_port: flow.src_port,
      dst_ip: flow.dst_ip,
      dst_port: flow.dst_port,
      tcp_flags: flow.protocol === 'tcp' ? 'PSH,ACK' : null,
      length: 1466,
      interface: flow.interface,
      interfaces: [flow.interface],
      namespace: 'host',
      duration_ns: stages.at(-1).at_ns,
      slowest_stage: dropped ? 'netfilter' : slowest,
      slowest_ns: dropped ? 900 : sample[slowest],
      end: dropped ? 'dropped' : 'read',
      end_text: dropped ? 'dropped' : 'the application read it',
      drop_reason: dropped ? 'NETFILTER_DROP' : null,
      process: dropped ? null : sample.process,
      complete: true,
      followed: true,
      sentence: dropped
        ? 'Dropped in netfilter: NETFILTER_DROP.'
        : `The kernel delivered in 9 µs; the packet then waited ${(sample.socket_queue / 1e6).toFixed(2)} ms for ${sample.process} to read.`,
      reply_of: null,
      stages,
    });
    this.journeys.length = Math.min(this.journeys.length, KEPT);
  }

  window(q) {
    const ago = /^(\d+)(s|m|h)$/.exec(q.since ?? '60s');
    const ms = ago ? Number(ago[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[ago[2]] : Date.now() - Date.parse(q.since);
    return Date.now() - ms;
  }

  chosen(q, match) {
    const since = this.window(q);
    return this.samples.filter((s) => s.at >= since && match({ stage: q.stage, process: s.process, port: s.port }));
  }

  latency(q, matcher) {
    const since = this.window(q);
    const rows = [];
    for (const [stage, from, to] of [
      ...RECEIVE,
      ['receive_total', RECEIVE[0][1], RECEIVE.at(-1)[2]],
      ...SEND,
      ['send_total', 'net_dev_queue', 'net_dev_xmit'],
    ]) {
      if (stage === 'tc' && this.mode === 'partial') continue;
      const match = matcher(q.filter);
      const groups = new Map();
      for (const s of this.samples) {
        if (s.at < since || !match({ stage, process: s.process, port: s.port, interface: 'eth0', protocol: 'tcp' }))
          continue;
        const key = q.by === 'process' ? s.process : '';
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(s[stage]);
      }
      for (const [key, values] of groups) {
        rows.push({
          stage,
          direction: stage.startsWith('send') || SEND.some(([name]) => name === stage) ? 'send' : 'receive',
          from_hook: from,
          to_hook: to,
          interface: null,
          namespace: null,
          protocol: null,
          port: null,
          process: key || null,
          ...percentiles(values),
        });
      }
    }
    return {
      follow_one_in: 64,
      as_of: new Date().toISOString(),
      stages: rows,
      missing:
        this.mode === 'partial'
          ? [{ stage: 'tc', direction: 'receive', reason: 'this kernel has no tcx (6.6 and later have it)' }]
          : [],
      book: { begun_receive: 1, begun_send: 1, ended: {}, events_lost: 0, overflow: 0 },
    };
  }

  heatmap(q, matcher) {
    const match = matcher(q.filter);
    const since = this.window(q);
    const step = Math.max(2_000, Math.ceil((Date.now() - since) / 120 / 2_000) * 2_000);
    const columns = [];
    for (let at = Math.floor(since / step) * step; at < Date.now() - step; at += step) {
      const values = this.samples
        .filter((s) => s.at >= at && s.at < at + step && match({ stage: q.stage, process: s.process, port: s.port }))
        .map((s) => s[q.stage]);
      const counts = LOWER.map((low, i) => values.filter((v) => v >= low && v < (LOWER[i + 1] ?? Infinity)).length);
      columns.push({ at: new Date(at).toISOString(), counts, ...percentiles(values), count: undefined });
    }
    return { stage: q.stage, step_ms: step, lower_ns: LOWER, columns: columns.slice(-120) };
  }

  list(q, match) {
    const since = q.since ? this.window(q) : 0;
    const until = q.until ? Date.parse(q.until) : Infinity;
    const kept = this.journeys.filter(
      (j) => Date.parse(j.timestamp) >= since && Date.parse(j.timestamp) <= until && match(j),
    );
    return { rows: kept.slice(0, Number(q.limit || 100)), matching: kept.length, unfiltered: this.journeys.length };
  }

  connections() {
    return PROCESSES.flatMap((process, i) =>
      Array.from({ length: 4 }, (_, n) => ({
        local_ip: '10.0.0.2',
        local_port: [443, 8080, 5432][i],
        remote_ip: n === 3 ? '0.0.0.0' : `10.0.0.${9 + n}`,
        remote_port: n === 3 ? 0 : 40532 + 17 * n,
        state: n === 3 ? 'listen' : 'established',
        process,
        namespace: null,
        handshake_us: n === 3 ? null : 180 + 90 * n,
        srtt_us: n === 3 ? null : 420 + 900 * n * i,
        retransmits: i === 1 ? 3 * n : 0,
        out_of_order: 0,
        zero_windows: process === SLOW && n === 1 ? 12 : 0,
        resets: 0,
        cwnd: n === 3 ? null : 10,
      })),
    );
  }
}

function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: sorted.length, p50_ns: at(0.5), p95_ns: at(0.95), p99_ns: at(0.99), max_ns: sorted.at(-1) ?? null };
}

/** Sums as the server makes them, of the fake flows and drops. */
export function graph(metric, flows, drops) {
  const nodes = new Map();
  const links = new Map();
  const node = (layer, name, label = name, stage = null) => {
    const id = `${layer}${name.startsWith('/') ? '' : ':'}${name}`;
    nodes.set(id, { id, layer, label, stage });
    return id;
  };
  const add = (source, target, packets, bytes, filter) => {
    const link = links.get(`${source} ${target}`) ?? { source, target, packets: 0, bytes: 0, filter };
    link.packets += packets;
    link.bytes += bytes;
    links.set(`${source} ${target}`, link);
  };
  for (const flow of metric === 'drops' ? [] : flows) {
    if (flow.protocol === 'arp') continue;
    for (const way of ['forward', 'reverse']) {
      const packets = way === 'forward' ? flow.packets_fwd : flow.packets_rev;
      const bytes = way === 'forward' ? flow.bytes_fwd : flow.bytes_rev;
      if (!packets) continue;
      const family = flow.src_ip.includes(':') ? 'IPv6' : 'IPv4';
      const protocol = flow.protocol === 'icmpv6' ? 'icmp' : flow.protocol;
      const served = { 443: 'nginx[812]', 8080: 'orders[1204]', 5432: 'postgres[640]' }[flow.dst_port];
      const from = node('interface', flow.interface);
      const direction = node('direction', way);
      const network = node('network', family);
      const transport = node('transport', protocol, protocol.toUpperCase());
      const process = served ? node('process', served) : node('process', '/unknown', 'process not known');
      add(from, direction, packets, bytes, `interface == ${flow.interface}`);
      add(direction, network, packets, bytes, way === 'forward' ? 'packets_fwd > 0' : 'packets_rev > 0');
      add(network, transport, packets, bytes, `protocol == ${protocol}`);
      add(transport, process, packets, bytes, `protocol == ${protocol}`);
    }
  }
  for (const drop of drops) {
    if (!drop.packets || Date.parse(drop.last_seen) < Date.now() - 60_000) continue;
    const from = drop.interface
      ? node('interface', drop.interface)
      : node('interface', '/unknown', 'interface not known');
    const to = node('drop', `${drop.reason}@${drop.stage}`, drop.reason, drop.stage);
    add(from, to, drop.packets, drop.bytes, `reason == ${drop.reason} and stage == ${drop.stage}`);
  }
  const layers = ['interface', 'direction', 'network', 'transport', 'process', 'drop'];
  const order = [...nodes.values()].sort(
    (a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer) || (a.id < b.id ? -1 : 1),
  );
  return {
    as_of: new Date().toISOString(),
    exact: true,
    note: 'Each flow counts since it began, not only in the window. Forward is from who opened it.',
    nodes: order,
    links: [...links.values()],
  };
}
