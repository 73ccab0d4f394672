// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { Export } from '../export';
import { combine } from '../filter';
import { bitRate, bytes, endpoint, exact, packetRate, percent, protocolName, si } from '../format';
import { firstOf, isDrop, latencyFilter, linkId, summaryOf } from '../graph';
import { subscribe } from '../live';
import { FlowRates } from '../rates';
import { chosenInterfaces, filterText, href, keptText, metricText, openJourney, setParameters } from '../router';
import { hrefOf, LinkTable, Sankey } from '../sankey';
import { filterProblem, pausedAt, unit } from '../store';
import { s } from '../strings';
import { JourneyList, stageName, Timeline } from '../timeline';
import { Empty, Loading, Panel, TableToggle, usePoll, Value } from '../ui';
import { nanoseconds } from '../way';
import { NoAnswer } from './overview';

const POLL_MS = 1_000;
/** Many bands are drawn half as often. */
const MANY_LINKS = 60;
const PANE_MS = 2_000;
const LIST_MS = 2_000;
const SINCE = '60s';
const JOURNEYS = 40;
const TOP_FLOWS = 5;
/** Rates of a band are exact up to so many flows. */
const RATED_FLOWS = 200;
const BAD_REQUEST = 400;
const KEPT = ['', 'slow', 'dropped', 'traced'];

const refused = (error: unknown): api.Problem | null =>
  error instanceof api.ApiError && error.problem.status === BAD_REQUEST ? error.problem : null;

export function JourneyPage() {
  const filter = combine(filterText.value, chosenInterfaces.value);
  useEffect(() => subscribe({ topics: ['stats'] }), []);
  return (
    <div class="page journey-page">
      <Picture filter={filter} />
      <Packets filter={filter} />
    </div>
  );
}

const metricNow = (): api.GraphMetric => api.GRAPH_METRICS.find((m) => m === metricText.value) ?? 'packets';

interface Answer {
  graph: api.Graph;
  metric: api.GraphMetric;
  /** The filter fits packets, but not flows. */
  unfiltered: boolean;
}

function Picture({ filter }: { filter: string }) {
  const metric = metricNow();
  const [asTable, setAsTable] = useState(false);
  const [chosen, setChosen] = useState('');
  const asked = useRef(0);
  const links = useRef(0);
  /** The last filter that does not fit flows; it is not asked again and again. */
  const unfit = useRef('');
  const question = `${metric}\n${filter}`;
  const last = useRef<Answer | null>(null);
  const { data, error, again } = usePoll(
    async (): Promise<Answer> => {
      const skip = links.current > MANY_LINKS && asked.current++ % 2 === 1;
      if (skip && last.current) return last.current;
      let unfiltered = filter !== '' && unfit.current === filter;
      const graph = await api
        .getGraph({ metric, filter: unfiltered ? '' : filter, since: SINCE })
        .catch((cause: unknown) => {
          if (!filter || !refused(cause)) throw cause;
          unfiltered = true;
          unfit.current = filter;
          return api.getGraph({ metric, since: SINCE });
        });
      links.current = graph.links.length;
      last.current = { graph, metric, unfiltered };
      return last.current;
    },
    POLL_MS,
    question,
  );
  useEffect(() => {
    last.current = null;
  }, [question]);

  const graph = data?.metric === metric ? data.graph : null;
  const sentence = graph ? pictureSentence(graph, metric) : '';
  const link = graph?.links.find((l) => linkId(l) === chosen) ?? (graph ? firstOf(graph, metric) : undefined);
  return (
    <>
      <div class="toolbar">
        <h1>{s.journey.title}</h1>
        <span class="segmented" role="group" aria-label={s.journey.metric.label}>
          {api.GRAPH_METRICS.map((m) => (
            <button
              key={m}
              type="button"
              class="small"
              aria-pressed={m === metric}
              onClick={() => setParameters({ metric: m === 'packets' ? '' : m })}
            >
              {s.journey.metric[m]}
            </button>
          ))}
        </span>
        <span class="toolbar-note muted">{metric === 'drops' ? s.journey.seenDrops : s.journey.seen}</span>
        {graph?.exact === false && (
          <span class="badge" title={graph.note}>
            {s.journey.notExact}
          </span>
        )}
        <div class="toolbar-end">
          <Export path={api.graphPath({ metric, filter, since: SINCE })} name="journey-graph" />
        </div>
      </div>
      <div class="journey-top">
        <Panel
          title={s.journey.picture}
          class="picture"
          note={
            <span class="layers" aria-hidden="true">
              {Object.values(s.journey.layers).join(' → ')}
            </span>
          }
          actions={<TableToggle on={asTable} onToggle={() => setAsTable(!asTable)} />}
        >
          {!graph ? (
            error ? (
              <NoAnswer error={error} again={again} />
            ) : (
              <Loading />
            )
          ) : graph.links.length === 0 ? (
            <Empty>{metric === 'drops' ? s.journey.noDrop : s.journey.nothing}</Empty>
          ) : asTable ? (
            <LinkTable graph={graph} />
          ) : (
            <Sankey
              graph={graph}
              metric={metric}
              sentence={sentence}
              chosen={link ? linkId(link) : ''}
              onChoose={setChosen}
            />
          )}
          {graph && graph.links.length > 0 && (
            <p class="sentence" data-field="graph.sentence">
              {sentence}
            </p>
          )}
          {data?.unfiltered && <p class="sentence">{s.journey.filterGraph}</p>}
          {graph?.note && <p class="sentence note">{graph.note}</p>}
        </Panel>
        <Pane key={link && linkId(link)} graph={graph} link={link} />
      </div>
    </>
  );
}

