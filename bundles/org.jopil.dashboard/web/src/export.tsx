// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef } from 'preact/hooks';
import { download } from './api';
import { s } from './strings';
import { copy, saveAs, say } from './ui';

/** The list as it is asked for now, as a file or as a command. Opened by `e`. */
export function Export({ path, name }: { path: string; name: string }) {
  const menu = useRef<HTMLDetailsElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as Element;
      if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select'))
        return;
      menu.current!.open = true;
      menu.current!.querySelector<HTMLElement>('fieldset button')?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  async function save(accept: string, suffix: string): Promise<void> {
    menu.current!.open = false;
    try {
      saveAs(await download(path, accept), `jopil-${name}.${suffix}`);
    } catch {
      say(s.export.failed);
    }
  }

  return (
    <details class="menu" ref={menu}>
      <summary class="button small">{s.export.label}</summary>
      <fieldset>
        <legend class="visually-hidden">{s.export.label}</legend>
        <button type="button" onClick={() => void save('text/csv', 'csv')}>
          {s.export.csv}
        </button>
        <button type="button" onClick={() => void save('application/json', 'json')}>
          {s.export.json}
        </button>
        <button type="button" onClick={() => void save('application/x-ndjson', 'jsonl')}>
          {s.export.lines}
        </button>
        <button type="button" onClick={() => void save('application/vnd.elastic.ecs+x-ndjson', 'ecs.jsonl')}>
          {s.export.ecs}
        </button>
        <button
          type="button"
          onClick={() => {
            menu.current!.open = false;
            const quoted = (location.origin + path).replace(/'/g, `'\\''`);
            void copy(`curl -H "Authorization: Bearer $(./jopil token)" '${quoted}'`);
          }}
        >
          {s.export.curl}
        </button>
      </fieldset>
    </details>
  );
}
