// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import * as api from '../api';
import { signedIn } from '../live';
import { s } from '../strings';

export function SignIn() {
  const [token, setToken] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!token.trim() || busy) return;
    setBusy(true);
    setError('');
    try {
      await api.signIn(token.trim());
      signedIn();
    } catch (cause) {
      if (cause instanceof api.ApiError) {
        const { title, detail } = cause.problem;
        setError([title, detail].filter(Boolean).join('. '));
      } else setError(s.signIn.unreachable);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <form onSubmit={(e) => void submit(e)}>
        <svg class="sign-mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 21c5.5 0 5.5-10 12-10s6.5 10 12 10" />
          <circle cx="16" cy="11" r="3.4" />
        </svg>
        <h1>{s.signIn.title}</h1>
        <p>
          {s.signIn.text} <code>{s.signIn.command}</code>
        </p>
        <label for="token">{s.signIn.token}</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          value={token}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? 'sign-in-error' : undefined}
          onInput={(e) => setToken(e.currentTarget.value)}
          ref={(element) => element?.focus()}
        />
        {error && (
          <p class="error" id="sign-in-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy || !token.trim()}>
          {busy ? s.signIn.busy : s.signIn.submit}
        </button>
        <p class="muted">
          {s.signIn.or} <code>{s.signIn.urlCommand}</code>
        </p>
      </form>
    </main>
  );
}
