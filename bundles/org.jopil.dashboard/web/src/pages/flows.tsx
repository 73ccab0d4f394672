// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { ColumnChooser, useHiddenColumns, useWidest } from '../columns';
import { Export } from '../export';
import { addFilter, applyFilter } from '../filterbar';
import { combine, removeClause, splitClauses } from '../filter';
import { bitRate, bytes, moment, duration, endpoint, exact, packetRate, protocolName, utc } from '../format';
import { Grid, type Column } from '../grid';
import { useStableOrder } from '../hold';
import { showFlows, subscribe } from '../live';
import { FlowRates } from '../rates';
import { chosenInterfaces, filterText, href, openFlow, page, setParameters, sortText } from '../router';
import { filterProblem, flows, narrow, unit } from '../store';
import { s } from '../strings';
import { Empty, FilterText, Loading, Protocol, Value } from '../ui';
import { FlowDrawer } from './drawer';

const DEFAULT_SORT = '-bytes';
const LIMITS = [200, 1000];
/** Characters; where there is no more room a longer one is cut. */
const SHOWN_OF_NAME = 12;
const LONGEST_INTERFACE = 16;
const HIDDEN_KEY = 'jopil.flows.columns';
const HIDDEN_FIRST = ['first_seen', 'last_seen', 'namespace', 'tcp_flags', 'community_id', 'end_reason'];

const keyOf = (flow: api.Flow) => String(flow.id);

/** Asks the question of the address bar: at once by REST, from then on by messages. */
function useFlows(filter: string, sort: string, limit: number): boolean {
  const [answered, setAnswered] = useState(false);
  useEffect(() => {
    const question = { filter, sort, limit };
    const abort = new AbortController();
    setAnswered(false);
    api.getFlows(question, abort.signal).then(
      (answer) => {
        filterProblem.value = null;
        showFlows(answer);
        setAnswered(true);
        subscribe({ topics: ['stats', 'flows'], ...question });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setAnswered(true);
        if (error instanceof api.ApiError) {
          filterProblem.value = { filter: filterText.value, problem: error.problem };
          showFlows({ flows: [] });
          subscribe({ topics: ['stats'] });
        } else subscribe({ topics: ['stats', 'flows'], ...question });
      },
    );
    return () => abort.abort();
  }, [filter, sort, limit]);
  return answered;
}

