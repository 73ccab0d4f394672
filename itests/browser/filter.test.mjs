// SPDX-License-Identifier: Apache-2.0
// Filters: typed, clicked, wrong, hostile; in the address bar.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, base, launch, open, order, pointAway, ready, rows, SECOND, ticks, until, value } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
  await order('quiet');
});
after(() => browser.close());

/** Chromium itself logs every answer of 400. */
const REFUSED = [/status of 400/];

const chips = (page) => page.locator('.filter-chip .chip-text').allInnerTexts();
const parameter = (page, name) => new URL(page.url()).searchParams.get(name);

async function type(page, text) {
  await pointAway(page);
  await page.keyboard.press('/');
  await page.fill('#filter-input', text);
  await page.keyboard.press('Enter');
}

/** The rows and counts on the page are those of the API with this filter. */
async function assertFiltered(page, filter) {
  const answer = await api(`/api/flows?limit=200&sort=-bytes&filter=${encodeURIComponent(filter)}`);
  assert.equal(answer.status, 200, answer.text);
  const total = Number(answer.headers.get('x-total-count'));
  await until(`${total} flows of ${filter}`, 5 * SECOND, async () => (await value(page, 'flows.total')) === total);
  assert.equal(await value(page, 'flows.unfiltered'), Number(answer.headers.get('x-unfiltered-count')));
  const keys = new Set(answer.json.map((f) => String(f.id)));
  const shown = await page.$$eval('.grid-row', (all) => all.map((row) => row.dataset.key));
  assert.ok(shown.length > 0, 'rows are shown');
  assert.deepEqual(
    shown.filter((key) => !keys.has(key)),
    [],
    `rows that ${filter} hides`,
  );
  assert.equal(Number(await page.locator('.grid').getAttribute('aria-rowcount')) - 1, total);
  return { total, unfiltered: Number(answer.headers.get('x-unfiltered-count')) };
}

test('A typed filter filters, is a chip, and stands in the address bar', async (t) => {
  const { page } = await open(t, browser, '/flows');
  await rows(page);
  for (const filter of ['tcp', 'udp and packets > 3', 'ip6 or icmp']) {
    await page.goto(`${base}/flows`);
    await rows(page);
    await type(page, filter);
    await page.waitForURL((url) => url.searchParams.get('f') === filter);
    const { total, unfiltered } = await assertFiltered(page, filter);
    assert.ok(total > 0 && total < unfiltered, `${filter}: ${total} of ${unfiltered}`);
    t.diagnostic(`${filter}: ${total} of ${unfiltered}`);
  }
  await page.goto(`${base}/flows?f=${encodeURIComponent('udp and packets > 3')}`);
  await rows(page);
  assert.deepEqual(await chips(page), ['udp', 'packets > 3']);
  await page.getByRole('button', { name: 'Remove the filter packets > 3' }).click();
  assert.equal(parameter(page, 'f'), 'udp');
  await assertFiltered(page, 'udp');
  await page.goBack();
  assert.deepEqual(await chips(page), ['udp', 'packets > 3']);
  await page.getByRole('button', { name: 'Clear filter' }).click();
  assert.equal(parameter(page, 'f'), null);
});

test('A click on a cell adds its value, Alt-click excludes it', async (t) => {
  const { page } = await open(t, browser, '/flows?f=tcp');
  await rows(page);
  const cell = page.locator('.grid-row [data-field=src_ip]').first();
  const source = await cell.getAttribute('data-value');
  await cell.click();
  assert.deepEqual(await chips(page), ['tcp', `src_ip == ${source}`]);
  await assertFiltered(page, `tcp and src_ip == ${source}`);
  await page.goBack();
  await rows(page);
  await page
    .locator('.grid-row [data-field=state]')
    .first()
    .click({ modifiers: ['Alt'] });
  const [, excluded] = await chips(page);
  assert.match(excluded, /^state != \w+$/);
  assert.equal(parameter(page, 'flow'), null, 'a cell does not open the row');
});

