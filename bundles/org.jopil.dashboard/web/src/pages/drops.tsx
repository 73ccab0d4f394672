// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useState } from 'preact/hooks';
import type * as api from '../api';
import { dropsPath } from '../api';
import { Chart, type Line } from '../chart';
import { ColumnChooser, useHiddenColumns, useWidest } from '../columns';
import {
  dropKey,
  headlineOf,
  isQuiet,
  placeOf,
  RATE_FIELD,
  rateOf,
  ratesByStage,
  sortDrops,
  type DropHistory,
  type DropPoint,
  type Headline,
} from '../drops';
import { adviceOf, bandOf, Cause, EARLIER_BAND, OTHER_BAND, sentenceOf } from '../droptext';
import { useDrops } from '../dropwatch';
import { Export } from '../export';
import { addClause, cellClause, combine } from '../filter';
import { addFilter, applyFilter } from '../filterbar';
import { ABSENT, bytes, clock, exact, packetRate, percent, present, utc } from '../format';
import { Grid, type Column } from '../grid';
import { useStableOrder } from '../hold';
import { subscribe } from '../live';
import { chosenInterfaces, filterText, href, openDrop, openDropEvents, setParameters, sortText } from '../router';
import { GAP_MS } from '../series';
import { filterProblem, narrow, serverNow, stats } from '../store';
import { s } from '../strings';
import { Bar, copy, Icon, Loading, Panel, Value, Words } from '../ui';
import { DropDrawer, PacketsDrawer } from './dropdrawer';
import { NoAnswer } from './overview';

const POLL_MS = 1_000;
/** What drops now stands first, whatever was long ago. */
const DEFAULT_SORT = `-${RATE_FIELD}`;
const LIMITS = [200, 1000];
const HIDDEN_KEY = 'jopil.drops.columns';
const HIDDEN_FIRST = ['hook', 'bytes'];
const BAD_FILTER = 400;
const NONE: api.Drop[] = [];
const STAGES = 4;

const uptimeMs = () => (present(stats.value?.uptime) ? 1000 * stats.value.uptime : undefined);

