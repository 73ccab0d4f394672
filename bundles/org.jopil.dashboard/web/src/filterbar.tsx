// SPDX-License-Identifier: Apache-2.0
// The filter: chips for what holds, a line for what comes next, the server's own words for a mistake.

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { combine, joinClauses, removeClause, splitClauses } from './filter';
import {
  byInterface,
  chosenInterfaces,
  CLOSED,
  filterText,
  href,
  navigate,
  onList,
  page,
  REPORTS,
  setParameters,
  type Page,
} from './router';
import { filterProblem } from './store';
import { s } from './strings';
import { Icon } from './ui';

const RECENT_KEY = 'jopil.filters';
const RECENT_LIMIT = 20;

function recent(): string[] {
  try {
    const list = JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]') as unknown;
    return Array.isArray(list) ? list.filter((f): f is string => typeof f === 'string') : [];
  } catch {
    return [];
  }
}

function keepRecent(filter: string): void {
  if (!filter) return;
  const list = [filter, ...recent().filter((f) => f !== filter)].slice(0, RECENT_LIMIT);
  localStorage.setItem(RECENT_KEY, JSON.stringify(list));
}

/** Sets the filter of this page, or opens Flows with it from a page that shows totals. */
export function applyFilter(filter: string): void {
  filterProblem.value = null;
  keepRecent(filter);
  if (onList.value) setParameters({ f: filter, ...CLOSED });
  else navigate(href('flows', { f: filter }));
}

export function addFilter(clause: string): void {
  const clauses = splitClauses(filterText.value);
  if (!clauses.includes(clause)) applyFilter(joinClauses([...clauses, clause]));
}

let fields: api.Field[] | null = null;

interface Suggestion {
  text: string;
  /** The whole line after taking it. */
  line: string;
  kind: string;
  detail: string;
}

function suggestions(line: string): Suggestion[] {
  const word = /[\w.]*$/.exec(line)?.[0] ?? '';
  const found: Suggestion[] = [];
  if (!line.trim()) {
    for (const filter of recent().slice(0, 6))
      found.push({ text: filter, line: filter, kind: s.filter.recent, detail: '' });
  }
  if (word || !line.trim()) {
    const low = word.toLowerCase();
    const report = REPORTS[page.value] ?? 'flows';
    for (const field of fields ?? []) {
      if (field.report !== undefined && field.report !== report) continue;
      // members of a packet's layers are no columns: filters do not know most of them
      if (field.name.includes('.')) continue;
      if (!field.name.toLowerCase().startsWith(low) || field.name === word) continue;
      found.push({
        text: field.name,
        line: `${line.slice(0, line.length - word.length)}${field.name} `,
        kind: s.filter.field,
        detail: [field.type, field.unit].filter(Boolean).join(', '),
      });
    }
  }
  return found.slice(0, 10);
}

async function check(filter: string): Promise<api.Problem | null> {
  const q = { filter: combine(filter, byInterface.value ? chosenInterfaces.value : []), limit: 1 };
  try {
    if (page.value === 'packets') await api.getPackets(q);
    else if (page.value === 'drops') await api.getDrops(q);
    else if (page.value === 'tcp') await api.getTcp(q);
    else if (page.value === 'journey') await api.getJourneys(q);
    else if (page.value === 'latency') await api.getLatency({ filter: q.filter });
    else await api.getFlows(q);
    return null;
  } catch (error) {
    if (!(error instanceof api.ApiError)) throw error;
    return error.problem;
  }
}

function hintOf(target: Page): string {
  if (!onList.value) return s.filter.hintOther;
  return (
    { drops: s.filter.hintDrops, tcp: s.filter.hintTcp, latency: s.filter.hintLatency }[target as string] ??
    s.filter.hint
  );
}

