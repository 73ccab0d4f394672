// SPDX-License-Identifier: Apache-2.0
// Small parts that every page uses.

import { signal } from '@preact/signals';
import type { ComponentChildren, CSSProperties } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { cellClause, type CellOperator } from './filter';
import { ABSENT, present, protocolFamily, protocolName } from './format';
import { href, navigate } from './router';
import { connection, pausedAt } from './store';
import { s } from './strings';

interface ValueProps {
  field: string;
  value: unknown;
  text: string;
  title?: string;
  class?: string;
}

/** A value of the API on the screen: `data-field` names it, `data-value` holds it unrounded. */
export function Value({ field, value, text, title, class: name }: ValueProps) {
  const raw = value === null || value === undefined ? undefined : String(value);
  const full = title ?? (present(value) && text !== ABSENT && text !== raw ? raw : undefined);
  return (
    <span class={`value ${name ?? ''}`} data-field={field} data-value={raw} title={full}>
      {text}
    </span>
  );
}

interface PanelProps {
  title: string;
  id?: string;
  actions?: ComponentChildren;
  note?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, id, actions, note, class: name, children }: PanelProps) {
  return (
    <section class={`panel ${name ?? ''}`} aria-label={title} id={id}>
      <header class="panel-head">
        <h2>{title}</h2>
        {note && <span class="panel-note">{note}</span>}
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

interface ProtocolProps {
  name: string | null | undefined;
  /** What stands beside the colour, if not the name. */
  children?: ComponentChildren;
}

export function Protocol({ name, children }: ProtocolProps) {
  return (
    <span class={`proto proto-${protocolFamily(name)}`}>
      <i aria-hidden="true" />
      {children ?? protocolName(name)}
    </span>
  );
}

const ICONS: Record<string, string> = {
  overview: 'M3 13h4l3-8 4 14 3-9 1.5 3H21',
  journey: 'M3 6h5c5 0 5 12 10 12h3M3 18h5c2.2 0 3.4-2.3 4.5-4.9M14 8.5c1-1.6 2.2-2.5 4-2.5h3',
  latency: 'M12 6.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 10v4l2.5 2M9.5 2.5h5M12 2.5v4',
  flows: 'M4 8h13l-3.5-3.5M20 16H7l3.5 3.5',
  drops: 'M12 3.5c-3.2 4.3-5.5 7.4-5.5 10.4a5.5 5.5 0 0 0 11 0c0-3-2.3-6.1-5.5-10.4zM9.5 13.5l5 5M14.5 13.5l-5 5',
  packets: 'M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3zM4 7.5l8 4.5 8-4.5M12 12v9',
  system: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5l12 7-12 7z',
  help: 'M9 9a3 3 0 1 1 4.2 2.75c-.8.4-1.2.9-1.2 1.75M12 17h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  auto: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M14.5 4v16M17 5.2v13.6M19 7v10',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  collapse: 'M14 6l-6 6 6 6',
  expand: 'M10 6l6 6-6 6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2L21 21',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  chart: 'M4 4v16h16M7 15l4-5 3 3 5-7',
  up: 'M12 19V6M6.5 11L12 5.5l5.5 5.5',
  down: 'M12 5v13M6.5 13l5.5 5.5 5.5-5.5',
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** Between a picture and the table of the same data. */
export function TableToggle({ on, onToggle }: { on: boolean; onToggle: () => void }) {
  const text = on ? s.chart.asChart : s.chart.asTable;
  return (
    <button type="button" class="ghost small" aria-pressed={on} onClick={onToggle} title={text}>
      <Icon name={on ? 'chart' : 'table'} />
      <span>{text}</span>
    </button>
  );
}

export function Empty({ children, busy }: { children: ComponentChildren; busy?: boolean }) {
  return (
    <div class="empty">
      {busy && <span class="spinner" aria-hidden="true" />}
      <p>{children}</p>
    </div>
  );
}

/** Shown only after 400 ms, so that fast answers don't flicker. */
export function Loading({ text = s.state.loading }: { text?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 400);
    return () => clearTimeout(timer);
  }, []);
  return late ? <Empty busy>{text}</Empty> : <div class="empty" />;
}

interface Polled<T> {
  data: T | null;
  error: Error | null;
  again: () => void;
}

/** Asks now and then every `ms`, never while paused, hidden or disconnected. */
export function usePoll<T>(ask: () => Promise<T>, ms: number, key: unknown = ''): Polled<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  const run = useRef<() => void>(() => undefined);
  useEffect(() => {
    let live = true;
    let busy = false;
    const once = async (first: boolean) => {
      if (busy || document.hidden || (!first && pausedAt.value !== null)) return;
      if (!first && connection.value.phase === 'lost') return;
      busy = true;
      try {
        const answer = await latest.current();
        if (live && (first || pausedAt.value === null)) {
          setData(answer);
          setError(null);
        }
      } catch (cause) {
        if (live) setError(cause as Error);
      } finally {
        busy = false;
      }
    };
    run.current = () => void once(true);
    void once(true);
    const timer = setInterval(() => void once(false), ms);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [ms, key]);
  return { data, error, again: () => run.current() };
}

// ---- words for screen readers, at most one in ten seconds ----

const ANNOUNCE_MS = 10_000;
export const announcement = signal('');
let announcedAt = 0;
let announceTimer = 0;

export function announce(text: string): void {
  clearTimeout(announceTimer);
  const wait = Math.max(0, announcedAt + ANNOUNCE_MS - Date.now());
  announceTimer = setTimeout(() => {
    announcedAt = Date.now();
    announcement.value = text;
  }, wait);
}

export const toast = signal('');
let toastTimer = 0;

export function say(text: string): void {
  toast.value = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.value = ''), 2500);
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(s.copied);
  } catch {
    // without a secure context there is no clipboard object; the old way needs a selection
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    say(done ? s.copied : s.copyFailed);
  }
}

