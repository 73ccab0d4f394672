// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Graph, Heatmap, Journey } from '../src/api';
import { draw, firstOf, latencyFilter, linkId, summaryOf, wayOf } from '../src/graph';
import { behind, journeyFilter, newest, rowAt, rowsOf, shade, VIRIDIS, worst } from '../src/heat';
import { legsOf, nanoseconds, tupleOf } from '../src/way';

const link = (source: string, target: string, packets: number) => ({
  source,
  target,
  packets,
  bytes: 100 * packets,
  filter: 'tcp',
});
const node = (id: string, stage: string | null = null) => ({
  id,
  layer: id.split(/[:/]/)[0]!,
  label: id.split(/[:/@]/)[1]!,
  stage,
});
const GRAPH: Graph = {
  nodes: [
    node('interface:eth0'),
    node('interface:va'),
    node('interface:vb'),
    node('direction:forward'),
    node('network:IPv4'),
    node('transport:tcp'),
    node('transport:udp'),
    node('process:nginx[1]'),
    node('process/unknown'),
    node('drop:XDP@driver', 'driver'),
    node('drop:NO_SOCKET@transport', 'transport'),
    node('drop:SOCKET_RCVBUFF@socket', 'socket'),
  ],
  links: [
    link('interface:eth0', 'direction:forward', 60),
    link('interface:va', 'direction:forward', 40),
    link('direction:forward', 'network:IPv4', 100),
    link('network:IPv4', 'transport:tcp', 70),
    link('network:IPv4', 'transport:udp', 30),
    link('transport:tcp', 'process:nginx[1]', 70),
    link('transport:udp', 'process/unknown', 30),
    link('interface:eth0', 'drop:XDP@driver', 1),
    link('interface:eth0', 'drop:NO_SOCKET@transport', 5),
    link('interface:va', 'drop:SOCKET_RCVBUFF@socket', 2),
    link('interface:vb', 'drop:XDP@driver', 1),
  ],
};

describe('the picture of where packets go', () => {
  it('should stand each node in the column of its layer, and each drop in that of its stage', () => {
    const { nodes } = draw(GRAPH, 'packets', 700, 300);
    const columns = Object.fromEntries(nodes.map((n) => [n.node.id, n.column]));
    expect(columns['interface:va']).toBe(0);
    expect(columns['process:nginx[1]']).toBe(4);
    expect(columns['drop:XDP@driver']).toBe(1);
    expect(columns['drop:NO_SOCKET@transport']).toBe(3);
    expect(columns['drop:SOCKET_RCVBUFF@socket']).toBe(4);
    for (const { node: n, x } of nodes) {
      const neighbours = nodes.filter((other) => columns[other.node.id] === columns[n.id]);
      expect(new Set(neighbours.map((other) => other.x))).toEqual(new Set([x]));
    }
  });

  it('should draw each link once, whole, as wide as its value', () => {
    const { links } = draw(GRAPH, 'packets', 700, 300);
    expect(links.map((l) => linkId(l.link)).sort()).toEqual(GRAPH.links.map(linkId).sort());
    for (const l of links) {
      expect(l.path).toMatch(/^M[^M]+$/);
      expect(l.path).not.toContain('NaN');
    }
    const width = (target: string) => links.find((l) => l.target.id === target)!.width;
    expect(width('transport:tcp') / width('transport:udp')).toBeCloseTo(70 / 30, 5);
  });

  it('should keep the order of the nodes whatever the counts', () => {
    const order = (graph: Graph) => {
      const { nodes } = draw(graph, 'packets', 700, 300);
      return nodes
        .filter((n) => n.column === 0)
        .sort((a, b) => a.y - b.y)
        .map((n) => n.node.id);
    };
    const other = {
      ...GRAPH,
      links: GRAPH.links.map((l) => (l.source === 'interface:va' ? { ...l, packets: 9000 } : l)),
    };
    expect(order(other)).toEqual(order(GRAPH));
  });

  it('should draw nothing of nothing', () => {
    expect(draw({ nodes: [], links: [] }, 'packets', 700, 300)).toEqual({ nodes: [], links: [] });
    expect(draw({ ...GRAPH, links: [link('interface:eth0', 'direction:forward', 0)] }, 'bytes', 9, 9).links).toEqual(
      [],
    );
  });

  it('should light the way up and down, and no other', () => {
    const lit = wayOf(GRAPH, 'network:IPv4 transport:tcp');
    expect(lit.has('process:nginx[1]')).toBe(true);
    expect(lit.has('interface:va')).toBe(true);
    expect(lit.has('transport:udp')).toBe(false);
    expect(lit.has('drop:XDP@driver')).toBe(false);
    expect(wayOf(GRAPH, 'drop:XDP@driver')).toEqual(
      new Set([
        'drop:XDP@driver',
        'interface:eth0',
        'interface:eth0 drop:XDP@driver',
        'interface:vb',
        'interface:vb drop:XDP@driver',
      ]),
    );
  });

  it('should sum up in numbers what it shows', () => {
    expect(summaryOf(GRAPH, 'packets')).toEqual({
      total: 100,
      interfaces: 2,
      top: {
        direction: { label: 'forward', share: 100 },
        network: { label: 'IPv4', share: 100 },
        transport: { label: 'tcp', share: 70 },
        process: { label: 'nginx[1]', share: 70 },
      },
      dropped: 9,
      worst: { label: 'NO_SOCKET', stage: 'transport', packets: 5 },
    });
    expect(firstOf(GRAPH, 'packets')?.target).toBe('process:nginx[1]');
  });

  it('should ask for times only where the report tells them apart', () => {
    const by = (id: string) => GRAPH.nodes.find((n) => n.id === id)!;
    expect(latencyFilter(by('interface:eth0'), by('direction:forward'))).toBe('interface == eth0');
    expect(latencyFilter(by('direction:forward'), by('network:IPv4'))).toBeNull();
    expect(latencyFilter(by('transport:tcp'), by('process:nginx[1]'))).toBe(
      'protocol == tcp and process == "nginx[1]"',
    );
    expect(latencyFilter(by('transport:udp'), by('process/unknown'))).toBe('protocol == udp');
  });
});

