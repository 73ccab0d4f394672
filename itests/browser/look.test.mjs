// SPDX-License-Identifier: Apache-2.0
// Every page, both themes, both sizes: nothing cut off, nothing that axe calls serious; and how much it weighs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { axe, base, clipped, DESKTOP, launch, open, order, PAGES, PHONE, ready, rows, ticks } from './harness.mjs';

const MOST_SCRIPT_BYTES = 120 * 1000;
const MOST_STYLE_BYTES = 15 * 1000;

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

/** Every page and what opens on it. */
const VIEWS = { ...PAGES, flow: '/flows', packet: '/packets', help: '/' };

const WITH_ROWS = ['/flows', '/packets'];

async function show(page, view) {
  await page.goto(base + VIEWS[view]);
  await ready(page);
  if (WITH_ROWS.includes(VIEWS[view])) await rows(page);
  if (view === 'journey') await page.waitForSelector('.sankey .node');
  if (view === 'latency') await page.waitForSelector('.stage-list, [data-field=unavailable]');
  if (view === 'tcp') await page.waitForSelector('.grid-row, .empty p');
  if (view === 'drops') await page.waitForSelector('.drops-head, [data-field=empty_state]');
  if (view === 'flow' || view === 'packet') {
    await page
      .locator('.grid-row')
      .nth(1)
      .click({ position: { x: 3, y: 12 } });
    await page.waitForSelector(view === 'flow' ? '.drawer h2' : '.detail h2');
  }
  if (view === 'help') {
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
  }
  if (view === 'system') await page.waitForSelector('[data-capability]');
  if (view === 'overview') await page.waitForSelector('.ranking');
  await ticks(page, 1);
}

/** Transitions and animations that somebody could see. */
const moving = (page) =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter((a) => a.playState === 'running' && a.effect.getComputedTiming().activeDuration > 20)
      .map((a) => `moves: ${a.animationName ?? a.transitionProperty} of ${a.effect.target.className}`),
  );

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  // each size and each theme once in the gate, all four in the long test
  const schemes = process.env.JOPIL_LONG ? ['light', 'dark'] : [viewport === DESKTOP ? 'light' : 'dark'];
  for (const colorScheme of schemes) {
    test(`At ${size}, ${colorScheme}, nothing is cut off on any page, axe finds nothing serious, and who wants no motion gets none`, async (t) => {
      const { page } = await open(t, browser, '/', { viewport, colorScheme, isMobile: false, reducedMotion: 'reduce' });
      const found = [];
      for (const view of Object.keys(VIEWS)) {
        await show(page, view);
        for (const look of [moving, clipped, axe]) {
          found.push(...(await look(page)).map((text) => `${view}: ${text}`));
        }
      }
      assert.deepEqual(found, []);
    });
  }
}

test('At 1280×720 the list of flows has room for where they were seen, be their addresses as long as those of IPv6', async (t) => {
  const { page } = await open(t, browser, '/flows');
  await rows(page);
  const heads = (await page.getByRole('columnheader').allInnerTexts()).map((text) => text.trim());
  for (const head of ['Source', 'Destination', 'State', 'Application', 'Interface', 'Rate']) {
    assert.ok(heads.includes(head), `${head} among ${heads}`);
  }
  assert.deepEqual(await clipped(page), []);
});

test('The theme follows the system until somebody chooses, and the choice stays', async (t) => {
  const { page } = await open(t, browser, '/', { colorScheme: 'dark' });
  await ready(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const brightness = (rgb) =>
    rgb
      .match(/\d+/g)
      .slice(0, 3)
      .reduce((sum, n) => sum + Number(n), 0);
  const dark = await background();
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  assert.ok(brightness(dark) < 150 && brightness(light) > 600, `${dark} ${light}`);
  const button = page.getByRole('button', { name: /^Theme: / });
  await button.click(); // light
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await background(), light, 'chosen: light');
  await button.click(); // dark
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await background(), dark, 'chosen: dark');
  await page.reload();
  await ready(page);
  assert.equal(await background(), dark, 'the choice stays');
  await button.click();
  assert.equal(await background(), light, 'back to the system’s');
});

test('Charts say in words and in a table what they draw', async (t) => {
  const { page } = await open(t, browser, '/');
  await ready(page);
  await ticks(page, 2);
  const buttons = page.getByRole('button', { name: 'Show as table' });
  const charts = await buttons.count();
  assert.ok(charts >= 2);
  await buttons.first().click();
  const table = page.locator('main table').first();
  await table.waitFor();
  assert.ok((await table.locator('tbody tr').count()) >= 2);
  assert.match(await page.locator('main').textContent(), /, last [^:]+: .+ now, peak /);
});

test('The page is light: at most 120 kB of compressed script and 15 kB of style', async (t) => {
  const { page } = await open(t, browser, '/');
  const files = new Map();
  page.on('response', (response) => files.set(response.url(), response));
  for (const path of Object.values(PAGES)) {
    await page.goto(base + path);
    await ready(page);
  }
  const index = await (await fetch(base)).text();
  const weigh = async (pattern) => {
    let sum = 0;
    for (const [url, response] of files) {
      if (!pattern.test(new URL(url).pathname)) continue;
      const body = await fetch(url).then(async (r) => {
        assert.match(r.headers.get('cache-control'), /immutable/, url);
        return Buffer.from(await r.arrayBuffer());
      });
      sum += gzipSync(body, { level: 9 }).length;
      assert.equal(response.status(), 200);
    }
    return sum;
  };
  const script = await weigh(/\.js$/);
  const style = await weigh(/\.css$/);
  assert.ok(index.length < 4000);
  assert.ok(script > 10_000 && script <= MOST_SCRIPT_BYTES, `${script} B of script`);
  assert.ok(style > 1_000 && style <= MOST_STYLE_BYTES, `${style} B of style`);
  t.diagnostic(`${script} B of compressed script, ${style} B of style`);
});
