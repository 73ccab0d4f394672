// SPDX-License-Identifier: Apache-2.0
// Signing in, losing the server, coming back; a tab that nobody sees.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  api,
  axe,
  base,
  launch,
  open,
  order,
  ready,
  rows,
  SECOND,
  sequence,
  ticks,
  token,
  until,
  value,
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

/** Chromium itself logs what a server refuses, or that none is there. */
const REFUSED = [/status of 401/];
const AWAY = [
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 50[0-9]|status of 404|WebSocket connection/,
];

test('Without a session the page asks for the token, and only the right one lets in', async (t) => {
  const { page } = await open(t, browser, '/flows', { signedIn: false, allowed: REFUSED });
  await page.waitForSelector('.sign-in');
  assert.equal(await page.locator('.grid-row').count(), 0);
  assert.deepEqual(await axe(page), []);
  await page.fill('#token', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#sign-in-error');
  assert.ok((await page.locator('#sign-in-error').innerText()).length > 10);
  await page.fill('#token', token);
  await page.keyboard.press('Enter');
  await ready(page);
  await page.waitForSelector('main[data-page=flows]');
  const cookie = (await page.context().cookies()).find((c) => c.name.startsWith('jopil'));
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Strict');
  assert.equal(cookie.name, `jopil_${new URL(base).port}`);
});

test('A ticket signs in once and leaves the address bar', async (t) => {
  const { ticket } = (await api('/api/tickets', { method: 'POST' })).json;
  const { page } = await open(t, browser, `/?ticket=${ticket}`, { signedIn: false });
  await ready(page);
  assert.equal(new URL(page.url()).search, '');
  const again = await fetch(`${base}/?ticket=${ticket}`, { redirect: 'manual' });
  assert.equal(again.status, 401);
});

test('When a session ends, the page asks for the token and shows no more data', async (t) => {
  const { page, context } = await open(t, browser, '/system', { allowed: [...REFUSED, ...AWAY] });
  await ready(page);
  await context.clearCookies();
  await page.waitForSelector('.sign-in');
});

test('A tab that nobody sees is sent next to nothing, and is up to date at once when it is seen', async (t) => {
  const { page, messages } = await open(t, browser, '/flows', {
    init: () => {
      let hidden = false;
      Object.defineProperty(Document.prototype, 'hidden', { get: () => hidden });
      Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
      globalThis.setHidden = (value) => {
        hidden = value;
        document.dispatchEvent(new Event('visibilitychange'));
      };
    },
  });
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await rows(page);
  await ticks(page, 2);
  await page.evaluate(() => globalThis.setHidden(true));
  // what was under way
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const from = messages.length;
  requests.length = 0;
  await new Promise((resolve) => setTimeout(resolve, 6 * SECOND));
  const hidden = messages.slice(from);
  assert.equal(hidden.filter((m) => m.type === 'flows_update').length, 0);
  const stats = hidden.filter((m) => m.type === 'stats_update').length;
  assert.ok(stats <= 2, `${stats} statistics in 6 s`);
  assert.deepEqual(requests, [], 'nothing is asked');
  await page.evaluate(() => globalThis.setHidden(false));
  await until('rows again', 4 * SECOND, () =>
    messages.slice(from + hidden.length).some((m) => m.type === 'flows_update'),
  );
  await ticks(page, 1);
  t.diagnostic(`${stats} statistics in 6 hidden seconds`);
});

test('A server that goes away and comes back: it is said at once, and the page recovers by itself', async (t) => {
  const { page, errors } = await open(t, browser, '/flows', { allowed: AWAY });
  await rows(page);
  await ticks(page, 1);
  await page.evaluate(() => (globalThis.sameDocument = true));
  await order('stop');
  const gone = Date.now();
  await page.waitForSelector('[data-field=connection][data-value=lost]', { timeout: 3 * SECOND });
  const said = Date.now() - gone;
  await until('the text', 3 * SECOND, async () =>
    /^Connection lost \d+ s ago\. Showing the last data\. Retrying (in \d+ s…|now…)$/.test(
      (await page.locator('[data-field=connection_text]').innerText()).trim(),
    ),
  );
  const shown = await page.locator('.grid-row').allInnerTexts();
  assert.ok(shown.length >= 10, 'the last data stay');
  // seconds count up
  const text = () => page.locator('[data-field=connection_text]').innerText();
  const first = await text();
  await until('the text to move on', 3 * SECOND, async () => (await text()) !== first);
  assert.deepEqual(await page.locator('.grid-row').allInnerTexts(), shown);
  const before = await sequence(page);
  await order('start');
  await order('traffic');
  const back = Date.now();
  await page.waitForSelector('[data-field=connection][data-value=live]', { timeout: 15 * SECOND });
  const recovered = Date.now() - back;
  await page.waitForSelector('[data-field=connection_text]', { state: 'detached' });
  await until('fresh statistics', 5 * SECOND, async () => (await sequence(page)) !== before);
  await ticks(page, 2);
  await until('fresh rows', 10 * SECOND, async () => {
    const rows = await page.locator('.grid-row').allInnerTexts();
    return rows.length > 0 && rows[0] !== shown[0];
  });
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, 'without a reload');
  const answer = await api('/api/stats');
  assert.ok(Math.abs((await value(page, 'sequence')) - answer.json.sequence) <= 2);
  assert.equal(await page.locator('.sign-in').count(), 0, 'the session outlives the restart');
  t.diagnostic(`said after ${said} ms, live again ${recovered} ms after the server, ${errors.length} refused requests`);
});
