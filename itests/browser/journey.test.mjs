// SPDX-License-Identifier: Apache-2.0
// The Journey page: its picture is the API's sums, told answers for what a kernel may not show, the keyboard.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  api,
  axe,
  clipped,
  DESKTOP,
  launch,
  open,
  order,
  PHONE,
  pointAway,
  ready,
  SECOND,
  until,
  value,
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

const at = (ms) => new Date(ms).toISOString();
const place = { interface: 'eth0', namespace: 'host', cpu: 1, process: null, verdict: null };
const READ = {
  id: '4a1f',
  timestamp: at(Date.now()),
  kept: 'slow',
  protocol: 'tcp',
  src_ip: '10.0.0.9',
  src_port: 40532,
  dst_ip: '10.0.0.2',
  dst_port: 8080,
  tcp_flags: 'PSH,ACK',
  length: 1466,
  interface: 'eth0',
  interfaces: ['eth0', 'br0'],
  namespace: 'host',
  duration_ns: 48_012_000,
  slowest_stage: 'socket_queue',
  slowest_ns: 48_000_000,
  end: 'read',
  end_text: 'the application read it',
  drop_reason: null,
  process: 'orders[812]',
  complete: true,
  followed: true,
  sentence: 'The kernel delivered in 9 µs; the packet then waited 48 ms for orders[812] to read.',
  reply_of: null,
  stages: [
    { ...place, stage: null, hook: 'napi_gro_receive_entry', at_ns: 0 },
    { ...place, stage: 'driver', hook: 'netif_receive_skb', at_ns: 1_000 },
    { ...place, stage: 'transport', hook: 'sk_data_ready', at_ns: 9_000 },
    { ...place, stage: 'socket_queue', hook: 'skb_copy_datagram_iovec', at_ns: 48_009_000, process: 'orders[812]' },
    { ...place, stage: 'copy', hook: 'tcp_rcv_space_adjust', at_ns: 48_012_000, process: 'orders[812]' },
  ],
};
const DROPPED = {
  ...READ,
  id: '4a20',
  kept: 'dropped',
  duration_ns: 9_000,
  slowest_stage: 'netfilter',
  slowest_ns: 8_000,
  end: 'dropped',
  end_text: 'dropped',
  drop_reason: 'NETFILTER_DROP',
  sentence: 'It was dropped in netfilter: NETFILTER_DROP.',
  process: null,
  stages: [
    ...READ.stages.slice(0, 2),
    { ...place, stage: 'netfilter', hook: 'kfree_skb', at_ns: 9_000, verdict: 'drop' },
  ],
};
const node = (id, stage = null) => {
  const [layer, name] = id.split(/[:/]/);
  return { id, layer, label: name.split('@')[0], stage };
};
const link = (source, target, packets, filter) => ({ source, target, packets, bytes: 100 * packets, filter });
const GRAPH = {
  as_of: at(Date.now()),
  exact: true,
  note: 'Each flow counts since it began.',
  nodes: [
    node('interface:eth0'),
    node('direction:forward'),
    node('network:IPv4'),
    node('transport:tcp'),
    node('process:nginx[812]'),
    node('process/unknown'),
    node('drop:NETFILTER_DROP@netfilter', 'netfilter'),
  ],
  links: [
    link('interface:eth0', 'direction:forward', 1000, 'interface == eth0 and packets_fwd > 0'),
    link('interface:eth0', 'drop:NETFILTER_DROP@netfilter', 7, 'reason == NETFILTER_DROP and interface == eth0'),
    link('direction:forward', 'network:IPv4', 1000, 'packets_fwd > 0 and ip_version == 4'),
    link('network:IPv4', 'transport:tcp', 1000, 'ip_version == 4 and protocol == tcp'),
    link('transport:tcp', 'process:nginx[812]', 900, 'protocol == tcp and process == "nginx[812]"'),
    link('transport:tcp', 'process/unknown', 100, 'protocol == tcp and not process ~ "."'),
  ],
};
const times = (stage, p50, p99) => ({
  stage,
  direction: 'receive',
  count: 12,
  p50_ns: p50,
  p95_ns: p99,
  p99_ns: p99,
  max_ns: p99,
});
const LATENCY = {
  follow_one_in: 64,
  as_of: at(Date.now()),
  stages: [times('transport', 4_000, 11_000), times('socket_queue', 60_000, 48_000_000)],
  missing: [{ stage: 'tc', direction: 'receive', reason: 'this kernel has no tcx' }],
};

