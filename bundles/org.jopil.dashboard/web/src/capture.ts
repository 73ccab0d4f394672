// SPDX-License-Identifier: Apache-2.0
// The capture that this page has begun. It outlives the drawer and the pages, and ends with the tab.

import { signal } from '@preact/signals';
import * as api from './api';
import { exact, plural } from './format';
import { s } from './strings';
import { announce, saveAs, say } from './ui';

/** A page holds the file until the capture has ended. */
export const MOST_BYTES = 256 * 2 ** 20;
const LOOK_MS = 500;
/** The books are closed a moment after the file. */
const LOOKS_AFTER_THE_END = 20;

export interface Capturing {
  order: api.CaptureOrder;
  phase: 'asked' | 'running' | 'stopping' | 'ended' | 'refused';
  /** Epoch ms. */
  since: number;
  /** In the server's list. */
  number?: number;
  /** Of the file, here. */
  bytes: number;
  /** As the server counts. */
  counts?: api.Capture;
  file?: { blob: Blob; name: string };
  problem?: api.Problem;
}

export const capturing = signal<Capturing | null>(null);

export const isCapturing = (c: Capturing | null): c is Capturing =>
  c !== null && (c.phase === 'asked' || c.phase === 'running' || c.phase === 'stopping');

function change(changes: Partial<Capturing>): void {
  capturing.value = { ...capturing.value!, ...changes };
}

const problemOf = (cause: unknown): api.Problem =>
  cause instanceof api.ApiError ? cause.problem : { status: 0, title: s.state.noAnswer, detail: '' };

/** Leaving would lose what was captured. */
function onLeave(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function fileName(order: api.CaptureOrder): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `jopil-${order.interface.replace(/[^\w.-]+/g, '_')}-${time}.pcapng`;
}

export async function beginCapture(order: api.CaptureOrder): Promise<void> {
  if (isCapturing(capturing.value)) return;
  capturing.value = { order, phase: 'asked', since: Date.now(), bytes: 0 };
  let response: Response;
  try {
    response = await api.capture(order);
  } catch (cause) {
    change({ phase: 'refused', problem: problemOf(cause) });
    return;
  }
  const number = Number(response.headers.get('X-Capture'));
  change({ phase: 'running', number, since: Date.now() });
  announce(s.capture.begun);
  addEventListener('beforeunload', onLeave);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const timer = setInterval(() => {
    change({ bytes });
    void look(number);
  }, LOOK_MS);
  try {
    const reader = response.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      if (bytes > MOST_BYTES) void stopCapture();
    }
  } catch {
    change({ problem: { status: 0, title: s.capture.brokenOff, detail: '' } });
  }
  clearInterval(timer);
  removeEventListener('beforeunload', onLeave);
  const file = { blob: new Blob(parts, { type: 'application/x-pcapng' }), name: fileName(order) };
  change({ bytes, file });
  saveAs(file.blob, file.name);
  for (let i = 0; i < LOOKS_AFTER_THE_END && (await look(number)); i++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 5));
  }
  change({ phase: 'ended' });
  const counts = capturing.value?.counts;
  const text = s.capture.done(counts?.running === false ? plural(counts.written ?? 0, 'frame', 'frames') : '');
  announce(text);
  say(text);
}

/** Asks for the counts; false once they are final. */
async function look(number: number): Promise<boolean> {
  try {
    const [counts] = await api.getCaptures({ filter: `number == ${number}`, limit: 1 });
    const present = capturing.value;
    // an answer may be overtaken by a later one
    if (counts && present?.number === number && present.counts?.running !== false) change({ counts });
  } catch {
    // the next look may be answered; until then the last counts stand
  }
  return capturing.value?.counts?.running !== false;
}

/** Ends it so that the file is whole. */
export async function stopCapture(): Promise<void> {
  const present = capturing.value;
  if (present?.phase !== 'running') return;
  change({ phase: 'stopping' });
  try {
    await api.endCapture(present.number!);
  } catch (cause) {
    // ended by itself meanwhile
    if (cause instanceof api.ApiError && cause.problem.status === 404) return;
    if (capturing.value?.phase === 'stopping') change({ phase: 'running', problem: problemOf(cause) });
  }
}

/** What the button in the toolbar says. */
export function captureLabel(): string {
  const present = capturing.value;
  return isCapturing(present) ? s.capture.running(exact(present.counts?.written ?? 0)) : s.capture.open;
}
