// SPDX-License-Identifier: Apache-2.0
// The tab TCP health: told connections, and the product's own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, clipped, DESKTOP, launch, open, PHONE, pointAway, ready, rows, SECOND, until } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const connection = (port, more = {}) => ({
  local_ip: '10.0.0.2',
  local_port: 8080,
  remote_ip: '10.0.0.9',
  remote_port: port,
  state: 'established',
  process: 'orders[812]',
  namespace: null,
  handshake_us: 180,
  srtt_us: 420,
  retransmits: 0,
  out_of_order: 0,
  zero_windows: 0,
  resets: 0,
  cwnd: 10,
  ...more,
});
const CONNECTIONS = [connection(40001, { retransmits: 9 }), connection(40002, { zero_windows: 12 }), connection(40003)];

async function show(page) {
  const asked = [];
  await page.route(/\/api\/tcp/, (route) => {
    asked.push(Object.fromEntries(new URL(route.request().url()).searchParams));
    return route.fulfill({
      contentType: 'application/json',
      headers: { 'X-Total-Count': '3', 'X-Unfiltered-Count': '3' },
      body: JSON.stringify(CONNECTIONS),
    });
  });
  await page.goto(new URL('/tcp', page.url()).href);
  await ready(page);
  await rows(page);
  return asked;
}

test('The tab says how many connections suffer, and a cell filters', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page);
  assert.equal(
    await page.locator('[data-field="tcp.sentence"]').innerText(),
    'Of 3 connections shown, 1 sent segments again, 1 closed a receive window.',
  );
  assert.equal(asked[0].sort, '-retransmits');
  await page.locator('.grid-row .pick[data-field=retransmits]').first().click();
  await until('the filter', 5 * SECOND, () => asked.some((q) => q.filter === 'retransmits >= 9'));
});

test('Enter leads to the flows of the connection', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page);
  await pointAway(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForSelector('main[data-page=flows]');
  assert.equal(new URL(page.url()).searchParams.get('f'), 'tcp and port 8080 and host 10.0.0.9 and port 40001');
});

test('The product answers the tab, which is one of Flows', async (t) => {
  const { page } = await open(t, browser, '/flows');
  await ready(page);
  await page.getByRole('link', { name: 'TCP health' }).click();
  await page.waitForSelector('main[data-page=tcp]');
  await page.waitForSelector('.grid-row, .empty p');
  assert.equal(await page.locator('.rail [aria-current]').innerText(), 'Flows');
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`At ${size}, ${colorScheme}, nothing is cut off and axe finds nothing serious`, async (t) => {
      const { page } = await open(t, browser, '/', { viewport, colorScheme, reducedMotion: 'reduce' });
      await show(page);
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
    });
  }
}
