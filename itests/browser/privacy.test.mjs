// SPDX-License-Identifier: Apache-2.0
// What is recorded, and the level of privacy: the server's own list, and levels that are told.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, axe, base, clipped, DESKTOP, launch, open, order, PHONE, ready } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

test('the System page shows what is recorded, as the server says', async (t) => {
  const { page } = await open(t, browser, '/system');
  const told = (await api('/api/privacy')).json;
  const panel = page.locator('.panel.privacy');
  await panel.locator('tbody tr').first().waitFor();
  const shown = await panel
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.deepEqual(
    shown,
    told.recorded.map((row) => Object.values(row)),
  );
  assert.match(await panel.locator('[data-field="privacy.in_force"]').innerText(), /full/);
  assert.equal(await page.locator('.chip.privacy').count(), 0, 'nothing is hidden');
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  test(`every page says that not all is shown, at ${size}`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    const told = (await api('/api/privacy')).json;
    await page.route(/\/api\/privacy$/, (route) =>
      route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...told, level: 'addresses-masked' }) }),
    );
    for (const path of ['/', '/flows', '/packets', '/system']) {
      await page.goto(base + path);
      await ready(page);
      const badge = page.locator('.chip.privacy');
      await badge.waitFor();
      assert.equal(await badge.innerText(), 'addresses masked');
    }
    assert.deepEqual(await clipped(page), []);
    assert.deepEqual(await axe(page), []);
    await page.goto(base);
    await ready(page);
    await page.locator('.chip.privacy').click();
    await page.locator('.panel.privacy').waitFor();
  });
}