export function Drops() {
  const filter = combine(filterText.value, chosenInterfaces.value);
  const sort = sortText.value || DEFAULT_SORT;
  const [limit, setLimit] = useState(LIMITS[0]!);
  const [holding, setHolding] = useState(false);
  const [hidden, toggleColumn] = useHiddenColumns(HIDDEN_KEY, HIDDEN_FIRST);
  const { answer, answered, problem, error, history, again } = useDrops(filter, sort, limit, POLL_MS);
  const wrongFilter = problem?.status === BAD_FILTER;

  useEffect(() => subscribe({ topics: ['stats'] }), []);
  useEffect(() => {
    if (problem && wrongFilter) filterProblem.value = { filter: filterText.value, problem };
    else if (answered) filterProblem.value = null;
  }, [problem, answered]);

  const incoming = useMemo(
    () => (answer && !wrongFilter ? sortDrops(answer.drops, sort) : NONE),
    [answer, sort, wrongFilter],
  );
  const question = [filter, sort, limit, answered].join('\n');
  const { rows, gone } = useStableOrder(incoming, dropKey, holding, question);
  const all = useColumns(incoming, history, answer?.total);

  if (problem && !wrongFilter) return <Unavailable problem={problem} again={again} />;

  const filtered = filter !== '';
  const count = answer?.matching ?? answer?.drops.length;
  const nextLimit = LIMITS.find((l) => l > limit);
  const headline = answer && headlineOf({ ...answer, drops: incoming }, history);
  const quiet = headline !== null && isQuiet(headline, serverNow.value);
  const empty = rows.length === 0;
  return (
    <div class={`page drops-page ${empty ? 'is-empty' : ''}`}>
      <div class="toolbar">
        <h1>{s.drops.title}</h1>
        <span class="toolbar-note muted">
          {count !== undefined && !empty && (
            <>
              <Value field="drops.rows" value={count} text={s.drops.places(count)} />
              {filtered && answer?.unfiltered !== undefined && ` ${s.flows.of(answer.unfiltered)}`}
            </>
          )}
          {count !== undefined && count > incoming.length && incoming.length > 0 && (
            <>
              {' · '}
              {s.flows.top(incoming.length, s.dropColumns[sort.replace(/^-/, '')]!.toLowerCase())}
            </>
          )}
        </span>
        {!narrow.value && <Stages drops={incoming} />}
        {count !== undefined && count > limit && nextLimit && (
          <button type="button" class="small" onClick={() => setLimit(nextLimit)}>
            {s.flows.more(nextLimit)}
          </button>
        )}
        {/* a second line here would move the rows away from under the pointer */}
        <span class="held" data-field="held" hidden={!holding || empty || narrow.value}>
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
          <Export path={dropsPath({ filter, sort, limit })} name="drops" />
        </div>
      </div>
      {!answer && error && !wrongFilter ? (
        <NoAnswer error={error} again={again} />
      ) : wrongFilter ? (
        <NoDrop headline={null} total={undefined} />
      ) : !headline ? (
        <Loading />
      ) : empty && answered ? (
        <NoDrop headline={filtered ? null : headline} total={answer.total} />
      ) : (
        <>
          <div class="drops-head">
            <Now
              headline={headline}
              since={filtered ? sumOf(incoming, count) : answer.total}
              all={filtered ? answer.total : undefined}
              history={history}
            />
            <ByReason history={history} filtered={filtered} />
          </div>
          <Grid
            label={s.drops.grid}
            columns={all.filter((c) => !hidden.has(c.key))}
            rows={rows}
            keyOf={dropKey}
            rowHeight={rowHeight(rows)}
            card={narrow.value ? (d) => <DropCard drop={d} history={history} /> : undefined}
            rowClass={(d) =>
              `${holding && gone.has(dropKey(d)) ? 'gone' : ''} ${quiet || rateOf(d) === 0 ? 'ended' : ''}`
            }
            selected={openDrop.value}
            sort={sort}
            onSort={(next) => setParameters({ sort: next }, true)}
            onOpen={(d) => setParameters({ drop: dropKey(d), packets: '' })}
            onFilter={addFilter}
            onHold={setHolding}
            total={count}
            sequence={answer.sequence}
          />
        </>
      )}
      {openDrop.value && headline && (
        <DropDrawer
          key={openDrop.value}
          id={openDrop.value}
          row={rows.find((d) => dropKey(d) === openDrop.value)}
          total={answer.total}
          history={history}
        />
      )}
      {openDropEvents.value && !openDrop.value && (
        <PacketsDrawer key={openDropEvents.value} filter={openDropEvents.value} />
      )}
    </div>
  );
}

const ADVICE_WIDTHS = { least: 24, most: 44 };
/** Its letters are narrower than those that widths count in; at the end of a line there is room left. */
const LETTER = 0.85;
const LINE_END = 4;
const CARD_LETTERS = 48;
/** A longer place takes two lines: interfaces and advice need room too. */
const MOST_PLACE = 28;
const LINE_PX = 16;

const longestAdvice = (rows: api.Drop[]) => rows.reduce((most, d) => Math.max(most, adviceOf(d).length), 0);

/** So wide that the longest takes two lines, as far as there is room for that. */
function adviceWidth(longest: number): number {
  const wanted = Math.ceil((longest * LETTER) / 2) + LINE_END;
  return Math.max(ADVICE_WIDTHS.least, Math.min(ADVICE_WIDTHS.most, wanted));
}

/** Room for the longest advice, so that none is cut. */
function rowHeight(rows: api.Drop[]): number {
  const longest = longestAdvice(rows);
  if (narrow.value) return 79 + LINE_PX * Math.ceil(longest / CARD_LETTERS);
  const lines = Math.ceil((longest * LETTER) / (adviceWidth(longest) - LINE_END));
  return 8 + LINE_PX * Math.max(2, lines);
}