test('A filter that hides everything says how much there is without it', async (t) => {
  const { page } = await open(t, browser, `/flows?f=${encodeURIComponent('src_ip == 192.0.2.77')}`);
  await page.waitForSelector('[data-field=empty_state]');
  const unfiltered = Number((await api('/api/flows?limit=1')).headers.get('x-unfiltered-count'));
  const text = (await page.locator('[data-field=empty_state]').innerText()).replace(/\u202f/g, '');
  assert.match(text, new RegExp(`^No flow matches this filter\\. ${unfiltered} flows are active without it\\.`));
  await page.locator('[data-field=empty_state] button').click();
  await rows(page);
});

test('A bad filter is told in the words and with the column of the server, and changes nothing', async (t) => {
  const { page } = await open(t, browser, '/flows', { allowed: REFUSED });
  await rows(page);
  for (const filter of ['tcp prot 80', 'bytes >', 'nosuchfield == 3']) {
    await type(page, filter);
    const problem = (await api(`/api/flows?limit=1&filter=${encodeURIComponent(filter)}`)).json;
    await page.waitForSelector('#filter-problem');
    await until('the text', 3 * SECOND, async () => {
      const text = await page.locator('#filter-problem [data-field=detail]').innerText();
      return text === problem.detail;
    });
    assert.equal(await page.locator('#filter-problem').getAttribute('data-column'), String(problem.column));
    assert.equal(await page.locator('#filter-problem').getAttribute('data-code'), 'JOPIL-131');
    const caret = await page.locator('#filter-problem pre').evaluate((e) => e.textContent.split('\n')[1]);
    assert.equal(caret.indexOf('^') + 1, problem.column, 'the caret stands under the column');
    assert.equal(parameter(page, 'f'), null);
    assert.ok((await page.locator('.grid-row').count()) > 0, 'the rows stay');
  }
});

test('What somebody hides in a link stays text', async (t) => {
  const attack = '<img src=x onerror="globalThis.broken=1"><script>globalThis.broken=1</script>';
  const { page } = await open(t, browser, `/flows?f=${encodeURIComponent(attack)}&if=${encodeURIComponent(attack)}`, {
    allowed: REFUSED,
  });
  await page.waitForSelector('#filter-problem');
  assert.equal((await chips(page)).join(''), attack, 'shown as it is');
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
  // again as a flow that does not exist
  await page.goto(`${base}/flows?flow=${encodeURIComponent(attack)}&sort=${encodeURIComponent(attack)}`);
  await page.waitForSelector('.drawer');
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
});

test('An interface with a hostile name is text like any other, and can be filtered by', async (t) => {
  const { name } = await order('odd');
  assert.match(name, /<u>/);
  const path = `/api/interfaces/${name.split('/').map(encodeURIComponent).join('/')}`;
  const attached = await api(`${path}/attach`, {
    method: 'POST',
    body: '{"mode":"tcx"}',
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(attached.status, 200, attached.text);
  t.after(() => api(`${path}/detach`, { method: 'POST' }));
  const { page } = await open(t, browser, '/system');
  await ready(page);
  const chip = page.locator('.chips .chip', { hasText: name });
  await chip.waitFor();
  await page.locator('.attachments th', { hasText: name }).waitFor();
  assert.equal(await page.locator('main u, header u').count(), 0, 'no element of that name');
  await chip.click();
  await page.waitForSelector('main[data-page=flows]');
  assert.equal(parameter(page, 'if'), name);
  // nobody sends there: the filter is understood and hides all
  await page.waitForSelector('[data-field=empty_state]');
  assert.equal(await page.locator('#filter-problem').count(), 0);
});

test('Inline scripts and styles are forbidden, and foreign frames too', async (t) => {
  const { page } = await open(t, browser, '/', { allowed: [/Content Security Policy/] });
  await ready(page);
  const policy = (await api('/')).headers.get('content-security-policy');
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.broken = 1';
    document.head.append(script);
    const div = document.createElement('div');
    div.innerHTML = '<img src="data:," onerror="globalThis.broken = 2">';
    document.body.append(div);
  });
  await ticks(page, 1);
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
});
