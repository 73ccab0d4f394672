// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { exact } from '../src/format';
import { ratioOf } from '../src/ratio';

describe('ratio', () => {
  const limit = { showing_one_of: 1, limit_per_second: 2000 };

  it('should say when every packet is shown', () => {
    expect(ratioOf({ shown: 40, weight: 40, skipped: 0 }, 20, limit)?.text).toBe('Showing every packet.');
    expect(ratioOf({ shown: 0, weight: 0, skipped: 0 }, 20, limit)).toBeNull();
  });

  it("should name the sensor's limit when the kernel samples", () => {
    const ratio = ratioOf({ shown: 100, weight: 3700, skipped: 0 }, 20, { ...limit, showing_one_of: 32 });
    expect(ratio).toEqual({
      value: 37,
      text: `Showing 1 of 37 packets (limit ${exact(2000)}/s). Counters are complete.`,
    });
  });

  it("should name the reader's own rate when that holds packets back", () => {
    const ratio = ratioOf({ shown: 100, weight: 6400, skipped: 100 }, 20, { ...limit, showing_one_of: 64 });
    expect(ratio).toEqual({ value: 128, text: 'Showing 1 of 128 packets (limit 20/s). Counters are complete.' });
  });

  it('should say when no packet is wanted', () => {
    const none = { showing_one_of: null, limit_per_second: 0 };
    expect(ratioOf({ shown: 0, weight: 0, skipped: 0 }, 20, none)?.text).toBe(
      'Showing no packet. Counters are complete.',
    );
  });
});
