// SPDX-License-Identifier: Apache-2.0
// The Drops page with told answers, so that every case is seen on every kernel: what drops, nothing, no right to know.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  axe,
  clipped,
  DESKTOP,
  launch,
  open,
  order,
  PHONE,
  pointAway,
  ready,
  rows,
  SECOND,
  ticks,
  until,
  value,
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

const PORT_CLOSED = {
  reason: 'NO_SOCKET',
  symbol: '__udp4_lib_rcv',
  offset: '0x6f8',
  stage: 'transport',
  hook: '',
  interface: 'eth0',
  namespace: 'host',
  advice: 'Nobody listens on this UDP port.',
  advice_id: 'udp-port-closed',
  command: 'ss -lun',
};
const FIREWALL = {
  reason: 'NETFILTER_DROP',
  symbol: 'nft_do_chain',
  offset: '0x3ef',
  stage: 'netfilter',
  hook: 'LOCAL_IN',
  interface: 'eth0',
  namespace: 'host',
  advice: 'A firewall rule drops it.',
  advice_id: 'netfilter-drop',
  command: 'nft list ruleset',
};
const EVENT = {
  timestamp: new Date().toISOString(),
  reason: 'NO_SOCKET',
  symbol: '__udp4_lib_rcv',
  stage: 'transport',
  interface: 'eth0',
  namespace: 'host',
  protocol: 'udp',
  src_ip: '10.0.0.9',
  src_port: 40532,
  dst_ip: '10.0.0.2',
  dst_port: 9999,
  length: 96,
  weight: 3,
  process: null,
};

/** One row that drops 30 packets a second and one that dropped long ago. */
function growing(started = Date.now()) {
  const packets = 1000 + Math.floor((30 * (Date.now() - started)) / SECOND);
  const at = (ms) => new Date(ms).toISOString();
  return [
    { ...FIREWALL, packets: 90_000, bytes: 9_000_000, packets_per_second: 0, last_seen: at(started - 60 * SECOND) },
    { ...PORT_CLOSED, packets, bytes: 96 * packets, packets_per_second: 30, last_seen: at(Date.now()) },
  ];
}

const problem = (status, body) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', status, ...body }),
});

/** The server's answers from now on; returns the filters that it was asked with. */
async function tell(page, { drops, refusal, events = [EVENT], series = [] }) {
  const asked = [];
  const json = (body, headers) => ({ contentType: 'application/json', headers, body: JSON.stringify(body) });
  await page.route(/\/api\/drops(\?|$)/, (route) => {
    const filter = new URL(route.request().url()).searchParams.get('filter') ?? '';
    asked.push(filter);
    if (refusal) return route.fulfill(refusal);
    const list = drops();
    const kept = list.filter((d) => !filter || filter.includes(d.reason));
    return route.fulfill(
      json(
        { total: list.reduce((sum, d) => sum + d.packets, 0), drops: kept },
        { 'X-Total-Count': String(kept.length), 'X-Unfiltered-Count': String(list.length) },
      ),
    );
  });
  await page.route(/\/api\/drops\/events/, (route) =>
    route.fulfill(events ? json(events) : problem(404, { title: 'Not found', detail: 'none' })),
  );
  await page.route(/\/api\/timeseries\?metric=drops_per_second/, (route) =>
    route.fulfill(json({ metric: 'drops_per_second', unit: 'packets/s', points: series })),
  );
  return asked;
}

async function show(page, answers, path = '/drops') {
  const asked = await tell(page, answers);
  await page.goto(new URL(path, page.url()).href);
  await ready(page);
  return asked;
}

const headline = (page) => page.locator('[data-field=headline]').innerText();

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  test(`At ${size} the page says at once how much is dropped, by what, and what to check`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    const started = Date.now();
    await show(page, { drops: () => growing(started) });
    await rows(page);
    assert.equal(await value(page, 'drop_rate'), 30);
    assert.match(await headline(page), /^30 packets\/s dropped, all by NO_SOCKET at __udp4_lib_rcv\.$/);
    const panel = page.locator('.drops-now');
    assert.match(await panel.innerText(), /Nobody listens on this UDP port\.\s+ss -lun/);
    const first = await page.locator('.grid-row').first().innerText();
    assert.match(first, /NO_SOCKET[\s\S]*__udp4_lib_rcv\s*\+0x6f8/, 'what drops now stands first');
    await until('the picture in words', 5 * SECOND, async () =>
      /^Drops by reason, last .+: NO_SOCKET [\d.]+ pps now, peak/.test(
        (await page.locator('.drops-head .sentence').innerText()).replace(/\u00a0/g, ' '),
      ),
    );
    assert.deepEqual(await clipped(page), []);
    assert.deepEqual(await axe(page), []);
  });
}

