// SPDX-License-Identifier: Apache-2.0
// The question in the top bar and the verdict, with told answers, so that every case is seen on every kernel.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, clipped, DESKTOP, launch, open, PHONE, ready, SECOND, until } from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const ANSWER = {
  question: '8080',
  verdict: 'firewall',
  sentence: 'nft dropped 214 packets to port 8080 in the input hook of jopil-demo-orders.',
  level: 'bad',
  evidence: [
    {
      text: '214 packets to port 8080 dropped in the last 60 s: NETFILTER_DROP in nft_do_chain on jopil-demo-orders/eth0.',
      report: 'drop-events',
      filter: '(src_port == 8080 or dst_port == 8080) and reason == NETFILTER_DROP',
    },
    {
      text: 'At this place in all: 4,812 packets since JOPIL started.',
      report: 'drops',
      filter: 'reason == NETFILTER_DROP and namespace == jopil-demo-orders',
    },
    { text: '8 flows active in the last 60 s.', report: 'flows', filter: 'src_port == 8080 or dst_port == 8080' },
    { text: 'orders[812] listens on TCP port 8080.', report: 'tcp', filter: 'state == listen' },
    { text: 'Besides: packets wait 48 ms for orders[812] to read.', report: 'latency', filter: 'port == 8080' },
  ],
  next: {
    text: 'See what does it:',
    command: 'ip netns exec jopil-demo-orders nft -a list ruleset | grep -B2 -A20 "hook input"',
  },
  missing: ['journeys: not measured here.'],
};
const ITEMS = {
  as_of: new Date().toISOString(),
  items: [
    { sentence: ANSWER.sentence, level: 'bad', kind: 'firewall', question: '8080', link: 'drops' },
    {
      sentence: 'CPU 0 has 98 % of the packets, 1 other the rest.',
      level: 'warn',
      kind: 'uneven-cpus',
      question: null,
      link: 'cpus',
    },
  ],
  text: '2 things stand out.',
};

async function told(t, path, options, standsOut = ITEMS) {
  const opened = await open(t, browser, path, options);
  await opened.context.route('**/api/why?*', (route) => route.fulfill({ json: ANSWER }));
  await opened.context.route('**/api/stands-out', (route) => route.fulfill({ json: standsOut }));
  await opened.page.reload();
  await ready(opened.page);
  return opened;
}

test('w goes to the question, Enter asks, the verdict has evidence and a command, Esc closes it', async (t) => {
  const { page } = await told(t, '/flows', {});
  await page.keyboard.press('w');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'why-input');
  await page.keyboard.type('8080');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Why port 8080?' });
  await dialog.getByText(ANSWER.sentence).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('why'), '8080');
  assert.equal(await dialog.locator('[data-field=next_command]').innerText(), ANSWER.next.command);
  for (const { text } of ANSWER.evidence) await dialog.getByText(text).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).search, '');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'why-input', 'the focus is back');
});

test('What stands out is above the fold, a click asks why, evidence leads to its rows, back leads to the verdict', async (t) => {
  const { page } = await told(t, '/', {});
  const list = page.locator('[data-field=stands_out]');
  await list.waitFor();
  const box = await list.boundingBox();
  assert.ok(box.y + box.height <= DESKTOP.height, JSON.stringify(box));
  await list.getByText(ANSWER.sentence).click();
  await page.getByRole('dialog', { name: 'Why port 8080?' }).locator('a[data-report=drops]').click();
  await page.waitForSelector('main[data-page=drops]');
  assert.equal(new URL(page.url()).searchParams.get('f'), ANSWER.evidence[1].filter);
  await page.goBack();
  await page.getByRole('dialog', { name: 'Why port 8080?' }).waitFor();
});

test('Single drops are shown beside their rows; the command is the second choice', async (t) => {
  const { page } = await told(t, '/?why=8080', {});
  const asked = [];
  await page.route('**/api/drops/events?*', (route) => {
    asked.push(new URL(route.request().url()).searchParams.get('filter'));
    return route.fulfill({ json: [] });
  });
  const [first] = ANSWER.evidence;
  const evidence = page.getByRole('dialog').locator('li', { hasText: first.text });
  assert.equal(await evidence.getByRole('button', { name: 'Copy command' }).count(), 1);
  await evidence.getByRole('link', { name: 'Show' }).click();
  await page.waitForSelector('main[data-page=drops]');
  assert.equal(new URL(page.url()).searchParams.get('f'), 'reason == NETFILTER_DROP');
  const drawer = page.getByRole('complementary', { name: 'Last dropped packets' });
  await drawer.getByText(first.filter).waitFor();
  await until('its packets', 5 * SECOND, () => asked.includes(first.filter));
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
});

test('That nothing stands out is said', async (t) => {
  const { page } = await told(t, '/', {}, { as_of: ITEMS.as_of, items: [], text: 'Nothing stands out.' });
  await page.getByText('Nothing stands out.').waitFor();
});

test('What nobody knows is answered with what could be asked', async (t) => {
  const { page } = await open(t, browser, '/?why=ngnix', { allowed: [/status of 400/] });
  await ready(page);
  const alert = page.getByRole('dialog').getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /Nothing here is called 'ngnix'/);
});

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`The verdict at ${size}, ${colorScheme}: nothing cut off, nothing that axe calls serious`, async (t) => {
      const { page } = await told(t, '/?why=8080', { viewport, colorScheme, reducedMotion: 'reduce' });
      const dialog = page.getByRole('dialog');
      await dialog.getByText(ANSWER.sentence).waitFor();
      await until('it to stand', 2 * SECOND, async () => (await dialog.boundingBox()) !== null);
      assert.deepEqual(await clipped(page), []);
      assert.deepEqual(await axe(page), []);
      if (viewport === DESKTOP) {
        const scrolls = await dialog.evaluate((e) =>
          [e, ...e.querySelectorAll('*')].some(
            (x) =>
              x.scrollHeight > x.clientHeight + 1 && x.clientHeight > 0 && getComputedStyle(x).overflowY !== 'visible',
          ),
        );
        assert.equal(scrolls, false, 'the verdict scrolls');
      }
    });
  }
}
