// SPDX-License-Identifier: Apache-2.0
// What happened in this flow? Everything that the API says about it, and its latest packets.

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { Chart, type Line } from '../chart';
import { cellClause, flowAsDisplayFilter, flowAsPcapFilter, flowEitherWay, joinClauses } from '../filter';
import { addFilter } from '../filterbar';
import { bitRate, bytes, moment, duration, endpoint, exact, utc } from '../format';
import { summaryOf } from '../packet';
import { href, setParameters } from '../router';
import { flows, unit } from '../store';
import { s } from '../strings';
import { copy, FilterText, Icon, Loading, Protocol, usePoll, Value } from '../ui';
import { nanoseconds } from '../way';
import { Application, State } from './flows';

interface RatePoint {
  t: number;
  forward?: number;
  reverse?: number;
}

const POINTS = 600;

const TCP_COUNTS = ['retransmitted', 'out_of_order', 'duplicates', 'zero_windows', 'resets', 'window_scale'];

/** Where the ends are, as far as databases tell. */
const PLACES = ['src_country', 'src_as', 'src_as_name', 'dst_country', 'dst_as', 'dst_as_name'] as const;

/** Fields that have a place of their own above. */
const SHOWN = new Set<string>([
  ...PLACES,
  'id',
  'community_id',
  'interface',
  'namespace',
  'protocol',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'packets',
  'bytes',
  'packets_fwd',
  'packets_rev',
  'bytes_fwd',
  'bytes_rev',
  'first_seen',
  'last_seen',
  'duration_ms',
  'tcp_flags',
  'state',
  'end_reason',
  'application',
  'application_source',
  'server_name',
  'unusual_port',
  'tcp_source',
  'handshake_us',
  ...TCP_COUNTS.flatMap((name) => [`${name}_fwd`, `${name}_rev`]),
]);

const isCommunity = (id: string) => /^1:/.test(id);

const newest = async (filter: string): Promise<api.Flow | null> =>
  (await api.getFlows({ filter, sort: '-last_seen', limit: 1 })).flows[0] ?? null;

/** The record of that number or, once the active time-out has closed it, the one in which the flow goes on. */
async function lookUp(id: string): Promise<api.Flow | null> {
  if (isCommunity(id)) return newest(cellClause('community_id', id, false));
  const flow = await newest(cellClause('id', id, false));
  if (!flow?.community_id || flow.end_reason !== 'active') return flow;
  const clauses = [cellClause('community_id', flow.community_id, false)];
  if (flow.interface) clauses.push(cellClause('interface', flow.interface, false));
  return (await newest(joinClauses(clauses))) ?? flow;
}

export function FlowDrawer({ id }: { id: string }) {
  const [flow, setFlow] = useState<api.Flow | null>(
    () => flows.value?.flows.find((f) => String(f.id) === id || f.community_id === id) ?? null,
  );
  const history = useRef<RatePoint[]>([]);
  const before = useRef<{ at: number; flow: api.Flow } | null>(null);
  const box = useRef<HTMLElement>(null);
  const { data: answer, error } = usePoll(async () => ({ flow: await lookUp(id) }), 1000, id);
  const data = answer?.flow;

  useEffect(() => {
    if (!data) return;
    const at = Date.now();
    const last = before.current;
    if (last?.flow.id === data.id) {
      const seconds = (at - last.at) / 1000;
      const grown = (key: 'bytes_fwd' | 'bytes_rev' | 'packets_fwd' | 'packets_rev') =>
        Math.max(0, (data[key] ?? 0) - (last.flow[key] ?? 0)) / seconds;
      const point = {
        t: at,
        forward: 8 * grown('bytes_fwd'),
        reverse: 8 * grown('bytes_rev'),
      };
      history.current = [...history.current, point].slice(-POINTS);
    }
    before.current = { at, flow: data };
    setFlow(data);
  }, [data]);

  // from the keyboard, the focus comes along and goes back
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const byKeyboard = opener?.matches('[role=gridcell]:focus-visible') ?? false;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (byKeyboard && opener?.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);

  const close = () => setParameters({ flow: '' });
  return (
    <aside class="drawer" aria-label={s.drawer.label} tabIndex={-1} ref={box} data-flow={id}>
      <button
        type="button"
        class="ghost square drawer-close"
        aria-label={s.drawer.close}
        title={s.drawer.close}
        onClick={close}
      >
        <Icon name="close" />
      </button>
      {flow ? (
        <Body flow={flow} history={history.current} />
      ) : answer === null && !error ? (
        <Loading text={s.drawer.loading} />
      ) : (
        <div class="empty">
          <p>{error instanceof api.ApiError ? error.message : s.drawer.missing}</p>
        </div>
      )}
    </aside>
  );
}

