// SPDX-License-Identifier: Apache-2.0
// Where packets go, as a picture: bands that are links, and the same as a table.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Graph, GraphLink, GraphMetric, GraphNode } from './api';
import { bytes, exact, si } from './format';
import { draw, isDrop, LABELS_PX, LAYERS, linkId, wayOf, type DrawnLink, type DrawnNode } from './graph';
import { href } from './router';
import { s } from './strings';
import { Value } from './ui';

const LEAST_WIDTH = 640;
const LETTER_PX = 6.6;
/** Names of drops are bold and in capitals. */
const CAPITAL_PX = 7.6;
const LABEL_GAP = 6;
const LABEL_HEIGHT = 14;
/** The pointer may pass over bands on its way. */
const REST_MS = 220;

export function hrefOf(link: GraphLink, target: GraphNode): string {
  return href(isDrop(target) ? 'drops' : 'flows', { f: link.filter });
}

const shown = (value: number, metric: GraphMetric) => (metric === 'bytes' ? bytes(value) : si(value));

interface Props {
  graph: Graph;
  metric: GraphMetric;
  sentence: string;
  chosen: string;
  onChoose: (id: string) => void;
}

export function Sankey({ graph, metric, sentence, chosen, onChoose }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [near, setNear] = useState('');
  const rest = useRef(0);

  useEffect(() => {
    const element = host.current!;
    const measure = () => setSize({ width: Math.max(LEAST_WIDTH, element.clientWidth), height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => {
      observer.disconnect();
      clearTimeout(rest.current);
    };
  }, []);

  const drawing = useMemo(
    () => (size.width && size.height ? draw(graph, metric, size.width, size.height) : { nodes: [], links: [] }),
    [graph, metric, size.width, size.height],
  );
  const lit = useMemo(() => (near ? wayOf(graph, near) : null), [graph, near]);

  function point(id: string, isLink: boolean): void {
    setNear(id);
    clearTimeout(rest.current);
    if (id && isLink) rest.current = window.setTimeout(() => onChoose(id), REST_MS);
  }

  return (
    <div class="scroll sankey" ref={host} tabIndex={-1}>
      <svg
        width={size.width}
        height={size.height}
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="group"
        aria-label={sentence}
        onPointerLeave={() => point('', false)}
      >
        <pattern id="drop-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="6" height="6" />
          <path class="hatch-line" d="M0 0V6" />
        </pattern>
        {drawing.links.map((link) => {
          const id = linkId(link.link);
          return (
            <BandLink
              key={id}
              band={link}
              metric={metric}
              state={lit ? (lit.has(id) ? 'lit' : 'dim') : ''}
              chosen={chosen === id}
              onPoint={() => point(id, true)}
            />
          );
        })}
        {drawing.nodes.map((node) => (
          <NodeBox
            key={node.node.id}
            at={node}
            metric={metric}
            columnPx={
              isDrop(node.node)
                ? node.until - node.x - node.width
                : node.column === LAYERS.length - 1
                  ? LABELS_PX
                  : (size.width - LABELS_PX) / (LAYERS.length - 1) - node.width
            }
            state={lit && !lit.has(node.node.id) ? 'dim' : ''}
            onPoint={() => point(node.node.id, false)}
          />
        ))}
      </svg>
    </div>
  );
}

/** One family of colours with the rest of the page: directions and protocols have theirs. */
function colourOf({ source, target, drop }: DrawnLink): string {
  if (drop) return 'band-drop';
  const protocol = [target, source].find((node) => node.layer === 'transport');
  if (protocol) return `band-${protocol.id.slice(protocol.id.search(/[:/]/) + 1)}`;
  const direction = [target, source].find((node) => node.layer === 'direction');
  return direction?.id === 'direction:reverse' ? 'band-reverse' : 'band-forward';
}

interface BandProps {
  band: DrawnLink;
  metric: GraphMetric;
  state: string;
  chosen: boolean;
  onPoint: () => void;
}

function BandLink({ band, metric, state, chosen, onPoint }: BandProps) {
  const { link, source, target, drop } = band;
  const title = s.journey.linkTitle(source.label, target.label, exact(link.packets), bytes(link.bytes), drop);
  return (
    <a
      href={hrefOf(link, target)}
      data-route
      class={`band ${colourOf(band)} ${state} ${chosen ? 'chosen' : ''}`}
      aria-label={title}
      data-link={linkId(link)}
      data-value={metric === 'bytes' ? link.bytes : link.packets}
      onPointerEnter={onPoint}
      onFocus={onPoint}
    >
      <title>{title}</title>
      <path d={band.path} stroke-width={band.width} />
      {drop && <path class="hatched" d={band.path} stroke-width={band.width} stroke="url(#drop-hatch)" />}
    </a>
  );
}

/** A label of at most so many letters. Names of interfaces differ at their end: NAMESPACE/NAME. */
function fitted({ label, layer }: GraphNode, letters: number): string {
  if (label.length <= letters) return label;
  return layer === 'interface' ? `…${label.slice(1 - letters)}` : `${label.slice(0, letters - 1)}…`;
}

interface NodeProps {
  at: DrawnNode;
  metric: GraphMetric;
  columnPx: number;
  state: string;
  onPoint: () => void;
}

function NodeBox({ at, metric, columnPx, state, onPoint }: NodeProps) {
  const { node } = at;
  const amount = shown(at.value, metric);
  const two = at.height > 2 * LABEL_HEIGHT;
  const room = Math.floor(
    (columnPx - LABEL_GAP - (two ? 0 : (amount.length + 1) * LETTER_PX)) / (isDrop(node) ? CAPITAL_PX : LETTER_PX),
  );
  const label = fitted(node, Math.max(7, room));
  const x = at.x + at.width + LABEL_GAP;
  const middle = at.y + at.height / 2;
  return (
    <g class={`node ${isDrop(node) ? 'node-drop' : ''} ${state}`} data-node={node.id} onPointerEnter={onPoint}>
      <title>{`${node.label}: ${amount}`}</title>
      <rect x={at.x} y={at.y} width={at.width} height={at.height} rx="2" />
      <text x={x} y={two ? middle - 2 : middle + 4}>
        {label}
        {!two && <tspan class="amount">{` ${amount}`}</tspan>}
      </text>
      {two && (
        <text class="amount" x={x} y={middle + LABEL_HEIGHT - 2}>
          {amount}
        </text>
      )}
    </g>
  );
}

export function LinkTable({ graph }: { graph: Graph }) {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  return (
    <div class="scroll sankey-table" tabIndex={0} role="group" aria-label={s.journey.bands}>
      <table>
        <thead>
          <tr>
            <th scope="col">{s.journey.from}</th>
            <th scope="col">{s.journey.to}</th>
            <th scope="col" class="number">
              {s.columns.packets}
            </th>
            <th scope="col" class="number">
              {s.columns.bytes}
            </th>
          </tr>
        </thead>
        <tbody>
          {graph.links.map((link) => {
            const [source, target] = [byId.get(link.source), byId.get(link.target)];
            if (!source || !target) return null;
            const place = target.stage ? ` (${target.stage})` : '';
            return (
              <tr key={linkId(link)} class={isDrop(target) ? 'problem' : ''}>
                <td>{source.label}</td>
                <td>
                  <a href={hrefOf(link, target)} data-route>
                    {target.label}
                    {place}
                  </a>
                </td>
                <td class="number">
                  <Value field="link.packets" value={link.packets} text={exact(link.packets)} />
                </td>
                <td class="number">
                  <Value field="link.bytes" value={link.bytes} text={bytes(link.bytes)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