test('A click on the cause explains it, with its command, its last packets and the way to their flows', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  await show(page, { drops: () => growing(started) });
  await page.locator('[data-field=headline] a').click();
  const drawer = page.locator('.drawer');
  await drawer.locator('h2').waitFor();
  const text = await drawer.innerText();
  assert.match(text, /Nobody listens on this UDP port\./);
  assert.match(text, /No socket is bound to the address and port/);
  assert.match(text, /TCP, UDP or another transport/);
  assert.equal(await drawer.getByRole('button', { name: 'Copy: ss -lun' }).count(), 1);
  const flow = drawer.getByRole('link', { name: '10.0.0.9:40532 → 10.0.0.2:9999' });
  await flow.waitFor();
  assert.match(await drawer.locator('.drop-events').innerText(), /stands for 3/);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await page.goBack();
  await flow.click();
  await page.waitForSelector('main[data-page=flows]');
  assert.equal(
    new URL(page.url()).searchParams.get('f'),
    'udp and host 10.0.0.9 and host 10.0.0.2 and port 40532 and port 9999',
  );
});

test('Enter opens a row and Esc gives the focus back; + filters by the cell', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  const asked = await show(page, { drops: () => growing(started) });
  await rows(page);
  await pointAway(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.drawer h2');
  const key = new URL(page.url()).searchParams.get('drop');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.drawer', { state: 'detached' });
  await until('the focus on its row', 5 * SECOND, () =>
    page.evaluate((row) => document.activeElement.closest('.grid-row')?.dataset.key === row, key),
  );
  await page.keyboard.press('+');
  const reason = key.split(' ')[0];
  await until('the filter', 5 * SECOND, () => asked.includes(`reason == ${reason}`));
  assert.equal(new URL(page.url()).searchParams.get('f'), `reason == ${reason}`);
  await until('one row', 5 * SECOND, async () => (await page.locator('.grid-row').count()) === 1);
});

test('A click anywhere on a row opens it, and every rate of now is the same', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  await show(page, { drops: () => growing(started) });
  await rows(page);
  const row = page.locator('.grid-row').first();
  assert.match(await row.innerText(), /eth0/, 'the interface is seen');
  for (const cell of ['reason', 'symbol', 'interface', 'packets', 'rate']) {
    await row.locator(`[data-field=${cell}]`).click();
    await page.waitForSelector('.drawer h2');
    assert.equal(new URL(page.url()).searchParams.get('f'), null, cell);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.drawer', { state: 'detached' });
  }
  await row.click();
  await page.locator('.drawer').getByText('Last packets dropped for this reason').waitFor();
  const told = [
    '.drops-now .tile-value',
    '[data-field="stage.transport"]',
    '.grid-row .dropping',
    '.drawer .facts .value',
  ];
  for (const place of told) assert.equal(await page.locator(place).first().getAttribute('data-value'), '30', place);
  await until('the legends', 5 * SECOND, async () => {
    const legends = await page.locator('.drops-head .legend b, .drawer .legend b').allInnerTexts();
    return legends.length === 2 && legends.every((text) => text.replace(/\s/g, ' ') === '30 pps');
  });
});

test('With a filter the head tells of its rows only, and the picture goes on', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  await show(page, { drops: () => growing(started) });
  await rows(page);
  await until('a picture', 5 * SECOND, async () => (await page.locator('.drops-head .plot').count()) === 1);
  await page.locator('.grid-row').first().locator('[data-field=reason]').click();
  await page.getByRole('button', { name: 'Filter by this reason' }).click();
  await until('one row', 5 * SECOND, async () => (await page.locator('.grid-row').count()) === 1);
  const since = await value(page, 'total');
  assert.ok(since >= 1000 && since < 10_000, String(since));
  assert.match(await page.locator('.drops-now').innerText(), /of 9[1-9]/);
  assert.equal(await page.locator('.drops-head .plot').count(), 1, 'what was known before is drawn');
  assert.equal(await page.getByRole('button', { name: 'Clear filter' }).count(), 1);
});

