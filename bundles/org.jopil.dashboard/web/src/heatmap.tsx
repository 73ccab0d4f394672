// SPDX-License-Identifier: Apache-2.0
// Time × latency as a picture: colour is the number of packets, lines are percentiles. A block of cells can be chosen.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HeatColumn, Heatmap } from './api';
import { clock, exact, present } from './format';
import { behind, mostOf, rowAt, rowsOf, shade, VIRIDIS, type Behind, type Block } from './heat';
import { dark } from './store';
import { s } from './strings';
import { nanoseconds } from './way';

const LEFT = 62;
const BOTTOM = 20;
const TOP = 4;
const LABEL_PX = 70;
const ROW_LABEL_PX = 18;

const LINES = [
  { key: 'p50_ns', dash: [] as number[], width: 2 },
  { key: 'p95_ns', dash: [6, 3], width: 1.6 },
  { key: 'p99_ns', dash: [2, 2], width: 1.6 },
] as const;

interface Props {
  map: Heatmap;
  sentence: string;
  onBrush: (block: Behind) => void;
}

interface Cell {
  column: number;
  row: number;
}

export function HeatPicture({ map, sentence, onBrush }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [from, setFrom] = useState<Cell | null>(null);
  const [at, setAt] = useState<Cell | null>(null);
  const [low, high] = useMemo(() => rowsOf(map), [map]);
  const isDark = dark.value;
  const columns = map.columns.length;
  const rows = high - low;

  useEffect(() => {
    const element = canvas.current!.parentElement!;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current!;
    if (size.width === 0 || columns === 0) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    const context = element.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(context, map, size, [low, high], block(from, at));
  }, [map, size, low, high, isDark, from, at]);

  function cellAt(event: PointerEvent): Cell {
    const box = canvas.current!.getBoundingClientRect();
    const x = (event.clientX - box.left - LEFT) / (box.width - LEFT);
    const y = (event.clientY - box.top - TOP) / (box.height - BOTTOM - TOP);
    const clamp = (value: number, most: number) => Math.max(0, Math.min(most - 1, value));
    return { column: clamp(Math.floor(x * columns), columns), row: low + clamp(Math.floor((1 - y) * rows), rows) };
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const column = Math.max(0, Math.min(columns - 1, (at?.column ?? columns) + step));
      setFrom({ column, row: low });
      setAt({ column, row: high - 1 });
    } else if (event.key === 'Enter' && at && from) {
      event.preventDefault();
      onBrush(behind(map, block(from, at)!));
    } else if (event.key === 'Escape') {
      setFrom(null);
      setAt(null);
    }
  }

  const under = at && map.columns[at.column];
  return (
    <>
      <div
        class="heat"
        tabIndex={0}
        role="application"
        aria-roledescription="heat map"
        aria-label={`${sentence} ${s.latency.brush}`}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setFrom(null);
          setAt(null);
        }}
      >
        <canvas
          ref={canvas}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setFrom(cellAt(event));
            setAt(cellAt(event));
          }}
          onPointerMove={(event) => setAt(cellAt(event))}
          onPointerLeave={() => {
            if (!from) setAt(null);
          }}
          onPointerUp={(event) => {
            const end = cellAt(event);
            if (from) onBrush(behind(map, block(from, end)!));
            setFrom(null);
          }}
        />
      </div>
      <Scale map={map} />
      <p class="heat-cell" aria-live="off">
        {under ? <CellText map={map} column={under} row={at.row} /> : s.latency.brush}
      </p>
    </>
  );
}

function CellText({ map, column, row }: { map: Heatmap; column: HeatColumn; row: number }) {
  return (
    <>
      {s.latency.cellText(clock(column.at), nanoseconds(map.lower_ns[row]), column.counts[row] ?? 0)}
      {present(column.p50_ns) &&
        ` · ${s.latency.p50} ${nanoseconds(column.p50_ns)} · ${s.latency.p99} ${nanoseconds(column.p99_ns)}`}
    </>
  );
}

function Scale({ map }: { map: Heatmap }) {
  const most = mostOf(map.columns);
  return (
    <div class="heat-scale">
      <span>{s.latency.many(Math.min(1, most))}</span>
      <span class="heat-colours" aria-hidden="true">
        {VIRIDIS.map((colour) => (
          <i key={colour} style={{ background: colour }} />
        ))}
      </span>
      <span>{s.latency.many(most)}</span>
      <span class="heat-lines">
        {LINES.map(({ key }) => (
          <span key={key}>
            <i class={`line-${key.slice(0, 3)}`} aria-hidden="true" />
            {s.latency[key.slice(0, 3) as 'p50' | 'p95' | 'p99']}
          </span>
        ))}
      </span>
    </div>
  );
}

