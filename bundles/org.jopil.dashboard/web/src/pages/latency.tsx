// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from 'preact/hooks';
import * as api from '../api';
import { Export } from '../export';
import { cellClause, combine } from '../filter';
import { addFilter } from '../filterbar';
import { clock, exact, present } from '../format';
import { journeyFilter, newest, worst, type Behind } from '../heat';
import { HeatPicture, HeatTable } from '../heatmap';
import { subscribe } from '../live';
import { chosenInterfaces, filterText, href, setParameters, stageText, windowText } from '../router';
import { filterProblem } from '../store';
import { s } from '../strings';
import { JourneyList, stageName } from '../timeline';
import { Empty, FilterText, Icon, Loading, Panel, TableToggle, usePoll, Value } from '../ui';
import { nanoseconds } from '../way';
import { Unavailable } from './journey';

const POLL_MS = 2_000;
const DEFAULT_WINDOW = '4m';
const DEFAULT_STAGE = 'socket_queue';
const JOURNEYS = 30;
const PROCESSES = 50;
const BAD_FILTER = 400;
/** In the order of the way; the totals stand last. */
const ORDER: Record<string, string[]> = {
  receive: ['driver', 'tc', 'netfilter', 'transport', 'socket_queue', 'copy', 'receive_total'],
  send: ['send_stack', 'qdisc', 'driver_tx', 'send_total'],
};
const TOTALS = ['receive_total', 'send_total'];
/** Parts of the way that belong to a process. */
const READ_BY = ['socket_queue', 'copy', 'receive_total'];
/** The bars span from 1 µs to the longest, each tenfold the same width. */
const LEAST_NS = 1_000;

const directionOf = (stage: string) => (ORDER.send!.includes(stage) ? 'send' : 'receive');

export function LatencyPage() {
  const filter = combine(filterText.value, chosenInterfaces.value);
  const since = s.latency.windows[windowText.value] ? windowText.value : DEFAULT_WINDOW;
  const question = `${filter}\n${since}`;
  const { data, error, again } = usePoll(
    async () => ({ ...(await api.getLatency({ filter, since })), question }),
    POLL_MS,
    question,
  );
  const problem = error instanceof api.ApiError ? error.problem : null;
  const wrong = problem?.status === BAD_FILTER;
  const answered = data?.question === question;
  useEffect(() => subscribe({ topics: ['stats'] }), []);
  useEffect(() => {
    if (problem && wrong) filterProblem.value = { filter: filterText.value, problem };
    else if (answered) filterProblem.value = null;
  }, [problem, answered]);

  const stages = answered ? data.stages : [];
  const measured = (stage: string) => stages.some((row) => row.stage === stage && (row.count ?? 0) > 0);
  const stage =
    stageText.value || (measured(DEFAULT_STAGE) ? DEFAULT_STAGE : (slowestOf(stages)?.stage ?? DEFAULT_STAGE));
  return (
    <div class="page latency-page">
      <div class="toolbar">
        <h1>{s.latency.title}</h1>
        <span class="segmented" role="group" aria-label={s.latency.window}>
          {Object.entries(s.latency.windows).map(([text, label]) => (
            <button
              key={text}
              type="button"
              class="small"
              aria-pressed={text === since}
              onClick={() => setParameters({ t: text === DEFAULT_WINDOW ? '' : text })}
            >
              {label}
            </button>
          ))}
        </span>
        {data?.follow_one_in !== undefined && (
          <span class="toolbar-note muted" data-field="follow_one_in" data-value={data.follow_one_in}>
            {data.follow_one_in === 1 ? s.latency.every : s.latency.followed(data.follow_one_in)}
          </span>
        )}
        <div class="toolbar-end">
          <Export path={api.latencyPath({ filter, since })} name="latency" />
        </div>
      </div>
      {!data && error && !wrong ? (
        <div class="panel">
          <Unavailable error={error} again={again} />
        </div>
      ) : (
        <div class="latency-parts">
          <Stages
            window={s.latency.windows[since]!}
            stages={stages}
            missing={data?.missing ?? []}
            chosen={stage}
            answered={answered || wrong}
          />
          <div class="latency-side">
            <Map key={stage} stage={stage} filter={filter} since={since} />
            <Processes stage={stage} filter={filter} since={since} />
          </div>
        </div>
      )}
    </div>
  );
}

