// SPDX-License-Identifier: Apache-2.0

import { useMemo } from 'preact/hooks';
import * as api from '../api';
import { Chart, type Line } from '../chart';
import { dropKey, headlineOf, isQuiet, lastMinute } from '../drops';
import { sentenceOf } from '../droptext';
import { useDrops } from '../dropwatch';
import { cellClause } from '../filter';
import {
  ABSENT,
  bitRate,
  bytes,
  duration,
  exact,
  packetRate,
  percent,
  present,
  protocolFamily,
  si,
  type Unit,
} from '../format';
import { refreshInterfaces } from '../live';
import { href } from '../router';
import {
  attachedInterfaces,
  interfaces,
  lastPacketAt,
  losses,
  now,
  pausedAt,
  points,
  serverNow,
  stats,
  unit,
} from '../store';
import { s } from '../strings';
import { Bar, Empty, flowsLink, Loading, Panel, Protocol, say, Spark, usePoll, Value } from '../ui';
import { StandsOut } from '../why';

type Point = api.TimePoint;

const QUIET_MS = 12_000;
const WINDOW = 300;

export function Overview() {
  const current = stats.value;
  if (interfaces.value !== null && attachedInterfaces.value.length === 0 && !current?.total_packets) {
    return <NothingWatched list={interfaces.value} />;
  }
  if (!current) return <Loading />;
  return (
    <div class="overview">
      <h1 class="visually-hidden">{s.overview.title}</h1>
      <Quiet />
      <Tiles />
      <StandsOut />
      <div class="cards-2-1">
        <Throughput />
        <ProtocolRates />
      </div>
      <div class="cards-4">
        <Protocols />
        <Top
          title={s.overview.applications}
          by="application"
          clause={(key) => cellClause('application', key, false)}
          without={s.overview.noApplication}
        />
        <Top title={s.overview.talkers} by="src_ip" clause={(key) => cellClause('src_ip', key, false)} />
        <Top
          title={s.overview.ports}
          by="dst_port"
          clause={(key) => cellClause('dst_port', Number(key), false)}
          without={s.overview.noPort}
        />
      </div>
      <div class="cards-1-2">
        <Cpus />
        <Interfaces />
      </div>
    </div>
  );
}

function NothingWatched({ list }: { list: api.Interface[] }) {
  const usable = list.filter((i) => i.name !== 'lo' && i.state !== 'down');
  const best = usable.find((i) => i.default_route) ?? usable[0] ?? list[0];
  const watch = (name: string) => {
    say(s.system.attaching(name));
    api.attach(name, 'auto').then(
      () => void refreshInterfaces(),
      (error: Error) => say(error.message),
    );
  };
  return (
    <div class="empty big" data-field="empty_state">
      <h1>{s.state.nothing}</h1>
      <div class="row">
        {best && (
          <button type="button" class="primary" onClick={() => watch(best.name)}>
            {s.state.watch(best.name, best.default_route === true)}
          </button>
        )}
        <a class="button" href={href('system')} data-route>
          {s.state.choose}
        </a>
      </div>
    </div>
  );
}

/** Says why nothing moves: no packet yet, or none for a while. */
function Quiet() {
  const first = attachedInterfaces.value[0];
  const current = stats.value;
  if (!first || !current) return null;
  if (current.total_packets === 0) {
    return (
      <p class="banner info" data-field="empty_state">
        <span class="spinner" aria-hidden="true" /> {s.state.first(first.name)}
      </p>
    );
  }
  const silent = now.value - lastPacketAt.value;
  if (silent < QUIET_MS) return null;
  const gateway = typeof first.gateway === 'string' ? first.gateway : s.state.gateway;
  return (
    <p class="banner info" data-field="empty_state">
      {s.state.quiet(first.name, Math.floor(silent / 1000), gateway)}
    </p>
  );
}

interface TileProps {
  label: string;
  field: string;
  value: unknown;
  text: string;
  sub?: string;
  spark?: (number | null | undefined)[];
  tone?: string;
  /** What the label means. */
  title?: string;
}

function Tile({ label, field, value, text, sub, spark, tone, title }: TileProps) {
  return (
    <div class={`tile ${tone ?? ''}`}>
      <h2 title={title}>{label}</h2>
      <Value field={field} value={value} text={text} class="tile-value" />
      <span class="tile-sub">{sub ?? '\u00a0'}</span>
      {spark && <Spark values={spark} />}
    </div>
  );
}

