// SPDX-License-Identifier: Apache-2.0
// A signed-in page of the running product in the installed Chromium, and what every test of it demands at its end.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

/** Given by BrowserIT: the product's address and admin token, and the address where it takes orders. */
export const base = process.env.JOPIL_URL;
export const token = process.env.JOPIL_TOKEN;
const control = process.env.JOPIL_CONTROL;

export const PAGES = {
  overview: '/',
  journey: '/journey',
  flows: '/flows',
  tcp: '/tcp',
  drops: '/drops',
  latency: '/latency',
  packets: '/packets',
  system: '/system',
};
export const DESKTOP = { width: 1280, height: 720 };
export const PHONE = { width: 390, height: 844 };
export const SECOND = 1000;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launch() {
  return chromium.launch({
    executablePath: process.env.JOPIL_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** `traffic` sends until `quiet`, which answers what was sent in all; `stop` and `start` are the server's; `fault` spoils a counter. */
export async function order(what) {
  const response = await fetch(`${control}/${what}`, { method: 'POST' });
  const text = await response.text();
  assert.equal(response.status, 200, `${what}: ${text}`);
  return text ? JSON.parse(text) : null;
}

/** The API's answer to the admin. */
export async function api(path, options = {}) {
  const response = await fetch(base + path, {
    ...options,
    headers: { Authorization: `Bearer ${token}`, ...options.headers },
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

export async function until(what, limitMs, condition) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function signIn(context) {
  const answer = await context.request.post(`${base}/api/session`, { data: { token }, headers: { Origin: base } });
  assert.equal(answer.status(), 204, 'signing in');
}

/**
 * Opens a page for one test, signed in unless told. At the test's end it must have sent nothing to anybody else, and
 * have logged no error; `allowed` takes what a test provokes itself.
 */
export async function open(t, browser, path, options = {}) {
  const { signedIn = true, allowed = [], init, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: DESKTOP, ...contextOptions });
  t.after(() => context.close());
  const errors = [];
  const strangers = [];
  const messages = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(base)) return route.continue();
    strangers.push(url);
    return route.abort();
  });
  if (signedIn) await signIn(context);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.setDefaultTimeout(10 * SECOND);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(`${error.name}: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('blob:')) strangers.push(request.url());
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(base).host) strangers.push(socket.url());
    socket.on('framereceived', ({ payload }) => messages.push(JSON.parse(payload.toString())));
  });
  t.after(() => {
    assert.deepEqual(strangers, [], 'requests to others');
    assert.deepEqual(
      errors.filter((text) => !allowed.some((pattern) => pattern.test(text))),
      [],
      'errors in the console',
    );
  });
  await page.goto(base + path);
  return { page, context, messages, errors };
}

/** The page shows statistics of the server. */
export async function ready(page) {
  await page.waitForSelector('body[data-ready=true]');
  await page.waitForSelector('main[data-page]');
}

export async function rows(page) {
  await page.waitForSelector('.grid-row');
}

export const sequence = (page) => page.evaluate(() => Number(document.body.dataset.sequence));

/** The statistics have moved on `n` times. */
export async function ticks(page, n = 1) {
  await ready(page); // rows may be there before the first statistics
  const from = await sequence(page);
  await page.waitForFunction(([at, more]) => Number(document.body.dataset.sequence) >= at + more, [from, n]);
}

export const value = (page, field) =>
  page
    .locator(`[data-field="${field}"]`)
    .first()
    .getAttribute('data-value')
    .then((text) => (text === null ? null : Number(text)));

/** Away from everything that holds still under the pointer. */
export const pointAway = (page) => page.mouse.move(5, 400);

/** Violations of WCAG that axe calls serious or critical. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document));
  return result.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`);
}

/** What sticks out: the page scrolls sideways, or text is cut off. An ellipsis is meant where the title has the whole text. */
export function clipped(page) {
  return page.evaluate(() => {
    const found = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
      found.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} > ${width}`);
    }
    const describe = (e) => `${e.tagName}.${e.className} "${e.textContent.trim().slice(0, 50)}"`;
    for (const element of document.querySelectorAll('body *')) {
      if (element.closest('.visually-hidden, svg, [hidden]') || !element.textContent.trim()) continue;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (box.width === 0 || style.visibility === 'hidden') continue;
      const scrolls = element.closest('.scroll, .grid, .hex, .tree, .drawer');
      const meant = style.textOverflow === 'ellipsis' && element.title.includes(element.textContent);
      if (meant) continue;
      if (/hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1) {
        found.push(`cut off ${describe(element)}: ${element.scrollWidth} > ${element.clientWidth}`);
      } else if (/hidden|clip/.test(style.overflowY) && element.scrollHeight > element.clientHeight + 1) {
        found.push(`cut off below ${describe(element)}: ${element.scrollHeight} > ${element.clientHeight}`);
      }
      if (!scrolls && box.right > width + 1) found.push(`beyond the edge ${describe(element)}: ${box.right}`);
      if (element.getAttribute('role') === 'gridcell' && element.scrollWidth > element.clientWidth + 1) {
        found.push(`wider than its cell ${describe(element)}: ${element.scrollWidth} > ${element.clientWidth}`);
      }
    }
    return [...new Set(found)];
  });
}
