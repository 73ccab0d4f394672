// SPDX-License-Identifier: Apache-2.0
// The keyboard, the drawer, links that lead to one flow.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, base, launch, open, order, PAGES, pointAway, ready, rows, SECOND, until, value } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

test('g and a letter go to a page, / to the filter, ? to the help, Space pauses', async (t) => {
  const { page } = await open(t, browser, '/');
  await ready(page);
  for (const [key, target] of [
    ['j', 'journey'],
    ['f', 'flows'],
    ['t', 'tcp'],
    ['d', 'drops'],
    ['l', 'latency'],
    ['p', 'packets'],
    ['s', 'system'],
    ['o', 'overview'],
  ]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForSelector(`main[data-page=${target}]`);
    assert.equal(new URL(page.url()).pathname, PAGES[target]);
    assert.match(await page.title(), new RegExp(target, 'i'));
  }
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-input');
  await page.keyboard.type('g f ? ');
  assert.equal(await page.inputValue('#filter-input'), 'g f ? ', 'letters in the filter are letters');
  assert.equal(new URL(page.url()).pathname, '/');
  await page.fill('#filter-input', '');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  assert.match(await page.locator('dialog').innerText(), /Go to the filter/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-field=paused_text]');
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-field=paused_text]', { state: 'detached' });
});

test('Every control is reached by Tab and shows where the focus is', async (t) => {
  const { page } = await open(t, browser, '/flows');
  await rows(page);
  const reached = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const e = document.activeElement;
      const style = getComputedStyle(e);
      const around = e.closest('.filter-line');
      return {
        name: e.getAttribute('aria-label') ?? e.textContent.trim().slice(0, 30),
        seen:
          style.outlineStyle !== 'none' ||
          style.boxShadow !== 'none' ||
          (around && getComputedStyle(around).outlineStyle !== 'none') ||
          (around && getComputedStyle(around).boxShadow !== 'none'),
        body: e === document.body,
      };
    });
    if (focus.body) break;
    assert.ok(focus.seen, `no focus ring on ${focus.name}`);
    reached.add(focus.name);
  }
  const all = [...reached].join(' | ');
  for (const control of [
    'Skip to content',
    'Overview',
    'Filter',
    'Live',
    'Help and keys (?)',
    'Live only',
    'Columns',
  ]) {
    assert.ok(
      [...reached].some((name) => name.startsWith(control)),
      `${control} not in ${all}`,
    );
  }
});

test('A row opens by Enter, the drawer says what the API says, Esc closes it and gives the focus back', async (t) => {
  const { page } = await open(t, browser, `/flows?f=${encodeURIComponent('tcp')}`);
  await rows(page);
  await pointAway(page);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'gridcell');
  const id = await page.evaluate(() => document.activeElement.closest('.grid-row').dataset.key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.drawer h2');
  assert.equal(new URL(page.url()).searchParams.get('flow'), id);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.drawer', { state: 'detached' });
  assert.equal(new URL(page.url()).searchParams.get('flow'), null);
  assert.equal(await page.evaluate(() => document.activeElement.closest('.grid-row')?.dataset.key), id);
  await page.goBack();
  await page.waitForSelector('.drawer h2');
});

test('A link leads to one flow, by number and by Community ID', async (t) => {
  const sent = await order('quiet');
  // the last packets are in their flows after the next look at the kernel's table
  await until('all packets to be in flows', 10 * SECOND, async () => {
    const { ledger, protocols } = (await api('/api/stats')).json;
    return ledger.flow_packets + ledger.overflow_packets + (protocols.arp ?? 0) >= sent.packets;
  });
  const flow = (await api(`/api/flows?limit=1&sort=-packets&filter=${encodeURIComponent('tcp')}`)).json[0];
  const { page } = await open(t, browser, `/flows?flow=${flow.id}`);
  await page.waitForSelector('.drawer h2');
  const inDrawer = async (field) =>
    Number(await page.locator(`.drawer [data-field=${field}]`).getAttribute('data-value'));
  for (const field of ['packets', 'bytes', 'packets_fwd', 'packets_rev', 'bytes_fwd', 'bytes_rev', 'duration_ms']) {
    assert.equal(await inDrawer(field), flow[field], field);
  }
  const text = await page.locator('.drawer h2').innerText();
  for (const part of [flow.src_ip, flow.dst_ip, flow.src_port, flow.dst_port]) assert.ok(text.includes(part), text);
  assert.equal(await page.locator('.drawer [data-field=community_id]').getAttribute('data-value'), flow.community_id);
  await page.goto(`${base}/flows?flow=${encodeURIComponent(flow.community_id)}`);
  await page.waitForSelector('.drawer h2');
  await until('the flow', 5 * SECOND, async () => (await page.locator('.drawer h2').innerText()).includes(flow.src_ip));
  await page.goto(`${base}/flows?flow=987654321`);
  await until('that it is gone', 5 * SECOND, async () =>
    (await page.locator('.drawer').innerText()).includes('not kept any more'),
  );
});

test('Another sort is the server’s, stands in the address bar and is told to screen readers', async (t) => {
  const { page } = await open(t, browser, '/flows');
  await rows(page);
  await page.getByRole('button', { name: 'Packets', exact: true }).click();
  await page.waitForURL(/sort=-packets/);
  const first = (await api('/api/flows?sort=-packets&limit=1')).json[0];
  await until(
    'the largest flow to stand first',
    5 * SECOND,
    async () => (await value(page, 'packets')) === first.packets,
  );
  assert.equal(await page.locator('[role=columnheader][aria-sort]').getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', { name: 'Packets', exact: true }).click();
  await page.waitForURL(/sort=packets/);
  assert.equal(await page.locator('[role=columnheader][aria-sort]').getAttribute('aria-sort'), 'ascending');
});
