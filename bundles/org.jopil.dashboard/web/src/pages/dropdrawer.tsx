// SPDX-License-Identifier: Apache-2.0
// Why are these packets lost, and whose are they? One row of the drops, explained.

import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import * as api from '../api';
import { Chart, type Line } from '../chart';
import { dropKey, filterOfKey, placeOf, type DropHistory, type DropPoint } from '../drops';
import { bandOf, Cause } from '../droptext';
import { cellClause, flowAsPcapFilter } from '../filter';
import { addFilter } from '../filterbar';
import { bytes, clock, endpoint, exact, packetRate, percent, protocolName, utc } from '../format';
import { href, setParameters } from '../router';
import { s } from '../strings';
import { copy, FilterText, Icon, Loading, Protocol, usePoll, Value } from '../ui';
import { Command, Rate, shareOf } from './drops';

const LOOK_MS = 2_000;
const REFUSED_MS = 60_000;
const EVENTS = 20;
/** Rows that may share a reason and a function. */
const NEIGHBOURS = 200;

interface DropDrawerProps {
  id: string;
  /** As the table has it; without it, it is looked up. */
  row: api.Drop | undefined;
  total: number | null | undefined;
  history: DropHistory;
}

export function DropDrawer({ id, row, total, history }: DropDrawerProps) {
  const { data, error } = usePoll(
    async () => {
      if (row) return row;
      const { drops } = await api.getDrops({ filter: filterOfKey(id), limit: NEIGHBOURS });
      return drops.find((drop) => dropKey(drop) === id) ?? null;
    },
    LOOK_MS,
    `${id} ${String(row === undefined)}`,
  );
  const last = useRef<api.Drop | null>(null);
  last.current = row ?? data ?? last.current;
  const drop = last.current;
  const asked = useRef(false);
  asked.current ||= data !== null || error !== null;

  return (
    <Frame label={s.drops.drawer.label} box={{ 'data-drop': id }} closed={{ drop: '' }}>
      {drop ? (
        <Body drop={drop} total={total} history={history} />
      ) : asked.current ? (
        <div class="empty">
          <p>{error instanceof api.ApiError ? error.message : s.drops.drawer.missing}</p>
        </div>
      ) : (
        <Loading text={s.drops.drawer.loading} />
      )}
    </Frame>
  );
}

interface FrameProps {
  label: string;
  /** Attributes that name what is opened. */
  box?: Record<string, string>;
  /** Parameters that close it. */
  closed: Record<string, string>;
  children: ComponentChildren;
}

function Frame({ label, box: named, closed, children }: FrameProps) {
  const box = useRef<HTMLElement>(null);
  // from the keyboard, the focus comes along and goes back
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const byKeyboard = opener?.matches(':focus-visible') ?? false;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (byKeyboard && opener?.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside class="drawer" aria-label={label} tabIndex={-1} ref={box} {...named}>
      <button
        type="button"
        class="ghost square drawer-close"
        aria-label={s.drops.drawer.close}
        title={s.drops.drawer.close}
        onClick={() => setParameters(closed)}
      >
        <Icon name="close" />
      </button>
      {children}
    </aside>
  );
}

/** Single drops that a filter picks, whatever rows they belong to. */
export function PacketsDrawer({ filter }: { filter: string }) {
  return (
    <Frame label={s.drops.drawer.picked} closed={{ packets: '' }}>
      <header class="drawer-head">
        <p>
          <code data-field="packets_filter">{filter}</code>
        </p>
      </header>
      <Events title={s.drops.drawer.picked} filter={filter} />
    </Frame>
  );
}