function Tiles() {
  const current = stats.value!;
  const last = points.value.at(-1);
  const recent = points.value.slice(-60);
  const chosen = unit.value;
  const asPackets = chosen === 'packets';
  const inField = asPackets ? 'ingress_packets_per_second' : 'ingress_bits_per_second';
  const outField = asPackets ? 'egress_packets_per_second' : 'egress_bits_per_second';
  const rate = asPackets ? packetRate : (value: number | null | undefined) => bitRate(value, chosen);
  const difference = current.ledger?.difference;
  const lost = losses.value;
  const finding = current.ledger?.findings?.[0];
  const ledgerText = !present(difference)
    ? undefined
    : finding
      ? s.overview.ledgerFound(finding.layer, finding.name)
      : difference !== 0
        ? s.overview.ledgerBad
        : lost?.total
          ? s.overview.ledgerLost(lost.total)
          : s.overview.ledgerFine;
  return (
    <div class="tiles">
      <Tile
        label={s.overview.in}
        field={inField}
        value={last?.[inField]}
        text={rate(last?.[inField])}
        sub={directionTotal(current, 'ingress')}
        spark={recent.map((p) => p[inField])}
        tone="in"
      />
      <Tile
        label={s.overview.out}
        field={outField}
        value={last?.[outField]}
        text={rate(last?.[outField])}
        sub={directionTotal(current, 'egress')}
        spark={recent.map((p) => p[outField])}
        tone="out"
      />
      <Tile
        label={s.overview.packets}
        field="rates.packets_per_second"
        value={current.rates?.packets_per_second}
        text={packetRate(current.rates?.packets_per_second)}
        sub={bitRate(current.rates?.bits_per_second, chosen === 'bytes' ? 'bytes' : 'bits')}
        spark={recent.map((p) => p.packets_per_second)}
      />
      <DropsTile />
      <Tile
        label={s.overview.flows}
        field="flow_count"
        value={current.flow_count}
        text={exact(current.flow_count)}
        sub={present(current.uptime) ? s.overview.uptime(duration(current.uptime * 1000)) : undefined}
        spark={recent.map((p) => p.flow_count)}
      />
      <div class="tile">
        <h2>{s.overview.counted}</h2>
        <Value
          field="total_packets"
          value={current.total_packets}
          text={exact(current.total_packets)}
          class="tile-value"
        />
        <span class="tile-sub">
          <Value field="total_bytes" value={current.total_bytes} text={bytes(current.total_bytes)} />
        </span>
      </div>
      <Tile
        label={s.overview.ledger}
        title={s.overview.ledgerTitle}
        field="ledger.difference"
        value={difference}
        text={exact(difference)}
        sub={ledgerText}
        tone={finding || difference ? 'bad' : difference === 0 ? 'good' : ''}
      />
    </div>
  );
}

const DROPS_MS = 2_000;
const DROPS_LIMIT = 200;

/** What is lost now, and the way to why. */
function DropsTile() {
  const { answer, history, problem } = useDrops('', '-packets', DROPS_LIMIT, DROPS_MS);
  const headline = answer && !problem ? headlineOf(answer, history) : null;
  const { rate, top } = headline ?? {};
  const dropping = present(rate) && rate > 0;
  const points = history.points();
  const quiet = headline !== null && isQuiet(headline, serverNow.value);
  const reason = top?.reason ?? s.drops.noReason;
  const sentence = headline && sentenceOf(headline, serverNow.value, undefined);
  return (
    <a
      class={`tile drops-tile ${dropping ? 'dropping' : ''}`}
      href={dropping && top ? href('drops', { drop: dropKey(top) }) : href('drops')}
      data-route
      title={problem ? problem.title : sentence ? sentence.before + sentence.place + sentence.after : undefined}
    >
      <h2>{s.overview.drops}</h2>
      <Value field="drop_rate" value={rate} text={packetRate(rate)} class="tile-value" />
      <span class="tile-sub" data-field="drops_top">
        {problem
          ? stats.value?.replay
            ? s.overview.dropsFile
            : s.overview.dropsOff
          : !headline
            ? '\u00a0'
            : quiet
              ? s.overview.dropsNone
              : !dropping
                ? s.overview.dropsLast(reason)
                : reason}
      </span>
      {headline && <Spark values={lastMinute(points, points.at(-1)?.t ?? 0)} hatched />}
    </a>
  );
}

