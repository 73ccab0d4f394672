// SPDX-License-Identifier: Apache-2.0
// What packets and flows reveal, with told answers: inner layers, names of values, applications, hostile names.

import assert from 'node:assert/strict';
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
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
  await order('traffic');
});
after(() => browser.close());

const NOW = new Date().toISOString();

const TUNNEL = {
  id: 1,
  timestamp: NOW,
  interface: 'eth0',
  direction: 'ingress',
  src_ip: '10.0.0.1',
  src_port: 50123,
  dst_ip: '10.0.0.2',
  dst_port: 4789,
  protocol: 'udp',
  length: 128,
  ether_type: 0x0800,
  vlan_id: 10,
  inner_vlan: 20,
  ip_version: 4,
  info: 'VXLAN, vni 42',
  eth: { 'eth.dst': '00:00:5e:00:01:01', 'eth.src': '00:1b:21:00:00:01', 'eth.type': '0x88a8' },
  vlan: [
    { 'vlan.id': 10, 'vlan.etype': '0x8100' },
    { 'vlan.id': 20, 'vlan.etype': '0x0800' },
  ],
  ip: { 'ip.version': 4, 'ip.ttl': 64, 'ip.proto': 17, 'ip.src': '10.0.0.1', 'ip.dst': '10.0.0.2' },
  udp: { 'udp.srcport': 50123, 'udp.dstport': 4789, 'udp.length': 90 },
  vxlan: { 'vxlan.vni': 42 },
  inner: {
    eth: { 'eth.dst': '02:00:00:00:00:02', 'eth.src': '02:00:00:00:00:01', 'eth.type': '0x0800' },
    ip: { 'ip.version': 4, 'ip.proto': 1, 'ip.src': '192.168.7.1', 'ip.dst': '192.168.7.2' },
    icmp: { 'icmp.type': 3, 'icmp.code': 3 },
    names: { 'eth.type': 'IPv4', 'ip.proto': 'icmp', 'icmp.type': 'Destination Unreachable' },
    inner: {
      ip: { 'ip.proto': 17, 'ip.src': '192.168.7.2', 'ip.dst': '192.168.7.1' },
      udp: { 'udp.srcport': 33000, 'udp.dstport': 53 },
      names: { 'ip.proto': 'udp', 'udp.dstport': 'domain' },
    },
  },
  names: { 'eth.src': 'Intel Corporate', 'ip.proto': 'udp', 'udp.dstport': 'vxlan' },
  captured_hex: '00005e00010100 1b21000001 88a8'.replace(/ /g, '') + '45'.repeat(80),
};

const FLOW = {
  interface: 'eth0',
  namespace: '',
  protocol: 'tcp',
  src_ip: '10.0.0.9',
  dst_ip: '10.0.0.2',
  dst_port: 443,
  packets: 40,
  bytes: 12_000,
  packets_fwd: 20,
  packets_rev: 20,
  bytes_fwd: 4_000,
  bytes_rev: 8_000,
  first_seen: NOW,
  last_seen: NOW,
  duration_ms: 1200,
  state: 'established',
  end_reason: null,
  application: 'tls',
  application_source: 'jopil',
  unusual_port: false,
};

const HOSTILE = {
  markup: '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>',
  'right to left': '\u202egro.elpmaxe.www\u202d',
  long: `${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`,
};

const FLOWS = [
  { ...FLOW, id: 1, src_port: 1001, server_name: 'www.example.org' },
  { ...FLOW, id: 2, src_port: 1002, dst_port: 8443, application: 'ssh', server_name: null, unusual_port: true },
  ...Object.values(HOSTILE).map((server_name, i) => ({ ...FLOW, id: 10 + i, src_port: 2000 + i, server_name })),
  {
    ...FLOW,
    id: 20,
    src_port: 3000,
    application: null,
    application_source: null,
    server_name: null,
    unusual_port: null,
  },
];

