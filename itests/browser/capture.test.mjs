// SPDX-License-Identifier: Apache-2.0
// A capture from the page: begun, watched, stopped, saved, refused; with real traffic, and tshark to read the file.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
  until,
  value,
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

const captures = async () => (await api('/api/reports/captures')).json.rows;
const drawer = (page) => page.getByRole('complementary', { name: 'Capture' });
const shown = (page, field) => value(page, `capture.${field}`);

/** The fields of every frame that tshark finds, by column. */
async function read(download, ...fields) {
  const words = fields.flatMap((field) => ['-e', field]);
  const out = execFileSync('tshark', ['-n', '-r', await download.path(), '-T', 'fields', ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

async function openDrawer(page) {
  await page.getByRole('button', { name: 'Capture…', exact: true }).click();
  await drawer(page).waitFor();
}

const ended = (page) => page.waitForSelector('.capture-progress[data-phase=ended]', { timeout: 20 * SECOND });

/** As many frames as the page says, and the page says what the server has written down. */
async function assertWhole(page, download, ...fields) {
  const number = Number(await page.locator('.capture-progress').getAttribute('data-number'));
  const row = (await captures()).find((r) => r.number === number);
  assert.equal(row.running, false);
  assert.equal(row.matched, row.written + row.ring_full + row.not_written + row.beyond, JSON.stringify(row));
  assert.equal(await shown(page, 'matched'), row.matched);
  assert.equal(await shown(page, 'written'), row.written);
  assert.equal(await shown(page, 'lost'), row.ring_full + row.not_written);
  assert.equal(await shown(page, 'bytes'), row.written_bytes);
  assert.match(row.who, /^admin in a browser from /);
  assert.match(download.suggestedFilename(), /^jopil-[\w.-]+\.pcapng$/);
  const frames = await read(download, 'frame.number', 'frame.cap_len', 'frame.len', ...fields);
  assert.equal(frames.length, row.written, 'frames in the file');
  return { row, frames };
}

test('From the keyboard: the filter of the page, so many frames, no payload, and tshark reads as many', async (t) => {
  const { page } = await open(t, browser, '/packets?f=udp');
  await rows(page);
  await page.getByRole('button', { name: 'Capture…', exact: true }).focus();
  await page.keyboard.press('Enter');
  await drawer(page).waitFor();
  const field = drawer(page).getByLabel('Filter');
  assert.equal(await field.inputValue(), 'udp', 'the filter of the page');
  assert.equal(await drawer(page).getByLabel('Headers alone').isChecked(), true);
  const asked = drawer(page).getByLabel('At most, frames');
  const reached = [];
  for (let i = 0; i < 30 && !reached.includes('Capture'); i++) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.type));
    if (await asked.evaluate((e) => e === document.activeElement)) await page.keyboard.type('50');
  }
  assert.ok(reached.includes('checkbox') && reached.includes('radio') && reached.includes('Capture'), `${reached}`);
  assert.equal(await asked.inputValue(), '50');
  const coming = page.waitForEvent('download', { timeout: 20 * SECOND });
  await page.keyboard.press('Enter');
  const download = await coming;
  await ended(page);
  const { row, frames } = await assertWhole(page, download, 'udp.srcport', 'ip.proto', 'ipv6.nxt');
  assert.equal(row.written, 50);
  assert.equal(row.filter, 'udp');
  assert.equal(row.snaplen_bytes, 0);
  assert.deepEqual(
    frames.filter(([, kept, , ...layers]) => Number(kept) > 14 + 60 + 8 || layers.join('') === ''),
    [],
    'UDP, and headers alone',
  );
  assert.ok(
    frames.some(([, kept, whole]) => Number(whole) > Number(kept)),
    'there was payload',
  );
  const listed = drawer(page).locator(`.captures li[data-number="${row.number}"]`);
  await listed.waitFor();
  await until('the list', 5 * SECOND, async () => (await listed.innerText()).includes('50 written'));
  assert.match(await listed.innerText(), /udp[^]*headers[^]*admin in a browser from/);
  await page.keyboard.press('Escape');
  await drawer(page).waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).searchParams.get('capture'), null);
});

