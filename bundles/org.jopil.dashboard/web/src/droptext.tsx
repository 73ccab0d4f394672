// SPDX-License-Identifier: Apache-2.0
// What the numbers of drops say in words.

import type { Drop } from './api';
import { isQuiet, QUIET_MS, RATE_SECONDS, type DropHistory, type Headline } from './drops';
import { duration, exact, si } from './format';
import { s } from './strings';

export interface Sentence {
  before: string;
  /** Names a row; a link where there is a place for one. */
  place: string;
  after: string;
  good: boolean;
}

/** `38 packets/s`: small ones with digits behind the point, others whole. */
export function dropRate(rate: number): string {
  return s.drops.rate(rate < 10 ? si(rate) : exact(Math.round(rate)), Math.abs(rate - 1) < 0.005);
}

/** `NO_SOCKET at __udp4_lib_rcv`. */
export function causeOf(drop: Drop): string {
  return s.drops.at(drop.reason ?? s.drops.noReason, drop.symbol ?? '');
}

/** Without parts of a second: it is read once and counts on. */
function whole(ms: number): string {
  return ms < 10_000 ? `${Math.max(0, Math.floor(ms / 1000))}\u00a0s` : duration(ms);
}

/** The page in one sentence. `now` and `uptimeMs` are the server's. */
export function sentenceOf(headline: Headline, now: number, uptimeMs: number | undefined): Sentence {
  const { rate, top, alone, last } = headline;
  const words = s.drops.sentence;
  if (isQuiet(headline, now)) {
    const young = uptimeMs !== undefined && uptimeMs < QUIET_MS && top === null;
    const text = young ? s.state.noDropsYet(whole(uptimeMs)) : s.state.noDrops;
    return { before: text, place: '', after: '', good: true };
  }
  const place = top ? causeOf(top) : '';
  if (rate > 0) {
    const before = alone ? words.all(dropRate(rate)) : words.most(dropRate(rate));
    return { before, place, after: '.', good: false };
  }
  // the server found it, and has made no rate of it yet
  if (last !== null && now - last < 1000 * RATE_SECONDS)
    return { before: words.justNow, place, after: '.', good: false };
  const ago = last === null ? '' : words.ago(whole(now - last));
  return { before: words.last, place, after: `${ago}.`, good: false };
}

/** The advice's sentence; without one, what the reason means. */
export function adviceOf(drop: Drop): string {
  return drop.advice?.sentence ?? s.reasons[drop.reason ?? ''] ?? '';
}

/** The look of a reason in the picture and beside it. */
export function bandOf(history: DropHistory, reason: string | undefined): number {
  const index = history.bands.indexOf(reason ?? '');
  return index >= 0 ? index + 1 : OTHER_BAND;
}

export const OTHER_BAND = 7;
export const EARLIER_BAND = 8;

export function Cause({ drop, history }: { drop: Drop; history: DropHistory }) {
  return (
    <>
      <i class={`swatch drop-${bandOf(history, drop.reason)}`} aria-hidden="true" />
      {drop.reason ?? s.drops.noReason}
    </>
  );
}
