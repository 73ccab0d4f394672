// SPDX-License-Identifier: Apache-2.0
// How many packets one on the page stands for.

import type { Sampling } from './api';
import { exact } from './format';
import { s } from './strings';

/** Packets that came lately, what they stand for, and those that the server held back. */
export interface Tail {
  shown: number;
  weight: number;
  skipped: number;
}

export interface Ratio {
  value: number;
  text: string;
}

/**
 * What the kernel's sampling left out, times what was held back by the rate asked for; the limit that is named is the
 * one that holds back: the reader's own choice, else the sensor's.
 */
export function ratioOf(tail: Tail, rate: number, sampling: Sampling | null | undefined): Ratio | null {
  if (sampling && sampling.showing_one_of === null) return { value: 0, text: s.packets.none };
  if (tail.shown < 1) return null;
  const value = (tail.weight / tail.shown) * ((tail.shown + tail.skipped) / tail.shown);
  if (value < 1.05) return { value, text: s.packets.every };
  const shown = value < 10 ? value.toFixed(1) : exact(Math.round(value));
  const limit = tail.skipped > 0 ? rate : sampling?.limit_per_second;
  return { value, text: s.packets.ratio(shown, limit ? s.packets.limit(exact(limit)) : '') };
}