export function Flows() {
  const filter = combine(filterText.value, chosenInterfaces.value);
  const sort = sortText.value || DEFAULT_SORT;
  const [limit, setLimit] = useState(LIMITS[0]!);
  const [holding, setHolding] = useState(false);
  const [hidden, toggleColumn] = useHiddenColumns(HIDDEN_KEY, HIDDEN_FIRST);
  const answered = useFlows(filter, sort, limit);
  const update = flows.value;
  const incoming = update?.flows ?? NONE;

  const rates = useRef(new FlowRates());
  const rated = useRef<api.FlowsUpdate | null>(null);
  if (update && rated.current !== update) {
    rated.current = update;
    rates.current.update(update.flows, Date.now());
  }

  const { rows, gone } = useStableOrder(incoming, keyOf, holding, `${filter}\n${sort}\n${limit}\n${String(answered)}`);
  const sourceWidth = useWidest(incoming, (f) => endpoint(f.src_ip, f.src_port), 15);
  const destinationWidth = useWidest(incoming, (f) => endpoint(f.dst_ip, f.dst_port), 15);
  const interfaceWidth = Math.min(
    LONGEST_INTERFACE,
    useWidest(incoming, (f) => f.interface ?? '', 9),
  );
  const chosenUnit = unit.value;

  const all = useMemo<Column<api.Flow>[]>(() => {
    const plain = (key: keyof api.Flow & string) => (f: api.Flow) => ({ field: key, value: f[key] as string | number });
    const counter = (key: keyof api.Flow & string) => (f: api.Flow) => ({
      ...plain(key)(f),
      operator: 'atLeast' as const,
    });
    return [
      {
        key: 'first_seen',
        title: s.columns.first_seen!,
        width: 8,
        sort: 'first_seen',
        cell: (f) => <span title={utc(f.first_seen)}>{moment(f.first_seen)}</span>,
      },
      {
        key: 'last_seen',
        title: s.columns.last_seen!,
        width: 9,
        sort: 'last_seen',
        cell: (f) => <span title={utc(f.last_seen)}>{moment(f.last_seen)}</span>,
      },
      {
        key: 'protocol',
        title: s.columns.protocol!,
        width: 8,
        sort: 'protocol',
        filter: plain('protocol'),
        cell: (f) => (
          <Protocol name={f.protocol}>
            <FilterText field="protocol" value={f.protocol} text={protocolName(f.protocol)} onFilter={addFilter} />
          </Protocol>
        ),
      },
      {
        key: 'src_ip',
        title: s.columns.src_ip!,
        width: sourceWidth,
        grow: true,
        sort: 'src_ip',
        filter: plain('src_ip'),
        cell: (f) => <Endpoint flow={f} side="src" />,
      },
      {
        key: 'dst_ip',
        title: s.columns.dst_ip!,
        width: destinationWidth,
        grow: true,
        sort: 'dst_ip',
        filter: plain('dst_ip'),
        cell: (f) => <Endpoint flow={f} side="dst" />,
      },
      {
        key: 'state',
        title: s.columns.state!,
        width: 15,
        sort: 'state',
        filter: plain('state'),
        cell: (f) => <State flow={f} />,
      },
      {
        key: 'application',
        title: s.columns.application!,
        width: 14,
        drop: 4,
        sort: 'application',
        filter: plain('application'),
        cell: (f) => <Application flow={f} />,
      },
      {
        key: 'server_name',
        title: s.columns.server_name!,
        width: SHOWN_OF_NAME,
        grow: true,
        drop: 3,
        sort: 'server_name',
        filter: plain('server_name'),
        cell: (f) => (
          <FilterText
            field="server_name"
            value={f.server_name}
            means={f.server_name ?? undefined}
            onFilter={addFilter}
            class="name"
          />
        ),
      },
      {
        key: 'interface',
        title: s.columns.interface!,
        width: interfaceWidth,
        drop: 5,
        sort: 'interface',
        filter: plain('interface'),
        cell: (f) => (
          <FilterText field="interface" value={f.interface} means={f.interface} onFilter={addFilter} class="name" />
        ),
      },
      {
        key: 'namespace',
        title: s.columns.namespace!,
        width: 10,
        sort: 'namespace',
        filter: plain('namespace'),
        cell: (f) => <FilterText field="namespace" value={f.namespace} onFilter={addFilter} />,
      },
      {
        key: 'duration_ms',
        title: s.columns.duration_ms!,
        width: 9,
        drop: 2,
        number: true,
        sort: 'duration_ms',
        filter: counter('duration_ms'),
        cell: (f) => <Value field="duration_ms" value={f.duration_ms} text={duration(f.duration_ms)} />,
      },
      {
        key: 'packets',
        title: s.columns.packets!,
        width: 9,
        number: true,
        sort: 'packets',
        filter: counter('packets'),
        cell: (f) => (
          <FilterText
            field="packets"
            value={f.packets}
            text={exact(f.packets)}
            operator="atLeast"
            onFilter={addFilter}
          />
        ),
      },
      {
        key: 'bytes',
        title: s.columns.bytes!,
        width: 8,
        number: true,
        sort: 'bytes',
        filter: counter('bytes'),
        cell: (f) => (
          <FilterText field="bytes" value={f.bytes} text={bytes(f.bytes)} operator="atLeast" onFilter={addFilter} />
        ),
      },
      {
        key: 'rate',
        title: s.columns.rate!,
        width: 10,
        number: true,
        cell: (f) => {
          const rate = rates.current.of(f.id);
          const text =
            chosenUnit === 'packets' ? packetRate(rate?.packetsPerSecond) : bitRate(rate?.bitsPerSecond, chosenUnit);
          return <span class={rate && rate.packetsPerSecond === 0 ? 'faint' : ''}>{text}</span>;
        },
      },
      { key: 'split', title: s.columns.split!, width: 8, drop: 1, cell: (f) => <Split flow={f} /> },
      {
        key: 'tcp_flags',
        title: s.columns.tcp_flags!,
        width: 18,
        cell: (f) => (f.tcp_flags?.length ? f.tcp_flags.join(' ') : ''),
      },
      {
        key: 'end_reason',
        title: s.columns.end_reason!,
        width: 6,
        filter: plain('end_reason'),
        cell: (f) => <FilterText field="end_reason" value={f.end_reason} onFilter={addFilter} />,
      },
      {
        key: 'community_id',
        title: s.columns.community_id!,
        width: 30,
        filter: plain('community_id'),
        cell: (f) => <FilterText field="community_id" value={f.community_id} onFilter={addFilter} />,
      },
    ];
  }, [sourceWidth, destinationWidth, interfaceWidth, chosenUnit]);
  const columns = all.filter((c) => !hidden.has(c.key));

  const count = update?.total;
  const unfiltered = update?.unfiltered;
  const filtered = filter !== '';
  const nextLimit = LIMITS.find((l) => l > limit);
  const path = api.flowsPath({ filter, sort, limit });
  const empty = rows.length === 0;
  const liveOnly = splitClauses(filterText.value).indexOf(NOT_ENDED);

  return (
    <div class="page flows-page">
      <div class="toolbar">
        <h1>{s.flows.title}</h1>
        <FlowTabs />
        <span class="toolbar-note">
          <Value field="flows.total" value={count} text={exact(count)} />
          {filtered && unfiltered !== undefined && (
            <>
              {' '}
              <span>
                of <Value field="flows.unfiltered" value={unfiltered} text={exact(unfiltered)} />
              </span>
            </>
          )}
          {count !== undefined && count > incoming.length && incoming.length > 0 && (
            <span class="muted">
              {' · '}
              {s.flows.top(incoming.length, (s.columns[sort.replace(/^-/, '')] ?? sort).toLowerCase())}
            </span>
          )}
        </span>
        {count !== undefined && count > limit && nextLimit && (
          <button type="button" class="small" onClick={() => setLimit(nextLimit)}>
            {s.flows.more(nextLimit)}
          </button>
        )}
        <button
          type="button"
          class="small"
          aria-pressed={liveOnly >= 0}
          onClick={() => (liveOnly >= 0 ? applyFilter(removeClause(filterText.value, liveOnly)) : addFilter(NOT_ENDED))}
        >
          {s.flows.liveOnly}
        </button>
        <span class="held" data-field="held" hidden={!holding || empty}>
          {s.flows.held}
        </span>
        <div class="toolbar-end">
          {narrow.value ? (
            <select
              aria-label={s.flows.sortLabel}
              value={sort}
              onChange={(e) => setParameters({ sort: e.currentTarget.value }, true)}
            >
              {all
                .filter((c) => c.sort)
                .map((c) => (
                  <option key={c.key} value={`-${c.sort!}`}>
                    {c.title} ↓
                  </option>
                ))}
            </select>
          ) : (
            <ColumnChooser columns={all} hidden={hidden} onToggle={toggleColumn} />
          )}
          <Export path={path} name="flows" />
        </div>
      </div>
      {empty && !answered && !update ? (
        <Loading />
      ) : empty && answered ? (
        <NoFlow filtered={filtered} unfiltered={unfiltered} />
      ) : (
        <Grid
          label={s.flows.grid}
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          rowHeight={narrow.value ? 72 : 30}
          card={narrow.value ? (f) => <FlowCard flow={f} rates={rates.current} /> : undefined}
          rowClass={(f) => `${holding && gone.has(keyOf(f)) ? 'gone' : ''} ${f.state === 'ended' ? 'ended' : ''}`}
          selected={openFlow.value}
          sort={sort}
          onSort={(next) => setParameters({ sort: next }, true)}
          onOpen={(f) => setParameters({ flow: keyOf(f) })}
          onFilter={addFilter}
          onHold={setHolding}
          total={count}
          sequence={update?.sequence}
        />
      )}
      {openFlow.value && <FlowDrawer key={openFlow.value} id={openFlow.value} />}
    </div>
  );
}

