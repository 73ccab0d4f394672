// SPDX-License-Identifier: Apache-2.0
// On the running demo: from the Overview to the answer, for each of the three things that are broken.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, ready, SECOND } from './harness.mjs';

const MOST_CLICKS = 3;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Faults that are on, given by who runs this, and what is to be found. */
const FAULTS = {
  firewall: [
    'firewall',
    'jopil-demo-orders',
    /^wrong nft dropped .*packets? to port 8080 in the input hook of jopil-demo-orders\.$/,
  ],
  'slow-reader': ['slow-reader', 'orders[', /packets then waited \d+ ms for orders\[\d+\] to read\.$/],
  'full-buffer': [
    'udp-buffer-full',
    'jopil-demo-db',
    /reads slower than packets come: .*port 8125 .*in jopil-demo-db\.$/,
  ],
};

for (const fault of (process.env.JOPIL_FAULTS ?? '').split(',').filter(Boolean)) {
  test(`From the Overview to ${fault} in at most ${MOST_CLICKS} clicks`, async (t) => {
    const [kind, words, sentence] = FAULTS[fault];
    const { page } = await open(t, browser, '/');
    await ready(page);
    let clicks = 0;
    const item = page.locator(`[data-field=stands_out] [data-kind=${kind}]`, { hasText: words }).first();
    await item.waitFor({ timeout: 30 * SECOND });
    await item.locator('.stands-out-item').click();
    clicks++;
    const verdict = page.locator('[data-field=verdict]');
    await verdict.waitFor();
    const text = (await verdict.innerText()).replace(/\s+/g, ' ');
    assert.equal(await verdict.getAttribute('data-value'), kind, text);
    assert.match(text, sentence);
    assert.ok(clicks <= MOST_CLICKS);
    t.diagnostic(`${clicks} click: ${text}`);
  });
}
