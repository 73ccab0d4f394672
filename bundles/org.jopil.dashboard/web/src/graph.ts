// SPDX-License-Identifier: Apache-2.0
// The picture of where packets go: which column a node stands in, where the bands run, what is lit with what.

import { sankey, sankeyLinkHorizontal, type SankeyLink, type SankeyNode } from 'd3-sankey';
import type { Graph, GraphLink, GraphMetric, GraphNode } from './api';

const COLUMNS: Record<string, number> = { interface: 0, direction: 1, network: 2, transport: 3, process: 4 };
export const LAYERS = Object.keys(COLUMNS);

/** Where on its way a drop leaves the picture; any other stage leaves it at once. */
const OUTLETS: Record<string, number> = {
  netfilter: 2,
  ip: 2,
  ipv6: 2,
  network: 2,
  routing: 2,
  neighbour: 2,
  xfrm: 2,
  transport: 3,
  tcp: 3,
  udp: 3,
  socket: 4,
  socket_queue: 4,
  copy: 4,
};

const LOWEST = 1e9;
const NODE_WIDTH = 10;
/** Room for the names of the last column. */
export const LABELS_PX = 148;
const NODE_GAP = 13;
/** A drop is small beside what flows, and is what one looks for. */
const LEAST_BAND = 1.2;
const LEAST_DROP = 4;

export const isDrop = (node: GraphNode) => node.layer === 'drop';

export function columnOf(node: GraphNode): number {
  return isDrop(node) ? (OUTLETS[node.stage ?? ''] ?? 1) : (COLUMNS[node.layer] ?? 0);
}

export const valueOf = (link: GraphLink, metric: GraphMetric) => (metric === 'bytes' ? link.bytes : link.packets);

export const linkId = (link: GraphLink) => `${link.source} ${link.target}`;

export interface DrawnNode {
  node: GraphNode;
  column: number;
  x: number;
  y: number;
  width: number;
  height: number;
  value: number;
  /** Where what stands to the right of it at the same height begins. */
  until: number;
}

export interface DrawnLink {
  link: GraphLink;
  source: GraphNode;
  target: GraphNode;
  /** The middle of the band. */
  path: string;
  width: number;
  value: number;
  drop: boolean;
}

export interface Drawing {
  nodes: DrawnNode[];
  links: DrawnLink[];
}

interface Place {
  id: string;
  column: number;
  order: number;
  node: GraphNode | null;
}

interface Band {
  value: number;
  of: GraphLink;
}

type PlacedNode = SankeyNode<Place, Band>;
/** Half the height of a label. */
const LABEL_PX = 8;

/** Nodes and lanes of further columns stand in the way of a label. */
function untilOf(place: PlacedNode, all: PlacedNode[], width: number): number {
  const middle = ((place.y0 ?? 0) + (place.y1 ?? 0)) / 2;
  return all.reduce((least, { column, x0 = 0, y0 = 0, y1 = 0 }) => {
    const beside = column > place.column && y0 < middle + LABEL_PX && y1 > middle - LABEL_PX;
    return beside ? Math.min(least, x0) : least;
  }, width);
}

type PlacedLink = SankeyLink<Place, Band>;

/** A band to a drop further on gets a lane of its own through the columns between. */
function lanes(
  graph: Graph,
  metric: GraphMetric,
): { nodes: Place[]; links: (Band & { source: string; target: string })[] } {
  const index = new Map(graph.nodes.map((node, i) => [node.id, i]));
  const nodes: Place[] = graph.nodes.map((node, i) => ({
    id: node.id,
    column: columnOf(node),
    // below what passes by
    order: isDrop(node) ? LOWEST + i : i,
    node,
  }));
  const links: (Band & { source: string; target: string })[] = [];
  for (const link of graph.links) {
    const [from, to] = [index.get(link.source), index.get(link.target)];
    const value = valueOf(link, metric);
    if (from === undefined || to === undefined || value <= 0) continue;
    const [start, end] = [nodes[from]!.column, nodes[to]!.column];
    // what leaves first lies lowest, so that bands do not cross
    const order = (LAYERS.length - end) * graph.nodes.length ** 2 + to * graph.nodes.length + from;
    let last = link.source;
    for (let column = start + 1; column < end; column++) {
      const id = `${linkId(link)} ${column}`;
      nodes.push({ id, column, order: graph.nodes.length + order, node: null });
      links.push({ source: last, target: id, value, of: link });
      last = id;
    }
    links.push({ source: last, target: link.target, value, of: link });
  }
  const used = new Set(links.flatMap((link) => [link.source, link.target]));
  return { nodes: nodes.filter((node) => used.has(node.id)), links };
}

/** The band that says most at first: into the process that is known and has most, else the largest of all. */
export function firstOf(graph: Graph, metric: GraphMetric): GraphLink | undefined {
  const known = new Set(graph.nodes.filter((n) => n.layer === 'process' && n.id.includes(':')).map((n) => n.id));
  const links = graph.links.filter((link) => known.has(link.target));
  return (links.length ? links : graph.links).reduce<GraphLink | undefined>(
    (most, link) => (most && valueOf(most, metric) >= valueOf(link, metric) ? most : link),
    undefined,
  );
}