function useColumns(rows: api.Drop[], history: DropHistory, total: number | null | undefined): Column<api.Drop>[] {
  const reasonWidth = useWidest(rows, (d) => d.reason ?? '', 12) + 2;
  const placeWidth = Math.min(MOST_PLACE, useWidest(rows, placeOf, 16) + 1);
  const stageWidth = useWidest(rows, (d) => d.stage ?? '', 8);
  const interfaceWidth = useWidest(rows, (d) => d.interface ?? '', 8);
  const namespaceWidth = useWidest(rows, (d) => d.namespace ?? '', 9);
  const advice = adviceWidth(longestAdvice(rows));
  return useMemo(() => {
    const title = (key: string) => s.dropColumns[key]!;
    const picked = (key: 'reason' | 'symbol' | 'stage' | 'hook' | 'interface' | 'namespace') => ({
      key,
      title: title(key),
      sort: key,
      filter: (d: api.Drop) => ({ field: key, value: d[key] }),
      cell: (d: api.Drop) => <Text field={key} value={d[key]} />,
    });
    const counted = (key: 'packets' | 'bytes', show: (n: number | undefined) => string) => ({
      key,
      title: title(key),
      sort: key,
      number: true,
      filter: (d: api.Drop) => ({ field: key, value: d[key], operator: 'atLeast' as const }),
      cell: (d: api.Drop) => <Value field={key} value={d[key]} text={show(d[key])} />,
    });
    const columns: Column<api.Drop>[] = [
      {
        ...picked('reason'),
        width: reasonWidth,
        cell: (d) => (
          <span class="cause">
            <i class={`swatch drop-${bandOf(history, d.reason)}`} aria-hidden="true" />
            <Text field="reason" value={d.reason} />
          </span>
        ),
      },
      {
        ...picked('symbol'),
        width: placeWidth,
        cell: (d) => (
          <span class="place">
            <Text field="symbol" value={d.symbol} />
            <span class="port">{placeOf(d).slice((d.symbol ?? '').length)}</span>
          </span>
        ),
      },
      { ...picked('stage'), width: stageWidth, drop: 3 },
      { ...picked('hook'), width: 12, drop: 1 },
      { ...picked('interface'), width: interfaceWidth, drop: 6 },
      { ...picked('namespace'), width: namespaceWidth, drop: 2 },
      {
        ...counted('packets', exact),
        width: 11,
        cell: (d) => (
          <span class="share">
            {counted('packets', exact).cell(d)}
            <Share drop={d} total={total} history={history} />
          </span>
        ),
      },
      { ...counted('bytes', bytes), width: 8, drop: 1 },
      {
        key: 'rate',
        title: title(RATE_FIELD),
        width: 8,
        number: true,
        sort: RATE_FIELD,
        cell: (d) => <Rate drop={d} />,
      },
      {
        key: 'last_seen',
        title: title('last_seen'),
        width: 9,
        drop: 4,
        sort: 'last_seen',
        cell: (d) => <span title={utc(d.last_seen)}>{clock(d.last_seen)}</span>,
      },
      {
        key: 'advice',
        title: title('advice'),
        width: advice,
        grow: true,
        cell: (d) => <span class="advice">{adviceOf(d)}</span>,
      },
    ];
    return columns;
  }, [reasonWidth, placeWidth, stageWidth, interfaceWidth, namespaceWidth, advice, history, total]);
}

/** A click on it opens the row, as everywhere in it; `+` and `-` filter by the cell. */
function Text({ field, value }: { field: string; value: string | null | undefined }) {
  return value ? <Value field={field} value={value} text={value} /> : <span class="absent">{ABSENT}</span>;
}

export function Rate({ drop, quiet = 'faint' }: { drop: api.Drop; quiet?: string }) {
  const rate = drop.packets_per_second;
  return <Value field="rate" value={rate} text={packetRate(rate)} class={rate ? 'dropping' : quiet} />;
}

/** Null where some of the rows are not here. */
function sumOf(rows: api.Drop[], count: number | undefined): number | null {
  if (count === undefined || count > rows.length) return null;
  return rows.reduce((sum, drop) => sum + (drop.packets ?? 0), 0);
}