const JOURNEY: Journey = {
  id: '4a1f',
  protocol: 'tcp',
  src_ip: '10.0.0.9',
  src_port: 40532,
  dst_ip: '10.0.0.2',
  dst_port: 8080,
  duration_ns: 48_012_000,
  end: 'read',
  process: 'orders[812]',
  stages: [
    { hook: 'napi_gro_receive_entry', at_ns: 0 },
    { stage: 'driver', hook: 'netif_receive_skb', at_ns: 1_000 },
    { stage: 'transport', hook: 'sk_data_ready', at_ns: 9_000 },
    { stage: 'socket_queue', hook: 'skb_copy_datagram_iovec', at_ns: 48_009_000, process: 'orders[812]' },
    { stage: 'copy', hook: 'tcp_rcv_space_adjust', at_ns: 48_012_000, process: 'orders[812]' },
  ],
};

describe('one packet’s way', () => {
  it('should be to scale and in the order of time', () => {
    const legs = legsOf({ ...JOURNEY, stages: [...JOURNEY.stages!].reverse() });
    expect(legs.map((l) => l.deltaNs)).toEqual([0, 1_000, 8_000, 48_000_000, 3_000]);
    expect(legs.reduce((sum, l) => sum + l.share, 0)).toBeCloseTo(100, 9);
    expect(legs.at(-1)!.from + legs.at(-1)!.share).toBeCloseTo(100, 9);
    expect(legsOf({ id: '1' })).toEqual([]);
  });

  it('should name both ends, or the protocol where there are none', () => {
    expect(tupleOf(JOURNEY)).toBe('10.0.0.9:40532 → 10.0.0.2:8080');
    expect(tupleOf({ id: '1', protocol: 'arp' })).toBe('ARP');
    expect(nanoseconds(null)).toBe('–');
  });
});

const column = (at: number, counts: number[], p99: number | null) => ({
  at: new Date(at).toISOString(),
  counts,
  p50_ns: p99 === null ? null : 1_000,
  p95_ns: p99,
  p99_ns: p99,
  max_ns: p99,
});
const MAP: Heatmap = {
  stage: 'socket_queue',
  step_ms: 2_000,
  lower_ns: Array.from({ length: 20 }, (_, i) => 2 ** (i + 6)),
  columns: [
    column(
      0,
      Array.from({ length: 20 }, (_, i) => (i === 4 ? 90 : 0)),
      2_000,
    ),
    column(
      2_000,
      Array.from({ length: 20 }, (_, i) => (i === 4 ? 9 : i === 15 ? 1 : 0)),
      4_000_000,
    ),
    column(
      4_000,
      Array.from({ length: 20 }, () => 0),
      null,
    ),
  ],
};

describe('time × latency', () => {
  it('should show the rows that hold packets, and one more on each side', () => {
    expect(rowsOf(MAP)).toEqual([3, 17]);
    const empty = { ...MAP, columns: [column(0, [0, 0], null)] };
    expect(rowsOf(empty)).toEqual([0, 8]);
  });

  it('should tell one packet from none, and from many', () => {
    expect(shade(0, 90)).toBeNull();
    expect(shade(1, 90)).toBe(VIRIDIS[0]);
    expect(shade(90, 90)).toBe(VIRIDIS.at(-1));
    expect(shade(1, 1)).toBe(VIRIDIS.at(-1));
  });

  it('should place a latency within its row by its logarithm', () => {
    expect(rowAt(MAP, 64)).toBe(0);
    expect(rowAt(MAP, 128)).toBe(1);
    expect(rowAt(MAP, 64 * Math.SQRT2)).toBeCloseTo(0.5, 9);
    expect(rowAt(MAP, 1e12)).toBe(20);
  });

  it('should ask for the packets behind a block of cells', () => {
    const block = behind(MAP, { columns: [0, 1], rows: [15, 15] });
    expect(block).toEqual({
      since: '1970-01-01T00:00:00.000Z',
      until: '1970-01-01T00:00:04.000Z',
      fromNs: 2 ** 21,
      toNs: 2 ** 22,
      count: 1,
    });
    expect(journeyFilter('socket_queue', block)).toBe(
      'slowest_stage == socket_queue and slowest_ns >= 2097152 and slowest_ns < 4194304',
    );
    expect(journeyFilter('receive_total', behind(MAP, { columns: [0, 0], rows: [19, 19] }))).toBe(
      'duration_ns >= 33554432',
    );
  });

  it('should find what is newest and what is worst among what was measured', () => {
    expect(newest(MAP)?.at).toBe('1970-01-01T00:00:02.000Z');
    expect(worst(MAP)?.p99_ns).toBe(4_000_000);
    expect(worst({ ...MAP, columns: [] })).toBeUndefined();
  });
});