test('What was dropped a moment ago is not called nothing', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page, {
    drops: () => [{ ...PORT_CLOSED, packets: 7, bytes: 0, packets_per_second: 0, last_seen: new Date().toISOString() }],
  });
  await rows(page);
  assert.equal(await headline(page), 'Just now dropped by NO_SOCKET at __udp4_lib_rcv.');
});

test('Pause freezes the page while drops go on', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  const asked = await show(page, { drops: () => growing(started) });
  await rows(page);
  await pointAway(page);
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-field=paused_text]');
  const text = () => page.locator('.drops-page').innerText();
  const before = await text();
  const questions = asked.length;
  await until('updates that wait', 10 * SECOND, async () =>
    /[3-9] updates/.test(await page.locator('[data-field=paused_text]').innerText()),
  );
  assert.equal(await text(), before);
  assert.ok(asked.length <= questions + 1);
  await page.keyboard.press('Space');
  await until('news', 5 * SECOND, async () => (await text()) !== before);
});

test('No drop is good news, and older drops stay to be read', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page, { drops: () => [] });
  const empty = page.locator('[data-field=empty_state]');
  await empty.waitFor();
  assert.match(await empty.innerText(), /^No packet was dropped .+ That is good news\.$/);
  assert.deepEqual(await axe(page), []);
  await page.unrouteAll();
  const old = new Date(Date.now() - 3600 * SECOND).toISOString();
  await show(page, {
    drops: () => growing().map((d) => ({ ...d, packets: 7, packets_per_second: 0, last_seen: old })),
  });
  await rows(page);
  await until('the sentence', 5 * SECOND, async () =>
    /^No packet was dropped in the last 5 minutes\. That is good news\.$/.test(await headline(page)),
  );
  assert.equal(await page.locator('.grid-row').count(), 2);
});

test('A kernel that cannot tell says why and what to do, and is not asked every second', async (t) => {
  const { page } = await open(t, browser, '/', { allowed: [/503/] });
  const refusal = problem(503, {
    code: 'JOPIL-110',
    title: 'This kernel has no BTF type data',
    detail: 'Install a distribution kernel.',
  });
  const asked = await show(page, { drops: () => [], refusal });
  const box = page.locator('[data-field=unavailable]');
  await box.waitFor();
  assert.match(
    await box.innerText(),
    /This kernel has no BTF type data[\s\S]*Install a distribution kernel\.[\s\S]*JOPIL-110/,
  );
  assert.equal(await page.locator('.grid').count(), 0, 'not an empty list');
  const questions = asked.length;
  await ticks(page, 4);
  assert.equal(asked.length, questions);
  assert.deepEqual(await clipped(page), []);
  assert.deepEqual(await axe(page), []);
  await box.getByRole('link', { name: 'What this kernel allows' }).click();
  await page.waitForSelector('main[data-page=system]');
});

test('Without single events the drawer says so, and the counts stay', async (t) => {
  const { page } = await open(t, browser, '/', { allowed: [/404/] });
  const started = Date.now();
  await show(page, { drops: () => growing(started), events: null });
  await page.locator('[data-field=headline] a').click();
  const state = page.locator('[data-field=events_state]');
  await until('the sentence', 5 * SECOND, async () =>
    /tells of no single dropped packet/.test(await state.innerText()),
  );
});

test('The Overview shows drops a second and the top reason, and leads to why', async (t) => {
  const { page } = await open(t, browser, '/');
  const started = Date.now();
  await show(page, { drops: () => growing(started) }, '/');
  const tile = page.locator('.drops-tile');
  const rate = await until('an answer', 5 * SECOND, async () => {
    const text = await tile.locator('.tile-sub').innerText();
    return text.trim() && (await tile.locator('[data-field=drop_rate]').innerText());
  });
  assert.equal(rate.replace(/\s/g, ' '), '30 pps', 'with the first answer');
  assert.equal(await tile.locator('[data-field=drops_top]').innerText(), 'NO_SOCKET');
  assert.deepEqual(await clipped(page), []);
  await tile.click();
  await page.waitForSelector('main[data-page=drops]');
  await page.waitForSelector('.drawer h2');
});
