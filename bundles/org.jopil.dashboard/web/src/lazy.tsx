// SPDX-License-Identifier: Apache-2.0

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { s } from './strings';
import { Loading } from './ui';

/** A page whose script is fetched when it is opened first. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let View: ComponentType | null = null;
  return function Lazy() {
    const [failed, setFailed] = useState(false);
    const [, setLoaded] = useState(View !== null);
    const fetchIt = () => {
      setFailed(false);
      load().then(
        (loaded) => {
          View = loaded;
          setLoaded(true);
        },
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (!View) fetchIt();
    }, []);
    if (View) return <View />;
    if (!failed) return <Loading />;
    return (
      <div class="empty">
        <p>{s.state.noAnswer}</p>
        <button type="button" class="small" onClick={fetchIt}>
          {s.state.retry}
        </button>
      </div>
    );
  };
}
