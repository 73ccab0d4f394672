// SPDX-License-Identifier: Apache-2.0
// The Latency page with told answers, so that the picture is the same on every kernel.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, clipped, DESKTOP, launch, open, order, PHONE, ready, SECOND, until, value } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

const STEP_MS = 2_000;
const LOWER = Array.from({ length: 24 }, (_, i) => 2 ** (i + 8));
const times = (stage, direction, p50, p99, more = {}) => ({
  stage,
  direction,
  count: 120,
  p50_ns: p50,
  p95_ns: p99,
  p99_ns: p99,
  max_ns: p99,
  ...more,
});
const STAGES = [
  times('driver', 'receive', 400, 1_200),
  times('netfilter', 'receive', 1_400, 4_000),
  times('transport', 'receive', 3_800, 11_000),
  times('socket_queue', 'receive', 60_000, 48_000_000),
  times('copy', 'receive', 2_000, 6_000),
  times('receive_total', 'receive', 68_000, 48_000_000),
  times('qdisc', 'send', 900, 2_600),
];
const MISSING = [{ stage: 'tc', direction: 'receive', reason: 'This kernel has no tcx (6.6 and later have it).' }];
const PROCESSES = [
  times('socket_queue', 'receive', 30_000_000, 48_000_000, { process: 'orders[812]' }),
  times('socket_queue', 'receive', 40_000, 90_000, { process: 'nginx[640]' }),
];

/** Fast packets in every column, slow ones in the last ten; a hole where nothing was measured. */
function heatmap(stage) {
  const now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const columns = Array.from({ length: 120 }, (_, i) => {
    const hole = i > 40 && i < 50;
    const slow = i >= 110;
    return {
      at: new Date(now - (120 - i) * STEP_MS).toISOString(),
      counts: LOWER.map((_, row) => (hole ? 0 : row === 8 ? 30 : slow && row === 17 ? 3 : 0)),
      p50_ns: hole ? null : 80_000,
      p95_ns: hole ? null : slow ? 40_000_000 : 110_000,
      p99_ns: hole ? null : slow ? 48_000_000 : 120_000,
      max_ns: hole ? null : slow ? 48_000_000 : 120_000,
    };
  });
  return { stage, step_ms: STEP_MS, lower_ns: LOWER, columns };
}
const JOURNEY = {
  id: '4a1f',
  timestamp: new Date().toISOString(),
  kept: 'slow',
  protocol: 'tcp',
  src_ip: '10.0.0.9',
  src_port: 40532,
  dst_ip: '10.0.0.2',
  dst_port: 8080,
  duration_ns: 48_012_000,
  slowest_stage: 'socket_queue',
  slowest_ns: 48_000_000,
  process: 'orders[812]',
  end: 'read',
  stages: [],
};

async function show(page, { stages = STAGES, refusal } = {}, path = '/latency') {
  const asked = [];
  const json = (body) => ({ contentType: 'application/json', body: JSON.stringify(body) });
  await page.route(/\/api\/(latency|journeys)/, (route) => {
    const url = new URL(route.request().url());
    const q = Object.fromEntries(url.searchParams);
    asked.push({ path: url.pathname, ...q });
    if (refusal) return route.fulfill(refusal);
    if (url.pathname === '/api/latency/heatmap') return route.fulfill(json(heatmap(q.stage)));
    if (url.pathname === '/api/journeys') return route.fulfill(json([JOURNEY]));
    return route.fulfill(
      json({
        follow_one_in: 64,
        as_of: new Date().toISOString(),
        stages: q.by === 'process' ? PROCESSES : stages,
        missing: MISSING,
        book: {},
      }),
    );
  });
  await page.goto(new URL(path, page.url()).href);
  await ready(page);
  return asked;
}

const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

test('The page says at once which part is slow, since when, and for whom', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page);
  await page.waitForSelector('.heat canvas');
  assert.equal(
    plain(await page.locator('[data-field="latency.headline"]').innerText()),
    'The slowest part of the last 4 min is “Waiting in the socket”: 99 % of the packets took at most 48 ms.',
  );
  assert.match(
    plain(await page.locator('[data-field="heat.sentence"]').innerText()),
    /^Waiting in the socket, newest column: half of the packets took at most 80 µs, 99 % at most 48 ms; the worst column was P99 48 ms at \d\d:\d\d:\d\d\./,
  );
  assert.equal(await value(page, 'netfilter.p99_ns'), 4_000);
  assert.match(await page.locator('.process-panel tbody tr').first().innerText(), /orders\[812\]/);
  assert.ok(asked.some((q) => q.path === '/api/latency' && q.by === 'process' && q.filter === 'stage == socket_queue'));
});

test('A part that is not measured here is grey and says why', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page);
  const tc = page.locator('[data-stage=tc]');
  await tc.waitFor();
  assert.equal(await tc.isDisabled(), true);
  assert.match(await page.locator('.stage-list').first().innerText(), /Not measured here[\s\S]*no tcx/);
});

test('Another part has its own picture and address, and the table has its numbers', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page);
  await page.locator('[data-stage=netfilter]').click();
  await page.waitForURL(/stage=netfilter/);
  await until('its picture', 5 * SECOND, () =>
    asked.some((q) => q.path.endsWith('heatmap') && q.stage === 'netfilter'),
  );
  await page.getByRole('button', { name: '1 h', exact: true }).click();
  await until('the longer window', 5 * SECOND, () => asked.some((q) => q.path.endsWith('heatmap') && q.since === '1h'));
  await page.locator('.heat-panel').getByRole('button', { name: 'Show as table' }).click();
  const rows = page.locator('.heat-panel tbody tr');
  assert.equal(await rows.count(), 111, 'columns without a measurement have no row');
});

test('Dragging over cells asks for the packets behind them; the keyboard does the same', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page);
  await page.waitForSelector('.heat canvas');
  const box = await page.locator('.heat canvas').boundingBox();
  await page.mouse.move(box.x + box.width - 30, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 5, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector('.behind .journeys a');
  const question = asked.find((q) => q.path === '/api/journeys');
  assert.match(question.filter, /^slowest_stage == socket_queue and slowest_ns >= \d+/);
  assert.ok(Date.parse(question.until) > Date.parse(question.since));
  assert.match(await page.locator('.behind').innerText(), /orders\[812\]/);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.waitForSelector('.behind', { state: 'detached' });
  await page.locator('.heat').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.behind .journeys a');
  await page.locator('.behind .journeys a').first().click();
  await page.waitForSelector('main[data-page=journey]');
  assert.equal(new URL(page.url()).searchParams.get('journey'), '4a1f');
});

test('Where nothing is measured the page says why', async (t) => {
  const { page } = await open(t, browser, '/', { allowed: [/503/] });
  await show(page, {
    refusal: {
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 503, code: 'JOPIL-110', title: 'This kernel has no BTF type data', detail: 'x' }),
    },
  });
  await page.waitForSelector('[data-field=unavailable][data-code="JOPIL-110"]');
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`At ${size}, ${colorScheme}, nothing is cut off and axe finds nothing serious`, async (t) => {
      const { page } = await open(t, browser, '/', { viewport, colorScheme, reducedMotion: 'reduce' });
      await show(page);
      await page.waitForSelector('.heat canvas');
      await page.waitForSelector('.process-panel tbody tr');
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
    });
  }
}
