// SPDX-License-Identifier: Apache-2.0
// Drops for the fake server: a closed port, a slow reader, a firewall rule and what else a host loses.

const GOOD_NEWS = 'none';
const PAST = 'past';
const UNAVAILABLE = 'unavailable';
const NO_EVENTS = 'noevents';

/** [reason, symbol, offset, stage, hook, interface, namespace, packets a second, of seconds, advice]. */
const CAUSES = [
  ['NO_SOCKET', '__udp4_lib_rcv', '0x6f8', 'transport', '', 'eth0', 'host', 30, 1, 'udp-port-closed'],
  ['NETFILTER_DROP', 'nft_do_chain', '0x3ef', 'netfilter', 'LOCAL_IN', 'eth0', 'host', 6, 1, 'netfilter-drop'],
  ['SOCKET_RCVBUFF', 'udp_queue_rcv_one_skb', '0x2f9', 'socket', '', 'va', 'shop', 14, 4, 'udp-buffer-full'],
  ['NO_SOCKET', 'tcp_v4_rcv', '0x1b3', 'transport', '', 'eth0', 'host', 2, 3, 'tcp-port-closed'],
  ['TCP_LISTEN_OVERFLOW', 'tcp_conn_request', '0xa41', 'transport', '', 'va', 'shop', 3, 9, 'accept-queue-full'],
  ['NEIGH_FAILED', 'arp_error_report', '0x48', 'neighbour', '', 'eth0', 'host', 1, 6, 'neighbour-silent'],
  ['IP_RPFILTER', 'fib_validate_source', '0x12c', 'ip', '', 'eth0', 'host', 1, 5, 'reverse-path'],
  ['TCP_OLD_DATA', 'tcp_data_queue', '0x7d2', 'transport', '', 'va', 'shop', 1, 11, 'duplicate-data'],
  ['XDP', 'generic_xdp_tx', '0x1f', 'driver', 'XDP', 'va', 'host', 4, 7, 'xdp-verdict'],
  ['QDISC_DROP', 'tbf_enqueue', '0x96', 'qdisc', '', 'eth0', 'host', 0, 1, 'qdisc-full'],
  ['UDP_CSUM', 'udp_unicast_rcv_skb', '0xe4', 'transport', '', 'eth0', 'host', 0, 1, 'checksum'],
  ['NOT_SPECIFIED', '', '', 'unknown', '', '', '', 0, 1, null],
];

const ADVICE = {
  'udp-port-closed': ['Nobody listens on this UDP port.', 'ss -lun'],
  'tcp-port-closed': ['Nobody listens on this TCP port.', 'ss -ltn'],
  'netfilter-drop': ['A firewall rule drops it at LOCAL_IN; its counter tells which.', 'nft list ruleset'],
  'udp-buffer-full': ['The program reads too slowly: its UDP receive buffer is full.', 'ss -lunmp'],
  'accept-queue-full': ['The program accepts too slowly: its listen queue is full.', 'ss -ltn'],
  'neighbour-silent': ['The next hop does not answer ARP.', 'ip neigh show nud failed'],
  'reverse-path': ['The way back to the source leads through another interface.', 'sysctl net.ipv4.conf.all.rp_filter'],
  'duplicate-data': ['Harmless: a retransmission of data that was already here.', 'nstat -az TcpExtTCPDSACKRecv'],
  'xdp-verdict': ['An XDP program on this interface dropped it.', 'bpftool net show'],
  'qdisc-full': ['The queue of the interface is full.', 'tc -s qdisc show dev eth0'],
  checksum: ['The checksum is wrong: look at the sender or turn its offload off.', 'ethtool -k eth0'],
};

const KEPT_EVENTS = 500;
const RATE_SECONDS = 11;
const PORTS = { NO_SOCKET: 9999, NETFILTER_DROP: 8080, SOCKET_RCVBUFF: 5140, TCP_LISTEN_OVERFLOW: 443 };

