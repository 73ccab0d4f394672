// SPDX-License-Identifier: Apache-2.0

import {
  CLOSED,
  href,
  navigate,
  openDrop,
  openDropEvents,
  openFlow,
  openWhy,
  setParameters,
  type Page,
} from './router';
import { helpOpen, pause, pausedAt, resume, signedOut } from './store';

const GO: Record<string, Page> = {
  o: 'overview',
  j: 'journey',
  f: 'flows',
  t: 'tcp',
  d: 'drops',
  l: 'latency',
  p: 'packets',
  s: 'system',
};
const CHORD_MS = 1_200;

export function startKeys(): void {
  let chordAt = 0;
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || signedOut.value) return;
    const target = event.target as HTMLElement;
    const typing = target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]');
    if (openWhy.value) return; // the dialog has the keys
    if (event.key === 'Escape') {
      if (openFlow.value || openDrop.value || openDropEvents.value) setParameters(CLOSED);
      return;
    }
    if (typing || helpOpen.value) return;
    const chord = Date.now() - chordAt < CHORD_MS;
    chordAt = 0;
    if (chord && GO[event.key]) {
      event.preventDefault();
      navigate(href(GO[event.key]!));
      return;
    }
    switch (event.key) {
      case 'g':
        chordAt = Date.now();
        break;
      case '/':
        event.preventDefault();
        document.getElementById('filter-input')?.focus();
        break;
      case 'w':
        event.preventDefault();
        document.getElementById('why-input')?.focus();
        break;
      case '?':
        helpOpen.value = true;
        break;
      case ' ':
        // a focused button keeps its own Space
        if (target.matches('button, summary, input')) return;
        event.preventDefault();
        if (pausedAt.value === null) pause();
        else resume();
        break;
      case 'j':
      case 'k':
        document.querySelector<HTMLElement>('.grid [role=gridcell][tabindex="0"]')?.focus();
        break;
    }
  });
}
