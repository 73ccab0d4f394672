// SPDX-License-Identifier: Apache-2.0
// What stands around every page: rail, top bar, banner, status strip, help.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { getPrivacy, type Interface } from './api';
import { applyFilter, FilterBar } from './filterbar';
import { ABSENT, clock, exact, memory, packetRate, percent, si } from './format';
import { byInterface, chosenInterfaces, href, navigate, page, PAGES, setParameters, TAB_OF } from './router';
import {
  attachedInterfaces,
  connection,
  gaps,
  helpOpen,
  interfaces,
  losses,
  narrow,
  pause,
  pausedAt,
  rail,
  resume,
  stats,
  theme,
  THEMES,
  unit,
  UNITS,
  waiting,
  wall,
} from './store';
import { s } from './strings';
import { ReplayControl, replayProblem } from './replay';
import { announce, announcement, Icon, toast, usePoll, Value } from './ui';
import { WhyBox, WhyDialog } from './why';

const CHIPS = 4;
const PRIVACY_MS = 10_000;

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class={`frame rail-${rail.value}`}>
      <a class="skip" href="#main">
        {s.skip}
      </a>
      <Rail />
      <div class="column">
        <TopBar />
        <main id="main" tabIndex={-1} data-page={page.value}>
          {children}
        </main>
        <Banners />
        <Strip />
      </div>
      {helpOpen.value && <Help />}
      <WhyDialog />
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
      {toast.value && <div class="toast">{toast.value}</div>}
    </div>
  );
}

function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M4 21c5.5 0 5.5-10 12-10s6.5 10 12 10" />
        <circle cx="16" cy="11" r="3.4" />
      </svg>
      <b>{s.product}</b>
    </span>
  );
}

