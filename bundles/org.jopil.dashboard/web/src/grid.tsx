// SPDX-License-Identifier: Apache-2.0
// A virtual table: only the rows in view are in the document. Cells are reached by arrow keys, j and k.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CellOperator } from './filter';
import { cellClause } from './filter';
import { s } from './strings';
import { Icon } from './ui';

export interface CellFilter {
  field: string;
  value: string | number | null | undefined;
  operator?: CellOperator;
}

export interface Column<T> {
  key: string;
  title: string;
  /** Characters of the monospaced font; the first number is the least, `grow` shares what is left. */
  width: number;
  grow?: boolean;
  /** Where there is no room, columns with the least number go first; one without a number stays. */
  drop?: number;
  number?: boolean;
  /** Field to sort by at the server; a column without one cannot be sorted. */
  sort?: string;
  cell: (row: T) => ComponentChildren;
  filter?: (row: T) => CellFilter | null;
}

interface GridProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  rowHeight: number;
  /** One cell for the whole row on small screens. */
  card?: (row: T) => ComponentChildren;
  rowClass?: (row: T) => string;
  selected?: string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: T) => void;
  /** The keyboard moved to this row. */
  onMove?: (row: T) => void;
  onFilter?: (clause: string) => void;
  /** True while the pointer or the focus is in the rows. */
  onHold: (holding: boolean) => void;
  onScrolled?: (away: boolean) => void;
  total?: number;
  sequence?: number;
  children?: ComponentChildren;
}

const OVERSCAN = 6;
/** As the style sheet has them. */
const CELL_PADDING = 16;
const ROW_PADDING = 16;

/** The columns that there is room for. */
function fitting<T>(columns: Column<T>[], width: number, character: number): Column<T>[] {
  if (width === 0 || character === 0) return columns;
  const kept = [...columns];
  const needed = () => kept.reduce((sum, c) => sum + c.width * character + CELL_PADDING, ROW_PADDING);
  const expendable = columns.filter((c) => c.drop !== undefined).sort((a, b) => a.drop! - b.drop!);
  for (const column of expendable) {
    if (needed() <= width) break;
    kept.splice(kept.indexOf(column), 1);
  }
  return kept;
}

