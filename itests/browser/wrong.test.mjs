// SPDX-License-Identifier: Apache-2.0
// Books that do not add up are told everywhere on the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, clipped, launch, open, order, ready, SECOND, ticks, until, value } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(async () => {
  await browser.close();
  // an instance with new books
  await order('stop');
  await order('start');
});

test('A wrong counter turns the strip red, and System says what is wrong and what to do', async (t) => {
  const { page } = await open(t, browser, '/');
  await ready(page);
  await ticks(page, 2);
  const reason = page.locator('.strip [data-field="ledger.reason"]');
  assert.equal(await value(page, 'ledger.difference'), 0);
  assert.equal(await reason.count(), 0);

  await order('fault');
  await reason.waitFor({ timeout: 10 * SECOND });
  assert.match(await reason.innerText(), /^kernel counter \S+ ingress udp$/);
  assert.equal(await page.locator('.strip .bad').count(), 1);
  assert.match(await page.locator('.tile.bad').innerText(), /wrong: kernel counter \S+ ingress udp/);
  // packets that come in while the table is scanned blur the number
  await order('quiet');
  await until('the exact number', 5 * SECOND, async () => (await value(page, 'ledger.difference')) === 1000);
  assert.deepEqual(await clipped(page), []);

  await reason.click();
  const finding = page.locator('[data-field="ledger.finding"]');
  await finding.waitFor();
  // the finding is of the last look at the books
  await until('the exact finding', 5 * SECOND, async () =>
    /: 1,000 packets are in the counter.*, since .*restart/s.test(await finding.innerText()),
  );
  assert.deepEqual(await axe(page), []);
});
