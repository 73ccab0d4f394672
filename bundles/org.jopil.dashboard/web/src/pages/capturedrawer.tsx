// SPDX-License-Identifier: Apache-2.0
// What is to be captured, how it goes, and who captured what.

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { beginCapture, capturing, isCapturing, MOST_BYTES, stopCapture, type Capturing } from '../capture';
import { FilterMistake } from '../filterbar';
import { duration, exact, memory, moment, utc } from '../format';
import { chosenInterfaces, filterText } from '../router';
import { interfaces, wall } from '../store';
import { s } from '../strings';
import { copy, Icon, saveAs, usePoll, Value } from '../ui';

const ANY = 'any';
const MOST_SNAPLEN = 262_144;
const LISTED = 20;
const LIST_MS = 2_000;

/** What the reader has typed; it stays while the drawer is closed. Null: as the page has it. */
const draft = {
  interfaces: null as string[] | null,
  filter: null as string | null,
  count: 10_000,
  seconds: 60,
  payload: false,
  snaplen: MOST_SNAPLEN,
};

export function CaptureDrawer({ onClose }: { onClose: () => void }) {
  const box = useRef<HTMLElement>(null);
  const [role, setRole] = useState<api.Role | null>(null);

  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    box.current?.focus({ preventScroll: true });
    api.getRole().then(setRole, () => undefined); // the server refuses a viewer in any case
    return () => {
      if (opener?.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);

  return (
    <aside class="drawer capture" aria-label={s.capture.title} tabIndex={-1} ref={box}>
      <button
        type="button"
        class="ghost square drawer-close"
        aria-label={s.capture.close}
        title={s.capture.close}
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <h2>{s.capture.title}</h2>
      <p class="muted">{s.capture.text}</p>
      {role === 'viewer' ? (
        <p class="notice" data-field="capture.refused">
          {s.capture.viewer} <code>{s.capture.viewerCommand}</code>
        </p>
      ) : (
        <Order />
      )}
      {capturing.value && <Progress of={capturing.value} />}
      <Captures mayStop={role !== 'viewer'} />
    </aside>
  );
}

function Order() {
  const [wish, setWish] = useState(draft);
  const [mistake, setMistake] = useState('');
  const set = (changes: Partial<typeof draft>) => {
    Object.assign(draft, changes);
    setWish({ ...draft });
    setMistake('');
  };
  const known = interfaces.value ?? [];
  const names = [...known].sort((a, b) => Number(b.attached ?? false) - Number(a.attached ?? false)).map((i) => i.name);
  const attached = known.filter((i) => i.attached).map((i) => i.name);
  const chosen = wish.interfaces ?? (chosenInterfaces.value.length ? chosenInterfaces.value : attached);
  const filter = wish.filter ?? filterText.value;
  const order: api.CaptureOrder = {
    interface: chosen.join(','),
    filter: filter.trim(),
    count: wish.count,
    seconds: wish.seconds,
    snaplen: wish.payload ? wish.snaplen : 0,
  };
  const busy = isCapturing(capturing.value);
  const refused = capturing.value?.phase === 'refused' ? capturing.value : null;
  const ofFilter = refused?.problem?.column !== undefined && refused.order.filter === order.filter;

  function choose(name: string, on: boolean): void {
    const others = chosen.filter((n) => n !== name && (name === ANY) === (n === ANY));
    set({ interfaces: on ? [...others, name] : others });
  }

  return (
    <form
      class="capture-order"
      onSubmit={(e) => {
        e.preventDefault();
        if (chosen.length) void beginCapture(order);
        else setMistake(s.capture.noInterface);
      }}
    >
      <fieldset>
        <legend>{s.capture.interfaces}</legend>
        <div class="choices">
          {[...names, ANY].map((name) => (
            <label key={name} title={name === ANY ? s.capture.anyTitle : undefined}>
              <input
                type="checkbox"
                checked={chosen.includes(name)}
                onChange={(e) => choose(name, e.currentTarget.checked)}
              />
              {name === ANY ? s.capture.any : name}
            </label>
          ))}
        </div>
      </fieldset>
      <label class="stacked">
        <span>{s.capture.filter}</span>
        <input
          type="text"
          class="mono"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={s.capture.filterHint}
          value={filter}
          aria-invalid={ofFilter || undefined}
          aria-describedby={ofFilter ? 'capture-problem' : undefined}
          onInput={(e) => set({ filter: e.currentTarget.value })}
        />
        <small>{s.capture.filterText}</small>
      </label>
      <div class="pair">
        <Amount label={s.capture.count} value={wish.count} most={2 ** 31 - 1} onChange={(count) => set({ count })} />
        <Amount label={s.capture.seconds} value={wish.seconds} most={86_400} onChange={(seconds) => set({ seconds })} />
      </div>
      <fieldset>
        <legend>{s.capture.keep}</legend>
        <div class="choices">
          <label>
            <input type="radio" name="keep" checked={!wish.payload} onChange={() => set({ payload: false })} />
            {s.capture.headers}
          </label>
          <label>
            <input type="radio" name="keep" checked={wish.payload} onChange={() => set({ payload: true })} />
            {s.capture.payload}
          </label>
          <span class="snaplen">
            <input
              type="number"
              aria-label={s.capture.bytesLabel}
              min={1}
              max={MOST_SNAPLEN}
              required
              disabled={!wish.payload}
              value={wish.snaplen}
              onInput={(e) => set({ snaplen: e.currentTarget.valueAsNumber })}
            />
            {s.capture.bytes}
          </span>
        </div>
        <small class={wish.payload ? 'warn' : ''}>{wish.payload ? s.capture.payloadText : s.capture.headersText}</small>
      </fieldset>
      {refused?.problem && (
        <FilterMistake id="capture-problem" filter={refused.order.filter} problem={refused.problem} />
      )}
      {mistake && (
        <p class="filter-problem" role="alert">
          {mistake}
        </p>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={busy}>
          {capturing.value?.phase === 'asked' ? s.capture.beginning : s.capture.begin}
        </button>
        <small>
          {s.capture.limit(memory(MOST_BYTES))}{' '}
          <button type="button" class="small" onClick={() => void copy(command(order))} title={command(order)}>
            {s.capture.copyCommand}
          </button>
        </small>
      </div>
    </form>
  );
}

/** The same capture by the launcher, to a file of any size. */
function command(order: api.CaptureOrder): string {
  const quoted = (word: string) => `'${word.replace(/'/g, `'\\''`)}'`;
  return [
    'jopil capture',
    quoted(order.interface || ANY),
    order.filter && quoted(order.filter),
    order.snaplen > 0 && `--snaplen ${order.snaplen}`,
    '-w capture.pcapng',
  ]
    .filter(Boolean)
    .join(' ');
}

interface AmountProps {
  label: string;
  value: number;
  most: number;
  onChange: (value: number) => void;
}

function Amount({ label, value, most, onChange }: AmountProps) {
  return (
    <label class="stacked">
      <span>{label}</span>
      <input
        type="number"
        min={1}
        max={most}
        required
        value={value}
        onInput={(e) => onChange(e.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

const lostOf = (c: api.Capture) => (c.ring_full ?? 0) + (c.not_written ?? 0);

/** The capture that this page has begun. */
function Progress({ of }: { of: Capturing }) {
  if (of.phase === 'refused' || of.phase === 'asked') return null;
  const { counts, order, file } = of;
  const running = isCapturing(of);
  const lost = counts && lostOf(counts);
  return (
    <section class="capture-progress" aria-label={s.capture.progress} data-phase={of.phase} data-number={of.number}>
      <dl class="facts">
        <Fact name={s.capture.matched} field="matched" value={counts?.matched} text={exact(counts?.matched)} />
        <Fact
          name={s.capture.written}
          field="written"
          value={counts?.written}
          text={`${exact(counts?.written)} ${s.capture.ofCount(exact(order.count))}`}
        />
        <Fact name={s.capture.lost} field="lost" value={lost} text={exact(lost)} title={s.capture.lostTitle} />
        <Fact name={s.capture.received} field="bytes" value={of.bytes} text={memory(of.bytes)} />
        {running && (
          <Fact
            name={s.capture.time}
            field="ms"
            value={undefined}
            text={`${duration(Math.max(0, wall.value - of.since))} ${s.capture.ofCount(duration(1000 * order.seconds))}`}
          />
        )}
        {(counts?.beyond ?? 0) > 0 && (
          <Fact name={s.capture.beyond} field="beyond" value={counts!.beyond} text={exact(counts!.beyond)} />
        )}
      </dl>
      {of.problem && <p role="alert">{[of.problem.title, of.problem.detail].filter(Boolean).join('. ')}</p>}
      {running ? (
        <button type="button" disabled={of.phase === 'stopping'} onClick={() => void stopCapture()}>
          {of.phase === 'stopping' ? s.capture.stopping : s.capture.stop}
        </button>
      ) : (
        <>
          {counts?.end && <p data-field="capture.end">{s.capture.ended(counts.end)}</p>}
          {file && (
            <button type="button" class="small" onClick={() => saveAs(file.blob, file.name)}>
              {s.capture.save(file.name)}
            </button>
          )}
        </>
      )}
    </section>
  );
}

interface FactProps {
  name: string;
  field: string;
  value: unknown;
  text: string;
  title?: string;
}

function Fact({ name, field, value, text, title }: FactProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>
        <Value field={`capture.${field}`} value={value} text={text} />
      </dd>
    </div>
  );
}

/** Of everybody, by page, by REST and by command. */
function Captures({ mayStop }: { mayStop: boolean }) {
  const { data, again } = usePoll(() => api.getCaptures({ limit: LISTED }), LIST_MS, capturing.value?.phase);
  return (
    <section class="captures" aria-label={s.capture.last}>
      <h3>{s.capture.last}</h3>
      {data?.length === 0 && <p class="muted">{s.capture.none}</p>}
      <ol>
        {data?.map((c) => (
          <li key={c.number} data-number={c.number}>
            <p>
              <span class="muted">{exact(c.number)}</span>{' '}
              <span class="mono" title={utc(c.begun)}>
                {moment(c.begun)}
              </span>{' '}
              <b>{c.interfaces}</b> <code>{c.filter ?? s.capture.everything}</code>{' '}
              <span class="badge">
                {c.snaplen_bytes ? s.capture.payloadUpTo(exact(c.snaplen_bytes)) : s.capture.headersOnly}
              </span>
            </p>
            <p>
              {s.capture.counts(exact(c.matched), exact(c.written), exact(lostOf(c)))}
              {' · '}
              {c.running ? s.capture.goesOn : c.end}
            </p>
            <p class="muted">
              {c.who} → {c.output}
            </p>
            {mayStop && c.running && (
              <button
                type="button"
                class="small"
                aria-label={s.capture.stopOf(c.number)}
                onClick={() => void api.endCapture(c.number).then(again, again)}
              >
                {s.capture.stop}
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