function pictureSentence(graph: api.Graph, metric: api.GraphMetric): string {
  const { total, interfaces, top, dropped, worst } = summaryOf(graph, metric);
  const most = ['network', 'transport', 'process'].flatMap((layer) => {
    const one = top[layer];
    return one ? [s.journey.most(one.label, percent(one.share))] : [];
  });
  const value = metric === 'bytes' ? bytes(total) : `${si(total)} packets`;
  const parts = [
    metric === 'drops' ? '' : [s.journey.total(value, interfaces), ...most].join(', '),
    worst ? s.journey.dropped(dropped, s.journey.droppedAt(worst.label, worst.stage)) : '',
  ].filter(Boolean);
  return `${parts.join('; ')}.`;
}

/** What the band under the pointer carries: how much now, how long it takes, whose flows. */
function Pane({ graph, link }: { graph: api.Graph | null; link: api.GraphLink | undefined }) {
  const source = graph?.nodes.find((node) => node.id === link?.source);
  const target = graph?.nodes.find((node) => node.id === link?.target);
  if (!link || !source || !target) {
    return (
      <Panel title={s.journey.chosen} class="pane">
        <Empty>{s.journey.choose}</Empty>
      </Panel>
    );
  }
  return (
    <Panel title={s.journey.way(source.label, target.label)} class="pane">
      <dl class="figures">
        <div>
          <dt>{s.columns.packets}</dt>
          <dd>
            <Value field="band.packets" value={link.packets} text={exact(link.packets)} />
          </dd>
        </div>
        <div>
          <dt>{s.columns.bytes}</dt>
          <dd>
            <Value field="band.bytes" value={link.bytes} text={bytes(link.bytes)} />
          </dd>
        </div>
      </dl>
      <p>
        <a class="button small" href={hrefOf(link, target)} data-route>
          {isDrop(target) ? s.journey.showDrops : s.journey.showFlows}
        </a>
      </p>
      {isDrop(target) ? (
        <>
          <p class="sentence">{s.reasons[target.label] ?? s.drops.drawer.reason(target.label)}</p>
          {target.stage && <p class="sentence">{s.stages[target.stage] ?? s.drops.drawer.stage(target.stage)}</p>}
        </>
      ) : (
        <>
          <TopFlows filter={link.filter} />
          <Times filter={latencyFilter(source, target)} />
        </>
      )}
    </Panel>
  );
}

