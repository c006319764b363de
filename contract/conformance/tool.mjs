// What the scripts of this folder share. A script asks one tool, and prints what it found as one JSON array of checks:
// { name, ok, detail }. What the tool itself says goes to a file of its own in out/.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

mkdirSync('out', { recursive: true });

/** Runs a program of node_modules/.bin to its end and keeps all it said. */
export function run(program, args, log, cwd = '.') {
  const { status, stdout, stderr, error } = spawnSync(resolve('node_modules/.bin', program), args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) throw error;
  writeFileSync(`out/${log}.log`, `$ ${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return { status, stdout, stderr, text: `${stdout}${stderr}` };
}

/** One check that passed or failed with a reason. */
export const check = (name, ok, detail = '') => ({ name, ok: Boolean(ok), detail: ok ? '' : String(detail) });

/** Prints the checks for the one who started the script. */
export const report = (checks) => process.stdout.write(`${JSON.stringify(checks)}\n`);

/** The end of a long text, which is where tools say what is wrong. */
export const tail = (text, length = 600) => text.trim().slice(-length);