/** The same conversations as the wire and as the kernel's TCP see them. */
export function FlowTabs() {
  return (
    <nav class="segmented" aria-label={s.tcp.tabs}>
      {(['flows', 'tcp'] as const).map((target) => (
        <a
          key={target}
          class="button small"
          href={href(target)}
          data-route
          aria-current={page.value === target ? 'page' : undefined}
        >
          {s.nav[target]}
        </a>
      ))}
    </nav>
  );
}

const NONE: api.Flow[] = [];
const NOT_ENDED = 'state != ended';

function NoFlow({ filtered, unfiltered }: { filtered: boolean; unfiltered: number | undefined }) {
  if (!filtered) return <Empty>{s.state.noFlows}</Empty>;
  return (
    <div class="empty" data-field="empty_state">
      <p>{unfiltered === undefined ? s.state.filterHidesUnknown : s.state.filterHides(unfiltered)}</p>
      <button
        type="button"
        class="small"
        onClick={() => {
          setParameters({ if: '' }, true);
          applyFilter('');
        }}
      >
        {s.filter.clear}
      </button>
    </div>
  );
}

export function Endpoint({ flow, side }: { flow: api.Flow; side: 'src' | 'dst' }) {
  const ip = flow[`${side}_ip`];
  const port = flow[`${side}_port`];
  const six = ip?.includes(':') && port !== null && port !== undefined;
  return (
    <span class="endpoint">
      {six && '['}
      <FilterText field={`${side}_ip`} value={ip} onFilter={addFilter} />
      {six && ']'}
      {ip && port !== null && port !== undefined && (
        <>
          <span class="colon">:</span>
          <FilterText field={`${side}_port`} value={port} onFilter={addFilter} class="port" />
        </>
      )}
    </span>
  );
}