const RATE_LINES: Line<RatePoint>[] = [
  { key: 'forward', label: s.drawer.forward, colour: '--in', read: (p) => p.forward },
  { key: 'reverse', label: s.drawer.reverse, colour: '--out', read: (p) => p.reverse, down: true },
];

const rateBits = (value: number | null | undefined) => bitRate(value, 'bits');
const rateBytes = (value: number | null | undefined) => bitRate(value, 'bytes');

function Body({ flow, history }: { flow: api.Flow; history: RatePoint[] }) {
  const more = Object.entries(flow).filter(([key, value]) => !SHOWN.has(key) && value !== null && value !== undefined);
  return (
    <>
      <header class="drawer-head">
        <div class="drawer-title">
          <Protocol name={flow.protocol} />
          <State flow={flow} />
          <FilterText field="interface" value={flow.interface} onFilter={addFilter} />
          {flow.application && <Application flow={flow} />}
        </div>
        <h2>
          <span class="mono">{endpoint(flow.src_ip, flow.src_port)}</span>
          <span class="arrow" aria-hidden="true">
            →
          </span>
          <span class="mono">{endpoint(flow.dst_ip, flow.dst_port)}</span>
        </h2>
        {flow.community_id && (
          <p class="community">
            <code data-field="community_id" data-value={flow.community_id}>
              {flow.community_id}
            </code>
          </p>
        )}
        <div class="row">
          {flow.community_id && (
            <button type="button" class="small" onClick={() => void copy(flow.community_id!)}>
              {s.drawer.copyCommunity}
            </button>
          )}
          <button type="button" class="small" onClick={() => void copy(flowAsPcapFilter(flow))}>
            {s.drawer.copyPcap}
          </button>
          <button type="button" class="small" onClick={() => void copy(flowAsDisplayFilter(flow))}>
            {s.drawer.copyTshark}
          </button>
          <button
            type="button"
            class="small"
            onClick={() => void copy(location.origin + href('flows', { flow: flow.community_id ?? String(flow.id) }))}
          >
            {s.drawer.copyLink}
          </button>
        </div>
      </header>
      <table class="directions">
        <thead>
          <tr>
            <td />
            <th scope="col" class="number">
              {s.drawer.forward} →
            </th>
            <th scope="col" class="number">
              ← {s.drawer.reverse}
            </th>
            <th scope="col" class="number">
              {s.overview.all}
            </th>
          </tr>
        </thead>
        <tbody>
          {(['packets', 'bytes'] as const).map((what) => (
            <tr key={what}>
              <th scope="row">{s.columns[what]}</th>
              {([`${what}_fwd`, `${what}_rev`, what] as const).map((field) => (
                <td class="number" key={field}>
                  <Value
                    field={field}
                    value={flow[field]}
                    text={what === 'bytes' ? bytes(flow[field]) : exact(flow[field])}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Chart
        bare
        title={s.drawer.chart}
        points={history}
        lines={RATE_LINES}
        format={unit.value === 'bytes' ? rateBytes : rateBits}
        height={130}
      />
      {flow.application && <Spoken flow={flow} />}
      {flow.tcp_source && <Tcp flow={flow} />}
      <dl class="facts">
        <Fact name={s.columns.first_seen!}>
          <span title={utc(flow.first_seen)}>{moment(flow.first_seen, true)}</span>
        </Fact>
        <Fact name={s.columns.last_seen!}>
          <span title={utc(flow.last_seen)}>{moment(flow.last_seen, true)}</span>
        </Fact>
        <Fact name={s.columns.duration_ms!}>
          <Value field="duration_ms" value={flow.duration_ms} text={duration(flow.duration_ms)} />
        </Fact>
        {flow.tcp_flags && flow.tcp_flags.length > 0 && (
          <Fact name={s.columns.tcp_flags!}>
            {flow.tcp_flags.map((flag) => (
              <span class="badge" key={flag}>
                {flag}
              </span>
            ))}
          </Fact>
        )}
        {PLACES.map(
          (field) =>
            flow[field] !== null &&
            flow[field] !== undefined && (
              <Fact name={s.columns[field]!} key={field}>
                <FilterText field={field} value={flow[field]} onFilter={addFilter} />
              </Fact>
            ),
        )}
        {flow.namespace && <Fact name={s.columns.namespace!}>{flow.namespace}</Fact>}
        <Fact name="ID">
          <span class="mono">{String(flow.id)}</span>
        </Fact>
        {more.map(([key, value]) => (
          <Fact name={key} key={key}>
            {typeof value === 'object' ? JSON.stringify(value) : String(value)}
          </Fact>
        ))}
      </dl>
      <LatestPackets flow={flow} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How its connection did; a dash is what nobody measured. */
function Tcp({ flow }: { flow: api.Flow }) {
  const handshake = flow.handshake_us;
  const count = (field: string) => {
    const value = flow[field] as number | null | undefined;
    return (
      <td class="number">
        <Value field={field} value={value} text={exact(value)} />
      </td>
    );
  };
  return (
    <section class="drawer-tcp" aria-label="TCP">
      <h3>TCP</h3>
      <table class="directions">
        <thead>
          <tr>
            <td class="muted">{s.drawer.toldBy[flow.tcp_source!]}</td>
            <th scope="col" class="number">
              {s.drawer.forward} →
            </th>
            <th scope="col" class="number">
              ← {s.drawer.reverse}
            </th>
          </tr>
        </thead>
        <tbody>
          {TCP_COUNTS.map((name) => (
            <tr key={name}>
              <th scope="row">{s.drawer.tcp[name]}</th>
              {count(`${name}_fwd`)}
              {count(`${name}_rev`)}
            </tr>
          ))}
        </tbody>
      </table>
      {handshake !== null && handshake !== undefined && (
        <dl class="facts">
          <Fact name={s.drawer.handshake}>
            <Value field="handshake_us" value={handshake} text={nanoseconds(1000 * handshake)} />
          </Fact>
        </dl>
      )}
    </section>
  );
}

/** What the flow speaks, and what its first bytes told of it. */
function Spoken({ flow }: { flow: api.Flow }) {
  const filter = flowEitherWay(flow);
  const { data } = usePoll(async () => ({ row: await api.getApplication(filter) }), 2000, filter);
  // the same ports may have served another flow since
  const row = data?.row?.application === flow.application ? data?.row : null;
  return (
    <section class="drawer-application" aria-label={s.columns.application}>
      <h3>{s.columns.application}</h3>
      <dl class="facts">
        {flow.application_source && (
          <Fact name={s.columns.application_source!}>
            <FilterText
              field="application_source"
              value={flow.application_source}
              text={s.drawer.namedBy[flow.application_source]}
              onFilter={addFilter}
            />
          </Fact>
        )}
        {flow.server_name && (
          <Fact name={s.columns.server_name!}>
            <FilterText field="server_name" value={flow.server_name} onFilter={addFilter} class="long" />
          </Fact>
        )}
        {row?.response_ns !== null && row?.response_ns !== undefined && (
          <Fact name={s.drawer.response}>
            <Value field="response_ns" value={row.response_ns} text={nanoseconds(row.response_ns)} />
          </Fact>
        )}
      </dl>
      {row?.details && (
        <dl class="told">
          {Object.entries(row.details).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="long">
                <Value
                  field={name}
                  value={Array.isArray(value) ? undefined : value}
                  text={Array.isArray(value) ? value.join(', ') : String(value)}
                />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {data && !row && <p class="muted">{s.drawer.noDetails}</p>}
    </section>
  );
}

function LatestPackets({ flow }: { flow: api.Flow }) {
  const filter = flowAsPcapFilter(flow);
  const { data } = usePoll(() => api.getPackets({ filter, limit: 20 }), 2000, filter);
  return (
    <section class="drawer-packets" aria-label={s.drawer.packets}>
      <div class="chart-bare-head">
        <h3>{s.drawer.packets}</h3>
        <a class="button small" href={href('packets', { f: filter })} data-route>
          {s.drawer.allPackets}
        </a>
      </div>
      {data?.packets.length === 0 ? (
        <p class="muted">{s.drawer.noPackets}</p>
      ) : (
        <ol>
          {data?.packets.map((p) => {
            const summary = summaryOf(p);
            const forward = summary.source === flow.src_ip && (summary.sourcePort ?? null) === (flow.src_port ?? null);
            return (
              <li key={p.id}>
                <span class="mono" title={utc(p.timestamp)}>
                  {moment(p.timestamp, true)}
                </span>
                <span aria-label={forward ? s.drawer.forward : s.drawer.reverse}>{forward ? '→' : '←'}</span>
                <span class="number">{exact(p.length)} B</span>
                <span class="mono">{summary.info}</span>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
