// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 500;
const LIMIT_MS = 10_000;

/** The wait before attempt n (from 0): doubles from 0.5 s to 10 s, with half of it by chance. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LIMIT_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
