// SPDX-License-Identifier: Apache-2.0
// What the page shows is what the API says at the same sequence number.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, order, ready, rows, SECOND, ticks, until, value } from './harness.mjs';

let browser;
before(async () => {
  // the page has 1,000 rows at most: it begins with none
  await order('stop');
  await order('start');
  browser = await launch();
});
after(() => browser.close());

/** Everything on the screen that has a name, and the number of the snapshot that it belongs to. */
const onScreen = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            const fields = {};
            for (const e of document.querySelectorAll('[data-field]')) {
              (fields[e.dataset.field] ??= []).push({ value: e.dataset.value ?? null, text: e.textContent });
            }
            resolve({ sequence: Number(document.body.dataset.sequence), fields });
          }),
        ),
      ),
  );

/** An object as the page names its fields: `interfaces.eth0.ingress.packets`. */
function flat(object, prefix = '', into = {}) {
  for (const [key, v] of Object.entries(object)) {
    if (v !== null && typeof v === 'object' && !Array.isArray(v)) flat(v, `${prefix}${key}.`, into);
    else into[prefix + key] = v;
  }
  return into;
}

/** Counters are written out in full. */
const WRITTEN_OUT = /^(total_packets|flow_count|protocols\.|cpus\.|interfaces\..*\.packets|ledger\.difference)/;

function compare(screen, said, where) {
  let compared = 0;
  for (const [field, shown] of Object.entries(screen.fields)) {
    if (!(field in said)) continue;
    for (const { value: raw, text } of shown) {
      const expected = said[field] === null ? null : String(said[field]);
      assert.equal(raw, expected, `${field} of ${where}, sequence ${screen.sequence}`);
      if (WRITTEN_OUT.test(field) && raw !== null) {
        assert.equal(text.replace(/\u202f/g, ''), raw, `text of ${field}`);
      }
      compared++;
    }
  }
  return compared;
}