/** Of all that was dropped, in per cent. */
export function shareOf(drop: api.Drop, total: number | null | undefined): number | null {
  return total ? (100 * (drop.packets ?? 0)) / total : null;
}

function Share({ drop, total, history }: { drop: api.Drop; total: number | null | undefined; history: DropHistory }) {
  const share = shareOf(drop, total);
  if (share === null) return null;
  return (
    <span class="share-line" title={s.drops.share(percent(share))}>
      <Bar share={share} class={`drop-${bandOf(history, drop.reason)}`} />
      <small>{percent(share)}</small>
    </span>
  );
}

/** Where in the kernel it is lost now. */
function Stages({ drops }: { drops: api.Drop[] }) {
  const stages = ratesByStage(drops, serverNow.value);
  if (stages.length === 0) return null;
  return (
    <span class="stages">
      <span>{s.drops.byStage}</span>
      {stages.slice(0, STAGES).map(([stage, rate]) => (
        <a class="badge" key={stage} href={linkTo(undefined, cellClause('stage', stage, false))} data-route>
          {stage} <Value field={`stage.${stage}`} value={rate} text={packetRate(rate)} />
        </a>
      ))}
    </span>
  );
}

/** This page with the row opened, or with one clause more. */
function linkTo(drop: api.Drop | undefined, clause = ''): string {
  return href('drops', {
    f: clause ? addClause(filterText.value, clause) : filterText.value,
    if: chosenInterfaces.value.join(),
    sort: sortText.value,
    drop: drop && dropKey(drop),
  });
}

interface NowProps {
  headline: Headline;
  /** Packets of the rows that are shown, since the start. */
  since: number | null | undefined;
  /** Packets of all rows, where a filter shows some of them. */
  all: number | null | undefined;
  history: DropHistory;
}

/** The answer in one look: how much, of what, and what to check. */
function Now({ headline, since, all, history }: NowProps) {
  const { before, place, after, good } = sentenceOf(headline, serverNow.value, uptimeMs());
  const { rate, top } = headline;
  const advice = !good && top ? adviceOf(top) : '';
  const command = good ? undefined : top?.advice?.command;
  const dropping = rate > 0;
  return (
    <Panel title={s.drops.now} class={`drops-now ${good ? 'good' : ''}`}>
      <dl class="figures">
        <div class={dropping ? 'dropping' : ''}>
          <dt class="visually-hidden">{s.drops.now}</dt>
          <dd>
            {dropping && <i class={`swatch drop-${bandOf(history, top?.reason)}`} aria-hidden="true" />}
            <Value field="drop_rate" value={rate} text={packetRate(rate)} class="tile-value" />
          </dd>
        </div>
        <div>
          <dt>{s.drops.since}</dt>
          <dd>
            <Value field="total" value={since} text={exact(since)} />
            {present(all) && <small class="muted"> {s.drops.ofAll(all)}</small>}
          </dd>
        </div>
      </dl>
      <p class="headline" data-field="headline">
        {good && <Icon name="check" />}
        {before}
        {place && top && (
          <a class="link" title={s.drops.showTop} href={linkTo(top)} data-route>
            {place}
          </a>
        )}
        {after}
      </p>
      {advice && (
        <p class="advice" data-field="advice">
          {advice}
        </p>
      )}
      {command && <Command text={command} />}
    </Panel>
  );
}

/** A command as it is typed, and a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <p class="command">
      <code>
        <Words text={text} />
      </code>
      <button
        type="button"
        class="small"
        aria-label={s.drops.copyCommand(text)}
        title={s.drops.copyCommand(text)}
        onClick={() => void copy(text)}
      >
        {s.drops.copy}
      </button>
    </p>
  );
}

/** Where reasons begin or cease to be known the sum goes on: an upright edge, not a slope. */
function edged(points: DropPoint[]): DropPoint[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    if (!before || !before.reasons === !point.reasons || point.t - before.t > GAP_MS) return [point];
    return [point.reasons ? { t: point.t - 1, total: point.total } : { t: before.t + 1, total: before.total }, point];
  });
}

