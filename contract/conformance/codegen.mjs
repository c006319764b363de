// graphql-codegen with the client preset: it must take schema and documents, TypeScript must take what it writes, and the
// manifest of persisted documents must be the one that is published. With --update, the manifest is published anew.
import { copyFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { check, report, run, tail } from './tool.mjs';

const written = 'out/client/persisted-documents.json';
const published = '../documents.json';

rmSync('out/client', { recursive: true, force: true });
const generated = run('graphql-codegen', ['--config', 'codegen.config.mjs'], 'codegen');
const checks = [check('exit 0', generated.status === 0, tail(generated.text))];
if (generated.status === 0) {
  if (process.argv.includes('--update')) copyFileSync(written, published);
  const manifest = readFileSync(written, 'utf8');
  const texts = Object.values(JSON.parse(manifest));
  for (const file of readdirSync('../documents').filter((name) => name.endsWith('.graphql'))) {
    const operation = `query ${file.replace(/\.graphql$/, 'Query')}`;
    checks.push(check(file, texts.some((text) => text.includes(`${operation}(`) || text.includes(`${operation} {`)), 'it is not in the manifest'));
  }
  checks.push(check('the published manifest is this one', manifest === readFileSync(published, 'utf8'), 'run make conformance UPDATE=1 and read the difference'));
  const files = readdirSync('out/client').filter((name) => name.endsWith('.ts')).map((name) => `out/client/${name}`);
  const typed = run('tsc', ['--noEmit', '--strict', '--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', ...files], 'tsc');
  checks.push(check('TypeScript takes the types', typed.status === 0, tail(typed.text)));
}
report(checks);