export function FilterBar() {
  const [line, setLine] = useState('');
  const [problem, setProblem] = useState<{ filter: string; problem: api.Problem } | null>(null);
  const [note, setNote] = useState('');
  const [open, setOpen] = useState(false);
  const [choice, setShownChoice] = useState(-1);
  // two keys may come before the next rendering
  const chosenNow = useRef(-1);
  const setChoice = (index: number) => {
    chosenNow.current = index;
    setShownChoice(index);
  };
  const [, setFieldsKnown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const onLists = onList.value;
  const chips = onLists ? splitClauses(filterText.value) : [];
  const list = open ? suggestions(line) : [];
  const shownProblem = problem ?? (onLists ? filterProblem.value : null);

  useEffect(() => {
    setProblem(null);
    setNote('');
  }, [filterText.value, page.value]);

  async function submit(): Promise<void> {
    setOpen(false);
    const clause = line.trim();
    if (!clause) return;
    const candidate = onLists ? joinClauses([...chips, clause]) : clause;
    try {
      const wrong = await check(candidate);
      setNote('');
      if (wrong) {
        setProblem({ filter: candidate, problem: wrong });
        return;
      }
    } catch {
      setNote(s.filter.unchecked);
      return;
    }
    setProblem(null);
    setLine('');
    applyFilter(candidate);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown' && list.length) {
      event.preventDefault();
      setChoice((chosenNow.current + 1) % list.length);
    } else if (event.key === 'ArrowUp' && list.length) {
      event.preventDefault();
      setChoice((Math.max(0, chosenNow.current) + list.length - 1) % list.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = list[chosenNow.current];
      if (chosen) take(chosen);
      else void submit();
    } else if (event.key === 'Tab' && choice >= 0 && list[choice]) {
      event.preventDefault();
      take(list[choice]);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (open && list.length) setOpen(false);
      else input.current?.blur();
      setProblem(null);
    } else if (event.key === 'Backspace' && line === '' && chips.length) {
      event.preventDefault();
      edit(chips.length - 1);
    }
  }

  function take(suggestion: Suggestion): void {
    setLine(suggestion.line);
    setChoice(-1);
    if (suggestion.kind === s.filter.recent) setOpen(false);
    input.current?.focus();
  }

  function edit(index: number): void {
    setLine(chips[index] ?? '');
    applyFilter(removeClause(filterText.value, index));
    input.current?.focus();
  }

  function onFocus(): void {
    setOpen(true);
    if (fields) return;
    fields = [];
    api.getFields().then(
      (answer) => {
        fields = answer;
        setFieldsKnown(true);
      },
      () => (fields = null),
    );
  }

  return (
    <div class="filter" role="search">
      <div class={`filter-line ${shownProblem ? 'wrong' : ''}`} onClick={() => input.current?.focus()}>
        <Icon name="search" />
        {chips.map((clause, i) => (
          <span class="chip filter-chip" key={clause}>
            <button
              type="button"
              class="chip-text"
              title={s.filter.edit(clause)}
              onClick={(e) => {
                e.stopPropagation();
                edit(i);
              }}
            >
              {clause}
            </button>
            <button
              type="button"
              class="chip-x"
              aria-label={s.filter.remove(clause)}
              onClick={(e) => {
                e.stopPropagation();
                applyFilter(removeClause(filterText.value, i));
              }}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id="filter-input"
          class="filter-input"
          type="text"
          role="combobox"
          aria-label={s.filter.label}
          aria-expanded={list.length > 0}
          aria-controls="filter-list"
          aria-autocomplete="list"
          aria-activedescendant={choice >= 0 && list[choice] ? `filter-option-${choice}` : undefined}
          aria-invalid={shownProblem ? true : undefined}
          aria-describedby={shownProblem ? 'filter-problem' : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={chips.length ? '' : hintOf(page.value)}
          value={line}
          onInput={(e) => {
            setLine(e.currentTarget.value);
            setOpen(true);
            setChoice(-1);
            setProblem(null);
          }}
          onFocus={onFocus}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={onKeyDown}
        />
        {chips.length > 0 && (
          <button
            type="button"
            class="ghost small clear"
            onClick={(e) => {
              e.stopPropagation();
              applyFilter('');
            }}
          >
            {s.filter.clear}
          </button>
        )}
      </div>
      <ul class="filter-list" id="filter-list" role="listbox" aria-label={s.filter.label} hidden={list.length === 0}>
        {list.map((suggestion, i) => (
          <li
            key={suggestion.kind + suggestion.text}
            id={`filter-option-${i}`}
            role="option"
            aria-selected={i === choice}
            onMouseDown={(e) => {
              e.preventDefault();
              take(suggestion);
            }}
          >
            <code>{suggestion.text}</code>
            <span>{suggestion.detail || suggestion.kind}</span>
          </li>
        ))}
      </ul>
      {note && (
        <p class="filter-problem" role="alert">
          {note}
        </p>
      )}
      {shownProblem && (
        <FilterMistake id="filter-problem" filter={shownProblem.filter} problem={shownProblem.problem} />
      )}
    </div>
  );
}

interface MistakeProps {
  id: string;
  filter: string;
  problem: api.Problem;
}

/** The text with a caret under the column, and what the server says about it. */
export function FilterMistake({ id, filter, problem }: MistakeProps) {
  const column = problem.column;
  const known = column !== undefined && column >= 1 && column <= filter.length + 1;
  return (
    <div class="filter-problem" id={id} role="alert" data-code={problem.code} data-column={column}>
      {known && (
        <pre aria-hidden="true">
          {filter}
          {'\n'}
          {' '.repeat(column - 1)}
          <b>^</b>
        </pre>
      )}
      <p>
        <strong>{problem.title || s.filter.wrong}</strong> <span data-field="detail">{problem.detail}</span>
        {problem.code && <code class="code">{problem.code}</code>}
      </p>
    </div>
  );
}