function Rail() {
  return (
    <nav class="rail" aria-label={s.nav.label}>
      <Logo />
      <ul>
        {PAGES.filter((target) => !TAB_OF[target]).map((target) => (
          <li key={target}>
            <a
              href={href(target)}
              data-route
              aria-current={page.value === target ? 'page' : TAB_OF[page.value] === target ? 'true' : undefined}
              title={rail.value === 'closed' ? s.nav[target] : undefined}
            >
              <Icon name={target} />
              <span>{s.nav[target]}</span>
            </a>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="ghost rail-toggle"
        aria-label={rail.value === 'open' ? s.collapse : s.expand}
        title={rail.value === 'open' ? s.collapse : s.expand}
        onClick={() => (rail.value = rail.value === 'open' ? 'closed' : 'open')}
      >
        <Icon name={rail.value === 'open' ? 'collapse' : 'expand'} />
      </button>
    </nav>
  );
}

/** What counts here, in one word: native, generic, tcx, clsact; the mode asked for where no hook is told. */
export function modeOf(i: Interface): string {
  const hook = typeof i.hook === 'string' ? i.hook : (i.hook?.ingress ?? i.hook?.egress);
  return (hook ?? i.mode ?? '').replace(/^xdp-/, '');
}

function InterfaceChips() {
  const attached = attachedInterfaces.value;
  const lists = byInterface.value;
  const chosen = lists ? chosenInterfaces.value : [];
  if (interfaces.value !== null && attached.length === 0) {
    return (
      <div class="chips" role="group" aria-label={s.interfaces.label}>
        <a class="chip" href={href('system')} data-route>
          <i class="dot off" aria-hidden="true" />
          {s.interfaces.none}
        </a>
      </div>
    );
  }
  // where there is little room, what all have in common is left to the title
  const common = attached[0]?.namespace;
  const short = narrow.value && common && attached.every((i) => i.namespace === common);
  const nameOf = (i: Interface) => (short ? i.name.replace(`${common}/`, '') : i.name);
  return (
    <div class="chips" role="group" aria-label={s.interfaces.label}>
      {attached.slice(0, CHIPS).map((i) => {
        const on = chosen.includes(i.name);
        const toggle = () => {
          if (!lists) navigate(href('flows', { if: i.name }));
          else setParameters({ if: (on ? chosen.filter((n) => n !== i.name) : [...chosen, i.name]).join(',') });
        };
        return (
          <button
            key={i.name}
            type="button"
            class="chip"
            aria-pressed={lists ? on : undefined}
            title={[short && i.name, lists ? s.interfaces.only(i.name) : s.interfaces.flowsOf(i.name), i.why]
              .filter(Boolean)
              .join('\n')}
            onClick={toggle}
            data-interface={i.name}
          >
            <i class={`dot ${i.state === 'down' || i.watch === 'degraded' ? 'warn' : 'on'}`} aria-hidden="true" />
            {nameOf(i)}
            {modeOf(i) && (
              <span class="badge" title={s.interfaces.modes[modeOf(i)]}>
                {modeOf(i)}
              </span>
            )}
          </button>
        );
      })}
      {attached.length > CHIPS && (
        <a class="chip" href={href('system')} data-route aria-label={s.interfaces.moreLabel(attached.length - CHIPS)}>
          {s.interfaces.more(attached.length - CHIPS)}
        </a>
      )}
    </div>
  );
}

/** Says that not all is shown, wherever one looks. */
function PrivacyBadge() {
  const level = usePoll(getPrivacy, PRIVACY_MS).data?.level ?? 'full';
  if (level === 'full') return null;
  return (
    <a
      class="chip privacy"
      href={href('system')}
      data-route
      title={s.privacy.title}
      data-field="privacy.level"
      data-value={level}
    >
      {s.privacy.levels[level]}
    </a>
  );
}

function TopBar() {
  const paused = pausedAt.value !== null;
  const nextUnit = UNITS[(UNITS.indexOf(unit.value) + 1) % UNITS.length]!;
  const nextTheme = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  return (
    <header class={`top ${attachedInterfaces.value.length > 1 ? 'many' : ''}`}>
      <ReplayControl />
      <PrivacyBadge />
      {!(stats.value?.replay && attachedInterfaces.value.length <= 1) && <InterfaceChips />}
      <FilterBar />
      <WhyBox />
      <div class="tools">
        <button
          type="button"
          class={`live ${paused ? 'is-paused' : `is-${connection.value.phase}`}`}
          aria-pressed={paused}
          title={paused ? s.resumeKey : s.pause}
          onClick={() => (paused ? resume() : pause())}
        >
          <Icon name={paused ? 'play' : 'pause'} />
          <span>{paused ? s.newCount(waiting.value) : s.live}</span>
        </button>
        <button
          type="button"
          class="ghost unit"
          aria-label={s.units.label(s.units[unit.value])}
          title={s.units.label(s.units[unit.value])}
          onClick={() => (unit.value = nextUnit)}
        >
          {s.units[unit.value]}
        </button>
        <button
          type="button"
          class="ghost square"
          aria-label={s.theme.change(s.theme[theme.value])}
          title={s.theme.change(s.theme[theme.value])}
          onClick={() => (theme.value = nextTheme)}
        >
          <Icon name={theme.value} />
        </button>
        <button
          type="button"
          class="ghost square"
          aria-label={s.help}
          title={s.help}
          aria-expanded={helpOpen.value}
          onClick={() => (helpOpen.value = true)}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

function connectionText(): string {
  const { phase, since, retryAt } = connection.value;
  const retry = retryAt ? Math.max(0, Math.ceil((retryAt - wall.value) / 1000)) : 0;
  if (phase === 'polling') return s.connection.polling;
  if (phase === 'lost') {
    return stats.value
      ? s.connection.lost(Math.max(0, Math.round((wall.value - since) / 1000)), retry)
      : s.connection.never(retry);
  }
  return '';
}

function Banners() {
  const { phase } = connection.value;
  const before = useRef(phase);
  useEffect(() => {
    if (before.current !== phase) {
      if (phase === 'live' && before.current !== 'starting') announce(s.connection.back);
      else if (phase !== 'live') announce(connectionText());
    }
    before.current = phase;
  }, [phase]);
  const lossy = losses.value;
  return (
    <div class="banners">
      {(phase === 'lost' || phase === 'polling') && (
        <div class={`banner ${phase === 'lost' ? 'bad' : 'warn'}`} data-field="connection_text">
          {connectionText()}
        </div>
      )}
      {pausedAt.value !== null && (
        <div class="banner info" data-field="paused_text">
          <span>{s.paused(clock(pausedAt.value), waiting.value)}</span>
          <button type="button" class="small" onClick={() => resume()}>
            {s.resume}
          </button>
          <button type="button" class="small" onClick={() => resume(true)}>
            {s.jump}
          </button>
        </div>
      )}
      {replayProblem.value && (
        <div class="banner bad" role="alert" data-field="replay_problem">
          <span>{replayProblem.value}</span>
          <button type="button" class="small" onClick={() => (replayProblem.value = '')}>
            {s.replay.dismiss}
          </button>
        </div>
      )}
      {lossy !== null && lossy.recent > 0 && (
        <div class="banner warn" data-field="lossy_text">
          {s.state.lossy(lossy.recent, percent(lossy.share))}
        </div>
      )}
    </div>
  );
}

function Strip() {
  const now = stats.value;
  const { phase } = connection.value;
  const cost = now?.cost;
  const difference = now?.ledger?.difference;
  const finding = now?.ledger?.findings?.[0];
  const lost = losses.value;
  const shed = Object.values(gaps.value).reduce((a, b) => a + b, 0);
  const state = {
    starting: s.connection.starting,
    live: s.connection.live,
    polling: s.connection.pollingShort,
    lost: s.connection.lostShort,
  }[phase];
  return (
    <footer class="strip" aria-label={s.strip.label}>
      <span class={`strip-state is-${phase}`} data-field="connection" data-value={phase}>
        <i class="dot" aria-hidden="true" />
        {state}
      </span>
      <span>
        <Value
          field="rates.packets_per_second"
          value={now?.rates?.packets_per_second}
          text={packetRate(now?.rates?.packets_per_second)}
        />
      </span>
      <span>
        <Value field="flow_count" value={now?.flow_count} text={exact(now?.flow_count)} /> {s.strip.flows}
      </span>
      <span class={lost?.recent ? 'warn' : ''} title={s.strip.lostTitle}>
        {s.strip.lost} <Value field="ledger.events.ring_full" value={lost?.total} text={exact(lost?.total)} />
      </span>
      <span class={finding ? 'bad' : difference ? 'warn' : ''} title={finding?.text ?? s.strip.differenceTitle}>
        {s.strip.difference} <Value field="ledger.difference" value={difference} text={exact(difference)} />
        {finding && (
          <>
            {' '}
            <a href={href('system')} data-route data-field="ledger.reason" data-value={finding.layer}>
              {finding.layer} {finding.name}
            </a>
          </>
        )}
      </span>
      {shed > 0 && <span class="warn">{s.connection.shed(shed)}</span>}
      <span class="strip-sequence" title={s.strip.sequenceTitle}>
        {s.strip.sequence} <Value field="sequence" value={now?.sequence} text={String(now?.sequence ?? ABSENT)} />
      </span>
      <span class="strip-cost" title={s.strip.cost}>
        <span class="strip-label">{s.strip.cost}</span>
        <span>
          <Value field="cost.cpu_percent" value={cost?.cpu_percent} text={percent(cost?.cpu_percent)} /> {s.strip.cpu}
        </span>
        <span>
          <Value field="cost.rss_bytes" value={cost?.rss_bytes} text={memory(cost?.rss_bytes)} />
        </span>
        <span>
          <Value field="cost.kernel_bytes" value={cost?.kernel_bytes} text={memory(cost?.kernel_bytes)} />{' '}
          {s.strip.kernel}
        </span>
        {typeof cost?.ns_per_packet === 'number' && (
          <span>
            <Value field="cost.ns_per_packet" value={cost.ns_per_packet} text={si(cost.ns_per_packet)} />{' '}
            {s.strip.nsPerPacket}
          </span>
        )}
      </span>
    </footer>
  );
}

function Help() {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    return () => {
      dialog.close();
      before?.focus();
    };
  }, []);
  const close = () => (helpOpen.value = false);
  return (
    <dialog
      class="sheet"
      ref={box}
      aria-label={s.sheet.title}
      onCancel={close}
      onClick={(e) => e.target === e.currentTarget && close()}
    >
      <div class="sheet-body">
        <header>
          <h2>{s.sheet.title}</h2>
          <button type="button" class="ghost square" aria-label={s.sheet.close} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <h3>{s.sheet.keys}</h3>
        <dl class="keys">
          {s.sheet.rows.map(([key, what]) => (
            <div key={key}>
              <dt>{key.split(' ').map((k) => k && <kbd key={k}>{k}</kbd>)}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h3>{s.sheet.filters}</h3>
        <p>{s.sheet.filtersText}</p>
        <ul class="examples">
          {s.sheet.examples.map(([text, what]) => (
            <li key={text}>
              <button
                type="button"
                onClick={() => {
                  close();
                  applyFilter(text);
                }}
              >
                <code>{text}</code>
              </button>
              <span>{what}</span>
            </li>
          ))}
        </ul>
      </div>
    </dialog>
  );
}
