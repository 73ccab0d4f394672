// SPDX-License-Identifier: Apache-2.0
// The question in the top bar, the verdict over whatever page one is on, and what stands out without a question.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { ApiError } from './api';
import { rowFilterOf } from './drops';
import { useStableOrder } from './hold';
import { href, openWhy, PAGES, setParameters, type Page } from './router';
import { s } from './strings';
import { copy, Icon, Loading, usePoll, Words } from './ui';

const STANDS_OUT_MS = 2_000;
const DROP_EVENTS = 'drop-events';

/** Pages that show a report; one that this version lacks is left out. */
const PAGE_OF: Record<string, string> = {
  flows: 'flows',
  drops: 'drops',
  latency: 'latency',
  journeys: 'journey',
  tcp: 'tcp',
  cpus: 'overview',
  ledger: 'system',
};

function pageOf(report: string): Page | undefined {
  return (PAGES as readonly string[]).find((page) => page === PAGE_OF[report]) as Page | undefined;
}

/** Shows the rows at the prompt, where no page does. */
function commandOf({ report, filter }: api.Evidence): string {
  return `jopil report ${report}${filter ? ` '${filter.replaceAll("'", "'\\''")}'` : ''}`;
}

/** Where the page shows it, if it does; single drops are a list beside the rows that they belong to. */
function linkOf({ report, filter }: api.Evidence): string | undefined {
  if (report === DROP_EVENTS) return href('drops', { f: rowFilterOf(filter), packets: filter });
  const target = pageOf(report);
  return target && href(target, { f: filter });
}

const titleOf = (question: string) => (/^\d{1,5}$/.test(question) ? s.why.ofPort(question) : s.why.of(question));

export function ask(question: string): void {
  setParameters({ why: question });
}

export function WhyBox() {
  const [line, setLine] = useState('');
  return (
    <form
      class="why-box"
      role="search"
      aria-label={s.why.label}
      onSubmit={(event) => {
        event.preventDefault();
        if (line.trim()) ask(line.trim());
      }}
    >
      <input
        id="why-input"
        type="text"
        aria-label={s.why.label}
        placeholder={s.why.hint}
        title={s.why.title}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={line}
        onInput={(event) => setLine(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
    </form>
  );
}

function Level({ level }: { level: api.Level }) {
  return <span class={`level level-${level}`}>{s.why.levels[level]}</span>;
}

/** The answer to the question in the address bar. */
export function WhyDialog() {
  const question = openWhy.value;
  return question ? <Verdict key={question} question={question} /> : null;
}

function Verdict({ question }: { question: string }) {
  const box = useRef<HTMLDialogElement>(null);
  const [answer, setAnswer] = useState<api.Answer | null>(null);
  const [problem, setProblem] = useState<api.Problem | null>(null);
  const close = () => setParameters({ why: '' });
  const again = () => {
    api.getWhy(question).then(
      (news) => {
        setAnswer(news);
        setProblem(null);
      },
      (error: Error) =>
        setProblem(
          error instanceof ApiError ? error.problem : { status: 0, title: s.state.noAnswer, detail: error.message },
        ),
    );
  };
  useEffect(() => {
    const dialog = box.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    again();
    return () => {
      dialog.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      class="sheet why"
      ref={box}
      aria-labelledby="why-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div class="sheet-body">
        <header>
          <h2 id="why-title">{titleOf(question)}</h2>
          <button type="button" class="ghost square" aria-label={s.sheet.close} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {problem ? (
          <p class="why-sentence" role="alert" data-code={problem.code}>
            <strong>{problem.title}</strong> {problem.detail}
          </p>
        ) : answer ? (
          <Said answer={answer} again={again} />
        ) : (
          <Loading />
        )}
      </div>
    </dialog>
  );
}

function Said({ answer, again }: { answer: api.Answer; again: () => void }) {
  return (
    <>
      <p class="why-sentence" role="status" data-field="verdict" data-value={answer.verdict}>
        <Level level={answer.level} /> {answer.sentence}
      </p>
      <h3>{s.why.evidence}</h3>
      <ul class="why-evidence">
        {answer.evidence.map((one) => (
          <li key={one.report + one.text}>
            <span>{one.text}</span> <Shown evidence={one} />
          </li>
        ))}
      </ul>
      {answer.next && (
        <>
          <h3>{s.why.next}</h3>
          <p>{answer.next.text}</p>
          <Command text={answer.next.command} />
        </>
      )}
      {answer.missing.length > 0 && (
        <details>
          <summary>{s.why.missing(answer.missing.length)}</summary>
          <ul>
            {answer.missing.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
      <button type="button" class="small" onClick={again}>
        {s.why.again}
      </button>
    </>
  );
}

function Shown({ evidence }: { evidence: api.Evidence }) {
  const link = linkOf(evidence);
  return (
    <span class="why-ways">
      {link && (
        <a class="button small" href={link} data-route data-report={evidence.report}>
          {s.why.show}
        </a>
      )}
      <button
        type="button"
        class={`small ${link ? 'ghost' : ''}`}
        title={commandOf(evidence)}
        data-command={evidence.report}
        onClick={() => void copy(commandOf(evidence))}
      >
        {s.why.copyReport}
      </button>
    </span>
  );
}

function Command({ text }: { text: string }) {
  return (
    <div class="why-command">
      <code data-field="next_command">
        <Words text={text} />
      </code>
      <button type="button" class="small" onClick={() => void copy(text)}>
        {s.why.copy}
      </button>
    </div>
  );
}

const NONE: api.StandsOutItem[] = [];
const keyOf = (item: api.StandsOutItem) => `${item.kind} ${item.question ?? ''} ${item.link}`;

/** At most five sentences; a click asks why. None moves away from under the pointer. */
export function StandsOut() {
  const { data, error } = usePoll(api.getStandsOut, STANDS_OUT_MS);
  const [holding, setHolding] = useState(false);
  const { rows } = useStableOrder(data?.items ?? NONE, keyOf, holding, '');
  if (error || !data) return null;
  return (
    <section
      class="panel stands-out"
      aria-label={s.why.standsOut}
      data-field="stands_out"
      data-value={data.items.length}
    >
      <h2>{rows.length ? s.why.standsOut : s.why.nothing}</h2>
      {rows.length > 0 && (
        <ul
          onMouseEnter={() => setHolding(true)}
          onMouseLeave={() => setHolding(false)}
          onFocusCapture={() => setHolding(true)}
          onBlurCapture={() => setHolding(false)}
        >
          {rows.map((item) => (
            <li key={keyOf(item)} data-kind={item.kind}>
              <Opened item={item}>
                <Level level={item.level} /> <span class="stands-out-text">{item.sentence}</span>
                <Icon name="expand" />
              </Opened>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Opened({ item, children }: { item: api.StandsOutItem; children: ComponentChildren }) {
  const question = item.question;
  if (question) {
    return (
      <button type="button" class="stands-out-item" title={titleOf(question)} onClick={() => ask(question)}>
        {children}
      </button>
    );
  }
  return (
    <a class="stands-out-item" href={href(pageOf(item.link) ?? 'system')} data-route>
      {children}
    </a>
  );
}
