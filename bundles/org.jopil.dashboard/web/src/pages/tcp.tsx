// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useState } from 'preact/hooks';
import * as api from '../api';
import { Export } from '../export';
import { addFilter } from '../filterbar';
import { ABSENT, exact, present, si } from '../format';
import { useWidest } from '../columns';
import { Grid, type Column } from '../grid';
import { useStableOrder } from '../hold';
import { subscribe } from '../live';
import { filterText, setParameters, sortText } from '../router';
import { filterProblem, narrow } from '../store';
import { s } from '../strings';
import { Empty, FilterText, goFlows, Loading, usePoll, Value } from '../ui';
import { NoAnswer } from './overview';
import { FlowTabs } from './flows';

const POLL_MS = 2_000;
const DEFAULT_SORT = '-retransmits';
const LIMIT = 1_000;
const BAD_FILTER = 400;
const NONE: api.TcpConnection[] = [];

const keyOf = (c: api.TcpConnection) =>
  [c.namespace, c.local_ip, c.local_port, c.remote_ip, c.remote_port, listens(c) ? 'listen' : ''].join(' ');
const listens = (c: api.TcpConnection) => c.state === 'listen';
/** The kernel lets one more wait than the limit says. */
const isFull = (c: api.TcpConnection) => listens(c) && (c.receive_queue ?? 0) > (c.accept_limit ?? Infinity);
const microseconds = (us: number | null | undefined) => si(present(us) ? us / 1e6 : undefined, 's');

export function Tcp() {
  const filter = filterText.value;
  const sort = sortText.value || DEFAULT_SORT;
  const [holding, setHolding] = useState(false);
  const question = `${filter}\n${sort}`;
  const { data, error, again } = usePoll(
    async () => ({ ...(await api.getTcp({ filter, sort, limit: LIMIT })), question }),
    POLL_MS,
    question,
  );
  const problem = error instanceof api.ApiError ? error.problem : null;
  const wrong = problem?.status === BAD_FILTER;
  const answered = data?.question === question;
  useEffect(() => subscribe({ topics: ['stats'] }), []);
  useEffect(() => {
    if (problem && wrong) filterProblem.value = { filter, problem };
    else if (answered) filterProblem.value = null;
  }, [problem, answered]);

  const incoming = data && !wrong ? data.connections : NONE;
  const { rows, gone } = useStableOrder(incoming, keyOf, holding, `${question}\n${String(answered)}`);
  const columns = useColumns(incoming);
  const connections = incoming.filter((c) => !listens(c));
  const suffering = (read: (c: api.TcpConnection) => number | null | undefined) =>
    connections.filter((c) => (read(c) ?? 0) > 0).length;
  return (
    <div class="page flows-page tcp-page">
      <div class="toolbar">
        <h1>{s.tcp.title}</h1>
        <FlowTabs />
        <span class="toolbar-note">
          <Value field="tcp.total" value={data?.matching} text={s.tcp.count(data?.matching ?? incoming.length)} />
        </span>
        <span class="held" data-field="held" hidden={!holding || rows.length === 0}>
          {s.flows.held}
        </span>
        <div class="toolbar-end">
          {narrow.value && (
            <select
              aria-label={s.flows.sortLabel}
              value={sort}
              onChange={(e) => setParameters({ sort: e.currentTarget.value }, true)}
            >
              {columns.map((c) => (
                <option key={c.key} value={`-${c.sort!}`}>
                  {c.title} ↓
                </option>
              ))}
            </select>
          )}
          <Export path={api.tcpPath({ filter, sort, limit: LIMIT })} name="tcp" />
        </div>
      </div>
      {!data && error && !wrong ? (
        <NoAnswer error={error} again={again} />
      ) : rows.length === 0 ? (
        data || wrong ? (
          <Empty>{filter ? s.tcp.filterHides : s.tcp.none}</Empty>
        ) : (
          <Loading />
        )
      ) : (
        <>
          <p class="page-sentence" data-field="tcp.sentence">
            {s.tcp.sentence(
              connections.length,
              suffering((c) => c.retransmits),
              suffering((c) => c.zero_windows),
              suffering((c) => c.out_of_order),
              incoming.filter(isFull).length,
            )}
          </p>
          <Grid
            label={s.tcp.grid}
            columns={columns}
            rows={rows}
            keyOf={keyOf}
            rowHeight={narrow.value ? 72 : 30}
            card={narrow.value ? (c) => <TcpCard connection={c} /> : undefined}
            rowClass={(c) => `${holding && gone.has(keyOf(c)) ? 'gone' : ''} ${c.state === 'closed' ? 'ended' : ''}`}
            sort={sort}
            onSort={(next) => setParameters({ sort: next }, true)}
            onOpen={(c) => openFlows(c)}
            onFilter={addFilter}
            onHold={setHolding}
            total={data?.matching}
            sequence={data?.sequence}
          />
        </>
      )}
    </div>
  );
}

