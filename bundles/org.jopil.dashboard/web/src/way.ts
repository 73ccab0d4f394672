// SPDX-License-Identifier: Apache-2.0
// One packet's way: its parts to scale, and what they say in one sentence.

import type { Journey, JourneyStage } from './api';
import { endpoint, present, protocolName, si } from './format';
import { s } from './strings';

export const nanoseconds = (ns: number | null | undefined) => si(present(ns) ? ns / 1e9 : undefined, 's');

export interface Leg {
  stage: JourneyStage;
  /** Since the hook before. */
  deltaNs: number;
  /** Of the whole, in per cent. */
  from: number;
  share: number;
}

/** In the order of time; the first is where the packet was seen first. */
export function legsOf(journey: Journey): Leg[] {
  const stages = [...(journey.stages ?? [])].sort((a, b) => a.at_ns - b.at_ns);
  const whole = Math.max(1, stages.at(-1)?.at_ns ?? 0);
  return stages.map((stage, i) => {
    const before = i === 0 ? stage.at_ns : stages[i - 1]!.at_ns;
    return {
      stage,
      deltaNs: stage.at_ns - before,
      from: (100 * before) / whole,
      share: (100 * (stage.at_ns - before)) / whole,
    };
  });
}

export function tupleOf(journey: Journey): string {
  if (!journey.src_ip && !journey.dst_ip) return protocolName(journey.protocol);
  const from = endpoint(journey.src_ip, journey.src_port);
  const to = endpoint(journey.dst_ip, journey.dst_port);
  return `${from} → ${to}`;
}

/** The journey in one sentence, of what was measured alone. */
export function sentenceOf(journey: Journey): string {
  const words = s.journey.sentence;
  const legs = legsOf(journey);
  const whole = journey.duration_ns ?? legs.at(-1)?.stage.at_ns;
  if (journey.end === 'dropped' || journey.drop_reason) {
    const place = legs.at(-1)?.stage.hook ?? '';
    return words.dropped(nanoseconds(whole), journey.drop_reason ?? s.drops.noReason, place);
  }
  const wait = legs.find((leg) => leg.stage.stage === 'socket_queue');
  if (wait) {
    const delivered = wait.stage.at_ns - wait.deltaNs;
    return words.read(nanoseconds(delivered), nanoseconds(wait.deltaNs), wait.stage.process ?? journey.process ?? '');
  }
  const queued = legs.find((leg) => leg.stage.stage === 'qdisc');
  if (queued) return words.queued(nanoseconds(queued.deltaNs), queued.stage.interface ?? '', nanoseconds(whole));
  return words.ended(journey.end_text ?? journey.end ?? '', nanoseconds(whole));
}
