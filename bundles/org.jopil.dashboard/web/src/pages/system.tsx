// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import * as api from '../api';
import { ABSENT, bytes, clock, exact, memory, percent, present, si } from '../format';
import { refreshInterfaces } from '../live';
import { interfaces, stats, version } from '../store';
import { s } from '../strings';
import { copy, Empty, Loading, Panel, say, usePoll, Value } from '../ui';
import { NoAnswer } from './overview';

const POLL_MS = 2_000;
const SLOW_MS = 10_000;
const MODES = ['auto', 'native', 'generic', 'tcx'];

export function System() {
  return (
    <div class="system">
      <h1 class="visually-hidden">{s.system.title}</h1>
      <div class="cards-1-1">
        <Health />
        <Cost />
      </div>
      <div class="cards-1-1">
        <Programs />
        <Memory />
      </div>
      <Attachments />
      <Privacy />
      <Doctor />
      <Ledger />
      <Analyzers />
    </div>
  );
}

const GOOD = new Set(['up', 'ok', 'active', 'running', 'started']);
const BAD = new Set(['down', 'missing', 'failed', 'fail', 'stopped', 'quarantined']);

interface StatusProps {
  value: string | undefined;
  field?: string;
  /** Nobody asked for it, so it is no fault that it is down. */
  unasked?: boolean;
}

function toneOf(value = '', unasked = false): string {
  const word = value.toLowerCase();
  if (GOOD.has(word)) return 'good';
  if (word === '' || unasked) return '';
  return BAD.has(word) ? 'bad' : 'warn';
}

function Status({ value, field, unasked }: StatusProps) {
  return (
    <span class={`status ${toneOf(value, unasked)}`} data-field={field} data-value={value}>
      <i aria-hidden="true" />
      {value ?? ABSENT}
    </span>
  );
}