/** The server's answers from now on. */
async function tell(page, { graph = GRAPH, journeys = [READ, DROPPED], refusal } = {}) {
  const asked = [];
  const json = (body, headers) => ({ contentType: 'application/json', headers, body: JSON.stringify(body) });
  await page.route(/\/api\/journeys/, (route) => {
    const url = new URL(route.request().url());
    const filter = url.searchParams.get('filter') ?? '';
    asked.push(url.pathname + url.search);
    if (url.pathname.endsWith('/graph')) return route.fulfill(json(graph));
    if (refusal) return route.fulfill(refusal);
    const id = /journeys\/(\w+)$/.exec(url.pathname)?.[1];
    if (id) {
      const found = journeys.find((j) => j.id === id);
      return route.fulfill(found ? json(found) : { status: 404, contentType: 'application/problem+json', body: '{}' });
    }
    const kept = /kept == (\w+)/.exec(filter)?.[1];
    const rows = journeys.filter((j) => !kept || j.kept === kept);
    return route.fulfill(json(rows, { 'X-Total-Count': String(rows.length) }));
  });
  await page.route(/\/api\/flows(\?|$)/, (route) => route.fulfill(json([], { 'X-Total-Count': '0' })));
  await page.route(/\/api\/latency(\?|$)/, (route) => route.fulfill(json(LATENCY)));
  return asked;
}

async function show(page, answers, path = '/journey') {
  const asked = await tell(page, answers);
  await page.goto(new URL(path, page.url()).href);
  await ready(page);
  return asked;
}

const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ');
const sum = (rows, read) => rows.reduce((n, row) => n + read(row), 0);

/** Of the picture with the flows: by interface, and each band with what its filter shows. */
async function disagreements() {
  const flowsOf = async (filter) =>
    (await api(`/api/flows?since=60s&limit=10000&filter=${encodeURIComponent(filter)}`)).json;
  const { links } = (await api('/api/journeys/graph?metric=packets')).json;
  const found = [];
  const compare = (what, drawn, counted) =>
    drawn !== counted && found.push(`${what}: ${drawn} drawn, ${counted} counted`);
  const outOf = links.filter((l) => l.source.startsWith('interface') && !l.target.startsWith('drop'));
  const flows = await flowsOf('');
  for (const unit of ['packets', 'bytes']) {
    compare(
      unit,
      sum(outOf, (l) => l[unit]),
      sum(flows, (f) => f[unit]),
    );
  }
  const layers = flows.some((f) => 'process' in f) ? /^(transport|process)/ : /^transport/;
  for (const l of links.filter((one) => layers.test(one.target))) {
    compare(
      l.filter,
      l.packets,
      sum(await flowsOf(l.filter), (f) => f.packets),
    );
  }
  return flows.length > 0 ? found : ['no flow'];
}

test('The links of the interfaces add up to the flows, and every band’s filter shows its packets', async () => {
  await order('traffic');
  await until('flows', 10 * SECOND, async () => (await api('/api/flows?limit=1')).json.length > 0);
  await order('quiet');
  // the last packets are in their flows after the next looks at the kernel's table
  let wrong;
  await until('sums that agree', 20 * SECOND, async () => (wrong = await disagreements()).length === 0).catch(
    (error) => {
      assert.deepEqual(wrong, [], error.message);
    },
  );
  await order('traffic');
});

test('A band says what it carries, leads to its flows, and its counts are the API’s', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page);
  await page.waitForSelector('.sankey .band');
  const bands = await page
    .locator('.band')
    .evaluateAll((all) => all.map((band) => [band.dataset.link, Number(band.dataset.value)]));
  assert.deepEqual(new Map(bands), new Map(GRAPH.links.map((l) => [`${l.source} ${l.target}`, l.packets])));
  assert.match(
    plain(await page.locator('[data-field="graph.sentence"]').innerText()),
    /^1 k packets on 1 interface, counted since each flow began, 100 % IPv4, 100 % tcp, 90 % nginx\[812\]; 7 packets dropped, most by NETFILTER_DROP \(netfilter\)\.$/,
  );
  const pane = page.locator('.pane');
  await until(
    'times of the largest band',
    5 * SECOND,
    async () => (await pane.innerText()).includes('48 ms') || (await pane.innerText()).includes('48\u00a0ms'),
  );
  assert.match(plain(await pane.innerText()), /Traffic control\s+Not measured here/);
  await page.locator('.band', { has: page.locator('title', { hasText: 'dropped: NETFILTER_DROP' }) }).focus();
  await until('the drop in the pane', 5 * SECOND, async () => (await pane.innerText()).includes('NETFILTER_DROP'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('main[data-page=drops]');
  assert.equal(new URL(page.url()).searchParams.get('f'), 'reason == NETFILTER_DROP and interface == eth0');
});

