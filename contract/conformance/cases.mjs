// What the scripts that drive the server share: cases that run one after the other, each with a time limit.
import { check } from './tool.mjs';

/** The time that a case may take; the longest waits for a server that gives up waiting. */
const limit = 15_000;

export function assert(ok, message) {
  if (!ok) throw new Error(message);
}

export function equal(got, want) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  assert(g === w, `${g} instead of ${w}`);
}

/** Runs the cases, an object of async functions by name, and says which passed. */
export async function runAll(cases) {
  const checks = [];
  for (const [name, run] of Object.entries(cases)) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${limit} ms`)), limit);
    });
    try {
      await Promise.race([run(), late]);
      checks.push(check(name, true));
    } catch (error) {
      checks.push(check(name, false, error?.message ?? JSON.stringify(error) ?? String(error)));
    } finally {
      clearTimeout(timer);
    }
  }
  return checks;
}