/** The server's answers; what its live messages say of flows and packets is kept back. Returns the filters it was asked with. */
async function tell(page, { flows = FLOWS, packets = [TUNNEL], applications = () => [] }) {
  const asked = { flows: [], packets: [], applications: [] };
  const answer = (name, body) => (route) => {
    const parameters = new URL(route.request().url()).searchParams;
    const filter = parameters.get('filter') ?? '';
    asked[name].push(filter);
    const id = /^id == (\d+)$/.exec(filter)?.[1];
    const list = body(filter);
    const kept = id === undefined || !Array.isArray(list) ? list : list.filter((row) => String(row.id) === id);
    return route.fulfill({
      contentType: 'application/json',
      headers: { 'X-Total-Count': String(kept.length), 'X-Unfiltered-Count': String(kept.length) },
      body: JSON.stringify(kept),
    });
  };
  await page.route(
    /\/api\/flows(\?|$)/,
    answer('flows', () => flows),
  );
  await page.route(
    /\/api\/packets(\?|$)/,
    answer('packets', () => packets),
  );
  await page.route(
    /\/api\/reports\/applications/,
    answer('applications', (filter) => ({ name: 'applications', rows: applications(filter) })),
  );
  await page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (!/"(flows_update|new_packet)"/.test(String(message).slice(0, 200))) socket.send(message);
    });
  });
  return asked;
}

async function show(page, path, answers = {}) {
  const asked = await tell(page, answers);
  await page.goto(base + path);
  await ready(page);
  await rows(page);
  return asked;
}

const filterOf = (page) => new URL(page.url()).searchParams.get('f');

for (const [size, viewport] of [
  ['1280×720', DESKTOP],
  ['390×844', PHONE],
]) {
  test(`At ${size} the tree of a packet has every layer in its order, with names and what it carries`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    await show(page, '/packets');
    await page
      .locator('.grid-row')
      .first()
      .click({ position: { x: 3, y: 12 } });
    await page.waitForSelector('.detail h2');
    const names = await page.locator('.tree .layer > summary code').allInnerTexts();
    assert.deepEqual(names, [
      'frame',
      'eth',
      'vlan[0]',
      'vlan[1]',
      'ip',
      'udp',
      'vxlan',
      'eth',
      'ip',
      'icmp',
      'ip',
      'udp',
    ]);
    const inner = page.locator('.tree [data-field=inner]');
    const heads = await inner.locator(':scope > summary').allInnerTexts();
    assert.deepEqual(
      heads.map((text) => text.replace(/\s+/g, ' ').trim()),
      ['Carried: ICMP 192.168.7.1 → 192.168.7.2', 'Quoted: UDP 192.168.7.2:33000 → 192.168.7.1:53'],
    );
    assert.equal(await inner.first().locator('[data-field=inner]').count(), 1, 'the quoted is inside of the carried');
    const values = await page.locator('.tree dd').allInnerTexts();
    for (const text of [
      '17 (UDP)',
      '1 (ICMP)',
      '0x0800 (IPv4)',
      '00:1b:21:00:00:01 (Intel Corporate)',
      '53 (domain)',
    ]) {
      assert.ok(values.includes(text), `${text} in ${values}`);
    }
    assert.equal(await inner.locator('.pick').count(), 0, 'what is carried is no column of the list');
    assert.equal(await page.locator('.tree .layer', { hasText: 'names' }).count(), 0);
    assert.deepEqual(await clipped(page), []);
    assert.deepEqual(await axe(page), []);
    await page.locator('.tree [data-field=inner_vlan]', { hasText: /^20$/ }).last().click();
    await until('the filter', 5 * SECOND, () => filterOf(page) === 'inner_vlan == 20');
  });

  test(`At ${size} flows show what they speak and with whom, and hostile names stay text`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    await show(page, '/flows');
    const title = await page.title();
    const list = page.locator('.grid');
    const text = await list.innerText();
    if (viewport === DESKTOP) {
      const heads = (await page.getByRole('columnheader').allInnerTexts()).map((head) => head.trim());
      assert.ok(
        ['Application', 'Server name', 'Interface'].every((head) => heads.includes(head)),
        `${heads}`,
      );
    }
    assert.match(text, /tls/);
    assert.match(text, /www\.example\.org/);
    for (const [what, name] of Object.entries(HOSTILE)) {
      const cell = list.locator('.name', { hasText: name });
      assert.equal(await cell.count(), 1, `${what} as text`);
      assert.ok((await cell.getAttribute('title')).startsWith(name), `${what}: whole in the title`);
    }
    const whole = list.locator('.name', { hasText: /^(tls|ssh)$/ });
    assert.equal(await whole.count(), 5);
    assert.ok(await whole.evaluateAll((all) => all.every((e) => e.scrollWidth <= e.clientWidth)), 'short names whole');
    assert.equal(await list.getByText('odd port').count(), 1);
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.equal(await page.title(), title);
    assert.deepEqual(await clipped(page), []);
    assert.deepEqual(await axe(page), []);
  });

  test(`At ${size} the drawer of a flow tells all that its first bytes told`, async (t) => {
    const { page } = await open(t, browser, '/', { viewport });
    const details = {
      'tls.handshake.extensions_server_name': HOSTILE.markup,
      'tls.handshake.ja4': 't13d1516h2_8daaf6152771_e5627efa2ab1',
      'dns.a': ['192.0.2.1', '192.0.2.2'],
      'http.user_agent': HOSTILE.long,
    };
    const asked = await show(page, '/flows?flow=10', {
      applications: () => [{ application: 'tls', server_name: HOSTILE.markup, response_ns: 1_500_000, details }],
    });
    const told = page.locator('.drawer-application');
    await told.locator('.told').waitFor();
    const text = await told.innerText();
    for (const [name, value] of Object.entries(details)) {
      assert.ok(text.includes(name), name);
      assert.ok(text.includes(Array.isArray(value) ? value.join(', ') : value), `${name}: ${text}`);
    }
    assert.match(text.replace(/\s/g, ' '), /First answer after 1\.5\d? ms/);
    assert.match(text.replace(/\s/g, ' '), /Named by its reader/i);
    assert.equal(
      asked.applications[0],
      '((src_ip == 10.0.0.9 and src_port == 2000 and dst_ip == 10.0.0.2 and dst_port == 443)' +
        ' or (src_ip == 10.0.0.2 and src_port == 443 and dst_ip == 10.0.0.9 and dst_port == 2000))' +
        ' and protocol == tcp and interface == eth0',
    );
    const real = await api(`/api/reports/applications?limit=1&filter=${encodeURIComponent(asked.applications[0])}`);
    assert.equal(real.status, 200, real.text);
    assert.equal(await page.locator('.drawer img, .drawer script').count(), 0);
    assert.deepEqual(await clipped(page), []);
    assert.deepEqual(await axe(page), []);
  });
}