test('The way of the pointer is lit, and the same numbers stand in a table', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page);
  await page.locator('[data-node="process/unknown"]').hover();
  await page.waitForSelector('.band.lit');
  const dim = await page.locator('.band.dim').evaluateAll((all) => all.map((band) => band.dataset.link));
  assert.deepEqual(dim.sort(), ['interface:eth0 drop:NETFILTER_DROP@netfilter', 'transport:tcp process:nginx[812]']);
  await pointAway(page);
  await page.locator('.picture').getByRole('button', { name: 'Show as table' }).click();
  const table = page.locator('.sankey-table');
  assert.equal(await table.locator('tbody tr').count(), GRAPH.links.length);
  assert.equal(
    sum(
      await table.locator('[data-field="link.packets"]').evaluateAll((all) => all.map((v) => Number(v.dataset.value))),
      (n) => n,
    ),
    sum(GRAPH.links, (l) => l.packets),
  );
});

test('One packet’s way is drawn to scale, with its sentence; a link leads to it', async (t) => {
  const { page } = await open(t, browser, '/');
  await show(page, {}, '/journey?journey=4a1f');
  const way = page.locator('.way');
  await way.waitFor();
  assert.equal(
    plain(await page.locator('[data-field="journey.sentence"]').innerText()),
    'The kernel delivered in 9 µs; the packet then waited 48 ms for orders[812] to read.',
  );
  const deltas = await way
    .locator('[data-field=delta_ns]')
    .evaluateAll((all) => all.map((v) => Number(v.dataset.value)));
  assert.deepEqual(deltas, [0, 1_000, 8_000, 48_000_000, 3_000]);
  const widths = await way.locator('.leg').evaluateAll((all) => all.map((leg) => leg.getBoundingClientRect().width));
  const track = await way
    .locator('.track')
    .first()
    .evaluate((element) => element.getBoundingClientRect().width);
  assert.ok(Math.abs(widths[3] / track - 48_000_000 / 48_012_000) < 0.01, String(widths));
  assert.match(await way.innerText(), /eth0 → br0/);
  await page.getByRole('button', { name: 'Dropped', exact: true }).click();
  await until('the dropped one', 5 * SECOND, async () =>
    (await page.locator('[data-field="journey.sentence"]').innerText()).includes('NETFILTER_DROP'),
  );
  assert.equal(await page.locator('.journeys li').count(), 1);
});

test('Where no packet can be followed the page says why, and the picture stays', async (t) => {
  const { page } = await open(t, browser, '/', { allowed: [/503/] });
  await show(page, {
    refusal: {
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 503, code: 'JOPIL-110', title: 'This kernel has no BTF type data', detail: 'x' }),
    },
  });
  await page.waitForSelector('[data-field=unavailable][data-code="JOPIL-110"]');
  assert.match(await page.locator('[data-field=unavailable]').innerText(), /Not measured here[\s\S]*no BTF type data/);
  await page.waitForSelector('.sankey .band');
});

test('While paused the picture and the packets stand still', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page);
  await page.waitForSelector('.sankey .band');
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-field=paused_text]');
  const before = asked.length;
  const packets = await value(page, 'duration_ns');
  await new Promise((resolve) => setTimeout(resolve, 3 * SECOND));
  assert.ok(asked.length - before <= 2, `${asked.length - before} questions while paused`);
  assert.equal(await value(page, 'duration_ns'), packets);
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`At ${size}, ${colorScheme}, nothing is cut off and axe finds nothing serious`, async (t) => {
      const { page } = await open(t, browser, '/', { viewport, colorScheme, reducedMotion: 'reduce' });
      await show(page, {}, '/journey?journey=4a20');
      await page.waitForSelector('.sankey .band');
      await page.waitForSelector('.way');
      await page.waitForSelector('.times');
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
    });
  }
}
