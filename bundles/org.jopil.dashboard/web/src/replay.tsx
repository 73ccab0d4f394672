// SPDX-License-Identifier: Apache-2.0
// A capture in place of the wire: what is shown of it in the top bar, how it is begun, and taken back.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import * as api from './api';
import { percent, utc } from './format';
import { attachedInterfaces, stats } from './store';
import { s } from './strings';

const uploaded = signal<number | null>(null);
export const replayProblem = signal('');

async function begin(file: File | undefined): Promise<void> {
  if (!file || uploaded.value !== null) return;
  uploaded.value = 0;
  replayProblem.value = '';
  try {
    await api.replay(file, (part) => (uploaded.value = part));
  } catch (cause) {
    replayProblem.value = s.replay.failed(problemText(cause));
  } finally {
    uploaded.value = null;
  }
}

function problemText(cause: unknown): string {
  if (cause instanceof api.ApiError) return `${cause.problem.title}. ${cause.problem.detail}`;
  return String(cause);
}

async function stop(): Promise<void> {
  try {
    await api.stopReplay();
  } catch (cause) {
    replayProblem.value = problemText(cause);
  }
}

/** A file may be dropped anywhere. */
function useDrop(): void {
  useEffect(() => {
    const over = (e: DragEvent) => {
      if (e.dataTransfer?.types.includes('Files')) e.preventDefault();
    };
    const drop = (e: DragEvent) => {
      if (!e.dataTransfer?.files.length) return;
      e.preventDefault();
      void begin(e.dataTransfer.files[0]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, []);
}

function state(replay: api.Replay): string {
  if (replay.state === 'running') return s.replay.running(percent(replay.percent ?? 0));
  return replay.end?.startsWith('the file could not') ? s.replay.brokenOff : s.replay.ended;
}

function Badge({ replay }: { replay: api.Replay }) {
  const from = utc(replay.first_time);
  const skipped = Object.values(replay.skipped ?? {}).reduce((sum, n) => sum + n, 0);
  const parts = [replay.file, from && s.replay.captured(from.slice(0, 10)), state(replay)];
  if (skipped > 0) parts.push(s.replay.skipped(skipped));
  return (
    <span
      class="chip replay"
      title={s.replay.title(replay.file ?? '', from, utc(replay.last_time))}
      data-field="replay"
    >
      <b>{s.replay.badge}</b>
      <span>{parts.filter(Boolean).join(', ')}</span>
      <button type="button" class="small" onClick={() => void stop()}>
        {s.replay.stop}
      </button>
    </span>
  );
}

/** The badge while a file is shown; the way to begin one while nothing is watched. */
export function ReplayControl() {
  const input = useRef<HTMLInputElement>(null);
  useDrop();
  if (uploaded.value !== null)
    return <span class="chip replay">{s.replay.uploading(percent(100 * uploaded.value))}</span>;
  const replay = stats.value?.replay;
  if (replay) return <Badge replay={replay} />;
  if (stats.value === null || attachedInterfaces.value.length > 0) return null;
  return (
    <>
      <button type="button" class="chip" title={s.replay.openTitle} onClick={() => input.current?.click()}>
        {s.replay.open}
      </button>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={s.replay.open}
        accept=".pcap,.pcapng,.cap,.dump,.gz"
        onChange={(e) => {
          void begin(e.currentTarget.files?.[0]);
          e.currentTarget.value = '';
        }}
      />
    </>
  );
}