test('A click on an application, a server name or an odd port filters by it', async (t) => {
  const { page } = await open(t, browser, '/');
  for (const [field, clause] of [
    ['application', 'application == tls'],
    ['server_name', 'server_name == www.example.org'],
    ['unusual_port', 'unusual_port == true'],
  ]) {
    await page.unrouteAll();
    const asked = await show(page, '/flows');
    const cell = page.locator(`.grid-row [data-field=${field}][data-value]`).first();
    if (field === 'unusual_port') {
      assert.match(await cell.getAttribute('title'), /^ssh is registered at IANA, but not for port 8443\./);
    }
    await cell.click();
    await until(clause, 5 * SECOND, () => asked.flows.includes(clause));
    assert.equal(filterOf(page), clause);
    assert.equal((await api(`/api/flows?limit=1&filter=${encodeURIComponent(clause)}`)).status, 200, clause);
  }
});

test('A flow of which nothing is known says nothing, and another flow of its ports is not taken for it', async (t) => {
  const { page } = await open(t, browser, '/');
  const asked = await show(page, '/flows?flow=20', {});
  await page.waitForSelector('.drawer h2');
  assert.equal(await page.locator('.drawer-application').count(), 0);
  assert.deepEqual(asked.applications, []);
  await page.unrouteAll();
  await show(page, '/flows?flow=2', { applications: () => [{ application: 'tls', details: { 'tls.x': '1' } }] });
  const told = page.locator('.drawer-application');
  await told.getByText('Nothing more of it is kept.').waitFor();
  assert.equal(await told.locator('.told').count(), 0);
});

test('Each value of a real packet that can be clicked finds that packet again', async (t) => {
  const { page } = await open(t, browser, '/packets');
  await rows(page);
  const clauses = new Set();
  for (const protocol of ['tcp', 'udp', 'icmp']) {
    await page.goto(`${base}/packets?f=${protocol}`);
    await rows(page);
    await page
      .locator('.grid-row')
      .first()
      .click({ position: { x: 3, y: 12 } });
    await page.waitForSelector('.detail h2');
    const id = await page.locator('.tree [data-field=id]').getAttribute('data-value');
    const picks = page.locator('.tree .pick');
    assert.ok((await picks.count()) >= 8);
    for (const title of await picks.evaluateAll((all) => all.map((e) => e.title))) {
      const clause = /^Click: (.+)$/m.exec(title)[1];
      clauses.add(clause);
      const filter = encodeURIComponent(`id == ${id} and ${clause}`);
      const found = await api(`/api/packets?limit=1&filter=${filter}`);
      assert.equal(found.status, 200, `${clause}: ${found.text}`);
      assert.equal(String(found.json[0]?.id), id, clause);
    }
  }
  assert.ok(clauses.size >= 15, [...clauses].join('\n'));
});