function Body({ drop, total, history }: { drop: api.Drop } & Pick<DropDrawerProps, 'total' | 'history'>) {
  const text = s.drops.drawer;
  const reason = drop.reason ?? s.drops.noReason;
  const stage = drop.stage ?? '';
  return (
    <>
      <header class="drawer-head">
        <h2 class="cause">
          <Cause drop={drop} history={history} />
        </h2>
        <p class="community">
          <code data-field="place">{placeOf(drop)}</code>
        </p>
        <div class="row">
          {drop.reason && (
            <button type="button" class="small" onClick={() => addFilter(cellClause('reason', reason, false))}>
              {text.onlyReason}
            </button>
          )}
          {drop.interface && (
            <a
              class="button small"
              href={href('flows', { f: cellClause('interface', drop.interface, false) })}
              data-route
            >
              {text.flowsHere}
            </a>
          )}
          <button type="button" class="small" onClick={() => void copy(location.href)}>
            {text.copyLink}
          </button>
        </div>
      </header>
      <section class="drop-advice" aria-label={s.drops.check}>
        <h3>{s.drops.check}</h3>
        <p data-field="advice" data-value={drop.advice?.id}>
          {drop.advice?.sentence ?? text.noAdvice}
        </p>
        {drop.advice?.command && <Command text={drop.advice.command} />}
      </section>
      <section aria-label={text.means}>
        <h3>{text.means}</h3>
        <dl class="meanings">
          <div>
            <dt class="mono">{reason}</dt>
            <dd data-field="reason_text">{s.reasons[reason] ?? text.reason(reason)}</dd>
          </div>
          {s.stages[stage] && (
            <div>
              <dt>{text.stage(stage)}</dt>
              <dd data-field="stage_text">{s.stages[stage]}</dd>
            </div>
          )}
        </dl>
      </section>
      <dl class="facts">
        <Fact name={s.dropColumns.packets_per_second!}>
          <Rate drop={drop} quiet="" />
        </Fact>
        <Fact name={s.dropColumns.packets!}>
          <Value field="packets" value={drop.packets} text={exact(drop.packets)} />
        </Fact>
        <Fact name={s.dropColumns.share!}>
          <span title={s.drops.inAll}>{percent(shareOf(drop, total))}</span>
        </Fact>
        <Fact name={s.dropColumns.bytes!}>
          <Value field="bytes" value={drop.bytes} text={bytes(drop.bytes)} />
        </Fact>
        <Fact name={s.dropColumns.last_seen!}>
          <span title={utc(drop.last_seen)}>{clock(drop.last_seen)}</span>
        </Fact>
        {(['symbol', 'stage', 'hook', 'interface', 'namespace'] as const).map(
          (field) =>
            drop[field] && (
              <Fact name={s.dropColumns[field]!} key={field}>
                <FilterText field={field} value={drop[field]} onFilter={addFilter} />
              </Fact>
            ),
        )}
      </dl>
      <RowChart drop={drop} history={history} />
      <Events title={s.drops.drawer.events} filter={filterOfKey(dropKey(drop))} />
    </>
  );
}

function RowChart({ drop, history }: { drop: api.Drop; history: DropHistory }) {
  const key = dropKey(drop);
  const kind = bandOf(history, drop.reason);
  const points = history.points();
  const shown = useMemo(() => points.filter((p) => p.rows), [points]);
  const lines = useMemo<Line<DropPoint>[]>(
    () => [
      {
        key,
        label: s.drops.drawer.rowRate,
        colour: `--drop-${kind}`,
        hatch: kind,
        read: (p) => p.rows?.[key] ?? 0,
      },
    ],
    [key, kind],
  );
  return <Chart bare title={s.drops.drawer.chart} points={shown} lines={lines} format={packetRate} height={110} />;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A kernel that tells of no single drop is not asked again before this time. */
let silentUntil = 0;

function Events({ title, filter }: { title: string; filter: string }) {
  const text = s.drops.drawer;
  const { data, error } = usePoll(
    async () => {
      if (Date.now() < silentUntil) return { events: null };
      const events = await api.getDropEvents({ filter, limit: EVENTS });
      if (events === null) silentUntil = Date.now() + REFUSED_MS;
      return { events };
    },
    LOOK_MS,
    filter,
  );
  const events = data?.events;
  return (
    <section class="drawer-packets drop-events" aria-label={title}>
      <h3>{title}</h3>
      {events && events.length > 0 ? (
        <>
          <ol>
            {events.map((event, i) => (
              <Event key={`${event.timestamp ?? ''} ${i}`} event={event} />
            ))}
          </ol>
          <p class="sentence">{text.sampled}</p>
        </>
      ) : (
        <p class="muted" data-field="events_state">
          {data === null ? (error ? s.state.noAnswer : s.state.loading) : events ? text.noEvents : text.eventsOff}
        </p>
      )}
    </section>
  );
}

function Event({ event }: { event: api.DropEvent }) {
  const tuple = `${endpoint(event.src_ip, event.src_port)} → ${endpoint(event.dst_ip, event.dst_port)}`;
  const details = [
    event.interface,
    event.process,
    (event.weight ?? 1) > 1 ? s.drops.drawer.weight(event.weight!) : '',
  ].filter(Boolean);
  return (
    <li>
      <span class="mono" title={utc(event.timestamp)}>
        {clock(event.timestamp, true)}
      </span>
      <Protocol name={event.protocol} />
      <span class="number">{exact(event.length)} B</span>
      <span>
        {event.src_ip ? (
          <a
            class="mono"
            href={href('flows', { f: flowAsPcapFilter(event) })}
            data-route
            title={s.drops.drawer.toFlows(`${protocolName(event.protocol)} ${tuple}`)}
          >
            {tuple}
          </a>
        ) : (
          ''
        )}
        {details.length > 0 && <small>{details.join(' · ')}</small>}
      </span>
    </li>
  );
}
