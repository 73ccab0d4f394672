// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { captureLabel, capturing, isCapturing } from '../capture';
import { Export } from '../export';
import { combine, flowEitherWay, joinClauses } from '../filter';
import { addFilter, applyFilter } from '../filterbar';
import { moment, endpoint, exact, protocolFamily, utc } from '../format';
import { Grid, type CellFilter, type Column } from '../grid';
import { subscribe } from '../live';
import {
  frameOf,
  hasScalableWindow,
  hexDump,
  innerOf,
  layersOf,
  placeKey,
  placesOf,
  summaryOf,
  windowOf,
  withWindow,
  type HexRun,
  type LayerField,
  type Place,
  type Summary,
} from '../packet';
import { ratioOf } from '../ratio';
import { chosenInterfaces, filterText, href, openCapture, setParameters } from '../router';
import { filterProblem, narrow, packets, pausedAt, resetPackets, setPackets, stats, tail } from '../store';
import { s } from '../strings';
import { Empty, FilterText, Icon, Loading, usePoll, Value } from '../ui';
import { CaptureDrawer } from './capturedrawer';

const RATES = [5, 20, 100, 500];
const FIRST = 200;

const keyOf = (packet: api.Packet) => String(packet.id);

/** Summaries are made once a packet, when it first comes into view. */
const summaries = new WeakMap<api.Packet, Summary>();
function summary(packet: api.Packet): Summary {
  let made = summaries.get(packet);
  if (!made) summaries.set(packet, (made = summaryOf(packet)));
  return made;
}

function usePackets(filter: string, rate: number): boolean {
  const [answered, setAnswered] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    setAnswered(false);
    resetPackets();
    api.getPackets({ filter, limit: FIRST }, abort.signal).then(
      (answer) => {
        filterProblem.value = null;
        setPackets(answer.packets);
        setAnswered(true);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setAnswered(true);
        if (error instanceof api.ApiError) {
          filterProblem.value = { filter: filterText.value, problem: error.problem };
        }
      },
    );
    return () => abort.abort();
  }, [filter]);
  useEffect(() => {
    if (answered)
      subscribe(filterProblem.value ? { topics: ['stats'] } : { topics: ['stats', 'packets'], filter, rate });
  }, [answered, filter, rate]);
  return answered;
}