export function State({ flow }: { flow: api.Flow }) {
  return (
    <span class={`state state-${flow.state ?? ''}`}>
      <i aria-hidden="true" />
      <FilterText field="state" value={flow.state} means={s.flows.states[flow.state ?? '']} onFilter={addFilter} />
      {flow.state === 'new' && <small>{s.flows.oneWay}</small>}
      {flow.end_reason && (
        <small title={s.flows.ends[flow.end_reason]}>{s.flows.endTexts[flow.end_reason] ?? flow.end_reason}</small>
      )}
    </span>
  );
}

/** What the flow speaks, and whether that is unusual on its port. */
export function Application({ flow }: { flow: api.Flow }) {
  const { application, dst_port: port } = flow;
  return (
    <span class="application">
      <FilterText
        field="application"
        value={application}
        means={application ?? undefined}
        onFilter={addFilter}
        class="name"
      />
      {application && flow.unusual_port && (
        <FilterText
          field="unusual_port"
          value="true"
          text={s.flows.unusualPort}
          means={s.flows.unusualPortOf(application, port)}
          onFilter={addFilter}
          class="badge unusual"
        />
      )}
    </span>
  );
}

/** How the bytes divide between both directions. */
function Split({ flow }: { flow: api.Flow }) {
  const { bytes_fwd: forward, bytes_rev: reverse } = flow;
  if (forward === undefined || reverse === undefined) return null;
  const share = forward + reverse > 0 ? (100 * forward) / (forward + reverse) : 0;
  return (
    <span
      class="split"
      title={`${s.drawer.forward} ${bytes(forward)}, ${s.drawer.reverse} ${bytes(reverse)}`}
      aria-label={`${s.drawer.forward} ${bytes(forward)}, ${s.drawer.reverse} ${bytes(reverse)}`}
      role="img"
    >
      <i style={{ width: `${share}%` }} />
    </span>
  );
}

function FlowCard({ flow, rates }: { flow: api.Flow; rates: FlowRates }) {
  const rate = rates.of(flow.id);
  return (
    <div class="card">
      <div class="card-line">
        <Protocol name={flow.protocol} />
        <span class="muted">{flow.state}</span>
        {flow.application && (
          <span class="name" title={flow.application}>
            {flow.application}
          </span>
        )}
        <span class="card-number">
          <Value field="bytes" value={flow.bytes} text={bytes(flow.bytes)} />
        </span>
        <span class="card-rate">
          {unit.value === 'packets' ? packetRate(rate?.packetsPerSecond) : bitRate(rate?.bitsPerSecond, unit.value)}
        </span>
      </div>
      <div class="card-ends">
        <span>{endpoint(flow.src_ip, flow.src_port)}</span>
        <span>
          <span class="arrow" aria-label={s.packets.to}>
            →
          </span>{' '}
          {endpoint(flow.dst_ip, flow.dst_port)}
          {flow.application && flow.unusual_port && (
            <span class="badge unusual" title={s.flows.unusualPortOf(flow.application, flow.dst_port)}>
              {s.flows.unusualPort}
            </span>
          )}
          {flow.server_name && (
            <span class="muted name" title={flow.server_name}>
              {flow.server_name}
            </span>
          )}
        </span>
      </div>
    </div>
  );
}
