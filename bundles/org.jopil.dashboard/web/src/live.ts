// SPDX-License-Identifier: Apache-2.0
// The WebSocket, its reconnection, and REST every two seconds while it is away.

import { effect } from '@preact/signals';
import * as api from './api';
import { backoffMs } from './backoff';
import {
  arrived,
  connection,
  filterProblem,
  flows,
  gaps,
  health,
  inbox,
  interfaces,
  mergeHistory,
  serverVersion,
  setPackets,
  signedOut,
  version,
  type Phase,
} from './store';

export interface Subscription {
  topics: ('stats' | 'flows' | 'packets')[];
  filter?: string;
  sort?: string;
  limit?: number;
  /** Packets a second at most. */
  rate?: number;
}

const POLL_MS = 2_000;
/** Statistics come every second; silence for this long is a dead connection. */
const SILENCE_MS = 8_000;
const HIDDEN: Subscription = { topics: ['stats'], rate: 0.2 };
const HIDDEN_SILENCE_MS = 60_000;

let socket: WebSocket | null = null;
let attempt = 0;
let retryTimer = 0;
let lastMessageAt = 0;
let wanted: Subscription = { topics: ['stats'] };
let started = false;

function enter(phase: Phase, retryAt?: number): void {
  const present = connection.value;
  connection.value = { phase, retryAt, since: present.phase === phase ? present.since : Date.now() };
}

/** Updates of an older question, still under way when a newer one was answered, are not shown. */
let flowsFloor = -1;

/** Shows a REST answer at once; only messages of a later snapshot replace it. */
export function showFlows(answer: api.FlowsUpdate): void {
  flowsFloor = answer.sequence ?? -1;
  inbox.flows = null;
  flows.value = answer;
}

export function subscribe(subscription: Subscription): void {
  wanted = subscription;
  tell();
}

function tell(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ type: 'subscribe', ...(document.hidden ? HIDDEN : wanted) }));
}

function connect(): void {
  clearTimeout(retryTimer);
  if (socket || signedOut.value) return;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const ws = new WebSocket(`${scheme}://${location.host}/ws`);
  socket = ws;
  ws.onopen = () => {
    attempt = 0;
    flowsFloor = -1;
    lastMessageAt = Date.now();
    enter('live');
    tell();
    void fillHistory();
    void refreshInterfaces();
  };
  ws.onmessage = (event) => {
    lastMessageAt = Date.now();
    receive(String(event.data));
  };
  ws.onclose = () => {
    if (socket !== ws) return;
    socket = null;
    retry();
  };
}

function retry(): void {
  if (signedOut.value) return;
  const wait = backoffMs(attempt++);
  enter(connection.value.phase === 'polling' ? 'polling' : 'lost', Date.now() + wait);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, wait);
}

function drop(): void {
  const ws = socket;
  socket = null;
  ws?.close();
}

interface Message {
  type?: string;
  data?: Record<string, unknown>;
}

function receive(text: string): void {
  let message: Message;
  try {
    message = JSON.parse(text) as Message;
  } catch {
    return;
  }
  const data = message.data ?? {};
  switch (message.type) {
    case 'hello':
      serverVersion.value = typeof data.version === 'string' ? data.version : '';
      break;
    case 'initial_stats':
    case 'stats_update':
      inbox.addStats(data as api.Stats);
      arrived();
      break;
    case 'timeseries_update':
      inbox.addPoint({ ...(data as object), t: Date.parse(String(data.timestamp)) || Date.now() });
      arrived();
      break;
    case 'flows_update':
      if (Array.isArray(data.flows) && Number(data.sequence ?? Infinity) > flowsFloor) {
        inbox.addFlows(data as unknown as api.FlowsUpdate);
        arrived();
      }
      break;
    case 'new_packet':
      // those of an older filter, or of none yet, may still be under way
      if (Array.isArray(data.packets) && wanted.topics.includes('packets') && data.filter === (wanted.filter ?? '')) {
        inbox.addPackets(data.packets as api.Packet[], Number(data.skipped ?? 0) || 0);
        arrived();
      }
      break;
    case 'error':
      filterProblem.value = { filter: wanted.filter ?? '', problem: api.problemFrom(data, Number(data.status) || 400) };
      break;
    case 'gap': {
      const topic = String(data.topic ?? '');
      gaps.value = { ...gaps.value, [topic]: (gaps.value[topic] ?? 0) + (Number(data.missed) || 0) };
      break;
    }
  }
}

/** What the server remembers of the last five minutes; charts are full at once, and after a hidden tab too. */
async function fillHistory(): Promise<void> {
  await Promise.allSettled(api.METRICS.map(async (metric) => mergeHistory(metric, await api.getSeries(metric, '5m'))));
}

export async function refreshInterfaces(): Promise<void> {
  try {
    interfaces.value = await api.getInterfaces();
  } catch {
    // the connection's own state already tells; the last list stays
  }
}

/** The last known filter's rows by REST, while there is no WebSocket. */
async function poll(): Promise<void> {
  if (signedOut.value || document.hidden || connection.value.phase === 'live') return;
  try {
    inbox.addStats(await api.getStats());
    if (wanted.topics.includes('flows')) inbox.addFlows(await api.getFlows(wanted));
    if (wanted.topics.includes('packets')) setPackets((await api.getPackets({ ...wanted, limit: 200 })).packets);
    if (socket?.readyState !== WebSocket.OPEN && connection.value.phase !== 'starting') {
      enter('polling', connection.value.retryAt);
    }
    arrived();
  } catch (error) {
    if (error instanceof api.Unreachable && connection.value.phase === 'polling') {
      enter('lost', connection.value.retryAt);
    }
  }
}

/**
 * Finds out whether the reader is signed in by a request that never fails for want of a token: without one the
 * health answer is its status alone.
 */
async function begin(): Promise<void> {
  try {
    const answer = await api.getHealth();
    health.value = answer;
    if (!answer.checks) {
      signedOut.value = true;
      return;
    }
    connect();
    void api.getVersion().then(
      (v) => (version.value = v),
      () => undefined,
    );
  } catch {
    const wait = backoffMs(attempt++);
    enter('lost', Date.now() + wait);
    retryTimer = setTimeout(() => void begin(), wait);
  }
}

/** After a token was accepted. */
export function signedIn(): void {
  signedOut.value = false;
  attempt = 0;
  void begin();
}

export function startLive(): void {
  if (started) return;
  started = true;
  api.whenUnauthorized(() => (signedOut.value = true));
  effect(() => {
    if (signedOut.value) drop();
  });
  document.addEventListener('visibilitychange', () => {
    lastMessageAt = Date.now();
    tell();
    if (document.hidden) return;
    if (socket?.readyState === WebSocket.OPEN) void fillHistory();
    else if (!socket && connection.value.phase !== 'starting') connect();
  });
  setInterval(() => void poll(), POLL_MS);
  setInterval(() => {
    const limit = document.hidden ? HIDDEN_SILENCE_MS : SILENCE_MS;
    if (socket?.readyState === WebSocket.OPEN && Date.now() - lastMessageAt > limit) {
      drop();
      retry();
    }
  }, 1_000);
  void begin();
}