function directionTotal(current: api.Stats, direction: 'ingress' | 'egress'): string | undefined {
  const all = Object.values(current.interfaces ?? {}).map((i) => i[direction]?.packets);
  if (!all.some(present)) return undefined;
  return `${exact(all.reduce<number>((sum, n) => sum + (n ?? 0), 0))} packets`;
}

const FORMATS: Record<Unit, (value: number | null | undefined) => string> = {
  bits: (value) => bitRate(value, 'bits'),
  bytes: (value) => bitRate(value, 'bytes'),
  packets: packetRate,
};

const DIRECTION_LINES: Line<Point>[] = [
  { key: 'in', label: s.overview.inUp, colour: '--in', read: (p) => p.ingress_bits_per_second },
  { key: 'out', label: s.overview.outDown, colour: '--out', read: (p) => p.egress_bits_per_second, down: true },
];
const PACKET_LINES: Line<Point>[] = [
  { key: 'in-packets', label: s.overview.inUp, colour: '--in', read: (p) => p.ingress_packets_per_second },
  {
    key: 'out-packets',
    label: s.overview.outDown,
    colour: '--out',
    read: (p) => p.egress_packets_per_second,
    down: true,
  },
];

function Throughput() {
  const shown = useMemo(() => points.value.slice(-WINDOW), [points.value]);
  const asPackets = unit.value === 'packets';
  return (
    <Chart
      title={asPackets ? s.overview.throughputPackets : s.overview.throughput}
      points={shown}
      lines={asPackets ? PACKET_LINES : DIRECTION_LINES}
      format={FORMATS[unit.value]}
      height={160}
    />
  );
}

const FAMILY_NAMES: [string, string][] = [
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['icmp', 'ICMP'],
  ['arp', 'ARP'],
  ['other', 'other'],
];
const FAMILY_LINES: Line<Point>[] = FAMILY_NAMES.map(([family, label]) => ({
  key: family,
  label,
  colour: `--${family}`,
  read: (p: Point) => {
    if (!p.protocols) return undefined;
    return Object.entries(p.protocols).reduce((sum, [name, n]) => (protocolFamily(name) === family ? sum + n : sum), 0);
  },
}));

function ProtocolRates() {
  const shown = useMemo(() => points.value.slice(-WINDOW).filter((p) => p.protocols), [points.value]);
  return (
    <Chart
      title={s.overview.protocolRate}
      points={shown}
      lines={FAMILY_LINES}
      format={packetRate}
      stacked
      height={160}
    />
  );
}