/** By P99; a sum is no part. */
function slowestOf(stages: api.StageLatency[]): api.StageLatency | undefined {
  return stages
    .filter((row) => !TOTALS.includes(row.stage) && (row.count ?? 0) > 0)
    .reduce<api.StageLatency | undefined>(
      (most, row) => ((row.p99_ns ?? 0) > (most?.p99_ns ?? -1) ? row : most),
      undefined,
    );
}

interface StagesProps {
  /** What the numbers cover. */
  window: string;
  stages: api.StageLatency[];
  missing: api.MissingStage[];
  chosen: string;
  answered: boolean;
}

/** The way, part by part: how long each takes, and which is not measured here and why. */
function Stages({ window, stages, missing, chosen, answered }: StagesProps) {
  const most = Math.max(10 * LEAST_NS, ...stages.map((row) => row.p99_ns ?? 0));
  const at = (ns: number | null | undefined) =>
    present(ns) && ns > LEAST_NS ? (100 * Math.log(ns / LEAST_NS)) / Math.log(most / LEAST_NS) : 0;
  const slowest = slowestOf(stages);
  return (
    <Panel title={s.latency.stages} class="stage-panel">
      {!answered ? (
        <Loading />
      ) : (
        <>
          <p class="headline" data-field="latency.headline">
            {slowest
              ? s.latency.headline(stageName(slowest.stage), nanoseconds(slowest.p99_ns), window)
              : s.latency.noHeadline}
          </p>
          {Object.entries(ORDER).map(([direction, names]) => (
            <div key={direction}>
              <h3>{direction === 'receive' ? s.latency.receive : s.latency.send}</h3>
              <ul class="stage-list">
                {names.map((name) => {
                  const row = stages.find((r) => r.stage === name);
                  const reason = missing.find((m) => m.stage === name)?.reason;
                  return (
                    <li key={name} class={TOTALS.includes(name) ? 'total' : ''}>
                      <button
                        type="button"
                        aria-pressed={chosen === name}
                        disabled={reason !== undefined && !row}
                        title={[s.latency.stageTexts[name], reason && s.latency.why(reason)].filter(Boolean).join('\n')}
                        onClick={() => setParameters({ stage: name })}
                        data-stage={name}
                      >
                        <span>{stageName(name)}</span>
                        {row ? (
                          <span class="number">
                            <Value field={`${name}.p50_ns`} value={row.p50_ns} text={nanoseconds(row.p50_ns)} />
                            <b>
                              <Value field={`${name}.p99_ns`} value={row.p99_ns} text={nanoseconds(row.p99_ns)} />
                            </b>
                          </span>
                        ) : (
                          <span class="number faint">{reason ? s.latency.missing : '–'}</span>
                        )}
                        <span class="split-bar" aria-hidden="true">
                          <i class={`far leg-${name}`} style={{ width: `${at(row?.p99_ns)}%` }} />
                          <i class={`near leg-${name}`} style={{ width: `${at(row?.p50_ns)}%` }} />
                        </span>
                      </button>
                      {reason && <p class="reason">{reason}</p>}
                    </li>
                  );
                })}
              </ul>
            </div>
          ))}
          <p class="sentence">{s.latency.bars(nanoseconds(LEAST_NS), nanoseconds(most))}</p>
        </>
      )}
    </Panel>
  );
}

interface PartProps {
  stage: string;
  filter: string;
  since: string;
}

