// SPDX-License-Identifier: Apache-2.0
// A plot over time with its legend, its sentence and its table.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock, duration, utc } from './format';
import { hatch } from './hatch';
import { columns } from './series';
import { dark } from './store';
import { s } from './strings';
import { Panel, TableToggle } from './ui';

/** A line's look, whatever it reads. */
type Look = Pick<Line<never>, 'key' | 'label' | 'colour' | 'down' | 'hatch'>;

export interface Line<P> {
  key: string;
  label: string;
  /** A custom property of the style sheet. */
  colour: string;
  read: (point: P) => number | null | undefined;
  /** Drawn below the axis: what leaves. */
  down?: boolean;
  /** Filled with lines of this kind, from 1: what is dropped. */
  hatch?: number;
  /** Of another time than the others: drawn and named, but without a value of now. */
  past?: boolean;
}

interface ChartProps<P> {
  title: string;
  points: P[];
  lines: Line<P>[];
  format: (value: number | null | undefined) => string;
  stacked?: boolean;
  /** The first line lies on top of the stack, not at its bottom. */
  topFirst?: boolean;
  height?: number;
  /** Of what is drawn: how it is measured. */
  note?: string;
  /** Without a frame of its own. */
  bare?: boolean;
  class?: string;
}

/** Half of a time's label, pixels. */
const EDGE = 26;

/** A quiet link is a line at the bottom, not noise on a scale of hundredths. */
const LEAST_TOP = 10;

/** A chart that has just begun fills from the right. */
const LEAST_SECONDS = 60;

type Columns = [number[], ...(number | null)[][]];

/** Stacks from the first line up; where one line has a hole it adds nothing, where all have one the stack has it too. */
function stack(data: Columns): Columns {
  const [times, ...lines] = data;
  const sum = times.map(() => 0);
  return [
    times,
    ...lines.map((line) =>
      line.map((value, i) => {
        if (lines.every((other) => other[i] === null)) return null;
        sum[i]! += value ?? 0;
        return sum[i]!;
      }),
    ),
  ];
}

export function Chart<P extends { t: number }>(props: ChartProps<P>) {
  const { title, points, lines, format, stacked, topFirst, height = 200, note, bare, class: name } = props;
  const [asTable, setAsTable] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const data = useMemo(
    () =>
      columns(
        points,
        lines.map((l) => l.read),
      ),
    [points, lines],
  );
  const plotted = useMemo<{ data: Columns; lines: Line<P>[] }>(() => {
    if (!topFirst) return { data, lines };
    const order = lines.map((_, i) => i).reverse();
    // on top of what has no value there, so that only its own edge is seen
    order.sort((a, b) => Number(lines[a]!.past ?? false) - Number(lines[b]!.past ?? false));
    return {
      data: [data[0], ...order.map((i) => data[i + 1] as (number | null)[])],
      lines: order.map((i) => lines[i]!),
    };
  }, [data, lines, topFirst]);
  const count = data[0].length;
  const enough = data.slice(1).some((line) => line.filter((v) => v !== null).length > 1);
  const peaks = lines.map((_, i) =>
    (data[i + 1] as (number | null)[]).reduce<number>((top, v) => Math.max(top, v ?? 0), 0),
  );
  const at = cursor !== null && cursor < count ? cursor : count - 1;
  const span = count > 1 ? duration(Math.round(data[0][count - 1]! - data[0][0]!) * 1000) : '';
  const sentence = enough
    ? s.chart.sentence(
        title,
        span,
        lines.flatMap((line, i) => {
          const peak = peaks[i]!;
          const present = format((data[i + 1] as (number | null)[]).at(-1));
          if (lines.length <= 2) return [s.chart.part(line.label, present, format(peak))];
          const value = (data[i + 1] as (number | null)[]).at(-1) ?? 0;
          return value > 0 && !line.past ? [`${line.label} ${present}`] : [];
        }),
      )
    : s.state.collecting;

  const legend = (
    <ul class="legend">
      {lines.map((line, i) => (
        <li key={line.key} hidden={lines.length > 2 && peaks[i] === 0 && peaks.some((peak) => peak > 0)}>
          <i class={`swatch ${line.colour.slice(2)}`} aria-hidden="true" />
          <span>{line.label}</span>
          {!line.past && <b>{format(data[i + 1]?.[at] as number | null)}</b>}
        </li>
      ))}
      {cursor !== null && count > 0 && <li class="legend-time">{clock(data[0][at]! * 1000)}</li>}
    </ul>
  );
  const toggle = <TableToggle on={asTable} onToggle={() => setAsTable(!asTable)} />;
  const body = (
    <>
      {legend}
      {asTable ? (
        <Table title={title} data={data} lines={lines} format={format} />
      ) : enough ? (
        <Plot
          data={plotted.data}
          lines={plotted.lines}
          stacked={stacked ?? false}
          height={height}
          format={format}
          sentence={sentence}
          onCursor={setCursor}
        />
      ) : (
        <div class="empty plot-empty" style={{ flexBasis: `${height}px` }}>
          <p>{s.state.collecting}</p>
        </div>
      )}
      <p class="sentence">
        {enough ? sentence : '\u00a0'} {note}
      </p>
    </>
  );
  if (bare) {
    return (
      <div class={`chart ${name ?? ''}`}>
        <div class="chart-bare-head">
          <h3>{title}</h3>
          {toggle}
        </div>
        {body}
      </div>
    );
  }
  return (
    <Panel title={title} class={`chart ${name ?? ''}`} actions={toggle}>
      {body}
    </Panel>
  );
}