test('Overview shows what the API and the messages say at the same sequence number', async (t) => {
  await order('traffic');
  const { page, messages } = await open(t, browser, '/');
  await ready(page);
  const answers = new Map();
  let asking = true;
  const asked = (async () => {
    while (asking) {
      const { json } = await api('/api/stats');
      answers.set(json.sequence, json);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  try {
    let byMessage = 0;
    let byAnswer = 0;
    let compared = 0;
    let last = 0;
    await until('ten snapshots on the screen', 40 * SECOND, async () => {
      const seen = messages.length;
      await until('a message', 5 * SECOND, () => messages.slice(seen).some((m) => m.type === 'timeseries_update'));
      const screen = await onScreen(page);
      const of = (type) => messages.find((m) => m.type === type && m.data.sequence === screen.sequence)?.data;
      const stats = of('stats_update');
      const point = of('timeseries_update');
      if (!stats || !point || screen.sequence === last) return false;
      assert.ok(screen.sequence > last, 'the sequence grows');
      last = screen.sequence;
      const rates = { ...point };
      // of the point these are named like other things of the statistics
      for (const key of ['protocols', 'cpus', 'sequence', 'flow_count', 'timestamp']) delete rates[key];
      compared += compare(screen, { ...flat(rates), ...flat(stats) }, 'the messages');
      byMessage++;
      const answer = answers.get(screen.sequence);
      if (answer) {
        compare(screen, flat(answer), '/api/stats');
        byAnswer++;
      }
      return byMessage >= 10 && byAnswer >= 5;
    });
    t.diagnostic(`${byMessage} snapshots, ${byAnswer} of them also by REST, ${compared} values, all equal`);
    assert.ok(compared / byMessage >= 25, `only ${compared / byMessage} values a snapshot`);
  } finally {
    asking = false;
    await asked;
  }
});

/** The rows in view with what their cells say. */
const shownRows = (page) =>
  page.evaluate(() => ({
    sequence: Number(document.querySelector('.grid')?.dataset.sequence),
    count: Number(document.querySelector('.grid')?.getAttribute('aria-rowcount')) - 1,
    total: Number(document.querySelector('[data-field="flows.total"]').dataset.value),
    rows: [...document.querySelectorAll('.grid-row')].map((row) => ({
      id: row.dataset.key,
      top: parseInt(row.style.top, 10),
      fields: Object.fromEntries(
        [...row.querySelectorAll('[data-field]')].map((e) => [e.dataset.field, e.dataset.value]),
      ),
    })),
  }));

const FIELDS = [
  'protocol',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'state',
  'interface',
  'packets',
  'bytes',
  'duration_ms',
];

function compareRow(row, flow) {
  assert.ok(flow, `the API knows flow ${row.id}`);
  for (const field of FIELDS) {
    const expected = flow[field] === null || flow[field] === undefined ? undefined : String(flow[field]);
    assert.equal(row.fields[field], expected, `${field} of flow ${row.id}`);
  }
}

/** Room for every column that is compared. */
const ALL_COLUMNS = { width: 1600, height: 720 };

test('Flows shows the rows of its message at the same sequence number', async (t) => {
  await order('traffic');
  const { page, messages } = await open(t, browser, '/flows', { viewport: ALL_COLUMNS });
  await rows(page);
  let snapshots = 0;
  let compared = 0;
  // the first rows are an answer by REST, of a moment later than the message with that number
  let last = (await shownRows(page)).sequence;
  await until('six snapshots of rows', 30 * SECOND, async () => {
    const screen = await shownRows(page);
    const said = messages.findLast((m) => m.type === 'flows_update' && m.data.sequence === screen.sequence)?.data;
    if (!said || screen.sequence === last) return false;
    last = screen.sequence;
    snapshots++;
    assert.equal(screen.total, said.total);
    assert.equal(screen.count, said.total);
    const byId = new Map(said.flows.map((f) => [String(f.id), f]));
    for (const row of screen.rows) {
      // a row that has left the list stays where it is until the order moves
      if (!byId.has(row.id)) continue;
      compareRow(row, byId.get(row.id));
      compared++;
    }
    return snapshots >= 6;
  });
  assert.ok(compared > 6 * 10, `${compared} rows`);
  t.diagnostic(`${snapshots} snapshots, ${compared} rows, ${FIELDS.length} cells each, all equal`);
});

test('On a link that has become quiet the sender, the totals and the sum of all rows agree', async (t) => {
  const sent = await order('quiet');
  const { page } = await open(t, browser, '/');
  await ready(page);
  await until(
    'all packets to be counted',
    10 * SECOND,
    async () => (await value(page, 'total_packets')) >= sent.packets,
  );
  await ticks(page, 2);
  assert.equal(await value(page, 'total_packets'), sent.packets, 'packets of the sender');
  assert.equal(await value(page, 'total_bytes'), sent.bytes, 'bytes of the sender');
  assert.equal(await value(page, 'ledger.difference'), 0);
  // ARP has no flows
  const arp = (await value(page, 'protocols.arp')) ?? 0;

  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await rows(page);
  const more = page.getByRole('button', { name: /^Show up to/ });
  const seen = new Map();
  const { count } = await shownRows(page);
  await until('every row to be scrolled by', 20 * SECOND, async () => {
    if (await more.isVisible()) await more.click();
    const { rows: inView } = await shownRows(page);
    inView.forEach((row) => seen.set(row.id, row));
    const bottom = Math.max(...inView.map((row) => row.top));
    await page.evaluate(
      ([to, all]) => {
        const grid = document.querySelector('.grid');
        const before = grid.scrollTop;
        grid.scrollTop = all ? 0 : to;
        // a row that changed its place meanwhile is met the next time
        if (grid.scrollTop === before) grid.scrollTop = 0;
      },
      [bottom, seen.size >= count],
    );
    return seen.size >= count;
  });
  const answer = await api('/api/flows?limit=100000');
  assert.equal(answer.json.length, count);
  const byId = new Map(answer.json.map((f) => [String(f.id), f]));
  let packets = 0;
  for (const [id, row] of seen) {
    const flow = byId.get(id);
    assert.equal(row.fields.packets, String(flow.packets), `packets of flow ${id}`);
    assert.equal(row.fields.bytes, String(flow.bytes), `bytes of flow ${id}`);
    packets += Number(row.fields.packets);
  }
  assert.equal(packets + arp, sent.packets, 'sum of all rows on the page and ARP');
  t.diagnostic(`${sent.packets} packets sent = total on the page = sum of ${seen.size} rows + ${arp} ARP`);
});