function Map({ stage, filter, since }: PartProps) {
  const [asTable, setAsTable] = useState(false);
  const [chosen, setChosen] = useState<Behind | null>(null);
  const question = `${stage}\n${filter}\n${since}`;
  const { data, error, again } = usePoll(
    async () => ({ map: await api.getHeatmap({ stage, filter, since }), question }),
    POLL_MS,
    question,
  );
  useEffect(() => setChosen(null), [question]);
  const map = data?.question === question ? data.map : null;
  const name = stageName(stage);
  const sentence = map ? sentenceOf(name, map) : '';
  return (
    <>
      <Panel
        title={s.latency.map(name)}
        class="heat-panel"
        actions={<TableToggle on={asTable} onToggle={() => setAsTable(!asTable)} />}
      >
        {!map ? (
          error ? (
            <Unavailable error={error} again={again} />
          ) : (
            <Loading />
          )
        ) : map.columns.length === 0 ? (
          <Empty>{s.latency.mapNone(name)}</Empty>
        ) : asTable ? (
          <HeatTable map={map} onBrush={setChosen} />
        ) : (
          <HeatPicture map={map} sentence={sentence} onBrush={setChosen} />
        )}
        {map && (
          <p class="sentence" data-field="heat.sentence">
            {sentence} {s.latency.stageTexts[stage]}
          </p>
        )}
      </Panel>
      {chosen && <BehindIt stage={stage} filter={filter} block={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function sentenceOf(name: string, map: api.Heatmap): string {
  const now = newest(map);
  const most = worst(map);
  if (!now || !most) return s.latency.mapNone(name);
  return s.latency.mapSentence(
    name,
    nanoseconds(now.p50_ns),
    nanoseconds(now.p99_ns),
    nanoseconds(most.p99_ns),
    clock(most.at),
  );
}

interface BehindProps {
  stage: string;
  filter: string;
  block: Behind;
  onClose: () => void;
}

function BehindIt({ stage, filter, block, onClose }: BehindProps) {
  const { since, until, fromNs, toNs } = block;
  const all = [filter, journeyFilter(stage, block)].filter(Boolean).join(' and ');
  const { data, error, again } = usePoll(
    () => api.getJourneys({ filter: all, since, until, limit: JOURNEYS }),
    POLL_MS,
    `${all}\n${since}\n${until}`,
  );
  const text =
    toNs === null
      ? s.latency.blockOpen(clock(since), clock(until), nanoseconds(fromNs))
      : s.latency.block(clock(since), clock(until), nanoseconds(fromNs), nanoseconds(toNs));
  return (
    <Panel
      title={s.latency.blockTitle}
      class="behind"
      note={`${text} · ${s.latency.blockCount(block.count)}`}
      actions={
        <button type="button" class="ghost square" aria-label={s.latency.blockClear} onClick={onClose}>
          <Icon name="close" />
        </button>
      }
    >
      {!data ? (
        error ? (
          <Unavailable error={error} again={again} />
        ) : (
          <Loading />
        )
      ) : data.journeys.length === 0 ? (
        <p class="muted">{s.latency.blockNone}</p>
      ) : (
        <JourneyList
          journeys={data.journeys}
          chosen=""
          hrefOf={(journey) => href('journey', { f: filter, journey: journey.id })}
        />
      )}
    </Panel>
  );
}

function Processes({ stage, filter, since }: PartProps) {
  const wanted = READ_BY.includes(stage);
  const clause = [filter, cellClause('stage', stage, false)].filter(Boolean).join(' and ');
  const { data, error } = usePoll(
    () => (wanted ? api.getLatency({ by: 'process', filter: clause, since }) : Promise.resolve(null)),
    POLL_MS,
    `${clause}\n${since}`,
  );
  const rows = (data?.stages ?? [])
    .filter((row) => row.stage === stage && (row.count ?? 0) > 0)
    .sort((a, b) => (b.p99_ns ?? 0) - (a.p99_ns ?? 0))
    .slice(0, PROCESSES);
  return (
    <Panel title={s.latency.processes} class="process-panel">
      {!wanted ? (
        <p class="muted">{directionOf(stage) === 'send' ? s.latency.notBySender : s.latency.notByProcess}</p>
      ) : !data ? (
        error ? (
          <p class="muted">{error instanceof api.ApiError ? error.message : s.state.noAnswer}</p>
        ) : (
          <Loading />
        )
      ) : rows.length === 0 ? (
        <p class="muted">{s.latency.processNone}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={s.latency.processes}>
          <table>
            <thead>
              <tr>
                <th scope="col">{s.journey.process}</th>
                {[s.latency.count, s.latency.p50, s.latency.p95, s.latency.p99, s.latency.max].map((title) => (
                  <th scope="col" class="number" key={title}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.process ?? ''}>
                  <th scope="row">
                    <FilterText field="process" value={row.process} onFilter={addFilter} />
                  </th>
                  <td class="number">{exact(row.count)}</td>
                  {(['p50_ns', 'p95_ns', 'p99_ns', 'max_ns'] as const).map((key) => (
                    <td class="number" key={key}>
                      <Value field={`process.${key}`} value={row[key]} text={nanoseconds(row[key])} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
