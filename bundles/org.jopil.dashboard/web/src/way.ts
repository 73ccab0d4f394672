// SPDX-License-Identifier: Apache-2.0
// One packet's way: its parts to scale.

import type { Journey, JourneyStage } from './api';
import { endpoint, present, protocolName, si } from './format';

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