/** Its flow on every interface, also when it was opened from the other side. */
function openFlows(c: api.TcpConnection): void {
  if (!c.local_port) return;
  const ends = c.remote_port ? ` and host ${c.remote_ip ?? ''} and port ${c.remote_port}` : '';
  goFlows(`tcp and port ${c.local_port}${ends}`);
}

function Ends({ ip, port, side }: { ip?: string | null; port?: number | null; side: 'local' | 'remote' }) {
  const six = ip?.includes(':') === true;
  return (
    <span class="endpoint">
      {six && '['}
      <FilterText field={`${side}_ip`} value={ip} onFilter={addFilter} />
      {six && ']'}
      {ip && present(port) && (
        <>
          <span class="colon">:</span>
          <FilterText field={`${side}_port`} value={port} onFilter={addFilter} class="port" />
        </>
      )}
    </span>
  );
}

function Waiting({ listener: c }: { listener: api.TcpConnection }) {
  if (!present(c.receive_queue)) return <span class="absent">{ABSENT}</span>;
  const text = s.tcp.waiting(c.receive_queue, exact(c.accept_limit), c.drops ?? 0);
  return <Value field="receive_queue" value={c.receive_queue} text={text} class={isFull(c) ? 'suffering' : 'faint'} />;
}

const endText = (ip?: string | null, port?: number | null) => `${ip ?? ''}:${port ?? ''}`;

function useColumns(rows: api.TcpConnection[]): Column<api.TcpConnection>[] {
  const here = useWidest(rows, (c) => endText(c.local_ip, c.local_port), 18) + 2;
  const there = useWidest(rows, (c) => endText(c.remote_ip, c.remote_port), 18) + 2;
  const process = useWidest(rows, (c) => c.process ?? '', 12) + 1;
  const namespace = useWidest(rows, (c) => c.namespace ?? '', 9);
  return useMemo(() => {
    const title = (key: string) => s.tcp.columns[key]!;
    const picked = (key: 'state' | 'process' | 'namespace', width: number): Column<api.TcpConnection> => ({
      key,
      title: title(key),
      width,
      sort: key,
      filter: (c) => ({ field: key, value: c[key] }),
      cell: (c) => <FilterText field={key} value={c[key]} onFilter={addFilter} />,
    });
    type Counted = 'retransmits' | 'out_of_order' | 'zero_windows' | 'resets' | 'cwnd';
    const counted = (key: Counted, drop?: number): Column<api.TcpConnection> => ({
      key,
      title: title(key),
      width: Math.max(6, title(key).length + 2),
      drop,
      number: true,
      sort: key,
      filter: (c) => ({ field: key, value: c[key], operator: 'atLeast' }),
      cell: (c) => (
        <FilterText
          field={key}
          value={c[key]}
          text={exact(c[key])}
          operator="atLeast"
          onFilter={addFilter}
          class={key !== 'cwnd' && (c[key] ?? 0) > 0 ? 'suffering' : ''}
        />
      ),
    });
    const timed = (key: 'handshake_us' | 'srtt_us', drop: number): Column<api.TcpConnection> => ({
      key,
      title: title(key),
      width: 11,
      drop,
      number: true,
      sort: key,
      cell: (c) => <Value field={key} value={c[key]} text={microseconds(c[key])} />,
    });
    return [
      {
        key: 'local_ip',
        title: title('local_ip'),
        width: here,
        grow: true,
        sort: 'local_port',
        filter: (c) => ({ field: 'local_port', value: c.local_port }),
        cell: (c) => <Ends ip={c.local_ip} port={c.local_port} side="local" />,
      },
      {
        key: 'remote_ip',
        title: title('remote_ip'),
        width: there,
        grow: true,
        sort: 'remote_ip',
        filter: (c) => ({ field: 'remote_ip', value: c.remote_ip }),
        cell: (c) =>
          listens(c) ? <Waiting listener={c} /> : <Ends ip={c.remote_ip} port={c.remote_port} side="remote" />,
      },
      picked('state', 12),
      picked('process', process),
      { ...picked('namespace', namespace), drop: 2 },
      timed('handshake_us', 4),
      timed('srtt_us', 7),
      counted('retransmits'),
      counted('out_of_order', 6),
      counted('zero_windows', 5),
      counted('resets', 3),
      counted('cwnd', 1),
    ];
  }, [here, there, process, namespace]);
}

function TcpCard({ connection: c }: { connection: api.TcpConnection }) {
  return (
    <div class="card">
      <div class="card-line">
        <span>{c.process ?? c.state}</span>
        <span class="muted">{c.process ? c.state : ''}</span>
        <span class="card-number">{microseconds(c.srtt_us)}</span>
        <span class={`card-rate ${(c.retransmits ?? 0) > 0 ? 'suffering' : ''}`}>
          {s.tcp.columns.retransmits} {exact(c.retransmits)}
        </span>
      </div>
      <div class="card-ends">
        <span>{endText(c.local_ip, c.local_port)}</span>
        <span>
          <span class="arrow">↔</span> {endText(c.remote_ip, c.remote_port)}
        </span>
      </div>
    </div>
  );
}