export function Packets() {
  const filter = combine(filterText.value, chosenInterfaces.value);
  const [rate, setRate] = useState(RATES[1]!);
  const [holding, setHolding] = useState(false);
  const [away, setAway] = useState(false);
  const [open, setOpen] = useState<api.Packet | null>(null);
  const answered = usePackets(filter, rate);

  // while somebody reads, the list stands and the new ones wait
  const held = useRef<api.Packet[]>([]);
  const newest = packets.value;
  const still = (holding || away) && held.current.length > 0 && answered;
  if (!still) held.current = newest;
  const rows = held.current;
  const waits = useMemo(() => {
    if (!still || !rows[0]) return 0;
    const at = newest.indexOf(rows[0]);
    return at < 0 ? newest.length : at;
  }, [still, newest, rows]);

  const columns = useColumns(rows);
  const empty = rows.length === 0;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      if (openCapture.value) closeCapture();
      else setOpen(null);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  return (
    <div class={`page packets-page ${open ? 'has-detail' : ''}`}>
      <div class="toolbar">
        <h1>{s.packets.title}</h1>
        <Ratio rate={rate} />
        <span class="held" data-field="held" hidden={!still || empty}>
          {s.packets.held(waits)}
        </span>
        <div class="toolbar-end">
          <label class="inline">
            <span>{s.packets.rate}</span>
            <select value={rate} onChange={(e) => setRate(Number(e.currentTarget.value))}>
              {RATES.map((n) => (
                <option key={n} value={n}>
                  {s.packets.perSecond(n)}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            class={`small ${isCapturing(capturing.value) ? 'recording' : ''}`}
            aria-expanded={openCapture.value !== ''}
            onClick={() => setParameters({ capture: openCapture.value ? '' : '1' })}
          >
            {captureLabel()}
          </button>
          <Export path={api.packetsPath({ filter, limit: 5000 })} name="packets" />
        </div>
      </div>
      {empty && !answered ? (
        <Loading />
      ) : empty ? (
        <NoPacket filtered={filter !== ''} />
      ) : (
        <Grid
          label={s.packets.grid}
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          rowHeight={narrow.value ? 72 : 26}
          card={narrow.value ? (p) => <PacketCard packet={p} /> : undefined}
          rowClass={(p) => `family-row-${protocolFamily(bottomProtocol(p))}`}
          selected={open ? keyOf(open) : undefined}
          onOpen={setOpen}
          onMove={open ? setOpen : undefined}
          onFilter={addFilter}
          onHold={setHolding}
          onScrolled={setAway}
        />
      )}
      {open && <Details packet={open} onClose={() => setOpen(null)} />}
      {openCapture.value && <CaptureDrawer onClose={closeCapture} />}
    </div>
  );
}

const closeCapture = () => setParameters({ capture: '' });

/** The colour is the transport's, whatever the application is called. */
function bottomProtocol(packet: api.Packet): string {
  if (packet.tcp) return 'tcp';
  if (packet.udp) return 'udp';
  if (packet.icmp ?? packet.icmpv6) return 'icmp';
  return packet.arp ? 'arp' : 'other';
}

function NoPacket({ filtered }: { filtered: boolean }) {
  const first = Object.keys(stats.value?.interfaces ?? {})[0];
  if (!filtered) {
    return <Empty>{first && stats.value?.total_packets === 0 ? s.state.first(first) : s.state.noPackets}</Empty>;
  }
  return (
    <div class="empty" data-field="empty_state">
      <p>{s.state.packetsHidden}</p>
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

function Ratio({ rate }: { rate: number }) {
  const ratio = ratioOf(tail.value, rate, stats.value?.sampling);
  return (
    ratio && (
      <span class="ratio badge" data-field="ratio" data-value={ratio.value.toFixed(3)}>
        {ratio.text}
      </span>
    )
  );
}

function useColumns(rows: api.Packet[]): Column<api.Packet>[] {
  const widest = useRef({ source: 18, destination: 18, interface: 9, info: 24 });
  for (const row of rows.slice(0, 100)) {
    const line = summary(row);
    const w = widest.current;
    w.source = Math.max(w.source, endpoint(line.source, line.sourcePort).length);
    w.destination = Math.max(w.destination, endpoint(line.destination, line.destinationPort).length);
    w.interface = Math.max(w.interface, (row.interface ?? '').length);
    w.info = Math.min(72, Math.max(w.info, line.info.length));
  }
  const { source, destination, interface: interfaceWidth, info } = widest.current;
  return useMemo(
    () => [
      {
        key: 'timestamp',
        title: s.packets.time,
        width: 12,
        cell: (p) => <span title={utc(p.timestamp)}>{moment(p.timestamp, true)}</span>,
      },
      {
        key: 'interface',
        title: s.packets.interface,
        width: interfaceWidth,
        drop: 1,
        filter: (p) => ({ field: 'interface', value: p.interface }),
        cell: (p) => <FilterText field="interface" value={p.interface} onFilter={addFilter} />,
      },
      {
        key: 'direction',
        title: s.packets.direction,
        width: 3,
        drop: 2,
        cell: (p) => <Direction packet={p} />,
      },
      {
        key: 'protocol',
        title: s.packets.protocol,
        width: 8,
        cell: (p) => (
          <span class="proto-cell">
            <span class={`proto proto-${protocolFamily(bottomProtocol(p))}`}>
              <i aria-hidden="true" />
            </span>
            {summary(p).protocol}
          </span>
        ),
      },
      {
        key: 'source',
        title: s.packets.source,
        width: source,
        filter: (p) => addressFilter(p, 'src'),
        cell: (p) => <Address packet={p} side="src" />,
      },
      {
        key: 'destination',
        title: s.packets.destination,
        width: destination,
        filter: (p) => addressFilter(p, 'dst'),
        cell: (p) => <Address packet={p} side="dst" />,
      },
      {
        key: 'length',
        title: s.packets.length,
        width: 6,
        number: true,
        filter: (p) => ({ field: 'length', value: p.length, operator: 'atLeast' }),
        cell: (p) => exact(p.length),
      },
      {
        key: 'info',
        title: s.packets.info,
        width: info,
        grow: true,
        cell: (p) => <span class="info">{summary(p).info}</span>,
      },
    ],
    [source, destination, interfaceWidth, info],
  );
}

function addressFilter(packet: api.Packet, side: 'src' | 'dst'): CellFilter | null {
  if (!packet.ip && !packet.ipv6) return null;
  const line = summary(packet);
  return { field: `${side}_ip`, value: side === 'src' ? line.source : line.destination };
}

function Direction({ packet }: { packet: api.Packet }) {
  const out = packet.direction === 'egress';
  if (!packet.direction) return null;
  return (
    <span class={`direction ${out ? 'out' : 'in'}`} title={packet.direction}>
      {out ? s.packets.out : s.packets.in}
    </span>
  );
}

function Address({ packet, side }: { packet: api.Packet; side: 'src' | 'dst' }) {
  const line = summary(packet);
  const ip = side === 'src' ? line.source : line.destination;
  const port = side === 'src' ? line.sourcePort : line.destinationPort;
  if (!packet.ip && !packet.ipv6) return <span>{ip}</span>;
  const six = ip.includes(':') && port !== undefined;
  return (
    <span class="endpoint">
      {six && '['}
      <FilterText field={`${side}_ip`} value={ip} onFilter={addFilter} />
      {six && ']'}
      {port !== undefined && (
        <>
          <span class="colon">:</span>
          <FilterText field={`${side}_port`} value={port} onFilter={addFilter} class="port" />
        </>
      )}
    </span>
  );
}

function PacketCard({ packet }: { packet: api.Packet }) {
  const line = summary(packet);
  return (
    <div class="card">
      <div class="card-line">
        <span class={`proto proto-${protocolFamily(bottomProtocol(packet))}`}>
          <i aria-hidden="true" />
          {line.protocol}
        </span>
        <span class="mono card-time">{moment(packet.timestamp, true)}</span>
        <span class="card-number">{exact(packet.length)} B</span>
      </div>
      <div class="card-ends">
        <span>{endpoint(line.source, line.sourcePort)}</span>
        <span>
          <span class="arrow" aria-label={s.packets.to}>
            →
          </span>{' '}
          {endpoint(line.destination, line.destinationPort)}
        </span>
      </div>
    </div>
  );
}

const FLOW_MS = 2_000;
/** With the same ends, since the ports were used again. */
const MOST_FLOWS = 20;

/** The window in bytes, once a flow is known whose SYNs say how it is scaled. */
function useWindow(packet: api.Packet): LayerField | undefined {
  const { data } = usePoll(
    async () => {
      const filter = hasScalableWindow(packet) ? flowEitherWay(packet as Parameters<typeof flowEitherWay>[0]) : '';
      const question = { filter, sort: '-first_seen', limit: MOST_FLOWS };
      return { id: packet.id, flows: filter ? (await api.getFlows(question)).flows : [] };
    },
    FLOW_MS,
    packet.id,
  );
  return data?.id === packet.id ? windowOf(packet, data.flows) : undefined;
}

function Details({ packet, onClose }: { packet: api.Packet; onClose: () => void }) {
  const line = summary(packet);
  const places = useMemo(() => placesOf(packet), [packet]);
  const window = useWindow(packet);
  // the layer under the pointer or the focus; else the one whose byte was clicked
  const [pointed, setPointed] = useState('');
  const [picked, setPicked] = useState('');
  const tree = useRef<HTMLDivElement>(null);
  const marked = pointed || picked;
  const mark: Mark = { key: marked, point: setPointed };
  useEffect(() => {
    setPointed('');
    setPicked('');
  }, [packet]);

  function pick(place: Place): void {
    const key = picked === place.key ? '' : place.key;
    setPicked(key);
    setPointed('');
    const layer = key && tree.current?.querySelector<HTMLDetailsElement>(`[data-place="${key}"]`);
    if (!layer) return;
    for (let at: Element | null = layer; at; at = at.parentElement)
      if (at instanceof HTMLDetailsElement) at.open = true;
    layer.scrollIntoView({ block: 'nearest' });
  }

  const filter = joinClauses([
    line.source && (packet.ip ?? packet.ipv6) ? `host ${line.source}` : '',
    line.destination && (packet.ip ?? packet.ipv6) ? `host ${line.destination}` : '',
    line.sourcePort ? `port ${line.sourcePort}` : '',
    line.destinationPort ? `port ${line.destinationPort}` : '',
  ]);
  void pausedAt.value;
  return (
    <section class="detail" aria-label={s.packets.details}>
      <header class="detail-head">
        <h2>
          {line.protocol} {endpoint(line.source, line.sourcePort)} → {endpoint(line.destination, line.destinationPort)}
        </h2>
        {filter && (
          <a class="button small" href={href('flows', { f: filter })} data-route>
            {s.packets.flow}
          </a>
        )}
        <button
          type="button"
          class="ghost square"
          aria-label={s.packets.close}
          title={s.packets.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="detail-body">
        <div class="tree" tabIndex={0} role="group" aria-label={s.packets.details} ref={tree}>
          <LayerTree title={s.packets.frame} name="frame" fields={frameOf(packet)} of={packet} />
          <Layers packet={packet} of={packet} depth={0} mark={mark} window={window} />
        </div>
        {packet.captured_hex && (
          <div class="hex" tabIndex={0} role="group" aria-label={s.packets.hex}>
            <pre>
              {hexDump(packet.captured_hex, narrow.value ? 8 : 16, places).map((l) => (
                <span key={l.offset}>
                  <i>{l.offset}</i> <Runs runs={l.bytes} places={places} marked={marked} onPick={pick} />{' '}
                  <b>
                    <Runs runs={l.text} places={places} marked={marked} onPick={pick} />
                  </b>
                  {'\n'}
                </span>
              ))}
            </pre>
          </div>
        )}
      </div>
    </section>
  );
}

/** Which layer is marked in the tree and in the bytes, and how the tree says so. */
interface Mark {
  key: string;
  point: (key: string) => void;
}

interface RunsProps {
  runs: HexRun[];
  places: Place[];
  marked: string;
  onPick: (place: Place) => void;
}

function Runs({ runs, places, marked, onPick }: RunsProps) {
  const range = places.find((p) => p.key === marked);
  const within = (at: number) => range !== undefined && at >= range.offset && at < range.offset + range.length;
  return (
    <>
      {runs.map(({ text, at, place }) =>
        place ? (
          <span
            key={at}
            class={`bytes ${within(at) ? 'marked' : ''}`}
            data-at={at}
            data-of={place.key}
            onClick={() => onPick(place)}
          >
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </>
  );
}

interface LayersProps {
  /** What the layers stand in. */
  packet: api.Packet;
  /** The packet of the list, which a click filters by. */
  of: api.Packet;
  depth: number;
  mark: Mark;
  /** Of the outermost TCP. */
  window?: LayerField;
}

/** The layers of a packet, and inside of them those of what it carries or quotes. */
function Layers({ packet, of, depth, mark, window }: LayersProps) {
  const inner = innerOf(packet);
  const line = inner && summaryOf(inner.packet);
  return (
    <>
      {layersOf(packet).map((l) => (
        <LayerTree
          key={l.name}
          title={l.title}
          name={l.name}
          fields={window && l.name === 'tcp' ? withWindow(l.fields, window) : l.fields}
          of={of}
          place={l.position && placeKey(depth, l.name)}
          mark={mark}
          open
        />
      ))}
      {inner && line && (
        <details open class="layer inner" data-field="inner">
          <summary>
            {inner.quoted ? s.packets.quoted : s.packets.carried}{' '}
            <span class="mono">
              {line.protocol} {endpoint(line.source, line.sourcePort)} →{' '}
              {endpoint(line.destination, line.destinationPort)}
            </span>
          </summary>
          <Layers packet={inner.packet} of={of} depth={depth + 1} mark={mark} />
        </details>
      )}
    </>
  );
}

interface LayerProps {
  title: string;
  name: string;
  fields: LayerField[];
  of: api.Packet;
  /** Of its bytes. */
  place?: string;
  mark?: Mark;
  open?: boolean;
}

function LayerTree({ title, name, fields, of, place, mark, open }: LayerProps) {
  const point = place && mark ? (on: boolean) => mark.point(on ? place : '') : undefined;
  return (
    <details
      open={open}
      class={`layer ${place && mark?.key === place ? 'marked' : ''}`}
      data-place={place}
      // not when it scrolls under a pointer that stands still: what was clicked stays marked
      onMouseMove={(e) => (e.movementX || e.movementY) && point?.(true)}
      onMouseLeave={() => point?.(false)}
      onFocusCapture={() => point?.(true)}
      onBlurCapture={() => point?.(false)}
    >
      <summary>
        {title} <code>{name}</code>
      </summary>
      <dl>
        {fields.map((field) => (
          <div key={field.name}>
            <dt>{field.name}</dt>
            <dd>
              {field.column ? (
                <FilterText
                  field={field.column}
                  value={String(of[field.column])}
                  text={field.text}
                  operator={field.column === 'length' ? 'atLeast' : undefined}
                  onFilter={addFilter}
                />
              ) : (
                <Value
                  field={field.name}
                  value={typeof field.value === 'object' ? undefined : field.value}
                  text={field.text}
                />
              )}
              {field.flow && (
                <>
                  {' '}
                  <a class="link" href={href('flows', { flow: field.flow })} title={s.packets.scale} data-route>
                    {s.packets.scaleOf}
                  </a>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
