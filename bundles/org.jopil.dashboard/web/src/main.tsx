// SPDX-License-Identifier: Apache-2.0

import { effect } from '@preact/signals';
import { render } from 'preact';
import { Frame } from './frame';
import { startKeys } from './keys';
import { startLive } from './live';
import { Drops } from './pages/drops';
import { Flows } from './pages/flows';
import { lazy } from './lazy';
import { Overview } from './pages/overview';
import { Packets } from './pages/packets';
import { SignIn } from './pages/signin';
import { System } from './pages/system';
import { page, startRouter } from './router';
import { signedOut, startClock, stats, theme } from './store';
import { s } from './strings';
import './style.css';

const VIEWS = {
  overview: Overview,
  journey: lazy(() => import('./pages/journey').then((m) => m.JourneyPage)),
  flows: Flows,
  tcp: lazy(() => import('./pages/tcp').then((m) => m.Tcp)),
  drops: Drops,
  latency: lazy(() => import('./pages/latency').then((m) => m.LatencyPage)),
  packets: Packets,
  system: System,
};

function App() {
  if (signedOut.value) return <SignIn />;
  const View = VIEWS[page.value];
  return (
    <Frame>
      <View />
    </Frame>
  );
}

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'auto') root.removeAttribute('data-theme');
  else root.dataset.theme = theme.value;
});
effect(() => {
  document.title = `${s.nav[page.value]} · ${s.product}`;
});
effect(() => {
  document.body.dataset.ready = String(stats.value !== null);
});

startRouter();
startClock();
startKeys();
render(<App />, document.getElementById('app')!);
startLive();