/** `mode` as the knob DROPS of the server: empty, or one of the above. */
export class FakeDrops {
  constructor(mode, started) {
    this.mode = mode;
    this.second = 0;
    this.events = [];
    this.history = [];
    this.counts = [];
    this.rows = mode === GOOD_NEWS ? [] : CAUSES.map((cause) => this.row(cause, started));
  }

  row([reason, symbol, offset, stage, hook, device, namespace, packets, , id], started) {
    const before = packets ? packets * 4321 : reason === 'NOT_SPECIFIED' ? 7 : 912;
    return {
      reason,
      symbol,
      offset,
      stage,
      hook,
      interface: device,
      namespace,
      packets: before,
      bytes: before * 96,
      packets_per_second: 0,
      last_seen: new Date(started - 3_600_000).toISOString(),
      advice: id && ADVICE[id][0],
      advice_id: id,
      command: id && ADVICE[id][1],
    };
  }

  /** One second of mishap. */
  tick() {
    this.second++;
    let sum = 0;
    this.rows.forEach((row, i) => {
      const [, , , , , , , packets, every] = CAUSES[i];
      if (this.mode === PAST) return;
      const counts = (this.counts[i] = [row.packets, ...(this.counts[i] ?? [])].slice(0, RATE_SECONDS));
      row.packets_per_second = (row.packets - counts.at(-1)) / Math.max(1, counts.length - 1);
      const burst = row.reason === 'SOCKET_RCVBUFF' && this.second % 90 > 55 ? 12 : 1;
      if (!packets || this.second % every) return;
      const n = Math.max(1, Math.round(packets * burst * (0.7 + 0.6 * Math.random())));
      sum += n;
      row.packets += n;
      row.bytes += n * 96;
      row.last_seen = new Date().toISOString();
      this.events.unshift(this.event(row, n));
    });
    this.events.length = Math.min(this.events.length, KEPT_EVENTS);
    this.history.push([Date.now(), sum]);
    if (this.history.length > 900) this.history.shift();
  }

  event(row, weight) {
    const port = PORTS[row.reason] ?? 443;
    return {
      timestamp: row.last_seen,
      reason: row.reason,
      symbol: row.symbol,
      stage: row.stage,
      interface: row.interface,
      namespace: row.namespace,
      protocol: /udp|arp|nft/.test(row.symbol) ? 'udp' : 'tcp',
      src_ip: `10.0.0.${9 + (weight % 5)}`,
      src_port: 40000 + ((weight * 137) % 9999),
      dst_ip: '10.0.0.2',
      dst_port: port,
      length: 96,
      weight,
      process: row.stage === 'socket' ? 'orders[812]' : null,
    };
  }

  /** What `/api/drops` says, or the problem. */
  list(q, match) {
    if (this.mode === UNAVAILABLE) {
      return {
        status: 503,
        problem: {
          code: 'JOPIL-110',
          title: 'This kernel has no BTF type data',
          detail:
            'Built without CONFIG_DEBUG_INFO_BTF, so that drops cannot be traced. Install a distribution kernel of 5.17 or later, or give jopil.btf.path the file that belongs to this kernel.',
        },
      };
    }
    const kept = this.rows.filter(match);
    const sort = q.sort || '-packets';
    const key = sort.replace(/^-/, '');
    const sign = sort.startsWith('-') ? -1 : 1;
    kept.sort((a, b) => (a[key] < b[key] ? -sign : a[key] > b[key] ? sign : 0));
    return {
      status: 200,
      body: {
        total: this.rows.reduce((n, row) => n + row.packets, 0),
        drops: kept.slice(0, Number(q.limit || 200)),
      },
      matching: kept.length,
      unfiltered: this.rows.length,
    };
  }

  /** Null where the kernel tells of no single drop. */
  lastEvents(q, match) {
    if (this.mode === NO_EVENTS || this.mode === UNAVAILABLE) return null;
    return this.events.filter(match).slice(0, Number(q.limit || 100));
  }
}
