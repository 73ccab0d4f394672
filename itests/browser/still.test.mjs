// SPDX-License-Identifier: Apache-2.0
// The page holds still when it is told to, and while somebody reads.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, order, pointAway, ready, rows, SECOND, sequence, ticks, until } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

/** Everything on the page, element by element and text by text, but for the number that waits. */
const text = (page) =>
  page.evaluate(() => {
    const copy = document.querySelector('.frame').cloneNode(true);
    copy.querySelectorAll('.live, [data-field=paused_text]').forEach((e) => e.remove());
    return copy.innerHTML.split(/(?=<)/);
  });

/** What is no longer as it was. */
async function changes(page, before) {
  const present = await text(page);
  const found = before.flatMap((was, i) => (was === present[i] ? [] : [`${was} → ${present[i]}`]));
  return found.slice(0, 3);
}

for (const [name, path] of [
  ['Overview', '/'],
  ['Flows', '/flows'],
  ['Packets', '/packets'],
]) {
  test(`Pause freezes ${name} while messages arrive, and resume goes on`, async (t) => {
    const { page, messages } = await open(t, browser, path);
    await ready(page);
    if (path !== '/') await rows(page);
    await ticks(page, 2);
    await pointAway(page);
    const arrived = messages.length;
    await page.keyboard.press('Space');
    await page.waitForSelector('[data-field=paused_text]');
    // the banner takes its room from the rows
    let before = await text(page);
    await until('the layout to settle', 5 * SECOND, async () => {
      const settled = (await changes(page, before)).length === 0;
      before = await text(page);
      return settled;
    });
    const frozenAt = await sequence(page);
    const deadline = Date.now() + 5 * SECOND;
    await until('five seconds', 6 * SECOND, async () => {
      assert.deepEqual(await changes(page, before), [], 'the page is frozen');
      return Date.now() > deadline;
    });
    const news = messages.slice(arrived);
    assert.ok(news.filter((m) => m.type === 'stats_update').length >= 4, 'messages arrive all the same');
    const badge = await page.locator('.live').innerText();
    const seen = messages.length;
    const waiting = await page.locator('[data-field=paused_text]').innerText();
    const counted = Number(/\+([\d\u202f]+) new/.exec(badge)[1].replace(/\u202f/g, ''));
    const expected = messages
      .slice(arrived, seen)
      .reduce((n, m) => n + (m.type === 'new_packet' ? m.data.packets.length : 1), 0);
    // messages come between the two looks, and one may have been under way when Space was pressed
    assert.ok(counted >= 8 && Math.abs(counted - expected) <= 25, `badge ${counted}, arrived ${expected}`);
    assert.match(waiting, /^Paused at \d\d:\d\d:\d\d\. [\d\u202f]+ updates waiting\./);
    await page.keyboard.press('Space');
    await page.waitForFunction((at) => Number(document.body.dataset.sequence) > at + 3, frozenAt);
    await page.waitForSelector('[data-field=paused_text]', { state: 'detached' });
    await ticks(page);
    assert.notDeepEqual(await changes(page, before), []);
  });
}

const orderOf = (page) => page.$$eval('.grid-row', (all) => all.map((row) => row.dataset.key).join());

test('Rows of Flows keep their places under the pointer while their values move', async (t) => {
  // the list is ordered by what moves fastest
  const { page } = await open(t, browser, '/flows?sort=-last_seen');
  await rows(page);
  await ticks(page, 2);
  await page.mouse.move(640, 300);
  await page.waitForSelector('[data-field=held]:not([hidden])');
  const before = await orderOf(page);
  const first = await page.locator('.grid').innerText();
  await ticks(page, 5);
  assert.equal(await orderOf(page), before, 'the order holds');
  assert.notEqual(await page.locator('.grid').innerText(), first, 'values move on');
  await pointAway(page);
  await until('the order to move', 8 * SECOND, async () => (await orderOf(page)) !== before);
});

test('The order of Flows moves at most every two seconds', async (t) => {
  const { page } = await open(t, browser, '/flows?sort=-last_seen');
  await rows(page);
  await pointAway(page);
  await ticks(page, 1);
  const { moves, stall } = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const order = () => [...document.querySelectorAll('.grid-row')].map((row) => row.dataset.key).join();
        const at = [];
        // how late the page itself was at most
        let stall = 0;
        let tick = performance.now();
        setInterval(() => {
          const present = performance.now();
          stall = Math.max(stall, present - tick - 20);
          tick = present;
        }, 20);
        let last = order();
        const observer = new MutationObserver(() => {
          const next = order();
          if (next === last) return;
          last = next;
          at.push(performance.now());
        });
        observer.observe(document.querySelector('.grid'), { subtree: true, childList: true, attributes: true });
        setTimeout(() => resolve({ moves: at, stall }), 9000);
      }),
  );
  assert.ok(moves.length >= 2, `it moves: ${moves}`);
  // what one redraw changes belongs together
  const gaps = moves
    .slice(1)
    .map((at, i) => at - moves[i])
    .filter((gap) => gap > 100);
  assert.ok(Math.min(...gaps) > 1900 - stall, `${gaps.map(Math.round)} ms, late by ${Math.round(stall)} ms`);
});

test('The tail of Packets waits under the pointer and says how many wait', async (t) => {
  const { page } = await open(t, browser, '/packets');
  await rows(page);
  await ticks(page, 2);
  await page.mouse.move(640, 300);
  await page.waitForSelector('[data-field=held]:not([hidden])');
  const before = await orderOf(page);
  await ticks(page, 3);
  assert.equal(await orderOf(page), before);
  assert.match(await page.locator('[data-field=held]').innerText(), /[1-9]\d* packets wait/);
  await pointAway(page);
  await until('the tail to go on', 5 * SECOND, async () => (await orderOf(page)) !== before);
});