/** The browser downloads it under that name. */
export function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Wraps between words; within one only where it is longer than the line. */
export function Words({ text }: { text: string }) {
  return (
    <>
      {text.split(' ').flatMap((word, i) => [
        i > 0 ? ' ' : '',
        <span class="word" key={i}>
          {word}
        </span>,
      ])}
    </>
  );
}

interface FilterCellProps {
  field: string;
  value: string | number | null | undefined;
  text?: string;
  operator?: CellOperator;
  /** What the value means, in words. */
  means?: string;
  onFilter: (clause: string) => void;
  class?: string;
}

/** Text that filters when clicked and excludes when Alt-clicked. The keyboard's way is the grid's `+` and `-`. */
export function FilterText({ field, value, text, operator, means, onFilter, class: name }: FilterCellProps) {
  if (value === null || value === undefined || value === '') return <span class="absent">{ABSENT}</span>;
  const clause = cellClause(field, value, false, operator);
  const without = cellClause(field, value, true, operator);
  return (
    <span
      class={`pick ${name ?? ''}`}
      data-field={field}
      data-value={String(value)}
      title={[means, s.filter.cell(clause, without)].filter(Boolean).join('\n')}
      onClick={(event) => {
        event.stopPropagation();
        onFilter(event.altKey ? without : clause);
      }}
    >
      {text ?? String(value)}
    </span>
  );
}

/** A button on other pages: opens Flows with that filter. */
export function flowsLink(clause: string): string {
  return href('flows', { f: clause });
}

export function goFlows(clause: string): void {
  navigate(flowsLink(clause));
}

interface BarProps {
  share: number;
  class?: string;
}

export function Bar({ share, class: name }: BarProps) {
  const style: CSSProperties = { width: `${Math.max(0, Math.min(100, share))}%` };
  return (
    <span class="bar" aria-hidden="true">
      <i class={name} style={style} />
    </span>
  );
}

/** Sixty seconds as a line; hidden from screen readers, the number beside it is what counts. */
interface SparkProps {
  values: (number | null | undefined)[];
  class?: string;
  /** What is dropped. */
  hatched?: boolean;
}

export function Spark({ values, class: name, hatched }: SparkProps) {
  const shown = values.slice(-60);
  const known = shown.filter((v): v is number => present(v));
  if (known.length < 2) return <svg class={`spark ${name ?? ''}`} viewBox="0 0 60 20" aria-hidden="true" />;
  const top = Math.max(...known) || 1;
  const start = 60 - shown.length;
  let line = '';
  let fill = '';
  shown.forEach((v, i) => {
    if (!present(v)) return;
    const x = start + i + 0.5;
    const at = `${x} ${(18.5 - (17 * v) / top).toFixed(2)}`;
    const begins = !present(shown[i - 1]);
    line += `${begins ? 'M' : 'L'}${at}`;
    fill += `${begins ? `M${x} 20L` : 'L'}${at}`;
    if (!present(shown[i + 1])) fill += `L${x} 20Z`;
  });
  return (
    <svg class={`spark ${name ?? ''}`} viewBox="0 0 60 20" preserveAspectRatio="none" aria-hidden="true">
      {hatched && (
        <pattern id="spark-hatch" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(35)">
          <path class="hatch" d="M0 0V3" />
        </pattern>
      )}
      <path class="fill" d={fill} />
      {hatched && <path fill="url(#spark-hatch)" d={fill} />}
      <path class="line" d={line} />
    </svg>
  );
}