function block(from: Cell | null, at: Cell | null): Block | null {
  if (!from || !at) return null;
  return {
    columns: [Math.min(from.column, at.column), Math.max(from.column, at.column)],
    rows: [Math.min(from.row, at.row), Math.max(from.row, at.row)],
  };
}

function paint(
  context: CanvasRenderingContext2D,
  map: Heatmap,
  { width, height }: { width: number; height: number },
  [low, high]: [number, number],
  chosen: Block | null,
): void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const plot = { width: width - LEFT, height: height - BOTTOM - TOP };
  const count = map.columns.length;
  const x = (column: number) => LEFT + (plot.width * column) / count;
  const y = (row: number) => TOP + plot.height * (1 - (row - low) / (high - low));
  context.clearRect(0, 0, width, height);

  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  const every = Math.max(1, Math.ceil(ROW_LABEL_PX / (plot.height / (high - low))));
  for (let row = low; row < high; row += every) {
    context.fillStyle = colour('--grid');
    context.fillRect(LEFT, Math.round(y(row)), plot.width, 1);
    context.fillStyle = colour('--muted');
    context.fillText(nanoseconds(map.lower_ns[row]), LEFT - 6, Math.max(8, y(row)));
  }
  const most = mostOf(map.columns);
  map.columns.forEach((column, c) => {
    for (let row = low; row < high; row++) {
      const fill = shade(column.counts[row] ?? 0, most);
      if (!fill) continue;
      context.fillStyle = fill;
      const [left, top] = [Math.floor(x(c)), Math.floor(y(row + 1))];
      context.fillRect(left, top, Math.max(1, Math.floor(x(c + 1)) - left), Math.max(1, Math.floor(y(row)) - top));
    }
  });

  for (const { key, dash, width: thick } of LINES) {
    context.setLineDash([]);
    // a line of the page's own colour around it is seen on every cell
    for (const [stroke, line] of [
      [colour('--panel'), thick + 2],
      [colour('--heat-line'), thick],
    ] as const) {
      context.strokeStyle = stroke;
      context.lineWidth = line;
      if (line === thick) context.setLineDash(dash);
      context.beginPath();
      let pen = false;
      map.columns.forEach((column, c) => {
        const ns = column[key];
        if (!present(ns)) {
          pen = false;
          return;
        }
        const level = y(rowAt(map, ns));
        if (pen) context.lineTo(x(c), level);
        else context.moveTo(x(c), level);
        context.lineTo(x(c + 1), level);
        pen = true;
      });
      context.stroke();
    }
  }
  context.setLineDash([]);

  context.fillStyle = colour('--muted');
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  const step = Math.max(1, Math.ceil((LABEL_PX * count) / plot.width));
  for (let c = 0; c < count; c += step) {
    if (x(c) + LABEL_PX > width + 10) break;
    context.fillText(clock(map.columns[c]!.at), x(c), height - 5);
  }

  if (chosen) {
    const [left, right] = chosen.columns;
    const [bottom, top] = chosen.rows;
    context.strokeStyle = colour('--focus');
    context.lineWidth = 2;
    context.strokeRect(x(left), y(top + 1), x(right + 1) - x(left), y(bottom) - y(top + 1));
  }
}

interface TableProps {
  map: Heatmap;
  onBrush: (block: Behind) => void;
}

export function HeatTable({ map, onBrush }: TableProps) {
  const rows = map.columns.map((column, index) => ({ column, index })).filter(({ column }) => present(column.p50_ns));
  return (
    <div class="scroll plot-table" tabIndex={0} role="group" aria-label={s.latency.map(map.stage)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{s.chart.time}</th>
            {[s.latency.count, s.latency.p50, s.latency.p95, s.latency.p99, s.latency.max].map((title) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">{s.latency.showBehind}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map(({ column, index }) => (
            <tr key={column.at}>
              <td>{clock(column.at)}</td>
              <td class="number">{exact(column.counts.reduce((sum, n) => sum + n, 0))}</td>
              <td class="number">{nanoseconds(column.p50_ns)}</td>
              <td class="number">{nanoseconds(column.p95_ns)}</td>
              <td class="number">{nanoseconds(column.p99_ns)}</td>
              <td class="number">{nanoseconds(column.max_ns)}</td>
              <td>
                <button
                  type="button"
                  class="small"
                  onClick={() => onBrush(behind(map, { columns: [index, index], rows: [0, map.lower_ns.length - 1] }))}
                >
                  {s.latency.showBehind}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