function Health() {
  const { data, error, again } = usePoll(api.getHealth, POLL_MS);
  return (
    <Panel title={s.system.health} note={<Status value={data?.status} field="health.status" />}>
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <ul class="checks">
          {data.checks?.map((check) => (
            <li key={check.name}>
              <Status value={check.status} field={`health.${check.name}`} />
              <b>{check.name}</b>
              <span>{check.message}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Cost() {
  const cost = stats.value?.cost;
  const facts: [string, string, unknown, string][] = [
    [s.strip.cpu, 'cost.cpu_percent', cost?.cpu_percent, percent(cost?.cpu_percent)],
    [s.strip.memory, 'cost.rss_bytes', cost?.rss_bytes, memory(cost?.rss_bytes)],
    [s.strip.kernel, 'cost.kernel_bytes', cost?.kernel_bytes, memory(cost?.kernel_bytes)],
    [s.strip.nsPerPacket, 'cost.ns_per_packet', cost?.ns_per_packet, si(cost?.ns_per_packet)],
  ];
  return (
    <Panel title={`${s.system.cost} · ${s.system.version}`}>
      <dl class="facts wide">
        {facts.map(([name, field, value, text]) => (
          <div key={field}>
            <dt>{name}</dt>
            <dd>
              <Value field={field} value={value} text={text} />
            </dd>
          </div>
        ))}
        {Object.entries(version.value ?? {})
          .filter(([, value]) => typeof value !== 'object')
          .map(([key, value]) => (
            <div key={key}>
              <dt>{key.replace(/_/g, ' ')}</dt>
              <dd>
                <Value field={`version.${key}`} value={value} text={String(value)} />
              </dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
}

const MEASURE_SECONDS = 10;

/** Run times of our programs: the kernel measures them only when somebody asks. */
function Programs() {
  const { data, error, again } = usePoll(api.getProgramCosts, POLL_MS);
  const [problem, setProblem] = useState('');
  const cost = stats.value?.cost;
  const start = () => {
    setProblem('');
    api
      .measure(MEASURE_SECONDS)
      .then(again)
      .catch((failure: unknown) => setProblem(failure instanceof Error ? failure.message : String(failure)));
  };
  return (
    <Panel
      title={s.system.runTimes}
      note={cost?.measured_until && !cost.measuring ? s.system.measuredUntil(clock(cost.measured_until)) : undefined}
      actions={
        <button type="button" class="small" disabled={cost?.measuring ?? false} onClick={start}>
          {cost?.measuring ? s.system.measuring : s.system.measure(MEASURE_SECONDS)}
        </button>
      }
    >
      {problem && <p role="alert">{problem}</p>}
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : data.length === 0 ? (
        <Empty>{s.state.nothingHere}</Empty>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={s.system.runTimes}>
          {!cost?.measured_until && <p>{s.system.notMeasured}</p>}
          <table>
            <thead>
              <tr>
                <th scope="col">{s.system.c.program}</th>
                <th scope="col">{s.system.c.hook}</th>
                <th scope="col" class="number">
                  {s.system.c.runs}
                </th>
                <th scope="col" class="number">
                  {s.system.c.nsPerRun}
                </th>
                <th scope="col" class="number">
                  {s.system.c.nsPerPacket}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((row, n) => (
                <tr key={n}>
                  <th scope="row">
                    {row.program}
                    <small class="muted">{[row.interface, row.direction].join(' · ')}</small>
                  </th>
                  <td>{row.hook}</td>
                  <td class="number">
                    <Value field={`cost.${n}.runs`} value={row.runs} text={exact(row.runs)} />
                  </td>
                  <td class="number">
                    <Value field={`cost.${n}.ns_per_run`} value={row.ns_per_run} text={si(row.ns_per_run)} />
                  </td>
                  <td class="number">
                    <Value field={`cost.${n}.ns_per_packet`} value={row.ns_per_packet} text={si(row.ns_per_packet)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** One budget, and what a CPU has of it here and elsewhere. */
function Memory() {
  const { data, error, again } = usePoll(api.getMemory, SLOW_MS);
  const here = data?.find((share) => share.here);
  return (
    <Panel title={s.system.memory} note={here && s.system.budget(here.memory_mib ?? 0)}>
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <>
          {here && (
            <p>
              {s.system.heap(memory(here.heap_bytes), exact(here.live_flows))}{' '}
              {s.system.kernel(memory(here.kernel_bytes), memory(here.ipv4_bytes), memory(here.ipv6_bytes))}
              {here.note && ` ${here.note}.`}
            </p>
          )}
          <div class="scroll" tabIndex={0} role="group" aria-label={s.system.memory}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{s.system.c.cpus}</th>
                  <th scope="col" class="number">
                    {s.system.c.ipv4Slots}
                  </th>
                  <th scope="col" class="number">
                    {s.system.c.ipv6Slots}
                  </th>
                  <th scope="col" class="number">
                    {s.system.c.ring}
                  </th>
                  <th scope="col" class="number">
                    {s.strip.kernel}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.map((share) => (
                  <tr key={share.cpus} class={share.here ? '' : 'quiet'}>
                    <th scope="row">{share.here ? s.system.here(share.cpus) : exact(share.cpus)}</th>
                    <td class="number">
                      <Value
                        field={`memory.${share.cpus}.ipv4_slots`}
                        value={share.ipv4_slots}
                        text={exact(share.ipv4_slots)}
                      />
                    </td>
                    <td class="number">
                      <Value
                        field={`memory.${share.cpus}.ipv6_slots`}
                        value={share.ipv6_slots}
                        text={exact(share.ipv6_slots)}
                      />
                    </td>
                    <td class="number">{memory(share.ring_bytes)}</td>
                    <td class="number">{share.here || !share.note ? memory(share.kernel_bytes) : share.note}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}

/** The hooks got, and below them the mode that was asked for. */
function Hooks({ i }: { i: api.Interface }) {
  const hook = typeof i.hook === 'string' ? { ingress: i.hook, egress: undefined } : i.hook;
  return (
    <>
      <span class="nowrap">{s.system.hooks(hook?.ingress ?? s.system.off, hook?.egress ?? s.system.off)}</span>
      {i.mode && <small>{s.system.asked(i.mode)}</small>}
      {i.watch === 'degraded' && <Status value={i.watch} />}
    </>
  );
}

/** Program ids, however they are grouped. */
function idsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value)
    .filter((v) => v !== null)
    .map(idsOf)
    .join(', ');
}

function Attachments() {
  const { data, error, again } = usePoll(async () => {
    const list = await api.getInterfaces();
    interfaces.value = list;
    return list;
  }, POLL_MS);
  const sorted = [...(data ?? [])].sort((a, b) => Number(b.attached ?? false) - Number(a.attached ?? false));
  return (
    <Panel title={s.system.interfaces}>
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={s.system.interfaces}>
          <table class="attachments">
            <thead>
              <tr>
                <th scope="col">{s.system.c.name}</th>
                <th scope="col">{s.system.c.state}</th>
                <th scope="col">{s.system.c.kind}</th>
                <th scope="col">{s.system.c.hook}</th>
                <th scope="col">{s.system.c.why}</th>
                <th scope="col" class="number">
                  {s.system.c.ingress}
                </th>
                <th scope="col" class="number">
                  {s.system.c.egress}
                </th>
                <th scope="col">{s.system.c.action}</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((i) => (
                <Attachment key={i.name} i={i} again={again} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Attachment({ i, again }: { i: api.Interface; again: () => void }) {
  const [mode, setMode] = useState(MODES[0]!);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<api.Problem | null>(null);

  async function act(action: () => Promise<unknown>): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await action();
      say(s.system.done(i.name));
    } catch (error) {
      setProblem(error instanceof api.ApiError ? error.problem : { status: 0, title: s.state.noAnswer, detail: '' });
    } finally {
      setBusy(false);
      again();
      void refreshInterfaces();
    }
  }

  const programs = Object.entries(i).filter(
    ([key, value]) => /program/.test(key) && value !== null && value !== undefined,
  );
  const count = (direction: 'ingress' | 'egress') => {
    const c = i[direction] ?? stats.value?.interfaces?.[i.name]?.[direction];
    return (
      <td class="number">
        <Value field={`interface.${i.name}.${direction}.packets`} value={c?.packets} text={exact(c?.packets)} />
        <small>{bytes(c?.bytes)}</small>
      </td>
    );
  };
  return (
    <>
      <tr data-interface={i.name} class={i.attached ? '' : 'quiet'}>
        <th scope="row">
          {i.name}
          {programs
            .filter(([, value]) => idsOf(value) !== '')
            .map(([key, value]) => (
              <small key={key} class="muted">
                {words(key)} {idsOf(value)}
              </small>
            ))}
        </th>
        <td>
          <Status value={i.state} unasked={!i.attached} />
        </td>
        <td>
          {i.kind ?? i.driver ?? ABSENT}
          <small class="muted">
            {[i.kind && i.driver !== i.kind && i.driver, i.mtu && `MTU ${i.mtu}`].filter(Boolean).join(' · ')}
          </small>
        </td>
        <td>{i.attached ? <Hooks i={i} /> : <span class="muted nowrap">{s.system.notAttached}</span>}</td>
        <td class="why">{(i.attached ? i.why : (i.reason ?? i.why)) ?? ''}</td>
        {count('ingress')}
        {count('egress')}
        <td>
          {i.attached ? (
            <button
              type="button"
              class="small"
              disabled={busy}
              aria-label={s.system.detachLabel(i.name)}
              onClick={() => void act(() => api.detach(i.name))}
            >
              {s.system.detach}
            </button>
          ) : (
            <span class="row tight">
              <select
                aria-label={s.system.modeLabel(i.name)}
                value={mode}
                onChange={(e) => setMode(e.currentTarget.value)}
              >
                {MODES.map((m) => (
                  <option key={m}>{m}</option>
                ))}
              </select>
              <button
                type="button"
                class="small"
                disabled={busy}
                aria-label={s.system.attachLabel(i.name)}
                onClick={() => void act(() => api.attach(i.name, mode))}
              >
                {s.system.attach}
              </button>
            </span>
          )}
        </td>
      </tr>
      {problem && (
        <tr class="problem">
          <td colSpan={8}>
            <p role="alert">
              <strong>{problem.title}</strong> {problem.detail}{' '}
              {problem.code && <code class="code">{problem.code}</code>}
            </p>
          </td>
        </tr>
      )}
    </>
  );
}

const LEVELS = ['level_full', 'level_names_off', 'level_addresses_masked'] as const;
const TITLES = ['full', 'names-off', 'addresses-masked'] as const;

function Privacy() {
  const { data, error, again } = usePoll(api.getPrivacy, SLOW_MS);
  return (
    <Panel
      title={s.system.privacy}
      class="privacy"
      note={data && <span data-field="privacy.in_force">{s.system.privacyText(s.privacy.levels[data.level])}</span>}
    >
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={s.system.privacy}>
          <table>
            <thead>
              <tr>
                <th scope="col">{s.system.c.what}</th>
                <th scope="col">{s.system.c.where}</th>
                <th scope="col">{s.system.c.kept}</th>
                {TITLES.map((level) => (
                  <th scope="col" key={level} aria-current={level === data.level}>
                    {s.privacy.levels[level]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.recorded.map((row) => (
                <tr key={row.what}>
                  <th scope="row">{row.what}</th>
                  <td>{row.where}</td>
                  <td>{row.kept}</td>
                  {LEVELS.map((level, n) => (
                    <td key={level} aria-current={TITLES[n] === data.level}>
                      {row[level]}
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

function Doctor() {
  const { data, error, again } = usePoll(api.getDoctor, SLOW_MS);
  return (
    <Panel title={s.system.doctor} note={s.system.doctorText}>
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={s.system.doctor}>
          <table>
            <thead>
              <tr>
                <th scope="col">{s.system.c.capability}</th>
                <th scope="col">{s.system.c.status}</th>
                <th scope="col">{s.system.c.hook}</th>
                <th scope="col">{s.system.c.fallback}</th>
                <th scope="col">{s.system.c.reason}</th>
                <th scope="col">{s.system.c.fix}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((check, n) => (
                <tr key={check.capability ?? n} data-capability={check.capability}>
                  <th scope="row">{check.capability ?? ABSENT}</th>
                  <td>
                    <Status value={check.status} field={`doctor.${check.capability ?? n}`} />
                  </td>
                  <td>{check.hook ?? ''}</td>
                  <td>{check.fallback ?? ''}</td>
                  <td class="why">{check.reason ?? ''}</td>
                  <td>
                    {check.fix && (
                      <span class="row tight">
                        <code>{check.fix}</code>
                        <button
                          type="button"
                          class="ghost small"
                          aria-label={s.system.copyFixLabel(check.capability ?? '')}
                          onClick={() => void copy(check.fix!)}
                        >
                          {s.system.copyFix}
                        </button>
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function words(key: string): string {
  return key.replace(/_/g, ' ');
}

/** The unit is in the name of the field. */
function plain(key: string, value: unknown): string {
  if (present(value) && key.endsWith('_ns')) return si(value / 1e9, 's');
  if (present(value) && key.endsWith('_bytes')) return memory(value);

  if (value === null || value === undefined) return ABSENT;
  if (present(value)) return Number.isInteger(value) ? exact(value) : si(value);
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Any list of rows as a table: its columns are the keys, in the order in which they appear. */
function Rows({ rows, label, field }: { rows: api.Row[]; label: string; field: string }) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (rows.length === 0) return <Empty>{s.state.nothingHere}</Empty>;
  const numeric = new Set(
    keys.filter((key) => rows.every((row) => row[key] === null || row[key] === undefined || present(row[key]))),
  );
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>
            {keys.map((key) => (
              <th scope="col" key={key} class={numeric.has(key) ? 'number' : ''}>
                {words(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              {keys.map((key) => (
                <td key={key} class={numeric.has(key) ? 'number' : ''}>
                  {key === 'state' || key === 'status' ? (
                    <Status
                      value={typeof row[key] === 'string' ? row[key] : undefined}
                      field={`${field}.${n}.${key}`}
                    />
                  ) : (
                    <Value
                      field={`${field}.${n}.${key}`}
                      value={typeof row[key] === 'object' ? undefined : row[key]}
                      text={plain(key, row[key])}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ledger() {
  const { data, error, again } = usePoll(api.getLedger, POLL_MS);
  const difference = data?.difference;
  const events = Object.entries(data?.events ?? {});
  const simple = events.filter(([, value]) => typeof value !== 'object');
  const nested = events.filter(
    (e): e is [string, api.Row[]] => Array.isArray(e[1]) && e[1].every((r) => typeof r === 'object'),
  );
  const findings = data?.findings ?? [];
  const rest = Object.entries(data ?? {}).filter(
    ([key]) => !['events', 'counts', 'difference', 'findings', 'seconds', 'sequence'].includes(key),
  );
  const restRows = rest.filter((e): e is [string, api.Row[]] => Array.isArray(e[1]) && e[1].length > 0);
  return (
    <Panel
      title={s.system.ledger}
      note={s.system.ledgerText}
      actions={
        data && (
          <span class={`status ${findings.length ? 'bad' : difference ? 'warn' : 'good'}`}>
            <i aria-hidden="true" />
            <span title={s.system.differenceTitle}>{s.system.difference}</span>{' '}
            <Value field="ledger.page.difference" value={difference} text={exact(difference)} />
          </span>
        )
      }
    >
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <>
          {findings.map((finding) => (
            <div key={finding.text} class="banner bad" data-field="ledger.finding" data-value={finding.layer}>
              {finding.text}
              {finding.since && `, ${s.system.since(clock(finding.since))}`}. {finding.advice}
            </div>
          ))}
          {!findings.length && data.first_unbalanced && data.last_unbalanced && (
            <div class="banner warn" data-field="ledger.unbalanced">
              {s.system.unbalanced(clock(data.first_unbalanced), clock(data.last_unbalanced))}
            </div>
          )}
          <h3>{s.system.events}</h3>
          <dl class="facts wide">
            {simple.map(([key, value]) => (
              <div key={key}>
                <dt>{words(key)}</dt>
                <dd>
                  <Value field={`ledger.events.${key}`} value={value} text={plain(key, value)} />
                </dd>
              </div>
            ))}
          </dl>
          {nested.map(([key, rows]) => (
            <div key={key}>
              <h3>{words(key)}</h3>
              <Rows rows={rows} label={words(key)} field={`ledger.events.${key}`} />
            </div>
          ))}
          {data.counts && (
            <>
              <h3>{s.system.counts}</h3>
              <Rows rows={data.counts} label={s.system.counts} field="ledger.counts" />
            </>
          )}
          {restRows.map(([key, rows]) => (
            <div key={key}>
              <h3>{words(key)}</h3>
              <Rows rows={rows} label={words(key)} field={`ledger.${key}`} />
            </div>
          ))}
        </>
      )}
    </Panel>
  );
}

function Analyzers() {
  const { data, error, again } = usePoll(api.getAnalyzers, POLL_MS);
  return (
    <Panel title={s.system.analyzers}>
      {!data && error ? (
        <NoAnswer error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <Rows rows={data} label={s.system.analyzers} field="analyzers" />
      )}
    </Panel>
  );
}
