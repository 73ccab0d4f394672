// SPDX-License-Identifier: Apache-2.0
// Each page × theme × size into the folder that is given.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base, DESKTOP, launch, PAGES, PHONE, ready, rows, signIn, ticks } from './harness.mjs';
import { withPalette } from './palette.mjs';

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const browser = await launch();
const sizes = ['light', 'dark'].flatMap((colorScheme) =>
  [DESKTOP, PHONE].map((viewport) => ({ colorScheme, viewport, reducedMotion: 'reduce' })),
);

async function shoot(page, name, { colorScheme, viewport }) {
  const png = await page.screenshot({ animations: 'disabled' });
  writeFileSync(join(folder, `${name}-${colorScheme}-${viewport.width}.png`), withPalette(png));
}

/** A flow that lives, so that its chart has something to draw. */
async function busiestFlow(context) {
  const filter = encodeURIComponent('tcp and state == established');
  const answer = await context.request.get(`${base}/api/flows?sort=-packets&limit=1&filter=${filter}`);
  return (await answer.json())[0].id;
}

// side by side: what is drawn since the page was opened takes a minute to fill
await Promise.all(
  sizes.map(async (size) => {
    const context = await browser.newContext(size);
    await signIn(context);
    const open = async (path) => {
      const page = await context.newPage();
      await page.goto(base + path);
      await ready(page);
      return page;
    };
    for (const name of [...Object.keys(PAGES), 'flow-drawer']) {
      const page = await open(PAGES[name] ?? `/flows?flow=${await busiestFlow(context)}`);
      if (name === 'drops') await page.waitForSelector('.drops-head, [data-field=empty_state]');
      else if (name === 'journey') await page.waitForSelector('.sankey .band');
      else if (name === 'latency') await page.waitForSelector('.stage-list, [data-field=unavailable]');
      else if (name !== 'overview' && name !== 'system') await rows(page);
      if (name === 'flow-drawer') await page.waitForSelector('.drawer h2');
      const charts = name === 'overview' ? 60 : name === 'flow-drawer' ? 30 : 3;
      for (let n = 0; n < charts; n++) await ticks(page, 1);
      await shoot(page, name, size);
      await page.close();
    }
    await context.close();
  }),
);
await browser.close();
