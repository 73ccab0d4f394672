// SPDX-License-Identifier: Apache-2.0
// Followed packets as a list, and one packet's way drawn to scale.

import type { Journey } from './api';
import { ABSENT, clock, exact, protocolName, utc } from './format';
import { setParameters } from './router';
import { s } from './strings';
import { Protocol, Value } from './ui';
import { legsOf, nanoseconds, tupleOf } from './way';

export const stageName = (stage: string | null | undefined) => s.latency.stageNames[stage ?? ''] ?? stage ?? ABSENT;

/** Of a packet that was seen but once, no time is known. */
const took = (journey: Journey) => (journey.followed === false ? null : journey.duration_ns);

interface ListProps {
  journeys: Journey[];
  chosen: string;
  hrefOf: (journey: Journey) => string;
}

/** One line each; the chosen one is marked. */
export function JourneyList({ journeys, chosen, hrefOf }: ListProps) {
  return (
    <ul class="journeys">
      {journeys.map((journey) => (
        <li key={journey.id}>
          <a
            href={hrefOf(journey)}
            data-route
            data-journey={journey.id}
            aria-current={journey.id === chosen ? 'true' : undefined}
            class={journey.drop_reason ? 'is-drop' : ''}
          >
            <span class="muted" title={utc(journey.timestamp)}>
              {clock(journey.timestamp, true)}
            </span>
            <Protocol name={journey.protocol} />
            <span class="took">
              <Value field="duration_ns" value={took(journey)} text={nanoseconds(took(journey))} />
            </span>
            <span class="tuple">{tupleOf(journey)}</span>
            <small>
              {journey.drop_reason ??
                (journey.slowest_stage
                  ? `${stageName(journey.slowest_stage)} ${nanoseconds(journey.slowest_ns)}`
                  : (journey.end_text ?? journey.end ?? ''))}
              {journey.process ? ` · ${journey.process}` : ''}
            </small>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Timeline({ journey }: { journey: Journey }) {
  const legs = legsOf(journey);
  const facts = [
    protocolName(journey.protocol),
    Array.isArray(journey.tcp_flags) ? journey.tcp_flags.join(' ') : journey.tcp_flags,
    journey.length ? `${exact(journey.length)} B` : '',
    journey.interfaces?.join(' → ') ?? journey.interface,
    journey.process,
  ].filter(Boolean);
  return (
    <section class="way" aria-label={s.journey.timeline} data-journey={journey.id}>
      <h3>
        <span class="mono">{tupleOf(journey)}</span>
        <span class="muted" title={utc(journey.timestamp)}>
          {clock(journey.timestamp, true)}
        </span>
      </h3>
      <p class="muted">{facts.join(' · ')}</p>
      <p class="headline" data-field="journey.sentence">
        {journey.sentence ?? journey.end_text}
      </p>
      {journey.followed === false ? (
        <p class="muted">{s.journey.notFollowed}</p>
      ) : (
        journey.complete === false && <p class="muted">{s.journey.incomplete}</p>
      )}
      {journey.reply_of && (
        <button type="button" class="small" onClick={() => setParameters({ journey: journey.reply_of! })}>
          {s.journey.reply}
        </button>
      )}
      <div class="scroll" tabIndex={0} role="group" aria-label={s.journey.timeline}>
        <table class="legs">
          <thead>
            <tr>
              <th scope="col" class="number">
                {s.journey.step}
              </th>
              <th scope="col">{s.journey.hook}</th>
              <th scope="col" class="scale">
                {s.journey.scale}
              </th>
              <th scope="col" class="number">
                {s.journey.cpu}
              </th>
              <th scope="col">{s.journey.interface}</th>
              <th scope="col">{s.journey.namespace}</th>
              <th scope="col">{s.journey.process}</th>
              <th scope="col">{s.journey.verdict}</th>
            </tr>
          </thead>
          <tbody>
            {legs.map((leg, i) => {
              const { stage } = leg;
              const last = i === legs.length - 1;
              return (
                <tr key={`${stage.hook ?? ''}${i}`} class={last && journey.drop_reason ? 'problem' : ''}>
                  <td class="number" title={`${s.journey.since}: ${nanoseconds(stage.at_ns)}`}>
                    <Value
                      field="delta_ns"
                      value={leg.deltaNs}
                      text={i === 0 ? '0' : `+ ${nanoseconds(leg.deltaNs)}`}
                    />
                  </td>
                  <td>
                    <code>{stage.hook ?? ABSENT}</code>
                    {stage.stage && <small>{stageName(stage.stage)}</small>}
                  </td>
                  <td class="scale" aria-hidden="true">
                    <i class="track">
                      <i
                        class={`leg ${last && journey.drop_reason ? 'leg-drop' : `leg-${stage.stage ?? 'none'}`}`}
                        style={{ left: `${leg.from}%`, width: `${leg.share}%` }}
                      />
                    </i>
                  </td>
                  <td class="number">{stage.cpu ?? ABSENT}</td>
                  <td>{stage.interface ?? ABSENT}</td>
                  <td>{stage.namespace ?? ABSENT}</td>
                  <td>{stage.process ?? ABSENT}</td>
                  <td>{stage.verdict ?? ABSENT}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