export function Grid<T>(props: GridProps<T>) {
  const { rows, keyOf, rowHeight, card, sort, onHold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, width: 0 });
  const [active, setActive] = useState<{ key: string; column: number } | null>(null);
  const wantsFocus = useRef(false);
  const pointer = useRef(false);
  const focus = useRef(false);
  const character = useRef(0);
  const columns = card ? props.columns : fitting(props.columns, view.width, character.current);
  const shownColumns = card ? 1 : columns.length;

  const hold = () => onHold(pointer.current || focus.current);

  useLayoutEffect(() => {
    const element = scroller.current!;
    const probe = document.createElement('span');
    probe.className = 'visually-hidden';
    probe.textContent = '0'.repeat(100);
    element.append(probe);
    character.current = probe.scrollWidth / 100;
    probe.remove();
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // a table that goes away holds nothing
  useEffect(() => () => onHold(false), []);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  const activeIndex = active ? rows.findIndex((row) => keyOf(row) === active.key) : -1;

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    scroller.current?.querySelector<HTMLElement>('[data-active]')?.focus({ preventScroll: true });
  });

  function moveTo(index: number, column: number): void {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[target];
    const element = scroller.current;
    if (!row || !element) return;
    const top = target * rowHeight;
    const head = element.querySelector<HTMLElement>('.grid-head')?.offsetHeight ?? 0;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight - head) {
      element.scrollTop = top + rowHeight - element.clientHeight + head;
    }
    wantsFocus.current = true;
    setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    props.onMove?.(row);
    setActive({ key: keyOf(row), column: Math.max(0, Math.min(shownColumns - 1, column)) });
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey) return;
    if (!(event.target as Element).closest('.grid-rows')) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 2);
    const column = active?.column ?? 0;
    const row = rows[activeIndex];
    switch (event.key) {
      case 'ArrowDown':
      case 'j':
        moveTo(activeIndex + 1, column);
        break;
      case 'ArrowUp':
      case 'k':
        moveTo(activeIndex - 1, column);
        break;
      case 'ArrowRight':
        moveTo(activeIndex, column + 1);
        break;
      case 'ArrowLeft':
        moveTo(activeIndex, column - 1);
        break;
      case 'PageDown':
        moveTo(activeIndex + page, column);
        break;
      case 'PageUp':
        moveTo(activeIndex - page, column);
        break;
      case 'Home':
        moveTo(0, column);
        break;
      case 'End':
        moveTo(rows.length - 1, column);
        break;
      case 'Enter':
        if (row) props.onOpen?.(row);
        break;
      case '+':
      case '=':
      case '-': {
        const filter = row && !card ? columns[column]?.filter?.(row) : null;
        if (filter && filter.value !== null && filter.value !== undefined) {
          props.onFilter?.(cellClause(filter.field, filter.value, event.key === '-', filter.operator));
        }
        break;
      }
      case 'Escape':
        // leaves the rows, so that the order moves on; a drawer's Escape comes first
        if (document.querySelector('.drawer')) return;
        (document.activeElement as HTMLElement | null)?.blur();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  const template = columns
    .map((c) =>
      c.grow ? `minmax(calc(${c.width}ch + ${CELL_PADDING}px), 1fr)` : `calc(${c.width}ch + ${CELL_PADDING}px)`,
    )
    .join(' ');
  const least = `calc(${columns.reduce((sum, c) => sum + c.width, 0)}ch + ${columns.length * CELL_PADDING + ROW_PADDING}px)`;

  return (
    <div
      class={`grid ${card ? 'cards' : ''}`}
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={(props.total ?? rows.length) + 1}
      aria-colcount={shownColumns}
      data-sequence={props.sequence}
      onScroll={(event) => {
        const element = event.currentTarget;
        setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
        props.onScrolled?.(element.scrollTop > rowHeight);
      }}
      onKeyDown={onKeyDown}
    >
      <div
        class="grid-head"
        role="row"
        aria-rowindex={1}
        style={card ? undefined : { gridTemplateColumns: template, minWidth: least }}
      >
        {card ? (
          <div role="columnheader" class="visually-hidden">
            {props.label}
          </div>
        ) : (
          columns.map((column) => {
            const sorted = column.sort && sort?.replace(/^-/, '') === column.sort;
            const descending = sorted && sort?.startsWith('-');
            return (
              <div
                key={column.key}
                role="columnheader"
                class={column.number ? 'number' : ''}
                aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
              >
                {column.sort && props.onSort ? (
                  <button
                    type="button"
                    class="sort"
                    title={s.flows.sortBy(column.title)}
                    onClick={() => props.onSort!(sorted && descending ? column.sort! : `-${column.sort!}`)}
                  >
                    {column.title}
                    <span class="sort-mark" aria-hidden="true">
                      {sorted && <Icon name={descending ? 'down' : 'up'} />}
                    </span>
                  </button>
                ) : (
                  column.title
                )}
              </div>
            );
          })
        )}
      </div>
      <div
        class="grid-rows"
        role="rowgroup"
        style={{ height: `${rows.length * rowHeight}px`, minWidth: card ? undefined : least }}
        onMouseEnter={() => {
          pointer.current = true;
          hold();
        }}
        onMouseLeave={() => {
          pointer.current = false;
          hold();
        }}
        onFocusCapture={() => {
          focus.current = true;
          hold();
        }}
        onBlurCapture={(event) => {
          focus.current = event.currentTarget.contains(event.relatedTarget as Node | null);
          hold();
        }}
      >
        {rows.slice(first, last).map((row, offset) => {
          const index = first + offset;
          const key = keyOf(row);
          const isActive = active?.key === key;
          // one cell is always reachable by Tab
          const reachable = activeIndex >= 0 ? isActive : index === first;
          return (
            <div
              key={key}
              role="row"
              class={`grid-row ${props.rowClass?.(row) ?? ''}`}
              aria-rowindex={index + 2}
              aria-selected={props.selected === key}
              data-key={key}
              style={{
                top: `${index * rowHeight}px`,
                height: `${rowHeight}px`,
                gridTemplateColumns: card ? undefined : template,
              }}
              onClick={() => {
                setActive({ key, column: active?.column ?? 0 });
                props.onOpen?.(row);
              }}
            >
              {card ? (
                <div
                  role="gridcell"
                  tabIndex={reachable ? 0 : -1}
                  data-active={isActive || undefined}
                  onFocus={() => setActive({ key, column: 0 })}
                >
                  {card(row)}
                </div>
              ) : (
                columns.map((column, c) => (
                  <div
                    key={column.key}
                    role="gridcell"
                    class={column.number ? 'number' : ''}
                    tabIndex={reachable && c === (active?.column ?? 0) ? 0 : -1}
                    data-active={(isActive && c === active.column) || undefined}
                    onFocus={() => setActive({ key, column: c })}
                  >
                    {column.cell(row)}
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
      {props.children}
    </div>
  );
}