function Protocols() {
  const counts = Object.entries(stats.value?.protocols ?? {}).sort((a, b) => b[1] - a[1]);
  const total = counts.reduce((sum, [, n]) => sum + n, 0);
  const rates = points.value.at(-1)?.protocols ?? {};
  return (
    <Panel title={s.overview.protocols} class="list-panel">
      {counts.length === 0 ? (
        <Empty>{s.state.nothingHere}</Empty>
      ) : (
        <ol class="ranking">
          {counts.slice(0, 8).map(([name, n]) => (
            <li key={name}>
              <a href={flowsLink(cellClause('protocol', name, false))} data-route>
                <Protocol name={name} />
              </a>
              <Value field={`protocols.${name}`} value={n} text={exact(n)} />
              <span class="rate">{packetRate(rates[name])}</span>
              <Bar share={total ? (100 * n) / total : 0} class={`family-${protocolFamily(name)}`} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

interface TopProps {
  title: string;
  by: string;
  clause: (key: string) => string;
  /** What is said of rows that have no such field. */
  without?: string;
}

function Top({ title, by, clause, without = ABSENT }: TopProps) {
  const { data, error, again } = usePoll(() => api.getTop(by, 5), 2000, by);
  const asPackets = unit.value === 'packets';
  const weigh = (row: api.TopRow) => (asPackets ? row.packets : row.bytes) ?? 0;
  const rows = [...(data ?? [])].sort((a, b) => weigh(b) - weigh(a)).slice(0, 5);
  const most = Math.max(1, ...rows.map(weigh));
  return (
    <Panel title={title} class="list-panel">
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty>{s.state.nothingHere}</Empty>
      ) : (
        <ol class="ranking">
          {rows.map((row) => {
            const key = String(row.key);
            return (
              <li key={key}>
                {row.key === null ? (
                  <span>{without}</span>
                ) : (
                  <a class="mono" href={flowsLink(clause(key))} data-route>
                    {key}
                  </a>
                )}
                <Value
                  field={`top.${by}.${key}.${asPackets ? 'packets' : 'bytes'}`}
                  value={asPackets ? row.packets : row.bytes}
                  text={asPackets ? si(row.packets) : bytes(row.bytes)}
                />
                <span class="rate">{present(row.flows) ? s.flows.count(row.flows) : ''}</span>
                <Bar share={(100 * weigh(row)) / most} />
              </li>
            );
          })}
        </ol>
      )}
    </Panel>
  );
}

export function NoAnswer({ error, again }: { error: Error; again: () => void }) {
  return (
    <div class="empty">
      <p>{error instanceof api.ApiError ? error.message : s.state.noAnswer}</p>
      <button type="button" class="small" onClick={again}>
        {s.state.retry}
      </button>
    </div>
  );
}

function Cpus() {
  const { data } = usePoll(api.getCpus, 2000);
  const uneven = (data ?? []).map((cpu) => cpu.imbalance).filter(present);
  const imbalance = uneven.length ? Math.max(...uneven) : undefined;
  const totals = stats.value?.cpus ?? {};
  const rates = points.value.at(-1)?.cpus;
  const names = Object.keys(totals).sort((a, b) => Number(a) - Number(b));
  const weigh = (name: string) => (rates ? (rates[name] ?? 0) : (totals[name] ?? 0));
  const sum = names.reduce((n, name) => n + weigh(name), 0);
  return (
    <Panel
      title={s.overview.cpus}
      class="list-panel"
      note={
        present(imbalance) && (
          <span title={s.overview.imbalanceTitle}>
            {s.overview.imbalance} <Value field="imbalance" value={imbalance} text={si(imbalance)} />
          </span>
        )
      }
    >
      {names.length === 0 ? (
        <Empty>{s.state.nothingHere}</Empty>
      ) : (
        <ol class="ranking cpus">
          {names.map((name) => (
            <li key={name}>
              <span>{s.overview.cpu(name)}</span>
              <Value field={`cpus.${name}`} value={totals[name]} text={exact(totals[name])} />
              <span class="rate">{rates ? packetRate(rates[name]) : ABSENT}</span>
              <Bar share={sum ? (100 * weigh(name)) / sum : 0} />
              <span class="visually-hidden">{percent(sum ? (100 * weigh(name)) / sum : 0)}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Interfaces() {
  const counts = Object.entries(stats.value?.interfaces ?? {});
  void pausedAt.value;
  return (
    <Panel title={s.overview.interfaces}>
      <div class="scroll" tabIndex={0} role="group" aria-label={s.overview.interfaces}>
        <table>
          <thead>
            <tr>
              <th scope="col">{s.system.c.name}</th>
              <th scope="col">{s.system.c.hook}</th>
              <th scope="col" class="number">
                {s.packets.in}
              </th>
              <th scope="col" class="number">
                {s.packets.out}
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.map(([name, c]) => (
              <tr key={name}>
                <th scope="row">
                  <a href={href('flows', { if: name })} data-route>
                    {name}
                  </a>
                </th>
                <td>
                  {[c.ingress?.hook, c.egress?.hook].map((hook, i) => (
                    <span class="badge" key={i} title={i === 0 ? s.packets.in : s.packets.out}>
                      {hook ?? ABSENT}
                    </span>
                  ))}
                </td>
                {(['ingress', 'egress'] as const).map((direction) => (
                  <td class="number" key={direction}>
                    <Value
                      field={`interfaces.${name}.${direction}.packets`}
                      value={c[direction]?.packets}
                      text={exact(c[direction]?.packets)}
                    />
                    <small>
                      <Value
                        field={`interfaces.${name}.${direction}.bytes`}
                        value={c[direction]?.bytes}
                        text={bytes(c[direction]?.bytes)}
                      />
                    </small>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