function ByReason({ history, filtered }: { history: DropHistory; filtered: boolean }) {
  const points = useMemo(() => edged(history.points()), [history.points()]);
  const bands = history.bands.join();
  const earlier = points.some((p) => !p.reasons);
  const other = points.some((p) => Object.keys(p.reasons ?? {}).some((r) => !history.bands.includes(r)));
  const lines = useMemo(() => {
    const band = (key: string, label: string, kind: number, read: Line<DropPoint>['read']): Line<DropPoint> => ({
      key,
      label,
      colour: `--drop-${kind}`,
      hatch: kind,
      read,
    });
    const reasons = history.bands.map((reason, i) =>
      band(reason, reason || s.drops.noReason, i + 1, (p) => p.reasons && (p.reasons[reason] ?? 0)),
    );
    if (reasons.length === 0) return [band('all', s.overview.all, 1, (p) => p.total)];
    const before = {
      ...band('', s.drops.earlier, EARLIER_BAND, (p) => (p.reasons ? undefined : p.total)),
      past: true,
    };
    const rest = band('other', s.drops.other, OTHER_BAND, (p) => {
      if (!p.reasons) return undefined;
      return Object.entries(p.reasons).reduce((sum, [r, n]) => (history.bands.includes(r) ? sum : sum + n), 0);
    });
    return [...reasons, ...(other ? [rest] : []), ...(earlier ? [before] : [])];
  }, [history, bands, earlier, other]);
  const note = filtered ? s.drops.filteredNote : earlier ? s.drops.earlierNote : '';
  return (
    <Chart
      title={s.drops.chart}
      points={points}
      lines={lines}
      format={packetRate}
      note={[s.drops.rateNote, note].filter(Boolean).join(' ')}
      stacked
      topFirst
      height={76}
    />
  );
}

function DropCard({ drop, history }: { drop: api.Drop; history: DropHistory }) {
  return (
    <div class="card drop-card">
      <div class="card-line">
        <span class="cause">
          <Cause drop={drop} history={history} />
        </span>
        <span class="card-number">
          <Value field="packets" value={drop.packets} text={exact(drop.packets)} />
        </span>
        <span class="card-rate">
          <Rate drop={drop} quiet="" />
        </span>
      </div>
      <div class="card-ends">
        <span>{placeOf(drop) || '–'}</span>
        <span>{[drop.stage, drop.interface].filter(Boolean).join(' · ')}</span>
      </div>
      <p class="advice">{adviceOf(drop)}</p>
    </div>
  );
}

interface NoDropProps {
  /** Null where a filter may hide what there is. */
  headline: Headline | null;
  total: number | null | undefined;
}

function NoDrop({ headline, total }: NoDropProps) {
  if (headline) {
    return (
      <div class="empty good-news" data-field="empty_state">
        <Icon name="check" />
        <p>{sentenceOf(headline, serverNow.value, uptimeMs()).before}</p>
      </div>
    );
  }
  return (
    <div class="empty" data-field="empty_state">
      <p>{present(total) ? s.state.dropsHidden(total) : s.state.dropsHiddenUnknown}</p>
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

/** The kernel does not tell: why, what to do, and what there would be. */
function Unavailable({ problem, again }: { problem: api.Problem; again: () => void }) {
  return (
    <div class="page drops-page">
      <div class="toolbar">
        <h1>{s.drops.title}</h1>
        <span class="badge">{s.drops.unavailable}</span>
      </div>
      <div class="unavailable" data-field="unavailable" data-code={problem.code}>
        <i class="ghost-chart" aria-hidden="true" />
        <div class="unavailable-text">
          <h2>{problem.title}</h2>
          {problem.detail && <p data-field="detail">{problem.detail}</p>}
          <p>{s.drops.stillWorks}</p>
          {problem.code && <code class="code">{problem.code}</code>}
          <div class="row">
            <a class="button small" href={href('system')} data-route>
              {s.drops.doctor}
            </a>
            <button type="button" class="small" onClick={again}>
              {s.state.retry}
            </button>
          </div>
        </div>
      </div>
    </div>
  );
}
