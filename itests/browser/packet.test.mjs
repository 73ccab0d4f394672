// SPDX-License-Identifier: Apache-2.0
// One packet: which bytes a layer has, and what its window means; tshark says both too.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  api,
  axe,
  base,
  clipped,
  DESKTOP,
  launch,
  open,
  order,
  PHONE,
  ready,
  rows,
  SECOND,
  ticks,
  token,
  until,
  value,
} from './harness.mjs';

const KINDS = ['tcp', 'vlan and udp', 'icmp', 'arp', 'ip6'];

const packetsOf = async (filter, limit) =>
  (await api(`/api/packets?limit=${limit}&filter=${encodeURIComponent(filter)}`)).json;

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
  for (const kind of KINDS) await until(kind, 10 * SECOND, async () => (await packetsOf(kind, 1)).length > 0);
  // the newest few thousand are kept: nothing may push out the ones that are looked at
  await order('quiet');
});
after(() => browser.close());

async function show(page, packet) {
  await page.goto(`${base}/packets?f=${encodeURIComponent(`id == ${packet.id}`)}`);
  await ready(page);
  await rows(page);
  await page
    .locator('.grid-row')
    .first()
    .click({ position: { x: 3, y: 12 } });
  await page.waitForSelector('.detail h2');
}

/** Hexadecimal digits that are marked. */
const marked = async (page) =>
  (await page.locator('.hex pre > span > .bytes.marked').allInnerTexts()).join('').replace(/\s/g, '');

/** Every layer of a packet with its place, outermost first: as the tree calls it. */
function placesOf(packet, depth = 0) {
  const own = Object.entries(packet.positions ?? {}).flatMap(([name, position]) =>
    [position]
      .flat()
      .map((p, i, all) => [all.length > 1 ? `${name}[${i}]` : name, p])
      .filter(([, p]) => p)
      .map(([called, p]) => ({ key: `${depth}.${called}`, ...p })),
  );
  return packet.inner ? [...own, ...placesOf(packet.inner, depth + 1)] : own;
}

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  test(`At ${size} a layer marks its bytes and a byte its layer`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    for (const kind of KINDS) {
      const [packet] = await packetsOf(kind, 1);
      await show(page, packet);
      const places = placesOf(packet);
      assert.ok(places.length >= 2, JSON.stringify(packet.positions));
      for (const { key, offset, length } of places) {
        const layer = page.locator(`.tree [data-place="${key}"]`);
        const bytes = packet.captured_hex.slice(2 * offset, 2 * (offset + length));
        await layer.locator('summary').first().focus();
        assert.equal(await marked(page), bytes, `${key} by focus`);
        await page.locator('.detail h2').click();
        await page.evaluate(() => document.activeElement.blur());
        await layer.locator('summary').first().hover();
        await until(`${key} by the pointer`, 2 * SECOND, async () => (await marked(page)) === bytes);
        assert.match(await layer.getAttribute('class'), /\bmarked\b/);
        await page.locator('.detail h2').hover();
        await until('nothing marked', 2 * SECOND, async () => (await marked(page)) === '');
        const byte = page.locator(`.hex pre > span > .bytes[data-of="${key}"]`).first();
        assert.equal((await byte.innerText()).replace(/\s/g, '').slice(0, 2), bytes.slice(0, 2));
        await byte.click();
        await until(`${key} by its byte`, 2 * SECOND, async () => /\bmarked\b/.test(await layer.getAttribute('class')));
        assert.equal(await page.locator('.tree .layer.marked').count(), 1);
        assert.equal(await marked(page), bytes);
        assert.ok(await layer.locator('summary').first().isVisible());
        await byte.click();
        await until('none again', 2 * SECOND, async () => (await marked(page)) === '');
      }
      await page.locator('.hex pre > span > .bytes').last().click();
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
    }
  });
}

/** What tshark says of the windows of a connection whose SYNs it saw: by ports, numbers and flags. */
function windowsBy(file) {
  const fields = ['srcport', 'seq_raw', 'ack_raw', 'flags', 'len', 'window_size_value', 'window_size'].flatMap((f) => [
    '-e',
    `tcp.${f}`,
  ]);
  const out = execFileSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields], { encoding: 'utf8' });
  const windows = new Map();
  for (const line of out.trim().split('\n')) {
    const columns = line.split('\t');
    const window = Number(columns.pop());
    windows.set(columns.join(' '), window);
  }
  return windows;
}

const keyOf = ({ tcp }) =>
  ['srcport', 'seq_raw', 'ack_raw', 'flags', 'len', 'window_size_value'].map((field) => tcp[`tcp.${field}`]).join(' ');

test('The window of a packet is scaled as tshark scales it, once the SYNs of its flow were seen; of a SYN it is not', async (t) => {
  const { name, port } = await order('loop');
  const path = `/api/interfaces/${name.split('/').map(encodeURIComponent).join('/')}`;
  const attached = await api(`${path}/attach`, {
    method: 'POST',
    body: '{"mode":"tcx"}',
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(attached.status, 200, attached.text);
  t.after(() => api(`${path}/detach`, { method: 'POST' }));
  const query = new URLSearchParams({ interface: name, filter: `tcp port ${port}`, seconds: 30 });
  const capture = await fetch(`${base}/api/capture?${query}`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(capture.status, 200);
  await order('talk');
  const ended = await api(`/api/capture/${capture.headers.get('x-capture')}`, { method: 'DELETE' });
  assert.equal(ended.status, 204, ended.text);
  const folder = mkdtempSync(join(tmpdir(), 'window'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'talk.pcapng');
  writeFileSync(file, Buffer.from(await capture.arrayBuffer()));
  const windows = windowsBy(file);

  const filter = `tcp port ${port} and interface == ${name}`;
  const packets = await until('its packets', 10 * SECOND, async () => {
    const all = await packetsOf(filter, 100);
    return all.length >= 6 && all;
  });
  const plain = packets.filter((p) => !p.tcp['tcp.flags.syn']);
  const toServer = plain.filter((p) => p.dst_port === port).slice(0, 3);
  const toClient = plain.filter((p) => p.src_port === port).slice(0, 3);
  assert.ok(toServer.length > 0 && toClient.length > 0);
  const { page } = await open(t, browser, '/');
  let scaled = 0;
  for (const packet of [...toServer, ...toClient]) {
    await show(page, packet);
    await page.locator('.tree [data-field="tcp.window_size"]').waitFor();
    const shown = await value(page, 'tcp.window_size');
    assert.equal(shown, windows.get(keyOf(packet)), JSON.stringify(packet.tcp));
    if (shown !== packet.tcp['tcp.window_size_value']) scaled++;
  }
  assert.ok(scaled > 0, 'the kernel scales');
  assert.deepEqual(await clipped(page), []);
  const link = page.locator('.tree a', { hasText: 'its flow' });
  await link.click();
  await page.waitForSelector('.drawer h2');
  assert.match(await page.locator('.drawer h2').innerText(), new RegExp(`:${port}`));

  const syn = packets.find((p) => p.tcp['tcp.flags.syn']);
  assert.ok(syn, 'the SYN was seen');
  await show(page, syn);
  await ticks(page, 3);
  assert.equal(await value(page, 'tcp.window_size_value'), syn.tcp['tcp.window_size_value']);
  assert.equal(await page.locator('.tree [data-field="tcp.window_size"]').count(), 0);
});