interface PlotProps {
  data: Columns;
  lines: Look[];
  stacked: boolean;
  height: number;
  format: (value: number | null | undefined) => string;
  sentence: string;
  onCursor: (index: number | null) => void;
}

function Plot({ data, lines, stacked, height, format, sentence, onCursor }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const isDark = dark.value;
  const shape = lines.map((l) => l.key).join();

  const drawn = useMemo(() => {
    const signed: Columns = [
      data[0],
      ...lines.map((line, i) => {
        const column = data[i + 1] as (number | null)[];
        return line.down ? column.map((v) => (v === null ? null : -v)) : column;
      }),
    ];
    return stacked ? stack(signed) : signed;
  }, [data, lines, stacked]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (property: string) => style.getPropertyValue(property).trim();
    const axis: uPlot.Axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    };
    const options: uPlot.Options = {
      width: element.clientWidth,
      height: element.clientHeight,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 6 },
      },
      scales: {
        x: { time: true, range: (_, min, max) => [Math.min(min, max - LEAST_SECONDS), max] },
        y: {
          range: (_, min, max) => {
            const low = Math.min(0, min ?? 0);
            const high = Math.max(0, max ?? 0);
            const room = (high - low) * 0.08;
            return [low < 0 ? low - room : 0, Math.max(high + room, low < 0 ? 0 : LEAST_TOP)];
          },
        },
      },
      axes: [
        {
          ...axis,
          space: 70,
          size: 24,
          gap: 4,
          grid: { show: false },
          // a label at the very edge would be cut
          values: (u, ticks) =>
            ticks.map((t) => (u.bbox.width / devicePixelRatio - u.valToPos(t, 'x') < EDGE ? '' : clock(t * 1000))),
        },
        { ...axis, size: 78, gap: 6, space: 34, values: (_, ticks) => ticks.map((v) => format(Math.abs(v))) },
      ],
      series: [
        {},
        ...lines.map((line): uPlot.Series => {
          const stroke = colour(line.colour);
          return {
            stroke,
            width: 1.5,
            fill: line.hatch ? hatch(line.hatch, stroke) : `${stroke}${stacked ? '8c' : '2b'}`,
            points: { show: false },
            spanGaps: false,
          };
        }),
      ],
      // of a stack the upper bands must not cover the lower ones
      bands: stacked ? lines.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as [number, number] })) : [],
      hooks: { setCursor: [(u) => onCursor(u.cursor.idx ?? null)] },
    };
    const u = new uPlot(options, drawn as uPlot.AlignedData, element);
    plot.current = u;
    const observer = new ResizeObserver(() => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      if (size.width > 0 && (size.width !== u.width || size.height !== u.height)) u.setSize(size);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      u.destroy();
      plot.current = null;
    };
    // a new plot only for another look; new data goes in below
  }, [isDark, shape, stacked, height, format]);

  useEffect(() => {
    plot.current?.setData(drawn as uPlot.AlignedData);
  }, [drawn]);

  return <div class="plot" ref={host} role="img" aria-label={sentence} style={{ flexBasis: `${height}px` }} />;
}

interface TableProps {
  title: string;
  data: Columns;
  lines: Look[];
  format: (value: number | null | undefined) => string;
}

function Table({ title, data, lines, format }: TableProps) {
  const rows: number[] = [];
  for (let i = data[0].length - 1; i >= 0; i--) if (data.slice(1).some((c) => c[i] !== null)) rows.push(i);
  return (
    <div class="scroll plot-table" tabIndex={0} role="group" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{s.chart.time}</th>
            {lines.map((line) => (
              <th scope="col" class="number" key={line.key}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={data[0][i]}>
              <td title={utc(data[0][i]! * 1000)}>{clock(data[0][i]! * 1000)}</td>
              {lines.map((line, c) => (
                <td class="number" key={line.key}>
                  {format(data[c + 1]?.[i] as number | null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