function TopFlows({ filter }: { filter: string }) {
  const rates = useRef(new FlowRates());
  const { data } = usePoll(
    async () => {
      const answer = await api.getFlows({ filter, sort: '-bytes', limit: RATED_FLOWS });
      rates.current.update(answer.flows, Date.now());
      return answer;
    },
    PANE_MS,
    filter,
  );
  if (!data) return <Loading />;
  const known = data.flows.map((flow) => rates.current.of(flow.id)).filter((rate) => rate !== null);
  const sum = (read: (rate: { bitsPerSecond: number; packetsPerSecond: number }) => number) =>
    known.length ? known.reduce((total, rate) => total + read(rate), 0) : null;
  const rate =
    unit.value === 'packets'
      ? packetRate(sum((r) => r.packetsPerSecond))
      : bitRate(
          sum((r) => r.bitsPerSecond),
          unit.value,
        );
  const partly = (data.total ?? 0) > data.flows.length;
  return (
    <>
      <h3>
        {s.journey.rate} {rate}
        {partly && <small> {s.journey.rateOfTop(data.flows.length)}</small>}
      </h3>
      {data.flows.length === 0 && <p class="muted">{s.journey.noFlows}</p>}
      <ul class="top-flows" aria-label={s.journey.flows}>
        {data.flows.slice(0, TOP_FLOWS).map((flow) => (
          <li key={flow.id}>
            <a href={href('flows', { f: filter, flow: String(flow.id) })} data-route>
              <span class={`proto-mark family-${(flow.protocol ?? '').toLowerCase()}`} aria-hidden="true" />
              <span class="mono">
                {flow.src_ip
                  ? `${endpoint(flow.src_ip, flow.src_port)} → ${endpoint(flow.dst_ip, flow.dst_port)}`
                  : protocolName(flow.protocol)}
              </span>
              <span class="number">{bytes(flow.bytes)}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Of the last minute; what is not measured here stays in the list and says why. */
function Times({ filter }: { filter: string | null }) {
  const { data, error } = usePoll(
    () => (filter === null ? Promise.resolve(null) : api.getLatency({ filter, since: SINCE })),
    PANE_MS,
    filter,
  );
  if (filter === null) return <p class="sentence">{s.journey.notByThis}</p>;
  if (!data) return error ? <p class="sentence">{s.state.noAnswer}</p> : <Loading />;
  const every = data.follow_one_in === 1;
  return (
    <>
      <h3>
        {s.journey.times}{' '}
        <small>{data.follow_one_in && (every ? s.journey.timesEvery : s.journey.timesNote(data.follow_one_in))}</small>
      </h3>
      {data.stages.length === 0 && <p class="muted">{s.journey.noTimes}</p>}
      <table class="times">
        <thead>
          <tr>
            <th scope="col">{s.journey.stage}</th>
            <th scope="col" class="number">
              {s.latency.p50}
            </th>
            <th scope="col" class="number">
              {s.latency.p99}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.stages.map((row) => (
            <tr key={row.stage}>
              <td title={`${exact(row.count)} ${s.journey.packets}`}>
                <a href={href('latency', { stage: row.stage, f: filter })} data-route>
                  {stageName(row.stage)}
                </a>
              </td>
              <td class="number">{nanoseconds(row.p50_ns)}</td>
              <td class="number">{nanoseconds(row.p99_ns)}</td>
            </tr>
          ))}
          {(data.missing ?? []).map((row) => (
            <tr key={row.stage} class="quiet" title={row.reason}>
              <td>{stageName(row.stage)}</td>
              <td colSpan={2} class="number">
                {s.latency.missing}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

// ---- one packet at a time

function Packets({ filter }: { filter: string }) {
  const kept = KEPT.includes(keptText.value) ? keptText.value : '';
  const id = openJourney.value;
  const all = [filter, kept ? `kept == ${kept}` : ''].filter(Boolean).join(' and ');
  const { data, error, again } = usePoll(
    async () => ({ ...(await api.getJourneys({ filter: all, limit: JOURNEYS })), all }),
    LIST_MS,
    all,
  );
  const wrong = refused(error);
  useEffect(() => {
    if (wrong) filterProblem.value = { filter: filterText.value, problem: wrong };
    else if (data?.all === all) filterProblem.value = null;
  }, [wrong, data]);

  // what is looked at stays, though the list goes on
  const [held, setHeld] = useState<api.Journey | null>(null);
  const [gone, setGone] = useState(false);
  const listed = data?.journeys.find((journey) => journey.id === id);
  useEffect(() => {
    setGone(false);
    if (!id) {
      setHeld(null);
      return;
    }
    if (listed) {
      setHeld(listed);
      return;
    }
    if (held?.id === id) return;
    let live = true;
    api.getJourney(id).then(
      (journey) => {
        if (!live) return;
        setHeld(journey);
        setGone(journey === null);
      },
      () => undefined,
    );
    return () => {
      live = false;
    };
  }, [id, listed]);
  const first = data?.journeys[0];
  const still = useRef<api.Journey | null>(null);
  // without a choice the newest is shown, but not another one every other second
  if (!id && first && (!still.current || pausedAt.value === null)) {
    const there = data.journeys.find((journey) => journey.id === still.current?.id);
    if (!there || data.all !== all) still.current = first;
  }
  const shown = id ? (held?.id === id ? held : null) : data?.journeys.length ? still.current : null;

  return (
    <Panel
      title={s.journey.list}
      class="packet-ways"
      actions={
        <span class="segmented" role="group" aria-label={s.journey.kept.label}>
          {KEPT.map((which) => (
            <button
              key={which}
              type="button"
              class="small"
              aria-pressed={which === kept}
              onClick={() => setParameters({ kept: which, journey: '' })}
            >
              {s.journey.kept[which]}
            </button>
          ))}
        </span>
      }
    >
      {!data ? (
        wrong ? (
          <Empty>{s.journey.filterList}</Empty>
        ) : error ? (
          <Unavailable error={error} again={again} />
        ) : (
          <Loading />
        )
      ) : (
        <div class={data.journeys.length > 0 ? 'ways' : ''}>
          {data.journeys.length === 0 ? (
            !shown && <Empty>{gone ? s.journey.gone : filter ? s.journey.noMatch : s.journey.none[kept]}</Empty>
          ) : (
            <JourneyList
              journeys={data.journeys}
              chosen={shown?.id ?? ''}
              hrefOf={(journey) =>
                href('journey', {
                  f: filterText.value,
                  if: chosenInterfaces.value.join(),
                  metric: metricText.value,
                  kept,
                  journey: journey.id,
                })
              }
            />
          )}
          {shown ? (
            <Timeline journey={shown} />
          ) : (
            data.journeys.length > 0 && <Empty>{gone ? s.journey.gone : s.journey.pick}</Empty>
          )}
        </div>
      )}
    </Panel>
  );
}

/** This kernel, or these rights, do not let packets be followed: grey, with the reason. */
export function Unavailable({ error, again }: { error: Error; again: () => void }) {
  if (!(error instanceof api.ApiError)) return <NoAnswer error={error} again={again} />;
  const { problem } = error;
  return (
    <div class="unmeasured" data-field="unavailable" data-code={problem.code}>
      <h3>{s.journey.unavailable}</h3>
      <p>{problem.title}</p>
      {problem.detail && <p class="muted">{problem.detail}</p>}
      <button type="button" class="small" onClick={again}>
        {s.state.retry}
      </button>
    </div>
  );
}