test('The counts grow as the server counts, go on on another page, and Stop ends it with a whole file', async (t) => {
  const { page } = await open(t, browser, '/packets');
  await rows(page);
  await openDrawer(page);
  await drawer(page).getByLabel('Filter').fill('tcp or udp');
  await drawer(page).getByLabel('Payload too, up to').check();
  await drawer(page).getByLabel('Bytes kept of each frame').fill('90');
  assert.match(await drawer(page).innerText(), /Payload can hold passwords/);
  await drawer(page).getByRole('button', { name: 'Capture', exact: true }).click();
  const first = await until('the first frames', 10 * SECOND, () => shown(page, 'written'));
  await until('more frames', 10 * SECOND, async () => (await shown(page, 'written')) > first);
  const [row] = await captures();
  assert.equal(row.running, true);
  assert.ok((await shown(page, 'written')) <= row.written, 'never more than there are');
  assert.ok((await shown(page, 'bytes')) > 0);

  await page.getByRole('link', { name: 'Overview' }).click();
  await page.waitForSelector('main[data-page=overview]');
  assert.equal((await captures())[0].running, true, 'another page of it does not end it');
  await page.goBack();
  await drawer(page).waitFor();

  const coming = page.waitForEvent('download', { timeout: 20 * SECOND });
  await drawer(page).getByRole('button', { name: 'Stop', exact: true }).click();
  const download = await coming;
  await ended(page);
  const whole = await assertWhole(page, download);
  assert.match(whole.row.end, /^stopped by admin in a browser from /);
  assert.equal(whole.row.snaplen_bytes, 90);
  assert.ok(whole.frames.length > first);
  assert.ok(
    whole.frames.every(([, kept]) => Number(kept) <= 90),
    'cut where it was said',
  );
  const again = page.waitForEvent('download');
  await drawer(page)
    .getByRole('button', { name: /^Save .* again$/ })
    .click();
  assert.equal((await read(await again, 'frame.number')).length, whole.frames.length);
  assert.deepEqual(await clipped(page), []);
});

test('A bad filter is told with its column, in the words of the server, and nothing begins', async (t) => {
  const { page } = await open(t, browser, '/packets', { allowed: [/status of 400/] });
  await rows(page);
  const before = (await captures()).length;
  await openDrawer(page);
  for (const filter of ['tcp prot 80', 'bytes > 1000']) {
    const field = drawer(page).getByLabel('Filter');
    await field.fill(filter);
    await field.press('Enter');
    const where = (await api('/api/interfaces')).json.find((i) => i.attached).name;
    const query = new URLSearchParams({ interface: where, filter });
    const problem = (await api(`/api/capture?${query}`)).json;
    const told = page.locator('#capture-problem');
    await until('the text', 5 * SECOND, async () => {
      const text = await told
        .locator('[data-field=detail]')
        .innerText()
        .catch(() => '');
      return text === problem.detail;
    });
    assert.equal(await told.getAttribute('data-column'), String(problem.column));
    const caret = await told.locator('pre').evaluate((e) => e.textContent.split('\n')[1]);
    assert.equal(caret.indexOf('^') + 1, problem.column);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.deepEqual(await clipped(page), []);
  }
  assert.equal((await captures()).length, before);
});

test('A viewer reads why not and who captured, and is refused by the server', async (t) => {
  const { json } = await api('/api/tickets', {
    method: 'POST',
    body: '{"role":"viewer"}',
    headers: { 'Content-Type': 'application/json' },
  });
  const before = await captures();
  const { page } = await open(t, browser, `/?ticket=${json.ticket}`, { signedIn: false, allowed: [/status of 403/] });
  await ready(page);
  await page.goto(`${base}/packets?capture=1`);
  await rows(page);
  const notice = page.locator('[data-field="capture.refused"]');
  await notice.waitFor();
  assert.match(await notice.innerText(), /viewer token[^]*admin's token[^]*jopil token/);
  assert.equal(await drawer(page).locator('form').count(), 0);
  assert.equal(await drawer(page).getByRole('button', { name: 'Stop' }).count(), 0);
  assert.ok((await drawer(page).locator('.captures li').count()) > 0);
  const where = (await api('/api/interfaces')).json.find((i) => i.attached).name;
  const status = await page.evaluate(
    async (name) => (await fetch(`/api/capture?interface=${encodeURIComponent(name)}`, { method: 'POST' })).status,
    where,
  );
  assert.equal(status, 403);
  assert.equal((await captures()).length, before.length);
  assert.deepEqual(await axe(page), []);
});

test('Closing the page ends its capture', async (t) => {
  const { page } = await open(t, browser, '/packets');
  await rows(page);
  await openDrawer(page);
  await drawer(page).getByLabel('Filter').fill('udp port 7');
  await drawer(page).getByRole('button', { name: 'Capture', exact: true }).click();
  await page.waitForSelector('.capture-progress[data-phase=running]');
  const [{ number }] = await captures();
  await page.close();
  const row = await until('its end', 15 * SECOND, async () =>
    (await captures()).find((r) => r.number === number && !r.running),
  );
  assert.match(row.end, /^its reader has gone/);
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`The drawer at ${size}, ${colorScheme}: nothing is cut off, and axe finds nothing serious`, async (t) => {
      const { page } = await open(t, browser, '/packets?capture=1', { viewport, colorScheme, reducedMotion: 'reduce' });
      await drawer(page).locator('.captures li').first().waitFor();
      await drawer(page).getByLabel('Payload too, up to').check();
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
    });
  }
}