export function draw(graph: Graph, metric: GraphMetric, width: number, height: number): Drawing {
  const { nodes, links } = lanes(graph, metric);
  if (links.length === 0) return { nodes: [], links: [] };
  const most = Math.max(...[0, 1, 2, 3, 4].map((column) => nodes.filter((node) => node.column === column).length));
  const layout = sankey<Place, Band>()
    .nodeId((node) => node.id)
    .nodeAlign((node) => (node as unknown as Place).column)
    .nodeSort((a, b) => a.order - b.order)
    .nodeWidth(NODE_WIDTH)
    .nodePadding(Math.min(NODE_GAP, (0.6 * height) / most))
    .extent([
      [0, 4],
      [width - LABELS_PX, height - 10],
    ]);
  const placed = layout({ nodes: nodes.map((node) => ({ ...node })), links: links.map((link) => ({ ...link })) });
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const bands = new Map<string, PlacedLink[]>();
  for (const link of placed.links) {
    const id = linkId(link.of);
    bands.set(id, [...(bands.get(id) ?? []), link]);
  }
  const path = sankeyLinkHorizontal<Place, Band>();
  return {
    nodes: placed.nodes.flatMap((place: PlacedNode) => {
      if (!place.node) return [];
      const { x0 = 0, x1 = 0, y0 = 0, y1 = 0, value = 0 } = place;
      const least = isDrop(place.node) ? LEAST_DROP : LEAST_BAND;
      return [
        {
          node: place.node,
          column: place.column,
          x: x0,
          y: y0,
          width: x1 - x0,
          height: Math.max(least, y1 - y0),
          value,
          until: untilOf(place, placed.nodes, width),
        },
      ];
    }),
    links: [...bands.values()].map((parts) => {
      const { of } = parts[0]!;
      const target = byId.get(of.target)!;
      const drop = isDrop(target);
      return {
        link: of,
        source: byId.get(of.source)!,
        target,
        path: joined(parts, path),
        width: Math.max(drop ? LEAST_DROP : LEAST_BAND, parts[0]!.width ?? 0),
        value: valueOf(of, metric),
        drop,
      };
    }),
  };
}

/** The parts of a band as one line: straight where it passes a column. */
function joined(parts: PlacedLink[], path: (link: PlacedLink) => string | null): string {
  return parts.map((part, i) => (path(part) ?? '').replace(/^M/, i === 0 ? 'M' : 'L')).join('');
}

/** Everything upstream and downstream of a node or a link, by ids; what is lit when the pointer is there. */
export function wayOf(graph: Graph, id: string): Set<string> {
  const lit = new Set<string>([id]);
  const here = graph.links.find((link) => linkId(link) === id);
  follow(graph, here ? here.target : id, lit, 'source', 'target');
  follow(graph, here ? here.source : id, lit, 'target', 'source');
  return lit;
}

function follow(
  graph: Graph,
  node: string,
  lit: Set<string>,
  near: 'source' | 'target',
  far: 'source' | 'target',
): void {
  lit.add(node);
  for (const link of graph.links) {
    if (link[near] !== node || lit.has(linkId(link))) continue;
    lit.add(linkId(link));
    follow(graph, link[far], lit, near, far);
  }
}

export interface Summary {
  /** Packets or bytes of all interfaces, without the drops; and how many interfaces these are. */
  total: number;
  interfaces: number;
  /** The largest link into the layer, and its share of all in per cent. */
  top: Partial<Record<string, { label: string; share: number }>>;
  dropped: number;
  worst: { label: string; stage: string; packets: number } | null;
}

export function summaryOf(graph: Graph, metric: GraphMetric): Summary {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const sums = new Map<string, number>();
  const interfaces = new Set<string>();
  let total = 0;
  let dropped = 0;
  for (const link of graph.links) {
    const target = byId.get(link.target);
    if (!target) continue;
    const value = isDrop(target) ? link.packets : valueOf(link, metric);
    sums.set(target.id, (sums.get(target.id) ?? 0) + value);
    if (isDrop(target)) dropped += value;
    else if (target.layer === 'direction') {
      total += value;
      interfaces.add(link.source);
    }
  }
  const top: Summary['top'] = {};
  let worst: Summary['worst'] = null;
  for (const node of graph.nodes) {
    const value = sums.get(node.id) ?? 0;
    if (isDrop(node)) {
      if (value > (worst?.packets ?? 0)) worst = { label: node.label, stage: node.stage ?? '', packets: value };
    } else if (total > 0 && (100 * value) / total > (top[node.layer]?.share ?? 0)) {
      top[node.layer] = { label: node.label, share: (100 * value) / total };
    }
  }
  return { total, interfaces: interfaces.size, top, dropped, worst };
}

/** What the latency report can be asked for a link; null where it does not tell them apart. */
export function latencyFilter(source: GraphNode, target: GraphNode): string | null {
  const clauses = [source, target].flatMap((node) => {
    if (!node.id.includes(':')) return [];
    const name = node.id.slice(node.id.indexOf(':') + 1);
    const quoted = /^[A-Za-z0-9_][\w.\-:/]*$/.test(name) ? name : `"${name.replace(/(["\\])/g, '\\$1')}"`;
    if (node.layer === 'interface') return [`interface == ${quoted}`];
    if (node.layer === 'process') return [`process == ${quoted}`];
    if (node.layer === 'transport')
      return [name === 'icmp' ? '(protocol == icmp or protocol == icmpv6)' : `protocol == ${quoted}`];
    return [];
  });
  return clauses.length ? clauses.join(' and ') : null;
}
