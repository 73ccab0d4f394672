// SPDX-License-Identifier: Apache-2.0
// The address bar is the state: page, filter, interfaces, sort, what is opened. Back and a copied link work.

import { computed, signal } from '@preact/signals';

export const PAGES = ['overview', 'journey', 'flows', 'tcp', 'drops', 'latency', 'packets', 'system'] as const;
export type Page = (typeof PAGES)[number];

/** One page of the rail may have others as its tabs. */
export const TAB_OF: Partial<Record<Page, Page>> = { tcp: 'flows' };

const PATHS: Record<Page, string> = {
  overview: '/',
  journey: '/journey',
  flows: '/flows',
  tcp: '/tcp',
  drops: '/drops',
  latency: '/latency',
  packets: '/packets',
  system: '/system',
};

export function pageOf(pathname: string): Page {
  const path = pathname.replace(/\/+$/, '') || '/';
  return PAGES.find((p) => PATHS[p] === path) ?? 'overview';
}

const url = signal(new URL(location.href));
export const page = computed(() => pageOf(url.value.pathname));

/** Pages that are filtered, with the report that has the fields. */
export const REPORTS: Partial<Record<Page, string>> = {
  journey: 'journeys',
  flows: 'flows',
  tcp: 'tcp',
  drops: 'drops',
  latency: 'latency',
  packets: 'packets',
};
export const onList = computed(() => REPORTS[page.value] !== undefined);
/** The kernel's TCP knows connections, not interfaces. */
export const byInterface = computed(() => onList.value && page.value !== 'tcp');

const parameter = (name: string) => computed(() => url.value.searchParams.get(name) ?? '');
export const filterText = parameter('f');
export const sortText = parameter('sort');
export const openFlow = parameter('flow');
export const openDrop = parameter('drop');
/** A filter of single drops. */
export const openDropEvents = parameter('packets');
export const openWhy = parameter('why');
/** Of the Journey and Latency pages. */
export const metricText = parameter('metric');
export const openJourney = parameter('journey');
export const keptText = parameter('kept');
export const windowText = parameter('t');
export const stageText = parameter('stage');
/** The drawer of captures; a filter beside it leaves it open. */
export const openCapture = parameter('capture');
const interfaceText = parameter('if');
export const chosenInterfaces = computed(() => interfaceText.value.split(',').filter(Boolean));

/** Drawers and the verdict; a copied link has them, coming back to a page does not. */
const OPENED = ['flow', 'drop', 'packets', 'journey', 'why'];

/** Closes whichever drawer is open. */
export const CLOSED: Record<string, string> = Object.fromEntries(OPENED.map((name) => [name, '']));

/** The last query of each page, so that coming back finds the same view. */
const remembered: Partial<Record<Page, string>> = {};

export function href(target: Page, parameters?: Record<string, string | undefined>): string {
  if (!parameters) return PATHS[target] + (remembered[target] ?? '');
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value) search.set(key, value);
  const text = search.toString();
  return PATHS[target] + (text ? `?${text}` : '');
}

function remember(): void {
  const search = new URLSearchParams(url.value.search);
  for (const opened of OPENED) search.delete(opened);
  search.delete('ticket');
  const text = search.toString();
  remembered[page.value] = text ? `?${text}` : '';
}

export function navigate(to: string, replace = false): void {
  if (to === url.value.pathname + url.value.search) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  url.value = new URL(location.href);
  remember();
}

/** Changes parameters of the present page; an empty value removes one. */
export function setParameters(changes: Record<string, string>, replace = false): void {
  const search = new URLSearchParams(url.value.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) search.set(key, value);
    else search.delete(key);
  }
  const text = search.toString();
  navigate(url.value.pathname + (text ? `?${text}` : ''), replace);
}

export function startRouter(): void {
  addEventListener('popstate', () => {
    url.value = new URL(location.href);
    remember();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.('a[data-route]');
    if (!link) return;
    event.preventDefault();
    navigate(link.getAttribute('href') ?? '/');
  });
  remember();
}
