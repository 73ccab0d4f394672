// SPDX-License-Identifier: Apache-2.0
// What the test runner says, as one JSON object a line, for BrowserIT.

const LONGEST = 3000;

function describe(error) {
  const text = String(error?.stack ?? error);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === 'test:diagnostic' && data.nesting === 0 && data.file) {
      yield `${JSON.stringify({ note: data.message })}\n`;
    }
    // a file is a test too; it counts only when it could not be run
    const isFile = data.nesting === 0 && data.name?.endsWith('.test.mjs');
    if (type === 'test:fail' || (type === 'test:pass' && !isFile)) {
      const error = data.details?.error;
      yield `${JSON.stringify({
        file: data.file?.replace(/^.*\//, ''),
        name: data.name,
        ms: Math.round(data.details?.duration_ms ?? 0),
        skip: typeof data.skip === 'string' ? data.skip : data.skip === true ? 'skipped' : undefined,
        failure: type === 'test:fail' ? describe(error?.cause ?? error) : undefined,
      })}\n`;
    }
  }
}
